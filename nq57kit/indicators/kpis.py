"""The plan's indicators with targets: counted, judged, and with their coverage; contract §4, plan II.2.

In: `Inputs`. Out: one row per indicator that has a verdict of its own. Completeness and timeliness have
frames of their own (`reporting`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.indicators._scope import Scope, open_scopes
from nq57kit.indicators.people import comms_staff_trained, staff_reached
from nq57kit.indicators.science import count_communicated
from nq57kit.indicators.targets import judge_ratio

if TYPE_CHECKING:
    from fractions import Fraction

    from nq57kit.indicators.model import Inputs
    from nq57kit.indicators.ratios import Ratio

__all__ = ["count_ratios", "kpis", "kpis_of"]

SCHEMA: Final = {
    "indicator": pl.String,
    "year": pl.Int64,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "target": pl.Float64,
    "comparator": pl.String,
    "status": pl.String,
    "next_target": pl.Float64,
    "next_comparator": pl.String,
    "next_target_year": pl.Int64,
    "coverage": pl.Float64,
    "reported_units": pl.Int64,
    "expected_units": pl.Int64,
    "provisional": pl.Boolean,
    "previous_value": pl.Float64,
}


def kpis(inputs: Inputs) -> pl.DataFrame:
    """Return the indicators of the plan's targets for a report: the columns of `Results.kpis`.

    Figures are those of the year up to the period. Every ratio indicator has a row in every year, a qualitative one
    in the years of its target (its figures are null; its status is the judgement given, or null).
    """
    scope, previous = open_scopes(inputs)
    return kpis_of(inputs, scope, previous)


def count_ratios(scope: Scope, units: frozenset[str], register: pl.DataFrame | None = None) -> dict[str, Ratio]:
    """Return the ratio of each indicator, in the year up to the scope's period.

    Staff are counted for `units` (those that must report) alone, since a unit that was merged is in its successor's
    figures. Science tasks are counted from every accepted row, by code.
    """
    workforce = scope.year("workforce").filter(pl.col("unit_id").is_in(list(units)))
    # A unit that reports no science task is in this figure, too: it has said that it has none.
    return {
        "science_tasks_communicated": count_communicated(scope.science(register), scope.accepted_units(), register),
        "staff_reached": staff_reached(workforce),
        "comms_staff_trained": comms_staff_trained(workforce),
    }


def kpis_of(inputs: Inputs, scope: Scope, previous: Scope | None) -> pl.DataFrame:
    """Return `kpis` from scopes that are open already."""
    units = frozenset(inputs.units["unit_id"].to_list())
    now = count_ratios(scope, units, inputs.register)
    before = {} if previous is None else count_ratios(previous, units, inputs.register)
    rows = []
    for indicator in inputs.plan.indicators["indicator"].to_list():
        if indicator in now:
            earlier = _value(before[indicator]) if indicator in before else None
            rows.append(_numeric(inputs, indicator, now[indicator], units) | {"previous_value": earlier})
        elif _is_qualitative(inputs, indicator):
            rows.append(_qualitative(inputs, indicator, scope.accepted_units() & units, len(units)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _numeric(inputs: Inputs, indicator: str, ratio: Ratio, units: frozenset[str]) -> dict[str, Any]:
    year = inputs.period.year
    target = inputs.plan.target_for(indicator, year)
    following = inputs.plan.next_target(indicator, year)
    reported = ratio.units & units
    status = judge_ratio(ratio, target, following) if reported else "insufficient"
    return {
        "indicator": indicator,
        "year": year,
        "numerator": ratio.numerator,
        "denominator": ratio.denominator,
        "value": _value(ratio),
        "low": _float(ratio.low),
        "high": _float(ratio.high),
        "target": None if target is None else _float(target.ratio),
        "comparator": None if target is None else target.comparator,
        "status": status,
        "next_target": None if following is None else _float(following.ratio),
        "next_comparator": None if following is None else following.comparator,
        "next_target_year": None if following is None else following.year_from,
        **_coverage(inputs, len(reported), len(units)),
    }


def _qualitative(inputs: Inputs, indicator: str, reported: frozenset[str], expected: int) -> dict[str, Any]:
    target = inputs.plan.target_for(indicator, inputs.period.year)
    return {
        "indicator": indicator,
        "year": inputs.period.year,
        "comparator": None if target is None else target.comparator,
        "status": inputs.judgements.get(indicator),
        **_coverage(inputs, len(reported), expected),
    }


def _is_qualitative(inputs: Inputs, indicator: str) -> bool:
    target = inputs.plan.target_for(indicator, inputs.period.year)
    return target is not None and target.value is None


def _coverage(inputs: Inputs, reported: int, expected: int) -> dict[str, Any]:
    return {
        "coverage": reported / expected if expected else None,
        "reported_units": reported,
        "expected_units": expected,
        "provisional": reported < expected or not inputs.period.is_over(inputs.as_of),
    }


def _value(ratio: Ratio) -> float | None:
    """Return the ratio; None where no unit reported, even if a register gives a denominator."""
    return _float(ratio.value) if ratio.units else None


def _float(ratio: Fraction | None) -> float | None:
    return None if ratio is None else float(ratio)
