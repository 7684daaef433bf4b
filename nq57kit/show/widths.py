"""How wide the columns of a printed table are: by what stands in them, so that rows stay low.

In: a `Table`. Out: shares of the width in percent, which the page's style sheet uses on paper alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nq57kit.show.blocks import Table

__all__ = ["PADDING", "column_shares", "head_texts", "is_crowded", "is_long", "share_width", "text_width", "widen"]

#: About how many letters stand side by side on an A4 page, between the margins: in the small type of long or crowded
#: tables, and in that of the others.
_SMALL: Final = 120.0
_ORDINARY: Final = 92.0
#: A table with more rows, or more columns, is set in small type on paper.
_LONG: Final = 12
_CROWDED: Final = 7
#: Heads are set in bold, which is wider: on the page.
_BOLD: Final = 1.1
#: Of longer tables about this many rows are measured, at equal distances.
_SAMPLE: Final = 200
#: The inner margins of a cell, in letters.
PADDING: Final = 2.0
#: What a column has beside its margins at the very least, so that one without text can be measured, too.
_HAIR: Final = 0.1
#: No word claims more than this many letters of a column; longer ones (addresses) are broken. A hash is 64 long.
_LONGEST_WORD: Final = 24.0
#: Where a line may end within a cell; short names such as «2026-H1» stay whole.
_PIECES: Final = re.compile(r"\s+|(?<=[^\s-]{6}-)(?=[^\s-]{4})")
_NARROW: Final = frozenset("iljtfrI.,;:!'|()[]/- \u00a0")
_WIDE: Final = frozenset("mwMW%@—…")


def is_long(table: Table) -> bool:
    """Return whether a table has so many rows that it may run over pages."""
    return len(table.rows) > _LONG


def is_crowded(table: Table) -> bool:
    """Return whether a table has more columns than stand easily side by side."""
    return len(table.columns) - bool(table.headings) > _CROWDED


def column_shares(table: Table) -> list[float]:
    """Return the share of each column in percent, together 100; a column that headings replace gets 0.

    A column gets at least its longest word; what is left goes, letter by letter, to the column that makes most rows
    high.

    Example:
        >>> from nq57kit.show.blocks import Column, Table
        >>> rows = (("1", "Tổ chức thông tin, tuyên truyền sâu rộng"), ("2", "Xây dựng chuyên mục"))
        >>> column_shares(Table("Nhiệm vụ", (Column("n", "TT"), Column("name", "Tên")), rows))
        [5.3, 94.7]
    """
    first = 1 if table.headings else 0
    rows = [row[first:] for row in table.formatted()]
    letters = _SMALL if is_long(table) or is_crowded(table) else _ORDINARY
    wide = share_width(head_texts(table)[first:], rows, letters)
    return [0.0] * first + [round(100 * one / sum(wide), 1) for one in wide]


def head_texts(table: Table) -> list[str]:
    """Return what stands in the head of each column: its name, and its unit in brackets."""
    return [f"{column.label} ({column.unit})" if column.unit else column.label for column in table.columns]


def share_width(head: Sequence[str], rows: Sequence[Sequence[str]], letters: float, bold: float = _BOLD) -> list[float]:
    """Return the width of each column in letters, its margins included; together about `letters`, if words allow it.

    `bold` says how much wider the letters of the head are.

    Example:
        >>> narrow, wide = share_width(("TT", "Tên"), [("1", "Tổ chức thông tin, tuyên truyền")], 60)
        >>> narrow < wide
        True
    """
    wide = [_least(title, [row[index] for row in rows], bold) for index, title in enumerate(head)]
    said = [[text_width(cell) for cell in row] for row in rows[:: len(rows) // _SAMPLE + 1]]
    widen(said, wide, letters, PADDING)
    return wide


def _least(title: str, cells: list[str], bold: float) -> float:
    """Return the width of a column's longest word or word of its head, with the margins."""
    words = {word for cell in cells for word in _PIECES.split(cell)}
    longest = max(max(map(text_width, words), default=1.0), bold * max(map(text_width, title.split()), default=1.0))
    return min(longest, _LONGEST_WORD) + PADDING


def widen(said: Sequence[Sequence[float]], wide: list[float], room: float, padding: float) -> None:
    """Give what `room` leaves beside the columns to them, one unit after the other, where it lowers the rows most.

    Args:
        said: how wide the text of each cell is, by rows.
        wide: the width of each column, with its margins; made wider in place.
        room: for all columns together.
        padding: the margins of a cell together.

    Example:
        >>> wide = [10.0, 10.0]
        >>> widen([[5.0, 60.0]], wide, 40.0, 2.0)
        >>> wide
        [10.0, 30.0]
    """
    tallest = [_tallest(row, wide, padding) for row in said]
    for _ in range(int(room - sum(wide))):
        gain = [0.0] * len(wide)
        for lines, index in tallest:
            if lines > 1:
                gain[index] += lines / wide[index]
        # Where every row fits in one line, the widest column has room to spare.
        best = max(range(len(wide)), key=lambda index: (gain[index], wide[index]))
        wide[best] += 1.0
        # No other row has become lower by it.
        for number, (_, index) in enumerate(tallest):
            if index == best:
                tallest[number] = _tallest(said[number], wide, padding)


def _tallest(row: Sequence[float], wide: Sequence[float], padding: float) -> tuple[float, int]:
    """Return about how many lines a row takes, and the column that makes it so high."""
    return max(
        (cell / max(room - padding, _HAIR), index) for index, (cell, room) in enumerate(zip(row, wide, strict=True))
    )


def text_width(text: str) -> float:
    """Return about how wide `text` is, in letters; marks above and below add nothing.

    Example:
        >>> text_width("iii") < text_width("nnn") < text_width("MMM")
        True
    """
    return sum(map(_width_of_letter, text if text.isascii() else unicodedata.normalize("NFD", text)))


@cache
def _width_of_letter(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in _NARROW:
        return 0.6
    if letter in _WIDE:
        return 1.6
    return 1.3 if letter.isupper() else 1.12 if letter.isdigit() else 1.0
