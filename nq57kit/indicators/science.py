"""Science tasks communicated to the public: one row per code, whoever reports it; plan II.2.2, II.2.3.

In: the units' rows of the year up to a day, and the ministry's register where there is one. Out: the codes
that count, the ratio, and the rows that do not count, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators._frames import latest_of_year, left_out_rows, typed
from nq57kit.indicators.ratios import Ratio
from nq57kit.text import fold, format_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["left_out_science_tasks", "science_tasks", "science_tasks_communicated"]

#: Order of the statements about one code, so that a task's name and level do not depend on the order of rows.
_STEADY: Final = ["period", "unit_id", "source_row"]
_SCHEMA: Final[Mapping[str, type[pl.DataType] | pl.DataType]] = {
    "code": pl.String,
    "name": pl.String,
    "level": pl.String,
    "communicated": pl.Boolean,
    "communicated_on": pl.Date,
    "channel": pl.String,
    "units": pl.List(pl.String),
    "disagreement": pl.Boolean,
}


def science_tasks_communicated(
    table: pl.LazyFrame, *, year: int, until: date, register: pl.DataFrame | None = None
) -> Ratio:
    """Return distinct codes communicated by `until` over distinct codes, state-funded and active in `year`.

    Args:
        table: rows of `science_tasks` with unit_id, period and source_row, of one year's accepted submissions.
        year: the year in which a task must be active (start_year ≤ year ≤ end_year).
        until: the last day of the data window; a first publication after it does not count yet.
        register: the ministry's list (code, name, level, state_funded, start_year, end_year). It is then the
            denominator, and the codes of which no unit speaks are `unknown`: neither a yes nor a no.
    """
    tasks = science_tasks(table, year=year, until=until, register=register)
    units = table.select("unit_id").unique().collect()["unit_id"].to_list()
    return Ratio(
        numerator=int(tasks["communicated"].sum()),
        denominator=tasks.height,
        unknown=None if register is None else tasks["communicated"].null_count(),
        units=frozenset(units),
    )


def science_tasks(table: pl.LazyFrame, *, year: int, until: date, register: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return one row per code that counts; arguments as in `science_tasks_communicated`.

    Codes are compared without case and blanks. A unit's latest statement in the year stands for it; across units
    one «yes» makes a yes: state-funded, active, communicated. A «yes» without a date, or with one after
    `until`, is no evidence yet.

    Returns: code, name, level, communicated (null: in the register, but no unit speaks of it), communicated_on
        (the earliest day), channel (of that day), units (sorted), disagreement (units differ on communicated).
    """
    spoken = _by_code(_statements(table), year, until)
    if register is None:
        counted = spoken.filter("state_funded", "active")
    else:
        listed = _listed(register, year).filter("state_funded", "active")
        counted = listed.select("key", "code", "name", "level").join(
            spoken.drop("code", "name", "level"), on="key", how="left"
        )
        counted = counted.with_columns(
            pl.col("units").fill_null(pl.lit([], dtype=pl.List(pl.String))),
            pl.col("disagreement").fill_null(value=False),
        )
    return typed(counted.sort("key"), _SCHEMA).collect()


def left_out_science_tasks(
    table: pl.LazyFrame, *, year: int, until: date, register: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the rows that do not count, or count once with another's, with the reason in Vietnamese.

    Arguments as in `science_tasks_communicated`; columns as in `Results.left_out`. A «yes» that is no evidence yet
    is listed, too, though its task counts (as not communicated).
    """
    statements = _statements(table)
    claims = _by_code(statements, year, until).select("key", "state_funded", "active")
    if register is not None:
        claims = _listed(register, year).select("key", "state_funded", "active")
    judged = statements.drop("state_funded").join(claims, on="key", how="left")
    funded, active = pl.col("state_funded"), pl.col("active")
    counts = (funded & active).fill_null(value=False)
    first_of_code = pl.int_range(pl.len()).over("key", order_by=_STEADY) == 0
    dated = pl.col("communicated_on").is_not_null()
    unproven = counts & pl.col("communicated") & ~(pl.col("communicated_on") <= until).fill_null(value=False)
    late = f"Ngày truyền thông sau ngày cuối kỳ số liệu ({format_date(until)}): dòng này chưa tính là đã truyền thông"
    marked = judged.with_columns(
        reason=pl.when(funded.is_null())
        .then(pl.lit("Mã không có trong danh mục nhiệm vụ KHCN của Bộ"))
        .when(~funded)
        .then(pl.lit("Không sử dụng ngân sách nhà nước"))
        .when(~active)
        .then(pl.lit(f"Không thực hiện trong năm {year}"))
        .when(~first_of_code)
        .then(pl.lit("Trùng mã với nhiệm vụ đã được báo cáo: mỗi mã tính một lần"))
        .when(unproven & dated)
        .then(pl.lit(late))
        .when(unproven)
        .then(pl.lit("Thiếu ngày truyền thông: dòng này chưa tính là đã truyền thông"))
    )
    left = marked.filter(pl.col("reason").is_not_null()).sort("key", *_STEADY)
    return left_out_rows(left, "science_tasks", pl.format("{} – {}", "code", "name"), pl.col("reason"))


def _statements(table: pl.LazyFrame) -> pl.LazyFrame:
    """Return each unit's latest statement about each code; `key` is the code as it is compared."""
    named = table.filter(pl.col("code").is_not_null()).with_columns(key=_key_of("code"))
    return latest_of_year(named, "unit_id", "key")


def _key_of(column: str) -> pl.Expr:
    def fold_all(codes: pl.Series) -> pl.Series:
        return pl.Series([None if code is None else _fold(code) for code in codes], dtype=pl.String)

    return pl.col(column).map_batches(fold_all, return_dtype=pl.String)


def _fold(code: str) -> str:
    return fold(code).replace(" ", "")


def _is_active(year: int) -> pl.Expr:
    return pl.lit(year).is_between(pl.col("start_year"), pl.col("end_year")).fill_null(value=False)


def _by_code(statements: pl.LazyFrame, year: int, until: date) -> pl.LazyFrame:
    """Return one row per code, with what any unit says of it."""
    proven = (pl.col("communicated") & (pl.col("communicated_on") <= until)).fill_null(value=False)
    evidence = pl.col("proven_on").is_not_null()
    by_day = pl.col("channel").filter(evidence).sort_by(pl.col("proven_on").filter(evidence), maintain_order=True)
    return (
        statements.with_columns(proven_on=pl.when(proven).then("communicated_on"), active=_is_active(year))
        .sort(_STEADY)
        .group_by("key", maintain_order=True)
        .agg(
            pl.col("code", "name", "level").last(),
            pl.col("state_funded").fill_null(value=False).any(),
            pl.col("active").any(),
            communicated=evidence.any(),
            communicated_on=pl.col("proven_on").min(),
            channel=by_day.first(),
            units=pl.col("unit_id").unique().sort(),
            disagreement=pl.col("communicated").drop_nulls().n_unique() > 1,
        )
    )


def _listed(register: pl.DataFrame, year: int) -> pl.LazyFrame:
    """Return the register with one row per code."""
    return (
        register.lazy()
        .filter(pl.col("code").is_not_null())
        .with_columns(key=_key_of("code"), active=_is_active(year))
        .sort("code", "name", maintain_order=True)
        .group_by("key", maintain_order=True)
        .agg(
            pl.col("code", "name", "level").first(),
            pl.col("state_funded").fill_null(value=False).any(),
            pl.col("active").any(),
        )
    )
