"""Workers: processes of this machine that make the reports of a batch, one at a time each.

In: orders, and what they share. Out: what became of each, as it ends. A worker that dies costs the report that it
worked on, no other; when the batch ends, or is interrupted, no worker, kernel or temporary file stays.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from nq57kit.reports.batch import Made, Order, try_report
from nq57kit.reports.kernels import can_fork
from nq57kit.reports.kernels.kernel import leave_terminal, watch_parent
from nq57kit.reports.kernels.nursery import Child, inherited_descriptors, share_nursery, start_child
from nq57kit.reports.kernels.renderer import own_renderer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nq57kit.reports.report import Basis

__all__ = ["Workers"]

#: How long (seconds) an interrupted worker may take to end its kernel and remove its files.
_PATIENCE: Final = 10.0


class Workers:
    """The executor of one machine: at most `jobs` workers, so at most `jobs` kernels."""

    def __init__(self, jobs: int) -> None:
        self.jobs = max(1, jobs)

    def run(self, orders: Sequence[Order], basis: Basis | None) -> Iterator[tuple[int, Made]]:
        """Yield the number of each order and what became of it, as it ends."""
        waiting: queue.SimpleQueue[tuple[int, Order] | None] = queue.SimpleQueue()
        ended: queue.SimpleQueue[tuple[int, Made] | None] = queue.SimpleQueue()
        for numbered in enumerate(orders):
            waiting.put(numbered)
        with tempfile.TemporaryDirectory(prefix="nq57-", ignore_cleanup_errors=True) as scratch:
            shared = Path(scratch) / "basis.pickle"
            shared.write_bytes(pickle.dumps(basis, protocol=pickle.HIGHEST_PROTOCOL))
            crew = [_Master(scratch, shared, waiting, ended) for _ in range(min(self.jobs, len(orders)))]
            for _ in crew:
                waiting.put(None)
            try:
                for master in crew:
                    master.start()
                left = len(crew)
                while left:
                    try:
                        item = ended.get(timeout=0.5)  # waiting without end could not be interrupted on Windows
                    except queue.Empty:
                        continue
                    if item is None:
                        left -= 1
                    else:
                        yield item
            finally:
                for master in crew:
                    master.stop()
                for master in crew:
                    master.join()


class _Master(threading.Thread):
    """Hands orders to one worker, and starts another in the place of one that died."""

    def __init__(
        self,
        scratch: str,
        shared: Path,
        waiting: queue.SimpleQueue[tuple[int, Order] | None],
        ended: queue.SimpleQueue[tuple[int, Made] | None],
    ) -> None:
        super().__init__(daemon=True, name="nq57-worker")
        self._scratch, self._shared, self._waiting, self._ended = scratch, shared, waiting, ended
        self._stopped = threading.Event()
        self._worker: _Worker | None = None
        self._changing = threading.Lock()

    def run(self) -> None:
        """Hand out orders until there are none, or until it is stopped."""
        try:
            while not self._stopped.is_set() and (item := self._waiting.get()) is not None:
                number, order = item
                made = self._give(order)
                if made is not None:
                    self._ended.put((number, made))
        finally:
            with self._changing:
                worker, self._worker = self._worker, None
            if worker is not None:
                worker.end(now=self._stopped.is_set())
            self._ended.put(None)

    def _give(self, order: Order) -> Made | None:
        """Return what the worker made of an order; None if it was stopped in the middle."""
        try:
            with self._changing:
                if self._stopped.is_set():
                    return None
                worker = self._worker = self._worker or _Worker(self._scratch, self._shared)
            return worker.make(order)
        except (OSError, EOFError, pickle.UnpicklingError):
            with self._changing:
                worker_lost, self._worker = self._worker, None
            if worker_lost is not None:
                worker_lost.end(now=True)
            if self._stopped.is_set():
                return None
            reason = "tiến trình lập báo cáo bị ngắt giữa chừng (có thể do thiếu bộ nhớ); chạy lại với --jobs nhỏ hơn."
            return Made(order.parameters.stem, error=f"Không lập được báo cáo «{order.parameters.stem}»: {reason}")

    def stop(self) -> None:
        """Interrupt what the worker does; `run` then ends."""
        self._stopped.set()
        with self._changing:
            if self._worker is not None:
                self._worker.interrupt()


class _Worker:
    """One worker process, and the channel to it."""

    def __init__(self, scratch: str, shared: Path) -> None:
        renderer = own_renderer()
        environment = {**os.environ, **(renderer.environment if renderer else {}), "TMPDIR": scratch, "TEMP": scratch}
        self._process: Child | subprocess.Popen[bytes]
        if can_fork():
            ours, theirs = socket.socketpair()
            with ours, theirs:
                self._reader, self._writer = ours.makefile("rb"), ours.makefile("wb")
                life = WorkerLife(environment, str(Path.cwd()), str(shared))
                self._process = start_child(life, [theirs.fileno()])
        else:
            environment["PYTHONUTF8"] = "1"
            command = [sys.executable, "-m", "nq57kit.reports.workers", str(shared)]
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
            self._reader, self._writer = self._process.stdout, self._process.stdin  # type: ignore[assignment]

    def make(self, order: Order) -> Made:
        """Let the worker make a report; raises OSError or EOFError if it dies."""
        pickle.dump(order, self._writer, protocol=pickle.HIGHEST_PROTOCOL)
        self._writer.flush()
        made: Made = pickle.load(self._reader)  # noqa: S301 - our own process, over a channel that nobody else has
        return made

    def interrupt(self) -> None:
        """Interrupt the worker as ctrl-C would."""
        with contextlib.suppress(OSError, ValueError):
            self._process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)

    def end(self, *, now: bool) -> None:
        """Let the worker end: when it has nothing to do any more, or, if need be, at once."""
        if now:
            self.interrupt()
        for stream in (self._writer, self._reader):  # both, so that the worker finds the channel closed
            with contextlib.suppress(OSError, ValueError):
                stream.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass(frozen=True)
class WorkerLife:
    """A worker's life in a warm process: make what it is told to, until the channel or the batch's process ends."""

    environment: Mapping[str, str]
    folder: str
    shared: str

    def _bootstrap(self, parent_sentinel: int) -> int:
        os.setsid()  # ctrl-C at the terminal is for the parent, which then interrupts its workers
        watch_parent(parent_sentinel, [self.environment["TMPDIR"]])
        leave_terminal()
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        share_nursery()
        (channel,) = inherited_descriptors()
        with socket.socket(fileno=channel) as ours:
            return _work(ours.makefile("rb"), ours.makefile("wb"), Path(self.shared))


def _work(reader: BinaryIO, writer: BinaryIO, shared: Path) -> int:
    """Make what comes from `reader`, say to `writer` what became of it."""
    basis: Any = None
    with contextlib.suppress(KeyboardInterrupt, EOFError, BrokenPipeError):
        while True:
            order: Order = pickle.load(reader)  # noqa: S301 - the batch's own process, over a channel that nobody else has
            basis = basis or pickle.loads(shared.read_bytes())  # noqa: S301 - likewise, a private folder
            pickle.dump(try_report(order, basis), writer, protocol=pickle.HIGHEST_PROTOCOL)
            writer.flush()
    return 0


if __name__ == "__main__":
    _out = os.fdopen(os.dup(1), "wb")  # what anything prints must not get into the channel
    os.dup2(2, 1)
    sys.exit(_work(sys.stdin.buffer, _out, Path(sys.argv[1])))
