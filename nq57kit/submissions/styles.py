"""The sheets of a form: how its cells look, what they take (in the file format and in words), and pages of words.

In: a stream, an open workbook, a field of the contract. Out: a workbook to write, its formats, each made once; options of a
data validation, Vietnamese sentences, and `Page`, a sheet of words written from the top down. Colours carry one meaning: pale yellow must be filled. The reader judges by the
contract itself; limits only help the person who fills the form.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

from nq57kit.submissions.cells import Cell
from nq57kit.submissions.contract import Field, Kind, Table

#: The font of Nghị định 30/2020/NĐ-CP (Phụ lục I), at the usual size of tables.
FONT: Final = MappingProxyType({"font_name": "Times New Roman", "font_size": 12})
#: Kinds whose cells hold text; their format «@» also keeps a line that begins with «-» or «=» from being a formula.
TEXT_KINDS: Final = frozenset(
    {Kind.TEXT, Kind.URL, Kind.UNIT, Kind.PERIOD, Kind.CODE, Kind.MEASURE, Kind.LINE, Kind.YES_NO}
)

#: The fill of a cell by the severity of its worst finding, or of what goes on from last year; apart from each other in grey, too (72, 88, 94 % light).
COLOURS: Final = MappingProxyType({"error": "#F4A7A3", "warning": "#FFDF80", "note": "#DCEEFD", "earlier": "#E4E4E4"})

#: The look of what was said before, or is filled in for good: to be read, not written.
GREY: Final = MappingProxyType({"font_color": "#595959", "bg_color": "#F2F2F2"})

RECORD_FIRST_ROW: Final = 4  # 0-based row of the first field in a one-record sheet
TASK_LIST, MEASURE_LIST, LINE_LIST, YES_NO_LIST = "task_id", "measure_id", "plan_line", "yes_no"
_FIRST_DAY, _LAST_DAY = "DATE(2000,1,1)", "DATE(2100,12,31)"
_NO_LIMIT: Final = 10**15
_NUMBERS = frozenset({Kind.WHOLE, Kind.MONEY, Kind.YEAR, Kind.PERCENT})
_NUMBER_FORMATS = {
    Kind.DATE: "dd/mm/yyyy",
    Kind.MONEY: "#,##0",
    Kind.WHOLE: "#,##0",
    Kind.TASK: "0",
    Kind.YEAR: "0",
    Kind.PERCENT: "0.0",
}
_LINE_HEIGHT: Final = 15.75  # points, at 12 points
_LETTERS: Final = 1.06  # letters of running text per unit of column width
_TALLEST: Final = 400  # points that a row may have
_MOST_LINKS: Final = 65_000  # links that a sheet may have
_FIRST_YEAR: Final = 1900  # before it the file format has no days
#: The errors that a spreadsheet's cell can hold as such.
_ERRORS: Final = frozenset({"#N/A", "#REF!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#VALUE!"})
Spans = tuple[tuple[int, int], ...]  # first and last column of each cell of a line
_MUST, _MAY, _MUST_INPUT = "#F4D58D", "#E3E8E1", "#FFF9E3"
_THIN = {"border": 1, "border_color": "#A6A6A6"}
_WORDS = {**FONT, "valign": "top", "text_wrap": True}


def start_book(stream: io.BytesIO) -> Any:
    """Return a new workbook of xlsxwriter in our font; closing it writes it to `stream`.

    A text stays a text in it, whatever it looks like: no formula, link or number is made of what a person wrote.

    Example:
        >>> import io
        >>> stream = io.BytesIO()
        >>> start_book(stream).close()
        >>> stream.getvalue()[:2]
        b'PK'
    """
    import xlsxwriter

    return xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": dict(FONT),  # the library changes what it is given
        },
    )


class Styles:
    """The formats of one workbook.

    Example:
        >>> import io, xlsxwriter
        >>> styles = Styles(xlsxwriter.Workbook(io.BytesIO()))
        >>> styles.header(required=True) is styles.header(required=True)
        True
    """

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        """Return the format with these properties over the form's font."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**FONT, "valign": "top", **properties})
        return self._made[key]

    def header(self, *, required: bool, **more: Any) -> Any:
        """Return the format of a column's name; `more` goes over what is usual."""
        usual = {"bold": True, "align": "center", "valign": "vcenter", "bg_color": _MUST if required else _MAY}
        return self.get(**{**usual, "text_wrap": True, "border": 1, **more})

    def label(self, *, required: bool, **more: Any) -> Any:
        """Return the format of a line's name in a one-record sheet."""
        usual = {"bold": required, "text_wrap": True, "border": 1, "bg_color": _MUST if required else _MAY}
        return self.get(**{**usual, **more})

    def hint(self) -> Any:
        """Return the format of the words beside a value."""
        return self.get(italic=True, text_wrap=True, font_color="#404040", **_THIN)

    def value(self, field: Field, *, record: bool = False, drawn: bool = True, **more: Any) -> Any:
        """Return the format of a field's cells: in a one-record sheet, or in a column (drawn with a border or not)."""
        properties: dict[str, Any] = {"locked": False, "num_format": _NUMBER_FORMATS.get(field.kind, "@")}
        if record:
            properties |= {"align": "left", "border": 1, "text_wrap": True}
        elif field.kind in TEXT_KINDS:
            properties["text_wrap"] = True
        elif field.kind in (Kind.DATE, Kind.TASK, Kind.YEAR):
            properties["align"] = "center"
        if field.required:
            properties["bg_color"] = _MUST_INPUT
        return self.get(**{**properties, **(_THIN if drawn and not record else {}), **more})


# ------------------------------------------------------------------------------- what they take


def list_of(field: Field) -> str | None:
    """Return the name of the list that a field's cells choose from; None where they are free.

    Example:
        >>> from nq57kit.submissions.contract import TABLES
        >>> list_of(TABLES["science_tasks"].field("state_funded"))
        'yes_no'
    """
    lists = {Kind.TASK: TASK_LIST, Kind.MEASURE: MEASURE_LIST, Kind.LINE: LINE_LIST, Kind.YES_NO: YES_NO_LIST}
    return lists.get(field.kind, field.codes)


def describe_limit(table: Table, field: Field) -> str:
    """Return what may be written into a field's cells, in words; empty where anything may.

    Example:
        >>> from nq57kit.submissions.contract import TABLES
        >>> describe_limit(TABLES["science_tasks"], TABLES["science_tasks"].field("end_year"))
        'Ghi số nguyên từ 2000 đến 2100. Không trước «Năm bắt đầu».'
    """
    return " ".join(sentence for _, sentence in _sentences(table, field))


def advise(table: Table, field: Field) -> str:
    """Return the hint of a field and whatever of its limit the hint does not say already.

    Example:
        >>> from nq57kit.submissions.contract import TABLES
        >>> advise(TABLES["activities"], TABLES["activities"].field("started_on"))
        'Viết ngày/tháng/năm, ví dụ 18/5/2026.'
    """
    said = field.hint.casefold()
    more = (sentence for word, sentence in _sentences(table, field) if word not in said)
    return " ".join(part for part in (field.hint, *more) if part)


def _sentences(table: Table, field: Field) -> Iterator[tuple[str, str]]:
    """Give the sentences of a limit, each with the word by which a hint shows that it has said it."""
    if list_of(field):
        yield "danh sách", "Chọn trong danh sách."
    elif field.kind in _NUMBERS:
        low, high = field.minimum or 0, field.maximum
        span = f"từ {low} trở lên" if high is None else f"từ {low} đến {high}"
        yield span, f"Ghi {'số' if field.kind is Kind.PERCENT else 'số nguyên'} {span}."
        if field.kind is Kind.PERCENT:
            yield "%", "Không ghi dấu %."
    elif field.kind is Kind.DATE:
        yield "ngày/tháng/năm", "Ghi ngày/tháng/năm, ví dụ 18/5/2026."
    if field.at_most:
        yield "không lớn hơn", f"Không lớn hơn «{table.field(field.at_most).label}»."
    if field.not_before:
        yield "không trước", f"Không trước «{table.field(field.not_before).label}»."


def make_rule(table: Table, field: Field, *, row: int, column: int, source: str | None) -> dict[str, Any] | None:
    """Return the validation of the cells that begin at a 0-based row and column; None where anything may stand.

    `source` is the range of the field's list. A limit that another cell sets holds once that cell is filled.

    Example:
        >>> from nq57kit.submissions.contract import TABLES
        >>> workforce = TABLES["workforce"]
        >>> make_rule(workforce, workforce.field("staff_reached"), row=5, column=1, source=None)["maximum"]
        '=IF(N(B5)>0,B5,1000000000000000)'
    """
    if source:
        return {"validate": "list", "source": source}
    if field.kind in _NUMBERS:
        low: int | str = field.minimum or 0
        high: int | str = _NO_LIMIT if field.maximum is None else field.maximum
        if field.at_most:
            other = _address(table, field.at_most, row, column)
            high = f"=IF(N({other})>0,{other},{high})"
        if field.not_before:
            low = f"=MAX({low},N({_address(table, field.not_before, row, column)}))"
        kind = "decimal" if field.kind is Kind.PERCENT else "integer"
        return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}
    if field.kind is Kind.DATE:
        start = f"={_FIRST_DAY}"
        if field.not_before:
            start = f"=MAX({_FIRST_DAY},N({_address(table, field.not_before, row, column)}))"
        # A warning, not a stop: an Excel set to another country takes «18/5/2026» as text, which the reader reads.
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": start,
            "maximum": f"={_LAST_DAY}",
            "error_type": "warning",
        }
    return None


def _address(table: Table, name: str, row: int, column: int) -> str:
    """Return the address of another field of the record in this row (or of this one-record sheet)."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    place = [field.name for field in table.fields].index(name)
    if table.form == "record":
        return str(xl_rowcol_to_cell(RECORD_FIRST_ROW + place, column))
    return str(xl_rowcol_to_cell(row, place, col_abs=True))


# ------------------------------------------------------------------------------- pages of words


def reckon_height(cells: Sequence[tuple[str, float]], size: int = 12) -> float:
    """Return the height in points that a row needs for wrapped texts in columns of the given widths.

    The file format leaves this to the program that opens it, and LibreOffice does not do it.

    Example:
        >>> reckon_height([("một dòng", 20)]) < reckon_height([("một dòng " * 9, 20)])
        True
    """
    lines = max((_count_lines(text, int(width * _LETTERS * 12 / size)) for text, width in cells), default=1)
    return lines * _LINE_HEIGHT * size / 12 + 2


@lru_cache(maxsize=2048)
def _count_lines(text: str, letters: int) -> int:
    """Return how many lines of so many letters a wrapped text takes; the same texts come back in every form."""
    return sum(len(textwrap.wrap(line, max(1, letters))) or 1 for line in text.splitlines() or [""])


def set_up_page(sheet: Any, footer: str) -> None:
    """Set a sheet up for the screen (no grid; «007» is meant as a text) and for A4, landscape."""
    sheet.hide_gridlines(2)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer(f"&L&10{footer.replace('&', '&&')}&R&10Trang &P/&N")


class Page:
    """A sheet of words written from the top down; heights are reckoned since merged cells have none of their own.

    Text goes out as text: never a formula, and no link but into the workbook itself.
    """

    def __init__(self, book: Any, name: str, widths: Sequence[float]) -> None:
        self._book, self._row, self._widths, self._links = book, 0, widths, 0
        self.whole: Spans = ((0, len(widths) - 1),)
        self.sheet = book.add_worksheet(name)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)

    def line(self, text: str, **style: Any) -> None:
        """Write one paragraph over the whole width."""
        self.cells(self.whole, (text,), (self._book.add_format(_WORDS | style),), size=style.get("font_size", 12))

    def heading(self, text: str) -> None:
        """Write a heading, with a blank line before it."""
        self._row += 1
        self.line(text, bold=True)

    def items(self, texts: Iterator[str]) -> None:
        """Write paragraphs as the numbered items of a section."""
        for number, text in enumerate(texts, start=1):
            self.line(f"{number}. {text}")

    def table(
        self,
        spans: Spans,
        header: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        looks: Callable[[int, int], Mapping[str, Any]] | None = None,
        links: Mapping[tuple[int, int], str] | None = None,
    ) -> None:
        """Write a table whose cells stand over the given columns.

        `looks` gives what a cell (row, cell) has besides the table's own look, `links` where it leads («'Trang'!A5»).
        """
        if header:
            head = self._book.add_format(
                _WORDS | _THIN | {"bold": True, "align": "center", "valign": "vcenter", "bg_color": "#E3E8E1"}
            )
            self.cells(spans, header, (head,) * len(spans))
        made: dict[tuple[tuple[str, Any], ...], Any] = {}
        for number, row in enumerate(rows):
            styles = []
            for index, (left, _) in enumerate(spans):
                look = {"align": "center"} if left == 0 else {}
                look |= looks(number, index) if looks else {}
                key = tuple(sorted(look.items()))
                styles.append(made.get(key) or made.setdefault(key, self._book.add_format(_WORDS | _THIN | look)))
            targets = {index: links[number, index] for index in range(len(spans)) if links and (number, index) in links}
            self.cells(spans, row, styles, links=targets)

    def close(self, footer: str) -> None:
        """Set up the print, one page wide."""
        set_up_page(self.sheet, footer)
        self.sheet.fit_to_pages(1, 0)

    def cells(
        self, spans: Spans, texts: Sequence[str], styles: Sequence[Any], *, size: int = 12,
        links: Mapping[int, str] | None = None,
    ) -> None:  # fmt: skip
        """Write one row of texts, each over its columns."""
        sized = []
        for index, ((left, right), text, style) in enumerate(zip(spans, texts, styles, strict=True)):
            if left != right:
                self.sheet.merge_range(self._row, left, self._row, right, "", style)
            if links and index in links and self._links < _MOST_LINKS:
                self._links += 1
                self.sheet.write_url(self._row, left, f"internal:{links[index]}", style, text)
            else:
                self.sheet.write_string(self._row, left, text, style)
            sized.append((text, sum(self._widths[left : right + 1])))
        self.sheet.set_row(self._row, min(reckon_height(sized, size), _TALLEST))
        self._row += 1


# ---------------------------------------------------------------------------------- values as they stood


def look_as_it_stood(cell: Cell) -> dict[str, Any]:
    """Return the format by which a value that was not read is seen, and read again, as it stood."""
    value = cell.value
    if isinstance(value, datetime) and (value.hour or value.minute or value.second):
        return {"num_format": "dd/mm/yyyy hh:mm:ss"}
    if isinstance(value, date):
        return {"num_format": "dd/mm/yyyy" if cell.is_plain else cell.number_format or "dd/mm/yyyy"}
    if isinstance(value, int | float):
        loose = "0.##%" if cell.percent else "General"
        return {"num_format": loose if cell.seen else cell.number_format or loose}
    return {"quote_prefix": True} if cell.text[:1] in ("=", "+", "-", "@") else {}


def put_as_it_stood(sheet: Any, at: tuple[int, int], cell: Cell, style: Any) -> None:
    """Write a value of a unit's file as what it was: number, day, error; a text is a text, never a formula."""
    value = cell.value
    if cell.error or cell.formula_without_value:
        error = "#N/A" if cell.formula_without_value else cell.error if cell.error in _ERRORS else "#VALUE!"
        sheet.write_formula(*at, f"={error}", style, error)
    elif isinstance(value, bool):
        sheet.write_boolean(*at, value, style)
    elif cell.seen and not cell.percent:
        sheet.write_string(*at, cell.seen, style)
    elif isinstance(value, int | float) and isfinite(value):
        sheet.write_number(*at, value, style)
    elif isinstance(value, date) and value.year >= _FIRST_YEAR:
        sheet.write_datetime(*at, value, style)
    else:
        sheet.write_string(*at, cell.text, style)
