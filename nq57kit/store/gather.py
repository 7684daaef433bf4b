"""Which submissions a person means by some paths, and when each was sent.

In: files and folders as given on the command line. Out: one `Arrival` per submission, in a stable order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nq57kit.errors import StoreError
from nq57kit.store.layout import MARKER
from nq57kit.store.sent import SENT_FILE, SentRow, name_key, read_sent_file
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.secrets import show_name
from nq57kit.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from nq57kit.store.receipts import SentAtSource

__all__ = ["Arrival", "find_submissions", "gather"]

#: Workbooks, zipped folders of CSV files, and what a unit may send in their place: the check refuses .xls
#: or .xlsm with a sentence, so that nothing that was sent is passed over in silence.
_TAKEN: Final = frozenset({".xlsx", ".ods", ".zip", ".xls", ".xlsm", ".xlsb"})


@dataclass(frozen=True)
class Arrival:
    """A submission before it is read: its path, when it was sent, which of the three times that is."""

    path: Path
    sent_at: datetime
    sent_at_source: SentAtSource
    reference_number: str | None


def find_submissions(paths: Sequence[Path]) -> list[Path]:
    """Return the submissions among `paths`, each once.

    A file is itself. A folder that holds `<table>.csv` files is one submission; any other folder is
    taken with all its workbooks, at any depth, without hidden ones, Excel's lock files «~$…» and stores.
    Raises StoreError for a path that is not there, or if nothing is found.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise StoreError(f"Không có tệp hoặc thư mục «{path}»; kiểm tra lại đường dẫn.")
        try:
            for submission in _inside(path) if path.is_dir() else (path,):
                found.setdefault(submission.resolve(), submission)
        except OSError as error:
            raise StoreError(f"Không đọc được thư mục «{path}»; kiểm tra quyền đọc rồi chạy lại.") from error
    if not found:
        given = ", ".join(f"«{path}»" for path in paths)
        raise StoreError(f"Không tìm thấy báo cáo nào trong {given}; cần tệp .xlsx, .ods hoặc thư mục tệp .csv.")
    return list(found.values())


def gather(paths: Sequence[Path], *, sent_at: datetime | None, now: datetime) -> tuple[list[Arrival], tuple[str, ...]]:
    """Return the arrivals, and notes on rows of `sent.csv` and files that do not meet.

    The time is `sent_at`, else that of `sent.csv` beside the file, else `now`. All `sent.csv` are read
    before anything else happens; a wrong row is a StoreError.
    """
    submissions = find_submissions(paths)
    sent_files: dict[Path, Mapping[str, SentRow] | None] = {}
    for path in submissions:
        if path.parent not in sent_files:
            sent_files[path.parent] = read_sent_file(path.parent)
    arrivals, notes = [], []
    for path in submissions:
        rows = sent_files[path.parent]
        row = (rows or {}).get(name_key(path.name))
        source: SentAtSource = "option" if sent_at else "sent.csv" if row else "ingest"
        moment = sent_at or (row.sent_at if row else now)
        arrivals.append(Arrival(path, moment, source, row.reference_number if row else None))
        if rows is not None and source == "ingest":
            notes.append(
                f"{SENT_FILE} không có dòng nào cho tệp «{show_name(path.name)}»; lấy thời điểm tiếp nhận làm thời điểm gửi."
            )
    for folder, rows in sent_files.items():
        there = {name_key(path.name) for path in folder.iterdir()} if rows else set()
        notes += [
            f"{SENT_FILE} ghi tệp «{show_name(row.file)}» nhưng trong thư mục «{folder}» không có tệp này."
            for key, row in (rows or {}).items()
            if key not in there
        ]
    return arrivals, tuple(notes)


def _inside(folder: Path) -> Iterator[Path]:
    if _is_csv_submission(folder):
        yield folder
        return
    if (folder / MARKER).exists():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")):
            continue
        if path.is_dir():
            if not path.is_symlink():
                yield from _inside(path)
        elif path.suffix.lower() in _TAKEN:
            yield path


def _is_csv_submission(folder: Path) -> bool:
    """Return whether a folder is a submission of CSV files, named by table or by sheet."""
    names = {fold(name) for table in TABLES.values() for name in (table.name, table.sheet)}
    return any(path.suffix.lower() == ".csv" and fold(path.stem) in names for path in folder.iterdir())
