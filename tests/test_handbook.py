"""docs/so-tay.md: every command of it is played in its order, on a desk made from nothing, as a new analyst would; its pictures are made there."""

from __future__ import annotations

import html
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
import pytest

from nq57kit.cli import cli, main

PAGE = Path(__file__).parents[1] / "docs" / "so-tay.md"
PICTURES = PAGE.parent / "images" / "so-tay"
#: Commands that say with exit code 1 that a unit's file must be sent back: the synthetic year has some.
SENT_BACK = ("check", "ingest")


@dataclass(frozen=True)
class Shot:
    """A picture: the file of the desk that it shows, the part of its page (of which `page` has these words), words that it must show.

    `part` is left, top, width and height: pixels of a page as wide as it, shares of the sheet for a document, which is made `wide` pixels.
    """

    name: str
    file: str
    part: tuple[float, float, float, float]
    words: tuple[str, ...]
    page: str = ""
    wide: int = 1000


SHOTS = (
    Shot("cac-bao-cao", "bao-cao/index.html", (0, 500, 880, 520), ("Báo cáo tổng hợp", "Chưa khóa số liệu")),
    Shot("bieu-mau", "bieu-mau/*vu-tccb*.xlsx", (0.03, 0.04, 0.95, 0.3), ("Loại hoạt động", "Ngày bắt đầu"), "HOẠT ĐỘNG – Dữ liệu"),
    Shot("tra-lai", "tra-lai/*dn-tnmtvn*.xlsx", (0.03, 0.04, 0.95, 0.3), ("khoảng 20", "Số lượng"), "HOẠT ĐỘNG – Dữ liệu"),
    Shot("don-doc", "bao-cao/don-doc-*/*tt-cntt.docx", (0.08, 0.03, 0.9, 0.57), ("Kính gửi", "Dự thảo", "đôn đốc"), wide=600),
    Shot("bao-cao", "bao-cao/semiannual-2026-H2.html", (0, 0, 880, 700), ("6 tháng cuối năm 2026", "Tóm tắt", "53/58")),
    Shot("ban-word", "bao-cao/semiannual-2026-H2.docx", (0.08, 0.03, 0.9, 0.57), ("Dự thảo", "Kính gửi"), wide=600),
    Shot("phieu", "bao-cao/unit-2026-H2-vu-tccb.html", (0, 300, 880, 640), ("Tóm tắt", "Đúng hạn")),
    Shot("tom-tat", "bao-cao/brief-2026.docx", (0.08, 0.03, 0.9, 0.55), ("năm 2026", "Năm số liệu chính"), wide=600),
    Shot("tra-loi", "tra-loi/*vu-khtc.xlsx", (0.03, 0.04, 0.95, 0.33), ("Tình trạng", "Nội dung trả lời")),
    Shot("tong-ket", "bao-cao/programme-2026-2026.html", (0, 300, 880, 640), ("Tóm tắt", "năm 2026")),
)  # fmt: skip
#: The words of a page that stand in a part of its window.
SEEN = """([left, top, width, height]) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), said = [];
  for (let node; (node = walker.nextNode()); ) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const at = range.getBoundingClientRect();
    if (at.width && at.left < left + width && at.right > left && at.top < top + height && at.bottom > top) said.push(node.data);
  }
  return said.join(" ");
}"""


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """The desk on which every command was played, and what went wrong."""
    wrong = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("tap"))
        for line in commands():
            if line[0] == "cd":
                patch.chdir(line[1])
                continue
            code = main(line[1:]) if line[0] == "nq57kit" else -1
            if not (code == 0 or (code == 1 and line[1] in SENT_BACK)):
                wrong.append(f"{line}: {code}")
        yield Path.cwd(), wrong


def capture(
    shot: Shot, desk: Path, folder: Path, require_tool: Callable[[str], str], chromium: Callable[[], Any]
) -> tuple[bytes, str]:
    """Return the picture and the words in it; `chromium` gives the tests' one browser, where a page is looked at."""
    (file,) = desk.glob(shot.file)
    if file.suffix == ".html":
        _, top, width, height = map(int, shot.part)
        page = chromium().new_page(viewport={"width": width, "height": height}, color_scheme="light")
        try:
            page.goto(file.as_uri())
            page.evaluate(f"window.scrollTo(0, {top})")
            picture = page.screenshot(timeout=120_000)
            said = page.evaluate(SEEN, [0, 0, width, height])
        finally:
            page.close()
        return picture, said
    profile = f"-env:UserInstallation={(folder / 'lo').as_uri()}"
    office = [require_tool("soffice"), profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*office, str(file)], check=True, capture_output=True)
    printed = str(folder / f"{file.stem}.pdf")
    pages = run_text("pdftotext", printed, "-").split("\f")
    number = str(next(at for at, text in enumerate(pages, start=1) if shot.page in text))
    wide, high = (
        float(one)
        for one in re.findall(
            r"[\d.]+", run_text("pdfinfo", "-f", number, "-l", number, printed).partition(" size:")[2]
        )[:2]
    )
    resolution = 72 * shot.wide / (wide * shot.part[2])
    sizes = [share * side * resolution / 72 for share, side in zip(shot.part, (wide, high, wide, high), strict=True)]
    area = [word for name, size in zip("xyWH", sizes, strict=True) for word in (f"-{name}", str(int(size)))]
    where = ["-r", str(round(resolution)), "-f", number, "-l", number, *area]
    grey = ["-gray"] if wide < high else []
    picture = subprocess.run(["pdftoppm", *where, *grey, "-png", printed], check=True, capture_output=True).stdout
    return picture, run_text("pdftotext", *where, printed, "-")


def run_text(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True).stdout.decode("utf-8")


def test_the_handbook_names_commands_that_exist():
    known = cli.list_commands(None)
    named = set(re.findall(r"`nq57kit ([a-z-]+)", PAGE.read_text(encoding="utf-8"))) | {
        line[1] for line in commands() if line[0] != "cd"
    }
    assert named <= set(known)
    assert len(commands()) >= 20


def test_each_picture_is_small_named_once_and_says_that_its_data_are_synthetic():
    shown = re.findall(
        r"^!\[[^\]\n]{20,}\]\(images/so-tay/([\w-]+)\.png\)\n\n\*Hình (\d+)\. ([^*\n]+)\*$",
        PAGE.read_text(encoding="utf-8"),
        re.M,
    )
    assert (
        sorted(name for name, _, _ in shown)
        == sorted(shot.name for shot in SHOTS)
        == sorted(path.stem for path in PICTURES.iterdir())
    )
    assert [int(number) for _, number, _ in shown] == list(range(1, len(SHOTS) + 1))
    assert all("giả lập" in caption for _, _, caption in shown)
    sizes = [path.stat().st_size for path in PICTURES.iterdir()]
    assert max(sizes) <= 120_000
    assert sum(sizes) <= 1_200_000


@pytest.mark.parametrize("ending", ["html", "docx"])
def test_the_handbook_is_written_by_the_reports_own_exporters(ending, tmp_path, capsys):
    assert main(["docs", "--out", str(tmp_path / f"so-tay.{ending}")]) == 0
    content = (tmp_path / f"so-tay.{ending}").read_bytes()
    if ending == "docx":
        document = docx.Document(tmp_path / "so-tay.docx")
        text = "\n".join(node.text or "" for node in document.element.body.iter("{*}t"))
        assert len(document.inline_shapes) == len(SHOTS)
    else:
        said = content.decode("utf-8")
        text = html.unescape(re.sub(r"<[^<>]+>", "", said))
        assert said.count('src="data:image/png;base64,') == said.count("<img") == len(SHOTS)
    for line in commands():
        assert " ".join(line[:3]) in text


@pytest.mark.slow  # LibreOffice prints it
def test_the_handbook_as_pdf_has_its_contents_with_the_pages_on_which_they_stand(tmp_path, require_tool, capsys):
    require_tool("soffice")
    assert main(["docs", "--out", str(tmp_path / "so-tay.pdf")]) == 0
    first, *pages = run_text(require_tool("pdftotext"), "-layout", str(tmp_path / "so-tay.pdf"), "-").split("\f")
    listed = re.findall(r"^\s*(\d+\. .*?)[ .]*[ .](\d+)$", first, re.M)
    assert len(listed) == len(re.findall(r"^## ", PAGE.read_text(encoding="utf-8"), re.M))
    for head, number in listed:
        assert head.casefold() in [first, *pages][int(number) - 1].casefold(), head


def test_a_pdf_without_libreoffice_is_refused_with_what_to_do_instead(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["docs", "--out", str(tmp_path / "so-tay.pdf")]) == 2
    assert "LibreOffice" in capsys.readouterr().err
    assert not (tmp_path / "so-tay.pdf").exists()


@pytest.mark.slow  # the whole of an analyst's year: a demonstration, 58 scorecards, five reports
def test_every_command_of_the_handbook_is_done_in_its_order(desk):
    folder, wrong = desk
    assert wrong == []
    assert (folder / "bao-cao" / "semiannual-2026-H2.docx").exists()


@pytest.mark.slow  # Chromium and LibreOffice take each picture of that desk anew; --renew-pictures keeps them
@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_picture_still_shows_what_it_is_there_for(shot, desk, tmp_path, require_tool, request):
    picture, said = capture(shot, desk[0], tmp_path, require_tool, lambda: request.getfixturevalue("browser"))
    said = " ".join(said.split()).casefold()
    assert [word for word in shot.words if word.casefold() not in said] == []
    size, kept = (content[16:24] for content in (picture, (PICTURES / f"{shot.name}.png").read_bytes()))
    if request.config.getoption("--renew-pictures"):
        (PICTURES / f"{shot.name}.png").write_bytes(picture)
    else:
        assert size == kept
