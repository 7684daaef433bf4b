"""`nq57kit ingest` and `nq57kit status`: workbooks into the store, and who has sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli.console import print_json, print_line, print_table, show_progress
from nq57kit.cli.differences import print_crosscheck
from nq57kit.cli.forms import REFUSED, print_findings
from nq57kit.cli.options import format_option, legacy_option, plan_option, read_plan, resolve_store, store_option
from nq57kit.cli.vietnamese import Command
from nq57kit.text import format_date, format_percent, format_time, format_weekday

if TYPE_CHECKING:
    from datetime import date

    from nq57kit.plan import Period, Plan
    from nq57kit.store import IngestReport

__all__ = ["ingest", "print_ingest", "print_status", "status"]

_OUTCOMES: Final = {
    "accepted": "nhận",
    "known": "đã có, bỏ qua",
    "refused": "trả lại",
    "secret": "trả lại (bí mật nhà nước)",
}
_SOURCES: Final = {
    "option": "--sent-at",
    "sent.csv": "sent.csv",
    "ingest": "lúc nhận",
    "correction": "sửa sau khi nhận",
}


@click.command(cls=Command, short_help="Nhận biểu mẫu vào kho.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="TỆP…")
@store_option
@click.option("--sent-at", metavar="THỜI_ĐIỂM", help="Thời điểm đơn vị gửi, ví dụ «18/12/2026 16:30» (giờ Hà Nội).")
@legacy_option
@plan_option
def ingest(
    paths: tuple[Path, ...],
    *,
    store: Path | None,
    sent_at: str | None,
    convert_legacy_fonts: bool,
    plan_folder: Path | None,
) -> int:
    """Nhận biểu mẫu vào kho; một thư mục được nhận với mọi tệp trong đó.

    Thời điểm gửi lấy theo --sent-at, nếu không thì theo sent.csv cạnh các tệp, nếu không nữa thì lúc nhận. Tệp có lỗi bị
    trả lại, các tệp khác vẫn được nhận. Thoát với mã 0 khi nhận hết, 1 khi có tệp bị trả lại.
    """
    from nq57kit.store import Store, find_submissions, parse_sent_at
    from nq57kit.store import ingest as take_in

    folder, plan = resolve_store(store), read_plan(plan_folder)
    moment = parse_sent_at(sent_at, plan.settings.zone) if sent_at else None
    with show_progress("Nhận vào kho", len(find_submissions(paths))) as step:
        report = take_in(
            paths,
            Store.create(folder, plan=plan),
            sent_at=moment,
            progress=step,
            convert_legacy_fonts=convert_legacy_fonts,
        )
    print_ingest(report, plan)
    return 0 if all(result.outcome in ("accepted", "known") for result in report.results) else REFUSED


def print_ingest(report: IngestReport, plan: Plan, *, details: bool = True) -> None:
    """Print one line per file, then the findings of those refused."""
    from nq57kit.submissions.comparisons import HALF_CODES

    rows = []
    for result in report.results:
        when = format_time(result.sent_at.astimezone(plan.settings.zone))
        rows.append(
            [
                result.file,
                _OUTCOMES[result.outcome],
                result.unit_id or "?",
                result.period or "?",
                result.revision or "",
                when,
                _SOURCES[result.sent_at_source],
                {True: "đúng hạn", False: "muộn", None: ""}[result.on_time],
            ]
        )
    if details:
        print_table(["Tệp", "Kết quả", "Đơn vị", "Kỳ", "Lần", "Gửi lúc", "Theo", "Hạn"], rows, right=[4])
        for result in report.results:
            if result.outcome in ("refused", "secret"):
                print_line(f"{result.file}: PHẢI SỬA")
                print_findings(tuple(item for item in result.submission.findings if item.severity == "error"))
        for result in report.results:
            against = tuple(item for item in result.submission.findings if item.code in HALF_CODES)
            if result.outcome == "accepted" and against:
                print_line(f"{result.file}: khác với kỳ trước, cần đơn vị xem lại")
                print_findings(against)
    for note in report.notes:
        print_line(f"Lưu ý: {note}")
    counts = {label: sum(row[1] == label for row in rows) for label in _OUTCOMES.values()}
    print_line("Tổng số: " + "; ".join(f"{label}: {count}" for label, count in counts.items() if count) + ".")


@click.command(cls=Command, short_help="Xem tình hình gửi báo cáo.")
@click.argument("period", metavar="KỲ")
@store_option
@click.option("--as-of", metavar="NGÀY", help="Tính đến hết ngày này (năm-tháng-ngày; mặc định: hôm nay).")
@plan_option
@click.option("--cross", is_flag=True, help="Kèm kết quả đối chiếu giữa các đơn vị.")
@format_option
def status(
    period: str, store: Path | None, as_of: str | None, plan_folder: Path | None, form: str, *, cross: bool
) -> None:
    """Xem tình hình gửi báo cáo của một KỲ: đúng hạn, muộn, phải sửa, không có nội dung, chưa gửi; còn mấy ngày.

    Tỷ lệ tính trên số đơn vị phải gửi; đơn vị thuộc hai nhóm được tính ở cả hai nhóm và một lần trong toàn Bộ.
    """
    from nq57kit.reports.parameters import read_day
    from nq57kit.store import Store, reporting_status

    plan = read_plan(plan_folder)
    day = read_day(as_of, "--as-of") if as_of else datetime.now(plan.settings.zone).date()
    wanted = plan.period(period)
    folder = Store(resolve_store(store), plan=plan)
    document = reporting_status(folder, wanted, plan, day)
    across = folder.cross_findings(wanted.halves[-1], as_of=day) if cross else None
    if form == "json":
        print_json(document if across is None else {**document, "cross": across.to_dicts()})
        return
    print_status(document, plan, wanted, day)
    if across is not None:
        print_crosscheck("Đối chiếu giữa các đơn vị", across, plan)


def print_status(document: dict[str, Any], plan: Plan, period: Period, day: date) -> None:
    """Print who has sent, the rates of the groups, and the days left."""
    from nq57kit.show.labels import reporting_label

    half = period.halves[-1]
    print_line(f"{period.label[0].upper()}{period.label[1:]}, tính đến hết ngày {format_date(day)}")
    if period.is_year:
        print_line(f"Tình hình gửi báo cáo {half.label}:")
    print_line(_describe_deadline(half, document["days_left"]))
    print_line(
        f"Chốt tiếp nhận để tổng hợp báo cáo của Bộ: hết {format_weekday(half.closes_on)}; không dùng để xét đúng hạn."
    )
    rows = [
        [
            plan.unit(unit["unit_id"]).name,
            reporting_label(unit["state"], over=document["is_over"]),
            format_time(datetime.fromisoformat(unit["sent_at"])) if unit["sent_at"] else "",
            unit["revision"] or "",
        ]
        for unit in document["units"]
    ]
    print_table(["Đơn vị", "Tình trạng", "Gửi lúc", "Lần"], rows, right=[3])
    print_line()
    measured = [*document["groups"], {"label": "Toàn Bộ", **document}]
    print_table(
        ["Nhóm đơn vị", "Phải gửi", "Đã gửi", "Tỷ lệ", "Đúng hạn", "Tỷ lệ đúng hạn", "Không có nội dung"],
        [
            [row["label"], row["expected"], row["actual"], format_percent(row["rate"]), row["actual_on_time"],
             format_percent(row["rate_on_time"]), row["empty"]]
            for row in measured
        ],
        right=[1, 2, 3, 4, 5, 6],
    )  # fmt: skip
    states = document["states"].items()
    told = [
        f"{reporting_label(state, over=document['is_over']).lower()}: {number}" for state, number in states if number
    ]
    print_line(
        f"Phải gửi: {document['expected']}; đã gửi: {document['actual']} ({format_percent(document['rate'])}); đúng hạn: "
        f"{document['actual_on_time']} ({format_percent(document['rate_on_time'])})."
    )
    print_line(f"Trong đó: {'; '.join(told)}.")
    if document["locked"]:
        locked_at = format_time(datetime.fromisoformat(document["locked"]["locked_at"]))
        print_line(f"Số liệu đã khóa lúc {locked_at}; bảng trên theo các bản đã khóa.")
        for row in document["after_lock"]:
            sent = format_time(datetime.fromisoformat(row["sent_at"]))
            print_line(
                f"Nhận sau khi khóa, chưa vào báo cáo: {plan.unit(row['unit_id']).short_name}, lần {row['revision']}, gửi lúc {sent}."
            )
    if document["unexpected"]:
        names = ", ".join(plan.unit(unit_id).short_name for unit_id in document["unexpected"])
        print_line(f"Đã gửi nhưng không thuộc diện phải gửi kỳ này (không tính vào tỷ lệ): {names}.")


def _describe_deadline(half: Period, days_left: int) -> str:
    """Return the deadline, the last working day before it, and how many days are left, in one sentence."""
    text = f"Hạn gửi: {half.deadline_text}"
    if half.last_working_day != half.last_day:
        text += f" (ngày làm việc cuối cùng: {format_date(half.last_working_day)})"
    if days_left > 0:
        return f"{text}; còn {days_left} ngày."
    if days_left == 0:
        return f"{text}; đây là ngày cuối cùng."
    ending = "; kỳ đầu tiên của Kế hoạch nên đơn vị chưa gửi không bị tính quá hạn" if half.is_first else ""
    return f"{text}; đã hết hạn {-days_left} ngày{ending}."
