"""Traces of states: who reported and in time, and how tasks go by the unit that leads them.

In: results and their scope. Out: one row per unit and half, or per unit and task; what stands in no file says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators.progress import _latest
from nq57kit.indicators.tracing._rows import cells, left_out_cells, stack, without_file
from nq57kit.submissions.contract import code_label, load_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nq57kit.indicators._scope import Scope
    from nq57kit.indicators.model import Results

__all__ = ["STATES", "trace_reporting", "trace_statuses", "trace_units"]

#: All reporting states (docs/architecture.md).
STATES: Final = ("on_time", "late", "empty", "refused", "missing")
_ACCEPTED: Final = ("on_time", "late", "empty")


def trace_reporting(results: Results, share: str, group: str | None = None) -> pl.DataFrame:
    """Return who must report (denominator) and who did, or did in time (numerator), per half.

    `share` is «completeness» or «timeliness»; a unit counts in each of its groups.
    """
    states = _states(results)
    if group is not None:
        states = states.filter(pl.col("groups").list.contains(group))
    counts = pl.col("state").is_in(_ACCEPTED) if share == "completeness" else pl.col("on_time").fill_null(value=False)
    return stack(
        _of_states(states.filter(counts), "numerator"),
        _of_states(states, "denominator"),
        _of_states(states.filter(~counts), "left_out", 0),
    )


def trace_units(results: Results, states: Sequence[str], unit_id: str | None = None) -> pl.DataFrame:
    """Return the units in one of `states` (of one unit: in any), with the submission that decides, per half."""
    rows = _states(results).filter(pl.col("state").is_in(list(states)))
    return _of_states(rows if unit_id is None else rows.filter(pl.col("unit_id") == unit_id), "counted")


def trace_statuses(
    results: Results, scope: Scope, task_id: int, *, status: str | None = None, unit_id: str | None = None
) -> pl.DataFrame:
    """Return the statements about a task that give its statuses, and the rows about it that do not count."""
    wanted = [pl.col("task_id") == task_id]
    if unit_id is not None:
        wanted.append(pl.col("unit_id") == unit_id)
    statuses = results.task_status.filter(*wanted)
    if status is not None:
        statuses = statuses.filter(pl.col("status") == status)
    rows = scope.year("task_progress").filter(*wanted)
    latest = _latest(rows)
    said = latest.join(statuses.lazy().select("unit_id", "task_id", derived="status"), on=["unit_id", "task_id"])
    silent = statuses.filter(pl.col("period").is_null())
    nothing = [
        {"role": "counted", "amount": 1, "unit_id": row["unit_id"], "table": "task_progress", "field": "status",
         "reason": "Đơn vị chưa báo cáo nhiệm vụ này"}
        for row in silent.iter_rows(named=True)
    ]  # fmt: skip
    identity = ["unit_id", "period", "source_row"]
    older = rows.join(latest, on=identity, how="anti").join(statuses.lazy().select("unit_id"), on="unit_id", how="semi")
    left = left_out_cells(results.left_out, rows, "task_progress", "status")
    named = left.lazy().select(identity)
    return stack(
        cells(said, "task_progress", "status", "counted", 1, reason=_label("derived")),
        without_file(nothing),
        left,
        cells(older.join(named, on=identity, how="anti"), "task_progress", "status", "left_out", 0, reason="Đơn vị đã báo cáo lại ở kỳ sau"),
    )  # fmt: skip


def _label(column: str) -> pl.Expr:
    """Return a derived status in words."""
    labels = {code: code_label("report_status", code) for code in load_codes("report_status")}
    return pl.col(column).replace_strict(labels, default=pl.col(column), return_dtype=pl.String)


def _states(results: Results) -> pl.DataFrame:
    """Return the reporting states of the period's halves with the revision that decides on time, where there is one."""
    receipts = results.inputs.receipts.select("unit_id", "period", "sent_at", decides="revision")
    return results.reporting.join(
        receipts, on=["unit_id", "period", "sent_at"], how="left", maintain_order="left"
    ).unique(["unit_id", "period"], keep="first", maintain_order=True)


def _of_states(states: pl.DataFrame, role: str, amount: int = 1) -> pl.DataFrame:
    return without_file(
        {
            "role": role,
            "amount": amount,
            "unit_id": row["unit_id"],
            "period": row["period"],
            "revision": row["decides"] if row["state"] in _ACCEPTED else None,
            "table": "cover",
            "field": "state",
            "value": row["state"],
        }
        for row in states.iter_rows(named=True)
    )
