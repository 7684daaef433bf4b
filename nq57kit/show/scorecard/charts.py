"""The chart of a scorecard: the unit's ratios beside the middle half of its group.

In: `UnitResults`. Out: a `Figure`, or a `Note` where there is nothing to draw. A point on a band tells no rank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.indicators.unit import SHARES
from nq57kit.show._frames import records
from nq57kit.show.blocks import Block, Figure
from nq57kit.show.charts._bars import LINE, data_of, lines_of, missing, numbered, plot_width, row_labels
from nq57kit.show.scorecard._card import PLACES, company, measure_label, source
from nq57kit.show.scorecard.figures import company_table
from nq57kit.show.theme import COLOURS, draw, wrap
from nq57kit.text import format_percent

if TYPE_CHECKING:
    import altair as alt

    from nq57kit.indicators.unit import UnitResults

__all__ = ["company_chart"]

_BAND: Final = "Khoảng giữa của nhóm"
_MIDDLE: Final = "Mức giữa của nhóm"
_UNIT: Final = "Đơn vị"


def company_chart(card: UnitResults) -> Block:
    """Return the ratios that both the unit and its group have: a point, a band from quartile to quartile, the median."""
    rows = [
        {**row, "label": wrap(measure_label(card, row["measure"]), 40), "text": format_percent(row["value"])}
        for row in records(card.measures)
        if row["measure"] in SHARES and row["value"] is not None and row["median"] is not None
    ]
    if not rows:
        return missing("để đặt cạnh mức giữa của nhóm")
    said = "; ".join(
        f"{measure_label(card, row['measure'])}: {row['text']}, mức giữa {format_percent(row['median'])}, "
        f"{PLACES[row['place']].lower()} khoảng giữa ({format_percent(row['low'])} – {format_percent(row['high'])})"
        for row in rows
    )
    return Figure(
        "Tỷ lệ của đơn vị bên cạnh khoảng giữa của nhóm",
        f"Điểm tròn là đơn vị, dải xám là khoảng giữa, vạch đứng là mức giữa của {company(card)}.",
        f"Biểu đồ điểm và dải theo nội dung. {said}.",
        draw(lambda: _draw(rows)),
        company_table(card),
        source(card),
        "hinh-doi-chieu",
    )


def _draw(rows: list[dict[str, Any]]) -> alt.TopLevelMixin:
    import altair as alt

    order = [row["label"] for row in rows]
    kinds = [_UNIT, _BAND, _MIDDLE]
    colours = [COLOURS["main"], COLOURS["grid"], COLOURS["ink"]]
    scale = alt.Scale(domain=[-0.05, 1.08])
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    legend = alt.Legend(title=None)
    colour = alt.Color("kind:N", sort=kinds, scale=alt.Scale(domain=kinds, range=colours), legend=legend)
    y = alt.Y("row:O", title=None, axis=alt.Axis(labels=False))

    def at(kind: str) -> alt.Chart:
        chart: alt.Chart = alt.Chart(data_of([{**row, "kind": kind} for row in numbered(rows, "label", order)]))
        return chart

    band = (
        at(_BAND)
        .mark_bar(height=16, stroke=COLOURS["soft"], strokeWidth=0.6)
        .encode(x=alt.X("low:Q", scale=scale, axis=axis, title=None), x2=alt.X2("high:Q"), y=y, color=colour)
    )
    middle = (
        at(_MIDDLE).mark_tick(thickness=2.5, size=24, orient="vertical").encode(x=alt.X("median:Q"), y=y, color=colour)
    )
    point = (
        at(_UNIT)
        .mark_point(filled=True, size=130, opacity=1, stroke="#ffffff", strokeWidth=1)
        .encode(x=alt.X("value:Q"), y=y, color=colour)
    )
    text = at(_UNIT).mark_text(dy=-19, fontSize=11).encode(x=alt.X("value:Q"), y=y, text=alt.Text("text:N"))
    step = max(56, LINE * max(map(lines_of, order)) + 12)
    return alt.layer(band, middle, point, text, row_labels(order)).properties(
        width=plot_width(order), height=alt.Step(step)
    )
