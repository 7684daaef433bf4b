"""Every fenced block of README.md and docs/: commands are played at a demonstration's desk, Python and SQL are executed, drawings are known as such.

`pytest -n 0 -s tests/test_snippets.py` prints a table of the files with how many blocks each has.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from nq57kit.cli import main

ROOT = Path(__file__).resolve().parents[1]
DESK = "ban-tap"
#: Lines that are not played here, each with the reason; a line is known by how it begins.
EXCUSED = {
    "python3 -m venv": "installs from the registry: .ci/run and `nox -s fresh` play it, word for word",
    **dict.fromkeys(("py -m venv", ".venv\\Scripts"), "needs Windows"),
    "pip download": "brings wheels from the registry for a Windows machine",
    "nq57kit report unit 2026-H2 --all": "58 scorecards take long: tests/test_handbook.py and tests/reports play it",
}
#: Whole files that another test plays, with their very lines.
ELSEWHERE = {
    "so-tay.md": "tests/test_handbook.py",
    "extending.md": "tests/show/test_extending.py",
    "reference.md": "the examples of docstrings, from which it is made, are tests themselves",
}
#: What may say «no» by exit code 1 here: files sent back, a report that does not match.
MAY_REFUSE = {"check", "ingest", "verify"}


@dataclass(frozen=True)
class Snippet:
    page: str
    number: int
    language: str
    text: str

    @property
    def kind(self) -> str:
        """How the block is looked at: played, elsewhere, excused, or drawn."""
        if self.page in ELSEWHERE and self.language:
            return "elsewhere"
        if self.language in {"python", "sql"}:
            return "played"
        said = [line.removeprefix("$ ") for line in self.text.splitlines()]
        if any(sign in self.text for sign in ("─", "→", "├")) and not said[0].startswith(("nq57kit", "jupyter")):
            return "drawn"
        return "excused" if all(excuse(line) for line in said) else "played"


def excuse(line: str) -> str:
    return next((reason for beginning, reason in EXCUSED.items() if line.startswith(beginning)), "")


def find_snippets() -> list[Snippet]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
    found = {page.name: fence.findall(page.read_text(encoding="utf-8")) for page in pages}
    return [
        Snippet(page, number, *block) for page, blocks in found.items() for number, block in enumerate(blocks, start=1)
    ]


SNIPPETS = find_snippets()
PLAYED = [one for one in SNIPPETS if one.kind == "played"]


def test_every_block_is_played_here_or_elsewhere_or_excused_with_a_reason() -> None:
    kinds = ("played", "elsewhere", "excused", "drawn")
    sys.stdout.write(f"\n{'file':24}" + "".join(f"{kind:>10}" for kind in kinds) + "\n")
    for page in dict.fromkeys(one.page for one in SNIPPETS):
        counts = [sum(one.page == page and one.kind == kind for one in SNIPPETS) for kind in kinds]
        sys.stdout.write(f"{page:24}" + "".join(f"{count:>10}" for count in counts) + "\n")
    assert {one.language for one in SNIPPETS} <= {"", "sh", "python", "sql", "pycon", "text"}
    assert len(PLAYED) >= 15
    assert sum(one.kind == "excused" for one in SNIPPETS) <= 5
    for beginning in EXCUSED:
        assert any(line.startswith(beginning) for one in SNIPPETS for line in one.text.splitlines()), beginning


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration's desk with what the snippets name: a plan of one's own, a unit's file, a report as it was handed in."""
    folder = tmp_path_factory.mktemp("snippets") / DESK
    assert main(["demo", "--out", str(folder)]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["report", "annual", "2026", "--as-of", "2026-12-25", "--format", "docx"]) == 0
    shutil.copytree(folder / "ke-hoach", folder / "Kế hoạch của Bộ")
    shutil.copytree(folder / "bao-cao", folder / "trinh-lan-1")
    shutil.copy(folder / "nhan-ve" / "2026-H2" / "NQ57_2026-H2_vu-tccb.xlsx", folder)
    return folder


@pytest.mark.slow  # a demonstration, and every command of the documents
@pytest.mark.parametrize("snippet", PLAYED, ids=lambda one: f"{one.page}-{one.number}")
def test_a_snippet_does_what_it_says(snippet: Snippet, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    if snippet.language == "python":
        exec(compile(snippet.text, snippet.page, "exec"), {})  # noqa: S102 - our own lines
    elif snippet.language == "sql":
        import duckdb

        assert duckdb.connect().execute(snippet.text).fetchall()[0][0] > 0
    else:
        for line in re.split(r"\n|&&", snippet.text.strip()):
            if not excuse(line.strip()):
                play(line.strip().removeprefix("$ "), desk, monkeypatch)


def play(line: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, *words = shlex.split(line, comments=True) or [""]
    if program == "cd":
        monkeypatch.chdir(words[0])
        shutil.copytree(desk / "nhan-ve", "nhan-ve", dirs_exist_ok=True)  # what units have sent meanwhile
    elif program == "nq57kit":
        assert main(words) in ({0, 1} if words[0] in MAY_REFUSE else {0}), line
    elif program in {"papermill", "jupyter"}:
        command = words if program == "jupyter" else [program, *words]  # `jupyter nbconvert` is a module, too
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode("utf-8")[-2000:]
    else:
        assert not line.isascii(), line  # what a command said
