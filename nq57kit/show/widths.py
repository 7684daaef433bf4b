"""How wide the columns of a printed table are: by what stands in them, so that rows stay low.

In: texts of heads and cells. Out: widths in letters, of which a page takes the shares and Word the millimetres.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ORDINARY", "PADDING", "SMALL", "share_width", "text_width", "widen"]

#: About how many letters stand side by side on an A4 page, between the margins: in the small type of long or crowded
#: tables, and in that of the others.
SMALL: Final = 120.0
ORDINARY: Final = 92.0
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
