"""What the documents name is there."""

from __future__ import annotations

import re
from pathlib import Path

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
