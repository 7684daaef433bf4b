"""The cross-checks on frames: what is asked about, what is not, and in an order that depends on nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.plan import load_plan
from nq57kit.submissions.comparisons import (
    HALF_CODES,
    LEAST_IDENTICAL_ROWS,
    NAMES_SHOWN,
    UNIT_CODES,
    compare_halves,
    compare_units,
    evidence_key,
)
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import load_finding_kinds
from nq57kit.submissions.schemas import frame_columns

UNITS = ["vu-tccb", "vu-pc", "vu-htqt", "vien-ts", "vien-vaas", "cuc-cds", "van-phong", "thanh-tra"]
NAMES = {unit: f"[{unit}]" for unit in UNITS}


def frames(**rows: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Tables of submissions: each row names its unit; `origin` is the unit's number in UNITS, rows begin at 5."""
    tables = {}
    for name in TABLES:
        schema = {"unit_id": pl.String, **frame_columns(name), "origin": pl.Int64}
        given = rows.get(name, [])
        if name == "cover" and not given:
            units = sorted({row["unit_id"] for table in rows.values() for row in table})
            given = [{"unit_id": unit} for unit in units]
        filled = [
            {
                "source_sheet": TABLES[name].sheet,
                "source_row": 5 + sum(other["unit_id"] == row["unit_id"] for other in given[:number]),
                "origin": UNITS.index(row["unit_id"]),
                **row,
            }
            for number, row in enumerate(given)
        ]
        tables[name] = pl.DataFrame(filled, schema=schema, orient="row")
    return tables


def staff(unit: str, total: int, *rest: int) -> dict[str, Any]:
    reached, comms, trained = rest or (1, 1, 0)
    return {
        "unit_id": unit,
        "staff_total": total,
        "staff_reached": reached,
        "comms_staff_total": comms,
        "comms_staff_trained": trained,
    }


def science(unit: str, code: str, name: str = "Giống lúa giả lập", **words: Any) -> dict[str, Any]:
    row = {"unit_id": unit, "code": code, "name": name, "communicated": False, "state_funded": True, "end_year": 2027}
    return {**row, **words}


def activity(unit: str, number: int, **words: Any) -> dict[str, Any]:
    row = {
        "unit_id": unit,
        "task_id": 1,
        "name": f"Hội nghị {unit} {number}",
        "activity_type": "hoi_nghi",
        "started_on": date(2026, 7, 1 + number),
        "quantity": number + 1,
    }
    return {**row, **words}


def halves(later: dict[str, pl.DataFrame], earlier: dict[str, pl.DataFrame], period: str = "2026-H2") -> list[Any]:
    plan = load_plan()
    return compare_halves(later, earlier, plan, plan.period(period))


def told(doubts: list[Any]) -> list[tuple[str, int | None, str | None]]:
    return [(doubt.code, doubt.row, doubt.value) for doubt in doubts]


def test_every_code_is_a_warning_or_a_note_with_a_sentence():
    kinds = load_finding_kinds()
    for code in (*HALF_CODES, *UNIT_CODES):
        assert kinds[code].severity == ("note" if code == "science-codes-joined" else "warning")
        assert kinds[code].advice


# -------------------------------------------------------------------------- against the earlier half


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [(100, 49, True), (100, 50, False), (100, 51, False), (101, 50, True), (3, 1, True), (2, 1, False), (0, 0, False)],
)
def test_staff_down_by_more_than_half_is_asked_about_and_exactly_half_is_not(before, after, asked):
    later, earlier = frames(workforce=[staff("vu-pc", after)]), frames(workforce=[staff("vu-pc", before)])
    assert told(halves(later, earlier)) == [("staff-dropped", 5, str(after))] * asked


@pytest.mark.parametrize(
    ("before", "after", "fallen"),
    [
        ((38, 4), (0, 0), [("running-number-fell", 5, "0")] * 2),
        ((38, 4), (38, 4), []),
        ((38, 0), (37, 1), [("running-number-fell", 5, "37")]),
    ],
)
def test_a_count_from_the_start_of_the_year_does_not_fall_within_it(before, after, fallen):
    earlier, later = (
        frames(workforce=[staff("vu-pc", 77, reached, 9, trained)]) for reached, trained in (before, after)
    )
    assert told(halves(later, earlier)) == fallen
    assert told(halves(later, earlier, "2027-H1")) == []  # it begins anew with the year


def test_staff_of_another_unit_or_of_a_unit_without_an_earlier_half_is_not_compared():
    assert halves(frames(workforce=[staff("vu-pc", 1)]), frames(workforce=[staff("vu-tccb", 100)])) == []


def test_a_science_task_that_vanished_is_asked_about_unless_its_last_year_is_past():
    earlier = frames(
        science_tasks=[
            science("vu-pc", "GL-01", end_year=2027),
            science("vu-pc", "GL-02", end_year=2026),
            science("vu-pc", "GL-03", end_year=2025),
            science("vu-pc", "GL-04"),
        ]
    )
    later = frames(cover=[{"unit_id": "vu-pc"}], science_tasks=[science("vu-pc", " gl-04")])
    assert told(halves(later, earlier)) == [
        ("science-task-vanished", None, "GL-01"),
        ("science-task-vanished", None, "GL-02"),
    ]
    over_new_year = halves(later, earlier, "2027-H1")
    assert told(over_new_year) == [("science-task-vanished", None, "GL-01")]
    assert "6 tháng cuối năm 2026" in over_new_year[0].to_finding("a.xlsx", None).message


def test_a_unit_that_sent_nothing_this_time_is_not_asked_about_its_science_tasks():
    earlier = frames(science_tasks=[science("vu-pc", "GL-01")])
    assert halves(frames(cover=[{"unit_id": "vu-tccb"}]), earlier) == []


def test_a_task_communicated_before_and_not_now_is_asked_about():
    earlier = frames(science_tasks=[science("vu-pc", "GL-01", communicated=True), science("vu-pc", "GL-02")])
    later = frames(science_tasks=[science("vu-pc", "gl-01"), science("vu-pc", "GL-02")])
    (doubt,) = halves(later, earlier)
    assert told([doubt]) == [("communicated-withdrawn", 5, "Không")]
    assert "«gl-01» ghi «Không» trong khi báo cáo 6 tháng đầu năm 2026 ghi «Có»" in doubt.to_finding("a", "G5").message


def test_not_arisen_after_done_is_as_it_should_be_and_after_work_under_way_is_asked_about():
    done, under_way, idle = (
        frames(task_progress=[{"unit_id": "vu-pc", "task_id": 1, "status": status}])
        for status in ("hoan_thanh", "dang_thuc_hien", "khong_phat_sinh")
    )
    assert halves(idle, done) == []
    (doubt,) = halves(idle, under_way)
    assert (doubt.code, doubt.field, doubt.row) == ("not-arisen-under-way", "status", 5)


@pytest.mark.parametrize("status", ["chua_thuc_hien", "dang_thuc_hien"])
def test_a_status_that_went_back_from_done_is_asked_about(status):
    earlier = frames(task_progress=[{"unit_id": "vu-pc", "task_id": 1, "status": "hoan_thanh"}])
    later = frames(task_progress=[{"unit_id": "vu-pc", "task_id": 1, "status": status}])
    (doubt,) = halves(later, earlier)
    assert (doubt.code, doubt.field, doubt.row) == ("status-went-back", "status", 5)
    assert halves(earlier, later) == []


def test_over_new_year_only_a_task_that_runs_over_years_keeps_its_status():
    plan = load_plan()
    spans = plan.tasks.filter(pl.col("cadence") == "span")["task_id"].to_list()
    assert spans
    every = plan.tasks["task_id"].to_list()
    earlier = frames(task_progress=[{"unit_id": "vu-pc", "task_id": task, "status": "hoan_thanh"} for task in every])
    later = frames(task_progress=[{"unit_id": "vu-pc", "task_id": task, "status": "dang_thuc_hien"} for task in every])
    assert [int(doubt.words["task"]) for doubt in halves(later, earlier, "2027-H1")] == spans
    assert len(halves(later, earlier, "2026-H2")) == len(every)


def test_the_plans_first_half_has_nothing_before_it():
    earlier, later = frames(workforce=[staff("vu-pc", 100)]), frames(workforce=[staff("vu-pc", 1)])
    assert halves(later, earlier, "2026-H1") == []


# -------------------------------------------------------------------------------------- across units


def test_one_code_with_two_names_is_told_to_each_and_names_the_other():
    tables = frames(
        science_tasks=[
            science("vu-tccb", "GL-01", "Giống lúa chịu mặn"),
            science("vu-pc", "gl-01", "Giống ngô chịu hạn"),
            science("vu-htqt", "GL-02", "Thuỷ lợi nội đồng"),
            science("vien-ts", "GL-02", "thủy lợi  nội đồng"),
        ]
    )
    doubts = compare_units(tables, NAMES)
    assert told(doubts) == [
        ("science-names-differ", 5, "Giống lúa chịu mặn"),
        ("science-names-differ", 5, "Giống ngô chịu hạn"),
    ]
    assert "được ghi tên khác ở [vu-pc]: «Giống ngô chịu hạn»" in doubts[0].to_finding("a.xlsx", "B5").message


def test_one_code_spelled_in_two_ways_is_told_to_each_with_both_spellings_and_the_other_unit():
    tables = frames(science_tasks=[science("vu-tccb", "ĐTĐL-01/26"), science("vu-pc", "ÐTÐL\u2212 01/26")])
    doubts = compare_units(tables, NAMES)
    assert told(doubts) == [
        ("science-codes-joined", 5, "ĐTĐL-01/26"),
        ("science-codes-joined", 5, "ÐTÐL\u2212 01/26"),
    ]
    note = doubts[0].to_finding("a.xlsx", "A5")
    assert note.severity == "note"
    assert "«ĐTĐL-01/26» và «ÐTÐL\u2212 01/26» (ở [vu-pc])" in note.message


@pytest.mark.parametrize("field", ["communicated", "state_funded"])
def test_one_code_with_two_answers_is_told_to_each(field):
    tables = frames(
        science_tasks=[
            science("vu-tccb", "GL-01", **{field: True}),
            science("vu-pc", "GL-01", **{field: False}),
            science("vu-htqt", "GL-01", **{field: False}),
        ]
    )
    doubts = compare_units(tables, NAMES)
    assert [(doubt.code, doubt.field, doubt.value, doubt.words["others"]) for doubt in doubts] == [
        ("science-answers-differ", field, "Có", "[vu-htqt], [vu-pc]"),
        ("science-answers-differ", field, "Không", "[vu-tccb]"),
        ("science-answers-differ", field, "Không", "[vu-tccb]"),
    ]


def test_the_same_evidence_of_two_units_and_twice_in_one():
    tables = frames(
        activities=[
            activity("vu-tccb", 0, evidence_url="https://Example.org/tin/1/"),
            activity("vu-tccb", 1, evidence_url="http://example.org/tin/1?utm_source=zalo"),
            activity("vu-pc", 0, evidence_url="example.org/tin/1"),
            activity("vu-pc", 1, evidence_url="12/BC-PC"),
            activity("vu-htqt", 0, evidence_url="12/BC-PC"),
        ]
    )
    doubts = compare_units(tables, NAMES)
    assert [(doubt.origin, doubt.code, doubt.row) for doubt in doubts] == [
        (0, "evidence-shared", 5),
        (0, "evidence-repeated", 6),
        (1, "evidence-shared", 5),
    ]
    assert doubts[0].words["others"] == "[vu-pc]"
    assert doubts[1].words["other"] == "5"


def test_an_article_that_is_an_activity_and_the_evidence_of_a_science_task_is_as_it_should_be():
    url = "https://example.org/tin/1"
    tables = frames(
        activities=[activity("vu-tccb", 0, evidence_url=url)],
        science_tasks=[science("vu-tccb", "GL-01", evidence_url=url), science("vu-pc", "GL-01", evidence_url=url)],
    )
    assert compare_units(tables, NAMES) == []


def test_one_article_for_two_science_tasks_of_two_units_is_asked_about():
    url = "https://example.org/tin/1"
    tables = frames(
        science_tasks=[science("vu-tccb", "GL-01", evidence_url=url), science("vu-pc", "GL-02", evidence_url=url)]
    )
    assert {doubt.code for doubt in compare_units(tables, NAMES)} == {"evidence-shared"}


def test_identical_workforce_is_asked_about_but_not_that_of_units_without_staff():
    tables = frames(
        workforce=[
            staff("vu-tccb", 80, 60, 4, 1),
            staff("vu-pc", 80, 60, 4, 1),
            staff("vu-htqt", 80, 60, 4, 2),
            staff("vien-ts", 0, 0, 0, 0),
            staff("vien-vaas", 0, 0, 0, 0),
        ]
    )
    assert [(doubt.origin, doubt.code, doubt.words["others"]) for doubt in compare_units(tables, NAMES)] == [
        (0, "workforce-identical", "[vu-pc]"),
        (1, "workforce-identical", "[vu-tccb]"),
    ]


@pytest.mark.parametrize("rows", [LEAST_IDENTICAL_ROWS - 1, LEAST_IDENTICAL_ROWS])
def test_identical_lists_of_activities_from_three_rows_on_whatever_their_words_and_order(rows):
    mine = [activity("vu-tccb", number) for number in range(rows)]
    copied = [activity("vu-pc", number, name=f"Đổi tên {number}", note="x") for number in reversed(range(rows))]
    doubts = compare_units(frames(activities=[*mine, *copied]), NAMES)
    assert {doubt.code for doubt in doubts} == ({"activities-identical"} if rows >= LEAST_IDENTICAL_ROWS else set())


def test_one_figure_more_or_less_makes_two_lists():
    mine = [activity("vu-tccb", number) for number in range(3)]
    other = [activity("vu-pc", number, reach=5 if number == 1 else None) for number in range(3)]
    assert compare_units(frames(activities=[*mine, *other]), NAMES) == []
    longer = [activity("vu-pc", number) for number in range(4)]
    assert compare_units(frames(activities=[*mine, *longer]), NAMES) == []


def test_many_other_units_are_counted_not_all_named():
    tables = frames(workforce=[staff(unit, 80, 60, 4, 1) for unit in UNITS])
    others = compare_units(tables, NAMES)[0].words["others"]
    assert others.count("[") == NAMES_SHOWN
    assert others.endswith(f" và {len(UNITS) - 1 - NAMES_SHOWN} đơn vị khác")


def test_no_submissions_say_nothing():
    assert compare_units(frames(), NAMES) == []
    assert halves(frames(), frames()) == []


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_order_of_rows_changes_nothing(data):
    rows = [
        science(unit, code, name, communicated=told, evidence_url=url)
        for unit, code, name, told, url in data.draw(
            st.lists(
                st.tuples(
                    st.sampled_from(UNITS),
                    st.sampled_from(["A", "a", "B"]),
                    st.sampled_from(["Tên một", "Tên hai"]),
                    st.booleans(),
                    st.sampled_from([None, "https://example.org/1", "example.org/1/"]),
                ),
                max_size=12,
            )
        )
    ]
    tables = frames(science_tasks=rows)
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=7) for name, frame in tables.items()}
    assert compare_units(tables, NAMES) == compare_units(shuffled, NAMES)
    named = {doubt.origin for doubt in compare_units(tables, NAMES) if doubt.code == "science-names-differ"}
    by_code = {}
    for row in rows:
        by_code.setdefault(row["code"].casefold(), set()).add(row["name"])
    expected = {UNITS.index(row["unit_id"]) for row in rows if len(by_code[row["code"].casefold()]) > 1}
    assert named == expected


# ------------------------------------------------------------------------- addresses of evidence


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/tin/1",
        "http://example.org/tin/1",
        "HTTPS://EXAMPLE.org/tin/1/",
        "example.org/tin/1",
        "www.example.org/tin/1",
        "https://example.org:443/tin/1",
        "https://example.org/tin/1?utm_source=zalo&utm_medium=x",
        "https://example.org/tin/1#binh-luan",
        "https://example.org/tin/1?fbclid=abc",
    ],
)
def test_one_page_has_one_key_however_it_is_written(text):
    assert evidence_key(text) == evidence_key("https://example.org/tin/1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/tin/1", "https://example.org/tin/2"),
        ("https://example.org/Tin", "https://example.org/tin"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://a.example.org/tin", "https://b.example.org/tin"),
        ("https://example.org/#/tin/1", "https://example.org/#/tin/2"),
        ("https://example.org/tin?utm_source=a&id=1", "https://example.org/tin?utm_source=a&id=2"),
    ],
)
def test_two_pages_have_two_keys(one, other):
    assert None not in (evidence_key(one), evidence_key(other))
    assert evidence_key(one) != evidence_key(other)


@pytest.mark.parametrize(
    "text", ["12/BC-TCCB", "Số 12/2026/QĐ-BNNMT", "Báo cáo số 3", "QD.BNN/2026 ", "", "-", "https://[x", "CV.12/abc"]
)
def test_the_number_of_a_document_or_a_broken_address_is_no_address(text):
    assert evidence_key(text) is None


# -------------------------------------------------------------------------------- sums


def money(unit: str, amount: int) -> dict[str, Any]:
    amounts = dict.fromkeys(("planned_vnd", "allocated_vnd", "disbursed_vnd"), amount)
    return {"unit_id": unit, "task_id": 1, "funding_source": "nsnn_thuong_xuyen", **amounts}


@pytest.mark.parametrize(("now", "before", "asked"), [(107, 107_000_000, True), (5_000, 5, True), (999, 1, False)])
def test_a_sum_a_thousand_times_the_earlier_one_is_asked_about(now, before, asked):
    later = frames(budget=[money("vu-tccb", now // 2), money("vu-tccb", now - now // 2)])
    plan = load_plan()
    doubts = compare_halves(later, frames(budget=[money("vu-tccb", before)]), plan, plan.period("2026-H2"))
    found = [(doubt.code, doubt.field, doubt.row) for doubt in doubts]
    names = ("allocated_vnd", "disbursed_vnd", "planned_vnd")
    assert found == ([("sum-thousandfold", name, 5) for name in names] if asked else [])


def test_a_sum_far_from_the_middle_of_every_group_of_the_unit_is_asked_about():
    told = frames(budget=[money(unit, 107 if unit == "vu-pc" else 90_000_000) for unit in UNITS[:4]])
    groups = pl.DataFrame({"unit_id": UNITS[:4], "group": "vu"})
    doubts = compare_units(told, NAMES, groups)
    assert {(doubt.origin, doubt.code, doubt.words["other"]) for doubt in doubts} == {
        (UNITS.index("vu-pc"), "sum-out-of-group", "90.000.000")
    }
    near = pl.concat([groups, pl.DataFrame({"unit_id": ["vu-pc"] * 1, "group": ["other"]})])
    assert len(compare_units(told, NAMES, near)) == len(doubts), "a group of one has no middle"
    assert compare_units(told, NAMES, groups.head(2)) == []
