"""Compacting: what is read through the cache is what is read without it, whatever happens to either."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nq57kit.errors import StoreError
from nq57kit.sample.masses import Mass, make_half
from nq57kit.store import Store, ingest
from nq57kit.store.bulk import finish_bulk, write_bulk
from nq57kit.store.compacted import COMPACTED
from nq57kit.store.compacting import compact
from nq57kit.submissions import TABLES

HALVES = ("2026-H1", "2026-H2", "2027-H1")
EVERY = (*TABLES, "findings")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, plan: Any) -> Path:
    """A store of three halves, some units of which sent twice (synthetic data)."""
    root = tmp_path_factory.mktemp("gom") / "kho [Đ] x=1"
    mass = Mass(rows=4_000, units=58, science=60, seed=5)
    for number in range(len(HALVES)):
        write_bulk(root, make_half(mass, plan, number), plan_hash=plan.hash, notice="Dữ liệu giả lập")
    finish_bulk(root)
    return root


@pytest.fixture
def root(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / filled.name)


def seen(root: Path, **how: Any) -> dict[str, pl.DataFrame]:
    """Everything that a store tells, as of `how`."""
    store = Store(root)
    tables = {table: store.read(table, **how).collect() for table in EVERY}
    every = {f"{table}, all": store.read(table, revisions="all", **how).collect() for table in EVERY}
    return {**tables, **every, "receipts": store.receipts(**how)}


def is_same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    return all(one[name].equals(other[name]) for name in one | other)


def loose_files(root: Path) -> list[str]:
    """The files of submissions that reading opens, by name."""
    plan_of = Store(root).read("activities").explain()
    return [part for part in plan_of.split() if "submission=" in part]


@pytest.mark.parametrize("how", [{}, {"period": "2026-H2"}, {"as_of": date(2026, 12, 10)}, {"as_of": date(2026, 1, 1)}])
def test_everything_reads_as_before(root: Path, how: dict[str, Any]) -> None:
    before = seen(root, **how)
    made = compact(root)
    assert made.made == HALVES
    assert is_same(seen(root, **how), before)
    assert not loose_files(root)


def test_some_unit_sent_twice_so_that_the_tests_see_old_revisions(filled: Path) -> None:
    receipts = Store(filled).receipts()
    assert receipts["revision"].max() == 2
    assert (~receipts["is_latest"]).sum() > 0


def test_the_submissions_themselves_are_not_touched(root: Path, files_of: Callable[[Path], dict[str, bytes]]) -> None:
    before = files_of(root)
    compact(root)
    after = files_of(root)
    assert {name: content for name, content in after.items() if not name.startswith(COMPACTED)} == before


def test_what_is_compacted_already_is_left_as_it_is(root: Path) -> None:
    first = compact(root)
    again = compact(root)
    assert (again.made, again.kept, again.submissions) == ((), first.made, first.submissions)


def test_a_correction_after_compacting_counts_and_only_its_unit_is_read_anew(
    root: Path, texts: Any, inbox: Path, hanoi: Any
) -> None:
    compact(root)
    path = texts.write_text(inbox / "a.xlsx", "vu-pc", "2026-H2", quantities=[777])
    ingest(path, Store(root), sent_at=hanoi("2026-12-19T08:00"), now=hanoi("2026-12-19T09:00"))
    with_cache = seen(root)
    latest = Store(root).read("activities", "2026-H2").filter(pl.col("unit_id") == "vu-pc").collect()
    assert latest["quantity"].to_list() == [777]
    assert all("unit_id=vu-pc" in name for name in loose_files(root))
    assert loose_files(root)
    shutil.rmtree(root / COMPACTED)
    assert is_same(seen(root), with_cache)
    assert with_cache["activities"]["unit_id"].is_sorted() is False  # of three halves, each sorted by unit
    assert with_cache["activities"].filter(pl.col("period") == "2026-H2")["unit_id"].is_sorted()


def test_a_new_unit_takes_its_place_in_the_order(root: Path, texts: Any, inbox: Path, hanoi: Any) -> None:
    gone = next((root / "submissions" / "period=2026-H2").glob("unit_id=cuc-cds"))
    shutil.rmtree(gone)
    compact(root)
    path = texts.write_text(inbox / "a.xlsx", "cuc-cds", "2026-H2", quantities=[1, 2])
    ingest(path, Store(root), sent_at=hanoi("2026-12-19T08:00"), now=hanoi("2026-12-19T09:00"))
    assert "cuc-cds" in seen(root, period="2026-H2")["activities"]["unit_id"]
    assert seen(root, period="2026-H2")["activities"]["unit_id"].is_sorted()


def test_a_receipt_corrected_by_hand_is_believed(root: Path) -> None:
    compact(root)
    path = next((root / "submissions" / "period=2026-H1").glob("*/*/receipt.json"))
    values = json.loads(path.read_text(encoding="utf-8")) | {"sent_at": "2026-06-30T08:00:00+07:00"}
    path.write_text(json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    changed = seen(root)
    moments = changed["receipts"].filter(pl.col("sha256") == values["sha256"])["sent_at"]
    assert [moment.isoformat() for moment in moments] == ["2026-06-30T08:00:00+07:00"]
    shutil.rmtree(root / COMPACTED)
    assert is_same(seen(root), changed)


def test_a_submission_that_was_taken_out_is_gone(root: Path) -> None:
    compact(root)
    unit = next((root / "submissions" / "period=2026-H1").glob("unit_id=*"))
    shutil.rmtree(unit)
    assert unit.name.removeprefix("unit_id=") not in Store(root).read("activities", "2026-H1").collect()["unit_id"]


def test_a_copied_store_reads_the_same_though_its_files_have_other_times(root: Path, tmp_path: Path) -> None:
    compact(root)
    before = seen(root)
    copied = tmp_path / "bản sao"
    shutil.copytree(root, copied, copy_function=shutil.copyfile)
    assert is_same(seen(copied), before)
    assert not loose_files(copied)  # the receipts say the same, so the cache is good


@pytest.mark.parametrize("damage", ["current.json", "receipts.parquet", "activities.parquet", "everything"])
def test_a_damaged_or_half_deleted_cache_is_not_used(root: Path, damage: str) -> None:
    before = seen(root)
    compact(root)
    for half in (root / COMPACTED).glob("period=*"):
        for path in half.rglob(damage) if damage != "everything" else half.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.write_bytes(b"{") if "." in damage else path.unlink()
            if damage == "activities.parquet":
                path.unlink()
    assert is_same(seen(root), before)
    assert compact(root).made == HALVES or damage == "receipts.parquet"
    assert is_same(seen(root), before)


def test_the_cache_before_stays_for_those_who_read_it_and_goes_with_the_next(
    root: Path, texts: Any, inbox: Path, hanoi: Any
) -> None:
    compact(root)
    reading = Store(root).read("activities", "2026-H2")
    number = reading.collect().height
    kept = []
    for day in (15, 16):
        path = texts.write_text(inbox / f"{day}.xlsx", "vu-pc", "2026-H2", quantities=[day])
        ingest(path, Store(root), sent_at=hanoi(f"2026-12-{day}T08:00"), now=hanoi("2026-12-19T09:00"))
        assert compact(root).made == ("2026-H2",)
        kept.append(sorted(path.name for path in (root / COMPACTED / "period=2026-H2").iterdir() if path.is_dir()))
        if day == 15:
            assert reading.collect().height == number  # it began before, and sees what it saw
    assert [len(names) for names in kept] == [2, 2]
    assert len(set(kept[0]) & set(kept[1])) == 1


def test_a_snapshot_stays_the_same_while_the_store_is_compacted(root: Path) -> None:
    view = Store(root).snapshot()
    before = view.read("activities").collect()
    compact(root)
    assert view.read("activities").collect().equals(before)
    assert view.read("budget").collect().equals(Store(root).read("budget").collect())


def test_what_a_killed_run_left_is_removed(root: Path) -> None:
    compact(root)
    left = root / COMPACTED / "period=2026-H1" / ".staged-1234"
    left.mkdir()
    (left / "x.parquet").write_bytes(b"")
    compact(root)
    assert not left.exists()


def test_two_commands_do_not_compact_at_once(root: Path) -> None:
    from filelock import FileLock

    compact(root)
    with FileLock(root / COMPACTED / ".lock"), pytest.raises(StoreError, match="đang được một lệnh khác gom tệp"):
        compact(root)


def test_another_process_reads_while_one_compacts_again_and_again(root: Path) -> None:
    total = Store(root).read("activities").select(pl.col("quantity").sum()).collect().item()
    code = (
        "import sys; from pathlib import Path; import polars as pl; from nq57kit.store import Store\n"
        "for _ in range(20):\n"
        "    f = Store(Path(sys.argv[1])).read('activities').select(pl.col('quantity').sum())\n"
        "    assert f.collect().item() == int(sys.argv[2])\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(root), str(total)]) as reader:
        for _ in range(4):
            compact(root)
            for path in (root / "submissions").glob("*/*/*/receipt.json"):
                os.utime(path)
        assert reader.wait(120) == 0


def test_no_store_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="không phải là kho dữ liệu"):
        compact(tmp_path)
