"""`nq57kit plan …`: the plan's tables, and what a unit must do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli.console import print_json, print_line, print_table
from nq57kit.cli.options import format_option, plan_option, read_plan, read_unit_id
from nq57kit.cli.vietnamese import Group
from nq57kit.text import format_date, format_weekday

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

__all__ = ["plan"]

_TABLES: Final = ("tasks", "measures", "duties", "targets", "indicators", "units", "groups", "deadlines", "events")


@click.group(cls=Group, subcommand_metavar="BẢNG …", short_help="Xem Kế hoạch dưới dạng bảng.")
def plan() -> None:
    """Xem Kế hoạch: nhiệm vụ, giải pháp, trách nhiệm, chỉ tiêu, đơn vị, hạn báo cáo."""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _show(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "có" if value else "không"
    return format_date(value) if isinstance(value, date) else str(value)


def _print(frame: pl.DataFrame, form: str) -> None:
    if form == "json":
        print_json([{name: _plain(value) for name, value in row.items()} for row in frame.to_dicts()])
    else:
        print_table(frame.columns, [[_show(value) for value in row] for row in frame.rows()])


def _add_table(name: str, about: str) -> None:
    @plan.command(name, help=about, short_help=about)
    @plan_option
    @format_option
    def show(plan_folder: Path | None, form: str) -> None:
        _print(getattr(read_plan(plan_folder), name), form)


for _name, _about in zip(
    _TABLES,
    (
        "10 nhiệm vụ của Phụ lục.",
        "Nhiệm vụ, giải pháp của mục III, theo đối tượng.",
        "Trách nhiệm tổ chức thực hiện của mục IV.",
        "Mục tiêu cụ thể của mục II.2, theo năm.",
        "Chỉ tiêu theo dõi và cách tính.",
        "Danh mục đơn vị.",
        "Nhóm đơn vị.",
        "Hạn báo cáo.",
        "Các ngày kỷ niệm hằng năm.",
    ),
    strict=True,
):
    _add_table(_name, _about)


@plan.command("settings")
@plan_option
def settings(plan_folder: Path | None) -> None:
    """Những điều Kế hoạch để ngỏ và giá trị đang dùng."""
    lines = read_plan(plan_folder).settings.lines()
    print_table(
        ["Mã", "Thiết lập", "Giá trị", "Căn cứ"], [[line.key, line.label, line.value, line.reason] for line in lines]
    )


@plan.command("calendar")
@plan_option
@format_option
def calendar(plan_folder: Path | None, form: str) -> None:
    """Các kỳ báo cáo: kỳ số liệu, hạn gửi, ngày làm việc cuối cùng trong hạn, ngày chốt tiếp nhận."""
    rows = read_plan(plan_folder).periods
    if form == "json":
        days = ("last_day", "last_working_day", "closes_on")
        print_json(
            [
                {
                    "period": str(one),
                    "from": one.window.start.isoformat(),
                    "to": one.window.end.isoformat(),
                    "deadline": one.deadline.isoformat(),
                    **{name: getattr(one, name).isoformat() for name in days},
                }
                for one in rows
            ]
        )
        return
    print_table(
        ["Kỳ", "Số liệu từ", "đến", "Hạn gửi", "Ngày làm việc cuối cùng", "Chốt tiếp nhận"],
        [
            [
                str(one),
                format_date(one.window.start),
                format_date(one.window.end),
                one.deadline_text,
                format_weekday(one.last_working_day),
                format_weekday(one.closes_on),
            ]
            for one in rows
        ],
    )


@plan.command("unit")
@click.argument("unit", metavar="ĐƠN_VỊ")
@plan_option
@format_option
def unit(unit: str, plan_folder: Path | None, form: str) -> None:
    """Đơn vị chủ trì, phối hợp những nhiệm vụ nào, căn cứ vào đâu."""
    current = read_plan(plan_folder)
    unit_id = read_unit_id(current, unit)
    tasks = current.tasks_of(unit_id)
    if form == "text":
        print_line(current.unit(unit_id).name)
    _print(tasks, form)
