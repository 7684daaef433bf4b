"""Science tasks: one code counts once, evidence needs a day, and a register knows what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.indicators import science_tasks
from nq57kit.indicators.science import CountingRule, count_communicated, left_out_science_tasks

END = date(2027, 12, 14)
MAY = date(2027, 5, 18)
#: Any channel, so that a test of another rule need not think of it.
RULE = CountingRule(2027, END)
Row = Callable[..., dict[str, Any]]


def register(*codes: str, **more: Any) -> pl.DataFrame:
    usual = {"level": "bo", "state_funded": True, "start_year": 2026, "end_year": 2028} | more
    return pl.DataFrame([{"code": code, "name": f"Giả lập {code}"} | usual for code in codes])


def ratio(make: Any, rows: list[dict[str, Any]], **more: Any) -> tuple[int, int, int | None]:
    tasks = science_tasks(make.table("science_tasks", rows), RULE, **more)
    counted = count_communicated(tasks, frozenset({"vu-khcn"}), **more)
    return counted.numerator, counted.denominator, counted.unknown


def reasons(make: Any, rows: list[dict[str, Any]], **more: Any) -> list[str]:
    left = left_out_science_tasks(make.table("science_tasks", rows), RULE, **more)
    return left["reason"].to_list()


def test_one_code_of_three_units_counts_once_and_one_yes_is_enough(make: Any, science_row: Row) -> None:
    rows = [
        science_row("vu-khcn", "ĐTĐL.CN-01/26"),
        science_row("vien-vaas", "đtđl.cn - 01/26", True, MAY),
        science_row("bao-nnmt", " ĐTĐL.CN-01/26 "),
        science_row("vu-khcn", "B-02"),
    ]
    assert ratio(make, rows) == (1, 2, None)
    tasks = science_tasks(make.table("science_tasks", rows), RULE)
    shared = tasks.filter(pl.col("units").list.len() == 3).row(0, named=True)
    assert (shared["communicated"], shared["communicated_on"], shared["disagreement"]) == (True, MAY, True)
    assert tasks["disagreement"].sum() == 1
    assert [reason[:8] for reason in reasons(make, rows)] == ["Trùng mã", "Trùng mã"]


@settings(deadline=None)
@given(order=st.permutations(range(5)), copies=st.integers(1, 3))
def test_neither_order_nor_repeated_units_change_the_count(
    make: Any, science_row: Row, order: list[int], copies: int
) -> None:
    units = ["vu-khcn", "vien-vaas", "bao-nnmt"][:copies]
    rows = [science_row(unit, f"M {n}", n % 2 == 0, MAY if n % 2 == 0 else None) for n in range(5) for unit in units]
    rows = [{**row, "source_row": number} for number, row in enumerate(rows)]
    shuffled = [rows[place * copies + n] for place in order for n in range(copies)]
    frames = [science_tasks(make.table("science_tasks", some), RULE) for some in (rows, shuffled)]
    assert frames[0].equals(frames[1])
    assert ratio(make, shuffled) == (3, 5, None)


def test_a_yes_needs_a_day_within_or_before_the_window(make: Any, science_row: Row) -> None:
    rows = [
        science_row("vu-khcn", "A", True, END),
        science_row("vu-khcn", "B", True, date(2027, 12, 15)),
        science_row("vu-khcn", "C", True, None),
        science_row("vu-khcn", "D", True, date(2026, 1, 1)),
    ]
    assert ratio(make, rows) == (2, 4, None)
    late, undated = reasons(make, rows)
    assert "14/12/2027" in late
    assert undated.startswith("Thiếu ngày")


def test_other_money_and_other_years_do_not_count(make: Any, science_row: Row) -> None:
    rows = [
        science_row("vu-khcn", "A", state_funded=False),
        science_row("vu-khcn", "B", end_year=2026),
        science_row("vu-khcn", "C", start_year=2028, end_year=2029),
        science_row("vu-khcn", "D", start_year=2027, end_year=2027),
    ]
    assert ratio(make, rows) == (0, 1, None)
    assert reasons(make, rows) == [
        "Không sử dụng ngân sách nhà nước",
        "Không thực hiện trong năm 2027",
        "Không thực hiện trong năm 2027",
    ]


def test_the_latest_statement_of_a_unit_stands(make: Any, science_row: Row) -> None:
    rows = [
        science_row("vu-khcn", "A", True, MAY, period="2027-H1"),
        science_row("vu-khcn", "A", False),
        science_row("vu-khcn", "B", True, MAY, period="2027-H1"),
    ]
    assert ratio(make, rows) == (1, 2, None)
    tasks = science_tasks(make.table("science_tasks", rows), RULE)
    assert tasks["communicated"].to_list() == [False, True]
    assert tasks["disagreement"].sum() == 0


def test_a_register_is_the_denominator_and_knows_what_is_missing(make: Any, science_row: Row) -> None:
    rows = [science_row("vu-khcn", "a", True, MAY), science_row("vu-khcn", "B"), science_row("vu-khcn", "X", True, MAY)]
    listed = register("A", "B", "C", "D")
    assert ratio(make, rows, register=listed) == (1, 4, 2)
    assert reasons(make, rows, register=listed) == ["Mã không có trong danh mục nhiệm vụ KHCN"]
    tasks = science_tasks(make.table("science_tasks", rows), RULE, register=listed)
    assert tasks.select("code", "communicated").rows() == [("A", True), ("B", False), ("C", None), ("D", None)]
    assert tasks["units"].to_list() == [["vu-khcn"], ["vu-khcn"], [], []]


def test_a_register_decides_on_money_and_years(make: Any, science_row: Row) -> None:
    listed = pl.concat([register("A", state_funded=False), register("B", end_year=2026), register("C")])
    rows = [science_row("vu-khcn", code, True, MAY) for code in "ABC"]
    assert ratio(make, rows, register=listed) == (1, 1, 0)


def test_nothing_at_all_is_nothing_of_nothing(make: Any) -> None:
    assert ratio(make, []) == (0, 0, None)
    assert ratio(make, [], register=register("A", "B")) == (0, 2, 2)
    assert reasons(make, []) == []


def test_a_code_counts_once_whatever_its_dash_and_its_look_alike_letters_in_the_register_too(
    make: Any, science_row: Row
) -> None:
    spelled = ["ĐTĐL-01/26", "ÐTÐL\u2212\uff10\uff11/26", "\u0110T\u0189L\u00ad01 /26", "Đ\u0422ĐL\u204301/26"]
    rows = [science_row(unit, code, True, MAY) for unit, code in zip(("vu-khcn", "vien-vaas"), spelled, strict=False)]
    rows += [science_row("bao-nnmt", code) for code in spelled[2:3]] + [science_row("vu-pc", "Đ\u0422ĐL\u204302/26")]
    assert ratio(make, rows) == (1, 2, None)
    assert ratio(make, rows, register=register(spelled[3], "X-9")) == (1, 2, 1)
    tasks = science_tasks(make.table("science_tasks", rows), RULE)
    assert set(tasks["code"]) <= {row["code"] for row in rows}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"channel": "truc_tiep"}, "Kênh «Trực tiếp (hội nghị, lớp học, sự kiện)» không thuộc"),
        ({"channel": "noi_bo"}, "Kênh «Nội bộ"),
        ({"channel": "an_pham_in"}, "Kênh «Ấn phẩm in»"),
        ({"channel": None}, "Không ghi kênh truyền thông"),
        ({"communicated_on": date(2025, 12, 31)}, "Ngày truyền thông trước năm bắt đầu nhiệm vụ (2026)"),
        ({"communicated_on": None}, "Thiếu ngày truyền thông"),
        ({"communicated_on": date(2027, 12, 15)}, "Ngày truyền thông sau ngày cuối kỳ số liệu (14/12/2027)"),
    ],
)
def test_a_yes_that_the_plan_does_not_mean_is_listed_with_its_reason(
    make: Any, science_row: Row, more: dict[str, Any], reason: str
) -> None:
    rule = CountingRule.of(make.plan.period("2027"))
    table = make.table("science_tasks", [science_row("vu-khcn", "A-1", True, MAY) | more])
    assert science_tasks(table, rule)["communicated"].to_list() == [False]
    (said,) = left_out_science_tasks(table, rule)["reason"].to_list()
    assert said.startswith(reason)
    assert said.endswith("chưa tính là đã truyền thông")


@pytest.mark.parametrize(
    "channel",
    [
        "bao_chi",
        "phat_thanh_truyen_hinh",
        "bao_chi_doi_ngoai",
        "cong_thong_tin",
        "nen_tang_so",
        "mang_xa_hoi",
        "thong_tin_co_so",
    ],
)
def test_a_yes_through_a_channel_that_the_plan_names_counts(make: Any, science_row: Row, channel: str) -> None:
    table = make.table("science_tasks", [science_row("vu-khcn", "A-1", True, MAY, channel=channel, evidence_url="x")])
    (row,) = science_tasks(table, CountingRule.of(make.plan.period("2027"))).to_dicts()
    assert (row["communicated"], row["has_evidence"]) == (True, True)
