"""Locks: what a closed half-year holds, as it stands in `locks/<half>.json`.

In: a store's folder. Out: `Lock`s: a manifest of the hashes of all that counts in the half, and the history of closing and
opening it. The events of all halves are one chain: each holds the hash of the one before, and reports print the hash of
those that closed their halves (the seal). Who locked is in no report. Closing and opening are in `closing`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from nq57kit import __version__
from nq57kit.errors import StoreError
from nq57kit.files import hash_bytes, scratch_folder
from nq57kit.store.folder import Place, write_file
from nq57kit.store.receipts import HANOI

LOCKS: Final = "locks"
_FORMAT: Final = "nq57-lock"
#: For what a signature is good, so that one made for something else is none.
_NAMESPACE: Final = "nq57kit-lock"


@dataclass(frozen=True)
class Lock:
    """The lock of a half.

    `accepted` and `refused` map each submission to the SHA-256 of its files, by their path in the store;
    `history` tells each closing and opening: action, period, at, reason, manifest_sha256, submissions, `follows`: the hash
    of the event before it in the store, whichever half it was of (null for the first; older versions did not write it).
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

    @property
    def seal(self) -> str:
        """The hash of the event that last closed the half: of its manifest, and of all that was closed and opened before."""
        return hash_event(next(event for event in reversed(self.history) if event["action"] == "lock"))

    def held_under(self, seal: str) -> frozenset[str] | None:
        """Return the SHA-256 of the accepted files that the lock of that seal held; None where there was none such."""
        for event, after in zip(self.history, (*self.history[1:], None), strict=True):
            if hash_event(event) == seal and event["action"] == "lock":
                return frozenset(after["sha256"] if after else (place.sha256 for place in self.accepted))
        return None

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
        last = lock.history[-1]
        sound = text == lock.to_json() and path.stem == lock.period and lock.locked_at is not None
        sound = (
            sound
            and last["manifest_sha256"] == lock.manifest_sha256
            and last["action"] == lock.state.removesuffix("ed")
        )
    except (OSError, ValueError, TypeError, LookupError, StopIteration):
        sound = False
    if not sound:
        raise StoreError(f"Tệp khóa kỳ «{path}» bị hỏng hoặc đã bị sửa; khôi phục tệp này từ bản sao lưu.")
    return lock


def write_lock(root: Path, lock: Lock) -> None:
    """Write a lock, whole or not at all; call it under the store's lock only."""
    write_file(root, root / LOCKS / f"{lock.period}.json", lock.to_json())


def hash_event(event: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an event of a lock's history, but for a signature of it: what the next event follows."""
    return hash_bytes(_to_text({name: value for name, value in event.items() if name != "signature"}).encode("utf-8"))


def add_event(locks: Mapping[str, Lock], lock: Lock, action: str, at: datetime, reason: str, **more: Any) -> Lock:
    """Return a lock closed or opened («lock», «unlock»), its event chained to the last one of all `locks` of the store."""
    events = [event for one in locks.values() for event in one.history]
    followed = {event.get("follows") for event in events}
    heads = [event for event in events if hash_event(event) not in followed]
    event = {
        "action": action,
        "period": lock.period,
        "at": at.isoformat(timespec="seconds"),
        "reason": reason,
        "manifest_sha256": lock.manifest_sha256,
        "submissions": len(lock.accepted),
        "nq57kit": __version__,
        **more,
        **({"sha256": sorted(place.sha256 for place in lock.accepted)} if action == "unlock" else {}),
        "follows": hash_event(max(heads, key=lambda event: event["at"])) if heads else None,
    }
    return replace(lock, state="locked" if action == "lock" else "unlocked", history=(*lock.history, event))


def find_gaps(locks: Iterable[Lock]) -> dict[str, str]:
    """Return the halves whose history follows an event that no lock holds any more, each with the hash of that event."""
    held = list(locks)
    known = {hash_event(event) for lock in held for event in lock.history}
    return {
        lock.period: event["follows"]
        for lock in held
        for event in lock.history
        if event.get("follows") is not None and event["follows"] not in known
    }


def sign_event(event: Mapping[str, Any], key: Path) -> dict[str, Any]:
    """Return an event with a signature of its hash by an office's own SSH key, made by `ssh-keygen -Y sign`.

    Raises StoreError where there is no such program or the key cannot sign.
    """
    done = _run_ssh_keygen("sign", "-f", str(key), seal=hash_event(event))
    if done is None:
        raise StoreError(
            "Máy này không có chương trình ssh-keygen (OpenSSH) nên không ký được; cài OpenSSH, hoặc khóa không ký."
        )
    if done.returncode:
        raise StoreError(f"Không ký được bằng khóa «{key}»; kiểm tra tệp khóa riêng của OpenSSH và mật khẩu của khóa.")
    return {**event, "signature": done.stdout}


def check_signature(lock: Lock, signers: Path | None = None) -> tuple[bool | None, str]:
    """Return whether the signature of a lock is right, and whose it is: a name of `signers` (OpenSSH's allowed_signers), or a
    key's fingerprint without. None where nothing can be said: no signature, no ssh-keygen.

    With `signers` a lock that nobody of them signed is not right: a signature could have been taken away.
    """
    event = next(event for event in reversed(lock.history) if event["action"] == "lock")
    if not event.get("signature"):
        return (None if signers is None else False), "không có chữ ký"
    with tempfile.TemporaryDirectory(dir=scratch_folder(), ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "signature"
        path.write_text(str(event["signature"]), encoding="utf-8")
        if signers is None:
            done = _run_ssh_keygen("check-novalidate", "-s", str(path), seal=hash_event(event))
            found = re.search(r"SHA256:[A-Za-z0-9+/=]+", done.stdout) if done else None
            who = f"khóa {found.group()}" if found else ""
        else:
            named = _run_ssh_keygen("find-principals", "-s", str(path), "-f", str(signers), seal="")
            who = named.stdout.partition("\n")[0] if named and not named.returncode else ""
            whose = ("-I", who or "-", "-s", str(path), "-f", str(signers))
            done = _run_ssh_keygen("verify", *whose, seal=hash_event(event))
    if done is None:
        return None, "có chữ ký; máy này không có ssh-keygen nên chưa kiểm tra được"
    if done.returncode or not who:
        return False, "chữ ký sai, hoặc không phải của người trong danh sách"
    return True, f"chữ ký đúng của {who}"


def _run_ssh_keygen(what: str, *options: str, seal: str) -> subprocess.CompletedProcess[str] | None:
    program = shutil.which("ssh-keygen")
    if program is None:
        return None
    namespace = () if what == "find-principals" else ("-n", _NAMESPACE)
    command = [program, "-Y", what, *namespace, *options]
    return subprocess.run(  # noqa: S603 - a program of OpenSSH, found by its name; paths are arguments of their own
        command, input=f"{seal}\n", capture_output=True, encoding="utf-8", errors="replace", check=False
    )


def shorten_seal(seal: str) -> str:
    """Return the beginning of a hash as two people read it to each other.

    Example:
        >>> shorten_seal("3f9c0a7715d2b84e" + "0" * 48)
        '3f9c 0a77 15d2 b84e'
    """
    return " ".join(seal[start : start + 4] for start in range(0, 16, 4))


def _to_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _listed(places: Mapping[Place, Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{**place._asdict(), "files": dict(sorted(places[place].items()))} for place in sorted(places)]


def _placed(rows: Iterable[Mapping[str, Any]]) -> dict[Place, dict[str, str]]:
    return {Place(row["unit_id"], row["period"], row["sha256"]): dict(row["files"]) for row in rows}
