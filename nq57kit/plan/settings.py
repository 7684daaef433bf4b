"""The rules that the plan leaves open, as one frozen value.

In: the text of settings.toml (a ministry's own over the packaged defaults). Out: `Settings`, and the
lines that a report prints about them. Nothing here is law: each value says why it is what it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from nq57kit.errors import PlanError
from nq57kit.text import format_date

_KINDS = {"H1": "6 tháng đầu năm", "H2": "6 tháng cuối năm", "year": "năm", "P": "của kế hoạch năm"}
_FILE = "settings.toml"
_ON_TIME_BY = {"sent": "thời điểm gửi", "received": "thời điểm tiếp nhận"}
_JUDGED_BY = {
    "first_accepted": "bản đầu tiên được chấp nhận và có nội dung",
    "latest_accepted": "bản mới nhất được chấp nhận",
}
#: The rules that are printed, and their labels; why there is a setting is data of the plan (`[reasons]`).
_RULES = {
    "annual_due": "Ngày đến hạn của nhiệm vụ «Hằng năm»",
    "on_time_by": "Thời điểm xét đúng hạn",
    "on_time_judged_by": "Bản báo cáo xét đúng hạn",
    "inputs_close_days_before": "Chốt tiếp nhận báo cáo đơn vị",
    "counted_channels": "Kênh được tính là đã truyền thông nhiệm vụ KHCN",
    "show_secret_count": "Số nhiệm vụ KHCN thuộc bí mật nhà nước",
}
#: What reasons speak of: a setting, or several of one table.
_REASONS = ("draft", "timezone", "first_period", "windows", "plans", *_RULES)
_SHORTEST_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class MonthDay(NamedTuple):
    """A day of every year; `str()` is the «tháng-ngày» form of settings.toml."""

    month: int
    day: int

    @classmethod
    def parse(cls, text: str) -> MonthDay | None:
        """Return the day that «12-14» is; None for what is no day of every year.

        Example:
            >>> MonthDay.parse("12-14"), MonthDay.parse("02-29")
            (MonthDay(month=12, day=14), None)
        """
        found = re.fullmatch(r"(\d\d)-(\d\d)", text, re.ASCII)
        month, day = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
        return cls(month, day) if 1 <= month <= 12 and 1 <= day <= _SHORTEST_MONTH_DAYS[month - 1] else None

    def in_year(self, year: int) -> date:
        """Return this day in `year`.

        Example:
            >>> MonthDay(12, 14).in_year(2026)
            datetime.date(2026, 12, 14)
        """
        return date(year, self.month, self.day)

    def __str__(self) -> str:
        return f"{self.month:02d}-{self.day:02d}"


class WindowRule(NamedTuple):
    """The data window of one kind of period: first day, whether that is of the year before, last day."""

    start: MonthDay
    start_in_previous_year: bool
    end: MonthDay


class Body(NamedTuple):
    """What a body that has a plan calls itself, its whole, its leaders, and the office that gathers the reports.

    `issuer` is its full name at the head of pages, «» where the packaged letterhead's holds.
    """

    issuer: str
    name: str
    whole: str
    leaders: str
    office: str
    office_short: str


class SettingLine(NamedTuple):
    """One setting as a report prints it: key, label, value and reason (the last three in Vietnamese)."""

    key: str
    label: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a plan (contract §2); days are days of the year, `signed_on` is None in a draft."""

    timezone: str
    draft: bool
    number: str
    signed_on: date | None
    body: Body
    first_period: str
    first_year: int
    last_year: int
    windows: tuple[tuple[str, WindowRule], ...]
    plans_due: MonthDay
    plans_due_in_previous_year: bool
    annual_due: MonthDay
    on_time_by: str
    on_time_judged_by: str
    inputs_close_days_before: int
    counted_channels: tuple[str, ...]
    show_secret_count: bool
    reasons: tuple[tuple[str, str], ...]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.timezone)

    def window_rule(self, kind: str) -> WindowRule:
        """Return the data window of a kind of period («H1», «H2», «year» or «P»)."""
        return dict(self.windows)[kind]

    def lines(self, words: Mapping[str, str], name_channel: Callable[[str], str] = str) -> tuple[SettingLine, ...]:
        """Return every open rule with its value and reason, in Vietnamese, for the foot of a report.

        `words` are those of the plan (`Plan.words`); channels are called as `name_channel` says.
        """
        why = {key: _fill_in(reason, words) for key, reason in self.reasons}
        first = f"{_KINDS[self.first_period[-2:]]} {self.first_period[:4]}"
        lines = [
            SettingLine("plan.draft", "Tình trạng văn bản", self.document_state, why["draft"]),
            SettingLine("timezone", "Múi giờ xét đúng hạn", self.timezone, why["timezone"]),
            SettingLine("periods.first_period", "Kỳ báo cáo đầu tiên", first, why["first_period"]),
        ]
        for kind, rule in self.windows:
            before = " năm trước" if rule.start_in_previous_year else ""
            value = f"từ {_spoken(rule.start)}{before} đến {_spoken(rule.end)}"
            reason = why["plans" if kind == "P" else "windows"]
            lines.append(SettingLine(f"windows.{kind}", f"Kỳ số liệu {_KINDS[kind]}", value, reason))
        due = _spoken(self.plans_due) + (" năm trước" if self.plans_due_in_previous_year else "")
        lines.append(SettingLine("plans.due", "Hạn gửi kế hoạch và dự toán năm", f"chậm nhất {due}", why["plans"]))
        values = {
            "annual_due": _spoken(self.annual_due),
            "on_time_by": _ON_TIME_BY[self.on_time_by],
            "on_time_judged_by": _JUDGED_BY[self.on_time_judged_by],
            "inputs_close_days_before": f"{self.inputs_close_days_before} ngày trước thời hạn báo cáo của {self.body.name}",
            "counted_channels": ", ".join(map(name_channel, self.counted_channels)),
            "show_secret_count": "in trong báo cáo" if self.show_secret_count else "không in trong báo cáo",
        }
        rules = (SettingLine(f"rules.{key}", label, values[key], why[key]) for key, label in _RULES.items())
        return (*lines, *rules)

    @property
    def document_state(self) -> str:
        """What a report says of the decision: «dự thảo, chưa có số và ngày ký», or its number and date."""
        if self.draft:
            return "dự thảo, chưa có số và ngày ký" if not self.number else f"dự thảo số {self.number}"
        return f"Quyết định số {self.number} ngày {format_date(self.signed_on)}"


def read_settings(own: str | None, defaults: str) -> Settings:
    """Return the settings of the TOML text `own`, every missing key taken from the text `defaults`.

    Raises PlanError (file, line, key, what to write) on the first value that cannot be.
    """
    base = _flatten(tomllib.loads(defaults))
    if own is None:
        return _Reader(defaults, base).build()
    try:
        mine = _flatten(tomllib.loads(own))
    except (ValueError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        line = found.group(1) if found else str(own.count("\n") + 1)
        raise PlanError(
            f"{_FILE}, dòng {line}: không đúng cú pháp TOML; mỗi dòng cần viết theo mẫu tên = giá trị, "
            f"chữ đặt trong dấu nháy kép."
        ) from None
    reader = _Reader(own, base | mine)
    for key in mine:
        if key not in base:
            raise reader.fail(key, "không có thiết lập mang tên này", "xóa dòng này hoặc sửa tên cho đúng")
    return reader.build()


def _fill_in(text: str, words: Mapping[str, str]) -> str:
    """Return a person's text with words in the places of their names in braces; other braces are its own."""
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), text)


def _spoken(day: MonthDay) -> str:
    """Return «ngày 14/12»."""
    return f"ngày {format_date(day.in_year(2028)).rsplit('/', 1)[0]}"


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _line_of(text: str, key: str) -> int:
    """Return the 1-based line of a dotted key in TOML text (the last line where it cannot be seen)."""
    section, _, name = key.rpartition(".")
    current = ""
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if header := re.match(r"\s*\[([^\]]+)\]", line):
            current = header.group(1).strip()
        elif re.match(rf"\s*{re.escape(name)}\s*=", line) and current == section:
            return number
    return max(len(lines), 1)


class _Reader:
    """Takes typed values out of the flat table; a wrong one is a PlanError with its line."""

    def __init__(self, text: str, values: dict[str, Any]) -> None:
        self._text, self._values = text, values

    def build(self) -> Settings:
        settings = Settings(
            timezone=self._timezone(),
            draft=self._flag("plan.draft"),
            number=self._word("plan.number"),
            signed_on=self._date("plan.signed_on"),
            body=Body(self._word("body.issuer"), *(self._filled(f"body.{name}") for name in Body._fields[1:])),
            first_period=self._word("periods.first_period"),
            first_year=self._whole("periods.first_year", 2000, 2100),
            last_year=self._whole("periods.last_year", 2000, 2100),
            windows=tuple((kind, self._window(kind)) for kind in _KINDS),
            plans_due=self._month_day("plans.due"),
            plans_due_in_previous_year=self._flag("plans.due_in_previous_year"),
            annual_due=self._month_day("rules.annual_due"),
            on_time_by=self._choice("rules.on_time_by", _ON_TIME_BY),
            on_time_judged_by=self._choice("rules.on_time_judged_by", _JUDGED_BY),
            inputs_close_days_before=self._whole("rules.inputs_close_days_before", 1, 60),
            counted_channels=self._words("rules.counted_channels"),
            show_secret_count=self._flag("rules.show_secret_count"),
            reasons=tuple((name, self._filled(f"reasons.{name}")) for name in _REASONS),
        )
        year, first = settings.first_year, settings.first_period
        if settings.last_year < year:
            raise self.fail("periods.last_year", "năm cuối nhỏ hơn năm đầu", f"ghi một năm từ {year} trở đi")
        if first not in (f"{year}-H1", f"{year}-H2"):
            do = f'ghi "{year}-H1" hoặc "{year}-H2"'
            raise self.fail("periods.first_period", f"«{first}» không phải là một kỳ của năm đầu", do)
        if not settings.draft and not (settings.number and settings.signed_on):
            do = "điền number và signed_on, hoặc để draft = true"
            raise self.fail("plan.draft", "văn bản đã ký phải có số và ngày ký", do)
        return settings

    def fail(self, key: str, what: str, do: str) -> PlanError:
        return PlanError(f"{_FILE}, dòng {_line_of(self._text, key)}, mục «{key}»: {what}; {do}.")

    def _word(self, key: str) -> str:
        value = self._values[key]
        if not isinstance(value, str):
            raise self.fail(key, f"«{value}» không phải là chữ", "ghi trong dấu nháy kép")
        return value.strip()

    def _filled(self, key: str) -> str:
        word = self._word(key)
        if not word:
            raise self.fail(key, "đang để trống", "ghi từ sẽ dùng trong báo cáo, hoặc xóa dòng này")
        return word

    def _words(self, key: str) -> tuple[str, ...]:
        values = self._values[key]
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            raise self.fail(
                key, f"«{values}» không hợp lệ", 'ghi danh sách mã trong dấu ngoặc vuông, ví dụ ["bao_chi"]'
            )
        return tuple(dict.fromkeys(value.strip() for value in values))

    def _flag(self, key: str) -> bool:
        value = self._values[key]
        if not isinstance(value, bool):
            raise self.fail(key, f"«{value}» không hợp lệ", "ghi true hoặc false, không có dấu nháy")
        return value

    def _whole(self, key: str, low: int, high: int) -> int:
        value = self._values[key]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fail(key, f"«{value}» không hợp lệ", f"ghi một số nguyên từ {low} đến {high}")
        return value

    def _choice(self, key: str, choices: dict[str, str]) -> str:
        value = self._word(key)
        if value not in choices:
            wanted = " hoặc ".join(f'"{choice}"' for choice in choices)
            raise self.fail(key, f"«{value}» không có trong danh sách", f"ghi {wanted}")
        return value

    def _timezone(self) -> str:
        name = self._word("timezone")
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            raise self.fail("timezone", f"không có múi giờ «{name}»", 'ghi "Asia/Ho_Chi_Minh"') from None
        return name

    def _date(self, key: str) -> date | None:
        value = self._values[key]
        if type(value) is date:
            return value
        text = self._word(key)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            do = "ghi theo mẫu năm-tháng-ngày, hoặc để trống"
            raise self.fail(key, f"«{text}» không phải là ngày", do) from None

    def _month_day(self, key: str) -> MonthDay:
        text = self._word(key)
        day = MonthDay.parse(text)
        if day is None:
            do = 'ghi theo mẫu tháng-ngày, ví dụ "12-14"'
            raise self.fail(key, f"«{text}» không phải là ngày có trong mọi năm", do)
        return day

    def _window(self, kind: str) -> WindowRule:
        key = f"windows.{kind}."
        start, end = self._month_day(f"{key}from"), self._month_day(f"{key}to")
        rule = WindowRule(start, self._flag(f"{key}from_previous_year"), end)
        if not rule.start_in_previous_year and start > end:
            do = "sửa lại một trong hai ngày"
            raise self.fail(f"{key}to", "ngày kết thúc đứng trước ngày bắt đầu", do)
        return rule
