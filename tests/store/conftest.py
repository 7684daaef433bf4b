"""What the tests of the store share: submissions from small texts, and the helper beside this file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from nq57kit.store import Store, intake, rereading

#: Scripts that tests start in processes of their own; no modules to look for doctests in.
collect_ignore = ["killed.py", "writer.py"]

_HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def making(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(_HERE / "making.py")


@pytest.fixture
def texts(making: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Let `ingest`, and who reads again, read the JSON texts of `making.write_text` in place of workbooks."""
    for module in (intake, rereading):
        monkeypatch.setattr(module, "check_many", making.check_texts)
    return making


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "kho Đ [1] x=1")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "đơn vị gửi"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def hanoi() -> object:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))

    return moment


def snapshot_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes, to see that nothing has changed."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="session")
def files_of() -> object:
    return snapshot_of
