"""Units merge, split, close and are renamed within a year: which report counts for whom (the table in docs/plan.md).

A small ministry with its own units.csv, real workbooks by the writer of forms, a real store; all figures counted by hand.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import openpyxl
import polars as pl
import pytest

import nq57kit.plan
from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.indicators import Results, compute
from nq57kit.plan import load_plan
from nq57kit.reports.report import read_inputs
from nq57kit.store import Store, ingest, lock_period, reporting_status
from nq57kit.store.status import warn_of_lock
from nq57kit.submissions import check, write_template, write_workbook

HEAD = (
    "unit_id",
    "name",
    "short_name",
    "groups",
    "aliases",
    "basis",
    "reports",
    "valid_from",
    "valid_to",
    "predecessors",
)
H1, H2, YEAR = "2026-H1", "2026-H2", "2026"
SENT = {H1: "2026-06-10T08:00:00+07:00", H2: "2026-12-10T08:00:00+07:00"}
AS_OF = date(2026, 12, 25)


def unit(letter: str, begins: str = "", ends: str = "", of: str = "", **more: str) -> dict[str, str]:
    """A row of the register: «Viện A» (vien-a); `of` are the letters of its predecessors."""
    row = {"unit_id": f"vien-{letter}", "name": f"Viện {letter.upper()}", "short_name": f"V{letter.upper()}", "groups": "vien",
               "aliases": "", "basis": "law", "reports": "true", "valid_from": begins, "valid_to": ends,
               "predecessors": "|".join(f"vien-{one}" for one in of)}  # fmt: skip
    return row | more


class World:
    """A ministry of a few units: its plan folder, its store, and what was sent."""

    def __init__(self, folder: Path, *units: dict[str, str]) -> None:
        self.folder, self.kho = folder, folder / "kho"
        self.plan_folder = copytree(Path(nq57kit.plan.__file__).with_name("data"), folder / "ke-hoach")
        self._write("units", [*units, unit("z")])  # Viện Z never changes
        for table, columns in (("tasks", ("lead_units", "coordinating_units")), ("measures", ("audience_units",)),
                               ("duties", ("holder_units",)), ("ambiguous", None)):  # fmt: skip
            with (self.plan_folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
                rows = list(csv.DictReader(stream))
            self._write(table, [row | dict.fromkeys(columns, "all") for row in rows] if columns else [], list(rows[0]))
        self.number = 0
        self.plan = load_plan(self.plan_folder)
        self.store = Store.create(self.kho, plan=self.plan)

    def _write(self, table: str, rows: Sequence[dict[str, str]], head: Sequence[str] = HEAD) -> None:
        with (self.plan_folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, head)
            writer.writeheader()
            writer.writerows(rows)

    def form(
        self, letter: str, period: str, staff: tuple[int, int] | None = (100, 50), *, done: Sequence[int] = (),
        science: dict[str, bool] | None = None, named: str | None = None, status: str = "dang_thuc_hien", secret: int = 0,
        money: int = 0,
    ) -> Path:  # fmt: skip
        """Write a unit's workbook: staff (total, reached), quantities of activities, science codes, the words of its cover."""
        self.number += 1
        start = date(2026, 5, 4) if period.endswith("H1") else date(2026, 9, 1)
        people = dict(zip(("staff_total", "staff_reached"), staff or (0, 0), strict=True))
        records: dict[str, Any] = {
            "cover": [{"secret_task_count": secret}],
            "workforce": [people | {"comms_staff_total": 2, "comms_staff_trained": 1}],
            "activities": [
                {"task_id": 1, "name": f"Tin giả lập {self.number}.{number}", "activity_type": "tin_bai",
                 "channel": "cong_thong_tin", "started_on": start, "quantity": quantity}
                for number, quantity in enumerate(done)
            ],
            "science_tasks": [
                {"code": code, "name": f"Nhiệm vụ {code}", "level": "bo", "state_funded": True, "start_year": 2025,
                 "end_year": 2027, "communicated": told, **({"communicated_on": start, "channel": "bao_chi"} if told else {})}
                for code, told in (science or {}).items()
            ],
            "task_progress": [{"task_id": 1, "status": status, "percent_complete": 40, "explanation": "Lý do giả lập"}],
            "budget": [{"task_id": 1, "funding_source": "nsnn", "planned_vnd": money, "allocated_vnd": money, "disbursed_vnd": 0}]
            if money
            else [],
        }  # fmt: skip
        path = self.folder / f"{self.number}.xlsx"
        write_workbook(path, unit_id=f"vien-{letter}", period=period, plan=self.plan, records=records)
        if named:
            book = openpyxl.load_workbook(path)
            book["Thông tin chung"]["B5"] = named
            book.save(path)
        return path

    def send(self, letter: str, period: str, *args: Any, at: str | None = None, **words: Any) -> Any:
        """Write a workbook, take it in, and return the result of ingest."""
        path = self.form(letter, period, *args, **words)
        moment = datetime.fromisoformat(at or SENT[period])
        (result,) = ingest(path, self.store, plan=self.plan, sent_at=moment).results
        assert result.outcome == "accepted", [one.message for one in result.submission.findings]
        return result

    def results(self, period: str) -> Results:
        plan = self.plan
        return compute(read_inputs(self.store.official(), plan, plan.period(period), AS_OF))

    def staff(self, period: str) -> tuple[int, int, str]:
        return staff_of(self.results(period))

    def states(self, period: str) -> dict[str, str]:
        found = reporting_status(self.store, period, self.plan, AS_OF)
        return {row["unit_id"].removeprefix("vien-"): row["state"] for row in found["units"]}

    def run(self, *arguments: object) -> int:
        return main([str(one) for one in (*arguments, "--plan", self.plan_folder)])


def staff_of(results: Results) -> tuple[int, int, str]:
    """Reached, total, and the units that are in the figure over those that must report."""
    row = results.kpis.filter(indicator="staff_reached").row(0, named=True)
    return row["numerator"], row["denominator"], f"{row['reported_units']}/{row['expected_units']}"


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., World]:
    return lambda *units: World(tmp_path, *units)


MERGER = (unit("a", ends="2026-06-30"), unit("b", ends="2026-06-30"), unit("c", "2026-07-01", of="ab"))
SPLIT = (unit("x", ends="2026-06-30"), unit("y", "2026-07-01", of="x"), unit("w", "2026-07-01", of="x"))
RENAMED = (unit("a", ends="2026-06-30"), unit("n", "2026-07-01", of="a"))


# ---------------------------------------------------------------------------- whose a workbook is


def test_june_workbooks_of_merged_units_stay_theirs(world):
    w = world(*MERGER)
    results = [w.send("a", H1, (100, 50)), w.send("b", H1, (200, 100), named="vien-b")]
    assert [(one.unit_id, one.revision) for one in results] == [("vien-a", 1), ("vien-b", 1)]
    assert w.states(H1) == {"a": "on_time", "b": "on_time", "z": "missing"}
    assert w.states(H2) == {"c": "missing", "z": "missing"}


@pytest.mark.parametrize("name", ["Viện A", "vien-a", "VA"])
def test_a_former_unit_in_its_successors_half_is_itself_with_a_warning(world, name):
    w = world(*MERGER)
    found = check(w.form("c", H2, named=name), plan=w.plan)
    assert (found.ok, found.unit_id) == (True, "vien-a")
    (finding,) = [one for one in found.findings if one.code == "unit-not-there"]
    assert finding.message == (
        f"Báo cáo ghi «{name}», nhưng Viện A và Viện B sáp nhập thành Viện C từ ngày 01/7/2026; báo cáo 6 tháng cuối năm 2026 do Viện C gửi."
        " Nếu là báo cáo của đơn vị khác thì ghi đúng tên đơn vị đó; khi đơn vị báo cáo thay đã gửi thì số liệu lấy theo báo cáo ấy."
    )


def test_a_unit_that_has_not_begun_is_itself_with_a_warning(world):
    w = world(*MERGER)
    found = check(w.form("c", H1), plan=w.plan)
    assert found.unit_id == "vien-c"
    (finding,) = [one for one in found.findings if one.code == "unit-not-there"]
    assert "báo cáo 6 tháng đầu năm 2026 do Viện A, Viện B gửi" in finding.message


@pytest.mark.parametrize(("period", "wanted"), [(H1, "vien-a"), (H2, "vien-n")])
@pytest.mark.parametrize("name", ["Viện A", "Viện N", "vien-a", "vien-n"])
def test_under_another_name_it_is_the_same_unit(world, period, wanted, name):
    w = world(*RENAMED)
    found = check(w.form("z", period, named=name), plan=w.plan)
    assert found.unit_id == wanted
    assert "unit-not-there" not in {one.code for one in found.findings}


def test_an_older_name_without_a_row_names_nobody_before_its_successor_was_there(world):
    w = world(unit("c", "2026-07-01", predecessors="Viện Cũ Một|Viện Cũ Hai"))
    assert check(w.form("z", H2, named="Viện Cũ Một"), plan=w.plan).unit_id == "vien-c"
    found = check(w.form("z", H1, named="Viện Cũ Một"), plan=w.plan)
    assert (found.ok, found.unit_id) == (False, None)
    assert "unit-unknown" in {one.code for one in found.findings}


def test_the_unit_that_was_asked_for_is_that_of_the_files_own_period(world):
    w = world(*RENAMED)
    for period in (H1, H2):
        path = w.form("z", period, named="Viện N")
        for asked in ("vien-a", "Viện N"):
            assert "unit-mismatch" not in {one.code for one in check(path, plan=w.plan, unit_id=asked).findings}
        assert "unit-mismatch" in {one.code for one in check(path, plan=w.plan, unit_id="Viện Z").findings}


# ---------------------------------------------------------------------------- forms, times of sending, differences


def test_forms_are_of_the_units_of_the_half(world, capsys):
    w = world(*MERGER)

    def letters(period: str) -> set[str]:
        return {path.stem[-1] for path in write_template(period, w.folder / period, plan=w.plan)}

    assert (letters(H1), letters(H2)) == ({"a", "b", "z"}, {"c", "z"})
    assert w.run("template", H2, "--unit", "vien-a", "--out", w.folder) == 2
    assert (
        "sáp nhập thành Viện C từ ngày 01/7/2026; báo cáo 6 tháng cuối năm 2026 do Viện C gửi"
        in capsys.readouterr().err
    )
    assert w.run("template", H2, "--unit", "Viện A", "--out", w.folder) == 0  # a name leads on
    assert (w.folder / "NQ57_2026-H2_vien-c.xlsx").exists()
    assert w.run("template", H1, "--unit", "Viện C", "--out", w.folder) == 2
    assert "báo cáo 6 tháng đầu năm 2026 do Viện A, Viện B gửi" in capsys.readouterr().err


def test_times_and_differences_are_told_of_the_unit_that_sent(world, capsys):
    w = world(*MERGER)
    for total in (100, 110):
        w.send("a", H1, (total, 50), at=f"2026-06-{total // 10}T08:00:00+07:00")
    w.send("c", H2)
    where = ("--store", w.kho)
    assert w.run("diff", "Viện A", H1, *where, "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["unit_id"], [(one["old"], one["new"]) for one in told["changes"]]) == ("vien-a", [(100, 110)])
    assert (
        w.run("store", "sent-at", "vien-a", H1, "25/06/2026 08:00", "--revision", "2", "--reason", "Sổ văn thư", *where)
        == 0
    )
    assert w.run("store", "sent-at", "Viện A", H2, "09/12/2026 08:00", "--reason", "Sổ văn thư", *where) == 0
    assert "VC, 6 tháng cuối năm 2026: thời điểm gửi" in capsys.readouterr().out
    sent = {row["unit_id"]: row["sent_at"].day for row in w.store.receipts().filter("is_latest").to_dicts()}
    assert sent == {"vien-a": 25, "vien-c": 9}


# ---------------------------------------------------------------------------- which figures count


ABSORBED = (unit("a", ends="2026-06-30"), unit("c", of="a"))
SPUN_OFF = (unit("x"), unit("y", "2026-07-01", of="x"))
CLOSED = (unit("d", ends="2026-06-30"),)
RENAMED_CLOSED = (unit("a", ends="2026-06-30"), unit("n", "2026-07-01", "2026-10-31", of="a"))
EARLY = (unit("a", ends="2026-06-15"), unit("b", ends="2026-06-15"), unit("c", "2026-06-16", of="ab"))
CHAIN = (unit("a", ends="2026-06-30"), unit("b", "2026-07-01", "2026-09-30", of="a"), unit("c", "2026-10-01", of="b"))
REGROUPED = (
    unit("x", ends="2026-06-30"), unit("v", ends="2026-06-30"),
    unit("y", "2026-07-01", of="x"), unit("w", "2026-07-01", of="xv"),
)  # fmt: skip
OUTSIDE = (unit("a", ends="2026-06-30"), unit("q", "2026-07-01", of="a", reports="false"))
NEXT_YEAR = (unit("a", ends="2026-12-31"), unit("c", "2027-01-01", of="a"))

#: Name: the register; what is sent («a1:50/100+10»: Viện A for the first half, 50 of 100 staff reached, 10 items); of the
#: first half and of the year: staff reached/total, units in the figure/units that must report; items in the year; who is
#: missing in the second half. Viện Z is silent everywhere.
CASES = {
    "merger: both old, then the new": (MERGER, "a1:50/100+10 b1:100/200+20 c2:160/310+40", "150/300 2/3", "160/310 1/2", 70, "z"),
    "merger: both old, the new silent": (MERGER, "a1:50/100+10 b1:100/200+20", "150/300 2/3", "150/300 1/2", 30, "cz"),
    "merger: one old, the new silent": (MERGER, "a1:50/100+10", "50/100 1/3", "50/100 0/2", 10, "cz"),
    "merger: one old, then the new": (MERGER, "a1:50/100+10 c2:160/310+40", "50/100 1/3", "160/310 1/2", 50, "z"),
    "merger: the new alone": (MERGER, "c2:160/310+40", "0/0 0/3", "160/310 1/2", 40, "z"),
    "merger: nobody": (MERGER, "", "0/0 0/3", "0/0 0/2", 0, "cz"),
    "merger: the old go on reporting, the new silent": (
        MERGER, "a1:50/100+10 b1:100/200+20 a2:60/110+5 b2:110/210+6", "150/300 2/3", "170/320 1/2", 41, "cz"),
    "merger: the old go on reporting, and the new": (
        MERGER, "a1:50/100+10 b1:100/200+20 a2:60/110+5 b2:110/210+6 c2:160/310+40", "150/300 2/3", "160/310 1/2", 70, "z"),
    "merger: the new for the half before it was there": (MERGER, "c1:155/305+33", "155/305 2/3", "155/305 1/2", 33, "cz"),
    "merger: the new and one old for the half before": (MERGER, "c1:155/305+33 a1:50/100+10", "50/100 1/3", "50/100 0/2", 10, "cz"),
    "merger before the deadline: the new owes, and reports": (
        EARLY, "a1:50/100+10 c1:160/310+40 c2:165/315+4", "160/310 1/2", "165/315 1/2", 44, "z"),
    "merger before the deadline: the old report": (EARLY, "a1:50/100+10 b1:100/200+20", "150/300 1/2", "150/300 1/2", 30, "cz"),
    "absorbed: both, then the one that goes on": (
        ABSORBED, "a1:50/100+10 c1:30/60+3 c2:85/165+8", "80/160 2/3", "85/165 1/2", 21, "z"),
    "absorbed: both, then nobody": (ABSORBED, "a1:50/100+10 c1:30/60+3", "80/160 2/3", "80/160 1/2", 13, "cz"),
    "absorbed: the absorbed alone": (ABSORBED, "a1:50/100+10", "50/100 1/3", "50/100 0/2", 10, "cz"),
    "split: the old, then all": (SPLIT, "x1:150/300+30 y2:70/120+7 w2:90/185+9", "150/300 1/2", "160/305 2/3", 46, "z"),
    "split: the old, then one": (SPLIT, "x1:150/300+30 y2:70/120+7", "150/300 1/2", "150/300 2/3", 37, "wz"),
    "split: the old alone": (SPLIT, "x1:150/300+30", "150/300 1/2", "150/300 2/3", 30, "wyz"),
    "split: one new alone": (SPLIT, "y2:70/120+7", "0/0 0/2", "70/120 1/3", 7, "wz"),
    "split: the old goes on reporting, and one new": (
        SPLIT, "x1:150/300+30 x2:152/302+3 y2:70/120+7", "150/300 1/2", "150/300 2/3", 37, "wz"),
    "split: the old goes on reporting": (SPLIT, "x1:150/300+30 x2:152/302+3", "150/300 1/2", "152/302 2/3", 33, "wyz"),
    "spun off: both": (SPUN_OFF, "x1:150/300+30 x2:100/200+1 y2:48/98+2", "150/300 1/2", "148/298 2/3", 33, "z"),
    "spun off: the old one alone": (SPUN_OFF, "x1:150/300+30 x2:100/200+1", "150/300 1/2", "100/200 1/3", 31, "yz"),
    "spun off: the new one alone": (SPUN_OFF, "x1:150/300+30 y2:48/98+2", "150/300 1/2", "150/300 2/3", 32, "xz"),
    "closed: its half": (CLOSED, "d1:50/100+10", "50/100 1/2", "0/0 0/1", 10, "z"),
    "closed: reports after its end": (CLOSED, "d1:50/100+10 d2:50/100+2", "50/100 1/2", "0/0 0/1", 12, "z"),
    "closed after it was renamed": (RENAMED_CLOSED, "a1:50/100+10", "50/100 1/2", "0/0 0/1", 10, "z"),
    "renamed: both names": (RENAMED, "a1:50/100+10 n2:60/110+5", "50/100 1/2", "60/110 1/2", 15, "z"),
    "renamed: the old name alone": (RENAMED, "a1:50/100+10", "50/100 1/2", "50/100 1/2", 10, "nz"),
    "twice in one half: first and last": (CHAIN, "a1:50/100+10 c2:60/110+5", "50/100 1/2", "60/110 1/2", 15, "z"),
    "twice in one half: the one between reports": (CHAIN, "a1:50/100+10 b2:60/110+5", "50/100 1/2", "60/110 1/2", 15, "z"),
    "regrouped: all": (
        REGROUPED, "x1:150/300+30 v1:20/40+2 y2:70/120+7 w2:95/220+9", "170/340 2/3", "165/340 2/3", 48, "z"),
    "regrouped: one new is silent": (
        REGROUPED, "x1:150/300+30 v1:20/40+2 w2:95/220+9", "170/340 2/3", "170/340 2/3", 41, "yz"),
    "merged into a body that does not report": (OUTSIDE, "a1:50/100+10", "50/100 1/2", "0/0 0/1", 10, "z"),
    "merged at New Year": (NEXT_YEAR, "a1:50/100+10 a2:60/110+5", "50/100 1/2", "60/110 1/2", 15, "z"),
}  # fmt: skip


def send_all(world: World, sent: str) -> None:
    for one in sent.split():
        who, _, what = one.partition(":")
        staff, _, quantity = what.partition("+")
        reached, _, whole = staff.partition("/")
        world.send(who[0], H1 if who[1] == "1" else H2, (int(whole), int(reached)), done=[int(quantity)])


#: The first of a merger, a split, and a closed unit.
SHORT = {next(name for name, case in CASES.items() if case[0] is units) for units in (MERGER, SPLIT, CLOSED)}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(name, marks=() if name in SHORT else pytest.mark.slow(reason="a store for each way of reporting"))
        for name in CASES
    ],
)
def test_people_and_work_count_once_whoever_reports(world, case):
    units, sent, first, year, items, missing = CASES[case]
    w = world(*units)
    send_all(w, sent)
    of_first, of_second, results = (w.results(period) for period in (H1, H2, YEAR))

    def told(results: Results) -> str:
        reached, whole, coverage = staff_of(results)
        return f"{reached}/{whole} {coverage}"

    assert (told(of_first), told(of_second), told(results)) == (first, year, year)
    assert results.by_type["quantity"].sum() == items
    assert results.workforce.filter(pl.col("group").is_null())["staff_total"].drop_nulls().to_list() == (
        [] if year.startswith("0/0") else [int(year.partition(" ")[0].partition("/")[2])]
    )
    assert "".join(sorted(one.removeprefix("vien-") for one in of_second.missing_units)) == missing
    # every report is in the figures, or its staff are told as left out, with a reason
    counted = {(row["unit_id"], row["period"]) for row in traced(results)}
    left = {
        (row["unit_id"], row["period"])
        for row in results.left_out.filter(pl.col("table").is_in(["workforce", "cover"])).to_dicts()
    }
    newest = dict(sorted(counted, key=lambda one: one[1]))
    for row in w.store.receipts().to_dicts():
        key = (row["unit_id"], row["period"])
        assert key in counted or key in left or newest.get(key[0], "") > key[1], key


def traced(results: Results) -> list[dict[str, Any]]:
    from nq57kit.indicators import list_figures

    rows = list_figures(results)["kpis.staff_reached"].rows()
    return rows.filter(role="denominator").to_dicts()


# ---------------------------------------------------------------------------- tasks, secrets, work under way


def test_a_science_task_counts_once_and_its_new_owner_speaks_last(world):
    w = world(*MERGER)
    w.send("a", H1, science={"K.01": False, "K.02": True, "K.04": True})
    w.send("b", H1, science={"K.01": False, "K.03": False})
    assert [science_of(w, period) for period in (H1, YEAR)] == [(2, 4, []), (2, 4, [])]
    w.send("c", H2, science={"K.01": True, "K.04": False})
    # K.01 is communicated now, K.04 is said not to be; K.02 (yes) and K.03 (no) stand as the former units told them
    assert science_of(w, YEAR) == (2, 4, [])
    codes = w.results(YEAR).science_tasks
    assert codes.filter("communicated")["code"].to_list() == ["K.01", "K.02"]
    assert codes["units"].to_list() == [["vien-c"], ["vien-a"], ["vien-b"], ["vien-c"]]


def science_of(world: World, period: str) -> tuple[int, int, list[str]]:
    results = world.results(period)
    row = results.kpis.filter(indicator="science_tasks_communicated").row(0, named=True)
    return row["numerator"], row["denominator"], results.science_tasks.filter("disagreement")["code"].to_list()


@pytest.mark.parametrize(
    ("sent", "number"), [("a1 b1", 5), ("a1 b1 c2", 7), ("a1", 2), ("b1 c2", 7), ("c2", 7)], ids=str
)
def test_secret_tasks_are_counted_once(world, sent, number):
    w = world(*MERGER)
    w.plan = replace(w.plan, settings=replace(w.plan.settings, show_secret_count=True))
    for who in sent.split():
        w.send(who[0], f"2026-H{who[1]}", secret={"a": 2, "b": 3, "c": 7}[who[0]])
    (line,) = [row for row in w.results(YEAR).left_out.to_dicts() if "bí mật" in row["what"]]
    assert line["what"] == f"{number} nhiệm vụ thuộc bí mật nhà nước"


def test_work_under_way_is_told_by_each_half_of_those_that_led_it_then(world):
    w = world(*MERGER)
    w.send("a", H1, status="hoan_thanh")
    w.send("b", H1)
    assert progress(w, H1) == {"a": "hoan_thanh", "b": "dang_thuc_hien", "z": None}
    assert progress(w, YEAR) == {"c": None, "z": None}  # what A and B said is not one thing: nothing is guessed
    reasons = w.results(YEAR).left_out.filter(table="task_progress")["reason"].unique().to_list()
    assert reasons == [
        "Đơn vị không có trong kỳ: Viện A và Viện B sáp nhập thành Viện C từ ngày 01/7/2026; báo cáo năm 2026 do Viện C gửi"
    ]
    w.send("c", H2, status="khong_phat_sinh")
    assert progress(w, YEAR) == {"c": "khong_phat_sinh", "z": None}


def progress(world: World, period: str) -> dict[str, str | None]:
    rows = world.results(period).task_status.filter(task_id=1)
    return {unit.removeprefix("vien-"): status for unit, status in rows.select("unit_id", "reported_status").rows()}


def test_under_another_name_the_work_goes_on_and_leads_back_to_its_cell(world):
    from nq57kit.indicators import list_figures

    w = world(*RENAMED)
    w.send("a", H1, status="hoan_thanh")
    assert progress(w, YEAR) == {"n": "hoan_thanh", "z": None}
    rows = list_figures(w.results(YEAR))["unit_task_status.vien-n.1"].rows().to_dicts()
    assert [(row["role"], row["unit_id"], row["period"], row["value"]) for row in rows] == [
        ("counted", "vien-a", H1, "hoan_thanh")
    ]


def test_what_a_closed_unit_led_its_successor_leads(world):
    w = world(*MERGER)
    rows = list(csv.DictReader((w.plan_folder / "tasks.csv").read_text(encoding="utf-8").splitlines()))
    w._write("tasks", [row | {"lead_units": "vien-a"} if row["task_id"] == "3" else row for row in rows], list(rows[0]))
    plan = load_plan(w.plan_folder)
    assert [plan.leads(plan.period(half)).filter(task_id=3)["unit_id"].to_list() for half in (H1, H2)] == [
        ["vien-a"],
        ["vien-c"],
    ]
    assert 3 in plan.tasks_led_by("vien-c")["task_id"]
    assert 3 not in plan.tasks_led_by("vien-b")["task_id"]


def test_money_and_difficulties_of_former_units_stay_in_the_year(world):
    w = world(*MERGER)
    for letter, period, money in (("a", H1, 5), ("b", H1, 7), ("c", H2, 11), ("a", H2, 100)):
        w.send(letter, period, money=money * 1_000_000)
    assert w.results(YEAR).budget["planned_vnd"].item() == 23_000_000  # what A sent for C's half is C's already


# ---------------------------------------------------------------------------- what is said of it


def test_figures_of_a_former_unit_are_told_as_that_with_the_day(world):
    w = world(*MERGER)
    send_all(w, "a1:50/100+10 b1:100/200+20")
    told = w.results(YEAR).cautions.filter(code="former-unit-counts")
    assert told["unit_id"].to_list() == ["vien-a", "vien-b"]
    assert told["message"][0] == (
        "Viện A và Viện B sáp nhập thành Viện C từ ngày 01/7/2026; báo cáo năm 2026 do Viện C gửi; Viện C chưa có số liệu nhân "
        "lực, nên tính theo báo cáo 6 tháng đầu năm 2026 của đơn vị cũ."
    )
    send_all(w, "c2:160/310+40 b2:1/1+1")
    results = w.results(YEAR)
    assert results.cautions.filter(code="former-unit-counts").is_empty()
    left = results.left_out.filter(pl.col("table").is_in(["workforce", "cover"])).select(
        "unit_id", "period", "what", "reason"
    )
    year = "Đơn vị không có trong kỳ: Viện A và Viện B sáp nhập thành Viện C từ ngày 01/7/2026; báo cáo năm 2026 do Viện C gửi"
    half = year.replace("năm 2026", "6 tháng cuối năm 2026")
    assert left.rows() == [
        ("vien-b", H2, "Toàn bộ báo cáo", half),
        ("vien-a", H1, "Nhân lực", year),
        ("vien-b", H1, "Nhân lực", year),
    ]


def test_a_report_held_back_for_its_siblings_says_why(world):
    w = world(*SPLIT)
    send_all(w, "x1:150/300+30 y2:70/120+7")
    (left,) = w.results(YEAR).left_out.filter(table="workforce").to_dicts()
    assert (left["unit_id"], left["period"]) == ("vien-y", H2)
    assert left["reason"].startswith("Số liệu của đơn vị cũ còn được tính vì các đơn vị mới chưa báo cáo đủ")


def test_status_names_what_changed_and_who_need_not_have_sent(world, capsys):
    w = world(*MERGER)
    send_all(w, "a1:50/100+10 a2:50/100+10")
    assert w.run("status", H2, "--store", w.kho, "--as-of", AS_OF) == 0
    said = capsys.readouterr().out.splitlines()
    change = "Viện A và Viện B sáp nhập thành Viện C từ ngày 01/7/2026"
    assert said[-1] == f"{change}."
    assert said[-2].endswith(f"(không tính vào tỷ lệ): VA ({change}; báo cáo 6 tháng cuối năm 2026 do Viện C gửi).")
    found = reporting_status(w.store, H2, w.plan, AS_OF)
    assert (found["expected"], found["actual"], found["unexpected"]) == (2, 0, ["vien-a"])
    assert reporting_status(w.store, YEAR, w.plan, AS_OF)["changes"] == [change]


def test_merged_units_are_compared_with_their_successor_as_one(world):
    w = world(*MERGER)
    w.send("a", H1, (100, 50), science={"K.01": True}, status="hoan_thanh")
    w.send("b", H1, (200, 50), science={"K.02": True})
    w.send("c", H2, (140, 70), science={"K.01": True})
    found = (
        w.store.snapshot()
        .findings(H2)
        .filter(pl.col("code").is_in(["staff-dropped", "science-task-vanished", "status-went-back"]))
    )
    assert found.select("unit_id", "code", "value").rows() == [
        ("vien-c", "science-task-vanished", "K.02"),
        ("vien-c", "staff-dropped", "140"),  # 300 before
    ]


@pytest.mark.parametrize(("units", "letter"), [(SPLIT, "y"), (SPUN_OFF, "x")], ids=["split", "spun off"])
def test_nobody_is_asked_about_people_who_went_with_another(world, units, letter):
    w = world(*units)
    w.send("x", H1, (300, 50), science={"K.01": True})
    w.send(letter, H2, (20, 10))
    codes = set(w.store.snapshot().findings(H2)["code"])
    assert codes.isdisjoint({"staff-dropped", "science-task-vanished"})


def test_forms_are_prefilled_from_the_units_that_were_merged(world):
    from nq57kit.submissions import read_earlier

    w = world(*MERGER)
    w.send("a", H1, science={"K.01": True})
    w.send("b", H1, science={"K.02": True})
    earlier = read_earlier(w.store.snapshot(), H2, w.plan)
    assert {unit: sorted(one.senders) for unit, one in earlier.items()} == {"vien-c": ["vien-a", "vien-b"]}


# ---------------------------------------------------------------------------- scorecards


def card(world: World, text: str, period: str) -> Any:
    from nq57kit.reports import read_parameters
    from nq57kit.reports.report import prepare_report

    values = {
        "store": world.kho,
        "plan": world.plan_folder,
        "period": period,
        "unit_id": text,
        "as_of": AS_OF.isoformat(),
    }
    return prepare_report(read_parameters("unit", values)).card


def test_scorecards_of_the_old_and_the_new(world):
    from nq57kit.show import scorecard

    w = world(*MERGER)
    send_all(w, "a1:50/100+10 b1:100/200+20 c2:160/310+40")
    change = "Viện A và Viện B sáp nhập thành Viện C từ ngày 01/7/2026."
    old, new = card(w, "Viện A", H1), card(w, "Viện C", H2)
    assert [one.measures.filter(measure="staff_reached").row(0)[1:3] for one in (old, new)] == [(50, 100), (160, 310)]
    for one in (old, new):
        assert change in scorecard.summarise(one).items
    assert old.agenda.filter(what="report").is_empty()  # its half is reported, and no other is its own
    assert new.agenda.filter(what="report")["period"].to_list() == ["2027-H1"]


@pytest.mark.parametrize("text", ["Viện A", "vien-a"])
def test_a_closed_units_scorecard_points_to_its_successor(world, text):
    w = world(*MERGER)
    with pytest.raises(ParameterError) as caught:
        card(w, text, H2)
    assert str(caught.value) == (
        "Tham số «unit_id»: không có phiếu kỳ 2026-H2 của Viện A: Viện A và Viện B sáp nhập thành Viện C từ ngày 01/7/2026; báo cáo "
        "6 tháng cuối năm 2026 do Viện C gửi."
    )


def test_a_scorecard_under_another_name_knows_what_was_said_before(world):
    w = world(*RENAMED)
    send_all(w, "a1:50/100+10")
    found = card(w, "Viện A", H2)
    assert (found.unit.unit_id, found.own.inputs.receipts["unit_id"].to_list()) == ("vien-n", ["vien-a"])
    assert found.own.kpis.filter(indicator="staff_reached")["numerator"].item() == 50


# ---------------------------------------------------------------------------- locks


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (
            "2026-12-12T09:00:00+07:00",
            "chưa hết hạn gửi báo cáo 6 tháng cuối năm 2026 (trước ngày 20/12/2026); 1/2 đơn vị chưa có",
        ),
        (
            "2026-06-14T23:00:00+07:00",
            "6 tháng cuối năm 2026 chưa bắt đầu (số liệu từ ngày 15/6/2026); 2/2 đơn vị chưa có",
        ),
        ("2026-12-20T00:00:00+07:00", None),
    ],
)
def test_a_lock_before_the_deadline_warns(world, at, said):
    w = world(unit("a"))
    send_all(w, "a2:50/100+10")
    found = warn_of_lock(w.store, w.plan.period(H2), w.plan, datetime.fromisoformat(at))
    assert found is None if said is None else found is not None and found.startswith(said)


def test_a_report_on_time_after_a_lock_is_not_called_missing(world, capsys):
    from nq57kit.show import reporting

    w = world(unit("a"), unit("b"))
    w.send("a", H1)
    w.send("a", H2)
    lock_period(w.store, w.plan.period(H2), now=datetime.fromisoformat("2026-12-12T09:00:00+07:00"))
    w.send("b", H2, at="2026-12-15T09:00:00+07:00")
    found = reporting_status(w.store, H2, w.plan, AS_OF)
    assert {row["unit_id"]: (row["state"], row["on_time"], row["revision"]) for row in found["units"]} == {
        "vien-a": ("on_time", True, 1), "vien-b": ("after_lock", True, None), "vien-z": ("missing", None, None),
    }  # fmt: skip
    assert (found["actual"], found["actual_on_time"], found["overdue"]) == (1, 1, ["vien-z"])
    assert w.run("status", H2, "--store", w.kho, "--as-of", AS_OF) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Viện B")]
    assert "Nhận sau khi khóa số liệu, gửi đúng hạn" in line
    told = reporting.describe(w.results(H2)).parts[-1].rows
    assert [row[:2] for row in told] == [("Khi khóa số liệu chưa nhận được báo cáo", 2)]
