"""`nq57kit ingest`, `status`, `diff`, `crosscheck`, `export`: workbooks into the store, who has sent, what changed, what disagrees; its rows as files."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli import console
from nq57kit.text import format_date, format_number, format_percent, format_time, format_weekday

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from nq57kit.plan import Period, Plan
    from nq57kit.store import Change, Difference, IngestReport, Store
    from nq57kit.store.export import Target

_SOURCES: Final = {
    "option": "--sent-at",
    "sent.csv": "sent.csv",
    "ingest": "lúc nhận",
    "correction": "sửa sau khi nhận",
}
_KINDS: Final = {"changed": "sửa", "added": "thêm dòng", "removed": "bỏ dòng"}
#: Characters of a row's name that the terminal shows; the cell beside it says which row it is.
_NAME_SHOWN: Final = 40
_AFTER_LOCK: Final = {("after_lock", True): ", gửi đúng hạn", ("after_lock", False): ", gửi muộn"}
_HIDDEN: Final = "(thông tin liên hệ, không hiển thị)"


@console.command(short_help="Nhận biểu mẫu vào kho.")
@click.argument("paths", nargs=-1, required=True, type=console.PATH, metavar="TỆP…")
@console.store_option
@click.option("--sent-at", metavar="THỜI_ĐIỂM", help="Thời điểm đơn vị gửi, ví dụ «18/12/2026 16:30» (giờ Hà Nội).")
@console.legacy_option
@click.option("--empty-ok", is_flag=True, help="Hộp nhận trống không phải là lỗi: dùng khi máy chạy lệnh theo lịch.")
@console.plan_option
@console.format_option
def ingest(
    paths: tuple[Path, ...],
    *,
    empty_ok: bool,
    store: Path | None,
    sent_at: str | None,
    plan_folder: Path | None,
    form: str,
    **given: Any,
) -> int:
    """Nhận biểu mẫu vào kho; một thư mục, một tệp .zip được nhận với mọi tệp trong đó.

    Thời điểm gửi lấy theo --sent-at, nếu không thì theo sent.csv cạnh các tệp, nếu không nữa thì lúc nhận. Tệp có lỗi bị
    trả lại, các tệp khác vẫn được nhận; bản quét, thư, ảnh được ghi là đã gửi, phải gửi lại nếu tên tệp hoặc thư mục cho
    biết đơn vị. Thoát với mã 0 khi nhận hết, 1 khi có tệp bị trả lại.
    """
    from nq57kit.store import IngestReport, Store, find_submissions, parse_sent_at
    from nq57kit.store import ingest as take_in

    if empty_ok and all(path.is_dir() and not any(path.iterdir()) for path in paths):
        if form == "json":
            console.print_json(IngestReport(()).as_json())
        else:
            console.print_line("Hộp nhận trống, không có gì để nhận.")
        return 0
    folder, plan = console.resolve_store(store), console.read_plan(plan_folder)
    moment = parse_sent_at(sent_at, plan.settings.zone) if sent_at else None
    with console.show_progress("Nhận vào kho", len(find_submissions(paths))) as step:
        report = take_in(paths, Store.create(folder, plan=plan), sent_at=moment, progress=step, **given)
    if form == "json":
        console.print_json(report.as_json())
    else:
        _print_ingest(report, plan)
    return 0 if report.ok else console.REFUSED


def _print_ingest(report: IngestReport, plan: Plan) -> None:
    """Print one line per file, then the findings of those refused."""
    from nq57kit.cli.forms import print_findings
    from nq57kit.plan.period import label_period
    from nq57kit.store.arrivals import ask_about_future, list_names
    from nq57kit.store.intake import OUTCOMES
    from nq57kit.submissions.comparisons import HALF_CODES
    from nq57kit.submissions.findings import SEVERITY_LABELS, load_finding_kinds

    rows = []
    for result in report.results:
        when = format_time(result.sent_at.astimezone(plan.settings.zone))
        rows.append(
            [
                result.file,
                OUTCOMES[result.outcome],
                plan.name_of(result.unit_id) if result.unit_id else "chưa rõ",
                label_period(result.period) if result.period else "chưa rõ",
                result.revision or "",
                when,
                _SOURCES[result.sent_at_source],
                {True: "đúng hạn", False: "muộn", None: ""}[result.on_time],
            ]
        )
    console.print_table(["Tệp", "Kết quả", "Đơn vị", "Kỳ", "Lần", "Gửi lúc", "Theo", "Hạn"], rows, right=[4])
    for result in report.results:
        if result.outcome == "not_workbook":
            console.print_line(f"{result.file}: {' '.join(item.message for item in result.submission.findings)}")
        elif result.outcome in ("refused", "secret"):
            console.print_line(f"{result.file}: PHẢI SỬA")
            print_findings(tuple(item for item in result.submission.findings if item.severity == "error"))
    for result in report.results:
        against = tuple(item for item in result.submission.findings if item.code in HALF_CODES)
        if result.outcome == "accepted" and against:
            console.print_line(f"{result.file}: khác với kỳ trước, cần đơn vị xem lại")
            print_findings(against)
    kinds = Counter(
        (finding.severity, finding.code, result.file)
        for result in report.results
        for finding in result.submission.findings
        if result.outcome == "accepted" and finding.severity != "error"
    )
    for severity, code in sorted({key[:2] for key in kinds}, reverse=True):
        files = {file: number for (*kind, file), number in kinds.items() if kind == [severity, code]}
        many = f"{sum(files.values())} {SEVERITY_LABELS[severity].lower()}"
        title = load_finding_kinds()[code].title
        console.print_line(f"{many} loại «{title}» ({code}) ở {len(files)} tệp{list_names(list(files))}.")
    told = {result.file: result.sent_at for result in report.results if result.sent_at_source != "ingest"}
    for note in (*report.notes, *ask_about_future(told)):
        console.print_line(f"Lưu ý: {note}")
    counts = {label: sum(row[1] == label for row in rows) for label in OUTCOMES.values()}
    console.print_line("Tổng số: " + "; ".join(f"{label}: {count}" for label, count in counts.items() if count) + ".")


@console.command(short_help="Xem tình hình gửi báo cáo.")
@click.argument("period", metavar="KỲ")
@console.store_option
@console.as_of_option
@console.plan_option
@click.option("--cross", is_flag=True, help="Kèm kết quả đối chiếu giữa các đơn vị.")
@console.format_option
@console.opens_store
def status(kept: Store, *, period: str, as_of: date | None, form: str, cross: bool) -> None:
    """Xem tình hình gửi báo cáo của một KỲ: đúng hạn, muộn, phải sửa, không có nội dung, chưa gửi; còn mấy ngày.

    Tỷ lệ tính trên số đơn vị phải gửi; đơn vị thuộc hai nhóm được tính ở cả hai nhóm và một lần trong tổng số.
    """
    from nq57kit.store import reporting_status

    plan, wanted = kept.plan, kept.plan.period(period)
    day = as_of or datetime.now(plan.settings.zone).date()
    document = reporting_status(kept, wanted, plan, day)
    across = kept.cross_findings(wanted.sources[-1], as_of=day) if cross else None
    if form == "json":
        console.print_json(document if across is None else {**document, "cross": across.to_dicts()})
        return
    _print_status(document, plan, wanted, day)
    if across is not None:
        _print_crosscheck("Đối chiếu giữa các đơn vị", across, plan)


def _print_status(document: dict[str, Any], plan: Plan, period: Period, day: date) -> None:
    """Print who has sent, the rates of the groups, and the days left."""
    from nq57kit.plan.agenda import describe_deadline
    from nq57kit.store.locks import shorten_seal
    from nq57kit.submissions.contract import reporting_label

    half, over = period.sources[-1], document["is_over"]
    names = dict(plan.units.select("unit_id", "name").iter_rows())
    short = dict(plan.units.select("unit_id", "short_name").iter_rows())
    console.print_line(f"{period.label[0].upper()}{period.label[1:]}, tính đến hết ngày {format_date(day)}")
    if period.is_year:
        console.print_line(f"Tình hình gửi báo cáo {half.label}:")
    console.print_line(describe_deadline(half, day))
    if half.request:
        console.print_line(f"Nội dung yêu cầu: {half.request.title}. Văn bản yêu cầu: {half.request.basis}.")
    if half.is_half:
        console.print_line(
            f"Chốt tiếp nhận để tổng hợp báo cáo của {plan.words['name']}: hết {format_weekday(half.closes_on)}; "
            "không dùng để xét đúng hạn."
        )
    rows = [
        [
            names[unit["unit_id"]],
            reporting_label(unit["state"], over=over) + _AFTER_LOCK.get((unit["state"], unit["on_time"]), ""),
            format_time(datetime.fromisoformat(unit["sent_at"])) if unit["sent_at"] else "",
            unit["revision"] or "",
        ]
        for unit in document["units"]
    ]
    heads, right = ["Đơn vị", "Tình trạng", "Gửi lúc", "Lần"], [3]
    if period.is_plan:
        heads, right = [*heads, "Kế hoạch", "Văn bản phê duyệt", "Số dòng", "Dự toán (đồng)"], [3, 6, 7]
        rows = [[*row, *_tell_plan(unit)] for row, unit in zip(rows, document["units"], strict=True)]
    console.print_table(heads, rows, right=right)
    console.print_line()
    whole = "Các đơn vị được yêu cầu" if half.request else plan.words["Whole"]
    measured = [*document["groups"], {"label": whole, **document}]
    console.print_table(
        ["Nhóm đơn vị", "Phải gửi", "Đã gửi", "Tỷ lệ", "Đúng hạn", "Tỷ lệ đúng hạn", "Không có nội dung"],
        [
            [row["label"], row["expected"], row["actual"], format_percent(row["rate"]), row["actual_on_time"],
             format_percent(row["rate_on_time"]), row["empty"]]
            for row in measured
        ],
        right=[1, 2, 3, 4, 5, 6],
    )  # fmt: skip
    states = document["states"].items()
    told = [f"{reporting_label(state, over=over).lower()}: {number}" for state, number in states if number]
    console.print_line(
        f"Phải gửi: {document['expected']}; đã gửi: {document['actual']} ({format_percent(document['rate'])}); đúng hạn: "
        f"{document['actual_on_time']} ({format_percent(document['rate_on_time'])})."
    )
    console.print_line(f"Trong đó: {'; '.join(told)}.")
    if document["locked"]:
        locked_at = format_time(datetime.fromisoformat(document["locked"]["locked_at"]))
        code = shorten_seal(document["locked"]["seal"])
        console.print_line(f"Số liệu đã khóa lúc {locked_at}, mã khóa {code}; bảng trên theo các bản đã khóa.")
        for row in document["after_lock"]:
            sent = format_time(datetime.fromisoformat(row["sent_at"]))
            console.print_line(
                f"Nhận sau khi khóa, chưa vào báo cáo: {short[row['unit_id']]}, lần {row['revision']}, gửi lúc {sent}."
            )
    if document["unexpected"]:
        whys = {unit_id: plan.explain_absence(unit_id, half) for unit_id in document["unexpected"]}
        others = ", ".join(short[unit_id] + (f" ({why})" if why else "") for unit_id, why in whys.items())
        console.print_line(f"Đã gửi nhưng không thuộc diện phải gửi kỳ này (không tính vào tỷ lệ): {others}.")
    for change in document["changes"]:
        console.print_line(f"{change}.")


def _tell_plan(unit: dict[str, Any]) -> list[Any]:
    """Return how a unit's yearly plan stands, its approval, and how much it has."""
    from nq57kit.submissions.contract import code_label

    pending = f"; lần {unit['pending']}: đề xuất điều chỉnh" if unit["pending"] else ""
    state = code_label("plan_state", unit["plan"]) + pending if unit["plan"] != "missing" else ""
    estimate = "" if unit["cost_estimate_vnd"] is None else format_number(unit["cost_estimate_vnd"])
    return [state, unit["document"] or "", unit["lines"] or "", estimate]


@console.command(short_help="Xem đơn vị đã sửa những gì.")
@click.argument("unit", metavar="ĐƠN_VỊ")
@click.argument("period", metavar="KỲ")
@console.store_option
@click.option("--from", "old", type=click.IntRange(1), metavar="LẦN", help="Lần gửi trước (mặc định: lần kề trước).")
@click.option("--to", "new", type=click.IntRange(1), metavar="LẦN", help="Lần gửi sau (mặc định: lần mới nhất).")
@console.plan_option
@console.format_option
@console.opens_store
def diff(kept: Store, *, unit: str, period: str, old: int | None, new: int | None, form: str) -> None:
    """So sánh hai lần gửi báo cáo của một ĐƠN_VỊ trong một KỲ, từng ô một.

    ĐƠN_VỊ là mã hoặc tên. Không ghi --from, --to thì so hai lần gửi gần nhất. Ví dụ: nq57kit diff vu-tccb 2026-H2
    """
    from nq57kit.store import find_differences

    plan, half = kept.plan, kept.plan.period(period)
    found = find_differences(kept, console.read_unit_id(plan, unit, half), half, old=old, new=new)
    if form == "json":
        console.print_json(found.as_dict())
        return
    _print_difference(found, plan)


def _print_difference(found: Difference, plan: Plan) -> None:
    console.print_line(f"{plan.unit(found.unit_id).name}, {plan.period(found.period).label}")
    for word, side in (("Từ", found.old), ("Đến", found.new)):
        moment = format_time(datetime.fromisoformat(side.sent_at))
        console.print_line(f"  {word} lần {side.revision}: {side.file}, gửi lúc {moment}")
    if not found.changes:
        console.print_line("Không có ô nào khác nhau (hai tệp khác nhau về trình bày, không khác về số liệu).")
        return
    from nq57kit.submissions import TABLES

    for table in TABLES.values():
        changes = [change for change in found.changes if change.table == table.name]
        if changes:
            console.print_line()
            console.print_line(table.sheet)
            rows = [line for change in changes for line in _describe(change)]
            keyed = any(row[0] for row in rows)
            columns = ["Dòng", "Việc", "Mục", "Trước", "Sau", "Ô"]
            console.print_table(columns if keyed else columns[1:], rows if keyed else [row[1:] for row in rows])
    counts = found.as_dict()["counts"]
    told = "; ".join(f"{_KINDS[kind]}: {format_number(count)}" for kind, count in counts.items() if count)
    console.print_line(f"Tổng số: {told}.")


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


@console.command(short_help="Đối chiếu báo cáo giữa các đơn vị.")
@click.argument("period", metavar="KỲ")
@console.store_option
@console.as_of_option
@console.plan_option
@console.format_option
@console.opens_store
def crosscheck(kept: Store, *, period: str, as_of: date | None, form: str) -> None:
    """Đối chiếu báo cáo trong một KỲ: giữa các đơn vị với nhau, và với kỳ trước của chính đơn vị.

    Kết quả chỉ là điểm cần xem lại, không bỏ số liệu nào. Luôn tính theo các bản mới nhất trong kho; không ghi --as-of thì
    theo mọi bản đã nhận.
    """
    from nq57kit.submissions.comparisons import HALF_CODES

    plan, wanted, snapshot = kept.plan, kept.plan.period(period), kept.snapshot()
    across, findings = snapshot.cross_findings(wanted, as_of=as_of), snapshot.findings(wanted, as_of=as_of)
    earlier = findings.filter(findings["code"].is_in(HALF_CODES))
    if form == "json":
        shown = as_of or datetime.now(plan.settings.zone).date()
        document = {"period": str(wanted), "as_of": shown.isoformat()}
        console.print_json(document | {"across": across.to_dicts(), "earlier": earlier.to_dicts()})
        return
    until = f", tính đến hết ngày {format_date(as_of)}" if as_of else ""
    console.print_line(f"Đối chiếu {wanted.label}{until}")
    if wanted.is_request:
        _print_crosscheck("Với báo cáo 6 tháng của chính đơn vị", across, plan)
        return
    _print_crosscheck("Giữa các đơn vị", across, plan)
    _print_crosscheck("Với kỳ trước của chính đơn vị", earlier, plan)


def _print_crosscheck(title: str, findings: pl.DataFrame, plan: Plan) -> None:
    """Print cross-check findings under a title, unit by unit; say so where there are none."""
    from nq57kit.plan.period import label_period

    console.print_line()
    if findings.is_empty():
        console.print_line(f"{title}: không có điểm nào cần xem lại.")
        return
    console.print_line(f"{title}: {format_number(findings.height)} điểm cần xem lại")
    names = dict(plan.units.select("unit_id", "short_name").iter_rows())
    several = findings["period"].n_unique() > 1
    rows = [
        [
            names.get(row["unit_id"], row["unit_id"]),
            *([label_period(row["period"])] if several else []),
            row["sheet"],
            row["cell"],
            row["message"],
        ]
        for row in findings.iter_rows(named=True)
    ]
    console.print_table(["Đơn vị", *(["Kỳ"] if several else []), "Trang tính", "Ô", "Nội dung"], rows)


@console.command(short_help="Xuất số liệu của một kỳ ra CSV, DuckDB hoặc Excel.")
@click.argument("period", metavar="KỲ")
@click.option("--to", type=click.Choice(["csv", "duckdb", "xlsx"]), required=True, help="Dạng tệp.")
@console.store_option
@console.out_option
@console.as_of_option
@console.plan_option
@console.opens_store
def export(kept: Store, *, period: str, to: Target, out: Path | None, as_of: date | None) -> None:
    """Xuất số liệu các đơn vị đã báo cáo của một KỲ (bản được tính, không có thông tin liên hệ) cho chương trình khác.

    csv: mỗi bảng một tệp, kèm datapackage.json nói mỗi cột là gì; duckdb, xlsx: một tệp. Ví dụ: nq57kit export 2026-H2 --to xlsx
    """
    from nq57kit.store.export import export as write_tables

    for path in write_tables(kept, kept.plan.period(period), to, console.resolve_out(out), as_of=as_of):
        console.print_line(str(path))
