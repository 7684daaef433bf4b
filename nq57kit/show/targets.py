"""Targets of section II.2 against results: each indicator in words, a table, the line to the plan's last year.

In: `Results`. Out: blocks; a target is called met only where its status says so.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.indicators.targets import is_year_over
from nq57kit.show import network, phrases, rehearsal
from nq57kit.show.blocks import Block, Blocks, Bullets, Figure, Note, Table
from nq57kit.show.charts import COLOURS, WIDTH, Bar, bar_figure, data_of, draw, layer, missing, wrap
from nq57kit.show.columns import fill
from nq57kit.store.logbook import CLOSED
from nq57kit.text import format_date, format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import altair as alt

    from nq57kit.indicators.model import Results

#: A year's target is judged when the year is over; what stands in place of a verdict until then, or without a target.
_NOT_YET: Final = "Chưa đến kỳ đánh giá"
_UNASKED: Final = "chưa đặt"
_QUALITATIVE: Final = "qualitative"
#: What a person said of a target whose years are over, so that it is followed no more.
_SETTLED: Final = {"met": "đã đạt", CLOSED: "thôi theo dõi"}
#: What a mark of the chart of targets is; a year that is not over has a colour of its own.
_RESULT: Final = "Kết quả"
_TARGET: Final = "Mục tiêu"
#: A change that can be read in a percentage with one digit.
_LEAST: Final = 0.0005
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
            rehearsal.show(results),
            chart_targets(results),
            chart_ratios(results),
            network.show(results),
        ]
    )


def show_asked(results: Results) -> Block:
    """Return every target of section II.2, word for word, with what this year answers; the evidence for a person to judge."""
    known = {row["indicator"]: row for row in results.kpis.to_dicts()}
    line = {(row["indicator"], row["year"]): row for row in results.targets.to_dicts()}
    items = [
        {
            **row,
            "years": _years(row),
            "answer": phrases.upper_first(_answer(results, row, known.get(row["indicator"]), line)),
        }
        for row in results.inputs.plan.targets.to_dicts()
    ]
    return Blocks(
        [
            phrases.tell("targets.asked", results, items),
            rehearsal.show(results),
            network.show(results),
        ]
    )


def _years(target: dict[str, Any]) -> str:
    first, last = target["year_from"], target["year_to"]
    return str(first) if first == last else f"{first}–{last}"


def _answer(
    results: Results, target: dict[str, Any], now: dict[str, Any] | None, line: dict[tuple[str, int], dict[str, Any]]
) -> str:
    """Return what the report's year answers to a target: of this year, of an earlier one, or of one to come."""
    year, told = results.inputs.period.year, now if now is not None and now["value"] is not None else None
    if target["year_from"] > year:
        sofar = f"; hiện nay {format_percent(told['value'])} ({_mark(told)})" if told else ""
        return f"chưa đến năm áp dụng ({target['year_from']}){sofar}"
    verdict, by = results.inputs.judgements.get(target["indicator"]), _judged_by(results, target["indicator"])
    if target["year_to"] >= year:
        return (
            (f"{_verdict(now)}: {_figure(now)}" if now is told else f"{verdict_of(now)}{by}")
            if now
            else "chưa có số liệu"
        )
    if target["comparator"] == _QUALITATIVE:
        waits = f"{_verdict(now).lower() if now else 'chưa đánh giá'}{by}, tiếp tục theo dõi"
        return f"đã qua năm áp dụng; {f'{_SETTLED[verdict]}{by}' if verdict in _SETTLED else waits}"
    last = line.get((target["indicator"], target["year_to"]), {})
    rest = ", tiếp tục theo dõi đến khi đạt" if last.get("open") else ""
    if verdict == CLOSED and last.get("status") == "not_met":
        rest = f"; {_SETTLED[CLOSED]}{by}"
    return f"kết quả năm {target['year_to']}: {phrases.precise_percent(last.get('value'), last.get('target'))}{rest}"


def _judged_by(results: Results, indicator: str) -> str:
    by = phrases.judgement_of(results, indicator)
    return f" ({by})" if by else ""


def target_text(row: dict[str, Any]) -> str:
    """Return what is asked of a ratio this year: «mục tiêu năm 2027 là ít nhất 50%», or that nothing is asked yet."""
    if row["target"] is not None:
        whole = "" if row["judged"] else "cả "
        return f"mục tiêu {whole}năm {row['year']} là {phrases.at_least(row['comparator'], row['target'])}"
    later = ""
    if row["next_target"] is not None:
        wanted = phrases.at_least(row["next_comparator"], row["next_target"])
        later = f"; mục tiêu gần nhất: năm {row['next_target_year']}, {wanted}"
    return f"{_unasked(row['year'])}{later}"


def _unasked(year: int) -> str:
    return f"Kế hoạch chưa đặt chỉ tiêu định lượng cho năm {year}"


def covered_by(row: dict[str, Any]) -> str:
    """Return of how many units an indicator's figures are, and how many of these speak of June: «tạm tính theo 52/58 đơn vị»."""
    older = ""
    if row["older_units"]:
        older = f", trong đó {format_number(row['older_units'])} đơn vị theo số liệu 6 tháng đầu năm {row['year']}"
    return f"{'tạm tính theo' if row['provisional'] else 'theo số liệu của'} {_units(row)}{older}"


def _units(row: dict[str, Any]) -> str:
    whole = "đủ " if not row["provisional"] and not row["older_units"] else ""
    return f"{whole}{format_number(row['reported_units'])}/{format_number(row['expected_units'])} đơn vị"


def _mark(row: dict[str, Any]) -> str:
    return f"{'tạm tính, ' if row['provisional'] else ''}{_units(row)}"


def _verdict(row: dict[str, Any]) -> str:
    waits = row["status"] == "on_watch" and row["target"] is not None
    return _NOT_YET if waits else phrases.code_labels("target_status")[row["status"] or "not_assessed"]


def verdict_of(row: dict[str, Any]) -> str:
    """Return a verdict with its coverage, as it stands on cards, in tables and charts: «Đạt (tạm tính, 56/58 đơn vị)»."""
    judged_by_a_person = row["status"] is None or row["comparator"] == _QUALITATIVE
    return _verdict(row) if judged_by_a_person else f"{_verdict(row)} ({_mark(row)})"


def verdicts_sentences(results: Results) -> tuple[str, ...]:
    """Return one sentence for each verdict that occurs, with the indicators that have it, then what is open: the summary's view."""
    ratio, rows = phrases.ratio_indicators(results), _kpis(results)
    heads = {
        ("not_met", True): "Chưa đạt {count} chỉ tiêu định lượng",
        ("not_met", False): "{count} mục tiêu định tính được đánh giá là chưa đạt",
        ("insufficient", True): "Chưa đủ căn cứ để kết luận {count} chỉ tiêu định lượng",
        ("met", True): "Đạt {count} chỉ tiêu định lượng",
        ("met", False): "{count} mục tiêu định tính được đánh giá là đạt",
        ("", True): f"{_unasked(results.inputs.period.year)}; theo dõi {{count}} tỷ lệ",
        ("", False): "{count} mục tiêu định tính chưa được đánh giá",
    }
    found: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for row in rows:
        is_ratio = row["indicator"] in ratio
        found.setdefault(("" if is_ratio and row["target"] is None else row["status"] or "", is_ratio), []).append(row)
    said = [f"{row['label']}: {_judgement(row)}." for row in found.get(("on_watch", True), ())]
    for key, head in heads.items():
        group = found.get(key, [])
        covered = {covered_by(row) for row in group if key[1]}
        once = f" ({covered.pop()})" if len(covered) == 1 and len(group) > 1 else ""
        items = [f"{phrases.lower_first(row['label'])}{_told(row, once) if key[1] else _of_year(row)}" for row in group]
        said += [f"{head.format(count=format_number(len(group)))}{once}: {'; '.join(items)}."] if group else []
    return (*said, *say_open(results))


def _told(row: dict[str, Any], once: str) -> str:
    """Return the figure of an indicator within a list, with its coverage where the list has not said it for all."""
    return f" {_share(row)}" if once else f": {_figure(row)}"


def _of_year(row: dict[str, Any]) -> str:
    return "" if row["target_year"] in {None, row["year"]} else f" (mục tiêu năm {row['target_year']})"


def _kpis(results: Results) -> list[dict[str, Any]]:
    """Return the rows of the year's indicators, each with its label."""
    names = phrases.names_of(results).indicators
    return [{**row, "label": names.get(row["indicator"], row["indicator"])} for row in results.kpis.to_dicts()]


def say_open(results: Results) -> list[str]:
    """Return the numeric targets of earlier years that are unmet since (contract §6): those that stay open, and who closed the others."""
    names, closed = phrases.names_of(results).indicators, results.inputs.judgements
    ended = results.targets.filter(pl.col("year") < results.inputs.period.year, pl.col("status") == "not_met")
    return [
        f"{names[row['indicator']]}: mục tiêu năm {row['year']} ({phrases.at_least(row['comparator'], row['target'])}) chưa đạt, "
        f"{_SETTLED[CLOSED]}{_judged_by(results, row['indicator'])}."
        for row in ended.unique("indicator", keep="last", maintain_order=True).to_dicts()
        if closed.get(row["indicator"]) == CLOSED
    ] + [
        f"{names[row['indicator']]}: mục tiêu năm {row['year']} ({phrases.at_least(row['comparator'], row['target'])}) chưa đạt, "
        f"kết quả năm đó: {phrases.precise_percent(row['value'], row['target'])}; tiếp tục theo dõi đến khi đạt."
        for row in results.targets.filter("open").to_dicts()
    ]


def describe(results: Results) -> Block:
    """Return number, target, verdict, coverage and comparison of every indicator of the year, and what is open of earlier ones."""
    ratio = phrases.ratio_indicators(results)
    items = [
        _ratio_sentence(results, row) if row["indicator"] in ratio else _judged_sentence(results, row)
        for row in _kpis(results)
    ]
    return Bullets((*items, *say_open(results))) if items else Note("Chưa có số liệu về các chỉ tiêu.", "empty")


def _share(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "chưa có số liệu để tính"
    return f"{phrases.precise_percent(row['value'], row['target'])} ({phrases.part_of(row)})"


def _figure(row: dict[str, Any]) -> str:
    """Return a ratio with its counts and coverage: «48,0% (49/102), tạm tính theo 46/58 đơn vị»."""
    return f"{_share(row)}, {covered_by(row)}"


def _judgement(row: dict[str, Any]) -> str:
    """Return figure, target and verdict of a ratio, each with what it stands on."""
    bounds = ""
    if row["value"] is not None and row["low"] is not None and row["low"] != row["high"]:
        bounds = (
            f"; nếu tính cả phần chưa có báo cáo thì trong khoảng từ {format_percent(row['low'])} đến "
            f"{format_percent(row['high'])}"
        )
    verdicts = {"met": "đạt mục tiêu", "not_met": "chưa đạt mục tiêu", "insufficient": "chưa đủ căn cứ để kết luận"}
    verdict = ""
    if row["target"] is not None and row["value"] is not None:
        verdict = ", " + verdicts.get(row["status"], phrases.lower_first(_NOT_YET))
        verdict += " (tạm tính)" if row["provisional"] and row["status"] in {"met", "not_met"} else ""
    return f"{_figure(row)}{bounds}; {target_text(row)}{verdict}"


def _ratio_sentence(results: Results, row: dict[str, Any]) -> str:
    first = ""
    if row["first_this_year"] is not None and row["numerator"]:
        first = (
            f"; trong {format_number(row['numerator'])} nhiệm vụ đã được truyền thông có "
            f"{format_number(row['first_this_year'])} nhiệm vụ được truyền thông lần đầu trong năm {row['year']}"
        )
    compared = f"; {compare_kpi(results, row)}" if row["value"] is not None else ""
    return f"{row['label']}: {_judgement(row)}{first}{compared}."


def compare_kpi(results: Results, row: dict[str, Any]) -> str:
    """Return an indicator beside that of the same period last year, over the units that told both."""
    return phrases.compare_ratios(results, row["compared_value"], row["previous_value"], row["compared_units"])


def _judged_sentence(results: Results, row: dict[str, Any]) -> str:
    evidence = [item for item in results.evidence.to_dicts() if item["indicator"] == row["indicator"] and item["count"]]
    shown = ", ".join(
        f"{phrases.lower_first(item['evidence'])} ({format_number(item['count'])}/{format_number(item['total'])})"
        for item in evidence[:_LARGEST]
    )
    more = " và các minh chứng khác ở bảng kèm theo" if len(evidence) > _LARGEST else ""
    said = f"minh chứng do các đơn vị gửi: {shown}{more}" if shown else "chưa có minh chứng do các đơn vị gửi"
    verdicts = {"met": "được đánh giá là đạt", "not_met": "được đánh giá là chưa đạt"}
    judged = verdicts.get(row["status"] or "", "chưa đánh giá") + _judged_by(results, row["indicator"])
    again = ", tiếp tục theo dõi" if _of_year(row) and row["status"] != "met" else ""
    return f"{row['label']}{_of_year(row)}: mục tiêu định tính, {judged}{again}; {said}; {covered_by(row)}."


def tabulate_kpis(results: Results) -> Table:
    """Return the targets of the year with result, verdict and coverage; contract §4."""
    rows, ratio, then = _kpis(results), phrases.ratio_indicators(results), phrases.then_label(results)
    items = [
        {
            **row,
            "range": _range(row),
            "target": f"định tính{_of_year(row)}"
            if row["indicator"] not in ratio
            else phrases.asked_of(row) or _UNASKED,
            "status": verdict_of(row),
            "coverage": f"{format_number(row['reported_units'])}/{format_number(row['expected_units'])}",
        }
        for row in rows
    ]
    short = any(row["reported_units"] < row["expected_units"] for row in rows)
    without = [name for name in ("range", "previous_value") if not any(item[name] for item in items)]
    return phrases.tell(
        "targets.kpis",
        results,
        items,
        "Tạm tính: chưa đủ đơn vị có số liệu." if short else "",
        f"Chưa đặt: {_unasked(results.inputs.period.year)}." if any(i["target"] == _UNASKED for i in items) else "",
        "Tỷ lệ được so với mục tiêu trước khi làm tròn.",
        "" if "previous_value" in without else f"«{then}»: chỉ tính các đơn vị có số liệu ở cả hai kỳ.",
        without=without,
        then=then,
    )


def _range(row: dict[str, Any]) -> str:
    if row["low"] is None or row["low"] == row["high"]:
        return ""
    return f"{format_percent(row['low'])} – {format_percent(row['high'])}"


def tabulate_definitions(results: Results) -> Table:
    """Return how each indicator is computed, in the plan's words."""
    return fill("targets.definitions", results.inputs.plan.indicators.to_dicts())


def show_years(years: Sequence[Results]) -> Block:
    """Return every target through the years: the picture, each year's result and verdict, the judgements of persons."""
    chart = chart_targets(join_years(years), phrases.source_of_years(years))
    return Blocks([chart, tabulate_years(years), tabulate_judgements(years)])


def join_years(years: Sequence[Results]) -> Results:
    """Return the results of the last year, their line of targets with each year's value and verdict as its own report has them."""
    key, told = ["indicator", "year"], pl.concat([one.targets.filter(year=one.inputs.period.year) for one in years])
    return replace(
        years[-1], targets=years[-1].targets.update(told.select(*key, "value", "status"), on=key, include_nulls=True)
    )


def tabulate_years(years: Sequence[Results]) -> Table:
    """Return each indicator's result, target and verdict of each year, with the units that it is of."""

    def say(results: Results) -> Iterator[tuple[str, str]]:
        ratio = phrases.ratio_indicators(results)
        for row in _kpis(results):
            yield row["label"], _cell(row) if row["indicator"] in ratio else f"{_verdict(row)}{_of_year(row)}"

    return phrases.across_years("targets.through", "label", years, say)


def _cell(row: dict[str, Any]) -> str:
    """Return «48,0% (mục tiêu ≥ 50%): Chưa đạt; 46/58 đơn vị»."""
    value = "chưa có số liệu" if row["value"] is None else phrases.precise_percent(row["value"], row["target"])
    asked = (
        f" (mục tiêu {phrases.asked_of(row)}): {_verdict(row)}" if row["target"] is not None else ", chưa đặt mục tiêu"
    )
    return f"{value}{asked}; {_mark(row)}"


def tabulate_judgements(years: Sequence[Results]) -> Table:
    """Return what persons concluded on targets that are no figures: who, when, on what basis; recorded by the report's day."""
    names = phrases.names_of(years[-1]).indicators
    records = {record.path: record for one in years for name, record in one.inputs.judged.items() if name in names}
    items = [
        {
            "target": names[str(one.values["subject"])],
            "year": str(one.values["year"]),
            "verdict": phrases.code_labels("target_status").get(str(one.values["verdict"]), _CLOSED),
            "by": one.by,
            "day": one.day,
            "basis": one.basis,
        }
        for one in sorted(records.values(), key=lambda one: (one.values["year"], one.day))
    ]
    return fill("targets.judgements", items)


_CLOSED: Final = "Thôi theo dõi"


def follow_targets(years: Sequence[Results]) -> list[dict[str, Any]]:
    """Return of each ratio's target that was not met in a year of its own: what was reached then, and what came of it later."""
    names, line = phrases.names_of(years[-1]).indicators, join_years(years).targets.filter("open")
    rows = [row for one in years for row in one.kpis.to_dicts() if row["value"] is not None]
    plans, found = {one.inputs.period.year: one.inputs.plan for one in years}, []
    for row in rows:
        name, target = row["indicator"], plans[row["year"]].target_for(row["indicator"], row["year"])
        if row["status"] != "not_met" or row["target"] is None or target is None:
            continue
        later = [one for one in rows if one["indicator"] == name and one["year"] > row["year"]]
        reached = [one["year"] for one in later if target.is_met_by(Fraction(one["numerator"], one["denominator"]))]
        came = "; ".join(f"{one['year']}: {phrases.precise_percent(one['value'], row['target'])}" for one in later)
        waits = not line.filter(pl.col("year") >= row["year"], indicator=name).is_empty()
        end = f" – đạt mức này từ năm {reached[0]}" if reached else "; còn theo dõi" if waits else ""
        told = {
            "label": names[name],
            "target": phrases.asked_of(row),
            "came": f"{came}{end}" or "chưa có số liệu năm sau",
        }
        found.append({**row, **told, "year": str(row["year"]), "reached": bool(reached)})
    return found


def tabulate_follow_up(years: Sequence[Results]) -> Table:
    """Return the targets that were not met in their year, with what came of each."""
    return phrases.tell("targets.follow_up", years, follow_targets(years))


def chart_targets(results: Results, source: str = "") -> Block:
    """Return targets and results of every ratio indicator to the plan's last year, one panel each.

    `source` tells of which days the figures of a programme report are.
    """
    names = phrases.names_of(results)
    lines = results.targets.to_dicts()
    if not any(row["target"] is not None or row["value"] is not None for row in lines):
        return missing("về mục tiêu và kết quả")
    labels = {row["indicator"]: names.indicators.get(row["indicator"], row["indicator"]) for row in lines}
    until = format_date(min(results.inputs.as_of, results.inputs.period.window.end))
    sofar = _RESULT if is_year_over(results.inputs) else f"Kết quả đến ngày {until}, chưa hết năm"
    rows = [
        {
            **row,
            "indicator": wrap(labels[row["indicator"]], 28),
            "year": str(row["year"]),
            "target_text": phrases.asked_of(row),
            "value_text": format_percent(row["value"]),
            "kind": sofar if row["year"] == results.inputs.period.year else _RESULT,
        }
        for row in lines
    ]
    told = [{**row, "indicator": labels[row["indicator"]], "year": str(row["year"]), "target": phrases.asked_of(row)}
            for row in lines]  # fmt: skip
    shown, wanted = (
        "; ".join(f"{row['indicator']} năm {row['year']}: {text}" for row in told if (text := write(row)))
        for write in (_result_of, lambda row: row["target"])
    )
    now = [row for row in _kpis(results) if row["indicator"] in labels]
    said = "; ".join(
        f"{phrases.lower_first(row['label'])}: {phrases.lower_first(verdict_of(row))}" for row in now if row["target"]
    )
    return Figure(
        _head(now, max(row["year"] for row in lines)),
        "Cột là kết quả đã có, vạch ngang là mục tiêu của năm; năm không có vạch là năm Kế hoạch không đặt mục tiêu "
        f"định lượng cho chỉ tiêu.{f' Năm {results.inputs.period.year}: {said}.' if said else ''}",
        f"Biểu đồ cột của {len(labels)} chỉ tiêu. Kết quả: {shown or 'chưa có'}. Mục tiêu: {wanted or 'chưa có'}.",
        draw(lambda: draw_panels(rows)),
        fill("targets.years", told),
        source or phrases.source_of(results),
        "hinh-muc-tieu",
    )


def _head(now: list[dict[str, Any]], last: int) -> str:
    """Return what the chart of targets says: how many are met of those judged this year, or that none is yet."""
    asked = [row for row in now if row["target"] is not None]
    judged = [row for row in asked if row["judged"]]
    met = sum(row["status"] == "met" for row in judged)
    if judged:
        partly = " (tạm tính)" if any(row["provisional"] for row in judged) else ""
        said = f"năm {judged[0]['year']} đạt {met}/{len(judged)} chỉ tiêu{partly}"
    elif asked:
        said = f"năm {asked[0]['year']} {phrases.lower_first(_NOT_YET)}"
    else:
        said = f"năm {now[0]['year']} chưa đặt chỉ tiêu định lượng" if now else "chưa có số liệu của năm"
    return f"Mục tiêu đến năm {last}: {said}"


def _result_of(row: dict[str, Any]) -> str:
    return "" if row["value"] is None else format_percent(row["value"])


def draw_panels(rows: list[dict[str, Any]], *, height: int = 190) -> alt.TopLevelMixin:
    """Return ratios by year, a panel for each `indicator`: `value`, `value_text` and, where there is one, `target`, `target_text`, `kind`."""
    import altair as alt

    targets = [_TARGET] if any("target" in row for row in rows) else []
    rows = [{"target": None, "target_text": "", "kind": _RESULT, **row} for row in rows]
    order = list(dict.fromkeys(row["indicator"] for row in rows))
    columns = min(3, len(order))
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=None)
    scale = alt.Scale(domain=[0, 1.14])
    kinds = dict.fromkeys([_RESULT, *(row["kind"] for row in rows), *targets])
    colours = [
        COLOURS["main"],
        *[COLOURS["second"]] * (len(kinds) - 1 - len(targets)),
        *[COLOURS["mark"]] * len(targets),
    ]
    keys = alt.Scale(domain=list(kinds), range=colours)
    colour = alt.Color("kind:N", scale=keys, legend=alt.Legend(title=None) if targets else None)
    base = alt.Chart(data_of(rows)).encode(x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)))
    result = base.transform_filter("isValid(datum.value)")
    target = base.transform_filter("isValid(datum.target)").transform_calculate(kind=f"'{_TARGET}'")
    at_value = alt.Y("value:Q", axis=axis, scale=scale)
    at_target = alt.Y("target:Q", axis=axis, scale=scale)
    layers = (
        result.mark_bar(width=_BAR).encode(y=at_value, color=colour),
        target.mark_tick(thickness=3, size=_BAR).encode(y=at_target, color=colour),
        target.mark_text(dy=-9).encode(y=at_target, text=alt.Text("target_text:N")),
        result.transform_filter(f"datum.value >= {_ROOM}")
        .mark_text(dy=-9, fontSize=11)
        .encode(
            y=alt.YDatum(0, axis=axis, scale=scale),
            text=alt.Text("value_text:N"),
            color=alt.condition(f"datum.kind == '{_RESULT}'", alt.value("#ffffff"), alt.value(COLOURS["ink"])),
        ),
        result.transform_filter(f"datum.value < {_ROOM}")
        .mark_text(dy=-8, fontSize=11)
        .encode(y=at_value, text=alt.Text("value_text:N")),
    )
    header = alt.Header(labelExpr="split(datum.label, '\\n')", labelAnchor="start", labelAlign="left")
    chart = (
        layer(*layers)
        .properties(width=(WIDTH - 50) / columns - 22, height=height)
        .facet(facet=alt.Facet("indicator:N", sort=order, title=None, header=header), columns=columns)
    )
    return chart.resolve_axis(x="independent") if len(order) > columns else chart


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
    up, down = (
        sum(way * (row["compared_value"] - row["previous_value"]) >= _LEAST for row in lines) for way in (1, -1)
    )
    return bar_figure(
        "hinh-ty-le",
        f"{up}/{len(lines)} tỷ lệ tăng, {down}/{len(lines)} tỷ lệ giảm so với {phrases.lower_first(then)}",
        bars,
        (now, then),
        table,
        caption="Mỗi tỷ lệ chỉ tính các đơn vị có số liệu ở cả hai kỳ, đến cuối mỗi kỳ.",
        by=f"của {len(lines)} tỷ lệ",
        source=phrases.source_of(results),
        percent=True,
    )
