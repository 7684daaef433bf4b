"""The way of the data at scale: activities are summed where they lie, and bare polars gives the same figures."""

from __future__ import annotations

import pickle
import re
from datetime import date
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from nq57kit.indicators import Inputs, Results, compute
from nq57kit.plan import load_plan
from nq57kit.reports.report import read_inputs
from nq57kit.store import Store

pytestmark = pytest.mark.slow  # a store of sixty thousand rows is made


def inputs_of(desk: Any, period: str, as_of: date) -> Inputs:
    plan = load_plan(desk.plan)
    return read_inputs(Store(desk.store, plan=plan).snapshot(), plan, plan.period(period), as_of)


@pytest.mark.parametrize("year", [2026, 2028])
def test_every_frame_is_what_bare_polars_gives(desk: Any, benchmark_module: Any, year: int) -> None:
    scale, bare = benchmark_module("scale"), benchmark_module("scale_bare")
    day = date(year, 12, 25)
    results = compute(inputs_of(desk, str(year), day))
    frames = bare.compute_year(bare.read_known(desk.store, results.inputs.plan), year, day)
    compared = scale._COMPARED.keys() & frames.keys()
    assert len(compared) == len(scale._COMPARED)
    for name in sorted(compared):
        columns = scale._COMPARED[name]
        ours = getattr(results, name).select(columns)
        if name == "kpis":
            ours = ours.filter(pl.col("denominator").is_not_null())
        other = frames[name].select(columns).cast(dict(ours.schema))
        assert_frame_equal(ours, other, check_row_order=False)
    assert results.cautions.height == frames["cautions"]["rows"].item()


class Counted:
    """Counts the rows that each collected frame has."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.most = 0
        single, several = pl.LazyFrame.collect, pl.collect_all

        def collect(frame: pl.LazyFrame, *args: Any, **how: Any) -> Any:
            return self._see(single(frame, *args, **how))

        def collect_all(frames: Any, *args: Any, **how: Any) -> Any:
            return [self._see(frame) for frame in several(frames, *args, **how)]

        monkeypatch.setattr(pl.LazyFrame, "collect", collect)
        monkeypatch.setattr(pl, "collect_all", collect_all)

    def _see(self, frame: pl.DataFrame) -> pl.DataFrame:
        self.most = max(self.most, frame.height if "activity_type" in frame.columns else 0)
        return frame


def test_no_frame_of_activities_is_collected(desk: Any, mass: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = inputs_of(desk, "2028", date(2028, 12, 25))
    counted = Counted(monkeypatch)
    results = compute(inputs)
    sums = counted.most
    assert 0 < sums < mass.rows // 5  # combinations of units and codes, not rows
    assert results.by_type["activities"].sum() == results.activities.height
    assert counted.most == results.activities.height > sums  # rows are read when somebody asks for them


def test_the_rows_are_read_when_asked_for_once_and_survive_pickling(desk: Any) -> None:
    results = compute(inputs_of(desk, "2027-H1", date(2027, 6, 30)))
    carried: Results = pickle.loads(pickle.dumps(results))  # noqa: S301 - our own
    assert carried.activities.equals(results.activities)
    assert results.activities is results.activities
    assert results.activities.columns[-1] == "group"


def test_the_plan_of_a_report_reads_only_the_columns_that_it_sums(desk: Any) -> None:
    from nq57kit.indicators.outputs import counted_activities, sum_activities

    inputs = inputs_of(desk, "2028", date(2028, 12, 25))
    query = sum_activities(counted_activities(inputs.tables["activities"], inputs.period.halves), "activity_type")
    told = query.explain()
    read, there = map(int, re.findall(r"PROJECT (\d+)/(\d+) COLUMNS", told)[0])
    assert read <= 7 < there, told
    assert "period=2028-H1" in told
    assert "period=2027" not in told  # no file of another period
