"""Reports against Jupyter's own commands: `nq57kit report`, and `papermill` + `jupyter nbconvert` on the same notebook.

In: the sample year, made anew. Out: medians of rounds in which the ways take turns: scorecards of all units (the commands
make a few of them, one after the other, and the time is scaled by number) and one annual report from the shell; and the peak of
memory of all processes of each way. `python -m benchmarks.reports --rounds 3`
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import click

from benchmarks.results import describe_machine, make_environment, make_table, write_section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_AS_OF: Final = "2026-12-25"
_HALF: Final = "2026-H2"
_YEAR: Final = "2026"
#: What must hold on two cores: name of the ratio, at least or at most, how much (issue 11).
_TARGETS: Final = (
    ("throughput of scorecards, against one after the other", "≥", 30.0),
    ("time of one annual report from the shell", "≤", 0.35),
)
_MARK: Final = "NQ57_BENCHMARK"


class _Bench:
    """The ways, each made to run once in a folder of its own and to give its seconds (per scorecard, or per report)."""

    def __init__(self, store: Path, scratch: Path, sampled: int) -> None:
        from nq57kit.plan import load_plan
        from nq57kit.reports import find_notebook

        plan = load_plan()
        self._units = plan.units_reporting(plan.period(_HALF))["unit_id"].to_list()
        # Spread over the register.
        self._sampled = self._units[:: max(1, len(self._units) // sampled)][:sampled]
        self._store, self._scratch, self._count = store, scratch, 0
        self._card, self._annual = find_notebook("unit"), find_notebook("annual")
        self.peaks: dict[str, int] = {}

    @property
    def units(self) -> int:
        """How many units report for the half."""
        return len(self._units)

    def ways(self) -> Mapping[str, Callable[[], float]]:
        """Return every way by name."""
        return {
            "cards": lambda: self._report("cards", "unit", _HALF, "--all") / len(self._units),
            "cards, commands": self._cards_by_commands,
            "annual": lambda: self._report("annual", "annual", _YEAR),
            "annual, commands": lambda: self._by_commands("annual, commands", self._annual, "-p", "year", _YEAR),
        }

    def _folder(self) -> Path:
        self._count += 1
        folder = self._scratch / str(self._count)
        folder.mkdir()
        return folder

    def _run(self, way: str, *command: str | Path, folder: Path) -> float:
        """Run a command to its end; return its seconds."""
        mark = uuid.uuid4().hex
        root = str(Path(__file__).resolve().parents[1])
        environment = make_environment(PYTHONPATH=root, PYTHONUTF8="1", **{_MARK: mark})
        with _watch(f"{_MARK}={mark}") as peak:
            start = time.perf_counter()
            subprocess.run(  # noqa: S603 - our own commands
                [sys.executable, "-m", *map(str, command)], cwd=folder, env=environment, check=True, capture_output=True
            )
            took = time.perf_counter() - start
        self.peaks[way] = max(self.peaks.get(way, 0), *peak)
        return took

    def _report(self, way: str, *arguments: str) -> float:
        folder = self._folder()
        given = ["--store", str(self._store), "--as-of", _AS_OF, "--out", str(folder)]
        return self._run(way, "nq57kit", "report", *arguments, *given, folder=folder)

    def _by_commands(self, way: str, notebook: Path, *given: str) -> float:
        """Make one report as Jupyter's commands do: execute the notebook, then make the page."""
        folder = self._folder()
        out = folder / "report.ipynb"
        parameters = ["-p", "store", str(self._store), "-p", "as_of", _AS_OF, *given]
        took = self._run(way, "papermill", "--no-progress-bar", notebook, out, *parameters, folder=folder)
        return took + self._run(way, "nbconvert", "--to", "nq57-html", out, folder=folder)

    def _cards_by_commands(self) -> float:
        way = "cards, commands"
        taken = [
            self._by_commands(way, self._card, "-p", "period", _HALF, "-p", "unit_id", unit) for unit in self._sampled
        ]
        return sum(taken) / len(taken)


@contextmanager
def _watch(mark: str) -> Iterator[list[int]]:
    """Watch the memory of all processes that have `mark` in their environment; the list holds the peak (bytes) afterwards.

    Pages that processes share are counted once. Where there is no `/proc` (not Linux) it stays 0.
    """
    peak, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            total = 0
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    if mark.encode() in (process / "environ").read_bytes():
                        rollup = (process / "smaps_rollup").read_text(encoding="ascii")
                        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
                except (OSError, ValueError):
                    continue
            peak[0] = max(peak[0], total * 1024)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _ratios(medians: Mapping[str, float]) -> list[float]:
    return [medians["cards, commands"] / medians["cards"], medians["annual"] / medians["annual, commands"]]


def _hold(ratios: Sequence[float]) -> list[bool]:
    return [
        ratio >= wanted if sign == "≥" else ratio <= wanted
        for ratio, (_, sign, wanted) in zip(ratios, _TARGETS, strict=True)
    ]


def _tell(taken: Mapping[str, list[float]], bench: _Bench, sampled: int, rounds: int) -> list[str]:
    medians = {way: median(times) for way, times in taken.items()}
    ratios = _ratios(medians)
    rows = [[way, f"{seconds:.2f} s", f"{bench.peaks[way] / 2**20:.0f} MiB"] for way, seconds in medians.items()]
    held = [
        [name, f"{sign} {wanted:g}", f"{ratio:.2f}", "yes" if good else "**no**"]
        for (name, sign, wanted), ratio, good in zip(_TARGETS, ratios, _hold(ratios), strict=True)
    ]
    libraries = ["papermill", "nbconvert", "nbclient", "ipykernel", "ipython", "polars", "altair"]
    return [
        f"The sample year (synthetic), median of {rounds} rounds in which the ways take turns. {describe_machine(libraries)}.",
        f"«Commands» are `papermill` and `jupyter nbconvert --to nq57-html` on the same notebooks. All {bench.units} scorecards",
        f"are made by one `nq57kit report unit {_HALF} --all`, its start included; the commands make {sampled} of them, spread over",
        "the register, one after the other, and the time is told per scorecard. Memory is the peak of all processes of a way together.",
        "",
        *make_table(["", "median", "peak memory"], rows),
        "",
        *make_table(["ratio", "wanted", "measured", "holds"], held),
    ]


@click.command()
@click.option("--rounds", default=3, show_default=True, help="How often each way is measured.")
@click.option("--sampled", default=4, show_default=True, help="How many scorecards the commands make in a round.")
@click.option("--write/--no-write", default=True, show_default=True, help="Renew the section of RESULTS.md.")
def main(rounds: int, sampled: int, *, write: bool) -> None:
    """Measure reports against Jupyter's own commands; exit code 1 where a ratio does not hold."""
    from nq57kit.sample import make_sample
    from nq57kit.store import Store, ingest

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_sample(folder / "sample")
        store = Store.create(folder / "kho")
        ingest(folder / "sample", store)
        bench = _Bench(store.folder, folder, sampled)
        ways = bench.ways()
        for way in ways.values():  # once for the disk, and to compile what was not installed
            way()
        bench.peaks.clear()
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(rounds):
            for way in list(ways)[:: 1 if number % 2 else -1]:
                taken[way].append(ways[way]())
        lines = _tell(taken, bench, sampled, rounds)
    click.echo("\n".join(lines))
    if write:
        write_section("reports", lines)
    sys.exit(int(not all(_hold(_ratios({way: median(times) for way, times in taken.items()})))))


if __name__ == "__main__":
    main()
