"""Charts against Vega-Lite's schema: `draw` leaves Altair's own checks out, so they are made here, for every chart."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl
import pytest
from altair.vegalite.v6.schema.core import load_schema

from nq57kit.show import (
    difficulties,
    left_out,
    money,
    outputs,
    people,
    proposals,
    reporting,
    science,
    scorecard,
    summary,
    targets,
    tasks,
    theme,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.show.blocks import Block


@pytest.fixture
def specs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The specifications of all charts drawn in the test."""
    seen: list[dict[str, Any]] = []

    def draw(spec: str) -> str:
        seen.append(json.loads(spec))
        return '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'

    monkeypatch.setattr(theme, "render", draw)
    return seen


@pytest.fixture(scope="module")
def check() -> Callable[[dict[str, Any]], None]:
    check: Callable[[dict[str, Any]], None] = jsonschema.Draft7Validator(load_schema()).validate
    return check


CHARTS = [
    outputs.chart_channels,
    outputs.chart_months,
    outputs.chart_types,
    people.chart_groups,
    money.chart_tasks,
    reporting.chart_groups,
    targets.chart_ratios,
    targets.chart_targets,
    tasks.chart_statuses,
    tasks.chart_units,
]


def test_all_charts_are_tried_here() -> None:
    modules = (difficulties, left_out, money, outputs, people, proposals, reporting, science, summary, targets, tasks)
    assert {getattr(module, name) for module in modules for name in module.__all__ if name.startswith("chart_")} == set(
        CHARTS
    )
    assert [name for name in scorecard.__all__ if name.startswith("chart_")] == ["chart_peers"]


@pytest.mark.parametrize("make", CHARTS, ids=lambda make: f"{make.__module__.rpartition('.')[2]}.{make.__name__}")
def test_every_chart_follows_the_schema(
    make: Callable[[Results], Block],
    results: Results,
    specs: list[dict[str, Any]],
    check: Callable[[dict[str, Any]], None],
) -> None:
    kpis = results.kpis.with_columns(previous_value=pl.lit(0.2))  # the invented results have no period before
    make(replace(results, kpis=kpis))
    assert specs
    for spec in specs:
        check(spec)


@pytest.mark.parametrize("make", [scorecard.chart_peers, outputs.show_unit])
def test_every_chart_of_a_scorecard_follows_the_schema(
    make: Callable[[UnitResults], Block],
    card_of: Callable[..., UnitResults],
    specs: list[dict[str, Any]],
    check: Callable[[dict[str, Any]], None],
) -> None:
    make(card_of("vu-tccb"))
    assert specs
    for spec in specs:
        check(spec)


def test_a_specification_against_the_schema_is_noticed(
    results: Results, specs: list[dict[str, Any]], check: Callable[[dict[str, Any]], None]
) -> None:
    money.chart_tasks(results)
    broken = json.loads(json.dumps(specs[0]).replace('"type": "bar"', '"type": "column"'))
    assert broken != specs[0]
    with pytest.raises(jsonschema.ValidationError):
        check(broken)
