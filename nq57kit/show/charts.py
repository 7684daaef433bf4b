"""What the charts of all subjects share: the one look and the one way to draw, labels in several lines, horizontal bars.

In: rows as dictionaries, Altair charts, `theme.json`. Out: SVG text, the same bytes on every machine: the font is packaged
under a name of its own («NQ57 Sans», a subset of Liberation Sans), because the fonts of the machine would move labels.
"""

from __future__ import annotations

import json
import re
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from nq57kit.show.blocks import Figure, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

    import altair as alt

    from nq57kit.show.blocks import Table


_Part = TypeVar("_Part")


class Style(NamedTuple):
    """How a status is drawn: fill, colour of text upon it, and a short mark for who sees no colour."""

    fill: str
    ink: str
    mark: str


#: Colours, marks of statuses, Vietnamese numbers and dates, Vega-Lite's settings («$ink» names a colour): all of it data.
_LOOK: Final[dict[str, Any]] = json.loads((resources.files("nq57kit.show") / "theme.json").read_text(encoding="utf-8"))
#: Okabe and Ito's colours (safe for colour-blind readers), darkest first, for up to three series.
COLOURS: Final[Mapping[str, str]] = MappingProxyType(_LOOK["colours"])
#: By code of `report_status`: finished is dark, running is middle, nothing is light, overdue is orange.
STATUS_STYLES: Final[Mapping[str, Style]] = MappingProxyType(
    {status: Style(*style) for status, style in _LOOK["statuses"].items()}
)
#: Metric-compatible families follow the packaged one, which only the layout needs.
FONT: Final[str] = _LOOK["config"]["font"]
#: Width of a chart in pixels: fits the text column of the page and an A4 page.
WIDTH: Final[int] = _LOOK["config"]["view"]["continuousWidth"]


@cache
def _register_fonts() -> None:
    import vl_convert

    with resources.as_file(resources.files("nq57kit.show") / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))


@cache
def _register_theme() -> None:
    import altair as alt

    coloured = re.sub(r'"\$(\w+)"', lambda found: json.dumps(COLOURS[found[1]]), json.dumps(_LOOK["config"]))

    @alt.theme.register("nq57", enable=False)
    def _theme() -> alt.theme.ThemeConfig:
        return alt.theme.ThemeConfig(config=json.loads(coloured))


def draw(build: Callable[[], alt.TopLevelMixin]) -> str | Future[str]:
    """Return the chart that `build` makes as SVG text in the house's look, without aria texts (they would be English).

    Where another process draws (`let_draw`) it is promised, and drawn while this one goes on.

    Reads no address and no font of the machine; the same chart gives the same bytes. Altair's own checks of a chart against
    Vega-Lite's schema take longer than the chart; the tests make them, for every chart.
    """
    import altair as alt
    from altair.utils.schemapi import debug_mode

    _register_theme()
    with alt.theme.enable("nq57"), alt.data_transformers.enable("default", max_rows=None), debug_mode(arg=False):
        spec = build().to_dict(validate=False)
    return _ask[0](json.dumps(spec)) if _ask else render(json.dumps(spec))


#: What hands a specification to the process that draws for this one.
_ask: list[Callable[[str], Future[str]]] = []


def let_draw(there: Connection) -> None:
    """Let the process at the other end, which runs `draw_for`, draw the charts of this one from now on."""

    def ask(spec: str) -> str:
        there.send(spec)
        drawn = there.recv()
        if isinstance(drawn, Exception):
            raise drawn
        return str(drawn)

    asking = ThreadPoolExecutor(1)
    _ask[:] = [lambda spec: asking.submit(ask, spec)]


def draw_for(there: Connection) -> None:
    """Draw for the process at the other end, until that ends; V8 starts at once, which takes it a while."""
    with suppress(EOFError, OSError):
        draw_first()
        while True:
            spec = there.recv()
            try:
                drawn: str | Exception = render(spec)
            except Exception as error:  # a chart that cannot be drawn; the asker tells
                drawn = error
            there.send(drawn)


def draw_first() -> None:
    """Draw a small chart, which starts V8."""
    render('{"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}, "y": {"value": 1}}}')


def render(spec: str) -> str:
    """Return the SVG of a Vega-Lite specification (JSON), drawn in this process; the first one starts V8."""
    import vl_convert

    _register_fonts()
    locales = {"format_locale": _LOOK["numbers"], "time_format_locale": _LOOK["times"]}
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], **locales)
    return re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)


def draw_png(svg: str, scale: float) -> bytes:
    """Return a chart as a PNG of `scale` pixels for each of its own, drawn with the packaged font."""
    import vl_convert

    _register_fonts()
    return bytes(vl_convert.svg_to_png(svg, scale=scale))


def wrap(text: str, width: int) -> str:
    """Return `text` in lines of at most `width` characters; nothing is left out. Axes split at the line breaks.

    Example:
        >>> wrap("Các Cục quản lý chuyên ngành", 16)
        'Các Cục quản lý\\nchuyên ngành'
    """
    return "\n".join(textwrap.wrap(text, width, break_on_hyphens=False)) or text


# ------------------------------------------------------------------ rows, their labels, bars

#: Height of a line of a row's label, in pixels.
LINE: Final = 13
_CHARACTER: Final = 5.7


def missing(what: str) -> Note:
    """Return the note that stands in place of an empty chart.

    Example:
        >>> missing("về kinh phí").text
        'Chưa có số liệu về kinh phí.'
    """
    return Note(f"Chưa có số liệu {what}.", "empty")


def data_of(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Return rows as the data of a chart; they stay in the chart, nothing is read."""
    import altair as alt

    return _share(alt.InlineData(values=rows))


def _share(part: _Part) -> _Part:
    """Return a part of a chart that nothing changes any more: Altair would copy it at each step of a chart's making."""
    object.__setattr__(part, "__deepcopy__", lambda _memo: part)
    return part


def layer(*charts: alt.Chart) -> alt.LayerChart | alt.FacetChart:
    """Return charts one upon the other."""
    import altair as alt

    for chart in charts:
        _share(chart.mark)
        _share(chart.encoding)
    return alt.layer(*charts)


def lines_of(label: str) -> int:
    """Return how many lines a wrapped label has."""
    return label.count("\n") + 1


def plot_width(labels: Sequence[str], margin: int = 24) -> int:
    """Return the width left for a plot beside `labels`, so that charts come out equally wide."""
    longest = max(len(line) for label in labels for line in label.split("\n"))
    return max(240, WIDTH - round(longest * _CHARACTER) - margin)


def numbered(rows: list[dict[str, Any]], key: str, order: list[str]) -> list[dict[str, Any]]:
    """Return rows with the number of their row (`row`) in place of its label, by which a chart sorts.

    Sorting by labels of many words costs more time than all the rest of a chart.

    Example:
        >>> numbered([{"unit": "Vụ", "value": 2}], "unit", ["Cục", "Vụ"])
        [{'value': 2, 'row': 1}]
    """
    places = {label: number for number, label in enumerate(order)}
    return [{name: row[name] for name in row if name != key} | {"row": places[row[key]]} for row in rows]


def row_labels(order: list[str]) -> alt.Chart:
    """Return the labels of horizontal rows (`row`: 0, 1 …), each centred on its row however many lines it has."""
    import altair as alt

    rows = [{"label": label, "row": row, "shift": -(lines_of(label) - 1) * LINE / 2} for row, label in enumerate(order)]
    marks = alt.Chart(data_of(rows)).mark_text(
        align="right",
        baseline="middle",
        fontSize=11,
        lineHeight=LINE,
        lineBreak="\n",
        x=-8,
        dy=alt.ExprRef("datum.shift"),
    )
    chart: alt.Chart = marks.encode(y=alt.Y("row:O", title=None), text=alt.Text("label:N"))
    return chart


class Bar(NamedTuple):
    """A bar: the label of its row, its kind (the series), its value, and the text at its end."""

    label: str
    kind: str
    value: float
    text: str


def bar_figure(
    name: str,
    title: str,
    bars: Sequence[Bar],
    kinds: Iterable[str],
    table: Table,
    *,
    caption: str,
    by: str,
    source: str = "",
    last: str = "",
    width: int = 36,
    percent: bool = False,
    axis: str = "",
) -> Figure:
    """Return horizontal bars as a figure: one for each kind beside the other, rows in the order in which they come.

    Args:
        name: the figure's id.
        title, caption: what it shows, and what to see.
        bars: at least one.
        kinds: at most three, from the top; those without a bar are left out.
        table: the figures.
        by: by what («theo nhóm đơn vị»), as the alternative text says.
        source: of the figures, where the table does not tell it.
        last: the label of the row that stands at the end, if it occurs.
        width: of the labels in characters.
        percent: whether values are ratios (0-1).
        axis: the title of the axis.
    """
    shown = [bar._replace(label=wrap(bar.label, width)) for bar in bars]
    labels = dict.fromkeys(bar.label for bar in shown)
    order = [*(label for label in labels if label != last), *(label for label in labels if label == last)]
    present = [kind for kind in kinds if any(bar.kind == kind for bar in shown)]
    rows = numbered([bar._asdict() for bar in shown], "label", order)
    said = "; ".join(f"{bar.label}, {bar.kind.lower()}: {bar.text}" for bar in bars)
    svg = draw(lambda: _bars(rows, order, present, percent=percent, title=axis))
    return Figure(title, caption, f"Biểu đồ thanh {by}. {said}.", svg, table, source or table.source, name)


def column_figure(
    name: str, title: str, bars: Sequence[Bar], styles: Mapping[str, Style], table: Table, *, caption: str, axis: str
) -> Figure:
    """Return upright bars over time as a figure, the kinds of each one upon the other as parts of a whole.

    A bar's label is its time, `styles` are the looks of its kinds from the bottom; the other arguments are as in `bar_figure`.
    """
    rows, kinds = [bar._asdict() for bar in bars], [kind for kind in styles if any(bar.kind == kind for bar in bars)]
    said = "; ".join(f"{bar.label}, {bar.kind.lower()}: {bar.text}" for bar in bars)
    svg = draw(lambda: _columns(rows, {kind: styles[kind] for kind in kinds}, title=axis))
    return Figure(title, caption, f"Biểu đồ cột theo thời gian. {said}.", svg, table, table.source, name)


def _columns(rows: list[dict[str, Any]], kinds: Mapping[str, Style], *, title: str) -> alt.TopLevelMixin:
    import altair as alt

    order = list(dict.fromkeys(row["label"] for row in rows))
    highest = max(sum(row["value"] for row in rows if row["label"] == label) for label in order)
    for row in rows:  # a part too low for its number has none; the table has all
        row |= {"rank": list(kinds).index(row["kind"]), "ink": kinds[row["kind"]].ink}
        row["text"] = row["text"] if row["value"] >= highest * _LOWEST else ""
    axis, scale = alt.Axis(format=",.0f", tickCount=5), alt.Scale(domain=[0, highest * 1.06], nice=False)
    low, middle = (
        alt.Y("value:Q", title=title, axis=axis, scale=scale, stack="zero", bandPosition=place) for place in (1, 0.5)
    )
    colours = alt.Scale(domain=list(kinds), range=[style.fill for style in kinds.values()])
    base = alt.Chart(data_of(rows)).encode(
        x=alt.X("label:N", sort=order, title=None, axis=alt.Axis(labelAngle=0)), order="rank:Q"
    )
    drawn = base.mark_bar(stroke=COLOURS["soft"], strokeWidth=0.6).encode(
        y=low, color=alt.Color("kind:N", scale=colours, legend=alt.Legend(title=None))
    )
    text = base.mark_text(fontSize=10).encode(y=middle, text="text:N", color=alt.Color("ink:N", scale=None))
    return layer(drawn, text).properties(width=WIDTH - 70, height=230)


#: The least share of the whole height at which a part of an upright bar has room for its number.
_LOWEST: Final = 0.06


def _bars(
    rows: list[dict[str, Any]], order: list[str], kinds: list[str], *, percent: bool, title: str
) -> alt.TopLevelMixin:
    import altair as alt

    colours = [COLOURS["main"], COLOURS["second"], COLOURS["third"]][: len(kinds)]
    top = max((row["value"] for row in rows), default=0) or 1
    ticks = {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]} if percent else {"format": ",.0f", "tickCount": 5}
    scale = alt.Scale(domain=[0, 1.28 if percent else top * 1.16], nice=False)
    legend = alt.Legend(title=None) if len(kinds) > 1 else None
    base = alt.Chart(data_of(rows)).encode(
        y=alt.Y("row:O", title=None, axis=alt.Axis(labels=False), scale=alt.Scale(paddingInner=0.24)),
        yOffset=alt.YOffset("kind:N", sort=kinds),
        x=alt.X("value:Q", title=title or None, axis=alt.Axis(**ticks), scale=scale),
    )
    drawn = base.mark_bar(stroke=COLOURS["soft"], strokeWidth=0.6).encode(
        color=alt.Color("kind:N", sort=kinds, scale=alt.Scale(domain=kinds, range=colours), legend=legend)
    )
    text = base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("text:N"))
    step = max(18.0 if len(kinds) == 1 else 12.5, (LINE * max(map(lines_of, order)) + 4) / len(kinds))
    return layer(drawn, text, row_labels(order)).properties(
        width=plot_width(order), height=alt.Step(step, **{"for": "offset"})
    )
