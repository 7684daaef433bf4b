"""What binds the tables of the plan together, checked after each table's own schema.

In: the typed tables and the settings. Out: nothing, or a PlanError with file, line, column, what is wrong
and what to write: unknown units and groups, two units of one name, targets that overlap or leave a gap,
deadlines that are missing, days that do not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from nq57kit.plan.matching import own_names
from nq57kit.plan.references import unknown_reference
from nq57kit.plan.settings import Settings
from nq57kit.plan.tables import Row, Table
from nq57kit.text import fold

__all__ = ["check_rules"]

_REFERENCES = (
    ("tasks", "lead_units"),
    ("tasks", "coordinating_units"),
    ("measures", "audience_units"),
    ("duties", "holder_units"),
)
_NEEDED_DEADLINES = (("units", "H1"), ("units", "H2"), ("ministry", "year"))
_COMMON_YEAR = 2027


def check_rules(tables: Mapping[str, Table], settings: Settings) -> None:
    """Raise PlanError for the first row that does not fit the other tables or the settings."""
    _check_units(tables["units"], _keys(tables["groups"]))
    _check_names(tables["units"])
    _check_predecessors(tables["units"])
    _check_ambiguous(tables["ambiguous"], tables["units"])
    _check_references(tables)
    _check_tasks(tables["tasks"])
    _check_targets(tables["targets"], tables["indicators"], settings)
    _check_deadlines(tables["deadlines"])
    for row in tables["events"].rows():
        _check_day(tables["events"], row)


def _keys(table: Table) -> set[str]:
    return set(table.frame.to_series(0).to_list())


def _check_units(units: Table, groups: set[str]) -> None:
    for line, unit in units.rows():
        for group in unit["groups"]:
            if group not in groups:
                raise units.wrong(
                    line, "groups", f"không có nhóm «{group}»", "ghi mã nhóm có trong groups.csv, cách nhau bằng dấu |"
                )
        start, end = unit["valid_from"], unit["valid_to"]
        if start and end and end < start:
            raise units.wrong(line, "valid_to", "ngày kết thúc đứng trước ngày bắt đầu", "sửa lại một trong hai ngày")


def _check_names(units: Table) -> None:
    """One name names one unit; a predecessor's name may be another row's, or shared by successors."""
    taken: dict[str, Row] = {}
    for row in units.rows():
        unit = row.values
        for column, name in zip(_name_columns(unit), own_names(unit), strict=True):
            other = taken.setdefault(fold(name), row)
            if other is not row:
                raise units.wrong(
                    row.line,
                    column,
                    f"«{name}» đã là tên của «{other.values['name']}» (dòng {other.line})",
                    "mỗi tên chỉ được chỉ một đơn vị; bỏ tên này ở một trong hai dòng, hoặc đưa vào ambiguous.csv",
                )


def _check_predecessors(units: Table) -> None:
    for line, unit in units.rows():
        own = {fold(name) for name in own_names(unit)}
        for name in unit["predecessors"]:
            if fold(name) in own:
                raise units.wrong(
                    line,
                    "predecessors",
                    f"«{name}» là tên hiện nay của chính đơn vị này",
                    "chỉ ghi tên cũ hoặc mã của đơn vị đã sáp nhập, đổi tên",
                )


def _name_columns(unit: Mapping[str, object]) -> list[str]:
    return ["unit_id", "name", "short_name", *["aliases"] * (len(own_names(unit)) - 3)]


def _check_ambiguous(ambiguous: Table, units: Table) -> None:
    names = {fold(name): row for row in units.rows() for name in own_names(row.values)}
    known = _keys(units)
    for line, row in ambiguous.rows():
        alias, ids = row["alias"], row["unit_ids"]
        if owner := names.get(fold(alias)):
            raise ambiguous.wrong(
                line,
                "alias",
                f"«{alias}» là tên của «{owner.values['name']}» (units.csv, dòng {owner.line})",
                "bỏ tên này ở một trong hai bảng",
            )
        if unknown := next((unit_id for unit_id in ids if unit_id not in known), None):
            raise ambiguous.wrong(line, "unit_ids", f"không có đơn vị «{unknown}»", "ghi mã đơn vị có trong units.csv")
        if len(set(ids)) < 2:
            raise ambiguous.wrong(line, "unit_ids", "chỉ có một đơn vị", "ghi từ hai mã đơn vị, cách nhau bằng dấu |")


def _check_references(tables: Mapping[str, Table]) -> None:
    units, groups = _keys(tables["units"]), _keys(tables["groups"])
    for name, column in _REFERENCES:
        for line, row in tables[name].rows():
            unknown = unknown_reference(row[column], units, groups)
            if unknown is not None:
                raise tables[name].wrong(
                    line,
                    column,
                    f"không có đơn vị hoặc nhóm «{unknown}»",
                    "ghi mã đơn vị có trong units.csv, nhom:<mã nhóm có trong groups.csv> hoặc all",
                )


def _check_tasks(tasks: Table) -> None:
    for line, task in tasks.rows():
        spans = task["cadence"] == "span"
        if spans and task["due_year"] is None:
            raise tasks.wrong(line, "due_year", "đang để trống", "nhiệm vụ có cadence span phải ghi năm hoàn thành")
        if not spans and task["due_year"] is not None:
            raise tasks.wrong(
                line, "due_year", f"«{task['due_year']}» không dùng với cadence «{task['cadence']}»", "để trống ô này"
            )


def _check_targets(targets: Table, indicators: Table, settings: Settings) -> None:
    kinds = {row.values["indicator"]: row.values["kind"] for row in indicators.rows()}
    by_indicator: dict[str, list[Row]] = {}
    for row in targets.rows():
        _check_target(targets, row, kinds, settings)
        by_indicator.setdefault(row.values["indicator"], []).append(row)
    for indicator, rows in by_indicator.items():
        for earlier, later in pairwise(sorted(rows, key=lambda row: row.values["year_from"])):
            gap = later.values["year_from"] - earlier.values["year_to"] - 1
            if gap:
                what = "trùng năm với" if gap < 0 else "để hở năm sau"
                raise targets.wrong(
                    later.line,
                    "year_from",
                    f"mục tiêu của «{indicator}» {what} mục tiêu ở dòng {earlier.line}",
                    f"ghi {earlier.values['year_to'] + 1} để các năm nối tiếp nhau",
                )


def _check_target(targets: Table, row: Row, kinds: Mapping[object, object], settings: Settings) -> None:
    line, target = row
    indicator, value = target["indicator"], target["value"]
    first, last = target["year_from"], target["year_to"]
    if indicator not in kinds:
        raise targets.wrong(
            line, "indicator", f"không có chỉ tiêu «{indicator}»", "ghi mã chỉ tiêu có trong indicators.csv"
        )
    if last < first:
        raise targets.wrong(line, "year_to", f"«{last}» nhỏ hơn năm bắt đầu {first}", f"ghi từ {first} trở đi")
    for column, year in (("year_from", first), ("year_to", last)):
        if not settings.first_year <= year <= settings.last_year:
            raise targets.wrong(
                line,
                column,
                f"năm {year} nằm ngoài kế hoạch",
                f"ghi một năm từ {settings.first_year} đến {settings.last_year}",
            )
    qualitative = target["comparator"] == "qualitative"
    if qualitative != (kinds[indicator] == "qualitative"):
        raise targets.wrong(
            line,
            "comparator",
            f"«{target['comparator']}» không hợp với loại của chỉ tiêu «{indicator}»",
            "chỉ tiêu định tính ghi qualitative, chỉ tiêu tỷ lệ ghi >= hoặc =",
        )
    if qualitative and value is not None:
        raise targets.wrong(line, "value", "mục tiêu định tính không có trị số", "để trống ô này")
    if not qualitative and value is None:
        raise targets.wrong(line, "value", "đang để trống", "ghi tỷ lệ phần trăm, ví dụ 50")


def _check_deadlines(deadlines: Table) -> None:
    seen: dict[tuple[object, object], int] = {}
    for row in deadlines.rows():
        line, values = row
        who, kind = values["who"], values["period_kind"]
        if who == "on_request":
            if column := next((c for c in ("period_kind", "month", "day") if values[c] is not None), None):
                raise deadlines.wrong(line, column, "báo cáo đột xuất không có hạn định kỳ", "để trống ô này")
            continue
        for column in ("period_kind", "month", "day", "strict"):
            if values[column] is None:
                raise deadlines.wrong(line, column, "đang để trống", "ô này phải điền cho báo cáo định kỳ")
        if who == "units" and kind == "year":
            raise deadlines.wrong(line, "period_kind", "đơn vị không gửi báo cáo năm riêng", "ghi H1 hoặc H2")
        if (who, kind) in seen:
            raise deadlines.wrong(
                line, "period_kind", f"đã có thời hạn này ở dòng {seen[who, kind]}", "chỉ giữ lại một dòng"
            )
        seen[who, kind] = line
        _check_day(deadlines, row)
    for needed_who, needed_kind in _NEEDED_DEADLINES:
        if (needed_who, needed_kind) not in seen:
            raise deadlines.wrong(
                deadlines.lines[-1],
                "period_kind",
                f"bảng thiếu thời hạn của {needed_who} cho {needed_kind}",
                f"thêm một dòng có who là {needed_who} và period_kind là {needed_kind}",
            )


def _check_day(table: Table, row: Row) -> None:
    month, day = row.values["month"], row.values["day"]
    try:
        date(_COMMON_YEAR, month, day)
    except ValueError:
        raise table.wrong(
            row.line, "day", f"ngày {day}/{month} không có trong mọi năm", "sửa lại ngày hoặc tháng"
        ) from None
