"""`nq57kit lock` and `nq57kit store …`: closing a half-year, proving every byte, correcting when a report was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from nq57kit.cli.console import print_json, print_line, print_table
from nq57kit.cli.options import format_option, plan_option, read_plan, read_unit_id, resolve_store, store_option
from nq57kit.cli.vietnamese import Command, Group
from nq57kit.text import format_number, format_time

__all__ = ["lock", "store"]

#: Exit code of a store that is not as it was taken in.
DAMAGED: Final = 1
_FLAWS: Final = {"changed": "bị đổi", "missing": "thiếu", "foreign": "lạ", "unused": "chưa dùng"}


@click.command(cls=Command, short_help="Khóa số liệu của một kỳ.")
@click.argument("period", metavar="KỲ")
@click.option("--unlock", is_flag=True, help="Mở khóa kỳ này; phải kèm --reason.")
@click.option(
    "--reason", default="", metavar="LÝ_DO", help="Lý do, lưu trong lịch sử khóa của kho (không vào báo cáo)."
)
@store_option
@plan_option
def lock(*, period: str, unlock: bool, reason: str, store: Path | None, plan_folder: Path | None) -> None:
    """Khóa số liệu của một KỲ (và các kỳ trước đó trong năm): ghi mã băm của mọi tệp đã nhận.

    Báo cáo của kỳ đã khóa và hết hạn là «chính thức», trước đó là «tạm tính». Bản gửi sau khi khóa vẫn được nhận và lưu,
    nhưng không vào báo cáo cho đến khi mở khóa. Ví dụ: nq57kit lock 2026-H2
    """
    from nq57kit.store import Store, lock_period, unlock_period

    plan = read_plan(plan_folder)
    wanted = plan.period(period)
    folder = Store(resolve_store(store), plan=plan)
    if unlock:
        unlock_period(folder, wanted, reason=reason)
        print_line(f"Đã mở khóa {wanted.label}; báo cáo của kỳ này trở lại «tạm tính».")
        return
    for one in lock_period(folder, wanted, reason=reason):
        half = plan.period(one.period)
        print_line(
            f"Đã khóa {half.label} lúc {format_time(one.locked_at.astimezone(plan.settings.zone))}: {format_number(len(one.accepted))} báo cáo, "
            f"mã băm của danh mục {one.manifest_sha256}."
        )


@click.group(cls=Group, subcommand_metavar="VIỆC …", short_help="Kiểm tra kho, sửa thời điểm gửi.")
def store() -> None:
    """Kho dữ liệu: «check» kiểm tra từng byte theo mã băm; «sent-at» sửa thời điểm gửi của một báo cáo."""


@store.command("check")
@store_option
@format_option
def check(store: Path | None, form: str) -> int:
    """Kiểm tra mọi tệp của kho theo mã băm ghi lúc tiếp nhận và lúc khóa: tệp bị đổi, thiếu, lạ.

    Chỉ đọc, không sửa gì. Thoát với mã 0 khi nguyên vẹn, 1 khi có tệp bị đổi, thiếu hoặc lạ.
    """
    from nq57kit.store import prove_store

    found = prove_store(resolve_store(store))
    if form == "json":
        print_json(found.as_dict())
        return 0 if found.ok else DAMAGED
    print_line(
        f"Đã kiểm tra {format_number(found.submissions)} báo cáo được chấp nhận, {format_number(found.corrections)} lần sửa "
        f"thời điểm gửi, {format_number(found.refusals)} báo cáo bị trả lại, {format_number(found.raw_files)} tệp gốc, {format_number(found.locks)} khóa kỳ."
    )
    if found.flaws:
        print_table(
            ["Tệp", "Tình trạng", "Nội dung"], [[flaw.path, _FLAWS[flaw.kind], flaw.message] for flaw in found.flaws]
        )
    print_line("Kho nguyên vẹn." if found.ok else "Kho KHÔNG nguyên vẹn.")
    return 0 if found.ok else DAMAGED


@store.command("sent-at")
@click.argument("unit", metavar="ĐƠN_VỊ")
@click.argument("period", metavar="KỲ")
@click.argument("moment", metavar="THỜI_ĐIỂM")
@click.option(
    "--reason", default="", metavar="LÝ_DO", help="Lý do sửa, bắt buộc; lưu cạnh báo cáo (không vào báo cáo)."
)
@click.option("--by", default=None, metavar="VAI_TRÒ", help="Vai trò của người sửa (mặc định: người quản lý kho).")
@click.option("--revision", type=click.IntRange(1), metavar="LẦN", help="Lần gửi cần sửa, khi đơn vị gửi nhiều lần.")
@store_option
@plan_option
def sent_at(
    *,
    unit: str,
    period: str,
    moment: str,
    reason: str,
    by: str | None,
    revision: int | None,
    store: Path | None,
    plan_folder: Path | None,
) -> None:
    """Sửa thời điểm gửi của một báo cáo đã nhận; số liệu không đổi, đúng hạn hay muộn tính lại.

    Giấy tiếp nhận giữ nguyên: thời điểm đúng, lý do, vai trò người sửa và lúc sửa ghi thành một tệp nhỏ bên cạnh, mọi lần
    sửa đều còn. Ví dụ: nq57kit store sent-at vu-tccb 2026-H2 «18/12/2026 16:30» --reason «Quên sent.csv, theo sổ công văn»
    """
    from nq57kit.store import Store, correct_sent_at, parse_sent_at
    from nq57kit.store.closing import KEEPER

    plan = read_plan(plan_folder)
    half, zone = plan.period(period), plan.settings.zone
    unit_id = read_unit_id(plan, unit, half.last_day)
    receipt = correct_sent_at(
        Store(resolve_store(store), plan=plan),
        unit_id,
        half,
        parse_sent_at(moment, zone),
        reason=reason,
        by=by or KEEPER,
        revision=revision,
    )
    was = format_time(receipt.corrections[-1].was.astimezone(zone))
    now = format_time(receipt.sent_at.astimezone(zone))
    print_line(f"{plan.unit(unit_id).short_name}, {half.label}: thời điểm gửi {now} (trước khi sửa: {was}).")
    if len(receipt.corrections) > 1:
        print_line(f"Đã sửa {len(receipt.corrections)} lần; mọi lần sửa còn trong kho.")
