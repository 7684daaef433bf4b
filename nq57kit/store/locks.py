"""Locks: what a closed half-year holds, as it stands in `locks/<half>.json`.

In: a store's folder. Out: `Lock`s: a manifest of the hashes of all that counts in the half, and the history of closing and
opening it. Who locked is in no report. Closing and opening are in `closing`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes
from nq57kit.store.folder import Place, write_file
from nq57kit.store.receipts import HANOI

__all__ = ["LOCKS", "Lock", "read_lock", "read_locks", "write_lock"]

LOCKS: Final = "locks"
_FORMAT: Final = "nq57-lock"


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
    def files(self) -> dict[str, str]:
        """The SHA-256 of each file that the lock holds, by its path in the store."""
        held = (*self.accepted.values(), *self.refused.values())
        return {name: sha256 for files in held for name, sha256 in files.items()}

    @property
    def locked_at(self) -> datetime:
        """When the half was last locked, in giờ Hà Nội."""
        last = next(event for event in reversed(self.history) if event["action"] == "lock")
        return datetime.fromisoformat(last["at"]).astimezone(HANOI)

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


def write_lock(root: Path, lock: Lock) -> None:
    """Write a lock, whole or not at all; call it under the store's lock only."""
    write_file(root, root / LOCKS / f"{lock.period}.json", lock.to_json())


def _to_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _listed(places: Mapping[Place, Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{**place._asdict(), "files": dict(sorted(places[place].items()))} for place in sorted(places)]


def _placed(rows: Iterable[Mapping[str, Any]]) -> dict[Place, dict[str, str]]:
    return {Place(row["unit_id"], row["period"], row["sha256"]): dict(row["files"]) for row in rows}
