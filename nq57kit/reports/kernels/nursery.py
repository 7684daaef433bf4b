"""The nursery: processes born warm, out of the standard library's forkserver with modules imported beforehand.

In: something picklable that knows how to live (`Life`). Out: `Child`, which answers as `subprocess.Popen` does.
A child is a fresh process: nothing ran in the forkserver but imports (a fork after polars or V8 has run would hang).
Unlike `multiprocessing.Process` it does not import the caller's main script again, so a script needs no guard.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import pickle
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Child", "Life", "can_fork", "fits", "inherited_descriptors", "open_nursery", "share_nursery", "start_child"]

_METHOD: Final = "forkserver"
_PRELOAD: Final = "nq57kit.reports.kernels.preload"
_IN_NURSERY: Final = "NQ57_NURSERY"
#: What `multiprocessing.forkserver` gives for a child whose end nobody could tell (the forkserver itself was killed).
_UNKNOWN_END: Final = 255
#: How long (seconds) a look for the end of a process rests.
_STEP: Final = 0.005

_starting = threading.Lock()
_born_with: dict[str, str] | None = None


class Life(Protocol):
    """What a child does: called in it once, in place of `multiprocessing.Process`; the exit code is returned."""

    def _bootstrap(self, parent_sentinel: int) -> int: ...


def can_fork() -> bool:
    """Return whether this platform has a forkserver (Windows has none: there the stock kernel serves).

    Example:
        >>> can_fork() in {True, False}
        True
    """
    return _METHOD in multiprocessing.get_all_start_methods()


def fits(environment: Mapping[str, str]) -> bool:
    """Return whether a process with this environment can be born in the nursery: Python's own variables are the same.

    They are read when Python starts, and the forkserver has started already.
    """
    return _python_variables(environment) == _python_variables(os.environ if _born_with is None else _born_with)


def _python_variables(environment: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in environment.items() if name.startswith("PYTHON")}
    own.pop("PYTHONUTF8", None)  # the nursery speaks UTF-8 always
    return own


def open_nursery(*, for_workers: bool = False) -> None:
    """Start the forkserver, if there is none yet; it imports while the caller does something else.

    It imports what kernels need, and with `for_workers` what a batch's workers need, too. It ends with this process, whatever way that ends. Raises ValueError where the platform has none.
    """
    global _born_with  # noqa: PLW0603 - one forkserver per process, as in the standard library
    from multiprocessing import forkserver

    with _starting:
        context: Any = multiprocessing.get_context(_METHOD)
        context.set_forkserver_preload([_PRELOAD])
        told = {"PYTHONUTF8": "1", _IN_NURSERY: "workers" if for_workers else "kernels"}
        # Told to the new process past `os.environ`, which other threads may be reading at this moment.
        for name, value in told.items():
            os.putenv(name, value)
        try:
            forkserver._forkserver.ensure_running()  # as `share_nursery` may have put it
        finally:
            for name in told:
                if name in os.environ:
                    os.putenv(name, os.environ[name])
                else:
                    os.unsetenv(name)
        _born_with = _born_with or dict(os.environ)


def share_nursery() -> None:
    """In a child: start further children in the nursery that it was born in, not in one of its own."""
    global _born_with  # noqa: PLW0603 - as in `open_nursery`
    from multiprocessing import forkserver

    # Its address is known here, and its end is held open; only its process is no child of this one.
    vars(forkserver._forkserver)["ensure_running"] = lambda: None
    _born_with = dict(os.environ)


def start_child(life: Life, descriptors: Iterable[int] = ()) -> Child:
    """Start a process that lives `life`; it inherits `descriptors`, in their order, as `inherited_descriptors` tells it.

    Raises OSError where the system gives no more processes.
    """
    open_nursery()
    return Child(life, list(descriptors))


def inherited_descriptors() -> list[int]:
    """In a child: return the descriptors that it was given."""
    from multiprocessing import forkserver

    return list(forkserver.get_inherited_fds() or ())


class Child:
    """A process born in the nursery, with the interface of `subprocess.Popen` that Jupyter's provisioner uses.

    `sentinel` becomes readable when the process has ended. The child knows by the end of its own pipe when this
    process is gone.
    """

    stdin = stdout = stderr = None

    def __init__(self, life: Life, descriptors: list[int]) -> None:
        from multiprocessing import forkserver

        data = io.BytesIO()
        # The protocol of `multiprocessing.spawn._main`: how to prepare (not at all), then what to live.
        pickle.dump({}, data)
        pickle.dump(life, data, protocol=pickle.HIGHEST_PROTOCOL)
        self.returncode: int | None = None
        self._lock = threading.Lock()
        self.sentinel, writer = forkserver.connect_to_new_process(descriptors)
        self._leash = os.dup(writer)  # the child reads its end when this closes, with us or by `_close`
        with contextlib.suppress(BrokenPipeError), open(writer, "wb", closefd=True) as stream:  # noqa: PTH123 - a descriptor
            stream.write(data.getbuffer())
        self.pid: int = forkserver.read_signed(self.sentinel)

    def poll(self) -> int | None:
        """Return the exit code, or None while the process lives."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code; raises subprocess.TimeoutExpired after `timeout` seconds."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        """Return the exit code once the process has ended, or None after `timeout` seconds (None: no end of waiting)."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self._take_code()) is None:
            left = _STEP if until is None else min(_STEP, until - time.monotonic())
            if left <= 0:
                return None
            time.sleep(left)
        return code

    def _take_code(self) -> int | None:
        from multiprocessing import forkserver
        from multiprocessing.connection import wait

        with self._lock:
            if self.returncode is None and wait([self.sentinel], 0):
                try:
                    self.returncode = forkserver.read_signed(self.sentinel)
                except (OSError, EOFError):
                    self.returncode = _UNKNOWN_END
                self._close()
            return self.returncode

    def _close(self) -> None:
        for descriptor in (self.sentinel, self._leash):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def __del__(self) -> None:
        if getattr(self, "returncode", 0) is None and hasattr(self, "_leash"):
            self._close()
