"""Tables with random units of measure, merges, hidden rows and number formats: what is stored is what LibreOffice shows, or told.

A failure names its seed; `pytest tests/fuzz/test_shown.py --fuzz-first=SEED --fuzz-count=1` makes the same table again.
LibreOffice's own CSV export, «save cell content as shown», is the oracle: many tables are sheets of one workbook.
"""

from __future__ import annotations

import csv
import random
import re
import subprocess
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from nq57kit.plan import load_plan
from nq57kit.submissions import check_many
from nq57kit.submissions.cells import column_letters, show_value

BATCH = 120
AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
NUMBERS = (
    "General", "0", "#,##0", "#,##0", "#,##0", "0.0", "#,##0.00", '#,##0" đồng"', '#,##0\\ "đ"', "[$₫-42A]#,##0", '0" cuộc"',
    '#,##0" triệu"', '#,##0.0,," triệu"', "#,##0,,", "#,##0,", '#,##0," nghìn"', "$#,##0", "[$€-2] #,##0", '#,##0" USD"',
    '0"000"', '"000"0', "0.00E+00", "[Red]#,##0", "#,##0;(#,##0)", "#,###", ";;;", '[<1000]0;#,##0,"k"', '[=0]"không";#,##0',
    '_(* #,##0_);_(* (#,##0);_(* "-"??_);_(@_)', "00000000", "0%", '0"%"', '"khoảng "#,##0', '#,##0" tr.đ"', "0000-000", '0"tr"',
    '#,##0"k"', '[>=1000000]#,##0,,"tr";#,##0',
)  # fmt: skip
DAYS = (
    "dd/mm/yyyy", "dd/mm/yyyy", "d/m/yyyy", "dd/mm/yy", "yyyy-mm-dd", "d.m.yyyy", "dd/mm/yyyy hh:mm", "mmm-yy", '"T"m/yyyy',
    "mm/dd/yyyy", "d-mmm", "dd/mm", "yyyy", "mmmm yyyy", "d mmm yyyy", "General",
)  # fmt: skip
CODES = ("General", "000", "0.00", '"ĐT-"000', "00-00", "0", "#,##0", "0.0", '000"/BKHCN"')
UNITS = ("", "", "", "triệu đồng", "tr.đ", "nghìn đồng", "1.000đ", "USD", "tỷ đồng", "đồng", "đồng")
PLACES = ("heading", "line above", "group", "footnote", "sheet", "column")
HEADS = {
    "Kinh phí": ("Nhiệm vụ", "Nguồn kinh phí", "Dự toán", "Được giao", "Đã giải ngân"),
    "Hoạt động": (
        "Nhiệm vụ",
        "Tên hoạt động",
        "Loại hoạt động",
        "Kênh",
        "Ngày bắt đầu",
        "Số lượng",
        "Người tiếp cận",
        "Kinh phí",
    ),
    "Nhiệm vụ KHCN": (
        "Mã số",
        "Tên nhiệm vụ",
        "Cấp",
        "Sử dụng NSNN",
        "Từ năm",
        "Đến năm",
        "Truyền thông",
        "Ngày truyền thông",
    ),
}
TABLES = {"Kinh phí": "budget", "Hoạt động": "activities", "Nhiệm vụ KHCN": "science_tasks"}
FIELDS = {
    "Kinh phí": {2: "planned_vnd", 3: "allocated_vnd", 4: "disbursed_vnd"},
    "Hoạt động": {4: "started_on", 5: "quantity", 6: "reach", 7: "cost_vnd"},
    "Nhiệm vụ KHCN": {0: "code", 7: "communicated_on"},
}
MONEY = ("planned_vnd", "allocated_vnd", "disbursed_vnd", "cost_vnd")


@dataclass
class Drawn:
    """A table as it is drawn: values and formats by place (from 0), what is merged and hidden, and its unit of measure."""

    seed: int
    kind: str
    name: str
    cells: dict[tuple[int, int], tuple[Any, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: dict[int, str] = field(default_factory=dict)
    unit: str = ""
    rows: range = range(0)


def draw(seed: int) -> Drawn:
    """Return a table of one of three kinds."""
    dice = random.Random(seed)  # noqa: S311
    kind = dice.choice(list(HEADS))
    drawn = Drawn(seed, kind, kind)
    heads, fields = list(HEADS[kind]), FIELDS[kind]
    money = [column for column, name in fields.items() if name in MONEY]
    drawn.unit = dice.choice(UNITS) if money else ""
    place = dice.choice(PLACES) if drawn.unit else ""
    header = 4
    drawn.rows = range(header + 1, header + 1 + dice.randint(2, 6))
    for column in money if place == "heading" else ():
        heads[column] += dice.choice((f" ({drawn.unit})", f" - {drawn.unit}", f"\n({drawn.unit})"))
    if place == "sheet":
        drawn.name = f"{kind} ({drawn.unit})"
    elif place == "line above":
        drawn.cells[2, len(heads) - 1] = (
            dice.choice((f"ĐVT: {drawn.unit}", f"Đơn vị tính: {drawn.unit}", f"({drawn.unit})")),
            "@",
        )
    elif place == "group":
        drawn.merged.append((3, money[0], 3, max(money[-1], money[0] + 1)))
        drawn.cells[3, money[0]] = (f"Số tiền ({drawn.unit})", "@")
    elif place == "footnote":
        drawn.cells[drawn.rows.stop + 1, 0] = (f"Ghi chú: số liệu tính bằng {drawn.unit}", "@")
    elif place == "column":
        heads.append("ĐVT")
    for column, head in enumerate(heads):
        drawn.cells[header, column] = (head, "@")
    for number, row in enumerate(drawn.rows, 1):
        for column, value in enumerate(_line(dice, kind, number)):
            drawn.cells[row, column] = value
        if place == "column":
            drawn.cells[row, len(heads) - 1] = (drawn.unit, "@")
    if dice.random() < 0.3 and len(drawn.rows) > 2:
        column = dice.choice([0, 1] if kind == "Kinh phí" else [1, 2] if kind == "Hoạt động" else [1])
        drawn.merged.append((drawn.rows[0], column, drawn.rows[1], column))
    if dice.random() < 0.2:
        drawn.hidden[dice.choice(list(drawn.rows))] = dice.choice(("hidden", "flat"))
    return drawn


def _line(dice: random.Random, kind: str, number: int) -> list[tuple[Any, str]]:
    """Return the values and formats of one row: the plan allows them all, as they are stored."""

    def amount(most: int) -> tuple[Any, str]:
        value: Any = dice.choice((0, dice.randint(1, 999), dice.randint(1, most), dice.randint(1, most // 1000) * 1000))
        return (value + dice.choice((0, 0, 0, 1e-10, 0.4)), dice.choice(NUMBERS))

    day = datetime(2026, dice.randint(7, 11), dice.randint(1, 28))  # noqa: DTZ001
    when = (day, dice.choice(DAYS))
    if kind == "Kinh phí":
        sums = sorted((amount(900_000_000) for _ in range(2)), key=lambda one: -one[0])
        return [(dice.choice((1, 7)), "0"), ("Xã hội hóa", "@"), amount(900_000_000), *sums]
    if kind == "Hoạt động":
        return [(1, "General"), (f"Tin {number}", "@"), ("Tin, bài", "@"), ("Báo chí", "@"), when, (dice.randint(1, 400), dice.choice(NUMBERS)),
                amount(90_000), amount(90_000_000)]  # fmt: skip
    code: Any = dice.choice((number, 2026 + number / 10, f"ĐT-{number}", 100_000 + number, 20260001000200000 + number))
    return [
        (code, dice.choice(CODES)),
        (f"Đề tài {number}", "@"),
        ("Cấp bộ", "@"),
        ("Có", "@"),
        (2026, "0"),
        (2027, "0"),
        ("Có", "@"),
        when,
    ]


def paint(book: Any, drawn: Drawn, name: str, looks: dict[str, Any]) -> None:
    """Write a table as a sheet."""
    sheet = book.add_worksheet(name)
    for area in drawn.merged:
        sheet.merge_range(*area, "")
    for (row, column), (value, look) in sorted(drawn.cells.items()):
        style = looks.setdefault(look, book.add_format({"num_format": look}) if look not in looks else None)
        write = (
            sheet.write_datetime
            if isinstance(value, datetime)
            else sheet.write_string
            if isinstance(value, str)
            else sheet.write_number
        )
        write(row, column, value, style)
    for row, how in drawn.hidden.items():
        sheet.set_row(row, 0 if how == "flat" else None, None, {"hidden": how == "hidden"})


def write_submission(drawn: Drawn, path: Path) -> Path:
    """Write a workbook of a unit in which the drawn table stands."""
    with xlsxwriter.Workbook(path) as book:
        plain = {
            "Thông tin chung": [["Đơn vị báo cáo", "Vụ TCCB"], ["Kỳ báo cáo", "2026-H2"]],
            "Nhân lực": [["Tổng số cán bộ, công chức, viên chức", 80], ["Số người đã tiếp cận thông tin định hướng", 60],
                         ["Số cán bộ chuyên trách truyền thông, thông tin cơ sở, thông tin đối ngoại", 4],
                         ["Trong đó: số người đã được đào tạo chuyên sâu", 1]],
            "Tiến độ nhiệm vụ": [["Nhiệm vụ", "Tình trạng"], [1, "Đang thực hiện"], [7, "Đang thực hiện"]],
        }  # fmt: skip
        for name, rows in plain.items():
            sheet = book.add_worksheet(name)
            for row, values in enumerate(rows):
                sheet.write_row(row, 0, values)
        paint(book, drawn, drawn.name, {})
    return path


def run_office(soffice: str, folder: Path, kind: str, paths: list[Path]) -> None:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", kind, "--outdir", folder / "out", *paths]
    subprocess.run(command, capture_output=True, timeout=60 + 3 * len(paths), check=True)


def show_all(soffice: str, tables: list[Drawn], folder: Path) -> list[list[list[str]]]:
    """Return what LibreOffice shows of each table."""
    folder.mkdir()
    with xlsxwriter.Workbook(folder / "all.xlsx") as book:
        looks: dict[str, Any] = {}
        for drawn in tables:
            paint(book, drawn, f"t{drawn.seed}", looks)
    run_office(soffice, folder, AS_SHOWN, [folder / "all.xlsx"])
    shown = []
    for drawn in tables:
        with (folder / "out" / f"all-t{drawn.seed}.csv").open(encoding="utf-8", newline="") as stream:
            shown.append(list(csv.reader(stream)))
    return shown


# ------------------------------------------------------------------------- what a person reads


def read_number(text: str) -> float | None:
    """Return the number that a person reads, with its plain unit; None where it is no plain number."""
    text = re.sub(r"\s*(?:đồng|đ|₫|cuộc)\s*", "", text).strip()
    negative = text.startswith("-") or (text.startswith("(") and text.endswith(")"))
    text = text.strip("()- ")
    if re.fullmatch(r"[0-9.]+E[+-][0-9]+", text):
        return float(text)
    if text.endswith("%") or not re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})*(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?", text):
        return None
    return float(text.replace(",", "")) * (-1 if negative else 1)


def read_day(text: str) -> date | None:
    """Return the day that a person reads, day first; None where a part is missing."""
    for pattern in ("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y %H:%M", "%d %b %Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
    found = re.match(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", text)  # a month above 12 can only be a day
    return date(int(found[3]), int(found[1]), int(found[2])) if found and int(found[2]) > 12 else None


def says_the_same(stored: Any, text: str) -> bool:
    if isinstance(stored, date):
        return read_day(text) == stored
    if isinstance(stored, str):
        return stored == text
    if stored == 0 and text in ("-", "không"):
        return True
    number = read_number(text)
    decimals = len(text.partition(".")[2].rstrip(" đồngcuộ₫"))
    return number is not None and abs(number - stored) <= 0.5 * 10**-decimals + 1e-9


def find_silent(drawn: Drawn, shown: list[list[str]], answer: Any) -> list[str]:
    """Return the differences between what is stored and what is shown of which nothing is said."""
    told = {one.cell for one in answer.findings if one.table == TABLES[drawn.kind]}
    codes = {one.code for one in answer.findings}
    faults = []
    if drawn.unit not in ("", "đồng") and answer.ok:
        faults.append(f"the unit «{drawn.unit}» is not seen")
    if drawn.hidden and "rows-hidden" not in codes:
        faults.append("a hidden row is not told")
    covered = {(row, column) for top, left, bottom, right in drawn.merged for row in range(top, bottom + 1)
               for column in range(left, right + 1) if (row, column) != (top, left)}  # fmt: skip
    for row in answer.tables[TABLES[drawn.kind]].iter_rows(named=True):
        for column, name in FIELDS[drawn.kind].items():
            line, stored = row["source_row"] - 1, row[name]
            address = f"{column_letters(column + 1)}{line + 1}"
            text = shown[line][column].strip() if line < len(shown) and column < len(shown[line]) else ""
            if stored is None or address in told or (line, column) in covered:
                continue
            if not says_the_same(stored, text):
                faults.append(f"{address}: «{text}» is stored as {stored!r}")
    return [f"seed {drawn.seed}, {drawn.kind}: {fault}" for fault in faults]


@pytest.mark.slow  # LibreOffice opens hundreds of sheets
def test_what_is_stored_is_what_libreoffice_shows_or_is_told(request, tmp_path, require_tool):
    """Slow, since LibreOffice opens hundreds of sheets."""
    count = request.config.getoption("--fuzz-count", default=60)
    first = request.config.getoption("--fuzz-first", default=0)
    soffice, plan, faults = require_tool("soffice"), load_plan(), []
    refused = 0
    for start in range(first, first + count, BATCH):
        tables = [draw(seed) for seed in range(start, min(start + BATCH, first + count))]
        folder = tmp_path / str(start)
        shown = show_all(soffice, tables, folder)
        paths = [write_submission(drawn, folder / f"{drawn.seed}.xlsx") for drawn in tables]
        answers = check_many(paths, plan=plan)
        refused += sum(not answer.ok for answer in answers)
        for drawn, text, answer in zip(tables, shown, answers, strict=True):
            faults += find_silent(drawn, text, answer)
        some = paths[::6]
        run_office(soffice, folder, "ods", some)
        for drawn, text, answer in zip(
            tables[::6],
            shown[::6],
            check_many([folder / "out" / f"{one.stem}.ods" for one in some], plan=plan),
            strict=True,
        ):
            faults += [f".ods, {fault}" for fault in find_silent(drawn, text, answer)]
    assert not faults, "\n".join(faults[:40])
    assert count < 30 or 0 < refused < count, "some tables are in order, some are not"


@pytest.mark.slow  # LibreOffice starts
def test_a_number_format_shows_what_libreoffice_shows(tmp_path, require_tool):
    """Slow, since LibreOffice is started."""
    dice = random.Random(57)  # noqa: S311
    drawn = Drawn(0, "Kinh phí", "x")
    looks = [
        look
        for look in dict.fromkeys((*NUMBERS, *DAYS, *CODES, "0.0#", ".00", '#,##0.0,,"tr"', "[>=1000]#,##0;0.0"))
        if look != "General"
    ]
    for row, look in enumerate(looks):
        is_day = look in DAYS
        for column in range(8):
            day = datetime(2026, dice.randint(1, 12), dice.randint(1, 28), 9, 5)  # noqa: DTZ001
            number = dice.choice((0, 7, -12, 0.5, 1234.5678, 999_999_999_999, dice.randint(1, 10**9), dice.random()))
            drawn.cells[row, column] = (day if is_day else number, look)
    ((*lines,),) = show_all(require_tool("soffice"), [drawn], tmp_path / "one")
    for (row, column), (value, look) in drawn.cells.items():
        if look[:2] in ("[<", "[>", "[=") and not isinstance(value, datetime) and value < 0:
            continue  # Excel shows the sign, LibreOffice does not
        mine = show_value(look, value, point=".")
        theirs = lines[row][column]
        assert mine is None or " ".join(mine.split()) == " ".join(theirs.split()), (look, value)
