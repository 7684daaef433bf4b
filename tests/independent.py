"""A second count of the synthetic year, by other means: the standard library and openpyxl, no line of nq57kit.

What for: `tests/reports/test_sample_figures.py` compares every figure of a report with what this program counts.
In: a folder with `2026-H1` and `2026-H2` (workbooks and `sent.csv`), the register of units and the code lists as
CSV, the plan's own text. Out: a dictionary of plain numbers for one period.
By hand: `python tests/independent.py FOLDER 2026-H2 2026-12-25` prints it as JSON.

It is slow and plain on purpose: loops over rows, one rule after the other as the plan and docs/indicators.md tell
them. Where the library and this program differ, the plan decides, not the library.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl

__all__ = ["Refused", "Submission", "count", "leads_of_tasks", "read_submission", "read_year"]

_ROOT = Path(__file__).resolve().parent.parent
_UNITS = _ROOT / "nq57kit" / "plan" / "data" / "units.csv"
_CODES = _ROOT / "nq57kit" / "submissions" / "codes.csv"
_PLAN_TEXT = _ROOT / "tests" / "plan" / "plan-source.txt"
_HANOI = timezone(timedelta(hours=7))

_YEAR = 2026
_HALVES = ("2026-H1", "2026-H2")
#: «Trước ngày 20/06», «trước ngày 20/12»: this moment itself is late (IV.3).
_DEADLINES = {
    "2026-H1": datetime(2026, 6, 20, tzinfo=_HANOI),
    "2026-H2": datetime(2026, 12, 20, tzinfo=_HANOI),
}
#: Data windows by custom, both days included (contract, section 2).
_WINDOWS = {
    "2026-H1": (date(2025, 12, 15), date(2026, 6, 14)),
    "2026-H2": (date(2026, 6, 15), date(2026, 12, 14)),
}
#: The day a «Hằng năm» task falls due; «Trước ngày 20/12»: the last day before it.
_ANNUAL_DUE = date(2026, 12, 14)
_BEFORE_20_DECEMBER = date(2026, 12, 19)

# What the form's sheets call their columns or rows → (name here, kind of value, must be filled).
_SHEETS: dict[str, dict[str, tuple[str, str, bool]]] = {
    "Thông tin chung": {
        "Đơn vị báo cáo": ("unit", "text", True),
        "Kỳ báo cáo": ("period", "text", True),
        "Số nhiệm vụ KHCN thuộc bí mật nhà nước": ("secret_task_count", "whole", False),
    },
    "Hoạt động": {
        "Nhiệm vụ (TT 1–10)": ("task_id", "task", True),
        "Tên hoạt động, sản phẩm": ("name", "text", True),
        "Loại hoạt động": ("activity_type", "activity_type", True),
        "Kênh truyền thông": ("channel", "channel", True),
        "Ngày bắt đầu": ("started_on", "date", True),
        "Ngày kết thúc": ("ended_on", "date", False),
        "Số lượng": ("quantity", "whole", True),
        "Số người tiếp cận": ("reach", "whole", False),
        "Kinh phí (đồng)": ("cost_vnd", "whole", False),
        "Nguồn kinh phí": ("funding_source", "funding_source", False),
    },
    "Nhiệm vụ KHCN": {
        "Mã số nhiệm vụ": ("code", "text", True),
        "Tên nhiệm vụ KHCN": ("name", "text", True),
        "Cấp quản lý": ("level", "level", True),
        "Sử dụng ngân sách nhà nước": ("state_funded", "yes_no", True),
        "Năm bắt đầu": ("start_year", "whole", True),
        "Năm kết thúc": ("end_year", "whole", True),
        "Đã được truyền thông": ("communicated", "yes_no", True),
        "Ngày truyền thông đầu tiên": ("communicated_on", "date", False),
        "Kênh truyền thông": ("channel", "channel", False),
    },
    "Nhân lực": {
        "Tổng số cán bộ, công chức, viên chức": ("staff_total", "whole", True),
        "Số người đã tiếp cận thông tin định hướng": ("staff_reached", "whole", True),
        "Số cán bộ chuyên trách truyền thông, thông tin cơ sở, thông tin đối ngoại": (
            "comms_staff_total",
            "whole",
            True,
        ),
        "Trong đó: số người đã được đào tạo chuyên sâu": ("comms_staff_trained", "whole", True),
    },
    "Tiến độ nhiệm vụ": {
        "Nhiệm vụ (TT 1–10)": ("task_id", "task", True),
        "Tình trạng": ("status", "status", True),
        "Tỷ lệ hoàn thành (%)": ("percent_complete", "number", False),
        "Ngày hoàn thành": ("completed_on", "date", False),
        "Giải trình": ("explanation", "text", False),
    },
    "Kinh phí": {
        "Nhiệm vụ (TT 1–10)": ("task_id", "task", True),
        "Nguồn kinh phí": ("funding_source", "funding_source", True),
        "Dự toán (đồng)": ("planned_vnd", "whole", True),
        "Được giao (đồng)": ("allocated_vnd", "whole", True),
        "Đã giải ngân (đồng)": ("disbursed_vnd", "whole", True),
    },
    "Khó khăn, kiến nghị": {
        "Nhóm vấn đề": ("category", "category", True),
        "Khó khăn, vướng mắc": ("description", "text", True),
    },
}
#: Sheets with one record: a label and, beside it, its value.
_FORMS = ("Thông tin chung", "Nhân lực")
_SECRET_WORDS = ("bí mật nhà nước", "tuyệt mật", "tối mật", "độ mật: mật", "(mật)")

# Who «chủ trì» names in the appendix: units by id, groups by «nhóm:».
_LEADS = {
    "Các cơ quan, đơn vị thuộc Bộ": ("tất cả",),
    "Văn phòng Bộ": ("van-phong",),
    "Cục Chuyển đổi số": ("cuc-cds",),
    "Các cơ sở giáo dục, đào tạo, bồi dưỡng thuộc Bộ": ("nhóm:co_so_giao_duc",),
    "Các doanh nghiệp trực thuộc Bộ": ("nhóm:doanh_nghiep",),
    "Các Cục quản lý chuyên ngành, Viện nghiên cứu, Học viện": ("nhóm:cuc_quan_ly", "nhóm:vien", "nhóm:hoc_vien"),
    "Vụ Tổ chức cán bộ": ("vu-tccb",),
    "Báo Nông nghiệp và Môi trường, Tạp chí, các cơ quan báo chí thuộc Bộ": ("nhóm:bao_chi",),
    "Vụ Kế hoạch - Tài chính": ("vu-khtc",),
    "Vụ Khoa học và Công nghệ": ("vu-khcn",),
}


class Refused(Exception):  # noqa: N818 - a submission's fate, not a fault of this program
    """The submission breaks a rule of the contract; the text says which."""


@dataclass(frozen=True)
class Submission:
    """One workbook as it was sent; `fault` says why it is refused, or is empty."""

    unit_id: str
    period: str
    file: str
    sent_at: datetime
    fault: str
    sheets: dict[str, list[dict[str, Any]]]

    def rows(self, sheet: str) -> list[dict[str, Any]]:
        """Return the records of a sheet."""
        return self.sheets.get(sheet, [])


# ------------------------------------------------------------------------------------------ lists


def _plain(value: Any) -> str:
    """Return a label as it is compared: one space between words, no star, no case."""
    words = " ".join(unicodedata.normalize("NFC", str(value)).split())
    return words.rstrip("* ").casefold()


def _units() -> list[dict[str, str]]:
    with _UNITS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _expected() -> list[str]:
    """Return the units that must report: no unit of the register begins or ends within 2026."""
    rows = [row for row in _units() if row["reports"] == "true"]
    assert not any(row["valid_from"] or row["valid_to"] for row in rows), "a dated unit needs a rule here"
    return [row["unit_id"] for row in rows]


def _names_of_units() -> dict[str, str]:
    return {_plain(row["name"]): row["unit_id"] for row in _units()}


def _code_lists() -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    with _CODES.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for name in (row["label"], *row["aliases"].split("|")):
                if name:
                    lists[row["list"]].setdefault(_plain(name), row["code"])
    return lists


def leads_of_tasks() -> dict[int, tuple[list[str], str]]:
    """Return for each task of the appendix the units that lead it, and its «Thời gian hoàn thành»."""
    text = unicodedata.normalize("NFC", _PLAN_TEXT.read_text(encoding="utf-8"))
    cells = [" ".join(line.split()) for line in text[text.index("DANH MỤC CÁC NHIỆM VỤ") :].splitlines()]
    cells = [cell for cell in cells if cell]
    at = cells.index("Thời gian hoàn thành") + 1
    units = _units()
    tasks: dict[int, tuple[list[str], str]] = {}
    for number in range(1, 11):
        row = cells[at : at + 6]
        assert row[0] == str(number), row
        who = _LEADS[row[2]]
        leaders = [
            unit["unit_id"]
            for unit in units
            if unit["reports"] == "true"
            and (
                "tất cả" in who
                or unit["unit_id"] in who
                or any(f"nhóm:{group}" in who for group in unit["groups"].split("|"))
            )
        ]
        tasks[number] = (leaders, row[5])
        at += 6
    return tasks


# ---------------------------------------------------------------------------------------- reading


def _value(kind: str, raw: Any, lists: dict[str, dict[str, str]]) -> Any:
    """Return what a cell says as a value of `kind`, None for an empty one; raise Refused if it cannot be read."""
    if raw is None or (isinstance(raw, str) and raw.strip() in ("", "-")):
        return None
    if kind == "text":
        return " ".join(unicodedata.normalize("NFC", str(raw)).split())
    if kind in ("whole", "task", "number"):
        if isinstance(raw, str):
            if not re.fullmatch(r"\d+|\d{1,3}([. ]\d{3})+", raw.strip()):
                raise Refused(f"«{raw}» is no number")
            raw = int(re.sub(r"[. ]", "", raw))
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise Refused(f"«{raw}» is no number")
        number = Fraction(raw)
        if kind != "number" and number.denominator != 1:
            raise Refused(f"«{raw}» is no whole number")
        if number < 0 or (kind == "task" and not 1 <= number <= 10):
            raise Refused(f"«{raw}» is out of range")
        return number if kind == "number" else int(number)
    if kind == "date":
        return _day(raw)
    try:
        code = lists[kind][_plain(raw)]
    except KeyError:
        raise Refused(f"«{raw}» is not in the list {kind}") from None
    return code == "co" if kind == "yes_no" else code


def _day(raw: Any) -> date:
    """Return the day of a date cell or of a text, the day before the month («18/5/2026», «2026-05-18»)."""
    if isinstance(raw, datetime):
        return raw.date()
    for form in ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(str(raw).strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Refused(f"«{raw}» is no date")


def _records(sheet: Any, fields: dict[str, tuple[str, str, bool]], is_form: bool) -> list[dict[str, Any]]:
    """Return the raw records of a sheet, each {name here: cell's value}; rows with nothing in them are left out."""
    by_label = {_plain(label): field[0] for label, field in fields.items()}
    rows = list(sheet.iter_rows(values_only=True))
    if is_form:
        record: dict[str, Any] = {}
        for row in rows:
            name = by_label.get(_plain(row[0])) if row and row[0] is not None else None
            if name:
                record[name] = row[1]
        return [record]
    head = next(
        number
        for number, row in enumerate(rows)
        if sum(cell is not None and _plain(cell) in by_label for cell in row) == len(fields)
    )
    columns = [
        (by_label[_plain(cell)], place)
        for place, cell in enumerate(rows[head])
        if cell is not None and _plain(cell) in by_label
    ]
    records = [{name: row[place] for name, place in columns} for row in rows[head + 1 :]]
    return [record for record in records if any(value is not None for value in record.values())]


def _check(sheet: str, record: dict[str, Any]) -> None:
    """Raise Refused where a record breaks a rule between its fields (contract, section 3)."""

    def at_most(less: str, more: str) -> None:
        if record[less] > record[more]:
            raise Refused(f"{sheet}: {less} {record[less]} > {more} {record[more]}")

    if sheet == "Hoạt động":
        if record["quantity"] < 1:
            raise Refused("quantity < 1")
        if record["ended_on"] is not None:
            at_most("started_on", "ended_on")
    elif sheet == "Nhiệm vụ KHCN":
        at_most("start_year", "end_year")
        if record["communicated"] and record["communicated_on"] is None:
            raise Refused("communicated, but no day")
        words = f"{record['code']} {record['name']}".casefold()
        if any(secret in words for secret in _SECRET_WORDS):
            raise Refused("a state secret")
    elif sheet == "Nhân lực":
        at_most("staff_reached", "staff_total")
        at_most("comms_staff_trained", "comms_staff_total")
    elif sheet == "Tiến độ nhiệm vụ":
        if record["percent_complete"] is not None and record["percent_complete"] > 100:
            raise Refused("percent_complete > 100")
        if record["status"] in ("chua_thuc_hien", "khong_phat_sinh") and not record["explanation"]:
            raise Refused("no explanation")
    elif sheet == "Kinh phí":
        at_most("disbursed_vnd", "allocated_vnd")


def _read_record(
    sheet: str, fields: dict[str, tuple[str, str, bool]], raw: dict[str, Any], lists: dict[str, dict[str, str]]
) -> dict[str, Any]:
    values = {}
    for name, kind, required in fields.values():
        values[name] = _value(kind, raw.get(name), lists)
        if required and values[name] is None:
            raise Refused(f"{sheet}: {name} is empty")
    _check(sheet, values)
    return values


def read_submission(path: Path, sent_at: datetime, period: str) -> Submission:
    """Return what a workbook says, refused with its first fault or accepted.

    Example:
        read_submission(Path("2026-H1/NQ57_2026-H1_vu-pc.xlsx"), sent_at, "2026-H1").fault
    """
    lists, names = _code_lists(), _names_of_units()
    book = openpyxl.load_workbook(path, data_only=True)
    raw = {title: _records(book[title], fields, title in _FORMS) for title, fields in _SHEETS.items()}
    book.close()
    unit_id = names[_plain(raw["Thông tin chung"][0]["unit"])]
    sheets: dict[str, list[dict[str, Any]]] = {}
    fault = ""
    if _plain(raw["Thông tin chung"][0]["period"]) != period.casefold():
        fault = "of another period"
    try:
        for title, fields in _SHEETS.items():
            sheets[title] = [_read_record(title, fields, record, lists) for record in raw[title]]
    except Refused as refusal:
        fault = fault or str(refusal)
    return Submission(unit_id, period, path.name, sent_at, fault, {} if fault else sheets)


def read_year(folder: Path) -> list[Submission]:
    """Return every submission of both halves, each with the time that `sent.csv` gives."""
    submissions = []
    for half in _HALVES:
        with (folder / half / "sent.csv").open(encoding="utf-8-sig", newline="") as stream:
            sent = {row["file"]: datetime.fromisoformat(row["sent_at"]) for row in csv.DictReader(stream)}
        files = sorted((folder / half).glob("*.xlsx"))
        assert {path.name for path in files} == set(sent), "sent.csv and the folder name the same files"
        submissions += [read_submission(path, sent[path.name], half) for path in files]
    return submissions


# --------------------------------------------------------------------------------------- counting


def count(submissions: list[Submission], period: str, as_of: date) -> dict[str, Any]:
    """Return all figures of `period` («2026-H1», «2026-H2» or «2026») as they stood at the end of `as_of`."""
    own = [period] if period in _HALVES else list(_HALVES)
    so_far = ["2026-H1"] if period == "2026-H1" else list(_HALVES)
    known = [s for s in submissions if s.period in so_far and s.sent_at.astimezone(_HANOI).date() <= as_of]
    accepted: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for submission in sorted(known, key=lambda s: s.sent_at):
        if not submission.fault:
            accepted[submission.period, submission.unit_id].append(submission)
    latest = {key: revisions[-1] for key, revisions in accepted.items()}
    in_own = [latest[key] for key in sorted(latest) if key[0] in own]
    return {
        **_count_reporting(known, accepted, own),
        "revisions": {key: len(revisions) for key, revisions in accepted.items()},
        **_count_kpis(latest, so_far),
        **_count_activities(in_own),
        **_count_money(in_own),
        "task_status": _find_statuses(latest, so_far, as_of),
        "difficulties": _tally(row["category"] for s in in_own for row in s.rows("Khó khăn, kiến nghị")),
    }


def _count_reporting(
    known: list[Submission], accepted: dict[tuple[str, str], list[Submission]], own: list[str]
) -> dict[str, Any]:
    """Count who sent, who in time (by the first accepted), who late, and of whom nothing was accepted.

    A unit is late or missing in a year if it is so in one of its halves; what was sent but refused is missing too, as
    completeness counts what was accepted. A unit counts in each of its groups, once in the ministry (None).
    """
    groups = {row["unit_id"]: row["groups"].split("|") for row in _units()}
    expected = _expected()
    tables: dict[tuple[str, str | None], dict[str, int]] = {}
    late, missing, refused = set(), set(), set()
    for half in own:
        heard_of = {s.unit_id for s in known if s.period == half}
        for unit in expected:
            revisions = accepted.get((half, unit), [])
            in_time = bool(revisions) and revisions[0].sent_at < _DEADLINES[half]
            if revisions and not in_time:
                late.add(unit)
            if not revisions:
                missing.add(unit)
                if unit in heard_of:
                    refused.add(unit)
            periods = {half, str(_YEAR)} if len(own) > 1 else {half}
            for period in periods:
                for group in (None, *groups[unit]):
                    line = tables.setdefault((period, group), {"expected": 0, "accepted": 0, "on_time": 0, "empty": 0})
                    line["expected"] += 1
                    line["accepted"] += bool(revisions)
                    line["on_time"] += in_time
                    line["empty"] += bool(revisions) and _says_nothing(revisions[-1])
    return {
        "reporting": tables,
        "late_units": sorted(late),
        "missing_units": sorted(missing),
        "refused_units": sorted(refused),
    }


def _says_nothing(submission: Submission) -> bool:
    """Whether only the two forms were filled: no activity, science task, progress, money or difficulty."""
    return not any(submission.rows(title) for title in _SHEETS if title not in _FORMS)


def _count_kpis(latest: dict[tuple[str, str], Submission], so_far: list[str]) -> dict[str, Any]:
    expected = _expected()
    people: dict[str, dict[str, int]] = {}
    statements: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
    heard_of = set()
    for half in so_far:  # a later half's snapshot or statement takes the place of the earlier
        for unit in expected:
            submission = latest.get((half, unit))
            if submission is None:
                continue
            heard_of.add(unit)
            people[unit] = submission.rows("Nhân lực")[0]
            said: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for row in submission.rows("Nhiệm vụ KHCN"):
                said[re.sub(r"\s*[-–—]\s*", "-", row["code"]).casefold()].append(row)
            statements[unit].update(said)
    window_end = _WINDOWS[so_far[-1]][1]
    by_code: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for said in statements.values():
        for code, rows in said.items():
            by_code[code] += rows
    base, told = 0, 0
    for rows in by_code.values():
        funded = any(row["state_funded"] for row in rows)
        active = any(row["start_year"] <= _YEAR <= row["end_year"] for row in rows)
        if funded and active:
            base += 1
            told += any(row["communicated"] and row["communicated_on"] <= window_end for row in rows)

    def total(name: str) -> int:
        return sum(row[name] for row in people.values())

    names = ("staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained")
    return {
        "kpis": {
            "science_tasks_communicated": (told, base, len(heard_of), len(expected)),
            "staff_reached": (total("staff_reached"), total("staff_total"), len(people), len(expected)),
            "comms_staff_trained": (
                total("comms_staff_trained"),
                total("comms_staff_total"),
                len(people),
                len(expected),
            ),
        },
        "workforce": {name: total(name) for name in names},
        "codes_of_several_units": sum(sum(code in said for said in statements.values()) > 1 for code in by_code),
    }


def _count_activities(submissions: list[Submission]) -> dict[str, Any]:
    """Sum quantity, reach and cost of the activities that touch their own period's window."""
    tables: dict[str, dict[Any, dict[str, Any]]] = {"by_type": {}, "by_channel": {}, "by_month": {}}
    outside = []
    for submission in submissions:
        first, last = _WINDOWS[submission.period]
        for row in submission.rows("Hoạt động"):
            ended = row["ended_on"] or row["started_on"]
            if ended < first or row["started_on"] > last:
                outside.append((submission.unit_id, submission.period))
                continue
            month = row["started_on"].replace(day=1).isoformat()
            for table, key in (
                ("by_type", row["activity_type"]),
                ("by_channel", row["channel"]),
                ("by_month", (month, row["activity_type"])),
            ):
                line = tables[table].setdefault(
                    key, {"activities": 0, "quantity": 0, "reach": None, "reach_reported": 0, "cost_vnd": None}
                )
                line["activities"] += 1
                line["quantity"] += row["quantity"]
                line["reach_reported"] += row["reach"] is not None
                for name in ("reach", "cost_vnd"):  # what nobody measured is a gap, not zero
                    if row[name] is not None:
                        line[name] = (line[name] or 0) + row[name]
    return {**tables, "activities_outside": sorted(outside)}


def _count_money(submissions: list[Submission]) -> dict[str, Any]:
    names = ("planned_vnd", "allocated_vnd", "disbursed_vnd")
    whole = dict.fromkeys(names, 0)
    by_task: dict[int, dict[str, int]] = {}
    for submission in submissions:
        for row in submission.rows("Kinh phí"):
            line = by_task.setdefault(row["task_id"], dict.fromkeys(names, 0))
            for name in names:
                whole[name] += row[name]
                line[name] += row[name]
    return {"budget": whole, "budget_by_task": by_task}


def _find_statuses(
    latest: dict[tuple[str, str], Submission], so_far: list[str], as_of: date
) -> dict[tuple[int, str], str]:
    """Return the status of each task with every unit that leads it: what the unit said last about it."""
    statuses = {}
    for task, (leaders, timing) in leads_of_tasks().items():
        for unit in leaders:
            row = None
            for half in so_far:
                if (half, unit) in latest:
                    said = [r for r in latest[half, unit].rows("Tiến độ nhiệm vụ") if r["task_id"] == task]
                    row = said[-1] if said else row
            statuses[task, unit] = _status(timing, row, as_of)
    return statuses


def _status(timing: str, row: dict[str, Any] | None, as_of: date) -> str:
    if row is None:
        return "chua_bao_cao"
    never_overdue = "Thường xuyên" in timing
    due = {
        "Hằng năm / Thường xuyên": _ANNUAL_DUE,
        "Thường xuyên": None,
        "2026 - 2030": date(2030, 12, 14),
        "Hằng năm": _ANNUAL_DUE,
        "Trước ngày 20/12 hằng năm": _BEFORE_20_DECEMBER,
    }[timing]
    status: str = row["status"]
    if status == "hoan_thanh":
        if due is None:
            return "thuong_xuyen"
        if row["completed_on"] is None:
            return "hoan_thanh_thieu_ngay"
        return "hoan_thanh_dung_han" if row["completed_on"] <= due else "hoan_thanh_qua_han"
    overdue = due is not None and not never_overdue and as_of > due
    if status == "dang_thuc_hien":
        if never_overdue:
            return "thuong_xuyen"
        return "dang_thuc_hien_qua_han" if overdue else "dang_thuc_hien_trong_han"
    if status == "chua_thuc_hien" and overdue:
        return "chua_thuc_hien_qua_han"
    return status


def _tally(keys: Any) -> dict[Any, int]:
    counts: dict[Any, int] = defaultdict(int)
    for key in keys:
        counts[key] += 1
    return dict(counts)


def _main(folder: str, period: str, as_of: str) -> None:
    def words(value: Any) -> Any:
        if isinstance(value, dict):
            return {" ".join(map(str, k)) if isinstance(k, tuple) else k: words(v) for k, v in value.items()}
        return [str(v) if isinstance(v, Fraction) else v for v in value] if isinstance(value, tuple) else value

    figures = count(read_year(Path(folder)), period, date.fromisoformat(as_of))
    sys.stdout.write(json.dumps(words(figures), ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
