"""What answers the plan: products of the appendix, measures of section III, duties of section IV, the yearly days.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; the plan's words are quoted, and where nothing tells, that is said.
"""

from __future__ import annotations

from datetime import date
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

from nq57kit.indicators.evidence import ROLES
from nq57kit.indicators.tasks import DONE
from nq57kit.show import network, phrases
from nq57kit.show.blocks import Block, Blocks, Bullets, Figure, Note, Paragraph, Table
from nq57kit.show.charts import (
    COLOURS,
    STATUS_STYLES,
    Bar,
    column_figure,
    data_of,
    draw,
    missing,
    numbered,
    plot_width,
    row_labels,
    wrap,
)
from nq57kit.show.columns import fill
from nq57kit.show.targets import draw_panels
from nq57kit.text import format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import altair as alt

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults

#: Where no unit answers a measure or a duty.
NO_GROUND: Final = "Chưa có căn cứ"
#: Words of a measure beside its number in the picture.
_WORDS: Final = 60
#: How many names a cell lists before it counts the others.
_NAMES: Final = 4
#: How all, some and none look: as tasks that are done, under way, overdue.
_LOOKS: Final = ("hoan_thanh_dung_han", "dang_thuc_hien_trong_han", "chua_thuc_hien_qua_han")
_SHARES: Final = ("Mọi đơn vị", "Một phần đơn vị", "Chưa đơn vị nào")


def show_products(results: Results) -> Block:
    """Return each product of the appendix beside what was found."""
    return Blocks([describe_products(results), tabulate_products(results)])


def describe_products(results: Results) -> Block:
    """Return how many products were found, in words alone."""
    return Paragraph(products_sentence(results))


def show_measures(results: Results) -> Block:
    """Return how far section III is answered: as a picture of measures × groups, in words, by measure."""
    return Blocks([chart_measures(results), describe_measures(results), *tabulate_measures(results)])


def show_units(results: Results) -> Block:
    """Return what each unit did: in all, as coordinator, for the yearly days, on its own channels."""
    units = phrases.tell("evidence.units", results, results.by_unit)
    return Blocks([units, tabulate_roles(results), tabulate_unit_days(results), network.tabulate_channels(results)])


def products_sentence(results: Results) -> str:
    """Return how many products were found, and how many completions have all of theirs."""
    rows = results.products.to_dicts()
    if not rows:
        return "Bảng kế hoạch đang dùng không liệt kê sản phẩm của từng nhiệm vụ."
    owed, found = count_products(results)
    none = [row["product_id"] for row in rows if row["owed"] and not row["found"]]
    missing = f" Chưa thấy ở đơn vị nào: {_quote_products(results, none)}." if none else ""
    return (
        f"Phụ lục của Kế hoạch nêu {format_number(len(rows))} sản phẩm; tính cho từng đơn vị chủ trì là {format_number(owed)} "
        f"sản phẩm phải có, đã thấy trong báo cáo {format_number(found)}.{missing} {backed_sentence(results)} {silence_sentence(results)}".strip()
    )


def count_products(results: Results) -> tuple[int, int]:
    """Return how many products are owed and found."""
    rows = results.products.to_dicts()
    return sum(row["owed"] for row in rows), sum(row["found"] for row in rows)


def silence_sentence(results: Results) -> str:
    """Return of how many units the period has no report, and what that means for what was found; empty where all have sent."""
    rows, period = results.reporting, results.inputs.period
    silent = rows["unit_id"].n_unique() - rows.filter(rows["revision"].is_not_null())["unit_id"].n_unique()
    if not silent:
        return ""
    told = f"{format_number(silent)} đơn vị chưa có báo cáo {period.label} được chấp nhận"
    if period.is_year or period.half == 1:
        return f"{told}: sản phẩm, giải pháp của các đơn vị này chưa xác định được."
    return f"{told}: sản phẩm, giải pháp của các đơn vị này chỉ thấy được theo báo cáo trước đó trong năm, nếu có."


def backed_sentence(results: Results) -> str:
    """Return how many of the tasks told as done have all their products; empty where nothing was told as done."""
    done = results.task_status.filter(results.task_status["status"].is_in(list(DONE)))
    listed = done["products"].drop_nulls()
    if listed.is_empty():
        return ""
    full, bare = (format_number(int((listed == state).sum())) for state in ("complete", "none"))
    return (
        f"Trong {format_number(listed.len())} đầu việc đơn vị báo hoàn thành, {full} đầu việc có đủ sản phẩm theo Phụ lục, "
        f"{bare} đầu việc chưa thấy sản phẩm nào."
    )


def _quote_products(results: Results, ids: Iterable[str]) -> str:
    products = _products(results)
    return "; ".join(f"«{products[one]['text']}» (nhiệm vụ {products[one]['task_id']})" for one in ids)


def _products(results: Results) -> dict[str, dict[str, Any]]:
    return {row["product_id"]: row for row in results.inputs.plan.products.to_dicts()}


def _measures(results: Results) -> dict[str, str]:
    return dict(results.inputs.plan.measures.select("measure_id", "text").iter_rows())


def tabulate_products(results: Results) -> Table:
    """Return every product of the appendix, owed and found, with the units that lack it."""
    names, products = phrases.names_of(results), _products(results)
    items = [
        {
            **row,
            "text": products[row["product_id"]]["text"],
            "missing": phrases.list_names([names.short.get(unit, unit) for unit in row["missing_units"]], _NAMES)
            or "không có",
        }
        for row in results.products.to_dicts()
    ]
    return phrases.tell("evidence.products", results, items)


def chart_products_of_years(years: Sequence[Results]) -> Block:
    """Return of each task the share of its products that was found in each year, a small panel each."""
    names = phrases.names_of(years[-1])
    rows = [
        {
            "indicator": wrap(names.short_task(task), 30),
            "year": str(one.inputs.period),
            "value": found / owed,
            "value_text": format_percent(found / owed, 0),
        }
        for one in years
        if phrases.any_accepted(one)
        for task, (owed, found) in _products_by_task(one).items()
        if owed
    ]
    if not rows:
        return missing("về sản phẩm theo Phụ lục")
    table = tabulate_tasks_of_years(years)
    sums = "; ".join(
        f"{one.inputs.period}: {phrases.of(*count_products(one)[::-1])}" for one in years if phrases.any_accepted(one)
    )
    said = "; ".join(f"{row['indicator']}, {row['year']}: {row['value_text']}".replace("\n", " ") for row in rows)
    return Figure(
        f"Sản phẩm theo Phụ lục đã thấy trong báo cáo: {sums}",
        "Mỗi ô một nhiệm vụ: phần sản phẩm phải có (sản phẩm × đơn vị chủ trì) đã thấy trong báo cáo của năm; số đếm ở bảng dưới. "
        "Đơn vị chưa gửi báo cáo thì sản phẩm chưa xác định được.",
        f"Biểu đồ cột của từng nhiệm vụ qua các năm. {said}.",
        draw(lambda: draw_panels(rows, height=80)),
        table,
        table.source,
        "hinh-san-pham-nam",
    )


def _products_by_task(results: Results) -> dict[int, tuple[int, int]]:
    """Return how many products of each task of the year's plan are owed and found."""
    found = dict.fromkeys(results.inputs.plan.tasks["task_id"], (0, 0))
    for row in results.products.to_dicts():
        owed, seen = found.get(row["task_id"], (0, 0))
        found[row["task_id"]] = (owed + row["owed"], seen + row["found"])
    return found


def tabulate_tasks_of_years(years: Sequence[Results]) -> Table:
    """Return each task through the years: its products found of those owed, what is done of what was told of."""

    def say(results: Results) -> Iterator[tuple[str, str]]:
        names = phrases.names_of(results)
        for task, (owed, found) in _products_by_task(results).items():
            told = results.task_status.filter("is_told", task_id=task)["status"].to_list()
            done = (
                f"hoàn thành {phrases.of(sum(status in DONE for status in told), len(told))} đầu việc"
                if told
                else "chưa có báo cáo tiến độ"
            )
            yield names.short_task(task), f"{phrases.of(found, owed)} sản phẩm; {done}" if owed else done

    return phrases.across_years("evidence.tasks_years", "task", years, say)


def tabulate_products_of_years(years: Sequence[Results]) -> Table:
    """Return each product of the appendix, found of those owed in each year, in the words of the plan of the year."""

    def say(results: Results) -> Iterator[tuple[str, str]]:
        words = _products(results)
        for key, owed, found in results.products.select("product_id", "owed", "found").iter_rows():
            yield f"{key}. {words[key]['text']}", phrases.of(found, owed)

    return phrases.across_years("evidence.products_years", "product", years, say)


def tabulate_measures_of_years(years: Sequence[Results]) -> Table:
    """Return each measure of section III, the units that answered of those that it addresses in each year."""

    def say(results: Results) -> Iterator[tuple[str, str]]:
        words = _measures(results)
        for key, asked, answered in results.measures.select("measure_id", "asked", "answered").iter_rows():
            yield f"{key}. {words[key]}", phrases.of(answered, asked)

    return phrases.across_years("evidence.each_measure_years", "measure", years, say)


def show_measures_of_years(years: Sequence[Results]) -> Block:
    """Return how many measures were answered by all, some or none of their units in each year."""
    counts = {str(one.inputs.period): share_measures(one) for one in years}
    names = ("full", "some", "none")
    items: list[dict[str, Any]] = [
        {"year": year, **dict(zip(names, shares or (None,) * 3, strict=True))} for year, shares in counts.items()
    ]
    table = phrases.tell("evidence.measures_years", years, items)
    told = [(year, shares) for year, shares in counts.items() if shares]
    if not told:
        return table
    bars = [
        Bar(year, share, count, format_number(count))
        for year, shares in told
        for share, count in zip(_SHARES, shares, strict=True)
        if count
    ]
    return column_figure(
        "hinh-giai-phap-nam",
        f"Năm {told[-1][0]}: {phrases.of(told[-1][1][0], sum(told[-1][1]))} giải pháp có căn cứ ở mọi đơn vị được giao",
        bars,
        {share: STATUS_STYLES[look] for share, look in zip(_SHARES, _LOOKS, strict=True)},
        table,
        caption="Giải pháp theo số đơn vị được giao đã có căn cứ trong báo cáo của năm; từng giải pháp ở phụ lục.",
        axis="Giải pháp",
    )


def share_measures(results: Results) -> tuple[int, int, int] | None:
    """Return how many measures all, some and none of the units that they address answered; None of a year without a report."""
    if not phrases.any_accepted(results):
        return None
    asked = [(row["answered"], row["asked"]) for row in results.measures.to_dicts() if row["asked"]]
    full, none = sum(has == of for has, of in asked), sum(not has for has, _ in asked)
    return full, len(asked) - full - none, none


# Measures ---------------------------------------------------------------------------------------


def describe_measures(results: Results) -> Block:
    """Return how many measures were answered by all, by some, by none of the units that they address; and which by none."""
    rows = results.measures.to_dicts()
    asked = [row for row in rows if row["asked"]]
    full = sum(row["answered"] == row["asked"] for row in asked)
    none = [row["measure_id"] for row in asked if not row["answered"]]
    some = len(asked) - full - len(none)
    told = (
        f"Mục {results.inputs.plan.words['measures']} của Kế hoạch nêu {format_number(len(rows))} giải pháp: {format_number(full)} giải pháp có căn cứ ở mọi đơn vị được "
        f"giao, {format_number(some)} ở một phần đơn vị, {format_number(len(none))} chưa có căn cứ ở đơn vị nào (nguyên văn từng giải "
        f"pháp ở Phụ lục III). {silence_sentence(results)}".rstrip()
    )
    texts = _measures(results)
    return Blocks(
        [
            Paragraph(told),
            *([Bullets(tuple(f"Chưa có căn cứ: {_name(one, texts[one])}" for one in none))] if none else []),
        ]
    )


def _name(measure: str, text: str) -> str:
    """Return a measure's number and its first words; the tables have them all."""
    return f"{measure}. {shorten(text, _WORDS, placeholder=' …')}"


def tabulate_measures(results: Results) -> list[Table]:
    """Return one table for each part of section III: the words, whom they address, who answered, with what, who is silent."""
    names, plan = phrases.names_of(results), results.inputs.plan
    words = {row["measure_id"]: row for row in plan.measures.to_dicts()}
    cannot = dict(plan.measure_evidence.select("measure_id", "note").iter_rows())
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in results.measures.to_dicts():
        measure = words[row["measure_id"]]
        with_what = f"{format_number(row['rows'])} dòng" if row["rows"] else NO_GROUND
        if row["quantity"]:
            with_what += f", số lượng {format_number(row['quantity'])}"
        silent = [names.short.get(unit, unit) for unit in row["silent_units"]]
        parts.setdefault(".".join(measure["section"].split(".")[:2]), []).append(
            {
                "measure": f"{row['measure_id']}. {measure['text']}",
                "audience": measure["audience"],
                "answered": f"{format_number(row['answered'])}/{format_number(row['asked'])} đơn vị",
                "with_what": with_what,
                "silent": phrases.list_names(silent, _NAMES) or "không có",
                "note": cannot.get(row["measure_id"]),
            }
        )
    return [
        phrases.tell("evidence.measures", results, items, part=part, slug=part.lower().replace(".", "-"))
        for part, items in parts.items()
    ]


def chart_measures(results: Results) -> Block:
    """Return measures × groups of units: whether all, some or none of the group's units answered."""
    plan, labels = results.inputs.plan, dict(results.inputs.plan.groups.select("group", "label").iter_rows())
    home = {unit: groups[0] for unit, groups in plan.units.select("unit_id", "groups").iter_rows() if groups}
    counts: dict[tuple[str, str], list[int]] = {}
    for row in results.unit_measures.to_dicts():
        cell = counts.setdefault((row["measure_id"], home.get(row["unit_id"], "khac")), [0, 0])
        cell[0] += row["rows"] > 0
        cell[1] += 1
    if not counts:
        return Note("Chưa có đơn vị phải báo cáo nên chưa có căn cứ cho giải pháp nào.", "empty")
    texts = _measures(results)
    said = {key: _name(key, text) for key, text in texts.items()}
    groups = [group for group in labels if any(key[1] == group for key in counts)]
    rows: list[dict[str, Any]] = [
        {
            "measure": said[measure],
            "group": groups.index(group),
            "share": _SHARES[0 if has == of else 1 if has else 2],
            "text": f"{has}/{of}",
            "ink": STATUS_STYLES[_LOOKS[0 if has == of else 1 if has else 2]].ink,
        }
        for (measure, group), (has, of) in sorted(counts.items(), key=lambda item: groups.index(item[0][1]))
    ]
    items = [
        {"measure": row["measure"], "group": labels[groups[row["group"]]], "share": row["share"], "text": row["text"]}
        for row in rows
    ]
    return Figure(
        f"Giải pháp của mục {plan.words['measures']} theo nhóm đơn vị",
        "Số trong ô: đơn vị có căn cứ trên số đơn vị được giao. Ô trống: giải pháp không giao cho nhóm đó.",
        f"Lưới {len(texts)} giải pháp và {len(groups)} nhóm đơn vị; nội dung như bảng kèm theo.",
        draw(lambda: _grid(rows, [said[key] for key in texts], [labels[group] for group in groups])),
        fill("evidence.grid", items),
        phrases.source_of(results),
        "hinh-giai-phap",
    )


def _grid(rows: list[dict[str, Any]], measures: list[str], groups: list[str]) -> alt.TopLevelMixin:
    import altair as alt

    fills = alt.Scale(domain=list(_SHARES), range=[STATUS_STYLES[look].fill for look in _LOOKS])
    legend = alt.Legend(title=None, columns=3)
    axis = alt.Axis(
        orient="top", labelAngle=-35, title=None, domain=False, ticks=False, labelFontSize=11,
        labelExpr=f"{groups!r}[datum.value]",
    )  # fmt: skip
    base = alt.Chart(data_of(numbered(rows, "measure", measures))).encode(
        x=alt.X("group:O", scale=alt.Scale(domain=list(range(len(groups)))), axis=axis),
        y=alt.Y("row:O", title=None, axis=alt.Axis(labels=False), scale=alt.Scale(domain=list(range(len(measures))))),
    )
    cells = base.mark_rect(stroke=COLOURS["soft"], strokeWidth=0.6).encode(
        color=alt.Color("share:N", scale=fills, sort=list(_SHARES), legend=legend)
    )
    marks = base.mark_text(fontSize=10).encode(text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None))
    chart: alt.TopLevelMixin = alt.layer(cells, marks, row_labels(measures)).properties(
        width=plot_width(measures), height=alt.Step(17)
    )
    return chart


# Duties, days -----------------------------------------------------------------------------------


def tabulate_duties(results: Results) -> Table:
    """Return each duty of section IV: the words, who holds it, its state, what that stands on."""
    words = {row["duty_id"]: row for row in results.inputs.plan.duties.to_dicts()}
    cannot = dict(results.inputs.plan.duty_evidence.select("duty_id", "note").iter_rows())
    items = [
        {
            **row,
            "duty": f"{row['duty_id']}. {words[row['duty_id']]['text']}",
            "unit": words[row["duty_id"]]["unit"],
            "evidence": phrases.judgement_of(results, row["duty_id"]) or row["evidence"] or cannot.get(row["duty_id"]),
        }
        for row in results.duties.to_dicts()
    ]
    return phrases.tell("evidence.duties", results, items)


def tabulate_days(results: Results) -> Table:
    """Return what was done for each yearly day."""
    days = _name_days(results)
    counted = dict(results.events.select("event_id", "activities").iter_rows())
    untold = {
        row["event_id"]
        for row in results.inputs.plan.events.to_dicts()
        if _is_untold(results, row, counted.get(row["event_id"], 0))
    }
    none = {"activities": None, "units": None, "reach": None}
    items = [
        {
            **row,
            **(none if row["event_id"] in untold else {"compared": _beside_last_year(row)}),
            "day": days[row["event_id"]],
        }
        for row in results.events.to_dicts()
    ]
    common = [row["common_units"] for row in items if row["common_units"] is not None]
    note = (
        f"So với năm trước trên {format_number(common[0])} đơn vị có báo cáo ở cả hai năm."
        if common
        else phrases.sentence(phrases.no_comparison(results))
    )
    return phrases.tell("evidence.days", results, items, note, without=() if common else ("compared",))


def _name_days(results: Results) -> dict[str, str]:
    events = results.inputs.plan.events.to_dicts()
    return {row["event_id"]: f"{row['name']} ({row['day']}/{row['month']})" for row in events}


def _beside_last_year(row: dict[str, Any]) -> str:
    """Return «hoạt động 20 → 24; tiếp cận 5.000 → 5.273»; what was not measured is left out."""
    pairs = (("hoạt động", "activities"), ("tiếp cận", "reach"))
    told = [(label, row[f"previous_{name}"], row[f"compared_{name}"]) for label, name in pairs]
    return "; ".join(
        f"{label} {format_number(then)} → {format_number(now)}"
        for label, then, now in told
        if then is not None and now is not None
    )


def tabulate_unit_days(results: Results) -> Table:
    """Return which unit did what for each yearly day."""
    labels, days = phrases.code_labels("activity_type"), _name_days(results)
    items = [
        {
            **row,
            "day": days[row["event_id"]],
            "what": phrases.upper_first("; ".join(phrases.lower_first(labels[one]) for one in row["activity_types"])),
        }
        for row in results.unit_events.to_dicts()
    ]
    return phrases.tell("evidence.unit_days", results, items)


# Coordination -----------------------------------------------------------------------------------


def tabulate_roles(results: Results) -> Table:
    """Return by task what leading and coordinating units did, and those without a role in it."""
    names, rows = phrases.names_of(results), results.roles.to_dicts()
    items = []
    for task in dict.fromkeys(row["task_id"] for row in rows):
        of_task = {
            role: [row for row in rows if row["task_id"] == task and row["role"] == role] for role in ROLES.values()
        }
        coordinators = [names.short.get(row["unit_id"], row["unit_id"]) for row in of_task["coordinate"]]
        items.append(
            {
                "task": names.short_task(task),
                **{role: _say_activities(found) for role, found in of_task.items()},
                "coordinators": phrases.list_names(coordinators, _NAMES) or "không có",
            }
        )
    return phrases.tell("evidence.roles", results, items)


def _say_activities(rows: list[dict[str, Any]]) -> str:
    activities = format_number(sum(row["activities"] for row in rows))
    return f"{activities} hoạt động, {format_number(len(rows))} đơn vị" if rows else "không có"


def tabulate_unit_roles(card: UnitResults) -> Table:
    """Return what the unit did under tasks that it does not lead."""
    said = {"coordinate": "Phối hợp", "none": "Không được giao theo Phụ lục"}
    items = [row | {"role": said[row["role"]]} for row in card.own.roles.to_dicts() if row["role"] in said]
    return phrases.tell("evidence.unit_roles", card, items)


def _is_untold(results: Results, event: dict[str, Any], activities: int) -> bool:
    """Return whether a day lies after the period, or in a half of which no unit has reported: then nothing is known of it."""
    period = results.inputs.period
    day = date(period.year, event["month"], event["day"])
    receipts = results.inputs.receipts
    before = set(receipts["period"]) if receipts.height else set()  # of the half before, whose days the year has, too
    known = phrases.reported_halves(results) | (before - set(map(str, period.sources)))
    halves = period.sources if activities else period.year_so_far
    return day > period.window.end or any(str(half) not in known and half.covers(day) for half in halves)


# A unit's own ------------------------------------------------------------------------------------


def show_unit(card: UnitResults) -> Block:
    """Return what the plan asks of the unit and what answers it: products of its tasks, measures addressed to it."""
    if card.own.inputs.receipts.is_empty():
        return phrases.no_report(card, "sản phẩm, giải pháp")
    tables = (tabulate_unit_products(card), tabulate_unit_measures(card), tabulate_unit_roles(card))
    return Blocks([_describe_unit(card), *(table for table in tables if table.rows)])


def _describe_unit(card: UnitResults) -> Block:
    products = card.own.unit_products
    measures, section = card.own.unit_measures, card.own.inputs.plan.words["measures"]
    lacking = products.filter(~products["found"])["product_id"].to_list()
    silent = measures.filter(measures["rows"] == 0)["measure_id"].to_list()
    parts = [
        f"Đơn vị được giao {format_number(measures.height)} giải pháp của mục {section}; {len(silent)} giải pháp chưa có căn cứ."
    ]
    if lacking:
        parts.append(f"Còn thiếu sản phẩm theo Phụ lục: {_quote_products(card.own, lacking)}.")
    elif products.height:
        parts.append("Các nhiệm vụ đơn vị chủ trì đều có đủ sản phẩm theo Phụ lục.")
    return Paragraph(" ".join(parts))


def tabulate_unit_products(card: UnitResults) -> Table:
    """Return the products of the tasks that the unit leads, found or not."""
    products = _products(card.own)
    items = [
        row | {"text": products[row["product_id"]]["text"], "found": "Có" if row["found"] else "Còn thiếu"}
        for row in card.own.unit_products.to_dicts()
    ]
    return phrases.tell("evidence.unit_products", card, items)


def tabulate_unit_measures(card: UnitResults) -> Table:
    """Return the measures that address the unit, with the rows of its own that answer them."""
    texts = _measures(card.own)
    items = [
        {
            **row,
            "measure": f"{row['measure_id']}. {texts[row['measure_id']]}",
            "state": "Có căn cứ" if row["rows"] else NO_GROUND,
        }
        for row in card.own.unit_measures.to_dicts()
    ]
    return phrases.tell("evidence.unit_measures", card, items)
