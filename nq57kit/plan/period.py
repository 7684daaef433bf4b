"""Reporting periods: half-years and years, their data windows and deadlines (contract §2).

In: text such as «2026-H2» and the calendar of a plan. Out: `Period`, a value that can be compared,
printed and asked whether a time is on time. Times are aware; the clock is always passed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import total_ordering
from typing import NamedTuple

from nq57kit.errors import PeriodError
from nq57kit.plan.settings import MonthDay, Settings
from nq57kit.shown import Shown, Told
from nq57kit.text import format_date

_FORM = re.compile(r"(\d{4})(?:-[Hh]([12]))?", re.ASCII)
_DAY = timedelta(days=1)
_SHOWN = 40
_WORDS = {1: "6 tháng đầu năm", 2: "6 tháng cuối năm", None: "năm"}


class Window(NamedTuple):
    """The days whose data belong to a period, both ends included."""

    start: date
    end: date


class Deadline(NamedTuple):
    """A day of the year before which (strict), or up to which, a report is sent."""

    day: MonthDay
    strict: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """What periods need of a plan: its settings and the deadlines by kind of period.

    `units` holds «H1» and «H2»; `ministry` holds «year» and, where the ministry has set them, the halves.
    """

    settings: Settings
    units: tuple[tuple[str, Deadline], ...]
    ministry: tuple[tuple[str, Deadline], ...]

    def deadline(self, kind: str) -> Deadline:
        """Return the deadline of a kind of period: the units' for a half, the ministry's for a year."""
        return dict(self.ministry if kind == "year" else self.units)[kind]

    def last_day(self, kind: str, year: int) -> date:
        """Return the last day on which a report of that kind of period is on time."""
        deadline = self.deadline(kind)
        return deadline.day.in_year(year) - (_DAY if deadline.strict else timedelta())

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
    """A half-year («2026-H1», «2026-H2») or a year («2026») of the plan; a year sorts after its halves.

    A plan makes it (`Plan.period`) and tells it its calendar: which years there are, when each report is due. Raises
    PeriodError for a period outside the plan's years.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> period = load_plan().period("2026-H2")
        >>> period.label, period.deadline_text
        ('6 tháng cuối năm 2026', 'trước ngày 20/12/2026')
    """

    year: int
    half: int | None
    calendar: Calendar = field(compare=False, repr=False)

    def __post_init__(self) -> None:
        settings = self.calendar.settings
        first = _parts(settings.first_period)
        inside = settings.first_year <= self.year <= settings.last_year
        if self.half not in (None, 1, 2) or not inside or (self.half and (self.year, self.half) < first):
            raise _refused(str(self), settings)

    @classmethod
    def parse(cls, text: str, calendar: Calendar) -> Period:
        """Return the period that `text` names; blanks around it and a small «h» are understood.

        Raises PeriodError that names the three forms and the years allowed.

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
        return f"{self.year}" if self.half is None else f"{self.year}-H{self.half}"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Period):
            return NotImplemented
        return self._order < other._order

    @property
    def _order(self) -> tuple[int, int]:
        return self.year, self.half or 3

    @property
    def kind(self) -> str:
        """«H1», «H2» or «year»: the key of the plan's deadlines and windows."""
        return "year" if self.half is None else f"H{self.half}"

    @property
    def is_year(self) -> bool:
        """Whether this is a whole year."""
        return self.half is None

    @property
    def label(self) -> str:
        """The period in words: «6 tháng đầu năm 2026», «6 tháng cuối năm 2026», «năm 2026»."""
        return label_period(str(self))

    @property
    def window(self) -> Window:
        """The data window by the settings (the plan sets none)."""
        rule = self.calendar.settings.window_rule(self.kind)
        start = rule.start.in_year(self.year - 1 if rule.start_in_previous_year else self.year)
        return Window(start, rule.end.in_year(self.year))

    @property
    def deadline(self) -> datetime:
        """The first moment that is late: midnight, in the plan's zone, at the start of «trước ngày …» (IV.3)."""
        return datetime.combine(self.last_day + _DAY, time(), self.calendar.settings.zone)

    @property
    def last_day(self) -> date:
        """The last day on which a report is on time."""
        return self.calendar.last_day(self.kind, self.year)

    @property
    def last_working_day(self) -> date:
        """The last Monday to Friday on or before `last_day`; public holidays are not known here.

        It is shown beside the deadline and moves nothing: a week-end changes no deadline.
        """
        return self.last_day - max(0, self.last_day.weekday() - 4) * _DAY

    @property
    def deadline_text(self) -> str:
        """The deadline in the plan's words: «trước ngày 20/12/2026»."""
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
        """The halves whose submissions make this period: both for a year, itself for a half."""
        if self.half is not None:
            return (self,)
        first = _parts(self.calendar.settings.first_period)
        return tuple(Period(self.year, half, self.calendar) for half in (1, 2) if (self.year, half) >= first)

    @property
    def year_so_far(self) -> tuple[Period, ...]:
        """The halves of the year up to this period: those of which the year's figures are made so far.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> [str(half) for half in load_plan().period("2027-H2").year_so_far]
            ['2027-H1', '2027-H2']
        """
        return tuple(half for half in Period(self.year, None, self.calendar).halves if half <= self)

    @property
    def previous(self) -> Period | None:
        """The period of the same length just before, of which intake asks; None before the plan's first.

        A report compares with `same_period_last_year`: running totals begin anew with each year.
        """
        if self.half is None:
            return self._or_none(self.year - 1, None)
        return self._or_none(self.year, 1) if self.half == 2 else self._or_none(self.year - 1, 2)

    @property
    def same_period_last_year(self) -> Period | None:
        """The same half, or year, one year before; None before the plan's first."""
        return self._or_none(self.year - 1, self.half)

    def _or_none(self, year: int, half: int | None) -> Period | None:
        try:
            return Period(year, half, self.calendar)
        except PeriodError:
            return None

    @property
    def is_first(self) -> bool:
        """Whether this half is the plan's first, incomplete one (nobody is overdue for it)."""
        return str(self) == self.calendar.settings.first_period

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
        if isinstance(as_of, datetime):
            return _aware(as_of) >= self.deadline
        return as_of > self.last_day

    def covers(self, start: date, end: date | None = None) -> bool:
        """Return whether the days from `start` to `end` (one day without it) touch the data window."""
        return start <= self.window.end and (end or start) >= self.window.start


def label_period(text: str) -> str:
    """Return a period's text in words, whatever the plan: what stands in a report needs no calendar to be read.

    Raises PeriodError for a text that has none of the three forms.

    Example:
        >>> label_period("2026-H1"), label_period("2031")
        ('6 tháng đầu năm 2026', 'năm 2031')
    """
    named = _read_form(text)
    if named is None:
        raise PeriodError(
            f"«{_shorten(str(text))}» không phải là kỳ báo cáo; ghi theo dạng 2026-H1, 2026-H2 hoặc 2026."
        )
    year, half = named
    return f"{_WORDS[half]} {year}"


def _read_form(text: str) -> tuple[int, int | None] | None:
    """Return year and half of «2026-H2», year and None of «2026»; None for anything else."""
    found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    return (int(found.group(1)), int(found.group(2)) if found.group(2) else None) if found else None


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _parts(text: str) -> tuple[int, int]:
    """Return year and half of a first period, which the settings have checked."""
    return int(text[:4]), int(text[-1])


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
        f"«{_shorten(text)}» không phải là kỳ báo cáo; ghi một trong ba dạng {first}-H1 (6 tháng đầu năm), "
        f"{first}-H2 (6 tháng cuối năm) hoặc {first} (cả năm), với năm từ {first} đến {last}{start}."
    )
