"""A cell, a sheet, and the names of columns.

In: nothing. Out: the frozen types that every reader of files fills and every later step reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

__all__ = ["Cell", "Sheet", "Value", "column_letters", "column_number"]

Value = str | int | float | bool | date | datetime | None


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


class Cell(NamedTuple):
    """A cell that holds something: row and column from 1, the value, and what the value alone does not say.

    `percent` is true for a number shown as a percentage (0.85 is «85%»), `error` is a text such as «#REF!»,
    `formula_without_value` a formula whose result is not in the file.

    Example:
        >>> Cell(7, 3, "Vụ Pháp chế").address
        'C7'
    """

    row: int
    column: int
    value: Value
    percent: bool = False
    error: str | None = None
    formula_without_value: bool = False

    @property
    def address(self) -> str:
        """The cell's place as a spreadsheet names it."""
        return f"{column_letters(self.column)}{self.row}"

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
    """A sheet: its cells by row and column (only cells that hold something), and what is hidden or merged."""

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    page_text: str = ""

    @property
    def cells(self) -> dict[tuple[int, int], Cell]:
        """The cells by (row, column)."""
        return {(row, column): cell for row, cells in self.rows.items() for column, cell in cells.items()}
