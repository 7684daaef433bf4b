"""A submission that is known to be right, without a workbook behind it: what a synthetic store at scale is made of.

In: what its receipt needs, the bytes that stand for the unit's file, typed frames. Out: one value of the three.
`sample.masses` makes them, `store.bulk` writes them; what units really send comes by `reading`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import polars as pl

__all__ = ["Accepted"]


@dataclass(frozen=True)
class Accepted:
    """One accepted submission: `content` stands for the file that the unit sent, `tables` has frames by table's name.

    A table without rows may be left out of `tables`.
    """

    unit_id: str
    period: str
    sent_at: datetime
    file: str
    reference_number: str
    content: bytes
    tables: Mapping[str, pl.DataFrame]
