"""Money: zero is not missing, and a rate is of sums."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from nq57kit.show import money

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.store import Store


def test_zero_money_is_not_missing_money(results: Results) -> None:
    schema = results.budget.schema
    nothing = replace(results, budget=pl.DataFrame([(0, 0, 0, *(None,) * 4)], schema=schema, orient="row"))
    assert "không bố trí kinh phí" in money.money_sentence(nothing)
    unknown = replace(results, budget=pl.DataFrame([(None,) * 7], schema=schema, orient="row"))
    assert money.describe(unknown).as_text() == "Chưa có số liệu về kinh phí."


def test_money_is_no_average_of_rates(card_of: Callable[..., UnitResults], sample_store: Store) -> None:
    rows = sample_store.read("budget", "2026-H2").filter(pl.col("unit_id") == "vu-tccb").collect()
    rate = sum(rows["disbursed_vnd"]) / sum(rows["allocated_vnd"])
    found = {row["measure"]: row for row in card_of("vu-tccb").measures.to_dicts()}
    assert found["disbursed"]["value"] == pytest.approx(rate)
