"""The form's pages of words: the guide (what to fill, by when, how, whose tasks), and `Page`, on which all of them are written.

In: an open workbook, the plan, the period and the unit. Out: the sheet «Hướng dẫn». Labels come from the
contract, dates and tasks from the plan; only the sentences that explain them are written here.
"""

from __future__ import annotations

import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from nq57kit.submissions.contract import INSTRUCTIONS_SHEET, NOT_ON_TRACK, OWN_TITLES, SECRECY_RULE, TABLES, code_label
from nq57kit.submissions.styles import FONT, advise
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nq57kit.plan import Period, Plan, Unit

__all__ = ["Page", "reckon_height", "set_up_page", "write_guide"]

_WIDTHS: Final = (10, 60, 22, 38, 22)
_LINE_HEIGHT: Final = 15.75  # points, at 12 points
_LETTERS: Final = 1.06  # letters of running text per unit of column width
_FONT = {**FONT, "valign": "top", "text_wrap": True}
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
Spans = tuple[tuple[int, int], ...]  # first and last column of each cell of a line
_TALLEST: Final = 400  # points that a row may have
_MOST_LINKS: Final = 65_000  # links that a sheet may have


def write_guide(book: Any, plan: Plan, period: Period, unit: Unit, *, notice: str | None = None) -> None:
    """Add the page of instructions to `book` (an xlsxwriter workbook); `notice` stands at its top in red."""
    page = Page(book, INSTRUCTIONS_SHEET)
    if notice:
        page.line(notice, bold=True, font_color="#B00020", align="center", font_size=14)
    title = OWN_TITLES[INSTRUCTIONS_SHEET]
    page.line(f"{title} TRUYỀN THÔNG NGHỊ QUYẾT SỐ 57-NQ/TW", bold=True, align="center", font_size=14)
    page.line(f"Đơn vị: {unit.name}", bold=True, align="center")
    page.line(f"Kỳ báo cáo: {period.label} (mã kỳ {period})", align="center")
    page.line(
        f"Căn cứ: Kế hoạch triển khai Chương trình – {plan.settings.document_state}.", italic=True, align="center"
    )
    page.heading("I. Thời hạn, nơi nhận và kỳ số liệu")
    page.items(_when_and_where(plan, period))
    page.heading("II. Các trang tính cần điền")
    page.table(((0, 0), (1, 1), (2, 4)), ("TT", "Trang tính", "Nội dung"), _sheets())
    page.heading("III. Cách ghi")
    page.items(_how(plan, period))
    page.heading("IV. Các nhiệm vụ trong Phụ lục của Kế hoạch và vai trò của đơn vị")
    page.table(
        tuple((column, column) for column in range(len(_WIDTHS))),
        ("TT", "Tên nhiệm vụ", "Vai trò của đơn vị", "Sản phẩm, kết quả", "Thời gian hoàn thành"),
        _tasks(plan, unit),
    )
    page.heading("V. Giải thích các cột")
    page.table(
        ((0, 0), (1, 1), (2, 2), (3, 4)), ("Bắt buộc", "Tên cột, tên dòng", "Trang tính", "Cách ghi"), _columns()
    )
    page.close(f"Hướng dẫn – {period}")


def reckon_height(cells: Sequence[tuple[str, float]], size: int = 12) -> float:
    """Return the height in points that a row needs for wrapped texts in columns of the given widths.

    The file format leaves this to the program that opens it, and LibreOffice does not do it.

    Example:
        >>> reckon_height([("một dòng", 20)]) < reckon_height([("một dòng " * 9, 20)])
        True
    """
    lines = max((_count_lines(text, int(width * _LETTERS * 12 / size)) for text, width in cells), default=1)
    return lines * _LINE_HEIGHT * size / 12 + 2


@lru_cache(maxsize=2048)
def _count_lines(text: str, letters: int) -> int:
    """Return how many lines of so many letters a wrapped text takes; the same texts come back in every form."""
    return sum(len(textwrap.wrap(line, max(1, letters))) or 1 for line in text.splitlines() or [""])


def _when_and_where(plan: Plan, period: Period) -> Iterator[str]:
    last, working, window = period.last_day, period.last_working_day, period.window
    term = f"Thời hạn gửi: {period.deadline_text} (Kế hoạch, mục IV.3), tức là chậm nhất hết ngày {format_date(last)}"
    if working == last:
        yield f"{term} ({_WEEKDAYS[last.weekday()]}), theo giờ Hà Nội."
    else:
        yield (
            f"{term} ({_WEEKDAYS[last.weekday()]}), theo giờ Hà Nội; thời hạn không lùi khi trùng ngày nghỉ. "
            f"Ngày làm việc cuối cùng trong thời hạn: {_WEEKDAYS[working.weekday()]}, {format_date(working)}."
        )
    yield (
        f"Nơi nhận: {_receiver(plan)} (đơn vị tổng hợp báo cáo toàn Bộ). Gửi nguyên tệp .xlsx này kèm báo cáo đã ký; "
        "không đặt mật khẩu, không chuyển sang .xls, .pdf hoặc ảnh chụp."
    )
    yield (
        f"Kỳ số liệu: từ ngày {format_date(window.start)} đến hết ngày {format_date(window.end)}. Kế hoạch không quy "
        "định ngày chốt số liệu; đây là cách làm thống nhất để tổng hợp, tham khảo Nghị định số 09/2019/NĐ-CP."
    )
    if period.is_first:
        yield (
            "Đây là kỳ báo cáo đầu tiên, chưa trọn vẹn: đơn vị chưa gửi báo cáo kỳ này không bị tính là quá hạn, "
            "nhưng đề nghị gửi những kết quả đã có."
        )
    yield (
        "Trong kỳ không có hoạt động nào, đơn vị vẫn gửi báo cáo: điền các trang bắt buộc, ghi tình trạng từng nhiệm "
        "vụ và để trống các trang còn lại."
    )
    yield "Khi cần đính chính, gửi lại TOÀN BỘ tệp đã sửa; bản gửi sau thay thế bản gửi trước."


def _receiver(plan: Plan) -> str:
    """Return who draws up the ministry's own report by its date: the lead of that task, in the plan's words."""
    reports = plan.tasks.filter(plan.tasks["cadence"] == "by_date")
    return str((reports if reports.height else plan.tasks)["lead"][-1])


def _how(plan: Plan, period: Period) -> Iterator[str]:
    window = period.window
    idle, undone = code_label("status", "khong_phat_sinh"), code_label("status", "chua_thuc_hien")
    yield (
        "Ô nền vàng và tên có dấu * là bắt buộc. Không đổi tên trang tính, tên cột và không xóa cột; được thêm dòng. "
        "Cột có danh sách thì bấm mũi tên ở góc ô để chọn."
    )
    yield (
        "Ngày: ghi ngày/tháng/năm, ví dụ 18/5/2026. Sau khi nhập, xem lại ngày và tháng hiển thị trong ô vì máy cài "
        "đặt kiểu Mỹ có thể đảo ngày với tháng."
    )
    yield (
        "Số: chỉ ghi chữ số, không ghi kèm chữ hoặc đơn vị tính («12 tin», «khoảng 20» không đọc được). Tiền ghi bằng "
        "đồng, không ghi nghìn đồng, triệu đồng. Tỷ lệ ghi số từ 0 đến 100, ví dụ 85 hoặc 85,5, không ghi dấu %."
    )
    yield "Bằng không thì ghi số 0; chưa có hoặc không đo được số liệu thì để trống."
    yield (
        f"Trang «{TABLES['activities'].sheet}»: chỉ ghi hoạt động diễn ra trong kỳ số liệu, từ ngày "
        f"{format_date(window.start)} đến ngày {format_date(window.end)}; mỗi dòng một hoạt động, sản phẩm. Các tin, "
        "bài cùng chuyên đề có thể ghi chung một dòng với số lượng. Một hoạt động chỉ ghi ở một nhiệm vụ."
    )
    yield (
        f"Trang «{TABLES['activities'].sheet}» và «{TABLES['budget'].sheet}» ghi số phát sinh trong kỳ, không cộng dồn "
        "từ kỳ trước; số liệu cả năm được cộng từ hai kỳ."
    )
    yield (
        f"Tình trạng «{idle}»: nhiệm vụ được giao nhưng trong kỳ không có việc phải làm; «{undone}»: có việc phải làm "
        "nhưng chưa làm. "
        + " và ".join(f"«{code_label('status', code)}»" for code in sorted(NOT_ON_TRACK))
        + f" đều phải ghi «{TABLES['task_progress'].field('explanation').label}». Không để trống: để trống được hiểu "
        "là chưa báo cáo. Nhiệm vụ đã hoàn thành thì ghi ngày hoàn thành."
    )
    yield SECRECY_RULE
    yield "Thông tin người ký và cán bộ đầu mối chỉ dùng để liên hệ, không đưa vào báo cáo tổng hợp."


def _sheets() -> Iterator[tuple[str, ...]]:
    for number, table in enumerate(TABLES.values(), start=1):
        must = "" if table.must_have_rows else " Để trống nếu không có."
        yield str(number), table.sheet, table.about + (must if "để trống" not in table.about else "")


def _tasks(plan: Plan, unit: Unit) -> Iterator[tuple[str, ...]]:
    leads = set(plan.tasks_led_by(unit.unit_id)["task_id"])
    helps = set(plan.tasks_coordinated_by(unit.unit_id)["task_id"])
    for task in plan.tasks.sort("task_id").iter_rows(named=True):
        number = task["task_id"]
        roles = [word for word, mine in (("Chủ trì", leads), ("phối hợp", helps)) if number in mine]
        role = ", ".join(roles)
        yield str(number), task["name"], role[:1].upper() + role[1:] or "–", task["products"], task["timing"]


def _columns() -> Iterator[tuple[str, ...]]:
    for table in TABLES.values():
        for field in table.fields:
            must = "x" if field.required else "Có điều kiện" if field.required_if else ""
            yield must, field.label, table.sheet, advise(table, field)


def set_up_page(sheet: Any, footer: str) -> None:
    """Set a sheet up for the screen (no grid; «007» is meant as a text) and for A4, landscape."""
    sheet.hide_gridlines(2)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer(f"&L&10{footer.replace('&', '&&')}&R&10Trang &P/&N")


class Page:
    """A sheet of words written from the top down; heights are reckoned since merged cells have none of their own.

    Text goes out as text: never a formula, and no link but into the workbook itself.
    """

    def __init__(self, book: Any, name: str, widths: Sequence[float] = _WIDTHS) -> None:
        self._book, self._row, self._widths, self._links = book, 0, widths, 0
        self.whole: Spans = ((0, len(widths) - 1),)
        self.sheet = book.add_worksheet(name)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)

    def line(self, text: str, **style: Any) -> None:
        """Write one paragraph over the whole width."""
        self.cells(self.whole, (text,), (self._book.add_format(_FONT | style),), size=style.get("font_size", 12))

    def heading(self, text: str) -> None:
        """Write a heading, with a blank line before it."""
        self._row += 1
        self.line(text, bold=True)

    def items(self, texts: Iterator[str]) -> None:
        """Write paragraphs as the numbered items of a section."""
        for number, text in enumerate(texts, start=1):
            self.line(f"{number}. {text}")

    def table(
        self,
        spans: Spans,
        header: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        looks: Callable[[int, int], Mapping[str, Any]] | None = None,
        links: Mapping[tuple[int, int], str] | None = None,
    ) -> None:
        """Write a table whose cells stand over the given columns.

        `looks` gives what a cell (row, cell) has besides the table's own look, `links` where it leads («'Trang'!A5»).
        """
        edge = {"border": 1, "border_color": "#A6A6A6"}
        if header:
            head = self._book.add_format(
                _FONT | edge | {"bold": True, "align": "center", "valign": "vcenter", "bg_color": "#E3E8E1"}
            )
            self.cells(spans, header, (head,) * len(spans))
        made: dict[tuple[tuple[str, Any], ...], Any] = {}
        for number, row in enumerate(rows):
            styles = []
            for index, (left, _) in enumerate(spans):
                look = {"align": "center"} if left == 0 else {}
                look |= looks(number, index) if looks else {}
                key = tuple(sorted(look.items()))
                styles.append(made.get(key) or made.setdefault(key, self._book.add_format(_FONT | edge | look)))
            targets = {index: links[number, index] for index in range(len(spans)) if links and (number, index) in links}
            self.cells(spans, row, styles, links=targets)

    def close(self, footer: str) -> None:
        """Set up the print, one page wide."""
        set_up_page(self.sheet, footer)
        self.sheet.fit_to_pages(1, 0)

    def cells(
        self, spans: Spans, texts: Sequence[str], styles: Sequence[Any], *, size: int = 12,
        links: Mapping[int, str] | None = None,
    ) -> None:  # fmt: skip
        """Write one row of texts, each over its columns."""
        sized = []
        for index, ((left, right), text, style) in enumerate(zip(spans, texts, styles, strict=True)):
            if left != right:
                self.sheet.merge_range(self._row, left, self._row, right, "", style)
            if links and index in links and self._links < _MOST_LINKS:
                self._links += 1
                self.sheet.write_url(self._row, left, f"internal:{links[index]}", style, text)
            else:
                self.sheet.write_string(self._row, left, text, style)
            sized.append((text, sum(self._widths[left : right + 1])))
        self.sheet.set_row(self._row, min(reckon_height(sized, size), _TALLEST))
        self._row += 1
