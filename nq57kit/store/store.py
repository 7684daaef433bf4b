"""`Store`, the folder into which submissions are taken, and `Snapshot`, what a report reads of it at one moment.

In: the folder, a period, a day as of which to look. Out: receipts, refusals, findings, lazy frames, raw bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, Concatenate, Final, Literal, ParamSpec, TypeVar

import polars as pl

from nq57kit.errors import StoreError
from nq57kit.files import close_to_others, explain_failure, hash_bytes, local_path
from nq57kit.plan import Period, Plan, label_period, load_plan
from nq57kit.shown import Shown, Told
from nq57kit.store import folder as disk
from nq57kit.store.crosschecks import find_between_halves, find_between_units, find_of_requests
from nq57kit.store.folder import Listed, Place
from nq57kit.store.locks import read_locks
from nq57kit.store.logbook import Record, list_records, order_records, read_record, read_requests
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
from nq57kit.submissions.comparisons import HALF_CODES

_NAMES_SHOWN: Final = 5
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Pins:
    """Which submissions a snapshot shows: the accepted ones, the refused ones, and the locks in force at that time.

    A submission is named by its place, or by its SHA-256 alone (a scorecard names no other unit). `locks` maps a half to
    its seal; a half that is not in it was open. `records` are the files of the records that were read.
    """

    accepted: tuple[Place | str, ...]
    refused: tuple[Place | str, ...] = ()
    locks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    records: tuple[str, ...] = ()


class Snapshot(Shown):
    """The submissions of a store at one moment: all of them, the official ones, or those that are pinned.

    Made by `Store.snapshot`, `Store.official` and `Store.pinned`. A report reads many tables; through one snapshot they
    all tell of the same submissions. Files are read when a period is first asked for, and each once.
    """

    def __init__(
        self,
        store: Store,
        accepted: Mapping[str, tuple[Listed, ...]],
        refused: Mapping[str, tuple[Path, ...]],
        locks: Mapping[str, str] | None = None,
        records: tuple[str, ...] | None = None,
    ) -> None:
        self.folder, self.plan = store.folder, store.plan
        self._records = list_records(store.folder) if records is None else records
        self._store, self._locks = store, locks
        self._accepted, self._refused = accepted, refused
        self._known: dict[object, Any] = {}

    def tell(self) -> Told:
        """Return how much stands there of each half."""
        halves = sorted(self._accepted.keys() | self._refused.keys())
        rows = [
            (
                label_period(half),
                len(self._accepted.get(half, ())),
                len(self._refused.get(half, ())),
                "đã khóa" if half in self.locks else "chưa khóa",
            )
            for half in halves
        ]
        heads = ("Kỳ", "Báo cáo được nhận", "Báo cáo bị trả lại", "Số liệu")
        return Told(f"Kho «{self.folder}» tại một thời điểm", {"số kỳ": len(halves)}, heads, rows)

    @property
    def locks(self) -> Mapping[str, str]:
        """The halves that are closed, each with its seal; of a pinned snapshot, those of that time."""
        return self._store.locks if self._locks is None else self._locks

    def accepted(self, half: str | None = None, *, as_of: date | datetime | None = None) -> tuple[Receipt, ...]:
        """Return the receipts of the accepted submissions, of one half and up to a day where given."""
        until = self.plan.calendar.end_of(as_of)
        found = self._receipts(sorted(self._accepted) if half is None else (half,))
        return tuple(one for one in found if until is None or one.sent_at < until)

    def refused(self, half: str | None = None, *, as_of: date | datetime | None = None) -> tuple[Refusal, ...]:
        """Return all refused submissions, of one half and up to a day where given, whether or not an accepted one followed."""
        until = self.plan.calendar.end_of(as_of)
        found = self._refusals(sorted(self._refused) if half is None else (half,))
        return tuple(one for one in found if until is None or one.sent_at < until)

    def records(self, kind: str, *, as_of: date | None = None) -> list[Record]:
        """Return what persons decided, of a kind (`logbook.KINDS`), up to the day `as_of`: the last of a subject counts.

        Raises StoreError for a record that is missing or not as it was written.
        """
        of_kind = [name for name in self._records if name.split("/")[1] == kind]
        every: list[Record] = self._once(kind, lambda: [read_record(self.folder / name) for name in of_kind])
        return order_records(one for one in every if as_of is None or one.day <= as_of)

    def receipts(self, period: str | Period | None = None, *, as_of: date | datetime | None = None) -> pl.DataFrame:
        """Return one row per accepted submission, all revisions, sorted by period, unit_id, revision.

        A year means both halves. `as_of` shows only what was sent up to the end of that day (or that moment) in the plan's
        time zone; revisions are counted among what is shown. `on_time` is of the row's own time, null for a period outside
        the plan's years. Raises PeriodError for text that is no period.

        Columns: unit_id, period, revision, sent_at, sent_at_source (option | sent.csv | ingest | correction), ingested_at,
        sha256, file, reference_number, template_version, is_latest, is_first, on_time, is_empty, notice,
        secret_task_count, warnings.
        """
        ranked, key = self._ranked(period, as_of)
        found: pl.DataFrame = self._once(("frame", key), lambda: receipts_frame(ranked, self.plan.calendar))
        return found

    def refusals(self, period: str | Period | None = None, *, as_of: date | datetime | None = None) -> pl.DataFrame:
        """Return the refused submissions that no accepted one of the same unit and period followed.

        Columns: unit_id, period, sent_at, sha256, file, errors (their number).
        """
        until = self.plan.calendar.end_of(as_of)
        found = standing(self._refusals(self._halves(period, self._refused)), self._ranked(period, as_of)[0], until)
        return refusals_frame(found, self.plan.calendar)

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
        """
        if revisions not in ("latest", "all"):
            raise StoreError(f"revisions «{revisions}» không hợp lệ; ghi latest (bản mới nhất) hoặc all (mọi bản).")
        rows = [row for row in self._ranked(period, as_of)[0] if revisions == "all" or row.is_latest]
        return disk.scan(table, [row.receipt.folder for row in rows], [row.revision for row in rows])

    def findings(self, period: str | Period | None = None, *, as_of: date | datetime | None = None) -> pl.DataFrame:
        """Return warnings and notes of the latest revisions, sorted by period, unit_id, warnings first.

        What the check of the file said is read; what speaks against the unit's earlier half is found anew, so it
        depends on what the store holds and not on which file came first (docs/checks.md).

        Columns: unit_id, period, code, severity, file, table, sheet, cell, field, value, message.
        """
        with disk.name_damage(self.folder):
            stored = (
                self.read("findings", period, as_of=as_of).select(*disk.PLACE, *disk.file_schema("findings")).collect()
            )
        is_against = pl.col("code").is_in(HALF_CODES)
        against = find_between_halves(self, period, as_of, stored.filter(is_against))
        every = pl.concat([stored.filter(~is_against), against])
        return every.sort("period", "unit_id", pl.col("severity") != "warning", maintain_order=True)

    def cross_findings(
        self, period: str | Period | None = None, *, as_of: date | datetime | None = None
    ) -> pl.DataFrame:
        """Return warnings about what units tell against each other; never stored.

        One science code with two names or answers, one evidence twice, identical figures; a request that tells otherwise than the unit's half. Columns as in
        `findings`; other units are named by their short names.
        """
        return pl.concat([find_between_units(self, period, as_of), find_of_requests(self, period, as_of)])

    def _receipts(self, halves: Iterable[str]) -> list[Receipt]:
        read = [one for half in halves for one in self._read_half("accepted", read_receipt, self._accepted, half)]
        return [sending for one in read for sending in one.sendings]

    def _refusals(self, halves: Iterable[str]) -> list[Refusal]:
        return [one for half in halves for one in self._read_half("refused", read_refusal, self._refused, half)]

    def _read_half(self, what: str, read: Callable[[Any], Any], listed: Mapping[str, Any], half: str) -> Any:
        return self._once((what, half), lambda: [read(one) for one in listed.get(half, ())])

    def _ranked(self, period: str | Period | None, as_of: date | datetime | None) -> tuple[list[Ranked], object]:
        """The revisions of a period as of a day, and the key by which they are known."""
        halves, until = self._halves(period, self._accepted), self.plan.calendar.end_of(as_of)
        key = (halves, until)
        return self._once(("ranked", key), lambda: rank(self._receipts(halves), until)), key

    def _halves(self, period: str | Period | None, listed: Mapping[str, Any]) -> tuple[str, ...]:
        if period is None:
            return tuple(sorted(listed))
        found = period if isinstance(period, Period) else self.plan.period(period)
        return tuple(str(half) for half in found.sources)

    def _once(self, key: object, make: Callable[[], Any]) -> Any:
        """Return what `make` gives; it stays true, and is known from then on."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


def _at_this_moment(ask: Callable[Concatenate[Snapshot, _P], _T]) -> Callable[Concatenate[Store, _P], _T]:
    """Return a question of a snapshot as one of the store: answered as it stands at that moment."""

    @wraps(ask)
    def ask_now(store: Store, /, *given: _P.args, **named: _P.kwargs) -> _T:
        return ask(store.snapshot(), *given, **named)

    return ask_now


class Store(Shown):
    """A folder of accepted submissions; contract §2–3 and docs/store.md.

    `plan` gives the periods and deadlines (the packaged plan without it). What is asked of the store itself is answered
    as it stands at that moment; a report asks one `Snapshot`. Reading takes no lock: a submission is there whole or not
    at all. Raises StoreError if the folder is no store.

    Example:
        >>> import tempfile
        >>> store = Store.create(Path(tempfile.mkdtemp()) / "kho")
        >>> store.receipts("2026").height, store.read("activities").collect().height
        (0, 0)
    """

    receipts = _at_this_moment(Snapshot.receipts)
    refusals = _at_this_moment(Snapshot.refusals)
    read = _at_this_moment(Snapshot.read)
    findings = _at_this_moment(Snapshot.findings)
    cross_findings = _at_this_moment(Snapshot.cross_findings)
    records = _at_this_moment(Snapshot.records)

    def __init__(self, folder: Path | str, *, plan: Plan | None = None) -> None:
        self.folder = local_path(folder, StoreError)
        self._plan = plan
        self._told: tuple[tuple[str, ...], Plan, Plan] | None = None
        disk.read_version(self.folder)

    @classmethod
    def of(cls, store: Store | Path | str) -> Store:
        """Return the store that is given, or the one in a folder."""
        return store if isinstance(store, Store) else cls(store)

    @classmethod
    def create(cls, folder: Path | str, *, plan: Plan | None = None) -> Store:
        """Open the store in `folder`, made there if there is none.

        Raises StoreError if the folder holds other files, or cannot be written.
        """
        root = local_path(folder, StoreError)
        marker = root / disk.MARKER
        try:
            if not marker.exists():
                visible = root.is_dir() and any(not path.name.startswith(".") for path in root.iterdir())
                taken = visible or (root.exists() and not root.is_dir())
                if taken and not marker.exists():  # another command may have made it just now
                    what = "vì ở đó đã có tệp khác; chọn một thư mục mới hoặc trống"
                    raise StoreError(f"Không tạo được kho tại «{root}» {what}.")
                root.mkdir(parents=True, exist_ok=True)
                close_to_others(root)  # contact data stand in it
                with disk.hold_lock(root):
                    if not marker.exists():
                        disk.write_marker(root)
        except OSError as error:
            raise StoreError(f"Không tạo được kho tại «{root}»: {explain_failure(error)}.") from error
        return cls(root, plan=plan)

    def tell(self) -> Told:
        """Return where the store lies and how much it holds of each half."""
        view = self.snapshot().tell()
        return view._replace(title=f"Kho «{self.folder}»")

    @property
    def plan(self) -> Plan:
        """The plan by which periods and deadlines are judged, told of the requests of this store."""
        return self.tell_requests(self._plan or load_plan())

    def tell_requests(self, plan: Plan) -> Plan:
        """Return a plan whose calendar tells of the requests that this store holds as records."""
        names = tuple(name for name in list_records(self.folder) if name.split("/")[1] == "request")
        if self._told is None or self._told[:2] != (names, plan):
            self._told = (names, plan, plan.with_requests(read_requests(self.folder, names)))
        return self._told[2]

    @property
    def locks(self) -> Mapping[str, str]:
        """The halves that are closed now, each with its seal (`Lock.seal`)."""
        return {half: lock.seal for half, lock in read_locks(self.folder).items() if lock.is_locked}

    def snapshot(self) -> Snapshot:
        """Return the store as it is at this moment, all that came in: what is ingested later is not in it."""
        return Snapshot(self, disk.list_submissions(self.folder), disk.list_refusals(self.folder))

    def official(self) -> Snapshot:
        """Return a snapshot for a report: of a locked half only what its lock holds, of an open one all there is.

        What came after a lock is in `snapshot()` and in `nq57kit status`, and in no report (docs/reproducibility.md).
        """
        closed = {half: lock for half, lock in read_locks(self.folder).items() if lock.is_locked}
        accepted, refused = disk.list_submissions(self.folder), disk.list_refusals(self.folder)
        for half, lock in closed.items():  # what a lock holds must be there
            picked = _pick({half: accepted.get(half, ())}, lock.accepted, "báo cáo")[half]
            held = {self.folder / name for name in lock.files}
            accepted |= {half: tuple(one._replace(again=tuple(filter(held.__contains__, one.again))) for one in picked)}
            refused |= _pick({half: refused.get(half, ())}, lock.refused, "báo cáo bị trả lại")
        return Snapshot(self, accepted, refused, {half: lock.seal for half, lock in closed.items()})

    def pinned(self, pins: Pins) -> Snapshot:
        """Return a snapshot of exactly the submissions that `pins` name, under the locks that were in force then.

        Raises StoreError that says which of them the store does not have.
        """
        accepted = _pick(disk.list_submissions(self.folder), pins.accepted, "báo cáo")
        times = Counter((pin if isinstance(pin, str) else pin.sha256)[:16] for pin in pins.accepted)
        accepted = {  # one that was sent again is named once for each time that the report knew of
            half: tuple(one._replace(again=one.again[: times[_name(one)[-1]] - 1]) for one in ones)
            for half, ones in accepted.items()
        }
        refused = _pick(disk.list_refusals(self.folder), pins.refused, "báo cáo bị trả lại")
        return Snapshot(self, accepted, refused, dict(pins.locks), pins.records)

    def raw(self, sha256: str) -> bytes:
        """Return the bytes that a unit submitted, exactly. Raises StoreError if missing or changed since."""
        path = disk.find_raw(self.folder, sha256)
        if path is None:
            raise StoreError(f"Kho «{self.folder}» không có tệp gốc mang mã «{sha256}»; xem mã trong sổ tiếp nhận.")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StoreError(f"Không đọc được tệp gốc «{path}»; kiểm tra quyền đọc rồi chạy lại.") from error
        if hash_bytes(content) != sha256:
            raise StoreError(f"Tệp gốc «{path}» đã bị thay đổi so với lúc tiếp nhận; khôi phục từ bản sao lưu.")
        return content


def _pick(listed: Mapping[str, tuple[Any, ...]], pins: Iterable[Place | str], what: str) -> dict[str, tuple[Any, ...]]:
    """Return of each half what `pins` name. Raises StoreError, in one sentence, that says which are missing."""
    by_place = {_name(one): one for ones in listed.values() for one in ones}
    by_hash: dict[str, list[tuple[str, ...]]] = {}
    for name in by_place:
        by_hash.setdefault(name[-1], []).append(name)
    wanted: set[tuple[str, ...]] = set()
    missing: list[str] = []
    for pin in pins:
        unit_id, period, sha256 = ("", "", pin) if isinstance(pin, str) else pin
        found = [name for name in by_hash.get(sha256[:16], ()) if isinstance(pin, str) or name[:2] == (unit_id, period)]
        wanted.update(found)
        if not found:
            missing.append(f"{unit_id} {period} mã {sha256[:16]}…".strip())
    if missing:
        shown = "; ".join(missing[:_NAMES_SHOWN]) + ("; …" if len(missing) > _NAMES_SHOWN else "")
        raise StoreError(f"Kho thiếu {len(missing)} {what} cần dùng: {shown}; khôi phục từ bản sao lưu.")
    return {half: tuple(one for one in ones if _name(one) in wanted) for half, ones in listed.items()}


def _name(one: Listed | Path) -> tuple[str, str, str]:
    """Unit, period and the beginning of the SHA-256, as a submission's or a refusal's path tells them."""
    path = one.folder if isinstance(one, Listed) else one
    unit, period = path.parent, path.parent.parent
    sha256 = path.name.removeprefix("submission=").removesuffix(".json")
    return unit.name.removeprefix("unit_id="), period.name.removeprefix("period="), sha256
