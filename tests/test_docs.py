"""What the documents name is there."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import nq57kit
from nq57kit.cli import cli, making

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(nq57kit.__file__).parent
DOCS = ROOT / "docs"


def test_every_file_that_the_journeys_name_is_there() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+/\w+\.py)`", text))
    assert len(named) > 20
    assert sorted(name for name in named if not (PACKAGE / name).exists() and not name.startswith("tests/")) == []


def test_a_journey_passes_ten_files_at_most() -> None:
    text = (
        (DOCS / "architecture.md").read_text(encoding="utf-8").partition("## Three journeys")[2].partition("\n## ")[0]
    )
    journeys = text.split("\n**A ")[1:]
    assert len(journeys) == 3
    for journey in journeys:
        table = [line for line in journey.splitlines() if line.startswith("| `")]
        assert 5 <= len({file for line in table for file in re.findall(r"`(\w+/\w+\.py)`", line.split("|")[1])}) <= 10


def test_the_drawing_names_every_module() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"\w+", text.partition("```")[2].partition("```")[0].lower()))
    subjects = re.search(r"The subjects: (.*)\.", text)
    assert subjects is not None
    subject_names = set(re.findall(r"`(\w+)`", subjects.group(1)))
    rooms = {path.stem for path in PACKAGE.glob("*/*.py")} | {path.stem for path in PACKAGE.glob("*.py")}
    assert sorted(rooms - drawn - subject_names - {"__init__", "__main__"}) == []


def test_a_subject_is_one_module_in_each_of_two_rooms() -> None:
    figures, shown = ({path.stem for path in (PACKAGE / room).glob("*.py")} for room in ("indicators", "show"))
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    subjects = re.search(r"The subjects: (.*)\.", text)
    assert subjects is not None
    assert set(re.findall(r"`(\w+)`", subjects.group(1))) == (figures & shown) - {"__init__"}


def test_the_readme_names_commands_and_pages_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("| errand |")[2].partition("\n\n")[0]
    known = {*cli.list_commands(None), *making.report.commands, "new"}
    named = [word for span in re.findall(r"`([^`]+)`", table) for word in span.split()]
    assert {word for word in named if re.fullmatch(r"[a-z][a-z-]+", word)} <= known
    assert sorted(link for link in re.findall(r"\]\(([\w/.-]+)\)", text) if not (ROOT / link).exists()) == []


def test_the_readmes_lines_of_python_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    nq57kit.Store.create("kho")
    (code,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own lines


def listed(nav: list[dict[str, Any]]) -> list[str]:
    return [
        page
        for entry in nav
        for value in entry.values()
        for page in ([value] if isinstance(value, str) else listed(value))
    ]


def test_the_site_has_a_place_for_every_page() -> None:
    site = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(listed(site["nav"])) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    assert (site["theme"]["font"], site["use_directory_urls"]) == (False, False)
    assert {"search", "offline"} <= set(site["plugins"])
    assert "analytics" not in str(site)


def heading_ids(path: Path) -> set[str]:
    """Return the ids of a page's headings, as the site and code hosts make them."""
    heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", head).strip().lower()) for head in heads}


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda path: path.name)
def test_each_link_of_a_document_leads_somewhere(path: Path) -> None:
    for address in re.findall(r"\]\(([^()\s]+)\)", path.read_text(encoding="utf-8")):
        if address.startswith("https://"):
            continue
        name, _, place = address.partition("#")
        target = (path.parent / name) if name else path
        assert target.is_file(), address
        assert not place or place in heading_ids(target), address


@pytest.mark.slow  # the site is built and opened in Chromium; `nox -s docs` has what it needs
@pytest.mark.skipif(
    importlib.util.find_spec("zensical") is None, reason="the site's generator is not installed (nox -s docs)"
)
def test_the_site_asks_nobody_and_its_search_finds_vietnamese_words_offline(browser: Any) -> None:
    site, asked = ROOT / "site", set()
    page = browser.new_page()
    page.on("request", lambda request: asked.add(request.url))
    for path in sorted(site.glob("*.html")):
        page.goto(path.as_uri(), wait_until="load")
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Control+k")
    page.wait_for_function("document.activeElement.shadowRoot && document.activeElement.shadowRoot.activeElement")
    page.keyboard.type("đôn đốc", delay=50)
    page.get_by_text(re.compile(r"^[1-9]\d* results?$")).wait_for()
    page.close()
    assert sorted(url for url in asked if not url.startswith(("file:", "data:", "blob:"))) == []
