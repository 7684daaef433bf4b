"""`nq57kit judge`: what persons decide about the reports, recorded in the store beside the submissions.

In: a subject, a verdict, its basis. Out: a record that later reports read; no rule is here.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from nq57kit.cli import console
from nq57kit.text import format_date


@console.command(short_help="Ghi kết luận về một mục tiêu định tính hoặc một trách nhiệm.")
@click.argument("subject", metavar="NỘI_DUNG")
@click.argument("year", metavar="NĂM", type=int)
@click.argument("verdict", metavar="KẾT_LUẬN")
@click.option("--basis", default="", metavar="CĂN_CỨ", help="Căn cứ của kết luận, bắt buộc: văn bản, biên bản …")
@click.option(
    "--by", default=None, metavar="VAI_TRÒ", help="Ai kết luận (mặc định: Vụ Khoa học và Công nghệ); không ghi họ tên."
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
    """Ghi vào kho KẾT_LUẬN (met: đạt, not_met: chưa đạt) về một mục tiêu định tính hoặc một trách nhiệm của mục IV.

    Báo cáo lập sau đó nêu kết luận, ngày, căn cứ; kết luận sau thay kết luận trước, kết luận trước vẫn còn trong kho. Mục tiêu
    chưa đạt của năm trước được theo dõi tiếp cho đến khi đạt hoặc ghi closed (thôi theo dõi).
    Ví dụ: nq57kit judge network_formed 2026 met --basis «Thông báo kết luận họp ngày 18/12/2026»
    """
    from nq57kit.store import judge as record_judgement
    from nq57kit.store.logbook import JUDGE

    kept, _ = console.open_store(store, plan_folder)
    decided = day.date() if day else None
    record = record_judgement(kept, subject, year, verdict, basis=basis, by=by or JUDGE, day=decided)
    console.print_line(
        f"Đã ghi kết luận về «{subject}», năm {year}: {verdict}; {record.by}, ngày {format_date(record.day)}; căn cứ: {record.basis}."
    )
