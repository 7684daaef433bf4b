"""The sheet «Phiếu phản hồi»: whose file it is, the verdict, the rows counted, and every finding with a link to its cell.

In: a submission and the plan. Out: the worksheet part. Text from the file goes out as text: never a formula, an
address on the web or markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from nq57kit.errors import Nq57Error
from nq57kit.submissions.cells import column_letters
from nq57kit.submissions.contract import RETURN_SHEET, TABLES
from nq57kit.submissions.findings import SEVERITY_LABELS
from nq57kit.submissions.guide import reckon_height
from nq57kit.submissions.reconciling import reconcile
from nq57kit.submissions.returned.xmlparts import MAIN, attribute, text
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nq57kit.plan import Plan
    from nq57kit.submissions.cells import Sheet
    from nq57kit.submissions.findings import Finding
    from nq57kit.submissions.reading import Submission
    from nq57kit.submissions.returned.package import Colours
    from nq57kit.submissions.returned.styles import StyleSheet

__all__ = ["read_colours", "write_list"]

_WIDTHS: Final = (6, 13, 24, 9, 28, 26, 78, 26)
_HEADS: Final = ("TT", "Mức", "Trang tính", "Ô", "Mục", "Giá trị đang ghi", "Nội dung và cách sửa", "Mã")
_LEGEND: Final = {
    "error": "phải sửa thì báo cáo mới được nhận",
    "warning": "kiểm tra lại; nếu đúng thì giữ nguyên",
    "note": "để biết, không phải sửa",
}
_WHOLE_FILE: Final = "(cả tệp)"
_TALLEST: Final = 400
_MOST_LINKS: Final = 65_000
#: The column in which the colours of cells are kept.
_HIDDEN: Final = len(_WIDTHS) + 1
_ADDRESS: Final = re.compile(r"[A-Z]{1,3}[0-9]{1,7}")


@dataclass
class _Grid:
    """Rows of cells and their links while they are written."""

    styles: StyleSheet
    sheets: Mapping[str, str]
    rows: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def add(self, cells: Sequence[tuple[str, str | int]], *, height: float | None = None) -> None:
        """Add a row of (style, value); an empty style is no cell."""
        number = len(self.rows) + 1
        parts = []
        for column, (style, value) in enumerate(cells, 1):
            if not style:
                continue
            place = f'r="{column_letters(column)}{number}" s="{self.styles.for_list(style)}"'
            if isinstance(value, int):
                parts.append(f"<c {place}><v>{value}</v></c>")
            else:
                parts.append(f'<c {place} t="inlineStr"><is><t xml:space="preserve">{text(value)}</t></is></c>')
        tall = f' ht="{min(height, _TALLEST):g}" customHeight="1"' if height else ""
        self.rows.append(f'<row r="{number}"{tall}>{"".join(parts)}</row>')

    def link(self, column: int, sheet: str, cell: str) -> None:
        """Make a cell of the last row lead to a cell of the workbook, as far as a sheet may have links."""
        if len(self.links) >= _MOST_LINKS:
            return
        name = self.sheets[sheet].replace("'", "''")
        place = f"{column_letters(column)}{len(self.rows)}"
        location = attribute(f"'{name}'!{cell}")
        self.links.append(f'<hyperlink ref="{place}" location={location} display={attribute(cell)}/>')


def write_list(
    submission: Submission,
    plan: Plan,
    styles: StyleSheet,
    colours: Colours,
    *,
    sheets: Mapping[str, str],
    copied: bool,
) -> bytes:
    """Return the worksheet; `sheets` are those of this workbook by their name in the unit's file.

    `copied` says that the workbook is a copy of the cells, not the unit's own file. `colours` are kept in a hidden
    column, for when the file comes back with some cells corrected (`read_colours`).
    """
    grid = _Grid(styles, sheets)
    _write_opening(grid, submission, plan, copied=copied)
    _write_counts(grid, submission)
    _write_findings(grid, submission, colours)
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(_WIDTHS, 1)
    )
    columns += f'<col min="{_HIDDEN}" max="{_HIDDEN}" width="9" hidden="1" customWidth="1"/>'
    links = f"<hyperlinks>{''.join(grid.links)}</hyperlinks>" if grid.links else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView showGridLines="0" tabSelected="1" '
        f'workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="16"/><cols>{columns}</cols>'
        f"<sheetData>{''.join(grid.rows)}</sheetData>{links}"
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;R&amp;10Trang &amp;P/&amp;N</oddFooter></headerFooter></worksheet>"
    ).encode()


def _write_opening(grid: _Grid, submission: Submission, plan: Plan, *, copied: bool) -> None:
    grid.add([("title", RETURN_SHEET.upper())], height=22)
    if submission.notice:
        grid.add([("label", submission.notice)])
    facts = [
        ("Đơn vị:", _unit(submission, plan)),
        ("Kỳ báo cáo:", _period(submission, plan)),
        ("Tệp đã kiểm tra:", submission.file),
        ("Kết quả:", _verdict(submission)),
        ("Cách làm:", _advice(submission, copied=copied)),
    ]
    for label, value in facts:
        grid.add([("label", label), ("", ""), ("text", value)])
    grid.add([])
    for severity, meaning in _LEGEND.items():
        grid.add([("", ""), (severity, SEVERITY_LABELS[severity]), ("text", meaning)])
    grid.add([])


def _unit(submission: Submission, plan: Plan) -> str:
    try:
        return plan.unit(submission.unit_id).name if submission.unit_id else "(chưa xác định được)"
    except Nq57Error:
        return submission.unit_id or ""


def _period(submission: Submission, plan: Plan) -> str:
    if not submission.period:
        return "(chưa xác định được)"
    try:
        return f"{plan.period(submission.period).label} ({submission.period})"
    except Nq57Error:
        return submission.period


def _verdict(submission: Submission) -> str:
    counts = {severity: sum(one.severity == severity for one in submission.findings) for severity in SEVERITY_LABELS}
    told = ", ".join(
        f"{format_number(count)} {SEVERITY_LABELS[severity].lower()}" for severity, count in counts.items() if count
    )
    return f"{'ĐẠT' if submission.ok else 'PHẢI SỬA VÀ GỬI LẠI'} ({told})"


def _advice(submission: Submission, *, copied: bool) -> str:
    if not submission.content:
        return "Tệp không đọc được nên không kèm theo ở đây; xử lý theo nội dung dưới đây trên tệp gốc rồi gửi lại."
    if copied:
        return (
            "Tệp này là bản chép các ô đã đọc; sửa ở đây rồi gửi lại, hoặc sửa trong tệp gốc. Bấm vào tên ô để đến ô đó. "
            "Trang này và các ghi chú được bỏ qua khi nhận, không cần xóa."
        )
    return (
        "Sửa ngay trong tệp này: bấm vào tên ô để đến ô đó, sửa, lưu rồi gửi lại. "
        "Trang này, màu và ghi chú được bỏ qua khi nhận, không cần xóa."
    )


def _write_counts(grid: _Grid, submission: Submission) -> None:
    counts = reconcile(submission)
    if not counts:
        return
    grid.add([("label", "1. Số dòng đã đọc")])
    for count in counts:
        skipped = f"{format_number(count.skipped)} bỏ qua{f' ({count.reasons})' if count.reasons else ''}"
        told = (
            f"đã đọc {format_number(count.seen)} = {format_number(count.accepted)} nhận + "
            f"{format_number(count.refused)} phải sửa + {skipped}"
        )
        grid.add([("", ""), ("", ""), ("cell", count.label), ("text", told)])
    grid.add([])


def read_colours(sheet: Sheet) -> Colours:
    """Return the colours that the list of an earlier return keeps, by sheet and address."""
    found: dict[str, dict[str, str]] = {}
    for line in sheet.rows.values():
        if {3, 4, _HIDDEN} <= line.keys() and _ADDRESS.fullmatch(line[4].text):
            found.setdefault(line[3].text, {})[line[4].text] = line[_HIDDEN].text
    return found


def _write_findings(grid: _Grid, submission: Submission, colours: Colours) -> None:
    number = "2. " if reconcile(submission) else ""
    grid.add([("label", f"{number}Nội dung cần xem ({format_number(len(submission.findings))})")])
    grid.add([("head", head) for head in _HEADS], height=20)
    for number_, finding in enumerate(submission.findings, 1):
        label, value = _label(finding), finding.value or ""
        known = finding.sheet is not None and finding.sheet in grid.sheets
        colour = colours.get(grid.sheets.get(finding.sheet or "", ""), {}).get(finding.cell or "", "")
        place = finding.cell or ("trang" if known else "")
        grid.add(
            [("number", number_), (finding.severity, SEVERITY_LABELS[finding.severity]),
             ("cell", finding.sheet or _WHOLE_FILE), ("link" if known else "cell", place), ("cell", label),
             ("cell", value), ("cell", finding.message), ("cell", finding.code),
             ("text" if colour else "", colour)],
            height=reckon_height(
                [(finding.message, _WIDTHS[6]), (label, _WIDTHS[4]), (value, _WIDTHS[5]),
                 (finding.sheet or "", _WIDTHS[2]), (finding.code, _WIDTHS[7])]
            ),
        )  # fmt: skip
        if known:
            grid.link(4, finding.sheet or "", finding.cell or "A1")


def _label(finding: Finding) -> str:
    """Return the label of the field that a finding is about, as the form has it."""
    if finding.table is None or finding.field is None:
        return ""
    return TABLES[finding.table].field(finding.field).label
