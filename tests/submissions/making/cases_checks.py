"""Cases about what does not fit together in one workbook (contract §3), and about state secrets."""

from __future__ import annotations

import unicodedata
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
    ISSUES as I,
)
from fixture_forms import (
    NONE,
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
)
from fixture_forms import (
    PROGRESS as P,
)
from fixture_forms import (
    SCIENCE as S,
)
from fixture_forms import (
    WORKFORCE as W,
)

TWO_ONE_REFUSED, ONE_REFUSED = (2, 1, 1, 0), (1, 0, 1, 0)


def odd(name: str, why: str, cells: dict[str, Any], *found: Found, **rest: Any) -> Case:
    """Cells that do not fit to others."""
    return Case(name, why, with_cells(cells), found, **rest)


def _row(sheet: str, *values: Any, row: int = 7) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        form[sheet].put(row, values)

    return bend


def _copy_row(form: Form) -> None:
    form[A].put(7, [form[A].cells.get(f"{letter}6") for letter in "ABCDEFGHIJKL"])


def _one_task_only(form: Form) -> None:
    form[P].clear(6)


def _nothing_but_people(reached: int, trained: int) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        for sheet in (A, S, P, B, I):
            form[sheet].clear(5)
            form[sheet].clear(6)
        form[W].cells |= {"B6": reached, "B8": trained}

    return bend


def _made_for(**keys: str) -> Callable[[Form], None]:
    return lambda form: add_map(form, **keys)


_WINDOW = [
    odd("activity-before-window", "Ngày 14/6/2026 thuộc kỳ trước.", {f"{A}!E6": date(2026, 6, 14)}, warning("activity-outside-window", f"{A}!E6", "started_on"), says=("14/6/2026", "15/6/2026", "14/12/2026", "chỉ tính vào số liệu cả năm")),
    odd("activity-after-window", "Ngày 15/12/2026 thuộc kỳ sau.", {f"{A}!E6": date(2026, 12, 15)}, warning("activity-outside-window", f"{A}!E6", "started_on")),
    odd("activities-on-first-and-last-day", "Ngày đầu và ngày cuối thuộc kỳ.", {f"{A}!E5": date(2026, 6, 15), f"{A}!F5": None, f"{A}!E6": date(2026, 12, 14)}),
    odd("end-before-start", "Kết thúc trước khi bắt đầu.", {f"{A}!F5": date(2026, 8, 17)}, error("before-other", f"{A}!F5", "ended_on"), counts={"activities": TWO_ONE_REFUSED}, says=("«Ngày bắt đầu", "18/8/2026")),
    odd("end-year-before-start-year", "Năm kết thúc trước năm bắt đầu.", {f"{S}!F6": 2025}, error("before-other", f"{S}!F6", "end_year"), counts={"science_tasks": TWO_ONE_REFUSED}, says=("2026",)),
]  # fmt: skip

_SCIENCE = [
    odd("communicated-without-evidence", "Đã truyền thông nhưng không có minh chứng.", {f"{S}!J5": None}, warning("communicated-without-evidence", f"{S}!J5", "evidence_url")),
    odd("communicated-without-date", "Đã truyền thông nhưng không có ngày.", {f"{S}!H5": None}, error("required-if", f"{S}!H5", "communicated_on"), counts={"science_tasks": TWO_ONE_REFUSED}, says=("«Đã được truyền thông»", "«Ngày truyền thông đầu tiên»")),
    odd("not-communicated-but-dated", "Có ngày nhưng ghi «Không».", {f"{S}!H6": date(2026, 9, 1)}, warning("communicated-contradiction", f"{S}!H6", "communicated_on")),
    odd("communicated-after-window", "Ngày truyền thông sau kỳ số liệu.", {f"{S}!H5": date(2026, 12, 20)}, warning("communicated-after-window", f"{S}!H5", "communicated_on"), says=("20/12/2026", "14/12/2026")),
    odd("communicated-before-window", "Truyền thông từ kỳ trước vẫn tính.", {f"{S}!H5": date(2025, 12, 1)}, values={f"{S}!5!communicated_on": date(2025, 12, 1)}),
    Case("science-code-twice", "Một mã số ở hai dòng.", bent(_row(S, "GL-2026-01", "Tên khác", "Cấp bộ", "Có", 2026, 2027, "Không")), (error("row-repeated", f"{S}!A7", "code"),), {"science_tasks": (3, 2, 1, 0)}, says=("5",)),
]  # fmt: skip

_TOTALS = [
    odd("reached-above-total", "Số người tiếp cận lớn hơn tổng số.", {f"{W}!B6": 90}, error("above-other", f"{W}!B6", "staff_reached"), counts={"workforce": ONE_REFUSED}, says=("«Tổng số cán bộ", "80")),
    odd("trained-above-total", "Số được đào tạo lớn hơn số chuyên trách.", {f"{W}!B8": 5}, error("above-other", f"{W}!B8", "comms_staff_trained"), counts={"workforce": ONE_REFUSED}),
    odd("disbursed-above-allocated", "Giải ngân lớn hơn số được giao.", {f"{B}!E5": 20_000_001}, error("above-other", f"{B}!E5", "disbursed_vnd"), counts={"budget": ONE_REFUSED}, says=("«Được giao (đồng)",)),
    odd("allocated-above-planned", "Được giao nhiều hơn dự toán: không phải lỗi.", {f"{B}!D5": 40_000_000}, values={f"{B}!5!allocated_vnd": 40_000_000}),
    odd("everybody-reached", "Bằng tổng số là được.", {f"{W}!B6": 80, f"{W}!B8": 4}, values={f"{W}!5!staff_reached": 80}),
]  # fmt: skip

_PROGRESS = [
    Case("task-not-led", "Nhiệm vụ 9 không do Viện chủ trì.", bent(_row(P, 9, "Đang thực hiện", 10)), (warning("task-not-led", f"{P}!A7", "task_id"),), {"task_progress": (3, 3, 0, 0)}, says=("Nhiệm vụ 9",)),
    odd("activity-under-a-task-of-others", "Nhiệm vụ 9 đơn vị không chủ trì, không phối hợp.", {f"{A}!A5": 9}, warning("task-no-role", f"{A}!A5", "task_id"), says=("không chủ trì và không phối hợp",)),
    odd("done-without-any-product", "Báo hoàn thành mà không có hoạt động, không ghi sản phẩm.", {f"{A}!A6": 1, f"{P}!D6": None}, warning("done-without-product", f"{P}!D6", "products_delivered"), says=("Hội thảo khoa học",)),
    Case("continuous-task-that-did-not-arise", "Nhiệm vụ thường xuyên ghi «Không phát sinh».", bent(_row(P, 2, "Không phát sinh", None, None, None, "Không có việc")), (warning("task-not-led", f"{P}!A7", "task_id"), warning("not-arisen-continuous", f"{P}!B7", "status")), {"task_progress": (3, 3, 0, 0)}, says=("thường xuyên",)),
    odd("measure-of-no-plan", "Ghi một giải pháp không có trong Kế hoạch.", {f"{A}!M4": "Giải pháp (mục III)", f"{A}!M5": "III.9.9-99"}, error("measure-unknown", f"{A}!M5", "measure_id"), note("columns-moved", A), counts={"activities": (2, 1, 1, 0)}, says=("III.9.9-99",)),
    odd("measure-for-others", "Giải pháp giao cho đơn vị khác.", {f"{A}!M4": "Giải pháp (mục III)", f"{A}!M5": "III.1.2-01"}, warning("measure-not-addressed", f"{A}!M5", "measure_id"), note("columns-moved", A), says=("III.1.2-01",)),
    Case("led-task-not-reported", "Thiếu dòng của nhiệm vụ 6.", bent(_one_task_only), (warning("progress-missing", P, "task_id"),), {"task_progress": (1, 1, 0, 0)}, says=("nhiệm vụ 6",)),
    odd("done-at-sixty-percent", "Hoàn thành nhưng 60%.", {f"{P}!C6": 60}, warning("done-below-hundred", f"{P}!C6", "percent_complete"), says=("60%",)),
    odd("done-without-date", "Hoàn thành nhưng không có ngày.", {f"{P}!E6": None}, warning("done-without-date", f"{P}!E6", "completed_on")),
    odd("not-done-but-dated", "Chưa hoàn thành nhưng có ngày hoàn thành.", {f"{P}!E5": date(2026, 11, 1)}, warning("not-done-with-date", f"{P}!E5", "completed_on")),
    odd("not-done-at-hundred-percent", "100% nhưng chưa hoàn thành.", {f"{P}!C5": 100}, warning("not-done-at-hundred", f"{P}!C5", "percent_complete")),
    odd("explanation-missing", "Chưa thực hiện mà không giải trình.", {f"{P}!B5": "Chưa thực hiện", f"{P}!C5": 0}, error("explanation-required", f"{P}!F5", "explanation"), counts={"task_progress": TWO_ONE_REFUSED}, says=("«Chưa thực hiện»",)),
    odd("explanation-given", "Chưa thực hiện, có giải trình.", {f"{P}!B5": "Chưa triển khai", f"{P}!C5": 0, f"{P}!F5": "Chờ phân bổ kinh phí"}, values={f"{P}!5!status": "chua_thuc_hien"}),
    odd("nothing-arose-without-explanation", "«Không phát sinh» cũng phải giải trình.", {f"{P}!B5": "Không phát sinh", f"{P}!C5": None}, error("explanation-required", f"{P}!F5", "explanation"), counts={"task_progress": TWO_ONE_REFUSED}),
    odd("said-to-be-late-without-explanation", "Đơn vị tự ghi «Chậm tiến độ» mà không giải trình.", {f"{P}!B5": "Chậm tiến độ"}, error("explanation-required", f"{P}!F5", "explanation"), counts={"task_progress": TWO_ONE_REFUSED}, says=("«Chậm tiến độ»",)),
    odd("said-to-be-late-and-explained", "Đơn vị tự ghi «trễ hạn», có giải trình.", {f"{P}!B5": "TRỄ HẠN", f"{P}!F5": "Chờ phân bổ kinh phí"}, note("said-to-be-late", f"{P}!B5", "status"), values={f"{P}!5!status": "dang_thuc_hien"}, says=("«TRỄ HẠN»", "«Đang thực hiện»")),
    odd("done-in-another-year", "Nhiệm vụ hằng năm ghi ngày của năm trước.", {f"{P}!E6": date(2025, 12, 14)}, warning("completed-before-year", f"{P}!E6", "completed_on"), says=("14/12/2025", "15/12/2025")),
    odd("done-on-the-first-day-of-the-year", "Ngày đầu của kỳ số liệu năm.", {f"{P}!E6": date(2025, 12, 15)}),
    odd("done-after-the-deadline", "Ngày hoàn thành sau hạn gửi báo cáo.", {f"{C}!B8": None, f"{P}!E6": date(2026, 12, 20)}, warning("completed-in-future", f"{P}!E6", "completed_on"), says=("20/12/2026", "thời hạn gửi báo cáo (19/12/2026)")),
    odd("done-late-and-reported-since", "Hoàn thành sau kỳ số liệu, trước ngày ký báo cáo.", {f"{C}!B8": date(2026, 12, 18), f"{P}!E6": date(2026, 12, 16)}),
    odd("done-after-the-report-was-signed", "Ngày hoàn thành sau ngày ký báo cáo.", {f"{C}!B8": date(2026, 12, 1), f"{P}!E6": date(2026, 12, 2)}, warning("completed-in-future", f"{P}!E6", "completed_on"), says=("ngày ký báo cáo (01/12/2026)",)),
    Case("report-with-nothing-in-it", "Chỉ có thông tin chung và tổng số người.", bent(_nothing_but_people(0, 0)), (warning("progress-missing", P, "task_id"), warning("report-empty")), dict.fromkeys(("activities", "science_tasks", "task_progress", "budget", "issues"), (0, 0, 0, 0))),
    Case("report-of-people-alone", "Chỉ có số người đã tiếp cận: báo cáo có nội dung.", bent(_nothing_but_people(12, 0)), (warning("progress-missing", P, "task_id"),), dict.fromkeys(("activities", "science_tasks", "task_progress", "budget", "issues"), (0, 0, 0, 0))),
    Case("task-reported-twice", "Hai dòng của nhiệm vụ 6.", bent(_row(P, 6, "Hoàn thành", 100, None, date(2026, 10, 1))), (error("row-repeated", f"{P}!A7", "task_id"),), {"task_progress": (3, 2, 1, 0)}, says=("dòng 6",)),
    Case("identical-rows", "Hai hoạt động giống hệt nhau: hỏi lại, không xóa.", bent(_copy_row), (warning("rows-identical", f"{A}!A7", "task_id"),), {"activities": (3, 3, 0, 0)}, says=("dòng 6",)),
]  # fmt: skip

_FOR_ANOTHER = [
    Case("wrong-unit", "Tệp của đơn vị khác.", bent(), (error("unit-mismatch", f"{C}!B5", "unit_id"),), {"cover": ONE_REFUSED}, asked={"unit_id": "vu-tccb"}, says=("«Vụ Tổ chức cán bộ»",)),
    Case("wrong-period", "Tệp của kỳ khác.", bent(), (error("period-mismatch", f"{C}!B6", "period"),), {"cover": ONE_REFUSED}, asked={"period": "2027-H1"}, says=("khác kỳ cần nhận là 6 tháng đầu năm 2027",)),
    Case("form-of-another-unit", "Biểu mẫu phát cho đơn vị khác.", bent(_made_for(unit_id="vu-tccb")), (warning("map-mismatch", f"{C}!B5", "unit_id"),), says=("Vụ Tổ chức cán bộ",)),
    Case("form-of-another-period", "Biểu mẫu của kỳ khác.", bent(_made_for(period="2026-H1")), (warning("map-mismatch", f"{C}!B6", "period"),), says=("6 tháng đầu năm 2026",)),
]  # fmt: skip


# --------------------------------------------------------------------------------------- secrets

#: What the synthetic secrets speak of: it may not come back anywhere.
HIDDEN_WORDS = ("Đề tài giả lập X", "X-001")


def secret(name: str, why: str, bend: Callable[[Form], None], place: str = S, **rest: Any) -> Case:
    """A workbook that is refused as a whole; nothing but the sheet is told."""
    return Case(name, why, bent(bend), (error("secret", place),), NONE, unit_id=None, period=None, secret=HIDDEN_WORDS, **rest)  # fmt: skip


def _named(text: str, place: str = f"{S}!B5") -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        form[S].cells |= {"A5": "X-001", "B5": "Đề tài giả lập X"}
        sheet, _, cell = place.partition("!")
        form[sheet].cells[cell] = text

    return bend


def _own_column(heading: str, first: Any, second: Any) -> Callable[[Form], None]:
    def bend(form: Form) -> None:
        form[S].cells |= {"A5": "X-001", "B5": "Đề tài giả lập X", "K4": heading, "K5": first, "K6": second}

    return bend


def _comment(form: Form) -> None:
    form[S].cells |= {"A5": "X-001", "B5": "Đề tài giả lập X"}
    form[S].comments["B5"] = "Tài liệu (Mật)"


def _bare_comment(form: Form) -> None:
    form[S].cells |= {"A5": "X-001", "B5": "Đề tài giả lập X"}
    form[S].comments["A5"] = "MẬT"


def _hidden_sheet(form: Form) -> None:
    form["Phụ lục riêng"] = Sheet("Phụ lục riêng", {"A1": "Đề tài giả lập X", "B1": "Tối mật"}, hidden=True)


def _sheet_name(form: Form) -> None:
    form["Tối mật"] = Sheet("Tối mật", {"A1": "Đề tài giả lập X"})


def _page_header(form: Form) -> None:
    form[S].cells |= {"A5": "X-001", "B5": "Đề tài giả lập X"}
    form[S].page_header = "&CMẬT"


def _hidden_row(form: Form) -> None:
    _named("Đề tài giả lập X - độ mật: Tuyệt mật")(form)
    form[S].hidden_rows.append(5)


_SECRET = [
    secret("secret-marked-in-own-column", "Cột «Độ mật» của đơn vị ghi «Mật».", _own_column("Độ mật", "Mật", None)),
    secret("secret-ticked-in-own-column", "Cột «Thuộc danh mục bí mật nhà nước» đánh dấu «x».", _own_column("Thuộc danh mục bí mật nhà nước", None, "x")),
    secret("secret-in-words-tuyet-mat", "Tên nhiệm vụ ghi «Tuyệt mật».", _named("Đề tài giả lập X - Tuyệt mật")),
    secret("secret-in-words-toi-mat", "Tên nhiệm vụ ghi «TỐI MẬT».", _named("TỐI MẬT: Đề tài giả lập X")),
    secret("secret-in-parentheses", "Tên nhiệm vụ kèm «(Mật)».", _named("Đề tài giả lập X (Mật)")),
    secret("secret-with-degree", "«độ mật: Mật».", _named("Đề tài giả lập X, độ mật: Mật")),
    secret("secret-in-an-activity", "Hoạt động nói về đề tài thuộc bí mật nhà nước.", _named("Hội thảo Đề tài giả lập X thuộc danh mục bí mật nhà nước", f"{A}!B5"), A),
    secret("secret-in-an-issue", "Khó khăn nêu đề tài «(Mật)».", _named("Đề tài giả lập X (Mật) chậm vốn", f"{I}!B5"), I),
    secret("secret-in-a-comment", "Dấu mật nằm trong ghi chú của ô.", _comment, "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"),
    secret("secret-as-a-bare-comment", "Ghi chú của ô chỉ có chữ MẬT.", _bare_comment, "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"),
    secret("secret-on-a-hidden-sheet", "Dấu mật ở trang ẩn của đơn vị.", _hidden_sheet, "trang tính thứ 8"),
    secret("secret-in-a-sheet-name", "Tên trang là «Tối mật»: tên cũng không được nêu.", _sheet_name, "trang tính thứ 8"),
    secret("secret-in-a-page-header", "Đầu trang in chữ MẬT.", _page_header),
    secret("secret-in-a-hidden-row", "Dấu mật ở dòng ẩn.", _hidden_row),
    secret("secret-in-tcvn3", "«Tuyệt mật» viết bằng phông cũ.", _named("§Ò tµi tuyÖt mËt")),
    secret("secret-in-vni", "«Tuyệt mật» viết bằng VNI.", _named("Ñeà taøi tuyeät maät")),
    secret("secret-in-nfd-with-zero-width", "Chữ tổ hợp, có ký tự không nhìn thấy.", _named(unicodedata.normalize("NFD", "Đề tài giả lập X tuyệt m\u200bật"))),
    secret("secret-as-result-of-a-formula", "Kết quả công thức là «Tuyệt mật».", _named(Formula('="Tuyệt "&"mật"', "Tuyệt mật"))),
    secret("secret-without-marks", "«TUYET MAT» viết không dấu.", _named("DE TAI X - TUYET MAT")),
]  # fmt: skip

_NO_SECRET = [
    odd(
        "honey-is-no-secret",
        "Mật ong, mật độ, bảo mật, mật thiết, mật mía không phải bí mật nhà nước.",
        {
            f"{A}!B5": "Tập huấn nuôi ong lấy mật ong (mật ong rừng)",
            f"{A}!B6": "Video bảo mật dữ liệu, đặt mật khẩu",
            f"{S}!B5": "Mật độ trồng rừng keo lai",
            f"{S}!B6": "Phối hợp mật thiết chế biến mật mía, tối ưu mật độ",
            f"{I}!B5": "Vấn đề bảo mật và mật độ cán bộ",
        },
        values={f"{S}!5!name": "Mật độ trồng rừng keo lai"},
    ),
    Case("secrecy-column-that-says-no", "Cột «Độ mật» ghi «Không», «Thường».", bent(lambda form: form[S].cells.update({"K4": "Độ mật", "K5": "Không", "K6": "Thường"})), (note("column-extra", f"{S}!K4"),)),
    odd("said-to-be-no-secret", "«Không thuộc danh mục bí mật nhà nước».", {f"{A}!L5": "Không thuộc danh mục bí mật nhà nước"}, warning("secret-denied", f"{A}!L5")),
    odd("teaching-the-law-on-secrets", "Phổ biến Luật Bảo vệ bí mật nhà nước là hoạt động bình thường.", {f"{A}!B5": "Tập huấn Luật Bảo vệ bí mật nhà nước"}),
    odd("secrets-counted-only", "Chỉ ghi số lượng nhiệm vụ mật: đúng quy định.", {f"{C}!B13": 2}, values={f"{C}!5!secret_task_count": 2}),
]  # fmt: skip

CASES = [*_WINDOW, *_SCIENCE, *_TOTALS, *_PROGRESS, *_FOR_ANOTHER, *_SECRET, *_NO_SECRET]
