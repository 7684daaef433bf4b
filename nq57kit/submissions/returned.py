"""The returned form: the unit's values in a straight form, wrong cells coloured and commented, and a list to work off.

In: a checked `Submission`. Out: «<tên tệp>-tra-lai.xlsx», or nothing for a state secret. What was read stands as the form
writes it, what was not as it stood; what the form has no place for is on a sheet of its own. Nothing becomes right by itself:
where straightening would hide an error (two columns of one name, a second sheet), the cell says so until a person mends it.
"""

from __future__ import annotations

import io
import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from nq57kit.errors import Nq57Error
from nq57kit.files import write_atomically
from nq57kit.legacy import convert_cell
from nq57kit.plan import load_plan
from nq57kit.secrecy import is_secret_text
from nq57kit.submissions.book import read_content
from nq57kit.submissions.cells import Cell, Sheet, column_number
from nq57kit.submissions.contract import LEFTOVERS_SHEET, RETURN_SHEET, SAID_TO_BE_LATE, TABLES, Field, Kind, Table
from nq57kit.submissions.feedback import LONGEST_TEXT, find_leftovers, write_feedback, write_leftovers
from nq57kit.submissions.findings import SEVERITY_LABELS, Finding, load_finding_kinds
from nq57kit.submissions.form import HEADING, NO_DAY, Filling, Mark, Place, build_form, place_address, require_half
from nq57kit.submissions.headers import find_own_sheet
from nq57kit.submissions.layout import Record, lay_out
from nq57kit.submissions.styles import start_book
from nq57kit.submissions.values import Reading, ValueReader
from nq57kit.submissions.wording import find_remarks
from nq57kit.text import match_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from nq57kit.plan import Plan
    from nq57kit.submissions.cells import Book
    from nq57kit.submissions.reading import Submission

_ENDING: Final = "-tra-lai"
_WORST_FIRST: Final = tuple(SEVERITY_LABELS)
_LATE: Final = frozenset(map(match_key, SAID_TO_BE_LATE))
#: Findings on a column, or on a line beside a table, that the straight form would hide.
_ON_A_COLUMN: Final = frozenset(
    {"column-twice", "money-scale", "count-scale", "money-currency", "column-meaning", "column-doubtful"}
)
#: A sentence of these names another row of the same sheet.
_NAME_A_ROW: Final = frozenset({"row-repeated", "rows-identical", "evidence-repeated"})
_ROW: Final = re.compile(r"(?<=ở dòng )[0-9]+|(?<=hệt dòng )[0-9]+")
_SEE: Final = f"Xem trang «{LEFTOVERS_SHEET}»"
_PROGRESS: Final = "task_progress"

Known = TypeVar("Known")


def name_returned(file: str, taken: Collection[str] = ()) -> str:
    """Return the name of the file that goes back; a number is added while the name is in `taken` (any case).

    Example:
        >>> name_returned("Báo cáo.ods"), name_returned("a-tra-lai.xlsx"), name_returned("A.xlsx", {"a-tra-lai.xlsx"})
        ('Báo cáo-tra-lai.xlsx', 'a-tra-lai.xlsx', 'A-tra-lai-2.xlsx')
    """
    stem = Path(file).stem.removesuffix(_ENDING)
    used = {name.casefold() for name in taken}
    name, number = f"{stem}{_ENDING}.xlsx", 2
    while name.casefold() in used:
        name, number = f"{stem}{_ENDING}-{number}.xlsx", number + 1
    return name


def write_returned(
    submission: Submission, folder: Path, *, plan: Plan | None = None, taken: Collection[str] = ()
) -> Path | None:
    """Write the returned form of a submission into `folder`; return its path, or None where there is none.

    There is none for a state secret and for a file without findings. `taken` are names that other
    files of the run have. Without a plan the packaged one is used. Raises OSError as it comes.

    Example:
        >>> import tempfile
        >>> from nq57kit.submissions import check
        >>> write_returned(check("khong-co.xlsx"), Path(tempfile.mkdtemp())).name
        'khong-co-tra-lai.xlsx'
    """
    content = build_returned(submission, plan=plan)
    if content is None:
        return None
    return write_atomically(folder / name_returned(submission.file, taken), content, private=True)


def build_returned(submission: Submission, *, plan: Plan | None = None) -> bytes | None:
    """Return the bytes of the returned form, or None where there is none (see `write_returned`)."""
    if submission.is_secret or not submission.findings:
        return None
    if plan is None:
        plan = load_plan()
    book = read_content(Path(submission.file), submission.content) if submission.content else None
    if book is None or isinstance(book, Finding):
        return _list_alone(submission)
    return _Returned(submission, book, plan).build()


def _list_alone(submission: Submission) -> bytes:
    """Return a workbook with the list of findings alone, for a file that could not be read."""
    stream = io.BytesIO()
    with start_book(stream) as target:
        target.set_properties({"created": datetime.combine(NO_DAY, time())})
        entries = [(finding, finding.message, None) for finding in submission.findings]
        write_feedback(target, submission, entries, unit=None, period=None, leftovers=False)
    return stream.getvalue()


class _Returned:
    """One file on its way back: its values by record and field, where each cell went, and what each place carries."""

    def __init__(self, submission: Submission, book: Book, plan: Plan) -> None:
        self._submission, self._book, self._plan = submission, book, plan
        self._layout = lay_out(book)
        self._reader = ValueReader(plan)
        self._records: dict[str, list[dict[str, object]]] = {}
        self._places: dict[tuple[str | None, str | None], list[Place]] = {}
        self._made: dict[Finding, list[Place]] = {}  # places that a finding on no one cell has
        self._placed: set[tuple[str, int, int]] = set()
        self._rows: dict[tuple[str, int], int] = {}

    def build(self) -> bytes:
        """Return the bytes of the form."""
        for table in TABLES.values():
            self._place_table(table)
        for finding in self._layout.findings:
            self._keep_open(finding)
        for finding in self._submission.findings:
            if finding.code == "progress-missing":
                self._add_tasks(finding)
        unit = self._known("unit_id", self._plan.unit)
        period = self._known("period", lambda text: require_half(text, self._plan))
        marks, entries = self._mark()
        left = find_leftovers(self._book, self._layout, frozenset(self._placed), self._rows)
        carried = next((sheet for sheet in self._book.sheets if find_own_sheet(sheet) == LEFTOVERS_SHEET), None)
        more = bool(left or carried)

        def write_list(target: Any) -> None:
            told = period.label if period else None
            write_feedback(
                target, self._submission, entries, unit=unit.name if unit else None, period=told, leftovers=more
            )

        filling = Filling(
            self._records,
            marks,
            notice=self._submission.notice,
            front=(write_list,),
            back=(lambda target: write_leftovers(target, left, carried),) if more else (),
        )
        return build_form(self._plan.in_force(period) if period else self._plan, period, unit, filling)

    # ------------------------------------------------------------------ values

    def _place_table(self, table: Table) -> None:
        records = self._layout.tables[table.name].records
        rows = self._records[table.name] = []
        for number, record in enumerate(records[:1] if table.form == "record" else records):
            values: dict[str, object] = {}
            for name in record.columns:
                self._places.setdefault((record.sheet, record.address(name)), []).append((table.name, number, name))
            for name, cell in record.cells.items():
                values[name] = self._straighten(cell, table.field(name))
                if len(cell.text) <= LONGEST_TEXT:  # a longer one may be cut, and is told whole among the leftovers
                    self._placed.add((record.sheet, cell.row, cell.column))
            rows.append(values)
            if table.form == "rows":
                self._rows[record.sheet, record.row] = int(
                    place_address((table.name, number, table.fields[0].name))[1:]
                )

    def _straighten(self, cell: Cell, field: Field) -> object:
        """Return the value that a cell was read as, or the cell where it was not, or not without a remark."""
        if self._submission.legacy_fonts_converted and (converted := convert_cell(cell)) is not None:
            cell = converted[1]
        period = self._submission.period
        reading = self._reader.read(cell, field, period=period)
        doubted = reading.code and (reading.value is None or load_finding_kinds()[reading.code].severity != "note")
        if doubted or (field.kind is Kind.CODE and match_key(cell.text) in _LATE):
            return cell
        value = self._plan.unit(reading.value).name if field.kind is Kind.UNIT and reading.value else reading.value
        shown = value if field.kind is not Kind.CODE else str(value)
        again = self._reader.read(Cell(cell.row, cell.column, shown), field, period=period)
        same = value is None or again == Reading(reading.value)
        return value if same else cell

    # ------------------------------------------------------------------ errors that a straight form would hide

    def _keep_open(self, finding: Finding) -> None:
        """Put into the form what keeps an error of the old layout visible until it is mended."""
        table = TABLES[finding.table] if finding.table else None
        if table is None:
            return
        if finding.code in _ON_A_COLUMN:
            self._join_column(finding, table)
        elif finding.code == "value-columns":
            self._join_beside(finding)
        elif finding.code == "amount-merged":
            self._say_merged(finding)
        elif finding.code == "record-twice":
            self._join_records(finding, self._layout.tables[table.name].records[1:])
        elif finding.code == "sheet-twice":
            sheets = tuple(sheet for sheet in self._book.sheets if sheet.name == finding.sheet)
            second = lay_out(replace(self._book, sheets=sheets, notes=())).tables[table.name].records
            if table.form == "record":
                self._join_records(finding, second)
            elif second:
                self._ask_row(finding, table)
        elif finding.code == "header-missing" and table.form == "rows":
            self._ask_row(finding, table)

    def _say_merged(self, finding: Finding) -> None:
        for name, number, field in self._places.get((finding.sheet, finding.cell), ()):
            if field == finding.field and field in self._records[name][number]:
                self._records[name][number][field] = Cell(0, 0, f"{finding.value} (ô gộp)")

    def _join_beside(self, finding: Finding) -> None:
        """Write beside the values of a one-record table what stood in its other columns of figures."""
        table = finding.table or ""
        for record in self._layout.tables[table].records:
            for name, cell in record.cells.items():
                for other in self._book_sheet(finding).rows[cell.row].values():
                    if other.column > cell.column and other.text.strip():
                        self._join(finding, (table, 0, name), other.text, record)

    def _join_column(self, finding: Finding, table: Table) -> None:
        """Write beside the value of a field what stood in the other column of its name, or in one of another scale."""
        sheet = self._book_sheet(finding)
        column = column_number((finding.cell or "").rstrip("0123456789"))
        word = next((remark.word for remark in find_remarks(finding.value or "")), "")
        mark = word or ("(?)" if finding.code == "column-doubtful" else "")
        for number, record in enumerate(self._layout.tables[table.name].records):
            name = finding.field or ""
            if name in record.columns and finding.code != "column-twice":  # a line beside the table says it
                alike = [one.name for one in table.fields if one.kind is table.field(name).kind]
                for other in [one for one in alike if one in record.cells]:
                    self._records[table.name][number][other] = Cell(0, 0, f"{record.cells[other].text} {mark}")
                    self._made.setdefault(finding, []).append((table.name, number, other))
                continue
            cell = sheet.rows.get(record.row, {}).get(column)
            if cell is not None and cell.text.strip() and number < len(self._records[table.name]):
                self._placed.add((sheet.name, cell.row, cell.column))
                text = f"{cell.text} {mark}".strip()
                self._join(finding, (table.name, number, name), text, record)

    def _book_sheet(self, finding: Finding) -> Sheet:
        return next(sheet for sheet in self._book.sheets if sheet.name == finding.sheet)

    def _join_records(self, finding: Finding, others: Iterable[Record]) -> None:
        """Write the values of other records of a one-record table beside those of the first."""
        records = self._layout.tables[finding.table or ""].records
        for other in others:
            for name, cell in other.cells.items():
                self._join(finding, (finding.table or "", 0, name), cell.text, records[0] if records else None)

    def _join(self, finding: Finding, place: Place, text: str, record: Record | None) -> None:
        table, number, name = place
        mine = record.cells[name].text if record and name in record.cells else ""
        if mine.strip() != text.strip():
            rows = self._records[table]
            rows += [{}] if not rows else []
            before = rows[number].get(name)
            shown = before.text if isinstance(before, Cell) else mine
            rows[number][name] = Cell(0, 0, " | ".join(part for part in (shown, text) if part))
            self._made.setdefault(finding, []).append(place)

    def _ask_row(self, finding: Finding, table: Table) -> None:
        """Add a row that says where to find what was not placed; it is refused until a person has seen to it."""
        required = [field for field in table.fields if field.required]
        name = next(field.name for field in required if field.kind is Kind.CODE)
        number = len(self._records[table.name])
        self._records[table.name].append({name: Cell(0, 0, _SEE)})
        names = [name, *(field.name for field in required if field.name != name)]
        self._made.setdefault(finding, []).extend((table.name, number, one) for one in names)

    def _add_tasks(self, finding: Finding) -> None:
        """Add a row for each task that the unit leads and did not tell of."""
        rows = self._records[_PROGRESS]
        told = {row.get("task_id") for row in rows}
        led = self._plan.tasks_led_by(self._submission.unit_id or "")["task_id"]
        for task in led:
            if task not in told:
                self._made.setdefault(finding, []).append((_PROGRESS, len(rows), "status"))
                rows.append({"task_id": task})

    # ------------------------------------------------------------------ marks

    def _mark(self) -> tuple[dict[Place, Mark], list[tuple[Finding, str, Place | None]]]:
        """Return what each place carries, and the findings with their sentences and first places."""
        said: dict[Place, list[tuple[str, str]]] = {}
        entries: list[tuple[Finding, str, Place | None]] = []
        seen: dict[tuple[object, ...], int] = {}
        for finding in self._submission.findings:
            places, sentence = self._places_of(finding), self._renumber(finding)
            again = seen[finding.sheet, finding.cell, finding.code] = (
                seen.get((finding.sheet, finding.cell, finding.code), -1) + 1
            )
            entries.append((finding, sentence, places[min(again, len(places) - 1)] if places else None))
            for place in places:
                said.setdefault(place, []).append((finding.severity, sentence))
        marks = {}
        for place, told in said.items():
            told.sort(key=lambda one: _WORST_FIRST.index(one[0]))
            lines = dict.fromkeys(f"{SEVERITY_LABELS[severity].upper()}: {sentence}" for severity, sentence in told)
            words = "\n\n".join(lines)
            # a comment that speaks of secrets would make the file one when it comes back
            marks[place] = Mark(told[0][0], f"Xem trang «{RETURN_SHEET}»." if is_secret_text(words) else words)
        return marks, entries

    def _places_of(self, finding: Finding) -> list[Place]:
        """Return the places of a finding: its cell, what was made for it, or the blank cells that it asks for."""
        if exact := self._places.get((finding.sheet, finding.cell)):
            return [place for place in exact if finding.field in (None, place[2])] or exact
        if finding in self._made or finding.table is None or finding.severity == "note":
            return self._made.get(finding, [])
        table = TABLES[finding.table]
        rows = self._records[table.name] or ([{}] if table.form == "record" else [])
        wanted = [finding.field] if finding.field else [field.name for field in table.fields if field.required]
        blank = [
            (table.name, number, name) for number, row in enumerate(rows) for name in wanted if row.get(name) is None
        ]
        return ([(table.name, HEADING, finding.field)] if finding.field else []) + (
            blank if finding.severity == "error" or not finding.cell else []
        )

    def _renumber(self, finding: Finding) -> str:
        """Return a finding's sentence, in which another row is called by its number in the form."""
        if finding.code not in _NAME_A_ROW:
            return finding.message

        def here(found: re.Match[str]) -> str:
            return str(self._rows.get((finding.sheet or "", int(found[0])), found[0]))

        return _ROW.sub(here, finding.message)

    # ------------------------------------------------------------------ whose form it is

    def _known(self, name: str, find: Callable[[str], Known]) -> Known | None:
        """Return the unit or the half for which the form was made, else the one that the cover names."""
        for text in (self._layout.keys.get(name), getattr(self._submission, name)):
            with suppress(Nq57Error):
                if text:
                    return find(text)
        return None
