"""Receipts: who sent what, for which period, when; the corrections of that time; and the revisions that follow.

In: the JSON files of accepted and refused submissions. Out: `Receipt`, `Refusal`, and their frames. Nothing is ever
written anew: a time that was wrong is corrected by a small file beside, and the history of a time is all of them.
The same bytes sent again are told by another small file. A revision is a rank by (sent_at, sha256) among what is visible, so
the order of ingest does not matter; intake sees to it that no two sendings of a unit carry one time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from nq57kit.errors import PeriodError, StoreError
from nq57kit.files import hash_bytes
from nq57kit.plan import Calendar, Period
from nq57kit.store.folder import RECEIPT, Listed, Place, require_whole, to_text

#: The zone in which times stand in the store's files; they are shown in the plan's (`timezone` in settings.toml).
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
#: Where the time of sending comes from: contract §3, or a correction after it was taken in.
SentAtSource = Literal["option", "sent.csv", "ingest", "correction"]
_T = TypeVar("_T")
_B = TypeVar("_B", "Correction", "Sending")
#: What a receipt knows of its place in the folder; it stands in no file.
_NOT_WRITTEN = frozenset({"folder", "corrections", "again"})


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A small file about a submission; it is sealed, and never changed."""

    unit_id: str
    period: str
    sha256: str

    @property
    def key(self) -> tuple[str, str]:
        """Period and unit."""
        return self.period, self.unit_id

    @property
    def place(self) -> Place:
        """By what it is known in the store."""
        return Place(self.unit_id, self.period, self.sha256)

    def to_json(self) -> str:
        """Return the text of the file, with `seal`, the SHA-256 of the text without it."""
        text = self._to_text()
        return to_text(json.loads(text) | {"seal": hash_bytes(text.encode("utf-8"))})

    def _to_text(self) -> str:
        told = {name: value for name, value in vars(self).items() if name not in _NOT_WRITTEN}
        moments = {name: value for name, value in told.items() if isinstance(value, datetime)}
        return to_text(told | {name: value.astimezone(HANOI).isoformat() for name, value in moments.items()})


@dataclass(frozen=True, kw_only=True)
class Sending(_Kept):
    """What is told of each sending; the bytes of a submission sent again: `<submission>.sent-again-<time>.json`."""

    sent_at: datetime
    sent_at_source: SentAtSource
    ingested_at: datetime
    file: str
    reference_number: str | None


@dataclass(frozen=True, kw_only=True)
class _Sent(Sending):
    """What an accepted and a refused submission have in common."""

    template_version: str | None
    counts: Mapping[str, Any]
    warnings: int
    nq57kit_version: str
    plan_hash: str
    notice: str | None = None
    legacy_fonts_converted: bool = False


@dataclass(frozen=True, kw_only=True)
class Receipt(_Sent):
    """The receipt of an accepted submission (`receipt.json`); `sent_at` is that of the last correction, if there is one."""

    is_empty: bool
    secret_task_count: int | None
    folder: Path = field(default=Path(), compare=False)
    corrections: tuple[Correction, ...] = field(default=(), compare=False)
    again: tuple[Sending, ...] = field(default=(), compare=False)

    @property
    def sendings(self) -> tuple[Receipt, ...]:
        """The receipt, and one for each time that the same bytes were sent again."""
        return (self, *(replace(self, **vars(one)) for one in self.again))

    def to_json(self) -> str:
        """Return the text of the file; its hash is told by `SHA256SUMS`."""
        return self._to_text()


@dataclass(frozen=True, kw_only=True)
class Refusal(_Sent):
    """A refused submission: what a receipt says, the number of errors and the findings."""

    errors: int
    findings: tuple[Mapping[str, Any], ...]

    @property
    def was_read(self) -> bool:
        """Whether the file was read: the bytes of a scan, which nobody can screen for secrets, are not kept."""
        return not any(str(finding["code"]).startswith("file-") for finding in self.findings)


@dataclass(frozen=True, kw_only=True)
class Correction(_Kept):
    """A time of sending corrected: `<submission>.sent-at-<number>.json`.

    `was` is the time before, `by` a role and no person's name, `at` when it was corrected; `follows` is the SHA-256 of the
    file that it corrects: the receipt, or the correction before.
    """

    number: int
    sent_at: datetime
    was: datetime
    reason: str
    by: str
    at: datetime
    follows: str


@dataclass(frozen=True)
class Ranked:
    """A receipt and its place among the sendings of its unit and period; one sent twice in a row is one revision."""

    receipt: Receipt
    revision: int
    is_latest: bool


def read_receipt(listed: Listed | Path, *, whole: bool = True) -> Receipt:
    """Return the receipt in a submission's folder, with its corrections. Raises StoreError if one is missing or damaged.

    Of a submission as the store lists it all files must be there, unless `whole` is false: a copy that is not finished is
    refused, never half read.
    """
    folder, paths, again = (listed, (), ()) if isinstance(listed, Path) else listed
    if isinstance(listed, Listed) and whole:
        require_whole(folder)
    told = _read(folder / RECEIPT, ("sent_at", "ingested_at"), lambda values: Receipt(**values, folder=folder))
    if again:
        told = replace(told, again=tuple(map(read_sending, again)))
    if not paths:
        return told
    corrections = tuple(read_correction(path) for path in paths)
    return replace(told, sent_at=corrections[-1].sent_at, sent_at_source="correction", corrections=corrections)


def read_refusal(path: Path) -> Refusal:
    """Read the file of a refused submission; its seal is proved by `store.proof`. Raises StoreError if it is damaged."""

    def build(values: dict[str, Any]) -> Refusal:
        values.pop("seal", None)
        return Refusal(**{**values, "findings": tuple(values["findings"])})

    return _read(path, ("sent_at", "ingested_at"), build)


def read_correction(path: Path) -> Correction:
    """Read a correction. Raises StoreError if anything in it is not as it was written."""
    return _read(path, ("sent_at", "was", "at"), lambda values: _sealed(Correction, values))


def read_sending(path: Path) -> Sending:
    """Read that bytes were sent again. Raises StoreError if anything in it is not as it was written."""
    return _read(path, ("sent_at", "ingested_at"), lambda values: _sealed(Sending, values))


def _sealed(kind: Callable[..., _B], values: dict[str, Any]) -> _B:
    seal = values.pop("seal")
    made = kind(**values)
    if json.loads(made.to_json())["seal"] != seal:
        raise ValueError("not the seal of this text")
    return made


def _read(path: Path, moments: Iterable[str], build: Callable[[dict[str, Any]], _T]) -> _T:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        for name in moments:
            values[name] = datetime.fromisoformat(values[name]).astimezone(HANOI)
        return build(values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise StoreError(
            f"Kho bị hỏng: không đọc được tệp «{path}»; khôi phục tệp này từ bản sao lưu rồi chạy lại."
        ) from None


def rank(receipts: Iterable[Receipt], until: datetime | None = None) -> list[Ranked]:
    """Return the receipts sent before `until`, with their revisions, sorted by period, unit, revision."""
    seen = [receipt for receipt in receipts if until is None or receipt.sent_at < until]
    seen.sort(key=lambda row: (row.period, row.unit_id, row.sent_at, row.sha256))
    seen = [
        row for before, row in zip([None, *seen], seen, strict=False) if before is None or before.place != row.place
    ]
    ranked: list[Ranked] = []
    for number, row in enumerate(seen):
        follows = number > 0 and seen[number - 1].key == row.key
        is_latest = number + 1 == len(seen) or seen[number + 1].key != row.key
        ranked.append(Ranked(row, ranked[-1].revision + 1 if follows else 1, is_latest))
    return ranked


def standing(refusals: Iterable[Refusal], accepted: Iterable[Ranked], until: datetime | None = None) -> list[Refusal]:
    """Return the refusals sent before `until` that no accepted submission followed, sorted."""
    last = {row.receipt.key: row.receipt for row in accepted if row.is_latest}
    rows = [
        refusal
        for refusal in refusals
        if (until is None or refusal.sent_at < until)
        and (refusal.key not in last or last[refusal.key].sent_at < refusal.sent_at)
    ]
    return sorted(rows, key=lambda row: (row.key, row.sent_at, row.sha256))


def receipts_frame(rows: Iterable[Ranked], calendar: Calendar) -> pl.DataFrame:
    """Return receipts as a frame; `on_time` by the settings of `calendar`, null outside its years; times in its zone."""
    rows = list(rows)
    first = _first_complete(rows)
    deadlines = {period: _deadline(period, calendar) for period in {row.receipt.period for row in rows}}
    told: dict[str, list[Any]] = {
        "revision": [row.revision for row in rows],
        "is_latest": [row.is_latest for row in rows],
        "is_first": [row.revision == first[row.receipt.key] for row in rows],
        "on_time": [_is_before(row.receipt, deadlines[row.receipt.period], calendar) for row in rows],
    }
    sent = [row.receipt for row in rows]
    columns = {name: told[name] if name in told else list(map(attrgetter(name), sent)) for name in _RECEIPTS}
    return pl.DataFrame(columns, schema=_schema(_RECEIPTS, calendar))


def refusals_frame(rows: Iterable[Refusal], calendar: Calendar) -> pl.DataFrame:
    """Return refusals as a frame: unit_id, period, sent_at (in the calendar's zone), sha256, file, errors (a count)."""
    sent = list(rows)
    columns = {name: list(map(attrgetter(name), sent)) for name in _REFUSALS}
    return pl.DataFrame(columns, schema=_schema(_REFUSALS, calendar))


_RECEIPTS: Final = (
    *(
        "unit_id",
        "period",
        "revision",
        "sent_at",
        "sent_at_source",
        "ingested_at",
        "sha256",
        "file",
        "reference_number",
    ),
    *("template_version", "is_latest", "is_first", "on_time", "is_empty", "secret_task_count", "warnings", "notice"),
)
_REFUSALS: Final = ("unit_id", "period", "sent_at", "sha256", "file", "errors")
_NUMBERS: Final = frozenset({"revision", "secret_task_count", "warnings", "errors"})
_FLAGS: Final = frozenset({"is_latest", "is_first", "on_time", "is_empty"})


def _schema(names: Iterable[str], calendar: Calendar) -> pl.Schema:
    def kind(name: str) -> pl.DataType:
        if name in ("sent_at", "ingested_at"):
            return pl.Datetime("us", calendar.settings.timezone)
        return pl.Int64() if name in _NUMBERS else pl.Boolean() if name in _FLAGS else pl.String()

    return pl.Schema((name, kind(name)) for name in names)


def _first_complete(rows: Iterable[Ranked]) -> dict[tuple[str, str], int]:
    """The revision by which «on time» is judged: the first that says something, else the first."""
    first: dict[tuple[str, str], int] = {}
    for row in sorted(rows, key=lambda row: row.receipt.is_empty):
        first.setdefault(row.receipt.key, row.revision)
    return first


def is_on_time(sent: Receipt | Refusal, calendar: Calendar) -> bool | None:
    """Return whether a submission was on time; by its time of ingest where the settings say «received»."""
    return _is_before(sent, _deadline(sent.period, calendar), calendar)


def _is_before(sent: Receipt | Refusal, deadline: datetime | None, calendar: Calendar) -> bool | None:
    if deadline is None:
        return None
    return (sent.ingested_at if calendar.settings.on_time_by == "received" else sent.sent_at) < deadline


def _deadline(period: str, calendar: Calendar) -> datetime | None:
    try:
        return Period.parse(period, calendar).deadline
    except PeriodError:
        return None
