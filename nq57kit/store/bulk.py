"""Writing a whole store at once: many submissions that are known to be right, such as a synthetic one at scale.

In: submissions as typed frames. Out: the folders and files that `ingest` would have written for them (docs/store.md),
without reading back, comparing or flushing each: the folder becomes a store when its marker is written, last.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nq57kit import __version__
from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes
from nq57kit.store.layout import MARKER, RECEIPT, Place, raw_path, submission_folder, write_marker
from nq57kit.store.proof import SUMS
from nq57kit.store.receipts import Receipt
from nq57kit.store.tables import encode
from nq57kit.submissions.contract import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nq57kit.submissions.accepted import Accepted

__all__ = ["finish_bulk", "refuse_taken", "write_bulk"]


def refuse_taken(root: Path) -> None:
    """Raise StoreError unless `root` is missing or empty, so that nothing is ever written over."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise StoreError(f"«{root}» đã có dữ liệu; chọn một thư mục mới hoặc trống.")


def write_bulk(root: Path, submissions: Iterable[Accepted], *, plan_hash: str, notice: str) -> int:
    """Write submissions below `root`, which is no store before `finish_bulk`; return how many were written.

    Several processes can write different submissions of one store at the same time.
    """
    number = 0
    for submission in submissions:
        _write(root, submission, plan_hash, notice)
        number += 1
    return number


def finish_bulk(root: Path) -> None:
    """Make `root` a store."""
    root.mkdir(parents=True, exist_ok=True)
    if not (root / MARKER).exists():
        write_marker(root)


def _write(root: Path, submission: Accepted, plan_hash: str, notice: str) -> None:
    sha256 = hash_bytes(submission.content)
    place = Place(submission.unit_id, submission.period, sha256)
    content = {f"{table}.parquet": encode(table, submission.tables.get(table)) for table in (*TABLES, "findings")}
    content[RECEIPT] = _receipt(submission, place, plan_hash, notice).to_json().encode("utf-8")
    content[SUMS] = "".join(f"{hash_bytes(content[name])}  {name}\n" for name in sorted(content)).encode("utf-8")
    raw = raw_path(root, sha256, submission.file)
    raw.parent.mkdir(parents=True, exist_ok=True)
    raw.write_bytes(submission.content)
    folder = submission_folder(root, place)
    folder.mkdir(parents=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)


def _receipt(submission: Accepted, place: Place, plan_hash: str, notice: str) -> Receipt:
    counts: dict[str, Any] = {}
    for table in TABLES:
        rows = submission.tables[table].height if table in submission.tables else 0
        counts[table] = {"seen": rows, "accepted": rows, "refused": 0, "skipped": 0}
    told = ("activities", "science_tasks", "task_progress", "issues")
    return Receipt(
        unit_id=place.unit_id,
        period=place.period,
        sent_at=submission.sent_at,
        sent_at_source="sent.csv",
        ingested_at=submission.sent_at + timedelta(days=1),
        sha256=place.sha256,
        file=submission.file,
        reference_number=submission.reference_number,
        template_version=None,
        counts=counts,
        warnings=0,
        nq57kit_version=__version__,
        plan_hash=plan_hash,
        notice=notice,
        is_empty=not any(counts[table]["accepted"] for table in told),
        secret_task_count=0,
    )
