"""The store's folder: where everything lies, how it gets there whole, and its typed tables.

In: the folder, unit, period, hash, frames. Out: paths whose names cannot leave the folder; files and folders that appear
under their final name at once or not at all (what a killed run leaves the next one removes, and nothing else); lazy frames.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import chain, compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from nq57kit.errors import StoreError
from nq57kit.files import TEMPORARY, explain_failure, hash_file, make_folder, move, write_atomically
from nq57kit.submissions.contract import TABLES, kept_tables
from nq57kit.submissions.findings import Finding, findings_frame
from nq57kit.submissions.schemas import frame_columns

if TYPE_CHECKING:
    from nq57kit.submissions.layout import Record

MARKER: Final = "nq57-store.json"
RECEIPT: Final = "receipt.json"
SUMS: Final = "SHA256SUMS"
#: 1: as first written. 2: there are corrections or sendings again, which a reader of version 1 would not see; 3: records.
VERSIONS: Final = ("1", "2", "3")
CORRECTED, RECORDED = VERSIONS[1:]
#: What a store's folder holds beside its marker and hidden names.
ROOMS: Final = ("raw", "submissions", "refusals", "locks", "records")
_STAGING: Final = ".staging"
_LOCK: Final = ".lock"
LOCK_SECONDS: Final = 60.0
#: What to do about a file of a submission that is missing or damaged.
RESTORE: Final = "nhận lại đúng tệp đơn vị đã gửi (nq57kit ingest), hoặc khôi phục từ bản sao lưu"
_SHORT = 16
_PERIOD = re.compile(r"\d{4}-(?:H[12]|P|R\d\d)", re.ASCII)
_UNIT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_.-]+)", re.ASCII)
#: A staged folder: a name that nobody but this package gives, as is that of a temporary file (older versions left such in all rooms).
_STAGED = re.compile(r"[0-9a-f]{4,32}", re.ASCII)
#: A file as rsync calls it until all of it is there: «.receipt.json.a1B2c3».
_COPIED = re.compile(r"\.(.+\.(?:parquet|json|xlsx|ods|xlsm|xls|zip)|SHA256SUMS)\.[A-Za-z0-9]{6}", re.ASCII)
#: Files beside a submission: a correction by its number, a sending of the same bytes again by its time (UTC).
BESIDE: Final = re.compile(r"([0-9a-f]{16})\.sent-(?:at-([1-9][0-9]{0,3})|again-([0-9]{8}T[0-9]{6})Z)\.json", re.ASCII)
#: How a raw file ends; anything else (a folder of CSV files) is kept as one .zip.
_KEPT_SUFFIXES = frozenset({".xlsx", ".ods", ".xlsm", ".xls"})
_WINDOWS: Final = os.name == "nt"
#: Some file systems cannot flush a folder; the rename is then as durable as they make it.
_CANNOT_FLUSH: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES})


# Where things lie -----------------------------------------------------------------------------


class Place(NamedTuple):
    """What a submission is known by: its unit, its half-year, the SHA-256 of its bytes."""

    unit_id: str
    period: str
    sha256: str


class Listed(NamedTuple):
    """A submission as its folder is listed: the folder, and what lies beside it in its order: corrections, sendings again."""

    folder: Path
    corrections: tuple[Path, ...] = ()
    again: tuple[Path, ...] = ()


def find_place(unit_id: str | None, period: str | None, sha256: str | None) -> Place | None:
    """Return the place of a submission; None if something is not known or cannot name a folder."""
    if not (unit_id and period and sha256):
        return None
    fits = _UNIT.fullmatch(unit_id) and _PERIOD.fullmatch(period) and _SHA256.fullmatch(sha256)
    return Place(unit_id, period, sha256) if fits else None


def submission_folder(root: Path, place: Place) -> Path:
    """Return the folder of an accepted submission; its names are columns to hive readers."""
    return _unit_folder(root, "submissions", place) / f"submission={place.sha256[:_SHORT]}"


def correction_path(root: Path, place: Place, number: int) -> Path:
    """Return the file of the n-th correction of a submission's time of sending, beside its folder."""
    return _unit_folder(root, "submissions", place) / f"{place.sha256[:_SHORT]}.sent-at-{number}.json"


def again_path(root: Path, place: Place, sent_at: datetime) -> Path:
    """Return the file that tells that the bytes of a submission were sent again at a time."""
    second = sent_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return _unit_folder(root, "submissions", place) / f"{place.sha256[:_SHORT]}.sent-again-{second}.json"


def refusal_path(root: Path, place: Place) -> Path:
    """Return the file that tells of a refused submission."""
    return _unit_folder(root, "refusals", place) / f"{place.sha256[:_SHORT]}.json"


def _unit_folder(root: Path, room: str, place: Place) -> Path:
    return root / room / f"period={place.period}" / f"unit_id={place.unit_id}"


def raw_path(root: Path, sha256: str, name: str) -> Path:
    """Return where the submitted bytes are kept; `name` gives the ending, .zip for a folder of CSV files."""
    suffix = "." + name.rpartition(".")[2].lower()
    return root / "raw" / sha256[:2] / (sha256 + (suffix if suffix in _KEPT_SUFFIXES else ".zip"))


def find_raw(root: Path, sha256: str) -> Path | None:
    """Return the raw file of a hash, whatever its ending; None if the store has none."""
    if not _SHA256.fullmatch(sha256):
        return None
    return next((root / "raw" / sha256[:2]).glob(f"{sha256}.*"), None)


def list_submissions(root: Path) -> dict[str, tuple[Listed, ...]]:
    """Return the accepted submissions of each half, sorted; nothing of them is read.

    Raises StoreError for a folder that cannot be read: a unit must not look as if it had sent nothing.
    """
    return {
        half: tuple(one for unit in units for one in _list_unit(unit))
        for half, units in _unit_folders(root / "submissions")
    }


def find_submission(root: Path, place: Place) -> Listed | None:
    """Return an accepted submission with its corrections; None if the store does not have it."""
    folder = submission_folder(root, place)
    return next((one for one in list_unit(root, place) if one.folder == folder), None)


def list_unit(root: Path, place: Place) -> list[Listed]:
    """Return all accepted submissions of the unit and the half of `place`."""
    return _list_unit(submission_folder(root, place).parent)


def _list_unit(unit: Path) -> list[Listed]:
    paths = _children(unit)
    beside: dict[str, tuple[list[tuple[int, Path]], list[Path]]] = {}
    for path in paths:
        if named := BESIDE.fullmatch(path.name):
            corrections, again = beside.setdefault(f"submission={named[1]}", ([], []))
            corrections.append((int(named[2]), path)) if named[2] else again.append(path)
    listed = [(path, *beside.get(path.name, ((), ()))) for path in paths if path.name.startswith("submission=")]
    return [Listed(path, tuple(file for _, file in sorted(numbered)), tuple(again)) for path, numbered, again in listed]


def list_refusals(root: Path) -> dict[str, tuple[Path, ...]]:
    """Return the files of the refused submissions of each half, sorted. Raises StoreError as `list_submissions`."""
    return {
        half: tuple(path for unit in units for path in _children(unit) if path.suffix == ".json")
        for half, units in _unit_folders(root / "refusals")
    }


def _unit_folders(room: Path) -> Iterator[tuple[str, list[Path]]]:
    for period in _children(room):
        if period.name.startswith("period="):
            yield (
                period.name.removeprefix("period="),
                [unit for unit in _children(period) if unit.name.startswith("unit_id=")],
            )


def _children(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted, without hidden names; nothing if it is not there."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"Không đọc được thư mục «{folder}» của kho; kiểm tra quyền đọc rồi chạy lại.") from error


# The file that says that a folder is a store ----------------------------------------------------


def marker_text(version: str = VERSIONS[0]) -> str:
    """Return what stands in the file that makes a folder a store."""
    return to_text({"format": "nq57-store", "version": version})


def to_text(values: Mapping[str, Any]) -> str:
    """Return what stands in a small file of the store: JSON, keys sorted, Vietnamese letters as such."""
    return json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_marker(root: Path, version: str = VERSIONS[0]) -> None:
    """Write the file that makes a folder a store, whole or not at all; call it under the lock only."""
    write_file(root, root / MARKER, marker_text(version))


def write_beside(root: Path, path: Path, content: str) -> None:
    """Write a small file beside a submission; an nq57kit that would not see it can no longer open the store."""
    require_version(root, CORRECTED)
    write_file(root, path, content)


def require_version(root: Path, version: str) -> None:
    """Make the store at least one of that version: its older readers would not see what is written next."""
    if VERSIONS.index(read_version(root)) < VERSIONS.index(version):
        write_marker(root, version)


def read_version(root: Path) -> str:
    """Return the version of the store in `root`. Raises StoreError if it is none, or one that cannot be read here."""
    if not root.is_dir():
        raise StoreError(f"Không có kho dữ liệu tại «{root}»; kiểm tra đường dẫn hoặc tiếp nhận báo cáo để tạo kho.")
    path = root / MARKER
    try:
        marker = json.loads(path.read_text(encoding="utf-8"))
        kind, version = marker["format"], str(marker["version"])
    except FileNotFoundError:
        raise StoreError(
            f"Thư mục «{root}» không phải là kho dữ liệu (thiếu tệp {MARKER}); kiểm tra lại đường dẫn."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        kind, version = "", ""
    if kind and kind != "nq57-store":
        raise StoreError(f"Tệp «{path}» không phải của kho dữ liệu nq57kit; kiểm tra lại đường dẫn.")
    if re.fullmatch("[1-9][0-9]{0,8}", version) and int(version) > int(VERSIONS[-1]):
        raise StoreError(
            f"Kho «{root}» được tạo bằng phiên bản mới hơn (định dạng {version}; phiên bản này đọc đến "
            f"{VERSIONS[-1]}); cập nhật nq57kit rồi chạy lại."
        )
    if version not in VERSIONS:
        why = f" (định dạng ghi là «{version[:20]}», cần {' hoặc '.join(VERSIONS)})" if version else ""
        raise StoreError(f"Không đọc được tệp «{path}»{why}; khôi phục tệp này từ bản sao lưu.")
    return version


# Whole or not at all ------------------------------------------------------------------------------


@contextmanager
def hold_lock(root: Path, timeout: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the store's lock; raise StoreError when another writer keeps it for `timeout` seconds."""
    from filelock import FileLock, Timeout  # readers take no lock

    lock = FileLock(root / _LOCK, timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(f"Kho «{root}» đang được một lệnh khác ghi; chờ lệnh đó kết thúc rồi chạy lại.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Hold the store's lock, with what killed commands left taken away; StoreError where the system refuses."""
    try:
        with hold_lock(root):
            sweep(root)
            yield
    except OSError as error:
        raise StoreError(f"Không ghi được vào kho «{root}»: {explain_failure(error)}.") from error


@contextmanager
def stage(root: Path) -> Iterator[Path]:
    """Give an empty folder on the store's own disk; whatever is left in it at the end is removed."""
    folder = make_stage(root)
    try:
        yield folder
    finally:
        drop_stage(folder)


def make_stage(root: Path) -> Path:
    """Return a new empty folder on the store's own disk; `drop_stage` removes it, or the next run's `sweep`."""
    folder = root / _STAGING / secrets.token_hex(8)
    make_folder(folder)
    return folder


def drop_stage(folder: Path) -> None:
    """Remove a staged folder with whatever is left in it."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path) -> None:
    """Remove what a killed command of ours left; call it under the lock only: then nobody is at work on any of it.

    A copy of another machine's corrections makes the store one of the newer format.
    """
    for path, is_ours in find_left_over(root):
        if is_ours:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    with suppress(OSError):  # somebody's file is in it, or it was never made
        (root / _STAGING).rmdir()
    beside = (root / "submissions").glob("*/*/*.sent-*.json")  # they may have come from another machine's copy
    if read_version(root) == VERSIONS[0] and any(BESIDE.fullmatch(path.name) for path in beside):
        require_version(root, CORRECTED)
    if next(list_files(root / "records"), None):
        require_version(root, RECORDED)


def list_files(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder, sorted, without hidden ones; nothing where it is not there."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from list_files(path)
        else:
            yield path


def find_left_over(root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield what a command that was killed, or is at work, left under a name of its own, and whether it is one of ours.

    What is not ours is the file that rsync has not copied to its end; names of anybody else's are not looked at.
    """
    staging = root / _STAGING
    if staging.is_dir() and not staging.is_symlink():
        yield from ((path, True) for path in sorted(staging.iterdir()) if _STAGED.fullmatch(path.name))
    for path in sorted(chain(root.glob(".*"), *((root / room).rglob(".*") for room in ROOMS))):
        if (ours := TEMPORARY.fullmatch(path.name)) or _COPIED.fullmatch(path.name):
            yield path, bool(ours)


def write_file(root: Path, target: Path, content: bytes | str) -> None:
    """Write a small file of the store, whole or not at all, over the one that is there; under the lock only."""
    with stage(root) as staged:
        move_into_place(write_atomically(staged / "file", content), target, over=True)


def move_into_place(source: Path, target: Path, *, over: bool = False) -> None:
    """Give a staged file or folder (its files already flushed) its final name, in one step; `over` replaces a file.

    Raises OSError as the system gives it; a folder that is there already is never replaced.
    """
    if source.is_dir():
        flush_folder(source)
    _make_folder(target.parent)
    move(source, target, over=over)
    flush_folder(target.parent)


def _make_folder(folder: Path) -> None:
    """Make `folder` and its missing parents, each flushed into its own parent."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        make_folder(folder)
        flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can (Windows cannot)."""
    if _WINDOWS:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise
    finally:
        with suppress(OSError):
            os.close(handle)


def write_sums(folder: Path) -> Path:
    """Write `SHA256SUMS` of the files in a submission's folder; the last thing before the folder gets its name."""
    paths = sorted(path for path in folder.iterdir() if path.is_file() and path.name != SUMS)
    return write_atomically(folder / SUMS, "".join(f"{hash_file(path)}  {path.name}\n" for path in paths))


def told_sums(folder: Path) -> dict[str, str]:
    """Return the hashes that a submission's `SHA256SUMS` tells, by file; ValueError where a line is none."""
    told: dict[str, str] = {}
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines(keepends=True):
        found = _LINE.fullmatch(line.removesuffix("\n")) if line.endswith("\n") else None
        if found is None:
            raise ValueError(line)
        if not found.group(2).startswith("."):
            told[found.group(2)] = found.group(1)
    return told


def broken_files(folder: Path) -> dict[str, str]:
    """Return the told hash of each file of a submission that is missing, unreadable or not what it was; errors as `told_sums`."""
    broken = {}
    for name, sha256 in told_sums(folder).items():
        with suppress(OSError):
            if hash_file(folder / name) == sha256:
                continue
        broken[name] = sha256
    return broken


def require_whole(folder: Path) -> None:
    """Raise StoreError, in one sentence, where a file that a submission's `SHA256SUMS` names is not there: half a copy."""
    try:
        missing = (
            {SUMS}
            if not (folder / SUMS).exists()
            else told_sums(folder).keys() - {path.name for path in folder.iterdir()}
        )
    except (OSError, ValueError):
        raise StoreError(f"Kho bị hỏng: không đọc được «{folder / SUMS}»; {RESTORE}.") from None
    if missing:
        raise StoreError(f"Kho bị hỏng hoặc chép chưa xong: thiếu tệp «{folder / min(missing)}»; {RESTORE}.")


@contextmanager
def name_damage(root: Path) -> Iterator[None]:
    """Turn a failure to read tables into a StoreError, in one sentence, that names the first file that is not as taken in."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        for listed in (one for ones in list_submissions(root).values() for one in ones):
            require_whole(listed.folder)
            for path in (listed.folder / name for name in broken_files(listed.folder)):
                raise StoreError(f"Kho bị hỏng: không đọc được tệp «{path}», hoặc tệp đã bị đổi; {RESTORE}.") from error
        raise StoreError(f"Không đọc được các bảng của kho «{root}»; chạy «nq57kit store check».") from error


# Typed tables -----------------------------------------------------------------------------------

#: Columns that the folder names hold (`revision` follows from the receipts); never columns of a file.
PLACE: Final = ("unit_id", "period")


@cache
def file_schema(table: str) -> pl.Schema:
    """Return the columns of `<table>.parquet`: the contract's fields, source_sheet, source_row.

    Raises StoreError for a table that the contract does not have.
    """
    if table == "findings":
        return findings_frame(()).schema
    if table not in TABLES:
        raise StoreError(f"Kho không có bảng «{table}»; các bảng là {', '.join(TABLES)}.")
    return pl.Schema([(name, kind) for name, kind in frame_columns(table).items() if name not in PLACE])


@cache
def table_schema(table: str) -> pl.Schema:
    """Return the columns of a table as it is read: unit_id, period, revision, then the file's."""
    place = [*((name, pl.String()) for name in PLACE), ("revision", pl.Int64())]
    return pl.Schema(place + list(file_schema(table).items()))


def encode(table: str, frame: pl.DataFrame | None) -> bytes:
    """Return the Parquet bytes of one table of a submission (no rows where it has none).

    Raises StoreError if the frame cannot hold the contract's types: a defect, not bad data.
    """
    schema = file_schema(table)
    if frame is None or (frame.is_empty() and schema.items() <= frame.schema.items()):
        return _encode_nothing(table)
    try:
        typed = frame if frame.schema == schema else frame.select(schema.names()).cast(schema)
    except pl.exceptions.PolarsError as error:
        raise StoreError(f"Bảng «{table}» không đúng kiểu dữ liệu quy định; báo cho người phụ trách.") from error
    if "source_row" in schema and not typed["source_row"].is_sorted():
        typed = typed.sort("source_row", maintain_order=True)
    return _write(typed)


@cache
def _encode_nothing(table: str) -> bytes:
    """The bytes of a table without rows: most tables of most submissions, and always the same."""
    return _write(pl.DataFrame(schema=file_schema(table)))


def _write(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()


def scan(table: str, folders: Sequence[Path], revisions: Sequence[int]) -> pl.LazyFrame:
    """Return one lazy frame over `<table>.parquet` of the given submission folders, in their order.

    A field that the contract gained after a file was written is null there; one that it lost is left out.
    """
    schema = table_schema(table)
    periods = [folder.parts[-3].partition("=")[2] for folder in folders]
    has_it = [table == "findings" or table in kept_tables(period) for period in periods]
    if not all(has_it):
        kept = list(compress(zip(folders, revisions, strict=True), has_it))
        return scan(table, [folder for folder, _ in kept], [revision for _, revision in kept])
    if not folders:
        return pl.LazyFrame(schema=schema)
    rows = pl.scan_parquet(
        [folder / f"{table}.parquet" for folder in dict.fromkeys(folders)],  # one that was sent again is two revisions
        schema=file_schema(table),
        missing_columns="insert",
        extra_columns="ignore",
        glob=False,  # a bracket in the path of the store is a bracket
        hive_partitioning=False,  # so is «x=1» in one of its parents
        include_file_paths="_path",
    )
    place = pl.LazyFrame(
        {
            "_place": ["/".join(folder.parts[-3:]) for folder in folders],
            "unit_id": [folder.parts[-2].partition("=")[2] for folder in folders],
            "period": periods,
            "revision": revisions,
        },
        schema_overrides={"revision": pl.Int64},
    )
    slashes = pl.col("_path").str.replace_all("\\", "/", literal=True)
    tail = slashes.str.extract(r"([^/]+/[^/]+/[^/]+)/[^/]+$").alias("_place")
    return rows.with_columns(tail).join(place, on="_place", how="left", maintain_order="left").select(schema.names())


# Cells ------------------------------------------------------------------------------------------


def find_cell(
    path: Path | None, sha256: str | None, table: str, field: str, *, sheet: str | None, row: int | None
) -> str | None:
    """Return where a field of a row stands in the unit's own file at `path`; None if that cannot be said.

    The typed tables keep sheet and row only; columns are found again in the raw file, which must still have the hash
    `sha256`. A file that is gone or changed gives None, never an error: a warning without its cell is better than none.
    """
    if path is None or sha256 is None or row is None:
        return None
    record = _records(path, sha256).get((table, sheet, row))
    return record.address(field) if record else None


@lru_cache(maxsize=128)  # a half-year's files and what they are compared with
def _records(path: Path, sha256: str) -> Mapping[tuple[str, str | None, int], Record]:
    from nq57kit.submissions.book import read_book  # a status reads no workbook
    from nq57kit.submissions.layout import lay_out

    book = read_book(path)
    if isinstance(book, Finding) or book.sha256 != sha256:
        return {}
    tables = lay_out(book).tables
    return {(name, row.sheet, row.row): row for name, rows in tables.items() for row in rows.records}
