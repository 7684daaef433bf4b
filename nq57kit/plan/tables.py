"""The tables of a plan folder: which columns each has, and how their text becomes typed values.

In: the bytes of a CSV file (UTF-8, «,» or «;», with or without a BOM, as Excel saves it).
Out: a `Table`, the typed frame with the line of the file on which each row starts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from nq57kit.errors import PlanError
from nq57kit.text import clean

__all__ = ["TABLES", "TYPES", "Column", "Row", "Table", "read_table", "wrong_cell"]

#: The polars type of each kind of value.
TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "whole": pl.Int64(),
    "decimal": pl.Float64(),
    "flag": pl.Boolean(),
    "date": pl.Date(),
    "list": pl.List(pl.String()),
}
_TRUE, _FALSE = {"true", "1", "có", "x"}, {"false", "0", "không"}
_NOT_TEXT = "không đọc được theo UTF-8; trong Excel hãy lưu lại bằng «CSV UTF-8 (Comma delimited)»"
#: What UTF-8 Vietnamese looks like once a program has read it in a Windows code page and saved it again.
_GARBLED = re.compile(r"áº|Æ°|Ä‘|Ã[\u00a0-\u00bf]|á»(?![\s.,;:!?)|/]|$)")


class Column(NamedTuple):
    """A column: its name, the kind of its values, and whether each row must fill it."""

    name: str
    kind: str = "text"
    required: bool = True


def _columns(spec: str) -> tuple[Column, ...]:
    """Read «name kind?» words: `?` after the kind marks a column that may stay blank."""
    columns = []
    for word in spec.split():
        name, _, kind = word.partition(":")
        columns.append(Column(name, kind.removesuffix("?") or "text", not word.endswith("?")))
    return tuple(columns)


#: The tables of a plan folder in the order in which they are read; the first column is the key.
TABLES: dict[str, tuple[Column, ...]] = {
    "groups": _columns("group label order:whole"),
    "units": _columns(
        "unit_id name short_name groups:list aliases:list? basis reports:flag valid_from:date? valid_to:date?"
        " predecessors:list?"
    ),
    "ambiguous": _columns("alias unit_ids:list note"),
    "tasks": _columns(
        "task_id:whole name lead coordinating:text? products timing cadence due_year:whole? lead_units:list"
        " coordinating_units:list? citation"
    ),
    "measures": _columns("measure_id section audience audience_units:list text citation"),
    "duties": _columns("duty_id unit holder_units:list text citation"),
    "indicators": _columns(
        "indicator label numerator_label:text? denominator_label:text? unit_of_measure:text? kind definition citation"
    ),
    "targets": _columns(
        "target_id indicator year_from:whole year_to:whole comparator value:decimal? unit_of_measure:text?"
        " statement citation"
    ),
    "deadlines": _columns("deadline_id who period_kind:text? month:whole? day:whole? strict:flag? statement citation"),
    "events": _columns("event_id month:whole day:whole name citation"),
}


class Row(NamedTuple):
    """One row with the line of the file where it starts."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A typed table of the plan and the lines of its rows."""

    name: str
    frame: pl.DataFrame
    lines: tuple[int, ...]

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    def rows(self) -> Iterator[Row]:
        """Yield each row as a dictionary with its line."""
        for line, values in zip(self.lines, self.frame.iter_rows(named=True), strict=True):
            yield Row(line, values)

    def wrong(self, line: int, column: str, what: str, do: str) -> PlanError:
        """Return the error for one cell of this table."""
        return wrong_cell(self.file, line, column, what, do)


def wrong_cell(file: str, line: int, column: str, what: str, do: str) -> PlanError:
    """Return the one sentence on a wrong cell: file, line, column, what is wrong, what to write."""
    return PlanError(f"{file}, dòng {line}, cột «{column}»: {what}; {do}.")


def read_table(name: str, content: bytes) -> Table:
    """Return the typed table `name` read from the bytes of its CSV file.

    Raises PlanError, with line and column, for text that is not UTF-8, a missing, unknown or repeated
    column, a row of another width, and a cell that is no value of its column's kind.
    """
    file = f"{name}.csv"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlanError(f"{file}, dòng {content[: error.start].count(10) + 1}: {_NOT_TEXT}.") from None
    records = _split(file, text)
    header_line, header = next(records, (1, []))
    names = [clean(cell) for cell in header]
    columns = TABLES[name]
    _check_header(file, header_line, names, columns)
    lines: list[int] = []
    values: dict[str, list[object]] = {column.name: [] for column in columns}
    for line, cells in records:
        if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
            raise PlanError(
                f"{file}, dòng {line}: có {len(cells)} ô trong khi bảng có {len(names)} cột; kiểm tra dấu "
                f"phân cách và đặt ô có dấu phân cách trong dấu nháy kép."
            )
        by_name = dict(zip(names, cells, strict=False))
        for column in columns:
            values[column.name].append(_typed(file, line, column, clean(by_name[column.name])))
        lines.append(line)
    frame = pl.DataFrame(values, schema={column.name: TYPES[column.kind] for column in columns})
    return Table(name, frame, tuple(lines))


def _split(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank with the line where it starts (quoted cells may span lines)."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                yield start, record
            start = reader.line_num + 1
    except csv.Error:
        raise PlanError(
            f"{file}, dòng {start}: dấu nháy kép không khớp; đặt cả ô trong một cặp dấu nháy kép và viết "
            f"hai lần dấu nháy kép nằm trong ô."
        ) from None


def _check_header(file: str, line: int, names: list[str], columns: tuple[Column, ...]) -> None:
    wanted = [column.name for column in columns]
    while names and not names[-1]:
        names.pop()
    for name in wanted:
        if name not in names:
            raise wrong_cell(file, line, name, "thiếu cột này", "thêm cột, hoặc sửa tên cột cho đúng")
    for name in names:
        if name not in wanted:
            raise wrong_cell(file, line, name, "không có cột mang tên này", "xóa cột hoặc sửa tên cột cho đúng")
        if names.count(name) > 1:
            raise wrong_cell(file, line, name, "tên cột bị lặp", "chỉ giữ lại một cột")


def _typed(file: str, line: int, column: Column, text: str) -> object:
    """Return the value of a cell; None (an empty list) where it is blank and may be."""
    if not text:
        if column.required:
            raise wrong_cell(file, line, column.name, "đang để trống", "ô này phải điền")
        return [] if column.kind == "list" else None
    if _GARBLED.search(text):
        raise wrong_cell(
            file,
            line,
            column.name,
            "chữ tiếng Việt bị hỏng do mở tệp sai bảng mã",
            "lấy lại tệp trước khi sửa, trong Excel mở bằng «Dữ liệu, Từ Văn bản/CSV» và chọn «65001: Unicode (UTF-8)»",
        )
    if column.kind == "text":
        return text
    if column.kind == "list":
        return _list(text)
    value = {"whole": _whole, "decimal": _decimal, "flag": _flag, "date": _date}[column.kind](text)
    if value is None:
        what, do = _EXPECTED[column.kind]
        raise wrong_cell(file, line, column.name, f"«{text}» {what}", do)
    return value


_EXPECTED = {
    "whole": ("không phải là số nguyên", "ghi bằng chữ số, ví dụ 12"),
    "decimal": ("không phải là số", "ghi bằng chữ số, ví dụ 50 hoặc 52,5"),
    "flag": ("không phải là có hoặc không", "ghi true (có) hoặc false (không)"),
    "date": ("không phải là ngày", "ghi theo mẫu ngày/tháng/năm, ví dụ 01/3/2027"),
}


def _list(text: str) -> list[str]:
    return [part for part in (clean(part) for part in text.split("|")) if part]


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else None


def _decimal(text: str) -> float | None:
    return float(text.replace(",", ".")) if re.fullmatch(r"-?\d{1,9}([.,]\d{1,6})?", text, re.ASCII) else None


def _flag(text: str) -> bool | None:
    word = text.casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def _date(text: str) -> date | None:
    iso = re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)", text, re.ASCII)
    day_first = re.fullmatch(r"(\d\d?)[/.-](\d\d?)[/.-](\d{4})", text, re.ASCII)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif day_first:
        day, month, year = (int(part) for part in day_first.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
