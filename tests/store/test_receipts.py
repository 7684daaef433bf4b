from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.plan import load_plan
from nq57kit.store.receipts import Receipt, Refusal, rank, read_receipt, receipts_frame, standing

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
CALENDAR = load_plan().calendar
START = datetime(2026, 12, 1, tzinfo=HANOI)

UNITS = st.sampled_from(["vu-pc", "vu-tccb"])
PERIODS = st.sampled_from(["2026-H1", "2026-H2"])
HOURS = st.integers(0, 72)


def common(unit_id, period, hours, number):
    return {
        "unit_id": unit_id,
        "period": period,
        "sent_at": START + timedelta(hours=hours),
        "sent_at_source": "option",
        "ingested_at": START + timedelta(days=30),
        "sha256": f"{number:064x}",
        "file": f"{number}.xlsx",
        "reference_number": None,
        "template_version": "1",
        "counts": {},
        "warnings": 0,
        "nq57kit_version": "0",
        "plan_hash": "0",
    }


def receipt(unit_id, period, hours, number):
    return Receipt(**common(unit_id, period, hours, number), is_empty=False, secret_task_count=None)


def refusal(unit_id, period, hours, number):
    return Refusal(**common(unit_id, period, hours, number), errors=1, findings=())


SENT = st.lists(st.tuples(UNITS, PERIODS, HOURS), max_size=8)


@given(SENT, st.randoms(use_true_random=False), st.integers(0, 4))
def test_revisions_are_ranks_by_time_and_hash_among_what_is_visible(sent, shuffler, days):
    rows = [receipt(*key, number) for number, key in enumerate(sent)]
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    as_of = START.date() + timedelta(days=days)
    until = CALENDAR.end_of(as_of)
    found = rank(shuffled, until)
    assert found == rank(rows, until)
    for row in found:
        same = [
            other
            for other in rows
            if (other.unit_id, other.period) == (row.receipt.unit_id, row.receipt.period)
            and other.sent_at.date() <= as_of
        ]
        earlier = [o for o in same if (o.sent_at, o.sha256) < (row.receipt.sent_at, row.receipt.sha256)]
        assert row.revision == len(earlier) + 1
        assert row.is_latest == (row.revision == len(same))
    assert len(found) == sum(row.sent_at.date() <= as_of for row in rows)


@given(SENT, SENT)
def test_a_refusal_stands_until_an_accepted_submission_of_its_unit_and_period_follows(accepted, refused):
    good = [receipt(*key, number) for number, key in enumerate(accepted)]
    bad = [refusal(*key, 100 + number) for number, key in enumerate(refused)]
    expected = {
        row.sha256
        for row in bad
        if not any(
            (other.unit_id, other.period) == (row.unit_id, row.period) and other.sent_at >= row.sent_at
            for other in good
        )
    }
    assert {row.sha256 for row in standing(bad, rank(good))} == expected


def test_a_receipt_written_and_read_is_the_same(tmp_path):
    first = receipt("vu-pc", "2026-H2", 5, 1)
    (tmp_path / "receipt.json").write_text(first.to_json(), encoding="utf-8")
    again = read_receipt(tmp_path)
    assert again == first
    assert again.folder == tmp_path
    assert again.to_json() == first.to_json()


def test_a_time_of_another_zone_is_written_in_that_of_hanoi():
    import dataclasses

    utc = dataclasses.replace(receipt("vu-pc", "2026-H1", 0, 1), sent_at=datetime.fromisoformat("2026-06-19T17:00:00Z"))
    assert '"sent_at": "2026-06-20T00:00:00+07:00"' in utc.to_json()


@pytest.mark.parametrize(
    ("sent_at", "on_time"),
    [
        ("2026-06-19T23:59:59+07:00", True),
        ("2026-06-20T00:00:00+07:00", False),
        ("2026-06-19T16:59:59Z", True),
        ("2026-06-19T17:00:00Z", False),
    ],
)
def test_before_the_20th_of_june_is_strict_and_of_hanoi(sent_at, on_time):
    import dataclasses

    row = dataclasses.replace(receipt("vu-pc", "2026-H1", 0, 1), sent_at=datetime.fromisoformat(sent_at))
    frame = receipts_frame(rank([row]), load_plan().calendar)
    assert frame["on_time"].to_list() == [on_time]
    assert frame["sent_at"][0] == datetime.fromisoformat(sent_at)


def test_where_the_settings_judge_by_the_time_of_receipt_that_time_decides():
    import dataclasses

    calendar = load_plan().calendar
    received = dataclasses.replace(calendar, settings=dataclasses.replace(calendar.settings, on_time_by="received"))
    row = receipt("vu-pc", "2026-H2", 0, 1)
    assert receipts_frame(rank([row]), calendar)["on_time"].to_list() == [True]
    assert receipts_frame(rank([row]), received)["on_time"].to_list() == [False]


def test_a_period_outside_the_plan_is_neither_on_time_nor_late():
    frame = receipts_frame(rank([receipt("vu-pc", "2041-H1", 0, 1)]), load_plan().calendar)
    assert frame["on_time"].to_list() == [None]


def test_a_day_ends_at_midnight_of_hanoi_wherever_the_machine_stands():
    row = receipt("vu-pc", "2026-H2", 23.9, 1)
    assert len(rank([row], CALENDAR.end_of(date(2026, 12, 1)))) == 1
    assert len(rank([row], CALENDAR.end_of(date(2026, 11, 30)))) == 0


def test_on_time_is_judged_by_the_first_revision_that_says_something(tmp_path: Path) -> None:
    from nq57kit.plan import load_plan
    from nq57kit.store import Store, ingest
    from nq57kit.submissions import write_workbook

    store, folder = Store.create(tmp_path / "kho"), tmp_path / "gửi"
    staff = {"staff_total": 9, "staff_reached": 0, "comms_staff_total": 1, "comms_staff_trained": 0}
    activity = {"task_id": 1, "name": "Tin giả lập", "activity_type": "tin_bai", "channel": "bao_chi",
                "started_on": date(2026, 10, 10), "quantity": 1}  # fmt: skip
    for number, activities in enumerate(([], [activity])):
        records = {"workforce": [staff], "task_progress": [], "activities": activities}
        path = write_workbook(folder / f"{number}.xlsx", unit_id="vu-pc", period="2026-H2", records=records)
        sent = datetime(2026, 12, (18, 21)[number], 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
        ingest(path, store, plan=load_plan(), sent_at=sent)
    rows = store.receipts("2026-H2").select("revision", "is_empty", "is_first", "on_time").rows()
    assert rows == [(1, True, False, True), (2, False, True, False)]
