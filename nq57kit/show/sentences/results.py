"""Sentences about what was achieved: targets, tasks, outputs, people, money, difficulties.

In: `Results`. Out: blocks of Vietnamese text; a target is called met only where its status says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import any_accepted, code_labels, names_of, ratio_indicators, records
from nq57kit.show.blocks import Block, Blocks, Bullets, Note, Paragraph
from nq57kit.show.sentences._words import (
    at_least,
    compare_counts,
    compare_ratios,
    count_units,
    lower_first,
    million,
    no_comparison,
    precise_percent,
)
from nq57kit.text import format_number, format_percent

if TYPE_CHECKING:
    from nq57kit.indicators.model import Results

__all__ = [
    "OVERDUE",
    "completion_sentence",
    "describe_difficulties",
    "describe_money",
    "describe_outputs",
    "describe_people",
    "describe_targets",
    "describe_tasks",
    "money_sentence",
    "outputs_sentence",
    "overdue_sentence",
    "target_text",
    "targets_sentences",
    "verdict_text",
    "verdicts_sentences",
]

#: Statuses of work that is late and not done.
OVERDUE: Final = frozenset({"dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"})
_UNREPORTED: Final = "chua_bao_cao"
#: How many kinds a sentence names; the table has them all.
_LARGEST: Final = 3


def target_text(row: dict[str, Any]) -> str:
    """Return what is asked of a ratio this year: «mục tiêu năm 2027 là ít nhất 50%», or that nothing is asked yet."""
    if row["target"] is not None:
        return f"mục tiêu năm {row['year']} là {at_least(row['comparator'], row['target'])}"
    later = ""
    if row["next_target"] is not None:
        wanted = at_least(row["next_comparator"], row["next_target"])
        later = f", mục tiêu gần nhất là {wanted} vào năm {row['next_target_year']}"
    return f"năm {row['year']} chưa áp dụng chỉ tiêu định lượng{later}"


def verdict_text(row: dict[str, Any]) -> str:
    """Return the verdict in words; empty where nothing is judged this year."""
    return {
        "met": "đạt mục tiêu",
        "not_met": "chưa đạt mục tiêu",
        "insufficient": "chưa đủ căn cứ để kết luận",
    }.get(row["status"] or "", "")


def targets_sentences(results: Results) -> tuple[str, ...]:
    """Return one sentence for each indicator of the year."""
    ratio = set(ratio_indicators(results))
    return tuple(
        _ratio_sentence(results, row) if row["indicator"] in ratio else _judged_sentence(results, row)
        for row in records(results.kpis)
    )


def verdicts_sentences(results: Results) -> tuple[str, ...]:
    """Return one sentence for each verdict that occurs, with the indicators that have it: the summary's view."""
    ratio, names = set(ratio_indicators(results)), names_of(results)
    found: dict[tuple[str, bool], list[str]] = {}
    for row in records(results.kpis):
        label = lower_first(names.indicators.get(row["indicator"], row["indicator"]))
        value = "" if row["value"] is None else f" ({precise_percent(row['value'], row['target'])})"
        found.setdefault((row["status"] or "", row["indicator"] in ratio), []).append(label + value)
    year = results.inputs.period.year
    heads = {
        ("not_met", True): "Chưa đạt {count} chỉ tiêu định lượng",
        ("not_met", False): "{count} mục tiêu định tính được đánh giá là chưa đạt",
        ("insufficient", True): "Chưa đủ căn cứ để kết luận {count} chỉ tiêu định lượng",
        ("met", True): "Đạt {count} chỉ tiêu định lượng",
        ("met", False): "{count} mục tiêu định tính được đánh giá là đạt",
        ("on_watch", True): f"Năm {year} chưa áp dụng chỉ tiêu định lượng, theo dõi {{count}} tỷ lệ",
        ("", True): f"Năm {year} không đặt mục tiêu cho {{count}} tỷ lệ",
        ("", False): "{count} mục tiêu định tính chưa được đánh giá",
    }
    return tuple(
        f"{head.format(count=format_number(len(found[key])))}: {'; '.join(found[key])}."
        for key, head in heads.items()
        if key in found
    )


def describe_targets(results: Results) -> Block:
    """Return number, target, verdict, coverage and comparison of every indicator of the year."""
    items = targets_sentences(results)
    return Bullets(items) if items else Note("Chưa có số liệu về các chỉ tiêu.", "empty")


def _ratio_sentence(results: Results, row: dict[str, Any]) -> str:
    label = names_of(results).indicators.get(row["indicator"], row["indicator"])
    wanted, verdict = target_text(row), verdict_text(row)
    covered = _coverage(row)
    if row["value"] is None:
        return f"{label}: chưa có số liệu để tính; {wanted}{covered}."
    counted = f"{format_number(row['numerator'])}/{format_number(row['denominator'])}"
    bounds = ""
    if row["low"] is not None and row["low"] != row["high"]:
        bounds = (
            f"; nếu tính cả phần chưa có báo cáo thì trong khoảng từ {format_percent(row['low'])} đến "
            f"{format_percent(row['high'])}"
        )
    compared = f"; {compare_ratios(results, row['value'], row['previous_value'])}"
    return (
        f"{label}: {precise_percent(row['value'], row['target'])} ({counted}){bounds}; {wanted}"
        f"{f', {verdict}' if verdict else ''}{compared}{covered}."
    )


def _coverage(row: dict[str, Any]) -> str:
    if row["expected_units"] is None or row["reported_units"] is None:
        return ""
    units = f"{format_number(row['reported_units'])}/{format_number(row['expected_units'])} đơn vị"
    return f"; theo số liệu của {units}{' (tạm tính)' if row['provisional'] else ''}"


def _judged_sentence(results: Results, row: dict[str, Any]) -> str:
    label = names_of(results).indicators.get(row["indicator"], row["indicator"])
    evidence = [item for item in records(results.evidence) if item["indicator"] == row["indicator"] and item["count"]]
    shown = [
        f"{item['evidence'][:1].lower()}{item['evidence'][1:]} ({format_number(item['count'])})"
        for item in evidence[:_LARGEST]
    ]
    more = " và các minh chứng khác ở bảng kèm theo" if len(evidence) > _LARGEST else ""
    said = (
        f"minh chứng do các đơn vị gửi: {', '.join(shown)}{more}" if shown else "chưa có minh chứng do các đơn vị gửi"
    )
    judged = {"met": "được đánh giá là đạt", "not_met": "được đánh giá là chưa đạt"}.get(
        row["status"] or "", "chưa đánh giá"
    )
    return f"{label}: mục tiêu định tính, {judged}; {said}{_coverage(row)}."


def describe_tasks(results: Results) -> Block:
    """Return how the tasks stand, what is overdue and which units hold it."""
    overdue = _overdue(results)
    blocks: list[Block] = [Paragraph(f"{_status_sentence(results)} {completion_sentence(results)}".strip())]
    if results.task_summary.is_empty():
        return Note("Chưa có số liệu về tình trạng thực hiện nhiệm vụ.", "empty")
    blocks.append(Paragraph(overdue_sentence(results)))
    if overdue:
        names = names_of(results)
        blocks.append(
            Bullets(
                tuple(
                    f"Nhiệm vụ {task_id} – {count_units([names.unit(unit) for unit in units])}."
                    for task_id, units in overdue.items()
                )
            )
        )
    return Blocks(blocks)


def _status_sentence(results: Results) -> str:
    labels = code_labels("report_status")
    totals = dict.fromkeys(labels, 0)
    for row in records(results.task_summary):
        totals[row["status"]] = totals.get(row["status"], 0) + row["units"]
    said = "; ".join(f"{labels[code].lower()} {format_number(count)}" for code, count in totals.items() if count)
    return (
        f"Kế hoạch giao {format_number(results.inputs.plan.tasks.height)} nhiệm vụ; tính riêng cho từng đơn vị chủ trì là "
        f"{format_number(sum(totals.values()))} lượt, gồm: {said}."
    )


def completion_sentence(results: Results) -> str:
    """Return the completion rate with its base named; empty where there is none."""
    rows = {row["base"]: row for row in records(results.completion)}
    parts = []
    for base, words in (("due", "{count} lượt nhiệm vụ đã đến hạn"), ("all", "tất cả {count} lượt")):
        row = rows.get(base)
        if row is None:
            continue
        if not row["denominator"]:
            parts.append("chưa có lượt nhiệm vụ nào đến hạn" if base == "due" else "chưa có lượt nào")
            continue
        whole = words.format(count=format_number(row["denominator"]))
        done = (
            f"{format_number(row['numerator'])} lượt ({format_percent(row['value'])})" if row["numerator"] else "0 lượt"
        )
        parts.append(f"trong {whole}, đã hoàn thành {done}")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _overdue(results: Results) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in records(results.task_status):
        if row["status"] in OVERDUE:
            found.setdefault(row["task_id"], []).append(row["unit_id"])
    return dict(sorted(found.items()))


def overdue_sentence(results: Results) -> str:
    """Return how much is overdue, who must act, and how much cannot be judged for want of a report."""
    overdue = _overdue(results)
    unknown = sum(row["status"] == _UNREPORTED for row in records(results.task_status))
    rest = f" {format_number(unknown)} lượt chưa có báo cáo nên chưa xác định được." if unknown else ""
    if not overdue and unknown == results.task_status.height:
        return "Chưa có báo cáo nên chưa xác định được nhiệm vụ quá hạn."
    if not overdue:
        return f"Theo báo cáo của các đơn vị, không có nhiệm vụ nào quá hạn.{rest}"
    count = sum(map(len, overdue.values()))
    units = len({unit for held in overdue.values() for unit in held})
    whose = "đơn vị này" if units == 1 else "các đơn vị này"
    return (
        f"Có {format_number(count)} lượt nhiệm vụ quá hạn chưa hoàn thành ở {format_number(units)} đơn vị chủ trì; {whose} "
        f"cần hoàn thành và báo cáo bổ sung.{rest}"
    )


def outputs_sentence(results: Results) -> str:
    """Return how much was done and of which types most."""
    labels = code_labels("activity_type")
    done = [row for row in records(results.by_type) if row["activities"]]
    if not done:
        return "Chưa có số liệu về hoạt động truyền thông trong kỳ."
    rows = sorted(done, key=lambda row: -row["quantity"])
    total = sum(row["quantity"] for row in rows)
    largest = "; ".join(
        f"{lower_first(labels.get(row['activity_type'], row['activity_type']))} ({format_number(row['quantity'])})"
        for row in rows[:_LARGEST]
    )
    activities = sum(row["activities"] for row in rows)
    most = (
        f", nhiều nhất là: {largest}"
        if len(rows) > 1
        else f", đều là {lower_first(labels.get(rows[0]['activity_type'], rows[0]['activity_type']))}"
    )
    return (
        f"Các đơn vị báo cáo {format_number(activities)} hoạt động với tổng số lượng {format_number(total)} sản phẩm, "
        f"cuộc{most}."
    )


def describe_outputs(results: Results) -> Block:
    """Return outputs, the types and channels used most, comparison and reach."""
    rows = records(results.by_type)
    if not rows:
        return Note("Chưa có số liệu về hoạt động truyền thông.", "empty")
    before = [row["previous_quantity"] for row in rows if row["previous_quantity"] is not None]
    total = sum(row["quantity"] or 0 for row in rows)
    compared = compare_counts(results, total, sum(before) if before else None)
    told = f"Tổng số lượng {compared}." if before else f"Về tổng số lượng: {compared}."
    parts = [outputs_sentence(results), told]
    channels, labels = records(results.by_channel), code_labels("channel")
    if channels:
        most = max(channels, key=lambda row: row["quantity"] or 0)
        channel = lower_first(labels.get(most["channel"], most["channel"] or ""))
        parts.append(f"Kênh được dùng nhiều nhất: {channel} ({format_number(most['quantity'])}).")
    reach = [row["reach"] for row in rows if row["reach"] is not None]
    activities, measured = (sum(row[name] or 0 for row in rows) for name in ("activities", "reach_reported"))
    parts.append(
        f"Số lượt người tiếp cận đo được là {format_number(sum(reach))}, theo {format_number(measured)}/"
        f"{format_number(activities)} hoạt động có số liệu; một người có thể được tính nhiều lượt."
        if reach
        else "Chưa có hoạt động nào có số liệu về lượt người tiếp cận."
    )
    return Paragraph(" ".join(parts))


def describe_people(results: Results) -> Block:
    """Return staff reached and communication staff trained, with the units that are counted."""
    row = next((row for row in records(results.workforce) if row["group"] is None), None)
    if row is None or not row["units"]:
        return Note("Chưa có số liệu về nhân lực.", "empty")
    reached = (
        f"{_share(row['staff_reached'], row['staff_total'])} cán bộ, công chức, viên chức đã tiếp cận thông tin định hướng"
        if row["staff_total"]
        else "chưa có tổng số cán bộ, công chức, viên chức"
    )
    trained = (
        f"{_share(row['comms_staff_trained'], row['comms_staff_total'])} cán bộ chuyên trách truyền thông đã được đào tạo "
        "chuyên sâu"
        if row["comms_staff_total"]
        else "không có cán bộ chuyên trách truyền thông"
    )
    units = format_number(row["units"])
    return Paragraph(f"Theo báo cáo mới nhất trong năm của {units} đơn vị: {reached}; {trained}.{_low_groups(results)}")


def _share(part: int | None, whole: int) -> str:
    if part is None:
        return "chưa có số liệu trên tổng số"
    return f"{format_number(part)}/{format_number(whole)} ({format_percent(part / whole)})"


def _low_groups(results: Results) -> str:
    """Return which groups of units are lowest in people reached and in people trained; nothing where few are told."""
    names = names_of(results)
    said = []
    for part, whole, words in (
        ("staff_reached", "staff_total", "tiếp cận thông tin"),
        ("comms_staff_trained", "comms_staff_total", "đào tạo chuyên sâu"),
    ):
        shares = {
            row["group"]: row[part] / row[whole]
            for row in records(results.workforce)
            if row["group"] is not None and row[part] is not None and row[whole]
        }
        least = min(shares.values(), default=0.0)
        lowest = [names.group(group) for group, share in shares.items() if share == least]
        if len(shares) >= _LARGEST and len(lowest) == 1:
            said.append(f"tỷ lệ {words} thấp nhất: {lowest[0]} ({format_percent(least)})")
    return f" Nhóm đơn vị có {'; có '.join(said)}." if said else ""


def money_sentence(results: Results) -> str:
    """Return planned, allocated and disbursed money with the rate of disbursement."""
    row = next(iter(records(results.budget)), None)
    if row is None or all(row[name] is None for name in ("planned_vnd", "allocated_vnd", "disbursed_vnd")):
        return "Chưa có số liệu về kinh phí."
    if not row["planned_vnd"] and not row["allocated_vnd"] and not row["disbursed_vnd"]:
        return "Các đơn vị báo cáo không bố trí kinh phí riêng cho Kế hoạch trong kỳ."
    rate = f" (bằng {format_percent(row['rate'])} số được giao)" if row["rate"] is not None else ""
    return (
        f"Kinh phí dự toán {million(row['planned_vnd'])}, được giao {million(row['allocated_vnd'])}, đã giải ngân "
        f"{million(row['disbursed_vnd'])}{rate}."
    )


def describe_money(results: Results) -> Block:
    """Return the money of the period and the comparison of what was disbursed."""
    row = next(iter(records(results.budget)), None)
    sentence = money_sentence(results)
    if row is None or row["disbursed_vnd"] is None:
        return Note(sentence, "empty")
    before = row["previous_disbursed_vnd"]
    if not row["disbursed_vnd"] and not before:
        return Paragraph(sentence)
    if before is None:
        return Paragraph(f"{sentence} Về số giải ngân: {no_comparison(results)}.")
    compared = compare_counts(results, row["disbursed_vnd"], before, million)
    return Paragraph(f"{sentence} Số giải ngân {compared}.")


def describe_difficulties(results: Results) -> Block:
    """Return how many difficulties the units named, and of which kinds."""
    labels = code_labels("category")
    rows = sorted((row for row in records(results.difficulties) if row["count"]), key=lambda row: -row["count"])
    if not rows and not any_accepted(results):
        return Note("Chưa có báo cáo nào được chấp nhận nên chưa có số liệu về khó khăn, vướng mắc.", "empty")
    if not rows:
        return Paragraph("Các báo cáo được chấp nhận không nêu khó khăn, vướng mắc.")
    kinds = "; ".join(
        f"{lower_first(labels.get(row['category'], row['category']))} ({format_number(row['count'])})" for row in rows
    )
    issues = records(results.issues)
    units = len({row["unit_id"] for row in issues})
    proposals = sum(bool(row["proposal"]) for row in issues)
    return Paragraph(
        f"{format_number(units)} đơn vị nêu {format_number(sum(row['count'] for row in rows))} khó khăn, vướng mắc, gồm: {kinds}. "
        + (f"{format_number(proposals)} ý kiến có kiến nghị kèm theo." if proposals else "Chưa có kiến nghị kèm theo.")
    )
