"""The synthetic ministry at scale: as many rows as asked for, the same each time, and right by the contract."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from nq57kit.errors import ParameterError, StoreError
from nq57kit.plan import load_plan
from nq57kit.sample import SAMPLE_NOTICE
from nq57kit.sample.masses import Mass, halves_of, make_half, more_units
from nq57kit.starters import make_mass_desk
from nq57kit.store import Store, reporting_status
from nq57kit.store.proof import prove_store
from nq57kit.submissions import TABLES
from nq57kit.submissions.schemas import table_schema

if TYPE_CHECKING:
    from nq57kit.desk import Desk

MASS = Mass(rows=5_000, units=64, science=200, seed=3)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return make_mass_desk(tmp_path_factory.mktemp("lon") / "bàn", MASS, jobs=1)[0]


@pytest.fixture(scope="module")
def store(desk: Desk) -> Store:
    return Store(desk.store, plan=load_plan(desk.plan))


def test_the_rows_that_count_are_as_many_as_asked_for(store: Store) -> None:
    assert store.read("activities").select(pl.len()).collect().item() == MASS.rows
    periods = store.read("activities").group_by("period").len().collect()
    assert periods.height == len(halves_of(store.plan))
    assert periods["len"].min() > MASS.rows // 20


def test_the_register_has_the_units_and_most_of_them_report(store: Store) -> None:
    status = reporting_status(store, "2028-H1", store.plan, date(2028, 7, 31))
    assert status["expected"] == MASS.units
    assert not status["unexpected"]
    assert MASS.units * 0.8 < status["actual"] <= MASS.units
    assert 0 < status["states"]["late"] < MASS.units // 4


def test_science_tasks_have_codes_up_to_the_number_asked_for(store: Store) -> None:
    codes = store.read("science_tasks").select(pl.col("code").n_unique()).collect().item()
    assert MASS.science * 0.9 < codes <= MASS.science


@pytest.mark.parametrize("table", list(TABLES))
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


def test_it_is_compacted_already(desk: Desk) -> None:
    assert "submission=" not in Store(desk.store).read("activities").explain()


def test_the_same_size_and_seed_give_the_same_bytes_and_another_seed_others(desk: Desk) -> None:
    plan = load_plan(desk.plan)

    def told(mass: Mass) -> list[Any]:
        return [(one.unit_id, one.sent_at, one.content, one.tables["activities"]) for one in make_half(mass, plan, 4)]

    first, again, other = told(MASS), told(MASS), told(MASS._replace(seed=4))
    assert [row[:3] for row in first] == [row[:3] for row in again]
    assert all(one[3].equals(two[3]) for one, two in zip(first, again, strict=True))
    assert [row[2] for row in first] != [row[2] for row in other]


def test_fewer_units_than_the_register_has_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"--units 3: danh mục đã có \d+ đơn vị"):
        more_units(load_plan(), 3)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "của tôi.txt").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="đã có dữ liệu"):
        make_mass_desk(tmp_path, MASS)
    assert [path.name for path in tmp_path.iterdir()] == ["của tôi.txt"]
