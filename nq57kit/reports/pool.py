"""Workers: processes of their own in which notebooks run, one at a time each; and who hands them their work.

In: functions and their arguments. Out: what they return, or `WorkerLost`: a worker that dies, or says nothing for too
long, costs what it worked on and nothing else. When a pool is closed no process and no temporary file stays.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from nq57kit.files import drop_scratch, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

#: What a worker does with reports; a worker imports it first, with all the libraries that it brings.
WORK: Final = "nq57kit.reports.run"

#: The hidden folder beside reports that holds what they were made from.
NOTES: Final = ".nq57"

_Result = TypeVar("_Result")


class WorkerLost(Exception):  # noqa: N818 - it says what happened
    """A worker that ended in the middle (`late` is false), or was ended because it said nothing for too long."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("late" if late else "ended")
        self.late = late


#: Windows cannot copy a process; macOS can, but not safely.
_COPIES: Final = sys.platform == "linux" and hasattr(os, "fork")


@cache
def _context() -> BaseContext:
    """How workers are started: on Linux as copies of a process that has imported what they need, elsewhere anew.

    What is imported beforehand must not run polars, a chart or V8: a fork afterwards hangs without a word.
    """
    if not _COPIES:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([WORK])
    return context


def start_early(out: Path, *, force: bool = False, beside: bool = False) -> None:
    """Let what workers are copies of import what they need (Linux alone has it), while the caller does something else.

    With `beside` a process that draws charts starts, too: V8 takes longer to start than to draw all charts of a report.
    Nothing is started where reports may lie in `out` unchanged, unless they are made again all the same (`force`).
    """
    if not force and (out / NOTES).is_dir():
        return
    with _starting_alone():
        if _COPIES:
            from multiprocessing import forkserver, resource_tracker

            _context()
            resource_tracker.ensure_running()
            forkserver.ensure_running()
        if beside and not _drawers:  # one that a refused command left is asked by the next
            _drawers.append(_start_drawer())


#: The ends of processes that draw charts and were started early: nobody asks them yet.
_drawers: list[Connection] = []


def _start_drawer() -> Connection:
    """Start a process that draws charts until nobody can ask it any more; return the end at which it is asked."""
    ends: Any = multiprocessing.Pipe()  # Windows has another class of connections
    asked: Connection = ends[0]
    drawer: Connection = ends[1]
    multiprocessing.get_context("spawn").Process(target=_draw_for, args=(drawer,), daemon=True).start()
    drawer.close()
    return asked


_starting = threading.Lock()


@contextlib.contextmanager
def _starting_alone() -> Iterator[None]:
    """Let a process start that does not import the caller's script again, which so needs no guard, nor hears ctrl-C.

    What multiprocessing puts into temporary folders lies in this process's own, too.
    """
    with _starting:
        script, folder = sys.modules["__main__"], tempfile.tempdir
        sys.modules["__main__"], tempfile.tempdir = ModuleType("__main__"), str(scratch_folder())
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if sys.platform != "win32" else ()
        try:
            yield
        finally:
            if sys.platform != "win32":
                signal.pthread_sigmask(signal.SIG_SETMASK, heard)
            sys.modules["__main__"], tempfile.tempdir = script, folder


@contextlib.contextmanager
def ending_with_parent() -> Iterator[None]:
    """End this process when its parent is gone, while it imports for seconds and so listens to nobody."""
    imported, parent = threading.Event(), os.getppid()

    def watch() -> None:
        while not imported.wait(0.2):
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        imported.set()
        watching.join()  # a process with threads must not be copied


@contextlib.contextmanager
def without(package: str) -> Iterator[None]:
    """Let what is imported meanwhile not find a package that it can do without; one that is there already stays."""
    hidden = package not in sys.modules
    if hidden:
        sys.modules[package] = None  # type: ignore[assignment] # Python's own sign for «not to be found»
    try:
        yield
    finally:
        if hidden:
            del sys.modules[package]


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(scratch: str, cores: int, drawer: Connection | None) -> None:
    """Make this process a worker on `cores` cores, whose temporary files lie in `scratch`, and whose charts `drawer` draws."""
    os.environ.setdefault("POLARS_MAX_THREADS", str(cores))  # polars reads it when it is first used
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is for the command, which ends its workers
    threading.Thread(target=_end_with_parent, args=(scratch,), daemon=True).start()
    if hasattr(os, "setsid"):
        os.setsid()  # so that it can be ended with all that it has started
    own = Path(scratch, str(os.getpid()))
    own.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        os.environ[name] = str(own)
    tempfile.tempdir = None
    importlib.import_module(WORK)
    chance: Any = sys.modules.get("numpy.random")
    if chance is not None:
        chance.seed()  # copies of one process would draw the same numbers (`random` sees to itself)
    if drawer is not None:
        from nq57kit.show.charts import let_draw

        let_draw(drawer)


def _keep(shared: bytes) -> None:
    """Keep what the pool's jobs share; `shared` in this worker."""
    _shared[:] = [pickle.loads(shared)]  # noqa: S301 - pickled by the pool a moment ago
    gc.freeze()  # it stays: the collection after each notebook need not look at it


_shared: list[Any] = []


def shared() -> Any:
    """Return, in a worker, what the jobs of its pool share; None if they share nothing."""
    return _shared[0] if _shared else None


def _end_with_parent(scratch: str) -> None:
    """Wait for the end of the process that wanted this worker: where it was killed, nobody else cleans up."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        drop_scratch(Path(scratch).parent, 1.0)
        _kill(os.getpid())


def _kill(pid: int) -> None:
    """End a worker and, where the system can, all that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError, OSError):
        if sys.platform != "win32":
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)


class Worker:
    """A process that calls one function after the other. Raises WorkerLost if it cannot be started.

    With `beside` another one draws its charts meanwhile, and ends when this one does.
    """

    def __init__(self, scratch: str, cores: int, *, beside: bool = False) -> None:
        self.knows: bytes | None = None
        with _starting_alone():
            asked = (_drawers.pop() if _drawers else _start_drawer()) if beside else None
            # It begins before it waits for work: it must know of its parent's end while it waits.
            self._pool = ProcessPoolExecutor(1, _context(), initializer=_begin, initargs=(scratch, cores, asked))
            begun = self._pool.submit(os.getpid)
        try:
            self._pid = begun.result()
        except BrokenProcessPool:
            raise WorkerLost(late=False) from None
        finally:
            if asked is not None:
                asked.close()

    def call(
        self, function: Callable[..., _Result], *given: Any, limit: float | None = None, notes: Path | None = None
    ) -> _Result:
        """Return what the function returns there; `limit` is how long (seconds) it may go on without writing to `notes`."""
        until = time.time() + (limit or 0)
        try:
            future = self._pool.submit(function, *given)
            while True:
                try:
                    return future.result(None if limit is None else max(0.0, until - time.time()))
                except TimeoutError:
                    last = notes.stat().st_mtime if notes is not None and notes.exists() else 0.0
                    if limit is None or last + limit <= until:
                        raise WorkerLost(late=True) from None
                    until = last + limit
        except BrokenProcessPool:
            raise WorkerLost(late=False) from None

    def end(self) -> None:
        """End the process, whatever it does."""
        _kill(self._pid)
        self._pool.shutdown(cancel_futures=True)


class WorkerPool:
    """At most `jobs` workers at once; `warm` many are started now, in the background, and draw a first chart.

    With `beside` each has another process draw for it, which pays where cores are idle otherwise. `threads` are as many threads, which wait for them. A worker is used again only where the caller says that what it ran
    leaves nothing behind (`keep`).
    """

    def __init__(self, jobs: int, *, warm: int = 0, beside: bool = False) -> None:
        self.scratch = Path(tempfile.mkdtemp(dir=scratch_folder()))
        self.threads = ThreadPoolExecutor(max(1, jobs), thread_name_prefix="nq57-worker")
        self.is_closed = False
        self._cores = max(1, count_cores() // max(1, jobs))
        self._lock = threading.Lock()
        self._all: set[Worker] = set()
        self._idle: list[Worker] = []
        self._shared: bytes | None = None
        self._beside = beside
        for _ in range(min(jobs, warm)):
            self.threads.submit(self.call, os.getpid if beside else _draw_first, keep=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_idle(self) -> bool:
        """Whether a worker waits for something to do."""
        return bool(self._idle)

    def share(self, value: object) -> None:
        """Give `value` to every worker before what it does next; `shared` returns it there."""
        self._shared = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)

    def call(
        self,
        function: Callable[..., _Result],
        *given: Any,
        keep: bool = False,
        limit: float | None = None,
        notes: Path | None = None,
    ) -> _Result:
        """Return what a worker makes of `function`; raises WorkerLost if it ends in the middle or takes too long."""
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        worker = worker or self._start()
        is_good = False
        try:
            content = self._shared
            if content is not None and worker.knows is not content:
                worker.call(_keep, content)
                worker.knows = content
            result = worker.call(function, *given, limit=limit, notes=notes)
            is_good = keep
        finally:
            if is_good:
                with self._lock:
                    self._idle.append(worker)
            else:
                self._end(worker)
        return result

    def _start(self) -> Worker:
        worker = Worker(str(self.scratch), self._cores, beside=self._beside)
        with self._lock:
            self._all.add(worker)
        if self.is_closed:
            self._end(worker)
            raise WorkerLost(late=False)
        return worker

    def _end(self, worker: Worker) -> None:
        with self._lock:
            known = worker in self._all
            self._all.discard(worker)
        if known:
            worker.end()

    def close(self) -> None:
        """End all workers, whatever they do, and remove their files."""
        with self._lock:
            self.is_closed = True
            workers = list(self._all)
        for worker in workers:
            self._end(worker)
        self.threads.shutdown(cancel_futures=True)
        shutil.rmtree(self.scratch, ignore_errors=True)


def _draw_first() -> None:
    """Start V8 and draw a chart, which takes a while the first time; called in a worker that has nothing else to do yet."""
    from nq57kit.show.charts import draw_first  # the command, which starts the workers, draws nothing

    draw_first()


def _draw_for(worker: Connection) -> None:
    """Draw for a worker, in a process that does nothing else."""
    from nq57kit.show.charts import draw_for

    draw_for(worker)


class _LateEngine:
    """The papermill engine `nq57`, imported when it is first used.

    papermill loads its entry points in the middle of its own import, and the engine needs papermill.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module("nq57kit.reports.engine").Nq57Engine, name)


nq57_engine = _LateEngine()
