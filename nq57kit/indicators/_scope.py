"""What a report looks at: the frames of `Inputs`, read once, and the halves in which rows count.

In: `Inputs`. Out: `Scope`, one for the period itself and one for the period before, so that both are
computed by the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators._frames import align, of_periods
from nq57kit.indicators.science import Told, read_told, science_tasks, with_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.indicators.model import Inputs
    from nq57kit.plan import Period

__all__ = ["Scope", "open_scopes"]

#: Tables that indicators read; the cover with its contact data is not among them.
_READ: Final = ("activities", "science_tasks", "workforce", "task_progress", "budget", "issues")


#: The tables whose rows are units × tasks at most; activities are as many as the ministry does and are never held.
_HELD: Final = tuple(name for name in _READ if name != "activities")


@dataclass(frozen=True)
class Scope:
    """A period with its tables: `year(name)` up to the period, `own(name)` of its halves alone.

    All tables but `activities` are in memory; those are read from the store by each query.
    """

    period: Period
    receipts: pl.DataFrame | None
    tables: Mapping[str, pl.LazyFrame]

    @property
    def until(self) -> tuple[Period, ...]:
        """The halves of the year up to the period."""
        return self.period.year_so_far

    def year(self, name: str) -> pl.LazyFrame:
        """Return the rows of a table from the halves of the year up to the period."""
        return of_periods(self.tables[name], self.until)

    def own(self, name: str) -> pl.LazyFrame:
        """Return the rows of a table from the period's own halves."""
        return of_periods(self.tables[name], self.period.halves)

    @cached_property
    def told(self) -> Told:
        """What the units tell of science tasks in the year up to the period."""
        return read_told(self.year("science_tasks"), year=self.period.year, until=self.period.window.end)

    @cached_property
    def _science(self) -> dict[int | None, tuple[pl.DataFrame | None, pl.DataFrame]]:
        return {}

    def science(self, register: pl.DataFrame | None = None) -> pl.DataFrame:
        """Return the science tasks of the year up to the period (`science.science_tasks`), computed once."""
        key = None if register is None else id(register)
        if key not in self._science:
            tasks = science_tasks(self.told, year=self.period.year, until=self.period.window.end, register=register)
            self._science[key] = register, tasks  # the register is kept, so that its id stays its own
        return self._science[key][1]

    def accepted_units(self) -> frozenset[str]:
        """Return the units with an accepted submission in the year up to the period.

        Without receipts, those that a stored row names: what is stored has been accepted.
        """
        if self.receipts is None:
            said = pl.concat([self.year(name).select("unit_id") for name in self.tables])
        else:
            said = of_periods(self.receipts.lazy(), self.until).filter("is_latest").select("unit_id")
        return frozenset(said.unique().collect()["unit_id"].to_list())


def open_scopes(inputs: Inputs) -> tuple[Scope, Scope | None]:
    """Return the scope of the period and that of the period before (None where there is none), read in one go."""
    before = inputs.period.previous
    with_previous = before is not None and bool(inputs.previous)
    tables = [{name: align(inputs.tables.get(name), name) for name in _READ}]
    if with_previous:
        tables.append({name: align(inputs.previous.get(name), name) for name in _READ})
    held = pl.collect_all([one[name] for one in tables for name in _HELD], engine="streaming")
    for one in tables:
        for name in _HELD:
            one[name] = with_keys(held.pop(0)).lazy() if name == "science_tasks" else held.pop(0).lazy()
    scope = Scope(inputs.period, inputs.receipts, tables[0])
    if before is None or not with_previous:
        return scope, None
    return scope, Scope(before, inputs.previous_receipts, tables[1])
