"""`nq57kit verify` and `nq57kit trace`: is a report what the store gives, and which cells made a figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nq57kit.cli.console import print_json, print_line, print_table
from nq57kit.cli.options import format_option, plan_option, resolve_store, store_option
from nq57kit.cli.vietnamese import Command
from nq57kit.desk import find_desk
from nq57kit.text import format_number

if TYPE_CHECKING:
    import polars as pl

    from nq57kit.reports.verify import Verification

__all__ = ["trace", "verify"]

#: Exit code of a report that does not match.
DIFFERS: Final = 1
_KINDS: Final = {
    "data": "số liệu trong kho",
    "plan": "kế hoạch",
    "parameters": "tham số",
    "notebook": "sổ tính",
    "code": "mã nguồn",
    "versions": "phiên bản",
    "report": "tệp báo cáo",
}
_ROLES: Final = {"numerator": "tử số", "denominator": "mẫu số", "counted": "được tính", "left_out": "không tính"}
_FILE: Final = click.Path(path_type=Path)


@click.command(cls=Command, short_help="Đối chiếu một báo cáo với kho.")
@click.argument("report", metavar="BÁO_CÁO", type=_FILE)
@store_option
@plan_option
@click.option("--commentary", type=_FILE, metavar="TỆP", help="Tệp nhận xét đã dùng khi lập báo cáo.")
@click.option("--register", type=_FILE, metavar="TỆP", help="Danh mục nhiệm vụ KHCN đã dùng khi lập báo cáo.")
@format_option
def verify(
    *,
    report: Path,
    store: Path | None,
    plan_folder: Path | None,
    commentary: Path | None,
    register: Path | None,
    form: str,
) -> int:
    """Lập lại một BÁO_CÁO (.html, .docx, .xlsx, .json) từ nguồn gốc ghi trong tệp và so từng byte.

    Dùng đúng các bản gửi mà báo cáo đã đọc, kể cả khi kho đã có bản mới hơn. In «khớp», hoặc điểm khác và nguyên nhân.
    Thoát với mã 0 khi khớp, 1 khi khác.
    """
    from nq57kit.reports.verify import verify_report

    desk = find_desk()
    found = verify_report(
        report,
        resolve_store(store),
        plan=plan_folder or (desk.plan if desk else None),
        commentary=commentary,
        register=register,
        notebooks=desk.notebooks if desk else None,
    )
    if form == "json":
        print_json(found.as_dict())
    else:
        print_verification(found)
    return 0 if found.ok else DIFFERS


def print_verification(found: Verification) -> None:
    """Print «khớp», or what differs and why; then what is worth knowing."""
    print_line(f"{found.file}: {'KHỚP' if found.ok else 'KHÔNG KHỚP'}")
    for cause in found.causes:
        print_line(f"  Nguyên nhân ({_KINDS[cause.kind]}): {cause.message}")
    for place in found.differences:
        print_line(f"  Khác: {place}")
    for note in found.notes:
        print_line(f"  Lưu ý: {note}")


@click.command(cls=Command, short_help="Truy một số liệu về từng ô của biểu mẫu.")
@click.argument("report", metavar="BÁO_CÁO", type=_FILE)
@click.argument("figure", metavar="SỐ_LIỆU", required=False)
@click.option("--list", "listed", is_flag=True, help="Liệt kê tên các số liệu truy được của báo cáo.")
@store_option
@plan_option
@click.option("--register", type=_FILE, metavar="TỆP", help="Danh mục nhiệm vụ KHCN đã dùng khi lập báo cáo.")
@format_option
def trace(
    *,
    report: Path,
    figure: str | None,
    listed: bool,
    store: Path | None,
    plan_folder: Path | None,
    register: Path | None,
    form: str,
) -> None:
    """Truy một SỐ_LIỆU của BÁO_CÁO về các dòng đã làm ra nó: tệp, trang tính, ô, lần gửi, giá trị; và dòng không tính.

    Ví dụ: nq57kit trace bao-cao/annual-2026.html kpis.staff_reached
    """
    from nq57kit.errors import ParameterError
    from nq57kit.reports.tracer import open_tracer

    tracer = open_tracer(report, store=resolve_store(store), plan=plan_folder, register=register)
    if listed or figure is None:
        if figure is None and not listed:
            raise ParameterError("Thiếu tên số liệu; xem tên các số liệu truy được bằng --list.")
        names = [name for name in tracer.figures if figure is None or name.startswith(figure)]
        if form == "json":
            print_json(names)
        else:
            for name in names:
                print_line(name)
        return
    rows = tracer.trace(figure)
    figures = dict(tracer.find(figure).figures)
    if form == "json":
        print_json({"figure": figure, "figures": figures, "rows": rows.drop("figure").to_dicts()})
    else:
        _print_trace(figure, figures, rows)


def _print_trace(figure: str, figures: dict[str, int | None], rows: pl.DataFrame) -> None:
    told = "; ".join(f"{_ROLES[role]} {format_number(value) or 'không có'}" for role, value in figures.items())
    print_line(f"{figure}: {told}")
    columns = ("role", "amount", "unit_id", "period", "revision", "file", "sheet", "cell", "value", "reason")
    heads = ["Vai trò", "Cộng vào", "Đơn vị", "Kỳ", "Lần", "Tệp", "Trang tính", "Ô", "Giá trị", "Ghi chú"]
    lines = [
        [_ROLES[row["role"]], *(row[name] for name in columns[1:])]
        for row in rows.select(columns).iter_rows(named=True)
    ]
    print_table(heads, lines, right=[1, 4])
    counts = rows.group_by("role", maintain_order=True).len()
    print_line("Tổng số dòng: " + "; ".join(f"{_ROLES[role]} {count}" for role, count in counts.iter_rows()) + ".")
