"""Blocks that speak of a report as a whole: its masthead, the person's text, settings and provenance.

In: a `Report`. Out: blocks for the notebook's cells; figures themselves come from `nq57kit.show`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nq57kit.reports.commentary import OTHER
from nq57kit.show import Block, Blocks, Column, Commentary, Note, Paragraph, Table
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    from nq57kit.reports.opening import Report

__all__ = ["commentary", "masthead", "other_commentary", "provenance", "settings"]

_PROVISIONAL: Final = (
    "Số liệu tạm tính: báo cáo được lập khi chưa hết hạn gửi ({deadline}); số liệu có thể thay đổi khi các đơn vị gửi đủ."
)
_FIRST: Final = "Kỳ báo cáo đầu tiên của Kế hoạch: kỳ số liệu chưa trọn vẹn, đơn vị chưa gửi không bị tính là quá hạn."


def masthead(report: Report) -> Block:
    """Return what stands above everything: draft marks, period, closing date, and notices that must be seen first."""
    period = report.period
    state = report.plan.settings.document_state
    blocks: list[Block] = [
        Paragraph(
            f"Kỳ báo cáo: {period.label}. Kỳ số liệu: từ ngày {format_date(period.window.start)} đến ngày "
            f"{format_date(period.window.end)}. Số liệu chốt đến hết ngày {format_date(report.as_of)}."
        ),
        Note(f"DỰ THẢO. Báo cáo chưa được ký ban hành; Kế hoạch làm căn cứ: {state}.", "draft"),
    ]
    blocks += [Note(f"{notice}.", "warning") for notice in report.notices]
    if report.is_provisional:
        blocks.append(Note(_PROVISIONAL.format(deadline=period.deadline_text), "provisional"))
    if any(half.is_first for half in period.halves):
        blocks.append(Note(_FIRST, "info"))
    return Blocks(blocks)


def commentary(report: Report, place: str) -> Block:
    """Return the person's text for a place of `nq57kit.reports.PLACES`; its title and «(chưa có nhận xét)» without."""
    return Commentary(report.commentary[place], title=place)


def other_commentary(report: Report) -> Block:
    """Return the person's text under headings that are no place of the report; nothing to show without."""
    text = report.commentary[OTHER]
    return Blocks([Commentary(text, title=OTHER)] if text else [])


def settings(report: Report) -> Table:
    """Return the rules that the plan leaves open, with the values in force and where they come from."""
    columns = (Column("label", "Thiết lập"), Column("value", "Giá trị đang dùng"), Column("reason", "Căn cứ"))
    rows = tuple((line.label, line.value, line.reason) for line in report.plan.settings.lines())
    return Table("Những điều Kế hoạch để ngỏ và giá trị đang dùng", columns, rows, id="thiet-lap")


def provenance(report: Report) -> Blocks:
    """Return where the report comes from: versions, hashes, parameters, and the exact submissions read."""
    facts = report.provenance
    names = {row["unit_id"]: row["name"] for row in report.plan.units.select("unit_id", "name").to_dicts()}
    versions = ", ".join(f"{name} {version}" for name, version in facts["stands_on"].items())
    rows = [
        ("Bộ công cụ", f"nq57kit {facts['nq57kit']}"),
        ("Dựa trên", versions),
        ("Mã băm SHA-256 của bảng kế hoạch và thiết lập", facts["plan_sha256"]),
        ("Mã băm SHA-256 của tệp nhận xét", facts["commentary_sha256"] or "không có"),
        ("Mã băm SHA-256 của danh mục nhiệm vụ KHCN", facts["register_sha256"] or "không có"),
        ("Chốt số liệu", format_date(report.as_of)),
        ("Số báo cáo đơn vị đã đọc", format_number(len(facts["submissions"]))),
    ]
    submissions = Table(
        "Báo cáo đơn vị đã đọc",
        (
            Column("unit", "Đơn vị"),
            Column("period", "Kỳ"),
            Column("revision", "Lần gửi", "number"),
            Column("sha256", "Mã băm SHA-256 của tệp"),
        ),
        tuple(
            (names.get(item["unit_id"], item["unit_id"]), item["period"], item["revision"], item["sha256"])
            for item in facts["submissions"]
        ),
        folded=True,
        id="bao-cao-da-doc",
    )
    columns = (Column("what", "Nội dung"), Column("value", "Giá trị"))
    return Blocks([Table("Nguồn gốc số liệu", columns, tuple(rows), id="nguon-goc"), submissions])
