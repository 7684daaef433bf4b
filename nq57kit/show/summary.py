"""The summary of a report: the figures that matter, and the sentences that a reader of two minutes reads.

In: `Results`. Out: `KeyFigures` and `Bullets`, from the same sentences as the sections.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from nq57kit.show.blocks import Block, Blocks, Bullets, KeyFigure, KeyFigures
from nq57kit.show.labels import (
    compare_ratios,
    last_half,
    names_of,
    part_of,
    precise_percent,
    ratio_indicators,
    sentence,
)
from nq57kit.show.money import money_sentence
from nq57kit.show.outputs import outputs_sentence
from nq57kit.show.reporting import ministry_row, reporting_sentence
from nq57kit.show.targets import covered_by, target_text, verdicts_sentences
from nq57kit.show.tasks import completion_sentence, overdue_sentence
from nq57kit.text import format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.indicators.model import Results

__all__ = ["pick_key_figures", "show", "summarise"]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({"numerator": None, "denominator": None, "value": None})


def show(results: Results) -> Block:
    """Return the figures that matter, then what a reader must know first."""
    return Blocks([pick_key_figures(results), summarise(results)])


def pick_key_figures(results: Results) -> Block:
    """Return the main figures, each with target, coverage and change: reporting, the ratio indicators, tasks done."""
    ratio = ratio_indicators(results)
    kpis = [row for row in results.kpis.to_dicts() if row["indicator"] in ratio]
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
    half = last_half(results)
    complete, timely = (ministry_row(frame, half) or _NOTHING for frame in (results.completeness, results.timeliness))
    return KeyFigure(
        f"Đơn vị đã báo cáo, {half.label}",
        part_of(complete),
        "đơn vị",
        coverage=f"Tỷ lệ gửi: {format_percent(complete['value'])}.",
        change=f"Đúng hạn: {part_of(timely)} đơn vị ({format_percent(timely['value'])}).",
    )


def _indicator(results: Results, row: dict[str, Any]) -> KeyFigure:
    return KeyFigure(
        names_of(results).indicators.get(row["indicator"], row["indicator"]),
        precise_percent(row["value"], row["target"]),
        target=sentence(target_text(row)),
        coverage=f"Số liệu của {covered_by(row)}.",
        change=sentence(compare_ratios(results, row["value"], row["previous_value"])),
        status=row["status"] or "",
    )


def _tasks(results: Results) -> KeyFigure:
    rows = {row["base"]: row for row in results.completion.to_dicts()}
    due, whole = rows.get("due", _NOTHING), rows.get("all", _NOTHING)
    return KeyFigure(
        "Nhiệm vụ đã hoàn thành, trong số đã đến hạn",
        part_of(due),
        "lượt",
        coverage=f"Tỷ lệ: {format_percent(due['value'])}; mỗi nhiệm vụ tính riêng cho từng đơn vị chủ trì.",
        change=f"Trên tất cả các lượt: {part_of(whole)} ({format_percent(whole['value'])}).",
    )
