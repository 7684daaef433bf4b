"""The warm renderer: one process that draws the charts of all notebooks of a run, because V8's first picture is slow.

In: Vega-Lite specifications over a private socket, each client with the run's key. Out: the SVG that
`show.theme.render` gives, the same bytes as drawn anywhere. A notebook that finds no renderer draws for itself.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing import ProcessError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, Final

from nq57kit.reports.kernels.kernel import leave_terminal, watch_parent
from nq57kit.reports.kernels.nursery import Child, can_fork, start_child

__all__ = ["RENDERED_BY", "Renderer", "own_renderer", "use_renderer"]

#: The variable of a kernel's environment that tells where the renderer listens, and the key to it.
RENDERED_BY: Final = "NQ57_RENDERER"
_FIRST: Final = '{"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}, "y": {"value": 1}}}'

#: How long (seconds) to wait for the end of a process that was killed; on a busy disk it takes a while.
_PATIENCE: Final = 10.0


@dataclass(frozen=True)
class RendererLife:
    """The renderer's life in its process: serve until the process that wanted it is gone, then leave nothing behind."""

    address: str
    key: bytes

    def _bootstrap(self, parent_sentinel: int) -> int:
        os.setsid()
        leave_terminal()
        folder = Path(self.address).parent
        watch_parent(parent_sentinel, [folder])
        with Listener(self.address, authkey=self.key) as listener:
            threading.Thread(target=_draw_first, daemon=True).start()
            while True:
                try:
                    connection = listener.accept()
                except (OSError, EOFError, ProcessError):  # a client that left, or without the key
                    if not folder.is_dir():
                        return 0
                    continue
                threading.Thread(target=_serve, args=(connection,), daemon=True).start()


_drawing = threading.Lock()


def _draw_first() -> None:
    from nq57kit.show.theme import render

    with _drawing:
        render(_FIRST)


def _serve(connection: Connection) -> None:
    """Draw what one client asks for, until it leaves."""
    from nq57kit.show.theme import render

    with connection, contextlib.suppress(OSError, EOFError):
        while True:
            spec = connection.recv_bytes().decode("utf-8")
            try:
                with _drawing:
                    answer = b"+" + render(spec).encode("utf-8")
            except Exception:  # the client draws again by itself and gets the error where it belongs
                answer = b"-"
            connection.send_bytes(answer)


class Renderer:
    """A renderer that ends with this process, or when it is closed."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nq57-draw-"))
        self._life = RendererLife(str(self._folder / "s"), secrets.token_bytes(32))
        self._child: Child | None = None
        self._closed = False
        self.owner = os.getpid()
        atexit.register(self.close)
        # In the background: the nursery answers when it has imported everything, and the caller has other things to do.
        threading.Thread(target=self._start, daemon=True, name="nq57-draw").start()

    def _start(self) -> None:
        child = start_child(self._life)
        self._child = child
        if self._closed:
            child.kill()

    @property
    def is_alive(self) -> bool:
        """Whether it answers, or will soon."""
        return not self._closed and (self._child is None or self._child.poll() is None)

    @property
    def is_listening(self) -> bool:
        """Whether a client could connect now."""
        return self.is_alive and Path(self._life.address).exists()

    @property
    def environment(self) -> dict[str, str]:
        """What a kernel's environment needs to find it."""
        return {RENDERED_BY: f"{self._life.key.hex()}:{self._life.address}"} if self.is_alive else {}

    def close(self) -> None:
        """End the process and remove its folder."""
        if self.owner != os.getpid():  # a copy of this object in a forked process
            return
        self._closed = True
        atexit.unregister(self.close)
        if self._child is not None:
            self._child.kill()
            # Not before it is gone: what it was creating at this moment would stay.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(_PATIENCE)
        shutil.rmtree(self._folder, ignore_errors=True)


def use_renderer() -> None:
    """Let this process's charts be drawn by the renderer that its environment names, if there is one that answers."""
    named = os.environ.get(RENDERED_BY, "")
    key, colon, address = named.partition(":")
    if not colon:
        return
    from nq57kit.show import theme

    connections: list[Any] = []

    def draw(spec: str) -> str:
        try:
            if not connections:
                connections.append(Client(address, authkey=bytes.fromhex(key)))
            connections[0].send_bytes(spec.encode("utf-8"))
            answer: bytes = connections[0].recv_bytes()
        except (OSError, EOFError, ValueError, ProcessError):
            theme.set_renderer(None)
            return theme.render(spec)
        return answer[1:].decode("utf-8") if answer[:1] == b"+" else theme.render(spec)

    theme.set_renderer(draw)


_own: list[Renderer] = []
_making = threading.Lock()


def own_renderer() -> Renderer | None:
    """Return this process's renderer, started by the first call.

    None where the platform has no warm processes, and where the environment names one already (a worker's).
    """
    if not can_fork() or RENDERED_BY in os.environ:
        return None
    with _making:
        if not _own or _own[0].owner != os.getpid() or not _own[0].is_alive:
            _own[:] = [Renderer()]
        return _own[0]
