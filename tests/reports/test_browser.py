"""The reports as they open from an e-mail: from disk, in Chromium, with the network off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.slow  # Chromium opens whole reports

CARDS = ("unit-2026-H2-hv-nongnghiep", "unit-2026-H2-tt-cntt")
LISTS = ("catalogue-2026-H2", "catalogue-2026")
STEMS = ("semiannual-2026-H2", "annual-2026", *CARDS, *LISTS, "brief-2026", "index")
#: Fewest charts of the pages that have fewer than a report.
CHARTS = {
    "annual-2026": 5,
    "unit-2026-H2-hv-nongnghiep": 2,
    "unit-2026-H2-tt-cntt": 0,
    **dict.fromkeys((*LISTS, "brief-2026", "index"), 0),
}
#: Every letter of Vietnamese with a mark, in both cases.
LETTERS = "".join(
    letter + letter.upper() for letter in "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
)
#: Draws each letter and an impossible one with a font; returns the letters that look like the impossible one.
UNDRAWN = """([letters, font]) => {
  const draw = (text) => {
    const canvas = document.createElement('canvas'); canvas.width = canvas.height = 60;
    const pen = canvas.getContext('2d'); pen.font = '40px ' + font; pen.fillText(text, 5, 45);
    return canvas.toDataURL();
  };
  const missing = draw('\\u{10FFFF}');
  return [...letters].filter((letter) => draw(letter) === missing);
}"""


@pytest.fixture(params=STEMS)
def opened(request: pytest.FixtureRequest, sample_reports: Path, browser: Any) -> Any:
    """A report's page, opened offline, with what it asked for and what it complained of."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}, locale="vi-VN")
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.stem = request.param
    page.address = (sample_reports / f"{request.param}.html").as_uri()
    page.goto(page.address)
    yield page
    context.close()


def test_no_request_leaves_the_page_and_nothing_is_complained_of(opened: Any) -> None:
    assert [url for url in opened.asked if not url.startswith("data:")] == [opened.address]
    assert opened.complaints == []


def test_the_file_names_no_other_address(sample_reports: Path) -> None:
    beside = {path.name for path in sample_reports.iterdir()}
    for stem in STEMS:
        text = (sample_reports / f"{stem}.html").read_text(encoding="utf-8")
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text))
        # Names of XML namespaces are no addresses; evidence links of the synthetic year are plain text.
        assert addresses <= {"http://www.w3.org", "https://vidu.example"}
        # The provenance is data: no browser runs a script of that type.
        text = text.replace('<script type="application/json"', "<data")
        assert not re.search(r"<(?:script|iframe|link|object|embed)\b|\bsrc=\"(?!data:)", text)
        named = {address for address in re.findall(r'\bhref="([^"]*)"', text) if not address.startswith("#")}
        if stem in LISTS:  # a list of products leads to those, and says that they are outside
            outside = re.findall(
                r'<a href="https://[^"]+" rel="noopener noreferrer">.*\(trang ngoài\)</span></a>', text
            )
            assert len(outside) == text.count("https://") - text.count(">https://") > 300
            continue
        # The index and a report lead to files that lie beside them, nowhere else.
        assert {unquote(address).partition("#")[0] for address in named} <= beside
        assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text


def test_every_chart_is_drawn(opened: Any) -> None:
    charts = opened.locator("figure svg")
    assert charts.count() >= CHARTS.get(opened.stem, 8)
    for number in range(charts.count()):
        box = charts.nth(number).bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert box["height"] > 80
        assert charts.nth(number).locator("text").count() > 3
        assert charts.nth(number).get_attribute("aria-label")


def test_every_vietnamese_letter_is_drawn(opened: Any) -> None:
    for selector in ("body", "h1", *(("figure svg text",) if opened.locator("figure svg").count() else ())):
        font = opened.evaluate("(selector) => getComputedStyle(document.querySelector(selector)).fontFamily", selector)
        assert opened.evaluate(UNDRAWN, [LETTERS, font]) == []


def test_the_page_reads_as_a_report(opened: Any) -> None:
    text = opened.locator("body").inner_text()
    for foreign in ("In [", "Out[", "Traceback", "Warning", "shape: (", "None", "NaN", "null", "DataFrame", "import "):
        assert foreign not in text
    headings = opened.locator("h2, caption").all_inner_texts()
    assert headings[0] == (
        {"index": "Báo cáo tổng hợp", "brief-2026": "Năm số liệu chính", **dict.fromkeys(LISTS, "Theo loại")}.get(
            opened.stem
        )
        or "Tóm tắt"
    )
    assert opened.locator("h1").count() == 1
    assert opened.stem == "index" or "năm 2026" in opened.locator("h1").inner_text()


def test_each_link_of_the_list_of_products_is_reached_by_the_keyboard(sample_reports: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((sample_reports / "catalogue-2026-H2.html").as_uri())
    outside = page.locator(".san-pham a")
    assert outside.count() > 300
    outside.first.focus()
    reached = [page.evaluate("document.activeElement.href")]
    for _ in range(2 * outside.count()):  # long text that a unit wrote in place of a link is reached, too
        if len(reached) < outside.count():
            page.keyboard.press("Tab")
            reached += filter(None, [page.evaluate("document.activeElement.href")])
    assert reached == outside.evaluate_all("links => links.map((one) => one.href)")
    page.close()


def test_the_page_is_below_one_megabyte(sample_reports: Path) -> None:
    for stem in STEMS:
        assert (sample_reports / f"{stem}.html").stat().st_size < 1_000_000
