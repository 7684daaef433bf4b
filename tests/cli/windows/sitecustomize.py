"""A Python that lacks what Windows's lacks and refuses what Windows refuses; tests put this folder on a command's path.

No process is copied, no link made, no file removed, renamed or replaced that this process or its parent has open or mapped
into memory. (What else Windows's Python lacks, `mypy --platform win32` tells.)
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

for name in ("fork", "forkpty", "setsid", "mkfifo", "sched_getaffinity"):
    delattr(os, name)


def _held(process: int) -> set[str]:
    held = set()
    for handle in os.listdir(f"/proc/{process}/fd"):  # noqa: PTH208 - as pathlib does it, which is not to be patched
        try:
            held.add(os.readlink(f"/proc/{process}/fd/{handle}"))  # noqa: PTH115
        except OSError:
            continue  # closed meanwhile
    with open(f"/proc/{process}/maps", encoding="utf-8", errors="surrogateescape") as lines:  # noqa: PTH123
        return held | {line.rstrip("\n")[73:] for line in lines}


def _refuse_what_is_open(name: str) -> None:
    do: Callable[..., Any] = getattr(os, name)

    def like_windows(*paths: Any, **more: Any) -> Any:
        if not more.get("dir_fd") and not more.get("src_dir_fd"):
            named = {os.path.realpath(os.fsdecode(path)) for path in paths}
            if named & (_held(os.getpid()) | _held(os.getppid())):
                raise PermissionError(errno.EACCES, "The process cannot access the file", *map(str, paths[:1]))
        return do(*paths, **more)

    setattr(os, name, like_windows)


for name in ("replace", "rename", "unlink", "remove"):
    _refuse_what_is_open(name)


def _symlink(*_: Any, **__: Any) -> None:
    raise OSError(errno.EPERM, "A required privilege is not held by the client")


os.symlink = Path.symlink_to = _symlink  # type: ignore[assignment]
