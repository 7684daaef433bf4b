"""Workbooks as nobody would write them: each mutation is made from its seed alone, so a failure can be replayed.

In: a seed. Out: the name and bytes of a file: a form with odd values, or a filled form whose XML or zip was bent.
"""

from __future__ import annotations

import io
import random
import re
import struct
import tempfile
import zipfile
import zlib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.form import write_workbook

__all__ = ["mutate"]

_ODD_TEXTS: Final = (
    "", " ", "-", "–", "0", "-1", "+1", "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "'", '"', "<b>", "&amp;", "&#0;",
    "1e400", "1e9", "NaN", "inf", "-inf", "9" * 400, "1.234", "1,234", "1.234.567", "12 tin", "khoảng 20", "85,5%",
    "5/2026", "31/02/2026", "05/18/2026", "18/5/26", "00/00/0000", "0000-00-00", "99999-01-01", "ngày 1 tháng 1 năm 1",
    "IV", "x", "NV4", "4.0", "11", "Nhiệm vụ", "Tổng cộng", "Ghi chú:", "(1)", "True", "#REF!", "#N/A",
    "a" * 33_000, "Đ" * 2_000, "Ho\u0323i", "e\u0302\u0301" * 40, "\u200b\u00a0\ufeff", "\U0001f600", "\u202eabc",
    "C¸c c¬ quan", "Caùc cô quan", "2026-H2", "2027-H1", "2026", "Vụ Pháp chế", "vu-tccb", "\u0130\u0131ß", "ﬁ",
    "a\tb\nc", "٣٤", "１２", "½", "²", "−5", "1 2 3", "1\u202f234", "..", ",", "%", "1..2", "--", "/", "//", "1/1/1",
)  # fmt: skip
_ODD_NUMBERS: Final = (0, -1, 0.5, 0.1 + 0.2, 1e15, 1e16, 1e300, -1e300, 46_000, 2**53, 1_234.567, 2026, 85.5, 3e-320)
_ODD_ATTRIBUTES: Final = (
    "", "0", "-1", "1", "99999999999999999999", "A1", "A0", "XFE1", "A1048577", "ZZZZ9", "é", "s", "str", "e", "b", "d",
    "n", "inlineStr", "true", "1e5", "A1:", ":", "A1:XFD1048576", "B2:A1", "rId1", "rId999", "veryHidden", " ", "\u0660",
    "../../etc/passwd", "http://example.org/", "0.5", "4294967296", "-2147483649",
)  # fmt: skip
_BAD_ZIP: Final = (zipfile.BadZipFile, EOFError, ValueError, RuntimeError, NotImplementedError, OSError, zlib.error)
_TAG: Final = re.compile(rb"<[^<>]+>")
_ATTRIBUTE: Final = re.compile(rb'([A-Za-z:]+)="([^"<>]*)"')
_TEXT: Final = re.compile(rb">([^<>]+)<")


def mutate(seed: int) -> tuple[str, bytes]:
    """Return the file name and the bytes that belong to `seed`.

    Example:
        >>> mutate(3) == mutate(3)
        True
    """
    rng = random.Random(seed)  # noqa: S311 - nothing secret is drawn
    kind = rng.choice(("cells", "xml", "xml", "zip"))
    if kind == "cells":
        return f"{seed}-cells.xlsx", _odd_form(rng)
    base = rng.choice(("xlsx", "xlsx", "ods", "csv"))
    content = _base(base)
    for _ in range(rng.choice((1, 1, 2, 5))):
        content = _bend_xml(content, rng) if kind == "xml" else _bend_zip(content, rng)
    return f"{seed}-{kind}.{'zip' if base == 'csv' else base}", content


# ------------------------------------------------------------------------------------ cells


def _odd_form(rng: random.Random) -> bytes:
    """A form in which each cell may hold anything."""
    records: dict[str, list[dict[str, Any]]] = {}
    share = rng.choice((0.02, 0.2, 0.9))
    for table in TABLES.values():
        rows = 1 if table.form == "record" else rng.randrange(6)
        plain = _records()[table.name]
        records[table.name] = []
        for number in range(rows):
            row = dict(plain[number % len(plain)])
            for field in table.fields:
                if rng.random() < share:
                    row[field.name] = _odd_value(rng)
            records[table.name].append(row)
    return _write(records)


def _odd_value(rng: random.Random) -> object:
    draw = rng.random()
    if draw < 0.6:
        return rng.choice(_ODD_TEXTS)
    if draw < 0.8:
        return rng.choice(_ODD_NUMBERS)
    if draw < 0.9:
        return date(rng.choice((1900, 1999, 2000, 2026, 2100, 2101, 9999)), rng.randint(1, 12), rng.randint(1, 28))
    return rng.choice((True, False, None, "".join(chr(rng.randrange(32, 0x2FFF)) for _ in range(rng.randrange(1, 30)))))


def _write(records: dict[str, list[dict[str, Any]]]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = write_workbook(Path(folder) / "a.xlsx", unit_id="vu-tccb", period="2026-H2", records=records)
        return path.read_bytes()


def _records() -> dict[str, list[dict[str, Any]]]:
    """A filled form (synthetic), a value in every field."""
    rows: dict[str, list[dict[str, Any]]] = {}
    values: dict[str, Any] = {
        "text": "Nội dung giả lập", "url": "https://example.org/tin", "unit": "Vụ Tổ chức cán bộ", "period": "2026-H2",
        "task": 1, "yes_no": True, "whole": 3, "money": 1_500_000, "year": 2026, "percent": 62.5,
        "date": date(2026, 9, 1),
    }  # fmt: skip
    codes = {
        "activity_type": "hoi_nghi", "channel": "truc_tiep", "funding_source": "nsnn_thuong_xuyen", "level": "bo",
        "status": "dang_thuc_hien", "category": "kinh_phi",
    }  # fmt: skip
    for table in TABLES.values():
        row = {field.name: codes.get(field.codes or "") or values.get(field.kind.value) for field in table.fields}
        counted = 1 if table.form == "record" else 3
        keys = {"task_id": (1, 7, 8), "code": ("ĐT.01", "ĐT.02", "ĐT.03"), "name": ("Một", "Hai", "Ba")}
        rows[table.name] = [
            row | {name: given[number] for name, given in keys.items() if name in row} for number in range(counted)
        ]
    return rows


# ------------------------------------------------------------------------------------ bases


@cache
def _base(kind: str) -> bytes:
    form = _write(_records())
    return {"xlsx": lambda: form, "ods": _as_ods, "csv": _as_csv}[kind]()


def _rows() -> dict[str, list[list[str]]]:
    """The records as headers and texts, by table."""
    lines: dict[str, list[list[str]]] = {}
    for name, records in _records().items():
        fields = [field for field in TABLES[name].fields if field.name in records[0]]
        lines[name] = [[field.label for field in fields]]
        for record in records:
            values = (record[field.name] for field in fields)
            lines[name].append([f"{v:%d/%m/%Y}" if isinstance(v, date) else str(v).replace(".", ",") for v in values])
    return lines


def _as_csv() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name, lines in _rows().items():
            target.writestr(f"{name}.csv", "\n".join(";".join(f'"{text}"' for text in line) for line in lines))
    return stream.getvalue()


def _as_ods() -> bytes:
    tables = []
    for name, lines in _rows().items():
        body = "".join(
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
                for text in line
            )
            + '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
            for line in lines
        )
        tables.append(f'<table:table table:name="{escape(TABLES[name].sheet)}">{body}</table:table>')
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body><office:spreadsheet>'
        + "".join(tables)
        + "</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        target.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
        target.writestr("META-INF/manifest.xml", "<manifest/>")
    return stream.getvalue()


# ------------------------------------------------------------------------------------ xml


def _bend_xml(content: bytes, rng: random.Random) -> bytes:
    """Change one part inside the zip: a tag, an attribute, a text, or its bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as source:
            parts = {name: source.read(name) for name in source.namelist()}
    except _BAD_ZIP:
        return content
    name = rng.choice(sorted(parts))
    parts[name] = rng.choice(_XML_WAYS)(parts[name], rng)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for member, data in parts.items():
            target.writestr(member, data)
    return stream.getvalue()


def _pick(pattern: re.Pattern[bytes], part: bytes, rng: random.Random) -> re.Match[bytes] | None:
    found = list(pattern.finditer(part))
    return rng.choice(found) if found else None


def _replace(part: bytes, found: re.Match[bytes] | None, by: bytes, group: int = 0) -> bytes:
    return part if found is None else part[: found.start(group)] + by + part[found.end(group) :]


def _change_attribute(part: bytes, rng: random.Random) -> bytes:
    return _replace(part, _pick(_ATTRIBUTE, part, rng), rng.choice(_ODD_ATTRIBUTES).encode(), 2)


def _rename_attribute(part: bytes, rng: random.Random) -> bytes:
    return _replace(part, _pick(_ATTRIBUTE, part, rng), rng.choice((b"r", b"t", b"s", b"x:y", b"ref", b"hidden")), 1)


def _change_text(part: bytes, rng: random.Random) -> bytes:
    text = rng.choice(_ODD_TEXTS) if rng.random() < 0.7 else str(rng.choice(_ODD_NUMBERS))
    return _replace(part, _pick(_TEXT, part, rng), escape(text).encode(), 1)


def _drop_tag(part: bytes, rng: random.Random) -> bytes:
    return _replace(part, _pick(_TAG, part, rng), b"")


def _double_tag(part: bytes, rng: random.Random) -> bytes:
    found = _pick(_TAG, part, rng)
    return part if found is None else _replace(part, found, found[0] * rng.choice((2, 3, 1000)))


def _swap_tags(part: bytes, rng: random.Random) -> bytes:
    first, second = _pick(_TAG, part, rng), _pick(_TAG, part, rng)
    return part if first is None or second is None else _replace(part, first, second[0])


def _insert(part: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(part) + 1)
    pieces = (
        b"<!-- x -->", b"<![CDATA[<c t='e'>]]>", b"<?php x?>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"\0", b"\xff\xfe",
        b"<f>1+1</f>", b'<c r="C9" t="e"><v>#REF!</v></c>', b'<c t="s"><v>99999</v></c>', b"<v/>", b"<is><t>x</t></is>",
        b'<mergeCell ref="A1:XFD1048576"/>', b'<row r="1048576" hidden="1"/>', b"</worksheet>", b"<a>" * 5000,
        b'<col min="1" max="16384" hidden="1"/>', b'<table:table-cell table:number-columns-repeated="2147483647"/>',
        b'<table:table-row table:number-rows-repeated="1048576"/>', b'\n"a;b', b";;;;", b"\r\r\n",
    )  # fmt: skip
    return part[:at] + rng.choice(pieces) + part[at:]


def _insert_between_tags(part: bytes, rng: random.Random) -> bytes:
    found = _pick(_TAG, part, rng)
    return part if found is None else part[: found.end()] + _insert(b"", rng) + part[found.end() :]


def _cut(part: bytes, rng: random.Random) -> bytes:
    first, second = sorted(rng.randrange(len(part) + 1) for _ in range(2))
    return part[:first] + part[second:] if rng.random() < 0.5 else part[:second]


def _recode(part: bytes, rng: random.Random) -> bytes:
    text = part.decode("utf-8", "replace")
    encoding = rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "cp1252", "utf-32", "ascii"))
    return text.encode(encoding, "replace")


_XML_WAYS: Final = (
    _change_attribute, _change_attribute, _change_attribute, _rename_attribute, _change_text, _change_text, _change_text,
    _drop_tag, _double_tag, _swap_tags, _insert, _insert_between_tags, _insert_between_tags, _cut, _recode,
)  # fmt: skip


# ------------------------------------------------------------------------------------ zip


def _bend_zip(content: bytes, rng: random.Random) -> bytes:
    """Change the zip itself: bytes, lengths, members."""
    data = bytearray(content)
    way = rng.randrange(8)
    if way == 0 and data:
        for _ in range(rng.choice((1, 10, 200))):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif way == 1:
        del data[rng.randrange(len(data) + 1) :]
    elif way == 2:
        at = rng.randrange(len(data) + 1)
        del data[at : at + rng.choice((1, 7, 1000))]
    elif way == 3:
        data[0:0] = rng.choice((b"PK\x03\x04", b"\0" * 512, b"MZ", b"PK\x05\x06" + b"\0" * 18))
    elif way == 4:
        _bend_header(data, rng)
    elif way == 5:
        data += rng.choice((b"\0" * 22, b"PK\x05\x06" + b"\0" * 18, bytes(data), b"x" * 70_000))
    else:
        return _bend_members(content, rng)
    return bytes(data)


def _bend_header(data: bytearray, rng: random.Random) -> None:
    """Let a number of a header lie: flags, method, times, sizes, lengths of names, offsets."""
    signature, offsets = rng.choice(
        ((b"PK\x01\x02", (6, 8, 10, 16, 20, 24, 28, 30, 32, 42)), (b"PK\x03\x04", (6, 8, 14, 18, 22, 26, 28)),
         (b"PK\x05\x06", (4, 8, 10, 12, 16, 20)))
    )  # fmt: skip
    places = [found.start() for found in re.finditer(re.escape(signature), data)]
    if places:
        at = rng.choice(places) + rng.choice(offsets)
        if at + 4 <= len(data):
            struct.pack_into("<H", data, at, rng.choice((0, 1, 8, 9, 12, 14, 97, 0x7FFF, 0xFFFF)))
            if rng.random() < 0.3:
                struct.pack_into("<I", data, at, rng.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))


def _bend_members(content: bytes, rng: random.Random) -> bytes:
    """Drop, rename, empty, swap or add members."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as source:
            parts = [(name, source.read(name)) for name in source.namelist()]
    except _BAD_ZIP:
        return content
    if not parts:
        return content
    at = rng.randrange(len(parts))
    name, data = parts[at]
    way = rng.randrange(6)
    if way == 0:
        del parts[at]
    elif way == 1:
        parts[at] = (rng.choice(("../" + name, "/" + name, name.upper(), name + " ", "xl/vbaProject.bin", "é")), data)
    elif way == 2:
        parts[at] = (name, b"")
    elif way == 3:
        parts[at] = (name, rng.choice(parts)[1])
    elif way == 4:
        parts.append((f"xl/worksheets/sheet{rng.randrange(99)}.xml", data))
    else:
        rng.shuffle(parts)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as target:
        for member, bytes_ in dict(parts).items():
            target.writestr(member, bytes_)
    return stream.getvalue()
