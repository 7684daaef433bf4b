"""What all tables share: kinds of columns, rows from dictionaries, sums that keep gaps, notes.

In: dictionaries. Out: columns, rows, notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show.blocks import Cell, Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["million", "notes_of", "number", "percent", "rows_of", "sum_known"]

_NO_DATA: Final = "«–»: không có số liệu; không tính là 0."


def number(name: str, label: str, unit: str = "") -> Column:
    """Return a column of whole numbers."""
    return Column(name, label, "number", unit)


def percent(name: str, label: str) -> Column:
    """Return a column of ratios (0-1), shown as percentages with one digit."""
    return Column(name, label, "percent", digits=1)


def million(name: str, label: str) -> Column:
    """Return a column of đồng, shown in triệu đồng with one digit."""
    return Column(name, label, "money", "triệu đồng", digits=1, scale=1_000_000)


def rows_of(items: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(item.get(column.name) for column in columns) for item in items)


def sum_known(items: Iterable[Mapping[str, Any]], name: str) -> int | None:
    """Return the sum of what is known; None where nothing is."""
    known = [item[name] for item in items if item.get(name) is not None]
    return sum(known) if known else None


def notes_of(rows: Sequence[Sequence[Cell]], *notes: str) -> tuple[str, ...]:
    """Return the notes that apply, with the meaning of «–» where one is shown."""
    missing = any(cell is None or cell == "" for row in rows for cell in row)
    return (*filter(None, notes), *((_NO_DATA,) if missing else ()))
