"""The hidden sheet of the form: who it was made for, and where each field stands (contract §3).

In: a book. Out: `FormMap`, empty where there is no such sheet. It is a help, never an authority: places are used
only where the words of the sheet agree with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nq57kit.submissions.cells import column_number
from nq57kit.submissions.contract import HIDDEN_SHEET, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.submissions.workbook import Book

__all__ = ["FormMap", "read_form_map"]


@dataclass(frozen=True)
class FormMap:
    """The hidden sheet: its keys, and by table the sheet, the columns and the first row of each field."""

    keys: dict[str, str]
    sheets: dict[str, str]
    places: dict[tuple[str, str], tuple[int, int]]


def read_form_map(book: Book) -> FormMap:
    """Return what the hidden sheet says; empty where there is none."""
    found = FormMap({}, {}, {})
    sheet = next((sheet for sheet in book.sheets if sheet.name == HIDDEN_SHEET), None)
    titles: dict[str, int] = {}
    for line in sheet.rows.values() if sheet else ():
        texts = {column: cell.text for column, cell in line.items()}
        if "field" in texts.values() and "table" in texts.values():
            titles = {text: column for column, text in texts.items()}
        elif not titles:
            if len(texts) >= 2:
                key, value, *_ = texts.values()
                found.keys.setdefault(key, value)
        else:
            _read_place(found, {name: texts.get(column, "") for name, column in titles.items()})
    return found


def _read_place(found: FormMap, place: Mapping[str, str]) -> None:
    """Take one line of the hidden map, if it names a field and a place."""
    table, letters, first = TABLES.get(place["table"]), place.get("column", ""), place.get("first_row", "")
    names = {known.name for known in table.fields} if table else set()
    column = int(letters) if letters.isdecimal() else _number(letters)
    if place["field"] not in names or not column or not first.isdecimal():
        return
    found.sheets.setdefault(place["table"], place.get("sheet", ""))
    found.places.setdefault((place["table"], place["field"]), (column, int(first)))


def _number(letters: str) -> int:
    plain = letters.strip().upper()
    return column_number(plain) if plain.isascii() and plain.isalpha() and len(plain) <= 3 else 0
