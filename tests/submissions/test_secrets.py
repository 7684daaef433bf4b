"""State secrets: the whole workbook is refused, and nothing of it comes out."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from pathlib import Path

import pytest

from nq57kit.secrecy import HIDDEN_NAME, is_secret_text, show_name
from nq57kit.submissions import check

MARKER = "NGHIEN-CUU-X57"
SCIENCE = "Nhiệm vụ KHCN"

MARKED = [
    f"{MARKER} thuộc danh mục bí mật nhà nước",
    f"{MARKER} (Mật)",
    f"{MARKER} (TUYỆT MẬT)",
    f"{MARKER} - Tối mật",
    f"{MARKER}, độ mật: Mật",
    f"{MARKER} Độ mật : Tối mật",
    f"{MARKER} [mật]",
    unicodedata.normalize("NFD", f"{MARKER} Tuyệt mật"),
    f"{MARKER} Tuyệt\u00a0mật",
    f"{MARKER} Tuyệt m\u200bật",
    f"{MARKER} BÍ  MẬT NHÀ NƯỚC",
    f"{MARKER} bí mật\nnhà nước",
    "TUYET MAT",
    "bÝ mËt nhµ n\u00adíc",
]

HARMLESS = [
    "Nghiên cứu mật ong và mật hoa",
    "Mật độ nuôi tôm",
    "Bảo mật dữ liệu, an toàn thông tin",
    "Phối hợp mật thiết",
    "Mật khẩu, mật mã",
    "Rỉ mật, mật mía",
    "Không mật",
    "Không thuộc danh mục bí mật nhà nước",
    "độ mật độ",
    "Dự án mật ong bạc hà",
    "Nuôi ong lấy mật",
    "Giám sát mật độ: mật ong",
    "Bóng tối mật độ cao",
]


def assert_refused_without_a_trace(submission, sheet):
    assert [one.code for one in submission.findings] == ["secret"]
    finding = submission.findings[0]
    assert (finding.sheet, finding.cell, finding.value, finding.field) == (sheet, None, None, None)
    assert submission.is_secret
    assert not submission.ok
    assert submission.content == b""
    assert submission.sha256 is None
    assert (submission.unit_id, submission.period, submission.reference_number) == (None, None, None)
    assert all(frame.height == 0 for frame in submission.tables.values())
    shown = f"{submission!r}{submission.as_json()}"
    assert MARKER not in shown
    assert "vu-tccb" not in shown


@pytest.mark.parametrize("text", MARKED)
def test_a_marked_task_refuses_the_workbook_and_leaves_no_trace(fill, text):
    assert_refused_without_a_trace(check(fill(cells={(SCIENCE, "B5"): text})), SCIENCE)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_words_with_mat_are_no_secrets(fill, text):
    assert not is_secret_text(text)
    assert check(fill(cells={(SCIENCE, "B5"): text})).ok


@pytest.mark.parametrize(("value", "secret"), [("Mật", True), ("x", True), ("Có", True), ("Không", False), (None, False), ("-", False), ("Không mật", False)])  # fmt: skip
@pytest.mark.parametrize("heading", ["Độ mật", "Bí mật nhà nước", "Thuộc danh mục bí mật nhà nước", "Mật"])
def test_a_column_of_ones_own_that_says_so(fill, heading, value, secret):
    submission = check(fill(cells={(SCIENCE, "K4"): heading, (SCIENCE, "K5"): value}))
    assert submission.is_secret is secret
    assert submission.ok is not secret


def test_the_forms_own_words_are_no_secret(fill):
    submission = check(fill(records={}))
    assert not submission.is_secret


@pytest.mark.parametrize(
    "place", [("Hoạt động", "L5"), ("Khó khăn, kiến nghị", "B5"), ("Thông tin chung", "D9"), ("Hướng dẫn", "H3")]
)
def test_a_mark_anywhere_in_the_book_counts(fill, place):
    assert_refused_without_a_trace(check(fill(cells={place: f"{MARKER} (Tối mật)"})), place[0])


def test_a_mark_in_a_comment_or_a_hidden_sheet_counts(fill):
    from openpyxl.comments import Comment

    def comment(book):
        book["Hoạt động"]["B5"].comment = Comment(f"{MARKER} (Mật)", "")

    def hidden(book):
        book.create_sheet("Phụ").sheet_state = "hidden"
        book["Phụ"]["A1"] = f"{MARKER} tuyệt mật"

    assert_refused_without_a_trace(
        check(fill(bend=comment)), "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"
    )
    assert_refused_without_a_trace(check(fill(bend=hidden)), "trang tính thứ 11")


def test_a_sheet_named_after_a_secret_is_not_named(fill):
    def rename(book):
        book[SCIENCE].title = f"{MARKER} (Mật)"

    submission = check(fill(bend=rename))
    assert_refused_without_a_trace(submission, "trang tính thứ 4")


def test_teaching_the_law_on_secrets_is_an_activity_like_any_other(fill):
    text = "Tập huấn Luật Bảo vệ bí mật nhà nước"
    assert check(fill(cells={("Hoạt động", "B5"): text})).ok
    assert check(fill(cells={(SCIENCE, "B5"): text})).is_secret


def test_the_number_of_secret_tasks_is_accepted(fill):
    assert check(fill(cells={("Thông tin chung", "B13"): 3})).ok


@pytest.mark.parametrize("name", ["Đề tài A (Mật).xlsx", "Tuyệt mật - đề tài A.xlsx", "độ mật_ Mật.ods"])
def test_a_file_whose_name_tells_a_secret_is_refused_unread_and_its_name_is_not_shown(tmp_path, name):
    submission = check(tmp_path / name)  # it need not even be there
    assert submission.is_secret
    assert [finding.code for finding in submission.findings] == ["secret"]
    shown = submission.file + "".join(str(finding.as_dict()) for finding in submission.findings)
    assert "đề tài" not in shown.casefold()
    assert submission.file == HIDDEN_NAME


@pytest.mark.parametrize("name", ["mật ong 2026-H2.xlsx", "Báo cáo bảo mật.xlsx", "vu-tccb.xlsx"])
def test_other_names_are_shown(name):
    assert show_name(name) == name


@pytest.mark.parametrize(
    "words", ["phải là", "có", "nội dung", "thuộc", "danh mục", "phải là nội dung", "không phải là"]
)
@pytest.mark.parametrize("end", [" bí mật nhà nước", " bí mật", " mật"])
def test_a_denial_is_read_once_however_long_it_is(words, end):
    """Reading it in more ways than one takes longer than anybody waits: twice as long with each of 5 000 repetitions."""
    is_secret_text("không" + f" {words}" * 5_000 + end)


@pytest.mark.parametrize("text", ["không phải là bí mật nhà nước", "Không có nội dung thuộc danh mục bí mật nhà nước"])
def test_a_denial_is_no_secret(text):
    assert not is_secret_text(text)
    assert is_secret_text(text.replace("hông", "ông"))


# ------------------------------------------------------------------------- parts of the package


def rich_parts(fill):
    """A filled form with all that writers of workbooks put beside cells: its parts by name."""
    from openpyxl.chart import BarChart, Reference
    from openpyxl.comments import Comment
    from openpyxl.workbook.defined_name import DefinedName
    from openpyxl.worksheet.table import Table

    def enrich(book):
        page = book.create_sheet("Phụ")
        for row in [("Cột", "Giá trị"), ("a", 1), ("b", 2)]:
            page.append(row)
        chart = BarChart()
        chart.title = "Biểu đồ"
        chart.add_data(Reference(page, min_col=2, min_row=1, max_row=3), titles_from_data=True)
        page.add_chart(chart, "D2")
        page.add_table(Table(displayName="Bang", ref="A1:B3"))
        page["A2"].comment = Comment("Ghi chú", "Người ghi")
        page["A3"].hyperlink = "https://example.org/a"
        page.oddHeader.center.text = "Đầu trang"
        book.defined_names["ten"] = DefinedName("ten", attr_text='"chữ"')
        book.properties.title = "Báo cáo"

    with zipfile.ZipFile(fill(bend=enrich)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    word = io.BytesIO()
    import docx

    document = docx.Document()
    document.add_paragraph("Phụ lục kèm theo")
    document.save(word)
    parts["xl/embeddings/Microsoft_Word_Document.docx"] = word.getvalue()
    parts["customXml/item1.xml"] = b'<?xml version="1.0"?><root><a>chu</a></root>'
    parts["xl/externalLinks/externalLink1.xml"] = b"<externalLink><sheetData><v>x</v></sheetData></externalLink>"
    parts["xl/pivotCache/pivotCacheRecords1.xml"] = b'<pivotCacheRecords><r><s v="x"/></r></pivotCacheRecords>'
    parts["xl/drawings/vmlDrawing9.vml"] = b"<xml><v:textbox><div>a<br>b</div></v:textbox></xml>"  # not well formed
    parts["xl/media/image1.svg"] = b"<svg><text>a</text></svg>"
    return parts


def plant(content, how):
    """Put the mark into a part: into the last text, the last attribute, over two runs, as a comment, by number; else None."""
    text = content.decode("utf-8")
    mark = f"{MARKER} (Tuyệt mật)"
    if how == "comment":
        return (text + f"<!-- {mark} -->").encode()
    if how == "attribute":
        new, done = re.subn(r'="[^"]*"(?=[^="]*/?>[^<]*</?[^<>]*>?\s*$)', f'="{mark}"', text, count=1)
        return new.encode() if done else None
    places = list(re.finditer(r">([^<>]*[^<>\s][^<>]*)</", text))
    if not places:
        return None
    start, end = places[-1].span(1)
    put = {"text": mark, "number": f"{MARKER} (Tuy&#7879;t m&#x1EAD;t)", "runs": f"{MARKER} Tuyệt <b/>m<i></i>ật"}[how]
    return (text[:start] + put + text[end:]).encode()


def pack_parts(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return stream.getvalue()


def walk(parts, within=()):
    """The places of all parts that are text, those of packages within too."""
    for name, content in parts.items():
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as inner:
                yield from walk({one: inner.read(one) for one in inner.namelist()}, (*within, name))
        elif content.lstrip().startswith(b"<"):
            yield (*within, name)


def put_part(parts, place, content):
    name, *rest = place
    if rest:
        with zipfile.ZipFile(io.BytesIO(parts[name])) as inner:
            content = pack_parts(put_part({one: inner.read(one) for one in inner.namelist()}, rest, content))
    return {**parts, name: content}


def part_of(parts, place):
    name, *rest = place
    if not rest:
        return parts[name]
    with zipfile.ZipFile(io.BytesIO(parts[name])) as inner:
        return part_of({one: inner.read(one) for one in inner.namelist()}, rest)


@pytest.mark.slow  # some 200 workbooks are checked, one for each part and way of writing
def test_a_mark_in_any_part_of_the_package_counts(fill, tmp_path):
    parts = rich_parts(fill)
    whole = tmp_path / "a.xlsx"
    whole.write_bytes(pack_parts(parts))
    assert check(whole).ok
    places = list(walk(parts))
    kinds = {place[-1].rpartition("/")[0] for place in places}
    assert len(places) > 30
    assert {"docProps", "xl/charts", "xl/tables", "xl/worksheets/_rels", "word", "customXml", "xl/media"} <= kinds
    planted = known = 0
    for place in places:
        for how in ("text", "attribute", "runs", "comment", "number"):
            content = plant(part_of(parts, place), how)
            if content is None:
                continue
            planted += 1
            whole.write_bytes(pack_parts(put_part(parts, place, content)))
            submission = check(whole)
            known += submission.is_secret
            told = {one.code for one in submission.findings}
            assert submission.is_secret or told == {"file-damaged"}, (place, how)  # bent where the cells are: not read
            assert (submission.content, submission.sha256) == (b"", None)
            assert MARKER not in f"{submission!r}{submission.as_json()}"
    assert planted > 100
    assert known > 0.8 * planted


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xl/embeddings/oleObject1.bin", b"\xd0\xcf\x11\xe0 x" + f"{MARKER} Tuyệt mật".encode("utf-16-le")),
        ("xl/media/image1.emf", b"\x01\0\0\0" + b"a" + f"{MARKER} (Mật)".encode("utf-16-le")),
        ("xl/media/image1.png", b"\x89PNG\r\n\x1a\n\0" + f"{MARKER}: Tối mật".encode()),
        ("customXml/item2.xml", f'<?xml version="1.0" encoding="utf-16"?><a>{MARKER} (Mật)</a>'.encode("utf-16")),
        ("ghi-chu.txt", f"{MARKER}\nĐộ mật: Mật\n".encode()),
        (f"xl/media/{MARKER} (Mật).png", b"\x89PNG"),
        ("xl/embeddings/a.zip", pack_parts({"b.zip": pack_parts({"c.txt": f"{MARKER} (Mật)".encode()})})),
    ],
)
def test_a_mark_in_bytes_of_other_kinds_counts(fill, name, content):
    path = fill()
    with zipfile.ZipFile(path, "a") as target:
        target.writestr(name, content)
    assert check(path).is_secret


@pytest.mark.parametrize(
    "content",
    [pack_parts({"a": b"x"})[:40], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")],
    ids=["a cut zip", "an encrypted package"],
)
def test_what_cannot_be_looked_into_is_not_taken(fill, content):
    path = fill()
    with zipfile.ZipFile(path, "a") as target:
        target.writestr("xl/embeddings/a.docx", content)
    assert [one.code for one in check(path).findings] == ["file-unsafe"]


@pytest.mark.parametrize(
    "name", ["Huong dan", "Hướng dẫn ", "Hướng dẫn (2)", "Cách ghi", unicodedata.normalize("NFD", "Hướng dẫn")]
)
def test_the_forms_own_words_are_none_however_their_sheet_is_called(fill, name):
    def rename(book):
        book["Hướng dẫn"].title = name

    submission = check(fill(bend=rename))
    assert submission.ok
    assert [one.code for one in submission.findings] == []
    assert check(fill(bend=rename, cells={("Hướng dẫn", "H3"): f"{MARKER} (Mật)"})).is_secret


def test_a_denial_is_asked_about_where_it_stands(fill):
    text = "Đơn vị không có nhiệm vụ nào thuộc danh mục bí mật nhà nước"
    submission = check(fill(cells={("Hoạt động", "O5"): text}))
    assert submission.ok
    assert [(one.code, one.sheet, one.cell, one.value) for one in submission.findings] == [
        ("secret-denied", "Hoạt động", "O5", None)
    ]


def test_a_mark_in_the_comment_of_the_zip_or_in_an_empty_folders_name_counts(fill):
    for bend in (
        lambda target: setattr(target, "comment", f"{MARKER} (Mật)".encode()),
        lambda target: target.writestr(f"{MARKER} (Mật)/", b""),
    ):
        path = fill()
        with zipfile.ZipFile(path, "a") as target:
            bend(target)
        assert check(path).is_secret


def test_a_mark_in_any_part_of_an_ods_counts(tmp_path):
    source = Path(__file__).parent / "ods-from-libreoffice" / "bao-cao.ods"
    with zipfile.ZipFile(source) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["Object 1/content.xml"] = b"<office:chart><text:p>a</text:p></office:chart>"
    whole = tmp_path / "a.ods"
    whole.write_bytes(pack_parts(parts))
    assert check(whole).ok
    known, places = 0, list(walk(parts))
    for place in places:
        for how in ("text", "runs", "comment"):
            if (content := plant(part_of(parts, place), how)) is not None:
                whole.write_bytes(pack_parts(put_part(parts, place, content)))
                submission = check(whole)
                known += submission.is_secret
                assert submission.is_secret or [one.code for one in submission.findings] == ["file-damaged"], (
                    place,
                    how,
                )
    assert known >= 2 * len(places)
