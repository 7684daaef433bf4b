"""Making a report, in a worker: figures, the notebook that shows them, and the files made from what it showed.

In: a job, and what its report shares with others. Out: the bytes of page, executed notebook, results and further formats,
which the command then writes. A worker imports this module first, with all that reports need, so that each copy of
it has that already; nothing here may run polars or a chart at its import.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nq57kit.reports.pool import ending_with_parent, without

with ending_with_parent():
    import altair  # noqa: F401
    import nbformat
    import polars  # noqa: F401
    import vl_convert  # noqa: F401

    with without("pyarrow"):  # papermill looks in it for the driver of HDFS, and numpy comes with it
        import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from nbformat.validator import get_validator
    from papermill.exceptions import PapermillExecutionError

    import nq57kit.indicators.unit
    import nq57kit.reports.engine
    import nq57kit.reports.index
    import nq57kit.show.difficulties
    import nq57kit.show.left_out
    import nq57kit.show.scorecard
    import nq57kit.show.summary  # noqa: F401
    from nq57kit.errors import Nq57Error
    from nq57kit.reports.brief import write_brief
    from nq57kit.reports.executed import read_report
    from nq57kit.reports.html import lay_out, render_brief, render_catalogue, render_page
    from nq57kit.reports.jobs import CELL_TIMEOUT, CUT_SHORT, MORE_FORMATS, Job, NotebookFailed, key_of
    from nq57kit.reports.notebook import hand_over
    from nq57kit.reports.report import Basis, prepare_report, read_basis
    from nq57kit.show.markup import compile_templates

if TYPE_CHECKING:
    from nq57kit.reports.executed import Reading
    from nq57kit.reports.html import Page
    from nq57kit.reports.report import Report

#: The name of the engine, by which papermill finds it (an entry point).
ENGINE: Final = "nq57"

for _library in ("papermill", "traitlets"):
    logging.getLogger(_library).setLevel(logging.ERROR)
# Compiled here, once, for all copies.
compile_templates()
get_validator(4, 5)  # type: ignore[no-untyped-call]
gc.collect()
gc.freeze()  # what is here now stays: no collector of a copy need look at it, so its pages stay shared


def make_here(job: Job, basis: Basis | None, notes: Path) -> tuple[dict[str, bytes], str]:
    """Return the files of a job's report by their name, page, notebook and results first, and the key of what they were made from.

    What ran of its notebook so far stands in `notes`. Raises PlanError or StoreError if the report has no figures,
    NotebookFailed if a cell fails.
    """
    basis = basis or read_basis(job.parameters)
    report = prepare_report(job.parameters, basis=basis)
    hand_over(report, job.parameters)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        executed = Path(folder) / "executed.ipynb"
        _execute(job, executed, notes)
        content = executed.read_bytes()
    # Read as anybody would who makes a page from the file.
    notebook = nbformat.reads(content.decode("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    reading = read_report(notebook)
    own = job.parameters.notebook
    told = {"title": own.stem, **reading.values} if own else reading.values
    values = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    page = lay_out(reading)
    files: dict[str, bytes] = {
        "html": render_page(page).encode("utf-8"),
        "ipynb": content,
        "json": values.encode("utf-8"),
        **{ending: _render(notebook, ending, job.letterhead) for ending in MORE_FORMATS if ending in job.also},
    }
    named = {f"{job.stem}.{ending}": made for ending, made in files.items()}
    if own:  # what lies beside the ministry's report is not its own
        return named, key_of(job, report.provenance)
    named |= {name: made.encode("utf-8") for name, made in render_catalogue(reading).items()}
    if report.card is None and report.period.halves:
        named |= _render_briefs(report, reading, page, job)
    return named, key_of(job, report.provenance)


def _render_briefs(report: Report, reading: Reading, page: Page, job: Job) -> dict[str, bytes]:
    """What the report says on one page, as a page and as a Word document."""
    from nq57kit.reports.docx import render_page as render_word

    beside = f"{report.span}{report.results.inputs.suffix}"
    web, word = (write_brief(report, reading, ending) for ending in ("html", "docx"))
    return {
        f"brief-{beside}.html": render_brief(web, page, f"{job.stem}.html").encode("utf-8"),
        f"brief-{beside}.docx": render_word(word, job.letterhead),
    }


def _render(notebook: Any, ending: str, letterhead: Path | None) -> bytes:
    """The executed notebook as a Word document or a workbook."""
    if ending == "docx":
        from nq57kit.reports.docx import render_docx

        return render_docx(notebook, letterhead)
    from nq57kit.reports.xlsx import render_xlsx

    return render_xlsx(notebook)


def _execute(job: Job, executed: Path, notes: Path) -> None:
    """Run the job's notebook to `executed`, in the folder of that; raise NotebookFailed with what ran."""
    kernel = job.stock_kernel
    if not job.is_packaged:  # this worker is its alone; what lies beside the notebook can be imported, as in JupyterLab
        sys.path.insert(0, str(job.notebook.parent))
    here: dict[str, Any] = {"kernel_name": "python3", "language": "python", "engine_name": ENGINE}
    there: dict[str, Any] = {"kernel_name": kernel, "execution_timeout": CELL_TIMEOUT, "start_timeout": CELL_TIMEOUT}
    try:
        papermill.execute_notebook(
            str(job.notebook),
            str(executed),
            parameters=job.parameters.as_notebook(),
            progress_bar=False,
            cwd=str(executed.parent),
            # In a worker written once, at the end: papermill writes the whole notebook twice for every cell.
            request_save_on_cell_execute=kernel is not None,
            **(here | {"in_worker": True, "notes": notes} if kernel is None else there),
        )
    except PapermillExecutionError as error:
        reason = error.evalue if _is_ours(error.ename) else f"lỗi trong ô số {error.exec_count} ({error.ename})"
        raise NotebookFailed(reason, executed.read_text(encoding="utf-8")) from None
    except NoSuchKernel as error:
        reason = f"máy này không có kernel «{kernel}» (xem bằng lệnh «jupyter kernelspec list»)"
        raise NotebookFailed(reason) from error
    except (CellTimeoutError, DeadKernelError) as error:  # of a stock kernel
        raise NotebookFailed(CUT_SHORT, executed.read_text(encoding="utf-8")) from error


def _is_ours(name: str) -> bool:
    kinds = [Nq57Error]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return name in {kind.__name__ for kind in kinds}
