"""The store on a disk that fails, in a process that is killed, beside other processes."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from nq57kit import files
from nq57kit.cli import main
from nq57kit.errors import StoreError
from nq57kit.store import Snapshot, Store, correct_sent_at, ingest, lock_period, prove_store, unlock_period
from nq57kit.store import folder as disk
from nq57kit.submissions.contract import TABLES

_HERE = Path(__file__).parent
_ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(_HERE.parents[1]), os.environ.get("PYTHONPATH", "")]),
    "PYTHONIOENCODING": "utf-8",
}


_STEP = 5  # odd, so that a run dies before some calls and after others


def start(script: str, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(_HERE / script), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=_ENVIRONMENT,
    )


def run(script: str, *words: object) -> tuple[int, str, str]:
    with start(script, *words) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def figures(store: Store | Snapshot) -> dict[str, int]:
    """Read all tables of all units and give the sums of quantities by unit; fails on anything half."""
    receipts = store.receipts()
    for table in TABLES:
        units = store.read(table).collect()["unit_id"].unique().to_list()
        if table == "cover":
            assert sorted(units) == receipts["unit_id"].to_list()
    for sha256 in receipts["sha256"].to_list() + store.refusals()["sha256"].to_list():
        Store(store.folder).raw(sha256)
    store.findings()
    rows = store.read("activities").group_by("unit_id").agg(pl.col("quantity").sum()).collect()
    return dict(rows.select("unit_id", "quantity").rows())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks one run per point of death; Windows has no fork")
@pytest.mark.slow  # a process for each moment at which it is killed
@pytest.mark.parametrize("ahead", [0, 3], ids=["one by one", "prepared ahead in threads"])
def test_a_run_that_is_killed_anywhere_leaves_the_store_as_before_or_as_after(texts, tmp_path, hanoi, files_of, ahead):
    inbox, stores = tmp_path / "gửi", tmp_path / "kho"
    texts.write_text(inbox / "a.xlsx", "vu-pc", quantities=[1, 2])
    texts.write_text(inbox / "b.xlsx", "vu-tccb", ok=False)
    texts.write_text(inbox / "c.xlsx", "cuc-cds", quantities=[40])
    texts.write_text(inbox / "d.xlsx", "vu-htqt", ok=False)
    stores.mkdir()
    moment = hanoi("2026-12-10T08:00")
    ingest(inbox, stores / "nguyên vẹn", sent_at=moment, now=moment)
    whole = files_of(stores / "nguyên vẹn")
    code, last, err = run("killed.py", "ingest", stores, inbox, _STEP, ahead)
    assert code == 0, err
    points = range(1, int(last), _STEP)
    assert len(points) > 20
    seen = set()
    for point in points:
        folder = stores / str(point)
        if not (folder / "nq57-store.json").exists():
            Store.create(folder)
        seen.add(tuple(sorted(figures(Store(folder)).items())))
        ingest(inbox, folder, sent_at=moment, now=moment)
        assert files_of(folder) == whole, point
        assert not list((folder / ".staging").glob("*"))
    assert seen == {(), (("vu-pc", 3),), (("cuc-cds", 40), ("vu-pc", 3))}


def test_two_processes_that_ingest_the_same_unit_at_once_accept_it_once(texts, store, inbox):
    for number in range(4):
        texts.write_text(inbox / f"{number}.xlsx", "vu-pc", quantities=[number])
    outcomes = []
    with start("writer.py", store.folder, inbox) as first, start("writer.py", store.folder, inbox) as second:
        for process in (first, second):
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            outcomes += out.split()
    assert sorted(outcomes) == ["accepted"] * 4 + ["known"] * 4
    assert store.receipts()["revision"].to_list() == [1, 2, 3, 4]


def test_a_reader_beside_a_writer_sees_only_whole_submissions(texts, store, inbox):
    units = [f"don-vi-{number:02d}" for number in range(12)]
    for unit in units:
        texts.write_text(inbox / f"{unit}.xlsx", unit, quantities=[5, 6])
    with start("writer.py", store.folder, inbox) as process:
        while process.poll() is None:
            assert set(figures(store.snapshot()).values()) <= {11}
        _, err = process.communicate()
    assert process.returncode == 0, err
    assert set(figures(store)) == set(units)


@contextlib.contextmanager
def small_disk(folder: Path, size: str):
    """Mount a real file system of `size` on `folder`; skip where that is not allowed."""
    folder.mkdir()
    mount = shutil.which("mount")
    allowed = mount and hasattr(os, "geteuid") and os.geteuid() == 0
    if (
        not allowed
        or subprocess.run([mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("mounting a small file system needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_is_really_full_is_told_and_what_was_accepted_stays(texts, tmp_path, inbox):
    for number in range(20):
        texts.write_text(inbox / f"{number:02d}.xlsx", f"don-vi-{number:02d}", quantities=[number])
    with small_disk(tmp_path / "đĩa", "400k"):
        folder = tmp_path / "đĩa" / "kho"
        code, _, sentence = run("writer.py", folder, inbox)
        assert code == 1
        assert "ổ đĩa đã hết dung lượng" in sentence
        assert "\n" not in sentence.strip()
        accepted = figures(Store(folder))
        assert 0 < len(accepted) < 20
        assert f"đã tiếp nhận {len(accepted)} tệp" in sentence
        assert not list((folder / ".staging").glob("*"))
        subprocess.run(["mount", "-o", "remount,size=4m", tmp_path / "đĩa"], check=True)
        code, out, err = run("writer.py", folder, inbox)
        assert code == 0, err
        assert out.split().count("known") == len(accepted)
        assert len(figures(Store(folder))) == 20


def test_a_disk_that_is_really_read_only_is_told_and_can_still_be_read(texts, tmp_path, inbox):
    texts.write_text(inbox / "a.xlsx", quantities=[7])
    with small_disk(tmp_path / "đĩa", "1m"):
        folder = tmp_path / "đĩa" / "kho"
        run("writer.py", folder, inbox)
        texts.write_text(inbox / "b.xlsx", "vu-pc", quantities=[8])
        subprocess.run(["mount", "-o", "remount,ro", tmp_path / "đĩa"], check=True)
        code, _, sentence = run("writer.py", folder, inbox)
        assert code == 1
        assert "không có quyền ghi" in sentence
        assert "\n" not in sentence.strip()
        assert figures(Store(folder)) == {"vu-tccb": 7}
        code, _, sentence = run("writer.py", tmp_path / "đĩa" / "kho mới", inbox)
        assert code == 1
        assert "Không tạo được kho" in sentence


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_told(texts, tmp_path, inbox):
    texts.write_text(inbox / "a.xlsx")
    (tmp_path / "khóa").mkdir(mode=0o555)
    code, _, sentence = run("writer.py", tmp_path / "khóa" / "kho", inbox)
    assert code == 1
    assert "không có quyền ghi" in sentence


def test_a_staged_folder_is_removed_whatever_happens(store):
    def interrupted():
        with disk.stage(store.folder) as folder:
            (folder / "tệp").write_bytes(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list((store.folder / ".staging").iterdir())


def test_an_accepted_folder_is_never_replaced(store):
    target = store.folder / "submissions" / "x"
    target.mkdir(parents=True)
    (target / "receipt.json").write_bytes(b"1")
    with disk.stage(store.folder) as folder:
        (folder / "mới").mkdir()
        with pytest.raises(OSError, match="Errno") as caught:
            disk.move_into_place(folder / "mới", target)
    assert caught.value.errno in {errno.ENOTEMPTY, errno.EEXIST}
    assert (target / "receipt.json").read_bytes() == b"1"


def test_a_file_system_that_cannot_flush_a_folder_is_no_failure(store, monkeypatch):
    def refuse(handle):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    disk.flush_folder(store.folder)


def test_windows_needs_no_flush_and_waits_for_a_virus_scanner(store, monkeypatch):
    monkeypatch.setattr(disk, "_WINDOWS", True)
    monkeypatch.setattr(files, "_WINDOWS", True)
    pauses = []
    monkeypatch.setattr(files.time, "sleep", pauses.append)
    rename, tries = Path.rename, []

    def busy(self, target):
        tries.append(self)
        if len(tries) < 3:
            raise PermissionError(errno.EACCES, "in use")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", busy)
    with disk.stage(store.folder) as folder:
        (folder / "tệp").write_bytes(b"x")
        disk.move_into_place(folder / "tệp", store.folder / "raw" / "ab" / "tệp")
    assert (store.folder / "raw" / "ab" / "tệp").read_bytes() == b"x"
    assert len(pauses) == 2


# What is left behind ----------------------------------------------------------------------------

STAGED, TEMPORARY = "0123456789abcdef", ".0123456789abcdef.tmp"


@pytest.fixture
def littered(texts, store, inbox, hanoi):
    """A store in which commands were killed and a copy is not finished, with files of somebody else beside."""
    moment = hanoi("2026-06-10T08:00")
    ingest(texts.write_text(inbox / "a.xlsx", period="2026-H1"), store, sent_at=moment, now=moment)
    submission = next(store.folder.glob("submissions/*/*/*"))
    raw = next(store.folder.glob("raw/*"))
    (store.folder / "locks").mkdir()
    ours = [folder / TEMPORARY for folder in (store.folder, submission, submission.parent, raw, store.folder / "locks")]
    ours.append(store.folder / ".staging" / STAGED / "submission" / "cover.parquet")
    copied = [submission / ".receipt.json.a1B2c3", raw / f".{'3' * 64}.xlsx.Zz09aA"]
    others = [
        store.folder / ".staging" / "của tôi.txt",
        submission / ".DS_Store",
        store.folder / "locks" / ".ghi chú.tmp",
    ]
    others.append(submission.parent / ".0123.tmp")
    for path in (*ours, *copied, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{")
    return store, ours, copied, others


def test_a_check_tells_what_is_left_over_as_that_and_the_store_is_sound(littered, capsys):
    store, ours, copied, _ = littered
    proof = prove_store(store.folder)
    assert proof.ok
    told = {store.folder / flaw.path for flaw in proof.flaws if flaw.kind == "left_over"}
    assert told == {*ours[:-1], store.folder / ".staging" / STAGED, *copied}
    assert len(told) == len(proof.flaws)
    assert main(["store", "check", "--store", str(store.folder)]) == 0
    said = capsys.readouterr().out
    assert "còn sót" in said
    assert "rsync" in said
    assert said.endswith("Kho nguyên vẹn.\n")


@pytest.mark.parametrize("command", ["ingest", "sent-at", "lock", "unlock"])
def test_the_next_command_removes_what_is_ours_and_nothing_else(littered, command, texts, inbox, hanoi):
    store, ours, copied, others = littered
    half, moment, kept = store.plan.period("2026-H1"), hanoi("2026-06-11T08:00"), [*copied, *others]
    if command == "unlock":
        lock_period(store, half, now=moment)
        for path in ours:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"{")
    commands = {
        "ingest": lambda: ingest(texts.write_text(inbox / "b.xlsx", "vu-pc"), store, sent_at=moment, now=moment),
        "sent-at": lambda: correct_sent_at(store, "vu-tccb", half, moment, reason="Theo sổ công văn", now=moment),
        "lock": lambda: lock_period(store, half, now=moment),
        "unlock": lambda: unlock_period(store, half, reason="Đính chính số liệu", now=moment),
    }
    commands[command]()
    assert [path for path in ours if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []
    assert {flaw.kind for flaw in prove_store(store.folder).flaws} == {"left_over"}


def test_a_staging_folder_that_is_a_link_is_not_followed(texts, store, inbox, tmp_path):
    elsewhere = tmp_path / "nơi khác" / STAGED / "quan trọng.txt"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_bytes(b"x")
    (store.folder / ".staging").rmdir()
    (store.folder / ".staging").symlink_to(elsewhere.parents[1], target_is_directory=True)
    disk.sweep(store.folder)
    assert elsewhere.exists()


# A copy that is not finished, a file that cannot be read ------------------------------------------


@pytest.mark.parametrize("name", ["budget.parquet", "findings.parquet", "receipt.json", "SHA256SUMS"])
def test_half_a_submission_is_refused_by_name_and_never_read(texts, store, inbox, name):
    ingest(texts.write_text(inbox / "a.xlsx"), store)
    path = next(store.folder.glob(f"submissions/*/*/*/{name}"))
    path.rename(path.with_name(f".{name}.a1B2c3"))
    for ask in (store.receipts, store.findings, lambda: store.read("activities")):
        with pytest.raises(StoreError, match=f"thiếu tệp «.*{name}»"):
            ask()
    assert main(["status", "2026-H2", "--store", str(store.folder)]) == 2


def test_a_table_that_cannot_be_read_is_named_in_one_sentence_and_comes_back_with_the_same_bytes(
    making, store, inbox, capsys
):
    form = making.write_form(inbox / "a.xlsx", "vu-pc", activities=[making.activity("Hội nghị", date(2026, 9, 1), 9)])
    assert main(["ingest", str(form), "--store", str(store.folder)]) == 0
    capsys.readouterr()
    path = next(store.folder.glob("submissions/*/*/*/activities.parquet"))
    content = path.read_bytes()
    for damage in (content[:-20], b"", content[: len(content) // 2] + b"?" * 8 + content[len(content) // 2 + 8 :]):
        path.write_bytes(damage)
        command = ["report", "semiannual", "2026-H2", "--as-of", "2026-12-25", "--out", str(inbox / "ra")]
        assert main([*command, "--store", str(store.folder)]) == 2
        said = capsys.readouterr().err
        assert said.startswith("Lỗi: Kho bị hỏng: không đọc được tệp «")
        assert "activities.parquet" in said
        assert said.count("\n") == 1
        assert main(["ingest", str(form), "--store", str(store.folder)]) == 0
        assert "đã khôi phục từ tệp vừa nhận" in capsys.readouterr().out
        assert path.read_bytes() == content
        assert prove_store(store.folder).ok


@pytest.mark.parametrize("ok", [True, False], ids=["accepted", "refused"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"?")], ids=["missing", "changed"])
def test_the_same_bytes_again_bring_back_the_units_own_file(texts, store, inbox, damage, ok):
    path = texts.write_text(inbox / "a.xlsx", ok=ok)
    ingest(path, store)
    raw = next(store.folder.glob("raw/*/*"))
    damage(raw)
    assert not prove_store(store.folder).ok
    ingest(path, store)
    assert raw.read_bytes() == path.read_bytes()
    assert prove_store(store.folder).flaws == ()


def test_what_the_same_bytes_do_not_bring_back_is_told(texts, store, inbox):
    path = texts.write_text(inbox / "a.xlsx")
    ingest(path, store)
    receipt = next(store.folder.glob("submissions/*/*/*/receipt.json"))
    receipt.write_text(receipt.read_text(encoding="utf-8").replace("a.xlsx", "b.xlsx"), encoding="utf-8")
    with pytest.raises(StoreError, match=r"receipt\.json.*không cho đúng nội dung lúc tiếp nhận"):
        ingest(path, store)
