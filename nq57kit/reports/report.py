"""A report: from checked parameters to all its figures, computed here and now; no desk, no notebook.

In: `ReportParameters`. Out: `Report` (plan, period, inputs, results, the person's text, provenance). What several reports
of one period share is read once, as a `Basis`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.indicators import Inputs, Results, compute
from nq57kit.indicators.model import COVERS, RAISED
from nq57kit.indicators.unit import ERRORS, Peers, UnitResults, compute_unit, find_peers, measure_peers, restrict
from nq57kit.plan import Period, Plan, label_period, load_plan
from nq57kit.reports.commentary import fill_names, read_commentary
from nq57kit.reports.parameters import KINDS, Kind, ReportParameters, last_period
from nq57kit.reports.provenance import describe_peers, describe_provenance, halves_read
from nq57kit.shown import Shown, Told
from nq57kit.store import Pins, Snapshot, Store
from nq57kit.store.folder import name_damage
from nq57kit.store.locks import read_locks
from nq57kit.store.logbook import read_plans
from nq57kit.submissions import TABLES
from nq57kit.submissions.contract import code_label
from nq57kit.submissions.register import read_register
from nq57kit.text import format_date, format_number

#: Rows of a table that are held in memory (well below half a GB for all tables together).
_HELD_ROWS: Final = 500_000


@dataclass(frozen=True, repr=False)
class Report(Shown):
    """A report with all its figures; what the cells of a notebook speak of.

    A scorecard has its unit's figures in `card`, and its `results` are those of the unit alone; else `card` is None.
    A programme report has the annual report of each of its years in `years`; period and results are those of the last.

    Example:
        report = nq57kit.open_report("semiannual", store="kho", period="2026-H2")
        report.results.kpis
    """

    kind: Kind
    title: str
    plan: Plan
    period: Period
    as_of: date
    results: Results
    commentary: Mapping[str, str]
    provenance: Mapping[str, Any]
    card: UnitResults | None = None
    years: tuple[Report, ...] = ()

    @property
    def span(self) -> str:
        """The text of its period: «2026-H2», «2026», of a programme report «2026-2030»."""
        return f"{self.years[0].period}-{self.period}" if self.years else str(self.period)

    def tell(self) -> Told:
        """Return what report it is, how many units are in it, and its indicators."""
        halves = self.results.completeness.filter(pl.col("group").is_null()).iter_rows(named=True)
        sent = "; ".join(
            f"{label_period(row['period'])} {row['numerator']}/{row['denominator']} đơn vị" for row in halves
        )
        state = {
            "số liệu đến ngày": format_date(self.as_of),
            "đã gửi": sent,
            "tạm tính": "có" if self.is_provisional else "không",
        }
        names = dict(self.plan.indicators.select("indicator", "label").iter_rows())
        rows = [
            (
                names[row["indicator"]],
                format_number(row["numerator"]),
                format_number(row["denominator"]),
                code_label("target_status", row["status"] or "not_assessed"),
            )
            for row in self.results.kpis.iter_rows(named=True)
        ]
        return Told(f"{self.title}, {label_period(self.span)}", state, ("Chỉ tiêu", "Tử số", "Mẫu số", "Kết quả"), rows)

    @property
    def is_provisional(self) -> bool:
        """Whether the report is «tạm tính»: drawn before the deadline has passed, or of a period that is not locked."""
        return not all(one.results.inputs.is_official for one in self.years or (self,))

    @property
    def notices(self) -> list[str]:
        """What submissions say of their own data, such as that it is synthetic; each notice once."""
        told = (one.results.inputs.receipts["notice"] for one in self.years or (self,))
        return sorted({notice for some in told for notice in some.drop_nulls()})


@dataclass(frozen=True)
class Basis:
    """What all reports of one period, day and store stand on: a view of the store at one moment, and its inputs.

    `stands_on` are the versions that a kept report names, where it is made again; None: those that stand here. `earlier` are
    the inputs of the years of a programme report before its last.
    """

    store: Snapshot
    inputs: Inputs
    stands_on: Mapping[str, str] | None = None
    earlier: tuple[Inputs, ...] = ()

    @cached_property
    def peers(self) -> Peers:
        """What the scorecards of all units share; computed when the first asks for it."""
        return measure_peers(self.inputs)

    @cached_property
    def results(self) -> Results:
        """The figures of the ministry's report; computed when they are first asked for."""
        return compute(self.inputs)


def prepare_report(parameters: ReportParameters, *, basis: Basis | None = None, pins: Pins | None = None) -> Report:
    """Return the report with all its figures.

    `basis` is what several reports of one period share (`read_basis`); `pins` are the revisions to read instead of the
    latest, as `Store.pinned` takes them. Raises ParameterError (a person's text that names no result, too), PlanError or StoreError.
    """
    shared = basis or read_basis(parameters, pins=pins)
    inputs = shared.inputs
    card = open_card(shared.store, inputs, parameters.unit_id, shared.peers) if parameters.unit_id else None
    report = Report(
        kind=parameters.kind,
        title=KINDS[parameters.kind].name,
        plan=inputs.plan,
        period=inputs.period,
        as_of=inputs.as_of,
        results=card.own if card else shared.results,
        commentary=read_commentary(parameters.commentary),
        provenance=describe_report(parameters, shared),
        card=card,
    )
    if parameters.kind == "programme":
        each = [*map(compute, shared.earlier), shared.results]
        years = tuple(_open_year(report, results) for results in each)
        report = replace(report, years=years)
    return fill_names(report, parameters.commentary)


def _open_year(report: Report, results: Results) -> Report:
    """Return the annual report of a year of a programme report: the same figures by the same functions."""
    inputs, title = results.inputs, KINDS["annual"].name
    return replace(
        report, kind="annual", title=title, plan=inputs.plan, period=inputs.period, as_of=inputs.as_of, results=results
    )


def describe_report(parameters: ReportParameters, basis: Basis) -> dict[str, Any]:
    """Return the provenance that a report of `parameters` has, without computing its figures."""
    unit_id, inputs = parameters.unit_id, basis.inputs
    if unit_id is None:
        facts = describe_provenance(inputs, parameters, basis.store, basis.earlier)
    else:
        _, members = find_peers(inputs, inputs.plan.unit(unit_id))
        facts = describe_provenance(restrict(inputs, unit_id), parameters, basis.store)
        facts |= describe_peers(members, inputs)
    return facts if basis.stands_on is None else facts | {"stands_on": dict(basis.stands_on)}


def read_basis(parameters: ReportParameters, *, pins: Pins | None = None) -> Basis:
    """Return the store as it is at this moment (or as `pins` say) and the inputs of the report's period from it.

    The tables are in memory then, so that many reports read them once; tables of more rows than can be held without harm
    stay lazy. Of a half that is locked only what its lock holds is read. Raises PlanError or StoreError.
    """
    store = Store(parameters.store, plan=load_plan(parameters.plan))
    plan = store.plan
    as_of = parameters.as_of or datetime.now(ZoneInfo(plan.settings.timezone)).date()
    view = store.official() if pins is None else store.pinned(pins)

    def read(period: Period, day: date) -> Inputs:
        return _hold(read_inputs(view, plan, period, day, parameters), view.folder)

    last = last_period(plan, parameters.period)
    first = int(parameters.period[:4]) if parameters.kind == "programme" else last.year
    if parameters.as_if_closed and all(str(half) in view.locks for half in last.sources):
        raise ParameterError(f"Số liệu {last.label} đã khóa: lập báo cáo chính thức, bỏ --as-if-closed.")
    earlier = [plan.period(str(year)) for year in range(first, last.year)]
    return Basis(view, read(last, as_of), earlier=tuple(read(one, min(as_of, _end_of(one, view))) for one in earlier))


def _end_of(year: Period, store: Snapshot) -> date:
    """Return the day as of which an earlier year of a programme report stands: its last, or that of its lock where that is later."""
    lock = read_locks(store.folder).get(str(year.halves[-1])) if str(year.halves[-1]) in store.locks else None
    locked = [] if lock is None else [lock.locked_at.astimezone(year.calendar.settings.zone).date()]
    return max([date(year.year, 12, 31), *locked])


def read_inputs(
    store: Snapshot, plan: Plan, period: Period | str, as_of: date, parameters: ReportParameters | None = None
) -> Inputs:
    """Return what the indicators of `period` are computed from, as the store stood on `as_of`.

    A half is read with the halves of its year before it (the year's latest snapshots count); a year with both. An open report has
    them as `report.results.inputs`; `store` is `Store.official()`, `Store.snapshot()` or `Store.pinned(…)`.
    """

    period = plan.period(period)

    def each_half(read: Callable[..., Any], until: Period) -> Any:
        return pl.concat([read(half, as_of=as_of) for half in until.year_so_far])

    def tables_until(until: Period) -> dict[str, pl.LazyFrame]:
        halves = until.year_so_far
        return {
            name: pl.concat([store.read(name, half, as_of=as_of) for half in halves])
            for name in TABLES
            if name != "cover"
        }

    before, locks = period.same_period_last_year, read_locks(store.folder)
    own, indicators = dict(parameters.judgements) if parameters else {}, plan.indicators["indicator"].to_list()
    judged = {
        str(one.values["subject"]): one
        for one in sorted(store.records("judgement", as_of=as_of), key=lambda one: int(one.values["year"]))
        if one.values["year"] == period.year
        or (one.values["year"] < period.year and one.values["subject"] in indicators)
    }
    planned, lines = read_plans(store, period.year, as_of)
    return Inputs(
        plan=plan.in_force(period),
        period=period,
        as_of=as_of,
        plans=planned,
        plan_lines=lines,
        units=plan.units_reporting(period),
        receipts=each_half(store.receipts, period),
        refusals=each_half(store.refusals, period),
        findings=each_half(store.findings, period),
        tables=tables_until(period),
        previous=tables_until(before) if before else {},
        previous_receipts=each_half(store.receipts, before) if before else None,
        register=read_register(parameters.register, plan) if parameters and parameters.register else None,
        judgements={name: one.values["verdict"] for name, one in judged.items()} | own,
        judged={name: one for name, one in judged.items() if name not in own},
        letters=tuple(
            one
            for one in store.records("letter", as_of=as_of)
            if one.values["period"] in {*map(str, period.year_so_far), *([f"{period.year}-P"] if period.halves else [])}
        ),
        locked=frozenset(store.locks),
        locked_early=frozenset(
            half
            for half in period.year_so_far
            if str(half) in store.locks and (lock := locks.get(str(half))) and not half.is_over(lock.locked_at)
        ),
        history=() if period.is_request else _read_history(store, plan, period.year, as_of),
        covers=each_half(partial(_read_covers, store), period),
        as_if_closed=parameters is not None and parameters.as_if_closed,
        raised=read_raised(store, plan, period, as_of),
        answers=tuple(store.records("answer", as_of=as_of)),
    )


def read_raised(store: Snapshot, plan: Plan, until: Period, as_of: date | None) -> pl.DataFrame:
    """Return the difficulties of all halves up to a period, in all revisions, with the day on which each was sent."""
    frames = []
    for half in halves_read(until):
        sent = store.receipts(half, as_of=as_of).lazy()
        day = pl.col("sent_at").dt.convert_time_zone(plan.settings.timezone).dt.date()
        rows = store.read("issues", half, as_of=as_of, revisions="all")
        keys = ("unit_id", "period", "revision")
        frames.append(rows.join(sent.select(*keys, "is_latest", raised_on=day), on=keys).select(*RAISED))
    return pl.concat(frames).collect()


def _read_covers(store: Snapshot, half: Period, as_of: date) -> pl.DataFrame:
    """Return of each cover whether it names a contact: who it is, is read by no report."""
    told = store.read("cover", half, as_of=as_of).with_columns(has_contact=pl.col("contact_name").is_not_null())
    return told.select(*COVERS).collect()


#: The tables from which the ratios and channels of an earlier year are counted, and tasks that run over years are read.
_OF_EARLIER: Final = ("science_tasks", "workforce", "activities", "task_progress")


def _read_history(store: Snapshot, plan: Plan, until: int, as_of: date) -> tuple[Inputs, ...]:
    """Return what the plan's ratios of each year before `until` are counted from; only years of which something came."""
    history = []
    for year in range(plan.settings.first_year, until):
        period = plan.period(str(year))
        receipts = store.receipts(period, as_of=as_of)
        if receipts.is_empty():
            continue
        history.append(
            Inputs(
                plan=plan.in_force(period),
                period=period,
                as_of=as_of,
                units=plan.units_reporting(period),
                receipts=receipts,
                refusals=store.refusals(period, as_of=as_of),
                findings=pl.DataFrame(),
                tables={name: store.read(name, period, as_of=as_of) for name in _OF_EARLIER},
                locked=frozenset(store.locks),
            )
        )
    return tuple(history)


def open_card(store: Snapshot, inputs: Inputs, unit_id: str, peers: Peers | None = None) -> UnitResults:
    """Return the figures of a unit's scorecard, with what was wrong in its refused reports; no file is named.

    `inputs` are those of the whole ministry, as `read_inputs` gave them; `peers` is what its scorecards share, if it is
    known already.
    """
    halves = frozenset(str(half) for half in inputs.period.sources)
    mine = inputs.refusals.filter((pl.col("unit_id") == unit_id) & pl.col("period").is_in(list(halves)))
    latest = mine.sort("period", "sent_at", "sha256").unique("period", keep="last")
    standing = set(latest["sha256"].to_list())
    refused = [one for half in sorted(halves) for one in store.refused(half)] if standing else []
    rows = [
        {name: refusal.period if name == "period" else finding.get(name) for name in ERRORS}
        for refusal in refused
        if refusal.unit_id == unit_id and refusal.sha256 in standing
        for finding in refusal.findings
    ]
    return compute_unit(inputs, unit_id, pl.DataFrame(rows, schema=ERRORS), peers=peers)


def _hold(inputs: Inputs, folder: Path) -> Inputs:
    """Return inputs with their tables in memory, or as they are if one has too many rows."""
    names = [(field, table) for field in ("tables", "previous") for table in getattr(inputs, field)]
    with name_damage(folder):
        frames = pl.collect_all([getattr(inputs, field)[table].head(_HELD_ROWS + 1) for field, table in names])
    if any(frame.height > _HELD_ROWS for frame in frames):
        return inputs
    held: dict[str, dict[str, pl.LazyFrame]] = {"tables": {}, "previous": {}}
    for (field, table), frame in zip(names, frames, strict=True):
        held[field][table] = frame.lazy()
    return replace(inputs, tables=held["tables"], previous=held["previous"])
