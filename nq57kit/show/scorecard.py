"""The scorecard of one unit: what is read first, what falls due, how the unit stands beside its peer group.

In: `UnitResults`. Out: blocks. What a scorecard says of one subject stands in that subject's module (`show_unit`). No other
unit is named, and no block tells a rank: a figure stands beside the middle of the unit's group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.indicators.tasks import UNREPORTED
from nq57kit.indicators.unit import COUNTS, FEWEST, SHARES
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Bullets, Figure, KeyFigure, KeyFigures, Note, Paragraph, Table
from nq57kit.show.charts import (
    COLOURS,
    LINE,
    data_of,
    draw,
    layer,
    lines_of,
    missing,
    numbered,
    plot_width,
    row_labels,
    wrap,
)
from nq57kit.show.columns import fill
from nq57kit.show.money import unit_sentence as money_sentence
from nq57kit.show.outputs import unit_sentence as outputs_sentence
from nq57kit.show.people import unit_sentence as people_sentence
from nq57kit.show.reporting import sending_sentence
from nq57kit.show.science import unit_sentence as science_sentence
from nq57kit.show.tasks import base_of, overdue_text, status_text
from nq57kit.submissions.contract import reporting_label
from nq57kit.text import format_number, format_percent, format_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt

    from nq57kit.indicators.unit import UnitResults

#: How what falls due stands.
_STATES: Final[Mapping[str, str]] = {
    "overdue": "Quá hạn",
    "empty": "Đã gửi, không có nội dung",
    "unreported": "Đã qua hạn, chưa có báo cáo",
    "open": "Chưa hoàn thành",
    "again": "Của năm sau",
    "next": "Kỳ tới",
}
#: Where a value stands beside the middle half of the group.
_PLACES: Final[Mapping[str, str]] = {"below": "Dưới", "within": "Trong", "above": "Trên"}
_BAND: Final = "Khoảng giữa của nhóm"
_MIDDLE: Final = "Mức giữa của nhóm"
_UNIT: Final = "Đơn vị"
_NONE: Final = "Chưa có số liệu của kỳ."


def show_summary(card: UnitResults) -> Block:
    """Return the figures that matter, then what the unit must know first."""
    return Blocks([pick_key_figures(card), summarise(card)])


def show_agenda(card: UnitResults) -> Block:
    """Return what falls due, and what is still missing from the unit's report."""
    return Blocks([tabulate_agenda(card), describe_gaps(card)])


def show_peers(card: UnitResults) -> Block:
    """Return the unit's measures beside the period before and the middle of its peer group."""
    tables = [tabulate_ratios(card), tabulate_counts(card)] if card.measures["value"].drop_nulls().len() else []
    return Blocks([describe_peers(card), chart_peers(card), *tables])


def pick_key_figures(card: UnitResults) -> Block:
    """Return five figures: the report, the tasks led, outputs, staff reached, science tasks (or money without any)."""
    last = "science_tasks_communicated"
    if phrases.measure_of(card, last)["value"] is None and phrases.measure_of(card, "disbursed")["value"] is not None:
        last = "disbursed"
    return KeyFigures((_report(card), _tasks(card), _outputs(card), _ratio(card, "staff_reached"), _ratio(card, last)))


def _report(card: UnitResults) -> KeyFigure:
    row, half = phrases.state_of(card), phrases.last_half(card.own)
    label = "Chưa nhận được" if row["state"] == "missing" else reporting_label(row["state"], over=False)
    return KeyFigure(
        f"Báo cáo {half.label}",
        label,
        coverage=f"Gửi lúc {format_time(row['sent_at'])}." if row["sent_at"] else "",
        change=f"Thời hạn: {half.deadline_text}.",
    )


def _tasks(card: UnitResults) -> KeyFigure:
    due, whole = base_of(card.own, "due"), base_of(card.own, "all")
    row = due if due["count"] else whole
    silent = f"{format_number(row['unreported'])} nhiệm vụ chưa có báo cáo. " if row["unreported"] else ""
    overdue = overdue_text(card)
    return KeyFigure(
        "Nhiệm vụ chủ trì đã hoàn thành" + (", trong số đã đến hạn" if row is due else ""),
        phrases.part_of(row) if row["denominator"] else "–",
        "nhiệm vụ",
        coverage=silent + (f"Trong tất cả: {phrases.part_of(whole)}." if row is due and whole["denominator"] else ""),
        change=(f"Quá hạn: {overdue}." if overdue else "")
        if row is due
        else "Chưa có nhiệm vụ nào đến hạn; nhiệm vụ thường xuyên không có ngày đến hạn.",
    )


def _outputs(card: UnitResults) -> KeyFigure:
    row = phrases.measure_of(card, "quantity")
    before = None if row["previous_value"] is None else round(row["previous_value"])
    return KeyFigure(
        phrases.measure_label(card, "quantity"),
        format_number(row["numerator"]),
        coverage=_middle(row, lambda value: format_number(value, 0 if value == round(value) else 1)),
        change=phrases.sentence(phrases.compare_counts(card.own, row["numerator"], before))
        if phrases.has_report(card)
        else _NONE,
    )


def _ratio(card: UnitResults, measure: str) -> KeyFigure:
    row = phrases.measure_of(card, measure)
    of = {"staff_reached": "người", "science_tasks_communicated": "nhiệm vụ"}.get(measure)
    shown = "" if of is None or row["value"] is None else f"{phrases.part_of(row)} {of}."
    told = {"staff_reached": "workforce", "science_tasks_communicated": "science_tasks"}.get(measure, "budget")
    half = phrases.said_in(card, told)
    fresh = half == card.own.inputs.period.label and phrases.has_report(card)
    compared = phrases.sentence(phrases.compare_ratios(card.own, row["value"], row["previous_value"]))
    older = _NONE if row["value"] is None or half is None else f"Số liệu của {half}."
    return KeyFigure(
        phrases.measure_label(card, measure),
        format_percent(row["value"]),
        target=shown,
        coverage=_middle(row, format_percent),
        change=compared if fresh and row["value"] is not None else older,
    )


def _middle(row: dict[str, Any], write: Any) -> str:
    """Return the middle of the group, of how many units; nothing beside a figure of an earlier half."""
    if row["median"] is None or _is_old(row):
        return ""
    return f"Mức giữa của nhóm ({format_number(row['units'])} đơn vị có số liệu): {write(row['median'])}."


def summarise(card: UnitResults) -> Block:
    """Return the main sentences, one below the other: sending, tasks, outputs, people, science, money, what is next."""
    overdue, told, inputs = overdue_text(card), status_text(card), card.own.inputs
    said = (
        sending_sentence(card),
        *(f"{change}." for change in inputs.plan.describe_changes(inputs.period, card.unit.unit_id)),
        f"Nhiệm vụ chủ trì: {told}." if told else "",
        f"Quá hạn: {overdue}." if overdue else "",
        outputs_sentence(card),
        people_sentence(card),
        science_sentence(card) if phrases.said_in(card, "science_tasks") is not None else "",
        money_sentence(card),
        _next_sentence(card),
    )
    return Bullets(tuple(filter(None, said)))


def _next_sentence(card: UnitResults) -> str:
    """Return the next reporting deadline in a sentence; empty after the plan's last period."""
    inputs = card.own.inputs
    coming = [row for row in card.agenda.to_dicts() if row["what"] == "report" and row["state"] in {"next", "open"}]
    ahead = [row for row in coming if row["due_on"] >= inputs.as_of]
    if not ahead:
        return ""
    half = inputs.plan.period(ahead[0]["period"])
    return f"Thời hạn báo cáo tới: {half.label}, {half.deadline_text}{phrases.last_working_day(half)}."


def tabulate_agenda(card: UnitResults) -> Block:
    """Return what falls due: reports and tasks, overdue ones first."""
    inputs, names, reported = card.own.inputs, phrases.names_of(card.own), phrases.state_of(card)
    timings = dict(inputs.plan.tasks.select("task_id", "timing").iter_rows())
    items = []
    for row in card.agenda.to_dicts():
        if row["what"] == "report":
            half = inputs.plan.period(row["period"])
            what, note = f"Báo cáo {half.label}", f"Thời hạn: {half.deadline_text}{phrases.last_working_day(half)}."
            refused = row["period"] == reported["period"] and reported["state"] == "refused"
            state = "Đã gửi, phải sửa" if refused else "Chưa gửi" if row["state"] == "open" else _STATES[row["state"]]
        else:
            task, state = names.short_task(row["task_id"]), _STATES[row["state"]]
            what = f"Nhiệm vụ {task.removeprefix('Nhiệm vụ ')}"
            note = f"Thời gian ghi trong Phụ lục: {timings[row['task_id']]}."
        items.append({"what": what, "due_on": row["due_on"], "state": state, "note": note})
    if not items:
        return Note("Không có việc nào đến hạn trong thời gian còn lại của Kế hoạch.", "empty")
    note = "Ngày đến hạn của nhiệm vụ «Hằng năm» là thiết lập của báo cáo; Kế hoạch không ghi ngày."
    tasks = any(row["what"] == "task" for row in card.agenda.to_dicts())
    return fill("scorecard.agenda", items, note if tasks else "", source=phrases.plan_source(card.own))


def _list_gaps(card: UnitResults) -> tuple[str, ...]:
    """Return what is still missing from what the unit reported; empty where nothing is."""
    inputs, own = card.own.inputs, card.own
    if not phrases.has_report(card):
        wanted = {"refused": "sửa các lỗi và gửi lại", "empty": "gửi lại báo cáo có nội dung"}
        return (f"Báo cáo {inputs.period.label}: {wanted.get(phrases.state_of(card)['state'], 'chưa gửi')}.",)
    statuses = own.task_status.to_dicts()
    unknown = [row["task_id"] for row in statuses if row["status"] == UNREPORTED]
    undated = [row["task_id"] for row in statuses if row["status"] == "hoan_thanh_thieu_ngay"]
    acts = own.activities.to_dicts()
    unmeasured = sum(row["reach"] is None for row in acts)
    uncommunicated = sum(not row["communicated"] for row in own.science_tasks.to_dicts())
    said = (
        (unknown, f"Tình trạng {phrases.list_tasks(unknown)}."),
        (undated, f"Ngày hoàn thành của {phrases.list_tasks(undated)}."),
        (
            unmeasured,
            f"Lượt người tiếp cận của {format_number(unmeasured)}/{format_number(len(acts))} hoạt động (chỉ ghi khi có đo).",
        ),
        (phrases.said_in(card, "workforce") != inputs.period.label, f"Số liệu nhân lực của {inputs.period.label}."),
        (
            uncommunicated,
            f"Truyền thông {format_number(uncommunicated)} nhiệm vụ KHCN; nếu đã truyền thông thì bổ sung ngày.",
        ),
    )
    return tuple(text for there, text in said if there)


def describe_gaps(card: UnitResults) -> Block:
    """Return what is still missing, as a list."""
    gaps = _list_gaps(card)
    if not gaps:
        return Paragraph("Báo cáo của đơn vị không còn nội dung nào phải bổ sung.")
    return Blocks([Paragraph("Nội dung còn thiếu, đề nghị đơn vị bổ sung:"), Bullets(gaps)])


def _name_peers(card: UnitResults) -> str:
    """Return the group that a unit is set beside, in words: «nhóm Các Vụ (5 đơn vị)»."""
    count = format_number(card.group_units)
    if card.group is None:
        return f"toàn bộ {count} đơn vị phải báo cáo của {card.own.inputs.plan.words['name']}"
    return f"nhóm «{phrases.names_of(card.own).group(card.group)}» ({count} đơn vị)"


def describe_peers(card: UnitResults) -> Block:
    """Return what the unit is set beside and how to read it; no rank, no other unit."""
    whole = card.own.inputs.plan.words["whole"]
    small = (
        f" Các nhóm của đơn vị có dưới {FEWEST} đơn vị nên số liệu được đặt cạnh {whole}." if card.group is None else ""
    )
    return Paragraph(
        f"Số liệu của đơn vị được đặt cạnh số liệu của {_name_peers(card)}, kể cả đơn vị.{small} Mức giữa là trung vị: một nửa "
        "số đơn vị có số liệu cao hơn, một nửa thấp hơn. Khoảng giữa chứa một nửa số đơn vị ở giữa (từ tứ phân vị thứ nhất "
        "đến tứ phân vị thứ ba). Các đơn vị khác nhau về quy mô và nhiệm vụ, vì vậy phần này để đơn vị tự đối chiếu, không "
        "xếp hạng."
    )


def tabulate_counts(card: UnitResults) -> Table:
    """Return the numbers of the unit beside the period before and the middle of its peer group."""
    return _beside(card, COUNTS, "scorecard.counts")


def tabulate_ratios(card: UnitResults) -> Table:
    """Return the ratios of the unit beside the period before and the middle of its peer group."""
    return _beside(card, SHARES, "scorecard.ratios")


def _beside(card: UnitResults, measures: tuple[str, ...], name: str) -> Table:
    items = [
        {**row, "label": phrases.measure_label(card, row["measure"]), "place": _PLACES.get(row["place"] or "", "")}
        for row in card.measures.to_dicts()
        if row["measure"] in measures
    ]
    few, old = any(row["units"] < FEWEST for row in items), [row["label"] for row in items if _is_old(row)]
    told = [format_number(count) for count in sorted({row["units"] for row in items if row["units"] >= FEWEST})]
    notes = (
        f"Không nêu mức giữa khi dưới {FEWEST} đơn vị của nhóm có số liệu." if few else "",
        f"Mức giữa tính trên {' đến '.join({told[0]: 0, told[-1]: 0})}/{format_number(card.group_units)} đơn vị của nhóm có số "
        "liệu của kỳ." if told else "",
        f"Số liệu 6 tháng đầu năm, không đặt cạnh mức giữa của 6 tháng cuối năm: {'; '.join(old)}." if old else "",
    )  # fmt: skip
    return fill(
        name,
        items,
        *notes,
        source=phrases.source(card),
        without=() if any(row["previous_value"] is not None for row in items) else ("previous_value",),
        now=phrases.upper_first(card.own.inputs.period.label),
        then=phrases.then_label(card.own),
    )


def _is_old(row: dict[str, Any]) -> bool:
    return row["value"] is not None and not row["fresh"]


def chart_peers(card: UnitResults) -> Block:
    """Return the ratios that both the unit and its group have: a point, a band from quartile to quartile, the median."""
    rows = [
        {**row, "label": wrap(phrases.measure_label(card, row["measure"]), 40), "text": format_percent(row["value"])}
        for row in card.measures.to_dicts()
        if row["measure"] in SHARES and row["place"] is not None
    ]
    if not rows:
        return missing("để đặt cạnh mức giữa của nhóm")
    said = "; ".join(
        f"{phrases.measure_label(card, row['measure'])}: {row['text']}, mức giữa {format_percent(row['median'])}, "
        f"{_PLACES[row['place']].lower()} khoảng giữa ({format_percent(row['low'])} – {format_percent(row['high'])})"
        for row in rows
    )
    return Figure(
        _head(rows),
        f"Điểm tròn là đơn vị, dải xám là khoảng giữa, vạch đứng là mức giữa của {_name_peers(card)}.",
        f"Biểu đồ điểm và dải theo nội dung. {said}.",
        draw(lambda: _draw(rows)),
        tabulate_ratios(card),
        phrases.source(card),
        "hinh-doi-chieu",
    )


def _head(rows: list[dict[str, Any]]) -> str:
    """Return what the chart says: how many ratios are below, within and above the middle half of the group."""
    counts = {words.lower(): sum(row["place"] == place for row in rows) for place, words in _PLACES.items()}
    said = ", ".join(f"{count} tỷ lệ {where} khoảng giữa" for where, count in counts.items() if count)
    return f"{phrases.upper_first(said)} của nhóm"


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
    return layer(band, middle, point, text, row_labels(order)).properties(
        width=plot_width(order), height=alt.Step(step)
    )
