"""`nq57kit init`, `sample`, `demo` and `plan …`: a working folder, a synthetic year, both together; the plan's tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli import console
from nq57kit.text import format_date, format_weekday

if TYPE_CHECKING:
    import polars as pl

_SEED: Final = 57
_TABLES: Final = {
    "tasks": "10 nhiệm vụ của Phụ lục.",
    "measures": "Nhiệm vụ, giải pháp của mục III, theo đối tượng.",
    "duties": "Trách nhiệm tổ chức thực hiện của mục IV.",
    "targets": "Mục tiêu cụ thể của mục II.2, theo năm.",
    "indicators": "Chỉ tiêu theo dõi và cách tính.",
    "units": "Danh mục đơn vị.",
    "groups": "Nhóm đơn vị.",
    "deadlines": "Hạn báo cáo.",
    "events": "Các ngày kỷ niệm hằng năm.",
}


@console.command(short_help="Lập thư mục làm việc.")
@click.argument("folder", metavar="THƯ_MỤC", type=console.PATH)
def init(folder: Path) -> None:
    """Lập thư mục làm việc: nq57.toml, kho, bảng kế hoạch, sổ tính, tham số, nơi viết nhận xét."""
    from nq57kit.starters import init_desk

    desk = init_desk(folder)
    console.print_line(f"Đã lập thư mục làm việc {desk.folder}; đọc DOC-TRUOC.md trong đó để bắt đầu.")


@console.command(short_help="Sinh dữ liệu giả lập: một năm biểu mẫu.")
@console.out_option
@click.option("--seed", type=int, default=_SEED, show_default=True, metavar="SỐ", help="Số gốc để sinh dữ liệu.")
@console.plan_option
def sample(*, out: Path | None, seed: int, plan_folder: Path | None) -> None:
    """Sinh một năm DỮ LIỆU GIẢ LẬP (cả hai kỳ 2026) dưới dạng biểu mẫu .xlsx thật, kèm sent.csv."""
    from nq57kit.sample import SAMPLE_NOTICE, make_sample

    folder = console.resolve_out(out)
    with console.show_progress("Sinh dữ liệu giả lập", 0) as step:
        paths = make_sample(folder, seed=seed, plan=console.read_plan(plan_folder), progress=step)
    console.print_line(f"Đã ghi {len(paths)} tệp vào {folder}. {SAMPLE_NOTICE}.")


@console.command(short_help="Chạy thử toàn bộ bằng một lệnh.")
@click.option("--out", required=True, type=console.PATH, metavar="THƯ_MỤC", help="Thư mục mới để chạy thử.")
@click.option("--seed", type=int, default=_SEED, show_default=True, metavar="SỐ", help="Số gốc để sinh dữ liệu.")
def demo(out: Path, seed: int) -> None:
    """Chạy thử toàn bộ: thư mục làm việc, dữ liệu giả lập, nhận vào kho, hai báo cáo."""
    from nq57kit.starters import run_demo

    with console.show_progress("Chạy thử", 5) as step:
        result = run_demo(out, seed=seed, progress=lambda _what: step())
    console.print_line(f"Thư mục làm việc: {result.desk.folder}")
    for path in result.paths:
        console.print_line(str(path))
    console.print_line(result.notice)


@click.group(cls=console.Group, subcommand_metavar="BẢNG …", short_help="Xem Kế hoạch dưới dạng bảng.")
def plan() -> None:
    """Xem Kế hoạch: nhiệm vụ, giải pháp, trách nhiệm, chỉ tiêu, đơn vị, hạn báo cáo."""


def _print(frame: pl.DataFrame, form: str) -> None:
    if form == "json":
        rows = [{name: _plain(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]
        console.print_json(rows)
    else:
        console.print_table(frame.columns, [[_show(value) for value in row] for row in frame.iter_rows()])


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


def _add_table(name: str, about: str) -> None:
    @plan.command(name, help=about, short_help=about)
    @console.plan_option
    @console.format_option
    def show(plan_folder: Path | None, form: str) -> None:
        _print(getattr(console.read_plan(plan_folder), name), form)


for _name, _about in _TABLES.items():
    _add_table(_name, _about)


@plan.command("settings")
@console.plan_option
def settings(plan_folder: Path | None) -> None:
    """Những điều Kế hoạch để ngỏ và giá trị đang dùng."""
    lines = console.read_plan(plan_folder).settings.lines()
    console.print_table(
        ["Mã", "Thiết lập", "Giá trị", "Căn cứ"], [[line.key, line.label, line.value, line.reason] for line in lines]
    )


@plan.command("calendar")
@console.plan_option
@console.format_option
def calendar(plan_folder: Path | None, form: str) -> None:
    """Các kỳ báo cáo: kỳ số liệu, hạn gửi, ngày làm việc cuối cùng trong hạn, ngày chốt tiếp nhận."""
    rows = console.read_plan(plan_folder).periods
    if form == "json":
        days = ("last_day", "last_working_day", "closes_on")
        console.print_json(
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
    console.print_table(
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
@console.plan_option
@console.format_option
def unit(unit: str, plan_folder: Path | None, form: str) -> None:
    """Đơn vị chủ trì, phối hợp những nhiệm vụ nào, căn cứ vào đâu."""
    current = console.read_plan(plan_folder)
    last = current.periods[-1]
    unit_id = console.read_unit_id(current, unit, last)
    tasks = current.tasks_of(unit_id)
    if form == "text":
        console.print_line(
            " – ".join(filter(None, (current.unit(unit_id).name, current.explain_absence(unit_id, last))))
        )
    _print(tasks, form)
