"""The gate: pandera schemas derived from the contract, and one validation per table for a whole batch.

In: typed frames. Out: polars schemas of the tables, pandera schemas for anyone, and `Failure`s (row, field,
finding code) for the reader. No rule is written here that the contract does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from nq57kit.submissions.contract import ALL_TABLES, NOT_ON_TRACK, Field, Kind, Table, load_codes
from nq57kit.text import code_key

if TYPE_CHECKING:
    from pandera.polars import Check, DataFrameSchema

SOURCE_SHEET: Final = "source_sheet"
SOURCE_ROW: Final = "source_row"
#: Which submission of a batch a row is from; only `validate_tables` adds it.
_SUBMISSION: Final = "_submission"
_DTYPES: Final[Mapping[Kind, Any]] = {
    **dict.fromkeys(Kind, pl.String),
    **dict.fromkeys((Kind.TASK, Kind.LINE, Kind.WHOLE, Kind.MONEY, Kind.YEAR), pl.Int64),
    Kind.YES_NO: pl.Boolean,
    Kind.PERCENT: pl.Float64,
    Kind.DATE: pl.Date,
}
#: Codes that `text.code_key` changes in nothing but their case.
_PLAIN_CODE: Final = r"^-?(?:[A-Za-z0-9._/]+-?)*$"
#: Codes that pandera itself gives, by the name of its check or reason.
_OWN_CHECKS: Final[Mapping[str, str]] = {"not_nullable": "value-required"}


class Failure(NamedTuple):
    """A value that the contract does not allow: row of the batch's frame (from 0), field, code of the finding."""

    row: int
    field: str
    code: str


def frame_columns(table: str) -> dict[str, Any]:
    """Return the columns of a table's frame with their polars types: the fields, then where the row stood.

    Example:
        >>> frame_columns("workforce")["staff_total"]
        Int64
    """
    columns = {field.name: _DTYPES[field.kind] for field in ALL_TABLES[table].fields}
    return {**columns, SOURCE_SHEET: pl.String, SOURCE_ROW: pl.Int64}


def key_of_code(column: str) -> pl.Expr:
    """Return the codes of a column as they are compared: `text.code_key`, which plain ones need not be asked for."""
    code = pl.col(column)
    plain = code.str.contains(_PLAIN_CODE)

    def key_all(codes: pl.Series) -> pl.Series:
        return pl.Series([None if one is None else code_key(one) for one in codes], dtype=pl.String)

    odd = pl.when(~plain).then(code).map_batches(key_all, return_dtype=pl.String)
    return pl.when(plain).then(code.str.to_lowercase()).otherwise(odd)


@cache
def table_schema(table: str) -> DataFrameSchema:
    """Return the pandera schema of a table's typed frame, derived from the contract.

    Hand it a collected DataFrame: on a LazyFrame pandera checks names and types only. Further columns (unit,
    period, revision) are allowed. The name of each check is the code of a finding.

    Example:
        >>> table_schema("workforce").columns["staff_total"].nullable
        False
    """
    from pandera.polars import Column, DataFrameSchema

    known = ALL_TABLES[table]
    columns = {
        field.name: Column(_DTYPES[field.kind], _checks(known, field), nullable=not field.required, required=True)
        for field in known.fields
    }
    columns[SOURCE_SHEET] = Column(pl.String, nullable=True, required=False)
    columns[SOURCE_ROW] = Column(pl.Int64, nullable=True, required=False)
    return DataFrameSchema(columns, name=table, strict=False)


def _checks(table: Table, field: Field) -> list[Check]:
    """Return the checks of one field, each a yes or no per row; an empty value passes where it may be empty."""
    this = pl.col(field.name)
    found: list[tuple[str, pl.Expr]] = []
    if field.minimum is not None:
        found.append(("below-minimum", this >= field.minimum))
    if field.maximum is not None:
        found.append(("above-maximum", this <= field.maximum))
    if field.at_most:
        found.append(("above-other", this <= pl.col(field.at_most)))
    if field.not_before:
        found.append(("before-other", this >= pl.col(field.not_before)))
    if field.codes:
        found.append(("code-not-listed", this.is_in(list(load_codes(field.codes)))))
    if field.required_if:
        found.append(("required-if", this.is_not_null() | ~pl.col(field.required_if)))
    if (table.name, field.name) == ("task_progress", "explanation"):
        late = pl.col("status").is_in(sorted(NOT_ON_TRACK))
        found.append(("explanation-required", this.is_not_null() | ~late))
    made = [_check(code, _always(rule.fill_null(value=True))) for code, rule in found]
    if field.name == table.key:
        made.append(_check("row-repeated", _first_of_key(field.name)))
    return made


def _always(rule: pl.Expr) -> Callable[[list[str]], pl.Expr]:
    return lambda _: rule


def _check(code: str, rule: Callable[[list[str]], pl.Expr]) -> Check:
    from pandera.polars import Check

    return Check(
        lambda data: data.lazyframe.select(rule(data.lazyframe.collect_schema().names())),
        name=code,
        error=code,
        ignore_na=False,
    )


def _first_of_key(name: str) -> Callable[[list[str]], pl.Expr]:
    """Return a rule that holds for the first row of each key, within each submission where the frame tells them."""

    def rule(columns: list[str]) -> pl.Expr:
        within = [column for column in (_SUBMISSION, "unit_id", "period", "revision") if column in columns]
        key = key_of_code(name) if name == "code" else pl.col(name)
        return pl.col(name).is_null() | pl.struct(*within, key.alias("_key")).is_first_distinct()

    return rule


def validate_tables(frames: Mapping[str, pl.DataFrame]) -> dict[str, list[Failure]]:
    """Return what is wrong in each table's frame of a batch (`_submission` tells the submissions apart).

    pandera costs some milliseconds per call whatever the size, so each table is validated once.
    """
    return {table: _validate(table, frame) for table, frame in frames.items() if frame.height}


def _validate(table: str, frame: pl.DataFrame) -> list[Failure]:
    from pandera.errors import SchemaErrors

    try:
        table_schema(table).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases.select("index", "column", "check").iter_rows()
        return sorted(
            Failure(-1 if index is None else index, str(column), _OWN_CHECKS.get(str(check), str(check)))
            for index, column, check in cases
        )
    return []
