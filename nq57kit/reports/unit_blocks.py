"""Blocks that speak of a scorecard as a whole: its masthead, the person's text, what the comparison stands on.

In: a `Report` of the kind «unit». Out: blocks for the notebook's cells; figures come from `nq57kit.show.scorecard`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nq57kit.reports.blocks import show_commentary, show_other_commentary, show_provenance, show_settings
from nq57kit.reports.commentary import PLACES
from nq57kit.reports.parameters import KINDS
from nq57kit.show import Block, Blocks, Note, Paragraph, Title
from nq57kit.show.sentences import mark_state
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    from nq57kit.reports.opening import Report

__all__ = ["show_unit_commentary", "show_unit_masthead", "show_unit_provenance"]


def show_unit_masthead(report: Report) -> Block:
    """Return what stands above a scorecard: unit, period, closing date, and the marks and notices to be seen first."""
    name = report.card.unit.name if report.card is not None else ""
    title = Title(
        KINDS[report.kind].heading.format(period=report.period.label, unit=name),
        f"Đơn vị: {name}. Kỳ báo cáo: {report.period.label}. Số liệu chốt đến hết ngày {format_date(report.as_of)}.",
    )
    notices = [Note(f"{notice}.", "warning") for notice in report.notices]
    return Blocks([title, *notices, mark_state(report.results)])


def show_unit_commentary(report: Report) -> Block:
    """Return the person's text: the first place always, the others where something is written, nothing dropped."""
    first, *others = PLACES
    places = [first, *(place for place in others if report.commentary[place])]
    return Blocks([*(show_commentary(report, place) for place in places), show_other_commentary(report)])


def show_unit_provenance(report: Report) -> Block:
    """Return where a scorecard comes from, and what the comparison stands on: counted and hashed, no unit named."""
    facts = report.provenance.get("compared_with")
    company = (
        Paragraph(
            f"Mức giữa của nhóm tính từ {format_number(facts['submissions'])} báo cáo được chấp nhận trong năm của các đơn vị "
            f"trong nhóm, kể cả đơn vị; mã băm SHA-256 của danh sách các báo cáo đó: {facts['sha256']}."
        )
        if facts
        else Blocks([])
    )
    return Blocks([show_provenance(report), company, replace(show_settings(report), folded=True)])
