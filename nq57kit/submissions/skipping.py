"""Which rows under a header are no records, and why.

In: a row of a sheet and the header above it. Out: a reason, one of `REASONS`, or None for a record. Every row that
is skipped is counted and told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nq57kit.submissions.headers import label_key, repeats_header
from nq57kit.text import match_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nq57kit.submissions.cells import Cell, Sheet
    from nq57kit.submissions.contract import Table
    from nq57kit.submissions.headers import Header

__all__ = ["REASONS", "RowJudge", "Skipped", "is_blank", "list_rows"]

REASONS: Final = ("blank", "filled_in", "total", "section", "header", "numbering", "footer", "outside")
_TOTALS: Final = frozenset({"tong", "cong", "tong cong", "tong so", "cong tong", "tong cong chung", "cong chung"})
#: How the lines under a table begin: place and date, signatures, remarks.
_FOOTERS: Final = (
    "nguoi lap", "thu truong", "ha noi ngay", "noi nhan", "xac nhan cua", "giam doc", "vu truong", "cuc truong",
    "vien truong", "hieu truong", "chanh van phong", "ky ten", "ky ghi ro", "lanh dao don vi",
)  # fmt: skip
_REMARKS: Final = ("ghi chu", "luu y")
#: Fields that the form fills in by itself: a row with nothing else in it says nothing.
_FILLED_IN: Final[Mapping[str, frozenset[str]]] = {"task_progress": frozenset({"task_id"})}
#: A merged cell over so many columns is a banner, not a value.
_BANNER_WIDTH: Final = 3
_DASHES: Final = frozenset("-–—−")


@dataclass(frozen=True)
class Skipped:
    """A row that is no record, and why (one of `REASONS`)."""

    row: int
    reason: str


class RowJudge:
    """Tells records from other rows, from the header down; remembers whether the table has ended."""

    def __init__(self, table: Table, sheet: Sheet, header: Header) -> None:
        self._table, self._header = table, header
        self._below = False
        self._few = max(1, (sum(known.required for known in table.fields) - 1) // 2)
        self._banners = {
            row
            for top, left, bottom, right in sheet.merged
            if right - left + 1 >= _BANNER_WIDTH
            for row in range(top, min(bottom, top + _BANNER_WIDTH) + 1)
        }

    def reason(self, row: int, line: Mapping[int, Cell], cells: Mapping[str, Cell]) -> str | None:
        """Return why a row is no record, or None; `line` are all its cells, `cells` those of the table's fields."""
        filled = [cell for cell in line.values() if not is_blank(cell)]
        first = next((cell.value for cell in filled if isinstance(cell.value, str)), "")
        if label_key(first) in _TOTALS:
            return "total"
        extra = len(filled) - len(cells)
        only_numbers = not extra or all(
            isinstance(cell.value, int | float) or cell.text.strip(" .").isdecimal()
            for cell in filled
            if cell not in cells.values()
        )
        if only_numbers and all(cell.text.strip() in _DASHES for cell in cells.values()):
            return "blank"
        if only_numbers and cells.keys() <= _FILLED_IN.get(self._table.name, frozenset()):
            return "filled_in"
        if repeats_header(self._header, line):
            return "header"
        if row == self._header.last_row + 1 and _is_numbering(filled):
            return "numbering"
        if len(filled) == 1 and row in self._banners:
            return "section"
        if sum(known.required for known in self._table.fields if known.name in cells) <= self._few:
            self._below = self._below or any(_is_footer(cell.text) for cell in filled)
            if self._below:
                return "footer"
        return "outside" if not cells else None


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing that a person can see."""
    return isinstance(cell.value, str) and not cell.value.strip(" \t\r\n\u00a0\u200b\ufeff")


def _is_footer(text: str) -> bool:
    """Whether a text is what stands under a table."""
    key = match_key(text)
    return key.startswith(_FOOTERS) or (key.startswith(_REMARKS) and ":" in text[:12])


def _is_numbering(filled: list[Cell]) -> bool:
    """Whether the cells under a header only number its columns: (1), (2), (3) …"""
    texts = [cell.text.strip("() .[]") for cell in filled]
    numbers = [int(text) for text in texts if text.isdecimal()]
    letters = [text for text in texts if len(text) == 1 and text.isalpha()]
    return (
        len(numbers) >= 3
        and len(numbers) + len(letters) == len(texts)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and numbers[0] <= 2
    )


def list_rows(rows: Iterable[int], most: int = 8) -> str:
    """Return row numbers in a sentence.

    Example:
        >>> list_rows([3, 5, 6, 7])
        '3, 5–7'
    """
    parts: list[list[int]] = []
    for row in sorted(rows):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    texts = [str(first) if first == last else f"{first}–{last}" for first, last in parts]
    return ", ".join(texts[:most]) + (" …" if len(texts) > most else "")
