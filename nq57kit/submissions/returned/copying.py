"""A fresh .xlsx with the cells that were read, at their addresses: for .ods, folders of .csv and odd .xlsx files.

In: a `Book`, or nothing. Out: the bytes of a workbook whose first sheet is the (blank) list of findings. Texts are
written as texts; numbers and dates as such, so that the copy reads as the file did. Formulas are not carried over.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from nq57kit.submissions.contract import HIDDEN_SHEET, LISTS_SHEET, RETURN_SHEET
from nq57kit.submissions.styles import FONT, start_book

if TYPE_CHECKING:
    from nq57kit.submissions.cells import Cell, Sheet
    from nq57kit.submissions.workbook import Book

__all__ = ["copy_book"]

_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]|^'|'$")
_LONGEST_NAME, _LONGEST_TEXT, _WIDEST, _NARROWEST = 31, 32_767, 50, 10
#: The errors that a spreadsheet cell can hold as such.
_ERRORS: Final = frozenset({"#N/A", "#REF!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#VALUE!"})


def copy_book(book: Book | None) -> tuple[bytes, dict[str, str]]:
    """Return a workbook with the cells of `book` (none: only the list's sheet), and its sheets by their old names."""
    stream = io.BytesIO()
    names = {RETURN_SHEET: RETURN_SHEET}
    with start_book(stream) as target:
        target.add_worksheet(RETURN_SHEET)
        target.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - equal input, equal bytes
        formats = _Formats(target)
        for sheet in book.sheets if book else ():
            if sheet.name != RETURN_SHEET:
                names[sheet.name] = _free_name(sheet.name, names)
                _copy_sheet(target.add_worksheet(names[sheet.name]), sheet, formats)
    return stream.getvalue(), names


def _free_name(name: str, names: dict[str, str]) -> str:
    """Return a name that a sheet of an .xlsx can have and no other has."""
    taken = {other.casefold() for other in names.values()}
    base = _FORBIDDEN.sub("_", name)[:_LONGEST_NAME] or "Trang"
    free, number = base, 2
    while free.casefold() in taken:
        free = f"{base[: _LONGEST_NAME - 4]} {number}"
        number += 1
    return free


class _Formats:
    """The formats of a copy."""

    def __init__(self, target: Any) -> None:
        base = {**FONT, "valign": "top"}
        self.text = target.add_format({**base, "num_format": "@", "text_wrap": True})
        self.number = target.add_format(base)
        self.percent = target.add_format({**base, "num_format": "0.##%"})
        self.date = target.add_format({**base, "num_format": "dd/mm/yyyy"})
        self.time = target.add_format({**base, "num_format": "dd/mm/yyyy hh:mm:ss"})


def _copy_sheet(target: Any, sheet: Sheet, formats: _Formats) -> None:
    widths: dict[int, int] = {}
    for top, left, bottom, right in sheet.merged:
        if (bottom, right) != (top, left):
            target.merge_range(top - 1, left - 1, bottom - 1, right - 1, None, formats.text)
    for cell in sheet.cells.values():
        _copy_cell(target, cell, formats)
        widths[cell.column] = max(widths.get(cell.column, _NARROWEST), min(len(cell.text) + 2, _WIDEST))
    for column in sorted(widths.keys() | sheet.hidden_columns):
        options = {"hidden": True} if column in sheet.hidden_columns else {}
        target.set_column(column - 1, column - 1, widths.get(column, _NARROWEST), None, options)
    for row in sheet.hidden_rows:
        target.set_row(row - 1, None, None, {"hidden": True})
    if sheet.hidden or sheet.name in (HIDDEN_SHEET, LISTS_SHEET):
        target.hide()


def _copy_cell(target: Any, cell: Cell, formats: _Formats) -> None:
    place, value = (cell.row - 1, cell.column - 1), cell.value
    if cell.error in _ERRORS:
        target.write_formula(*place, f"={cell.error}", formats.number, cell.error)
    elif cell.formula_without_value:
        target.write_blank(*place, None, formats.number)
    elif isinstance(value, bool):
        target.write_boolean(*place, value, formats.number)
    elif isinstance(value, int | float):
        target.write_number(*place, value, formats.percent if cell.percent else formats.number)
    elif isinstance(value, datetime) and (value.hour or value.minute or value.second):
        target.write_datetime(*place, value, formats.time)
    elif isinstance(value, date):
        target.write_datetime(*place, value, formats.date)
    else:
        target.write_string(*place, cell.text[:_LONGEST_TEXT], formats.text)
