"""Reading what was compacted: receipts and tables of a half from one file each, where these still tell the truth.

In: a store's folder. Out: receipts; `Chosen`, the lazy frames over the submissions that a reading is about. A compacted
row is used only where the receipt that it was made from is still the same, so a cache that is old, copied or half deleted
makes reading slower and never wrong (docs/scale.md).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes
from nq57kit.store.layout import RECEIPT, Place, receipt_paths, submission_folder
from nq57kit.store.receipts import Ranked, Receipt, read_receipt
from nq57kit.store.tables import scan, table_schema
from nq57kit.submissions.contract import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "COMPACTED",
    "FIELDS",
    "FORM",
    "INDEX",
    "POINTER",
    "SEEN",
    "Chosen",
    "Compacted",
    "Mark",
    "choose",
    "compacted_of",
    "list_halves",
    "place_of",
    "read_pointer",
    "read_receipts",
]

#: The cache's folder; its name is hidden, so that nobody takes it for a part of the store.
COMPACTED: Final = ".compact"
POINTER: Final = "current.json"
INDEX: Final = "receipts.parquet"
_TIME: Final = pl.Datetime("us", "Asia/Ho_Chi_Minh")
_TYPES: Final[Mapping[str, Any]] = {
    "sent_at": _TIME,
    "ingested_at": _TIME,
    "is_empty": pl.Boolean,
    "legacy_fonts_converted": pl.Boolean,
    "secret_task_count": pl.Int64,
    "warnings": pl.Int64,
}
FIELDS: Final = {one.name: _TYPES.get(one.name, pl.String) for one in fields(Receipt) if one.name != "folder"}
#: What the system told of a receipt and of its unit's folder when it was read.
SEEN: Final = {"_size": pl.Int64, "_written": pl.Int64, "_listed": pl.Int64, "_revision": pl.Int64}
#: Changes with what a cache holds; one of another form is not used.
FORM: Final = hash_bytes(json.dumps([1, *FIELDS, *SEEN]).encode("utf-8"))[:16]


class Mark(NamedTuple):
    """A receipt as it was compacted: its file, its size and time of its file, time of its unit's folder, its revision."""

    receipt: Receipt
    file: str
    size: int
    written: int
    listed: int
    revision: int


@dataclass(frozen=True)
class Compacted:
    """The cache of one half: its folder, and the receipts that it was made from, by unit."""

    folder: Path
    units: Mapping[str, tuple[Mark, ...]]

    @property
    def marks(self) -> Iterator[Mark]:
        """All that was compacted, by unit."""
        return chain.from_iterable(self.units.values())

    @cached_property
    def _known(self) -> dict[int, int]:
        return {id(mark.receipt): mark.revision for mark in self.marks}

    def holds(self, row: Ranked) -> bool:
        """Whether a submission is in the cache as it is, with the revision that it has."""
        if self._known.get(id(row.receipt)) == row.revision:
            return True
        marks = self.units.get(row.receipt.unit_id, ())
        return any(mark.revision == row.revision and mark.receipt == row.receipt for mark in marks)


def list_halves(root: Path) -> list[str]:
    """Return the halves of which the store has something, in order."""
    folder = root / "submissions"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(name.removeprefix("period=") for name in names if name.startswith("period="))


def compacted_of(root: Path, half: str, key: str | None = None) -> Compacted | None:
    """Return the cache of a half (that of `key` only, where given); None where there is none that can be read."""
    home = root / COMPACTED / f"period={half}"
    pointer = read_pointer(home / POINTER)
    if pointer.get("form") != FORM or not isinstance(found := pointer.get("key"), str) or key not in (None, found):
        return None
    return _load(root, half, home / found)


def read_pointer(path: Path) -> dict[str, Any]:
    """Return what a half's pointer says; nothing where it cannot be read."""
    try:
        pointer = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return pointer if isinstance(pointer, dict) else {}


@lru_cache(maxsize=16)
def _load(root: Path, half: str, folder: Path) -> Compacted | None:
    try:
        if not all((folder / f"{table}.parquet").is_file() for table in (*TABLES, "findings")):
            return None
        index = pl.read_parquet(folder / INDEX, schema={**FIELDS, **SEEN}, glob=False)
    except (OSError, pl.exceptions.PolarsError):
        return None
    names = list(FIELDS)
    columns = [index[name].to_list() for name in (*FIELDS, *SEEN)]
    place = f"{root / 'submissions' / f'period={half}'}{os.sep}"
    units: dict[str, list[Mark]] = {}
    for row in zip(*columns, strict=True):
        values = dict(zip(names, row, strict=False))
        values |= {"counts": _Counts(values["counts"]), "folder": None}
        unit_id: str = values["unit_id"]
        file = f"{place}unit_id={unit_id}{os.sep}submission={values['sha256'][:16]}{os.sep}{RECEIPT}"
        receipt = object.__new__(Receipt)
        vars(receipt).update(values)  # what __init__ of a frozen class does, field by field, for 50,000 of them
        units.setdefault(unit_id, []).append(Mark(receipt, file, *row[len(names) :]))
    return Compacted(folder, {unit: tuple(marks) for unit, marks in units.items()})


class _Counts(Mapping[str, Any]):
    """The counts of a receipt, read from their JSON when somebody asks for them."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _counts(self) -> dict[str, Any]:
        counts: dict[str, Any] = json.loads(self._text)
        return counts

    def __getitem__(self, key: str) -> Any:
        return self._counts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)


def read_receipts(root: Path, periods: frozenset[str] | None) -> tuple[Receipt, ...]:
    """Return the receipts of all accepted submissions, of `periods` only where given, sorted by folder.

    Where a half is compacted, a receipt is read from the cache if its file and its unit's folder have neither changed
    in size nor in time since; all others are read from their files. Raises StoreError for one that is damaged.
    """
    found: list[Receipt] = []
    for half in list_halves(root) if periods is None else sorted(periods):
        cache = compacted_of(root, half)
        if cache is None:
            found += [read_receipt(path) for path in receipt_paths(root, frozenset((half,)))]
        else:
            found += _read_half(root, half, cache)
    return tuple(found)


def _read_half(root: Path, half: str, cache: Compacted) -> Iterator[Receipt]:
    folder = root / "submissions" / f"period={half}"
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith("unit_id="))  # noqa: PTH208 - names alone, of thousands
        for name in names:
            marks: Sequence[Mark] = cache.units.get(name[8:], ())
            listed = os.stat(f"{folder}{os.sep}{name}").st_mtime_ns  # noqa: PTH116 - a Path for each costs more than the call
            if not marks or listed != marks[0].listed:
                marks = _listed(folder / name, marks)
            for mark in marks:
                yield mark.receipt if _is_unchanged(mark) else read_receipt(Path(mark.file))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"Không đọc được thư mục «{folder}» của kho; kiểm tra quyền đọc rồi chạy lại.") from error


def _listed(folder: Path, marks: Sequence[Mark]) -> list[Mark]:
    """Return the submissions that a unit's folder has now; those that the cache does not know are read."""
    known = {mark.file: mark for mark in marks}
    there = sorted(path / RECEIPT for path in folder.iterdir() if path.name.startswith("submission="))
    return [known.get(str(path)) or Mark(read_receipt(path), str(path), -1, -1, -1, 0) for path in there]


def _is_unchanged(mark: Mark) -> bool:
    if mark.size < 0:
        return True  # it was read just now
    try:
        seen = os.stat(mark.file)  # noqa: PTH116 - likewise
    except FileNotFoundError:
        return False
    return (seen.st_size, seen.st_mtime_ns) == (mark.size, mark.written)


@dataclass(frozen=True)
class _Half:
    """What is read of one half: from its cache (without `others`, or only `wanted`), and from folders of their own."""

    root: Path
    cache: Compacted | None
    wanted: tuple[str, ...]
    others: tuple[str, ...]
    loose: tuple[Ranked, ...]

    def scan(self, table: str) -> pl.LazyFrame:
        folders = [submission_folder(self.root, place_of(row.receipt)) for row in self.loose]
        loose = scan(table, folders, [row.revision for row in self.loose])
        if self.cache is None:
            return loose
        packed = pl.scan_parquet(
            self.cache.folder / f"{table}.parquet",
            schema={**table_schema(table), "submission": pl.String()},
            missing_columns="insert",
            extra_columns="ignore",
            glob=False,
            hive_partitioning=False,
        )
        if self.others:
            name, fewer = pl.col("submission"), len(self.others) <= len(self.wanted)
            packed = packed.filter(~name.is_in(self.others) if fewer else name.is_in(self.wanted))
        packed = packed.drop("submission")
        return packed.merge_sorted(loose, key="unit_id") if self.loose else packed


@dataclass(frozen=True)
class Chosen:
    """The submissions that a reading is about, and where each half of them is read from."""

    halves: tuple[_Half, ...]

    def scan(self, table: str) -> pl.LazyFrame:
        """Return one lazy frame over a table, in the order of period, unit and revision."""
        if not self.halves:
            return scan(table, [], [])
        return pl.concat([half.scan(table) for half in self.halves], how="vertical")


def choose(root: Path, rows: Sequence[Ranked]) -> Chosen:
    """Return where the given submissions are read from, which come in the order of period, unit and revision.

    Of a half that is compacted one file is read, and of the units that it does not hold as they are their own files.
    """
    halves: dict[str, list[Ranked]] = {}
    for row in rows:
        halves.setdefault(row.receipt.period, []).append(row)
    return Chosen(tuple(_choose_half(root, half, mine) for half, mine in halves.items()))


def _choose_half(root: Path, half: str, rows: Sequence[Ranked]) -> _Half:
    cache = compacted_of(root, half)
    if cache is None:
        return _Half(root, None, (), (), tuple(rows))
    anew = {row.receipt.unit_id for row in rows if not cache.holds(row)}
    loose = tuple(row for row in rows if row.receipt.unit_id in anew)
    if len(loose) == len(rows):
        return _Half(root, None, (), (), loose)
    wanted = {row.receipt.sha256 for row in rows if row.receipt.unit_id not in anew}
    others = tuple(sorted(_short(mark.receipt) for mark in cache.marks if mark.receipt.sha256 not in wanted))
    return _Half(root, cache, tuple(sorted(sha256[:16] for sha256 in wanted)), others, loose)


def _short(receipt: Receipt) -> str:
    return receipt.sha256[:16]


def place_of(receipt: Receipt) -> Place:
    """Return what a submission is known by."""
    return Place(receipt.unit_id, receipt.period, receipt.sha256)
