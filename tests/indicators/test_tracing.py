"""Every figure that can be traced is the sum of the rows that its trace gives."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from nq57kit.indicators import list_figures
from nq57kit.indicators.frames import TRACE_SCHEMA
from nq57kit.reports import open_report
from nq57kit.store import Store

pytestmark = pytest.mark.slow  # every cell of the synthetic year is found again


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("annual", {"year": 2026}),
        ("semiannual", {"period": "2026-H1"}),
        ("unit", {"period": "2026-H2", "unit_id": "vien-vaas"}),
    ],
)
def test_the_amounts_of_each_role_add_up_to_the_figure(sample_store: Store, kind: str, words: dict[str, Any]) -> None:
    report = open_report(kind, store=sample_store.folder, as_of="2026-12-25", **words)
    figures = list_figures(report.results)
    assert len(figures) > 90
    wrong = []
    for figure in figures.values():
        rows = figure.rows()
        assert rows.columns == list(TRACE_SCHEMA)
        for role, value in figure.figures.items():
            if rows.filter(pl.col("role") == role)["amount"].sum() != (value or 0):
                wrong.append((figure.name, role, value))
        assert rows.filter(pl.col("role") == "left_out", pl.col("amount") != 0).is_empty()
        assert rows.filter(pl.col("role") == "left_out", pl.col("table") != "cover", pl.col("reason") == "").is_empty()
    assert wrong == []


def test_what_was_left_out_of_a_type_stands_in_its_trace_with_its_reason(sample_store: Store) -> None:
    report = open_report("semiannual", store=sample_store.folder, as_of="2026-12-25", period="2026-H2")
    left = report.results.left_out.filter(pl.col("table") == "activities").height
    assert left > 0
    figures = list_figures(report.results)
    rows = pl.concat(
        [figures[name].rows() for name in figures if name.startswith("activities_by_type.") and name.count(".") == 1]
    )
    told = rows.filter(pl.col("role") == "left_out", pl.col("reason").str.starts_with("Ngoài kỳ số liệu"))
    assert told.height == left
