"""Small tools for frames that every family shares: typed empty tables, fixed orders, sums that keep gaps.

In: the contract's tables and the plan's lists. Out: frames and expressions; no rule lives here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl

from nq57kit.submissions import frame_columns
from nq57kit.submissions.contract import load_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "LEFT_OUT_SCHEMA",
    "align",
    "code_order",
    "in_order",
    "latest_of_year",
    "left_out_lines",
    "left_out_rows",
    "of_periods",
    "sum_known",
    "table_schema",
    "typed",
]

_Frame = TypeVar("_Frame", pl.DataFrame, pl.LazyFrame)

#: Who said it and when; the other columns are those of the contract.
_ORIGIN: Final[Mapping[str, type[pl.DataType]]] = {
    "unit_id": pl.String,
    "period": pl.String,
    "revision": pl.Int64,
}

#: Columns of `Results.left_out`.
LEFT_OUT_SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {
    "table": pl.String,
    "unit_id": pl.String,
    "period": pl.String,
    "source_sheet": pl.String,
    "source_row": pl.Int64,
    "what": pl.String,
    "reason": pl.String,
}


def table_schema(name: str) -> dict[str, type[pl.DataType]]:
    """Return column → type of a stored table: who said it and when, the contract's fields, where the row stood.

    Example:
        >>> list(table_schema("issues"))[-3:]
        ['authority', 'source_sheet', 'source_row']
    """
    return {**_ORIGIN, **frame_columns(name)}


def align(frame: pl.LazyFrame | None, name: str) -> pl.LazyFrame:
    """Return the columns of a stored table and no others; a column (or a table) not stored is empty.

    An older store may lack a field that the form gained since: such a field reads as not filled in.
    """
    schema = table_schema(name)
    if frame is None:
        return pl.LazyFrame(schema=schema)
    there = frame.collect_schema().names()
    return frame.select(
        (pl.col(column) if column in there else pl.lit(None)).cast(dtype).alias(column)
        for column, dtype in schema.items()
    )


def of_periods(frame: pl.LazyFrame, periods: Iterable[object]) -> pl.LazyFrame:
    """Return the rows whose `period` is one of `periods`."""
    return frame.filter(pl.col("period").is_in([str(period) for period in periods]))


def latest_of_year(frame: pl.LazyFrame, *keys: str) -> pl.LazyFrame:
    """Return the rows of the latest period in which each combination of `keys` is spoken of.

    «2026-H2» sorts after «2026-H1», so within a year the text decides.
    """
    return frame.filter(pl.col("period") == pl.col("period").max().over(keys))


def sum_known(column: str) -> pl.Expr:
    """Return the sum of what is known of a column; null where nothing is (a gap is never zero)."""
    known = pl.col(column).drop_nulls()
    return pl.when(known.len() > 0).then(known.sum()).otherwise(None).alias(column)


def typed(frame: pl.LazyFrame, schema: Mapping[str, type[pl.DataType] | pl.DataType]) -> pl.LazyFrame:
    """Return the columns of a schema, in its order and with its types."""
    return frame.select(pl.col(column).cast(dtype) for column, dtype in schema.items())


def code_order(list_name: str) -> list[str]:
    """Return the codes of a closed list in display order."""
    return list(load_codes(list_name))


def in_order(frame: _Frame, orders: Mapping[str, Sequence[object]], *then: str, nulls_last: bool = False) -> _Frame:
    """Return `frame` sorted by each column of `orders` in the order given, then by the columns `then`.

    A value that an order does not know comes after those that it knows; null comes first (the ministry
    before its groups) unless `nulls_last`.
    """
    schema = frame.collect_schema()
    keys = [key for column, order in orders.items() for key in _keys(schema, column, order)]
    return frame.sort(*keys, *then, nulls_last=nulls_last, maintain_order=True)


def _keys(schema: pl.Schema, column: str, order: Sequence[object]) -> list[pl.Expr]:
    """Return what to sort by: the place in the order (null for null), then the value itself."""
    known = list(dict.fromkeys(order))
    if not known:
        return [pl.col(column)]
    places = pl.col(column).replace_strict(
        pl.Series(known, dtype=schema[column]),
        list(range(len(known))),
        default=len(known),
        return_dtype=pl.Int64,
    )
    return [pl.when(pl.col(column).is_not_null()).then(places), pl.col(column)]


def left_out_lines(frame: pl.LazyFrame, table: str, what: pl.Expr | str, reason: pl.Expr | str) -> pl.LazyFrame:
    """Return rows of a stored table as lines of `Results.left_out`; texts are literals, not column names."""
    named = {"table": table, "what": what, "reason": reason}
    texts = {name: pl.lit(text) if isinstance(text, str) else text for name, text in named.items()}
    return typed(frame.with_columns(**texts), LEFT_OUT_SCHEMA)


def left_out_rows(frame: pl.LazyFrame, table: str, what: pl.Expr | str, reason: pl.Expr | str) -> pl.DataFrame:
    """Return `left_out_lines`, collected."""
    return left_out_lines(frame, table, what, reason).collect()
