"""`import nq57kit` against `import polars`: what a program pays before it has asked for anything.

In: nothing. Out: medians of fresh processes in turn, with the ratio, as a section of RESULTS.md; exit code 1 where
the ratio is above the promise. `python -m benchmarks.imports --rounds 15`
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median
from typing import Final

import click

from benchmarks.results import describe_machine, make_table, write_section

_LIMIT: Final = 1.15
_WAYS: Final = {
    "python": ("nothing (Python's own start)", "pass"),
    "polars": ("`import polars`", "import polars"),
    "nq57kit": ("`import nq57kit`", "import nq57kit"),
    "both": ("`import nq57kit`, then `import polars`", "import nq57kit, polars"),
    "used": ("`from nq57kit import Store, kpis`", "from nq57kit import Store, kpis"),
}


def _measure(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code
    return time.perf_counter() - start


@click.command()
@click.option("--rounds", default=15, show_default=True, help="How often each import is measured.")
@click.option("--write/--no-write", default=True, show_default=True, help="Renew the section of RESULTS.md.")
def main(rounds: int, *, write: bool) -> None:
    """Measure imports in fresh processes; exit code 1 where nq57kit takes more than 1.15 times polars."""
    taken: dict[str, list[float]] = {way: [] for way in _WAYS}
    for _, code in _WAYS.values():
        _measure(code)  # once for the disk
    for number in range(rounds):
        for way in list(_WAYS)[:: 1 if number % 2 else -1]:
            taken[way].append(_measure(_WAYS[way][1]))
    medians = {way: median(times) for way, times in taken.items()}
    base = medians["polars"]
    rows = [[_WAYS[way][0], f"{1000 * seconds:.0f} ms", f"{seconds / base:.2f}"] for way, seconds in medians.items()]
    lines = [
        f"A fresh process each, in turn, from its start to its end; median of {rounds}. {describe_machine(['polars'])}.",
        "",
        *make_table(["", "time", "ratio to `import polars`"], rows),
    ]
    click.echo("\n".join(lines))
    if write:
        write_section("imports", lines)
    sys.exit(int(medians["nq57kit"] > _LIMIT * base))


if __name__ == "__main__":
    main()
