"""Intake against mere reading: `nq57kit ingest` with every check, and openpyxl's read-only mode on the same files.

In: the sample year's second half, made anew. Out: medians of rounds in which the ways take turns, each time in
a fresh process: the work alone, and the whole process from its start. `python -m benchmarks.intake --rounds 7`
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import click

from benchmarks.results import describe_machine, make_table, write_section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HALF: Final = "2026-H2"
_BASE: Final = "openpyxl"
_COMMAND: Final = "command"
_LABELS: Final = {
    "openpyxl": "openpyxl, read-only: every cell read, nothing else",
    "check": "`check_many`: read, secrets, types, gate, all checks",
    "ingest": "`ingest`: check, comparison with the store, written and flushed",
    "command": "`nq57kit ingest`, the command itself",
}
#: What the command may take, wall and CPU, as a multiple of what openpyxl takes to read the cells alone.
_LIMIT: Final = 1.2
_COLUMNS: Final = ("work_wall", "work_cpu", "whole_wall", "whole_cpu")
Times = dict[str, float]


def _read_with_openpyxl(folder: Path, _: Path) -> int:
    import openpyxl

    count = 0
    for path in sorted(folder.glob("*.xlsx")):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for sheet in book.worksheets:
            for row in sheet.iter_rows(values_only=True):
                count += sum(value is not None for value in row)
        book.close()
    return count


def _check(folder: Path, _: Path) -> int:
    from nq57kit.submissions import check_many

    return len(check_many(sorted(folder.glob("*.xlsx"))))


def _ingest(folder: Path, store: Path) -> int:
    from nq57kit.store import ingest

    return len(ingest(folder, store).results)


_WAYS: Final[Mapping[str, Callable[[Path, Path], int]]] = {
    "openpyxl": _read_with_openpyxl,
    "check": _check,
    "ingest": _ingest,
    "command": _ingest,
}


def _load(way: str) -> None:
    """Import what a way needs, so that its work can be timed without that."""
    if way == _BASE:
        import openpyxl  # noqa: F401
    else:
        import pandera.polars  # noqa: F401

        import nq57kit.store
        import nq57kit.submissions.reading  # noqa: F401
        from nq57kit.plan import load_plan

        load_plan()


def _run_child(way: str, folder: Path, store: Path) -> None:
    """Do one way once and print what it took."""
    _load(way)
    wall, cpu = time.perf_counter(), time.process_time()
    count = _WAYS[way](folder, store)
    times = {"work_wall": time.perf_counter() - wall, "work_cpu": time.process_time() - cpu}
    click.echo(json.dumps(times | {"count": count}))


def _measure(way: str, folder: Path) -> Times:
    """Run one way in a fresh process, into a fresh store; CPU that of the process and of those that it started."""
    with tempfile.TemporaryDirectory() as scratch:
        store = f"{scratch}/kho"
        if way == _COMMAND:
            run = "import sys; from nq57kit.cli import main; sys.exit(main())"
            command = [sys.executable, "-c", run, "ingest", str(folder), "--store", store]
        else:
            command = [sys.executable, "-m", "benchmarks.intake", "--child", way, str(folder), "--store", store]
        before = _children_cpu()
        start = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
        wall = time.perf_counter() - start
    if done.returncode > 1:
        raise RuntimeError(done.stderr)
    times: Times = {} if way == _COMMAND else json.loads(done.stdout)
    return times | {"whole_wall": wall, "whole_cpu": _children_cpu() - before}


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(taken: Mapping[str, list[Times]], files: int, rounds: int) -> list[str]:
    medians = {
        way: {name: median(one[name] for one in all_) for name in _COLUMNS if name in all_[0]}
        for way, all_ in taken.items()
    }
    base = medians[_BASE]
    rows = [
        [
            _LABELS[way],
            *(f"{times[name]:.2f} s ({times[name] / base[name]:.2f})" if name in times else "" for name in _COLUMNS),
        ]
        for way, times in medians.items()
    ]
    header = ["", "work, wall", "work, CPU", "whole process, wall", "whole process, CPU"]
    return [
        f"The {files} workbooks of the sample year's {_HALF} (synthetic), median of {rounds} rounds in fresh processes,",
        f"in turn; in brackets the ratio to openpyxl. {describe_machine(['openpyxl', 'polars', 'python-calamine'])}.",
        "«Work» is timed after the imports, «whole process» from the start of Python. The command also prints its tables.",
        f"Promised: the command takes at most {_LIMIT} times what openpyxl takes, wall and CPU of the whole process.",
        "",
        *make_table(header, rows),
    ]


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--rounds", default=7, show_default=True, help="How often each way is measured.")
@click.option("--child", hidden=True, type=click.Choice(list(_WAYS)))
@click.option("--store", hidden=True, type=click.Path(path_type=Path), default=Path("kho"))
@click.option("--write/--no-write", default=True, show_default=True, help="Renew the section of RESULTS.md.")
def main(folder: Path | None, rounds: int, child: str | None, store: Path, *, write: bool) -> None:
    """Measure ingest against openpyxl's read-only mode; exit code 1 where the promise is not kept.

    FOLDER is a folder of workbooks; without it the sample year is made.
    """
    if child and folder:
        _run_child(child, folder, store)
        return
    with tempfile.TemporaryDirectory() as scratch:
        if folder is None:
            from nq57kit.sample import make_sample

            make_sample(Path(scratch))
            folder = Path(scratch) / _HALF
        taken: dict[str, list[Times]] = {way: [] for way in _WAYS}
        for number in range(rounds):
            for way in list(_WAYS)[:: 1 if number % 2 else -1]:
                taken[way].append(_measure(way, folder))
        lines = _report(taken, len(list(folder.glob("*.xlsx"))), rounds)
    click.echo("\n".join(lines))
    if write:
        write_section("intake", lines)
    kept = True
    for what in ("whole_wall", "whole_cpu"):
        base, command = (median(one[what] for one in taken[way]) for way in (_BASE, _COMMAND))
        kept &= command <= _LIMIT * base
    sys.exit(int(not kept))


if __name__ == "__main__":
    main()
