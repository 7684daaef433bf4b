"""Tracing: from a figure of a report back to the rows that made it, and to those left out, each with its reason.

In: `Results`. Out: `Traceable`s by name, each with its figure and the function that gives its rows. No rule is written
here a second time: rows come from the functions that counted them, and from `Results.left_out`.
"""

from __future__ import annotations

from nq57kit.indicators.tracing._rows import ROWS, Traceable
from nq57kit.indicators.tracing.catalogue import list_figures

__all__ = ["ROWS", "Traceable", "list_figures"]
