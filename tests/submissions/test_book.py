"""Files as they come: read once, within limits, or refused with one sentence."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from datetime import date

import pytest
import xlsxwriter

from nq57kit.submissions import check, package, sheetxml
from nq57kit.submissions.book import read_book
from nq57kit.submissions.cells import Book, Cell, column_letters, column_number
from nq57kit.submissions.findings import Finding
from nq57kit.submissions.package import RefusedFileError
from nq57kit.submissions.sheetxml import Styles


def rewrite(path, change=None, add=None, drop=()):
    """Rewrite the parts of a zip."""
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in drop:
                content = source.read(name)
                target.writestr(name, (change or {}).get(name, lambda text: text)(content))
        for name, content in (add or {}).items():
            target.writestr(name, content)
    return path


def refusal(path):
    found = read_book(path)
    assert isinstance(found, Finding), found
    assert found.severity == "error"
    assert found.cell is None
    assert found.message.endswith(".")
    submission = check(path)
    assert [one.code for one in submission.findings] == [found.code]
    assert submission.content == b""
    assert not submission.ok
    assert submission.is_empty
    assert all(frame.height == 0 for frame in submission.tables.values())
    return found.code


def test_bytes_and_hash_are_those_of_the_file(fill):
    path = fill()
    book = read_book(path)
    assert isinstance(book, Book)
    assert book.content == path.read_bytes()
    assert book.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (book.format, book.file) == ("xlsx", "bao-cao.xlsx")


def test_columns_count_as_spreadsheets_do():
    assert [column_letters(number) for number in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(column_number(column_letters(number)) == number for number in range(1, 2000))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"%PDF-1.7", "file-not-workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file-legacy-xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "file-encrypted"),
        (b"PK\x03\x04 hong", "file-damaged"),
    ],
)
def test_files_that_are_no_form_are_refused(tmp_path, content, code):
    path = tmp_path / "la.xlsx"
    path.write_bytes(content)
    assert refusal(path) == code


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path):
    assert refusal(tmp_path / "khong-co.xlsx") == "file-missing"
    assert refusal(tmp_path) == "folder-without-tables"


@pytest.mark.parametrize("kept", [10, 1000, -2000, -30])
def test_a_truncated_file_is_refused(fill, kept):
    path = fill()
    path.write_bytes(path.read_bytes()[:kept])
    assert refusal(path) == "file-damaged"


def test_macros_are_refused_whatever_the_name(fill):
    assert refusal(rewrite(fill(), add={"xl/vbaProject.bin": b"x"})) == "file-macros"


def test_another_zip_is_no_workbook(tmp_path):
    path = tmp_path / "anh.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a.txt", "x")
    assert refusal(path) == "file-not-workbook"


def test_an_encrypted_zip_member_is_refused(fill):
    path = fill()
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    path.write_bytes(content)
    assert refusal(path) == "file-encrypted"


def test_a_part_that_unpacks_to_too_much_is_refused(fill):
    blanks = b" " * (60 * 1024 * 1024)
    assert refusal(rewrite(fill(), {"xl/worksheets/sheet2.xml": lambda text: text + blanks})) == "file-too-big"


def test_a_declared_size_that_lies_is_no_way_around(fill):
    path = rewrite(fill(), {"xl/worksheets/sheet2.xml": lambda text: text + b" " * (60 * 1024 * 1024)})
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        if b"worksheets/sheet2.xml" in content[at : at + 80]:
            content[at + 24 : at + 28] = (5000).to_bytes(4, "little")
        at = content.find(b"PK\x01\x02", at + 4)
    path.write_bytes(content)
    assert refusal(path) in ("file-too-big", "file-damaged")


def test_entities_are_refused(fill):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'

    def put(text):
        return bomb + text.partition(b"?>")[2]

    for part in ("xl/worksheets/sheet3.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"):
        assert refusal(rewrite(fill(), {part: put})) == "file-unsafe"


def test_values_far_apart_are_refused(tmp_path):
    path = tmp_path / "xa.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Hoạt động")
        sheet.write(0, 0, 1)
        sheet.write(1_048_575, 16_383, 1)
    assert refusal(path) == "file-too-big"


def test_one_long_text_named_many_times_is_refused(tmp_path):
    path = tmp_path / "lap.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Hoạt động")
        for row in range(3000):
            sheet.write(row, 0, "x" * 32_000)
    assert refusal(path) == "file-too-big"


def test_external_links_are_told(fill):
    book = read_book(rewrite(fill(), add={"xl/externalLinks/externalLink1.xml": b"<x/>"}))
    assert isinstance(book, Book)
    assert [note.code for note in book.notes] == ["external-links"]


def test_errors_and_formulas_without_a_value_are_seen(tmp_path):
    path = tmp_path / "loi.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("A")
        sheet.write_formula("A1", "=1/0", None, "#DIV/0!")
        sheet.write_formula("B1", "=1+1", None, "")
        sheet.write_formula("C1", "=1+1", None, 2)
        sheet.write_number("D1", 0.85, book.add_format({"num_format": "0.0%"}))
        sheet.write_number("E1", 5, book.add_format({"num_format": '0"%"'}))
        sheet.write_boolean("F1", True)
        sheet.write_datetime("G1", date(2026, 5, 18), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_string("H1", " x\ny ")
    book = read_book(path)
    assert isinstance(book, Book)
    assert dict(book.sheets[0].rows[1]) == {
        1: Cell(1, 1, None, error="#DIV/0!"),
        2: Cell(1, 2, None, formula_without_value=True),
        3: Cell(1, 3, 2),
        4: Cell(1, 4, 0.85, number_format="0.0%"),
        5: Cell(1, 5, 5, number_format='0"%"'),
        6: Cell(1, 6, value=True),
        7: Cell(1, 7, date(2026, 5, 18), number_format="dd/mm/yyyy"),
        8: Cell(1, 8, " x\ny "),
    }


def test_a_formula_that_answers_with_empty_text_is_no_missing_value(fill):
    def put(text):
        return text.replace(b"</sheetData>", b'<row r="900"><c r="B900" t="str"><f>""</f><v></v></c></row></sheetData>')

    assert check(rewrite(fill(), {"xl/worksheets/sheet3.xml": put})).ok


def test_cells_without_an_address_are_counted_from_the_left(tmp_path):
    path = tmp_path / "khong-dia-chi.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("A").write(0, 0, 1)
    body = (
        b'<sheetData><row><c><v>1</v></c><c t="e"><v>#REF!</v></c></row><row><c t="e"><v>#N/A</v></c></row></sheetData>'
    )

    def put(text):
        return text[: text.index(b"<sheetData")] + body + text[text.index(b"<pageMargins") :]

    book = read_book(rewrite(path, {"xl/worksheets/sheet1.xml": put}))
    assert isinstance(book, Book)
    assert {cell.address: cell.error for cell in book.sheets[0].cells.values() if cell.error} == {
        "B1": "#REF!",
        "A2": "#N/A",
    }


def test_a_name_with_spaces_and_vietnamese_letters_is_opened(fill):
    assert check(fill(name="BC Đơn vị (bản cuối) sửa.xlsx")).ok


def test_csv_of_another_encoding_is_refused(tmp_path):
    (tmp_path / "activities.csv").write_bytes("Nhiệm vụ;Tên hoạt động".encode("utf-16"))
    assert refusal(tmp_path) == "csv-not-utf8"


def test_a_folder_is_packed_the_same_each_time_and_read_again_from_the_pack(tmp_path):
    folder = tmp_path / "don vi"
    folder.mkdir()
    (folder / "issues.csv").write_text('category,description\nkinh_phi,"a, b"\n', encoding="utf-8")
    (folder / "sent.csv").write_text("file,sent_at\n", encoding="utf-8")
    first, second = read_book(folder), read_book(folder)
    assert isinstance(first, Book)
    assert isinstance(second, Book)
    assert first.content == second.content
    assert first.sha256 == hashlib.sha256(first.content).hexdigest()
    assert [sheet.name for sheet in first.sheets] == ["issues"]
    packed = tmp_path / "luu.zip"
    packed.write_bytes(first.content)
    again = read_book(packed)
    assert isinstance(again, Book)
    assert again.sheets == first.sheets


@pytest.mark.slow  # LibreOffice starts
def test_libreoffice_saves_a_form_that_reads_the_same(fill, tmp_path, require_tool):
    path = fill()
    wanted = check(path)
    for kind in ("ods", "xlsx"):
        out = tmp_path / kind
        profile = f"-env:UserInstallation={(tmp_path / 'ho-so').as_uri()}"
        command = [require_tool("soffice"), profile, "--headless", "--convert-to", kind, "--outdir", out, path]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        read = check(out / f"bao-cao.{kind}")
        assert [one.message for one in read.findings] == []
        for table, frame in wanted.tables.items():
            assert read.tables[table].equals(frame), table


def test_an_encoding_that_nobody_knows_is_a_damaged_file(fill):
    def put(text):
        return text.replace(b"UTF-8", b"UTF-6")

    assert refusal(rewrite(fill(), {"xl/workbook.xml": put})) == "file-damaged"


def test_a_formula_behind_the_cells_is_none_of_theirs():
    content = b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><extLst><xm:f>B1</xm:f></extLst></worksheet>'
    assert sheetxml.scan_sheet(content, Styles(), sheetxml.Budget()).without_value == set()


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE a><worksheet/>", b"<worksheet><c></worksheet>", b"<worksheet>\xff</worksheet>"]
)
def test_a_part_that_is_not_well_formed_or_has_a_dtd_is_refused(content):
    with pytest.raises(RefusedFileError):
        sheetxml.scan_sheet(content, Styles(), sheetxml.Budget())


@pytest.mark.parametrize("depth", [2_000, 30_000])
def test_elements_within_elements_end_somewhere(depth):
    content = b"<a>" * depth + b"</a>" * depth
    if depth < package._MAX_DEPTH:
        package.parse_xml(content)
    else:
        with pytest.raises(RefusedFileError):
            package.parse_xml(content)
