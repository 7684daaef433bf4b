"""What the tests of what readers see share: invented results, the cards of units of the synthetic year, words of blocks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from nq57kit.indicators.unit import Peers, UnitResults, measure_peers
from nq57kit.reports.report import open_card, read_inputs
from nq57kit.show.blocks import Block, Blocks, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from nq57kit.indicators.model import Inputs, Results
    from nq57kit.plan import Plan
    from nq57kit.store import Store


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--truth-count", type=int, default=15, help="how many random stores are told of")
    parser.addoption("--truth-first", type=int, default=0, help="the first seed; a failure names its own")


@pytest.fixture(scope="session")
def invented(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """Makers of invented results."""
    return load_module(Path(__file__).parent / "invented" / "__init__.py")


@pytest.fixture(scope="session")
def results(invented: ModuleType) -> Results:
    made: Results = invented.make_results()
    return made


@pytest.fixture(scope="session")
def empty_results(invented: ModuleType) -> Results:
    made: Results = invented.make_empty_results()
    return made


@pytest.fixture(scope="session")
def build(invented: ModuleType) -> Callable[..., Results]:
    made: Callable[..., Results] = invented.make_results
    return made


@pytest.fixture(scope="session")
def kpi() -> Callable[..., Results]:
    """Results with the first indicator alone, its figures changed."""

    def change(results: Results, **changes: Any) -> Results:
        first = results.kpis.head(1).with_columns(
            pl.lit(value).cast(results.kpis.schema[name]).alias(name) for name, value in changes.items()
        )
        return replace(results, kpis=first)

    return change


@pytest.fixture(scope="session")
def words() -> Callable[[Block], str]:
    """Everything that a block says."""

    def say(block: Block) -> str:
        if isinstance(block, Blocks):
            return "\n".join(map(say, block.items))
        if isinstance(block, Table):
            return "\n".join((block.title, *(cell for row in block.formatted() for cell in row), *block.notes))
        return block.as_text()

    return say


@pytest.fixture(scope="session")
def texts_of() -> Callable[[str], str]:
    """The words of a chart."""
    return lambda svg: unescape(" ".join(re.findall(r">([^<>]+)</t(?:ext|span)>", svg)))


@pytest.fixture(scope="session")
def size_of() -> Callable[[str], tuple[float, float]]:
    """Width and height of a chart."""

    def measure(svg: str) -> tuple[float, float]:
        found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
        assert found
        return float(found[1]), float(found[2])

    return measure


#: A unit of the synthetic year for each state of a report.
UNITS = {
    "vu-tccb": "on_time",
    "hv-nongnghiep": "on_time",
    "tt-cntt": "missing",
    "dn-tnmtvn": "refused",
    "thanh-tra": "empty",
}


@pytest.fixture(scope="session")
def card_of(sample_store: Store, plan: Plan) -> Callable[..., UnitResults]:
    """The figures of a unit of the synthetic year; each is computed once."""
    store = sample_store.snapshot()

    @cache
    def shared(period: str, as_of: date) -> tuple[Inputs, Peers]:
        inputs = read_inputs(store, plan, plan.period(period), as_of)
        return inputs, measure_peers(inputs)

    @cache
    def make(unit_id: str, period: str = "2026-H2", as_of: date = date(2026, 12, 25)) -> UnitResults:
        inputs, peers = shared(period, as_of)
        return open_card(store, inputs, unit_id, peers)

    return make


@pytest.fixture(params=UNITS)
def card(request: pytest.FixtureRequest, card_of: Callable[..., UnitResults]) -> UnitResults:
    found = card_of(request.param)
    assert found.own.reporting["state"].to_list() == [UNITS[request.param]]
    return found
