from __future__ import annotations

import html
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nq57kit.errors import ReportError
from nq57kit.reports.executed import read_report
from nq57kit.reports.exporters import Nq57HTMLExporter
from nq57kit.reports.html import render_catalogue, render_html
from nq57kit.show.blocks import Column, Commentary, KeyFigure, KeyFigures, Note, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


def notebook(word: Any, text: str = "Đơn vị") -> NotebookNode:
    columns = (Column("a", "Đơn vị"), *(Column(f"c{n}", f"Cột số {n}", "number", "người") for n in range(9)))
    rows = tuple((f"{text} {n}", *range(9)) for n in range(80))
    return new_notebook(
        cells=[
            new_markdown_cell("# Báo cáo giả lập"),
            new_code_cell("import x", outputs=[new_output("stream", name="stderr", text="UserWarning: secret")]),
            word.cell(Note("DỰ THẢO – dữ liệu giả lập", "draft"), Note("Số liệu tạm tính", "provisional")),
            new_markdown_cell(
                "## 1. Kết quả chung\n\nĐoạn văn **đậm** <b>x</b>.\n\n### 1.1. Chỉ tiêu\n\n### 1.1. Chỉ tiêu"
            ),
            word.cell(Paragraph(text), KeyFigures((KeyFigure("Tỷ lệ", "41,1%", target="≥ 50%", status="not_met"),))),
            word.cell(word.figure()),
            word.cell(word.figure()),
            new_markdown_cell("## 2. Bảng dài"),
            word.cell(Table("Bảng dài", columns, rows, folded=True), Commentary(text)),
            new_code_cell(
                "df",
                outputs=[
                    new_output("execute_result", data={"text/html": "<table>raw frame</table>", "text/plain": "x"})
                ],
            ),
            new_code_cell(
                "glue", outputs=[new_output("display_data", data={"application/scrapbook.scrap.json+json": {"a": 1}})]
            ),
        ]
    )


def test_what_a_cell_shows_that_is_no_block_is_not_left_out_without_a_word(word: Any) -> None:
    plain = {"text/plain": "1", "text/html": "<table>1</table>"}
    cells = [
        new_code_cell("df", outputs=[new_output("execute_result", data=plain)]),
        new_code_cell("print(1)", outputs=[new_output("stream", name="stdout", text="1\n")] * 2),
        new_code_cell("warn", outputs=[new_output("stream", name="stderr", text="Cẩn thận\n")]),
        word.cell(Paragraph("một")),
    ]
    last = read_report(new_notebook(cells=cells)).parts[-1]
    assert isinstance(last, Note)
    assert last.text.startswith("Ô 1, 2 của sổ ghi có kết quả không phải là nội dung của báo cáo")
    assert "<table>1" not in render_html(new_notebook(cells=cells))
    assert read_report(new_notebook(cells=cells[2:])).parts == (Paragraph("một"),)


class Outline(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and value:
                self.links.append(value)
            if name in {"src", "srcset", "action", "data", "poster"}:
                self.addresses.append(value or "")


def test_the_page_is_one_file_without_script_or_address(word: Any) -> None:
    html = render_html(notebook(word))
    page = Outline(html)
    assert not {"script", "link", "iframe", "object", "img", "form"} & set(page.tags)
    assert page.addresses == []
    assert all(link.startswith("#") for link in page.links)
    outside = set(re.findall(r"https?://[^\s\"'<>)]+", html)) - {"http://www.w3.org/2000/svg"}
    assert outside == set()
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in html
    assert '<html lang="vi">' in html


def test_code_warnings_and_raw_frames_do_not_appear(word: Any) -> None:
    html = render_html(notebook(word))
    for hidden in ("secret", "UserWarning", "raw frame", "scrapbook", "import x"):
        assert hidden not in html


def test_headings_are_in_order_and_the_contents_lead_to_them(word: Any) -> None:
    page = Outline(render_html(notebook(word)))
    assert page.tags.count("h1") == 1
    assert len(set(page.ids)) == len(page.ids)
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert {"1-ket-qua-chung", "m-1-ket-qua-chung"} & set(page.ids)


def test_the_title_is_the_first_heading_or_the_notebooks_own(word: Any) -> None:
    assert "<title>Báo cáo giả lập</title>" in render_html(notebook(word))
    bare = new_notebook(cells=[new_markdown_cell("Chữ")], metadata={"title": "Tên <riêng>"})
    assert "<title>Tên &lt;riêng&gt;</title>" in render_html(bare)


def test_the_bytes_are_the_same_whatever_the_cells_are_called(word: Any) -> None:
    first, second = notebook(word), notebook(word)
    assert [cell.id for cell in first.cells] != [cell.id for cell in second.cells]
    assert render_html(first) == render_html(second)


def test_on_paper_a_figure_does_not_repeat_a_table_that_the_page_has(word: Any) -> None:
    one = word.figure()
    assert 'class="so-lieu"' in render_html(new_notebook(cells=[word.cell(one)]))
    assert 'class="so-lieu lap"' in render_html(new_notebook(cells=[word.cell(one, one.data)]))


def test_hostile_text_is_text(word: Any) -> None:
    html = render_html(notebook(word, HOSTILE))
    assert not {"script", "img"} & set(Outline(html).tags)
    assert "&lt;script&gt;alert(1)" in html


def test_html_in_the_notebook_is_never_trusted(word: Any) -> None:
    book = notebook(word)
    for one in book.cells:
        for output in one.get("outputs", ()):
            if "data" in output:
                output["data"]["text/html"] = "<script>alert(1)</script>"
    assert "<script" not in render_html(book)


def test_an_error_or_a_damaged_block_ends_the_export(word: Any) -> None:
    failed = new_code_cell("x", outputs=[new_output("error", ename="ValueError", evalue="a", traceback=[])])
    with pytest.raises(ReportError, match="ô thứ 1 do lỗi «ValueError: a»"):
        render_html(new_notebook(cells=[failed]))
    damaged = word.cell(Paragraph("a"))
    damaged.outputs[0]["data"]["application/vnd.nq57kit.block+json"] = {"kind": "film"}
    with pytest.raises(ReportError, match="không đọc được"):
        render_html(new_notebook(cells=[damaged]))


def write_page(notebook: Any, path: Path) -> Path:
    path.write_text(render_html(notebook), encoding="utf-8")
    return path


def test_the_page_of_a_full_report_stays_small(word: Any, tmp_path: Path) -> None:
    assert write_page(notebook(word), tmp_path / "trang.html").stat().st_size < 1_000_000


def test_nbconvert_finds_the_same_page(word: Any, tmp_path: Path) -> None:
    html, resources = Nq57HTMLExporter().from_notebook_node(notebook(word))
    assert html == render_html(notebook(word))
    assert resources["output_extension"] == ".html"


@pytest.mark.slow  # Chromium opens a page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_chromium_nothing_is_asked_for_and_no_width_scrolls_sideways(
    word: Any, tmp_path: Path, scheme: str, browser: Any
) -> None:
    path = write_page(notebook(word, "x" * 10_000), tmp_path / "trang.html")
    page = browser.new_page(color_scheme=scheme)
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("request", lambda request: seen.append(request.url) if request.url != path.as_uri() else None)
    for width in (360, 768, 1103, 1104, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen == []
    assert page.evaluate("document.querySelectorAll('figure svg text').length") > 0
    page.close()


@pytest.mark.slow  # Chromium opens a page
def test_on_paper_it_is_a4_with_folded_tables_open(
    word: Any, tmp_path: Path, browser: Any, require_tool: Callable[[str], str]
) -> None:
    path, paper = write_page(notebook(word), tmp_path / "trang.html"), tmp_path / "trang.pdf"
    page = browser.new_page()
    page.goto(path.as_uri())
    page.pdf(path=str(paper), prefer_css_page_size=True)
    page.close()

    def run(*command: object) -> str:
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout

    assert "A4" in run(require_tool("pdfinfo"), paper)
    text = run(require_tool("pdftotext"), "-layout", paper, "-")
    assert "Đơn vị 79" in text
    assert text.count("Cột số") >= 9 * 2  # the head is repeated on the following pages


PRODUCTS = (
    Column("unit", "Đơn vị"),
    Column("type", "Loại"),
    Column("name", "Tên"),
    Column("task_id", "Nhiệm vụ số", "number"),
    Column("started_on", "Ngày", "date"),
    Column("link", "Đường dẫn", "link"),
)
LONG = "https://vidu.example/" + "a" * 4000


def products(word: Any, *links: str | None) -> NotebookNode:
    rows = tuple(("Vụ A" if n < 3 else "Cục B", "Tin, bài", f"Bài {n}", 3, None, link) for n, link in enumerate(links))
    units = tuple(row[0] for row in rows)
    marks = Note("Dữ liệu giả lập", "warning"), Note("Số liệu tạm tính", "provisional")
    table = Table("Danh mục sản phẩm", PRODUCTS, rows, headings=units, apart="catalogue-2026.html")
    return new_notebook(cells=[word.cell(*marks), new_markdown_cell("## Phụ lục"), word.cell(Note("x"), table)])


def test_the_list_of_products_is_a_page_of_its_own_and_the_report_points_to_it(word: Any) -> None:
    notebook = products(word, "https://vidu.example/1", "http://vidu.example/2", None, "https://vidu.example/4")
    (name, page), *others = render_catalogue(read_report(notebook)).items()
    assert (name, others) == ("catalogue-2026.html", [])
    found = Outline(page)
    assert [one for one in found.links if not one.startswith("#")] == [
        "https://vidu.example/1",
        "http://vidu.example/2",
        "https://vidu.example/4",
    ]
    inside = [one.removeprefix("#") for one in found.links if one.startswith("#")]
    assert set(inside) <= set(found.ids)
    assert {"vu-a", "vu-a-tin-bai", "cuc-b-tin-bai"} <= set(inside)
    assert page.count("Dữ liệu giả lập") == page.count("Số liệu tạm tính") == 1
    assert ">x<" not in page  # what stands in the report's sections stays there
    report = render_html(notebook)
    assert 'Danh mục sản phẩm: 4 dòng, ở tệp Excel của báo cáo và ở trang <a href="catalogue-2026.html">' in report
    assert "Bài 1" not in report
    assert render_catalogue(read_report(new_notebook(cells=[new_markdown_cell("# Báo cáo")]))) == {}


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//https://vidu.example",
        "data:text/html,<script>alert(1)</script>",
        "//vidu.example/1",
        "vidu.example/1",
        "ftp://vidu.example/1",
        "https:vidu.example",
        "https://",
        "https://vidu.example@evil.example/1",
        "https://vidu.example/1 https://vidu.example/2",
        'https://vidu.example/"onmouseover="alert(1)',
        "https://vidu.example/'x'",
        "https://vidu.example/<b>",
        "https://vidu.example\\evil.example",
        "https://vi\u200bdu.example/",
        "https://vídụ.example/",
        "https://vidu.example/\u202egpj.exe",
        "Văn bản số 12/BC-VP",
        LONG,
    ],
)
def test_what_is_no_plain_address_of_the_web_stands_as_text(word: Any, link: str) -> None:
    page = render_catalogue(read_report(products(word, link)))["catalogue-2026.html"]
    assert [one for one in Outline(page).links if not one.startswith("#")] == []
    assert "<script" not in page
    assert html.unescape(page).count(link) == 1  # the whole of it, once


def test_a_plain_address_in_any_case_with_port_query_and_vietnamese_path_is_a_link(word: Any) -> None:
    links = ("HTTPS://Vidu.example:8443/a?b=1&c=2#d", "https://vidu.example", "https://vidu.example/tin-tức/đổi-mới")
    page = render_catalogue(read_report(products(word, *links)))["catalogue-2026.html"]
    assert [one for one in Outline(page).links if not one.startswith("#")] == list(links)
    assert page.count('rel="noopener noreferrer"') == 3
