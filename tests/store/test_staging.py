"""Preparing before the turn: order, failures in their turn, and nothing left behind."""

from __future__ import annotations

import threading

import pytest

from nq57kit.store import staging
from nq57kit.store.staging import Stager


def staged_folders(root):
    return list((root / ".staging").glob("*"))


@pytest.mark.parametrize("ahead", [0, 1, 4])
def test_items_are_taken_in_their_order_however_many_are_prepared_ahead(tmp_path, ahead):
    taken = []

    def prepare(number, folder):
        (folder / "n").write_text(str(number), encoding="utf-8")

    with Stager(tmp_path, prepare, ahead=ahead) as stager:
        stager.run(range(12), lambda number, folder: taken.append((number, (folder / "n").read_text("utf-8"))))
    assert taken == [(number, str(number)) for number in range(12)]
    assert not staged_folders(tmp_path)


def test_later_items_are_prepared_while_an_earlier_one_waits_for_its_turn(tmp_path):
    later = threading.Event()
    waited = []

    def prepare(number, folder):
        if number == 2:
            later.set()

    def take(number, folder):
        if number == 0:
            waited.append(later.wait(30))

    with Stager(tmp_path, prepare, ahead=3) as stager:
        stager.run(range(10), take)
    assert waited == [True]


@pytest.mark.parametrize("ahead", [0, 4])
def test_a_failure_comes_in_its_turn_and_what_was_prepared_later_is_dropped(tmp_path, ahead):
    taken = []

    def prepare(number, folder):
        (folder / "file").write_bytes(b"1")
        if number == 3:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), Stager(tmp_path, prepare, ahead=ahead) as stager:
        stager.run(range(10), lambda number, folder: taken.append(number))
    assert taken == [0, 1, 2]
    assert not staged_folders(tmp_path)


def test_a_failure_in_taking_leaves_nothing_staged(tmp_path):
    def take(number, folder):
        raise PermissionError("gone")

    with pytest.raises(PermissionError), Stager(tmp_path, lambda number, folder: None, ahead=4) as stager:
        stager.run(range(10), take)
    assert not staged_folders(tmp_path)


def test_a_few_submissions_start_no_thread(tmp_path):
    names = set()
    with Stager(tmp_path, lambda number, folder: names.add(threading.current_thread().name)) as stager:
        stager.run(range(staging._FEW - 1), lambda number, folder: None)
    assert names == {threading.current_thread().name}
