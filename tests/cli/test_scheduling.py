"""`nq57kit run` as a scheduler calls it: a desk played over days, what failed, what was sent back, what was left undone."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from nq57kit.cli import main, scheduling
from nq57kit.plan.agenda import read_timetable
from nq57kit.starters import init_desk
from nq57kit.submissions import write_workbook

STAFF = {"staff_total": 40, "staff_reached": 30, "comms_staff_total": 4, "comms_staff_trained": 1}
TABLE = """
[[run]]
step = "nhận"
on = "daily"
command = ["ingest", "nhan-ve", "--empty-ok"]

[[run]]
step = "tình hình"
on = "due+1"
command = ["status", "{period}", "--as-of", "{today}"]
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    found = init_desk(tmp_path / "bàn")
    monkeypatch.chdir(found.folder)
    (found.folder / "desk.toml").write_text(TABLE, encoding="utf-8")
    return found.folder


def send(path: Path, unit: str = "vu-pc", **words: int) -> None:
    records = {
        "workforce": [STAFF | words],
        "task_progress": [{"task_id": 1, "status": "dang_thuc_hien", "percent_complete": 50}],
    }
    write_workbook(path, unit_id=unit, period="2026-H2", records=records, notice="DỮ LIỆU GIẢ LẬP")


def log(desk: Path) -> list[dict]:
    return [json.loads(line) for line in (desk / "bao-cao" / scheduling.LOG).read_text(encoding="utf-8").splitlines()]


def page(desk: Path) -> str:
    return (desk / "bao-cao" / scheduling.PAGE).read_text(encoding="utf-8")


@pytest.mark.slow  # a process for each step of eight days
def test_a_desk_is_played_over_days_with_a_failing_input_on_the_way(desk):
    began = [main(["run", "desk.toml", "--day", day]) for day in ("2026-12-18",)]
    send(desk / "nhan-ve" / "hong.xlsx", staff_reached=41)  # more than there are
    began += [main(["run", "--day", day]) for day in ("2026-12-19", "2026-12-20", "2026-12-21")]
    assert began == [0, 1, 0, 0]  # what is sent back is news on one day alone
    rows = log(desk)
    assert [(row["day"][-2:], row["step"], row["exit"], row["known"]) for row in rows] == [
        ("18", "nhận", 0, False),
        ("19", "nhận", 1, False),
        ("20", "nhận", 1, True),
        ("20", "tình hình", 0, False),
        ("21", "nhận", 1, True),
    ]
    assert "Tệp đã trả lại vẫn nằm đó" in page(desk)
    assert rows[-1]["said"].endswith("Không nhận: hong.xlsx.")
    send(desk / "nhan-ve" / "khac.xlsx", "vu-tccb")  # what comes beside it makes no news of it
    assert main(["run", "--day", "2026-12-21"]) == 0
    assert (log(desk)[-1]["known"], log(desk)[-1]["said"][:28]) == (True, "Tổng số: nhận: 1; trả lại: 1")
    send(desk / "nhan-ve" / "hong.xlsx", staff_reached=42)  # another one that is wrong, though they are as many
    assert [main(["run", "--day", day]) for day in ("2026-12-21", "2026-12-21")] == [1, 0]
    send(desk / "nhan-ve" / "tot.xlsx")
    (desk / "kho" / "nq57-store.json").rename(desk / "giữ")
    assert main(["run", "--day", "2026-12-22"]) == 3
    assert "1 trên 1 việc không xong: nhận" in page(desk)
    assert "Sửa theo câu báo lỗi" in page(desk)
    (desk / "giữ").rename(desk / "kho" / "nq57-store.json")
    assert main(["run", "--day", "2026-12-23"]) == 0
    assert log(desk)[-1]["said"] == "Tổng số: nhận: 1; đã có: 1; trả lại: 1. Không nhận: hong.xlsx."


def test_a_dry_run_tells_the_commands_and_runs_none(desk, capsys):
    assert main(["run", "--day", "2026-12-20", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "nq57kit ingest nhan-ve --empty-ok" in told
    assert "nq57kit status 2026-H2 --as-of 2026-12-20" in told
    assert not (desk / "bao-cao" / scheduling.LOG).exists()


@pytest.mark.slow  # two processes
def test_a_log_that_was_broken_off_is_read_up_to_there_and_what_was_not_done_is_done(desk):
    text = (desk / "desk.toml").read_text(encoding="utf-8")
    (desk / "desk.toml").write_text(text.replace("daily", "09-01"), encoding="utf-8")
    assert main(["run", "--day", "2026-12-20"]) == 0
    path = desk / "bao-cao" / scheduling.LOG
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[: len(whole) // 2] + "\nnull\n5\n", encoding="utf-8")
    assert main(["run", "--day", "2026-12-22"]) == 0
    assert [row["day"] for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()[3:])] == ["2026-12-22"]


@pytest.mark.parametrize("words", ['["rm", "-rf"]', '["run"]', '["stat"]'])
def test_a_command_that_is_none_of_ours_is_refused_before_anything_runs(desk, capsys, words):
    (desk / "desk.toml").write_text(
        TABLE.replace('["status", "{period}", "--as-of", "{today}"]', words), encoding="utf-8"
    )
    assert main(["run"]) == 2
    assert "không có lệnh" in capsys.readouterr().err
    assert not (desk / "bao-cao" / scheduling.LOG).exists()


def test_two_runs_do_not_work_at_the_same_time(desk, capsys):
    with FileLock(desk / "bao-cao" / f".{scheduling.LOG}.lock"):
        assert main(["run"]) == 2
    assert "Một lần chạy khác" in capsys.readouterr().err


def test_without_a_desk_it_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 2
    assert "nq57kit init" in capsys.readouterr().err


def test_the_table_that_a_new_desk_gets_names_commands_and_options_that_exist(tmp_path):
    steps = read_timetable(init_desk(tmp_path / "bàn").folder / "desk.toml")
    assert len(steps) >= 5
    for step in steps:
        scheduling._require_command(step.name, step.command)
        words = [word.format(period="2026-H2", year="2026", today=date(2026, 12, 20)) for word in step.command]
        assert main([*words, "--help"]) == 0
