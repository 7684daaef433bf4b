"""The words and sizes of which a synthetic year is made: topics, kinds of activities, difficulties, how large units are.

In: `topics.csv`, `activities.csv`, `issues.csv`, `sizes.csv`, `words.csv` beside this file, whose words are those of the plan and of
the units' fields; a unit. Out: what fits it. No figure comes from a real body.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple, TypeVar

from nq57kit.plan import Plan, Unit, load_plan

_T = TypeVar("_T")
_ANY = "*"
#: The channel of a kind of activity that the tables do not speak of; of the others, face to face.
_CHANNELS = {
    **dict.fromkeys(("tin_bai", "infographic", "emagazine", "chuyen_muc"), "cong_thong_tin"),
    **dict.fromkeys(("video", "podcast", "do_hoa_chuyen_dong", "kenh_mang_xa_hoi"), "mang_xa_hoi"),
    **dict.fromkeys(("ke_hoach", "bao_cao", "van_ban_huong_dan", "danh_gia"), "noi_bo"),
    **dict.fromkeys(("he_thong_ai", "hoc_lieu_so", "giao_trinh"), "nen_tang_so"),
    "an_pham": "an_pham_in",
}
_COMMON_TOPICS = ("khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số",)


class Range(NamedTuple):
    """The smallest and the largest value, both possible."""

    low: int
    high: int


@dataclass(frozen=True)
class Activity:
    """A kind of activity of the units that lead a task; ranges are None where nothing is measured or spent."""

    groups: tuple[str, ...]
    task_id: int
    activity_type: str
    channel: str
    quantity: Range
    reach: Range | None
    million_vnd: Range | None
    share: float  # 0 for what a unit chooses from; else how often it comes besides, whoever leads the task
    name: str


@dataclass(frozen=True)
class Issue:
    """A difficulty, with what is proposed and to whom."""

    category: str
    groups: tuple[str, ...]
    description: str
    proposal: str
    authority: str


@dataclass(frozen=True)
class Size:
    """How large the units of a group are, and who pays for their communication."""

    group: str
    staff: Range
    comms: Range
    activities: Range
    science: Range
    funding: tuple[str, ...]


def topics_of(unit: Unit, *, studied: bool = False) -> tuple[str, ...]:
    """Return what a unit communicates about, or only what it studies (not marked «~» in the table).

    A unit that the table does not have communicates about what those did that it came of, or about what the plan does.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> topics_of(load_plan().unit("cd-baoloc")), topics_of(load_plan().unit("cd-baoloc"), studied=True)
        (('chế biến chè và cà phê', 'kỹ năng số'), ('chế biến chè và cà phê',))
    """
    known = [topic for one in (unit.unit_id, *unit.predecessors) for topic in _topics().get(one, ())]
    topics = known or _COMMON_TOPICS
    return tuple(topic.removeprefix("~") for topic in topics if not (studied and topic.startswith("~")))


def activities_for(unit: Unit, tasks: Iterable[int], plan: Plan | None = None) -> tuple[Activity, ...]:
    """Return the activities that fit a unit's groups and the tasks that it leads.

    Those of the table are of the packaged plan's tasks; for a task that `plan` has in its own words they follow from its products.
    """
    led = set(tasks)
    known = led & _known_tasks(plan)
    rows = [row for row in _activities() if row.task_id in known and not row.share and _fits(row.groups, unit)]
    for product in plan.products.iter_rows(named=True) if plan is not None else ():
        if product["task_id"] in led - known:
            name, limits = f"{product['text']}: {{topic}}", (Range(1, 4), Range(40, 900), Range(4, 30))
            rows += [
                Activity((_ANY,), product["task_id"], kind, _CHANNELS.get(kind, "truc_tiep"), *limits, 0, name)
                for kind in product["activity_types"]
            ]
    return tuple(rows)


def extras_for(unit: Unit, plan: Plan | None = None) -> tuple[Activity, ...]:
    """Return what units of these groups do now and then besides, also under tasks of others."""
    known = _known_tasks(plan)
    return tuple(row for row in _activities() if row.share and row.task_id in known and _fits(row.groups, unit))


@cache
def _known_tasks(plan: Plan | None) -> frozenset[int]:
    """Return the tasks that a plan has in the words of the packaged one, of which the tables speak."""
    packaged = load_plan().tasks.select("task_id", "name")
    own = packaged if plan is None else plan.tasks.select("task_id", "name")
    return frozenset(own.join(packaged, on=["task_id", "name"])["task_id"])


def issues_for(unit: Unit) -> tuple[Issue, ...]:
    """Return the difficulties that a unit of these groups may have."""
    return tuple(row for row in _issues() if _fits(row.groups, unit))


def size_of(unit: Unit) -> Size:
    """Return the size of a unit by the first line of the table that one of its groups is on.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> size_of(load_plan().unit("hv-nongnghiep")).group
        'hoc_vien'
    """
    return next(size for size in _sizes() if size.group in (*unit.groups, _ANY))


@cache
def words_for(use: str) -> tuple[str, ...]:
    """Return the sentences for a use, such as «next» (next steps)."""
    return tuple(row["text"] for row in _read("words.csv") if row["use"] == use)


def _fits(groups: tuple[str, ...], unit: Unit) -> bool:
    return _ANY in groups or bool(set(groups) & set(unit.groups))


@cache
def _topics() -> Mapping[str, tuple[str, ...]]:
    return {row["unit_id"]: _split(row["topics"]) for row in _read("topics.csv")}


@cache
def _activities() -> tuple[Activity, ...]:
    return _rows(
        "activities.csv", Activity, groups=_split, task_id=int, quantity=_range, reach=_maybe, million_vnd=_maybe,
        share=lambda text: float(text or 0),
    )  # fmt: skip


@cache
def _issues() -> tuple[Issue, ...]:
    return _rows("issues.csv", Issue, groups=_split)


@cache
def _sizes() -> tuple[Size, ...]:
    return _rows("sizes.csv", Size, staff=_range, comms=_range, activities=_range, science=_range, funding=_split)


def _rows(name: str, kind: type[_T], **columns: Callable[[str], object]) -> tuple[_T, ...]:
    """Return the rows of a table as values of `kind`; `columns` says how those that are no text are read."""
    return tuple(kind(**{key: columns.get(key, str)(cell) for key, cell in row.items()}) for row in _read(name))


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


def _maybe(text: str) -> Range | None:
    return _range(text) if text else None


def _range(text: str) -> Range:
    low, _, high = text.partition("-")
    return Range(int(low), int(high))


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
