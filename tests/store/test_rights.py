"""Contact data are readable by their owner alone: a store, its raw files and tables, a form that goes back."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from nq57kit.cli import main
from nq57kit.files import write_atomically
from nq57kit.store import Store, ingest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights of Windows are those of the folder's list")
FORM = Path(__file__).parents[1] / "submissions" / "nothing-wrong" / "bao-cao.xlsx"
WRONG = Path(__file__).parents[1] / "submissions" / "approximate-number" / "bao-cao.xlsx"


@pytest.fixture(autouse=True, params=[0o022, 0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    old = os.umask(request.param)
    yield request.param
    os.umask(old)


def rights(root: Path) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {"folders": {stat.S_IMODE(root.stat().st_mode)}, "files": set()}
    for path in root.rglob("*"):
        if path.name != ".lock":
            found["folders" if path.is_dir() else "files"].add(stat.S_IMODE(path.stat().st_mode))
    return found


def test_a_store_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    shutil.copy(WRONG, tmp_path / "sai.xlsx")
    store = Store.create(tmp_path / "kho")
    ingest([FORM, tmp_path / "sai.xlsx"], store)
    assert list(store.folder.rglob("cover.parquet"))
    assert rights(store.folder) == {"folders": {0o700}, "files": {0o600}}


def test_a_store_that_a_group_was_let_in_stays_open_to_it_and_to_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "kho"
    folder.mkdir()
    folder.chmod(0o2770)
    store = Store.create(folder)
    ingest([FORM], store)
    assert rights(folder) == {"folders": {0o2770}, "files": {0o660}}


def test_a_form_that_goes_back_is_its_owners_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(WRONG), "--return", str(tmp_path / "tra-lai")]) == 1
    (path,) = (tmp_path / "tra-lai").glob("*.xlsx")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_other_files_have_the_rights_that_the_umask_gives(tmp_path: Path, umask: int) -> None:
    tmp_path.chmod(0o755)
    path = write_atomically(tmp_path / "ra" / "bao-cao.html", "x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
