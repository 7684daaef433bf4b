"""Yearly plans: how each line stands, what was done beside them, what nobody planned. Rows that a reader counts with a finger."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.indicators import Inputs, compute, list_figures
from nq57kit.indicators.model import PLANS
from nq57kit.indicators.plans import STATES, sum_lines, total, with_quarter

A, B, SILENT = "vu-tccb", "vu-pc", "vu-khcn"
UNITS = (A, B, SILENT)


def line(unit: str, number: int, due: date, quantity: int = 1, **words: Any) -> dict[str, Any]:
    usual = {"unit_id": unit, "period": "2027-P", "line_no": number, "task_id": 7, "name": f"Việc {number}"}
    usual |= {
        "activity_type": "tap_huan",
        "quantity": quantity,
        "due_on": due,
        "cost_estimate_vnd": 10,
        "funding_source": "tu_chu",
    }
    return usual | words


def act(unit: str, number: int | None, quantity: int = 1, period: str = "2027-H1", **words: Any) -> dict[str, Any]:
    start = date(2027, 3, 1) if period == "2027-H1" else date(2027, 9, 1)
    usual = {
        "unit_id": unit,
        "period": period,
        "task_id": 7,
        "name": "Việc 9",
        "activity_type": "tap_huan",
        "channel": "truc_tiep",
    }
    return usual | {"started_on": start, "quantity": quantity, "plan_line": number} | words


def plans(*units: str, **words: Any) -> pl.DataFrame:
    rows = [{"unit_id": unit, "period": "2027-P", "revision": 1, "state": "proposed"} | words for unit in units]
    return pl.DataFrame(rows, schema=PLANS)


def planned(make: Any, period: str, lines: list[dict[str, Any]], acts: list[dict[str, Any]], **more: Any) -> Inputs:
    having = dict.fromkeys(row["unit_id"] for row in lines)
    more = {"plans": plans(*having), "receipts": make.accepted("2027-H1", A, B), "tables": {"activities": acts}} | more
    found: Inputs = make.inputs(period, UNITS, plan_lines=make.table("plan_lines", lines).collect(), **more)
    return found


def states(results: Any, unit: str = A) -> dict[int, str]:
    return dict(results.lines.filter(pl.col("unit_id") == unit).select("line_no", "state").iter_rows())


def test_a_line_is_done_in_part_undone_or_not_due_by_its_number_alone(make: Any) -> None:
    lines = [
        line(A, 1, date(2027, 3, 31), 3),
        line(A, 2, date(2027, 3, 31), 3),
        line(A, 3, date(2027, 3, 31), name="Việc 9"),  # named like the activities: likeness is nothing
        line(A, 4, date(2027, 11, 30)),
    ]
    acts = [act(A, 1, 2), act(A, 1, 1), act(A, 2, 2), act(A, None, 5), act(A, 8, 5)]
    results = compute(planned(make, "2027-H1", lines, acts))
    assert states(results) == {1: "done", 2: "partial", 3: "undone", 4: "not_due"}
    told = results.lines.select("line_no", "rows", "done_quantity").rows()
    assert told == [(1, 2, 3), (2, 1, 2), (3, 0, 0), (4, 0, 0)]
    unit = results.plan_units.row(by_predicate=pl.col("unit_id") == A, named=True)
    assert [unit[name] for name in ("lines", *STATES, "unplanned")] == [
        4,
        1,
        1,
        1,
        1,
        0,
        2,
    ]  # no line, and one that is none


def test_of_a_unit_that_has_not_reported_a_line_is_not_called_undone(make: Any) -> None:
    lines = [line(SILENT, 1, date(2027, 3, 31)), line(SILENT, 2, date(2027, 11, 30))]
    assert states(compute(planned(make, "2027-H1", lines, [])), SILENT) == {1: "unreported", 2: "not_due"}


def test_after_a_silent_half_nothing_later_is_called_undone(make: Any) -> None:
    lines = [
        line(A, 1, date(2027, 3, 31)),
        line(A, 2, date(2027, 9, 30)),
        line(B, 1, date(2027, 9, 30)),
        line(B, 2, date(2027, 3, 31)),
    ]
    receipts = pl.concat([make.accepted("2027-H2", A), make.accepted("2027-H1", B)])
    results = compute(planned(make, "2027", lines, [], receipts=receipts))
    assert states(results) == {1: "unreported", 2: "unreported"}
    assert states(results, B) == {1: "unreported", 2: "undone"}


def test_what_is_due_after_the_day_of_the_report_or_its_data_is_not_due(make: Any) -> None:
    lines = [line(A, 1, date(2027, 5, 1)), line(A, 2, date(2027, 6, 20)), line(A, 3, date(2027, 12, 20))]
    assert states(compute(planned(make, "2027-H1", lines, [], as_of=date(2027, 4, 1)))) == dict.fromkeys(
        (1, 2, 3), "not_due"
    )
    assert states(compute(planned(make, "2027-H1", lines, []))) == {1: "undone", 2: "not_due", 3: "not_due"}


def test_both_halves_add_up_and_what_was_done_early_counts(make: Any) -> None:
    acts = [act(A, 1, 2), act(A, 1, 2, "2027-H2")]
    receipts = pl.concat([make.accepted("2027-H1", A), make.accepted("2027-H2", A)])
    for period, state in (("2027-H1", "partial"), ("2027-H2", "done"), ("2027", "done")):
        results = compute(planned(make, period, [line(A, 1, date(2027, 12, 1), 4)], acts, receipts=receipts))
        assert states(results) == {1: state}


def test_what_units_without_a_plan_did_is_not_called_outside_the_plan(make: Any) -> None:
    results = compute(planned(make, "2027-H1", [line(A, 1, date(2027, 3, 1))], [act(A, None), act(B, None), act(B, 1)]))
    rows = dict(results.plan_units.select("unit_id", "unplanned").iter_rows())
    assert (rows[A], rows[B], total(results)["unplanned"]) == (1, 0, 1)
    assert dict(results.plan_units.select("unit_id", "state").iter_rows())[B] == "missing"


def test_the_estimate_and_the_money_of_reports_are_four_numbers_of_the_same_units(make: Any) -> None:
    money = {
        "period": "2027-H1",
        "task_id": 7,
        "funding_source": "khac",
        "planned_vnd": 7,
        "allocated_vnd": 5,
        "disbursed_vnd": 3,
    }
    tables = {"budget": [money | {"unit_id": A}, money | {"unit_id": B}], "activities": []}
    inputs = planned(make, "2027-H1", [line(A, 1, date(2027, 3, 1)), line(A, 2, date(2027, 3, 1))], [], tables=tables)
    whole = total(compute(inputs))
    amounts = ("cost_estimate_vnd", "planned_vnd", "allocated_vnd", "disbursed_vnd")
    assert [whole[name] for name in amounts] == [20, 7, 5, 3]  # B has no plan: its budget stands beside no estimate


def test_lines_are_summed_by_any_key_and_each_stands_in_one_row(make: Any) -> None:
    lines = [line(A, 1, date(2027, 3, 31)), line(A, 2, date(2027, 4, 1), task_id=1), line(B, 1, date(2027, 12, 31))]
    frame = with_quarter(compute(planned(make, "2027-H1", lines, [])).lines)
    assert sum_lines(frame, "quarter", [1, 2, 3, 4]).select("quarter", "lines", "units", "cost_estimate_vnd").rows() == [
        (1, 1, 1, 10), (2, 1, 1, 10), (4, 1, 1, 10),
    ]  # fmt: skip
    assert sum_lines(frame, "task_id", [1, 7]).select("task_id", "lines", "units").rows() == [(1, 1, 1), (7, 2, 2)]


def test_what_the_plan_asks_and_a_unit_has_not_planned_is_a_gap_of_units_that_sent_a_plan(make: Any) -> None:
    inputs = planned(make, "2027-P", [line(A, 1, date(2027, 3, 31), measure_id="III.1.1-06")], [])
    gaps = compute(inputs).plan_gaps
    led = gaps.filter(pl.col("kind") == "task").select("id", "asked", "planned", "silent_units").rows()
    assert led == [("1", 1, 0, [A]), ("7", 1, 1, [])]  # vu-tccb leads tasks 1 and 7; vu-pc has sent no plan
    named = gaps.row(by_predicate=pl.col("id") == "III.1.1-06", named=True)
    assert (named["asked"], named["planned"]) == (1, 1)
    assert gaps.filter(pl.col("kind") == "product", pl.col("task_id") == 1)["planned"].sum() == 0


def test_a_report_of_the_plans_says_of_no_line_how_it_stands(make: Any) -> None:
    results = compute(planned(make, "2027-P", [line(A, 1, date(2027, 3, 31))], []))
    assert results.lines["state"].to_list() == [None]
    assert total(results)["unplanned"] is None
    assert total(results)["lines"] == 1


def test_without_a_plan_there_is_nothing(make: Any) -> None:
    results = compute(make.inputs("2027-H1", UNITS, receipts=make.accepted("2027-H1", A)))
    assert all(frame.is_empty() for frame in (results.lines, results.plan_units, results.plan_tasks, results.plan_gaps))
    assert not [name for name in list_figures(results) if name.startswith("plan")]


def test_plans_received_answer_the_duties_that_ask_for_them(make: Any) -> None:
    duty = pl.col("duty_id") == "IV.2-03"
    none = compute(make.inputs("2027-H1", UNITS)).duties.row(by_predicate=duty, named=True)
    assert (none["state"], none["evidence"]) == ("none", "")
    results = compute(planned(make, "2027-H1", [line(A, 1, date(2027, 3, 1))], []))
    told = results.duties.row(by_predicate=duty, named=True)
    assert (told["state"], told["numerator"], told["denominator"]) == ("partial", 1, 3)
    rows = list_figures(results)["duties.IV.2-03"].rows()
    assert rows.group_by("role").agg(pl.col("amount").sum()).sort("role").rows() == [
        ("denominator", 3),
        ("numerator", 1),
    ]


NUMBERS = st.one_of(st.none(), st.integers(1, 4))
ACTS = st.lists(
    st.tuples(st.sampled_from(UNITS), NUMBERS, st.integers(1, 3), st.sampled_from(("2027-H1", "2027-H2"))), max_size=12
)
LINES = st.lists(
    st.tuples(
        st.sampled_from(UNITS), st.integers(1, 3), st.integers(1, 12), st.integers(1, 4), st.sampled_from((1, 7))
    ),
    max_size=8,
    unique_by=lambda row: row[:2],
)


@given(lines=LINES, acts=ACTS, period=st.sampled_from(("2027-H1", "2027")))
@settings(max_examples=25, deadline=None)
def test_every_line_and_row_is_told_once_and_every_figure_is_the_sum_of_its_rows(
    make: Any, lines: list[Any], acts: list[Any], period: str
) -> None:
    planned_lines = [
        line(unit, number, date(2027, month, 1), quantity, task_id=task)
        for unit, number, month, quantity, task in lines
    ]
    done = [act(unit, number, quantity, half) for unit, number, quantity, half in acts]
    results = compute(planned(make, period, planned_lines, done, receipts=make.accepted("2027-H1", *UNITS)))
    if not lines:
        return
    counted = [row for row in done if period == "2027" or row["period"] == period]
    keys = {(row["unit_id"], row["line_no"]) for row in planned_lines}
    having = {unit for unit, _ in keys}
    outside = sum(row["unit_id"] in having and (row["unit_id"], row["plan_line"]) not in keys for row in counted)
    whole = total(results)
    assert (whole["lines"], whole["unplanned"]) == (len(lines), outside)
    assert sum(whole[state] or 0 for state in STATES) == len(lines)
    made = sum(row["quantity"] for row in counted if (row["unit_id"], row["plan_line"]) in keys)
    assert results.lines["done_quantity"].sum() == made
    for name, figure in list_figures(results).items():
        if name.startswith("plan"):
            assert figure.rows().filter(pl.col("role") == "counted")["amount"].sum() == figure.figures["counted"], name


@pytest.mark.parametrize("period", ["2027-H1", "2027"])
def test_a_scorecard_has_its_own_lines_alone(make: Any, period: str) -> None:
    from nq57kit.indicators.unit import compute_unit

    lines = [line(A, 1, date(2027, 3, 1)), line(B, 1, date(2027, 3, 1))]
    card = compute_unit(planned(make, period, lines, [act(A, 1), act(B, None)]), A)
    assert card.own.lines["unit_id"].to_list() == [A]
    assert card.own.plan_units["unit_id"].to_list() == [A]
    assert total(card.own)["unplanned"] == 0
