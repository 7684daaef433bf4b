"""What surrounds a report's kernel: private folders, UTF-8, this environment's own kernel; and quiet libraries.

In: a scratch folder of the run. Out: the kernel's environment; nothing of this process's own is changed by it.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["kernel_surroundings", "quiet_libraries"]

_LOGGERS = ("papermill", "traitlets")


def kernel_surroundings(scratch: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a report's kernel: this process's, private folders in `scratch`, and `more`.

    Example:
        >>> from pathlib import Path
        >>> kernel_surroundings(Path("tam"), {"NQ57": "1"})["PYTHONUTF8"]
        '1'
    """
    return {
        **os.environ,
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONUTF8": "1",
        **more,
    }


_lock = threading.Lock()
_held: list[ExitStack] = []
_holders = 0


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence warnings and loggers of the libraries that run a notebook; they are put back after the last who asked."""
    global _holders  # noqa: PLW0603 - warnings and loggers are the process's own, too
    with _lock:
        _holders += 1
        if _holders == 1:
            _held.append(_silence())
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if _holders == 0:
                _held.pop().close()


def _silence() -> ExitStack:
    stack = ExitStack()
    stack.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        stack.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.ERROR)
    return stack
