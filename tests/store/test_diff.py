"""What a unit corrected, cell by cell, from real workbooks (synthetic data)."""

from __future__ import annotations

import json
from datetime import date
from shutil import copytree

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.errors import ParameterError
from nq57kit.store import Store, find_differences, ingest
from nq57kit.store.diff import match_rows
from nq57kit.submissions.contract import TABLES


@pytest.fixture(scope="module")
def sent(making, hanoi, tmp_path_factory):
    """Two revisions of vu-pc, in a store; in the second a title row was put above the amounts, so all cells moved."""
    folder = tmp_path_factory.mktemp("sent")
    store = Store.create(folder / "kho")
    budget = {"task_id": 1, "funding_source": "tu_chu", "planned_vnd": 10, "allocated_vnd": 5, "disbursed_vnd": 1}
    first = making.write_form(
        folder / "một.xlsx",
        "vu-pc",
        activities=[
            making.activity("Hội nghị", date(2026, 7, 1), 3),
            making.activity("Tập huấn", date(2026, 8, 1), 2, note="Bỏ"),
        ],
        science_tasks=[making.science("GL-01"), making.science("GL-02")],
        budget=[budget],
    )
    second = making.write_form(
        folder / "hai.xlsx",
        "vu-pc",
        cover=[{"contact_name": "Người giả lập khác", "contact_phone": "0900000000"}],
        activities=[
            making.activity(
                "Tọa đàm mới", date(2026, 9, 1), 7, activity_type="toa_dam", channel="mang_xa_hoi", task_id=6
            ),
            making.activity("Hội nghị", date(2026, 7, 1), 4, cost_vnd=1_500_000),
        ],
        science_tasks=[making.science("GL-02", told=True, evidence_url="https://example.org/1")],
        budget=[budget | {"disbursed_vnd": 2}],
    )
    book = openpyxl.load_workbook(second)
    book["Kinh phí"].insert_rows(1)
    book.save(second)
    ingest(first, store, sent_at=hanoi("2026-12-10T08:00"))
    ingest(second, store, sent_at=hanoi("2026-12-12T08:00"))
    return store.folder, (first, second)


@pytest.fixture
def corrected(sent, store):
    copytree(sent[0], store.folder, dirs_exist_ok=True)
    return sent[1]


def value_at(path, change, cell):
    from nq57kit.submissions import TABLES

    return openpyxl.load_workbook(path)[TABLES[change.table].sheet][cell].value


def test_cells_and_rows_that_changed_are_told_with_their_addresses_in_both_files(store, corrected):
    first, second = corrected
    found = find_differences(store, "vu-pc", "2026-H2")
    assert (found.old.revision, found.new.revision) == (1, 2)
    assert (found.old.file, found.new.file) == ("một.xlsx", "hai.xlsx")
    cells = {(change.table, change.field): (change.old, change.new) for change in found.changes if change.field}
    assert cells == {
        ("cover", "contact_name"): (None, None),
        ("activities", "quantity"): (3, 4),
        ("activities", "cost_vnd"): (None, 1_500_000),
        ("science_tasks", "communicated"): (False, True),
        ("science_tasks", "communicated_on"): (None, date(2026, 3, 2)),
        ("science_tasks", "channel"): (None, "bao_chi"),
        ("science_tasks", "evidence_url"): (None, "https://example.org/1"),
        ("budget", "disbursed_vnd"): (1, 2),
    }
    rows = {(change.kind, change.table): change.key for change in found.changes if change.field is None}
    assert rows == {
        ("removed", "activities"): {"name": "Tập huấn", "started_on": date(2026, 8, 1)},
        ("added", "activities"): {"name": "Tọa đàm mới", "started_on": date(2026, 9, 1)},
        ("removed", "science_tasks"): {"code": "GL-01"},
    }
    paid = next(change for change in found.changes if change.field == "disbursed_vnd")
    assert paid.old_cell != paid.new_cell
    assert (value_at(first, paid, paid.old_cell), value_at(second, paid, paid.new_cell)) == (1, 2)
    quantity = next(change for change in found.changes if change.field == "quantity")
    assert (value_at(first, quantity, quantity.old_cell), value_at(second, quantity, quantity.new_cell)) == (3, 4)


def test_contact_data_is_never_told_only_that_it_changed(store, corrected):
    found = find_differences(store, "vu-pc", "2026-H2")
    (contact,) = [change for change in found.changes if change.hidden]
    assert contact.field == "contact_name"
    text = json.dumps(found.as_dict(), ensure_ascii=False)
    assert "Người giả lập" not in text
    assert "0900000000" not in text


def test_backwards_is_the_same_with_the_sides_exchanged(store, corrected):
    there = find_differences(store, "vu-pc", "2026-H2").as_dict()["counts"]
    back = find_differences(store, "vu-pc", "2026-H2", old=2, new=1).as_dict()["counts"]
    assert back == {"changed": there["changed"], "added": there["removed"], "removed": there["added"]}


def test_the_json_is_plain_and_names_sheet_and_label(store, corrected):
    document = json.loads(json.dumps(find_differences(store, "vu-pc", "2026-H2").as_dict()))
    assert document["counts"] == {"changed": 8, "added": 1, "removed": 2}
    change = next(change for change in document["changes"] if change["field"] == "communicated_on")
    assert (change["sheet"], change["label"]) == ("Nhiệm vụ KHCN", "Ngày truyền thông đầu tiên")
    assert change["new"] == "2026-03-02"
    assert change["key"] == {"code": "GL-02"}


def test_the_same_content_in_another_file_has_no_changes(making, store, inbox, hanoi):
    path = making.write_form(inbox / "một.xlsx", "vu-pc")
    ingest(path, store, sent_at=hanoi("2026-12-10T08:00"))
    book = openpyxl.load_workbook(path)
    book.save(inbox / "hai.xlsx")
    ingest(inbox / "hai.xlsx", store, sent_at=hanoi("2026-12-11T08:00"))
    assert find_differences(store, "vu-pc", "2026-H2").changes == ()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"period": "2026"}, "viết 2026-H1 .6 tháng đầu năm. hoặc 2026-H2"),
        ({"unit_id": "vu-tccb"}, "kho chưa có báo cáo nào"),
        ({"new": 3}, "không có lần gửi 3; có các lần 1 đến 2"),
        ({"old": 2, "new": 2}, "phải khác nhau"),
    ],
)
def test_a_wrong_question_is_answered_in_one_sentence(store, corrected, words, sentence):
    asked = {"unit_id": "vu-pc", "period": "2026-H2", **words}
    with pytest.raises(ParameterError, match=sentence):
        find_differences(store, asked.pop("unit_id"), asked.pop("period"), **asked)


def test_a_unit_that_sent_once_has_nothing_to_compare(making, store, inbox):
    ingest(making.write_form(inbox / "một.xlsx", "vu-pc"), store)
    with pytest.raises(ParameterError, match="mới có một lần gửi"):
        find_differences(store, "vu-pc", "2026-H2")


def activity(name, day=1, **words):
    return {"name": name, "started_on": date(2026, 7, day), "task_id": 1, "activity_type": "hoi_nghi", **words}


def test_every_table_has_a_key_of_its_own_fields():
    for table in TABLES.values():
        assert any(table.known_by) == (table.form == "rows")
        for names in table.known_by:
            assert {field.name for field in table.fields} >= set(names)


def test_science_tasks_are_one_by_their_code_and_never_by_their_place():
    old, new = [{"code": "GL-01", "name": "x"}], [{"code": "GL-02", "name": "x"}]
    assert match_rows("science_tasks", old, new).pairs == ()
    assert match_rows("science_tasks", old, [{"code": " gl-01 "}]).pairs == ((0, 0),)


def test_budget_rows_are_one_by_task_and_source():
    rows = [{"task_id": 1, "funding_source": source} for source in ("tu_chu", "khac")]
    assert match_rows("budget", rows, rows[::-1]).pairs == ((1, 0), (0, 1))


def test_one_record_is_one_row_whatever_it_says():
    assert match_rows("workforce", [{"staff_total": 1}], [{"staff_total": 2}]).pairs == ((0, 0),)


def test_activities_are_one_by_name_and_day_then_by_name():
    old = [activity("Hội nghị", 1), activity("Hội nghị", 5), activity("Tập huấn", 9)]
    new = [activity("tập huấn", 8), activity("Hội nghị", 5), activity("Hội nghị", 2)]
    assert set(match_rows("activities", old, new).pairs) == {(0, 2), (1, 1), (2, 0)}


def test_a_renamed_activity_is_found_by_its_place_if_the_rest_is_alike():
    old = [activity("Một", 1), activity("Hai", 2, quantity=3), activity("Ba", 3)]
    new = [activity("Một", 1), activity("Hai, đã đổi tên", 2, quantity=3), activity("Ba", 3)]
    assert match_rows("activities", old, new).pairs == ((0, 0), (1, 1), (2, 2))
    other = [old[0], activity("Khác hẳn", 20, task_id=7, activity_type="video", quantity=1), old[2]]
    matching = match_rows("activities", old, other)
    assert (matching.removed, matching.added) == ((1,), (1,))


def test_equal_rows_are_matched_in_their_order_and_the_rest_was_added():
    row = activity("Một", 1)
    matching = match_rows("activities", [row], [row, row])
    assert (matching.pairs, matching.added) == (((0, 0),), (1,))


ROWS = st.lists(
    st.builds(
        activity, st.sampled_from(["Một", "Hai", "Ba"]), st.integers(1, 3), quantity=st.integers(1, 2)
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_every_row_is_in_exactly_one_place(old, new):
    matching = match_rows("activities", old, new)
    lefts = sorted([left for left, _ in matching.pairs] + list(matching.removed))
    rights = sorted([right for _, right in matching.pairs] + list(matching.added))
    assert lefts == list(range(len(old)))
    assert rights == list(range(len(new)))


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_the_same_rows_have_no_difference(rows):
    matching = match_rows("activities", rows, rows)
    assert all(rows[left] == rows[right] for left, right in matching.pairs)
    assert not matching.added
