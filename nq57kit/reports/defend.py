"""A figure defended on one page: the plan's words, the rule, what other readings would give, the rows that count and the doubtful ones.

In: a report (a file, with the store) and a figure's name. Out: a `Defence`: sections of blocks, as text for the terminal, as one page,
as JSON. Another reading is computed for real, from the very same submissions, under changed settings or over fewer rows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

import polars as pl

from nq57kit.indicators import Inputs, Results, Traceable, compute
from nq57kit.indicators.frames import SUPERSEDED
from nq57kit.indicators.targets import judge
from nq57kit.plan import Settings
from nq57kit.plan.settings import Body, MonthDay, WindowRule
from nq57kit.reports.compare import Words
from nq57kit.reports.html import render_blocks
from nq57kit.reports.tracer import Tracer
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Bullets, Paragraph, Table
from nq57kit.show.columns import fill, read_table
from nq57kit.submissions.contract import TABLES, Kind, code_label, load_codes, reporting_label
from nq57kit.text import format_date, format_number, format_percent

#: Rows shown of those that count; all that do not are shown, up to as many.
_SHOWN: Final = 10
_LEFT: Final = 20
_ROLES: Final = {"numerator": "tử số", "denominator": "mẫu số", "counted": "được tính"}
_CALENDAR: Final = tuple(
    (kind, WindowRule(MonthDay(*start), start_in_previous_year=False, end=MonthDay(*end)))
    for kind, start, end in (("H1", (1, 1), (6, 30)), ("H2", (7, 1), (12, 31)), ("year", (1, 1), (12, 31)))
)
#: Families → the table of `tables.toml` whose notes say the rule.
_RULES: Final = {
    "products": "evidence.products", "measures": "evidence.measures", "events": "evidence.days", "by_task": "evidence.roles",
    "network": "network.evidence", "channels": "network.channels",
}  # fmt: skip
_SUM: Final = "Cộng các ô được tính, mỗi dòng của biểu mẫu một lần, theo bản gửi mới nhất được chấp nhận; ô trống không tính là 0."


class Reading(NamedTuple):
    """What a figure would be if one rule were read otherwise: the rule, how it is read, the counts, the verdict."""

    rule: str
    says: str
    numerator: int
    denominator: int
    verdict: str


@dataclass(frozen=True)
class Defence:
    """A figure with all that it stands on."""

    figure: str
    title: str
    subtitle: str
    sections: tuple[tuple[str, tuple[Block, ...]], ...]
    readings: tuple[Reading, ...]
    body: Body

    def as_page(self) -> str:
        """Return the page, one file in the design of the reports."""
        return render_blocks(self.title, self.subtitle, self.sections, self.body)

    def as_dict(self) -> dict[str, Any]:
        """Return the defence as JSON-ready data."""
        sections = [{"title": head, "blocks": [one.as_data() for one in blocks]} for head, blocks in self.sections]
        readings = [one._asdict() for one in self.readings]
        return {"figure": self.figure, "title": self.title, "readings": readings, "sections": sections}


def defend(tracer: Tracer, figure: str) -> Defence:
    """Return the defence of a figure of a report.

    Args:
        tracer: of the report (`open_tracer`).
        figure: as `trace` knows it; for indicators and rates (`kpis.…`, `completeness`, `timeliness`, `completion.…`) with what
            other readings would give.

    Raises ParameterError for a name that is no figure of the report, with names near to it.

    Example:
        defend(open_tracer("annual-2026.html", store="kho"), "kpis.science_tasks_communicated").as_page()
    """
    found = tracer.find(figure)
    if tracer.years:  # the figure of a year is that of its annual report
        return defend(*tracer.of_year(figure))
    results = tracer.report.results
    period, as_of = results.inputs.period, results.inputs.as_of
    readings, rows = tuple(_try_readings(tracer, found.name)), tracer.trace(found.name)
    sections = {
        "Số liệu": [Paragraph(_say_figure(results, found))],
        "Kế hoạch viết": _quote_plan(results, found.name),
        "Cách tính": _say_rule(results, found.name),
        "Nội dung Kế hoạch chưa quy định, và kết quả theo cách hiểu khác": _show_readings(tracer, found, readings),
        "Dòng được tính": _show_counted(tracer, rows),
        "Dòng không tính, và lý do": _show_left_out(tracer, rows),
    }
    made = ((head, tuple(blocks)) for head, blocks in sections.items())
    return Defence(
        found.name,
        f"Căn cứ của số liệu: {_name(results, found.name)}",
        f"{tracer.report.title}, {period.label}, số liệu đến ngày {format_date(as_of)}.",
        tuple(one for one in made if one[1]),
        readings,
        tracer.report.plan.settings.body,
    )


def _kpi(results: Results, figure: str) -> dict[str, Any] | None:
    family, _, key = figure.partition(".")
    return next((row for row in results.kpis.to_dicts() if family == "kpis" and row["indicator"] == key), None)


def _name(results: Results, figure: str) -> str:
    """Return a figure in words, as `compare` calls it; its own name where it has none."""
    family, _, key = figure.partition(".")
    item, _, field = key.rpartition(".")
    words = Words(results.inputs.plan)
    for one in ((family, key, ""), (family, item, field), (family, "", key)):
        try:
            return words.figure(*one)
        except KeyError:
            continue
    return figure


def _verdict(results: Results, figure: str, counts: tuple[int, int] | None = None) -> str:
    """Return the verdict on an indicator, or on other counts of it judged in the same way; empty for other figures."""
    row = _kpi(results, figure)
    if row is None:
        return ""
    status, counts = row["status"], counts or (row["numerator"], row["denominator"])
    plan, indicator, year = results.inputs.plan, row["indicator"], row["year"]
    if status == "on_watch" and (target := plan.target_for(indicator, year) or plan.next_target(indicator, year)):
        wanted = phrases.at_least(target.comparator, float(target.ratio or 0))
        level = code_label("target_status", judge(*counts, target) or "").lower()
        return f"Theo dõi; theo mức {wanted} của năm {max(year, target.year_from)}: {level}"
    if status not in (None, "on_watch"):
        status = judge(
            *counts, plan.target_for(indicator, row["target_year"] or year), plan.next_target(indicator, year)
        )
    return code_label("target_status", status or "not_assessed")


def _say_figure(results: Results, found: Traceable) -> str:
    part, whole = found.figures.get("numerator"), found.figures.get("denominator")
    if whole is None:
        return f"{_name(results, found.name)}: {format_number(found.figures.get('counted')) or 'không có số liệu'}."
    row, share = _kpi(results, found.name), format_percent((part or 0) / whole) if whole else "không tính được"
    told = f"{_name(results, found.name)}: {share} ({format_number(part)}/{format_number(whole)})"
    if row is None:
        return f"{told}."
    wanted = f"; mục tiêu: {phrases.asked_of(row)}" if row["target"] is not None else ""
    units = f"{format_number(row['reported_units'])}/{format_number(row['expected_units'])} đơn vị"
    return f"{told}{wanted}; đánh giá: {_verdict(results, found.name).lower()}; theo số liệu của {units}."


def _quote_plan(results: Results, figure: str) -> Iterator[Block]:
    """Yield the plan's own words on a figure, each with its place."""
    plan, (family, _, key) = results.inputs.plan, figure.partition(".")
    quotes: list[tuple[str, str]] = []
    item = key.rpartition(".")[0] or key
    sending = plan.duty_evidence.filter(pl.col("source").list.contains("reports_on_time"))["duty_id"]
    tables = {
        "kpis": (plan.targets.filter(pl.col("indicator") == key), "statement"),
        "measures": (plan.measures.filter(pl.col("measure_id") == item), "text"),
        "duties": (plan.duties.filter(pl.col("duty_id") == key), "text"),
        "events": (plan.events.filter(pl.col("event_id") == item), "name"),
        "network": (plan.targets.filter(pl.col("comparator") == "qualitative"), "statement"),
        **dict.fromkeys(
            ("completeness", "timeliness"), (plan.duties.filter(pl.col("duty_id").is_in(sending.implode())), "text")
        ),
    }
    if family in tables:
        frame, column = tables[family]
        quotes = list(frame.select("citation", column).unique(maintain_order=True).iter_rows())
    elif family == "products":
        product = plan.products.row(by_predicate=pl.col("product_id") == item, named=True)
        quotes = [(f"Phụ lục, TT {product['task_id']}, cột «Sản phẩm/Kết quả»", product["text"])]
    elif family == "completion":
        inside = results.task_status.filter(pl.col("is_due") | (key != "due"))["task_id"].unique()
        tasks = plan.tasks.filter(pl.col("task_id").is_in(inside.implode())).to_dicts()
        quotes = [(one["citation"], f"{one['name']} – {one['timing']}") for one in tasks]
    elif family in ("by_task", "task_status", "budget_by_task") and key.split(".")[0].isdigit():
        task = plan.tasks.row(by_predicate=pl.col("task_id") == int(key.split(".")[0]), named=True)
        quotes = [(task["citation"], f"{task['name']} – {task['timing']}")]
    if quotes:
        yield Bullets(tuple(f"{place}: «{text}»" for place, text in quotes))
    else:
        yield Paragraph(
            "Kế hoạch không nêu số liệu này; đây là số liệu tổng hợp từ biểu mẫu của các đơn vị (mục "
            f"{results.inputs.plan.words['reporting']})."
        )


def _say_rule(results: Results, figure: str) -> Iterator[Block]:
    family, _, key = figure.partition(".")
    known = {row["indicator"]: row for row in results.inputs.plan.indicators.to_dicts()}
    row = known.get(key if family == "kpis" else "task_status" if family == "completion" else family)
    if row is not None:
        parts = [
            f"{label}: {row[name]}."
            for name, label in (("numerator_label", "Tử số"), ("denominator_label", "Mẫu số"))
            if row[name]
        ]
        yield Paragraph(" ".join([*(parts if family != "completion" else []), row["definition"]]))
    if family == "completion":
        yield Paragraph(
            "Đầu việc chưa có báo cáo không nằm trong mẫu số; hoàn thành là theo đơn vị báo, sản phẩm xét riêng."
        )
    if row is None:
        notes = list(read_table(_RULES[family]).get("notes", ())) if family in _RULES else [_SUM]
        yield Paragraph(" ".join(notes))


# Other readings -----------------------------------------------------------------------------------


@cache
def _read_readings() -> list[dict[str, Any]]:
    text = (resources.files("nq57kit.reports") / "readings.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["readings"])


def _try_readings(tracer: Tracer, figure: str) -> Iterator[Reading]:
    """Yield each other reading of a figure, computed from the very same submissions."""
    results, family = tracer.report.results, figure.partition(".")[0]
    last = results.inputs.period.sources[-1]
    for one in _read_readings():
        keep = one.get("keep", {})
        if not {figure, family} & set(one["of"]):
            continue
        if "register" in keep and results.inputs.register is None:
            continue
        other = results
        if keep or "settings" in one:
            inputs = (
                tracer.read_under(_change(results.inputs.plan.settings, one["settings"]))
                if "settings" in one
                else results.inputs
            )
            other = compute(_keep(inputs, keep))
        row = _row(other, figure)
        counts = row[one.get("part", "numerator")] or 0, (row["denominator"] or 0) + row.get(one.get("add", ""), 0)
        yield Reading(one["rule"], one["says"].format(last=last.label), *counts, _verdict(other, figure, counts))


def _change(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """Return settings with other values, written as in settings.toml (no channel: every one)."""
    typed: dict[str, Any] = dict(values)
    if "counted_channels" in typed:
        typed["counted_channels"] = tuple(typed["counted_channels"] or load_codes("channel"))
    if "annual_due" in typed:
        typed["annual_due"] = MonthDay(*map(int, typed["annual_due"].split("-")))
    return replace(settings, **typed | ({"windows": _CALENDAR} if "windows" in typed else {}))


def _keep(inputs: Inputs, keep: Mapping[str, Any]) -> Inputs:
    """Return the inputs with those rows alone that a reading takes."""
    if table := keep.get("table"):
        last = inputs.tables[table].filter(pl.col("period") == str(inputs.period.sources[-1]))
        return replace(inputs, tables={**inputs.tables, table: last})
    if "basis" in keep:
        units = inputs.units.filter(pl.col("basis").is_in(keep["basis"]))
        mine = pl.col("unit_id").is_in(units["unit_id"].implode())
        tables = {name: table.filter(mine) for name, table in inputs.tables.items()}
        return replace(inputs, units=units, receipts=inputs.receipts.filter(mine), tables=tables)
    if "told" in keep:
        return replace(inputs, receipts=inputs.receipts.filter(~pl.col("is_empty")))
    return replace(inputs, register=None) if "register" in keep else inputs


def _row(results: Results, figure: str) -> dict[str, Any]:
    """Return the row of an indicator or a rate."""
    family, _, key = figure.partition(".")
    if family == "kpis":
        return _kpi(results, figure) or {}
    if family == "completion":
        return results.completion.row(by_predicate=pl.col("base") == key, named=True)
    period, frame = results.inputs.period, results.completeness if family == "completeness" else results.timeliness
    group = pl.col("group") == key if key else pl.col("group").is_null()
    last = str(period if period.is_year else period.sources[-1])
    return frame.row(by_predicate=group & (pl.col("period") == last), named=True)


def _show_readings(tracer: Tracer, found: Traceable, readings: tuple[Reading, ...]) -> Iterator[Block]:
    if not readings:
        return
    settings, now = tracer.report.plan.settings, _verdict(tracer.report.results, found.name)
    part, whole = (found.figures[role] or 0 for role in ("numerator", "denominator"))
    own = Reading("Cách tính của báo cáo", "Như mục «Cách tính» và quy ước dưới đây", part, whole, now)
    items = [
        {**one._asdict(), "part": f"{format_number(one.numerator)}/{format_number(one.denominator)}",
         "value": one.numerator / one.denominator if one.denominator else None}
        for one in (own, *readings)
    ]  # fmt: skip
    yield fill("defend.readings", items, without=() if now else ("verdict",))
    lines = settings.lines(tracer.report.plan.words)
    used = {line.label: line.value for line in lines}
    channels = next(line.label for line in lines if line.key == "rules.counted_channels")
    used[channels] = "; ".join(code_label("channel", code) for code in settings.counted_channels)
    if told := [f"{rule}: {used[rule]}." for rule in dict.fromkeys(one.rule for one in readings) if rule in used]:
        yield Bullets(tuple(told))
    changed = sum(one.verdict != now for one in readings)
    of = f"{format_number(changed)}/{format_number(len(readings))}" if changed else f"cả {format_number(len(readings))}"
    if now:
        yield Paragraph(f"Đánh giá «{now}» {'thay đổi ở' if changed else 'không đổi ở'} {of} cách hiểu khác.")


# Rows ---------------------------------------------------------------------------------------------


def _show_counted(tracer: Tracer, rows: pl.DataFrame) -> Iterator[Block]:
    counted = rows.filter(pl.col("role") != "left_out")
    told = [
        f"{_ROLES[role]} {format_number(count)} dòng của {format_number(units)} đơn vị"
        for role, count, units in counted.group_by("role", maintain_order=True)
        .agg(pl.len(), units=pl.col("unit_id").n_unique())
        .iter_rows()
    ]
    yield Paragraph(f"{phrases.upper_first('; '.join(told)) or 'Không có dòng nào'}.")
    if counted.height:
        yield _tabulate(tracer, counted.head(_SHOWN), "defend.counted", counted.height - _SHOWN)


def _show_left_out(tracer: Tracer, rows: pl.DataFrame) -> Iterator[Block]:
    left = rows.filter(pl.col("role") == "left_out")
    if left.is_empty():
        yield Paragraph("Không có dòng nào bị loại.")
        return
    reasons = left.group_by("reason", maintain_order=True).len().sort("len", descending=True, maintain_order=True)
    yield Bullets(tuple(f"{format_number(count)} dòng: {reason}." for reason, count in reasons.iter_rows()))
    doubtful = left.filter(pl.col("reason") != SUPERSEDED)
    if doubtful.height:
        yield _tabulate(tracer, doubtful.head(_LEFT), "defend.left_out", doubtful.height - _LEFT)


def _tabulate(tracer: Tracer, rows: pl.DataFrame, table: str, more: int) -> Table:
    names, plan = phrases.names_of(tracer.report.results).short, tracer.report.plan
    items = [
        {
            **row,
            "role": _ROLES.get(row["role"], ""),
            "unit": names.get(row["unit_id"] or "", row["unit_id"] or "–"),
            "period": "" if row["period"] is None else plan.period(row["period"]).label,
            "place": _say_place(row),
            "value": _say_value(row),
        }
        for row in rows.to_dicts()
    ]
    note = f"Còn {format_number(more)} dòng; xem hết bằng nq57kit trace." if more > 0 else ""
    return fill(table, items, note)


def _say_value(row: Mapping[str, Any]) -> str:
    """Return a value as the form shows it."""
    table, value = TABLES.get(row["table"]), row["value"]
    field = next((one for one in table.fields if one.name == row["field"]), None) if table else None
    if field is None or value is None:
        return reporting_label(value, over=True) if row["field"] == "state" and value else value or ""
    if field.kind is Kind.CODE:
        return code_label(field.codes or "", value)
    if field.kind is Kind.DATE:
        return format_date(date.fromisoformat(value))
    return format_number(int(value)) if field.kind in (Kind.WHOLE, Kind.MONEY) else str(value)


def _say_place(row: Mapping[str, Any]) -> str:
    if row["cell"]:
        return f"{row['file']}, trang «{row['sheet']}», ô {row['cell']}"
    return TABLES[row["table"]].sheet if row["table"] in TABLES else "Danh mục nhiệm vụ KHCN"
