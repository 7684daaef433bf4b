"""All figures of one period, as the plan and docs/indicators.md tell them, one loop after the other.

In: `Submission`s, a period, a day. Out: a dictionary of plain numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from typing import Any

from .lists import (
    ANNUAL_DUE,
    BEFORE_20_DECEMBER,
    CHANNELS,
    DEADLINES,
    HALVES,
    HANOI,
    MASS_CHANNELS,
    WINDOWS,
    YEAR,
    YEARLY_DAYS,
    addressed_by,
    coordinates,
    leads_of_tasks,
    list_expected,
    read_rules,
    read_units,
)
from .reading import FORMS, SHEETS, Submission


def count(submissions: list[Submission], period: str, as_of: date) -> dict[str, Any]:
    """Return all figures of `period` («2026-H1», «2026-H2» or «2026») as they stood at the end of `as_of`."""
    own = [period] if period in HALVES else list(HALVES)
    so_far = ["2026-H1"] if period == "2026-H1" else list(HALVES)
    known = [s for s in submissions if s.period in so_far and s.sent_at.astimezone(HANOI).date() <= as_of]
    accepted: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for submission in sorted(known, key=lambda s: s.sent_at):
        if not submission.fault:
            accepted[submission.period, submission.unit_id].append(submission)
    latest = {key: revisions[-1] for key, revisions in accepted.items() if not _says_nothing(revisions[-1])}
    in_own = [latest[key] for key in sorted(latest) if key[0] in own]
    return {
        **_count_reporting(known, accepted, own),
        "revisions": {key: len(revisions) for key, revisions in accepted.items()},
        **_count_kpis(latest, so_far),
        **_count_activities(in_own, own),
        **_count_answers(latest, so_far),
        **_count_money(in_own),
        **_count_network(latest, so_far),
        "roles": _count_roles(in_own, own),
        "task_status": _find_statuses(latest, so_far, as_of),
        "difficulties": _tally(category for category, *_ in _difficulties(in_own)),
    }


def _count_reporting(
    known: list[Submission], accepted: dict[tuple[str, str], list[Submission]], own: list[str]
) -> dict[str, Any]:
    """Count who sent, who in time (by the first accepted), who late, and of whom nothing was accepted.

    A unit is late or missing in a year if it is so in one of its halves; what was sent but refused is missing too, as
    completeness counts what was accepted. A unit counts in the first of its groups and in the ministry (None). What says
    nothing is in time for nothing, and late for nothing.
    """
    groups = {row["unit_id"]: row["groups"].split("|") for row in read_units()}
    expected = list_expected()
    tables: dict[tuple[str, str | None], dict[str, int]] = {}
    late, missing, refused = set(), set(), set()
    for half in own:
        heard_of = {s.unit_id for s in known if s.period == half}
        for unit in expected:
            revisions = accepted.get((half, unit), [])
            empty = bool(revisions) and _says_nothing(revisions[-1])
            in_time = bool(revisions) and revisions[0].sent_at < DEADLINES[half] and not empty
            if revisions and not in_time and not empty:
                late.add(unit)
            if not revisions:
                missing.add(unit)
                if unit in heard_of:
                    refused.add(unit)
            periods = {half, str(YEAR)} if len(own) > 1 else {half}
            for period in periods:
                for group in (None, groups[unit][0]):
                    line = tables.setdefault((period, group), {"expected": 0, "accepted": 0, "on_time": 0, "empty": 0})
                    line["expected"] += 1
                    line["accepted"] += bool(revisions)
                    line["on_time"] += in_time
                    line["empty"] += empty
    return {
        "reporting": tables,
        "late_units": sorted(late),
        "missing_units": sorted(missing),
        "refused_units": sorted(refused),
    }


def _says_nothing(submission: Submission) -> bool:
    """Whether there is no activity, science task, progress, money or difficulty, and nobody was reached or trained."""
    staff = submission.rows("Nhân lực")
    people = any((row["staff_reached"] or 0) + (row["comms_staff_trained"] or 0) for row in staff)
    return not people and not any(submission.rows(title) for title in SHEETS if title not in FORMS)


def _count_kpis(latest: dict[tuple[str, str], Submission], so_far: list[str]) -> dict[str, Any]:
    expected = list_expected()
    people: dict[str, dict[str, int]] = {}
    statements: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
    heard_of = set()
    for half in so_far:  # a later half's snapshot or statement takes the place of the earlier
        for unit in expected:
            submission = latest.get((half, unit))
            if submission is None or _says_nothing(submission):
                continue
            heard_of.add(unit)
            people[unit] = submission.rows("Nhân lực")[0]
            said: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for row in submission.rows("Nhiệm vụ KHCN"):
                said[re.sub(r"\s*[-–—]\s*", "-", row["code"]).casefold()].append(row)
            statements[unit].update(said)
    window_end = WINDOWS[so_far[-1]][1]
    by_code: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for said in statements.values():
        for code, rows in said.items():
            by_code[code] += rows
    base, told = 0, 0
    for rows in by_code.values():
        funded = any(row["state_funded"] for row in rows)
        active = any(row["start_year"] <= YEAR <= row["end_year"] for row in rows)
        if funded and active:
            base += 1
            told += any(_is_told(row, window_end) for row in rows)

    def total(name: str) -> int:
        return sum(row[name] for row in people.values())

    names = ("staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained")
    return {
        "kpis": {
            "science_tasks_communicated": (told, base, len(heard_of), len(expected)),
            "staff_reached": (total("staff_reached"), total("staff_total"), len(people), len(expected)),
            "comms_staff_trained": (
                total("comms_staff_trained"),
                total("comms_staff_total"),
                len(people),
                len(expected),
            ),
        },
        "workforce": {name: total(name) for name in names},
        "codes_of_several_units": sum(sum(code in said for said in statements.values()) > 1 for code in by_code),
    }


def _is_told(row: dict[str, Any], window_end: date) -> bool:
    """A «yes» counts by the window's end, not before the task began, through mass media, digital platform, social network."""
    day = row["communicated_on"]
    return (
        bool(row["communicated"])
        and row["start_year"] <= day.year
        and day <= window_end
        and row["channel"] in MASS_CHANNELS
    )


def _count_answers(latest: dict[tuple[str, str], Submission], so_far: list[str]) -> dict[str, Any]:
    """Count, row by row, which unit has which product, answers which measure, and did what for which yearly day."""
    products = read_rules("products")
    measures = {row["measure_id"]: row for row in read_rules("measure_evidence")}
    leads = {task: units for task, (units, _) in leads_of_tasks().items()}
    found: dict[tuple[str, str], int] = defaultdict(int)
    answers: dict[tuple[str, str], int] = defaultdict(int)
    quantities: dict[str, int] = defaultdict(int)
    days: dict[str, list[Any]] = {day: [0, set()] for day in YEARLY_DAYS}
    for half, unit, submission in [(half, unit, latest[half, unit]) for half, unit in latest if half in so_far]:
        first, last = WINDOWS[so_far[0]][0], WINDOWS[half][1]
        for row in submission.rows("Hoạt động"):
            if (row["ended_on"] or row["started_on"]) < first or row["started_on"] > last:
                continue
            for product in products:
                types = product["activity_types"].split("|")
                if int(product["task_id"]) == row["task_id"] and row["activity_type"] in types:
                    found[product["product_id"], unit] += 1
            of_days = {day for day, (when, name) in YEARLY_DAYS.items() if _is_of_day(row, when, name)}
            for day in of_days:
                days[day][0] += 1
                days[day][1].add(unit)
            for measure, rule in measures.items():
                if unit in addressed_by(measure) and _answers(row, measure, rule, of_days):
                    answers[measure, unit] += 1
                    quantities[measure] += row["quantity"]
        for row in submission.rows("Kinh phí"):
            for measure, rule in measures.items():
                if "budget" in rule["tables"] and unit in addressed_by(measure) and row["allocated_vnd"] > 0:
                    answers[measure, unit] += 1
    expected = list_expected()
    alike: dict[str, int] = {}
    shown = {}
    for product in products:
        same = product["task_id"] + product["activity_types"]
        alike[same] = alike.get(same, 0) + 1
        owing = [unit for unit in leads[int(product["task_id"])] if unit in expected]
        has = [unit for unit in owing if found[product["product_id"], unit] >= alike[same]]
        once = product["per"] == "task"
        shown[product["product_id"]] = (min(1, len(owing)), min(1, len(has))) if once else (len(owing), len(has))
    asked = {measure: [unit for unit in addressed_by(measure) if unit in expected] for measure in measures}
    return {
        "products": shown,
        "measures": {
            measure: (
                len(units),
                sum(answers[measure, unit] > 0 for unit in units),
                sum(answers[measure, unit] for unit in units),
                quantities[measure],
            )
            for measure, units in asked.items()
        },
        "events": {day: (count, len(units)) for day, (count, units) in days.items()},
    }


def _is_of_day(row: dict[str, Any], when: date, name: str) -> bool:
    """It names the day, by its name or as «18/5»; or it is an event held within seven days of it."""
    text = row["name"].lower()
    if name.lower() in text or re.search(rf"(?<![\d/])0?{when.day}/0?{when.month}(?!\d)", text):
        return True
    near = min(abs((day - when).days) for day in (row["started_on"], row["ended_on"] or row["started_on"]))
    over = row["started_on"] <= when <= (row["ended_on"] or row["started_on"])
    return row["activity_type"] == "su_kien" and (near <= 7 or over)


def _answers(row: dict[str, Any], measure: str, rule: dict[str, str], days: set[str]) -> bool:
    if row.get("measure_id"):
        return bool(row["measure_id"] == measure)
    looks = (("activity_types", row["activity_type"]), ("channels", row["channel"]), ("audiences", row.get("audience")))
    if not any(rule[name] for name, _ in looks) and not rule["events"]:
        return False
    fits = all(not rule[name] or value in rule[name].split("|") for name, value in looks)
    return fits and (not rule["events"] or bool(days & set(rule["events"].split("|"))))


def _difficulties(submissions: list[Submission]) -> set[tuple[str, ...]]:
    """Each difficulty of each unit once, however often it told it."""
    texts = ("description", "proposal", "authority")
    return {
        (row["category"], submission.unit_id, *(str(row.get(name) or "").lower() for name in texts))
        for submission in submissions
        for row in submission.rows("Khó khăn, kiến nghị")
    }


def _count_activities(submissions: list[Submission], own: list[str]) -> dict[str, Any]:
    """Sum quantity, reach and cost of the activities from the report's first day to the last of their own period."""
    tables: dict[str, dict[Any, dict[str, Any]]] = {"by_type": {}, "by_channel": {}, "by_month": {}}
    outside = []
    for submission in submissions:
        first, last = WINDOWS[own[0]][0], WINDOWS[submission.period][1]
        for row in submission.rows("Hoạt động"):
            ended = row["ended_on"] or row["started_on"]
            if ended < first or row["started_on"] > last:
                outside.append((submission.unit_id, submission.period))
                continue
            month = row["started_on"].replace(day=1).isoformat()
            for table, key in (
                ("by_type", row["activity_type"]),
                ("by_channel", row["channel"]),
                ("by_month", (month, row["activity_type"])),
            ):
                line = tables[table].setdefault(
                    key, {"activities": 0, "quantity": 0, "reach": None, "reach_reported": 0, "cost_vnd": None}
                )
                line["activities"] += 1
                line["quantity"] += row["quantity"]
                line["reach_reported"] += row["reach"] is not None
                for name in ("reach", "cost_vnd"):  # what nobody measured is a gap, not zero
                    if row[name] is not None:
                        line[name] = (line[name] or 0) + row[name]
    return {**tables, "activities_outside": sorted(outside)}


def _count_roles(submissions: list[Submission], own: list[str]) -> dict[tuple[int, str], tuple[int, int]]:
    """Return task, role → activities and units: who leads leads; who only coordinates coordinates; others have no role."""
    leads = {task: units for task, (units, _) in leads_of_tasks().items()}
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for submission in submissions:
        unit, first, last = submission.unit_id, WINDOWS[own[0]][0], WINDOWS[submission.period][1]
        for row in submission.rows("Hoạt động"):
            if (row["ended_on"] or row["started_on"]) >= first and row["started_on"] <= last:
                task = row["task_id"]
                beside = "coordination" if coordinates(unit, task) else "no_role"
                found[task, "leading" if unit in leads[task] else beside].append(unit)
    return {key: (len(units), len(set(units))) for key, units in found.items()}


def _count_network(latest: dict[tuple[str, str], Submission], so_far: list[str]) -> dict[str, Any]:
    """Count the units of which something speaks for the network, and the channels by unit, type and name."""
    newest = {unit: latest[half, unit] for half in so_far for (period, unit) in latest if period == half}
    told = {unit for (half, unit), one in latest.items() if half in so_far and not _says_nothing(one)}
    own, channels = set(), {}
    for (half, unit), submission in latest.items():
        first, last = WINDOWS[so_far[0]][0], WINDOWS[half][1]
        for row in submission.rows("Hoạt động") if half in so_far else ():
            end = row["ended_on"] or row["started_on"]
            if end >= first and row["started_on"] <= last and row["activity_type"] in CHANNELS:
                own |= {unit} if row["activity_type"] != "an_pham" else set()
                key = unit, row["activity_type"], row["name"].lower()
                days = channels.get(key, (row["started_on"], end))
                channels[key] = (min(days[0], row["started_on"]), max(days[1], end))
    return {
        "network": {
            "focal_points": (
                sum(bool(one.rows("Thông tin chung")[0]["contact_name"]) for one in newest.values()),
                len(told),
            ),
            "own_channels": (len(own), len(told)),
            "living_channels": (sum(end >= WINDOWS[so_far[-1]][0] for _, end in channels.values()), len(channels)),
        },
        "channels": {key: tuple(day.isoformat() for day in days) for key, days in channels.items()},
    }


def _count_money(submissions: list[Submission]) -> dict[str, Any]:
    names = ("planned_vnd", "allocated_vnd", "disbursed_vnd")
    whole = dict.fromkeys(names, 0)
    by_task: dict[int, dict[str, int]] = {}
    for submission in submissions:
        for row in submission.rows("Kinh phí"):
            line = by_task.setdefault(row["task_id"], dict.fromkeys(names, 0))
            for name in names:
                whole[name] += row[name]
                line[name] += row[name]
    return {"budget": whole, "budget_by_task": by_task}


def _find_statuses(
    latest: dict[tuple[str, str], Submission], so_far: list[str], as_of: date
) -> dict[tuple[int, str], str]:
    """Return the status of each task with every unit that leads it: the furthest that the unit told of in the year.

    «Không phát sinh» is said of a half and undoes nothing; work told of after a task was done opens it again.
    """
    statuses = {}
    reached = {"khong_phat_sinh": 0, "chua_thuc_hien": 1, "dang_thuc_hien": 2, "hoan_thanh": 3}
    for task, (leaders, timing) in leads_of_tasks().items():
        for unit in leaders:
            row, told_in = None, ""
            for half in so_far:
                if (half, unit) not in latest:
                    continue
                said = [r for r in latest[half, unit].rows("Tiến độ nhiệm vụ") if r["task_id"] == task]
                if not said:
                    continue
                told_in, now = half, reached[said[-1]["status"]]
                before = -1 if row is None else reached[row["status"]]
                if now >= before or (before == 3 and now > 0):
                    row = said[-1]
            statuses[task, unit] = _status(timing, row, as_of, silent_since=told_in < so_far[-1])
    return statuses


def _status(timing: str, row: dict[str, Any] | None, as_of: date, *, silent_since: bool) -> str:
    if row is None:
        return "chua_bao_cao"
    due = {
        "Hằng năm / Thường xuyên": None,
        "Thường xuyên": None,
        "2026 - 2030": date(2030, 12, 14),
        "Hằng năm": ANNUAL_DUE,
        "Trước ngày 20/12 hằng năm": BEFORE_20_DECEMBER,
    }[timing]
    status: str = row["status"]
    if status == "hoan_thanh":
        if timing == "Thường xuyên":
            return "thuong_xuyen"
        done = row["completed_on"]
        if done is None:
            return "hoan_thanh_thieu_ngay"
        if due is None or done > as_of or done < WINDOWS["2026-H1"][0]:
            return "hoan_thanh"
        return "hoan_thanh_dung_han" if done <= due else "hoan_thanh_qua_han"
    passed = due is not None and as_of > due
    accused = passed and not silent_since and timing != "Trước ngày 20/12 hằng năm"
    if status == "dang_thuc_hien":
        if due is None:
            return "thuong_xuyen"
        if accused:
            return "dang_thuc_hien_qua_han"
        return "dang_thuc_hien" if passed else "dang_thuc_hien_trong_han"
    if status == "chua_thuc_hien" and accused:
        return "chua_thuc_hien_qua_han"
    return status


def _tally(keys: Any) -> dict[Any, int]:
    counts: dict[Any, int] = defaultdict(int)
    for key in keys:
        counts[key] += 1
    return dict(counts)
