"""The annual page read as text: everything that the plan asks stands there word for word, with an answer counted by other means."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nq57kit.plan import load_plan

pytestmark = pytest.mark.slow  # reads the reports of the whole session, counts the year from its workbooks

PLAN = load_plan()


class _Rows(HTMLParser):
    """The rows of all tables of a page, each a tuple of its cells' texts."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, ...]] = []
        self._cells: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self._cells = []
        elif tag in ("td", "th"):
            self._cells.append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self.rows.append(tuple(" ".join(cell.split()) for cell in self._cells))
        elif tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._cells[-1] += data


@pytest.fixture(scope="module")
def rows(sample_reports: Path) -> list[tuple[str, ...]]:
    reader = _Rows()
    reader.feed((sample_reports / "annual-2026.html").read_text(encoding="utf-8"))
    return reader.rows


@pytest.fixture(scope="module")
def counted(counter: ModuleType, submissions_counted: list[Any]) -> dict[str, Any]:
    return dict(counter.count(submissions_counted, "2026", date(2026, 12, 25)))


def row_of(rows: list[tuple[str, ...]], text: str) -> tuple[str, ...]:
    """Return the cells beside the one that is a text, of the first row that has it."""
    found = next((row for row in rows if text in row), None)
    assert found is not None, text
    return tuple(cell for cell in found if cell != text)


def test_each_measure_stands_with_how_many_of_those_asked_answered(
    rows: list[tuple[str, ...]], counted: dict[str, Any]
) -> None:
    assert PLAN.measures.height == 31
    for key, text in PLAN.measures.select("measure_id", "text").iter_rows():
        asked, answered, lines, _ = counted["measures"][key]
        cells = row_of(rows, f"{key}. {text}")
        assert f"{answered}/{asked} đơn vị" in cells
        assert any(cell.startswith(f"{lines:,} dòng".replace(",", ".")) for cell in cells) or "Chưa có căn cứ" in cells
        assert ("Chưa có căn cứ" in cells) is (lines == 0)


def test_each_product_stands_with_how_many_are_owed_and_found(
    rows: list[tuple[str, ...]], counted: dict[str, Any]
) -> None:
    assert PLAN.products.height == 22
    texts = dict(PLAN.products.select("product_id", "text").iter_rows())
    for key, text in texts.items():
        owed, found = counted["products"][key]
        answers = [tuple(cell for cell in row if cell != text) for row in rows if text in row]
        assert any({str(owed), str(found)} <= set(row) for row in answers), key


def test_each_duty_stands_with_a_state_and_what_that_stands_on(rows: list[tuple[str, ...]]) -> None:
    assert PLAN.duties.height == 14
    for key, text in PLAN.duties.select("duty_id", "text").iter_rows():
        assert len([cell for cell in row_of(rows, f"{key}. {text}") if cell]) >= 2, key


def test_each_target_stands_with_an_answer(rows: list[tuple[str, ...]]) -> None:
    assert PLAN.targets.height == 7
    for statement in PLAN.targets["statement"]:
        cells = row_of(rows, statement)
        assert any(re.search(r"(?i)chưa đến năm áp dụng|đánh giá|đạt|kết quả", cell) for cell in cells), statement
