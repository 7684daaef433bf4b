"""The summary: the five figures that matter, and the sentences that a reader of two minutes reads.

In: `Results`. Out: `KeyFigures` and `Bullets`, from the same sentences as the sections.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import names_of, ratio_indicators, records
from nq57kit.show.blocks import Block, Bullets, KeyFigure, KeyFigures
from nq57kit.show.sentences._words import compare_ratios, precise_percent
from nq57kit.show.sentences.reporting import reporting_sentence
from nq57kit.show.sentences.results import (
    completion_sentence,
    money_sentence,
    outputs_sentence,
    overdue_sentence,
    target_text,
    verdicts_sentences,
)
from nq57kit.text import format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.indicators.model import Results

__all__ = ["pick_key_figures", "summarise"]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({"numerator": None, "denominator": None, "value": None})


def pick_key_figures(results: Results) -> Block:
    """Return the main figures, each with target, coverage and change: reporting, the ratio indicators, tasks done."""
    ratio = set(ratio_indicators(results))
    kpis = [row for row in records(results.kpis) if row["indicator"] in ratio]
    return KeyFigures((_reporting(results), *(_indicator(results, row) for row in kpis), _tasks(results)))


def summarise(results: Results) -> Block:
    """Return the main sentences of the report, one below the other."""
    reported = [reporting_sentence(results, half) for half in results.inputs.period.halves]
    said = (
        *reported,
        *verdicts_sentences(results),
        completion_sentence(results),
        overdue_sentence(results) if not results.task_status.is_empty() else "",
        outputs_sentence(results),
        money_sentence(results),
    )
    return Bullets(tuple(sentence for sentence in said if sentence))


def _reporting(results: Results) -> KeyFigure:
    half = results.inputs.period.halves[-1]
    rows = [
        next((row for row in records(frame) if row["group"] is None and row["period"] == str(half)), _NOTHING)
        for frame in (results.completeness, results.timeliness)
    ]
    complete, timely = rows
    return KeyFigure(
        f"Đơn vị đã báo cáo, {half.label}",
        _of(complete),
        "đơn vị",
        coverage=f"Tỷ lệ gửi: {format_percent(complete['value'])}.",
        change=f"Đúng hạn: {_of(timely)} đơn vị ({format_percent(timely['value'])}).",
    )


def _of(row: Mapping[str, Any]) -> str:
    """Return «30/52»; «–» where there is nothing."""
    if row["denominator"] is None:
        return format_number(None)
    return f"{format_number(row['numerator'])}/{format_number(row['denominator'])}"


def _indicator(results: Results, row: dict[str, Any]) -> KeyFigure:
    wanted, compared = target_text(row), compare_ratios(results, row["value"], row["previous_value"])
    units = f"{format_number(row['reported_units'])}/{format_number(row['expected_units'])} đơn vị"
    return KeyFigure(
        names_of(results).indicators.get(row["indicator"], row["indicator"]),
        precise_percent(row["value"], row["target"]),
        target=_sentence(wanted),
        coverage=f"Số liệu của {units}{' (tạm tính)' if row['provisional'] else ''}.",
        change=_sentence(compared),
        status=row["status"] or "",
    )


def _tasks(results: Results) -> KeyFigure:
    rows = {row["base"]: row for row in records(results.completion)}
    due, whole = rows.get("due", _NOTHING), rows.get("all", _NOTHING)
    return KeyFigure(
        "Nhiệm vụ đã hoàn thành, trong số đã đến hạn",
        _of(due),
        "lượt",
        coverage=f"Tỷ lệ: {format_percent(due['value'])}; mỗi nhiệm vụ tính riêng cho từng đơn vị chủ trì.",
        change=f"Trên tất cả các lượt: {_of(whole)} ({format_percent(whole['value'])}).",
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
