"""A unit's own figures: outputs, people, science tasks, money, and the same beside the period before and its group.

In: `UnitResults`. Out: sentences and tables. Zero is what was reported as zero; a gap is a gap.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nq57kit.indicators.unit import COUNTS, FEWEST, SHARES
from nq57kit.show import charts as whole_charts
from nq57kit.show import tables as whole_tables
from nq57kit.show._frames import code_labels, period_label, records
from nq57kit.show.blocks import Block, Blocks, Column, Figure, Note, Paragraph, Table
from nq57kit.show.scorecard._card import (
    PLACES,
    company,
    has_report,
    measure_label,
    measure_of,
    no_report,
    said_in,
    source,
)
from nq57kit.show.sentences._words import compare_counts, compare_ratios, lower_first, million, no_comparison
from nq57kit.show.tables._cells import notes_of, number, percent, rows_of
from nq57kit.text import format_date, format_number, format_percent

if TYPE_CHECKING:
    from nq57kit.indicators.unit import UnitResults

__all__ = [
    "company_table",
    "counts_table",
    "describe_company",
    "describe_money",
    "describe_outputs",
    "describe_people",
    "describe_science",
    "issues_table",
    "money_table",
    "money_text",
    "outputs_chart",
    "outputs_table",
    "outputs_text",
    "people_text",
    "science_table",
    "science_text",
]

#: How many kinds a sentence names; the table has them all.
_LARGEST = 3


def outputs_text(card: UnitResults) -> str:
    """Return what the unit did in the period, or that it reported nothing done; empty without a report."""
    labels = code_labels("activity_type")
    rows = sorted((row for row in records(card.own.by_type) if row["activities"]), key=lambda row: -row["quantity"])
    if not has_report(card):
        return ""
    if not rows:
        return "Đơn vị không báo cáo hoạt động truyền thông nào trong kỳ."
    kinds = ", ".join(
        f"{lower_first(labels.get(row['activity_type'], row['activity_type']))} ({format_number(row['quantity'])})"
        for row in rows[:_LARGEST]
    )
    most = f"nhiều nhất là {kinds}" if len(rows) > _LARGEST else f"gồm {kinds}"
    return (
        f"Đơn vị báo cáo {format_number(sum(row['activities'] for row in rows))} hoạt động với tổng số lượng "
        f"{format_number(sum(row['quantity'] for row in rows))} sản phẩm, cuộc, {most}."
    )


def describe_outputs(card: UnitResults) -> Block:
    """Return outputs, their comparison with the period before, and the reach that was measured."""
    if not has_report(card):
        return no_report(card, "hoạt động truyền thông")
    now = measure_of(card, "quantity")
    before = None if now["previous_value"] is None else round(now["previous_value"])
    parts = [outputs_text(card)]
    if now["numerator"] or before:
        parts.append(f"Về tổng số lượng: {compare_counts(card.own, now['numerator'], before)}.")
    rows = records(card.own.by_type)
    activities, measured = (sum(row[name] or 0 for row in rows) for name in ("activities", "reach_reported"))
    reach = measure_of(card, "reach")["numerator"]
    if reach is not None:
        parts.append(
            f"Số lượt người tiếp cận đo được là {format_number(reach)}, theo {format_number(measured)}/"
            f"{format_number(activities)} hoạt động có số liệu; một người có thể được tính nhiều lượt."
        )
    elif activities:
        parts.append("Chưa có hoạt động nào có số liệu về lượt người tiếp cận.")
    return Paragraph(" ".join(parts))


def outputs_chart(card: UnitResults) -> Block:
    """Return the chart of what the unit did, by type, with the period before; nothing where nothing was done."""
    chart = whole_charts.outputs_chart(card.own) if has_report(card) and card.own.by_type.height else None
    return replace(chart, source=source(card)) if isinstance(chart, Figure) else Blocks([])


def outputs_table(card: UnitResults) -> Block:
    """Return what the unit did, by type, with a total; nothing where nothing was done."""
    if not has_report(card) or card.own.by_type.is_empty():
        return Blocks([])
    return replace(whole_tables.by_type_table(card.own), source=source(card))


def money_table(card: UnitResults) -> Block:
    """Return the unit's money by task; nothing where none was reported."""
    if card.own.budget_by_task.is_empty():
        return Blocks([])
    return replace(whole_tables.budget_table(card.own), source=source(card))


def people_text(card: UnitResults) -> str:
    """Return staff reached and communication staff trained; empty without a snapshot of the year."""
    reached, trained = measure_of(card, "staff_reached"), measure_of(card, "comms_staff_trained")
    if said_in(card, "workforce") is None:
        return ""
    staff = (
        f"{_share(reached)} cán bộ, công chức, viên chức đã tiếp cận thông tin định hướng"
        if reached["denominator"]
        else "Đơn vị chưa có số liệu về tổng số cán bộ, công chức, viên chức"
    )
    comms = (
        f"{_share(trained)} cán bộ chuyên trách truyền thông đã được đào tạo chuyên sâu"
        if trained["denominator"]
        else "đơn vị báo cáo không có cán bộ chuyên trách truyền thông"
    )
    return f"{staff}; {comms}."


def describe_people(card: UnitResults) -> Block:
    """Return staff reached and trained, the half that tells it, and the comparison with the period before."""
    told = said_in(card, "workforce")
    if told is None:
        return no_report(card, "nhân lực")
    if told != str(card.own.inputs.period):
        return Paragraph(
            f"{people_text(card)} Số liệu theo báo cáo {period_label(told)}, do kỳ này chưa có số liệu nhân lực."
        )
    if not has_report(card):
        return Paragraph(
            f"{people_text(card)} Báo cáo kỳ này không có nội dung khác; đề nghị đơn vị kiểm tra lại số liệu nhân lực."
        )
    parts = [
        f"tỷ lệ {what} {compare_ratios(card.own, row['value'], row['previous_value'])}"
        for what, row in (
            ("tiếp cận thông tin", measure_of(card, "staff_reached")),
            ("được đào tạo chuyên sâu", measure_of(card, "comms_staff_trained")),
        )
        if row["value"] is not None and row["previous_value"] is not None
    ]
    compared = "; ".join(parts) if parts else no_comparison(card.own)
    return Paragraph(f"{people_text(card)} {compared[:1].upper()}{compared[1:]}.")


def _share(row: dict[str, Any]) -> str:
    return f"{format_number(row['numerator'])}/{format_number(row['denominator'])} ({format_percent(row['value'])})"


def science_text(card: UnitResults) -> str:
    """Return how many science tasks there are and how many are not communicated yet; empty without a report."""
    year, rows = card.own.inputs.period.year, records(card.own.science_tasks)
    if not rows:
        return f"Đơn vị không báo cáo nhiệm vụ KHCN sử dụng ngân sách nhà nước thực hiện trong năm {year}."
    done = sum(bool(row["communicated"]) for row in rows)
    rest = len(rows) - done
    head = (
        f"Đơn vị có {format_number(len(rows))} nhiệm vụ KHCN sử dụng ngân sách nhà nước thực hiện trong năm {year}"
        " (không kể nhiệm vụ thuộc bí mật nhà nước)"
    )
    if not done:
        return f"{head}, chưa nhiệm vụ nào được truyền thông."
    if not rest:
        return f"{head}, {'đã' if done == 1 else 'tất cả đã'} được truyền thông."
    return (
        f"{head}; {format_number(done)} nhiệm vụ ({format_percent(done / len(rows))}) đã được truyền thông, còn "
        f"{format_number(rest)} nhiệm vụ chưa được truyền thông."
    )


def describe_science(card: UnitResults) -> Block:
    """Return the unit's science tasks, the codes that are not communicated, and where another unit says otherwise."""
    told = said_in(card, "science_tasks")
    if told is None and not has_report(card):
        return no_report(card, "nhiệm vụ KHCN")
    parts = [science_text(card)]
    if told is not None and told != str(card.own.inputs.period):
        parts.append(f"Số liệu theo báo cáo {period_label(told)}.")
    if card.disputed:
        parts.append(
            f"Đơn vị khác báo cáo khác về việc truyền thông của nhiệm vụ mã {', '.join(card.disputed)}; đề nghị đơn vị "
            "kiểm tra lại."
        )
    return Paragraph(" ".join(parts))


def science_table(card: UnitResults) -> Block:
    """Return the science tasks, those not communicated first."""
    levels, channels = code_labels("level"), code_labels("channel")
    items = [
        {
            **row,
            "level": levels.get(row["level"], row["level"]),
            "channel": channels.get(row["channel"], row["channel"]),
            "said": "Đã truyền thông" if row["communicated"] else "Chưa truyền thông",
        }
        for row in sorted(records(card.own.science_tasks), key=lambda row: bool(row["communicated"]))
    ]
    if not items:
        return Blocks([])
    columns = (
        Column("code", "Mã số"),
        Column("name", "Tên nhiệm vụ"),
        Column("level", "Cấp"),
        Column("said", "Truyền thông"),
        Column("communicated_on", "Ngày đầu tiên", "date"),
        Column("channel", "Kênh"),
    )
    rows = rows_of(items, columns)
    until = format_date(card.own.inputs.period.window.end)
    note = f"Tính là đã truyền thông khi có ngày truyền thông đầu tiên, chậm nhất ngày {until}."
    return Table("Nhiệm vụ KHCN của đơn vị", columns, rows, notes_of(rows, note), source(card), id="nhiem-vu-khcn")


def money_text(card: UnitResults) -> str:
    """Return planned, allocated and disbursed money; empty where nothing was reported."""
    row = records(card.own.budget)[0]
    if all(row[name] is None for name in ("planned_vnd", "allocated_vnd", "disbursed_vnd")):
        return ""
    if not row["planned_vnd"] and not row["allocated_vnd"] and not row["disbursed_vnd"]:
        return "Đơn vị báo cáo không bố trí kinh phí riêng cho Kế hoạch trong kỳ."
    rate = f" (bằng {format_percent(row['rate'])} số được giao)" if row["rate"] is not None else ""
    return (
        f"Kinh phí dự toán {million(row['planned_vnd'])}, được giao {million(row['allocated_vnd'])}, đã giải ngân "
        f"{million(row['disbursed_vnd'])}{rate}."
    )


def describe_money(card: UnitResults) -> Block:
    """Return the money of the period and the comparison of what was disbursed."""
    said = money_text(card)
    if not said:
        if not has_report(card):
            return no_report(card, "kinh phí")
        return Note("Báo cáo của đơn vị không có số liệu kinh phí.", "empty")
    row = records(card.own.budget)[0]
    now, before = row["disbursed_vnd"], row["previous_disbursed_vnd"]
    if before is None:
        return Paragraph(f"{said} Về số giải ngân: {no_comparison(card.own)}.")
    return Paragraph(
        f"{said} Số giải ngân {compare_counts(card.own, now, before, million)}." if now or before else said
    )


def issues_table(card: UnitResults) -> Block:
    """Return the difficulties and proposals that the unit wrote, word for word."""
    labels = code_labels("category")
    items = [{**row, "category": labels.get(row["category"], row["category"])} for row in records(card.own.issues)]
    if not items:
        if not has_report(card):
            return no_report(card, "khó khăn, vướng mắc")
        return Paragraph("Đơn vị không nêu khó khăn, vướng mắc.")
    columns = (
        Column("category", "Nhóm vấn đề"),
        Column("description", "Khó khăn, vướng mắc"),
        Column("proposal", "Kiến nghị, đề xuất"),
        Column("authority", "Cơ quan giải quyết"),
    )
    note = "Ghi nguyên văn ý kiến của đơn vị."
    rows = rows_of(items, columns)
    return Table(
        "Khó khăn, vướng mắc và kiến nghị của đơn vị", columns, rows, notes_of(rows, note), source(card), id="kien-nghi"
    )


def describe_company(card: UnitResults) -> Block:
    """Return what the unit is set beside and how to read it; no rank, no other unit."""
    small = (
        f" Các nhóm của đơn vị có dưới {FEWEST} đơn vị nên số liệu được đặt cạnh toàn Bộ." if card.group is None else ""
    )
    return Paragraph(
        f"Số liệu của đơn vị được đặt cạnh số liệu của {company(card)}, kể cả đơn vị.{small} Mức giữa là trung vị: một nửa "
        "số đơn vị có số liệu cao hơn, một nửa thấp hơn. Khoảng giữa chứa một nửa số đơn vị ở giữa (từ tứ phân vị thứ nhất "
        "đến tứ phân vị thứ ba). Các đơn vị khác nhau về quy mô và nhiệm vụ, vì vậy phần này để đơn vị tự đối chiếu, không "
        "xếp hạng."
    )


def counts_table(card: UnitResults) -> Table:
    """Return the numbers of the unit beside the period before and the middle of its group."""
    digits = {"kind": "number", "digits": 1}
    columns = (
        Column("label", "Nội dung"),
        number("value", "Kỳ này"),
        number("previous_value", "Kỳ trước"),
        Column("median", "Mức giữa của nhóm", **digits),  # type: ignore[arg-type]
        Column("low", "Khoảng giữa: từ", **digits),  # type: ignore[arg-type]
        Column("high", "đến", **digits),  # type: ignore[arg-type]
        Column("place", "So với khoảng giữa"),
    )
    return _beside(card, COUNTS, columns, "Số lượng của đơn vị, kỳ trước và mức giữa của nhóm", "doi-chieu-so-luong")


def company_table(card: UnitResults) -> Table:
    """Return the ratios of the unit beside the period before and the middle of its group."""
    columns = (
        Column("label", "Nội dung"),
        percent("value", "Kỳ này"),
        percent("previous_value", "Kỳ trước"),
        percent("median", "Mức giữa của nhóm"),
        percent("low", "Khoảng giữa: từ"),
        percent("high", "đến"),
        Column("place", "So với khoảng giữa"),
    )
    return _beside(card, SHARES, columns, "Tỷ lệ của đơn vị, kỳ trước và mức giữa của nhóm", "doi-chieu-ty-le")


def _beside(card: UnitResults, measures: tuple[str, ...], columns: tuple[Column, ...], title: str, name: str) -> Table:
    found = [row for row in records(card.measures) if row["measure"] in measures]
    items = [
        {**row, "label": measure_label(card, row["measure"]), "place": PLACES.get(row["place"] or "", "")}
        for row in found
    ]
    rows = rows_of(items, columns)
    few = [row["measure"] for row in found if row["units"] < FEWEST]
    note = f"Không nêu mức giữa khi dưới {FEWEST} đơn vị của nhóm có số liệu." if few else ""
    year = "Nhân lực và nhiệm vụ KHCN lấy số liệu mới nhất của đơn vị trong năm." if measures == SHARES else ""
    return Table(title, columns, rows, notes_of(rows, year, note), source(card), id=name)
