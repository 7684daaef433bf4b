"""Tables of the document: blocks in, real Word tables out, whose heads repeat and whose rows stay whole.

In: `Table` blocks. Out: markup with fixed column widths, so that every program lays them out alike, and the
answer to whether a table needs a page turned on its side.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from nq57kit.reports.docx.wml import TWIPS, RunFormat, paragraph, run, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from nq57kit.show.blocks import Table

__all__ = ["needs_landscape", "share_width", "text_width", "write_grid", "write_table"]

#: Type size in cells (points), the cell's inner margins together, and the height of a line (millimetres).
_SIZE: Final = 11.0
_PADDING: Final = 2.9
_LINE: Final = 4.6
_EM: Final = _SIZE * 25.4 / 72
#: No single word claims more than this many millimetres of a column; longer ones (hashes, addresses) are broken.
_LONGEST_WORD: Final = 34.0
#: A row of more lines than this would not fit on a page and may be divided.
_LONGEST_ROW: Final = 30
#: A table whose rows take more lines than this on an upright page, on average, is turned.
_CROWDED: Final = 2.7
#: Where a line may end within a cell; short names such as «2026-H1» stay whole.
_PIECES: Final = re.compile(r"\s+|(?<=[^\s-]{6}-)(?=[^\s-]{4})")
#: Bold letters are wider by this.
_BOLD: Final = 1.18
#: Widths of Times New Roman's letters in ems, by kind; marks above and below add nothing. What is not listed: 0.5.
_WIDTHS: Final = {
    **dict.fromkeys("iljtfrI.,;:!'|()[]/- \u00a0", 0.31),
    **dict.fromkeys("acesz", 0.44),
    **dict.fromkeys("ABCDĐEGHKLNOPQRSTUVXYZ", 0.72),
    **dict.fromkeys("mwMW%@—…", 0.88),
}


def text_width(text: str) -> float:
    """Return about how wide `text` is in a cell, in millimetres.

    Example:
        >>> text_width("iii") < text_width("nnn") < text_width("MMM")
        True
    """
    bare = unicodedata.normalize("NFD", text)
    return _EM * sum(_WIDTHS.get(ch, 0.5) for ch in bare if not unicodedata.combining(ch))


def share_width(head: Sequence[str], rows: Sequence[Sequence[str]], width: float) -> list[float]:
    """Return the width of each column in millimetres; together they are `width`.

    A column gets at least its longest word, then a share of what is left by how much it has to say.

    Example:
        >>> narrow, wide = share_width(("TT", "Tên"), [("1", "Tổ chức thông tin, tuyên truyền")], 100)
        >>> narrow < wide, round(narrow + wide)
        (True, 100)
    """
    least, wish = [], []
    for index, title in enumerate(head):
        cells = [row[index] for row in rows]
        words = {word for cell in cells for word in _PIECES.split(cell)}
        longest = max((text_width(word) for word in words), default=0.0)
        bold = _BOLD * max((text_width(word) for word in _PIECES.split(title)), default=0.0)
        least.append(min(max(longest, bold), _LONGEST_WORD) + _PADDING)
        # Only filled cells count: a column that few rows use still needs room there, or those rows grow tall.
        widths = [min(text_width(cell), 4 * width) for cell in cells if len(cell) > 1] or [0.0]
        told = 0.3 * max(widths) + 0.7 * sum(widths) / len(widths)
        wish.append(max(told + _PADDING, 0.5 * text_width(title) + _PADDING, least[-1]))
    left = width - sum(least)
    if left <= 0:
        return [one * width / sum(least) for one in least]
    extra = [want - need for want, need in zip(wish, least, strict=True)]
    if sum(extra) <= left:
        spare = (left - sum(extra)) / sum(wish)
        return [want * (1 + spare) for want in wish]
    return [need + left * more / sum(extra) for need, more in zip(least, extra, strict=True)]


def needs_landscape(table: Table, width: float) -> bool:
    """Return whether `table` is too crowded for an upright page whose text is `width` millimetres wide."""
    if len(table.columns) < 5 or not table.rows:
        return False
    rows = table.formatted()
    widths = share_width(_heads(table), rows, width)
    lines = [max(_lines(cell, wide) for cell, wide in zip(row, widths, strict=True)) for row in rows]
    return sum(lines) / len(lines) > _CROWDED


def write_table(table: Table, width: float) -> Markup:
    """Return a block's table, `width` millimetres wide: numbers to the right, the total in bold."""
    body = [list(row) for row in table.formatted()]
    return write_grid(
        _heads(table),
        body,
        width,
        numeric=[column.numeric for column in table.columns],
        total=table.total and bool(body),
        name=table.title,
    )


def write_grid(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: float,
    *,
    numeric: Sequence[bool] = (),
    total: bool = False,
    name: str = "",
) -> Markup:
    """Return a ruled table with a head that repeats on each page; an empty one says so."""
    widths = share_width(head, rows, width)
    sizes = [round(one * TWIPS) for one in widths]
    right = [*numeric, *[False] * (len(head) - len(numeric))]
    shade = tag("shd", val="clear", color="auto", fill="F2F2F2")
    top = tag(
        "tr",
        tag("trPr", tag("cantSplit"), tag("tblHeader")),
        *(_cell(size, paragraph("NqODau", title), shade) for size, title in zip(sizes, head, strict=True)),
    )
    body = []
    for number, row in enumerate(rows, start=1):
        tall = max((_lines(cell, wide) for cell, wide in zip(row, widths, strict=True)), default=1) > _LONGEST_ROW
        how = RunFormat(bold=total and number == len(rows))
        # The first rows stay together, and so do the last rows and the notes beneath them.
        near = tag("keepNext") if number == 1 or number >= len(rows) - 1 else ""
        cells = (
            _cell(size, paragraph("NqOSo" if to_right else "NqO", run(cell, how), properties=near))
            for size, to_right, cell in zip(sizes, right, row, strict=True)
        )
        body.append(tag("tr", "" if tall else tag("trPr", tag("cantSplit")), *cells))
    if not rows:
        span = tag("gridSpan", val=len(head))
        body.append(tag("tr", _cell(sum(sizes), paragraph("NqO", "Không có dòng nào."), span)))
    return tag(
        "tbl",
        tag(
            "tblPr",
            tag("tblStyle", val="TableGrid"),
            tag("tblW", w=sum(sizes), type="dxa"),
            tag("tblLayout", type="fixed"),
            tag("tblLook", val="0020", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=1, noVBand=1),
            tag("tblCaption", val=name) if name else "",
        ),
        tag("tblGrid", *(tag("gridCol", w=size) for size in sizes)),
        top,
        *body,
    )


def _heads(table: Table) -> list[str]:
    return [f"{column.label} ({column.unit})" if column.unit else column.label for column in table.columns]


def _cell(size: int, content: Markup, *properties: str) -> Markup:
    return tag("tc", tag("tcPr", tag("tcW", w=size, type="dxa"), *properties), content)


def _lines(cell: str, width: float) -> int:
    """About how many lines a cell takes in a column of `width` millimetres."""
    room = max(width - _PADDING, 1.0)
    return sum(max(1, math.ceil(text_width(line) / room)) for line in cell.split("\n"))
