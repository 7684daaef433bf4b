"""examples/recipes: each file is run as its first line says, on the synthetic year; figures are compared with the units' workbooks."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import docx
import pytest

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


def test_a_report_of_ones_own_is_made_by_bare_papermill_and_listed(cook, tmp_path):
    page = Path(cook("own_report.py", "2026-H2", str(tmp_path / "riêng"), AS_OF).strip())
    text = page.read_text(encoding="utf-8")
    for head in ("Ai đã gửi", "Đã làm gì", "Đến được bao nhiêu người", "có ít nhất 5 hoạt động"):
        assert head in text
    assert docx.Document(page.with_suffix(".docx")).tables
    listed = json.loads((page.parent / "index.json").read_text(encoding="utf-8"))
    assert [one["title"] for one in listed["reports"]] == ["Hai phút về truyền thông"]


def test_a_report_of_ones_own_is_made_by_our_command_beside_the_stock_one(tmp_path, sample_store, run_command):
    desk = tmp_path / "bàn"
    assert run_command("init", desk, cwd=tmp_path).returncode == 0
    shutil.copy(RECIPES / "own_report.ipynb", desk / "notebooks" / "hai-phut.ipynb")
    words = ("--store", sample_store.folder, "--as-of", AS_OF)
    shares = sample_store.read("activities", "2026-H2").collect().drop_nulls("evidence_url").group_by("unit_id").len()
    for least in (5, 9):
        made = run_command("report", "own", "hai-phut", "2026-H2", "-p", "at_least", str(least), *words, cwd=desk)
        assert made.returncode == 0, made.stderr.decode()
        page = (desk / "bao-cao" / "hai-phut-2026-H2.html").read_text(encoding="utf-8")
        (told,) = re.findall(r"(\d+) đơn vị có ít nhất (\d+) hoạt động", page)
        assert int(told[1]) == least
        assert 0 < int(told[0]) <= shares.filter(shares["len"] >= least).height
    assert sorted(one.name for one in (desk / "bao-cao").glob("[!.]*")) == [
        *(f"hai-phut-2026-H2.{ending}" for ending in ("html", "ipynb", "json")), "index.html", "index.json"]  # fmt: skip
    page = desk / "bao-cao" / "hai-phut-2026-H2.html"
    assert "Hai phút về truyền thông, 6 tháng cuối năm 2026" in (page.parent / "index.html").read_text(encoding="utf-8")
    proved = run_command("verify", page, "--store", sample_store.folder, cwd=desk)
    assert proved.returncode == 0, proved.stdout.decode()
    wrong = run_command("report", "own", "hai-phut", "2026-H2", "-p", "at_lest", "5", *words, cwd=desk)
    assert (wrong.returncode, "at_lest" in wrong.stderr.decode()) == (2, True)
