"""Compacting: the many small files of a half as one file per table, beside them, for quick reading.

In: a store with thousands of submissions. Out: `.compact/`, a cache that can be deleted at any time; the submissions'
own folders stay what they are. `compacted` reads it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from filelock import FileLock, Timeout

from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes, write_atomically
from nq57kit.store.compacted import (
    COMPACTED,
    FIELDS,
    FORM,
    INDEX,
    POINTER,
    SEEN,
    Mark,
    compacted_of,
    list_halves,
    place_of,
    read_pointer,
)
from nq57kit.store.disk import make_folder, say_failure
from nq57kit.store.layout import check_marker, receipt_paths, submission_folder
from nq57kit.store.receipts import rank, read_receipt
from nq57kit.store.tables import scan
from nq57kit.submissions.contract import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = ["Compaction", "compact"]

_STAGED: Final = ".staged-"
_ROW_GROUP: Final = 131_072


@dataclass(frozen=True)
class Compaction:
    """What `compact` did: halves that were compacted anew, halves that were up to date, submissions in all of them."""

    made: tuple[str, ...]
    kept: tuple[str, ...]
    submissions: int


def compact(root: Path, *, progress: Callable[[str], None] | None = None) -> Compaction:
    """Compact what the store in `root` holds, half by half; halves that are compacted already are left as they are.

    Nothing of the store itself is touched, and reading and ingesting go on meanwhile: a half's cache appears whole by
    one rename, and the one before it stays until the next, for those who still read it. `progress` is called with each
    half that was made. Raises StoreError if the folder is no store, is being compacted by another command, or cannot
    be written.

    Example:
        >>> import tempfile
        >>> from nq57kit.store import Store
        >>> compact(Store.create(tempfile.mkdtemp()).folder)
        Compaction(made=(), kept=(), submissions=0)
    """
    check_marker(root)
    made, kept, number = [], [], 0
    try:
        with _alone(root):
            for half in list_halves(root):
                marks = _look(root, half)
                number += len(marks)
                key = _key(marks)
                if compacted_of(root, half, key) is not None:
                    kept.append(half)
                    continue
                _make(root, half, key, marks)
                made.append(half)
                if progress is not None:
                    progress(half)
    except OSError as error:
        raise StoreError(f"Không gom được tệp của kho «{root}»: {say_failure(error)}.") from error
    return Compaction(tuple(made), tuple(kept), number)


def _look(root: Path, half: str) -> list[Mark]:
    """Read the receipts of a half; the times are taken before the files are read, so that they are never too new."""
    marks = []
    for path in receipt_paths(root, frozenset((half,))):
        listed, seen = path.parent.parent.stat().st_mtime_ns, path.stat()
        marks.append(Mark(read_receipt(path), str(path), seen.st_size, seen.st_mtime_ns, listed, 0))
    revisions = {place_of(row.receipt): row.revision for row in rank(mark.receipt for mark in marks)}
    return [mark._replace(revision=revisions[place_of(mark.receipt)]) for mark in marks]


def _key(marks: Sequence[Mark]) -> str:
    """The hash of the receipts' content and of their files' times: one cache for one state of a half."""
    seen = [(mark.receipt.to_json(), *mark[2:]) for mark in marks]
    return hash_bytes(json.dumps([FORM, seen]).encode("utf-8"))[:16]


def _make(root: Path, half: str, key: str, marks: Sequence[Mark]) -> None:
    home = make_folder(root / COMPACTED / f"period={half}")
    staged = home / f"{_STAGED}{secrets.token_hex(4)}"
    staged.mkdir()
    rows = sorted(marks, key=lambda mark: (mark.receipt.unit_id, mark.revision))
    folders = [submission_folder(root, place_of(mark.receipt)) for mark in rows]
    for table in (*TABLES, "findings"):
        frame = scan(table, folders, [mark.revision for mark in rows], with_submission=True)
        frame.sink_parquet(staged / f"{table}.parquet", row_group_size=_ROW_GROUP, compression="zstd")
    _index(rows).write_parquet(staged / INDEX)
    for path in staged.iterdir():
        _flush(path)
    pointer = home / POINTER
    before = read_pointer(pointer).get("key")
    if (home / key).exists():
        shutil.rmtree(home / key)
    staged.rename(home / key)
    write_atomically(pointer, json.dumps({"form": FORM, "key": key, "before": before}, sort_keys=True) + "\n")
    for path in home.iterdir():
        if path.is_dir() and path.name not in (key, before):
            shutil.rmtree(path, ignore_errors=True)  # Windows keeps what is being read; the next time removes it


def _index(rows: Sequence[Mark]) -> pl.DataFrame:
    records: dict[str, list[Any]] = {name: [getattr(mark.receipt, name) for mark in rows] for name in FIELDS}
    records["counts"] = [json.dumps(dict(mark.receipt.counts), ensure_ascii=False) for mark in rows]
    for place, name in enumerate(SEEN, start=2):
        records[name] = [mark[place] for mark in rows]
    return pl.DataFrame(records, schema={**FIELDS, **SEEN})


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Let one command compact at a time, and remove what a killed one left."""
    home = root / COMPACTED
    if list_halves(root):
        make_folder(home)
    if not home.is_dir():
        yield
        return
    lock = FileLock(home / ".lock", timeout=1.0)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(f"Kho «{root}» đang được một lệnh khác gom tệp; chờ lệnh đó kết thúc.") from None
    try:
        for path in home.glob(f"period=*/{_STAGED}*"):
            shutil.rmtree(path, ignore_errors=True)
        yield
    finally:
        lock.release()
