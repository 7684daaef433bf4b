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
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from nq57kit.errors import ParameterError, StoreError
from nq57kit.files import decode_given, local_path, read_given, split_table
from nq57kit.plan import Calendar, Period, Plan
from nq57kit.secrecy import show_name
from nq57kit.store.folder import MARKER
from nq57kit.store.receipts import HANOI, SentAtSource
from nq57kit.submissions.book import find_on_disk, list_zip
from nq57kit.submissions.contract import TABLES
from nq57kit.text import clean, fold, format_date, format_time, match_key

#: What programs and systems leave in a folder; nobody sent it.
_LEFT_BEHIND: Final = re.compile(r"[.~].*|thumbs\.db|desktop\.ini|__macosx", re.IGNORECASE)
_HALF: Final = re.compile(
    r"\b(20[0-9]{2}) h([12])\b|\bh([12]) (20[0-9]{2})\b|\b(?:6|sau) thang (dau|cuoi)(?: nam)? (20[0-9]{2})\b"
)
_LONGEST_NAME: Final = 12  # words
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


def find_submissions(paths: Sequence[Path | str], *, passed: list[Path] | None = None) -> list[Path]:
    """Return what was sent among `paths`, each once: every file is told of, also those that are no workbook.

    A file is itself. A folder that holds `<table>.csv` files is one submission; of any other folder every file is taken, at
    any depth, but for stores, `sent.csv`, and what programs leave behind (hidden files, «~$…», Thumbs.db), which is added to
    `passed`. A .zip of files is opened: «a.zip/b.xlsx». Raises StoreError for a path that is not there, or if nothing is found.
    """
    found: dict[Path, Path] = {}
    passed = [] if passed is None else passed
    for path in [local_path(one, StoreError) for one in paths]:
        if not path.exists():
            raise StoreError(f"Không có tệp hoặc thư mục «{path}»; kiểm tra lại đường dẫn.")
        try:
            for one in _inside(path, passed) if path.is_dir() else (path,):
                for submission in list_zip(one):
                    if any(map(_LEFT_BEHIND.fullmatch, submission.relative_to(one).parts)):
                        passed.append(submission)
                    else:
                        found.setdefault(submission.resolve(), submission)
        except OSError as error:
            raise StoreError(f"Không đọc được thư mục «{path}»; kiểm tra quyền đọc rồi chạy lại.") from error
    if not found:
        given = ", ".join(f"«{path}»" for path in paths)
        raise StoreError(f"Không tìm thấy báo cáo nào trong {given}; cần tệp .xlsx, .ods hoặc thư mục tệp .csv.")
    return list(found.values())


def _inside(folder: Path, passed: list[Path]) -> Iterator[Path]:
    if (folder / MARKER).exists():
        return
    is_submission = _is_csv_submission(folder)
    if is_submission:
        yield folder
    for path in sorted(folder.iterdir()):
        if _LEFT_BEHIND.fullmatch(path.name):
            passed.append(path)
        elif path.is_dir():
            if not path.is_symlink():
                yield from _inside(path, passed)
        elif path.name.casefold() != SENT_FILE and not (is_submission and path.suffix.casefold() == ".csv"):
            yield path


def recognise_sender(path: Path, plan: Plan) -> tuple[str | None, str | None]:
    """Return the unit and the half that the name of a file or of its folders tells; None where it does not, or tells several.

    For files that say nothing themselves; the nearest name that tells counts. A unit is known by a name of the register alone.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> recognise_sender(Path("2026-H2/Báo cáo Vụ Pháp chế (bản quét).pdf"), load_plan())
        ('vu-pc', '2026-H2')
    """
    names = [path.stem, *(parent.name for parent in path.parents if parent.name)]
    half = next((found for name in names if (found := _HALF.search(match_key(name)))), None)
    period = None
    if half is not None:
        year, number = half[1] or half[4] or half[6], half[2] or half[3] or ("1" if half[5] == "dau" else "2")
        period = next((str(one) for one in plan.periods if str(one) == f"{year}-H{number}"), None)
    on = plan.period(period) if period else plan.periods[-1]
    for name in names:
        words = re.split(r"[\s_.,;()\[\]]+", clean(name))
        spans = [words[at : at + size] for size in range(_LONGEST_NAME, 0, -1) for at in range(len(words) - size + 1)]
        matches = [match for span in spans if (match := plan.find_unit(" ".join(span), on)).sender or match.ambiguous]
        if matches:
            return matches[0].sender, period
    return None, period


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
    passed: list[Path] = []
    homes = {path: find_on_disk(path) for path in find_submissions(paths, passed=passed)}
    sent_files = {
        folder: read_sent_file(folder, zone) for folder in dict.fromkeys(one.parent for one in homes.values())
    }
    arrivals, notes = [], []
    for path, home in homes.items():
        rows = sent_files[home.parent]
        row = (rows or {}).get(name_key(path.name)) or (rows or {}).get(name_key(home.name))
        source: SentAtSource = "option" if sent_at else "sent.csv" if row else "ingest"
        moment = sent_at or (row.sent_at if row else now)
        arrivals.append(Arrival(path, moment.astimezone(zone), source, row.reference_number if row else None))
        if rows is not None and source == "ingest":
            notes.append(
                f"{SENT_FILE} không có dòng nào cho tệp «{show_name(path.name)}»; lấy thời điểm tiếp nhận làm thời điểm gửi."
            )
    for folder, rows in sent_files.items():
        inside = {name_key(path.name) for path, home in homes.items() if home.parent == folder}
        there = inside | {name_key(path.name) for path in folder.iterdir()} if rows else set()
        notes += [
            f"{SENT_FILE} ghi tệp «{show_name(row.file)}» nhưng trong thư mục «{folder}» không có tệp này."
            for key, row in (rows or {}).items()
            if key not in there
        ]
    if passed:
        notes.append(
            f"Bỏ qua {len(passed)} tệp ẩn, tệp tạm của chương trình{list_names([one.name for one in passed])}."
        )
    return arrivals, tuple(notes)


def list_names(names: Sequence[str]) -> str:
    """Return «: a, b, c…» with the first names, "" for none."""
    more = "…" if len(names) > _NAMES_SHOWN else ""
    return f": {', '.join(map(show_name, names[:_NAMES_SHOWN]))}{more}" if names else ""


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
    told = (
        f"Thời điểm gửi ở sau hôm nay ({len(ahead)} tệp{list_names(ahead)}); kiểm tra ngày đã ghi và đồng hồ của máy."
    )
    return [told] if ahead else []


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
