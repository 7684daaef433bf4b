"""Who has reported for a period: the content of `nq57kit status PERIOD --format json` (contract §3).

In: a store, a period, the plan's register, a day. Out: plain values for JSON; states as in docs/architecture.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from nq57kit.plan import Period, Plan
from nq57kit.store.locks import read_locks
from nq57kit.store.logbook import PLAN_STATES, read_plans
from nq57kit.store.store import Snapshot, Store
from nq57kit.text import format_date

#: The states of a unit, in the order in which they are told.
STATES: Final = ("on_time", "late", "empty", "refused", "missing")
#: The state of a unit of which the lock holds nothing, and something was accepted after it; told where there is one.
AFTER_LOCK: Final = "after_lock"


def reporting_status(
    store: Store | Path | str, period: str | Period, plan: Plan, as_of: date | datetime
) -> dict[str, Any]:
    """Return who must report, who did, and who in time, as of a day (or moment) in the plan's time zone.

    `state` is on_time, late, refused (sent, none acceptable), empty (accepted but says nothing), missing, or after_lock.
    Lateness is judged by the first accepted submission, or the latest, as the plan's settings say; `sent_at`
    is that submission's, `revision` is the one that counts in figures, `revised_at` when that was sent. An empty report
    is sent, and in time for nothing. For a year the second half is told.

    The keys are those of docs/store.md, among them DHIS2's five reporting metrics for the ministry, each group and each
    unit: units are counted, never files. Of a locked half what the lock holds is told; what came later is `after_lock`.

    Example:
        >>> import tempfile
        >>> from datetime import date
        >>> from nq57kit.plan import load_plan
        >>> status = reporting_status(Store.create(tempfile.mkdtemp()), "2026-H2", load_plan(), date(2026, 12, 20))
        >>> status["actual"], status["units"][0]["state"]
        (0, 'missing')
    """
    store = Store.of(store)
    plan = store.tell_requests(plan)
    asked = plan.period(period)
    half = asked.sources[-1]
    store = Store(store.folder, plan=plan)  # on time is judged by this plan
    view = store.official()
    receipts = view.receipts(half, as_of=as_of)
    refused = {row["unit_id"]: row["sent_at"] for row in view.refusals(half, as_of=as_of).iter_rows(named=True)}
    latest = {row["unit_id"]: row for row in receipts.iter_rows(named=True) if row["is_latest"]}
    judged_on = "is_latest" if plan.settings.on_time_judged_by == "latest_accepted" else "is_first"
    judged = {row["unit_id"]: row for row in receipts.iter_rows(named=True) if row[judged_on]}
    units = [
        _describe_unit(unit_id, latest.get(unit_id), judged.get(unit_id), refused.get(unit_id))
        for unit_id in plan.units_reporting(half)["unit_id"].to_list()
    ]
    lock = _describe_lock(store, view, half, as_of)
    later = {row["unit_id"]: row for row in reversed(lock["after_lock"])}
    for unit in units:
        if unit["revision"] is None and (row := later.get(unit["unit_id"])):
            unit |= {"state": AFTER_LOCK, "sent_at": row["sent_at"], "on_time": row["on_time"]}
    day = as_of.astimezone(plan.settings.zone).date() if isinstance(as_of, datetime) else as_of
    states = [unit["state"] for unit in units]
    must = {unit["unit_id"] for unit in units}
    return {
        "period": str(asked),
        "as_of": as_of.isoformat(),
        **({"request": half.request.as_values()} if half.request else {}),
        **_measure(units),
        "states": {state: states.count(state) for state in (*STATES, *({AFTER_LOCK} & set(states)))},
        "deadline": half.deadline.isoformat(),
        "last_day": half.last_day.isoformat(),
        "last_working_day": half.last_working_day.isoformat(),
        "closes_on": half.closes_on.isoformat(),
        "days_left": (half.last_day - day).days,
        "is_over": half.is_over(as_of),
        "overdue": [] if half.is_first or not half.is_over(as_of) else _not_in(units),
        "units": units,
        "groups": _measure_groups(units, plan),
        "unit_metrics": [{"unit_id": unit["unit_id"], **_measure([unit])} for unit in units],
        "unexpected": sorted((set(latest) | set(refused)) - must),
        "changes": plan.describe_changes(asked),
        **_tell_plans(view, half, units, as_of),
        **lock,
    }


def warn_of_lock(store: Store, half: Period, plan: Plan, at: datetime) -> str | None:
    """Return what a person should know who locks a half at a moment before its deadline; None after it."""
    if half.is_over(at):
        return None
    if at.astimezone(plan.settings.zone).date() < half.window.start:
        when = f"{half.label} chưa bắt đầu (số liệu từ ngày {format_date(half.window.start)})"
    else:
        when = f"chưa hết hạn gửi {half.document} ({half.deadline_text})"
    status = reporting_status(store, half, plan, at)
    return (
        f"{when}; {status['expected'] - status['actual']}/{status['expected']} đơn vị chưa có báo cáo. Báo cáo đến sau khi khóa, "
        "dù gửi đúng hạn, được nhận và lưu nhưng không vào số liệu cho đến khi mở khóa."
    )


def _tell_plans(
    view: Snapshot, period: Period, units: Sequence[dict[str, Any]], as_of: date | datetime
) -> dict[str, dict[str, int]]:
    """Add to each unit how its yearly plan stands, and return how many stand so; nothing for another period."""
    if not period.is_plan:
        return {}
    plans, lines = read_plans(view, period.year, as_of)
    told = {row["unit_id"]: row for row in plans.to_dicts()}
    sums = lines.group_by("unit_id").agg(lines=pl.len(), cost_estimate_vnd=pl.col("cost_estimate_vnd").sum())
    amounts = {row["unit_id"]: row for row in sums.to_dicts()}
    for unit in units:
        row = told.get(unit["unit_id"], {})
        unit |= {
            "plan": row.get("state", "missing"),
            "counted_revision": row.get("revision"),
            "pending": row.get("pending"),
        }
        unit |= {
            "document": row.get("document"),
            "decided_on": row["decided_on"].isoformat() if row.get("decided_on") else None,
        }
        unit |= {name: amounts.get(unit["unit_id"], {}).get(name) for name in ("lines", "cost_estimate_vnd")}
    states = [unit["plan"] for unit in units]
    return {"plans": {state: states.count(state) for state in ("missing", *PLAN_STATES)}}


def _describe_unit(
    unit_id: str, latest: Mapping[str, Any] | None, judged: Mapping[str, Any] | None, refused_at: datetime | None
) -> dict[str, Any]:
    """A unit's state, from its latest accepted submission, the one that is judged, and a refused one."""
    if latest is None or judged is None:
        state = "missing" if refused_at is None else "refused"
        sent_at = None if refused_at is None else refused_at.isoformat()
        nothing = dict.fromkeys(("on_time", "revision", "revised_at"))
        return {"unit_id": unit_id, "state": state, "sent_at": sent_at, **nothing}
    timely = "on_time" if judged["on_time"] else "late"
    told = {"unit_id": unit_id, "state": "empty" if latest["is_empty"] else timely}
    sent_at, revised_at = judged["sent_at"].isoformat(), latest["sent_at"].isoformat()
    on_time = judged["on_time"] and not latest["is_empty"]  # what says nothing is in time for nothing
    return told | {"sent_at": sent_at, "on_time": on_time, "revision": latest["revision"], "revised_at": revised_at}


def _describe_lock(store: Store, view: Snapshot, half: Period, as_of: date | datetime) -> dict[str, Any]:
    """The half's lock, and what came after it: kept in the store, in no figure."""
    lock = read_locks(store.folder).get(str(half))
    if lock is None or not lock.is_locked:
        return {"locked": None, "after_lock": []}
    shown = view.receipts(half, as_of=as_of)
    later = store.snapshot().receipts(half, as_of=as_of).join(shown, on=["sha256", "sent_at"], how="anti")
    rows = later.select("unit_id", "revision", "sent_at", "sha256", "on_time").iter_rows(named=True)
    locked_at = lock.locked_at.astimezone(view.plan.settings.zone)
    told = {"locked_at": locked_at.isoformat(), "manifest_sha256": lock.manifest_sha256, "seal": lock.seal}
    return {"locked": told, "after_lock": [row | {"sent_at": row["sent_at"].isoformat()} for row in rows]}


def _measure(units: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The five metrics of some units, and how many of the sent ones say nothing."""
    expected = len(units)
    actual = sum(unit["revision"] is not None for unit in units)
    on_time = sum(bool(unit["on_time"]) for unit in units if unit["revision"] is not None)
    return {
        "expected": expected,
        "actual": actual,
        "actual_on_time": on_time,
        "rate": actual / expected if expected else None,
        "rate_on_time": on_time / expected if expected else None,
        "empty": sum(unit["state"] == "empty" for unit in units),
    }


def _measure_groups(units: Sequence[Mapping[str, Any]], plan: Plan) -> list[dict[str, Any]]:
    """The metrics of each group of the plan that has a unit which must report, in the plan's order."""
    members: dict[str, list[Mapping[str, Any]]] = {}
    for unit in units:
        for group in plan.unit(unit["unit_id"]).groups[:1]:  # each unit once, as in every table by group
            members.setdefault(group, []).append(unit)
    rows = plan.groups.sort("order").iter_rows(named=True)
    return [
        {"group": row["group"], "label": row["label"], **_measure(members[row["group"]])}
        for row in rows
        if row["group"] in members
    ]


def _not_in(units: Sequence[Mapping[str, Any]]) -> list[str]:
    """Units of which nothing was accepted, before the lock or after it."""
    return [unit["unit_id"] for unit in units if unit["revision"] is None and unit["state"] != AFTER_LOCK]
