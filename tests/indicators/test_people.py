"""Staff figures: each unit by its latest snapshot, and only units that have one."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.indicators.people import staff_ratio, workforce_by_group


def snap(
    unit: str, total: int, reached: int, period: str = "2027-H2", *, comms: int = 0, trained: int = 0
) -> dict[str, Any]:
    return {
        "unit_id": unit, "period": period, "staff_total": total, "staff_reached": reached,
        "comms_staff_total": comms, "comms_staff_trained": trained,
    }  # fmt: skip


def test_the_second_half_replaces_the_first_and_the_first_stands_alone(make: Any) -> None:
    rows = [snap("vu-khcn", 40, 30), snap("vu-khcn", 50, 10, "2027-H1"), snap("vu-pc", 20, 5, "2027-H1")]
    ratio = staff_ratio("staff_reached", make.table("workforce", rows))
    assert (ratio.numerator, ratio.denominator, ratio.units) == (35, 60, {"vu-khcn", "vu-pc"})


def test_communication_staff_is_a_base_of_its_own(make: Any) -> None:
    rows = [snap("vu-khcn", 40, 30, comms=4, trained=1), snap("bao-nnmt", 20, 20, comms=6, trained=6)]
    ratio = staff_ratio("comms_staff_trained", make.table("workforce", rows))
    assert (ratio.numerator, ratio.denominator) == (7, 10)


def test_nobody_reported_is_nothing_of_nothing(make: Any) -> None:
    ratio = staff_ratio("staff_reached", make.table("workforce"))
    assert (ratio.numerator, ratio.denominator, ratio.value, ratio.units) == (0, 0, None, frozenset())


def test_groups_add_up_to_the_ministry_and_a_unit_of_two_groups_is_in_the_first(make: Any) -> None:
    rows = [snap("hv-nongnghiep", 100, 50), snap("vu-khcn", 40, 30), snap("dh-thuyloi", 10, 0)]
    units = make.units("vu-khcn", "hv-nongnghiep", "dh-thuyloi", "vu-pc")
    table = workforce_by_group(
        make.table("workforce", rows),
        units,
        make.plan.groups["group"].to_list(),
        units,
        {"hv-nongnghiep", "vu-khcn", "dh-thuyloi"},
    )
    assert table.select("group", "units", "expected", "staff_total", "staff_reached").rows() == [
        (None, 3, 4, 150, 80),
        ("vu", 1, 2, 40, 30),
        ("hoc_vien", 1, 1, 100, 50),
        ("co_so_giao_duc", 1, 1, 10, 0),
    ]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["vu-khcn", "vu-pc", "bao-nnmt", "cuc-cds"]), st.tuples(
    st.integers(0, 500), st.integers(0, 500)), min_size=1))  # fmt: skip
def test_sums_are_those_of_plain_arithmetic(make: Any, staff: dict[str, tuple[int, int]]) -> None:
    rows = [snap(unit, reached + more, reached) for unit, (reached, more) in staff.items()]
    ratio = staff_ratio("staff_reached", make.table("workforce", rows[::-1]))
    assert ratio.numerator == sum(reached for reached, _ in staff.values())
    assert ratio.denominator == sum(reached + more for reached, more in staff.values())
