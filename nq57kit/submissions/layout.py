"""From sheets of cells to records: which sheet is which table, where its header is, which rows count.

In: a `Book`. Out: `Layout`: for each table its columns and its records (field → cell), what was skipped and
why, and findings on all that differs from the form. Places are found by words, never by row numbers; the
hidden map of the form is used only where the words around it agree. Parses no value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from nq57kit.submissions.cells import Cell, Sheet, column_letters
from nq57kit.submissions.contract import OWN_SHEETS, TABLES, Table
from nq57kit.submissions.findings import Finding, make_finding
from nq57kit.submissions.formmap import read_form_map
from nq57kit.submissions.headers import Header, find_header, has_most_labels, label_key, read_labels
from nq57kit.submissions.skipping import RowJudge, Skipped, is_blank, list_rows
from nq57kit.submissions.workbook import Book
from nq57kit.text import match_key

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Layout", "Record", "Skipped", "TableRows", "lay_out"]

#: Blank rows between records that are counted; more of them lie outside the table.
_LONGEST_GAP: Final = 200


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
    return _Reader(book).read()


@cache
def _titles() -> Mapping[str, str]:
    """Keys of the names that a table's sheet may have, by which table."""
    names: dict[str, str] = {}
    for table in TABLES.values():
        for title in (table.sheet, table.name, *table.aliases):
            names[match_key(title)] = table.name
    return names


class _Reader:
    """Reads one book; holds the findings while they come up."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._findings: list[Finding] = list(book.notes)
        self._map = read_form_map(book)

    def read(self) -> Layout:
        sheets = self._assign()
        tables = {}
        for table in TABLES.values():
            sheet = sheets.get(table.name)
            if sheet is None:
                self._say("sheet-missing" if table.must_have_rows else "sheet-absent", table, None, label=table.sheet)
                tables[table.name] = TableRows(table.name, None, {})
            else:
                tables[table.name] = self._read_table(table, sheet)
        return Layout(tables, self._map.keys, tuple(self._findings))

    def _say(self, code: str, table: Table | None, sheet: str | None, **words: Any) -> None:
        self._findings.append(
            make_finding(code, file=self._book.file, table=table.name if table else None, sheet=sheet, **words)
        )

    # ------------------------------------------------------------------ sheets

    def _assign(self) -> dict[str, Sheet]:
        """Return the sheet of each table: by its name, else by the hidden map, else by its header's words."""
        found: dict[str, Sheet] = {}
        left: list[Sheet] = []
        mapped = {sheet: table for table, sheet in self._map.sheets.items()}
        for sheet in self._book.sheets:
            if sheet.name in OWN_SHEETS:
                continue
            name = _titles().get(match_key(sheet.name)) or mapped.get(sheet.name)
            if name is None:
                left.append(sheet)
            elif name in found:
                self._say("sheet-twice", TABLES[name], sheet.name, other=found[name].name)
            else:
                found[name] = sheet
        for sheet in left:
            name = self._recognise(sheet)
            if name is None:
                if sheet.rows:
                    self._say("sheet-extra", None, sheet.name)
            elif name in found:
                self._say("sheet-twice", TABLES[name], sheet.name, other=found[name].name)
            else:
                found[name] = sheet
                self._say("sheet-renamed", TABLES[name], sheet.name, label=TABLES[name].sheet)
        for name, sheet in found.items():
            if sheet.hidden:
                self._say("sheet-hidden", TABLES[name], sheet.name)
        return found

    @staticmethod
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

    # ------------------------------------------------------------------ one table

    def _read_table(self, table: Table, sheet: Sheet) -> TableRows:
        if sheet.hidden_rows:
            self._say("rows-hidden", table, sheet.name, rows=list_rows(sheet.hidden_rows))
        if sheet.hidden_columns:
            letters = ", ".join(column_letters(column) for column in sorted(sheet.hidden_columns))
            self._say("columns-hidden", table, sheet.name, columns=letters)
        if table.form == "record":
            record = self._read_form(table, sheet)
            if record is not None:
                return record
        rows = self._read_rows(table, sheet)
        if table.form == "record" and len(rows.records) > 1:
            cell = f"A{rows.records[1].row}"
            self._say("record-twice", table, sheet.name, cell=cell, count=len(rows.records))
        return rows

    def _read_form(self, table: Table, sheet: Sheet) -> TableRows | None:
        """Return a one-record table written as label and value side by side; None if it is not."""
        labels = read_labels(sheet, table)
        if len(labels) < 2 and not (labels and len(table.fields) == 1):
            return None
        places = {name: (cell.row, cell.column) for name, cell in labels.items()}
        columns = Counter(column for _, column in places.values())
        at = columns.most_common(1)[0][0]
        value_column = _value_column(
            table, sheet, {name: row for name, (row, column) in places.items() if column == at}, at
        )
        rows = {name: row for name, (row, column) in places.items() if column == at}
        cells = {name: sheet.rows[row][value_column] for name, row in rows.items() if value_column in sheet.rows[row]}
        hints = {label_key(known.hint) for known in table.fields if known.hint}
        hints |= {label_key(text) for text in ("", table.sheet)}
        unknown = [
            cell
            for row, line in sheet.rows.items()
            if row not in rows.values() and row > min(rows.values())
            for cell in line.values()
            if cell.column == at and value_column in line and label_key(cell.text) not in hints
        ]
        for cell in unknown:
            self._say("column-extra", table, sheet.name, cell=cell.address, label=cell.text)
        self._note_beside(table, sheet, rows, cells, value_column=value_column, hints=hints)
        self._missing(table, sheet, rows)
        first = min(rows.values())
        every = {known.name: value_column for known in table.fields if known.name in rows}
        record = Record(sheet.name, first, cells, rows, every)
        if not cells:
            return TableRows(table.name, sheet.name, every, (record,) if table.must_have_rows else ())
        return TableRows(table.name, sheet.name, every, (record,))

    def _note_beside(
        self,
        table: Table,
        sheet: Sheet,
        rows: Mapping[str, int],
        cells: Mapping[str, Cell],
        *,
        value_column: int,
        hints: set[str],
    ) -> None:
        """Tell of a value that stands beside the place where it would be read."""
        for name, row in rows.items():
            if name in cells and not is_blank(cells[name]):
                continue
            for cell in sheet.rows[row].values():
                if cell.column > value_column and not is_blank(cell) and label_key(cell.text) not in hints:
                    known = table.field(name)
                    place = f"{column_letters(value_column)}{row}"
                    self._say(
                        "value-beside", table, sheet.name, cell=place, field=name, label=known.label, other=cell.address
                    )
                    break

    def _missing(self, table: Table, sheet: Sheet, known: Iterable[str | None]) -> None:
        known = set(known)
        for wanted in table.fields:
            if wanted.required and wanted.name not in known:
                self._say("column-missing", table, sheet.name, field=wanted.name, label=wanted.label)

    def _read_rows(self, table: Table, sheet: Sheet) -> TableRows:
        header = find_header(sheet, table)
        if header is None:
            code = "header-missing" if table.must_have_rows or any(sheet.rows) else "sheet-blank"
            self._say(code, table, sheet.name, label=table.sheet)
            return TableRows(table.name, sheet.name, {})
        columns = self._columns(table, sheet, header)
        self._note_form(table, sheet, header, columns)
        return self._records(table, sheet, header, columns)

    def _columns(self, table: Table, sheet: Sheet, header: Header) -> dict[str, int]:
        """Return the column of each field, with findings for what is missing, doubled or extra."""
        columns = dict(header.columns)
        unknown = dict(header.unknown)
        for name, others in header.doubles.items():
            for other in others:
                differ = _first_difference(sheet, header.last_row, columns[name], other)
                place = f"{column_letters(other)}{header.row}"
                code = "column-twice" if differ else "column-repeated"
                words = {"label": table.field(name).label, "other": column_letters(columns[name])}
                self._say(code, table, sheet.name, cell=place, field=name, **words)
        mapped = {name: place[0] for (owner, name), place in self._map.places.items() if owner == table.name}
        agreeing = [name for name, column in columns.items() if mapped.get(name) == column]
        if len(agreeing) == len(columns):
            for name, column in mapped.items():
                if name not in columns and column in unknown:
                    columns[name] = column
                    text = unknown.pop(column)
                    place = f"{column_letters(column)}{header.row}"
                    self._say(
                        "column-renamed",
                        table,
                        sheet.name,
                        cell=place,
                        field=name,
                        value=text,
                        label=table.field(name).label,
                    )
        scaled = {self._unknown_column(table, sheet, header, column, text) for column, text in unknown.items()}
        self._missing(table, sheet, {*columns, *scaled})
        return columns

    def _unknown_column(self, table: Table, sheet: Sheet, header: Header, column: int, text: str) -> str | None:
        """Tell of a column that is no field's; return the field of a money column that is not in đồng."""
        place = f"{column_letters(column)}{header.row}"
        key = label_key(text)
        for known in table.fields:
            names = {label_key(name).removesuffix(" dong") for name in (known.label, *known.aliases)}
            scaled = known.kind == "money" and any(word in key.split() for word in ("trieu", "nghin", "ngan", "ty"))
            if scaled and any(key.startswith(name) for name in names):
                self._say("money-scale", table, sheet.name, cell=place, field=known.name, value=text, label=known.label)
                return known.name
        self._say("column-extra", table, sheet.name, cell=place, label=text or column_letters(column))
        return None

    def _note_form(self, table: Table, sheet: Sheet, header: Header, columns: Mapping[str, int]) -> None:
        places = {name: place for (owner, name), place in self._map.places.items() if owner == table.name}
        in_place = all(places.get(name, (0, 0)) == (column, header.last_row + 1) for name, column in columns.items())
        if in_place and places:
            return
        order = [columns[known.name] for known in table.fields if known.name in columns]
        if order != sorted(order):
            self._say("columns-moved", table, sheet.name)
        above = [span for span in sheet.merged if span[2] < header.row]
        if above:
            self._say("title-merged", table, sheet.name, row=header.row)

    # ------------------------------------------------------------------ rows

    def _records(self, table: Table, sheet: Sheet, header: Header, columns: Mapping[str, int]) -> TableRows:
        records: list[Record] = []
        skipped: list[Skipped] = []
        judge = RowJudge(table, sheet, header)
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
                by_field[column]: cell for column, cell in line.items() if column in by_field and not is_blank(cell)
            }
            if reason := judge.reason(row, line, cells):
                skipped.append(Skipped(row, reason))
                continue
            for column, top, bottom in spans.get(row, ()):
                if column in by_field and column in sheet.rows.get(top, {}):
                    self._fill_merged(
                        table, sheet, by_field[column], (sheet.rows[top][column], bottom), row=row, cells=cells
                    )
            records.append(Record(sheet.name, row, cells, {}, columns))
        while skipped and skipped[-1].reason == "blank" and (not records or skipped[-1].row > records[-1].row):
            skipped.pop()
        self._note_skipped(table, sheet, skipped)
        return TableRows(table.name, sheet.name, columns, tuple(records), tuple(skipped))

    def _fill_merged(
        self, table: Table, sheet: Sheet, name: str, merged: tuple[Cell, int], *, row: int, cells: dict[str, Cell]
    ) -> None:
        """Give a cell merged over several records its value in each; amounts are asked about instead."""
        top, bottom = merged
        known = table.field(name)
        is_amount = known.kind in ("whole", "money", "percent")
        if row == top.row:
            code = "amount-merged" if is_amount else "cells-merged"
            words = {"label": known.label, "rows": f"{top.row}–{bottom}", "value": top.text}
            self._say(code, table, sheet.name, cell=top.address, field=name, **words)
        if not is_amount:
            cells.setdefault(name, top)

    def _note_skipped(self, table: Table, sheet: Sheet, skipped: list[Skipped]) -> None:
        by_reason: dict[str, list[int]] = {}
        for one in skipped:
            by_reason.setdefault(one.reason, []).append(one.row)
        for reason, rows in by_reason.items():
            if reason != "filled_in":
                self._say(f"rows-{reason}", table, sheet.name, rows=list_rows(rows))


def _value_column(table: Table, sheet: Sheet, rows: Mapping[str, int], at: int) -> int:
    """Return the column of the values beside the labels: the first to the right that is not blank or hints."""
    hints = {label_key(known.hint) for known in table.fields if known.hint}
    ends = [right for top, left, _, right in sheet.merged if left == at and top in rows.values()]
    first = max(ends, default=at) + 1
    for column in range(first, first + 3):
        cells = [sheet.rows[row][column] for row in rows.values() if column in sheet.rows[row]]
        if any(label_key(cell.text) not in hints for cell in cells if not is_blank(cell)):
            return column
    return first


def _columns_merged_down(sheet: Sheet, row: int) -> dict[int, list[tuple[int, int, int]]]:
    """Return, by row below `row`, the cells of one column that are merged over it: column, top and bottom row."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for top, left, bottom, right in sheet.merged:
        if top > row and left == right and bottom > top:
            for line in range(top, min(bottom, top + _LONGEST_GAP) + 1):
                found.setdefault(line, []).append((left, top, bottom))
    return found


def _first_difference(sheet: Sheet, row: int, column: int, other: int) -> int | None:
    """Return the first row below `row` where two columns say different things."""
    for number, line in sheet.rows.items():
        if (
            number > row
            and other in line
            and line[other].text.strip() != (line[column].text.strip() if column in line else "")
        ):
            return number
    return None
