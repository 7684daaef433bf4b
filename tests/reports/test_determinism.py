"""The same store gives the same bytes: in two checkouts, two time zones, two locales, two orders, with 1 and 2 jobs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nq57kit.files import hash_file

pytestmark = pytest.mark.slow  # all reports are made several times by copies of the code

ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = Path(__file__).with_name("made_elsewhere.py")
_STEMS = (
    *("semiannual-2026-H2", "annual-2026", "unit-2026-H2-vu-tccb"),
    *("unit-2026-H2-hv-nongnghiep", "unit-2026-H2-tt-cntt"),
)


def make(folder: Path, sample: Path, order: str, jobs: int, **words: str) -> dict[str, str]:
    """Copy the code to `folder`, fill a store there, make the reports; return their hashes by name."""
    code = folder / "mã nguồn"
    for name in ("nq57kit", "notebooks", "parameters"):
        shutil.copytree(ROOT / name, code / name, ignore=shutil.ignore_patterns("__pycache__"))
    surroundings = {**os.environ, "PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1", **words}
    command = [sys.executable, str(_PROGRAM), str(sample), str(folder), order, str(jobs)]
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    files = [path for path in sorted((folder / "ra").iterdir()) if path.is_file() and not path.name.startswith(".")]
    return {path.name: hash_file(path) for path in files if path.suffix != ".ipynb"}


def test_two_reports_and_three_scorecards_have_equal_hashes_however_and_wherever_they_are_made(
    sample_folder: Path, tmp_path: Path
) -> None:
    here, there = tmp_path / "a", tmp_path / "nơi khác" / "b"
    here.mkdir()
    there.mkdir(parents=True)
    one = make(
        here,
        sample_folder,
        "forwards",
        1,
        TZ="Asia/Ho_Chi_Minh",
        LC_ALL="C.UTF-8",
        LANG="vi_VN.UTF-8",
        PYTHONHASHSEED="1",
    )
    two = make(there, sample_folder, "backwards", 2, TZ="America/Los_Angeles", LC_ALL="C", PYTHONHASHSEED="77")
    assert {f"{stem}.{ending}" for stem in _STEMS for ending in ("html", "docx", "xlsx", "json")} <= set(one)
    assert one == two
