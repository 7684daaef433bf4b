"""What changed between two revisions of a submission, cell by cell.

In: a store, a unit, a half, two revisions. Out: `Difference`: cells changed, rows added and removed, each with its
address in both files. Rows belong together by their natural keys, then (lists without one) by where they stand and how
alike they are. Contact data is never told: that it changed is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.plan import Period
from nq57kit.store.folder import find_cell, find_raw, name_damage
from nq57kit.store.store import Snapshot, Store
from nq57kit.submissions.contract import TABLES, Table, tables_of
from nq57kit.text import code_key, fold

Row = Mapping[str, Any]
#: Units that are named where one has nothing to compare.
_NAMES_SHOWN: Final = 10


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
    store: Store | Path | str, unit_id: str, period: str | Period, *, old: int | None = None, new: int | None = None
) -> Difference:
    """Return what changed from revision `old` to `new` (by default: the last two) of a unit's half.

    Raises ParameterError for a year, for a unit that has fewer than two revisions, or a revision that is not there.
    """
    view = Store.of(store).snapshot()
    half = view.plan.period(period)
    if half.is_year:
        raise ParameterError(
            f"Báo cáo gửi theo kỳ 6 tháng; viết {half}-H1 (6 tháng đầu năm) hoặc {half}-H2 (6 tháng cuối năm)."
        )
    every = view.receipts(half)
    receipts = every.filter(pl.col("unit_id") == unit_id)
    sides = {
        row["revision"]: Side(row["revision"], row["file"], row["sha256"], row["sent_at"].isoformat())
        for row in receipts.iter_rows(named=True)
    }
    again = every.filter(pl.col("revision") > 1)["unit_id"].unique(maintain_order=True).to_list()
    others = ", ".join(f"{view.plan.name_of(one)} ({one})" for one in again[:_NAMES_SHOWN]) + (
        "…" if again[_NAMES_SHOWN:] else ""
    )
    first, second = _choose(sides, f"{view.plan.name_of(unit_id)}, {half.label}", others, old, new)
    changes = tuple(_compare(view, half, unit_id, first, second))
    return Difference(unit_id, str(half), first, second, changes)


def _choose(sides: Mapping[int, Side], about: str, others: str, old: int | None, new: int | None) -> tuple[Side, Side]:
    told = f"các đơn vị đã gửi lại: {others}" if others else "kỳ này chưa có đơn vị nào gửi lại"
    if not sides:
        raise ParameterError(f"{about}: kho chưa có báo cáo nào được nhận; {told}.")
    latest = max(sides)
    if latest == 1:
        raise ParameterError(f"{about}: mới có một lần gửi được nhận nên chưa có gì để so sánh; {told}.")
    second = new if new is not None else (latest if old is None or old < latest else latest - 1)
    first = old if old is not None else (second - 1 if second > 1 else second + 1)
    for number in (second, first):
        if number not in sides:
            raise ParameterError(f"{about}: không có lần gửi {number}; có các lần 1 đến {latest}.")
    if first == second:
        raise ParameterError(f"Hai lần gửi phải khác nhau (đang là lần {first} và lần {second}).")
    return sides[first], sides[second]


def _compare(view: Snapshot, half: Period, unit_id: str, old: Side, new: Side) -> Iterator[Change]:
    raw = {side: find_raw(view.folder, side.sha256) for side in (old, new)}
    for table in tables_of(half).values():
        with name_damage(view.folder):
            rows = view.read(table.name, half, revisions="all").filter(pl.col("unit_id") == unit_id).collect()
        before, after = (rows.filter(pl.col("revision") == side.revision).rows(named=True) for side in (old, new))

        def cell(side: Side, row: Row, name: str, table: str = table.name) -> str | None:
            return find_cell(raw[side], side.sha256, table, name, sheet=row["source_sheet"], row=row["source_row"])

        yield from _compare_table(table, before, after, partial(cell, old), partial(cell, new))


def _compare_table(
    table: Table,
    old: Sequence[Row],
    new: Sequence[Row],
    old_cell: Callable[[Row, str], str | None],
    new_cell: Callable[[Row, str], str | None],
) -> Iterator[Change]:
    matching, first = match_rows(table.name, old, new), table.fields[0].name
    for before, after in ((old[left], new[right]) for left, right in matching.pairs):
        key = name_row(table.name, after)
        for field in table.fields:
            was, now = before.get(field.name), after.get(field.name)
            if was != now:
                values = (None, None) if field.personal else (was, now)
                places = old_cell(before, field.name), new_cell(after, field.name)
                yield Change("changed", table.name, key, field.name, *values, *places, hidden=field.personal)
    for row in (old[number] for number in matching.removed):
        key, filled = name_row(table.name, row), _filled(table, row)
        yield Change("removed", table.name, key, None, filled, None, old_cell(row, first), None)
    for row in (new[number] for number in matching.added):
        key, filled = name_row(table.name, row), _filled(table, row)
        yield Change("added", table.name, key, None, None, filled, None, new_cell(row, first))


def _filled(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field.name: row[field.name] for field in table.fields if row.get(field.name) is not None and not field.personal
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


# Which row is which ------------------------------------------------------------

#: Lists whose rows have no key of their own: what is left is matched by position, too.
_BY_POSITION: Final = frozenset({"activities", "issues"})
#: Share of the filled fields that two rows in the same place must have in common to be one row that was corrected.
LEAST_ALIKE: Final = Fraction(1, 2)


class Matching(NamedTuple):
    """Row numbers (from 0): pairs (earlier, later), those only in the earlier, those only in the later."""

    pairs: tuple[tuple[int, int], ...]
    removed: tuple[int, ...]
    added: tuple[int, ...]


def match_rows(table: str, old: Sequence[Row], new: Sequence[Row]) -> Matching:
    """Return which rows of two revisions of `table` belong together.

    Equal keys that stand several times are matched in their order. Raises KeyError for an unknown table.
    """
    partner: dict[int, int] = {}
    for names in TABLES[table].known_by:
        _match_by(names, old, new, partner)
    if table in _BY_POSITION:
        _match_by_position([field.name for field in TABLES[table].fields], old, new, partner)
    taken = set(partner.values())
    return Matching(
        tuple(sorted(partner.items(), key=lambda pair: pair[1])),
        tuple(number for number in range(len(old)) if number not in partner),
        tuple(number for number in range(len(new)) if number not in taken),
    )


def name_row(table: str, row: Row) -> dict[str, Any]:
    """Return the fields by which a row is named to a person, with their values."""
    return {name: row.get(name) for name in TABLES[table].known_by[0]}


def _key(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value


def _match_by(names: Sequence[str], old: Sequence[Row], new: Sequence[Row], partner: dict[int, int]) -> None:
    """Pair what is left by the fields `names`, equal ones in their order."""

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(code_key(row["code"] or "") if name == "code" else _key(row.get(name)) for name in names)

    waiting: dict[Any, list[int]] = defaultdict(list)
    for number in range(len(old) - 1, -1, -1):
        if number not in partner:
            waiting[key(old[number])].append(number)
    taken = set(partner.values())
    for number, row in enumerate(new):
        if number not in taken and waiting.get(key(row)):
            partner[waiting[key(row)].pop()] = number


def _match_by_position(names: Sequence[str], old: Sequence[Row], new: Sequence[Row], partner: dict[int, int]) -> None:
    """Pair rows that stand after the same matched row, in order, if they are alike enough."""
    gaps_old: dict[int, list[int]] = defaultdict(list)
    gaps_new: dict[int, list[int]] = defaultdict(list)
    _fill_gaps(gaps_old, len(old), partner)
    _fill_gaps(gaps_new, len(new), {later: later for later in partner.values()})
    for after, rows in gaps_new.items():
        candidates = gaps_old.get(after, [])
        for number in rows:
            found = next((row for row in candidates if _alike(names, old[row], new[number]) >= LEAST_ALIKE), None)
            if found is not None:
                partner[found] = number
                candidates.remove(found)


def _fill_gaps(gaps: dict[int, list[int]], count: int, partner: Mapping[int, int]) -> None:
    after = -1
    for number in range(count):
        if number in partner:
            after = partner[number]
        else:
            gaps[after].append(number)


def _alike(names: Sequence[str], old: Row, new: Row) -> Fraction:
    filled = [name for name in names if old.get(name) is not None or new.get(name) is not None]
    same = sum(_key(old.get(name)) == _key(new.get(name)) for name in filled)
    return Fraction(same, len(filled)) if filled else Fraction(1)
