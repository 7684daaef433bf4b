from __future__ import annotations

import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.errors import ParameterError, StoreError
from nq57kit.store import parse_sent_at
from nq57kit.store.arrivals import find_submissions, name_key, read_sent_file, recognise_sender
from nq57kit.store.receipts import HANOI


def sent(folder, text, encoding="utf-8"):
    (folder / "sent.csv").write_bytes(text.encode(encoding))
    return read_sent_file(folder)


@given(st.datetimes(timezones=st.just(HANOI), allow_imaginary=False).map(lambda t: t.replace(microsecond=0, fold=0)))
def test_both_forms_of_a_time_name_the_same_moment(moment):
    if moment.year < 1900:  # before the zone has whole minutes
        moment = moment.replace(year=1976)
    assert parse_sent_at(moment.isoformat()) == moment
    written = f"{moment.day}/{moment.month:02d}/{moment.year:04d} {moment.hour}:{moment.minute:02d}:{moment.second:02d}"
    assert parse_sent_at(written) == moment


@pytest.mark.parametrize(
    "text",
    ["", "19/06/2026", "06/19/2026 10:00", "31/02/2026 10:00", "2026-06-19T23:59", "19/06/2026 24:00", "hôm qua", "2026-06-19",
     "19/06/26 10:00", "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_a_time_that_would_have_to_be_guessed_is_refused_with_both_forms(text):
    with pytest.raises(ParameterError, match=r"ghi theo mẫu 2026-06-19T23:59:00\+07:00 hoặc 19/06/2026 23:59"):
        parse_sent_at(text)


def test_no_file_is_no_table(tmp_path):
    assert read_sent_file(tmp_path) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_files_as_excel_saves_them_are_read(tmp_path, encoding, mark, line):
    rows = [("file", "sent_at", "reference_number"), ("a.xlsx", "19/06/2026 23:59", "Số 12/BC-GL"), ("", "", "")]
    found = sent(tmp_path, line.join(mark.join(row) for row in rows) + line, encoding)
    (row,) = found.values()
    assert (row.file, row.sent_at.isoformat(), row.reference_number) == (
        "a.xlsx",
        "2026-06-19T23:59:00+07:00",
        "Số 12/BC-GL",
    )


def test_columns_may_stand_in_any_order_and_others_are_passed_over(tmp_path):
    found = sent(tmp_path, "sent_at,người gửi,FILE\n19/06/2026 8:00,x,a.xlsx\n")
    assert found[name_key("A.xlsx")].reference_number is None


def test_a_file_with_its_name_in_another_unicode_form_is_the_same_file():
    import unicodedata

    assert name_key(unicodedata.normalize("NFD", "Vụ Tổ chức.xlsx")) == name_key("vụ tổ chức.xlsx")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tệp,lúc\na,b\n", "dòng 1: thiếu tên cột; dòng đầu ghi đúng các cột: file, sent_at, reference_number"),
        ("file,sent_at\na.xlsx,19/06/2026\n", "dòng 2, cột sent_at: «19/06/2026» không phải"),
        ("file,sent_at\n\na.xlsx,\n", "dòng 3, cột sent_at: «»"),
        ("file,sent_at\n,19/06/2026 10:00\n", "dòng 2: cột file để trống"),
        ("file,sent_at\na.xlsx,19/06/2026 10:00\nA.xlsx,20/06/2026 10:00\n", "dòng 3: tệp «A.xlsx» đã có"),
        ("file,sent_at\na.xlsx,19/06/2026 10:00,x\n", "dòng 2: có 3 ô, nhiều hơn 2 cột"),
    ],
)
def test_a_wrong_row_is_one_sentence_with_file_and_line(tmp_path, text, sentence):
    with pytest.raises(StoreError) as caught:
        sent(tmp_path, text)
    assert sentence in str(caught.value)
    assert "sent.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_alphabet_is_told_with_the_way_to_save_it(tmp_path):
    with pytest.raises(StoreError, match="CSV UTF-8"):
        sent(tmp_path, "file,sent_at\nSố.xlsx,19/06/2026 10:00\n", "utf-16")


@pytest.mark.parametrize(
    ("path", "unit_id", "period"),
    [
        ("NQ57_2026-H2_vien-vafs.pdf", "vien-vafs", "2026-H2"),
        ("NQ57_2026-H1_vu-pc (1).xls", "vu-pc", "2026-H1"),
        ("Copy of NQ57_2026-H2_vu-pc.numbers", "vu-pc", "2026-H2"),
        ("Báo cáo 6 tháng cuối năm 2026 - Vụ Pháp chế.docx", "vu-pc", "2026-H2"),
        (unicodedata.normalize("NFD", "Báo cáo_Vụ Pháp chế_scan.pdf"), "vu-pc", None),
        ("nhan-ve/2026-H2/Vụ Pháp chế/scan0001.pdf", "vu-pc", "2026-H2"),
        ("nhan-ve/2026-H1/Vụ Pháp chế/Vụ Tổ chức cán bộ.pdf", "vu-tccb", "2026-H1"),
        ("Cục QLĐĐ.pdf", None, None),  # could be two units
        ("scan.pdf", None, None),
        ("2025-H1 Vụ Pháp chế.pdf", "vu-pc", None),  # before the plan
    ],
)
def test_who_sent_a_file_is_known_by_names_of_the_register_alone(plan, path, unit_id, period):
    assert recognise_sender(Path(path), plan) == (unit_id, period)


def test_a_zip_is_opened_one_level_and_nothing_is_unpacked(tmp_path):
    inner = tmp_path / "trong.zip"
    with zipfile.ZipFile(inner, "w") as target:
        target.writestr("c.xlsx", b"x")
    names = {
        "báo cáo.zip": ["a.xlsx", "Vụ Pháp chế/b.pdf", "~$a.xlsx", "__MACOSX/._a.xlsx", "trong.zip"],
        "bảng.zip": ["activities.csv", "cover.csv"],
        "ra ngoài.zip": ["../a.xlsx"],
        "nhiều.zip": [f"{number}.xlsx" for number in range(400)],
    }
    for name, members in names.items():
        with zipfile.ZipFile(tmp_path / name, "w") as target:
            for member in members:
                target.writestr(member, inner.read_bytes() if member == "trong.zip" else b"x")
    inner.unlink()
    (tmp_path / "hỏng.zip").write_bytes(b"PK\x03\x04")
    passed = []
    found = find_submissions([tmp_path], passed=passed)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in found) == [
        "báo cáo.zip/Vụ Pháp chế/b.pdf", "báo cáo.zip/a.xlsx", "báo cáo.zip/trong.zip", "bảng.zip", "hỏng.zip", "nhiều.zip", "ra ngoài.zip",
    ]  # fmt: skip
    assert len(passed) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "hỏng.zip"])
