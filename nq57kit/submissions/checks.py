"""What a person would notice in a whole submission: period, unit, dates, tasks, statuses that do not fit together.

In: a submission's typed rows, the plan, what was expected. Out: findings; suspicion is a warning, never a deletion.
What one value or two values of a row may be is the gate's work (`schemas`), not done here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import takewhile
from typing import Any, Final

import polars as pl

from nq57kit.errors import Nq57Error
from nq57kit.plan import Period, Plan
from nq57kit.plan.period import Request, label_period
from nq57kit.submissions.cells import Cell
from nq57kit.submissions.contract import (
    ALL_TABLES,
    ANSWERS,
    LEAST_MONEY,
    LOOKED_INTO,
    PLAUSIBLE,
    SAID_TO_BE_LATE,
    TABLES,
    Field,
    Kind,
    code_label,
    identify_question,
)
from nq57kit.submissions.findings import Finding, make_finding
from nq57kit.submissions.layout import Record
from nq57kit.text import format_date, format_number, match_key, tidy

_DONE: Final = "hoan_thanh"
_UNDER_WAY: Final = "dang_thuc_hien"
_IDLE: Final = "khong_phat_sinh"
_UNDONE: Final = "chua_thuc_hien"
_CONTINUOUS, _SPAN = "continuous", "span"
_LATE_KEYS: Final = frozenset(map(match_key, SAID_TO_BE_LATE))
#: Tasks 1, 2, 3 … in so many rows are a running number where the unit has no part in so many of them.
_SHORTEST_RUN, _LEAST_STRANGE = 5, 2
_IN_YEAR: Final = "; không tính vào số liệu kỳ này, chỉ tính vào số liệu cả năm"
#: What a request asks, in words, in the order of `Request`.
_REQUEST_WORDS: Final = {
    "title": "nội dung yêu cầu", "window": "kỳ số liệu", "due": "thời hạn gửi", "tables": "các trang tính", "units": "các đơn vị",
    "basis": "văn bản yêu cầu",
}  # fmt: skip
_HIDDEN: Final = "(thông tin liên hệ, không hiển thị)"


@dataclass(frozen=True)
class Expected:
    """What a submission should be: the unit (id or name, by the register of the submission's period) and the period."""

    unit_id: str | None = None
    period: str | None = None


@dataclass
class Row:
    """A record with its typed values; `refused` once an error was found in it."""

    record: Record
    values: dict[str, Any]
    unread: set[str]
    refused: bool = False


def find_at(file: str, table: str, row: Row, name: str, code: str, **words: Any) -> Finding:
    """Return a finding on a field of a row, with the text as it stood; contact data is not shown."""
    known = ALL_TABLES[table].field(name)
    cell = row.record.cells.get(name)
    words = {"value": _as_shown(cell) if cell else None, "label": known.label, **words}
    if known.personal:
        words |= {word: _HIDDEN for word in ("value", "reading") if words.get(word) is not None}
    place = row.record.address(name)
    return make_finding(code, file=file, table=table, sheet=row.record.sheet, cell=place, field=name, **words)


def _as_shown(cell: Cell) -> str:
    """Return a cell's value as the sheet shows it: a day without its time of 0:00, a percentage with its sign."""
    value = cell.value
    if isinstance(value, date) and cell.is_plain:
        return format_date(value.date() if isinstance(value, datetime) else value)
    return cell.text if cell.is_plain else cell.shown()


class _Checker:
    def __init__(self, file: str, plan: Plan, tables: Mapping[str, Sequence[Row]]) -> None:
        self.file, self.plan, self.tables = file, plan, tables

    def find(self, table: str, row: Row, name: str, code: str, **words: Any) -> Finding:
        """Return a finding on a field of a row."""
        return find_at(self.file, table, row, name, code, **words)

    def rows(self, table: str) -> Sequence[Row]:
        return self.tables.get(table, ())


def check_submission(
    file: str, plan: Plan, tables: Mapping[str, Sequence[Row]], keys: Mapping[str, str], expected: Expected
) -> list[Finding]:
    """Return the findings of the checks that need more than one row or the plan, as it held for the submission's period."""
    _refuse_incomplete(tables)
    cover = next(iter(tables.get("cover", ())), None)
    unit_id = cover.values.get("unit_id") if cover else None
    period = plan.find_period(cover.values.get("period") if cover else None)
    checker = _Checker(file, _held(plan, period) if period else plan, tables)
    if expected.unit_id and period:
        expected = replace(expected, unit_id=plan.find_unit(expected.unit_id, period).sender)
    findings = list(_check_cover(checker, cover, keys, expected)) if cover else []
    findings += _check_request(checker, cover, keys, period) if cover and period else ()
    findings += _check_activities(checker, period)
    findings += _check_science(checker, period)
    findings += _check_progress(checker, unit_id if "task_progress" in tables else None)
    findings += _check_completion(checker, period, cover.values.get("signed_on") if cover else None)
    findings += _check_lateness(checker, period)
    findings += _check_identical(checker)
    findings += _check_amounts(checker)
    numbered = list(_check_numbering(checker, unit_id))
    findings += numbered or _check_roles(checker, unit_id)
    findings += _check_lines(checker, unit_id, period) if unit_id and period and period.is_plan else ()
    findings += _check_measures(checker, unit_id)
    return findings


def check_answers(file: str, rows: Sequence[Row]) -> Iterator[Finding]:
    """Yield what is wrong in the rows of a file of answers: an answer without words or day, an id that is not of the words beside it."""
    for row in rows:
        told = row.values
        state = told.get("state")
        for name in ("answer", "answered_on") if state and state != LOOKED_INTO else ():
            if told.get(name) is None and name not in row.unread:
                yield find_at(
                    file, ANSWERS, row, name, "answer-incomplete", state=code_label("answer_state", state or "")
                )
        words = [told.get(name) for name in ("category", "description", "proposal")]
        if told.get("question_id") and identify_question(*(word or "" for word in words)) != told["question_id"]:
            yield find_at(file, ANSWERS, row, "question_id", "answer-words-changed")


def _check_amounts(checker: _Checker) -> Iterator[Finding]:
    """Numbers beyond what a unit could have, with their reading: a zero too many, or another unit of money."""
    for table in TABLES.values():
        limits = {field.name: PLAUSIBLE[field.name] for field in table.fields if field.name in PLAUSIBLE}
        for row in checker.rows(table.name):
            for name, limit in limits.items():
                value = row.values.get(name) or 0
                if 0 < value < LEAST_MONEY and table.field(name).kind is Kind.MONEY:
                    words = {"reading": format_number(value), "limit": format_number(LEAST_MONEY)}
                    yield checker.find(table.name, row, name, "money-small", **words)
                if value > limit:
                    short = f" ({format_number(value / 10**9, 1)} tỷ)" if value >= 10**9 else ""
                    words = {"reading": format_number(value) + short, "limit": format_number(limit)}
                    yield checker.find(table.name, row, name, "number-implausible", **words)


def _refuse_incomplete(tables: Mapping[str, Sequence[Row]]) -> None:
    """Refuse the rows of a table that lacks a required column: the column is told of once, not in every row."""
    for name, rows in tables.items():
        required = {known.name for known in TABLES[name].fields if known.required}
        for row in rows:
            row.refused = row.refused or not required <= row.record.columns.keys()


def _check_cover(checker: _Checker, cover: Row, keys: Mapping[str, str], expected: Expected) -> Iterator[Finding]:
    """Unit and period against what was asked for, else against what the form was made for."""
    for name, code, wanted in (
        ("unit_id", "unit-mismatch", expected.unit_id),
        ("period", "period-mismatch", expected.period),
    ):
        found = cover.values.get(name)
        if found is None:
            continue
        if wanted and found != wanted:
            yield checker.find(
                "cover", cover, name, code, wanted=_say(checker, name, wanted), found=_say(checker, name, found)
            )
        elif not wanted and keys.get(name) and keys[name] != found:
            yield checker.find("cover", cover, name, "map-mismatch", wanted=_say(checker, name, keys[name]))


def _check_request(checker: _Checker, cover: Row, keys: Mapping[str, str], period: Period) -> Iterator[Finding]:
    """A request is answered by a unit that is asked, on the form of the request as it stands (the form's hidden sheet tells its own)."""
    unit_id = cover.values.get("unit_id")
    if unit_id and period.request and unit_id not in checker.plan.units_reporting(period)["unit_id"]:
        words = {"found": _say(checker, "unit_id", unit_id), "wanted": period.label}
        yield checker.find("cover", cover, "unit_id", "request-not-asked", **words)
    try:
        told = Request.from_values(json.loads(keys["request"]))
    except (KeyError, ValueError, RecursionError):
        return
    if period.request and keys.get("period") == str(period) and told != period.request:
        pairs = zip(_REQUEST_WORDS.items(), told, period.request, strict=True)
        words = {"other": ", ".join(word for (_, word), mine, theirs in pairs if mine != theirs)}
        yield checker.find("cover", cover, "period", "request-differs", wanted=period.label, **words)


def _say(checker: _Checker, name: str, text: str) -> str:
    """Return a unit's name or a period in words; the text itself where it is neither."""
    try:
        return checker.plan.name_of(text) if name == "unit_id" else label_period(text)
    except Nq57Error:
        return text


def _check_activities(checker: _Checker, period: Period | None) -> Iterator[Finding]:
    if period is None:
        return
    window = period.window
    for row in checker.rows("activities"):
        start, end = row.values.get("started_on"), row.values.get("ended_on")
        last = end if start and end and end >= start else None
        if start and not period.covers(start, last):
            earlier = start < window.start and any(half.covers(start, last) for half in period.year_so_far)
            yield checker.find(
                "activities", row, "started_on", "activity-outside-window",
                value=format_date(start), start=format_date(window.start), end=format_date(window.end),
                counted=_IN_YEAR if earlier else "",
            )  # fmt: skip


def _check_roles(checker: _Checker, unit_id: str | None) -> Iterator[Finding]:
    """An activity stands under a task in which its unit has a role."""
    if unit_id is None:
        return
    for table in ("activities", "plan_lines"):
        for row in checker.rows(table):
            task = row.values.get("task_id")
            if task is not None and task not in _roles(checker.plan).get(unit_id, ()):
                yield checker.find(table, row, "task_id", "task-no-role", value=str(task))


def _check_measures(checker: _Checker, unit_id: str | None) -> Iterator[Finding]:
    """An activity names a measure that addresses its unit."""
    for table in ("activities", "plan_lines") if unit_id else ():
        for row in checker.rows(table):
            measure = row.values.get("measure_id")
            if measure is not None and measure not in _measures(checker.plan, unit_id or ""):
                yield checker.find(table, row, "measure_id", "measure-not-addressed", value=measure)


def _check_lines(checker: _Checker, unit_id: str, period: Period) -> Iterator[Finding]:
    """A line of a yearly plan is due in its year, and each task that the unit leads has one."""
    rows, (start, end) = checker.rows("plan_lines"), period.window
    for row in rows:
        due = row.values.get("due_on")
        if due is not None and not start <= due <= end:
            words = {"line": row.values.get("line_no") or "–", "start": format_date(start), "end": format_date(end)}
            yield checker.find("plan_lines", row, "due_on", "line-due-outside-year", value=format_date(due), **words)
    told = {row.values.get("task_id") for row in rows}
    if rows and (missing := sorted(_leads(checker.plan).get(unit_id, frozenset()) - told)):
        yield make_finding(
            "plan-task-unplanned", file=checker.file, table="plan_lines", sheet=TABLES["plan_lines"].sheet,
            field="task_id", tasks=", ".join(map(str, missing)),
        )  # fmt: skip


@lru_cache(maxsize=16)
def _held(plan: Plan, period: Period) -> Plan:
    """The plan as it held for a period, asked once for a whole batch."""
    return plan.in_force(period)


@lru_cache(maxsize=4)
def _roles(plan: Plan) -> Mapping[str, frozenset[int]]:
    """The tasks that each unit leads or coordinates."""
    return _tasks_by_unit(plan.leads(), plan.coordinators())


@lru_cache(maxsize=128)
def _measures(plan: Plan, unit_id: str) -> frozenset[str]:
    """The measures of section III that address a unit."""
    return frozenset(plan.measures_of(unit_id)["measure_id"]) if unit_id in plan.units["unit_id"] else frozenset()


def _check_science(checker: _Checker, period: Period | None) -> Iterator[Finding]:
    table = TABLES["science_tasks"]
    for row in checker.rows("science_tasks"):
        said, day = row.values.get("communicated"), row.values.get("communicated_on")
        if said and row.values.get("evidence_url") is None and "evidence_url" not in row.unread:
            yield checker.find("science_tasks", row, "evidence_url", "communicated-without-evidence")
        if said is False and day:
            other = table.field("communicated").label
            yield checker.find("science_tasks", row, "communicated_on", "communicated-contradiction", other=other)
        if said and day and period and day > period.window.end:
            yield checker.find(
                "science_tasks", row, "communicated_on", "communicated-after-window",
                value=format_date(day), end=format_date(period.window.end),
            )  # fmt: skip


def _check_progress(checker: _Checker, unit_id: str | None) -> Iterator[Finding]:
    status = TABLES["task_progress"].field("status")
    for row in checker.rows("task_progress"):
        yield from _check_status(checker, row, status)
        yield from _check_products(checker, row)
    if unit_id is None:
        return
    led = _leads(checker.plan).get(unit_id, frozenset())
    for row in checker.rows("task_progress"):
        task = row.values.get("task_id")
        if task is not None and task not in led:
            yield checker.find("task_progress", row, "task_id", "task-not-led", value=str(task))
    told = {row.values.get("task_id") for row in checker.rows("task_progress")}
    if missing := sorted(led - told):
        yield make_finding(
            "progress-missing", file=checker.file, table="task_progress", sheet=TABLES["task_progress"].sheet,
            field="task_id", tasks=", ".join(map(str, missing)),
        )  # fmt: skip


def _check_numbering(checker: _Checker, unit_id: str | None) -> Iterator[Finding]:
    """Activities whose tasks are 1, 2, 3 … from the first row on, though the unit has no part in some: a running number."""
    rows = [row for row in checker.rows("activities") if row.values.get("task_id") is not None]
    run = list(takewhile(lambda pair: pair[1].values["task_id"] == pair[0], enumerate(rows, 1)))
    if unit_id is None or len(run) < _SHORTEST_RUN:
        return
    mine = _roles(checker.plan).get(unit_id, frozenset())
    strange = [number for number, _ in run if number not in mine]
    if len(strange) >= _LEAST_STRANGE:
        words = {"last": len(run), "tasks": ", ".join(map(str, strange))}
        yield checker.find("activities", run[0][1], "task_id", "task-running-number", **words)


@lru_cache(maxsize=4)
def _leads(plan: Plan) -> Mapping[str, frozenset[int]]:
    """The tasks that each unit leads, asked of the plan once for a whole batch."""
    return _tasks_by_unit(plan.leads())


def _tasks_by_unit(*assignments: pl.DataFrame) -> Mapping[str, frozenset[int]]:
    tasks: dict[str, set[int]] = {}
    for rows in assignments:
        for task_id, unit_id in rows.select("task_id", "unit_id").iter_rows():
            tasks.setdefault(unit_id, set()).add(int(task_id))
    return {unit_id: frozenset(led) for unit_id, led in tasks.items()}


def _check_status(checker: _Checker, row: Row, status: Field) -> Iterator[Finding]:
    code, percent, day = (row.values.get(name) for name in ("status", "percent_complete", "completed_on"))
    if code is None:
        return
    other = code_label(status.codes or "", code)
    if code == _DONE:
        if percent is not None and percent < 100:
            shown = format_number(percent, 1).removesuffix(",0")
            yield checker.find("task_progress", row, "percent_complete", "done-below-hundred", other=other, value=shown)
        if day is None and "completed_on" not in row.unread:
            yield checker.find("task_progress", row, "completed_on", "done-without-date", other=other)
        return
    if day is not None:
        yield checker.find("task_progress", row, "completed_on", "not-done-with-date", other=other)
    if percent == 100:
        yield checker.find("task_progress", row, "percent_complete", "not-done-at-hundred", other=other)


def _check_products(checker: _Checker, row: Row) -> Iterator[Finding]:
    """A task is not done without anything made, and one that has no end does not «not arise» (contract §6)."""
    task, status = row.values.get("task_id"), row.values.get("status")
    found = checker.plan.tasks.filter(checker.plan.tasks["task_id"] == task) if task is not None else None
    if found is None or found.is_empty():
        return
    timing, cadence = found["timing"][0], found["cadence"][0]
    if status == _IDLE and cadence == _CONTINUOUS:
        words = {"task": task, "timing": timing, "other": code_label("status", _UNDONE)}
        yield checker.find("task_progress", row, "status", "not-arisen-continuous", **words)
    told = row.values.get("products_delivered") is not None or "products_delivered" in row.unread
    told = told or "activities" not in checker.tables  # a request that asks for none
    if status != _DONE or told or any(one.values.get("task_id") == task for one in checker.rows("activities")):
        return
    owed = checker.plan.products.filter(checker.plan.products["task_id"] == task)["text"].to_list()
    words = {"sheet_of_rows": TABLES["activities"].sheet, "products": "; ".join(owed) or found["products"][0]}
    yield checker.find(
        "task_progress", row, "products_delivered", "done-without-product",
        value=str(task), other=code_label("status", _DONE), **words,
    )  # fmt: skip


def _check_completion(checker: _Checker, period: Period | None, signed_on: date | None) -> Iterator[Finding]:
    """A task is done in the year that the report is of (one that spans years: in its span), and before the report says so.

    A warning, as of a day outside its window: the day alone is in doubt, and only a person knows which it should be.
    """
    if period is None:
        return
    plan = checker.plan
    end, what = (signed_on, "ngày ký báo cáo") if signed_on else (period.last_day, "ngày cuối của thời hạn gửi báo cáo")
    spans = set(plan.tasks.filter(plan.tasks["cadence"] == _SPAN)["task_id"])
    for row in checker.rows("task_progress"):
        day = row.values.get("completed_on")
        if day is None or row.values.get("status") != _DONE:
            continue
        first = plan.settings.first_year if row.values.get("task_id") in spans else period.year
        start = plan.period(str(first)).window.start
        if day < start:
            words = {"year": str(first), "start": format_date(start)}
            yield checker.find(
                "task_progress", row, "completed_on", "completed-before-year", value=format_date(day), **words
            )
        if day > end:
            words = {"what": what, "end": format_date(end)}
            yield checker.find(
                "task_progress", row, "completed_on", "completed-in-future", value=format_date(day), **words
            )


def _check_lateness(checker: _Checker, period: Period | None) -> Iterator[Finding]:
    """A task under way is explained where the unit says that it is late, or where its day has passed in the period."""
    for row in checker.rows("task_progress"):
        if row.values.get("status") != _UNDER_WAY:
            continue
        words = row.record.cells["status"].text
        is_late = match_key(words) in _LATE_KEYS
        explained = row.values.get("explanation") is not None or "explanation" in row.unread
        if explained or "explanation" not in row.record.columns:
            if is_late:
                yield checker.find(
                    "task_progress", row, "status", "said-to-be-late", other=code_label("status", _UNDER_WAY)
                )
            continue
        if is_late:
            row.refused = True
            yield checker.find("task_progress", row, "explanation", "explanation-required", other=tidy(words))
            continue
        due = _due(checker.plan, period.year).get(row.values.get("task_id")) if period else None
        if period and due and due < period.window.end:
            yield checker.find(
                "task_progress", row, "explanation", "overdue-unexplained",
                due=format_date(due), end=format_date(period.window.end),
            )  # fmt: skip


@lru_cache(maxsize=8)
def _due(plan: Plan, year: int) -> Mapping[int | None, date]:
    """The day on which each task falls due that a unit under way with it can miss (`Plan.due_date`)."""
    judged = plan.tasks.filter(~plan.tasks["cadence"].is_in(["continuous", "annual_continuous"]))["task_id"].to_list()
    days = {task: plan.due_date(task, year) for task in judged}
    return {task: day for task, day in days.items() if day is not None}


def _check_identical(checker: _Checker) -> Iterator[Finding]:
    for table in TABLES.values():
        if table.form == "record":
            continue
        seen: dict[tuple[Any, ...], Row] = {}
        for row in checker.rows(table.name):
            key = tuple(row.values.get(field.name) for field in table.fields)
            first = seen.setdefault(key, row)
            if first is not row and not row.refused:
                name = next((name for name in row.record.cells), table.fields[0].name)
                yield checker.find(table.name, row, name, "rows-identical", other=first.record.row)
