"""The store proved against its hashes: any byte changed, missing or added is found, in any of its files."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from nq57kit.errors import StoreError
from nq57kit.plan import load_plan
from nq57kit.store import Store, ingest, lock_period, prove_store
from nq57kit.store.folder import SUMS


@pytest.fixture
def filled(texts, store, inbox, hanoi):
    """Two accepted submissions, one of them corrected, a refused one, one half locked."""
    moment = hanoi("2026-12-10T08:00")
    texts.write_text(inbox / "a1.xlsx", "vu-pc", quantities=[1])
    texts.write_text(inbox / "b.xlsx", "vu-tccb", ok=False)
    ingest(inbox, store, sent_at=moment, now=moment)
    later = texts.write_text(inbox / "a2.xlsx", "vu-pc", quantities=[2])
    ingest(later, store, sent_at=hanoi("2026-12-11T08:00"), now=moment)
    other = texts.write_text(inbox / "c.xlsx", "cuc-cds", "2026-H1", quantities=[3])
    ingest(other, store, sent_at=hanoi("2026-06-11T08:00"), now=moment)
    lock_period(store, load_plan().period("2026-H1"), now=moment)
    return store


def test_a_sound_store_has_no_flaw_and_all_is_counted(filled):
    proof = prove_store(filled.folder)
    assert (proof.ok, proof.flaws) == (True, ())
    assert (proof.submissions, proof.refusals, proof.raw_files, proof.locks) == (3, 1, 4, 1)


def is_told(folder, name):
    try:
        return [flaw.path for flaw in prove_store(folder).flaws] == [name]
    except StoreError as error:
        return name in str(error)


def test_one_changed_byte_in_any_file_is_found_and_its_file_named(filled, files_of):
    files = files_of(filled.folder)
    assert len(files) > 30
    for name, content in files.items():
        if not content:
            continue
        for place in {0, len(content) // 2, len(content) - 1}:
            path = filled.folder / name
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            if name == "nq57-store.json":
                assert is_told(filled.folder, name)
            else:
                damaged = [flaw.path for flaw in prove_store(filled.folder).flaws if flaw.is_damage]
                folder = name.rpartition("/")[0]
                assert name in damaged or (name.endswith(SUMS) and any(one.startswith(folder) for one in damaged)), name
            path.write_bytes(content)
    assert prove_store(filled.folder).ok


def test_a_missing_file_is_found_whichever_it_is(filled, files_of):
    for name, content in files_of(filled.folder).items():
        if name == "nq57-store.json" or name.startswith(("locks/", "refusals/")):
            continue  # without it there is no store, no lock, no refusal: nothing else says that there was one
        (filled.folder / name).unlink()
        flaws = prove_store(filled.folder).flaws
        named = [flaw for flaw in flaws if flaw.is_damage and (flaw.path == name or name.startswith(flaw.path))]
        assert named, name
        (filled.folder / name).write_bytes(content)


def test_a_locked_submission_that_is_gone_with_its_folder_is_missed(filled):
    shutil.rmtree(next((filled.folder / "submissions" / "period=2026-H1").iterdir()))
    missing = {flaw.path.rpartition("/")[2] for flaw in prove_store(filled.folder).flaws if flaw.kind == "missing"}
    assert {"receipt.json", "activities.parquet", SUMS} <= missing


@pytest.mark.parametrize(
    "name",
    ["la.txt", "raw/ab/la.xlsx", "submissions/period=2026-H2/la.csv", "locks/2026-H2.txt", "tam/x.json"],
)
def test_a_foreign_file_is_found(filled, name):
    path = filled.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    flaws = prove_store(filled.folder).flaws
    assert [flaw.kind for flaw in flaws] == ["foreign"]
    assert flaws[0].path in name


def test_hidden_files_of_a_file_manager_and_a_stopped_run_are_no_damage(filled):
    (filled.folder / ".DS_Store").write_bytes(b"x")
    (filled.folder / ".staging" / "1").mkdir(parents=True)
    raw = next((filled.folder / "raw").rglob("*.xlsx"))
    content = b"never accepted"
    from nq57kit.files import hash_bytes

    sha256 = hash_bytes(content)
    left = filled.folder / "raw" / sha256[:2] / f"{sha256}.xlsx"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(content)
    proof = prove_store(filled.folder)
    assert proof.ok
    assert [flaw.kind for flaw in proof.flaws] == ["unused"]
    assert raw.exists()


def test_the_sums_are_those_of_sha256sum(filled, require_tool):
    program = require_tool("sha256sum")
    for sums in sorted(filled.folder.rglob(SUMS)):
        done = subprocess.run([program, "-c", "--strict", SUMS], cwd=sums.parent, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_folder_that_is_no_store_is_refused(tmp_path):
    with pytest.raises(StoreError):
        prove_store(tmp_path)
    Store.create(tmp_path / "kho")
    assert prove_store(tmp_path / "kho").ok
