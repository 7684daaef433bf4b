"""What a person does to the store by hand: closing a half, opening it again, correcting when a report was sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from nq57kit.cli import main
from nq57kit.errors import ParameterError, StoreError
from nq57kit.plan import load_plan
from nq57kit.store import (
    Pins,
    Place,
    Store,
    correct_sent_at,
    ingest,
    lock_period,
    prove_store,
    reporting_status,
    unlock_period,
)
from nq57kit.store.locks import read_locks

_HERE = Path(__file__).parent
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
    assert (states["vu-pc"], states["vu-tccb"], status["actual"]) == ("on_time", "after_lock", 1)
    assert "vu-tccb" not in status["overdue"]
    assert status["states"]["after_lock"] == 1
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
    with pytest.raises(ParameterError, match=r"2026-H1 .* hoặc 2026-H2"):
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
    pinned = [Place(one.unit_id, one.period, one.sha256) for one in filled.snapshot().accepted()]
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
    assert "Số liệu 6 tháng cuối năm 2026 đã khóa" in note
    assert "sau-khoa.xlsx" in note
    assert "--unlock" in note
    assert ingest(late, filled, now=hanoi("2026-12-16T08:00")).notes == ()  # known: nothing came in


def test_an_ingest_into_an_open_half_says_nothing_of_locks(filled, texts, inbox, hanoi):
    lock_period(filled, H1, now=hanoi("2026-07-01T09:00"))
    path = texts.write_text(inbox / "h2.xlsx", "vu-tccb", "2026-H2", quantities=[4])
    assert ingest(path, filled, sent_at=hanoi("2026-12-15T08:00"), now=hanoi("2026-12-15T08:00")).notes == ()


# The time of sending corrected ------------------------------------------------------------------

WHY = "Quên sent.csv, theo sổ công văn đến"


@pytest.fixture
def late(texts, store, inbox, hanoi):
    """Three submissions of 2026-H1 taken in after the deadline without their times of sending."""
    for number, unit in enumerate(("vu-pc", "vu-tccb", "vu-tccb")):
        path = texts.write_text(inbox / f"{number}.xlsx", unit, "2026-H1", quantities=[number + 1])
        ingest(path, store, now=hanoi(f"2026-06-2{number + 2}T08:00"))
    return store


def correction_of(store, unit="vu-pc"):
    (path,) = store.folder.glob(f"submissions/*/unit_id={unit}/*.sent-at-1.json")
    return path


def test_a_correction_is_a_new_file_beside_the_submission_and_nothing_else_changes(late, hanoi, files_of):
    before = files_of(late.folder)
    assert late.receipts("2026-H1").filter(unit_id="vu-pc")["on_time"].to_list() == [False]
    receipt = correct_sent_at(late, "vu-pc", H1, hanoi("2026-06-19T16:30"), reason=WHY, by="văn thư")
    row = late.receipts("2026-H1").filter(unit_id="vu-pc").row(0, named=True)
    assert (row["on_time"], row["sent_at_source"], row["sent_at"]) == (True, "correction", receipt.sent_at)
    after = files_of(late.folder)
    path = correction_of(late)
    assert after.keys() - before.keys() == {path.relative_to(late.folder).as_posix()}
    assert [name for name in before if after[name] != before[name]] == ["nq57-store.json"]  # it says version 2 now
    told = json.loads(path.read_text(encoding="utf-8"))
    assert (told["reason"], told["by"], told["was"]) == (WHY, "văn thư", "2026-06-22T08:00:00+07:00")
    assert path.name.startswith(receipt.sha256[:16])
    assert prove_store(late.folder).ok


def test_every_correction_stays_and_the_last_one_counts(late, hanoi):
    correct_sent_at(late, "vu-pc", H1, hanoi("2026-06-19T16:30"), reason=WHY)
    receipt = correct_sent_at(late, "vu-pc", H1, hanoi("2026-06-21T16:30"), reason="Ghi nhầm ngày ở lần sửa trước")
    assert [one.sent_at for one in receipt.corrections] == [hanoi("2026-06-19T16:30"), hanoi("2026-06-21T16:30")]
    assert receipt.corrections[1].was == hanoi("2026-06-19T16:30")
    assert late.receipts("2026-H1").filter(unit_id="vu-pc")["on_time"].to_list() == [False]
    (read,) = [one for one in late.snapshot().accepted("2026-H1") if one.unit_id == "vu-pc"]
    assert read.corrections == receipt.corrections
    proof = prove_store(late.folder)
    assert (proof.ok, proof.corrections) == (True, 2)
    correction_of(late).unlink()
    assert [flaw.kind for flaw in prove_store(late.folder).flaws] == ["changed"]


def test_of_several_revisions_the_one_must_be_named(late, hanoi):
    moment = hanoi("2026-06-30T08:00")
    with pytest.raises(ParameterError, match="2 lần gửi"):
        correct_sent_at(late, "vu-tccb", H1, moment, reason=WHY)
    with pytest.raises(ParameterError, match="không có lần gửi 3"):
        correct_sent_at(late, "vu-tccb", H1, moment, reason=WHY, revision=3)
    correct_sent_at(late, "vu-tccb", H1, moment, reason=WHY, revision=1)
    latest = late.read("activities", "2026-H1").filter(unit_id="vu-tccb").collect()["quantity"].to_list()
    assert latest == [2]  # what was the first is now the latest


@pytest.mark.parametrize(("reason", "by"), [("", "văn thư"), ("  sai ", "văn thư"), (WHY, " ")])
def test_a_correction_needs_a_reason_and_a_role(late, hanoi, files_of, reason, by):
    before = files_of(late.folder)
    with pytest.raises(ParameterError, match=r"cần (lý do|vai trò)"):
        correct_sent_at(late, "vu-pc", H1, hanoi("2026-06-19T16:30"), reason=reason, by=by)
    assert files_of(late.folder) == before


def test_a_locked_half_a_damaged_or_missing_submission_and_a_time_without_zone_are_refused(late, hanoi):
    moment = hanoi("2026-06-19T16:30")
    with pytest.raises(StoreError, match="không có báo cáo nào"):
        correct_sent_at(late, "vu-pc", H2, moment, reason=WHY)
    with pytest.raises(ParameterError, match="múi giờ"):
        correct_sent_at(late, "vu-pc", H1, datetime(2026, 6, 19), reason=WHY)  # noqa: DTZ001
    path = next(late.folder.glob("submissions/*/unit_id=vu-pc/*/budget.parquet"))
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(StoreError, match=r"budget\.parquet"):
        correct_sent_at(late, "vu-pc", H1, moment, reason=WHY)
    path.write_bytes(content)
    lock_period(late, H1)
    with pytest.raises(StoreError, match="đã khóa"):
        correct_sent_at(late, "vu-pc", H1, moment, reason=WHY)


def test_a_receipt_edited_by_hand_is_told_before_and_after_and_never_corrected(late, hanoi):
    path = next(late.folder.glob("submissions/*/unit_id=vu-pc/*/receipt.json"))
    path.write_text(path.read_text(encoding="utf-8").replace("2026-06-22T08", "2026-06-12T08"), encoding="utf-8")
    told = [flaw.path for flaw in prove_store(late.folder).flaws]
    assert told == [path.relative_to(late.folder).as_posix()]
    with pytest.raises(StoreError, match=r"receipt\.json"):
        correct_sent_at(late, "vu-pc", H1, hanoi("2026-06-19T16:30"), reason=WHY)
    correct_sent_at(late, "vu-tccb", H1, hanoi("2026-06-19T16:30"), reason=WHY, revision=1)
    assert [flaw.path for flaw in prove_store(late.folder).flaws] == told


def test_an_edited_or_forged_correction_is_told(late, hanoi):
    correct_sent_at(late, "vu-pc", H1, hanoi("2026-06-19T16:30"), reason=WHY)
    path = correction_of(late)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("2026-06-19", "2026-06-09"), encoding="utf-8")
    assert [flaw.path for flaw in prove_store(late.folder).flaws] == [path.relative_to(late.folder).as_posix()]
    with pytest.raises(StoreError, match="sent-at-1"):
        late.receipts("2026-H1")
    path.write_text(text, encoding="utf-8")
    lock_period(late, H1)
    assert prove_store(late.folder).ok
    later = path.with_name(path.name.replace("-1.json", "-2.json"))
    later.write_text(text, encoding="utf-8")
    assert later.name in {flaw.path.rpartition("/")[2] for flaw in prove_store(late.folder).flaws}


def test_a_lock_holds_the_corrections(late, hanoi):
    correct_sent_at(late, "vu-pc", H1, hanoi("2026-06-19T16:30"), reason=WHY)
    (lock,) = lock_period(late, H1)
    assert correction_of(late).relative_to(late.folder).as_posix() in lock.files


@pytest.mark.slow  # a process is killed at each moment
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks one run per point of death; Windows has no fork")
def test_a_correction_that_is_killed_leaves_a_sound_store_whatever_the_moment(late, hanoi, tmp_path):
    paths = os.pathsep.join([str(_HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(_HERE / "killed.py"), "correct", str(tmp_path / "kho"), str(late.folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 8
    seen = set()
    for point in range(1, int(done.stdout) + 1):
        store = Store(tmp_path / "kho" / str(point))
        assert prove_store(store.folder).ok
        seen.add(store.receipts("2026-H1").filter(unit_id="vu-pc")["sent_at_source"].item())
        correct_sent_at(store, "vu-pc", H1, hanoi("2026-06-18T16:30"), reason=WHY)
        assert not list((store.folder / ".staging").glob("*"))
        assert prove_store(store.folder).ok
    assert seen == {"ingest", "correction"}


def test_left_overs_of_an_older_version_hinder_nothing(late, hanoi):
    """Up to version 0.1.0 a killed `sent-at` left hidden temporary files beside receipts and locks."""
    folder = next(late.folder.glob("submissions/*/unit_id=vu-pc/*"))
    (folder / ".0123456789abcdef.tmp").write_bytes(b"{")
    (late.folder / "locks").mkdir()
    (late.folder / "locks" / ".0123456789abcdef.tmp").write_bytes(b"{")
    assert prove_store(late.folder).ok
    correct_sent_at(late, "vu-pc", H1, hanoi("2026-06-19T16:30"), reason=WHY)
    (lock,) = lock_period(late, H1)
    assert not [name for name in lock.files if name.endswith(".tmp")]
    assert prove_store(late.folder).ok


def test_from_the_command_line(late, capsys):
    where = ["--store", str(late.folder), "--reason", WHY]
    assert main(["store", "sent-at", "Vụ Pháp chế", "2026-H1", "19/06/2026 16:30", *where[:2]]) == 2
    assert "cần lý do" in capsys.readouterr().err
    assert main(["store", "sent-at", "Vụ Pháp chế", "2026-H1", "19/06/2026 16:30", *where]) == 0
    said = capsys.readouterr().out
    assert "16:30 ngày 19/6/2026" in said
    assert "trước khi sửa: 08:00 ngày 22/6/2026" in said
    assert Store(late.folder).receipts("2026-H1").filter(unit_id="vu-pc")["on_time"].to_list() == [True]
    assert main(["store", "sent-at", "Vụ lạ", "2026-H1", "19/06/2026 16:30", *where]) == 2
