"""The official outline: which section stands where in Word, in what order, and what only the workbook has."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from nq57kit.reports.docx import render_docx
from nq57kit.reports.executed import Heading, Reading
from nq57kit.reports.jobs import find_notebook
from nq57kit.reports.letterhead import OUTLINE_FILE, Outline, read_outline
from nq57kit.reports.paper import arrange
from nq57kit.reports.parameters import KINDS, Kind
from nq57kit.show.blocks import Column, Figure, Paragraph, Table


def table(name: str, **more: object) -> Table:
    rows = (("a", "x", 1), ("b", "y", 2))
    columns = (Column("unit", "Đơn vị"), Column("note", "Ghi chú"), Column("n", "Số", "number"))
    return Table(name, columns, rows, **more)  # type: ignore[arg-type]


READING = Reading(
    "Báo cáo",
    (
        Paragraph("Mở đầu; bảng ở Phụ lục II và Phụ lục III."),
        Heading(2, "Tóm tắt"),
        Paragraph("a"),
        Heading(2, "I. Mục tiêu"),
        Paragraph("b"),
        Heading(2, "II. Kinh phí"),
        table("Kinh phí", id="kinh-phi"),
        Heading(2, "Phụ lục I. Đơn vị"),
        table("Đơn vị"),
        Heading(2, "Phụ lục II. Nhiệm vụ"),
        table("Nhiệm vụ", id="nhiem-vu"),
        Heading(2, "Phụ lục III. Nguồn gốc"),
        table("Nguồn gốc"),
    ),
)


def headings(parts: tuple[object, ...]) -> list[str]:
    return [one.text for one in parts if isinstance(one, Heading)]


def test_without_an_outline_the_notebooks_order_stands() -> None:
    done = arrange(READING)
    assert headings(done.body) == ["Tóm tắt", "I. Mục tiêu", "II. Kinh phí"]
    assert [one.name for one in done.appendices] == [
        "Phụ lục I. Đơn vị",
        "Phụ lục II. Nhiệm vụ",
        "Phụ lục III. Nguồn gốc",
    ]
    assert done.workbook == ()


def test_an_outline_reorders_numbers_anew_and_sentences_follow() -> None:
    outline = Outline(("Kinh phí", "Tóm tắt"), ("Nhiệm vụ",), ("Nguồn gốc",))
    done = arrange(READING, outline)
    assert headings(done.body) == ["I. Kinh phí", "Tóm tắt", "II. Mục tiêu"]
    assert [one.name for one in done.appendices] == ["Phụ lục I. Nhiệm vụ", "Phụ lục II. Đơn vị"]
    assert done.workbook == ("Nguồn gốc",)
    assert done.body[0] == Paragraph("Mở đầu; bảng ở Phụ lục I và tệp Excel kèm theo.")


def test_tables_and_columns_left_to_the_workbook_are_not_printed_and_tables_are_named() -> None:
    done = arrange(READING, Outline(workbook=("kinh-phi", "nhiem-vu.note", "không có")))
    assert not [one for one in done.body if isinstance(one, Table)]
    assert done.workbook == ("Kinh phí",)
    (kept,) = done.appendices[1].parts
    assert isinstance(kept, Table)
    assert (kept.heads, kept.rows) == (("Đơn vị", "Số"), (("a", 1), ("b", 2)))


def test_nothing_of_the_reading_is_lost() -> None:
    outline = Outline(("Kinh phí",), ("Nhiệm vụ",), ("Nguồn gốc", "Đơn vị"))
    done = arrange(READING, outline)
    shown = [*done.body, *(part for one in done.appendices for part in one.parts)]
    titles = {one.title for one in shown if isinstance(one, Table | Figure)} | set(done.workbook)
    assert titles == {"Kinh phí", "Đơn vị", "Nhiệm vụ", "Nguồn gốc"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "request"])  # that has those of the tables asked
def test_every_section_of_the_packaged_outline_is_one_of_its_notebook(kind: Kind) -> None:
    cells = json.loads(find_notebook(kind).read_text(encoding="utf-8"))["cells"]
    headed = re.compile(r'reports\.show_heading\(report, "(.+)"\)')
    sources = [
        "".join(one["source"]) for one in cells if one["cell_type"] == "markdown" or headed.match(one["source"][0])
    ]
    book = new_notebook(cells=[new_markdown_cell(headed.sub(r"## \1", source)) for source in sources])
    from nq57kit.reports.executed import read_report

    done = arrange(read_report(book))
    body = [one.split(". ", 1)[-1] for one in headings(done.body)]
    outline = read_outline(kind)
    named = {title: [one for one in body if fnmatchcase(one, title)] for title in outline.body}
    assert all(len(found) == 1 for found in named.values())
    if outline.body:
        others = {"Sản phẩm theo Phụ lục của Kế hoạch", "Đánh giá chung"}
        assert set(body) - others == {found[0] for found in named.values()}


def test_a_desks_outline_replaces_the_packaged_one(word: ModuleType, tmp_path: Path) -> None:
    (tmp_path / OUTLINE_FILE).write_text('workbook = ["Tổng"]\n[annual]\nbody = ["Năm tới"]\n', encoding="utf-8")
    assert read_outline("annual", tmp_path).body == ("Năm tới",)
    assert read_outline("annual", tmp_path).appendices == read_outline("annual").appendices
    assert read_outline("", tmp_path).workbook == ("Tổng",)
    text = word.words(render_docx(word.notebook(), tmp_path))
    assert "Tệp Excel, có thêm các bảng không in ở văn bản này: dài; tổng." in text
