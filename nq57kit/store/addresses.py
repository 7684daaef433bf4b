"""The cells of what was accepted: from a row of the store back to the address in the unit's own file.

In: a file that a unit sent, its hash, table, sheet, row, field. Out: an A1 address, or None. The typed tables
keep sheet and row only; columns are found again in the raw file, and only where somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nq57kit.submissions.layout import Record

__all__ = ["find_cell"]

#: Files whose records are kept in memory: a half-year's and what it is compared with.
_FILES_KEPT = 128


def find_cell(
    path: Path | None, sha256: str | None, table: str, field: str, *, sheet: str | None, row: int | None
) -> str | None:
    """Return where a field of a row stands in the file at `path`; None if that cannot be said.

    The file must still have the hash `sha256`. A file that is gone or changed gives None, never an error: a
    warning without its cell is better than none.
    """
    if path is None or sha256 is None or row is None:
        return None
    record = _records(path, sha256).get((table, sheet, row))
    return record.address(field) if record else None


@lru_cache(maxsize=_FILES_KEPT)
def _records(path: Path, sha256: str) -> Mapping[tuple[str, str | None, int], Record]:
    from nq57kit.submissions.findings import Finding
    from nq57kit.submissions.layout import lay_out
    from nq57kit.submissions.workbook import read_book

    book = read_book(path)
    if isinstance(book, Finding) or book.sha256 != sha256:
        return {}
    tables = lay_out(book).tables
    return {(name, row.sheet, row.row): row for name, rows in tables.items() for row in rows.records}
