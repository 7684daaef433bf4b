"""A folder of .csv as sheets of cells: UTF-8 with or without BOM, «,» or «;» between the values.

In: the archive that the folder was packed into. Out: one sheet per file, named as the file; or the refusal.
"""

from __future__ import annotations

import csv
import io
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from nq57kit.submissions.archive import RefusedFileError
from nq57kit.submissions.cells import Cell, Sheet
from nq57kit.submissions.headers import is_known_label
from nq57kit.submissions.sheetxml import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nq57kit.submissions.archive import Archive

__all__ = ["read_csv_files"]

_LOOKED_AT: Final = 40


def read_csv_files(archive: Archive) -> tuple[Sheet, ...]:
    """Return the files of a folder as sheets; RefusedFileError for one that is not UTF-8 or too big."""
    sheets = []
    budget = Budget()
    for name in sorted(archive.names):
        content = archive.read(name)
        cells: dict[int, dict[int, Cell]] = {}
        for number, line in enumerate(_records(name, content, _choose_delimiter(name, content)), 1):
            filled = {column: Cell(number, column, text) for column, text in enumerate(line, 1) if text.strip()}
            budget.spend(1, len(filled))
            if filled:
                cells[number] = filled
        sheets.append(Sheet(PurePosixPath(name).stem, cells))
    return tuple(sheets)


def _choose_delimiter(name: str, content: bytes) -> str:
    """Return of «,» and «;» the one that makes more known labels of the first records."""
    scores = {
        delimiter: sum(
            is_known_label(text) for line in islice(_records(name, content, delimiter), _LOOKED_AT) for text in line
        )
        for delimiter in (",", ";")
    }
    return ";" if scores[";"] > scores[","] else ","


def _records(name: str, content: bytes, delimiter: str) -> Iterator[list[str]]:
    """Give the records one by one; all of them in one list would be many times the file."""
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except UnicodeDecodeError as error:
        raise RefusedFileError("csv-not-utf8", name=name) from error
    except csv.Error as error:
        raise RefusedFileError("file-damaged") from error
