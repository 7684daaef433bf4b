"""The one look of all charts: colours, fonts, Vietnamese numbers; and the one way to draw.

In: Altair charts. Out: SVG text, the same bytes on every machine: the font is packaged under a name of its
own («NQ57 Sans», a subset of Liberation Sans), because the fonts of the machine would move labels.
"""

from __future__ import annotations

import json
import re
import textwrap
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import altair as alt

__all__ = ["COLOURS", "FONT", "STATUS_STYLES", "WIDTH", "Style", "draw", "draw_png", "render", "wrap"]

#: Width of a chart in pixels: fits the text column of the page and an A4 page.
WIDTH: Final = 720
#: Metric-compatible families follow the packaged one, which only the layout needs.
FONT: Final = "NQ57 Sans, Liberation Sans, Arial, Helvetica, sans-serif"
#: Okabe and Ito's colours (safe for colour-blind readers), darkest first, for up to three series.
COLOURS: Final = MappingProxyType(
    {
        "main": "#00558c",
        "second": "#56b4e9",
        "third": "#d9d9d9",
        "mark": "#d55e00",
        "good": "#00795a",
        "ink": "#1b1f23",
        "soft": "#59636e",
        "grid": "#dde1e6",
    }
)


class Style(NamedTuple):
    """How a status is drawn: fill, colour of text upon it, and a short mark for who sees no colour."""

    fill: str
    ink: str
    mark: str


#: By code of `report_status`: finished is dark, running is middle, nothing is light, overdue is orange.
STATUS_STYLES: Final[Mapping[str, Style]] = MappingProxyType(
    {
        "hoan_thanh_dung_han": Style("#00426b", "#ffffff", "HT"),
        "hoan_thanh_qua_han": Style("#5d3a6e", "#ffffff", "HTm"),
        "hoan_thanh_thieu_ngay": Style("#0072b2", "#ffffff", "HT?"),
        "thuong_xuyen": Style("#00795a", "#ffffff", "TX"),
        "dang_thuc_hien_trong_han": Style("#7cc7ec", "#1b1f23", "TH"),
        "dang_thuc_hien_qua_han": Style("#e69f00", "#1b1f23", "TH!"),
        "chua_thuc_hien": Style("#f5ec9a", "#1b1f23", "CT"),
        "chua_thuc_hien_qua_han": Style("#b84a00", "#ffffff", "CT!"),
        "khong_phat_sinh": Style("#c9ced3", "#1b1f23", "KPS"),
        "chua_bao_cao": Style("#ffffff", "#1b1f23", "–"),
    }
)

_NUMBERS: Final[dict[str, Any]] = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " đồng"]}
_MONTHS: Final = [f"tháng {month}" for month in range(1, 13)]
_DAYS: Final = ["Chủ nhật", *(f"Thứ {name}" for name in ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy"))]
_TIMES: Final[dict[str, Any]] = {
    "dateTime": "%H:%M %d/%m/%Y",
    "date": "%d/%m/%Y",
    "time": "%H:%M:%S",
    "periods": ["SA", "CH"],
    "days": _DAYS,
    "shortDays": ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
    "months": _MONTHS,
    "shortMonths": [f"T{month}" for month in range(1, 13)],
}


def _config() -> dict[str, Any]:
    ink, soft, grid = COLOURS["ink"], COLOURS["soft"], COLOURS["grid"]
    return {
        "font": FONT,
        "aria": False,
        "background": "#ffffff",
        "padding": 4,
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": 260},
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelColor": ink,
            "titleColor": soft,
            "labelLimit": 0,
            "titleLimit": 0,
            "gridColor": grid,
            "domainColor": soft,
            "tickColor": soft,
            "labelLineHeight": 14,
        },
        "axisY": {"domain": False, "ticks": False, "labelPadding": 8},
        "legend": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelLimit": 0,
            "titleLimit": 0,
            "orient": "top",
            "symbolType": "square",
            "symbolSize": 150,
            "symbolOpacity": 1,
            "labelColor": ink,
            "titleColor": soft,
            "symbolStrokeColor": soft,
            "symbolStrokeWidth": 0.6,
            "columnPadding": 14,
        },
        "header": {
            "labelFontSize": 12,
            "labelLimit": 0,
            "labelColor": ink,
            "labelFontWeight": "bold",
            "titleFontSize": 0,
        },
        "title": {"fontSize": 13, "anchor": "start", "color": ink},
        "text": {"fontSize": 12, "color": ink},
        "bar": {"color": COLOURS["main"]},
        "range": {"category": [COLOURS["main"], COLOURS["second"], COLOURS["third"], COLOURS["mark"], COLOURS["good"]]},
    }


@cache
def _register_fonts() -> None:
    import vl_convert

    with resources.as_file(resources.files("nq57kit.show") / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))


@cache
def _register_theme() -> None:
    import altair as alt

    @alt.theme.register("nq57", enable=False)
    def _theme() -> alt.theme.ThemeConfig:
        return alt.theme.ThemeConfig(config=cast("Any", _config()))


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
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], format_locale=_NUMBERS, time_format_locale=_TIMES)
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
