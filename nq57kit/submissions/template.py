"""The form: one workbook per unit and period, written from the contract (contract §3).

In: the plan, a unit, a period and, optionally, records of typed values. Out: an .xlsx with the page of
instructions, the seven sheets, the hidden lists and the hidden map of fields. Knows no label of its own.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nq57kit.errors import ParameterError
from nq57kit.files import write_atomically
from nq57kit.submissions.contract import (
    HIDDEN_SHEET,
    LISTS_SHEET,
    TABLES,
    TEMPLATE_VERSION,
    Field,
    Kind,
    Table,
    code_label,
    load_codes,
)
from nq57kit.submissions.guide import reckon_height, write_guide
from nq57kit.submissions.limits import (
    RECORD_FIRST_ROW,
    TASK_LIST,
    YES_NO_LIST,
    advise,
    describe_limit,
    list_of,
    make_rule,
)
from nq57kit.submissions.styles import TEXT_KINDS, Styles, start_book

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nq57kit.plan import Period, Plan, Unit

    _Rows = Sequence[Mapping[str, object]]
    Records = Mapping[str, _Rows]

__all__ = ["write_template", "write_workbook"]

_ROWS_CHECKED: Final = 1000  # rows below the header that carry drop-down lists and limits
_ROWS_DRAWN: Final = 12  # rows below the header that are drawn even when they are empty
_TITLE_MOST, _MESSAGE_MOST = 32, 255  # limits of the file format on the text beside a cell
_WIDEST_PAGE: Final = 240  # sum of column widths that one page of A4 landscape still shows readably
_RECORD_WIDTHS = (50, 46, 64)
_EVERYWHERE: Final = "A1:XFD1048576"  # texts such as «007» are meant as texts
_PROGRESS, _COVER = "task_progress", "cover"


def write_template(
    period: Period | str, folder: Path, *, plan: Plan | None = None, unit_id: str | None = None
) -> list[Path]:
    """Write the empty form of every unit that must report for a half-year; return the files written.

    Files are named «NQ57_2026-H2_vu-tccb.xlsx». With `unit_id`, only that unit's. Raises PeriodError for a
    text that is no period, ParameterError for a whole year, PlanError for an unknown unit, OSError as it comes.
    Source: plan section IV.3; contract §3.

    Example:
        >>> import tempfile, pathlib
        >>> [path.name for path in write_template("2026-H2", pathlib.Path(tempfile.mkdtemp()), unit_id="vu-tccb")]
        ['NQ57_2026-H2_vu-tccb.xlsx']
    """
    plan = _plan(plan)
    half = _half(period, plan)
    ids = [unit_id] if unit_id is not None else plan.units_reporting(half)["unit_id"].to_list()
    return [write_workbook(folder / f"NQ57_{half}_{name}.xlsx", unit_id=name, period=half, plan=plan) for name in ids]


def write_workbook(
    path: Path,
    *,
    unit_id: str,
    period: Period | str,
    plan: Plan | None = None,
    records: Records | None = None,
    notice: str | None = None,
) -> Path:
    """Write one unit's form for one half-year, filled with `records`; return `path`.

    `records` gives, by table name, rows of typed values by field name (codes, booleans, dates, whole đồng,
    percent as 0-100); text in a field of another kind is written as it stands. The cover's unit and period
    and, unless `task_progress` is given, the tasks that the unit leads are filled in. `notice` («DỮ LIỆU GIẢ LẬP»)
    is shown in the title of every sheet and follows the figures into the report. Equal input gives equal bytes. Raises PlanError for an unknown unit,
    ParameterError for a whole year or an unknown table or field.

    Example:
        >>> import tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> write_workbook(folder / "a.xlsx", unit_id="vu-tccb", period="2026-H2").name
        'a.xlsx'
    """
    plan = _plan(plan)
    half = _half(period, plan)
    unit = plan.unit(unit_id)
    _refuse_unknown(records or {})
    stream = io.BytesIO()
    book = start_book(stream)
    _Form(book, plan=plan, period=half, unit=unit, records=records or {}, notice=notice).write()
    book.close()
    return write_atomically(path, stream.getvalue())


def _plan(plan: Plan | None) -> Plan:
    if plan is not None:
        return plan
    from nq57kit.plan import load_plan

    return load_plan()


def _half(period: Period | str, plan: Plan) -> Period:
    half = plan.period(period) if isinstance(period, str) else period
    if half.is_year:
        raise ParameterError(
            f"Biểu mẫu chỉ lập cho kỳ 6 tháng, không lập cho cả năm {half}; ghi {half.year}-H1 hoặc {half.year}-H2."
        )
    return half


def _refuse_unknown(records: Records) -> None:
    for name, rows in records.items():
        if name not in TABLES:
            raise ParameterError(f"Biểu mẫu không có bảng «{name}»; các bảng là: {', '.join(TABLES)}.")
        known = {field.name for field in TABLES[name].fields}
        for row in rows:
            if unknown := sorted(set(row) - known):
                raise ParameterError(
                    f"Bảng «{name}» không có trường «{unknown[0]}»; các trường là: {', '.join(sorted(known))}."
                )


class _Place(NamedTuple):
    """Cells below each other: 0-based first and last row, and the column."""

    first: int
    last: int
    column: int


class _Form:
    """One workbook being written; each method writes one part of it."""

    def __init__(
        self, book: Any, *, plan: Plan, period: Period, unit: Unit, records: Records, notice: str | None
    ) -> None:
        self.book, self.plan, self.period, self.unit = book, plan, period, unit
        self.records, self.notice = records, notice
        self._styles = Styles(book)
        self._lists: dict[str, str] = {}
        self._map: list[tuple[str, str, str, str, str, int]] = []

    def write(self) -> None:
        """Write every sheet, in the order in which a person meets them."""
        self._describe()
        self._name_lists()
        write_guide(self.book, self.plan, self.period, self.unit, notice=self.notice)
        for table in TABLES.values():
            self._write_table(table)
        self._write_lists()
        self._write_map()

    def _describe(self) -> None:
        """Set document properties without a person's name and with a date that depends on the period alone."""
        self.book.set_properties(
            {
                "title": f"Báo cáo {self.period} - {self.unit.name}",
                "subject": self.notice or "Kế hoạch truyền thông Nghị quyết số 57-NQ/TW",
                "author": "",
                "created": datetime.combine(self.period.window.start, time()),
            }
        )

    # ------------------------------------------------------------------ the seven sheets

    def _write_table(self, table: Table) -> None:
        sheet = self.book.add_worksheet(table.sheet)
        sheet.hide_gridlines(2)
        sheet.ignore_errors({"number_stored_as_text": _EVERYWHERE})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.set_footer("&L&10" + f"{self.unit.short_name.replace('&', '&&')} – {self.period}" + "&R&10Trang &P/&N")
        title = table.sheet.upper() + (f" – {self.notice}" if self.notice else "")
        sheet.write_string(0, 0, title, self._styles.get(bold=True, font_size=14))
        sheet.write_string(
            1, 0, f"{self.unit.name} – kỳ báo cáo {self.period.label} ({self.period})", self._styles.get(bold=True)
        )
        sheet.write_string(2, 0, table.about, self._styles.get(italic=True))
        if table.form == "record":
            self._write_record(sheet, table)
        else:
            self._write_rows(sheet, table)

    def _write_record(self, sheet: Any, table: Table) -> None:
        sheet.fit_to_pages(1, 0)
        for column, width in enumerate(_RECORD_WIDTHS):
            sheet.set_column(column, column, width)
        record = self._rows(table)[0] if self._rows(table) else {}
        for row, field in enumerate(table.fields, start=RECORD_FIRST_ROW):
            sheet.write_string(row, 0, _header(field), self._styles.label(required=field.required))
            self._put(sheet, (row, 1), field, record.get(field.name), self._styles.value(field, record=True))
            sheet.write_string(row, 2, field.hint, self._styles.hint())
            sheet.set_row(row, reckon_height([(_header(field), _RECORD_WIDTHS[0]), (field.hint, _RECORD_WIDTHS[2])]))
            self._limit(sheet, table, field, _Place(row, row, 1))
            self._map.append((table.name, field.name, field.label, table.sheet, "B", row + 1))
        sheet.freeze_panes(RECORD_FIRST_ROW, 0)

    def _write_rows(self, sheet: Any, table: Table) -> None:
        from xlsxwriter.utility import xl_col_to_name

        header, first = 3, 4
        rows = self._rows(table)
        last = first + max(_ROWS_CHECKED, len(rows)) - 1
        drawn = first + max(_ROWS_DRAWN, len(rows) + 3)
        top = self._styles.get()
        for column, field in enumerate(table.fields):
            sheet.set_column(column, column, field.width, self._styles.value(field, drawn=False))
            for row in range(header):
                if column:
                    sheet.write_blank(row, column, None, top)
            sheet.write_string(header, column, _header(field), self._styles.header(required=field.required))
            cell = self._styles.value(field)
            for row in range(first, drawn):
                record = rows[row - first] if row - first < len(rows) else {}
                self._put(sheet, (row, column), field, record.get(field.name), cell)
            named = 0
            if table.name == _PROGRESS and field.kind is Kind.TASK:
                named = self._name_tasks(sheet, table, field, rows, _Place(first, last, column))
            self._limit(sheet, table, field, _Place(first + named, last, column))
            letter = xl_col_to_name(column)
            self._map.append((table.name, field.name, field.label, table.sheet, letter, first + 1))
        sheet.set_row(header, reckon_height([(_header(field), field.width * 0.9) for field in table.fields]) + 4)
        for row, record in enumerate(rows, start=first):
            sheet.set_row(row, reckon_height(_texts(table, record)))
        self._fit(sheet, table)
        sheet.freeze_panes(first, 0)
        sheet.repeat_rows(header)

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

    def _rows(self, table: Table) -> _Rows:
        """Return the rows of a table: those given, or what the form fills in by itself."""
        rows = self.records.get(table.name, ())
        if table.name == _COVER:
            filled = {"unit_id": self.unit.name, "period": str(self.period)}
            return [{**(rows[0] if rows else {}), **filled}]
        if table.name == _PROGRESS and table.name not in self.records:
            return self.plan.tasks_led_by(self.unit.unit_id).select("task_id").to_dicts()
        return rows

    def _put(self, sheet: Any, cell: tuple[int, int], field: Field, value: object, style: Any) -> None:
        """Write one value as its kind is written; text that the kind does not have is written as it stands."""
        if value is None:
            sheet.write_blank(*cell, None, style)
        elif isinstance(value, date):
            sheet.write_datetime(*cell, value, style)
        elif field.kind not in TEXT_KINDS and isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(*cell, value, style)
        else:
            sheet.write_string(*cell, _shown(field, value), style)

    # ------------------------------------------------------------------ lists and limits

    def _limit(self, sheet: Any, table: Table, field: Field, place: _Place, message: str = "") -> None:
        """Give cells their drop-down list or limit, the message beside them and the one after a mistake."""
        source = self._lists.get(list_of(field) or "")
        rule = make_rule(table, field, row=place.first, column=place.column, source=source)
        message = message or advise(table, field)
        if rule is None and not message:
            return
        options: dict[str, Any] = rule or {"validate": "any"}
        if message:
            options["input_title"] = _cut(field.label, _TITLE_MOST)
            options["input_message"] = _cut(message, _MESSAGE_MOST)
        if rule:
            options |= {
                "error_title": "Giá trị chưa đúng",
                "error_message": _cut(describe_limit(table, field), _MESSAGE_MOST),
            }
        if sheet.data_validation(place.first, place.column, place.last, place.column, options):
            raise AssertionError(f"data validation refused: {table.name}.{field.name}")

    def _list_columns(self) -> dict[str, list[str | int]]:
        """Return the lists that the form's fields use, by name: labels, and the numbers of the tasks."""
        names = dict.fromkeys(list_of(field) for table in TABLES.values() for field in table.fields)
        return {
            name: (
                [int(task) for task in self.plan.tasks["task_id"]]
                if name == TASK_LIST
                else [code.label for code in load_codes(name).values()]
            )
            for name in names
            if name
        }

    def _name_lists(self) -> None:
        from xlsxwriter.utility import xl_range_abs

        for column, (name, values) in enumerate(self._list_columns().items()):
            self._lists[name] = f"={LISTS_SHEET}!{xl_range_abs(1, column, len(values), column)}"

    def _write_lists(self) -> None:
        sheet = self.book.add_worksheet(LISTS_SHEET)
        for column, (name, values) in enumerate(self._list_columns().items()):
            sheet.set_column(column, column, 34)
            for row, value in enumerate([name, *values]):
                sheet.write(row, column, value)
        sheet.hide()

    def _write_map(self) -> None:
        """Write the hidden sheet by which other programs fill and read the form (contract §3)."""
        sheet = self.book.add_worksheet(HIDDEN_SHEET)
        rows: list[tuple[object, ...]] = [
            ("template_version", TEMPLATE_VERSION),
            ("unit_id", self.unit.unit_id),
            ("period", str(self.period)),
            *([("notice", self.notice)] if self.notice else []),
            (),
            ("table", "field", "label", "sheet", "column", "first_row"),
            *self._map,
        ]
        for row, cells in enumerate(rows):
            sheet.write_row(row, 0, cells)
        sheet.hide()


def _header(field: Field) -> str:
    return field.label + (" *" if field.required else "")


def _shown(field: Field, value: object) -> str:
    """Return the text of a text cell: the label of a code, «Có» or «Không», or the value as it stands."""
    if field.kind is Kind.YES_NO and isinstance(value, bool):
        return code_label(YES_NO_LIST, "co" if value else "khong")
    if field.kind is Kind.CODE and field.codes:
        return code_label(field.codes, str(value))
    return str(value)


def _texts(table: Table, record: Mapping[str, object]) -> list[tuple[str, float]]:
    """Return the wrapped texts of a row with the widths of their columns."""
    return [
        (_shown(field, record[field.name]), field.width)
        for field in table.fields
        if field.kind in TEXT_KINDS and record.get(field.name) is not None
    ]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
