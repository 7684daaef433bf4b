"""State secrets in a workbook: whether it names or marks one, so that it is refused before anything else is read.

In: a `Book`. Out: a `Screening`: where the first such text stands, as the name of a sheet of the form and nothing else, and
where secrets are spoken of to deny them; no text of the workbook leaves this module. What the form itself says about secrets
is none, by its words, however a sheet is named. What a text says, `nq57kit.secrecy` tells. Source: contract §3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from nq57kit.secrecy import Verdict, is_secret_heading, is_secret_text, judge_secrecy, may_matter, says_yes, spell
from nq57kit.submissions.cells import Book, Cell, Sheet
from nq57kit.submissions.contract import LEFTOVERS_SHEET, OWN_SHEETS, SECRECY_RULE, TABLES
from nq57kit.submissions.findings import load_finding_kinds
from nq57kit.submissions.headers import find_own_sheet, is_known_label

_OUTSIDE: Final = "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"
#: A page header has parts (left «&L», centre «&C», right «&R»), with «&"Arial,Bold"», «&14», «&KFF0000» among the words.
_PAGE_PARTS: Final = re.compile(r"&[LCR]")
_PAGE_CODES: Final = re.compile(r'&"[^"]*"|&K[0-9A-Fa-f]{6}|&[0-9]+|&[A-Za-z&]')
_NUMBERING: Final = " *:.-()0123456789"


class Screening(NamedTuple):
    """What was found: `place` of a secret, or the cells (sheet, address or None) that deny one."""

    place: str | None
    denials: tuple[tuple[str, str | None], ...] = ()


def screen(book: Book) -> Screening:
    """Return where a state secret is named or marked, and where one is denied.

    A sheet with a name of its own is given by its number («trang tính thứ 3»): its name could be the secret.
    """
    denials: list[tuple[str, str | None]] = []
    seen: set[str] = set()
    own = {table.sheet for table in TABLES.values()} | set(TABLES) | OWN_SHEETS
    for number, sheet in enumerate(book.sheets, 1):
        for verdict, address in _judge_sheet(sheet, seen):
            if verdict == "secret":
                return Screening(sheet.name if sheet.name in own else f"trang tính thứ {number}")
            if verdict == "denied":
                denials.append((sheet.name, address))
    outside = {_judge(text) for text in book.texts if text not in seen}
    if "secret" in outside:
        return Screening(_OUTSIDE)
    return Screening(None, (*denials, *([(_OUTSIDE, None)] if "denied" in outside else [])))


def _judge_sheet(sheet: Sheet, seen: set[str]) -> Iterator[tuple[Verdict, str | None]]:
    """Give the verdict on the sheet's name and page header, and on each text with its address; add the texts to `seen`."""
    cells = [cell for line in sheet.rows.values() for cell in line.values() if isinstance(cell.value, str)]
    if not may_matter("|".join([str(cell.value) for cell in cells] + [sheet.name, sheet.page_text])):
        return
    yield from (
        (_judge(_PAGE_CODES.sub(" ", text)), None) for text in (sheet.name, *_PAGE_PARTS.split(sheet.page_text))
    )
    leftovers = find_own_sheet(sheet) == LEFTOVERS_SHEET
    in_science = not leftovers and _is_science(sheet)
    for cell in cells:
        text = str(cell.value)
        if not may_matter(text):
            continue
        seen.update((text, *text.splitlines()))
        if not is_secret_heading(text) or _is_own_label(text):
            yield _judge(text, in_science=in_science), cell.address
        elif leftovers and len(text.split()) > 1:  # a heading that was carried over
            continue
        elif not _is_heading(sheet, cell) or any(says_yes(beside.value) for beside in _beside(sheet, cell)):
            yield "secret", cell.address


def _judge(text: str, *, in_science: bool = False) -> Verdict:
    """Return the verdict on a text without what the form itself says."""
    if _is_own_label(text):
        return None
    spelled = spell(text)
    without = _own_sentences().sub(" ", spelled)
    rest = text if without == spelled else without  # as it stood: text of an old font is known by its letters
    return "secret" if is_secret_text(rest, in_science=in_science) else judge_secrecy(rest, in_science=in_science)


def _is_own_label(text: str) -> bool:
    return spell(text).casefold().strip(_NUMBERING) in _own_labels()


@cache
def _own_labels() -> frozenset[str]:
    titles = [title for table in TABLES.values() for title in table.titles]
    labels = [label for table in TABLES.values() for field in table.fields for label in field.labels]
    return frozenset(spell(text).casefold() for text in (*titles, *labels))


@cache
def _own_sentences() -> re.Pattern[str]:
    """What the form, its guide and its answers say of secrets, by sentences, and its labels in quotation marks."""
    told = [SECRECY_RULE, *(table.about for table in TABLES.values())]
    told += [field.hint for table in TABLES.values() for field in table.fields]
    told += [text for kind in load_finding_kinds().values() for text in (kind.message, kind.advice)]
    sentences = {spell(one).rstrip(".") for text in told for one in text.split(". ")}
    quoted = {f"«{field.label}»" for table in TABLES.values() for field in table.fields}
    own = sorted(filter(may_matter, sentences | quoted), key=len, reverse=True)
    columns = r"cột «[^«»]{1,60}» (?:không thuộc biểu mẫu|lặp lại)"
    return re.compile("|".join([*map(re.escape, own), columns]), re.IGNORECASE)


@cache
def _table_keys() -> dict[str, str]:
    return {spell(title).casefold(): table.name for table in TABLES.values() for title in table.titles}


def _is_science(sheet: Sheet) -> bool:
    """Whether a sheet lists science tasks, by its name or, renamed, by not being another table's."""
    return _table_keys().get(spell(sheet.name).casefold(), "science_tasks") == "science_tasks"


def _is_heading(sheet: Sheet, cell: Cell) -> bool:
    """Whether a cell heads a column, or stands among the labels of a form."""
    row = sheet.rows[cell.row]
    if sum(isinstance(one.value, str) and is_known_label(one.value) for one in row.values()) >= 2:
        return True
    column = (line[cell.column] for line in sheet.rows.values() if cell.column in line)
    return sum(isinstance(one.value, str) and is_known_label(one.value) for one in column) >= 3


def _beside(sheet: Sheet, cell: Cell) -> Iterator[Cell]:
    """The cells that a heading speaks of: those below it in a table, the one to its right in a form."""
    known = sum(isinstance(one.value, str) and is_known_label(one.value) for one in sheet.rows[cell.row].values())
    if known >= 2:
        for row, line in sheet.rows.items():
            if row > cell.row and cell.column in line:
                yield line[cell.column]
    elif cell.column + 1 in sheet.rows[cell.row]:
        yield sheet.rows[cell.row][cell.column + 1]
