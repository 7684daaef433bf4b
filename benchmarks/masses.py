"""A synthetic ministry at scale: a desk whose store holds as many submissions as are asked for, made from a seed.

In: a size (activity rows, units, science tasks) and a folder. Out: the desk; its register has the made-up units, its store
the folders and files that `nq57kit ingest` would have written, without a workbook behind them. Every name says that it
is made up («giả lập»). Chance is made of whole numbers alone, so that every version of polars gives the same rows.
`python -m benchmarks.masses --rows 10000000 --units 100 --out lon` makes one by hand.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click
import polars as pl

from nq57kit import __version__
from nq57kit.files import hash_bytes, write_atomically
from nq57kit.plan import load_plan
from nq57kit.sample import SAMPLE_NOTICE
from nq57kit.sample.records import MARK
from nq57kit.starters import init_desk
from nq57kit.store.folder import MARKER, RECEIPT, SUMS, Place, encode, raw_path, submission_folder, write_marker
from nq57kit.store.receipts import Receipt
from nq57kit.submissions import TABLES, frame_columns
from nq57kit.submissions.contract import load_codes

if TYPE_CHECKING:
    from nq57kit.desk import Desk
    from nq57kit.plan import Period, Plan

__all__ = ["Mass", "halves_of", "make_desk", "make_half"]

#: The groups of made-up units, in the columns of `groups.csv`: communes («xã»), and units that also do research.
_GROUPS: Final = (
    ("xa_gia_lap", "Các xã, phường (giả lập)", 901),
    ("don_vi_gia_lap", "Các đơn vị khác (giả lập)", 902),
)
#: Communes among 5,000 units: as many as the country has (3,321) in proportion.
_COMMUNES: Final = (3321, 5000)
#: Rows made at a time, so that memory does not grow with the size asked for.
_CHUNK: Final = 200_000
#: In thousandths: units that send nothing, send late, send twice.
_SILENT, _LATE, _TWICE = 20, 40, 10
#: In thousandths: activities outside their window; science tasks told by two units, and told differently; submissions
#: with a difficulty.
_OUTSIDE, _SHARED, _DISPUTED, _TROUBLED = 2, 10, 100, 100
_FIRST_ROW: Final = 6
_LARGE: Final = 0x9E3779B97F4A7C15
_MASK: Final = 2**64 - 1
#: The tables of a half-year's form.
_FORM = tuple(name for name, table in TABLES.items() if "H" in table.periods)


class Mass(NamedTuple):
    """How much to make: activity rows (of the revisions that count), units, science tasks; and the seed."""

    rows: int
    units: int = 5_000
    science: int = 100_000
    seed: int = 57


def halves_of(plan: Plan) -> tuple[Period, ...]:
    """Return all halves of the plan's years, in order."""
    years = range(plan.settings.first_year, plan.settings.last_year + 1)
    return tuple(half for year in years for half in plan.period(str(year)).halves)


def _mix(value: pl.Expr | int, *salt: int) -> Any:
    """Return 53 well-mixed bits of a whole number (an expression or a value), the same with every polars."""
    if isinstance(value, int):
        mixed = (value + _salted(salt)) & _MASK
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
            mixed = ((mixed ^ (mixed >> shift)) * factor) & _MASK
        return mixed >> 11
    mixed_expr = value.cast(pl.UInt64) + pl.lit(_salted(salt), dtype=pl.UInt64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        shifted = mixed_expr // pl.lit(2**shift, dtype=pl.UInt64)
        mixed_expr = (mixed_expr ^ shifted) * pl.lit(factor, dtype=pl.UInt64)
    return mixed_expr // pl.lit(2**11, dtype=pl.UInt64)


def _salted(salt: Sequence[int]) -> int:
    result = 0
    for part in salt:
        result = ((result ^ part) * _LARGE + 0x632BE59BD9B4E019) & _MASK
    return result


def _below(chance: pl.Expr | int, thousandths: int) -> Any:
    """Return whether a chance falls among so many thousandths."""
    return chance % 1000 < thousandths


def _pick(values: Sequence[object], chance: pl.Expr) -> pl.Expr:
    """Return one of `values` by chance; one that stands in it twice comes twice as often."""
    return pl.lit(pl.Series(list(values))).gather(chance % len(values))


def _rows(people: pl.DataFrame, count: pl.Expr) -> pl.DataFrame:
    """Return `count` rows for each unit, with `k` (0, 1 …) within the unit."""
    return people.with_columns(k=pl.int_ranges(0, count)).filter(pl.col("k").list.len() > 0).explode("k")


def _cover(mass: Mass, half: Period, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each unit: marks in place of names, no secret task."""
    chance = _mix(pl.col("place"), mass.seed, number, 6)
    marked = {name: pl.lit(MARK) for name in ("signatory", "contact_name", "contact_phone", "contact_email")}
    return people.select(
        "unit",
        reference_number=pl.format("{} {}/BC", pl.lit(MARK), 1 + chance % 180),
        signed_on=pl.lit(half.last_day) - pl.duration(days=1 + chance % 30),
        **marked,
        secret_task_count=pl.lit(0),
        source_row=pl.lit(_FIRST_ROW),
    )


def _activities(mass: Mass, half: Period, number: int, people: pl.DataFrame, first: int) -> pl.DataFrame:
    """Return each unit's activities (column `rows`: how many); `first` is the number of the first row of all."""
    rows = _rows(people, pl.col("rows")).with_row_index("g", first)
    kinds, channels = list(load_codes("activity_type")), list(load_codes("channel"))
    labels = {code: known.label for code, known in load_codes("activity_type").items()}
    sources = list(load_codes("funding_source"))
    start, end = half.window
    days = (end - start).days + 1

    def chance(salt: int) -> Any:
        return _mix(pl.col("g"), mass.seed, 10 + salt)

    outside = pl.when(_below(chance(0), _OUTSIDE)).then(400).otherwise(0)
    spent = _below(chance(5), 400)
    return rows.with_columns(
        activity_type=_pick([*kinds[:12], *kinds[4:6] * 4, *kinds], chance(1)),
        started_on=pl.lit(start) + pl.duration(days=(chance(3) % days).cast(pl.Int64) + outside),
    ).select(
        "unit",
        task_id=pl.col("led").list.get(chance(2) % pl.col("led").list.len()),
        name=pl.format(
            "{} số {} kỳ {} (giả lập)",
            pl.col("activity_type").replace_strict(labels),
            pl.col("k") + 1,
            pl.lit(str(half)),
        ),
        activity_type="activity_type",
        channel=_pick([*channels[2:4] * 3, *channels], chance(4)),
        started_on="started_on",
        ended_on=pl.when(_below(chance(6), 400)).then(
            pl.col("started_on") + pl.duration(days=(chance(7) % 4).cast(pl.Int64))
        ),
        quantity=1 + chance(8) % 5,
        reach=pl.when(_below(chance(9), 750)).then(10 + chance(10) % 2000),
        cost_vnd=pl.when(spent).then((1 + chance(11) % 40) * 500_000),
        funding_source=pl.when(spent).then(_pick(sources, chance(12))),
        evidence_url=pl.when(_below(chance(13), 200)).then(pl.format("https://gia-lap.invalid/{}", "g")),
        measure_id=pl.lit(None, dtype=pl.String),
        audience=pl.lit(None, dtype=pl.String),
        plan_line=pl.lit(None, dtype=pl.Int64),
        note=pl.when(_below(chance(14), 10)).then(pl.lit("Ghi chú giả lập")),
        source_row=_FIRST_ROW + pl.col("k"),
    )


def _science(mass: Mass, plan: Plan, half: Period, number: int, units: Sequence[str]) -> pl.DataFrame:
    """Return the science tasks that run in the half's year: those of a unit together, some told by two units."""
    communes = plan.units.filter(pl.col("groups").list.contains(_GROUPS[0][0]))["unit_id"].implode()
    owners = pl.Series("owner", units).filter(~pl.Series(units).is_in(communes)).to_list() or list(units)
    windows = [one.window.start for one in halves_of(plan)]

    def chance(salt: int) -> Any:
        return _mix(pl.col("s"), mass.seed, 40 + salt)

    first = plan.settings.first_year
    tasks = pl.select(s=pl.int_range(mass.science)).with_columns(
        owner=pl.col("s") % len(owners),
        start_year=first - 4 + chance(0) % 5,
        end_year=first + 1 + chance(1) % 6,
        told_in=(chance(2) % (2 * len(windows))).cast(pl.Int64),
        other=pl.lit(value=False),
    )
    again = tasks.filter(_below(chance(3), _SHARED)).with_columns(
        owner=(pl.col("owner") + 1) % len(owners),
        told_in=pl.when(_below(chance(4), _DISPUTED)).then(len(windows)).otherwise("told_in"),
        other=pl.lit(value=True),
    )
    told = pl.col("told_in") <= number
    day = pl.lit(pl.Series(windows)).gather(pl.col("told_in").clip(0, len(windows) - 1)) + pl.duration(
        days=(chance(5) % 150).cast(pl.Int64)
    )
    levels, channels = list(load_codes("level"))[:3], list(load_codes("channel"))[:6]
    return (
        pl.concat([tasks, again])
        .filter(pl.lit(half.year).is_between("start_year", "end_year"))
        .sort("owner", "s", "other")
        .with_columns(k=pl.int_range(pl.len()).over("owner"))
        .select(
            unit=pl.lit(pl.Series(owners)).gather("owner"),
            code=pl.format("GL-{}", pl.col("s").cast(pl.String).str.zfill(6)),
            name=pl.format("Nhiệm vụ KHCN giả lập số {}", "s"),
            level=_pick(levels, chance(6)),
            state_funded=_below(chance(7), 920),
            start_year="start_year",
            end_year="end_year",
            communicated=told,
            communicated_on=pl.when(told).then(day),
            channel=pl.when(told).then(_pick(channels, chance(8))),
            evidence_url=pl.when(told).then(pl.format("https://gia-lap.invalid/nv/{}", "s")),
            source_row=_FIRST_ROW + pl.col("k"),
        )
        .sort("unit", "source_row")
    )


def _workforce(mass: Mass, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each unit; what is reached and trained grows from half to half."""
    chance = [_mix(pl.col("place"), mass.seed, 60 + salt) for salt in range(4)]
    total, comms = 20 + chance[0] % 400, 1 + chance[1] % 5
    grown = pl.min_horizontal(1000, 300 + 60 * number + chance[2] % 200)
    trained = pl.min_horizontal(1000, 200 + 70 * number + chance[3] % 300)
    return people.select(
        "unit",
        staff_total=total,
        staff_reached=total * grown // 1000,
        comms_staff_total=comms,
        comms_staff_trained=comms * trained // 1000,
        source_row=pl.lit(_FIRST_ROW),
    )


def _progress(mass: Mass, plan: Plan, half: Period, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each task that a unit leads; what is done in a year does not come undone."""
    spans = plan.tasks.filter(pl.col("cadence") == "span")["task_id"].implode()
    rows = _rows(people, pl.col("led").list.len()).with_columns(task_id=pl.col("led").list.get(pl.col("k")))
    chance = _mix(pl.col("place") * 100 + pl.col("task_id"), mass.seed, half.year, 70) % 1000
    none, idle = chance < 30, chance.is_between(30, 79)
    done = (chance >= 400) & ~pl.col("task_id").is_in(spans) if half.half == 2 else pl.lit(value=False)
    return rows.with_columns(
        status=pl.when(none).then(pl.lit("khong_phat_sinh")).when(idle).then(pl.lit("chua_thuc_hien"))
        .when(done).then(pl.lit("hoan_thanh")).otherwise(pl.lit("dang_thuc_hien"))
    ).select(
        "unit",
        "task_id",
        "status",
        percent_complete=pl.when(pl.col("status") == "hoan_thanh").then(100.0)
        .when(pl.col("status") == "dang_thuc_hien").then(10.0 + (chance % 80)),
        products_delivered=pl.when(pl.col("status") == "hoan_thanh").then(pl.lit("Sản phẩm giả lập")),
        completed_on=pl.when(pl.col("status") == "hoan_thanh").then(
            pl.lit(half.window.end) - pl.duration(days=(chance % 100).cast(pl.Int64))
        ),
        explanation=pl.when(none | idle).then(pl.lit("Giải trình giả lập")),
        next_steps=pl.lit("Việc tiếp theo (giả lập)"),
        source_row=_FIRST_ROW + pl.col("k"),
    )  # fmt: skip


def _budget(mass: Mass, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each unit, disbursed ≤ allocated ≤ planned."""
    chance = [_mix(pl.col("place"), mass.seed, number, 80 + salt) for salt in range(4)]
    planned = (1 + chance[0] % 300) * 1_000_000
    allocated = planned * (600 + chance[1] % 401) // 1000
    return people.select(
        "unit",
        task_id=pl.col("led").list.first(),
        funding_source=_pick(list(load_codes("funding_source")), chance[2]),
        planned_vnd=planned,
        allocated_vnd=allocated,
        disbursed_vnd=allocated * (300 + chance[3] % 701) // 1000,
        source_row=pl.lit(_FIRST_ROW),
    )


def _issues(mass: Mass, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return a difficulty of some units."""
    chance = _mix(pl.col("place"), mass.seed, number, 90)
    return people.filter(_below(chance, _TROUBLED)).select(
        "unit",
        category=_pick(list(load_codes("category")), _mix(pl.col("place"), mass.seed, number, 91)),
        description=pl.format("Khó khăn giả lập của {}", "unit"),
        proposal=pl.lit("Kiến nghị giả lập"),
        authority=pl.lit("Bộ (giả lập)"),
        source_row=pl.lit(_FIRST_ROW),
    )


def _more_units(plan: Plan, units: int) -> list[dict[str, str]]:
    """Return the rows of `units.csv` for the made-up units that the register lacks to have `units` that report."""
    there = int(plan.units["reports"].sum())
    if units < there:
        raise click.ClickException(f"--units {units}: the register has {there} units already")
    wanted = units - there
    communes = -(-wanted * _COMMUNES[0] // _COMMUNES[1])
    (commune, *_), (other, *_) = _GROUPS
    kinds = [("xa-gl", "Xã giả lập", commune, communes), ("dv-gl", "Đơn vị giả lập", other, wanted - communes)]
    return [
        {"unit_id": f"{slug}-{number:04d}", "name": f"{words} {number:04d}", "short_name": f"{words} số {number:04d}",
         "groups": group, "basis": "unverified", "reports": "true"}
        for slug, words, group, count in kinds
        for number in range(1, count + 1)
    ]  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One submission: `content` stands for the file that the unit sent; a table without rows may lack in `tables`."""

    unit_id: str
    period: str
    sent_at: datetime
    file: str
    reference_number: str
    content: bytes
    tables: Mapping[str, pl.DataFrame]


def make_half(mass: Mass, plan: Plan, number: int) -> Iterator[Sent]:
    """Yield the submissions of the half `number` (its place in `halves_of`), in the order of the units' ids.

    The same mass and plan give the same submissions, whichever halves are made, and where.
    """
    half = halves_of(plan)[number]
    units = sorted(plan.units_reporting(half)["unit_id"].to_list())
    counts, first = _share_rows(mass, plan, number, units)
    science = _science(mass, plan, half, number, units)
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
        0 if _below(_mix(unit, mass.seed, number, 1), _SILENT) else 1 + _mix(unit, mass.seed, 2) % 3
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


def _submissions(chunk: _Chunk, science: pl.DataFrame) -> Iterator[Sent]:
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
        "cover": _cover(mass, half, number, people),
        "activities": _activities(mass, half, number, people, first),
        "science_tasks": science.filter(pl.col("unit").is_in(units)),
        "workforce": _workforce(mass, number, people),
        "task_progress": _progress(mass, plan, half, number, people),
        "budget": _budget(mass, number, people),
        "issues": _issues(mass, number, people),
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


def _send(chunk: _Chunk, unit: str, place: int, tables: Mapping[str, pl.DataFrame]) -> Iterator[Sent]:
    """Yield a unit's submission; now and then an earlier one with half of the activities before it."""
    mass, half, number = chunk.mass, chunk.half, chunk.number
    chance = _mix(place, mass.seed, number, 3)
    days = -(chance % 10) if _below(_mix(place, mass.seed, number, 4), _LATE) else 1 + chance % 30
    sent_at = half.deadline - timedelta(days=days, minutes=1 + chance % 600)
    if _below(_mix(place, mass.seed, number, 5), _TWICE):
        acts = tables.get("activities")
        fewer = {} if acts is None else {"activities": acts.head(acts.height // 2)}
        yield _submission(chunk, unit, place, (sent_at - timedelta(days=5), 1), {**tables, **fewer})
    yield _submission(chunk, unit, place, (sent_at, 2), tables)


def _submission(
    chunk: _Chunk, unit: str, place: int, sent: tuple[datetime, int], tables: Mapping[str, pl.DataFrame]
) -> Sent:
    mass, half = chunk.mass, chunk.half
    sent_at, version = sent
    number = f"{MARK} {1 + _mix(place, mass.seed, half.year, half.half or 0) % 180:02d}/BC"
    note = (
        "Dữ liệu giả lập ở quy mô lớn, ghi thẳng vào kho: không có biểu mẫu nào của đơn vị nào.\n"
        f"{unit} {half} {version}, hạt giống {mass.seed}, {mass.rows} dòng hoạt động.\n"
    )
    return Sent(
        unit, str(half), sent_at, f"{unit}-{half}-{version}-gia-lap.zip", number, _zip("DOC-TRUOC.txt", note), tables
    )


def _zip(name: str, text: str) -> bytes:
    """The bytes of a zip with one file, the same wherever it is made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode("utf-8"))
    return stream.getvalue()


def _write(root: Path, submission: Sent, plan_hash: str) -> None:
    """Write what `ingest` would have written, without reading back, comparing or flushing."""
    sha256 = hash_bytes(submission.content)
    place = Place(submission.unit_id, submission.period, sha256)
    content = {f"{table}.parquet": encode(table, submission.tables.get(table)) for table in (*_FORM, "findings")}
    content[RECEIPT] = _receipt(submission, place, plan_hash).to_json().encode("utf-8")
    content[SUMS] = "".join(f"{hash_bytes(content[name])}  {name}\n" for name in sorted(content)).encode("utf-8")
    raw = raw_path(root, sha256, submission.file)
    raw.parent.mkdir(parents=True, exist_ok=True)
    raw.write_bytes(submission.content)
    folder = submission_folder(root, place)
    folder.mkdir(parents=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)


def _receipt(submission: Sent, place: Place, plan_hash: str) -> Receipt:
    counts: dict[str, Any] = {}
    for table in _FORM:
        rows = submission.tables[table].height if table in submission.tables else 0
        counts[table] = {"seen": rows, "accepted": rows, "refused": 0, "skipped": 0}
    told = ("activities", "science_tasks", "task_progress", "issues")
    return Receipt(
        unit_id=place.unit_id,
        period=place.period,
        sent_at=submission.sent_at,
        sent_at_source="sent.csv",
        ingested_at=submission.sent_at + timedelta(days=1),
        sha256=place.sha256,
        file=submission.file,
        reference_number=submission.reference_number,
        template_version=None,
        counts=counts,
        warnings=0,
        nq57kit_version=__version__,
        plan_hash=plan_hash,
        notice=SAMPLE_NOTICE,
        is_empty=not any(counts[table]["accepted"] for table in told),
        secret_task_count=0,
    )


def make_desk(folder: Path, mass: Mass, *, jobs: int | None = None) -> Desk:
    """Set up `folder` as a desk whose store holds the submissions of `mass`, written by `jobs` processes."""
    added = _more_units(load_plan(), mass.units)
    desk = init_desk(folder)
    (desk.store / MARKER).unlink()  # a store again when all is written
    groups = [dict(zip(("group", "label", "order"), map(str, row), strict=True)) for row in _GROUPS]
    plans = desk.folder / "ke-hoach"
    _append(plans / "groups.csv", groups if added else [])
    _append(plans / "units.csv", added)
    halves = range(len(halves_of(load_plan(plans))))
    context = multiprocessing.get_context("spawn")  # never fork after polars has run
    with ProcessPoolExecutor(min(jobs or os.cpu_count() or 1, len(halves)), mp_context=context) as pool:
        list(pool.map(_write_half, [(desk.store, plans, mass, half) for half in halves]))
    write_marker(desk.store)
    return desk


def _append(path: Path, rows: list[dict[str, str]]) -> None:
    """Add rows to a table of the plan; columns that a row does not have stay blank."""
    text = path.read_text(encoding="utf-8-sig").rstrip("\n") + "\n"
    stream = io.StringIO(newline="")
    columns = next(csv.reader(text.splitlines()))
    csv.DictWriter(stream, columns, restval="", lineterminator="\n").writerows(rows)
    write_atomically(path, text + stream.getvalue())


def _write_half(task: tuple[Path, Path, Mass, int]) -> None:
    """Write one half (in a process of its own)."""
    store, plans, mass, number = task
    plan = load_plan(plans)
    for submission in make_half(mass, plan, number):
        _write(store, submission, plan.hash)


@click.command()
@click.option("--rows", default=60_000, show_default=True, help="Activity rows of all halves together.")
@click.option("--units", default=58, show_default=True)
@click.option("--science", default=600, show_default=True, help="Science tasks.")
@click.option("--seed", default=57, show_default=True)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder.")
def main(rows: int, units: int, science: int, seed: int, out: Path) -> None:
    """Make a desk with a synthetic store of this size."""
    click.echo(make_desk(out, Mass(rows, units, science, seed)).folder)


if __name__ == "__main__":
    main()
