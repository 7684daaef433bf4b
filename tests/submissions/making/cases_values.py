"""Cases about what stands in a cell: contract §3, the table «in the file / wanted», rows 1 to 6, 8 and 9."""

from __future__ import annotations

import unicodedata
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
    PROGRESS as P,
)
from fixture_forms import (
    SCIENCE as S,
)
from fixture_forms import (
    UNIT_NAME,
    Case,
    Form,
    Formula,
    Found,
    Percent,
    bent,
    error,
    note,
    warning,
    with_cells,
)
from fixture_forms import (
    WORKFORCE as W,
)

TWO_ONE_REFUSED, ONE_REFUSED = (2, 1, 1, 0), (1, 0, 1, 0)
_REFUSED = {
    A: {"activities": TWO_ONE_REFUSED},
    S: {"science_tasks": TWO_ONE_REFUSED},
    P: {"task_progress": TWO_ONE_REFUSED},
    W: {"workforce": ONE_REFUSED},
    B: {"budget": ONE_REFUSED},
    C: {"cover": ONE_REFUSED},
}


def fine(name: str, why: str, cells: dict[str, Any], values: dict[str, Any], *more: Found, **rest: Any) -> Case:
    """Cells that are read as `values`, with at most warnings and notes."""
    return Case(name, why, with_cells(cells, **rest.pop("options", {})), more, values=values, **rest)


def wrong(  # noqa: PLR0917 - one line for each case
    name: str, why: str, place: str, field: str, value: Any, code: str, *says: str, **rest: Any
) -> Case:
    """One cell with an error, which refuses its row and nothing else."""
    sheet = place.partition("!")[0]
    return Case(name, why, with_cells({place: value}), (error(code, place, field),), _REFUSED[sheet], says=says, **rest)


def _decomposed(form: Form) -> None:
    for sheet in form.values():
        sheet.cells = {
            place: unicodedata.normalize("NFD", value) if isinstance(value, str) else value
            for place, value in sheet.cells.items()
        }


def _spaced(form: Form) -> None:
    for sheet in form.values():
        for place, value in sheet.cells.items():
            if isinstance(value, str):
                sheet.cells[place] = f"\u00a0 {value.replace(' ', chr(0xA0) + ' ')} \t "


def _invisible(form: Form) -> None:
    for sheet in form.values():
        for place, value in sheet.cells.items():
            if isinstance(value, str) and value:
                sheet.cells[place] = f"\ufeff{value[0]}\u200b{value[1:]}\u200d\u200e"


_CLEAN = {
    f"{A}!5!name": "Hội nghị phổ biến Kế hoạch",
    f"{A}!5!activity_type": "hoi_nghi",
    f"{A}!6!channel": "mang_xa_hoi",
    f"{P}!6!status": "hoan_thanh",
    f"{B}!5!funding_source": "nsnn_thuong_xuyen",
}

_CLEANED = [
    Case("nothing-wrong", "Biểu điền đúng: không có phát hiện nào.", bent(), values=_CLEAN | {f"{A}!5!started_on": date(2026, 8, 18)}),
    Case("nfd-text", "Chữ tổ hợp (NFD), kể cả tên trang và nhãn.", bent(_decomposed), values=_CLEAN),
    Case("no-break-and-doubled-spaces", "Dấu cách không ngắt, dấu cách kép, dấu cách thừa hai đầu.", bent(_spaced), values=_CLEAN),
    Case("zero-width-characters", "Ký tự không nhìn thấy ở giữa và cuối chữ.", bent(_invisible), values=_CLEAN),
    fine(
        "smart-quotes-and-dashes",
        "Dấu ngoặc kép cong và gạch ngang dài do trình soạn thảo tự đổi.",
        {f"{A}!B5": "Hội nghị “Khoa học – công nghệ”", f"{B}!B5": "Ngân sách nhà nước – chi thường xuyên"},
        {f"{B}!5!funding_source": "nsnn_thuong_xuyen", f"{A}!5!name": 'Hội nghị "Khoa học – công nghệ"'},
    ),
    fine("unit-in-capitals", "Tên đơn vị viết hoa toàn bộ.", {f"{C}!B5": UNIT_NAME.upper()}, {f"{C}!5!unit_id": "vien-vafs"}),
    fine("unit-by-short-name", "Tên viết tắt đã biết của đơn vị.", {f"{C}!B5": "vafs"}, {f"{C}!5!unit_id": "vien-vafs"}),
    fine(
        "unit-with-ampersand",
        "«&» thay cho «và» trong tên đơn vị.",
        {f"{C}!B5": "CỤC LÂM NGHIỆP & KIỂM LÂM"},
        {f"{C}!5!unit_id": "cuc-lnkl"},
        unit_id="cuc-lnkl",
    ),
    fine(
        "unit-under-its-former-name",
        "Đơn vị đã sáp nhập ghi tên cũ: dẫn về đơn vị kế thừa.",
        {f"{C}!B5": "Viện Nghiên cứu Hải sản"},
        {f"{C}!5!unit_id": "vien-ts"},
        unit_id="vien-ts",
    ),
    fine(
        "tone-on-the-other-vowel",
        "«Toạ đàm», «hoà» và «thuỷ» bỏ dấu kiểu mới.",
        {f"{A}!C5": "TOẠ ĐÀM", f"{S}!G6": "KHÔNG", f"{P}!B6": "hòan thành".replace("òa", "oà")},
        {f"{A}!5!activity_type": "toa_dam", f"{P}!6!status": "hoan_thanh"},
    ),
    fine(
        "known-aliases",
        "Cách gọi khác đã biết của loại, kênh, nguồn và tình trạng.",
        {f"{A}!C5": "Lớp tập huấn", f"{A}!D6": "Facebook", f"{B}!B5": "NSNN", f"{P}!B5": "đang triển khai", f"{P}!B6": "Đã xong"},
        {
            f"{A}!5!activity_type": "tap_huan",
            f"{A}!6!channel": "mang_xa_hoi",
            f"{B}!5!funding_source": "nsnn_thuong_xuyen",
            f"{P}!5!status": "dang_thuc_hien",
            f"{P}!6!status": "hoan_thanh",
        },
    ),
    fine("type-with-ampersand", "«Tin & bài».", {f"{A}!C5": "Tin & bài"}, {f"{A}!5!activity_type": "tin_bai"}),
    fine(
        "codes-instead-of-labels",
        "Ghi mã thay cho nhãn; mã đơn vị thay cho tên.",
        {f"{A}!C5": "hoi_nghi", f"{P}!B6": "hoan_thanh", f"{C}!B5": "vien-vafs"},
        {f"{A}!5!activity_type": "hoi_nghi", f"{P}!6!status": "hoan_thanh", f"{C}!5!unit_id": "vien-vafs"},
    ),
    fine(
        "period-in-words",
        "Kỳ báo cáo viết bằng lời.",
        {f"{C}!B6": "6 tháng cuối năm 2026"},
        {f"{C}!5!period": "2026-H2"},
    ),
    fine(
        "text-that-looks-like-a-formula",
        "Chữ bắt đầu bằng dấu «=» vẫn là chữ.",
        {f"{A}!B5": "=1+1", f"{A}!L5": "@SUM(A1)"},
        {f"{A}!5!name": "=1+1", f"{A}!5!note": "@SUM(A1)"},
    ),
    fine(
        "markup-in-text",
        "Chữ có thẻ HTML vẫn là chữ.",
        {f"{A}!B5": "<script>alert(1)</script> hội nghị & tập huấn"},
        {f"{A}!5!name": "<script>alert(1)</script> hội nghị & tập huấn"},
    ),
]  # fmt: skip

_NUMBERS_READ = [
    fine(
        "whole-numbers-as-text",
        "«1.234.567», «1 234 567» (dấu cách thường và không ngắt) và số dạng chữ.",
        {f"{A}!H5": "1.234.567", f"{A}!H6": "1 234 567", f"{A}!G5": "3", f"{A}!I5": "15\u00a0000\u00a0000"},
        {f"{A}!5!reach": 1234567, f"{A}!6!reach": 1234567, f"{A}!5!quantity": 3, f"{A}!5!cost_vnd": 15000000},
    ),
    fine("decimal-comma", "«85,5» trong ô tỷ lệ.", {f"{P}!C5": "85,5"}, {f"{P}!5!percent_complete": 85.5}),
    fine("percent-sign-in-text", "«85%» và «62,5 %».", {f"{P}!C5": "62,5 %"}, {f"{P}!5!percent_complete": 62.5}),
    fine(
        "percent-as-fraction-in-percent-cell",
        "0,85 trong ô định dạng phần trăm là 85%.",
        {f"{P}!C5": Percent(0.85), f"{P}!C6": Percent(1)},
        {f"{P}!5!percent_complete": 85.0, f"{P}!6!percent_complete": 100.0},
    ),
    fine(
        "percent-as-fraction-without-sign",
        "0,85 không có dấu %: đọc như đã ghi và hỏi lại.",
        {f"{P}!C5": 0.85},
        {f"{P}!5!percent_complete": 0.85},
        warning("percent-small", f"{P}!C5", "percent_complete"),
        says=("85",),
    ),
    fine(
        "cost-no-unit-could-have",
        "Kinh phí 999.999 tỷ đồng cho một hoạt động: đọc như đã ghi và hỏi lại.",
        {f"{A}!I5": 999_999_999_999_999},
        {f"{A}!5!cost_vnd": 999_999_999_999_999},
        warning("number-implausible", f"{A}!I5", "cost_vnd"),
        says=("999.999.999.999.999", "1.000.000,0 tỷ", "100.000.000.000"),
    ),
    fine(
        "decimal-point-in-percent",
        "«85.5»: chỉ có một cách hiểu, đọc và ghi chú.",
        {f"{P}!C5": "85.5"},
        {f"{P}!5!percent_complete": 85.5},
        note("number-point", f"{P}!C5", "percent_complete"),
        says=("85,5",),
    ),
    fine("money-with-currency", "Tiền kèm «đồng».", {f"{A}!I5": "15.000.000 đồng"}, {f"{A}!5!cost_vnd": 15000000}),
    fine(
        "dash-and-blank-are-missing",
        "«-» hoặc để trống là không có số liệu, không phải số 0.",
        {f"{A}!H5": "-", f"{A}!I5": None, f"{A}!F5": "–"},
        {f"{A}!5!reach": None, f"{A}!5!cost_vnd": None, f"{A}!5!ended_on": None},
    ),
    fine(
        "zero-and-khong-are-zero",
        "«0» và «Không» là số 0, không phải trống.",
        {f"{A}!H5": "Không", f"{A}!I5": "0", f"{C}!B13": "Không", f"{W}!B8": 0},
        {f"{A}!5!reach": 0, f"{A}!5!cost_vnd": 0, f"{C}!5!secret_task_count": 0, f"{W}!5!comms_staff_trained": 0},
    ),
    fine(
        "formula-with-cached-value",
        "Công thức có kết quả lưu trong tệp.",
        {f"{A}!G5": Formula("=1+2", 3), f"{A}!B5": Formula('="Hội "&"nghị"', "Hội nghị")},
        {f"{A}!5!quantity": 3, f"{A}!5!name": "Hội nghị"},
    ),
    fine("year-in-words", "«năm 2026».", {f"{S}!E6": "năm 2026", f"{S}!F6": "2028"}, {f"{S}!6!start_year": 2026, f"{S}!6!end_year": 2028}),
    fine(
        "yes-and-no-spellings",
        "«x», TRUE, «chưa».",
        {f"{S}!D5": True, f"{S}!D6": "x", f"{S}!G6": "Chưa"},
        {f"{S}!5!state_funded": True, f"{S}!6!state_funded": True, f"{S}!6!communicated": False},
    ),
    fine(
        "task-number-in-words",
        "«NV1», «Nhiệm vụ số 6», số kèm tên nhiệm vụ.",
        {f"{A}!A5": "NV1", f"{A}!A6": "Nhiệm vụ số 6", f"{B}!A5": "1. Tổ chức thông tin, tuyên truyền phổ biến"},
        {f"{A}!5!task_id": 1, f"{A}!6!task_id": 6, f"{B}!5!task_id": 1},
    ),
]  # fmt: skip

_NUMBERS_REFUSED = [
    wrong("number-with-comma-in-whole-field", "«1,234» là 1.234 hay 1,234?", f"{A}!H5", "reach", "1,234", "number-two-readings", "1.234 (1 nghìn 234) hoặc 1,234 (1 phẩy 234)"),
    wrong("number-with-point-in-decimal-field", "«1.500» là 1.500 hay 1,5?", f"{P}!C5", "percent_complete", "1.500", "number-two-readings", "1.500", "1,500"),
    wrong("approximate-number", "«khoảng 20».", f"{A}!H5", "reach", "khoảng 20", "number-approximate", "20"),
    wrong("at-least-number", "«trên 500 người».", f"{A}!H5", "reach", "trên 500 người", "number-approximate", "500"),
    wrong("number-with-words", "«12 tin».", f"{A}!G5", "quantity", "12 tin", "number-with-words", "12"),
    wrong("number-in-english-style", "«1,234,567».", f"{A}!H5", "reach", "1,234,567", "number-english", "1.234.567"),
    wrong("money-in-millions", "«15 triệu».", f"{A}!I5", "cost_vnd", "15 triệu", "number-scaled", "15.000.000"),
    wrong("number-not-whole", "12,5 cuộc.", f"{A}!G5", "quantity", 12.5, "number-not-whole", "12,5"),
    wrong("number-turned-into-date", "Excel đổi «1-2» thành ngày.", f"{A}!G5", "quantity", date(2026, 2, 1), "number-is-date", "01/02/2026"),
    wrong("number-shown-as-percent", "Ô số lượng định dạng phần trăm.", f"{A}!G5", "quantity", Percent(0.2), "number-is-percent", "20%"),
    wrong("number-in-words-alone", "«nhiều».", f"{A}!H5", "reach", "nhiều", "number-unreadable", "nhiều"),
    wrong("number-too-big", "Số dài hơn mọi số có thể.", f"{B}!C5", "planned_vnd", 3e18, "number-too-big"),
    wrong("truth-value-as-number", "TRUE trong ô số.", f"{A}!G5", "quantity", True, "number-unreadable"),
    wrong("percent-above-hundred", "120%.", f"{P}!C5", "percent_complete", 120, "above-maximum", "100"),
    wrong("negative-number", "Số người âm.", f"{A}!H5", "reach", -5, "below-minimum", "0"),
    wrong("quantity-zero", "Số lượng phải từ 1.", f"{A}!G5", "quantity", 0, "below-minimum", "1"),
    wrong("year-out-of-range", "Năm 1926.", f"{S}!E6", "start_year", 1926, "below-minimum", "2000"),
    wrong("year-in-letters", "Năm viết bằng chữ.", f"{S}!E6", "start_year", "hai nghìn", "year-unreadable"),
    wrong("yes-no-unclear", "«đang làm» không phải Có hay Không.", f"{S}!G6", "communicated", "đang làm", "yes-no-unclear", "«Có»"),
    wrong("error-value-ref", "#REF!.", f"{W}!B6", "staff_reached", Formula("=#REF!", "#REF!"), "cell-error", "#REF!"),
    wrong("error-value-div-zero", "#DIV/0! trong ô không bắt buộc.", f"{A}!I5", "cost_vnd", Formula("=1/0", "#DIV/0!"), "cell-error", "#DIV/0!"),
    wrong("error-value-typed-as-text", "Chép giá trị «#N/A» thành chữ vào ô số.", f"{A}!H5", "reach", "#N/A", "number-unreadable", "#N/A"),
    wrong("formula-without-cached-value", "Công thức chưa tính.", f"{W}!B5", "staff_total", Formula("=SUM(D1:D9)"), "formula-without-value"),
    wrong("formula-without-cached-value-in-optional-field", "Công thức chưa tính ở ô không bắt buộc không phải ô trống.", f"{A}!H5", "reach", Formula("=H6*2"), "formula-without-value"),
]  # fmt: skip

_DATES = [
    fine(
        "dates-as-text",
        "«18/8/2026», «18-08-2026», «2026-08-18», «ngày 18 tháng 8 năm 2026».",
        {f"{A}!E5": "18/8/2026", f"{A}!F5": "18-08-2026", f"{A}!E6": "2026-08-18", f"{S}!H5": "ngày 18 tháng 8 năm 2026"},
        {
            f"{A}!5!started_on": date(2026, 8, 18),
            f"{A}!5!ended_on": date(2026, 8, 18),
            f"{A}!6!started_on": date(2026, 8, 18),
            f"{S}!5!communicated_on": date(2026, 8, 18),
        },
    ),
    fine(
        "dates-read-day-first",
        "«05/08/2026» là ngày 5 tháng 8.",
        {f"{A}!E5": "05/08/2026", f"{A}!F5": None},
        {f"{A}!5!started_on": date(2026, 8, 5)},
    ),
    fine(
        "dates-counted-from-1904",
        "Sổ tính đếm ngày từ 1904 (Excel trên máy Mac cũ).",
        {},
        {f"{A}!5!started_on": date(2026, 8, 18), f"{S}!5!communicated_on": date(2026, 7, 1)},
        options={"date_1904": True},
    ),
    wrong("date-month-first", "«08/18/2026» viết tháng trước.", f"{A}!E6", "started_on", "08/18/2026", "date-month-first", "18/8/2026"),
    wrong("date-not-in-calendar", "«31/9/2026».", f"{A}!E6", "started_on", "31/9/2026", "date-impossible", "31/9/2026"),
    wrong("date-with-two-digit-year", "«18/8/26».", f"{A}!E6", "started_on", "18/8/26", "date-short-year", "18/8/2026"),
    wrong("date-without-day", "«8/2026».", f"{A}!E6", "started_on", "8/2026", "date-partial"),
    wrong("date-as-quarter", "«Quý III/2026».", f"{A}!E6", "started_on", "Quý III/2026", "date-partial"),
    wrong("date-in-vague-words", "«đầu tháng tám».", f"{A}!E6", "started_on", "đầu tháng tám", "date-unreadable"),
    wrong("date-that-lost-its-format", "46252 là ngày 18/8/2026 mất định dạng.", f"{A}!E6", "started_on", 46252, "date-serial", "18/8/2026"),
    wrong("date-in-another-century", "Năm 1926.", f"{A}!E6", "started_on", "18/8/1926", "date-implausible", "2000"),
]  # fmt: skip

_NAMES_REFUSED = [
    wrong("activity-type-unknown", "Loại hoạt động ngoài danh sách.", f"{A}!C5", "activity_type", "Hội chợ triển lãm", "code-unknown", "«Hội nghị»"),
    wrong("activity-type-misspelt", "«Tập huân»: gợi ý, không tự sửa.", f"{A}!C5", "activity_type", "Tập huân", "code-unknown", "Có phải là «Tập huấn»?"),
    wrong("status-unknown", "«Tạm dừng» không có trong danh sách.", f"{P}!B5", "status", "Tạm dừng", "code-unknown", "«Chưa thực hiện»"),
    wrong("task-number-outside-plan", "Nhiệm vụ 12.", f"{B}!A5", "task_id", 12, "task-unknown", "10"),
    wrong("task-number-with-another-title", "Số 4 kèm tên của nhiệm vụ 7.", f"{A}!A5", "task_id", "4. Đào tạo, bồi dưỡng, nâng cao kỹ năng truyền thông", "task-conflict", "4"),
    wrong("unit-unknown", "Đơn vị không có trong danh mục.", f"{C}!B5", "unit_id", "Ban Quản lý rừng giả lập", "unit-unknown", unit_id=None),
    wrong("near-unit-name", "Gõ sai một dấu: gợi ý, không tự nhận.", f"{C}!B5", "unit_id", "Viện Khoa học Lâm nghiệp Viêt Nam", "unit-unknown", f"«{UNIT_NAME}»", unit_id=None),
    wrong("ambiguous-unit-name", "«Cục QLĐĐ» là đất đai hay đê điều?", f"{C}!B5", "unit_id", "Cục QLĐĐ", "unit-ambiguous", "«Cục Quản lý đất đai»", "đê điều", unit_id=None),
    wrong("period-unknown", "«Quý III/2026» không phải kỳ của Kế hoạch.", f"{C}!B6", "period", "Quý III/2026", "period-unknown", "2026-H1", period=None),
    wrong("period-is-a-year", "Kỳ ghi cả năm.", f"{C}!B6", "period", 2026, "period-is-year", "«6 tháng đầu năm 2026»", "«6 tháng cuối năm 2026»", period=None),
    wrong("tcvn3-text", "Phông .VnTime, có «ư» là U+00AD.", f"{A}!B5", "name", "Ch­¬ng tr×nh t­ vÊn trùc tuyÕn", "legacy-font", "TCVN3", "«Chương trình tư vấn trực tuyến»", "Unicode"),
    wrong("tcvn3-status", "Tình trạng viết bằng phông cũ.", f"{P}!B6", "status", "Hoµn thµnh", "legacy-font", "TCVN3", "«Hoàn thành»"),
    wrong("vni-text", "Phông VNI-Times.", f"{A}!B5", "name", "Hoäi nghò phoå bieán Keá hoaïch", "legacy-font", "VNI", "«Hội nghị phổ biến Kế hoạch»"),
    wrong("required-value-missing", "Ô bắt buộc để trống.", f"{A}!B5", "name", None, "value-required", "Tên hoạt động"),
    wrong("required-value-is-a-dash", "Ô bắt buộc ghi «-».", f"{W}!B5", "staff_total", "-", "value-required", "Tổng số"),
    Case(
        "foreign-text-is-no-old-font",
        "Tên nước ngoài có dấu không phải phông cũ.",
        with_cells({f"{A}!B5": "Hội thảo tại café Müller, Lào", f"{A}!L5": "Résumé, 5 µm"}),
        values={f"{A}!5!note": "Résumé, 5 µm"},
    ),
    Case(
        "contact-data-is-not-shown",
        "Lỗi trong ô liên hệ: không hiện tên, số điện thoại ở đâu cả.",
        with_cells({f"{C}!B10": "Bé phËn ®Çu mèi gi¶ lËp", f"{C}!B11": "00-000-giả-lập"}),
        (error("legacy-font", f"{C}!B10", "contact_name"),),
        {"cover": ONE_REFUSED},
        secret=("gi¶ lËp", "đầu mối giả lập", "00-000"),
    ),
]  # fmt: skip

CASES = [*_CLEANED, *_NUMBERS_READ, *_NUMBERS_REFUSED, *_DATES, *_NAMES_REFUSED]
