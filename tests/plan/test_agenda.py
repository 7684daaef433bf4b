"""The days of a year as a calendar file: what the plan says, each once, read by another program's rules.

And the desk's timetable: which errands a day has, what is made up for, and one sentence for each thing that is wrong in it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.cli import main
from nq57kit.errors import DeskError, PeriodError
from nq57kit.plan import load_plan
from nq57kit.plan.agenda import MADE_UP, Day, Step, find_errands, list_days, read_timetable, to_icalendar
from nq57kit.plan.period import Request, Window
from nq57kit.store import Store, request_report

HALVES = ("H1", "H2")
DAY = timedelta(days=1)


def unfold(text):
    """Return the lines of an iCalendar text as a reader joins them (RFC 5545, section 3.1)."""
    assert all(len(line.encode("utf-8")) <= 75 for line in text.split("\r\n"))
    return re.sub("\r\n ", "", text).split("\r\n")


def test_the_year_has_its_deadlines_last_working_days_and_yearly_days():
    days = {day.code: day.on for day in list_days(load_plan(), 2026)}
    assert days["due-2026-H2"] == date(2026, 12, 19)  # before 20/12, which is a Sunday
    assert days["working-2026-H2"] == date(2026, 12, 18)
    assert days["event-khcn-2026"] == date(2026, 5, 18)
    assert days["event-doi-moi-sang-tao-2026"] == date(2026, 10, 1)
    assert days["event-chuyen-doi-so-2026"] == date(2026, 10, 10)
    assert len(days) == len(list_days(load_plan(), 2026))  # no code twice


def test_a_request_is_due_on_its_own_last_day_in_the_year_in_which_that_is():
    zone = load_plan().settings.zone
    days = Window(date(2027, 9, 1), date(2027, 12, 31))
    due = datetime(2028, 1, 10, 16, 0, tzinfo=zone)
    asked = Request("Tháng thanh niên", days, due, ("activities",), ("all",), "Công văn số 12 (giả lập)")
    plan = load_plan().with_requests({"2027-R01": asked})
    (day,) = [day for day in list_days(plan, 2028) if day.code == "due-2027-R01"]
    assert (day.on, day.title) == (date(2028, 1, 10), "Ngày cuối trong hạn gửi báo cáo đột xuất «Tháng thanh niên»")
    assert day.basis == "trước 16 giờ 00 ngày 10/01/2028; Công văn số 12 (giả lập)"
    assert "due-2027-R01" not in {day.code for day in list_days(plan, 2027)}


def test_the_calendar_of_a_store_has_its_requests(tmp_path, capsys):
    store = Store.create(tmp_path / "kho")
    days = {"start": "2027-03-01", "end": "2027-07-31", "due": "20/08/2027 16:00"}
    request_report(store, "Tháng thanh niên", tables=["activities"], units=["all"], basis="Công văn giả lập", **days)
    path = tmp_path / "lich.ics"
    assert main(["calendar", "2027", "--store", str(store.folder), "--out", str(path)]) == 0
    assert "UID:due-2027-R01@nq57kit" in unfold(path.read_bytes().decode("utf-8"))
    assert "báo cáo đột xuất «Tháng thanh niên»" in capsys.readouterr().out


def test_days_stand_in_their_order_and_a_foreign_year_is_refused():
    days = [day.on for day in list_days(load_plan(), 2029)]
    assert days == sorted(days)
    with pytest.raises(PeriodError, match="2031"):
        list_days(load_plan(), 2031)


def test_a_calendar_text_can_be_read_whole_and_signs_are_escaped():
    title = "Hạn; gửi, báo cáo \\ " + "đ" * 80
    lines = unfold(to_icalendar([Day("x", date(2027, 2, 28), title, "dòng 1\ndòng 2")]))
    said = dict(line.split(":", 1) for line in lines if ":" in line)
    assert said["SUMMARY"] == "Hạn\\; gửi\\, báo cáo \\\\ " + "đ" * 80
    assert (said["DTSTART;VALUE=DATE"], said["DTEND;VALUE=DATE"]) == ("20270228", "20270301")
    assert "DESCRIPTION:dòng 1\\ndòng 2" in lines
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 1


def test_the_command_writes_the_file_and_the_same_bytes_again(tmp_path, capsys):
    path = tmp_path / "lich" / "2027.ics"
    assert main(["calendar", "2027", "--out", str(path)]) == 0
    first = path.read_bytes()
    assert main(["calendar", "2027", "--out", str(path)]) == 0
    assert path.read_bytes() == first
    assert first.count(b"BEGIN:VEVENT") == len(list_days(load_plan(), 2027))
    assert "Ngày Chuyển đổi số quốc gia" in capsys.readouterr().out
    assert main(["calendar", "2031", "--out", str(path)]) == 2
    assert path.read_bytes() == first


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
