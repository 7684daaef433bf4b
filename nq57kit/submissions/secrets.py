"""State secrets: whether a workbook names or marks one, so that it is refused before anything else is read.

In: a `Book`. Out: where the first such text stands, as the name of a sheet of the form and nothing else: no text
of the workbook leaves this module. What the form itself says about secrets, and «Không», are no secrets.
Source: contract §3, «STATE SECRETS».
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from nq57kit.submissions.contract import LEFTOVERS_SHEET, OWN_SHEETS, TABLES
from nq57kit.submissions.headers import is_known_label
from nq57kit.submissions.legacy import convert_legacy, find_legacy
from nq57kit.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nq57kit.submissions.cells import Book, Cell, Sheet

__all__ = ["HIDDEN_NAME", "find_secret", "is_secret_text", "show_name"]

_GAP = r"[\s\-_.]*"
_END = r"(?![^\W\d_])"
_START = r"(?<![^\W\d_])"
#: «mật» as a classification, not «mật ong», «mật độ», «mật thiết» …: nothing of a word may follow. As in all patterns
#: here, one blank stands for any white space: texts are cleaned before.
_MARKS: Final = re.compile(
    rf"{_START}tuyệt{_GAP}mật{_END}|{_START}tối{_GAP}mật{_END}(?! (?:độ|ong|thiết|mã|khẩu))"
    rf"|(?<!mật )độ mật ?(?:là|:|-|=)? ?(?:độ ?)?[\"'«(]*mật{_END}(?! (?:độ|ong|thiết))"
    rf"|[(\[] ?(?:độ )?mật ?[)\]]"
    rf"|{_START}(?:nhiệm vụ|đề tài|dự án|đề án) mật(?= ?(?:$|[.,;:)\]]))"
)
_PHRASE: Final = re.compile(rf"{_START}bí{_GAP}mật{_GAP}(?:của )?nhà{_GAP}nước{_END}")
#: What denies a secret. Every repetition is possessive: a text is read once, however often it says «phải là».
_NEGATED: Final = re.compile(
    r"không(?: (?:phải|là|thuộc|chứa|có))++(?: (?:nội dung|thông tin|tài liệu|nhiệm vụ))*+(?: thuộc)?+"
    r"(?: (?:danh mục|phạm vi))*+ bí mật nhà nước"
)
#: Outside the list of science tasks, teaching the law on secrets is no secret.
_ABOUT_LAW: Final = re.compile(r"bảo vệ bí mật nhà nước")
_PLAIN_MARKS: Final = re.compile(r"\b(?:tuyet mat|toi mat|bi mat nha nuoc)\b")
_HEADINGS: Final = re.compile(
    r"(?:có )?(?:là )?(?:thuộc )?(?:danh mục )?(?:mức )?(?:độ (?:bảo )?mật|mật|bí mật(?: nhà nước)?"
    r"|(?:nhiệm vụ|đề tài|dự án)(?: thuộc)?(?: danh mục)? (?:bí )?mật(?: nhà nước)?|phân loại mật)"
    r" ?(?:không)? ?(?:\((?:có/không|x|nếu có)\))? ?[?*:]*"
)
#: A page header has parts (left «&L», centre «&C», right «&R»), with «&"Arial,Bold"», «&14», «&KFF0000» among the words.
_PAGE_PARTS: Final = re.compile(r"&[LCR]")
_PAGE_CODES: Final = re.compile(r'&"[^"]*"|&K[0-9A-Fa-f]{6}|&[0-9]+|&[A-Za-z&]')
_NO: Final = frozenset({"", "-", "không", "không mật", "không có", "không phải", "thường", "bình thường", "0", "no", "ko",
                        "không thuộc", "chưa", "công khai", "false"})  # fmt: skip


#: What stands for a file's name that tells a state secret itself.
HIDDEN_NAME: Final = "(tên tệp không hiển thị)"


def find_secret(book: Book) -> str | None:
    """Return the sheet where a state secret is named or marked, or None.

    A sheet with a name of its own is given by its number («trang tính thứ 3»): its name could be the secret.
    """
    for number, sheet in enumerate(book.sheets, 1):
        if _sheet_has_secret(sheet):
            own = {table.sheet for table in TABLES.values()} | set(TABLES) | OWN_SHEETS
            return sheet.name if sheet.name in own else f"trang tính thứ {number}"
    if any(is_secret_text(text) or _is_mark(text) for text in book.texts):
        return "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"
    return None


def show_name(file: str) -> str:
    """Return a file's name as it may be shown: that of a file whose name itself tells a state secret is not.

    Example:
        >>> show_name("bao-cao.xlsx"), show_name("Đề tài A (Mật).xlsx")
        ('bao-cao.xlsx', '(tên tệp không hiển thị)')
    """
    stem = file.rpartition(".")[0] or file
    readings = (file, stem, stem.replace("_", " "), stem.replace("_", ":"))  # a name has no «:»
    return HIDDEN_NAME if any(is_secret_text(text) or _is_mark(text) for text in readings) else file


def is_secret_text(text: str, *, in_science: bool = False) -> bool:
    """Whether a text names or marks a state secret.

    Example:
        >>> is_secret_text("Đề tài A (Mật)"), is_secret_text("Nuôi ong lấy mật ong")
        (True, False)
    """
    readings = [clean(text).casefold()]
    if (encoding := find_legacy(clean(text))) is not None:
        readings.append(convert_legacy(clean(text), encoding).casefold())
    for reading in readings:
        if _MARKS.search(reading):
            return True
        rest = _NEGATED.sub(" ", reading)
        if not in_science:
            rest = _ABOUT_LAW.sub(" ", rest)
        if _PHRASE.search(rest):
            return True
    return text.isascii() and bool(_PLAIN_MARKS.search(readings[0]))


#: «mật» as it is written with marks, without, in TCVN3 and in VNI: no secret is named without one of these.
_LETTERS: Final = ("mật", "mat", "mët", "maät")


def _may_matter(text: str) -> bool:
    """A fast look at cleaned text in small letters."""
    return any(letters in text for letters in _LETTERS)


def _sheet_has_secret(sheet: Sheet) -> bool:
    cells = [cell for line in sheet.rows.values() for cell in line.values() if isinstance(cell.value, str)]
    together = "|".join([str(cell.value) for cell in cells] + [sheet.name, sheet.page_text])
    together = clean(together).casefold()
    if not _may_matter(together):
        return False
    leftovers = sheet.name == LEFTOVERS_SHEET
    if sheet.name in OWN_SHEETS and not leftovers:  # pages of the form itself speak of secrets, but carry no mark
        return any(_MARKS.search(text) for text in together.split("|") if _may_matter(text))
    in_science = not leftovers and _is_science(sheet)
    own = _own_texts()
    parts = [_PAGE_CODES.sub(" ", part) for part in _PAGE_PARTS.split(sheet.page_text)]
    if is_secret_text(sheet.name) or any(is_secret_text(part) or _is_mark(part) for part in parts):
        return True
    for cell in cells:
        text = str(cell.value)
        key = _key(text)
        if not _may_matter(key):
            continue
        if key in own:
            continue
        if _HEADINGS.fullmatch(key):
            if leftovers:
                continue
            if _is_heading(sheet, cell):
                if any(_says_yes(beside) for beside in _beside(sheet, cell)):
                    return True
                continue
            if key not in _NO:
                return True
        if is_secret_text(text, in_science=in_science):
            return True
    return False


def _is_mark(text: str) -> bool:
    """Whether a text outside the cells (a part of a page header, a comment) is a mark and nothing else."""
    return clean(text).casefold() == "mật"


def _key(text: str) -> str:
    return clean(text).casefold().rstrip(" *")


@cache
def _own_texts() -> frozenset[str]:
    """What the form says itself: labels, hints and what each sheet is about."""
    texts = {_key(text) for table in TABLES.values() for text in (table.about, table.sheet)}
    return frozenset(
        texts
        | {_key(text) for table in TABLES.values() for field in table.fields for text in (field.label, field.hint)}
    )


@cache
def _science_words() -> frozenset[str]:
    table = TABLES["science_tasks"]
    return frozenset(_key(title) for title in (table.sheet, table.name, *table.aliases))


def _is_science(sheet: Sheet) -> bool:
    """Whether a sheet lists science tasks, by its name or, renamed, by not being another table's."""
    others = {_key(title) for table in TABLES.values() for title in (table.sheet, table.name, *table.aliases)}
    key = _key(sheet.name)
    return key in _science_words() or key not in others


def _is_heading(sheet: Sheet, cell: Cell) -> bool:
    """Whether a cell heads a column, or stands among the labels of a form."""
    row = sheet.rows[cell.row]
    if sum(isinstance(one.value, str) and is_known_label(one.value) for one in row.values()) >= 2:
        return True
    column = (line[cell.column] for line in sheet.rows.values() if cell.column in line)
    return sum(isinstance(one.value, str) and is_known_label(one.value) for one in column) >= 3


def _beside(sheet: Sheet, cell: Cell) -> Iterator[Cell]:
    """The cells that a heading speaks of: those below it in a table, the one to its right in a form."""
    known = sum(isinstance(one.value, str) and is_known_label(one.value) for one in sheet.rows[cell.row].values())
    if known >= 2:
        for row, line in sheet.rows.items():
            if row > cell.row and cell.column in line:
                yield line[cell.column]
    elif cell.column + 1 in sheet.rows[cell.row]:
        yield sheet.rows[cell.row][cell.column + 1]


def _says_yes(cell: Cell) -> bool:
    if isinstance(cell.value, bool):
        return cell.value
    if isinstance(cell.value, int | float):
        return cell.value != 0
    return _key(cell.text).rstrip(" .") not in _NO
