"""The desk's timetable: which errands a day has, what is made up for, and one sentence for each thing that is wrong in it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.errors import DeskError
from nq57kit.plan import load_plan
from nq57kit.plan.timetable import MADE_UP, Step, find_errands, read_timetable

HALVES = ("H1", "H2")
DAY = timedelta(days=1)


def due(step: Step, day: date, done: tuple[tuple[str, str, str], ...] = ()) -> list[tuple[str, str]]:
    return [(one.period, one.on.isoformat()) for one in find_errands([step], load_plan(), day, done)]


@pytest.mark.parametrize(
    ("on", "kinds", "expected"),
    [
        ("due", HALVES, ("2027-H1", "2027-06-19")),
        ("due+1", HALVES, ("2027-H1", "2027-06-20")),
        ("working-7", HALVES, ("2027-H1", "2027-06-11")),  # 19/06/2027 is a Saturday: 18/06, a week before
        ("close", ("H2",), ("2027-H2", "2027-12-16")),
        ("due-10", ("year",), ("2027", "2027-12-09")),
        ("09-01", ("year",), ("2027", "2027-09-01")),
    ],
)
def test_a_step_is_due_on_its_day_and_made_up_for_a_month_until_it_is_done(on, kinds, expected):
    step, day = Step("việc", on, ("status", "{period}"), kinds), date.fromisoformat(expected[1])
    assert expected not in due(step, day - DAY)
    for later in (day, day + DAY, day + MADE_UP):
        assert due(step, later) == [expected]
        assert due(step, later, (("việc", *expected),)) == []
    assert due(step, day + MADE_UP + DAY) == []


def test_a_step_of_each_day_has_the_half_that_is_gathered_and_comes_again_when_it_was_done():
    step = Step("nhận", "daily", ("status", "{period}", "{year}", "{today}"), HALVES)
    days = {"2026-06-19": "2026-H1", "2026-07-19": "2026-H1", "2026-07-20": "2026-H2", "2027-01-18": "2026-H2",
            "2027-01-19": "2027-H1"}  # fmt: skip
    for text, period in days.items():
        errands = find_errands([step], load_plan(), date.fromisoformat(text), [("nhận", period, text)])
        assert [one.words for one in errands] == [("status", period, period[:4], text)]


def test_after_the_plans_last_year_nothing_is_due():
    step = Step("nhận", "daily", ("status", "{period}"), HALVES)
    assert due(step, date(2031, 3, 1)) == []


@given(
    st.dates(date(2026, 1, 1), date(2031, 12, 31)), st.integers(-99, 99), st.sampled_from(["due", "working", "close"])
)
def test_who_runs_it_every_day_misses_nothing_and_does_nothing_twice(first, days, anchor):
    step, done, seen = Step("việc", f"{anchor}{days:+d}", ("status",), HALVES), set(), []
    for number in range(0, 800, 13):  # a machine that is on every thirteenth day
        for errand in find_errands([step], load_plan(), first + number * DAY, done):
            done.add(errand.key)
            seen.append(errand.period)
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)


GOOD = '[[run]]\nstep = "a"\non = "daily"\ncommand = ["status"]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "chưa có việc nào"),
        ("[[run]", "sai cú pháp TOML"),
        ("run = 5", "sai cú pháp TOML"),
        (GOOD.replace('"a"', '" "'), "thiếu «step»"),
        (GOOD.replace("daily", "hằng ngày"), "«on» phải là daily"),
        (GOOD.replace("daily", "02-29"), "«on» phải là daily"),  # not every year has it
        (GOOD.replace("daily", "due+1000"), "«on» phải là daily"),
        (GOOD.replace('["status"]', '"status"'), "danh sách các chữ"),
        (GOOD.replace('["status"]', '["status", "{kỳ}"]'), "«{kỳ}» không có"),
        (GOOD.replace('["status"]', '["status", "{period.calendar}"]'), "«{period.calendar}» không có"),
        (GOOD + 'kinds = ["Q1"]', "«kinds» phải là"),
        (GOOD + 'khi = "x"', "mục «khi» không dùng được"),
        (GOOD + GOOD, "hai việc cùng tên «a»"),
    ],
)
def test_what_is_wrong_in_a_timetable_is_one_sentence_that_names_the_file(text, said, tmp_path):
    path = tmp_path / "desk.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeskError) as caught:
        read_timetable(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
