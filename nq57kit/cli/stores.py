"""`nq57kit ingest` and `nq57kit status`: workbooks into the store, and who has sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from nq57kit.cli.console import print_json, print_line, print_table, show_progress
from nq57kit.cli.forms import REFUSED, print_findings
from nq57kit.cli.options import format_option, plan_option, read_plan, resolve_store, store_option
from nq57kit.cli.vietnamese import Command
from nq57kit.text import format_date, format_percent, format_time

if TYPE_CHECKING:
    from nq57kit.plan import Plan
    from nq57kit.store import IngestReport

__all__ = ["ingest", "print_ingest", "status"]

_OUTCOMES: Final = {
    "accepted": "nhận",
    "known": "đã có, bỏ qua",
    "refused": "trả lại",
    "secret": "trả lại (bí mật nhà nước)",
}
_SOURCES: Final = {"option": "--sent-at", "sent.csv": "sent.csv", "ingest": "lúc nhận"}


@click.command(cls=Command, short_help="Nhận biểu mẫu vào kho.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="TỆP…")
@store_option
@click.option("--sent-at", metavar="THỜI_ĐIỂM", help="Thời điểm đơn vị gửi, ví dụ «18/12/2026 16:30» (giờ Hà Nội).")
@plan_option
def ingest(paths: tuple[Path, ...], store: Path | None, sent_at: str | None, plan_folder: Path | None) -> int:
    """Nhận biểu mẫu vào kho; một thư mục được nhận với mọi tệp trong đó.

    Thời điểm gửi lấy theo --sent-at, nếu không thì theo sent.csv cạnh các tệp, nếu không nữa thì lúc nhận. Tệp có lỗi bị
    trả lại, các tệp khác vẫn được nhận. Thoát với mã 0 khi nhận hết, 1 khi có tệp bị trả lại.
    """
    from nq57kit.store import Store, find_submissions, parse_sent_at
    from nq57kit.store import ingest as take_in

    plan = read_plan(plan_folder)
    moment = parse_sent_at(sent_at) if sent_at else None
    folder = resolve_store(store)
    files = find_submissions(paths)
    with show_progress("Nhận vào kho", len(files)) as step:
        report = take_in(paths, Store.create(folder), plan=plan, sent_at=moment, progress=step)
    print_ingest(report, plan)
    return 0 if all(result.outcome in ("accepted", "known") for result in report.results) else REFUSED


def print_ingest(report: IngestReport, plan: Plan, *, details: bool = True) -> None:
    """Print one line per file, then the findings of those refused."""
    zone = ZoneInfo(plan.settings.timezone)
    rows = []
    for result in report.results:
        when = format_time(result.sent_at.astimezone(zone)) if result.sent_at else ""
        rows.append(
            [
                result.file,
                _OUTCOMES[result.outcome],
                result.unit_id or "?",
                result.period or "?",
                result.revision or "",
                when,
                _SOURCES.get(result.sent_at_source or "", ""),
                {True: "đúng hạn", False: "muộn", None: ""}[result.on_time],
            ]
        )
    if details:
        print_table(["Tệp", "Kết quả", "Đơn vị", "Kỳ", "Lần", "Gửi lúc", "Theo", "Hạn"], rows, right=[4])
        for result in report.results:
            if result.outcome in ("refused", "secret"):
                print_line(f"{result.file}: PHẢI SỬA")
                print_findings(tuple(item for item in result.submission.findings if item.severity == "error"))
    for note in report.notes:
        print_line(f"Lưu ý: {note}")
    counts = {label: sum(row[1] == label for row in rows) for label in _OUTCOMES.values()}
    print_line("Tổng số: " + "; ".join(f"{label}: {count}" for label, count in counts.items() if count) + ".")


@click.command(cls=Command, short_help="Xem tình hình gửi báo cáo.")
@click.argument("period", metavar="KỲ")
@store_option
@click.option("--as-of", metavar="NGÀY", help="Tính đến hết ngày này (năm-tháng-ngày; mặc định: hôm nay).")
@plan_option
@format_option
def status(period: str, store: Path | None, as_of: str | None, plan_folder: Path | None, form: str) -> None:
    """Xem tình hình gửi báo cáo của một KỲ: đúng hạn, muộn, phải sửa, chưa gửi."""
    from nq57kit.reports.parameters import read_day
    from nq57kit.show import reporting_label
    from nq57kit.store import Store, reporting_status

    plan = read_plan(plan_folder)
    day = read_day(as_of, "--as-of") if as_of else datetime.now(ZoneInfo(plan.settings.timezone)).date()
    wanted = plan.period(period)
    document = reporting_status(Store(resolve_store(store)), wanted, plan, day)
    if form == "json":
        print_json(document)
        return
    expected, actual, on_time = document["expected"], document["actual"], document["actual_on_time"]
    print_line(
        f"{wanted.label[0].upper()}{wanted.label[1:]}, hạn gửi {wanted.deadline_text}, tính đến hết ngày {format_date(day)}"
    )
    rows = [
        [
            plan.unit(unit["unit_id"]).name,
            reporting_label(unit["state"], over=wanted.is_over(day)),
            format_time(datetime.fromisoformat(unit["sent_at"])) if unit["sent_at"] else "",
            unit["revision"] or "",
        ]
        for unit in document["units"]
    ]
    print_table(["Đơn vị", "Tình trạng", "Gửi lúc", "Lần"], rows, right=[3])
    rate = format_percent(actual / expected if expected else None)
    rate_on_time = format_percent(on_time / expected if expected else None)
    print_line(f"Phải gửi: {expected}; đã gửi: {actual} ({rate}); đúng hạn: {on_time} ({rate_on_time}).")
