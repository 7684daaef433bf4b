"""Who reported: states, and what completeness and timeliness count."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from nq57kit.indicators import reporting_states
from nq57kit.indicators.reporting import measure_share

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
H2 = ["2027-H2"]
UNITS = ("vu-khcn", "vu-tccb", "van-phong", "cuc-cds", "bao-nnmt")


def row(unit: str, **more: Any) -> dict[str, Any]:
    return {"unit_id": unit, "period": "2027-H2"} | more


def states_of(make: Any, **more: Any) -> pl.DataFrame:
    receipts = make.receipts(
        row("vu-khcn"),
        row("vu-tccb", on_time=False),
        row("van-phong", is_empty=True),
    )
    refusals = make.refusals(row("cuc-cds", errors=2, sent_at=datetime(2027, 12, 2, tzinfo=HANOI)))
    return reporting_states(make.units(*UNITS), receipts, refusals, H2, **more)


def test_each_unit_has_one_state(make: Any) -> None:
    states = states_of(make)
    assert dict(states.select("unit_id", "state").iter_rows()) == {
        "vu-khcn": "on_time",
        "vu-tccb": "late",
        "van-phong": "empty",
        "cuc-cds": "refused",
        "bao-nnmt": "missing",
    }
    assert states.filter(unit_id="cuc-cds")["sent_at"].item() == datetime(2027, 12, 2, tzinfo=HANOI)


def test_completeness_counts_accepted_ones_and_tells_the_empty(make: Any) -> None:
    whole = measure_share("completeness", states_of(make), ["vu", "van_phong"], H2).row(0, named=True)
    assert whole == {
        "period": "2027-H2", "group": None, "numerator": 3, "denominator": 5, "value": 0.6, "empty": 1,
    }  # fmt: skip


def test_timeliness_keeps_units_that_sent_nothing_in_its_base(make: Any) -> None:
    whole = measure_share("timeliness", states_of(make), ["vu"], H2).row(0, named=True)
    assert (whole["numerator"], whole["denominator"]) == (1, 5)


def test_an_empty_report_is_sent_and_is_in_time_for_nothing(make: Any) -> None:
    states = states_of(make)
    assert states.filter(unit_id="van-phong").select("state", "on_time", "revision").row(0) == ("empty", False, 1)
    on_time = measure_share("timeliness", states, [], H2)["numerator"][0]
    assert on_time == states.filter(state="on_time").height == 1


def test_a_unit_of_two_groups_counts_in_the_first_so_that_groups_add_up(make: Any) -> None:
    states = reporting_states(make.units("hv-nongnghiep", "vu-khcn"), make.receipts(), make.refusals(), H2)
    shares = measure_share("completeness", states, make.plan.groups["group"].to_list(), H2)
    assert shares.select("group", "denominator").rows() == [(None, 2), ("vu", 1), ("hoc_vien", 1)]


def test_groups_come_after_the_ministry_in_the_plans_order_and_add_up(make: Any) -> None:
    shares = measure_share("completeness", states_of(make), make.plan.groups["group"].to_list(), H2)
    assert shares["group"].to_list() == [None, "vu", "van_phong", "cuc_chuyen_doi_so", "bao_chi"]
    assert shares["denominator"].to_list() == [5, 2, 1, 1, 1]


def test_a_late_correction_does_not_undo_a_timely_first_report(make: Any) -> None:
    receipts = make.receipts(
        row("vu-khcn", is_latest=False),
        row("vu-khcn", revision=2, is_first=False, on_time=False),
    )
    units = make.units("vu-khcn")
    first = reporting_states(units, receipts, make.refusals(), H2)
    assert first.select("state", "on_time", "revision").row(0) == ("on_time", True, 2)
    assert first["revised_at"].item() == receipts["sent_at"][1]
    latest = reporting_states(units, receipts, make.refusals(), H2, judged_by="latest_accepted")
    assert latest.select("state", "on_time", "revision").row(0) == ("late", False, 2)


def test_a_refused_correction_leaves_the_accepted_report_in_force(make: Any) -> None:
    refusals = make.refusals(row("vu-khcn", errors=1))
    states = reporting_states(make.units("vu-khcn"), make.accepted("2027-H2", "vu-khcn"), refusals, H2)
    assert states["state"].to_list() == ["on_time"]


def test_a_year_adds_its_halves(make: Any) -> None:
    receipts = pl.concat([make.accepted("2027-H1", "vu-khcn"), make.accepted("2027-H2", "vu-khcn", "vu-tccb")])
    halves = ["2027-H1", "2027-H2"]
    states = reporting_states(make.units("vu-khcn", "vu-tccb"), receipts, make.refusals(), halves)
    shares = measure_share("completeness", states, ["vu"], halves, 2027).filter(pl.col("group").is_null())
    assert shares.select("period", "numerator", "denominator").rows() == [
        ("2027-H1", 1, 2), ("2027-H2", 2, 2), ("2027", 3, 4),
    ]  # fmt: skip


def test_nobody_reported_gives_zero_of_all_and_no_error(make: Any) -> None:
    states = reporting_states(make.units(*UNITS), make.receipts(), make.refusals(), H2)
    assert set(states["state"]) == {"missing"}
    assert measure_share("completeness", states, [], H2).select("numerator", "denominator", "value").row(0) == (
        0,
        5,
        0.0,
    )
