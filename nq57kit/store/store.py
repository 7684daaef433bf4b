"""`Store`: what the units sent and what was accepted, read from one folder.

In: the folder, a period, a day as of which to look. Out: receipts, refusals, findings, lazy frames, raw bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes
from nq57kit.store.disk import hold_lock, say_failure
from nq57kit.store.layout import (
    MARKER,
    check_marker,
    find_raw,
    receipt_paths,
    refusal_paths,
    write_marker,
)
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
)
from nq57kit.store.tables import PLACE, file_schema, scan

if TYPE_CHECKING:
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
        view = Store(self.folder, plan=self._plan)
        view._seen = (self._receipts(None), self._refusals(None))
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
        return receipts_frame(self._ranked(period, as_of), self._calendar(period))

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
        rows = [row for row in self._ranked(period, as_of) if revisions == "all" or row.is_latest]
        folders = [row.receipt.folder for row in rows if row.receipt.folder is not None]
        return scan(table, folders, [row.revision for row in rows])

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
            return tuple(row for row in self._seen[0] if periods is None or row.period in periods)
        return tuple(read_receipt(path) for path in receipt_paths(self.folder, periods))

    def _refusals(self, periods: frozenset[str] | None) -> tuple[Refusal, ...]:
        if self._seen is not None:
            return tuple(row for row in self._seen[1] if periods is None or row.period in periods)
        return tuple(read_refusal(path) for path in refusal_paths(self.folder, periods))

    def _ranked(self, period: str | Period | None, as_of: date | datetime | None) -> list[Ranked]:
        return rank(self._receipts(self._periods(period)), as_of)

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
