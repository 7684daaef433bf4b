"""Money: planned, allocated and disbursed, by task and by source; in words, tables and a chart.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; a `Note` where there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from nq57kit.indicators.model import Results
from nq57kit.indicators.unit import UnitResults
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Note, Paragraph, Table
from nq57kit.show.charts import Bar, bar_figure, missing
from nq57kit.show.columns import sum_known
from nq57kit.text import format_number, format_percent

_AMOUNTS: Final[Mapping[str, str]] = {
    "planned_vnd": "Dự toán",
    "allocated_vnd": "Được giao",
    "disbursed_vnd": "Đã giải ngân",
}
_NOTHING: Final = "Chưa có số liệu về kinh phí."
_MILLION: Final = 1_000_000


def show(results: Results) -> Block:
    """Return the money of the period: in words, by task, by source."""
    return Blocks([describe(results), chart_tasks(results), tabulate_tasks(results), tabulate_sources(results)])


def show_unit(card: UnitResults) -> Block:
    """Return the unit's money of the period, and its table by task where there is any."""
    tables = [] if card.own.budget_by_task.is_empty() else [phrases.of_unit(card, tabulate_tasks(card.own))]
    return Blocks([_describe_unit(card), *tables])


def money_sentence(results: Results) -> str:
    """Return planned, allocated and disbursed money with the rate of disbursement."""
    return _say(results, "Các đơn vị") or _NOTHING


def unit_sentence(card: UnitResults) -> str:
    """Return planned, allocated and disbursed money of a unit; empty where nothing was reported."""
    return _say(card.own, "Đơn vị")


def _total(results: Results) -> dict[str, Any] | None:
    return next(iter(results.budget.to_dicts()), None)


def _say(results: Results, who: str) -> str:
    row = _total(results)
    if row is None or all(row[name] is None for name in _AMOUNTS):
        return ""
    if not any(row[name] for name in _AMOUNTS):
        return f"{who} báo cáo không bố trí kinh phí riêng cho Kế hoạch trong kỳ."
    rate = f" (bằng {format_percent(row['rate'])} số được giao)" if row["rate"] is not None else ""
    return (
        f"Kinh phí dự toán {phrases.write_millions(row['planned_vnd'])}, được giao {phrases.write_millions(row['allocated_vnd'])}, đã giải ngân "
        f"{phrases.write_millions(row['disbursed_vnd'])}{rate}."
    )


def describe(results: Results) -> Block:
    """Return the comparison of what was disbursed, and why the activities' cost is another sum; the summary says how much."""
    row = _total(results)
    if row is None or row["disbursed_vnd"] is None:
        return Note(money_sentence(results), "empty")
    compared = _compare(results, row) if row["disbursed_vnd"] or row["previous_disbursed_vnd"] else ""
    return Paragraph(f"{compared} {_say_costs(results)}".strip() or money_sentence(results))


def _say_costs(results: Results) -> str:
    """Return the sum of the activities' own costs, and that it is another figure than the budget's; empty without any."""
    rows = results.by_type.to_dicts()
    cost = sum_known(rows, "cost_vnd")
    if cost is None:
        return ""
    return (
        f"Kinh phí ghi ở từng hoạt động (trang «{phrases.sheet_label('activities')}») cộng lại là {phrases.write_millions(cost)}; số "
        f"này do đơn vị ghi riêng cho hoạt động, không phải số giải ngân (trang «{phrases.sheet_label('budget')}») nên hai số không "
        "nhất thiết bằng nhau và không cộng với nhau."
    )


def _describe_unit(card: UnitResults) -> Block:
    row, said = _total(card.own), unit_sentence(card)
    if not said or row is None:
        if not phrases.has_report(card):
            return phrases.no_report(card, "kinh phí")
        return Note("Báo cáo của đơn vị không có số liệu kinh phí.", "empty")
    if not row["disbursed_vnd"] and row["previous_disbursed_vnd"] == 0:
        return Paragraph(said)
    return Paragraph(f"{said} {_compare(card.own, row)}")


def _compare(results: Results, row: dict[str, Any]) -> str:
    """Return what was disbursed beside the period before, in a sentence."""
    now, before, units = (row[name] for name in ("compared_disbursed_vnd", "previous_disbursed_vnd", "compared_units"))
    if before is None:
        return f"Về số giải ngân: {phrases.no_comparison(results)}."
    alone = units if results.inputs.units.height > 1 else None
    return f"Số giải ngân {phrases.compare_counts(results, now, before, phrases.write_millions, alone)}."


def tabulate_tasks(results: Results) -> Table:
    """Return planned, allocated and disbursed money by task, in triệu đồng, with the total of the period."""
    return _tabulate(results, results.budget_by_task.to_dicts(), "money.tasks")


def tabulate_sources(results: Results) -> Table:
    """Return planned, allocated and disbursed money by source of funds, in triệu đồng."""
    labels, key = phrases.code_labels("funding_source"), "funding_source"
    items = [{**row, "label": labels.get(row[key], row[key] or "–")} for row in results.budget_by_source.to_dicts()]
    return _tabulate(results, items, "money.sources")


def _tabulate(results: Results, items: list[dict[str, Any]], name: str) -> Table:
    totals = [{**row, "label": "Tổng số"} for row in results.budget.to_dicts()] if items else []
    return phrases.tell(name, results, [*items, *totals])


def show_years(years: Sequence[Results]) -> Block:
    """Return what yearly plans estimate, what was planned, allocated and disbursed in each year, and of how many units that is told."""
    told = pl.any_horizontal(pl.col(*_AMOUNTS).is_not_null())
    items = [
        {
            **(_total(one) or {}),
            "estimate_vnd": sum_known(one.inputs.plan_lines.to_dicts(), "cost_estimate_vnd"),
            "year": str(one.inputs.period),
            "units": phrases.of(one.by_unit.filter(told).height, one.inputs.units.height),
        }
        for one in years
    ]
    planned = any(item["estimate_vnd"] is not None for item in items)
    amounts = {**({"estimate_vnd": "Dự toán (kế hoạch năm)"} if planned else {}), **_AMOUNTS}
    bars = [
        Bar(item["year"], kind, item[name] / _MILLION, format_number(item[name] / _MILLION))
        for item in items
        for name, kind in amounts.items()
        if item.get(name) is not None
    ]
    if not bars:
        return missing("về kinh phí")
    sums = {name: sum_known(items, name) for name in amounts}
    given, spent = sums["allocated_vnd"], sums["disbursed_vnd"]
    whole = {"year": "Cộng", **sums, "rate": spent / given if given and spent is not None else None}
    head = f"Giải ngân {phrases.write_millions(spent)} trong {phrases.write_millions(given)} được giao, cộng các năm"
    if spent is None or given is None:
        head = "Kinh phí qua các năm: chưa đủ số liệu được giao và giải ngân"
    return bar_figure(
        "hinh-kinh-phi-nam",
        head,
        bars,
        amounts.values(),
        phrases.tell("money.years", years, [*items, whole], without=() if planned else ("estimate_vnd",)),
        caption="Dự toán, được giao và đã giải ngân của từng năm theo báo cáo đã nhận; đơn vị chưa báo cáo chưa được tính.",
        by="theo năm, đơn vị tính triệu đồng",
        axis="Triệu đồng",
    )


def chart_tasks(results: Results) -> Block:
    """Return planned, allocated and disbursed money of each task, in triệu đồng."""
    names = phrases.names_of(results)
    bars = [
        Bar(names.short_task(row["task_id"]), kind, row[amount] / _MILLION, format_number(row[amount] / _MILLION, 1))
        for row in results.budget_by_task.to_dicts()
        for amount, kind in _AMOUNTS.items()
        if row[amount] is not None
    ]
    if not bars:
        return missing("về kinh phí")
    total = results.budget.to_dicts()[0]
    said = ", ".join(
        f"{phrases.lower_first(kind)} {format_number(total[amount] / _MILLION, 1)}"
        for amount, kind in _AMOUNTS.items()
        if total[amount] is not None
    )
    return bar_figure(
        "hinh-kinh-phi",
        phrases.upper_first(f"{said} triệu đồng"),
        bars,
        _AMOUNTS.values(),
        tabulate_tasks(results),
        caption="Dự toán, được giao và đã giải ngân theo nhiệm vụ; số cạnh mỗi thanh là triệu đồng.",
        by="theo nhiệm vụ, đơn vị tính triệu đồng",
        width=64,
        axis="Triệu đồng",
    )
