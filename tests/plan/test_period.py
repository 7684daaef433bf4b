"""Periods, windows and deadlines; days and weekdays are written out from a paper calendar."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.errors import PeriodError
from nq57kit.plan import Period, Request, Window, load_plan

Edit = Callable[[str, str, str], None]
PLAN = load_plan()
ALL = [text for year in range(2026, 2031) for text in (f"{year}-P", f"{year}-H1", f"{year}-H2", f"{year}")]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "label", "window", "deadline"),
    [
        ("2026-H1", "6 tháng đầu năm 2026", (date(2025, 12, 15), date(2026, 6, 14)), date(2026, 6, 20)),
        ("2026-H2", "6 tháng cuối năm 2026", (date(2026, 6, 15), date(2026, 12, 14)), date(2026, 12, 20)),
        ("2026", "năm 2026", (date(2025, 12, 15), date(2026, 12, 14)), date(2026, 12, 20)),
    ],
)
def test_words_window_and_deadline(text: str, label: str, window: tuple[date, date], deadline: date) -> None:
    period = PLAN.period(text)
    assert (period.label, period.window) == (label, Window(*window))
    assert period.deadline.isoformat() == f"{deadline}T00:00:00+07:00"
    assert period.deadline_text == f"trước ngày {deadline.day}/{deadline.month}/{deadline.year}"


@pytest.mark.parametrize("text", ["2026-H1", "2027-H1", "2028-H1", "2029-H1", "2030-H1"])
def test_before_20_june_is_strict_whatever_the_weekday(text: str) -> None:
    period, year = PLAN.period(text), text[:4]
    assert period.is_on_time(_at(f"{year}-06-19T23:59:59+07:00"))
    assert period.is_on_time(_at(f"{year}-06-19T16:59:59Z"))
    assert not period.is_on_time(_at(f"{year}-06-20T00:00:00+07:00"))
    assert not period.is_on_time(_at(f"{year}-06-19T17:00:00Z"))
    assert period.last_day == date(int(year), 6, 19)


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(PeriodError, match=r"2026-06-19T08:00:00\+07:00"):
        PLAN.period("2026-H1").is_on_time(datetime(2026, 6, 19, 8))  # noqa: DTZ001
    with pytest.raises(PeriodError, match="múi giờ"):
        PLAN.period("2026-H1").is_over(datetime(2026, 6, 19, 8))  # noqa: DTZ001


def test_a_period_is_over_when_its_deadline_has_passed() -> None:
    period = PLAN.period("2026-H2")
    assert not period.is_over(date(2026, 12, 19))
    assert period.is_over(date(2026, 12, 20))
    assert not period.is_over(_at("2026-12-19T23:59:59+07:00"))
    assert period.is_over(_at("2026-12-19T17:00:00Z"))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-H1", date(2026, 6, 19)),  # Friday
        ("2026-H2", date(2026, 12, 18)),  # the 19th is a Saturday
        ("2027-H1", date(2027, 6, 18)),  # the 19th is a Saturday
        ("2027-H2", date(2027, 12, 17)),  # the 19th is a Sunday
        ("2028-H1", date(2028, 6, 19)),
        ("2029", date(2029, 12, 19)),
        ("2030", date(2030, 12, 19)),
    ],
)
def test_last_working_day(text: str, day: date) -> None:
    assert PLAN.period(text).last_working_day == day


def test_inputs_close_before_the_ministrys_own_deadline_and_leave_a_working_day() -> None:
    assert PLAN.period("2026-H2").closes_on == date(2026, 12, 16)
    assert PLAN.period("2026").closes_on == date(2026, 12, 16)
    assert PLAN.period("2026-H1").closes_on == date(2026, 6, 19)  # the plan gives the ministry no June date
    for year in range(2026, 2031):
        period = PLAN.period(f"{year}")
        days = [period.closes_on + timedelta(days=n) for n in range(1, 4)]
        assert days[-1] == period.last_day
        assert any(day.weekday() < 5 for day in days)


def test_neighbours() -> None:
    assert str(PLAN.period("2027-H1").previous) == "2026-H2"
    assert str(PLAN.period("2026-H2").previous) == "2026-H1"
    assert PLAN.period("2026-H1").previous is None
    assert str(PLAN.period("2027").previous) == "2026"
    assert PLAN.period("2026").previous is None
    assert str(PLAN.period("2028-H1").same_period_last_year) == "2027-H1"
    assert PLAN.period("2026-H2").same_period_last_year is None
    assert [str(half) for half in PLAN.period("2027").halves] == ["2027-H1", "2027-H2"]
    assert [str(half) for half in PLAN.period("2027-H2").halves] == ["2027-H2"]


def test_the_first_period_is_marked() -> None:
    assert [text for text in ALL if PLAN.period(text).is_first] == ["2026-P", "2026-H1"]


def test_kinds_and_order() -> None:
    periods = [PLAN.period(text) for text in ALL]
    backwards = periods[::-1]
    assert sorted(backwards) == periods
    assert [period.kind for period in periods[:4]] == ["P", "H1", "H2", "year"]
    assert [period.is_year for period in periods[:4]] == [False, False, False, True]
    with pytest.raises(TypeError):
        _ = periods[0] < "2026-H2"


def test_a_year_is_exactly_its_two_halves() -> None:
    for year in range(2026, 2031):
        first, second = PLAN.period(f"{year}").halves
        assert second.window.start == first.window.end + timedelta(days=1)
        assert PLAN.period(f"{year}").window == Window(first.window.start, second.window.end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-H3",
        "2026-H0",
        "2026H1",
        "2026 - H1",
        "H1-2026",
        "2025",
        "2031-H1",
        "26-H1",
        "2026-Q1",
        "٢٠٢٦",
        "2026-H1\n2027",
    ],
)
def test_anything_else_is_refused_with_the_five_forms(text: str) -> None:
    with pytest.raises(PeriodError) as caught:
        PLAN.period(text)
    for word in ("2026-H1", "2026-H2", "2026 (cả năm)", "2026-P", "2026-R01", "từ 2026 đến 2030"):
        assert word in str(caught.value)


def test_the_constructor_refuses_as_parse_does() -> None:
    assert Period(2026, "H2", PLAN.calendar) == PLAN.period("2026-h2")
    for year, part in ((2026, "H3"), (2025, "H1"), (2031, ""), (2027, "R00"), (2027, "h1 ")):
        with pytest.raises(PeriodError):
            Period(year, part, PLAN.calendar)


def test_a_period_without_a_calendar_says_how_a_period_is_made() -> None:
    with pytest.raises(PeriodError, match=r"load_plan\(\).period\('2026-H2'\)"):
        Period("2026-H2")  # type: ignore[arg-type]
    with pytest.raises(PeriodError, match="lịch của một kế hoạch"):
        Period(2026, "H1")


@given(st.sampled_from(ALL), st.sampled_from(["", " ", "\t", "\u00a0"]), st.booleans())
def test_parse_is_the_inverse_of_str(text: str, blank: str, lower: bool) -> None:
    written = f"{blank}{text.lower() if lower else text}{blank}"
    period = PLAN.period(written)
    assert str(period) == text
    assert PLAN.period(str(period)) == period
    assert hash(PLAN.period(str(period))) == hash(period)


_DAYS = st.dates(date(2025, 1, 1), date(2031, 12, 31))


@given(st.sampled_from(ALL), _DAYS, st.none() | st.integers(0, 500))
def test_covers_means_that_a_day_is_shared(text: str, start: date, length: int | None) -> None:
    period = PLAN.period(text)
    end = None if length is None else start + timedelta(days=length)
    days = {start + timedelta(days=n) for n in range((length or 0) + 1)}
    first, last = period.window
    shared = any(first <= day <= last for day in days)
    assert period.covers(start, end) == shared


@given(st.sampled_from(ALL), st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_on_time_is_the_hanoi_day_before_the_deadline_day(text: str, sent_at: datetime) -> None:
    period = PLAN.period(text)
    hanoi_day = (sent_at + timedelta(hours=7)).date()
    assert period.is_on_time(sent_at) == (hanoi_day <= period.last_day)
    assert period.is_over(sent_at) != period.is_on_time(sent_at)


def test_another_calendar_by_data_alone(edit: Edit, folder: Path) -> None:
    edit("deadlines.csv", "units,H1,6,20,true,trước ngày 20/06", "units,H1,7,5,false,chậm nhất ngày 05/7")
    edit("settings.toml", 'from = "06-15"', 'from = "07-01"')
    edit("settings.toml", 'to = "06-14"', 'to = "06-30"')
    edit("settings.toml", "last_year = 2030", "last_year = 2032")
    plan = load_plan(folder)
    period = plan.period("2031-H1")
    assert period.window == Window(date(2030, 12, 15), date(2031, 6, 30))
    assert period.deadline_text == "chậm nhất ngày 05/7/2031"
    assert period.is_on_time(_at("2031-07-05T23:59:59+07:00"))
    assert not period.is_on_time(_at("2031-07-06T00:00:00+07:00"))
    assert period.previous is not None
    assert period.previous.calendar is plan.calendar
    with pytest.raises(PeriodError, match="từ 2026 đến 2032"):
        plan.period("2033")


def test_a_first_period_in_the_second_half(edit: Edit, folder: Path) -> None:
    edit("settings.toml", 'first_period = "2026-H1"', 'first_period = "2026-H2"')
    plan = load_plan(folder)
    assert [str(half) for half in plan.period("2026").halves] == ["2026-H2"]
    assert plan.period("2026-H2").previous is None
    with pytest.raises(PeriodError, match="từ kỳ 2026-H2"):
        plan.period("2026-H1")


def test_the_ministrys_own_june_date_moves_the_closing_day(folder: Path) -> None:
    with (folder / "deadlines.csv").open("a", encoding="utf-8") as stream:
        stream.write("bo-6-thang,ministry,H1,6,20,true,trước ngày 20/06,Sửa đổi\n")
    assert load_plan(folder).period("2026-H1").closes_on == date(2026, 6, 16)


def test_a_period_survives_pickling() -> None:
    period = PLAN.period("2026-H2")
    copy = pickle.loads(pickle.dumps(period))  # noqa: S301
    assert (copy, copy.window, copy.deadline) == (period, period.window, period.deadline)


# The yearly plan and the requests (contract §7) ---------------------------------------------------

ASKED = Request(
    "Kết quả truyền thông Tháng thanh niên",
    Window(date(2027, 3, 1), date(2027, 7, 31)),
    _at("2027-08-20T16:00:00+07:00"),
    ("activities", "workforce"),
    ("vien",),
    "Công văn số …/BNNMT-KHCN",
)
ASKING = replace(PLAN.calendar, requests=(("2027-R01", ASKED), ("2027-R02", ASKED._replace(due=date(2027, 8, 20)))))


def test_a_plan_has_its_calendar_year_and_a_deadline_that_is_a_setting() -> None:
    plan = PLAN.period("2027-p")
    assert (str(plan), plan.kind, plan.label) == ("2027-P", "P", "kế hoạch và dự toán năm 2027")
    assert (plan.is_plan, plan.is_half, plan.is_year, plan.is_request, plan.half) == (True, False, False, False, None)
    assert plan.window == Window(date(2027, 1, 1), date(2027, 12, 31))
    assert plan.deadline_text == "chậm nhất ngày 31/12/2026"
    assert plan.is_on_time(_at("2026-12-31T23:59:59+07:00"))
    assert not plan.is_on_time(_at("2027-01-01T00:00:00+07:00"))
    assert (plan.halves, plan.sources) == ((), (plan,))
    assert plan.previous == plan.same_period_last_year == PLAN.period("2026-P")
    assert PLAN.period("2026-P").previous is None
    assert PLAN.period("2026-P").is_first
    assert not plan.is_first


def test_the_deadline_of_plans_is_moved_in_the_settings(folder: Path, edit: Edit) -> None:
    edit("settings.toml", 'due = "12-31"\ndue_in_previous_year = true', 'due = "01-15"\ndue_in_previous_year = false')
    assert load_plan(folder).period("2027-P").deadline_text == "chậm nhất ngày 15/01/2027"


def test_a_plan_stands_before_its_halves_and_requests_after_the_year() -> None:
    texts = ["2027-R02", "2027", "2027-H2", "2028-P", "2027-R01", "2027-H1", "2027-P", "2026"]
    told = sorted(Period.parse(text, ASKING) for text in texts)
    assert list(map(str, told)) == [
        *("2026", "2027-P", "2027-H1", "2027-H2", "2027", "2027-R01", "2027-R02", "2028-P"),
    ]


def test_a_request_has_its_own_days_and_its_own_moment() -> None:
    asked = Period.parse("2027-r01", ASKING)
    assert (asked.kind, asked.is_request, asked.halves, asked.sources) == ("R", True, (), (asked,))
    assert asked.label == "báo cáo đột xuất R01 năm 2027"
    assert asked.window == Window(date(2027, 3, 1), date(2027, 7, 31))
    assert asked.deadline_text == "trước 16 giờ 00 ngày 20/8/2027"
    assert asked.is_on_time(_at("2027-08-20T15:59:59+07:00"))
    assert not asked.is_on_time(_at("2027-08-20T16:00:00+07:00"))
    assert asked.is_over(date(2027, 8, 20))
    assert not asked.is_over(date(2027, 8, 19))
    assert (asked.previous, asked.same_period_last_year, asked.last_day) == (None, None, date(2027, 8, 20))


def test_a_request_may_be_due_by_the_end_of_a_day() -> None:
    asked = Period.parse("2027-R02", ASKING)
    assert asked.deadline_text == "chậm nhất ngày 20/8/2027"
    assert asked.deadline.isoformat() == "2027-08-21T00:00:00+07:00"
    assert not asked.is_over(date(2027, 8, 20))
    assert asked.is_over(date(2027, 8, 21))


def test_a_request_that_nobody_made_is_said_to_be_none() -> None:
    with pytest.raises(PeriodError, match="nq57kit request list"):
        PLAN.period("2027-R01")
    assert PLAN.find_period("2027-R01") is None
