"""Sentences about the scope of a report and about who reported.

In: `Results`. Out: blocks of Vietnamese text; no number is written by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nq57kit.show._frames import any_accepted, last_period, records
from nq57kit.show.blocks import Block, Blocks, Bullets, Note, Paragraph
from nq57kit.show.sentences._words import count_units
from nq57kit.text import format_date, format_number, format_percent

if TYPE_CHECKING:
    from nq57kit.indicators.model import Results
    from nq57kit.plan import Period

__all__ = ["describe_left_out", "describe_reporting", "describe_scope", "mark_state", "reporting_sentence"]


def mark_state(results: Results) -> Block:
    """Return the marks a reader must see first: «DỰ THẢO» of the plan, «tạm tính» or «chính thức», first period."""
    inputs = results.inputs
    marks: list[Block] = []
    if inputs.plan.settings.draft:
        marks.append(Note(f"DỰ THẢO – Quyết định ban hành Kế hoạch: {inputs.plan.settings.document_state}.", "draft"))
    if not inputs.period.is_over(inputs.as_of):
        marks.append(
            Note(
                f"Số liệu tạm tính: báo cáo lập ngày {format_date(inputs.as_of)}, chưa hết thời hạn gửi báo cáo "
                f"({inputs.period.deadline_text}).",
                "provisional",
            )
        )
    elif inputs.open_halves:
        halves = ", ".join(half.label for half in inputs.open_halves)
        marks.append(Note(f"Số liệu tạm tính: chưa khóa số liệu {halves}.", "provisional"))
    else:
        marks.append(Note("Số liệu chính thức: số liệu của kỳ báo cáo đã khóa.", "info"))
    if any(half.is_first for half in inputs.period.halves):
        first = next(half for half in inputs.period.halves if half.is_first)
        marks.append(
            Note(
                f"Kỳ {first.label} là kỳ báo cáo đầu tiên, chưa trọn vẹn; đơn vị chưa gửi báo cáo của kỳ này không bị "
                "tính là quá hạn.",
                "info",
            )
        )
    return Blocks(marks)


def describe_scope(results: Results) -> Block:
    """Return what the report covers: units that must report, how many are unverified, window, deadlines, day."""
    inputs, window = results.inputs, results.inputs.period.window
    bases = inputs.units["basis"].to_list()
    unverified = sum(basis.endswith("unverified") for basis in bases)
    checked = (
        f"trong đó {format_number(unverified)} đơn vị chưa xác minh được căn cứ đưa vào danh sách"
        if unverified
        else "tất cả đều có căn cứ đưa vào danh sách"
    )
    return Blocks(
        [
            Paragraph(
                f"Báo cáo tổng hợp kết quả thực hiện Kế hoạch trong {inputs.period.label}, theo số liệu phát sinh từ ngày "
                f"{format_date(window.start)} đến ngày {format_date(window.end)} và báo cáo của các đơn vị nhận được đến "
                f"hết ngày {format_date(inputs.as_of)}. Kế hoạch không quy định kỳ số liệu; kỳ số liệu nêu trên là thiết "
                "lập của báo cáo."
            ),
            Paragraph(
                f"Có {format_number(len(bases))} đơn vị phải báo cáo, {checked}. "
                + " ".join(_deadline(half) for half in inputs.period.halves)
            ),
        ]
    )


def _deadline(half: Period) -> str:
    working = "" if half.last_working_day == half.last_day else _working_day(half)
    return f"Thời hạn gửi báo cáo {half.label}: {half.deadline_text}{working}."


def _working_day(half: Period) -> str:
    return f" (ngày làm việc cuối cùng trước thời hạn là {format_date(half.last_working_day)})"


def reporting_sentence(results: Results, period: Period) -> str:
    """Return how many units reported for a half, and how many on time."""
    complete, timely = (_whole(frame, str(period)) for frame in (results.completeness, results.timeliness))
    day = format_date(results.inputs.as_of)
    if complete is None or not complete["denominator"]:
        return f"Không có đơn vị nào phải báo cáo kỳ {period.label}."
    expected, got = complete["denominator"], complete["numerator"]
    if not got:
        return (
            f"Đến hết ngày {day}, chưa có báo cáo nào của {format_number(expected)} đơn vị phải báo cáo kỳ "
            f"{period.label} được chấp nhận."
        )
    share = format_percent(complete["value"])
    head = f"tất cả {format_number(got)}" if got == expected else f"{format_number(got)}/{format_number(expected)}"
    on_time = timely["numerator"] if timely else 0
    rest = (
        ("gửi đúng hạn" if got == 1 else "đều gửi đúng hạn")
        if on_time == got
        else f"trong đó {format_number(on_time)} đơn vị gửi đúng hạn"
        if on_time
        else "không có đơn vị nào gửi đúng hạn"
    )
    rate = f" (bằng {format_percent(timely['value'])} số đơn vị phải báo cáo)" if timely and 0 < on_time < got else ""
    return (
        f"Đến hết ngày {day}, {head} đơn vị phải báo cáo kỳ {period.label}"
        f"{'' if got == expected else f' ({share})'} đã có báo cáo được chấp nhận, {rest}{rate}."
    )


def _whole(frame: Any, period: str) -> dict[str, Any] | None:
    """Return the ministry's row of a period."""
    return next((row for row in records(frame) if row["group"] is None and row["period"] == period), None)


def describe_reporting(results: Results) -> Block:
    """Return who reported, late, without content, to be corrected, not at all."""
    inputs = results.inputs
    blocks: list[Block] = []
    for half in inputs.period.halves:
        over = half.is_over(inputs.as_of) and not half.is_first
        heads = {
            "late": "Gửi muộn",
            "empty": "Đã gửi nhưng không có nội dung",
            "refused": "Đã gửi nhưng chưa được chấp nhận, phải sửa và gửi lại",
            "missing": "Không gửi báo cáo" if over else "Chưa gửi báo cáo",
        }
        found: dict[str, list[str]] = {state: [] for state in heads}
        for row in records(results.reporting):
            if row["period"] == str(half) and row["state"] in found:
                found[row["state"]].append(row["name"])
        items = tuple(f"{heads[state]} – {count_units(units)}." for state, units in found.items() if units)
        blocks.append(Paragraph(reporting_sentence(results, half)))
        if items:
            blocks.append(Bullets(items))
    return Blocks(blocks)


def describe_left_out(results: Results) -> Block:
    """Return how much was sent but not counted, and the warnings about what was."""
    rows, warnings = records(results.left_out), records(results.cautions)
    if not rows and not any_accepted(results):
        return Note("Chưa có báo cáo nào được chấp nhận nên chưa có số liệu để xem xét.", "empty")
    left = (
        f"{format_number(len(rows))} dòng số liệu đã gửi không được tính, do {_reasons(rows)}."
        if rows
        else "Mọi dòng số liệu trong các báo cáo được chấp nhận đều được tính."
    )
    units = len({row["unit_id"] for row in warnings})
    care = (
        f"Có {format_number(len(warnings))} điều cần lưu ý trong báo cáo của {format_number(units)} đơn vị."
        if warnings
        else "Không có điều cần lưu ý trong báo cáo của các đơn vị."
    )
    secret = _secret_count(results)
    hidden = (
        f" Các đơn vị báo {format_number(secret)} nhiệm vụ thuộc bí mật nhà nước, không tính vào chỉ tiêu."
        if secret
        else ""
    )
    return Paragraph(f"{left} {care}{hidden}")


def _reasons(rows: list[dict[str, Any]]) -> str:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["reason"]] = counts.get(row["reason"], 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(
        f"{reason[:1].lower()}{reason[1:].rstrip('.')} ({format_number(count)} dòng)" for reason, count in ordered
    )


def _secret_count(results: Results) -> int:
    """Return the number of secret tasks that units counted in the latest revisions of the reporting period."""
    receipts = results.inputs.receipts
    if "secret_task_count" not in receipts.columns:
        return 0
    latest = [row for row in records(receipts) if row["is_latest"] and row["period"] == last_period(results)]
    return sum(row["secret_task_count"] or 0 for row in latest)
