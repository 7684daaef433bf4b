"""`nq57kit template` and `nq57kit check`: forms out, and what is wrong in those that came back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nq57kit.cli.console import print_json, print_line, print_table
from nq57kit.cli.options import format_option, out_option, plan_option, read_plan, resolve_out
from nq57kit.cli.vietnamese import Command
from nq57kit.errors import ParameterError
from nq57kit.text import format_number

if TYPE_CHECKING:
    from nq57kit.submissions import Finding, Submission

__all__ = ["check", "print_findings", "template"]

REFUSED: Final = 1
SEVERITIES: Final = {"error": "Lỗi", "warning": "Cảnh báo", "note": "Ghi chú"}


@click.command(cls=Command, short_help="Lập biểu mẫu cho từng đơn vị.")
@click.argument("period", metavar="KỲ")
@out_option
@click.option("--unit", metavar="ĐƠN_VỊ", help="Chỉ lập biểu mẫu của một đơn vị (mã hoặc tên).")
@plan_option
def template(period: str, out: Path | None, unit: str | None, plan_folder: Path | None) -> None:
    """Lập biểu mẫu (.xlsx) của một KỲ cho từng đơn vị, đã điền sẵn nhiệm vụ chủ trì.

    Ví dụ: nq57kit template 2026-H2 --out bieu-mau
    """
    from nq57kit.submissions import write_template

    plan = read_plan(plan_folder)
    unit_id = None
    if unit is not None:
        unit_id = plan.find_unit(unit).unit_id
        if unit_id is None:
            raise ParameterError(f"Không có đơn vị «{unit}» trong danh mục; xem «nq57kit plan units».")
    folder = resolve_out(out)
    paths = write_template(plan.period(period), folder, plan=plan, unit_id=unit_id)
    print_line(f"Đã ghi {format_number(len(paths))} biểu mẫu kỳ {period} vào {folder}")


@click.command(cls=Command, short_help="Kiểm tra biểu mẫu gửi về.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="TỆP…")
@click.option("--period", metavar="KỲ", help="Kỳ phải là kỳ này.")
@click.option("--unit", metavar="ĐƠN_VỊ", help="Đơn vị phải là đơn vị này.")
@plan_option
@format_option
def check(paths: tuple[Path, ...], period: str | None, unit: str | None, plan_folder: Path | None, form: str) -> int:
    """Kiểm tra biểu mẫu đơn vị gửi về; không ghi gì vào kho.

    TỆP là .xlsx, .ods, thư mục CSV của một báo cáo, hoặc thư mục chứa nhiều tệp. Thoát với mã 0 khi không có lỗi, 1 khi
    có tệp phải trả lại.
    """
    from nq57kit.store import find_submissions
    from nq57kit.submissions import check as check_one
    from nq57kit.submissions import check_many

    plan = read_plan(plan_folder)
    unit_id = plan.find_unit(unit).unit_id if unit else None
    if unit and unit_id is None:
        raise ParameterError(f"Không có đơn vị «{unit}» trong danh mục; xem «nq57kit plan units».")
    files = find_submissions(paths)
    if period or unit_id:
        wanted = str(plan.period(period)) if period else None
        submissions = [check_one(path, plan=plan, period=wanted, unit_id=unit_id) for path in files]
    else:
        submissions = check_many(files, plan=plan)
    if form == "json":
        documents = [submission.as_json() for submission in submissions]
        print_json(documents[0] if len(paths) == 1 and len(documents) == 1 else documents)
    else:
        for submission in submissions:
            _print_submission(submission)
        if len(submissions) > 1:
            good = sum(submission.ok for submission in submissions)
            print_line(f"{good}/{len(submissions)} tệp đạt.")
    return 0 if all(submission.ok for submission in submissions) else REFUSED


def _print_submission(submission: Submission) -> None:
    verdict = "ĐẠT" if submission.ok else "PHẢI SỬA"
    print_line(f"{submission.file}: {verdict} (đơn vị: {submission.unit_id or '?'}, kỳ: {submission.period or '?'})")
    print_findings(submission.findings)


def print_findings(findings: tuple[Finding, ...]) -> None:
    """Print findings as a table: the worst first, each with its place and what to do."""
    order = list(SEVERITIES)
    rows = [
        [SEVERITIES[item.severity], item.sheet or "", item.cell or "", item.value or "", item.message, item.code]
        for item in sorted(findings, key=lambda item: order.index(item.severity))
    ]
    if rows:
        print_table(["Mức", "Trang tính", "Ô", "Giá trị", "Nội dung", "Mã"], rows)
