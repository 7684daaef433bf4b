"""The form: one workbook per unit and period, written from the contract; blank, prefilled or given back with what was found.

In: the plan, a unit, a period, records of values, and marks on them. Out: an .xlsx with the page of instructions,
the sheets of the period, the hidden lists and the hidden map of fields (contract §3). Knows no label of its own.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from textwrap import shorten
from typing import Any, Final, NamedTuple

from nq57kit.errors import ParameterError
from nq57kit.files import local_path, write_atomically
from nq57kit.plan import Period, Plan, Request, Unit, load_plan
from nq57kit.submissions import contract, styles
from nq57kit.submissions.cells import Cell
from nq57kit.submissions.contract import Field, Kind, Table
from nq57kit.submissions.guide import say_request, write_guide
from nq57kit.submissions.styles import Styles

_Rows = Sequence[Mapping[str, object]]
Records = Mapping[str, _Rows]

_ROWS_CHECKED: Final = 1000  # rows below the header that carry drop-down lists and limits
_ROWS_DRAWN: Final = 12  # rows below the header that are drawn even when they are empty
_HEADER: Final = 3  # 0-based row of the header in a sheet of rows
_TITLE_MOST, _MESSAGE_MOST = 32, 255  # limits of the file format on the text beside a cell
_COMMENT_MOST: Final = 1500
_MEASURE_LETTERS: Final = 110  # of a measure's words in the list from which it is chosen
_WIDEST_PAGE: Final = 240  # sum of column widths that one page of A4 landscape still shows readably
_RECORD_WIDTHS = (50, 46, 64)
_COVER, _PROGRESS, _LINES = "cover", "task_progress", "plan_lines"
_ALL_UNITS: Final = "Các đơn vị được đề nghị giải quyết"
_UNKNOWN_UNIT, _UNKNOWN_PERIOD = "(chưa xác định được đơn vị)", "(chưa xác định được kỳ)"

#: A cell of the form: table, number of the record from 0 (or `HEADING`, for its label or header), field.
Place = tuple[str, int, str]
HEADING: Final = -1
NO_DAY: Final = date(2000, 1, 1)  # of a file whose period is not known: equal input, equal bytes


class Mark(NamedTuple):
    """What a cell carries besides its value: a colour by `severity` (None: no colour), and the words of its comment."""

    severity: str | None
    words: str


class Filling(NamedTuple):
    """What is written into a form.

    `records` gives, by table name, rows of values by field name: typed ones (codes, booleans, dates, whole đồng,
    percent as 0-100), text, which is written as it stands, or a `Cell`, which is written as it stood in a unit's file.
    `lacking` says what a task still lacks, beside its products in the guide; `lines` are the names of the lines of the unit's yearly
    plan, from which an activity chooses; `front` and `back` add pages of words before the guide and after the sheets. `only` is the
    one table of a file that is no unit's report: what is filled in is locked.
    """

    records: Records
    marks: Mapping[Place, Mark] = {}
    notice: str | None = None
    lacking: Mapping[int, str] = {}
    lines: Mapping[int, str] = {}
    version: str = contract.TEMPLATE_VERSION
    front: Sequence[Callable[[Any], None]] = ()
    back: Sequence[Callable[[Any], None]] = ()
    only: Table | None = None


def write_workbook(
    path: Path | str,
    *,
    unit_id: str,
    period: Period | str,
    plan: Plan | None = None,
    records: Records | None = None,
    notice: str | None = None,
    version: str = contract.TEMPLATE_VERSION,
) -> Path:
    """Write one unit's form for one period, filled with `records` (see `Filling`); return `path`.

    The cover's unit and period and, unless `task_progress` is given, the tasks that the unit leads are filled in.
    `version` asks for the form of an older one: what it had no field for is not written.
    `notice` («DỮ LIỆU GIẢ LẬP») is shown in the title of every sheet and follows the figures into the report. Equal
    input gives equal bytes. Raises PlanError for an unknown unit, ParameterError for a whole year or an unknown table
    or field.

    Example:
        >>> import tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> write_workbook(folder / "a.xlsx", unit_id="vu-tccb", period="2026-H2").name
        'a.xlsx'
    """
    if plan is None:
        plan = load_plan()
    half, unit = require_form(period, plan), plan.unit(unit_id)
    plan = plan.in_force(half)
    _refuse_unknown(records or {})
    filling = Filling(fill_in(records or {}, plan, half, unit), notice=notice, version=version)
    return write_atomically(local_path(path, ParameterError), build_form(plan, half, unit, filling))


def build_answers(plan: Plan, period: Period, unit: Unit | None, rows: _Rows, notice: str | None = None) -> bytes:
    """Return the bytes of the file in which a unit (None: all of them) answers difficulties: one row each, what is filled in locked."""
    return build_form(
        plan, period, unit, Filling({contract.ANSWERS: rows}, notice=notice, only=contract.ALL_TABLES[contract.ANSWERS])
    )


def build_form(plan: Plan, period: Period | None, unit: Unit | None, filling: Filling) -> bytes:
    """Return the bytes of a form; a unit or period that is not known is told so in the titles, and has no guide."""
    stream = io.BytesIO()
    book = styles.start_book(stream)
    _Form(book, plan=plan, period=period, unit=unit, filling=filling).write()
    book.close()
    return stream.getvalue()


def fill_in(records: Records, plan: Plan, period: Period, unit: Unit) -> Records:
    """Return records with what the form fills in by itself: unit, period, the tasks that the unit leads, what it is to plan."""
    cover = {**next(iter(records.get(_COVER, ())), {}), "unit_id": unit.name, "period": str(period)}
    asked = _PROGRESS in contract.tables_of(period)
    led = {_PROGRESS: plan.tasks_led_by(unit.unit_id).select("task_id").to_dicts()} if asked else {}
    asks = {_LINES: list_asked(plan, unit)} if _LINES in contract.tables_of(period) else {}
    return {**led, **asks, **records, _COVER: [cover]}


def list_asked(plan: Plan, unit: Unit, first: int = 1) -> list[dict[str, object]]:
    """Return a line, numbered from `first`, for each task that a unit leads and each measure that addresses it, for it to plan."""
    tasks = plan.tasks_led_by(unit.unit_id).select("task_id").to_dicts()
    measures = plan.measures_of(unit.unit_id).select("measure_id").to_dicts()
    return [{"line_no": number, **asked} for number, asked in enumerate([*tasks, *measures], start=first)]


def require_form(period: Period | str, plan: Plan) -> Period:
    """Return a period for which units send a form; ParameterError for a whole year, PeriodError for a text that is no period."""
    half = plan.period(period)
    if half.is_year:
        raise ParameterError(
            f"Biểu mẫu không lập cho cả năm {half}; ghi kỳ 6 tháng ({half}-H1 hoặc {half}-H2), kế hoạch năm ({half}-P) hoặc "
            f"báo cáo đột xuất ({half}-R01)."
        )
    return half


def _refuse_unknown(records: Records) -> None:
    for name, rows in records.items():
        if name not in contract.TABLES:
            raise ParameterError(f"Biểu mẫu không có bảng «{name}»; các bảng là: {', '.join(contract.TABLES)}.")
        known = {field.name for field in contract.TABLES[name].fields}
        for row in rows:
            if unknown := sorted(set(row) - known):
                raise ParameterError(
                    f"Bảng «{name}» không có trường «{unknown[0]}»; các trường là: {', '.join(sorted(known))}."
                )


def place_address(place: Place) -> str:
    """Return the address of a cell of the form in its sheet.

    Example:
        >>> place_address(("activities", 0, "name")), place_address(("workforce", 0, "staff_reached"))
        ('B5', 'B6')
    """
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(*_locate(place, contract.ALL_TABLES)))


def _locate(place: Place, tables: Mapping[str, Table]) -> tuple[int, int]:
    """Return the 0-based row and column of a cell of a form of these tables."""
    name, number, wanted = place
    index = [field.name for field in tables[name].fields].index(wanted)
    if contract.ALL_TABLES[name].form == "record":
        return styles.RECORD_FIRST_ROW + index, 0 if number == HEADING else 1
    return _HEADER + 1 + number, index  # the heading is the row above the first record


class _Place(NamedTuple):
    """Cells below each other: 0-based first and last row, and the column."""

    first: int
    last: int
    column: int


class _Form:
    """One workbook being written; each method writes one part of it."""

    def __init__(self, book: Any, *, plan: Plan, period: Period | None, unit: Unit | None, filling: Filling) -> None:
        self.book, self.plan, self.period, self.unit, self.filling = book, plan, period, unit, filling
        self._unit = unit.name if unit else _ALL_UNITS if filling.only else _UNKNOWN_UNIT
        self._period = period.label if period else _UNKNOWN_PERIOD
        self._styles, only = Styles(book), filling.only
        self._tables = {only.name: only} if only else contract.tables_of(period, filling.version)
        self._lists: dict[str, str] = {}
        measures = plan.measures_of(unit.unit_id) if unit else plan.measures
        self._measures = {
            key: shorten(f"{key}. {text}", _MEASURE_LETTERS, placeholder=" …")
            for key, text in measures.select("measure_id", "text").iter_rows()
        }
        self._lines = {
            number: shorten(f"{number}. {name}", _MEASURE_LETTERS, placeholder=" …")
            for number, name in filling.lines.items()
        }
        self._map: list[tuple[str, str, str, str, str, int]] = []

    def write(self) -> None:
        """Write every sheet, in the order in which a person meets them."""
        self._describe()
        self._name_lists()
        for write_page in self.filling.front:
            write_page(self.book)
        if self.period and self.unit and not self.filling.only:
            notice, lacking = self.filling.notice, self.filling.lacking
            write_guide(self.book, self.plan, self.period, self.unit, notice=notice, lacking=lacking)
        for table in self._tables.values():
            self._write_table(table)
        for write_page in self.filling.back:
            write_page(self.book)
        self._write_lists()
        self._write_map()

    def _describe(self) -> None:
        """Set document properties without a person's name and with a date that depends on the period alone."""
        self.book.set_properties(
            {
                "title": f"{'Biểu mẫu' if self.period and self.period.is_plan else 'Báo cáo'} {self._period} - {self._unit}",
                "subject": self.filling.notice or "Kế hoạch truyền thông Nghị quyết số 57-NQ/TW",
                "author": "",
                "created": datetime.combine(self.period.window.start if self.period else NO_DAY, time()),
            }
        )

    # ------------------------------------------------------------------ the seven sheets

    def _write_table(self, table: Table) -> None:
        sheet = self.book.add_worksheet(table.sheet)
        styles.set_up_page(sheet, f"{self.unit.short_name if self.unit else self._unit} – {self._period}")
        title = table.sheet.upper() + (f" – {self.filling.notice}" if self.filling.notice else "")
        sheet.write_string(0, 0, title, self._styles.get(bold=True, font_size=14))
        half = self.period is None or self.period.is_half
        sheet.write_string(
            1, 0, f"{self._unit} – {'kỳ báo cáo ' if half else ''}{self._period}", self._styles.get(bold=True)
        )
        sheet.write_string(2, 0, self._about(table), self._styles.get(italic=True))
        if table.form == "record":
            self._write_record(sheet, table)
        else:
            self._write_rows(sheet, table)

    def _about(self, table: Table) -> str:
        """What stands over a sheet; over the cover of a request, what is asked, by which document and until when."""
        if table.name != _COVER or self.period is None or self.period.request is None:
            return table.about
        return say_request(self.period)

    def _write_record(self, sheet: Any, table: Table) -> None:
        sheet.fit_to_pages(1, 0)
        for column, width in enumerate(_RECORD_WIDTHS):
            sheet.set_column(column, column, width)
        record = next(iter(self.filling.records.get(table.name, ())), {})
        for row, field in enumerate(table.fields, start=styles.RECORD_FIRST_ROW):
            self._head(sheet, table, field)
            self._put(
                sheet, (table.name, 0, field.name), record.get(field.name), self._styles.value(field, record=True)
            )
            sheet.write_string(row, 2, field.hint, self._styles.hint())
            sheet.set_row(
                row,
                styles.reckon_height([(_header(field, self.plan), _RECORD_WIDTHS[0]), (field.hint, _RECORD_WIDTHS[2])]),
            )
            self._limit(sheet, table, field, _Place(row, row, 1))
            self._map.append((table.name, field.name, field.head(self.plan.words), table.sheet, "B", row + 1))
        sheet.freeze_panes(styles.RECORD_FIRST_ROW, 0)

    def _write_rows(self, sheet: Any, table: Table) -> None:
        from xlsxwriter.utility import xl_col_to_name

        header, first = _HEADER, _HEADER + 1
        rows = self.filling.records.get(table.name, ())
        only = self.filling.only is not None  # nothing is added below what is asked
        last = first + (len(rows) if only else max(_ROWS_CHECKED, len(rows))) - 1
        drawn = last + 1 if only else first + max(_ROWS_DRAWN, len(rows) + 3)
        for column, field in enumerate(table.fields):
            sheet.set_column(column, column, field.width, self._styles.value(field, drawn=False))
            for row in range(header):
                if column:
                    sheet.write_blank(row, column, None, self._styles.get())
            self._head(sheet, table, field)
            cell = self._styles.value(field)
            for row in range(first, drawn):
                record = rows[row - first] if row - first < len(rows) else {}
                self._put(sheet, (table.name, row - first, field.name), record.get(field.name), cell)
            named = 0
            if table.name == _PROGRESS and field.kind is Kind.TASK:
                named = self._name_tasks(sheet, table, field, rows, _Place(first, last, column))
            self._limit(sheet, table, field, _Place(first + named, last, column))
            self._map.append(
                (table.name, field.name, field.head(self.plan.words), table.sheet, xl_col_to_name(column), first + 1)
            )
        sheet.set_row(
            header, styles.reckon_height([(_header(field, self.plan), field.width * 0.9) for field in table.fields]) + 4
        )
        for row, record in enumerate(rows, start=first):
            sheet.set_row(row, styles.reckon_height(_texts(table, record)))
        self._fit(sheet, table)
        sheet.freeze_panes(first, int(only))
        sheet.repeat_rows(header)
        if only and rows:
            sheet.autofilter(header, 0, first + len(rows) - 1, len(table.fields) - 1)
            sheet.protect("", {"autofilter": True, "format_rows": True, "format_columns": True})

    def _fit(self, sheet: Any, table: Table) -> None:
        """Print a sheet one page wide; two where one would be too small to read, its first columns on both."""
        pages = 1 if sum(field.width for field in table.fields) <= _WIDEST_PAGE else 2
        sheet.fit_to_pages(pages, 0)
        if pages > 1:
            sheet.repeat_columns(0, 1)

    def _name_tasks(self, sheet: Any, table: Table, field: Field, rows: _Rows, place: _Place) -> int:
        """Say the task's name beside each filled-in number of the progress sheet; return how many there are."""
        names = dict(self.plan.tasks.select("task_id", "name").iter_rows())
        for row, record in enumerate(rows, start=place.first):
            name = names.get(record.get(field.name), "")
            self._limit(sheet, table, field, _Place(row, row, place.column), name)
        return len(rows)

    def _head(self, sheet: Any, table: Table, field: Field) -> None:
        """Write the label of a line or the header of a column."""
        mark = self.filling.marks.get((table.name, HEADING, field.name))
        more = {"bg_color": styles.COLOURS[mark.severity]} if mark and mark.severity else {}
        form = self._styles.label if table.form == "record" else self._styles.header
        place = _locate((table.name, HEADING, field.name), self._tables)
        sheet.write_string(*place, _header(field, self.plan), form(required=field.required, **more))
        _comment(sheet, place, mark)

    def _put(self, sheet: Any, place: Place, value: object, style: Any) -> None:
        """Write one value as its kind is written; text that the kind does not have is written as it stands."""
        table, mark = self._tables[place[0]], self.filling.marks.get(place)
        field, at = table.field(place[2]), _locate(place, self._tables)
        more = styles.look_as_it_stood(value) if isinstance(value, Cell) else {}
        if self.filling.only and value is not None and field.filled_in:
            more |= styles.GREY | {"locked": True}
        if mark and mark.severity:
            more["bg_color"] = styles.COLOURS[mark.severity]
        if more:
            style = self._styles.value(field, record=table.form == "record", **more)
        _comment(sheet, at, mark, beside=table.form == "record")
        if value is None:
            sheet.write_blank(*at, None, style)
        elif isinstance(value, Cell):
            styles.put_as_it_stood(sheet, at, value, style)
        elif isinstance(value, date):
            sheet.write_datetime(*at, value, style)
        elif field.kind not in styles.TEXT_KINDS and isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(*at, value, style)
        else:
            chosen = self._lines.get(value) if field.kind is Kind.LINE and isinstance(value, int) else None
            sheet.write_string(*at, chosen or self._measures.get(str(value), _shown(field, value)), style)

    # ------------------------------------------------------------------ lists and limits

    def _limit(self, sheet: Any, table: Table, field: Field, place: _Place, message: str = "") -> None:
        """Give cells their drop-down list or limit, the message beside them and the one after a mistake."""
        source = self._lists.get(styles.list_of(field) or "")
        rule = styles.make_rule(table, field, row=place.first, column=place.column, source=source)
        message = message or styles.advise(table, field)
        if rule is None and not message:
            return
        options: dict[str, Any] = rule or {"validate": "any"}
        if message:
            options["input_title"] = _cut(field.head(self.plan.words), _TITLE_MOST)
            options["input_message"] = _cut(message, _MESSAGE_MOST)
        if rule:
            options |= {
                "error_title": "Giá trị chưa đúng",
                "error_message": _cut(styles.describe_limit(table, field), _MESSAGE_MOST),
            }
        if sheet.data_validation(place.first, place.column, place.last, place.column, options):
            raise AssertionError(f"data validation refused: {table.name}.{field.name}")

    def _list_columns(self) -> dict[str, list[str | int]]:
        """Return the lists that the form's fields use, by name: labels, the tasks' numbers, the unit's measures."""
        own: dict[str, list[str | int]] = {
            styles.TASK_LIST: [int(task) for task in self.plan.tasks["task_id"]],
            styles.MEASURE_LIST: [*self._measures.values()],
            styles.LINE_LIST: [*self._lines.values()],
        }
        names = dict.fromkeys(styles.list_of(field) for table in self._tables.values() for field in table.fields)
        return {
            name: own[name] if name in own else [code.label for code in contract.load_codes(name).values()]
            for name in names
            if name and (name not in own or own[name])
        }

    def _name_lists(self) -> None:
        from xlsxwriter.utility import xl_range_abs

        for column, (name, values) in enumerate(self._list_columns().items()):
            self._lists[name] = f"={contract.LISTS_SHEET}!{xl_range_abs(1, column, len(values), column)}"

    def _write_lists(self) -> None:
        sheet = self.book.add_worksheet(contract.LISTS_SHEET)
        for column, (name, values) in enumerate(self._list_columns().items()):
            sheet.set_column(column, column, 34)
            for row, value in enumerate([name, *values]):
                sheet.write(row, column, value)
        sheet.hide()

    def _write_map(self) -> None:
        """Write the hidden sheet by which other programs fill and read the form (contract §3)."""
        sheet = self.book.add_worksheet(contract.HIDDEN_SHEET)
        rows: list[tuple[object, ...]] = [
            ("template_version", self.filling.version),
            *([("unit_id", self.unit.unit_id)] if self.unit else []),
            *([("period", str(self.period))] if self.period else []),
            *([("request", _as_json(self.period.request))] if self.period and self.period.request else []),
            *([("notice", self.filling.notice)] if self.filling.notice else []),
            (),
            ("table", "field", "label", "sheet", "column", "first_row"),
            *self._map,
        ]
        for row, cells in enumerate(rows):
            sheet.write_row(row, 0, cells)
        sheet.hide()


def _header(field: Field, plan: Plan) -> str:
    return field.head(plan.words) + (" *" if field.required else "")


def _shown(field: Field, value: object) -> str:
    """Return the text of a text cell: the label of a code, «Có» or «Không», or the value as it stands."""
    if isinstance(value, Cell):
        return value.text
    if field.kind is Kind.YES_NO and isinstance(value, bool):
        return contract.code_label(styles.YES_NO_LIST, "co" if value else "khong")
    if field.kind is Kind.CODE and field.codes:
        return contract.code_label(field.codes, str(value))
    return str(value)


def _texts(table: Table, record: Mapping[str, object]) -> list[tuple[str, float]]:
    """Return the wrapped texts of a row with the widths of their columns."""
    return [
        (_shown(field, record[field.name]), field.width)
        for field in table.fields
        if field.kind in styles.TEXT_KINDS and record.get(field.name) is not None
    ]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _as_json(asked: Request) -> str:
    return json.dumps(asked.as_values(), ensure_ascii=False, sort_keys=True)


# ---------------------------------------------------------------------------------- comments


def _comment(sheet: Any, at: tuple[int, int], mark: Mark | None, *, beside: bool = False) -> None:
    """Write the words of a mark into a comment as large as they are; a mere remark may stay open `beside` its line."""
    if mark is None or not mark.words:
        return
    text = _cut(mark.words, _COMMENT_MOST)
    rows = [(len(line), 1 + len(line) // 55) for line in text.splitlines()]
    look: dict[str, Any] = {
        "author": contract.COMMENT_AUTHOR,
        "width": min(400, 40 + 8 * max(length for length, _ in rows)),
        "height": 14 + 18 * sum(lines for _, lines in rows),
        "font_name": "Times New Roman",
        "font_size": 11,
    }
    if mark.severity is None:
        look |= {"color": "#EDEDED"}
        look |= {"visible": True, "start_row": at[0], "start_col": 3, "y_offset": 1} if beside else {}
    sheet.write_comment(*at, text, look)
