"""Difficulties and proposals as the units wrote them, and how many of each kind; plan IV, last paragraph.

In: rows of `issues`. Out: counts per category, and the rows in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from nq57kit.indicators._frames import code_order, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["count_difficulties", "list_issues"]


def list_issues(issues: pl.LazyFrame, units: Sequence[str]) -> pl.DataFrame:
    """Return unit_id, period, category, description, proposal, authority: by category, then unit, then row."""
    columns = ["unit_id", "period", "category", "description", "proposal", "authority"]
    rows = issues.select(*columns, "source_row").collect()
    orders = {"category": code_order("category"), "unit_id": units}
    return in_order(rows, orders, "period", "source_row").select(columns)


def count_difficulties(issues: pl.LazyFrame) -> pl.DataFrame:
    """Return category, count of those that occur, in the order of the list."""
    rows = issues.group_by("category").agg(pl.len().cast(pl.Int64).alias("count")).collect()
    return in_order(rows, {"category": code_order("category")})
