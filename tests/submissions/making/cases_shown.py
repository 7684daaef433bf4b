"""Cases about what a person reads and a cell does not say: units of measure around a table, merges, rows, amounts in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from cases_files import from_office
from fixture_forms import (
    ACTIVITIES as A,
)
from fixture_forms import (
    BUDGET as B,
)
from fixture_forms import (
    SCIENCE as S,
)
from fixture_forms import (
    WORKFORCE as W,
)
from fixture_forms import (
    Case,
    Form,
    Found,
    Shown,
    add_map,
    bent,
    error,
    note,
    squeeze,
    warning,
    with_cells,
)

MILLIONS = {f"{B}!C5": 107, f"{B}!D5": 89, f"{B}!E5": 59}
REFUSED = {"budget": (1, 0, 1, 0)}


def _small(row: int = 5, sheet: str = B) -> list[Found]:
    """What is said besides of 107, 89 and 59 đồng."""
    names = zip("CDE", ("planned_vnd", "allocated_vnd", "disbursed_vnd"), strict=True)
    return [warning("money-small", f"{sheet}!{letter}{row}", name) for letter, name in names]


def case(name: str, why: str, cells: dict[str, Any], *found: Found, **rest: Any) -> Case:
    """The form with other values in some cells."""
    return Case(name, why, with_cells(cells), found, **rest)


def form(name: str, why: str, bend: Callable[[Form], None], *found: Found, **rest: Any) -> Case:
    """The form bent by a function."""
    return Case(name, why, bent(bend), found, **rest)


def _put(form: Form, cells: dict[str, Any]) -> None:
    for place, value in cells.items():
        sheet, _, cell = place.partition("!")
        form[sheet].cells[cell] = value


def _mapped(cells: dict[str, Any]) -> Callable[[Form], None]:
    """The form with its hidden map, and other values in some cells."""

    def bend(form: Form) -> None:
        add_map(form)
        _put(form, cells)

    return bend


def _grouped(form: Form) -> None:
    sheet = form[B]
    sheet.move_down(5, 1)
    sheet.merged += [
        ("A4:A5", "Nhiệm vụ (TT 1–10) *"),
        ("B4:B5", "Nguồn kinh phí *"),
        ("C4:E4", "Kinh phí (triệu đồng)"),
    ]
    for place in ("A4", "B4", "C4", "D4", "E4"):
        del sheet.cells[place]
    sheet.put(5, ["Dự toán", "Được giao", "Giải ngân"], 2)
    sheet.put(6, [107, 89, 59], 2)


def _named_in_millions(form: Form) -> None:
    _put(form, MILLIONS)
    form[B].name = "Kinh phí (triệu đồng)"


def _two_periods(form: Form) -> None:
    form[W].put(4, ["Kỳ trước", "Kỳ này"], 1)
    for row, values in enumerate(((70, 80), (50, 60), (4, 4), (0, 1)), 5):
        form[W].put(row, values, 1)


def _hidden_by_merges(form: Form) -> None:
    form[A].merged += [("A5:A6", 6), ("G5:H5", 1)]
    form[A].cells |= {"A6": 1, "H5": 999}


def _numbering(form: Form) -> None:
    form[B].move_down(5, 1)
    form[B].put(5, ["(1)", "(2)", "(3)", "(4)", "(5)=(3)-(4)"])


def _section(form: Form) -> None:
    form[A].move_down(6, 1)
    form[A].cells["B6"] = "II. Truyền thông trên mạng xã hội"


def _after_signatures(form: Form) -> None:
    form[A].cells["B7"] = "Người lập biểu"
    form[A].put(8, [6, "Tin bổ sung", "Tin, bài", "Báo chí", "05/9/2026", None, 5])
    form[A].put(9, ["Hội thảo ghi thiếu", None, None, None, None, 3, 200], 1)


def _running_number(form: Form) -> None:
    line = [form[A].cells.get(f"{letter}5") for letter in "BCDEFG"]
    for number in range(1, 7):
        form[A].put(4 + number, [number, f"{line[0]} {number}", *line[1:]])


def _budget_error(code: str, cell: str, field: str = "planned_vnd") -> Found:
    return error(code, f"{B}!{cell}", field)


_UNITS = [
    form(
        "money-in-millions-on-the-forms-own-map",
        "Tên cột của biểu sửa thành «(tr.đ)»: trang ẩn không được lấn át chữ.",
        _mapped(MILLIONS | {f"{B}!{letter}4": f"{name} (tr.đ)" for letter, name in zip("CDE", ("Dự toán", "Được giao", "Đã giải ngân"), strict=True)}),
        *[_budget_error("money-scale", f"{letter}4", field) for letter, field in zip("CDE", ("planned_vnd", "allocated_vnd", "disbursed_vnd"), strict=True)],
        counts=REFUSED,
        says=("107 tr.đ = 107.000.000 đồng",),
    ),
    case("money-in-dollars", "Cột dự toán ghi bằng đô la.", {f"{B}!C4": "Dự toán (USD)"}, _budget_error("money-currency", "C4"), counts=REFUSED),
    case("unit-in-a-line-above", "«ĐVT: triệu đồng» phía trên bảng.", MILLIONS | {f"{B}!E3": "ĐVT: triệu đồng"}, _budget_error("money-scale", "E3"), *_small()),
    case("unit-in-a-footnote", "Ghi chú dưới bảng: tính bằng triệu đồng.", MILLIONS | {f"{B}!A6": "Ghi chú: số liệu tính bằng triệu đồng"}, _budget_error("money-scale", "A6"), note("rows-footer", B), *_small(), counts={"budget": (2, 1, 0, 1)}),
    form("unit-in-a-group-heading", "«Kinh phí (triệu đồng)» gộp trên ba cột.", _grouped, _budget_error("money-scale", "C4"), note("title-merged", B), *_small(6), values={f"{B}!6!planned_vnd": 107}),
    form("unit-in-the-sheets-name", "Tên trang «Kinh phí (triệu đồng)».", _named_in_millions, error("money-scale", "Kinh phí (triệu đồng)", "planned_vnd"), note("sheet-renamed", "Kinh phí (triệu đồng)"), *_small(sheet="Kinh phí (triệu đồng)")),
    case("unit-in-a-column", "Cột «ĐVT» ghi «Triệu đồng».", MILLIONS | {f"{B}!F4": "ĐVT", f"{B}!F5": "Triệu đồng"}, _budget_error("money-scale", "F5"), note("column-extra", f"{B}!F4"), *_small()),
    case("money-of-a-few-dong", "Kinh phí 107 đồng: không khoản công nào nhỏ như vậy.", MILLIONS, *_small(), says=("107 đồng",)),
    case("sum-above-the-table-is-no-unit", "Câu nói tới một khoản tiền không phải là đơn vị tính.", {f"{B}!A3": "Đã được cấp 500 triệu đồng (đơn vị tính của biểu: đồng)"}, values={f"{B}!5!planned_vnd": 30_000_000}),
    case("people-in-thousands", "Số người tính theo nghìn lượt.", {f"{A}!H4": "Số người tiếp cận (nghìn lượt)"}, error("count-scale", f"{A}!H4", "reach"), says=("120 nghìn = 120.000",)),
    form("remainder-on-the-forms-own-map", "«Còn lại chưa giải ngân» nằm ở cột «Đã giải ngân».", _mapped({f"{B}!E4": "Còn lại chưa giải ngân (đồng)"}), _budget_error("column-meaning", "E4", "disbursed_vnd"), counts=REFUSED),
    form("heading-of-something-else", "Tên cột không nói gì về «Số lượng», chỉ nằm đúng chỗ.", _mapped({f"{A}!G4": "Bao nhiêu"}), error("column-doubtful", f"{A}!G4", "quantity"), counts={"activities": (2, 0, 2, 0)}),
    form("record-with-two-periods", "Nhân lực có hai cột «Kỳ trước | Kỳ này».", _two_periods, error("column-meaning", f"{W}!B4", "staff_total"), error("value-columns", f"{W}!C5"), says=("C «Kỳ này»",)),
    case(
        "headings-with-marks-and-units",
        "Tên cột kèm dấu chú thích, đơn vị, kiểu ngày.",
        {f"{A}!E4": "Ngày bắt đầu (dd/mm/yyyy) *", f"{A}!G4": "(7) Số lượng¹", f"{A}!I4": "Kinh phí, đồng [2]"},
        note("column-renamed", f"{A}!E4", "started_on"),
        note("column-renamed", f"{A}!G4", "quantity"),
        note("column-renamed", f"{A}!I4", "cost_vnd"),
        values={f"{A}!5!quantity": 1, f"{A}!5!cost_vnd": 15_000_000},
    ),
    case("giai-ngan-is-no-thousand", "«Giải ngân trong kỳ» không phải là «ngàn».", {f"{B}!E4": "Giải ngân trong kỳ (đồng)"}, note("column-renamed", f"{B}!E4", "disbursed_vnd"), values={f"{B}!5!disbursed_vnd": 15_000_000}),
]  # fmt: skip

_ROWS = [
    form("merged-cells-hide-values", "LibreOffice giữ giá trị dưới ô gộp: chỉ đọc giá trị nhìn thấy.", _hidden_by_merges, warning("cells-covered", f"{A}!A5"), note("cells-merged", f"{A}!A5", "task_id"), warning("cells-covered", f"{A}!G5"), values={f"{A}!6!task_id": 6, f"{A}!5!reach": None}),
    form("numbering-with-formulas", "(1) … (5)=(3)-(4) dưới tiêu đề.", _numbering, note("rows-numbering", B), counts={"budget": (2, 1, 0, 1)}),
    form("section-row-not-merged", "Đề mục «II. …» một mình trong dòng, không gộp ô.", _section, note("rows-section", A), counts={"activities": (3, 2, 0, 1)}),
    case("totals-row-of-sections", "«TỔNG CỘNG (I+II)» ở cột nhiệm vụ.", {f"{B}!A6": "TỔNG CỘNG (I+II)", f"{B}!C6": 30_000_000}, note("rows-total", B), counts={"budget": (2, 1, 0, 1)}),
    case("totals-row-in-english", "Dòng «Total» của Excel.", {f"{B}!A6": "Total", f"{B}!C6": 30_000_000}, note("rows-total", B), counts={"budget": (2, 1, 0, 1)}),
    form(
        "records-after-signatures",
        "Hoạt động ghi sau chữ ký: một dòng đủ, một dòng thiếu, không dòng nào bị bỏ.",
        _after_signatures,
        note("rows-footer", A),
        *[error("value-required", f"{A}!{letter}9", field) for letter, field in (("A", "task_id"), ("C", "activity_type"), ("D", "channel"), ("E", "started_on"))],
        counts={"activities": (5, 3, 1, 1)},
    ),
]  # fmt: skip


def _cell(name: str, why: str, place: str, value: Any, code: str, *says: str) -> Case:
    """A wrong value in one cell of the first activity."""
    cell, field = place.split()
    return case(name, why, {f"{A}!{cell}": value}, error(code, f"{A}!{cell}", field), counts={"activities": (2, 1, 1, 0)}, says=says)  # fmt: skip


_ROWS.append(
    form(
        "tasks-filled-as-running-number",
        "Cột nhiệm vụ ghi 1, 2, 3 … như số thứ tự dòng.",
        _running_number,
        error("task-running-number", f"{A}!A5", "task_id"),
        counts={"activities": (6, 5, 1, 0)},
    )
)

_AMOUNTS = [
    _cell("amount-of-two-scales", "«1 tỷ 200 triệu».", "I5 cost_vnd", "1 tỷ 200 triệu", "number-scaled", "ghi đủ: 1.200.000.000."),
    _cell("amount-with-decimal-point", "«1.5 tỷ» là một tỷ rưỡi.", "I5 cost_vnd", "1.5 tỷ", "number-scaled", "ghi đủ: 1.500.000.000."),
    _cell("amount-of-two-readings", "«1.500 triệu» là 1,5 tỷ hay 1,5 triệu.", "I5 cost_vnd", "1.500 triệu", "number-two-readings", "1.500.000.000 (1 tỷ 500 triệu) hoặc 1.500.000 (1 triệu 500 nghìn)"),
    _cell("amount-in-dollars", "«500 USD» không phải là đồng.", "I5 cost_vnd", "500 USD", "money-currency"),
    _cell("number-in-parentheses", "«(1.234)» là số âm của kế toán.", "I5 cost_vnd", "(1.234)", "number-negative", "ghi -1.234"),
    _cell("number-that-begins-with-zero", "«0.185» không phải là 185.", "I5 cost_vnd", "0.185", "number-not-whole", "0,185"),
    _cell("approximate-amount-in-words", "«khoảng 1,5 tỷ»: ví dụ phải đúng.", "I5 cost_vnd", "khoảng 1,5 tỷ", "number-approximate", "ví dụ 1.500.000.000; không có số liệu thì để trống"),
    _cell("approximate-number-in-required-field", "Ô bắt buộc không được khuyên để trống.", "G5 quantity", "khoảng 20", "number-approximate", "ví dụ 20."),
    case("result-with-rounding-noise", "110000000.00000001 là 110.000.000.", {f"{A}!I5": 110000000.00000001, f"{A}!H5": 120.00000000000001}, values={f"{A}!5!cost_vnd": 110_000_000, f"{A}!5!reach": 120}),
]  # fmt: skip


def _flat_row() -> bytes:
    """The form with a row of no height, which Excel writes without the word «hidden»."""

    def change(members: dict[str, bytes]) -> None:
        part = "xl/worksheets/sheet2.xml"
        members[part] = members[part].replace(b'<row r="6"', b'<row r="6" ht="0" customHeight="1"')

    return squeeze(bent()(), change)


def _struck(form: Form) -> None:
    for place in [place for place in form[A].cells if place[1:] == "6"]:
        form[A].cells[place] = Shown(form[A].cells[place], struck=True)
    form[A].cells["E6"] = Shown(date(2026, 9, 5), "dd/mm/yyyy", struck=True)


def _commented(form: Form) -> None:
    form[A].comments["I5"] = "Số đúng là 25.500.000 đồng, sẽ sửa sau"


def _science(name: str, why: str, value: Any, code: str, *says: str) -> Case:
    """A wrong code of the first science task."""
    return case(name, why, {f"{S}!A5": value}, error(code, f"{S}!A5", "code"), counts={"science_tasks": (2, 1, 1, 0)}, says=says)  # fmt: skip


_SHOWN = [
    case("codes-shown-by-their-format", "Mã hiển thị «007», «2026.10»: đọc như nhìn thấy.", {f"{S}!A5": Shown(7, "000"), f"{S}!A6": Shown(2026.1, "0.00")}, values={f"{S}!5!code": "007", f"{S}!6!code": "2026.10"}),
    case("code-shown-with-letters", "Mã hiển thị «ĐT-012» nhờ định dạng.", {f"{S}!A5": Shown(12, '"ĐT-"000')}, values={f"{S}!5!code": "ĐT-012"}),
    _science("code-became-a-month", "Excel đổi «Oct-26» thành ngày.", Shown(date(2026, 10, 1), "mmm-yy"), "text-is-date", "«Oct-26»", "01/10/2026"),
    _science("code-rounded-by-the-spreadsheet", "Mã 17 chữ số đã bị làm tròn.", 20260001000200030, "text-rounded"),
    _cell("date-shown-as-month", "Ô ngày chỉ hiển thị «T10/2026».", "E5 started_on", Shown(date(2026, 10, 1), '"T"m/yyyy'), "date-partial", "«T10/2026»"),
    case("date-shown-month-first", "Ngày 05/8 hiển thị «08/05/2026».", {f"{A}!E5": Shown(date(2026, 8, 5), "mm/dd/yyyy")}, warning("date-order", f"{A}!E5", "started_on"), says=("được đọc là ngày 05/8/2026",), values={f"{A}!5!started_on": date(2026, 8, 5)}),
    case("money-shown-in-millions", "Ô hiển thị «107 triệu» nhưng lưu 107.", {f"{B}!C5": Shown(107, '#,##0" triệu"')}, _budget_error("number-scaled", "C5"), counts=REFUSED, says=("«107 triệu»", "ghi đủ: 107.000.000.")),
    case("money-shown-short-but-stored-whole", "Ô hiển thị «30,0 triệu», lưu đủ 30.000.000.", {f"{B}!C5": Shown(30_000_000, '#,##0.0,," triệu"')}, note("number-as-stored", f"{B}!C5", "planned_vnd"), values={f"{B}!5!planned_vnd": 30_000_000}),
    case("money-shown-without-its-zeros", "Ô hiển thị «30» nhưng lưu 30.000.000.", {f"{B}!C5": Shown(30_000_000, "#,##0,,")}, _budget_error("number-shown-otherwise", "C5"), counts=REFUSED, says=("hiển thị «30» nhưng tệp lưu là 30.000.000",)),
    _cell("money-shown-in-dollars", "Ô hiển thị «$500».", "I5 cost_vnd", Shown(500, "$#,##0"), "money-currency", "«$500»"),
    case("zero-shown-as-blank", "Số 0 không hiển thị.", {f"{A}!I5": Shown(0, "#,###")}, note("zero-not-shown", f"{A}!I5", "cost_vnd"), values={f"{A}!5!cost_vnd": 0}),
    case("evidence-behind-words", "Địa chỉ nằm sau chữ «Xem tại đây».", {f"{A}!K5": Shown("Xem tại đây", link="https://example.org/bai-8")}, note("link-target", f"{A}!K5", "evidence_url"), values={f"{A}!5!evidence_url": "https://example.org/bai-8"}),
    form("row-struck-out", "Dòng bị gạch ngang: đọc, có cảnh báo.", _struck, warning("rows-struck", A), says=("dòng 6",)),
    form("comment-with-a-correction", "Ghi chú «Số đúng là …» ở ô kinh phí.", _commented, note("cells-commented", f"{A}!I5"), says=("ô I5",)),
    Case("row-of-no-height", "Dòng cao 0 cũng là dòng ẩn.", _flat_row, (note("rows-hidden", A),), says=("6",)),
]  # fmt: skip


def _everything(form: Form) -> None:
    """What an .ods says in its own way: texts as shown, line breaks, links, comments, covered and struck out cells."""
    _struck(form)
    _commented(form)
    form[A].cells |= {
        "A6": Shown(1, struck=True),
        "B5": "Hội nghị\nphổ biến  Kế hoạch",
        "K5": Shown("Xem tại đây", link="https://example.org/bai-8"),
    }
    form[A].merged.append(("A5:A6", 6))
    form[S].cells |= {"A5": Shown(7, "000"), "A6": Shown(date(2026, 10, 1), "mmm-yy")}
    form[B].cells |= {"C5": Shown(107, '#,##0" triệu"'), "D5": Shown(20_000_000, "#,##0")}


CASES = [
    Case(
        "ods-as-a-person-sees-it",
        "Trong .ods: định dạng, xuống dòng, liên kết, ghi chú, ô bị che, ô gạch ngang.",
        from_office("ods", _everything),
        (
            error("text-is-date", f"{S}!A6", "code"),
            error("number-scaled", f"{B}!C5", "planned_vnd"),
            warning("cells-covered", f"{A}!A5"),
            warning("rows-struck", A),
            note("cells-merged", f"{A}!A5", "task_id"),
            note("cells-commented", f"{A}!I5"),
            note("link-target", f"{A}!K5", "evidence_url"),
        ),
        {"science_tasks": (2, 1, 1, 0), "budget": (1, 0, 1, 0)},
        {
            f"{A}!6!task_id": 6,
            f"{A}!5!name": "Hội nghị phổ biến Kế hoạch",
            f"{A}!5!evidence_url": "https://example.org/bai-8",
            f"{S}!5!code": "007",
        },
        file="bao-cao.ods",
        needs_tool=True,
    ),
    *_UNITS,
    *_ROWS,
    *_AMOUNTS,
    *_SHOWN,
]
