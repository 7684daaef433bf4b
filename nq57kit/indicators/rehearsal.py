"""A rehearsal: what a report would say if it were closed today, and how far the units that have not sent could move it.

In: the results of a report judged as if its deadline had passed (`Inputs.as_if_closed`). Out: per ratio and silent unit the lowest and
the highest value that its report could give, from what is known of it: its latest figures and science tasks, this year's or an
earlier one's. Of a unit that never told any nothing can be known, and it says so.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from nq57kit.indicators import frames
from nq57kit.indicators.model import Ratio
from nq57kit.indicators.people import PAIRS, counted_snapshots
from nq57kit.indicators.targets import judge_ratio
from nq57kit.submissions.schemas import key_of_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nq57kit.indicators.model import Inputs, Results

_SCIENCE: Final = "science_tasks_communicated"
#: Columns of `bound`.
BOUNDS: Final = {
    "indicator": pl.String, "unit_id": pl.String, "known_of": pl.String, "low": pl.Float64, "high": pl.Float64,
    "status_low": pl.String, "status_high": pl.String, "decides": pl.Boolean,
}  # fmt: skip


class _Room(NamedTuple):
    """What a unit's report could add: to the numerator at most, to the denominator in any case, by codes for science tasks."""

    known_of: str | None
    more: int | frozenset[str] = 0
    base: int | frozenset[str] = 0


def list_silent(results: Results) -> list[str]:
    """Return the units whose report of the period's last half has not come (nothing sent, or refused), in the plan's order."""
    last = pl.col("period") == str(results.inputs.period.sources[-1])
    return results.reporting.filter(last, pl.col("state").is_in(["missing", "refused"]))["unit_id"].to_list()


def bound(results: Results) -> pl.DataFrame:
    """Return each ratio's bounds if a silent unit sent its report, and (unit_id null) if all of them did.

    The lowest: nobody and no task more than is known; the highest: all of its staff, all of its tasks. `known_of` is the period of
    the figures that the bounds stand on, null where none are known: `low` and `high` are then, too. `status_low` and `status_high` are
    the verdicts there, `decides` whether they differ from each other or from the verdict without it (of a target that is judged now). The row of all is of the
    units of which something is known; with a register the tasks of which no unit has spoken are in its highest.
    """
    inputs, silent = results.inputs, list_silent(results)
    scopes = [frames.open_scopes(one)[0] for one in (inputs, *reversed(inputs.history))]
    rows: list[dict[str, Any]] = []
    for kpi in results.kpis.filter(pl.col("indicator").is_in([*PAIRS, _SCIENCE])).iter_rows(named=True):
        name = kpi["indicator"]
        rooms = {unit: _room(results, scopes, name, unit) for unit in silent}
        unnamed = (
            0 if name in PAIRS or inputs.register is None else int(results.science_tasks["communicated"].null_count())
        )
        known = [room for room in rooms.values() if room.known_of]
        rows.append({"indicator": name, **(_judge(inputs, kpi, known, unnamed) if known or unnamed else {})})
        for unit, room in rooms.items():
            told = _judge(inputs, kpi, [room]) if room.known_of else {}
            rows.append({"indicator": name, "unit_id": unit, "known_of": room.known_of, **told})
    return pl.DataFrame(rows, schema=BOUNDS, orient="row")


def _judge(inputs: Inputs, kpi: Mapping[str, Any], rooms: Sequence[_Room], unnamed: int = 0) -> dict[str, Any]:
    """Return the bounds of an indicator with what some units could add, and their verdicts; `unnamed` tasks are of no known unit."""
    plan, name, year = inputs.plan, kpi["indicator"], inputs.period.year
    more, base = max(_sum([one.more for one in rooms]), unnamed), _sum([one.base for one in rooms])
    low, high = (Ratio((kpi["numerator"] or 0) + add, (kpi["denominator"] or 0) + base) for add in (0, more))
    target = plan.target_for(name, year)
    verdicts = [judge_ratio(one, target, plan.next_target(name, year)) for one in (low, high)]
    return {
        "low": _float(low.value),
        "high": _float(high.value),
        "status_low": verdicts[0],
        "status_high": verdicts[1],
        "decides": bool(kpi["judged"]) and {kpi["status"]} != set(verdicts),
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _sum(parts: Sequence[int | frozenset[str]]) -> int:
    """Return the sum of counts, or how many codes several name, each once."""
    codes = frozenset[str]().union(*(part for part in parts if not isinstance(part, int)))
    return len(codes) + sum(part for part in parts if isinstance(part, int))


def _room(results: Results, scopes: Sequence[frames.Scope], indicator: str, unit_id: str) -> _Room:
    """Return what a silent unit could add to a ratio, from the latest of its figures: of this year, else of an earlier one."""
    lineage = results.inputs.plan.lineage
    for scope in scopes:
        told = dict(sorted(scope.told(), key=lambda pair: pair[1]))
        # Its own, and those of units that became it alone; of one that was split nobody knows what is whose.
        bodies = [unit for unit in told if lineage.line_of(unit) in ((unit_id,), (unit, unit_id))]
        mine = pl.col("unit_id").is_in(bodies)
        if bodies and indicator == _SCIENCE:  # one that told of none has none
            rows = scope.year("science_tasks").filter(mine).collect()
            return _Room(max(told[unit] for unit in bodies), *_codes(results, rows))
        if bodies:
            part, whole = PAIRS[indicator]
            rows = (
                counted_snapshots(scope).filter(mine, pl.col(part).is_not_null(), pl.col(whole).is_not_null()).collect()
            )
            if rows.height:
                done, total = int(rows[part].sum()), int(rows[whole].sum())
                now = scope is scopes[0]  # then they are in the figure already
                return _Room(str(rows["period"].max()), total - done if now else total, 0 if now else total)
    return _Room(None)


def _codes(results: Results, rows: pl.DataFrame) -> Iterator[frozenset[str]]:
    """Yield which codes of a unit are not communicated yet, and which of them are not in the figure, of those that count this year."""
    year, counted = results.inputs.period.year, results.science_tasks.with_columns(key=key_of_code("code"))
    active = pl.lit(year).is_between(pl.col("start_year"), pl.col("end_year"))
    own = rows.with_columns(key=key_of_code("code")).filter(active, pl.col("state_funded").fill_null(value=False))
    known, done = frozenset(counted["key"]), frozenset(counted.filter(pl.col("communicated"))["key"])
    mine = frozenset(own["key"].drop_nulls())
    if results.inputs.register is not None:
        mine &= known
    yield mine - done
    yield mine - known
