"""What reports say of small stores, made through real forms and counted by hand: silent, empty, late and repeating units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nq57kit.plan import load_plan
from nq57kit.reports import collect_results, open_report
from nq57kit.reports.report import Report
from nq57kit.show import difficulties, left_out, money, outputs, reporting, summary
from nq57kit.show.blocks import Bullets, Table
from nq57kit.store import Store, ingest, reporting_status

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
ACADEMY = "hv-nongnghiep"


@pytest.fixture(scope="module")
def making(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(Path(__file__).parent / "store" / "making.py")


class Desk:
    """A store into which forms are sent; and the reports of it."""

    def __init__(self, folder: Path, making: ModuleType) -> None:
        self.store, self.folder, self.making, self.number = Store.create(folder / "kho"), folder, making, 0

    def send(self, unit: str, half: str, *, sent: str = "", **tables: Any) -> None:
        self.number += 1
        year, is_first = half[:4], half.endswith("H1")
        moment = sent or f"{year}-{'06' if is_first else '12'}-18T09:00"
        path = self.making.write_form(self.folder / f"{self.number}.xlsx", unit, half, **tables)
        report = ingest(path, self.store, sent_at=datetime.fromisoformat(moment).replace(tzinfo=HANOI))
        assert report.ok, report.results

    def act(self, day: date, quantity: int, **words: Any) -> dict[str, Any]:
        return self.making.activity(f"Hoạt động giả lập {quantity}", day, quantity, **words)

    def report(self, kind: str, period: str, as_of: str) -> Report:
        key = {"year": int(period)} if kind == "annual" else {"period": period}
        return open_report(kind, store=str(self.store.folder), as_of=as_of, **key)


@pytest.fixture
def desk(tmp_path: Path, making: ModuleType) -> Desk:
    return Desk(tmp_path, making)


def column(table: Table, name: str) -> list[Any]:
    place = [one.name for one in table.columns].index(name)
    return [row[place] for row in table.formatted()]


def test_a_silent_academy_is_no_zero_beside_its_75_of_the_year_before_and_nothing_is_proposed_of_it(desk: Desk) -> None:
    for unit, quantity in (("vu-tccb", 40), (ACADEMY, 75)):
        desk.send(unit, "2026-H1", activities=[desk.act(date(2026, 5, 4), quantity)])
    desk.send("vu-tccb", "2027-H1", activities=[desk.act(date(2027, 5, 4), 30)])
    results = desk.report("semiannual", "2027-H1", "2027-06-25").results
    table = outputs.tabulate_groups(results)
    rows = dict(
        zip(column(table, "group"), zip(column(table, "sent"), column(table, "quantity"), strict=True), strict=True)
    )
    assert rows["Học viện"] == ("0/1", "–")
    assert rows["Các Vụ"] == ("1/5", "30")
    # The Vụ are compared over vu-tccb alone; four of them are silent, so nothing is proposed of the group.
    assert "(40 → 30, tính trên 1 đơn vị có số liệu ở cả hai kỳ)" in outputs.describe(results).as_text()
    proposals = summary.show_proposals(results).as_text()
    assert "giảm so với" not in proposals
    assert "56 đơn vị chưa gửi báo cáo 6 tháng đầu năm 2027, đã quá hạn" not in proposals
    assert "57 đơn vị chưa gửi báo cáo 6 tháng đầu năm 2027, đã quá hạn" in proposals


def test_a_group_of_which_all_reported_twice_is_told_to_have_done_less(desk: Desk) -> None:
    for half, quantity in (("2026-H1", 75), ("2027-H1", 20)):
        desk.send(ACADEMY, half, activities=[desk.act(date(int(half[:4]), 5, 4), quantity)])
    results = desk.report("semiannual", "2027-H1", "2027-06-25").results
    assert "Học viện (từ 75 còn 20)" in summary.show_proposals(results).as_text()


def test_every_group_has_a_row_in_the_first_year_too(desk: Desk) -> None:
    desk.send("vu-tccb", "2026-H1", activities=[desk.act(date(2026, 5, 4), 3)])
    results = desk.report("semiannual", "2026-H1", "2026-06-25").results
    assert len(outputs.tabulate_groups(results).rows) == len(set(load_plan().units["groups"].list.first())) + 1


def test_an_empty_report_is_one_thing_in_status_report_and_figures(desk: Desk) -> None:
    desk.send("vu-pc", "2026-H1", workforce=[desk.making.workforce(76, 38)])
    desk.send(
        "vu-pc", "2026-H2", task_progress=[], workforce=[desk.making.workforce(77, 0) | {"comms_staff_trained": 0}]
    )
    desk.send("vu-tccb", "2026-H2")
    status = reporting_status(desk.store, "2026-H2", load_plan(), date(2026, 12, 25))
    assert (status["actual"], status["actual_on_time"], status["states"]["on_time"]) == (2, 1, 1)
    report = desk.report("semiannual", "2026-H2", "2026-12-25")
    handed = collect_results(report)
    assert (handed["completeness"]["numerator"], handed["timeliness"]["numerator"]) == (2, 1)
    said = reporting.describe(report.results).as_text()
    assert "gồm 1 đơn vị gửi đúng hạn, 1 đơn vị gửi báo cáo không có nội dung" in said
    reached = next(row for row in handed["kpis"] if row["indicator"] == "staff_reached")
    assert (reached["numerator"], reached["denominator"]) == (38 + 3, 76 + 40)


def test_the_first_period_is_not_chased_in_december_and_is_asked_for_in_june(desk: Desk) -> None:
    desk.send("vu-tccb", "2026-H2")
    said = summary.show_proposals(desk.report("annual", "2026", "2026-12-25").results).as_text()
    assert "6 tháng đầu năm 2026" not in said
    assert "57 đơn vị chưa gửi báo cáo 6 tháng cuối năm 2026, đã quá hạn" in said


def test_nobody_reported_and_58_units_are_asked_and_no_table_stands_empty(desk: Desk) -> None:
    report = desk.report("semiannual", "2026-H2", "2026-12-25")
    asked = summary.show_proposals(report.results).parts[0]  # type: ignore[attr-defined]
    assert isinstance(asked, Bullets)
    assert asked.items[0].startswith(
        "58 đơn vị chưa gửi báo cáo 6 tháng cuối năm 2026, đã quá hạn (Phụ lục I). Đề nghị"
    )
    for table in (outputs.tabulate_types(report.results), left_out.tabulate_rows(report.results)):
        assert not table.rows
        assert f">{table.as_text()}</p>" in table._repr_mimebundle_()["text/html"]
    assert set(outputs.tabulate_groups(report.results).formatted()[0][2:4]) == {"–"}
    units = report.results.evidence.filter(code="active_units")
    assert units.select("count", "total").row(0) == (0, 0)  # none of none: nobody spoke


def test_a_unit_of_two_groups_counts_once_in_every_table_and_a_note_says_where(desk: Desk) -> None:
    desk.send(ACADEMY, "2026-H2", activities=[desk.act(date(2026, 9, 1), 2)])
    results = desk.report("semiannual", "2026-H2", "2026-12-25").results
    note = "Mỗi đơn vị được tính ở một nhóm; đơn vị thuộc hai nhóm: Học viện Nông nghiệp Việt Nam ở nhóm «Học viện»."
    sent, done = reporting.tabulate_groups(results), outputs.tabulate_groups(results)
    assert note in sent.notes
    assert note in done.notes
    expected = [int(one) for one in column(sent, "expected_0")]
    assert sum(expected[:-1]) == expected[-1] == 58
    for name, count in zip(column(sent, "group"), column(sent, "expected_0"), strict=True):
        if name in column(done, "group"):
            assert column(done, "sent")[column(done, "group").index(name)].endswith(f"/{count}")


def test_a_year_tells_the_sending_of_both_halves_as_its_json_does(desk: Desk) -> None:
    desk.send("vu-tccb", "2026-H1")
    desk.send("vu-tccb", "2026-H2")
    desk.send("vu-pc", "2026-H2", sent="2026-12-21T09:00")
    report = desk.report("annual", "2026", "2026-12-25")
    handed = collect_results(report)
    assert (handed["completeness"]["numerator"], handed["completeness"]["denominator"]) == (3, 116)
    card = summary.pick_key_figures(report.results).items[0]  # type: ignore[attr-defined]
    assert (card.value, card.unit) == ("3/116", "báo cáo")
    assert card.coverage == "6 tháng đầu năm 2026: 1/58 đơn vị; 6 tháng cuối năm 2026: 2/58 đơn vị."
    assert card.change.startswith("Đúng hạn: 2/116 báo cáo")
    assert reporting.chart_groups(report.results).title == "3/116 báo cáo đã nhận, 2 đúng hạn, năm 2026"  # type: ignore[attr-defined]
    table = reporting.tabulate_groups(report.results)
    assert [column(table, name)[-1] for name in ("reported_0", "on_time_0", "reported_1", "on_time_1")] == [
        "1",
        "1",
        "2",
        "1",
    ]


def test_a_june_activity_told_in_december_counts_in_the_year_and_the_page_says_so(desk: Desk) -> None:
    desk.send("vu-tccb", "2026-H2", activities=[desk.act(date(2026, 6, 6), 5), desk.act(date(2026, 9, 1), 7)])
    half = desk.report("semiannual", "2026-H2", "2026-12-25").results
    assert half.by_type["quantity"].to_list() == [7]
    assert half.left_out["reason"].to_list() == ["Ngoài kỳ số liệu 15/6/2026 – 14/12/2026; tính vào số liệu cả năm"]
    year = desk.report("annual", "2026", "2026-12-25").results
    assert year.by_type["quantity"].to_list() == [12]
    assert year.left_out.is_empty()
    assert "1 hoạt động của 6 tháng đầu năm 2026 được báo cáo ở kỳ sau" in outputs.compare_halves(year).as_text()


def test_a_difficulty_told_in_june_and_december_stands_once_with_both_periods(desk: Desk) -> None:
    issue = {"category": "kinh_phi", "description": "Kinh phí bố trí chậm", "proposal": "Bố trí từ đầu năm"}
    desk.send("vu-tccb", "2026-H1", issues=[issue])
    desk.send("vu-tccb", "2026-H2", issues=[issue, issue, {"category": "khac", "description": "Thiếu người"}])
    report = desk.report("annual", "2026", "2026-12-25")
    table = difficulties.tabulate_issues(report.results)
    assert column(table, "raised") == [
        "Vụ TCCB (6 tháng đầu năm 2026 và 6 tháng cuối năm 2026)",
        "Vụ TCCB (6 tháng cuối năm 2026)",
    ]
    assert difficulties.describe(report.results).as_text() == (
        "1 đơn vị nêu 2 khó khăn, vướng mắc, nhiều nhất về kinh phí (1). 1 ý kiến được nêu ở cả hai kỳ, tính một lần. "
        "1 ý kiến có kiến nghị kèm theo. 2 nội dung chưa rõ nơi giải quyết."
    )
    assert {row["category"]: row["count"] for row in collect_results(report)["difficulties"]} == {
        "kinh_phi": 1,
        "khac": 1,
    }


def test_costs_of_activities_and_money_disbursed_are_said_to_be_two_figures(desk: Desk) -> None:
    row = {"task_id": 1, "funding_source": "nsnn", "planned_vnd": 90_000_000, "allocated_vnd": 80_000_000,
           "disbursed_vnd": 30_000_000}  # fmt: skip
    desk.send("vu-tccb", "2026-H2", activities=[desk.act(date(2026, 9, 1), 1, cost_vnd=25_000_000)], budget=[row])
    said = money.describe(desk.report("semiannual", "2026-H2", "2026-12-25").results).as_text()
    assert "Kinh phí ghi ở từng hoạt động (trang «Hoạt động») cộng lại là 25 triệu đồng" in said
    assert "không phải số giải ngân (trang «Kinh phí»)" in said


def test_the_channel_used_most_is_by_activities_and_by_units_and_never_by_pieces(desk: Desk) -> None:
    press, portal, network = "bao_chi", "cong_thong_tin", "mang_xa_hoi"
    tccb = [desk.act(date(2026, 9, 1), 900, channel=press), desk.act(date(2026, 9, 2), 1, channel=portal)]
    pc = [desk.act(date(2026, 9, day), 1, channel=network) for day in (3, 4, 5)]
    desk.send("vu-tccb", "2026-H2", activities=tccb)
    desk.send("vu-pc", "2026-H2", activities=[*pc, desk.act(date(2026, 9, 6), 1, channel=portal)])
    said = outputs.describe(desk.report("semiannual", "2026-H2", "2026-12-25").results).as_text()
    assert (
        "Kênh có nhiều hoạt động nhất: mạng xã hội (3/6 hoạt động); có nhiều đơn vị dùng nhất: cổng, trang thông tin điện tử (2 đơn vị)."
    ) in said


def test_the_time_of_the_first_sending_and_the_number_and_time_of_the_one_that_counts_stand_apart(desk: Desk) -> None:
    desk.send("vu-tccb", "2026-H2", sent="2026-12-16T09:00")
    desk.send("vu-tccb", "2026-H2", sent="2026-12-21T10:30", activities=[desk.act(date(2026, 9, 1), 1)])
    table = reporting.tabulate_units(desk.report("semiannual", "2026-H2", "2026-12-25").results)
    heads = [one.label for one in table.columns]
    assert heads[-3:] == ["Thời điểm gửi lần đầu", "Lần gửi được tính", "Thời điểm lần đó, nếu gửi lại"]
    row = next(row for row in table.formatted() if row[1] == "Vụ Tổ chức cán bộ")
    assert ("16/12/2026" in row[-3], row[-2], "21/12/2026" in row[-1]) == (True, "2", True)


def test_outputs_are_told_kind_by_kind_and_never_as_one_sum(desk: Desk) -> None:
    kinds = (("tin_bai", 2000), ("hoi_nghi", 3), ("toa_dam", 4), ("tap_huan", 5))
    acts = [desk.act(date(2026, 9, 1), quantity, activity_type=kind) for kind, quantity in kinds]
    desk.send("vu-tccb", "2026-H2", activities=acts)
    results = desk.report("semiannual", "2026-H2", "2026-12-25").results
    assert outputs.outputs_sentence(results) == (
        "Các đơn vị báo cáo 4 hoạt động, với 2.000 tin, bài; 7 hội nghị, hội thảo, tọa đàm; 5 lớp tập huấn."
    )
    assert "2.012" not in summary.summarise(results).as_text()


def test_no_sentence_of_the_summary_returns_word_for_word_in_the_body(desk: Desk) -> None:
    row = {"task_id": 1, "funding_source": "nsnn", "planned_vnd": 9, "allocated_vnd": 8, "disbursed_vnd": 3}
    desk.send("vu-tccb", "2026-H2", activities=[desk.act(date(2026, 9, 1), 2)], budget=[row])
    results = desk.report("semiannual", "2026-H2", "2026-12-25").results
    body = "\n".join(
        part.as_text() for part in (reporting.describe(results), outputs.describe(results), money.describe(results))
    )
    repeated = [item for item in summary.summarise(results).items if item in body]  # type: ignore[attr-defined]
    assert repeated == []
