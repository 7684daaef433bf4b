"""Whom the plan means: a name as somebody wrote it, or a reference such as `nhom:vien`, to units of the register.

In: the register, the list of ambiguous short names, a text or references. Out: `UnitMatch` (one unit, or nearby units to
suggest, or the units that a name could mean: a near match is never taken), or unit ids in the register's order.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from nq57kit.text import fold, match_key

__all__ = ["UnitMatch", "UnitMatcher", "own_names", "resolve", "unknown_reference"]

_SUGGESTIONS = 3
_NEAR = 0.7
#: `all` is every unit, `nhom:<group>` the members of a group, anything else one unit.
_ALL = "all"
_GROUP = "nhom:"


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """What a text says about a unit: the unit's id, or ids to suggest, or ids to ask about."""

    unit_id: str | None
    suggestions: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()


def own_names(unit: Mapping[str, object]) -> list[str]:
    """Return every name of a unit's row: its id, name, short name and aliases."""
    aliases = unit["aliases"]
    names = [str(unit["unit_id"]), str(unit["name"]), str(unit["short_name"])]
    return [*names, *(aliases if isinstance(aliases, list) else [])]


class UnitMatcher:
    """Finds units by name; built once per plan.

    A closed unit (`valid_to`) that another names among its predecessors leads to that successor; a name
    shared by several successors is ambiguous.
    """

    def __init__(self, units: pl.DataFrame, ambiguous: pl.DataFrame) -> None:
        self._ids: dict[str, str] = {}
        self._closed: dict[str, date | None] = {}
        self._former: dict[str, list[str]] = {}
        self._asked: dict[str, tuple[str, ...]] = {
            fold(alias): tuple(ids) for alias, ids in ambiguous.select("alias", "unit_ids").iter_rows()
        }
        self._keys: dict[str, list[str]] = {}
        for unit in units.iter_rows(named=True):
            unit_id = unit["unit_id"]
            self._closed[unit_id] = unit["valid_to"]
            for name in own_names(unit):
                self._ids[fold(name)] = unit_id
                self._remember(name, unit_id)
            for name in unit["predecessors"]:
                self._former.setdefault(fold(name), []).append(unit_id)
                self._remember(name, unit_id)
        self._successors: dict[str, list[str]] = {}
        for name, successors in self._former.items():
            if name in self._ids:
                self._successors.setdefault(self._ids[name], []).extend(successors)

    def _remember(self, name: str, unit_id: str) -> None:
        ids = self._keys.setdefault(match_key(name), [])
        if unit_id not in ids:
            ids.append(unit_id)

    def find(self, text: str, on: date | None = None) -> UnitMatch:
        """Return the unit that `text` names on the day `on` (without it: after all changes of the register)."""
        key = fold(text)
        if key in self._asked:
            return UnitMatch(None, ambiguous=self._asked[key])
        if key in self._ids:
            found = self._follow([self._ids[key]], on)
        elif key in self._former:
            found = self._follow(self._former[key], on)
        else:
            return UnitMatch(None, suggestions=self._near(text))
        return UnitMatch(found[0]) if len(found) == 1 else UnitMatch(None, ambiguous=tuple(found))

    def _follow(self, ids: list[str], on: date | None) -> list[str]:
        """Replace each unit that is closed on the day by its successors, to the end of the chain."""
        found: list[str] = []
        waiting, seen = list(ids), set[str]()
        while waiting:
            unit_id = waiting.pop(0)
            if unit_id in seen:
                continue
            seen.add(unit_id)
            closed = self._closed[unit_id]
            successors = self._successors.get(unit_id, [])
            if closed is not None and successors and (on is None or on > closed):
                waiting.extend(successors)
            else:
                found.append(unit_id)
        return found or list(ids)

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
        for unit_id, groups in units.select("unit_id", "groups").iter_rows()
        if _ALL in wanted or unit_id in wanted or any(_GROUP + group in wanted for group in groups)
    ]


def unknown_reference(references: Iterable[str], units: set[str], groups: set[str]) -> str | None:
    """Return the first reference that names no unit and no group; None where all are known."""
    known = {_ALL, *units, *(_GROUP + group for group in groups)}
    return next((reference for reference in references if reference not in known), None)
