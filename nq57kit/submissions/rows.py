"""Which rows below a header are records, and why the others are none: blank, totals, sections, numbering, lines below.

In: a table, its sheet and header, then one row after the other. Out: a reason of `SKIP_REASONS`, or None for a record.
Nothing that looks like a record is ever passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from nq57kit.submissions.contract import Kind, Table, find_code
from nq57kit.submissions.headers import Header, label_key, repeats_header
from nq57kit.submissions.wording import is_total, keys_of
from nq57kit.text import match_key

if TYPE_CHECKING:
    from nq57kit.submissions.cells import Cell, Sheet

#: Why a row is no record. Every row that is skipped is counted and told.
SKIP_REASONS: Final = ("blank", "filled_in", "total", "section", "header", "numbering", "footer", "outside")
#: Fields that the form fills in by itself: a row with nothing else in it says nothing.
_FILLED_IN: Final[Mapping[str, frozenset[str]]] = {"task_progress": frozenset({"task_id"})}
#: A merged cell over so many columns is a banner, not a value.
_BANNER_WIDTH: Final = 3
_DASHES: Final = frozenset("-–—−")
#: A figure in a cell merged over several records is asked about; anything else holds for each of them.
AMOUNTS: Final = frozenset({"whole", "money", "percent"})
#: Kinds of fields whose meaning a word such as «lũy kế» changes, and those that a form asks once for.
MEASURED: Final = AMOUNTS | {"date", "year"}
#: Numbers of sections, and what numbers the columns under a header: (1), A, (5)=(3)-(4).
_SECTION: Final = re.compile(
    r"(?:[IVX]{1,5}|[A-DĐ]|(?:phần|mục|nhóm|chương)\s+\w{1,4})(?:\s*[.:)–-]\s*|\s*$)", re.IGNORECASE
)
#: A text that is longer is no name of a person who signs.
_LONGEST_NAME: Final = 40
_DATED: Final = re.compile(r"(?:[a-z ]{0,40} )?ngay [0-9 ]{0,6}thang ")
_NUMBERING: Final = re.compile(r"[(\[]?([0-9]{1,2}|[A-Za-z])[)\].]?\s*(?:=[\s0-9A-Za-z()+/*x×:%–-]{1,40})?")


class RowJudge:
    """Tells records from other rows, from the header down; remembers whether the table has ended."""

    def __init__(self, table: Table, sheet: Sheet, header: Header) -> None:
        self._table, self._header = table, header
        self._below = False
        self._required = {known.name for known in table.fields if known.required}
        self._banners = {
            row
            for top, left, bottom, right in sheet.merged
            if right - left + 1 >= _BANNER_WIDTH
            for row in range(top, min(bottom, top + _BANNER_WIDTH) + 1)
        }

    def reason(self, row: int, line: Mapping[int, Cell], cells: Mapping[str, Cell]) -> str | None:
        """Return why a row is no record, or None; `line` are all its cells, `cells` those of the table's fields."""
        filled = [cell for cell in line.values() if not is_blank(cell)]
        texts = [cell for cell in filled if isinstance(cell.value, str)]
        if any(is_total(cell.text) and self._is_alone(cell, cells) for cell in texts[:2]):
            return "total"
        only_numbers = len(filled) == len(cells) or all(
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
        if self._looks_like_record(cells):
            self._below = False
            return None
        if len(self._required & cells.keys()) <= max(1, (len(self._required) - 1) // 2):
            self._below = self._below or any(_is_footer(cell.text) for cell in filled)
            if self._below:
                return "footer"
        if cells and len(texts) == len(filled) <= 2 and _is_section(texts, shout=len(self._required) > 2):
            return "section"
        return "outside" if not cells else None

    def _is_alone(self, total: Cell, cells: Mapping[str, Cell]) -> bool:
        """Whether nothing but figures stands beside a word for a total, or the word is all of its cell."""
        beside = (name for name, cell in cells.items() if cell is not total and name in self._required)
        alone = all(self._table.field(name).kind in AMOUNTS for name in beside)
        return alone or label_key(total.text) in keys_of("total")

    def _looks_like_record(self, cells: Mapping[str, Cell]) -> bool:
        """Whether a row says two things that only a record says: a figure, a choice of a list, more than a signer's name."""
        points, texts = 0, 0
        for name, cell in cells.items():
            field = self._table.field(name)
            if field.codes or field.kind is Kind.YES_NO:
                points += 2 * (find_code(field.codes or "yes_no", cell.text) is not None)
            elif field.kind in MEASURED or field.kind is Kind.TASK:
                points += is_figure(cell)
            elif field.required and not _is_footer(cell.text):
                texts += 2 if len(cell.text) > _LONGEST_NAME else 1
        return points >= 2 or texts >= 2 or bool(points and texts)


def is_figure(cell: Cell) -> bool:
    """Whether a cell holds a number or a day, typed or as a short text."""
    return not isinstance(cell.value, str) or (len(cell.value) <= 25 and any(map(str.isdecimal, cell.value)))


def _is_section(texts: list[Cell], *, shout: bool) -> bool:
    """Whether the texts of a row are a section's: «II. Truyền thông trên mạng xã hội», in one cell or in two.

    In a table of many required fields («shout») one of several words in capitals is one, too.
    """
    first = texts[0].text.strip()
    if shout and len(texts) == 1 and first.isupper() and len(first.split()) > 2:
        return True
    found = _SECTION.match(first)
    return found is not None and (found.end() == len(first)) == (len(texts) == 2)


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing that a person can see."""
    return isinstance(cell.value, str) and not cell.value.strip(" \t\r\n\u00a0\u200b\ufeff")


def _is_footer(text: str) -> bool:
    """Whether a text is what stands under a table."""
    key = match_key(text)
    if text.lstrip().startswith(("*", "(*", "[*")) or _DATED.match(key):
        return True
    return key.startswith(keys_of("footer")) or (key.startswith(keys_of("remark")) and ":" in text[:12])


def _is_numbering(filled: list[Cell]) -> bool:
    """Whether the cells under a header only number its columns: (1), (2), (3) …"""
    found = [_NUMBERING.fullmatch(cell.text.strip()) for cell in filled]
    texts = [match[1] for match in found if match]
    numbers = [int(text) for text in texts if text.isdecimal()] or [ord(text.lower()) - 96 for text in texts]
    return (
        len(numbers) >= 3
        and len(texts) == len(filled)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and numbers[0] <= 2
    )
