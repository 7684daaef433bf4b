"""Warm and stock kernels give the same, cell by cell: outputs, errors, streams, and how a kernel ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from nq57kit.reports import find_notebook
from nq57kit.reports.kernels import quiet_libraries
from nq57kit.reports.kernels.engine import ENGINE, STOCK_ENGINE
from nq57kit.reports.kernels.nursery import can_fork
from nq57kit.reports.kernels.provisioner import ForkserverProvisioner
from nq57kit.store import Store

pytestmark = pytest.mark.slow


def run(path: Path, engine: str, **options: Any) -> list[dict[str, Any]]:
    """Execute a notebook and return its cells, without what differs from run to run: ids, times, a process's number."""
    out = path.with_name(f"{engine}.ipynb")
    with quiet_libraries():
        papermill.execute_notebook(
            str(path), str(out), engine_name=engine, progress_bar=False, start_timeout=300, **options
        )
    return cells(out)


def cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of an executed notebook, with their outputs as text."""
    told = []
    for cell in nbformat.read(path, as_version=4).cells:
        text = re.sub(r"ipykernel_\d+", "ipykernel_N", str(cell))
        text = re.sub(r"'id': '[^']*'|\d{4}-\d\d-\d\dT[^']*|'duration': [\d.]+", "", text)
        told.append({"type": cell.cell_type, "source": cell.source, "text": text})
    return told


EVERYTHING = (
    "%%md # Tiêu đề: Đắk Lắk",
    "import sys\nprint('Xin chào, Thừa Thiên Huế – ệ ữ ỵ')\nprint('lỗi nhỏ', file=sys.stderr)",
    "x = {'một': 1, 'hai': [2, 3]}\nx",
    "",
    "from IPython.display import HTML, Markdown, display\nh = display(HTML('<b>một</b>'), display_id='d')\ndisplay(Markdown('**hai**'))",
    "h.update(HTML('<b>hai</b>'))",
    "import warnings\nwarnings.warn('cẩn thận')",
    "import os\nos.write(1, 'viết thẳng\\n'.encode())\nNone",
    "import random, multiprocessing, threading\n(__name__, sys.argv[1:2], multiprocessing.parent_process(), threading.main_thread().name)",
    "!echo từ hệ vỏ",
    "%pwd\nsys.flags.utf8_mode in (0, 1), sys.path[0] == os.getcwd() or sys.path[0]",
    "from IPython.display import clear_output\nprint('mất')\nclear_output()\nprint('còn')",
    "import asyncio\nawait asyncio.sleep(0)\n'chờ xong'",
    "try:\n    input()\nexcept Exception as e:\n    print(type(e).__name__)",
)


def test_both_give_the_same_outputs(write_notebook: Callable[..., Path]) -> None:
    path = write_notebook(*EVERYTHING)
    assert run(path, ENGINE) == run(path, STOCK_ENGINE)


def test_both_keep_an_error_with_its_traceback_and_stop(write_notebook: Callable[..., Path]) -> None:
    path = write_notebook("a = 1", "def chia(n):\n    return 1 / n\nchia(0)", "print('không tới')")
    told = {}
    for engine in (ENGINE, STOCK_ENGINE):
        with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
            run(path, engine)
        told[engine] = cells(path.with_name(f"{engine}.ipynb"))
    assert told[ENGINE] == told[STOCK_ENGINE]


@pytest.mark.skipif(not can_fork(), reason="only a warm kernel is this package's own")
def test_every_kernel_ends_by_itself(  # ipykernel's own ends stand still now and then, until Jupyter sends a signal
    write_notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []

    async def terminate(self: ForkserverProvisioner, restart: bool = False) -> None:
        ended.append(self.pid or 0)
        await stock(self, restart=restart)

    stock = ForkserverProvisioner.terminate
    monkeypatch.setattr(ForkserverProvisioner, "terminate", terminate)
    path = write_notebook("import polars as pl\npl.DataFrame({'a': range(9)}).sum()")
    for _ in range(20):
        run(path, ENGINE)
    assert not ended


@pytest.mark.parametrize("engine", [ENGINE, STOCK_ENGINE])
@pytest.mark.parametrize("ending", ["os._exit(7)", "os.kill(os.getpid(), 9)"])
def test_a_kernel_that_dies_in_a_cell_is_told(engine: str, ending: str, write_notebook: Callable[..., Path]) -> None:
    path = write_notebook("1", f"import os\n{ending}", "2")
    kept = path.with_name("giữ.ipynb")
    with pytest.raises(DeadKernelError):
        run(path, engine, kept_at=str(kept))
    assert nbformat.read(kept, as_version=4).cells[0].outputs[0].data["text/plain"] == "1"


@pytest.mark.parametrize("engine", [ENGINE, STOCK_ENGINE])
def test_a_cell_that_takes_too_long_is_told(engine: str, write_notebook: Callable[..., Path]) -> None:
    path = write_notebook("import time\ntime.sleep(600)")
    with pytest.raises(CellTimeoutError):
        run(path, engine, execution_timeout=2)


@pytest.mark.parametrize("engine", [ENGINE, STOCK_ENGINE])
def test_a_kernel_can_be_interrupted(engine: str, write_notebook: Callable[..., Path]) -> None:
    path = write_notebook("import time\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print('ngắt')")
    told = run(path, engine, execution_timeout=2, interrupt_on_timeout=True)
    assert "ngắt" in told[0]["text"]


@pytest.mark.parametrize("kind", ["semiannual", "annual", "unit"])
def test_a_report_is_the_same_from_both(kind: Any, sample_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "báo cáo.ipynb"
    path.write_bytes(find_notebook(kind).read_bytes())
    given = {"store": str(sample_store.folder), "as_of": "2026-12-25"}
    warm, stock = (run(path, engine, parameters=given) for engine in (ENGINE, STOCK_ENGINE))
    assert warm == stock
    assert sum("nq57" in cell["text"] for cell in warm) > 10


@pytest.mark.skipif(not can_fork(), reason="warm kernels need a forkserver")
def test_each_notebook_has_a_process_of_its_own(write_notebook: Callable[..., Path]) -> None:
    path = write_notebook("import os, random, numpy\n(os.getpid(), random.random(), numpy.random.random())")
    first, second = run(path, ENGINE), run(path, ENGINE)
    number = re.compile(r"\((\d+), ([\d.e-]+), ([\d.e-]+)\)")
    found = [number.search(told[0]["text"]) for told in (first, second)]
    assert all(found)
    assert all(one != other for one, other in zip(*(match.groups() for match in found if match), strict=True))
