"""What a trace is made of: one row for each cell that counts, or does not.

In: rows of stored tables. Out: frames of one schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["IDENTITY", "ROWS", "Traceable", "cells", "left_out_cells", "stack", "without_file"]

#: Columns of a trace: `role` (numerator, denominator, counted, left_out), `amount` (what the row adds to the figure of
#: its role), where the row stands, the field that counts and its value as text, and for rows left out the reason.
ROWS: Final[Mapping[str, type[pl.DataType]]] = {
    "role": pl.String,
    "amount": pl.Int64,
    "unit_id": pl.String,
    "period": pl.String,
    "revision": pl.Int64,
    "table": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
    "field": pl.String,
    "value": pl.String,
    "reason": pl.String,
}
#: What names a row of a stored table.
IDENTITY: Final = ("unit_id", "period", "source_sheet", "source_row")


@dataclass(frozen=True)
class Traceable:
    """A figure that can be traced: its name, its value by role (null: not reported), and how its rows are found."""

    name: str
    figures: Mapping[str, int | None]
    find: Callable[[], pl.DataFrame]

    def rows(self) -> pl.DataFrame:
        """Return the rows in the order numerator, denominator, counted, left out; columns as in `ROWS`."""
        order = {"numerator": 0, "denominator": 1, "counted": 2, "left_out": 3}
        rank = pl.col("role").replace_strict(order, return_dtype=pl.Int64)
        return self.find().sort(rank, "period", "unit_id", "source_sheet", "source_row", "field", maintain_order=True)


def cells(
    frame: pl.LazyFrame, table: str, field: str, role: str, amount: pl.Expr | int, *, reason: pl.Expr | str = ""
) -> pl.DataFrame:
    """Return one row for the cell `field` of each row of a stored table."""
    texts = {
        "role": pl.lit(role),
        "amount": pl.lit(amount) if isinstance(amount, int) else amount,
        "table": pl.lit(table),
        "field": pl.lit(field),
        "value": pl.col(field).cast(pl.String),
        "reason": pl.lit(reason) if isinstance(reason, str) else reason,
    }
    return _typed(frame.with_columns(**texts).collect())


def left_out_cells(left_out: pl.DataFrame, rows: pl.LazyFrame, table: str, field: str) -> pl.DataFrame:
    """Return those of `rows` that `Results.left_out` lists for `table`, with its reasons."""
    reasons = left_out.lazy().filter(pl.col("table") == table, pl.col("source_row").is_not_null())
    reasons = reasons.select(*IDENTITY, said="reason")
    return cells(rows.join(reasons, on=IDENTITY, how="inner"), table, field, "left_out", 0, reason=pl.col("said"))


def without_file(rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Return rows that stand in no cell (a unit that sent nothing, a line of the register)."""
    return pl.DataFrame([{name: row.get(name) for name in ROWS} for row in rows], schema=ROWS, orient="row")


def stack(*frames: pl.DataFrame) -> pl.DataFrame:
    """Return rows one below the other."""
    return pl.concat([_typed(frame) for frame in frames]) if frames else pl.DataFrame(schema=ROWS)


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in ROWS.items())
