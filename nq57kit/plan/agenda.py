"""The days that a plan sets, and what a desk does on them by itself.

In: a plan, a year; the table `desk.toml`, a day, what has been done before. Out: `Day`s (reports due, intake closed, days celebrated), and
an iCalendar text (RFC 5545) that any calendar program takes in, the same bytes for the same plan; the errands of a day, each a command of
nq57kit: who runs them is the room of commands.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from nq57kit.errors import DeskError
from nq57kit.files import read_given_text
from nq57kit.plan.decision import Plan
from nq57kit.plan.period import Period
from nq57kit.plan.settings import MonthDay
from nq57kit.text import format_date

#: RFC 5545 section 3.1: a line has at most 75 octets; the next one begins with a space.
_LINE: Final = 75
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
#: How long after its day an errand is made up for (the machine was off), and a half is still the one that is gathered.
MADE_UP: Final = timedelta(days=30)
#: Exit codes by which an errand is done: all went well; a file was sent back.
_DONE: Final = (0, 1)
_DAILY: Final = "daily"
_ANCHOR: Final = re.compile(r"(due|working|close)([+-]\d{1,3})?", re.ASCII)
_NAMES: Final = ("step", "on", "command", "kinds")
_BLANKS: Final = ("period", "year", "today")
_KINDS: Final = ("H1", "H2", "year")


@dataclass(frozen=True)
class Day:
    """A day with what it is, why, and a code by which it stays the same entry when the file is taken in again."""

    code: str
    on: date
    title: str
    basis: str


def list_days(plan: Plan, year: int, lines: Iterable[Mapping[str, Any]] = ()) -> list[Day]:
    """Return the days of a year in their order: reports due (IV.3), last working days, closing of inputs, yearly days (III.1.1).

    `lines` are rows of units' yearly plans (unit_id, line_no, name, due_on), each due on its day.

    Raises PeriodError for a year that the plan does not have.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> [day.on.isoformat() for day in list_days(load_plan(), 2027) if day.code.startswith("due")]
        ['2027-06-19', '2027-12-19', '2027-12-19', '2027-12-31']
    """
    whole, days, words = plan.period(str(year)), [], plan.words
    for period in (*whole.halves, whole):
        what = f"báo cáo {period.label}" if period.half else f"báo cáo của {words['name']} {period.label}"
        basis = (
            f"{period.deadline_text}, Kế hoạch, mục {words['reporting']}"
            if period.half
            else f"{period.deadline_text}, Kế hoạch, Phụ lục"
        )
        days.append(Day(f"due-{period}", period.last_day, f"Ngày cuối trong hạn gửi {what}", basis))
        if period.last_working_day != period.last_day:
            title = f"Ngày làm việc cuối cùng trong hạn gửi {what}"
            days.append(Day(f"working-{period}", period.last_working_day, title, basis))
        if period.half and period.closes_on != period.last_day:
            title = f"Chốt tiếp nhận báo cáo của các đơn vị, {period.label}"
            days.append(
                Day(f"close-{period}", period.closes_on, title, f"Quy ước của {words['office']} (settings.toml)")
            )
    for period in plan.periods:
        own = plan.find_period(f"{period.year}-P") if period.is_year else None
        if own and own.last_day.year == year:
            why = "Kế hoạch không ghi hạn; thiết lập của bộ công cụ (settings.toml)"
            days.append(Day(f"due-{own}", own.last_day, f"Ngày cuối trong hạn gửi {own.label}", why))
    for line in lines:
        title = f"{plan.unit(line['unit_id']).short_name}: {line['name']}"
        basis = f"Kế hoạch năm {year} của đơn vị, dòng {line['line_no']}"
        days.append(Day(f"line-{year}-{line['unit_id']}-{line['line_no']}", line["due_on"], title, basis))
    for event in plan.events.iter_rows(named=True):
        on = date(year, event["month"], event["day"])
        days.append(Day(f"event-{event['event_id']}-{year}", on, event["name"], f"Kế hoạch, mục {event['citation']}"))
    for text, request in plan.calendar.requests:
        if (asked := plan.period(text)).last_day.year == year:
            title = f"Ngày cuối trong hạn gửi báo cáo đột xuất «{request.title}»"
            days.append(Day(f"due-{text}", asked.last_day, title, f"{asked.deadline_text}; {request.basis}"))
    return sorted(days, key=lambda day: (day.on, day.code))


def describe_deadline(half: Period, day: date) -> str:
    """Return the deadline, the last working day before it, and how many days are left of a day, in one sentence."""
    days_left = (half.last_day - day).days
    text = f"Hạn gửi: {half.deadline_text}"
    if half.last_working_day != half.last_day:
        text += f" (ngày làm việc cuối cùng: {format_date(half.last_working_day)})"
    if days_left > 0:
        return f"{text}; còn {days_left} ngày."
    if days_left == 0:
        return f"{text}; đây là ngày cuối cùng."
    ending = "; kỳ đầu tiên của Kế hoạch nên đơn vị chưa gửi không bị tính quá hạn" if half.is_first else ""
    return f"{text}; đã hết hạn {-days_left} ngày{ending}."


def to_icalendar(days: Iterable[Day]) -> str:
    """Return days as an iCalendar text: whole days, a reminder a week before, lines of at most 75 octets.

    Example:
        >>> "DTSTART;VALUE=DATE:20270619" in to_icalendar([Day("due-2027-H1", date(2027, 6, 19), "Hạn", "IV.3")])
        True
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//nq57kit//VI", "CALSCALE:GREGORIAN"]
    for day in days:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{day.code}@nq57kit",
            f"DTSTAMP:{day.on.year}0101T000000Z",  # the plan's, not the clock's
            f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{day.title.translate(_ESCAPED)}",
            f"DESCRIPTION:{day.basis.translate(_ESCAPED)}",
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{f'{day.title} ({format_date(day.on)})'.translate(_ESCAPED)}",
            "TRIGGER:-P7D",
            "END:VALARM",
            "END:VEVENT",
        ]
    return "".join(f"{_fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _fold(line: str) -> str:
    """Break a line where it has too many octets, never within a letter."""
    parts, used = [""], 0
    for sign in line:
        size = len(sign.encode("utf-8"))
        if used + size > _LINE:
            parts, used = [*parts, " "], 1
        parts[-1] += sign
        used += size
    return "\r\n".join(parts)


# What a desk does by itself ------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A row of the table: what it is called, when it is due, the words of a command, for which kinds of period."""

    name: str
    on: str
    command: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Errand:
    """A step on a day: `on` is the day on which it was due, `words` are those of the command, filled in."""

    step: str
    on: date
    period: str
    words: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """By what it is known once it is done; an errand of each day is never done for good."""
        return self.step, self.period, self.on.isoformat()


def read_timetable(path: Path) -> tuple[Step, ...]:
    """Return the steps of a table; raises DeskError with the step and what to write where it cannot be used."""
    try:
        rows: Any = tomllib.loads(read_given_text(path, DeskError))["run"]
        rows = [dict(row) for row in rows]
    except KeyError:
        raise DeskError(f"Tệp «{path}» chưa có việc nào; mỗi việc là một mục [[run]] với step, on, command.") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise DeskError(f"Tệp «{path}» viết sai cú pháp TOML ({error}); sửa lại dòng đó.") from error
    steps = [_read_step(path, number, row) for number, row in enumerate(rows, start=1)]
    twice = [step.name for number, step in enumerate(steps) if step.name in [one.name for one in steps[:number]]]
    if twice:
        raise DeskError(f"Tệp «{path}»: hai việc cùng tên «{twice[0]}»; đặt tên khác để nhật ký phân biệt được.")
    return tuple(steps)


def _read_step(path: Path, number: int, row: dict[str, Any]) -> Step:
    def refuse(why: str) -> DeskError:
        return DeskError(f"Tệp «{path}», việc thứ {number}: {why}")

    other = [name for name in row if name not in _NAMES]
    if other:
        raise refuse(f"mục «{other[0]}» không dùng được; chỉ có {', '.join(_NAMES)}.")
    name, on, command, kinds = row.get("step"), row.get("on"), row.get("command"), row.get("kinds", ["H1", "H2"])
    if not isinstance(name, str) or not name.strip():
        raise refuse("thiếu «step», tên của việc.")
    if not isinstance(on, str) or not (on == _DAILY or _ANCHOR.fullmatch(on) or MonthDay.parse(on)):
        raise refuse(
            "«on» phải là daily (hằng ngày), tháng-ngày như 12-18, hoặc due (hạn gửi), working (ngày làm việc cuối trong hạn), "
            "close (ngày chốt), thêm số ngày nếu cần, như due+1."
        )
    if not isinstance(command, list) or not command or not all(isinstance(word, str) for word in command):
        raise refuse('«command» phải là danh sách các chữ của lệnh, như ["ingest", "nhan-ve"].')
    unknown = [blank for word in command for blank in re.findall(r"\{([^{}]*)\}", word) if blank not in _BLANKS]
    if unknown:
        raise refuse(f"«{{{unknown[0]}}}» không có; chỉ điền được {', '.join(f'{{{blank}}}' for blank in _BLANKS)}.")
    if not isinstance(kinds, list) or not kinds or not set(kinds) <= set(_KINDS):
        raise refuse(f"«kinds» phải là danh sách trong {', '.join(_KINDS)}.")
    return Step(name.strip(), str(on), tuple(command), tuple(kinds))


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return the lines of the log of runs, none where there is no log; a line that was broken off is passed over."""
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
            rows += [row] if {"step", "period", "on", "exit"} <= row.keys() else []
        except (ValueError, AttributeError):
            continue
    return rows


def list_done(log: Iterable[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    """Return the keys of the errands that went well by a log."""
    return {(row["step"], row["period"], row["on"]) for row in log if row["exit"] in _DONE}


def find_gathered(plan: Plan, day: date) -> Period | None:
    """Return the half whose reports are gathered on a day, up to `MADE_UP` after its last day on time; None after the plan's last.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> str(find_gathered(load_plan(), date(2026, 11, 28)))
        '2026-H2'
    """
    return next((one for one in plan.periods if one.half and one.last_day + MADE_UP >= day), None)


def find_errands(
    steps: Collection[Step], plan: Plan, day: date, done: Collection[tuple[str, str, str]] = ()
) -> list[Errand]:
    """Return what is to be done on a day, in the order of the table: what is due then, and what was due up to `MADE_UP` before and is not done.

    `done` are the keys of errands that went well. A step of each day has the half that is gathered then.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> step = Step("nhắc", "due+1", ("remind", "{period}"), ("H1", "H2"))
        >>> [one.words for one in find_errands([step], load_plan(), date(2027, 6, 20))]
        [('remind', '2027-H1')]
    """
    gathered, errands = find_gathered(plan, day), []
    for step in steps:
        for period, on in _find_days(step, plan.periods, gathered, day):
            blanks = {"period": str(period), "year": str(period.year), "today": day.isoformat()}
            errand = Errand(step.name, on, str(period), tuple(word.format_map(blanks) for word in step.command))
            if step.on == _DAILY or errand.key not in done:
                errands.append(errand)
    return errands


def _find_days(
    step: Step, periods: Collection[Period], gathered: Period | None, day: date
) -> Iterator[tuple[Period, date]]:
    """Yield the days, with their periods, on which a step is due up to a day and not too long before it."""
    if step.on == _DAILY:
        yield from [(gathered, day)] if gathered else []
        return
    anchor, fixed = _ANCHOR.fullmatch(step.on), MonthDay.parse(step.on)
    for period in periods:
        if anchor:
            days = {"due": period.last_day, "working": period.last_working_day, "close": period.closes_on}
            on = days[anchor[1]] + timedelta(days=int(anchor[2] or 0))
        elif fixed and (period == gathered or period.is_year):
            on = fixed.in_year(period.year)
        else:
            continue
        if period.kind in step.kinds and on <= day <= on + MADE_UP:
            yield period, on
