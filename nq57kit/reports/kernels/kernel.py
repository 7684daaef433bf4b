"""A kernel's life in a warm process: what `python -m ipykernel_launcher` does, without Python's start and the imports.

In: the command, environment and folder that Jupyter would have given to a new Python. Out: an exit code.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["KernelLife", "leave_terminal", "watch_parent"]

#: How long (seconds) a kernel that ends waits for its last answer; it takes milliseconds.
_LAST_WORDS: Final = 1.0


@dataclass(frozen=True)
class KernelLife:
    """An IPython kernel: `arguments` as on its command line, `environment` its whole environment, `folder` its own.

    `leave` are folders that nobody else removes if the process that wanted the kernel is killed.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    leave: tuple[str, ...] = ()

    def _bootstrap(self, parent_sentinel: int) -> int:
        """Become the kernel; called in the new process by the forkserver."""
        os.setsid()  # ctrl-C at the terminal is for the parent, which then ends its kernels
        watch_parent(parent_sentinel, self.leave)
        leave_terminal()
        os.environ.clear()
        os.environ.update(self.environment)
        time.tzset()
        os.chdir(self.folder)
        if sys.path[:1] == [""]:  # as the launcher does; the kernel puts it back
            del sys.path[0]
        _vary_chance()
        return self._serve()

    def _serve(self) -> int:
        import atexit

        from ipykernel import kernelapp

        launcher = importlib.util.find_spec("ipykernel_launcher")
        sys.argv = [str(launcher.origin if launcher else ""), *self.arguments]
        code = 0
        try:
            kernelapp.launch_new_instance(argv=list(self.arguments))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            # A process of the forkserver ends by os._exit: what a new Python does at its end is done here.
            with contextlib.suppress(Exception):
                _let_answer(kernelapp.IPKernelApp)
                threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
        return code


def _let_answer(app: Any) -> None:
    """Wait for the kernel's last answer before what prints and publishes it is stopped.

    ipykernel ends its publisher while its control thread may still wait for it: one kernel in eight stood still then, until
    Jupyter killed it three seconds later.
    """
    control = app.instance().control_thread if app.initialized() else None
    if control is not None and control.is_alive():
        control.join(_LAST_WORDS)


def _vary_chance() -> None:
    """Give NumPy's old generator a seed of its own: each kernel is a copy of one process (`random` sees to itself)."""
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()


def watch_parent(parent_sentinel: int, leave: Iterable[str | Path] = ()) -> None:
    """End this process and all that it started as soon as the process that wanted it is gone; remove `leave` before."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(parent_sentinel, 4096):
                pass
        for folder in leave:
            shutil.rmtree(folder, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True, name="nq57-parent").start()


def leave_terminal() -> None:
    """Point the standard streams to nowhere; IPython then catches what is written to them, as in any kernel."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    if nowhere > 2:
        os.close(nowhere)
