"""Charts of who reported and how far the tasks are.

In: `Results`. Out: a `Figure` (several, as `Blocks`, for very many units), or a `Note` where there is nothing
to draw.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import MINISTRY, code_labels, last_period, names_of, records, source_of
from nq57kit.show.blocks import Block, Blocks, Column, Figure, Table
from nq57kit.show.charts._bars import LINE, bars, data_of, lines_of, missing, numbered, plot_width, row_labels, spoken
from nq57kit.show.tables import completeness_table, task_summary_table
from nq57kit.show.tables.progress import TASK_UNITS
from nq57kit.show.theme import COLOURS, STATUS_STYLES, WIDTH, draw, wrap
from nq57kit.text import format_number, format_percent

if TYPE_CHECKING:
    import altair as alt

    from nq57kit.indicators.model import Results

__all__ = ["completeness_chart", "task_matrix", "task_status_chart"]

#: Units of one matrix: what fits on an A4 page.
_MATRIX_ROWS: Final = 58
#: Parts of a bar narrower than this have no room for their count.
_ROOM: Final = 0.03


def completeness_chart(results: Results) -> Block:
    """Return the shares of units that reported, and reported on time, by group and for the ministry."""
    names, period = names_of(results), last_period(results)
    kinds = {"Đã báo cáo": results.completeness, "Đúng hạn": results.timeliness}
    rows = [
        {
            "group": wrap(names.group(row["group"]), 36),
            "kind": kind,
            "value": row["value"],
            "text": f"{format_number(row['numerator'])}/{format_number(row['denominator'])} "
            f"({format_percent(row['value'], 0)})",
        }
        for kind, frame in kinds.items()
        for row in records(frame)
        if row["period"] == period and row["value"] is not None
    ]
    if not rows:
        return missing(f"về tình hình gửi báo cáo {results.inputs.period.halves[-1].label}")
    order = [*dict.fromkeys(row["group"] for row in rows if row["group"] != MINISTRY), MINISTRY]
    return Figure(
        f"Tỷ lệ đơn vị gửi báo cáo và gửi đúng hạn theo nhóm, {results.inputs.period.halves[-1].label}",
        "Số cạnh mỗi thanh: số đơn vị đã gửi (hoặc gửi đúng hạn) trên số đơn vị phải báo cáo.",
        f"Biểu đồ thanh theo nhóm đơn vị. {spoken(rows, 'group')}",
        draw(lambda: bars(rows, "group", order, list(kinds), percent=True)),
        completeness_table(results),
        source_of(results),
        "hinh-gui-bao-cao",
    )


def task_status_chart(results: Results) -> Block:
    """Return the tasks × number of leading units by status, as stacked bars with their counts."""
    names, labels = names_of(results), code_labels("report_status")
    counts = [row for row in records(results.task_summary) if row["units"]]
    occurring = [code for code in labels if any(row["status"] == code for row in counts)]
    if not occurring:
        return missing("về tình trạng thực hiện nhiệm vụ")
    totals: dict[int, int] = {}
    for row in counts:
        totals[row["task_id"]] = totals.get(row["task_id"], 0) + row["units"]
    rows: list[dict[str, Any]] = []
    for row in sorted(counts, key=lambda row: (row["task_id"], occurring.index(row["status"]))):
        total = totals[row["task_id"]]
        before = sum(item["share"] for item in rows if item["task_id"] == row["task_id"])
        share = row["units"] / total
        rows.append(
            {
                "task_id": row["task_id"],
                "task": wrap(f"{names.task(row['task_id'])} ({format_number(total)}\u00a0đơn\u00a0vị)", 64),
                "status": labels[row["status"]],
                "share": share,
                "start": before,
                "end": before + share,
                "middle": before + share / 2,
                "text": format_number(row["units"]) if share >= _ROOM else "",
                "ink": STATUS_STYLES[row["status"]].ink,
            }
        )
    late = sum(row["units"] for row in counts if row["status"].endswith("qua_han") and row["status"][:4] != "hoan")
    statuses = ", ".join(labels[code].lower() for code in occurring)
    return Figure(
        "Tình trạng thực hiện nhiệm vụ theo số đơn vị chủ trì",
        "Mỗi thanh là một nhiệm vụ, số trong thanh là số đơn vị. "
        + (f"Quá hạn: {format_number(late)} lượt (hai màu cam)." if late else "Không có nhiệm vụ quá hạn."),
        f"Biểu đồ thanh xếp chồng của {len(totals)} nhiệm vụ; các tình trạng có mặt: {statuses}. "
        "Số liệu như bảng kèm theo.",
        draw(lambda: _stacks(rows, occurring)),
        task_summary_table(results),
        source_of(results),
        "hinh-nhiem-vu",
    )


def _stacks(rows: list[dict[str, Any]], occurring: list[str]) -> alt.TopLevelMixin:
    import altair as alt

    labels = code_labels("report_status")
    order = list(dict.fromkeys(row["task"] for row in rows))
    shown = [labels[code] for code in occurring]
    fills = alt.Scale(domain=shown, range=[STATUS_STYLES[code].fill for code in occurring])
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title="Tỷ lệ trong số đơn vị chủ trì")
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(data_of(numbered(rows, "task", order))).encode(
        y=alt.Y("row:O", title=None, axis=alt.Axis(labels=False)),
    )
    parts = base.mark_bar(stroke=COLOURS["soft"], strokeWidth=0.6, height=26).encode(
        x=alt.X("start:Q", axis=axis, scale=scale),
        x2=alt.X2("end:Q"),
        color=alt.Color("status:N", scale=fills, sort=shown, legend=alt.Legend(title=None, columns=2)),
    )
    text = base.mark_text(fontSize=11).encode(
        x=alt.X("middle:Q", axis=axis, scale=scale), text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None)
    )
    step = max(32, LINE * max(map(lines_of, order)) + 10)
    return alt.layer(parts, text, row_labels(order)).properties(width=plot_width(order), height=alt.Step(step))


def task_matrix(results: Results) -> Block:
    """Return units × tasks as a grid of statuses; more units than fit a page are laid over several figures."""
    names = names_of(results)
    rows = records(results.task_status)
    if not rows:
        return missing("về tình trạng nhiệm vụ của từng đơn vị")
    leading = {row["unit_id"] for row in rows}
    order = [unit for unit in results.inputs.units["unit_id"].to_list() if unit in leading]
    order += sorted(leading - set(order))
    pages = [order[start : start + _MATRIX_ROWS] for start in range(0, len(order), _MATRIX_ROWS)]
    figures = []
    for number, page in enumerate(pages, start=1):
        places = {unit: place for place, unit in enumerate(page)}
        own = sorted(
            (row for row in rows if row["unit_id"] in places), key=lambda row: (places[row["unit_id"]], row["task_id"])
        )
        part = f" (phần {number}/{len(pages)})" if len(pages) > 1 else ""
        figures.append(_matrix(results, own, {unit: names.short.get(unit, unit) for unit in page}, part))
    return figures[0] if len(figures) == 1 else Blocks(figures)


def _matrix(results: Results, rows: list[dict[str, Any]], shorts: dict[str, str], part: str) -> Figure:
    names, labels = names_of(results), code_labels("report_status")
    tasks = results.inputs.plan.tasks["task_id"].to_list()
    table = Table(
        f"Tình trạng từng nhiệm vụ của từng đơn vị{part}",
        (Column("unit", "Đơn vị"), Column("task", "TT", "number"), Column("status", "Tình trạng")),
        tuple((names.unit(row["unit_id"]), row["task_id"], labels[row["status"]]) for row in rows),
        id=TASK_UNITS,
    )
    return Figure(
        f"Đơn vị chủ trì và tình trạng từng nhiệm vụ{part}",
        "Ô trống: đơn vị không chủ trì nhiệm vụ đó. Tên đầy đủ của đơn vị ở bảng số liệu kèm theo.",
        f"Lưới {len(shorts)} đơn vị và {len(tasks)} nhiệm vụ, mỗi ô ghi tình trạng; nội dung như bảng số liệu kèm theo.",
        draw(lambda: _grid(rows, shorts, tasks)),
        table,
        source_of(results),
        "hinh-don-vi-nhiem-vu",
    )


def _grid(rows: list[dict[str, Any]], shorts: dict[str, str], tasks: list[int]) -> alt.TopLevelMixin:
    import altair as alt

    labels = code_labels("report_status")
    occurring = [code for code in labels if any(row["status"] == code for row in rows)]
    keys = {code: f"{STATUS_STYLES[code].mark} = {labels[code]}" for code in occurring}
    cells = [
        {
            "unit": row["unit_id"],
            "task": row["task_id"],
            "status": keys[row["status"]],
            "mark": STATUS_STYLES[row["status"]].mark,
            "ink": STATUS_STYLES[row["status"]].ink,
        }
        for row in rows
    ]
    lines = {unit: wrap(short, 40) for unit, short in shorts.items()}
    expression = f"split({json.dumps(lines)}[datum.value], '\\n')"
    fills = alt.Scale(domain=list(keys.values()), range=[STATUS_STYLES[code].fill for code in occurring])
    x_axis = alt.Axis(labelAngle=0, orient="top", domain=False, ticks=False, title="Nhiệm vụ (TT trong Phụ lục)")
    y_axis = alt.Axis(labelExpr=expression, labelFontSize=11)
    base = alt.Chart(data_of(cells)).encode(
        x=alt.X("task:O", scale=alt.Scale(domain=tasks), axis=x_axis),
        y=alt.Y("unit:N", scale=alt.Scale(domain=list(shorts)), title=None, axis=y_axis),
    )
    legend = alt.Legend(title=None, columns=3)
    grid = base.mark_rect(stroke=COLOURS["soft"], strokeWidth=0.6).encode(
        color=alt.Color("status:N", scale=fills, sort=list(keys.values()), legend=legend)
    )
    marks = base.mark_text(fontSize=9).encode(text=alt.Text("mark:N"), color=alt.Color("ink:N", scale=None))
    width = min(plot_width(list(lines.values())), WIDTH - 140)
    chart: alt.TopLevelMixin = alt.layer(grid, marks).properties(
        width=width, height=alt.Step(max(13.5, 12 * max(map(lines_of, lines.values())) + 1.5))
    )
    return chart
