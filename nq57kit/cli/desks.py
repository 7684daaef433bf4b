"""`nq57kit init`, `nq57kit sample` and `nq57kit demo`: a working folder, a synthetic year, and both together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nq57kit.cli.console import print_line, show_progress
from nq57kit.cli.options import out_option, plan_option, read_plan, resolve_out
from nq57kit.cli.vietnamese import Command

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["demo", "init", "sample"]

_SEED: Final = 57


@click.command(cls=Command, short_help="Lập thư mục làm việc.")
@click.argument("folder", metavar="THƯ_MỤC", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Lập thư mục làm việc: nq57.toml, kho, bảng kế hoạch, sổ tính, tham số, nơi viết nhận xét."""
    from nq57kit.starters import init_desk

    desk = init_desk(folder)
    print_line(f"Đã lập thư mục làm việc {desk.folder}; đọc DOC-TRUOC.md trong đó để bắt đầu.")


@click.command(cls=Command, short_help="Sinh dữ liệu giả lập: một năm biểu mẫu.")
@out_option
@click.option("--seed", type=int, default=_SEED, show_default=True, metavar="SỐ", help="Số gốc để sinh dữ liệu.")
@plan_option
def sample(*, out: Path | None, seed: int, plan_folder: Path | None) -> None:
    """Sinh một năm DỮ LIỆU GIẢ LẬP (cả hai kỳ 2026) dưới dạng biểu mẫu .xlsx thật, kèm sent.csv."""
    from nq57kit.sample import SAMPLE_NOTICE, make_sample

    folder = resolve_out(out)
    with show_progress("Sinh dữ liệu giả lập", 0) as step:
        paths = make_sample(folder, seed=seed, plan=read_plan(plan_folder), progress=step)
    print_line(f"Đã ghi {len(paths)} tệp vào {folder}. {SAMPLE_NOTICE}.")


@click.command(cls=Command, short_help="Chạy thử toàn bộ bằng một lệnh.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="THƯ_MỤC", help="Thư mục mới để chạy thử."
)
@click.option("--seed", type=int, default=_SEED, show_default=True, metavar="SỐ", help="Số gốc để sinh dữ liệu.")
def demo(out: Path, seed: int) -> None:
    """Chạy thử toàn bộ: thư mục làm việc, dữ liệu giả lập, nhận vào kho, hai báo cáo."""
    from nq57kit.starters import run_demo

    with show_progress("Chạy thử", 5) as step:
        result = run_demo(out, seed=seed, progress=_narrate(step))
    print_line(f"Thư mục làm việc: {result.desk.folder}")
    for path in result.paths:
        print_line(str(path))
    print_line(result.notice)


def _narrate(step: Callable[..., None]) -> Callable[[str], None]:
    def tell(_what: str) -> None:
        step()

    return tell
