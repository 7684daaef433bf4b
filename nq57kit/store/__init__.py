"""The store: accepted submissions on disk, one folder that polars, DuckDB or Spark read without us.

In: checked submissions and the time at which they were sent. Out: receipts, revisions and lazy frames.
The only room that writes accepted data; docs/store.md draws the folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nq57kit.lazy import load_lazily

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

__getattr__, __dir__ = load_lazily(__name__, _HOMES)
