"""The door for files that a person gives: any encoding is named, what is no file is never opened, a secret is never told.

And files of our own: they come whole, what a dead command left goes, what a living one has stays.
"""

from __future__ import annotations

import ast
import errno
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nq57kit
from nq57kit import files
from nq57kit.cli import main
from nq57kit.errors import Nq57Error, ParameterError, ReportError, SecretError
from nq57kit.files import (
    decode_given,
    prepare_folder,
    read_given,
    read_given_text,
    read_plain_file,
    scratch_folder,
    split_table,
    write_atomically,
)
from nq57kit.plan import load_plan
from nq57kit.reports.letterhead import read_letterhead
from nq57kit.reports.pool import NOTES
from nq57kit.starters import init_desk
from nq57kit.submissions.register import read_register

REGISTER = "code;name;level;state_funded;start_year;end_year\nA-1;Nuôi ong lấy mật;Bộ;có;2026;2028\n"
#: What a person gives: the file, below a desk, and a good text of it.
GIVEN = {
    "nq57.toml": 'store = "kho"\n# bàn làm việc\n',
    "ke-hoach/settings.toml": "# tệp thiết lập của Vụ\n",
    "ke-hoach/events.csv": None,
    "the-thuc/letterhead.toml": 'issuer = "BỘ NÔNG NGHIỆP"\n',
    "nhan-xet.md": "# Nhận xét chung\nCác đơn vị đã gửi đủ.\n",
    "dang-ky.csv": REGISTER,
    "hop-thu/sent.csv": "file,sent_at,reference_number\na.xlsx,19/06/2026 23:59,Số 12/BC-GL\n",
    "parameters/semiannual.yaml": 'period: "2026-H2"\nas_of: "2026-12-25" # ngày lập\n',
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A desk with all that a person gives; without a plan of its own where that is not what is wrong (it takes long to read)."""
    init_desk(tmp_path)
    for name, text in GIVEN.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
    given = request.node.callspec.params
    if not given["name"].startswith("ke-hoach"):
        shutil.rmtree(tmp_path / "ke-hoach")
    if "wrong" in given or given["name"] != "nhan-xet.md":
        # As after an earlier report: no worker starts for nothing.
        (tmp_path / "bao-cao" / NOTES).mkdir(parents=True)
    (tmp_path / "hop-thu" / "a.xlsx").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(name: str) -> list[str]:
    """A command that reads the file."""
    if name == "dang-ky.csv":
        return ["report", "semiannual", "2026-H2", "--as-of", "2026-12-25", "--register", "dang-ky.csv"]
    if name.startswith("hop-thu"):
        return ["ingest", "hop-thu"]
    if name.startswith("parameters"):
        return ["report", "semiannual", "--parameters", name]
    if name.endswith("nhan-xet.md"):
        return ["report", "semiannual", "2026-H2", "--as-of", "2026-12-25"]
    return ["plan", "units"]


def refused(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    if name.startswith("the-thuc"):  # read in a worker, once the notebook has run
        with pytest.raises(Nq57Error) as wrong:
            read_letterhead("annual", Path("the-thuc"))
        assert not isinstance(wrong.value, ReportError)
        sentences = [str(wrong.value)]
    else:
        capsys.readouterr()
        assert main(command(name)) == 2
        told = capsys.readouterr()
        sentences = [line for line in (told.out + told.err).splitlines() if not line.startswith("…")]
    assert len(sentences) == 1
    assert Path(name).name in sentences[0] or "zero" in sentences[0]
    return sentences[0]


WRONG = {
    "utf-16": (lambda text: text.encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": (lambda text: text.encode("utf-16-le"), "UTF-16"),
    "windows 1252": (lambda text: "Các hội nghị\n".encode("cp1252", "replace") + text.encode(), "Windows 1252"),
    "windows 1258": (lambda text: "Hô\u0323i nghi\u0323".encode("cp1258") + b"\n" + text.encode(), "Windows 1258"),
    "tcvn3": (lambda text: "Héi nghÞ tËp huÊn c¸n bé\n".encode("cp1252") + text.encode(), "TCVN3"),
    "tcvn3 in utf-8": (lambda text: "# Héi nghÞ tËp huÊn c¸n bé\n".encode() + text.encode(), "TCVN3"),
    "excel": (lambda text: b"PK\x03\x04" + text.encode(), "Excel"),
    "too large": (lambda text: text.encode() + b"#" * (16 * 2**20), "quá lớn"),
}


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_in_another_encoding_or_of_another_kind_is_named_in_one_sentence(
    desk: Path, capsys: pytest.CaptureFixture[str], name: str, wrong: str
) -> None:
    path = desk / name
    make, word = WRONG[wrong]
    path.write_bytes(make(path.read_text(encoding="utf-8-sig")))
    assert word in refused(name, capsys)


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "link to a device", "unreadable"])
@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices among files")
def test_what_is_no_file_is_refused_before_it_is_opened(
    desk: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    path = desk / name
    if kind == "unreadable":
        if os.geteuid() == 0:
            pytest.skip("root reads everything")
        path.chmod(0)
    else:
        path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        short = Path(os.path.relpath(path))
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(short))
    told = refused(name, capsys)
    if name == "nq57.toml" and kind == "link to a device":  # a desk of which anybody may write a file is not obeyed
        assert "Không dùng thư mục làm việc" in told
        return
    assert (
        "thư mục" if kind == "folder" else "quyền đọc" if kind == "unreadable" else "không phải là tệp thường"
    ) in told


@pytest.mark.parametrize("name", GIVEN)
def test_a_state_secret_is_refused_in_each_of_them_and_not_a_word_of_it_is_told(
    desk: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = desk / name
    text = path.read_text(encoding="utf-8-sig")
    comment = "# " if path.suffix in {".toml", ".yaml"} else ""
    lines = text.splitlines()
    if path.suffix == ".csv":
        cells = lines[1].split(";" if ";" in lines[1] else ",")
        lines.append(lines[1].replace(cells[0], "Đề án Chim Ưng (Tuyệt mật)", 1))
    else:
        lines.append(f"{comment}Đề án Chim Ưng (Tuyệt mật)")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = refused(name, capsys)
    assert "bí mật nhà nước" in told
    assert "Chim" not in told
    kept = [one for one in desk.rglob("*") if one.is_file() and one != path]
    assert not any("Chim Ưng".encode() in one.read_bytes() for one in kept)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (REGISTER + "A–1;Khác;Bộ;có;2026;2027\n", ["dòng 3", "«code»", "đã có ở dòng 2", "«A-1»"]),
        (REGISTER + "A-2;Khác;Bộ;có;2028;2026\n", ["dòng 3", "«end_year»", "2026", "2028"]),
        (REGISTER + "A-2;Khác;Tỉnh;có;2026;2027\n", ["dòng 3", "«level»", "Tỉnh"]),
        (REGISTER + "A-2;Khác;Bộ;có lẽ;2026;2027\n", ["dòng 3", "«state_funded»", "có lẽ"]),
        (REGISTER + ";Khác;Bộ;có;2026;2027\n", ["dòng 3", "«code»", "bắt buộc"]),
        (REGISTER + "A-2;;Bộ;có;2026;2027\n", ["dòng 3", "«name»", "bắt buộc"]),
        (REGISTER + "A-2;Khác;Bộ;có;26;2027\n", ["dòng 3", "«start_year»", "bốn chữ số"]),
        (REGISTER + "A-2;Khác;Bộ;có;1926;2027\n", ["dòng 3", "«start_year»", "2000"]),
        (REGISTER + "A-2;Khác;Bộ;có;2026;2027;x\n", ["dòng 3", "7 ô"]),
        (REGISTER + 'A-2;"Khác;Bộ;có;2026;2027\n', ["dòng 3", "dấu nháy kép"]),
        (REGISTER.replace(";level", ";cấp nào"), ["thiếu cột level"]),
        (REGISTER.splitlines()[0], ["chưa có dòng nào"]),
        ("", ["thiếu cột"]),
        (REGISTER + "A-2;Chu\u00e1\u00ba\u00a9n;Bộ;có;2026;2027\n", ["dòng 3", "«name»", "sai bảng mã"]),
    ],
)
def test_a_row_of_the_register_is_checked_as_the_units_own_rows_are(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = tmp_path / "dang-ky.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError) as wrong:
        read_register(path, load_plan())
    assert "dang-ky.csv" in str(wrong.value)
    assert "\n" not in str(wrong.value)
    for word in words:
        assert word in str(wrong.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_register_is_read_with_names_or_labels_and_codes_as_they_are_written(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "dang-ky.csv"
    path.write_text(
        "Mã số,Tên nhiệm vụ,Cấp,NSNN?,state_funded,start_year,Năm kết thúc\nÐT–1,A,Cấp bộ,,Có,2026,2028\n", encoding
    )
    assert read_register(path, load_plan()).rows() == [("ÐT–1", "A", "bo", True, 2026, 2028)]


@pytest.mark.parametrize("heading", ["Độ mật", "Bí mật nhà nước (có/không)"])
def test_a_column_of_ones_own_that_marks_a_row_as_secret_refuses_the_register(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "dang-ky.csv"
    head, row = REGISTER.splitlines()
    path.write_text(f"{head};{heading}\n{row};không\n{row.replace('A-1', 'A-2')};x\n", encoding="utf-8")
    with pytest.raises(SecretError, match="dòng 3") as wrong:
        read_register(path, load_plan())
    assert "ong" not in str(wrong.value).replace("trong", "")


def test_a_mark_broken_into_two_lines_of_a_text_is_still_one(tmp_path: Path) -> None:
    path = tmp_path / "nhan-xet.md"
    path.write_text("Đề án A (Tuyệt\nmật) đã xong.\n", encoding="utf-8")
    with pytest.raises(SecretError):
        read_given_text(path, ParameterError)


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_one_sentence(content: bytes) -> None:
    sentence, rows, text = "", [], ""
    try:
        text = decode_given("a.csv", content, ParameterError)
        rows = list(split_table("a.csv", text, ParameterError))
    except Nq57Error as wrong:
        sentence = str(wrong)
    assert "\n" not in sentence
    assert sentence or text.encode() == content.removeprefix("\ufeff".encode())
    assert all(1 <= line <= text.count("\n") + text.count("\r") + 1 for line, _ in rows)


@pytest.mark.parametrize(
    "name", [name for name in GIVEN if GIVEN[name] and not name.startswith(("nhan-xet", "dang-ky"))]
)
def test_a_file_as_notepad_saves_it_says_the_same(desk: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a BOM and with CR and LF at the end of each line."""
    text = (desk / name).read_text(encoding="utf-8")
    (desk / "hop-thu" / "a.xlsx").write_bytes(b"")
    if name.startswith("parameters"):
        text += 'judgements: {network_formed: "đạt"}\n'  # refused once all the rest is read

    def say() -> object:
        if name.startswith("the-thuc"):
            return read_letterhead("annual", Path("the-thuc"))
        capsys.readouterr()
        return main(command(name)), capsys.readouterr()

    (desk / name).write_text(text, encoding="utf-8", newline="\n")
    as_it_was = say()
    (desk / name).write_text(text, encoding="utf-8-sig", newline="\r\n")
    assert say() == as_it_was


def test_a_register_as_notepad_saves_it_has_the_same_tasks(tmp_path: Path) -> None:
    path = tmp_path / "dang-ky.csv"
    path.write_text(REGISTER, encoding="utf-8", newline="\n")
    tasks = read_register(path, load_plan())
    path.write_text(REGISTER, encoding="utf-8-sig", newline="\r\n")
    assert read_register(path, load_plan()).equals(tasks)


def test_a_path_that_cannot_be_is_one_sentence() -> None:
    with pytest.raises(ParameterError):
        read_given(Path("a\0b"), ParameterError)


def test_no_more_is_read_than_may_be(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100)
    assert len(read_plain_file(path, 10)) == 11


#: Who opens files beside the door, and why: what the kit itself wrote, or what comes with it.
OPENERS = {
    "files": "the door",
    "submissions.package": "a part of a zip in memory",
    **dict.fromkeys(
        (
            "lazy",
            "reports.defend",
            "reports.html",
            "sample.__init__",
            "sample.vocabulary",
            "show.charts",
            "show.columns",
        ),
        "packaged",
    ),
    **dict.fromkeys(
        ("reports.letters", "starters.__init__", "submissions.contract", "submissions.guide", "text"), "packaged"
    ),
    **dict.fromkeys(("cli.scheduling", "plan.agenda"), "the log of runs"),
    "store.export": "a database that it has just made",
    **dict.fromkeys(
        (f"store.{name}" for name in ("folder", "locks", "logbook", "proof", "receipts", "rereading", "store")),
        "its own",
    ),
    **dict.fromkeys(("reports.batch", "reports.engine", "reports.run"), "what a worker of its own wrote"),
    **dict.fromkeys(
        ("reports.jobs", "reports.provenance", "reports.verify"), "reports of its own, notebooks that are files"
    ),
}


def opens() -> Iterator[tuple[str, int]]:
    """Every call in the package that opens or reads a file, by module and line."""
    package = Path(nq57kit.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"open", "read_text", "read_bytes", "fdopen"}:
                yield path.relative_to(package).with_suffix("").as_posix().replace("/", "."), node.lineno


def test_nobody_else_opens_a_file_that_a_person_gives() -> None:
    found = {module for module, _ in opens()}
    assert sorted(found - OPENERS.keys()) == []
    assert sorted(OPENERS.keys() - found) == []


OWNER = """
import sys
from nq57kit.files import scratch_folder
print(scratch_folder(), flush=True)
sys.stdin.read()
"""


def test_a_temporary_folder_goes_with_its_process_or_when_the_next_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    somebody = tmp_path / "nq57-của-người-khác"  # without a lock it has no owner that could be dead
    somebody.mkdir()

    def begin() -> tuple[subprocess.Popen[str], Path]:
        owner = subprocess.Popen(
            [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert owner.stdout is not None
        return owner, Path(owner.stdout.readline().strip())

    killed, left = begin()
    living, kept = begin()
    killed.kill()
    killed.communicate()
    assert left.is_dir()
    (tmp_path / "nq57-0123456789abcdef.owned").touch()  # killed before it made its folder, or after it had removed it
    third, own = begin()
    assert not left.exists()
    assert kept.is_dir()
    third.communicate()
    living.communicate()
    assert not own.exists()
    assert [path.name for path in tmp_path.iterdir()] == [somebody.name]


def test_a_process_has_one_temporary_folder_below_the_systems() -> None:
    assert scratch_folder() == scratch_folder()
    assert scratch_folder().parent == Path(tempfile.gettempdir())


def test_a_dead_commands_half_files_are_removed_and_nothing_else(tmp_path: Path) -> None:
    half = tmp_path / ".0123456789abcdef.tmp"
    others = [
        tmp_path / name for name in (".ai-đó.tmp", "0123456789abcdef.tmp", ".0123456789ABCDEF.tmp", "annual.html")
    ]
    for path in (half, *others):
        path.touch()
    (tmp_path / ".fedcba9876543210.tmp").mkdir()  # a folder of such a name is nobody's file
    prepare_folder(tmp_path)
    assert not half.exists()
    assert all(path.is_file() for path in others)
    assert (tmp_path / ".fedcba9876543210.tmp").is_dir()


def test_a_living_command_whose_file_is_removed_writes_it_again(tmp_path: Path) -> None:
    stopped = threading.Event()

    def clear() -> None:
        while not stopped.is_set():
            prepare_folder(tmp_path)

    clearing = threading.Thread(target=clear)
    clearing.start()
    try:
        written = 0
        for number in range(200):
            try:
                write_atomically(tmp_path / f"{number}.txt", f"tệp {number}")
                written += 1
            except FileNotFoundError:  # three times in a row, by one that does nothing but remove
                continue
    finally:
        stopped.set()
        clearing.join()
    assert written > 20  # how many, the machine's load decides
    assert not list(tmp_path.glob(".*.tmp"))


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Let a file be open in another program, as on Windows: neither opened for writing nor replaced nor removed."""
    monkeypatch.setattr(files, "_WINDOWS", True)
    monkeypatch.setattr(files.time, "sleep", lambda pause: None)

    def refuse_for(held: Path) -> None:
        def refuses(name: str, target: Callable[..., Path]) -> None:
            do = getattr(Path, name)

            def like_windows(path: Path, *more: object, **named: object) -> object:
                if target(path, *more) == held and not (name == "open" and more[:1] in ((), ("r",), ("rb",))):
                    raise PermissionError(errno.EACCES, "Access is denied", str(path))
                return do(path, *more, **named)

            monkeypatch.setattr(Path, name, like_windows)

        refuses("replace", lambda path, target: Path(target))
        refuses("unlink", lambda path, *_: path)
        refuses("open", lambda path, *_: path)

    return refuse_for


def test_a_file_that_another_program_holds_open_stays_and_is_told_by_its_own_name(
    tmp_path: Path, hold: Callable[[Path], None]
) -> None:
    path = write_atomically(tmp_path / "annual-2026.docx", "cũ")
    hold(path)
    with pytest.raises(PermissionError) as caught:
        write_atomically(path, "mới")
    assert caught.value.filename == str(path)
    assert "tệp đang mở ở chương trình khác" in files.explain_failure(caught.value)
    assert path.read_text(encoding="utf-8") == "cũ"
    assert list(tmp_path.iterdir()) == [path]


def test_of_files_that_belong_together_none_is_written_while_one_is_held_open(
    tmp_path: Path, hold: Callable[[Path], None]
) -> None:
    files.write_together(tmp_path, {"a.html": b"1", "a.docx": b"1"})
    hold(tmp_path / "a.docx")
    with pytest.raises(PermissionError, match=r"a\.docx"):
        files.write_together(tmp_path, {"a.html": b"2", "a.docx": b"2", "a.xlsx": b"2"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.html": b"1", "a.docx": b"1"}


def test_a_name_that_is_too_long_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "2026-H2", "--unit", "vu-tccb", "--out", str(tmp_path / ("đ" * 200))]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "tên hoặc đường dẫn quá dài" in line


def test_a_folder_that_cannot_be_written_is_told_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "tệp").touch()
    with pytest.raises(OSError, match="ra") as caught:
        prepare_folder(tmp_path / "tệp" / "ra")
    assert caught.value.filename == str(tmp_path / "tệp" / "ra")


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices among files")
@pytest.mark.parametrize("kind", ["pipe", "link to a device", "socket", "folder", "pipe among tables"])
def test_check_and_ingest_refuse_what_is_no_file_and_do_not_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("hop-thu") / "a.xlsx"
    path.parent.mkdir()
    if kind == "link to a device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(path))
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    if kind == "pipe among tables":
        os.mkfifo(path / "activities.csv")
    for command in (["check", str(path)], ["ingest", str(path), "--store", "kho"]):
        assert main(command) in {1, 2}
        told = capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        assert kind == "folder" or "không phải tệp" in told.out
    assert not list(Path().glob("kho/raw/*"))
