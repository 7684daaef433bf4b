"""Charts against Vega-Lite's schema: `draw` leaves Altair's own checks out, so they are made here, for every chart."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl
import pytest
from altair.vegalite.v6.schema.core import load_schema

from nq57kit.indicators.unit import compute_unit
from nq57kit.show import charts, scorecard, theme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nq57kit.indicators.model import Results
    from nq57kit.plan import Plan
    from nq57kit.store import Store

CHARTS_OF_A_CARD = ("company_chart", "outputs_chart")


@pytest.fixture
def specs() -> Iterator[list[dict[str, Any]]]:
    """The specifications of all charts drawn in the test."""
    seen: list[dict[str, Any]] = []

    def draw(spec: str) -> str:
        seen.append(json.loads(spec))
        return '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'

    theme.set_renderer(draw)
    yield seen
    theme.set_renderer(None)


@pytest.fixture(scope="module")
def check() -> Callable[[dict[str, Any]], None]:
    check: Callable[[dict[str, Any]], None] = jsonschema.Draft7Validator(load_schema()).validate
    return check


@pytest.mark.parametrize("name", charts.__all__)
def test_every_chart_follows_the_schema(
    name: str, results: Results, specs: list[dict[str, Any]], check: Callable[[dict[str, Any]], None]
) -> None:
    kpis = results.kpis.with_columns(previous_value=pl.lit(0.2))  # the invented results have no period before
    getattr(charts, name)(replace(results, kpis=kpis))
    assert specs
    for spec in specs:
        check(spec)


@pytest.mark.parametrize("name", CHARTS_OF_A_CARD)
def test_every_chart_of_a_scorecard_follows_the_schema(
    name: str,
    sample_store: Store,
    plan: Plan,
    specs: list[dict[str, Any]],
    check: Callable[[dict[str, Any]], None],
) -> None:
    from datetime import date

    from nq57kit.reports import read_inputs

    inputs = read_inputs(sample_store.snapshot(), plan, plan.period("2026-H2"), date(2026, 12, 25))
    getattr(scorecard, name)(compute_unit(inputs, "vu-tccb"))
    assert specs
    for spec in specs:
        check(spec)


def test_all_charts_of_a_scorecard_are_tried_here() -> None:
    assert {name for name in scorecard.__all__ if name.endswith("_chart")} == set(CHARTS_OF_A_CARD)


def test_a_specification_against_the_schema_is_noticed(
    results: Results, specs: list[dict[str, Any]], check: Callable[[dict[str, Any]], None]
) -> None:
    charts.budget_chart(results)
    broken = json.loads(json.dumps(specs[0]).replace('"type": "bar"', '"type": "column"'))
    assert broken != specs[0]
    with pytest.raises(jsonschema.ValidationError):
        check(broken)
