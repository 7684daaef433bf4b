"""Cases about files: formats, the folder of .csv, files that are refused whole (contract §3)."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from fixture_forms import (
    ACTIVITIES as A,
)
from fixture_forms import (
    BUDGET as B,
)
from fixture_forms import (
    HEADERS,
    NONE,
    TABLES,
    Case,
    Form,
    Formula,
    Percent,
    Sheet,
    bent,
    changed,
    error,
    make_form,
    note,
    pack,
    refused,
    squeeze,
    write_xlsx,
)
from fixture_forms import (
    PROGRESS as P,
)
from fixture_forms import (
    SCIENCE as S,
)
from fixture_forms import (
    WORKFORCE as W,
)

Members = dict[str, bytes]
CSV_FOLDER = "bao-cao"
READ = {
    f"{A}!5!name": "Hội nghị phổ biến Kế hoạch",
    f"{A}!5!started_on": date(2026, 8, 18),
    f"{A}!5!cost_vnd": 15_000_000,
    f"{S}!5!state_funded": True,
    f"{P}!5!percent_complete": 62.5,
    f"{W}!5!staff_total": 80,
}


# ------------------------------------------------------------------------------- other programs


def _convert(content: bytes, suffix: str) -> bytes:
    """Return an .xlsx as LibreOffice saves it in another format."""
    office = shutil.which("soffice")
    if office is None:
        raise RuntimeError("LibreOffice (soffice) is needed for this case")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        (folder / "in" / "a.xlsx").write_bytes(content)
        command = [
            office,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            suffix,
        ]
        command += ["--outdir", str(folder), str(folder / "in" / "a.xlsx")]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return (folder / f"a.{suffix}").read_bytes()


def from_office(suffix: str, bend: Callable[[Form], None] | None = None) -> Callable[[], bytes]:
    """Return what makes the form and has LibreOffice save it."""

    def make() -> bytes:
        content = _convert(bent(bend)(), suffix)
        return content if suffix == "xls" else squeeze(content, _without_pictures)

    return make


#: How the form is read and written by libraries of Node, by name; `npm install xlsx exceljs` in the folder NODE_PATH.
_NODE = {
    "sheetjs": "const X = require('xlsx'); X.writeFile(X.readFile('a.xlsx', {cellStyles: true, cellNF: true}), 'b.xlsx')",
    "exceljs": "const b = new (require('exceljs').Workbook)(); b.xlsx.readFile('a.xlsx').then(() => b.xlsx.writeFile('b.xlsx'))",
}


def from_node(library: str) -> Callable[[], bytes]:
    """Return what makes the form and has a library of Node read and write it."""

    def make() -> bytes:
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "a.xlsx").write_bytes(bent()())
            subprocess.run(["node", "-e", _NODE[library]], cwd=name, check=True, capture_output=True, timeout=60)
            return squeeze((Path(name) / "b.xlsx").read_bytes())

    return make


def _without_pictures(members: Members) -> None:
    """Leave out the thumbnail, which the manifest need not name."""
    for name in [name for name in members if name.startswith("Thumbnails/")]:
        del members[name]


def _encrypt() -> bytes:
    """Return the form with a password to open it (needs msoffcrypto-tool)."""
    from msoffcrypto.format.ooxml import OOXMLFile

    target = io.BytesIO()
    OOXMLFile(io.BytesIO(bent()())).encrypt("giả lập", target)
    return target.getvalue()


def _hidden_things(form: Form) -> None:
    form[A].cells["G5"] = Formula("=1/0", "#DIV/0!")
    form[P].cells["C5"] = Percent(0.85)
    form[A].hidden_rows.append(6)
    form[A].merged.append(("A1:L1", "HOẠT ĐỘNG TRUYỀN THÔNG"))
    form[B].hidden = True


def _marked_page(form: Form) -> None:
    form[S].cells["B5"] = "Đề tài giả lập X"
    form[S].page_header = "&CMẬT"


def _marked_properties(parts: Members) -> None:
    parts["docProps/custom.xml"] = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="Nhãn"><vt:lpwstr>Tuyệt mật</vt:lpwstr>'
        "</property></Properties>"
    ).encode()


_OFFICE = [
    Case("ods-from-libreoffice", "Biểu lưu thành .ods bằng LibreOffice.", from_office("ods"), values=READ, file="bao-cao.ods", needs_tool=True),
    Case(
        "ods-with-what-readers-hide",
        "Trong .ods: ô lỗi, phần trăm, dòng ẩn, ô gộp, trang ẩn.",
        from_office("ods", _hidden_things),
        (error("cell-error", f"{A}!G5", "quantity"), note("rows-hidden", A), note("title-merged", A), note("sheet-hidden", B)),
        {"activities": (2, 1, 1, 0)},
        {f"{P}!5!percent_complete": 85.0},
        file="bao-cao.ods",
        needs_tool=True,
    ),
    Case(
        "secret-in-an-ods-page-header",
        "Đầu trang của .ods in chữ MẬT.",
        from_office("ods", _marked_page),
        (error("secret", "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"),),
        NONE,
        unit_id=None,
        period=None,
        secret=("Đề tài giả lập X",),
        file="bao-cao.ods",
        needs_tool=True,
    ),
    Case(
        "secret-as-an-ods-comment",
        "Ghi chú của ô trong .ods chỉ có chữ MẬT.",
        from_office("ods", lambda form: form[S].comments.update({"B5": "MẬT"})),
        (error("secret", "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"),),
        NONE,
        unit_id=None,
        period=None,
        file="bao-cao.ods",
        needs_tool=True,
    ),
    Case(
        "secret-in-the-files-properties",
        "Thuộc tính của tệp ghi «Tuyệt mật».",
        changed(_marked_properties),
        (error("secret", "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"),),
        NONE,
        unit_id=None,
        period=None,
    ),
    Case("xlsx-from-libreoffice", "Biểu mở và lưu lại bằng LibreOffice.", from_office("xlsx"), values=READ, needs_tool=True),
    Case("xlsx-from-sheetjs", "Biểu đọc và ghi lại bằng SheetJS.", from_node("sheetjs"), values=READ, needs_tool=True),
    Case("xlsx-from-exceljs", "Biểu đọc và ghi lại bằng exceljs.", from_node("exceljs"), values=READ, needs_tool=True),
    Case("legacy-xls", "Tệp .xls kiểu cũ.", from_office("xls"), file="bao-cao.xls", needs_tool=True, says=(".xlsx",), **refused("file-legacy-xls")),
    Case("legacy-xls-under-another-name", "Đầu của một tệp .xls, đổi đuôi thành .xlsx.", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), **refused("file-legacy-xls")),
    Case("encrypted", "Tệp .xlsx đặt mật khẩu mở.", _encrypt, needs_tool=True, says=("mật khẩu",), **refused("file-encrypted")),
]  # fmt: skip


# ------------------------------------------------------------------------------- folders of .csv


def _as_text(value: Any) -> str:
    if isinstance(value, date):
        return f"{value.day}/{value.month}/{value.year}"
    return "" if value is None else str(value).replace(".", ",") if isinstance(value, float) else str(value)


def _csv(
    delimiter: str = ",", *, bom: bool = False, encoding: str = "utf-8", cells: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """Return the form as files `<table>.csv`: a header and its rows, or lines of label and value."""
    form = make_form()
    for place, value in (cells or {}).items():
        sheet, _, cell = place.partition("!")
        form[sheet].cells[cell] = value
    files = {}
    for sheet, table in TABLES.items():
        first, width = (4, len(HEADERS[sheet])) if sheet in HEADERS else (5, 2)
        last = max(int(place.lstrip("ABCDEFGHIJKLMN")) for place in form[sheet].cells)
        target = io.StringIO(newline="")
        writer = csv.writer(target, delimiter=delimiter, lineterminator="\r\n")
        for row in range(first, last + 1):
            writer.writerow([_as_text(form[sheet].cells.get(f"{chr(65 + column)}{row}")) for column in range(width)])
        files[f"{table}.csv"] = (b"\xef\xbb\xbf" if bom else b"") + target.getvalue().encode(encoding, "replace")
    return files


def folder(name: str, why: str, make: Callable[[], dict[str, bytes]], *found: Any, **rest: Any) -> Case:
    """A folder of .csv."""
    return Case(name, why, make, found, file=CSV_FOLDER, **rest)


def _csv_read(row: int) -> dict[str, Any]:
    return {
        f"{A}!{row}!started_on": date(2026, 8, 18),
        f"{P}!{row}!percent_complete": 62.5,
        f"{A}!{row}!channel": "truc_tiep",
    }


_CSV = [
    folder("csv-with-commas", "Thư mục .csv UTF-8, dấu phẩy.", _csv, values=_csv_read(2)),
    folder("csv-with-semicolons-and-bom", "Thư mục .csv của Excel tiếng Việt: dấu chấm phẩy, BOM.", lambda: _csv(";", bom=True), values=_csv_read(2)),
    folder("csv-with-tabs", "Thư mục .csv phân tách bằng tab.", lambda: _csv("\t"), values=_csv_read(2)),
    folder("csv-with-line-breaks-in-quotes", "Xuống dòng trong dấu ngoặc kép.", lambda: _csv(cells={f"{A}!B5": 'Hội nghị\n"phổ biến"'}), values={f"{A}!2!name": 'Hội nghị "phổ biến"', f"{A}!3!quantity": 2}),
    folder("csv-with-wrong-values", "Lỗi giá trị trong .csv có địa chỉ như trong bảng tính.", lambda: _csv(cells={f"{A}!G5": "12 tin", f"{A}!E6": "08/18/2026"}), error("number-with-words", "activities!G2", "quantity"), error("date-month-first", "activities!E3", "started_on"), counts={"activities": (2, 0, 2, 0)}),
    folder("csv-saved-as-shown", "Excel lưu .csv như hiển thị: mã thành ngày, số viết gọn, tiền tính bằng triệu.", lambda: _csv(cells={f"{S}!A5": "Oct-26", f"{S}!A6": "2,026E+16", f"{B}!C5": "107 triệu", f"{B}!D4": "Được giao (tr.đ)"}), error("text-is-date", "science_tasks!A2", "code"), error("text-rounded", "science_tasks!A3", "code"), error("number-scaled", "budget!C2", "planned_vnd"), error("money-scale", "budget!D1", "allocated_vnd"), counts={"science_tasks": (2, 0, 2, 0), "budget": (1, 0, 1, 0)}),
    folder("csv-beside-other-files", "Có sent.csv và tệp .csv khác bên cạnh.", lambda: {**_csv(), "sent.csv": b"file,sent_at\r\n", "nhap.csv": "việc,cần làm\r\n".encode()}, note("sheet-extra", "nhap")),
    Case("csv-in-windows-encoding", "Tệp .csv lưu theo bảng mã Windows-1258.", lambda: {**_csv(), "issues.csv": "Nhóm vấn đề".encode("cp1258", "replace")}, file=CSV_FOLDER, says=("issues.csv", "UTF-8"), **refused("csv-not-utf8")),
    Case("folder-without-tables", "Thư mục không có tệp .csv nào.", lambda: {"doc.txt": b"giu thu muc\n"}, file=CSV_FOLDER, says=("activities.csv",), **refused("folder-without-tables")),
    Case("csv-with-a-secret", "Dấu mật trong thư mục .csv.", lambda: _csv(cells={f"{S}!B5": "Đề tài giả lập X (Mật)"}), (error("secret", "science_tasks"),), NONE, unit_id=None, period=None, secret=("Đề tài giả lập X",), file=CSV_FOLDER),
    Case("csv-file-alone", "Một tệp .csv lẻ không phải báo cáo.", lambda: _csv()["activities.csv"], file="activities.csv", **refused("file-not-workbook")),
]  # fmt: skip


# ------------------------------------------------------------------------------- no workbook


def _blank_book() -> bytes:
    form = Form()
    form["Sheet1"] = Sheet("Sheet1", {})
    return write_xlsx(form)


def _word() -> bytes:
    return pack(
        {
            "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            b'<Default Extension="xml" ContentType="application/xml"/></Types>',
            "word/document.xml": b"<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'/>",
        }
    )


def make_ods(members: Members) -> bytes:
    return pack({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", **members})


def _flag_encrypted() -> bytes:
    """Mark the members of the zip as encrypted, as an archiver with a password does."""
    content = bytearray(bent()())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


MANIFEST = (
    b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">%b</manifest:manifest>'
)
_LOCKED = b'<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'

_NO_WORKBOOK = [
    Case("empty-file", "Tệp 0 byte.", lambda: b"", **refused("file-empty")),
    Case("empty-workbook", "Sổ tính không có ô nào.", _blank_book, **refused("file-empty")),
    Case("pdf", "Tệp .pdf.", lambda: b"%PDF-1.7\n%gia lap\n", file="bao-cao.pdf", says=(".pdf",), **refused("file-other-kind")),
    Case("web-page-under-the-name-of-a-workbook", "Trang HTML đổi đuôi thành .xlsx.", "<html><table><tr><td>Hoạt động</td></tr></table></html>".encode, **refused("file-not-workbook")),
    Case("word-document-under-the-name-of-a-workbook", "Tệp Word đổi đuôi thành .xlsx.", _word, **refused("file-not-workbook")),
    Case("encrypted-ods", "Tệp .ods có mật khẩu.", lambda: make_ods({"META-INF/manifest.xml": MANIFEST % _LOCKED, "content.xml": b"\x8f\x02\x91"}), file="bao-cao.ods", **refused("file-encrypted")),
    Case("zip-with-password", "Các phần của tệp bị nén kèm mật khẩu.", _flag_encrypted, **refused("file-encrypted")),
    Case("truncated-zip", "Tệp tải về dở dang.", lambda: bent()()[:4000], **refused("file-damaged")),
    Case("one-byte-wrong", "Một byte hỏng giữa tệp.", lambda: _flip(bent()()), **refused("file-damaged")),
    Case("xml-cut-short", "Một trang tính bị cắt giữa chừng.", changed(lambda parts: parts.update({"xl/worksheets/sheet2.xml": parts["xl/worksheets/sheet2.xml"][:700]})), **refused("file-damaged")),
    Case("sheet-part-missing", "Thiếu phần của một trang tính.", changed(lambda parts: parts.pop("xl/worksheets/sheet2.xml")), **refused("file-damaged")),
]  # fmt: skip


def _flip(content: bytes) -> bytes:
    """Change one byte within the packed text of the book."""
    at = content.find(b"xl/sharedStrings.xml") + 200
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


CASES = [*_OFFICE, *_CSV, *_NO_WORKBOOK]
