"""A synthetic year: real .xlsx workbooks of the register's units for both halves, made from a seed.

In: a folder and a seed. Out: `<folder>/2026-H1` and `<folder>/2026-H2` with the workbooks and their `sent.csv`.
Every workbook says in its sheets' titles that its figures are no body's.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from nq57kit.files import write_atomically
from nq57kit.sample.records import UnitYear
from nq57kit.sample.schedule import Arrival, plan_year
from nq57kit.sample.spoil import spoil
from nq57kit.submissions.form import write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nq57kit.plan import Period, Plan

__all__ = ["SAMPLE_NOTICE", "make_sample"]

#: What is said wherever synthetic data are shown.
SAMPLE_NOTICE: Final = "Dữ liệu giả lập – không phải số liệu của đơn vị nào"
_SENT_COLUMNS = ("file", "sent_at", "reference_number")


def make_sample(
    folder: Path,
    *,
    seed: int = 57,
    year: int = 2026,
    plan: Plan | None = None,
    progress: Callable[..., None] | None = None,
) -> list[Path]:
    """Write a synthetic year of submissions to `folder`; return every file written, `sent.csv` last in each half.

    The same seed, year and plan give the same bytes. `progress` is called with the path of each workbook once it is
    written. Some units are late, some missing, some corrected («_v1», «_v2»), one in error, one empty. Raises
    PeriodError for a year outside the plan, OSError as the system gives it.

    Example:
        >>> make_sample(Path("giả-lập"))[-1].as_posix()  # doctest: +SKIP
        'giả-lập/2026-H2/sent.csv'
    """
    if plan is None:
        from nq57kit.plan import load_plan

        plan = load_plan()
    story = plan_year(plan, plan.period(str(year)).halves, seed)
    written: list[Path] = []
    for half, arrivals in story.halves:
        sent: list[tuple[str, str, str]] = []
        for arrival in arrivals:
            shares = _shares(arrival.unit_id, story.sharers)
            unit_year = UnitYear(plan.unit(arrival.unit_id), plan, year, seed, shares)
            path = folder / str(half) / _file_name(half, arrival)
            number = unit_year.reference_number(half, arrival.version)
            _write(path, unit_year, half, arrival, number)
            sent.append((path.name, arrival.sent_at.isoformat(), number))
            written.append(path)
            if progress is not None:
                progress(path)
        written.append(write_atomically(folder / str(half) / "sent.csv", _sent_text(sent)))
    return written


def _write(path: Path, unit_year: UnitYear, half: Period, arrival: Arrival, number: str) -> None:
    if arrival.kind == "empty":
        records = unit_year.empty_records(half, arrival.sent_at)
    else:
        records = spoil(unit_year.records(half, arrival.sent_at), arrival.kind, half)
    records["cover"][0]["reference_number"] = number
    write_workbook(
        path,
        unit_id=arrival.unit_id,
        period=half,
        plan=unit_year.plan,
        records=records,
        notice=SAMPLE_NOTICE,
    )


def _shares(unit_id: str, sharers: Sequence[str]) -> bool | None:
    return unit_id != sharers[-1] if unit_id in sharers else None


def _file_name(half: Period, arrival: Arrival) -> str:
    version = f"_v{arrival.version}" if arrival.version else ""
    return f"NQ57_{half}_{arrival.unit_id}{version}.xlsx"


def _sent_text(rows: Sequence[tuple[str, str, str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows([_SENT_COLUMNS, *sorted(rows)])
    return stream.getvalue()
