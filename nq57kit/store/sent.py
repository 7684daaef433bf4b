"""When a submission was sent: the text of `--sent-at`, and `sent.csv` beside the workbooks.

In: text, or a folder. Out: aware times of Hà Nội, or one sentence with file and line.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from nq57kit.errors import ParameterError, StoreError
from nq57kit.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["HANOI", "SENT_FILE", "SentRow", "name_key", "parse_sent_at", "read_sent_file"]

#: Times of sending are those of Hà Nội (contract §2).
HANOI: Final = ZoneInfo("Asia/Ho_Chi_Minh")
SENT_FILE: Final = "sent.csv"
_COLUMNS: Final = ("file", "sent_at", "reference_number")
_VIETNAMESE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_FORMS = "2026-06-19T23:59:00+07:00 hoặc 19/06/2026 23:59 (giờ Hà Nội)"


class SentRow(NamedTuple):
    """A row of `sent.csv`: the file's name, when it was sent, the number of the covering document."""

    file: str
    sent_at: datetime
    reference_number: str | None


def parse_sent_at(text: str) -> datetime:
    """Return the time that `text` names: ISO with an offset, or «ngày/tháng/năm giờ:phút» of Hà Nội.

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
            return datetime(year, month, day, hour, minute, second, tzinfo=HANOI)
        moment = datetime.fromisoformat(given)
        if moment.utcoffset() is not None:
            return moment.astimezone(HANOI)
    except (ValueError, OverflowError):
        pass
    raise ParameterError(f"«{given}» không phải là thời điểm gửi; ghi theo mẫu {_FORMS}.")


def name_key(name: str) -> str:
    """Return a file's name as it is compared: spaces, letter case and the form of accents do not matter.

    Example:
        >>> name_key("Vụ TCCB.XLSX") == name_key("vụ tccb.xlsx")
        True
    """
    return clean(name).casefold()


def read_sent_file(folder: Path) -> Mapping[str, SentRow] | None:
    """Return the rows of `sent.csv` in `folder` by `name_key` of the file; None if there is no such file.

    Comma or semicolon, with or without BOM. Raises StoreError (file and line) on the first wrong row.
    """
    path = folder / SENT_FILE
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise StoreError(f"Tệp «{path}» không ở bảng mã UTF-8; lưu lại dạng «CSV UTF-8» rồi chạy lại.") from None
    except OSError as error:
        raise StoreError(f"Không đọc được tệp «{path}»; kiểm tra quyền đọc rồi chạy lại.") from error
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",")
    rows: dict[str, SentRow] = {}
    names: list[str] | None = None
    try:
        for cells in reader:
            values = [clean(cell) for cell in cells]
            if not any(values):
                continue
            if names is None:
                names = _header(path, values)
                continue
            row = _row(path, reader.line_num, dict(zip(names, values, strict=False)), len(values), len(names))
            if name_key(row.file) in rows:
                raise _wrong(path, reader.line_num, f"tệp «{row.file}» đã có ở dòng trên", "giữ lại một dòng")
            rows[name_key(row.file)] = row
    except csv.Error:
        raise _wrong(path, reader.line_num, "dòng không đọc được", "kiểm tra dấu nháy kép trong dòng") from None
    return rows


def _header(path: Path, names: list[str]) -> list[str]:
    lowered = [name.casefold() for name in names]
    if not {"file", "sent_at"} <= set(lowered):
        wanted = ", ".join(_COLUMNS)
        raise _wrong(path, 1, "thiếu tên cột", f"dòng đầu ghi đúng các cột: {wanted}")
    return lowered


def _row(path: Path, line: int, values: Mapping[str, str], found: int, expected: int) -> SentRow:
    if found > expected:
        raise _wrong(path, line, f"có {found} ô, nhiều hơn {expected} cột", "đặt ô có dấu phân cách trong nháy kép")
    file = values.get("file", "")
    if not file:
        raise _wrong(path, line, "cột file để trống", "ghi tên tệp đặt cạnh sent.csv")
    try:
        moment = parse_sent_at(values.get("sent_at", ""))
    except ParameterError as error:
        raise StoreError(f"{path}, dòng {line}, cột sent_at: {error}") from None
    return SentRow(file, moment, values.get("reference_number") or None)


def _wrong(path: Path, line: int, what: str, do: str) -> StoreError:
    return StoreError(f"{path}, dòng {line}: {what}; {do}.")
