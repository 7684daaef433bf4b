"""`nq57kit verify` and `nq57kit trace` as a person and as a program read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nq57kit.cli import main
from nq57kit.store import Store

pytestmark = pytest.mark.slow


def test_verify_says_khop_or_why_not_with_its_exit_code(
    sample_store: Store, sample_reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, store = sample_reports / "semiannual-2026-H2.json", str(sample_store.folder)
    assert main(["verify", str(kept), "--store", store]) == 0
    assert capsys.readouterr().out == "semiannual-2026-H2.json: KHỚP\n"
    values = json.loads(kept.read_text(encoding="utf-8"))
    values["budget"]["disbursed_vnd"] += 1
    edited = tmp_path / "semiannual-2026-H2.json"
    edited.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert main(["verify", str(edited), "--store", store, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], [cause["kind"] for cause in told["causes"]]) == (False, ["report"])
    assert told["differences"][0].startswith("budget.disbursed_vnd: trong tệp")
    assert main(["verify", str(tmp_path / "a.pdf"), "--store", store]) == 2
    assert main(["verify", str(kept), "--store", str(tmp_path)]) == 2


def test_trace_prints_the_cells_and_lists_the_names(
    sample_store: Store, sample_reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, store = str(sample_reports / "annual-2026.html"), str(sample_store.folder)
    assert main(["trace", report, "kpis.staff_reached", "--store", store, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    added = sum(row["amount"] for row in told["rows"] if row["role"] == "numerator")
    assert added == told["figures"]["numerator"] > 0
    assert main(["trace", report, "unit_task_status.vu-tccb.7", "--store", store]) == 0
    said = capsys.readouterr().out
    assert said.startswith("unit_task_status.vu-tccb.7: được tính 1\n")
    assert "Tiến độ nhiệm vụ" in said
    assert main(["trace", report, "--list", "--store", store]) == 0
    names = capsys.readouterr().out.splitlines()
    assert {"kpis.staff_reached", "budget.disbursed_vnd", "late_units"} <= set(names)
    assert main(["trace", report, "kpis.staf_reached", "--store", store]) == 2
    assert "có phải: kpis.staff_reached" in capsys.readouterr().err
    assert main(["trace", report, "--store", store]) == 2
