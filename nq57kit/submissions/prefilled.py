"""Forms for a period, one per unit: blank, or prefilled from what the unit last sent.

In: a period, the plan and, for prefilling, the accepted reports of earlier halves. Out: files. What is filled in as data
(tasks, running science tasks) never makes a report by itself; last figures stand in comments and on a sheet that the reader
passes over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.files import local_path, prepare_folder, write_atomically
from nq57kit.plan import Period, Plan, Unit, load_plan
from nq57kit.submissions.contract import OWN_TITLES, PREVIOUS_SHEET, TABLES, Kind, format_value, tables_of
from nq57kit.submissions.form import Filling, Mark, Place, build_form, fill_in, list_asked, require_form
from nq57kit.submissions.styles import GREY, Page
from nq57kit.text import code_key, format_date, format_number

Rows = Sequence[Mapping[str, Any]]

#: What says which science task it is; whether it was communicated is asked anew.
_SCIENCE_KEYS: Final = ("code", "name", "level", "state_funded", "start_year", "end_year")
_PRODUCTS: Final = "products_delivered"
_ANSWERS: Final = {
    "task_progress": ("status", "percent_complete", _PRODUCTS, "completed_on", "next_steps"),
    "science_tasks": ("communicated", "communicated_on", "channel", "evidence_url"),
}


class Reports(Protocol):
    """Accepted reports of many halves, as a store answers for them (docs/store.md)."""

    def receipts(self) -> pl.DataFrame:
        """Return one row per report: unit_id, period, is_latest, notice and more."""

    def read(self, table: str, period: Period) -> pl.LazyFrame:
        """Return a table of the latest reports of a half: unit_id and the table's fields."""

    def findings(self, period: Period) -> pl.DataFrame:
        """Return the warnings and notes on the latest reports of a half: unit_id, severity, message and more."""


class Gaps(NamedTuple):
    """What the year's reports of a unit have not shown yet: ids of products by the task that it leads, ids of measures that address it."""

    products: Mapping[int, Sequence[str]]
    measures: Sequence[str]


@dataclass(frozen=True)
class Earlier:
    """What a unit last said: the half, its rows by table, and the sentences of what was missing or doubtful.

    After a merger these are the rows of all its predecessors that reported for that half; `senders` names them. `notice` («DỮ LIỆU GIẢ LẬP») goes on with the figures.
    `gaps` is what the caller found missing in the year, where the half is of the same year; `answers` are the unit's difficulties that were
    answered, each with what was said.
    """

    period: Period
    senders: tuple[str, ...]
    tables: Mapping[str, Rows]
    missing: tuple[str, ...] = ()
    notice: str | None = None
    gaps: Gaps | None = None
    answers: Sequence[tuple[str, str]] = ()


def write_template(
    period: Period | str,
    folder: Path | str,
    *,
    plan: Plan | None = None,
    unit_id: str | None = None,
    earlier: Mapping[str, Earlier] | None = None,
    lines: Mapping[str, Rows] | None = None,
) -> list[Path]:
    """Write the form of every unit that must report for a period; return the files written.

    Files are named «NQ57_2026-H2_vu-tccb.xlsx». With `unit_id`, only that unit's. The form of a unit in `earlier`
    (`read_earlier`) is prefilled. `lines` are rows of `plan_lines` by unit: for a half those of the year's plan, from which an activity
    chooses; for a yearly plan those of last year's that were not done, which go on. Raises PeriodError for a text that is no period, ParameterError for a whole year and for
    a unit that is not there in the half, PlanError for an unknown unit, OSError as it comes. Source: plan section IV.3; contract §3.

    Example:
        >>> import tempfile
        >>> [path.name for path in write_template("2026-H2", tempfile.mkdtemp(), unit_id="vu-tccb")]
        ['NQ57_2026-H2_vu-tccb.xlsx']
    """
    if plan is None:
        plan = load_plan()
    half = require_form(period, plan)
    plan = plan.in_force(half)
    if unit_id is not None and (why := plan.explain_absence(unit_id, half)):
        raise ParameterError(f"Không lập biểu mẫu kỳ {half} của {plan.unit(unit_id).name}: {why}.")
    ids = plan.units_reporting(half)["unit_id"].to_list()
    if unit_id is not None and half.is_request and unit_id not in ids:
        raise ParameterError(
            f"Không lập biểu mẫu {half.label} của {plan.name_of(unit_id)}: đơn vị không có trong các đơn vị được yêu cầu."
        )
    ids = ids if unit_id is None else [unit_id]
    folder = local_path(folder, ParameterError)
    prepare_folder(folder)
    paths = []
    for name in ids:
        unit = plan.unit(name)
        last = (earlier or {}).get(name)
        filling = _prefill(last, plan, half, unit) if last else Filling(fill_in({}, plan, half, unit))
        told = (lines or {}).get(name, ())
        if half.is_plan and told:
            filling = _carry_on(filling, told, plan, half, unit)
        elif told:
            filling = filling._replace(lines={row["line_no"]: row["name"] for row in told})
        paths.append(write_atomically(folder / f"NQ57_{half}_{name}.xlsx", build_form(plan, half, unit, filling)))
    return paths


def read_earlier(reports: Reports, period: Period | str, plan: Plan) -> dict[str, Earlier]:
    """Return what each unit last said before `period`, by unit; what a closed unit said goes to its successor.

    A unit whose reports could belong to several successors is left out: nothing is guessed.

    Example:
        >>> import tempfile
        >>> from nq57kit.plan import load_plan
        >>> from nq57kit.store import Store
        >>> read_earlier(Store.create(tempfile.mkdtemp()), "2026-H2", load_plan())
        {}
    """
    half = require_form(period, plan)
    last: dict[str, tuple[Period, list[str]]] = {}
    notices: dict[tuple[str, str], str | None] = {}
    latest = reports.receipts().filter("is_latest")
    for sender, text, notices[text, sender] in latest.select("unit_id", "period", "notice").iter_rows():
        told, unit_id = plan.find_period(text), plan.find_unit(sender, half).unit_id
        if told is None or not told.is_half or unit_id is None or not told < half:
            continue
        if unit_id not in last or last[unit_id][0] < told:
            last[unit_id] = told, []
        if last[unit_id][0] == told:
            last[unit_id][1].append(sender)
    rows: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for told in sorted({told for told, _ in last.values()}):
        frames = {table: reports.read(table, told).collect() for table in TABLES}
        frames["findings"] = reports.findings(told)
        for table, frame in frames.items():
            for row in frame.iter_rows(named=True):
                rows.setdefault((str(told), table, row["unit_id"]), []).append(row)

    def of(table: str, told: Period, senders: Sequence[str]) -> list[dict[str, Any]]:
        return [row for sender in senders for row in rows.get((str(told), table, sender), ())]

    return {
        unit_id: Earlier(
            told,
            tuple(senders),
            {table: of(table, told, senders) for table in TABLES},
            tuple(row["message"] for row in of("findings", told, senders) if row["severity"] == "warning"),
            next((notice for sender in senders if (notice := notices[str(told), sender])), None),
        )
        for unit_id, (told, senders) in last.items()
    }


# ---------------------------------------------------------------------------------- what goes into the form


def _prefill(last: Earlier, plan: Plan, half: Period, unit: Unit) -> Filling:
    """Return the tasks that go on as data, and last figures as comments beside the cells that ask for them anew."""
    running: dict[str, dict[str, Any]] = {}
    for row in last.tables["science_tasks"]:
        if row["end_year"] >= half.year:
            running.setdefault(code_key(row["code"]), {name: row[name] for name in _SCIENCE_KEYS})
    asked = tables_of(half)
    records = fill_in({"science_tasks": list(running.values())}, plan, half, unit)
    marks: dict[Place, Mark] = {}

    def remark(table: str, number: int, name: str, lines: Sequence[str]) -> None:
        if lines and table in asked:
            head = f"Kỳ trước ({last.period.label}): "
            marks[table, number, name] = Mark(None, head + "\n".join(lines))

    names = {sender: plan.unit(sender).short_name for sender in last.senders} if len(last.senders) > 1 else {}

    def say(row: Mapping[str, Any], text: str) -> str:
        return f"{names[row['unit_id']]}: {text}" if names else text

    for table in (TABLES["cover"], TABLES["workforce"]):
        for field in table.fields:
            if field.kind is Kind.WHOLE:
                told = [row for row in last.tables[table.name] if row[field.name] is not None]
                remark(table.name, 0, field.name, [say(row, format_value(field, row[field.name])) for row in told])
    for name, key in (("task_progress", "task_id"), ("science_tasks", "code")):
        for number, record in enumerate(records.get(name, ())):
            told = [row for row in last.tables[name] if _is_same(row[key], record[key])]
            answers = [say(row, _describe(name, row, _ANSWERS[name])) for row in told]
            remark(name, number, _ANSWERS[name][0], answers)
    lacking = {
        task: f"Còn thiếu đến hết {last.period.label}: {'; '.join(_words(plan.products, ids).values())}"
        for task, ids in (last.gaps.products if last.gaps else {}).items()
    }
    for number, record in enumerate(records.get("task_progress", ())):
        if (task := record["task_id"]) in lacking:
            marks["task_progress", number, _PRODUCTS] = Mark(None, lacking[task])
    back = (lambda book: _write_previous(book, last, plan, names),)
    return Filling(records, marks, last.notice, lacking, back=back)


def _carry_on(filling: Filling, lines: Rows, plan: Plan, period: Period, unit: Unit) -> Filling:
    """Add to a form last year's lines that were not done, greyed and to be dated and estimated anew, before what the unit is asked to plan."""
    kept = ("task_id", "measure_id", "name", "activity_type", "channel", "audience", "funding_source")
    rows: list[dict[str, Any]] = []
    marks = dict(filling.marks)
    for number, row in enumerate(lines):
        left = row["quantity"] - (row.get("done_quantity") or 0)
        told = f"Chuyển từ kế hoạch năm {period.year - 1}, dòng {row['line_no']}"
        rows.append({"line_no": number + 1, **{name: row[name] for name in kept}, "quantity": left, "note": told})
        words = (
            f"{told}: dự kiến hoàn thành {format_date(row['due_on'])}, số lượng {format_number(row['quantity'])}, đã làm "
            f"{format_number(row.get('done_quantity') or 0)}, dự toán {format_number(row['cost_estimate_vnd'])} đồng. Ghi ngày hoàn thành và "
            "dự toán mới, hoặc xóa cả dòng nếu không làm nữa."
        )
        marks |= {("plan_lines", number, name): Mark("earlier", words if name == "name" else "") for name in rows[-1]}
    asked = [*rows, *list_asked(plan, unit, len(rows) + 1)]
    return filling._replace(records={**filling.records, "plan_lines": asked}, marks=marks)


def _words(frame: pl.DataFrame, ids: Sequence[str]) -> dict[str, str]:
    """Return the plan's words of products or of measures by their ids, in the plan's order."""
    return {key: text for key, text in frame.select(frame.columns[0], "text").iter_rows() if key in ids}


def _is_same(one: Any, other: Any) -> bool:
    return one == other if not isinstance(one, str) else code_key(one) == code_key(str(other))


def _write_previous(book: Any, last: Earlier, plan: Plan, names: Mapping[str, str]) -> None:
    """Add the sheet of what was accepted last, greyed, and what was missing."""
    page = Page(book, PREVIOUS_SHEET, (6, 46, 110))
    if last.notice:
        page.line(last.notice, bold=True, font_color="#B00020")
    page.line(f"{OWN_TITLES[PREVIOUS_SHEET][0]}{last.period.label.upper()}", bold=True, font_size=14)
    page.line(
        "Trang này chỉ để tham khảo khi điền: khi nhận báo cáo, bộ công cụ không đọc trang này và các ghi chú ở ô. "
        "Các nhiệm vụ KHCN chưa kết thúc đã được điền sẵn; số liệu của kỳ này phải điền mới, không cộng dồn.",
        italic=True,
    )
    if len(last.senders) > 1:
        page.line("Gộp từ báo cáo của: " + ", ".join(plan.unit(sender).name for sender in last.senders) + ".")
    spans, parts = ((0, 0), (1, 1), (2, 2)), iter(("I", "II", "III", "IV", "V"))
    if last.missing:
        page.heading(f"{next(parts)}. Nội dung còn thiếu hoặc cần kiểm tra khi nhận báo cáo kỳ trước")
        page.items(iter(last.missing))
    if last.gaps and last.gaps.products:
        page.heading(f"{next(parts)}. Sản phẩm theo Phụ lục còn thiếu đến hết {last.period.label}")
        names_of = dict(plan.tasks.select("task_id", "name").iter_rows())
        lacking = {task: _words(plan.products, ids) for task, ids in sorted(last.gaps.products.items())}
        rows = (
            (str(task), names_of[task], "Còn thiếu: " + "; ".join(words.values())) for task, words in lacking.items()
        )
        page.table(spans, ("TT", "Nhiệm vụ", "Sản phẩm còn thiếu"), rows)
    if last.gaps and last.gaps.measures:
        page.heading(
            f"{next(parts)}. Giải pháp của mục {plan.words['measures']} giao cho đơn vị, chưa có hoạt động nào đến hết {last.period.label}"
        )
        told = enumerate(_words(plan.measures, last.gaps.measures).items(), 1)
        page.table(spans, ("TT", "Mã giải pháp", "Nội dung"), ((str(number), *both) for number, both in told))
    if last.answers:
        page.heading(f"{next(parts)}. Trả lời khó khăn, kiến nghị mà đơn vị đã nêu")
        answers = ((str(number), *both) for number, both in enumerate(last.answers, 1))
        page.table(spans, ("TT", "Khó khăn, kiến nghị đã nêu", "Trả lời"), answers, looks=lambda *_: GREY)
    page.heading(f"{next(parts)}. Số liệu đã nhận")
    page.table(spans, ("TT", "Trang tính", "Nội dung đã báo cáo"), _lines(last, names), looks=lambda *_: GREY)
    page.close(f"Kỳ trước – {last.period.label}")


def _lines(last: Earlier, names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    number = 0
    for table in TABLES.values():
        shown = [field.name for field in table.fields if not field.personal and table.name != "cover"]
        for row in last.tables[table.name]:
            if text := _describe(table.name, row, shown):
                number += 1
                yield str(number), table.sheet, f"{names[row['unit_id']]}: {text}" if names else text


def _describe(table: str, row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return «Nhãn: giá trị; …» of the fields that a row has."""
    fields = (TABLES[table].field(name) for name in names)
    return "; ".join(
        f"{field.label}: {format_value(field, row[field.name])}" for field in fields if row[field.name] is not None
    )
