"""What a unit sent and when, what was found in it, what was not counted, what is still missing, what falls due.

In: `UnitResults`. Out: sentences and tables. Contact data is never shown, not even in a finding about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import names_of, period_label, records, sheet_label
from nq57kit.show.blocks import Block, Blocks, Bullets, Column, Note, Paragraph, Table
from nq57kit.show.scorecard._card import has_report, list_tasks, plan_source, said_in, source, state_of
from nq57kit.show.tables._cells import notes_of, number, rows_of
from nq57kit.show.tables.remarks import tabulate_left_out
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import SEVERITY_LABELS, load_finding_kinds
from nq57kit.text import format_date, format_number, format_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.indicators.unit import UnitResults
    from nq57kit.plan import Period

__all__ = [
    "agenda_table",
    "describe_gaps",
    "describe_left_out",
    "describe_sending",
    "findings_block",
    "gaps_of",
    "next_text",
    "sending_text",
    "sendings_table",
]

_SOURCES: Final[Mapping[str, str]] = {
    "option": "Người nhận ghi",
    "sent.csv": "Sổ nhận báo cáo",
    "ingest": "Lúc nhận vào kho",
    "correction": "Sửa sau khi nhận",
}
_STATES: Final[Mapping[str, str]] = {
    "overdue": "Quá hạn",
    "empty": "Đã gửi, không có nội dung",
    "unreported": "Đã qua hạn, chưa có báo cáo",
    "open": "Chưa hoàn thành",
    "again": "Của năm sau",
    "next": "Kỳ tới",
}
#: From this many rows on, a list stands behind a click on screen.
_FOLD_FROM: Final = 12


def sending_text(card: UnitResults) -> str:
    """Return when the unit sent its report of the period, whether in time, and what came of it."""
    inputs, row = card.own.inputs, state_of(card)
    half, state, sent = inputs.period.halves[-1], row["state"], row["sent_at"]
    if state == "missing":
        day = format_date(inputs.as_of)
        head = f"Đến hết ngày {day}, chưa nhận được báo cáo {half.label} của đơn vị"
        if not half.is_over(inputs.as_of):
            return f"{head}; thời hạn gửi là {half.deadline_text}{_working(half)}."
        if half.is_first:
            return f"{head}. Đây là kỳ báo cáo đầu tiên, đơn vị chưa gửi không bị tính là quá hạn."
        return f"{head}; thời hạn gửi ({half.deadline_text}) đã qua. Đề nghị đơn vị gửi báo cáo."
    moment = format_time(sent)
    if state == "refused":
        return (
            f"Báo cáo {half.label} gửi lúc {moment} có lỗi nên chưa được chấp nhận và chưa tính vào số liệu. Đề nghị đơn vị "
            "sửa các lỗi nêu ở phần điểm cần lưu ý rồi gửi lại."
        )
    timely = f"đúng thời hạn ({half.deadline_text})" if row["on_time"] else _lateness(half, sent)
    text = f"Đơn vị gửi báo cáo {half.label} lúc {moment}, {timely}."
    if state == "empty":
        return f"{text} Báo cáo không có nội dung; đề nghị đơn vị gửi lại báo cáo có số liệu."
    if row["revision"] > 1:
        latest = [item for item in records(inputs.receipts) if item["period"] == str(half) and item["is_latest"]]
        text += f" Số liệu lấy theo lần gửi thứ {row['revision']}, lúc {format_time(latest[0]['sent_at'])}."
    return text


def _lateness(half: Period, sent: Any) -> str:
    days = (sent.date() - half.last_day).days
    return f"sau thời hạn ({half.deadline_text}) {format_number(days)} ngày" if days > 0 else "sau thời hạn"


def _working(half: Period) -> str:
    if half.last_working_day == half.last_day:
        return ""
    return f" (ngày làm việc cuối cùng trước thời hạn là {format_date(half.last_working_day)})"


def describe_sending(card: UnitResults) -> Block:
    """Return when the report came, whether in time, and whether a later file was refused."""
    inputs, half = card.own.inputs, str(card.own.inputs.period.halves[-1])
    parts = [sending_text(card)]
    later = [row for row in records(inputs.refusals) if row["period"] == half and has_report(card)]
    if later:
        parts.append(
            f"Lần gửi lúc {format_time(later[-1]['sent_at'])} sau đó có {format_number(later[-1]['errors'])} lỗi nên chưa "
            "được chấp nhận; số liệu theo bản đã được chấp nhận trước đó."
        )
    return Paragraph(" ".join(parts))


def sendings_table(card: UnitResults) -> Block:
    """Return every sending of the year up to the period: accepted revisions, and those refused that still stand."""
    inputs = card.own.inputs
    items: list[dict[str, Any]] = [
        {
            **row,
            "result": ("Đã chấp nhận, không có nội dung" if row["is_empty"] else "Đã chấp nhận")
            + ("" if row["is_latest"] else ", đã có bản thay thế"),
            "timely": "–" if row["on_time"] is None else "Đúng hạn" if row["on_time"] else "Sau thời hạn",
            "told": _SOURCES.get(row["sent_at_source"], row["sent_at_source"]),
        }
        for row in records(inputs.receipts)
    ]
    items += [
        {**row, "result": f"Chưa chấp nhận: {format_number(row['errors'])} lỗi", "timely": "–", "told": ""}
        for row in records(inputs.refusals)
    ]
    if not items:
        return Blocks([])
    items.sort(key=lambda row: (row["period"], row["sent_at"]))
    columns = (
        Column("period", "Kỳ"),
        number("revision", "Lần gửi"),
        Column("sent_at", "Thời điểm gửi", "date"),
        Column("timely", "Thời hạn"),
        Column("result", "Kết quả tiếp nhận"),
        Column("told", "Thời điểm lấy theo"),
    )
    rows = rows_of(items, columns)
    return Table("Các lần gửi báo cáo trong năm", columns, rows, (), source(card), id="lan-gui")


def findings_block(card: UnitResults) -> Block:
    """Return what is to be mended in a refused report, then warnings and notes of the last accepted workbook."""
    blocks: list[Block] = []
    errors = [row for row in records(card.errors) if row["severity"] == "error"]
    if errors:
        half = errors[-1]["period"]
        blocks.append(
            _findings(card, errors, f"Lỗi phải sửa trong báo cáo chưa được chấp nhận ({period_label(half)})", "loi")
        )
    receipts = [row for row in records(card.own.inputs.receipts) if row["is_latest"]]
    if not receipts:
        if not errors:
            blocks.append(Note("Đơn vị chưa có biểu mẫu nào được chấp nhận trong năm.", "empty"))
        return Blocks(blocks)
    last = max(receipts, key=lambda row: str(row["period"]))
    which = f"{period_label(last['period'])}, lần gửi {last['revision']}"
    rows = [row for row in records(card.own.inputs.findings) if row["period"] == last["period"]]
    if rows:
        title = f"Điểm cần lưu ý trong biểu mẫu được chấp nhận gần nhất ({which})"
        blocks.append(_findings(card, rows, title, "luu-y"))
    else:
        blocks.append(Paragraph(f"Biểu mẫu được chấp nhận gần nhất ({which}) không có điểm cần lưu ý."))
    return Blocks(blocks)


def _findings(card: UnitResults, rows: list[dict[str, Any]], title: str, name: str) -> Table:
    items = [
        {
            "severity": SEVERITY_LABELS.get(row["severity"], row["severity"]),
            "sheet": row["sheet"] or (sheet_label(row["table"]) if row["table"] else None),
            "cell": row["cell"],
            "message": _message(row),
        }
        for row in rows
    ]
    columns = (
        Column("severity", "Mức độ"),
        Column("sheet", "Trang tính"),
        Column("cell", "Ô"),
        Column("message", "Nội dung và cách sửa"),
    )
    cells = rows_of(items, columns)
    return Table(title, columns, cells, (), source(card), folded=len(items) > _FOLD_FROM, id=name)


def _message(row: Mapping[str, Any]) -> str:
    """Return what a finding says; about contact data only what kind of finding it is."""
    table, kind = TABLES.get(row["table"] or ""), load_finding_kinds().get(row["code"])
    personal = table is not None and any(field.name == row["field"] and field.personal for field in table.fields)
    return kind.title if personal and kind is not None else str(row["message"])


def describe_left_out(card: UnitResults) -> Block:
    """Return the rows that the unit sent but that are not counted, each with its reason."""
    rows = [row for row in records(card.own.left_out) if row["table"] != "cover"]
    if not rows:
        if not has_report(card):
            return Blocks([])
        return Paragraph("Mọi dòng số liệu trong báo cáo được chấp nhận của đơn vị đều được tính.")
    return tabulate_left_out(rows, source(card))


def gaps_of(card: UnitResults) -> tuple[str, ...]:
    """Return what is still missing from what the unit reported; empty where nothing is."""
    inputs, own = card.own.inputs, card.own
    if not has_report(card):
        return (f"Báo cáo {inputs.period.label}: {_wanted(card)}.",)
    statuses = records(own.task_status)
    unknown = [row["task_id"] for row in statuses if row["status"] == "chua_bao_cao"]
    undated = [row["task_id"] for row in statuses if row["status"] == "hoan_thanh_thieu_ngay"]
    acts = records(own.activities)
    unmeasured = sum(row["reach"] is None for row in acts)
    uncommunicated = sum(not row["communicated"] for row in records(own.science_tasks))
    said = (
        (unknown, f"Tình trạng {list_tasks(unknown)}."),
        (undated, f"Ngày hoàn thành của {list_tasks(undated)}."),
        (
            unmeasured,
            f"Lượt người tiếp cận của {format_number(unmeasured)}/{format_number(len(acts))} hoạt động (chỉ ghi khi có đo).",
        ),
        (said_in(card, "workforce") != str(inputs.period), f"Số liệu nhân lực của {inputs.period.label}."),
        (
            uncommunicated,
            f"Truyền thông {format_number(uncommunicated)} nhiệm vụ KHCN; nếu đã truyền thông thì bổ sung ngày.",
        ),
    )
    return tuple(text for there, text in said if there)


def _wanted(card: UnitResults) -> str:
    return {
        "refused": "sửa các lỗi và gửi lại",
        "empty": "gửi lại báo cáo có nội dung",
    }.get(state_of(card)["state"], "chưa gửi")


def describe_gaps(card: UnitResults) -> Block:
    """Return what is still missing, as a list."""
    gaps = gaps_of(card)
    if not gaps:
        return Paragraph("Báo cáo của đơn vị không còn nội dung nào phải bổ sung.")
    return Blocks([Paragraph("Nội dung còn thiếu, đề nghị đơn vị bổ sung:"), Bullets(gaps)])


def next_text(card: UnitResults) -> str:
    """Return the next reporting deadline in a sentence; empty after the plan's last period."""
    inputs = card.own.inputs
    coming = [row for row in records(card.agenda) if row["what"] == "report" and row["state"] in {"next", "open"}]
    ahead = [row for row in coming if row["due_on"] >= inputs.as_of]
    if not ahead:
        return ""
    half = inputs.plan.period(ahead[0]["period"])
    return f"Thời hạn báo cáo tới: {half.label}, {half.deadline_text}{_working(half)}."


def agenda_table(card: UnitResults) -> Block:
    """Return what falls due: reports and tasks, overdue ones first."""
    inputs, names, reported = card.own.inputs, names_of(card.own), state_of(card)
    timings = dict(inputs.plan.tasks.select("task_id", "timing").iter_rows())
    items = []
    for row in records(card.agenda):
        if row["what"] == "report":
            half = inputs.plan.period(row["period"])
            what, note = f"Báo cáo {half.label}", f"Thời hạn: {half.deadline_text}{_working(half)}."
            refused = row["period"] == reported["period"] and reported["state"] == "refused"
            state = "Đã gửi, phải sửa" if refused else "Chưa gửi" if row["state"] == "open" else _STATES[row["state"]]
        else:
            what, state = f"Nhiệm vụ {names.task(row['task_id'])}", _STATES[row["state"]]
            note = f"Thời gian ghi trong Phụ lục: {timings[row['task_id']]}."
        items.append({"what": what, "due_on": row["due_on"], "state": state, "note": note})
    if not items:
        return Note("Không có việc nào đến hạn trong thời gian còn lại của Kế hoạch.", "empty")
    columns = (
        Column("what", "Việc"),
        Column("due_on", "Hạn cuối", "date"),
        Column("state", "Tình trạng"),
        Column("note", "Ghi chú"),
    )
    notes = ("Ngày đến hạn của nhiệm vụ «Hằng năm» là thiết lập của báo cáo; Kế hoạch không ghi ngày.",)
    shown = notes if any(row["what"] == "task" for row in records(card.agenda)) else ()
    return Table("Việc đến hạn", columns, rows_of(items, columns), notes_of((), *shown), plan_source(), id="den-han")
