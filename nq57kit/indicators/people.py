"""People: staff reached by the message and communication staff trained; plan II.2.3.

In: rows of `workforce`. Out: ratios and a table by group. Each unit counts by its latest accepted snapshot of
the year; a unit without one is not in the figures, and never zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators._frames import in_order, latest_of_year, sum_known
from nq57kit.indicators.ratios import Ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["comms_staff_trained", "latest_snapshots", "staff_reached", "workforce_by_group"]

_FIGURES: Final = ["staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained"]


def latest_snapshots(workforce: pl.LazyFrame) -> pl.LazyFrame:
    """Return each unit's latest snapshot: its row of H2, or that of H1 where H2 has none."""
    rows = latest_of_year(workforce, "unit_id").sort("revision", "source_row")
    return rows.unique("unit_id", keep="last", maintain_order=True)


def staff_reached(workforce: pl.LazyFrame) -> Ratio:
    """Return Σ staff_reached over Σ staff_total of the units' latest snapshots."""
    return _ratio(workforce, "staff_reached", "staff_total")


def comms_staff_trained(workforce: pl.LazyFrame) -> Ratio:
    """Return Σ comms_staff_trained over Σ comms_staff_total of the units' latest snapshots."""
    return _ratio(workforce, "comms_staff_trained", "comms_staff_total")


def _ratio(workforce: pl.LazyFrame, part: str, whole: str) -> Ratio:
    known = latest_snapshots(workforce).filter(pl.col(part).is_not_null(), pl.col(whole).is_not_null())
    rows = known.select("unit_id", part, whole).collect()
    return Ratio(int(rows[part].sum()), int(rows[whole].sum()), units=frozenset(rows["unit_id"].to_list()))


def workforce_by_group(workforce: pl.LazyFrame, units: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Return the sums of the latest snapshots per group (null: the ministry); a unit is in its first group.

    Args:
        workforce: rows of `workforce`.
        units: unit_id, groups (list).
        groups: the plan's groups in order.

    Returns: group, units (that have a snapshot), staff_total, staff_reached, comms_staff_total, comms_staff_trained
        (null where no unit reported).
    """
    home = units.lazy().select("unit_id", group=pl.col("groups").list.first())
    rows = latest_snapshots(workforce).select("unit_id", *_FIGURES).join(home, on="unit_id", how="left")
    ministry = rows.with_columns(group=pl.lit(None, dtype=pl.String))
    summed = (
        pl.concat([ministry, rows.filter(pl.col("group").is_not_null())])
        .group_by("group")
        .agg(pl.len().cast(pl.Int64).alias("units"), *(sum_known(figure) for figure in _FIGURES))
        .collect()
    )
    return in_order(summed.select("group", "units", *_FIGURES), {"group": list(groups)})
