"""The template that a ministry edits in Word: what it changes is in the reports, what is broken is said in one sentence."""

from __future__ import annotations

import io
import runpy
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import docx
import pytest
from docx.shared import Mm, Pt

from nq57kit.cli import main
from nq57kit.errors import DeskError
from nq57kit.reports.docx import render_docx
from nq57kit.reports.letterhead import TEMPLATE_FILE, find_style
from nq57kit.reports.ooxml import check_template
from nq57kit.reports.verify import verify_report
from nq57kit.starters import init_desk

if TYPE_CHECKING:
    from docx.document import Document

    from nq57kit.store import Store

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MAKE = Path(__file__).resolve().parents[2] / "docs" / "template" / "make.py"


def save(folder: Path, document: Document) -> Path:
    document.save(str(folder / TEMPLATE_FILE))
    return folder


def packaged() -> Document:
    return docx.Document(str(find_style(TEMPLATE_FILE)))


def texts(document: Document) -> list[str]:
    return ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in document.element.body.iter(f"{W}p")]


def test_the_packaged_template_is_what_its_parts_make() -> None:
    made = runpy.run_path(str(MAKE))["parts"]()
    with zipfile.ZipFile(find_style(TEMPLATE_FILE)) as archive:
        assert {name: archive.read(name).decode("utf-8") for name in archive.namelist()} == made


def test_margins_fonts_and_the_head_of_a_changed_template_are_in_the_report(word: ModuleType, tmp_path: Path) -> None:
    template = packaged()
    section = template.sections[0]
    section.left_margin, section.right_margin = Mm(40), Mm(25)
    section.header.paragraphs[0].text = "Đầu trang giả lập"
    section.footer.paragraphs[0].text = "Chân trang giả lập"
    body = template.styles["Body Text"]
    body.font.name, body.font.size = "Arial", Pt(12)  # type: ignore[attr-defined]
    template.styles["Ô bảng"].font.size = Pt(9)  # type: ignore[attr-defined]
    made = word.read(render_docx(word.notebook(), save(tmp_path, template)))
    assert len(made.sections) > 2
    for one in made.sections:
        assert [round(side.mm) for side in (one.left_margin, one.right_margin)] == [40, 25]
        assert one.header.paragraphs[0].text == "Đầu trang giả lập"
        assert one.footer.paragraphs[0].text == "Chân trang giả lập"
    assert (made.styles["Body Text"].font.name, made.styles["Body Text"].font.size.pt) == ("Arial", 12)
    room = Mm(210 - 40 - 25)
    for table in word.data_tables(made)[:3]:
        assert sum(column.width for column in table.columns) == pytest.approx(room, rel=0.001)
    first = made.inline_shapes[0]
    before = word.read(render_docx(word.notebook())).inline_shapes[0]
    assert first.width / before.width == pytest.approx(145 / 165, rel=0.01)
    assert texts(made) == texts(word.read(render_docx(word.notebook())))


def test_a_sample_page_pictures_and_links_of_the_template_stay_out_of_reports(word: ModuleType, tmp_path: Path) -> None:
    template = packaged()
    template.add_paragraph("Chữ của trang mẫu")
    template.add_picture(io.BytesIO(word_picture()))
    template.part.relate_to("http://example.invalid/", docx.opc.constants.RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    template.core_properties.author = "Người giả lập"
    data = render_docx(word.notebook(), save(tmp_path, template))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        pictures = [name for name in archive.namelist() if "media" in name]
    assert len(pictures) == 1  # both charts of the notebook are one picture
    for foreign in ("Chữ của trang mẫu", "example.invalid", "Người giả lập"):
        assert foreign.encode() not in everything


def word_picture() -> bytes:
    from nq57kit.show.charts import draw_png

    return draw_png(
        '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>', 1
    )


def test_a_report_can_become_the_template_of_the_next(word: ModuleType, tmp_path: Path) -> None:
    first = render_docx(word.notebook())
    (tmp_path / TEMPLATE_FILE).write_bytes(first)
    second = render_docx(word.notebook(), tmp_path)
    assert texts(word.read(second)) == texts(word.read(first))
    with zipfile.ZipFile(io.BytesIO(second)) as archive:
        own = [name for name in archive.namelist() if b"nq57-provenance" in archive.read(name)]
    assert len(own) == 1


def test_styles_are_found_by_name_whatever_word_calls_their_ids(word: ModuleType, tmp_path: Path) -> None:
    template = packaged()
    for style in template.styles:
        if style.style_id == "BodyText":
            style.element.styleId = "ThnVnban"  # as a Vietnamese Word might name it
    made = word.read(render_docx(word.notebook(), save(tmp_path, template)))
    assert any(p.style.name == "Body Text" and p.text == "Đoạn văn của sổ tính." for p in made.paragraphs if p.style)


@pytest.mark.parametrize("content", [b"", b"PK", b"Not a document", "zip", "bare"])
def test_a_broken_template_is_one_sentence(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / TEMPLATE_FILE
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "a")
    else:
        path.write_bytes(find_style(TEMPLATE_FILE).read_bytes()[:-300])
    with pytest.raises(DeskError, match=r"template\.docx» không đọc được.*lưu dạng \.docx") as caught:
        check_template(tmp_path)
    assert caught.value.exit_code == 2


def test_missing_styles_and_pages_without_room_are_named(tmp_path: Path) -> None:
    template = packaged()
    template.styles["Căn cứ"].delete()
    template.styles["Table Grid"].delete()
    with pytest.raises(DeskError, match=r"thiếu kiểu \(style\) «Căn cứ», «Table Grid»"):
        check_template(save(tmp_path, template))
    template = packaged()
    template.sections[0].left_margin = Mm(150)
    with pytest.raises(DeskError, match="chừa lề quá rộng"):
        check_template(save(tmp_path, template))


def test_init_puts_template_and_words_into_the_desk_and_the_reports_are_the_packaged_ones(
    word: ModuleType, tmp_path: Path
) -> None:
    desk = init_desk(tmp_path / "ban")
    assert desk.letterhead is not None
    assert sorted(path.name for path in desk.letterhead.iterdir()) == [
        "letterhead.toml",
        "outline.toml",
        "template.docx",
    ]
    assert render_docx(word.notebook(), desk.letterhead) == render_docx(word.notebook())


@pytest.mark.parametrize("command", [["annual", "2026"], ["unit", "2026-H2", "--all"]])
@pytest.mark.parametrize(
    "broken",
    [
        (TEMPLATE_FILE, b"hong", "template.docx» không đọc được"),
        ("letterhead.toml", b"place = 3", "letterhead.toml»: mục «place» phải là một dòng chữ"),
        ("letterhead.toml", b"[unit]\nplace = 3", "«place» của bảng [unit] phải là một dòng chữ"),
        ("outline.toml", b"[annual]\nbody = 3", "outline.toml»: mục «body» của bảng [annual] phải là danh sách"),
        ("outline.toml", b"[annual]\nbdy = []", "chỉ có body, appendices, workbook"),
    ],
)
def test_a_broken_template_stops_the_command_before_anything_is_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    broken: tuple[str, bytes, str],
) -> None:
    name, content, said = broken
    desk = init_desk(tmp_path / "ban")
    (desk.folder / "the-thuc" / name).write_bytes(content)
    monkeypatch.chdir(desk.folder)
    assert main(["report", *command, "--format", "docx"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert list(desk.outputs.iterdir()) == []


@pytest.mark.slow  # makes a report three times
def test_the_desks_template_and_words_are_in_its_report_which_verify_knows(
    sample_store: Store, word: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = init_desk(tmp_path / "ban")
    style = desk.folder / "the-thuc"
    template = packaged()
    template.sections[0].left_margin = Mm(35)
    save(style, template)
    (style / "letterhead.toml").write_text('[unit]\nplace = "Nơi giả lập"\n', encoding="utf-8")
    monkeypatch.chdir(desk.folder)
    command = ["report", "unit", "2026-H2", "--unit", "vu-tccb", "--as-of", "2026-12-25", "--format", "docx"]
    command += ["--store", str(sample_store.folder)]
    assert main(command) == 0
    path = desk.outputs / "unit-2026-H2-vu-tccb.docx"
    first = path.read_bytes()
    assert round(word.read(first).sections[0].left_margin.mm) == 35
    assert "Nơi giả lập, ngày" in word.words(first)
    assert verify_report(path, sample_store.folder, letterhead=style).ok
    other = verify_report(path, sample_store.folder)
    assert [cause.kind for cause in other.causes] == ["parameters", "parameters"]
    assert [cause.message.split("»")[0] for cause in other.causes] == [
        "Tệp Word lập theo «letterhead.toml",
        "Tệp Word lập theo «template.docx",
    ]
    (style / "letterhead.toml").write_text('place = "Nơi khác"\n', encoding="utf-8")
    assert main(command) == 0  # what lay there is not kept as unchanged
    assert "Nơi khác, ngày" in word.words(path.read_bytes())


@pytest.mark.slow  # starts LibreOffice
def test_a_template_saved_by_another_program_still_serves(
    word: ModuleType, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [require_tool("soffice"), profile, "--headless", "--convert-to", "docx:MS Word 2007 XML"]
    (tmp_path / "out").mkdir()
    subprocess.run(
        [*command, "--outdir", tmp_path / "out", find_style(TEMPLATE_FILE)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    assert texts(word.read(render_docx(word.notebook(), tmp_path / "out"))) == texts(
        word.read(render_docx(word.notebook()))
    )
