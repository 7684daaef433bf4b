from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from openpyxl import load_workbook

from nq57kit.errors import ReportError
from nq57kit.reports import run_report
from nq57kit.reports.docx import render_docx
from nq57kit.reports.exporters import Nq57DocxExporter
from nq57kit.reports.letterhead import read_letterhead
from nq57kit.reports.parameters import read_parameters
from nq57kit.reports.xlsx import render_xlsx
from nq57kit.show.blocks import Column, Commentary, Paragraph, Table, Title

if TYPE_CHECKING:
    from nq57kit.store import Store

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
HOSTILE = '</script><img src=x onerror=alert(1)> =HYPERLINK("http://x","y") & ]]> {REF a} \u202eđảo\u202c\x00\x0b\ud800'
SEEN = '</script><img src=x onerror=alert(1)> =HYPERLINK("http://x","y") & ]]> {REF a} đảo'
PLAN_SOURCE = Path(__file__).resolve().parent.parent / "plan" / "plan-source.txt"


def test_headings_are_words_own_at_three_levels(word: ModuleType) -> None:
    document = word.read(render_docx(word.notebook()))
    found = {(p.style.name, p.text) for p in document.paragraphs if p.style and p.style.name}
    assert ("Heading 1", "I. Kết quả") in found
    assert {("Heading 2", "1. Mục tiêu"), ("Heading 2", "Nhận xét"), ("Heading 2", "Kiến nghị")} <= found
    assert {("Heading 3", "a) Chi tiết"), ("Heading 3", "Đề mục")} <= found


def test_every_table_repeats_its_head_and_keeps_its_rows_whole(word: ModuleType) -> None:
    document = word.read(render_docx(word.notebook()))
    tables = word.data_tables(document)
    # key figures, result, total, commentary; the appendices' two; the empty one is a sentence, the long one in the workbook
    assert len(tables) == 4 + 2
    for one in tables:
        rows = list(one._tbl.iter(f"{W}tr"))
        assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}tblHeader") is None for row in rows[1:])
    regular = tables[1]
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in regular._tbl.iter(f"{W}tr"))


def test_numbers_stand_to_the_right_and_a_total_in_bold(word: ModuleType) -> None:
    document = word.read(render_docx(word.notebook()))
    total = next(one for one in word.data_tables(document) if len(one.rows) == 5)
    assert [c.text for c in total.rows[0].cells] == ["Đơn vị", "Số lượng (sản phẩm)", "Tỷ lệ"]
    assert [c.text for c in total.rows[4].cells] == ["Đơn vị giả lập 4", "4.000", "40,0%"]
    styles = [c.paragraphs[0].style.name for c in total.rows[1].cells if c.paragraphs[0].style]
    assert styles == ["Ô bảng", "Ô bảng số", "Ô bảng số"]
    assert total.rows[4].cells[0].paragraphs[0].runs[0].bold
    assert not total.rows[3].cells[0].paragraphs[0].runs[0].bold


def test_every_picture_has_its_alternative_text_and_a_caption(word: ModuleType) -> None:
    data = render_docx(word.notebook())
    described = [one.get("descr") for one in word.root(data).iter(f"{WP}docPr")]
    assert described == ["Biểu đồ thanh: tin, bài 12; hội nghị 3."] * 2
    assert len({one.get("id") for one in word.root(data).iter(f"{WP}docPr")}) == 2
    captions = [p.text for p in word.read(data).paragraphs if p.style and p.style.name == "Chú thích hình"]
    assert [one.split(". ", 1)[1] for one in captions] == ["Sản phẩm theo loại", "Hình phụ lục"]


def test_pictures_are_png_of_print_resolution(word: ModuleType) -> None:
    with zipfile.ZipFile(io.BytesIO(render_docx(word.notebook()))) as archive:
        png = archive.read("word/media/image1.png")
    extent = next(word.root(render_docx(word.notebook())).iter(f"{WP}extent"))
    inches = int(extent.get("cx", 0)) / 914_400
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") / inches >= 220


def test_captions_and_references_are_fields_that_agree(word: ModuleType) -> None:
    chart = word.figure()
    data = render_docx(new_notebook(cells=[word.cell(chart, word.table(), chart.data)]))
    fields = [
        (f.get(f"{W}instr", ""), "".join(t.text or "" for t in f.iter(f"{W}t")))
        for f in word.root(data).iter(f"{W}fldSimple")
    ]
    numbers = [shown for instruction, shown in fields if "SEQ Bảng" in instruction]
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
    marks = {one.get(f"{W}name") for one in word.root(data).iter(f"{W}bookmarkStart")}
    references = [(instruction.split()[1], shown) for instruction, shown in fields if "REF" in instruction]
    assert references
    for name, shown in references:
        assert name in marks
        assert shown == f"Bảng {name.removeprefix('Bang_')}"


def test_long_tables_are_in_the_workbook_and_one_sentence_says_so(word: ModuleType) -> None:
    data = render_docx(word.notebook())
    text = word.words(data)
    assert "Đơn vị giả lập 40" not in text
    assert text.count("Tệp Excel, có thêm các bảng không in ở văn bản này: dài.") == 1
    for name in ("Phụ lục I. Số liệu các đơn vị;", "Phụ lục II. Bảng rộng;"):
        assert name in text.partition("trân trọng báo cáo./.")[0]
    assert "Số liệu của hình: tệp Excel kèm theo." in text


def test_the_parts_of_the_decree_are_there_and_what_a_person_fills_is_blank(word: ModuleType) -> None:
    text = word.words(render_docx(word.notebook()))
    plain = re.sub("[\u00a0 ]+", " ", text)
    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: /BC-BNNMT",
        "Hà Nội, ngày tháng năm ",
        "Dự thảo",
        "Báo cáo\n",
        "Tổng hợp 6 tháng giả lập Nghị quyết số 57NQ/TW",  # the hyphen is Word's own, that no line ends at
        "(6 tháng cuối năm 2026)",
        "Kính gửi: .....",
        "Căn cứ Quyết định số /QĐ-BNNMT ngày tháng năm của",
        "Nơi nhận:",
        "- Lưu: VT, KHCN.",
        "TL. BỘ TRƯỞNG",
    ):
        assert part in plain, part


def test_a_scorecard_is_headed_as_one_and_makes_no_report_of_itself(word: ModuleType) -> None:
    title = (
        "Phiếu kết quả 6 tháng cuối năm 2026 của Đơn vị giả lập thực hiện Kế hoạch truyền thông Nghị quyết số 57-NQ/TW"
    )
    origin = {"name": "provenance", "data": {"plan_draft": True, "kind": "unit"}}
    glued = new_output("display_data", data={"application/scrapbook.scrap.json+json": origin})
    body = [
        word.cell(Title(title)),
        new_markdown_cell("## Tóm tắt"),
        new_code_cell("", outputs=[glued]),
        word.cell(word.table()),
    ]
    ending = [new_markdown_cell("## Phụ lục. Nguồn gốc số liệu"), word.cell(word.table("Nguồn gốc"))]
    card = new_notebook(cells=[*body, *ending])
    document = word.read(render_docx(card))
    styled = {p.style.name: p.text for p in document.paragraphs if p.style}
    assert styled["Tên loại văn bản"] == "Phiếu kết quả"
    assert styled["Trích yếu"].startswith("6 tháng cuối năm 2026 của Đơn vị giả lập")
    assert styled["Trích yếu"].endswith("số\xa057-NQ/TW")
    said = word.words(render_docx(card))
    for part in ("Dự thảo", "Kèm theo Phiếu kết quả này:", "Nơi nhận:", "TL. BỘ TRƯỞNG"):
        assert part in said
    for foreign in ("Kính gửi", "Căn cứ", "BC-BNNMT", "trân trọng báo cáo", "Báo cáo này"):
        assert foreign not in said


def test_rows_under_a_heading_stand_below_a_row_of_their_own(word: ModuleType) -> None:
    groups = ("Nhóm A", "Nhóm A", "Nhóm B")
    columns = (Column("g", "Nhóm"), Column("a", "Đơn vị"), Column("b", "Số lượng", "number"))
    rows = tuple((group, f"Đơn vị giả lập {n}", n) for n, group in enumerate(groups))
    block = Table("Theo nhóm", columns, rows, headings=groups)
    (shown,) = word.data_tables(word.read(render_docx(new_notebook(cells=[word.cell(block)]))))
    texts = [list(dict.fromkeys(one.text for one in row.cells)) for row in shown.rows]
    assert texts == [
        ["Đơn vị", "Số lượng"], ["Nhóm A"], ["Đơn vị giả lập 0", "0"], ["Đơn vị giả lập 1", "1"],
        ["Nhóm B"], ["Đơn vị giả lập 2", "2"],
    ]  # fmt: skip
    for row in (shown.rows[1], shown.rows[4]):
        assert row._tr.find(f"{W}tc/{W}tcPr/{W}gridSpan").get(f"{W}val") == "2"
        assert row._tr.find(f".//{W}keepNext") is not None


def test_the_grounds_are_words_of_the_plan_itself() -> None:
    def plain(text: str) -> str:
        return re.sub(r'[“”"]', "", " ".join(text.split())).replace("57- NQ", "57-NQ").casefold()

    documents = read_letterhead("annual").grounds
    assert documents
    for document in documents:
        assert plain(f"Căn cứ {document};") in plain(PLAN_SOURCE.read_text(encoding="utf-8"))
    assert "Thủ tướng Chính phủ phê duyệt Chương trình “Đẩy mạnh" in documents[1]
    assert documents[1].endswith(
        "số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị về đột phá phát triển khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số quốc gia đến năm 2030”"
    )


def test_a_signed_plan_is_cited_by_what_the_settings_say(word: ModuleType) -> None:
    book = word.notebook()
    settings = Table(
        "Thiết lập",
        (Column("a", "Thiết lập"), Column("b", "Giá trị"), Column("c", "Căn cứ")),
        (("Tình trạng văn bản", "Quyết định số 99/QĐ-GIẢ-LẬP ngày 01/6/2026", ""),),
        id="thiet-lap",
    )
    book.cells.append(word.cell(settings))
    assert "Căn cứ Quyết định số 99" not in word.words(render_docx(book))
    scrap = {"name": "provenance", "data": {"plan_draft": False}}
    output = new_output("display_data", data={"application/scrapbook.scrap.json+json": scrap})
    book.cells.append(new_code_cell("glue", outputs=[output]))
    assert "Căn cứ Quyết định số 99/QĐ-GIẢ-LẬP ngày 01/6/2026 của Bộ trưởng" in word.words(render_docx(book))


def test_sections_are_a4_with_the_decrees_margins_and_each_appendix_starts_at_one(word: ModuleType) -> None:
    document = word.read(render_docx(word.notebook()))
    assert [int(s.orientation) for s in document.sections] == [0, 0, 1]
    for one in document.sections:
        sides = sorted(round(side.mm) for side in (one.page_width, one.page_height) if side)
        margins = [one.top_margin, one.right_margin, one.bottom_margin, one.left_margin]
        assert sides == [210, 297]
        assert [round(margin.mm) for margin in margins if margin] == [20, 15, 20, 30]
        assert one.different_first_page_header_footer
        number = one._sectPr.find(f"{W}pgNumType")
        assert number is not None
        assert number.get(f"{W}start") == "1"


def test_styles_name_times_new_roman_alone_at_the_decrees_sizes(word: ModuleType) -> None:
    document = word.read(render_docx(word.notebook()))
    fonts = {
        value
        for one in word.root(render_docx(word.notebook()), "word/styles.xml").iter(f"{W}rFonts")
        for value in one.attrib.values()
    }
    assert fonts == {"Times New Roman"}
    sizes = {s.name: s.font.size.pt for s in document.styles if getattr(s, "font", None) and s.font.size}
    assert {sizes[name] for name in ("Heading 1", "Heading 2", "Heading 3")} == {14}
    assert 12 <= sizes["Quốc hiệu"] <= 13
    assert 13 <= sizes["Tiêu ngữ"] <= 14
    assert (sizes["Nơi nhận"], sizes["Danh sách nơi nhận"], sizes["Số ký hiệu"]) == (12, 11, 13)
    body = document.styles["Body Text"].paragraph_format  # type: ignore[attr-defined]
    assert round(body.first_line_indent.cm, 2) == 1.27
    assert body.space_after.pt >= 6
    assert 1 <= body.line_spacing <= 1.5


def test_a_persons_markdown_is_paragraphs_lists_and_tables(word: ModuleType) -> None:
    data = render_docx(word.notebook())
    document = word.read(data)
    shown = [(p.style.name if p.style else "", p.text) for p in document.paragraphs]
    assert ("Body Text", "Đoạn đậm và nghiêng.") in shown
    assert ("List Bullet", "một") in shown
    assert ("List Number", "Thứ nhất") in shown
    assert ("Body Text", "<b>thẻ</b>") in shown
    assert ("Body Text", "(chưa có nhận xét)") in shown
    strong = next(p for p in document.paragraphs if p.text == "Đoạn đậm và nghiêng.")
    assert [(r.text, r.bold, r.italic) for r in strong.runs if r.bold or r.italic] == [
        ("đậm", True, None),
        ("nghiêng", None, True),
    ]
    levels = {p.text: p._p.find(f"{W}pPr/{W}numPr/{W}ilvl") for p in document.paragraphs if p.text in {"một", "hai"}}
    assert levels["một"] is not None
    assert levels["một"].get(f"{W}val") == "0"


def test_each_numbered_list_begins_at_one(word: ModuleType) -> None:
    book = new_notebook(cells=[word.cell(Commentary("1. a\n2. b\n\nĐoạn\n\n1. c"))])
    numbers = [one.get(f"{W}val") for one in word.root(render_docx(book)).iter(f"{W}numId")]
    known = {one.get(f"{W}numId") for one in word.root(render_docx(book), "word/numbering.xml").iter(f"{W}num")}
    assert len(numbers) == 3
    assert len(set(numbers)) == 2
    assert set(numbers) <= known


def test_hostile_text_is_text_and_never_a_field_or_link(word: ModuleType) -> None:
    data = render_docx(word.notebook(HOSTILE))
    assert word.words(data).count(SEEN) >= 4
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".xml"))
    assert b"hyperlink" not in everything
    assert "\u202e".encode() not in everything
    instructions = {one.get(f"{W}instr", "").split()[0] for one in word.root(data).iter(f"{W}fldSimple")}
    assert instructions <= {"SEQ", "REF"}


@given(st.text(st.characters(codec=None)))
@settings(max_examples=60, deadline=None)
def test_whatever_a_text_holds_the_document_can_be_read(word: ModuleType, text: str) -> None:
    block = Table(text, (Column("a", text),), ((text,),), notes=(text,), source=text)
    data = render_docx(
        new_notebook(cells=[word.cell(Title(text or "a"), Paragraph(text), block, Commentary(text, text))])
    )
    assert word.root(data).find(f"{W}body") is not None
    assert word.root(data, "docProps/core.xml") is not None


def test_a_row_too_tall_for_a_page_may_be_divided(word: ModuleType) -> None:
    document = word.read(render_docx(word.notebook()))
    tall = next(one for one in word.data_tables(document) if any("x" * 10_000 in c.text for c in one.column_cells(0)))
    rows = list(tall._tbl.iter(f"{W}tr"))
    assert rows[1].find(f"{W}trPr/{W}cantSplit") is not None
    assert rows[2].find(f"{W}trPr/{W}cantSplit") is None


def test_code_warnings_and_raw_outputs_do_not_appear(word: ModuleType) -> None:
    text = word.words(render_docx(word.notebook()))
    assert "secret" not in text
    assert "Warning" not in text


def test_the_bytes_are_the_same_and_name_no_person_or_time(word: ModuleType) -> None:
    first, second = render_docx(word.notebook()), render_docx(word.notebook())
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = word.read(first).core_properties
    assert (properties.author, properties.last_modified_by, properties.created, properties.modified) == (
        "",
        "",
        None,
        None,
    )
    assert properties.title == "Báo cáo tổng hợp 6 tháng giả lập Nghị quyết số 57-NQ/TW"


def test_an_error_in_the_notebook_ends_the_export(word: ModuleType) -> None:
    failed = new_code_cell("x", outputs=[new_output("error", ename="ValueError", evalue="a", traceback=[])])
    with pytest.raises(ReportError, match="ô thứ 1 do lỗi «ValueError: a»"):
        render_docx(new_notebook(cells=[failed]))
    damaged = word.cell(Paragraph("a"))
    damaged.outputs[0]["data"]["application/vnd.nq57kit.block+json"] = {"kind": "film"}
    with pytest.raises(ReportError, match="không đọc được"):
        render_docx(new_notebook(cells=[damaged]))


def test_nbconvert_writes_the_same_document(word: ModuleType) -> None:
    data, resources = Nq57DocxExporter().from_notebook_node(word.notebook())
    assert data == render_docx(word.notebook())
    assert resources["output_extension"] == ".docx"


@pytest.mark.slow  # a report is made
def test_a_whole_report_becomes_a_document(word: ModuleType, sample_store: Store, tmp_path: Path) -> None:
    import nbformat

    values = {"store": sample_store.folder, "period": "2026-H2", "as_of": "2026-12-25"}
    done = run_report(read_parameters("semiannual", values), tmp_path)
    executed = nbformat.read(done.notebook, as_version=4)
    data = render_docx(executed)
    assert data == render_docx(executed)
    assert len(data) < 5_000_000
    document = word.read(data)
    chapters = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    assert [one.split(".")[0] for one in chapters if re.match(r"[IVX]+\. ", one)] == ["I", "II", "III", "IV", "V", "VI"]
    appendices = [p.text.splitlines()[0] for p in document.paragraphs if p.style and p.style.name == "Phụ lục"]
    assert appendices[:3] == ["Phụ lục I", "Phụ lục II", "Phụ lục III"]
    assert len(appendices) == len(set(appendices))
    for one in word.data_tables(document):
        assert next(one._tbl.iter(f"{W}tr")).find(f"{W}trPr/{W}tblHeader") is not None
    described = [one.get("descr") for one in word.root(data).iter(f"{WP}docPr")]
    assert described
    assert all(described)
    text = word.words(data)
    (pointer,) = re.findall("Tệp Excel, có thêm các bảng không in ở văn bản này: (.*)\\.", text)
    sheets = load_workbook(io.BytesIO(render_xlsx(executed)))["Ghi chú"]
    titles = {str(row[1].value) for row in sheets.iter_rows() if row[1].value}
    for named in ("Từng nhiệm vụ theo đơn vị chủ trì", "Danh sách đơn vị phải báo cáo"):
        assert named in titles
        assert named[:1].lower() + named[1:] in pointer


# ------------------------------------------------------------------ as LibreOffice lays it out
