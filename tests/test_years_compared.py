"""Reports over two years: a year's target judged when the year is over, a half beside the same half, silence told apart.

Submissions as CSV folders, taken in by `ingest`; every figure is counted by hand from `SENT`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from nq57kit.indicators import Results
from nq57kit.reports import open_report
from nq57kit.show import people, reporting, summary, targets
from nq57kit.show.blocks import KeyFigures
from nq57kit.store import Store, ingest, judge, lock_period

#: Unit and half → science tasks (code → day of communication, or none), staff in all, staff reached, pieces published.
SENT: dict[tuple[str, str], tuple[dict[str, str], int, int, int]] = {
    ("vu-khcn", "2026-H1"): ({"A": "2026-05-20"}, 100, 40, 30),
    ("vu-tccb", "2026-H1"): ({}, 100, 20, 10),
    ("vu-khcn", "2026-H2"): ({"A": "2026-05-20", "B": ""}, 100, 60, 50),
    ("vu-tccb", "2026-H2"): ({}, 100, 90, 40),
    ("van-phong", "2026-H2"): ({"C": "2026-10-01"}, 100, 90, 70),
    ("vu-khcn", "2027-H1"): ({"A": "2026-05-20", "B": "", "D": "2027-03-01"}, 100, 50, 24),
    ("vu-pc", "2027-H1"): ({"E": "", "F": ""}, 100, 10, 80),
    ("vu-khcn", "2027-H2"): ({"A": "2026-05-20", "B": "", "D": "2027-03-01"}, 100, 70, 60),
}


def write(folder: Path, table: str, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def send(folder: Path, unit: str, half: str, told: tuple[dict[str, str], int, int, int]) -> None:
    science, staff, reached, pieces = told
    write(folder, "cover", [{"unit_id": unit, "period": half}])
    write(folder, "workforce", [{"staff_total": staff, "staff_reached": reached, "comms_staff_total": 2,
                                 "comms_staff_trained": 1}])  # fmt: skip
    write(folder, "task_progress", [{"task_id": 1, "status": "Đang thực hiện", "percent_complete": 50}])
    first = f"{half[:4]}-{'03' if half.endswith('1') else '09'}-01"
    write(folder, "activities", [{"task_id": 1, "name": "Bài giả lập", "activity_type": "tin_bai", "channel": "bao_chi",
                                  "started_on": first, "quantity": pieces}])  # fmt: skip
    rows = [{"code": code, "name": f"Nhiệm vụ giả lập {code}", "level": "bo", "state_funded": "Có", "start_year": 2026,
             "end_year": 2028, "communicated": "Có" if day else "Không", "communicated_on": day, "channel": "bao_chi"}
            for code, day in science.items()]  # fmt: skip
    if rows:
        write(folder, "science_tasks", rows)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("hai-nam")
    inbox = folder / "hop-thu"
    times = []
    for (unit, half), told in SENT.items():
        send(inbox / f"{unit}-{half}", unit, half, told)
        times.append(f"{unit}-{half},{half[:4]}-{'06' if half.endswith('1') else '12'}-10T08:00:00+07:00")
    (inbox / "sent.csv").write_text("file,sent_at\n" + "\n".join(times) + "\n", encoding="utf-8")
    report = ingest([inbox], folder / "kho")
    assert {one.outcome for one in report.results} == {"accepted"}
    return Store(folder / "kho")


@pytest.fixture(scope="module")
def open_(store: Store) -> Callable[[str, str], Results]:
    """The results of a report on a period, drawn on a day."""

    def opened(period: str, as_of: str) -> Results:
        if "-" in period:
            return open_report("semiannual", store=store.folder, period=period, as_of=as_of).results
        return open_report("annual", store=store.folder, year=int(period), as_of=as_of).results

    return cache(opened)


def kpi(results: Results, indicator: str) -> dict[str, Any]:
    return results.kpis.row(by_predicate=pl.col("indicator") == indicator, named=True)


SCIENCE, STAFF = "science_tasks_communicated", "staff_reached"
JUNE = ("2027-H1", "2027-06-25")
YEAR = ("2027", "2027-12-25")
#: A, D of A, B, D (vu-khcn) and E, F (vu-pc).
WAITING = "40,0% (2/5), tạm tính theo 2/58 đơn vị; mục tiêu cả năm 2027 là ít nhất 50%, chưa đến kỳ đánh giá"


def test_a1_a_years_target_is_not_judged_in_june(open_: Callable[..., Results]) -> None:
    results = open_(*JUNE)
    row = kpi(results, SCIENCE)
    assert (row["status"], row["judged"], row["value"], row["reported_units"]) == ("on_watch", False, 0.4, 2)
    assert f"truyền thông: {WAITING}." in summary.summarise(results).as_text()
    assert WAITING in targets.describe(results).as_text()
    cards = summary.pick_key_figures(results)
    assert isinstance(cards, KeyFigures)
    assert cards.items[1].status_label == "Chưa đến kỳ đánh giá (tạm tính, 2/58 đơn vị)"
    table = targets.tabulate_kpis(results)
    told = dict(zip([column.name for column in table.columns], table.rows[2], strict=True))
    assert told["status"] == "Chưa đến kỳ đánh giá (tạm tính, 2/58 đơn vị)"
    chart = targets.chart_targets(results)
    assert "năm 2027 chưa đến kỳ đánh giá" in chart.as_text()
    for text in (
        summary.summarise(results).as_text(),
        targets.describe(results).as_text(),
        summary.show_proposals(results).as_text(),
    ):
        assert not re.search("[Cc]hưa đạt|không đạt", text)


def test_a1_a_year_is_judged_from_the_last_day_of_its_data_on(open_: Callable[..., Results]) -> None:
    before, after = (kpi(open_("2027", day), SCIENCE) for day in ("2027-12-13", "2027-12-14"))
    assert (before["status"], before["judged"]) == ("on_watch", False)
    assert (after["status"], after["judged"]) == ("not_met", True)
    assert kpi(open_("2027-H2", "2027-12-14"), SCIENCE)["status"] == "not_met"


def test_a2_a_verdict_stands_nowhere_without_its_coverage(open_: Callable[..., Results]) -> None:
    results = open_(*YEAR)
    assert "40,0% (2/5), tạm tính theo 2/58 đơn vị" in summary.summarise(results).as_text()
    assert "chưa đạt mục tiêu (tạm tính)" in targets.describe(results).as_text()
    verdict = "Chưa đạt (tạm tính, 2/58 đơn vị)"
    cards = summary.pick_key_figures(results)
    assert isinstance(cards, KeyFigures)
    assert cards.items[1].status_label == verdict
    assert verdict in str(targets.tabulate_kpis(results).rows)
    assert "Chưa đạt: 40,0% (2/5), tạm tính theo 2/58 đơn vị" in str(targets.show_asked(results))
    assert "năm 2027 đạt 0/1 chỉ tiêu (tạm tính)" in targets.chart_targets(results).as_text()


def test_a2_locked_and_complete_are_two_words(store: Store, open_: Callable[..., Results], tmp_path: Path) -> None:
    def mark(folder: Path) -> str:
        report = open_report("semiannual", store=folder, period="2026-H1", as_of="2026-06-25")
        return reporting.mark_state(report.results).as_text()

    assert "Số liệu tạm tính: chưa khóa số liệu 6 tháng đầu năm 2026, chưa đủ đơn vị (2/58)." in mark(store.folder)
    copy = copytree(store.folder, tmp_path / "kho")
    lock_period(Store(copy), Store(copy).plan.period("2026-H1"))
    assert "số liệu của kỳ báo cáo đã khóa, chưa đủ đơn vị (2/58)" in mark(copy)


def test_a3_june_stands_beside_june_over_the_units_of_both(open_: Callable[..., Results]) -> None:
    # vu-khcn alone told of both: 40 of 100 people then, 50 now; A of A then, A and D of A, B, D now.
    results = open_(*JUNE)
    staff, science = kpi(results, STAFF), kpi(results, SCIENCE)
    assert (staff["value"], staff["previous_value"], staff["compared_value"], staff["compared_units"]) == (
        0.3,
        0.4,
        0.5,
        1,
    )
    assert (science["previous_value"], science["compared_value"]) == (1, 2 / 3)
    said = targets.describe(results).as_text()
    then = "tăng 10,0 điểm phần trăm so với 6 tháng đầu năm 2026 (40,0% → 50,0%, tính trên 1 đơn vị có số liệu ở cả hai kỳ)"
    assert then in said
    assert "6 tháng cuối năm 2026" not in said
    assert [column.label for column in targets.tabulate_kpis(results).columns].count("6 tháng đầu năm 2026") == 1
    assert "Kỳ trước" not in str(targets.tabulate_kpis(results).columns)
    first = open_("2026-H2", "2026-12-25")
    assert set(first.kpis["previous_value"]) == {None}
    assert "năm đầu thực hiện Kế hoạch, chưa có số liệu năm trước" in targets.describe(first).as_text()


def test_a4_a_group_that_told_nothing_is_shown_and_is_no_zero(open_: Callable[..., Results]) -> None:
    results = open_(*JUNE)
    groups = {row["group"]: row for row in results.workforce.to_dicts()}
    assert (groups["vu"]["units"], groups["vu"]["staff_reached"]) == (2, 60)
    assert (groups["van_phong"]["units"], groups["van_phong"]["staff_reached"]) == (0, None)
    assert set(groups) == {None, *results.inputs.units["groups"].list.first()}
    assert "thấp nhất" not in people.describe(results).as_text()
    assert "cần thêm" not in summary.show_proposals(results).as_text()


def test_a9_units_whose_figures_are_junes_are_told_beside_the_total(open_: Callable[..., Results]) -> None:
    results = open_(*YEAR)
    assert [kpi(results, one)["older_units"] for one in (SCIENCE, STAFF)] == [1, 1]  # vu-pc is silent since June
    told = "tạm tính theo 2/58 đơn vị, trong đó 1 đơn vị theo số liệu 6 tháng đầu năm 2027"
    assert told in targets.describe(results).as_text()
    assert told in people.describe(results).as_text()
    assert kpi(open_(*JUNE), STAFF)["older_units"] == 0


def test_a21_of_the_tasks_communicated_those_of_this_year_are_told(open_: Callable[..., Results]) -> None:
    results = open_(*JUNE)
    assert (kpi(results, SCIENCE)["numerator"], kpi(results, SCIENCE)["first_this_year"]) == (2, 1)
    assert "trong 2 nhiệm vụ đã được truyền thông có 1 nhiệm vụ được truyền thông lần đầu trong năm 2027" in (
        targets.describe(results).as_text()
    )
    assert kpi(open_("2026-H2", "2026-12-25"), SCIENCE)["first_this_year"] == 2


def test_a25_where_nobody_told_and_nothing_is_asked_no_verdict_is_missed(tmp_path: Path) -> None:
    empty = Store.create(tmp_path / "kho")
    results = open_report("semiannual", store=empty.folder, period="2026-H2", as_of="2026-12-25").results
    said = summary.summarise(results).as_text()
    assert "Chưa đủ căn cứ để kết luận" not in said
    assert "Kế hoạch chưa đặt chỉ tiêu định lượng cho năm 2026; theo dõi 3 tỷ lệ" in said


def test_b6_a_target_of_2026_stays_until_it_is_met_or_closed(store: Store, tmp_path: Path) -> None:
    kho = copytree(store.folder, tmp_path / "kho")

    def found() -> dict[str, str | None]:
        results = open_report("semiannual", store=kho, period="2027-H1", as_of="2027-06-25").results
        assert "hình thành mạng lưới" in summary.summarise(results).as_text().lower()
        return dict(results.kpis.filter(comparator="qualitative").select("indicator", "status").iter_rows())

    assert found() == {"network_formed": None, "channels_resourced": None}
    late = datetime(2026, 12, 31, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    judge(Store(kho), "network_formed", 2026, "not_met", basis="Biên bản giả lập", day=late.date(), now=late)
    judge(Store(kho), "channels_resourced", 2026, "met", basis="Biên bản giả lập", day=late.date(), now=late)
    assert found() == {"network_formed": "not_met"}
