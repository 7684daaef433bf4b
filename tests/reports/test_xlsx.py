from __future__ import annotations

import io
import subprocess
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import nbformat
import openpyxl
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nq57kit.errors import ReportError
from nq57kit.reports.exporters import Nq57XlsxExporter
from nq57kit.reports.xlsx import render_xlsx
from nq57kit.show.blocks import Blocks, Column, Figure, KeyFigure, KeyFigures, Note, Paragraph, Table, Title

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbformat import NotebookNode

    from nq57kit.show.blocks import Block

HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "http://x.vn",
    "</script><img src=x onerror=alert(1)>",
    "1.234",
    "_x0041_",
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="4"><g/></svg>'


def cell(*blocks: Block) -> NotebookNode:
    block = blocks[0] if len(blocks) == 1 else Blocks(blocks)
    return new_code_cell("x", outputs=[new_output("display_data", data=block._repr_mimebundle_())])


def typed() -> Table:
    columns = (
        Column("unit", "Đơn vị"),
        Column("count", "Số lượng", "number", "sản phẩm"),
        Column("money", "Kinh phí", "money", "triệu đồng", 1, 1_000_000),
        Column("share", "Tỷ lệ", "percent"),
        Column("day", "Ngày", "date"),
        Column("sent", "Thời điểm gửi", "date"),
    )
    sent = datetime(2026, 6, 19, 23, 59, 59, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    rows = (
        ("Đơn vị giả lập 1", 12, 1_234_567_891, 0.4996, date(2026, 5, 18), sent),
        ("Đơn vị giả lập 2", None, 0, None, "không rõ", None),
        ("Tổng số", 12, 1_234_567_891, 0.4996, None, None),
    )
    return Table(
        "Kết quả: theo [đơn vị] / nhóm?", columns, rows, notes=("Dữ liệu giả lập.",), source="Giả lập", total=True
    )


def notebook(*blocks: Block) -> NotebookNode:
    head = cell(Title("Báo cáo giả lập", "Chốt ngày 14/12/2026."), Note("DỰ THẢO", "draft"), Paragraph("Chữ"))
    return new_notebook(cells=[new_markdown_cell("# Báo cáo"), head, cell(*(blocks or (typed(),)))])


def load(*blocks: Block) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(render_xlsx(notebook(*blocks))))


def test_values_keep_their_types_and_heads_name_units() -> None:
    sheet = load().worksheets[1]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("Đơn vị", "Số lượng (sản phẩm)", "Kinh phí (đồng)", "Tỷ lệ", "Ngày", "Thời điểm gửi")
    assert rows[1][:4] == ("Đơn vị giả lập 1", 12, 1_234_567_891, 0.4996)
    assert rows[1][4:] == (datetime(2026, 5, 18), datetime(2026, 6, 19, 23, 59, 59))  # noqa: DTZ001
    assert rows[2] == ("Đơn vị giả lập 2", None, 0, None, "không rõ", None)
    formats = [c.number_format for c in sheet[2]]
    assert formats == ["General", "#,##0", "#,##0", "0.0%", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"]


def test_a_total_stands_last_in_bold_outside_the_filter() -> None:
    sheet = load().worksheets[1]
    assert sheet.auto_filter.ref == "A1:F3"
    assert sheet.freeze_panes == "A2"
    assert sheet["A4"].value == "Tổng số"
    assert [sheet[f"A{row}"].font.b for row in (2, 3, 4)] == [False, False, True]


def test_the_first_sheet_says_what_the_others_hold_and_leads_to_them() -> None:
    book = load()
    sheet = book.worksheets[0]
    assert sheet.title == "Ghi chú"
    said = [value for row in sheet.iter_rows(values_only=True) for value in row if value is not None]
    for words in ("Báo cáo giả lập", "Chốt ngày 14/12/2026.", "DỰ THẢO", typed().title, "Dữ liệu giả lập.", "Giả lập"):
        assert words in said
    assert 2 in said  # rows without the total
    targets = [one.hyperlink.location for row in sheet.iter_rows() for one in row if one.hyperlink]
    assert targets == [f"'{one.title}'!A1" for one in book.worksheets[1:]]


def test_no_two_sheets_have_the_same_words_and_titles_too_long_have_words_of_their_own() -> None:
    by = "Kết quả truyền thông theo từng {} của các đơn vị"
    titles = [by.format(what) for what in ("kênh", "loại", "nhóm")]
    own = Table("Danh sách các đơn vị phải báo cáo trong kỳ", (), (), id="danh-sach-don-vi")
    names = load(*(Table(title, (), ()) for title in titles), own, own).sheetnames[1:]
    assert names == [
        "01 Kết quả truyền thông theo",
        "02 … loại của các đơn vị",
        "03 … nhóm của các đơn vị",
        "04 Đơn vị phải báo cáo",
        "05 Danh sách các đơn vị phải",
    ]


@pytest.mark.slow  # reports of the synthetic year are made
def test_the_sheets_of_the_sample_year_have_names_that_are_no_two_alike(sample_reports: Path) -> None:
    for page in sample_reports.glob("[asu]*-2026*.ipynb"):
        data = render_xlsx(nbformat.read(page, as_version=4))
        words = [name.partition(" ")[2] for name in openpyxl.load_workbook(io.BytesIO(data)).sheetnames[1:-1]]
        assert len(set(words)) == len(words) > 10


@pytest.mark.slow  # LibreOffice
def test_no_amount_is_shown_as_hashes_in_libreoffice(require_tool: Callable[[str], str], tmp_path: Path) -> None:
    amounts = [sign * (10**power + more) for power in range(16) for more in (-1, 0, 0.5) for sign in (1, -1)]
    columns = (
        Column("a", "Đ", "money", "triệu đồng", 1, 1_000_000),
        Column("b", "N", "number"),
        Column("c", "T", "number", digits=1, scale=1000),
        Column("d", "%", "percent"),
        Column("e", "C", "date"),
    )
    sent = datetime(2026, 12, 19, 23, 59, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    rows = tuple((amount, amount, amount, amount % 30, sent) for amount in amounts)
    total = (99_999_999_999_999, 99_999_999_999_999, 888_888_888_888_888, 1.0, None)
    made = tmp_path / "bảng.xlsx"
    made.write_bytes(
        render_xlsx(
            notebook(
                *(
                    Table(f"Bảng {n}", columns, part, total=True)
                    for n, part in enumerate([(*rows, total), rows[-2:], (total,)])
                )
            )
        )
    )
    program = require_tool("soffice")
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = [program, home, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, made]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    text = subprocess.run(
        [require_tool("pdftotext"), "-layout", made.with_suffix(".pdf"), "-"], check=True, capture_output=True
    ).stdout.decode()
    assert "##" not in text
    assert "999,999,999,999,999" in text.replace(".", ",")


def test_names_of_sheets_are_allowed_and_each_its_own() -> None:
    long = "Tình hình gửi báo cáo của các đơn vị theo nhóm"
    titles = [long, long, "History", "a/b\\c?*[d]:e", "'", "", "x" * 80]
    book = load(*(Table(title, (Column("a", "A"),), (("b",),)) for title in titles))
    names = book.sheetnames
    assert len({name.casefold() for name in names}) == len(titles) + 1
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert names[1] == "01 Tình hình gửi báo cáo của"


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_never_formulas_links_or_numbers(text: str) -> None:
    data = render_xlsx(notebook(Table("Bảng", (Column("a", text),), ((text,),), notes=(text,))))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[1]
    # openpyxl takes text that starts with «=» for a formula when it writes, not when it reads
    assert [(c.value, c.data_type) for c in (sheet["A1"], sheet["A2"])] == [(text, "s")] * 2
    assert sheet["A2"].quotePrefix
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = b"".join(archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/"))
    assert b"<f>" not in sheets
    assert b'r:id="' not in sheets.replace(b"<drawing", b"")


def test_control_and_direction_characters_go_and_long_texts_are_cut_visibly() -> None:
    sheet = load(
        Table("Bảng", (Column("a", "A"),), (("a\x00\u202eb\x0b",), ("x" * 10_000,), ("y" * 40_000,)))
    ).worksheets[1]
    assert sheet["A2"].value == "ab"
    assert sheet["A3"].value == "x" * 10_000
    assert sheet["A4"].value == "y" * 32_766 + "…"


def test_a_figures_data_stand_once() -> None:
    data = typed()
    known = Figure("Hình 1", "Xem", "Biểu đồ", SVG, data)
    other = Figure("Hình 2", "Xem", "Biểu đồ", SVG, Table("Số liệu riêng", (Column("a", "A"),), (("b",),)))
    assert load(known, data, other, other).sheetnames[1:] == ["01 Kết quả theo đơn vị nhóm", "02 Số liệu riêng"]


def test_main_figures_are_a_table_too() -> None:
    book = load(KeyFigures((KeyFigure("Tỷ lệ", "41,1", "%", target="≥ 50%", status="not_met"),)))
    assert [c.value for c in book.worksheets[1][2]] == ["Tỷ lệ", "41,1 %", "Chưa đạt\n≥ 50%"]


def test_an_empty_table_keeps_its_head() -> None:
    sheet = load(Table("Trống", (Column("a", "Cột"),), ())).worksheets[1]
    assert list(sheet.iter_rows(values_only=True)) == [("Cột",)]
    assert sheet.auto_filter.ref is None


def test_the_bytes_are_the_same_and_name_no_person() -> None:
    first = render_xlsx(notebook())
    assert first == render_xlsx(notebook())
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(1980, 1, 1)}
    properties = openpyxl.load_workbook(io.BytesIO(first)).properties
    assert not properties.creator
    assert not properties.lastModifiedBy


def test_nbconvert_writes_the_same_workbook_and_an_error_ends_the_export() -> None:
    data, resources = Nq57XlsxExporter().from_notebook_node(notebook())
    assert data == render_xlsx(notebook())
    assert resources["output_extension"] == ".xlsx"
    failed = new_code_cell("x", outputs=[new_output("error", ename="ValueError", evalue="a", traceback=[])])
    with pytest.raises(ReportError, match="ô thứ 1"):
        render_xlsx(new_notebook(cells=[failed]))


def test_a_whole_number_that_excel_would_round_is_written_as_text_with_all_its_digits() -> None:
    rows = (("A", 999_999_999_999_999), ("B", 9_299_999_999_999_990_700))
    table = Table("Kinh phí", (Column("unit", "Đơn vị"), Column("money", "Kinh phí", "money")), rows)
    sheet = openpyxl.load_workbook(io.BytesIO(render_xlsx(new_notebook(cells=[cell(table)])))).worksheets[-1]
    values = {row[0].value: row[1].value for row in sheet.iter_rows(max_col=2) if row[0].value in {"A", "B"}}
    assert values == {"A": 999_999_999_999_999, "B": "9.299.999.999.999.990.700"}
