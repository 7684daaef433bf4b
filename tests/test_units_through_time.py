"""Units merge, split, close and are renamed within a year: which report counts for whom (the table in docs/plan.md).

A small ministry with its own units.csv, real workbooks by the writer of forms, a real store; all figures counted by hand.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import openpyxl
import polars as pl
import pytest

import nq57kit.plan
from nq57kit.cli import main
from nq57kit.indicators import Results, compute
from nq57kit.plan import load_plan
from nq57kit.reports.report import read_inputs
from nq57kit.store import Store, ingest, reporting_status
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
            "task_progress": [{"task_id": 1, "status": status, "percent_complete": 40}],
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
        return result

    def results(self, period: str) -> Results:
        plan = self.plan
        return compute(read_inputs(self.store.official(), plan, plan.period(period), AS_OF))

    def staff(self, period: str) -> tuple[int, int, str]:
        """Reached, total, and the units that are in the figure over those that must report."""
        row = self.results(period).kpis.filter(indicator="staff_reached").row(0, named=True)
        return row["numerator"], row["denominator"], f"{row['reported_units']}/{row['expected_units']}"

    def states(self, period: str) -> dict[str, str]:
        found = reporting_status(self.store, period, self.plan, AS_OF)
        return {row["unit_id"].removeprefix("vien-"): row["state"] for row in found["units"]}

    def run(self, *arguments: object) -> int:
        return main([str(one) for one in (*arguments, "--plan", self.plan_folder)])


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
    assert capsys.readouterr().out.splitlines()[-1].startswith("VC, ")
    sent = {row["unit_id"]: row["sent_at"].day for row in w.store.receipts().filter("is_latest").to_dicts()}
    assert sent == {"vien-a": 25, "vien-c": 9}


# ---------------------------------------------------------------------------- which figures count


ABSORBED = (unit("a", ends="2026-06-30"), unit("c", of="a"))
SPUN_OFF = (unit("x"), unit("y", "2026-07-01", of="x"))
CLOSED = (unit("d", ends="2026-06-30"),)
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


@pytest.mark.parametrize("case", CASES)
def test_people_and_work_count_once_whoever_reports(world, case):
    units, sent, first, year, items, missing = CASES[case]
    w = world(*units)
    send_all(w, sent)

    def told(period: str) -> str:
        reached, whole, coverage = w.staff(period)
        return f"{reached}/{whole} {coverage}"

    assert (told(H1), told(H2), told(YEAR)) == (first, year, year)
    results = w.results(YEAR)
    assert results.by_type["quantity"].sum() == items
    assert results.workforce.filter(pl.col("group").is_null())["staff_total"].to_list() == (
        [] if year.startswith("0/0") else [int(year.partition(" ")[0].partition("/")[2])]
    )
    assert "".join(sorted(one.removeprefix("vien-") for one in w.results(H2).missing_units)) == missing
    # every report is in the figures, or its staff are told as left out, with a reason
    counted = {(row["unit_id"], row["period"]) for row in traced(w)}
    left = {
        (row["unit_id"], row["period"])
        for row in results.left_out.filter(pl.col("table").is_in(["workforce", "cover"])).to_dicts()
    }
    newest = dict(sorted(counted, key=lambda one: one[1]))
    for row in w.store.receipts().to_dicts():
        key = (row["unit_id"], row["period"])
        assert key in counted or key in left or newest.get(key[0], "") > key[1], key


def traced(world: World) -> list[dict[str, Any]]:
    from nq57kit.indicators import list_figures

    rows = list_figures(world.results(YEAR))["kpis.staff_reached"].rows()
    return rows.filter(role="denominator").to_dicts()
