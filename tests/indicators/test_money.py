"""Money: sums by task and source, gaps that are no zero, and sums that never run over."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.indicators import compute
from nq57kit.indicators.frames import code_order, narrow, total
from nq57kit.indicators.money import budget_by, budget_total


def money(task: int, source: str, *amounts: int) -> dict[str, Any]:
    names = ("planned_vnd", "allocated_vnd", "disbursed_vnd")
    return {"unit_id": "vu-khcn", "period": "2027-H2", "task_id": task, "funding_source": source} | dict(
        zip(names, amounts, strict=True)
    )


def test_money_is_summed_and_rated(make: Any) -> None:
    rows = [money(2, "khac", 10, 8, 2), money(1, "khac", 1, 0, 0), money(2, "tu_chu", 5, 4, 4)]
    table = make.table("budget", rows)
    assert budget_by("task_id", table, [1, 2]).rows() == [(1, 1, 0, 0, None), (2, 15, 12, 6, 0.5)]
    assert budget_by("funding_source", table, code_order("funding_source")).rows() == [
        ("tu_chu", 5, 4, 4, 1.0),
        ("khac", 11, 8, 2, 0.25),
    ]
    assert budget_total(table, None).row(0) == (16, 12, 6, 0.5, None, None, None)


def test_no_money_reported_is_not_zero(make: Any) -> None:
    assert budget_total(make.table("budget"), None).row(0) == (None,) * 7


LARGEST = 999_999_999_999_999
WHOLE = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([LARGEST, 2**63 - 1, -(2**63), 0]))


def test_9300_amounts_of_fifteen_digits_have_the_sum_that_they_have_in_every_table(make: Any) -> None:
    units, count = ("vu-khcn", "vu-pc"), 9_300
    budget = [money(1, "khac", LARGEST, LARGEST, LARGEST) | {"unit_id": units[n % 2]} for n in range(count)]
    act = {"task_id": 1, "activity_type": "tin_bai", "channel": "bao_chi", "started_on": date(2027, 9, 1)}
    amounts = {"quantity": LARGEST, "reach": LARGEST, "cost_vnd": LARGEST, "name": "x", "period": "2027-H2"}
    acts = [act | amounts | {"unit_id": units[n % 2]} for n in range(count)]
    staff = [
        dict.fromkeys(("staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained"), 2**62 + 2**61)
        | {"unit_id": unit, "period": "2027-H2"}
        for unit in units
    ]
    tables = {"budget": budget, "activities": acts, "workforce": staff}
    results = compute(
        make.inputs("2027-H2", units, receipts=make.accepted("2027-H2", *units), tables=tables, previous=tables)
    )
    every = count * LARGEST
    assert every > 2**63
    assert results.budget.row(0)[:3] == (every, every, every)
    assert results.budget_by_task["disbursed_vnd"].to_list() == [every]
    assert results.budget_by_source["planned_vnd"].to_list() == [every]
    for frame in (results.by_type, results.by_channel, results.by_task):
        assert frame.select("quantity", "reach", "cost_vnd").row(0) == (every, every, every)
    assert results.by_month["quantity"].to_list() == [every]
    assert results.workforce.filter(pl.col("group").is_null())["staff_total"].to_list() == [2 * (2**62 + 2**61)]
    reached = results.kpis.filter(pl.col("indicator") == "staff_reached").row(0, named=True)
    assert (reached["numerator"], reached["denominator"], reached["value"]) == (3 * 2**62, 3 * 2**62, 1.0)
    assert json.loads(json.dumps(results.budget.to_dicts()))[0]["planned_vnd"] == every


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 2), st.none() | WHOLE), min_size=1, max_size=60))
def test_sums_and_sums_of_sums_are_those_of_whole_numbers_without_end(rows: list[tuple[int, int | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"key": pl.Int64, "value": pl.Int64}, orient="row")
    for engine in ("streaming", "in-memory"):
        by_key = frame.lazy().group_by("key").agg(total("value")).collect(engine=engine)
        wanted = {key: sum(value or 0 for one, value in rows if one == key) for key, _ in rows}
        assert dict(narrow(by_key).iter_rows()) == wanted
        assert by_key.select(total("value")).item() == sum(wanted.values())


@pytest.mark.parametrize(("most", "dtype"), [(2**63 - 1, pl.Int64), (2**63, pl.Int128), (-(2**63) - 1, pl.Int128)])
def test_a_finished_sum_is_of_the_type_that_everybody_reads_unless_it_needs_more(most: int, dtype: Any) -> None:
    frame = narrow(pl.DataFrame({"sum": [None, 0, most]}, schema={"sum": pl.Int128}))
    assert frame.schema == {"sum": dtype}
    assert frame["sum"].to_list() == [None, 0, most]
