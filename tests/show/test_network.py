"""The network as its judge reads it: each piece of evidence out of how many, what nobody can see, channels that fell silent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import network
from nq57kit.show.blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results


def test_evidence_is_told_out_of_those_that_reported_and_the_silent_are_named_beside(results: Results) -> None:
    table = network.tabulate_evidence(results)
    assert {row[2] for row in table.rows} == {"14/52"}
    assert "6 đơn vị chưa có báo cáo trong năm, không tính vào mẫu số." in table.notes
    everybody = replace(results, evidence=results.evidence.with_columns(total=pl.lit(58)))
    assert not any("chưa có báo cáo" in note for note in network.tabulate_evidence(everybody).notes)


def test_a_member_that_no_report_shows_is_no_zero_and_says_what_cannot_be_seen(results: Results) -> None:
    rows = network.tabulate_members(results).rows
    assert rows == (("Doanh nghiệp", 3, None), ("Các nhà quản lý", "Chưa có căn cứ", "Không hỏi."))


def test_a_channel_without_a_sign_of_life_in_the_last_half_is_marked(results: Results) -> None:
    rows = network.tabulate_channels(results).rows
    assert [row[-1] for row in rows] == ["không", "có"]


def test_nothing_stands_where_no_qualitative_target_is_asked(results: Results, build: Callable[..., Results]) -> None:
    asked = network.show(replace(results, evidence=results.evidence.clear()))
    assert isinstance(asked, Blocks)
    assert not asked.items
