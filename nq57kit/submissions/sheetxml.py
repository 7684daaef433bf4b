"""What lies in the sheets of a spreadsheet file: the facts of their XML that the cell reader hides.

In: XML parts. Out: `SheetFacts` by sheet: errors, formulas without a value, number formats that tell more than the value,
what is hidden or merged. Cells, texts and extents are counted while reading, so that no later reader meets more than the
limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from nq57kit.submissions.cells import column_letters, column_number
from nq57kit.submissions.package import RefusedFileError, local_name, parse_xml

#: Cells with a value in one workbook (a filled form has some thousand).
MAX_CELLS: Final = 200_000
#: Cell and row elements in one workbook, blank ones that only carry a format included.
_MAX_ELEMENTS: Final = 600_000
#: Places of the smallest rectangle around a sheet's values: the cell reader makes all of them.
_MAX_PLACES: Final = 1_000_000
#: Characters of all cells together, each mention of a shared text counted.
_MAX_CHARACTERS: Final = 40_000_000
#: Strings of sharedStrings.xml, those that no cell mentions included.
_MAX_STRINGS: Final = 300_000
#: An .ods names the kind of a value, not the code of its format.
_ODS_PERCENT: Final = "0%"
#: Formats of a file that does not write them down because every spreadsheet knows their numbers; some are the locale's.
_DAY: Final = "d/m/yyyy"
_BUILT_IN: Final = {
    "1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "9": "0%", "10": "0.00%", "11": "0.00E+00", "12": "# ?/?",
    "13": "# ??/??", "14": _DAY, "15": "d-mmm-yy", "16": "d-mmm", "17": "mmm-yy", "22": f"{_DAY} h:mm",
    **{str(number): "#,##0_);(#,##0)" for number in (37, 38)}, **{str(number): "#,##0.00_);(#,##0.00)" for number in (39, 40)},
    "41": '#,##0_);(#,##0);"-"_)', "42": '#,##0_);(#,##0);"-"_)', "43": '#,##0.00_);(#,##0.00);"-"??_)',
    "44": '#,##0.00_);(#,##0.00);"-"??_)', "48": "##0.0E+0",
}  # fmt: skip
#: Rows and columns less high or wide than this (points, characters, inches) are not seen.
_FLAT_ROW, _FLAT_COLUMN, _FLAT_INCHES = 1.0, 0.2, 0.02
_HYPERLINK: Final = re.compile(r'HYPERLINK\(\s*"([^"]{1,2000})"', re.IGNORECASE)
_Place = tuple[int, int]
_PAGE_NAMES = frozenset({"oddHeader", "oddFooter", "firstHeader", "firstFooter", "evenHeader", "evenFooter"})
_SHEET_NAMES = frozenset({"c", "v", "is", "row", "f", "col", "mergeCell", "hyperlink"}) | _PAGE_NAMES
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


@dataclass
class SheetFacts:
    """Facts of one sheet, places as (row, column) from 1; ranges of hidden columns both ends included.

    `links` are addresses behind cells, `link_ids` those that a relation of the sheet names; `seen` is what an .ods says that
    a person sees of a value, `texts` its texts with their line breaks.
    """

    formats: dict[_Place, str] = field(default_factory=dict)
    booleans: set[_Place] = field(default_factory=set)
    dates: set[_Place] = field(default_factory=set)
    errors: dict[_Place, str] = field(default_factory=dict)
    without_value: set[_Place] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[_Place] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    struck: set[_Place] = field(default_factory=set)
    links: dict[_Place, str] = field(default_factory=dict)
    link_ids: dict[_Place, str] = field(default_factory=dict)
    comments: dict[_Place, str] = field(default_factory=dict)
    seen: dict[_Place, str] = field(default_factory=dict)
    texts: dict[_Place, str] = field(default_factory=dict)
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


class Styles(NamedTuple):
    """What the styles of a workbook say by their index (as written in `s`): number formats, and which are struck out."""

    formats: Mapping[str, str] = MappingProxyType({})
    struck: frozenset[str] = frozenset()


@lru_cache(maxsize=1)  # the forms of one period carry equal styles
def read_styles(content: bytes) -> Styles:
    """Return the number formats (but «General» and text) and the struck out styles of styles.xml."""
    formats = dict(_BUILT_IN)
    found: list[tuple[str, str]] = []
    fonts: list[bool] = []
    inside = ""

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal inside
        name = local_name(name)
        if name in ("fonts", "cellXfs", "cellStyleXfs", "dxfs"):
            inside = name
        elif name == "numFmt" and not inside:
            formats[given.get("numFmtId", "")] = given.get("formatCode", "")
        elif name == "font" and inside == "fonts":
            fonts.append(False)
        elif name == "strike" and inside == "fonts" and fonts:
            fonts[-1] = given.get("val", "1") not in ("0", "false")
        elif name == "xf" and inside == "cellXfs":
            found.append((given.get("numFmtId", "0"), given.get("fontId", "0")))

    def end(name: str) -> None:
        nonlocal inside
        inside = "" if local_name(name) == inside else inside

    parse_xml(content, start, end)
    codes = {str(index): formats.get(number, "") for index, (number, _) in enumerate(found)}
    return Styles(
        {index: code for index, code in codes.items() if code not in ("", "General", "@")},
        frozenset(
            str(index)
            for index, (_, font) in enumerate(found)
            if font.isdecimal() and int(font) < len(fonts) and fonts[int(font)]
        ),
    )


def read_string_lengths(content: bytes) -> list[int]:
    """Return the length of each shared string; RefusedFileError for more of them than a workbook can use."""
    if content.count(b"<si") > _MAX_STRINGS:
        raise RefusedFileError("file-too-big")
    lengths: list[int] = []

    def start(name: str, _: dict[str, str]) -> None:
        if name == "si" or local_name(name) == "si":
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
        if local_name(name) == "c":
            waiting = given.get("t") == "s"

    def text(data: str) -> None:
        nonlocal digits
        digits += data if waiting else ""

    def end(name: str) -> None:
        nonlocal total
        if waiting and local_name(name) == "v":
            total += lengths[int(digits)] if digits.strip().isdecimal() else 0

    parse_xml(content, start, end, text)
    return total


def scan_sheet(  # noqa: PLR0915 - one closure for speed
    content: bytes, styles: Styles, budget: Budget
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
    style = ""
    formats, struck = styles
    formula_text: list[str] = []
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
        if formula_text and (link := _HYPERLINK.match("".join(formula_text).strip())):
            facts.links[place] = link[1]
        formula = catching = False
        text.clear()
        formula_text.clear()
        parser.CharacterDataHandler = None

    def start_cell(given: dict[str, str]) -> None:
        nonlocal row, row_text, letters, kind, valued, elements, style
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
        style = given.get("s", "0")

    def start_value() -> None:
        nonlocal valued, values, first_row, last_row, catching
        if not valued:
            valued = True
            values += 1
            columns.add(letters)
            first_row = first_row or row
            last_row = max(last_row, row)
            if kind == "d":
                facts.dates.add((row, column_number(letters)))
            if style in formats:
                facts.formats[row, column_number(letters)] = formats[style]
            if style in struck:
                facts.struck.add((row, column_number(letters)))
        if formula or kind == "e":
            catching = True
            parser.CharacterDataHandler = text.append

    def start_area(name: str, given: dict[str, str]) -> None:
        if name == "mergeCell":
            facts.merged.append(_parse_range(given["ref"]))
        elif name == "hyperlink":
            key = next((value for key, value in given.items() if local_name(key) == "id"), "")
            facts.link_ids[_parse_range(given["ref"])[:2]] = key
        elif given.get("hidden") in ("1", "true") or _is_flat(given.get("width"), _FLAT_COLUMN):
            facts.hidden_columns.append((int(given["min"]), int(given["max"])))

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
            if given.get("hidden") in ("1", "true") or _is_flat(given.get("ht"), _FLAT_ROW):
                facts.hidden_rows.add(row)
        elif name == "f":
            if formula := end_of_cells < 0 or parser.CurrentByteIndex < end_of_cells:
                parser.CharacterDataHandler = formula_text.append
        elif name in ("col", "mergeCell", "hyperlink"):
            start_area(name, given)
        elif name in _PAGE_NAMES:
            if formula or catching:
                judge()
            parser.CharacterDataHandler, parser.EndElementHandler = page_text.append, end_page
        elif ":" in name and (local := local_name(name)) in _SHEET_NAMES:
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


def read_comments(content: bytes, own_author: str) -> Mapping[_Place, str]:
    """Return the comments of a sheet, by the cell that each is on, without those of `own_author`."""
    authors: list[str] = []
    found: dict[_Place, str] = {}
    text: list[str] = []
    place: _Place | None = None

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal place
        if local_name(name) == "comment" and _CELL.fullmatch(given.get("ref", "")):
            author = given.get("authorId", "")
            by_form = author.isdecimal() and authors[int(author) : int(author) + 1] == [own_author]
            place = None if by_form else _parse_range(given["ref"])[:2]
            text.clear()

    def end(name: str) -> None:
        if local_name(name) == "author":
            authors.append("".join(text).strip())
            text.clear()
        elif local_name(name) == "comment" and place:
            found[place] = "".join(text)

    parse_xml(content, start, end, text.append)
    return found


def _is_flat(size: str | None, least: float) -> bool:
    """Whether a row or column of that size is not seen."""
    try:
        return size is not None and float(size) < least
    except ValueError:
        return False


def _parse_range(text: str) -> tuple[int, int, int, int]:
    """Return first row, first column, last row, last column of «A1:C3»."""
    places = [(int(row), column_number(letters)) for letters, row in _CELL.findall(text)]
    (top, left), (bottom, right) = places[0], places[-1]
    return top, left, bottom, right


# ------------------------------------------------------------------------------------------ .ods


def scan_ods(content: bytes, budget: Budget) -> Mapping[str, SheetFacts]:
    """Return the facts of every sheet of an .ods content.xml, by sheet name."""
    scan = _OdsScan(budget)
    parse_xml(content, scan.start, scan.end, scan.text)
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
        self._extent: list[int] = [0, 0]
        self._flat: set[str] = set()
        self._struck: set[str] = set()
        self._places: list[_Place] = []
        self._kind: str | None = None
        self._formula = self._is_error = ""
        self._text: list[str] = []
        self._link, self._aside, self._comment = "", 0, ""

    def start(self, name: str, given: dict[str, str]) -> None:
        if self._aside or name == "office:annotation":
            self._aside += 1
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._start_cell(given)
        elif name.startswith("text:"):
            self._read_text(name, given)
        elif name == "table:table-row":
            self._row = self._next_row
            repeat = _repeat(given, "table:number-rows-repeated")
            self._next_row += repeat
            self._column = self._next_column = 1
            self._budget.spend(1, 0)
            if self._is_hidden(given) and repeat <= MAX_CELLS:
                self._facts.hidden_rows.update(range(self._row, self._row + repeat))
        elif name == "table:table-column":
            repeat = _repeat(given, "table:number-columns-repeated")
            if self._is_hidden(given):
                self._facts.hidden_columns.append((self._next_column, self._next_column + repeat - 1))
            self._next_column += repeat
        elif name == "table:table":
            self._facts = SheetFacts(hidden=given.get("table:style-name", "") in self._hidden_styles)
            self.sheets[given.get("table:name", "")] = self._facts
            self._next_row = self._next_column = 1
            self._extent = [0, 0]
        elif name == "style:style":
            self._style = given.get("style:name", "")
        elif name.startswith("style:"):
            self._read_style(name, given)

    def _read_text(self, name: str, given: dict[str, str]) -> None:
        if name in ("text:p", "text:line-break"):
            self._text.append("\n" if self._text or name == "text:line-break" else "")
        elif name == "text:s":
            self._text.append(" " * min(_repeat(given, "text:c"), 100))
        elif name == "text:tab":
            self._text.append("\t")
        elif name == "text:a":
            self._link = self._link or given.get("xlink:href", "")

    def _read_style(self, name: str, given: dict[str, str]) -> None:
        if name == "style:table-properties" and given.get("table:display") == "false":
            self._hidden_styles.add(self._style)
        size = given.get("style:row-height", given.get("style:column-width", ""))
        if (size.endswith("in") and _is_flat(size[:-2], _FLAT_INCHES)) or size in ("0cm", "0mm", "0pt"):
            self._flat.add(self._style)
        if given.get("style:text-line-through-style", "none") != "none":
            self._struck.add(self._style)

    def _is_hidden(self, given: dict[str, str]) -> bool:
        seen = given.get("table:visibility", "visible") == "visible"
        return not seen or given.get("table:style-name", "") in self._flat

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
        self._places, self._kind = [], kind
        self._text.clear()
        self._link = ""
        if kind is None and not formula:
            return
        many = repeat * (self._next_row - self._row)
        self._budget.spend(0, many)
        self._facts.values += many
        self._extent = [max(self._extent[0], self._next_row - 1), max(self._extent[1], self._next_column - 1)]
        self._budget.allow_extent(*self._extent)
        places = [(row, self._column + step) for row in range(self._row, self._next_row) for step in range(repeat)]
        if kind == "percentage":
            self._facts.formats.update(dict.fromkeys(places, _ODS_PERCENT))
        elif kind == "boolean":
            self._facts.booleans.update(places)
        if given.get("table:style-name") in self._struck:
            self._facts.struck.update(places)
        self._places = places
        self._formula = given.get("table:formula", "")
        self._is_error = given.get("calcext:value-type", "")

    def text(self, data: str) -> None:
        """Keep what a person reads in the cell, and in a comment on it."""
        if self._aside:
            self._comment += data
        elif self._places:
            self._text.append(data)

    def end(self, name: str) -> None:
        if self._aside:
            self._aside -= 1
            if not self._aside:
                self._facts.comments[self._row, self._column] = self._comment.strip()
                self._comment = ""
        elif name in ("table:table-cell", "table:covered-table-cell") and self._places:
            self._end_cell("".join(self._text))
            self._places = []

    def _end_cell(self, text: str) -> None:
        facts, place = self._facts, self._places[0]
        if self._is_error == "error" or (self._formula and self._kind is None and text.startswith(("#", "Err:"))):
            facts.errors[place] = text.strip() or "#N/A"
        elif self._kind is None and not text.strip():
            if '""' not in self._formula:  # the result of one that can give «» is a blank
                facts.without_value.add(place)
        elif self._kind in ("string", None):
            facts.texts.update(dict.fromkeys(self._places, text) if "\n" in text else {})
        elif self._kind != "boolean" and self._text:  # some writers leave out what is seen; a blank is seen, too
            facts.seen.update(dict.fromkeys(self._places, text.strip() or " "))
        if self._link:
            facts.links.update(dict.fromkeys(self._places, self._link))


def _repeat(given: dict[str, str], name: str) -> int:
    return max(1, int(given.get(name, "1")))
