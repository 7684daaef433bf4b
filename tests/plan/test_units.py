"""Names as people write them, references as the plan's tables write them, and the units that they mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from inspect import Parameter, signature
from itertools import cycle
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.plan import Plan, load_plan
from nq57kit.plan.units import Lineage, UnitMatcher, resolve, unknown_reference

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


def test_no_unit_is_looked_up_without_a_period_or_a_day() -> None:
    assert signature(Plan.find_unit).parameters["on"].default is Parameter.empty
    assert PLAN.find_unit("vu-tccb", PLAN.period("2026-H1")) == PLAN.find_unit("vu-tccb", date(2026, 6, 19))


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


# What becomes of units: every person followed one by one ----------------------------------------

_DATED = {"valid_from": pl.Date, "valid_to": pl.Date, "predecessors": pl.List(pl.String), "groups": pl.List(pl.String),
          "aliases": pl.List(pl.String)}  # fmt: skip


class Ministry:
    """Units with their people; each change is written into the register and moves the people."""

    def __init__(self, units: int) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.people: dict[str, set[str]] = {}
        for _ in range(units):
            self.begin(None)
        for name, held in self.people.items():
            held |= {f"{name}.{person}" for person in range(4)}

    def begin(self, day: date | None, *of: str) -> str:
        name = f"u{len(self.rows)}"
        self.rows[name] = {"unit_id": name, "name": f"Đơn vị {name}", "short_name": f"Đ {name}", "groups": ["vien"], "aliases": [],
                           "reports": True, "valid_from": day, "valid_to": None, "predecessors": list(of)}  # fmt: skip
        self.people[name] = set()
        return name

    def end(self, name: str, day: date) -> set[str]:
        self.rows[name]["valid_to"] = day - timedelta(days=1)
        return self.people.pop(name)

    def change(self, kind: str, day: date, first: int, second: int) -> None:
        alive = sorted(self.people)
        one, other = alive[first % len(alive)], alive[second % len(alive)]
        if kind in ("close", "absorb") and any(one in row["predecessors"] for row in self.rows.values()):
            return  # the register cannot tell a unit that was spun off from one that took in its origin later
        if kind == "close" and len(alive) > 1:
            self.end(one, day)
        elif kind == "spin":
            new = self.begin(day, one)
            self.people[new] |= set(sorted(self.people[one])[::2])
            self.people[one] -= self.people[new]
        elif kind == "split":
            held, parts = sorted(self.end(one, day)), (self.begin(day, one), self.begin(day, one))
            for part, name in enumerate(parts):
                self.people[name] |= set(held[part::2])
        elif kind == "absorb" and one != other:
            self.rows[other]["predecessors"].append(one)
            self.people[other] |= self.end(one, day)
        elif kind in ("merge", "rename"):
            new = self.begin(day, *{one, other if kind == "merge" else one})
            for name in self.rows[new]["predecessors"]:
                self.people[new] |= self.end(name, day)

    @property
    def lineage(self) -> Lineage:
        return Lineage(pl.DataFrame(list(self.rows.values()), schema_overrides=_DATED))


_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["merge", "absorb", "split", "spin", "rename", "close"]), st.integers(0, 9), st.integers(0, 9)
    ),
    max_size=7,
)


@given(st.integers(1, 5), _CHANGES, st.lists(st.booleans(), min_size=1, max_size=40))
@settings(deadline=None)
def test_no_person_counts_twice_whatever_becomes_of_units_and_whoever_reports(
    units: int, changes: list[tuple[str, int, int]], reports: list[bool]
) -> None:
    ministry, reporting = Ministry(units), cycle(reports)
    told: dict[tuple[str, date], set[str]] = {}
    day = date(2026, 6, 19)
    for change in (None, *changes):
        if change:
            ministry.change(change[0], day, *change[1:])
        told |= {(name, day): set(held) for name, held in sorted(ministry.people.items()) if next(reporting)}
        day += timedelta(days=40)
    lineage = ministry.lineage
    standing = lineage.standing(told)
    counted = [person for one in standing for person in told[one]]
    assert len(counted) == len(set(counted))
    for name, on in told:  # what does not count gave way to its own later figures, or to those of its kin
        assert {one for one, _ in standing} & {name, *lineage.kin(name, on)}
    if not {"split", "spin"} & {kind for kind, *_ in changes}:
        assert set(counted) == set().union(*told.values())


@given(st.integers(1, 4), _CHANGES)
@settings(deadline=None)
def test_every_change_is_one_sentence_and_every_unit_is_found_by_its_name(
    units: int, changes: list[tuple[str, int, int]]
) -> None:
    ministry = Ministry(units)
    for number, change in enumerate(changes):
        ministry.change(change[0], date(2026, 7, 1) + timedelta(days=40 * number), *change[1:])
    lineage, last = ministry.lineage, date(2030, 12, 19)
    register = pl.DataFrame(list(ministry.rows.values()), schema_overrides=_DATED)
    find = UnitMatcher(register, PLAN.ambiguous, lineage).find
    for name in ministry.rows:
        match = find(name, last)
        assert match.sender in {name, lineage.same_body(name, last)}
        assert {match.unit_id, *match.ambiguous} & ministry.people.keys() or match.unit_id == match.named
        assert lineage.exists(match.sender, last) == (match.named is None)
    for said in map(lineage.say, lineage.changes):
        assert said.count(" từ ngày ") == 1
        assert "  " not in said
