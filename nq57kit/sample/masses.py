"""A synthetic ministry at scale: thousands of units over all halves of the plan, made from a seed.

In: a size (rows of activities, units, science tasks) and a plan whose register has the units. Out: the register of
units, and accepted submissions as typed frames, half by half. No workbook is written: what is measured with these data
is the way from the store to the figures. Every name says that it is made up («giả lập»).
"""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.sample.mass_tables import (
    MASS_GROUPS,
    Mass,
    below,
    halves_of,
    make_activities,
    make_budget,
    make_cover,
    make_issues,
    make_progress,
    make_science,
    make_workforce,
    mix,
)
from nq57kit.sample.records import MARK
from nq57kit.submissions import TABLES, frame_columns
from nq57kit.submissions.accepted import Accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from nq57kit.plan import Period, Plan

__all__ = ["MASS_GROUPS", "Mass", "halves_of", "make_half", "more_units"]

#: Communes among 5,000 units: as many as the country has (3,321) in proportion.
_COMMUNES: Final = (3321, 5000)
#: Rows made at a time, so that memory does not grow with the size asked for.
_CHUNK: Final = 200_000
#: In thousandths: units that send nothing, send late, send twice.
_SILENT, _LATE, _TWICE = 20, 40, 10


def more_units(plan: Plan, units: int) -> list[dict[str, str]]:
    """Return the rows of `units.csv` for the made-up units that the register lacks to have `units` that report.

    Raises ParameterError for fewer units than the register has.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> plan = load_plan()
        >>> more_units(plan, plan.units["reports"].sum() + 1)[0]["name"]
        'Xã giả lập 0001'
    """
    there = int(plan.units["reports"].sum())
    if units < there:
        raise ParameterError(
            f"--units {units}: danh mục đã có {there} đơn vị phải báo cáo; ghi một số từ {there} trở lên."
        )
    wanted = units - there
    communes = -(-wanted * _COMMUNES[0] // _COMMUNES[1])
    (commune, *_), (other, *_) = MASS_GROUPS
    kinds = [("xa-gl", "Xã giả lập", commune, communes), ("dv-gl", "Đơn vị giả lập", other, wanted - communes)]
    return [
        {"unit_id": f"{slug}-{number:04d}", "name": f"{words} {number:04d}", "short_name": f"{words} số {number:04d}",
         "groups": group, "basis": "unverified", "reports": "true"}
        for slug, words, group, count in kinds
        for number in range(1, count + 1)
    ]  # fmt: skip


def make_half(mass: Mass, plan: Plan, number: int) -> Iterator[Accepted]:
    """Yield the submissions of the half `number` (its place in `halves_of`), in the order of the units' ids.

    The same mass and plan give the same submissions, whichever halves are made, and where.
    """
    half = halves_of(plan)[number]
    units = sorted(plan.units_reporting(half)["unit_id"].to_list())
    counts, first = _share_rows(mass, plan, number, units)
    science = make_science(mass, plan, half, number, units)
    start = 0
    while start < len(units):
        end, rows = start, 0
        while end < len(units) and (rows < _CHUNK or end == start):
            rows += counts[end]
            end += 1
        chunk = units[start:end]
        sent = _Chunk(mass, plan, half, number, chunk, start, counts[start:end], first)
        yield from _submissions(sent, science)
        first += rows
        start = end


def _share_rows(mass: Mass, plan: Plan, number: int, units: Sequence[str]) -> tuple[list[int], int]:
    """Return the activity rows of each unit in a half, and how many rows the halves before have."""
    weights = [_weights(mass, place, len(plan.units_reporting(half))) for place, half in enumerate(halves_of(plan))]
    before, total = sum(map(sum, weights[:number])), sum(map(sum, weights)) or 1
    marks = [before, *accumulate(weights[number], initial=before)][1:]
    shares = [mark * mass.rows // total for mark in marks]
    return [later - earlier for earlier, later in pairwise(shares)], shares[0]


def _weights(mass: Mass, number: int, units: int) -> list[int]:
    """How busy each unit is in a half: none (it sends nothing), or 1 to 3."""
    return [
        0 if below(mix(unit, mass.seed, number, 1), _SILENT) else 1 + mix(unit, mass.seed, 2) % 3
        for unit in range(units)
    ]


class _Chunk(NamedTuple):
    """Some units of a half: `offset` is the place of the first in it, `first` the number of its first row."""

    mass: Mass
    plan: Plan
    half: Period
    number: int
    units: Sequence[str]
    offset: int
    counts: Sequence[int]
    first: int


def _submissions(chunk: _Chunk, science: pl.DataFrame) -> Iterator[Accepted]:
    """Yield the submissions of some units."""
    mass, plan, half, number, units, offset, counts, first = chunk
    weights = _weights(mass, number, offset + len(units))[offset:]
    people = pl.DataFrame({"unit": units, "place": range(offset, offset + len(units)), "rows": counts})
    led = (
        plan.leads(half)
        .filter(pl.col("unit_id").is_in(units))
        .group_by(unit="unit_id")
        .agg(led=pl.col("task_id").sort())
    )
    people = people.join(led, on="unit", how="left", maintain_order="left").with_columns(
        led=pl.col("led").fill_null(pl.lit([1], dtype=pl.List(pl.Int64)))
    )
    frames = {
        "cover": make_cover(mass, half, number, people),
        "activities": make_activities(mass, half, number, people, first),
        "science_tasks": science.filter(pl.col("unit").is_in(units)),
        "workforce": make_workforce(mass, number, people),
        "task_progress": make_progress(mass, plan, half, number, people),
        "budget": make_budget(mass, number, people),
        "issues": make_issues(mass, number, people),
    }
    parts = {name: _cut(name, frame) for name, frame in frames.items()}
    for index, unit in enumerate(units):
        if weights[index]:
            tables = {name: parts[name][unit] for name in frames if unit in parts[name]}
            yield from _send(chunk, unit, offset + index, tables)


def _cut(name: str, frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the rows of each unit, in the columns that a submission's table has."""
    columns = [column for column in frame_columns(name) if column not in ("unit_id", "period")]
    typed = frame.with_columns(source_sheet=pl.lit(TABLES[name].sheet)).select(
        pl.col(column).cast(frame_columns(name)[column]) for column in columns
    )
    lengths = frame["unit"].rle().struct.unnest()
    ends = lengths["len"].cum_sum().to_list()
    return {
        unit: typed.slice(end - length, length)
        for unit, length, end in zip(lengths["value"], lengths["len"], ends, strict=True)
    }


def _send(chunk: _Chunk, unit: str, place: int, tables: Mapping[str, pl.DataFrame]) -> Iterator[Accepted]:
    """Yield a unit's submission; now and then an earlier one with half of the activities before it."""
    mass, half, number = chunk.mass, chunk.half, chunk.number
    chance = mix(place, mass.seed, number, 3)
    days = -(chance % 10) if below(mix(place, mass.seed, number, 4), _LATE) else 1 + chance % 30
    sent_at = half.deadline - timedelta(days=days, minutes=1 + chance % 600)
    if below(mix(place, mass.seed, number, 5), _TWICE):
        acts = tables.get("activities")
        fewer = {} if acts is None else {"activities": acts.head(acts.height // 2)}
        yield _submission(chunk, unit, place, (sent_at - timedelta(days=5), 1), {**tables, **fewer})
    yield _submission(chunk, unit, place, (sent_at, 2), tables)


def _submission(
    chunk: _Chunk, unit: str, place: int, sent: tuple[datetime, int], tables: Mapping[str, pl.DataFrame]
) -> Accepted:
    mass, half = chunk.mass, chunk.half
    sent_at, version = sent
    number = f"{MARK} {1 + mix(place, mass.seed, half.year, half.half or 0) % 180:02d}/BC"
    note = (
        "Dữ liệu giả lập ở quy mô lớn, ghi thẳng vào kho: không có biểu mẫu nào của đơn vị nào.\n"
        f"{unit} {half} {version}, hạt giống {mass.seed}, {mass.rows} dòng hoạt động.\n"
    )
    return Accepted(
        unit, str(half), sent_at, f"{unit}-{half}-{version}-gia-lap.zip", number, _zip("DOC-TRUOC.txt", note), tables
    )


def _zip(name: str, text: str) -> bytes:
    """The bytes of a zip with one file, the same wherever it is made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode("utf-8"))
    return stream.getvalue()
