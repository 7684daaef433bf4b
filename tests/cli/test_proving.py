"""`nq57kit verify`, `trace`, `lock` and `store` as a person and as a program read them."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nq57kit.cli import main
from nq57kit.plan import load_plan
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook


@pytest.mark.slow  # makes the report again
def test_verify_says_khop_or_why_not_with_its_exit_code(
    sample_store: Store, sample_reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, store = sample_reports / "semiannual-2026-H2.json", str(sample_store.folder)
    assert main(["verify", str(kept), "--store", store]) == 0
    assert capsys.readouterr().out == "semiannual-2026-H2.json: KHỚP\n"
    values = json.loads(kept.read_text(encoding="utf-8"))
    values["budget"]["disbursed_vnd"] += 1
    edited = tmp_path / "semiannual-2026-H2.json"
    edited.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert main(["verify", str(edited), "--store", store, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], [cause["kind"] for cause in told["causes"]]) == (False, ["report"])
    assert told["differences"][0].startswith("budget.disbursed_vnd: trong tệp")
    assert main(["verify", str(tmp_path / "a.pdf"), "--store", store]) == 2
    assert main(["verify", str(kept), "--store", str(tmp_path)]) == 2


@pytest.mark.slow  # the reports of the whole session
def test_trace_prints_the_cells_and_lists_the_names(
    sample_store: Store, sample_reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, store = str(sample_reports / "annual-2026.html"), str(sample_store.folder)
    assert main(["trace", report, "kpis.staff_reached", "--store", store, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    added = sum(row["amount"] for row in told["rows"] if row["role"] == "numerator")
    assert added == told["figures"]["numerator"] > 0
    assert main(["trace", report, "unit_task_status.vu-tccb.7", "--store", store]) == 0
    said = capsys.readouterr().out
    assert said.startswith("unit_task_status.vu-tccb.7: được tính 1\n")
    assert "Tiến độ nhiệm vụ" in said
    assert main(["trace", report, "--list", "--store", store]) == 0
    names = capsys.readouterr().out.splitlines()
    assert {"kpis.staff_reached", "budget.disbursed_vnd", "late_units"} <= set(names)
    assert main(["trace", report, "kpis.staf_reached", "--store", store]) == 2
    assert "có phải: kpis.staff_reached" in capsys.readouterr().err
    assert main(["trace", report, "--store", store]) == 2


HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def send(store: Path, folder: Path, quantity: int, day: int, half: str = "2026-H2") -> None:
    led = load_plan().tasks_led_by("vu-tccb")["task_id"].to_list()
    records = {
        "activities": [
            {
                "task_id": 1,
                "name": "Hội nghị [giả lập]",
                "activity_type": "hoi_nghi",
                "channel": "truc_tiep",
                "started_on": date(2026, 9, 1),
                "quantity": quantity,
            }
        ],
        "workforce": [{"staff_total": 40, "staff_reached": 30, "comms_staff_total": 4, "comms_staff_trained": 1}],
        "task_progress": [{"task_id": task, "status": "dang_thuc_hien", "percent_complete": 50} for task in led],
    }
    path = write_workbook(
        folder / f"{half}-{day}.xlsx", unit_id="vu-tccb", period=half, records=records, notice="DỮ LIỆU GIẢ LẬP"
    )
    sent = datetime(2026, 12, day, 9, tzinfo=HANOI)
    assert ingest(path, Store.create(store), sent_at=sent, now=sent).results[0].outcome == "accepted"


@pytest.fixture
def kho(tmp_path: Path) -> Path:
    half = load_plan().period("2026-H1")
    assert half.is_first
    store = tmp_path / "kho"
    send(store, tmp_path, 3, 10)
    return store


def test_a_half_whose_year_has_an_empty_half_is_not_locked_and_the_sentence_says_which(
    kho: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lock", "2026-H2", "--store", str(kho)]) == 2
    assert "Chưa khóa được 6 tháng đầu năm 2026: chưa có báo cáo nào được chấp nhận" in capsys.readouterr().err


def test_lock_as_json_says_what_was_closed_and_what_was_opened(
    kho: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send(kho, tmp_path, 3, 10, half="2026-H1")
    assert main(["lock", "2026-H1", "--store", str(kho), "--format", "json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["period"], told["locked"], told["accepted"], told["signed"]) == ("2026-H1", True, 1, False)
    assert len(told["seal"]) == 64
    assert (
        main(["lock", "2026-H1", "--store", str(kho), "--unlock", "--reason", "Vụ TCCB đính chính", "--format", "json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out) == [{"period": "2026-H1", "locked": False}]


def test_check_says_that_a_store_is_sound_and_names_a_changed_file(
    kho: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "check", "--store", str(kho)]) == 0
    assert "Kho nguyên vẹn." in capsys.readouterr().out
    path = next(kho.glob("submissions/*/*/*/activities.parquet"))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert main(["store", "check", "--store", str(kho), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["counts"]["submissions"]) == (False, 1)
    assert [(flaw["kind"], flaw["path"].rpartition("/")[2]) for flaw in told["flaws"]] == [
        ("changed", "activities.parquet")
    ]
    assert main(["store", "check", "--store", str(kho)]) == 1
    assert "Kho KHÔNG nguyên vẹn." in capsys.readouterr().out


def test_wrong_use_is_one_sentence_and_code_2(kho: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lock", "2026-H2", "--unlock", "--store", str(kho)]) == 2
    assert "cần lý do" in capsys.readouterr().err
    assert main(["store", "check", "--store", str(tmp_path / "khong-co")]) == 2
    assert capsys.readouterr().err.startswith("Lỗi: ")


@pytest.mark.slow  # a copy of the synthetic year's store is read before and after it is locked
def test_status_and_the_reports_state_follow_the_lock(
    sample_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    from nq57kit.reports import open_report

    store = tmp_path / "kho"
    shutil.copytree(sample_store.folder, store)

    def is_provisional(as_of: str) -> bool:
        return open_report("semiannual", store=store, period="2026-H2", as_of=as_of).is_provisional

    assert is_provisional("2026-12-25")
    assert main(["lock", "2026-H2", "--store", str(store), "--reason", "Chốt số liệu năm"]) == 0
    said = capsys.readouterr().out
    assert "Đã khóa 6 tháng đầu năm 2026" in said
    assert "Đã khóa 6 tháng cuối năm 2026" in said
    assert not is_provisional("2026-12-25")
    assert is_provisional("2026-12-19")  # the deadline has not passed on that day
    send(store, tmp_path, 9, 24)
    assert main(["status", "2026-H2", "--store", str(store), "--as-of", "2026-12-25"]) == 0
    said = capsys.readouterr().out
    assert "Số liệu đã khóa lúc" in said
    assert "Nhận sau khi khóa, chưa vào báo cáo: Vụ TCCB" in said
    assert main(["lock", "2026-H2", "--unlock", "--reason", "Vụ TCCB đính chính", "--store", str(store)]) == 0
    assert "trở lại «tạm tính»" in capsys.readouterr().out
    assert is_provisional("2026-12-25")
    assert main(["store", "check", "--store", str(store)]) == 0
