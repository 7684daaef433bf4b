"""Targets of section II.2 against results: counted, judged, with their coverage.

In: `Inputs` and counted ratios. Out: one row per indicator with a verdict of its own (a code of the list
`target_status`), the line of targets to the last year, and traces. Completeness and timeliness have frames of
their own (`reporting`). Ratios are compared unrounded: 49,96 % does not meet «ít nhất 50%», although it prints as 50,0%.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.indicators.model import Ratio
from nq57kit.indicators.people import (
    PAIRS,
    counted_snapshots,
    staff_ratio,
    told_snapshots,
    trace_staff,
)
from nq57kit.indicators.science import count_communicated, tasks_of, trace_science

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from nq57kit.indicators.model import Inputs, Results
    from nq57kit.plan import Plan, Request, Target

_SCIENCE: Final = "science_tasks_communicated"

#: Columns of `Results.kpis`, of `Results.targets`.
KPI_SCHEMA: Final = {
    "indicator": pl.String, "year": pl.Int64, "numerator": pl.Int128, "denominator": pl.Int128,
    "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "target": pl.Float64, "comparator": pl.String,
    "status": pl.String, "next_target": pl.Float64, "next_comparator": pl.String, "next_target_year": pl.Int64,
    "coverage": pl.Float64, "reported_units": pl.Int64, "expected_units": pl.Int64, "provisional": pl.Boolean,
    "previous_value": pl.Float64, "with_evidence": pl.Int64, "first_this_year": pl.Int64, "judged": pl.Boolean,
    "target_year": pl.Int64, "older_units": pl.Int64, "compared_value": pl.Float64, "compared_units": pl.Int64,
}  # fmt: skip
LINE_SCHEMA: Final = {
    "indicator": pl.String, "year": pl.Int64, "target": pl.Float64, "comparator": pl.String,
    "value": pl.Float64, "status": pl.String, "open": pl.Boolean,
}  # fmt: skip


def kpis(
    inputs: Inputs, scopes: tuple[frames.Scope, frames.Scope | None] | None = None, tasks: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the indicators of the plan's targets for a report: the columns of `Results.kpis`.

    Figures are those of the year up to the period. Every ratio indicator has a row in every year, a qualitative one
    in the years of its target (its figures are null; its status is the judgement given, or null), and after them until
    it is met or a person closes it (`target_year` is then the target's last). `scopes` are those of `open_scopes` and `tasks` those of `science_tasks`, where they are at hand.

    Example:
        >>> import tempfile, nq57kit
        >>> store = nq57kit.Store.create(tempfile.mkdtemp())
        >>> inputs = nq57kit.open_report("annual", store=store.folder, year=2027, as_of="2028-01-15").results.inputs
        >>> kpis(inputs).columns[:4]
        ['indicator', 'year', 'numerator', 'denominator']
    """
    scope, previous = scopes or frames.open_scopes(inputs)
    register = inputs.register
    tasks = tasks_of(scope, register) if tasks is None else tasks
    rows = []
    for indicator in inputs.plan.indicators["indicator"].to_list():
        if indicator in (_SCIENCE, *PAIRS):
            rows.append(
                _numeric(inputs, indicator, _count_ratio(indicator, scope, register, tasks), scope)
                | _compared(indicator, scope, previous, register)
                | (_more_of_science(tasks, inputs) if indicator == _SCIENCE else {})
            )
        elif (target := _judged_by_a_person(inputs, indicator)) is not None:
            rows.append(_qualitative(inputs, target, scope))
    return frames.narrow(pl.DataFrame(rows, schema=KPI_SCHEMA, orient="row"))


def of_request(rows: pl.DataFrame, asked: Request) -> pl.DataFrame:
    """Return the indicators of the tables that a request asks for, judged by no target: those are of years, not of its days."""
    tables = {_SCIENCE: "science_tasks", **dict.fromkeys(PAIRS, "workforce")}
    kept = rows.filter(pl.col("indicator").is_in([name for name, table in tables.items() if table in asked.tables]))
    judged = ("target", "status", "next_target", "next_target_year", "target_year", "judged")
    return kept.with_columns(pl.lit(None, kept.schema[name]).alias(name) for name in judged if name in kept.columns)


def _compared(
    indicator: str, scope: frames.Scope, previous: frames.Scope | None, register: pl.DataFrame | None
) -> dict[str, Any]:
    """Return an indicator of the period compared with and of this one, both over the units that told it for the same halves."""
    both = frames.compare(scope, previous, told_snapshots if indicator in PAIRS else frames.Scope.latest_told)
    if both is None:
        return {}
    listed = None if both.is_partial else register  # a register does not say whose a task is
    now, then = (_value(_count_ratio(indicator, one, listed)) for one in (both.now, both.then))
    if now is None or then is None:
        return {}
    return {"previous_value": then, "compared_value": now, "compared_units": len(both.units)}


def _count_ratio(
    indicator: str, scope: frames.Scope, register: pl.DataFrame | None, tasks: pl.DataFrame | None = None
) -> Ratio:
    """Return the ratio of an indicator, in the year up to the scope's period.

    Staff are those of `counted_snapshots`. Science tasks are counted from every accepted row, by code; a unit that reports
    none is in the figure, too: it has said that it has none.
    """
    if indicator in PAIRS:
        return staff_ratio(indicator, counted_snapshots(scope))
    tasks = tasks_of(scope, register) if tasks is None else tasks
    return count_communicated(tasks, frozenset(unit for unit, _ in scope.told()), register)


def _more_of_science(tasks: pl.DataFrame, inputs: Inputs) -> dict[str, Any]:
    """Return of the science tasks communicated how many have evidence, and how many were so for the first time this year."""
    start = inputs.plan.period(str(inputs.period.year)).window.start
    first = tasks.filter("communicated", pl.col("communicated_on") >= start)
    return {"with_evidence": int(tasks["has_evidence"].sum()), "first_this_year": first.height}


def _count_reported(indicator: str, ratio: Ratio, scope: frames.Scope) -> tuple[int, int]:
    """Return how many units that must report are in a ratio, themselves or by those that they came of; with earlier halves alone."""
    told = told_snapshots(scope) if indicator in PAIRS else scope.told()
    pairs = [pair for pair in told if pair[0] in ratio.units]
    fresh = [pair for pair in pairs if pair[1] == str(scope.until[-1])]
    reported = len(scope.represented(pairs))
    return reported, reported - len(scope.represented(fresh))


def is_year_over(inputs: Inputs) -> bool:
    """Return whether a year's target can be judged: the period's data run to the year's end, and that day has come."""
    end = inputs.plan.period(str(inputs.period.year)).window.end
    return inputs.period.window.end == end <= inputs.judged_on


def _numeric(inputs: Inputs, indicator: str, ratio: Ratio, scope: frames.Scope) -> dict[str, Any]:
    year = inputs.period.year
    target = inputs.plan.target_for(indicator, year)
    following = inputs.plan.next_target(indicator, year)
    reported, older = _count_reported(indicator, ratio, scope)
    status, judged = judge_ratio(ratio, target, following) if ratio.units else "insufficient", is_year_over(inputs)
    if target is not None and not judged and ratio.units and ratio.denominator:
        status = "on_watch"
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
        "judged": judged and target is not None,
        "target_year": None if target is None else year,
        "older_units": older,
        **_coverage(inputs, reported, len(scope.members)),
    }


def _qualitative(inputs: Inputs, target: Target, scope: frames.Scope) -> dict[str, Any]:
    status = inputs.judgements.get(target.indicator)
    return {
        "indicator": target.indicator,
        "year": inputs.period.year,
        "comparator": target.comparator,
        "status": status,
        "judged": status is not None,
        "target_year": target.year_to,
        **_coverage(inputs, len(scope.represented(scope.told())), len(scope.members)),
    }


def _judged_by_a_person(inputs: Inputs, indicator: str) -> Target | None:
    """Return the qualitative target of an indicator this year, or the last of an earlier year that is not settled yet.

    It is once a person says that it is met, or closes it: from the year on after that of which this was said.
    """
    plan, year, verdict = inputs.plan, inputs.period.year, inputs.judgements.get(indicator)
    held = [target for one in range(plan.settings.first_year, year + 1) if (target := plan.target_for(indicator, one))]
    if not held or held[-1].value is not None:
        return None
    record = inputs.judged.get(indicator)
    settled = verdict == "closed" or (verdict == "met" and record is not None and record.values["year"] < year)
    return None if settled and held[-1].year_to < year else held[-1]


def _coverage(inputs: Inputs, reported: int, expected: int) -> dict[str, Any]:
    return {
        "coverage": reported / expected if expected else None,
        "reported_units": reported,
        "expected_units": expected,
        "provisional": reported < expected or not inputs.period.is_over(inputs.judged_on),
    }


def _value(ratio: Ratio) -> float | None:
    """Return the ratio; None where no unit reported, even if a register gives a denominator."""
    return _float(ratio.value) if ratio.units else None


def _float(ratio: Fraction | None) -> float | None:
    return None if ratio is None else float(ratio)


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


def known_results(inputs: Inputs, kpis_now: pl.DataFrame) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Return (indicator, year) → row of `Results.kpis`: of the report's year, and of each before from that year's own data."""
    tables = (kpis_now, *(kpis(one) for one in inputs.history))
    return {(row["indicator"], row["year"]): row for frame in tables for row in frame.iter_rows(named=True)}


def targets_line(
    plan: Plan,
    results: Mapping[tuple[str, int], Mapping[str, Any]],
    closed: Collection[str] = (),
    earlier: Mapping[int, Plan] | None = None,
) -> pl.DataFrame:
    """Return every ratio indicator of the plan × every year of the plan, with its target and known result.

    Args:
        plan: whose `indicators` of the kind «ratio» and years are drawn.
        results: (indicator, year) → row of `Results.kpis`.
        closed: indicators whose unmet targets a person has closed.
        earlier: the plan as it held for each earlier year: by that its year was judged, whatever was amended since.

    Returns: indicator, year, target (0-1, null in a year without), comparator, value and status (null where not known),
        open (whether a target ended in this year, was not met, has not been met since, and nobody closed it).
    """
    years = range(plan.settings.first_year, plan.settings.last_year + 1)
    ratios = plan.indicators.filter(pl.col("kind") == "ratio")["indicator"].to_list()
    rows = []
    for indicator in ratios:
        for year in years:
            target = (earlier or {}).get(year, plan).target_for(indicator, year)
            ratio = None if target is None or target.ratio is None else float(target.ratio)
            comparator = None if target is None else target.comparator
            row = results.get((indicator, year), {})
            still = indicator not in closed and target is not None and _is_open(target, year, results)
            rows.append((indicator, year, ratio, comparator, row.get("value"), row.get("status"), still))
    return pl.DataFrame(rows, schema=LINE_SCHEMA, orient="row")


def _is_open(target: Target, year: int, results: Mapping[tuple[str, int], Mapping[str, Any]]) -> bool:
    """Return whether a numeric target that ended in `year` was met neither then nor in a later year that is over."""
    last = max((known for _, known in results), default=year)
    if target.year_to != year or year >= last:
        return False
    rows = [row for (name, known), row in results.items() if name == target.indicator and known >= year]
    return not any(
        target.is_met_by(Fraction(row["numerator"], row["denominator"]))
        for row in rows
        if row["denominator"] and row["reported_units"] and (row["judged"] or row["year"] < last)
    )


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield numerator and denominator of each ratio indicator."""
    for name, part, whole in results.kpis.select("indicator", "numerator", "denominator").iter_rows():
        counts = {"numerator": part, "denominator": whole}
        if name == _SCIENCE:
            yield frames.Traceable(f"kpis.{name}", counts, partial(trace_science, results, scope))
        elif name in PAIRS:
            yield frames.Traceable(f"kpis.{name}", counts, partial(trace_staff, results, scope, name))
