"""Which row of a corrected submission is which row of the earlier one.

In: the rows of one table of two revisions, in the order of the file. Out: pairs; what has no partner was added or
removed. Rows are matched by their natural keys, then (lists without one) by where they stand and how alike they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from nq57kit.submissions.contract import TABLES
from nq57kit.text import fold

__all__ = ["LEAST_ALIKE", "NATURAL_KEYS", "Matching", "match_rows", "name_row"]

Row = Mapping[str, Any]
#: By which fields a row is known, the strictest first. One-record tables have none: there is one row.
NATURAL_KEYS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "cover": ((),),
    "activities": (("name", "started_on"), ("name",)),
    "science_tasks": (("code",),),
    "workforce": ((),),
    "task_progress": (("task_id",),),
    "budget": (("task_id", "funding_source"),),
    "issues": (("category", "description"), ("description",)),
}
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

    Example:
        >>> old = [{"code": "A", "name": "x"}, {"code": "B", "name": "y"}]
        >>> match_rows("science_tasks", old, [{"code": "b", "name": "z"}, {"code": "C", "name": "x"}])
        Matching(pairs=((1, 0),), removed=(0,), added=(1,))
    """
    partner: dict[int, int] = {}
    for names in NATURAL_KEYS[table]:
        _match_by(lambda row, names=names: tuple(_key(row.get(name)) for name in names), old, new, partner)  # type: ignore[misc]
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
    return {name: row.get(name) for name in NATURAL_KEYS[table][0]}


def _key(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value


def _match_by(key: Callable[[Row], Any], old: Sequence[Row], new: Sequence[Row], partner: dict[int, int]) -> None:
    """Pair what is left by `key`, equal ones in their order."""
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
