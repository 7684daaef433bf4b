"""What a file is once it is read: a book of sheets of cells with addresses; and the names of columns.

In: nothing. Out: the frozen types that every reader of files fills and every later step reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from nq57kit.submissions.findings import Finding

__all__ = ["Book", "Cell", "Sheet", "Value", "column_letters", "column_number", "shows_percent"]

Value = str | int | float | bool | date | datetime | None
#: Parts of a number format that are shown as they stand, or not at all.
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
#: Spreadsheets take no longer number format.
_LONGEST_FORMAT: Final = 255


def column_number(letters: str) -> int:
    """Return the number of a column, from 1.

    Example:
        >>> column_number("A"), column_number("AB")
        (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column's number, from 1.

    Example:
        >>> column_letters(28)
        'AB'
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=64)
def shows_percent(number_format: str) -> bool:
    """Whether a number format shows a hundred times the value with a percent sign.

    Example:
        >>> shows_percent("0.0%"), shows_percent('0" %"')
        (True, False)
    """
    return "%" in _LITERAL.sub("", number_format[:_LONGEST_FORMAT])


class Cell(NamedTuple):
    """A cell that holds something: row and column from 1, the value, and what the value alone does not say.

    `number_format` is the format's code where a person sees something else than the value by it (0.85 as «85%»), `error`
    a text such as «#REF!», `formula_without_value` a formula whose result is not in the file.

    Example:
        >>> Cell(7, 3, "Vụ Pháp chế").address
        'C7'
    """

    row: int
    column: int
    value: Value
    number_format: str = ""
    error: str | None = None
    formula_without_value: bool = False

    @property
    def address(self) -> str:
        """The cell's place as a spreadsheet names it."""
        return f"{column_letters(self.column)}{self.row}"

    @property
    def percent(self) -> bool:
        """Whether the value is a number shown as a percentage."""
        return bool(self.number_format) and shows_percent(self.number_format) and isinstance(self.value, int | float)

    @property
    def text(self) -> str:
        """The value as it stood, for show."""
        if self.error:
            return self.error
        if isinstance(self.value, bool):
            return "TRUE" if self.value else "FALSE"
        if isinstance(self.value, datetime):
            return self.value.isoformat(sep=" ")
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True)
class Sheet:
    """A sheet: its cells by row and column (only cells that show something), and what is hidden or merged.

    `covered` are the cells that hold something beneath a merged cell: nobody sees them.
    """

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    page_text: str = ""
    covered: tuple[Cell, ...] = ()

    @property
    def cells(self) -> dict[tuple[int, int], Cell]:
        """The cells by (row, column)."""
        return {(row, column): cell for row, cells in self.rows.items() for column, cell in cells.items()}


@dataclass(frozen=True)
class Book:
    """A file that was read: its sheets in order, its bytes and their SHA-256.

    `texts` holds what stands outside cells (comments, text boxes); `notes` what is tolerated but said.
    """

    path: Path
    file: str
    sha256: str
    format: str
    sheets: tuple[Sheet, ...]
    content: bytes = field(repr=False)
    texts: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[Finding, ...] = ()
