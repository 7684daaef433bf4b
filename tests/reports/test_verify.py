"""Reports verified: untouched, edited, of a store that has changed, under another plan, text or library."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from importlib import metadata, resources
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import openpyxl
import polars as pl
import pytest

from nq57kit.plan import load_plan
from nq57kit.reports import read_parameters, run_report, verify_report
from nq57kit.reports.report import read_basis
from nq57kit.reports.verify import describe_differences
from nq57kit.store import Pins, Store, ingest, lock_period, unlock_period
from nq57kit.store.folder import write_sums
from nq57kit.store.locks import shorten_seal

pytestmark = pytest.mark.slow  # each report is made anew to be verified

ROOT = Path(__file__).resolve().parents[2]
UNIT, STEM = "vu-tccb", "unit-2026-H2-vu-tccb"
SENT = datetime(2026, 12, 22, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def kinds(found) -> set[str]:
    return {cause.kind for cause in found.causes}


@pytest.fixture(scope="module")
def kept(sample_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one scorecard in every form, as it was made when nothing had happened yet."""
    out = tmp_path_factory.mktemp("giữ lại") / "phiếu"
    run_report(parameters(sample_store), out, also=("docx", "xlsx"))
    return out


def parameters(store: Store, **words):
    values = {"store": store.folder, "period": "2026-H2", "unit_id": UNIT, "as_of": "2026-12-25", **words}
    return read_parameters("unit", values)


@pytest.fixture
def store(sample_store: Store, tmp_path: Path) -> Store:
    """A copy of the sample's store, to be changed."""
    shutil.copytree(sample_store.folder, tmp_path / "kho khác")
    return Store(tmp_path / "kho khác")


@pytest.mark.parametrize("ending", ["html", "docx", "xlsx", "json"])
def test_an_untouched_report_matches_from_a_copy_of_the_store(kept: Path, store: Store, ending: str) -> None:
    found = verify_report(kept / f"{STEM}.{ending}", store.folder)
    assert (found.ok, found.causes, found.differences, found.notes) == (True, (), (), ())
    assert (found.kind, found.period, found.as_of) == ("unit", "2026-H2", "2026-12-25")


def test_the_list_of_products_beside_a_report_is_verified_as_a_part_of_it(sample_store: Store, tmp_path: Path) -> None:
    values = {"store": sample_store.folder, "period": "2026-H2", "as_of": "2026-12-25"}
    run_report(read_parameters("semiannual", values), tmp_path)
    page = tmp_path / "catalogue-2026-H2.html"
    assert verify_report(page, sample_store.folder).ok
    text = page.read_text(encoding="utf-8")
    assert text.count('<a href="https://vidu.example') > 300
    page.write_text(text.replace("https://vidu.example", "https://evil.example", 1), encoding="utf-8")
    assert kinds(verify_report(page, sample_store.folder)) == {"report"}
    page.write_text(text.replace('"file":"catalogue-2026-H2.html"', '"file":"x.html"'), encoding="utf-8")
    found = verify_report(page, sample_store.folder)
    assert kinds(found) == {"code"}
    assert "không có tệp «x.html»" in found.causes[0].message


def test_it_matches_though_newer_revisions_came_and_the_half_was_locked_which_is_noted(
    kept: Path, store: Store, sample_folder: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(sample_folder / "2026-H2" / f"NQ57_2026-H2_{UNIT}.xlsx")
    book["Nhân lực"]["B6"].value = 1
    book.save(tmp_path / "đính chính.xlsx")
    taken = ingest(tmp_path / "đính chính.xlsx", store, sent_at=SENT, now=SENT)
    assert [result.outcome for result in taken.results] == ["accepted"]
    lock_period(store, load_plan().period("2026-H2"))
    found = verify_report(kept / f"{STEM}.html", store.folder)
    assert found.ok
    notes = "\n".join(found.notes)
    assert "1 bản gửi trong thời hạn chốt số liệu mà báo cáo chưa đọc" in notes
    assert "Kỳ 2026-H2 đã khóa số liệu sau khi lập báo cáo này" in notes


@pytest.mark.parametrize(
    "pattern",
    [
        "raw/*/{sha}.xlsx",
        "submissions/*/unit_id=vu-tccb/submission={short}/workforce.parquet",
        "submissions/*/unit_id=vu-tccb/*/receipt.json",
    ],
)
def test_one_changed_byte_of_a_stored_file_is_a_cause_in_the_data(kept: Path, store: Store, pattern: str) -> None:
    sha = next(one.sha256 for one in store.snapshot().accepted("2026-H2") if one.unit_id == UNIT)
    path = next(store.folder.glob(pattern.format(sha=sha, short=sha[:16])))
    content = path.read_bytes()
    at = content.index(b'"nq57kit_version": "') + 20 if path.suffix == ".json" else len(content) // 2
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    found = verify_report(kept / f"{STEM}.html", store.folder)
    assert not found.ok
    assert kinds(found) == {"data"}
    assert any(path.name in cause.message for cause in found.causes)


def test_a_time_of_sending_that_was_corrected_since_is_a_cause_in_the_data(kept: Path, store: Store) -> None:
    path = next(store.folder.glob("submissions/period=2026-H2/unit_id=vu-tccb/*/receipt.json"))
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(values | {"sent_at": "2026-12-21T08:00:00+07:00"}), encoding="utf-8")
    found = verify_report(kept / f"{STEM}.html", store.folder)
    assert kinds(found) == {"data"}
    assert any("Giấy tiếp nhận" in cause.message for cause in found.causes)
    assert any("2026" in place for place in found.differences)


def test_a_submission_that_is_gone_is_named(kept: Path, store: Store) -> None:
    shutil.rmtree(next(store.folder.glob("submissions/period=2026-H2/unit_id=vu-tccb")))
    found = verify_report(kept / f"{STEM}.docx", store.folder)
    assert kinds(found) == {"data"}
    assert "vu-tccb 2026-H2" in found.causes[0].message


def copy_plan(folder: Path, file: str, old: str, new: str) -> Path:
    with resources.as_file(resources.files("nq57kit.plan") / "data") as data:
        shutil.copytree(data, folder)
    text = (folder / file).read_text(encoding="utf-8-sig")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("settings.toml", "first_accepted", "latest_accepted", "thiết lập của kế hoạch"),
        ("units.csv", "Vụ Tổ chức cán bộ", "Vụ Tổ chức - Cán bộ", "bảng kế hoạch"),
    ],
)
def test_another_plan_or_other_settings_are_a_cause(
    *, kept: Path, store: Store, tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    plan = copy_plan(tmp_path / "ke-hoach", file, old, new)
    found = verify_report(kept / f"{STEM}.html", store.folder, plan=plan)
    assert kinds(found) == {"plan"}
    assert words in found.causes[0].message


def edit_page(content: bytes) -> bytes:
    """Change one letter of a sentence in the first section that names the unit."""
    text = content.decode("utf-8")
    at = text.index("Vụ Tổ chức cán bộ", text.index("<h2"))
    return (text[:at] + "Vụ Tổ chức cán bô" + text[at + 17 :]).encode("utf-8")


def edit_document(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "word/document.xml":
                assert b"T\xc3\xb3m t\xe1\xba\xaft" in data
                data = data.replace("Tóm tắt".encode(), b"Tom tat", 1)
            new.writestr(entry, data)
    return stream.getvalue()


def edit_workbook(content: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[1]
    sheet["B2"].value = "123456"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def edit_results(content: bytes) -> bytes:
    values = json.loads(content)
    values["completeness"]["numerator"] += 5
    return (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


@pytest.mark.parametrize(
    ("ending", "edit", "where"),
    [
        ("html", edit_page, "Vụ Tổ chức cán bô"),
        ("docx", edit_document, "trong tệp «Tom tat»"),
        ("xlsx", edit_workbook, "ô B2: trong tệp «123456»"),
        ("json", edit_results, "completeness.numerator: trong tệp «6», lập lại «1»"),
    ],
)
def test_an_edited_report_does_not_match_and_the_place_is_told(
    *, kept: Path, store: Store, tmp_path: Path, ending: str, edit: Callable[[bytes], bytes], where: str
) -> None:
    path = tmp_path / f"đã sửa.{ending}"
    path.write_bytes(edit((kept / f"{STEM}.{ending}").read_bytes()))
    found = verify_report(path, store.folder)
    assert kinds(found) == {"report"}
    assert where in "\n".join(found.differences)


def test_another_version_is_a_cause_only_where_a_byte_differs_and_only_if_it_can_change_one(
    store: Store, tmp_path: Path
) -> None:
    """Distributions of another version really stand on the path of the process that makes the report."""
    site = tmp_path / "site"
    for name in ("mistune", "scrapbook", "xlsxwriter"):
        info = site / f"{name}-0.99.0.dist-info"
        info.mkdir(parents=True)
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.99.0\n", encoding="utf-8"
        )
    command = [
        "report",
        "unit",
        "2026-H2",
        "--unit",
        UNIT,
        "--as-of",
        "2026-12-25",
        "--store",
        store.folder,
        "--out",
        tmp_path / "ra",
    ]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-m", "nq57kit", *map(str, command)],
        env=surroundings,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    path = tmp_path / "ra" / f"{STEM}.html"
    found = verify_report(path, store.folder)
    assert found.ok
    (note,) = found.notes
    for name in ("mistune", "scrapbook", "xlsxwriter"):
        assert f"{name} 0.99.0 (ở đây {metadata.version(name)})" in note
    path.write_bytes(path.read_bytes().replace("Tóm tắt".encode(), "Tóm lược".encode()))
    found = verify_report(path, store.folder)
    assert kinds(found) == {"versions"}
    assert "mistune 0.99.0" in found.causes[0].message
    assert "scrapbook" not in found.causes[0].message
    assert "xlsxwriter" not in found.causes[0].message


def test_a_report_with_a_persons_text_carries_it_and_tells_another(store: Store, tmp_path: Path) -> None:
    text = tmp_path / "nhận xét.md"
    text.write_text("# Nhận xét chung\nA\n", encoding="utf-8")
    run_report(parameters(store, commentary=text), tmp_path / "ra")
    path = tmp_path / "ra" / f"{STEM}.html"
    text.unlink()
    assert verify_report(path, store.folder).ok
    (tmp_path / "nq57.toml").write_text('commentary = "khác.md"', encoding="utf-8")
    other = tmp_path / "khác.md"
    other.write_text("# Nhận xét chung\nB\n", encoding="utf-8")
    assert verify_report(path, store.folder).ok
    found = verify_report(path, store.folder, commentary=other)
    assert kinds(found) == {"parameters"}
    assert "trong tệp «A», lập lại «B»" in "\n".join(found.differences)


def test_an_official_report_matches_though_its_half_was_opened_again(store: Store, tmp_path: Path) -> None:
    half = load_plan().period("2026-H2")
    lock_period(store, half)
    run_report(parameters(store), tmp_path / "ra")
    path = tmp_path / "ra" / f"{STEM}.html"
    assert "Số liệu chính thức" in path.read_text(encoding="utf-8")
    assert not json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["provisional"]
    unlock_period(store, half, reason="Đơn vị đính chính số liệu")
    found = verify_report(path, store.folder)
    assert found.ok
    assert found.notes == ("Kỳ 2026-H2 đã được mở khóa hoặc khóa lại sau khi lập báo cáo này.",)


def test_a_notebook_of_ones_own_is_told_apart(kept: Path, store: Store, tmp_path: Path) -> None:
    from nq57kit.reports import find_notebook

    own = tmp_path / "notebooks"
    own.mkdir()
    source = find_notebook("unit")
    text = source.read_text(encoding="utf-8")
    (own / source.name).write_text(text.replace("## Tóm tắt", "## Tóm lược"), encoding="utf-8")
    found = verify_report(kept / f"{STEM}.html", store.folder, notebooks=own)
    assert kinds(found) == {"notebook"}


@pytest.mark.parametrize("ending", ["html", "docx", "xlsx", "json"])
def test_files_that_cannot_be_compared_are_told_as_such(ending: str) -> None:
    assert describe_differences(b"x", b"x", ending) == []
    assert len(describe_differences(b"\xff", b"x", ending)) == 1


def test_an_official_report_needs_the_lock_that_it_names(store: Store, sample_store: Store, tmp_path: Path) -> None:
    half = load_plan().period("2026-H2")
    _, lock = lock_period(store, half)
    run_report(parameters(store), tmp_path / "out", also=("docx",))
    page = (tmp_path / "out" / f"{STEM}.html").read_text(encoding="utf-8")
    assert f"{half.label}, mã khóa {shorten_seal(lock.seal)}" in page
    assert (
        json.loads((tmp_path / "out" / f"{STEM}.json").read_text(encoding="utf-8"))["provenance"]["locks"]["2026-H2"]
        == lock.seal
    )
    for ending in ("html", "docx"):
        assert verify_report(tmp_path / "out" / f"{STEM}.{ending}", store.folder).ok
    found = verify_report(tmp_path / "out" / f"{STEM}.html", sample_store.folder)  # the same bytes, never locked
    assert (found.ok, kinds(found), found.differences) == (False, {"lock"}, ())
    assert shorten_seal(lock.seal) in found.causes[1].message
    (store.folder / "locks" / "2026-H2.json").unlink()  # removed, and locked anew at another time
    lock_period(store, half, now=SENT)
    assert [cause.kind for cause in verify_report(tmp_path / "out" / f"{STEM}.html", store.folder).causes] == ["lock"]


def test_a_forged_store_is_told_by_the_lock_that_a_report_names_and_else_by_the_raw_files(
    store: Store, sample_store: Store, tmp_path: Path
) -> None:
    path = next(store.folder.glob(f"submissions/period=2026-H2/unit_id={UNIT}/*/workforce.parquet"))

    def forge() -> None:
        """A figure changed and the sums made anew, so that the submission proves itself."""
        pl.read_parquet(path).with_columns(pl.col("staff_reached") + 1).write_parquet(path)
        (path.parent / "SHA256SUMS").unlink()
        write_sums(path.parent)

    forge()
    run_report(parameters(store), tmp_path)
    assert verify_report(tmp_path / f"{STEM}.html", store.folder).ok
    (cause,) = verify_report(tmp_path / f"{STEM}.html", store.folder, from_raw=True).causes
    assert "ô B6" in cause.message
    shutil.rmtree(path.parent)
    shutil.copytree(sample_store.folder / path.parent.relative_to(store.folder), path.parent)
    lock_period(store, load_plan().period("2026-H2"))
    forge()
    run_report(parameters(store), tmp_path)
    told = verify_report(tmp_path / f"{STEM}.html", store.folder).causes
    assert {cause.kind for cause in told} == {"data"}
    assert any("workforce.parquet» khác với lúc khóa kỳ 2026-H2" in cause.message for cause in told)


def test_a_report_that_leaves_out_units_that_the_store_has_does_not_match_and_names_them(
    store: Store, sample_store: Store, tmp_path: Path
) -> None:
    for unit in ("vu-pc", "vu-khcn"):
        shutil.rmtree(store.folder / "submissions" / "period=2026-H2" / f"unit_id={unit}")
    run_report(parameters(store), tmp_path)
    assert verify_report(tmp_path / f"{STEM}.html", store.folder).ok
    found = verify_report(tmp_path / f"{STEM}.html", sample_store.folder)
    assert not found.ok
    (cause,) = found.causes
    assert "thiếu số liệu kỳ 2026-H2 của 2 đơn vị" in cause.message
    assert "Vụ KHCN, Vụ PC" in cause.message


def test_a_report_that_reads_less_than_its_lock_held_does_not_match(store: Store, tmp_path: Path) -> None:
    lock_period(store, load_plan().period("2026-H2"))
    view = store.official()
    less = tuple(one.place for one in view.accepted() if (one.unit_id, one.period) != ("vu-pc", "2026-H2"))
    pins = Pins(less, tuple(one.place for one in view.refused()), store.locks)
    run_report(parameters(store), tmp_path, basis=read_basis(parameters(store), pins=pins))
    (cause,) = verify_report(tmp_path / f"{STEM}.html", store.folder).causes
    assert "thiếu số liệu kỳ 2026-H2 của 1 đơn vị mà lần khóa mang mã" in cause.message
    assert "Vụ PC" in cause.message


@pytest.mark.parametrize("at", [0, 1, 1_000, 1_001, 4_321, 5_999])
def test_the_place_is_named_in_a_large_file_too(at: int) -> None:
    lines = [
        f"<h2>Mục {number // 1000}</h2>" if number % 1000 == 0 else f"<p>dòng {number}</p>" for number in range(6_001)
    ]
    page = "<body>" + "\n".join(lines)
    other = "<body>" + "\n".join([*lines[:at], "<p>thêm</p>", *lines[at:]])
    section = f"Mục «Mục {(at - 1) // 1000}»" if at else "Phần đầu"
    assert describe_differences(page.encode(), other.encode(), "html") == [f"{section}: trong tệp «», lập lại «thêm»"]
    assert describe_differences(other.encode(), page.encode(), "html") == [f"{section}: trong tệp «thêm», lập lại «»"]
    changed = page.replace("dòng 5555", "dòng khác")
    assert describe_differences(changed.encode(), page.encode(), "html") == [
        "Mục «Mục 5»: trong tệp «dòng khác», lập lại «dòng 5555»"
    ]


def test_several_places_are_named_in_their_order_and_a_long_run_is_one_of_them() -> None:
    lines = [
        f"<h2>Mục {number // 100}</h2>" if number % 100 == 0 else f"<p>dòng {number}</p>" for number in range(50_000)
    ]
    kept = list(lines)
    kept[49_950] = "<p>sửa cuối</p>"
    kept[20_050] = "<p>sửa giữa</p>"
    del kept[10_010:13_010]
    made = ["<body>" + "\n".join(one) for one in (kept, lines)]
    first, second, third = describe_differences(*(one.encode() for one in made), "html")
    assert first.startswith("Mục «Mục 100»: trong tệp «», lập lại «dòng 10010 dòng 10011")
    assert second == "Mục «Mục 200»: trong tệp «sửa giữa», lập lại «dòng 20050»"
    assert third == "Mục «Mục 499»: trong tệp «sửa cuối», lập lại «dòng 49950»"


def test_texts_that_have_nothing_in_common_are_compared_in_time_and_from_their_first_line() -> None:
    made = ["<body>" + "\n".join(f"<p>{word} {number}</p>" for number in range(100_000)) for word in ("a", "b")]
    begun = time.monotonic()
    found = describe_differences(*(one.encode() for one in made), "html")
    assert time.monotonic() - begun < 20
    assert found[0].startswith("Phần đầu: trong tệp «a 0 a 1")


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_a_part_that_was_added_is_named_and_a_macro_is_called_one(ending):
    made, kept = io.BytesIO(), io.BytesIO()
    (docx.Document() if ending == "docx" else openpyxl.Workbook()).save(made)
    kept.write(made.getvalue())
    with zipfile.ZipFile(kept, "a") as target:
        target.writestr("word/vbaProject.bin", b"x")
    told = describe_differences(kept.getvalue(), made.getvalue(), ending)
    assert told == ["Phần «word/vbaProject.bin» được thêm vào tệp (macro)"]
