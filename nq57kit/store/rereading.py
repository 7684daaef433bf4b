"""Reading the raw files again: every value of the store against the file that the unit sent, and a whole store made anew.

In: a store, a plan. Out: `Mismatch`es, one for each value that today's reader finds otherwise, or a new store from the raw
files and what persons wrote (times of sending, corrections, refusals, locks). Nothing of the old store is changed.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, Final

import polars as pl

from nq57kit import __version__
from nq57kit.errors import StoreError
from nq57kit.files import close_to_others, explain_failure, hash_file, local_path, write_atomically
from nq57kit.plan import Plan
from nq57kit.plan.period import label_period
from nq57kit.store import folder as disk
from nq57kit.store.crosschecks import warn_against_store
from nq57kit.store.intake import tell_facts, write_submission
from nq57kit.store.locks import add_event, read_locks, write_lock
from nq57kit.store.logbook import RECORDS
from nq57kit.store.proof import prove_store
from nq57kit.store.receipts import HANOI, Correction, Receipt, Refusal, Sending, read_receipt, read_refusal
from nq57kit.store.store import Store
from nq57kit.submissions.comparisons import HALF_CODES
from nq57kit.submissions.contract import TABLES, format_value, kept_tables
from nq57kit.submissions.findings import load_finding_kinds
from nq57kit.submissions.reading import Submission, check_many

_FINDINGS: Final = "findings"
_HIDDEN: Final = "(thông tin liên hệ, không hiển thị)"
_THERE, _ABSENT = "có", "không có"
#: What a table is in the store that cannot be read.
UNREAD: Final = "không đọc được"
#: What a receipt says that follows from the raw file, and how it is called; the rest is told by persons.
_FACTS: Final = {
    "outcome": "kết quả tiếp nhận", "unit_id": "đơn vị", "period": "kỳ", "template_version": "phiên bản biểu mẫu",
    "notice": "lời ghi trong biểu mẫu", "is_empty": "không có nội dung",
    "secret_task_count": "số nhiệm vụ bí mật nhà nước", "warnings": "số cảnh báo", "errors": "số lỗi",
    "counts": "số dòng nhận trên số dòng thấy",
}  # fmt: skip
_SENT = Receipt | Refusal
#: Why a half that was closed comes out open.
_REBUILT: Final = "Kho lập lại từ tệp gốc; có tệp khác với lúc khóa"


@dataclass(frozen=True)
class Mismatch:
    """A value that the store holds otherwise than today's reader finds it in the unit's own file.

    `in_raw` and `in_store` are texts as the form shows them (contact data is never told). `read_by` names the version
    and the plan by which the file was taken in, where they are not those that stand here: then the reader may have changed,
    and not the store.
    """

    unit_id: str
    period: str
    file: str
    raw: str
    table: str
    sheet: str | None
    cell: str | None
    field: str | None
    in_raw: str
    in_store: str
    read_by: str | None = None

    @property
    def message(self) -> str:
        """One Vietnamese sentence: which file, which cell, and both values."""
        where = f"«{self.file}» ({self.unit_id}, {label_period(self.period)})"
        where += f", trang «{self.sheet}»" if self.sheet else ""
        where += f", {self.cell}" if self.cell else ""
        why = f"; tệp được nhận bằng {self.read_by} nên có thể cách đọc đã khác" if self.read_by else ""
        return f"{where}, {self._name()}: tệp gốc «{self.in_raw}», kho «{self.in_store}»{why}."

    def _name(self) -> str:
        if self.in_store == UNREAD:
            return f"bảng «{TABLES[self.table].sheet if self.table in TABLES else 'Điểm cần xem'}»"
        if self.table == _FINDINGS:
            kind = load_finding_kinds().get(self.field or "")
            return f"điểm cần xem «{kind.title if kind else self.field}»"
        if self.table in TABLES:
            return TABLES[self.table].field(self.field).label if self.field else "cả dòng"
        return _FACTS[str(self.field)]


@dataclass(frozen=True)
class Reread:
    """What reading again found: what differs, how many submissions were read and how many values compared."""

    mismatches: tuple[Mismatch, ...]
    submissions: int
    values: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        told = [asdict(one) | {"message": one.message} for one in self.mismatches]
        return {"submissions": self.submissions, "values": self.values, "mismatches": told}


def reread_store(store: Store | Path | str) -> Reread:
    """Read every raw file of a store again and compare; a raw file that nothing is made of is a mismatch, too.

    Half by half, so that no more than a half is held. Files that are missing or changed are told by `prove_store`.
    """
    store = Store.of(store)
    sent = _list_sent(store.folder)
    by_half = groupby(sorted(sent, key=lambda one: one.key), key=lambda one: one.period)
    parts = [reread(store.folder, list(half), store.plan) for _, half in by_half]
    parts.append(_reread_unused(store.folder, {one.sha256 for one in sent}, store.plan))
    mismatches = tuple(one for part in parts for one in part.mismatches)
    return Reread(mismatches, sum(part.submissions for part in parts), sum(part.values for part in parts))


def _list_sent(root: Path) -> list[_SENT]:
    """Return all receipts and refusals of a store, also of submissions that have lost a table."""
    accepted = [read_receipt(one, whole=False) for ones in disk.list_submissions(root).values() for one in ones]
    return [*accepted, *(read_refusal(path) for paths in disk.list_refusals(root).values() for path in paths)]


def reread(root: Path, sent: Sequence[_SENT], plan: Plan) -> Reread:
    """Read the raw files of some submissions again and compare all that follows from them: tables, findings, receipts."""
    parts = [part for _, part in _read_again(root, sent, plan)]
    mismatches = tuple(one for part in parts for one in part.mismatches)
    return Reread(mismatches, len(parts), sum(part.values for part in parts))


@dataclass(frozen=True)
class _Again:
    """What today's reader reads in a raw file, under the name that it came by, and what of it the store holds otherwise."""

    submission: Submission
    mismatches: list[Mismatch]
    values: int


def _read_again(root: Path, sent: Sequence[_SENT], plan: Plan) -> Iterator[tuple[_SENT, _Again]]:
    """Give each submission whose raw file is there, read again and compared."""
    for one, again in read_raw(root, sent, plan):
        frames = [again.tables[table].select(_fields(table)) for table in kept_tables(one.period)] if again.ok else []
        values = sum(frame.height * frame.width - sum(frame.null_count().row(0)) for frame in frames if frame.height)
        yield one, _Again(again, _compare(root, one, again, plan), values)


def read_raw(root: Path, sent: Sequence[_SENT], plan: Plan) -> Iterator[tuple[_SENT, Submission]]:
    """Give each submission whose raw file is there with what today's reader reads in it, under the name that it came by.

    Once, where it was sent several times.
    """
    sent = list({(type(one), one.place): one for one in reversed(sent)}.values())[::-1]
    for convert in (False, True):
        found = [(one, disk.find_raw(root, one.sha256)) for one in sent if one.legacy_fonts_converted is convert]
        there = [(one, path) for one, path in found if path is not None and path.is_file()]
        read = check_many([path for _, path in there], plan=plan, convert_legacy_fonts=convert)
        for (one, _), submission in zip(there, read, strict=True):
            findings = tuple(replace(finding, file=one.file) for finding in submission.findings)
            yield one, replace(submission, file=one.file, findings=findings)


def _fields(table: str) -> list[str]:
    return [name for name in disk.file_schema(table).names() if not name.startswith("source_")]


def _compare(root: Path, sent: _SENT, again: Submission, plan: Plan) -> list[Mismatch]:
    """Return all that a submission says otherwise than its raw file."""
    other = [f"nq57kit {sent.nq57kit_version}"] if sent.nq57kit_version != __version__ else []
    other += ["bảng kế hoạch khác"] if sent.plan_hash != plan.hash else []
    raw = disk.find_raw(root, sent.sha256)
    common: dict[str, Any] = {
        **{name: getattr(sent, name) for name in ("unit_id", "period", "file")},
        "raw": "" if raw is None else raw.relative_to(root).as_posix(),
        "read_by": " và ".join(other) or None,
    }

    def say(table: str, field: str | None, in_raw: str, in_store: str, *place: str | None) -> Mismatch:
        sheet, cell = place or (None, None)
        return Mismatch(**common, table=table, sheet=sheet, cell=cell, field=field, in_raw=in_raw, in_store=in_store)

    accepted = isinstance(sent, Receipt)
    if again.ok is not accepted or again.is_secret:
        first = next((finding for finding in again.findings if finding.severity == "error"), None)
        now = "được chấp nhận" if first is None else f"phải sửa: {first.message}"
        then = "được chấp nhận" if accepted else "phải sửa"
        return [say("receipt", "outcome", now, then, first.sheet if first else None, first.cell if first else None)]
    found: list[Mismatch] = []
    told: Sequence[Mapping[str, Any]] | None = sent.findings if isinstance(sent, Refusal) else None
    if isinstance(sent, Receipt):
        tables = kept_tables(sent.period)
        stored = {table: _read_table(sent.folder, table) for table in (*tables, _FINDINGS)}
        found += [say(table, None, _THERE, UNREAD) for table, frame in stored.items() if frame is None]
        for table in tables:
            for sheet, line, field, in_raw, in_store in _compare_rows(table, again.tables[table], stored[table]):
                cell = disk.find_cell(raw, sent.sha256, table, field, sheet=sheet, row=line) if field else None
                found.append(say(table, field, in_raw, in_store, sheet, f"ô {cell}" if cell else f"dòng {line}"))
        findings = stored[_FINDINGS]
        told = None if findings is None else findings.to_dicts()
    for name, value in _facts_of(again, told).items():
        if (kept := getattr(sent, name)) != value:
            found.append(say("receipt", name, _show(value), _show(kept)))
    if told is not None:
        ours, kept = (_own_findings(rows) for rows in ([finding.as_dict() for finding in again.findings], told))
        for row in sorted((ours - kept) | (kept - ours), key=str):
            sides = (_THERE, _ABSENT) if row in ours - kept else (_ABSENT, _THERE)
            found.append(say(_FINDINGS, row[0], *sides, row[1], f"ô {row[2]}" if row[2] else None))
    return found


def _show(fact: Any) -> str:
    if isinstance(fact, Mapping):
        return "; ".join(f"{TABLES[table].sheet} {rows['accepted']}/{rows['seen']}" for table, rows in fact.items())
    if fact is None or isinstance(fact, bool):
        return {True: _THERE, False: "không", None: "(trống)"}[fact]
    return str(fact)


def _own_findings(rows: Sequence[Mapping[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Count the findings that follow from the file alone, whatever their words; those against the earlier half are computed
    when read.
    """
    names = ("code", "sheet", "cell", "severity", "table", "field", "value")
    return Counter(tuple(row[name] for name in names) for row in rows if row["code"] not in HALF_CODES)


def _facts_of(again: Submission, findings: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """Return what of a receipt follows from the raw file, and from the findings that the store holds where it has some."""
    facts = {"unit_id": again.unit_id, "period": again.period, **tell_facts(again)}
    if findings is None:
        del facts["warnings"]
    else:
        facts["warnings"] += sum(row["code"] in HALF_CODES for row in findings)
    return facts


def _read_table(folder: Path, table: str) -> pl.DataFrame | None:
    """Return a table as a submission's folder holds it; None where it cannot be read, which `prove_store` tells."""
    try:
        return disk.scan(table, [folder], [0]).select(disk.file_schema(table).names()).collect()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # a panic of the reader is no Exception
        return None


def _compare_rows(
    table: str, raw: pl.DataFrame, stored: pl.DataFrame | None
) -> Iterator[tuple[str, int, str | None, str, str]]:
    """Yield sheet, row, field and both values of what differs; no field where a whole row is missing on one side."""
    schema = disk.file_schema(table)
    there = raw.select(schema.names()).cast(schema)
    if stored is None or there.equals(stored):
        return
    ours, theirs = _by_place(there), _by_place(stored)
    for place in sorted(ours.keys() | theirs.keys()):
        sheet, number, _ = place
        if place not in ours or place not in theirs:
            sides = (_THERE, _ABSENT) if place in ours else (_ABSENT, _THERE)
            yield sheet, number, None, *sides
            continue
        for name in _fields(table):
            values = ours[place][name], theirs[place][name]
            if values[0] != values[1]:
                field = TABLES[table].field(name)
                shown = [_HIDDEN if field.personal else format_value(field, value) for value in values]
                yield sheet, number, name, shown[0], shown[1]


def _by_place(frame: pl.DataFrame) -> dict[tuple[str, int, int], dict[str, Any]]:
    """Return the rows of a table by sheet, row, and a number for those that claim the same place."""
    rows: dict[tuple[str, int, int], dict[str, Any]] = {}
    for row in frame.iter_rows(named=True):
        number = 0
        while (place := (row["source_sheet"] or "", row["source_row"] or 0, number)) in rows:
            number += 1
        rows[place] = row
    return rows


def _reread_unused(root: Path, used: set[str], plan: Plan) -> Reread:
    """Return what stands in raw files that no submission and no refusal is made of: something was removed, or not finished."""
    paths = [path for path in sorted((root / "raw").glob("*/*")) if path.is_file() and path.stem not in used]
    mismatches = []
    for path, again in zip(paths, check_many(paths, plan=plan), strict=True):
        if disk.find_place(again.unit_id, again.period, again.sha256) is not None:
            what = "báo cáo hợp lệ" if again.ok else "báo cáo phải sửa"
            name = path.relative_to(root).as_posix()
            place = (str(again.unit_id), str(again.period), path.name[:16] + "…", name)
            mismatches.append(Mismatch(*place, "receipt", None, None, "outcome", what, _ABSENT))
    return Reread(tuple(mismatches), len(paths), 0)


# The whole store anew -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Rebuilt:
    """A store made anew: what it holds otherwise than the old one, damaged tables made again, halves that came out open."""

    folder: Path
    reread: Reread
    healed: tuple[str, ...]
    opened: tuple[str, ...]


def rebuild_store(store: Store | Path | str, out: Path | str, *, now: datetime | None = None) -> Rebuilt:
    """Make the store `out` from the raw files of `store`; tables and findings are read anew.

    A table of which every value is that of the raw file keeps its bytes, whatever version of a library wrote them, and so
    do findings that are still found (their words are those told at ingest): so locks hold. What no raw file says is taken over: the receipts' times of sending and ingest with their source, corrections, refusals,
    locks. A submission that reads as before keeps its receipt to the byte. A lock that holds a file which came out
    otherwise is taken over opened, with the reason in its history. Whole or not at all: made in a hidden folder beside
    `out`, one rename at the end; what a killed run left there the next one removes.

    Raises StoreError where `out` is there already, where a raw file, a receipt, a correction, a refusal or a lock is
    damaged (tables may be), or where today's reader refuses what was accepted.
    """
    store = Store.of(store)
    old, out = store.folder.resolve(), local_path(out, StoreError).resolve()
    if (out.exists() and (not out.is_dir() or any(out.iterdir()))) or out.is_relative_to(old):
        raise StoreError(f"Không lập kho mới tại «{out}»: ở đó đã có tệp, hoặc nằm trong kho cũ; chọn thư mục khác.")
    flaws = [flaw for flaw in prove_store(store.folder).flaws if flaw.kind in ("changed", "missing")]
    lost = [flaw for flaw in flaws if not flaw.path.endswith(".parquet")]
    if lost:
        more = f" (và {len(lost) - 1} tệp khác)" if len(lost) > 1 else ""
        raise StoreError(f"Chưa lập lại được kho{more}: {lost[0].message}")
    root = out.parent / f".{out.name}.nq57-rebuild"
    try:
        root.mkdir(parents=True, exist_ok=True)
        close_to_others(root)
        with disk.hold_lock(root):
            for path in root.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
            disk.write_marker(root, disk.read_version(store.folder))
            rebuild = _Rebuild(store, Store(root, plan=store.plan))
            rebuild.fill(now or datetime.now(HANOI))
        if out.is_dir():
            out.rmdir()
        disk.move_into_place(root, out)
    except OSError as error:
        raise StoreError(f"Không ghi được vào «{out}»: {explain_failure(error)}.") from error
    healed = {*rebuild.healed, *(flaw.path for flaw in flaws)}
    found = Reread(tuple(rebuild.mismatches), rebuild.submissions, rebuild.values)
    return Rebuilt(out, found, tuple(sorted(healed)), tuple(rebuild.opened))


class _Rebuild:
    """Writes all of one store anew into another, in the order in which it was taken in, and keeps what differs."""

    def __init__(self, old: Store, new: Store) -> None:
        self._old, self._new, self._plan = old, new, old.plan
        self.mismatches: list[Mismatch] = []
        self.healed: list[str] = []
        self.opened: list[str] = []
        self.submissions = self.values = 0

    def fill(self, now: datetime) -> None:
        root, every = self._new.folder, _list_sent(self._old.folder)
        for sha256 in sorted(path.name.partition(".")[0] for path in (self._old.folder / "raw").glob("*/*")):
            if path := disk.find_raw(self._old.folder, sha256):
                write_atomically(root / path.relative_to(self._old.folder), path.read_bytes())
        refused = [one for one in every if isinstance(one, Refusal)]
        for _, part in _read_again(self._old.folder, refused, self._plan):
            self._note(part)
        for refusal in refused:
            write_atomically(disk.refusal_path(root, refusal.place), refusal.to_json())
        waiting: list[tuple[datetime, Receipt, Correction | Sending]] = []
        accepted = [one for one in every if isinstance(one, Receipt)]
        sent = sorted(accepted, key=lambda one: (one.ingested_at, one.key, one.sha256))
        for (moment, _), group in groupby(sent, key=lambda one: (one.ingested_at, one.period)):
            due = [one for one in waiting if one[0] <= moment]
            self._correct(due)
            waiting = [one for one in waiting if one not in due]
            for one in self._take(list(group)):
                until = accumulate((correction.at for correction in one.corrections), max)
                waiting += [(at, one, correction) for at, correction in zip(until, one.corrections, strict=True)]
                waiting += [(sending.ingested_at, one, sending) for sending in one.again]
        self._correct(waiting)
        for path in disk.list_files(self._old.folder / RECORDS):
            write_atomically(root / path.relative_to(self._old.folder), path.read_bytes())
        locks = read_locks(self._old.folder)
        for half, lock in tuple(locks.items()):
            if lock.is_locked and any(not _has_hash(root / name, told) for name, told in lock.files.items()):
                locks[half] = add_event(locks, lock, "unlock", now, _REBUILT)
                self.opened.append(half)
            write_lock(root, locks[half])

    def _take(self, receipts: Sequence[Receipt]) -> list[Receipt]:
        """Write the submissions of one half that were taken in together, with what speaks against their earlier half."""
        root, made = self._new.folder, []
        read = list(_read_again(self._old.folder, receipts, self._plan))
        pairs = [(again.submission, disk.find_raw(root, one.sha256)) for one, again in read]
        for (one, again), warnings in zip(read, warn_against_store(pairs, self._new, self._plan), strict=True):
            submission = again.submission
            known = disk.find_place(submission.unit_id, submission.period, submission.sha256)
            if known is None or not submission.ok or submission.is_secret or not isinstance(one, Receipt):
                raise StoreError(f"Chưa lập lại được kho: {again.mismatches[0].message}")
            differ = self._note(again, one.folder)
            wrong = {mismatch.table for mismatch in again.mismatches}
            files = [f"{table}.parquet" for table in (*kept_tables(one.period), _FINDINGS) if table not in wrong]
            findings = sorted((*submission.findings, *warnings), key=lambda finding: finding.severity == "note")
            stored = _read_table(one.folder, _FINDINGS) if _FINDINGS not in wrong else None
            told = [finding.as_dict() for finding in findings] if stored is None else stored.to_dicts()
            receipt = replace(one, **_facts_of(submission, told))
            text = (one.folder / disk.RECEIPT).read_text(encoding="utf-8")
            if differ or receipt != one:
                receipt = replace(receipt, nq57kit_version=__version__, plan_hash=self._plan.hash)
                first = {name: json.loads(text)[name] for name in ("sent_at", "sent_at_source")}  # not a correction's
                text = replace(receipt, **first | {"sent_at": datetime.fromisoformat(first["sent_at"])}).to_json()
            write_submission(
                disk.submission_folder(root, known),
                replace(submission, findings=tuple(findings) if warnings else submission.findings),
                text,
                kept={name: (one.folder / name).read_bytes() for name in files},
            )
            made.append(receipt)
        return made

    def _note(self, again: _Again, folder: Path | None = None) -> bool:
        """Count what was read, keep what differs and which tables could not be read; return whether anything differs."""
        self.submissions += 1
        self.values += again.values
        unread = [one for one in again.mismatches if one.in_store == UNREAD]
        self.healed += [
            f"{folder.relative_to(self._old.folder).as_posix()}/{one.table}.parquet" for one in unread if folder
        ]
        self.mismatches += [one for one in again.mismatches if one.in_store != UNREAD]
        return len(unread) < len(again.mismatches)

    def _correct(self, waiting: Sequence[tuple[datetime, Receipt, Correction | Sending]]) -> None:
        """Write sendings again, and corrections, each following from the file before it as that stands now."""
        root = self._new.folder
        for _, one, told in waiting:
            if isinstance(told, Sending):
                write_atomically(disk.again_path(root, one.place, told.sent_at), told.to_json())
        corrections = [(one, told) for _, one, told in waiting if not isinstance(told, Sending)]
        for one, correction in sorted(corrections, key=lambda each: each[1].number):
            place, number = one.place, correction.number
            before = (
                disk.correction_path(root, place, number - 1)
                if number > 1
                else disk.submission_folder(root, place) / disk.RECEIPT
            )
            made = replace(correction, **place._asdict(), follows=hash_file(before))
            write_atomically(disk.correction_path(root, place, number), made.to_json())


def _has_hash(path: Path, sha256: str) -> bool:
    return path.is_file() and hash_file(path) == sha256
