"""The whole computation on a small year that can be counted by hand."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from nq57kit.indicators import Inputs, Results, compute
from nq57kit.indicators.left_out import DISAGREEMENT

UNITS = ("vu-khcn", "vu-tccb", "van-phong", "bao-nnmt")


def act(unit: str, half: str, started: date, quantity: int, **more: Any) -> dict[str, Any]:
    return {
        "unit_id": unit, "period": f"2026-{half}", "task_id": 1, "name": f"Giả lập {quantity}",
        "activity_type": "tin_bai", "channel": "bao_chi", "started_on": started, "quantity": quantity,
    } | more  # fmt: skip


def science(unit: str, code: str, communicated: bool, **more: Any) -> dict[str, Any]:
    return {
        "unit_id": unit, "period": "2026-H2", "code": code, "name": "Giả lập", "level": "bo", "state_funded": True,
        "start_year": 2026, "end_year": 2027, "communicated": communicated, "channel": "bao_chi",
        "communicated_on": date(2026, 10, 10) if communicated else None,
    } | more  # fmt: skip


def money(half: str, disbursed: int) -> dict[str, Any]:
    return {
        "unit_id": "vu-khcn", "period": f"2026-{half}", "task_id": 1, "funding_source": "khac",
        "planned_vnd": 100, "allocated_vnd": 80, "disbursed_vnd": disbursed,
    }  # fmt: skip


@pytest.fixture(scope="module")
def year(make: Any) -> Inputs:
    receipts = make.receipts(
        {"unit_id": "vu-khcn", "period": "2026-H1", "secret_task_count": 5},
        {"unit_id": "vu-khcn", "period": "2026-H2", "secret_task_count": 2},
        {"unit_id": "van-phong", "period": "2026-H2", "on_time": False, "secret_task_count": 1},
    )
    warning = {"unit_id": "vu-khcn", "period": "2026-H2", "code": "w", "severity": "warning", "message": "Giả lập"}
    return make.inputs(
        "2026",
        UNITS,
        as_of=date(2026, 12, 20),
        receipts=receipts,
        refusals=make.refusals({"unit_id": "bao-nnmt", "period": "2026-H2", "file": "mat.xlsx", "errors": 3}),
        findings=make.findings(warning, {**warning, "severity": "note"}),
        tables={
            "activities": [
                act("vu-khcn", "H1", date(2026, 5, 18), 2, reach=10),
                act("vu-khcn", "H2", date(2026, 10, 10), 3, activity_type="an_pham", cost_vnd=7),
                act("van-phong", "H2", date(2026, 10, 1), 4, channel="mang_xa_hoi"),
                act("van-phong", "H2", date(2026, 1, 1), 100),
            ],
            "science_tasks": [
                science("vu-khcn", "A", True),
                science("van-phong", "a", False),
                science("van-phong", "B", False, state_funded=False),
            ],
            "workforce": [
                {"unit_id": "vu-khcn", "period": "2026-H2", "staff_total": 10, "staff_reached": 4,
                 "comms_staff_total": 2, "comms_staff_trained": 1},
                {"unit_id": "vu-pc", "period": "2026-H2", "staff_total": 99, "staff_reached": 99,
                 "comms_staff_total": 9, "comms_staff_trained": 9},
            ],
            "task_progress": [
                {"unit_id": "vu-khcn", "period": "2026-H2", "task_id": 10, "status": "hoan_thanh",
                 "completed_on": date(2026, 12, 18)},
            ],
            "budget": [money("H1", 20), money("H2", 40)],
            "issues": [{"unit_id": "van-phong", "period": "2026-H1", "category": "kinh_phi", "description": "Giả lập"}],
        },
    )  # fmt: skip


@pytest.fixture(scope="module")
def results(year: Inputs) -> Results:
    return compute(year)


def test_a_year_is_the_sum_of_its_halves(results: Results) -> None:
    assert results.by_task.select("task_id", "activities", "quantity", "reach").rows() == [(1, 4, 109, 10)]
    assert results.by_type.select("activity_type", "quantity").rows() == [("tin_bai", 106), ("an_pham", 3)]
    # Báo Nông nghiệp và Môi trường was refused: what its group did is not known.
    assert results.by_group.select("group", "quantity", "reported", "expected").rows() == [
        ("vu", 5, 2, 4), ("van_phong", 104, 1, 2), ("bao_chi", None, 0, 2),
    ]  # fmt: skip
    assert results.budget.row(0) == (200, 160, 60, 0.375, None, None, None)
    assert results.by_type["previous_quantity"].null_count() == 2
    assert results.activities["name"].to_list() == ["Giả lập 2", "Giả lập 3", "Giả lập 4", "Giả lập 100"]


def test_what_was_done_in_june_and_told_in_december_counts_in_the_year_and_in_no_half(year: Inputs, make: Any) -> None:
    of_halves = {}
    for half, rows in (("2026-H1", 1), ("2026-H2", 3)):
        inputs = replace(year, period=make.plan.period(half))
        of_halves[half] = compute(inputs)
        assert of_halves[half].inputs.tables["activities"].filter(pl.col("period") == half).collect().height == rows
    done = {half: found.by_type["quantity"].sum() for half, found in of_halves.items()}
    assert done == {"2026-H1": 2, "2026-H2": 7}
    left = of_halves["2026-H2"].left_out.filter(table="activities")["reason"].to_list()
    assert left == ["Ngoài kỳ số liệu 15/6/2026 – 14/12/2026; tính vào số liệu cả năm"]
    whole = compute(year)
    assert whole.by_type["quantity"].sum() == 109
    assert whole.by_half.group_by("period").agg(pl.col("quantity", "told_later").sum()).sort("period").rows() == [
        ("2026-H1", 102, 1), ("2026-H2", 7, 0),
    ]  # fmt: skip


def test_who_was_late_or_missing_in_either_half_is_told_for_the_year(results: Results) -> None:
    assert results.late_units == ["van-phong"]
    assert results.missing_units == ["vu-tccb", "van-phong", "bao-nnmt"]
    whole = results.completeness.filter(pl.col("group").is_null())
    assert whole.select("period", "numerator", "denominator").rows() == [
        ("2026-H1", 1, 4), ("2026-H2", 2, 4), ("2026", 3, 8),
    ]  # fmt: skip


def test_everything_left_out_has_its_reason(results: Results) -> None:
    reasons = results.left_out.select("table", "unit_id", "what", "reason").rows()
    assert reasons == [
        ("cover", "bao-nnmt", "Toàn bộ báo cáo", "Báo cáo có 3 lỗi, chưa được chấp nhận"),
        ("science_tasks", "vu-khcn", "A – Giả lập", "Trùng mã với nhiệm vụ đã được báo cáo: mỗi mã tính một lần"),
        ("science_tasks", "van-phong", "B – Giả lập", "Không sử dụng ngân sách nhà nước"),
        (
            "workforce", "vu-pc", "Nhân lực",
            "Đơn vị không thuộc danh sách phải báo cáo của kỳ: số liệu nhân lực không cộng vào",
        ),
    ]  # fmt: skip
    assert "mat.xlsx" not in str(results.left_out.rows())


def test_the_number_of_secret_tasks_is_told_only_where_the_setting_asks_for_it(year: Inputs) -> None:
    def told(**settings: Any) -> list[str]:
        plan = replace(year.plan, settings=replace(year.plan.settings, **settings))
        left = compute(replace(year, plan=plan)).left_out
        return left.filter(pl.col("what").str.contains("bí mật"))["what"].to_list()

    assert told() == []
    assert told(show_secret_count=True) == ["3 nhiệm vụ thuộc bí mật nhà nước"]


def test_a_report_that_says_nothing_overwrites_nothing(make: Any) -> None:
    staff = [{"unit_id": "vu-khcn", "period": f"2026-{half}", "staff_total": 77, "staff_reached": reached,
              "comms_staff_total": 0, "comms_staff_trained": 0} for half, reached in (("H1", 38), ("H2", 0))]  # fmt: skip
    receipts = make.receipts(
        {"unit_id": "vu-khcn", "period": "2026-H1"}, {"unit_id": "vu-khcn", "period": "2026-H2", "is_empty": True}
    )
    found = compute(make.inputs("2026-H2", ["vu-khcn"], receipts=receipts, tables={"workforce": staff}))
    assert found.kpis.filter(indicator="staff_reached").select("numerator", "denominator").row(0) == (38, 77)
    assert found.left_out.select("table", "unit_id", "period").rows() == [("cover", "vu-khcn", "2026-H2")]
    assert found.by_group.select("group", "quantity", "reported", "expected").rows() == [("vu", None, 0, 1)]


def test_staff_of_units_that_need_not_report_stays_out_of_both_tables(results: Results) -> None:
    assert results.workforce.row(0) == (None, 1, 10, 4, 2, 1, 4)
    assert results.kpis.filter(indicator="staff_reached").select("numerator", "denominator").row(0) == (4, 10)


def test_warnings_and_a_disagreement_are_shown_and_notes_are_not(results: Results) -> None:
    assert results.cautions["code"].to_list() == ["w", DISAGREEMENT]
    assert "Vụ KHCN" in results.cautions["message"][1]


def test_evidence_of_2026_is_counted_while_a_target_of_that_year_is_open(make: Any, results: Results) -> None:
    counts = dict(results.evidence.select("code", "count").iter_rows())
    assert (counts["active_units"], counts["units_with_channels"], counts["trained_staff"]) == (2, 1, 1)
    assert results.members.filter(member_id="nen-tang-so")["units"].to_list() == [1]
    assert results.channels.select("activity_type", "rows", "cost_vnd").rows() == [("an_pham", 1, 7)]
    assert not compute(make.inputs("2028", UNITS)).evidence.is_empty()
    closed = dict.fromkeys(("network_formed", "channels_resourced"), "closed")
    assert compute(make.inputs("2028", UNITS, judgements=closed)).evidence.is_empty()


def test_task_statuses_and_completion(results: Results) -> None:
    assert results.task_status.filter(task_id=10)["status"].to_list() == ["hoan_thanh_dung_han"]
    # Fallen due: task 7 alone (vu-tccb, silent); 10 is the report itself. All: task 1 of four units, 2, 7, 8 and 10 (done).
    told = results.completion.select("base", "numerator", "denominator", "unreported").rows()
    assert told == [("due", 0, 0, 1), ("all", 1, 1, 7)]


def test_the_line_of_targets_carries_this_years_results(results: Results) -> None:
    known = results.targets.filter(pl.col("value").is_not_null())
    assert known.select("indicator", "year", "value").rows() == [
        ("science_tasks_communicated", 2026, 1.0), ("staff_reached", 2026, 0.4), ("comms_staff_trained", 2026, 0.5),
    ]  # fmt: skip


def two_years(make: Any, period: str, now: dict[str, int], then: dict[str, int]) -> Inputs:
    """Inputs of a half beside the same half a year before: unit → quantity, staff reached of 100, đồng disbursed."""

    def rows(half: str, told: dict[str, int]) -> dict[str, list[dict[str, Any]]]:
        day, at = date(int(half[:4]), 3 if half.endswith("1") else 9, 1), {"period": half}
        return {
            "activities": [act(unit, "", day, n, **at) for unit, n in told.items() if n],
            "workforce": [{"unit_id": unit, **at, "staff_total": 100, "staff_reached": n} for unit, n in told.items()],
            "budget": [money("", n) | at | {"unit_id": unit} for unit, n in told.items()],
        }

    before = f"{int(period[:4]) - 1}{period[4:]}"
    return make.inputs(  # type: ignore[no-any-return]
        period,
        UNITS,
        receipts=make.accepted(period, *now),
        tables=rows(period, now),
        previous=rows(before, then),
        previous_receipts=make.accepted(before, *then),
    )


@pytest.mark.parametrize("half", ["2027-H1", "2027-H2", "2028-H1"])
def test_a_half_stands_beside_the_same_half_of_the_year_before(make: Any, half: str) -> None:
    results = compute(two_years(make, half, {"vu-khcn": 30, "van-phong": 0}, {"vu-khcn": 40, "van-phong": 2}))
    groups = results.by_group.filter(pl.col("reported") > 0)
    assert groups.select("group", "quantity", "compared_quantity", "previous_quantity", "compared_units").rows() == [
        ("vu", 30, 30, 40, 1), ("van_phong", 0, 0, 2, 1),
    ]  # fmt: skip
    assert results.budget.select("disbursed_vnd", "compared_disbursed_vnd", "previous_disbursed_vnd").row(0) == (
        30,
        30,
        42,
    )
    staff = results.kpis.row(by_predicate=pl.col("indicator") == "staff_reached", named=True)
    assert (staff["value"], staff["previous_value"], staff["compared_value"], staff["compared_units"]) == (
        0.15, 0.21, 0.15, 2,
    )  # fmt: skip


def test_only_units_that_told_of_both_periods_are_compared_and_their_number_is_known(make: Any) -> None:
    # vu-tccb is silent now, van-phong was silent then: neither says anything of a change.
    now, then = {"vu-khcn": 30, "van-phong": 60}, {"vu-khcn": 20, "vu-tccb": 80}
    results = compute(two_years(make, "2027-H1", now, then))
    assert results.by_group.select("group", "quantity", "compared_quantity", "previous_quantity", "compared_units").rows() == [
        ("vu", 30, 30, 20, 1), ("van_phong", 60, None, None, 0), ("bao_chi", None, None, None, 0),
    ]  # fmt: skip
    assert results.by_type.select("quantity", "compared_quantity", "previous_quantity").row(0) == (90, 30, 20)
    assert results.budget.row(0)[2:] == (90, 90 / 160, 20, 30, 1)
    staff = results.kpis.row(by_predicate=pl.col("indicator") == "staff_reached", named=True)
    assert (staff["value"], staff["reported_units"]) == (0.45, 2)
    assert (staff["previous_value"], staff["compared_value"], staff["compared_units"]) == (0.2, 0.3, 1)
    apart = compute(two_years(make, "2027-H1", {"vu-khcn": 30}, {"vu-tccb": 80}))
    assert apart.kpis["previous_value"].null_count() == apart.kpis.height
    assert apart.by_group["previous_quantity"].null_count() == apart.by_group.height


def test_a_running_total_of_june_is_never_set_beside_one_of_december(make: Any) -> None:
    # vu-khcn is silent since June: its 12 of 100 are June's, and say nothing beside the 90 of last December.
    late = two_years(make, "2027-H2", {"van-phong": 50}, {"vu-khcn": 90, "van-phong": 40})
    june = {"unit_id": "vu-khcn", "period": "2027-H1", "staff_total": 100, "staff_reached": 12}
    tables = {**late.tables, "workforce": pl.concat([late.tables["workforce"], make.table("workforce", [june])])}
    receipts = pl.concat([late.receipts, make.accepted("2027-H1", "vu-khcn")])
    results = compute(replace(late, tables=tables, receipts=receipts))
    staff = results.kpis.row(by_predicate=pl.col("indicator") == "staff_reached", named=True)
    assert (staff["numerator"], staff["reported_units"]) == (62, 2)
    assert (staff["previous_value"], staff["compared_value"], staff["compared_units"]) == (0.4, 0.5, 1)


def test_each_half_of_a_year_has_the_units_that_had_to_report_for_it(make: Any) -> None:
    # vu-pc ends at the middle of 2027, vu-htqt begins there, vu-khcn stays.
    middle = date(2027, 7, 1)
    unit = pl.col("unit_id")
    dated = make.plan.units.filter(unit.is_in(["vu-pc", "vu-htqt", "vu-khcn"])).with_columns(
        valid_from=pl.when(unit == "vu-htqt").then(middle), valid_to=pl.when(unit == "vu-pc").then(middle)
    )
    plan = replace(make.plan, units=dated)
    inputs = replace(
        make.inputs("2027", ("vu-khcn", "vu-htqt"), receipts=make.accepted("2027-H1", "vu-pc", "vu-khcn")), plan=plan
    )
    results = compute(inputs)
    assert results.reporting.select("period", "unit_id", "state").rows() == [
        ("2027-H1", "vu-khcn", "on_time"),
        ("2027-H1", "vu-pc", "on_time"),
        ("2027-H2", "vu-khcn", "missing"),
        ("2027-H2", "vu-htqt", "missing"),
    ]
    whole = results.completeness.filter(pl.col("group").is_null(), period="2027")
    assert whole.select("numerator", "denominator").row(0) == (2, 4)
    assert set(results.kpis["expected_units"]) == {2}


def test_the_order_of_rows_and_units_changes_nothing(year: Inputs, results: Results) -> None:
    generator = random.Random(57)  # noqa: S311

    def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
        return frame[generator.sample(range(frame.height), frame.height)]

    for _ in range(3):
        mixed = replace(
            year,
            units=shuffled(year.units),
            receipts=shuffled(year.receipts),
            findings=shuffled(year.findings),
            tables={name: shuffled(frame.collect()).lazy() for name, frame in year.tables.items()},
        )
        again = compute(mixed)
        for field in fields(Results)[1:]:
            if getattr(results, field.name) is None:
                continue
            assert getattr(again, field.name).equals(getattr(results, field.name)), field.name


def test_nothing_reported_gives_frames_without_rows_and_no_error(make: Any) -> None:
    results = compute(make.inputs("2027-H1", UNITS))
    assert set(results.reporting["state"]) == {"missing"}
    assert set(results.task_status["status"]) == {"chua_bao_cao"}
    assert set(results.by_group["quantity"]) == {None}  # silence is no zero
    for name in ("by_type", "by_channel", "by_task", "by_month", "left_out", "science_tasks", "cautions",
                 "difficulties", "issues", "budget_by_task"):  # fmt: skip
        assert getattr(results, name).is_empty(), name
    assert set(results.workforce["units"]) == {0}
    assert results.workforce["staff_reached"].null_count() == results.workforce.height
    assert results.budget["planned_vnd"].item() is None


def test_nobody_must_report_is_no_error(make: Any) -> None:
    results = compute(make.inputs("2027-H1", ()))
    assert results.reporting.is_empty()
    assert set(results.kpis["coverage"]) == {None}


def test_a_store_that_lacks_a_newer_field_is_read(year: Inputs, results: Results) -> None:
    older = {**year.tables, "activities": year.tables["activities"].drop("note", "evidence_url")}
    assert compute(replace(year, tables=older)).by_type.equals(results.by_type)
    del older["issues"]
    assert compute(replace(year, tables=older)).issues.is_empty()
