"""How wide the columns of a printed table are: by what stands in them, so that rows stay low.

In: a `Table`. Out: shares of the width in percent, which the page's style sheet uses on paper alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nq57kit.show.blocks import Column, Table

__all__ = ["column_shares", "is_crowded", "is_long"]

#: About how many letters stand side by side on an A4 page, between the margins: in the small type of long or crowded
#: tables, and in that of the others.
_SMALL: Final = 120.0
_ORDINARY: Final = 92.0
#: A table with more rows, or more columns, is set in small type on paper.
_LONG: Final = 12
_CROWDED: Final = 7
#: Heads are set in bold, which is wider.
_HEAD: Final = 1.1
#: Of longer tables about this many rows are measured, at equal distances.
_SAMPLE: Final = 200
#: The inner margins of a cell, in letters.
_PADDING: Final = 2.0
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
    columns = table.columns[first:]
    wide = [_least(column, [row[index] for row in rows]) for index, column in enumerate(columns)]
    said = [[_width(cell) for cell in row] for row in rows[:: len(rows) // _SAMPLE + 1]]
    letters = _SMALL if is_long(table) or is_crowded(table) else _ORDINARY
    for _ in range(int(letters - sum(wide))):
        wide[_tallest(said, wide)] += 1
    return [0.0] * first + [round(100 * one / sum(wide), 1) for one in wide]


def _least(column: Column, cells: list[str]) -> float:
    """Return the width of a column's longest word or word of its head, with the margins."""
    words = {word for cell in cells for word in _PIECES.split(cell)}
    head = {*column.label.split(), *(f"({column.unit})".split() if column.unit else ())}
    longest = max(max(map(_width, words), default=1.0), _HEAD * max(map(_width, head), default=1.0))
    return min(longest, _LONGEST_WORD) + _PADDING


def _tallest(said: list[list[float]], wide: list[float]) -> int:
    """Return the column whose widening lowers the rows most, by the lines that rows take now."""
    gain = [0.0] * len(wide)
    for row in said:
        lines, index = max(
            (cell / (room - _PADDING), index) for index, (cell, room) in enumerate(zip(row, wide, strict=True))
        )
        if lines > 1:
            gain[index] += lines / wide[index]
    # Where every row fits in one line, the widest column has room to spare.
    return max(range(len(wide)), key=lambda index: (gain[index], wide[index]))


def _width(text: str) -> float:
    """Return about how wide `text` is, in letters; marks above and below add nothing."""
    bare = text if text.isascii() else unicodedata.normalize("NFD", text)
    return sum(
        0.6 if ch in _NARROW else 1.6 if ch in _WIDE else 1.3 if ch.isupper() else 1.12 if ch.isdigit() else 1.0
        for ch in bare
        if not unicodedata.combining(ch)
    )
