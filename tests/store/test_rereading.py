"""A store forged with all its hashes made anew is found by its raw files; a store made anew from them is the same store."""

from __future__ import annotations

import json
import shutil
from datetime import date

import polars as pl
import pytest

from nq57kit.cli import main
from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes, hash_file
from nq57kit.plan import load_plan
from nq57kit.store import Store, correct_sent_at, ingest, lock_period, prove_store, rebuild_store, reread_store
from nq57kit.store.folder import RECEIPT, SUMS, write_sums
from nq57kit.store.locks import hash_event, read_locks, write_lock

H2 = load_plan().period("2026-H2")
UNITS = ("vu-pc", "vu-tccb", "vu-htqt")


@pytest.fixture(scope="module")
def original(making, hanoi, tmp_path_factory):
    """Three units with real workbooks in both halves; one corrected, one refused, one time of sending corrected; all locked."""
    inbox, root = tmp_path_factory.mktemp("gửi"), tmp_path_factory.mktemp("gốc") / "kho"
    for half, day in (("2026-H1", date(2026, 6, 1)), ("2026-H2", date(2026, 9, 1))):
        for number, unit in enumerate(UNITS):
            rows = [making.activity(f"Hội nghị {name}", day, quantity=number + 2) for name in ("một", "hai")]
            if unit == "vu-htqt":
                rows.append(making.activity("Sớm hơn kỳ", date(2026, 1, 5)))  # a warning of the file alone
            staff = 40 if half == "2026-H1" else 10  # so few are a warning against the earlier half
            tables = {
                "activities": rows,
                "workforce": [making.workforce(staff)],
                "science_tasks": [making.science("B2026-1")],
            }
            path = making.write_form(inbox / f"{unit}-{half}.xlsx", unit, half, **tables)
            moment = hanoi(f"{day.year}-{day.month + 3 if half == '2026-H2' else 6:02}-15T08:00")
            ingest(path, root, sent_at=moment, now=moment)
    again = making.write_form(
        inbox / "vu-pc-lần 2.xlsx", "vu-pc", activities=[making.activity("Hội nghị", date(2026, 9, 1))]
    )
    ingest(again, root, sent_at=hanoi("2026-12-16T08:00"), now=hanoi("2026-12-16T09:00"))
    wrong = making.write_form(inbox / "sai.xlsx", "cuc-cds", workforce=[making.workforce(3, 9)])
    assert [one.outcome for one in ingest(wrong, root, now=hanoi("2026-12-16T10:00")).results] == ["refused"]
    store = Store(root)
    correct_sent_at(
        store, "vu-tccb", H2, hanoi("2026-12-14T08:00"), reason="Theo sổ công văn", now=hanoi("2026-12-17T08:00")
    )
    lock_period(store, H2, now=hanoi("2026-12-21T08:00"))
    return store


@pytest.fixture
def store(original, tmp_path):
    shutil.copytree(original.folder, tmp_path / "kho")
    return Store(tmp_path / "kho")


def folder_of(store, unit="vu-tccb", half="2026-H2"):
    return next(one.folder for one in store.snapshot().accepted(half) if one.unit_id == unit)


def change(folder, table, edit):
    path = folder / f"{table}.parquet"
    edit(pl.read_parquet(path)).write_parquet(path)


def edit_receipt(folder, **values):
    path = folder / RECEIPT
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | values, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def seal_anew(store):
    """Remake what a forger can: every SHA256SUMS, the corrections' and the locks' hashes."""
    for sums in store.folder.glob("submissions/*/*/*/" + SUMS):
        sums.unlink()
        write_sums(sums.parent)
    from dataclasses import replace

    from nq57kit.store.receipts import read_correction

    for path in store.folder.glob("submissions/*/*/*.sent-at-1.json"):
        one = read_correction(path)
        receipt = path.parent / f"submission={path.name[:16]}" / RECEIPT
        if receipt.exists():
            path.write_text(replace(one, follows=hash_file(receipt)).to_json(), encoding="utf-8")
        else:
            path.unlink()
    follows = None
    for half, lock in read_locks(store.folder).items():
        there = {
            place: files
            for place, files in lock.accepted.items()
            if all((store.folder / name).exists() for name in files)
        }
        accepted = {place: {name: hash_file(store.folder / name) for name in files} for place, files in there.items()}
        made = replace(lock, accepted=accepted)
        (event,) = lock.history
        event = {**event, "manifest_sha256": made.manifest_sha256, "submissions": len(accepted), "follows": follows}
        write_lock(store.folder, replace(made, history=(event,), period=half))
        follows = hash_event(event)


def swap(store):
    """The tables of two units, each under the other's receipt."""
    one, other = folder_of(store, "vu-tccb"), folder_of(store, "vu-htqt")
    for table in ("activities", "workforce"):
        kept = (one / f"{table}.parquet").read_bytes()
        (one / f"{table}.parquet").write_bytes((other / f"{table}.parquet").read_bytes())
        (other / f"{table}.parquet").write_bytes(kept)


def replace_raw(store):
    """Another workbook in place of the unit's own, under its own hash, in the receipt too; the tables stay."""
    folder, other = folder_of(store, "vu-tccb"), folder_of(store, "vu-tccb", "2026-H1")
    taken = json.loads((other / RECEIPT).read_text(encoding="utf-8"))["sha256"]
    path = next((store.folder / "raw" / taken[:2]).glob(f"{taken}.*"))
    content = path.read_bytes() + b"\0"
    sha256 = hash_bytes(content)
    old = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))["sha256"]
    (store.folder / "raw" / sha256[:2]).mkdir(exist_ok=True)
    (store.folder / "raw" / sha256[:2] / f"{sha256}.xlsx").write_bytes(content)
    next((store.folder / "raw" / old[:2]).glob(f"{old}.*")).unlink()
    edit_receipt(folder, sha256=sha256)
    folder.rename(folder.parent / f"submission={sha256[:16]}")
    next(folder.parent.glob("*.sent-at-1.json")).unlink()


def move_period(store):
    folder = folder_of(store, "vu-tccb")
    target = store.folder / "submissions" / "period=2027-H1" / "unit_id=vu-tccb" / folder.name
    edit_receipt(folder, period="2027-H1")
    target.parent.mkdir(parents=True)
    folder.rename(target)
    next(folder.parent.glob("*.sent-at-1.json")).unlink()


def move_unit(store):
    folder = folder_of(store, "vu-htqt")
    edit_receipt(folder, unit_id="vu-khcn")
    target = folder.parent.with_name("unit_id=vu-khcn") / folder.name
    target.parent.mkdir()
    folder.rename(target)


def turn_away(store):
    """An accepted report made a refused one."""
    from nq57kit.store.receipts import Refusal, read_receipt

    folder = folder_of(store, "vu-htqt")
    facts = vars(read_receipt(folder))
    common = {
        name: value
        for name, value in facts.items()
        if name not in ("is_empty", "secret_task_count", "folder", "corrections", "again")
    }
    refusal = Refusal(**common, errors=0, findings=())
    path = store.folder / "refusals" / "period=2026-H2" / "unit_id=vu-htqt" / f"{refusal.sha256[:16]}.json"
    path.parent.mkdir(parents=True)
    path.write_text(refusal.to_json(), encoding="utf-8")
    shutil.rmtree(folder)


FORGERIES = {
    "a value changed": (
        lambda store: change(folder_of(store), "workforce", lambda rows: rows.with_columns(staff_reached=pl.lit(9, pl.Int64))),
        "ô B6, Số người đã tiếp cận thông tin định hướng: tệp gốc «3», kho «9»",
    ),
    "a row removed": (
        lambda store: change(folder_of(store), "activities", lambda rows: rows.head(1)),
        "cả dòng: tệp gốc «có», kho «không có»",
    ),
    "a row added": (
        lambda store: change(folder_of(store), "activities", lambda rows: pl.concat([rows, rows.tail(1)])),
        "cả dòng: tệp gốc «không có», kho «có»",
    ),
    "the unit changed": (move_unit, "đơn vị: tệp gốc «vu-htqt», kho «vu-khcn»"),
    "the period changed": (move_period, "kỳ: tệp gốc «2026-H2», kho «2027-H1»"),
    "counts changed": (
        lambda store: edit_receipt(folder_of(store), is_empty=True),
        "không có nội dung: tệp gốc «không», kho «có»",
    ),
    "the raw file replaced with its hash": (replace_raw, "kỳ: tệp gốc «2026-H1», kho «2026-H2»"),
    "a submission removed whole": (
        lambda store: shutil.rmtree(folder_of(store, "vu-htqt")),
        "kết quả tiếp nhận: tệp gốc «báo cáo hợp lệ», kho «không có»",
    ),
    "an accepted report made a refused one": (turn_away, "kết quả tiếp nhận: tệp gốc «được chấp nhận», kho «phải sửa»"),
    "findings removed": (
        lambda store: change(folder_of(store, "vu-htqt"), "findings", lambda rows: rows.clear()),
        "điểm cần xem «Hoạt động ngoài kỳ số liệu»: tệp gốc «có», kho «không có»",
    ),
    "two submissions swapped": (swap, "Số lượng: tệp gốc «3», kho «4»"),
    "a table removed with its line": (lambda store: (folder_of(store) / "budget.parquet").unlink(), "kho «không đọc được»"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_store_whose_hashes_are_all_made_anew_is_found_by_its_raw_files(store, name, capsys):
    forge, words = FORGERIES[name]
    forge(store)
    seal_anew(store)
    assert prove_store(store.folder).ok
    found = reread_store(store)
    assert any(words in one.message for one in found.mismatches), [one.message for one in found.mismatches]
    assert main(["store", "check", "--store", str(store.folder)]) == 0
    assert main(["store", "check", "--from-raw", "--store", str(store.folder)]) == 1
    assert words in capsys.readouterr().out


def test_a_sound_store_agrees_with_its_raw_files_and_all_values_are_counted(original):
    found = reread_store(original)
    assert (found.mismatches, found.submissions) == ((), 8)
    filled = 0
    for path in original.folder.glob("submissions/*/*/*/*.parquet"):
        if path.stem != "findings":
            rows = pl.read_parquet(path)
            filled += sum(rows[name].count() for name in rows.columns if not name.startswith("source_"))
    assert found.values == filled > 100


# The store made anew ------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [False, True])
def test_a_store_made_anew_is_the_same_to_the_byte_also_where_all_its_tables_were_lost(store, files_of, tmp_path, lost):
    before = files_of(store.folder)
    tables = [name for name in before if name.endswith(".parquet")]
    for name in tables if lost else ():
        (store.folder / name).unlink()
    made = rebuild_store(store, tmp_path / "kho mới")
    assert files_of(tmp_path / "kho mới") == before
    assert (made.reread.mismatches, made.reread.submissions, made.opened) == ((), 8, ())
    assert len(made.healed) == (len(tables) if lost else 0)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_forged_table_comes_out_as_the_raw_file_says_and_its_half_open(store, tmp_path, capsys):
    forge, words = FORGERIES["a value changed"]
    forge(store)
    seal_anew(store)
    out = tmp_path / "kho mới"
    assert main(["store", "rebuild", str(out), "--store", str(store.folder)]) == 1
    said = capsys.readouterr().out
    assert words in said
    assert "Số liệu 6 tháng cuối năm 2026: có tệp khác với lúc khóa" in said
    new = Store(out)
    assert new.read("workforce", "2026-H2").filter(unit_id="vu-tccb").collect()["staff_reached"].to_list() == [3]
    assert (prove_store(out).ok, reread_store(new).mismatches, set(new.locks)) == (True, (), {"2026-H1"})
    assert [event["action"] for event in read_locks(out)["2026-H2"].history] == ["lock", "unlock"]


def test_what_another_version_read_is_told_with_its_name_and_both_values(store, tmp_path):
    folder = folder_of(store)
    edit_receipt(folder, nq57kit_version="0.0.9")
    FORGERIES["a value changed"][0](store)
    seal_anew(store)
    (found,) = reread_store(store).mismatches
    assert found.message.endswith("kho «9»; tệp được nhận bằng nq57kit 0.0.9 nên có thể cách đọc đã khác.")
    rebuild_store(store, tmp_path / "mới")
    receipt = json.loads(next((tmp_path / "mới").glob(f"**/{folder.name}/receipt.json")).read_text(encoding="utf-8"))
    was = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
    assert receipt == was | {"nq57kit_version": receipt["nq57kit_version"]} != was  # read by this one; sent as before
    assert prove_store(tmp_path / "mới").ok  # the correction follows the new receipt


def test_it_is_not_made_over_files_in_itself_or_from_a_damaged_receipt_or_raw_file(store, tmp_path):
    (tmp_path / "đầy").mkdir()
    (tmp_path / "đầy" / "a.txt").write_text("x", encoding="utf-8")
    for out in (tmp_path / "đầy", store.folder, store.folder / "mới"):
        with pytest.raises(StoreError, match="chọn thư mục khác"):
            rebuild_store(store, out)
    raw = next((store.folder / "raw").glob("*/*"))
    for path in (raw, folder_of(store) / RECEIPT):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + b"x")
        with pytest.raises(StoreError, match=path.name):
            rebuild_store(store, tmp_path / "mới")
        path.write_bytes(content)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kho", "đầy"]


def test_a_submission_that_todays_reader_refuses_stops_it_with_the_reason(store, tmp_path, monkeypatch):
    from dataclasses import replace

    from nq57kit.store import rereading
    from nq57kit.submissions.findings import make_finding

    def stricter(paths, **options):
        error = make_finding("file-damaged", file="x")
        return [replace(one, findings=(*one.findings, error)) for one in check_many(paths, **options)]

    check_many = rereading.check_many
    monkeypatch.setattr(rereading, "check_many", stricter)
    with pytest.raises(StoreError, match="kết quả tiếp nhận: tệp gốc «phải sửa"):
        rebuild_store(store, tmp_path / "mới")
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["kho"]


def test_tables_written_by_another_library_and_findings_in_other_words_are_no_difference_and_locks_hold(
    store, tmp_path
):
    for path in sorted(store.folder.glob("submissions/*/unit_id=vu-htqt/*/*.parquet")):
        rows = pl.read_parquet(path)
        if path.stem == "findings":
            rows = rows.with_columns(message=pl.lit("Lời khác."))
        rows.write_parquet(path, compression="snappy")
    seal_anew(store)
    before = {name: dict(lock.files) for name, lock in read_locks(store.folder).items()}
    made = rebuild_store(store, tmp_path / "mới")
    assert (made.reread.mismatches, made.opened) == ((), ())
    assert {name: dict(lock.files) for name, lock in read_locks(tmp_path / "mới").items()} == before
    assert prove_store(tmp_path / "mới").ok


def test_contact_data_that_differ_are_told_without_their_values(store):
    change(folder_of(store), "cover", lambda rows: rows.with_columns(contact_phone=pl.lit("0911111111")))
    (found,) = reread_store(store).mismatches
    assert found.in_raw == found.in_store == "(thông tin liên hệ, không hiển thị)"
    assert "09" not in json.dumps(found.message)


def test_a_lock_compares_with_the_raw_files_and_says_how_much(store, original):
    event = read_locks(original.folder)["2026-H2"].history[-1]
    assert event["values_compared_with_raw"] > 50
    from nq57kit.store import unlock_period

    FORGERIES["a value changed"][0](store)
    seal_anew(store)
    unlock_period(store, H2, reason="Đính chính số liệu")
    with pytest.raises(StoreError, match=r"tệp gốc «3», kho «9».*store rebuild"):
        lock_period(store, H2)


# Whole years --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three_years(sample_folder, plan, tmp_path_factory):
    """Three synthetic years through real forms, all halves of the first two locked, a time corrected and one half opened."""
    from nq57kit.sample import make_sample
    from nq57kit.store import unlock_period

    folder = tmp_path_factory.mktemp("ba năm")
    store = Store.create(folder / "kho", plan=plan)
    ingest(sample_folder, store, plan=plan)
    for year in (2027, 2028):
        make_sample(folder / str(year), year=year, plan=plan)
        ingest(folder / str(year), store, plan=plan)
        lock_period(store, plan.period(str(year - 1)))
    unlock_period(store, plan.period("2027-H1"), reason="Đính chính số liệu")
    return store


@pytest.mark.slow  # three years of workbooks are written, read twice and reported on: 100 s
def test_a_three_year_store_made_anew_gives_the_same_tables_figures_and_pages(three_years, files_of, tmp_path):
    from nq57kit.reports import read_parameters, run_report

    assert len(three_years.snapshot().accepted()) > 300
    made = rebuild_store(three_years, tmp_path / "kho")
    assert (made.reread.mismatches, made.healed, made.opened) == ((), (), ())
    assert files_of(tmp_path / "kho") == files_of(three_years.folder)
    both = (three_years, Store(tmp_path / "kho"))
    for table in ("activities", "science_tasks", "workforce", "task_progress", "budget", "issues"):
        assert len({store.read(table, revisions="all").collect().hash_rows().sum() for store in both}) == 1
    for number, store in enumerate(both):
        for kind, when in (
            ("annual", {"year": 2027, "as_of": "2027-12-28"}),
            ("semiannual", {"period": "2028-H2", "as_of": "2028-12-28"}),
        ):
            run_report(read_parameters(kind, {"store": store.folder, **when}), tmp_path / str(number))
    pages = [
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir() if path.suffix in (".html", ".json")}
        for name in "01"
    ]
    assert pages[0] == pages[1]
    assert {"annual-2027.html", "annual-2027.json", "semiannual-2028-H2.html"} <= pages[0].keys()
    assert made.reread.submissions > 330
    assert made.reread.values > 45_000


@pytest.mark.slow  # the annual report of the sample, computed three times
def test_trace_shows_what_stands_in_the_raw_file_and_where_the_table_says_otherwise(
    sample_store, sample_reports, tmp_path, capsys
):
    shutil.copytree(sample_store.folder, tmp_path / "kho")
    store = Store(tmp_path / "kho")
    page = str(sample_reports / "annual-2026.html")
    where = ["trace", page, "kpis.staff_reached", "--store", str(store.folder)]
    assert main(where) == 0
    assert "KHÁC TỆP GỐC" not in capsys.readouterr().out
    folder = folder_of(store)
    was = pl.read_parquet(folder / "workforce.parquet")["staff_reached"].item()
    change(folder, "workforce", lambda rows: rows.with_columns(pl.col("staff_reached") + 20))
    seal_anew(store)
    assert main(where) == 1
    said = capsys.readouterr().out
    assert f"trang «Nhân lực», ô B6: kho «{was + 20}», tệp gốc «{was}»." in said
    assert said.count("KHÁC TỆP GỐC") == 1
