"""Cases about safety: macros, entities, bombs, floods, path tricks (limits in docs/reading.md), and odd XML that is right."""

from __future__ import annotations

import functools
import re

from cases_files import MANIFEST, READ, Members, make_ods
from fixture_forms import Case, bent, changed, note, refused


def _add_macro(parts: Members) -> None:
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 gia lap"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        kind, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    )


def _only_bin(parts: Members) -> None:
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 gia lap"


_BOMB = b"".join(
    [b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">']
    + [
        b'<!ENTITY %c "%b">' % (after, b"&%c;" % before * 10)
        for before, after in zip(b"abcdefgh", b"bcdefghi", strict=True)
    ]
    + [b"]>"]
)


def _entities(parts: Members) -> None:
    text = parts["xl/sharedStrings.xml"]
    parts["xl/sharedStrings.xml"] = _BOMB + text[text.index(b"<sst") :].replace(b"<t>", b"<t>&i;", 1)


def _external_entity(parts: Members) -> None:
    text = parts["xl/sharedStrings.xml"]
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    parts["xl/sharedStrings.xml"] = head + text[text.index(b"<sst") :].replace(b"<t>", b"<t>&e;", 1)


def _sheet_data(parts: Members, rows: bytes) -> None:
    """Give the second sheet other rows."""
    text = parts["xl/worksheets/sheet2.xml"]
    start, end = text.index(b"<sheetData>") + len(b"<sheetData>"), text.index(b"</sheetData>")
    parts["xl/worksheets/sheet2.xml"] = text[:start] + rows + text[end:]


def _zip_bomb(parts: Members) -> None:
    parts["xl/worksheets/sheet2.xml"] += b" " * (49 * 1024 * 1024)


def _million_rows(parts: Members) -> None:
    text = parts["xl/worksheets/sheet2.xml"]
    rows = text[text.index(b"<sheetData>") + len(b"<sheetData>") : text.index(b"</sheetData>")]
    _sheet_data(parts, rows + b'<row s="1"/>' * 1_000_000)


def _far_apart(parts: Members) -> None:
    _sheet_data(parts, b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def _text_flood(parts: Members) -> None:
    _sheet_data(parts, b'<row><c t="s"><v>0</v></c></row>' * 2_000)
    text = parts["xl/sharedStrings.xml"]
    parts["xl/sharedStrings.xml"] = text.replace(b"<t>", b"<t>" + b"a" * 32_000, 1)


def _path_trick(parts: Members) -> None:
    parts["../../ngoai-thu-muc.txt"] = b"gia lap"
    parts["/etc/gia-lap"] = b"gia lap"


def _links(parts: Members) -> None:
    parts["xl/externalLinks/externalLink1.xml"] = (
        b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    )
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"
    types = parts["[Content_Types].xml"]
    override = b'<Override PartName="/xl/externalLinks/externalLink1.xml" ContentType="' + kind + b'"/></Types>'
    parts["[Content_Types].xml"] = types.replace(b"</Types>", override)


def _prefixed(parts: Members) -> None:
    """Name the elements with a prefix, as some programs write them."""
    for name in [name for name in parts if name.startswith("xl/worksheets/sheet")]:
        text = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", parts[name])
        parts[name] = text.replace(b"xmlns=", b"xmlns:x=")


def _strict(parts: Members) -> None:
    """Use the names of «Strict Open XML», the other form in which Excel can save."""
    names = {
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    }
    for name, content in parts.items():
        parts[name] = functools.reduce(lambda text, pair: text.replace(*pair), names.items(), content)


def _rename(parts: Members, names: dict[str, str]) -> None:
    for old, new in names.items():
        parts[new] = parts.pop(old)


def _other_case(parts: Members) -> None:
    _rename(parts, {"xl/sharedStrings.xml": "xl/sharedstrings.XML", "xl/workbook.xml": "XL/Workbook.xml"})


def _other_names(parts: Members) -> None:
    """Call the parts by other names, to which absolute and relative targets lead."""
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b'"xl/workbook.xml"', b'"/so/workbook2.xml"')
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = (
        parts[relations]
        .replace(b'"styles.xml"', b'"../xl/./styles2.xml"')
        .replace(b'"sharedStrings.xml"', b'"..\\xl\\ch%E1%BB%AF.xml"')
        .replace(b'"worksheets/', b'"/xl/worksheets/')
    )
    types = parts["[Content_Types].xml"].replace(b"/xl/workbook.xml", b"/so/workbook2.xml")
    parts["[Content_Types].xml"] = types.replace(b"/xl/styles.xml", b"/xl/styles2.xml")
    _rename(parts, {relations: "so/_rels/workbook2.xml.rels", "xl/workbook.xml": "so/workbook2.xml"})
    _rename(parts, {"xl/styles.xml": "xl/styles2.xml", "xl/sharedStrings.xml": "xl/chữ.xml"})


def _backslashes(parts: Members) -> None:
    _rename(parts, {name: name.replace("/", "\\") for name in list(parts) if "/" in name})


def _binary_default(parts: Members) -> None:
    """Name the type of a part that is not there, as SheetJS does in every file."""
    told = b'<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", told)


def _macro_by_relation(parts: Members) -> None:
    parts["xl/du-an.dat"] = b"\xd0\xcf\x11\xe0 gia lap"
    told = b'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="du-an.dat"/>'
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b"</Relationships>", told + b"</Relationships>")


def _xlsb(parts: Members) -> None:
    """The names and types of an .xlsb; its parts are binary."""
    for name in [name for name in parts if name.startswith("xl/")]:
        del parts[name]
    parts["xl/workbook.bin"] = b"\x83\x01\x00"
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"workbook.xml", b"workbook.bin")
    types = parts["[Content_Types].xml"].replace(b"/xl/workbook.xml", b"/xl/workbook.bin")
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    parts["[Content_Types].xml"] = types.replace(kind, b"application/vnd.ms-excel.sheet.binary.macroEnabled.main")


def _iso_dates(parts: Members) -> None:
    """Write days as text of the kind «d», the second without a zone."""
    name = "xl/worksheets/sheet2.xml"
    for cell, day in ((b"E5", b"2026-08-18T00:00:00.000Z"), (b"E6", b"2026-09-05")):
        pattern = rb'(<c r="' + cell + rb'"[^>]*?)(?: t="n")?><v>[0-9]+</v>'
        parts[name], changed = re.subn(pattern, rb'\1 t="d"><v>' + day + rb"</v>", parts[name])
        assert changed == 1


_SAFETY = [
    Case("parts-in-another-case", "Tên các phần viết hoa, viết thường khác.", changed(_other_case), values=READ),
    Case("parts-under-other-names", "Các phần mang tên khác, chỉ tìm được theo quan hệ.", changed(_other_names), values=READ),
    Case("backslashes-in-the-zip", "Tên trong zip viết bằng dấu «\\».", changed(_backslashes), values=READ),
    Case("types-that-speak-of-macros", "Danh mục kiểu nói tới macro mà tệp không có.", changed(_binary_default), values=READ),
    Case("macro-found-by-relation", "Macro nằm trong phần mang tên khác.", changed(_macro_by_relation), **refused("file-macros")),
    Case("xlsb", "Sổ tính nhị phân .xlsb.", changed(_xlsb), file="bao-cao.xlsb", says=(".xlsx",), **refused("file-xlsb")),
    Case("dates-in-iso-form", "Ngày ghi kiểu ISO trong ô kiểu «d».", changed(_iso_dates), values=READ),
    Case("xlsm-with-macro", "Tệp .xlsm có macro.", changed(_add_macro), file="bao-cao.xlsm", says=(".xlsx",), **refused("file-macros")),
    Case("macro-under-another-name", "Tệp có macro đổi đuôi thành .xlsx.", changed(_only_bin), **refused("file-macros")),
    Case("ods-with-macro", "Tệp .ods có macro.", lambda: make_ods({"META-INF/manifest.xml": MANIFEST % b"", "content.xml": b"<x/>", "Basic/script-lc.xml": b"<x/>"}), file="bao-cao.ods", **refused("file-macros")),
    Case("entity-bomb", "Thực thể XML lồng nhau (billion laughs).", changed(_entities), **refused("file-unsafe")),
    Case("external-entity", "Thực thể XML đọc tệp trên máy.", changed(_external_entity), **refused("file-unsafe")),
    Case("zip-bomb", "Tệp nhỏ bung ra hàng chục MB.", changed(_zip_bomb), **refused("file-too-big")),
    Case("million-formatted-rows", "Một triệu dòng trống đã định dạng.", changed(_million_rows), says=("Xóa các dòng",), **refused("file-too-big")),
    Case("cells-far-apart", "Hai ô ở hai góc của trang tính.", changed(_far_apart), **refused("file-too-big")),
    Case("shared-text-flood", "Một đoạn chữ dài được nhắc lại hàng nghìn lần.", changed(_text_flood), **refused("file-too-big")),
    Case("path-trick", "Phần của zip có đường dẫn ra ngoài: không bung ra đĩa.", changed(_path_trick), values=READ),
    Case("external-links", "Liên kết tới tệp khác: chỉ đọc giá trị đã lưu.", changed(_links), (note("external-links"),), values=READ),
    Case("elements-with-a-prefix", "Tên phần tử XML có tiền tố, như một số chương trình ghi.", changed(_prefixed), values=READ),
    Case("strict-open-xml", "Lưu theo kiểu «Strict Open XML».", changed(_strict), values=READ),
    Case("text-kept-inline", "Chữ nằm trong trang tính, không ở bảng chữ chung.", bent(constant_memory=True), values=READ),
]  # fmt: skip

CASES = _SAFETY
