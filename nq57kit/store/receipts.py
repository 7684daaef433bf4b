"""Receipts: who sent what, for which period, when; and the revisions that follow from them.

In: the JSON files of accepted and refused submissions. Out: `Receipt`, `Refusal`, and their frames.
A revision is a rank by (sent_at, sha256) among what is visible, so the order of ingest does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import polars as pl

from nq57kit.errors import PeriodError, StoreError
from nq57kit.files import hash_bytes
from nq57kit.store.sent import HANOI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from nq57kit.plan import Calendar

__all__ = [
    "HANOI",
    "Ranked",
    "Receipt",
    "Refusal",
    "SentAtSource",
    "is_on_time",
    "rank",
    "read_receipt",
    "read_refusal",
    "receipts_frame",
    "refusals_frame",
    "standing",
    "to_moment",
]

#: Which of the three times a receipt holds; contract §3.
SentAtSource = Literal["option", "sent.csv", "ingest"]
_TIME = pl.Datetime("us", "Asia/Ho_Chi_Minh")
_T = TypeVar("_T", bound="_Sent")


@dataclass(frozen=True, kw_only=True)
class _Sent:
    """What an accepted and a refused submission have in common."""

    unit_id: str
    period: str
    sent_at: datetime
    sent_at_source: SentAtSource
    ingested_at: datetime
    sha256: str
    file: str
    reference_number: str | None
    template_version: str | None
    counts: Mapping[str, Any]
    warnings: int
    nq57kit_version: str
    plan_hash: str
    notice: str | None = None
    legacy_fonts_converted: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Period and unit."""
        return self.period, self.unit_id

    @property
    def order(self) -> tuple[datetime, str]:
        """The order of the submissions of one unit and period."""
        return self.sent_at, self.sha256

    def to_json(self) -> str:
        """Return the text of the file, keys sorted, times with their offset, Vietnamese letters as such."""
        values = {name: _plain(value) for name, value in vars(self).items() if name != "folder"}
        return json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


@dataclass(frozen=True, kw_only=True)
class Receipt(_Sent):
    """The receipt of an accepted submission (`receipt.json`); `folder` is where it lies."""

    is_empty: bool
    secret_task_count: int | None
    folder: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Refusal(_Sent):
    """A refused submission: what a receipt says, the number of errors and the findings."""

    errors: int
    findings: tuple[Mapping[str, Any], ...]

    def to_json(self) -> str:
        """Return the text of the file, sealed: `seal` is the SHA-256 of the text without it."""
        plain = super().to_json()
        return (
            json.dumps(json.loads(plain) | {"seal": _seal(plain)}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        )


@dataclass(frozen=True)
class Ranked:
    """A receipt and its place among the accepted submissions of its unit and period."""

    receipt: Receipt
    revision: int
    is_latest: bool


def to_moment(as_of: date | datetime | None) -> datetime | None:
    """Return the first moment that is no longer seen: the end of a day of Hà Nội, or just after a time.

    Example:
        >>> to_moment(date(2026, 6, 19)).isoformat()
        '2026-06-20T00:00:00+07:00'
    """
    if as_of is None:
        return None
    if isinstance(as_of, datetime):
        return as_of.astimezone(HANOI) + timedelta(microseconds=1)
    return datetime.combine(as_of + timedelta(days=1), time(), HANOI)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(HANOI).isoformat()
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def read_receipt(path: Path) -> Receipt:
    """Read `receipt.json`. Raises StoreError if it is missing or damaged."""
    return _read(path, lambda values: Receipt(**values, folder=path.parent))


def read_refusal(path: Path) -> Refusal:
    """Read the file of a refused submission; its seal is proved by `store.proof`. Raises StoreError if it is damaged."""

    def build(values: dict[str, Any]) -> Refusal:
        values.pop("seal", None)
        return Refusal(**{**values, "findings": tuple(values["findings"])})

    return _read(path, build)


def _seal(text: str) -> str:
    return hash_bytes(text.encode("utf-8"))


def _read(path: Path, build: Callable[[dict[str, Any]], _T]) -> _T:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        for name in ("sent_at", "ingested_at"):
            values[name] = datetime.fromisoformat(values[name]).astimezone(HANOI)
        return build(values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise StoreError(
            f"Kho bị hỏng: không đọc được tệp «{path}»; khôi phục tệp này từ bản sao lưu rồi chạy lại."
        ) from None


def rank(receipts: Iterable[Receipt], as_of: date | datetime | None = None) -> list[Ranked]:
    """Return the receipts sent up to `as_of`, with their revisions, sorted by period, unit, revision."""
    end = to_moment(as_of)
    seen = [receipt for receipt in receipts if end is None or receipt.sent_at < end]
    seen.sort(key=lambda row: (row.period, row.unit_id, row.sent_at, row.sha256))
    ranked: list[Ranked] = []
    for place, row in enumerate(seen):
        number = ranked[-1].revision + 1 if place and _are_of_one(seen[place - 1], row) else 1
        ranked.append(Ranked(row, number, place + 1 == len(seen) or not _are_of_one(row, seen[place + 1])))
    return ranked


def _are_of_one(one: Receipt, other: Receipt) -> bool:
    """Whether two submissions are of one unit and period (the units differ first, in most)."""
    return one.unit_id == other.unit_id and one.period == other.period


def standing(
    refusals: Iterable[Refusal], accepted: Iterable[Ranked], as_of: date | datetime | None = None
) -> list[Refusal]:
    """Return the refusals sent up to `as_of` that no accepted submission followed, sorted."""
    end = to_moment(as_of)
    last = {row.receipt.key: row.receipt for row in accepted if row.is_latest}
    rows = [
        refusal
        for refusal in refusals
        if (end is None or refusal.sent_at < end)
        and (refusal.key not in last or last[refusal.key].sent_at < refusal.sent_at)
    ]
    return sorted(rows, key=lambda row: (row.key, row.order))


def receipts_frame(rows: Iterable[Ranked], calendar: Calendar) -> pl.DataFrame:
    """Return receipts as a frame; `on_time` by the settings of `calendar`, null outside its years."""
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "unit_id": pl.String,
        "period": pl.String,
        "revision": pl.Int64,
        "sent_at": _TIME,
        "sent_at_source": pl.String,
        "ingested_at": _TIME,
        "sha256": pl.String,
        "file": pl.String,
        "reference_number": pl.String,
        "template_version": pl.String,
        "is_latest": pl.Boolean,
        "is_first": pl.Boolean,
        "on_time": pl.Boolean,
        "is_empty": pl.Boolean,
        "secret_task_count": pl.Int64,
        "warnings": pl.Int64,
        "notice": pl.String,
    }
    rows = list(rows)
    first = _first_complete(rows)
    moments = _PeriodMoments(calendar)
    told: dict[str, list[Any]] = {
        "revision": [row.revision for row in rows],
        "is_latest": [row.is_latest for row in rows],
        "is_first": [row.revision == first[row.receipt.key] for row in rows],
        "on_time": [moments.is_on_time(row.receipt) for row in rows],
    }
    sent = [row.receipt for row in rows]
    columns = {name: told.get(name) or list(map(attrgetter(name), sent)) for name in schema}
    return pl.DataFrame(columns, schema=schema)


def _first_complete(rows: Iterable[Ranked]) -> dict[tuple[str, str], int]:
    """The revision by which «on time» is judged: the first that says something, else the first."""
    first: dict[tuple[str, str], int] = {}
    every = list(rows)
    for empty in (False, True):
        for row in every:
            if row.receipt.is_empty == empty and (key := row.receipt.key) not in first:
                first[key] = row.revision
    return first


class _PeriodMoments:
    """Whether submissions were on time, each period being read once."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._by_ingest = calendar.settings.on_time_by == "received"
        self._deadlines: dict[str, datetime | None] = {}

    def is_on_time(self, sent: Receipt | Refusal) -> bool | None:
        if sent.period not in self._deadlines:
            self._deadlines[sent.period] = self._deadline(sent.period)
        deadline = self._deadlines[sent.period]
        if deadline is None:
            return None
        return (sent.ingested_at if self._by_ingest else sent.sent_at) < deadline

    def _deadline(self, period: str) -> datetime | None:
        from nq57kit.plan import Period

        try:
            return Period.parse(period, self._calendar).deadline
        except PeriodError:
            return None


def is_on_time(sent: Receipt | Refusal, calendar: Calendar) -> bool | None:
    """Return whether a submission was on time; by its time of ingest where the settings say «received»."""
    return _PeriodMoments(calendar).is_on_time(sent)


def refusals_frame(rows: Iterable[Refusal]) -> pl.DataFrame:
    """Return refusals as a frame: unit_id, period, sent_at, sha256, file, errors (a count)."""
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "unit_id": pl.String,
        "period": pl.String,
        "sent_at": _TIME,
        "sha256": pl.String,
        "file": pl.String,
        "errors": pl.Int64,
    }
    records = [{name: getattr(row, name) for name in schema} for row in rows]
    return pl.DataFrame(records, schema=schema, orient="row")
