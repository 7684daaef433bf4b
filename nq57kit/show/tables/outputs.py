"""What was done: outputs, people, money, science tasks communicated.

In: `Results`. Out: `Table`s of raw values.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nq57kit.show._frames import code_labels, names_of, records, source_of
from nq57kit.show.blocks import Column, Table
from nq57kit.show.tables._cells import million, notes_of, number, percent, rows_of, sum_known

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from nq57kit.indicators.model import Results

__all__ = [
    "budget_by_source_table",
    "budget_table",
    "by_channel_table",
    "by_group_table",
    "by_type_table",
    "science_tasks_table",
    "workforce_table",
]


def by_type_table(results: Results) -> Table:
    """Return outputs by type of activity, with a total."""
    return _outputs(results, results.by_type, "activity_type", code_labels("activity_type"), "Loại hoạt động, sản phẩm")


def by_channel_table(results: Results) -> Table:
    """Return outputs by channel, with a total."""
    return _outputs(results, results.by_channel, "channel", code_labels("channel"), "Kênh truyền thông")


def by_group_table(results: Results) -> Table:
    """Return outputs by group of units, with a total."""
    return _outputs(results, results.by_group, "group", names_of(results).groups, "Nhóm đơn vị")


def _outputs(results: Results, frame: pl.DataFrame, key: str, labels: Mapping[Any, str], head: str) -> Table:
    items: list[dict[str, Any]] = [{**row, key: labels.get(row[key], row[key] or "–")} for row in records(frame)]
    sums = ("activities", "quantity", "reach", "reach_reported", "cost_vnd", "previous_quantity")
    if items:
        items.append({key: "Tổng số", **{name: sum_known(items, name) for name in sums}})
    columns = (
        Column(key, head),
        number("activities", "Hoạt động"),
        number("quantity", "Số lượng"),
        *([number("previous_quantity", "Kỳ trước")] if any(i["previous_quantity"] is not None for i in items) else []),
        number("reach", "Tiếp cận", "lượt người"),
        number("reach_reported", "Có đo tiếp cận", "hoạt động"),
        million("cost_vnd", "Kinh phí"),
    )
    rows = rows_of(items, columns)
    note = "Lượt tiếp cận chỉ cộng những hoạt động có đo; một người có thể được tính nhiều lượt."
    return Table(
        f"Kết quả truyền thông theo {head[0].lower()}{head[1:]}",
        columns,
        rows,
        notes_of(rows, note),
        source_of(results),
        total=bool(rows),
        id=f"ket-qua-{key.replace('_', '-')}",
    )


def workforce_table(results: Results) -> Table:
    """Return people reached and trained by group; the ministry's line last."""
    names = names_of(results)
    items = [
        {
            **row,
            "group": names.group(row["group"]),
            "reached": _ratio(row["staff_reached"], row["staff_total"]),
            "trained": _ratio(row["comms_staff_trained"], row["comms_staff_total"]),
        }
        for row in sorted(records(results.workforce), key=lambda row: row["group"] is None)
    ]
    columns = (
        Column("group", "Nhóm đơn vị"),
        number("units", "Có số liệu", "đơn vị"),
        number("staff_total", "Cán bộ, công chức, viên chức", "người"),
        number("staff_reached", "Đã tiếp cận thông tin", "người"),
        percent("reached", "Tỷ lệ tiếp cận"),
        number("comms_staff_total", "Cán bộ truyền thông", "người"),
        number("comms_staff_trained", "Được đào tạo chuyên sâu", "người"),
        percent("trained", "Tỷ lệ đào tạo"),
    )
    rows = rows_of(items, columns)
    return Table(
        "Nhân lực tiếp cận thông tin và được đào tạo",
        columns,
        rows,
        notes_of(rows),
        source_of(results),
        total=bool(rows),
        id="nhan-luc",
    )


def _ratio(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


def budget_table(results: Results) -> Table:
    """Return planned, allocated and disbursed money by task, in triệu đồng, with the total of the period."""
    names = names_of(results)
    items = [{**row, "label": names.task(row["task_id"])} for row in records(results.budget_by_task)]
    return _money(results, items, Table("Kinh phí theo nhiệm vụ", (Column("label", "Nhiệm vụ"),), (), id="kinh-phi"))


def budget_by_source_table(results: Results) -> Table:
    """Return planned, allocated and disbursed money by source of funds, in triệu đồng."""
    labels = code_labels("funding_source")
    items = [
        {**row, "label": labels.get(row["funding_source"], row["funding_source"] or "–")}
        for row in records(results.budget_by_source)
    ]
    head = (Column("label", "Nguồn kinh phí"),)
    return _money(results, items, Table("Kinh phí theo nguồn", head, (), id="kinh-phi-nguon"))


def _money(results: Results, items: list[dict[str, Any]], empty: Table) -> Table:
    """Return the table `empty` with the columns of money and the rows of `items`."""
    if items:
        items = [*items, *({**row, "label": "Tổng số"} for row in records(results.budget))]
    columns = (
        *empty.columns,
        million("planned_vnd", "Dự toán"),
        million("allocated_vnd", "Được giao"),
        million("disbursed_vnd", "Đã giải ngân"),
        percent("rate", "Giải ngân/được giao"),
    )
    rows = rows_of(items, columns)
    return replace(empty, columns=columns, rows=rows, notes=notes_of(rows), source=source_of(results), total=bool(rows))


def science_tasks_table(results: Results) -> Table:
    """Return the science tasks of the year, each code once, with whether it was communicated."""
    names, levels, channels = names_of(results), code_labels("level"), code_labels("channel")
    items = [
        {
            **row,
            "level": levels.get(row["level"], row["level"]),
            "channel": channels.get(row["channel"], row["channel"]),
            "communicated": _yes(row["communicated"])
            + (" (các đơn vị báo cáo khác nhau)" if row["disagreement"] else ""),
            "units": ", ".join(names.short.get(unit, unit) for unit in row["units"] or []),
        }
        for row in records(results.science_tasks)
    ]
    columns = (
        Column("code", "Mã số"),
        Column("name", "Tên nhiệm vụ"),
        Column("level", "Cấp"),
        Column("communicated", "Đã truyền thông"),
        Column("communicated_on", "Ngày đầu tiên", "date"),
        Column("channel", "Kênh"),
        Column("units", "Đơn vị báo cáo"),
    )
    return Table(
        "Nhiệm vụ khoa học, công nghệ sử dụng ngân sách nhà nước trong năm",
        columns,
        rows_of(items, columns),
        ("Không bao gồm nhiệm vụ thuộc bí mật nhà nước.",),
        source_of(results),
        folded=True,
        id="nhiem-vu-khcn",
    )


def _yes(value: bool | None) -> str:
    labels = code_labels("yes_no")
    return "Chưa có báo cáo" if value is None else labels["co" if value else "khong"]
