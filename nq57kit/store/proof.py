"""Proving a store: every byte against the hash that was written when it was taken in.

In: a store's folder. Out: `Flaw`s, one for each file that is changed, missing or foreign; none for a sound store. A
submission has a file `SHA256SUMS` (as `sha256sum -c` reads it), a refusal its own seal, a raw file is named by its hash,
a lock holds a manifest.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Literal

from nq57kit.errors import PeriodError, StoreError
from nq57kit.files import hash_file, write_atomically
from nq57kit.store.layout import (
    MARKER,
    RECEIPT,
    Place,
    check_marker,
    find_raw,
    marker_text,
    receipt_paths,
    refusal_path,
    refusal_paths,
    submission_folder,
)
from nq57kit.store.locking import LOCKS, read_lock
from nq57kit.store.receipts import read_receipt, read_refusal
from nq57kit.submissions.contract import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from nq57kit.store.receipts import Receipt, Refusal

__all__ = ["SUMS", "Flaw", "Proof", "prove_refusal", "prove_store", "prove_submission", "write_sums"]

SUMS: Final = "SHA256SUMS"
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_.-]+)", re.ASCII)
#: What a store's folder holds beside hidden names; anything else is foreign.
_ROOMS: Final = ("raw", "submissions", "refusals", LOCKS)

FlawKind = Literal["changed", "missing", "foreign", "unused"]


@dataclass(frozen=True)
class Flaw:
    """A file that is not as it was taken in: its path in the store, and one Vietnamese sentence.

    `unused` is no damage: a raw file that a run left behind when it was stopped; the next ingest takes it up.
    """

    kind: FlawKind
    path: str
    message: str

    @property
    def is_damage(self) -> bool:
        """Whether the store is not sound because of it."""
        return self.kind != "unused"


@dataclass(frozen=True)
class Proof:
    """What a check of a whole store found, and how much it looked at."""

    flaws: tuple[Flaw, ...]
    submissions: int
    refusals: int
    raw_files: int
    locks: int

    @property
    def ok(self) -> bool:
        """Whether every byte is as it was taken in."""
        return not any(flaw.is_damage for flaw in self.flaws)

    def as_dict(self) -> dict[str, object]:
        """Return the proof as JSON-ready data."""
        counts = {name: getattr(self, name) for name in ("submissions", "refusals", "raw_files", "locks")}
        return {"ok": self.ok, "counts": counts, "flaws": [asdict(flaw) for flaw in self.flaws]}


def write_sums(folder: Path) -> Path:
    """Write `SHA256SUMS` of the files in a submission's folder; the last thing before the folder gets its name.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = write_atomically(folder / "a.txt", "")
        >>> write_sums(folder).read_text(encoding="utf-8")[-10:]
        '55  a.txt\\n'
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    lines = [f"{hash_file(path)}  {path.name}\n" for path in paths]
    return write_atomically(folder / SUMS, "".join(lines))


def prove_store(root: Path) -> Proof:
    """Check every file of the store in `root` against its hash; nothing is written and no lock is taken.

    Raises StoreError if the folder is no store.
    """
    check_marker(root)
    flaws: list[Flaw] = []
    if (root / MARKER).read_text(encoding="utf-8") != marker_text():
        flaws.append(_changed(root, root / MARKER, "khác với lúc tạo kho"))
    used: set[str] = set()
    receipts = list(receipt_paths(root, None))
    for path in receipts:
        flaws += _prove_receipt(root, path, used)
    refusals = list(refusal_paths(root, None))
    for path in refusals:
        flaws += _prove_refusal(root, path, used)
    locks = sorted(path for path in _files(root / LOCKS) if path.suffix == ".json")
    for path in locks:
        flaws += _prove_lock(root, path)
    raw = list(_files(root / "raw"))
    for path in raw:
        flaws += _prove_raw(root, path, used)
    flaws += _prove_compacted(root)
    flaws += _find_foreign(root, {*receipts, *refusals, *locks, *raw})
    unique = sorted(dict.fromkeys(flaws), key=lambda flaw: (flaw.path, flaw.kind))
    return Proof(tuple(unique), len(receipts), len(refusals), len(raw), len(locks))


def prove_submission(root: Path, receipt: Receipt) -> list[Flaw]:
    """Return what is wrong with one accepted submission: its tables, its receipt, the file that the unit sent."""
    place = Place(receipt.unit_id, receipt.period, receipt.sha256)
    return [*_prove_folder(root, submission_folder(root, place)), *_prove_raw_of(root, place)]


def _prove_receipt(root: Path, path: Path, used: set[str]) -> Iterator[Flaw]:
    folder = path.parent
    yield from _prove_folder(root, folder)
    try:
        receipt = read_receipt(path)
    except StoreError:
        kind: FlawKind = "changed" if path.exists() else "missing"
        yield Flaw(kind, _name(root, path), f"Không đọc được giấy tiếp nhận «{_name(root, path)}».")
        return
    place = Place(receipt.unit_id, receipt.period, receipt.sha256)
    used.add(receipt.sha256)
    if submission_folder(root, place) != folder:
        yield _changed(root, path, "không thuộc thư mục chứa nó")
    yield from _prove_raw_of(root, place)


def _prove_folder(root: Path, folder: Path) -> Iterator[Flaw]:
    """Yield what differs between a submission's folder and its `SHA256SUMS`."""
    sums = folder / SUMS
    try:
        lines = sums.read_text(encoding="utf-8").splitlines(keepends=True)
    except FileNotFoundError:
        yield _missing(root, sums)
        return
    except (OSError, UnicodeDecodeError):
        yield _changed(root, sums, "không đọc được")
        return
    told: dict[str, str] = {}
    for line in lines:
        found = _LINE.fullmatch(line.removesuffix("\n")) if line.endswith("\n") else None
        if found is None:
            yield _changed(root, sums, "có dòng không đúng dạng")
            continue
        told[found.group(2)] = found.group(1)
    there = {path.name: path for path in folder.iterdir() if path.name != SUMS}
    for name in sorted(told.keys() | there.keys()):
        if name not in there:
            yield _missing(root, folder / name)
        elif name not in told:
            yield _foreign(root, there[name])
        elif not there[name].is_file() or hash_file(there[name]) != told[name]:
            yield _changed(root, there[name], "khác với lúc tiếp nhận")


def prove_refusal(root: Path, refusal: Refusal) -> list[Flaw]:
    """Return what is wrong with one refused submission: its seal, the file that the unit sent."""
    place = Place(refusal.unit_id, refusal.period, refusal.sha256)
    return list(_prove_refusal(root, refusal_path(root, place), set()))


def _prove_refusal(root: Path, path: Path, used: set[str]) -> Iterator[Flaw]:
    try:
        refusal = read_refusal(path)
        text = path.read_text(encoding="utf-8")
    except (StoreError, OSError, UnicodeDecodeError):
        yield _changed(root, path, "không đọc được")
        return
    place = Place(refusal.unit_id, refusal.period, refusal.sha256)
    used.add(refusal.sha256)
    if text != refusal.to_json() or refusal_path(root, place) != path:
        yield _changed(root, path, "khác với lúc tiếp nhận")
    yield from _prove_raw_of(root, place)


def _prove_raw_of(root: Path, place: Place) -> Iterator[Flaw]:
    path = find_raw(root, place.sha256)
    if path is None:
        name = f"raw/{place.sha256[:2]}/{place.sha256}"
        yield Flaw("missing", name, f"Thiếu tệp gốc «{name}» của báo cáo {place.unit_id}, kỳ {place.period}.")
    elif hash_file(path) != place.sha256:
        yield _changed(root, path, "khác với lúc tiếp nhận")


def _prove_raw(root: Path, path: Path, used: set[str]) -> Iterator[Flaw]:
    named = path.name.partition(".")[0]
    if find_raw(root, named) != path:
        yield _foreign(root, path)
    elif hash_file(path) != named:
        yield _changed(root, path, "khác với lúc tiếp nhận")
    elif named not in used:
        name = _name(root, path)
        yield Flaw(
            "unused", name, f"Tệp gốc «{name}» chưa thuộc báo cáo nào; chạy lại lệnh tiếp nhận đã dừng giữa chừng."
        )


def _prove_lock(root: Path, path: Path) -> Iterator[Flaw]:
    try:
        lock = read_lock(path)
    except StoreError:
        yield _changed(root, path, "bị hỏng hoặc đã bị sửa")
        return
    if not lock.is_locked:
        return
    manifest: Mapping[str, str] = {
        name: sha256 for files in (*lock.accepted.values(), *lock.refused.values()) for name, sha256 in files.items()
    }
    for name, sha256 in sorted(manifest.items()):
        if not (root / name).is_file():
            yield _missing(root, root / name)
        elif hash_file(root / name) != sha256:
            yield _changed(root, root / name, f"khác với lúc khóa kỳ {lock.period}")


def _prove_compacted(root: Path) -> Iterator[Flaw]:
    """Yield each half whose cache (`store.compacted`) says otherwise than the submissions' own files."""
    import polars as pl

    from nq57kit.store.compacted import COMPACTED
    from nq57kit.store.pinning import Pins
    from nq57kit.store.store import Store

    halves = sorted(path.name.removeprefix("period=") for path in (root / COMPACTED).glob("period=*"))
    for half in halves:
        try:
            packed = Store(root).snapshot()
            receipts = [read_receipt(path) for path in receipt_paths(root, frozenset((half,)))]
            plain = packed.pinned(Pins(tuple(Place(one.unit_id, one.period, one.sha256) for one in receipts)))
            same = sorted(packed.accepted(half), key=_identity) == sorted(receipts, key=_identity)
            for table in (*TABLES, "findings"):
                both = (view.read(table, half, revisions="all").collect() for view in (packed, plain))
                same = same and next(both).equals(next(both))
        except (StoreError, PeriodError, OSError, pl.exceptions.PolarsError):
            same = False
        if not same:
            name = f"{COMPACTED}/period={half}"
            yield Flaw("changed", name, f"Bản gom tệp «{name}» không khớp với các tệp của kho; xóa thư mục này.")


def _identity(receipt: Receipt) -> tuple[str, str]:
    return receipt.unit_id, receipt.sha256


def _find_foreign(root: Path, known: set[Path]) -> Iterator[Flaw]:
    """Yield files where none of ours lies; hidden names (staging, a file manager's) do not count."""
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name == MARKER:
            continue
        if path.name not in _ROOMS or not path.is_dir():
            yield _foreign(root, path)
    folders = {path.parent for path in known if path.name == RECEIPT}
    for room in ("submissions", "refusals", LOCKS):
        for path in _files(root / room):
            if path not in known and path.parent not in folders:
                yield _foreign(root, path)


def _files(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder, sorted, without hidden ones; nothing where it is not there."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _changed(root: Path, path: Path, how: str) -> Flaw:
    return Flaw("changed", _name(root, path), f"Tệp «{_name(root, path)}» {how}; khôi phục từ bản sao lưu.")


def _missing(root: Path, path: Path) -> Flaw:
    return Flaw("missing", _name(root, path), f"Thiếu tệp «{_name(root, path)}»; khôi phục từ bản sao lưu.")


def _foreign(root: Path, path: Path) -> Flaw:
    return Flaw("foreign", _name(root, path), f"«{_name(root, path)}» không thuộc kho; chuyển ra ngoài thư mục kho.")
