"""The engine gives what a kernel gives, cell by cell: outputs, errors, streams, awaits; and knows when a kernel is asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from nq57kit.reports import find_notebook
from nq57kit.reports.pool import WorkerLost
from nq57kit.store import Store

slow = pytest.mark.slow  # a kernel and a worker start for each notebook

PAPERMILL_FIRST = "from papermill.engines import papermill_engines; import nq57kit.reports.engine as ours"
ENGINE_FIRST = "import nq57kit.reports.engine as ours; from papermill.engines import papermill_engines"
ALONE = "from papermill.engines import papermill_engines; import types; ours = types.SimpleNamespace()"
SAY = "; print(papermill_engines.get_engine('nq57').execute_managed_notebook.__func__.__module__)"


@pytest.mark.parametrize("imports", [PAPERMILL_FIRST, ENGINE_FIRST, ALONE])
def test_papermill_finds_the_engine_whichever_is_imported_first(imports: str) -> None:
    command = [sys.executable, "-W", "error", "-c", imports + SAY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "nq57kit.reports.engine"


def test_finding_the_engine_imports_nothing_heavy() -> None:
    code = "import sys, papermill; print([m for m in ('polars', 'altair', 'IPython') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def run(path: Path, engine: str | None, **options: Any) -> list[dict[str, Any]]:
    """Execute a notebook and return its cells, without what differs from run to run: ids, times, names of cells."""
    out = path.with_name(f"{engine}.ipynb")
    papermill.execute_notebook(
        str(path), str(out), engine_name=engine, progress_bar=False, start_timeout=300, cwd=str(path.parent), **options
    )
    return cells(out)


def cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of an executed notebook, with their outputs as text."""
    return [
        {
            "type": cell.cell_type,
            "source": cell.source,
            "count": cell.get("execution_count"),
            "text": plain(str([dict(output) for output in cell.get("outputs", ())])),
        }
        for cell in nbformat.read(path, as_version=4).cells
    ]


def plain(text: str) -> str:
    """Leave out colours, addresses, times, and the name under which a cell's code is known."""
    text = re.sub(r"(\x1b|\\x1b)\[[0-9;]*m", "", text)
    text = re.sub(r"(/\w+)+/\d+\.py|\b\d{3,}\.py|<ipython-input-[^>]*>", "CELL", text)
    return re.sub(r"0x[0-9a-f]+|\d[\d.e+-]* (µs|μs|us|ms|s|ns)\b", "N", text)


EVERYTHING = (
    "%%md # Tiêu đề: Đắk Lắk",
    "import sys\nprint('Xin chào, Thừa Thiên Huế – ệ ữ ỵ')",
    "print('lỗi nhỏ', file=sys.stderr)",
    "x = {'một': 1, 'hai': [2, 3]}\nx",
    "x;",
    "",
    "from IPython.display import HTML, Image, JSON, Markdown, SVG, display\nh = display(HTML('<b>một</b>'), display_id='d')\ndisplay(Markdown('**hai**'))",
    "display(HTML('<b>lần nữa</b>'), display_id='d')",
    "h.update(HTML('<b>hai</b>'))",
    "from IPython.display import update_display\nupdate_display(HTML('<i>ba</i>'), display_id='d')",
    "display({'text/plain': 'thô', 'application/json': {'a': (1, 2)}}, raw=True, metadata={'m': 1})",
    "import warnings\nwarnings.warn('cẩn thận')",
    "__name__",
    "!echo từ hệ vỏ",
    "lines = !echo một; echo hai\nlines",
    "%pwd",
    "%%time\nsum(range(10))",
    "%%capture kept\nprint('không thấy')",
    "kept.stdout",
    "%%bash\necho trong bash",
    "%who_ls int",
    "from IPython.display import clear_output\nprint('mất')\nclear_output()\nprint('còn')",
    "print('mất')\nclear_output(wait=True)\ndisplay(Markdown('còn'))",
    "import asyncio\nawait asyncio.sleep(0)\n'chờ xong'",
    "async def hai():\n    await asyncio.sleep(0)\n    return 2\ntask = asyncio.ensure_future(hai())\nasyncio.get_running_loop().is_running()",
    "await task",
    """
class Rich:
    def __init__(self, **made): self.made = made
    def _repr_mimebundle_(self, include=None, exclude=None): return self.made
class Picture:
    def _repr_png_(self): return b'\\x89PNG\\r\\n\\x1a\\n'
    def _repr_html_(self): return '<p>hình</p>'
    def __repr__(self): return 'hình'
Picture()""",
    "display(Picture(), Rich(**{'image/svg+xml': '<svg/>', 'text/plain': 'svg', 'application/vnd.x+json': {'n': [1, None]}}))",
    "Image(data=b'\\x89PNG\\r\\n\\x1a\\n', width=3)",
    "import polars as pl\npl.DataFrame({'a': [1, 2]})",
    "_",
    "In[1][:6], sorted(Out)[:2], __ is Out.get(10**6)",
    "from IPython import get_ipython\nget_ipython().user_ns is globals(), type(get_ipython()).__mro__[-3].__name__",
    "def f(): ...\nhelp(f)",
    "for n in range(3):\n    print(n)\n    display(n)",
)


@slow
def test_the_outputs_are_those_of_a_kernel(
    write_notebook: Callable[..., Path],
) -> None:
    path = write_notebook(*EVERYTHING)
    ours, stock = run(path, "nq57"), run(path, None)
    for one, other in zip(ours, stock, strict=True):
        assert joined(one) == joined(other)


@slow
def test_what_is_written_past_python_stands_under_its_cell(write_notebook: Callable[..., Path]) -> None:
    """A kernel catches it in a thread, and shows it when that thread comes to it: there is no time to compare with."""
    path = write_notebook(
        "import os, subprocess, sys\nos.write(1, 'viết thẳng\\n'.encode())\nNone",
        "_ = subprocess.run([sys.executable, '-c', 'print(1 + 1)'])",
        "os.write(2, b'sai')\nprint('xong')",
    )
    shown = [cell["text"] for cell in map(joined, run(path, "nq57"))]
    assert ["viết thẳng" in shown[0], "'2\\n'" in shown[1], "sai" in shown[2] and "xong" in shown[2]] == [True] * 3


def joined(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell with what it printed in one piece: a kernel on a busy machine may send it in two."""
    text = re.sub(r"'\}, \{'name': '(stdout|stderr)', 'output_type': 'stream', 'text': '", "", str(cell.get("text")))
    return {**cell, "text": text}


@slow
@pytest.mark.parametrize(
    "failing",
    [
        "def chia(n):\n    return 1 / n\nchia(0)",
        "1 +",
        "if True:\nprint(1)",
        "raise ValueError('hỏng') from KeyError('a')",
        "import sys\nsys.exit('hỏng')",
        "%nomagic",
        "await 1",
        "from nq57kit.errors import StoreError\nraise StoreError('Không mở được kho.')",
        "class Bad: _repr_html_ = lambda self: 1 / 0\nBad()",
    ],
)
def test_an_error_is_kept_with_its_traceback_and_ends_the_notebook(
    failing: str, write_notebook: Callable[..., Path]
) -> None:
    path = write_notebook("a = 1", failing, "print('không tới')")
    told, errors = {}, {}
    for engine in ("nq57", None):
        with pytest.raises(PapermillExecutionError) as caught:
            run(path, engine)
        errors[engine] = (caught.value.ename, plain(caught.value.evalue))
        told[engine] = cells(path.with_name(f"{engine}.ipynb"))
    assert errors["nq57"] == errors[None]
    assert told["nq57"] == told[None]


@slow
def test_tags_of_cells_are_heeded(write_notebook: Callable[..., Path]) -> None:
    path = write_notebook("print('bỏ qua')", "1 / 0", "print('tới đây')")
    book = nbformat.read(path, as_version=4)
    book.cells[0].metadata.tags, book.cells[1].metadata.tags = ["skip-execution"], ["raises-exception"]
    nbformat.write(book, path)
    told = {}
    for engine in ("nq57", None):
        with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
            run(path, engine)
        told[engine] = cells(path.with_name(f"{engine}.ipynb"))
    assert told["nq57"] == told[None]


@slow
@pytest.mark.parametrize("ending", ["os._exit(7)", "os.kill(os.getpid(), 9)"])
def test_a_worker_that_dies_in_a_cell_is_told(ending: str, write_notebook: Callable[..., Path]) -> None:
    with pytest.raises(WorkerLost) as caught:
        run(write_notebook("1", f"import os\n{ending}", "2"), "nq57")
    assert not caught.value.late


@slow
def test_a_notebook_that_takes_too_long_is_told(write_notebook: Callable[..., Path]) -> None:
    with pytest.raises(WorkerLost) as caught:
        run(write_notebook("import time\ntime.sleep(600)"), "nq57", execution_timeout=2)
    assert caught.value.late


@slow
def test_what_a_cell_prints_beyond_measure_is_counted_and_left_out(write_notebook: Callable[..., Path]) -> None:
    path = write_notebook(
        "for _ in range(50):\n    print('ă' * 999_999)",
        "import os\nfor _ in range(50):\n    os.write(1, b'x' * 1_000_000)\nNone",
        "print('ít')",
        "import resource\nresource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 600_000",
    )
    told = run(path, "nq57")
    assert path.with_name("nq57.ipynb").stat().st_size < 6_000_000
    assert "bỏ bớt 49000000 ký tự" in told[0]["text"]
    assert "bỏ bớt 49000000 ký tự" in told[1]["text"]
    assert "bỏ bớt" not in told[2]["text"]
    assert "True" in told[3]["text"]


@slow
def test_each_notebook_has_a_process_of_its_own(write_notebook: Callable[..., Path]) -> None:
    path = write_notebook("import os, random, numpy\n(os.getpid(), random.random(), numpy.random.random())")
    first, second = run(path, "nq57"), run(path, "nq57")
    number = re.compile(r"\((\d+), ([\d.e-]+), ([\d.e-]+)\)")
    found = [number.search(told[0]["text"]) for told in (first, second)]
    assert all(found)
    assert all(one != other for one, other in zip(*(match.groups() for match in found if match), strict=True))


@slow
@pytest.mark.parametrize("asked", ["metadata", "name"])
def test_a_notebook_that_asks_for_a_kernel_gets_a_stock_one(
    asked: str, write_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_notebook("type(get_ipython()).__name__")
    book = nbformat.read(path, as_version=4)
    if asked == "metadata":
        book.metadata["nq57"] = {"kernel": "python3"}
    else:
        (tmp_path / "kernels" / "rieng").mkdir(parents=True)
        spec = '{"argv": ["%s", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "riêng", "language": "python"}'
        (tmp_path / "kernels" / "rieng" / "kernel.json").write_text(spec % sys.executable, encoding="utf-8")
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
        book.metadata.kernelspec.name = "rieng"
    nbformat.write(book, path)
    assert "ZMQInteractiveShell" in run(path, "nq57")[0]["text"]


@slow
@pytest.mark.parametrize("kind", ["semiannual", "annual", "unit"])
def test_a_report_is_the_same_from_both(kind: Any, sample_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "báo cáo.ipynb"
    path.write_bytes(find_notebook(kind).read_bytes())
    given = {"store": str(sample_store.folder), "as_of": "2026-12-25"}
    ours, stock = (run(path, engine, parameters=given) for engine in ("nq57", None))
    assert ours == stock
    assert sum("nq57" in cell["text"] for cell in ours) > 10
