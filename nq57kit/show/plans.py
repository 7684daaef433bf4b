"""Yearly plans: what units planned and at what estimate, what nobody planned, what was done of it; in words, tables and a chart.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; nothing at all where no unit has sent a plan of the year. The amounts
are called what they are: the estimate of the plan, and what reports tell as planned, allocated and disbursed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from nq57kit.indicators import plans as figures
from nq57kit.indicators.model import Results
from nq57kit.indicators.unit import UnitResults
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Bullets, KeyFigure, KeyFigures, Note, Paragraph, Table
from nq57kit.show.charts import Bar, bar_figure, missing
from nq57kit.show.columns import sum_known
from nq57kit.text import format_date, format_number

_ESTIMATE: Final = "Dự toán (kế hoạch năm)"
_NONE: Final = "Chưa có kế hoạch năm nào được nhận."
_QUARTERS: Final = {1: "Quý I", 2: "Quý II", 3: "Quý III", 4: "Quý IV"}
_MILLION: Final = 1_000_000
#: What the plan asks that can be planned, in the order in which it is told.
_ASKED: Final[Mapping[str, str]] = {
    "task": "nhiệm vụ chủ trì",
    "product": "sản phẩm theo Phụ lục",
    "measure": "giải pháp của Kế hoạch",
}


def _has_plan(results: Results) -> bool:
    return not results.inputs.plans.is_empty()


def _year(results: Results) -> str:
    return str(results.inputs.period.year)


# The report of the plans --------------------------------------------------------------------------


def show_summary(results: Results) -> Block:
    """Return the figures that matter of all plans, then what the reader must know first."""
    return Blocks([pick_key_figures(results), summarise(results)])


def show_money(results: Results) -> Block:
    """Return the estimate by task, as a picture too, by quarter and by source of funds."""
    parts = (chart_tasks(results), tabulate_tasks(results), tabulate_quarters(results), tabulate_sources(results))
    return Blocks(parts if _has_plan(results) else [Note(_NONE, "empty")])


def show_gaps(results: Results) -> Block:
    """Return what the plan asks and nobody has planned: in words, then by task, product and measure."""
    return Blocks([describe_gaps(results), *([tabulate_gaps(results)] if results.plan_gaps.height else [])])


def show_lines(results: Results) -> Block:
    """Return every line of the plans, under its unit."""
    return tabulate_lines(results) if _has_plan(results) else Note(_NONE, "empty")


def pick_key_figures(results: Results) -> KeyFigures:
    """Return how many plans are in and approved, how many lines they have, their estimate, and what nobody has planned."""
    states, whole = figures.count_states(results.plan_units), figures.total(results)
    must = results.plan_units.height
    sent, decided = must - states["missing"], states["approved"] + states["adjusted"]
    pending = results.plan_units["pending"].drop_nulls().len()
    gaps = {kind: rows for kind in _ASKED if (rows := _unplanned(results, kind))}
    words = "; ".join(f"{format_number(len(rows))} {_ASKED[kind]}" for kind, rows in gaps.items())
    return KeyFigures(
        (
            KeyFigure(
                "Kế hoạch đã nhận", f"{format_number(sent)}/{format_number(must)}", "đơn vị", about="ke-hoach-don-vi"
            ),
            KeyFigure(
                "Kế hoạch đã phê duyệt", f"{format_number(decided)}/{format_number(sent)}", "đơn vị",
                change=f"{format_number(pending)} đơn vị có bản điều chỉnh chưa phê duyệt." if pending else "",
                about="ke-hoach-don-vi",
            ),
            KeyFigure("Dòng kế hoạch", format_number(whole["lines"] or 0), "việc", about="ke-hoach-nhiem-vu"),
            KeyFigure(_ESTIMATE, _millions(whole["cost_estimate_vnd"]), "triệu đồng", about="ke-hoach-nhiem-vu"),
            KeyFigure(
                "Chưa đơn vị nào lên kế hoạch", format_number(sum(map(len, gaps.values()))) if sent else "–", "nội dung",
                coverage=f"{words}." if words else "", about="ke-hoach-chua-co",
            ),
        )
    )  # fmt: skip


def _millions(value: int | None) -> str:
    return "–" if value is None else phrases.write_millions(value).removesuffix(" triệu đồng")


def summarise(results: Results) -> Block:
    """Return what a reader must know first of the plans."""
    units, names = results.plan_units, phrases.names_of(results)
    states, whole, year = figures.count_states(units), figures.total(results), _year(results)
    sent = units.height - states["missing"]
    if not sent:
        return Note(f"Chưa có kế hoạch năm {year} nào của {format_number(units.height)} đơn vị được nhận.", "empty")
    items = [
        f"{format_number(sent)}/{format_number(units.height)} đơn vị đã gửi kế hoạch và dự toán năm {year}: {_say_states(states)}.",
        f"Kế hoạch của các đơn vị gồm {format_number(whole['lines'])} việc, dự toán {phrases.write_millions(whole['cost_estimate_vnd'])}.",
    ]
    if states["missing"]:
        late = units.filter(pl.col("state") == "missing")["unit_id"].to_list()
        over = results.inputs.period.is_over(results.inputs.as_of) and not results.inputs.period.is_first
        items.append(
            f"Chưa gửi kế hoạch{', đã quá hạn' if over else ''}: {phrases.count_units([names.unit(one) for one in late])}."
        )
    if pending := units.filter(pl.col("pending").is_not_null())["unit_id"].to_list():
        items.append(
            "Có bản đề xuất điều chỉnh chưa phê duyệt (số liệu trong báo cáo vẫn theo bản đã phê duyệt): "
            f"{phrases.count_units([names.unit(one) for one in pending])}."
        )
    gaps = [
        f"{format_number(len(rows))} {label}" for kind, label in _ASKED.items() if (rows := _unplanned(results, kind))
    ]
    if gaps:
        items.append(f"Nội dung Kế hoạch giao mà chưa đơn vị nào đưa vào kế hoạch năm: {', '.join(gaps)}.")
    return Bullets(tuple(items))


def _say_states(states: Mapping[str, int]) -> str:
    labels = phrases.code_labels("plan_state")
    sent = [name for name in labels if states[name] and name != "missing"]
    return ", ".join(f"{format_number(states[name])} {phrases.lower_first(labels[name])}" for name in sent)


def _unplanned(results: Results, kind: str) -> list[dict[str, Any]]:
    """Return what of a kind the plan asks of units that sent plans, and not one of them has a line for."""
    rows = results.plan_gaps
    return [] if rows.is_empty() else rows.filter(pl.col("kind") == kind, pl.col("planned") == 0).to_dicts()


def _say_gaps(results: Results) -> list[str]:
    """Return a sentence for each kind of what nobody has planned: products in the plan's words, measures by their numbers."""
    texts, said = dict(results.inputs.plan.products.select("product_id", "text").iter_rows()), []
    for kind, label in _ASKED.items():
        if rows := _unplanned(results, kind):
            named = [
                f"«{texts[row['id']]}» (nhiệm vụ {row['task_id']})" if kind == "product" else row["id"] for row in rows
            ]
            joined = "; ".join(named) if kind == "product" else ", ".join(named)
            said.append(f"Chưa đơn vị nào có dòng kế hoạch cho {format_number(len(rows))} {label}: {joined}.")
    return said


def describe_gaps(results: Results) -> Block:
    """Return what nobody has planned, and how much only some of the units of whom it is asked have."""
    if not _has_plan(results):
        return Note(_NONE, "empty")
    states = figures.count_states(results.plan_units)
    out = (
        f" {format_number(states['missing'])} đơn vị chưa gửi kế hoạch nên chưa xác định được."
        if states["missing"]
        else ""
    )
    said = _say_gaps(results) or ["Mọi nội dung Kế hoạch giao đều có ít nhất một đơn vị đưa vào kế hoạch năm."]
    head = (
        "Mỗi nội dung Kế hoạch giao được đối chiếu với dòng kế hoạch của các đơn vị đã gửi: nhiệm vụ theo số thứ tự, sản phẩm theo "
        f"loại, giải pháp theo mã đã chọn hoặc theo quy tắc như với hoạt động.{out}"
    )
    return Blocks([Paragraph(head), Bullets(tuple(said))])


def tabulate_gaps(results: Results) -> Table:
    """Return what the plan asks and some unit has not planned, with the units that have no line for it."""
    names, plan = phrases.names_of(results), results.inputs.plan
    words = {
        "product": dict(plan.products.select("product_id", "text").iter_rows()),
        "measure": dict(plan.measures.select("measure_id", "text").iter_rows()),
    }
    heads = {"task": "Nhiệm vụ chủ trì", "product": "Sản phẩm theo Phụ lục", "measure": "Giải pháp của Kế hoạch"}
    items = [
        row | {
            "kind": heads[row["kind"]],
            "text": names.task(row["task_id"]) if row["kind"] == "task" else f"{row['id']}. {words[row['kind']][row['id']]}",
            "names": phrases.list_names([names.unit(one) for one in row["silent_units"]]),
        }
        for row in results.plan_gaps.to_dicts()
        if row["planned"] < row["asked"]
    ]  # fmt: skip
    return phrases.tell("plans.gaps", results, items)


def tabulate_tasks(results: Results) -> Table:
    """Return lines, units and estimate by task, with the total."""
    names, order = phrases.names_of(results), results.inputs.plan.tasks["task_id"].to_list()
    return _tabulate(results, "task_id", order, names.short_task, head="Nhiệm vụ", name="nhiem-vu")


def tabulate_quarters(results: Results) -> Table:
    """Return lines, units and estimate by the quarter in which lines are due."""
    return _tabulate(results, "quarter", list(_QUARTERS), _QUARTERS.get, head="Quý hoàn thành", name="quy")


def tabulate_sources(results: Results) -> Table:
    """Return lines, units and estimate by source of funds."""
    labels = phrases.code_labels("funding_source")
    return _tabulate(results, "funding_source", list(labels), labels.get, head="Nguồn kinh phí", name="nguon")


def tabulate_measures(results: Results) -> Table:
    """Return lines, units and estimate by the measure of section III that lines name."""
    words = dict(results.inputs.plan.measures.select("measure_id", "text").iter_rows())

    def say(measure: str | None) -> str:
        return "(không ghi giải pháp)" if measure is None else f"{measure}. {words.get(measure, '')}"

    return _tabulate(results, "measure_id", list(words), say, head="Giải pháp", name="giai-phap")


def _tabulate(results: Results, key: str, order: Sequence[object], say: Any, *, head: str, name: str) -> Table:
    """Return the sums of lines by a column, the last row their total; a line stands in one row alone."""
    lines = figures.with_quarter(results.lines)
    items = [{**row, "label": say(row[key]) or "–"} for row in figures.sum_lines(lines, key, order).to_dicts()]
    whole = {"lines": lines.height, "units": lines["unit_id"].n_unique(), "label": "Tổng số"}
    whole["cost_estimate_vnd"] = sum_known(items, "cost_estimate_vnd")
    words = {"head": head, "by": phrases.lower_first(head), "year": _year(results), "name": name}
    return phrases.tell("plans.sums", results, [*items, whole] if items else [], **words)


def chart_tasks(results: Results) -> Block:
    """Return the estimate of each task, in triệu đồng."""
    names = phrases.names_of(results)
    rows = figures.sum_lines(results.lines, "task_id", results.inputs.plan.tasks["task_id"].to_list()).to_dicts()
    bars = [
        Bar(names.short_task(row["task_id"]), _ESTIMATE, row["cost_estimate_vnd"] / _MILLION, _millions(row["cost_estimate_vnd"]))
        for row in rows
    ]  # fmt: skip
    if not any(row["cost_estimate_vnd"] for row in rows):
        return missing("về dự toán")
    total = sum_known(rows, "cost_estimate_vnd")
    return bar_figure(
        "hinh-ke-hoach",
        f"Dự toán kế hoạch năm {_year(results)}: {phrases.write_millions(total)}",
        bars,
        (_ESTIMATE,),
        tabulate_tasks(results),
        caption="Dự toán các đơn vị đề xuất hoặc được phê duyệt theo nhiệm vụ; số cạnh mỗi thanh là triệu đồng.",
        by="theo nhiệm vụ, đơn vị tính triệu đồng",
        width=64,
        axis="Triệu đồng",
    )


def tabulate_states(results: Results) -> Table:
    """Return how the plan of each unit stands: its state, document, lines and estimate."""
    return phrases.tell("plans.states", results, results.plan_units, year=_year(results))


def tabulate_lines(results: Results, *, done: bool = False) -> Table:
    """Return every line under its unit, with how it stands where that is asked (`done`)."""
    return phrases.tell("plans.done_lines" if done else "plans.lines", results, results.lines, year=_year(results))


# In the reports of the halves and the year, and in scorecards -------------------------------------


def show(results: Results) -> Block:
    """Return what was done of the year's plans: in words and by task; nothing where nobody has sent a plan."""
    if not _has_plan(results):
        return Blocks([])
    return Blocks([Paragraph(done_sentence(results)), tabulate_done(results, "task"), Paragraph(_say_amounts(results))])


def show_units(results: Results) -> Block:
    """Return what was done of each unit's plan, and how every line stands; nothing where nobody has sent a plan."""
    return Blocks([tabulate_done(results, "unit"), tabulate_lines(results, done=True)] if _has_plan(results) else [])


def show_unit(card: UnitResults) -> Block:
    """Return how the unit's own plan stands and each of its lines; nothing where it has sent none."""
    own = card.own
    if not _has_plan(own):
        return Blocks([])
    table = phrases.tell("plans.own_lines", card, own.lines, year=_year(own))
    return Blocks([Paragraph(f"{_say_state(own)} {done_sentence(own)}"), table, Paragraph(_say_amounts(own))])


def _say_state(own: Results) -> str:
    row = own.plan_units.to_dicts()[0]
    label = phrases.code_labels("plan_state")[row["state"]]
    by = f" theo {row['document']} (ngày {format_date(row['decided_on'])})" if row["document"] else ""
    later = (
        f"; bản gửi lần {row['pending']} là đề xuất điều chỉnh chưa phê duyệt nên chưa được tính"
        if row["pending"]
        else ""
    )
    return f"Kế hoạch năm {_year(own)} của đơn vị: {phrases.lower_first(label)}{by}{later}."


def done_sentence(results: Results) -> str:
    """Return how many lines are done, in part, not, not due or not known, and what was done beside the plan."""
    whole, labels = figures.total(results), phrases.code_labels("line_state")
    many, alone = results.plan_units.height > 1, results.inputs.plans.height
    parts = [
        f"{format_number(whole[name])} {phrases.lower_first(labels[name])}" for name in figures.STATES if whole[name]
    ]
    head = (
        f"Kế hoạch năm {_year(results)} của {format_number(alone)} đơn vị" if many else f"Kế hoạch năm {_year(results)}"
    )
    beside = (
        f" Có {format_number(whole['unplanned'])} hoạt động ngoài kế hoạch (không ghi dòng nào của kế hoạch năm)."
        if whole["unplanned"]
        else ""
    )
    without = results.plan_units.height - alone
    silent = (
        f" {format_number(without)} đơn vị không có kế hoạch năm được nhận, hoạt động của các đơn vị này không tính ở đây."
        if without
        else ""
    )
    return f"{head} có {format_number(whole['lines'])} dòng: {', '.join(parts)}.{beside}{silent}"


def _say_amounts(results: Results) -> str:
    """Return the amounts by their own names, and that the estimate and the money planned in reports are two numbers."""
    whole, window = figures.total(results), results.inputs.period.window
    return (
        (
            f"{_ESTIMATE}: {phrases.write_millions(whole['cost_estimate_vnd'])}. Từ đầu năm đến ngày {format_date(window.end)}, các đơn vị có "
            f"kế hoạch năm báo cáo kinh phí kế hoạch (trong kỳ báo cáo) {phrases.write_millions(whole['planned_vnd'])}, được giao "
            f"{phrases.write_millions(whole['allocated_vnd'])}, đã giải ngân {phrases.write_millions(whole['disbursed_vnd'])}. Dự toán của kế "
            f"hoạch năm và kinh phí kế hoạch (cột «Dự toán» của trang «{phrases.sheet_label('budget')}») là hai số khác nhau, không thay cho nhau."
        )
        if results.plan_units.height > 1
        else (
            f"{_ESTIMATE}: {phrases.write_millions(whole['cost_estimate_vnd'])}; kinh phí kế hoạch (trong kỳ báo cáo) từ đầu năm: "
            f"{phrases.write_millions(whole['planned_vnd'])}; được giao: {phrases.write_millions(whole['allocated_vnd'])}; đã giải ngân: "
            f"{phrases.write_millions(whole['disbursed_vnd'])}. Hai số đầu khác nhau, không thay cho nhau."
        )
    )


def tabulate_done(results: Results, key: str) -> Table:
    """Return by `task` or `unit` how the lines stand, what was done beside them, and the four amounts."""
    rows = results.plan_units.to_dicts()
    if key == "task":
        rows = [row for row in results.plan_tasks.to_dicts() if row["lines"] or row["unplanned"]]
        rows.append({**figures.total(results), "label": "Tổng số"})
    return phrases.tell(f"plans.done_{key}", results, rows, year=_year(results))
