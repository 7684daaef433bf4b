"""The way of the data at scale: activities are summed where they lie, and bare polars gives the same figures."""

from __future__ import annotations

import importlib
import pickle
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from nq57kit.indicators import Inputs, Results, compute
from nq57kit.plan import load_plan
from nq57kit.reports.report import read_inputs
from nq57kit.sample.masses import Mass
from nq57kit.starters import make_mass_desk
from nq57kit.store import Store

ROOT = Path(__file__).parents[2]


def load(name: str) -> ModuleType:
    if not (ROOT / "benchmarks" / f"{name}.py").is_file():
        pytest.skip("the benchmarks are not in this copy")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return importlib.import_module(f"benchmarks.{name}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_mass_desk(tmp_path_factory.mktemp("do") / "ban", Mass(6_000, 66, 300, 9), jobs=1)[0]


def inputs_of(desk: Any, period: str, as_of: date) -> Inputs:
    plan = load_plan(desk.plan)
    return read_inputs(Store(desk.store, plan=plan).snapshot(), plan, plan.period(period), as_of)


@pytest.mark.parametrize("year", [2026, 2028])
def test_every_frame_is_what_bare_polars_gives(desk: Any, year: int) -> None:
    scale, bare = load("scale"), load("scale_bare")
    day = date(year, 12, 25)
    results = compute(inputs_of(desk, str(year), day))
    known = bare.Known(desk.store / ".compact", results.inputs.plan)
    frames = bare.compute_year(known, year, day)
    compared = scale._COMPARED.keys() & frames.keys()
    assert len(compared) == len(scale._COMPARED)
    for name in sorted(compared):
        columns = scale._COMPARED[name]
        ours = getattr(results, name).select(columns)
        if name == "kpis":
            ours = ours.filter(pl.col("denominator").is_not_null())
        other = frames[name].select(columns).cast(dict(ours.schema))
        assert_frame_equal(ours, other, check_row_order=False)
    if year == 2026:
        assert results.evidence["count"].to_list() == frames["evidence"]["count"].to_list()
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


def test_no_frame_of_activities_is_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = 60_000
    dense = make_mass_desk(tmp_path / "ban", Mass(rows, 58, 10), jobs=1)[0]
    inputs = inputs_of(dense, "2028", date(2028, 12, 25))
    counted = Counted(monkeypatch)
    results = compute(inputs)
    sums = counted.most
    assert 0 < sums < rows // 5 // 2  # combinations of codes and months, not rows
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
    assert "PROJECT 7/18 COLUMNS" in told or "PROJECT 8/18 COLUMNS" in told, told
    assert "period=2028-H1" in told
    assert "period=2027" not in told  # no file of another period
