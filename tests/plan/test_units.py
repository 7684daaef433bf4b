"""Names as people write them, references as the plan's tables write them, and the units that they mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from nq57kit.plan import load_plan
from nq57kit.plan.units import resolve, unknown_reference

PLAN = load_plan()
LAST = PLAN.periods[-1]
Edit = Callable[[str, str, str], None]


@pytest.mark.parametrize(
    ("text", "unit_id"),
    [
        ("Vụ Kế hoạch và Tài chính", "vu-khtc"),
        ("Vụ Kế hoạch Tài chính", "vu-khtc"),
        ("Vụ Kế hoạch - Tài chính", "vu-khtc"),
        ("vụ kế hoạch – tài chính", "vu-khtc"),
        ("Vụ Kế hoạch & Tài chính", "vu-khtc"),
        ("Văn Phòng Bộ", "van-phong"),
        ("Vụ Khoa học và công nghệ", "vu-khcn"),
        ("Vụ KHCN", "vu-khcn"),
        ("TT CNTT", "tt-cntt"),
        ("Trung tâm Công nghệ thông tin", "tt-cntt"),
        ("Cục Quản lý đê điều và Phòng, chống thiên tai", "cuc-ddpctt"),
        ("  Cục\u00a0Chuyển  đổi số ", "cuc-cds"),
        (unicodedata.normalize("NFD", "Cục Khí tượng Thủy văn"), "cuc-kttv"),
        ("Cục Khí tượng Thuỷ văn", "cuc-kttv"),
        ("vu-tccb", "vu-tccb"),
        ("VNUA", "hv-nongnghiep"),
    ],
)
def test_exact_names_are_taken(text: str, unit_id: str) -> None:
    match = PLAN.find_unit(text, LAST)
    assert (match.unit_id, match.suggestions, match.ambiguous) == (unit_id, (), ())


@pytest.mark.parametrize("unit", PLAN.units.to_dicts(), ids=lambda unit: unit["unit_id"])
def test_every_name_of_the_register_names_its_unit(unit: dict[str, object]) -> None:
    names = [unit["unit_id"], unit["name"], unit["short_name"], *unit["aliases"], *unit["predecessors"]]  # type: ignore[misc]
    assert {PLAN.find_unit(str(name), LAST).unit_id for name in names} == {unit["unit_id"]}


@pytest.mark.parametrize("text", ["Cục QLĐĐ", "cục qlđđ", "QLĐĐ"])
def test_a_short_name_of_two_units_is_asked_about(text: str) -> None:
    match = PLAN.find_unit(text, LAST)
    assert match.unit_id is None
    assert match.ambiguous == ("cuc-qldatdai", "cuc-ddpctt")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("Cuc Chuyen doi so", "cuc-cds"), ("Vụ Khoa học và Công nghê", "vu-khcn"), ("Vụ Tổ chức", "vu-tccb")],
)
def test_a_near_name_is_suggested_and_never_taken(text: str, nearest: str) -> None:
    match = PLAN.find_unit(text, LAST)
    assert match.unit_id is None
    assert match.suggestions[0] == nearest
    assert len(match.suggestions) <= 3


@pytest.mark.parametrize("text", ["", "   ", "12345", "Bộ Xây dựng"])
def test_a_strange_text_names_nobody(text: str) -> None:
    match = PLAN.find_unit(text, LAST)
    assert match.unit_id is None
    assert match.ambiguous == ()


def test_an_old_name_leads_to_its_successor() -> None:
    assert PLAN.find_unit("Viện NTTS II", LAST).unit_id == "vien-ts"


def test_a_closed_unit_leads_to_its_successor_from_the_day_after(edit: Edit, folder: Path) -> None:
    edit(
        "units.csv",
        "vien-dcks,Viện Khoa học Địa chất và Khoáng sản,Viện ĐCKS,vien,,law,true,,,",
        "vien-dcks,Viện Khoa học Địa chất và Khoáng sản,Viện ĐCKS,vien,,law,true,,31/12/2027,",
    )
    edit(
        "units.csv",
        "vien-ddbd,Viện Khoa học Đo đạc và Bản đồ,Viện ĐĐBĐ,vien,,law,true,,,",
        "vien-ddbd,Viện Khoa học Đo đạc và Bản đồ,Viện ĐĐBĐ,vien,,law,true,,,vien-dcks",
    )
    plan = load_plan(folder)
    for name in ("Viện ĐCKS", "vien-dcks", "Viện Khoa học Địa chất và Khoáng sản"):
        assert plan.find_unit(name, date(2027, 12, 31)).unit_id == "vien-dcks"
        assert plan.find_unit(name, date(2028, 1, 1)).unit_id == "vien-ddbd"
        assert plan.find_unit(name, date(2028, 1, 1)).sender == "vien-dcks"  # what it sends is never its successor's


def test_an_old_name_with_two_successors_is_asked_about(edit: Edit, folder: Path) -> None:
    edit("units.csv", "Viện KH tài nguyên nước", "Viện NTTS I")
    match = load_plan(folder).find_unit("Viện NTTS I", LAST)
    assert match.unit_id is None
    assert match.ambiguous == ("vien-ts", "tt-qhdttnn")


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
