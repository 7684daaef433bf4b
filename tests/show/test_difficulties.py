"""Difficulties: none named is not none reported, and the units' words stand as they were written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nq57kit.show import difficulties
from nq57kit.show.blocks import Blocks, Note, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults


def test_none_named_is_not_none_reported(results: Results, empty_results: Results) -> None:
    quiet = replace(results, difficulties=results.difficulties.clear(), issues=results.issues.clear())
    said = difficulties.describe(quiet)
    assert isinstance(said, Paragraph)
    assert said.text == "Các báo cáo được chấp nhận không nêu khó khăn, vướng mắc."
    assert isinstance(difficulties.describe(empty_results), Note)


def test_units_kinds_and_proposals_are_counted(results: Results) -> None:
    said = difficulties.describe(results).as_text()
    assert said == (
        "5 đơn vị nêu 5 khó khăn, vướng mắc (gộp các ý kiến giống nhau còn 1 nội dung), nhiều nhất về kinh phí (5). "
        "5 ý kiến có kiến nghị kèm theo. 1 nội dung chưa rõ nơi giải quyết."
    )


def test_words_stand_once_under_their_kind_as_they_were_written(results: Results) -> None:
    table = difficulties.tabulate_issues(results)
    assert set(table.headings) == {row[0] for row in table.rows}
    assert {row[1].partition(". ")[2] for row in table.rows} == set(results.issues["description"])


def test_a_unit_without_a_report_is_not_said_to_have_none(card_of: Callable[..., UnitResults]) -> None:
    missing, present = (difficulties.show_unit(card_of(unit)) for unit in ("tt-cntt", "vu-tccb"))
    assert isinstance(missing, Note)
    assert isinstance(present, (Paragraph, Table, Blocks))
