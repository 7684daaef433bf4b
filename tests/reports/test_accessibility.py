"""The reports for who reads them otherwise: axe-core at WCAG 2.2 AA, all widths of screens, both colour schemes.

axe-core comes from npm, pinned by `tests/package-lock.json` (with its hash), and is kept in pytest's cache.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nq57kit.show.charts import COLOURS, STATUS_STYLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTS = Path(__file__).resolve().parent.parent
#: The pages that are looked at: files in the folder of `sample_reports`.
REPORTS = ("semiannual-2026-H2", "annual-2026", "unit-2026-H2-hv-nongnghiep", "unit-2026-H2-tt-cntt")
PAGES = (*REPORTS, "programme-2026-2026", "catalogue-2026", "brief-2026-H2", "index")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: The inside of a chart is left out: it is one picture with a name and a description, and axe cannot see the ground
#: beneath its letters. Their contrast is shown below, from the colours themselves.
RUN = """async (only) => {
  const found = await axe.run({exclude: ['figure svg > *']}, {runOnly: only});
  const brief = (items) => items.flatMap((item) => item.nodes.map((node) => `${item.id}: ${node.html.slice(0, 200)}`));
  return {violations: brief(found.violations), incomplete: brief(found.incomplete), passes: found.passes.length};
}"""
#: What axe leaves for a person to judge: contrast of text that is scrolled out of its region (judged below), and heads
#: of groups of rows, which it does not know (`<th scope="rowgroup">` over the rows, as HTML's own example has it).
JUDGED = ("color-contrast:", "th-has-data-cells: <table")
HEADS = 'color-contrast: <th scope="rowgroup"'
#: axe cannot say the contrast of text that is scrolled out of its region: for that question nothing scrolls.
UNROLLED = "* { overflow: visible !important; max-height: none !important; position: static !important; }"


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest, require_tool: Callable[[str], str]) -> str:
    """The script of axe-core, installed by `npm ci`; skipped without npm or network, failed where tools are required."""
    lock = json.loads((TESTS / "package-lock.json").read_text(encoding="utf-8"))
    version = lock["packages"]["node_modules/axe-core"]["version"]
    folder = Path(request.config.cache.mkdir("axe-core")) / version  # type: ignore[union-attr]
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        npm = require_tool("npm")
        require_tool("node")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(TESTS / name, folder / name)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
        if done.returncode or not script.is_file():
            reason = f"npm could not install axe-core: {done.stderr.decode(errors='replace')[-300:]}"
            if os.environ.get("NQ57_REQUIRE_TOOLS"):
                pytest.fail(reason)
            pytest.skip(reason)
    return script.read_text(encoding="utf-8")


@pytest.fixture(params=PAGES)
def address(request: pytest.FixtureRequest, sample_reports: Path) -> str:
    return (sample_reports / f"{request.param}.html").as_uri()


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Open the page offline, at a width and in a colour scheme; requests and complaints are kept."""
    contexts = []

    def opened(width: int, scheme: str = "light") -> Any:
        context = browser.new_context(
            offline=True, viewport={"width": width, "height": 900}, color_scheme=scheme, locale="vi-VN"
        )
        contexts.append(context)
        page = context.new_page()
        page.seen = []
        page.on("request", lambda asked: page.seen.append(asked.url) if asked.url != address else None)
        page.on("console", lambda message: page.seen.append(message.text))
        page.on("pageerror", lambda error: page.seen.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.slow  # a browser and all rules of axe on a long page
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])  # colours do not depend on the width
def test_axe_finds_nothing(open_page: Callable[..., Any], axe: str, width: int, scheme: str) -> None:
    page = open_page(width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate(axe)
    found = page.evaluate(RUN, {"type": "tag", "values": list(TAGS)})
    assert found["violations"] == []
    assert [one for one in found["incomplete"] if not one.startswith(JUDGED)] == []
    assert found["passes"] > 25


@pytest.mark.slow  # Chromium opens whole reports
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(open_page: Callable[..., Any], axe: str, scheme: str) -> None:
    page = open_page(1920, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.add_style_tag(content=UNROLLED)
    page.evaluate(axe)
    found = page.evaluate(RUN, {"type": "rule", "values": ["color-contrast"]})
    assert found["violations"] == []
    assert [one for one in found["incomplete"] if not one.startswith(HEADS)] == []
    # axe does not see the ground of heads that span a table and take two lines; the browser knows it.
    pairs = page.evaluate(
        "[...document.querySelectorAll('.nhom > th')].map((one) => getComputedStyle(one))"
        ".map((style) => [style.color, style.backgroundColor])"
    )
    assert pairs or not page.locator("main tbody .nhom").count()
    for ink, ground in {tuple(pair) for pair in pairs}:
        assert contrast(_hex(ink), _hex(ground)) >= 4.5


@pytest.mark.slow  # Chromium opens whole reports
def test_no_width_scrolls_sideways_and_nothing_is_asked_for(open_page: Callable[..., Any]) -> None:
    for width in (360, 768, 1280, 1920):
        page = open_page(width)
        for folded in (True, False):
            page.evaluate(
                "(open) => document.querySelectorAll('details').forEach((one) => { one.open = open; })", not folded
            )
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.seen == []


@pytest.mark.slow  # Chromium opens whole reports
def test_headings_go_down_by_one_and_charts_say_what_they_show(open_page: Callable[..., Any]) -> None:
    page = open_page(1280)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    charts = page.locator("figure svg")
    for number in range(charts.count()):
        assert len(charts.nth(number).get_attribute("aria-label")) > 30


@pytest.mark.slow  # Chromium opens whole reports
def test_letters_of_charts_have_the_colours_whose_contrast_is_shown(sample_reports: Path) -> None:
    inks = {COLOURS["ink"], COLOURS["soft"], *(style.ink for style in STATUS_STYLES.values())}
    for stem in REPORTS:
        html = (sample_reports / f"{stem}.html").read_text(encoding="utf-8")
        letters = re.findall(r"<text\b[^>]*>", html)
        assert len(letters) > 300 or stem.startswith("unit")
        assert {ink[1] for one in letters if (ink := re.search(r'fill="([^"]+)"', one))} <= inks
        # Text without a colour would be black; text that is seen through would lose contrast.
        assert all("fill=" in one for one in letters)
        assert {value for one in letters for value in re.findall(r'opacity="([^"]+)"', one)} <= {"1", "0"}


@pytest.mark.parametrize("name", ["ink", "soft"])
def test_letters_on_the_ground_of_charts_have_contrast(name: str) -> None:
    assert contrast(COLOURS[name], "#ffffff") >= 4.5


@pytest.mark.parametrize("status", STATUS_STYLES)
def test_letters_on_a_status_have_contrast(status: str) -> None:
    style = STATUS_STYLES[status]
    assert contrast(style.ink, style.fill) >= 4.5


@pytest.mark.parametrize("name", ["main", "second", "mark", "good"])
def test_shapes_of_charts_stand_out_from_their_ground(name: str) -> None:
    """WCAG 1.4.11 asks for 3:1; lighter fills have an outline that reaches it."""
    assert max(contrast(COLOURS[name], "#ffffff"), contrast(COLOURS["soft"], "#ffffff")) >= 3


def turn(colour: str) -> str:
    """Return a colour as a browser draws it under `invert(1) hue-rotate(180deg)` (Filter Effects 1, in sRGB)."""
    red, green, blue = (1 - int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    grey = 0.213 * red + 0.715 * green + 0.072 * blue
    return "#" + "".join(f"{round(255 * min(1, max(0, 2 * grey - one))):02x}" for one in (red, green, blue))


@pytest.mark.parametrize("status", STATUS_STYLES)
def test_letters_of_charts_have_contrast_in_the_dark(status: str) -> None:
    style = STATUS_STYLES[status]
    assert contrast(turn(style.ink), turn(style.fill)) >= 4.5
    assert min(contrast(turn(COLOURS[name]), turn("#ffffff")) for name in ("ink", "soft")) >= 4.5


@pytest.mark.slow  # Chromium opens whole reports
def test_in_the_dark_no_chart_has_a_white_ground(browser: Any, sample_reports: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto((sample_reports / "semiannual-2026-H2.html").as_uri())
    styles = page.locator(".tranh").evaluate_all(
        "all => all.map((one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one.querySelector('svg')).filter])"
    )
    assert len(styles) > 5
    assert {tuple(one) for one in styles} == {("rgb(0, 0, 0)", "invert(1) hue-rotate(180deg)")}
    page.close()


@pytest.mark.slow  # Chromium opens whole reports
@pytest.mark.parametrize("stem", PAGES)
def test_on_a_phone_what_goes_on_beyond_the_edge_says_so(browser: Any, sample_reports: Path, stem: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((sample_reports / f"{stem}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = page.locator(".scroll").evaluate_all(
        "all => all.map((one) => [one.innerText.slice(0, 60), one.scrollWidth > one.clientWidth, getComputedStyle(one, '::before').content.includes('Vuốt ngang')])"
    )
    assert [text for text, wide, told in found if wide and not told] == []
    if stem == "semiannual-2026-H2":  # the verdict itself needs no hand
        box = page.locator("#chi-tieu thead th", has_text="Đánh giá").bounding_box()
        assert box["x"] + box["width"] <= 390
    page.close()


def _hex(colour: str) -> str:
    """Return «rgb(1, 2, 3)» as «#010203»; a colour that is seen through is refused."""
    assert colour.startswith("rgb(")
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 computes it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
