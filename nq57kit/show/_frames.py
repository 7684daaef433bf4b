"""What tables, charts and sentences ask of results alike: labels, names and orders.

In: `Results`. Out: labels by code, from the plan's tables and the contract's lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nq57kit.plan import label_period
from nq57kit.submissions.contract import TABLES, load_codes
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from nq57kit.indicators.model import Results

__all__ = [
    "COMPARATORS",
    "MINISTRY",
    "Names",
    "any_accepted",
    "code_labels",
    "last_period",
    "names_of",
    "period_label",
    "ratio_indicators",
    "records",
    "reporting_label",
    "sheet_label",
    "source_of",
]

#: Comparators of the plan's targets as a reader sees them.
COMPARATORS: Final[Mapping[str, str]] = {">=": "≥", "=": "=", ">": ">", "<=": "≤", "<": "<"}
#: Label of the rows whose group is null.
MINISTRY: Final = "Toàn Bộ"


@dataclass(frozen=True)
class Names:
    """Labels by code: units (full and short), groups, tasks, indicators."""

    units: Mapping[str, str]
    short: Mapping[str, str]
    groups: Mapping[str, str]
    tasks: Mapping[int, str]
    indicators: Mapping[str, str]

    def unit(self, unit_id: str | None) -> str:
        """Return a unit's name; its id where the register does not know it."""
        return self.units.get(unit_id or "", unit_id or "–")

    def group(self, group: str | None) -> str:
        """Return a group's label; the ministry's for null."""
        return MINISTRY if group is None else self.groups.get(group, group)

    def task(self, task_id: int | None) -> str:
        """Return «4. Truyền thông nâng cao nhận thức …» in full."""
        return "–" if task_id is None else f"{task_id}. {self.tasks.get(task_id, '')}".rstrip(". ")


def names_of(results: Results) -> Names:
    """Return the labels that a report's plan and register give."""
    plan = results.inputs.plan
    units = {**_pairs(plan.units, "unit_id", "name"), **_pairs(results.inputs.units, "unit_id", "name")}
    short = {**_pairs(plan.units, "unit_id", "short_name"), **_pairs(results.inputs.units, "unit_id", "short_name")}
    return Names(
        units=units,
        short={key: value or units[key] for key, value in short.items()},
        groups=_pairs(plan.groups, "group", "label"),
        tasks=_pairs(plan.tasks, "task_id", "name"),
        indicators=_pairs(plan.indicators, "indicator", "label"),
    )


def _pairs(frame: pl.DataFrame, key: str, value: str) -> dict[Any, Any]:
    return dict(zip(frame[key].to_list(), frame[value].to_list(), strict=True))


def records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries."""
    return frame.to_dicts()


def code_labels(list_name: str) -> dict[str, str]:
    """Return code → label of a closed list, in display order."""
    return {code.code: code.label for code in load_codes(list_name).values()}


def sheet_label(table: str) -> str:
    """Return the name of a table's sheet."""
    return TABLES[table].sheet if table in TABLES else "–"


def period_label(period: str) -> str:
    """Return a period as a reader knows it.

    Example:
        >>> period_label("2026-H2")
        '6 tháng cuối năm 2026'
    """
    return label_period(period)


def last_period(results: Results) -> str:
    """Return the half whose reports a report is about: itself, or the second half of a year."""
    return str(results.inputs.period.halves[-1])


def any_accepted(results: Results) -> bool:
    """Return whether any unit has an accepted report in the periods of the report."""
    return results.reporting["revision"].drop_nulls().len() > 0


def ratio_indicators(results: Results) -> list[str]:
    """Return the indicators that are ratios, in the plan's order."""
    frame = results.inputs.plan.indicators
    return [row["indicator"] for row in frame.to_dicts() if row["kind"] == "ratio"]


def reporting_label(state: str, *, over: bool) -> str:
    """Return the label of a reporting state; once the deadline has passed, «chưa gửi» becomes «không gửi».

    Example:
        >>> reporting_label("missing", over=False), reporting_label("missing", over=True)
        ('Chưa gửi', 'Không gửi')
    """
    if state == "missing" and over:
        return "Không gửi"
    return code_labels("reporting_state").get(state, state)


def source_of(results: Results) -> str:
    """Return where a report's figures come from."""
    inputs = results.inputs
    return f"Báo cáo của các đơn vị, {inputs.period.label}, số liệu đến ngày {format_date(inputs.as_of)}."
