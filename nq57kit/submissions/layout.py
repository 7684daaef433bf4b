"""From sheets of cells to records: which sheet is which table, where its header is, which rows count.

In: a `Book`. Out: `Layout`: for each table its columns and its records (field → cell), what was skipped and
why, and findings on all that differs from the form. Places are found by words, never by row numbers; the
hidden map of the form is used only where the words around it agree. Parses no value.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Any, Final

from nq57kit.submissions import headers
from nq57kit.submissions.cells import Book, Cell, Sheet, column_letters
from nq57kit.submissions.contract import ALL_TABLES, ANSWERS, OLD_HINTS, TABLES, Field, Kind, Table
from nq57kit.submissions.findings import SEVERITY_LABELS, Finding, make_finding
from nq57kit.submissions.headers import FormMap, Header, RowJudge
from nq57kit.submissions.wording import Remark, find_remarks, find_unit, keys_of, shorten
from nq57kit.text import format_number, match_key

Say = Callable[..., None]

#: An address or a telephone number among words of the unit's own, and what stands for them.
_CONTACT: Final = re.compile(r"\S@\S|\d(?:[ .()-]?\d){7}")
_HIDDEN: Final = "(chữ đơn vị tự ghi, không hiển thị)"
#: Blank rows between records that are counted; more of them lie outside the table.
_LONGEST_GAP: Final = 200
#: How the comments of a returned form begin, whose author other programs leave out.
_OWN_COMMENTS: Final = (*(f"{label.upper()}:" for label in SEVERITY_LABELS.values()), "Xem trang «")
#: Cells looked at around a table for words of scale, and their length.
_LOOKED_AT, _LONGEST_LINE = 400, 160


@dataclass(frozen=True)
class Record:
    """One record of a table: the sheet and row where it stands, and its cells by field."""

    sheet: str
    row: int
    cells: Mapping[str, Cell]
    row_of: Mapping[str, int] = dataclasses.field(default_factory=dict)
    columns: Mapping[str, int] = dataclasses.field(default_factory=dict)

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
    """Return where the tables of `book` are and which records they hold: those of a unit's report, or the one of a file of answers."""
    findings = list(book.notes)

    def say(code: str, table: Table | None, sheet: str | None, **words: Any) -> None:
        name = table.name if table else None
        findings.append(make_finding(code, file=book.file, table=name, sheet=sheet, **words))

    form = headers.read_form_map(book)
    asked = {ANSWERS: ALL_TABLES[ANSWERS]} if _is_of_answers(book, form) else TABLES
    sheets = _assign(book, form, asked, say)
    tables = {}
    for table in asked.values():
        if (sheet := sheets.get(table.name)) is not None:
            tables[table.name] = _TableReader(table, sheet, form, say).read()
        else:
            tables[table.name] = TableRows(table.name, None, {})
    return Layout(tables, form.keys, tuple(findings))


# -------------------------------------------------------------------------------------- sheets


@cache
def _titles() -> Mapping[str, str]:
    """Keys of the names that a table's sheet may have, by which table."""
    return {match_key(title): table.name for table in ALL_TABLES.values() for title in table.titles}


def _is_of_answers(book: Book, form: FormMap) -> bool:
    """Whether a book is the file in which difficulties are answered: by its hidden map, else by the name of a sheet."""
    named = form.sheets or {_titles().get(match_key(sheet.name)) for sheet in book.sheets}
    return ANSWERS in named


def _assign(book: Book, form: FormMap, asked: Mapping[str, Table], say: Say) -> dict[str, Sheet]:
    """Return the sheet of each table: by its name, else by the hidden map, else by its header's words."""
    mapped = {sheet: table for table, sheet in form.sheets.items()}
    named = {
        sheet.name: _titles().get(match_key(sheet.name)) or mapped.get(sheet.name)
        for sheet in book.sheets
        if headers.find_own_sheet(sheet) is None
    }
    found: dict[str, Sheet] = {}
    for sheet in sorted((one for one in book.sheets if one.name in named), key=lambda one: named[one.name] is None):
        by_name = named[sheet.name]
        name = by_name or _recognise(sheet, asked)
        if name is None or name not in asked:
            if sheet.rows:
                say("sheet-extra", None, sheet.name)
        elif name in found:
            say("sheet-twice", asked[name], sheet.name, other=found[name].name)
        else:
            found[name] = sheet
            if by_name is None:
                say("sheet-renamed", asked[name], sheet.name, label=asked[name].sheet)
    for name, sheet in found.items():
        if sheet.hidden:
            say("sheet-hidden", asked[name], sheet.name)
    return found


def _recognise(sheet: Sheet, asked: Mapping[str, Table]) -> str | None:
    """Return the table whose header, or whose labels one below the other, the sheet has; None if none or two fit."""
    scores: Counter[str] = Counter()
    for table in asked.values():
        if (header := headers.find_header(sheet, table)) and header.is_sure:
            scores[table.name] = header.score
        elif table.form == "record" and headers.has_most_labels(labels := headers.read_labels(sheet, table), table):
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
        self._accepted: set[int] = set()
        #: The half that the form was made for, «H1» or «H2».
        self._half = form.keys["period"][-2:] if "period" in form.keys else None
        self._hints = {
            headers.label_key(hint) for hint in (*OLD_HINTS, *(known.hint for known in table.fields)) if hint
        }

    def _say(self, code: str, **words: Any) -> None:
        """Add a finding on the table; where a `field` is named, its label is among the words.

        Words of the unit's own that are no field's could be contact data: beside those of the form none is shown, elsewhere
        none that looks like an address or a telephone number.
        """
        name, beside = words.get("field"), any(field.personal for field in self._table.fields)
        for word in {"label", "value"} & words.keys():
            if (beside and not name) or _CONTACT.search(str(words[word])):
                words[word] = _HIDDEN
        if name:
            words = {"label": self._table.field(name).label, **words}
        self._say_of(code, self._table, self._sheet.name, **words)

    def read(self) -> TableRows:
        sheet = self._sheet
        if sheet.hidden_rows:
            self._say("rows-hidden", rows=_list_rows(sheet.hidden_rows))
        if sheet.hidden_columns:
            self._say("columns-hidden", columns=", ".join(map(column_letters, sorted(sheet.hidden_columns))))
        self._note_covered()
        if struck := {row for row, _ in sheet.struck}:
            self._say("rows-struck", rows=_list_rows(struck))
        persons = [place for place, text in sheet.comments.items() if not text.strip().startswith(_OWN_COMMENTS)]
        if persons:
            places = [f"{column_letters(column)}{row}" for row, column in sorted(persons)]
            more = f" và {len(places) - 8} ô khác" if len(places) > 8 else ""
            self._say("cells-commented", cell=places[0], cells=", ".join(places[:8]) + more)
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
        labels = headers.read_labels(sheet, table)
        if len(labels) < 2 and not (labels and len(table.fields) == 1):
            return None
        at = Counter(cell.column for cell in labels.values()).most_common(1)[0][0]
        rows = {name: cell.row for name, cell in labels.items() if cell.column == at}
        for name in [name for name, cell in labels.items() if headers.is_reworded(table.name, cell.text)]:
            self._doubt(name, labels[name].address, labels[name].text, (labels[name].row, at + 1))
        values = self._value_column(rows, at)
        cells = {name: sheet.rows[row][values] for name, row in rows.items() if values in sheet.rows[row]}
        expected = {*self._hints, "", headers.label_key(table.sheet)}
        first = min(rows.values())
        for row, line in sheet.rows.items():
            is_line = row > first and row not in rows.values() and at in line and values in line
            if is_line and headers.label_key(line[at].text) not in expected:
                self._say("column-extra", cell=line[at].address, label=line[at].text)
        for name, row in rows.items():
            if name not in cells or headers.is_blank(cells[name]):
                self._note_beside(name, row, values, expected)
        self._note_missing(rows)
        columns = {known.name: values for known in table.fields if known.name in rows}
        beside = (cell for row in rows.values() for cell in sheet.rows[row].values() if cell.column not in (at, values))
        self._look_around(columns, self._lines_above(first), beside)
        record = Record(sheet.name, first, cells, rows, columns)
        return TableRows(table.name, sheet.name, columns, (record,) if cells or table.must_have_rows else ())

    def _value_column(self, rows: Mapping[str, int], at: int) -> int:
        """Return the column of the values beside the labels: the first to the right that is not blank or hints.

        Units of measure and remarks are passed over; several columns of figures are asked about, and so is one under
        words such as «kỳ trước».
        """
        sheet = self._sheet
        ends = [right for top, left, _, right in sheet.merged if left == at and top in rows.values()]
        first, top = max(ends, default=at) + 1, min(rows.values())
        measured = [name for name in rows if self._table.field(name).kind in headers.MEASURED]
        found: list[tuple[int, str]] = []
        for column in range(first, first + 8):
            heading = next(
                (cell for row in range(top - 1, top - 4, -1) if (cell := sheet.rows.get(row, {}).get(column))), None
            )
            key = headers.label_key(heading.text) if heading else ""
            cells = {name: sheet.rows[row][column] for name, row in rows.items() if column in sheet.rows[row]}
            filled = {
                name: cell
                for name, cell in cells.items()
                if not headers.is_blank(cell) and headers.label_key(cell.text) not in self._hints
            }
            if not filled or key in keys_of("unit_column") + keys_of("aside"):
                continue
            if found and not any(name in filled and headers.is_figure(filled[name]) for name in measured):
                continue
            if not found and column > first + 2:
                break
            found.append(
                (column, f"{column_letters(column)} «{heading.text.strip()}»" if heading else column_letters(column))
            )
            if heading and len(found) == 1:
                for name in measured:
                    if name in filled and self._doubt(name, heading.address, heading.text, (filled[name].row, column)):
                        break
        if len(found) > 1:
            columns = ", ".join(name for _, name in found)
            self._say("value-columns", cell=f"{column_letters(found[1][0])}{top}", columns=columns)
        return found[0][0] if found else first

    def _note_beside(self, name: str, row: int, values: int, expected: set[str]) -> None:
        """Tell of a value that stands beside the place where it would be read."""
        for cell in self._sheet.rows[row].values():
            if cell.column > values and not headers.is_blank(cell) and headers.label_key(cell.text) not in expected:
                self._say("value-beside", cell=f"{column_letters(values)}{row}", field=name, other=cell.address)
                return

    # ------------------------------------------------------------------ rows under a header

    def _read_rows(self) -> TableRows:
        table, sheet = self._table, self._sheet
        header = headers.find_header(sheet, table)
        if header is None:
            code = "header-missing" if table.must_have_rows or any(sheet.rows) else "sheet-blank"
            self._say(code, label=table.sheet)
            return TableRows(table.name, sheet.name, {})
        columns = self._columns(header)
        self._note_places(header, columns)
        rows = self._records(header, columns)
        asides = (
            cell
            for row, line in sheet.rows.items()
            if row > header.last_row
            for cell in line.values()
            if isinstance(cell.value, str) and (cell.column not in columns.values() or row not in self._accepted)
        )
        groups = (cell for row in range(header.row, header.last_row) for cell in sheet.rows.get(row, {}).values())
        self._look_around(columns, chain(self._lines_above(header.row), groups), asides)
        return rows

    def _columns(self, header: Header) -> dict[str, int]:
        """Return the column of each field, with findings for what is missing, doubled or extra."""
        columns, unknown = dict(header.columns), dict(header.unknown)
        for name, others in header.doubles.items():
            for other in others:
                code = "column-twice" if self._differ(header.last_row, columns[name], other) else "column-repeated"
                place = f"{column_letters(other)}{header.row}"
                self._say(code, cell=place, field=name, other=column_letters(columns[name]))
        asked = {name for name in header.columns if self._judge_heading(name, header)}
        columns = {name: column for name, column in columns.items() if name not in asked}
        if all(self._mapped.get(name, (0, 0))[0] == column for name, column in header.columns.items()):
            for name, (column, _) in self._mapped.items():
                if name not in header.columns and column in unknown:
                    place = f"{column_letters(column)}{header.row}"
                    match self._judge_place(name, place, unknown[column], (header.last_row + 1, column)):
                        case "read":
                            columns[name] = column
                        case "asked":
                            asked.add(name)
                        case _:
                            continue
                    del unknown[column]
        for column, text in unknown.items():
            self._unknown_column(header, column, text, asked, columns)
        self._note_missing({*columns, *asked})
        return columns

    def _judge_heading(self, name: str, header: Header) -> bool:
        """Tell of a heading that is a field's label but for marks, units or words; say if it must be asked about."""
        column = header.columns[name]
        text, place = header.texts[column], f"{column_letters(column)}{header.row}"
        if not headers.is_reworded(self._table.name, text):
            return False
        if self._doubt(name, place, text, (header.last_row + 1, column)):
            return True
        self._say("column-renamed", cell=place, field=name, value=text, why="theo chữ của tên cột")
        return False

    def _judge_place(self, name: str, place: str, text: str, first: tuple[int, int]) -> str:
        """Say if a reworded column is «read» by its place in the form, as its words say the same; or «asked» about."""
        field = self._table.field(name)
        if self._doubt(name, place, text, first):
            return "asked"
        if not text or self._names(field, text):
            self._say("column-renamed", cell=place, field=name, value=text, why="vì nằm đúng vị trí trong biểu mẫu")
            return "read"
        if field.required or field.kind not in (Kind.TEXT, Kind.URL):
            self._say("column-doubtful", cell=place, field=name, value=text)
            return "asked"
        return "extra"

    def _names(self, field: Field, text: str) -> bool:
        """Whether a heading says a field: its label in other words, or a word of it, and no other field's label."""
        key = f" {match_key(text)} "
        if any(_has_label(key, other) for other in self._table.fields if other is not field):
            return False
        known = {word for label in field.labels for word in match_key(label).split()}
        return _has_label(key, field) or bool(known & set(key.split()) - set(keys_of("generic")))

    # ----------------------------------------------------- what words say of scale and meaning

    def _doubt(self, name: str, place: str, text: str, first: tuple[int, int]) -> bool:
        """Tell of a heading by whose words the figures of a field are not what the form asks for; say if it is so."""
        return any(self._tell(remark, self._table.field(name), place, text, first) for remark in find_remarks(text))

    def _tell(self, remark: Remark, field: Field, place: str | None, text: str, first: tuple[int, int]) -> bool:
        code = _code_of(remark, field.kind)
        if code is None or (remark.kind == "half" and self._half in (None, f"H{remark.factor}")):
            return False
        row, column = first
        below = (self._sheet.rows.get(number, {}).get(column) for number in range(row, row + 20))
        figure = next((cell.value for cell in below if cell and type(cell.value) in (int, float)), None)
        reading = ""
        if remark.factor and isinstance(figure, int | float):
            unit = " đồng" if field.kind is Kind.MONEY else ""
            full = format_number(round(figure * remark.factor))
            reading = f" ({format_number(figure, 0 if isinstance(figure, int) else 1)} {remark.word} = {full}{unit}?)"
        self._say(code, cell=place, field=field.name, value=text, word=remark.word, reading=reading)
        return True

    def _lines_above(self, first: int) -> Iterator[Cell]:
        """The texts above a table that are not the form's own."""
        own = {match_key(self._table.about), *self._hints}
        for row, line in self._sheet.rows.items():
            if row >= first:
                return
            yield from (
                cell for cell in line.values() if isinstance(cell.value, str) and match_key(cell.value) not in own
            )

    def _look_around(self, columns: Mapping[str, int], above: Iterable[Cell], beside: Iterable[Cell]) -> None:
        """Tell of what the sheet's name, comments, lines and cells around a table say of the scale of its figures.

        Above the table «lũy kế» counts, too; below and beside it stands for rows of totals.
        """
        fields = [
            self._table.field(name) for name in columns if self._table.field(name).kind in (Kind.MONEY, Kind.WHOLE)
        ]
        fields.sort(key=lambda field: field.kind is not Kind.MONEY)
        if not fields:
            return
        told: set[str] = set()
        sheet = self._sheet
        comments = ((f"{column_letters(at)}{row}", text) for (row, at), text in sheet.comments.items())
        heads = chain([(None, sheet.name), (None, sheet.page_text)], ((cell.address, cell.text) for cell in above))
        others = chain(comments, ((cell.address, cell.text) for cell in beside))
        lines = chain(((line, True) for line in heads), ((line, False) for line in others))
        for (place, text), is_above in islice(lines, _LOOKED_AT):
            if text in told or len(text) > _LONGEST_LINE or headers.is_known_label(text):
                continue
            told.add(text)
            sums = (remark for remark in find_remarks(text) if is_above and remark.kind == "cumulative")
            if remark := find_unit(text) or next(sums, None):
                for field in fields:
                    if self._tell(remark, field, place, text, (1, columns[field.name])):
                        break

    def _note_covered(self) -> None:
        """Tell of values that a merged cell hides: only what a person sees is read."""
        for top, left, bottom, right in self._sheet.merged:
            hidden = [
                cell for cell in self._sheet.covered if top <= cell.row <= bottom and left <= cell.column <= right
            ]
            shown = self._sheet.rows.get(top, {}).get(left)
            if differing := [cell for cell in hidden if not shown or cell.text != shown.text]:
                others = ", ".join(f"«{cell.text}» ({cell.address})" for cell in differing[:5])
                more = f" và {len(differing) - 5} ô khác" if len(differing) > 5 else ""
                place = f"{column_letters(left)}{top}"
                self._say("cells-covered", cell=place, value=shown.text if shown else place, others=others + more)

    def _differ(self, row: int, column: int, other: int) -> bool:
        """Whether two columns say different things in some row below `row`."""
        return any(
            number > row
            and other in line
            and line[other].text.strip() != (line[column].text.strip() if column in line else "")
            for number, line in self._sheet.rows.items()
        )

    def _unknown_column(
        self, header: Header, column: int, text: str, asked: set[str], columns: Mapping[str, int]
    ) -> None:
        """Tell of a column that is no field's; ask where it seems to be one that is missing, in another scale or sense."""
        place = f"{column_letters(column)}{header.row}"
        key = match_key(shorten(text)[1])
        for field in self._table.fields:
            if (
                _has_label(f" {key} ", field)
                and field.name not in {*columns, *asked}
                and self._doubt(field.name, place, text, (header.last_row + 1, column))
            ):
                asked.add(field.name)
                return
        self._say("column-extra", cell=place, label=text or column_letters(column))

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
        judge = RowJudge(self._table, sheet, header)
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
                by_field[column]: cell
                for column, cell in line.items()
                if column in by_field and not headers.is_blank(cell)
            }
            if reason := judge.reason(row, line, cells):
                skipped.append(Skipped(row, reason))
                continue
            for column, top, bottom in spans.get(row, ()):
                if column in by_field and column in sheet.rows.get(top, {}):
                    self._fill_merged(by_field[column], sheet.rows[top][column], bottom, row, cells)
            records.append(Record(sheet.name, row, cells, {}, columns))
        self._accepted = {record.row for record in records}
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
        is_amount = self._table.field(name).kind in headers.AMOUNTS
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


def _has_label(key: str, field: Field) -> bool:
    """Whether a key, blanks around it, has a label of a field in it."""
    return any(f" {match_key(label)} " in key for label in field.labels)


def _code_of(remark: Remark, kind: Kind) -> str | None:
    """Return the finding that a word of a heading is for a kind of field, None if it changes nothing there."""
    if remark.kind == "scale":
        return {Kind.MONEY: "money-scale", Kind.WHOLE: "count-scale"}.get(kind)
    if remark.kind == "currency":
        return "money-currency" if kind is Kind.MONEY else None
    return "column-meaning" if kind in headers.MEASURED else None


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
