"""`Store`: what the units sent and what was accepted, read from one folder.

In: the folder, a period, a day as of which to look. Out: receipts, refusals, findings, lazy frames, raw bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes
from nq57kit.store.compacted import Chosen, choose, read_receipts
from nq57kit.store.disk import hold_lock, say_failure
from nq57kit.store.layout import (
    MARKER,
    check_marker,
    find_raw,
    receipt_paths,
    refusal_paths,
    write_marker,
)
from nq57kit.store.locking import read_locks
from nq57kit.store.pinning import Pins, pick
from nq57kit.store.receipts import (
    Ranked,
    Receipt,
    Refusal,
    rank,
    read_receipt,
    read_refusal,
    receipts_frame,
    refusals_frame,
    standing,
    to_moment,
)
from nq57kit.store.tables import PLACE, file_schema, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from nq57kit.plan import Calendar, Period, Plan

__all__ = ["Store"]

_LOCK_SECONDS = 60.0


class Store:
    """Accepted submissions in one folder; contract §2–3 and docs/store.md.

    `plan` gives the periods and deadlines (the packaged plan without it). Reading takes no lock: a
    submission is there whole or not at all. Raises StoreError if the folder is no store.

    Example:
        >>> import tempfile
        >>> store = Store.create(Path(tempfile.mkdtemp()) / "kho")
        >>> store.receipts("2026").height, store.read("activities").collect().height
        (0, 0)
    """

    def __init__(self, folder: Path | str, *, plan: Plan | None = None) -> None:
        self.folder = Path(folder)
        self._plan = plan
        self._seen: tuple[tuple[Receipt, ...], tuple[Refusal, ...]] | None = None
        self._locks: Mapping[str, str] | None = None
        self._packed = True
        self._known: dict[object, tuple[Any, tuple[object, ...]]] = {}
        check_marker(self.folder)

    @classmethod
    def create(cls, folder: Path | str, *, plan: Plan | None = None) -> Store:
        """Open the store in `folder`, made there if there is none.

        Raises StoreError if the folder holds other files, or cannot be written.

        Example:
            >>> import tempfile
            >>> Store.create(tempfile.mkdtemp()).folder.joinpath("nq57-store.json").is_file()
            True
        """
        root = Path(folder)
        if root.joinpath(MARKER).exists():
            return cls(root, plan=plan)
        try:
            taken = root.exists() and (not root.is_dir() or any(_visible(root)))
            if taken and not root.joinpath(MARKER).exists():  # another command may have made it just now
                raise StoreError(
                    f"Không tạo được kho tại «{root}» vì ở đó đã có tệp khác; chọn một thư mục mới hoặc trống."
                )
            root.mkdir(parents=True, exist_ok=True)
            with hold_lock(root, _LOCK_SECONDS):
                if not root.joinpath(MARKER).exists():
                    write_marker(root)
        except OSError as error:
            raise StoreError(f"Không tạo được kho tại «{root}»: {say_failure(error)}.") from error
        return cls(root, plan=plan)

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    @property
    def plan(self) -> Plan:
        """The plan by which periods and deadlines are judged."""
        from nq57kit.plan import load_plan

        return self._plan or load_plan()

    def snapshot(self) -> Store:
        """Return a view of the store as it is at this moment: what is ingested later is not in it.

        A report reads many tables; through one snapshot they all tell of the same submissions.

        Example:
            >>> import tempfile
            >>> Store.create(tempfile.mkdtemp()).snapshot().refusals().height
            0
        """
        if self._seen is not None:
            return self
        return self._view(self._receipts(None), self._refusals(None), None)

    def official(self) -> Store:
        """Return a snapshot for a report: of a locked half only what its lock holds, of an open one all there is.

        What came after a lock is in `snapshot()` and in `nq57kit status`, and in no report (docs/reproducibility.md).

        Example:
            >>> import tempfile
            >>> Store.create(tempfile.mkdtemp()).official().locks
            {}
        """
        view = self.snapshot()
        closed = {half: lock for half, lock in read_locks(self.folder).items() if lock.is_locked}
        for half, lock in closed.items():
            pick(view.accepted(half), lock.accepted, "báo cáo")  # what a lock holds must be there
        accepted = tuple(row for row in view.accepted() if row.period not in closed or closed[row.period].has(row))
        refused = tuple(row for row in view.refused() if row.period not in closed or closed[row.period].has(row))
        return self._view(accepted, refused, {half: lock.manifest_sha256 for half, lock in closed.items()})

    def pinned(self, pins: Pins) -> Store:
        """Return a view of exactly the submissions that `pins` name, under the locks that were in force then.

        It reads the submissions' own files, never the cache of `compact`. Raises StoreError that says which of them the store does not have.

        Example:
            >>> import tempfile
            >>> Store.create(tempfile.mkdtemp()).pinned(Pins(accepted=("0" * 64,)))
            Traceback (most recent call last):
                ...
            nq57kit.errors.StoreError: Kho thiếu 1 báo cáo cần dùng: mã 0000000000000000…; \
khôi phục từ bản sao lưu.
        """
        receipts = tuple(read_receipt(path) for path in receipt_paths(self.folder, None))
        accepted = pick(receipts, pins.accepted, "báo cáo")
        refused = pick(self.snapshot().refused(), pins.refused, "báo cáo bị trả lại")
        view = self._view(accepted, refused, dict(pins.locks))
        view._packed = False
        return view

    @property
    def locks(self) -> Mapping[str, str]:
        """The halves that are closed, each with the SHA-256 of its manifest; of a pinned view, those of that time."""
        if self._locks is not None:
            return self._locks
        return {half: lock.manifest_sha256 for half, lock in read_locks(self.folder).items() if lock.is_locked}

    def accepted(self, half: str | None = None) -> tuple[Receipt, ...]:
        """Return the receipts of all accepted submissions, of one half where given."""
        return self._receipts(None if half is None else frozenset((half,)))

    def refused(self, half: str | None = None) -> tuple[Refusal, ...]:
        """Return all refused submissions, of one half where given, whether or not an accepted one followed."""
        return self._refusals(None if half is None else frozenset((half,)))

    def _view(
        self, accepted: tuple[Receipt, ...], refused: tuple[Refusal, ...], locks: Mapping[str, str] | None
    ) -> Store:
        view = Store(self.folder, plan=self._plan)
        view._seen, view._locks = (accepted, refused), locks
        return view

    def receipts(self, period: str | Period | None = None, *, as_of: date | datetime | None = None) -> pl.DataFrame:
        """Return one row per accepted submission, all revisions, sorted by period, unit_id, revision.

        A year means both halves. `as_of` shows only what was sent up to the end of that day in Hà Nội
        (or that moment); revisions are counted among what is shown. `on_time` is of the row's own
        time, null for a period outside the plan's years. Raises PeriodError for text that is no period.

        Columns: unit_id, period, revision, sent_at, sent_at_source (option | sent.csv | ingest), ingested_at,
        sha256, file, reference_number, template_version, is_latest, is_first, on_time, is_empty, notice,
        secret_task_count, warnings.
        """
        calendar = self._calendar(period)
        calendar, ranked = self._calendar(period), self._ranked(period, as_of)
        found: pl.DataFrame = self._once(
            ("receipts", id(ranked), id(calendar)), lambda: receipts_frame(ranked, calendar), calendar
        )
        return found

    def refusals(self, period: str | Period | None = None, *, as_of: date | datetime | None = None) -> pl.DataFrame:
        """Return the refused submissions that no accepted one of the same unit and period followed.

        Columns: unit_id, period, sent_at, sha256, file, errors (their number).
        """
        found = standing(self._refusals(self._periods(period)), self._ranked(period, as_of), as_of)
        return refusals_frame(found)

    def read(
        self,
        table: str,
        period: str | Period | None = None,
        *,
        as_of: date | datetime | None = None,
        revisions: Literal["latest", "all"] = "latest",
    ) -> pl.LazyFrame:
        """Return a table of the accepted submissions: unit_id, period, revision, its fields, source_sheet, source_row.

        Only the latest revision of each unit and period, or all. Sorted by period, unit_id, revision,
        source_row. Nothing is read before `.collect()`. Raises StoreError for an unknown table.

        Example:
            >>> import tempfile
            >>> Store.create(tempfile.mkdtemp()).read("budget", "2026-H2").collect_schema().names()[:4]
            ['unit_id', 'period', 'revision', 'task_id']
        """
        if revisions not in ("latest", "all"):
            raise StoreError(f"revisions «{revisions}» không hợp lệ; ghi latest (bản mới nhất) hoặc all (mọi bản).")
        file_schema(table)
        ranked = self._ranked(period, as_of)
        if not self._packed:
            rows = [row for row in ranked if revisions == "all" or row.is_latest]
            folders = [row.receipt.folder for row in rows if row.receipt.folder is not None]
            return scan(table, folders, [row.revision for row in rows])
        chosen: Chosen = self._once(
            ("chosen", id(ranked), revisions),
            lambda: choose(self.folder, [row for row in ranked if revisions == "all" or row.is_latest]),
        )
        return chosen.scan(table)

    def findings(self, period: str | Period | None = None, *, as_of: date | datetime | None = None) -> pl.DataFrame:
        """Return warnings and notes of the latest revisions, sorted by period, unit_id, warnings first.

        What the check of the file said is read; what speaks against the unit's earlier half is found anew, so it
        depends on what the store holds and not on which file came first (docs/checks.md).

        Columns: unit_id, period, code, severity, file, table, sheet, cell, field, value, message.
        """
        from nq57kit.store.crosschecks import half_findings
        from nq57kit.submissions.comparisons import HALF_CODES

        view = self.snapshot()
        stored = view.read("findings", period, as_of=as_of).select(*PLACE, *file_schema("findings")).collect()
        own = stored.filter(~pl.col("code").is_in(HALF_CODES))
        every = pl.concat([own, half_findings(view, period, as_of=as_of)])
        return every.sort("period", "unit_id", pl.col("severity") != "warning", maintain_order=True)

    def cross_findings(
        self, period: str | Period | None = None, *, as_of: date | datetime | None = None
    ) -> pl.DataFrame:
        """Return warnings about what units tell against each other, as the store stands; never stored.

        One science code with two names or answers, one evidence twice, identical figures. Columns as in
        `findings`; other units are named by their short names.

        Example:
            >>> import tempfile
            >>> Store.create(tempfile.mkdtemp()).cross_findings("2026-H2").height
            0
        """
        from nq57kit.store.crosschecks import cross_findings

        return cross_findings(self, period, as_of=as_of)

    def raw(self, sha256: str) -> bytes:
        """Return the bytes that a unit submitted, exactly. Raises StoreError if missing or changed since."""
        path = find_raw(self.folder, sha256)
        if path is None:
            raise StoreError(f"Kho «{self.folder}» không có tệp gốc mang mã «{sha256}»; xem mã trong sổ tiếp nhận.")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StoreError(f"Không đọc được tệp gốc «{path}»; kiểm tra quyền đọc rồi chạy lại.") from error
        if hash_bytes(content) != sha256:
            raise StoreError(f"Tệp gốc «{path}» đã bị thay đổi so với lúc tiếp nhận; khôi phục từ bản sao lưu.")
        return content

    def _receipts(self, periods: frozenset[str] | None) -> tuple[Receipt, ...]:
        if self._seen is not None:
            return self._seen[0] if periods is None else self._once(periods, lambda: self._of(periods))
        return read_receipts(self.folder, periods)

    def _of(self, periods: frozenset[str]) -> tuple[Receipt, ...]:
        return tuple(row for row in self._receipts(None) if row.period in periods)

    def _refusals(self, periods: frozenset[str] | None) -> tuple[Refusal, ...]:
        if self._seen is not None:
            return tuple(row for row in self._seen[1] if periods is None or row.period in periods)
        return tuple(read_refusal(path) for path in refusal_paths(self.folder, periods))

    def _ranked(self, period: str | Period | None, as_of: date | datetime | None) -> list[Ranked]:
        periods = self._periods(period)
        every: list[Ranked] = self._once(("ranked", periods), lambda: rank(self._receipts(periods)))
        end = to_moment(as_of)
        if end is None or not every:
            return every
        last: datetime = self._once(("last", periods), lambda: max(row.receipt.sent_at for row in every))
        if last < end:
            return every
        seen: list[Ranked] = self._once(("ranked", periods, end), lambda: rank((row.receipt for row in every), as_of))
        return seen

    def _once(self, key: object, make: Callable[[], Any], *kept: object) -> Any:
        """Return what `make` gives: of a snapshot it stays true and is known from then on; the living store is asked anew.

        What a key names by its `id` must stay: `kept`, or a result of this method.
        """
        if self._seen is None:
            return make()
        if key not in self._known:
            self._known[key] = make(), kept
        return self._known[key][0]

    def _calendar(self, period: str | Period | None) -> Calendar:
        from nq57kit.plan import Period

        return period.calendar if isinstance(period, Period) else self.plan.calendar

    def _periods(self, period: str | Period | None) -> frozenset[str] | None:
        from nq57kit.plan import Period

        if period is None:
            return None
        found = period if isinstance(period, Period) else Period.parse(period, self._calendar(None))
        return frozenset(str(half) for half in found.halves)


def _visible(folder: Path) -> list[Path]:
    """Return what a person put into a folder (a file manager's hidden files do not count)."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")]
