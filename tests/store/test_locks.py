"""The locks of a store are one chain: what is removed, remade or edited is told, by the next lock or by a report's seal."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from nq57kit.cli import main
from nq57kit.errors import StoreError
from nq57kit.plan import load_plan
from nq57kit.store import ingest, lock_period, prove_store, unlock_period
from nq57kit.store.locks import check_signature, find_gaps, hash_event, read_lock, read_locks, shorten_seal, write_lock

H1, H2, NEXT = (load_plan().period(text) for text in ("2026-H1", "2026-H2", "2027-H1"))


@pytest.fixture
def locked(texts, store, inbox, hanoi):
    """Three halves, locked one after the other; the first opened once and locked again before the second."""
    for number, half in enumerate((H1, H2, NEXT)):
        path = texts.write_text(inbox / f"{half}.xlsx", "vu-pc", str(half), quantities=[number + 1])
        ingest(
            path,
            store,
            sent_at=hanoi(f"202{6 + number // 2}-0{6 - 5 * (number % 2)}-10T08:00"),
            now=hanoi("2027-06-12T08:00"),
        )
    lock_period(store, H1, now=hanoi("2026-07-01T08:00"))
    unlock_period(store, H1, reason="Đính chính số liệu", now=hanoi("2026-07-02T08:00"))
    lock_period(store, H1, now=hanoi("2026-07-03T08:00"))
    lock_period(store, H2, now=hanoi("2026-12-28T08:00"))
    lock_period(store, NEXT, now=hanoi("2027-06-28T08:00"))
    return store


def path_of(store, half):
    return store.folder / "locks" / f"{half}.json"


def told(store):
    return [(flaw.path, flaw.message) for flaw in prove_store(store.folder).flaws]


def test_each_event_follows_the_one_before_whichever_half_it_is_of(locked):
    locks = read_locks(locked.folder)
    events = sorted((event for lock in locks.values() for event in lock.history), key=lambda event: event["at"])
    assert [(event["period"], event["action"]) for event in events] == [
        ("2026-H1", "lock"), ("2026-H1", "unlock"), ("2026-H1", "lock"), ("2026-H2", "lock"), ("2027-H1", "lock"),
    ]  # fmt: skip
    assert [event["follows"] for event in events] == [None, *map(hash_event, events[:-1])]
    assert dict(locked.locks) == {half: lock.seal for half, lock in locks.items()}
    assert told(locked) == []


def test_two_halves_locked_by_one_command_are_one_after_the_other(texts, store, inbox, hanoi):
    for half in (H1, H2):
        path = texts.write_text(inbox / f"{half}.xlsx", "vu-pc", str(half))
        ingest(path, store, sent_at=hanoi("2026-06-10T08:00"), now=hanoi("2026-12-12T08:00"))
    one, other = lock_period(store, H2, now=hanoi("2026-12-28T08:00"))
    assert (one.history[0]["follows"], other.history[0]["follows"]) == (None, one.seal)


@pytest.mark.parametrize("half", [H1, H2])
def test_a_lock_that_was_removed_is_missed_by_the_next_one(locked, half):
    seal = read_lock(path_of(locked, half)).seal
    path_of(locked, half).unlink()
    ((path, message),) = told(locked)
    assert path == {H1: "locks/2026-H2.json", H2: "locks/2027-H1.json"}[half]
    assert shorten_seal(seal) in message
    assert "đã bị xóa hoặc làm lại" in message


def test_a_lock_sealed_anew_over_another_manifest_is_told(locked):
    lock = read_lock(path_of(locked, H2))
    place, files = next(iter(lock.accepted.items()))
    forged = replace(lock, accepted={place: dict(list(files.items())[:-1])})
    write_lock(locked.folder, forged)  # its own seal is right, its history tells of another manifest
    with pytest.raises(StoreError, match=r"2026-H2\.json"):
        read_locks(locked.folder)
    event = {**lock.history[0], "manifest_sha256": forged.manifest_sha256}
    write_lock(
        locked.folder, replace(forged, history=(event,))
    )  # and the history, too: what follows it misses the old one
    assert [path for path, _ in told(locked)] == ["locks/2027-H1.json"]


def test_an_opening_wiped_from_the_history_is_missed(locked):
    lock = read_lock(path_of(locked, H1))
    first, _, last = lock.history
    write_lock(locked.folder, replace(lock, history=(first, last)))
    assert [path for path, _ in told(locked)] == ["locks/2026-H1.json"]
    write_lock(locked.folder, replace(lock, history=(first,)))
    assert [path for path, _ in told(locked)] == ["locks/2026-H2.json"]


def test_without_a_witness_the_last_lock_can_be_removed_and_its_seal_tells_it(locked):
    """What `store check` cannot know: docs/store.md says so; a report that prints the seal, or a lock after it, does."""
    seal = read_lock(path_of(locked, NEXT)).seal
    path_of(locked, NEXT).unlink()
    assert told(locked) == []
    assert seal not in locked.locks.values()


def test_locks_of_older_versions_without_a_chain_are_read_and_followed(locked, hanoi):
    for half in (H1, H2, NEXT):
        lock = read_lock(path_of(locked, half))
        events = [
            {name: value for name, value in event.items() if name not in ("follows", "period")}
            for event in lock.history
        ]
        write_lock(locked.folder, replace(lock, history=tuple(events)))
    assert told(locked) == []
    last = read_lock(path_of(locked, NEXT))
    opened = unlock_period(locked, NEXT, reason="Đính chính số liệu", now=hanoi("2027-07-01T08:00"))
    assert opened.history[-1]["follows"] == hash_event(last.history[-1])


def test_a_seal_names_what_a_lock_held_also_after_it_was_opened(locked, texts, inbox, hanoi):
    seal = locked.locks["2027-H1"]
    held = {place.sha256 for place in read_lock(path_of(locked, NEXT)).accepted}
    unlock_period(locked, NEXT, reason="Đính chính số liệu", now=hanoi("2027-07-01T08:00"))
    path = texts.write_text(inbox / "thêm.xlsx", "vu-tccb", "2027-H1")
    ingest(path, locked, sent_at=hanoi("2027-06-11T08:00"), now=hanoi("2027-07-02T08:00"))
    (again,) = lock_period(locked, NEXT, now=hanoi("2027-07-03T08:00"))
    assert again.held_under(seal) == held
    assert again.held_under(again.seal) == {place.sha256 for place in again.accepted} > held
    assert again.held_under("0" * 64) is None
    assert find_gaps(read_locks(locked.folder).values()) == {}
    assert json.loads(path_of(locked, NEXT).read_text(encoding="utf-8"))["state"] == "locked"


# Signatures ---------------------------------------------------------------------------------------


@pytest.fixture
def make_key(require_tool, tmp_path):
    program = require_tool("ssh-keygen")

    def make(name):
        path = tmp_path / name
        subprocess.run([program, "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
        words = path.with_suffix(".pub").read_text(encoding="utf-8").split()
        return path, f"{name} {words[0]} {words[1]}\n"

    return make


@pytest.fixture
def filled(texts, store, inbox, hanoi):
    path = texts.write_text(inbox / "a.xlsx", "vu-pc", "2026-H1")
    ingest(path, store, sent_at=hanoi("2026-06-10T08:00"), now=hanoi("2026-06-12T08:00"))
    return store


def test_a_lock_is_signed_by_the_offices_own_key_and_its_seal_is_the_same(filled, make_key, tmp_path, capsys):
    key, line = make_key("vu-khcn")
    signers = tmp_path / "người ký"
    signers.write_text(line, encoding="utf-8")
    where = ["--store", str(filled.folder)]
    assert main(["lock", "2026-H1", *where, "--key", str(key)]) == 0
    assert capsys.readouterr().out.endswith(", đã ký.\n")
    lock = read_lock(path_of(filled, H1))
    assert lock.seal == hash_event({name: value for name, value in lock.history[0].items() if name != "signature"})
    right, who = check_signature(lock)
    assert (right, who.startswith("chữ ký đúng của khóa SHA256:")) == (True, True)
    assert check_signature(lock, signers) == (True, "chữ ký đúng của vu-khcn")
    assert main(["store", "check", *where, "--signers", str(signers)]) == 0
    assert (
        f"Khóa số liệu 6 tháng đầu năm 2026, mã {shorten_seal(lock.seal)}: chữ ký đúng của vu-khcn."
        in capsys.readouterr().out
    )


def test_a_signature_of_another_key_of_another_seal_or_none_at_all_is_told(filled, make_key, tmp_path, capsys):
    key, _ = make_key("người lạ")
    _, line = make_key("vu-khcn")
    signers = tmp_path / "signers"
    signers.write_text(line, encoding="utf-8")
    (lock,) = lock_period(filled, H1, key=key)
    where = ["store", "check", "--store", str(filled.folder)]
    assert (
        check_signature(lock)
        != check_signature(lock, signers)
        == (False, "chữ ký sai, hoặc không phải của người trong danh sách")
    )
    assert (main(where), main([*where, "--signers", str(signers)])) == (0, 1)
    event = {**lock.history[0], "reason": "Khác"}  # sealed anew, under the signature of what it was
    write_lock(filled.folder, replace(lock, history=(event,)))
    assert main(where) == 1
    del event["signature"]
    write_lock(filled.folder, replace(lock, history=(event,)))
    capsys.readouterr()
    assert (main(where), main([*where, "--signers", str(signers)])) == (0, 1)  # no key, no claim; but one was expected
    assert "không có chữ ký" in capsys.readouterr().out


def test_without_ssh_keygen_or_with_a_wrong_key_nothing_is_locked_and_one_sentence_says_why(
    filled, tmp_path, monkeypatch
):
    (tmp_path / "hỏng").write_text("no key", encoding="utf-8")
    with pytest.raises(StoreError, match=r"Không ký được bằng khóa «.*hỏng»"):
        lock_period(filled, H1, key=tmp_path / "hỏng")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="không có chương trình ssh-keygen"):
        lock_period(filled, H1, key=tmp_path / "hỏng")
    assert not (filled.folder / "locks").exists()
