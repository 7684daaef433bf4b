"""docs/rap.md and docs/reproducibility.md name commands, options, files and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from nq57kit.cli import cli
from nq57kit.reports.provenance import ELEMENT_ID, KEYS
from nq57kit.reports.tracer import COLUMNS

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("rap.md", "reproducibility.md")


def commands(text: str) -> list[list[str]]:
    """Return the words of each «nq57kit …» in code, up to a comment or the next command."""
    spans = re.findall(r"`([^`\n]*nq57kit [^`\n]*)`|^(nq57kit .*)$", text, re.MULTILINE)
    lines = [line for pair in spans for line in pair if line]
    found = [
        re.split(r"\s+#|\s&&\s", part)[0]
        for line in lines
        for part in re.findall(r"(?:^|&& )(nq57kit .*?)(?= && |$)", line)
    ]
    return [words.split()[1:] for words in found]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists_with_its_options(page: str) -> None:
    told = commands((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert len(told) >= 5
    for words in told:
        context = click.Context(cli)
        command: click.Command | None = cli
        for word in words:
            if not isinstance(command, click.Group):
                break
            command = command.get_command(context, word)
            assert command is not None, words
        assert command is not None
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, words


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_test_that_is_named_exists(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:tests|docs|notebooks|data)/[\w./-]+\.(?:py|md|json|ipynb)\b|\btests/\w+\b", text))
    named |= {f"docs/{name}" for name in re.findall(r"\]\((\w+\.md)\)", text)}
    named |= {f"nq57kit/{name}" for name in re.findall(r"`((?:reports|store|indicators)/[\w/]+(?:\.py|/))`", text)}
    assert named
    for name in sorted(named):
        assert (ROOT / name).exists(), name


def test_the_page_tells_the_columns_of_a_trace_and_the_name_of_the_data_block() -> None:
    text = (ROOT / "docs" / "reproducibility.md").read_text(encoding="utf-8")
    assert [column for column in COLUMNS if f"`{column}`" not in text] == []
    assert f'id="{ELEMENT_ID}"' in text


def test_every_key_of_the_provenance_is_explained() -> None:
    text = (ROOT / "docs" / "reproducibility.md").read_text(encoding="utf-8")
    assert [key for key in KEYS if f"`{key}`" not in text] == []
