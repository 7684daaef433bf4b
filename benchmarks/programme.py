"""One annual report on stores of different sizes: one year, the whole programme, ten times the programme.

In: desks made by `benchmarks.masses` (where they are missing). Out: medians of rounds in which the stores take turns, each
report in a fresh process: time, CPU, peak memory; a section of RESULTS.md. `python -m benchmarks.programme --rounds 5`
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from benchmarks.masses import Mass, make_desk
from benchmarks.results import describe_machine, make_table, write_section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_YEAR: Final = "2026"
#: The programme: 58 units, ten halves. Its report may take so many times what it takes on the store of its year alone.
_PROGRAMME, _LIMIT = Mass(rows=60_000, units=58, science=600), 1.3
#: Ten times as many submissions: linear, so at most ten times as long.
_TENFOLD, _LINEAR = Mass(rows=600_000, units=580, science=6_000), 10.0


class Taken(NamedTuple):
    """What one report took: seconds by the clock and of the processors, and the peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


def _make(folder: Path) -> dict[str, Path]:
    """Return the three desks, made where they are missing."""
    desks = {name: folder / name for name in ("one year", "programme", "tenfold")}
    for name, mass in (("programme", _PROGRAMME), ("tenfold", _TENFOLD)):
        if not desks[name].exists():
            click.echo(f"making {name} …", err=True)
            make_desk(desks[name], mass)
    if not desks["one year"].exists():
        shutil.copytree(desks["programme"], desks["one year"])
        for half in (desks["one year"] / "kho" / "submissions").glob("period=*"):
            if not half.name.startswith(f"period={_YEAR}"):
                shutil.rmtree(half)
    return desks


def _measure(desk: Path, out: Path) -> Taken:
    command = [
        sys.executable,
        "-m",
        "nq57kit",
        "report",
        "annual",
        _YEAR,
        "--as-of",
        f"{_YEAR}-12-25",
        "--out",
        str(out),
    ]
    surroundings = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=desk, env=surroundings, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    _, status, used = os.wait4(process.pid, 0)  # POSIX alone: what a child took is asked of the system
    process.returncode = status
    if status:
        raise RuntimeError(f"{desk}: exit status {status}")
    return Taken(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _count(desk: Path) -> int:
    return sum(1 for _ in (desk / "kho" / "submissions").glob("*/*/*/receipt.json"))


def _report(medians: Mapping[str, Taken], counts: Mapping[str, int], rounds: int) -> list[str]:
    base, programme = medians["one year"], medians["programme"]
    rows = [
        [name, f"{counts[name]:,}", f"{one.wall:.2f} s", f"{one.cpu:.2f} s", f"{one.memory:.0f} MiB",
         f"{one.wall / base.wall:.2f}", f"{one.cpu / base.cpu:.2f}"]
        for name, one in medians.items()
    ]  # fmt: skip
    kept = {
        f"the programme against one year, at most {_LIMIT}": programme.wall / base.wall,
        f"ten times the submissions, at most {_LINEAR:g}": medians["tenfold"].wall / programme.wall,
    }
    return [
        f"`nq57kit report annual {_YEAR}` from the shell on synthetic stores (`benchmarks.masses`): the store of the year alone,",
        f"the whole programme (58 units, ten halves, {_PROGRAMME.rows:,} activities), and one ten times as large (580 units,",
        f"{_TENFOLD.rows:,} activities). Median of {rounds} rounds in fresh processes, in turn. {describe_machine(['polars'])}.",
        "Peak memory is that of the largest of the report's processes.",
        "",
        *make_table(["store", "submissions", "wall", "CPU", "peak memory", "wall against one year", "CPU"], rows),
        "",
        *make_table(["promised", "measured"], [[name, f"{ratio:.2f}"] for name, ratio in kept.items()]),
    ]


def _keeps(medians: Mapping[str, Taken]) -> bool:
    one, programme, tenfold = (medians[name].wall for name in ("one year", "programme", "tenfold"))
    return programme <= _LIMIT * one and tenfold <= _LINEAR * programme


@click.command()
@click.option("--rounds", default=3, show_default=True, help="How often each store is reported on.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the desks are made and kept for the next run.")
@click.option("--write/--no-write", default=True, show_default=True, help="Renew the section of RESULTS.md.")
def main(rounds: int, folder: Path | None, *, write: bool) -> None:
    """Measure an annual report on growing stores; exit code 1 where a promise is not kept."""
    with tempfile.TemporaryDirectory() as scratch:
        desks = _make(folder or Path(scratch))
        taken: dict[str, list[Taken]] = {name: [] for name in desks}
        for number in range(rounds):
            for name in list(desks)[:: 1 if number % 2 else -1]:
                taken[name].append(_measure(desks[name], Path(scratch) / f"{number}-{name}"))
                click.echo(f"{name} {taken[name][-1]}", err=True)
        medians = {name: _median(all_) for name, all_ in taken.items()}
        lines = _report(medians, {name: _count(desk) for name, desk in desks.items()}, rounds)
    click.echo("\n".join(lines))
    if write:
        write_section("programme", lines)
    sys.exit(int(not _keeps(medians)))


def _median(taken: Sequence[Taken]) -> Taken:
    return Taken(*(median(one[place] for one in taken) for place in range(len(Taken._fields))))


if __name__ == "__main__":
    main()
