"""Difficulties: counted by category, listed in order."""

from __future__ import annotations

from typing import Any

from nq57kit.indicators.difficulties import count_difficulties, list_issues


def test_difficulties_are_counted_and_listed_in_order(make: Any) -> None:
    def issue(unit: str, category: str, text: str) -> dict[str, Any]:
        return {"unit_id": unit, "period": "2027-H2", "category": category, "description": text}

    rows = [issue("vu-pc", "khac", "c"), issue("vu-khcn", "kinh_phi", "a"), issue("van-phong", "kinh_phi", "b")]
    table = make.table("issues", rows)
    assert count_difficulties(table).rows() == [("kinh_phi", 2), ("khac", 1)]
    listed = list_issues(table, ["van-phong", "vu-khcn", "vu-pc"])
    assert listed["description"].to_list() == ["b", "a", "c"]
