"""The page of instructions of a form: what to send, until when, how to write it; its words are `guide.toml`.

In: the plan, a period, a unit, what the unit still lacks. Out: a sheet of the workbook. Labels come from the contract, dates and
tasks from the plan; an item that names what the period's form has not is left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final

from nq57kit.plan import Period, Plan, Unit
from nq57kit.submissions.contract import (
    GUIDE_TITLES,
    INSTRUCTIONS_SHEET,
    NOT_ON_TRACK,
    SECRECY_RULE,
    TABLES,
    Table,
    code_label,
    tables_of,
)
from nq57kit.submissions.styles import Page, advise
from nq57kit.text import format_date

_GUIDE_WIDTHS: Final = (10, 60, 22, 38, 22)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "guide.toml").read_text(encoding="utf-8"))


def write_guide(
    book: Any, plan: Plan, period: Period, unit: Unit, *, notice: str | None, lacking: Mapping[int, str]
) -> None:
    """Add the page of instructions (`guide.toml`) to `book`; the notice stands at its top in red.

    Labels come from the contract, dates and tasks from the plan.
    """
    words = _words()
    told = _fill_guide(plan, period, unit)
    page = Page(book, INSTRUCTIONS_SHEET, _GUIDE_WIDTHS)
    if notice:
        page.line(notice, bold=True, font_color="#B00020", align="center", font_size=14)
    begins, year = GUIDE_TITLES.get(period.kind, GUIDE_TITLES["H"]), f"{period.year} THỰC HIỆN KẾ HOẠCH "
    title = f"{begins} {year if period.is_plan else ''}TRUYỀN THÔNG NGHỊ QUYẾT SỐ 57-NQ/TW"
    page.line(title, bold=True, align="center", font_size=14)
    name, when = (line.format(**told) for line in words["lines"])
    page.line(name, bold=True, align="center")
    page.line(when, align="center")
    page.line(words["basis"].format(**told), italic=True, align="center")
    tables = {
        "sheets": (((0, 0), (1, 1), (2, 4)), _list_sheets(tables_of(period))),
        "tasks": (
            tuple((column, column) for column in range(len(_GUIDE_WIDTHS))),
            _list_tasks(plan, unit, lacking),
        ),
        "fields": (((0, 0), (1, 1), (2, 2), (3, 4)), _list_fields(plan, tables_of(period))),
    }
    for part in ("when", "sheets", "how", "tasks", "fields"):
        page.heading(words[part]["heading"])
        if part in tables:
            spans, rows = tables[part]
            page.table(spans, words[part]["columns"], rows)
        else:
            items = words[part].get(f"items_{period.kind}", words[part]["items"])
            page.items(filter(None, (item.format(**told) for item in items if _names(item) <= told.keys())))
    page.close(f"Hướng dẫn – {period.label}")


def _names(item: str) -> set[str]:
    """Return what an item of the guide names: one that names what the period's form has not is left out."""
    return {name for _, name, _, _ in Formatter().parse(item) if name}


def _tell(period: Period) -> dict[str, str]:
    """Return what a request asks, in words."""
    asked, start, end = period.request, *map(format_date, period.window)
    told = {"title": asked.title, "document": asked.basis} if asked else {}
    return told | {"deadline": period.deadline_text, "start": start, "end": end}


def _fill_guide(plan: Plan, period: Period, unit: Unit) -> dict[str, str]:
    """Return what fills the words of the guide."""
    asked = tables_of(period)
    of_activities = {
        "measure": TABLES["activities"].field("measure_id").head(plan.words),
        "audience": TABLES["activities"].field("audience").label,
        "plan_line": TABLES["activities"].field("plan_line").label,
    }
    of_progress = {
        "idle": code_label("status", "khong_phat_sinh"),
        "undone": code_label("status", "chua_thuc_hien"),
        "not_on_track": " và ".join(f"«{code_label('status', code)}»" for code in sorted(NOT_ON_TRACK)),
        "explanation": TABLES["task_progress"].field("explanation").label,
    }
    last, working, words = period.last_day, period.last_working_day, _words()["when"]
    days = {"working_weekday": words["weekdays"][working.weekday()], "working_day": format_date(working)}
    return {
        **plan.words,
        "unit": unit.name,
        "period": str(period),
        "period_label": period.label,
        "document_state": plan.settings.document_state,
        **_tell(period),
        "last_day": format_date(last),
        "last_weekday": words["weekdays"][last.weekday()],
        "roll_over": "" if working == last else words["roll_over"].format(**days),
        "receiver": _receiver(plan),
        "first_period": words["first_period"] if period.is_first else "",
        **{name: table.sheet for name, table in asked.items()},
        **(of_activities if "activities" in asked else {}),
        **({"line_no": TABLES["plan_lines"].field("line_no").label} if "plan_lines" in asked else {}),
        **(of_progress if "task_progress" in asked else {}),
        "secrecy": SECRECY_RULE,
    }


def _receiver(plan: Plan) -> str:
    """Return who draws up the ministry's own report by its date: the lead of that task, in the plan's words."""
    reports = plan.tasks.filter(plan.tasks["cadence"] == "by_date")
    return str((reports if reports.height else plan.tasks)["lead"][-1])


def _list_sheets(tables: Mapping[str, Table]) -> Iterator[tuple[str, ...]]:
    for number, table in enumerate(tables.values(), start=1):
        must = "" if table.must_have_rows else _words()["sheets"]["optional"]
        yield str(number), table.sheet, table.about + (must if "để trống" not in table.about else "")


def _list_tasks(plan: Plan, unit: Unit, lacking: Mapping[int, str]) -> Iterator[tuple[str, ...]]:
    leads = set(plan.tasks_led_by(unit.unit_id)["task_id"])
    helps = set(plan.tasks_coordinated_by(unit.unit_id)["task_id"])
    for task in plan.tasks.sort("task_id").iter_rows(named=True):
        number = task["task_id"]
        roles = [word for word, mine in (("Chủ trì", leads), ("phối hợp", helps)) if number in mine]
        role = ", ".join(roles)
        products = "\n".join(filter(None, (task["products"], lacking.get(number))))
        yield str(number), task["name"], role[:1].upper() + role[1:] or "–", products, task["timing"]


def _list_fields(plan: Plan, tables: Mapping[str, Table]) -> Iterator[tuple[str, ...]]:
    for table in tables.values():
        for field in table.fields:
            must = "x" if field.required else "Có điều kiện" if field.required_if else ""
            yield must, field.head(plan.words), table.sheet, advise(table, field)


def say_request(period: Period) -> str:
    """Return what a request asks, by which document and until when: what stands over its cover."""
    return str(_words()["when"]["request"].format(**_tell(period)))
