"""The wheel: what is installed works away from the checkout, with its notebooks, plan and templates."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow  # builds the package and installs it into a new environment


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], check=True, timeout=600)
    (wheel,) = folder.glob("nq57kit-*.whl")
    target = folder / "gói cài đặt"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), str(wheel)], check=True, timeout=600)
    return target


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(installed), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=env, capture_output=True, encoding="utf-8", timeout=600, check=False
    )


def test_the_wheel_is_what_runs_and_brings_its_data(installed: Path, tmp_path: Path) -> None:
    code = "import nq57kit; print(nq57kit.__file__); print(nq57kit.load_plan().tasks.height)"
    path, tasks = run(installed, tmp_path, "-c", code).stdout.split("\n")[:2]
    assert Path(path).is_relative_to(installed)
    assert tasks == "10"


def test_the_wheel_says_that_it_is_typed_and_under_which_licence(installed: Path) -> None:
    assert (installed / "nq57kit" / "py.typed").is_file()
    (info,) = installed.glob("nq57kit-*.dist-info")
    assert (info / "licenses" / "LICENSE").is_file()


def test_a_desk_and_a_report_are_made_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    assert run(installed, tmp_path, "-m", "nq57kit", "init", "bàn làm việc").returncode == 0
    desk = tmp_path / "bàn làm việc"
    done = run(installed, desk, "-m", "nq57kit", "report", "annual", "2026", "--as-of", "2026-12-25")
    assert done.returncode == 0, done.stderr
    values = json.loads((desk / "bao-cao" / "annual-2026.json").read_text(encoding="utf-8"))
    assert values["completeness"]["numerator"] == 0
    assert (desk / "bao-cao" / "annual-2026.html").is_file()
