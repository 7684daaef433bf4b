"""Money: planned, allocated and disbursed đồng by task and by source; plan IV.4, contract §3.

In: rows of `budget`, each an amount of its own period. Out: sums (a year is the sum of its halves), the rate of
disbursement, and the traces of both.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nq57kit.indicators.model import Results

_AMOUNTS: Final = ("planned_vnd", "allocated_vnd", "disbursed_vnd")
_RATE: Final = (
    pl.when(pl.col("allocated_vnd") > 0).then(pl.col("disbursed_vnd") / pl.col("allocated_vnd")).alias("rate")
)


def budget_by(key: str, budget: pl.LazyFrame, order: Sequence[object]) -> pl.DataFrame:
    """Return the sums per value of a column (task_id, funding_source), those that occur, in the order given.

    Returns: key, planned_vnd, allocated_vnd, disbursed_vnd, rate (disbursed over allocated, null if none is).
    """
    rows = budget.group_by(key).agg(frames.sum_known(amount) for amount in _AMOUNTS).with_columns(_RATE)
    return frames.narrow(frames.in_order(rows.select(key, *_AMOUNTS, "rate").collect(), {key: order}, nulls_last=True))


def budget_total(budget: pl.LazyFrame, compared: frames.Compared | None) -> pl.DataFrame:
    """Return one row: the sums, the rate, and what the units that can be compared disbursed then and now, and how many they are.

    An amount is null where no unit reported any (a gap is not zero đồng).
    """
    total = budget.select(frames.sum_known(amount) for amount in _AMOUNTS).with_columns(_RATE).collect()
    then, now = (
        None if one is None else one.own("budget").select(frames.sum_known("disbursed_vnd")).collect().item()
        for one in (compared and compared.then, compared and compared.now)
    )
    return frames.narrow(
        total.with_columns(
            previous_disbursed_vnd=pl.lit(then, dtype=pl.Int128),
            compared_disbursed_vnd=pl.lit(now, dtype=pl.Int128),
            compared_units=pl.lit(len(compared.units) if compared else None, dtype=pl.Int64),
        )
    )


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield the sums of money, in all, by task, by source and by unit."""
    total = results.budget.row(0, named=True)
    for amount in _AMOUNTS:
        find = partial(frames.trace_told, scope.own("budget"), "budget", amount)
        yield frames.Traceable(f"budget.{amount}", {"counted": total[amount]}, find)
    for table, key, frame in (
        ("budget_by_task", "task_id", results.budget_by_task),
        ("budget_by_source", "funding_source", results.budget_by_source),
        ("by_task", "task_id", results.budget_by_task),
        ("by_unit", "unit_id", results.by_unit),
    ):
        for row in frame.filter(pl.col(key).is_not_null()).iter_rows(named=True):
            for amount in _AMOUNTS:
                rows = scope.own("budget").filter(pl.col(key) == row[key])
                find = partial(frames.trace_told, rows, "budget", amount)
                yield frames.Traceable(f"{table}.{row[key]}.{amount}", {"counted": row[amount]}, find)
