"""Tables of the document: blocks in, real Word tables out, whose heads repeat and whose rows stay whole.

In: `Table` blocks. Out: markup with fixed column widths, so that every program lays them out alike, and the
answer to whether a table needs a page turned on its side.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from nq57kit.reports.docx.wml import TWIPS, RunFormat, measure_page, paragraph, run, tag
from nq57kit.show.widths import widen

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
#: What a row adds to its lines, and a head to a page, in millimetres.
_ROW: Final = 0.9
_HEIGHT_OF_HEAD: Final = 11.0
#: A table of at least so many columns is turned where that saves a tenth of its pages, or where its rows are higher
#: than this on average (millimetres).
_FEW: Final = 5
_WORTH: Final = 0.9
_CROWDED: Final = 22.0
#: Of longer tables about this many rows are measured, at equal distances.
_SAMPLE: Final = 200
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
    return _EM * sum(map(_ems, unicodedata.normalize("NFD", text)))


@cache
def _ems(letter: str) -> float:
    return 0.0 if unicodedata.combining(letter) else _WIDTHS.get(letter, 0.5)


def share_width(head: Sequence[str], rows: Sequence[Sequence[str]], width: float) -> list[float]:
    """Return the width of each column in millimetres; together they are `width`.

    A column gets at least its longest word; what is left goes, millimetre by millimetre, to the column that makes most
    rows high.

    Example:
        >>> narrow, wide = share_width(("TT", "Tên"), [("1", "Tổ chức thông tin, tuyên truyền")], 100)
        >>> narrow < wide, round(narrow + wide)
        (True, 100)
    """
    wide = []
    for index, title in enumerate(head):
        words = {word for row in rows for word in _PIECES.split(row[index])}
        longest = max((text_width(word) for word in words), default=0.0)
        bold = _BOLD * max((text_width(word) for word in _PIECES.split(title)), default=0.0)
        wide.append(min(max(longest, bold), _LONGEST_WORD) + _PADDING)
    said = [[_BOLD * text_width(title) for title in head]]
    said += [[text_width(cell) for cell in row] for row in rows[:: len(rows) // _SAMPLE + 1]]
    widen(said, wide, width, _PADDING)
    return [one * width / sum(wide) for one in wide]


def needs_landscape(table: Table) -> bool:
    """Return whether `table` is too crowded for upright pages, or takes fewer pages when they are turned on their side."""
    skip = _skip(table)
    if len(table.columns) - skip < _FEW or not table.rows:
        return False
    head, rows = _heads(table)[skip:], [row[skip:] for row in table.formatted()]
    upright, turned = (_pages(head, rows, *measure_page(side)) for side in ("portrait", "landscape"))
    return turned < _WORTH * upright or _height(head, rows, measure_page("portrait")[0]) / len(rows) > _CROWDED


def _pages(head: Sequence[str], rows: Sequence[Sequence[str]], width: float, height: float) -> float:
    """Return about how many pages of `width` × `height` millimetres the rows take, below a head on each."""
    return _height(head, rows, width) / (height - _HEIGHT_OF_HEAD)


def _height(head: Sequence[str], rows: Sequence[Sequence[str]], width: float) -> float:
    """Return about how high the rows are together, in millimetres."""
    widths = share_width(head, rows, width)
    lines = sum(max(_lines(cell, wide) for cell, wide in zip(row, widths, strict=True)) for row in rows)
    return lines * _LINE + len(rows) * _ROW


def write_table(table: Table, width: float) -> Markup:
    """Return a block's table, `width` millimetres wide: numbers to the right, the total in bold.

    Rows under headings (`Table.headings`) stand below a row of their own; the column that it replaces is left out.
    """
    skip = _skip(table)
    body = [list(row[skip:]) for row in table.formatted()]
    return write_grid(
        _heads(table)[skip:],
        body,
        width,
        numeric=[column.numeric for column in table.columns[skip:]],
        headings=table.headings,
        total=table.total and bool(body),
        name=table.title,
    )


def _skip(table: Table) -> int:
    """Return how many columns the headings of groups of rows replace."""
    return 1 if table.headings else 0


def write_grid(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: float,
    *,
    numeric: Sequence[bool] = (),
    headings: Sequence[str] = (),
    total: bool = False,
    name: str = "",
) -> Markup:
    """Return a ruled table with a head that repeats on each page; an empty one says so.

    `headings` has one text for each row; where it changes, a row over the whole width says it.
    """
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
        if headings and (number == 1 or headings[number - 1] != headings[number - 2]):
            body.append(_group(headings[number - 1], len(head), sum(sizes)))
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


def _group(text: str, columns: int, size: int) -> Markup:
    """Return the row that heads a group of rows: over the whole width, on the page of the row below it."""
    cell = _cell(
        size,
        paragraph("NqO", run(text, RunFormat(bold=True)), properties=tag("keepNext")),
        tag("gridSpan", val=columns),
    )
    return tag("tr", tag("trPr", tag("cantSplit")), cell)


def _heads(table: Table) -> list[str]:
    return [f"{column.label} ({column.unit})" if column.unit else column.label for column in table.columns]


def _cell(size: int, content: Markup, *properties: str) -> Markup:
    return tag("tc", tag("tcPr", tag("tcW", w=size, type="dxa"), *properties), content)


def _lines(cell: str, width: float) -> int:
    """About how many lines a cell takes in a column of `width` millimetres."""
    room = max(width - _PADDING, 1.0)
    return sum(max(1, math.ceil(text_width(line) / room)) for line in cell.split("\n"))
