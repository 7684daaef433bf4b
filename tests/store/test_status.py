from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta
from fractions import Fraction

import pytest

from nq57kit.errors import StoreError
from nq57kit.plan import load_plan
from nq57kit.store import ingest, reporting_status


@pytest.fixture
def year(texts, store, inbox, hanoi):
    """One unit in time, one late, one corrected late, one refused, one empty; all others say nothing."""
    plan = [
        ("vu-pc", "2026-12-10T08:00", {}),
        ("vu-tccb", "2026-12-20T00:00", {}),
        ("vu-htqt", "2026-12-19T23:59:59", {}),
        ("vu-htqt", "2026-12-28T08:00", {"quantities": [9]}),
        ("vu-khtc", "2026-12-12T08:00", {"ok": False}),
        ("van-phong", "2026-12-12T08:00", {"is_empty": True, "quantities": []}),
    ]
    for number, (unit, sent, words) in enumerate(plan):
        path = texts.write_text(inbox / f"{number}.xlsx", unit, **words)
        ingest(path, store, sent_at=hanoi(sent))
    return store


def states(status):
    return {unit["unit_id"]: unit["state"] for unit in status["units"] if unit["state"] != "missing"}


def test_each_unit_has_one_state_and_the_numbers_follow(year):
    status = reporting_status(year, "2026-H2", load_plan(), date(2026, 12, 31))
    assert states(status) == {
        "vu-pc": "on_time",
        "vu-tccb": "late",
        "vu-htqt": "on_time",
        "vu-khtc": "refused",
        "van-phong": "empty",
    }
    expected = [unit["unit_id"] for unit in status["units"]]
    assert status["expected"] == len(expected) == len(set(expected)) > 50
    assert (status["actual"], status["actual_on_time"]) == (4, 2)
    assert (
        status["actual_on_time"] == status["states"]["on_time"] == sum(row["on_time"] or 0 for row in status["units"])
    )
    rows = {unit["unit_id"]: unit for unit in status["units"]}
    assert rows["vu-htqt"] == {
        "unit_id": "vu-htqt",
        "state": "on_time",
        "sent_at": "2026-12-19T23:59:59+07:00",
        "on_time": True,
        "revision": 2,
        "revised_at": "2026-12-28T08:00:00+07:00",
    }
    assert rows["vu-khtc"]["sent_at"] == "2026-12-12T08:00:00+07:00"
    assert rows["thanh-tra"] == {
        "unit_id": "thanh-tra",
        "state": "missing",
        "sent_at": None,
        "on_time": None,
        "revision": None,
        "revised_at": None,
    }
    assert list(status)[:5] == ["period", "as_of", "expected", "actual", "actual_on_time"]
    assert all(set(unit) == set(rows["thanh-tra"]) for unit in status["units"])
    json.dumps(status)


def test_as_of_an_earlier_day_only_what_was_sent_by_then_counts(year):
    status = reporting_status(year, "2026-H2", load_plan(), date(2026, 12, 11))
    assert states(status) == {"vu-pc": "on_time"}


def test_on_time_is_judged_by_the_plan_that_is_given_whatever_the_store_was_opened_with(year):
    plan = load_plan()
    units = tuple((kind, day._replace(day=day.day._replace(day=28))) for kind, day in plan.calendar.units)
    later = dataclasses.replace(plan, calendar=dataclasses.replace(plan.calendar, units=units))
    assert states(reporting_status(year, "2026-H2", later, date(2026, 12, 31)))["vu-tccb"] == "on_time"


def test_the_settings_may_judge_by_the_latest_submission(year):
    plan = load_plan()
    strict = dataclasses.replace(plan, settings=dataclasses.replace(plan.settings, on_time_judged_by="latest_accepted"))
    assert states(reporting_status(year, "2026-H2", strict, date(2026, 12, 31)))["vu-htqt"] == "late"


def test_a_year_tells_of_its_second_half(year):
    plan = load_plan()
    whole = reporting_status(year, "2026", plan, date(2026, 12, 31))
    half = reporting_status(year, "2026-H2", plan, date(2026, 12, 31))
    assert whole["period"] == "2026"
    assert whole["units"] == half["units"]


# -------------------------------------------------------------------------------- rates and days


def test_the_five_metrics_hold_for_ministry_group_and_unit(year):
    plan = load_plan()
    status = reporting_status(year, "2026-H2", plan, date(2026, 12, 31))
    expected = status["expected"]
    assert status["rate"] == pytest.approx(float(Fraction(4, expected)))
    assert status["rate_on_time"] == pytest.approx(float(Fraction(2, expected)))
    assert status["states"] == {"on_time": 2, "late": 1, "empty": 1, "refused": 1, "missing": expected - 5}
    groups = {row["group"]: row for row in status["groups"]}
    assert groups["vu"] == {
        "group": "vu",
        "label": "Các Vụ",
        "expected": 5,
        "actual": 3,
        "actual_on_time": 2,
        "rate": 3 / 5,
        "rate_on_time": 2 / 5,
        "empty": 0,
    }
    assert groups["van_phong"]["empty"] == 1
    units = {row["unit_id"]: row for row in status["unit_metrics"]}
    assert [row["unit_id"] for row in status["units"]] == list(units)
    late = units["vu-tccb"]
    assert [late[name] for name in ("expected", "actual", "actual_on_time", "rate", "rate_on_time")] == [
        1,
        1,
        0,
        1.0,
        0.0,
    ]


def test_a_unit_of_two_groups_counts_in_the_first_so_that_groups_add_up_to_the_ministry(texts, store, inbox, hanoi):
    plan = load_plan()
    academy = "hv-nongnghiep"
    ingest(texts.write_text(inbox / "a.xlsx", academy), store, sent_at=hanoi("2026-12-10T08:00"))
    status = reporting_status(store, "2026-H2", plan, date(2026, 12, 10))
    own = plan.unit(academy).groups
    assert len(own) == 2
    assert {row["group"] for row in status["groups"] if row["actual"]} == {own[0]}
    assert status["actual"] == 1
    assert sum(row["expected"] for row in status["groups"]) == status["expected"]


@pytest.mark.parametrize(
    ("day", "left", "over"),
    [(date(2026, 12, 16), 3, False), (date(2026, 12, 19), 0, False), (date(2026, 12, 20), -1, True)],
)
def test_days_are_counted_to_the_last_day_on_time_and_the_last_working_day_is_beside_it(year, day, left, over):
    status = reporting_status(year, "2026-H2", load_plan(), day)
    assert (status["days_left"], status["is_over"]) == (left, over)
    assert (status["last_day"], status["last_working_day"]) == ("2026-12-19", "2026-12-18")
    assert status["deadline"] == "2026-12-20T00:00:00+07:00"


def test_a_moment_late_in_utc_is_the_next_day_of_hanoi(year, hanoi):
    from datetime import UTC

    moment = hanoi("2026-12-20T01:00").astimezone(UTC)
    assert reporting_status(year, "2026-H2", load_plan(), moment)["days_left"] == -1


def test_units_are_overdue_after_the_deadline_and_never_in_the_first_half(year):
    plan = load_plan()
    after = reporting_status(year, "2026-H2", plan, date(2026, 12, 20))
    assert "vu-khtc" in after["overdue"]
    assert "vu-pc" not in after["overdue"]
    assert reporting_status(year, "2026-H2", plan, date(2026, 12, 19))["overdue"] == []
    first = reporting_status(year, "2026-H1", plan, date(2026, 12, 31))
    assert (first["actual"], first["overdue"]) == (0, [])
    assert first["days_left"] == (date(2026, 6, 19) - date(2026, 12, 31)) // timedelta(days=1)


# ------------------------------------------------------------ the eight situations of PMC7664027

#: Table 1 of doi:10.1186/s12911-020-01315-7 (PMC7664027, 2020): DHIS2 facilities by cumulative percent completion, CPC
#: (is there content?), reporting rate RR and reporting rate on time RRT. A: nothing. B: empty, on time. C: empty, late.
#: D: content, but no RR or RRT. E: RR above 100 %. F: RR and RRT above 100 %. G: content, on time. H: content, late. The
#: study takes A to F out and keeps G and H. Here: what was sent, and the state, actual, on time, content wanted; what is
#: empty is in time for nothing.
SITUATIONS = {
    "A nothing was reported": ([], ("missing", 0, 0)),
    "B empty but on time": ([("2026-12-10T08:00", {"is_empty": True, "quantities": []})], ("empty", 1, 0)),
    "C empty and late": ([("2026-12-21T08:00", {"is_empty": True, "quantities": []})], ("empty", 1, 0)),
    "D content that was never accepted": ([("2026-12-10T08:00", {"ok": False})], ("refused", 0, 0)),
    "E sent twice, once of them on time": (
        [("2026-12-10T08:00", {"quantities": [1]}), ("2026-12-21T08:00", {"quantities": [2]})],
        ("on_time", 1, 1),
    ),
    "F sent three times, each on time": (
        [(f"2026-12-1{day}T08:00", {"quantities": [day]}) for day in range(3)],
        ("on_time", 1, 1),
    ),
    "G content on time": ([("2026-12-10T08:00", {})], ("on_time", 1, 1)),
    "H content, late": ([("2026-12-21T08:00", {})], ("late", 1, 0)),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_eight_situations_of_empty_and_impossible_reporting_rates(texts, store, inbox, hanoi, situation):
    """PMC7664027, table 1 (found in its published form): an empty report is a state of its own, no rate passes 100 %."""
    sent, wanted = SITUATIONS[situation]
    for number, (moment, words) in enumerate(sent):
        ingest(texts.write_text(inbox / f"{number}.xlsx", "vu-pc", **words), store, sent_at=hanoi(moment))
    status = reporting_status(store, "2026-H2", load_plan(), date(2026, 12, 31))
    (unit,) = [row for row in status["units"] if row["unit_id"] == "vu-pc"]
    (metrics,) = [row for row in status["unit_metrics"] if row["unit_id"] == "vu-pc"]
    assert (unit["state"], metrics["actual"], metrics["actual_on_time"]) == wanted
    assert 0 <= metrics["rate_on_time"] <= metrics["rate"] <= 1
    assert metrics["empty"] == (unit["state"] == "empty")
    assert (status["actual"], status["actual_on_time"]) == wanted[1:]
    assert store.read("activities", "2026-H2").collect().height == (
        0 if unit["state"] in {"missing", "empty", "refused"} else 1
    )


def test_a_unit_that_need_not_report_lifts_no_rate(texts, store, inbox, hanoi):
    """Situations E and F by another way: more reports than are expected."""
    plan = load_plan()
    units = plan.units.with_columns(reports=plan.units["unit_id"] != "vu-pc")
    fewer = dataclasses.replace(plan, units=units)
    for unit in ("vu-pc", "vu-tccb"):
        ingest(texts.write_text(inbox / f"{unit}.xlsx", unit), store, sent_at=hanoi("2026-12-10T08:00"))
    status = reporting_status(store, "2026-H2", fewer, date(2026, 12, 31))
    assert (status["actual"], status["unexpected"]) == (1, ["vu-pc"])
    assert all(row["rate"] <= 1 for row in status["groups"])


def test_content_without_a_receipt_is_said_to_be_damage_and_not_counted(texts, store, inbox, hanoi):
    """Situation D to the letter: data, but no sign that a report was made."""
    ingest(texts.write_text(inbox / "a.xlsx", "vu-pc"), store, sent_at=hanoi("2026-12-10T08:00"))
    next(store.folder.glob("submissions/*/*/*/receipt.json")).unlink()
    with pytest.raises(StoreError, match="Kho bị hỏng"):
        reporting_status(store, "2026-H2", load_plan(), date(2026, 12, 31))


def test_which_real_workbooks_say_nothing(making, store, inbox, hanoi):
    """Zeros, staff of whom nobody was reached, and rows that the form filled in are empty; people reached, and «không phát sinh», are answers."""
    nobody = [{"staff_total": 0, "staff_reached": 0, "comms_staff_total": 0, "comms_staff_trained": 0}]
    nothing = [{"task_id": 1, "status": "khong_phat_sinh", "explanation": "Dữ liệu giả lập"}]
    forms = {
        "vu-pc": {"task_progress": []},
        "vu-tccb": {"workforce": [nobody[0] | {"staff_total": 77, "comms_staff_total": 4}], "task_progress": []},
        "vu-htqt": {"workforce": nobody, "task_progress": []},
        "vu-khtc": {"workforce": nobody, "task_progress": [{"task_id": 1}]},
        "vu-khcn": {"workforce": nobody, "task_progress": nothing},
    }
    for unit, tables in forms.items():
        ingest(making.write_form(inbox / f"{unit}.xlsx", unit, **tables), store, sent_at=hanoi("2026-12-10T08:00"))
    found = states(reporting_status(store, "2026-H2", load_plan(), date(2026, 12, 31)))
    empty = dict.fromkeys(("vu-tccb", "vu-htqt", "vu-khtc"), "empty")
    assert found == {"vu-pc": "on_time", "vu-khcn": "on_time", **empty}


# ------------------------------------------------------------------------------------- revisions


def test_an_empty_first_report_on_time_and_a_full_one_late_is_late(texts, store, inbox, hanoi):
    empty = texts.write_text(inbox / "a.xlsx", "vu-pc", is_empty=True, quantities=[])
    full = texts.write_text(inbox / "b.xlsx", "vu-pc", quantities=[4])
    ingest(empty, store, sent_at=hanoi("2026-12-10T08:00"))
    ingest(full, store, sent_at=hanoi("2026-12-21T08:00"))
    (unit,) = [
        row for row in reporting_status(store, "2026-H2", load_plan(), date(2026, 12, 31))["units"] if row["revision"]
    ]
    assert (unit["state"], unit["on_time"], unit["revision"]) == ("late", False, 2)


def test_a_refused_report_on_time_does_not_make_a_late_one_timely(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "a.xlsx", "vu-pc", ok=False), store, sent_at=hanoi("2026-12-10T08:00"))
    ingest(texts.write_text(inbox / "b.xlsx", "vu-pc"), store, sent_at=hanoi("2026-12-21T08:00"))
    assert states(reporting_status(store, "2026-H2", load_plan(), date(2026, 12, 31))) == {"vu-pc": "late"}


def test_the_same_file_again_is_known_and_changes_no_state(texts, store, inbox, hanoi):
    path = texts.write_text(inbox / "a.xlsx", "vu-pc")
    ingest(path, store, sent_at=hanoi("2026-12-10T08:00"))
    before = reporting_status(store, "2026-H2", load_plan(), date(2026, 12, 31))
    (result,) = ingest(path, store, sent_at=hanoi("2026-12-25T08:00")).results
    assert (result.outcome, result.revision) == ("known", 1)
    assert reporting_status(store, "2026-H2", load_plan(), date(2026, 12, 31)) == before
