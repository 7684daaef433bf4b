"""What submissions say against each other: the unit's earlier half, and the other units of the same half.

In: what is read of a store or a snapshot of it, or submissions about to enter it, and the plan. Out: warnings with file, sheet and
cell, in an order that does not depend on the order of ingest. The rules are `submissions.comparisons`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import polars as pl

from nq57kit.store.folder import find_cell, find_raw, name_damage
from nq57kit.store.logbook import doubt_answers, read_plans
from nq57kit.submissions.comparisons import Suspicion, compare_halves, compare_plan, compare_request, compare_units
from nq57kit.submissions.contract import RUNNING
from nq57kit.submissions.findings import Finding, findings_frame

if TYPE_CHECKING:
    from nq57kit.plan import Period, Plan
    from nq57kit.store.store import Snapshot, Store
    from nq57kit.submissions import Submission

    View: TypeAlias = Store | Snapshot
    Asked = str | Period | None
    AsOf = date | datetime | None
    Frames = Mapping[str, pl.DataFrame]

_HALF_TABLES: Final = ("cover", "science_tasks", "workforce", "task_progress", "budget", "activities")
_UNIT_TABLES: Final = ("activities", "science_tasks", "workforce", "budget")
_KEY: Final = ["period", "unit_id"]
#: By what two warnings are one: all but the cell.
_SAME: Final = (*_KEY, "code", "file", "table", "sheet", "field", "value", "message")


def add_warnings(
    submissions: Sequence[Submission], files: Sequence[Path], store: Store | None, plan: Plan, today: date
) -> list[Submission]:
    """Return checked submissions with the warnings against their units' earlier half in a store, where there is one; of answers with what is wrong in them."""
    pairs = list(zip(submissions, files, strict=True))
    more = warn_against_store(pairs, store, plan) if store else [()] * len(pairs)
    view = store.snapshot() if store else None
    return [
        replace(one, findings=(*one.findings, *(doubt_answers(one, file, today, view) if one.is_answers else found)))
        for (one, file), found in zip(pairs, more, strict=True)
    ]


def warn_against_store(
    submissions: Sequence[tuple[Submission, Path | None]], store: View, plan: Plan
) -> list[tuple[Finding, ...]]:
    """Return the warnings of each checked submission against its unit's earlier half in the store; nothing is written.

    A submission comes with its file, from which the cells are told (None: without them). It has no warnings where it is
    refused, or where the store has nothing of the earlier half. The store is read once per half.
    """
    found: list[list[Finding]] = [[] for _ in submissions]
    told = {
        origin: submission
        for origin, (submission, _) in enumerate(submissions)
        if submission.ok and submission.unit_id and not submission.is_secret and not submission.is_answers
    }
    for text in sorted({submission.period or "" for submission in told.values()}):
        period = plan.find_period(text)
        mine = {origin: submission for origin, submission in told.items() if submission.period == text}
        for doubt in _doubt(store, plan, period, _later(mine)) if period and not period.is_plan else ():
            submission, path = submissions[doubt.origin]
            cell = find_cell(path, submission.sha256, doubt.table, doubt.field, sheet=doubt.sheet, row=doubt.row)
            found[doubt.origin].append(doubt.to_finding(submission.file, cell))
    return [tuple(findings) for findings in found]


def _doubt(store: View, plan: Plan, period: Period, told: Frames) -> list[Suspicion]:
    """Return what submissions about to enter the store tell against what it holds: of the half before, of a request's halves."""
    if period.is_request:
        return _against_halves(store, period, told, None)
    return _against_half(store, told, plan, period, None) if period.is_half else []


def _against_halves(view: View, period: Period, told: Frames, as_of: AsOf) -> list[Suspicion]:
    """Return what a request's rows tell otherwise than the reports of the halves with which it shares days."""
    years = range(period.window.start.year, period.window.end.year + 2)
    wholes = [whole for year in years if (whole := view.plan.find_period(str(year)))]
    found = []
    for half in (half for whole in wholes for half in whole.halves if half.covers(*period.window)):
        frames, receipts = _read(view, ("cover", "workforce", "activities"), half, as_of)
        sent = dict(receipts.select("unit_id", "sha256").iter_rows())

        def locate(table: str, field: str, row: Mapping[str, Any], sent: Mapping[str, str] = sent) -> str:
            sha256, place = sent[row["unit_id"]], {"sheet": row["source_sheet"], "row": row["source_row"]}
            cell = find_cell(find_raw(view.folder, sha256), sha256, table, field, **place)
            return f"ô {cell}" if cell else f"dòng {row['source_row']}"

        found += compare_request(told, frames, period, half, locate)
    return found


def find_of_requests(view: View, period: Asked, as_of: AsOf) -> pl.DataFrame:
    """Return what requests tell otherwise than the same units' halves, by the latest revisions; columns as in `Snapshot.findings`."""
    frames = []
    for asked in (one for one in _periods(view, period, as_of) if one.is_request):
        told, receipts = _read(view, ("cover", "workforce", "activities"), asked, as_of)
        frames.append(_told(view, _against_halves(view, asked, told, as_of), receipts))
    return _stack(frames)


def _later(submissions: Mapping[int, Submission]) -> dict[str, pl.DataFrame]:
    return {
        name: pl.concat(
            [
                submission.tables[name]
                .drop(_KEY, strict=False)
                .with_columns(origin=pl.lit(origin, pl.Int64), unit_id=pl.lit(submission.unit_id))
                for origin, submission in submissions.items()
            ]
        )
        for name in _HALF_TABLES
    }


def _read_earlier(view: View, plan: Plan, half: Period, as_of: AsOf) -> dict[str, pl.DataFrame]:
    """The tables of the half before, each row with the unit that answers for it now.

    What merged units told is their successor's, staff as their sum; how their tasks went is not one thing, and is left out.
    Of a unit that was split nobody knows which row is whose: nothing of it is compared.
    """
    before = half.previous or half
    with name_damage(view.folder):
        frames = {name: view.read(name, before, as_of=as_of).collect() for name in _HALF_TABLES}
    if not plan.lineage:
        return frames
    unit, units = pl.col("unit_id"), frames["cover"]["unit_id"].unique().to_list()
    heirs = {one: plan.lineage.became(one, before.last_day, half.last_day) for one in units}
    now = {one: next(iter(found)) for one, found in heirs.items() if len(found) == 1}
    merged = [one for one, heir in now.items() if list(now.values()).count(heir) > 1]
    frames = {name: frame.filter(unit.is_in(list(now))) for name, frame in frames.items()}
    frames["task_progress"] = frames["task_progress"].filter(~unit.is_in(merged))
    frames = {name: frame.with_columns(unit.replace(now)) for name, frame in frames.items()}
    staff = frames["workforce"].group_by("unit_id", maintain_order=True).agg(pl.col("staff_total", *RUNNING).sum())
    return {
        **frames,
        "workforce": staff,
        "science_tasks": frames["science_tasks"].unique(["unit_id", "code"], maintain_order=True),
    }


def find_between_halves(view: Snapshot, period: Asked, as_of: AsOf, told: pl.DataFrame) -> pl.DataFrame:
    """Return the warnings of the latest revisions against the units' earlier halves; columns as in `Snapshot.findings`.

    Those that are among `told`, which were found when the submissions came in, have the cells told there; for the cells of
    others the units' own files are read.
    """
    known: dict[tuple[str, ...], list[str | None]] = {}
    for *row, cell in told.select(*_SAME, "cell").iter_rows():
        known.setdefault(tuple(row), []).append(cell)
    frames = []
    for half in _halves(view, period, as_of):
        later, receipts = _read(view, _HALF_TABLES, half, as_of)
        frames.append(_told(view, _against_half(view, later, view.plan, half, as_of), receipts, known))
    return _stack(frames)


def _against_half(view: View, later: Frames, plan: Plan, half: Period, as_of: AsOf) -> list[Suspicion]:
    """Return what of submissions for a half does not follow from their units' earlier half, and lines that their plans do not have."""
    found: list[Suspicion] = []
    if half.previous is not None and not (earlier := _read_earlier(view, plan, half, as_of))["cover"].is_empty():
        found += compare_halves(later, earlier, plan, half)
    if later["activities"]["plan_line"].count():
        found += compare_plan(later["activities"], read_plans(view, half.year, as_of)[1])
    return sorted(found, key=lambda doubt: doubt.order)


def find_between_units(view: View, period: Asked, as_of: AsOf) -> pl.DataFrame:
    """Return what the units of one half tell against each other (a year: each of its halves), by the latest revisions."""
    names = dict(view.plan.units.select("unit_id", "short_name").iter_rows())
    groups = view.plan.units.select("unit_id", group="groups").explode("group").drop_nulls()
    frames = []
    for half in _halves(view, period, as_of):
        tables, receipts = _read(view, _UNIT_TABLES, half, as_of)
        frames.append(_told(view, compare_units(tables, names, groups), receipts))
    return _stack(frames)


def _halves(view: View, period: Asked, as_of: AsOf) -> list[Period]:
    """The halves that the store has something of, in order; those outside the plan's years are left out."""
    return [one for one in _periods(view, period, as_of) if one.is_half]


def _periods(view: View, period: Asked, as_of: AsOf) -> list[Period]:
    texts = view.receipts(period, as_of=as_of)["period"].unique().sort().to_list()
    return [one for text in texts if (one := view.plan.find_period(text)) is not None]


def _read(view: View, tables: Iterable[str], half: Period, as_of: AsOf) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables of the latest revisions with `origin`, and the receipts whose row numbers these are."""
    receipts = view.receipts(half, as_of=as_of).filter(pl.col("is_latest")).sort("unit_id")
    origins = receipts.select("unit_id").with_columns(origin=pl.int_range(pl.len(), dtype=pl.Int64))
    with name_damage(view.folder):
        frames = {
            name: view.read(name, half, as_of=as_of).collect().join(origins, on="unit_id", maintain_order="left")
            for name in tables
        }
    return frames, receipts


def _told(
    view: View, doubts: Sequence[Suspicion], receipts: pl.DataFrame,
    known: Mapping[tuple[str, ...], Sequence[str | None]] = MappingProxyType({}),
) -> pl.DataFrame:  # fmt: skip
    """Return suspicions as findings in their files and cells, with period and unit."""
    sent = receipts.select("period", "unit_id", "file", "sha256").rows(named=True)
    findings, places = [], []
    for doubt in doubts:
        receipt = sent[doubt.origin]
        finding = doubt.to_finding(receipt["file"], None)
        row = finding.as_dict() | receipt
        cells = known.get(tuple(row[name] for name in _SAME), ())
        if len(cells) != 1:
            raw, sha256 = find_raw(view.folder, receipt["sha256"]), receipt["sha256"]
            cells = [find_cell(raw, sha256, doubt.table, doubt.field, sheet=doubt.sheet, row=doubt.row)]
        findings.append(replace(finding, cell=cells[0]))
        places.append((receipt["unit_id"], receipt["period"]))
    return _placed(places, findings)


def _placed(places: Sequence[tuple[str, str]], findings: Sequence[Finding]) -> pl.DataFrame:
    columns = pl.DataFrame(places, schema={"unit_id": pl.String, "period": pl.String}, orient="row")
    return pl.concat([columns, findings_frame(findings)], how="horizontal")


def _stack(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([_placed((), ()), *frames])
