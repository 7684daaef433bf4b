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
    "Pins": "store",
    "Place": "folder",
    "Snapshot": "store",
    "Store": "store",
    "correct_sent_at": "closing",
    "find_cell": "folder",
    "find_differences": "diff",
    "find_raw": "folder",
    "find_submissions": "arrivals",
    "ingest": "intake",
    "lock_period": "closing",
    "parse_sent_at": "arrivals",
    "prove_refusal": "proof",
    "prove_store": "proof",
    "prove_submission": "proof",
    "reporting_status": "status",
    "unlock_period": "closing",
    "warn_against_store": "crosschecks",
}

__all__ = [
    "Change",
    "Difference",
    "IngestError",
    "IngestReport",
    "IngestResult",
    "Pins",
    "Place",
    "Snapshot",
    "Store",
    "correct_sent_at",
    "find_cell",
    "find_differences",
    "find_raw",
    "find_submissions",
    "ingest",
    "lock_period",
    "parse_sent_at",
    "prove_refusal",
    "prove_store",
    "prove_submission",
    "reporting_status",
    "unlock_period",
    "warn_against_store",
]

if TYPE_CHECKING:
    from nq57kit.store.arrivals import find_submissions, parse_sent_at
    from nq57kit.store.closing import correct_sent_at, lock_period, unlock_period
    from nq57kit.store.crosschecks import warn_against_store
    from nq57kit.store.diff import Change, Difference, find_differences
    from nq57kit.store.folder import Place, find_cell, find_raw
    from nq57kit.store.intake import IngestError, IngestReport, IngestResult, ingest
    from nq57kit.store.proof import prove_refusal, prove_store, prove_submission
    from nq57kit.store.status import reporting_status
    from nq57kit.store.store import Pins, Snapshot, Store

__getattr__, __dir__ = load_lazily(__name__, _HOMES)
