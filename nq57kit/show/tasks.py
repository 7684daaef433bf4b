"""The tasks of the appendix: what the plan asks of whom and how far it is; in words, tables and charts.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; the plan's words are quoted with their place in it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from nq57kit.indicators.tasks import ENDLESS, OVERDUE, SAID_LATE, THE_REPORT, UNREPORTED
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Bullets, Figure, Note, Paragraph, Table
from nq57kit.show.charts import (
    COLOURS,
    LINE,
    STATUS_STYLES,
    WIDTH,
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
from nq57kit.show.columns import column, fill, sum_known, tabulate
from nq57kit.text import format_date, format_number, format_percent, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import altair as alt

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.plan import Period

#: Units of one matrix: what fits on an A4 page.
_MATRIX_ROWS: Final = 58
#: Parts of a bar narrower than this have no room for their count.
_ROOM: Final = 0.03


def show(results: Results) -> Block:
    """Return how the tasks stand in words and as a picture; the figures are in `show_units`."""
    return Blocks([describe(results), chart_statuses(results)])


def show_units(results: Results) -> Block:
    """Return the figures of the tasks, and the status of each task and unit that leads it."""
    return Blocks([tabulate_statuses(results), chart_units(results), tabulate_units(results)])


def show_role(card: UnitResults) -> Block:
    """Return what the plan asks of the unit: tasks led, tasks coordinated, duties of section IV."""
    return Blocks([describe_role(card), tabulate_led(card), tabulate_coordinated(card), tabulate_duties(card)])


def show_unit(card: UnitResults) -> Block:
    """Return how far the tasks are that the unit leads."""
    return Blocks([describe_progress(card), tabulate_progress(card)])


def describe(results: Results) -> Block:
    """Return how much is done, what is overdue, and which units hold what is not done."""
    if results.task_summary.is_empty():
        return Note("Chưa có số liệu về tình trạng thực hiện nhiệm vụ.", "empty")
    overdue = tabulate_overdue(results)
    return Blocks([Paragraph(completion_sentence(results)), *([overdue] if overdue.rows else [])])


def base_of(results: Results, base: str) -> dict[str, Any]:
    """Return the row of `Results.completion` of a base (due | all), with `count`: all of it, told or not."""
    row = next(row for row in results.completion.to_dicts() if row["base"] == base)
    return {**row, "count": row["denominator"] + row["unreported"]}


def completion_sentence(results: Results) -> str:
    """Return how much is done, of all and of what has fallen due, over what was told of; the parts add up."""
    whole, due = base_of(results, "all"), base_of(results, "due")
    half, plan = phrases.last_half(results), results.inputs.plan.tasks
    said = (
        f"Kế hoạch giao {format_number(plan.height)} nhiệm vụ, gồm {format_number(whole['count'])} đầu việc (nhiệm vụ × đơn vị "
        f"chủ trì): {_done_text(whole, half)}. "
    )
    if not due["count"]:
        return said + nothing_due(results)
    outside = {"thường xuyên": ENDLESS, "sản phẩm là chính báo cáo này": [THE_REPORT]}
    named = {
        why: plan.filter(plan["cadence"].is_in(list(kinds)))["task_id"].to_list() for why, kinds in outside.items()
    }
    apart = ", ".join(f"{phrases.list_tasks(tasks)} ({why})" for why, tasks in named.items() if tasks)
    parts = [f"{label} {format_number(due[name])}" for name, label in _PARTS.items() if due[name]]
    return (
        f"{said}Trong đó {format_number(due['count'])} đầu việc đã đến hạn{f', không tính {apart}' if apart else ''}: "
        f"{_done_text(due, half, parts)}."
    )


def nothing_due(results: Results) -> str:
    """Return that nothing has fallen due by the day of the report."""
    return f"Đến ngày {format_date(results.inputs.as_of)} chưa có đầu việc nào đến hạn."


#: Parts of what has fallen due and is told of, beside what is done.
_PARTS: Final = {"overdue": "quá hạn", "idle": "không phát sinh"}


def _done_text(row: dict[str, Any], half: Period, known: Iterable[str] = ()) -> str:
    """Return «hoàn thành 1/2 đầu việc đã có báo cáo (50,0%); 47 chưa có báo cáo …»; `known` are the other parts told."""
    parts = []
    if row["denominator"]:
        backed = row["with_products"] if row["numerator"] else None
        products = "" if backed is None else f", trong đó {format_number(backed)} có đủ sản phẩm theo Phụ lục"
        parts = [
            f"hoàn thành {phrases.part_of(row)} đầu việc đã có báo cáo ({format_percent(row['value'])}){products}",
            *known,
        ]
    if row["unreported"]:
        parts.append(f"{format_number(row['unreported'])} chưa có {half.document}")
    return "; ".join(parts)


def find_overdue(results: Results) -> dict[int, list[str]]:
    """Return the units at which each overdue task is, by task."""
    found: dict[int, list[str]] = {}
    for row in results.task_status.to_dicts():
        if row["status"] in OVERDUE:
            found.setdefault(row["task_id"], []).append(row["unit_id"])
    return dict(sorted(found.items()))


def overdue_sentence(results: Results) -> str:
    """Return how much is overdue and who must act; or that nothing is due, or that it cannot be known for want of reports."""
    due, overdue = base_of(results, "due"), find_overdue(results)
    unknown = f"{format_number(due['unreported'])} đầu việc đã đến hạn chưa có báo cáo"
    if not due["count"]:
        return nothing_due(results)
    if not due["denominator"]:
        return f"Chưa xác định được việc quá hạn: {unknown}."
    rest = f" {unknown} nên chưa xác định được." if due["unreported"] else ""
    if not overdue:
        return f"Theo báo cáo của các đơn vị, không có đầu việc nào quá hạn.{rest}"
    units = len({unit for held in overdue.values() for unit in held})
    whose = "đơn vị này" if units == 1 else "các đơn vị này"
    return (
        f"Có {format_number(due['overdue'])} đầu việc quá hạn chưa hoàn thành ở {format_number(units)} đơn vị chủ trì; {whose} "
        f"cần hoàn thành và báo cáo bổ sung.{rest}"
    )


def tabulate_overdue(results: Results) -> Table:
    """Return which units hold what is overdue, what is due and cannot be judged since they are silent, what they call late."""
    names = phrases.names_of(results)
    found: dict[tuple[str, int], list[str]] = {}
    for row in results.task_status.to_dicts():
        if row["status"] in OVERDUE:
            kind = "Quá hạn"
        elif row["is_due"] and not row["is_told"]:
            kind = "Chưa có báo cáo" if row["status"] == UNREPORTED else phrases.upper_first(_since(results, row))
        elif row["status"] == SAID_LATE:
            kind = "Chưa quá hạn, đơn vị báo chậm tiến độ"
        else:
            continue
        found.setdefault((kind, row["task_id"]), []).append(names.short.get(row["unit_id"], row["unit_id"]))
    items = [
        {"kind": kind, "task": names.short_task(task), "units": len(units), "names": phrases.list_names(units)}
        for (kind, task), units in sorted(found.items(), key=lambda one: (one[0][0] != "Quá hạn", one[0]))
    ]
    return phrases.tell("tasks.overdue", results, items)


#: What became of the last half's report of a unit that is not told of in it, by its state.
_SILENT: Final = {
    "missing": "chưa gửi báo cáo",
    "refused": "báo cáo còn phải sửa",
    "empty": "báo cáo không có nội dung",
}


def _since(results: Results, row: dict[str, Any]) -> str:
    """Return «theo báo cáo 6 tháng đầu năm 2026; 6 tháng cuối năm 2026 chưa gửi báo cáo» of what was not told of since."""
    last = phrases.last_half(results)
    sent = results.reporting.filter(unit_id=row["unit_id"], period=str(last))["state"].to_list()
    silent = _SILENT.get(sent[0] if sent else "missing", "báo cáo không nêu")
    return f"theo báo cáo {results.inputs.plan.period(row['period']).label}; {last.label} {silent}"


#: Why nothing is said of the day, of the statuses that say so.
_UNJUDGED: Final = {
    "hoan_thanh": "Không xét hạn: nhiệm vụ không có ngày đến hạn, hoặc ngày hoàn thành đã ghi ở ngoài kỳ số liệu.",
    "dang_thuc_hien": "Chưa xét hạn: đơn vị chưa báo cáo kỳ cuối, hoặc sản phẩm của nhiệm vụ là chính báo cáo này.",
}


def tabulate_statuses(results: Results) -> Table:
    """Return the ten tasks × statuses that occur, as counts of leading units, with a total."""
    names = phrases.names_of(results)
    counts = {(row["task_id"], row["status"]): row["units"] for row in results.task_summary.to_dicts()}
    labels = {
        code: label for code, label in phrases.code_labels("report_status").items() if any(k[1] == code for k in counts)
    }
    items: list[dict[str, Any]] = []
    for task_id in results.inputs.plan.tasks["task_id"].to_list():
        own = {status: counts.get((task_id, status), 0) for status in labels}
        items.append({"task": names.task(task_id), **own, "all": sum(own.values())})
    items.append({"task": "Tổng số", **{name: sum_known(items, name) for name in (*labels, "all")}})
    columns = (
        column("task", "Nhiệm vụ"),
        column("all", "Đơn vị chủ trì", "number"),
        *(column(code, label, "number") for code, label in labels.items()),
    )
    title = "Tình trạng thực hiện nhiệm vụ theo số đơn vị chủ trì"
    older = int(results.task_status["older"].sum())
    notes = (
        "Một đơn vị chủ trì nhiều nhiệm vụ được tính ở từng nhiệm vụ.",
        f"{format_number(older)} đầu việc theo báo cáo kỳ trước, {phrases.last_half(results).label} chưa báo cáo."
        if older
        else "",
        *(text for code, text in _UNJUDGED.items() if code in labels),
    )
    return tabulate(title, columns, items, *notes, total=True, source=phrases.source_of(results), id="nhiem-vu")


def _statements(results: Results) -> list[dict[str, Any]]:
    """Return the status of each task and leading unit with names, label and share done."""
    names = phrases.names_of(results)
    return [
        {
            **row,
            "unit": names.unit(row["unit_id"]),
            "task": names.short_task(row["task_id"]),
            "percent": None if row["percent_complete"] is None else row["percent_complete"] / 100,
            "status": " – ".join((row["status"], *_remarks(results, row))),
            "products_delivered": ". ".join(filter(None, (row["period"] and row["found"], row["products_delivered"]))),
        }
        for row in phrases.label_codes(
            results.task_status.rename({"products": "found"}).to_dicts(), status="report_status", found="product_state"
        )
    ]


#: Why a day of completion is neither in time nor late.
_DOUBTS: Final = {"after": "ngày hoàn thành ghi sau ngày lập báo cáo", "before": "ngày hoàn thành ghi trước kỳ số liệu"}


def _remarks(results: Results, row: dict[str, Any]) -> Iterator[str]:
    """Yield what a status stands on: «6 tháng đầu năm 2026: đang thực hiện 25%; 6 tháng cuối năm 2026: không phát sinh»."""
    labels, texts = phrases.code_labels("status"), []
    for half, status, percent in (one.values() for one in row["said"] or ()):
        share = "" if percent is None else f" {format_number(percent, 1).removesuffix(',0')}%"
        texts.append(f"{results.inputs.plan.period(half).label}: {labels.get(status, status).lower()}{share}")
    if len(texts) > 1:
        yield "; ".join(texts)
    if row["older"]:
        yield _since(results, row)
    if row["date_doubt"]:
        yield _DOUBTS[row["date_doubt"]]


def tabulate_units(results: Results) -> Table:
    """Return each task and leading unit with its status, due day and explanation."""
    rows = sorted(_statements(results), key=lambda row: (row["task_id"], sort_key(row["unit"])))
    return phrases.tell("tasks.units", results, rows)


def chart_statuses(results: Results) -> Block:
    """Return the tasks × number of leading units by status, as stacked bars with their counts."""
    names, labels = phrases.names_of(results), phrases.code_labels("report_status")
    counts = [row for row in results.task_summary.to_dicts() if row["units"]]
    occurring = [code for code in labels if any(row["status"] == code for row in counts)]
    if not occurring:
        return missing("về tình trạng thực hiện nhiệm vụ")
    totals = {row["task_id"]: 0 for row in counts}
    for row in counts:
        totals[row["task_id"]] += row["units"]
    rows = [
        {
            "task": wrap(f"{names.short_task(task)} ({format_number(totals[task])}\u00a0đơn\u00a0vị)", 64),
            "place": occurring.index(row["status"]),
            "status": labels[row["status"]],
            "units": row["units"],
            "text": format_number(row["units"]) if row["units"] >= _ROOM * totals[task] else "",
            "ink": STATUS_STYLES[row["status"]].ink,
        }
        for row in counts
        for task in [row["task_id"]]
    ]
    statuses = ", ".join(labels[code].lower() for code in occurring)
    return Figure(
        _headline(results),
        "Mỗi thanh là một nhiệm vụ, số trong thanh là số đơn vị.",
        f"Biểu đồ thanh xếp chồng của {len(totals)} nhiệm vụ; các tình trạng có mặt: {statuses}. "
        "Số liệu như bảng kèm theo.",
        draw(lambda: _stacks(rows, occurring)),
        tabulate_statuses(results),
        phrases.source_of(results),
        "hinh-nhiem-vu",
    )


def _headline(results: Results) -> str:
    """Return what the picture of the tasks says: «5/10 nhiệm vụ còn đơn vị quá hạn»."""
    due, late = base_of(results, "due"), len(find_overdue(results))
    if not due["denominator"]:
        return f"Tình trạng nhiệm vụ, {'chưa xác định được việc quá hạn' if due['count'] else 'chưa việc nào đến hạn'}"
    tasks = results.inputs.plan.tasks.height
    told = f"{late}/{tasks} nhiệm vụ còn đơn vị quá hạn" if late else "Không nhiệm vụ nào quá hạn"
    return f"{told}, theo các báo cáo đã có" if due["unreported"] else told


def show_next_year(results: Results) -> Block:
    """Return what the next year asks: targets that begin or go on, tasks that fall due."""
    plan, year, names = results.inputs.plan, results.inputs.period.year + 1, phrases.names_of(results)
    if year > plan.settings.last_year:
        return Paragraph(f"{results.inputs.period.year} là năm cuối của Kế hoạch.")
    targets = list(plan.targets_in(year).to_dicts())
    items = [
        {
            "what": row["statement"],
            "when": f"từ năm {row['year_from']}" if row["year_from"] == year else f"tiếp tục đến năm {row['year_to']}",
            "citation": row["citation"],
        }
        for row in targets
    ]
    for task in plan.tasks.to_dicts():
        due = plan.due_date(task["task_id"], year)
        if due is not None and due.year == year:
            items.append(
                {"what": names.short_task(task["task_id"]), "when": format_date(due), "citation": task["citation"]}
            )
    return fill("tasks.next_year", items, year=str(year), source=phrases.plan_source(results))


def _stacks(rows: list[dict[str, Any]], occurring: list[str]) -> alt.TopLevelMixin:
    import altair as alt

    labels = phrases.code_labels("report_status")
    order = list(dict.fromkeys(row["task"] for row in rows))
    shown = [labels[code] for code in occurring]
    fills = alt.Scale(domain=shown, range=[STATUS_STYLES[code].fill for code in occurring])
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title="Tỷ lệ trong số đơn vị chủ trì")
    base = alt.Chart(data_of(numbered(rows, "task", order))).encode(
        y=alt.Y("row:O", title=None, axis=alt.Axis(labels=False)),
        order=alt.Order("place:Q"),
    )
    parts = base.mark_bar(stroke=COLOURS["soft"], strokeWidth=0.6, height=26).encode(
        x=alt.X("units:Q", stack="normalize", axis=axis),
        color=alt.Color("status:N", scale=fills, sort=shown, legend=alt.Legend(title=None, columns=2)),
    )
    middle = alt.X("units:Q", stack="normalize", axis=axis, bandPosition=0.5)
    text = base.mark_text(fontSize=11).encode(x=middle, text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None))
    step = max(32, LINE * max(map(lines_of, order)) + 10)
    return layer(parts, text, row_labels(order)).properties(width=plot_width(order), height=alt.Step(step))


def chart_units(results: Results) -> Block:
    """Return units × tasks as a grid of statuses; more units than fit a page are laid over several figures."""
    names = phrases.names_of(results)
    rows = results.task_status.to_dicts()
    if not rows:
        return missing("về tình trạng nhiệm vụ của từng đơn vị")
    leading = {row["unit_id"] for row in rows}
    order = [unit for unit in results.inputs.units["unit_id"].to_list() if unit in leading]
    pages = [order[start : start + _MATRIX_ROWS] for start in range(0, len(order), _MATRIX_ROWS)]
    figures = []
    for count, page in enumerate(pages, start=1):
        own = [row for unit in page for row in rows if row["unit_id"] == unit]
        part = f" (phần {count}/{len(pages)})" if len(pages) > 1 else ""
        figures.append(_matrix(results, own, {unit: names.short.get(unit, unit) for unit in page}, part))
    return figures[0] if len(figures) == 1 else Blocks(figures)


def _matrix(results: Results, rows: list[dict[str, Any]], shorts: dict[str, str], part: str) -> Figure:
    names, labels = phrases.names_of(results), phrases.code_labels("report_status")
    tasks = results.inputs.plan.tasks["task_id"].to_list()
    items = [
        {"unit": names.unit(row["unit_id"]), "task": row["task_id"], "status": labels[row["status"]]} for row in rows
    ]
    late = len({row["unit_id"] for row in rows if row["status"] in OVERDUE})
    told = (
        f"{format_number(late)}/{format_number(len(shorts))} đơn vị chủ trì còn nhiệm vụ quá hạn"
        if late
        else "Tình trạng nhiệm vụ của từng đơn vị"
    )
    return Figure(
        f"{told}{part}",
        "Ô trống: đơn vị không chủ trì nhiệm vụ đó. Tên đầy đủ của đơn vị ở bảng số liệu kèm theo.",
        f"Lưới {len(shorts)} đơn vị và {len(tasks)} nhiệm vụ, mỗi ô ghi tình trạng; nội dung như bảng số liệu kèm theo.",
        draw(lambda: _grid(rows, shorts, tasks)),
        fill("tasks.matrix", items, part=part),
        phrases.source_of(results),
        "hinh-don-vi-nhiem-vu",
    )


def _grid(rows: list[dict[str, Any]], shorts: dict[str, str], tasks: list[int]) -> alt.TopLevelMixin:
    import altair as alt

    labels = phrases.code_labels("report_status")
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
    chart: alt.TopLevelMixin = layer(grid, marks).properties(
        width=width, height=alt.Step(max(13.5, 12 * max(map(lines_of, lines.values())) + 1.5))
    )
    return chart


def describe_role(card: UnitResults) -> Block:
    """Return how many tasks the unit leads and coordinates, and what section IV asks of it."""
    led, coordinated = ([row["task_id"] for row in _tasks(card, role)] for role in ("lead", "coordinate"))
    parts = [f"chủ trì {phrases.list_tasks(led)}"] if led else []
    if coordinated:
        parts.append(f"phối hợp thực hiện {phrases.list_tasks(coordinated)}")
    plan = card.own.inputs.plan
    asked = plan.duties_of(card.unit.unit_id).height
    duties = (
        f" Mục {plan.words['duties']} của Kế hoạch giao đơn vị {format_number(asked)} trách nhiệm." if asked else ""
    )
    if not parts:
        return Paragraph(f"Phụ lục của Kế hoạch không giao nhiệm vụ cho {card.unit.name}.{duties}")
    both = {row["task_id"] for row in plan.tasks_coordinated_by(card.unit.unit_id).to_dicts()}
    twice = sorted(both & set(led))
    once = f" Đơn vị vừa chủ trì vừa phối hợp {phrases.list_tasks(twice)}; ở đây tính là chủ trì." if twice else ""
    return Paragraph(
        f"Theo Phụ lục của Kế hoạch (số thứ tự là TT trong Phụ lục), {card.unit.name} {' và '.join(parts)}.{once}{duties}"
    )


def _tasks(card: UnitResults, role: str) -> list[dict[str, Any]]:
    """Return the unit's tasks of a role (lead | coordinate; a task in both is led), as the plan has them, and why."""
    plan = card.own.inputs.plan
    asked = {row["task_id"]: row for row in plan.tasks.to_dicts()}
    rows = plan.tasks_of(card.unit.unit_id).to_dicts()
    return [{**asked[row["task_id"]], **row} for row in rows if row["role"] == role]


def tabulate_led(card: UnitResults) -> Table:
    """Return the tasks that the unit leads, with products and timing in the plan's words, and why it leads them."""
    return fill("tasks.led", _tasks(card, "lead"), source=phrases.plan_source(card.own))


def tabulate_coordinated(card: UnitResults) -> Table:
    """Return the tasks that the unit coordinates without leading them, with who leads, and why."""
    return fill("tasks.coordinated", _tasks(card, "coordinate"), source=phrases.plan_source(card.own))


def tabulate_duties(card: UnitResults) -> Table:
    """Return what section IV asks of the unit, word for word."""
    plan = card.own.inputs.plan
    items = plan.duties_of(card.unit.unit_id).to_dicts()
    return fill("tasks.duties", items, source=phrases.plan_source(card.own), **plan.words)


def status_text(card: UnitResults) -> str:
    """Return how the tasks stand that the unit leads: «nhiệm vụ 1 thường xuyên; nhiệm vụ 7 đang thực hiện (theo báo cáo …)»."""
    labels, tasks = phrases.code_labels("report_status"), dict[str, list[int]]()
    for row in card.own.task_status.to_dicts():
        since = f" (theo báo cáo {card.own.inputs.plan.period(row['period']).label})" if row["older"] else ""
        tasks.setdefault(labels[row["status"]].lower() + since, []).append(row["task_id"])
    return "; ".join(f"{phrases.list_tasks(own)} {said}" for said, own in tasks.items())


def overdue_text(card: UnitResults) -> str:
    """Return «nhiệm vụ 7 (đến hạn ngày 14/12/2026)» for what is overdue; empty where nothing is."""
    rows = [row for row in card.own.task_status.to_dicts() if row["status"] in OVERDUE]
    return "; ".join(f"nhiệm vụ {row['task_id']} (đến hạn ngày {format_date(row['due_on'])})" for row in rows)


def describe_progress(card: UnitResults) -> Block:
    """Return how the tasks stand that the unit leads, what is overdue, and what it has not told."""
    rows = card.own.task_status.to_dicts()
    if not rows:
        return Note("Đơn vị không chủ trì nhiệm vụ nào của Phụ lục.", "empty")
    unknown = [row["task_id"] for row in rows if row["status"] == UNREPORTED]
    if len(unknown) == len(rows):
        return Note(
            f"Đơn vị chưa báo cáo tình trạng {phrases.list_tasks(unknown)}; chưa xác định được việc quá hạn.", "empty"
        )
    overdue, due = overdue_text(card), base_of(card.own, "due")
    unclear = [row["task_id"] for row in rows if row["is_due"] and not row["is_told"] and row["status"] != UNREPORTED]
    items = []
    if overdue:
        items.append(f"Quá hạn: {overdue}. Đề nghị đơn vị hoàn thành và báo cáo bổ sung.")
    elif not due["count"]:
        items.append(nothing_due(card.own).replace("đầu việc", "nhiệm vụ"))
    elif due["denominator"]:
        items.append("Theo báo cáo của đơn vị, không có nhiệm vụ nào quá hạn.")
    if unclear:
        items.append(f"Đã đến hạn, chưa xác định được có quá hạn hay không: {phrases.list_tasks(unclear)}.")
    if unknown:
        items.append(f"Chưa báo cáo tình trạng {phrases.list_tasks(unknown)}.")
    undated = [row["task_id"] for row in rows if row["status"] == "hoan_thanh_thieu_ngay"]
    if undated:
        items.append(
            f"Báo hoàn thành, chưa ghi ngày hoàn thành: {phrases.list_tasks(undated)}; chưa xác định được đúng hạn hay quá hạn."
        )
    return Blocks(
        [
            Paragraph(f"Tình trạng nhiệm vụ chủ trì: {status_text(card)}."),
            Bullets(tuple(items)),
        ]
    )


def tabulate_progress(card: UnitResults) -> Block:
    """Return each task that the unit leads with its status, due day and words."""
    said = {"products_delivered": "Sản phẩm", "explanation": "Giải trình", "next_steps": "Việc tiếp theo"}
    items = [
        {
            **row,
            "words": " ".join(f"{head}: {row[name].strip().rstrip('.')}." for name, head in said.items() if row[name]),
        }
        for row in _statements(card.own)
    ]
    if not items:
        return Blocks([])
    endless = any(row["due_on"] is None for row in items)
    note = "Nhiệm vụ thường xuyên không bị tính là quá hạn." if endless else ""
    return phrases.tell("tasks.progress", card, items, note)
