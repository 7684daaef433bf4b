"""From sheets of cells to records: which sheet is which table, where its header is, which rows count.

In: a `Book`. Out: `Layout`: for each table its columns and its records (field → cell), what was skipped and
why, and findings on all that differs from the form. Places are found by words, never by row numbers; the
hidden map of the form is used only where the words around it agree. Parses no value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from nq57kit.submissions.cells import Book, Cell, Sheet, column_letters
from nq57kit.submissions.contract import OWN_SHEETS, TABLES, Table
from nq57kit.submissions.findings import Finding, make_finding
from nq57kit.submissions.headers import (
    FormMap,
    Header,
    find_header,
    has_most_labels,
    label_key,
    read_form_map,
    read_labels,
    repeats_header,
)
from nq57kit.text import match_key

if TYPE_CHECKING:
    from collections.abc import Callable

    Say = Callable[..., None]

__all__ = ["SKIP_REASONS", "Layout", "Record", "Skipped", "TableRows", "lay_out"]

#: Why a row is no record. Every row that is skipped is counted and told.
SKIP_REASONS: Final = ("blank", "filled_in", "total", "section", "header", "numbering", "footer", "outside")
#: Blank rows between records that are counted; more of them lie outside the table.
_LONGEST_GAP: Final = 200
_TOTALS: Final = frozenset({"tong", "cong", "tong cong", "tong so", "cong tong", "tong cong chung", "cong chung"})
#: How the lines under a table begin: place and date, signatures, remarks.
_FOOTERS: Final = (
    "nguoi lap", "thu truong", "ha noi ngay", "noi nhan", "xac nhan cua", "giam doc", "vu truong", "cuc truong",
    "vien truong", "hieu truong", "chanh van phong", "ky ten", "ky ghi ro", "lanh dao don vi",
)  # fmt: skip
_REMARKS: Final = ("ghi chu", "luu y")
#: Fields that the form fills in by itself: a row with nothing else in it says nothing.
_FILLED_IN: Final[Mapping[str, frozenset[str]]] = {"task_progress": frozenset({"task_id"})}
#: A merged cell over so many columns is a banner, not a value.
_BANNER_WIDTH: Final = 3
_DASHES: Final = frozenset("-–—−")
#: A figure in a cell merged over several records is asked about; anything else holds for each of them.
_AMOUNTS: Final = frozenset({"whole", "money", "percent"})
_SCALES: Final = frozenset({"trieu", "nghin", "ngan", "ty"})


@dataclass(frozen=True)
class Record:
    """One record of a table: the sheet and row where it stands, and its cells by field."""

    sheet: str
    row: int
    cells: Mapping[str, Cell]
    row_of: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, int] = field(default_factory=dict)

    def address(self, name: str) -> str | None:
        """Return where the field's cell is, filled or not; None where the sheet has no such column."""
        if name in self.cells:
            return self.cells[name].address
        column = self.columns.get(name)
        return f"{column_letters(column)}{self.row_of.get(name, self.row)}" if column else None


@dataclass(frozen=True)
class Skipped:
    """A row that is no record, and why (one of `SKIP_REASONS`)."""

    row: int
    reason: str


@dataclass(frozen=True)
class TableRows:
    """A table as it lies in the file; `sheet` is None where the file has none for it."""

    table: str
    sheet: str | None
    columns: Mapping[str, int]
    records: tuple[Record, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class Layout:
    """All tables of a book, what its hidden sheet says, and the findings on its form."""

    tables: Mapping[str, TableRows]
    keys: Mapping[str, str]
    findings: tuple[Finding, ...]


def lay_out(book: Book) -> Layout:
    """Return where the tables of `book` are and which records they hold."""
    findings = list(book.notes)

    def say(code: str, table: Table | None, sheet: str | None, **words: Any) -> None:
        name = table.name if table else None
        findings.append(make_finding(code, file=book.file, table=name, sheet=sheet, **words))

    form = read_form_map(book)
    sheets = _assign(book, form, say)
    tables = {}
    for table in TABLES.values():
        if (sheet := sheets.get(table.name)) is not None:
            tables[table.name] = _TableReader(table, sheet, form, say).read()
        else:
            say("sheet-missing" if table.must_have_rows else "sheet-absent", table, None, label=table.sheet)
            tables[table.name] = TableRows(table.name, None, {})
    return Layout(tables, form.keys, tuple(findings))


# -------------------------------------------------------------------------------------- sheets


@cache
def _titles() -> Mapping[str, str]:
    """Keys of the names that a table's sheet may have, by which table."""
    return {
        match_key(title): table.name for table in TABLES.values() for title in (table.sheet, table.name, *table.aliases)
    }


def _assign(book: Book, form: FormMap, say: Say) -> dict[str, Sheet]:
    """Return the sheet of each table: by its name, else by the hidden map, else by its header's words."""
    mapped = {sheet: table for table, sheet in form.sheets.items()}
    named = {
        sheet.name: _titles().get(match_key(sheet.name)) or mapped.get(sheet.name)
        for sheet in book.sheets
        if sheet.name not in OWN_SHEETS
    }
    found: dict[str, Sheet] = {}
    for sheet in sorted((one for one in book.sheets if one.name in named), key=lambda one: named[one.name] is None):
        by_name = named[sheet.name]
        name = by_name or _recognise(sheet)
        if name is None:
            if sheet.rows:
                say("sheet-extra", None, sheet.name)
        elif name in found:
            say("sheet-twice", TABLES[name], sheet.name, other=found[name].name)
        else:
            found[name] = sheet
            if by_name is None:
                say("sheet-renamed", TABLES[name], sheet.name, label=TABLES[name].sheet)
    for name, sheet in found.items():
        if sheet.hidden:
            say("sheet-hidden", TABLES[name], sheet.name)
    return found


def _recognise(sheet: Sheet) -> str | None:
    """Return the table whose header, or whose labels one below the other, the sheet has; None if none or two fit."""
    scores: Counter[str] = Counter()
    for table in TABLES.values():
        if (header := find_header(sheet, table)) and header.is_sure:
            scores[table.name] = header.score
        elif table.form == "record" and has_most_labels(labels := read_labels(sheet, table), table):
            scores[table.name] = len(labels)
    best = scores.most_common(2)
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return best[0][0]


# ----------------------------------------------------------------------------------- one table


class _TableReader:
    """Reads one table from its sheet, and says what differs from the form."""

    def __init__(self, table: Table, sheet: Sheet, form: FormMap, say: Say) -> None:
        self._table, self._sheet, self._say_of = table, sheet, say
        #: Column and first row of each field by the hidden map.
        self._mapped = {name: place for (owner, name), place in form.places.items() if owner == table.name}
        self._hints = {label_key(known.hint) for known in table.fields if known.hint}

    def _say(self, code: str, **words: Any) -> None:
        """Add a finding on the table; where a `field` is named, its label is among the words."""
        if name := words.get("field"):
            words = {"label": self._table.field(name).label, **words}
        self._say_of(code, self._table, self._sheet.name, **words)

    def read(self) -> TableRows:
        sheet = self._sheet
        if sheet.hidden_rows:
            self._say("rows-hidden", rows=_list_rows(sheet.hidden_rows))
        if sheet.hidden_columns:
            self._say("columns-hidden", columns=", ".join(map(column_letters, sorted(sheet.hidden_columns))))
        if self._table.form == "record" and (form := self._read_form()) is not None:
            return form
        rows = self._read_rows()
        if self._table.form == "record" and len(rows.records) > 1:
            self._say("record-twice", cell=f"A{rows.records[1].row}", count=len(rows.records))
        return rows

    def _note_missing(self, known: Iterable[str | None]) -> None:
        known = set(known)
        for wanted in self._table.fields:
            if wanted.required and wanted.name not in known:
                self._say("column-missing", field=wanted.name)

    # ------------------------------------------------- a form: label and value side by side

    def _read_form(self) -> TableRows | None:
        """Return a one-record table written as label and value side by side; None if it is not."""
        table, sheet = self._table, self._sheet
        labels = read_labels(sheet, table)
        if len(labels) < 2 and not (labels and len(table.fields) == 1):
            return None
        at = Counter(cell.column for cell in labels.values()).most_common(1)[0][0]
        rows = {name: cell.row for name, cell in labels.items() if cell.column == at}
        values = self._value_column(rows, at)
        cells = {name: sheet.rows[row][values] for name, row in rows.items() if values in sheet.rows[row]}
        expected = {*self._hints, "", label_key(table.sheet)}
        first = min(rows.values())
        for row, line in sheet.rows.items():
            is_line = row > first and row not in rows.values() and at in line and values in line
            if is_line and label_key(line[at].text) not in expected:
                self._say("column-extra", cell=line[at].address, label=line[at].text)
        for name, row in rows.items():
            if name not in cells or _is_blank(cells[name]):
                self._note_beside(name, row, values, expected)
        self._note_missing(rows)
        columns = {known.name: values for known in table.fields if known.name in rows}
        record = Record(sheet.name, first, cells, rows, columns)
        return TableRows(table.name, sheet.name, columns, (record,) if cells or table.must_have_rows else ())

    def _value_column(self, rows: Mapping[str, int], at: int) -> int:
        """Return the column of the values beside the labels: the first to the right that is not blank or hints."""
        sheet = self._sheet
        ends = [right for top, left, _, right in sheet.merged if left == at and top in rows.values()]
        first = max(ends, default=at) + 1
        for column in range(first, first + 3):
            cells = [sheet.rows[row][column] for row in rows.values() if column in sheet.rows[row]]
            if any(label_key(cell.text) not in self._hints for cell in cells if not _is_blank(cell)):
                return column
        return first

    def _note_beside(self, name: str, row: int, values: int, expected: set[str]) -> None:
        """Tell of a value that stands beside the place where it would be read."""
        for cell in self._sheet.rows[row].values():
            if cell.column > values and not _is_blank(cell) and label_key(cell.text) not in expected:
                self._say("value-beside", cell=f"{column_letters(values)}{row}", field=name, other=cell.address)
                return

    # ------------------------------------------------------------------ rows under a header

    def _read_rows(self) -> TableRows:
        table, sheet = self._table, self._sheet
        header = find_header(sheet, table)
        if header is None:
            code = "header-missing" if table.must_have_rows or any(sheet.rows) else "sheet-blank"
            self._say(code, label=table.sheet)
            return TableRows(table.name, sheet.name, {})
        columns = self._columns(header)
        self._note_places(header, columns)
        return self._records(header, columns)

    def _columns(self, header: Header) -> dict[str, int]:
        """Return the column of each field, with findings for what is missing, doubled or extra."""
        columns, unknown = dict(header.columns), dict(header.unknown)
        for name, others in header.doubles.items():
            for other in others:
                code = "column-twice" if self._differ(header.last_row, columns[name], other) else "column-repeated"
                place = f"{column_letters(other)}{header.row}"
                self._say(code, cell=place, field=name, other=column_letters(columns[name]))
        if all(self._mapped.get(name, (0, 0))[0] == column for name, column in columns.items()):
            for name, (column, _) in self._mapped.items():
                if name not in columns and column in unknown:
                    columns[name] = column
                    place = f"{column_letters(column)}{header.row}"
                    self._say("column-renamed", cell=place, field=name, value=unknown.pop(column))
        scaled = {self._unknown_column(header, column, text) for column, text in unknown.items()}
        self._note_missing({*columns, *scaled})
        return columns

    def _differ(self, row: int, column: int, other: int) -> bool:
        """Whether two columns say different things in some row below `row`."""
        return any(
            number > row
            and other in line
            and line[other].text.strip() != (line[column].text.strip() if column in line else "")
            for number, line in self._sheet.rows.items()
        )

    def _unknown_column(self, header: Header, column: int, text: str) -> str | None:
        """Tell of a column that is no field's; return the field of a money column that is not in đồng."""
        place = f"{column_letters(column)}{header.row}"
        key = label_key(text)
        if not _SCALES.isdisjoint(key.split()):
            for known in self._table.fields:
                names = {label_key(name).removesuffix(" dong") for name in (known.label, *known.aliases)}
                if known.kind == "money" and any(key.startswith(name) for name in names):
                    self._say("money-scale", cell=place, field=known.name, value=text)
                    return known.name
        self._say("column-extra", cell=place, label=text or column_letters(column))
        return None

    def _note_places(self, header: Header, columns: Mapping[str, int]) -> None:
        """Tell of moved columns and merged titles, unless all is where the form's own map says."""
        first = header.last_row + 1
        if self._mapped and all(self._mapped.get(name) == (column, first) for name, column in columns.items()):
            return
        order = [columns[known.name] for known in self._table.fields if known.name in columns]
        if order != sorted(order):
            self._say("columns-moved")
        if any(bottom < header.row for _, _, bottom, _ in self._sheet.merged):
            self._say("title-merged", row=header.row)

    def _records(self, header: Header, columns: Mapping[str, int]) -> TableRows:
        sheet = self._sheet
        records: list[Record] = []
        skipped: list[Skipped] = []
        judge = _RowJudge(self._table, sheet, header)
        spans = _columns_merged_down(sheet, header.last_row)
        by_field = {column: name for name, column in columns.items()}
        before = header.last_row
        for row, line in sheet.rows.items():
            if row <= header.last_row:
                continue
            if row - before <= _LONGEST_GAP:
                skipped += [Skipped(blank, "blank") for blank in range(before + 1, row)]
            before = row
            cells = {
                by_field[column]: cell for column, cell in line.items() if column in by_field and not _is_blank(cell)
            }
            if reason := judge.reason(row, line, cells):
                skipped.append(Skipped(row, reason))
                continue
            for column, top, bottom in spans.get(row, ()):
                if column in by_field and column in sheet.rows.get(top, {}):
                    self._fill_merged(by_field[column], sheet.rows[top][column], bottom, row, cells)
            records.append(Record(sheet.name, row, cells, {}, columns))
        while skipped and skipped[-1].reason == "blank" and (not records or skipped[-1].row > records[-1].row):
            skipped.pop()
        by_reason: dict[str, list[int]] = {}
        for one in skipped:
            by_reason.setdefault(one.reason, []).append(one.row)
        for reason, rows in by_reason.items():
            if reason != "filled_in":
                self._say(f"rows-{reason}", rows=_list_rows(rows))
        return TableRows(self._table.name, sheet.name, columns, tuple(records), tuple(skipped))

    def _fill_merged(self, name: str, top: Cell, bottom: int, row: int, cells: dict[str, Cell]) -> None:
        """Give a cell merged over several records its value in each; amounts are asked about instead."""
        is_amount = self._table.field(name).kind in _AMOUNTS
        if row == top.row:
            code = "amount-merged" if is_amount else "cells-merged"
            self._say(code, cell=top.address, field=name, rows=f"{top.row}–{bottom}", value=top.text)
        if not is_amount:
            cells.setdefault(name, top)


def _columns_merged_down(sheet: Sheet, row: int) -> dict[int, list[tuple[int, int, int]]]:
    """Return, by row below `row`, the cells of one column that are merged over it: column, top and bottom row."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for top, left, bottom, right in sheet.merged:
        if top > row and left == right and bottom > top:
            for line in range(top, min(bottom, top + _LONGEST_GAP) + 1):
                found.setdefault(line, []).append((left, top, bottom))
    return found


# ------------------------------------------------------------------- which rows are no records


class _RowJudge:
    """Tells records from other rows, from the header down; remembers whether the table has ended."""

    def __init__(self, table: Table, sheet: Sheet, header: Header) -> None:
        self._table, self._header = table, header
        self._below = False
        self._required = {known.name for known in table.fields if known.required}
        self._banners = {
            row
            for top, left, bottom, right in sheet.merged
            if right - left + 1 >= _BANNER_WIDTH
            for row in range(top, min(bottom, top + _BANNER_WIDTH) + 1)
        }

    def reason(self, row: int, line: Mapping[int, Cell], cells: Mapping[str, Cell]) -> str | None:
        """Return why a row is no record, or None; `line` are all its cells, `cells` those of the table's fields."""
        filled = [cell for cell in line.values() if not _is_blank(cell)]
        first = next((cell.value for cell in filled if isinstance(cell.value, str)), "")
        if label_key(first) in _TOTALS:
            return "total"
        only_numbers = len(filled) == len(cells) or all(
            isinstance(cell.value, int | float) or cell.text.strip(" .").isdecimal()
            for cell in filled
            if cell not in cells.values()
        )
        if only_numbers and all(cell.text.strip() in _DASHES for cell in cells.values()):
            return "blank"
        if only_numbers and cells.keys() <= _FILLED_IN.get(self._table.name, frozenset()):
            return "filled_in"
        if repeats_header(self._header, line):
            return "header"
        if row == self._header.last_row + 1 and _is_numbering(filled):
            return "numbering"
        if len(filled) == 1 and row in self._banners:
            return "section"
        if len(self._required & cells.keys()) <= max(1, (len(self._required) - 1) // 2):
            self._below = self._below or any(_is_footer(cell.text) for cell in filled)
            if self._below:
                return "footer"
        return "outside" if not cells else None


def _is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing that a person can see."""
    return isinstance(cell.value, str) and not cell.value.strip(" \t\r\n\u00a0\u200b\ufeff")


def _is_footer(text: str) -> bool:
    """Whether a text is what stands under a table."""
    key = match_key(text)
    return key.startswith(_FOOTERS) or (key.startswith(_REMARKS) and ":" in text[:12])


def _is_numbering(filled: list[Cell]) -> bool:
    """Whether the cells under a header only number its columns: (1), (2), (3) …"""
    texts = [cell.text.strip("() .[]") for cell in filled]
    numbers = [int(text) for text in texts if text.isdecimal()]
    letters = [text for text in texts if len(text) == 1 and text.isalpha()]
    return (
        len(numbers) >= 3
        and len(numbers) + len(letters) == len(texts)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and numbers[0] <= 2
    )


def _list_rows(rows: Iterable[int], most: int = 8) -> str:
    """Return row numbers in a sentence: «3, 5–7», and «…» after the first parts."""
    parts: list[list[int]] = []
    for row in sorted(rows):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    texts = [str(first) if first == last else f"{first}–{last}" for first, last in parts]
    return ", ".join(texts[:most]) + (" …" if len(texts) > most else "")
