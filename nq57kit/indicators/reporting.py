"""Who reported: the state of each unit and period, completeness and timeliness; contract §4, plan IV.3.

In: the units that must report, receipts and refusals. Out: frames, in the plan's order of units, and their traces.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

    from nq57kit.indicators.model import Results
    from nq57kit.store.logbook import Record

_KEY: Final = ["unit_id", "period"]
_LATEST: Final = "latest_accepted"
_ACCEPTED: Final = ("on_time", "late", "empty")


def reporting_states(
    units: pl.DataFrame,
    receipts: pl.DataFrame,
    refusals: pl.DataFrame,
    periods: Sequence[object],
    *,
    judged_by: str = "first_accepted",
) -> pl.DataFrame:
    """Return one row per period and unit that must report, with its state.

    The state is that of the latest accepted submission: `empty` where it says nothing, else `on_time` or
    `late`; without an accepted one `refused` where something was sent, else `missing`. Whether it was on time
    is decided by the first accepted revision, or by the latest where the setting `on_time_judged_by` says so.

    Args:
        units: unit_id, name, short_name, groups; their order is kept.
        receipts, refusals: as in `Inputs`.
        periods: the halves in scope.
        judged_by: the setting's value, «first_accepted» or «latest_accepted».

    Returns: unit_id, name, short_name, group (the first of its groups), period, state, sent_at (of the revision that
        decides), on_time (null without an accepted one; an empty report is in time for nothing), revision (the latest
        accepted) and revised_at (when that was sent).
    """
    grid = units.select("unit_id", "name", "short_name", group=pl.col("groups").list.first()).join(
        pl.DataFrame({"period": [str(period) for period in periods]}, schema={"period": pl.String}), how="cross"
    )
    decides = "is_latest" if judged_by == _LATEST else "is_first"
    judged = receipts.filter(pl.col(decides)).select(*_KEY, "sent_at", "on_time")
    latest = receipts.filter(pl.col("is_latest")).select(*_KEY, "revision", "is_empty", revised_at="sent_at")
    refused = refusals.group_by(_KEY).agg(refused_at=pl.col("sent_at").max(), was_refused=pl.lit(value=True))
    states = (
        grid.join(judged, on=_KEY, how="left", maintain_order="left")
        .join(latest, on=_KEY, how="left", maintain_order="left")
        .join(refused, on=_KEY, how="left", maintain_order="left")
        .with_columns(
            state=pl.when(pl.col("revision").is_not_null() & pl.col("is_empty"))
            .then(pl.lit("empty"))
            .when(pl.col("revision").is_not_null())
            .then(pl.when(pl.col("on_time")).then(pl.lit("on_time")).otherwise(pl.lit("late")))
            .when(pl.col("was_refused"))
            .then(pl.lit("refused"))
            .otherwise(pl.lit("missing")),
            sent_at=pl.coalesce("sent_at", "refused_at"),
            on_time=pl.col("on_time") & ~pl.col("is_empty"),
        )
    )
    columns = [
        "unit_id",
        "name",
        "short_name",
        "group",
        "period",
        "state",
        "sent_at",
        "on_time",
        "revision",
        "revised_at",
    ]
    orders = {"period": [str(period) for period in periods], "unit_id": units["unit_id"].to_list()}
    return frames.in_order(states.select(columns), orders)


def _counted(share: str) -> pl.Expr:
    """Return whether a state counts in a share: accepted for completeness, on time for timeliness."""
    on_time = pl.col("on_time").fill_null(value=False)
    return pl.col("state").is_in(_ACCEPTED) if share == "completeness" else on_time


def measure_share(
    share: str, states: pl.DataFrame, groups: Sequence[str], periods: Sequence[object], year: object = None
) -> pl.DataFrame:
    """Return accepted submissions, or those on time, over units that must report, per period and group (null: the ministry).

    A unit counts in the first of its groups, as in every table by group; so the groups add up to the ministry.
    A submission that says nothing counts as sent and is in time for nothing; how many there are stands in `empty`.

    Args:
        share: «completeness» or «timeliness».
        states: from `reporting_states`.
        groups: the plan's groups in order.
        periods: the halves in scope.
        year: a year to add, whose figures are the sums of its halves (accepted of both over expected of both).

    Returns: period, group, numerator, denominator, value (0-1, null where nobody must report), empty.
    """
    marked = states.select("period", "group", counted=_counted(share), is_empty=pl.col("state") == "empty")
    order = [str(period) for period in periods]
    if year is not None:
        marked = pl.concat([marked, marked.with_columns(period=pl.lit(str(year)))])
        order.append(str(year))
    ministry = marked.with_columns(group=pl.lit(None, dtype=pl.String))
    shares = (
        pl.concat([ministry, marked.drop_nulls("group")])
        .group_by("period", "group")
        .agg(
            numerator=pl.col("counted").sum().cast(pl.Int64),
            denominator=pl.len().cast(pl.Int64),
            empty=pl.col("is_empty").sum().cast(pl.Int64),
        )
        .with_columns(value=pl.col("numerator") / pl.col("denominator"))
    )
    columns = ["period", "group", "numerator", "denominator", "value", "empty"]
    return frames.in_order(shares.select(columns), {"period": order, "group": list(groups)})


def list_letters(letters: Iterable[Record]) -> list[tuple[str, str, date]]:
    """Return unit_id, period and day of letters in order; those of one day about one period are one."""
    return sorted({(one.values["unit_id"], one.values["period"], one.day) for one in letters})


def letters_for(sources: Collection[str], letters: Iterable[tuple[str, str, date]]) -> list[tuple[str, str, date]]:
    """Return the letters that are evidence of a duty: of one that plans answer, too, those that pressed for a yearly plan."""
    if "letters_sent" not in sources:
        return []
    return [one for one in letters if one[1].endswith("-P") or "plans_received" not in sources]


def count_letters(letters: Sequence[Record], units: Sequence[str]) -> pl.DataFrame:
    """Return who was pressed by letter about which period: unit_id, period, times, last_on, reasons (of the last letter).

    `letters` stand in the order in which they were written; `units` are ids in the order wanted.
    """
    reasons = {(one.values["unit_id"], one.values["period"]): list(one.values["reasons"]) for one in letters}
    schema = {"unit_id": pl.String, "period": pl.String, "last_on": pl.Date}
    days = pl.DataFrame(list_letters(letters), schema=schema, orient="row")
    counted = days.group_by("unit_id", "period").agg(pl.len().cast(pl.Int64).alias("times"), pl.col("last_on").max())
    about = [reasons[key] for key in counted.select("unit_id", "period").iter_rows()]
    rows = counted.with_columns(reasons=pl.Series(about, dtype=pl.List(pl.String)))
    return frames.in_order(rows, {"unit_id": units}, "period")


def trace_letters(letters: Iterable[tuple[str, str, date]], role: str = "counted") -> pl.DataFrame:
    """Return a row for each letter: its unit, the period that it is about, its day."""
    told = {"role": role, "amount": 1, "table": "cover", "field": "letter"}
    return frames.trace_nowhere(
        told | {"unit_id": unit, "period": period, "value": f"công văn ngày {format_date(day)}"}
        for unit, period, day in letters
    )


def list_figures(results: Results, _: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield completeness and timeliness of the last period, who was late or missing, and each unit's state."""
    period, states = results.inputs.period, _decided(results)
    last = str(period if period.is_year else period.sources[-1])
    for share in ("completeness", "timeliness"):
        frame: pl.DataFrame = getattr(results, share)
        for row in frame.filter(pl.col("period") == last).iter_rows(named=True):
            group = row["group"]
            members = states if group is None else states.filter(pl.col("group") == group)
            counts = {"numerator": row["numerator"], "denominator": row["denominator"]}
            name = share if group is None else f"{share}.{group}"
            yield frames.Traceable(name, counts, partial(_trace_share, members, _counted(share)))
    for name, wanted in (("late_units", ("late",)), ("missing_units", ("missing", "refused"))):
        found = states.filter(pl.col("state").is_in(wanted))
        yield frames.Traceable(name, {"counted": found.height}, partial(_trace_states, found, "counted"))
    for (unit_id,), rows in states.group_by("unit_id", maintain_order=True):
        yield frames.Traceable(
            f"reporting.{unit_id}", {"counted": rows.height}, partial(_trace_states, rows, "counted")
        )
    for unit_id, about, times in results.letters.select("unit_id", "period", "times").iter_rows():
        letters = [one for one in list_letters(results.inputs.letters) if one[:2] == (unit_id, about)]
        yield frames.Traceable(f"letters.{unit_id}.{about}", {"counted": times}, partial(trace_letters, letters))


def trace_timeliness(results: Results, units: Collection[str]) -> pl.DataFrame:
    """Return which of `units` had to report (denominator) and who did in time (numerator), per half."""
    return _trace_share(_decided(results).filter(pl.col("unit_id").is_in(list(units))), _counted("timeliness"))


def _trace_share(states: pl.DataFrame, counts: pl.Expr) -> pl.DataFrame:
    """Return who must report (denominator) and who did, or did in time (numerator), per half."""
    return frames.stack(
        _trace_states(states.filter(counts), "numerator"),
        _trace_states(states, "denominator"),
        _trace_states(states.filter(~counts), "left_out", 0),
    )


def _decided(results: Results) -> pl.DataFrame:
    """Return the reporting states of the period's halves with the revision that decides on time, where there is one."""
    receipts = results.inputs.receipts.select("unit_id", "period", "sent_at", decides="revision")
    states = results.reporting.join(receipts, on=[*_KEY, "sent_at"], how="left", maintain_order="left")
    return states.unique(_KEY, keep="first", maintain_order=True)


def _trace_states(states: pl.DataFrame, role: str, amount: int = 1) -> pl.DataFrame:
    return frames.trace_nowhere(
        {"role": role, "amount": amount, "unit_id": unit_id, "period": period, "table": "cover", "field": "state"}
        | {"value": state, "revision": decides if state in _ACCEPTED else None}
        for unit_id, period, state, decides in states.select(*_KEY, "state", "decides").iter_rows()
    )
