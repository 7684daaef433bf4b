"""What every subject shows: full and empty, of the ministry and of one unit, in every state of its report."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from inspect import getmembers, isfunction, signature
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from nq57kit import indicators, show
from nq57kit.show.blocks import Block, Blocks, Bullets, Figure, Note, Paragraph, Table
from nq57kit.show.markup import block_html

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.plan import Plan

SUBJECTS = (
    *("reporting", "targets", "tasks", "outputs", "people", "science", "money", "difficulties", "left_out"),
    "network",
)
OTHERS = ("summary", "scorecard")
#: Tables that show words of the plan or of the unit, in which other units stand.
QUOTING = {"chu-tri", "phoi-hop", "trach-nhiem", "den-han", "kien-nghi", "tinh-trang-nhiem-vu", "kinh-phi"}

#: Tables whose last row is the sum of those above (a unit may be in several groups, others say so).
SUMMED = {"ket-qua-activity-type", "ket-qua-channel", "ket-qua-group", "nhiem-vu", "kho-khan", "danh-sach-don-vi"}


def public_names(module: ModuleType) -> list[str]:
    """The functions of a module that anyone may call."""
    named = getmembers(module, isfunction)
    return [name for name, one in named if one.__module__ == module.__name__ and not name.startswith("_")]


def public(*parameters: str, prefix: str = "") -> list[Any]:
    """The functions of all subjects with those parameters that give blocks."""
    found = []
    for name in (*SUBJECTS, *OTHERS):
        module = import_module(f"nq57kit.show.{name}")
        for one in public_names(module):
            told = signature(getattr(module, one))
            if tuple(told.parameters) == parameters and told.return_annotation in {"Block", "Table"}:
                found.append(pytest.param(getattr(module, one), id=f"{name}.{one}"))
    return [one for one in found if f".{prefix}" in str(one.id)]


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_subject_has_its_figures_and_shows_a_section(name: str) -> None:
    assert public_names(import_module(f"{indicators.__name__}.{name}"))
    module = import_module(f"{show.__name__}.{name}")
    assert list(signature(module.show).parameters) == ["results"]


@pytest.mark.parametrize("make", public("results"))
def test_every_block_can_be_made_of_everything_and_of_nothing(
    make: Callable[[Results], Block], results: Results, empty_results: Results
) -> None:
    for given in (results, empty_results):
        block = make(given)
        for part in block.parts:
            text = part.as_text()
            assert "None" not in text
            assert "nan" not in re.findall(r"\w+", text)
            if isinstance(part, (Bullets, Paragraph, Note)):
                assert "  " not in text
                assert ".." not in text


@pytest.mark.parametrize("make", public("results", prefix="tabulate_"))
def test_every_table_has_a_title_and_can_be_empty(
    make: Callable[[Results], Table], results: Results, empty_results: Results
) -> None:
    full, empty = make(results), make(empty_results)
    assert full.title
    assert full.rows
    assert all(len(row) == len(empty.columns) for row in empty.formatted())
    if full.id in SUMMED:
        for index, column in enumerate(full.columns):
            if column.kind in {"number", "money"} and column.name != "units":  # a unit has several channels
                known = [row[index] for row in full.rows if isinstance(row[index], int)]
                assert known[-1] == sum(known[:-1])


@pytest.mark.parametrize("make", public("results", prefix="chart_"))
def test_every_chart_is_a_figure_with_title_caption_alt_data_and_fits_the_page(
    make: Callable[[Results], Block], results: Results, size_of: Callable[[str], tuple[float, float]]
) -> None:
    kpis = results.kpis.with_columns(
        previous_value=pl.lit(0.2), compared_value=pl.lit(0.3)
    )  # the invented results have no period before
    figure = make(replace(results, kpis=kpis))
    assert isinstance(figure, Figure)
    assert all((figure.title, figure.caption, figure.alt, figure.data.rows, figure.source, figure.id))
    assert size_of(figure.svg)[0] <= 740


@pytest.mark.parametrize("make", public("results", prefix="chart_"))
def test_a_chart_without_data_is_a_note(make: Callable[[Results], Block], empty_results: Results) -> None:
    block = make(empty_results)
    if isinstance(block, Figure):  # targets and the units asked exist without any report
        assert block.id in {"hinh-muc-tieu", "hinh-gui-bao-cao"}
    else:
        assert isinstance(block, Note)
        assert block.level == "empty"
        assert block.text.startswith("Chưa có số liệu")


@pytest.mark.parametrize("make", public("card", prefix="show_"))
def test_every_part_of_a_scorecard_is_drawn_in_every_state_and_names_no_other_unit(
    make: Callable[[UnitResults], Block], card: UnitResults, plan: Plan, words: Callable[[Block], str]
) -> None:
    block = make(card)
    html = block_html(block)
    for foreign in ("None", "nan", "null", "shape:"):
        assert foreign not in html
    said = words(Blocks([part for part in block.parts if not (isinstance(part, Table) and part.id in QUOTING)]))
    others = plan.units.filter(pl.col("unit_id") != card.unit.unit_id)["name"].to_list()
    assert [other for other in others if other in said.replace(card.unit.name, "")] == []
    assert "hạng" not in said.replace("không xếp hạng", "")
