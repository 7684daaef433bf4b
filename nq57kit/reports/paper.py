"""A report on paper: its body and its appendices, and which of their pages lie on their side.

In: a `Reading`. Out: an `Arrangement`: sections named «Phụ lục …» become appendices; long tables of the body that the
page folds away, and figures' data that no table shows, go to an appendix of their own with a pointer at their place.
A `Page` knows how wide columns are on it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from nq57kit.reports.executed import Heading, tabulate
from nq57kit.show.blocks import PADDING, Figure, KeyFigures, Paragraph, Table, share_width, text_width
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nq57kit.reports.executed import Part, Reading
#: A folded table of more rows than this does not stand in the body.
_LONGEST_IN_BODY: Final = 12
_APPENDIX: Final = re.compile(r"^(Phụ\s+lục(?:\s+(?:[IVXLC]+|\d+))?)(?:\s*[.:–-]\s*|\s+|$)(.*)$", re.IGNORECASE)
_DETAILS: Final = "Bảng số liệu chi tiết"
#: Long lists of hashes are for machines: the page, the workbook and the document's own provenance have them.
_FOR_MACHINES: Final = frozenset({"bao-cao-da-doc"})
#: In cells of `Page.POINTS`: an average letter, a line, what a row adds to its lines and a head to its page (millimetres).
_LETTER, _LINE, _ROW, _HEIGHT_OF_HEAD = 1.92, 4.6, 0.9, 11.0
#: How much wider bold letters are, with the horns of ơ and ư.
_BOLD: Final = 1.18
#: A table of at least so many columns is turned where that saves a tenth of its pages, or where its rows are higher
#: than this on average (millimetres).
_FEW, _WORTH, _CROWDED = 5, 0.9, 22.0
_ROMAN: Final = ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True)
class Pointer:
    """Stands where a table was that the document has in an appendix."""

    table: Table


@dataclass(frozen=True)
class Appendix:
    """An appendix: «Phụ lục I», its title, and what it holds."""

    label: str
    title: str
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """Label and title in one line, as the body mentions it."""
        return f"{self.label}. {self.title}" if self.title else self.label


@dataclass(frozen=True)
class Arrangement:
    """Body and appendices of a document; tables are numbered through both in the order of reading."""

    body: tuple[Part | Pointer, ...]
    appendices: tuple[Appendix, ...]

    def find(self, table: Table) -> tuple[int, str] | None:
        """Return number and appendix («» in the body) of the table with the same columns and rows, or the same id."""
        number = 0
        for label, parts in [("", self.body), *((one.label, one.parts) for one in self.appendices)]:
            for part in parts:
                if isinstance(part, Table):
                    number += 1
                    if _content(part) == _content(table) or (part.id and part.id == table.id):
                        return number, label
        return None


@dataclass(frozen=True)
class Page:
    """The text area of a page in millimetres, upright and turned on its side; `scale` is of the letters in cells."""

    upright: tuple[float, float]
    turned: tuple[float, float]
    scale: float = 1.0
    #: Type size in cells at a scale of 1.
    POINTS: ClassVar[float] = 11.0

    def share(self, head: Sequence[str], rows: Sequence[Sequence[str]], width: float) -> list[float]:
        """Return the width of each column in letters, in a table of `width` millimetres; heads count as a row."""
        return share_width(head, [head, *rows], width / (_LETTER * self.scale), _BOLD)

    def turn(self, appendix: Appendix) -> list[tuple[bool, list[Part]]]:
        """Divide an appendix where its pages turn; what has no width of its own stays with what comes before it."""
        groups: list[tuple[bool, list[Part]]] = []
        waiting: list[Part] = []
        for part in appendix.parts:
            if not isinstance(part, Table | Figure):
                (groups[-1][1] if groups else waiting).append(part)
                continue
            turned = isinstance(part, Table) and self._is_better_turned(part)
            if groups and groups[-1][0] == turned:
                groups[-1][1].append(part)
            else:
                groups.append((turned, [*waiting, part]))
                waiting = []
        return groups or [(False, waiting)]

    def _is_better_turned(self, table: Table) -> bool:
        """Return whether a table is too crowded for upright pages, or takes fewer pages when they are turned."""
        head, rows = shown_cells(table)
        if len(head) < _FEW or not rows:
            return False
        upright, turned = (self._height(head, rows, width) for width, _ in (self.upright, self.turned))
        saved = turned / (self.turned[1] - _HEIGHT_OF_HEAD) < _WORTH * upright / (self.upright[1] - _HEIGHT_OF_HEAD)
        return saved or upright / len(rows) > _CROWDED

    def _height(self, head: Sequence[str], rows: Sequence[Sequence[str]], width: float) -> float:
        wide = self.share(head, rows, width)
        return self.scale * sum(count_lines(row, wide) * _LINE + _ROW for row in rows)


def shown_cells(table: Table) -> tuple[list[str], list[Sequence[str]]]:
    """Return a table's heads and rows without the column that headings of groups of rows replace."""
    skip = 1 if table.headings else 0
    return list(table.heads[skip:]), [row[skip:] for row in table.formatted()]


def count_lines(row: Sequence[str], wide: Sequence[float]) -> int:
    """Return about how many lines a row takes in columns so many letters wide.

    Example:
        >>> count_lines(("Vụ", "Nội dung " * 10), (10, 32))
        3
    """
    return max(
        sum(max(1, math.ceil(text_width(line) / max(room - PADDING, 1.0))) for line in cell.split("\n"))
        for cell, room in zip(row, wide, strict=True)
    )


def arrange(reading: Reading) -> Arrangement:
    """Return the document's order.

    Example:
        >>> from nq57kit.reports.executed import Reading
        >>> done = arrange(Reading("Báo cáo", (Heading(2, "I. Kết quả"), Heading(2, "Phụ lục I. Số liệu"))))
        >>> done.body, done.appendices[0].name
        ((Heading(level=2, text='I. Kết quả'),), 'Phụ lục I. Số liệu')
    """
    body: list[Part | Pointer] = []
    appendices: list[Appendix] = []
    current: list[Part] | None = None
    later: list[Table] = []
    for part in map(_for_paper, reading.parts):
        if isinstance(part, Heading) and part.level <= 2:
            found = _APPENDIX.match(part.text)
            current = [] if found else None
            if found and current is not None:
                appendices.append(Appendix(" ".join(found.group(1).split()), found.group(2).strip(), ()))
                continue
        if current is not None:
            current.append(part)
            appendices[-1] = Appendix(appendices[-1].label, appendices[-1].title, tuple(current))
        elif isinstance(part, Table) and part.folded and len(part.rows) > _LONGEST_IN_BODY:
            body.append(Pointer(part))
            later.append(part)
        else:
            body.append(part)
    later += _unshown([*body, *later, *(part for one in appendices for part in one.parts)])
    if later:
        label = f"Phụ lục {_roman(len(appendices) + 1)}" if appendices else "Phụ lục"
        appendices.append(Appendix(label, _DETAILS, tuple(later)))
    return Arrangement(tuple(body), tuple(appendices))


def _for_paper(part: Part) -> Part:
    """Return a part as the document has it: cards as a table, a list for machines as a word of where it is."""
    if isinstance(part, KeyFigures):
        return tabulate(part)
    if isinstance(part, Table) and part.apart:
        return Paragraph(f"{part.pointer}«{part.apart}» kèm theo.")
    if isinstance(part, Table) and part.id in _FOR_MACHINES and len(part.rows) > _LONGEST_IN_BODY:
        count = format_number(len(part.rows))
        return Paragraph(
            f"{part.title}: {count} dòng, không in ở văn bản này; xem trang HTML hoặc tệp Excel của báo cáo."
        )
    return part


def _unshown(parts: Iterable[Part | Pointer]) -> list[Table]:
    """Return the data of figures that no table of the document shows."""
    parts = list(parts)
    shown = {_content(part) for part in parts if isinstance(part, Table)}
    ids = {part.id for part in parts if isinstance(part, Table) and part.id}
    missing: list[Table] = []
    for part in parts:
        if isinstance(part, Figure) and part.data.rows and part.data.id not in ids and _content(part.data) not in shown:
            shown.add(_content(part.data))
            missing.append(part.data)
    return missing


def _content(table: Table) -> tuple[object, ...]:
    return tuple((column.label, column.unit) for column in table.columns), table.rows


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        text += sign * count
    return text
