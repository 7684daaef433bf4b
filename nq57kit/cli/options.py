"""Options that several commands share, and where their defaults come from (the desk's nq57.toml)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nq57kit.desk import find_desk
from nq57kit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from nq57kit.desk import Desk
    from nq57kit.plan import Plan

__all__ = [
    "format_option",
    "legacy_option",
    "out_option",
    "plan_option",
    "read_plan",
    "read_unit_id",
    "resolve_out",
    "resolve_store",
    "store_option",
]

_FOLDER = click.Path(path_type=Path)


def store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--store DIR`."""
    return click.option("--store", type=_FOLDER, metavar="THƯ_MỤC", help="Kho dữ liệu (mặc định: theo nq57.toml).")(
        function
    )


def out_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--out DIR`."""
    return click.option("--out", type=_FOLDER, metavar="THƯ_MỤC", help="Nơi ghi kết quả (mặc định: theo nq57.toml).")(
        function
    )


def plan_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--plan DIR`."""
    return click.option(
        "--plan",
        "plan_folder",
        type=_FOLDER,
        metavar="THƯ_MỤC",
        help="Thư mục bảng kế hoạch của riêng mình (mặc định: theo nq57.toml, nếu không thì bảng đi kèm).",
    )(function)


def format_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--format text|json`."""
    return click.option(
        "--format", "form", type=click.Choice(["text", "json"]), default="text", help="In bảng chữ hay JSON."
    )(function)


def legacy_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--convert-legacy-fonts`."""
    return click.option(
        "--convert-legacy-fonts",
        is_flag=True,
        help="Đọc chữ theo phông cũ (TCVN3, VNI) thành Unicode, liệt kê từng ô đã chuyển; nếu không thì báo lỗi.",
    )(function)


def read_plan(folder: Path | None) -> Plan:
    """The plan of the option, else of the desk, else the packaged one."""
    from nq57kit.plan import load_plan

    desk = find_desk()
    return load_plan(folder or (desk.plan if desk else None))


def read_unit_id(plan: Plan, text: str, on: date | None = None) -> str:
    """The id of the unit that a text names on a day; ParameterError, with near names, where it names none or several."""
    match = plan.find_unit(text, on)
    if match.unit_id is not None:
        return match.unit_id
    if match.ambiguous:
        raise ParameterError(f"«{text}» có thể là: {', '.join(match.ambiguous)}; ghi rõ mã hoặc tên đầy đủ.")
    near = f"; có phải: {', '.join(match.suggestions)}?" if match.suggestions else "; xem «nq57kit plan units»."
    raise ParameterError(f"Không có đơn vị «{text}» trong danh mục{near}")


def resolve_store(option: Path | None) -> Path:
    """The store of the option, else of the desk; ParameterError without either."""
    return option or _from_desk(find_desk(), "store", "--store")


def resolve_out(option: Path | None) -> Path:
    """The output folder of the option, else of the desk; ParameterError without either."""
    return option or _from_desk(find_desk(), "outputs", "--out")


def _from_desk(desk: Desk | None, name: str, option: str) -> Path:
    if desk is None:
        raise ParameterError(
            f"Chưa biết thư mục: viết thêm {option} THƯ_MỤC, hoặc chạy lệnh trong thư mục làm việc tạo bằng «nq57kit init»."
        )
    path: Path = getattr(desk, name)
    return path
