"""A folder of .csv as sheets of cells: UTF-8 with or without BOM, «,» or «;» between the values.

In: the archive that the folder was packed into. Out: one sheet per file, named as the file; or the refusal.
"""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from nq57kit.submissions.archive import RefusedFileError
from nq57kit.submissions.cells import Cell, Sheet
from nq57kit.submissions.headers import is_known_label
from nq57kit.submissions.sheetxml import MAX_CELLS

if TYPE_CHECKING:
    from nq57kit.submissions.archive import Archive

__all__ = ["read_csv_files"]

_LOOKED_AT: Final = 40


def read_csv_files(archive: Archive) -> tuple[Sheet, ...]:
    """Return the files of a folder as sheets; RefusedFileError for one that is not UTF-8 or too big."""
    sheets = []
    left = MAX_CELLS
    for name in sorted(archive.names):
        rows = _parse_csv(name, archive.read(name))
        cells: dict[int, dict[int, Cell]] = {}
        for number, line in rows:
            filled = {column: Cell(number, column, text) for column, text in enumerate(line, 1) if text.strip()}
            left -= len(filled)
            if left < 0:
                raise RefusedFileError("file-too-big")
            if filled:
                cells[number] = filled
        sheets.append(Sheet(PurePosixPath(name).stem, cells))
    return tuple(sheets)


def _parse_csv(name: str, content: bytes) -> list[tuple[int, list[str]]]:
    """Return the records of a .csv with their numbers; of «,» and «;», the one that makes known labels."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedFileError("csv-not-utf8", name=name) from error
    best: list[list[str]] = []
    best_score = -1
    for delimiter in (",", ";"):
        try:
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:
            raise RefusedFileError("file-damaged") from error
        score = sum(is_known_label(text) for line in lines[:_LOOKED_AT] for text in line)
        if score > best_score:
            best, best_score = lines, score
    return list(enumerate(best, 1))
