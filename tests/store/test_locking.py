"""Locks: what a closed half holds, what comes after it, and opening it again."""

from __future__ import annotations

import json
from datetime import date

import pytest

from nq57kit.errors import ParameterError, StoreError
from nq57kit.plan import load_plan
from nq57kit.store import Store, ingest, reporting_status
from nq57kit.store.layout import Place
from nq57kit.store.locking import lock_period, read_locks, unlock_period
from nq57kit.store.pinning import Pins

H1, H2, YEAR = (load_plan().period(text) for text in ("2026-H1", "2026-H2", "2026"))


@pytest.fixture
def filled(texts, store, inbox, hanoi):
    for unit, period, day in (("vu-pc", "2026-H1", "2026-06-10"), ("vu-pc", "2026-H2", "2026-12-10")):
        path = texts.write_text(inbox / f"{unit}-{period}.xlsx", unit, period, quantities=[1])
        ingest(path, store, sent_at=hanoi(f"{day}T08:00"), now=hanoi("2026-12-12T08:00"))
    return store


def send(texts, store, inbox, hanoi, *, unit="vu-pc", day="2026-12-15", quantity=9):
    path = texts.write_text(inbox / f"{unit}-{day}.xlsx", unit, "2026-H2", quantities=[quantity])
    ingest(path, store, sent_at=hanoi(f"{day}T08:00"), now=hanoi("2026-12-24T08:00"))


def quantities(view):
    return view.read("activities", "2026-H2").collect()["quantity"].to_list()


def test_a_lock_closes_the_half_and_those_before_it_in_its_year(filled, hanoi):
    made = lock_period(filled, H2, reason="Chốt số liệu", now=hanoi("2026-12-21T09:00"))
    assert [one.period for one in made] == ["2026-H1", "2026-H2"]
    locks = read_locks(filled.folder)
    assert set(filled.locks) == {"2026-H1", "2026-H2"}
    assert [len(one.accepted) for one in locks.values()] == [1, 1]
    text = json.loads((filled.folder / "locks" / "2026-H2.json").read_text(encoding="utf-8"))
    files = text["accepted"][0]["files"]
    assert len(files) == 11  # seven tables, findings, receipt, sums, the unit's own file
    assert text["history"][0]["reason"] == "Chốt số liệu"
    assert text["history"][0]["at"] == "2026-12-21T09:00:00+07:00"
    with pytest.raises(StoreError, match="đã khóa từ trước"):
        lock_period(filled, YEAR)


def test_what_comes_after_a_lock_is_kept_and_shown_apart_and_in_no_report(filled, texts, inbox, hanoi):
    lock_period(filled, H2, now=hanoi("2026-12-14T09:00"))
    send(texts, filled, inbox, hanoi)
    send(texts, filled, inbox, hanoi, unit="vu-tccb")
    assert quantities(filled.snapshot()) == [9, 9]
    assert quantities(filled.official()) == [1]
    status = reporting_status(filled, "2026-H2", load_plan(), date(2026, 12, 25))
    states = {unit["unit_id"]: unit["state"] for unit in status["units"]}
    assert (states["vu-pc"], states["vu-tccb"], status["actual"]) == ("on_time", "missing", 1)
    assert [(row["unit_id"], row["revision"]) for row in status["after_lock"]] == [("vu-pc", 2), ("vu-tccb", 1)]
    assert status["locked"]["locked_at"] == "2026-12-14T09:00:00+07:00"


def test_an_opened_half_shows_everything_again_and_keeps_why(filled, texts, inbox, hanoi):
    lock_period(filled, H2, now=hanoi("2026-12-14T09:00"))
    held = read_locks(filled.folder)["2026-H2"].manifest_sha256
    send(texts, filled, inbox, hanoi)
    opened = unlock_period(filled, H2, reason=" Vụ Pháp chế  đính chính ", now=hanoi("2026-12-26T09:00"))
    assert not opened.is_locked
    assert [(one["action"], one["reason"]) for one in opened.history] == [
        ("lock", ""),
        ("unlock", "Vụ Pháp chế đính chính"),
    ]
    assert opened.history[1]["manifest_sha256"] == held
    assert quantities(filled.official()) == [9]
    assert set(filled.locks) == {"2026-H1"}
    again = lock_period(filled, H2, now=hanoi("2026-12-27T09:00"))[0]
    assert [one["action"] for one in again.history] == ["lock", "unlock", "lock"]
    assert again.manifest_sha256 != held


@pytest.mark.parametrize("reason", ["", "   ", "ok"])
def test_opening_needs_a_reason(filled, reason):
    lock_period(filled, H2)
    with pytest.raises(ParameterError, match="cần lý do"):
        unlock_period(filled, H2, reason=reason)


def test_opening_a_year_or_an_open_half_is_refused(filled):
    with pytest.raises(ParameterError, match="2026-H1 hoặc 2026-H2"):
        unlock_period(filled, YEAR, reason="Đính chính số liệu")
    with pytest.raises(StoreError, match="đang không khóa"):
        unlock_period(filled, H2, reason="Đính chính số liệu")


def test_an_empty_half_cannot_be_locked_and_nothing_is_written(store):
    with pytest.raises(StoreError, match="chưa có báo cáo nào"):
        lock_period(store, H1)
    assert not (store.folder / "locks").exists()


def test_a_store_with_a_changed_byte_cannot_be_locked(filled):
    path = next(filled.folder.glob("submissions/period=2026-H2/*/*/budget.parquet"))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(StoreError, match=r"budget\.parquet"):
        lock_period(filled, H2)
    assert read_locks(filled.folder) == {}


@pytest.mark.parametrize("change", [lambda text: text[:-9], lambda text: text.replace('"locked"', '"unlocked"', 1)])
def test_a_damaged_or_edited_lock_is_told_and_never_taken_for_an_open_half(filled, change):
    lock_period(filled, H1)
    path = filled.folder / "locks" / "2026-H1.json"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(StoreError, match=r"2026-H1\.json"):
        filled.official()


def test_a_pinned_view_shows_exactly_what_is_named_even_where_newer_ones_came(filled, texts, inbox, hanoi):
    pinned = [Place(one.unit_id, one.period, one.sha256) for one in filled.accepted()]
    send(texts, filled, inbox, hanoi)
    assert quantities(filled.snapshot()) == [9]
    view = filled.pinned(Pins(tuple(pinned)))
    assert quantities(view) == [1]
    assert view.receipts("2026-H2")["is_latest"].to_list() == [True]
    assert filled.pinned(Pins(tuple(one.sha256 for one in pinned))).receipts().equals(view.receipts())
    assert filled.pinned(Pins(tuple(pinned), locks={"2026-H1": "0" * 64})).locks == {"2026-H1": "0" * 64}


def test_a_pin_that_the_store_does_not_have_is_told_by_unit_and_hash(filled):
    missing = Place("vu-tccb", "2026-H2", "ab" * 32)
    with pytest.raises(
        StoreError, match=r"Kho thiếu 2 báo cáo cần dùng: vu-tccb 2026-H2 mã abababababababab…; mã cdcd"
    ):
        filled.pinned(Pins((missing, "cd" * 32)))


def test_a_store_without_locks_is_all_open(store):
    assert (dict(store.locks), dict(Store(store.folder).official().locks)) == ({}, {})


def test_an_ingest_into_a_locked_half_says_that_it_does_not_count(filled, texts, inbox, hanoi):
    lock_period(filled, H2, now=hanoi("2026-12-14T09:00"))
    late = texts.write_text(inbox / "sau-khoa.xlsx", "vu-tccb", "2026-H2", quantities=[4])
    report = ingest(late, filled, sent_at=hanoi("2026-12-15T08:00"), now=hanoi("2026-12-15T08:00"))
    (note,) = report.notes
    assert "Kỳ 2026-H2 đã khóa" in note
    assert "sau-khoa.xlsx" in note
    assert "--unlock" in note
    assert ingest(late, filled, now=hanoi("2026-12-16T08:00")).notes == ()  # known: nothing came in


def test_an_ingest_into_an_open_half_says_nothing_of_locks(filled, texts, inbox, hanoi):
    lock_period(filled, H1, now=hanoi("2026-07-01T09:00"))
    path = texts.write_text(inbox / "h2.xlsx", "vu-tccb", "2026-H2", quantities=[4])
    assert ingest(path, filled, sent_at=hanoi("2026-12-15T08:00"), now=hanoi("2026-12-15T08:00")).notes == ()
