"""What the cell reader hides, from the XML itself: errors, formulas without a value, percent, what is hidden.

In: the XML parts of an .xlsx or .ods. Out: `SheetFacts` by sheet. Documents with a DTD are refused; cells,
texts and extents are counted while reading, so that no later reader meets more than the limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from nq57kit.submissions.archive import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "MAX_CELLS",
    "Budget",
    "SheetFacts",
    "column_letters",
    "column_number",
    "parse_xml",
    "read_percent_styles",
    "read_string_lengths",
    "scan_ods",
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
_PERCENT_BUILT_IN: Final = frozenset({"9", "10"})
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
        """Take from what is left; Refusal below zero."""
        self.elements -= elements
        self.cells -= cells
        if self.elements < 0 or self.cells < 0:
            raise Refusal("file-too-big")

    @staticmethod
    def allow_extent(rows: int, columns: int) -> None:
        """Refuse a sheet whose values lie so far apart that the places between them fill the memory."""
        if rows * columns > _MAX_PLACES:
            raise Refusal("file-too-big")

    @staticmethod
    def allow_characters(count: int) -> bool:
        """Whether so many characters may be read."""
        return count <= _MAX_CHARACTERS


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


def parse_xml(
    content: bytes,
    start: Callable[[str, dict[str, str]], None] | None = None,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    use: Callable[[Any], None] | None = None,
) -> None:
    """Parse XML with handlers; Refusal for a DTD (entities come with it) or XML that is not well formed."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    if use:
        use(parser)
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, KeyError, IndexError) as error:
        raise Refusal("file-damaged") from error


def _refuse_doctype(*_: object) -> None:
    raise Refusal("file-unsafe")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def read_percent_styles(content: bytes) -> frozenset[str]:
    """Return the indices (as written in `s`) of the cell formats of styles.xml that show a percent sign."""
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
            if number in _PERCENT_BUILT_IN or "%" in _QUOTED.sub("", formats.get(number, "")):
                found.append(str(count))
            count += 1

    def end(name: str) -> None:
        nonlocal inside
        if _local(name) == "cellXfs":
            inside = False

    parse_xml(content, start, end)
    return frozenset(found)


def read_string_lengths(content: bytes) -> list[int]:
    """Return the length of each shared string."""
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


def scan_sheet(content: bytes, percent_styles: frozenset[str], budget: Budget) -> SheetFacts:
    """Return the facts of one worksheet part of an .xlsx."""
    scan = _SheetScan(percent_styles)
    parse_xml(content, scan.start, None, None, scan.use)
    scan.close()
    budget.spend(scan.elements, scan.facts.values)
    if scan.columns:
        widest = max(column_number(letters) for letters in scan.columns)
        budget.allow_extent(scan.last_row - scan.first_row + 1, widest)
    return scan.facts


class _SheetScan:
    """The handlers of `scan_sheet`: one call per element, so they do little."""

    def __init__(self, percent_styles: frozenset[str]) -> None:
        self.facts, self.percent_styles = SheetFacts(), percent_styles
        self.elements = 0
        self.columns: set[str] = set()
        self.first_row = self.last_row = 0
        self._row, self._row_text, self._letters = 0, "0", ""
        self._type: str | None = None
        self._formula = self._valued = self._catching = False
        self._text: list[str] = []
        self._parser: Any = None

    def use(self, parser: Any) -> None:
        self._parser = parser

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(given)
        elif name == "v" or name == "is":
            self._start_value()
        elif name == "row":
            self._start_row(given)
        elif name == "f":
            self._formula = True
        elif name == "col":
            if given.get("hidden") in ("1", "true"):
                self.facts.hidden_columns.append((int(given["min"]), int(given["max"])))
        elif name == "mergeCell":
            self.facts.merged.append(_parse_range(given["ref"]))
        elif name in ("oddHeader", "oddFooter", "firstHeader", "firstFooter", "evenHeader", "evenFooter"):
            self._flush()
            self._parser.CharacterDataHandler = self._catch_page_text
        elif ":" in name and (local := _local(name)) in _SHEET_NAMES:
            self.start(local, given)

    def _start_row(self, given: dict[str, str]) -> None:
        self._flush()
        self.elements += 1
        number = given.get("r")
        self._row = int(number) if number else self._row + 1
        self._row_text, self._letters = str(self._row), ""
        if given.get("hidden") in ("1", "true"):
            self.facts.hidden_rows.add(self._row)

    def _start_cell(self, given: dict[str, str]) -> None:
        if self._formula or self._catching:
            self._flush()
        self.elements += 1
        if self.elements > _MAX_ELEMENTS:
            raise Refusal("file-too-big")
        place = given.get("r")
        if place:
            self._letters = place[: -len(self._row_text)]
            if not (place.endswith(self._row_text) and self._letters.isalpha()):
                self._row, column = _parse_range(place)[:2]
                self._row_text, self._letters = str(self._row), column_letters(column)
        else:
            self._letters = column_letters(column_number(self._letters) + 1)
        self._type = given.get("t")
        self._valued = False
        if self.percent_styles and given.get("s") in self.percent_styles:
            self.facts.percent.add(self._here())

    def _start_value(self) -> None:
        facts = self.facts
        if not self._valued:
            self._valued = True
            facts.values += 1
            self.columns.add(self._letters)
            self.first_row = self.first_row or self._row
            self.last_row = max(self.last_row, self._row)
        if self._formula or self._type == "e":
            self._text.clear()
            self._catching = True
            self._parser.CharacterDataHandler = self._text.append

    def _here(self) -> _Place:
        return self._row, column_number(self._letters)

    def _flush(self) -> None:
        """Judge the cell before, if it was a formula or an error."""
        if self._catching or self._formula:
            text = "".join(self._text).strip() if self._catching else ""
            if self._type == "e":
                self.facts.errors[self._here()] = text or "#N/A"
            elif self._formula and not text and self._type != "str":
                self.facts.without_value.add(self._here())
            self._formula = self._catching = False
            self._text.clear()
            self._parser.CharacterDataHandler = None

    def _catch_page_text(self, data: str) -> None:
        self.facts.page_text += data

    def close(self) -> None:
        self._flush()


_SHEET_NAMES = frozenset({"c", "v", "is", "row", "f", "col", "mergeCell", "oddHeader", "oddFooter"})
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def _parse_range(text: str) -> tuple[int, int, int, int]:
    """Return first row, first column, last row, last column of «A1:C3»."""
    places = [(int(row), column_number(letters)) for letters, row in _CELL.findall(text)]
    (top, left), (bottom, right) = places[0], places[-1]
    return top, left, bottom, right


def scan_ods(content: bytes, budget: Budget) -> Mapping[str, SheetFacts]:
    """Return the facts of every sheet of an .ods content.xml, by sheet name."""
    scan = _OdsScan(budget)
    parse_xml(content, scan.start, scan.end, None, scan.use)
    return scan.sheets


class _OdsScan:
    """The handlers of `scan_ods`; repeated rows and cells are counted, not made."""

    def __init__(self, budget: Budget) -> None:
        self.sheets: dict[str, SheetFacts] = {}
        self._budget = budget
        self._facts = SheetFacts()
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._row = self._column = self._next_row = self._next_column = 1
        self._row_values: list[int] = []
        self._extent: list[int] = [0, 0]
        self._pending: tuple[_Place, str, bool] | None = None
        self._text: list[str] = []
        self._parser: Any = None
        self._depth = 0

    def use(self, parser: Any) -> None:
        self._parser = parser

    def start(self, name: str, given: dict[str, str]) -> None:
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._start_cell(given)
        elif name == "table:table-row":
            self._row = self._next_row
            repeat = _repeat(given, "table:number-rows-repeated")
            self._next_row += repeat
            self._column = self._next_column = 1
            self._row_values = []
            self._budget.spend(1, 0)
            if given.get("table:visibility") in ("collapse", "filter") and repeat <= MAX_CELLS:
                self._facts.hidden_rows.update(range(self._row, self._row + repeat))
        elif name == "table:table-column":
            repeat = _repeat(given, "table:number-columns-repeated")
            if given.get("table:visibility") == "collapse":
                self._facts.hidden_columns.append((self._next_column, self._next_column + repeat - 1))
            self._next_column += repeat
        elif name == "table:table":
            self._depth += 1
            self._facts = SheetFacts(hidden=given.get("table:style-name", "") in self._hidden_styles)
            self.sheets[given.get("table:name", "")] = self._facts
            self._next_row = self._next_column = 1
            self._extent = [0, 0]
        elif name == "style:style":
            self._style = given.get("style:name", "")
        elif name == "style:table-properties" and given.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def _start_cell(self, given: dict[str, str]) -> None:
        self._column = self._next_column
        repeat = _repeat(given, "table:number-columns-repeated")
        self._next_column += repeat
        kind = given.get("office:value-type")
        formula = "table:formula" in given
        self._budget.spend(1, 0)
        rows = int(given.get("table:number-rows-spanned", "1"))
        columns = int(given.get("table:number-columns-spanned", "1"))
        if rows > 1 or columns > 1:
            self._facts.merged.append((self._row, self._column, self._row + rows - 1, self._column + columns - 1))
        if kind is None and not formula:
            return
        many = repeat * (self._next_row - self._row)
        self._budget.spend(0, many)
        self._facts.values += many
        self._extent = [max(self._extent[0], self._next_row - 1), max(self._extent[1], self._next_column - 1)]
        self._budget.allow_extent(*self._extent)
        places = [(row, self._column + step) for row in range(self._row, self._next_row) for step in range(repeat)]
        if kind == "percentage":
            self._facts.percent.update(places)
        elif kind == "boolean":
            self._facts.booleans.update(places)
        is_error = given.get("calcext:value-type") == "error"
        if is_error or (formula and kind is None):
            self._pending = (places[0], "error" if is_error else "formula", formula)
            self._text.clear()
            self._parser.CharacterDataHandler = self._text.append

    def end(self, name: str) -> None:
        if self._pending and name == "table:table-cell":
            place, state, _ = self._pending
            text = "".join(self._text).strip()
            if state == "error" or text.startswith(("#", "Err:")):
                self._facts.errors[place] = text or "#N/A"
            else:
                self._facts.without_value.add(place)
            self._pending = None
            self._parser.CharacterDataHandler = None
        elif name == "table:table":
            self._depth -= 1


def _repeat(given: dict[str, str], name: str) -> int:
    return max(1, int(given.get(name, "1")))
