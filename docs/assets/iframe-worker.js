// A page opened from the disk may start no worker: the site's search runs in a hidden frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.documentElement.append(this.frame);
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => this.tell(this, this.onmessage, data);
      this.ready = new Promise((done, failed) => {
        const script = inside.document.createElement("script");
        script.src = new URL(url, location.href).href;
        script.onload = done;
        script.onerror = failed;
        inside.document.head.append(script);
      });
    }
    tell(target, handler, data) {
      const event = new MessageEvent("message", { data });
      target.dispatchEvent(event);
      if (handler) handler.call(target, event);
    }
    postMessage(data) {
      const inside = this.frame.contentWindow;
      // A frame's own `onmessage` is called by the event, a worker's stand-in by `tell`.
      this.ready.then(() => this.tell(inside, null, data), () => this.onerror && this.onerror(new Event("error")));
    }
    terminate() {
      this.frame.remove();
    }
  };
}
