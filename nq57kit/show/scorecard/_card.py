"""What the parts of a scorecard share: labels of measures, whether there is a report, where figures come from.

In: `UnitResults`. Out: labels, flags, parts of sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.show._frames import names_of, records
from nq57kit.show.blocks import Note
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nq57kit.indicators.unit import UnitResults

__all__ = [
    "PLACES",
    "company",
    "has_report",
    "list_tasks",
    "measure_label",
    "measure_of",
    "no_report",
    "plan_source",
    "said_in",
    "source",
    "state_of",
]

#: Labels of the measures that are no indicator of the plan.
_MEASURES: Final[Mapping[str, str]] = {
    "activities": "Hoạt động truyền thông",
    "quantity": "Tổng số lượng sản phẩm, cuộc",
    "reach": "Lượt người tiếp cận đo được",
    "disbursed": "Tỷ lệ giải ngân trên số được giao",
}
#: Where a value stands beside the middle half of the group.
PLACES: Final[Mapping[str, str]] = {
    "below": "Dưới",
    "within": "Trong",
    "above": "Trên",
}


def measure_label(card: UnitResults, measure: str) -> str:
    """Return the label of a measure: the plan's for its indicators."""
    return _MEASURES.get(measure) or names_of(card.own).indicators.get(measure, measure)


def measure_of(card: UnitResults, name: str) -> dict[str, Any]:
    """Return the row of a measure."""
    return next(row for row in records(card.measures) if row["measure"] == name)


def state_of(card: UnitResults) -> dict[str, Any]:
    """Return the row of `Results.reporting` of the period's last half."""
    return records(card.own.reporting)[-1]


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


def company(card: UnitResults) -> str:
    """Return the group that a unit is set beside, in words: «nhóm Các Vụ (5 đơn vị)»."""
    count = format_number(card.group_units)
    if card.group is None:
        return f"toàn bộ {count} đơn vị phải báo cáo của Bộ"
    return f"nhóm «{names_of(card.own).group(card.group)}» ({count} đơn vị)"


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


def said_in(card: UnitResults, table: str) -> str | None:
    """Return the latest half from which rows of a table of the form come; None without any."""
    frame = card.own.inputs.tables.get(table)
    if frame is None:
        return None
    latest = frame.select(pl.col("period").max()).collect().item()
    return None if latest is None else str(latest)


def source(card: UnitResults) -> str:
    """Return where the unit's own figures come from."""
    inputs = card.own.inputs
    return f"Báo cáo của đơn vị, {inputs.period.label}, số liệu đến ngày {format_date(inputs.as_of)}."


def plan_source() -> str:
    """Return where tasks and duties come from."""
    return "Kế hoạch truyền thông, mục IV và Phụ lục."
