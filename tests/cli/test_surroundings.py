"""Every command on a poor console, in an awkward folder, much as on Windows, leaving the package as it was."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import nq57kit

pytestmark = pytest.mark.slow  # a demonstration is made, and a process started for each command

POOR = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "cp1252", "PYTHONDONTWRITEBYTECODE": "1"}
#: Nor does Python copy a process, make a link, or replace a file that is open (windows/sitecustomize.py).
HERE = Path(__file__)
WINDOWS = {**POOR, "PYTHONPATH": os.pathsep.join([str(HERE.parents[2]), str(HERE.parent / "windows")])}
#: What a path may have on Windows, where nothing else is set.
LONGEST = 259
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, run_command: Run) -> Path:
    """A desk made by `nq57kit demo` in a deep folder with spaces and «Đ», on a console of code page 1252."""
    folder = tmp_path_factory.mktemp("nơi").joinpath(*["thư mục của Đơn vị"] * 16)
    assert len(str(folder)) > LONGEST
    folder.parent.mkdir(parents=True)
    done = run_command("demo", "--out", folder, cwd=folder.parent, env=WINDOWS)
    assert done.returncode == 0, done.stderr
    assert "Du lieu gia lap" in done.stdout.decode("cp1252")
    return folder


def test_the_demo_writes_both_reports(desk: Path) -> None:
    names = {path.name for path in (desk / "bao-cao").iterdir() if not path.name.startswith(".")}
    reports = ("semiannual-2026-H2", "annual-2026")
    made = {f"{stem}.{ending}" for stem in reports for ending in ("html", "ipynb", "json")}
    beside = {f"{name}-{period}.html" for name in ("brief", "catalogue") for period in ("2026-H2", "2026")}
    briefs = {"brief-2026-H2.docx", "brief-2026.docx"}
    assert names == made | beside | briefs | {"index.html", "index.json"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["plan", "tasks"], 0),
        (["plan", "units"], 0),
        (["plan", "unit", "Vụ Tổ chức cán bộ"], 0),
        (["plan", "settings"], 0),
        (["template", "2026-H2", "--out", "biểu mẫu", "--unit", "vu-tccb"], 0),
        (["check", "nhan-ve/2026-H2"], 1),
        (["ingest", "nhan-ve/2026-H2"], 1),
        (["status", "2026-H2", "--as-of", "2026-12-25"], 0),
        (["report", "semiannual", "2026-H1", "--as-of", "2026-06-25"], 0),
        (["init", "Bàn Đ"], 0),
        (["sample", "--out", "mẫu"], 0),
        (["--help"], 0),
        (["report", "annual", "2031"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_a_command_works_on_a_poor_console_inside_the_desk(
    desk: Path, run_command: Run, arguments: list[str], code: int
) -> None:
    done = run_command(*arguments, cwd=desk, env=POOR)
    said = (done.stdout + done.stderr).decode("cp1252")
    assert done.returncode == code, said
    assert "Traceback" not in said
    assert "Error" not in said


def test_json_on_a_poor_console_is_whole(desk: Path, run_command: Run) -> None:
    done = run_command("plan", "tasks", "--format", "json", cwd=desk, env=POOR)
    tasks = json.loads(done.stdout.decode("ascii"))
    assert len(tasks) == 10
    assert tasks[1]["lead"] == "Văn phòng Bộ"


def test_no_command_writes_into_the_package(tmp_path: Path, run_command: Run) -> None:
    package = Path(nq57kit.__file__).parent

    def state() -> dict[str, int]:
        return {str(p): p.stat().st_mtime_ns for p in package.rglob("*") if "__pycache__" not in p.parts}

    before = state()
    for arguments in (["init", "bàn"], ["template", "2026-H1", "--out", "m", "--unit", "van-phong"]):
        assert run_command(*arguments, cwd=tmp_path, env=POOR).returncode == 0
    done = run_command("report", "annual", "2026", "--as-of", "2026-12-25", cwd=tmp_path / "bàn", env=POOR)
    assert done.returncode == 0, done.stderr
    assert state() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "annual", "2026"],
        ["report", "unit", "2026-H2", "--all"],
        ["report", "unit", "2026-H2", "--unit", "vu-tccb", "--format", "docx"],
        ["template", "2026-H2"],
        ["sample"],
        ["demo"],
    ],
    ids=" ".join,
)
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    desk: Path, run_command: Run, arguments: list[str]
) -> None:
    (desk / "tệp").touch()
    place = desk / "tệp" / "ra"
    done = run_command(*arguments, "--out", place, cwd=desk)
    assert done.returncode == 2
    assert done.stdout == b""
    (said,) = done.stderr.decode().splitlines()  # no step was told before it
    assert said.startswith("Lỗi: ")
    assert f"«{place}»" in said


def test_a_folder_for_returned_forms_is_tried_before_they_are_checked(desk: Path, run_command: Run) -> None:
    (desk / "tệp").touch()
    done = run_command("check", "nhan-ve/2026-H2", "--return", desk / "tệp" / "ra", cwd=desk)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("Lỗi: không đọc hoặc ghi được «")


def test_scorecards_are_made_where_no_process_can_be_copied(desk: Path, run_command: Run) -> None:
    asked = [
        "report",
        "unit",
        "2026-H2",
        "--unit",
        "vu-tccb",
        "--as-of",
        "2026-12-25",
        "--format",
        "docx",
        "--format",
        "xlsx",
    ]
    done = run_command(*asked, cwd=desk, env=WINDOWS)
    assert done.returncode == 0, done.stderr
    made = {path.suffix for path in (desk / "bao-cao").glob("unit-2026-H2-vu-tccb.*")}
    assert made == {".html", ".ipynb", ".json", ".docx", ".xlsx"}


def test_every_name_in_a_desk_can_be_one_on_windows(desk: Path) -> None:
    """No reserved name or sign, no two that differ in case alone, and none so long that a desk needs a short home."""
    paths = [path.relative_to(desk) for path in desk.rglob("*")]
    assert len(paths) > 900
    assert [path for path in paths if is_refused_by_windows(path.name)] == []
    assert len({str(path).casefold() for path in paths}) == len(paths)
    assert max(len(str(path)) for path in paths) < LONGEST - 100


def is_refused_by_windows(name: str) -> bool:
    reserved = {
        "CON",
        "PRN",
        "AUX",
        "NUL",
        *(f"{device}{number}" for device in ("COM", "LPT") for number in range(1, 10)),
    }
    signs = set('<>:"/\\|?*') | set(map(chr, range(32)))
    return bool(signs & set(name)) or name[-1] in ". " or name.split(".", maxsplit=1)[0].rstrip().upper() in reserved


@pytest.mark.parametrize("name", ["NUL.xlsx", "con", "a:b.html", "a.", "a ", "COM1.2026.docx", "a\tb"])
def test_a_name_that_windows_refuses_is_known_as_such(name: str) -> None:
    assert is_refused_by_windows(name)
