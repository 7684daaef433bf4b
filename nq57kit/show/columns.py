"""What the tables of all subjects share: kinds of columns, sums that keep gaps, and one way to make a table.

In: rows as dictionaries. Out: columns and `Table`s of raw values. Null is shown as «–»: nothing was reported, which is
not zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show.blocks import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["FOLD_FROM", "million", "number", "percent", "sum_known", "tabulate"]

_NO_DATA: Final = "«–»: không có số liệu; không tính là 0."
#: From this many rows on, a list stands behind a click on screen.
FOLD_FROM: Final = 12


def number(name: str, label: str, unit: str = "") -> Column:
    """Return a column of whole numbers."""
    return Column(name, label, "number", unit)


def percent(name: str, label: str) -> Column:
    """Return a column of ratios (0-1), shown as percentages with one digit."""
    return Column(name, label, "percent", digits=1)


def million(name: str, label: str) -> Column:
    """Return a column of đồng, shown in triệu đồng with one digit."""
    return Column(name, label, "money", "triệu đồng", digits=1, scale=1_000_000)


def sum_known(items: Iterable[Mapping[str, Any]], name: str) -> int | None:
    """Return the sum of what is known; None where nothing is."""
    known = [item[name] for item in items if item.get(name) is not None]
    return sum(known) if known else None


def tabulate(
    title: str,
    columns: Iterable[Column],
    items: Sequence[Mapping[str, Any]],
    *notes: str,
    gaps: bool = False,
    total: bool = False,
    under: str = "",
    **more: Any,
) -> Table:
    """Return the table of rows given as dictionaries: each column takes the value of its own name.

    Args:
        title: of the table.
        columns: in order.
        items: the rows.
        notes: below the table; empty ones are left out.
        gaps: whether a note says what «–» means, where one is shown.
        total: whether the last row, if there is any, is a total.
        under: the value of a row that is its heading.
        more: source, folded, id as in `Table`.

    Example:
        >>> tabulate("Kinh phí", [number("vnd", "Đồng")], [{"vnd": None}], gaps=True).notes
        ('«–»: không có số liệu; không tính là 0.',)
    """
    shown = tuple(columns)
    rows = tuple(tuple(item.get(column.name) for column in shown) for item in items)
    missing = gaps and any(cell is None or cell == "" for row in rows for cell in row)
    return Table(
        title,
        shown,
        rows,
        (*filter(None, notes), *((_NO_DATA,) if missing else ())),
        total=total and bool(rows),
        headings=tuple(item[under] for item in items) if under else (),
        **more,
    )
