"""The console: help and wrong use in Vietnamese, any alphabet, nothing that a terminal would obey."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nq57kit.cli import main
from nq57kit.cli.console import complain, print_json, print_line, print_table

HOSTILE = "\x1b[2J\x1b[32mOK\x9b0m\x00\u202eKO\x7f\r"
OBEYED = set("\x1b\x9b\x00\u202e\x7f\r")


@pytest.mark.parametrize(
    "say", [print_line, complain, print_json, lambda text: print_table([text], [[text]])], ids=lambda one: one.__name__
)
def test_no_text_moves_the_cursor(say, capsys) -> None:
    say(HOSTILE)
    out = "".join(capsys.readouterr())
    assert not OBEYED & set(out)
    assert "OK" in out
    assert "1b" in out


def test_json_stays_what_it_was(capsys) -> None:
    print_json({"value": HOSTILE})
    assert json.loads(capsys.readouterr().out) == {"value": HOSTILE}


def test_a_line_stays_one_line_and_an_error_may_have_several(capsys) -> None:
    print_line("tệp\nOK.xlsx: ĐẠT")
    complain("một\nhai")
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert err == "một\nhai\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_check_shows_the_escapes_of_a_cell_as_signs(form, tmp_path: Path, capsys) -> None:
    (tmp_path / "workforce.csv").write_text(
        f"staff_total,staff_reached,comms_staff_total,comms_staff_trained\n{HOSTILE.strip()},1,1,1\n", encoding="utf-8"
    )
    assert main(["check", str(tmp_path), "--format", form]) == 1
    assert not OBEYED & set(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["báo-cáo"], "Lỗi: không có lệnh 'báo-cáo'. Xem «nq57kit --help»."),
        (["statu"], "Lỗi: không có lệnh 'statu'; có phải «status»? Xem «nq57kit --help»."),
        (
            ["status", "2026-H2", "--as-of", "2026-02-31"],
            "Lỗi: giá trị của «--as-of» không dùng được: không phải là một ngày có thật viết theo dạng năm-tháng-ngày; viết lại, ví dụ 2026-12-18. Xem «nq57kit status --help».",
        ),
        (["template"], "Lỗi: thiếu đối số «KỲ»; viết thêm rồi chạy lại. Xem «nq57kit template --help»."),
        (
            ["plan", "tasks", "--fromat", "json"],
            "Lỗi: không có tùy chọn «--fromat»; có phải «--format»? Xem «nq57kit plan tasks --help».",
        ),
        (
            ["plan", "tasks", "--format", "xml"],
            "Lỗi: giá trị của «--format» không dùng được: viết một trong: text, json. Xem «nq57kit plan tasks --help».",
        ),
        (["plan", "tasks", "thừa"], "Lỗi: thừa đối số (thừa); bỏ đi rồi chạy lại. Xem «nq57kit plan tasks --help»."),
        (["plan", "tasks", "--format"], "Lỗi: tùy chọn '--format' cần một giá trị."),
        (["demo"], "Lỗi: thiếu tùy chọn «--out»; viết thêm rồi chạy lại. Xem «nq57kit demo --help»."),
        (
            ["sample", "--seed", "mười"],
            "Lỗi: giá trị của «--seed» không dùng được: cần một số nguyên. Xem «nq57kit sample --help».",
        ),
    ],
)
def test_wrong_use_is_answered_with_one_vietnamese_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.strip() == sentence


@pytest.mark.parametrize(
    "command",
    [[], ["plan"], ["plan", "tasks"], ["plan", "unit"], ["template"], ["check"], ["ingest"], ["status"], ["report"],
     ["report", "semiannual"], ["report", "annual"], ["report", "unit"], ["diff"], ["crosscheck"], ["explain"], ["sample"], ["init"], ["demo"]],
    ids=lambda command: " ".join(command) or "nq57kit",
)  # fmt: skip
def test_every_help_page_is_vietnamese(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("Cách dùng: ")
    for english in ("Usage", "Options", "Commands", "Show this", "Arguments"):
        assert english not in page


def test_a_table_narrows_its_widest_columns_and_keeps_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    words = [f"từ{number}" for number in range(80)]
    print_table(
        ["Tên", "Số", "Nội dung"], [["Vụ Tổ chức cán bộ", 7, " ".join(words)], [None, 12, "Đ\u0323"]], right=[1]
    )
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 160
    assert lines[0].split() == ["Tên", "Số", "Nội", "dung"]
    assert [word for line in lines for word in line.split() if word.startswith("từ")] == words
    assert lines[-1].lstrip().startswith("12  Đ")
    assert lines[2].index("7") == lines[-1].index("2")


def test_nobody_reading_on_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "nq57kit", "plan", "units"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, cwd=Path(__file__).parents[2])
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
