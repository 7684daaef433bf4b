"""The console: help and wrong use in Vietnamese, any alphabet, nothing that a terminal would obey."""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import click
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nq57kit
from nq57kit.cli import cli, console, main
from nq57kit.cli.console import complain, print_json, print_line, print_table, report_error
from nq57kit.text import escape_controls

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
        *(
            (
                ["sample", "--years", years],
                (
                    f"Lỗi: giá trị của «--years» không dùng được: «{years}» không phải là các năm; ghi một năm hoặc "
                    "năm đầu-năm cuối, ví dụ 2026-2028. Xem «nq57kit sample --help»."
                ),
            )
            for years in ("2028-2026", "hai năm", "1-2026")
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


#: What a cell or a file's name may hold: escapes, C1, NUL, direction marks, separators, a tag, a forged line.
SIGNS = "\x1b[2J\x9b0m\u202eKO\u2066\u2028\u2029\u200b\u00ad\U000e0041\x7f\r\x07"
FORGED = f"{SIGNS}\nLỗi: giả.xlsx"


def is_obeyed(sign: str) -> bool:
    """Whether a terminal does something else with a sign than to show it."""
    return sign != "\n" and unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text())
def test_whatever_a_text_holds_nothing_of_it_is_obeyed_and_json_reads_back(text: str) -> None:
    assert not any(map(is_obeyed, escape_controls(text)))
    assert "\n" not in escape_controls(text)
    assert json.loads(escape_controls(json.dumps(text, ensure_ascii=False), json=True)) == text


def test_an_error_is_one_line_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    report_error(f"Không có tệp «{FORGED}».")
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.count("Lỗi: ") == 2
    assert not any(map(is_obeyed, told))


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "Nhiệm vụ của Đơn vị «57»"),
        ("cp1258", "Nhiem vu cua Đơn vi «57»"),  # it has Đ and ơ, but no letter with a tone
        ("cp1252", "Nhiem vu cua Don vi «57»"),
        ("cp437", "Nhiem vu cua Don vi «57»"),
        ("ascii", "Nhiem vu cua Don vi ?57?"),
    ],
)
def test_a_console_of_any_code_page_gets_letters_that_it_has(encoding, written, monkeypatch):
    stream = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(stream, encoding=encoding))
    console.speak_any_alphabet()
    print_line("Nhiệm vụ của Đơn vị «57»")
    sys.stdout.flush()
    assert stream.getvalue().decode(encoding).rstrip() == written


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("total", "last"), [(3, "3/3"), (0, "3")], ids=["so many", "nobody knows how many"])
def test_a_bar_counts_the_steps_on_a_terminal_and_is_not_drawn_elsewhere(total, last, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", Terminal())
    for stream in (sys.stderr, io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        with console.show_progress("Nhận\x1b[2J vào kho", total) as step:
            for name in ("a", "b", "c"):
                step(name)
        drawn = stream.getvalue()
        assert "\x1b[2J" not in drawn
        assert ("Nhận" in drawn) == stream.isatty()
        assert drawn.rpartition("\r")[2].removesuffix("\n").removesuffix("\x1b[?25h").split()[-1:] == (
            [last] if stream.isatty() else []
        )
    assert capsys.readouterr().out == ""


def test_nobody_prints_around_the_console() -> None:
    package = Path(nq57kit.__file__).parent
    found = set()
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        asked = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "isatty"}
        for node in ast.walk(tree):
            # Those of the interpreter; what a command of ours said (`done.stdout`) is no stream.
            streams = isinstance(node, ast.Attribute) and node.attr.strip("_") in {"stdout", "stderr"}
            streams = (streams and ast.unparse(node.value) == "sys") or (
                isinstance(node, ast.ImportFrom) and node.module == "sys"
            )
            says = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
                "print",
                "echo",
                "secho",
                "echo_via_pager",
            }
            if says or (streams and id(node) not in asked):
                found.add(path.relative_to(package).as_posix())
    # The engine takes what a notebook prints into its cells; a pool may silence the streams of its workers.
    assert found <= {"cli/console.py", "reports/engine.py", "reports/pool.py"}


@pytest.fixture(scope="module")
def hostile(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An inbox: two units' forms of both halves, one of them with hostile cells, file names and a second revision."""
    inbox = tmp_path_factory.mktemp("hop-thu")
    for half in ("2026-H1", "2026-H2"):
        for unit in ("vu-tccb", "vu-khcn"):
            source = sample_folder / half / f"NQ57_{half}_{unit}.xlsx"
            for revision in (1, 2) if unit == "vu-tccb" else (1,):
                book = openpyxl.load_workbook(source)
                sheet = book["Hoạt động"]
                row = next(row for row in range(1, 40) if isinstance(sheet.cell(row, 1).value, int))
                text = "".join(f"_x{ord(sign):04X}_" if sign < " " else sign for sign in SIGNS)
                sheet.cell(row, 2).value = f"Hội nghị {text} {revision}"
                science = book["Nhiệm vụ KHCN"]
                row = 1 + next(row for row in range(1, 9) if str(science.cell(row, 1).value).startswith("Mã số"))
                told = ("GL-01", f"Tên {text} {unit}", "Cấp bộ", "Có", 2026, 2028, "Không", None, None, None)
                for column, value in enumerate(told, start=1):
                    science.cell(row, column).value = value
                book.save(inbox / f"{half} {unit} {revision} {FORGED.replace('/', '')}.xlsx")
    return inbox


@pytest.mark.slow  # some thirty commands, a report among them
def test_hostile_cells_and_file_names_are_inert_in_every_command(
    hostile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(hostile, tmp_path / f"hop-thu {FORGED}")
    shown: dict[str, str] = {}

    def run(*arguments: str, code: int | None = 0) -> str:
        capsys.readouterr()
        got = main(list(arguments))
        out, err = capsys.readouterr()
        wrong = {hex(ord(sign)) for sign in out + err if is_obeyed(sign)}
        assert not wrong, arguments
        assert not [line for line in (out + err).splitlines() if line.startswith("Lỗi: giả")], arguments
        assert code is None or got == code, (arguments, err)
        shown[" ".join(arguments[:2])] = out + err
        return out + err

    store = ["--store", "kho"]
    files = sorted(str(path) for path in (tmp_path / f"hop-thu {FORGED}").iterdir())
    for form in ("text", "json"):
        run("check", *files, "--format", form, code=None)
    run("check", f"không có {FORGED}", code=None)
    run("ingest", f"hop-thu {FORGED}", *store, "--sent-at", "18/12/2026 16:30", code=None)
    for form in ("text", "json"):
        run("status", "2026-H2", "--cross", *store, "--format", form)
        run("crosscheck", "2026-H2", *store, "--format", form)
        run("diff", "vu-tccb", "2026-H2", *store, "--format", form)
    run("diff", FORGED, "2026-H2", *store, code=2)
    run("status", FORGED, *store, code=2)
    run("template", "2026-H2", "--out", f"mau {FORGED}", "--unit", FORGED, code=2)
    run("explain", FORGED, code=None)
    run("plan", "unit", FORGED, code=2)
    run(FORGED, code=2)
    run("status", "2026-H2", f"--{FORGED}", code=2)
    run("store", "check", *store, code=None)
    run("report", "semiannual", "2026-H2", *store, "--as-of", "2026-12-25", "--out", f"ra {FORGED}")
    page = next((tmp_path / f"ra {FORGED}").glob("semiannual*.html"))
    run("verify", str(page), *store, code=None)
    run("trace", str(page), "activities_by_type.hoi_nghi", *store, code=None)
    run("trace", str(page), FORGED, *store, code=2)
    (next((tmp_path / "kho" / "raw").rglob("*.xlsx")).parent / FORGED.replace("/", "")).write_bytes(b"x")
    run("store", "check", *store, code=1)
    text = page.read_text(encoding="utf-8")
    assert not {sign for sign in text if is_obeyed(sign) and sign not in "\t\r\u00ad\u200b"}
    assert "x1b[2J" in "".join(shown.values())  # they were shown, as signs


def _parameters(command: click.Command, words: tuple[str, ...] = ()):
    """Give every parameter of every command below `command`, with the words that lead to it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from _parameters(command.get_command(context, name), (*words, name))
    else:
        yield from ((words, parameter) for parameter in command.params)


def test_every_file_and_folder_is_a_path_of_one_kind():
    kinds = {"TỆP", "TỆP…", "THƯ_MỤC", "KHO_MỚI", "BÁO_CÁO"}
    given = [(words, one) for words, one in _parameters(cli) if one.metavar in kinds]
    assert len(given) > 30
    assert [(words, one.name) for words, one in given if one.type is not console.PATH] == []


@pytest.mark.parametrize(
    "arguments",
    [["init", "s3://thung/ban"], ["check", "https://noi.vidu/a.xlsx"], ["ingest", "a.xlsx", "--store", "gs://kho"],
     ["template", "2026-H2", "--out", "s3://thung"], ["report", "annual", "2026", "--store", "kho", "--out", "ra", "--register", "s3://a.csv"]],
)  # fmt: skip
def test_an_address_is_refused_as_it_was_written_and_nothing_is_made(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert next(word for word in arguments if "://" in word) in line
    assert list(tmp_path.iterdir()) == []
