"""What falls due for one unit: its reports and the tasks that it leads; plan IV.3 and appendix.

In: the results of the unit alone. Out: a frame in the order of the days, overdue things first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.errors import PeriodError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from nq57kit.indicators.model import Results
    from nq57kit.plan import Period

__all__ = ["agenda_of", "next_half"]

_SCHEMA: Final = {"what": pl.String, "period": pl.String, "task_id": pl.Int64, "due_on": pl.Date, "state": pl.String}
_OVERDUE: Final = frozenset({"chua_thuc_hien_qua_han", "dang_thuc_hien_qua_han"})
_OPEN: Final = frozenset({"chua_thuc_hien", "dang_thuc_hien_trong_han"})
_UNREPORTED: Final = "chua_bao_cao"
_DONE: Final = frozenset({"hoan_thanh_dung_han", "hoan_thanh_qua_han", "hoan_thanh_thieu_ngay", "khong_phat_sinh"})
#: Cadences that come again every year, so that what is done falls due again.
_YEARLY: Final = frozenset({"annual", "by_date"})
#: Cadences without a day on which they could be overdue.
_ENDLESS: Final = frozenset({"continuous", "annual_continuous"})


def agenda_of(own: Results) -> pl.DataFrame:
    """Return what falls due for the unit whose results these are.

    Returns: what (report | task), period (of a report), task_id (of a task), due_on (the last day on time), state:
        overdue (the day has passed, not done or not accepted), empty (a report that says nothing: to be sent again),
        unreported (the day has passed, nobody said), open (not done, nothing overdue), again (done this year, falls
        due again in the next), next (the report to come). Overdue, empty and unreported first, then by day.
    """
    rows = [*_reports(own), *_tasks(own)]
    late = {"overdue": 0, "empty": 0, "unreported": 1}
    rows.sort(key=lambda row: (late.get(row[4], 2), row[3], row[0], row[2] or 0))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_Row = tuple[str, str | None, int | None, "date", str]


def _reports(own: Results) -> Iterator[_Row]:
    period, as_of = own.inputs.period, own.inputs.as_of
    states = dict(own.reporting.select("period", "state").iter_rows())
    for half in period.halves:
        state = states.get(str(half))
        if state == "empty":
            yield "report", str(half), None, half.last_day, "empty"
        elif state in {"missing", "refused"}:
            overdue = half.is_over(as_of) and not half.is_first
            yield "report", str(half), None, half.last_day, "overdue" if overdue else "open"
    coming = next_half(period.halves[-1])
    while coming is not None and coming.is_over(as_of):
        coming = next_half(coming)
    if coming is not None:
        yield "report", str(coming), None, coming.last_day, "next"


def _tasks(own: Results) -> Iterator[_Row]:
    plan, as_of = own.inputs.plan, own.inputs.as_of
    year = own.inputs.period.year
    for row in own.task_status.iter_rows(named=True):
        task, status, due = row["task_id"], row["status"], row["due_on"]
        if row["cadence"] in _ENDLESS or due is None:
            continue
        if status in _OVERDUE:
            yield "task", None, task, due, "overdue"
        elif status == _UNREPORTED:
            yield "task", None, task, due, "unreported" if as_of > due else "open"
        elif status in _OPEN:
            yield "task", None, task, due, "open"
        elif status in _DONE and row["cadence"] in _YEARLY and year < plan.settings.last_year:
            again = plan.due_date(task, year + 1)
            if again is not None:
                yield "task", None, task, again, "again"


def next_half(half: Period) -> Period | None:
    """Return the half after `half`; None after the plan's last.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> str(next_half(load_plan().period("2026-H2"))), next_half(load_plan().period("2030-H2"))
        ('2027-H1', None)
    """
    try:
        return (
            type(half)(half.year + 1, 1, half.calendar) if half.half == 2 else type(half)(half.year, 2, half.calendar)
        )
    except PeriodError:
        return None
