"""`nq57kit verify`, `trace`, `lock` and `store …`: is a report what the store gives, which cells made a figure, closing a half.

`store check` proves every byte of the store; `store sent-at` corrects when a report was sent.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli import console
from nq57kit.desk import find_desk
from nq57kit.errors import ParameterError
from nq57kit.text import format_number, format_time

if TYPE_CHECKING:
    import polars as pl

    from nq57kit.reports.tracer import Tracer
    from nq57kit.store import Store
    from nq57kit.store.rereading import Reread

#: Exit code of a report that does not match, and of a store that is not as it was taken in.
DIFFERS: Final = 1
_CAUSES: Final = {
    "data": "số liệu trong kho", "lock": "khóa số liệu", "plan": "kế hoạch", "parameters": "tham số",
    "notebook": "sổ ghi", "code": "mã nguồn", "versions": "phiên bản", "report": "tệp báo cáo",
}  # fmt: skip
#: So many values that differ from a raw file are printed.
_SHOWN: Final = 40
_ROLES: Final = {"numerator": "tử số", "denominator": "mẫu số", "counted": "được tính", "left_out": "không tính"}
_FLAWS: Final = {
    "changed": "bị đổi", "missing": "thiếu", "foreign": "lạ", "unused": "chưa dùng", "left_over": "còn sót",
}  # fmt: skip


@console.command(short_help="Đối chiếu một báo cáo với kho.")
@click.argument("report", metavar="BÁO_CÁO", type=console.PATH)
@console.store_option
@console.plan_option
@click.option("--commentary", type=console.PATH, metavar="TỆP", help="Tệp nhận xét đã dùng khi lập báo cáo.")
@console.register_option
@click.option("--from-raw", is_flag=True, help="So cả các giá trị mà báo cáo đã đọc với tệp gốc đơn vị gửi.")
@console.format_option
def verify(*, report: Path, store: Path | None, plan_folder: Path | None, form: str, **given: Any) -> int:
    """Lập lại một BÁO_CÁO (.html, .docx, .xlsx, .json) từ nguồn gốc ghi trong tệp và so từng byte.

    Dùng đúng các bản gửi mà báo cáo đã đọc, kể cả khi kho đã có bản mới hơn. In «khớp», hoặc điểm khác và nguyên nhân.
    Thoát với mã 0 khi khớp, 1 khi khác.
    """
    from nq57kit.reports.verify import verify_report

    desk = find_desk()
    own: dict[str, Any] = {"notebooks": desk.notebooks, "letterhead": desk.letterhead} if desk else {}
    found = verify_report(report, console.resolve_store(store), plan=console.find_plan(plan_folder), **own, **given)
    if form == "json":
        console.print_json(found.as_dict())
        return 0 if found.ok else DIFFERS
    console.print_line(f"{found.file}: {'KHỚP' if found.ok else 'KHÔNG KHỚP'}")
    said = [f"Nguyên nhân ({_CAUSES[cause.kind]}): {cause.message}" for cause in found.causes]
    for line in (
        *said,
        *(f"Khác: {place}" for place in found.differences),
        *(f"Lưu ý: {note}" for note in found.notes),
    ):
        console.print_line(f"  {line}")
    return 0 if found.ok else DIFFERS


@console.command(short_help="Truy một số liệu về từng ô của biểu mẫu.")
@click.argument("report", metavar="BÁO_CÁO", type=console.PATH)
@click.argument("figure", metavar="SỐ_LIỆU", required=False)
@click.option("--list", "listed", is_flag=True, help="Liệt kê tên các số liệu truy được của báo cáo.")
@console.store_option
@console.plan_option
@console.register_option
@console.format_option
def trace(*, report: Path, figure: str | None, listed: bool, form: str, **given: Any) -> int:
    """Truy một SỐ_LIỆU của BÁO_CÁO về các dòng đã làm ra nó: tệp, trang tính, ô, lần gửi, giá trị; và dòng không tính.

    Cột «Tệp gốc» là giá trị đọc lại từ tệp đơn vị gửi. Thoát với mã 1 khi có giá trị trong kho khác tệp gốc.
    Ví dụ: nq57kit trace bao-cao/annual-2026.html kpis.staff_reached
    """
    tracer = _open_tracer(report, **given)
    if listed or figure is None:
        if not listed:
            raise ParameterError("Thiếu tên số liệu; xem tên các số liệu truy được bằng --list.")
        names = [name for name in tracer.figures if figure is None or name.startswith(figure)]
        if form == "json":
            console.print_json(names)
        for name in names if form != "json" else ():
            console.print_line(name)
        return 0
    rows = tracer.trace(figure)
    figures = dict(tracer.find(figure).figures)
    if form == "json":
        console.print_json({"figure": figure, "figures": figures, "rows": rows.drop("figure").to_dicts()})
    else:
        _print_trace(figure, figures, rows)
    return 0 if rows["agrees"].all() else DIFFERS


def _open_tracer(report: Path, *, store: Path | None, plan_folder: Path | None, register: Path | None) -> Tracer:
    from nq57kit.reports.tracer import open_tracer

    return open_tracer(report, store=console.resolve_store(store), plan=plan_folder, register=register)


def _print_trace(figure: str, figures: dict[str, int | None], rows: pl.DataFrame) -> None:
    told = "; ".join(f"{_ROLES[role]} {format_number(value) or 'không có'}" for role, value in figures.items())
    console.print_line(f"{figure}: {told}")
    columns = ("role", "amount", "unit_id", "period", "revision", "file", "sheet", "cell", "value", "raw", "reason")
    heads = ["Vai trò", "Cộng vào", "Đơn vị", "Kỳ", "Lần", "Tệp", "Trang tính", "Ô", "Trong kho", "Tệp gốc", "Ghi chú"]
    lines = [
        [_ROLES[row["role"]], *(row[name] for name in columns[1:])]
        for row in rows.select(columns).iter_rows(named=True)
    ]
    console.print_table(heads, lines, right=[1, 4])
    counts = rows.group_by("role", maintain_order=True).len()
    console.print_line(
        "Tổng số dòng: " + "; ".join(f"{_ROLES[role]} {count}" for role, count in counts.iter_rows()) + "."
    )
    for row in (row for row in rows.to_dicts() if row["agrees"] is False):
        where = f"{row['file']}, trang «{row['sheet']}», ô {row['cell'] or '?'}"
        console.print_line(f"KHÁC TỆP GỐC: {where}: kho «{row['value']}», tệp gốc «{row['raw'] or ''}».")


@console.command(short_help="So hai báo cáo cùng loại: số nào đổi, do đơn vị nào.")
@click.argument("old", metavar="BẢN_TRƯỚC", type=console.PATH)
@click.argument("new", metavar="BẢN_SAU", type=console.PATH)
@console.store_option
@console.plan_option
@console.register_option
@console.format_option
def compare(*, old: Path, new: Path, store: Path | None, plan_folder: Path | None, form: str, **given: Any) -> None:
    """So BẢN_TRƯỚC với BẢN_SAU của một báo cáo (.json, .ipynb, .html, .docx, .xlsx): số liệu nào thay đổi, do báo cáo của đơn vị nào.

    Có kho (--store, hoặc kho của thư mục làm việc) thì chỉ ra cả đơn vị làm thay đổi từng số liệu và từng ô đã sửa.
    Ví dụ: nq57kit compare ban-trinh-lan-1/annual-2026.html bao-cao/annual-2026.html
    """
    from nq57kit.reports.compare import MAIN, compare_reports

    desk = find_desk()
    known = store or (desk.store if desk else None)
    found = compare_reports(old, new, store=known, plan=console.find_plan(plan_folder), **given)
    if form == "json":
        console.print_json(found.as_dict())
        return
    first, *main = found.sentences
    lines = [first, *(f"- {sentence}" for sentence in main), *(f"Lưu ý: {note}" for note in found.notes)]
    lines += ["", "Báo cáo của đơn vị:"] if found.sent else []
    for one in found.sent:
        lines += [f"- {one.text}.", *(f"    {cell}" for cell in one.cells)]
        if one.more:
            lines.append(f"    … và {format_number(one.more)} chỗ nữa (nq57kit diff {one.unit_id} {one.period}).")
    for line in lines:
        console.print_line(line)
    if others := [one for one in found.moved if one.figure.partition(".")[0] not in (*MAIN, "by_unit")]:
        console.print_line()
        console.print_line("Số liệu chi tiết (của từng đơn vị: --format json):")
        rows = [[one.label, one.old, one.new, one.by] for one in others]
        console.print_table(["Số liệu", "Trước", "Sau", "Do đơn vị"], rows, right=[1, 2])


@console.command(short_help="Căn cứ của một số liệu, trên một trang.")
@click.argument("report", metavar="BÁO_CÁO", type=console.PATH)
@click.argument("figure", metavar="SỐ_LIỆU")
@click.option("--out", type=console.PATH, metavar="TỆP", help="Ghi thành một trang HTML thay vì in ra.")
@console.store_option
@console.plan_option
@console.register_option
@console.format_option
def defend(*, report: Path, figure: str, out: Path | None, form: str, **given: Any) -> None:
    """Căn cứ của một SỐ_LIỆU trong BÁO_CÁO: lời văn Kế hoạch, cách tính, kết quả theo các cách hiểu khác, dòng được tính và không tính.

    Chỉ tiêu và tỷ lệ (kpis.…, completeness, timeliness, completion.…) được tính lại theo từng cách hiểu, từ đúng các bản gửi báo cáo đã đọc.
    Ví dụ: nq57kit defend bao-cao/annual-2026.html kpis.science_tasks_communicated --out can-cu.html
    """
    from nq57kit.files import write_atomically
    from nq57kit.reports.defend import defend as make_defence
    from nq57kit.show.blocks import Table

    if out is not None and out.suffix.lower() != ".html":
        raise ParameterError(f"--out: «{out.name}» phải là tệp .html, ví dụ can-cu.html.")
    found = make_defence(_open_tracer(report, **given), figure)
    if out is not None:
        write_atomically(out, found.as_page().encode("utf-8"))
        console.print_line(f"Đã ghi {out}")
    elif form == "json":
        console.print_json(found.as_dict())
    else:
        console.print_line(found.title)
        console.print_line(found.subtitle)
        for head, blocks in found.sections:
            console.print_line()
            console.print_line(head.upper())
            for block in blocks:
                if isinstance(block, Table):
                    console.print_table([column.label for column in block.columns], block.formatted())
                for line in block.notes if isinstance(block, Table) else block.as_text().splitlines():
                    console.print_line(line)


@console.command(short_help="Khóa số liệu của một kỳ.")
@click.argument("period", metavar="KỲ")
@click.option("--unlock", is_flag=True, help="Mở khóa kỳ này; phải kèm --reason.")
@click.option(
    "--reason", default="", metavar="LÝ_DO", help="Lý do, lưu trong lịch sử khóa của kho (không vào báo cáo)."
)
@click.option(
    "--key", type=console.PATH, metavar="TỆP", help="Ký mã khóa bằng khóa riêng OpenSSH này (mặc định: theo nq57.toml)."
)
@console.store_option
@console.plan_option
@console.format_option
@console.opens_store
def lock(kept: Store, *, period: str, unlock: bool, reason: str, key: Path | None, form: str) -> None:
    """Khóa số liệu của một KỲ (và các kỳ trước đó trong năm): so với tệp gốc, ghi mã băm của mọi tệp đã nhận.

    Mã khóa in ra ở đây và trong mọi báo cáo của kỳ; hai nơi đọc cho nhau mã này là biết có cùng một lần khóa.

    Báo cáo của kỳ đã khóa và hết hạn là «chính thức», trước đó là «tạm tính». Bản gửi sau khi khóa vẫn được nhận và lưu,
    nhưng không vào báo cáo cho đến khi mở khóa. Ví dụ: nq57kit lock 2026-H2
    """
    from nq57kit.store import lock_period, unlock_period
    from nq57kit.store.locks import shorten_seal
    from nq57kit.store.status import warn_of_lock

    plan, wanted = kept.plan, kept.plan.period(period)
    if unlock:
        unlock_period(kept, wanted, reason=reason)
        if form == "json":
            console.print_json([{"period": str(wanted), "locked": False}])
        else:
            console.print_line(f"Đã mở khóa {wanted.label}; báo cáo của kỳ này trở lại «tạm tính».")
        return
    desk = find_desk()
    made = [
        {
            "period": one.period,
            "locked": True,
            "locked_at": one.locked_at.astimezone(plan.settings.zone).isoformat(),
            "accepted": len(one.accepted),
            "values_compared_with_raw": one.history[-1]["values_compared_with_raw"],
            "seal": one.seal,
            "signed": "signature" in one.history[-1],
            "warning": warn_of_lock(kept, plan.period(one.period), plan, one.locked_at),
        }
        for one in lock_period(kept, wanted, reason=reason, key=key or (desk.key if desk else None))
    ]
    if form == "json":
        console.print_json(made)
    for row in made if form != "json" else ():
        console.print_line(
            f"Đã khóa {plan.period(row['period']).label} lúc {format_time(datetime.fromisoformat(row['locked_at']))}: "
            f"{format_number(row['accepted'])} báo cáo, {format_number(row['values_compared_with_raw'])} giá trị đã đối chiếu với "
            f"tệp gốc; mã khóa {shorten_seal(row['seal'])}{', đã ký' if row['signed'] else ''}."
        )
        if row["warning"]:
            console.print_line(f"Lưu ý: {row['warning']}")


@click.group(cls=console.Group, subcommand_metavar="VIỆC …", short_help="Kiểm tra kho, lập lại kho, sửa thời điểm gửi.")
def store() -> None:
    """Kho dữ liệu: «check» kiểm tra theo mã băm và tệp gốc; «rebuild» lập lại từ tệp gốc; «sent-at» sửa thời điểm gửi."""


@store.command("check")
@click.option("--from-raw", is_flag=True, help="Đọc lại mọi tệp gốc và so từng giá trị với bảng trong kho.")
@click.option(
    "--signers", type=console.PATH, metavar="TỆP", help="Danh sách khóa được ký (allowed_signers của OpenSSH)."
)
@console.store_option
@console.plan_option
@console.format_option
def check(*, from_raw: bool, signers: Path | None, store: Path | None, plan_folder: Path | None, form: str) -> int:
    """Kiểm tra mọi tệp của kho theo mã băm ghi lúc tiếp nhận và lúc khóa: tệp bị đổi, thiếu, lạ.

    Mã băm nằm trong kho nên người sửa kho có thể ghi lại; --from-raw so số liệu với chính tệp đơn vị gửi. Chỉ đọc, không sửa
    gì. Thoát với mã 0 khi nguyên vẹn, 1 khi có tệp bị đổi, thiếu, lạ hoặc giá trị khác tệp gốc.
    """
    from nq57kit.plan.period import label_period
    from nq57kit.store import prove_store, reread_store
    from nq57kit.store.locks import check_signature, read_locks, shorten_seal

    found, desk = prove_store(console.resolve_store(store)), find_desk()
    again = reread_store(console.open_store(store, plan_folder)) if from_raw else None
    signers = signers or (desk.signers if desk else None)
    locks = read_locks(console.resolve_store(store)) if found.ok else {}
    signed = {half: check_signature(one, signers) for half, one in locks.items() if one.is_locked}
    ok = found.ok and not (again and again.mismatches) and all(right is not False for right, _ in signed.values())
    if form == "json":
        told = {half: {"ok": right, "message": message} for half, (right, message) in signed.items()}
        console.print_json(
            found.as_dict() | ({"from_raw": again.as_dict()} if again else {}) | {"signatures": told, "ok": ok}
        )
        return 0 if ok else DIFFERS
    console.print_line(
        f"Đã kiểm tra {format_number(found.submissions)} báo cáo được chấp nhận, {format_number(found.corrections)} lần sửa "
        f"thời điểm gửi, {format_number(found.refusals)} báo cáo bị trả lại, {format_number(found.raw_files)} tệp gốc, {format_number(found.locks)} khóa kỳ, {format_number(found.records)} ghi nhận (kết luận, trả lời …)."
    )
    if found.flaws:
        console.print_table(
            ["Tệp", "Tình trạng", "Nội dung"], [[flaw.path, _FLAWS[flaw.kind], flaw.message] for flaw in found.flaws]
        )
    for half, (right, message) in signed.items():
        if right is not None or locks[half].history[-1].get("signature"):
            console.print_line(f"Khóa số liệu {label_period(half)}, mã {shorten_seal(locks[half].seal)}: {message}.")
    if again:
        _print_reread(again)
    console.print_line("Kho nguyên vẹn." if ok else "Kho KHÔNG nguyên vẹn.")
    return 0 if ok else DIFFERS


def _print_reread(again: Reread) -> None:
    """Print how much was read again, and what the store holds otherwise; the first where there is much."""
    console.print_line(
        f"Đã đọc lại {format_number(again.submissions)} tệp gốc, so {format_number(again.values)} giá trị: "
        f"{format_number(len(again.mismatches)) + ' chỗ khác' if again.mismatches else 'không có chỗ nào khác'}."
    )
    for one in again.mismatches[:_SHOWN]:
        console.print_line(f"  Khác tệp gốc: {one.message}")
    if (more := len(again.mismatches) - _SHOWN) > 0:
        console.print_line(f"  … và {format_number(more)} chỗ nữa; xem hết bằng --format json.")


@store.command("rebuild")
@click.argument("out", metavar="KHO_MỚI", type=console.PATH)
@console.store_option
@console.plan_option
@console.opens_store
def rebuild(kept: Store, *, out: Path) -> int:
    """Lập KHO_MỚI từ các tệp gốc của kho: đọc lại mọi bảng; kho cũ không bị sửa.

    Thời điểm gửi, lần sửa thời điểm, báo cáo bị trả lại và khóa kỳ lấy theo giấy tờ của kho cũ. In chỗ khác với kho cũ. Thoát với
    mã 0 khi mọi giá trị như cũ, 1 khi có chỗ khác.
    """
    from nq57kit.plan.period import label_period
    from nq57kit.store import rebuild_store

    made = rebuild_store(kept, out)
    for path in made.healed:
        console.print_line(f"Bảng hỏng hoặc thiếu trong kho cũ, đã lập lại từ tệp gốc: {path}")
    _print_reread(made.reread)
    for half in made.opened:
        console.print_line(
            f"Số liệu {label_period(half)}: có tệp khác với lúc khóa nên kho mới để mở; xem lại rồi khóa (nq57kit lock {half})."
        )
    console.print_line(f"Đã lập kho mới tại «{made.folder}».")
    return DIFFERS if made.reread.mismatches or made.opened else 0


@store.command("sent-at")
@click.argument("unit", metavar="ĐƠN_VỊ")
@click.argument("period", metavar="KỲ")
@click.argument("moment", metavar="THỜI_ĐIỂM")
@click.option(
    "--reason", default="", metavar="LÝ_DO", help="Lý do sửa, bắt buộc; lưu cạnh báo cáo (không vào báo cáo)."
)
@click.option("--by", default=None, metavar="VAI_TRÒ", help="Vai trò của người sửa (mặc định: người quản lý kho).")
@click.option("--revision", type=click.IntRange(1), metavar="LẦN", help="Lần gửi cần sửa, khi đơn vị gửi nhiều lần.")
@console.store_option
@console.plan_option
@console.opens_store
def sent_at(kept: Store, *, unit: str, period: str, moment: str, by: str | None, **given: Any) -> None:
    """Sửa thời điểm gửi của một báo cáo đã nhận; số liệu không đổi, đúng hạn hay muộn tính lại.

    Giấy tiếp nhận giữ nguyên: thời điểm đúng, lý do, vai trò người sửa và lúc sửa ghi thành một tệp nhỏ bên cạnh, mọi lần
    sửa đều còn. Ví dụ: nq57kit store sent-at vu-tccb 2026-H2 «18/12/2026 16:30» --reason «Quên sent.csv, theo sổ công văn»
    """
    from nq57kit.store import correct_sent_at, parse_sent_at
    from nq57kit.store.arrivals import ask_about_future
    from nq57kit.store.closing import KEEPER

    plan, half, zone = kept.plan, kept.plan.period(period), kept.plan.settings.zone
    unit_id = console.read_unit_id(plan, unit, half)
    receipt = correct_sent_at(kept, unit_id, half, parse_sent_at(moment, zone), by=by or KEEPER, **given)
    was = format_time(receipt.corrections[-1].was.astimezone(zone))
    now = format_time(receipt.sent_at.astimezone(zone))
    console.print_line(f"{plan.unit(unit_id).short_name}, {half.label}: thời điểm gửi {now} (trước khi sửa: {was}).")
    for note in ask_about_future({half.label: receipt.sent_at}):
        console.print_line(f"Lưu ý: {note}")
    if len(receipt.corrections) > 1:
        console.print_line(f"Đã sửa {len(receipt.corrections)} lần; mọi lần sửa còn trong kho.")
