"""The packaged tables against the public draft plan (plan-source.txt): counts, and every text word for word."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from nq57kit.plan import load_plan

PLAN = load_plan()


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


SOURCE = _folded(Path(__file__).with_name("plan-source.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("table", "count"), [("tasks", 10), ("measures", 31), ("duties", 14), ("targets", 7), ("units", 58), ("events", 3)]
)
def test_counts(table: str, count: int) -> None:
    assert getattr(PLAN, table).height == count


def test_measures_and_duties_by_section() -> None:
    sections = Counter(re.match(r"III\.\d", citation)[0] for citation in PLAN.measures["citation"])  # type: ignore[index]
    assert sections == {"III.1": 11, "III.2": 8, "III.3": 7, "III.4": 5}
    assert Counter(PLAN.duties["citation"]) == {
        "IV.1": 3, "IV.2": 4, "IV.3": 3, "IV.4": 1, "IV.5": 1, "IV.6": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("tasks", ["name", "lead", "coordinating", "products", "timing"]),
        ("measures", ["audience", "text"]),
        ("duties", ["unit", "text"]),
        ("targets", ["statement"]),
        ("deadlines", ["statement"]),
        ("events", ["name"]),
    ],
)
def test_texts_are_found_word_for_word(table: str, columns: list[str]) -> None:
    for column in columns:
        for text in getattr(PLAN, table)[column]:
            assert text == _folded(text)
            assert text in SOURCE


def test_each_task_row_stands_in_the_appendix_in_one_piece() -> None:
    for task in PLAN.tasks.iter_rows(named=True):
        cells = [str(task["task_id"]), *(task[c] for c in ("name", "lead", "coordinating", "products", "timing"))]
        assert " ".join(cells) in SOURCE


def test_short_names_of_tasks_are_words_of_their_names_in_their_order() -> None:
    for name, short in PLAN.tasks.select("name", "short_name").iter_rows():
        words = iter(re.findall(r"[\w-]+", name.lower()))
        assert all(word in words for word in re.findall(r"[\w-]+", short.lower())), short
        assert 0 < len(short) <= 45


def test_bullets_of_the_source_are_all_there() -> None:
    source = Path(__file__).with_name("plan-source.txt").read_text(encoding="utf-8")
    part = source[source.index("III. NHIỆM VỤ") : source.index("IV. TỔ CHỨC")]
    bullets = [_folded(line[2:]) for line in part.splitlines() if line.startswith("- ")]
    assert PLAN.measures["text"].to_list() == bullets


def test_products_are_the_words_of_their_tasks_column_and_together_all_of_them() -> None:
    for task, words in PLAN.tasks.select("task_id", "products").iter_rows():
        told = PLAN.products.filter(task_id=task)
        assert "; ".join(told["text"]) == words.rstrip(".")
        assert told["product_id"].to_list() == [f"TT{task}-{number}" for number in range(1, told.height + 1)]


def test_every_measure_and_duty_has_its_rule() -> None:
    assert PLAN.measure_evidence["measure_id"].to_list() == PLAN.measures["measure_id"].to_list()
    assert PLAN.duty_evidence["duty_id"].to_list() == PLAN.duties["duty_id"].to_list()


def test_the_kinds_of_members_are_words_of_their_target_in_its_order() -> None:
    for indicator, statement in PLAN.targets.select("indicator", "statement").iter_rows():
        at = [statement.find(text) for text in PLAN.network_members.filter(indicator=indicator)["text"]]
        assert at == sorted(at)
        assert -1 not in at
    assert PLAN.network_members.height == 9


def test_events_carry_the_days_of_the_source() -> None:
    for event in PLAN.events.iter_rows(named=True):
        assert re.search(rf"{event['name']} \(ngày 0?{event['day']}/0?{event['month']}\)", SOURCE)


def test_targets_carry_the_numbers_of_their_own_words() -> None:
    numeric = PLAN.targets.filter(pl.col("value").is_not_null())
    assert numeric.height == 5
    for statement, value in numeric.select("statement", "value").iter_rows():
        assert re.search(r"(\d+)%", statement)[1] == f"{value:.0f}"  # type: ignore[index]


def test_every_row_has_its_citation_and_the_plan_is_a_draft() -> None:
    for frame in (PLAN.tasks, PLAN.measures, PLAN.duties, PLAN.targets, PLAN.indicators, PLAN.deadlines, PLAN.events):
        assert frame["citation"].null_count() == 0
    assert PLAN.settings.draft
    assert PLAN.settings.number == ""
    assert PLAN.settings.signed_on is None


def test_duties_and_measures_address_units_that_exist() -> None:
    assert PLAN.duties_of("vu-khtc")["duty_id"].to_list() == ["IV.3-01", "IV.3-02", "IV.3-03", "IV.4-01"]
    assert PLAN.measures_of("dn-dautieng").height == 9 + 7
