"""What a program or a person pays before any work is done: importing nq57kit, its help page, who has sent.

In: nothing. Out: medians of fresh processes in turn, with the ratios, as a section of RESULTS.md; exit code 1 where a ratio
is above its promise. `python -m benchmarks.imports --rounds 15`
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

import click

from benchmarks.results import describe_machine, make_environment, make_table, write_section
from nq57kit.sample import make_sample
from nq57kit.starters import init_desk
from nq57kit.store import Store, ingest

_CHECKED: Final = "NQ57_2026-H2_vu-tccb.xlsx"
_DAY: Final = ("--as-of", "2026-12-25")
#: What is measured: the words, the arguments of Python, what it is compared with, the promise.
_WAYS: Final = {
    "polars": ("`import polars`", ["-c", "import polars"], "polars", None),
    "nq57kit": ("`import nq57kit`", ["-c", "import nq57kit"], "polars", 1.15),
    "click": ("`import click, polars`", ["-c", "import click, polars"], "click", None),
    "pandera": ("`import click, pandera.polars` (the gate)", ["-c", "import click, pandera.polars"], "click", None),
    **{
        way: (f"`nq57kit {' '.join(said)}`", ["-m", "nq57kit", *said, *more], base, promise)
        for way, said, more, base, promise in (
            ("help", ["--help"], (), "click", 1.5),
            ("status", ["status", "2026-H2"], _DAY, "click", 1.5),
            ("plan", ["plan", "units"], (), "click", 1.5),
            ("check", ["check", _CHECKED], (), "pandera", 1.5),
            ("report", ["report", "annual", "2026"], _DAY, "click", None),
        )
    },
}


def _measure(arguments: list[str], folder: Path) -> float:
    command = [sys.executable, *arguments]
    start = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own
        command, check=True, cwd=folder, env=make_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - start


@click.command()
@click.option("--rounds", default=15, show_default=True, help="How often each is measured.")
@click.option("--write/--no-write", default=True, show_default=True, help="Renew the section of RESULTS.md.")
def main(rounds: int, *, write: bool) -> None:
    """Measure in fresh processes, in a folder with the sample year's store; exit code 1 where a promise is broken."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # A desk as `nq57kit init` makes it: with a plan folder of its own, that says what the packaged one says.
        desk = init_desk(folder)
        make_sample(folder / "nhan-ve")
        ingest(folder / "nhan-ve", Store(desk.store))
        shutil.copy(folder / "nhan-ve" / "2026-H2" / _CHECKED, folder)
        taken: dict[str, list[float]] = {way: [] for way in _WAYS}
        for number in range(-1, rounds):  # the first time is for the disk
            for way in list(_WAYS)[:: 1 if number % 2 else -1]:
                seconds = _measure(_WAYS[way][1], folder)
                if number >= 0:
                    taken[way].append(seconds)
    medians = {way: median(times) for way, times in taken.items()}
    rows, broken = [], False
    for way, (words, _, base, promise) in _WAYS.items():
        ratio = medians[way] / medians[base]
        broken |= promise is not None and ratio > promise
        told = f"{ratio:.2f} × {_WAYS[base][0]}" if way != base else ""
        rows.append([words, f"{1000 * medians[way]:.0f} ms", told, f"≤ {promise}" if promise else ""])
    machine = describe_machine(["polars", "click"])
    lines = [
        f"A fresh process each, in turn, from its start to its end, at a desk with the sample year; median of {rounds}. {machine}.",
        "",
        *make_table(["", "time", "ratio", "promise"], rows),
    ]
    click.echo("\n".join(lines))
    if write:
        write_section("imports", lines)
    sys.exit(int(broken))


if __name__ == "__main__":
    main()
