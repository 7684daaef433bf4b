"""`nq57kit request`, `judge`, `remind`, `issues` and `calendar`: what persons decide, recorded in the store; what goes to units; a year's days.

In: what is asked of whom; a subject, a verdict, its basis; a period; a year. Out: records that later reports read, letters, a file
for calendar programs; no rule is here.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli import console
from nq57kit.desk import find_desk
from nq57kit.files import prepare_folder, write_atomically
from nq57kit.submissions.contract import code_label, load_codes
from nq57kit.text import format_date, format_number, format_weekday

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from nq57kit.plan import Plan
    from nq57kit.store import Store

_REASONS: Final = tuple(load_codes("letter_reason"))


@click.group(cls=console.Group, subcommand_metavar="VIỆC …", short_help="Yêu cầu báo cáo đột xuất.")
def request() -> None:
    """Lập yêu cầu báo cáo đột xuất, xem các yêu cầu đã lập."""


@request.command("new", short_help="Lập một yêu cầu, được kho đánh số.")
@click.option("--title", required=True, metavar="NỘI_DUNG", help="Yêu cầu báo cáo về việc gì.")
@click.option("--from", "start", required=True, metavar="NGÀY", help="Kỳ số liệu từ ngày, ví dụ 2027-03-01.")
@click.option("--to", "end", required=True, metavar="NGÀY", help="Kỳ số liệu đến hết ngày.")
@click.option("--due", required=True, metavar="HẠN", help="Hạn gửi: một ngày (hết ngày) hoặc «20/08/2027 16:00».")
@click.option("--tables", required=True, metavar="BẢNG,…", help="Các bảng của biểu mẫu, ví dụ activities,workforce.")
@click.option("--units", required=True, metavar="ĐƠN_VỊ,…", help="Mã đơn vị, nhóm (nhom:vien) hoặc all.")
@click.option("--basis", required=True, metavar="VĂN_BẢN", help="Văn bản yêu cầu.")
@click.option("--by", default=None, metavar="VAI_TRÒ", help="Ai yêu cầu (mặc định: đơn vị tổng hợp).")
@click.option("--day", type=console.DAY, metavar="NGÀY", help="Ngày yêu cầu (mặc định: hôm nay).")
@console.store_option
@console.plan_option
@console.format_option
def new_request(
    *, title: str, tables: str, units: str, store: Path | None, plan_folder: Path | None, form: str, **asked: Any
) -> None:
    """Lập một yêu cầu báo cáo đột xuất và in mã kỳ của nó, ví dụ 2027-R01.

    Sau đó dùng mã kỳ này như kỳ khác: template, check, ingest, status, report request. Số liệu của báo cáo đột xuất không vào báo
    cáo 6 tháng, báo cáo năm.
    Ví dụ: nq57kit request new --title «Kết quả Tháng thanh niên» --from 2027-03-01 --to 2027-07-31 --due «20/08/2027 16:00»
    --tables activities,workforce --units nhom:vien --basis «Công văn số …»
    """
    from nq57kit.store import Store, request_report

    kept = Store.create(console.resolve_store(store), plan=console.read_plan(plan_folder))
    lists: dict[str, Any] = {
        name: [one for one in text.split(",") if one.strip()] for name, text in (("tables", tables), ("units", units))
    }
    record = request_report(kept, title, **asked, **lists)
    told = _tell_request(kept.plan, record.values["period"])
    if form == "json":
        console.print_json(told)
        return
    console.print_line(
        f"Đã lập yêu cầu {told['period']}: {told['title']}; {len(told['expected'])} đơn vị, hạn gửi {told['deadline_text']}."
    )
    console.print_line(f"Lập biểu mẫu: nq57kit template {told['period']}")


@request.command("list", short_help="Xem các yêu cầu đã lập.")
@console.store_option
@console.plan_option
@console.format_option
@console.opens_store
def list_requests(kept: Store, *, form: str) -> None:
    """Xem các yêu cầu báo cáo đột xuất của kho: mã kỳ, nội dung, kỳ số liệu, hạn gửi, số đơn vị được yêu cầu."""
    told = [_tell_request(kept.plan, period) for period, _ in kept.plan.calendar.requests]
    if form == "json":
        console.print_json(told)
        return
    rows = [
        [one["period"], one["title"], one["window_text"], one["deadline_text"], len(one["expected"]), one["basis"]]
        for one in told
    ]
    if not rows:
        console.print_line("Kho chưa có yêu cầu báo cáo đột xuất nào.")
        return
    console.print_table(["Mã kỳ", "Nội dung", "Kỳ số liệu", "Hạn gửi", "Đơn vị", "Văn bản yêu cầu"], rows, right=[4])


def _tell_request(plan: Plan, text: str) -> dict[str, Any]:
    """A request as plain values, with its days in words and the units that it asks (`expected`)."""
    period = plan.period(text)
    return {
        "period": text,
        **(period.request.as_values() if period.request else {}),
        "window_text": " – ".join(map(format_date, period.window)),
        "deadline_text": period.deadline_text,
        "expected": plan.units_reporting(period)["unit_id"].to_list(),
    }


@console.command(short_help="Ghi kết luận về một mục tiêu định tính hoặc một trách nhiệm.")
@click.argument("subject", metavar="NỘI_DUNG")
@click.argument("year", metavar="NĂM", type=int)
@click.argument("verdict", metavar="KẾT_LUẬN")
@click.option("--basis", default="", metavar="CĂN_CỨ", help="Căn cứ của kết luận, bắt buộc: văn bản, biên bản …")
@click.option(
    "--by", default=None, metavar="VAI_TRÒ", help="Ai kết luận (mặc định: đơn vị tổng hợp báo cáo); không ghi họ tên."
)
@click.option("--day", type=console.DAY, metavar="NGÀY", help="Ngày kết luận (mặc định: hôm nay).")
@console.store_option
@console.plan_option
@console.opens_store
def judge(kept: Store, *, subject: str, year: int, verdict: str, **decided: Any) -> None:
    """Ghi vào kho KẾT_LUẬN (met: đạt, not_met: chưa đạt) về một mục tiêu định tính hoặc một trách nhiệm tổ chức thực hiện.

    Báo cáo lập sau đó nêu kết luận, ngày, căn cứ; kết luận sau thay kết luận trước, kết luận trước vẫn còn trong kho. Mục tiêu
    chưa đạt của năm trước được theo dõi tiếp cho đến khi đạt hoặc ghi closed (thôi theo dõi).
    Ví dụ: nq57kit judge network_formed 2026 met --basis «Thông báo kết luận họp ngày 18/12/2026»
    """
    from nq57kit.store import judge as record_judgement

    record = record_judgement(kept, subject, year, verdict, **decided)
    console.print_line(
        f"Đã ghi kết luận về «{subject}», năm {year}: {verdict}; {record.by}, ngày {format_date(record.day)}; căn cứ: {record.basis}."
    )


@console.command(short_help="Lập công văn đôn đốc từng đơn vị.")
@click.argument("period", metavar="KỲ")
@click.option(
    "--units", default="", metavar="ĐƠN_VỊ", help="Chỉ các đơn vị này: mã, tên hoặc nhom:MÃ_NHÓM, cách nhau dấu phẩy."
)
@click.option(
    "--for",
    "reasons",
    multiple=True,
    type=click.Choice(_REASONS),
    help="Chỉ đôn đốc việc này, ghi được nhiều lần (mặc định: tất cả): "
    f"{'; '.join(f'{code}: {one.label.lower()}' for code, one in load_codes('letter_reason').items())}.",
)
@click.option(
    "--reply-by",
    type=console.DAY,
    metavar="NGÀY",
    help="Đề nghị trả lời trước ngày này (không ghi: để trống trong công văn).",
)
@click.option("--dry-run", is_flag=True, help="Lập văn bản, không ghi vào kho là đã đôn đốc.")
@console.out_option
@console.store_option
@console.as_of_option
@console.plan_option
@console.opens_store
def remind(
    kept: Store,
    *,
    period: str,
    units: str,
    reasons: tuple[str, ...],
    reply_by: date | None,
    dry_run: bool,
    out: Path | None,
    as_of: date | None,
) -> None:
    """Lập công văn đôn đốc (dự thảo) cho từng đơn vị còn thiếu việc gì của một KỲ; ghi vào kho là đã đôn đốc, lần thứ mấy.

    Ghi vào một thư mục: mỗi đơn vị một tệp Word và một thư điện tử (.txt), một tệp Word gộp để in, một danh sách gọi điện
    (.xlsx, không có tên, số điện thoại của ai). Chạy lại trong cùng một ngày không ghi thành hai lần. Số, ngày, chữ ký do người
    ký điền. Ai ký, nơi nhận: sửa tệp the-thuc/letterhead.toml.
    Ví dụ: nq57kit remind 2026-H2 --for missing --for refused --reply-by 2027-01-05
    """
    from nq57kit.plan.units import resolve
    from nq57kit.reports.letters import find_letters, read_words_of, record_letters, write_letters
    from nq57kit.store.logbook import read_reference

    plan, asked = kept.plan, kept.plan.period(period)
    today, desk = datetime.now(plan.settings.zone).date(), find_desk()
    day = as_of or today
    letterhead = desk.letterhead if desk else None
    letters = find_letters(kept.snapshot(), plan, asked, day, reasons=reasons or _REASONS)
    if units:
        given = [read_reference(one, plan, asked.last_day) for one in units.split(",") if one.strip()]
        wanted = resolve(given, plan.units)
        letters = [one for one in letters if one.unit_id in wanted]
    if not letters:
        console.print_line(f"Không có đơn vị nào phải đôn đốc về {asked.label}, tính đến hết ngày {format_date(day)}.")
        return
    folder = console.resolve_out(out) / f"don-doc-{asked}-{day.isoformat()}"
    prepare_folder(folder)
    paths = write_letters(letters, plan, folder, letterhead=letterhead, reply_by=reply_by)
    written = 0 if dry_run else record_letters(kept, letters, by=read_words_of(letters[0], letterhead).author)
    console.print_table(["Đơn vị", "Lần", "Nội dung"], [[one.unit, one.time, one.short] for one in letters], right=[1])
    if any(one.returned for one in letters):
        console.print_line(
            "Biểu mẫu trả lại nêu trong công văn lập bằng: nq57kit check TỆP_ĐƠN_VỊ_GỬI --return THƯ_MỤC"
        )
    again = f"; {len(letters) - written} công văn đã ghi từ trước trong ngày" if written < len(letters) else ""
    dry = "Chưa ghi vào kho (--dry-run): các công văn này chưa được tính là đã đôn đốc."
    console.print_line(dry if dry_run else f"Đã ghi vào kho {written} lần đôn đốc{again}.")
    if day > today and not dry_run:
        console.print_line(f"Lưu ý: ngày {format_date(day)} chưa đến; công văn được ghi với ngày này.")
    if stale := sorted({path.name for path in folder.glob("don-doc-*")} - {path.name for path in paths}):
        console.print_line(f"Lưu ý: tệp của lần chạy trước, nay không lập lại: {', '.join(stale)}.")
    console.print_line(f"Đã ghi {len(paths)} tệp vào {folder}: {len(letters)} công văn (dự thảo).")


@console.command(short_help="Ghi việc phê duyệt kế hoạch và dự toán năm.")
@click.argument("period", metavar="KỲ")
@click.argument("unit", metavar="ĐƠN_VỊ|all")
@click.option("--document", default="", metavar="VĂN_BẢN", help="Văn bản phê duyệt, bắt buộc: số, ký hiệu, ngày.")
@click.option(
    "--by", default=None, metavar="VAI_TRÒ", help="Ai phê duyệt (mặc định: cấp có thẩm quyền); không ghi họ tên."
)
@click.option("--day", type=console.DAY, metavar="NGÀY", help="Ngày phê duyệt (mặc định: hôm nay).")
@console.store_option
@console.plan_option
@console.opens_store
def approve(kept: Store, *, period: str, unit: str, document: str, by: str | None, day: date | None) -> None:
    """Ghi vào kho rằng kế hoạch năm (KỲ, ví dụ 2027-P) của một ĐƠN_VỊ, hoặc của mọi đơn vị đã gửi (all), được phê duyệt.

    Bản được phê duyệt là bản đang có hiệu lực, tức bản gửi mới nhất. Bản gửi sau đó là đề xuất điều chỉnh: chưa được tính cho đến khi
    được phê duyệt bằng văn bản của chính nó. Ví dụ: nq57kit approve 2027-P all --document «Quyết định số …» --day 2027-01-15
    """
    from nq57kit.store import approve as record_approvals
    from nq57kit.store.logbook import APPROVER

    plan, asked = kept.plan, kept.plan.period(period)
    units = None if unit == "all" else [console.read_unit_id(plan, unit, asked)]
    records = record_approvals(kept, asked, units, document=document, by=by or APPROVER, day=day)
    for record in records:
        console.print_line(f"{plan.name_of(record.values['unit_id'])}: bản gửi lần {record.values['revision']}")
    console.print_line(
        f"Đã ghi phê duyệt {format_number(len(records))} kế hoạch ({asked.label}) theo «{document}»."
        if records
        else "Không có bản nào mới để phê duyệt."
    )


@console.command(short_help="Ghi lịch của một năm thành tệp .ics.")
@click.argument("year", metavar="NĂM", type=int)
@click.option(
    "--out", type=console.PATH, metavar="TỆP", help="Tệp .ics cần ghi (mặc định: lich-NĂM.ics ở nơi ghi kết quả)."
)
@click.option(
    "--store",
    type=console.PATH,
    metavar="THƯ_MỤC",
    help="Kèm ngày hoàn thành của các dòng kế hoạch năm trong kho này (mặc định: kho của thư mục làm việc, nếu có).",
)
@console.plan_option
def calendar(*, year: int, out: Path | None, store: Path | None, plan_folder: Path | None) -> None:
    """Ghi lịch của một NĂM (.ics): hạn gửi báo cáo, ngày làm việc cuối cùng trong hạn, ngày chốt tiếp nhận, các ngày hưởng ứng.

    Ở nơi có kho thì kèm ngày dự kiến hoàn thành của từng dòng kế hoạch năm.

    Nhập tệp vào Outlook, Thunderbird hoặc lịch trên điện thoại; nhập lại thì cập nhật, không thêm trùng.
    Ví dụ: nq57kit calendar 2027
    """
    from nq57kit.plan.agenda import list_days, to_icalendar

    plan, source, lines = console.read_plan(plan_folder), console.find_store(store), []
    if source is not None:
        from nq57kit.store import Store, read_plans

        plan.period(str(year))  # says what is wrong with a year that the plan does not have
        kept = Store(source, plan=plan)
        plan, lines = kept.plan, read_plans(kept.snapshot(), year, None)[1].to_dicts()
    days = list_days(plan, year, lines)
    path = out or console.resolve_out(None) / f"lich-{year}.ics"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, to_icalendar(days))
    console.print_table(
        ["Ngày", "Nội dung", "Căn cứ"], [[format_weekday(day.on), day.title, day.basis] for day in days]
    )
    console.print_line(f"Đã ghi {path}.")


@console.command(short_help="Lập bảng khó khăn, kiến nghị gửi nơi giải quyết.")
@click.argument("period", metavar="KỲ")
@click.option("--unit", metavar="ĐƠN_VỊ", help="Chỉ những nội dung gửi đến đơn vị này (mã hoặc tên).")
@click.option(
    "--out",
    type=console.PATH,
    metavar="NƠI_GHI",
    help="Tệp .xlsx cần ghi; là thư mục thì ghi cho mỗi đơn vị một tệp. Không có thì in bảng.",
)
@console.as_of_option
@console.store_option
@console.plan_option
@console.format_option
@console.opens_store
def issues(kept: Store, *, period: str, unit: str | None, out: Path | None, as_of: date | None, form: str) -> None:
    """Lập bảng khó khăn, kiến nghị của một KỲ và của các kỳ trước chưa có kết quả, để nơi được đề nghị điền trả lời.

    Ý kiến giống nhau được gộp làm một. Tệp đã điền được kiểm tra và ghi vào kho bằng «nq57kit check», «nq57kit ingest»; trả lời
    sau thay trả lời trước, trả lời trước vẫn còn trong kho.
    Ví dụ: nq57kit issues 2026-H2 --unit \"Vụ Tổ chức cán bộ\" --out tra-loi.xlsx
    """
    import polars as pl

    from nq57kit.indicators.difficulties import gather_questions, is_open
    from nq57kit.reports.report import read_raised
    from nq57kit.show.difficulties import fill_answers
    from nq57kit.submissions.form import build_answers

    plan, view, asked = kept.plan, kept.snapshot(), kept.plan.period(period)
    day = as_of or datetime.now(plan.settings.zone).date()
    unit_id = console.read_unit_id(plan, unit, asked) if unit else None
    raised = read_raised(view, plan, asked, day)
    found = gather_questions(plan, asked, as_of=day, raised=raised, answers=view.records("answer", as_of=day))
    found = found.filter(pl.col("is_now") | is_open())
    chosen = found.filter(pl.col("addressees").list.contains(unit_id)) if unit_id else found
    if form == "json":
        console.print_json(json.loads(chosen.write_json()))
    elif out is None:
        _print_issues(chosen, fill_answers(chosen, plan, unit_id))
    if out is None:
        return
    notice = next(iter(view.receipts()["notice"].drop_nulls()), None)
    say = console.complain if form == "json" else console.print_line

    def write(path: Path, some: pl.DataFrame, one: str | None) -> None:
        rows = fill_answers(some, plan, one)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, build_answers(plan, asked, plan.unit(one) if one else None, rows, notice))
        say(f"Đã ghi {path}: {len(rows)} nội dung.")

    if out.suffix.casefold() == ".xlsx":
        write(out, chosen, unit_id)
        return
    prepare_folder(out)
    addressees = sorted({one for some in chosen["addressees"] for one in some if unit_id in (None, one)})
    for one in addressees:
        write(out / f"tra-loi_{asked}_{one}.xlsx", chosen.filter(pl.col("addressees").list.contains(one)), one)
    unclear = chosen.filter(pl.col("addressees").list.len() == 0)
    if unclear.height:
        write(out / f"tra-loi_{asked}_chua-ro-noi-giai-quyet.xlsx", unclear, None)


def _print_issues(questions: pl.DataFrame, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print questions, one a row, and how many have nobody to answer them."""
    heads = ["Mã", "Khó khăn, vướng mắc", "Kiến nghị", "Số đơn vị", "Nơi giải quyết", "Tình trạng", "Đã chờ (ngày)"]
    lines = [
        [row["question_id"], row["description"], row["proposal"], len(one["units"]),
         row["unit_id"] or row["authority"] or "Chưa rõ nơi giải quyết",
         code_label("answer_state", one["state"]) if one["state"] else "Chưa ghi nhận trả lời", one["waited_days"]]
        for row, one in zip(rows, questions.to_dicts(), strict=True)
    ]  # fmt: skip
    console.print_table(heads, lines, right=[3, 6])
    unclear = questions.filter(questions["addressees"].list.len() == 0).height
    console.print_line(f"{len(lines)} nội dung; {unclear} chưa rõ nơi giải quyết.")
