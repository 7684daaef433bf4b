"""What is printed: nothing that a unit sends is obeyed by the terminal."""

from __future__ import annotations

import json
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
