"""The store: accepted submissions on disk, one folder that polars, DuckDB or Spark read without us.

In: checked submissions and the time at which they were sent. Out: receipts, revisions and lazy frames.
The only room that writes accepted data; docs/store.md draws the folder.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Change": "diff",
    "Difference": "diff",
    "IngestError": "intake",
    "IngestReport": "intake",
    "IngestResult": "intake",
    "Store": "store",
    "compare_with_store": "crosschecks",
    "find_differences": "diff",
    "find_submissions": "gather",
    "ingest": "intake",
    "parse_sent_at": "sent",
    "reporting_status": "status",
    "warn_against_store": "crosschecks",
}

__all__ = [
    "Change",
    "Difference",
    "IngestError",
    "IngestReport",
    "IngestResult",
    "Store",
    "compare_with_store",
    "find_differences",
    "find_submissions",
    "ingest",
    "parse_sent_at",
    "reporting_status",
    "warn_against_store",
]

if TYPE_CHECKING:
    from nq57kit.store.crosschecks import compare_with_store, warn_against_store
    from nq57kit.store.diff import Change, Difference, find_differences
    from nq57kit.store.gather import find_submissions
    from nq57kit.store.intake import IngestError, IngestReport, IngestResult, ingest
    from nq57kit.store.sent import parse_sent_at
    from nq57kit.store.status import reporting_status
    from nq57kit.store.store import Store


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
