"""Blocks: what a notebook cell displays, as values that every exporter can read.

In: texts, rows and SVG. Out: frozen dataclasses with a mime bundle: HTML for JupyterLab, a short plain text,
and the same content as data (`BLOCK_MIME`), from which the page, Word and Excel are made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from operator import truediv
from types import MappingProxyType
from typing import Any, Final, Literal, get_args, overload

from nq57kit.show.markup import check_svg, notebook_html
from nq57kit.submissions.contract import code_label
from nq57kit.text import format_date, format_number, format_percent

#: The mime type under which a block's content stands in an executed notebook.
BLOCK_MIME: Final = "application/vnd.nq57kit.block+json"
#: A table with more rows, or more columns, is set in small type on paper.
_LONG: Final = 12
_CROWDED: Final = 7
#: How a page beside a report is named: `catalogue-2026-H2.html`.
_PAGE_BESIDE: Final = re.compile(r"[a-z]+-\d{4}(-(H[12]|P|R\d\d))?(-neu-chot)?\.html")
#: What stands where a person has written nothing yet.
NO_COMMENTARY: Final = "(chưa có nhận xét)"

Cell = str | int | float | date | datetime | None
ColumnKind = Literal["text", "number", "money", "percent", "date", "link"]
NoteKind = Literal["info", "warning", "draft", "provisional", "empty"]


class Block:
    """Anything that a cell can display; subclasses are frozen dataclasses.

    Example:
        >>> Paragraph("Xin chào")._repr_mimebundle_()["text/plain"]
        'Xin chào'
    """

    kind: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return the content as JSON-ready data, with `kind` first; dates in ISO form."""
        return {"kind": self.kind, **{field.name: _plain(getattr(self, field.name)) for field in _fields(self)}}

    def as_text(self) -> str:
        """Return a short plain text, for consoles and logs: what the block says, else of what kind it is."""
        return str(getattr(self, "text", self.kind))

    @property
    def parts(self) -> tuple[Block, ...]:
        """The blocks to show, one after the other: this one, but of `Blocks` those in it."""
        return (self,)

    @property
    def is_drawn(self) -> bool:
        """Whether it can be written down without waiting for another process to draw."""
        return all(isinstance(svg := vars(part).get("svg", ""), str) or svg.done() for part in self.parts)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the three forms that Jupyter stores: HTML, plain text and data."""
        return {"text/plain": self.as_text(), "text/html": notebook_html(self), BLOCK_MIME: self.as_data()}


@dataclass(frozen=True)
class Title(Block):
    """The title of the whole document: it takes the place of the notebook's own first heading; of a `level` 2 that of a section.

    `subtitle` is the line beneath: what period, closed on which day.
    """

    text: str
    subtitle: str = ""
    level: int = 1
    kind = "title"

    def as_text(self) -> str:
        """Return title and subtitle."""
        return "\n".join(line for line in (self.text, self.subtitle) if line)


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph of running text; everything in it is shown as text."""

    text: str
    kind = "paragraph"


@dataclass(frozen=True)
class Bullets(Block):
    """A list of sentences."""

    items: tuple[str, ...]
    kind = "bullets"

    def as_text(self) -> str:
        """Return one line for each item."""
        return "\n".join(f"- {item}" for item in self.items)


@dataclass(frozen=True)
class Note(Block):
    """A remark set apart.

    `level` is info, warning, draft («DỰ THẢO»), provisional («tạm tính») or empty (there is no data to show).
    """

    text: str
    level: NoteKind = "info"
    kind = "note"

    def __post_init__(self) -> None:
        if self.level not in get_args(NoteKind):
            raise ValueError(f"unknown level of note: {self.level}")


@dataclass(frozen=True)
class Column:
    """A column of a table: `kind` says how its values are written, `unit` is shown in its head.

    `percent` takes ratios (0-1); a value is divided by `scale` for display only (đồng in, «triệu đồng» shown); `link` is text that
    a unit gave as an address.
    """

    name: str
    label: str
    kind: ColumnKind = "text"
    unit: str = ""
    digits: int = 0
    scale: int = 1

    def __post_init__(self) -> None:
        if self.kind not in get_args(ColumnKind):
            raise ValueError(f"unknown kind of column: {self.kind}")

    @property
    def numeric(self) -> bool:
        """Whether values stand to the right."""
        return self.kind in {"number", "money", "percent"}


def format_cell(column: Column, value: Cell) -> str:
    """Return a cell as a reader sees it; «–» where there is no value.

    Example:
        >>> format_cell(Column("x", "Tỷ lệ", "percent"), 0.5), format_cell(Column("n", "Số", "number"), None)
        ('50,0%', '–')
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return f"{format_date(value.date())} {value:%H:%M}"
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, str):
        return value
    if column.kind == "percent":
        return format_percent(value, column.digits or 1)
    return format_number(value / column.scale if column.scale != 1 else value, column.digits)


@dataclass(frozen=True)
class Table(Block):
    """A titled table of raw values; `total` says that the last row is a total.

    `folded` tables stand behind a click on screen and open on paper; `source` says where the figures come from.
    `headings` gives each row the heading that it stands under: the page shows equal ones once, above their rows, in
    place of the first column; formats for calculation keep every column in every row. Tables of one `id` have the
    same figures, so that paper shows one of them. `apart` names the page beside the report on which the rows stand: page and
    Word then say how many there are and where; the workbook has its sheet. A table without rows is read as a sentence: its
    title and `nothing`.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    source: str = ""
    total: bool = False
    folded: bool = False
    id: str = ""
    headings: tuple[str, ...] = ()
    apart: str = ""
    nothing: str = "chưa có số liệu"
    kind = "table"

    def __post_init__(self) -> None:
        if self.headings and (len(self.headings) != len(self.rows) or len(self.columns) < 2):
            raise ValueError(f"the headings of «{self.title}» are not one for each row")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of «{self.title}» has another number of cells than there are columns")
        if self.apart and not _PAGE_BESIDE.fullmatch(self.apart):
            raise ValueError(f"«{self.title}» cannot stand on the page «{self.apart}»")

    def as_text(self) -> str:
        """Return title and size; the sentence that stands for a table without rows."""
        return f"Bảng: {self.title} ({len(self.rows)} dòng)" if self.rows else f"{self.title}: {self.nothing}."

    def formatted(self) -> tuple[tuple[str, ...], ...]:
        """Return the rows as a reader sees them."""
        return tuple(
            tuple(format_cell(column, value) for column, value in zip(self.columns, row, strict=True))
            for row in self.rows
        )

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands in the head of each column: its name, and its unit in brackets."""
        return tuple(f"{one.label} ({one.unit})" if one.unit else one.label for one in self.columns)

    @property
    def pointer(self) -> str:
        """What stands in place of a table that is `apart`, before the name of its page."""
        return f"{self.title}: {format_number(len(self.rows))} dòng, ở tệp Excel của báo cáo và ở trang "

    @property
    def is_long(self) -> bool:
        """Whether there are so many rows that the table may run over pages."""
        return len(self.rows) > _LONG

    @property
    def is_crowded(self) -> bool:
        """Whether there are more columns than stand easily side by side."""
        return len(self.columns) - bool(self.headings) > _CROWDED

    def column_shares(self) -> list[float]:
        """Return each column's share of a printed page in percent, together 100; one that headings replace gets 0.

        Example:
            >>> rows = (("1", "Tổ chức thông tin, tuyên truyền sâu rộng"), ("2", "Xây dựng chuyên mục"))
            >>> Table("Nhiệm vụ", (Column("n", "TT"), Column("name", "Tên")), rows).column_shares()
            [5.3, 94.7]
        """
        first = 1 if self.headings else 0
        rows = [row[first:] for row in self.formatted()]
        wide = share_width(self.heads[first:], rows, SMALL if self.is_long or self.is_crowded else ORDINARY)
        return [0.0] * first + [round(100 * one / sum(wide), 1) for one in wide]


class _Picture:
    """An SVG, checked; given as the promise of one it is waited for when it is first asked for."""

    @overload
    def __get__(self, instance: None, owner: type) -> _Picture: ...
    @overload
    def __get__(self, instance: object, owner: type) -> str: ...
    def __get__(self, instance: object | None, owner: type) -> _Picture | str:
        if instance is None:
            raise AttributeError("svg")  # so that the dataclass sees no default
        if not isinstance(vars(instance)["svg"], str):
            self.__set__(instance, vars(instance)["svg"].result())
        svg: str = vars(instance)["svg"]
        return svg

    def __set__(self, instance: object, svg: str | Future[str]) -> None:
        if isinstance(svg, str):
            check_svg(svg)
        vars(instance)["svg"] = svg


@dataclass(frozen=True)
class Figure(Block):
    """A static chart: `title` says what it shows, `caption` what to see, `alt` replaces it for who cannot see.

    `data` is the chart's content as a table. `svg` is checked: no script, no handler, no address; it may be promised.
    """

    title: str
    caption: str
    alt: str
    svg: _Picture = _Picture()
    data: Table  # type: ignore[misc] # a descriptor is no default
    source: str = ""
    id: str = ""
    kind = "figure"

    def as_text(self) -> str:
        """Return title and alternative text."""
        return f"Hình: {self.title}. {self.alt}"


@dataclass(frozen=True)
class Picture(Block):
    """A picture that the package brings: a PNG (in base64), what stands in its place for who cannot see it, the line beneath it."""

    png: str
    text: str
    caption: str = ""
    kind = "picture"


@dataclass(frozen=True)
class KeyFigure:
    """One of the figures that matter, with what a reader needs to judge it; all texts are ready to show.

    `status` is a code of `target_status`, or empty where nothing is judged; `verdict` says it with its coverage. `about` names
    the tables with its parts, the best first, by their ids.
    """

    label: str
    value: str
    unit: str = ""
    target: str = ""
    coverage: str = ""
    change: str = ""
    status: str = ""
    verdict: str = ""
    about: str = ""

    @property
    def measured_in(self) -> str:
        """The unit of measure; none where there is no value."""
        return self.unit if self.value != "–" else ""

    @property
    def status_label(self) -> str:
        """The status in Vietnamese: the verdict's words, or those of the code list."""
        return self.verdict or (code_label("target_status", self.status) if self.status else "")


@dataclass(frozen=True)
class KeyFigures(Block):
    """A row of cards with the main figures."""

    items: tuple[KeyFigure, ...]
    kind = "key_figures"

    def as_text(self) -> str:
        """Return one line for each figure."""
        return "\n".join(f"{item.label}: {item.value} {item.measured_in}".rstrip() for item in self.items)


@dataclass(frozen=True)
class Commentary(Block):
    """A person's text in Markdown: raw HTML is shown as text, links as text, headings as bold lines."""

    markdown: str
    title: str = "Nhận xét"
    placeholder: str = NO_COMMENTARY
    kind = "commentary"

    def as_text(self) -> str:
        """Return title and text."""
        return f"{self.title}: {self.markdown.strip() or self.placeholder}"


@dataclass(frozen=True)
class Blocks(Block):
    """Several blocks shown by one cell; blocks within blocks are laid flat.

    Example:
        >>> len(Blocks([Paragraph("a"), Blocks([Note("b"), Note("c")])]).items)
        3
    """

    items: tuple[Block, ...]
    kind = "blocks"

    def __init__(self, items: Iterable[Block]) -> None:
        flat: list[Block] = []
        for item in items:
            flat.extend(item.items if isinstance(item, Blocks) else (item,))
        object.__setattr__(self, "items", tuple(flat))

    @property
    def parts(self) -> tuple[Block, ...]:
        """The blocks in it."""
        return self.items

    def as_data(self) -> dict[str, Any]:
        """Return the data of each block under `items`."""
        return {"kind": self.kind, "items": [item.as_data() for item in self.items]}

    def as_text(self) -> str:
        """Return the texts of the blocks, one below the other."""
        return "\n".join(item.as_text() for item in self.items)


def _fields(block: Block) -> tuple[Any, ...]:
    return fields(block) if is_dataclass(block) else ()


def _plain(value: Any) -> Any:
    """Return `value` as JSON holds it; blocks within a block keep their kind."""
    if isinstance(value, Block):
        return value.as_data()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in asdict(value).items()} if is_dataclass(value) else value  # type: ignore[arg-type]


def _table(data: Mapping[str, Any]) -> Table:
    columns = tuple(Column(**column) for column in data["columns"])
    dates = {index for index, column in enumerate(columns) if column.kind == "date"}
    rows = tuple(
        tuple(_moment(cell) if index in dates else cell for index, cell in enumerate(row)) for row in data["rows"]
    )
    texts = {name: tuple(data.get(name, ())) for name in ("notes", "headings")}
    return Table(**{**data, "columns": columns, "rows": rows, **texts})


def _moment(text: Any) -> Any:
    """Return the date or time that ISO text names; other values as they are («không rõ»)."""
    if not isinstance(text, str):
        return text
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text


_READERS: Mapping[str, Callable[[dict[str, Any]], Block]] = MappingProxyType(
    {
        "title": lambda data: Title(**data),
        "paragraph": lambda data: Paragraph(**data),
        "bullets": lambda data: Bullets(tuple(data["items"])),
        "note": lambda data: Note(**data),
        "picture": lambda data: Picture(**data),
        "table": _table,
        "figure": lambda data: Figure(**{**data, "data": block_from_data(data["data"])}),
        "key_figures": lambda data: KeyFigures(tuple(KeyFigure(**item) for item in data["items"])),
        "commentary": lambda data: Commentary(**data),
        "blocks": lambda data: Blocks(block_from_data(item) for item in data["items"]),
    }
)


def block_from_data(data: Mapping[str, Any]) -> Block:
    """Return the block that `as_data` wrote.

    Raises ValueError for data that no block of this version wrote.

    Example:
        >>> block_from_data(Paragraph("a").as_data())
        Paragraph(text='a')
    """
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in _READERS:
        raise ValueError(f"unknown kind of block: {kind!r}")
    try:
        return _READERS[kind]({key: value for key, value in data.items() if key != "kind"})
    except (KeyError, TypeError) as error:
        raise ValueError(f"damaged block of kind {kind!r}: {error}") from error


# ------------------------------------------------------------------ how wide the columns of a printed table are

#: About how many letters stand side by side on an A4 page, between the margins: in the small type of long or crowded
#: tables, and in that of the others.
SMALL: Final = 120.0
ORDINARY: Final = 92.0
#: Heads are set in bold, which is wider: on the page.
_BOLD: Final = 1.1
#: Of longer tables about this many rows are measured, at equal distances.
_SAMPLE: Final = 200
#: The inner margins of a cell, in letters.
PADDING: Final = 2.0
#: What a column has beside its margins at the very least, so that one without text can be measured, too.
_HAIR: Final = 0.1
#: No word claims more than this many letters of a column; longer ones (addresses) are broken. A hash is 64 long.
_LONGEST_WORD: Final = 24.0
#: Where a line may end within a cell; short names such as «2026-H1» stay whole.
_PIECES: Final = re.compile(r"\s+|(?<=[^\s-]{6}-)(?=[^\s-]{4})")
_NARROW: Final = frozenset("iljtfrI.,;:!'|()[]/- \u00a0")
_WIDE: Final = frozenset("mwMW%@—…")


def share_width(head: Sequence[str], rows: Sequence[Sequence[str]], letters: float, bold: float = _BOLD) -> list[float]:
    """Return the width of each column in letters, its margins included; together about `letters`, if words allow it.

    `bold` says how much wider the letters of the head are.

    Example:
        >>> narrow, wide = share_width(("TT", "Tên"), [("1", "Tổ chức thông tin, tuyên truyền")], 60)
        >>> narrow < wide
        True
    """
    wide = [_least(title, [row[index] for row in rows], bold) for index, title in enumerate(head)]
    said = [[text_width(cell) for cell in row] for row in rows[:: len(rows) // _SAMPLE + 1]]
    widen(said, wide, letters, PADDING)
    return wide


def _least(title: str, cells: list[str], bold: float) -> float:
    """Return the width of a column's longest word or word of its head, with the margins."""
    words = {word for cell in cells for word in _PIECES.split(cell)}
    longest = max(max(map(text_width, words), default=1.0), bold * max(map(text_width, title.split()), default=1.0))
    return min(longest, _LONGEST_WORD) + PADDING


def widen(said: Sequence[Sequence[float]], wide: list[float], room: float, padding: float) -> None:
    """Give what `room` leaves beside the columns to them, one unit after the other, where it lowers the rows most.

    Args:
        said: how wide the text of each cell is, by rows.
        wide: the width of each column, with its margins; made wider in place.
        room: for all columns together.
        padding: the margins of a cell together.

    Example:
        >>> wide = [10.0, 10.0]
        >>> widen([[5.0, 60.0]], wide, 40.0, 2.0)
        >>> wide
        [10.0, 30.0]
    """
    rooms = [max(one - padding, _HAIR) for one in wide]
    tallest = [_tallest(row, rooms) for row in said]
    for _ in range(int(room - sum(wide))):
        gain = [0.0] * len(wide)
        for lines, index in tallest:
            if lines > 1:
                gain[index] += lines / wide[index]
        # Where every row fits in one line, the widest column has room to spare.
        best = max(range(len(wide)), key=lambda index: (gain[index], wide[index]))
        wide[best] += 1.0
        rooms[best] = max(wide[best] - padding, _HAIR)
        # No other row has become lower by it, and none that has one line counts.
        for number, (lines, index) in enumerate(tallest):
            if index == best and lines > 1:
                tallest[number] = _tallest(said[number], rooms)


def _tallest(row: Sequence[float], rooms: Sequence[float]) -> tuple[float, int]:
    """Return about how many lines a row takes, and the (last) column that makes it so high."""
    lines = [*map(truediv, row, rooms)]
    tallest = max(lines)
    return tallest, len(lines) - 1 - lines[::-1].index(tallest)


@lru_cache(maxsize=1 << 14)  # reports of many units say much in the same words
def text_width(text: str) -> float:
    """Return about how wide `text` is, in letters; marks above and below add nothing.

    Example:
        >>> text_width("iii") < text_width("nnn") < text_width("MMM")
        True
    """
    return sum(map(_width_of_letter, text if text.isascii() else unicodedata.normalize("NFD", text)))


@cache
def _width_of_letter(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in _NARROW:
        return 0.6
    if letter in _WIDE:
        return 1.6
    return 1.3 if letter.isupper() else 1.12 if letter.isdigit() else 1.0
