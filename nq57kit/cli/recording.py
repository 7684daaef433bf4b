"""`nq57kit judge` and `calendar`: what persons decide, recorded in the store beside the submissions; the days of a year.

In: a subject, a verdict, its basis; a year. Out: a record that later reports read, a file for calendar programs; no rule is here.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from nq57kit.cli import console
from nq57kit.files import write_atomically
from nq57kit.text import format_date, format_weekday


@console.command(short_help="Ghi kết luận về một mục tiêu định tính hoặc một trách nhiệm.")
@click.argument("subject", metavar="NỘI_DUNG")
@click.argument("year", metavar="NĂM", type=int)
@click.argument("verdict", metavar="KẾT_LUẬN")
@click.option("--basis", default="", metavar="CĂN_CỨ", help="Căn cứ của kết luận, bắt buộc: văn bản, biên bản …")
@click.option(
    "--by", default=None, metavar="VAI_TRÒ", help="Ai kết luận (mặc định: đơn vị tổng hợp báo cáo); không ghi họ tên."
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), metavar="NGÀY", help="Ngày kết luận (mặc định: hôm nay).")
@console.store_option
@console.plan_option
def judge(
    *,
    subject: str,
    year: int,
    verdict: str,
    basis: str,
    by: str | None,
    day: datetime | None,
    store: Path | None,
    plan_folder: Path | None,
) -> None:
    """Ghi vào kho KẾT_LUẬN (met: đạt, not_met: chưa đạt) về một mục tiêu định tính hoặc một trách nhiệm tổ chức thực hiện.

    Báo cáo lập sau đó nêu kết luận, ngày, căn cứ; kết luận sau thay kết luận trước, kết luận trước vẫn còn trong kho. Mục tiêu
    chưa đạt của năm trước được theo dõi tiếp cho đến khi đạt hoặc ghi closed (thôi theo dõi).
    Ví dụ: nq57kit judge network_formed 2026 met --basis «Thông báo kết luận họp ngày 18/12/2026»
    """
    from nq57kit.store import judge as record_judgement

    kept, _ = console.open_store(store, plan_folder)
    decided = day.date() if day else None
    record = record_judgement(kept, subject, year, verdict, basis=basis, by=by, day=decided)
    console.print_line(
        f"Đã ghi kết luận về «{subject}», năm {year}: {verdict}; {record.by}, ngày {format_date(record.day)}; căn cứ: {record.basis}."
    )


@console.command(short_help="Ghi lịch của một năm thành tệp .ics.")
@click.argument("year", metavar="NĂM", type=int)
@click.option(
    "--out", type=console.PATH, metavar="TỆP", help="Tệp .ics cần ghi (mặc định: lich-NĂM.ics ở nơi ghi kết quả)."
)
@console.plan_option
def calendar(*, year: int, out: Path | None, plan_folder: Path | None) -> None:
    """Ghi lịch của một NĂM (.ics): hạn gửi báo cáo, ngày làm việc cuối cùng trong hạn, ngày chốt tiếp nhận, các ngày hưởng ứng.

    Nhập tệp vào Outlook, Thunderbird hoặc lịch trên điện thoại; nhập lại thì cập nhật, không thêm trùng.
    Ví dụ: nq57kit calendar 2027
    """
    from nq57kit.plan.agenda import list_days, to_icalendar

    days = list_days(console.read_plan(plan_folder), year)
    path = out or console.resolve_out(None) / f"lich-{year}.ics"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, to_icalendar(days))
    console.print_table(
        ["Ngày", "Nội dung", "Căn cứ"], [[format_weekday(day.on), day.title, day.basis] for day in days]
    )
    console.print_line(f"Đã ghi {path}.")
