"""The synthetic ministry at scale: as many rows as asked for, the same each time, and right by the contract."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from nq57kit.plan import load_plan
from nq57kit.sample import SAMPLE_NOTICE
from nq57kit.store import Store, reporting_status
from nq57kit.store.proof import prove_store
from nq57kit.submissions import TABLES
from nq57kit.submissions.schemas import table_schema

if TYPE_CHECKING:
    from nq57kit.desk import Desk

pytestmark = pytest.mark.slow  # a store of sixty thousand rows is made


@pytest.fixture(scope="module")
def store(desk: Desk) -> Store:
    return Store(desk.store, plan=load_plan(desk.plan))


def test_the_rows_that_count_are_as_many_as_asked_for(store: Store, mass: Any, benchmark_module: Any) -> None:
    assert store.read("activities").select(pl.len()).collect().item() == mass.rows
    periods = store.read("activities").group_by("period").len().collect()
    assert periods.height == len(benchmark_module("masses").halves_of(store.plan))
    assert periods["len"].min() > mass.rows // 20


def test_the_register_has_the_units_and_most_of_them_report(store: Store, mass: Any) -> None:
    status = reporting_status(store, "2028-H1", store.plan, date(2028, 7, 31))
    assert status["expected"] == mass.units
    assert not status["unexpected"]
    assert mass.units * 0.8 < status["actual"] <= mass.units
    assert 0 < status["states"]["late"] < mass.units // 4


def test_science_tasks_have_codes_up_to_the_number_asked_for(store: Store, mass: Any) -> None:
    codes = store.read("science_tasks").select(pl.col("code").n_unique()).collect().item()
    assert mass.science * 0.9 < codes <= mass.science


@pytest.mark.parametrize("table", [name for name, one in TABLES.items() if "H" in one.periods])
def test_every_table_is_right_by_the_contract(store: Store, table: str) -> None:
    frame = store.read(table, "2027-H2").with_columns(unit_id=pl.col("unit_id")).collect()
    assert frame.height
    table_schema(table).validate(frame, lazy=True)


def test_nothing_in_it_contradicts_the_half_before(store: Store) -> None:
    assert store.findings("2027").is_empty()


def test_the_store_is_sound_and_says_that_it_is_made_up(store: Store) -> None:
    proof = prove_store(store.folder)
    assert proof.ok, proof.flaws[:3]
    receipts = store.receipts()
    assert set(receipts["notice"]) == {SAMPLE_NOTICE}
    assert receipts["file"].str.contains("gia-lap").all()
    assert receipts["revision"].max() == 2
    made_up = store.plan.units.filter(pl.col("unit_id").str.contains("-gl-"))
    assert made_up["name"].str.contains("giả lập").all()
    assert set(made_up["basis"]) == {"unverified"}


def test_the_same_size_and_seed_give_the_same_bytes_and_another_seed_others(
    desk: Desk, mass: Any, benchmark_module: Any
) -> None:
    plan = load_plan(desk.plan)

    def told(size: Any) -> list[Any]:
        return [
            (one.unit_id, one.sent_at, one.content, one.tables["activities"])
            for one in benchmark_module("masses").make_half(size, plan, 4)
        ]

    first, again, other = told(mass), told(mass), told(mass._replace(seed=4))
    assert [row[:3] for row in first] == [row[:3] for row in again]
    assert all(one[3].equals(two[3]) for one, two in zip(first, again, strict=True))
    assert [row[2] for row in first] != [row[2] for row in other]
