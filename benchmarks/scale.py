"""All indicators at scale against bare polars: five years of a synthetic ministry, from the store to every figure.

In: stores made by `benchmarks.masses` (where they are missing, which takes minutes). Out: medians of rounds in which the
two take turns in fresh processes, the ratio, the peak memory; a section of RESULTS.md. The frames of both are compared
and must be equal. `python -m benchmarks.scale --rows 10`
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import click

from benchmarks.results import describe_machine, make_table, write_section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

_MILLION: Final = 1_000_000
_WAYS: Final = ("bare", "ours")
#: What is promised: at most so many times bare polars, and so many MiB.
_RATIO, _MEMORY = 1.5, 1536.0
#: The frames that are compared, with the columns that both have.
_COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "reporting": ("unit_id", "period", "state", "on_time", "revision"),
    "completeness": ("period", "group", "numerator", "denominator", "empty"),
    "timeliness": ("period", "group", "numerator", "denominator", "empty"),
    "kpis": ("indicator", "numerator", "denominator"),
    "task_status": ("task_id", "unit_id", "status", "reported_status", "due_on", "completed_on", "period"),
    "task_summary": ("task_id", "status", "units"),
    "completion": ("numerator", "denominator"),
    **{
        f"by_{name}": (key, "activities", "quantity", "reach", "reach_reported", "cost_vnd")
        for name, key in (("type", "activity_type"), ("channel", "channel"), ("task", "task_id"), ("group", "group"))
    },
    "by_month": ("month", "activity_type", "quantity", "reach"),
    "left_out": ("table", "unit_id", "period", "source_row", "what"),
    "science_tasks": ("code", "name", "level", "communicated", "communicated_on", "channel", "disagreement"),
    "workforce": ("group", "units", "staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained"),
    "budget_by_task": ("task_id", "planned_vnd", "allocated_vnd", "disbursed_vnd"),
    "budget_by_source": ("funding_source", "planned_vnd", "allocated_vnd", "disbursed_vnd"),
    "budget": ("planned_vnd", "allocated_vnd", "disbursed_vnd"),
    "difficulties": ("category", "count"),
    "issues": ("unit_id", "category", "description"),
}
Measured = dict[str, float]


def _compute_ours(desk: Path, plan: Any) -> Iterable[tuple[int, Mapping[str, pl.DataFrame]]]:
    from dataclasses import fields

    from nq57kit.indicators import Results, compute
    from nq57kit.reports.report import read_inputs
    from nq57kit.store import Store

    store = Store(desk / "kho", plan=plan).snapshot()
    for year in _years(plan):
        results = compute(read_inputs(store, plan, plan.period(str(year)), _day(year)))
        names = [one.name for one in fields(Results) if one.name not in ("inputs", "activities")]
        yield year, {name: getattr(results, name) for name in names}


def _compute_bare(desk: Path, plan: Any) -> Iterable[tuple[int, Mapping[str, pl.DataFrame]]]:
    from benchmarks.scale_bare import compute_year, read_known

    known = read_known(desk / "kho", plan)
    for year in _years(plan):
        yield year, compute_year(known, year, _day(year))


def _years(plan: Any) -> range:
    return range(plan.settings.first_year, plan.settings.last_year + 1)


def _day(year: int) -> date:
    return date(year, 12, 25)


def _run_child(way: str, desk: Path, out: Path | None) -> None:
    """Compute all years once in this process and print what it took; with `out`, keep the frames."""
    import nq57kit.indicators
    import nq57kit.store.store  # noqa: F401
    from nq57kit.plan import load_plan

    plan = load_plan(desk / "ke-hoach")
    plan.leads()
    start_memory = _peak_memory()
    wall, cpu = time.perf_counter(), time.process_time()
    compute = _compute_ours if way == "ours" else _compute_bare
    for year, frames in compute(desk, plan):
        if out is not None:
            for name in _COMPARED.keys() & frames.keys():
                frames[name].write_parquet(out / f"{year}-{name}.parquet")
    taken = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    click.echo(json.dumps(taken | {"memory": _peak_memory(), "before": start_memory}))


def _peak_memory() -> float:
    """Return the most memory that this process has had, in MiB."""
    import resource  # POSIX alone: the benchmark is not run on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _measure(way: str, desk: Path, out: Path | None = None) -> Measured:
    command = [sys.executable, "-m", "benchmarks.scale", "--child", way, "--desk", str(desk)]
    if out is not None:
        out.mkdir()
        command += ["--out", str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own command
    measured: Measured = json.loads(done.stdout)
    return measured


def _compare(folder: Path) -> int:
    """Assert that both ways gave the same frames; return how many were compared."""
    import polars as pl
    from polars.testing import assert_frame_equal

    number = 0
    for path in sorted((folder / "ours").glob("*.parquet")):
        columns = _COMPARED[path.stem.partition("-")[2]]
        ours, bare = (pl.read_parquet(folder / way / path.name).select(columns) for way in ("ours", "bare"))
        if path.stem.endswith("kpis"):
            ours = ours.filter(pl.col("denominator").is_not_null())
        assert_frame_equal(
            ours,
            bare.cast(dict(ours.schema)),
            check_row_order=False,  # type: ignore[arg-type]
        )
        number += 1
    return number


def _make(folder: Path, rows: int, units: int, science: int) -> Path:
    """Return the desk with a store of this size, made where it is missing."""
    from benchmarks.masses import Mass, make_desk

    desk = folder / f"{rows}-{units}-{science}"
    if not desk.exists():
        click.echo(f"making {desk} …", err=True)
        make_desk(desk, Mass(rows, units, science))
    return desk


def _report(taken: Mapping[int, Mapping[str, Sequence[Measured]]], rounds: int, compared: int, sizes: str) -> list[str]:
    medians = {
        rows: {way: {name: median(one[name] for one in all_) for name in all_[0]} for way, all_ in ways.items()}
        for rows, ways in taken.items()
    }
    table = []
    for rows, ways in medians.items():
        ours, bare = ways["ours"], ways["bare"]
        table.append([
            f"{rows / _MILLION:g} million", f"{bare['wall']:.2f} s", f"{ours['wall']:.2f} s",
            f"{ours['wall'] / bare['wall']:.2f}", f"{ours['cpu'] / bare['cpu']:.2f}",
            f"{bare['memory']:.0f} MiB", f"{ours['memory']:.0f} MiB",
        ])  # fmt: skip
    header = ["activity rows", "bare polars", "nq57kit", "ratio", "ratio of CPU",
              "peak, bare", "peak, nq57kit"]  # fmt: skip
    return [
        f"Every figure of the annual reports of five years, one after the other, {sizes}; median of {rounds} rounds in",
        f"fresh processes, in turn. {describe_machine(['polars'])}.",
        "Synthetic store by `benchmarks.masses`. «Bare polars» are queries on the same Parquet files that",
        f"give the same frames (`benchmarks/scale_bare.py`; {compared} frames of each size compared, all equal), without",
        "receipts as objects or reasons. Time from the open plan to the last frame; the plan",
        "itself (imports, its checks) is loaded before, by both. Peak memory is that of the whole process.",
        f"Promised at ten million rows: at most {_RATIO} times bare polars, at most {_MEMORY:.0f} MiB.",
        "",
        *make_table(header, table),
    ]


@click.command()
@click.option("--rows", default="10", show_default=True, help="Millions of activity rows, by commas.")
@click.option("--units", default=100, show_default=True, help="Each sends ten halves.")
@click.option("--science", default=20_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Where stores are made and kept for the next run.")
@click.option("--write/--no-write", default=True, show_default=True, help="Renew the section of RESULTS.md.")
@click.option("--child", hidden=True, type=click.Choice(_WAYS))
@click.option("--desk", hidden=True, type=click.Path(path_type=Path))
@click.option("--out", hidden=True, type=click.Path(path_type=Path))
def main(
    rows: str, units: int, science: int, rounds: int, folder: Path | None, *, write: bool,
    child: str | None, desk: Path | None, out: Path | None,
) -> None:  # fmt: skip
    """Measure all indicators at scale; exit code 1 where a promise of docs/scale.md is not kept."""
    if child and desk:
        _run_child(child, desk, out)
        return
    with tempfile.TemporaryDirectory() as scratch:
        sizes = [round(float(one) * _MILLION) for one in rows.split(",")]
        desks = {size: _make(folder or Path(scratch), size, units, science) for size in sizes}
        taken: dict[int, dict[str, list[Measured]]] = {size: {way: [] for way in _WAYS} for size in sizes}
        compared = 0
        for number in range(rounds):
            for size in sizes:
                for way in _WAYS[:: 1 if number % 2 else -1]:
                    kept = None if number else Path(scratch) / str(size) / way
                    if kept is not None:
                        kept.parent.mkdir(exist_ok=True)
                    taken[size][way].append(_measure(way, desks[size], kept))
                    click.echo(f"{size} {way} {taken[size][way][-1]}", err=True)
                if not number:
                    compared = _compare(Path(scratch) / str(size))
        lines = _report(taken, rounds, compared, f"{units:,} units and {science:,} science tasks")
        if write:
            write_section("scale", lines)
    click.echo("\n".join(lines))
    sys.exit(int(not _keeps(taken)))


def _keeps(taken: Mapping[int, Mapping[str, Sequence[Measured]]]) -> bool:
    def of(size: int, way: str, name: str) -> float:
        return median(one[name] for one in taken[size][way])

    kept = all(of(size, "ours", "memory") <= _MEMORY for size in taken)
    at = [size for size in taken if size >= 10 * _MILLION]  # with fewer rows, opening files decides
    return kept and all(of(size, "ours", "wall") <= _RATIO * of(size, "bare", "wall") for size in at)


if __name__ == "__main__":
    main()
