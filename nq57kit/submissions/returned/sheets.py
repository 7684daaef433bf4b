"""Colouring cells of a worksheet in its XML; cells and rows that are not there (a blank, required one) are made.

In: a worksheet part, the severity of each cell with a finding, the styles. Out: the part; values are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nq57kit.submissions.cells import column_letters, column_number
from nq57kit.submissions.returned.xmlparts import RELATIONS, Splicer, UnfitFileError, prefix_of, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.submissions.returned.styles import StyleSheet

__all__ = ["drawing_of", "mark_cells", "place_of"]

#: What comes after the drawing of comments in a worksheet.
_AFTER_DRAWING = frozenset(
    {
        "legacyDrawingHF",
        "drawingHF",
        "picture",
        "oleObjects",
        "controls",
        "AlternateContent",
        "webPublishItems",
        "tableParts",
        "extLst",
    }
)


@dataclass
class _Row:
    number: int
    at: int
    given: Mapping[str, str]
    cells: list[tuple[int, int, int]] = field(default_factory=list)  # column, offset, style
    end: int = -1


@dataclass
class _Sheet:
    """What one pass over a worksheet finds."""

    prefix: str = ""
    rows: dict[int, _Row] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)  # a wanted row that is not there: where it belongs
    columns: list[tuple[int, int, int]] = field(default_factory=list)  # first, last, style
    coloured: list[tuple[tuple[int, int], int, int]] = field(default_factory=list)  # earlier: place, offset, style
    kept: dict[tuple[int, int], str] = field(default_factory=dict)  # marked now: the colour before
    views: list[int] = field(default_factory=list)
    data: tuple[int, int] = (-1, -1)
    drawing: str | None = None
    drawing_at: int = -1


def place_of(address: str) -> tuple[int, int]:
    """Return row and column of an address.

    Example:
        >>> place_of("AB12")
        (12, 28)
    """
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :]), column_number(letters)


def drawing_of(content: bytes) -> str | None:
    """Return the relation of the drawing that holds a worksheet's comments, if it has one."""
    found: list[str] = []

    def start(name: str, given: dict[str, str], _: int) -> None:
        if name == "legacyDrawing":
            found.extend(value for key, value in given.items() if key.rpartition(":")[2] == "id")

    walk(content, start)
    return found[0] if found else None


def mark_cells(
    content: bytes,
    marks: Mapping[tuple[int, int], str],
    styles: StyleSheet,
    *,
    drawing: str | None,
    colours: Mapping[tuple[int, int], str],
) -> tuple[bytes, dict[tuple[int, int], str]]:
    """Return a worksheet with the cells of `marks` (place → severity) coloured, colours of an earlier return gone.

    `drawing` is the relation of the drawing that holds the comments, None for a sheet without; `colours` are
    those that cells had before an earlier return. The second value is the colour that each marked cell has
    without its mark. The sheet is no longer the one that is shown first.
    """
    splicer = Splicer(content)
    sheet = _scan(content, marks, styles)
    p = sheet.prefix
    for at in sheet.views:
        splicer.set_attributes(at, {"tabSelected": None})
    for place, at, style in sheet.coloured:
        splicer.set_attributes(at, {"s": str(styles.unmark(style, colours.get(place, "")))})
    wanted: dict[int, dict[int, str]] = {}
    for (row, column), severity in sorted(marks.items()):
        wanted.setdefault(row, {})[column] = severity
    at_end: list[str] = []
    for number, columns in wanted.items():
        if number in sheet.rows:
            _mark_row(splicer, sheet, sheet.rows[number], columns, styles)
            continue
        made = f'<{p}row r="{number}">{"".join(_new_cells(sheet, _Row(number, -1, {}), columns, styles))}</{p}row>'
        if number in sheet.before:
            splicer.insert(sheet.before[number], made)
        else:
            at_end.append(made)
    if at_end:
        if sheet.data[0] < 0:
            raise UnfitFileError
        splicer.fill(*sheet.data, "".join(at_end))
    if drawing is not None and sheet.drawing is None:
        splicer.insert(sheet.drawing_at, f'<{p}legacyDrawing xmlns:r="{RELATIONS}" r:id="{drawing}"/>')
    return splicer.result(), {place: colour or colours.get(place, "") for place, colour in sheet.kept.items()}


def _mark_row(splicer: Splicer, sheet: _Sheet, row: _Row, columns: Mapping[int, str], styles: StyleSheet) -> None:
    there = {column: (at, style) for column, at, style in row.cells}
    missing: dict[int, str] = {}
    for column, severity in columns.items():
        if column in there:
            at, style = there[column]
            sheet.kept[row.number, column] = styles.colour_of(style)
            splicer.set_attributes(at, {"s": str(styles.mark(style, severity))})
        else:
            missing[column] = severity
    at_end: list[str] = []
    for column, made in zip(missing, _new_cells(sheet, row, missing, styles), strict=True):
        later = [at for other, at, _ in row.cells if other > column]
        if later:
            splicer.insert(min(later), made)
        else:
            at_end.append(made)
    if at_end:
        splicer.fill(row.at, row.end, "".join(at_end))


def _new_cells(sheet: _Sheet, row: _Row, columns: Mapping[int, str], styles: StyleSheet) -> list[str]:
    """Return blank cells that look as their row or column does, coloured."""
    made = []
    for column, severity in columns.items():
        given = row.given
        of_row = int(given["s"]) if given.get("customFormat") in ("1", "true") and "s" in given else None
        of_column = next((style for first, last, style in sheet.columns if first <= column <= last), 0)
        plain = of_column if of_row is None else of_row
        sheet.kept[row.number, column] = styles.colour_of(plain)
        style = styles.mark(plain, severity)
        made.append(f'<{sheet.prefix}c r="{column_letters(column)}{row.number}" s="{style}"/>')
    return made


def _scan(content: bytes, marks: Mapping[tuple[int, int], str], styles: StyleSheet) -> _Sheet:
    sheet = _Sheet(prefix_of(content))
    missing = sorted({row for row, _ in marks})
    depth = number = column = began = 0
    row: _Row | None = None

    def start(name: str, given: dict[str, str], at: int) -> None:
        nonlocal depth, number, column, began, row
        depth += 1
        if name == "c":
            column = place_of(given["r"])[1] if "r" in given else column + 1
            style = int(given.get("s", "0"))
            if row is not None:
                row.cells.append((column, at, style))
            if style and (number, column) not in marks and styles.is_marked(style):
                sheet.coloured.append(((number, column), at, style))
        elif name == "row":
            number, column = int(given["r"]) if "r" in given else number + 1, 0
            while missing and missing[0] < number:
                sheet.before[missing.pop(0)] = at
            row = None
            if missing and missing[0] == number:
                row = sheet.rows[missing.pop(0)] = _Row(number, at, dict(given))
        elif name == "col" and "style" in given:
            sheet.columns.append((int(given["min"]), int(given["max"]), int(given["style"])))
        elif name == "sheetView" and given.get("tabSelected") in ("1", "true"):
            sheet.views.append(at)
        elif name == "sheetData":
            began = at
        elif depth == 2 and name == "legacyDrawing":
            sheet.drawing = next((value for key, value in given.items() if key.rpartition(":")[2] == "id"), None)
        elif name in _AFTER_DRAWING and depth == 2 and sheet.drawing_at < 0 and sheet.data[0] >= 0:
            sheet.drawing_at = at

    def end(name: str, at: int) -> None:
        nonlocal depth
        depth -= 1
        if name == "row" and row is not None and row.end < 0:
            row.end = at
        elif name == "sheetData":
            sheet.data = began, at
        elif name == "worksheet" and sheet.drawing_at < 0:
            sheet.drawing_at = at

    walk(content, start, end)
    return sheet
