"""A workbook as it was sent, cell by cell: what its sheets say, or why it is refused (contract, section 3).

In: workbooks, `sent.csv`. Out: `Submission`s of plain records.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl

from .lists import HALVES, name_units, plain, read_codes

# What the form's sheets call their columns or rows → (name here, kind of value, must be filled).
SHEETS: dict[str, dict[str, tuple[str, str, bool]]] = {
    "Thông tin chung": {
        "Đơn vị báo cáo": ("unit", "text", True),
        "Kỳ báo cáo": ("period", "text", True),
        "Cán bộ đầu mối": ("contact_name", "text", False),
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
        "Giải pháp (mục III)": ("measure_id", "measure", False),
        "Đối tượng": ("audience", "audience", False),
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
FORMS = ("Thông tin chung", "Nhân lực")
_SECRET_WORDS = ("bí mật nhà nước", "tuyệt mật", "tối mật", "độ mật: mật", "(mật)")


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
    if kind == "measure":
        return str(raw).split()[0].rstrip(".")
    try:
        code = lists[kind][plain(raw)]
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
    by_label = {plain(label): field[0] for label, field in fields.items()}
    rows = list(sheet.iter_rows(values_only=True))
    if is_form:
        record: dict[str, Any] = {}
        for row in rows:
            name = by_label.get(plain(row[0])) if row and row[0] is not None else None
            if name:
                record[name] = row[1]
        return [record]
    # The form of version 1 has not all columns.
    required = {name for name, _, must in fields.values() if must}
    head = next(
        number
        for number, row in enumerate(rows)
        if {by_label.get(plain(cell)) for cell in row if cell is not None} >= required
    )
    columns = [
        (by_label[plain(cell)], place)
        for place, cell in enumerate(rows[head])
        if cell is not None and plain(cell) in by_label
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
    lists, names = read_codes(), name_units()
    book = openpyxl.load_workbook(path, data_only=True, read_only=True)  # half of the time
    raw = {title: _records(book[title], fields, title in FORMS) for title, fields in SHEETS.items()}
    book.close()
    unit_id = names[plain(raw["Thông tin chung"][0]["unit"])]
    sheets: dict[str, list[dict[str, Any]]] = {}
    fault = ""
    if plain(raw["Thông tin chung"][0]["period"]) != period.casefold():
        fault = "of another period"
    try:
        for title, fields in SHEETS.items():
            sheets[title] = [_read_record(title, fields, record, lists) for record in raw[title]]
    except Refused as refusal:
        fault = fault or str(refusal)
    return Submission(unit_id, period, path.name, sent_at, fault, {} if fault else sheets)


def read_year(folder: Path) -> list[Submission]:
    """Return every submission of both halves, each with the time that `sent.csv` gives."""
    submissions = []
    for half in HALVES:
        with (folder / half / "sent.csv").open(encoding="utf-8-sig", newline="") as stream:
            sent = {row["file"]: datetime.fromisoformat(row["sent_at"]) for row in csv.DictReader(stream)}
        files = sorted((folder / half).glob("*.xlsx"))
        assert {path.name for path in files} == set(sent), "sent.csv and the folder name the same files"
        submissions += [read_submission(path, sent[path.name], half) for path in files]
    return submissions
