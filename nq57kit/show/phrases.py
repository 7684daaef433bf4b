"""Labels and words that all subjects share: names by code, periods, lists of names, comparisons, exact percentages.

In: `Results`, the `UnitResults` of a scorecard, codes, numbers. Out: Vietnamese text and parts of sentences; labels come from
the plan's tables and the contract's lists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from nq57kit.indicators.model import Results
from nq57kit.indicators.unit import UnitResults
from nq57kit.plan import Period
from nq57kit.show.blocks import Block, Figure, Note, Table
from nq57kit.show.columns import fill, read_table
from nq57kit.submissions.contract import TABLES, load_codes
from nq57kit.text import format_date, format_number, format_percent, sort_key

#: Comparators of the plan's targets as a reader sees them, and within a sentence.
_SIGNS: Final[Mapping[str, str]] = {">=": "≥", "=": "=", ">": ">", "<=": "≤", "<": "<"}
_ASKED: Final[Mapping[str, str]] = {">=": "ít nhất", ">": "trên", "<=": "không quá", "<": "dưới"}
#: How many names a sentence lists before it counts the others.
_NAMES: Final = 10


@dataclass(frozen=True)
class Names:
    """Labels by code: units (full and short), groups, tasks, indicators; the whole body («Toàn Bộ»)."""

    whole: str
    units: Mapping[str, str]
    short: Mapping[str, str]
    groups: Mapping[str, str]
    tasks: Mapping[int, str]
    short_tasks: Mapping[int, str | None]
    indicators: Mapping[str, str]

    def unit(self, unit_id: str | None) -> str:
        """Return a unit's name; its id where the register does not know it."""
        return self.units.get(unit_id or "", unit_id or "–")

    def group(self, group: str | None) -> str:
        """Return a group's label; the ministry's for null."""
        return self.whole if group is None else self.groups.get(group, group)

    def task(self, task_id: int | None) -> str:
        """Return «4. Truyền thông nâng cao nhận thức …» in full, for the one table that a report has of the tasks."""
        return "–" if task_id is None else f"{task_id}. {self.tasks.get(task_id, '')}".rstrip(". ")

    def short_task(self, task_id: int | None) -> str:
        """Return «4. Truyền thông tại các cơ sở giáo dục, đào tạo», or «Nhiệm vụ 4» where the plan gives no short name."""
        short = self.short_tasks.get(task_id or 0)
        return f"{task_id}. {short}" if short else "–" if task_id is None else f"Nhiệm vụ {task_id}"


def names_of(results: Results) -> Names:
    """Return the labels that a report's plan and register give."""
    plan, asked = results.inputs.plan, results.inputs.units

    def labels(key: str, value: str, *frames: pl.DataFrame) -> dict[Any, Any]:
        return {code: label for frame in frames for code, label in zip(frame[key], frame[value], strict=True)}

    units = labels("unit_id", "name", plan.units, asked)
    short = labels("unit_id", "short_name", plan.units, asked)
    return Names(
        whole="Các đơn vị được yêu cầu" if results.inputs.period.is_request else plan.words["Whole"],
        units=units,
        short={key: value or units[key] for key, value in short.items()},
        groups=labels("group", "label", plan.groups),
        tasks=labels("task_id", "name", plan.tasks),
        short_tasks=labels("task_id", "short_name", plan.tasks),
        indicators=labels("indicator", "label", plan.indicators),
    )


def code_labels(list_name: str) -> dict[str, str]:
    """Return code → label of a closed list, in display order."""
    return {code.code: code.label for code in load_codes(list_name).values()}


def label_codes(rows: Iterable[Mapping[str, Any]], **lists: str) -> list[dict[str, Any]]:
    """Return rows with labels in place of codes; `lists` gives each field's closed list; what is no code stays.

    Example:
        >>> label_codes([{"level": "bo"}], level="level")
        [{'level': 'Cấp bộ'}]
    """
    labels = {field: code_labels(name) for field, name in lists.items()}
    return [{**row, **{field: known.get(row[field], row[field]) for field, known in labels.items()}} for row in rows]


def sheet_label(table: str) -> str:
    """Return the name of a table's sheet."""
    return TABLES[table].sheet if table in TABLES else "–"


def last_half(results: Results) -> Period:
    """Return the half whose reports a report is about: itself, or the second half of a year."""
    half: Period = results.inputs.period.sources[-1]
    return half


def any_accepted(results: Results) -> bool:
    """Return whether any unit has an accepted report in the periods of the report."""
    return results.reporting["revision"].drop_nulls().len() > 0


def reported_halves(results: Results) -> set[str]:
    """Return the halves of which any report was accepted."""
    return set(results.reporting.filter(results.reporting["revision"].is_not_null())["period"])


def ratio_indicators(results: Results) -> list[str]:
    """Return the indicators that are ratios, in the plan's order."""
    frame = results.inputs.plan.indicators
    return [row["indicator"] for row in frame.to_dicts() if row["kind"] == "ratio"]


def source_of(results: Results) -> str:
    """Return where a report's figures come from."""
    inputs = results.inputs
    return f"Báo cáo của các đơn vị, {inputs.period.label}, số liệu đến ngày {format_date(inputs.as_of)}."


#: What stands for a year of which nothing was accepted: it is not known, which is not zero.
UNTOLD: Final = "chưa có báo cáo"


#: What names a row in a column of a table (`say` in `tables.toml`), and by which of its fields; else `say` is a list of codes.
_NAMED: Final[Mapping[str, tuple[str, Callable[[Names, Any], str]]]] = {
    "unit": ("unit_id", Names.unit),
    "task": ("task_id", Names.short_task),
    "group": ("group", Names.group),
}


def tell(
    name: str,
    about: Results | UnitResults | Sequence[Results],
    rows: pl.DataFrame | Iterable[Mapping[str, Any]],
    /,
    *notes: str,
    without: Collection[str] = (),
    **words: str,
) -> Table:
    """Return the table `name` of `tables.toml` with rows of a report, a scorecard or the years of a programme report.

    As `fill`, and: columns that the table names in `say` have the names of units, tasks, groups or the labels of codes, rows stand in
    the order of the columns in `sort`, the plan's words are filled in, and the source is what it is about.
    """
    match about:
        case Results():
            results, told_by = about, source_of(about)
        case UnitResults():
            results, told_by = about.own, source(about)
        case _:
            results, told_by = about[-1], source_of_years(about)
    said, names = read_table(name), names_of(results)
    items = [dict(row) for row in (rows.iter_rows(named=True) if isinstance(rows, pl.DataFrame) else rows)]
    for column, how in said.get("say", {}).items():
        key, write = _NAMED.get(how, ("", None))
        labels = {} if write else code_labels(how)
        for item in items:
            if write is None:
                item[column] = labels.get(item[column], item[column])
            elif key in item:  # a total has none
                item[column] = write(names, item[key])
    if order := said.get("sort"):
        items.sort(key=lambda item: [sort_key(one) if isinstance(one, str) else one for one in map(item.get, order)])
    return fill(name, items, *notes, source=told_by, without=without, **{**results.inputs.plan.words, **words})


def across_years(
    name: str,
    key: str,
    years: Sequence[Results],
    rows: Callable[[Results], Iterable[tuple[str, str | int]]],
    *notes: str,
) -> Table:
    """Return the table `name` of `tables.toml` with a column for each year: what `rows` say of it, each by the label in `key`.

    Labels stand in the order in which the years bring them; of a year without an accepted report nothing is said.
    """
    items: dict[str, dict[str, Any]] = {}
    blank = dict.fromkeys(str(one.inputs.period) for one in years)
    for one in years:
        for label, said in rows(one):
            items.setdefault(label, {key: label, **blank})[str(one.inputs.period)] = (
                said if any_accepted(one) else UNTOLD
            )
    return tell(name, years, items.values(), *notes)


def source_of_years(years: Sequence[Results]) -> str:
    """Return where the figures of several years come from, and of which day each year's are."""
    last = years[-1].inputs
    if len(years) == 1:
        return source_of(years[-1])
    return f"Báo cáo của các đơn vị các năm {years[0].inputs.period}–{last.period}, mỗi năm trước chốt đến hết năm; năm {last.period} đến ngày {format_date(last.as_of)}."


def note_groups(results: Results) -> str:
    """Return how a unit of several groups is counted in tables by group; empty where there is none."""
    names, units = names_of(results), results.inputs.units
    several = [row for row in units.iter_rows(named=True) if len(row["groups"]) > 1]
    if not several:
        return ""
    said = "; ".join(f"{row['name']} ở nhóm «{names.group(row['groups'][0])}»" for row in several)
    return f"Mỗi đơn vị được tính ở một nhóm; đơn vị thuộc hai nhóm: {said}."


def list_tasks(tasks: Iterable[int]) -> str:
    """Return «nhiệm vụ 1», «các nhiệm vụ 1 và 7», by their numbers in the appendix.

    Example:
        >>> list_tasks([1]), list_tasks([1, 2, 7])
        ('nhiệm vụ 1', 'các nhiệm vụ 1, 2 và 7')
    """
    numbers = [str(task) for task in tasks]
    if len(numbers) < 2:
        return f"nhiệm vụ {''.join(numbers)}"
    return f"các nhiệm vụ {', '.join(numbers[:-1])} và {numbers[-1]}"


def list_names(names: Sequence[str], limit: int = _NAMES) -> str:
    """Return names as a list; from `limit` on the others are counted. Names with «và» or commas stand between semicolons.

    Example:
        >>> list_names(["Vụ PC", "Vụ KHTC", "VP Bộ"]), list_names(["A", "B", "C", "D"], limit=2)
        ('Vụ PC, Vụ KHTC và VP Bộ', 'A, B và 2 đơn vị khác')
        >>> list_names(["Thanh tra Bộ", "Báo Nông nghiệp và Môi trường"])
        'Thanh tra Bộ; Báo Nông nghiệp và Môi trường'
    """
    shown = names[:limit] if len(names) > limit + 1 else names
    others = f"{format_number(len(names) - len(shown))} đơn vị khác" if len(shown) < len(names) else ""
    if any("," in name or " và " in name for name in shown) and len(names) > 1:
        return "; ".join(shown) + (f" và {others}" if others else "")
    last = others or (shown[-1] if len(shown) > 1 else "")
    first = shown if others or len(shown) < 2 else shown[:-1]
    return ", ".join(first) + (f" và {last}" if last else "")


def upper_first(text: str) -> str:
    """Return `text` with its first letter in upper case, the others as they are."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return a part of a sentence as a sentence of its own.

    Example:
        >>> sentence("không có số liệu")
        'Không có số liệu.'
    """
    return f"{upper_first(text)}."


def lower_first(label: str) -> str:
    """Return a label as it stands within a sentence; abbreviations keep their capitals.

    Example:
        >>> lower_first("Bài toán KHCN được công bố"), lower_first("AI, chatbot")
        ('bài toán KHCN được công bố', 'AI, chatbot')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def count_units(names: Sequence[str]) -> str:
    """Return «3 đơn vị: A, B và C».

    Example:
        >>> count_units(["Vụ PC"])
        '1 đơn vị: Vụ PC'
    """
    return f"{format_number(len(names))} đơn vị: {list_names(names)}"


def precise_percent(value: float | None, against: float | None = None) -> str:
    """Return a ratio as a percentage, with as many digits as keep it apart from the target it is judged against.

    Example:
        >>> precise_percent(0.4996, 0.5), precise_percent(0.411, 0.5), precise_percent(0.5, 0.5)
        ('49,96%', '41,1%', '50,0%')
    """
    if value is None or against is None or value == against:
        return format_percent(value)
    for digits in range(1, 7):
        text = format_percent(value, digits)
        if text != format_percent(against, digits):
            return text
    return format_percent(value, 6)


def then_label(results: Results) -> str:
    """Return the period compared with as the head of a column: «6 tháng đầu năm 2026»; «Năm trước» before the plan's first."""
    then = results.inputs.period.same_period_last_year
    return "Năm trước" if then is None else upper_first(then.label)


def no_comparison(results: Results) -> str:
    """Return what a sentence says where there is nothing to compare with."""
    then = results.inputs.period.same_period_last_year
    if results.inputs.period.is_request:
        return "số liệu theo yêu cầu không so sánh với năm trước"
    if then is None:
        return "năm đầu thực hiện Kế hoạch, chưa có số liệu năm trước"
    return f"không có số liệu {then.label} của cùng đơn vị để so sánh"


def compare_ratios(results: Results, now: float | None, before: float | None, units: int | None = None) -> str:
    """Return «tăng 3,2 điểm phần trăm so với năm 2026 (41,0%)», or that there is nothing to compare with.

    `units` are those of which both values are, where the sentence has not said it.
    """
    if now is None or before is None:
        return no_comparison(results)
    points = format_number(abs(now - before) * 100, 1)
    head = "không thay đổi đáng kể" if points == format_number(0, 1) else f"{_way(now, before)} {points} điểm phần trăm"
    return _say_change(results, f"{head} so với", (format_percent(now), format_percent(before)), units)


def compare_counts(
    results: Results, now: int | None, before: int | None, text: Any = format_number, units: int | None = None
) -> str:
    """Return «tăng 12,5% so với năm 2026 (1.234)», or that there is nothing to compare with.

    `text` writes a value; `units` are those of which both values are, where the sentence has not said it.
    """
    if now is None or before is None:
        return no_comparison(results)
    by = format_percent(abs(now - before) / before) if before else text(now)
    head = "bằng" if now == before else f"{_way(now, before)} {by} so với"
    return _say_change(results, head, (text(now), text(before)), units)


def _way(now: float, before: float) -> str:
    return "tăng" if now > before else "giảm"


def _say_change(results: Results, head: str, values: tuple[str, str], units: int | None) -> str:
    now, told = values
    if units is not None:
        moved = told if now == told else f"{told} → {now}"
        told = f"{moved}, tính trên {format_number(units)} đơn vị có số liệu ở cả hai kỳ"
    return f"{head} {lower_first(then_label(results))} ({told})"


def write_millions(value: int | None) -> str:
    """Return đồng as «1.234,5 triệu đồng»; whole millions have no decimals.

    Example:
        >>> write_millions(1_234_500_000), write_millions(16_978_000_000)
        ('1.234,5 triệu đồng', '16.978 triệu đồng')
    """
    if value is None:
        return "–"
    return f"{format_number(value / 1_000_000, 1).removesuffix(',0')} triệu đồng"


def at_least(comparator: str | None, target: float) -> str:
    """Return what is asked, in words: «ít nhất 50%»; of everything there is no more: «100%».

    Example:
        >>> at_least(">=", 0.5), at_least(">=", 1.0)
        ('ít nhất 50%', '100%')
    """
    words = "" if target >= 1 else _ASKED.get(comparator or "", "")
    return f"{words} {format_percent(target, 0)}".strip()


def asked_of(row: Mapping[str, Any]) -> str:
    """Return the target of a row of `Results.kpis` or `.targets` in signs: «≥ 50%», «100%»; empty where there is none."""
    if row["target"] is None:
        return ""
    sign = "" if row["comparator"] == ">=" and row["target"] >= 1 else _SIGNS.get(row["comparator"], "")
    return f"{sign} {format_percent(row['target'], 0)}".strip()


def of(part: int, whole: int) -> str:
    """Return «30/52»."""
    return f"{format_number(part)}/{format_number(whole)}"


def part_of(row: Mapping[str, Any]) -> str:
    """Return numerator and denominator of a row: «30/52»; «–» where there is nothing."""
    if row["denominator"] is None:
        return format_number(None)
    return f"{format_number(row['numerator'])}/{format_number(row['denominator'])}"


def last_working_day(half: Period) -> str:
    """Return the last working day before a deadline, in brackets; empty where that is the last day itself."""
    if half.last_working_day == half.last_day:
        return ""
    return f" (ngày làm việc cuối cùng trước thời hạn là {format_date(half.last_working_day)})"


# ------------------------------------------------------------------ what a scorecard asks of a unit's figures

#: Labels of the measures that are no indicator of the plan.
_MEASURES: Final[Mapping[str, str]] = {
    "activities": "Hoạt động truyền thông",
    "quantity": "Số lượng sản phẩm, hoạt động",
    "reach": "Lượt người tiếp cận đo được",
    "disbursed": "Tỷ lệ giải ngân trên số được giao",
}


def plan_source(results: Results) -> str:
    """Return where tasks and duties come from."""
    return f"Kế hoạch truyền thông, mục {results.inputs.plan.words['duties']} và Phụ lục."


def measure_label(card: UnitResults, measure: str) -> str:
    """Return the label of a measure: the plan's for its indicators."""
    return _MEASURES.get(measure) or names_of(card.own).indicators.get(measure, measure)


def measure_of(card: UnitResults, name: str) -> dict[str, Any]:
    """Return the row of a measure."""
    return next(row for row in card.measures.to_dicts() if row["measure"] == name)


def state_of(card: UnitResults) -> dict[str, Any]:
    """Return the row of `Results.reporting` of the period's last half."""
    return card.own.reporting.to_dicts()[-1]


def has_report(card: UnitResults) -> bool:
    """Return whether an accepted report with content is there for the period."""
    return state_of(card)["state"] in {"on_time", "late"}


def no_report(card: UnitResults, what: str) -> Note:
    """Return the note that stands for figures of a period without a report.

    `what` ends the sentence: «hoạt động truyền thông».
    """
    label = card.own.inputs.period.label
    if state_of(card)["state"] == "empty":
        return Note(f"Báo cáo {label} đã gửi không có nội dung nên chưa có số liệu về {what}.", "empty")
    return Note(f"Chưa có báo cáo {label} được chấp nhận nên chưa có số liệu về {what}.", "empty")


def said_in(card: UnitResults, table: str) -> str | None:
    """Return the latest half from which rows of a table of the form come, in words; None without any.

    A report that says nothing tells nothing of its staff either.
    """
    inputs = card.own.inputs
    frame = inputs.tables.get(table)
    said: set[str] = set() if frame is None else set(frame.select("period").collect()["period"])
    latest = max(said - set(inputs.receipts.filter("is_latest", "is_empty")["period"]), default=None)
    return None if latest is None else str(inputs.plan.period(latest).label)


def source(card: UnitResults) -> str:
    """Return where the unit's own figures come from."""
    inputs = card.own.inputs
    return f"Báo cáo của đơn vị, {inputs.period.label}, số liệu đến ngày {format_date(inputs.as_of)}."


def of_unit(card: UnitResults, block: Block) -> Block:
    """Return a table or figure drawn from the unit's own results with the unit as its source."""
    return replace(block, source=source(card)) if isinstance(block, (Figure, Table)) else block


def judgement_of(results: Results, subject: str) -> str:
    """Return who judged a qualitative target or a duty, when and on what basis; nothing where nobody did."""
    record = results.inputs.judged.get(subject)
    if record is not None:
        return f"{record.by} kết luận ngày {format_date(record.day)}, căn cứ: {record.basis}"
    return "kết luận ghi cho riêng lần lập báo cáo này" if subject in results.inputs.judgements else ""
