"""What every subject shares: the rows that a report looks at, fixed orders, sums that keep gaps, and traces.

In: `Inputs`, the contract's tables, the plan's lists. Out: `Scope`, frames and expressions, `Traceable`; no rule lives here.
A subject's traces stand in its own module, beside the functions that count, so that no rule is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import polars as pl

from nq57kit.submissions import frame_columns
from nq57kit.submissions.contract import load_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from nq57kit.indicators.model import Inputs
    from nq57kit.plan import Period, Plan

_Frame = TypeVar("_Frame", pl.DataFrame, pl.LazyFrame)

#: Who said it and when; the other columns are those of the contract.
_ORIGIN: Final[Mapping[str, type[pl.DataType]]] = {
    "unit_id": pl.String,
    "period": pl.String,
    "revision": pl.Int64,
}

#: Columns of `Results.left_out`.
LEFT_OUT_SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {
    "table": pl.String, "unit_id": pl.String, "period": pl.String, "source_sheet": pl.String,
    "source_row": pl.Int64, "what": pl.String, "reason": pl.String,
}  # fmt: skip


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


def total(column: str) -> pl.Expr:
    """Return the sum of a column of whole numbers, exact whatever the numbers: in 128 bits, where 64 would run over.

    A sum of sums is taken in the same way; `narrow` gives a finished table the type that everybody reads.
    """
    return pl.col(column).cast(pl.Int128).sum()


def narrow(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with its sums in 64 bits, as pandas, Arrow and Excel read them; one that needs more keeps 128.

    Example:
        >>> narrow(pl.DataFrame({"a": [1], "b": [2**63]}, schema={"a": pl.Int128, "b": pl.Int128})).dtypes
        [Int64, Int128]
    """
    wide = [name for name, dtype in frame.schema.items() if dtype == pl.Int128]
    casts = {name: frame[name].cast(pl.Int64, strict=False) for name in wide}
    return frame.with_columns(one for name, one in casts.items() if one.null_count() == frame[name].null_count())


def sum_known(column: str) -> pl.Expr:
    """Return the `total` of what is known of a column; null where nothing is (a gap is never zero)."""
    return pl.when(pl.col(column).count() > 0).then(total(column)).otherwise(None).alias(column)


def with_group(rows: pl.LazyFrame, units: pl.DataFrame) -> pl.LazyFrame:
    """Return the rows with `group`, the first of their unit's groups (so that groups add up to the ministry)."""
    home = units.lazy().select("unit_id", group=pl.col("groups").list.first()).unique("unit_id", keep="first")
    return rows.join(home, on="unit_id", how="left")


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


#: Tables that indicators read; the cover with its contact data is not among them. Activities are as many as the ministry
#: does and are never held; the rows of the others are units × tasks at most.
_READ: Final = ("activities", "science_tasks", "workforce", "task_progress", "budget", "issues")
_HELD: Final = _READ[1:]


@dataclass(frozen=True)
class Scope:
    """A period with its tables: `year(name)` up to the period, `own(name)` of its halves alone.

    All tables but `activities` are in memory; those are read from the store by each query. `members` must report for the
    period. What a unit sent for a half for which others report in its place, and did, is in no table (`replaced`: unit and
    half), and neither is a report that says nothing (`empty`); `family` names units that came of each other, `sender` who
    sent what a unit said under its former name.
    """

    period: Period
    receipts: pl.DataFrame | None
    tables: Mapping[str, pl.LazyFrame]
    plan: Plan
    members: frozenset[str]
    replaced: frozenset[tuple[str, str]]
    empty: frozenset[tuple[str, str]] = frozenset()

    @property
    def until(self) -> tuple[Period, ...]:
        """The halves of the year up to the period."""
        return self.period.year_so_far

    def year(self, name: str) -> pl.LazyFrame:
        """Return the rows of a table from the halves of the year up to the period."""
        return of_periods(self.tables[name], self.until)

    def own(self, name: str) -> pl.LazyFrame:
        """Return the rows of a table from the period's own halves."""
        return of_periods(self.tables[name], self.period.sources)

    def told(self) -> frozenset[tuple[str, str]]:
        """Return unit and half of the accepted submissions in the year up to the period that say something.

        Without receipts, those that a stored row names: what is stored has been accepted.
        """
        if self.receipts is None:
            said = pl.concat([self.year(name).select("unit_id", "period") for name in self.tables])
        else:
            said = of_periods(self.receipts.lazy(), self.until).filter("is_latest", ~pl.col("is_empty"))
        return frozenset(said.select("unit_id", "period").unique().collect().iter_rows())

    def reported(self) -> frozenset[tuple[str, str]]:
        """Return those of `told` that are of the period's own halves."""
        halves = {str(half) for half in self.period.sources}
        return frozenset(one for one in self.told() if one[1] in halves)

    def latest_told(self) -> frozenset[tuple[str, str]]:
        """Return of each unit in `told` the latest half: the one whose statements stand for the year so far."""
        return frozenset(dict(sorted(self.told())).items())

    def only(self, families: frozenset[str]) -> Scope:
        """Return the scope of those units alone that belong to `families` (a unit without kin is its own)."""
        family = pl.col("unit_id").replace(self.plan.lineage.families())
        kept = {name: table.filter(family.is_in(list(families))) for name, table in self.tables.items()}
        receipts = None if self.receipts is None else self.receipts.filter(family.is_in(list(families)))
        return replace(self, tables=kept, receipts=receipts)

    def represented(self, told: Iterable[tuple[str, str]]) -> frozenset[str]:
        """Return the members of whom all is in what units told in a half: themselves, or those that they came of."""
        return self.plan.lineage.spoken_for(self.members, self._dated(told), self.period.last_day)

    def standing(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return of rows about people those that count: each unit's latest, and nobody twice (`Lineage.standing`)."""
        told = rows.select("unit_id", "period").unique().collect().rows()
        texts = {half.last_day: str(half) for half in self.until}
        found = [(unit, texts[day]) for unit, day in self.plan.lineage.standing(self._dated(told))]
        schema = {"unit_id": pl.String, "period": pl.String}
        kept = pl.LazyFrame(found, schema=schema, orient="row")
        return rows.join(kept, on=list(schema), how="semi", maintain_order="left")

    def _dated(self, told: Iterable[tuple[str, str]]) -> list[tuple[str, date]]:
        days = {str(half): half.last_day for half in self.until}
        return [(unit, days[period]) for unit, period in told]


class Compared(NamedTuple):
    """A period and the one that it is compared with, both of the same units alone: those that told of the same halves.

    `units` are those of the period; `is_partial` tells that others spoke in one of the two and are in neither.
    """

    now: Scope
    then: Scope
    units: frozenset[str]
    is_partial: bool


def compare(
    now: Scope, then: Scope | None, told: Callable[[Scope], Iterable[tuple[str, str]]] = Scope.reported
) -> Compared | None:
    """Return two periods cut to the units that can be compared; None where there are none.

    Sets of units that differ say nothing of a change, nor does a June figure beside one of December.

    Args:
        now, then: from `open_scopes`.
        told: which unit and half a figure is made of: `Scope.reported` for sums of the periods' own halves, the
            snapshots that count for staff, `Scope.latest_told` for statements that stand for a year. A unit that merged or was split counts where all of its family told.
    """
    if then is None:
        return None
    both = _halves_told(now, told(now)), _halves_told(then, told(then))
    own = {now.period.half} - {None}  # of a half nothing is compared that was told for an earlier one alone
    common = frozenset(one for one, halves in both[0].items() if halves and own <= halves == both[1].get(one))
    if not common:
        return None
    families = now.plan.lineage.families()
    units = frozenset(unit for unit, _ in told(now) if families.get(unit, unit) in common)
    if common == both[0].keys() == both[1].keys():
        return Compared(now, then, units, is_partial=False)
    return Compared(now.only(common), then.only(common), units, is_partial=True)


def _halves_told(scope: Scope, told: Iterable[tuple[str, str]]) -> dict[str, frozenset[int | None]]:
    """Return of each family which halves it told; one of which a member that must report told nothing is not among them."""
    families, said = scope.plan.lineage.families(), frozenset(told)
    halves: dict[str, frozenset[int | None]] = {families.get(unit, unit): frozenset() for unit, _ in said}
    for half in scope.until:
        spoke = {unit for unit, period in said if period == str(half)}
        must = set(scope.plan.units_reporting(half)["unit_id"]) if families else set()
        silent = {families[unit] for unit in must - spoke if unit in families}
        for one in {families.get(unit, unit) for unit in spoke} - silent:
            halves[one] |= {half.half}
    return halves


def open_scopes(inputs: Inputs) -> tuple[Scope, Scope | None]:
    """Return the scope of the period and that of the same one a year before (None where there is none), read in one go.

    A half is compared with the same half, a year with the year: running totals begin anew with each year.
    """
    plan, before = inputs.plan, inputs.period.same_period_last_year
    tables = [{name: align(inputs.tables.get(name), name) for name in _READ}]
    if before is not None and inputs.previous:
        tables.append({name: align(inputs.previous.get(name), name) for name in _READ})
    held = iter(pl.collect_all([one[name] for one in tables for name in _HELD], engine="streaming"))
    for one in tables:
        one.update({name: next(held).lazy() for name in _HELD})
    members = frozenset(inputs.units["unit_id"].to_list())
    scope = _open(plan, inputs.period, inputs.receipts, tables[0], members)
    if before is None or len(tables) == 1:
        return scope, None
    then = members | frozenset(plan.units_reporting(before)["unit_id"].to_list())
    return scope, _open(plan, before, inputs.previous_receipts, tables[1], then)


def _open(
    plan: Plan, period: Period, receipts: pl.DataFrame | None, tables: dict[str, pl.LazyFrame], members: frozenset[str]
) -> Scope:
    """Return a scope whose tables know what became of units (docs/plan.md, «Units through time»)."""
    lineage, replaced, empty = plan.lineage, frozenset[tuple[str, str]](), frozenset[tuple[str, str]]()
    if receipts is not None:
        silent = of_periods(receipts.lazy(), period.year_so_far).filter("is_latest", "is_empty")
        empty = frozenset(silent.select("unit_id", "period").collect().iter_rows())
    if lineage and receipts is not None:
        replaced = frozenset(one for half in period.year_so_far for one in _replaced(plan, half, receipts))
    out = pl.LazyFrame(list(replaced | empty), schema={"unit_id": pl.String, "period": pl.String}, orient="row")
    for name in tables if replaced | empty else ():
        tables[name] = tables[name].join(out, on=["unit_id", "period"], how="anti", maintain_order="left")
    unit, bodies = pl.col("unit_id"), {old: lineage.same_body(old, period.last_day) for old in lineage.families()}
    tables["science_tasks"] = tables["science_tasks"].with_columns(family=unit.replace(lineage.families()))
    tables["task_progress"] = tables["task_progress"].with_columns(unit.replace(bodies), sender=unit)
    return Scope(period, receipts, tables, plan, members, replaced, empty)


def _replaced(plan: Plan, half: Period, receipts: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield the reports of units that need not report for a half, where one that they came of, or that came of them, did."""
    latest = receipts.filter(pl.col("period") == str(half), "is_latest")
    told = set(latest.filter(~pl.col("is_empty"))["unit_id"])
    must = set(plan.units_reporting(half)["unit_id"])
    for unit in set(latest["unit_id"]) - must:
        if not plan.lineage.kin(unit, half.last_day).isdisjoint(told & must):
            yield unit, str(half)


#: Columns of a trace: `role` (numerator, denominator, counted, left_out), `amount` (what the row adds to the figure of
#: its role), where the row stands, the field that counts and its value as text, and for rows left out the reason.
TRACE_SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {
    "role": pl.String, "amount": pl.Int64, "unit_id": pl.String, "period": pl.String, "revision": pl.Int64,
    "table": pl.String, "source_sheet": pl.String, "source_row": pl.Int64, "field": pl.String,
    "value": pl.String, "reason": pl.String,
}  # fmt: skip
#: What names a row of a stored table.
IDENTITY: Final = ("unit_id", "period", "source_sheet", "source_row")
#: Why an empty cell adds nothing to a sum, and why an earlier statement does not.
GAP: Final = "Ô trống: đơn vị không ghi, không tính là 0"
SUPERSEDED: Final = "Đơn vị đã có số liệu mới hơn trong năm"


@dataclass(frozen=True)
class Traceable:
    """A figure that can be traced: its name, its value by role (null: not reported), and how its rows are found."""

    name: str
    figures: Mapping[str, int | None]
    find: Callable[[], pl.DataFrame]

    def rows(self) -> pl.DataFrame:
        """Return the rows in the order numerator, denominator, counted, left out; columns as in `TRACE_SCHEMA`."""
        order = {"numerator": 0, "denominator": 1, "counted": 2, "left_out": 3}
        rank = pl.col("role").replace_strict(order, return_dtype=pl.Int64)
        return self.find().sort(rank, "period", "unit_id", "source_sheet", "source_row", "field", maintain_order=True)


def trace_cells(
    rows: pl.LazyFrame, table: str, field: str, role: str, amount: pl.Expr | int, *, reason: pl.Expr | str = ""
) -> pl.DataFrame:
    """Return one row of a trace for the cell `field` of each row of a stored table."""
    texts = {
        "role": pl.lit(role),
        "amount": pl.lit(amount) if isinstance(amount, int) else amount,
        "table": pl.lit(table),
        "field": pl.lit(field),
        "value": pl.col(field).cast(pl.String),
        "reason": pl.lit(reason) if isinstance(reason, str) else reason,
        **({"unit_id": pl.col("sender")} if "sender" in rows.collect_schema() else {}),  # in whose file it stands
    }
    return typed(rows.with_columns(**texts), TRACE_SCHEMA).collect()


def trace_told(rows: pl.LazyFrame, table: str, field: str, amount: pl.Expr | int | None = None) -> pl.DataFrame:
    """Return the rows whose cell `field` is told, as counted (with its value, or `amount`), and those in which it is blank."""
    told, each = pl.col(field).is_not_null(), pl.col(field) if amount is None else amount
    return stack(
        trace_cells(rows.filter(told), table, field, "counted", each),
        trace_cells(rows.filter(~told), table, field, "left_out", 0, reason=GAP),
    )


def trace_left_out(left_out: pl.DataFrame, rows: pl.LazyFrame, table: str, field: str) -> pl.DataFrame:
    """Return those of `rows` that `Results.left_out` lists for `table`, with its reasons."""
    reasons = left_out.lazy().filter(pl.col("table") == table, pl.col("source_row").is_not_null())
    listed = rows.join(reasons.select(*IDENTITY, said="reason"), on=IDENTITY, how="inner")
    return trace_cells(listed, table, field, "left_out", 0, reason=pl.col("said"))


def trace_nowhere(rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Return rows of a trace that stand in no cell (a unit that sent nothing, a line of the register)."""
    return pl.DataFrame(
        [{name: row.get(name) for name in TRACE_SCHEMA} for row in rows], schema=TRACE_SCHEMA, orient="row"
    )


def stack(*frames: pl.DataFrame) -> pl.DataFrame:
    """Return rows of traces one below the other."""
    return pl.concat([typed(frame.lazy(), TRACE_SCHEMA).collect() for frame in frames])
