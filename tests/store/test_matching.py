from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.store.matching import NATURAL_KEYS, match_rows
from nq57kit.submissions.contract import TABLES


def activity(name, day=1, **words):
    return {"name": name, "started_on": date(2026, 7, day), "task_id": 1, "activity_type": "hoi_nghi", **words}


def test_every_table_has_a_key_of_its_own_fields():
    assert set(NATURAL_KEYS) == set(TABLES)
    for table, keys in NATURAL_KEYS.items():
        for names in keys:
            assert {field.name for field in TABLES[table].fields} >= set(names)


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
