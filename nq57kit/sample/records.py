"""What a unit reports in the synthetic year: activities, science tasks, people, progress, money, difficulties.

In: a unit, the plan and a seed; `topics.csv`, `activities.csv`, `issues.csv`, `sizes.csv`, `words.csv`, whose words are those of
the plan and of the units' fields. Out: records of typed values by table, as the form takes them. Figures of a half are those of
the half; what is a state (people, science tasks) grows from the first half to the second. No figure comes from a real body.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from nq57kit.plan import Period, Plan, Unit
from nq57kit.sample.vocabulary import (
    Activity,
    Issue,
    Range,
    activities_for,
    extras_for,
    issues_for,
    size_of,
    topics_of,
    words_for,
)
from nq57kit.submissions.contract import TEMPLATE_VERSION, code_label

Record = dict[str, Any]
Records = dict[str, list[Record]]

#: What stands where a real workbook has a person's name or a document's number.
MARK = "(giả lập)"
_SITE = "https://vidu.example"
_DIRECT = frozenset({"tap_huan", "hoi_thi", "su_kien", "hoi_thao"})
_SERIES = frozenset({"tin_bai", "chuyen_muc", "kenh_mang_xa_hoi", "podcast", "emagazine", "cau_lac_bo"})
_PIECES = frozenset({"tin_bai", "infographic", "video", "podcast", "emagazine", "hoi_nghi", "hoi_thao", "tap_huan"})
#: Whom a kind of activity is for; of the others, anybody.
_AUDIENCES = {
    "tap_huan": ("phong_vien", "can_bo_truyen_thong", "can_bo", "can_bo"),
    **dict.fromkeys(("cau_lac_bo", "hoi_thi", "giao_trinh", "hoc_lieu_so", "khen_thuong"), ("nguoi_hoc",)),
    **dict.fromkeys(("hoi_nghi", "ke_hoach", "danh_gia", "van_ban_huong_dan", "bao_cao"), ("can_bo",)),
    **dict.fromkeys(("bai_toan", "hop_tac"), ("doanh_nghiep",)),
}
_OFTEN = 3  # how often a kind of piece comes back in a half, on another topic
_COMMUNICATED = (0.33, 0.53, 0.62, 0.7, 0.77, 0.83)  # share of science tasks communicated by the end of each half
_NEW_TASKS = 3  # of how many science tasks one begins anew in each later year
#: What goes wrong with a science task said to be communicated: up to which of 100, and how it is told.
_TOO_EARLY: Record = {"communicated_on": None}
_BADLY_TOLD: tuple[tuple[int, Record], ...] = (
    (6, {"channel": "truc_tiep"}),
    (8, {"channel": "noi_bo"}),
    (12, _TOO_EARLY),  # before the task began
    (20, {"evidence_url": None}),
)
_REACHED = {1: (0.34, 0.58), 2: (0.52, 0.84)}
_TRAINED = {1: (0.15, 0.4), 2: (0.32, 0.66)}
_FINISHED = {"annual": 0.66, "annual_continuous": 0.3}  # share of such tasks that are done by the end of the year
_LEFT = {1: 0.22, 2: 0.12}  # share of units that do nothing in a half for their last task
_NEVER = 0.03  # share of units that do not begin their last task in the year
_SETTLED = 0.3  # share of units that end their yearly task in June
_BARE = 0.55  # from here on, a unit that did nothing says that it is done
_OLD_FORM = {1: 0.25, 2: 0.1}  # share of units that fill a form of version 1
_PLANNED, _FORESEEN = 9, 0.7  # lines of a yearly plan at most; how much of what it does a unit plans
_FILLED = (0.0, 0.5, 0.85)  # how often a unit fills the fields of version 2
_ODD_LINKS = {  # addresses as they also come
    "bao-nnmt": "javascript:alert(57)",
    "tc-nnmt": f"{_SITE}/bài-viết?tieu-de=\"Khoa học\"&loai='số'",
    "van-phong": f"{_SITE}/{'tin-bai-rat-dai-' * 250}"[:4000],
}
_MILLION = 1_000_000


@dataclass(frozen=True)
class UnitYear:
    """One unit over one year; every question is answered alike, however often and in whatever order it is asked.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> plan = load_plan()
        >>> half = plan.period("2026-H2")
        >>> records = UnitYear(plan.unit("vu-tccb"), plan, 2026, 57).records(half, half.deadline)
        >>> [row["task_id"] for row in records["task_progress"]]
        [1, 7]
    """

    unit: Unit
    plan: Plan
    year: int
    seed: int
    shares: bool | None = None  # whether it calls the shared science task communicated; None: it does not have it
    since: int | None = None  # the first of several years; science tasks go on from it

    def records(self, half: Period, sent_at: datetime) -> Records:
        """Return everything that the unit reports for a half, sent at `sent_at`."""
        activities = self._activities(half, sent_at.date())
        return {
            "cover": [self._cover(half, sent_at)],
            "activities": activities,
            "science_tasks": [row for one in self._sources for row in one._science_tasks(half)],
            "workforce": [{**self._workforce(half)}],
            "task_progress": self._progress(half, sent_at.date(), activities),
            "budget": self._budget(half, activities),
            "issues": self._issues(half),
        }

    def plan_records(self, period: Period, sent_at: datetime) -> Records:
        """Return the yearly plan of the unit: a few lines for each task that it leads."""
        return {"cover": [self._cover(period, sent_at)], "plan_lines": self._lines}

    @cached_property
    def _lines(self) -> list[Record]:
        """The lines of the unit's plan of the year; none where it sends none, or began after it was due."""
        period = self.plan.period(f"{self.year}-P")
        sends = self.since is not None and self.year > self.since
        if not sends or self.unit.unit_id not in self.plan.units_reporting(period)["unit_id"]:
            return []
        rng = self._rng(period, "lines")
        lines: list[Record] = []
        patterns = activities_for(self.unit, self._led, self.plan)
        for pattern in rng.sample(patterns, len(patterns)):
            if len(lines) == _PLANNED or rng.random() >= _FORESEEN:
                continue
            due = date(self.year, rng.randint(2, 12), rng.randint(1, 28))
            measures = self._measures_for(pattern.activity_type, pattern.channel)
            topic, cost = rng.choice(self._topics), pattern.million_vnd
            lines.append(
                {
                    "line_no": len(lines) + 1,
                    "task_id": pattern.task_id,
                    "measure_id": rng.choice(measures) if measures and rng.random() < 0.6 else None,
                    "name": self._name(pattern, topic, "ngày hưởng ứng", self.year),
                    "activity_type": pattern.activity_type,
                    "channel": pattern.channel,
                    "quantity": _pick(rng, pattern.quantity),
                    "due_on": due,
                    "cost_estimate_vnd": _pick(rng, cost) * _MILLION if cost else 0,
                    "funding_source": rng.choice(size_of(self.unit).funding),
                }
            )
        return lines

    def _name_lines(self, half: Period, rows: list[Record]) -> None:
        """Name in activities the line of the plan that they carry out: one of their task and type, as often as the unit does."""
        rng = self._rng(half, "lines named")
        often = rng.choice(_FILLED)
        for row in rows:
            fitting = [
                one["line_no"]
                for one in self._lines
                if (one["task_id"], one["activity_type"]) == (row["task_id"], row["activity_type"])
            ]
            if fitting and rng.random() < often:
                row["plan_line"] = rng.choice(fitting)

    def reference_number(self, half: Period, version: int) -> str:
        """Return the number of the covering document, marked as synthetic."""
        return f"{MARK} {self._rng(half, 'number').randint(11, 180) + version:02d}/BC"

    def empty_records(self, half: Period, sent_at: datetime) -> Records:
        """Return a form that was sent with nothing in it but the unit and its people; even the tasks are cleared."""
        staff: Record = {**self._workforce(half), "staff_reached": 0, "comms_staff_trained": 0}
        return {"cover": [self._cover(half, sent_at)], "workforce": [staff], "task_progress": []}

    def version(self, half: Period) -> str:
        """Return the version of the form that the unit fills."""
        if half.is_plan:
            return TEMPLATE_VERSION
        return "1" if self._rng(half, "form").random() < _OLD_FORM[half.half or 2] else TEMPLATE_VERSION

    # ------------------------------------------------------------------ the parts

    def _rng(self, half: Period | None, part: str) -> Random:
        return Random(f"{self.seed}|{self.unit.unit_id}|{half}|{part}")  # noqa: S311 - synthetic data

    @cached_property
    def _sources(self) -> list[UnitYear]:
        """The units that a merged one came of, whose people and science tasks it has; else itself."""
        known = set(self.plan.units["unit_id"])
        return [replace(self, unit=self.plan.unit(one)) for one in self.unit.predecessors if one in known] or [self]

    @cached_property
    def _led(self) -> list[int]:
        return [int(task) for task in self.plan.tasks_led_by(self.unit.unit_id)["task_id"]]

    @cached_property
    def _topics(self) -> tuple[str, ...]:
        return topics_of(self.unit)

    def _cover(self, half: Period, sent_at: datetime) -> Record:
        rng = self._rng(half, "cover")
        studies = size_of(self.unit).science.high > 9
        return {
            "reference_number": self.reference_number(half, 0),
            "signed_on": sent_at.date() - timedelta(days=rng.choice((0, 0, 1))),
            **dict.fromkeys(("signatory", "contact_name", "contact_phone", "contact_email"), MARK),
            "secret_task_count": rng.choice((1, 2)) if studies and rng.random() < 0.3 else 0,
        }

    def _activities(self, half: Period, last: date) -> list[Record]:
        rng = self._rng(half, "activities")
        patterns = activities_for(self.unit, self._busy_with(half), self.plan)
        wanted = _pick(rng, size_of(self.unit).activities)
        if half.is_first:
            wanted = max(5, wanted * 2 // 3)
        rows: list[Record] = []
        names: set[object] = set()
        used: Counter[Activity] = Counter()
        for _ in range(wanted * 8):
            if len(rows) == wanted:
                break
            pattern = _weighted(rng, patterns)
            row = self._activity(half, last, rng, pattern)
            if row["name"] not in names and used[pattern] < (_OFTEN if pattern.activity_type in _PIECES else 1):
                used[pattern] += 1
                names.add(row["name"])
                rows.append(row)
        if self.version(half) == TEMPLATE_VERSION:
            more = self._rng(half, "more")
            rows += [
                self._activity(half, last, more, one)
                for one in extras_for(self.unit, self.plan)
                if more.random() < one.share
            ]
            self._fill_new_fields(half, rows)
            self._name_lines(half, rows)
        rows.sort(key=lambda row: str(row["started_on"]))
        if half.half == 2 and self.unit.unit_id in _ODD_LINKS:
            rows[-1]["evidence_url"] = _ODD_LINKS[self.unit.unit_id]
        return rows

    def _fill_new_fields(self, half: Period, rows: list[Record]) -> None:
        """Name the measure and the audience of activities, as often as the unit does."""
        rng = self._rng(half, "measures")
        often = rng.choice(_FILLED)
        for row in rows:
            kind = row["activity_type"]
            fitting = self._measures_for(kind, row["channel"])
            if rng.random() < often and fitting:
                row["measure_id"] = rng.choice(fitting)
            if rng.random() < often:
                row["audience"] = rng.choice(_AUDIENCES.get(kind, ("can_bo", "nguoi_dan", "doanh_nghiep")))

    def _measures_for(self, kind: str, channel: str) -> list[str]:
        """The measures that an activity of a kind on a channel answers."""
        return [one for one, types, channels in self._rules if kind in types and channel in (channels or (channel,))]

    @cached_property
    def _rules(self) -> list[tuple[str, list[str], list[str]]]:
        """The measures that address the unit, each with the types and channels of activities that answer it."""
        rules = self.plan.measure_evidence.join(self.plan.measures_of(self.unit.unit_id), on="measure_id", how="semi")
        return list(rules.select("measure_id", "activity_types", "channels").iter_rows())

    def _busy_with(self, half: Period) -> list[int]:
        """Return the led tasks that the unit does something for in the half; now and then it leaves one of its own."""
        rng = self._rng(half, "left")
        leaves = len(self._led) > 1 and (self._never or rng.random() < _LEFT[half.half or 2])
        return self._led[:-1] if leaves or (half.half == 2 and self._settled) else self._led

    @cached_property
    def _never(self) -> bool:
        """Whether the unit does not begin its last task in the whole year."""
        return self._rng(None, f"never {self.year}").random() < _NEVER

    @cached_property
    def _settled(self) -> bool:
        """Whether the unit ends its last task, a yearly one, in the first half, so that nothing is left for the second."""
        if self._cadences[self._led[-1]] != "annual" or self._rng(None, f"settled {self.year}").random() >= _SETTLED:
            return False
        first = self.plan.period(f"{self.year}-H1")
        return bool(_products(self._activities(first, first.last_day), self._led[-1]))

    @cached_property
    def _cadences(self) -> Mapping[int, str]:
        return dict(self.plan.tasks.select("task_id", "cadence").iter_rows())

    def _activity(self, half: Period, last: date, rng: Random, pattern: Activity) -> Record:
        topic = rng.choice(self._topics)
        event_name, event_day = self._event(half, rng)
        near = "{event}" in pattern.name or rng.random() < 0.4
        start = event_day + timedelta(days=rng.randint(-4, 3)) if near else _day(rng, half)
        closing = min(half.window.end, last)
        start = min(max(start, half.window.start), closing)
        end = None
        if pattern.activity_type in _SERIES:
            end = min(start + timedelta(days=rng.randint(10, 80)), closing)
        elif pattern.activity_type in _DIRECT and rng.random() < 0.5:
            end = min(start + timedelta(days=rng.randint(1, 3)), closing)
        cost = None
        if pattern.million_vnd:
            cost = _pick(rng, pattern.million_vnd) * _MILLION + rng.choice((0, 250_000, 500_000))
        number = rng.randint(100, 999)
        return {
            "task_id": pattern.task_id,
            "name": self._name(pattern, topic, event_name, self.year + (half.half == 2)),
            "activity_type": pattern.activity_type,
            "channel": pattern.channel,
            "started_on": start,
            "ended_on": end if end and end > start else None,
            "quantity": _pick(rng, pattern.quantity),
            "reach": _round(_pick(rng, pattern.reach)) if pattern.reach and rng.random() > 0.15 else None,
            "cost_vnd": cost,
            "funding_source": rng.choice(size_of(self.unit).funding) if cost else None,
            "evidence_url": f"{_SITE}/{self.unit.unit_id}/{start:%Y/%m}/{number}" if rng.random() > 0.2 else None,
            "note": rng.choice(words_for("note")).format_map(self.plan.words) if rng.random() < 0.15 else None,
        }

    def _name(self, pattern: Activity, topic: str, event: str, year: int) -> str:
        words = {"topic": topic, "Topic": topic[:1].upper() + topic[1:], "event": event}
        return pattern.name.format(**self.plan.words, **words, year=year)

    def _event(self, half: Period, rng: Random) -> tuple[str, date]:
        """Return one of the yearly days of the plan in the half (III.1.1); the middle of the half where it has none."""
        days = [
            (f"{row['name']} ({row['day']:02d}/{row['month']})", date(self.year, row["month"], row["day"]))
            for row in self.plan.events.iter_rows(named=True)
        ]
        inside = [found for found in days if half.covers(found[1])]
        middle = half.window.start + (half.window.end - half.window.start) / 2
        return rng.choice(inside) if inside else ("chuyển đổi số", middle)

    def _science_tasks(self, half: Period) -> list[Record]:
        rows: list[Record] = []
        since = self.since or self.year
        for begun in range(since, self.year + 1):
            rng = self._rng(None, "science" if begun == since else f"science {begun}")
            count = _pick(rng, size_of(self.unit).science) // (1 if begun == since else _NEW_TASKS)
            for number in range(1, count + 1):
                start = begun - rng.choice((0, 1, 1, 2, 2, 3)) if begun == since else begun
                row = self._science_task(rng, number, start, begun)
                told = self._communicated(rng, half, begun, row)
                if row["end_year"] >= self.year - 1:
                    rows.append(row | told)
        if self.shares is not None:
            rows.append(self._shared_task())
        return rows

    def _science_task(self, rng: Random, number: int, start: int, begun: int) -> Record:
        studied = topics_of(self.unit, studied=True)
        tag, words = self.unit.unit_id.upper(), words_for("science")
        end = begun - 1 if start < begun and rng.random() < 0.1 else begun + rng.choice((0, 0, 1, 1, 2))
        funded = rng.random() > 0.12
        return {
            "code": f"GL.{start % 100}.{tag}.{number:02d}",
            "name": words[(number + len(tag)) % len(words)].format(topic=studied[(number - 1) % len(studied)]),
            "level": rng.choice(("quoc_gia", "bo", "bo", "bo", "co_so", "co_so")) if funded else "co_so",
            "state_funded": funded,
            "start_year": start,
            "end_year": end,
        }

    def _communicated(self, rng: Random, half: Period, begun: int, task: Record) -> Record:
        """Say whether and when a science task was communicated; what was once is so in the next half, on the same day."""
        draw, start, code = rng.random(), task["start_year"], task["code"]
        spring = date(begun, 1, 5) + timedelta(days=rng.randrange(155))
        earlier = date(begun - 1, 3, 1) + timedelta(days=rng.randrange(290))  # for one in four older tasks
        days = [earlier if rng.random() < 0.25 and start < begun else spring]
        days.append(date(begun, 7, 1) + timedelta(days=rng.randrange(150)))
        channel = rng.choice(("bao_chi", "cong_thong_tin", "mang_xa_hoi", "nen_tang_so", "phat_thanh_truyen_hinh"))
        step = next((step for step, share in enumerate(_COMMUNICATED) if draw < share), len(_COMMUNICATED))
        if step > 2 * (half.year - begun) + (half.half or 2) - 1 or step >= len(_COMMUNICATED):
            return {"communicated": False}
        chance = Random(f"{self.seed}|{code}|told").randrange(100)  # noqa: S311 - synthetic data
        later = date(begun + step // 2, (3, 9)[step % 2], 1) + timedelta(days=chance)
        told: Record = {
            "communicated_on": days[step] if step < len(days) else later,
            "channel": channel,
            "evidence_url": f"{_SITE}/nhiem-vu/{code.lower()}",
        }
        badly = next((how for most, how in _BADLY_TOLD if chance < most), {})
        if badly == _TOO_EARLY:
            badly = {"communicated_on": date(start - 1, 11, 20)}
        return {"communicated": True, **told, **badly}

    def _shared_task(self) -> Record:
        begun = self.since or self.year
        code = f"GL.{(begun - 1) % 100}.LIENNGANH.01"
        told = {
            "communicated_on": date(begun, 5, 18),
            "channel": "bao_chi",
            "evidence_url": f"{_SITE}/nhiem-vu/{code.lower()}",
        }
        return {
            "code": code,
            "name": "Nghiên cứu liên ngành về dự báo và thích ứng với xâm nhập mặn",
            "level": "quoc_gia",
            "state_funded": True,
            "start_year": begun - 1,
            "end_year": begun + 1,
            "communicated": bool(self.shares),
            **(told if self.shares else {}),
        }

    def _workforce(self, half: Period) -> dict[str, int]:
        counted = [one._count_people(half) for one in self._sources]
        return {name: sum(one[name] for one in counted) for name in counted[0]}

    def _count_people(self, half: Period) -> dict[str, int]:
        rng = self._rng(None, "people")
        size = size_of(self.unit)
        staff, comms = _pick(rng, size.staff), _pick(rng, size.comms)
        if rng.random() < 0.08:
            comms = 0
        place = rng.random(), rng.random()  # where in its range the unit lies, in both halves
        more = 0.04 * (self.year - (self.since or self.year))  # from year to year
        (low, high), trained = (limit + more for limit in _REACHED[half.half or 2]), _TRAINED[half.half or 2]
        total = staff + (self._rng(half, "people").randint(-3, 4) if half.half == 2 else 0)
        return {
            "staff_total": total,
            "staff_reached": int(total * (low + place[0] * (high - low))),
            "comms_staff_total": comms,
            "comms_staff_trained": round(comms * (trained[0] + more + place[1] * (trained[1] - trained[0]))),
        }

    def _progress(self, half: Period, last: date, activities: list[Record]) -> list[Record]:
        return [self._progress_row(half, last, task, self._cadences[task], activities) for task in self._led]

    def _progress_row(self, half: Period, last: date, task: int, cadence: str, activities: list[Record]) -> Record:
        rng = self._rng(half, f"progress {task}")
        topic = rng.choice(self._topics)
        row: Record = {
            "task_id": task,
            "status": "dang_thuc_hien",
            "next_steps": rng.choice(words_for("next")).format(**self.plan.words, topic=topic),
        }
        if done := _products(activities, task):
            row["products_delivered"] = done
        draw = rng.random()
        settled = self._settled and task == self._led[-1]
        if not done:
            if not self._never and (draw < 0.3 or settled):
                return {"task_id": task, "status": "khong_phat_sinh", "explanation": rng.choice(words_for("idle"))}
            if not self._never and draw > _BARE and cadence in _FINISHED and half.half == 2:
                return row | {"status": "hoan_thanh", "percent_complete": 100.0, "completed_on": half.window.end}
            why = rng.choice(words_for("undone"))
            return row | {"status": "chua_thuc_hien", "percent_complete": 0.0, "explanation": why}
        finished = 1.0 if settled else _FINISHED.get(cadence, 0.0) if half.half == 2 else 0.0
        if draw < finished:
            day = min(half.window.end - timedelta(days=rng.randint(0, 40)), last)
            if last > half.last_day:  # sent late because it was done late
                day = half.window.end + timedelta(days=2)
            dated = day if draw > finished * 0.12 else None
            return row | {"status": "hoan_thanh", "percent_complete": 100.0, "completed_on": dated}
        if cadence == "continuous":
            return row
        base = {1: Range(25, 60), 2: Range(60, 95)}[half.half or 2] if cadence != "span" else Range(8, 24)
        row["percent_complete"] = _pick(rng, base) + rng.choice((0.0, 0.0, 0.5))
        if draw > 0.75:
            row["explanation"] = rng.choice(words_for("slow"))
        return row

    def _budget(self, half: Period, activities: list[Record]) -> list[Record]:
        """Return the money of the half by task and source: what the activities cost, and what was planned for it."""
        rng = self._rng(half, "budget")
        spent: dict[tuple[int, str], int] = defaultdict(int)
        for row in activities:
            if row["cost_vnd"] and row["funding_source"]:
                spent[row["task_id"], row["funding_source"]] += row["cost_vnd"]
        rows: list[Record] = []
        for (task, source), cost in sorted(spent.items()):
            disbursed = cost + rng.choice((0, 0, 1, 2, 4)) * _MILLION
            allocated = _up(disbursed * rng.randint(104, 155) // 100)
            planned = _up(allocated * rng.choice((95, 100, 100, 110, 120, 135)) // 100)
            money = {"planned_vnd": planned, "allocated_vnd": allocated, "disbursed_vnd": disbursed}
            rows.append({"task_id": task, "funding_source": source, **money})
        return rows

    def _issues(self, half: Period) -> list[Record]:
        rng = self._rng(half, "issues")
        known = issues_for(self.unit)
        chosen = rng.sample(known, min(rng.choice((0, 1, 1, 2, 2, 3)), len(known)))
        words = {**self.plan.words, "topic": rng.choice(self._topics)}
        return [
            {"category": issue.category, "description": issue.description.format_map(words)}
            | {"proposal": issue.proposal.format_map(words) or None, "authority": self._name_authority(issue) or None}
            for issue in chosen
        ]

    def _name_authority(self, issue: Issue) -> str:
        """Return who is asked to settle a difficulty; in another body's plan that has no such unit, the body itself."""
        is_unit = issue.authority in self.plan.units["name"].to_list()
        return issue.authority if is_unit or not issue.authority else self.plan.words["issuer"] or issue.authority


def _products(activities: list[Record], task: int) -> str:
    """Return what was made for a task, as a unit would sum it up: «2 hội nghị; 14 tin, bài»."""
    counts: dict[str, int] = defaultdict(int)
    for row in activities:
        if row["task_id"] == task:
            counts[row["activity_type"]] += row["quantity"]
    labels = {kind: code_label("activity_type", kind) for kind in counts}
    return "; ".join(f"{count} {labels[kind][:1].lower()}{labels[kind][1:]}" for kind, count in counts.items())


def _day(rng: Random, half: Period) -> date:
    """Return a day of the half; of the plan's first half, most often one after the plan began in May."""
    start, end = half.window
    if half.is_first and rng.random() < 0.8:
        start = date(half.year, 5, 4)
    return start + timedelta(days=rng.randrange((end - start).days + 1))


def _weighted(rng: Random, patterns: tuple[Activity, ...]) -> Activity:
    """Return an activity; those of a unit's own tasks come oftener than those that all units have."""
    own = [pattern for pattern in patterns if pattern.task_id != patterns[0].task_id]
    return rng.choice(own) if own and rng.random() < 0.55 else rng.choice(patterns)


def _pick(rng: Random, limits: Range) -> int:
    return rng.randint(limits.low, limits.high)


def _round(number: int) -> int:
    """Return a number as people count: exactly when it is small, to tens or hundreds when it is not."""
    return number if number < 200 else number // 10 * 10 if number < 3000 else number // 100 * 100


def _up(amount: int) -> int:
    return -(-amount // _MILLION) * _MILLION
