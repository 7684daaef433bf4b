"""Who has reported for a period: the content of `nq57kit status PERIOD --format json` (contract §3).

In: a store, a period, the plan's register, a day. Out: plain values for JSON; states as in docs/architecture.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime

    from nq57kit.plan import Period, Plan
    from nq57kit.store.store import Store

__all__ = ["reporting_status"]


def reporting_status(store: Store, period: str | Period, plan: Plan, as_of: date | datetime) -> dict[str, Any]:
    """Return who must report, who did, and who in time, as of a day (or moment) of Hà Nội.

    `state` is on_time, late, refused (sent, none acceptable), empty (accepted but says nothing) or missing.
    Lateness is judged by the first accepted submission, or the latest, as the plan's settings say; `sent_at`
    is that submission's, `revision` is the one that counts in figures. For a year the second half is told.

    Example:
        >>> import tempfile
        >>> from datetime import date
        >>> from nq57kit.plan import load_plan
        >>> from nq57kit.store import Store
        >>> status = reporting_status(Store.create(tempfile.mkdtemp()), "2026-H2", load_plan(), date(2026, 12, 20))
        >>> status["actual"], status["units"][0]["state"]
        (0, 'missing')
    """
    asked = plan.period(period) if isinstance(period, str) else period
    half = asked.halves[-1]
    view = store.snapshot()
    receipts = view.receipts(half, as_of=as_of)
    refused = {row["unit_id"]: row["sent_at"] for row in view.refusals(half, as_of=as_of).iter_rows(named=True)}
    latest = {row["unit_id"]: row for row in receipts.iter_rows(named=True) if row["is_latest"]}
    judged_on = "is_latest" if plan.settings.on_time_judged_by == "latest_accepted" else "is_first"
    judged = {row["unit_id"]: row for row in receipts.iter_rows(named=True) if row[judged_on]}
    units = []
    for unit_id in plan.units_reporting(half)["unit_id"].to_list():
        if unit_id in latest:
            row = judged[unit_id]
            timely = "on_time" if row["on_time"] else "late"
            units.append(
                {
                    "unit_id": unit_id,
                    "state": "empty" if latest[unit_id]["is_empty"] else timely,
                    "sent_at": row["sent_at"].isoformat(),
                    "on_time": row["on_time"],
                    "revision": latest[unit_id]["revision"],
                }
            )
            continue
        sent_at = refused.get(unit_id)
        units.append(
            {
                "unit_id": unit_id,
                "state": "missing" if sent_at is None else "refused",
                "sent_at": None if sent_at is None else sent_at.isoformat(),
                "on_time": None,
                "revision": None,
            }
        )
    return {
        "period": str(asked),
        "as_of": as_of.isoformat(),
        "expected": len(units),
        "actual": sum(unit["revision"] is not None for unit in units),
        "actual_on_time": sum(bool(unit["on_time"]) for unit in units),
        "units": units,
    }
