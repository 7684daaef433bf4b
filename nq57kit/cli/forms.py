"""`nq57kit template` and `nq57kit check`: forms out, and what is wrong in those that came back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nq57kit.cli.console import complain, print_json, print_line, print_table
from nq57kit.cli.options import (
    format_option,
    legacy_option,
    out_option,
    plan_option,
    read_plan,
    resolve_out,
)
from nq57kit.cli.vietnamese import Command
from nq57kit.desk import find_desk
from nq57kit.errors import ParameterError
from nq57kit.submissions.findings import SEVERITY_LABELS
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nq57kit.plan import Plan
    from nq57kit.submissions import Finding, Submission

__all__ = ["check", "print_findings", "template"]

REFUSED: Final = 1
_LEGACY: Final = "legacy-font"


@click.command(cls=Command, short_help="Lập biểu mẫu cho từng đơn vị.")
@click.argument("period", metavar="KỲ")
@out_option
@click.option("--unit", metavar="ĐƠN_VỊ", help="Chỉ lập biểu mẫu của một đơn vị (mã hoặc tên).")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="THƯ_MỤC",
    help="Điền sẵn theo báo cáo trước của đơn vị trong kho này (mặc định: kho của thư mục làm việc, nếu có).",
)
@click.option("--blank", is_flag=True, help="Không điền sẵn theo kho; chỉ ghi các nhiệm vụ đơn vị chủ trì.")
@plan_option
def template(
    period: str, out: Path | None, unit: str | None, store: Path | None, *, blank: bool, plan_folder: Path | None
) -> None:
    """Lập biểu mẫu (.xlsx) của một KỲ cho từng đơn vị, đã điền sẵn nhiệm vụ chủ trì.

    Ở nơi có kho, biểu mẫu của đơn vị đã có báo cáo được nhận ở kỳ trước được điền sẵn các nhiệm vụ KHCN còn thực hiện; số
    liệu kỳ trước nằm trong ghi chú ở ô và trang «Kỳ trước», không được tính là số liệu của kỳ này.

    Ví dụ: nq57kit template 2026-H2 --out bieu-mau
    """
    from nq57kit.submissions import read_earlier, write_template

    plan = read_plan(plan_folder)
    unit_id = None
    if unit is not None:
        unit_id = plan.find_unit(unit).unit_id
        if unit_id is None:
            raise ParameterError(f"Không có đơn vị «{unit}» trong danh mục; xem «nq57kit plan units».")
    if blank and store:
        raise ParameterError("--blank là biểu mẫu trống, --store là điền sẵn theo kho; chỉ ghi một trong hai.")
    folder, source = resolve_out(out), None if blank else _store_folder(store)
    half = plan.period(period)
    earlier = {}
    if source is not None:
        from nq57kit.store import Store

        earlier = read_earlier(Store(source, plan=plan).snapshot(), half, plan)
    paths = write_template(half, folder, plan=plan, unit_id=unit_id, earlier=earlier)
    print_line(f"Đã ghi {format_number(len(paths))} biểu mẫu kỳ {half} vào {folder}")
    if earlier:
        filled = sum(path.stem.removeprefix(f"NQ57_{half}_") in earlier for path in paths)
        print_line(
            f"  {format_number(filled)} biểu mẫu điền sẵn theo báo cáo trước trong kho «{source}» (để trống: --blank)."
        )
        if filled < len(paths):
            print_line(f"  {format_number(len(paths) - filled)} biểu mẫu của đơn vị chưa có báo cáo trước, để trống.")


def _store_folder(option: Path | None) -> Path | None:
    """The store of the option, else of the desk; None where there is none."""
    desk = find_desk()
    return option or (desk.store if desk and desk.store.is_dir() else None)


@click.command(cls=Command, short_help="Kiểm tra biểu mẫu gửi về.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="TỆP…")
@click.option("--period", metavar="KỲ", help="Kỳ phải là kỳ này.")
@click.option("--unit", metavar="ĐƠN_VỊ", help="Đơn vị phải là đơn vị này.")
@click.option(
    "--return",
    "return_folder",
    type=click.Path(path_type=Path),
    metavar="THƯ_MỤC",
    help="Ghi vào đây, cho mỗi tệp có nội dung cần xem, biểu mẫu trả lại đơn vị: ô tô màu, có ghi chú và danh sách.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="THƯ_MỤC",
    help="So với kỳ trước của đơn vị trong kho này (mặc định: kho của thư mục làm việc, nếu có).",
)
@legacy_option
@plan_option
@format_option
def check(
    paths: tuple[Path, ...],
    *,
    period: str | None,
    unit: str | None,
    return_folder: Path | None,
    store: Path | None,
    convert_legacy_fonts: bool,
    plan_folder: Path | None,
    form: str,
) -> int:
    """Kiểm tra biểu mẫu đơn vị gửi về; không ghi gì vào kho.

    TỆP là .xlsx, .ods, thư mục CSV của một báo cáo, hoặc thư mục chứa nhiều tệp. Thoát với mã 0 khi không có lỗi, 1 khi
    có tệp phải trả lại.

    Ví dụ: nq57kit check nhan-ve --return tra-lai
    """
    from nq57kit.store import find_submissions
    from nq57kit.submissions import check_many

    files = find_submissions(paths)
    if return_folder is not None:
        _refuse_folder(return_folder, files)
    plan = read_plan(plan_folder)
    unit_id = plan.find_unit(unit).unit_id if unit else None
    if unit and unit_id is None:
        raise ParameterError(f"Không có đơn vị «{unit}» trong danh mục; xem «nq57kit plan units».")
    submissions = check_many(
        files,
        plan=plan,
        period=str(plan.period(period)) if period else None,
        unit_id=unit_id,
        convert_legacy_fonts=convert_legacy_fonts,
    )
    submissions = _compare(submissions, files, store, plan)
    if form == "json":
        documents = [submission.as_json() for submission in submissions]
        print_json(documents[0] if len(paths) == 1 and len(documents) == 1 else documents)
    else:
        for submission in submissions:
            _print_submission(submission)
        if len(submissions) > 1:
            good = sum(submission.ok for submission in submissions)
            print_line(f"{good}/{len(submissions)} tệp đạt.")
    if return_folder is not None:
        _return(submissions, return_folder, plan, say=print_line if form == "text" else complain)
    return 0 if all(submission.ok for submission in submissions) else REFUSED


def _compare(
    submissions: Sequence[Submission], files: Sequence[Path], option: Path | None, plan: Plan
) -> list[Submission]:
    """Add the warnings against each unit's earlier half, where there is a store to compare with."""
    from nq57kit.store import Store, warn_against_store

    folder = _store_folder(option)
    if folder is None:
        return list(submissions)
    more = warn_against_store(list(zip(submissions, files, strict=True)), Store(folder, plan=plan), plan)
    return [replace(one, findings=(*one.findings, *found)) for one, found in zip(submissions, more, strict=True)]


def _refuse_folder(folder: Path, files: Sequence[Path]) -> None:
    """Refuse a folder whose files are being checked: what goes back must not be taken for what came in."""
    for path in files:
        if folder.resolve() in (path.resolve(), path.resolve().parent):
            raise ParameterError(
                f"Thư mục của --return đang chứa tệp được kiểm tra («{path.name}»); chọn một thư mục khác."
            )


def _return(submissions: Sequence[Submission], folder: Path, plan: Plan, *, say: Callable[[str], None]) -> None:
    """Write the files that go back to the units, and say which."""
    from nq57kit.submissions import write_returned

    taken: list[str] = []
    for submission in submissions:
        if submission.is_secret:
            say(f"{submission.file}: có nội dung bí mật nhà nước nên không lập tệp trả lại.")
        elif path := write_returned(submission, folder, plan=plan, taken=taken):
            taken.append(path.name)
    say(f"Đã ghi {format_number(len(taken))} tệp trả lại vào {folder}")
    for name in taken:
        say(f"  {name}")


def _print_submission(submission: Submission) -> None:
    from nq57kit.submissions.reading import reconcile

    verdict = "ĐẠT" if submission.ok else "PHẢI SỬA"
    print_line(f"{submission.file}: {verdict} (đơn vị: {submission.unit_id or '?'}, kỳ: {submission.period or '?'})")
    counts = reconcile(submission)
    if counts:
        print_table(
            ["Trang tính", "Đã đọc", "= Nhận", "+ Phải sửa", "+ Bỏ qua", "Lý do bỏ qua"],
            [[one.label, one.seen, one.accepted, one.refused, one.skipped, one.reasons] for one in counts],
            right=[1, 2, 3, 4],
        )
    print_findings(submission.findings)
    if any(finding.code == _LEGACY for finding in submission.findings):
        print_line("Thêm --convert-legacy-fonts để chuyển chữ theo phông cũ sang Unicode khi đọc, có liệt kê từng ô.")


def print_findings(findings: tuple[Finding, ...]) -> None:
    """Print findings as a table: the worst first, each with its place and what to do."""
    order = list(SEVERITY_LABELS)
    rows = [
        [SEVERITY_LABELS[item.severity], item.sheet or "", item.cell or "", item.value or "", item.message, item.code]
        for item in sorted(findings, key=lambda item: order.index(item.severity))
    ]
    if rows:
        print_table(["Mức", "Trang tính", "Ô", "Giá trị", "Nội dung", "Mã"], rows)
