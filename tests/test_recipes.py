"""examples/recipes: each file is run as its first line says, on the synthetic year; figures are compared with the units' workbooks."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import docx
import pytest

from nq57kit.reports import packaged

RECIPES = Path(__file__).parents[1] / "examples" / "recipes"
AS_OF = "2026-12-25"

pytestmark = pytest.mark.slow  # a process each


@pytest.fixture
def cook(sample_store):
    def run(name: str, *words: str) -> str:
        command = [sys.executable, "-W", "error", str(RECIPES / name), str(sample_store.folder), *words]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_overdue_tasks_of_a_unit_are_those_that_its_form_leaves_open(cook):
    assert [row["task_id"] for row in rows(cook("overdue_tasks.py", "2026-H2", "vu-tccb", AS_OF))] == ["7"]
    assert rows(cook("overdue_tasks.py", "2026-H2", "vu-pc", AS_OF)) == []


def test_an_indicator_over_the_years_is_the_one_of_the_annual_report_with_silence_left_blank(cook, sample_reports):
    first, second = rows(cook("indicator_over_years.py", "2026", "2027", "staff_reached"))
    told = json.loads((sample_reports / "annual-2026.json").read_text(encoding="utf-8"))["kpis"]
    own = next(one for one in told if one["indicator"] == "staff_reached")
    assert (int(first["numerator"]), int(first["denominator"])) == (own["numerator"], own["denominator"])
    assert (second["year"], second["value"]) == ("2027", "")


def test_who_has_not_sent_is_a_table_that_excel_opens(cook, tmp_path):
    out = tmp_path / "chua-gui.csv"
    told = cook("not_sent.py", "2026-H2", str(out), AS_OF).strip()
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert told == f"{len(rows(out.read_text(encoding='utf-8-sig')))}/58"


def test_an_indicator_of_ones_own_counts_rows_with_an_address(cook, sample_reports):
    found = {row["unit_id"]: row for row in rows(cook("own_indicator.py", "2026-H2", AS_OF))}
    told = json.loads((sample_reports / "semiannual-2026-H2.json").read_text(encoding="utf-8"))["by_unit"]
    assert len(found) == 58
    for unit in told:
        assert int(found[unit["unit_id"]]["activities"] or 0) == (unit["activities"] or 0)
    linked = [int(row["linked"]) for row in found.values() if row["linked"]]
    assert 0 < sum(linked) < sum(int(row["activities"]) for row in found.values() if row["linked"])


def test_a_report_of_ones_own_is_made_by_bare_papermill_and_by_our_command(cook, tmp_path, sample_store, run_command):
    page = Path(cook("own_report.py", "2026-H2", str(tmp_path / "riêng"), AS_OF).strip())
    text = page.read_text(encoding="utf-8")
    for head in ("Ai đã gửi", "Đã làm gì", "Đến được bao nhiêu người"):
        assert head in text
    assert docx.Document(page.with_suffix(".docx")).tables
    desk = tmp_path / "bàn"
    assert run_command("init", desk, cwd=tmp_path).returncode == 0
    assert (packaged("notebooks") / "semiannual_consolidated.ipynb").exists()
    own = (RECIPES / "own_report.ipynb").read_text(encoding="utf-8")
    (desk / "notebooks" / "semiannual_consolidated.ipynb").write_text(own, encoding="utf-8")
    made = run_command("report", "semiannual", "2026-H2", "--store", sample_store.folder, "--as-of", AS_OF, cwd=desk)
    assert made.returncode == 0, made.stderr.decode()
    ours = (desk / "bao-cao" / "semiannual-2026-H2.html").read_text(encoding="utf-8")
    assert "Đến được bao nhiêu người" in ours
    assert "semiannual-2026-H2.html" in (desk / "bao-cao" / "index.html").read_text(encoding="utf-8")
