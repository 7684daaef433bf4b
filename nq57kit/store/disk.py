"""Putting whole things on the disk: a lock, folders that appear at once, flushed names.

In: the store's folder, files prepared in `.staging`. Out: a folder or file under its final name, or
nothing; a run that is killed leaves only left-overs in `.staging`, which the next run removes.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from nq57kit.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "drop_stage",
    "flush_folder",
    "hold_lock",
    "make_folder",
    "make_stage",
    "move_into_place",
    "say_failure",
    "stage",
    "sweep",
]

_STAGING: Final = ".staging"
_LOCK: Final = ".lock"
_WINDOWS: Final = os.name == "nt"
_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
#: Some file systems cannot flush a folder; the rename is then as durable as they make it.
_CANNOT_FLUSH: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES})


@contextmanager
def hold_lock(root: Path, timeout: float) -> Iterator[None]:
    """Hold the store's lock; raise StoreError when another writer keeps it for `timeout` seconds."""
    lock = FileLock(root / _LOCK, timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(f"Kho «{root}» đang được một lệnh khác ghi; chờ lệnh đó kết thúc rồi chạy lại.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def stage(root: Path) -> Iterator[Path]:
    """Give an empty folder on the store's own disk; whatever is left in it at the end is removed."""
    folder = make_stage(root)
    try:
        yield folder
    finally:
        drop_stage(folder)


def make_stage(root: Path) -> Path:
    """Return a new empty folder on the store's own disk; `drop_stage` removes it, or the next run's `sweep`."""
    folder = root / _STAGING / secrets.token_hex(8)
    folder.mkdir(parents=True)
    return folder


def drop_stage(folder: Path) -> None:
    """Remove a staged folder with whatever is left in it."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path) -> None:
    """Remove what a killed run left in `.staging`; call it under the lock only."""
    shutil.rmtree(root / _STAGING, ignore_errors=True)


def make_folder(folder: Path) -> Path:
    """Make `folder` and its missing parents, each flushed into its own parent."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        flush_folder(folder.parent)
    return folder


def move_into_place(source: Path, target: Path) -> None:
    """Give a staged file or folder (its files already flushed) its final name, in one step.

    Raises OSError as the system gives it; a folder that is there already is never replaced.
    """
    if source.is_dir():
        flush_folder(source)
    make_folder(target.parent)
    _rename(source, target)
    flush_folder(target.parent)


def _rename(source: Path, target: Path) -> None:
    """Rename; on Windows a virus scanner may hold a new file for a moment, so try a few times."""
    for pause in (0.05, 0.2, 0.5, 1.0) if _WINDOWS else ():
        try:
            source.rename(target)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    source.rename(target)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can (Windows cannot)."""
    if _WINDOWS:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise
    finally:
        with suppress(OSError):
            os.close(handle)


def say_failure(error: OSError) -> str:
    """Return why the system refused, and what to do, as the end of a Vietnamese sentence.

    Example:
        >>> say_failure(OSError(errno.ENOSPC, "No space left on device"))
        'ổ đĩa đã hết dung lượng; giải phóng dung lượng rồi chạy lại'
    """
    if error.errno in _FULL:
        return "ổ đĩa đã hết dung lượng; giải phóng dung lượng rồi chạy lại"
    if error.errno in _DENIED:
        return "không có quyền ghi vào thư mục này; cấp quyền ghi hoặc chọn thư mục khác rồi chạy lại"
    code = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return f"hệ thống báo lỗi {code}; kiểm tra ổ đĩa hoặc kết nối mạng rồi chạy lại"
