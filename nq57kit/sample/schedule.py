"""Who sends a synthetic workbook, when, and with what in it: the story of a year of reporting.

In: the plan, the year's halves and a seed. Out: for each half, the files that arrive. Some come late, some not at
all, some twice, one is wrong, one says nothing, as in any ministry.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nq57kit.plan import Period, Plan

__all__ = ["Arrival", "Year", "plan_year"]

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


def plan_year(plan: Plan, halves: Sequence[Period], seed: int) -> Year:
    """Return who sends what in each half; the same seed and plan give the same year.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> plan = load_plan()
        >>> year = plan_year(plan, plan.period("2026").halves, 57)
        >>> [str(half) for half, _ in year.halves], len(year.sharers)
        (['2026-H1', '2026-H2'], 3)
    """
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
