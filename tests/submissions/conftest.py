"""What the tests of the reader share: a well-filled form, a way to bend it, and books written from plain rows."""

from __future__ import annotations

import html
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from nq57kit.submissions.form import write_workbook

Records = dict[str, list[dict[str, Any]]]


def _records() -> Records:
    return {
        "cover": [{"reference_number": "12/BC-TCCB", "signed_on": date(2026, 12, 10), "secret_task_count": 0}],
        "activities": [
            {
                "task_id": 1,
                "name": "Hội nghị phổ biến Kế hoạch",
                "activity_type": "hoi_nghi",
                "channel": "truc_tiep",
                "started_on": date(2026, 8, 18),
                "ended_on": date(2026, 8, 19),
                "quantity": 1,
                "reach": 120,
                "cost_vnd": 15_000_000,
                "funding_source": "nsnn_thuong_xuyen",
                "evidence_url": "https://example.org/tin/1",
            },
            {
                "task_id": 7,
                "name": "Lớp tập huấn kỹ năng truyền thông",
                "activity_type": "tap_huan",
                "channel": "truc_tiep",
                "started_on": date(2026, 9, 5),
                "quantity": 2,
                "reach": 60,
            },
        ],
        "science_tasks": [
            {
                "code": "ĐTĐL.2026-01",
                "name": "Nghiên cứu giảm phát thải trong chăn nuôi",
                "level": "quoc_gia",
                "state_funded": True,
                "start_year": 2025,
                "end_year": 2027,
                "communicated": True,
                "communicated_on": date(2026, 7, 1),
                "channel": "bao_chi",
                "evidence_url": "https://example.org/tin/2",
            }
        ],
        "workforce": [{"staff_total": 80, "staff_reached": 60, "comms_staff_total": 4, "comms_staff_trained": 1}],
        "task_progress": [
            {"task_id": 1, "status": "dang_thuc_hien", "percent_complete": 62.5},
            {"task_id": 7, "status": "hoan_thanh", "percent_complete": 100, "completed_on": date(2026, 11, 30)},
        ],
        "budget": [
            {
                "task_id": 1,
                "funding_source": "nsnn_thuong_xuyen",
                "planned_vnd": 30_000_000,
                "allocated_vnd": 20_000_000,
                "disbursed_vnd": 15_000_000,
            }
        ],
        "issues": [{"category": "kinh_phi", "description": "Kinh phí được giao chậm", "proposal": "Giao sớm hơn"}],
    }


@cache
def _well_filled() -> bytes:
    """The form that most tests begin with, written once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bao-cao.xlsx"
        return write_workbook(path, unit_id="vu-tccb", period="2026-H2", records=_records()).read_bytes()


def _is_plain(value: Any) -> bool:
    """Whether a value can be written into a sheet's XML as it is: no day, no formula."""
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and not value.startswith("="))


def _put_cells(path: Path, cells: Mapping[tuple[str, str], Any]) -> None:
    """Put values into cells of a form, whose formats stay; in the XML, which takes a twentieth of openpyxl's time."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    names = re.findall(r'<sheet name="([^"]*)"', parts["xl/workbook.xml"].decode("utf-8"))
    for (sheet, address), value in cells.items():
        part = f"xl/worksheets/sheet{[html.unescape(name) for name in names].index(sheet) + 1}.xml"
        parts[part] = _put_cell(parts[part].decode("utf-8"), address, value).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)


def _put_cell(xml: str, address: str, value: Any) -> str:
    letters, number = re.fullmatch(r"([A-Z]+)([0-9]+)", address).groups()
    if isinstance(value, bool):
        kind, inner = ' t="b"', f"<v>{int(value)}</v>"
    elif isinstance(value, str):
        kind, inner = ' t="inlineStr"', f'<is><t xml:space="preserve">{html.escape(value, quote=False)}</t></is>'
    else:
        kind, inner = "", "" if value is None else f"<v>{value!r}</v>"
    row = re.search(rf'<row r="{number}"(?:[^>]*/>|[^>]*>(.*?)</row>)', xml, re.DOTALL)
    filled = re.findall(r'<c r="([A-Z]+)[0-9]+"([^>]*?)(?:/>|>(.*?)</c>)', (row and row[1]) or "", re.DOTALL)
    line = {column: (attributes, content) for column, attributes, content in filled}
    style = "".join(re.findall(r' s="[0-9]+"', line.get(letters, ("", ""))[0]))
    line[letters] = (style + kind, inner)
    places = sorted(line, key=lambda column: (len(column), column))
    made = "".join(f'<c r="{column}{number}"{line[column][0]}>{line[column][1]}</c>' for column in places)
    new = f'<row r="{number}">{made}</row>'
    if row:
        return xml[: row.start()] + new + xml[row.end() :]
    after = next((one.start() for one in re.finditer(r'<row r="([0-9]+)"', xml) if int(one[1]) > int(number)), None)
    at = xml.index("</sheetData>") if after is None else after
    return xml[:at] + new + xml[at:]


@pytest.fixture
def records() -> Records:
    """Typed records of a form without any defect, of the unit vu-tccb for 2026-H2 (synthetic)."""
    return _records()


@pytest.fixture
def fill(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a filled form: `fill(records)`, or `fill(cells={("Hoạt động", "G5"): "12 tin"})`."""

    def write(
        records: Records | None = None,
        *,
        cells: Mapping[tuple[str, str], Any] | None = None,
        bend: Callable[[openpyxl.Workbook], None] | None = None,
        name: str = "bao-cao.xlsx",
    ) -> Path:
        path = tmp_path / name
        if records is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_well_filled())
        else:
            write_workbook(path, unit_id="vu-tccb", period="2026-H2", records=records)
        plain = not bend and all(_is_plain(value) for value in (cells or {}).values())
        if cells and plain:
            _put_cells(path, cells)
        elif cells or bend:
            book = openpyxl.load_workbook(path)
            for (sheet, address), value in (cells or {}).items():
                book[sheet][address] = value
            if bend:
                bend(book)
            book.save(path)
        return path

    return write


@pytest.fixture
def write_sheets(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes plain rows as an .xlsx: `write_sheets({"Hoạt động": [["Nhiệm vụ", …], …]})`."""

    def write(sheets: Mapping[str, Sequence[Sequence[Any]]], name: str = "tu-lap.xlsx") -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
            for title, rows in sheets.items():
                sheet = book.add_worksheet(title)
                for row, values in enumerate(rows):
                    sheet.write_row(row, 0, values)
        return path

    return write
