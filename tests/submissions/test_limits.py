"""Files made to harm: refused or read, within 256 MiB, never hung, and nothing of them anywhere else.

Each file is checked in a process of its own; its memory is asserted, its time only by a generous end.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nq57kit.submissions import check_many
from nq57kit.submissions.cells import column_letters

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MOST_MEMORY = 256 * 1024 * 1024
MOST_SECONDS = 120
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
REQUIRED_LABELS = (
    "Nhiệm vụ (TT 1–10)", "Tên hoạt động, sản phẩm", "Loại hoạt động", "Kênh truyền thông", "Ngày bắt đầu", "Số lượng",
)  # fmt: skip

Form = Callable[..., Path]
Change = Callable[[bytes], bytes]


def look_at(*paths: Path) -> list[dict[str, Any]]:
    """Check files in a process of its own; the answers, after the limits were asserted."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, HERE / "limited.py", *paths]
    done = subprocess.run(
        command, env=surroundings, capture_output=True, timeout=MOST_SECONDS + 20 * len(paths), check=False
    )
    assert done.returncode == 0, (done.stdout.count(b"\n"), done.stderr[-3000:])
    assert done.stderr == b""
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(one["memory"] is None or one["memory"] < MOST_MEMORY for one in answers), answers
    return answers


def look(path: Path) -> dict[str, Any]:
    """Check one file in a process of its own."""
    (answer,) = look_at(path)
    return answer


def rewrite(path: Path, changes: dict[str, Change], add: dict[str, bytes] | None = None) -> Path:
    """Rewrite parts of a zip."""
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, changes.get(name, lambda part: part)(source.read(name)))
        for name, content in (add or {}).items():
            target.writestr(name, content)
    return path


def put_rows(rows: Iterator[str] | str) -> Change:
    """Return a change that puts rows at the end of a sheet."""

    def change(part: bytes) -> bytes:
        text = rows if isinstance(rows, str) else "".join(rows)
        return part.replace(b"</sheetData>", text.encode() + b"</sheetData>")

    return change


ACTIVITIES = "xl/worksheets/sheet3.xml"


# ------------------------------------------------------------------------------------ zip bombs


def bomb(path: Path, member: str, megabytes: int, lie: int | None = None) -> Path:
    """Add a member of blanks that unpacks to so many megabytes; with `lie`, its declared size is that."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as target, target.open(member, "w") as stream:
        for _ in range(megabytes):
            stream.write(b" " * (1024 * 1024))
    if lie is not None:
        content = bytearray(path.read_bytes())
        at = content.rfind(b"PK\x01\x02")
        content[at + 24 : at + 28] = lie.to_bytes(4, "little")
        path.write_bytes(content)
    return path


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize("lie", [None, 0, 5000])
def test_a_part_that_unpacks_to_half_a_gigabyte_is_refused(fill: Form, lie):
    answer = look(bomb(fill(), "xl/comments1.xml", 512, lie))
    assert answer["codes"] in (["file-too-big"], ["file-damaged"])


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
def test_a_bomb_in_a_part_that_no_cell_needs_is_refused_too(fill: Form):
    """Every part is looked into for what must not be taken in."""
    assert look(bomb(fill(), "xl/media/image1.png", 512))["codes"] == ["file-too-big"]


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
def test_many_members_are_refused(fill: Form):
    path = fill()
    with zipfile.ZipFile(path, "a") as target:
        for number in range(60_000):
            target.writestr(f"xl/media/{number}", b"")
    assert look(path)["codes"] == ["file-too-big"]


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
def test_many_entries_for_one_member_are_refused(fill: Form):
    """The overlap bomb: the directory names the same compressed bytes again and again."""
    path = fill()
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/comments1.xml", b"<a>" + b" " * 10_000_000 + b"</a>")
    content = path.read_bytes()
    at = content.rfind(b"PK\x01\x02")
    end = content.rfind(b"PK\x05\x06")
    entry, tail = content[at:end], bytearray(content[end:])
    entries = b"".join(entry.replace(b"xl/comments1", b"xl/comments" + bytes([letter])) for letter in b"ABCDEFGH")
    count = int.from_bytes(tail[8:10], "little") + 8
    size = int.from_bytes(tail[12:16], "little") + len(entries)
    tail[8:10] = tail[10:12] = count.to_bytes(2, "little")
    tail[12:16] = size.to_bytes(4, "little")
    path.write_bytes(content[:end] + entries + bytes(tail))
    assert look(path)["codes"] in (["file-damaged"], ["file-too-big"])


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
def test_a_zip_in_a_zip_in_a_zip_is_not_opened(fill: Form, tmp_path):
    path = fill()
    inner = path.read_bytes()
    for depth in range(5):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr(f"{depth}.zip", inner)
        inner = stream.getvalue()
    path.write_bytes(inner)
    assert look(path)["codes"] == ["file-not-workbook"]


# ------------------------------------------------------------------------------------ XML bombs


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(
    "part",
    [
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
        ACTIVITIES,
        "xl/comments1.xml",
        "xl/drawings/drawing1.xml",
    ],
)
def test_a_billion_laughs_are_refused(fill: Form, part):
    def laugh(content: bytes) -> bytes:
        body = content.partition(b"?>")[2] or b"<x></x>"
        head, _, tail = body.rpartition(b"</")
        return LAUGHS.encode() + head + b"&a11;</" + tail

    path = fill()
    with zipfile.ZipFile(path) as source:
        there = part in source.namelist()
    rewrite(path, {part: laugh}, None if there else {part: laugh(b"")})
    answer = look(path)
    assert not answer["ok"]
    assert set(answer["codes"]) <= {"file-unsafe", "file-damaged"}


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
def test_a_billion_laughs_in_an_ods_are_refused(tmp_path):
    path = write_ods(tmp_path / "a.ods", LAUGHS + "<office:document-content>&a11;</office:document-content>")
    assert look(path)["codes"] == ["file-unsafe"]


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(
    "piece",
    [
        pytest.param("<a>" * 2_000_000, id="nested"),
        pytest.param("<a>" * 1_000_000 + "</a>" * 1_000_000, id="nested and closed"),
        pytest.param(f'<a b="{"x" * 30_000_000}"/>', id="long attribute"),
        pytest.param("<a " + " ".join(f'b{n}="1"' for n in range(200_000)) + "/>", id="many attributes"),
        pytest.param("x" * 30_000_000, id="long text"),
    ],
)
def test_odd_shapes_of_xml_are_refused_or_read(fill: Form, piece):
    for part, before in ((ACTIVITIES, b"</sheetData>"), ("xl/sharedStrings.xml", b"</sst>")):
        look(rewrite(fill(), {part: lambda content, at=before: content.replace(at, piece.encode() + at)}))


# ------------------------------------------------------------------------------------ sizes of sheets


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(lambda: (f'<row r="{n}" s="1" customFormat="1"/>' for n in range(300, 1_048_577)), id="rows"),
        pytest.param(lambda: (f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(300, 1_000_000)), id="cells"),
        pytest.param(lambda: (f'<row r="{n}" hidden="1" spans="1:9"/>' for n in range(300, 500_000)), id="hidden"),
        pytest.param(
            lambda: (f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(300, 190_000)), id="numbers"
        ),
        pytest.param(
            lambda: (f'<row r="{n}"><c t="e"><v>#REF!</v></c></row>' for n in range(300, 150_000)), id="errors"
        ),
        pytest.param(
            lambda: (f'<row r="{n}"><c t="inlineStr"><is><t>{n}</t></is></c></row>' for n in range(300, 100_000)),
            id="texts",
        ),
        pytest.param(
            lambda: iter(['<row r="300"><c r="A300"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>']), id="far"
        ),
    ],
)
def test_a_sheet_of_a_million_rows_is_refused_or_read(fill: Form, rows):
    look(rewrite(fill(), {ACTIVITIES: put_rows(rows())}))


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(("row", "text"), [(4, "Ghi chú"), (4, "Cột {n}"), (5, "{n}"), (900, "{n}")])
def test_sixteen_thousand_columns_are_refused_or_read(fill: Form, row, text):
    cells = "".join(
        f'<c r="{column_letters(n)}{row}" t="inlineStr"><is><t>{text.format(n=n)}</t></is></c>'
        for n in range(1, 16_385)
    )
    look(rewrite(fill(), {ACTIVITIES: put_rows(f'<row r="{row}">{cells}</row>')}))


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(
    "strings",
    [
        pytest.param(lambda: "".join(f"<si><t>{n}{'x' * 30}</t></si>" for n in range(600_000)), id="many"),
        pytest.param(lambda: f"<si><t>{'x' * 40_000_000}</t></si>", id="long"),
        pytest.param(lambda: "<si/>" * 5_000_000, id="empty"),
        pytest.param(lambda: f"<si>{'<r><t>x</t></r>' * 2_000_000}</si>", id="runs"),
    ],
)
def test_huge_shared_strings_are_refused_or_read(fill: Form, strings):
    look(
        rewrite(fill(), {"xl/sharedStrings.xml": lambda part: part.replace(b"</sst>", strings().encode() + b"</sst>")})
    )


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(
    "merged",
    [
        ["A1:XFD1048576"],
        ["A6:A1048576", "B6:B1048576", "G6:G1048576"],
        [f"A{n}:XFD{n}" for n in range(10, 40_000)],
        [f"A{n}:B{n + 200}" for n in range(5, 20_000)],
    ],
)
def test_merges_of_everything_are_refused_or_read(fill: Form, merged):
    def change(part: bytes) -> bytes:
        spans = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
        return part.replace(b"</sheetData>", f"</sheetData><mergeCells>{spans}</mergeCells>".encode())

    look(rewrite(fill(), {ACTIVITIES: change}))


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(
    ("row", "cell", "text"),
    [
        ('table:number-rows-repeated="1048576"', 'table:number-columns-repeated="16384"', "x"),
        ('table:number-rows-repeated="2147483647"', "", "x"),
        ("", 'table:number-columns-repeated="99999999999999999999"', "x"),
        ("", 'table:number-columns-repeated="-5"', "x"),
        ("", "", '<text:s text:c="2000000000"/>x'),
        ("", 'table:number-rows-spanned="9999999" table:number-columns-spanned="9999999"', "x"),
    ],
)
def test_repetitions_in_an_ods_are_refused_or_read(tmp_path, row, cell, text):
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    header = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{label}</text:p></table:table-cell>'
        for label in REQUIRED_LABELS
    )
    filled = f'<table:table-cell office:value-type="string" {cell}><text:p>{text}</text:p></table:table-cell>'
    line = (
        f"<table:table-row {row}><table:table-cell/></table:table-row><table:table-row {row}>{filled}</table:table-row>"
    )
    body = f'<table:table table:name="Hoạt động"><table:table-row>{header}</table:table-row>{line}</table:table>'
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body><office:spreadsheet>{body}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    assert not look(write_ods(tmp_path / "a.ods", document))["ok"]


def write_ods(path: Path, content: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        target.writestr("content.xml", content)
    return path


HEADER = ";".join(REQUIRED_LABELS)


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda: HEADER + "\n" + "1;x;hội nghị;báo chí;18/8/2026;1\n" * 190_000, id="many lines"),
        pytest.param(lambda: HEADER + "\n" + "\n" * 5_000_000, id="blank lines"),
        pytest.param(lambda: HEADER + "\n" + ";" * 5_000_000, id="many columns"),
        pytest.param(lambda: HEADER + "\n" + (";" * 20_000 + "\n") * 300, id="wide and long"),
        pytest.param(lambda: HEADER + '\n1;"' + "x" * 30_000_000, id="open quote"),
        pytest.param(lambda: HEADER + "\n1;" + '""' * 5_000_000, id="quotes"),
        pytest.param(lambda: HEADER + "\n1;x\0y;\0", id="nul"),
    ],
)
def test_odd_csv_files_are_refused_or_read(tmp_path, text):
    (tmp_path / "bao-cao").mkdir()
    (tmp_path / "bao-cao" / "activities.csv").write_text(text(), encoding="utf-8")
    assert not look(tmp_path / "bao-cao")["ok"]


PIECES = (
    "9", "1.000", "1,", "1 000 ", "không ", "không thuộc ", "không phải là nội dung ", "tối ", "tuyệt - ", "mật ",
    "độ mật ", "(mật", "bí - ", "bảo vệ bí mật ", "á", "a\u0301\u0323", "C¸c c¬ quan ", "Caùc cô ", "\u200b", "18/5/",
    "ngày 1 tháng 1 ", "khoảng ", "nhiệm vụ ", "&", "- ", "\u00a0", "i", "<", "Đ", "e\u0302" * 40, "phải là ", "x",
)  # fmt: skip


@pytest.mark.slow  # thirty files in one process
def test_long_texts_cost_no_more_than_their_length(fill: Form, records):
    """No rule looks at a text again and again: 30 000 letters of the same in every field of text."""
    paths = []
    for number, piece in enumerate(PIECES):
        for row in records["activities"]:
            for name in ("name", "quantity", "started_on", "activity_type", "note", "task_id"):
                row[name] = "x" + (piece * 30_000)[:30_000] + "é"
        paths.append(fill(records, name=f"{number}.xlsx"))
    assert len(look_at(*paths)) == len(PIECES)


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
def test_names_that_lead_out_of_the_folder_write_nothing(fill: Form, tmp_path):
    names = [
        "../ra-ngoai.txt",
        "../../ra-ngoai.txt",
        "/tmp/ra-ngoai.txt",  # noqa: S108 - nothing is written there
        "C:\\ra-ngoai.txt",
        "xl/../../ra-ngoai.txt",
        "a\0b",
    ]
    path = rewrite(fill(), {}, dict.fromkeys(names, b"x"))
    before = sorted(tmp_path.rglob("*"))
    look(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/ra-ngoai.txt").exists()  # noqa: S108


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
@pytest.mark.parametrize(
    "target", ["../../../etc/passwd", "file:///etc/passwd", "/etc/passwd", "http://127.0.0.1:9/x.xml"]
)
def test_parts_that_lie_outside_the_file_are_not_fetched(fill: Form, target):
    path = rewrite(
        fill(), {"xl/_rels/workbook.xml.rels": lambda part: part.replace(b"worksheets/sheet3.xml", target.encode())}
    )
    assert look(path)["codes"] == ["file-damaged"]


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
def test_links_to_other_files_are_told_and_not_followed(fill: Form):
    link = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="x" Target="http://127.0.0.1:9/a.xlsx" TargetMode="External"/></Relationships>'
    )
    parts = {"xl/externalLinks/externalLink1.xml": b"<x/>", "xl/externalLinks/_rels/externalLink1.xml.rels": link}
    answer = look(rewrite(fill(), {}, parts))
    assert answer["ok"]
    assert "external-links" in answer["codes"]


@pytest.mark.slow  # a file built to cost much is read in a process of its own, whose time and memory are limited
def test_a_file_cut_anywhere_is_refused(fill: Form, tmp_path):
    content = fill().read_bytes()
    paths = []
    for number in range(60):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(content[: len(content) * number // 60])
        paths.append(path)
    codes = {one.findings[0].code for one in check_many(paths)}
    assert codes == {"file-empty", "file-damaged"}
