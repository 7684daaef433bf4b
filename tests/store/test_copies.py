"""Copies of a store by the real rsync: in the middle of an ingest, broken off at any moment, and of two machines merged."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from nq57kit.errors import StoreError
from nq57kit.plan import load_plan
from nq57kit.store import Store, correct_sent_at, ingest, prove_store

_HERE = Path(__file__).parent
#: Enough that an ingest is still at work while several copies are made.
_UNITS = 40


@pytest.fixture(scope="module")
def rsync(require_tool):
    """Copy a folder as an office would; `most` is how long (seconds) it may take before it is killed."""
    program = require_tool("rsync")

    def copy(source: Path, target: Path, *options: str, most: float | None = None) -> bool:
        target.mkdir(exist_ok=True)
        running = subprocess.Popen([program, "-a", *options, f"{source}/", f"{target}/"], stderr=subprocess.PIPE)
        try:
            running.communicate(timeout=most)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
        return running.returncode in (0, 24)  # 24: a file of the source was gone when its turn came

    return copy


def send(texts, inbox, first, count=_UNITS):
    """Write a submission of each of so many units; return the quantity of each."""
    units = load_plan().units["unit_id"].to_list()[first : first + count]
    for number, unit in enumerate(units, start=first + 1):
        texts.write_text(inbox / f"{unit}.xlsx", unit, quantities=[number])
    return {unit: number for number, unit in enumerate(units, start=first + 1)}


def read_whole(folder, wanted):
    """Return whether a copy can be read; then every submission in it is whole: none without its rows, none wrong."""
    try:
        store = Store(folder)
        units = store.receipts()["unit_id"].to_list()
        cover, rows = (store.read(table).collect() for table in ("cover", "activities"))
        store.findings()
    except StoreError:
        return False
    assert cover["unit_id"].to_list() == units
    assert dict(rows.select("unit_id", "quantity").rows()) == {unit: wanted[unit] for unit in units}
    kinds = {flaw.kind for flaw in prove_store(folder).flaws}
    assert kinds <= {"left_over", "unused", "missing"}  # a raw file that came in after its room was copied
    return True


@pytest.mark.slow  # an ingest in a process of its own beside many copies
def test_a_copy_in_the_middle_of_an_ingest_is_whole_or_refused_and_the_next_completes_it(texts, tmp_path, rsync):
    wanted, store = send(texts, tmp_path / "gửi", 0), Store.create(tmp_path / "kho")
    paths = os.pathsep.join([str(_HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(_HERE / "writer.py"), str(store.folder), str(tmp_path / "gửi")]
    command += ["2026-12-10T08:00:00+07:00", "0.05"]  # some eighty moves: several copies are made while it writes
    writer = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE)
    seen = set()
    for number in range(1000):
        if writer.poll() is not None:
            break
        copy = tmp_path / str(number)
        if rsync(store.folder, copy) and (copy / "nq57-store.json").exists() and read_whole(copy, wanted):
            seen.add(Store(copy).receipts().height)
        shutil.rmtree(copy) if number else None
    writer.communicate()
    assert writer.returncode == 0
    assert len(seen) > 2  # copies were made while it wrote
    assert rsync(store.folder, tmp_path / "0")
    assert read_whole(tmp_path / "0", wanted)
    ingest(tmp_path / "gửi", Store(tmp_path / "0"))  # known all; what the first copy took of a staged folder goes
    assert prove_store(tmp_path / "0").flaws == ()


@pytest.mark.slow  # rsync is killed at many moments, and starts again
@pytest.mark.parametrize("options", [(), ("--inplace",), ("--partial",), ("--delay-updates",)], ids=" ".join)
def test_a_copy_that_is_broken_off_is_whole_or_refused_at_any_moment(texts, tmp_path, rsync, options):
    wanted, store = send(texts, tmp_path / "gửi", 0, 12), Store.create(tmp_path / "kho")
    ingest(tmp_path / "gửi", store)
    began = time.monotonic()
    assert rsync(store.folder, tmp_path / "đo")
    seconds, rng, read = time.monotonic() - began, random.Random(57), []  # noqa: S311
    for number in range(30):
        copy = tmp_path / str(number)
        if rsync(store.folder, copy, *options, most=seconds * rng.uniform(0.1, 1.0)):
            continue
        if (copy / "nq57-store.json").exists():
            read.append(read_whole(copy, wanted))
        assert rsync(store.folder, copy, *options)
        assert read_whole(copy, wanted)
        assert {flaw.kind for flaw in prove_store(copy).flaws} <= {"left_over"}
    assert read  # some were broken off


def test_what_rsync_left_of_a_file_is_no_part_of_a_submission(texts, tmp_path, rsync):
    wanted, store = send(texts, tmp_path / "gửi", 0, 2), Store.create(tmp_path / "kho")
    ingest(tmp_path / "gửi", store)
    copy = tmp_path / "chép"
    rsync(store.folder, copy)
    for path in sorted(copy.rglob("*.parquet")):
        path.rename(path.with_name(f".{path.name}.q8Xz0A"))
        assert not read_whole(copy, wanted)
        assert not prove_store(copy).ok
        rsync(store.folder, copy)
        assert read_whole(copy, wanted)
        assert [flaw.kind for flaw in prove_store(copy).flaws] == ["left_over"]
        path.with_name(f".{path.name}.q8Xz0A").unlink()


@pytest.mark.parametrize("options", [(), ("--ignore-existing",), ("--update",)], ids=" ".join)
def test_what_two_machines_took_in_is_merged_by_copying_both_ways(texts, tmp_path, rsync, hanoi, options):
    one, two = Store.create(tmp_path / "một"), tmp_path / "hai"
    wanted = send(texts, tmp_path / "chung", 0, 2)
    ingest(tmp_path / "chung", one, sent_at=hanoi("2026-12-01T08:00"))
    rsync(one.folder, two)
    two = Store(two)
    wanted |= send(texts, tmp_path / "gửi một", 2, 2) | send(texts, tmp_path / "gửi hai", 4, 2)
    ingest(tmp_path / "gửi một", one, sent_at=hanoi("2026-12-02T08:00"))
    ingest(tmp_path / "gửi hai", two, sent_at=hanoi("2026-12-02T08:00"))
    unit = next(iter(wanted))
    correct_sent_at(two, unit, two.plan.period("2026-H2"), hanoi("2026-12-03T08:00"), reason="Theo sổ công văn")
    rsync(one.folder, two.folder, *options)
    rsync(two.folder, one.folder, *options)
    for store in (one, two):
        assert read_whole(store.folder, wanted)
        assert store.receipts().height == len(wanted)
        assert store.receipts().filter(pl.col("unit_id") == unit)["sent_at_source"].to_list() == ["correction"]
        again = texts.write_text(tmp_path / "sau.xlsx", "tt-cntt", quantities=[1])
        ingest(again, store)
        assert '"version": "2"' in (store.folder / "nq57-store.json").read_text(encoding="utf-8")
        assert prove_store(store.folder).flaws == ()


def test_a_correction_without_its_submission_is_told_as_a_copy_that_is_not_finished(texts, tmp_path, rsync, hanoi):
    store = Store.create(tmp_path / "kho")
    send(texts, tmp_path / "gửi", 0, 1)
    ingest(tmp_path / "gửi", store)
    (unit,) = store.receipts()["unit_id"].to_list()
    correct_sent_at(store, unit, store.plan.period("2026-H2"), hanoi("2026-12-03T08:00"), reason="Theo sổ công văn")
    rsync(store.folder, tmp_path / "chép", "--exclude=submission=*")
    (flaw,) = [one for one in prove_store(tmp_path / "chép").flaws if one.is_damage]
    assert flaw.kind == "missing"
    assert "báo cáo mà" in flaw.message
