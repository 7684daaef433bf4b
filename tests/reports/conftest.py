"""What the tests of reports share: helpers beside them, small notebooks, and a look at what a run leaves behind."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat import v4

from nq57kit.reports import find_notebook
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook

if TYPE_CHECKING:
    from nq57kit.plan import Plan

_HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def word(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """A notebook of every kind of block, and what is in the Word file made of it."""
    return load_module(_HERE / "word.py")


@pytest.fixture
def write_notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook of the given cells; a cell that begins with «%%md» is text."""

    def write(*cells: str, name: str = "sổ tính.ipynb", folder: Path | None = None) -> Path:
        made = [v4.new_markdown_cell(cell[4:]) if cell.startswith("%%md") else v4.new_code_cell(cell) for cell in cells]
        book = v4.new_notebook(
            cells=made, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        )
        path = (folder or tmp_path) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(book, path)
        return path

    return write


@pytest.fixture
def own_scorecard(write_notebook: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Write a scorecard's notebook of one's own: the real one's parameters, then the given cells; return its folder."""
    real = nbformat.read(find_notebook("unit"), as_version=4)
    parameters = next(cell.source for cell in real.cells if "parameters" in cell.metadata.get("tags", ()))

    def write(*cells: str) -> Path:
        path = write_notebook(parameters, *cells, name="unit_scorecard.ipynb", folder=tmp_path / "sổ tính riêng")
        book = nbformat.read(path, as_version=4)
        book.cells[0].metadata["tags"] = ["parameters"]
        nbformat.write(book, path)
        return path.parent

    return write


class Trail:
    """A marked environment with a temporary folder of its own, and what is left of processes that had it."""

    def __init__(self, folder: Path) -> None:
        # A short path: sockets lie below it.
        self.folder = Path("/tmp") / f"t{uuid.uuid4().hex[:8]}"  # noqa: S108 - made private below
        self.folder.mkdir(mode=0o700)
        self.mark = f"NQ57_TEST_MARK={uuid.uuid4().hex}"
        name, _, value = self.mark.partition("=")
        root = Path(__file__).resolve().parents[2]
        self.environment = {**os.environ, name: value, "TMPDIR": str(self.folder), "PYTHONPATH": str(root)}
        del folder

    def processes(self) -> list[str]:
        """The command lines of living processes with the mark."""
        found = []
        for path in Path("/proc").iterdir():
            try:
                if path.name.isdigit() and self.mark.encode() in (path / "environ").read_bytes():
                    found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found

    def assert_nothing_is_left(self) -> None:
        """Wait a little for processes that are about to end; then there must be neither process nor file."""
        until = time.monotonic() + 30
        while time.monotonic() < until and (self.processes() or any(self.folder.rglob("*"))):
            time.sleep(0.2)
        assert self.processes() == []
        assert list(self.folder.rglob("*")) == []


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    if not Path("/proc").is_dir():
        pytest.skip("looks into /proc")
    return Trail(tmp_path)


#: Contact data that no file but the store's own may hold (made up).
CONTACT = {
    "contact_name": "Nguyễn Văn Liên Hệ",
    "contact_phone": "0987654321",
    "contact_email": "lien.he@don-vi.example",
}
_DEFECTS: dict[str, dict[str, Any]] = {
    "vu-tccb": {"task_progress": [(1, "dang_thuc_hien"), (7, "chua_thuc_hien"), (10, "dang_thuc_hien")]},
    "vu-htqt": {},
    "cuc-cds": {
        "activities": [("khoảng 20", "2026-10-01"), (3, "2026-10-02"), (1, "chưa rõ"), ("12 tin", "2026-10-03")] * 2
    },
    "vu-pc": {"task_progress": [(1, "hoan_thanh")]},
}


@pytest.fixture(scope="session")
def asked_store(tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> Store:
    """A store of the second half of 2026 in which units fail in each way; everybody's cover has the same contact data.

    vu-tccb is overdue with tasks, vu-htqt sent late, cuc-cds was sent back, vu-pc has something to answer, thanh-tra sent a form
    with nothing in it; all others are silent. The workbooks are the form's, written by its writer.
    """
    folder = tmp_path_factory.mktemp("asked") / "nhận về"
    folder.mkdir()
    store = Store.create(folder.parent / "kho")
    people = {"staff_total": 40, "staff_reached": 3, "comms_staff_total": 2, "comms_staff_trained": 1}
    for unit_id, told in _DEFECTS.items():
        led = plan.tasks_led_by(unit_id)["task_id"].to_list()
        progress = told.get("task_progress") or [(task, "dang_thuc_hien") for task in led]
        records: dict[str, Any] = {
            "cover": [CONTACT],
            "workforce": [people],
            "task_progress": [
                {"task_id": task, "status": status, "explanation": "Giả lập"} for task, status in progress
            ],
            "activities": [
                {"task_id": 1, "name": f"Hoạt động giả lập {n}", "activity_type": "tin_bai", "channel": "bao_chi"}
                | {"quantity": quantity, "started_on": day}
                for n, (quantity, day) in enumerate(told.get("activities", [(3, "2026-10-01")]))
            ],
        }
        write_workbook(folder / f"{unit_id}.xlsx", unit_id=unit_id, period="2026-H2", records=records)
        sent = "2026-12-22T09:00:00+07:00" if unit_id == "vu-htqt" else "2026-12-18T09:00:00+07:00"
        ingest([folder / f"{unit_id}.xlsx"], store, plan=plan, sent_at=datetime.fromisoformat(sent))
    nothing = {"cover": [CONTACT], "workforce": [people | {"staff_reached": 0, "comms_staff_trained": 0}]}
    write_workbook(folder / "thanh-tra.xlsx", unit_id="thanh-tra", period="2026-H2", records=nothing)
    ingest([folder / "thanh-tra.xlsx"], store, plan=plan, sent_at=datetime.fromisoformat("2026-12-18T09:00:00+07:00"))
    return store
