"""The head of a scorecard: its main figures and the sentences that are read first.

In: `UnitResults`. Out: key figures and a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import period_label, records, reporting_label
from nq57kit.show.blocks import Block, Bullets, KeyFigure, KeyFigures
from nq57kit.show.scorecard._card import has_report, measure_label, measure_of, said_in, state_of
from nq57kit.show.scorecard.duties import overdue_text, status_text
from nq57kit.show.scorecard.figures import money_text, outputs_text, people_text, science_text
from nq57kit.show.scorecard.sending import next_text, sending_text
from nq57kit.show.sentences._words import compare_counts, compare_ratios
from nq57kit.text import format_number, format_percent, format_time

if TYPE_CHECKING:
    from nq57kit.indicators.unit import UnitResults

__all__ = ["pick_key_figures", "summarise"]

_NONE: Final = "Chưa có số liệu của kỳ."


def pick_key_figures(card: UnitResults) -> Block:
    """Return five figures: the report, the tasks led, outputs, staff reached, science tasks (or money without any)."""
    last = "science_tasks_communicated"
    if measure_of(card, last)["value"] is None and measure_of(card, "disbursed")["value"] is not None:
        last = "disbursed"
    return KeyFigures((_report(card), _tasks(card), _outputs(card), _ratio(card, "staff_reached"), _ratio(card, last)))


def _report(card: UnitResults) -> KeyFigure:
    row, inputs = state_of(card), card.own.inputs
    half = inputs.period.halves[-1]
    label = "Chưa nhận được" if row["state"] == "missing" else reporting_label(row["state"], over=False)
    return KeyFigure(
        f"Báo cáo {half.label}",
        label,
        coverage=f"Gửi lúc {format_time(row['sent_at'])}." if row["sent_at"] else "",
        change=f"Thời hạn: {half.deadline_text}.",
    )


def _tasks(card: UnitResults) -> KeyFigure:
    rows = {row["base"]: row for row in records(card.own.completion)}
    due, whole = rows["due"], rows["all"]
    overdue = overdue_text(card)
    if not due["denominator"]:
        return KeyFigure(
            "Nhiệm vụ chủ trì đã hoàn thành",
            f"{format_number(whole['numerator'])}/{format_number(whole['denominator'])}",
            "nhiệm vụ",
            change="Chưa có nhiệm vụ nào đến hạn; nhiệm vụ thường xuyên không có ngày đến hạn.",
        )
    return KeyFigure(
        "Nhiệm vụ chủ trì đã hoàn thành, trong số đã đến hạn",
        f"{format_number(due['numerator'])}/{format_number(due['denominator'])}",
        "nhiệm vụ",
        coverage=f"Trong tất cả: {format_number(whole['numerator'])}/{format_number(whole['denominator'])}.",
        change=f"Quá hạn: {overdue}." if overdue else "",
    )


def _outputs(card: UnitResults) -> KeyFigure:
    row = measure_of(card, "quantity")
    before = None if row["previous_value"] is None else round(row["previous_value"])
    return KeyFigure(
        measure_label(card, "quantity"),
        format_number(row["numerator"]),
        coverage=_middle(row, lambda value: format_number(value, 0 if value == round(value) else 1)),
        change=_sentence(compare_counts(card.own, row["numerator"], before)) if has_report(card) else _NONE,
    )


def _ratio(card: UnitResults, measure: str) -> KeyFigure:
    row = measure_of(card, measure)
    of = {"staff_reached": "người", "science_tasks_communicated": "nhiệm vụ"}.get(measure)
    shown = "" if of is None or row["value"] is None else f"{_of(row)} {of}."
    told = {"staff_reached": "workforce", "science_tasks_communicated": "science_tasks"}.get(measure, "budget")
    half = said_in(card, told)
    fresh = half == str(card.own.inputs.period) and has_report(card)
    compared = _sentence(compare_ratios(card.own, row["value"], row["previous_value"]))
    older = _NONE if row["value"] is None or half is None else f"Số liệu của {period_label(half)}."
    return KeyFigure(
        measure_label(card, measure),
        format_percent(row["value"]),
        target=shown,
        coverage=_middle(row, format_percent),
        change=compared if fresh and row["value"] is not None else older,
    )


def _of(row: dict[str, Any]) -> str:
    return f"{format_number(row['numerator'])}/{format_number(row['denominator'])}"


def _middle(row: dict[str, Any], write: Any) -> str:
    return "" if row["median"] is None else f"Mức giữa của nhóm: {write(row['median'])}."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def summarise(card: UnitResults) -> Block:
    """Return the main sentences, one below the other: sending, tasks, outputs, people, science, money, what is next."""
    overdue = overdue_text(card)
    told = status_text(card)
    science = science_text(card) if said_in(card, "science_tasks") is not None else ""
    people = people_text(card)
    said = (
        sending_text(card),
        f"Nhiệm vụ chủ trì: {told}." if told else "",
        f"Quá hạn: {overdue}." if overdue else "",
        outputs_text(card),
        people,
        science,
        money_text(card),
        next_text(card),
    )
    return Bullets(tuple(sentence for sentence in said if sentence))
