"""What a unit reads about itself, in every state of its report; sentences are read as written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from nq57kit.indicators.unit import ERRORS, UnitResults, compute_unit
from nq57kit.reports import read_inputs
from nq57kit.reports.report import open_card
from nq57kit.show import scorecard
from nq57kit.show.blocks import Block, Blocks, Figure, KeyFigures, Note, Table
from nq57kit.show.markup import block_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.plan import Plan
    from nq57kit.store import Store

STATES = {
    "vu-tccb": "on_time",
    "hv-nongnghiep": "on_time",
    "tt-cntt": "missing",
    "dn-tnmtvn": "refused",
    "thanh-tra": "empty",
}
#: Functions that show the plan's own words, in which other units stand.
QUOTING = {
    "led_table",
    "coordinated_table",
    "duties_table",
    "agenda_table",
    "issues_table",
    "progress_table",
    "money_table",
}


@pytest.fixture(scope="module")
def card_of(sample_store: Store, plan: Plan) -> Callable[..., UnitResults]:
    def make(unit_id: str, period: str = "2026-H2", as_of: date = date(2026, 12, 25)) -> UnitResults:
        store = sample_store.snapshot()
        return open_card(store, read_inputs(store, plan, plan.period(period), as_of), unit_id)

    return make


@pytest.fixture(scope="module", params=STATES)
def card(request: pytest.FixtureRequest, card_of: Callable[..., UnitResults]) -> UnitResults:
    found = card_of(request.param)
    assert found.own.reporting["state"].to_list() == [STATES[request.param]]
    return found


def words(block: Block) -> str:
    if isinstance(block, Blocks):
        return "\n".join(map(words, block.items))
    if isinstance(block, Table):
        return "\n".join((block.title, *(cell for row in block.formatted() for cell in row), *block.notes))
    return block.as_text()


@pytest.mark.parametrize("name", scorecard.__all__)
def test_every_block_is_drawn_in_every_state(name: str, card: UnitResults) -> None:
    block = getattr(scorecard, name)(card)
    assert isinstance(block, Block)
    html = block_html(block)
    for foreign in ("None", "nan", "null", "shape:"):
        assert foreign not in html


@pytest.mark.parametrize("name", sorted(set(scorecard.__all__) - QUOTING))
def test_no_other_unit_is_named_and_no_rank_is_told(name: str, card: UnitResults, plan: Plan) -> None:
    said = words(getattr(scorecard, name)(card))
    others = plan.units.filter(pl.col("unit_id") != card.unit.unit_id)
    for other in others["name"].to_list():
        assert other not in said.replace(card.unit.name, "")
    assert "hạng" not in said.replace("không xếp hạng", "")
    assert "thứ hạng" not in said


def test_the_summary_says_first_what_came_of_the_report(card_of: Callable[..., UnitResults]) -> None:
    said = {unit: words(scorecard.summarise(card_of(unit))).splitlines()[0] for unit in STATES}
    assert said["vu-tccb"] == (
        "- Đơn vị gửi báo cáo 6 tháng cuối năm 2026 lúc 16:53 ngày 17/12/2026, đúng thời hạn (trước ngày 20/12/2026)."
    )
    assert "chưa nhận được báo cáo" in said["tt-cntt"]
    assert "thời hạn gửi (trước ngày 20/12/2026) đã qua" in said["tt-cntt"]
    assert "có lỗi nên chưa được chấp nhận" in said["dn-tnmtvn"]
    assert "Báo cáo không có nội dung" in said["thanh-tra"]


def test_the_first_period_is_not_overdue_and_an_open_one_names_its_deadline(
    card_of: Callable[..., UnitResults],
) -> None:
    first = card_of("hv-nongnghiep", "2026-H1", date(2026, 6, 25))
    assert "không bị tính là quá hạn" in words(scorecard.describe_sending(first))
    early = card_of("tt-cntt", as_of=date(2026, 12, 1))
    assert "thời hạn gửi là trước ngày 20/12/2026 (ngày làm việc cuối cùng trước thời hạn là 18/12/2026)" in words(
        scorecard.describe_sending(early)
    )


def test_a_late_report_says_by_how_many_days(sample_store: Store, card_of: Callable[..., UnitResults]) -> None:
    late = sample_store.receipts("2026-H2").filter(pl.col("is_first") & ~pl.col("on_time")).row(0, named=True)
    days = (late["sent_at"].date() - date(2026, 12, 19)).days
    assert f"sau thời hạn (trước ngày 20/12/2026) {days} ngày" in words(
        scorecard.describe_sending(card_of(late["unit_id"]))
    )


def test_a_refused_report_tells_sheet_and_cell_of_what_must_be_mended(card_of: Callable[..., UnitResults]) -> None:
    (table, *_) = scorecard.findings_block(card_of("dn-tnmtvn")).items  # type: ignore[attr-defined]
    assert table.title == "Lỗi phải sửa trong báo cáo chưa được chấp nhận (6 tháng cuối năm 2026)"
    assert [row[1:3] for row in table.rows] == [("Hoạt động", "G5"), ("Nhân lực", "B6")]
    assert "khoảng 20" in table.rows[0][3]


def test_a_finding_about_contact_data_does_not_show_it(card_of: Callable[..., UnitResults]) -> None:
    row = (
        "2026-H2",
        "error",
        "value-required",
        "cover",
        "contact_email",
        "Thông tin chung",
        "B9",
        "ai.do@vidu.example",
    )
    card = replace(card_of("dn-tnmtvn"), errors=pl.DataFrame([row], schema=ERRORS, orient="row"))
    said = words(scorecard.findings_block(card))
    assert "vidu.example" not in said
    assert "Thiếu giá trị bắt buộc" in said


def test_warnings_of_the_last_workbook_stand_with_sheet_and_cell(
    sample_store: Store, card_of: Callable[..., UnitResults]
) -> None:
    warning = sample_store.findings("2026-H2").filter(pl.col("cell").is_not_null()).row(0, named=True)
    said = words(scorecard.findings_block(card_of(warning["unit_id"])))
    for part in (warning["sheet"], warning["cell"], warning["message"], "Điểm cần lưu ý"):
        assert part in said


def test_science_tasks_not_yet_communicated_stand_first(card_of: Callable[..., UnitResults]) -> None:
    card = card_of("hv-nongnghiep")
    table = scorecard.science_table(card)
    assert isinstance(table, Table)
    said = [row[3] for row in table.rows]
    waiting = said.count("Chưa truyền thông")
    assert said == ["Chưa truyền thông"] * waiting + ["Đã truyền thông"] * (len(said) - waiting)
    assert f"còn {waiting} nhiệm vụ chưa được truyền thông" in words(scorecard.describe_science(card))


def test_a_code_on_which_units_differ_is_told_without_the_other_unit(card_of: Callable[..., UnitResults]) -> None:
    said = words(scorecard.describe_science(replace(card_of("hv-nongnghiep"), disputed=("GL.01",))))
    assert "Đơn vị khác báo cáo khác về việc truyền thông của nhiệm vụ mã GL.01" in said


def test_what_it_leads_and_coordinates_stands_with_the_plans_words(card_of: Callable[..., UnitResults]) -> None:
    card = card_of("vu-tccb")
    led, coordinated = scorecard.led_table(card), scorecard.coordinated_table(card)
    assert [(row[0], row[-1]) for row in led.rows] == [
        (1, "Phụ lục, TT 1: «Các cơ quan, đơn vị thuộc Bộ»"),
        (7, "Phụ lục, TT 7: «Vụ Tổ chức cán bộ»"),
    ]
    assert [row[0] for row in coordinated.rows] == [10]
    assert "vừa chủ trì vừa phối hợp" in words(scorecard.describe_role(card_of("vu-khcn")))


def test_figures_of_an_earlier_half_say_so(card_of: Callable[..., UnitResults]) -> None:
    card = card_of("tt-cntt")
    assert "Số liệu theo báo cáo 6 tháng đầu năm 2026" in words(scorecard.describe_people(card))
    assert "theo báo cáo 6 tháng đầu năm 2026, do kỳ này chưa có báo cáo" in words(scorecard.describe_progress(card))
    assert isinstance(scorecard.describe_outputs(card), Note)


def test_key_figures_are_five_and_the_chart_has_its_data(card: UnitResults) -> None:
    figures = scorecard.pick_key_figures(card)
    assert isinstance(figures, KeyFigures)
    assert len(figures.items) == 5
    chart = scorecard.company_chart(card)
    if isinstance(chart, Figure):
        assert chart.data == scorecard.company_table(card)


def test_money_is_no_average_of_rates(card_of: Callable[..., UnitResults], sample_store: Store) -> None:
    rows = sample_store.read("budget", "2026-H2").filter(pl.col("unit_id") == "vu-tccb").collect()
    rate = sum(rows["disbursed_vnd"]) / sum(rows["allocated_vnd"])
    found = {row["measure"]: row for row in card_of("vu-tccb").measures.to_dicts()}
    assert found["disbursed"]["value"] == pytest.approx(rate)


def test_a_unit_that_the_register_does_not_know_is_refused(sample_store: Store, plan: Plan) -> None:
    from nq57kit.errors import PlanError

    inputs = read_inputs(sample_store.snapshot(), plan, plan.period("2026-H2"), date(2026, 12, 25))
    with pytest.raises(PlanError, match="«khong-co»"):
        compute_unit(inputs, "khong-co")
