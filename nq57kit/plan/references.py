"""Who the plan means: references such as `nhom:vien` or `all` turned into units of the register.

In: references and the typed register. Out: unit ids in the register's order. `all` is every unit,
`nhom:<group>` the members of a group, anything else one unit.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

__all__ = ["ALL", "GROUP", "resolve", "unknown_reference"]

ALL = "all"
GROUP = "nhom:"


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
        if ALL in wanted or unit_id in wanted or any(GROUP + group in wanted for group in groups)
    ]


def unknown_reference(references: Iterable[str], units: set[str], groups: set[str]) -> str | None:
    """Return the first reference that names no unit and no group; None where all are known."""
    for reference in references:
        if reference == ALL or reference in units:
            continue
        if reference.startswith(GROUP) and reference.removeprefix(GROUP) in groups:
            continue
        return reference
    return None
