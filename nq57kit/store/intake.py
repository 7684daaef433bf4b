"""Taking in what the units sent: read all, then write each accepted submission by one rename.

In: workbooks and folders, a store, when they were sent. Out: the store with what was accepted, and an
`IngestReport`. Each submission is a transaction of its own; a state secret leaves no trace in the store.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from nq57kit import __version__
from nq57kit.errors import StoreError
from nq57kit.files import explain_failure, hash_bytes, hash_file, local_path, write_atomically
from nq57kit.plan import Plan, load_plan
from nq57kit.plan.period import label_period
from nq57kit.shown import Shown, Told
from nq57kit.store import folder as disk
from nq57kit.store.arrivals import Arrival, check_moment, gather, list_names, recognise_sender, require_zone
from nq57kit.store.crosschecks import warn_against_store
from nq57kit.store.folder import Place
from nq57kit.store.locks import read_locks
from nq57kit.store.logbook import doubt_answers, record_answers
from nq57kit.store.receipts import (
    HANOI,
    Receipt,
    Refusal,
    Sending,
    SentAtSource,
    is_on_time,
    rank,
    read_receipt,
    read_refusal,
)
from nq57kit.store.store import Store
from nq57kit.submissions.book import hash_unread
from nq57kit.submissions.contract import kept_tables
from nq57kit.submissions.findings import findings_frame
from nq57kit.submissions.reading import Submission, check_many
from nq57kit.text import format_time

#: `known`: the same bytes were accepted before; `not_workbook`: a scan, a letter …, refused without a look into it;
#: `secret`: refused, and nothing of it was written.
Outcome = Literal["accepted", "known", "refused", "not_workbook", "secret"]
#: What is said of each.
OUTCOMES: Final[Mapping[Outcome, str]] = {
    "accepted": "nhận",
    "known": "đã có",
    "refused": "trả lại",
    "not_workbook": "không phải bảng tính",
    "secret": "trả lại (bí mật nhà nước)",
}
_NO_WORKBOOK: Final = frozenset({"file-other-kind", "file-not-workbook"})
#: What a staged folder holds: the submission's folder or why it was refused, and the unit's own file.
_SUBMISSION: Final = "submission"
_REFUSAL: Final = "refusal.json"
_RAW: Final = "raw"
#: By how much a sending is later than the one that arrived before it with the same time; what counts as the same time.
_LEAST: Final = timedelta(microseconds=1)
_A_MOMENT: Final = timedelta(milliseconds=1)
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


@dataclass(frozen=True, repr=False)
class IngestReport(Shown):
    """The results in the order of the files, and notes on times of sending that deserve a look (Vietnamese)."""

    results: tuple[IngestResult, ...]
    notes: tuple[str, ...] = ()

    def tell(self) -> Told:
        """Return how many files had which outcome, and what became of each."""
        facts = {OUTCOMES[one]: number for one in get_args(Outcome) if (number := self.count(one))}
        rows = [(one.file, OUTCOMES[one.outcome], one.unit_id, one.period) for one in self.results]
        return Told(f"Tiếp nhận {len(rows)} tệp", facts, ("Tệp", "Kết quả", "Đơn vị", "Kỳ"), rows)

    def count(self, outcome: Outcome) -> int:
        """Return how many files had this outcome."""
        return sum(result.outcome == outcome for result in self.results)

    @property
    def ok(self) -> bool:
        """Whether nothing has to go back: all is in, but for what is no workbook and lies beside one of its unit."""
        reports = (one for one in self.results if not one.submission.is_answers)
        taken = {(one.unit_id, one.period) for one in reports if one.outcome in ("accepted", "known")}
        return all(
            one.outcome in ("accepted", "known")
            or (one.outcome == "not_workbook" and (one.unit_id, one.period) in taken)
            for one in self.results
        )

    def as_json(self) -> dict[str, Any]:
        """Return the object that `nq57kit ingest --format json` prints."""
        names = ("file", "outcome", "unit_id", "period", "revision", "sent_at_source", "on_time")
        results = [
            {name: getattr(one, name) for name in names}
            | {"sha256": None if one.outcome == "secret" else one.submission.sha256}
            | {"sent_at": one.sent_at.isoformat(), "findings": [item.as_dict() for item in one.submission.findings]}
            for one in self.results
        ]
        counts = {outcome: number for outcome in get_args(Outcome) if (number := self.count(outcome))}
        return {"ok": self.ok, "results": results, "notes": list(self.notes), "counts": counts}


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
    lock_timeout: float = disk.LOCK_SECONDS,
    convert_legacy_fonts: bool = False,
) -> IngestReport:
    """Check the submissions in `paths` and take the accepted ones into `store` (made if it is not there).

    A folder is taken with all its workbooks. When a submission was sent: `sent_at`, else `sent.csv` beside
    it, else `now` (contract §3). Files are read before the store is locked; `progress(done, total)` is called
    after each. With `convert_legacy_fonts`, TCVN3 and VNI text is read as Unicode with a note on each cell; the
    bytes that are kept stay the unit's. Raises StoreError before anything is written (a path, a row of `sent.csv`,
    a busy store), IngestError where the disk refuses, ParameterError for a time without its zone or that cannot be.

    Example:
        report = ingest("nhan-ve/2026-H2", "kho")
        report.count("refused")
    """
    given = [local_path(path, StoreError) for path in ((paths,) if isinstance(paths, (str, Path)) else paths)]
    plan = plan or (store.plan if isinstance(store, Store) else load_plan())
    zone = plan.settings.zone
    moment = require_zone(now or datetime.now(zone))
    arrivals, notes = gather(given, sent_at=require_zone(sent_at) if sent_at else None, now=moment, zone=zone)
    for arrival in arrivals:
        if arrival.sent_at_source != "ingest":
            check_moment(arrival.sent_at, plan.calendar, arrival.path.name)
    target = store if isinstance(store, Store) else Store.create(store, plan=plan)
    plan = target.tell_requests(plan)
    files = [arrival.path for arrival in arrivals]
    submissions = check_many(
        files, plan=plan, progress=progress, convert_legacy_fonts=convert_legacy_fonts, trust_forms=False
    )
    submissions = _tell_senders(submissions, files, plan)
    run = _Run(target, plan, moment, arrivals, submissions)
    results: list[IngestResult] = []
    sent = [number for number, submission in enumerate(submissions) if not submission.is_answers]
    order = sorted(sent, key=lambda number: submissions[number].period or "")  # earlier halves first
    try:
        with disk.hold_lock(target.folder, lock_timeout):
            disk.sweep(target.folder)
            for _, half in groupby(order, key=lambda number: submissions[number].period):
                run.take_half(list(half), results)
    except (OSError, StoreError) as error:
        if not results and isinstance(error, StoreError):
            raise
        names = [submissions[number].file for number in order]
        report = IngestReport(run.with_revisions(results), (*notes, *run.notes))
        raise IngestError(_say_stopped(error, target.folder, names, results), report) from error
    in_order = dict(zip(order, run.with_revisions(results), strict=True))
    for number, submission in enumerate(submissions):  # after the reports, so that it may answer what these ask
        if submission.is_answers:
            in_order[number], note = _take_answers(target, submission, arrivals[number], moment)
            notes = (*notes, *note)
    results = [in_order[number] for number in range(len(arrivals))]
    return IngestReport(tuple(results), (*notes, *run.notes, *_after_lock(results, run.sent_again, target, plan)))


def _take_answers(
    store: Store, submission: Submission, arrival: Arrival, now: datetime
) -> tuple[IngestResult, tuple[str, ...]]:
    """Record a file of answers whole or not at all; return what became of it, and a note that says how many are new."""
    now = max(now, arrival.sent_at).astimezone(HANOI).replace(microsecond=0)  # no answer is given after it was sent
    doubts = tuple(doubt_answers(submission, arrival.path, now.date(), store.snapshot()))
    told = replace(submission, findings=(*submission.findings, *doubts), content=b"")
    result = IngestResult(
        submission.file, "refused", submission.unit_id, submission.period, None, arrival.sent_at, arrival.sent_at_source, None, told
    )  # fmt: skip
    if not told.ok:
        return result, ()
    new, known = record_answers(store, submission, now=now)
    note = f"«{submission.file}»: ghi {new} trả lời mới, {known} trả lời đã có trong kho."
    return replace(result, outcome="accepted" if new else "known"), (note,)


def _tell_senders(submissions: Sequence[Submission], files: Sequence[Path], plan: Plan) -> list[Submission]:
    """Give refused files that do not say their unit or half those that their names tell: who sent a scan has sent something.

    A half that no name tells is that of the other files, if they have one.
    """
    halves = {one.period for one in submissions if one.ok and not one.is_answers}
    told = []
    for submission, path in zip(submissions, files, strict=True):
        if submission.ok or submission.is_secret or submission.is_answers or (submission.unit_id and submission.period):
            told.append(submission)
            continue
        unit_id, half = recognise_sender(path, plan)
        period = submission.period or half or (next(iter(halves)) if len(halves) == 1 else None)
        sha256 = submission.sha256 or hash_unread(path)
        told.append(replace(submission, unit_id=submission.unit_id or unit_id, period=period, sha256=sha256))
    return told


class _Run:
    """One run under the lock: decides on each submission and writes it."""

    def __init__(
        self, store: Store, plan: Plan, now: datetime, arrivals: Sequence[Arrival], submissions: Sequence[Submission]
    ) -> None:
        self._store, self._plan, self._now = store, plan, now
        self._root = store.folder
        self._arrivals, self._submissions = list(arrivals), list(submissions)
        self._together: Counter[tuple[str | None, str | None, datetime]] = Counter()
        self._written: dict[int, Receipt | Refusal] = {}
        self.notes: list[str] = []
        self.sent_again: set[str] = set()

    def take_half(self, numbers: Sequence[int], results: list[IngestResult]) -> None:
        """Take in the submissions of one half, when all earlier halves are in; add what became of each to `results`."""
        for number in numbers:
            self._restore(self._submissions[number])
        pairs = [(self._submissions[number], self._arrivals[number].path) for number in numbers]
        for number, warnings in zip(numbers, warn_against_store(pairs, self._store, self._plan), strict=True):
            submission = self._submissions[number]
            findings = sorted((*submission.findings, *warnings), key=lambda finding: finding.severity == "note")
            self._submissions[number] = replace(submission, findings=tuple(findings)) if warnings else submission
        self._settle(numbers)
        with closing(_stage_ahead(self._root, self._prepare, numbers)) as prepared:
            for number, staged in prepared:
                results.append(self._take(number, staged))

    def _settle(self, numbers: Sequence[int]) -> None:
        """Let no two sendings of a unit carry one time: the one that arrives later is later, if only by a microsecond.

        One without a time of its own was sent after all that the store holds of its unit and half, whatever the clock says.
        """
        pairs = [(self._submissions[number], self._arrivals[number]) for number in numbers]
        self._together = Counter((one.unit_id, one.period, arrival.sent_at) for one, arrival in pairs)
        known: dict[tuple[str, str], set[datetime]] = {}
        for number in numbers:
            submission, arrival = self._submissions[number], self._arrivals[number]
            place = disk.find_place(submission.unit_id, submission.period, submission.sha256)
            if submission.is_secret or place is None or disk.submission_folder(self._root, place).exists():
                continue
            if (key := (place.period, place.unit_id)) not in known:
                refused = disk.refusal_path(self._root, place).parent.glob("*.json")
                known[key] = {one.sent_at for one in (*self._sendings(place), *map(read_refusal, refused))}
            moment, last = arrival.sent_at, max(known[key], default=arrival.sent_at)
            told = format_time(last.astimezone(arrival.sent_at.tzinfo))
            if arrival.sent_at_source == "ingest" and moment < last:
                moment = last + _LEAST
                if last - arrival.sent_at > _A_MOMENT:
                    self.notes.append(
                        f"Đồng hồ của máy ({format_time(arrival.sent_at)}) chậm hơn lần gửi đã ghi của {self._plan.name_of(place.unit_id)} "
                        f"({told}): «{submission.file}» được tính là gửi sau lần đó; kiểm tra đồng hồ."
                    )
            while submission.ok and moment in known[key]:
                moment += _LEAST
            if submission.ok and _LEAST <= moment - arrival.sent_at < _A_MOMENT:
                self.notes.append(
                    f"{self._plan.name_of(place.unit_id)} có nhiều báo cáo {label_period(place.period)} cùng thời điểm gửi {format_time(arrival.sent_at)}: tính theo thứ tự "
                    f"nhận, «{submission.file}» là bản sau; nếu không đúng, sửa bằng «nq57kit store sent-at»."
                )
            known[key].add(moment)
            self._arrivals[number] = replace(arrival, sent_at=moment)

    def _sendings(self, place: Place) -> list[Receipt]:
        """All sendings of the unit and the half of `place` that the store holds."""
        return [sending for one in disk.list_unit(self._root, place) for sending in read_receipt(one).sendings]

    def _prepare(self, number: int, staged: Path) -> None:
        """Write what the store will hold of a submission into `staged`; nothing of a secret, nothing twice."""
        submission = self._submissions[number]
        place = disk.find_place(submission.unit_id, submission.period, submission.sha256)
        if submission.is_secret or place is None or disk.submission_folder(self._root, place).exists():
            return
        if not submission.content and self._has_accepted(place):
            return  # a scan beside the workbook
        common = self._common(self._arrivals[number], submission, place)
        if submission.ok:
            receipt = Receipt(**common)
            write_submission(staged / _SUBMISSION, submission, receipt.to_json())
            self._written[number] = receipt
        elif not disk.refusal_path(self._root, place).exists():
            refusal = Refusal(**common, findings=tuple(finding.as_dict() for finding in submission.findings))
            write_atomically(staged / _REFUSAL, refusal.to_json())
            self._written[number] = refusal
        if submission.content and disk.find_raw(self._root, place.sha256) is None:
            write_atomically(staged / _RAW, submission.content)

    def _has_accepted(self, place: Place) -> bool:
        """Whether there is an acceptable submission of a unit and half, in this run or in the store."""
        key = (place.unit_id, place.period)
        return bool(disk.list_unit(self._root, place)) or any(
            one.ok and (one.unit_id, one.period) == key for one in self._submissions
        )

    def _take(self, number: int, staged: Path) -> IngestResult:
        """Give what `_prepare` wrote its final names; return what became of the submission."""
        arrival, submission = self._arrivals[number], self._submissions[number]
        unit_id, period = submission.unit_id, submission.period
        result = IngestResult(
            file=submission.file,
            outcome="not_workbook" if _NO_WORKBOOK & {one.code for one in submission.findings} else "refused",
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
        place = disk.find_place(unit_id, period, submission.sha256)
        if place is None:
            if submission.ok:
                raise StoreError(
                    f"Không ghi được «{submission.file}» vào kho: đơn vị «{unit_id}», kỳ «{period}» không đặt tên thư mục "
                    f"được; mã đơn vị cần viết thường không dấu, kỳ cần theo mẫu 2026-H2."
                )
            return result
        known = disk.find_submission(self._root, place)
        if known is not None:
            return self._known(result, read_receipt(known), arrival)
        if (staged / _RAW).exists() and disk.find_raw(self._root, place.sha256) is None:
            disk.move_into_place(staged / _RAW, disk.raw_path(self._root, place.sha256, submission.file))
        if submission.ok:
            disk.move_into_place(staged / _SUBMISSION, disk.submission_folder(self._root, place))
            receipt = self._written[number]
            return replace(result, outcome="accepted", on_time=is_on_time(receipt, self._plan.calendar))
        kept = disk.refusal_path(self._root, place)
        if (staged / _REFUSAL).exists() and not kept.exists():
            disk.move_into_place(staged / _REFUSAL, kept)
        if not kept.exists():
            return result
        return replace(result, on_time=is_on_time(read_refusal(kept), self._plan.calendar))

    def _restore(self, submission: Submission) -> None:
        """Write again what the store has lost of known bytes: the unit's own file, and tables that come out as they were."""
        place = disk.find_place(submission.unit_id, submission.period, submission.sha256)
        if submission.is_secret or place is None or not submission.content:
            return
        raw, folder = disk.find_raw(self._root, place.sha256), disk.submission_folder(self._root, place)
        if hash_file(raw) != place.sha256 if raw else folder.exists() or disk.refusal_path(self._root, place).exists():
            raw = raw or disk.raw_path(self._root, place.sha256, submission.file)
            disk.write_file(self._root, raw, submission.content)
            self._say_restored(raw)
        try:
            broken = disk.broken_files(folder) if folder.exists() else {}
        except (OSError, ValueError):
            broken = {disk.SUMS: ""}
        for name, sha256 in broken.items():
            content = _encode(name.removesuffix(".parquet"), submission) if name.endswith(".parquet") else b""
            if hash_bytes(content) != sha256:
                raise StoreError(
                    f"Kho bị hỏng: «{folder / name}» bị mất hoặc bị đổi, và đọc lại «{submission.file}» không cho đúng "
                    f"nội dung lúc tiếp nhận; khôi phục từ bản sao lưu."
                )
            disk.write_file(self._root, folder / name, content)
            self._say_restored(folder / name)

    def _say_restored(self, path: Path) -> None:
        self.notes.append(f"Kho thiếu hoặc hỏng «{path.relative_to(self._root)}»; đã khôi phục từ tệp vừa nhận.")

    def _known(self, result: IngestResult, receipt: Receipt, arrival: Arrival) -> IngestResult:
        """Say of bytes that the store has what counts; sent again at another time, after others, they are one revision more."""
        if receipt.sha256 != result.submission.sha256:
            raise StoreError(f"Kho bị hỏng: thư mục «{receipt.folder}» không phải của tệp «{result.file}».")
        sendings = [row.receipt for row in rank(self._sendings(receipt.place))]
        latest, sent_at = sendings[-1], receipt.sent_at.astimezone(self._plan.settings.zone)
        told = format_time(latest.sent_at.astimezone(sent_at.tzinfo))
        if result.sent_at_source == "ingest":
            if latest.place != receipt.place and latest.sha256 not in {one.sha256 for one in self._submissions}:
                self.notes.append(
                    f"Tệp «{result.file}» đã có trong kho, nhưng bản đang được tính là «{latest.file}» gửi {told}; nếu đơn vị "
                    f"gửi lại tệp này để thay bản đó, nhận lại kèm thời điểm gửi lại (--sent-at hoặc sent.csv)."
                )
        elif disk.again_path(self._root, receipt.place, arrival.sent_at).exists():
            pass
        elif self._is_again(arrival, receipt, sendings):
            self._send_again(result.file, arrival, receipt, sendings)
            sent_at = arrival.sent_at
        elif not timedelta() <= sent_at - arrival.sent_at < _A_MOMENT:
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

    def _is_again(self, arrival: Arrival, receipt: Receipt, sendings: Sequence[Receipt]) -> bool:
        """Whether known bytes were sent again after they came first, and the unit sent others; told of no two files at once."""
        is_alone = self._together[receipt.unit_id, receipt.period, arrival.sent_at] == 1
        is_only = all(one.place == receipt.place for one in sendings)
        return is_alone and not is_only and arrival.sent_at > receipt.sent_at

    def _send_again(self, file: str, arrival: Arrival, receipt: Receipt, sendings: Sequence[Receipt]) -> None:
        # One that was sent twice in a row is one revision, but has taken two times.
        moment, taken = arrival.sent_at, {one.sent_at for one in self._sendings(receipt.place)}
        while moment in taken:
            moment += _LEAST
        sending = Sending(
            **receipt.place._asdict(),
            sent_at=moment,
            sent_at_source=arrival.sent_at_source,
            ingested_at=self._now,
            file=file,
            reference_number=arrival.reference_number or receipt.reference_number,
        )
        disk.write_beside(self._root, disk.again_path(self._root, receipt.place, moment), sending.to_json())
        self.sent_again.add(file)
        counted = file if moment > max(taken) else sendings[-1].file
        self.notes.append(
            f"Tệp «{file}» đã có trong kho; đã ghi là gửi lại {format_time(arrival.sent_at)}, bản được tính là «{counted}»."
        )

    def _common(self, arrival: Arrival, submission: Submission, place: Place) -> dict[str, Any]:
        return {
            **place._asdict(),
            "sent_at": arrival.sent_at,
            "sent_at_source": arrival.sent_at_source,
            "ingested_at": self._now,
            "file": submission.file,
            "reference_number": arrival.reference_number or submission.reference_number,
            "nq57kit_version": __version__,
            "plan_hash": self._plan.hash,
            **tell_facts(submission),
            "legacy_fonts_converted": submission.legacy_fonts_converted,
        }

    def with_revisions(self, results: Sequence[IngestResult]) -> tuple[IngestResult, ...]:
        """Return the results with the revision that each accepted or known submission has now."""
        taken = [result for result in results if result.outcome in ("accepted", "known")]
        places = [disk.find_place(result.unit_id, result.period, result.submission.sha256) for result in taken]
        units = {place[:2]: place for place in places if place is not None}.values()
        ranked = rank(sending for place in units for sending in self._sendings(place))
        revisions = {row.receipt.place: row.revision for row in ranked}
        return tuple(
            replace(result, revision=revisions[place])
            if (place := disk.find_place(result.unit_id, result.period, result.submission.sha256)) in revisions
            else result
            for result in results
        )


def tell_facts(submission: Submission) -> dict[str, Any]:
    """Return what of a receipt, or of a refusal, follows from the file alone."""
    severities = Counter(finding.severity for finding in submission.findings)
    facts: dict[str, Any] = {
        "template_version": submission.template_version,
        "notice": submission.notice,
        "warnings": severities["warning"],
        "counts": {table: dict(counts) for table, counts in submission.counts.items()},
    }
    if not submission.ok:
        return facts | {"errors": severities["error"]}
    cover = submission.tables.get("cover")
    secrets = None if cover is None or cover.is_empty() else cover["secret_task_count"][0]
    return facts | {"is_empty": submission.is_empty, "secret_task_count": secrets}


def _after_lock(results: Sequence[IngestResult], sent_again: set[str], store: Store, plan: Plan) -> list[str]:
    """Return a note per locked half of which something new came in: it is kept, and counts in no report of the lock."""
    locked = {period: lock for period, lock in read_locks(store.folder).items() if lock.is_locked}
    late = sorted(
        (result.period, result.file)
        for result in results
        if result.period and (result.outcome == "accepted" or result.file in sent_again)
    )
    return [
        f"Số liệu {label_period(period)} đã khóa lúc {format_time(locked[period].locked_at.astimezone(plan.settings.zone))}: {len(files)} báo cáo vừa nhận{list_names(files)} được giữ "
        f"trong kho nhưng không tính vào báo cáo của kỳ; muốn tính thì mở khóa (nq57kit lock {period} --unlock) rồi khóa lại."
        for period, group in groupby(late, key=lambda one: one[0])
        if period in locked and (files := [file for _, file in group])
    ]


def _say_stopped(error: OSError | StoreError, root: Path, files: Sequence[str], results: Sequence[IngestResult]) -> str:
    why = explain_failure(error) if isinstance(error, OSError) else str(error).rstrip(".")
    done = [result.file for result in results if result.outcome == "accepted"]
    left = list(files[len(results) :])
    where = f"«{left[0]}» vào kho «{root}»" if left else f"kho «{root}»"
    return (
        f"Không ghi được {where}: {why} (đã tiếp nhận {len(done)} tệp{list_names(done)}; "
        f"chưa tiếp nhận {len(left)} tệp{list_names(left)})."
    )


def write_submission(
    folder: Path, submission: Submission, receipt: str, kept: Mapping[str, bytes] = MappingProxyType({})
) -> None:
    """Write a submission's tables, findings and receipt (its text), and their hashes last; files of `kept` as they are."""
    for table in (*kept_tables(submission.period or ""), "findings"):
        name = f"{table}.parquet"
        write_atomically(folder / name, kept[name] if name in kept else _encode(table, submission))
    write_atomically(folder / disk.RECEIPT, receipt)
    disk.write_sums(folder)


def _encode(table: str, submission: Submission) -> bytes:
    return disk.encode(
        table, findings_frame(submission.findings) if table == "findings" else submission.tables.get(table)
    )


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
                number, folder = left.popleft(), disk.make_stage(root)
                staged.append((number, folder, pool.submit(prepare, number, folder) if ahead else None))
            number, folder, written = staged[0]
            if written is None:
                prepare(number, folder)
            else:
                written.result()
            yield number, folder
            staged.popleft()
            disk.drop_stage(folder)
    finally:
        pool.shutdown(cancel_futures=True)
        for _, folder, _ in staged:
            disk.drop_stage(folder)
