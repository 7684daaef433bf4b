"""`nq57kit plan …`: the plan's tables as an analyst and a program see them."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from nq57kit.cli import main

_TABLES = ("tasks", "measures", "duties", "targets", "indicators", "units", "groups", "deadlines", "events")

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


def unit_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["plan", "unit", *arguments, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return document


def test_a_unit_is_told_what_it_leads_and_coordinates_with_the_products_and_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = unit_of(capsys, "vụ khtc")
    tasks = {task["task_id"]: task for task in document["tasks"]}
    assert {number: (task["role"], task["why"]) for number, task in tasks.items()} == {
        1: ("lead", "Phụ lục, TT 1: «Các cơ quan, đơn vị thuộc Bộ»"),
        9: ("lead", "Phụ lục, TT 9: «Vụ Kế hoạch - Tài chính»"),
        10: ("coordinate", "Phụ lục, TT 10: «Văn phòng Bộ, Các đơn vị thuộc Bộ»"),
    }
    source = " ".join(unicodedata.normalize("NFC", SOURCE.read_text(encoding="utf-8")).split())
    assert all(product in source for task in tasks.values() for product in task["products"])
    assert tasks[9]["products"] == ["Văn bản hướng dẫn dự toán", "Báo cáo phân bổ kinh phí"]
    assert "due_on" not in tasks[9]  # no day without a period


@pytest.mark.parametrize(
    ("unit", "measures", "duties"),
    [
        ("vu-khtc", 9, 4),  # counted in the source: III.1.1; IV.3 and IV.4
        ("van-phong", 10, 7),  # III.1.1, III.1.2; IV.2 and IV.3
        ("hv-nongnghiep", 22, 3),  # III.1.1, III.2, III.4; IV.3
    ],
)
def test_a_unit_is_told_the_measures_addressed_to_it_and_its_duties(
    unit: str, measures: int, duties: int, capsys: pytest.CaptureFixture[str]
) -> None:
    document = unit_of(capsys, unit, "2026-H1")
    assert (len(document["measures"]), len(document["duties"])) == (measures, duties)
    assert all(row["citation"].startswith("III.1.1") for row in document["measures"][:9])


def test_a_period_adds_the_days_of_its_year(capsys: pytest.CaptureFixture[str]) -> None:
    document = unit_of(capsys, "Vụ Kế hoạch - Tài chính", "2027")
    assert {task["task_id"]: task["due_on"] for task in document["tasks"]}[9] == "2027-12-14"
    days = [(row["statement"], row.get("last_day"), row.get("last_working_day")) for row in document["deadlines"]]
    assert days == [
        ("trước ngày 20/06", "2027-06-19", "2027-06-18"),  # 19/06/2027 is a Saturday
        ("trước ngày 20/12 hằng năm", "2027-12-19", "2027-12-17"),  # a Sunday
        ("đột xuất khi có yêu cầu", None, None),
    ]


@pytest.mark.parametrize(
    "arguments", [*([name] for name in _TABLES), ["settings"], ["calendar"], ["unit", "vu-khtc", "2026-H2"]]
)
def test_a_table_that_a_person_reads_has_vietnamese_heads_and_values(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *arguments]) == 0
    text = capsys.readouterr().out
    english = (
        r"\b(?:true|false|None|lead|coordinate|unit|text|name|law|ratio|qualitative|units|ministry|unverified|year)\b"
    )
    assert re.findall(english, text.split("Căn cứ", 1)[0] + re.sub(r"[a-z]+(?:[-_.][a-z0-9]+)+", "", text)) == []


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
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "6 tháng cuối năm 2026" in line]
    assert "trước ngày 20/12/2026" in line
    assert "thứ Sáu, 18/12/2026" in line
    assert "thứ Tư, 16/12/2026" in line
