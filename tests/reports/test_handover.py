"""A report handed to its notebook: taken with the same parameters alone, from a private file alone; glue as scrapbook's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from nq57kit.reports import glue_results, prepare_report, read_basis, read_parameters
from nq57kit.reports.handover import HANDED_BY, hand_report, take_report
from nq57kit.reports.results import collect_results
from nq57kit.store import Store


@pytest.fixture(scope="module")
def handed(sample_store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Path]:
    values = {"store": sample_store.folder, "period": "2026-H2", "unit_id": "vu-tccb", "as_of": "2026-12-25"}
    parameters = read_parameters("unit", values)
    folder = tmp_path_factory.mktemp("trao")
    folder.chmod(0o700)
    report = prepare_report(parameters, basis=read_basis(parameters))
    hand_report(report, parameters, folder)
    return parameters, report, folder / "report.pickle"


def test_it_is_taken_with_the_same_parameters_alone(
    handed: tuple[Any, Any, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters, report, path = handed
    given = parameters.as_notebook()
    assert take_report("unit", given) is None
    monkeypatch.setenv(HANDED_BY, str(path))
    taken = take_report("unit", given)
    assert taken is not None
    assert collect_results(taken) == collect_results(report)
    assert take_report("unit", {**given, "as_of": ""}) is None
    assert take_report("unit", {**given, "unit_id": "vu-pc"}) is None
    assert take_report("annual", given) is None
    monkeypatch.setenv(HANDED_BY, str(path.with_name("không có")))
    assert take_report("unit", given) is None


def test_a_scorecard_carries_no_row_of_another_unit(
    handed: tuple[Any, Any, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters, _, path = handed
    monkeypatch.setenv(HANDED_BY, str(path))
    taken = take_report("unit", parameters.as_notebook())
    assert taken is not None
    assert taken.card is not None
    assert taken.card.own is taken.results
    for table in taken.results.inputs.tables.values():
        assert set(table.collect()["unit_id"].to_list()) <= {"vu-tccb"}
    assert b"vu-khtc/" not in path.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_file_that_others_could_have_written_is_not_read(
    handed: tuple[Any, Any, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters, _, path = handed
    monkeypatch.setenv(HANDED_BY, str(path))
    path.parent.chmod(0o755)
    try:
        assert take_report("unit", parameters.as_notebook()) is None
    finally:
        path.parent.chmod(0o700)


def test_results_are_glued_as_scrapbook_would(handed: tuple[Any, Any, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    _, report, _ = handed
    import IPython.display
    import scrapbook.utils

    shown: list[tuple[Any, Any]] = []
    monkeypatch.setattr(IPython.display, "display", lambda data, metadata, raw: shown.append((data, metadata)))
    glue_results(report)
    ours, shown[:] = list(shown), []
    monkeypatch.setattr(scrapbook.utils, "is_kernel", lambda: True)
    for name, value in collect_results(report).items():
        scrapbook.glue(name, value)
    assert ours == shown
    assert len(ours) > 20
