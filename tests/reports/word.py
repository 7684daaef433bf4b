"""A notebook of every kind of block (synthetic), and what is in the Word file made of it; loaded by `conftest.py`."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import altair as alt
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nq57kit.show.blocks import (
    Blocks,
    Bullets,
    Column,
    Commentary,
    Figure,
    KeyFigure,
    KeyFigures,
    Note,
    Paragraph,
    Table,
    Title,
)
from nq57kit.show.charts import draw

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable
    from nbformat import NotebookNode

    from nq57kit.show.blocks import Block

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def cell(*blocks: Block) -> NotebookNode:
    block = blocks[0] if len(blocks) == 1 else Blocks(blocks)
    return new_code_cell("secret_source()", outputs=[new_output("display_data", data=block._repr_mimebundle_())])


def figure(title: str = "Sản phẩm theo loại") -> Figure:
    rows = [{"a": "Tin, bài", "b": 12}, {"a": "Hội nghị", "b": 3}]
    svg = draw(lambda: alt.Chart(alt.InlineData(values=rows)).mark_bar().encode(x="b:Q", y="a:N").properties(width=500))
    data = Table(
        "Số liệu", (Column("a", "Loại"), Column("b", "Số lượng", "number")), (("Tin, bài", 12), ("Hội nghị", 3))
    )
    return Figure(
        title, "Nhiều nhất là tin, bài.", "Biểu đồ thanh: tin, bài 12; hội nghị 3.", svg, data, "Dữ liệu giả lập"
    )


def table(title: str = "Kết quả", count: int = 3, **more: object) -> Table:
    columns = (Column("a", "Đơn vị"), Column("b", "Số lượng", "number", "sản phẩm"), Column("c", "Tỷ lệ", "percent"))
    rows = tuple((f"Đơn vị giả lập {n}", 1000 * n, n / 10) for n in range(1, count + 1))
    return replace(Table(title, columns, rows, notes=("Dữ liệu giả lập.",), source="Giả lập"), **more)  # type: ignore[arg-type]


def crowded(title: str = "Bảng rộng") -> Table:
    columns = tuple(Column(f"c{n}", f"Cột số {n}") for n in range(8))
    rows = tuple(tuple(f"Nội dung dài của ô {n}.{k} trong bảng giả lập" * 2 for k in range(8)) for n in range(30))
    return Table(title, columns, rows, folded=True)


COMMENTARY = "Đoạn **đậm** và *nghiêng*.\n\n- một\n  - hai\n- ba\n\n1. Thứ nhất\n2. Thứ hai\n\n# Đề mục\n\n<b>thẻ</b>\n\n|a|b|\n|-|-:|\n|1|2|"


def notebook(text: str = "Đơn vị") -> NotebookNode:
    glued = [
        new_output("display_data", data={f"application/scrapbook.scrap.{kind}+json": {"name": name, "data": data}})
        for name, kind, data in (("period", "text", "2026-H2"), ("provenance", "json", {"plan_draft": True}))
    ]
    return new_notebook(
        cells=[
            new_markdown_cell("# Báo cáo tổng hợp giả lập"),
            new_code_cell("import x", outputs=[new_output("stream", name="stderr", text="UserWarning: secret")]),
            cell(
                Title("Báo cáo tổng hợp 6 tháng giả lập Nghị quyết số 57-NQ/TW", "Chốt ngày 14/12/2026."),
                Note("Dữ liệu giả lập", "warning"),
            ),
            new_markdown_cell("## I. Kết quả\n\nĐoạn văn của sổ tính.\n\n### 1. Mục tiêu\n\n#### a) Chi tiết"),
            cell(
                Paragraph(f"{text}\nDòng hai"),
                Bullets((text, "hai")),
                KeyFigures((KeyFigure("Tỷ lệ", "41,1%", target="≥ 50%", status="not_met"),)),
            ),
            cell(figure(), table(), table("Dài", 40, folded=True), table("Trống", 0), table("Tổng", 4, total=True)),
            cell(Commentary(COMMENTARY, "Nhận xét"), Commentary("", "Kiến nghị")),
            new_markdown_cell("## Phụ lục I. Số liệu các đơn vị"),
            cell(Table(text, (Column("a", text),), ((text,), ("x" * 10_000,))), figure("Hình phụ lục")),
            new_markdown_cell("## Phụ lục II. Bảng rộng"),
            cell(crowded()),
            new_code_cell("glue", outputs=glued),
        ]
    )


def read(data: bytes) -> Document:
    return pytest.importorskip("docx").Document(io.BytesIO(data))  # type: ignore[no-any-return]


def root(data: bytes, part: str = "word/document.xml") -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return ET.fromstring(archive.read(part))


def words(data: bytes) -> str:
    return "\n".join("".join(t.text or "" for t in p.iter(f"{W}t")) for p in root(data).iter(f"{W}p"))


def data_tables(document: Document) -> list[WordTable]:
    """The tables of the document without the head and the signature block, which have no lines."""
    return [one for one in document.tables if one.style is not None and one.style.name == "Table Grid"]
