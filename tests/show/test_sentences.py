from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from nq57kit.show import sentences
from nq57kit.show.blocks import Block, KeyFigures

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results


def kpi(results: Results, **changes: Any) -> Results:
    first = results.kpis.head(1).with_columns(
        pl.lit(value).cast(results.kpis.schema[name]).alias(name) for name, value in changes.items()
    )
    return replace(results, kpis=first)


@pytest.mark.parametrize("name", sentences.__all__)
def test_every_sentence_can_be_made_of_everything_and_of_nothing(
    name: str, results: Results, empty_results: Results
) -> None:
    for given in (results, empty_results):
        block = getattr(sentences, name)(given)
        assert isinstance(block, Block)
        text = block.as_text()
        assert "None" not in text
        assert "nan" not in re.findall(r"\w+", text)
        assert "  " not in text
        assert ".." not in text


def test_units_are_named_and_beyond_ten_counted(results: Results, build: Callable[..., Results]) -> None:
    assert (
        "Không gửi báo cáo – 5 đơn vị: Thanh tra Bộ; Cục Quản lý đất đai; "
        in sentences.describe_reporting(results).as_text()
    )
    assert "Đơn vị giả lập 104 và 36 đơn vị khác" in sentences.describe_reporting(build(units=500)).as_text()


def test_one_unit_and_no_unit_read_well(build: Callable[..., Results], empty_results: Results) -> None:
    one = sentences.describe_reporting(build(units=1)).as_text()
    assert "tất cả 1 đơn vị phải báo cáo" in one
    assert "được chấp nhận, gửi đúng hạn." in one
    assert "chưa có báo cáo nào của 58 đơn vị" in sentences.describe_reporting(empty_results).as_text()


def test_2026_has_no_numeric_verdict(results: Results) -> None:
    text = sentences.describe_targets(results).as_text()
    assert text.count("năm 2026 chưa áp dụng chỉ tiêu định lượng") == 3
    assert "đạt mục tiêu" not in text
    assert "chưa đánh giá" in text


def test_a_target_is_called_met_only_where_its_status_says_so(results: Results) -> None:
    numbers = {"year": 2027, "target": 0.5, "comparator": ">="}
    near = kpi(results, numerator=1249, denominator=2500, value=0.4996, status="not_met", **numbers)
    text = sentences.describe_targets(near).as_text()
    assert "49,96% (1.249/2.500); mục tiêu năm 2027 là ít nhất 50%, chưa đạt mục tiêu" in text
    met = kpi(results, numerator=1, denominator=2, value=0.5, status="met", **numbers)
    assert "50,0% (1/2); mục tiêu năm 2027 là ít nhất 50%, đạt mục tiêu" in sentences.describe_targets(met).as_text()
    unsure = kpi(results, numerator=4, denominator=10, value=0.4, low=0.4, high=0.7, status="insufficient", **numbers)
    said = sentences.describe_targets(unsure).as_text()
    assert "chưa đủ căn cứ để kết luận" in said
    assert "từ 40,0% đến 70,0%" in said
    for given in (near, unsure):
        assert not re.search(r"(?<!chưa )đạt mục tiêu", sentences.summarise(given).as_text())


def test_comparison_says_its_base_or_that_there_is_none(results: Results, build: Callable[..., Results]) -> None:
    up = kpi(results, value=0.5, previous_value=0.41)
    assert "tăng 9,0 điểm phần trăm so với 6 tháng đầu năm 2026 (41,0%)" in sentences.describe_targets(up).as_text()
    same = kpi(results, value=0.5, previous_value=0.5)
    assert "không thay đổi đáng kể" in sentences.describe_targets(same).as_text()
    assert "không có số liệu cùng kỳ" in sentences.describe_targets(build("2027")).as_text()


def test_what_is_overdue_names_who_must_act(results: Results) -> None:
    late = results.task_status.filter(pl.col("status").is_in(["dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"]))
    text = sentences.describe_tasks(results).as_text()
    assert f"Có {late.height} lượt nhiệm vụ quá hạn" in text
    calm = replace(results, task_status=results.task_status.with_columns(status=pl.lit("thuong_xuyen")))
    assert "không có nhiệm vụ nào quá hạn" in sentences.describe_tasks(calm).as_text()


def test_draft_provisional_and_first_period_are_marked(
    results: Results, build: Callable[..., Results], empty_results: Results
) -> None:
    assert "DỰ THẢO" in sentences.mark_state(results).as_text()
    assert "tạm tính" not in sentences.mark_state(results).as_text()
    assert "chính thức" in sentences.mark_state(results).as_text()
    for provisional in (build(as_of=date(2026, 12, 19)), build(locked=False)):
        assert "tạm tính" in sentences.mark_state(provisional).as_text()
        assert "chính thức" not in sentences.mark_state(provisional).as_text()
    assert "kỳ báo cáo đầu tiên" in sentences.mark_state(empty_results).as_text()


def test_zero_money_is_not_missing_money(results: Results) -> None:
    schema = results.budget.schema
    nothing = replace(results, budget=pl.DataFrame([(0, 0, 0, None, None)], schema=schema, orient="row"))
    assert "không bố trí kinh phí" in sentences.describe_money(nothing).as_text()
    unknown = replace(results, budget=pl.DataFrame([(None,) * 5], schema=schema, orient="row"))
    assert sentences.describe_money(unknown).as_text() == "Chưa có số liệu về kinh phí."


def test_there_are_five_key_figures_each_with_target_or_coverage(results: Results) -> None:
    block = sentences.pick_key_figures(results)
    assert isinstance(block, KeyFigures)
    assert len(block.items) == 5
    assert all(item.coverage and item.change for item in block.items)


def test_where_nobody_reported_nothing_is_said_to_be_on_time(results: Results) -> None:
    silent = replace(results, task_status=results.task_status.with_columns(status=pl.lit("chua_bao_cao")))
    text = sentences.describe_tasks(silent).as_text()
    assert "chưa xác định được nhiệm vụ quá hạn" in text
    assert "không có nhiệm vụ nào quá hạn" not in text


def test_one_unit_that_is_late_is_spoken_of_as_one(results: Results) -> None:
    one = results.task_status.head(1).with_columns(status=pl.lit("chua_thuc_hien_qua_han"))
    text = sentences.describe_tasks(replace(results, task_status=one)).as_text()
    assert "ở 1 đơn vị chủ trì; đơn vị này cần hoàn thành" in text


def test_proposals_begin_with_their_figures_and_are_marked_as_a_draft(results: Results) -> None:
    text = sentences.propose_adjustments(results).as_text()
    assert text.startswith("Bản nháp để người soạn thảo sửa")
    late = results.task_status.filter(pl.col("status").is_in(["dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"]))
    for count in late.group_by("task_id").len()["len"]:
        assert f"({count} đơn vị)" in text
    # 41,1% of 90 tasks are 37; half of them, asked in 2027, are 45.
    assert "mục tiêu năm 2027 là ít nhất 50%; còn thiếu 8 trên 90" in text
    budget = results.budget.row(0, named=True)
    rest = budget["allocated_vnd"] - budget["disbursed_vnd"]
    assert f"Còn {rest // 1_000_000},{rest // 100_000 % 10} triệu đồng" in text
    assert "16 đơn vị chưa xác minh" in text


def test_what_is_exactly_met_or_has_no_base_is_not_proposed(results: Results) -> None:
    given = {"year": 2030, "target": 0.7, "comparator": ">=", "status": "not_met"}
    short = kpi(results, numerator=6, denominator=10, value=0.6, **given)
    assert "còn thiếu 1 trên 10" in sentences.propose_adjustments(short).as_text()
    for numerator, denominator in ((7, 10), (0, 0)):
        whole = kpi(results, numerator=numerator, denominator=denominator, value=0.7, **given)
        assert "còn thiếu" not in sentences.propose_adjustments(whole).as_text()


def test_before_the_deadline_nobody_is_reminded(build: Callable[..., Results]) -> None:
    text = sentences.propose_adjustments(build(as_of=date(2026, 12, 19))).as_text()
    assert "đôn đốc" not in text


def test_the_summary_says_each_verdict_once(results: Results) -> None:
    text = sentences.summarise(results).as_text()
    assert text.count("chưa áp dụng chỉ tiêu định lượng") == 1
    assert "2 mục tiêu định tính chưa được đánh giá: hình thành mạng lưới truyền thông;" in text
    met = kpi(results, numerator=1, denominator=2, value=0.5, status="met", year=2027, target=0.5, comparator=">=")
    assert "Đạt 1 chỉ tiêu định lượng: tỷ lệ nhiệm vụ" in sentences.summarise(met).as_text()


def test_types_of_the_period_before_alone_are_no_outputs_of_this_one(results: Results) -> None:
    by_type = results.by_type.with_columns(activities=pl.lit(0, pl.Int64), quantity=pl.lit(0, pl.Int64))
    sentence = sentences.results.outputs_sentence(replace(results, by_type=by_type))
    assert sentence == "Chưa có số liệu về hoạt động truyền thông trong kỳ."
