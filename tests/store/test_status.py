from __future__ import annotations

import dataclasses
import json
from datetime import date

import pytest

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
    assert (status["actual"], status["actual_on_time"]) == (4, 3)
    rows = {unit["unit_id"]: unit for unit in status["units"]}
    assert rows["vu-htqt"] == {
        "unit_id": "vu-htqt",
        "state": "on_time",
        "sent_at": "2026-12-19T23:59:59+07:00",
        "on_time": True,
        "revision": 2,
    }
    assert rows["vu-khtc"]["sent_at"] == "2026-12-12T08:00:00+07:00"
    assert rows["thanh-tra"] == {
        "unit_id": "thanh-tra",
        "state": "missing",
        "sent_at": None,
        "on_time": None,
        "revision": None,
    }
    assert list(status) == ["period", "as_of", "expected", "actual", "actual_on_time", "units"]
    json.dumps(status)


def test_as_of_an_earlier_day_only_what_was_sent_by_then_counts(year):
    status = reporting_status(year, "2026-H2", load_plan(), date(2026, 12, 11))
    assert states(status) == {"vu-pc": "on_time"}


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
