"""A table told of a report, a scorecard or years: names, labels, order and source follow from its words and what it is about."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from nq57kit.show import phrases
from nq57kit.submissions.contract import load_codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults

WORDS = tomllib.loads((resources.files("nq57kit.show") / "tables.toml").read_text(encoding="utf-8"))
TABLES = {
    f"{subject}.{name}": table
    for subject, tables in WORDS.items()
    for name, table in tables.items()
    if isinstance(table, dict) and "columns" in table
}


def test_ids_become_names_codes_labels_and_rows_stand_in_the_order_of_the_names(results: Results) -> None:
    rows = [
        {"unit_id": "vu-tccb", "state": "approved", "lines": 2},
        {"unit_id": "bao-nnmt", "state": "missing", "lines": None},
    ]
    table = phrases.tell("plans.states", results, rows, year="2026")
    assert [row[:2] for row in table.rows] == [
        ("Báo Nông nghiệp và Môi trường", "Chưa gửi kế hoạch"),
        ("Vụ Tổ chức cán bộ", "Đã phê duyệt"),
    ]
    assert table.title == "Kế hoạch năm 2026 của từng đơn vị"
    assert rows[0]["state"] == "approved", "the rows of a frame are not another's to change"


def test_a_total_keeps_its_own_label_and_a_code_of_no_list_stays(results: Results) -> None:
    table = phrases.tell("money.tasks", results, [{"task_id": 4}, {"label": "Tổng số"}])
    assert [row[0] for row in table.rows] == [phrases.names_of(results).short_task(4), "Tổng số"]
    assert phrases.tell("difficulties.own", results, [{"category": "la"}]).rows[0][0] == "la"


def test_the_source_is_what_a_table_is_about(results: Results, card_of: Callable[..., UnitResults]) -> None:
    card = card_of("vu-tccb")
    about: list[tuple[Any, str]] = [
        (results, phrases.source_of(results)),
        (card, phrases.source(card)),
        ([results, results], phrases.source_of_years([results, results])),
    ]
    assert [phrases.tell("money.tasks", one, []).source for one, _ in about] == [said for _, said in about]
    assert len({said for _, said in about}) == 3


@pytest.mark.parametrize("name", sorted(TABLES))
def test_what_a_table_says_of_its_columns_is_of_columns_that_it_has(name: str) -> None:
    columns = {column[0] for column in TABLES[name]["columns"]}
    said, order = TABLES[name].get("say", {}), TABLES[name].get("sort", [])
    assert columns >= set(said)
    assert columns >= set(order)
    for how in set(said.values()) - {"unit", "task", "group"}:
        assert load_codes(how)
