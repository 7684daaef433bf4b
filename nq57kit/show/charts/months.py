"""The chart of outputs by month, with the plan's yearly days (III.1.1).

In: `Results`. Out: a `Figure`, or a `Note` where there is nothing to draw.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import records, source_of
from nq57kit.show.blocks import Block, Column, Figure, Table
from nq57kit.show.charts._bars import data_of, missing
from nq57kit.show.theme import COLOURS, WIDTH, draw
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    import altair as alt

    from nq57kit.indicators.model import Results

__all__ = ["monthly_chart"]

#: Days are drawn as whole numbers: dates would be read in the time zone of the machine.
_EPOCH: Final = date(1970, 1, 1).toordinal()
_TITLE: Final = "Số lượng sản phẩm, hoạt động theo tháng"
_MONTH: Final = "'T' + (utcmonth(datum.value * 86400000) + 1) + '/' + utcyear(datum.value * 86400000)"


def monthly_chart(results: Results) -> Block:
    """Return outputs by month of the window, with the plan's yearly days marked (III.1.1)."""
    window = results.inputs.period.window
    sums: dict[date, int] = {}
    for row in records(results.by_month):
        sums[row["month"]] = sums.get(row["month"], 0) + (row["quantity"] or 0)
    if not sums:
        return missing("theo tháng")
    months = _months(min(window.start.replace(day=1), *sums), max(window.end.replace(day=1), *sums))
    counts = {month: sums.get(month, 0) for month in months}
    days = _yearly_days(results, months)
    busiest = max(months, key=lambda month: counts[month])
    named = "; ".join(f"{_short(day)} – {name}" for day, name in days)
    caption = (
        f"Nhiều nhất là tháng {busiest.month}/{busiest.year}: {format_number(counts[busiest])}."
        + (f" Vạch đứng: {named}." if named else "")
        + f" Kỳ số liệu từ {format_date(window.start)} đến {format_date(window.end)}."
    )
    said = "; ".join(f"tháng {month.month}/{month.year}: {format_number(counts[month])}" for month in months)
    rows = (*((f"{month.month}/{month.year}", counts[month]) for month in months), ("Tổng số", sum(counts.values())))
    table = Table(_TITLE, (Column("month", "Tháng"), Column("value", "Số lượng", "number")), rows, total=True)
    svg = draw(lambda: _columns(counts, days))
    return Figure(_TITLE, caption, f"Biểu đồ cột theo tháng. {said}.", svg, table, source_of(results), "hinh-thang")


def _columns(counts: dict[date, int], days: list[tuple[date, str]]) -> alt.TopLevelMixin:
    import altair as alt

    rows: list[dict[str, Any]] = []
    for month, count in counts.items():
        start, end = _day(month), _day(_next(month))
        middle = (start + end) / 2
        rows.append(
            {"start": start + 3, "end": end - 3, "middle": middle, "value": count, "text": format_number(count)}
        )
    top = max(counts.values()) or 1
    bounds = [_day(min(counts)), _day(_next(max(counts)))]
    x_axis = alt.Axis(
        values=[row["middle"] for row in rows],
        ticks=False,
        grid=False,
        title=None,
        labelAngle=0,
        labelExpr=_MONTH,
        labelFontSize=12 if len(rows) <= 8 else 10,
    )
    x_scale = alt.Scale(domain=bounds, nice=False)
    y_axis = alt.Axis(format=",.0f", tickCount=5, title="Số lượng")
    y_scale = alt.Scale(domain=[0, top * 1.3], nice=False)
    base = alt.Chart(data_of(rows)).encode(y=alt.Y("value:Q", axis=y_axis, scale=y_scale))
    layers = [
        base.mark_rect(color=COLOURS["main"]).encode(
            x=alt.X("start:Q", scale=x_scale, axis=x_axis), x2=alt.X2("end:Q"), y2=alt.Y2Datum(0)
        ),
        base.mark_text(dy=-8).encode(x=alt.X("middle:Q", scale=x_scale, axis=x_axis), text=alt.Text("text:N")),
    ]
    marks = [
        {"day": _day(day), "text": _short(day), "at": top * (1.12 + 0.09 * (index % 2))}
        for index, (day, _) in enumerate(days)
    ]
    if marks:
        lines = alt.Chart(data_of(marks)).encode(
            x=alt.X("day:Q", scale=x_scale, axis=x_axis), y=alt.Y("at:Q", axis=y_axis, scale=y_scale)
        )
        layers += [
            lines.mark_rule(color=COLOURS["mark"], strokeDash=[5, 3], strokeWidth=1.5).encode(y2=alt.Y2Datum(0)),
            lines.mark_text(dy=-8, fontWeight="bold").encode(text=alt.Text("text:N")),
        ]
    return alt.layer(*layers).properties(width=WIDTH - 70, height=250)


def _short(day: date) -> str:
    return format_date(day).rsplit("/", 1)[0]


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _months(first: date, last: date) -> list[date]:
    months = [first]
    while months[-1] < last:
        months.append(_next(months[-1]))
    return months


def _yearly_days(results: Results, months: list[date]) -> list[tuple[date, str]]:
    """Return the plan's yearly days that lie in the data window."""
    window = results.inputs.period.window
    found = [
        (date(year, event["month"], event["day"]), event["name"])
        for year in sorted({month.year for month in months})
        for event in records(results.inputs.plan.events)
    ]
    return sorted(item for item in found if window.start <= item[0] <= window.end)
