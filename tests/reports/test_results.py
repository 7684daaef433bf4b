"""What reports hand on, read back as frames: from the JSON, from the executed notebook, from a folder of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import polars as pl
import pytest

import nq57kit
from nq57kit.errors import ParameterError
from nq57kit.reports import collect_results, glue_results, open_report
from nq57kit.store import Store

#: Results that are frames whatever was reported; contract §5.
NAMES = {
    "kpis", "completeness", "timeliness", "task_status", "activities_by_type", "budget", "late_units", "missing_units",
    "provenance",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(sample_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the JSON of three reports, an index and two files that are none."""
    out = tmp_path_factory.mktemp("kết quả")
    asked = (
        ("annual", {"year": 2026}),
        ("semiannual", {"period": "2026-H2"}),
        ("unit", {"period": "2026-H2", "unit_id": "vu-tccb"}),
    )
    for kind, when in asked:
        report = open_report(kind, store=sample_store.folder, as_of="2026-12-25", **when)
        text = json.dumps(collect_results(report), ensure_ascii=False)
        (out / f"{kind}.json").write_text(text, encoding="utf-8")
    (out / "index.json").write_text('{"reports": []}', encoding="utf-8")
    (out / "khác.json").write_text("{", encoding="utf-8")
    (out / "hỏng.ipynb").write_text("không phải sổ ghi", encoding="utf-8")
    return out


def test_one_report_gives_a_frame_for_each_name_with_columns_that_tell_the_report(folder: Path) -> None:
    results = nq57kit.read_results(folder / "annual.json")
    values = json.loads((folder / "annual.json").read_text(encoding="utf-8"))
    assert set(results.names) >= NAMES | {"reports"}
    assert results.kpis.columns[:3] == ["report_kind", "report_period", "report_unit_id"]
    assert results.kpis.select(pl.exclude("^report_.*$")).to_dicts() == values["kpis"]
    assert results["task_status"].equals(results.task_status)
    assert results.budget.height == 1
    assert results.late_units["unit_id"].to_list() == values["late_units"]
    assert results.reports.to_dicts() == [
        {
            "report_kind": "annual",
            "report_period": "2026",
            "report_unit_id": None,
            "as_of": "2026-12-25",
            "provisional": True,
            "file": "annual.json",
        }
    ]
    assert json.loads(results.provenance["submissions"][0]) == values["provenance"]["submissions"]


def test_a_folder_gives_the_rows_of_all_its_reports_and_passes_over_what_is_none(folder: Path) -> None:
    results = nq57kit.read_results(str(folder))
    assert results.reports["file"].to_list() == ["annual.json", "semiannual.json", "unit.json"]
    every = pl.concat(
        [nq57kit.read_results(path).kpis for path in sorted(folder.glob("[asu]*.json"))], how="vertical_relaxed"
    )
    assert results.kpis.to_dicts() == every.to_dicts()
    assert results.unit_task_status.filter(report_kind="unit")["unit_id"].unique().to_list() == ["vu-tccb"]
    assert results.peer_measures["report_unit_id"].unique().to_list() == ["vu-tccb"]
    assert repr(results).startswith("ResultFrames(Kết quả của các báo cáo; báo cáo: 3; ")


def test_a_name_that_is_none_of_the_results_is_told_with_those_that_are(folder: Path) -> None:
    results = nq57kit.read_results(folder / "annual.json")
    with pytest.raises(AttributeError, match=r"'kpi' is none of the results: reports, .*kpis"):
        _ = results.kpi
    assert not hasattr(results, "peer_measures")
    assert {"kpis", "names"} <= set(dir(results))


@pytest.mark.parametrize("name", ["khác.json", "hỏng.ipynb", "index.json", "không có.json"])
def test_what_is_no_report_is_refused_with_one_sentence(folder: Path, name: str) -> None:
    with pytest.raises(ParameterError) as refused:
        nq57kit.read_results(folder / name)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_without_reports_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="không có báo cáo nào"):
        nq57kit.read_results(tmp_path)


def test_reading_json_imports_no_pandas(folder: Path) -> None:
    code = f"import sys, nq57kit; nq57kit.read_results({str(folder / 'annual.json')!r}); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_gluing_displays_what_scrapbook_displays(sample_store: Store) -> None:
    import scrapbook
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    report = open_report("unit", store=sample_store.folder, as_of="2026-12-25", period="2026-H2", unit_id="vu-tccb")
    with capture_output() as ours:
        glue_results(report)
    with capture_output() as theirs, warnings.catch_warnings(action="ignore"):  # no kernel
        for name, value in collect_results(report).items():
            scrapbook.glue(name, value)
    InteractiveShell.clear_instance()
    shown = [[(json.dumps(one.data), one.metadata) for one in way.outputs] for way in (ours, theirs)]
    assert shown[0] == shown[1]
    assert len({type(value) for value in collect_results(report).values()}) == 5  # text, truth, number, list and table


@pytest.mark.slow  # the reports of the whole session
def test_an_executed_notebook_gives_the_same_by_scrapbook_as_its_json(sample_reports: Path, tmp_path: Path) -> None:
    import scrapbook

    for stem in ("annual-2026", "unit-2026-H2-hv-nongnghiep"):
        values = json.loads((sample_reports / f"{stem}.json").read_text(encoding="utf-8"))
        shutil.copy(sample_reports / f"{stem}.ipynb", tmp_path)
        glued = scrapbook.read_notebook(str(tmp_path / f"{stem}.ipynb")).scraps.data_dict
        assert list(glued) == list(values)
        assert {name for name in glued if glued[name] != values[name]} == {"provenance"}
        told = nq57kit.read_results(sample_reports / f"{stem}.json")
        found = nq57kit.read_results(tmp_path / f"{stem}.ipynb")
        assert {name for name in told if not told[name].equals(found[name])} == {"reports"}
    assert nq57kit.read_results(tmp_path).reports["file"].to_list() == [
        "annual-2026.ipynb",
        "unit-2026-H2-hv-nongnghiep.ipynb",
    ]
