"""`nq57kit plan …`: the plan's tables as an analyst and a program see them."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from nq57kit.cli import main

SOURCE = Path(__file__).parents[1] / "plan" / "plan-source.txt"


def read(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main(["plan", *arguments, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert isinstance(rows, list)
    return rows


@pytest.mark.parametrize(
    ("table", "count", "texts"),
    [
        ("tasks", 10, ["name", "lead", "coordinating", "products", "timing"]),
        ("measures", 31, ["text", "audience"]),
        ("duties", 14, ["text", "unit"]),
        ("targets", 7, ["statement"]),
    ],
)
def test_a_table_has_its_rows_and_its_texts_stand_in_the_source(
    table: str, count: int, texts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source = " ".join(unicodedata.normalize("NFC", SOURCE.read_text(encoding="utf-8")).split())
    rows = read(capsys, table)
    assert len(rows) == count
    for row in rows:
        assert row["citation"]
        for name in texts:
            assert str(row[name]) in source, row


def test_a_unit_is_told_what_it_leads_and_coordinates_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    rows = read(capsys, "unit", "vụ khtc")
    roles = {row["task_id"]: (row["role"], row["why"]) for row in rows}
    assert roles[1] == ("lead", "Phụ lục, TT 1: «Các cơ quan, đơn vị thuộc Bộ»")
    assert roles[9] == ("lead", "Phụ lục, TT 9: «Vụ Kế hoạch - Tài chính»")
    assert roles[10] == ("coordinate", "Phụ lục, TT 10: «Văn phòng Bộ, Các đơn vị thuộc Bộ»")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Cục QLĐĐ", "có thể là: cuc-"),
        ("Vụ Khoa hoc Cong nghe", "có phải: vu-khcn"),
        ("Vụ Không Có", "không có đơn vị"),
    ],
)
def test_an_unclear_unit_is_asked_about_and_never_taken(
    name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "unit", name]) == 2
    assert words.casefold() in capsys.readouterr().err.casefold()


def test_the_calendar_shows_each_period_with_the_day_on_which_inputs_close(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {str(row["period"]): row for row in read(capsys, "calendar")}
    assert len(rows) == 15
    assert rows["2026-H2"] == {
        "period": "2026-H2",
        "from": "2026-06-15",
        "to": "2026-12-14",
        "deadline": "2026-12-20T00:00:00+07:00",
        "last_day": "2026-12-19",
        "last_working_day": "2026-12-18",
        "closes_on": "2026-12-16",
    }
    assert main(["plan", "calendar"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "2026-H2" in line]
    assert "trước ngày 20/12/2026" in line
    assert "thứ Sáu, 18/12/2026" in line
    assert "thứ Tư, 16/12/2026" in line
