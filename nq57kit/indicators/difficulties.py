"""Difficulties and proposals as the units wrote them, and how many of each kind; plan IV, last paragraph.

In: rows of `issues`. Out: counts per category with their traces, and the rows in order.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.indicators import frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nq57kit.indicators.model import Results


def list_issues(issues: pl.LazyFrame, units: Sequence[str]) -> pl.DataFrame:
    """Return unit_id, period, category, description, proposal, authority: by category, then unit, then row."""
    columns = ["unit_id", "period", "category", "description", "proposal", "authority"]
    rows = issues.select(*columns, "source_row").collect()
    orders = {"category": frames.code_order("category"), "unit_id": units}
    return frames.in_order(rows, orders, "period", "source_row").select(columns)


def count_difficulties(issues: pl.LazyFrame) -> pl.DataFrame:
    """Return category, count of those that occur, in the order of the list."""
    rows = issues.group_by("category").agg(pl.len().cast(pl.Int64).alias("count")).collect()
    return frames.in_order(rows, {"category": frames.code_order("category")})


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield how many difficulties there are of each category."""
    for category, count in results.difficulties.iter_rows():
        rows = scope.own("issues").filter(pl.col("category") == category)
        find = partial(frames.trace_cells, rows, "issues", "description", "counted", 1)
        yield frames.Traceable(f"difficulties.{category}", {"counted": count}, find)
