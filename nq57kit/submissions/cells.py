"""What a file is once it is read: a book of sheets of cells with addresses; and the names of columns.

In: nothing. Out: the frozen types that every reader of files fills and every later step reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from nq57kit.submissions.findings import Finding

Value = str | int | float | bool | date | datetime | None
#: Spreadsheets take no longer number format, and a value has no more digits than these.
_LONGEST_FORMAT, _GENERAL_DIGITS, _MOST_DIGITS = 255, 11, 40
#: The parts of a number format: text that stands as it is, brackets, blanks, fillers, days, digits.
_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|_(?P<blank>.)|\*(?P<filler>.)|(?P<general>General)'
    r"|(?P<half>AM/PM|A/P)|(?P<power>E[+-])|(?P<day>[ymdhsbe]+)|(?P<digit>[0#?])|(?P<sign>[.,%@])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]+)$")
_COMPARE: Final = {"<": lt, ">": gt, "=": eq, "<=": le, ">=": ge, "<>": ne}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def column_number(letters: str) -> int:
    """Return the number of a column, from 1.

    Example:
        >>> column_number("A"), column_number("AB")
        (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column's number, from 1.

    Example:
        >>> column_letters(28)
        'AB'
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Section(NamedTuple):
    """One section of a number format: its tokens (kind, text), and the numbers that it is for."""

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None = None

    def has(self, kind: str, text: str | None = None) -> bool:
        """Return whether a token of this kind (and text) is there."""
        return any(one == kind and text in (None, given) for one, given in self.tokens)


@lru_cache(maxsize=512)
def read_format(code: str) -> tuple[Section, ...]:
    """Return the sections of a number format: for numbers above, below and equal to zero, and for text.

    Example:
        >>> read_format('#,##0" triệu"')[0].tokens[-1]
        ('literal', ' triệu')
    """
    sections: list[Section] = []
    tokens: list[tuple[str, str]] = []
    condition: tuple[str, float] | None = None
    for match in _TOKEN.finditer(code[:_LONGEST_FORMAT]):
        kind, text = str(match.lastgroup), match[str(match.lastgroup)]
        if kind == "other" and text == ";":
            sections.append(Section(tuple(tokens), condition))
            tokens, condition = [], None
        elif kind == "bracket":
            if found := _CONDITION.match(text):
                condition = found[1], float(found[2])
            elif text.startswith("$"):
                tokens.append(("literal", text[1:].partition("-")[0]))
            elif text.casefold().strip("hms") == "":
                tokens.append(("day", text))
        elif kind == "blank":
            tokens.append(("literal", " "))
        elif kind != "filler":
            tokens.append(("literal" if kind in ("quoted", "escaped", "other") else kind, text))
    return (*sections, Section(tuple(tokens), condition))


@lru_cache(maxsize=512)
def shows_percent(number_format: str) -> bool:
    """Whether a number format shows a hundred times the value with a percent sign.

    Example:
        >>> shows_percent("0.0%"), shows_percent('0" %"')
        (True, False)
    """
    return any(section.has("sign", "%") for section in read_format(number_format))


@lru_cache(maxsize=512)
def is_plain(number_format: str) -> bool:
    """Whether a number format shows all of a value and nothing else: «#,##0», «0.00», day, month and year in this order.

    Example:
        >>> is_plain("#,##0"), is_plain("dd/mm/yyyy"), is_plain("mmm-yy"), is_plain("#,##0,,")
        (True, True, False, False)
    """
    if number_format in ("", "General"):
        return True
    (section, *others) = read_format(number_format)
    more = [other for other in others if not other.has("sign", "@")]
    kinds = [kind for kind, text in section.tokens if text]
    if "day" in kinds:
        order = [text[0].lower() for kind, text in section.tokens if kind == "day" and text[0].lower() in "dmy"]
        return not more and order in (["d", "m", "y"], ["y", "m", "d"])
    texts = "".join(text for _, text in section.tokens)
    return not more and set(kinds) <= {"digit", "sign"} and re.fullmatch(r"#?,?#*[0?]+(?:\.[0#?]+)?", texts) is not None


def show_value(number_format: str, value: Value, *, point: str = ",") -> str | None:
    """Return what a number format shows of a value, the decimal point as given; None for formats that are not known.

    Groups are separated by the other sign of «.» and «,». Months are named in English.

    Example:
        >>> show_value('#,##0.0,," triệu"', 107_260_000), show_value("000", 7), show_value("0.00", 2026.1, point=".")
        ('107,3 triệu', '007', '2026.10')
    """
    sections = read_format(number_format)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        section = sections[3] if len(sections) > 3 else sections[-1]
        if not section.has("sign", "@"):
            return value
        return "".join(value if kind == "sign" and text == "@" else text for kind, text in section.tokens)
    if isinstance(value, date):
        return _show_day(sections[0], value)
    section, magnitude = _choose(sections, value)
    if section.has("day") or section.has("literal", "/"):
        return None
    if section.has("power"):
        return f"{value:.{sum(kind == 'digit' for kind, _ in section.tokens) // 2}E}".replace(".", point)
    if section.has("general") or not section.tokens:
        shown = _show_general(magnitude).replace(".", point) if section.has("general") else ""
        return "".join(shown if kind == "general" else text for kind, text in section.tokens)
    return _show_digits(section.tokens, magnitude, point)


def _choose(sections: tuple[Section, ...], value: float) -> tuple[Section, float]:
    """Return the section that a number takes, and the number that it shows: one for negative numbers shows no sign."""
    numbers = sections[:3] if len(sections) > 3 or not sections[-1].has("sign", "@") else sections[:-1] or sections
    if any(section.condition for section in numbers):
        for section in numbers:
            if section.condition is None or _COMPARE[section.condition[0]](value, section.condition[1]):
                return section, abs(value) if section.condition and section.condition[0] in ("<", "<=") else value
        return numbers[-1], value
    if value < 0 and len(numbers) > 1:
        return numbers[1], -value
    return (numbers[2] if value == 0 and len(numbers) > 2 else numbers[0]), value


def _show_general(value: float) -> str:
    text = f"{value:.{_GENERAL_DIGITS - 1}g}"
    return text if "e" not in text or isinstance(value, float) else str(value)


def _show_digits(tokens: tuple[tuple[str, str], ...], value: float, point: str) -> str:
    """Lay the digits of a number into the places of its format."""
    places = [index for index, (kind, _) in enumerate(tokens) if kind == "digit"]
    at_point = next((index for index, token in enumerate(tokens) if token == ("sign", ".")), len(tokens))
    whole, decimals = [one for one in places if one < at_point], [one for one in places if one > at_point]
    commas = [index for index, token in enumerate(tokens) if token == ("sign", ",")]
    grouped = any(whole and whole[0] < comma < whole[-1] for comma in commas)
    scaling = sum(bool(places) and comma > whole[-1] if whole else True for comma in commas)
    percents = sum(token == ("sign", "%") for token in tokens)
    number = Decimal(repr(value)).scaleb(2 * percents - 3 * scaling)
    number = abs(number).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP, Context(prec=_MOST_DIGITS + 400))
    left, _, fraction = f"{number:f}".partition(".")
    left = left.lstrip("0")
    shown = {at_point: point if whole or not left else left + point}
    position = 0
    for index in reversed(whole):
        count = max(0, len(left) - 1) if index != whole[0] else 0
        taken, left = left[count:] or {"0": "0", "?": " "}.get(tokens[index][1], ""), left[:count]
        shown[index] = ""
        for digit in reversed(taken):
            separator = ("," if point == "." else ".") if grouped and position and position % 3 == 0 else ""
            shown[index] = digit + separator + shown[index]
            position += 1
    for index, digit in zip(decimals, fraction, strict=True):
        needed = fraction[decimals.index(index) :].strip("0") or tokens[index][1] == "0"
        shown[index] = digit if needed else " " if tokens[index][1] == "?" else ""
    text = "".join(
        shown.get(index, "" if token in (("sign", ","), ("digit", "#")) else token[1])
        for index, token in enumerate(tokens)
    )
    return ("-" if value < 0 and number else "") + text


def _show_day(section: Section, day: date) -> str | None:
    """Return what a format shows of a day; minutes are «m» behind hours or before seconds."""
    if section.has("digit") or not section.has("day"):
        return None
    moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a cell has no zone
    runs = [text.lower() for kind, text in section.tokens if kind == "day"]
    parts, at = [], 0
    for kind, text in section.tokens:
        if kind == "day":
            before, after = runs[at - 1 : at], runs[at + 1 : at + 2]
            is_minute = before[:1] in (["h"], ["hh"]) or after[:1] in (["s"], ["ss"])
            parts.append(_show_part(runs[at], moment, is_minute=is_minute))
            at += 1
        else:
            parts.append({"literal": text, "sign": text, "half": f"{moment:%p}"}.get(kind, ""))
    return "".join(parts)


def _show_part(run: str, moment: datetime, *, is_minute: bool) -> str:
    """Return what «d», «mmm», «yy» … show of a moment."""
    letter, length = run[0], len(run)
    if letter == "y" or letter in "be":
        return f"{moment:%y}" if length <= 2 and letter == "y" else f"{moment.year:04d}"
    if letter == "d" and length > 2:
        return f"{moment:%a}" if length == 3 else f"{moment:%A}"
    if letter == "m" and not is_minute and length > 2:
        name = _MONTHS[moment.month - 1]
        return name[:1] if length == 5 else name if length == 3 else f"{moment:%B}"
    number = {"d": moment.day, "m": moment.minute if is_minute else moment.month, "h": moment.hour, "s": moment.second}[
        letter
    ]
    return f"{number:0{min(length, 2)}d}"


class Cell(NamedTuple):
    """A cell that holds something: row and column from 1, the value, and what the value alone does not say.

    `number_format` is the code of its format, `seen` what the file itself says that a person sees (.ods has texts, no codes),
    `link` the address behind it, `error` a text such as «#REF!», `formula_without_value` a formula whose result is not in the
    file.

    Example:
        >>> Cell(7, 3, "Vụ Pháp chế").address
        'C7'
    """

    row: int
    column: int
    value: Value
    number_format: str = ""
    error: str | None = None
    formula_without_value: bool = False
    seen: str = ""
    link: str = ""

    @property
    def address(self) -> str:
        """The cell's place as a spreadsheet names it."""
        return f"{column_letters(self.column)}{self.row}"

    @property
    def percent(self) -> bool:
        """Whether the value is a number shown as a percentage."""
        return bool(self.number_format) and shows_percent(self.number_format) and isinstance(self.value, int | float)

    @property
    def is_plain(self) -> bool:
        """Whether a person sees all of the value and nothing else."""
        return not self.seen and is_plain(self.number_format)

    def shown(self, *, point: str = ",") -> str:
        """What a person sees of the value, as far as it is known."""
        if self.error or isinstance(self.value, bool):
            return self.text
        if self.seen:
            return self.seen
        shown = show_value(self.number_format, self.value, point=point) if self.number_format else None
        return self.text if shown is None else shown

    @property
    def text(self) -> str:
        """The value as it stood, for show."""
        if self.error:
            return self.error
        if isinstance(self.value, bool):
            return "TRUE" if self.value else "FALSE"
        if isinstance(self.value, datetime):
            return self.value.isoformat(sep=" ")
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True)
class Sheet:
    """A sheet: its cells by row and column (only cells that show something), and what is hidden or merged.

    `covered` are the cells that hold something beneath a merged cell: nobody sees them. `struck` and `comments` are places of cells with
    a line through them and with a comment of a person's.
    """

    name: str
    rows: Mapping[int, Mapping[int, Cell]]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    page_text: str = ""
    covered: tuple[Cell, ...] = ()
    struck: frozenset[tuple[int, int]] = frozenset()
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @property
    def cells(self) -> dict[tuple[int, int], Cell]:
        """The cells by (row, column)."""
        return {(row, column): cell for row, cells in self.rows.items() for column, cell in cells.items()}


@dataclass(frozen=True)
class Book:
    """A file that was read: its sheets in order, its bytes and their SHA-256.

    `texts` holds what stands outside cells (comments, text boxes); `notes` what is tolerated but said.
    """

    path: Path
    file: str
    sha256: str
    format: str
    sheets: tuple[Sheet, ...]
    content: bytes = field(repr=False)
    texts: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[Finding, ...] = ()
