"""Where things lie in the store's folder, and the file that says that it is a store.

In: the store's folder, unit, period, hash. Out: paths; names are checked so that none leaves the folder.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nq57kit.errors import StoreError
from nq57kit.files import write_atomically
from nq57kit.store.disk import move_into_place, stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "FORMAT_VERSION",
    "MARKER",
    "RECEIPT",
    "Place",
    "check_marker",
    "find_place",
    "find_raw",
    "marker_text",
    "raw_path",
    "receipt_paths",
    "refusal_path",
    "refusal_paths",
    "submission_folder",
    "write_marker",
]

FORMAT_VERSION: Final = "1"
MARKER: Final = "nq57-store.json"
RECEIPT: Final = "receipt.json"
_SHORT = 16
_PERIOD = re.compile(r"\d{4}-H[12]", re.ASCII)
_UNIT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
#: How a raw file ends; anything else (a folder of CSV files) is kept as one .zip.
_KEPT_SUFFIXES = frozenset({".xlsx", ".ods", ".xlsm", ".xls"})


def marker_text() -> str:
    """Return what stands in the file that makes a folder a store."""
    return json.dumps({"format": "nq57-store", "version": FORMAT_VERSION}, indent=2, sort_keys=True) + "\n"


def write_marker(root: Path) -> None:
    """Write the file that makes a folder a store; call it under the lock only."""
    with stage(root) as staged:
        path = write_atomically(staged / MARKER, marker_text())
        move_into_place(path, root / MARKER)


def check_marker(root: Path) -> None:
    """Raise StoreError unless `root` is a store that this version can read."""
    if not root.is_dir():
        raise StoreError(f"Không có kho dữ liệu tại «{root}»; kiểm tra đường dẫn hoặc tiếp nhận báo cáo để tạo kho.")
    try:
        marker = json.loads((root / MARKER).read_text(encoding="utf-8"))
        kind, version = marker["format"], int(marker["version"])
    except FileNotFoundError:
        raise StoreError(
            f"Thư mục «{root}» không phải là kho dữ liệu (thiếu tệp {MARKER}); kiểm tra lại đường dẫn."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(f"Không đọc được tệp «{root / MARKER}»; khôi phục tệp này từ bản sao lưu.") from None
    if kind != "nq57-store":
        raise StoreError(f"Tệp «{root / MARKER}» không phải của kho dữ liệu nq57kit; kiểm tra lại đường dẫn.")
    if version > int(FORMAT_VERSION):
        raise StoreError(
            f"Kho «{root}» được tạo bằng phiên bản mới hơn (định dạng {version}; phiên bản này đọc đến "
            f"{FORMAT_VERSION}); cập nhật nq57kit rồi chạy lại."
        )


class Place(NamedTuple):
    """What a submission is known by: its unit, its half-year, the SHA-256 of its bytes."""

    unit_id: str
    period: str
    sha256: str


def find_place(unit_id: str | None, period: str | None, sha256: str | None) -> Place | None:
    """Return the place of a submission; None if something is not known or cannot name a folder.

    Example:
        >>> find_place("vu-tccb", "2026-H2", "0" * 64).period
        '2026-H2'
        >>> find_place("../x", "2026-H2", "0" * 64), find_place("vu-tccb", "2026", "0" * 64)
        (None, None)
    """
    if not (unit_id and period and sha256):
        return None
    fits = _UNIT.fullmatch(unit_id) and _PERIOD.fullmatch(period) and _SHA256.fullmatch(sha256)
    return Place(unit_id, period, sha256) if fits else None


def submission_folder(root: Path, place: Place) -> Path:
    """Return the folder of an accepted submission; its names are columns to hive readers."""
    return _unit_folder(root / "submissions", place) / f"submission={place.sha256[:_SHORT]}"


def refusal_path(root: Path, place: Place) -> Path:
    """Return the file that tells of a refused submission."""
    return _unit_folder(root / "refusals", place) / f"{place.sha256[:_SHORT]}.json"


def _unit_folder(folder: Path, place: Place) -> Path:
    return folder / f"period={place.period}" / f"unit_id={place.unit_id}"


def raw_path(root: Path, sha256: str, name: str) -> Path:
    """Return where the submitted bytes are kept; `name` gives the ending, .zip for a folder of CSV files."""
    suffix = "." + name.rpartition(".")[2].lower()
    return root / "raw" / sha256[:2] / (sha256 + (suffix if suffix in _KEPT_SUFFIXES else ".zip"))


def find_raw(root: Path, sha256: str) -> Path | None:
    """Return the raw file of a hash, whatever its ending; None if the store has none."""
    if not _SHA256.fullmatch(sha256):
        return None
    return next((root / "raw" / sha256[:2]).glob(f"{sha256}.*"), None)


def receipt_paths(root: Path, periods: frozenset[str] | None) -> Iterator[Path]:
    """Yield the receipts of all accepted submissions, of `periods` only where given, sorted.

    Raises StoreError for a folder that cannot be read: a unit must not look as if it had sent nothing.
    """
    for unit in _unit_folders(root / "submissions", periods):
        for folder in _children(unit, "submission="):
            yield folder / RECEIPT


def refusal_paths(root: Path, periods: frozenset[str] | None) -> Iterator[Path]:
    """Yield the files of all refused submissions, of `periods` only where given, sorted."""
    for unit in _unit_folders(root / "refusals", periods):
        yield from (path for path in _children(unit, "") if path.suffix == ".json")


def _unit_folders(folder: Path, periods: frozenset[str] | None) -> Iterator[Path]:
    for period in _children(folder, "period="):
        if periods is None or period.name.removeprefix("period=") in periods:
            yield from _children(period, "unit_id=")


def _children(folder: Path, prefix: str) -> list[Path]:
    """Return what lies in a folder under names that begin with `prefix`, sorted; nothing if it is not there."""
    try:
        return sorted(path for path in folder.iterdir() if path.name.startswith(prefix))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"Không đọc được thư mục «{folder}» của kho; kiểm tra quyền đọc rồi chạy lại.") from error
