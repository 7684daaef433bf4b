"""A unit's figures beside its group, on the synthetic year; expected values by statistics and plain Python."""

from __future__ import annotations

import statistics
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from nq57kit.indicators import compute
from nq57kit.indicators.frames import open_scopes
from nq57kit.indicators.unit import (
    COUNTS,
    FEWEST,
    SHARES,
    UnitResults,
    compute_unit,
    measure_peers,
    measure_units,
    restrict,
)
from nq57kit.reports import read_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators import Inputs
    from nq57kit.plan import Plan
    from nq57kit.store import Store

AS_OF = date(2026, 12, 25)


@pytest.fixture(scope="module")
def inputs(sample_store: Store, plan: Plan) -> Inputs:
    return read_inputs(sample_store.snapshot(), plan, plan.period("2026-H2"), AS_OF)


@pytest.fixture(scope="module")
def card_of(inputs: Inputs) -> Callable[[str], UnitResults]:
    """The figures of a unit, computed once, beside what all units share."""
    peers = measure_peers(inputs)
    return cache(lambda unit_id: compute_unit(inputs, unit_id, peers=peers))


@pytest.fixture(scope="module")
def units_in(inputs: Inputs) -> Callable[..., list[str]]:
    """The units of the ministry in some of the reporting states."""
    reporting = compute(inputs).reporting

    def find(*states: str) -> list[str]:
        return reporting.filter(pl.col("state").is_in(states))["unit_id"].to_list()

    return find


def measures(card: UnitResults) -> dict[str, dict[str, Any]]:
    return {row["measure"]: row for row in card.measures.to_dicts()}


def test_measures_are_those_that_the_ministrys_code_gives_for_the_unit_alone(
    card_of: Callable[[str], UnitResults], units_in: Callable[..., list[str]]
) -> None:
    for unit_id in ("vu-tccb", "hv-nongnghiep", *units_in("missing")[:1]):
        card = card_of(unit_id)
        found, kpis = measures(card), {row["indicator"]: row for row in card.own.kpis.to_dicts()}
        for name in SHARES[:3]:
            assert found[name]["value"] == kpis[name]["value"]
        if found["quantity"]["value"] is not None:
            assert found["quantity"]["numerator"] == card.own.by_type["quantity"].sum()
            assert found["activities"]["numerator"] == card.own.activities.height
            assert found["disbursed"]["value"] == card.own.budget["rate"].item()


def test_the_groups_quartiles_are_those_of_its_units(inputs: Inputs, card_of: Callable[[str], UnitResults]) -> None:
    card = card_of("hv-nongnghiep")
    members = [row["unit_id"] for row in inputs.units.to_dicts() if card.group in row["groups"]]
    assert card.group_units == len(members) >= FEWEST
    every = measure_units(open_scopes(inputs)[0]).filter(pl.col("unit_id").is_in(members), "fresh")
    for name, row in measures(card).items():
        values = every.filter(pl.col("measure") == name)["value"].to_list()
        assert row["units"] == len(values)
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        assert (row["low"], row["median"], row["high"]) == pytest.approx((low, median, high))
        assert row["place"] == ("below" if row["value"] < low else "above" if row["value"] > high else "within")


def test_a_middle_of_few_units_is_not_told(inputs: Inputs, card_of: Callable[[str], UnitResults]) -> None:
    for unit_id in inputs.units["unit_id"].to_list()[::6]:
        card = card_of(unit_id)
        for row in card.measures.to_dicts():
            assert (row["median"] is None) == (row["units"] < FEWEST)
            assert row["units"] <= card.group_units
        if card.group is None:
            assert card.group_units == inputs.units.height


def test_the_first_group_that_is_large_enough_is_taken(plan: Plan, card_of: Callable[[str], UnitResults]) -> None:
    assert plan.unit("hv-nongnghiep").groups[0] == "hoc_vien"
    assert card_of("hv-nongnghiep").group == "co_so_giao_duc"
    assert card_of("thanh-tra").group is None


def test_nothing_in_a_card_names_another_unit(inputs: Inputs, card_of: Callable[[str], UnitResults]) -> None:
    card = card_of("vu-tccb")
    for name, frame in {**vars(card.own), "measures": card.measures, "agenda": card.agenda}.items():
        if isinstance(frame, pl.DataFrame) and "unit_id" in frame.columns:
            assert set(frame["unit_id"].drop_nulls().to_list()) <= {"vu-tccb"}, name
    assert card.own.inputs.units["unit_id"].to_list() == ["vu-tccb"]


def test_what_was_not_reported_is_no_zero(
    card_of: Callable[[str], UnitResults], units_in: Callable[..., list[str]]
) -> None:
    for unit_id in units_in("missing", "refused", "empty"):
        card = card_of(unit_id)
        found = measures(card)
        assert {found[name]["value"] for name in (*COUNTS, "disbursed")} == {None}
        assert card.own.by_type.is_empty()
        assert card.own.budget["disbursed_vnd"].item() is None


def test_a_unit_has_a_previous_value_only_where_it_told_of_the_same_half_of_both_years(make: Any) -> None:
    def rows(period: str, told: dict[str, int]) -> dict[str, list[dict[str, Any]]]:
        at = {"period": period, "activity_type": "tin_bai", "started_on": date(int(period[:4]), 3, 1)}
        return {
            "activities": [{"unit_id": unit, **at, "quantity": n} for unit, n in told.items()],
            "workforce": [{"unit_id": unit, "period": period, "staff_total": 100, "staff_reached": n}
                          for unit, n in told.items()],
        }  # fmt: skip

    now, then = {"vu-khcn": 30, "van-phong": 60}, {"vu-khcn": 20, "vu-tccb": 80}
    whole = make.inputs("2027-H1", {**now, **then}, receipts=make.accepted("2027-H1", *now), tables=rows("2027-H1", now),
                        previous=rows("2026-H1", then), previous_receipts=make.accepted("2026-H1", *then))  # fmt: skip
    told = {unit: measures(compute_unit(whole, unit)) for unit in ("vu-khcn", "van-phong", "vu-tccb")}
    shown = ("quantity", "staff_reached")
    assert {unit: [found[name]["previous_value"] for name in shown] for unit, found in told.items()} == {
        "vu-khcn": [20, 0.2], "van-phong": [None, None], "vu-tccb": [None, None],
    }  # fmt: skip
    assert compute_unit(whole, "van-phong").own.by_type["previous_quantity"].to_list() == [None]


def test_a3_a_figure_of_june_is_not_set_beside_those_of_december(make: Any) -> None:
    # «vu-khcn» is silent since June; the five others of December make the middle: 60, 70, 80, 90, 100 of 100.
    others = ["vu-tccb", "vu-pc", "vu-khtc", "vu-htqt", "van-phong"]
    receipts = pl.concat([make.accepted("2027-H1", "vu-khcn"), make.accepted("2027-H2", *others)])
    staff = [("vu-khcn", "2027-H1", 40), *((unit, "2027-H2", 60 + 10 * n) for n, unit in enumerate(others))]
    rows = [{"unit_id": unit, "period": half, "staff_total": 100, "staff_reached": n} for unit, half, n in staff]
    whole = make.inputs("2027-H2", ["vu-khcn", *others], receipts=receipts, tables={"workforce": rows})
    old, new = (measures(compute_unit(whole, unit))["staff_reached"] for unit in ("vu-khcn", "van-phong"))
    assert (old["value"], old["fresh"], old["place"]) == (0.4, False, None)
    assert (new["value"], new["fresh"], new["place"]) == (1, True, "above")
    assert (new["units"], new["median"]) == (5, 0.8)


def test_restricting_leaves_the_ministrys_inputs_as_they_are(inputs: Inputs) -> None:
    before = inputs.units.height, inputs.receipts.height
    assert restrict(inputs, "vu-tccb").units.height == 1
    assert (inputs.units.height, inputs.receipts.height) == before


def test_the_agenda_begins_with_what_is_overdue_and_ends_with_what_comes(
    inputs: Inputs, card_of: Callable[[str], UnitResults], units_in: Callable[..., list[str]]
) -> None:
    (missing, *_), (empty, *_) = units_in("missing"), units_in("empty")
    for unit_id, state in ((missing, "overdue"), (empty, "empty")):
        agenda = card_of(unit_id).agenda
        report = agenda.filter(pl.col("what") == "report").to_dicts()
        assert [row["state"] for row in report] == [state, "next"]
        assert report[0]["due_on"] == date(2026, 12, 19)
        assert report[1]["period"] == "2027-H1"
    for unit_id in inputs.units["unit_id"].to_list()[::6]:
        card = card_of(unit_id)
        statuses = {row["task_id"]: row["status"] for row in card.own.task_status.to_dicts()}
        overdue = {row["task_id"] for row in card.agenda.to_dicts() if row["state"] == "overdue" and row["task_id"]}
        assert overdue == {task for task, status in statuses.items() if status.endswith("hien_qua_han")}


def test_before_the_deadline_nothing_is_overdue_and_the_period_itself_is_open(sample_store: Store, plan: Plan) -> None:
    early = read_inputs(sample_store.snapshot(), plan, plan.period("2026-H2"), date(2026, 12, 1))
    agenda = compute_unit(early, "tt-cntt").agenda
    assert agenda.filter(pl.col("what") == "report")["state"].to_list() == ["open", "next"]
    assert "overdue" not in agenda["state"]


@pytest.mark.parametrize(
    ("period", "as_of", "coming"),
    [
        ("2030-H2", date(2030, 12, 1), []), ("2030-H1", date(2030, 7, 1), ["2030-H2"]),
        ("2027-H2", date(2027, 12, 25), ["2028-H1"]), ("2027", date(2028, 7, 1), ["2028-H2"]),
    ],
)  # fmt: skip
def test_the_report_to_come_is_the_next_whose_deadline_is_ahead(
    make: Any, period: str, as_of: date, coming: list[str]
) -> None:
    agenda = compute_unit(make.inputs(period, ["vu-khcn"], as_of=as_of), "vu-khcn").agenda
    assert agenda.filter(what="report", state="next")["period"].to_list() == coming


def test_what_all_units_share_changes_no_figure(inputs: Inputs, card_of: Callable[[str], UnitResults]) -> None:
    alone, shared = compute_unit(inputs, "vu-tccb"), card_of("vu-tccb")
    assert alone.measures.equals(shared.measures)
    assert alone.disputed == shared.disputed
