"""Plans beside each other: which rows and settings changed, which periods that touches, and how each would judge the same store.

In: two or more plans (draft, signed, amended), and a store where it is at hand. Out: a `PlanDiff` from one plan to the next, and what
each plan's own annual figures say of the store's years, side by side. Values are those of the plan's files; nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

import polars as pl
import polars.selectors as cs

from nq57kit.errors import ParameterError
from nq57kit.indicators import Results
from nq57kit.plan import Period, Plan
from nq57kit.plan.settings import Settings
from nq57kit.plan.tables import DATED, TABLES, VALIDITY
from nq57kit.reports.parameters import read_parameters
from nq57kit.reports.report import read_basis
from nq57kit.show import phrases, targets
from nq57kit.store import Store
from nq57kit.submissions.contract import code_label, reporting_label
from nq57kit.text import format_percent

#: What an amended row shares with the one whose place it takes.
_KIN: Final = {"targets": ("indicator", "year_to"), "products": ("task_id",), "measures": ("section",)}
#: Tables of which a form shows something; the others are read by reports alone.
_IN_FORMS: Final = frozenset({"tasks", "measures", "products", "units", "deadlines", "settings"})
_LONGEST: Final = 60


@dataclass(frozen=True)
class RowChange:
    """A row that is not the same: its table, its key, what became of it, and field → (before, after).

    `change` is added, removed, changed, ended (it has a last day now) or replaced: it has ended, and `by` has taken its place the day
    after; the fields are then those in which that one differs. `on` is the first day on which it is so, `document` the basis.
    """

    table: str
    key: str
    change: str
    fields: Mapping[str, tuple[Any, Any]]
    by: str | None = None
    on: date | None = None
    document: str | None = None


@dataclass(frozen=True)
class Touched:
    """A period for which another plan is in force: kinds of reports made otherwise, whether its forms are, and by which tables."""

    period: str
    reports: tuple[str, ...]
    forms: bool
    tables: tuple[str, ...]


@dataclass(frozen=True)
class PlanDiff:
    """What became of a plan; `settings` are (key, what it is, before, after)."""

    rows: tuple[RowChange, ...]
    settings: tuple[tuple[str, str, str, str], ...]
    periods: tuple[Touched, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the changes as JSON-ready data, days as ISO text."""
        return _plain(asdict(self))  # type: ignore[no-any-return]


def diff_plans(old: Plan, new: Plan) -> PlanDiff:
    """Return what changed from one plan to another, whatever the order of their rows.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> diff_plans(load_plan(), load_plan())
        PlanDiff(rows=(), settings=(), periods=())
    """
    rows = [change for table in TABLES for change in _diff_rows(table, old, new)]
    every = sorted((*new.periods, *(new.period(f"{one}-P") for one in new.periods if one.is_year)))
    touched = [found for period in every if (found := _touch(period, old, new))]
    return PlanDiff(tuple(rows), tuple(_diff_settings(old.settings, new.settings, new)), tuple(touched))


def _diff_rows(table: str, old: Plan, new: Plan) -> Iterator[RowChange]:
    before, after = ({next(iter(row.values())): row for row in getattr(one, table).to_dicts()} for one in (old, new))
    added = {key: row for key, row in after.items() if key not in before}
    for key, row in before.items():
        now = after.get(key, {})
        last = now.get("valid_to") if table in DATED and now.get("valid_to") != row.get("valid_to") else None
        on = last + timedelta(1) if last else None
        heirs = [other for other, one in added.items() if on and _takes_place(table, now, one, on)]
        if not now:
            yield RowChange(table, str(key), "removed", {})
        elif len(heirs) == 1:  # of several none is said to have taken its place
            by = added.pop(heirs[0])
            yield RowChange(
                table, str(key), "replaced", _fields(now, by, VALIDITY), str(heirs[0]), on, by.get("basis_document")
            )
        elif changed := _fields(row, now):
            yield RowChange(table, str(key), "ended" if on else "changed", changed, None, on, now.get("basis_document"))
    for key, row in added.items():
        told = _fields({}, {name: value for name, value in row.items() if value != []}, VALIDITY)
        yield RowChange(table, str(key), "added", told, None, row.get("valid_from"), row.get("basis_document"))


def _takes_place(table: str, old: Mapping[str, Any], new: Mapping[str, Any], day: date) -> bool:
    """Return whether an added row holds from the day on after another ended, on the same thing."""
    return table in _KIN and new.get("valid_from") == day and all(old[name] == new[name] for name in _KIN[table])


def _fields(old: Mapping[str, Any], new: Mapping[str, Any], but: Sequence[str] = ()) -> dict[str, tuple[Any, Any]]:
    """Return what differs in two rows, but for the key and some columns."""
    _, *names = dict.fromkeys((*old, *new))
    return {
        name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name) and name not in but
    }


def _diff_settings(old: Settings, new: Settings, plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    """Yield the settings that differ in the words in which a report prints them, then those that it does not print."""
    lines = [{line.key: line for line in one.lines(words=plan.words)} for one in (old, new)]
    for key, line in lines[1].items():
        if (was := lines[0].get(key)) is None or was.value != line.value:
            yield key, line.label, was.value if was else "", line.value
    printed = " ".join(lines[1]) + " number signed_on"  # these two are in the state of the document
    for name in (field.name for field in fields(Settings)):
        if name not in printed and getattr(old, name) != getattr(new, name):
            yield name, name, str(getattr(old, name)), str(getattr(new, name))


def _touch(period: Period, old: Plan, new: Plan) -> Touched | None:
    """Return what is made otherwise for a period; None where the same plan holds for it in both."""
    was = old.find_period(str(period))
    if was is None:
        return Touched(str(period), _kinds(period), not period.is_year, ())
    before, after = old.in_force(was), new.in_force(period)
    if before.hash == after.hash:
        return None
    changed = [name for name in TABLES if not _content(before, name).equals(_content(after, name))]
    changed += ["settings"] if old.settings != new.settings else []
    forms = not period.is_year and not _IN_FORMS.isdisjoint(changed)
    return Touched(str(period), _kinds(period), forms, tuple(changed))


def _content(plan: Plan, table: str) -> pl.DataFrame:
    frame: pl.DataFrame = getattr(plan, table)
    return frame.select(cs.exclude(VALIDITY)) if table in DATED else frame


def _kinds(period: Period) -> tuple[str, ...]:
    return ("annual",) if period.is_year else ("semiannual", "unit") if period.is_half else ()


def judge_store(store: Path, plans: Sequence[Path | None], as_of: date | None = None) -> list[dict[str, Any]]:
    """Return what each plan (its folder; None: the packaged one) says of every year of a store, side by side.

    That is, of each year of which anything came, what its annual report up to `as_of` (default: today) would say: year, what (target |
    open | task | product | measure | duty | reporting), id, label, said (a text for each plan, None where the plan does not ask) and
    differs. Targets all, the others where they differ. Raises ParameterError, PlanError or StoreError.
    """
    halves = Store(store).snapshot().receipts()["period"].to_list()
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for place, folder in enumerate(plans):
        for year in sorted({half[:4] for half in halves if half[4:6] == "-H"}):
            values = {"store": store, "plan": folder, "year": year, "as_of": as_of}
            try:
                results = read_basis(read_parameters("annual", values)).results
            except ParameterError:
                if place:
                    continue  # a year that this plan does not have
                raise
            for what, key, label, said in _say(results):
                row = {"year": int(year), "what": what, "id": key, "label": label, "said": [None] * len(plans)}
                found.setdefault((year, what, key), row)["said"][place] = said
    rows = [row | {"differs": len(set(row["said"])) > 1} for row in found.values()]
    return [row for row in rows if row["differs"] or row["what"] == "target"]


def _say(results: Results) -> Iterator[tuple[str, str, str, str]]:
    """Yield what a report says of each thing that it judges: its kind, its id, what it is, the verdict or state in words."""
    names, plan = phrases.names_of(results), results.inputs.plan
    for row in results.kpis.to_dicts():
        asked = f", mục tiêu {phrases.asked_of(row)}" if row["target"] is not None else ""
        value = "" if row["value"] is None else f": {format_percent(row['value'])}{asked}"
        label = names.indicators.get(row["indicator"], row["indicator"])
        yield "target", row["indicator"], label, f"{targets.verdict_of(row)}{value}"
    for row in results.targets.filter("open").to_dicts():
        said = f"năm {row['year']} chưa đạt ({phrases.asked_of(row)}), tiếp tục theo dõi"
        yield "open", f"{row['indicator']} {row['year']}", names.indicators[row["indicator"]], said
    for row in results.task_status.to_dicts():
        said = code_label("report_status", row["status"])
        yield (
            "task",
            f"{row['task_id']} {row['unit_id']}",
            f"Nhiệm vụ {row['task_id']}, {names.unit(row['unit_id'])}",
            said,
        )
    for frame, key, what, words in (
        (results.products, "product_id", "product", plan.products),
        (results.measures, "measure_id", "measure", plan.measures),
        (results.duties, "duty_id", "duty", plan.duties),
    ):
        texts = dict(words.select(key, "text").iter_rows())
        for row in frame.to_dicts():
            said = (
                f"thấy {row['found']}/{row['owed']}" if what == "product"
                else f"{row['answered']}/{row['asked']} đơn vị có căn cứ" if what == "measure"
                else code_label("duty_state", row["state"])
            )  # fmt: skip
            yield what, row[key], f"{row[key]}. {shorten(texts[row[key]], _LONGEST, placeholder=' …')}", said
    for row in results.reporting.to_dicts():
        over = plan.period(row["period"]).is_over(results.inputs.as_of)
        said = reporting_label(row["state"], over=over)
        yield "reporting", f"{row['period']} {row['unit_id']}", f"{row['period']}, {names.unit(row['unit_id'])}", said


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
