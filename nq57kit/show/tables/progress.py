"""Who reported, and how far the tasks are.

In: `Results`. Out: `Table`s of raw values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import code_labels, last_period, names_of, records, reporting_label, source_of
from nq57kit.show.blocks import Column, Table
from nq57kit.show.tables._cells import notes_of, number, percent, rows_of, sum_known
from nq57kit.text import sort_key

if TYPE_CHECKING:
    from nq57kit.indicators.model import Results

__all__ = [
    "TASK_UNITS",
    "completeness_table",
    "completion_table",
    "reporting_table",
    "task_summary_table",
    "task_units_table",
]

#: The id of the tables that give each task and leading unit its status.
TASK_UNITS: Final = "nhiem-vu-don-vi"


def completeness_table(results: Results) -> Table:
    """Return units that must report, reported and reported on time, by group, for the reporting period."""
    names, period = names_of(results), last_period(results)
    on_time = {row["group"]: row for row in records(results.timeliness) if row["period"] == period}
    items = []
    for row in sorted(
        (row for row in records(results.completeness) if row["period"] == period), key=lambda row: row["group"] is None
    ):
        timely = on_time.get(row["group"], {})
        items.append(
            {
                "group": names.group(row["group"]),
                "expected": row["denominator"],
                "reported": row["numerator"],
                "complete": row["value"],
                "on_time": timely.get("numerator"),
                "timely": timely.get("value"),
            }
        )
    columns = (
        Column("group", "Nhóm đơn vị"),
        number("expected", "Phải báo cáo", "đơn vị"),
        number("reported", "Đã báo cáo", "đơn vị"),
        percent("complete", "Tỷ lệ gửi"),
        number("on_time", "Đúng hạn", "đơn vị"),
        percent("timely", "Tỷ lệ đúng hạn"),
    )
    rows = rows_of(items, columns)
    several = any(len(groups) > 1 for groups in results.inputs.units["groups"].to_list())
    note = "Một đơn vị có thể thuộc nhiều nhóm nên số của các nhóm không cộng thành số toàn Bộ." if several else ""
    return Table(
        f"Tình hình gửi báo cáo theo nhóm đơn vị, {results.inputs.period.halves[-1].label}",
        columns,
        rows,
        notes_of(rows, note),
        source_of(results),
        total=bool(rows),
        id="tinh-hinh-gui",
    )


def reporting_table(results: Results) -> Table:
    """Return one line per unit and period: state, time of sending, revision."""
    inputs, names = results.inputs, names_of(results)
    over = {str(half): half.is_over(inputs.as_of) and not half.is_first for half in inputs.period.halves}
    groups = list(names.groups)
    items = [
        {
            **row,
            "group": names.group(row["group"]),
            "state": reporting_label(row["state"], over=over.get(row["period"], False)),
        }
        for row in sorted(
            records(results.reporting),
            key=lambda row: (
                groups.index(row["group"]) if row["group"] in groups else len(groups),
                sort_key(row["name"]),
                row["period"],
            ),
        )
    ]
    columns = (
        Column("group", "Nhóm"),
        Column("name", "Đơn vị"),
        *([Column("period", "Kỳ")] if len(over) > 1 else []),
        Column("state", "Tình trạng"),
        Column("sent_at", "Thời điểm gửi", "date"),
        number("revision", "Lần gửi"),
    )
    rows = rows_of(items, columns)
    return Table(
        "Báo cáo của từng đơn vị",
        columns,
        rows,
        notes_of(rows),
        source_of(results),
        folded=True,
        id="don-vi-gui",
        headings=tuple(item["group"] for item in items),
    )


def task_summary_table(results: Results) -> Table:
    """Return the ten tasks × statuses that occur, as counts of leading units, with a total."""
    names = names_of(results)
    counts = {(row["task_id"], row["status"]): row["units"] for row in records(results.task_summary)}
    labels = {code: label for code, label in code_labels("report_status").items() if any(k[1] == code for k in counts)}
    items: list[dict[str, Any]] = []
    for task_id in results.inputs.plan.tasks["task_id"].to_list():
        own = {status: counts.get((task_id, status), 0) for status in labels}
        items.append({"task": names.task(task_id), **own, "all": sum(own.values())})
    items.append({"task": "Tổng số", **{name: sum_known(items, name) for name in (*labels, "all")}})
    columns = (
        Column("task", "Nhiệm vụ"),
        *(number(code, label) for code, label in labels.items()),
        number("all", "Đơn vị chủ trì"),
    )
    note = "Một đơn vị chủ trì nhiều nhiệm vụ được tính ở từng nhiệm vụ."
    return Table(
        "Tình trạng thực hiện nhiệm vụ theo số đơn vị chủ trì",
        columns,
        rows_of(items, columns),
        (note,),
        source_of(results),
        total=True,
        id="nhiem-vu",
    )


def task_units_table(results: Results) -> Table:
    """Return each task and leading unit with its status, due day and explanation."""
    names, labels = names_of(results), code_labels("report_status")
    items = [
        {
            **row,
            "unit": names.unit(row["unit_id"]),
            "status": labels.get(row["status"], row["status"]),
            "percent": None if row["percent_complete"] is None else row["percent_complete"] / 100,
        }
        for row in sorted(
            records(results.task_status), key=lambda row: (row["task_id"], sort_key(names.unit(row["unit_id"])))
        )
    ]
    columns = (
        number("task_id", "TT"),
        Column("unit", "Đơn vị chủ trì"),
        Column("status", "Tình trạng"),
        percent("percent", "Hoàn thành"),
        Column("due_on", "Đến hạn", "date"),
        Column("completed_on", "Ngày hoàn thành", "date"),
        Column("products_delivered", "Sản phẩm"),
        Column("explanation", "Giải trình"),
        Column("next_steps", "Việc tiếp theo"),
    )
    rows = rows_of(items, columns)
    return Table(
        "Từng nhiệm vụ theo đơn vị chủ trì",
        columns,
        rows,
        notes_of(rows),
        source_of(results),
        folded=True,
        id=TASK_UNITS,
        headings=tuple(names.task(item["task_id"]) for item in items),
    )


def completion_table(results: Results) -> Table:
    """Return the completion rate on both bases: what has fallen due, and everything."""
    bases = {"due": "Lượt nhiệm vụ đã đến hạn", "all": "Tất cả các lượt nhiệm vụ"}
    items = [{**row, "base": bases.get(row["base"], row["base"])} for row in records(results.completion)]
    columns = (
        Column("base", "Tính trên"),
        number("numerator", "Đã hoàn thành"),
        number("denominator", "Số lượt"),
        percent("value", "Tỷ lệ"),
    )
    rows = rows_of(items, columns)
    note = "Mỗi nhiệm vụ tính riêng cho từng đơn vị chủ trì, mỗi lần như vậy là một lượt."
    return Table("Tỷ lệ hoàn thành nhiệm vụ", columns, rows, notes_of(rows, note), source_of(results))
