"""Tasks: what is overdue and whose it is, long lists, the grid of units and tasks, the words of the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from nq57kit.indicators import completion, compute
from nq57kit.reports.report import read_inputs
from nq57kit.show import outputs, people, reporting, summary, tasks
from nq57kit.show.blocks import Blocks, Figure, Note
from nq57kit.show.markup import block_html
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook
from nq57kit.text import sort_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.plan import Plan
    from nq57kit.show.blocks import Block, Cell

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

#: The day after the units' deadline of a year's second half, and a day between a half's deadline and its tasks' due day.
DECEMBER, JUNE = date(2026, 12, 25), date(2026, 6, 25)


class Ministry:
    """A store of the packaged plan into which units send real workbooks: `send(unit, period, {task: words})`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.store = Store.create(folder / "kho", plan=plan)

    def send(self, unit: str, period: str, tasks: dict[int, dict[str, Any]]) -> None:
        people = {"staff_total": 10, "staff_reached": 5, "comms_staff_total": 2, "comms_staff_trained": 1}
        rows = [{"task_id": task, "explanation": "Lý do giả lập"} | words for task, words in tasks.items()]
        path = self.folder / f"{unit}-{period}.xlsx"
        records = {"workforce": [people], "task_progress": rows}
        write_workbook(path, unit_id=unit, period=period, plan=self.plan, records=records)
        sent_at = datetime(int(period[:4]), 6 if period.endswith("H1") else 12, 15, 9, tzinfo=ZONE)
        (result,) = ingest(path, self.store, plan=self.plan, sent_at=sent_at).results
        assert result.outcome == "accepted", [one.message for one in result.submission.findings]

    def results(self, period: str = "2026", as_of: date = DECEMBER) -> Results:
        return compute(read_inputs(self.store.snapshot(), self.plan, self.plan.period(period), as_of))


@pytest.fixture
def ministry(tmp_path: Path, plan: Plan) -> Ministry:
    return Ministry(tmp_path, plan)


UNDER_WAY = {"status": "dang_thuc_hien", "percent_complete": 25}
IDLE = {"status": "khong_phat_sinh"}


def done(day: date) -> dict[str, Any]:
    return {"status": "hoan_thanh", "percent_complete": 100, "completed_on": day, "products_delivered": "Một sản phẩm"}


def row_of(results: Results, task: int, unit: str) -> tuple[Cell, ...]:
    """The unit's row of the long table: TT, unit, status, percent, due day, day done, products, words …"""
    name = results.inputs.plan.unit(unit).name
    return next(row for row in tasks.tabulate_units(results).rows if row[:2] == (task, name))


def test_a0_the_years_status_shows_both_halves_and_the_products_of_both(ministry: Ministry) -> None:
    ministry.send("vu-khtc", "2026-H1", {9: UNDER_WAY | {"products_delivered": "Văn bản hướng dẫn"}})
    ministry.send("vu-khtc", "2026-H2", {9: IDLE | {"products_delivered": "Báo cáo phân bổ"}})
    row = row_of(ministry.results(), 9, "vu-khtc")
    assert row[2] == (
        "Đang thực hiện – quá hạn – 6 tháng đầu năm 2026: đang thực hiện 25%; 6 tháng cuối năm 2026: không phát sinh"
    )
    assert row[3] == 0.25
    assert "Văn bản hướng dẫn; Báo cáo phân bổ" in str(row[6])


def test_a5_a6_a7_silence_is_no_answer_and_picture_card_sentence_and_json_say_the_same(ministry: Ministry) -> None:
    """48 have fallen due, counted in the appendix: task 4 at 13 units, 5 at 5, 6 at 28, 7 and 9 at one each."""
    ministry.send("vu-tccb", "2026-H2", {1: UNDER_WAY, 7: done(date(2026, 11, 20))})
    ministry.send("vu-khtc", "2026-H2", {1: UNDER_WAY, 9: UNDER_WAY})
    results = ministry.results()
    said = tasks.completion_sentence(results)
    assert "111 đầu việc (nhiệm vụ × đơn vị chủ trì): hoàn thành 1/4 đầu việc đã có báo cáo (25,0%)" in said
    assert "107 chưa có báo cáo" in said
    assert "Trong đó 48 đầu việc đã đến hạn, không tính các nhiệm vụ 1, 2 và 8 (thường xuyên), nhiệm vụ 10" in said
    assert (
        "hoàn thành 1/2 đầu việc đã có báo cáo (50,0%), trong đó 0 có đủ sản phẩm theo Phụ lục; quá hạn 1; 46 chưa"
        in said
    )
    card = summary.pick_key_figures(results).items[-1]  # type: ignore[attr-defined]
    assert (card.value, card.unit) == ("1/2", "đầu việc")
    assert "46 chưa có báo cáo" in card.coverage
    assert "46 đầu việc đã đến hạn chưa có báo cáo nên chưa xác định được" in tasks.overdue_sentence(results)
    picture = tasks.chart_statuses(results)
    assert isinstance(picture, Figure)
    assert picture.title == "1/10 nhiệm vụ còn đơn vị quá hạn, theo các báo cáo đã có"
    shown = tasks.tabulate_overdue(results)
    assert [(row[0], row[2]) for row in shown.rows] == [
        ("Quá hạn", 1), ("Chưa có báo cáo", 13), ("Chưa có báo cáo", 5), ("Chưa có báo cáo", 28),
    ]  # fmt: skip
    days = [row[4] for row in tasks.tabulate_units(results).rows]
    assert sum(isinstance(day, date) and day < DECEMBER for day in days) == 48 + 1  # and task 10, the report itself
    assert sum(1 for row in tasks.tabulate_units(results).rows if row[0] in {1, 2, 8} and row[4] is not None) == 0


def test_a5_a6_where_nobody_reported_nothing_is_said_to_be_done_or_in_time(ministry: Ministry) -> None:
    results = ministry.results()
    assert "48 đầu việc đã đến hạn" in tasks.completion_sentence(results)
    assert "0/" not in tasks.completion_sentence(results)
    assert tasks.overdue_sentence(results).startswith("Chưa xác định được việc quá hạn: 48 đầu việc")
    assert tasks.chart_statuses(results).title == "Tình trạng nhiệm vụ, chưa xác định được việc quá hạn"  # type: ignore[attr-defined]
    card = summary.pick_key_figures(results).items[-1]  # type: ignore[attr-defined]
    assert (card.value, "Tỷ lệ: –" in card.coverage) == ("–", True)


def test_a8_words_of_june_from_a_unit_silent_since_are_not_accused(ministry: Ministry) -> None:
    ministry.send("vu-tccb", "2026-H1", {7: UNDER_WAY})
    ministry.send("vu-khtc", "2026-H1", {9: UNDER_WAY})
    ministry.send("vu-khtc", "2026-H2", {1: UNDER_WAY})
    results = ministry.results()
    assert tasks.find_overdue(results) == {}
    since = "theo báo cáo 6 tháng đầu năm 2026; 6 tháng cuối năm 2026"
    assert row_of(results, 7, "vu-tccb")[2] == f"Đang thực hiện (chưa xét hạn) – {since} chưa gửi báo cáo"
    assert row_of(results, 9, "vu-khtc")[2] == f"Đang thực hiện (chưa xét hạn) – {since} báo cáo không nêu"
    shown = tasks.tabulate_overdue(results)
    assert f"T{since[1:]} chưa gửi báo cáo" in shown.headings
    assert "48 đầu việc đã đến hạn" in tasks.overdue_sentence(results)


def test_a15_a_task_over_years_that_was_done_stays_done_when_its_unit_is_silent_later(ministry: Ministry) -> None:
    ministry.send("cuc-cds", "2026-H2", {1: UNDER_WAY, 3: done(date(2026, 11, 2))})
    ministry.send("vu-tccb", "2026-H2", {7: done(date(2026, 11, 2))})
    ministry.send("vu-tccb", "2027-H1", {1: UNDER_WAY})
    later = ministry.results("2027", date(2027, 12, 25))
    assert str(row_of(later, 3, "cuc-cds")[2]).startswith("Hoàn thành đúng hạn – theo báo cáo 6 tháng cuối năm 2026")
    assert row_of(later, 7, "vu-tccb")[2] == "Chưa có báo cáo"  # a yearly task begins anew
    ministry.send("cuc-cds", "2027-H2", {1: UNDER_WAY, 3: UNDER_WAY})
    assert str(row_of(ministry.results("2027", date(2027, 12, 25)), 3, "cuc-cds")[2]).startswith(
        "Đang thực hiện – trong hạn"
    )


def test_a16_what_a_unit_calls_late_is_shown_as_late(ministry: Ministry, tmp_path: Path) -> None:
    folder = tmp_path / "vu-tccb"
    folder.mkdir()
    for table, lines in {
        "cover": ("unit_id,period", "vu-tccb,2026-H1"),
        "workforce": ("staff_total,staff_reached,comms_staff_total,comms_staff_trained", "10,5,2,1"),
        "task_progress": (
            "task_id,status,percent_complete,explanation", "1,Đang thực hiện,50,", "7,Chậm tiến độ,20,Giao dự toán muộn",
        ),
    }.items():  # fmt: skip
        (folder / f"{table}.csv").write_text("\n".join(lines), encoding="utf-8")
    (result,) = ingest(folder, ministry.store, plan=ministry.plan, sent_at=datetime(2026, 6, 15, tzinfo=ZONE)).results
    assert result.outcome == "accepted"
    june = ministry.results("2026-H1", JUNE)
    assert row_of(june, 7, "vu-tccb")[2] == "Đang thực hiện – đơn vị báo chậm"
    assert row_of(june, 1, "vu-tccb")[2] == "Thường xuyên"
    shown = tasks.tabulate_overdue(june)
    assert list(zip(shown.headings, [row[3] for row in shown.rows], strict=True)) == [
        ("Chưa quá hạn, đơn vị báo chậm tiến độ", "Vụ TCCB")
    ]


def test_a28_in_june_it_is_said_that_nothing_has_fallen_due(ministry: Ministry) -> None:
    ministry.send("vu-tccb", "2026-H1", {1: UNDER_WAY, 7: done(date(2026, 6, 1))})
    results = ministry.results("2026-H1", JUNE)
    assert tasks.completion_sentence(results).endswith("Đến ngày 25/6/2026 chưa có đầu việc nào đến hạn.")
    card = summary.pick_key_figures(results).items[-1]  # type: ignore[attr-defined]
    assert (card.label, card.value) == ("Nhiệm vụ đã hoàn thành", "1/2")
    assert "chưa có đầu việc nào đến hạn" in card.change
    assert "quá hạn" not in tasks.overdue_sentence(results)


def test_b7_the_ministrys_report_is_not_overdue_in_the_report_that_it_is(ministry: Ministry) -> None:
    ministry.send("vu-khcn", "2026-H2", {1: UNDER_WAY, 10: UNDER_WAY})
    results = ministry.results()
    assert row_of(results, 10, "vu-khcn")[2] == "Đang thực hiện (chưa xét hạn)"
    assert 10 not in tasks.find_overdue(results)
    assert "nhiệm vụ 10 (sản phẩm là chính báo cáo này)" in tasks.completion_sentence(results)


def with_status(results: Results, statuses: pl.DataFrame) -> Results:
    return replace(results, task_status=statuses, completion=completion(statuses))


def test_what_is_overdue_names_who_must_act(results: Results) -> None:
    due = results.task_status.filter("is_due")
    late = due.filter(pl.col("status").is_in(["dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"]))
    assert f"Có {late.height} đầu việc quá hạn" in tasks.overdue_sentence(with_status(results, due))
    calm = with_status(results, due.with_columns(status=pl.lit("hoan_thanh_dung_han"), is_told=pl.lit(value=True)))
    assert tasks.overdue_sentence(calm) == "Theo báo cáo của các đơn vị, không có đầu việc nào quá hạn."


def test_one_unit_that_is_late_is_spoken_of_as_one(results: Results) -> None:
    one = results.task_status.filter("is_due").head(1).with_columns(status=pl.lit("chua_thuc_hien_qua_han"))
    assert "ở 1 đơn vị chủ trì; đơn vị này cần hoàn thành" in tasks.overdue_sentence(with_status(results, one))


def test_long_lists_are_in_the_order_of_the_vietnamese_alphabet_under_headings(results: Results) -> None:
    sendings, progress = reporting.tabulate_units(results), tasks.tabulate_units(results)
    for table in (sendings, progress):
        assert len(table.headings) == len(table.rows)
        for heading in set(table.headings):
            own = [row[1] for row, above in zip(table.rows, table.headings, strict=True) if above == heading]
            assert own == sorted(own, key=sort_key)
    schools = [row[1] for row in sendings.rows if str(row[1]).startswith("Trường Đại học")]
    assert schools.index("Trường Đại học Nông - Lâm Bắc Giang") < schools.index("Trường Đại học Thủy lợi")


def test_a_heading_is_shown_once_above_its_rows_in_place_of_the_first_column(results: Results) -> None:
    table = tasks.tabulate_units(results)
    html = block_html(table)
    assert html.count('scope="rowgroup"') == len(set(table.headings))
    assert ">TT</th>" not in html
    assert html.count("<tbody>") == len(set(table.headings))


def test_charts_have_the_short_names_of_tasks_and_one_table_the_full_ones(
    texts_of: Callable[[str], str], results: Results
) -> None:
    shown = " ".join(texts_of(tasks.chart_statuses(results).svg).split())  # type: ignore[attr-defined]
    for task, short in results.inputs.plan.tasks.select("task_id", "short_name").iter_rows():
        assert f"{task}. {short}" in shown
    names = [f"{task}. {name}" for task, name in results.inputs.plan.tasks.select("task_id", "name").iter_rows()]
    assert [row[0] for row in tasks.tabulate_statuses(results).rows[:-1]] == [name.rstrip(".") for name in names]


def test_a_plan_without_short_names_calls_tasks_by_their_numbers(
    texts_of: Callable[[str], str], results: Results
) -> None:
    plan = replace(
        results.inputs.plan, tasks=results.inputs.plan.tasks.with_columns(short_name=pl.lit(None, pl.String))
    )
    own = replace(results, inputs=replace(results.inputs, plan=plan))
    assert "Nhiệm vụ 4 (" in texts_of(tasks.chart_statuses(own).svg).replace("\u00a0", " ")  # type: ignore[attr-defined]
    assert "Nhiệm vụ 4" in tasks.tabulate_units(own).headings


def test_the_matrix_of_one_unit_of_58_and_of_500_can_be_read(
    size_of: Callable[[str], tuple[float, float]],
    texts_of: Callable[[str], str],
    build: Callable[..., Results],
    results: Results,
) -> None:
    one, whole, many = (
        tasks.chart_units(build(units=1)),
        tasks.chart_units(results),
        tasks.chart_units(build(units=500)),
    )
    assert isinstance(one, Figure)
    assert isinstance(whole, Figure)
    assert isinstance(many, Blocks)
    figures = [item for item in many.items if isinstance(item, Figure)]
    assert len(figures) == 9
    assert all(size_of(figure.svg)[1] < 1100 for figure in (one, whole, *figures))
    shown = " ".join(texts_of(figure.svg) for figure in figures)
    assert all(f"ĐVGL {n:03d}" in shown for n in range(1, 501))


def test_a_hostile_and_a_very_long_name_stay_text_and_inside(
    size_of: Callable[[str], tuple[float, float]], texts_of: Callable[[str], str], build: Callable[..., Results]
) -> None:
    given = build(units=2)
    units = given.inputs.units.with_columns(short_name=pl.lit("</text><script>alert(1)</script>" + "x" * 500))
    figure = tasks.chart_units(replace(given, inputs=replace(given.inputs, units=units)))
    assert isinstance(figure, Figure)
    assert "<script" not in figure.svg
    assert "x" * 40 in texts_of(figure.svg)
    assert size_of(figure.svg)[0] <= 900


def test_what_it_leads_and_coordinates_stands_with_the_plans_words(
    words: Callable[[Block], str], card_of: Callable[..., UnitResults]
) -> None:
    card = card_of("vu-tccb")
    led, coordinated = tasks.tabulate_led(card), tasks.tabulate_coordinated(card)
    assert [(row[0], row[-1]) for row in led.rows] == [
        (1, "Phụ lục, TT 1: «Các cơ quan, đơn vị thuộc Bộ»"),
        (7, "Phụ lục, TT 7: «Vụ Tổ chức cán bộ»"),
    ]
    assert [row[0] for row in coordinated.rows] == [10]
    assert "vừa chủ trì vừa phối hợp" in words(tasks.describe_role(card_of("vu-khcn")))


def test_of_a_unit_that_is_silent_since_june_nothing_is_said_to_be_in_time(
    words: Callable[[Block], str], card_of: Callable[..., UnitResults]
) -> None:
    said = words(tasks.show_unit(card_of("dn-tnmtvn")))
    assert "không có nhiệm vụ nào quá hạn" not in said
    assert "chưa xác định được có quá hạn hay không: nhiệm vụ 5." in said
    assert "theo báo cáo 6 tháng đầu năm 2026; 6 tháng cuối năm 2026 báo cáo còn phải sửa" in said


def test_figures_of_an_earlier_half_say_so(words: Callable[[Block], str], card_of: Callable[..., UnitResults]) -> None:
    card = card_of("tt-cntt")
    assert "Số liệu theo báo cáo 6 tháng đầu năm 2026" in words(people.show_unit(card))
    assert "thường xuyên (theo báo cáo 6 tháng đầu năm 2026)" in words(tasks.describe_progress(card))
    assert isinstance(outputs.show_unit(card), Note)
