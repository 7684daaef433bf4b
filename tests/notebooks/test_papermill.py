"""The notebooks as a scheduler runs them: the papermill command, with a file of `parameters/`, from the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from difflib import SequenceMatcher
from pathlib import Path

import nbformat
import pytest
import scrapbook

from nq57kit.reports import find_notebook
from nq57kit.reports.executed import read_report
from nq57kit.store import Store

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: What every report hands on (contract §5).
HANDED_ON = {
    "period", "kpis", "completeness", "timeliness", "task_status", "activities_by_type", "budget", "late_units",
    "missing_units", "provenance",
}  # fmt: skip


def papermill(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "papermill", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", timeout=600, check=False)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs_and_with_short_cells(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert 10 <= len(code) <= 30
    for cell in code:
        assert not cell.outputs
        assert cell.execution_count is None
        assert cell.source.count("\n") < 18
        assert "def " not in cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_help_notebook_explains_every_parameter_in_vietnamese(path: Path) -> None:
    done = papermill("--help-notebook", path, cwd=ROOT)
    assert done.returncode == 0
    source = next(
        cell.source for cell in nbformat.read(path, as_version=4).cells if "parameters" in cell.metadata.get("tags", ())
    )
    names = re.findall(r"^(\w+): ", source, re.MULTILINE)
    assert {"store", "as_of", "commentary", "plan"} <= set(names)
    for name in names:
        found = re.search(rf"^  {name}: (?:str|int|dict) \(default .*?\)\s+(?P<meaning>.+)$", done.stdout, re.MULTILINE)
        assert found, name
        assert re.search("[ăâđêôơưàáảãạèéẻẽẹìíịòóọùúụ]", found["meaning"]), name


@pytest.mark.slow  # a real kernel starts and runs a whole notebook
@pytest.mark.parametrize(
    ("notebook", "parameters", "period"),
    [
        ("semiannual_consolidated", "semiannual-2026-H2", "2026-H2"),
        ("semiannual_consolidated", "semiannual-2026-H1", "2026-H1"),
        ("annual_assessment", "annual-2026", "2026"),
        ("unit_scorecard", "unit-2026-H2", "2026-H2"),
        ("programme_review", "programme-2026-2030", "2026-2030"),
    ],
)
def test_bare_papermill_runs_a_notebook_with_its_parameter_file(
    notebook: str, parameters: str, period: str, sample_store: Store, tmp_path: Path
) -> None:
    output = tmp_path / "kết quả.ipynb"
    done = papermill(
        ROOT / "notebooks" / f"{notebook}.ipynb",
        output,
        "-f", ROOT / "parameters" / f"{parameters}.yaml",
        "-p", "store", sample_store.folder,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Passed unknown parameter" not in done.stderr
    scraps = scrapbook.read_notebook(str(output)).scraps
    assert set(scraps) >= HANDED_ON
    assert scraps["period"].data == period
    # A scorecard reads the reports of its unit: one for each half.
    told = scraps["provenance"].data["submissions"]
    assert len(told) > 40 or {row["unit_id"] for row in told} == {"vu-tccb"}
    json.dumps({name: scrap.data for name, scrap in scraps.items()}, allow_nan=False)
    written = nbformat.read(output, as_version=4)
    read = read_report(written).values
    # What a notebook cannot know of itself is added where it is read.
    read["provenance"] = {name: value for name, value in read["provenance"].items() if name != "notebook_sha256"}
    assert read == {name: scrap.data for name, scrap in scraps.items()}
    assert not [o for cell in written.cells for o in cell.get("outputs", ()) if o.get("name") == "stderr"]


@pytest.mark.slow  # a real kernel starts and runs a whole notebook
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["-p", "perod", "2026-H2"], "Tham số «perod» không có trong báo cáo này"),
        (["-p", "period", "2026-H3"], "«2026-H3»"),
        (["-p", "store", "kho không có"], "Tham số «store»"),
        (["-r", "as_of", "31/02/2026"], "«31/02/2026» không phải là một ngày có thật"),
    ],
    ids=["unknown name", "no such half", "no store", "no such day"],
)
def test_bare_papermill_ends_a_wrong_parameter_with_one_sentence(
    given: list[str], sentence: str, sample_store: Store, tmp_path: Path
) -> None:
    done = papermill(
        find_notebook("semiannual"), tmp_path / "out.ipynb", "-p", "store", sample_store.folder, *given, cwd=tmp_path
    )
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert sentence in last
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    (error,) = [o for cell in notebook.cells for o in cell.get("outputs", ()) if o.output_type == "error"]
    assert error.traceback == [error.evalue] == [last]


@pytest.mark.slow  # a real kernel starts and runs a whole notebook
@pytest.mark.parametrize("name", ["semiannual_consolidated", "annual_assessment", "unit_scorecard", "programme_review"])
def test_at_a_desk_a_notebook_runs_as_it_stands_and_nbconvert_gives_the_same_page(
    name: str, sample_store: Store, tmp_path: Path
) -> None:
    """As in JupyterLab: the kernel starts in the notebook's folder, no parameter is given."""
    from nbclient import NotebookClient

    from nq57kit.reports.html import render_html
    from nq57kit.starters import init_desk

    desk = init_desk(tmp_path / "bàn làm việc")
    config = f"store = {json.dumps(str(sample_store.folder))}\nplan = 'ke-hoach'\n"
    (desk.folder / "nq57.toml").write_text(config, encoding="utf-8")
    path = desk.folder / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    nbformat.write(notebook, path)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "nbconvert", "--to", "nq57-html", str(path)]
    done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert path.with_suffix(".html").read_text(encoding="utf-8") == render_html(notebook)


def sections(name: str) -> list[tuple[str, str]]:
    """Return the sections of a notebook: the title without its number, and all calls."""
    found: list[tuple[str, str]] = []
    for cell in json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            found.append((re.sub(r"^#+ (?:(?:Phụ lục )?[IVX]+\. )?", "", text), ""))
        else:
            calls = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
            found[-1] = (found[-1][0], found[-1][1] + calls)
    return found[1:]  # the first opens the report


def test_the_annual_report_has_an_order_of_thought_of_its_own() -> None:
    half, year = sections("semiannual_consolidated"), sections("annual_assessment")
    match = SequenceMatcher(None, [calls for _, calls in half], [calls for _, calls in year], autojunk=False)
    shared = {half[block.a + at][0] for block in match.get_matching_blocks() for at in range(block.size)}
    scope = {"Phạm vi và mức độ đầy đủ của số liệu", "Nội dung không tính và điểm cần lưu ý"}
    scope.add("Thực hiện so với kế hoạch năm")  # the units' lines are one list in both
    assert shared <= scope | {"Cách tính và quy ước", "Nguồn gốc số liệu"}
