"""Traces of the ratio indicators: science tasks by code, staff by unit.

In: results and their scope. Out: rows for numerator and denominator whose amounts add up to both, and rows left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators.people import latest_snapshots
from nq57kit.indicators.science import _STEADY, _key_of, _statements
from nq57kit.indicators.tracing._rows import IDENTITY, cells, left_out_cells, stack, without_file

if TYPE_CHECKING:
    from nq57kit.indicators._scope import Scope
    from nq57kit.indicators.model import Results

__all__ = ["STAFF_PAIRS", "trace_science", "trace_staff", "trace_workforce"]

#: Indicator of people → its numerator and denominator.
STAFF_PAIRS: Final = {
    "staff_reached": ("staff_reached", "staff_total"),
    "comms_staff_trained": ("comms_staff_trained", "comms_staff_total"),
}
_SUPERSEDED: Final = "Đơn vị đã có số liệu mới hơn trong năm"
_GAP: Final = "Ô trống: đơn vị không ghi, không tính là 0"
_SCIENCE: Final = "science_tasks"


def trace_science(results: Results, scope: Scope, code: str | None = None) -> pl.DataFrame:
    """Return one row for each code that counts, one for each that is proven as communicated, and the rows left out.

    The row of the denominator is the first that names the code; that of the numerator is the one that proves it: the
    earliest day of communication. `code` keeps the rows of one code alone.
    """
    tasks = results.science_tasks.lazy().with_columns(key=_key_of("code"))
    every = scope.year(_SCIENCE).filter(pl.col("code").is_not_null()).with_columns(key=_key_of("code"))
    statements = _statements(scope.year(_SCIENCE))
    if code is not None:
        wanted = pl.col("key").is_in(tasks.filter(pl.col("code") == code).collect()["key"].implode())
        tasks, every, statements = (frame.filter(wanted) for frame in (tasks, every, statements))
    spoken = statements.join(tasks.select("key", proven="communicated", proven_on="communicated_on"), on="key")
    first = spoken.sort(_STEADY).unique("key", keep="first", maintain_order=True)
    told_then = pl.col("communicated") & (pl.col("communicated_on") == pl.col("proven_on"))
    proving = spoken.filter("proven", told_then).sort(_STEADY).unique("key", keep="first", maintain_order=True)
    silent = tasks.join(statements, on="key", how="anti").collect()
    listed = [
        {"role": "denominator", "amount": 1, "table": "register", "field": "code", "value": row["code"],
         "reason": "Có trong danh mục của Bộ, chưa đơn vị nào báo cáo"}
        for row in silent.iter_rows(named=True)
    ]  # fmt: skip
    superseded = every.join(statements, on=IDENTITY, how="anti")
    return stack(
        cells(proving, _SCIENCE, "communicated_on", "numerator", 1),
        cells(first, _SCIENCE, "code", "denominator", 1),
        without_file(listed),
        left_out_cells(results.left_out, statements, _SCIENCE, "code"),
        cells(superseded, _SCIENCE, "code", "left_out", 0, reason=_SUPERSEDED),
    )


def trace_staff(results: Results, scope: Scope, indicator: str) -> pl.DataFrame:
    """Return each unit's latest snapshot, numerator and denominator, and the snapshots that do not count."""
    part, whole = STAFF_PAIRS[indicator]
    known = pl.col(part).is_not_null() & pl.col(whole).is_not_null()
    latest, others = _snapshots(results, scope)
    return stack(
        cells(latest.filter(known), "workforce", part, "numerator", pl.col(part)),
        cells(latest.filter(known), "workforce", whole, "denominator", pl.col(whole)),
        cells(latest.filter(~known), "workforce", part, "left_out", 0, reason=_GAP),
        cells(others, "workforce", part, "left_out", 0, reason=_SUPERSEDED),
        left_out_cells(results.left_out, scope.year("workforce"), "workforce", part),
    )


def trace_workforce(results: Results, scope: Scope, group: str | None, field: str) -> pl.DataFrame:
    """Return the snapshots of a group (None: the ministry) that make the sum of a field."""
    home = results.inputs.units.lazy().select("unit_id", group=pl.col("groups").list.first())
    latest, others = (frame.join(home, on="unit_id", how="left") for frame in _snapshots(results, scope))
    inside = pl.lit(value=True) if group is None else pl.col("group") == group
    return stack(
        cells(latest.filter(inside, pl.col(field).is_not_null()), "workforce", field, "counted", pl.col(field)),
        cells(latest.filter(inside, pl.col(field).is_null()), "workforce", field, "left_out", 0, reason=_GAP),
        cells(others.filter(inside), "workforce", field, "left_out", 0, reason=_SUPERSEDED),
    )


def _snapshots(results: Results, scope: Scope) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return the units' latest snapshots of the year, and those that these took the place of."""
    members = pl.col("unit_id").is_in(results.inputs.units["unit_id"].to_list())
    staff = scope.year("workforce").filter(members)
    latest = latest_snapshots(staff)
    return latest, staff.join(latest, on=IDENTITY, how="anti")
