"""Targets of section II.2 against results: the verdict, and the line of targets to the last year.

In: counted ratios and the plan's targets. Out: codes of the list `target_status`, and frames. Ratios are
compared unrounded: 49,96 % does not meet «ít nhất 50%», although it prints as 50,0%.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators.ratios import Ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.plan import Plan, Target

__all__ = ["judge", "judge_ratio", "targets_line"]

_LINE_SCHEMA: Final = {
    "indicator": pl.String,
    "year": pl.Int64,
    "target": pl.Float64,
    "comparator": pl.String,
    "value": pl.Float64,
}


def judge(numerator: int, denominator: int, target: Target | None, next_target: Target | None = None) -> str | None:
    """Return the verdict on a ratio of two counts; contract §4.

    `insufficient` where there is nothing to divide by, `met` or `not_met` where a numeric target holds this
    year, `on_watch` where none holds but a later one exists; None where neither exists, and for a qualitative
    target, which a person judges.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> half = load_plan().target_for("science_tasks_communicated", 2028)
        >>> judge(1249, 2500, half), judge(1250, 2500, half), judge(0, 0, half)
        ('not_met', 'met', 'insufficient')
        >>> judge(9, 10, None, half)
        'on_watch'
    """
    if target is not None and target.value is None:
        return None
    if denominator <= 0:
        return "insufficient"
    if target is not None:
        return "met" if target.is_met_by(Fraction(numerator, denominator)) else "not_met"
    return "on_watch" if next_target is not None else None


def judge_ratio(ratio: Ratio, target: Target | None, next_target: Target | None = None) -> str | None:
    """Return the verdict on a ratio with bounds: it stands only where both bounds agree, else `insufficient`.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> half = load_plan().target_for("science_tasks_communicated", 2027)
        >>> judge_ratio(Ratio(4, 10, unknown=3), half), judge_ratio(Ratio(6, 10, unknown=3), half)
        ('insufficient', 'met')
    """
    low = judge(ratio.numerator, ratio.denominator, target, next_target)
    high = judge(ratio.numerator + (ratio.unknown or 0), ratio.denominator, target, next_target)
    return low if low == high else "insufficient"


def targets_line(plan: Plan, results: Mapping[tuple[str, int], float | None]) -> pl.DataFrame:
    """Return every ratio indicator of the plan × every year of the plan, with its target and known result.

    Args:
        plan: whose `indicators` of the kind «ratio» and years are drawn.
        results: (indicator, year) → ratio from 0 to 1.

    Returns: indicator, year, target (0-1, null in a year without), comparator, value (null where not known).
    """
    years = range(plan.settings.first_year, plan.settings.last_year + 1)
    ratios = plan.indicators.filter(pl.col("kind") == "ratio")["indicator"].to_list()
    rows = []
    for indicator in ratios:
        for year in years:
            target = plan.target_for(indicator, year)
            ratio = None if target is None or target.ratio is None else float(target.ratio)
            comparator = None if target is None else target.comparator
            rows.append((indicator, year, ratio, comparator, results.get((indicator, year))))
    return pl.DataFrame(rows, schema=_LINE_SCHEMA, orient="row")
