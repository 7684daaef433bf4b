"""The Word file on paper: what LibreOffice lays out is what the decree asks for."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from nq57kit.reports import run_report
from nq57kit.reports.docx import render_docx
from nq57kit.reports.letters import Letter, find_letters, write_letters
from nq57kit.reports.parameters import read_parameters

if TYPE_CHECKING:
    from nq57kit.plan import Plan
    from nq57kit.store import Store

MM = 72 / 25.4


@pytest.fixture(scope="module")
def printed(word: ModuleType, tmp_path_factory: pytest.TempPathFactory, require_tool: Callable[[str], str]) -> Path:
    """The document as LibreOffice prints it."""
    folder = tmp_path_factory.mktemp("word")
    (folder / "bao-cao.docx").write_bytes(render_docx(word.notebook()))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [require_tool("soffice"), profile, "--headless", "--convert-to", "pdf", "--outdir", folder]
    subprocess.run([*command, folder / "bao-cao.docx"], check=True, capture_output=True, timeout=300)
    return folder / "bao-cao.pdf"


def run_poppler(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def boxes(pdf: Path) -> list[tuple[float, float, list[tuple[str, float, float, float, float]]]]:
    """Width and height of each page in millimetres, with its words and their edges."""
    pages = []
    for page in re.findall(r"<page .*?</page>", run_poppler("pdftotext", "-bbox", pdf, "-"), re.DOTALL):
        size = re.search(r'width="([\d.]+)" height="([\d.]+)"', page)
        assert size is not None
        found = re.findall(
            r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', page
        )
        edges = [(text, *(float(edge) / MM for edge in numbers)) for *numbers, text in found]
        pages.append((float(size[1]) / MM, float(size[2]) / MM, edges))
    return pages  # type: ignore[return-value]


@pytest.mark.slow  # LibreOffice prints a document
def test_pages_are_a4_and_no_word_leaves_the_margins(printed: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("pdftotext")
    pages = boxes(printed)
    assert {tuple(sorted((round(wide), round(high)))) for wide, high, _ in pages} == {(210, 297)}
    for wide, high, found in pages:
        for text, left, upper, right, lower in found:
            assert left >= 29.5, text
            assert right <= wide - 14.5, text
            assert lower <= high - 19, text
            assert upper >= 19 or text.isdigit(), text


@pytest.mark.slow  # LibreOffice prints a document
def test_the_page_number_stands_in_the_upper_margin_from_page_two(
    printed: Path, require_tool: Callable[[str], str]
) -> None:
    require_tool("pdftotext")
    shown = []
    for wide, _, found in boxes(printed):
        numbers = [(text, (left + right) / 2) for text, left, _, right, lower in found if lower < 19]
        assert len(numbers) <= 1
        shown.append(int(numbers[0][0]) if numbers else None)
        for _, middle in numbers:
            assert middle == pytest.approx((30 + wide - 15) / 2, abs=1)
    assert shown[0] is None
    assert shown[1] == 2
    starts = [n for n, number in enumerate(shown) if number is None]
    assert len(starts) == 3  # the body and two appendices, each numbered by itself
    for start, end in zip(starts, [*starts[1:], len(shown)], strict=True):
        assert shown[start + 1 : end] == list(range(2, end - start + 1))


@pytest.mark.slow  # LibreOffice prints a document
def test_letters_are_times_new_roman_or_its_metric_twin(printed: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("pdffonts")
    names = [line.split()[0].partition("+")[2] for line in run_poppler("pdffonts", printed).splitlines()[2:]]
    assert names
    assert all(re.match(r"(TimesNewRoman|Times-|LiberationSerif|Tinos)", name.replace(" ", "")) for name in names)


def sizes_on(pdf: Path) -> dict[str, tuple[float, bool, bool]]:
    """Size, bold, italic of each line of text."""
    book = ET.fromstring(run_poppler("pdftohtml", "-xml", "-i", "-stdout", pdf))
    sizes = {one.get("id"): float(one.get("size", 0)) / 1.5 for one in book.iter("fontspec")}
    return {
        "".join(one.itertext()).strip(): (
            sizes[one.get("font")],
            one.find(".//b") is not None,
            one.find(".//i") is not None,
        )
        for one in book.iter("text")
    }


@pytest.mark.slow  # LibreOffice prints a document
def test_sizes_on_paper_are_those_of_the_decree(printed: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("pdftohtml")
    found = sizes_on(printed)
    assert found["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"] == (pytest.approx(12, abs=0.4), True, False)
    assert found["Độc lập - Tự do - Hạnh phúc"] == (pytest.approx(13, abs=0.4), True, False)
    assert found["BÁO CÁO"] == (pytest.approx(14, abs=0.4), True, False)
    grounds = next(value for text, value in found.items() if text.startswith("Căn cứ Nghị quyết"))
    assert grounds == (pytest.approx(14, abs=0.4), False, True)


@pytest.mark.slow  # LibreOffice prints a document
def test_text_can_be_searched_with_its_marks_and_heads_repeat(
    printed: Path, require_tool: Callable[[str], str]
) -> None:
    require_tool("pdftotext")
    text = run_poppler("pdftotext", "-layout", printed, "-")
    for words_of in ("PHỤ LỤC", "Phụ lục I", "Đơn vị giả lập 4", "chưa có nhận xét", "Nơi nhận:"):
        assert words_of.casefold() in text.casefold()
    wide = [page for page in text.split("\f") if "Nội dung dài" in page]
    assert len(wide) > 1
    assert all("Cột số 0" in page for page in wide)
    assert "Error" not in text


@pytest.fixture(scope="module")
def signed(sample_store: Store, tmp_path_factory: pytest.TempPathFactory, require_tool: Callable[[str], str]) -> Path:
    """The folder of the three kinds of report of the sample, each as LibreOffice prints its Word document."""
    folder = tmp_path_factory.mktemp("ky")
    common = {"store": sample_store.folder, "as_of": "2026-12-25"}
    for kind, own in (
        ("semiannual", {"period": "2026-H2"}), ("annual", {"year": 2026}), ("unit", {"period": "2026-H2", "unit_id": "vu-tccb"}),
    ):  # fmt: skip
        run_report(read_parameters(kind, common | own), folder, also=("docx",), index=False)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [require_tool("soffice"), profile, "--headless", "--convert-to", "pdf", "--outdir", folder]
    subprocess.run([*command, *folder.glob("*.docx")], check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.slow  # makes three reports and prints them
@pytest.mark.parametrize("name", ["semiannual-2026-H2", "annual-2026", "unit-2026-H2-vu-tccb"])
def test_what_is_signed_is_short_and_no_page_is_half_empty(
    signed: Path, name: str, require_tool: Callable[[str], str]
) -> None:
    require_tool("pdftotext")
    pages = boxes(signed / f"{name}.pdf")
    # A page without a number begins the body or an appendix; only the last before it may end early.
    begins = [n for n, (_, _, found) in enumerate(pages) if not any(lower < 19 for *_, lower in found)]
    assert 6 <= begins[1] <= 12
    assert len(pages) - begins[1] <= 12
    for number, (_, high, found) in enumerate(pages, start=1):
        if number < len(pages) and number not in begins:
            assert max(lower for *_, lower in found) > high / 2, f"page {number}"


#: A unit for each way of failing (`asked_store`), with what its letter must say on paper.
FAILING = {
    "vu-khcn": (("missing",), "đã qua 6 ngày"),
    "vu-htqt": (("late",), "sau thời hạn 3 ngày"),
    "cuc-cds": (("refused",), "cuc-cds-tra-lai.xlsx"),
    "vu-pc": (("findings",), "nội dung cần kiểm tra"),
    "vu-tccb": (("overdue",), "đến hạn 14/12/2026 (thứ Hai)"),
    "vu-htqt ": (("measures",), "giải pháp mà mục III của Kế hoạch giao"),
}


@pytest.fixture(scope="module")
def letters(
    asked_store: Store, plan: Plan, tmp_path_factory: pytest.TempPathFactory, require_tool: Callable[[str], str]
) -> Path:
    """A folder with a letter for each of six ways of failing, and all of them in one, as LibreOffice prints them."""
    folder = tmp_path_factory.mktemp("letters")
    made: list[Letter] = []
    for unit_id, (reasons, _) in FAILING.items():
        found = find_letters(asked_store.snapshot(), plan, plan.period("2026-H2"), date(2026, 12, 25), reasons=reasons)
        made += [one for one in found if one.unit_id == unit_id.strip()]
    for place, letter in enumerate(made):
        write_letters([letter], plan, folder / str(place))
    write_letters(made, plan, folder)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [require_tool("soffice"), profile, "--headless", "--convert-to", "pdf", "--outdir"]
    for place in (*map(str, range(len(made))), "."):
        target = folder / place
        subprocess.run(
            [*command, target, target / "don-doc-2026-H2.docx"], check=True, capture_output=True, timeout=300
        )
    return folder


@pytest.mark.slow  # LibreOffice prints a document
@pytest.mark.parametrize("place", range(len(FAILING)))
def test_a_letter_for_each_way_of_failing_is_laid_out_as_the_decree_asks(
    letters: Path, place: int, require_tool: Callable[[str], str]
) -> None:
    for tool in ("pdftotext", "pdftohtml", "pdffonts"):
        require_tool(tool)
    pdf = letters / str(place) / "don-doc-2026-H2.pdf"
    pages = boxes(pdf)
    assert {(round(wide), round(high)) for wide, high, _ in pages} == {(210, 297)}
    for wide, high, found in pages:
        for text, left, upper, right, lower in found:
            assert left >= 29.5, text
            assert right <= wide - 14.5, text
            assert lower <= high - 19, text
            assert upper >= 19 or text.isdigit(), text
    numbers = [[text for text, _, _, _, lower in found if lower < 19] for _, _, found in pages]
    assert numbers[0] == []
    names = [line.split()[0].partition("+")[2] for line in run_poppler("pdffonts", pdf).splitlines()[2:]]
    assert all(re.match(r"(TimesNewRoman|Times-|LiberationSerif|Tinos)", name.replace(" ", "")) for name in names)
    sizes = sizes_on(pdf)
    twelve, thirteen, fourteen = (pytest.approx(size, abs=0.4) for size in (12, 13, 14))
    assert sizes["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"] == (twelve, True, False)
    assert sizes["Độc lập - Tự do - Hạnh phúc"] == (thirteen, True, False)
    assert next(value for text, value in sizes.items() if text.startswith("V/v")) == (thirteen, False, False)
    assert next(value for text, value in sizes.items() if text.startswith("Kính gửi:")) == (fourteen, False, False)
    assert next(value for text, value in sizes.items() if text.startswith("Nơi nhận:")) == (twelve, True, True)
    assert next(value for text, value in sizes.items() if text.startswith("- Như trên")) == (
        pytest.approx(11, abs=0.4),
        False,
        False,
    )
    text = " ".join(run_poppler("pdftotext", "-layout", pdf, "-").split())
    assert "DỰ THẢO" in text
    assert "BÁO CÁO" not in text  # a letter has no name of its kind
    body = "".join(run_poppler("pdftotext", "-raw", pdf, "-").split())  # a name of a file may be broken after a hyphen
    assert "".join(list(FAILING.values())[place][1].split()) in body


@pytest.mark.slow  # LibreOffice prints a document
def test_letters_in_one_file_each_begin_a_page_numbered_anew(letters: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("pdftotext")
    pages = boxes(letters / "don-doc-2026-H2.pdf")
    apart = [boxes(letters / str(place) / "don-doc-2026-H2.pdf") for place in range(len(FAILING))]
    assert len(pages) == sum(map(len, apart))
    for one, other in zip(pages, [page for each in apart for page in each], strict=True):
        assert one == other  # word for word at the same place, page numbers too
