"""Whom the plan means, and when: names as somebody wrote them, references such as `nhom:vien`, units that became others.

In: the register, the list of ambiguous short names, a text or references, and a day. Out: `UnitMatch` (one unit, or
nearby units to suggest, or the units that a name could mean: a near match is never taken), unit ids in the register's order,
and `Lineage`: which unit came of which, and whose figures stand for whom (docs/plan.md, «Units through time»).
"""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from nq57kit.text import fold, format_date, match_key

_SUGGESTIONS = 3
_NEAR = 0.7
_DAY = timedelta(days=1)
#: `all` is every unit, `nhom:<group>` the members of a group, anything else one unit.
ALL = "all"
GROUP = "nhom:"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the register; `basis` says where the row comes from, `predecessors` are older names or ids."""

    unit_id: str
    name: str
    short_name: str
    groups: tuple[str, ...]
    aliases: tuple[str, ...]
    basis: str
    reports: bool
    valid_from: date | None
    valid_to: date | None
    predecessors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """What a text says about a unit on a day: the unit's id, or ids to suggest, or ids to ask about.

    `named` is the unit that bears the name where it is not there on that day (closed, or not yet begun); `unit_id` is then
    the unit that took its place, or itself where there is none. Under another name it is the same unit, and no such case.
    """

    unit_id: str | None
    suggestions: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    named: str | None = None

    @property
    def sender(self) -> str | None:
        """Whose a report is that bears this name: never that of a unit which took its place."""
        return self.named or self.unit_id


@dataclass(frozen=True, slots=True)
class Change:
    """What became of units on a day: `old` of before, `new` from then on; a unit in both goes on beside the others."""

    on: date
    old: tuple[str, ...]
    new: tuple[str, ...]


def own_names(unit: Mapping[str, object]) -> list[str]:
    """Return every name of a unit's row: its id, name, short name and aliases."""
    aliases = unit["aliases"]
    names = [str(unit["unit_id"]), str(unit["name"]), str(unit["short_name"])]
    return [*names, *(aliases if isinstance(aliases, list) else [])]


#: A unit between two changes that leave it in being: its id, and how many of them have passed.
_Stage = tuple[str, int]


class Lineage:
    """Which unit came of which, and when, by `valid_from`, `valid_to` and `predecessors` of the register.

    A unit becomes another on the later of the day after its own end and the other's first day. Without either it is an
    older name, and no change. Without any change the lineage is false.
    """

    def __init__(self, units: pl.DataFrame) -> None:
        rows = units.to_dicts()
        self._names = {row["unit_id"]: row["name"] for row in rows}
        self._spans = {row["unit_id"]: (row["valid_from"], row["valid_to"]) for row in rows}
        self._reporting = {row["unit_id"] for row in rows if row["reports"]}
        ids = {fold(name): row["unit_id"] for row in rows for name in own_names(row)}
        pairs = {(ids.get(fold(name), ""), row["unit_id"]) for row in rows for name in row["predecessors"]}
        prompt = {old for old, new in pairs if self._follows(old, new)}
        self._steps = sorted(step for old, new in pairs if old and (step := self._step(old, new, prompt)))
        going_on = {(unit, day) for day, *both in self._steps for unit in both if self._goes_on(unit, day)}
        self._cuts = {unit: sorted(day for one, day in going_on if one == unit) for unit, _ in going_on}
        edges = [(self._stage(old, day - _DAY), self._stage(new, day)) for day, old, new in self._steps]
        edges += [((unit, at), (unit, at + 1)) for unit, cuts in self._cuts.items() for at in range(len(cuts))]
        self._below = {stage: {new for old, new in edges if old == stage} for stage, _ in edges}
        self._above = {stage: {old for old, new in edges if new == stage} for _, stage in edges}

    def __bool__(self) -> bool:
        return bool(self._steps)

    def _follows(self, old: str, new: str) -> bool:
        """Return whether one unit begins on the day after the other's last."""
        ended = self._spans[old][1] if old else None
        return ended is not None and self._spans[new][0] == ended + _DAY

    def _step(self, old: str, new: str, prompt: Container[str]) -> tuple[date, str, str] | None:
        """Return when one unit becomes another; None for no change, or days that run backwards.

        What began while the other was there was spun off then, if yet another (`prompt`) took its place when it ended.
        """
        (begun, ended), (start, end) = self._spans[old], self._spans[new]
        days = [*([ended + _DAY] if ended else []), *([start] if start else [])]
        day = start if start and old in prompt else max(days, default=None)
        if old == new or day is None or (begun and begun >= day) or (end and end < day):
            return None
        return day, old, new

    def exists(self, unit: str, on: date) -> bool:
        """Return whether a unit is there on a day; the first and the last day count."""
        start, end = self._spans.get(unit, (None, None))
        return (start is None or start <= on) and (end is None or on <= end)

    def _goes_on(self, unit: str, day: date) -> bool:
        return self.exists(unit, day) and self.exists(unit, day - _DAY)

    # What became of whom -------------------------------------------------------------------------

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """All changes in their order: mergers, splits, new names, units that began or ended apart from these."""
        found: list[tuple[date, set[str], set[str]]] = []
        for day, old, new in self._steps:
            olds, news = {old}, {new, *([old] if self._goes_on(old, day) else [])}
            for one in [one for one in found if one[0] == day and (old in one[1] or new in one[2])]:
                found.remove(one)
                olds, news = olds | one[1], news | one[2]
            found.append((day, olds, news))
        became, came = {old for _, old, _ in self._steps}, {new for _, _, new in self._steps}
        for unit, (start, end) in self._spans.items():
            found += [(start, set(), {unit})] if start and unit not in came else []
            found += [(end + _DAY, {unit}, set())] if end and unit not in became else []
        order = list(self._spans).index
        rows = [Change(day, tuple(sorted(old, key=order)), tuple(sorted(new, key=order))) for day, old, new in found]
        return tuple(sorted(rows, key=lambda one: (one.on, *map(order, one.old + one.new))))

    def change_of(self, unit: str, on: date) -> Change | None:
        """Return the change by which a unit is not there on a day: the one that ended it, or that it will begin by."""
        end = self._spans[unit][1]
        ended = end is not None and end < on
        mine = [one for one in self.changes if unit in (one.old if ended else one.new)]
        return None if self.exists(unit, on) or not mine else mine[-1 if ended else 0]

    def say(self, change: Change) -> str:
        """Return a change in words: «Viện A và Viện B sáp nhập thành Viện C từ ngày 01/7/2026»."""
        stayed = [unit for unit in change.new if self._goes_on(unit, change.on)]
        begun, ended = ([unit for unit in units if unit not in stayed] for units in (change.new, change.old))
        old, new = self._list(ended or change.old), self._list(begun or stayed)
        if not old or not new:
            text = f"{old} kết thúc hoạt động" if old else f"{new} được thành lập"
        elif not ended:
            text = f"{new} được tách ra từ {old}"
        elif len(change.new) > 1:
            text = f"{old} {'được tách' if len(ended) == 1 else 'được tổ chức lại'} thành {self._list(change.new)}"
        elif stayed:
            text = f"{old} sáp nhập vào {new}"
        else:
            text = f"{old} {'đổi tên' if len(ended) == 1 else 'sáp nhập'} thành {new}"
        return f"{text} từ ngày {format_date(change.on)}"

    def _list(self, units: Iterable[str]) -> str:
        *names, last = ["", *(self._names[unit] for unit in units)]
        return " và ".join(filter(None, (", ".join(filter(None, names)), last)))

    def same_body(self, unit: str, on: date) -> str:
        """Return the unit that this one is on a day, where nothing but its name and id changed between."""
        seen = {unit}
        while change := self.change_of(unit, on):
            sides = (change.old, change.new)
            if any(len(side) != 1 for side in sides) or self.exists(change.new[0], change.on - _DAY):
                break
            (other,) = change.new if unit in change.old else change.old
            if other in seen:
                break
            seen.add(other)
            unit = other
        return unit

    def line_of(self, unit: str) -> tuple[str, ...]:
        """Return a unit and all that took its place when it ended, and theirs; a unit that goes on has no heirs."""
        end = self._spans[unit][1]
        heirs = [new for day, old, new in self._steps if old == unit and end and day > end]
        return tuple(dict.fromkeys([unit, *(one for heir in heirs for one in self.line_of(heir))]))

    # Whose figures stand for whom ----------------------------------------------------------------

    def _stage(self, unit: str, day: date) -> _Stage:
        return unit, bisect_right(self._cuts.get(unit, []), day)

    def _reach(self, stage: _Stage, ways: Mapping[_Stage, set[_Stage]]) -> set[_Stage]:
        found: set[_Stage] = set()
        waiting = [stage]
        while waiting:
            new = ways.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    def kin(self, unit: str, on: date) -> frozenset[str]:
        """Return the units whose people were, or will be, those of a unit on a day: what it came of, what came of it."""
        mine = self._stage(unit, on)
        stages = self._reach(mine, self._below) | self._reach(mine, self._above)
        return frozenset(one for one, _ in stages) - {unit}

    def became(self, unit: str, since: date, on: date) -> frozenset[str]:
        """Return the units of a day among which the people are that a unit had on an earlier one; none where it ended."""
        first = self._stage(unit, since)
        stages = {first} | self._reach(first, self._below)
        return frozenset(name for name, at in stages if self.exists(name, on) and self._stage(name, on) == (name, at))

    def is_followed(self, unit: str, on: date) -> bool:
        """Return whether a unit that is not there on a day has others that report in its place: its heirs, or its origins."""

        def ended(one: str) -> bool:
            end = self._spans.get(one, (None, None))[1]
            return end is not None and end < on

        others = self.line_of(unit) if ended(unit) else self.kin(unit, on)
        return any(one in self._reporting and not ended(one) for one in others)

    def families(self) -> dict[str, str]:
        """Return of each unit that hangs together with others by changes the first of them all."""
        of: dict[str, str] = {}
        for _, *both in self._steps:
            heads = {of.setdefault(unit, unit) for unit in both}
            of |= {unit: min(heads) for unit, head in of.items() if head in heads}
        return of

    def standing(self, told: Iterable[tuple[str, date]]) -> frozenset[tuple[str, date]]:
        """Return the figures that count, so that nobody is counted twice, and nobody lost who was told of.

        `told` are units, each with a day by which figures of it go. A unit's latest count; those of one that has ended count
        until all that came of it have told theirs, and until then theirs do not.
        """
        free = {self._stage(unit, day): (unit, day) for unit, day in sorted(told, key=lambda one: one[1])}
        while True:
            kept = {stage: one for stage, one in free.items() if not self._told_since(stage, free)}
            twice = set().union(*(self._reach(stage, self._below) for stage in kept)) & free.keys()
            if not twice:
                return frozenset(kept.values())
            free = {stage: one for stage, one in free.items() if stage not in twice}

    def _told_since(self, stage: _Stage, told: Collection[_Stage]) -> bool:
        unit, at = stage
        return any((unit, later) in told for later in range(at + 1, len(self._cuts.get(unit, ())) + 1)) or (
            stage in self._below and all(one in told or self._told_since(one, told) for one in self._below[stage])
        )

    def _told_before(self, stage: _Stage, told: Collection[_Stage]) -> bool:
        return stage in self._above and all(one in told or self._told_before(one, told) for one in self._above[stage])

    def spoken_for(self, units: Iterable[str], told: Iterable[tuple[str, date]], on: date) -> frozenset[str]:
        """Return those of `units`, as of the day `on`, all of whose people are in the figures `told`, their own or others'."""
        stages = {self._stage(unit, day): unit for unit, day in told}
        own = set(stages.values())
        return frozenset(
            unit
            for unit in units
            if unit in own
            or self._told_before(stage := self._stage(unit, on), stages)
            or self._told_since(stage, stages)
        )


class UnitMatcher:
    """Finds units by name; built once per plan.

    A closed unit that another names among its predecessors leads to that successor; a name shared by several successors is
    ambiguous.
    """

    def __init__(self, units: pl.DataFrame, ambiguous: pl.DataFrame, lineage: Lineage) -> None:
        self._lineage = lineage
        self._ids: dict[str, str] = {}
        self._former: dict[str, list[str]] = {}
        self._asked: dict[str, tuple[str, ...]] = {
            fold(alias): tuple(ids) for alias, ids in ambiguous.select("alias", "unit_ids").iter_rows()
        }
        self._keys: dict[str, list[str]] = {}
        for unit in units.iter_rows(named=True):
            unit_id = unit["unit_id"]
            for name in own_names(unit):
                self._ids[fold(name)] = unit_id
                self._remember(name, unit_id)
            for name in unit["predecessors"]:
                self._former.setdefault(fold(name), []).append(unit_id)
                self._remember(name, unit_id)

    def _remember(self, name: str, unit_id: str) -> None:
        ids = self._keys.setdefault(match_key(name), [])
        if unit_id not in ids:
            ids.append(unit_id)

    def find(self, text: str, on: date) -> UnitMatch:
        """Return the unit that `text` names on a day."""
        key = fold(text)
        if key in self._asked:
            return UnitMatch(None, ambiguous=self._asked[key])
        if key in self._ids:
            return self._lead(self._ids[key], on)
        if key not in self._former:
            return UnitMatch(None, suggestions=self._near(text))
        # an older name without a row of its own: nobody's on a day before its successor was there
        there = tuple(unit_id for unit_id in self._former[key] if self._lead(unit_id, on).named is None)
        return UnitMatch(there[0]) if len(there) == 1 else UnitMatch(None, ambiguous=there)

    def _lead(self, named: str, on: date) -> UnitMatch:
        """Return a unit of the register, or those that took its place by a day."""
        unit_id = self._lineage.same_body(named, on)
        if self._lineage.exists(unit_id, on):
            return UnitMatch(unit_id)
        heirs = tuple(heir for heir in self._lineage.line_of(unit_id) if self._lineage.exists(heir, on))
        if len(heirs) > 1:
            return UnitMatch(None, ambiguous=heirs, named=unit_id)
        return UnitMatch(heirs[0] if heirs else unit_id, named=unit_id)

    def _near(self, text: str) -> tuple[str, ...]:
        keys = difflib.get_close_matches(match_key(text), self._keys, n=2 * _SUGGESTIONS, cutoff=_NEAR)
        return tuple(dict.fromkeys(unit_id for key in keys for unit_id in self._keys[key]))[:_SUGGESTIONS]


def resolve(references: Iterable[str], units: pl.DataFrame) -> list[str]:
    """Return the ids of the units that `references` name, each once, in the register's order.

    Example:
        >>> register = pl.DataFrame({"unit_id": ["a", "b"], "groups": [["vu"], ["vien"]]})
        >>> resolve(["nhom:vien", "b"], register), resolve(["all"], register)
        (['b'], ['a', 'b'])
    """
    wanted = set(references)
    return [
        unit_id
        for unit_id, groups in zip(units["unit_id"].to_list(), units["groups"].to_list(), strict=True)
        if ALL in wanted or unit_id in wanted or any(GROUP + group in wanted for group in groups)
    ]


def unknown_reference(references: Iterable[str], units: set[str], groups: set[str]) -> str | None:
    """Return the first reference that names no unit and no group; None where all are known."""
    known = {ALL, *units, *(GROUP + group for group in groups)}
    return next((reference for reference in references if reference not in known), None)
