"""settings.toml: what is missing falls back, what is wrong is one sentence with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from nq57kit.plan import load_plan

Edit = Callable[[str, str, str], None]


def test_no_file_means_the_packaged_defaults(folder: Path) -> None:
    (folder / "settings.toml").unlink()
    assert load_plan(folder).settings == load_plan().settings
    assert load_plan(folder).hash == load_plan().hash


def test_a_missing_key_means_its_default(folder: Path) -> None:
    (folder / "settings.toml").write_text('[rules]\nannual_due = "12-31"\n', encoding="utf-8-sig")
    plan = load_plan(folder)
    assert plan.due_date(4, 2026) == date(2026, 12, 31)
    assert plan.settings.inputs_close_days_before == load_plan().settings.inputs_close_days_before


def test_a_signed_decision_is_data(edit: Edit, folder: Path) -> None:
    edit("settings.toml", "draft = true", "draft = false")
    edit("settings.toml", 'number = ""', 'number = "00/GIẢ-LẬP"')
    edit("settings.toml", 'signed_on = ""', 'signed_on = "2026-05-01"')
    settings = load_plan(folder).settings
    assert settings.document_state == "Quyết định số 00/GIẢ-LẬP ngày 01/5/2026"
    assert load_plan().settings.document_state == "dự thảo, chưa có số và ngày ký"


def test_every_open_rule_is_printed_with_its_value_and_reason() -> None:
    lines = {line.key: line for line in load_plan().settings.lines(load_plan().words)}
    assert set(lines) >= {"windows.H1", "windows.H2", "windows.year", "rules.annual_due", "rules.on_time_by"}
    assert lines["windows.H1"].value == "từ ngày 15/12 năm trước đến ngày 14/6"
    assert lines["rules.inputs_close_days_before"].value.startswith("4 ngày")
    assert all(line.label and line.value and line.reason.endswith(".") for line in lines.values())


def _line(folder: Path, text: str) -> int:
    lines = (folder / "settings.toml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(text))


WRONG = [
    ('annual_due = "12-14"', 'annual_due = "31/12"', "rules.annual_due", "tháng-ngày"),
    ('annual_due = "12-14"', 'annual_due = "02-29"', "rules.annual_due", "mọi năm"),
    (
        "inputs_close_days_before = 4",
        'inputs_close_days_before = "4"',
        "rules.inputs_close_days_before",
        "số nguyên",
    ),
    ('on_time_by = "sent"', 'on_time_by = "signed"', "rules.on_time_by", '"sent" hoặc "received"'),
    ("draft = true", 'draft = "true"', "plan.draft", "true hoặc false"),
    ("draft = true", "draft = false", "plan.draft", "number và signed_on"),
    ('signed_on = ""', 'signed_on = "31/02/2026"', "plan.signed_on", "năm-tháng-ngày"),
    ('timezone = "Asia/Ho_Chi_Minh"', 'timezone = "Hà Nội"', "timezone", "Asia/Ho_Chi_Minh"),
    ("last_year = 2030", "last_year = 2025", "periods.last_year", "từ 2026 trở đi"),
    ('first_period = "2026-H1"', 'first_period = "2027-H1"', "periods.first_period", "2026-H1"),
    ('to = "06-14"', 'to = "6-14"', "windows.H1.to", "tháng-ngày"),
    ('from = "06-15"', 'from = "12-15"', "windows.H2.to", "đứng trước"),
    ('on_time_by = "sent"', 'on_time = "sent"', "rules.on_time", "không có thiết lập"),
]


@pytest.mark.parametrize("case", WRONG, ids=[f"{case[2]}-{n}" for n, case in enumerate(WRONG)])
def test_a_wrong_value_is_one_sentence(
    case: tuple[str, str, str, str], edit: Edit, folder: Path, sentence: Callable[[], str]
) -> None:
    old, new, key, wanted = case
    edit("settings.toml", old, new)
    text = sentence()
    assert f"mục «{key}»" in text
    assert wanted in text
    if not key.startswith("windows."):  # a window's line: the next test
        assert text.startswith(f"settings.toml, dòng {_line(folder, new)}, ")


def test_the_line_of_a_window_is_that_of_its_own_section(edit: Edit, folder: Path, sentence: Callable[[], str]) -> None:
    edit("settings.toml", 'to = "06-14"', 'to = "6-14"')
    assert sentence().startswith(f"settings.toml, dòng {_line(folder, '[windows.H1]') + 3}, ")


def test_broken_toml(folder: Path, sentence: Callable[[], str]) -> None:
    (folder / "settings.toml").write_text("timezone = 'Asia/Ho_Chi_Minh'\n[rules\n", encoding="utf-8")
    assert sentence().startswith("settings.toml, dòng 2: không đúng cú pháp TOML")
