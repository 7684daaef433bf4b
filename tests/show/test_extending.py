"""A new subject in one sitting: what docs/extending.md says is done, with its very lines, and gives a page."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from nq57kit.store import Store

pytestmark = pytest.mark.slow  # runs a notebook of its own

NOTEBOOK = "notebooks/semiannual_consolidated.ipynb"


def blocks_of(text: str) -> dict[str, str]:
    """The fenced code of a page by the place that its first line names."""
    return dict(re.findall(r"```python\n# (\S+|cell of \S+)\n(.*?)```", text, re.DOTALL))


def test_the_documented_subject_is_added_at_a_desk_and_stands_in_the_report(
    request: pytest.FixtureRequest,
    sample_store: Store,
    run_command: Callable[..., subprocess.CompletedProcess[bytes]],
    tmp_path: Path,
) -> None:
    code = blocks_of((request.config.rootpath / "docs" / "extending.md").read_text(encoding="utf-8"))
    desk = tmp_path / "bàn"
    assert run_command("init", desk, cwd=tmp_path).returncode == 0
    shutil.rmtree(desk / "kho")
    shutil.copytree(sample_store.folder, desk / "kho")
    cell = code.pop(f"cell of {NOTEBOOK}")
    assert len(code) == 2
    for place, text in code.items():
        (desk / place).write_text(text, encoding="utf-8")
    add_cells(desk / NOTEBOOK, cell)
    done = run_command("report", "semiannual", "2026-H2", "--as-of", "2026-12-25", "--format", "xlsx", cwd=desk)
    assert done.returncode == 0, done.stderr.decode()
    page = (desk / "bao-cao" / "semiannual-2026-H2.html").read_text(encoding="utf-8")
    assert 'id="hinh-minh-chung"' in page
    rows = sample_store.read("activities", "2026-H2").collect()
    said = re.search(r"([\d.]+)/([\d.]+) hoạt động có địa chỉ minh chứng", page)
    assert said is not None
    linked, every = (int(number.replace(".", "")) for number in said.groups())
    assert 0 < linked <= rows["evidence_url"].drop_nulls().len()
    assert linked <= every <= rows.height


def add_cells(path: Path, source: str) -> None:
    """Write a heading and a cell after the section on outputs, as a person does in JupyterLab."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    at = next(n for n, cell in enumerate(notebook["cells"]) if "outputs.show(results)" in "".join(cell["source"])) + 1
    notebook["cells"][at:at] = [
        {"cell_type": "markdown", "id": "x-1", "metadata": {}, "source": "## Minh chứng"},
        {"cell_type": "code", "id": "x-2", "metadata": {}, "source": source, "outputs": [], "execution_count": None},
    ]
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
