"""Where a kernel runs: private folders, a private channel, UTF-8, and this environment's own Python.

In: a scratch folder of the run. Out: surroundings for papermill, all put back afterwards.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["private_manager", "surround_kernel"]

#: A socket's path may have about this many bytes (sockaddr_un, less the number of the channel).
_SOCKET_PATH: Final = 90


def private_manager(scratch: Path) -> type[Any]:
    """Return a kernel manager that speaks over sockets in `scratch`, which nobody else can open.

    Where there are no such sockets (Windows) or the path is too long, the stock manager over TCP on this machine.
    """
    from jupyter_client.manager import AsyncKernelManager

    channel = scratch / "kernel"
    if sys.platform == "win32" or len(os.fsencode(channel)) > _SOCKET_PATH:
        return AsyncKernelManager

    class PrivateKernelManager(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            super().__init__(**{"transport": "ipc", "ip": str(channel), **options})

    return PrivateKernelManager


@contextmanager
def surround_kernel(scratch: Path) -> Iterator[None]:
    """Give the kernel private folders, UTF-8 and this environment's own kernel; put all back afterwards."""
    own = {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "IPYTHONDIR": str(scratch / "ipython"),
        "PYTHONUTF8": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    levels = {name: logging.getLogger(name).level for name in ("papermill", "traitlets")}
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(scratch / "runtime", ignore_errors=True)
