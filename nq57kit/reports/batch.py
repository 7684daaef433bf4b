"""Reports made by workers: one, or many, none stopped by another's failure, told in the order asked for.

In: jobs, and a pool that does them: workers of this machine, or a Dask cluster. Out: what was made, not made again, or
could not be made, and why.
"""

from __future__ import annotations

import json
import os
import secrets
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from nq57kit.errors import Nq57Error, ParameterError
from nq57kit.files import explain_failure, local_path, prepare_folder
from nq57kit.reports.jobs import (
    CELL_TIMEOUT,
    CUT_SHORT,
    Job,
    NotebookFailed,
    Result,
    find_result,
    has_notes,
    keep_failed,
    key_of,
    write_files,
)
from nq57kit.reports.pool import WorkerLost, WorkerPool, count_cores, shared
from nq57kit.reports.report import Basis, describe_report, read_basis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nq57kit.reports.parameters import ReportParameters

#: What one worker takes at most (bytes).
_MEMORY_OF_A_WORKER: Final = 500_000_000
#: How long (seconds) to wait before looking again whether somebody wants to stop: Windows cannot interrupt a wait without end.
_A_WHILE: Final = 0.5


@dataclass(frozen=True)
class BatchResult:
    """What became of all jobs, in their order."""

    results: tuple[Result, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        """Those that could not be made."""
        return tuple(one for one in self.results if one.error is not None)

    @property
    def unchanged(self) -> tuple[Result, ...]:
        """Those that were not made again."""
        return tuple(one for one in self.results if one.error is None and not one.is_new)


class Pool(Protocol):
    """Who does the jobs, in any order of ending, as many at once as it sees fit."""

    def share(self, value: Basis | None) -> None:
        """Take what all jobs share, if they share something; called once, before the first job."""

    def submit(self, job: Job) -> Future[Result]:
        """Begin a job; its future raises what `make_report` raises."""

    def close(self) -> None:
        """End all that runs; nothing of it stays."""


class LocalPool(WorkerPool):
    """Workers of this machine."""

    def submit(self, job: Job) -> Future[Result]:
        """Begin a job."""
        return self.threads.submit(self._do, job)

    def _do(self, job: Job) -> Result:
        """Let a worker do a job: the packaged notebooks leave nothing behind in it, any other has it for itself alone."""
        notes = self.scratch / f"{secrets.token_hex(8)}.jsonl"
        # In a stock kernel Jupyter's own client looks to the time of its cells.
        limit = CELL_TIMEOUT if job.stock_kernel is None else None
        try:
            files, key = self.call(_make_there, job, notes, keep=job.is_packaged, limit=limit, notes=notes)
        except NotebookFailed as failed:
            raise keep_failed(job, failed.reason, failed.executed) from failed
        except WorkerLost as lost:
            if self.is_closed:  # it was ended because nobody waits for it any more
                raise
            reason = f"một ô chạy quá {CELL_TIMEOUT:.0f} giây" if lost.late else CUT_SHORT
            raise keep_failed(job, reason, _read_notes(notes)) from lost
        finally:
            notes.unlink(missing_ok=True)
        return write_files(job, files, key)


def _make_there(job: Job, notes: Path) -> tuple[dict[str, bytes], str]:
    """Do a job; called in a worker, which has imported this long ago."""
    from nq57kit.reports.run import make_here

    return make_here(job, shared(), notes)


def _read_notes(notes: Path) -> str | None:
    """Return the notebook of a worker that is gone, as far as it ran."""
    try:
        first, *cells = notes.read_text(encoding="utf-8").splitlines()
        notebook = json.loads(first)
        for number, cell in map(json.loads, cells):
            notebook["cells"][number] = cell
    except (OSError, ValueError):
        return None
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def make_report(
    job: Job, *, basis: Basis | None = None, progress: Callable[[str], None] | None = None, index: bool = True
) -> Result:
    """Make a report, unless it lies there unchanged; with `index`, make the index of its folder again, too.

    `basis` is what the report shares with others (`read_basis`). Raises PlanError or StoreError if it has no figures,
    DeskError if its Word template cannot serve, ReportError if its notebook fails: then `<stem>.failed.ipynb` holds the
    executed part.
    """
    _check_word([job])
    prepare_folder(job.out)
    pool = LocalPool(1, warm=int(_begins_at_once(job)), beside=True)
    try:
        known = basis or read_basis(job.parameters)
        (future,) = _begin([job], known, pool)
        if progress is not None and not future.done():
            progress("tính số liệu, chạy sổ ghi, dựng trang")
        for _ in _as_ended([future]):
            pass
        result = future.result()
        if index:  # a worker that stands idle has all that a page takes
            if pool.is_idle:
                pool.call(_index, job.out)
            else:
                _index(job.out)
    finally:
        pool.close()
    return result


def _index(folder: Path) -> None:
    from nq57kit.reports.index import write_index

    write_index(folder)


def run_report(
    parameters: ReportParameters,
    out: Path | str,
    *,
    basis: Basis | None = None,
    notebooks: Path | None = None,
    letterhead: Path | None = None,
    also: Sequence[str] = (),
    index: bool = True,
) -> Result:
    """Make a report whether it has changed or not; arguments as in `Job` and `make_report`."""
    job = Job(parameters, local_path(out, ParameterError), tuple(also), notebooks, force=True, letterhead=letterhead)
    return make_report(job, basis=basis, index=index)


def _check_word(jobs: Iterable[Job]) -> None:
    """Refuse a Word template or words that cannot serve before anything is made (DeskError)."""
    for folder in {job.letterhead for job in jobs if "docx" in job.also}:
        from nq57kit.reports.ooxml import check_template  # with it comes python-docx, which no other format needs

        check_template(folder)


def run_batch(
    jobs: Iterable[Job],
    *,
    workers: int | None = None,
    pool: Pool | None = None,
    progress: Callable[[Result], None] | None = None,
) -> BatchResult:
    """Make all reports of `jobs`, at most `workers` at a time, then the index of each of their folders.

    What reports of one period share is read once. `progress` is called with each as it ends; the result has the
    order of `jobs`. A failure ends nothing; an interruption (ctrl-C) ends what runs, then passes on. Raises
    PlanError or StoreError if what the reports share cannot be read.

    Example:
        done = run_batch([Job(parameters, Path("bao-cao")) for parameters in every], workers=4)
        [result.error for result in done.failed]
    """
    wanted = list(jobs)
    _check_word(wanted)
    for folder in {job.out for job in wanted}:
        prepare_folder(folder)
    if not wanted:
        return BatchResult(())
    count = min(workers or count_jobs(), len(wanted))
    doing = pool or LocalPool(count, warm=count if _begins_at_once(wanted[0]) else 0, beside=count == 1)
    done: dict[int, Result] = {}
    try:
        basis = read_basis(wanted[0].parameters) if len({_shares(job.parameters) for job in wanted}) == 1 else None
        for number, future in _as_ended(_begin(wanted, basis, doing)):
            done[number] = _take(wanted[number], future)
            if progress is not None:
                progress(done[number])
    finally:
        doing.close()
        for folder in dict.fromkeys(job.out for job in wanted):
            if folder.is_dir():
                _index(folder)
    return BatchResult(tuple(done[number] for number in range(len(wanted))))


def _begins_at_once(job: Job) -> bool:
    """Whether a worker will be needed for certain: nothing that lies there can be unchanged."""
    return job.force or not has_notes(job.out)


def _begin(jobs: Sequence[Job], basis: Basis | None, pool: Pool) -> list[Future[Result]]:
    """Begin jobs; those whose report lies there, made from the same and untouched since, have ended already."""
    found: list[Result | None] = [None] * len(jobs)
    if basis is not None:
        for number, job in enumerate(jobs):
            if not _begins_at_once(job):
                found[number] = find_result(job, key_of(job, describe_report(job.parameters, basis)))
        if not all(found):  # computed while workers start, and handed on with the rest
            _ = basis.peers if jobs[0].parameters.unit_id else basis.results
    pool.share(basis)
    begun = [Future[Result]() if result else pool.submit(job) for job, result in zip(jobs, found, strict=True)]
    for future, result in zip(begun, found, strict=True):
        if result:
            future.set_result(result)
    return begun


def _as_ended(futures: Sequence[Future[Result]]) -> Iterator[tuple[int, Future[Result]]]:
    """Yield the number of each future and the future, as it ends."""
    numbers = {future: number for number, future in enumerate(futures)}
    while numbers:
        for future in wait(numbers, timeout=_A_WHILE, return_when="FIRST_COMPLETED").done:
            yield numbers.pop(future), future


def _take(job: Job, future: Future[Result]) -> Result:
    """Return what became of a job; an error becomes its sentence."""
    try:
        return future.result()
    except Nq57Error as error:
        return Result(job.stem, error=str(error))
    except OSError as error:
        return Result(job.stem, error=f"Không ghi được «{error.filename or job.out}»: {explain_failure(error)}.")
    except Exception as error:  # a defect that one report meets must not end the others
        if os.environ.get("NQ57_DEBUG"):
            raise
        sentence = f"Lỗi trong chương trình ({type(error).__name__}); chạy lại với NQ57_DEBUG=1 để xem."
        return Result(job.stem, error=sentence)


def _shares(parameters: ReportParameters) -> tuple[object, ...]:
    """Return what decides on the inputs of a report: two that agree in it share them."""
    given = (parameters.register, parameters.judgements)
    return (parameters.store, parameters.plan, parameters.period, parameters.as_of, *given)


def count_jobs() -> int:
    """Return how many reports are made at once unless told otherwise: one per core, fewer where memory is short.

    Example:
        >>> count_jobs() >= 1
        True
    """
    memory = Path("/proc/meminfo")  # systems other than Linux do not say in a file how much is free
    lines = memory.read_text(encoding="ascii").splitlines() if memory.is_file() else []
    free = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return max(1, min([count_cores(), *(one // _MEMORY_OF_A_WORKER for one in free)]))
