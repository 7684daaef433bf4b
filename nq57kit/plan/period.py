"""Reporting periods: half-years, years, yearly plans and requests, their data windows and deadlines (contract §2, §7).

In: text such as «2026-H2» and the calendar of a plan. Out: `Period`, a value that can be compared,
printed and asked whether a time is on time. Times are aware; the clock is always passed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import total_ordering
from typing import Any, NamedTuple, cast

from nq57kit.errors import PeriodError
from nq57kit.plan.settings import MonthDay, Settings
from nq57kit.shown import Shown, Told
from nq57kit.text import format_date

_FORM = re.compile(r"(\d{4})(?:-(H[12]|P|R(?:0[1-9]|[1-9]\d)))?", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(\d{4})-(\d{4})", re.ASCII)
_DAY = timedelta(days=1)
_SHOWN, _ISO_DAY = 40, 10
_WORDS = {"P": "kế hoạch và dự toán năm", "H1": "6 tháng đầu năm", "H2": "6 tháng cuối năm", "": "năm"}
#: The parts of a year in their order; its requests come after them.
_ORDER = tuple(_WORDS)


class Window(NamedTuple):
    """The days whose data belong to a period, both ends included."""

    start: date
    end: date


class Deadline(NamedTuple):
    """A day of the year (or of the one before) before which (strict), or up to which, a report is sent."""

    day: MonthDay
    strict: bool
    in_previous_year: bool = False


class Request(NamedTuple):
    """What a report on request (IV.3) asks: of whom, which tables, for which days, until when, by which document.

    `due` is a moment (with its zone), before which a report is on time, or a day, up to whose end it is. `tables` are names of
    tables of the contract, `units` ids of units or groups as `Plan` resolves them.
    """

    title: str
    window: Window
    due: date | datetime
    tables: tuple[str, ...]
    units: tuple[str, ...]
    basis: str

    def as_values(self) -> dict[str, Any]:
        """Return the request as plain values, as a record and the hidden sheet of a form carry it."""
        told = {**self._asdict(), "from": self.window.start.isoformat(), "to": self.window.end.isoformat()}
        del told["window"]
        return told | {"due": self.due.isoformat(), "tables": list(self.tables), "units": list(self.units)}

    @classmethod
    def from_values(cls, told: Mapping[str, Any]) -> Request:
        """Return the request that `as_values` told; raises ValueError for anything else.

        Example:
            >>> days = Window(date(2027, 3, 1), date(2027, 7, 31))
            >>> asked = Request("Tháng thanh niên", days, date(2027, 8, 20), ("activities",), ("nhom:vien",), "Công văn số …")
            >>> Request.from_values(asked.as_values()) == asked
            True
        """
        try:
            start, end = map(date.fromisoformat, (told["from"], told["to"]))
            due = (date if len(told["due"]) == _ISO_DAY else datetime).fromisoformat(told["due"])
            tables, units = (tuple(map(str, told[name])) for name in ("tables", "units"))
            title, basis = str(told["title"]), str(told["basis"])
        except (TypeError, KeyError) as error:
            raise ValueError(str(error)) from error
        if start > end or (isinstance(due, datetime) and due.utcoffset() is None):
            raise ValueError(told["due"])
        return cls(title, Window(start, end), due, tables, units, basis)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What periods need of a plan: its settings and the deadlines by kind of period.

    `units` holds «H1», «H2» and, by the settings, «P»; `ministry` holds «year» and, where the ministry has set them, the
    halves. `requests` are those of which a store or a form tells, by their period («2027-R01»).
    """

    settings: Settings
    units: tuple[tuple[str, Deadline], ...]
    ministry: tuple[tuple[str, Deadline], ...]
    requests: tuple[tuple[str, Request], ...] = ()

    def deadline(self, kind: str) -> Deadline:
        """Return the deadline of a kind of period: the units' for a half, the ministry's for a year."""
        return dict(self.ministry if kind == "year" else self.units)[kind]

    def last_day(self, kind: str, year: int) -> date:
        """Return the last day on which a report of that kind of period is on time."""
        deadline = self.deadline(kind)
        day = deadline.day.in_year(year - deadline.in_previous_year)
        return day - (_DAY if deadline.strict else timedelta())

    def end_of(self, as_of: date | datetime | None) -> datetime | None:
        """Return the first moment that is not seen as of a day (its end in the plan's zone), or just after a moment.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> load_plan().calendar.end_of(date(2026, 6, 19)).isoformat()
            '2026-06-20T00:00:00+07:00'
        """
        if as_of is None:
            return None
        if isinstance(as_of, datetime):
            return _aware(as_of) + timedelta(microseconds=1)
        return datetime.combine(as_of + _DAY, time(), self.settings.zone)

    def inputs_deadline(self, kind: str) -> Deadline | None:
        """Return the ministry's own deadline that a period's inputs serve; None for the June report.

        The plan gives the ministry a date for December only (Phụ lục, TT 10).
        """
        own = dict(self.ministry)
        return own.get(kind, own.get("year") if kind == "H2" else None)


@total_ordering
@dataclass(frozen=True, repr=False)
class Period(Shown):
    """A half-year («2026-H1», «2026-H2»), a year («2026»), a yearly plan («2027-P») or a request («2027-R01»).

    `part` is what follows the year: «H1», «H2», «P», «R01» or nothing. A plan makes it (`Plan.period`) and tells it its
    calendar: which years there are, when each report is due, what was requested. A yearly plan sorts before its year's halves,
    the year after them, its requests last. Raises PeriodError for a period outside the plan's years or a request of which
    the calendar does not tell.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> period = load_plan().period("2026-H2")
        >>> period.label, period.deadline_text
        ('6 tháng cuối năm 2026', 'trước ngày 20/12/2026')
    """

    year: int
    part: str = ""
    calendar: Calendar = field(default=cast("Calendar", None), compare=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.calendar, Calendar):
            raise PeriodError(
                f"Kỳ báo cáo cần lịch của một kế hoạch; viết nq57kit.load_plan().period({str(self.year)[:_SHOWN]!r})."
            )
        settings = self.calendar.settings
        inside = settings.first_year <= self.year <= settings.last_year
        if (
            not inside
            or _read_form(str(self)) != (self.year, self.part)
            or (self.is_half and str(self) < settings.first_period)
        ):
            raise _refused(str(self), settings)
        if self.is_request and self.request is None:
            raise PeriodError(
                f"Chưa có yêu cầu báo cáo đột xuất «{self}»; xem các yêu cầu của kho bằng nq57kit request list, hoặc lập yêu cầu "
                "bằng nq57kit request new."
            )

    @classmethod
    def parse(cls, text: str, calendar: Calendar) -> Period:
        """Return the period that `text` names; blanks around it and a small «h» are understood.

        Raises PeriodError that names the five forms and the years allowed.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> str(Period.parse(" 2026-h1 ", load_plan().calendar))
            '2026-H1'
        """
        named = _read_form(text)
        if named is None:
            raise _refused(str(text), calendar.settings)
        return cls(*named, calendar)

    def tell(self) -> Told:
        """Return the period's days."""
        window = f"{format_date(self.window.start)}–{format_date(self.window.end)}"
        days = {
            "kỳ số liệu": window,
            "hạn gửi": self.deadline_text,
            "ngày làm việc cuối": format_date(self.last_working_day),
        }
        return Told(f"{self}, {self.label}", days)

    def __str__(self) -> str:
        return f"{self.year}-{self.part}" if self.part else f"{self.year}"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Period):
            return NotImplemented
        return self._order < other._order

    @property
    def _order(self) -> tuple[int, int, str]:
        return self.year, len(_ORDER) if self.is_request else _ORDER.index(self.part), self.part

    @property
    def kind(self) -> str:
        """«P», «H1», «H2», «year» or «R»: the key of the plan's deadlines and windows."""
        return "R" if self.is_request else self.part or "year"

    @property
    def half(self) -> int | None:
        """1 or 2 for a half-year; None for anything else."""
        return int(self.part[1]) if self.is_half else None

    @property
    def is_half(self) -> bool:
        """Whether this is a half-year, whose form reports what was done."""
        return self.part in ("H1", "H2")

    @property
    def is_year(self) -> bool:
        """Whether this is a whole year, made of its halves; there is no form for it."""
        return not self.part

    @property
    def is_plan(self) -> bool:
        """Whether this is a yearly plan with its estimate (IV.2, IV.4)."""
        return self.part == "P"

    @property
    def is_request(self) -> bool:
        """Whether this is a report on request (IV.3)."""
        return self.part.startswith("R")

    @property
    def request(self) -> Request | None:
        """What a request asks; None for any other period."""
        return dict(self.calendar.requests).get(str(self)) if self.is_request else None

    @property
    def label(self) -> str:
        """The period in words: «6 tháng đầu năm 2026», «năm 2026», «kế hoạch và dự toán năm 2026», «báo cáo đột xuất R01 năm 2026»."""
        return label_period(str(self))

    @property
    def document(self) -> str:
        """What a unit sends for the period, in words: «báo cáo 6 tháng đầu năm 2026»; a plan and a request are named by their label."""
        return self.label if self.is_plan or self.is_request else f"báo cáo {self.label}"

    @property
    def window(self) -> Window:
        """The data window by the settings (the plan sets none); of a request, the days that it names."""
        if self.request:
            return self.request.window
        rule = self.calendar.settings.window_rule(self.kind)
        start = rule.start.in_year(self.year - 1 if rule.start_in_previous_year else self.year)
        return Window(start, rule.end.in_year(self.year))

    @property
    def deadline(self) -> datetime:
        """The first moment that is late: midnight, in the plan's zone, at the start of «trước ngày …» (IV.3), or a request's moment."""
        if self.request and isinstance(self.request.due, datetime):
            return self.request.due
        return datetime.combine(self.last_day + _DAY, time(), self.calendar.settings.zone)

    @property
    def last_day(self) -> date:
        """The last day on which a report is on time."""
        if self.request is None:
            return self.calendar.last_day(self.kind, self.year)
        due = self.request.due
        return (due - timedelta(microseconds=1)).date() if isinstance(due, datetime) else due

    @property
    def last_working_day(self) -> date:
        """The last Monday to Friday on or before `last_day`; public holidays are not known here.

        It is shown beside the deadline and moves nothing: a week-end changes no deadline.
        """
        return self.last_day - max(0, self.last_day.weekday() - 4) * _DAY

    @property
    def deadline_text(self) -> str:
        """The deadline in the plan's words: «trước ngày 20/12/2026»; a request's moment: «trước 16 giờ 00 ngày 20/08/2027»."""
        if self.request:
            due = self.request.due
            hour = f"trước {due:%H giờ %M} ngày {format_date(due.date())}" if isinstance(due, datetime) else ""
            return hour or f"chậm nhất ngày {format_date(due)}"
        if self.calendar.deadline(self.kind).strict:
            return f"trước ngày {format_date(self.last_day + _DAY)}"
        return f"chậm nhất ngày {format_date(self.last_day)}"

    @property
    def closes_on(self) -> date:
        """The last day on which inputs still enter the ministry's own report (a setting, not a deadline).

        A date of work, never one of lateness. The plan gives the ministry no date in June: there the
        inputs close with the units' own last day. Never later than `last_day`.
        """
        own = self.calendar.inputs_deadline(self.kind)
        if own is None:
            return self.last_day
        day = own.day.in_year(self.year) + (timedelta() if own.strict else _DAY)
        return min(day - self.calendar.settings.inputs_close_days_before * _DAY, self.last_day)

    @property
    def halves(self) -> tuple[Period, ...]:
        """The halves whose submissions make this period: both for a year, itself for a half; none for a plan or a request."""
        if self.part:
            return (self,) if self.is_half else ()
        parts = (f"H{half}" for half in (1, 2) if f"{self.year}-H{half}" >= self.calendar.settings.first_period)
        return tuple(Period(self.year, part, self.calendar) for part in parts)

    @property
    def sources(self) -> tuple[Period, ...]:
        """The periods for which units send the workbooks that make this one: both halves for a year, else itself.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> [str(one) for text in ("2027", "2027-H1", "2027-P") for one in load_plan().period(text).sources]
            ['2027-H1', '2027-H2', '2027-H1', '2027-P']
        """
        return self.halves if self.is_year else (self,)

    @property
    def year_so_far(self) -> tuple[Period, ...]:
        """The halves of the year up to this period, of which the year's figures are made so far.

        A yearly plan and a request stand alone: no half is part of them.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> [str(half) for half in load_plan().period("2027-H2").year_so_far]
            ['2027-H1', '2027-H2']
        """
        if self.is_plan or self.is_request:
            return (self,)
        return tuple(half for half in Period(self.year, "", self.calendar).halves if half <= self)

    @property
    def previous(self) -> Period | None:
        """The period of the same kind just before, of which intake asks; None before the plan's first, and for a request.

        A report compares with `same_period_last_year`: running totals begin anew with each year.
        """
        if self.is_half:
            return self._or_none(self.year, "H1") if self.part == "H2" else self._or_none(self.year - 1, "H2")
        return self.same_period_last_year

    @property
    def same_period_last_year(self) -> Period | None:
        """The same half, year or yearly plan, one year before; None before the plan's first, and for a request."""
        return None if self.is_request else self._or_none(self.year - 1, self.part)

    def _or_none(self, year: int, part: str) -> Period | None:
        try:
            return Period(year, part, self.calendar)
        except PeriodError:
            return None

    @property
    def is_first(self) -> bool:
        """Whether this half is the plan's first, incomplete one, or the plan of that year (nobody is overdue for it)."""
        first = self.calendar.settings.first_period
        return str(self) == first or (self.is_plan and first.startswith(str(self.year)))

    def is_on_time(self, sent_at: datetime) -> bool:
        """Return whether a report sent at `sent_at` came before the deadline; PeriodError for a time without its zone.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> load_plan().period("2026-H1").is_on_time(datetime.fromisoformat("2026-06-19T23:59:59+07:00"))
            True
        """
        return _aware(sent_at) < self.deadline

    def is_over(self, as_of: date | datetime) -> bool:
        """Return whether the deadline has passed at `as_of` (an aware time, or a day in the plan's zone)."""
        end = self.calendar.end_of(as_of)
        return end is not None and end > self.deadline

    def covers(self, start: date, end: date | None = None) -> bool:
        """Return whether the days from `start` to `end` (one day without it) touch the data window."""
        return start <= self.window.end and (end or start) >= self.window.start


def label_period(text: str) -> str:
    """Return a period's text in words, whatever the plan: what stands in a report needs no calendar to be read.

    Years of a programme report («2026-2030») are no period, but have words. Raises PeriodError for any other text.

    Example:
        >>> label_period("2026-H1"), label_period("2031")
        ('6 tháng đầu năm 2026', 'năm 2031')
        >>> label_period("2027-P"), label_period("2027-R01")
        ('kế hoạch và dự toán năm 2027', 'báo cáo đột xuất R01 năm 2027')
        >>> label_period("2026-2030"), label_period("2026-2026")
        ('giai đoạn 2026–2030', 'năm 2026')
    """
    if span := _SPAN.fullmatch(text) if isinstance(text, str) else None:
        return f"năm {span[1]}" if span[1] == span[2] else f"giai đoạn {span[1]}–{span[2]}"
    named = _read_form(text)
    if named is None:
        raise PeriodError(
            f"«{_shorten(str(text))}» không phải là kỳ báo cáo; ghi theo dạng 2026-H1, 2026-H2, 2026, 2026-P hoặc 2026-R01."
        )
    year, part = named
    return f"{_WORDS.get(part) or f'báo cáo đột xuất {part} năm'} {year}"


def _read_form(text: str) -> tuple[int, str] | None:
    """Return year and part of «2026-H2», year and nothing of «2026»; None for anything else."""
    found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    return (int(found.group(1)), (found.group(2) or "").upper()) if found else None


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise PeriodError(
            f"Thời điểm {moment:%Y-%m-%d %H:%M:%S} thiếu múi giờ; ghi rõ múi giờ, ví dụ "
            f"{moment:%Y-%m-%dT%H:%M:%S}+07:00."
        )
    return moment


def _refused(text: str, settings: Settings) -> PeriodError:
    first, last = settings.first_year, settings.last_year
    start = "" if settings.first_period.endswith("H1") else f" (từ kỳ {settings.first_period})"
    return PeriodError(
        f"«{_shorten(text)}» không phải là kỳ báo cáo; ghi một trong năm dạng {first}-H1 (6 tháng đầu năm), "
        f"{first}-H2 (6 tháng cuối năm), {first} (cả năm), {first}-P (kế hoạch và dự toán năm) hoặc {first}-R01 (báo cáo "
        f"đột xuất), với năm từ {first} đến {last}{start}."
    )
