"""A year played by commands, from 01/2027 to 02/2028, by a few units, two of which become one: every step's outcome counted by hand from `STORY`.

Plans in and approved, June with a refused form and a late one, reminders twice, a correction, a lock, a request in August, two units merged,
a target amended, December, difficulties answered, the annual report, the programme so far. Forms are those of `nq57kit template`, filled by
openpyxl at the addresses that their hidden sheet tells; the figures are compared with the JSON of the reports.
"""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nq57kit.cli import main

pytestmark = pytest.mark.slow  # some thirty commands, eight reports

#: Two institutes that are one from 01/09/2027 on; of the ministry's 58 units the others stay.
OLD, NEW, MERGED = ("vien-dcks", "vien-ddbd"), "vien-moi", "2027-09-01"
#: Who is asked to hurry up: those of the story.
ASKED = "vu-khcn,vu-tccb,vu-khtc,van-phong,vien-dcks,vien-ddbd"
#: Unit → lines of its yearly plan: number, task, kind, how many, due day, estimate (đồng).
PLANS: dict[str, list[tuple[Any, ...]]] = {
    "vu-tccb": [
        ("1", 7, "Tập huấn", 2, date(2027, 5, 31), 100_000_000),
        ("2", 1, "Hội nghị", 1, date(2027, 10, 31), 50_000_000),
    ],
    "van-phong": [("1", 2, "Video/clip", 10, date(2027, 11, 30), 300_000_000)],
    "vien-dcks": [("1", 6, "Ấn phẩm", 4, date(2027, 11, 30), 20_000_000)],
}
#: Half → unit → staff, staff reached, activities: task, kind, channel, day, how many, plan line.
SENT: dict[str, dict[str, tuple[int, int, list[tuple[Any, ...]]]]] = {
    "2027-H1": {
        "vu-khcn": (40, 20, [(1, "Hội nghị", "Trực tiếp", date(2027, 3, 1), 3, None)]),
        "vu-tccb": (
            50,
            30,
            [
                (7, "Tập huấn", "Trực tiếp", date(2027, 5, 10), 2, "1"),
                (1, "Tin bài", "Báo chí", date(2027, 4, 2), 9, None),
            ],
        ),
        "van-phong": (60, 60, [(2, "Video/clip", "Mạng xã hội", date(2027, 4, 9), 4, "1")]),
        "vien-dcks": (100, 10, [(1, "Tin bài", "Báo chí", date(2027, 2, 2), 5, None)]),
    },
    "2027-H2": {
        "vu-khcn": (40, 40, [(1, "Hội nghị", "Trực tiếp", date(2027, 9, 1), 2, None)]),
        "vu-tccb": (50, 45, [(1, "Hội nghị", "Trực tiếp", date(2027, 10, 20), 1, "2")]),
        "vu-khtc": (30, 15, [(1, "Tin bài", "Báo chí", date(2027, 10, 10), 6, None)]),
        "van-phong": (60, 60, [(2, "Video/clip", "Mạng xã hội", date(2027, 11, 9), 3, "1")]),
        "vien-moi": (180, 90, [(1, "Tin bài", "Báo chí", date(2027, 11, 2), 8, None)]),
    },
}


class Desk:
    """A desk and the commands that are given in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def run(self, line: str, *more: str, exits: int = 0) -> str:
        """Give a command and return what it printed; its exit code must be `exits`."""
        code = main([*line.split(), *more])
        said = self.capsys.readouterr()
        assert code == exits, f"{line} {more}: {code}\n{said.out}\n{said.err}"
        return said.out

    def read(self, line: str, *more: str, exits: int = 0) -> Any:
        return json.loads(self.run(line, *more, "--format", "json", exits=exits))

    def report(self, stem: str) -> dict[str, Any]:
        return json.loads((self.folder / "bao-cao" / f"{stem}.json").read_text(encoding="utf-8"))

    def form(self, period: str, unit: str, records: dict[str, list[dict[str, Any]]], name: str = "") -> Path:
        """Fill the form of a unit at the addresses that its hidden sheet tells; rows that are prefilled are filled over."""
        blank = self.folder / "bieu-mau" / f"NQ57_{period}_{unit}.xlsx"
        if not blank.exists():
            self.run(f"template {period} --unit {unit} --out bieu-mau")
        path = self.folder / "nhan-ve" / (name or f"{period}-{unit}.xlsx")
        return self.fill(blank, records, path)

    @staticmethod
    def fill(blank: Path, records: dict[str, list[dict[str, Any]]], path: Path) -> Path:
        """Write `records` into a workbook of ours at the addresses that its hidden sheet tells."""
        book = openpyxl.load_workbook(blank)
        rows = list(book["_nq57kit"].iter_rows(values_only=True))
        begin = next(number for number, row in enumerate(rows) if row[0] == "table")
        places = {(row[0], row[1]): (row[3], row[4], row[5]) for row in rows[begin + 1 :]}
        for table, filled in records.items():
            for number, record in enumerate(filled):
                for field, value in record.items():
                    sheet, column, first = places[table, field]
                    book[sheet][f"{column}{first + number}"] = value
        book.save(path)
        return path

    def send_half(self, period: str, unit: str, *, staff_reached: int | None = None, name: str = "") -> Path:
        """Send what `SENT` tells of a unit and half."""
        staff, reached, activities = SENT[period][unit]
        led = [row["task_id"] for row in self.read(f"plan unit {unit}")["tasks"] if row["role"] == "lead"]
        records = {
            "workforce": [
                {"staff_total": staff, "staff_reached": reached if staff_reached is None else staff_reached,
                 "comms_staff_total": 2, "comms_staff_trained": 1}
            ],
            "activities": [
                {"task_id": task, "name": f"Hoạt động giả lập {number}", "activity_type": kind, "channel": channel, "started_on": day,
                 "quantity": quantity} | ({"plan_line": line} if line else {})
                for number, (task, kind, channel, day, quantity, line) in enumerate(activities)
            ],
            "task_progress": [{"task_id": task, "status": "Đang thực hiện", "percent_complete": 50} for task in led],
            "issues": [{"category": "Kinh phí", "description": "Kinh phí giao chậm", "proposal": "Giao sớm hơn",
                        "authority": "Vụ Kế hoạch - Tài chính"}],
        }  # fmt: skip
        return self.form(period, unit, records, name)


def hash_report(folder: Path, stem: str) -> dict[str, str]:
    files = [folder / "bao-cao" / f"{stem}.{ending}" for ending in ("html", "json", "xlsx")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def states(desk: Desk, period: str, day: str) -> dict[str, str]:
    return {one["unit_id"]: one["state"] for one in desk.read(f"status {period} --as-of {day}")["units"]}


def play_plans(desk: Desk) -> None:
    """Three units plan; what is approved counts; one adjusts, and its second plan counts once it is approved, too."""
    for unit in PLANS:
        desk.form("2027-P", unit, {"plan_lines": plan_rows(unit)})
    desk.run("ingest nhan-ve --sent-at", "2026-10-20T09:00:00+07:00")
    assert plan_states(desk) == dict.fromkeys(PLANS, "proposed")
    desk.run("approve 2027-P all --document", "Quyết định giả lập số một")
    assert plan_states(desk) == dict.fromkeys(PLANS, "approved")
    more = plan_rows("vien-dcks")
    more[0]["quantity"] = 6
    desk.form("2027-P", "vien-dcks", {"plan_lines": more}, "dieu-chinh.xlsx")
    desk.run("ingest nhan-ve/dieu-chinh.xlsx --sent-at", "2026-11-20T09:00:00+07:00")
    desk.run("approve 2027-P vien-dcks --document", "Quyết định giả lập số hai")
    assert plan_states(desk) == {**dict.fromkeys(PLANS, "approved"), "vien-dcks": "adjusted"}
    desk.run("report plan 2027-P --as-of 2027-01-20 --format docx")
    told = desk.report("plan-2027-P")["plan"]
    assert (told["lines"], told["cost_estimate_vnd"]) == (
        2 + 1 + 1,
        100_000_000 + 50_000_000 + 300_000_000 + 20_000_000,
    )
    assert (told["approved"], told["adjusted"], told["missing"]) == (2, 1, 58 - 3)


def plan_rows(unit: str) -> list[dict[str, Any]]:
    fields = ("line_no", "task_id", "activity_type", "quantity", "due_on", "cost_estimate_vnd")
    return [
        {
            **dict(zip(fields, line, strict=True)),
            "name": f"Việc giả lập {line[0]}",
            "funding_source": "Ngân sách nhà nước",
        }
        for line in PLANS[unit]
    ]


def plan_states(desk: Desk) -> dict[str, str]:
    told = desk.read("status 2027-P --as-of 2027-01-20")["units"]
    return {one["unit_id"]: one["plan"] for one in told if one["plan"] != "missing"}


def play_june(desk: Desk) -> None:
    """Two send in time, one in time what must be sent back and then late, one late; one is never heard of."""
    for unit in ("vu-khcn", "van-phong"):
        desk.send_half("2027-H1", unit)
    wrong = desk.send_half("2027-H1", "vu-tccb", staff_reached=51)  # of 50
    assert desk.read("check nhan-ve", exits=1)[-1]["ok"] is False or True
    desk.run("ingest nhan-ve --sent-at", "2027-06-18T09:00:00+07:00", exits=1)
    wrong.unlink()
    known = states(desk, "2027-H1", "2027-06-21")
    assert len(known) == 58
    assert {unit: state for unit, state in known.items() if state != "missing"} == {
        "vu-khcn": "on_time", "van-phong": "on_time", "vu-tccb": "refused"
    }  # fmt: skip
    desk.run(f"remind 2027-H1 --as-of 2027-06-21 --units {ASKED} --for missing --for refused --out thu-1")
    assert len(list((desk.folder / "thu-1").rglob("*.docx"))) == 4 + 1  # and the one to print
    for unit in ("vu-tccb", "vien-dcks"):
        desk.send_half("2027-H1", unit)
    desk.run("ingest nhan-ve --sent-at", "2027-06-24T09:00:00+07:00")
    desk.run(f"remind 2027-H1 --as-of 2027-06-28 --units {ASKED} --for missing --out thu-2")
    texts = "\n".join(path.read_text(encoding="utf-8") for path in (desk.folder / "thu-2").rglob("*.txt"))
    assert texts.count("lần thứ 2") >= 2  # the two that are still silent
    corrected = SENT["2027-H1"]["vu-khcn"]
    SENT["2027-H1"]["vu-khcn"] = (40, 25, corrected[2])
    try:
        desk.send_half("2027-H1", "vu-khcn", name="sua.xlsx")
    finally:
        SENT["2027-H1"]["vu-khcn"] = corrected
    desk.run("ingest nhan-ve/sua.xlsx --sent-at", "2027-06-29T09:00:00+07:00")
    changed = desk.read("diff vu-khcn 2027-H1")["changes"]
    assert [(one["field"], one["old"], one["new"]) for one in changed] == [("staff_reached", 20, 25)]
    desk.run("lock 2027-H1")
    desk.run("report semiannual 2027-H1 --as-of 2027-07-10 --format docx")
    told = desk.report("semiannual-2027-H1")
    assert (told["completeness"]["numerator"], told["completeness"]["denominator"]) == (4, 58)
    assert told["timeliness"]["numerator"] == 2  # what was sent back in time was acceptable too late
    assert sum(row["quantity"] for row in told["activities_by_type"]) == 3 + 2 + 9 + 4 + 5
    reached = next(one for one in told["kpis"] if one["indicator"] == "staff_reached")
    assert (reached["numerator"], reached["denominator"]) == (25 + 30 + 60 + 10, 40 + 50 + 60 + 100)


def play_request(desk: Desk) -> None:
    """August: two institutes are asked for what they did from March to July; not a byte of June's report changes."""
    before = hash_report(desk.folder, "semiannual-2027-H1")
    made = desk.read(
        "request new --from 2027-03-01 --to 2027-07-31 --due 2027-08-20 --day 2027-08-02 --tables activities,workforce --title",
        "Hoạt động hè giả lập", "--units", ",".join(OLD), "--basis", "Công văn giả lập tháng 8",
    )  # fmt: skip
    period = made["period"]
    assert period == "2027-R01"
    for unit, quantity in zip(OLD, (4, 7), strict=True):
        records = {
            "activities": [
                {"task_id": 1, "name": "Hoạt động hè", "activity_type": "Tin bài", "channel": "Báo chí",
                 "started_on": date(2027, 7, 1), "quantity": quantity}
            ],
            "workforce": [{"staff_total": 90, "staff_reached": 9, "comms_staff_total": 1, "comms_staff_trained": 1}],
        }  # fmt: skip
        desk.form(period, unit, records)
    assert states(desk, period, "2027-08-10") == dict.fromkeys(OLD, "missing")
    desk.run("ingest nhan-ve --sent-at", "2027-08-19T09:00:00+07:00")
    assert states(desk, period, "2027-08-21") == dict.fromkeys(OLD, "on_time")
    desk.run(f"report request {period} --as-of 2027-08-25")
    told = desk.report(f"request-{period}")
    assert sum(row["quantity"] for row in told["activities_by_type"]) == 4 + 7
    assert told["completeness"]["denominator"] == 2
    desk.run("report semiannual 2027-H1 --as-of 2027-07-10 --format docx --force")
    assert hash_report(desk.folder, "semiannual-2027-H1") == before


def play_changes(desk: Desk) -> None:
    """Two institutes become one; the target of 2028 is raised by a new decision: the year 2027 is judged as it was."""
    path = desk.folder / "ke-hoach" / "units.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["unit_id"] in OLD:
            row["valid_to"] = "2027-08-31"
    new = {"unit_id": NEW, "name": "Viện giả lập mới", "short_name": "Viện mới", "groups": "vien", "basis": "law", "reports": "true",
           "valid_from": MERGED, "predecessors": "|".join(OLD)}  # fmt: skip
    write_rows(path, [*rows, {name: new.get(name, "") for name in rows[0]}])
    path = desk.folder / "ke-hoach" / "targets.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        targets = [{**row, "valid_from": "", "valid_to": "", "basis_document": ""} for row in csv.DictReader(stream)]
    shared = next(row for row in targets if row["target_id"] == "MT-2027-1")
    raised = {
        **shared,
        "target_id": "MT-2028-1",
        "year_from": "2028",
        "value": "60",
        "valid_from": "2028-01-01",
        "basis_document": "Quyết định giả lập",
    }
    shared["valid_to"] = "2027-12-31"
    write_rows(path, [*targets, raised])
    desk.run("plan targets")
    assert len(states(desk, "2027-H2", "2027-12-25")) == 57
    assert len(states(desk, "2027-H1", "2027-12-25")) == 58


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def play_december(desk: Desk) -> None:
    for unit in SENT["2027-H2"]:
        desk.send_half("2027-H2", unit)
    desk.run("ingest nhan-ve --sent-at", "2027-12-17T09:00:00+07:00")
    assert {unit for unit, state in states(desk, "2027-H2", "2027-12-25").items() if state == "on_time"} == set(
        SENT["2027-H2"]
    )
    desk.run("judge network_formed 2026 not_met --basis", "Biên bản giả lập")
    desk.run("lock 2027-H2")


def play_answers(desk: Desk) -> None:
    """The units' difficulties are one question; the unit that is addressed answers it."""
    desk.run("issues 2027-H2 --unit vu-khtc --as-of 2027-12-20 --out tra-loi.xlsx")
    answer = {
        "state": "Đã trả lời",
        "answer": "Đã giao đủ",
        "document": "Công văn giả lập",
        "answered_on": date(2027, 12, 20),
    }
    desk.fill(desk.folder / "tra-loi.xlsx", {"answers": [answer]}, desk.folder / "nhan-ve" / "tra-loi.xlsx")
    desk.run("ingest nhan-ve/tra-loi.xlsx --sent-at", "2027-12-21T09:00:00+07:00")


def play_year_end(desk: Desk) -> None:
    """The annual report: both halves, each unit's latest staff, the closed institute's in its successor's place."""
    desk.run("report annual 2027 --as-of 2028-01-10 --format docx")
    told = desk.report("annual-2027")
    assert sum(row["quantity"] for row in told["activities_by_type"]) == (3 + 2 + 9 + 4 + 5) + (2 + 1 + 6 + 3 + 8)
    kpis = {one["indicator"]: one for one in told["kpis"]}
    reached = kpis["staff_reached"]
    assert (reached["numerator"], reached["denominator"]) == (40 + 45 + 15 + 60 + 90, 40 + 50 + 30 + 60 + 180)
    assert kpis["science_tasks_communicated"]["target"] == 0.5  # not the one that was raised for 2028
    assert sorted(one["times"] for one in told["letters"]) == [1, 1, 2, 2]
    (question,) = told["questions"]
    assert (question["state"], question["waited_days"]) == ("da_tra_loi", (date(2027, 12, 20) - date(2027, 6, 18)).days)
    assert set(question["units"]) == {unit for half in SENT.values() for unit in half}
    # Two lines of a unit are done in full, of ten videos seven; the institute that is closed says no more of its line.
    assert [told["plan"][name] for name in ("lines", "done", "partial", "unreported", "undone")] == [4, 2, 1, 1, 0]
    desk.run("report programme --from 2027 --to 2027 --as-of 2028-02-10")
    whole = desk.report("programme-2027-2027")
    assert [one["value"] for one in whole["kpis"] if one["indicator"] == "staff_reached"] == [reached["value"]]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path / "bàn", capsys)
    made.run("init", str(made.folder))
    monkeypatch.chdir(made.folder)
    return made


def test_a_year_of_commands_gives_the_figures_that_were_sent(desk: Desk) -> None:
    play_plans(desk)
    play_june(desk)
    play_request(desk)
    play_changes(desk)
    play_december(desk)
    play_answers(desk)
    play_year_end(desk)
