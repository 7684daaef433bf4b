"""Locks: a half-year that is closed, with a manifest of the hashes of all that counts in it.

In: a store, a half, a moment, a reason. Out: `locks/<half>.json`, written whole, with its history; a report of a locked
half reads what the lock holds, and what comes later is kept and told apart. Who locked is in no report.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from nq57kit import __version__
from nq57kit.errors import ParameterError, StoreError
from nq57kit.files import hash_bytes, hash_file, write_atomically
from nq57kit.store.disk import hold_lock, say_failure
from nq57kit.store.layout import Place, find_raw, refusal_path, submission_folder
from nq57kit.store.sent import HANOI
from nq57kit.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from nq57kit.plan import Period
    from nq57kit.store.receipts import Receipt, Refusal
    from nq57kit.store.store import Store

__all__ = ["LOCKS", "Lock", "lock_period", "read_locks", "unlock_period"]

LOCKS: Final = "locks"
_LOCK_SECONDS: Final = 60.0
_FORMAT: Final = "nq57-lock"
_SHORTEST_REASON: Final = 5


@dataclass(frozen=True)
class Lock:
    """The lock of a half.

    `accepted` and `refused` map each submission to the SHA-256 of its files, by their path in the store;
    `history` tells each closing and opening: action, at, reason, manifest_sha256, submissions.
    """

    period: str
    state: Literal["locked", "unlocked"]
    accepted: Mapping[Place, Mapping[str, str]]
    refused: Mapping[Place, Mapping[str, str]]
    history: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def is_locked(self) -> bool:
        """Whether the half is closed now."""
        return self.state == "locked"

    @property
    def manifest_sha256(self) -> str:
        """One hash of what the lock holds: places and hashes of files, in order."""
        return hash_bytes(_to_text({"accepted": _listed(self.accepted), "refused": _listed(self.refused)}).encode())

    @property
    def locked_at(self) -> datetime:
        """When the half was last locked, in giờ Hà Nội."""
        last = next(event for event in reversed(self.history) if event["action"] == "lock")
        return datetime.fromisoformat(last["at"]).astimezone(HANOI)

    def has(self, sent: Receipt | Refusal) -> bool:
        """Whether a submission is in the manifest."""
        return _place(sent) in self.accepted or _place(sent) in self.refused

    def to_json(self) -> str:
        """Return the text of the lock's file, in a fixed order; `seal` is one hash of all the rest."""
        content = {
            "format": _FORMAT,
            "version": "1",
            "period": self.period,
            "state": self.state,
            "manifest_sha256": self.manifest_sha256,
            "accepted": _listed(self.accepted),
            "refused": _listed(self.refused),
            "history": [dict(event) for event in self.history],
        }
        sealed = content | {"seal": hash_bytes(_to_text(content).encode("utf-8"))}
        return json.dumps(sealed, ensure_ascii=False, indent=1) + "\n"


def read_locks(root: Path) -> dict[str, Lock]:
    """Return the locks of a store by half, those that were opened again included; {} where nothing was ever locked.

    Raises StoreError for a lock that is damaged: a half must not look open because its lock cannot be read.
    """
    folder = root / LOCKS
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith("."))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"Không đọc được thư mục «{folder}» của kho; kiểm tra quyền đọc rồi chạy lại.") from error
    return {lock.period: lock for lock in map(read_lock, paths)}


def read_lock(path: Path) -> Lock:
    """Return the lock in a file; raises StoreError if anything in it is not as it was written."""
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text)
        lock = Lock(
            period=values["period"],
            state=values["state"],
            accepted=_placed(values["accepted"]),
            refused=_placed(values["refused"]),
            history=tuple(values["history"]),
        )
        sound = text == lock.to_json() and path.stem == lock.period and lock.locked_at is not None
    except (OSError, ValueError, TypeError, KeyError, StopIteration):
        sound = False
    if not sound:
        raise StoreError(f"Tệp khóa kỳ «{path}» bị hỏng hoặc đã bị sửa; khôi phục tệp này từ bản sao lưu.")
    return lock


def lock_period(store: Store, period: Period, *, reason: str = "", now: datetime | None = None) -> tuple[Lock, ...]:
    """Close a half (a year: both) and the earlier halves of its year, on which its figures stand; return the new locks.

    What was accepted or refused so far is in the manifest, with the hash of each file; a half that is closed already
    stays as it is. Raises StoreError where all are closed, where a half has no accepted submission, or where a file is
    missing or is not what was taken in.
    """
    moment = (now or datetime.now(HANOI)).astimezone(HANOI)
    made: list[Lock] = []
    with _writing(store.folder):
        known = read_locks(store.folder)
        view = store.snapshot()
        for half in period.year_so_far:
            earlier = known.get(str(half))
            if earlier is None or not earlier.is_locked:
                made.append(_close(view, str(half), earlier, moment, clean(reason)))
        for lock in made:
            _write(store.folder, lock)
    if not made:
        raise StoreError(f"Kỳ {period} đã khóa từ trước; xem bằng «nq57kit status {period}».")
    return tuple(made)


def unlock_period(store: Store, half: Period, *, reason: str, now: datetime | None = None) -> Lock:
    """Open a closed half again; the reason and the hashes of what it held stay in its history.

    Raises ParameterError for a year or without a reason, StoreError where the half is not closed.
    """
    words = clean(reason)
    if half.is_year:
        raise ParameterError(f"Mở khóa từng kỳ 6 tháng: viết {half}-H1 hoặc {half}-H2.")
    if len(words) < _SHORTEST_REASON:
        raise ParameterError("Mở khóa kỳ báo cáo cần lý do; viết --reason «lý do», lý do được lưu trong lịch sử khóa.")
    moment = (now or datetime.now(HANOI)).astimezone(HANOI)
    with _writing(store.folder):
        known = read_locks(store.folder).get(str(half))
        if known is None or not known.is_locked:
            raise StoreError(f"Kỳ {half} đang không khóa nên không có gì để mở.")
        event = _event("unlock", moment, words, known) | {"sha256": sorted(place.sha256 for place in known.accepted)}
        opened = replace(known, state="unlocked", history=(*known.history, event))
        _write(store.folder, opened)
    return opened


def _close(view: Store, half: str, earlier: Lock | None, moment: datetime, reason: str) -> Lock:
    accepted = {_place(receipt): _hash_receipt(view.folder, receipt) for receipt in view.accepted(half)}
    refused = {_place(refusal): _hash_refusal(view.folder, refusal) for refusal in view.refused(half)}
    if not accepted:
        raise StoreError(
            f"Kỳ {half} chưa có báo cáo nào được chấp nhận nên chưa khóa được; tiếp nhận báo cáo rồi khóa."
        )
    lock = Lock(half, "locked", accepted, refused, earlier.history if earlier else ())
    return replace(lock, history=(*lock.history, _event("lock", moment, reason, lock)))


def _event(action: str, moment: datetime, reason: str, lock: Lock) -> dict[str, Any]:
    return {
        "action": action,
        "at": moment.isoformat(timespec="seconds"),
        "reason": reason,
        "manifest_sha256": lock.manifest_sha256,
        "submissions": len(lock.accepted),
        "nq57kit": __version__,
    }


def _hash_receipt(root: Path, receipt: Receipt) -> dict[str, str]:
    """Return the hashes of a submission's files, after proving that they are what was taken in."""
    from nq57kit.store.proof import prove_submission

    broken = prove_submission(root, receipt)
    if broken:
        raise StoreError(
            f"Chưa khóa được kỳ {receipt.period}: {broken[0].message.rstrip('.')}; khôi phục từ bản sao lưu."
        )
    folder = submission_folder(root, _place(receipt))
    raw = find_raw(root, receipt.sha256)
    return _hash_files(root, [*sorted(path for path in folder.iterdir() if path.is_file()), *([raw] if raw else [])])


def _hash_refusal(root: Path, refusal: Refusal) -> dict[str, str]:
    return _hash_files(root, [refusal_path(root, _place(refusal))])


def _hash_files(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): hash_file(path) for path in paths}


def _place(sent: Receipt | Refusal) -> Place:
    return Place(sent.unit_id, sent.period, sent.sha256)


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    try:
        with hold_lock(root, _LOCK_SECONDS):
            yield
    except OSError as error:
        raise StoreError(f"Không ghi được khóa kỳ báo cáo vào kho «{root}»: {say_failure(error)}.") from error


def _write(root: Path, lock: Lock) -> None:
    write_atomically(root / LOCKS / f"{lock.period}.json", lock.to_json())


def _to_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _listed(places: Mapping[Place, Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{**place._asdict(), "files": dict(sorted(places[place].items()))} for place in sorted(places)]


def _placed(rows: Iterable[Mapping[str, Any]]) -> dict[Place, dict[str, str]]:
    return {Place(row["unit_id"], row["period"], row["sha256"]): dict(row["files"]) for row in rows}
