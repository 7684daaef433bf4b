"""What a unit may write comes back equal, whichever program wrote it: xlsxwriter, openpyxl or LibreOffice (.xlsx, .ods).

The expected values are the ones drawn; the only rules repeated here are those of the text: Unicode in NFC, blanks folded
and trimmed, nothing invisible, and a lone dash for «nothing».
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nq57kit.legacy import find_legacy
from nq57kit.plan import load_plan
from nq57kit.submissions import TABLES, check, write_workbook
from nq57kit.submissions.contract import NOT_ON_TRACK, Field, Kind, code_label, load_codes
from nq57kit.submissions.secrets import is_secret_text

Row = dict[str, Any]
Records = dict[str, list[Row]]

FORM = {name: table for name, table in TABLES.items() if "H" in table.periods}
FIRST_ROW = 5  # of the sheets with many rows; the first row of a form is the same
CODE_OF_FORMAT = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # «_x0041_» in the file is «A»; openpyxl leaves that to its user
DASHES = {"-", "–", "—", "−", "--"}
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\ufeff"
VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
LIKE_FORMULAS = [
    "=1+1", "=SUM(A1:A9)", "+84 24 3000 0000", "-5", "- gạch đầu dòng", "@x", "@SUM(1)", "'tin", '="a"', "=cmd|' /C x'!A0",
    "{=A1}", "#REF!", "#N/A", "TRUE", "0012", "1e5", "1/2", "18/5/2026", "85%", "_x0041_", "_x000D_", "&amp; <b>", "]]>",
    "a;b,c", '"trích"', "http://example.org/?a=1&b=2#c", "mailto:a@example.org", "internal:Sheet1!A1", "😀🇻🇳", "٣", "½ µm",
]  # fmt: skip


def cleaned(text: str) -> str | None:
    """What a text says: NFC, without what nobody sees, blanks folded, quotes straight; None for nothing or a dash."""
    seen = "".join(letter for letter in unicodedata.normalize("NFC", text) if letter not in INVISIBLE)
    seen = re.sub(r"\s+", " ", seen).strip()
    seen = re.sub("[“”„‟]", '"', re.sub("[‘’‛]", "'", seen))
    return None if not seen or seen in DASHES else seen


def is_plain_text(text: str) -> bool:
    """Whether a text is neither of an old font nor about a secret, which are refused on purpose."""
    said = cleaned(text) or ""
    return not find_legacy(said) and not is_secret_text(said, in_science=True)


def words() -> st.SearchStrategy[str]:
    plain = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=40)
    vietnamese = st.text(VIETNAMESE + VIETNAMESE.upper() + "   ,.-/()", max_size=60)
    decomposed = vietnamese.map(lambda text: unicodedata.normalize("NFD", text))
    padded = st.tuples(st.sampled_from(["", " ", "\u00a0", "\n", "\t ", "\u200b", "\ufeff"]), vietnamese).map(
        lambda parts: parts[0] + parts[1] + parts[0]
    )
    long = st.tuples(vietnamese, st.integers(100, 500)).map(lambda parts: (parts[0] * parts[1])[:5000])
    return st.one_of(plain, vietnamese, decomposed, padded, st.sampled_from(LIKE_FORMULAS), long).filter(is_plain_text)


def needed(text: str) -> bool:
    """Whether a text can stand in a field that must be filled and begins no total or remark."""
    said = cleaned(text)
    key = re.sub(r"[^a-z ]", "", unicodedata.normalize("NFD", (said or "").casefold()))
    return said is not None and not key.startswith(("tong", "cong", "ghi chu"))


def values(field: Field) -> st.SearchStrategy[Any]:
    """Return what the form allows in a field."""
    low = field.minimum if field.minimum is not None else 0
    kinds: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.TEXT: words(),
        Kind.URL: words() | st.just("https://example.org/tin?id=1&x=ầ"),
        Kind.TASK: st.integers(1, 10),
        Kind.LINE: st.integers(1, 500),
        Kind.MEASURE: st.sampled_from(load_plan().measures["measure_id"].to_list()),
        Kind.YES_NO: st.booleans(),
        Kind.WHOLE: st.integers(low, 10**15 - 1) | st.integers(low, 2000),
        Kind.MONEY: st.integers(low, 10**15 - 1),
        Kind.YEAR: st.integers(2000, 2100),
        Kind.PERCENT: st.integers(0, 100) | st.floats(0, 100).map(lambda number: round(number, 6)),
        Kind.DATE: st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    }
    if field.codes:
        return st.sampled_from(sorted(load_codes(field.codes)))
    if field.required and field.kind in (Kind.TEXT, Kind.URL):
        return kinds[field.kind].filter(needed)
    return kinds[field.kind]


@st.composite
def rows(draw: st.DrawFn, table: str) -> Row:
    """Return a row that the form allows: bounds between fields kept, fields that may be empty sometimes so."""
    row: Row = {}
    for field in TABLES[table].fields:
        if field.kind in (Kind.UNIT, Kind.PERIOD):
            continue
        filled = field.required or draw(st.booleans())
        row[field.name] = draw(values(field)) if filled else None
    for field in TABLES[table].fields:
        other = row.get(field.at_most or field.not_before or "")
        mine = row.get(field.name)
        if other is not None and mine is not None:
            row[field.name] = min(mine, other) if field.at_most else max(mine, other)
        if field.required_if and row[field.required_if] and mine is None:
            row[field.name] = date(2026, 9, 1)
    if row.get("status") in NOT_ON_TRACK and cleaned(row["explanation"] or "") is None:
        row["explanation"] = "Chưa đến hạn"
    return row


def once(found: Sequence[Row], name: str) -> list[Row]:
    """Return the rows of which each has a key of its own."""
    kept = {cleaned(str(row[name])): row for row in found}
    return list(kept.values())


@st.composite
def forms(draw: st.DrawFn, most: int = 4) -> Records:
    """Return the records of a whole form."""
    found = {
        table.name: draw(
            st.lists(
                rows(table.name), min_size=int(table.form == "record"), max_size=1 if table.form == "record" else most
            )
        )
        for table in FORM.values()
    }
    found["science_tasks"] = once(found["science_tasks"], "code")
    found["task_progress"] = once(found["task_progress"], "task_id")
    return found


def expected(table: str, row: Row) -> Row:
    """Return what must come back for a row."""
    return {
        name: cleaned(value) if isinstance(value, str) and TABLES[table].field(name).codes is None else value
        for name, value in row.items()
    }


def assert_comes_back(path: Path, records: Records) -> None:
    read = check(path, period="2026-H2", unit_id="vu-tccb")
    assert [(one.code, one.cell, one.value) for one in read.findings if one.severity == "error"] == []
    for table, given_rows in records.items():
        found = [
            {name: row[name] for name in wanted}
            for row, wanted in zip(read.tables[table].iter_rows(named=True), given_rows, strict=True)
        ]
        assert found == [expected(table, row) for row in given_rows], table
        assert read.counts[table]["accepted"] == len(given_rows)
        assert read.counts[table]["refused"] == 0


def write_with_xlsxwriter(path: Path, records: Records) -> Path:
    return write_workbook(path, unit_id="vu-tccb", period="2026-H2", records=records)


@cache
def empty_form() -> bytes:
    with TemporaryDirectory() as folder:
        return write_workbook(Path(folder) / "a.xlsx", unit_id="vu-tccb", period="2026-H2").read_bytes()


def write_with_openpyxl(path: Path, records: Records) -> Path:
    """Fill the empty form as another program would: each value into its cell, with the cell's own format."""
    path.write_bytes(empty_form())
    book = openpyxl.load_workbook(path)
    for table in FORM.values():
        sheet = book[table.sheet]
        if table.name == "task_progress":
            for row in range(FIRST_ROW, FIRST_ROW + 10):
                sheet.cell(row, 1).value = None
        for at, record in enumerate(records[table.name]):
            for number, field in enumerate(table.fields):
                if field.name in record:
                    place = (FIRST_ROW + number, 2) if table.form == "record" else (FIRST_ROW + at, number + 1)
                    _fill(sheet.cell(*place), field, record[field.name])
    book.save(path)
    return path


def _fill(cell: Any, field: Field, value: Any) -> None:
    if field.codes and value is not None:
        value = code_label(field.codes, value)
    elif isinstance(value, bool):
        value = "Có" if value else "Không"
    cell.value = CODE_OF_FORMAT.sub("_x005F_", value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl takes «=1+1» for a formula and «#REF!» for an error


Writer = Callable[[Path, Records], Path]


def round_trip(write: Writer, records: Records) -> None:
    with TemporaryDirectory() as folder:
        assert_comes_back(write(Path(folder) / "bao-cao.xlsx", records), records)


def like_formulas() -> Records:
    """Each text that looks like something else, in every field of text (synthetic)."""
    texts = [text for text in LIKE_FORMULAS if needed(text)]
    plain = {"category": "kinh_phi", "description": "x"}
    return {
        **{table: [] for table in FORM},
        "cover": [{"signatory": "=1+1", "contact_phone": "+84 24 3000 0000"}],
        "workforce": [{"staff_total": 1, "staff_reached": 1, "comms_staff_total": 0, "comms_staff_trained": 0}],
        "issues": [{**plain, "description": text, "proposal": text, "authority": text} for text in texts],
    }


SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@settings(SETTINGS, max_examples=settings.default.max_examples // 4)  # 25; a fifth of it in the fast tests
@given(forms())
@example(like_formulas())
def test_what_xlsxwriter_writes_comes_back(records):
    round_trip(write_with_xlsxwriter, records)


@settings(SETTINGS, max_examples=settings.default.max_examples // 10)
@given(forms())
@example(like_formulas())
def test_what_openpyxl_writes_comes_back(records):
    round_trip(write_with_openpyxl, records)


def collect(table: str, count: int) -> list[Row]:
    """Return about `count` drawn rows of a table, the same ones each time."""
    found: list[Row] = []

    @settings(SETTINGS, max_examples=count, database=None, derandomize=True)
    @given(rows(table))
    def take(row: Mapping[str, Any]) -> None:
        found.append(dict(row))

    take()
    return found


@pytest.mark.slow  # LibreOffice starts
def test_what_libreoffice_writes_comes_back(tmp_path, require_tool):
    soffice = require_tool("soffice")
    records = {table.name: collect(table.name, 1 if table.form == "record" else 120) for table in FORM.values()}
    records["science_tasks"] = once(records["science_tasks"], "code")
    records["task_progress"] = once(records["task_progress"], "task_id")
    records["issues"] += like_formulas()["issues"]
    for table in ("cover", "workforce"):
        records[table] = records[table][-1:]
    assert len(records["activities"]) > 100
    path = write_with_xlsxwriter(tmp_path / "bao-cao.xlsx", records)
    assert_comes_back(path, records)
    profile = f"-env:UserInstallation={(tmp_path / 'ho-so').as_uri()}"
    for kind in ("xlsx", "ods"):
        out = tmp_path / kind
        command = [soffice, profile, "--headless", "--convert-to", kind, "--outdir", out, path]
        subprocess.run(command, check=True, capture_output=True, timeout=240)
        assert_comes_back(out / f"bao-cao.{kind}", records)
    shutil.rmtree(tmp_path / "ho-so", ignore_errors=True)
