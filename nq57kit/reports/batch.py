"""Many reports in one run: each made on its own, none stopped by another's failure, told in the order asked for.

In: orders (parameters and where the files go). Out: what was made, not made again, or could not be made, and why.
Who runs them is an `Executor`: processes of this machine, or anything else that can call `try_report`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from nq57kit.errors import Nq57Error
from nq57kit.reports.index import write_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nq57kit.reports.parameters import ReportParameters
    from nq57kit.reports.report import Basis
    from nq57kit.reports.run import RunResult

__all__ = ["BatchResult", "Executor", "Made", "Order", "count_jobs", "make_report", "run_batch", "try_report"]

#: What one job takes at most: a worker and its kernel, both with polars in memory (bytes).
_MEMORY_OF_A_JOB: Final = 600_000_000
#: Measured on two cores: 58 scorecards in 68 s with 2 jobs, 51 s with 4, 44 s with 6.
_JOBS_PER_CORE: Final = 3


@dataclass(frozen=True)
class Order:
    """A report to be made: its checked parameters, the folder of its files, further formats (Word, Excel).

    `notebooks` is a folder with notebooks of one's own; `force` makes the report again though nothing has changed.
    """

    parameters: ReportParameters
    out: Path
    also: tuple[str, ...] = ()
    notebooks: Path | None = None
    force: bool = False


@dataclass(frozen=True)
class Made:
    """What became of an order: its files, or the one sentence that says why there are none.

    `is_new` is false where the files lay there already, made from the same.
    """

    stem: str
    paths: tuple[Path, ...] = ()
    is_new: bool = True
    error: str | None = None


@dataclass(frozen=True)
class BatchResult:
    """What became of all orders, in their order."""

    made: tuple[Made, ...]

    @property
    def failed(self) -> tuple[Made, ...]:
        """Those that could not be made."""
        return tuple(one for one in self.made if one.error is not None)

    @property
    def unchanged(self) -> tuple[Made, ...]:
        """Those that were not made again."""
        return tuple(one for one in self.made if one.error is None and not one.is_new)


class Executor(Protocol):
    """Who makes the reports of a batch: any order of ending, at most so many at once as it sees fit."""

    def run(self, orders: Sequence[Order], basis: Basis | None) -> Iterator[tuple[int, Made]]:
        """Yield the number of each order and what became of it, as it ends, calling `try_report` somewhere.

        `basis` is what the reports share, if they do. Closing the iterator ends all that runs.
        """


def make_report(
    order: Order, *, basis: Basis | None = None, progress: Callable[[str], None] | None = None, index: bool = True
) -> RunResult:
    """Make a report, unless it lies there unchanged; with `index`, make the index of its folder again, too.

    `basis` is what the report shares with others (`read_basis`). Raises as `run_report` does.
    """
    from nq57kit.reports.kernels import warm_up
    from nq57kit.reports.report import prepare_report, read_basis
    from nq57kit.reports.run import run_report
    from nq57kit.reports.unchanged import content_key, find_unchanged, note_made

    parameters = order.parameters
    if order.force:
        warm_up()
    shared = basis or read_basis(parameters)
    key = content_key(parameters, shared, notebooks=order.notebooks, also=order.also)
    found = None if order.force else find_unchanged(order.out, parameters, key)
    if found is None:
        warm_up()
        if progress is not None:
            progress("tính số liệu")
        found = run_report(
            parameters,
            order.out,
            prepared=prepare_report(parameters, basis=shared),
            notebooks=order.notebooks,
            progress=progress,
            index=False,
            also=order.also,
        )
        note_made(order.out, parameters, key, found)
    if index:
        write_index(order.out)
    return found


def try_report(order: Order, basis: Basis | None = None) -> Made:
    """Make a report as `make_report` does, without the index; an error becomes its sentence.

    This is what an executor calls: the order, the basis and what comes back can be pickled.
    """
    stem = order.parameters.stem
    try:
        result = make_report(order, basis=basis, index=False)
    except (Nq57Error, OSError) as error:
        return Made(stem, error=str(error))
    except Exception as error:  # a defect that one report meets must not end the others
        if os.environ.get("NQ57_DEBUG"):
            raise
        return Made(stem, error=f"Lỗi trong chương trình ({type(error).__name__}); chạy lại với NQ57_DEBUG=1 để xem.")
    return Made(stem, result.paths, result.is_new)


def run_batch(
    orders: Iterable[Order],
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[Made], None] | None = None,
) -> BatchResult:
    """Make all reports of `orders`, at most `jobs` at a time, then the index of each of their folders.

    What reports of one period share is read once. `progress` is called with each as it ends; the result has the
    order of `orders`. A failure ends nothing; an interruption (ctrl-C) ends what runs, then passes on. Raises
    PlanError or StoreError if what the reports share cannot be read.

    Example:
        result = run_batch([Order(parameters, Path("bao-cao")) for parameters in every], jobs=4)
        [made.error for made in result.failed]
    """
    from nq57kit.reports.kernels import warm_up
    from nq57kit.reports.report import read_basis

    wanted = list(orders)
    if not wanted:
        return BatchResult(())
    warm_up(for_workers=True)
    shared = len({_shares(order.parameters) for order in wanted}) == 1
    basis = read_basis(wanted[0].parameters) if shared else None
    if basis is not None and wanted[0].parameters.kind == "unit":
        _ = basis.peers  # computed here, so that it is handed on with the rest
    if executor is None:
        from nq57kit.reports.workers import Workers

        executor = Workers(min(jobs or count_jobs(), len(wanted)))
    made: list[Made | None] = [None] * len(wanted)
    running = executor.run(wanted, basis)
    try:
        for number, one in running:
            made[number] = one
            if progress is not None:
                progress(one)
    finally:
        close = getattr(running, "close", None)
        if close is not None:
            close()
        for folder in dict.fromkeys(order.out for order in wanted):
            if folder.is_dir():
                write_index(folder)
    return BatchResult(tuple(one for one in made if one is not None))


def _shares(parameters: ReportParameters) -> tuple[object, ...]:
    """Return what decides on the inputs of a report: two that agree in it share them."""
    given = (parameters.register, parameters.judgements)
    return (parameters.store, parameters.plan, parameters.period, parameters.as_of, *given)


def count_jobs() -> int:
    """Return how many reports are made at once unless told otherwise: `_JOBS_PER_CORE`, fewer where memory is short.

    A notebook waits about half of its time: its client for the kernel, the kernel for the renderer.

    Example:
        >>> count_jobs() >= 1
        True
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    free = _free_memory()
    jobs = cores * _JOBS_PER_CORE
    return max(1, jobs if free is None else min(jobs, free // _MEMORY_OF_A_JOB))


def _free_memory() -> int | None:
    """Return the bytes of memory that are free for use, None where the system does not say it in a file (not Linux)."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None
