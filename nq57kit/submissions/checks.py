"""What a person would notice in a whole submission: period, unit, dates, tasks, statuses that do not fit together.

In: a submission's typed rows, the plan, what was expected. Out: findings; suspicion is a warning, never a deletion.
What one value or two values of a row may be is the gate's work (`schemas`), not done here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    SAID_TO_BE_LATE,
    TABLES,
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
#: The fields of which a number is asked about beyond what a unit could have.
_LIMITED: Final = {field.name: field for table in TABLES.values() for field in table.fields if field.plausible}


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

    def lacks(self, name: str) -> bool:
        """Whether the unit wrote nothing into a field; what could not be read was written."""
        return self.values.get(name) is None and name not in self.unread


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


@dataclass(frozen=True)
class _Facts:
    """By what rows are judged: the plan as it held for the period, all rows, and what the cover says (None: not known)."""

    file: str
    plan: Plan
    tables: Mapping[str, Sequence[Row]]
    period: Period | None
    unit_id: str | None
    signed_on: date | None

    def rows(self, table: str) -> Sequence[Row]:
        return self.tables.get(table, ())


#: What is said of a row: the field, the code of the finding, the words of its sentence (a day is written as one).
_Doubt = tuple[str, str, Mapping[str, Any]]


def check_submission(
    file: str, plan: Plan, tables: Mapping[str, Sequence[Row]], keys: Mapping[str, str], expected: Expected
) -> list[Finding]:
    """Return the findings of the checks that need more than one row or the plan, as it held for the submission's period."""
    _refuse_incomplete(tables)
    cover = next(iter(tables.get("cover", ())), None)
    told = cover.values if cover else {}
    period = plan.find_period(told.get("period"))
    held = _held(plan, period) if period else plan
    facts = _Facts(file, held, tables, period, told.get("unit_id"), told.get("signed_on"))
    if expected.unit_id and period:
        expected = replace(expected, unit_id=plan.find_unit(expected.unit_id, period).sender)
    findings = list(_check_numbering(facts))
    is_numbered = bool(findings)
    for table in TABLES:
        for row in facts.rows(table):
            for judge in (*_JUDGES.get(table, ()), _judge_amounts):
                if judge is not _judge_role or not is_numbered:
                    findings += _find(facts, table, row, judge(facts, row))
    if cover:
        findings += _find(facts, "cover", cover, _judge_cover(facts, cover, keys, expected))
        findings += _find(facts, "cover", cover, _judge_request(facts, cover, keys))
    return [*findings, *_check_tasks(facts), *_check_identical(facts)]


def _find(facts: _Facts, table: str, row: Row, doubts: Iterable[_Doubt]) -> Iterator[Finding]:
    for name, code, words in doubts:
        said = {word: format_date(value) if isinstance(value, date) else value for word, value in words.items()}
        finding = find_at(facts.file, table, row, name, code, **said)
        row.refused = row.refused or finding.severity == "error"
        yield finding


def check_answers(file: str, rows: Sequence[Row]) -> Iterator[Finding]:
    """Yield what is wrong in the rows of a file of answers: an answer without words or day, an id that is not of the words beside it."""
    for row in rows:
        told = row.values
        state = told.get("state")
        for name in ("answer", "answered_on") if state and state != LOOKED_INTO else ():
            if row.lacks(name):
                yield find_at(
                    file, ANSWERS, row, name, "answer-incomplete", state=code_label("answer_state", state or "")
                )
        words = [told.get(name) for name in ("category", "description", "proposal")]
        if told.get("question_id") and identify_question(*(word or "" for word in words)) != told["question_id"]:
            yield find_at(file, ANSWERS, row, "question_id", "answer-words-changed")


def _judge_amounts(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """Numbers beyond what a unit could have, with their reading: a zero too many, or another unit of money."""
    for name, field in _LIMITED.items():
        value, limit = row.values.get(name) or 0, field.plausible or 0
        if 0 < value < LEAST_MONEY and field.kind is Kind.MONEY:
            yield name, "money-small", {"reading": format_number(value), "limit": format_number(LEAST_MONEY)}
        if value > limit:
            short = f" ({format_number(value / 10**9, 1)} tỷ)" if value >= 10**9 else ""
            words = {"reading": format_number(value) + short, "limit": format_number(limit)}
            yield name, "number-implausible", words


def _refuse_incomplete(tables: Mapping[str, Sequence[Row]]) -> None:
    """Refuse the rows of a table that lacks a required column: the column is told of once, not in every row."""
    for name, rows in tables.items():
        required = {known.name for known in TABLES[name].fields if known.required}
        for row in rows:
            row.refused = row.refused or not required <= row.record.columns.keys()


def _judge_cover(facts: _Facts, cover: Row, keys: Mapping[str, str], expected: Expected) -> Iterator[_Doubt]:
    """Unit and period against what was asked for, else against what the form was made for."""
    asked = (("unit_id", "unit-mismatch", expected.unit_id), ("period", "period-mismatch", expected.period))
    for name, code, wanted in asked:
        found = cover.values.get(name)
        if found is None:
            continue
        if wanted and found != wanted:
            yield name, code, {"wanted": _say(facts, name, wanted), "found": _say(facts, name, found)}
        elif not wanted and keys.get(name) and keys[name] != found:
            yield name, "map-mismatch", {"wanted": _say(facts, name, keys[name])}


def _judge_request(facts: _Facts, cover: Row, keys: Mapping[str, str]) -> Iterator[_Doubt]:
    """A request is answered by a unit that is asked, on the form of the request as it stands (the form's hidden sheet tells its own)."""
    unit_id, period = facts.unit_id, facts.period
    if period is None or period.request is None:
        return
    if unit_id and unit_id not in facts.plan.units_reporting(period)["unit_id"]:
        yield "unit_id", "request-not-asked", {"found": _say(facts, "unit_id", unit_id), "wanted": period.label}
    try:
        told = Request.from_values(json.loads(keys["request"]))
    except (KeyError, ValueError, RecursionError):
        return
    if keys.get("period") == str(period) and told != period.request:
        pairs = zip(_REQUEST_WORDS.items(), told, period.request, strict=True)
        other = ", ".join(word for (_, word), mine, theirs in pairs if mine != theirs)
        yield "period", "request-differs", {"other": other, "wanted": period.label}


def _say(facts: _Facts, name: str, text: str) -> str:
    """Return a unit's name or a period in words; the text itself where it is neither."""
    try:
        return facts.plan.name_of(text) if name == "unit_id" else label_period(text)
    except Nq57Error:
        return text


def _judge_days(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """An activity is one of the period's data."""
    period, start, end = facts.period, row.values.get("started_on"), row.values.get("ended_on")
    last = end if start and end and end >= start else None
    if period and start and not period.covers(start, last):
        window = period.window
        earlier = start < window.start and any(half.covers(start, last) for half in period.year_so_far)
        words = {"value": start, "start": window.start, "end": window.end, "counted": _IN_YEAR if earlier else ""}
        yield "started_on", "activity-outside-window", words


def _judge_role(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """An activity stands under a task in which its unit has a role."""
    task = row.values.get("task_id")
    if facts.unit_id and task is not None and task not in _roles(facts.plan).get(facts.unit_id, ()):
        yield "task_id", "task-no-role", {"value": str(task)}


def _judge_measure(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """An activity names a measure that addresses its unit."""
    measure = row.values.get("measure_id")
    if facts.unit_id and measure is not None and measure not in _measures(facts.plan, facts.unit_id):
        yield "measure_id", "measure-not-addressed", {"value": measure}


def _judge_line(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """A line of a yearly plan is due in its year."""
    due, period = row.values.get("due_on"), facts.period
    if due is not None and facts.unit_id and period and period.is_plan:
        start, end = period.window
        if not start <= due <= end:
            words = {"line": row.values.get("line_no") or "–", "start": start, "end": end}
            yield "due_on", "line-due-outside-year", {"value": due, **words}


def _check_tasks(facts: _Facts) -> Iterator[Finding]:
    """Each task that the unit leads has a row of progress, and of a yearly plan a line."""
    asked = {"task_progress": "progress-missing"}
    if facts.period and facts.period.is_plan and facts.rows("plan_lines"):
        asked["plan_lines"] = "plan-task-unplanned"
    for table, code in asked.items():
        led = _leads(facts.plan).get(facts.unit_id or "", frozenset()) if table in facts.tables else frozenset()
        told = {row.values.get("task_id") for row in facts.rows(table)}
        if missing := sorted(led - told):
            tasks, sheet = ", ".join(map(str, missing)), TABLES[table].sheet
            yield make_finding(code, file=facts.file, table=table, sheet=sheet, field="task_id", tasks=tasks)


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


def _judge_science(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    said, day, period = row.values.get("communicated"), row.values.get("communicated_on"), facts.period
    if said and row.lacks("evidence_url"):
        yield "evidence_url", "communicated-without-evidence", {}
    if said is False and day:
        other = TABLES["science_tasks"].field("communicated").label
        yield "communicated_on", "communicated-contradiction", {"other": other}
    if said and day and period and day > period.window.end:
        yield "communicated_on", "communicated-after-window", {"value": day, "end": period.window.end}


def _check_numbering(facts: _Facts) -> Iterator[Finding]:
    """Activities whose tasks are 1, 2, 3 … from the first row on, though the unit has no part in some: a running number."""
    rows = [row for row in facts.rows("activities") if row.values.get("task_id") is not None]
    run = list(takewhile(lambda pair: pair[1].values["task_id"] == pair[0], enumerate(rows, 1)))
    if facts.unit_id is None or len(run) < _SHORTEST_RUN:
        return
    mine = _roles(facts.plan).get(facts.unit_id, frozenset())
    strange = [number for number, _ in run if number not in mine]
    if len(strange) >= _LEAST_STRANGE:
        words = {"last": len(run), "tasks": ", ".join(map(str, strange))}
        yield find_at(facts.file, "activities", run[0][1], "task_id", "task-running-number", **words)


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


def _judge_lead(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """Progress is told of a task that the unit leads."""
    task = row.values.get("task_id")
    if facts.unit_id and task is not None and task not in _leads(facts.plan).get(facts.unit_id, frozenset()):
        yield "task_id", "task-not-led", {"value": str(task)}


def _judge_status(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    code, percent, day = (row.values.get(name) for name in ("status", "percent_complete", "completed_on"))
    if code is None:
        return
    words = {"other": code_label("status", code)}
    if code != _DONE:
        if day is not None:
            yield "completed_on", "not-done-with-date", words
        if percent == 100:
            yield "percent_complete", "not-done-at-hundred", words
        return
    if percent is not None and percent < 100:
        shown = format_number(percent, 1).removesuffix(",0")
        yield "percent_complete", "done-below-hundred", words | {"value": shown}
    if row.lacks("completed_on"):
        yield "completed_on", "done-without-date", words


def _judge_products(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """A task is not done without anything made, and one that has no end does not «not arise» (contract §6)."""
    task, status = row.values.get("task_id"), row.values.get("status")
    found = facts.plan.tasks.filter(facts.plan.tasks["task_id"] == task) if task is not None else None
    if found is None or found.is_empty():
        return
    if status == _IDLE and found["cadence"][0] == _CONTINUOUS:
        words = {"task": task, "timing": found["timing"][0], "other": code_label("status", _UNDONE)}
        yield "status", "not-arisen-continuous", words
    asked = "activities" in facts.tables  # a request may ask for none
    done = any(one.values.get("task_id") == task for one in facts.rows("activities"))
    if status == _DONE and asked and not done and row.lacks("products_delivered"):
        owed = facts.plan.products.filter(facts.plan.products["task_id"] == task)["text"].to_list()
        words = {"value": str(task), "other": code_label("status", _DONE), "sheet_of_rows": TABLES["activities"].sheet}
        words["products"] = "; ".join(owed) or found["products"][0]
        yield "products_delivered", "done-without-product", words


def _judge_completion(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """A task is done in the year that the report is of (one that spans years: in its span), and before the report says so.

    A warning, as of a day outside its window: the day alone is in doubt, and only a person knows which it should be.
    """
    period, plan, day = facts.period, facts.plan, row.values.get("completed_on")
    if period is None or day is None or row.values.get("status") != _DONE:
        return
    spans = plan.tasks.filter(plan.tasks["cadence"] == _SPAN)["task_id"].to_list()
    first = plan.settings.first_year if row.values.get("task_id") in spans else period.year
    start = plan.period(str(first)).window.start
    if day < start:
        yield "completed_on", "completed-before-year", {"value": day, "year": str(first), "start": start}
    end, what = period.last_day, "ngày cuối của thời hạn gửi báo cáo"
    if facts.signed_on:
        end, what = facts.signed_on, "ngày ký báo cáo"
    if day > end:
        yield "completed_on", "completed-in-future", {"value": day, "what": what, "end": end}


def _judge_lateness(facts: _Facts, row: Row) -> Iterator[_Doubt]:
    """A task under way is explained where the unit says that it is late, or where its day has passed in the period."""
    if row.values.get("status") != _UNDER_WAY:
        return
    period, words = facts.period, row.record.cells["status"].text
    is_late = match_key(words) in _LATE_KEYS
    if not row.lacks("explanation") or "explanation" not in row.record.columns:
        if is_late:
            yield "status", "said-to-be-late", {"other": code_label("status", _UNDER_WAY)}
    elif is_late:
        yield "explanation", "explanation-required", {"other": tidy(words)}
    elif period and (due := _due(facts.plan, period.year).get(row.values.get("task_id"))) and due < period.window.end:
        yield "explanation", "overdue-unexplained", {"due": due, "end": period.window.end}


@lru_cache(maxsize=8)
def _due(plan: Plan, year: int) -> Mapping[int | None, date]:
    """The day on which each task falls due that a unit under way with it can miss (`Plan.due_date`)."""
    judged = plan.tasks.filter(~plan.tasks["cadence"].is_in(["continuous", "annual_continuous"]))["task_id"].to_list()
    days = {task: plan.due_date(task, year) for task in judged}
    return {task: day for task, day in days.items() if day is not None}


def _check_identical(facts: _Facts) -> Iterator[Finding]:
    for table in TABLES.values():
        if table.form == "record":
            continue
        seen: dict[tuple[Any, ...], Row] = {}
        for row in facts.rows(table.name):
            key = tuple(row.values.get(field.name) for field in table.fields)
            first = seen.setdefault(key, row)
            if first is not row and not row.refused:
                name = next((name for name in row.record.cells), table.fields[0].name)
                yield find_at(facts.file, table.name, row, name, "rows-identical", other=first.record.row)


#: What each row of a table is asked; a number beyond what can be is asked about in all of them.
_JUDGES: Final[Mapping[str, tuple[Callable[[_Facts, Row], Iterator[_Doubt]], ...]]] = {
    "activities": (_judge_days, _judge_role, _judge_measure),
    "plan_lines": (_judge_line, _judge_role, _judge_measure),
    "science_tasks": (_judge_science,),
    "task_progress": (_judge_lead, _judge_status, _judge_products, _judge_completion, _judge_lateness),
}
