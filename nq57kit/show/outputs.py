"""What was done: activities and products by type, channel, group and month, in words, tables and charts.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; a `Note` where there is nothing to show.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from nq57kit.indicators.frames import in_order
from nq57kit.indicators.outputs import list_catalogue
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Figure, Note, Paragraph, Table
from nq57kit.show.charts import COLOURS, WIDTH, Bar, bar_figure, data_of, draw, layer, missing
from nq57kit.show.columns import fill, read_kinds, sum_known
from nq57kit.show.markup import find_host
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults

#: Days are drawn as whole numbers: dates would be read in the time zone of the machine.
_EPOCH: Final = date(1970, 1, 1).toordinal()
_MONTH: Final = "'T' + (utcmonth(datum.value * 86400000) + 1) + '/' + utcyear(datum.value * 86400000)"


def show(results: Results) -> Block:
    """Return what was done: by type, by month, by channel, by group of units."""
    return Blocks(
        [
            describe(results),
            chart_types(results),
            tabulate_types(results),
            chart_months(results),
            chart_channels(results),
            tabulate_channels(results),
            tabulate_groups(results),
        ]
    )


def show_catalogue(results: Results) -> Block:
    """Return how many products have a link, and the list of them all (plan IV.1), which stands on a page of its own.

    By unit in the register's order, by type in the order of its list, by day.
    """
    period = results.inputs.period
    labels, listed = phrases.code_labels("activity_type"), list_catalogue(results.activities)
    order = {"unit_id": results.inputs.plan.units["unit_id"].to_list(), "activity_type": list(labels)}
    rows = in_order(listed, order, "started_on", "name").to_dicts()
    if not rows:
        return missing("về sản phẩm, hoạt động truyền thông để lập danh mục")
    linked = sum(bool(find_host(row["link"] or "")) for row in rows)
    items = [row | {"type": labels[row["activity_type"]]} for row in rows]
    table = phrases.tell("outputs.catalogue", results, items, period=period.label)
    return Blocks(
        [
            Paragraph(
                f"{format_number(len({row['unit_id'] for row in rows}))} đơn vị kê khai {format_number(len(rows))} sản phẩm, hoạt động; "
                f"{format_number(linked)} có đường dẫn đến trang đã đăng."
            ),
            replace(table, apart=f"catalogue-{period}{results.inputs.suffix}.html"),
        ]
    )


def compare_halves(results: Results) -> Block:
    """Return in words how the second half of a year differs from the first."""
    halves = results.inputs.period.sources
    sums = {str(half): [0, 0, 0] for half in halves}
    for row in results.by_half.to_dicts():
        for place, name in enumerate(("activities", "quantity", "told_later")):
            sums[row["period"]][place] += row[name]
    said = "; ".join(
        f"{half.label}: {format_number(sums[str(half)][0])} hoạt động, {format_number(sums[str(half)][1])} sản phẩm các loại"
        if str(half) in phrases.reported_halves(results)
        else f"{half.label}: chưa có báo cáo"
        for half in halves
    )
    later = "".join(
        f" {format_number(sums[str(half)][2])} hoạt động của {half.label} được báo cáo ở kỳ sau: tính vào cả năm, không có trong "
        f"báo cáo {half.label}."
        for half in halves
        if sums[str(half)][2]
    )
    return Paragraph(f"{phrases.upper_first(said)}.{later} Chi tiết theo loại ở Phụ lục V.")


def show_halves(results: Results) -> Block:
    """Return the two halves of a year beside each other: quantities by type, and in all; nothing of a half."""
    if not results.inputs.period.is_year:
        return Blocks([])
    halves, labels = [str(half) for half in results.inputs.period.sources], phrases.code_labels("activity_type")
    found = {(row["activity_type"], row["period"]): row for row in results.by_half.to_dicts()}
    if not found:
        return Note("Chưa có số liệu về hoạt động truyền thông của hai kỳ.", "empty")
    reported = phrases.reported_halves(results)
    items = []
    for code, label in labels.items():
        rows = [found.get((code, half)) for half in halves]
        if any(rows):
            quantities = [
                row["quantity"] if row else 0 if half in reported else None
                for row, half in zip(rows, halves, strict=True)
            ]
            items.append({"label": label, "first": quantities[0], "second": quantities[-1]})
    items.append({"label": "Tổng số", **{name: sum_known(items, name) for name in ("first", "second")}})
    first, second = (phrases.upper_first(half.label) for half in results.inputs.period.sources)
    return phrases.tell("outputs.halves", results, items, first=first, second=second)


def show_unit(card: UnitResults) -> Block:
    """Return what the unit did, by type, beside the period before; no chart and table where nothing was done."""
    if not phrases.has_report(card):
        return phrases.no_report(card, "hoạt động truyền thông")
    drawn = [] if card.own.by_type.is_empty() else [chart_types(card.own), tabulate_types(card.own)]
    return Blocks([_describe_unit(card), *(phrases.of_unit(card, block) for block in drawn)])


def outputs_sentence(results: Results) -> str:
    """Return how much was done, kind by kind: what is counted in different units is not added up."""
    rows = _done(results)
    if not rows:
        return "Chưa có số liệu về hoạt động truyền thông trong kỳ."
    return f"Các đơn vị báo cáo {_amount(rows)}."


def unit_sentence(card: UnitResults) -> str:
    """Return what the unit did in the period, or that it reported nothing done; empty without a report."""
    rows = _done(card.own)
    if not phrases.has_report(card):
        return ""
    if not rows:
        return "Đơn vị không báo cáo hoạt động truyền thông nào trong kỳ."
    return f"Đơn vị báo cáo {_amount(rows)}."


def _done(results: Results) -> list[dict[str, Any]]:
    return sorted((row for row in results.by_type.to_dicts() if row["activities"]), key=lambda row: -row["quantity"])


def _amount(rows: list[dict[str, Any]]) -> str:
    """Return «848 hoạt động, với 2.237 tin, bài; 77 lớp tập huấn …» by the kinds of `tables.toml`, the largest first."""
    found = {
        words: sum(row["quantity"] for row in rows if row["activity_type"] in types)
        for words, types in read_kinds().items()
    }
    counts = sorted(((count, words) for words, count in found.items() if count), key=lambda one: -one[0])
    said = "; ".join(f"{format_number(count)} {words}" for count, words in counts)
    return f"{format_number(sum(row['activities'] for row in rows))} hoạt động, với {said}"


def describe(results: Results) -> Block:
    """Return how outputs compare, the channels that most activities and units used, and reach; the summary says how many."""
    rows = results.by_type.to_dicts()
    if not rows:
        return Note("Chưa có số liệu về hoạt động truyền thông.", "empty")
    now, before = (sum_known(rows, name) for name in ("compared_quantity", "previous_quantity"))
    compared = phrases.compare_counts(results, now, before, units=_count_compared(results))
    told = phrases.sentence(compared) if before is None else f"Tổng số lượng các loại {compared}."
    return Paragraph(" ".join(filter(None, (told, _say_channels(results), _say_reach(rows)))))


def _count_compared(results: Results) -> int:
    """Return how many units reported for the period and for the one compared with."""
    return sum_known(results.by_group.to_dicts(), "compared_units") or 0


def _say_channels(results: Results) -> str:
    """Return which channel most activities used, and which most units; by pieces it would be another."""
    labels = phrases.code_labels("channel")
    rows = [row for row in results.by_channel.to_dicts() if row["activities"]]
    if not rows:
        return ""
    named = {row["channel"]: phrases.lower_first(labels.get(row["channel"], row["channel"] or "–")) for row in rows}
    by_activities, by_units = (max(rows, key=lambda row: row[name]) for name in ("activities", "units"))
    whole = format_number(sum(row["activities"] for row in rows))
    said = f"{named[by_activities['channel']]} ({format_number(by_activities['activities'])}/{whole} hoạt động)"
    units = f"{named[by_units['channel']]} ({format_number(by_units['units'])} đơn vị)"
    return f"Kênh có nhiều hoạt động nhất: {said}; có nhiều đơn vị dùng nhất: {units}."


def _describe_unit(card: UnitResults) -> Block:
    now, rows = phrases.measure_of(card, "quantity"), card.own.by_type.to_dicts()
    before = None if now["previous_value"] is None else round(now["previous_value"])
    parts = [unit_sentence(card)]
    if now["numerator"] or before:
        parts.append(f"Về tổng số lượng: {phrases.compare_counts(card.own, now['numerator'], before)}.")
    if sum(row["activities"] or 0 for row in rows):
        parts.append(_say_reach(rows))
    return Paragraph(" ".join(parts))


def _say_reach(rows: list[dict[str, Any]]) -> str:
    """Return the reach that was measured, and in how many activities."""
    reach = sum_known(rows, "reach")
    activities, measured = (sum(row[name] or 0 for row in rows) for name in ("activities", "reach_reported"))
    if reach is None:
        return "Chưa có hoạt động nào có số liệu về lượt người tiếp cận."
    return (
        f"Số lượt người tiếp cận đo được là {format_number(reach)}, theo {format_number(measured)}/"
        f"{format_number(activities)} hoạt động có số liệu; một người có thể được tính nhiều lượt."
    )


def tabulate_types(results: Results) -> Table:
    """Return outputs by type of activity, with a total."""
    return _tabulate(results, "by_type", phrases.code_labels("activity_type"), "Loại hoạt động, sản phẩm")


def tabulate_channels(results: Results) -> Table:
    """Return outputs by channel, with a total."""
    return _tabulate(results, "by_channel", phrases.code_labels("channel"), "Kênh truyền thông")


def tabulate_groups(results: Results) -> Table:
    """Return outputs by group of units, with a total."""
    return _tabulate(results, "by_group", phrases.names_of(results).groups, "Nhóm đơn vị")


def _tabulate(results: Results, name: str, labels: Mapping[Any, str], head: str) -> Table:
    frame = getattr(results, name)
    key = frame.columns[0]
    items: list[dict[str, Any]] = [{**row, key: labels.get(row[key], row[key] or "–")} for row in frame.to_dicts()]
    sums = ("activities", "quantity", "reach", "reach_reported", "cost_vnd", "compared_quantity", "previous_quantity",
            "reported", "expected")  # fmt: skip
    if items:
        items.append({key: "Tổng số", **{name: sum_known(items, name) for name in sums}})
    for item in items:
        item["sent"] = f"{item['reported']}/{item['expected']}" if item.get("expected") is not None else None
    compared = any(item["previous_quantity"] is not None for item in items)
    partial = compared and any(item["compared_quantity"] != item["quantity"] for item in items)
    there = {
        "sent": "reported" in frame,
        "units": "units" in frame,
        "compared_quantity": partial,
        "previous_quantity": compared,
    }
    units = format_number(_count_compared(results))
    return phrases.tell(
        "outputs.sums",
        results,
        items,
        phrases.note_groups(results) if key == "group" else "",
        f"Hai cột so sánh tính trên {units} đơn vị có báo cáo ở cả hai kỳ." if partial else "",
        without=[name for name, shown in there.items() if not shown],
        slug=key.replace("_", "-"),
        by=phrases.lower_first(head),
        key=key,
        head=head,
        then=phrases.then_label(results),
    )


def chart_types(results: Results) -> Block:
    """Return the quantity of outputs by type of activity, with the period before where there is one."""
    return _chart(results, "by_type", tabulate_types(results), "theo loại")


def chart_channels(results: Results) -> Block:
    """Return the quantity of outputs by channel, with the period before where there is one."""
    return _chart(results, "by_channel", tabulate_channels(results), "theo kênh truyền thông")


def _chart(results: Results, name: str, table: Table, by: str) -> Block:
    frame = getattr(results, name)
    key = frame.columns[0]
    labels = phrases.code_labels(key)
    compared, now = frame["previous_quantity"].count() > 0, phrases.upper_first(results.inputs.period.label)
    columns = (
        {now: "compared_quantity", phrases.then_label(results): "previous_quantity"} if compared else {now: "quantity"}
    )
    shown = next(iter(columns.values()))
    bars = [
        Bar(labels.get(row[key], row[key] or "–"), kind, row[column], format_number(row[column]))
        for row in sorted(frame.to_dicts(), key=lambda row: -(row[shown] or 0))
        for kind, column in columns.items()
        if row[column] is not None
    ]
    if not bars:
        return missing(f"về hoạt động truyền thông {by}")
    units = format_number(_count_compared(results))
    which = f"Hai kỳ tính trên {units} đơn vị có báo cáo ở cả hai kỳ" if compared else phrases.no_comparison(results)
    most = max(frame.to_dicts(), key=lambda row: row[shown] or 0)
    return bar_figure(
        f"hinh-{key.replace('_', '-')}",
        f"Nhiều sản phẩm, hoạt động nhất {by}: "
        f"{phrases.lower_first(labels.get(most[key], most[key] or '–'))} ({format_number(most[shown])})",
        bars,
        columns,
        table,
        caption=f"Số cạnh mỗi thanh: số lượng sản phẩm, hoạt động. {phrases.sentence(which)}",
        by=by,
        width=40,
        axis="Số lượng",
    )


def chart_months(results: Results) -> Block:
    """Return outputs by month of the window, with the plan's yearly days marked (III.1.1)."""
    window = results.inputs.period.window
    sums: dict[date, int] = {}
    for row in results.by_month.to_dicts():
        sums[row["month"]] = sums.get(row["month"], 0) + (row["quantity"] or 0)
    if not sums:
        return missing("theo tháng")
    months = [min(window.start.replace(day=1), *sums)]
    while months[-1] < max(window.end.replace(day=1), *sums):
        months.append(_next(months[-1]))
    counts = {month: sums.get(month, 0) for month in months}
    days = _yearly_days(results, months)
    busiest = max(months, key=lambda month: counts[month])
    named = "; ".join(f"{_short(day)} – {name}" for day, name in days)
    title = f"Nhiều nhất là tháng {busiest.month}/{busiest.year}: {format_number(counts[busiest])} sản phẩm, hoạt động các loại"
    caption = (f"Vạch đứng: {named}. " if named else "") + (
        f"Kỳ số liệu từ {format_date(window.start)} đến {format_date(window.end)}."
    )
    said = "; ".join(f"tháng {month.month}/{month.year}: {format_number(counts[month])}" for month in months)
    rows = [
        *({"month": f"{month.month}/{month.year}", "value": counts[month]} for month in months),
        {"month": "Tổng số", "value": sum(counts.values())},
    ]
    table = fill("outputs.months", rows)
    alt = f"Biểu đồ cột theo tháng. {said}."
    return Figure(
        title, caption, alt, draw(lambda: _columns(counts, days)), table, phrases.source_of(results), "hinh-thang"
    )


def _yearly_days(results: Results, months: list[date]) -> list[tuple[date, str]]:
    """Return the plan's yearly days that lie in the data window."""
    window = results.inputs.period.window
    found = [
        (date(year, event["month"], event["day"]), event["name"])
        for year in sorted({month.year for month in months})
        for event in results.inputs.plan.events.to_dicts()
    ]
    return sorted(item for item in found if window.start <= item[0] <= window.end)


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
    y_scale = alt.Scale(domain=[0, top * 1.38], nice=False)
    base = alt.Chart(data_of(rows)).encode(y=alt.Y("value:Q", axis=y_axis, scale=y_scale))
    layers = [
        base.mark_rect(color=COLOURS["main"]).encode(
            x=alt.X("start:Q", scale=x_scale, axis=x_axis), x2=alt.X2("end:Q"), y2=alt.Y2Datum(0)
        ),
        base.mark_text(dy=-8).encode(x=alt.X("middle:Q", scale=x_scale, axis=x_axis), text=alt.Text("text:N")),
    ]
    # A line begins above the number of its month, so that it strikes none.
    marks = [
        {
            "day": _day(day),
            "text": _short(day),
            "at": top * (1.18 + 0.09 * (index % 2)),
            "from": counts.get(day.replace(day=1), 0) + top * 0.1,
        }
        for index, (day, _) in enumerate(days)
    ]
    if marks:
        lines = alt.Chart(data_of(marks)).encode(
            x=alt.X("day:Q", scale=x_scale, axis=x_axis), y=alt.Y("at:Q", axis=y_axis, scale=y_scale)
        )
        layers += [
            lines.mark_rule(color=COLOURS["mark"], strokeDash=[5, 3], strokeWidth=1.5).encode(y2=alt.Y2("from:Q")),
            lines.mark_text(dy=-8, fontWeight="bold").encode(text=alt.Text("text:N")),
        ]
    return layer(*layers).properties(width=WIDTH - 70, height=250)


def _short(day: date) -> str:
    return format_date(day).rsplit("/", 1)[0]


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
