"""Difficulties and proposals as the units wrote them, and how many of each kind; plan IV, last paragraph.

In: rows of `issues`. Out: counts per category with their traces, and the rows in order.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nq57kit.indicators.model import Results

_REPEATED: Final = "Đơn vị nêu lại đúng ý kiến này: tính một lần"


def _of_own() -> pl.Expr:
    """Return what makes two rows of a unit one difficulty: the same kind and the same words, told once or in both halves."""
    return pl.struct(pl.col("unit_id", "category"), pl.col("description", "proposal", "authority").str.to_lowercase())


def list_issues(issues: pl.LazyFrame, units: Sequence[str]) -> pl.DataFrame:
    """Return each difficulty of each unit once: by category, then unit, then row.

    Returns: unit_id, periods (in which it was told), category, description, proposal, authority.
    """
    rows = issues.sort("period", "source_row").group_by(_of_own().alias("own"), maintain_order=True)
    first = ("unit_id", "category", "description", "proposal", "authority", "source_row")
    told = rows.agg(pl.col(first).first(), period=pl.col("period").first(), periods=pl.col("period").unique().sort())
    orders = {"category": frames.code_order("category"), "unit_id": units}
    listed = frames.in_order(told.collect(), orders, "period", "source_row")
    return listed.select("unit_id", "periods", "category", "description", "proposal", "authority")


def count_difficulties(listed: pl.DataFrame) -> pl.DataFrame:
    """Return category, count of those in a list (`list_issues`) that occur, in the order of the codes."""
    rows = listed.group_by("category").agg(pl.len().cast(pl.Int64).alias("count"))
    return frames.in_order(rows, {"category": frames.code_order("category")})


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield how many difficulties there are of each category."""
    for category, count in results.difficulties.iter_rows():
        find = partial(_trace, scope.own("issues").filter(pl.col("category") == category))
        yield frames.Traceable(f"difficulties.{category}", {"counted": count}, find)


def _trace(issues: pl.LazyFrame) -> pl.DataFrame:
    """Return the rows of difficulties: the first that tells each counts, those that repeat it do not."""
    rows = issues.sort("period", "source_row").with_columns(first=_of_own().is_first_distinct())
    counted, repeated = rows.filter("first"), rows.filter(~pl.col("first"))
    return frames.stack(
        frames.trace_cells(counted, "issues", "description", "counted", 1),
        frames.trace_cells(repeated, "issues", "description", "left_out", 0, reason=_REPEATED),
    )
