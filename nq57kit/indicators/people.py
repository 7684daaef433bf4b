"""People: staff reached by the message and communication staff trained; plan II.2.3.

In: rows of `workforce`. Out: ratios, a table by group, and the traces of both. Each unit counts by its latest accepted
snapshot of the year, one that merged or was split by the rule of `counted_snapshots`; a unit without one is not in the figures,
and never zero.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.indicators.model import Ratio

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from nq57kit.indicators.model import Results

#: Indicator of people → its numerator and denominator.
PAIRS: Final[Mapping[str, tuple[str, str]]] = {
    "staff_reached": ("staff_reached", "staff_total"),
    "comms_staff_trained": ("comms_staff_trained", "comms_staff_total"),
}
_FIGURES: Final = ("staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained")


def latest_snapshots(workforce: pl.LazyFrame) -> pl.LazyFrame:
    """Return each unit's latest snapshot: its row of H2, or that of H1 where H2 has none."""
    rows = frames.latest_of_year(workforce, "unit_id").sort("revision", "source_row")
    return rows.unique("unit_id", keep="last", maintain_order=True)


def counted_snapshots(scope: frames.Scope) -> pl.LazyFrame:
    """Return the snapshots of which the ministry's figures are made: the latest of each unit, and nobody twice.

    One of a report that says nothing else is none: it takes no earlier one's place. Those of a unit that has merged or was split count until all that came of it have sent theirs. One that ended without
    anybody in its place, or that need not report, does not count.
    """
    staff, lineage, last = scope.year("workforce"), scope.plan.lineage, scope.period.last_day
    if not lineage:
        return latest_snapshots(staff.filter(pl.col("unit_id").is_in(list(scope.members))))
    units = staff.select("unit_id").unique().collect()["unit_id"].to_list()
    may = [unit for unit in units if unit in scope.members or lineage.is_followed(unit, last)]
    each = staff.filter(pl.col("unit_id").is_in(may)).sort("revision", "source_row")
    return scope.standing(each.unique(["unit_id", "period"], keep="last", maintain_order=True))


def told_snapshots(scope: frames.Scope) -> frozenset[tuple[str, str]]:
    """Return unit and half of the snapshots that count: of which the figures of people are made."""
    return frozenset(counted_snapshots(scope).select("unit_id", "period").collect().iter_rows())


def staff_ratio(indicator: str, workforce: pl.LazyFrame) -> Ratio:
    """Return one of the `PAIRS` summed over the units' latest snapshots in which both figures are known."""
    part, whole = PAIRS[indicator]
    known = latest_snapshots(workforce).filter(pl.col(part).is_not_null(), pl.col(whole).is_not_null())
    rows = known.select("unit_id", part, whole).collect()
    numerator, denominator = rows.select(frames.total(part), frames.total(whole)).row(0)
    return Ratio(numerator, denominator, units=frozenset(rows["unit_id"].to_list()))


def workforce_by_group(
    workforce: pl.LazyFrame,
    units: pl.DataFrame,
    groups: Sequence[str],
    members: pl.DataFrame,
    told: Collection[str],
) -> pl.DataFrame:
    """Return the sums of the latest snapshots per group (null: the ministry); a unit is in its first group.

    Args:
        workforce: rows of `workforce`.
        units: unit_id, groups (list) of the register.
        groups: the plan's groups in order.
        members: the units that must report; a group of which none has told anything has a row, too.
        told: those of them whose people are all in the figures (`Scope.represented`).

    Returns: group, units (in `told`), staff_total, staff_reached, comms_staff_total, comms_staff_trained
        (null where no unit reported), expected (units that must report).
    """

    def by_group(rows: pl.LazyFrame, *sums: pl.Expr) -> pl.LazyFrame:
        grouped = frames.with_group(rows, units)
        ministry = grouped.with_columns(group=pl.lit(None, dtype=pl.String))
        return pl.concat([ministry, grouped.filter(pl.col("group").is_not_null())]).group_by("group").agg(sums)

    count = pl.len().cast(pl.Int64)
    sums = by_group(latest_snapshots(workforce), *map(frames.sum_known, _FIGURES))
    is_told = pl.col("unit_id").is_in(list(told)).sum().cast(pl.Int64)
    asked = by_group(members.lazy().select("unit_id"), count.alias("expected"), is_told.alias("units"))
    table = sums.join(asked, on="group", how="full", coalesce=True, nulls_equal=True).with_columns(
        pl.col("units", "expected").fill_null(0)
    )
    columns = ("group", "units", *_FIGURES, "expected")
    return frames.narrow(frames.in_order(table.select(columns).collect(), {"group": list(groups)}))


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield the sums of staff, of the ministry, of each group and of each unit."""
    for row in results.workforce.iter_rows(named=True):
        place = "workforce" if row["group"] is None else f"workforce.{row['group']}"
        inside = pl.lit(value=True) if row["group"] is None else pl.col("group") == row["group"]
        for field in _FIGURES:
            yield frames.Traceable(
                f"{place}.{field}", {"counted": row[field]}, partial(_trace_sum, scope, inside, field)
            )
    for row in results.by_unit.iter_rows(named=True):
        inside = pl.col("unit_id") == row["unit_id"]
        for field in ("staff_total", "staff_reached"):
            find = partial(_trace_sum, scope, inside, field)
            yield frames.Traceable(f"by_unit.{row['unit_id']}.{field}", {"counted": row[field]}, find)


def trace_staff(results: Results, scope: frames.Scope, indicator: str) -> pl.DataFrame:
    """Return each unit's latest snapshot, numerator and denominator, and the snapshots that do not count."""
    part, whole = PAIRS[indicator]
    known = pl.col(part).is_not_null() & pl.col(whole).is_not_null()
    latest, others = _snapshots(scope)
    return frames.stack(
        frames.trace_cells(latest.filter(known), "workforce", part, "numerator", pl.col(part)),
        frames.trace_cells(latest.filter(known), "workforce", whole, "denominator", pl.col(whole)),
        frames.trace_cells(latest.filter(~known), "workforce", part, "left_out", 0, reason=frames.GAP),
        frames.trace_cells(others, "workforce", part, "left_out", 0, reason=frames.SUPERSEDED),
        frames.trace_left_out(results.left_out, scope.year("workforce"), "workforce", part),
    )


def _trace_sum(scope: frames.Scope, inside: pl.Expr, field: str) -> pl.DataFrame:
    """Return the snapshots that make the sum of a field, of those inside (over their unit and group)."""
    latest, others = (frames.with_group(rows, scope.plan.units).filter(inside) for rows in _snapshots(scope))
    older = frames.trace_cells(others, "workforce", field, "left_out", 0, reason=frames.SUPERSEDED)
    return frames.stack(frames.trace_told(latest, "workforce", field), older)


def _snapshots(scope: frames.Scope) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return the snapshots that count, and the older ones of the same units."""
    counted, staff = counted_snapshots(scope), scope.year("workforce")
    older = staff.join(counted.select("unit_id"), on="unit_id", how="semi").join(
        counted, on=frames.IDENTITY, how="anti"
    )
    return counted, older
