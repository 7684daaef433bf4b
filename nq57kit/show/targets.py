"""Targets of section II.2 against results: each indicator in words, a table, the line to the plan's last year.

In: `Results`. Out: blocks; a target is called met only where its status says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Bullets, Figure, Note, Table
from nq57kit.show.charts import COLOURS, WIDTH, Bar, bar_figure, data_of, draw, layer, missing, wrap
from nq57kit.show.columns import fill
from nq57kit.text import format_number, format_percent

if TYPE_CHECKING:
    import altair as alt

    from nq57kit.indicators.model import Results

#: How many pieces of evidence a sentence names; the table has them all.
_LARGEST: Final = 3
_BAR: Final = 36
#: Bars lower than this have no room for their value inside.
_ROOM: Final = 0.12


def show(results: Results) -> Block:
    """Return the targets of the year with result and verdict, the line of all years, the evidence for a person."""
    return Blocks(
        [
            describe(results),
            tabulate_kpis(results),
            chart_targets(results),
            chart_ratios(results),
            tabulate_evidence(results),
        ]
    )


def show_asked(results: Results) -> Block:
    """Return every target of section II.2, word for word, with what this year answers."""
    verdicts, year = phrases.code_labels("target_status"), results.inputs.period.year
    known = {row["indicator"]: row for row in results.kpis.to_dicts()}
    values = {(row["indicator"], row["year"]): row["value"] for row in results.targets.to_dicts()}
    items = []
    for row in results.inputs.plan.targets.to_dicts():
        now = known.get(row["indicator"])
        held = row["year_from"] <= year <= row["year_to"]
        last = values.get((row["indicator"], row["year_to"]))
        answer = f"chưa đến năm áp dụng ({row['year_from']})"
        if held and now is not None:
            answer = verdicts.get(now["status"] or "not_assessed", "–")
            if now["value"] is not None:
                answer += f": {phrases.precise_percent(now['value'], now['target'])} ({phrases.part_of(now)})"
            answer += f"; theo số liệu của {covered_by(now)}"
        elif row["year_to"] < year:
            answer = f"đã qua năm áp dụng; kết quả năm {row['year_to']}: {format_percent(last)}"
        elif now is not None and now["value"] is not None:
            answer += f"; hiện nay {format_percent(now['value'])} ({phrases.part_of(now)})"
        years = str(row["year_from"]) if row["year_from"] == row["year_to"] else f"{row['year_from']}–{row['year_to']}"
        items.append({**row, "years": years, "answer": phrases.upper_first(answer)})
    return fill("targets.asked", items, source=phrases.source_of(results))


def target_text(row: dict[str, Any]) -> str:
    """Return what is asked of a ratio this year: «mục tiêu năm 2027 là ít nhất 50%», or that nothing is asked yet."""
    if row["target"] is not None:
        return f"mục tiêu năm {row['year']} là {phrases.at_least(row['comparator'], row['target'])}"
    later = ""
    if row["next_target"] is not None:
        wanted = phrases.at_least(row["next_comparator"], row["next_target"])
        later = f", mục tiêu gần nhất là {wanted} vào năm {row['next_target_year']}"
    return f"năm {row['year']} chưa áp dụng chỉ tiêu định lượng{later}"


def verdicts_sentences(results: Results) -> tuple[str, ...]:
    """Return one sentence for each verdict that occurs, with the indicators that have it: the summary's view."""
    ratio = phrases.ratio_indicators(results)
    found: dict[tuple[str, bool], list[str]] = {}
    for row in _kpis(results):
        label = phrases.lower_first(row["label"])
        value = "" if row["value"] is None else f" ({phrases.precise_percent(row['value'], row['target'])})"
        found.setdefault((row["status"] or "", row["indicator"] in ratio), []).append(label + value)
    year = results.inputs.period.year
    heads = {
        ("not_met", True): "Chưa đạt {count} chỉ tiêu định lượng",
        ("not_met", False): "{count} mục tiêu định tính được đánh giá là chưa đạt",
        ("insufficient", True): "Chưa đủ căn cứ để kết luận {count} chỉ tiêu định lượng",
        ("met", True): "Đạt {count} chỉ tiêu định lượng",
        ("met", False): "{count} mục tiêu định tính được đánh giá là đạt",
        ("on_watch", True): f"Năm {year} chưa áp dụng chỉ tiêu định lượng, theo dõi {{count}} tỷ lệ",
        ("", True): f"Năm {year} không đặt mục tiêu cho {{count}} tỷ lệ",
        ("", False): "{count} mục tiêu định tính chưa được đánh giá",
    }
    return tuple(
        f"{head.format(count=format_number(len(found[key])))}: {'; '.join(found[key])}."
        for key, head in heads.items()
        if key in found
    )


def _kpis(results: Results) -> list[dict[str, Any]]:
    """Return the rows of the year's indicators, each with its label."""
    names = phrases.names_of(results).indicators
    return [{**row, "label": names.get(row["indicator"], row["indicator"])} for row in results.kpis.to_dicts()]


def covered_by(row: dict[str, Any]) -> str:
    """Return of how many units an indicator's figures are: «52/58 đơn vị (tạm tính)»."""
    units = f"{format_number(row['reported_units'])}/{format_number(row['expected_units'])} đơn vị"
    return f"{units}{' (tạm tính)' if row['provisional'] else ''}"


def describe(results: Results) -> Block:
    """Return number, target, verdict, coverage and comparison of every indicator of the year."""
    ratio = phrases.ratio_indicators(results)
    items = tuple(
        _ratio_sentence(results, row) if row["indicator"] in ratio else _judged_sentence(results, row)
        for row in _kpis(results)
    )
    return Bullets(items) if items else Note("Chưa có số liệu về các chỉ tiêu.", "empty")


def _ratio_sentence(results: Results, row: dict[str, Any]) -> str:
    wanted, covered = target_text(row), f"; theo số liệu của {covered_by(row)}"
    if row["value"] is None:
        return f"{row['label']}: chưa có số liệu để tính; {wanted}{covered}."
    bounds = ""
    if row["low"] is not None and row["low"] != row["high"]:
        bounds = (
            f"; nếu tính cả phần chưa có báo cáo thì trong khoảng từ {format_percent(row['low'])} đến "
            f"{format_percent(row['high'])}"
        )
    verdicts = {
        "met": ", đạt mục tiêu",
        "not_met": ", chưa đạt mục tiêu",
        "insufficient": ", chưa đủ căn cứ để kết luận",
    }
    return (
        f"{row['label']}: {phrases.precise_percent(row['value'], row['target'])} ({phrases.part_of(row)}){bounds}; {wanted}"
        f"{verdicts.get(row['status'] or '', '')}; {compare_kpi(results, row)}{covered}."
    )


def compare_kpi(results: Results, row: dict[str, Any]) -> str:
    """Return an indicator beside that of the same period last year, over the units that told both."""
    return phrases.compare_ratios(results, row["compared_value"], row["previous_value"], row["compared_units"])


def _judged_sentence(results: Results, row: dict[str, Any]) -> str:
    evidence = [item for item in results.evidence.to_dicts() if item["indicator"] == row["indicator"] and item["count"]]
    shown = ", ".join(
        f"{item['evidence'][:1].lower()}{item['evidence'][1:]} ({format_number(item['count'])})"
        for item in evidence[:_LARGEST]
    )
    more = " và các minh chứng khác ở bảng kèm theo" if len(evidence) > _LARGEST else ""
    said = f"minh chứng do các đơn vị gửi: {shown}{more}" if shown else "chưa có minh chứng do các đơn vị gửi"
    verdicts = {"met": "được đánh giá là đạt", "not_met": "được đánh giá là chưa đạt"}
    judged = verdicts.get(row["status"] or "", "chưa đánh giá")
    return f"{row['label']}: mục tiêu định tính, {judged}; {said}; theo số liệu của {covered_by(row)}."


def tabulate_kpis(results: Results) -> Table:
    """Return the targets of the year with result, verdict and coverage; contract §4."""
    verdicts, ratio = phrases.code_labels("target_status"), phrases.ratio_indicators(results)
    rows = _kpis(results)
    items = [
        {
            **row,
            "range": _range(row),
            "target": phrases.asked_of(row) or ("chưa áp dụng" if row["indicator"] in ratio else "định tính"),
            "status": verdicts.get(row["status"] or "not_assessed", "–"),
            "coverage": f"{format_number(row['reported_units'])}/{format_number(row['expected_units'])}",
        }
        for row in rows
    ]
    unasked = f"Chưa áp dụng: năm {results.inputs.period.year} chưa áp dụng chỉ tiêu định lượng."
    return fill(
        "targets.kpis",
        items,
        "Số liệu tạm tính: chưa đủ báo cáo của các đơn vị phải báo cáo." if any(r["provisional"] for r in rows) else "",
        unasked if any(item["target"] == "chưa áp dụng" for item in items) else "",
        "Tỷ lệ được so với mục tiêu trước khi làm tròn.",
        source=phrases.source_of(results),
        without=[
            *([] if any(item["range"] for item in items) else ["range"]),
            *([] if any(item["previous_value"] is not None for item in items) else ["previous_value"]),
        ],
        then=phrases.then_label(results),
    )


def _range(row: dict[str, Any]) -> str:
    if row["low"] is None or row["low"] == row["high"]:
        return ""
    return f"{format_percent(row['low'])} – {format_percent(row['high'])}"


def tabulate_evidence(results: Results) -> Table:
    """Return the evidence counted for the qualitative targets, for a person to judge."""
    names = phrases.names_of(results)
    items = [{**row, "label": names.indicators.get(row["indicator"], "")} for row in results.evidence.to_dicts()]
    return fill("targets.evidence", items, source=phrases.source_of(results))


def tabulate_definitions(results: Results) -> Table:
    """Return how each indicator is computed, in the plan's words."""
    return fill("targets.definitions", results.inputs.plan.indicators.to_dicts())


def chart_targets(results: Results) -> Block:
    """Return targets and results of every ratio indicator to the plan's last year, one panel each."""
    names = phrases.names_of(results)
    lines = results.targets.to_dicts()
    if not any(row["target"] is not None or row["value"] is not None for row in lines):
        return missing("về mục tiêu và kết quả")
    labels = {row["indicator"]: names.indicators.get(row["indicator"], row["indicator"]) for row in lines}
    rows = [
        {
            "indicator": wrap(labels[row["indicator"]], 28),
            "year": str(row["year"]),
            "target": row["target"],
            "target_text": phrases.asked_of(row),
            "value": row["value"],
            "value_text": format_percent(row["value"]),
        }
        for row in lines
    ]
    known = [row for row in lines if row["value"] is not None]
    shown = "; ".join(f"{labels[row['indicator']]} năm {row['year']}: {format_percent(row['value'])}" for row in known)
    wanted = "; ".join(
        f"{labels[row['indicator']]} năm {row['year']}: {phrases.asked_of(row)}"
        for row in lines
        if row["target"] is not None
    )
    last = max(row["year"] for row in lines)
    return Figure(
        f"Mục tiêu và kết quả đến năm {last}",
        "Cột là kết quả đã có, vạch ngang là mục tiêu của năm; năm không có vạch là năm Kế hoạch không đặt mục tiêu "
        "định lượng cho chỉ tiêu.",
        f"Biểu đồ cột của {len(labels)} chỉ tiêu. Kết quả: {shown or 'chưa có'}. Mục tiêu: {wanted or 'chưa có'}.",
        draw(lambda: _panels(rows)),
        _tabulate_years(lines, labels),
        phrases.source_of(results),
        "hinh-muc-tieu",
    )


def _tabulate_years(lines: list[dict[str, Any]], labels: dict[str, str]) -> Table:
    items = [
        {
            "indicator": labels[row["indicator"]],
            "year": str(row["year"]),
            "target": phrases.asked_of(row),
            "value": row["value"],
        }
        for row in lines
    ]
    return fill("targets.years", items)


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
        layer(*layers)
        .properties(width=(WIDTH - 50) / columns - 22, height=190)
        .facet(facet=alt.Facet("indicator:N", sort=order, title=None, header=header), columns=columns)
    )


def chart_ratios(results: Results) -> Block:
    """Return the ratio indicators beside those of the period compared with, over the same units; nothing without one."""
    if results.kpis["value"].drop_nulls().is_empty():
        return missing("về các tỷ lệ")
    lines = [row for row in _kpis(results) if row["previous_value"] is not None]
    if not lines:
        return Blocks([])  # the sentences say that there is nothing to compare with
    now, then = phrases.upper_first(results.inputs.period.label), phrases.then_label(results)
    bars = [
        Bar(row["label"], kind, row[column], format_percent(row[column]))
        for kind, column in ((now, "compared_value"), (then, "previous_value"))
        for row in lines
    ]
    table = fill("targets.compared", lines, now=now, then=then, before=phrases.lower_first(then))
    return bar_figure(
        "hinh-ty-le",
        table.title,
        bars,
        (now, then),
        table,
        caption="Mỗi tỷ lệ chỉ tính các đơn vị có số liệu ở cả hai kỳ, đến cuối mỗi kỳ.",
        by=f"của {len(lines)} tỷ lệ",
        source=phrases.source_of(results),
        percent=True,
    )
