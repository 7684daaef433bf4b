"""The returned form: the unit's values in a straight form, wrong cells coloured and commented, and a list to work off.

In: a checked `Submission`. Out: «<tên tệp>-tra-lai.xlsx», or nothing for a state secret. What was read stands as the form
writes it, what was not as it stood; what the form has no place for is on a sheet of its own. Nothing becomes right by itself:
where straightening would hide an error (two columns of one name, a second sheet), the cell says so until a person mends it.
What a unit wrote goes out as text: never a formula, an address on the web or markup.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from nq57kit.errors import Nq57Error, ParameterError
from nq57kit.files import local_path, write_atomically
from nq57kit.legacy import convert_cell
from nq57kit.plan import Plan, load_plan
from nq57kit.secrecy import is_secret_text
from nq57kit.submissions.book import read_content
from nq57kit.submissions.cells import Book, Cell, Sheet, column_letters, column_number
from nq57kit.submissions.contract import (
    ALL_TABLES,
    ANSWERS,
    LEFTOVERS_SHEET,
    OLD_HINTS,
    RETURN_SHEET,
    SAID_TO_BE_LATE,
    Field,
    Kind,
    Table,
    tables_of,
)
from nq57kit.submissions.findings import SEVERITY_LABELS, Finding, load_finding_kinds
from nq57kit.submissions.form import HEADING, NO_DAY, Filling, Mark, Place, build_form, place_address, require_form
from nq57kit.submissions.headers import find_own_sheet, is_known_label, label_key
from nq57kit.submissions.layout import Layout, Record, lay_out
from nq57kit.submissions.reading import Submission, reconcile, tell_request
from nq57kit.submissions.styles import COLOURS, Page, Styles, look_as_it_stood, put_as_it_stood, set_up_page, start_book
from nq57kit.submissions.values import Reading, ValueReader
from nq57kit.submissions.wording import find_remarks
from nq57kit.text import format_number, match_key

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
    submission: Submission, folder: Path | str, *, plan: Plan | None = None, taken: Collection[str] = ()
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
    return write_atomically(
        local_path(folder, ParameterError) / name_returned(submission.file, taken), content, private=True
    )


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
        self._submission, self._book, self._layout = submission, book, lay_out(book)
        self._plan = tell_request(plan, self._layout.keys)
        period = self._plan.find_period(submission.period or self._layout.keys.get("period"))
        self._tables = {ANSWERS: ALL_TABLES[ANSWERS]} if submission.is_answers else tables_of(period)
        self._reader = ValueReader(self._plan)
        self._records: dict[str, list[dict[str, object]]] = {}
        self._places: dict[tuple[str | None, str | None], list[Place]] = {}
        self._made: dict[Finding, list[Place]] = {}  # places that a finding on no one cell has
        self._placed: set[tuple[str, int, int]] = set()
        self._rows: dict[tuple[str, int], int] = {}

    def build(self) -> bytes:
        """Return the bytes of the form."""
        for table in self._tables.values():
            self._place_table(table)
        for finding in self._layout.findings:
            self._keep_open(finding)
        for finding in self._submission.findings:
            if finding.code == "progress-missing":
                self._add_tasks(finding)
        unit = self._known("unit_id", self._plan.unit)
        period = self._known("period", lambda text: require_form(text, self._plan))
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
            only=self._tables.get(ANSWERS),
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
        if (table := self._tables.get(finding.table or "")) is None:
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
            where = (finding.sheet, finding.cell, finding.code)
            again = seen[where] = seen.get(where, -1) + 1
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
        table = ALL_TABLES[finding.table]
        rows = self._records.get(table.name) or ([{}] if table.form == "record" else [])
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


# ---------------------------------------------------------------------------------- the list of findings

_WIDTHS: Final = (6, 12, 24, 24, 24, 22, 70, 22)
_HEADS: Final = ("TT", "Mức", "Trong tệp đã gửi", "Sửa ở đây", "Mục", "Giá trị đang ghi", "Nội dung và cách sửa", "Mã")
_LEGEND: Final = {
    "error": "phải sửa thì báo cáo mới được nhận",
    "warning": "kiểm tra lại; nếu đúng thì giữ nguyên",
    "note": "để biết, không phải sửa",
}
_LINK: Final = {"font_color": "#0B5394", "underline": 1}
#: What is told of such a finding is on the sheet of leftovers.
_LEFT_OVER: Final = frozenset(
    {"column-extra", "sheet-extra", "rows-total", "rows-section", "rows-footer", "rows-outside", "column-repeated"}
)
#: Rows that say nothing, and what heads a column that only numbers the rows.
_EMPTY_ROWS: Final = frozenset({"header", "numbering", "filled_in"})
_NUMBERING: Final = frozenset({"stt", "tt", "so tt", "so thu tu"})
_MOST_CELLS: Final = 50_000
#: A cell holds 32,767 units of UTF-16; a letter takes one or two.
LONGEST_TEXT: Final = 16_000


def write_feedback(
    book: Any,
    submission: Submission,
    entries: Sequence[tuple[Finding, str, Place | None]],
    *,
    unit: str | None,
    period: str | None,
    leftovers: bool,
) -> None:
    """Add the list of findings, each with its sentence, its cell in the unit's file and its cell in this form."""
    page = Page(book, RETURN_SHEET, _WIDTHS)
    page.line(RETURN_SHEET.upper(), bold=True, font_size=14)
    if submission.notice:
        page.line(submission.notice, bold=True, font_color="#B00020")
    facts = [
        ("Đơn vị", unit or "(chưa xác định được)"),
        ("Kỳ báo cáo", period or "(chưa xác định được)"),
        ("Tệp đã kiểm tra", submission.file),
        ("Kết quả", _verdict(submission)),
        ("Cách làm", _advice(submission, leftovers=leftovers)),
    ]
    page.table(((0, 1), (2, 7)), (), facts, looks=lambda _, index: {} if index else {"bold": True, "align": "left"})
    page.heading("Màu của ô")
    page.table(((0, 1), (2, 7)), (), [(SEVERITY_LABELS[severity], meaning) for severity, meaning in _LEGEND.items()],
               looks=lambda row, index: {} if index else {"bg_color": COLOURS[list(_LEGEND)[row]]})  # fmt: skip
    if counts := reconcile(submission):
        page.heading("1. Số dòng đã đọc trong tệp đã gửi")
        page.table(((0, 1), (2, 7)), (), [
            (one.label, f"đã đọc {format_number(one.seen)} = {format_number(one.accepted)} nhận + "
             f"{format_number(one.refused)} phải sửa + {format_number(one.skipped)} bỏ qua"
             + (f" ({one.reasons})" if one.reasons else ""))
            for one in counts
        ], looks=lambda *_: {"align": "left"})  # fmt: skip
    page.heading(f"{'2. ' if counts else ''}Nội dung cần xem ({format_number(len(entries))})")
    rows, links = [], {}
    for number, (finding, sentence, place) in enumerate(entries):
        here, links[number, 3] = _goal(finding, place, whole=bool(submission.content), leftovers=leftovers)
        rows.append(
            (str(number + 1), SEVERITY_LABELS[finding.severity], _origin(finding), here, _label(finding),
             finding.value or "", sentence, finding.code)
        )  # fmt: skip
    page.table(
        tuple((column, column) for column in range(len(_WIDTHS))),
        _HEADS,
        rows,
        looks=lambda row, index: (
            {"bg_color": COLOURS[entries[row][0].severity]} if index == 1 else _LINK if index == 3 else {}
        ),
        links={at: link for at, link in links.items() if link},
    )
    page.close(RETURN_SHEET)


def _verdict(submission: Submission) -> str:
    counts = {severity: sum(one.severity == severity for one in submission.findings) for severity in SEVERITY_LABELS}
    told = ", ".join(
        f"{format_number(count)} {SEVERITY_LABELS[severity].lower()}" for severity, count in counts.items() if count
    )
    return f"{'ĐẠT' if submission.ok else 'PHẢI SỬA VÀ GỬI LẠI'} ({told})"


def _advice(submission: Submission, *, leftovers: bool) -> str:
    if not submission.content:
        return "Tệp không đọc được nên không có số liệu ở đây; xử lý theo nội dung dưới đây trên tệp gốc rồi gửi lại."
    more = f" Nội dung mà biểu mẫu không có chỗ được chép sang trang «{LEFTOVERS_SHEET}»." if leftovers else ""
    return (
        "Số liệu của đơn vị đã được chép vào biểu mẫu này. Sửa các ô có màu theo ghi chú ở ô (bấm vào tên ô ở cột «Sửa ở "
        f"đây» để đến ô đó), lưu rồi gửi lại chính tệp này.{more} Trang này, màu và ghi chú được bỏ qua khi nhận, không cần "
        "xóa."
    )


def _origin(finding: Finding) -> str:
    if finding.sheet is None:
        return "(cả tệp)"
    return f"{finding.sheet}, ô {finding.cell}" if finding.cell else f"trang {finding.sheet}"


def _goal(finding: Finding, place: Place | None, *, whole: bool, leftovers: bool) -> tuple[str, str]:
    """Return the words and the link that lead to where a finding is mended."""
    if place is not None:
        sheet, address = ALL_TABLES[place[0]].sheet, place_address(place)
        return f"{sheet}, ô {address}", f"'{sheet}'!{address}"
    if not whole:
        return "", ""
    if leftovers and finding.code in _LEFT_OVER:
        return LEFTOVERS_SHEET, f"'{LEFTOVERS_SHEET}'!A1"
    return "đã xếp lại theo biểu mẫu" if finding.severity == "note" else "", ""


def _label(finding: Finding) -> str:
    """Return the label of the field that a finding is about, as the form has it."""
    return ALL_TABLES[finding.table].field(finding.field).label if finding.table and finding.field else ""


# ---------------------------------------------------------------------------------- what the form has no place for


class Leftover(NamedTuple):
    """A row of a sheet as far as it has no place: the sheet, the row there, the row in the form, the cells."""

    sheet: str
    row: int
    form_row: int | None
    cells: tuple[Cell, ...]


def find_leftovers(
    book: Book, layout: Layout, placed: frozenset[tuple[str, int, int]], rows: Mapping[tuple[str, int], int]
) -> list[Leftover]:
    """Return the rows of what was not placed and is not the form's own wording.

    `placed` are cells by sheet, row and column; `rows` gives the form's row of a row that became a record.
    """
    tables = {one.sheet: one for one in layout.tables.values() if one.sheet}
    found = []
    for sheet in (one for one in book.sheets if not find_own_sheet(one)):
        table = tables.get(sheet.name)
        dull = {one.row for one in table.skipped if one.reason in _EMPTY_ROWS} if table else set()
        words = _own_words(table.table) if table else frozenset()
        asks = table is not None and table.table == "cover" and "request" in layout.keys
        titles = 2 + asks if table and layout.keys else 0  # what the form says above its tables
        left = [
            cell
            for (row, column), cell in sheet.cells.items()
            if row > titles
            and (sheet.name, row, column) not in placed
            and cell.text.strip()
            and row not in dull
            and not (
                table and (key := label_key(cell.text)) not in _NUMBERING and (key in words or is_known_label(key))
            )
        ]
        if table:
            left = _without_numbering(left, {row for name, row in rows if name == sheet.name})
        for row in sorted({cell.row for cell in left}):
            cells = tuple(cell for cell in left if cell.row == row)
            found.append(Leftover(sheet.name, row, rows.get((sheet.name, row)), cells))
    return found


def _own_words(table: str) -> frozenset[str]:
    known = ALL_TABLES[table]
    words = (known.about, known.sheet, *OLD_HINTS, *(field.hint for field in known.fields))
    return frozenset(map(label_key, words)) - {""}


def _without_numbering(cells: Sequence[Cell], records: set[int]) -> list[Cell]:
    """Return the cells but for those of columns that only number the records."""
    texts: dict[int, set[str]] = {}
    for cell in cells:
        if cell.row in records:
            texts.setdefault(cell.column, set()).add(cell.text.strip(" ."))
    numbers = {column for column, told in texts.items() if all(map(str.isdecimal, told))}
    heads = {cell.column for cell in cells if label_key(cell.text) in _NUMBERING} & numbers
    return [
        cell
        for cell in cells
        if cell.column not in heads or (cell.row not in records and label_key(cell.text) not in _NUMBERING)
    ]


def write_leftovers(book: Any, leftovers: Sequence[Leftover], carried: Sheet | None) -> None:
    """Add the sheet of what has no place; `carried` is that sheet of a form that was returned before."""
    sheet, styles, row = book.add_worksheet(LEFTOVERS_SHEET), Styles(book), 2
    set_up_page(sheet, LEFTOVERS_SHEET)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 1, 14)
    sheet.set_column(2, 40, 30)
    sheet.write_string(0, 0, LEFTOVERS_SHEET.upper(), styles.get(bold=True, font_size=14))
    said = "Biểu mẫu không có chỗ cho các nội dung dưới đây. Nội dung nào là số liệu thì chuyển vào trang của biểu mẫu; trang này không được đọc."
    sheet.write_string(1, 0, said, styles.get(italic=True))
    for line in _lines(leftovers, carried):
        for column, cell in line:
            look = {"text_wrap": True, "num_format": "@", **look_as_it_stood(cell)}
            look |= {"bold": True, "text_wrap": False} if cell.row == 0 else {"border": 1, "border_color": "#A6A6A6"}
            look |= {"align": "center"} if column < 2 and isinstance(cell.value, int) else {}
            put_as_it_stood(sheet, (row, column), cell, styles.get(**look))
        row += 1


def _lines(leftovers: Sequence[Leftover], carried: Sheet | None) -> Iterator[list[tuple[int, Cell]]]:
    """Give rows of (column, cell); a cell of row 0 is a heading of ours."""
    count = 0
    for name in dict.fromkeys(one.sheet for one in leftovers):
        mine = [one for one in leftovers if one.sheet == name]
        columns = sorted({cell.column for one in mine for cell in one.cells})
        yield [(0, Cell(0, 0, f"Trang «{name}» của tệp đã gửi"))]
        heads = ["Dòng", "Ở biểu mẫu", *(f"Cột {column_letters(column)}" for column in columns)]
        yield [(index, Cell(0, 0, head)) for index, head in enumerate(heads)]
        for one in mine:
            count += len(one.cells)
            if count > _MOST_CELLS:
                yield [(0, Cell(0, 0, f"Còn nữa: chỉ chép {format_number(_MOST_CELLS)} ô đầu, xem tệp đã gửi."))]
                return
            place = [(0, Cell(1, 1, one.row))] + ([(1, Cell(1, 2, one.form_row))] if one.form_row else [])
            for start in range(0, max(len(cell.text) for cell in one.cells), LONGEST_TEXT):
                yield place + [
                    (2 + columns.index(cell.column), _cut(cell, start)) for cell in one.cells if start < len(cell.text)
                ]
        yield []
    for row, line in carried.rows.items() if carried else ():
        if row > 2:
            yield [(column - 1, cell) for column, cell in line.items()]


def _cut(cell: Cell, start: int) -> Cell:
    """Return a cell, or the part of a text that a cell of the file format can hold."""
    whole = len(cell.text) <= LONGEST_TEXT
    return cell if whole else cell._replace(value=cell.text[start : start + LONGEST_TEXT])
