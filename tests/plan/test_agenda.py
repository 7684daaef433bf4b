"""The days of a year as a calendar file: what the plan says, each once, read by another program's rules."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

from nq57kit.cli import main
from nq57kit.errors import PeriodError
from nq57kit.plan import load_plan
from nq57kit.plan.agenda import Day, list_days, to_icalendar
from nq57kit.plan.period import Request, Window
from nq57kit.store import Store, request_report


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
