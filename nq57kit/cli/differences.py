"""`nq57kit diff` and `nq57kit crosscheck`: what a unit changed, and what the units say against each other."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nq57kit.cli.console import print_json, print_line, print_table
from nq57kit.cli.options import format_option, plan_option, read_plan, read_unit_id, resolve_store, store_option
from nq57kit.cli.vietnamese import Command
from nq57kit.text import format_date, format_number, format_time

if TYPE_CHECKING:
    import polars as pl

    from nq57kit.plan import Plan
    from nq57kit.store import Change, Difference

__all__ = ["crosscheck", "diff", "print_crosscheck"]

_KINDS: Final = {"changed": "sửa", "added": "thêm dòng", "removed": "bỏ dòng"}
#: Characters of a row's name that the terminal shows; the cell beside it says which row it is.
_NAME_SHOWN: Final = 40
_HIDDEN: Final = "(thông tin liên hệ, không hiển thị)"


@click.command(cls=Command, short_help="Xem đơn vị đã sửa những gì.")
@click.argument("unit", metavar="ĐƠN_VỊ")
@click.argument("period", metavar="KỲ")
@store_option
@click.option("--from", "old", type=click.IntRange(1), metavar="LẦN", help="Lần gửi trước (mặc định: lần kề trước).")
@click.option("--to", "new", type=click.IntRange(1), metavar="LẦN", help="Lần gửi sau (mặc định: lần mới nhất).")
@plan_option
@format_option
def diff(
    *, unit: str, period: str, store: Path | None, old: int | None, new: int | None, plan_folder: Path | None, form: str
) -> None:
    """So sánh hai lần gửi báo cáo của một ĐƠN_VỊ trong một KỲ, từng ô một.

    ĐƠN_VỊ là mã hoặc tên. Không ghi --from, --to thì so hai lần gửi gần nhất. Ví dụ: nq57kit diff vu-tccb 2026-H2
    """
    from nq57kit.store import Store, find_differences

    plan = read_plan(plan_folder)
    half = plan.period(period)
    unit_id = read_unit_id(plan, unit, half.last_day)
    found = find_differences(Store(resolve_store(store), plan=plan), unit_id, half, old=old, new=new)
    if form == "json":
        print_json(found.as_dict())
        return
    _print_difference(found, plan)


def _print_difference(found: Difference, plan: Plan) -> None:
    print_line(f"{plan.unit(found.unit_id).name}, {plan.period(found.period).label}")
    for word, side in (("Từ", found.old), ("Đến", found.new)):
        moment = format_time(datetime.fromisoformat(side.sent_at))
        print_line(f"  {word} lần {side.revision}: {side.file}, gửi lúc {moment}")
    if not found.changes:
        print_line("Không có ô nào khác nhau (hai tệp khác nhau về trình bày, không khác về số liệu).")
        return
    from nq57kit.submissions import TABLES

    for table in TABLES.values():
        changes = [change for change in found.changes if change.table == table.name]
        if changes:
            print_line()
            print_line(table.sheet)
            rows = [line for change in changes for line in _describe(change)]
            keyed = any(row[0] for row in rows)
            columns = ["Dòng", "Việc", "Mục", "Trước", "Sau", "Ô"]
            print_table(columns if keyed else columns[1:], rows if keyed else [row[1:] for row in rows])
    counts = found.as_dict()["counts"]
    told = "; ".join(f"{_KINDS[kind]}: {format_number(count)}" for kind, count in counts.items() if count)
    print_line(f"Tổng số: {told}.")


def _describe(change: Change) -> list[list[str]]:
    """Return the lines of the table for a change; a row that came or went is one line per filled field."""
    from nq57kit.submissions import TABLES
    from nq57kit.submissions.contract import Kind, format_value

    table = TABLES[change.table]
    key = " / ".join(
        _shorten(f"Nhiệm vụ {value}" if table.field(name).kind is Kind.TASK else format_value(table.field(name), value))
        for name, value in change.key.items()
        if value is not None
    )
    place = _join_cells(change.old_cell, change.new_cell)
    if change.field is not None:
        field = table.field(change.field)
        values = (
            [_HIDDEN, _HIDDEN] if change.hidden else [format_value(field, value) for value in (change.old, change.new)]
        )
        return [[key, _KINDS[change.kind], field.label, *values, place]]
    filled = change.new if change.kind == "added" else change.old
    lines = []
    for name, value in filled.items():
        if name in change.key:
            continue
        text = format_value(table.field(name), value)
        lines.append(["", "", table.field(name).label, *(["", text] if change.kind == "added" else [text, ""]), ""])
    head = [key, _KINDS[change.kind], "", "", "", place]
    return [head, *lines]


def _shorten(text: str) -> str:
    return text if len(text) <= _NAME_SHOWN else text[:_NAME_SHOWN].rstrip() + "…"


def _join_cells(old: str | None, new: str | None) -> str:
    """Return one address where both files have the cell in the same place, else «trước → sau»."""
    return (old or new or "") if old == new or not (old and new) else f"{old} → {new}"


@click.command(cls=Command, short_help="Đối chiếu báo cáo giữa các đơn vị.")
@click.argument("period", metavar="KỲ")
@store_option
@click.option("--as-of", metavar="NGÀY", help="Tính đến hết ngày này (năm-tháng-ngày; mặc định: mọi bản đã nhận).")
@plan_option
@format_option
def crosscheck(period: str, store: Path | None, as_of: str | None, plan_folder: Path | None, form: str) -> None:
    """Đối chiếu báo cáo trong một KỲ: giữa các đơn vị với nhau, và với kỳ trước của chính đơn vị.

    Kết quả chỉ là điểm cần xem lại, không bỏ số liệu nào. Luôn tính theo các bản mới nhất trong kho.
    """
    from nq57kit.reports.parameters import read_day
    from nq57kit.store import Store
    from nq57kit.submissions.comparisons import HALF_CODES

    plan = read_plan(plan_folder)
    wanted = plan.period(period)
    day = read_day(as_of, "--as-of") if as_of else None
    folder = Store(resolve_store(store), plan=plan).snapshot()
    across = folder.cross_findings(wanted, as_of=day)
    findings = folder.findings(wanted, as_of=day)
    earlier = findings.filter(findings["code"].is_in(HALF_CODES))
    if form == "json":
        shown = day or datetime.now(plan.settings.zone).date()
        document = {"period": str(wanted), "as_of": shown.isoformat()}
        print_json(document | {"across": across.to_dicts(), "earlier": earlier.to_dicts()})
        return
    until = f", tính đến hết ngày {format_date(day)}" if day else ""
    print_line(f"Đối chiếu {wanted.label}{until}")
    print_crosscheck("Giữa các đơn vị", across, plan)
    print_crosscheck("Với kỳ trước của chính đơn vị", earlier, plan)


def print_crosscheck(title: str, findings: pl.DataFrame, plan: Plan) -> None:
    """Print cross-check findings under a title, unit by unit; say so where there are none."""
    print_line()
    if findings.is_empty():
        print_line(f"{title}: không có điểm nào cần xem lại.")
        return
    print_line(f"{title}: {format_number(findings.height)} điểm cần xem lại")
    names = dict(zip(plan.units["unit_id"].to_list(), plan.units["short_name"].to_list(), strict=True))
    several = findings["period"].n_unique() > 1
    rows = [
        [
            names.get(row["unit_id"], row["unit_id"]),
            *([row["period"]] if several else []),
            row["sheet"],
            row["cell"],
            row["message"],
        ]
        for row in findings.iter_rows(named=True)
    ]
    print_table(["Đơn vị", *(["Kỳ"] if several else []), "Trang tính", "Ô", "Nội dung"], rows)
