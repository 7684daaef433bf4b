"""The tables of a plan folder: which columns each has, how their text becomes typed values, what each must satisfy.

In: the bytes of a CSV file (UTF-8, «,» or «;», with or without a BOM, as Excel saves it).
Out: a `Table`, the typed frame with the line of the file on which each row starts, checked by a pandera schema and by the
rules that bind tables together; or a PlanError with file, line, column, what is wrong and what to write.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from nq57kit.errors import PlanError
from nq57kit.files import decode_given, split_table
from nq57kit.plan.settings import Settings
from nq57kit.plan.units import own_names, unknown_reference
from nq57kit.text import clean, fold

if TYPE_CHECKING:
    import pandera.polars as pa

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


class Column(NamedTuple):
    """A column: its name, the kind of its values, whether each row must fill it, whether a folder may lack it."""

    name: str
    kind: str = "text"
    required: bool = True
    may_lack: bool = False


def _columns(spec: str) -> tuple[Column, ...]:
    """Read «name kind?» words: `?` after the kind marks a column that may stay blank, `??` one that may be absent."""
    columns = []
    for word in spec.split():
        name, _, kind = word.partition(":")
        columns.append(Column(name, kind.rstrip("?") or "text", not word.endswith("?"), word.endswith("??")))
    return tuple(columns)


#: Tables whose rows may say since when, until when and by which document they hold (contract §7), and those columns.
DATED = ("tasks", "measures", "targets", "products")
_DAYS = _columns("valid_from:date? valid_to:date? basis_document:text?")
VALIDITY = tuple(column.name for column in _DAYS)

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
        " coordinating_units:list? citation short_name:text??"
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
    "products": _columns("product_id task_id:whole text activity_types:list per"),
    "measure_evidence": _columns(
        "measure_id activity_types:list? channels:list? events:list? audiences:list? tables:list? note:text?"
    ),
    "duty_evidence": _columns("duty_id source:list products:list? note:text?"),
    "network_members": _columns(
        "member_id indicator text activity_types:list? channels:list? audiences:list? groups:list? note:text?"
    ),
}
TABLES |= {name: TABLES[name] + _DAYS for name in DATED}
#: Tables that a folder may lack, and the table whose items they speak of: the packaged rows on its items hold then.
OPTIONAL: dict[str, str] = {
    "products": "tasks",
    "measure_evidence": "measures",
    "duty_evidence": "duties",
    "network_members": "indicators",
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

    @property
    def keys(self) -> set[Any]:
        """The values of the first column."""
        return set(self.frame.to_series(0).to_list())

    def wrong(self, line: int, column: str, what: str, do: str) -> PlanError:
        """Return the error for one cell of this table."""
        return _wrong_cell(self.file, line, column, what, do)


def _wrong_cell(file: str, line: int, column: str, what: str, do: str) -> PlanError:
    """Return the one sentence on a wrong cell: file, line, column, what is wrong, what to write."""
    return PlanError(f"{file}, dòng {line}, cột «{column}»: {what}; {do}.")


def read_table(name: str, content: bytes) -> Table:
    """Return the typed table `name` read from the bytes of its CSV file.

    Raises PlanError, with line and column, for text that is not UTF-8, a missing, unknown or repeated
    column, a row of another width, and a cell that is no value of its column's kind.
    """
    file = f"{name}.csv"
    records = split_table(file, decode_given(file, content, PlanError), PlanError)
    header_line, header = next(records, (1, []))
    names = [clean(cell) for cell in header]
    columns = tuple(column for column in TABLES[name] if not _may_lack(name, column) or column.name in names)
    _check_header(file, header_line, names, columns)
    lines: list[int] = []
    values: dict[str, list[object]] = {column.name: [] for column in columns}
    may_lack = {column.name for column in columns if column.may_lack}
    for line, row in records:
        cells = [*row, *("" for name in names[len(row) :] if name in may_lack)]
        if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
            raise PlanError(
                f"{file}, dòng {line}: có {len(cells)} ô trong khi bảng có {len(names)} cột; kiểm tra dấu "
                f"phân cách và đặt ô có dấu phân cách trong dấu nháy kép."
            )
        by_name = dict(zip(names, cells, strict=False))
        for column in columns:
            values[column.name].append(_typed(file, line, column, clean(by_name.get(column.name, ""))))
        lines.append(line)
    frame = pl.DataFrame(values, schema={column.name: TYPES[column.kind] for column in columns})
    return Table(name, frame, tuple(lines))


def _may_lack(table: str, column: Column) -> bool:
    return table in DATED and column in _DAYS


def _check_header(file: str, line: int, names: list[str], columns: tuple[Column, ...]) -> None:
    wanted = [column.name for column in columns]
    while names and not names[-1]:
        names.pop()
    for name in wanted:
        if name not in names and name not in {column.name for column in columns if column.may_lack}:
            raise _wrong_cell(file, line, name, "thiếu cột này", "thêm cột, hoặc sửa tên cột cho đúng")
    for name in names:
        if name not in wanted:
            raise _wrong_cell(file, line, name, "không có cột mang tên này", "xóa cột hoặc sửa tên cột cho đúng")
        if names.count(name) > 1:
            raise _wrong_cell(file, line, name, "tên cột bị lặp", "chỉ giữ lại một cột")


def _typed(file: str, line: int, column: Column, text: str) -> object:
    """Return the value of a cell; None (an empty list) where it is blank and may be."""
    if not text:
        if column.required:
            raise _wrong_cell(file, line, column.name, "đang để trống", "ô này phải điền")
        return [] if column.kind == "list" else None
    if column.kind == "text":
        return text
    if column.kind == "list":
        return _list(text)
    value = {"whole": _whole, "decimal": _decimal, "flag": _flag, "date": _date}[column.kind](text)
    if value is None:
        what, do = _EXPECTED[column.kind]
        raise _wrong_cell(file, line, column.name, f"«{text}» {what}", do)
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


# What each table must satisfy -------------------------------------------------------------------

_MAY_BE_EMPTY = {"ambiguous", *OPTIONAL}
_YEARS, _DAY = (2000, 2100), {"month": (1, 12), "day": (1, 31)}
#: The codes of a column by the shape that they must have: «-» or «_» between the words.
_SLUG, _NAME = "gạch nối", "gạch dưới"
#: What a column holds: a shape of code, a range (a tuple of two numbers), or a closed list.
_HOLDS: dict[str, dict[str, Any]] = {
    "groups": {"group": _NAME, "order": (1, 999)},
    "units": {"unit_id": _SLUG, "basis": ["plan", "law", "unverified", "plan-unverified"]},
    "tasks": {
        "task_id": (1, 999),
        "cadence": ["annual", "continuous", "annual_continuous", "span", "by_date"],
        "due_year": _YEARS,
    },
    "indicators": {"indicator": _NAME, "kind": ["ratio", "qualitative", "reporting"]},
    "targets": {
        "year_from": _YEARS,
        "year_to": _YEARS,
        "comparator": [">=", "=", "qualitative"],
        "value": (0, 100),
        "unit_of_measure": ["%"],
    },
    "deadlines": {"who": ["units", "ministry", "on_request"], "period_kind": ["H1", "H2", "year"], **_DAY},
    "events": _DAY,
    "products": {"task_id": (1, 999), "per": ["unit", "task"]},
}
#: What may tell that a duty of section IV is done (contract §6); `judged`: only a person can say.
DUTY_SOURCES = (
    "plans_received",
    "reports_on_time",
    "letters_sent",
    "answers_given",
    "reports_locked",
    "products",
    "judged",
)


def _check_of(holds: Any) -> pa.Check | None:
    """Return the check of a column; its `error` says what is wrong and, after «;», what to write."""
    import pandera.polars as pa

    if holds is None:
        return None
    if isinstance(holds, list):
        return pa.Check.isin(holds, error="không có trong danh sách; ghi một trong: " + ", ".join(holds))
    if isinstance(holds, tuple):
        return pa.Check.in_range(*holds, error=f"không hợp lệ; ghi một số từ {holds[0]} đến {holds[1]}")
    pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$" if holds == _SLUG else r"^[a-z][a-z0-9_]*$"
    error = f"không phải là mã; ghi chữ thường không dấu, chữ số và dấu {holds}"
    return pa.Check.str_matches(pattern, error=error)


@cache
def schema_of(name: str) -> pa.DataFrameSchema:
    """Return the strict schema of table `name`; its first column is unique, nothing is coerced."""
    import pandera.polars as pa

    holds = _HOLDS.get(name, {})
    columns = {
        spec.name: pa.Column(
            TYPES[spec.kind],
            _check_of(holds.get(spec.name)),
            nullable=not spec.required,
            unique=spec is TABLES[name][0],
            required=not _may_lack(name, spec),
        )
        for spec in TABLES[name]
    }
    return pa.DataFrameSchema(columns, name=name, strict=True, coerce=False)


def check_tables(tables: Mapping[str, Table], settings: Settings, *, proven: Collection[str] = ()) -> None:
    """Raise PlanError for the first row that its table's schema refuses, or that does not fit the others or the settings.

    Tables that are `proven` satisfy their schemas for certain: to ask again would cost a process the import of pandera.
    """
    for name, table in tables.items():
        if name not in proven:
            _check_table(table)
        for line, row in table.rows() if name in (*DATED, "units") else ():
            start, end = row.get("valid_from"), row.get("valid_to")
            if start and end and end < start:
                what, do = "ngày kết thúc đứng trước ngày bắt đầu", "sửa lại một trong hai ngày"
                raise table.wrong(line, "valid_to", what, do)
    units, groups = tables["units"], tables["groups"].keys
    _check_units(units, groups)
    _check_ambiguous(tables["ambiguous"], units)
    for name, column in _REFERENCES:
        for line, row in tables[name].rows():
            if (unknown := unknown_reference(row[column], units.keys, groups)) is not None:
                do = "ghi mã đơn vị có trong units.csv, nhom:<mã nhóm có trong groups.csv> hoặc all"
                raise tables[name].wrong(line, column, f"không có đơn vị hoặc nhóm «{unknown}»", do)
    _check_tasks(tables["tasks"])
    _check_targets(tables["targets"], tables["indicators"], settings)
    _check_deadlines(tables["deadlines"])
    for event in tables["events"].rows():
        _check_day(tables["events"], event)
    _check_evidence(tables)


_REFERENCES = (
    ("tasks", "lead_units"),
    ("tasks", "coordinating_units"),
    ("measures", "audience_units"),
    ("duties", "holder_units"),
)


def _check_table(table: Table) -> None:
    from pandera.errors import SchemaErrors

    if table.frame.is_empty() and table.name not in _MAY_BE_EMPTY:
        raise PlanError(f"{table.file}, dòng 2: bảng chưa có dòng nào; ghi ít nhất một dòng dưới dòng tên cột.")
    try:
        schema_of(table.name).validate(table.frame, lazy=True)
    except SchemaErrors as errors:
        raise _first_failure(table, errors.failure_cases) from None


def _first_failure(table: Table, failures: pl.DataFrame) -> PlanError:
    """Return the PlanError of the failure that stands first in the file."""
    located = failures.filter(pl.col("index").is_not_null())
    for failure in located.sort("index").iter_rows(named=True):
        row, column = failure["index"], failure["column"]
        value = table.frame[column][row]
        if failure["check"] == "field_uniqueness":
            first = table.frame[column].index_of(value)
            if first == row:
                continue
            what = f"«{value}» đã có ở dòng {table.lines[first or 0]}"
            return table.wrong(table.lines[row], column, what, "mỗi dòng cần một mã riêng")
        what, _, do = failure["check"].partition("; ")
        shown = f"{value:g}" if isinstance(value, float) else value
        return table.wrong(table.lines[row], column, f"«{shown}» {what}", do)
    # a defect of the reader, not of a row: the table was typed before
    return PlanError(f"{table.file}, dòng 1: bảng không đúng cấu trúc; so lại tên cột với bảng mẫu.")


def _check_units(units: Table, groups: set[str]) -> None:
    """Groups are known, days in order; one name names one unit, and no unit is its own predecessor.

    A predecessor's name may be another row's, or shared by successors.
    """
    for line, unit in units.rows():
        for group in unit["groups"]:
            if group not in groups:
                do = "ghi mã nhóm có trong groups.csv, cách nhau bằng dấu |"
                raise units.wrong(line, "groups", f"không có nhóm «{group}»", do)
    taken: dict[str, Row] = {}
    for row in units.rows():
        names = own_names(row.values)
        columns = ["unit_id", "name", "short_name", *["aliases"] * (len(names) - 3)]
        for column, name in zip(columns, names, strict=True):
            other = taken.setdefault(fold(name), row)
            if other is not row:
                what = f"«{name}» đã là tên của «{other.values['name']}» (dòng {other.line})"
                do = "mỗi tên chỉ được chỉ một đơn vị; bỏ tên này ở một trong hai dòng, hoặc đưa vào ambiguous.csv"
                raise units.wrong(row.line, column, what, do)
    for line, unit in units.rows():
        own = {fold(name) for name in own_names(unit)}
        for name in unit["predecessors"]:
            if fold(name) in own:
                what = f"«{name}» là tên hiện nay của chính đơn vị này"
                do = "chỉ ghi tên cũ hoặc mã của đơn vị đã sáp nhập, đổi tên"
                raise units.wrong(line, "predecessors", what, do)


def _check_ambiguous(ambiguous: Table, units: Table) -> None:
    names = {fold(name): row for row in units.rows() for name in own_names(row.values)}
    for line, row in ambiguous.rows():
        alias, ids = row["alias"], row["unit_ids"]
        if owner := names.get(fold(alias)):
            what = f"«{alias}» là tên của «{owner.values['name']}» (units.csv, dòng {owner.line})"
            raise ambiguous.wrong(line, "alias", what, "bỏ tên này ở một trong hai bảng")
        if unknown := next((unit_id for unit_id in ids if unit_id not in units.keys), None):
            raise ambiguous.wrong(line, "unit_ids", f"không có đơn vị «{unknown}»", "ghi mã đơn vị có trong units.csv")
        if len(set(ids)) < 2:
            raise ambiguous.wrong(line, "unit_ids", "chỉ có một đơn vị", "ghi từ hai mã đơn vị, cách nhau bằng dấu |")


def _check_tasks(tasks: Table) -> None:
    for line, task in tasks.rows():
        year, cadence = task["due_year"], task["cadence"]
        if cadence == "span" and year is None:
            raise tasks.wrong(line, "due_year", "đang để trống", "nhiệm vụ có cadence span phải ghi năm hoàn thành")
        if cadence != "span" and year is not None:
            raise tasks.wrong(line, "due_year", f"«{year}» không dùng với cadence «{cadence}»", "để trống ô này")


def _check_targets(targets: Table, indicators: Table, settings: Settings) -> None:
    kinds = dict(indicators.frame.select("indicator", "kind").iter_rows())
    by_indicator: dict[str, list[Row]] = {}
    for row in targets.rows():
        _check_target(targets, row, kinds, settings)
        by_indicator.setdefault(row.values["indicator"], []).append(row)
    for indicator, rows in by_indicator.items():
        rows.sort(key=lambda row: row.values["year_from"])
        lasting = [
            row for row in rows if not row.values.get("valid_to")
        ]  # of one that ended another has taken the place
        follow = list(pairwise(lasting))
        for earlier, later in (*follow, *combinations(rows, 2)):
            gap = later.values["year_from"] - earlier.values["year_to"] - 1
            if (gap > 0 and (earlier, later) in follow) or (gap < 0 and _hold_together(earlier, later)):
                what = "trùng năm với" if gap < 0 else "để hở năm sau"
                what = f"mục tiêu của «{indicator}» {what} mục tiêu ở dòng {earlier.line}"
                do = f"ghi {earlier.values['year_to'] + 1} để các năm nối tiếp nhau"
                raise targets.wrong(later.line, "year_from", what, do)


def _hold_together(one: Row, other: Row) -> bool:
    """Return whether there is a day on which both rows hold."""
    days = [(row.values.get("valid_from") or date.min, row.values.get("valid_to") or date.max) for row in (one, other)]
    return max(start for start, _ in days) <= min(end for _, end in days)


def _check_target(targets: Table, row: Row, kinds: Mapping[str, str], settings: Settings) -> None:
    line, target = row
    indicator, value = target["indicator"], target["value"]
    first, last = target["year_from"], target["year_to"]
    if indicator not in kinds:
        do = "ghi mã chỉ tiêu có trong indicators.csv"
        raise targets.wrong(line, "indicator", f"không có chỉ tiêu «{indicator}»", do)
    if last < first:
        raise targets.wrong(line, "year_to", f"«{last}» nhỏ hơn năm bắt đầu {first}", f"ghi từ {first} trở đi")
    for column, year in (("year_from", first), ("year_to", last)):
        if not settings.first_year <= year <= settings.last_year:
            do = f"ghi một năm từ {settings.first_year} đến {settings.last_year}"
            raise targets.wrong(line, column, f"năm {year} nằm ngoài kế hoạch", do)
    qualitative = target["comparator"] == "qualitative"
    if qualitative != (kinds[indicator] == "qualitative"):
        what = f"«{target['comparator']}» không hợp với loại của chỉ tiêu «{indicator}»"
        raise targets.wrong(
            line, "comparator", what, "chỉ tiêu định tính ghi qualitative, chỉ tiêu tỷ lệ ghi >= hoặc ="
        )
    if qualitative and value is not None:
        raise targets.wrong(line, "value", "mục tiêu định tính không có trị số", "để trống ô này")
    if not qualitative and value is None:
        raise targets.wrong(line, "value", "đang để trống", "ghi tỷ lệ phần trăm, ví dụ 50")


#: Column → (the table in which each of its values must be a key, or a closed list; what one value is called).
_EVIDENCE: tuple[tuple[str, str, str | tuple[str, ...], str], ...] = (
    ("products", "task_id", "tasks", "nhiệm vụ"),
    ("measure_evidence", "measure_id", "measures", "giải pháp"),
    ("measure_evidence", "events", "events", "ngày hưởng ứng"),
    ("duty_evidence", "duty_id", "duties", "trách nhiệm"),
    ("duty_evidence", "products", "products", "sản phẩm"),
    ("duty_evidence", "source", DUTY_SOURCES, "nguồn căn cứ"),
    ("network_members", "indicator", "indicators", "chỉ tiêu"),
    ("network_members", "groups", "groups", "nhóm đơn vị"),
)


def _check_evidence(tables: Mapping[str, Table]) -> None:
    """Each rule of evidence speaks of what the plan has, and each product is words of its task's own column."""
    for name, column, allowed, called in _EVIDENCE:
        known = set(allowed) if isinstance(allowed, tuple) else tables[allowed].keys
        do = "ghi một trong: " + ", ".join(allowed) if isinstance(allowed, tuple) else f"ghi mã có trong {allowed}.csv"
        for line, row in tables[name].rows():
            values = row[column] if isinstance(row[column], list) else [row[column]]
            if unknown := next((value for value in values if value not in known), None):
                raise tables[name].wrong(line, column, f"không có {called} «{unknown}»", do)
    words = dict(tables["tasks"].frame.select("task_id", "products").iter_rows())
    for line, row in tables["products"].rows():
        if row["text"] not in words[row["task_id"]]:
            what = f"«{row['text']}» không có trong cột products của nhiệm vụ {row['task_id']}"
            raise tables["products"].wrong(line, "text", what, "chép nguyên văn một sản phẩm của nhiệm vụ")


def _check_deadlines(deadlines: Table) -> None:
    seen: dict[tuple[str, str], int] = {}
    for row in deadlines.rows():
        line, values = row
        who, kind = values["who"], values["period_kind"]
        if who == "on_request":
            if column := next((name for name in ("period_kind", "month", "day") if values[name] is not None), None):
                raise deadlines.wrong(line, column, "báo cáo đột xuất không có hạn định kỳ", "để trống ô này")
            continue
        for column in ("period_kind", "month", "day", "strict"):
            if values[column] is None:
                raise deadlines.wrong(line, column, "đang để trống", "ô này phải điền cho báo cáo định kỳ")
        if who == "units" and kind == "year":
            raise deadlines.wrong(line, "period_kind", "đơn vị không phải gửi báo cáo năm riêng", "ghi H1 hoặc H2")
        if (who, kind) in seen:
            what = f"đã có thời hạn này ở dòng {seen[who, kind]}"
            raise deadlines.wrong(line, "period_kind", what, "chỉ giữ lại một dòng")
        seen[who, kind] = line
        _check_day(deadlines, row)
    for who, kind in (("units", "H1"), ("units", "H2"), ("ministry", "year")):
        if (who, kind) not in seen:
            do = f"thêm một dòng có who là {who} và period_kind là {kind}"
            raise deadlines.wrong(deadlines.lines[-1], "period_kind", f"bảng thiếu thời hạn của {who} cho {kind}", do)


def _check_day(table: Table, row: Row) -> None:
    month, day = row.values["month"], row.values["day"]
    try:
        date(2027, month, day)  # a common year
    except ValueError:
        what = f"ngày {day}/{month} không có trong mọi năm"
        raise table.wrong(row.line, "day", what, "sửa lại ngày hoặc tháng") from None
