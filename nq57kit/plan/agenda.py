"""The days of a year that a plan sets: when reports are due, when intake closes, which days are celebrated.

In: a plan, a year. Out: `Day`s, and an iCalendar text (RFC 5545) that any calendar program takes in, the same bytes for the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from nq57kit.plan.decision import Plan
from nq57kit.plan.period import Period
from nq57kit.text import format_date

#: RFC 5545 section 3.1: a line has at most 75 octets; the next one begins with a space.
_LINE: Final = 75
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


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
