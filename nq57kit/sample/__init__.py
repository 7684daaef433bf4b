"""A synthetic year: real .xlsx workbooks of the register's units for both halves, made from a seed.

In: a folder and a seed. Out: `<folder>/2026-H1` and `<folder>/2026-H2` with the workbooks and their `sent.csv`. Some come
late, some not at all, some twice, one is wrong, one says nothing, as in any ministry. Every workbook says in its sheets'
titles that its figures are no body's.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from nq57kit.files import prepare_folder, write_atomically
from nq57kit.plan import load_plan
from nq57kit.sample.records import UnitYear, spoil
from nq57kit.submissions.form import write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nq57kit.plan import Period, Plan

__all__ = ["SAMPLE_NOTICE", "make_sample", "plan_year"]

#: What is said wherever synthetic data are shown.
SAMPLE_NOTICE: Final = "Dữ liệu giả lập – không phải số liệu của đơn vị nào"
_SENT_COLUMNS = ("file", "sent_at", "reference_number")
_SHARERS = 3  # units that report one and the same science task
_CORE_LEADERS = 2  # a task led by so few units is missed at once when they are silent


@dataclass(frozen=True)
class Arrival:
    """A file that comes in: whose, which version (0: the only one), when, and what is special in it.

    `kind` is «full», «draft» (corrected by a later one), «wrong», «empty» or «stray» (an activity outside the window).
    """

    unit_id: str
    version: int
    sent_at: datetime
    kind: str


@dataclass(frozen=True)
class Year:
    """The arrivals of each half, and the units that share a science task (the last one has it not communicated)."""

    halves: tuple[tuple[Period, tuple[Arrival, ...]], ...]
    sharers: tuple[str, ...]


def make_sample(
    folder: Path,
    *,
    seed: int = 57,
    year: int = 2026,
    plan: Plan | None = None,
    progress: Callable[..., None] | None = None,
) -> list[Path]:
    """Write a synthetic year of submissions to `folder`; return every file written, `sent.csv` last in each half.

    The same seed, year and plan give the same bytes. `progress` is called with the path of each workbook once it is
    written. Some units are late, some missing, some corrected («_v1», «_v2»), one in error, one empty. Raises
    PeriodError for a year outside the plan, OSError as the system gives it.

    Example:
        >>> make_sample(Path("giả-lập"))[-1].as_posix()  # doctest: +SKIP
        'giả-lập/2026-H2/sent.csv'
    """
    plan = plan or load_plan()
    story = plan_year(plan, plan.period(str(year)).halves, seed)
    prepare_folder(folder)
    written: list[Path] = []
    for half, arrivals in story.halves:
        sent: list[tuple[str, str, str]] = []
        for arrival in arrivals:
            shares = _shares(arrival.unit_id, story.sharers)
            unit_year = UnitYear(plan.unit(arrival.unit_id), plan, year, seed, shares)
            path = folder / str(half) / _file_name(half, arrival)
            number = unit_year.reference_number(half, arrival.version)
            _write(path, unit_year, half, arrival, number)
            sent.append((path.name, arrival.sent_at.isoformat(), number))
            written.append(path)
            if progress is not None:
                progress(path)
        written.append(write_atomically(folder / str(half) / "sent.csv", _sent_text(sent)))
    return written


def _write(path: Path, unit_year: UnitYear, half: Period, arrival: Arrival, number: str) -> None:
    if arrival.kind == "empty":
        records = unit_year.empty_records(half, arrival.sent_at)
    else:
        records = spoil(unit_year.records(half, arrival.sent_at), arrival.kind, half)
    records["cover"][0]["reference_number"] = number
    write_workbook(
        path, unit_id=arrival.unit_id, period=half, plan=unit_year.plan, records=records, notice=SAMPLE_NOTICE
    )


def _shares(unit_id: str, sharers: Sequence[str]) -> bool | None:
    return unit_id != sharers[-1] if unit_id in sharers else None


def _file_name(half: Period, arrival: Arrival) -> str:
    version = f"_v{arrival.version}" if arrival.version else ""
    return f"NQ57_{half}_{arrival.unit_id}{version}.xlsx"


def _sent_text(rows: Sequence[tuple[str, str, str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows([_SENT_COLUMNS, *sorted(rows)])
    return stream.getvalue()


# ------------------------------------------------------------------ who sends, when, what kind


def plan_year(plan: Plan, halves: Sequence[Period], seed: int) -> Year:
    """Return who sends what in each half; the same seed and plan give the same year."""
    rng = Random(f"{seed}|schedule")  # noqa: S311 - synthetic data, not a secret
    units = plan.units_reporting(halves[-1])
    leaders = plan.leads(halves[-1])
    by_task = Counter(leaders["task_id"])
    core = {unit_id for task, unit_id in leaders.iter_rows() if by_task[task] <= _CORE_LEADERS}
    researchers = [row["unit_id"] for row in units.iter_rows(named=True) if "vien" in row["groups"]]
    sharers = tuple(rng.sample(researchers, _SHARERS)) if len(researchers) >= _SHARERS else ()
    order = [unit_id for unit_id in units["unit_id"] if unit_id not in core and unit_id not in sharers]
    rng.shuffle(order)
    return Year(tuple((half, _arrivals(half, plan, order, seed)) for half in halves), sharers)


def _arrivals(half: Period, plan: Plan, order: Sequence[str], seed: int) -> tuple[Arrival, ...]:
    """Return the files of one half; the parts of `order` differ by half, so that no unit is always the bad one."""
    first = half.half == 1
    missing = set(order[0:10] if first else order[10:14])
    wrong = set(order[14:15] if first else order[15:16])
    empty = set() if first else set(order[16:17])
    stray = set() if first else set(order[17:18])
    late = list(order[18:25] if first else order[22:28])
    corrected = list(order[28:32] if first else order[30:35])
    arrivals: list[Arrival] = []
    for unit_id in plan.units_reporting(half)["unit_id"]:
        rng = Random(f"{seed}|{half}|{unit_id}|sent")  # noqa: S311
        kind = "wrong" if unit_id in wrong else "empty" if unit_id in empty else "stray" if unit_id in stray else "full"
        if unit_id in missing:
            continue
        if unit_id in late:
            sent_at = _late(half, rng, first=unit_id == late[0])
            arrivals.append(Arrival(unit_id, 0, sent_at, kind))
        elif unit_id in corrected:
            sent_at = _on_time(half, rng) - timedelta(days=1)
            again = _late(half, rng) if unit_id == corrected[-1] else min(sent_at + timedelta(days=1), _last(half))
            arrivals += [Arrival(unit_id, 1, sent_at, "draft"), Arrival(unit_id, 2, again, kind)]
        else:
            sent_at = _last(half) if unit_id in order[40:41] else _on_time(half, rng)
            arrivals.append(Arrival(unit_id, 0, sent_at, kind))
    return tuple(arrivals)


def _on_time(half: Period, rng: Random) -> datetime:
    """Return a time of work between the end of the data and the deadline, most often on the last working days."""
    back = rng.choice((0, 0, 0, 1, 1, 2, 3))
    day = max(half.last_working_day - timedelta(days=back), half.window.end + timedelta(days=1))
    clock = time(rng.randint(8, 17), rng.randrange(60), rng.randrange(60))
    return datetime.combine(day, clock, half.deadline.tzinfo)


def _last(half: Period) -> datetime:
    return half.deadline - timedelta(seconds=1)


def _late(half: Period, rng: Random, *, first: bool = False) -> datetime:
    """Return a time after the deadline: its very first moment for one unit, up to four days later for the others."""
    if first:
        return half.deadline
    return half.deadline + timedelta(days=rng.randint(0, 3), hours=rng.randint(8, 16), minutes=rng.randrange(60))
