"""The chart of targets against results, to the plan's last year.

In: `Results`. Out: a `Figure`, or a `Note` where there is nothing to draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nq57kit.show._frames import COMPARATORS, names_of, records, source_of
from nq57kit.show.blocks import Block, Column, Figure, Table
from nq57kit.show.charts._bars import data_of, missing
from nq57kit.show.theme import COLOURS, WIDTH, draw, wrap
from nq57kit.text import format_percent

if TYPE_CHECKING:
    import altair as alt

    from nq57kit.indicators.model import Results

__all__ = ["targets_chart"]

_BAR = 36
#: Bars lower than this have no room for their value inside.
_ROOM = 0.12


def targets_chart(results: Results) -> Block:
    """Return targets and results of every ratio indicator to the plan's last year, one panel each."""
    names = names_of(results)
    lines = records(results.targets)
    if not any(row["target"] is not None or row["value"] is not None for row in lines):
        return missing("về mục tiêu và kết quả")
    labels = {row["indicator"]: names.indicators.get(row["indicator"], row["indicator"]) for row in lines}
    rows = [
        {
            "indicator": wrap(labels[row["indicator"]], 28),
            "year": str(row["year"]),
            "target": row["target"],
            "target_text": _target(row),
            "value": row["value"],
            "value_text": format_percent(row["value"]),
        }
        for row in lines
    ]
    known = [row for row in lines if row["value"] is not None]
    shown = "; ".join(f"{labels[row['indicator']]} năm {row['year']}: {format_percent(row['value'])}" for row in known)
    wanted = "; ".join(
        f"{labels[row['indicator']]} năm {row['year']}: {_target(row)}" for row in lines if row["target"] is not None
    )
    last = max(row["year"] for row in lines)
    return Figure(
        f"Mục tiêu và kết quả đến năm {last}",
        "Cột là kết quả đã có, vạch ngang là mục tiêu của năm; năm không có vạch là năm Kế hoạch không đặt mục tiêu "
        "định lượng cho chỉ tiêu.",
        f"Biểu đồ cột của {len(labels)} chỉ tiêu. Kết quả: {shown or 'chưa có'}. Mục tiêu: {wanted or 'chưa có'}.",
        draw(lambda: _panels(rows)),
        _data(lines, labels),
        source_of(results),
        "hinh-muc-tieu",
    )


def _target(row: dict[str, Any]) -> str:
    if row["target"] is None:
        return ""
    return f"{COMPARATORS.get(row['comparator'], '')} {format_percent(row['target'], 0)}".strip()


def _data(lines: list[dict[str, Any]], labels: dict[str, str]) -> Table:
    columns = (
        Column("indicator", "Chỉ tiêu"),
        Column("year", "Năm"),
        Column("target", "Mục tiêu"),
        Column("value", "Kết quả", "percent", digits=1),
    )
    rows = tuple((labels[row["indicator"]], str(row["year"]), _target(row), row["value"]) for row in lines)
    return Table("Mục tiêu và kết quả theo năm", columns, rows, ("«–»: không đặt mục tiêu, hoặc chưa có kết quả.",))


def _panels(rows: list[dict[str, Any]]) -> alt.TopLevelMixin:
    import altair as alt

    order = list(dict.fromkeys(row["indicator"] for row in rows))
    columns = min(3, len(order))
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=None)
    scale = alt.Scale(domain=[0, 1.14])
    keys = alt.Scale(domain=["Kết quả", "Mục tiêu"], range=[COLOURS["main"], COLOURS["mark"]])
    colour = alt.Color("kind:N", scale=keys, legend=alt.Legend(title=None))
    base = alt.Chart(data_of(rows)).encode(x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)))
    result = base.transform_filter("isValid(datum.value)").transform_calculate(kind="'Kết quả'")
    target = base.transform_filter("isValid(datum.target)").transform_calculate(kind="'Mục tiêu'")
    at_value = alt.Y("value:Q", axis=axis, scale=scale)
    at_target = alt.Y("target:Q", axis=axis, scale=scale)
    layers = (
        result.mark_bar(width=_BAR).encode(y=at_value, color=colour),
        target.mark_tick(thickness=3, size=_BAR).encode(y=at_target, color=colour),
        target.mark_text(dy=-9).encode(y=at_target, text=alt.Text("target_text:N")),
        result.transform_filter(f"datum.value >= {_ROOM}")
        .mark_text(dy=-9, color="#ffffff", fontSize=11)
        .encode(y=alt.YDatum(0, axis=axis, scale=scale), text=alt.Text("value_text:N")),
        result.transform_filter(f"datum.value < {_ROOM}")
        .mark_text(dy=-8, fontSize=11)
        .encode(y=at_value, text=alt.Text("value_text:N")),
    )
    header = alt.Header(labelExpr="split(datum.label, '\\n')", labelAnchor="start", labelAlign="left")
    return (
        alt.layer(*layers)
        .properties(width=(WIDTH - 50) / columns - 22, height=190)
        .facet(facet=alt.Facet("indicator:N", sort=order, title=None, header=header), columns=columns)
    )
