"""What all parts of a scorecard ask of a unit's figures: is there a report, from which half, where figures come from.

In: `UnitResults`. Out: flags, rows, labels, parts of sentences.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.show.blocks import Block, Figure, Note, Table
from nq57kit.show.labels import names_of
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.indicators.unit import UnitResults

__all__ = ["PLAN_SOURCE", "has_report", "measure_label", "measure_of", "no_report", "of_unit", "said_in", "source",
           "state_of"]  # fmt: skip

#: Where tasks and duties come from.
PLAN_SOURCE: Final = "Kế hoạch truyền thông, mục IV và Phụ lục."
#: Labels of the measures that are no indicator of the plan.
_MEASURES: Final[Mapping[str, str]] = {
    "activities": "Hoạt động truyền thông",
    "quantity": "Tổng số lượng sản phẩm, cuộc",
    "reach": "Lượt người tiếp cận đo được",
    "disbursed": "Tỷ lệ giải ngân trên số được giao",
}


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
    """Return the latest half from which rows of a table of the form come, in words; None without any."""
    frame = card.own.inputs.tables.get(table)
    latest = None if frame is None else frame.select(pl.col("period").max()).collect().item()
    return None if latest is None else str(card.own.inputs.plan.period(latest).label)


def source(card: UnitResults) -> str:
    """Return where the unit's own figures come from."""
    inputs = card.own.inputs
    return f"Báo cáo của đơn vị, {inputs.period.label}, số liệu đến ngày {format_date(inputs.as_of)}."


def of_unit(card: UnitResults, block: Block) -> Block:
    """Return a table or figure drawn from the unit's own results with the unit as its source."""
    return replace(block, source=source(card)) if isinstance(block, (Figure, Table)) else block
