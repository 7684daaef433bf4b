"""What is known before a workbook is opened: days, units, code lists, and who leads which task of the plan.

In: CSV files and the plan's own text. Out: plain lists and dictionaries.
"""

from __future__ import annotations

import csv
import unicodedata
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_UNITS = _ROOT / "nq57kit" / "plan" / "data" / "units.csv"
_CODES = _ROOT / "nq57kit" / "submissions" / "codes.csv"
_PLAN_TEXT = _ROOT / "tests" / "plan" / "plan-source.txt"
HANOI = timezone(timedelta(hours=7))

YEAR = 2026
HALVES = ("2026-H1", "2026-H2")
#: «Trước ngày 20/06», «trước ngày 20/12»: this moment itself is late (IV.3).
DEADLINES = {
    "2026-H1": datetime(2026, 6, 20, tzinfo=HANOI),
    "2026-H2": datetime(2026, 12, 20, tzinfo=HANOI),
}
#: Data windows by custom, both days included (contract, section 2).
WINDOWS = {
    "2026-H1": (date(2025, 12, 15), date(2026, 6, 14)),
    "2026-H2": (date(2026, 6, 15), date(2026, 12, 14)),
}
#: The day a «Hằng năm» task falls due; «Trước ngày 20/12»: the last day before it.
ANNUAL_DUE = date(2026, 12, 14)
BEFORE_20_DECEMBER = date(2026, 12, 19)

#: «phương tiện truyền thông đại chúng, nền tảng số, mạng xã hội» (II.2), as the settings read it.
MASS_CHANNELS = {
    "bao_chi", "phat_thanh_truyen_hinh", "bao_chi_doi_ngoai", "cong_thong_tin", "nen_tang_so", "mang_xa_hoi", "thong_tin_co_so",
}  # fmt: skip
#: Types of activity that are a channel or publication of one's own.
CHANNELS = {"chuyen_muc", "kenh_mang_xa_hoi", "an_pham"}
#: The yearly days of III.1.1.
YEARLY_DAYS = {
    "khcn": (date(2026, 5, 18), "Ngày Khoa học và Công nghệ Việt Nam"),
    "doi-moi-sang-tao": (date(2026, 10, 1), "Ngày hội Đổi mới sáng tạo quốc gia"),
    "chuyen-doi-so": (date(2026, 10, 10), "Ngày Chuyển đổi số quốc gia"),
}

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


def plain(value: Any) -> str:
    """Return a label as it is compared: one space between words, no star, no case."""
    words = " ".join(unicodedata.normalize("NFC", str(value)).split())
    return words.rstrip("* ").casefold()


def read_units() -> list[dict[str, str]]:
    with _UNITS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def list_expected() -> list[str]:
    """Return the units that must report: no unit of the register begins or ends within 2026."""
    rows = [row for row in read_units() if row["reports"] == "true"]
    assert not any(row["valid_from"] or row["valid_to"] for row in rows), "a dated unit needs a rule here"
    return [row["unit_id"] for row in rows]


def name_units() -> dict[str, str]:
    return {plain(row["name"]): row["unit_id"] for row in read_units()}


@cache
def read_rules(table: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a table of the plan folder as they stand."""
    with (_UNITS.parent / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


@cache
def addressed_by(measure: str) -> frozenset[str]:
    """Return the units that a measure of section III addresses."""
    who = next(row["audience_units"] for row in read_rules("measures") if row["measure_id"] == measure).split("|")
    return frozenset(
        unit["unit_id"]
        for unit in read_units()
        if "all" in who or unit["unit_id"] in who or any(f"nhom:{group}" in who for group in unit["groups"].split("|"))
    )


@cache
def coordinates(unit_id: str, task: int) -> bool:
    """Whether a unit coordinates a task of the appendix."""
    who = next(row["coordinating_units"] for row in read_rules("tasks") if row["task_id"] == str(task)).split("|")
    groups = next(unit["groups"] for unit in read_units() if unit["unit_id"] == unit_id).split("|")
    return "all" in who or unit_id in who or any(f"nhom:{group}" in who for group in groups)


def read_codes() -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    with _CODES.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for name in (row["label"], *row["aliases"].split("|")):
                if name:
                    lists[row["list"]].setdefault(plain(name), row["code"])
    return lists


def leads_of_tasks() -> dict[int, tuple[list[str], str]]:
    """Return for each task of the appendix the units that lead it, and its «Thời gian hoàn thành»."""
    text = unicodedata.normalize("NFC", _PLAN_TEXT.read_text(encoding="utf-8"))
    cells = [" ".join(line.split()) for line in text[text.index("DANH MỤC CÁC NHIỆM VỤ") :].splitlines()]
    cells = [cell for cell in cells if cell]
    at = cells.index("Thời gian hoàn thành") + 1
    units = read_units()
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
