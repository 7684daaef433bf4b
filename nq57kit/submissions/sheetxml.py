"""What the cell reader hides, from the XML itself: errors, formulas without a value, percent, what is hidden.

In: the XML parts of an .xlsx or .ods. Out: `SheetFacts` by sheet. Documents with a DTD are refused; cells,
texts and extents are counted while reading, so that no later reader meets more than the limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from nq57kit.submissions.archive import RefusedFileError
from nq57kit.submissions.cells import column_letters, column_number

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MAX_CELLS",
    "Budget",
    "SheetFacts",
    "parse_xml",
    "read_percent_styles",
    "read_string_lengths",
    "scan_sheet",
    "scan_string_use",
]

#: Cells with a value in one workbook (a filled form has some thousand).
MAX_CELLS: Final = 200_000
#: Cell and row elements in one workbook, blank ones that only carry a format included.
_MAX_ELEMENTS: Final = 600_000
#: Places of the smallest rectangle around a sheet's values: the cell reader makes all of them.
_MAX_PLACES: Final = 1_000_000
#: Characters of all cells together, each mention of a shared text counted.
_MAX_CHARACTERS: Final = 40_000_000
#: Styles up to this size are remembered from book to book.
_REMEMBERED_BYTES: Final = 64 * 1024
#: Elements open at once (a workbook has some ten), and the stretch between two looks at that.
_MAX_DEPTH, _STRETCH = 10_000, 64 * 1024
#: Strings of sharedStrings.xml, those that no cell mentions included.
_MAX_STRINGS: Final = 300_000
_PERCENT_BUILT_IN: Final = frozenset({"9", "10"})
#: Spreadsheets take no longer number format.
_LONGEST_FORMAT: Final = 255
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_Place = tuple[int, int]


@dataclass
class SheetFacts:
    """Facts of one sheet, places as (row, column) from 1; ranges of hidden columns both ends included."""

    percent: set[_Place] = field(default_factory=set)
    booleans: set[_Place] = field(default_factory=set)
    errors: dict[_Place, str] = field(default_factory=dict)
    without_value: set[_Place] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[_Place] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False
    page_text: str = ""
    values: int = 0


class Budget:
    """What is left of the limits of one workbook."""

    def __init__(self) -> None:
        self.elements, self.cells = _MAX_ELEMENTS, MAX_CELLS

    def spend(self, elements: int, cells: int) -> None:
        """Take from what is left; RefusedFileError below zero."""
        self.elements -= elements
        self.cells -= cells
        if self.elements < 0 or self.cells < 0:
            raise RefusedFileError("file-too-big")

    @staticmethod
    def allow_extent(rows: int, columns: int) -> None:
        """Refuse a sheet whose values lie so far apart that the places between them fill the memory."""
        if rows * columns > _MAX_PLACES:
            raise RefusedFileError("file-too-big")

    @staticmethod
    def allow_characters(count: int) -> bool:
        """Whether so many characters may be read."""
        return count <= _MAX_CHARACTERS


def parse_xml(
    content: bytes,
    start: Callable[[str, dict[str, str]], None] | None = None,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    use: Callable[[Any], None] | None = None,
) -> None:
    """Parse XML with handlers; RefusedFileError for a DTD (entities come with it) or XML that is not well formed."""
    _refuse_depth(content)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    if use:
        use(parser)
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise RefusedFileError("file-damaged") from error


def _refuse_depth(content: bytes) -> None:
    """Refuse elements within elements without end, for each of which the parser keeps memory."""
    depth = 0
    for start in range(0, len(content), _STRETCH):
        end = start + _STRETCH
        opened, closed = content.count(b"<", start, end), content.count(b"</", start, end)
        depth += opened - 2 * closed - content.count(b"/>", start, end)
        if depth > _MAX_DEPTH:
            raise RefusedFileError("file-unsafe")


def _refuse_doctype(*_: object) -> None:
    raise RefusedFileError("file-unsafe")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def read_percent_styles(content: bytes) -> frozenset[str]:
    """Return the indices (as written in `s`) of the cell formats of styles.xml that show a percent sign."""
    return _percent_styles_known(content) if len(content) <= _REMEMBERED_BYTES else _percent_styles(content)


@lru_cache(maxsize=16)
def _percent_styles_known(content: bytes) -> frozenset[str]:
    """The forms of one period carry equal styles."""
    return _percent_styles(content)


def _percent_styles(content: bytes) -> frozenset[str]:
    formats: dict[str, str] = {}
    found: list[str] = []
    inside = False
    count = 0

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal inside, count
        name = _local(name)
        if name == "numFmt":
            formats[given.get("numFmtId", "")] = given.get("formatCode", "")
        elif name == "cellXfs":
            inside = True
        elif name == "xf" and inside:
            number = given.get("numFmtId", "0")
            if number in _PERCENT_BUILT_IN or "%" in _QUOTED.sub("", formats.get(number, "")[:_LONGEST_FORMAT]):
                found.append(str(count))
            count += 1

    def end(name: str) -> None:
        nonlocal inside
        if _local(name) == "cellXfs":
            inside = False

    parse_xml(content, start, end)
    return frozenset(found)


def read_string_lengths(content: bytes) -> list[int]:
    """Return the length of each shared string; RefusedFileError for more of them than a workbook can use."""
    if content.count(b"<si") > _MAX_STRINGS:
        raise RefusedFileError("file-too-big")
    lengths: list[int] = []

    def start(name: str, _: dict[str, str]) -> None:
        if name == "si" or _local(name) == "si":
            lengths.append(0)

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    parse_xml(content, start, None, text)
    return lengths


def scan_string_use(content: bytes, lengths: list[int]) -> int:
    """Return how many characters a sheet's mentions of shared strings come to (each mention is a copy)."""
    total, waiting = 0, False
    digits = ""

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal waiting, digits
        digits = ""
        if _local(name) == "c":
            waiting = given.get("t") == "s"

    def text(data: str) -> None:
        nonlocal digits
        digits += data if waiting else ""

    def end(name: str) -> None:
        nonlocal total
        if waiting and _local(name) == "v":
            total += lengths[int(digits)] if digits.strip().isdecimal() else 0

    parse_xml(content, start, end, text)
    return total


def scan_sheet(  # noqa: PLR0915 - one closure for speed
    content: bytes, percent_styles: frozenset[str], budget: Budget
) -> SheetFacts:
    """Return the facts of one worksheet part of an .xlsx.

    RefusedFileError for a DTD, XML that is not well formed, or more than is left of the budget. One call per element
    is what this costs, so the handlers do little.
    """
    facts = SheetFacts()
    columns: set[str] = set()
    text: list[str] = []
    row, row_text, letters = 0, "0", ""
    first_row = last_row = elements = values = 0
    kind: str | None = None
    formula = catching = valued = False
    end_of_cells = content.rfind(b"sheetData>")  # behind it, «xm:f» of a drop-down list is no formula of a cell
    parser: Any = None

    def use(given: Any) -> None:
        nonlocal parser
        parser = given

    def judge() -> None:
        """Judge the cell before, which was a formula or an error."""
        nonlocal formula, catching
        shown = "".join(text).strip()
        place = (row, column_number(letters))
        if kind == "e":
            facts.errors[place] = shown or "#N/A"
        elif formula and not shown and kind != "str":
            facts.without_value.add(place)
        formula = catching = False
        text.clear()
        parser.CharacterDataHandler = None

    def start_cell(given: dict[str, str]) -> None:
        nonlocal row, row_text, letters, kind, valued, elements
        if formula or catching:
            judge()
        elements += 1
        if elements > _MAX_ELEMENTS:
            raise RefusedFileError("file-too-big")
        place = given.get("r")
        if place is None:
            letters = column_letters(column_number(letters) + 1)
        else:
            letters = place[: -len(row_text)]
            if not (place.endswith(row_text) and letters.isalpha()):
                row, column = _parse_range(place)[:2]
                row_text, letters = str(row), column_letters(column)
        kind = given.get("t")
        valued = False
        if given.get("s") in percent_styles:
            facts.percent.add((row, column_number(letters)))

    def start_value() -> None:
        nonlocal valued, values, first_row, last_row, catching
        if not valued:
            valued = True
            values += 1
            columns.add(letters)
            first_row = first_row or row
            last_row = max(last_row, row)
        if formula or kind == "e":
            catching = True
            parser.CharacterDataHandler = text.append

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal row, row_text, letters, formula, elements
        if name == "c":
            start_cell(given)
        elif name in ("v", "is"):
            start_value()
        elif name == "row":
            if formula or catching:
                judge()
            elements += 1
            number = given.get("r")
            row = int(number) if number else row + 1
            row_text, letters = str(row), ""
            if given.get("hidden") in ("1", "true"):
                facts.hidden_rows.add(row)
        elif name == "f":
            formula = end_of_cells < 0 or parser.CurrentByteIndex < end_of_cells
        elif name == "col":
            if given.get("hidden") in ("1", "true"):
                facts.hidden_columns.append((int(given["min"]), int(given["max"])))
        elif name == "mergeCell":
            facts.merged.append(_parse_range(given["ref"]))
        elif name in _PAGE_NAMES:
            if formula or catching:
                judge()
            parser.CharacterDataHandler, parser.EndElementHandler = page_text.append, end_page
        elif ":" in name and (local := _local(name)) in _SHEET_NAMES:
            start(local, given)

    def end_page(_: str) -> None:
        parser.CharacterDataHandler = parser.EndElementHandler = None

    page_text: list[str] = []
    parse_xml(content, start, None, None, use)
    if formula or catching:
        judge()
    facts.page_text, facts.values = "".join(page_text), values
    budget.spend(elements, values)
    if columns:
        budget.allow_extent(last_row - first_row + 1, max(column_number(column) for column in columns))
    return facts


_PAGE_NAMES = frozenset({"oddHeader", "oddFooter", "firstHeader", "firstFooter", "evenHeader", "evenFooter"})
_SHEET_NAMES = frozenset({"c", "v", "is", "row", "f", "col", "mergeCell"}) | _PAGE_NAMES
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def _parse_range(text: str) -> tuple[int, int, int, int]:
    """Return first row, first column, last row, last column of «A1:C3»."""
    places = [(int(row), column_number(letters)) for letters, row in _CELL.findall(text)]
    (top, left), (bottom, right) = places[0], places[-1]
    return top, left, bottom, right
