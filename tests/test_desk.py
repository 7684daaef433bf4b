from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath

import pytest

from nq57kit.desk import find_desk, read_desk
from nq57kit.errors import DeskError
from nq57kit.plan import load_plan
from nq57kit.reports.parameters import KINDS
from nq57kit.starters import init_desk


def test_a_new_desk_holds_store_plan_notebooks_parameters_and_a_place_for_text(tmp_path: Path) -> None:
    desk = init_desk(tmp_path / "bàn của Đào")
    assert (desk.store / "nq57-store.json").is_file()
    assert desk.plan is not None
    assert load_plan(desk.plan).hash == load_plan().hash
    assert desk.notebooks is not None
    own = {"bat-dau.ipynb", "tiep-nhan.ipynb", "theo-doi.ipynb"}
    assert {path.name for path in desk.notebooks.iterdir()} == {known.notebook for known in KINDS.values()} | own
    assert desk.commentary is not None
    assert len(list((desk.folder / "parameters").glob("*.yaml"))) == 5


def test_a_desk_is_found_from_any_folder_below_it(tmp_path: Path) -> None:
    made = init_desk(tmp_path / "bàn")
    assert find_desk(made.folder / "nhan-ve") == made == find_desk(made.folder)
    assert find_desk(tmp_path) is None


def test_files_that_are_there_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "nhan-xet.md").write_text("của tôi", encoding="utf-8")
    init_desk(tmp_path)
    assert (tmp_path / "nhan-xet.md").read_text(encoding="utf-8") == "của tôi"


def test_a_desk_is_not_set_up_twice(tmp_path: Path) -> None:
    init_desk(tmp_path)
    with pytest.raises(DeskError, match="đã là thư mục làm việc"):
        init_desk(tmp_path)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("store = kho", "cú pháp TOML"),
        ('strore = "kho"', "«strore»"),
        ("store = 1", "«store»"),
        ('settings = "khác.toml"', "«settings»"),
        (r'store = "D:\kho"', "ví dụ D:/bao-cao"),  # no escape that TOML knows
        (r'store = "D:\bao-cao\tháng 6"', "ví dụ D:/bao-cao"),  # a backspace and a tab
    ],
)
def test_a_wrong_file_is_told_in_one_sentence(tmp_path: Path, text: str, word: str) -> None:
    desk = init_desk(tmp_path)
    (desk.folder / "nq57.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DeskError, match=word) as refused:
        find_desk(desk.folder)
    assert "\n" not in str(refused.value)


def test_paths_are_taken_from_the_desk_and_what_is_absent_is_none(tmp_path: Path) -> None:
    (tmp_path / "nq57.toml").write_text('store = "dữ liệu/kho"', encoding="utf-8")
    desk = find_desk(tmp_path)
    assert desk is not None
    assert desk.store == tmp_path / "dữ liệu" / "kho"
    assert (desk.plan, desk.notebooks, desk.commentary) == (None, None, None)


@pytest.mark.skipif(os.name == "nt", reason="there it is a drive, and a path of its own")
@pytest.mark.parametrize("text", ["'D:\\bao-cao\\kho'", '"D:/bao-cao/kho"', '"D:\\\\bao-cao\\\\kho"'])
def test_a_drive_of_windows_is_no_address_and_its_backslashes_stay(tmp_path: Path, text: str) -> None:
    (tmp_path / "nq57.toml").write_text(f"store = {text}\r\n", encoding="utf-8-sig", newline="")
    desk = find_desk(tmp_path)
    assert desk is not None
    assert PureWindowsPath(desk.store.relative_to(tmp_path).as_posix()) == PureWindowsPath("D:/bao-cao/kho")


def test_an_offices_key_is_taken_only_where_the_desk_names_one(tmp_path: Path) -> None:
    (tmp_path / "nq57.toml").write_text("", encoding="utf-8")
    desk = read_desk(tmp_path)
    assert (desk.key, desk.signers) == (None, None)
    (tmp_path / "nq57.toml").write_text('key = "khoa/vu"\nsigners = "nguoi-ky"\n', encoding="utf-8")
    desk = read_desk(tmp_path)
    assert (desk.key, desk.signers) == (tmp_path / "khoa" / "vu", tmp_path / "nguoi-ky")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no owner of this kind")
@pytest.mark.parametrize("laid", [".", "nq57.toml", "notebooks"])
@pytest.mark.parametrize("how", ["another owner", "writable by all"])
def test_a_desk_that_somebody_else_could_have_laid_out_is_not_obeyed_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, laid: str, how: str
) -> None:
    desk = init_desk(tmp_path / "bàn")
    path = desk.folder / laid
    if how == "writable by all":
        path.chmod(path.stat().st_mode | 0o002)
    elif os.geteuid() == 0:
        os.chown(path, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(DeskError, match="NQ57_DESK=") as refused:
        find_desk(desk.folder / "bao-cao")
    assert "\n" not in str(refused.value)
    monkeypatch.setenv("NQ57_DESK", os.pathsep.join(["/khac", str(desk.folder)]))
    assert find_desk(desk.folder / "bao-cao") == desk


def test_a_desk_that_its_group_may_write_is_obeyed(tmp_path: Path) -> None:
    desk = init_desk(tmp_path / "bàn")
    for path in (desk.folder, desk.folder / "nq57.toml"):
        path.chmod(path.stat().st_mode | 0o020)
    assert find_desk(desk.folder) == desk


def test_an_address_is_no_path_of_a_desk(tmp_path: Path) -> None:
    (tmp_path / "nq57.toml").write_text('store = "s3://thung/kho"\n', encoding="utf-8")
    with pytest.raises(DeskError, match="địa chỉ mạng"):
        find_desk(tmp_path)
