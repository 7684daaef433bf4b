"""Preparing submissions for the store: files encoded, written and flushed beside it, some at a time.

In: a submission and its receipt. Out: a folder in `.staging`, ready for one rename. Whoever asked for it renames
or drops it; nothing here has a final name. Encoding and flushing wait on libraries and on the disk, so a few threads
do them while the submissions before are moved into place, in their order.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from nq57kit.files import write_atomically
from nq57kit.store.disk import drop_stage, make_stage
from nq57kit.store.layout import RECEIPT
from nq57kit.store.proof import write_sums
from nq57kit.store.tables import encode
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import findings_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from nq57kit.store.receipts import Receipt, Refusal
    from nq57kit.submissions import Submission

__all__ = ["RAW", "REFUSAL", "SUBMISSION", "Stager", "write_raw", "write_refusal", "write_submission"]

#: What a staged folder holds: the submission's folder or why it was refused, and the unit's own file.
SUBMISSION: Final = "submission"
REFUSAL: Final = "refusal.json"
RAW: Final = "raw"
#: So many submissions are prepared before their turn; below `_FEW` none, where threads would not pay.
_AHEAD: Final = 4
_FEW: Final = 8


def write_submission(staged: Path, submission: Submission, receipt: Receipt) -> Path:
    """Write a submission's tables, findings and receipt into `staged`; return their folder."""
    folder = staged / SUBMISSION
    for table in TABLES:
        write_atomically(folder / f"{table}.parquet", encode(table, submission.tables.get(table)))
    write_atomically(folder / "findings.parquet", encode("findings", findings_frame(submission.findings)))
    write_atomically(folder / RECEIPT, receipt.to_json())
    write_sums(folder)
    return folder


def write_refusal(staged: Path, refusal: Refusal) -> Path:
    """Write why a submission was refused into `staged`; return the file."""
    return write_atomically(staged / REFUSAL, refusal.to_json())


def write_raw(staged: Path, submission: Submission) -> Path:
    """Write the unit's own bytes into `staged`; return the file."""
    return write_atomically(staged / RAW, submission.content)


class Stager:
    """Prepares items in their order, a few before their turn; used as a context, at whose end nothing staged is left.

    `prepare(number, folder)` writes into an empty folder; what it raises is raised when its turn comes.
    """

    def __init__(self, root: Path, prepare: Callable[[int, Path], None], *, ahead: int | None = None) -> None:
        self._root, self._prepare = root, prepare
        self._ahead = ahead
        self._pool: ThreadPoolExecutor | None = None
        self._staged: deque[tuple[int, Path, Future[None]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        for _, folder, _ in self._staged:
            drop_stage(folder)

    def run(self, numbers: Iterable[int], take: Callable[[int, Path], None]) -> None:
        """Prepare each of `numbers` and call `take(number, folder)` for it, in order; the folder is gone afterwards."""
        left = deque(numbers)
        ahead = (_AHEAD if len(left) >= _FEW else 0) if self._ahead is None else self._ahead
        while left or self._staged:
            while left and len(self._staged) <= ahead:
                self._start(left.popleft(), threaded=ahead > 0)
            number, folder, written = self._staged[0]
            try:
                written.result()
                take(number, folder)
            finally:
                self._staged.popleft()
                drop_stage(folder)

    def _start(self, number: int, *, threaded: bool) -> None:
        folder = make_stage(self._root)
        if threaded:
            self._pool = self._pool or ThreadPoolExecutor(_AHEAD, thread_name_prefix="nq57-stage")
            written = self._pool.submit(self._prepare, number, folder)
        else:
            written = Future()
            try:
                written.set_result(self._prepare(number, folder))
            except Exception as error:
                written.set_exception(error)
        self._staged.append((number, folder, written))
