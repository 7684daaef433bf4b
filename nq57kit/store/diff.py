"""What changed between two revisions of a submission, cell by cell.

In: a store, a unit, a half, two revisions. Out: `Difference`: cells changed, rows added and removed, each with its
address in both files. Contact data is never told: that it changed is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.store.addresses import find_cell
from nq57kit.store.layout import find_raw
from nq57kit.store.matching import match_rows, name_row
from nq57kit.submissions.contract import TABLES, Field, Kind, Table, code_label
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    from pathlib import Path

    from nq57kit.plan import Period
    from nq57kit.store.store import Store

__all__ = ["Change", "Difference", "Side", "find_differences", "format_value"]


class Side(NamedTuple):
    """One of the two submissions: its revision, file, hash, and when it was sent (ISO, giờ Hà Nội)."""

    revision: int
    file: str
    sha256: str
    sent_at: str


@dataclass(frozen=True)
class Change:
    """One cell that changed, or one row that came or went.

    `key` names the row (field → value), empty for a form of one record. For a cell: `field`, `old`, `new` as typed
    values. For a row: `field` is None, and `old` (removed) or `new` (added) hold its filled fields. `hidden` marks
    contact data, whose values are not told.
    """

    kind: Literal["changed", "added", "removed"]
    table: str
    key: Mapping[str, Any]
    field: str | None
    old: Any
    new: Any
    old_cell: str | None
    new_cell: str | None
    hidden: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the change for JSON: dates as ISO texts, with the sheet and the field's label in words."""
        table = TABLES[self.table]
        return {
            "change": self.kind,
            "table": self.table,
            "sheet": table.sheet,
            "key": _plain(self.key),
            "field": self.field,
            "label": table.field(self.field).label if self.field else None,
            "old": _plain(self.old),
            "new": _plain(self.new),
            "old_cell": self.old_cell,
            "new_cell": self.new_cell,
            "hidden": self.hidden,
        }


@dataclass(frozen=True)
class Difference:
    """All changes from one revision to another, in the order of the form."""

    unit_id: str
    period: str
    old: Side
    new: Side
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `nq57kit diff --format json` prints."""
        kinds = [change.kind for change in self.changes]
        return {
            "unit_id": self.unit_id,
            "period": self.period,
            "from": self.old._asdict(),
            "to": self.new._asdict(),
            "counts": {kind: kinds.count(kind) for kind in ("changed", "added", "removed")},
            "changes": [change.as_dict() for change in self.changes],
        }


def find_differences(
    store: Store, unit_id: str, period: str | Period, *, old: int | None = None, new: int | None = None
) -> Difference:
    """Return what changed from revision `old` to `new` (by default: the last two) of a unit's half.

    Raises ParameterError for a year, for a unit that has fewer than two revisions, or a revision that is not there.

    Example:
        >>> import tempfile
        >>> from nq57kit.store import Store
        >>> try:
        ...     find_differences(Store.create(tempfile.mkdtemp()), "vu-pc", "2026-H2")
        ... except ParameterError as error:
        ...     print(error)
        Kho chưa có báo cáo nào của đơn vị «vu-pc» kỳ 2026-H2; kiểm tra lại đơn vị và kỳ.
    """
    view = store.snapshot()
    half = view.plan.period(period) if isinstance(period, str) else period
    if half.is_year:
        raise ParameterError(f"Báo cáo gửi theo kỳ 6 tháng; viết {half}-H1 hoặc {half}-H2 thay cho «{half}».")
    receipts = view.receipts(half).filter(pl.col("unit_id") == unit_id)
    sides = {
        row["revision"]: Side(row["revision"], row["file"], row["sha256"], row["sent_at"].isoformat())
        for row in receipts.iter_rows(named=True)
    }
    first, second = _choose(sides, unit_id, str(half), old, new)
    changes = tuple(_compare(view, half, unit_id, first, second))
    return Difference(unit_id, str(half), first, second, changes)


def _choose(
    sides: Mapping[int, Side], unit_id: str, period: str, old: int | None, new: int | None
) -> tuple[Side, Side]:
    if not sides:
        raise ParameterError(f"Kho chưa có báo cáo nào của đơn vị «{unit_id}» kỳ {period}; kiểm tra lại đơn vị và kỳ.")
    latest = max(sides)
    if latest == 1:
        raise ParameterError(f"Đơn vị «{unit_id}» mới gửi một lần cho kỳ {period} nên chưa có gì để so sánh.")
    second = new if new is not None else (latest if old is None or old < latest else latest - 1)
    first = old if old is not None else (second - 1 if second > 1 else second + 1)
    for number in (second, first):
        if number not in sides:
            raise ParameterError(
                f"Đơn vị «{unit_id}» kỳ {period} không có lần gửi {number}; có các lần 1 đến {latest}."
            )
    if first == second:
        raise ParameterError(f"Hai lần gửi phải khác nhau (đang là lần {first} và lần {second}).")
    return sides[first], sides[second]


def _compare(store: Store, half: Period, unit_id: str, old: Side, new: Side) -> Iterator[Change]:
    for table in TABLES.values():
        rows = store.read(table.name, half, revisions="all").filter(pl.col("unit_id") == unit_id).collect()
        before, after = (rows.filter(pl.col("revision") == side.revision).rows(named=True) for side in (old, new))
        yield from _compare_table(_Cells(store, table, old, new), table, before, after)


class _Cells:
    """Finds the addresses of a table's fields in the two files."""

    def __init__(self, store: Store, table: Table, old: Side, new: Side) -> None:
        self._table = table.name
        self._files: dict[str, tuple[Path | None, str]] = {
            side: (find_raw(store.folder, given.sha256), given.sha256) for side, given in (("old", old), ("new", new))
        }

    def find(self, side: str, row: Mapping[str, Any], name: str) -> str | None:
        path, sha256 = self._files[side]
        return find_cell(path, sha256, self._table, name, sheet=row["source_sheet"], row=row["source_row"])


def _compare_table(
    cells: _Cells, table: Table, old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]
) -> Iterator[Change]:
    matching = match_rows(table.name, old, new)
    for before, after in ((old[left], new[right]) for left, right in matching.pairs):
        key = name_row(table.name, after)
        for field in table.fields:
            was, now = before.get(field.name), after.get(field.name)
            if was != now:
                values = (None, None) if field.personal else (was, now)
                places = cells.find("old", before, field.name), cells.find("new", after, field.name)
                yield Change("changed", table.name, key, field.name, *values, *places, hidden=field.personal)
    for number in matching.removed:
        row = old[number]
        place = cells.find("old", row, table.fields[0].name)
        yield Change("removed", table.name, name_row(table.name, row), None, _filled(table, row), None, place, None)
    for number in matching.added:
        row = new[number]
        place = cells.find("new", row, table.fields[0].name)
        yield Change("added", table.name, name_row(table.name, row), None, None, _filled(table, row), None, place)


def _filled(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field.name: row[field.name] for field in table.fields if row.get(field.name) is not None and not field.personal
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def format_value(field: Field, value: Any) -> str:
    """Return a typed value as the form shows it: labels of codes, dates and numbers as an official writes them.

    Example:
        >>> format_value(TABLES["activities"].field("cost_vnd"), 1500000)
        '1.500.000'
        >>> format_value(TABLES["task_progress"].field("status"), "hoan_thanh")
        'Hoàn thành'
    """
    if value is None:
        return "(trống)"
    match field.kind:
        case Kind.CODE:
            return code_label(field.codes or "", value)
        case Kind.YES_NO:
            return code_label("yes_no", "co" if value else "khong")
        case Kind.DATE:
            return format_date(value)
        case Kind.WHOLE | Kind.MONEY:
            return format_number(value)
        case Kind.PERCENT:
            return format_number(value, 0 if float(value).is_integer() else 1)
        case _:
            return str(value)
