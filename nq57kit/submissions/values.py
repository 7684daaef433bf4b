"""From a cell to a typed value or a finding's code: one parser per kind of field, one rule per line of docs/reading.md.

In: a `Cell`, its `Field`, the plan. Out: `Reading`: the value, or the code of the finding with its words, or both
(a value taken with a remark). Numbers and dates are read as a Vietnamese official writes them. Nothing is guessed: what has
two readings is an error that shows them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from math import isfinite
from typing import Any, Final, NamedTuple

from nq57kit.errors import Nq57Error
from nq57kit.legacy import convert_cell
from nq57kit.plan import Plan, label_period
from nq57kit.submissions.cells import Cell
from nq57kit.submissions.contract import Field, Kind, code_label, find_code, load_codes
from nq57kit.submissions.wording import (
    find_remarks,
    leave_about,
    lower,
    read_amount,
    say_number,
    says_about,
    show_amount,
)
from nq57kit.text import clean, fold, format_date, format_number, match_key, tidy

_MISSING: Final = frozenset({"", "-", "–", "—", "−", "--"})
_TASK: Final = re.compile(r"(?:nhiệm vụ|nv|tt)? ?(?:số)? ?([0-9]{1,2}|[ivx]{1,4})(?:\.0)?(?: ?[.):-] ?| |$)(.*)")
_LINE: Final = re.compile(r"(?:dòng |stt )?(?:số )?([1-9][0-9]{0,3})(?:\.0)?(?:[.):-]?| ?[.):-] .*)")
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
_MOST_LISTED: Final = 12
_ZERO: Final = frozenset({"không", "không có"})
_CURRENCY: Final = re.compile(r"(?i) ?(?:đồng|đ|vnđ|vnd)\.?$")
_PLAIN: Final = re.compile(r"[+-]?[0-9]+")
#: A group never begins with 0: «0.185» is no 185.
_GROUPED: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+)(?:,0+)?")
_ENGLISH: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POINT: Final = re.compile(r"[+-]?[0-9]+\.[0-9]+")
_GROUPED_COMMA: Final = re.compile(r"[+-]?[0-9]{1,3}(?:[. ][0-9]{3})+,[0-9]+")
_DIGITS: Final = re.compile(r"(?<![0-9.,])[+-]?[0-9][0-9.,]*(?: [0-9]{3}(?![0-9]))*")
#: Words and signs beside a number by which it is another number, such as a share or half.
_NOT_ALONE: Final = re.compile(r"[%/*=+^-]|(?<!\w)(?:nửa|rưỡi|đôi|cặp|tá|âm|x)(?!\w)")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{4}|[0-9]{2})")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[/-]([0-9]{1,2})[/-]([0-9]{1,2})(?:[T ][0-9:.]+)?")
_IN_WORDS: Final = re.compile(r"(?:ngày )?([0-9]{1,2}) tháng ([0-9]{1,2}) năm ([0-9]{4})")
_PARTIAL: Final = re.compile(
    r"(?:tháng ?|t|quý ?|q)?(?:[0-9]{1,2}|iv|i{1,3})(?:[/-]| năm | )[0-9]{4}|(?:năm )?[0-9]{4}|[0-9]{1,2}/[0-9]{1,2}"
)
#: Kinds that take a number as it is stored, so that what is shown of it must say the same.
_AS_STORED: Final = frozenset({Kind.WHOLE, Kind.MONEY, Kind.PERCENT, Kind.TASK, Kind.YEAR})
#: Fields that name a record: what a spreadsheet made of them is asked about.
_KEYS: Final = frozenset({"code"})
_REQUEST: Final = re.compile(r"\d{4}-R\d\d", re.ASCII | re.IGNORECASE)
_BECAME_DATE: Final = re.compile(
    r"(?:[A-Za-z]{3}|thg ?[0-9]{1,2})[-/ ][0-9]{1,4}|[0-9]{1,2}[-/ ](?:[A-Za-z]{3}|thg ?[0-9]{1,2})"
)
_ROUNDED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,}|#+")
_WEB: Final = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_MONTH_NAMES: Final = {
    name: month
    for month, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
#: A result such as 110000000.00000001 is 110000000: fifteen digits are all that a spreadsheet computes with.
_NOISE, _NOISE_SHARE = 1e-9, 4e-15
_TOO_BIG, _LONGEST_NUMBER = 10**15, 100
_EARLIEST, _LATEST = 2000, 2100
_SERIAL_DAY_ZERO: Final = date(1899, 12, 30)


class Reading(NamedTuple):
    """What a cell says: a value, the code of a finding about it with its words, or neither (missing).

    Example:
        >>> Reading(5).code is None
        True
    """

    value: Any = None
    code: str | None = None
    words: Mapping[str, Any] = {}

    @classmethod
    def problem(cls, code: str, **words: Any) -> Reading:
        """Return a reading without a value."""
        return cls(None, code, words)


class ValueReader:
    """Reads cells by the kinds of their fields, against one plan (units, periods, tasks)."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._parsers: dict[Kind, Callable[[Cell, Field], Reading]] = {
            Kind.TEXT: self._text,
            Kind.URL: self._url,
            Kind.PERIOD: self._period,
            Kind.TASK: self._task,
            Kind.MEASURE: self._measure,
            Kind.LINE: _line,
            Kind.CODE: self._code,
            Kind.YES_NO: self._yes_no,
            Kind.WHOLE: _whole,
            Kind.MONEY: _whole,
            Kind.YEAR: _year,
            Kind.PERCENT: _percent,
            Kind.DATE: _date,
        }

    def read(self, cell: Cell, field: Field, *, period: str | None = None) -> Reading:
        """Return what `cell` says as a value of `field`; a unit is named by the register of the submission's `period`.

        Where no period could be read the submission is refused anyhow, and a unit is that of the plan's last.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> from nq57kit.submissions.contract import TABLES
            >>> from nq57kit.submissions.cells import Cell
            >>> ValueReader(load_plan()).read(Cell(1, 1, "1.234.567"), TABLES["activities"].field("reach")).value
            1234567
        """
        if cell.error:
            return Reading.problem("cell-error", error=cell.error)
        if cell.formula_without_value:
            return Reading.problem("formula-without-value")
        value = cell.value
        if isinstance(value, str):
            value = tidy(value)
            if value in _MISSING:
                return Reading()
            if (converted := convert_cell(cell)) is not None:
                encoding, unicode = converted
                return Reading.problem("legacy-font", encoding=encoding, reading=unicode.value)
            cell = cell._replace(value=value)
        elif value is None:
            return Reading()
        told = None if cell.is_plain or field.kind not in _AS_STORED else _shown_otherwise(cell, field)
        if told and told.value is None:
            return told
        reading = self._unit(cell, period) if field.kind is Kind.UNIT else self._parsers[field.kind](cell, field)
        return reading._replace(code=told.code, words=told.words) if told and not reading.code else reading

    @staticmethod
    def _text(cell: Cell, field: Field) -> Reading:
        """Text is what a person sees: «007», «2026.10»; a day that shows less, or a number rounded for good, is asked about."""
        value, shown, is_key = cell.value, tidy(cell.shown(point=".")), field.name in _KEYS
        if isinstance(value, bool):
            return Reading(cell.text)
        if isinstance(value, date):
            day = format_date(value.date() if isinstance(value, datetime) else value)
            seen = not is_key and (cell.is_plain or _sees_day(shown, value))
            return Reading(day) if seen else Reading.problem("text-is-date", value=shown, reading=day)
        if isinstance(value, str) and not is_key:
            return Reading(shown)
        if _BECAME_DATE.fullmatch(shown):
            return Reading.problem("text-is-date", value=shown, reading="ngày, tháng")
        if _ROUNDED.fullmatch(shown) or (not isinstance(value, str) and abs(value or 0) >= _TOO_BIG):
            return Reading.problem("text-rounded", value=shown)
        if not isinstance(value, str) and "," in shown:  # groups of digits are no part of a code
            plain = shown.replace(",", "")
            return Reading(plain, "number-as-stored", {"value": shown, "reading": plain})
        return Reading(shown)

    def _url(self, cell: Cell, field: Field) -> Reading:
        """An address or a document's number; the address behind «Xem tại đây» is the evidence, which is said."""
        reading = self._text(cell, field)
        target = clean(cell.link)
        if reading.code or not _WEB.match(target) or target.rstrip("/") == str(reading.value).rstrip("/"):
            return reading
        return Reading(target, "link-target", {"reading": target})

    @staticmethod
    def _code(cell: Cell, field: Field) -> Reading:
        listed = field.codes or ""
        text = cell.shown()
        if found := _find_code(listed, text):
            return Reading(found)
        return Reading.problem("code-unknown", choices=_choices(listed), hint=_suggest(listed, text))

    @staticmethod
    def _yes_no(cell: Cell, field: Field) -> Reading:
        if isinstance(cell.value, bool):
            return Reading(cell.value)
        found = _find_code("yes_no", cell.shown())
        return Reading(found == "co") if found else Reading.problem("yes-no-unclear")

    def _unit(self, cell: Cell, period: str | None) -> Reading:
        half = self.plan.period(period) if period else self.plan.periods[-1]
        match = self.plan.find_unit(str(cell.value), half)
        if match.named and (why := self.plan.explain_absence(match.named, half)):
            return Reading(match.named, "unit-not-there", {"change": why})
        if match.sender:
            return Reading(match.sender)
        names = ", ".join(f"«{self.plan.unit(one).name}»" for one in match.ambiguous or match.suggestions)
        if match.ambiguous:
            return Reading.problem("unit-ambiguous", choices=names)
        return Reading.problem("unit-unknown", hint=f" Có phải là {names}?" if names else "")

    @cached_property
    def _period_names(self) -> Mapping[str, str]:
        """The words for each half-year of the plan."""
        names: dict[str, str] = {}
        settings = self.plan.settings
        names |= {fold(label_period(text)): text for text, _ in self.plan.calendar.requests}
        for year in range(settings.first_year, settings.last_year + 1):
            names[fold(label_period(f"{year}-P"))] = f"{year}-P"
            for half, words, number in ((1, "6 tháng đầu năm", "I"), (2, "6 tháng cuối năm", "II")):
                period = f"{year}-H{half}"
                for text in (
                    period,
                    f"H{half}/{year}",
                    f"{words} {year}",
                    f"{words.replace('6', 'sáu')} {year}",
                    f"kỳ {number}/{year}",
                    f"{words} {year} ({period})",
                ):
                    names[fold(text)] = period
        return names

    def _period(self, cell: Cell, field: Field) -> Reading:
        text = str(cell.value)
        found = self._period_names.get(fold(text), text)
        try:
            period = self.plan.period(found)
        except Nq57Error:
            return Reading.problem("request-unknown" if _REQUEST.fullmatch(text.strip()) else "period-unknown")
        return Reading(str(period)) if not period.is_year else Reading.problem("period-is-year", year=period.year)

    @cached_property
    def _task_names(self) -> dict[int, str]:
        return {
            int(number): match_key(str(name)) for number, name in self.plan.tasks.select("task_id", "name").iter_rows()
        }

    def _task(self, cell: Cell, field: Field) -> Reading:
        last = max(self._task_names, default=0)
        if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
            if cell.percent or not float(cell.value).is_integer():
                return Reading.problem("task-unknown", last=last)
            number, rest = int(cell.value), ""
        else:
            found = _TASK.fullmatch(lower(str(cell.value))) if isinstance(cell.value, str) else None
            if found is None or found.group(0) == "x" or found.group(2)[:1].isdecimal():
                return self._task_by_name(cell, last)
            written, rest = found.groups()
            number = int(written) if written.isdecimal() else _ROMAN.get(written, 0)
        if number not in self._task_names:
            return Reading.problem("task-unknown", last=last)
        key = match_key(rest)
        name = self._task_names[number]
        if key and not (name.startswith(key) or key.startswith(name)):
            return Reading.problem("task-conflict", number=number)
        return Reading(number)

    def _task_by_name(self, cell: Cell, last: int) -> Reading:
        key = match_key(str(cell.value))
        same = [number for number, name in self._task_names.items() if name == key]
        return Reading(same[0]) if len(same) == 1 else Reading.problem("task-unknown", last=last)

    @cached_property
    def _measures(self) -> Mapping[str, str]:
        """The measure that a spelling names: its id, or its words."""
        rows = self.plan.measures.select("measure_id", "text").iter_rows()
        return {match_key(spelling): str(key) for key, text in rows for spelling in (key, text)}

    def _measure(self, cell: Cell, field: Field) -> Reading:
        """A measure as the form's list writes it («III.1.1-06. Thiết lập …»), by its id or by its words alone."""
        text = str(cell.value)
        for spelling in (text, text.split(" ", 1)[0].rstrip(".:")):
            if found := self._measures.get(match_key(spelling)):
                return Reading(found)
        return Reading.problem("measure-unknown")


def _line(cell: Cell, field: Field) -> Reading:
    """A line of the yearly plan by its number, alone or as the form's list writes it («3. Tập huấn …»); its words decide nothing."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer() and value > 0:
        return Reading(int(value))
    found = _LINE.fullmatch(lower(value)) if isinstance(value, str) else None
    return Reading(int(found[1])) if found else Reading.problem("line-unclear")


# ------------------------------------------------------------------------------------ codes


@lru_cache(maxsize=2048)
def _find_code(listed: str, text: str) -> str | None:
    """Return the code that `text` writes, with or without a stop at its end."""
    return find_code(listed, text) or find_code(listed, text.rstrip(" .;:,"))


@cache
def _choices(listed: str) -> str:
    labels = [f"«{code.label}»" for code in load_codes(listed).values()]
    more = " và các mục khác của danh sách trong biểu mẫu" if len(labels) > _MOST_LISTED else ""
    return ", ".join(labels[:_MOST_LISTED]) + more


@cache
def _suggest(listed: str, text: str) -> str:
    """Return « Có phải là «Tọa đàm»?» for the nearest spelling, or nothing."""
    spellings = {
        match_key(word): code.code for code in load_codes(listed).values() for word in (code.label, *code.aliases)
    }
    near = difflib.get_close_matches(match_key(text), spellings, n=1, cutoff=0.75)
    return f" Có phải là «{code_label(listed, spellings[near[0]])}»?" if near else ""


# ---------------------------------------------------------------------------------- numbers


def _shown_otherwise(cell: Cell, field: Field) -> Reading | None:
    """Return the problem of a number of which a person sees another: scaled, in words, in a currency, or hidden."""
    value = cell.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    shown = tidy(cell.shown())
    remarks = {remark.kind: remark for remark in find_remarks(shown)}
    if "currency" in remarks:
        return Reading.problem("money-currency", value=shown)
    if scale := remarks.get("scale"):
        if any(abs(one - Fraction(value)) <= Fraction(scale.factor, 2) for one in read_amount(lower(shown))):
            return Reading(value, "number-as-stored", {"value": shown, "reading": _show(value)})
        return Reading.problem("number-scaled", value=shown, reading=show_amount(Fraction(value) * scale.factor))
    if says_about(lower(shown)):
        return Reading.problem("number-approximate", value=shown, example=f", ví dụ {_show(value)}", blank="")
    if value == 0 and not any(map(str.isdecimal, shown)):
        return None if shown else Reading(0, "zero-not-shown")
    marked = "%" in shown and not cell.percent and field.kind is not Kind.PERCENT
    if not marked and _agrees(shown, Fraction(value) * (100 if cell.percent else 1)):
        return None
    reading = show_amount(Fraction(value).limit_denominator(10**6))
    return Reading.problem("number-shown-otherwise", value=shown or "(trống)", reading=reading)


def _agrees(shown: str, value: Fraction) -> bool:
    """Whether what is shown of a number is that number, rounded to the digits shown, by either use of «.» and «,»."""
    numbers = re.findall(r"[0-9][0-9., ]*(?:[eE][+-][0-9]+)?", shown[:_LONGEST_NUMBER])
    if len(numbers) != 1:
        return False
    number = numbers[0].replace(" ", "").rstrip(".,")
    for point, group in ((",", "."), (".", ",")):
        with suppress(ValueError):
            plain = number.replace(group, "").replace(point, ".")
            decimals = len(plain.partition(".")[2].partition("E")[0])
            if abs(Fraction(plain) - abs(value)) <= Fraction(1, 2 * 10**decimals) + Fraction(1, 10**9):
                return True
    return False


def _sees_day(shown: str, day: date) -> str:
    """Return in which order a person sees day, month and year («day» or «month» first), or nothing if one is missing.

    Example:
        >>> _sees_day("01/9/2026", date(2026, 9, 1)), _sees_day("Sep-26", date(2026, 9, 1)), _sees_day("09/01/2026", date(2026, 9, 1))
        ('day', '', 'month')
    """
    parts = re.findall(r"[0-9]+|[^\W\d_]+", shown.casefold())
    names = [
        index for index, part in enumerate(parts) if part[:3] in _MONTH_NAMES and _MONTH_NAMES[part[:3]] == day.month
    ]
    numbers = [(index, int(part)) for index, part in enumerate(parts) if part.isdecimal() and len(part) <= 4]
    year = next((one for one in numbers if one[1] == day.year), None) or next(
        (one for one in numbers[::-1] if one[1] == day.year % 100), None
    )
    if year is None:
        return ""
    rest = [one for one in numbers if one is not year]
    months = names or [index for index, number in rest if number == day.month]
    days = [index for index, number in rest if number == day.day]
    if names and days:
        return "day"
    if not months or not days or len({*months, *days}) < 2:
        return ""
    ambiguous = day.day <= 12 and day.day != day.month and year[0] > min(months)
    return "month" if months[0] < days[0] and ambiguous else "day"


def _odd_number(value: object, field: Field) -> Reading | None:
    """Return the problem of a cell that is no number and no text, else None."""
    if isinstance(value, bool) or (isinstance(value, float) and not isfinite(value)):
        return Reading.problem("number-unreadable")
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return Reading.problem("number-too-big" if value.isdecimal() else "number-unreadable")
    if isinstance(value, date):
        return Reading.problem(
            "number-is-date", reading=format_date(value.date() if isinstance(value, datetime) else value)
        )
    return None


def _whole(cell: Cell, field: Field) -> Reading:
    """Whole numbers and đồng: digits, «1.234.567» or «1 234 567»; «Không» is zero."""
    value = cell.value
    if problem := _odd_number(value, field):
        return problem
    if isinstance(value, int | float):
        if cell.percent:
            return Reading.problem("number-is-percent", reading=_show(float(value) * 100) + "%")
        if abs(value - round(value)) > max(_NOISE, abs(value) * _NOISE_SHARE):
            return Reading.problem("number-not-whole", reading=_show(value))
        return _bounded(round(value))
    text = lower(str(cell.value))
    if text in _ZERO:
        return Reading(0)
    if field.kind is Kind.MONEY:
        text = _CURRENCY.sub("", text)
    if _PLAIN.fullmatch(text):
        return _bounded(_digits(text))
    if _GROUPED.fullmatch(text):
        return _bounded(_digits(text))
    if _ENGLISH.fullmatch(text):
        whole = _digits(text.partition(".")[0].replace(",", ""))
        if text.count(",") == 1 and "." not in text:
            return _two_readings(format_number(whole), text)
        return Reading.problem("number-english", reading=format_number(whole))
    if _COMMA.fullmatch(text) or _POINT.fullmatch(text) or _GROUPED_COMMA.fullmatch(text):
        return Reading.problem("number-not-whole", reading=text.replace(".", ",") if _POINT.fullmatch(text) else text)
    return _number_in_words(text, field)


def _two_readings(first: str, second: str) -> Reading:
    return Reading.problem("number-two-readings", first=say_number(first), second=say_number(second))


def _digits(text: str) -> int:
    """Return the whole number of digits grouped by points or blanks."""
    return int(text.partition(",")[0].replace(".", "").replace(" ", ""))


def _bounded(value: int) -> Reading:
    return Reading(value) if abs(value) < _TOO_BIG else Reading.problem("number-too-big")


def _number_in_words(text: str, field: Field) -> Reading:
    """Return the problem of a number written with words, with its readings where all of the text says them."""
    numbers = _DIGITS.findall(text)
    if not numbers:
        return Reading.problem("number-unreadable")
    if says_about(text):
        exact = read_amount(leave_about(text))
        example = f", ví dụ {show_amount(exact[0])}" if len(exact) == 1 else ""
        blank = "" if field.required else "; không có số liệu thì để trống"
        return Reading.problem("number-approximate", example=example, blank=blank)
    remarks = {remark.kind for remark in find_remarks(text)}
    if "currency" in remarks:
        return Reading.problem("money-currency")
    is_meant = "scale" in remarks or text.startswith("(")
    readings = [show_amount(amount) for amount in read_amount(text)] if is_meant else []
    if len(readings) == 2:
        return _two_readings(*readings)
    if readings:
        if text.startswith("("):
            return Reading.problem("number-negative", reading=readings[0])
        return Reading.problem("number-scaled", reading=readings[0])
    rest = text.replace(numbers[0], " ", 1)
    amounts = read_amount(numbers[0])
    if len(numbers) > 1 or len(amounts) != 1 or remarks or _NOT_ALONE.search(rest):
        return Reading.problem("number-unreadable")
    return Reading.problem("number-with-words", reading=show_amount(amounts[0]))


def _percent(cell: Cell, field: Field) -> Reading:
    """Percent from 0 to 100: «85», «85,5», «85%», or 0.85 in a cell that is shown as a percentage."""
    value = cell.value
    if problem := _odd_number(value, field):
        return problem
    if isinstance(value, int | float):
        number = round(float(value) * 100, 10) if cell.percent else float(value)
        return _scaled(number, plain=not cell.percent)
    text = lower(str(cell.value))
    if text in _ZERO:
        return Reading(0.0)
    marked = text.endswith("%")
    text = text.removesuffix("%").strip()
    if _PLAIN.fullmatch(text):
        return _scaled(float(text), plain=not marked)
    if _COMMA.fullmatch(text):
        return _scaled(float(text.replace(",", ".")), plain=not marked)
    if _GROUPED_COMMA.fullmatch(text):
        return Reading(float(text.replace(".", "").replace(" ", "").replace(",", ".")))
    if _POINT.fullmatch(text):
        if _GROUPED.fullmatch(text):
            return _two_readings(format_number(int(text.replace(".", ""))), text.replace(".", ","))
        number = float(text)
        return Reading(number, "number-point", {"reading": text.replace(".", ",")})
    if _GROUPED.fullmatch(text):
        return Reading(float(text.partition(",")[0].replace(".", "").replace(" ", "")))
    if _ENGLISH.fullmatch(text):
        return Reading.problem("number-english", reading=_show(float(text.replace(",", ""))))
    return _number_in_words(text, field)


def _scaled(number: float, *, plain: bool) -> Reading:
    """Return a percentage; one of at most 1 without «%» may be a ratio, which is said."""
    if plain and 0 < number <= 1:
        return Reading(number, "percent-small", {"reading": _show(number), "other": _show(round(number * 100, 8))})
    return Reading(number)


def _show(number: float) -> str:
    """Return a number as Vietnamese writes it, with the digits that it has."""
    return format_number(number, min(6, len(f"{number:.6f}".rstrip("0").partition(".")[2])))


# ------------------------------------------------------------------------------------ dates


def _year(cell: Cell, field: Field) -> Reading:
    """A year of four digits, as number or text, with or without «năm»."""
    value = cell.value
    if isinstance(value, int) and not isinstance(value, bool) and not cell.percent:
        return Reading(value) if 1000 <= value <= 9999 else Reading.problem("year-unreadable")
    text = "" if isinstance(value, bool) else lower(cell.shown()).removeprefix("năm ")
    return Reading(int(text)) if re.fullmatch("[0-9]{4}", text) else Reading.problem("year-unreadable")


def _date(cell: Cell, field: Field) -> Reading:
    """A day: a date of the spreadsheet, or text with the day first, the year first (ISO), or in words."""
    value = cell.value
    if isinstance(value, date):
        reading = _plausible(value.date() if isinstance(value, datetime) else value)
        if cell.is_plain or reading.value is None:
            return reading
        shown = cell.shown()
        if not (order := _sees_day(shown, value)):
            return Reading.problem("date-partial", value=shown)
        return (
            reading
            if order == "day"
            else reading._replace(code="date-order", words={"value": shown, "reading": format_date(reading.value)})
        )
    if isinstance(value, bool) or not isinstance(value, str):
        return _serial(value)
    text = lower(value)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        return _day_first(int(day), int(month), year)
    if (found := _YEAR_FIRST.fullmatch(text)) or (found := _IN_WORDS.fullmatch(text)):
        first, month, last = (int(part) for part in found.groups())
        return _make(first, month, last) if first > 31 else _make(last, month, first)
    return Reading.problem(
        "date-partial" if _PARTIAL.fullmatch(text) or _BECAME_DATE.fullmatch(text) else "date-unreadable"
    )


def _day_first(day: int, month: int, year: str) -> Reading:
    full = int(year) if len(year) == 4 else 2000 + int(year)
    reading = _make(full, month, day)
    if len(year) == 2:
        return Reading.problem("date-short-year", reading=format_date(reading.value)) if reading.value else reading
    if reading.value is None and month > 12 >= day:
        other = _make(full, day, month)
        if other.value:
            return Reading.problem("date-month-first", reading=format_date(other.value))
    return reading


def _make(year: int, month: int, day: int) -> Reading:
    try:
        return _plausible(date(year, month, day))
    except ValueError:
        return Reading.problem("date-impossible")


def _plausible(day: date) -> Reading:
    if _EARLIEST <= day.year <= _LATEST:
        return Reading(day)
    return Reading.problem("date-implausible", first=_EARLIEST, last=_LATEST)


def _serial(value: object) -> Reading:
    """A bare number may be a date that lost its format: shown as one, never taken."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 36_526 <= value <= 73_415:
        return Reading.problem("date-serial", reading=format_date(_SERIAL_DAY_ZERO + timedelta(days=int(value))))
    return Reading.problem("date-unreadable")
