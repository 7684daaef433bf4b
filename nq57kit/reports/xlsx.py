"""The report's data as a workbook: every table, and the data of every figure, on a sheet of its own.

In: an executed notebook. Out: an .xlsx whose first sheet «Ghi chú» says what the others hold; values keep their types
(numbers, ratios, dates), texts are never formulas or links, and the same notebook gives the same bytes. A hidden sheet
holds its provenance as JSON.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from itertools import takewhile
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from nq57kit.files import hash_bytes
from nq57kit.reports.executed import describe_period, read_report, safe_text, tabulate
from nq57kit.reports.provenance import ELEMENT_ID, HIDDEN_SHEET, encode_provenance
from nq57kit.show.blocks import Figure, KeyFigures, Note, Table, format_cell
from nq57kit.show.columns import name_tab
from nq57kit.submissions.styles import Styles, start_book
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbformat import NotebookNode

    from nq57kit.reports.executed import Reading
    from nq57kit.show.blocks import Cell, Column

_NOTES: Final = "Ghi chú"
_DAY: Final = "dd/mm/yyyy"
#: Excel's own bounds: characters of a sheet's name and of a cell.
_NAME, _CELL = 31, 32_767
#: From here on a whole number does not fit into the 15 digits that Excel keeps: it is written as text.
_EXACT: Final = 10**15
#: Characters of a part of a long text: a character may count twice there.
_PART: Final = 16_000
#: Widths of columns in characters: those of «Ghi chú», and the narrowest and widest of a table.
_NOTES_WIDTHS: Final = (34, 60, 10, 60, 44)
_NARROWEST, _WIDEST = 9, 60
#: Height of a line and of the tallest row that Excel allows, in points.
_LINE, _TALLEST = 16, 409
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]")
#: A file needs a time of making; this one says plainly that none was recorded.
_NO_TIME: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - Excel's times have no zone


def render_xlsx(notebook: NotebookNode) -> bytes:
    """Return the workbook of an executed notebook.

    Raises ReportError if a cell ended with an error or holds a block that this version cannot read.

    Example:
        >>> from nbformat.v4 import new_markdown_cell, new_notebook
        >>> render_xlsx(new_notebook(cells=[new_markdown_cell("# Báo cáo")]))[:2]
        b'PK'
    """
    return render_tables(read_report(notebook))


def render_tables(reading: Reading) -> bytes:
    """Return the tables of a reading as a workbook."""
    stream = io.BytesIO()
    book = start_book(stream)
    book.set_properties({"title": safe_text(reading.title)[:255], "author": "", "created": _NO_TIME})
    _Book(book, reading).write()
    book.close()
    return stream.getvalue()


class _Book:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, reading: Reading) -> None:
        self._book = book
        self._reading = reading
        get = self._get = Styles(book).get
        self._head = get(bold=True, text_wrap=True, bottom=1)
        self._title = get(bold=True, font_size=14, text_wrap=True)
        self._text = get(text_wrap=True)
        self._link = get(font_color="#0563C1", underline=1)

    def write(self) -> None:
        tables = list(_tables(self._reading))
        names = _name_sheets(tables)
        notes = self._book.add_worksheet(_NOTES)
        for name, table in zip(names, tables, strict=True):
            self._table(self._book.add_worksheet(name), table)
        self._notes(notes, list(zip(names, tables, strict=True)))
        origin = self._reading.values.get("provenance")
        if isinstance(origin, dict):
            self._hide(encode_provenance(origin))

    def _hide(self, provenance: str) -> None:
        """What the file was made from, on a hidden sheet as in the form: rows of key and value, long text in several."""
        sheet = self._book.add_worksheet(HIDDEN_SHEET)
        sheet.write_row(0, 0, ("key", "value"))
        parts = [provenance[start : start + _PART] for start in range(0, len(provenance), _PART)]
        for row, part in enumerate(parts, start=1):
            sheet.write_string(row, 0, ELEMENT_ID)
            sheet.write_string(row, 1, part)
        sheet.very_hidden()
        self._book.set_custom_property(f"{ELEMENT_ID}-sha256", hash_bytes(provenance.encode("utf-8")), "text")

    def _notes(self, sheet: Any, listed: list[tuple[str, Table]]) -> None:
        """The first sheet: what report this is, what is to be known of it, and what each sheet holds."""
        sheet.hide_gridlines(2)
        for column, width in enumerate(_NOTES_WIDTHS):
            sheet.set_column(column, column, width)
        self._put(sheet, 0, 0, self._reading.title, self._title, across=4)
        row = 1
        period, origin = describe_period(self._reading), self._reading.values.get("provenance")
        facts = [self._reading.subtitle or (f"Kỳ báo cáo: {period}." if period else "")]
        if isinstance(origin, dict) and origin.get("as_of") and not self._reading.subtitle:
            facts.append(f"Chốt số liệu đến hết ngày {origin['as_of']}.")
        facts += [part.text for part in self._reading.parts if isinstance(part, Note) and part.level != "empty"]
        facts.append(
            "Mỗi bảng là một trang tính, dòng đầu là tên cột. Ô trống: không có số liệu, không phải số 0. Tỷ lệ ghi từ 0 "
            "đến 1 và hiện thành phần trăm; tiền ghi bằng đồng. Dòng in đậm ở cuối là dòng tổng, nằm ngoài bộ lọc."
        )
        for fact in filter(None, facts):
            self._put(sheet, row, 0, fact, self._text, across=4)
            row += 1
        row += 1
        for column, head in enumerate(("Trang tính", "Bảng", "Số dòng", "Ghi chú", "Nguồn")):
            self._put(sheet, row, column, head, self._head)
        for name, table in listed:
            row += 1
            quoted = name.replace("'", "''")
            sheet.write_url(row, 0, f"internal:'{quoted}'!A1", self._link, name)
            self._put(sheet, row, 1, table.title, self._text)
            sheet.write_number(row, 2, len(table.rows) - (1 if table.total and table.rows else 0), self._text)
            notes = "\n".join(table.notes)
            self._put(sheet, row, 3, notes, self._text)
            self._put(sheet, row, 4, table.source, self._text)
            sheet.set_row(row, _height((name, table.title, "", notes, table.source), _NOTES_WIDTHS))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _table(self, sheet: Any, table: Table) -> None:
        count = len(table.rows)
        shown = [[_head(column) for column in table.columns]]
        shown += [
            [_show(column, value) for column, value in zip(table.columns, row, strict=True)] for row in table.rows
        ]
        widths = [_width([row[index] for row in shown]) for index in range(len(table.columns))]
        for index, (head, width) in enumerate(zip(shown[0], widths, strict=True)):
            sheet.set_column(index, index, width)
            self._put(sheet, 0, index, head, self._head)
        sheet.set_row(0, _height(shown[0], widths))
        for number, row in enumerate(table.rows, start=1):
            sheet.set_row(number, _height(shown[number], widths))
            total = table.total and number == count
            for index, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                self._value(sheet, number, index, column, value, bold=total)
        last = count - 1 if table.total and count else count
        if table.columns and last > 0:
            sheet.autofilter(0, 0, last, len(table.columns) - 1)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _value(self, sheet: Any, row: int, index: int, column: Column, value: Cell, *, bold: bool) -> None:
        """Write one value with its type; nothing for no value, text for what is no number."""
        if value is None or value == "":
            return
        if isinstance(value, datetime):
            how = self._format(f"{_DAY} hh:mm", bold)
            sheet.write_datetime(row, index, value.replace(tzinfo=None), how)
        elif isinstance(value, date):
            sheet.write_datetime(row, index, value, self._format(_DAY, bold))
        elif isinstance(value, int) and abs(value) >= _EXACT:
            self._put(sheet, row, index, format_number(value), self._format("text", bold))
        elif isinstance(value, str):
            self._put(sheet, row, index, value, self._format("text", bold))
        else:
            amount = _amount(column, value)
            sheet.write_number(row, index, amount, self._format(_pattern(column, amount), bold))

    def _put(self, sheet: Any, row: int, index: int, text: str, how: Any, *, across: int = 0) -> None:
        """Write text as text; a longer one than a cell can hold ends with «…»."""
        words = safe_text(text)
        if len(words) > _CELL:
            words = words[: _CELL - 1] + "…"
        if across:
            sheet.merge_range(row, index, row, index + across, "", how)
            sheet.set_row(row, _height((words,), (sum(_NOTES_WIDTHS),)) + (4 if how is self._title else 0))
        sheet.write_string(row, index, words, how)

    def _format(self, pattern: str, bold: bool) -> Any:
        """Return the format for a pattern of numbers, or for texts: wrapped, and quoted so that editing keeps them."""
        look = {"text_wrap": True, "quote_prefix": True} if pattern == "text" else {"num_format": pattern}
        return self._get(bold=bold, **look)


def _tables(reading: Reading) -> Iterable[Table]:
    """Yield every table once: those of the report, then figures' data that none of them shows."""
    tables = [tabulate(part) if isinstance(part, KeyFigures) else part for part in reading.parts]
    shown = {(part.columns, part.rows) for part in tables if isinstance(part, Table)}
    for part in tables:
        if isinstance(part, Table):
            yield part
        elif isinstance(part, Figure) and (part.data.columns, part.data.rows) not in shown:
            shown.add((part.data.columns, part.data.rows))
            yield part.data


def _head(column: Column) -> str:
    """A column's head with its unit; money stands in đồng, whatever the page divides it by."""
    unit = "đồng" if column.kind == "money" and column.scale != 1 else column.unit
    return f"{column.label} ({unit})" if unit else column.label


def _amount(column: Column, value: float | int) -> float | int:
    """Return a number as it stands in the workbook: money in đồng, else as the page divides it."""
    return value if column.kind == "money" or column.scale == 1 else value / column.scale


def _show(column: Column, value: Cell) -> str:
    """Return a value as Excel displays it, which is not always as the page does: by this a column gets its width."""
    if isinstance(value, (str, date)) or value is None or column.kind == "percent":
        return format_cell(column, value)
    amount = _amount(column, value)
    return format_number(amount, len(_pattern(column, amount).partition(".")[2]))


def _pattern(column: Column, value: float | int) -> str:
    """How Excel writes a value; the signs for thousands and decimals are those of the reader's own Excel."""
    if column.kind == "percent":
        return "0." + "0" * (column.digits or 1) + "%"
    digits = 0 if column.kind == "money" and isinstance(value, int) else column.digits
    return "#,##0" + ("." + "0" * digits if digits else "")


def _width(texts: Sequence[str]) -> int:
    """Return a column's width in characters for its head and its values; bold digits, as of totals, take a tenth more."""
    lines = [len(line) for text in texts[1:] for line in safe_text(text).split("\n")]
    head = max(-(-len(texts[0]) // 2), *map(len, texts[0].split()), 0)
    return max(_NARROWEST, min(ceil(1.1 * max([head, *lines])) + 2, _WIDEST))


def _height(texts: Iterable[str], widths: Iterable[int]) -> int:
    """Return a row's height in points, so that every program shows the whole of its wrapped texts."""
    lines = [
        sum(1 + len(line) // width for line in safe_text(text).split("\n"))
        for text, width in zip(texts, widths, strict=True)
    ]
    return min(_LINE * max(lines, default=1) + 2, _TALLEST)


def _name_sheets(tables: Sequence[Table]) -> list[str]:
    """Return names of sheets: a number and as many words as Excel allows, no two alike.

    Words come from `tables.toml` or the title; what would be cut to the same words as another begins where the titles part.

    Example:
        >>> titles = ("Kinh phí: theo nguồn", "Tình hình gửi báo cáo, quý thứ nhất", "Tình hình gửi báo cáo, quý thứ hai")
        >>> _name_sheets([Table(title, (), ()) for title in titles])
        ['01 Kinh phí theo nguồn', '02 Tình hình gửi báo cáo, quý', '03 … hai']
    """
    given: list[list[str]] = []
    names: list[str] = []
    for number, table in enumerate(tables, start=1):
        for title in (name_tab(table), table.title):
            words = _FORBIDDEN.sub(" ", safe_text(title)).split()
            name = _fit(number, words)
            if name.partition(" ")[2] not in {one.partition(" ")[2] for one in names}:
                break
        else:
            same = max(
                sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(words, one, strict=False)))
                for one in given
            )
            name = _fit(number, ["…", *words[same:]])
        given.append(words)
        names.append(name)
    return names


def _fit(number: int, words: Sequence[str]) -> str:
    """Return a number of two digits or more and whole words after it, as many as fit into a sheet's name."""
    name = " ".join((f"{number:02d}", *words))
    if len(name) > _NAME:
        cut = name[: _NAME + 1].rsplit(" ", 1)[0]
        name = cut if len(cut) > 3 else name[:_NAME]
    return name.rstrip("', ")
