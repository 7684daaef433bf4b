"""`nq57kit status`, `diff`, `crosscheck` as a person and as a program read them (synthetic data)."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

import openpyxl
import pytest

import nq57kit.plan
from nq57kit.cli import main
from nq57kit.plan import load_plan
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
STAFF = {"staff_total": 40, "staff_reached": 30, "comms_staff_total": 4, "comms_staff_trained": 1}


def write(path, unit_id, quantity, period="2026-H2", **words):
    led = load_plan().tasks_led_by(unit_id)["task_id"].to_list()
    activity = {
        "task_id": 1,
        "name": "Hội nghị [giả lập]",
        "activity_type": "hoi_nghi",
        "channel": "truc_tiep",
        "started_on": date(2026, 9, 1) if period == "2026-H2" else date(2026, 5, 20),
        "quantity": quantity,
    }
    records = {
        "cover": [{"contact_name": f"Người giả lập {quantity}"}],
        "activities": [activity],
        "workforce": [STAFF | words],
        "task_progress": [{"task_id": task, "status": "dang_thuc_hien", "percent_complete": 50} for task in led],
    }
    return write_workbook(path, unit_id=unit_id, period=period, records=records, notice="DỮ LIỆU GIẢ LẬP")


@pytest.fixture
def kho(tmp_path):
    """vu-pc twice (2 → 5) and with fewer staff than in the first half; vu-tccb with the same staff."""
    store = Store.create(tmp_path / "kho")
    for number, (unit, quantity, day, period, words) in enumerate(
        [
            ("vu-pc", 1, "2026-06-10", "2026-H1", {"staff_total": 400}),
            ("vu-pc", 2, "2026-12-10", "2026-H2", {}),
            ("vu-pc", 5, "2026-12-11", "2026-H2", {}),
            ("vu-tccb", 7, "2026-12-20", "2026-H2", {}),
        ]
    ):
        path = write(tmp_path / f"{number}.xlsx", unit, quantity, period, **words)
        ingest(path, store, sent_at=datetime.fromisoformat(f"{day}T08:00").replace(tzinfo=HANOI))
    return store.folder


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_diff_says_what_changed_in_words_and_numbers(kho, capsys):
    code, text, _ = run(capsys, "diff", "Vụ Pháp chế", "2026-H2", "--store", kho)
    assert code == 0
    assert "Từ lần 1: 1.xlsx, gửi lúc 08:00 ngày 10/12/2026" in text
    (line,) = [line for line in text.splitlines() if "Số lượng" in line]
    assert line.split()[-3:-1] == ["2", "5"]
    assert "Hội nghị [giả lập] / 01/9/2026" in text
    assert "(thông tin liên hệ, không hiển thị)" in text
    assert "Người giả lập" not in text
    assert text.splitlines()[-1] == "Tổng số: sửa: 2."


def test_a_unit_that_has_merged_since_is_asked_about_as_it_was_in_the_half(kho, capsys, tmp_path):
    plan = copytree(Path(nq57kit.plan.__file__).with_name("data"), tmp_path / "ke-hoach")
    rows = (plan / "units.csv").read_text(encoding="utf-8")
    rows = rows.replace("Vụ PC,vu,,law,true,,,", "Vụ PC,vu,,law,true,,30/6/2026,")
    rows = rows.replace("Vụ Tổ chức Cán bộ,plan,true,,,", "Vụ Tổ chức Cán bộ,plan,true,,,vu-pc")
    (plan / "units.csv").write_text(rows, encoding="utf-8")
    where = ["--store", kho, "--plan", plan]
    _, _, error = run(capsys, "diff", "Vụ Pháp chế", "2026-H1", *where)
    assert "Vụ Pháp chế, 6 tháng đầu năm 2026: mới có một lần gửi" in error
    _, _, error = run(capsys, "diff", "Vụ Pháp chế", "2026-H2", *where)
    assert "Vụ Tổ chức cán bộ, 6 tháng cuối năm 2026: mới có một lần gửi" in error
    moment = ["19/06/2026 16:30", "--reason", "Theo sổ công văn"]
    code, text, _ = run(capsys, "store", "sent-at", "Vụ Pháp chế", "2026-H1", *moment, *where)
    assert (code, text.partition(",")[0]) == (0, "Vụ PC")


def test_diff_as_json(kho, capsys):
    code, text, _ = run(capsys, "diff", "vu-pc", "2026-H2", "--store", kho, "--format", "json", "--from", 2, "--to", 1)
    document = json.loads(text)
    assert (code, document["from"]["revision"], document["to"]["revision"]) == (0, 2, 1)
    (change,) = [change for change in document["changes"] if change["field"] == "quantity"]
    assert (change["old"], change["new"], change["label"]) == (5, 2, "Số lượng")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["vu-xyz", "2026-H2"], "Không có đơn vị «vu-xyz» trong danh mục"),
        (
            ["vu-tccb", "2026-H2"],
            "6 tháng cuối năm 2026: mới có một lần gửi được nhận nên chưa có gì để so sánh; các đơn vị đã gửi lại: Vụ Pháp chế (vu-pc)",
        ),
        (["vu-pc", "2026"], "viết 2026-H1 (6 tháng đầu năm) hoặc 2026-H2 (6 tháng cuối năm)"),
        (["vu-pc", "2026-H2", "--from", "9"], "không có lần gửi 9"),
        (["vu-pc", "2026-H2", "--from", "0"], "--from"),
    ],
)
def test_diff_answers_a_wrong_question_with_one_sentence(kho, capsys, arguments, sentence):
    code, text, error = run(capsys, "diff", *arguments, "--store", kho)
    assert (code, text) == (2, "")
    assert sentence in error
    assert error.count("\n") == 1


def test_crosscheck_tells_of_units_and_of_the_half_before(kho, capsys):
    code, text, _ = run(capsys, "crosscheck", "2026-H2", "--store", kho)
    assert code == 0
    assert "Giữa các đơn vị: 2 điểm cần xem lại" in text
    assert "Với kỳ trước của chính đơn vị: 1 điểm cần xem lại" in text
    assert "giảm hơn một nửa so với 6 tháng đầu năm 2026 (400)" in " ".join(text.split())
    code, text, _ = run(capsys, "crosscheck", "2026-H2", "--store", kho, "--as-of", "2026-12-19", "--format", "json")
    document = json.loads(text)
    assert (code, document["period"], document["as_of"], document["across"]) == (0, "2026-H2", "2026-12-19", [])
    assert [row["code"] for row in document["earlier"]] == ["staff-dropped"]
    assert document["earlier"][0]["cell"]


def test_crosscheck_says_so_where_nothing_is_found(kho, capsys):
    _, text, _ = run(capsys, "crosscheck", "2026-H1", "--store", kho)
    assert text.count("không có điểm nào cần xem lại") == 2


def test_status_shows_states_rates_and_days(kho, capsys):
    code, text, _ = run(capsys, "status", "2026-H2", "--store", kho, "--as-of", "2026-12-17")
    assert code == 0
    assert "Hạn gửi: trước ngày 20/12/2026 (ngày làm việc cuối cùng: 18/12/2026); còn 2 ngày." in text
    assert "Chốt tiếp nhận để tổng hợp báo cáo của Bộ: hết thứ Tư, 16/12/2026; không dùng để xét đúng hạn." in text
    (vu,) = [line for line in text.splitlines() if line.startswith("Các Vụ ")]
    assert vu.split()[2:] == ["5", "1", "20,0%", "1", "20,0%", "0"]
    assert "Phải gửi: 58; đã gửi: 1 (1,7%); đúng hạn: 1 (1,7%)." in text


@pytest.mark.parametrize(
    ("period", "day", "sentence"),
    [
        ("2026-H2", "2026-12-19", "đây là ngày cuối cùng."),
        ("2026-H2", "2026-12-22", "đã hết hạn 3 ngày."),
        ("2026-H1", "2026-06-20", "đã hết hạn 1 ngày; kỳ đầu tiên của Kế hoạch"),
        ("2026", "2026-12-17", "Tình hình gửi báo cáo 6 tháng cuối năm 2026:"),
    ],
)
def test_status_says_how_far_the_deadline_is(kho, capsys, period, day, sentence):
    assert sentence in run(capsys, "status", period, "--store", kho, "--as-of", day)[1]


def test_the_closing_day_follows_its_setting(kho, capsys, tmp_path):
    plan = copytree(Path(nq57kit.plan.__file__).with_name("data"), tmp_path / "ke-hoach")
    (plan / "settings.toml").write_text("[rules]\ninputs_close_days_before = 10\n", encoding="utf-8")
    arguments = ["status", "2026-H2", "--store", kho, "--as-of", "2026-12-17", "--plan", str(plan)]
    assert "hết thứ Năm, 10/12/2026" in run(capsys, *arguments)[1]
    assert json.loads(run(capsys, *arguments, "--format", "json")[1])["closes_on"] == "2026-12-10"


def test_status_as_json_has_the_keys_of_the_contract_and_cross_findings_on_request(kho, capsys):
    _, text, _ = run(capsys, "status", "2026-H2", "--store", kho, "--as-of", "2026-12-31", "--format", "json")
    document = json.loads(text)
    assert {"period", "as_of", "expected", "actual", "actual_on_time", "units"} <= set(document)
    assert set(document["units"][0]) >= {"unit_id", "state", "sent_at", "on_time", "revision"}
    assert "cross" not in document
    arguments = ["status", "2026-H2", "--store", kho, "--as-of", "2026-12-31", "--cross"]
    _, text, _ = run(capsys, *arguments, "--format", "json")
    assert {row["code"] for row in json.loads(text)["cross"]} == {"workforce-identical"}
    _, text, _ = run(capsys, *arguments)
    assert "Đối chiếu giữa các đơn vị: 2 điểm cần xem lại" in text


def test_ingest_tells_what_does_not_follow_from_the_half_before(tmp_path, kho, capsys):
    path = write(tmp_path / "mới.xlsx", "vu-pc", 9)
    code, text, _ = run(capsys, "ingest", path, "--store", kho, "--sent-at", "12/12/2026 08:00")
    assert code == 0
    assert "mới.xlsx: khác với kỳ trước, cần đơn vị xem lại" in text
    assert "staff-dropped" in text


@pytest.mark.parametrize("command", ["diff", "crosscheck"])
def test_the_help_pages_are_vietnamese(command, capsys):
    code, page, _ = run(capsys, command, "--help")
    assert code == 0
    assert page.startswith("Cách dùng: ")
    assert "Options" not in page


def test_ingest_folds_what_it_notes_by_kind_and_speaks_json(tmp_path, capsys):
    inbox = tmp_path / "nhan-ve"
    for unit in ("vu-pc", "vu-tccb"):
        path = write(inbox / f"{unit}.xlsx", unit, 3)
        book = openpyxl.load_workbook(path)
        book["Hoạt động"]["P4"] = "Ghi chú riêng"
        book["Hoạt động"]["Q4"] = "Ghi chú nữa"
        book.save(path)
    (inbox / "scan.pdf").write_bytes(b"%PDF")
    code = main(["ingest", str(inbox), "--store", str(tmp_path / "kho")])
    shown = capsys.readouterr().out
    assert code == 1
    assert "4 ghi chú loại «Cột thừa» (column-extra) ở 2 tệp: vu-pc.xlsx, vu-tccb.xlsx." in shown
    assert "scan.pdf: Tệp là bản .pdf (bản in hoặc bản quét), không phải bảng tính. Đề nghị" in shown
    (inbox / "scan.pdf").unlink()
    assert main(["ingest", str(inbox), "--store", str(tmp_path / "kho"), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["counts"], told["notes"]) == (True, {"known": 2}, [])
    assert "column-extra" in {one["code"] for one in told["results"][0]["findings"]}
    assert (told["results"][0]["unit_id"], told["results"][0]["revision"]) == ("vu-pc", 1)
    assert told["results"][0]["sha256"] == hashlib.sha256((inbox / "vu-pc.xlsx").read_bytes()).hexdigest()
    (tmp_path / "trống").mkdir()
    assert main(["ingest", str(tmp_path / "trống"), "--empty-ok", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "results": [], "notes": [], "counts": {}}
