"""Money: planned, allocated and disbursed đồng by task and by source; plan IV.4, contract §3.

In: rows of `budget`, each an amount of its own period. Out: sums (a year is the sum of its halves) and the
rate of disbursement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators._frames import in_order, sum_known

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["budget_by", "budget_total"]

_AMOUNTS: Final = ["planned_vnd", "allocated_vnd", "disbursed_vnd"]
_RATE: Final = (
    pl.when(pl.col("allocated_vnd") > 0).then(pl.col("disbursed_vnd") / pl.col("allocated_vnd")).alias("rate")
)


def budget_by(key: str, budget: pl.LazyFrame, order: Sequence[object]) -> pl.DataFrame:
    """Return the sums per value of a column (task_id, funding_source), those that occur, in the order given.

    Returns: key, planned_vnd, allocated_vnd, disbursed_vnd, rate (disbursed over allocated, null if none is).
    """
    rows = budget.group_by(key).agg(sum_known(amount) for amount in _AMOUNTS).with_columns(_RATE)
    return in_order(rows.select(key, *_AMOUNTS, "rate").collect(), {key: order}, nulls_last=True)


def budget_total(budget: pl.LazyFrame, previous: pl.LazyFrame | None) -> pl.DataFrame:
    """Return one row: the sums, the rate, and what was disbursed in the period before.

    An amount is null where no unit reported any (a gap is not zero đồng).
    """
    total = budget.select(sum_known(amount) for amount in _AMOUNTS).with_columns(_RATE).collect()
    before = None
    if previous is not None:
        before = previous.select(sum_known("disbursed_vnd")).collect().item()
    return total.with_columns(previous_disbursed_vnd=pl.lit(before, dtype=pl.Int64))
