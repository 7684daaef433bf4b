"""Blocks that speak of a report as a whole: its masthead, the person's text, settings and provenance.

In: a `Report`. Out: blocks for the notebook's cells; figures themselves come from `nq57kit.show`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nq57kit.reports.commentary import OTHER
from nq57kit.reports.parameters import KINDS
from nq57kit.show import Block, Blocks, Column, Commentary, Note, Table, Title
from nq57kit.show.sentences import mark_state
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    from nq57kit.reports.opening import Report

__all__ = ["show_commentary", "show_masthead", "show_other_commentary", "show_provenance", "show_settings"]


def show_masthead(report: Report) -> Block:
    """Return what stands above everything: period, closing date, and the marks and notices to be seen first."""
    title = Title(
        KINDS[report.kind].heading.format(period=report.period.label),
        f"Kỳ báo cáo: {report.period.label}. Số liệu chốt đến hết ngày {format_date(report.as_of)}.",
    )
    notices = [Note(f"{notice}.", "warning") for notice in report.notices]
    return Blocks([title, *notices, mark_state(report.results)])


def show_commentary(report: Report, place: str) -> Block:
    """Return the person's text for a place of `nq57kit.reports.PLACES`; its title and «(chưa có nhận xét)» without."""
    return Commentary(report.commentary[place], title=place)


def show_other_commentary(report: Report) -> Block:
    """Return the person's text under headings that are no place of the report; nothing to show without."""
    text = report.commentary[OTHER]
    return Blocks([Commentary(text, title=OTHER)] if text else [])


def show_settings(report: Report) -> Table:
    """Return the rules that the plan leaves open, with the values in force and where they come from."""
    columns = (Column("label", "Thiết lập"), Column("value", "Giá trị đang dùng"), Column("reason", "Căn cứ"))
    rows = tuple((line.label, line.value, line.reason) for line in report.plan.settings.lines())
    return Table("Những điều Kế hoạch để ngỏ và giá trị đang dùng", columns, rows, id="thiet-lap")


def show_provenance(report: Report) -> Blocks:
    """Return where the report comes from: versions, hashes, parameters, and the exact submissions read."""
    facts = report.provenance
    names = {row["unit_id"]: row["name"] for row in report.plan.units.select("unit_id", "name").to_dicts()}
    versions = ", ".join(f"{name} {version}" for name, version in facts["stands_on"].items())
    rows = [
        ("Bộ công cụ", f"nq57kit {facts['nq57kit']}"),
        ("Mã băm SHA-256 của mã nguồn", facts["code_sha256"]),
        ("Dựa trên", versions),
        ("Mã băm SHA-256 của bảng kế hoạch và thiết lập", facts["plan_sha256"]),
        ("Mã băm SHA-256 của thiết lập", facts["settings_sha256"]),
        ("Mã băm SHA-256 của tệp nhận xét", facts["commentary_sha256"] or "không có"),
        ("Mã băm SHA-256 của danh mục nhiệm vụ KHCN", facts["register_sha256"] or "không có"),
        ("Chốt số liệu", format_date(report.as_of)),
        ("Kỳ đã khóa số liệu", ", ".join(facts["locks"]) or "chưa khóa kỳ nào"),
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
