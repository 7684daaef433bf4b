"""The rows of a synthetic ministry at scale: typed tables of many units of one half, by chance from a seed.

In: a size and a seed, units with what they lead. Out: frames with `unit`, in the order of the units. Chance is made of
whole numbers alone, so that every version of polars gives the same rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from nq57kit.sample.records import MARK
from nq57kit.submissions.contract import load_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nq57kit.plan import Period, Plan

__all__ = [
    "MASS_GROUPS",
    "Mass",
    "below",
    "halves_of",
    "make_activities",
    "make_budget",
    "make_cover",
    "make_issues",
    "make_progress",
    "make_science",
    "make_workforce",
    "mix",
]

#: The groups of made-up units, in the columns of `groups.csv`: communes («xã»), and units that also do research.
MASS_GROUPS: Final = (
    ("xa_gia_lap", "Các xã, phường (giả lập)", 901),
    ("don_vi_gia_lap", "Các đơn vị khác (giả lập)", 902),
)
#: In thousandths: activities outside their window; science tasks told by two units, and told differently; submissions
#: with a difficulty.
_OUTSIDE, _SHARED, _DISPUTED, _TROUBLED = 2, 10, 100, 100
_FIRST_ROW: Final = 6
_LARGE: Final = 0x9E3779B97F4A7C15
_MASK: Final = 2**64 - 1


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


def mix(value: pl.Expr | int, *salt: int) -> Any:
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


def below(chance: pl.Expr | int, thousandths: int) -> Any:
    """Return whether a chance falls among so many thousandths."""
    return chance % 1000 < thousandths


def pick(values: Sequence[object], chance: pl.Expr) -> pl.Expr:
    """Return one of `values` by chance; one that stands in it twice comes twice as often."""
    return pl.lit(pl.Series(list(values))).gather(chance % len(values))


def _rows(people: pl.DataFrame, count: pl.Expr) -> pl.DataFrame:
    """Return `count` rows for each unit, with `k` (0, 1 …) within the unit."""
    return people.with_columns(k=pl.int_ranges(0, count)).filter(pl.col("k").list.len() > 0).explode("k")


def make_cover(mass: Mass, half: Period, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each unit: marks in place of names, no secret task."""
    chance = mix(pl.col("place"), mass.seed, number, 6)
    marked = {name: pl.lit(MARK) for name in ("signatory", "contact_name", "contact_phone", "contact_email")}
    return people.select(
        "unit",
        reference_number=pl.format("{} {}/BC", pl.lit(MARK), 1 + chance % 180),
        signed_on=pl.lit(half.last_day) - pl.duration(days=1 + chance % 30),
        **marked,
        secret_task_count=pl.lit(0),
        source_row=pl.lit(_FIRST_ROW),
    )


def make_activities(mass: Mass, half: Period, number: int, people: pl.DataFrame, first: int) -> pl.DataFrame:
    """Return each unit's activities (column `rows`: how many); `first` is the number of the first row of all."""
    rows = _rows(people, pl.col("rows")).with_row_index("g", first)
    kinds, channels = list(load_codes("activity_type")), list(load_codes("channel"))
    labels = {code: known.label for code, known in load_codes("activity_type").items()}
    sources = list(load_codes("funding_source"))
    start, end = half.window
    days = (end - start).days + 1

    def chance(salt: int) -> Any:
        return mix(pl.col("g"), mass.seed, 10 + salt)

    outside = pl.when(below(chance(0), _OUTSIDE)).then(400).otherwise(0)
    spent = below(chance(5), 400)
    return rows.with_columns(
        activity_type=pick([*kinds[:12], *kinds[4:6] * 4, *kinds], chance(1)),
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
        channel=pick([*channels[2:4] * 3, *channels], chance(4)),
        started_on="started_on",
        ended_on=pl.when(below(chance(6), 400)).then(
            pl.col("started_on") + pl.duration(days=(chance(7) % 4).cast(pl.Int64))
        ),
        quantity=1 + chance(8) % 5,
        reach=pl.when(below(chance(9), 750)).then(10 + chance(10) % 2000),
        cost_vnd=pl.when(spent).then((1 + chance(11) % 40) * 500_000),
        funding_source=pl.when(spent).then(pick(sources, chance(12))),
        evidence_url=pl.when(below(chance(13), 200)).then(pl.format("https://gia-lap.invalid/{}", "g")),
        note=pl.when(below(chance(14), 10)).then(pl.lit("Ghi chú giả lập")),
        source_row=_FIRST_ROW + pl.col("k"),
    )


def make_science(mass: Mass, plan: Plan, half: Period, number: int, units: Sequence[str]) -> pl.DataFrame:
    """Return the science tasks that run in the half's year: those of a unit together, some told by two units."""
    communes = plan.units.filter(pl.col("groups").list.contains(MASS_GROUPS[0][0]))["unit_id"].implode()
    owners = pl.Series("owner", units).filter(~pl.Series(units).is_in(communes)).to_list() or list(units)
    windows = [one.window.start for one in halves_of(plan)]

    def chance(salt: int) -> Any:
        return mix(pl.col("s"), mass.seed, 40 + salt)

    first = plan.settings.first_year
    tasks = pl.select(s=pl.int_range(mass.science)).with_columns(
        owner=pl.col("s") % len(owners),
        start_year=first - 4 + chance(0) % 5,
        end_year=first + 1 + chance(1) % 6,
        told_in=(chance(2) % (2 * len(windows))).cast(pl.Int64),
        other=pl.lit(value=False),
    )
    again = tasks.filter(below(chance(3), _SHARED)).with_columns(
        owner=(pl.col("owner") + 1) % len(owners),
        told_in=pl.when(below(chance(4), _DISPUTED)).then(len(windows)).otherwise("told_in"),
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
            level=pick(levels, chance(6)),
            state_funded=below(chance(7), 920),
            start_year="start_year",
            end_year="end_year",
            communicated=told,
            communicated_on=pl.when(told).then(day),
            channel=pl.when(told).then(pick(channels, chance(8))),
            evidence_url=pl.when(told).then(pl.format("https://gia-lap.invalid/nv/{}", "s")),
            source_row=_FIRST_ROW + pl.col("k"),
        )
        .sort("unit", "source_row")
    )


def make_workforce(mass: Mass, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each unit; what is reached and trained grows from half to half."""
    chance = [mix(pl.col("place"), mass.seed, 60 + salt) for salt in range(4)]
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


def make_progress(mass: Mass, plan: Plan, half: Period, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each task that a unit leads; what is done in a year does not come undone."""
    spans = plan.tasks.filter(pl.col("cadence") == "span")["task_id"].implode()
    rows = _rows(people, pl.col("led").list.len()).with_columns(task_id=pl.col("led").list.get(pl.col("k")))
    chance = mix(pl.col("place") * 100 + pl.col("task_id"), mass.seed, half.year, 70) % 1000
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


def make_budget(mass: Mass, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each unit, disbursed ≤ allocated ≤ planned."""
    chance = [mix(pl.col("place"), mass.seed, number, 80 + salt) for salt in range(4)]
    planned = (1 + chance[0] % 300) * 1_000_000
    allocated = planned * (600 + chance[1] % 401) // 1000
    return people.select(
        "unit",
        task_id=pl.col("led").list.first(),
        funding_source=pick(list(load_codes("funding_source")), chance[2]),
        planned_vnd=planned,
        allocated_vnd=allocated,
        disbursed_vnd=allocated * (300 + chance[3] % 701) // 1000,
        source_row=pl.lit(_FIRST_ROW),
    )


def make_issues(mass: Mass, number: int, people: pl.DataFrame) -> pl.DataFrame:
    """Return a difficulty of some units."""
    chance = mix(pl.col("place"), mass.seed, number, 90)
    return people.filter(below(chance, _TROUBLED)).select(
        "unit",
        category=pick(list(load_codes("category")), mix(pl.col("place"), mass.seed, number, 91)),
        description=pl.format("Khó khăn giả lập của {}", "unit"),
        proposal=pl.lit("Kiến nghị giả lập"),
        authority=pl.lit("Bộ (giả lập)"),
        source_row=pl.lit(_FIRST_ROW),
    )
