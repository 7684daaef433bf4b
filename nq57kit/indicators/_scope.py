"""What a report looks at: the frames of `Inputs`, read once, and the halves in which rows count.

In: `Inputs`. Out: `Scope`, one for the period itself and one for the period before, so that both are
computed by the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators._frames import align, of_periods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.indicators.model import Inputs
    from nq57kit.plan import Period

__all__ = ["Scope", "open_scopes"]

#: Tables that indicators read; the cover with its contact data is not among them.
_READ: Final = ("activities", "science_tasks", "workforce", "task_progress", "budget", "issues")


@dataclass(frozen=True)
class Scope:
    """A period with its tables in memory: `year(name)` up to the period, `own(name)` of its halves alone."""

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
    wanted = [align(inputs.tables.get(name), name) for name in _READ]
    if with_previous:
        wanted += [align(inputs.previous.get(name), name) for name in _READ]
    frames = [frame.lazy() for frame in pl.collect_all(wanted)]
    scope = Scope(inputs.period, inputs.receipts, dict(zip(_READ, frames, strict=False)))
    if before is None or not with_previous:
        return scope, None
    tables = dict(zip(_READ, frames[len(_READ) :], strict=True))
    return scope, Scope(before, inputs.previous_receipts, tables)
