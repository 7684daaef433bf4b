"""Science tasks communicated to the public: one row per code, whoever reports it; plan II.2.2, II.2.3.

In: the units' rows of the year up to a day, and the ministry's register where there is one. Out: the codes that count,
the ratio, the rows that do not count, with the reason, and the traces.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from nq57kit.indicators import frames
from nq57kit.indicators.model import Ratio
from nq57kit.submissions.contract import load_codes
from nq57kit.submissions.schemas import key_of_code
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from nq57kit.indicators.model import Results
    from nq57kit.plan import Period

_TABLE: Final = "science_tasks"

#: Order of the statements about one code, so that a task's name and level do not depend on the order of rows.
_STEADY: Final = ["period", "unit_id", "source_row"]
_SCHEMA: Final[Mapping[str, type[pl.DataType] | pl.DataType]] = {
    "code": pl.String, "name": pl.String, "level": pl.String, "communicated": pl.Boolean,
    "communicated_on": pl.Date, "channel": pl.String, "has_evidence": pl.Boolean, "units": pl.List(pl.String),
    "disagreement": pl.Boolean,
}  # fmt: skip


def count_communicated(tasks: pl.DataFrame, units: frozenset[str], register: pl.DataFrame | None = None) -> Ratio:
    """Return the ratio of tasks from `science_tasks`, of which `units` have spoken; `register` as there."""
    return Ratio(
        numerator=int(tasks["communicated"].sum()),
        denominator=tasks.height,
        unknown=None if register is None else tasks["communicated"].null_count(),
        units=units,
    )


class CountingRule(NamedTuple):
    """When a task counts as communicated (contract §6): in a year, by a day, through which channels (None: any).

    A «yes» counts with a day up to `until`, not before the year in which the task began, through one of `channels`.
    """

    year: int
    until: date
    channels: tuple[str, ...] | None = None

    @classmethod
    def of(cls, period: Period) -> CountingRule:
        """Return the rule for a period: its window's last day, and the channels of the plan's settings."""
        return cls(period.year, period.window.end, period.calendar.settings.counted_channels)

    @property
    def proves(self) -> pl.Expr:
        """Whether a statement proves that its task was communicated."""
        counted = self._is_timely & pl.col("communicated")
        return (counted if self.channels is None else counted & pl.col("channel").is_in(self.channels)).fill_null(
            value=False
        )

    @property
    def _is_timely(self) -> pl.Expr:
        day = pl.col("communicated_on")
        return (day <= self.until) & (day.dt.year() >= pl.col("start_year"))

    @property
    def objection(self) -> pl.Expr:
        """Why a «yes» proves nothing, in Vietnamese."""
        day, labels = pl.col("communicated_on"), {code: one.label for code, one in load_codes("channel").items()}
        channel = pl.col("channel").replace_strict(labels, default=pl.col("channel"), return_dtype=pl.String)
        return (
            pl.when(day.is_null())
            .then(pl.lit("Thiếu ngày truyền thông"))
            .when(day > self.until)
            .then(pl.lit(f"Ngày truyền thông sau ngày cuối kỳ số liệu ({format_date(self.until)})"))
            .when(day.dt.year() < pl.col("start_year"))
            .then(pl.format("Ngày truyền thông trước năm bắt đầu nhiệm vụ ({})", "start_year"))
            .when(pl.col("channel").is_null())
            .then(pl.lit("Không ghi kênh truyền thông"))
            .otherwise(
                pl.format("Kênh «{}» không thuộc phương tiện truyền thông đại chúng, nền tảng số, mạng xã hội", channel)
            )
        )


class Told(NamedTuple):
    """What the units tell: each unit's latest statement about each code, and what is told of each code in all."""

    statements: pl.LazyFrame
    codes: pl.LazyFrame


def read_told(table: pl.LazyFrame, rule: CountingRule) -> Told:
    """Return what the units tell in a year up to a day, in memory, for several of the functions here."""
    statements = _statements(table).collect().lazy()
    return Told(statements, _by_code(statements, rule).collect().lazy())


def tasks_of(scope: frames.Scope, register: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return `science_tasks` of the year up to the scope's period."""
    return science_tasks(scope.year(_TABLE), CountingRule.of(scope.period), register)


def science_tasks(table: pl.LazyFrame | Told, rule: CountingRule, register: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return one row per distinct code, state-funded and active in a year, with whether it was communicated.

    Args:
        table: rows of `science_tasks` with unit_id, period and source_row, of one year's accepted submissions.
        rule: the year in which a task must be active (start_year ≤ year ≤ end_year), and what proves a «yes».
        register: the ministry's list (code, name, level, state_funded, start_year, end_year). It is then the
            denominator, and the codes of which no unit speaks are `unknown`: neither a yes nor a no.

    Codes are compared by `text.code_key`. A unit's latest statement in the year stands for it; across units
    one «yes» makes a yes: state-funded, active, communicated. A «yes» that the rule does not take is no evidence yet.

    Returns: code, name, level, communicated (null: in the register, but no unit speaks of it), communicated_on
        (the earliest day), channel (of that day), has_evidence, units (sorted), disagreement (units differ on communicated).
    """
    told = table if isinstance(table, Told) else read_told(table, rule)
    spoken = told.codes
    if register is None:
        counted = spoken.filter("state_funded", "active")
    else:
        listed = _listed(register, rule.year).filter("state_funded", "active")
        counted = listed.select("key", "code", "name", "level").join(
            spoken.drop("code", "name", "level"), on="key", how="left"
        )
        counted = counted.with_columns(
            pl.col("units").fill_null(pl.lit([], dtype=pl.List(pl.String))),
            pl.col("disagreement", "has_evidence").fill_null(value=False),
        )
    return frames.typed(counted.sort("key"), _SCHEMA).collect()


def left_out_science_tasks(
    table: pl.LazyFrame | Told, rule: CountingRule, register: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the rows that do not count, or count once with another's, with the reason in Vietnamese.

    Arguments as in `science_tasks`; columns as in `Results.left_out`. A «yes» that is no evidence yet
    is listed, too, though its task counts (as not communicated).
    """
    statements, codes = table if isinstance(table, Told) else read_told(table, rule)
    claims = codes.select("key", "state_funded", "active")
    if register is not None:
        claims = _listed(register, rule.year).select("key", "state_funded", "active")
    judged = statements.drop("state_funded").join(claims, on="key", how="left")
    funded, active = pl.col("state_funded"), pl.col("active")
    counts = (funded & active).fill_null(value=False)
    first_of_code = pl.int_range(pl.len()).over("key", order_by=_STEADY) == 0
    unproven = counts & pl.col("communicated") & ~rule.proves
    marked = judged.with_columns(
        reason=pl.when(funded.is_null())
        .then(pl.lit("Mã không có trong danh mục nhiệm vụ KHCN"))
        .when(~funded)
        .then(pl.lit("Không sử dụng ngân sách nhà nước"))
        .when(~active)
        .then(pl.lit(f"Không thực hiện trong năm {rule.year}"))
        .when(unproven)
        .then(pl.format("{}: dòng này chưa tính là đã truyền thông", rule.objection))
        .when(~first_of_code)
        .then(pl.lit("Trùng mã với nhiệm vụ đã được báo cáo: mỗi mã tính một lần"))
    )
    left = marked.filter(pl.col("reason").is_not_null()).sort("key", *_STEADY)
    return frames.left_out_lines(left, _TABLE, pl.format("{} – {}", "code", "name"), pl.col("reason")).collect()


def _statements(table: pl.LazyFrame) -> pl.LazyFrame:
    """Return each unit's latest statement about each code; `key` is the code as it is compared.

    Units that came of each other speak as one: what the new one says takes the place of what the former said.
    """
    rows = _keyed(table)
    return frames.latest_of_year(rows, "family" if "family" in rows.collect_schema() else "unit_id", "key")


def _keyed(table: pl.LazyFrame) -> pl.LazyFrame:
    return table.filter(pl.col("code").is_not_null()).with_columns(key=key_of_code("code"))


def _is_active(year: int) -> pl.Expr:
    return pl.lit(year).is_between(pl.col("start_year"), pl.col("end_year")).fill_null(value=False)


def _by_code(statements: pl.LazyFrame, rule: CountingRule) -> pl.LazyFrame:
    """Return one row per code, with what any unit says of it."""
    rows = statements.with_columns(proven_on=pl.when(rule.proves).then("communicated_on"), active=_is_active(rule.year))
    firsts = rows.filter(pl.col("proven_on").is_not_null()).sort("proven_on", *_STEADY)
    channels = firsts.unique("key", keep="first", maintain_order=True).select("key", "channel")
    units = rows.select("key", "unit_id").unique().sort("key", "unit_id").group_by("key", maintain_order=True)
    answers = pl.col("communicated").drop_nulls()
    return (
        rows.sort(_STEADY)
        .group_by("key", maintain_order=True)
        .agg(
            pl.col("code", "name", "level").last(),
            pl.col("state_funded").fill_null(value=False).any(),
            pl.col("active").any(),
            communicated=pl.col("proven_on").is_not_null().any(),
            communicated_on=pl.col("proven_on").min(),
            has_evidence=(pl.col("proven_on").is_not_null() & pl.col("evidence_url").is_not_null()).any(),
            disagreement=answers.min() != answers.max(),
        )
        .with_columns(pl.col("disagreement").fill_null(value=False))
        .join(channels, on="key", how="left", maintain_order="left")
        .join(units.agg(units="unit_id"), on="key", how="left", maintain_order="left")
    )


def _listed(register: pl.DataFrame, year: int) -> pl.LazyFrame:
    """Return the register with one row per code."""
    return (
        register.lazy()
        .filter(pl.col("code").is_not_null())
        .with_columns(key=key_of_code("code"), active=_is_active(year))
        .sort("code", "name", maintain_order=True)
        .group_by("key", maintain_order=True)
        .agg(
            pl.col("code", "name", "level").first(),
            pl.col("state_funded").fill_null(value=False).any(),
            pl.col("active").any(),
        )
    )


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield each code that counts: one in the denominator, one in the numerator where it was communicated."""
    for code, communicated in results.science_tasks.select("code", "communicated").iter_rows():
        counts = {"denominator": 1, "numerator": int(bool(communicated))}
        yield frames.Traceable(f"science_tasks.{code}", counts, partial(trace_science, results, scope, code))


def trace_science(results: Results, scope: frames.Scope, code: str | None = None) -> pl.DataFrame:
    """Return one row for each code that counts, one for each that is proven as communicated, and the rows left out.

    The row of the denominator is the first that names the code; that of the numerator is the one that proves it: the
    earliest day of communication. `code` keeps the rows of one code alone.
    """
    tasks = results.science_tasks.lazy().with_columns(key=key_of_code("code"))
    every, statements = _keyed(scope.year(_TABLE)), _statements(scope.year(_TABLE))
    if code is not None:
        wanted = pl.col("key").is_in(tasks.filter(pl.col("code") == code).collect()["key"].implode())
        tasks, every, statements = (frame.filter(wanted) for frame in (tasks, every, statements))
    spoken = statements.join(tasks.select("key", proven="communicated", proven_on="communicated_on"), on="key")
    first = spoken.sort(_STEADY).unique("key", keep="first", maintain_order=True)
    told_then = CountingRule.of(scope.period).proves & (pl.col("communicated_on") == pl.col("proven_on"))
    proving = spoken.filter("proven", told_then).sort(_STEADY).unique("key", keep="first", maintain_order=True)
    silent = tasks.join(statements, on="key", how="anti").collect()
    listed = {"role": "denominator", "amount": 1, "table": "register", "field": "code",
              "reason": "Có trong danh mục, chưa đơn vị nào báo cáo"}  # fmt: skip
    return frames.stack(
        frames.trace_cells(proving, _TABLE, "communicated_on", "numerator", 1),
        frames.trace_cells(first, _TABLE, "code", "denominator", 1),
        frames.trace_nowhere(listed | {"value": known} for known in silent["code"]),
        frames.trace_left_out(results.left_out, statements, _TABLE, "code"),
        frames.trace_cells(
            every.join(statements, on=frames.IDENTITY, how="anti"),
            _TABLE,
            "code",
            "left_out",
            0,
            reason=frames.SUPERSEDED,
        ),
    )
