"""Charts against Vega-Lite's schema: `draw` leaves Altair's own checks out, so they are made here, for every chart."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import altair as alt
import jsonschema
import polars as pl
import pytest
from altair.vegalite.v6.schema.core import load_schema

from nq57kit.show import (
    charts,
    difficulties,
    evidence,
    left_out,
    money,
    outputs,
    people,
    reporting,
    science,
    scorecard,
    summary,
    targets,
    tasks,
)
from nq57kit.show.charts import COLOURS, STATUS_STYLES, draw, wrap
from nq57kit.show.markup import check_svg
from nq57kit.submissions.contract import load_codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.show.blocks import Block


@pytest.fixture
def specs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The specifications of all charts drawn in the test."""
    seen: list[dict[str, Any]] = []

    def draw(spec: str) -> str:
        seen.append(json.loads(spec))
        return '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'

    monkeypatch.setattr(charts, "render", draw)
    return seen


@pytest.fixture(scope="module")
def check() -> Callable[[dict[str, Any]], None]:
    check: Callable[[dict[str, Any]], None] = jsonschema.Draft7Validator(load_schema()).validate
    return check


CHARTS = [
    outputs.chart_channels,
    outputs.chart_months,
    outputs.chart_types,
    people.chart_groups,
    money.chart_tasks,
    reporting.chart_groups,
    targets.chart_ratios,
    targets.chart_targets,
    tasks.chart_statuses,
    tasks.chart_units,
]


def test_all_charts_are_tried_here() -> None:
    modules = (difficulties, left_out, money, outputs, people, reporting, science, summary, targets, tasks)
    own = {one for module in modules for name, one in vars(module).items() if name.startswith("chart_")}
    assert own == {*CHARTS, reporting.chart_years}
    assert [name for name in vars(scorecard) if name.startswith("chart_")] == ["chart_peers"]


@pytest.mark.parametrize("make", CHARTS, ids=lambda make: f"{make.__module__.rpartition('.')[2]}.{make.__name__}")
def test_every_chart_follows_the_schema(
    make: Callable[[Results], Block],
    results: Results,
    specs: list[dict[str, Any]],
    check: Callable[[dict[str, Any]], None],
) -> None:
    kpis = results.kpis.with_columns(
        previous_value=pl.lit(0.2), compared_value=pl.lit(0.3)
    )  # the invented results have no period before
    make(replace(results, kpis=kpis))
    assert specs
    for spec in specs:
        check(spec)


@pytest.mark.parametrize(
    "make",
    [
        reporting.chart_years,
        targets.show_years,
        evidence.chart_products_of_years,
        evidence.show_measures_of_years,
        money.show_years,
    ],
)
def test_every_chart_through_the_years_follows_the_schema(
    make: Callable[[list[Results]], Block],
    results: Results,
    specs: list[dict[str, Any]],
    check: Callable[[dict[str, Any]], None],
) -> None:
    make([results, results])
    assert specs
    for spec in specs:
        check(spec)


@pytest.mark.parametrize("make", [scorecard.chart_peers, outputs.show_unit])
def test_every_chart_of_a_scorecard_follows_the_schema(
    make: Callable[[UnitResults], Block],
    card_of: Callable[..., UnitResults],
    specs: list[dict[str, Any]],
    check: Callable[[dict[str, Any]], None],
) -> None:
    make(card_of("vu-tccb"))
    assert specs
    for spec in specs:
        check(spec)


def test_a_specification_against_the_schema_is_noticed(
    results: Results, specs: list[dict[str, Any]], check: Callable[[dict[str, Any]], None]
) -> None:
    money.chart_tasks(results)
    broken = json.loads(json.dumps(specs[0]).replace('"type": "bar"', '"type": "column"'))
    assert broken != specs[0]
    with pytest.raises(jsonschema.ValidationError):
        check(broken)


LETTERS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"


def chart(label: str = "Đơn vị") -> alt.Chart:
    rows = [{"a": label, "b": 1234.5}, {"a": "</script><img onerror=alert(1)>", "b": 20000}]
    return alt.Chart(alt.InlineData(values=rows)).mark_bar().encode(x=alt.X("b:Q").axis(format=",.1f"), y="a:N")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_chart_is_drawn_with_vietnamese_letters_and_numbers_and_without_english_aria() -> None:
    svg = draw(lambda: chart(LETTERS))
    check_svg(svg)
    assert LETTERS in svg
    assert "20.000,0" in svg
    assert "aria-" not in svg
    assert "<img" not in svg


def test_the_packaged_font_has_every_vietnamese_letter() -> None:
    from importlib import resources

    for style in ("Regular", "Bold"):
        font = resources.files("nq57kit.show").joinpath("fonts", f"NQ57Sans-{style}.ttf").read_bytes()
        known = characters_of(font)
        assert {ord(letter) for letter in LETTERS + LETTERS.upper() + "«»–≥0123456789.,%₫"} <= known


def characters_of(font: bytes) -> set[int]:
    """Read the characters of a TrueType font's cmap (format 4), straight from its bytes."""
    number = int.from_bytes(font[4:6], "big")
    tables = {
        font[12 + 16 * n : 16 + 16 * n]: int.from_bytes(font[20 + 16 * n : 24 + 16 * n], "big") for n in range(number)
    }
    start = tables[b"cmap"]
    found: set[int] = set()
    for n in range(int.from_bytes(font[start + 2 : start + 4], "big")):
        at = start + int.from_bytes(font[start + 8 + 8 * n : start + 12 + 8 * n], "big")
        if int.from_bytes(font[at : at + 2], "big") != 4:
            continue
        size = int.from_bytes(font[at + 6 : at + 8], "big")
        for item in range(0, size, 2):
            last = int.from_bytes(font[at + 14 + item : at + 16 + item], "big")
            first = int.from_bytes(font[at + 16 + size + item : at + 18 + size + item], "big")
            found |= set(range(first, last + 1))
    return found


def test_the_same_chart_gives_the_same_bytes() -> None:
    assert draw(chart) == draw(chart)


@pytest.mark.slow  # other processes draw the chart
def test_the_same_chart_gives_the_same_bytes_in_another_process_and_time_zone() -> None:
    code = (
        "import altair as alt, hashlib\nfrom nq57kit.show.charts import draw\n"
        "rows=[{'a':'Đơn vị','b':1},{'a':'Vụ Kế hoạch','b':2}]\n"
        "print(hashlib.sha256(draw(lambda: alt.Chart(alt.InlineData(values=rows)).mark_bar().encode(x='b:Q',y='a:N')).encode()).hexdigest())"
    )
    import os

    hashes = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone, seed in (("UTC", "1"), ("America/New_York", "2"))
    }
    assert len(hashes) == 1


def test_every_report_status_has_a_style_whose_text_can_be_read() -> None:
    assert set(STATUS_STYLES) == set(load_codes("report_status"))
    assert all(contrast(style.fill, style.ink) >= 4.5 for style in STATUS_STYLES.values())
    assert len({style.mark for style in STATUS_STYLES.values()}) == len(STATUS_STYLES)


def test_series_of_a_chart_can_be_told_apart_in_grey() -> None:
    greys = [luminance(COLOURS[name]) for name in ("main", "second", "third")]
    assert all(brighter / darker > 1.5 for darker, brighter in pairwise(greys))


def test_wrapped_labels_lose_no_word() -> None:
    text = "Tổ chức thông tin, tuyên truyền phổ biến nội dung Nghị quyết 57-NQ/TW và các văn bản"
    assert wrap(text, 20).split() == text.split()
    assert max(map(len, wrap(text, 20).split("\n"))) <= 20
    assert "".join(wrap("x" * 90, 20).split("\n")) == "x" * 90


def bars(kind: str = "bar") -> alt.Chart:
    return alt.Chart(charts.data_of([{"a": 1}]), mark=kind).encode(x="a:Q")


@pytest.mark.slow  # another process starts V8
def test_another_process_draws_the_same_and_ends_with_the_one_it_draws_for(monkeypatch: pytest.MonkeyPatch) -> None:
    here = draw(bars)
    monkeypatch.setattr(charts, "_ask", [])
    asked, drawer = multiprocessing.Pipe()
    drawing = multiprocessing.get_context("spawn").Process(target=charts.draw_for, args=(drawer,), daemon=True)
    drawing.start()
    drawer.close()
    charts.let_draw(asked)
    first, wrong, last = draw(bars), draw(lambda: bars("no mark")), draw(bars)
    assert not isinstance(first, str)
    assert not isinstance(wrong, str)
    assert not isinstance(last, str)
    assert first.result() == last.result() == here
    with pytest.raises(ValueError, match="conversion failed"):
        wrong.result()
    asked.close()
    drawing.join(30)
    assert drawing.exitcode == 0
