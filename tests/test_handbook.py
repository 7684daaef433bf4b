"""docs/so-tay.md: every command of it is played in its order, on a desk made from nothing, as a new analyst would."""

from __future__ import annotations

import html
import re
import shlex
from pathlib import Path

import docx
import pytest

from nq57kit.cli import cli, main

PAGE = Path(__file__).parents[1] / "docs" / "so-tay.md"
#: Commands that say with exit code 1 that a unit's file must be sent back: the synthetic year has some.
SENT_BACK = ("check", "ingest")


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_the_handbook_names_commands_that_exist():
    known = cli.list_commands(None)
    named = set(re.findall(r"`nq57kit ([a-z-]+)", PAGE.read_text(encoding="utf-8"))) | {
        line[1] for line in commands() if line[0] != "cd"
    }
    assert named <= set(known)
    assert len(commands()) >= 20


@pytest.mark.parametrize("ending", ["html", "docx"])
def test_the_handbook_is_written_by_the_reports_own_exporters(ending, tmp_path, capsys):
    assert main(["docs", "--out", str(tmp_path / f"so-tay.{ending}")]) == 0
    content = (tmp_path / f"so-tay.{ending}").read_bytes()
    if ending == "docx":
        text = "\n".join(paragraph.text for paragraph in docx.Document(tmp_path / "so-tay.docx").paragraphs)
    else:
        text = html.unescape(re.sub(r"<[^<>]+>", "", content.decode("utf-8")))
    for line in commands():
        assert " ".join(line[:3]) in text


@pytest.mark.slow  # the whole of an analyst's year: a demonstration, 58 scorecards, five reports
def test_every_command_of_the_handbook_is_done_in_its_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for line in commands():
        if line[0] == "cd":
            monkeypatch.chdir(line[1])
            continue
        assert line[0] == "nq57kit"
        code = main(line[1:])
        said = capsys.readouterr()
        assert code == 0 or (code == 1 and line[1] in SENT_BACK), f"{line}: {code}\n{said.err}"
        assert "Traceback" not in said.err
    assert (Path("bao-cao") / "semiannual-2026-H2.docx").exists()
