"""What arrives: which submissions a person means by some paths, and when each was sent.

In: files and folders as given on the command line, the text of `--sent-at`, `sent.csv` beside the workbooks. Out: one
`Arrival` per submission, in a stable order, its time in the plan's zone; or one sentence with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from nq57kit.errors import ParameterError, StoreError
from nq57kit.files import decode_given, read_given, split_table
from nq57kit.plan import Period
from nq57kit.secrecy import show_name
from nq57kit.store.folder import MARKER
from nq57kit.store.receipts import HANOI, SentAtSource
from nq57kit.submissions.contract import TABLES
from nq57kit.text import clean, fold, format_date, format_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from nq57kit.plan import Calendar

__all__ = ["Arrival", "ask_about_future", "check_moment", "find_submissions", "gather", "parse_sent_at", "require_zone"]

#: Workbooks, zipped folders of CSV files, and what a unit may send in their place: the check refuses .xls
#: or .xlsm with a sentence, so that nothing that was sent is passed over in silence.
_TAKEN: Final = frozenset({".xlsx", ".ods", ".zip", ".xls", ".xlsm", ".xlsb"})
SENT_FILE: Final = "sent.csv"
_COLUMNS: Final = ("file", "sent_at", "reference_number")
_VIETNAMESE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_NAMES_SHOWN: Final = 5
_FORMS = "2026-06-19T23:59:00+07:00 hoặc 19/06/2026 23:59"


@dataclass(frozen=True)
class Arrival:
    """A submission before it is read: its path, when it was sent, where that time is from."""

    path: Path
    sent_at: datetime
    sent_at_source: SentAtSource
    reference_number: str | None


class SentRow(NamedTuple):
    """A row of `sent.csv`: the file's name, when it was sent, the number of the covering document."""

    file: str
    sent_at: datetime
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


def gather(
    paths: Sequence[Path], *, sent_at: datetime | None, now: datetime, zone: ZoneInfo = HANOI
) -> tuple[list[Arrival], tuple[str, ...]]:
    """Return the arrivals, and notes on rows of `sent.csv` and files that do not meet.

    The time is `sent_at`, else that of `sent.csv` beside the file (without an offset: of `zone`), else `now`. All
    `sent.csv` are read before anything else happens; a wrong row is a StoreError.
    """
    submissions = find_submissions(paths)
    sent_files = {folder: read_sent_file(folder, zone) for folder in dict.fromkeys(path.parent for path in submissions)}
    arrivals, notes = [], []
    for path in submissions:
        rows = sent_files[path.parent]
        row = (rows or {}).get(name_key(path.name))
        source: SentAtSource = "option" if sent_at else "sent.csv" if row else "ingest"
        moment = sent_at or (row.sent_at if row else now)
        arrivals.append(Arrival(path, moment.astimezone(zone), source, row.reference_number if row else None))
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


def parse_sent_at(text: str, zone: ZoneInfo = HANOI) -> datetime:
    """Return the time that `text` names: ISO with an offset, or «ngày/tháng/năm giờ:phút» of `zone`.

    Raises ParameterError that shows both forms; a time without its hour or offset is never completed.

    Example:
        >>> parse_sent_at("19/06/2026 23:59").isoformat()
        '2026-06-19T23:59:00+07:00'
        >>> parse_sent_at("2026-06-19T17:00:00Z").isoformat()
        '2026-06-20T00:00:00+07:00'
    """
    given = clean(text)
    try:
        if found := _VIETNAMESE.fullmatch(given):
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=zone)
        moment = datetime.fromisoformat(given)
        if moment.utcoffset() is not None:
            return moment.astimezone(zone)
    except (ValueError, OverflowError):
        pass
    where = "giờ Hà Nội" if zone == HANOI else f"múi giờ {zone.key}"
    raise ParameterError(f"«{given}» không phải là thời điểm gửi; ghi theo mẫu {_FORMS} ({where}).")


def require_zone(moment: datetime) -> datetime:
    """Return a time as it is. Raises ParameterError for one without its zone."""
    if moment.utcoffset() is None:
        raise ParameterError(
            f"Thời điểm {moment:%Y-%m-%d %H:%M:%S} thiếu múi giờ; ghi rõ, ví dụ {moment:%Y-%m-%dT%H:%M:%S}+07:00."
        )
    return moment


def check_moment(moment: datetime, calendar: Calendar, file: str | None = None) -> None:
    """Raise ParameterError for a time at which nothing can be sent: before the plan's first data window, a year after its end."""
    first, last = (
        Period.parse(text, calendar) for text in (calendar.settings.first_period, f"{calendar.settings.last_year}-H2")
    )
    start = datetime.combine(first.window.start, time(), calendar.settings.zone)
    if not start <= moment < last.deadline + timedelta(days=366):
        raise ParameterError(
            f"{f'«{show_name(file)}»: t' if file else 'T'}hời điểm gửi {format_time(moment.astimezone(calendar.settings.zone))} không thể có: Kế hoạch nhận báo cáo từ "
            f"{format_date(start)} đến {format_date(last.last_day)}; kiểm tra năm, ngày và giờ."
        )


def ask_about_future(sent: Mapping[str, datetime]) -> list[str]:
    """Return a note, if there is one, on those of some files whose time of sending lies more than a day ahead of the clock."""
    latest = datetime.now(HANOI) + timedelta(days=1)
    ahead = [name for name, moment in sent.items() if moment > latest]
    more = "…" if len(ahead) > _NAMES_SHOWN else ""
    names = f"{', '.join(ahead[:_NAMES_SHOWN])}{more}"
    return (
        [f"Thời điểm gửi ở sau hôm nay ({len(ahead)}: {names}); kiểm tra ngày đã ghi và đồng hồ của máy."]
        if ahead
        else []
    )


def name_key(name: str) -> str:
    """Return a file's name as it is compared: spaces, letter case and the form of accents do not matter."""
    return clean(name).casefold()


def read_sent_file(folder: Path, zone: ZoneInfo = HANOI) -> Mapping[str, SentRow] | None:
    """Return the rows of `sent.csv` in `folder` by `name_key` of the file; None if there is no such file.

    Comma or semicolon, with or without BOM. Raises StoreError (file and line) on the first wrong row.
    """
    path = folder / SENT_FILE
    if not path.exists():
        return None
    text = decode_given(SENT_FILE, read_given(path, StoreError), StoreError)
    rows: dict[str, SentRow] = {}
    names: list[str] = []
    for line, cells in split_table(str(path), text, StoreError):
        values = [clean(cell) for cell in cells]
        if not names:
            names = [name.casefold() for name in values]
            if not {"file", "sent_at"} <= set(names):
                raise _wrong(path, line, "thiếu tên cột", f"dòng đầu ghi đúng các cột: {', '.join(_COLUMNS)}")
            continue
        row = _row(path, line, values, names, zone)
        if name_key(row.file) in rows:
            raise _wrong(path, line, f"tệp «{row.file}» đã có ở dòng trên", "giữ lại một dòng")
        rows[name_key(row.file)] = row
    return rows


def _row(path: Path, line: int, cells: Sequence[str], names: Sequence[str], zone: ZoneInfo) -> SentRow:
    if len(cells) > len(names):
        what = f"có {len(cells)} ô, nhiều hơn {len(names)} cột"
        raise _wrong(path, line, what, "đặt ô có dấu phân cách trong nháy kép")
    values = dict(zip(names, cells, strict=False))
    file = values.get("file", "")
    if not file:
        raise _wrong(path, line, "cột file để trống", "ghi tên tệp đặt cạnh sent.csv")
    try:
        moment = parse_sent_at(values.get("sent_at", ""), zone)
    except ParameterError as error:
        raise StoreError(f"{path}, dòng {line}, cột sent_at: {error}") from None
    return SentRow(file, moment, values.get("reference_number") or None)


def _wrong(path: Path, line: int, what: str, do: str) -> StoreError:
    return StoreError(f"{path}, dòng {line}: {what}; {do}.")
