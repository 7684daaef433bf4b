"""A synthetic year, or several: real .xlsx workbooks of the register's units for each half, made from a seed.

In: a folder and a seed. Out: `<folder>/2026-H1`, `<folder>/2026-H2` … with the workbooks and their `sent.csv`; with several years
also `<folder>/ke-hoach`, the plan as it was amended meanwhile (two units merge, a product gives way to another). Some come
late, some not at all, some twice, one is wrong, one says nothing, as in any ministry. Every workbook says in its sheets'
titles that its figures are no body's.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib import resources
from itertools import pairwise, takewhile
from pathlib import Path
from random import Random
from typing import Final

from nq57kit.files import prepare_folder, write_atomically
from nq57kit.plan import Period, Plan, load_plan
from nq57kit.sample.records import Records, UnitYear
from nq57kit.submissions.form import write_workbook

__all__ = ["SAMPLE_NOTICE", "make_sample", "make_years", "plan_year"]

#: What is said wherever synthetic data are shown.
SAMPLE_NOTICE: Final = "Dữ liệu giả lập – không phải số liệu của đơn vị nào"
_SENT_COLUMNS = ("file", "sent_at", "reference_number")
_SHARERS = 3  # units that report one and the same science task
_SCHEDULED = 41  # of so many units the schedule speaks; of fewer it takes the same shares
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
    since: int | None = None,
    plan: Plan | None = None,
    progress: Callable[..., None] | None = None,
) -> list[Path]:
    """Write a synthetic year of submissions to `folder`; return every file written, `sent.csv` last in each half.

    The same seed, years and plan give the same bytes; `since` is the year from which science tasks go on. `progress` is called with the path of each workbook once it is
    written. Some units are late, some missing, some corrected («_v1», «_v2»), one in error, one empty. Raises
    PeriodError for a year outside the plan, OSError as the system gives it.

    Example:
        >>> make_sample(Path("giả-lập"))[-1].as_posix()  # doctest: +SKIP
        'giả-lập/2026-H2/sent.csv'
    """
    plan = plan or load_plan()
    halves = plan.period(str(year)).halves
    planned = (
        (plan.period(f"{year}-P"),) if since is not None and year > since else ()
    )  # the first year is half over when it begins
    story = plan_year(plan, (*planned, *halves), seed)
    prepare_folder(folder)
    written: list[Path] = []
    for half, arrivals in story.halves:
        sent: list[tuple[str, str, str]] = []
        for arrival in arrivals:
            shares = _shares(arrival.unit_id, story.sharers)
            unit_year = UnitYear(plan.unit(arrival.unit_id), plan, year, seed, shares, since)
            path = folder / str(half) / _file_name(half, arrival)
            number = unit_year.reference_number(half, arrival.version)
            _write(path, unit_year, half, arrival, number)
            sent.append((path.name, arrival.sent_at.isoformat(), number))
            written.append(path)
            if progress is not None:
                progress(path)
        written.append(write_atomically(folder / str(half) / "sent.csv", _sent_text(sent)))
    return written


def make_years(
    folder: Path,
    years: Sequence[int],
    *,
    seed: int = 57,
    source: Path | None = None,
    progress: Callable[..., None] | None = None,
) -> list[Path]:
    """Write several synthetic years to `folder`, and to `<folder>/ke-hoach` the plan amended in them; return every file.

    The plan is that of `source`, a plan folder (default: the packaged one). On 01/7 of the second year two units merge; for the last
    year one product gives way to another. Raises what `make_sample` raises.
    """
    if len(years) < 2:
        return make_sample(folder, seed=seed, year=years[0], plan=load_plan(source), progress=progress)
    for year in years:
        load_plan(source).period(str(year))
    amended = folder / "ke-hoach"
    written = _amend_plan(source or Path(str(resources.files("nq57kit.plan"))) / "data", amended, years)
    plan = load_plan(amended)
    for year in years:
        written += make_sample(folder, seed=seed, year=year, since=years[0], plan=plan, progress=progress)
    return written


def _amend_plan(source: Path, target: Path, years: Sequence[int]) -> list[Path]:
    """Copy a plan folder and let two units of one kind merge, and a product of the longest list give way to another."""
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if path.is_file():
            shutil.copyfile(path, target / path.name)
    units, products, tasks = (
        list(csv.DictReader((target / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()))
        for name in ("units", "products", "tasks")
    )
    alike = [(one, other) for one, other in pairwise(units) if one["groups"] == other["groups"]]
    one, other = max(alike, key=lambda pair: len(_common_words(pair)))
    one["valid_to"] = other["valid_to"] = f"30/6/{years[1]}"
    name, ids = f"{_common_words((one, other))} hợp nhất (giả lập)", (one["unit_id"], other["unit_id"])
    row = one | {
        "unit_id": f"{ids[0]}-hop-nhat",
        "name": name,
        "short_name": name,
        "aliases": "",
        "basis": "unverified",
    }
    units.append(row | {"valid_from": f"01/7/{years[1]}", "valid_to": "", "predecessors": "|".join(ids)})
    ((longest, many),) = Counter(product["task_id"] for product in products).most_common(1)
    last = next(product for product in products if product["task_id"] == longest)
    last["valid_to"] = f"14/12/{years[-1] - 1}"
    words = "Học liệu số (giả lập)"
    new = {
        "product_id": f"TT{longest}-{many + 1}",
        "text": words,
        "activity_types": "hoc_lieu_so",
        "valid_from": f"15/12/{years[-1] - 1}",
    }
    products.append({**last, "valid_to": "", **new, "basis_document": "(giả lập) Quyết định sửa đổi Phụ lục"})
    task = next(task for task in tasks if task["task_id"] == longest)
    task["products"] = f"{task['products'].rstrip('.')}; {words}."
    tables = {"units": units, "products": products, "tasks": tasks}
    for name, rows in tables.items():
        columns = dict.fromkeys(column for row in rows for column in row)
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(target / f"{name}.csv", stream.getvalue())
    return sorted(target.iterdir())


def _common_words(pair: tuple[dict[str, str], dict[str, str]]) -> str:
    """Return the words with which both names begin."""
    words = zip(*(row["name"].split() for row in pair), strict=False)
    return " ".join(one for one, _ in takewhile(lambda both: both[0] == both[1], words))


def _write(path: Path, unit_year: UnitYear, half: Period, arrival: Arrival, number: str) -> None:
    if half.is_plan:
        records = unit_year.plan_records(half, arrival.sent_at)
    elif arrival.kind == "empty":
        records = unit_year.empty_records(half, arrival.sent_at)
    else:
        records = _spoil(unit_year.records(half, arrival.sent_at), arrival.kind, half)
    records["cover"][0]["reference_number"] = number
    write_workbook(
        path, unit_id=arrival.unit_id, period=half, plan=unit_year.plan, records=records, notice=SAMPLE_NOTICE,
        version=unit_year.version(half),
    )  # fmt: skip


def _spoil(records: Records, kind: str, half: Period) -> Records:
    """Return the records of a special arrival: a draft with smaller figures, a wrong one, one with a stray activity.

    «draft» lacks its last activity and part of the money; «wrong» has more people reached than there are, and text
    where a number stands; «stray» has an activity nine days before the half begins.
    """
    if kind == "draft":
        activities = [dict(row) for row in records["activities"][:-1]]
        activities[0]["quantity"] = activities[0]["quantity"] + 2
        budget = [row | {"disbursed_vnd": row["disbursed_vnd"] // 2} for row in records["budget"]]
        staff = records["workforce"][0]
        reached = {"staff_reached": staff["staff_reached"] * 9 // 10}
        return records | {"activities": activities, "budget": budget, "workforce": [staff | reached]}
    if kind == "wrong":
        activities = [dict(row) for row in records["activities"]]
        activities[0]["quantity"] = "khoảng 20"
        staff = records["workforce"][0]
        reached = {"staff_reached": staff["staff_total"] + 15}
        return records | {"activities": activities, "workforce": [staff | reached]}
    if kind == "stray":
        stray = records["activities"][0] | {"started_on": half.window.start - timedelta(days=9), "ended_on": None}
        return records | {"activities": [stray, *records["activities"][1:]]}
    return records


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
    """Return who sends what in each half, and in a yearly plan among them; the same seed and plan give the same year."""
    rng = Random(f"{seed}|schedule")  # noqa: S311 - synthetic data, not a secret
    units = plan.units_reporting(halves[-1])
    leaders = plan.leads(halves[-1])
    by_task = Counter(leaders["task_id"])
    core = {unit_id for task, unit_id in leaders.iter_rows() if by_task[task] <= _CORE_LEADERS}
    researchers = [row["unit_id"] for row in units.iter_rows(named=True) if "vien" in row["groups"]]
    sharers = tuple(rng.sample(researchers, _SHARERS)) if len(researchers) >= _SHARERS else ()
    steady = {
        *core,
        *sharers,
        *units.filter(units["valid_from"].is_not_null())["unit_id"],
    }  # a merged unit is not missed
    order = [unit_id for unit_id in units["unit_id"] if unit_id not in steady]
    for _ in range(halves[0].year - plan.settings.first_year):
        rng.random()  # another order in another year
    rng.shuffle(order)
    return Year(tuple((half, _arrivals(half, plan, order, seed)) for half in halves), sharers)


def _arrivals(half: Period, plan: Plan, order: Sequence[str], seed: int) -> tuple[Arrival, ...]:
    """Return the files of one half; the parts of `order` differ by half, so that no unit is always the bad one."""
    if half.is_plan:
        return tuple(_planned(half, plan, order, seed))
    first, share = half.half == 1, min(1.0, len(order) / _SCHEDULED)

    def part(start: int, end: int) -> Sequence[str]:
        return order[round(start * share) : round(end * share)]

    missing = set(part(0, 10) if first else part(10, 14))
    wrong = set(part(14, 15) if first else part(15, 16))
    empty = set() if first else set(part(16, 17))
    stray = set() if first else set(part(17, 18))
    late = list(part(18, 25) if first else part(22, 28))
    corrected = list(part(28, 32) if first else part(30, 35))
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
            sent_at = _last(half) if unit_id in part(40, 41) else _on_time(half, rng)
            arrivals.append(Arrival(unit_id, 0, sent_at, kind))
    return tuple(arrivals)


def _planned(period: Period, plan: Plan, order: Sequence[str], seed: int) -> Iterator[Arrival]:
    """Yield the yearly plan of each unit, in the last three weeks before it is due; two come late."""
    for unit_id in plan.units_reporting(period)["unit_id"]:
        rng = Random(f"{seed}|{period}|{unit_id}|sent")  # noqa: S311
        back = timedelta(days=rng.randint(0, 20), hours=rng.randint(1, 9), minutes=rng.randrange(60))
        late = unit_id in order[2:4]
        yield Arrival(unit_id, 0, _late(period, rng) if late else period.deadline - back, "full")


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
