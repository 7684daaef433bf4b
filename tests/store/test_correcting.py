"""The time of sending corrected: the receipt alone changes, with its hash, and never in a locked half."""

from __future__ import annotations

from datetime import datetime

import pytest

from nq57kit.cli import main
from nq57kit.errors import ParameterError, StoreError
from nq57kit.plan import load_plan
from nq57kit.store import Store, ingest
from nq57kit.store.correcting import correct_sent_at
from nq57kit.store.locking import lock_period
from nq57kit.store.proof import prove_store

H1, H2 = (load_plan().period(text) for text in ("2026-H1", "2026-H2"))


@pytest.fixture
def filled(texts, store, inbox, hanoi):
    for number, unit in enumerate(("vu-pc", "vu-tccb", "vu-tccb")):
        path = texts.write_text(inbox / f"{number}.xlsx", unit, "2026-H1", quantities=[number + 1])
        ingest(path, store, now=hanoi(f"2026-06-2{number + 2}T08:00"))
    return store


def test_the_receipt_changes_with_its_hash_and_nothing_else(filled, hanoi, files_of):
    before = files_of(filled.folder)
    assert filled.receipts("2026-H1").filter(unit_id="vu-pc")["on_time"].to_list() == [False]
    correct_sent_at(filled, "vu-pc", H1, hanoi("2026-06-19T16:30"))
    row = filled.receipts("2026-H1").filter(unit_id="vu-pc").row(0, named=True)
    assert (row["on_time"], row["sent_at_source"]) == (True, "option")
    after = files_of(filled.folder)
    assert {name.rpartition("/")[2] for name in before if before[name] != after[name]} == {"receipt.json", "SHA256SUMS"}
    assert prove_store(filled.folder).ok


def test_of_several_revisions_the_one_must_be_named(filled, hanoi):
    moment = hanoi("2026-06-30T08:00")
    with pytest.raises(ParameterError, match="2 lần gửi"):
        correct_sent_at(filled, "vu-tccb", H1, moment)
    with pytest.raises(ParameterError, match="không có lần gửi 3"):
        correct_sent_at(filled, "vu-tccb", H1, moment, revision=3)
    correct_sent_at(filled, "vu-tccb", H1, moment, revision=1)
    latest = filled.read("activities", "2026-H1").filter(unit_id="vu-tccb").collect()["quantity"].to_list()
    assert latest == [2]  # what was the first is now the latest


def test_a_locked_half_a_damaged_or_missing_submission_and_a_time_without_zone_are_refused(filled, hanoi):
    moment = hanoi("2026-06-19T16:30")
    with pytest.raises(StoreError, match="không có báo cáo nào"):
        correct_sent_at(filled, "vu-pc", H2, moment)
    with pytest.raises(ParameterError, match="múi giờ"):
        correct_sent_at(filled, "vu-pc", H1, datetime(2026, 6, 19))  # noqa: DTZ001
    path = next(filled.folder.glob("submissions/*/unit_id=vu-pc/*/budget.parquet"))
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(StoreError, match=r"budget\.parquet"):
        correct_sent_at(filled, "vu-pc", H1, moment)
    path.write_bytes(content)
    lock_period(filled, H1)
    with pytest.raises(StoreError, match="đã khóa"):
        correct_sent_at(filled, "vu-pc", H1, moment)


def test_from_the_command_line(filled, capsys):
    where = ["--store", str(filled.folder)]
    assert main(["store", "sent-at", "Vụ Pháp chế", "2026-H1", "19/06/2026 16:30", *where]) == 0
    assert "16:30 ngày 19/6/2026" in capsys.readouterr().out
    assert Store(filled.folder).receipts("2026-H1").filter(unit_id="vu-pc")["on_time"].to_list() == [True]
    assert main(["store", "sent-at", "Vụ lạ", "2026-H1", "19/06/2026 16:30", *where]) == 2
