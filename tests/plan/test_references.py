"""References of the plan's tables, resolved against a small register."""

from __future__ import annotations

import polars as pl
import pytest

from nq57kit.plan.references import resolve, unknown_reference

REGISTER = pl.DataFrame({"unit_id": ["a", "b", "c"], "groups": [["vu"], ["vien", "vu"], ["vien"]]})


@pytest.mark.parametrize(
    ("references", "units"),
    [
        (["all"], ["a", "b", "c"]),
        (["nhom:vien"], ["b", "c"]),
        (["c", "nhom:vu"], ["a", "b", "c"]),
        (["nhom:vien", "nhom:vu", "b"], ["a", "b", "c"]),
        (["c", "a"], ["a", "c"]),
        ([], []),
    ],
)
def test_each_unit_once_in_the_order_of_the_register(references: list[str], units: list[str]) -> None:
    assert resolve(references, REGISTER) == units


@pytest.mark.parametrize(
    ("references", "unknown"),
    [(["all", "a", "nhom:vu"], None), (["a", "vu"], "vu"), (["nhom:a"], "nhom:a"), (["ALL"], "ALL")],
)
def test_the_first_unknown_reference(references: list[str], unknown: str | None) -> None:
    assert unknown_reference(references, {"a", "b", "c"}, {"vu", "vien"}) == unknown
