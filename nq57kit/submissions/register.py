"""The ministry's register of science tasks: a CSV file that a person gives, read by the rules of the form; contract §4.

In: the file and the plan. Out: a typed frame, one row per task, checked by pandera as the units' own rows are; or one sentence with
file, line, column, what is wrong and what to write. Headings are the fields' names or labels of the form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.files import decode_given, read_given, split_table
from nq57kit.plan import Plan
from nq57kit.secrecy import refuse_secrets, show_name
from nq57kit.submissions.cells import Cell
from nq57kit.submissions.contract import TABLES, format_value
from nq57kit.submissions.findings import make_finding
from nq57kit.submissions.schemas import SOURCE_ROW, frame_columns, validate_tables
from nq57kit.submissions.values import ValueReader
from nq57kit.text import code_key, fold

_TABLE: Final = TABLES["science_tasks"]
_COLUMNS: Final = ("code", "name", "level", "state_funded", "start_year", "end_year")


def read_register(path: Path, plan: Plan) -> pl.DataFrame:
    """Return the register: code, name, level, state_funded, start_year, end_year.

    Raises ParameterError for a file that is none of a person's tables (`files.read_given`), a missing column, a row that a unit
    could not send either (a blank or unknown value, an end before the start, a code twice, by `text.code_key`), and for no row
    at all; SecretError for a state secret.
    """
    file = show_name(path.name)
    text = decode_given(path.name, read_given(path, ParameterError), ParameterError)
    records = split_table(path.name, text, ParameterError)
    spellings = {fold(text): field.name for field in _TABLE.fields for text in (field.name, *field.labels)}
    names = [spellings.get(fold(cell), cell) for cell in next(records, (1, []))[1]]
    if missing := [name for name in _COLUMNS if name not in names]:
        raise ParameterError(
            f"Tham số «register»: tệp «{file}» thiếu cột {', '.join(missing)}; thêm cột vào dòng tiêu đề."
        )
    reader = ValueReader(plan)
    rows: list[dict[str, Any]] = []
    for line, cells in records:
        refuse_secrets(f"{path.name}, dòng {line}", cells, in_science=True)
        if len(cells) > len(names):
            what = f"có {len(cells)} ô trong khi bảng có {len(names)} cột; đặt ô có dấu phân cách trong dấu nháy kép."
            raise ParameterError(f"Tham số «register»: tệp «{file}», dòng {line}: {what}")
        row: dict[str, Any] = {SOURCE_ROW: line}
        for name in _COLUMNS:
            at = names.index(name)
            reading = reader.read(Cell(line, at + 1, cells[at] if at < len(cells) else ""), _TABLE.field(name))
            if reading.code and reading.value is None:
                raise _wrong(file, line, name, reading.code, cells[at], **reading.words)
            row[name] = reading.value
        rows.append(row)
    if not rows:
        raise ParameterError(
            f"Tham số «register»: tệp «{file}» chưa có dòng nào dưới dòng tiêu đề; ghi ít nhất một nhiệm vụ."
        )
    # What the form asks besides of a row is answered here: the ministry tells no communication.
    frame = pl.DataFrame([row | {"communicated": False} for row in rows], schema=frame_columns(_TABLE.name))
    if failures := validate_tables({_TABLE.name: frame})[_TABLE.name]:
        first = failures[0]
        raise _explain(file, rows, first.row, first.field, first.code)
    return frame.select(_COLUMNS)


def _explain(file: str, rows: list[dict[str, Any]], number: int, name: str, code: str) -> ParameterError:
    """Return the sentence for a row that the form's gate refuses."""
    field, row = _TABLE.field(name), rows[number]
    words: dict[str, Any] = {"limit": field.minimum if code == "below-minimum" else field.maximum, "state": "để trống"}
    if code == "row-repeated":
        first = next(other for other in rows if code_key(other[name]) == code_key(row[name]))
        words["other"] = f"{first[SOURCE_ROW]} (ghi «{first[name]}»)"
    elif field.not_before:
        words["other"] = f"{_TABLE.field(field.not_before).label}: {row[field.not_before]}"
    return _wrong(
        file, row[SOURCE_ROW], name, code, None if row[name] is None else format_value(field, row[name]), **words
    )


def _wrong(file: str, line: int, name: str, code: str, value: str | None, **words: Any) -> ParameterError:
    said = make_finding(code, file=file, value=value, label=_TABLE.field(name).label, **words).message
    return ParameterError(f"Tham số «register»: tệp «{file}», dòng {line}, cột «{name}»: {said}")
