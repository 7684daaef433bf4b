"""Cases about sheets, headers and rows: contract §3, the row «merged title rows … tolerated, each with a note»."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

from fixture_forms import (
    ACTIVITIES as A,
)
from fixture_forms import (
    BUDGET as B,
)
from fixture_forms import (
    COVER as C,
)
from fixture_forms import (
    HEADERS,
    TABLES,
    Case,
    Form,
    Formula,
    Found,
    Sheet,
    add_map,
    bent,
    error,
    note,
    warning,
    with_cells,
    write_xlsx,
)
from fixture_forms import (
    ISSUES as I,
)
from fixture_forms import (
    PROGRESS as P,
)
from fixture_forms import (
    WORKFORCE as W,
)

NO_ROWS, THREE_ONE_SKIPPED = (0, 0, 0, 0), (3, 2, 0, 1)


def form(name: str, why: str, bend: Callable[[Form], None], *found: Found, **rest: Any) -> Case:
    """A form bent by a function."""
    return Case(name, why, bent(bend), found, **rest)


def _merged_titles(form: Form) -> None:
    form[A].merged += [("A1:L1", "BIỂU 1. HOẠT ĐỘNG TRUYỀN THÔNG"), ("A2:L2", "(dữ liệu giả lập)")]


def _header_on_row_nine(form: Form) -> None:
    for name in HEADERS:
        form[name].move_down(4, 5)
        form[name].put(3, ["Kỳ báo cáo: 6 tháng cuối năm 2026"])


def _line_breaks(form: Form) -> None:
    form[A].put(4, ["NHIỆM VỤ\n(TT 1–10)", "tên hoạt động,\nsản phẩm", "Loai hoat dong", "KÊNH\nTRUYỀN THÔNG (*)"])


def _two_rows(form: Form) -> None:
    sheet = form[A]
    sheet.move_down(5, 1)
    for number, label in enumerate(HEADERS[A]):
        letter = chr(65 + number)
        if letter not in "EF":
            sheet.merged.append((f"{letter}4:{letter}5", label))
    sheet.merged.append(("E4:F4", "Thời gian"))
    sheet.cells["F4"] = None
    sheet.put(5, ["Ngày bắt đầu", "Ngày kết thúc"], 4)


def _blank_rows(form: Form) -> None:
    form[A].move_down(6, 2)


def _blank_after_header(form: Form) -> None:
    form[A].move_down(5, 1)


def _total(place: str, text: str) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        form[A].put(7, [3, 3520, 15_000_000], 6)
        form[A].cells[place] = text

    return bend


def _total_by_formulas(form: Form) -> None:
    form[A].merged.append(("A7:F7", "Tổng cộng"))
    form[A].put(7, [Formula("=SUM(G5:G6)"), Formula("=SUM(H5:H6)"), Formula("=SUM(I5:I6)")], 6)


def _total_of_budget(form: Form) -> None:
    form[B].put(6, ["CỘNG", None, 30_000_000, 20_000_000, 15_000_000])


def _section(form: Form) -> None:
    form[A].move_down(6, 1)
    form[A].merged.append(("A6:L6", "II. Sản phẩm truyền thông"))


def _header_again(form: Form) -> None:
    form[A].move_down(6, 1)
    form[A].put(6, HEADERS[A])


def _numbering(form: Form) -> None:
    form[A].move_down(5, 1)
    form[A].put(5, [f"({number})" for number in range(1, 13)])


def _signatures(form: Form) -> None:
    form[A].put(7, ["Hà Nội, ngày 10 tháng 12 năm 2026"], 7)
    form[A].put(8, ["Người lập biểu"], 1)
    form[A].put(8, ["Thủ trưởng đơn vị"], 7)


def _outside(form: Form) -> None:
    form[A].cells["N7"] = "đã rà soát"


def _moved(form: Form) -> None:
    cells = form[A].cells
    for row in (4, 5, 6):
        cells[f"B{row}"], cells[f"C{row}"] = cells[f"C{row}"], cells[f"B{row}"]
        cells[f"E{row}"], cells[f"G{row}"] = cells[f"G{row}"], cells[f"E{row}"]


def _extra_columns(form: Form) -> None:
    rows = {row: [form[A].cells.get(f"{letter}{row}") for letter in "ABCDEFGHIJKL"] for row in (4, 5, 6)}
    for row, first, last in ((4, "STT", "Người thực hiện"), (5, 1, "Phòng A"), (6, 2, "Phòng B")):
        form[A].put(row, [first, *rows[row], last])


def _column_copied(*values: Any) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        for row, value in enumerate(("Số lượng *", *values), 4):
            form[A].cells[f"M{row}"] = value

    return bend


def _without_column(form: Form) -> None:
    for row in (4, 5, 6):
        form[A].cells[f"G{row}"] = None


def _renamed_column(form: Form) -> None:
    add_map(form)
    form[A].cells["H4"] = "Độ lan tỏa (người)"


def _hidden(form: Form) -> None:
    form[A].hidden_rows.append(6)


def _hidden_columns(form: Form) -> None:
    form[A].hidden_columns += ["H", "I"]


def _hidden_sheet(form: Form) -> None:
    form[B].hidden = True


def _rename(old: str, new: str) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        form[old].name = new

    return bend


def _remove(name: str) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        del form[name]

    return bend


def _blank_sheet(form: Form) -> None:
    form[I].cells = {}


def _sheet_twice(form: Form) -> None:
    form["again"] = copy.deepcopy(form[A])
    form["again"].name = "Hoạt động truyền thông"


def _extra_sheet(form: Form) -> None:
    form["Nháp"] = Sheet("Nháp", {"A1": "Việc cần làm", "A2": "gọi lại phòng A"})


def _without_header(form: Form) -> None:
    form[A].clear(4)


def _as_header_and_row(*more: list[int]) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        labels = [form[W].cells[f"A{row}"] for row in range(5, 9)]
        form[W].cells = {}
        form[W].put(4, labels)
        for row, values in enumerate(([80, 60, 4, 1], *more), 5):
            form[W].put(row, values)

    return bend


def _merged_down(area: str, value: Any) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        form[A].merged.append((area, value))

    return bend


def _only_filled_in(form: Form) -> None:
    form[P].clear(6)
    form[P].put(6, [6])


def _numbered_blank_row(form: Form) -> None:
    _extra_columns(form)
    form[A].move_down(6, 1)
    form[A].put(6, [2])


def _beside(form: Form) -> None:
    form[C].cells |= {"B7": None, "C7": "00/BC-GIALAP"}


_FIELDS = {
    C: "unit_id period reference_number signed_on signatory contact_name contact_phone contact_email secret_task_count",
    W: "staff_total staff_reached comms_staff_total comms_staff_trained",
    A: "task_id name activity_type channel started_on ended_on quantity reach cost_vnd funding_source evidence_url note",
    "Nhiệm vụ KHCN": "code name level state_funded start_year end_year communicated communicated_on channel evidence_url",
    P: "task_id status percent_complete products_delivered completed_on explanation next_steps",
    B: "task_id funding_source planned_vnd allocated_vnd disbursed_vnd",
    I: "category description proposal authority",
}


def _field_names(form: Form) -> None:
    for name, listed in _FIELDS.items():
        if name in HEADERS:
            form[name].put(4, listed.split())
        else:
            for row, field in enumerate(listed.split(), 5):
                form[name].cells[f"A{row}"] = field
        form[name].name = TABLES[name]


def _with_form_map(form: Form) -> None:
    add_map(form)


def _false_map(form: Form) -> None:
    add_map(form)
    for place, value in form["_nq57kit"].cells.items():
        if place.startswith("E") and value == "B":
            form["_nq57kit"].cells[place] = "C"


def _another_book() -> bytes:
    form = Form()
    form["Bảng giá"] = Sheet("Bảng giá", {"A1": "Mặt hàng", "B1": "Giá", "A2": "Cây giống", "B2": 1200})
    return write_xlsx(form)


def _blank_form(form: Form) -> None:
    """The form as it is given out: nothing but the unit, the period and the tasks."""
    for name in HEADERS:
        for row in (5, 6):
            form[name].clear(row)
    form[P].put(5, [1])
    form[P].put(6, [6])
    for row in range(5, 9):
        form[W].cells[f"B{row}"] = None
    for row in (7, 8, 13):
        form[C].cells[f"B{row}"] = None


_MISSING_TABLES = dict.fromkeys(("cover", "workforce", "task_progress"), NO_ROWS)

_SHEETS = [
    form("renamed-sheet", "Trang «Hoạt động» đổi tên thành «Sheet2».", _rename(A, "Sheet2"), note("sheet-renamed", "Sheet2"), says=("«Hoạt động»",)),
    form("renamed-record-sheet", "Trang một bản ghi «Nhân lực» đổi tên thành «Sheet4».", _rename(W, "Sheet4"), note("sheet-renamed", "Sheet4"), says=("«Nhân lực»",)),
    form("sheet-name-without-marks", "Tên trang viết hoa, không dấu.", _rename(A, "HOAT DONG"), values={f"{A}!5!quantity": 1}),
    form("hidden-sheet", "Trang «Kinh phí» bị ẩn: vẫn đọc.", _hidden_sheet, note("sheet-hidden", B), values={f"{B}!5!planned_vnd": 30000000}),
    form("sheet-missing", "Thiếu trang «Nhân lực».", _remove(W), error("sheet-missing"), counts={"workforce": NO_ROWS}, says=("«Nhân lực»",)),
    form("sheet-absent", "Không có trang «Khó khăn, kiến nghị»: không có nội dung.", _remove(I), note("sheet-absent"), counts={"issues": NO_ROWS}),
    form("sheet-blank", "Trang trống hoàn toàn.", _blank_sheet, note("sheet-blank", I), counts={"issues": NO_ROWS}),
    form("sheet-twice", "Hai trang cùng là bảng hoạt động.", _sheet_twice, error("sheet-twice", "Hoạt động truyền thông"), says=("«Hoạt động»",)),
    form("extra-sheet", "Trang nháp của đơn vị.", _extra_sheet, note("sheet-extra", "Nháp"), says=("«Nháp»",)),
    Case(
        "workbook-of-something-else",
        "Sổ tính không phải biểu mẫu.",
        _another_book,
        (*[error("sheet-missing")] * 3, *[note("sheet-absent")] * 4, note("sheet-extra", "Bảng giá")),
        dict.fromkeys(TABLES.values(), NO_ROWS),
        unit_id=None,
        period=None,
    ),
    form(
        "form-not-filled-in",
        "Biểu mẫu gửi lại như lúc nhận, chưa điền gì.",
        _blank_form,
        *[error("value-required", f"{W}!B{row}", name) for row, name in enumerate(_FIELDS[W].split(), 5)],
        warning("progress-missing", P, "task_id"),
        counts=dict.fromkeys(("activities", "science_tasks", "budget", "issues"), NO_ROWS)
        | {"workforce": (1, 0, 1, 0), "task_progress": (2, 0, 0, 2)},
    ),
    form("with-the-forms-own-map", "Biểu có trang ẩn «_nq57kit» đúng.", _with_form_map, values={f"{A}!5!reach": 120}),
    form("false-map-is-not-believed", "Trang ẩn «_nq57kit» chỉ sai cột: đọc theo nhãn.", _false_map, values={f"{A}!5!name": "Hội nghị phổ biến Kế hoạch", f"{W}!5!staff_total": 80}),
    form("field-names-and-table-names", "Tên trường và tên bảng thay cho nhãn.", _field_names, values={f"{A}!5!reach": 120, f"{W}!5!staff_total": 80}),
]  # fmt: skip

_HEADERS = [
    form("merged-title-rows", "Dòng tiêu đề gộp ô phía trên.", _merged_titles, note("title-merged", A), values={f"{A}!5!quantity": 1}),
    form("header-on-row-nine", "Dòng tiêu đề cột nằm ở dòng 9.", _header_on_row_nine, values={f"{A}!10!quantity": 1, f"{P}!11!percent_complete": 100.0}),
    form("header-with-line-breaks", "Nhãn xuống dòng, viết hoa, không dấu.", _line_breaks, values={f"{A}!5!activity_type": "hoi_nghi"}),
    form("header-over-two-rows", "Tiêu đề hai tầng, gộp ô.", _two_rows, values={f"{A}!6!started_on": date(2026, 8, 18), f"{A}!6!reach": 120}),
    form("header-missing", "Không có dòng tiêu đề cột.", _without_header, error("header-missing", A), counts={"activities": NO_ROWS}),
    form("columns-moved", "Cột đổi chỗ.", _moved, note("columns-moved", A), values={f"{A}!5!name": "Hội nghị phổ biến Kế hoạch", f"{A}!5!quantity": 1}),
    form("extra-columns", "Thêm cột STT và cột của đơn vị.", _extra_columns, note("column-extra", f"{A}!A4"), note("column-extra", f"{A}!N4"), values={f"{A}!5!task_id": 1, f"{A}!6!reach": 3400}),
    form("repeated-column", "Cột lặp lại cùng nội dung.", _column_copied(1, 2), note("column-repeated", f"{A}!M4", "quantity"), values={f"{A}!6!quantity": 2}),
    form("duplicated-column", "Hai cột «Số lượng» khác nhau.", _column_copied(1, 5), error("column-twice", f"{A}!M4", "quantity"), says=("cột G",)),
    form("column-missing", "Thiếu cột bắt buộc «Số lượng».", _without_column, error("column-missing", A, "quantity"), counts={"activities": (2, 0, 2, 0)}),
    form("renamed-column", "Cột đổi tên nhưng đứng đúng chỗ theo trang ẩn.", _renamed_column, note("column-renamed", f"{A}!H4", "reach"), values={f"{A}!5!reach": 120}),
    Case("money-in-thousands", "Cột kinh phí tính bằng nghìn đồng.", with_cells({f"{A}!I4": "Kinh phí (nghìn đồng)"}), (error("money-scale", f"{A}!I4", "cost_vnd"),), says=("Kinh phí (đồng)",)),
    Case(
        "budget-in-millions",
        "Cột dự toán bắt buộc tính bằng triệu đồng.",
        with_cells({f"{B}!C4": "Dự toán (triệu đồng)", f"{B}!C5": 30}),
        (error("money-scale", f"{B}!C4", "planned_vnd"),),
        {"budget": (1, 0, 1, 0)},
    ),
    form("hidden-rows", "Dòng bị ẩn: vẫn đọc.", _hidden, note("rows-hidden", A), values={f"{A}!6!reach": 3400}, says=("6",)),
    form("hidden-columns", "Cột bị ẩn: vẫn đọc.", _hidden_columns, note("columns-hidden", A), values={f"{A}!5!cost_vnd": 15000000}, says=("H, I",)),
]  # fmt: skip

_ROWS = [
    form("blank-rows-between-records", "Hai dòng trống giữa bảng.", _blank_rows, note("rows-blank", A), counts={"activities": (4, 2, 0, 2)}, says=("6–7",)),
    form("blank-row-under-header", "Dòng trống ngay dưới tiêu đề.", _blank_after_header, note("rows-blank", A), counts={"activities": THREE_ONE_SKIPPED}),
    form(
        "numbered-row-left-blank",
        "Dòng chỉ có số thứ tự.",
        _numbered_blank_row,
        note("column-extra", f"{A}!A4"),
        note("column-extra", f"{A}!N4"),
        note("rows-blank", A),
        counts={"activities": THREE_ONE_SKIPPED},
    ),
    form("totals-row-tong-cong", "Dòng «Tổng cộng».", _total("B7", "Tổng cộng"), note("rows-total", A), counts={"activities": THREE_ONE_SKIPPED}, says=("7",)),
    form("totals-row-by-formulas", "Dòng tổng gộp ô, công thức chưa tính: không đọc nên không lỗi.", _total_by_formulas, note("rows-total", A), counts={"activities": THREE_ONE_SKIPPED}),
    form("totals-row-tong", "Dòng «TỔNG:» ở cột đầu.", _total("A7", "TỔNG:"), note("rows-total", A), counts={"activities": THREE_ONE_SKIPPED}),
    form("totals-row-cong", "Dòng «CỘNG» của bảng kinh phí.", _total_of_budget, note("rows-total", B), counts={"budget": (2, 1, 0, 1)}),
    Case("name-that-begins-with-tong", "«Tổng kết hội thi» là hoạt động, không phải dòng tổng.", with_cells({f"{A}!B5": "Tổng kết hội thi"}), values={f"{A}!5!name": "Tổng kết hội thi"}),
    form("section-row-merged", "Dòng đề mục gộp ô giữa bảng.", _section, note("rows-section", A), counts={"activities": THREE_ONE_SKIPPED}),
    form("header-printed-again", "Tiêu đề cột lặp lại ở trang in sau.", _header_again, note("rows-header", A), counts={"activities": THREE_ONE_SKIPPED}),
    form("numbering-row", "Dòng (1) (2) (3) dưới tiêu đề.", _numbering, note("rows-numbering", A), counts={"activities": THREE_ONE_SKIPPED}),
    form("signatures-below", "Ngày, người ký dưới bảng.", _signatures, note("rows-footer", A), counts={"activities": (4, 2, 0, 2)}, says=("7–8",)),
    form("remark-outside-the-columns", "Chữ ngoài các cột của biểu.", _outside, note("rows-outside", A), note("column-extra", f"{A}!N4"), counts={"activities": THREE_ONE_SKIPPED}, says=("«N»",)),
    form("text-merged-over-rows", "Ô nhiệm vụ gộp hai dòng: dùng cho cả hai.", _merged_down("A5:A6", 6), note("cells-merged", f"{A}!A5", "task_id"), values={f"{A}!5!task_id": 6, f"{A}!6!task_id": 6}),
    form("amount-merged-over-rows", "Số người gộp hai dòng: không biết của dòng nào.", _merged_down("H5:H6", 3520), error("amount-merged", f"{A}!H5", "reach"), warning("cells-covered", f"{A}!H5"), counts={"activities": (2, 1, 1, 0)}, says=("5–6",)),
    form("two-records-on-a-form", "Hai bản ghi nhân lực.", _as_header_and_row([81, 61, 4, 1]), error("record-twice", f"{W}!A6"), counts={"workforce": (2, 1, 1, 0)}),
    form("record-as-header-and-row", "Trang một bản ghi viết thành tiêu đề và một dòng.", _as_header_and_row(), values={f"{W}!5!staff_total": 80, f"{W}!5!comms_staff_trained": 1}),
    form("value-beside-its-cell", "Giá trị nằm lệch sang ô bên.", _beside, warning("value-beside", f"{C}!B7", "reference_number"), says=("C7",)),
    form("task-row-left-blank", "Nhiệm vụ chỉ có số điền sẵn.", _only_filled_in, warning("progress-missing", P, "task_id"), counts={"task_progress": (2, 1, 0, 1)}),
]  # fmt: skip

CASES = [*_SHEETS, *_HEADERS, *_ROWS]
