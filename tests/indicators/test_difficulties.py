"""Difficulties: counted by category, listed in order."""

from __future__ import annotations

from typing import Any

from nq57kit.indicators.difficulties import count_difficulties, list_issues


def test_difficulties_are_counted_and_listed_in_order(make: Any) -> None:
    def issue(unit: str, category: str, text: str) -> dict[str, Any]:
        return {"unit_id": unit, "period": "2027-H2", "category": category, "description": text}

    rows = [issue("vu-pc", "khac", "c"), issue("vu-khcn", "kinh_phi", "a"), issue("van-phong", "kinh_phi", "b")]
    table = make.table("issues", rows)
    listed = list_issues(table, ["van-phong", "vu-khcn", "vu-pc"])
    assert count_difficulties(listed).rows() == [("kinh_phi", 2), ("khac", 1)]
    assert listed["description"].to_list() == ["b", "a", "c"]


def test_what_a_unit_told_in_both_halves_or_twice_in_one_is_one_difficulty_with_its_periods(make: Any) -> None:
    def issue(half: str, text: str, unit: str = "vu-pc", proposal: str | None = None) -> dict[str, Any]:
        return {
            "unit_id": unit,
            "period": f"2027-{half}",
            "category": "kinh_phi",
            "description": text,
            "proposal": proposal,
        }

    rows = [issue("H1", "Chậm"), issue("H2", "chậm"), issue("H2", "Chậm"), issue("H2", "Thiếu"),
            issue("H2", "Thiếu", proposal="Bổ sung"), issue("H2", "Chậm", "vu-khcn")]  # fmt: skip
    listed = list_issues(make.table("issues", rows), ["vu-khcn", "vu-pc"])
    assert listed.select("unit_id", "periods", "description", "proposal").rows() == [
        ("vu-khcn", ["2027-H2"], "Chậm", None),
        ("vu-pc", ["2027-H1", "2027-H2"], "Chậm", None),
        ("vu-pc", ["2027-H2"], "Thiếu", None),
        ("vu-pc", ["2027-H2"], "Thiếu", "Bổ sung"),
    ]
    assert count_difficulties(listed).rows() == [("kinh_phi", 4)]
