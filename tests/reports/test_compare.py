"""Two reports of a small store, as the person who signs the second reads what moved since the first, and by whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.plan import load_plan
from nq57kit.reports import collect_results, open_report
from nq57kit.reports.compare import compare_reports
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def send(kho: Path, unit: str, day: int, quantity: int, reached: int) -> None:
    """Send a half of a unit: one conference of `quantity`, `reached` of 40 people."""
    led = load_plan().tasks_led_by(unit)["task_id"].to_list()
    meeting = {
        "task_id": 1, "name": "Hội nghị [giả lập]", "activity_type": "hoi_nghi", "channel": "truc_tiep",
        "started_on": date(2026, 9, 1), "quantity": quantity,
    }  # fmt: skip
    people = {"staff_total": 40, "staff_reached": reached, "comms_staff_total": 4, "comms_staff_trained": 1}
    records = {
        "cover": [{"contact_name": f"Người giả lập {day}"}],
        "activities": [meeting],
        "workforce": [people],
        "task_progress": [{"task_id": task, "status": "dang_thuc_hien", "percent_complete": 50} for task in led],
    }
    path = write_workbook(
        kho.parent / f"{unit}-{day}.xlsx", unit_id=unit, period="2026-H2", records=records, notice="DỮ LIỆU GIẢ LẬP"
    )
    sent = datetime(2026, 12, day, 9, tzinfo=HANOI)
    assert ingest(path, Store.create(kho), sent_at=sent, now=sent).results[0].outcome == "accepted"


@pytest.fixture(scope="module")
def kho(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vụ TCCB corrects what it sent (3 → 5 conferences, 10 → 25 people); Vụ PC sends for the first time."""
    kho = tmp_path_factory.mktemp("so-sanh") / "kho"
    send(kho, "vu-tccb", 10, 3, 10)
    send(kho, "vu-tccb", 15, 5, 25)
    send(kho, "vu-pc", 16, 2, 35)
    return kho


@pytest.fixture(scope="module")
def write(kho: Path) -> Callable[..., Path]:
    """Write the JSON of a report as it is handed on; return its file. Each is computed once."""

    @cache
    def text_of(kind: str, day: int, **period: Any) -> str:
        told = collect_results(open_report(kind, store=kho, as_of=f"2026-12-{day}", **period))
        told["provenance"]["notebook_sha256"] = "0" * 64  # as the run adds it
        return json.dumps(told, ensure_ascii=False)

    def make(day: int, kind: str = "annual", **words: Any) -> Path:
        period = words or ({"year": 2026} if kind == "annual" else {"period": "2026-H2"})
        path = kho.parent / f"{kind}-{day}-{'-'.join(map(str, period.values()))}.json"
        path.write_text(text_of(kind, day, **period), encoding="utf-8")
        return path

    return make


def test_what_moved_is_told_with_the_units_whose_rows_moved_it(kho: Path, write: Callable[..., Path]) -> None:
    found = compare_reports(write(12), write(18), store=kho)
    moved = {one.figure: one for one in found.moved}
    people = moved["kpis.staff_reached"]
    assert (people.old, people.new) == ("25,0% (10/40)", "75,0% (60/80)")
    assert people.by == "Vụ PC (mẫu số +40, tử số +35); Vụ TCCB (tử số +15)"
    assert moved["activities_by_type.hoi_nghi.quantity"].units == {"vu-tccb": {"counted": 2}, "vu-pc": {"counted": 2}}
    assert moved["completeness"].new == "1,7% (2/116)"
    assert moved["network.focal_points"].old == "1"
    assert [(one.unit_id, one.change) for one in found.sent] == [("vu-pc", "new"), ("vu-tccb", "again")]
    assert found.sentences[0].endswith("; 1 báo cáo mới nhận; 1 báo cáo gửi lại; 1 sản phẩm theo Phụ lục có số liệu thay đổi; "
                                       "2 giải pháp có số liệu thay đổi; 1 trách nhiệm có số liệu thay đổi.")  # fmt: skip
    assert f"{people.label}: 25,0% (10/40) → 75,0% (60/80), do {people.by}." in found.sentences


def test_the_cells_that_were_corrected_are_named_and_contact_data_is_not_told(
    kho: Path, write: Callable[..., Path]
) -> None:
    again = compare_reports(write(12), write(18), store=kho).sent[1]
    assert "trang «Nhân lực», ô B6 (Số người đã tiếp cận thông tin định hướng): 10 → 25" in again.cells
    assert "trang «Hoạt động», ô G5 (Số lượng): 3 → 5" in again.cells
    assert [cell for cell in again.cells if cell.endswith(": thông tin liên hệ")]
    assert "Người giả lập" not in str(again)


def test_without_the_store_the_figures_and_the_submissions_are_told_without_units(write: Callable[..., Path]) -> None:
    found = compare_reports(write(12), write(18))
    assert {one.figure: one.by for one in found.moved}["kpis.staff_reached"] == ""
    assert [one.text for one in found.sent] == [
        "Vụ PC, 6 tháng cuối năm 2026: mới nhận", "Vụ TCCB, 6 tháng cuối năm 2026: gửi lại, lần 2",
    ]  # fmt: skip


def test_reports_that_say_the_same_say_so(write: Callable[..., Path]) -> None:
    found = compare_reports(write(17), write(18))
    assert found.sentences == ("Không có số liệu nào thay đổi giữa hai báo cáo.",)
    assert found.notes == ("Ngày chốt số liệu: 17/12/2026 → 18/12/2026.",)


def test_reports_that_cannot_be_compared_are_refused_in_one_sentence(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    cards = [write(18, "unit", period="2026-H2", unit_id=unit) for unit in ("vu-tccb", "vu-pc")]
    for pair, words in (
        ((write(18), write(18, "semiannual")), "so hai báo cáo cùng loại"),
        (tuple(cards), "là phiếu của hai đơn vị"),
        ((write(18), tmp_path / "khong-co.json"), "khong-co.json"),
    ):
        with pytest.raises(ParameterError, match=words):
            compare_reports(*pair)


def test_two_periods_are_compared_without_blaming_a_correction(write: Callable[..., Path]) -> None:
    halves = [write(18, "semiannual", period=half) for half in ("2026-H1", "2026-H2")]
    found = compare_reports(*halves)
    assert found.sent == ()
    assert "không nói lên việc đơn vị sửa số liệu" in found.notes[0]
    assert {one.figure: one.old for one in found.moved}["activities_by_type.hoi_nghi.quantity"] == "không có"


def test_the_command_prints_sentences_or_json(
    kho: Path, write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = str(write(12)), str(write(18))
    assert main(["compare", old, new, "--store", str(kho)]) == 0
    said = capsys.readouterr().out
    assert "- Vụ TCCB, 6 tháng cuối năm 2026: gửi lại, lần 2.\n" in said
    assert "Báo cáo của đơn vị:" in said
    assert main(["compare", old, new, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["sent"][0]["change"]) == ("annual", "new")
    assert main(["compare", old, str(write(18, "semiannual"))]) == 2
    assert capsys.readouterr().err.startswith("Lỗi: «annual-12-2026.json» là báo cáo đánh giá hằng năm")
