"""Running a report: a notebook executed by papermill, and the files made from it.

In: checked parameters and a folder. Out: the page, the executed notebook and the results, each written whole;
or a ReportError, with the executed part kept beside for a look and the earlier files as they were.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nq57kit.errors import Nq57Error, ReportError
from nq57kit.files import write_atomically
from nq57kit.reports.handover import hand_report
from nq57kit.reports.index import write_index
from nq57kit.reports.kernels import kernel_surroundings, quiet_libraries, warm_up
from nq57kit.reports.kernels.renderer import own_renderer
from nq57kit.reports.parameters import KINDS, Kind
from nq57kit.reports.report import prepare_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nq57kit.reports.parameters import ReportParameters
    from nq57kit.reports.report import Report

__all__ = ["MORE_FORMATS", "RunResult", "find_notebook", "run_report"]

#: A report runs for seconds; a kernel that says nothing for this long (seconds) is taken for dead.
CELL_TIMEOUT: Final = 600
START_TIMEOUT: Final = 120
#: Formats made where they are asked for (contract §5).
MORE_FORMATS: Final = ("docx", "xlsx")


@dataclass(frozen=True)
class RunResult:
    """The files of a report, and the results in them; `is_new` is false where they lay there already, unchanged."""

    html: Path
    notebook: Path
    results: Path
    values: dict[str, Any]
    more: tuple[Path, ...] = ()
    is_new: bool = True

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files written, in the order in which they are told."""
        return (self.html, self.notebook, self.results, *self.more)


def find_notebook(kind: Kind, folder: Path | None = None) -> Path:
    """Return the notebook of a kind of report: the desk's own copy in `folder`, or the packaged one.

    Example:
        >>> find_notebook("annual").name
        'annual_assessment.ipynb'
    """
    name = KINDS[kind].notebook
    own = folder / name if folder is not None else None
    return own if own is not None and own.is_file() else packaged("notebooks") / name


def packaged(what: str) -> Path:
    """Return the folder of the packaged notebooks or parameters: in the wheel, or in the checkout beside the package."""
    inside = Path(str(resources.files("nq57kit.reports"))) / ("parameter_files" if what == "parameters" else what)
    return inside if inside.is_dir() else Path(str(resources.files("nq57kit"))).parent / what


def run_report(
    parameters: ReportParameters,
    out: Path,
    *,
    prepared: Report | None = None,
    notebooks: Path | None = None,
    progress: Callable[[str], None] | None = None,
    index: bool = True,
    also: Sequence[str] = (),
) -> RunResult:
    """Run the report's notebook and write `<stem>.html`, `<stem>.ipynb` and `<stem>.json` into `out`.

    `prepared` is the report that the notebook is to show (`prepare_report` of the same parameters); without it, it is
    prepared here. `also` names further formats (of `MORE_FORMATS`: Word and Excel), made from the same executed notebook.

    `notebooks` is a folder whose notebook of the same name is taken instead of the packaged one. The index of `out`
    (`index.html`, `index.json`) is made again then; without `index` that is left to the caller.
    Raises ReportError if a cell fails or takes too long: then `<stem>.failed.ipynb` holds the executed part.
    """
    import nbformat

    say = progress or (lambda _what: None)
    source = find_notebook(parameters.kind, notebooks)
    out.mkdir(parents=True, exist_ok=True)
    warm_up()
    if prepared is None:
        say("tính số liệu")
    report = prepared or prepare_report(parameters)
    say("chạy sổ tính")
    # Imported now, while the nursery of a command that has just begun is still busy with its own imports.
    from nq57kit.reports.html import render_html

    with tempfile.TemporaryDirectory(prefix="nq57-", ignore_cleanup_errors=True) as scratch:
        executed = Path(scratch) / "executed.ipynb"
        handed = hand_report(report, parameters, Path(scratch))
        with quiet_libraries():
            renderer = own_renderer()
            told = handed | (renderer.environment if renderer else {})
            _execute(source, executed, parameters, out, kernel_surroundings(Path(scratch), told))
        text = executed.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    say("dựng trang")
    values = read_results(notebook)
    page = render_html(notebook)
    more = {ending: _render(notebook, ending) for ending in MORE_FORMATS if ending in also}
    failed = out / f"{parameters.stem}.failed.ipynb"
    result = RunResult(
        html=write_atomically(out / f"{parameters.stem}.html", page),
        notebook=write_atomically(out / f"{parameters.stem}.ipynb", text),
        results=write_atomically(
            out / f"{parameters.stem}.json", json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        ),
        values=values,
        more=tuple(write_atomically(out / f"{parameters.stem}.{ending}", data) for ending, data in more.items()),
    )
    failed.unlink(missing_ok=True)
    if index:
        write_index(out)
    return result


def _render(notebook: Any, ending: str) -> bytes:
    """The executed notebook as a Word document or a workbook."""
    if ending == "docx":
        from nq57kit.reports.docx import render_docx

        return render_docx(notebook)
    from nq57kit.reports.xlsx import render_xlsx

    return render_xlsx(notebook)


def read_results(notebook: Any) -> dict[str, Any]:
    """Return what an executed notebook glued, by name, in the order of gluing; its provenance names the notebook, too."""
    from nq57kit.reports.executed import read_report

    return read_report(notebook).values


def _execute(
    source: Path, target: Path, parameters: ReportParameters, out: Path, environment: Mapping[str, str]
) -> None:
    """Run `source` to `target`; on failure keep what ran and raise one sentence."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from nq57kit.reports.kernels.engine import ENGINE

    try:
        papermill.execute_notebook(
            str(source),
            str(target),
            parameters=parameters.as_notebook(),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            log_output=False,
            execution_timeout=CELL_TIMEOUT,
            start_timeout=START_TIMEOUT,
            engine_name=ENGINE,
            environment=environment,
            folder=str(target.parent),
            # Written once, at the end: papermill would write the whole notebook twice for every cell.
            request_save_on_cell_execute=False,
            kept_at=str(target),
        )
    except PapermillExecutionError as error:
        reason = error.evalue if _is_ours(error.ename) else f"lỗi trong ô số {error.exec_count} ({error.ename})"
        raise ReportError(_failure(parameters.stem, reason, target, out)) from error
    except (CellTimeoutError, DeadKernelError, RuntimeError) as error:
        raise ReportError(
            _failure(parameters.stem, "sổ tính ngừng giữa chừng hoặc chạy quá lâu", target, out)
        ) from error


def _is_ours(name: str) -> bool:
    kinds = [Nq57Error]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return name in {kind.__name__ for kind in kinds}


def _failure(stem: str, reason: str, executed: Path, out: Path) -> str:
    kept = ""
    if executed.is_file():
        kept_at = write_atomically(out / f"{stem}.failed.ipynb", executed.read_bytes())
        kept = f" Phần đã chạy được giữ ở «{kept_at.name}»."
    return f"Không lập được báo cáo «{stem}»: {reason.rstrip('.')}.{kept}"
