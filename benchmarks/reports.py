"""Reports against Jupyter's own commands: `nq57kit report`, and `papermill` + `jupyter nbconvert` on the same notebook.

In: the sample year, made anew. Out: medians of rounds in which the ways take turns: scorecards of all units (the commands
make a few of them, one after the other and two at a time, scaled by number), one annual report from the shell, and the
second one of a session. `python -m benchmarks.reports --rounds 3`
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import click

from benchmarks.results import describe_machine, make_table, write_section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_AS_OF: Final = "2026-12-25"
_HALF: Final = "2026-H2"
_YEAR: Final = "2026"
#: What must hold on two cores: name of the ratio, at least or at most, how much.
_TARGETS: Final = (
    ("throughput of scorecards, against one after the other", "≥", 20.0),
    ("throughput of scorecards, against two at a time", "≥", 10.0),
    ("time of one annual report from the shell", "≤", 0.5),
    ("time of the second annual report in a session", "≤", 0.2),
)
_SESSION: Final = """
import sys, time
from pathlib import Path
from nq57kit.reports import Order, make_report, read_parameters
store, out = sys.argv[1:]
def make(number):
    parameters = read_parameters("annual", {"store": store, "year": 2026, "as_of": "2026-12-25"})
    start = time.perf_counter()
    make_report(Order(parameters, Path(out) / str(number), force=True))
    return time.perf_counter() - start
make(1)
print(make(2))
"""


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(  # noqa: S603 - our own commands
        list(map(str, command)), cwd=cwd, check=True, capture_output=True, encoding="utf-8", env=_surroundings()
    )
    return done.stdout


def _surroundings() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[1])
    return {**os.environ, "PYTHONPATH": root, "PYTHONUTF8": "1"}


def _time(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _by_commands(notebook: Path, store: Path, folder: Path, name: str, *given: str) -> None:
    """Make one report as Jupyter's commands do: execute the notebook, then make the page."""
    out = folder / f"{name}.ipynb"
    parameters = ["-p", "store", str(store), "-p", "as_of", _AS_OF, *given]
    _run(sys.executable, "-m", "papermill", "--no-progress-bar", notebook, out, *parameters, cwd=folder)
    _run(sys.executable, "-m", "nbconvert", "--to", "nq57-html", out, cwd=folder)


class _Bench:
    """The ways, each made to run once in a folder of its own and to give its seconds (per scorecard, or per report)."""

    def __init__(self, store: Path, scratch: Path, sampled: int) -> None:
        from nq57kit.plan import load_plan
        from nq57kit.reports import find_notebook

        plan = load_plan()
        self._units = plan.units_reporting(plan.period(_HALF))["unit_id"].to_list()
        # Spread over the register, an even number for the two at a time.
        self._sampled = self._units[:: max(1, len(self._units) // sampled)][:sampled]
        self._store, self._scratch, self._count = store, scratch, 0
        self._card, self._annual = find_notebook("unit"), find_notebook("annual")

    @property
    def units(self) -> int:
        """How many units report for the half."""
        return len(self._units)

    def ways(self) -> Mapping[str, Callable[[], float]]:
        """Return every way by name."""
        return {
            "cards": self._cards,
            "cards, commands": lambda: self._cards_by_commands(1),
            "cards, commands, two at a time": lambda: self._cards_by_commands(2),
            "annual": self._annual_from_the_shell,
            "annual, second in a session": self._second_annual,
            "annual, commands": self._annual_by_commands,
        }

    def _folder(self) -> Path:
        self._count += 1
        folder = self._scratch / str(self._count)
        folder.mkdir()
        return folder

    def _report(self, *arguments: str) -> float:
        folder = self._folder()
        command = [
            sys.executable,
            "-m",
            "nq57kit",
            "report",
            *arguments,
            "--store",
            str(self._store),
            "--as-of",
            _AS_OF,
        ]
        return _time(lambda: _run(*command, "--out", folder, cwd=folder))

    def _cards(self) -> float:
        return self._report("unit", _HALF, "--all") / len(self._units)

    def _cards_by_commands(self, at_once: int) -> float:
        folder = self._folder()

        def make(unit: str) -> None:
            _by_commands(self._card, self._store, folder, unit, "-p", "period", _HALF, "-p", "unit_id", unit)

        def make_all() -> None:
            with ThreadPoolExecutor(at_once) as pool:
                list(pool.map(make, self._sampled))

        return _time(make_all) / len(self._sampled)

    def _annual_from_the_shell(self) -> float:
        return self._report("annual", _YEAR)

    def _second_annual(self) -> float:
        folder = self._folder()
        return float(_run(sys.executable, "-c", _SESSION, self._store, folder, cwd=folder))

    def _annual_by_commands(self) -> float:
        folder = self._folder()
        return _time(lambda: _by_commands(self._annual, self._store, folder, "annual", "-p", "year", _YEAR))


def _ratios(medians: Mapping[str, float]) -> list[float]:
    return [
        medians["cards, commands"] / medians["cards"],
        medians["cards, commands, two at a time"] / medians["cards"],
        medians["annual"] / medians["annual, commands"],
        medians["annual, second in a session"] / medians["annual, commands"],
    ]


def _hold(ratios: Sequence[float]) -> list[bool]:
    return [
        ratio >= wanted if sign == "≥" else ratio <= wanted
        for ratio, (_, sign, wanted) in zip(ratios, _TARGETS, strict=True)
    ]


def _tell(taken: Mapping[str, list[float]], units: int, sampled: int, rounds: int) -> list[str]:
    medians = {way: median(times) for way, times in taken.items()}
    ratios = _ratios(medians)
    cards = [[name, f"{seconds:.2f} s"] for name, seconds in medians.items() if name.startswith("cards")]
    annual = [[name, f"{seconds:.2f} s"] for name, seconds in medians.items() if name.startswith("annual")]
    held = [
        [name, f"{sign} {wanted:g}", f"{ratio:.2f}", "yes" if good else "**no**"]
        for (name, sign, wanted), ratio, good in zip(_TARGETS, ratios, _hold(ratios), strict=True)
    ]
    libraries = ["papermill", "nbconvert", "nbclient", "ipykernel", "polars", "altair"]
    return [
        f"The sample year (synthetic), median of {rounds} rounds in which the ways take turns. {describe_machine(libraries)}.",
        f"«Commands» are `papermill` and `jupyter nbconvert --to nq57-html` on the same notebooks. All {units} scorecards are",
        f"made by one `nq57kit report unit {_HALF} --all`, its start included; the commands make {sampled} of them, spread over",
        "the register, and the time is told per scorecard.",
        "",
        *make_table(["", "median"], [*cards, *annual]),
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
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(rounds):
            for way in list(ways)[:: 1 if number % 2 else -1]:
                taken[way].append(ways[way]())
        lines = _tell(taken, bench.units, sampled, rounds)
    click.echo("\n".join(lines))
    if write:
        write_section("reports", lines)
    sys.exit(int(not all(_hold(_ratios({way: median(times) for way, times in taken.items()})))))


if __name__ == "__main__":
    main()
