"""The one look of all charts: colours, fonts, Vietnamese numbers; and the one way to draw.

In: Altair charts; `theme.json`. Out: SVG text, the same bytes on every machine: the font is packaged under a name of its
own («NQ57 Sans», a subset of Liberation Sans), because the fonts of the machine would move labels.
"""

from __future__ import annotations

import json
import re
import textwrap
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import altair as alt

__all__ = ["COLOURS", "FONT", "STATUS_STYLES", "WIDTH", "Style", "draw", "draw_png", "render", "wrap"]


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


def draw(build: Callable[[], alt.TopLevelMixin]) -> str:
    """Return the chart that `build` makes as SVG text in the house's look, without aria texts (they would be English).

    Reads no address and no font of the machine; the same chart gives the same bytes. Altair's own checks of a chart against
    Vega-Lite's schema take longer than the chart; the tests make them, for every chart.
    """
    import altair as alt
    from altair.utils.schemapi import debug_mode

    _register_theme()
    with alt.theme.enable("nq57"), alt.data_transformers.enable("default", max_rows=None), debug_mode(arg=False):
        spec = build().to_dict(validate=False)
    return render(json.dumps(spec))


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
