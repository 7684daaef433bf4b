"""From a file to a book of cells with addresses: .xlsx, .ods or a folder of .csv.

In: a path. Out: `Book`, or the `Finding` that refuses the file. The bytes are read once: what is hashed is what is checked,
parsed and later stored. Cell values come from calamine; what it hides, from the XML.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from nq57kit.files import hash_bytes, hash_file, read_plain_file
from nq57kit.submissions import package, sheetxml
from nq57kit.submissions.cells import Book, Cell, Sheet, Value
from nq57kit.submissions.contract import COMMENT_AUTHOR, TABLES
from nq57kit.submissions.findings import Finding, make_finding
from nq57kit.submissions.headers import is_known_label
from nq57kit.submissions.package import Archive, RefusedFileError
from nq57kit.submissions.sheetxml import Budget, SheetFacts, Styles

_SENT: Final = "sent.csv"
_BIGGEST_EXACT: Final = 2**53
#: What comes instead of a workbook, by the ending of its name: what it is and what to do.
_SEND: Final = "Đề nghị đơn vị gửi tệp .xlsx đã điền theo biểu mẫu"
_OTHER_KINDS: Final = {
    ending: (kind, do)
    for endings, kind, do in (
        ("pdf", "bản .pdf (bản in hoặc bản quét)", _SEND),
        ("doc docx odt rtf", "văn bản Word", _SEND),
        ("jpg jpeg png heic tif tiff bmp webp gif", "ảnh chụp", _SEND),
        ("ppt pptx", "bản trình chiếu", _SEND),
        ("numbers", "bảng tính Numbers", "Đề nghị đơn vị xuất sang Excel (.xlsx) rồi gửi lại"),
        ("lnk url webloc gsheet", "đường dẫn, không có nội dung", _SEND),
        ("msg eml", "thư điện tử", "Mở thư, lưu tệp .xlsx đính kèm vào thư mục này rồi nhận lại"),
        ("rar 7z gz tar", "bản nén", "Giải nén vào thư mục này rồi nhận lại"),
        ("crdownload part partial download tmp", "bản tải về chưa xong", "Tải lại cho xong rồi nhận lại"),
    )
    for ending in endings.split()
}
_NO_WORKBOOK: Final = frozenset({"file-not-workbook", "file-legacy-xls", "file-damaged", "file-empty"})
_UNFINISHED: Final = frozenset({"crdownload", "part", "partial", "download", "tmp"})
#: Of a .zip with more files than that none is taken.
_MOST_IN_ZIP: Final = 300
#: Records of a .csv by which its delimiter is chosen.
_LOOKED_AT: Final = 40
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

    What is no workbook is told by what its name says it is.

    Example:
        >>> read_content(Path("rong.xlsx"), b"").code
        'file-empty'
        >>> read_content(Path("quet.pdf"), b"%PDF-1.7").message
        'Tệp là bản .pdf (bản in hoặc bản quét), không phải bảng tính. Đề nghị đơn vị gửi tệp .xlsx đã điền theo biểu mẫu.'
    """
    ending = path.suffix.casefold().lstrip(".")
    code, words = "file-not-workbook", {}
    try:
        if ending not in _UNFINISHED:
            return _open(path, content)
    except RefusedFileError as refusal:
        code, words = refusal.code, refusal.words
    if ending in _OTHER_KINDS and code in _NO_WORKBOOK:
        code, words = "file-other-kind", dict(zip(("kind", "do"), _OTHER_KINDS[ending], strict=True))
    return make_finding(code, file=path.name, **words)


def list_zip(path: Path) -> list[Path]:
    """Return the files in a .zip as paths that `read_book` reads («a.zip/b.xlsx»); the path alone for anything else.

    A .zip of nothing but .csv files is a submission itself; one that cannot be opened, or holds too many, is left to the check.
    """
    if path.suffix.casefold() != ".zip" or not path.is_file():
        return [path]
    try:
        names = sorted(Archive(_read_bytes(path)).names)
    except RefusedFileError:
        return [path]
    whole = not names or len(names) > _MOST_IN_ZIP or all(name.casefold().endswith(".csv") for name in names)
    if whole or "[Content_Types].xml" in names or "mimetype" in names or any(".." in name.split("/") for name in names):
        return [path]
    return [path / name for name in names]


def find_on_disk(path: Path) -> Path:
    """Return the file or folder that a path leads to: the .zip for a file in it."""
    return next((one for one in (path, *path.parents) if one.exists()), path)


def hash_unread(path: Path) -> str | None:
    """Return the SHA-256 of a file that was not read as a workbook; None if it cannot be had."""
    try:
        return hash_file(path) if path.is_file() else hash_bytes(_read_bytes(path))
    except (OSError, RefusedFileError):
        return None


def _read_bytes(path: Path) -> bytes:
    home = find_on_disk(path)
    try:
        if path.is_dir():
            return _pack_folder(path)
        if home != path and home.is_file():
            return Archive(_read_bytes(home)).unpack(path.relative_to(home).as_posix())
        content = read_plain_file(path, package.MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise RefusedFileError("file-missing") from error
    except ValueError as error:
        raise RefusedFileError("file-special") from error
    except OSError as error:
        raise RefusedFileError("file-unreadable") from error
    if len(content) > package.MAX_FILE_BYTES:
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
    if sum(entry.stat().st_size for entry in files) > package.MAX_UNPACKED_BYTES:
        raise RefusedFileError("file-too-big")
    return package.pack((entry.name, read_plain_file(entry, package.MAX_UNPACKED_BYTES)) for entry in files)


def _open(path: Path, content: bytes) -> Book:
    if not content:
        raise RefusedFileError("file-empty")
    if content.startswith(package.OLE):
        raise RefusedFileError("file-encrypted" if package.ENCRYPTED in content else "file-legacy-xls")
    if not content.startswith(package.ZIP):
        raise RefusedFileError("file-not-workbook")
    archive = Archive(content)
    notes: list[Finding] = []
    if "[Content_Types].xml" in archive or "_rels/.rels" in archive or "xl/workbook.xml" in archive:
        kind, sheets = "xlsx", _read_xlsx(archive)
        if any(name.casefold().startswith("xl/externallinks/") for name in archive.names):
            notes.append(make_finding("external-links", file=path.name))
    elif "content.xml" in archive:
        kind, sheets = "ods", _read_ods(archive)
    elif archive.names and all(name.casefold().endswith(".csv") for name in archive.names):
        kind, sheets = "csv", _read_csv_files(archive)
    else:
        raise RefusedFileError("file-not-workbook")
    if not any(sheet.rows for sheet in sheets):
        raise RefusedFileError("file-empty")
    texts = tuple(dict.fromkeys(package.read_package_texts(archive))) if kind != "csv" else ()
    return Book(path, path.name, hash_bytes(content), kind, sheets, content, texts, tuple(notes))


# ---------------------------------------------------------------------------------------- .xlsx


def _read_xlsx(archive: Archive) -> tuple[Sheet, ...]:
    book = package.find_workbook(archive)
    styles = sheetxml.read_styles(archive.read(book.styles)) if book.styles else Styles()
    budget = Budget()
    parts = {part: archive.read(part) for _, _, part in book.sheets if part}
    facts = {name: sheetxml.scan_sheet(parts[part], styles, budget) for name, _, part in book.sheets if part}
    for name, _, part in book.sheets:
        if part:
            _add_relations(archive, part, facts[name])
    if book.strings:
        _check_characters(archive.read(book.strings), parts.values(), facts)
    return _read_cells(
        book.repack(archive, {part: _undate_huge_numbers(sheet) for part, sheet in parts.items()}), facts
    )


def _add_relations(archive: Archive, part: str, fact: SheetFacts) -> None:
    """Add to the facts of a sheet what stands in parts of its own: the addresses behind cells, the comments on them."""
    relations = package.read_relations(archive, part)
    for kind, target, outside in relations.values():
        if kind == "comments" and not outside and target in archive:
            fact.comments.update(sheetxml.read_comments(archive.read(target), COMMENT_AUTHOR))
    fact.links.update((cell, relations[key][1]) for cell, key in fact.link_ids.items() if key in relations)


def _undate_huge_numbers(content: bytes) -> bytes:
    """Take the format from cells with numbers that are no day of any calendar: the reader breaks down over them."""
    return _HUGE_CELL.sub(rb"\1\2", content) if _HUGE.search(content) else content


def _check_characters(strings: bytes, sheets: Iterable[bytes], facts: Mapping[str, SheetFacts]) -> None:
    """Refuse a book whose short file stands for a flood of text: a long shared text named many times."""
    lengths = sheetxml.read_string_lengths(strings)
    mentions = sum(fact.values for fact in facts.values())
    if Budget.allow_characters(mentions * max(lengths, default=0)):
        return
    if not Budget.allow_characters(sum(sheetxml.scan_string_use(sheet, lengths) for sheet in sheets)):
        raise RefusedFileError("file-too-big")


# ---------------------------------------------------------------------------------------- .ods


def _read_ods(archive: Archive) -> tuple[Sheet, ...]:
    if any(name.startswith(("Basic/", "Scripts/")) for name in archive.names):
        raise RefusedFileError("file-macros")
    manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in archive else b""
    if b"encryption-data" in manifest:
        raise RefusedFileError("file-encrypted")
    if "mimetype" not in archive or b"spreadsheet" not in archive.read("mimetype"):
        raise RefusedFileError("file-not-workbook")
    kept = ("mimetype", "META-INF/manifest.xml", "content.xml")
    content = package.pack((name, archive.read(name)) for name in kept if name in archive)
    return _read_cells(content, sheetxml.scan_ods(archive.read("content.xml"), Budget()))


# ---------------------------------------------------------------------------------------- .csv


def _read_csv_files(archive: Archive) -> tuple[Sheet, ...]:
    """Return the files of a folder as sheets, named as they are: UTF-8, «,», «;» or tabs between the values."""
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
    """Return of «,», «;» and the tab the one that makes most known labels of the first records."""
    scores = {
        delimiter: sum(
            is_known_label(text) for line in islice(_records(name, content, delimiter), _LOOKED_AT) for text in line
        )
        for delimiter in (",", ";", "\t")
    }
    return max(scores, key=lambda delimiter: scores[delimiter])  # the first of equals


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


def _read_cells(content: bytes, facts: Mapping[str, SheetFacts]) -> tuple[Sheet, ...]:
    """Return the sheets with calamine's values and the XML's facts."""
    sheets = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
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
            column: make(
                Cell, (row, column, value if value.__class__ is str else _typed(value), "", None, False, "", "")
            )
            for column, value in enumerate(line, start[1] + 1)
            if value != ""
        }
        if cells:
            rows[row] = cells
    more: Any
    for name, places in (
        ("number_format", fact.formats),
        ("seen", fact.seen),
        ("link", fact.links),
        ("value", fact.texts),
    ):
        for (row, column), text in places.items():
            if column in rows.get(row, {}):
                more = {name: text}
                rows[row][column] = rows[row][column]._replace(**more)
    for row, column in fact.booleans:
        if column in rows.get(row, {}):
            rows[row][column] = rows[row][column]._replace(value=bool(rows[row][column].value))
    for row, column in fact.dates:
        if column in rows.get(row, {}) and (day := _read_iso(rows[row][column].text)):
            rows[row][column] = rows[row][column]._replace(value=day)
    for (row, column), error in fact.errors.items():
        rows.setdefault(row, {})[column] = Cell(row, column, None, error=error)
    for row, column in fact.without_value:
        rows.setdefault(row, {})[column] = Cell(row, column, None, formula_without_value=True)
    return rows


def _read_iso(text: str) -> datetime | None:
    """Return the day of a cell of the kind «d»; a time in it, with or without a zone, could mean the day before or after."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=None) if moment.time() == time() else None


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
    return Sheet(
        name,
        ordered,
        hidden,
        rows_hidden,
        columns,
        tuple(fact.merged),
        fact.page_text,
        tuple(covered),
        frozenset(fact.struck),
        fact.comments,
    )
