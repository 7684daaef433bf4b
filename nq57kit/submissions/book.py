"""From a file to a book of cells with addresses: .xlsx, .ods or a folder of .csv.

In: a path. Out: `Book`, or the `Finding` that refuses the file. The bytes are read once: what is hashed is what is checked,
parsed and later stored. Cell values come from calamine; what it hides, from the XML.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import time, timedelta
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from nq57kit.files import hash_bytes, read_plain_file
from nq57kit.submissions.cells import Book, Cell, Sheet, Value
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import Finding, make_finding
from nq57kit.submissions.headers import is_known_label
from nq57kit.submissions.sheetxml import (
    MAX_FILE_BYTES,
    MAX_UNPACKED_BYTES,
    Archive,
    Budget,
    RefusedFileError,
    SheetFacts,
    local_name,
    pack,
    parse_xml,
    read_loose_text,
    read_number_formats,
    read_string_lengths,
    scan_ods,
    scan_sheet,
    scan_string_use,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["read_book", "read_content"]

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_SENT: Final = "sent.csv"
_BIGGEST_EXACT: Final = 2**53
#: Records of a .csv by which its delimiter is chosen.
_LOOKED_AT: Final = 40
_LOOSE_PARTS: Final = (
    "xl/comments", "xl/threadedComments/", "xl/drawings/drawing", "xl/charts/chart", "xl/diagrams/data",
    "docProps/core", "docProps/custom",
)  # fmt: skip
_HUGE: Final = re.compile(rb"<v>[^<]*(?:[0-9]{11}|[eE])")
_HUGE_CELL: Final = re.compile(
    rb"""(<c\b[^<>]{0,200}?) s=["'][0-9]+["']([^<>]{0,200}>(?:<f\b[^<>]*>[^<]*</f>|<f\b[^<>]*/>)?<v>\s*[+-]?"""
    rb"(?:[0-9]{11}|[0-9.]+[eE]))"
)


def read_book(path: Path) -> Book | Finding:
    """Return the workbook at `path`, or the finding that says why it is not read.

    `path` is an .xlsx, an .ods, a folder of `<table>.csv`, or a zip of such a folder.

    Example:
        >>> read_book(Path("khong-co.xlsx")).code
        'file-missing'
    """
    try:
        content = _read_bytes(path)
    except RefusedFileError as refusal:
        return make_finding(refusal.code, file=path.name, **refusal.words)
    return read_content(path, content)


def read_content(path: Path, content: bytes) -> Book | Finding:
    """Return the workbook whose bytes are `content` (of `path`, which is not opened), or why it is not read.

    Example:
        >>> read_content(Path("rong.xlsx"), b"").code
        'file-empty'
    """
    try:
        return _open(path, content)
    except RefusedFileError as refusal:
        return make_finding(refusal.code, file=path.name, **refusal.words)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            return _pack_folder(path)
        content = read_plain_file(path, MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise RefusedFileError("file-missing") from error
    except ValueError as error:
        raise RefusedFileError("file-special") from error
    except OSError as error:
        raise RefusedFileError("file-unreadable") from error
    if len(content) > MAX_FILE_BYTES:
        raise RefusedFileError("file-too-big")
    return content


def _pack_folder(folder: Path) -> bytes:
    """Return the .csv files of a folder as one zip, equal for equal files; links are not followed."""
    files = sorted(
        entry
        for entry in folder.iterdir()
        if entry.suffix.casefold() == ".csv"
        and entry.name.casefold() != _SENT
        and not entry.is_dir()
        and not entry.is_symlink()
    )
    if not files:
        raise RefusedFileError("folder-without-tables", tables=", ".join(f"{name}.csv" for name in TABLES))
    if sum(entry.stat().st_size for entry in files) > MAX_UNPACKED_BYTES:
        raise RefusedFileError("file-too-big")
    return pack((entry.name, read_plain_file(entry, MAX_UNPACKED_BYTES)) for entry in files)


def _open(path: Path, content: bytes) -> Book:
    if not content:
        raise RefusedFileError("file-empty")
    if content.startswith(_OLE):
        raise RefusedFileError("file-encrypted" if _ENCRYPTED in content else "file-legacy-xls")
    if not content.startswith(_ZIP):
        raise RefusedFileError("file-not-workbook")
    archive = Archive(content)
    texts: tuple[str, ...] = ()
    notes: list[Finding] = []
    if "xl/workbook.xml" in archive or "[Content_Types].xml" in archive:
        kind, sheets, texts = "xlsx", _read_xlsx(archive), _loose_texts(archive)
        if any(name.startswith("xl/externalLinks/") for name in archive.names):
            notes.append(make_finding("external-links", file=path.name))
    elif "content.xml" in archive:
        kind, (sheets, texts) = "ods", _read_ods(archive)
    elif archive.names and all(name.casefold().endswith(".csv") for name in archive.names):
        kind, sheets = "csv", _read_csv_files(archive)
    else:
        raise RefusedFileError("file-not-workbook")
    if not any(sheet.rows for sheet in sheets):
        raise RefusedFileError("file-empty")
    return Book(path, path.name, hash_bytes(content), kind, sheets, content, texts, tuple(notes))


# ---------------------------------------------------------------------------------------- .xlsx


def _read_xlsx(archive: Archive) -> tuple[Sheet, ...]:
    if any(name.casefold().endswith("vbaproject.bin") for name in archive.names):
        raise RefusedFileError("file-macros")
    if b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise RefusedFileError("file-macros")
    if "xl/workbook.xml" not in archive:
        raise RefusedFileError("file-not-workbook")
    listed = _sheet_parts(archive)
    formats = read_number_formats(archive.read("xl/styles.xml")) if "xl/styles.xml" in archive else {}
    budget = Budget()
    facts = {name: scan_sheet(archive.read(part), formats, budget) for name, part in listed}
    if "xl/sharedStrings.xml" in archive:
        _check_characters(archive, [part for _, part in listed], facts)
    for _, part in listed:
        _undate_huge_numbers(archive, part)
    parse_xml(archive.read("[Content_Types].xml"))
    return _read_cells(archive, facts)


def _undate_huge_numbers(archive: Archive, part: str) -> None:
    """Take the format from cells with numbers that are no day of any calendar: the reader breaks down over them."""
    content = archive.read(part)
    if _HUGE.search(content):
        archive.substitute(part, _HUGE_CELL.sub(rb"\1\2", content))


def _sheet_parts(archive: Archive) -> list[tuple[str, str]]:
    """Return the worksheets of workbook.xml: name and part."""
    names: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def on_sheet(name: str, given: dict[str, str]) -> None:
        if local_name(name) == "sheet":
            key = next((value for key, value in given.items() if local_name(key) == "id"), "")
            names.append((given.get("name", ""), key))

    def on_relation(name: str, given: dict[str, str]) -> None:
        if local_name(name) == "Relationship" and given.get("TargetMode") != "External":
            target = given.get("Target", "")
            base = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            targets[given.get("Id", "")] = base if given.get("Type", "").endswith("/worksheet") else ""

    parse_xml(archive.read("xl/workbook.xml"), on_sheet)
    parse_xml(archive.read("xl/_rels/workbook.xml.rels"), on_relation)
    if "_rels/.rels" in archive:
        parse_xml(archive.read("_rels/.rels"))
    return [(name, targets[key]) for name, key in names if targets.get(key)]


def _check_characters(archive: Archive, parts: list[str], facts: Mapping[str, SheetFacts]) -> None:
    """Refuse a book whose short file stands for a flood of text: a long shared text named many times."""
    lengths = read_string_lengths(archive.read("xl/sharedStrings.xml"))
    mentions = sum(fact.values for fact in facts.values())
    if not Budget.allow_characters(mentions * max(lengths, default=0)):
        used = sum(scan_string_use(archive.read(part), lengths) for part in parts)
        if not Budget.allow_characters(used):
            raise RefusedFileError("file-too-big")


def _loose_texts(archive: Archive) -> tuple[str, ...]:
    """Return the texts of comments, text boxes, titles of charts and the file's properties, alone and by part."""
    names = sorted(name for name in archive.names if name.startswith(_LOOSE_PARTS) and name.endswith(".xml"))
    return tuple(text for name in names for text in _texts(archive.read(name)))


def _texts(content: bytes) -> tuple[str, ...]:
    """Return the texts of an XML part one by one, and all of them together (a phrase may be cut by formats)."""
    parts: list[str] = []
    parse_xml(content, lambda *_: None, None, parts.append)  # a handler of elements keeps their texts apart
    return (*parts, "".join(parts), " ".join(parts)) if parts else ()


# ---------------------------------------------------------------------------------------- .ods


def _read_ods(archive: Archive) -> tuple[tuple[Sheet, ...], tuple[str, ...]]:
    if any(name.startswith(("Basic/", "Scripts/")) for name in archive.names):
        raise RefusedFileError("file-macros")
    manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in archive else b""
    if b"encryption-data" in manifest:
        raise RefusedFileError("file-encrypted")
    if "mimetype" not in archive or b"spreadsheet" not in archive.read("mimetype"):
        raise RefusedFileError("file-not-workbook")
    content = archive.read("content.xml")
    facts = scan_ods(content, Budget())
    texts = read_loose_text(content) if b"office:annotation" in content or b"<draw:" in content else ()
    for name in ("styles.xml", "meta.xml"):  # page headers, and the file's properties
        texts += _texts(archive.read(name)) if name in archive else ()
    return _read_cells(archive, facts), texts


# ---------------------------------------------------------------------------------------- .csv


def _read_csv_files(archive: Archive) -> tuple[Sheet, ...]:
    """Return the files of a folder as sheets, named as they are: UTF-8, «,» or «;» between the values."""
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


# ---------------------------------------------------------------------------------------- cells


def _read_cells(archive: Archive, facts: Mapping[str, SheetFacts]) -> tuple[Sheet, ...]:
    """Return the sheets with calamine's values and the XML's facts."""
    sheets = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(archive.repack())) as book:
            for index, about in enumerate(book.sheets_metadata):
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                fact = facts.get(about.name) or SheetFacts()
                sheet = book.get_sheet_by_index(index)
                hidden = fact.hidden or about.visible != SheetVisibleEnum.Visible
                start = sheet.start or (0, 0)
                rows = _typed_rows(sheet.to_python(), start, fact)
                sheets.append(_make_sheet(about.name, rows, fact, hidden=hidden))
    except (KeyboardInterrupt, SystemExit, MemoryError, RefusedFileError):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        raise RefusedFileError("file-damaged") from error
    if not sheets:
        raise RefusedFileError("file-damaged")
    return tuple(sheets)


def _typed_rows(
    values: Iterable[Iterable[Any]], start: tuple[int, int], fact: SheetFacts
) -> dict[int, dict[int, Cell]]:
    rows: dict[int, dict[int, Cell]] = {}
    make = tuple.__new__  # a third of the time of Cell(…), for some thousand cells a book
    for row, line in enumerate(values, start[0] + 1):
        cells = {
            column: make(Cell, (row, column, value if value.__class__ is str else _typed(value), "", None, False))
            for column, value in enumerate(line, start[1] + 1)
            if value != ""
        }
        if cells:
            rows[row] = cells
    for (row, column), number_format in fact.formats.items():
        if column in rows.get(row, {}):
            rows[row][column] = rows[row][column]._replace(number_format=number_format)
    for row, column in fact.booleans:
        if column in rows.get(row, {}):
            rows[row][column] = rows[row][column]._replace(value=bool(rows[row][column].value))
    for (row, column), error in fact.errors.items():
        rows.setdefault(row, {})[column] = Cell(row, column, None, error=error)
    for row, column in fact.without_value:
        rows.setdefault(row, {})[column] = Cell(row, column, None, formula_without_value=True)
    return rows


def _typed(value: Any) -> Value:
    """Return a value of the reader as one of ours: whole numbers as int, times as text."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _BIGGEST_EXACT else value
    if isinstance(value, time | timedelta):
        return str(value)
    return value  # type: ignore[no-any-return]


def _make_sheet(name: str, rows: dict[int, dict[int, Cell]], fact: SheetFacts, *, hidden: bool) -> Sheet:
    covered: list[Cell] = []
    last = max(rows, default=0)
    for top, left, bottom, right in fact.merged:
        for row in range(top, min(bottom, last) + 1):
            beneath = [one for one in rows.get(row, ()) if left <= one <= right and (row, one) != (top, left)]
            covered += [rows[row].pop(column) for column in beneath]
    widest = max((max(cells, default=0) for cells in rows.values()), default=0)
    columns = frozenset(column for first, last in fact.hidden_columns for column in range(first, min(last, widest) + 1))
    ordered = {row: rows[row] for row in sorted(rows) if rows[row]}
    rows_hidden = frozenset(fact.hidden_rows & ordered.keys())
    return Sheet(name, ordered, hidden, rows_hidden, columns, tuple(fact.merged), fact.page_text, tuple(covered))
