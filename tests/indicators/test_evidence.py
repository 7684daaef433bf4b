"""What answers the plan: products, measures, duties and days, from activities that a finger can count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from nq57kit.errors import PlanError
from nq57kit.indicators import compute, list_figures
from nq57kit.indicators.evidence import assess_duties, find_products, require_codes

SCHOOL, OTHER = "hv-nongnghiep", "dh-thuyloi"


def act(unit: str, task: int, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "unit_id": unit, "period": "2026-H2", "task_id": task, "name": "Giả lập", "activity_type": kind,
        "channel": "truc_tiep", "started_on": date(2026, 9, 1), "quantity": 2,
    } | more  # fmt: skip


def results(
    make: Any, *rows: dict[str, Any], units: tuple[str, ...] = (SCHOOL, OTHER), period: str = "2026", **more: Any
) -> Any:
    return compute(make.inputs(period, units, tables={"activities": list(rows), **more}))


def one(frame: pl.DataFrame, **keys: Any) -> dict[str, Any]:
    return frame.row(by_predicate=pl.all_horizontal(pl.col(name) == value for name, value in keys.items()), named=True)


def test_a_product_is_found_in_the_rows_of_its_types_under_its_task(make: Any) -> None:
    found = results(
        make,
        act(SCHOOL, 4, "hoi_thi"),
        act(SCHOOL, 1, "cau_lac_bo"),  # another task
        act(OTHER, 4, "giao_trinh"),
    )
    assert [one(found.products, product_id=product)["found"] for product in ("TT4-1", "TT4-2", "TT4-3", "TT4-4")] == [
        0,
        1,
        0,
        1,
    ]
    assert one(found.products, product_id="TT4-4") | {} == {
        "product_id": "TT4-4", "task_id": 4, "owed": 2, "found": 1, "missing_units": [OTHER],
    }  # fmt: skip


def test_two_products_of_the_same_types_need_two_rows(make: Any) -> None:
    single = results(make, act("cuc-cds", 3, "he_thong_ai"), units=("cuc-cds",))
    assert single.products.filter(task_id=3)["found"].to_list() == [1, 0]
    both = results(make, act("cuc-cds", 3, "he_thong_ai"), act("cuc-cds", 3, "he_thong_ai"), units=("cuc-cds",))
    assert both.products.filter(task_id=3)["found"].to_list() == [1, 1]


def test_a_task_told_as_done_stands_beside_what_was_found(make: Any) -> None:
    said = {
        "unit_id": SCHOOL,
        "period": "2026-H2",
        "task_id": 4,
        "status": "hoan_thanh",
        "completed_on": date(2026, 12, 1),
    }
    kinds = ("ke_hoach", "giao_trinh", "cau_lac_bo", "hoi_thi")
    for rows, state, full in ((kinds, "complete", 1), (kinds[:2], "partial", 0), ((), "none", 0)):
        found = results(make, *(act(SCHOOL, 4, kind) for kind in rows), task_progress=[said])
        row = one(found.task_status, task_id=4, unit_id=SCHOOL)
        assert (row["status"], row["products"]) == ("hoan_thanh_dung_han", state)
        assert row["missing"] == [f"TT4-{number}" for number in range(1 + len(rows), 5)]
        assert one(found.completion, base="all")["with_products"] == full


def test_a_product_owed_once_is_found_when_one_unit_has_it(make: Any) -> None:
    products = make.plan.products.with_columns(per=pl.lit("task"))
    plan = replace(make.plan, products=products)
    answers = pl.DataFrame(
        [(SCHOOL, 4, "hoi_thi", 1, 1)],
        schema=["unit_id", "task_id", "activity_type", "activities", "quantity"],
        orient="row",
    )
    found = find_products(answers, plan, [SCHOOL, OTHER])
    assert found.filter(product_id="TT4-4")["found"].to_list() == [True, False]


def test_a_row_that_names_its_measure_answers_that_one_alone(make: Any) -> None:
    found = results(make, act(SCHOOL, 4, "hoi_thi", measure_id="III.2.1-06"), act(OTHER, 4, "hoi_thi"))
    named, ruled = one(found.measures, measure_id="III.2.1-06"), one(found.measures, measure_id="III.2.1-08")
    assert (named["answered"], named["silent_units"]) == (1, [OTHER])
    assert (ruled["answered"], ruled["silent_units"]) == (1, [SCHOOL])
    assert (ruled["asked"], ruled["rows"], ruled["quantity"]) == (2, 1, 2)


def test_a_measure_is_asked_of_those_alone_whom_it_addresses(make: Any) -> None:
    found = results(make, act("vu-khcn", 1, "hoi_thi"), units=("vu-khcn", SCHOOL))
    assert one(found.measures, measure_id="III.2.1-08") | {} == {
        "measure_id": "III.2.1-08", "asked": 1, "answered": 0, "rows": 0, "quantity": 0, "silent_units": [SCHOOL],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "answers"),
    [
        ({"activity_type": "tap_huan", "audience": "phong_vien"}, True),
        ({"activity_type": "tap_huan", "audience": "nguoi_dan"}, False),
        ({"activity_type": "tap_huan"}, False),
        ({"activity_type": "hoi_nghi", "audience": "phong_vien"}, False),
    ],
)
def test_a_rule_asks_for_everything_that_it_names(make: Any, row: dict[str, Any], answers: bool) -> None:
    found = results(make, act(SCHOOL, 1, kind=row.pop("activity_type"), **row))
    assert (one(found.measures, measure_id="III.1.1-09")["answered"] == 1) is answers


def test_money_that_was_allocated_answers_the_measure_that_asks_for_means(make: Any) -> None:
    rows = [
        {"unit_id": unit, "period": "2026-H2", "task_id": 5, "funding_source": "khac", "allocated_vnd": amount}
        for unit, amount in (("dn-nxbnn", 5), ("dn-dautieng", 0))
    ]
    found = results(make, units=("dn-nxbnn", "dn-dautieng"), budget=rows)
    assert one(found.measures, measure_id="III.3.1-06")["silent_units"] == ["dn-dautieng"]


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ({"name": "Hưởng ứng ngày khoa học và công nghệ Việt Nam"}, "khcn"),
        ({"name": "Hội nghị ngày 18/5"}, "khcn"),
        ({"name": "Hội nghị ngày 18/05 tại Hà Nội"}, "khcn"),
        ({"name": "Số 118/5", "started_on": date(2026, 8, 1)}, None),
        ({"activity_type": "su_kien", "started_on": date(2026, 10, 17)}, "chuyen-doi-so"),
        ({"activity_type": "su_kien", "started_on": date(2026, 10, 18)}, None),
        ({"activity_type": "hoi_nghi", "started_on": date(2026, 10, 10)}, None),
        (
            {"activity_type": "su_kien", "started_on": date(2026, 9, 1), "ended_on": date(2026, 9, 24)},
            "doi-moi-sang-tao",
        ),
    ],
)
def test_an_activity_belongs_to_a_day_that_it_names_or_is_an_event_of(
    make: Any, row: dict[str, Any], day: str | None
) -> None:
    found = results(make, act(SCHOOL, 1, row.pop("activity_type", "hoi_nghi"), reach=30, **row))
    told = {
        row["event_id"]: (row["activities"], row["units"], row["reach"])
        for row in found.events.to_dicts()
        if row["activities"]
    }
    assert told == ({day: (1, 1, 30)} if day else {})


def test_duties_stand_on_what_the_store_can_tell_or_on_a_person(make: Any) -> None:
    found = results(make, act("vu-tccb", 7, "ke_hoach"), units=("vu-tccb", "vu-khtc"))
    states = dict(found.duties.select("duty_id", "state").iter_rows())
    assert states["IV.5-01"] == "answered"
    assert states["IV.4-01"] == "none"
    assert states["IV.2-01"] == "not_assessed"
    judged = assess_duties(make.plan, found.unit_products, found.reporting, [True, True], {"IV.2-01": "met"})
    states = dict(judged.select("duty_id", "state").iter_rows())
    assert (states["IV.2-01"], states["IV.1-03"]) == ("met", "answered")


def test_each_unit_has_its_own_line_and_silence_is_no_zero(make: Any) -> None:
    found = results(make, act(SCHOOL, 4, "hoi_thi", reach=None, cost_vnd=7))
    assert found.by_unit.rows() == [
        (SCHOOL, 1, 2, None, 7, None, None, None, None, None),
        (OTHER, None, None, None, None, None, None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("table", "column", "codes"),
    [("products", "activity_types", ["hoi_thi", "khong_co"]), ("measure_evidence", "channels", ["khong_co"]),
     ("measure_evidence", "tables", ["khong_co"])],
)  # fmt: skip
def test_a_rule_with_a_code_that_the_form_lacks_is_told_with_its_place(
    make: Any, table: str, column: str, codes: list[str]
) -> None:
    frame = getattr(make.plan, table).with_columns(pl.lit(codes).alias(column))
    with pytest.raises(PlanError, match=f"^{table}.csv, cột «{column}»: không có mã «khong_co»"):
        require_codes(replace(make.plan, **{table: frame}))


def trace(found: Any, name: str) -> list[dict[str, Any]]:
    return list_figures(found)[name].rows().to_dicts()


def test_a_product_leads_to_its_row_and_tells_why_the_others_add_nothing(make: Any) -> None:
    found = results(
        make,
        act(SCHOOL, 4, "hoi_thi"),
        act(SCHOOL, 4, "hoi_thi", quantity=5),
        act("vu-khcn", 4, "hoi_thi"),  # coordinates at most
        act(SCHOOL, 4, "hoi_thi", started_on=date(2025, 2, 1)),  # outside the window of the year
        units=(SCHOOL, OTHER, "vu-khcn"),
    )
    told = [
        (row["role"], row["amount"], row["unit_id"], "Ngoài" if row["reason"].startswith("Ngoài ") else row["reason"])
        for row in trace(found, "products.TT4-4.found")
    ]
    assert told == [
        ("counted", 1, SCHOOL, ""),
        ("counted", 0, SCHOOL, "Đơn vị được tính một lần, ở dòng khác"),
        ("left_out", 0, OTHER, "Không có dòng nào trong báo cáo đã nhận của năm"),
        ("left_out", 0, SCHOOL, "Ngoài"),
        ("left_out", 0, "vu-khcn", "Đơn vị không chủ trì nhiệm vụ này"),
    ]
    assert [row["unit_id"] for row in trace(found, "products.TT4-4.owed")] == [OTHER, SCHOOL]


def test_one_row_where_two_products_of_the_same_types_are_asked_says_that_it_is_too_few(make: Any) -> None:
    found = results(make, act("cuc-cds", 3, "he_thong_ai"), units=("cuc-cds",))
    row = trace(found, "products.TT3-2.found")[0]
    assert (row["amount"], row["reason"]) == (0, "Chưa đủ 2 dòng: Phụ lục có 2 sản phẩm cùng loại")
    assert trace(found, "products.TT3-1.found")[0]["amount"] == 1


def test_a_measure_leads_to_the_rows_that_name_it_or_fit_its_rule_and_to_those_that_do_neither(make: Any) -> None:
    found = results(
        make,
        act(SCHOOL, 4, "hoi_thi"),
        act(SCHOOL, 4, "hoi_thi", measure_id="III.2.1-06"),
        act(OTHER, 4, "ke_hoach", measure_id="III.2.1-08", quantity=7),
        act("vu-khcn", 1, "hoi_thi", measure_id="III.2.1-08"),
        units=(SCHOOL, OTHER, "vu-khcn"),
    )
    quantity = trace(found, "measures.III.2.1-08.quantity")
    assert [(row["role"], row["unit_id"], row["amount"]) for row in quantity] == [
        ("counted", OTHER, 7), ("counted", SCHOOL, 2), ("left_out", SCHOOL, 0), ("left_out", "vu-khcn", 0),
    ]  # fmt: skip
    assert [row["reason"] for row in quantity[2:]] == [
        "Dòng ghi một giải pháp khác: chỉ tính cho giải pháp đó", "Giải pháp không giao cho đơn vị này",
    ]  # fmt: skip
    assert [row["unit_id"] for row in trace(found, "measures.III.2.1-08.asked")] == [OTHER, SCHOOL]


def test_money_that_answers_a_measure_leads_to_its_cell(make: Any) -> None:
    rows = [{"unit_id": "dn-nxbnn", "period": "2026-H2", "task_id": 5, "funding_source": "khac", "allocated_vnd": 5}]
    found = results(make, units=("dn-nxbnn",), budget=rows)
    row = trace(found, "measures.III.3.1-06.answered")[0]
    assert (row["table"], row["field"], row["value"], row["amount"]) == ("budget", "allocated_vnd", "5", 1)


def test_a_duty_leads_to_what_its_state_stands_on(make: Any) -> None:
    found = results(make, act("vu-tccb", 7, "ke_hoach"), units=("vu-tccb", "vu-khtc"))
    assert [(row["role"], row["unit_id"]) for row in trace(found, "duties.IV.5-01") if row["amount"]] == [
        ("numerator", "vu-tccb"), ("denominator", "vu-tccb"),
    ]  # fmt: skip
    halves = [(row["role"], row["period"], row["value"]) for row in trace(found, "duties.IV.1-02")]
    assert halves == [("denominator", "2026-H1", "chưa khóa"), ("denominator", "2026-H2", "chưa khóa")]


def test_units_of_a_yearly_day_count_once_each(make: Any) -> None:
    rows = [act(SCHOOL, 1, "su_kien", started_on=date(2026, 10, day), reach=10) for day in (1, 2)]
    found = results(make, *rows, act(OTHER, 1, "hoi_nghi", name="Ngày hội Đổi mới sáng tạo quốc gia"))
    amounts = {
        name: [row["amount"] for row in trace(found, f"events.doi-moi-sang-tao.{name}") if row["role"] == "counted"]
        for name in ("activities", "units", "reach")
    }
    assert amounts == {"activities": [1, 1, 1], "units": [1, 1, 0], "reach": [10, 10]}


def test_what_a_unit_does_under_a_task_is_told_by_its_role_there(make: Any) -> None:
    # vu-khcn coordinates task 7 and leads 1 and 10; an enterprise has no role in 7
    led, beside, none = "vu-tccb", "vu-khcn", "dn-nxbnn"
    found = results(
        make, act(led, 7, "ke_hoach"), act(beside, 7, "tap_huan", reach=30), act(none, 7, "tin_bai"), act(beside, 1, "tin_bai"),
        units=(led, beside, none),
    )  # fmt: skip
    told = {(task, unit): role for task, unit, role in found.roles.select("task_id", "unit_id", "role").iter_rows()}
    coordinators = make.plan.coordinators().filter(task_id=7)["unit_id"].to_list()
    assert told == {
        (7, led): "lead",
        (7, beside): "coordinate" if beside in coordinators else "none",
        (7, none): "coordinate" if none in coordinators else "none",
        (1, beside): "lead",
    }
    assert found.by_task.filter(task_id=7)["activities"].to_list() == [3]  # all count in the task
    assert one(found.products, product_id="TT7-1")["owed"] == 1
    for name, amount in (("leading_activities", 1), ("coordination_units", list(told.values()).count("coordinate"))):
        assert sum(row["amount"] for row in trace(found, f"by_task.7.{name}")) == amount


def test_a_yearly_day_is_compared_over_the_units_that_told_of_both_years(make: Any) -> None:
    def day(unit: str, year: int, reach: int | None = None) -> dict[str, Any]:
        return act(unit, 1, "su_kien", period=f"{year}-H2", started_on=date(year, 10, 10), reach=reach)

    found = compute(
        make.inputs(
            "2027-H2",
            (SCHOOL, OTHER),
            tables={"activities": [day(SCHOOL, 2027, 40), day(SCHOOL, 2027), day(OTHER, 2027, 7)]},
            previous={"activities": [day(SCHOOL, 2026)]},
            receipts=make.accepted("2027-H2", SCHOOL, OTHER),
            previous_receipts=make.accepted("2026-H2", SCHOOL),
        )
    )
    row = one(found.events, event_id="chuyen-doi-so")
    assert (row["activities"], row["units"], row["reach"]) == (3, 2, 47)
    assert (row["compared_activities"], row["previous_activities"], row["common_units"]) == (2, 1, 1)
    assert (row["compared_reach"], row["previous_reach"]) == (40, None)
    assert found.unit_events.select("unit_id", "activities", "reach").rows() == [(SCHOOL, 2, 40), (OTHER, 1, 7)]
