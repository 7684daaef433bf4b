"""Proving a store: every byte against the hash that was written when it was taken in.

In: a store's folder. Out: `Flaw`s, one for each file that is changed, missing or foreign; none for a sound store. A
submission has a file `SHA256SUMS` (as `sha256sum -c` reads it), a refusal and a correction their own seals, a correction
the hash of what it corrects, a raw file is named by its hash, a lock holds a manifest. What a killed command left is told
as that; other hidden files (of a file manager) are nobody's. Neither is damage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from nq57kit.errors import StoreError
from nq57kit.files import hash_file, local_path
from nq57kit.plan.period import label_period
from nq57kit.store import folder as disk
from nq57kit.store.folder import Listed, Place
from nq57kit.store.locks import LOCKS, find_gaps, read_lock, shorten_seal
from nq57kit.store.logbook import RECORDS, read_record
from nq57kit.store.receipts import Receipt, Refusal, read_correction, read_receipt, read_refusal, read_sending

FlawKind = Literal["changed", "missing", "foreign", "unused", "left_over"]
_RESTORE: Final = "khôi phục từ bản sao lưu"
_ORPHAN: Final = f"Thiếu báo cáo mà {{}} nói đến (chép chưa xong, hoặc bị mất); chép lại cho đủ, hoặc {_RESTORE}."
#: What a temporary file is, of rsync and of ours.
_LEFT_OVER: Final = (
    "{} là phần tạm của chương trình sao chép (rsync) chưa chép xong; chép lại cho đủ rồi xóa.",
    "{} là phần tạm của một lệnh đang chạy hoặc đã bị dừng; lệnh ghi kho tiếp theo tự dọn.",
)


@dataclass(frozen=True)
class Flaw:
    """A file that is not as it was taken in: its path in the store, and one Vietnamese sentence.

    Two are no damage: `unused`, a raw file that a run left behind when it was stopped (the next ingest takes it up), and
    `left_over`, a temporary file or folder of a killed command (the next one that writes removes it) or of rsync.
    """

    kind: FlawKind
    path: str
    message: str

    @property
    def is_damage(self) -> bool:
        """Whether the store is not sound because of it."""
        return self.kind not in ("unused", "left_over")


@dataclass(frozen=True)
class Proof:
    """What a check of a whole store found, and how much it looked at."""

    flaws: tuple[Flaw, ...]
    submissions: int
    corrections: int
    refusals: int
    raw_files: int
    locks: int
    records: int

    @property
    def ok(self) -> bool:
        """Whether every byte is as it was taken in."""
        return not any(flaw.is_damage for flaw in self.flaws)

    def as_dict(self) -> dict[str, object]:
        """Return the proof as JSON-ready data."""
        counts = {name: count for name, count in vars(self).items() if name != "flaws"}
        return {"ok": self.ok, "counts": counts, "flaws": [asdict(flaw) for flaw in self.flaws]}


def prove_store(root: Path | str) -> Proof:
    """Check every file of the store in `root` against its hash; nothing is written and no lock is taken.

    Raises StoreError if the folder is no store.
    """
    root = local_path(root, StoreError)
    version, prover = disk.read_version(root), _Prover(root)
    flaws: list[Flaw] = []
    if (root / disk.MARKER).read_text(encoding="utf-8") != disk.marker_text(version):
        flaws.append(prover.changed(root / disk.MARKER, "khác với lúc tạo kho"))
    submissions = [one for ones in disk.list_submissions(root).values() for one in ones]
    refusals = [one for ones in disk.list_refusals(root).values() for one in ones]
    locks = [path for path in disk.list_files(root / LOCKS) if path.suffix == ".json"]
    raw = list(disk.list_files(root / "raw"))
    records = list(disk.list_files(root / RECORDS))
    flaws += [flaw for listed in submissions for flaw in prover.prove_listed(listed)]
    flaws += [flaw for path in refusals for flaw in prover.prove_refusal(path)]
    flaws += [*(flaw for path in locks for flaw in prover.prove_lock(path)), *prover.prove_chain(locks)]
    flaws += [flaw for path in raw for flaw in prover.prove_raw(path)]
    flaws += [flaw for path in records for flaw in prover.prove_record(path)]
    corrections = [path for listed in submissions for path in listed.corrections]
    again = [path for listed in submissions for path in listed.again]
    known = {*refusals, *locks, *raw, *records, *corrections, *again}
    flaws += prover.find_foreign(known, {listed.folder for listed in submissions})
    flaws += [prover.tell("left_over", path, _LEFT_OVER[is_ours]) for path, is_ours in disk.find_left_over(root)]
    unique = sorted(dict.fromkeys(flaws), key=lambda flaw: (flaw.path, flaw.kind))
    return Proof(tuple(unique), len(submissions), len(corrections), len(refusals), len(raw), len(locks), len(records))


def prove_submission(root: Path, receipt: Receipt) -> list[Flaw]:
    """Return what is wrong with one accepted submission: its tables, its receipt, its corrections, the unit's own file."""
    listed = disk.find_submission(root, receipt.place) or Listed(disk.submission_folder(root, receipt.place))
    return list(_Prover(root).prove_listed(listed))


def prove_refusal(root: Path, refusal: Refusal) -> list[Flaw]:
    """Return what is wrong with one refused submission: its seal, the file that the unit sent."""
    return list(_Prover(root).prove_refusal(disk.refusal_path(root, refusal.place)))


def prove_lock(root: Path, half: str) -> list[Flaw]:
    """Return what is not as the lock of a half holds it; nothing where the half is open."""
    path = root / LOCKS / f"{half}.json"
    return list(_Prover(root).prove_lock(path)) if path.exists() else []


class _Prover:
    """Looks at the files of one store, and remembers which raw files something is made of."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._used: set[str] = set()

    def prove_listed(self, listed: Listed) -> Iterator[Flaw]:
        yield from self._prove_folder(listed.folder)
        path = listed.folder / disk.RECEIPT
        try:
            place = read_receipt(listed.folder).place
        except StoreError:
            kind: FlawKind = "changed" if path.exists() else "missing"
            yield self.tell(kind, path, "Không đọc được giấy tiếp nhận {}.")
            return
        if disk.submission_folder(self._root, place) != listed.folder:
            yield self.changed(path, "không thuộc thư mục chứa nó")
        yield from self._prove_corrections(listed, place)
        yield from self._prove_raw_of(place)

    def _prove_folder(self, folder: Path) -> Iterator[Flaw]:
        """Yield what differs between a submission's folder and its `SHA256SUMS`."""
        try:
            told = disk.told_sums(folder)
        except FileNotFoundError:
            yield self.missing(folder / disk.SUMS)
            return
        except (OSError, ValueError):
            yield self.changed(folder / disk.SUMS, "không đọc được hoặc có dòng không đúng dạng")
            return
        there = {
            path.name: path for path in folder.iterdir() if path.name != disk.SUMS and not path.name.startswith(".")
        }
        for name in sorted(told.keys() | there.keys()):
            if name not in there:
                yield self.missing(folder / name)
            elif name not in told:
                yield self.foreign(there[name])
            elif not there[name].is_file() or hash_file(there[name]) != told[name]:
                yield self.changed(there[name], "khác với lúc tiếp nhận")

    def _prove_corrections(self, listed: Listed, place: Place) -> Iterator[Flaw]:
        """Yield what is wrong with the corrections of a submission: each is sealed and follows from the one before."""
        before = listed.folder / disk.RECEIPT
        for number, path in enumerate(listed.corrections, start=1):
            try:
                one = read_correction(path)
                sound = one.place == place and one.number == number
                sound = sound and path.name.endswith(f"-{number}.json") and one.follows == hash_file(before)
            except StoreError:
                sound = False
            if not sound:
                yield self.changed(path, "khác với lúc sửa thời điểm gửi, hoặc thiếu lần sửa trước nó")
            before = path
        for path in listed.again:
            try:
                sending = read_sending(path)
                sound = disk.again_path(self._root, place, sending.sent_at) == path and sending.place == place
            except StoreError:
                sound = False
            if not sound:
                yield self.changed(path, "khác với lúc ghi lần gửi lại")

    def prove_refusal(self, path: Path) -> Iterator[Flaw]:
        try:
            refusal = read_refusal(path)
            text = path.read_text(encoding="utf-8")
        except (StoreError, OSError, UnicodeDecodeError):
            yield self.changed(path, "không đọc được")
            return
        if text != refusal.to_json() or disk.refusal_path(self._root, refusal.place) != path:
            yield self.changed(path, "khác với lúc tiếp nhận")
        if refusal.was_read:
            yield from self._prove_raw_of(refusal.place)

    def _prove_raw_of(self, place: Place) -> Iterator[Flaw]:
        self._used.add(place.sha256)
        path = disk.find_raw(self._root, place.sha256)
        if path is None:
            name = f"raw/{place.sha256[:2]}/{place.sha256}"
            yield Flaw(
                "missing", name, f"Thiếu tệp gốc «{name}» của báo cáo {place.unit_id}, {label_period(place.period)}."
            )
        elif not path.is_file() or hash_file(path) != place.sha256:
            yield self.changed(path, "khác với lúc tiếp nhận")

    def prove_raw(self, path: Path) -> Iterator[Flaw]:
        named = path.name.partition(".")[0]
        if disk.find_raw(self._root, named) != path:
            yield self.foreign(path)
        elif not path.is_file() or hash_file(path) != named:
            yield self.changed(path, "khác với lúc tiếp nhận")
        elif named not in self._used:
            said = "Tệp gốc {} chưa thuộc báo cáo nào; chạy lại lệnh tiếp nhận đã dừng giữa chừng."
            yield self.tell("unused", path, said)

    def prove_record(self, path: Path) -> Iterator[Flaw]:
        try:
            read_record(path)
        except StoreError:
            yield self.changed(path, "bị hỏng hoặc khác với lúc ghi")

    def prove_lock(self, path: Path) -> Iterator[Flaw]:
        try:
            lock = read_lock(path)
        except StoreError:
            yield self.changed(path, "bị hỏng hoặc đã bị sửa")
            return
        if not lock.is_locked:
            return
        for name, sha256 in sorted(lock.files.items()):
            file = self._root / name
            if not file.is_file():
                yield self.missing(file)
            elif hash_file(file) != sha256:
                yield self.changed(file, f"khác với lúc khóa kỳ {lock.period}")
        for place in lock.accepted:
            listed = disk.find_submission(self._root, place)
            for correction in listed.corrections if listed else ():
                if self.name(correction) not in lock.files:
                    yield self.changed(correction, f"có thêm sau khi khóa kỳ {lock.period}")

    def prove_chain(self, paths: list[Path]) -> Iterator[Flaw]:
        """Yield what follows a lock that is no more; nothing where a lock cannot be read, which is told already."""
        try:
            gaps = find_gaps(map(read_lock, paths))
        except StoreError:
            return
        for half, seal in gaps.items():
            what = f"nối tiếp một lần khóa không còn trong kho (mã {shorten_seal(seal)}): khóa đã bị xóa hoặc làm lại"
            yield self.changed(self._root / LOCKS / f"{half}.json", what)

    def find_foreign(self, known: set[Path], folders: set[Path]) -> Iterator[Flaw]:
        """Yield files where none of ours lies; hidden names do not count."""
        for path in sorted(self._root.iterdir()):
            if path.name.startswith(".") or path.name == disk.MARKER:
                continue
            if path.name not in disk.ROOMS or not path.is_dir():
                yield self.foreign(path)
        for room in ("submissions", "refusals", LOCKS):
            for path in disk.list_files(self._root / room):
                if path not in known and path.parent not in folders:
                    is_orphan = disk.BESIDE.fullmatch(path.name)
                    yield self.tell("missing", path, _ORPHAN) if is_orphan else self.foreign(path)

    def name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def tell(self, kind: FlawKind, path: Path, sentence: str) -> Flaw:
        """Return a flaw; «{}» of the sentence is the file's name."""
        return Flaw(kind, self.name(path), sentence.format(f"«{self.name(path)}»"))

    def changed(self, path: Path, how: str) -> Flaw:
        return self.tell("changed", path, f"Tệp {{}} {how}; {_RESTORE}.")

    def missing(self, path: Path) -> Flaw:
        return self.tell("missing", path, f"Thiếu tệp {{}}; {_RESTORE}.")

    def foreign(self, path: Path) -> Flaw:
        return self.tell("foreign", path, "{} không thuộc kho; chuyển ra ngoài thư mục kho.")
