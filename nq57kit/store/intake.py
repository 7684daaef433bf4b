"""Taking in what the units sent: read all, then write each accepted submission by one rename.

In: workbooks and folders, a store, when they were sent. Out: the store with what was accepted, and an
`IngestReport`. Each submission is a transaction of its own; a state secret leaves no trace in the store.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from nq57kit import __version__
from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes, hash_file, write_atomically
from nq57kit.plan import Plan, load_plan
from nq57kit.store.arrivals import Arrival, gather, require_zone
from nq57kit.store.crosschecks import warn_against_store
from nq57kit.store.folder import (
    LOCK_SECONDS,
    RECEIPT,
    SUMS,
    Place,
    broken_files,
    drop_stage,
    encode,
    find_place,
    find_raw,
    find_submission,
    hold_lock,
    list_unit,
    make_stage,
    move_into_place,
    raw_path,
    refusal_path,
    say_failure,
    submission_folder,
    sweep,
    write_file,
    write_sums,
)
from nq57kit.store.locks import read_locks
from nq57kit.store.receipts import Receipt, Refusal, SentAtSource, is_on_time, rank, read_receipt, read_refusal
from nq57kit.store.store import Store
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import findings_frame
from nq57kit.submissions.reading import check_many
from nq57kit.text import format_time

if TYPE_CHECKING:
    from nq57kit.submissions import Submission

__all__ = ["IngestError", "IngestReport", "IngestResult", "Outcome", "ingest", "write_submission"]

#: `known`: the same bytes were accepted before; `secret`: refused, and nothing of it was written.
Outcome = Literal["accepted", "known", "refused", "secret"]
_NAMES_SHOWN: Final = 5
#: What a staged folder holds: the submission's folder or why it was refused, and the unit's own file.
_SUBMISSION: Final = "submission"
_REFUSAL: Final = "refusal.json"
_RAW: Final = "raw"
#: So many submissions are prepared before their turn; below `_FEW` none, where threads would not pay.
_AHEAD: Final = 4
_FEW: Final = 8


@dataclass(frozen=True)
class IngestResult:
    """What became of one file. `revision` is its rank after the run, `sent_at` the time that the store holds.

    `submission` holds tables and findings, without the file's bytes (for a secret: without tables).
    """

    file: str
    outcome: Outcome
    unit_id: str | None
    period: str | None
    revision: int | None
    sent_at: datetime
    sent_at_source: SentAtSource
    on_time: bool | None
    submission: Submission


@dataclass(frozen=True)
class IngestReport:
    """The results in the order of the files, and notes on times of sending that deserve a look (Vietnamese)."""

    results: tuple[IngestResult, ...]
    notes: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """Return how many files had this outcome."""
        return sum(result.outcome == outcome for result in self.results)


class IngestError(StoreError):
    """The disk refused in the middle of a run; `report` holds what had been taken in before, which stays."""

    def __init__(self, message: str, report: IngestReport | None = None) -> None:
        super().__init__(message)
        self.report = report or IngestReport(())


def ingest(
    paths: Iterable[Path | str] | Path | str,
    store: Store | Path | str,
    *,
    plan: Plan | None = None,
    sent_at: datetime | None = None,
    now: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
    lock_timeout: float = LOCK_SECONDS,
    convert_legacy_fonts: bool = False,
) -> IngestReport:
    """Check the submissions in `paths` and take the accepted ones into `store` (made if it is not there).

    A folder is taken with all its workbooks. When a submission was sent: `sent_at`, else `sent.csv` beside
    it, else `now` (contract §3). Files are read before the store is locked; `progress(done, total)` is called
    after each. With `convert_legacy_fonts`, TCVN3 and VNI text is read as Unicode with a note on each cell; the
    bytes that are kept stay the unit's. Raises StoreError before anything is written (a path, a row of `sent.csv`,
    a busy store), IngestError where the disk refuses, ParameterError for a time without its zone.

    Example:
        report = ingest("nhan-ve/2026-H2", "kho")
        report.count("refused")
    """
    given = [Path(path) for path in ((paths,) if isinstance(paths, (str, Path)) else paths)]
    plan = plan or (store.plan if isinstance(store, Store) else load_plan())
    zone = plan.settings.zone
    moment = require_zone(now or datetime.now(zone))
    arrivals, notes = gather(given, sent_at=require_zone(sent_at) if sent_at else None, now=moment, zone=zone)
    target = store if isinstance(store, Store) else Store.create(store, plan=plan)
    files = [arrival.path for arrival in arrivals]
    submissions = check_many(files, plan=plan, progress=progress, convert_legacy_fonts=convert_legacy_fonts)
    run = _Run(target, plan, moment, arrivals, submissions)
    results: list[IngestResult] = []
    order = sorted(range(len(arrivals)), key=lambda number: submissions[number].period or "")  # earlier halves first
    try:
        with hold_lock(target.folder, lock_timeout):
            sweep(target.folder)
            for _, half in groupby(order, key=lambda number: submissions[number].period):
                run.take_half(list(half), results)
    except (OSError, StoreError) as error:
        if not results and isinstance(error, StoreError):
            raise
        names = [submissions[number].file for number in order]
        report = IngestReport(run.with_revisions(results), (*notes, *run.notes))
        raise IngestError(_say_stopped(error, target.folder, names, results), report) from error
    in_order = dict(zip(order, run.with_revisions(results), strict=True))
    results = [in_order[number] for number in range(len(arrivals))]
    return IngestReport(
        tuple(results), (*notes, *run.notes, *_equal_times(results), *_after_lock(results, target, plan))
    )


class _Run:
    """One run under the lock: decides on each submission and writes it."""

    def __init__(
        self, store: Store, plan: Plan, now: datetime, arrivals: Sequence[Arrival], submissions: Sequence[Submission]
    ) -> None:
        self._store, self._plan, self._now = store, plan, now
        self._root = store.folder
        self._arrivals, self._submissions = arrivals, list(submissions)
        self._written: dict[int, Receipt | Refusal] = {}
        self.notes: list[str] = []

    def take_half(self, numbers: Sequence[int], results: list[IngestResult]) -> None:
        """Take in the submissions of one half, when all earlier halves are in; add what became of each to `results`."""
        pairs = [(self._submissions[number], self._arrivals[number].path) for number in numbers]
        for number, warnings in zip(numbers, warn_against_store(pairs, self._store, self._plan), strict=True):
            submission = self._submissions[number]
            findings = sorted((*submission.findings, *warnings), key=lambda finding: finding.severity == "note")
            self._submissions[number] = replace(submission, findings=tuple(findings)) if warnings else submission
        with closing(_stage_ahead(self._root, self._prepare, numbers)) as prepared:
            for number, staged in prepared:
                results.append(self._take(number, staged))

    def _prepare(self, number: int, staged: Path) -> None:
        """Write what the store will hold of a submission into `staged`; nothing of a secret, nothing twice."""
        submission = self._submissions[number]
        place = find_place(submission.unit_id, submission.period, submission.sha256)
        if submission.is_secret or place is None:
            return
        common = self._common(self._arrivals[number], submission, place)
        if submission_folder(self._root, place).exists():
            pass
        elif submission.ok:
            receipt = Receipt(**common, is_empty=submission.is_empty, secret_task_count=_secret_task_count(submission))
            write_submission(staged / _SUBMISSION, submission, receipt.to_json())
            self._written[number] = receipt
        elif not refusal_path(self._root, place).exists():
            refusal = Refusal(
                **common,
                errors=_count(submission, "error"),
                findings=tuple(finding.as_dict() for finding in submission.findings),
            )
            write_atomically(staged / _REFUSAL, refusal.to_json())
            self._written[number] = refusal
        raw = find_raw(self._root, place.sha256)
        if raw is None or hash_file(raw) != place.sha256:
            write_atomically(staged / _RAW, submission.content)

    def _take(self, number: int, staged: Path) -> IngestResult:
        """Give what `_prepare` wrote its final names; return what became of the submission."""
        arrival, submission = self._arrivals[number], self._submissions[number]
        unit_id, period = submission.unit_id, submission.period
        result = IngestResult(
            file=submission.file,
            outcome="refused",
            unit_id=unit_id,
            period=period,
            revision=None,
            sent_at=arrival.sent_at,
            sent_at_source=arrival.sent_at_source,
            on_time=None,
            submission=replace(submission, content=b""),
        )
        if submission.is_secret:
            return replace(result, outcome="secret", submission=replace(result.submission, tables={}))
        place = find_place(unit_id, period, submission.sha256)
        if place is None:
            if submission.ok:
                raise StoreError(
                    f"Không ghi được «{submission.file}» vào kho: đơn vị «{unit_id}», kỳ «{period}» không đặt tên thư mục "
                    f"được; mã đơn vị cần viết thường không dấu, kỳ cần theo mẫu 2026-H2."
                )
            return result
        known = find_submission(self._root, place)
        if (staged / _RAW).exists():
            raw = find_raw(self._root, place.sha256) or raw_path(self._root, place.sha256, submission.file)
            move_into_place(staged / _RAW, raw, over=True)
            if known is not None:
                self._say_restored(raw)
        if known is not None:
            self._restore(known.folder, submission)
            return self._known(result, read_receipt(known))
        if submission.ok:
            move_into_place(staged / _SUBMISSION, submission_folder(self._root, place))
            receipt = self._written[number]
            return replace(result, outcome="accepted", on_time=is_on_time(receipt, self._plan.calendar))
        kept = refusal_path(self._root, place)
        if not kept.exists():
            move_into_place(staged / _REFUSAL, kept)
        return replace(result, on_time=is_on_time(read_refusal(kept), self._plan.calendar))

    def _restore(self, folder: Path, submission: Submission) -> None:
        """Write again the tables that a known submission has lost, where they come out as they were taken in."""
        try:
            broken = broken_files(folder)
        except (OSError, ValueError):
            broken = {SUMS: ""}
        for name, sha256 in broken.items():
            content = _encode(name.removesuffix(".parquet"), submission) if name.endswith(".parquet") else b""
            if hash_bytes(content) != sha256:
                raise StoreError(
                    f"Kho bị hỏng: «{folder / name}» bị mất hoặc bị đổi, và đọc lại «{submission.file}» không cho đúng "
                    f"nội dung lúc tiếp nhận; khôi phục từ bản sao lưu."
                )
            write_file(self._root, folder / name, content)
            self._say_restored(folder / name)

    def _say_restored(self, path: Path) -> None:
        self.notes.append(f"Kho thiếu hoặc hỏng «{path.relative_to(self._root)}»; đã khôi phục từ tệp vừa nhận.")

    def _known(self, result: IngestResult, receipt: Receipt) -> IngestResult:
        if receipt.sha256 != result.submission.sha256:
            raise StoreError(f"Kho bị hỏng: thư mục «{receipt.folder}» không phải của tệp «{result.file}».")
        sent_at = receipt.sent_at.astimezone(self._plan.settings.zone)
        if result.sent_at_source != "ingest" and result.sent_at != sent_at:
            self.notes.append(
                f"Tệp «{result.file}» đã có trong kho; kho giữ thời điểm gửi đã ghi lần trước: {format_time(sent_at)}."
            )
        return replace(
            result,
            outcome="known",
            sent_at=sent_at,
            sent_at_source=receipt.sent_at_source,
            on_time=is_on_time(receipt, self._plan.calendar),
        )

    def _common(self, arrival: Arrival, submission: Submission, place: Place) -> dict[str, Any]:
        return {
            **place._asdict(),
            "sent_at": arrival.sent_at,
            "sent_at_source": arrival.sent_at_source,
            "ingested_at": self._now,
            "file": submission.file,
            "reference_number": arrival.reference_number or submission.reference_number,
            "template_version": submission.template_version,
            "counts": {table: dict(counts) for table, counts in submission.counts.items()},
            "warnings": _count(submission, "warning"),
            "nq57kit_version": __version__,
            "plan_hash": self._plan.hash,
            "notice": submission.notice,
            "legacy_fonts_converted": submission.legacy_fonts_converted,
        }

    def with_revisions(self, results: Sequence[IngestResult]) -> tuple[IngestResult, ...]:
        """Return the results with the revision that each accepted or known submission has now."""
        taken = [result for result in results if result.outcome in ("accepted", "known")]
        places = [find_place(result.unit_id, result.period, result.submission.sha256) for result in taken]
        units = {place[:2]: place for place in places if place is not None}.values()
        ranked = rank(read_receipt(one) for place in units for one in list_unit(self._root, place))
        revisions = {row.receipt.place: row.revision for row in ranked}
        return tuple(
            replace(result, revision=revisions[place])
            if (place := find_place(result.unit_id, result.period, result.submission.sha256)) in revisions
            else result
            for result in results
        )


def _count(submission: Submission, severity: str) -> int:
    return sum(finding.severity == severity for finding in submission.findings)


def _secret_task_count(submission: Submission) -> int | None:
    cover = submission.tables.get("cover")
    return None if cover is None or cover.is_empty() else cover["secret_task_count"][0]


def _equal_times(results: Sequence[IngestResult]) -> list[str]:
    """Return a note per unit of which two different submissions carry one time: their order is arbitrary."""
    sent = {
        (result.unit_id, result.period, result.sent_at, result.submission.sha256)
        for result in results
        if result.outcome in ("accepted", "known")
    }
    return [
        f"Đơn vị «{unit_id}» có {number} báo cáo kỳ {period} cùng thời điểm gửi {format_time(sent_at)} nên không biết "
        f"bản nào mới hơn; ghi thời điểm gửi của từng tệp vào sent.csv trước khi tiếp nhận."
        for (unit_id, period, sent_at), number in sorted(Counter(row[:3] for row in sent).items())
        if number > 1
    ]


def _after_lock(results: Sequence[IngestResult], store: Store, plan: Plan) -> list[str]:
    """Return a note per locked half of which something new came in: it is kept, and counts in no report of the lock."""
    locked = {period: lock for period, lock in read_locks(store.folder).items() if lock.is_locked}
    late = sorted((result.period, result.file) for result in results if result.outcome == "accepted" and result.period)
    return [
        f"Kỳ {period} đã khóa lúc {format_time(locked[period].locked_at.astimezone(plan.settings.zone))}: {len(files)} báo cáo vừa nhận{_list(files)} được giữ "
        f"trong kho nhưng không tính vào báo cáo của kỳ; muốn tính thì mở khóa (nq57kit lock {period} --unlock) rồi khóa lại."
        for period, group in groupby(late, key=lambda one: one[0])
        if period in locked and (files := [file for _, file in group])
    ]


def _say_stopped(error: OSError | StoreError, root: Path, files: Sequence[str], results: Sequence[IngestResult]) -> str:
    why = say_failure(error) if isinstance(error, OSError) else str(error).rstrip(".")
    done = [result.file for result in results if result.outcome == "accepted"]
    left = list(files[len(results) :])
    where = f"«{left[0]}» vào kho «{root}»" if left else f"kho «{root}»"
    return (
        f"Không ghi được {where}: {why} (đã tiếp nhận {len(done)} tệp{_list(done)}; "
        f"chưa tiếp nhận {len(left)} tệp{_list(left)})."
    )


def _list(names: Sequence[str]) -> str:
    more = "…" if len(names) > _NAMES_SHOWN else ""
    return f": {', '.join(names[:_NAMES_SHOWN])}{more}" if names else ""


def write_submission(folder: Path, submission: Submission, receipt: str) -> None:
    """Write a submission's tables, findings and receipt (its text), and their hashes last."""
    for table in (*TABLES, "findings"):
        write_atomically(folder / f"{table}.parquet", _encode(table, submission))
    write_atomically(folder / RECEIPT, receipt)
    write_sums(folder)


def _encode(table: str, submission: Submission) -> bytes:
    return encode(table, findings_frame(submission.findings) if table == "findings" else submission.tables.get(table))


def _stage_ahead(
    root: Path, prepare: Callable[[int, Path], None], numbers: Iterable[int], *, ahead: int | None = None
) -> Generator[tuple[int, Path], None, None]:
    """Yield each number, in order, with a folder into which `prepare(number, folder)` has written; it is gone at the next.

    Encoding and flushing wait on libraries and on the disk, so a few are prepared in threads before their turn. What
    `prepare` raises is raised when the turn comes; whoever stops early closes the generator, and nothing staged is left.
    """
    left = deque(numbers)
    ahead = (_AHEAD if len(left) >= _FEW else 0) if ahead is None else ahead
    staged: deque[tuple[int, Path, Future[None] | None]] = deque()
    pool = ThreadPoolExecutor(max(ahead, 1), thread_name_prefix="nq57-stage")  # its threads start with their work
    try:
        while left or staged:
            while left and len(staged) <= ahead:
                number, folder = left.popleft(), make_stage(root)
                staged.append((number, folder, pool.submit(prepare, number, folder) if ahead else None))
            number, folder, written = staged[0]
            if written is None:
                prepare(number, folder)
            else:
                written.result()
            yield number, folder
            staged.popleft()
            drop_stage(folder)
    finally:
        pool.shutdown(cancel_futures=True)
        for _, folder, _ in staged:
            drop_stage(folder)
