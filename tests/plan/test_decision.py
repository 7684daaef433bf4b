"""The plan's questions: leaders, due days, targets, units; expected values read from the plan by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from nq57kit.errors import PlanError
from nq57kit.plan import Unit, decision, load_plan
from nq57kit.plan.tables import TABLES, check_tables, read_table

PLAN = load_plan()
Edit = Callable[[str, str, str], None]


def _members(group: str) -> int:
    return sum(group in groups for groups in PLAN.units["groups"])


def test_leaders_of_each_task() -> None:
    counts = dict(PLAN.leads().group_by("task_id").len().iter_rows())
    assert counts.pop(4) == _members("co_so_giao_duc")
    assert counts.pop(5) == _members("doanh_nghiep")
    assert counts.pop(6) == _members("cuc_quan_ly") + _members("vien") + _members("hoc_vien")
    assert counts == {1: 58, 2: 1, 3: 1, 7: 1, 8: 2, 9: 1, 10: 1}
    single = {task: unit for task, unit in PLAN.leads().iter_rows() if counts.get(task) == 1}
    assert single == {2: "van-phong", 3: "cuc-cds", 7: "vu-tccb", 9: "vu-khtc", 10: "vu-khcn"}


def test_a_pair_of_task_and_unit_stands_once() -> None:
    assert PLAN.leads().is_unique().all()
    assert PLAN.coordinators().is_unique().all()


def test_cuc_chuyen_doi_so_is_a_partner_of_task_6_and_no_leader() -> None:
    assert 6 not in PLAN.tasks_led_by("cuc-cds")["task_id"].to_list()
    assert 6 in PLAN.tasks_coordinated_by("cuc-cds")["task_id"].to_list()


def test_a_unit_in_two_roles_is_counted_once_and_leads() -> None:
    led, coordinated = PLAN.tasks_led_by("cuc-cds"), PLAN.tasks_coordinated_by("cuc-cds")
    assert 1 in led["task_id"].to_list()
    assert 1 in coordinated["task_id"].to_list()
    both = PLAN.tasks_of("cuc-cds")
    assert both["task_id"].to_list() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert both.filter(pl.col("task_id") == 1)["role"].item() == "lead"


def test_why_gives_the_citation_and_the_plans_words() -> None:
    why = PLAN.tasks_led_by("dh-thuyloi").filter(pl.col("task_id") == 4)["why"].item()
    assert why == "Phụ lục, TT 4: «Các cơ sở giáo dục, đào tạo, bồi dưỡng thuộc Bộ»"


def test_an_academy_teaches_and_does_research() -> None:
    assert PLAN.tasks_led_by("hv-nongnghiep")["task_id"].to_list() == [1, 4, 6]


def test_an_unknown_unit_is_refused_with_its_id() -> None:
    for ask in (PLAN.unit, PLAN.tasks_led_by, PLAN.tasks_of, PLAN.duties_of):
        with pytest.raises(PlanError, match="«vu-xyz»"):
            ask("vu-xyz")


@pytest.mark.parametrize(
    ("task_id", "due"),
    [
        (1, None),
        (2, None),
        (3, date(2030, 12, 14)),
        (4, date(2027, 12, 14)),
        (8, None),
        (9, date(2027, 12, 14)),
        (10, date(2027, 12, 19)),
    ],
)
def test_due_date(task_id: int, due: date | None) -> None:
    assert PLAN.due_date(task_id, 2027) == due


def test_due_date_of_an_unknown_task() -> None:
    with pytest.raises(PlanError, match="số 11"):
        PLAN.due_date(11, 2027)


@pytest.mark.parametrize(("year", "value"), [(2026, None), (2027, 50), (2028, 50), (2029, 80), (2030, 100)])
def test_the_target_of_science_tasks_by_year(year: int, value: int | None) -> None:
    target = PLAN.target_for("science_tasks_communicated", year)
    assert (target and target.value) == (value and Fraction(value))


def test_2026_has_no_number() -> None:
    targets = PLAN.targets_in(2026)
    assert targets["indicator"].to_list() == ["network_formed", "channels_resourced"]
    assert targets["value"].null_count() == 2
    network = PLAN.target_for("network_formed", 2026)
    assert network is not None
    assert network.ratio is None
    assert network.is_met_by(Fraction(1)) is None


def test_next_target_is_the_first_later_one() -> None:
    following = PLAN.next_target("science_tasks_communicated", 2028)
    assert following is not None
    assert (following.year_from, following.value) == (2029, 80)
    assert PLAN.next_target("staff_reached", 2030) is None
    assert PLAN.target_for("completeness", 2030) is None
    with pytest.raises(PlanError, match="«science»"):
        PLAN.next_target("science", 2026)


def test_a_ratio_is_compared_unrounded() -> None:
    target = PLAN.target_for("science_tasks_communicated", 2027)
    assert target is not None
    assert target.is_met_by(Fraction(4996, 10000)) is False
    assert target.is_met_by(Fraction(1, 2)) is True
    last = PLAN.target_for("science_tasks_communicated", 2030)
    assert last is not None
    assert last.is_met_by(Fraction(999_999, 1_000_000)) is False
    assert last.is_met_by(Fraction(1)) is True


def test_a_unit_is_a_frozen_value() -> None:
    unit = PLAN.unit("hv-nongnghiep")
    assert isinstance(unit, Unit)
    assert unit.aliases == ("VNUA",)
    assert unit.reports
    with pytest.raises(AttributeError):
        unit.name = "x"  # type: ignore[misc]


def test_all_units_report_for_every_period_of_the_packaged_plan() -> None:
    assert PLAN.units_reporting(PLAN.period("2026-H1")).height == 58


def test_the_register_is_dated(edit: Edit, folder: Path) -> None:
    edit(
        "units.csv",
        "cuc-moitruong,Cục Môi trường,Cục MT,cuc_quan_ly,,law,true,,,",
        "cuc-moitruong,Cục Môi trường,Cục MT,cuc_quan_ly,,law,true,,2026-12-18,",
    )
    edit(
        "units.csv",
        "cuc-bdkh,Cục Biến đổi khí hậu,Cục BĐKH,cuc_quan_ly,,law,true,,,",
        "cuc-bdkh,Cục Biến đổi khí hậu,Cục BĐKH,cuc_quan_ly,,law,true,20/06/2026,,",
    )
    edit(
        "units.csv",
        "thanh-tra,Thanh tra Bộ,Thanh tra,khac,,unverified,true",
        "thanh-tra,Thanh tra Bộ,Thanh tra,khac,,unverified,không",
    )
    plan = load_plan(folder)

    def reporting(text: str) -> set[str]:
        return set(plan.units_reporting(plan.period(text))["unit_id"])

    everyone = set(plan.units["unit_id"])
    assert everyone - reporting("2026-H1") == {"thanh-tra", "cuc-bdkh"}  # begins on the day after 19/06
    assert everyone - reporting("2026-H2") == {"thanh-tra", "cuc-moitruong"}  # ended on the day before 19/12
    assert plan.leads(plan.period("2026-H2")).filter(pl.col("task_id") == 1).height == 56
    assert plan.leads().filter(pl.col("task_id") == 1).height == 58


def _dated(folder: Path, name: str, key: str, *cells: str) -> None:
    """Add the three columns of validity to a table; the row of `key` gets `cells`."""
    first, *lines = (folder / name).read_text(encoding="utf-8").splitlines()
    rows = [line + ("," + ",".join(cells) if line.startswith(f"{key},") else ",,,") for line in lines]
    (folder / name).write_text("\n".join([f"{first},valid_from,valid_to,basis_document", *rows]), encoding="utf-8")


def test_rows_of_the_plan_hold_from_day_to_day_and_the_rules_on_them_with_them(folder: Path) -> None:
    _dated(folder, "products.csv", "TT9-1", "", "14/12/2027", "Quyết định (giả lập)")
    _dated(folder, "measures.csv", "III.4-05", "15/06/2027", "", "")
    plan = load_plan(folder)
    assert plan.products.filter(pl.col("product_id") == "TT9-1")["basis_document"].to_list() == ["Quyết định (giả lập)"]
    seen = {text: plan.in_force(plan.period(text)) for text in ("2027-H1", "2027-H2", "2028-H1", "2028")}
    assert [one.products.height for one in seen.values()] == [22, 22, 21, 21]
    assert [one.measures.height for one in seen.values()] == [30, 31, 31, 31]
    assert [one.measure_evidence.height for one in seen.values()] == [30, 31, 31, 31]
    rule = pl.col("duty_id") == "IV.4-01"
    assert [one.duty_evidence.filter(rule)["products"][0].to_list() for one in (seen["2027-H2"], seen["2028"])] == [
        ["TT9-1", "TT9-2"],
        ["TT9-2"],
    ]
    assert "III.4-05" not in seen["2027-H1"].measures_of("vien-vaas")["measure_id"].to_list()
    assert [one.hash == seen["2028"].hash for one in seen.values()] == [False, False, True, True]
    assert seen["2027-H2"].hash == PLAN.hash != seen["2027-H1"].hash


def test_a_target_that_ended_leaves_its_years_to_another(edit: Edit, folder: Path) -> None:
    lines = (folder / "targets.csv").read_text(encoding="utf-8").splitlines()
    old = next(line for line in lines if line.startswith("MT-2029-1"))
    _dated(folder, "targets.csv", "MT-2029-1", "", "2028-12-14", "")
    with (folder / "targets.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n" + old.replace("MT-2029-1", "MT-2029-9").replace(",80,", ",75,") + ",2028-12-15,,\n")
    plan = load_plan(folder)
    for text, value in (("2028-H2", 80), ("2029-H1", 75)):
        target = plan.in_force(plan.period(text)).target_for("science_tasks_communicated", 2029)
        assert target is not None
        assert target.value == value


def test_a_plan_without_dated_rows_is_itself_in_every_period() -> None:
    assert all(PLAN.in_force(period) is PLAN for period in PLAN.periods)


def test_groups_are_labelled_in_order() -> None:
    assert PLAN.groups["order"].is_sorted()
    assert PLAN.groups.filter(pl.col("group") == "cuc_quan_ly")["label"].item() == "Các Cục quản lý chuyên ngành"
    used = set(PLAN.units.explode("groups")["groups"])
    assert used == set(PLAN.groups["group"])


def test_the_packaged_plan_which_no_command_checks_again_passes_every_check() -> None:
    folder = Path(decision.__file__).with_name("data")
    check_tables({name: read_table(name, (folder / f"{name}.csv").read_bytes()) for name in TABLES}, PLAN.settings)


def test_the_calendar_names_every_period_in_its_order() -> None:
    periods = load_plan().periods
    assert [str(one) for one in periods[:3]] == ["2026-H1", "2026-H2", "2026"]
    assert str(periods[-1]) == "2030"
    assert len(periods) == 15
    assert list(periods) == sorted(periods)
