"""A state secret leaves no trace: not in the store, not in what is printed, not in a temporary folder, not after a kill.

Each command runs in a process of its own with an empty temporary folder; then every byte that is left is looked through.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
#: Invented words that occur nowhere else (synthetic).
NAME = "Zirkonquasar Vượngphủ"
SECRETS: dict[str, Callable[[dict[str, list[dict[str, Any]]]], None]] = {
    "in the name": lambda records: records["science_tasks"][0].update(name=f"{NAME} (Mật)"),
    "in a note": lambda records: records["activities"][0].update(note=f"Độ mật: Mật – {NAME}"),
    "in a part that no cell shows": lambda records: None,
    "in an issue": lambda records: records["issues"][0].update(description=f"{NAME} thuộc bí mật nhà nước"),
}

Records = dict[str, list[dict[str, Any]]]


def pieces() -> list[bytes]:
    """The secret's words in the encodings in which a trace could lie."""
    words = NAME.split()
    return [word.encode(encoding) for word in words for encoding in ("utf-8", "utf-16-le")] + [
        ascii(word)[1:-1].encode() for word in words
    ]


def find_traces(folder: Path, secret_bytes: bytes) -> list[str]:
    """Return the files in which a word of the secret stands, also inside zips, and those that are the file itself."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            unpacked = content
            if zipfile.is_zipfile(io.BytesIO(content)):
                with zipfile.ZipFile(io.BytesIO(content)) as source:
                    unpacked += b"".join(source.read(name) for name in source.namelist())
            if any(piece in unpacked for piece in pieces()) or secret_bytes[100:400] in content:
                found.append(str(path.relative_to(folder)))
        if any(piece.decode("utf-8", "ignore") in path.name for piece in pieces() if piece):
            found.append(path.name)
    return found


class Place:
    """A folder with the secret file in one part and everything that a command may write in the others."""

    def __init__(self, folder: Path, content: bytes) -> None:
        self.content = content
        self.sent, self.work, self.scratch = (folder / name for name in ("gui", "lam viec", "tam"))
        for one in (self.sent, self.work, self.scratch):
            one.mkdir()
        self.file = self.sent / "bao-cao.xlsx"
        self.file.write_bytes(content)

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        names = dict.fromkeys(("TMPDIR", "TEMP", "TMP", "HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"), str(self.scratch))
        surroundings = {
            **os.environ,
            **names,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, "-m", "nq57kit", *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=self.work, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def traces(self, *printed: bytes) -> list[str]:
        found = [*find_traces(self.work, self.content), *find_traces(self.scratch, self.content)]
        return found + [f"printed: {one!r}" for one in printed if any(piece in one for piece in pieces())]


@pytest.fixture(params=sorted(SECRETS))
def place(request: pytest.FixtureRequest, fill: Callable[..., Path], records: Records, tmp_path: Path) -> Place:
    SECRETS[request.param](records)
    path = fill(records, name="goc.xlsx")
    if request.param == "in a part that no cell shows":
        with zipfile.ZipFile(path, "a") as target:
            target.writestr("xl/pivotCache/pivotCacheRecords1.xml", f'<r><s v="{NAME} (Tuyệt mật)"/></r>')
    content = path.read_bytes()
    path.unlink()
    folder = tmp_path / "thu"
    folder.mkdir()
    return Place(folder, content)


def test_the_search_finds_a_trace(place: Place):
    (place.scratch / "a.txt").write_text(f"… {NAME} …", encoding="utf-8")
    (place.work / "b.xlsx").write_bytes(place.content)
    assert len(place.traces(NAME.encode())) == 3


@pytest.mark.slow  # a process, and a search through all that it left
@pytest.mark.parametrize(
    "command", [["check"], ["check", "--format", "json"], ["ingest", "--store", "kho"]], ids=["table", "json", "ingest"]
)
def test_no_command_leaves_a_trace(place: Place, command):
    done = place.start(*command, place.file)
    printed = done.communicate(timeout=120)
    assert done.returncode == 1, printed
    assert b"Traceback" not in printed[1]
    assert place.traces(*printed) == []
    assert "bí mật nhà nước".encode() in b"".join(printed) or b'"secret"' in printed[0]


@pytest.mark.slow  # a command is started and killed again and again
@pytest.mark.skipif(os.name == "nt", reason="a process is killed by a signal here")
@pytest.mark.parametrize("place", ["in the name"], indirect=True)
def test_a_killed_run_leaves_no_trace(place: Place):
    """Killed at many moments of its life, from the start to the end; which words tell the secret does not matter here."""
    begun = time.monotonic()
    whole = place.start("ingest", "--store", "kho", place.file)
    whole.communicate(timeout=120)
    length = time.monotonic() - begun
    for step in range(1, 9):
        run = place.start("ingest", "--store", f"kho{step}", place.file)
        time.sleep(length * step / 9)
        run.send_signal(signal.SIGKILL)
        printed = run.communicate(timeout=120)
        assert place.traces(*printed) == []
