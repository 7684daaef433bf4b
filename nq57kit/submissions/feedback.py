"""The two sheets of a returned form that are no part of the form: the list of findings, and what it has no place for.

In: a checked submission, where each finding and each cell went. Out: «Phiếu phản hồi» and «Nội dung ngoài biểu mẫu». What a
unit wrote goes out as text: never a formula, an address on the web or markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nq57kit.submissions.cells import Cell, Sheet, column_letters
from nq57kit.submissions.contract import LEFTOVERS_SHEET, RETURN_SHEET, TABLES
from nq57kit.submissions.findings import SEVERITY_LABELS, Finding
from nq57kit.submissions.form import Place, place_address
from nq57kit.submissions.headers import find_own_sheet, is_known_label, label_key
from nq57kit.submissions.reading import reconcile
from nq57kit.submissions.styles import COLOURS, Page, Styles, look_as_it_stood, put_as_it_stood, set_up_page
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nq57kit.submissions.cells import Book
    from nq57kit.submissions.layout import Layout
    from nq57kit.submissions.reading import Submission

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
        sheet, address = TABLES[place[0]].sheet, place_address(place)
        return f"{sheet}, ô {address}", f"'{sheet}'!{address}"
    if not whole:
        return "", ""
    if leftovers and finding.code in _LEFT_OVER:
        return LEFTOVERS_SHEET, f"'{LEFTOVERS_SHEET}'!A1"
    return "đã xếp lại theo biểu mẫu" if finding.severity == "note" else "", ""


def _label(finding: Finding) -> str:
    """Return the label of the field that a finding is about, as the form has it."""
    if finding.table is None or finding.field is None:
        return ""
    return TABLES[finding.table].field(finding.field).label


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
    for sheet in book.sheets:
        if find_own_sheet(sheet):
            continue
        table = tables.get(sheet.name)
        dull = {one.row for one in table.skipped if one.reason in _EMPTY_ROWS} if table else set()
        words = _own_words(table.table) if table else frozenset()
        titles = 2 if table and layout.keys else 0  # what the form says above its tables
        left = [
            cell
            for (row, column), cell in sheet.cells.items()
            if row > titles
            and (sheet.name, row, column) not in placed
            and cell.text.strip()
            and row not in dull
            and not (table and (label_key(cell.text) in words or is_known_label(cell.text)))
        ]
        if table:
            left = _without_numbering(left, {row for name, row in rows if name == sheet.name})
        for row in sorted({cell.row for cell in left}):
            cells = tuple(cell for cell in left if cell.row == row)
            found.append(Leftover(sheet.name, row, rows.get((sheet.name, row)), cells))
    return found


def _own_words(table: str) -> frozenset[str]:
    known = TABLES[table]
    return frozenset(map(label_key, (known.about, known.sheet, *(field.hint for field in known.fields)))) - {""}


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
