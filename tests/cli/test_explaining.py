"""`nq57kit explain`: every code of the list, in words; wrong use is one sentence."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import nq57kit
from nq57kit.cli import main

LISTED = list(
    csv.DictReader(
        (Path(nq57kit.__file__).parent / "submissions" / "findings.csv").read_text(encoding="utf-8").splitlines()
    )
)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["explain", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_a_code_is_explained_in_four_lines(capsys):
    code, text, complaint = run(capsys, "number-two-readings")
    assert (code, complaint) == (0, "")
    assert text.splitlines() == [
        "number-two-readings: Số hiểu được hai cách",
        "Mức: Lỗi (tệp bị trả lại, phải sửa rồi gửi lại).",
        "Nghĩa là: Ô «…» ghi «…», có thể là … hoặc ….",
        "Cần làm: Ghi lại: phần nghìn dùng dấu chấm, phần thập phân dùng dấu phẩy.",
    ]


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row["code"])
def test_every_code_of_the_list_can_be_asked_for(row, capsys):
    code, text, _ = run(capsys, row["code"].upper())
    assert code == 0
    assert row["title"] in text
    assert "{" not in text
    assert text.count("\n") == 4


def test_a_note_that_asks_for_nothing_says_so(capsys):
    assert "Cần làm: không phải làm gì." in run(capsys, "rows-blank")[1]


def test_json_has_the_same_of_one_code_and_of_all(capsys):
    _, text, _ = run(capsys, "sheet-missing", "--format", "json")
    one = json.loads(text)
    assert list(one) == ["code", "severity", "title", "meaning", "advice"]
    assert (one["code"], one["severity"]) == ("sheet-missing", "error")
    code, text, _ = run(capsys, "--all", "--format", "json")
    every = json.loads(text)
    assert code == 0
    assert one in every
    assert [told["code"] for told in every] == [row["code"] for row in LISTED]
    assert [told["severity"] for told in every] == [row["severity"] for row in LISTED]


def test_all_codes_are_printed_as_a_table(capsys):
    code, text, _ = run(capsys, "--all")
    assert code == 0
    words = text.split()
    assert all(row["code"] in words for row in LISTED)
    assert "{" not in text


def test_an_unknown_code_is_answered_with_the_nearest(capsys):
    code, text, complaint = run(capsys, "sheet-mising")
    assert (code, text) == (2, "")
    assert complaint.startswith("Lỗi: Không có mã phát hiện «sheet-mising»; có phải «sheet-missing»")
    assert "nq57kit explain --all" in run(capsys, "qqq")[2]


@pytest.mark.parametrize("arguments", [(), ("sheet-missing", "--all")])
def test_one_code_or_all_not_neither_nor_both(arguments, capsys):
    code, text, complaint = run(capsys, *arguments)
    assert (code, text) == (2, "")
    assert complaint.strip() == (
        "Lỗi: Viết một mã phát hiện, ví dụ «nq57kit explain sheet-missing», hoặc --all để in tất cả."
    )


def test_the_help_page_is_vietnamese(capsys):
    code, text, _ = run(capsys, "--help")
    assert code == 0
    assert text.startswith("Cách dùng: nq57kit explain")
