"""The reports on paper: what Chromium prints, measured in the PDF itself.

Rows, charts and headings get marks of one pixel before printing (out of the flow, so nothing moves); `pdftotext`
then says on which page, and where, each mark came to stand.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow  # Chromium prints whole reports

#: Printed pages: the most sheets each may take, the fewest rows, the fewest wholes (charts, cards, notes), headings.
LIMITS = {
    "semiannual-2026-H2": (70, 300, 12, 15),
    "annual-2026": (76, 300, 12, 15),
    "unit-2026-H2-hv-nongnghiep": (12, 40, 5, 12),
    "unit-2026-H2-tt-cntt": (8, 15, 5, 10),
    "index": (3, 10, 1, 3),
}
MILLIMETRE = 72 / 25.4
#: Puts marks at both ends of what must stay whole, at heads that must repeat, at headings and what follows them.
MARK = """() => {
  const put = (host, name, place) => {
    if (getComputedStyle(host).position === 'static') host.style.position = 'relative';
    const mark = document.createElement('span');
    mark.textContent = name;
    mark.style.cssText = `position:absolute;left:0;${place}:0;font:1px/1 serif;white-space:nowrap`;
    host.append(mark);
  };
  const counts = {rows: 0, wholes: 0, headings: 0, tables: 0};
  const paper = (element) => element.closest('.so-lieu, .muc-luc, nav') === null;
  [...document.querySelectorAll('main table')].filter(paper).forEach((table) => {
    const number = counts.tables++;
    put(table.tHead.rows[0].cells[0], `zh${number}z`, 'top');
    [...table.tBodies].flatMap((body) => [...body.rows]).forEach((row) => {
      const name = `${number}z${counts.rows++}z${row.className === 'nhom' ? 'g' : 'r'}`;
      put(row.cells[0], `zra${name}`, 'top'); put(row.cells[0], `zrb${name}`, 'bottom');
    });
  });
  document.querySelectorAll('main .tranh, .so-chinh, .note, .nhan-xet').forEach((whole) => {
    const number = counts.wholes++;
    put(whole, `zwa${number}z`, 'top'); put(whole, `zwb${number}z`, 'bottom');
  });
  document.querySelectorAll('main h2, main h3, main h4').forEach((heading) => {
    let next = heading.nextElementSibling;
    while (next && next.firstElementChild && getComputedStyle(next).display !== 'none'
      && /^(DIV|FIGURE|DETAILS)$/.test(next.tagName) && !next.classList.contains('tranh')) {
      next = [...next.children].find((child) => getComputedStyle(child).display !== 'none'
        && !(child.tagName === 'SUMMARY'));
    }
    if (!next) return;
    const number = counts.headings++;
    put(heading, `zga${number}z`, 'top');
    put(next.tagName === 'TABLE' ? next.tHead.rows[0].cells[0] : next, `zgb${number}z`, 'top');
  });
  return counts;
}"""


@dataclass(frozen=True)
class Word:
    """A word on a page (from 1), in points from the upper left corner."""

    text: str
    page: int
    x_max: float
    y_max: float


@dataclass(frozen=True)
class Print:
    """A printed report: the words with marks, the sizes of pages, the text without marks, what was marked."""

    words: tuple[Word, ...]
    sizes: tuple[tuple[float, float], ...]
    text: str
    counts: dict[str, int]
    stem: str

    def pages(self, start: str) -> dict[str, set[int]]:
        """Return the pages of the marks that begin with `start`, by the rest of their names."""
        found: dict[str, set[int]] = {}
        for word in self.words:
            if word.text.startswith(start):
                found.setdefault(word.text.removeprefix(start), set()).add(word.page)
        return found


@pytest.fixture(scope="module", params=LIMITS)
def printed(
    request: pytest.FixtureRequest,
    sample_reports: Path,
    browser: Any,
    require_tool: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Print:
    folder = tmp_path_factory.mktemp("print")
    page = browser.new_page()
    page.goto((sample_reports / f"{request.param}.html").as_uri())
    page.pdf(path=folder / "plain.pdf", prefer_css_page_size=True)
    page.emulate_media(media="print")
    counts = page.evaluate(MARK)
    page.pdf(path=folder / "marked.pdf", prefer_css_page_size=True)
    page.close()

    def read(name: str, *options: str) -> str:
        command = [require_tool("pdftotext"), *options, folder / name, "-"]
        return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")

    words, sizes = _words(read("marked.pdf", "-bbox"))
    _, plain_sizes = _words(read("plain.pdf", "-bbox"))
    assert sizes == plain_sizes  # the marks moved nothing
    return Print(words, sizes, read("plain.pdf"), counts, request.param)


def _words(boxes: str) -> tuple[tuple[Word, ...], tuple[tuple[float, float], ...]]:
    words: list[Word] = []
    sizes: list[tuple[float, float]] = []
    for line in boxes.splitlines():
        if page := re.search(r'<page width="([\d.]+)" height="([\d.]+)"', line):
            sizes.append((float(page[1]), float(page[2])))
        elif word := re.search(r'<word .*?xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)</word>', line):
            words.append(Word(unescape(word[3]), len(sizes), float(word[1]), float(word[2])))
    return tuple(words), tuple(sizes)


def test_all_pages_are_a4_upright_and_not_too_many(printed: Print) -> None:
    assert {(round(width / MILLIMETRE), round(height / MILLIMETRE)) for width, height in printed.sizes} == {(210, 297)}
    assert len(printed.sizes) <= LIMITS[printed.stem][0]


def test_nothing_runs_over_the_margins(printed: Print) -> None:
    over = [
        word
        for word in printed.words
        if not word.text.startswith("z")
        and (word.x_max > (210 - 14) * MILLIMETRE or word.y_max > (297 - 19.5) * MILLIMETRE)
    ]
    assert over == []


def test_no_row_of_a_table_is_cut_by_a_page_end(printed: Print) -> None:
    tops, ends = printed.pages("zra"), printed.pages("zrb")
    assert len(tops) == printed.counts["rows"] >= LIMITS[printed.stem][1]
    assert {name for name in tops if tops[name] != ends[name] or len(tops[name]) != 1} == set()


def test_no_chart_card_or_note_is_cut_by_a_page_end(printed: Print) -> None:
    tops, ends = printed.pages("zwa"), printed.pages("zwb")
    assert len(tops) == printed.counts["wholes"] >= LIMITS[printed.stem][2]
    assert {name for name in tops if tops[name] != ends[name] or len(tops[name]) != 1} == set()


def test_the_head_of_a_table_stands_on_each_of_its_pages(printed: Print) -> None:
    heads = printed.pages("zh")
    assert len(heads) == printed.counts["tables"]
    pages: dict[str, set[int]] = {}
    for name, found in printed.pages("zra").items():
        pages.setdefault(name.split("z")[0] + "z", set()).update(found)
    assert max(len(found) for found in pages.values()) > 3 or LIMITS[printed.stem][1] < 300
    assert {name: found for name, found in pages.items() if not found <= heads[name]} == {}


def test_no_heading_stands_alone_at_the_end_of_a_page(printed: Print) -> None:
    headings, following = printed.pages("zga"), printed.pages("zgb")
    assert len(headings) == printed.counts["headings"] >= LIMITS[printed.stem][3]
    assert {name for name in headings if headings[name] != {min(following[name])}} == set()
    rows = sorted((int(name.split("z")[1]), name[-1], found) for name, found in printed.pages("zra").items())
    alone = [number for (number, kind, found), (_, _, after) in pairwise(rows) if kind == "g" and found != after]
    assert alone == []


def test_the_text_can_be_searched_with_its_marks(printed: Print) -> None:
    phrases = {
        "index": ("Danh mục báo cáo", "Học viện Nông nghiệp Việt Nam"),
        "unit": ("Nhiệm vụ được giao theo Kế hoạch", "Việc đến hạn", "Nghị quyết số 57-NQ/TW"),
    }.get(
        printed.stem.split("-")[0],
        ("Phạm vi và mức độ đầy đủ của số liệu", "Đúng hạn", "Nghị quyết số 57-NQ/TW", "Chưa có nhận xét"),
    )
    for phrase in phrases:
        assert phrase.casefold() in " ".join(printed.text.split()).casefold()


def test_the_list_of_products_takes_few_pages_and_prints_its_addresses(
    sample_reports: Path, browser: Any, require_tool: Callable[[str], str], tmp_path: Path
) -> None:
    page = browser.new_page()
    page.goto((sample_reports / "catalogue-2026.html").as_uri())
    page.pdf(path=tmp_path / "list.pdf", prefer_css_page_size=True)
    addresses = page.locator(".san-pham a").count()
    page.close()
    command = [require_tool("pdftotext"), "-bbox", tmp_path / "list.pdf", "-"]
    words, sizes = _words(subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8"))
    assert {(round(width / MILLIMETRE), round(height / MILLIMETRE)) for width, height in sizes} == {(210, 297)}
    assert len(sizes) <= 60
    assert sum(word.text.startswith("(https://") for word in words) >= addresses
