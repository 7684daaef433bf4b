"""Charts of what was done: outputs by type and channel, money by task.

In: `Results`. Out: a `Figure`, or a `Note` where there is nothing to draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nq57kit.show._frames import code_labels, names_of, records, source_of
from nq57kit.show.blocks import Block, Figure
from nq57kit.show.charts._bars import bars, missing, spoken, upper_first
from nq57kit.show.tables import budget_table, by_channel_table, by_type_table
from nq57kit.show.theme import draw, wrap
from nq57kit.text import format_number

if TYPE_CHECKING:
    import polars as pl

    from nq57kit.indicators.model import Results
    from nq57kit.show.blocks import Table

__all__ = ["budget_chart", "channel_chart", "outputs_chart"]

_MILLION: Final = 1_000_000


def outputs_chart(results: Results) -> Block:
    """Return the quantity of outputs by type of activity, with the period before where there is one."""
    return _outputs(results, results.by_type, by_type_table(results), "theo loại")


def channel_chart(results: Results) -> Block:
    """Return the quantity of outputs by channel, with the period before where there is one."""
    return _outputs(results, results.by_channel, by_channel_table(results), "theo kênh truyền thông")


def _outputs(results: Results, frame: pl.DataFrame, table: Table, by: str) -> Block:
    key = frame.columns[0]
    labels = code_labels(key)
    before = results.inputs.period.previous
    columns = {upper_first(results.inputs.period.label): "quantity"}
    if before is not None:
        columns[upper_first(before.label)] = "previous_quantity"
    rows = [
        {
            "label": wrap(labels.get(row[key], row[key] or "–"), 40),
            "kind": kind,
            "value": row[column],
            "text": format_number(row[column]),
        }
        for row in sorted(records(frame), key=lambda row: -(row["quantity"] or 0))
        for kind, column in columns.items()
        if row[column] is not None
    ]
    if not rows:
        return missing(f"về hoạt động truyền thông {by}")
    order = list(dict.fromkeys(row["label"] for row in rows))
    kinds = [kind for kind in columns if any(row["kind"] == kind for row in rows)]
    most = str(rows[0]["label"]).replace("\n", " ")
    return Figure(
        f"Số lượng sản phẩm, hoạt động {by}",
        f"Nhiều nhất: {most} ({rows[0]['text']})."
        + ("" if len(kinds) > 1 else " Không có số liệu kỳ trước để so sánh."),
        f"Biểu đồ thanh {by}. {spoken(rows, 'label')}",
        draw(lambda: bars(rows, "label", order, kinds, title="Số lượng")),
        table,
        source_of(results),
        f"hinh-{key.replace('_', '-')}",
    )


def budget_chart(results: Results) -> Block:
    """Return planned, allocated and disbursed money of each task, in triệu đồng."""
    names = names_of(results)
    kinds = {"Dự toán": "planned_vnd", "Được giao": "allocated_vnd", "Đã giải ngân": "disbursed_vnd"}
    rows = [
        {
            "task": wrap(names.task(row["task_id"]), 64),
            "kind": kind,
            "value": row[column] / _MILLION,
            "text": format_number(row[column] / _MILLION, 1),
        }
        for row in records(results.budget_by_task)
        for kind, column in kinds.items()
        if row[column] is not None
    ]
    if not rows:
        return missing("về kinh phí")
    total = records(results.budget)[0]
    said = ", ".join(
        f"{kind.lower()} {format_number(total[column] / _MILLION, 1)}"
        for kind, column in kinds.items()
        if total[column] is not None
    )
    return Figure(
        "Kinh phí dự toán, được giao và đã giải ngân theo nhiệm vụ",
        f"Tổng số: {said} (triệu đồng).",
        f"Biểu đồ thanh theo nhiệm vụ, đơn vị tính triệu đồng. {spoken(rows, 'task')}",
        draw(
            lambda: bars(
                rows, "task", list(dict.fromkeys(row["task"] for row in rows)), list(kinds), title="Triệu đồng"
            )
        ),
        budget_table(results),
        source_of(results),
        "hinh-kinh-phi",
    )
