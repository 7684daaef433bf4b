"""The papermill engine `nq57`: the cells run in IPython's own shell in a worker's process, with no kernel and no sockets.

In: a notebook with its parameters. Out: the executed notebook, its outputs those that a kernel's messages would have
made of it. Imported by workers alone (it brings IPython and papermill); a notebook that asks for a kernel gets a stock one.
"""

from __future__ import annotations

import asyncio
import atexit
import io
import json
import os
import platform
import sys
import tempfile
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.jsonutil import json_default
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

from nq57kit.reports.pool import WorkerPool
from nq57kit.show.blocks import BLOCK_MIME, Block

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: What one cell may print (characters); what is printed beyond that is counted and told, not kept.
PRINTED: Final = 1_000_000
_TOO_MUCH: Final = "\n… (bỏ bớt {} ký tự: một ô chỉ giữ {} ký tự in ra)\n"
#: As in a kernel: colours for programs that a cell calls, no pager, figures of matplotlib inside the page.
_ENVIRONMENT: Final = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


class Outputs:
    """What the cells of one notebook show, written down as nbclient does from a kernel's messages."""

    def __init__(self) -> None:
        self._cell: list[NotebookNode] = []
        self._shown: dict[str, list[NotebookNode]] = {}
        self._clear_first = False
        self._printed = 0
        # What is written past Python, by C code or by programs that a cell starts, goes to files and is read after each cell.
        self._files = {number: tempfile.TemporaryFile() for number in (1, 2)}  # noqa: SIM115 - open as long as the process
        for number, file in self._files.items():
            os.dup2(file.fileno(), number)

    def begin(self, cell: NotebookNode) -> None:
        """From now on outputs belong to `cell`."""
        self._cell = cell.outputs = []
        self._clear_first, self._printed = False, 0

    def end(self) -> None:
        """Add what was written past Python, and say what was left out."""
        for (number, file), name in zip(self._files.items(), ("stdout", "stderr"), strict=True):
            for stream in (sys.__stdout__, sys.__stderr__):
                if stream is not None:
                    stream.flush()
            size = os.fstat(file.fileno()).st_size
            if size:
                os.lseek(number, 0, os.SEEK_SET)
                text = os.read(number, min(size, 4 * PRINTED)).decode("utf-8", "replace")
                os.ftruncate(number, 0)
                os.lseek(number, 0, os.SEEK_SET)
                self.write(name, text)
                self._printed += max(0, size - 4 * PRINTED)
        if self._printed > PRINTED:
            self._add_text("stderr", _TOO_MUCH.format(self._printed - PRINTED, PRINTED))

    def write(self, name: str, text: str) -> None:
        """Add printed text, as far as there is room."""
        room = PRINTED - self._printed
        self._printed += len(text)
        if room > 0:
            self._add_text(name, text[:room])

    def _add_text(self, name: str, text: str) -> None:
        last = self._cell[-1] if self._cell and not self._clear_first else None
        if last is not None and last.get("name") == name:
            last["text"] += text
        elif text:
            self.add(new_output("stream", name=name, text=text))

    def add(self, output: NotebookNode, display_id: str | None = None) -> None:
        """Add an output; one with a `display_id` can be updated later, and updates those that had it before."""
        if self._clear_first:
            self._cell.clear()
            self._clear_first = False
        if display_id:
            self.update(display_id, output.data, output.metadata)
            self._shown.setdefault(display_id, []).append(output)
        self._cell.append(output)

    def update(self, display_id: str, data: Any, metadata: Any) -> None:
        """Show something else where `display_id` was shown."""
        for output in self._shown.get(display_id, ()):
            output["data"], output["metadata"] = data, metadata

    def clear(self, *, wait: bool) -> None:
        """Take back what the cell has shown: at once, or when it shows something else."""
        self._clear_first = wait
        if not wait:
            self._cell.clear()


def new_output(kind: str, **content: Any) -> NotebookNode:
    """Return an output of a notebook; papermill checks the whole of it when it writes it."""
    return nbformat.from_dict({"output_type": kind, **content})  # type: ignore[no-untyped-call, no-any-return]


def _as_sent(value: Any) -> Any:
    """Return what arrives of `value` in a message between kernel and client: JSON, bytes as base64."""
    return json.loads(json.dumps(value, default=json_default, ensure_ascii=False, allow_nan=False))


class _Stream(io.TextIOBase):
    """Standard output or error of the cells."""

    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str, number: int) -> None:
        super().__init__()
        self._outputs, self._name, self._number = outputs, name, number

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.write(self._name, text)
        return len(text)


class _Hook(DisplayHook):
    """The value of a cell's last line, as an `execute_result`."""

    _result: NotebookNode | None = None

    def compute_format_data(self, result: Any) -> Any:
        # A block changes no more: it is written down when its pictures are drawn, while the next cells run.
        if isinstance(result, Block):
            return {BLOCK_MIME: result}, {}
        return super().compute_format_data(result)  # type: ignore[no-untyped-call]

    def start_displayhook(self) -> None:
        self._result = None

    def write_output_prompt(self) -> None:
        """A notebook has no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self._result = new_output(
            "execute_result",
            data=format_dict if isinstance(format_dict.get(BLOCK_MIME), Block) else _as_sent(format_dict),
            metadata=_as_sent(md_dict or {}),
            execution_count=self.prompt_count,
        )

    def finish_displayhook(self) -> None:
        if self._result is not None and self._result.data:
            self.shell.outputs.add(self._result)  # type: ignore[union-attr] # it has a shell
        self._result = None


class _Publisher(DisplayPublisher):
    """What `display` shows, as `display_data`."""

    def publish(  # type: ignore[override] # `source` is on its way out
        self, data: Any, metadata: Any = None, *, transient: Any = None, update: bool = False, **_other: Any
    ) -> None:
        display_id = (transient or {}).get("display_id")
        data, metadata = _as_sent(data), _as_sent(metadata or {})
        if update:
            self.shell.outputs.update(display_id, data, metadata)
        else:
            self.shell.outputs.add(new_output("display_data", data=data, metadata=metadata), display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait=wait)


class NotebookShell(InteractiveShell):
    """IPython's shell, whose outputs are written down instead of printed."""

    outputs: Any = AnyTrait()
    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)

    def init_environment(self) -> None:
        """Set what a kernel sets."""
        os.environ.update(_ENVIRONMENT)

    def init_virtualenv(self) -> None:
        """Nothing is added to `sys.path`, as in a kernel."""

    def enable_gui(self, gui: Any = None) -> None:
        """A report has no window."""
        if gui:
            raise UsageError(f"«{gui}»: a report has no window")

    def ask_exit(self) -> None:
        """`exit` and `quit` end the notebook as `sys.exit()` does."""
        raise SystemExit

    def showtraceback(
        self,
        exc_tuple: Any = None,
        filename: Any = None,
        tb_offset: Any = None,
        exception_only: bool = False,
        running_compiled_code: bool = False,
    ) -> None:
        """Write an error down as IPython would print it."""
        given: Any = exc_tuple if exc_tuple and exc_tuple[0] else sys.exc_info()
        kind, error, trace = given
        if isinstance(error, SyntaxError):
            self.showsyntaxerror(filename, running_compiled_code)
        elif error is None or isinstance(error, UsageError):
            super().showtraceback(exc_tuple, filename, tb_offset, exception_only, running_compiled_code)
        elif exception_only:
            lines = ["An exception has occurred, use %tb to see the full traceback.\n"]
            self._tell_error(error, lines + self.InteractiveTB.get_exception_only(kind, error))  # type: ignore[no-untyped-call]
        elif hasattr(error, "_render_traceback_"):  # IPython's own name for an error that says how it is shown
            self._tell_error(error, error._render_traceback_())
        else:
            self._tell_error(error, self.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset))

    def showsyntaxerror(self, filename: Any = None, running_compiled_code: bool = False) -> None:
        """Write down an error of a cell's syntax."""
        given: Any = sys.exc_info()
        kind, error, trace = given
        if filename and isinstance(error, SyntaxError):
            error.filename = filename
        frames: Any = traceback.extract_tb(trace) if running_compiled_code else []
        self._tell_error(error, self.SyntaxTB.structured_traceback(kind, error, frames))

    def _tell_error(self, error: Any, lines: list[str]) -> None:
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__  # for %tb
        self.outputs.add(new_output("error", ename=type(error).__name__, evalue=str(error), traceback=lines))


async def _run_cell(shell: NotebookShell, cell: NotebookNode) -> bool:
    """Run a cell as IPython's kernel does, inside a running loop; return whether it went well."""
    shell.outputs.begin(cell)
    cell.execution_count = shell.execution_count
    refused = result = None
    try:
        code = shell.transform_cell(cell.source)  # type: ignore[no-untyped-call]
    except Exception:
        code, refused = cell.source, sys.exc_info()
    try:
        result = await shell.run_cell_async(
            cell.source, store_history=True, transformed_cell=code, preprocessing_exc_tuple=refused
        )
    finally:
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
        shell.outputs.end()
    return bool(result.success) and all(output.output_type != "error" for output in cell.outputs)


async def _run_cells(shell: NotebookShell, manager: NotebookExecutionManager, notes: Path | None) -> None:
    def note(content: Any) -> None:
        if notes is not None:
            with notes.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(content, default=Block.as_text) + "\n")

    shown: list[int] = []

    def settle(running: int | None = None) -> None:
        """Write down the blocks that cells showed, in order: all, or while one runs those whose pictures are drawn."""
        while shown:
            cell = manager.nb.cells[shown[0]]
            blocks = [one for one in cell.get("outputs", ()) if isinstance(one.get("data", {}).get(BLOCK_MIME), Block)]
            if running is not None and not all(output["data"][BLOCK_MIME].is_drawn for output in blocks):
                return
            for output in blocks:
                output["data"] = _as_sent(shell.display_formatter.format(output["data"][BLOCK_MIME])[0])  # type: ignore[union-attr]
            number = shown.pop(0)
            if number != running and blocks:
                note([number, cell])

    note(manager.nb)
    for index, cell in enumerate(manager.nb.cells):
        tags = cell.metadata.get("tags", ())
        manager.cell_start(cell, index)
        if cell.cell_type == "code" and cell.source.strip() and "skip-execution" not in tags:
            went_well = await _run_cell(shell, cell)
            shown.append(index)
            settle(index)
            if not went_well and "raises-exception" not in tags:
                manager.cell_exception(cell, cell_index=index)
                manager.cell_complete(cell, cell_index=index)
                break
        manager.cell_complete(cell, cell_index=index)
        note([index, cell])
    settle()


def _run_here(manager: NotebookExecutionManager, notes: Path | None = None) -> None:
    """Run a notebook in this process, which is a worker; after each cell write it to `notes`, in case the worker dies."""
    config = Config()
    config.HistoryManager.enabled = False  # no file of what was typed
    NotebookShell.clear_instance()
    outputs = Outputs()
    shell = NotebookShell.instance(outputs=outputs, config=config)
    try:
        with redirect_stdout(_Stream(outputs, "stdout", 1)), redirect_stderr(_Stream(outputs, "stderr", 2)):
            asyncio.run(_run_cells(shell, manager, notes))
    finally:
        atexit.unregister(shell.atexit_operations)
        shell.atexit_operations()  # type: ignore[no-untyped-call]
        shell.restore_sys_module_state()  # type: ignore[no-untyped-call]
        NotebookShell.clear_instance()
    manager.nb.metadata["language_info"] = {
        "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": platform.python_version(),
    }


def run_text(text: str, folder: str) -> str:
    """Run the notebook that `text` is, in `folder`; called in a worker."""
    os.chdir(folder)
    manager = NotebookExecutionManager(nbformat.reads(text, as_version=4), progress_bar=False)  # type: ignore[no-untyped-call]
    _run_here(manager)
    return str(nbformat.writes(manager.nb))  # type: ignore[no-untyped-call]


class Nq57Engine(Engine):  # type: ignore[misc] # papermill has no types
    """Runs a notebook in a worker of its own; one for a kernel other than «python3», or with `nq57.kernel` in its
    metadata, as papermill always did.

    `papermill --engine nq57 in.ipynb out.ipynb` finds it by its entry point. `in_worker`: this process is the worker
    already; `notes` then names the file that holds what ran so far.
    """

    @classmethod
    def execute_managed_notebook(  # noqa: D102 - as in papermill
        cls, nb_man: Any, kernel_name: str, *, in_worker: bool = False, notes: Path | None = None, **options: Any
    ) -> None:
        kernel = nb_man.nb.metadata.get("nq57", {}).get("kernel") or kernel_name
        if kernel != "python3" or "kernel" in nb_man.nb.metadata.get("nq57", {}):
            NBClientEngine.execute_managed_notebook(nb_man, kernel, **options)
        elif in_worker:
            _run_here(nb_man, notes)
        else:
            source, limit = nbformat.writes(nb_man.nb), options.get("execution_timeout")  # type: ignore[no-untyped-call]
            with WorkerPool(1) as pool:
                text = pool.call(run_text, source, str(Path.cwd()), limit=limit)
            nb_man.nb.update(nbformat.reads(text, as_version=4))  # type: ignore[no-untyped-call]
