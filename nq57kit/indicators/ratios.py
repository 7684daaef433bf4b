"""A ratio as it was counted: whole numbers, its bounds, and the units that are in it.

In: counts. Out: `Ratio`, the one value that indicators hand to the judge of targets.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Ratio"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Numerator and denominator of an indicator, kept as whole numbers so that it compares exactly.

    `unknown` counts members of the denominator of which no unit has spoken; None where the denominator comes
    from the units themselves, so that what is missing cannot be known. `units` are those whose rows are in it.

    Example:
        >>> ratio = Ratio(4, 10, unknown=3)
        >>> ratio.value, ratio.low, ratio.high
        (Fraction(2, 5), Fraction(2, 5), Fraction(7, 10))
    """

    numerator: int
    denominator: int
    unknown: int | None = None
    units: frozenset[str] = frozenset()

    @property
    def value(self) -> Fraction | None:
        """The exact ratio (0 to 1); None where the denominator is 0."""
        return self._over(self.numerator)

    @property
    def low(self) -> Fraction | None:
        """The ratio if every unknown member were a «no»; None without a register."""
        return None if self.unknown is None else self._over(self.numerator)

    @property
    def high(self) -> Fraction | None:
        """The ratio if every unknown member were a «yes»; None without a register."""
        return None if self.unknown is None else self._over(self.numerator + self.unknown)

    def _over(self, part: int) -> Fraction | None:
        return Fraction(part, self.denominator) if self.denominator > 0 else None
