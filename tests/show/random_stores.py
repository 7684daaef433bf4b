"""Small random stores, made through the public intake of CSV submissions, and what their files say counted by other means.

In: a seed. Out: a folder with a plan of eleven units, a store into which folders of CSV files were taken, and the list of what was
sent. Units are silent, empty, refused, late, corrected; two merge in mid-2027; halves are missing or locked. No rule of nq57kit is used
to count: `Truth` is plain loops over what was written.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from nq57kit.plan import decision, load_plan
from nq57kit.store import Store, ingest, lock_period

HANOI = timezone(timedelta(hours=7))
#: Half → first and last day of its data, and the first moment that is late (contract §2).
HALVES = {
    f"{year}-H{half}": (
        date(year - (half == 1), 12 if half == 1 else 6, 15),
        date(year, 6 if half == 1 else 12, 14),
        datetime(year, 6 if half == 1 else 12, 20, tzinfo=HANOI),
    )
    for year in (2026, 2027)
    for half in (1, 2)
}
MERGED, HEIR = ("vien-vaas", "vien-vafs"), "vien-moi"
#: Unit → the tasks that it leads by the appendix, and its first group.
UNITS = {
    "vu-khcn": ((1, 10), "vu"), "vu-khtc": ((1, 9), "vu"), "vu-tccb": ((1, 7), "vu"), "van-phong": ((1, 2), "van_phong"),
    "cuc-cds": ((1, 3), "cuc_chuyen_doi_so"), "tt-cntt": ((1,), "trung_tam"), "vien-vaas": ((1, 6), "vien"),
    "vien-vafs": ((1, 6), "vien"), "vien-ts": ((1, 6), "vien"), "hv-nongnghiep": ((1, 4, 6), "hoc_vien"), HEIR: ((1, 6), "vien"),
}  # fmt: skip
RESEARCHERS = ("vien-vaas", "vien-vafs", "vien-ts", "hv-nongnghiep")
TYPES = {
    "hoi_nghi": "Hội nghị",
    "hoi_thao": "Hội thảo",
    "tin_bai": "Tin, bài",
    "ke_hoach": "Kế hoạch",
    "tap_huan": "Tập huấn",
}
CHANNELS = {"bao_chi": "Báo chí", "mang_xa_hoi": "Mạng xã hội", "noi_bo": "Nội bộ", "truc_tiep": "Trực tiếp"}
MASS = ("bao_chi", "mang_xa_hoi")
STATUSES = ("Chưa thực hiện", "Đang thực hiện", "Hoàn thành", "Không phát sinh")
WORKFORCE = ("staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained")
MONEY = ("planned_vnd", "allocated_vnd", "disbursed_vnd")


@dataclass
class Sent:
    """One submission as it was written: `kind` is full, empty or refused."""

    unit: str
    half: str
    sent_at: datetime
    kind: str
    version: int
    tables: dict[str, list[dict[str, Any]]]


def there(unit: str, half: str) -> bool:
    """Whether a unit must report for a half: two end on 30/6/2027, one begins on the day after."""
    after = half == "2027-H2"
    return not after if unit in MERGED else after if unit == HEIR else True


# ------------------------------------------------------------------ writing


def write_plan(folder: Path) -> Path:
    """Write the packaged plan with the eleven units alone."""
    shutil.copytree(Path(decision.__file__).with_name("data"), folder)
    with (folder / "units.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["unit_id"]: row for row in csv.DictReader(stream) if row["unit_id"] in UNITS}
    for unit in MERGED:
        rows[unit]["valid_to"] = "30/6/2027"
    new = rows["vien-ts"] | {
        "unit_id": HEIR,
        "name": "Viện hợp nhất (giả lập)",
        "short_name": "VHN",
        "aliases": "",
        "basis": "unverified",
    }
    rows[HEIR] = new | {"valid_from": "01/7/2027", "predecessors": "|".join(MERGED)}
    with (folder / "units.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(new))
        writer.writeheader()
        writer.writerows(rows.values())
    (folder / "ambiguous.csv").write_text("alias,unit_ids,note\n", encoding="utf-8")
    return folder


def _fill(rng: Random, unit: str, half: str) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a report: plain values, dates as dates."""
    first, last, _ = HALVES[half]
    span = (last - first).days
    led = UNITS[unit][0]
    activities = [
        {
            "task_id": rng.choice(led), "name": f"Hoạt động giả lập {number} của {unit}", "activity_type": rng.choice([*TYPES]),
            "channel": rng.choice([*CHANNELS]), "started_on": first + timedelta(days=rng.randrange(span) if rng.random() < 0.9 else -9),
            "quantity": rng.choice((1, 1, 2, 7, 40)), "reach": rng.choice((None, 0, 30, 1200)),
            "cost_vnd": rng.choice((None, 2_000_000, 15_500_000)), "funding_source": "Chi thường xuyên",
        }
        for number in range(rng.randrange(5))
    ]  # fmt: skip
    progress = [_progress(rng, task, half) for task in led if rng.random() < 0.85]
    allocated = rng.randrange(1, 90) * 1_000_000
    money = {
        "planned_vnd": allocated + 1_000_000,
        "allocated_vnd": allocated,
        "disbursed_vnd": allocated // rng.choice((1, 2, 4)),
    }
    budget = [{"task_id": led[0], "funding_source": "Chi thường xuyên", **money}] if rng.random() < 0.6 else []
    issues = [
        {
            "category": rng.choice(("Kinh phí", "Nhân lực, kỹ năng")),
            "description": f"Khó khăn giả lập {rng.randrange(2)} của {unit}",
        }
        for _ in range(rng.randrange(3))
    ]
    staff, comms = 100 + 10 * list(UNITS).index(unit) + rng.randrange(9), 3 + rng.randrange(2)
    people = (staff, rng.randrange(staff + 1), comms, rng.randrange(comms + 1))
    if not (activities or progress or budget or issues):
        progress = [_progress(rng, led[0], half)]
    codes = MERGED if unit == HEIR else (unit,) if unit in RESEARCHERS else ()
    science = [_science(rng, f"{one}.{number}", half) for one in codes for number in range(2)]
    return {
        "activities": activities, "science_tasks": science, "workforce": [dict(zip(WORKFORCE, people, strict=True))],
        "task_progress": progress, "budget": budget, "issues": issues,
    }  # fmt: skip


def _progress(rng: Random, task: int, half: str) -> dict[str, Any]:
    status = rng.choice(STATUSES)
    row = {"task_id": task, "status": status, "explanation": "Giải trình giả lập."}
    if status == "Hoàn thành" and rng.random() < 0.8:
        row["completed_on"] = HALVES[half][1] - timedelta(days=rng.randrange(60))
    return row | ({"percent_complete": rng.randrange(1, 100)} if status == "Đang thực hiện" else {})


def _science(rng: Random, code: str, half: str) -> dict[str, Any]:
    years = {"start_year": 2025 + code.endswith("1"), "end_year": 2026 if code.startswith("vien-ts") else 2027}
    funded = "Không" if code == "hv-nongnghiep.0" else "Có"
    row = {
        "code": code,
        "name": f"Nhiệm vụ giả lập {code}",
        "level": "Cấp bộ",
        **years,
        "state_funded": funded,
        "communicated": "Không",
    }
    if rng.random() < 0.5:
        day = HALVES[half][1] - timedelta(days=rng.randrange(150))
        row |= {"communicated": "Có", "communicated_on": day, "channel": rng.choice([*CHANNELS])}
    return row


def write_submission(folder: Path, sent: Sent) -> str:
    """Write a submission as a folder of CSV files; return its name."""
    name = f"{sent.half}_{sent.unit}_v{sent.version}"
    (folder / name).mkdir(parents=True)
    tables = {"cover": [{"unit_id": sent.unit, "period": sent.half}], "task_progress": [], **sent.tables}
    for table, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row)) or ["task_id", "status"]
        if not rows and table != "task_progress":
            continue
        with (folder / name / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns)
            writer.writeheader()
            writer.writerows([{column: _text(column, value) for column, value in row.items()} for row in rows])
    return name


def _text(column: str, value: Any) -> Any:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return {"activity_type": TYPES, "channel": CHANNELS}.get(column, {}).get(value, value)


# ------------------------------------------------------------------ a store


@dataclass
class Made:
    """A random store: where it lies, what was sent, and the day on which reports are drawn."""

    seed: int
    plan: Path
    store: Path
    sent: list[Sent]
    as_of: date
    half: str
    locked: list[str] = field(default_factory=list)


def make_store(folder: Path, plan: Path, seed: int) -> Made:
    """Make the store of a seed: up to four halves, of which some units send nothing, nothing useful, too late or twice."""
    rng = Random(seed)  # noqa: S311 - the same store from the same seed
    half = rng.choice([*HALVES])
    known = [one for one in HALVES if one <= half]
    dead = rng.choice(known) if rng.random() < 0.2 else None  # of this half nothing comes
    quiet = rng.choice((0.0, 0.15, 0.5, 0.9, 1.0, 0.15))
    sent = [
        one
        for each in known
        if each != dead
        for unit in UNITS
        if there(unit, each) and rng.random() >= quiet
        for one in _send(rng, unit, each)
    ]
    for each in sorted({one.half for one in sent}):
        mine = [one for one in sent if one.half == each]
        names = [(write_submission(folder / "nhan-ve" / each, one), one.sent_at.isoformat()) for one in mine]
        with (folder / "nhan-ve" / each / "sent.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("file", "sent_at", "reference_number"), *((*name, "") for name in names)])
    store = Store.create(folder / "kho", plan=load_plan(plan))
    deadline = HALVES[half][2]
    if sent:
        taken = ingest([folder / "nhan-ve"], store, plan=load_plan(plan), now=deadline + timedelta(days=30))
        refused = sum(one.kind == "refused" for one in sent)
        assert (taken.count("accepted"), taken.count("refused")) == (len(sent) - refused, refused), (
            "not as it was meant"
        )
    as_of = (deadline + timedelta(days=rng.choice((-3, 5, 5, 5, 8)))).date()
    made = Made(seed, plan, folder / "kho", sent, as_of, half)
    if rng.random() < 0.25 and all(one.sent_at.date() <= as_of for one in sent):
        for each in known[-2:] if half.endswith("2") else known[-1:]:
            year = [one for one in known if one[:4] == each[:4] and one <= each]
            if all(any(one.half == before and one.kind != "refused" for one in sent) for before in year):
                moment = datetime.combine(as_of, datetime.min.time(), HANOI) + timedelta(hours=23)
                lock_period(store, load_plan(plan).period(each), now=moment)
                made.locked.append(each)
    return made


def _send(rng: Random, unit: str, half: str) -> list[Sent]:
    deadline = HALVES[half][2]
    kind = rng.choices(("full", "empty", "refused"), (8, 1, 1))[0]
    late = rng.random() < 0.2
    first = deadline + timedelta(hours=rng.randrange(60)) if late else deadline - timedelta(hours=rng.randrange(2, 100))
    made = []
    for version in range(1, 2 + (rng.random() < 0.15)):
        tables = _fill(rng, unit, half)
        if kind == "empty":
            tables = {"workforce": [tables["workforce"][0] | {"staff_reached": 0, "comms_staff_trained": 0}]}
        elif kind == "refused":
            tables["workforce"][0]["staff_reached"] = tables["workforce"][0]["staff_total"] + 9
        made.append(Sent(unit, half, first + timedelta(hours=version), kind, version, tables))
        kind = "full"
    return made


# ------------------------------------------------------------------ counting by other means


@dataclass
class Truth:
    """What a period's files say, counted in plain loops (contract §4 and §6)."""

    made: Made
    period: str

    @cached_property
    def own(self) -> list[str]:
        return [self.period] if "-" in self.period else [f"{self.period}-H1", f"{self.period}-H2"]

    @cached_property
    def so_far(self) -> list[str]:
        return [half for half in HALVES if half[:4] == self.period[:4] and half <= self.own[-1]]

    @cached_property
    def accepted(self) -> dict[tuple[str, str], list[Sent]]:
        """The accepted revisions of each half and unit, known on the day of the report."""
        found: dict[tuple[str, str], list[Sent]] = {}
        for one in sorted(self.made.sent, key=lambda sent: sent.sent_at):
            if one.kind != "refused" and one.sent_at.date() <= self.made.as_of:
                found.setdefault((one.half, one.unit), []).append(one)
        return found

    @cached_property
    def told(self) -> dict[tuple[str, str], Sent]:
        """The latest accepted revision of each half and unit, where it says something."""
        return {key: revisions[-1] for key, revisions in self.accepted.items() if revisions[-1].kind == "full"}

    def expected(self, half: str) -> list[str]:
        return [unit for unit in UNITS if there(unit, half)]

    def sending(self) -> dict[str, Any]:
        """Who must report, has, in time; late and missing units, by the halves of the period."""
        counts = {"expected": 0, "accepted": 0, "on_time": 0}
        late, missing = set(), set()
        for half in self.own:
            for unit in self.expected(half):
                revisions = self.accepted.get((half, unit), [])
                empty = bool(revisions) and revisions[-1].kind == "empty"
                says = [
                    one.sent_at for one in revisions if one.kind == "full"
                ]  # what says nothing is in time for nothing
                in_time = bool(says) and says[0] < HALVES[half][2] and not empty
                counts["expected"] += 1
                counts["accepted"] += bool(revisions)
                counts["on_time"] += in_time
                if not revisions:
                    missing.add(unit)
                elif not in_time and not empty:
                    late.add(unit)
        return {**counts, "late": sorted(late), "missing": sorted(missing)}

    def silent(self, unit: str) -> bool:
        """Whether a unit told nothing of the period's own halves."""
        return not any((half, unit) in self.told for half in self.own)

    def activities(self) -> dict[str, tuple[int, int]]:
        """Activity type → rows, quantity."""
        sums: dict[str, tuple[int, int]] = {}
        first, last = HALVES[self.own[0]][0], HALVES[self.own[-1]][1]
        for half, unit in self.told:
            if half in self.own:
                for row in self.told[half, unit].tables["activities"]:
                    if not first <= row["started_on"] <= last:
                        continue
                    rows, quantity = sums.get(row["activity_type"], (0, 0))
                    sums[row["activity_type"]] = rows + 1, quantity + row["quantity"]
        return sums

    def money(self) -> dict[str, int]:
        rows = [row for (half, _), one in self.told.items() if half in self.own for row in one.tables["budget"]]
        return {name: sum(row[name] for row in rows) for name in MONEY}

    def people(self) -> dict[str, dict[str, int]]:
        """Unit → its latest figures of the year; those of two merged ones count until the new one has told its own."""
        latest = {unit: one for half in self.so_far for (when, unit), one in self.told.items() if when == half}
        gone = MERGED if HEIR in latest else ()
        return {unit: one.tables["workforce"][0] for unit, one in latest.items() if unit not in gone}

    def science(self) -> tuple[int, int]:
        """Science tasks that count as communicated, and all of the base: state funded, active in the year, each code once."""
        year, end = int(self.period[:4]), HALVES[self.own[-1]][1]
        last: dict[str, dict[str, Any]] = {}
        for half in self.so_far:
            for (when, _), one in self.told.items():
                if when == half:
                    last |= {row["code"]: row for row in one.tables["science_tasks"]}
        base = [
            row for row in last.values() if row["state_funded"] == "Có" and row["start_year"] <= year <= row["end_year"]
        ]
        counted = [
            row
            for row in base
            if row["communicated"] == "Có"
            and row["start_year"] <= row["communicated_on"].year
            and row["communicated_on"] <= end
            and row["channel"] in MASS
        ]
        return len(counted), len(base)

    def difficulties(self) -> tuple[int, int]:
        """Units that told of difficulties, and how many different ones (of the same unit, kind and words: one)."""
        told = {
            (unit, row["category"], row["description"])
            for (half, unit), one in self.told.items()
            if half in self.own
            for row in one.tables["issues"]
        }
        return len({unit for unit, *_ in told}), len(told)

    def tasks(self) -> set[tuple[int, str]]:
        """Task and leading unit of which something was told in the year, of units that must report for the period."""
        known = {
            (row["task_id"], unit)
            for (half, unit), one in self.told.items()
            if half in self.so_far and there(unit, self.own[-1])
            for row in one.tables["task_progress"]
        }
        # Task 3 («2026 - 2030») stays done in the years after; «không phát sinh» does not undo it.
        last: dict[str, str] = {}
        for half in HALVES:
            for (when, unit), one in self.told.items():
                for row in one.tables["task_progress"] if when == half and half < self.so_far[0] else ():
                    if row["task_id"] == 3 and not (row["status"] == "Không phát sinh" and unit in last):
                        last[unit] = row["status"]
        return known | {(3, unit) for unit, status in last.items() if status == "Hoàn thành"}

    @property
    def units(self) -> dict[str, tuple[tuple[int, ...], str]]:
        """The units that must report at the end of the period."""
        return {unit: known for unit, known in UNITS.items() if there(unit, self.own[-1])}

    def led(self) -> int:
        """How many tasks × leading units there are."""
        return sum(len(tasks) for tasks, _ in self.units.values())

    def had_before(self) -> bool:
        """Whether anything is known of the same period a year before."""
        before = [f"{int(half[:4]) - 1}{half[4:]}" for half in self.own]
        return any(half in before for half, _ in self.told)

    def group_is_complete(self, group: str, people: dict[str, Any]) -> bool:
        """Whether the people of every unit of a group are in the figures."""
        heirs = {HEIR: MERGED} if HEIR not in people else {}
        return all(
            one in people for unit, (_, own) in self.units.items() if own == group for one in heirs.get(unit, (unit,))
        )

    def pairs(self) -> set[tuple[int, int]]:
        """Pairs of units that a text may name besides those of the JSON: of each half, of each group."""
        found = set()
        for half in self.so_far:
            expected = self.expected(half)
            for group in (None, *{own for _, own in UNITS.values()}):
                mine = [unit for unit in expected if group in (None, UNITS[unit][1])]
                found.add((sum((half, unit) in self.accepted for unit in mine), len(mine)))
                found.add((sum((half, unit) in self.told for unit in mine), len(mine)))
                people, heirs = self.people(), {HEIR: MERGED}
                found.add(
                    (
                        sum(unit in people or all(one in people for one in heirs.get(unit, ("",))) for unit in mine),
                        len(mine),
                    )
                )
        return found
