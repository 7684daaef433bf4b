"""What people changed in Word comes home: their text to nhan-xet.md, what they did to figures by name; nothing is lost."""

from __future__ import annotations

import copy
import io
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph
from nbformat.v4 import new_markdown_cell, new_notebook

from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.reports import read_parameters, run_report
from nq57kit.reports.commentary import OTHER, PLACES, read_commentary
from nq57kit.reports.docx import render_docx
from nq57kit.reports.takeback import TakeBack, compare_lines, keep_text, read_lines
from nq57kit.reports.takeback import _mark_places as mark_places
from nq57kit.show.blocks import Commentary, Paragraph

if TYPE_CHECKING:
    from docx.document import Document

    from nq57kit.store import Store

TEXT = """# Nhận xét chung

Có {sent} gửi.
Dòng **hai**.

- mục một
- mục hai

# Kiến nghị, đề xuất

Câu cuối.
"""
NAMES = {"sent": "53/58 đơn vị"}
FILLED = {
    "Nhận xét chung": "Có 53/58 đơn vị gửi.\nDòng **hai**.\n\n- mục một\n- mục hai",
    "Kiến nghị, đề xuất": "Câu cuối.",
}


@pytest.fixture(scope="module")
def made(word: ModuleType) -> bytes:
    """A report with sentences, a table, a person's text in two places, and one place left blank."""
    sentences = [Paragraph(f"Câu sinh ra số {n}: {1000 + n} người ở nhóm thứ {n}.") for n in range(6)]
    cells = [new_markdown_cell("## I. Kết quả"), word.cell(*sentences[:3], word.table(count=8))]
    cells += [word.cell(Commentary(FILLED.get(place, ""), place)) for place in (PLACES[0], PLACES[2], PLACES[4])]
    cells += [new_markdown_cell("## II. Kinh phí"), word.cell(*sentences[3:])]
    return render_docx(new_notebook(cells=cells))


def compare(made: bytes, edited: Document | bytes) -> TakeBack:
    if not isinstance(edited, bytes):
        stream = io.BytesIO()
        edited.save(stream)
        edited = stream.getvalue()
    headings = {place: place for place in (*PLACES, OTHER)}
    ours = mark_places(read_lines(made, "a.docx")[0], headings)
    return compare_lines(ours, read_lines(edited, "a.docx")[0], TEXT, NAMES)


def find(document: Document, said: str) -> WordParagraph:
    return next(one for one in document.paragraphs if said in one.text)


def add_after(paragraph: WordParagraph, text: str) -> WordParagraph:
    new = WordParagraph(copy.deepcopy(paragraph._p), paragraph._parent)
    paragraph._p.addnext(new._p)
    for run in new.runs[1:]:
        run._r.getparent().remove(run._r)
    new.runs[0].text = text
    return new


def test_a_file_that_nobody_touched_gives_nothing(made: bytes) -> None:
    done = compare(made, made)
    assert (done.places, done.changes) == ((), ())


def test_added_text_goes_under_its_heading_and_what_was_written_stays_as_it_was(word: ModuleType, made: bytes) -> None:
    document = word.read(made)
    add_after(find(document, "mục hai"), "mục ba")
    add_after(find(document, "Câu cuối"), "Đề nghị bố trí kinh phí.")
    add_after(find(document, "Câu sinh ra số 4"), "Ý thêm ở phần Kinh phí.")
    done = compare(made, document)
    assert (
        done.text
        == TEXT.replace("- mục hai", "- mục hai\n- mục ba")
        + "\nĐề nghị bố trí kinh phí.\n\n# II. Kinh phí\n\nÝ thêm ở phần Kinh phí.\n"
    )
    assert done.places == ("Nhận xét chung", "Kiến nghị, đề xuất", "II. Kinh phí")
    assert not done.changes


def test_a_changed_line_keeps_the_names_whose_results_it_still_says(word: ModuleType, made: bytes) -> None:
    document = word.read(made)
    find(document, "53/58 đơn vị gửi").runs[0].text = "Đã có 53/58 đơn vị gửi đủ. "
    done = compare(made, document)
    assert "Đã có {sent} gửi đủ." in done.text
    assert "- mục một\n- mục hai" in done.text


def test_text_typed_over_the_placeholder_is_taken(word: ModuleType, made: bytes) -> None:
    document = word.read(made)
    find(document, "(chưa có nhận xét)").runs[0].text = "Còn thiếu cán bộ chuyên trách."
    assert "# Tồn tại, hạn chế và nguyên nhân\n\nCòn thiếu cán bộ chuyên trách." in compare(made, document).text


@pytest.mark.parametrize("text", ["{sent}", "<!-- bỏ -->", "# Kiến nghị, đề xuất", "1. một", "- x", "| a | b |", "**đậm** _n_ `c`", "[a](javascript:x)", "<b>x</b> &amp; \\", "--- ***"])  # fmt: skip
def test_what_comes_back_is_text_and_never_markup_or_a_name(
    word: ModuleType, made: bytes, tmp_path: Path, text: str
) -> None:
    document = word.read(made)
    add_after(find(document, "Câu cuối"), text)
    path = tmp_path / "nhan-xet.md"
    path.write_text(compare(made, document).text, encoding="utf-8")
    taken = read_commentary(path)["Kiến nghị, đề xuất"]
    again = word.read(render_docx(new_notebook(cells=[word.cell(Commentary(taken, "Kiến nghị"))])))
    assert [one.text for one in again.paragraphs if one.style and one.style.name == "Body Text"][
        -1
    ] == text or text in [one.text for one in again.paragraphs]


def test_figures_cells_moves_and_removals_are_named_with_what_they_were(word: ModuleType, made: bytes) -> None:
    document = word.read(made)
    find(document, "Câu sinh ra số 1").runs[0].text = "Câu sinh ra số 1: 2001 người ở nhóm thứ 1."
    table = word.data_tables(document)[0]
    table.rows[3].cells[1].paragraphs[0].runs[0].text = "9.999"
    removed, moved = find(document, "Câu sinh ra số 3"), find(document, "Câu sinh ra số 0")
    removed._p.getparent().remove(removed._p)
    find(document, "Câu sinh ra số 5")._p.addnext(moved._p)
    found = {(one.kind, one.where, one.was, one.now) for one in compare(made, document).changes}
    assert found == {
        ("changed", "I. Kết quả", "Câu sinh ra số 1: 1001 người ở nhóm thứ 1.", "Câu sinh ra số 1: 2001 người ở nhóm thứ 1."),
        ("changed", "I. Kết quả, dòng «Đơn vị giả lập 3»", "3.000", "9.999"),
        ("removed", "II. Kinh phí", "Câu sinh ra số 3: 1003 người ở nhóm thứ 3.", ""),
        ("moved", "I. Kết quả", "Câu sinh ra số 0: 1000 người ở nhóm thứ 0.", "II. Kinh phí"),
    }  # fmt: skip


def test_tracked_changes_count_and_comments_are_notes(word: ModuleType, made: bytes) -> None:
    document = word.read(made)
    track(find(document, "Câu cuối"), "Thêm có theo dõi.")
    untrack(find(document, "Câu sinh ra số 2"))
    document.add_comment(find(document, "Câu sinh ra số 4").runs[0], "Xem lại số này", "A", "A")
    stream = io.BytesIO()
    document.save(stream)
    assert "Câu cuối.Thêm có theo dõi." in (done := compare(made, stream.getvalue())).text
    assert [(one.kind, one.was[:16]) for one in done.changes] == [("removed", "Câu sinh ra số 2")]
    assert read_lines(stream.getvalue(), "a.docx")[1] == ["Xem lại số này"]


def track(paragraph: WordParagraph, text: str) -> None:
    mark, run, said = (
        OxmlElement("w:ins", {qn("w:id"): "901", qn("w:author"): "a"}),
        OxmlElement("w:r"),
        OxmlElement("w:t"),
    )
    said.text = text
    said.set(qn("xml:space"), "preserve")
    run.append(said)
    mark.append(run)
    paragraph._p.append(mark)


def untrack(paragraph: WordParagraph) -> None:
    mark = OxmlElement("w:del", {qn("w:id"): "902", qn("w:author"): "a"})
    for run in paragraph._p.findall(qn("w:r")):
        run.addprevious(mark)
        mark.append(run)
        for said in run.findall(qn("w:t")):
            said.tag = qn("w:delText")


EDITS: list[Callable[[random.Random, Any, Any, str], None]] = [
    lambda pick, document, word, new: add_after(pick.choice([p for p in document.paragraphs if p.text.strip() and p.runs]), new),
    lambda pick, document, word, new: setattr(pick.choice([p for p in document.paragraphs if "Câu sinh ra" in p.text]).runs[0], "text", new),
    lambda pick, document, word, new: setattr(pick.choice(word.data_tables(document)[0].rows[1:]).cells[1].paragraphs[0].runs[0], "text", new),
    lambda pick, document, word, new: setattr(pick.choice([p for p in document.paragraphs if p.text in {"mục một", "mục hai", "Câu cuối."}] or document.paragraphs[-1:]).runs[0], "text", new),
    lambda pick, document, word, new: track(pick.choice([p for p in document.paragraphs if "Câu" in p.text]), new),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(50))
def test_nothing_is_lost_of_fifty_random_edits(word: ModuleType, made: bytes, seed: int) -> None:
    pick = random.Random(seed)  # noqa: S311 - edits, no secret
    document, new = word.read(made), [f"Chữ mới {seed} {n} của người sửa" for n in range(1 + seed % 4)]
    for text in new:
        pick.choice(EDITS)(pick, document, word, text)
    shown = "\n".join(line.text for line in read_lines(save(document), "a.docx")[0])
    done = compare(made, document)
    told = done.text + "\n".join(one.now for one in done.changes)
    for text in new:
        assert text in told or text not in shown  # a later edit wrote over it
    # What the report or the person had written and is there no more is told, or stands in the new text.
    for line in read_lines(made, "a.docx")[0]:
        if line.text not in shown and line.place:
            assert line.text in done.text or any(line.text in one.was or one.was in line.text for one in done.changes)


def save(document: Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_the_text_before_is_kept_beside(tmp_path: Path) -> None:
    path = tmp_path / "nhan-xet.md"
    assert keep_text(path, "a") is None
    first, second = keep_text(path, "b"), keep_text(path, "c")
    assert first is not None
    assert second is not None
    assert [one.read_text(encoding="utf-8") for one in (first, second, path)] == ["a", "b", "c"]


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF"])
def test_a_file_that_is_no_word_file_is_one_sentence(content: bytes) -> None:
    with pytest.raises(ParameterError, match=r"không đọc được như một tệp Word"):
        read_lines(content, "a.docx")


@pytest.mark.slow  # makes a scorecard four times and starts LibreOffice
def test_a_round_trip_through_libreoffice(
    sample_store: Store,
    word: ModuleType,
    tmp_path: Path,
    require_tool: Callable[[str], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    own, store = tmp_path / "nhan-xet.md", str(sample_store.folder)
    own.write_text("# Nhận xét chung\n\nĐơn vị đã gửi: {completeness}.\n", encoding="utf-8")
    values = {"store": store, "period": "2026-H2", "unit_id": "vu-tccb", "as_of": "2026-12-25", "commentary": own}
    run_report(read_parameters("unit", values), tmp_path / "ra", also=("docx",), index=False)
    document = word.read((tmp_path / "ra" / "unit-2026-H2-vu-tccb.docx").read_bytes())
    add_after(find(document, "Đơn vị đã gửi"), "Ý người ký thêm {period}.")
    track(find(document, "Đơn vị đã gửi"), " Đã xem.")
    money = find(document, "Kinh phí dự toán")
    was = money.text
    money.runs[0].text = was.replace("triệu đồng", "tỷ đồng", 1).replace(was.split()[4], "999,9", 1)
    back, saved = tmp_path / "ve" / "unit-2026-H2-vu-tccb.docx", tmp_path / "lo"
    back.parent.mkdir()
    document.save(str(back))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [require_tool("soffice"), profile, "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir", saved, back],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    shutil.copy(tmp_path / "ra" / "unit-2026-H2-vu-tccb.json", saved)
    capsys.readouterr()
    assert main(["take-back", str(saved / back.name), "--store", store, "--commentary", str(own)]) == 0
    told = capsys.readouterr().out
    assert f"«{was}» → " in told
    assert "budget.planned_vnd" in told
    assert "trang «Kinh phí», ô" in told
    text = own.read_text(encoding="utf-8")
    assert "Đơn vị đã gửi: {completeness}. Đã xem." in text
    assert "Ý người ký thêm \\{period\\}." in text
    again = run_report(read_parameters("unit", values), tmp_path / "ra2", also=("docx",), index=False)
    page = again.html.read_text(encoding="utf-8")
    assert "Ý người ký thêm {period}." in page
    assert "Đã xem." in page
