"""A small form without any defect (synthetic), a way to bend it, and the words in which a case says what it expects.

The labels stand here as the form of 2026 prints them, on purpose not taken from the package: the reader must go on
reading these files when the form changes.
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol

UNIT, UNIT_NAME, PERIOD = "vien-vafs", "Viện Khoa học Lâm nghiệp Việt Nam", "2026-H2"
COVER, ACTIVITIES, SCIENCE = "Thông tin chung", "Hoạt động", "Nhiệm vụ KHCN"
WORKFORCE, PROGRESS, BUDGET, ISSUES = "Nhân lực", "Tiến độ nhiệm vụ", "Kinh phí", "Khó khăn, kiến nghị"
TABLES = {
    COVER: "cover",
    ACTIVITIES: "activities",
    SCIENCE: "science_tasks",
    WORKFORCE: "workforce",
    PROGRESS: "task_progress",
    BUDGET: "budget",
    ISSUES: "issues",
}

_RECORDS: dict[str, list[tuple[str, Any]]] = {
    COVER: [
        ("Đơn vị báo cáo *", UNIT_NAME),
        ("Kỳ báo cáo *", PERIOD),
        ("Số, ký hiệu văn bản", "00/BC-GIALAP"),
        ("Ngày ký", date(2026, 12, 10)),
        ("Người ký", None),
        ("Cán bộ đầu mối", None),
        ("Điện thoại", None),
        ("Thư điện tử", None),
        ("Số nhiệm vụ KHCN thuộc bí mật nhà nước", 0),
    ],
    WORKFORCE: [
        ("Tổng số cán bộ, công chức, viên chức *", 80),
        ("Số người đã tiếp cận thông tin định hướng *", 60),
        ("Số cán bộ chuyên trách truyền thông, thông tin cơ sở, thông tin đối ngoại *", 4),
        ("Trong đó: số người đã được đào tạo chuyên sâu *", 1),
    ],
}
HEADERS: dict[str, list[str]] = {
    ACTIVITIES: [
        "Nhiệm vụ (TT 1–10) *", "Tên hoạt động, sản phẩm *", "Loại hoạt động *", "Kênh truyền thông *",
        "Ngày bắt đầu *", "Ngày kết thúc", "Số lượng *", "Số người tiếp cận", "Kinh phí (đồng)", "Nguồn kinh phí",
        "Minh chứng (đường dẫn)", "Ghi chú",
    ],
    SCIENCE: [
        "Mã số nhiệm vụ *", "Tên nhiệm vụ KHCN *", "Cấp quản lý *", "Sử dụng ngân sách nhà nước *", "Năm bắt đầu *",
        "Năm kết thúc *", "Đã được truyền thông *", "Ngày truyền thông đầu tiên", "Kênh truyền thông",
        "Minh chứng (đường dẫn)",
    ],
    PROGRESS: [
        "Nhiệm vụ (TT 1–10) *", "Tình trạng *", "Tỷ lệ hoàn thành (%)", "Sản phẩm đã hoàn thành", "Ngày hoàn thành",
        "Giải trình", "Việc tiếp theo",
    ],
    BUDGET: ["Nhiệm vụ (TT 1–10) *", "Nguồn kinh phí *", "Dự toán (đồng) *", "Được giao (đồng) *", "Đã giải ngân (đồng) *"],
    ISSUES: ["Nhóm vấn đề *", "Khó khăn, vướng mắc *", "Kiến nghị, đề xuất", "Cơ quan giải quyết"],
}  # fmt: skip
_ROWS: dict[str, list[list[Any]]] = {
    ACTIVITIES: [
        [1, "Hội nghị phổ biến Kế hoạch", "Hội nghị", "Trực tiếp (hội nghị, lớp học, sự kiện)", date(2026, 8, 18),
         date(2026, 8, 19), 1, 120, 15_000_000, "Ngân sách nhà nước - chi thường xuyên", "https://example.org/tin/1"],
        [6, "Video giới thiệu giống keo lai", "Video, clip", "Mạng xã hội", date(2026, 9, 5), None, 2, 3400],
    ],
    SCIENCE: [
        ["GL-2026-01", "Nghiên cứu trồng rừng gỗ lớn", "Cấp quốc gia", "Có", 2025, 2027, "Có", date(2026, 7, 1),
         "Báo chí", "https://example.org/tin/2"],
        ["GL-2026-02", "Chọn giống keo chịu hạn", "Cấp bộ", "Có", 2026, 2028, "Không"],
    ],
    PROGRESS: [[1, "Đang thực hiện", 62.5], [6, "Hoàn thành", 100, "2 video", date(2026, 11, 30)]],
    BUDGET: [[1, "Ngân sách nhà nước - chi thường xuyên", 30_000_000, 20_000_000, 15_000_000]],
    ISSUES: [["Kinh phí", "Kinh phí được giao chậm", "Giao sớm hơn"]],
}  # fmt: skip
#: Rows seen in the form: each table (seen, accepted, refused, skipped).
GOOD = {"cover": (1, 1, 0, 0), "activities": (2, 2, 0, 0), "science_tasks": (2, 2, 0, 0), "workforce": (1, 1, 0, 0),
        "task_progress": (2, 2, 0, 0), "budget": (1, 1, 0, 0), "issues": (1, 1, 0, 0)}  # fmt: skip
NONE = dict.fromkeys(GOOD, (0, 0, 0, 0))
HEADER_ROW, FIRST_ROW = 4, 5


@dataclass(frozen=True)
class Percent:
    """A number in a cell that is shown as a percentage."""

    number: float


@dataclass(frozen=True)
class Shown:
    """A value in a cell with a number format of its own, struck out or with an address behind it."""

    value: Any
    number_format: str = "General"
    struck: bool = False
    link: str = ""


@dataclass(frozen=True)
class Formula:
    """A formula and the result that the file keeps («» for none, «#REF!» for an error)."""

    text: str
    result: Any = ""


@dataclass
class Sheet:
    """A sheet to be written: its name, its values by address, and how it is bent."""

    name: str
    cells: dict[str, Any]
    merged: list[tuple[str, Any]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)
    hidden: bool = False
    page_header: str = ""
    comments: dict[str, str] = field(default_factory=dict)

    def put(self, row: int, values: Sequence[Any], column: int = 0) -> None:
        """Write values side by side."""
        for number, value in enumerate(values, column):
            self.cells[f"{chr(65 + number)}{row}"] = value

    def clear(self, row: int) -> None:
        """Empty a row."""
        self.cells = {place: value for place, value in self.cells.items() if place.lstrip("ABCDEFGHIJKLMN") != str(row)}

    def move_down(self, first: int, by: int) -> None:
        """Move the rows from `first` on down."""
        moved = {}
        for place, value in self.cells.items():
            letters = place.rstrip("0123456789")
            row = int(place[len(letters) :])
            moved[f"{letters}{row + by if row >= first else row}"] = value
        self.cells = moved


class Form(dict[str, Sheet]):
    """The sheets by name, in order; `options` go to xlsxwriter."""

    options: Mapping[str, Any] = {}


def make_form() -> Form:
    """Return the form without a defect."""
    form = Form()
    for name in TABLES:
        sheet = Sheet(name, {"A1": name.upper(), "A2": "DỮ LIỆU GIẢ LẬP"})
        if name in _RECORDS:
            for row, pair in enumerate(_RECORDS[name], FIRST_ROW):
                sheet.put(row, pair)
        else:
            sheet.put(HEADER_ROW, HEADERS[name])
            for row, values in enumerate(copy.deepcopy(_ROWS[name]), FIRST_ROW):
                sheet.put(row, values)
        form[name] = sheet
    return form


def add_map(form: Form, unit_id: str = UNIT, period: str = PERIOD) -> None:
    """Add the hidden sheet by which the form says for whom it was made and where its fields stand."""
    from nq57kit.submissions import TABLES as CONTRACT  # names of fields, in the order of the columns

    sheet = Sheet("_nq57kit", {}, hidden=True)
    for row, line in enumerate((("template_version", "1"), ("unit_id", unit_id), ("period", period)), 1):
        sheet.put(row, line)
    sheet.put(5, ("table", "field", "label", "sheet", "column", "first_row"))
    row = 6
    for name, table in TABLES.items():
        for number, known in enumerate(CONTRACT[table].fields):
            place = ("B", FIRST_ROW + number) if name in _RECORDS else (chr(65 + number), FIRST_ROW)
            sheet.put(row, (table, known.name, known.label, name, *place))
            row += 1
    form["_nq57kit"] = sheet


def _put(page: Any, place: tuple[int, int], value: Any, styles: Mapping[str, Any]) -> None:
    """Write one value as its type asks for."""
    match value:
        case None:
            pass
        case Percent():
            page.write_number(*place, value.number, styles["percent"])
        case Shown():
            if value.link:
                page.write_url(*place, value.link, None, str(value.value))
            else:
                look = styles["book"].add_format({"num_format": value.number_format, "font_strikeout": value.struck})
                _put(page, place, value.value, {"day": look, "number": look, "text": look})
        case Formula():
            page.write_formula(*place, value.text, None, value.result)
        case bool():
            page.write_boolean(*place, value)
        case date():
            page.write_datetime(*place, value, styles["day"])
        case str():
            page.write_string(*place, value, styles.get("text"))
        case _:
            page.write_number(*place, value, styles.get("number"))


def write_xlsx(form: Form) -> bytes:
    """Return the form as an .xlsx; equal forms give equal bytes."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_urls": False, **form.options})
    book.set_properties({"created": datetime(2026, 1, 1), "author": ""})  # noqa: DTZ001 - a file's date has no zone
    day, percent = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "0%"})
    for sheet in form.values():
        page = book.add_worksheet(sheet.name)
        for place, value in sheet.cells.items():
            _put(page, xl_cell_to_rowcol(place), value, {"day": day, "percent": percent, "book": book})
        for area, value in sheet.merged:
            page.merge_range(area, value)
        for row in sheet.hidden_rows:
            page.set_row(row - 1, None, None, {"hidden": True})
        for column in sheet.hidden_columns:
            page.set_column(f"{column}:{column}", None, None, {"hidden": True})
        for place, text in sheet.comments.items():
            page.write_comment(place, text, {"author": ""})
        if sheet.page_header:
            page.set_header(sheet.page_header)
        if sheet.hidden:
            page.hide()
    book.close()
    return squeeze(stream.getvalue(), _strip)


_IDLE_XML = re.compile(
    rb'<sheetViews>.*?</sheetViews>|<(?:dimension|pageMargins|sheetFormatPr|fileVersion|calcPr) [^>]*/>| spans="[0-9:]+"'
    rb"|<bookViews>.*?</bookViews>"
)


def _strip(members: dict[str, bytes]) -> None:
    """Leave out what may be left out (theme, properties, views): a third of a small file, and it says nothing."""
    idle = [name for name in members if name.startswith(("docProps/", "xl/theme/"))]
    for name in idle:
        del members[name]
    for name, content in members.items():
        if name.startswith(("xl/worksheets/", "xl/workbook")):
            members[name] = _IDLE_XML.sub(b"", content)
    part = "|".join(re.escape(name.rpartition("/")[2]) for name in idle).encode()
    for name in ("[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"):
        members[name] = re.sub(rb"<(?:Override|Relationship) [^>]*/(?:%b)\"[^>]*/>" % part, b"", members[name])


def squeeze(content: bytes, change: Callable[[dict[str, bytes]], None] | None = None) -> bytes:
    """Return a zip packed as small as it goes, with fixed dates, its members changed by `change`."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    if change:
        change(members)
    return pack(members)


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of `members` with fixed dates."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            target.writestr(info, content, compresslevel=9)
    return stream.getvalue()


# ------------------------------------------------------------------------------- what is expected

Found = dict[str, str | None]


def _found(severity: str, code: str, place: str | None, name: str | None) -> Found:
    sheet, _, cell = (place or "").partition("!")
    return {"code": code, "severity": severity, "sheet": sheet or None, "cell": cell or None, "field": name}


def error(code: str, place: str | None = None, name: str | None = None) -> Found:
    """An error at «sheet!A1» (or a sheet alone, or nowhere) on a field."""
    return _found("error", code, place, name)


def warning(code: str, place: str | None = None, name: str | None = None) -> Found:
    """A warning, likewise."""
    return _found("warning", code, place, name)


def note(code: str, place: str | None = None, name: str | None = None) -> Found:
    """A note, likewise."""
    return _found("note", code, place, name)


@dataclass(frozen=True)
class Case:
    """One defect: how its file is made, and what the contract wants of it.

    `counts` overrides `GOOD` by table; `values` are «sheet!row!field» and what must have been read there; `says` are
    words that the messages must hold; `secret` words that may appear nowhere in the answer.
    """

    name: str
    why: str
    make: Callable[[], bytes | dict[str, bytes]]
    found: tuple[Found, ...] = ()
    counts: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    unit_id: str | None = UNIT
    period: str | None = PERIOD
    asked: Mapping[str, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    file: str = "bao-cao.xlsx"
    needs_tool: bool = False

    def expected(self) -> dict[str, Any]:
        """Return the content of expected.json."""
        told: dict[str, Any] = {
            "why": self.why,
            "ok": not any(one["severity"] == "error" for one in self.found),
            "unit_id": self.unit_id,
            "period": self.period,
            "findings": list(self.found),
            "counts": {
                table: dict(zip(("seen", "accepted", "refused", "skipped"), counts, strict=True))
                for table, counts in {**GOOD, **self.counts}.items()
            },
        }
        values = []
        for place, value in self.values.items():
            sheet, row, name = place.split("!")
            shown = value.isoformat() if isinstance(value, date) else value
            values.append({"table": TABLES[sheet], "row": int(row), "field": name, "value": shown})
        more = {"values": values, "asked": dict(self.asked), "says": list(self.says), "secret": list(self.secret)}
        return told | {name: value for name, value in more.items() if value}


def bent(bend: Callable[[Form], None] | None = None, **options: Any) -> Callable[[], bytes]:
    """Return what makes the form with `bend` applied to it."""

    def make() -> bytes:
        form = make_form()
        if bend:
            bend(form)
        form.options = options
        return write_xlsx(form)

    return make


def with_cells(cells: Mapping[str, Any], **options: Any) -> Callable[[], bytes]:
    """Return what makes the form with other values in some cells («sheet!A1»; None empties)."""

    def bend(form: Form) -> None:
        for place, value in cells.items():
            sheet, _, cell = place.partition("!")
            form[sheet].cells[cell] = value

    return bent(bend, **options)


def refused(code: str, **more: Any) -> dict[str, Any]:
    """What is expected of a file that is not read at all: one error and nothing else."""
    return {"found": (error(code),), "counts": NONE, "unit_id": None, "period": None, **more}


def changed(change: Callable[[dict[str, bytes]], None]) -> Callable[[], bytes]:
    """Return what makes the good form with the parts of its zip changed."""
    return lambda: squeeze(bent()(), change)
