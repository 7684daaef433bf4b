"""A report on paper: its body and its appendices by the official outline, and which of their pages lie on their side.

In: a `Reading` and an `Outline` (`outline.toml`). Out: an `Arrangement`: sections in the outline's order, numbered anew, and the
names of what only the workbook has. A `Page` knows how wide columns are on it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import ClassVar, Final

from nq57kit.reports.executed import Heading, Part, Reading, tabulate
from nq57kit.reports.letterhead import Outline
from nq57kit.show.blocks import PADDING, Bullets, Figure, KeyFigures, Note, Paragraph, Table, share_width, text_width

#: A folded table of more rows than this does not stand in the body.
_LONGEST_IN_BODY: Final = 12
_NUMBERED: Final = re.compile(r"^((?i:Phụ\s+lục)(?:\s+(?:[IVXLC]+|\d+))?|[IVXLC]+(?=\.))(?:\s*[.:–-]\s*|\s+|$)(.*)$")
_MENTIONED: Final = re.compile(r"Phụ lục (?:[IVXLC]+|\d+)\b")
_APPENDIX: Final = "Phụ lục"
_ELSEWHERE: Final = "tệp Excel kèm theo"
#: In cells of `Page.POINTS`: an average letter, a line, what a row adds to its lines and a head to its page (millimetres).
_LETTER, _LINE, _ROW, _HEIGHT_OF_HEAD = 1.92, 4.6, 0.9, 11.0
#: How much wider bold letters are, with the horns of ơ and ư.
_BOLD: Final = 1.18
#: An appendix with a table of at least so many columns is turned where that saves a tenth of its pages, or where rows are
#: higher than this on average (millimetres).
_FEW, _WORTH, _CROWDED = 5, 0.9, 22.0
_ROMAN: Final = ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


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
    """Body and appendices of a document; tables are numbered through both in the order of reading.

    `workbook` names the sections and tables that only the report's workbook has.
    """

    body: tuple[Part, ...]
    appendices: tuple[Appendix, ...]
    workbook: tuple[str, ...] = ()

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

    def is_turned(self, appendix: Appendix) -> bool:
        """Return whether an appendix is too crowded for upright pages, or takes fewer pages when they are turned."""
        tables = [shown_cells(one) for one in appendix.parts if isinstance(one, Table) and one.rows]
        if not any(len(head) >= _FEW for head, _ in tables):
            return False
        upright, turned = (sum(self._height(*one, width) for one in tables) for width, _ in (self.upright, self.turned))
        saved = turned / (self.turned[1] - _HEIGHT_OF_HEAD) < _WORTH * upright / (self.upright[1] - _HEIGHT_OF_HEAD)
        return saved or upright / sum(len(rows) for _, rows in tables) > _CROWDED

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


@dataclass(frozen=True)
class _Section:
    """A section of the notebook: its label («II», «Phụ lục V» or none), its title, what it holds."""

    label: str
    title: str
    parts: tuple[Part, ...]

    @property
    def is_appendix(self) -> bool:
        return self.label.casefold().startswith(_APPENDIX.casefold())


def arrange(reading: Reading, outline: Outline | None = None) -> Arrangement:
    """Return the document's order: what the outline names first, in its order, then the rest in the notebook's.

    Sections that have a number in the notebook are numbered anew; what a sentence says of an appendix follows it.

    Example:
        >>> from nq57kit.reports.executed import Reading
        >>> parts = (Heading(2, "I. Kết quả"), Heading(2, "Phụ lục V. Số liệu"), Paragraph("Một dòng."))
        >>> done = arrange(Reading("Báo cáo", parts))
        >>> done.body, done.appendices[0].name
        ((Heading(level=2, text='I. Kết quả'),), 'Phụ lục. Số liệu')
    """
    outline = outline or Outline()
    front, sections = _split(reading.parts)
    moved = (*outline.body, *outline.appendices, *outline.workbook)
    gone: list[str] = [one.title for one in sections if _is_named((one.title,), outline.workbook)]

    def pick(titles: Sequence[str], *, appendix: bool) -> list[_Section]:
        there = [
            one for title in titles for one in sections if _is_named((one.title,), (title,)) and one.title not in gone
        ]
        there += [one for one in sections if not _is_named((one.title,), moved) and one.is_appendix is appendix]
        kept = [replace(one, parts=tuple(_keep(one.parts, outline, gone, anything=appendix))) for one in there]
        return [one for one in kept if one.parts or not appendix]

    body, appendices = pick(outline.body, appendix=False), pick(outline.appendices, appendix=True)
    labels = {one.label: _ELSEWHERE for one in sections if one.is_appendix}
    made: list[Appendix] = []
    for number, one in enumerate(appendices, start=1):
        label = f"{_APPENDIX} {_roman(number)}" if len(appendices) > 1 else _APPENDIX
        labels[one.label] = label
        made.append(Appendix(label, one.title, one.parts))

    def follow(text: str) -> str:
        return _MENTIONED.sub(lambda found: labels.get(found.group(), found.group()), text)

    numbered, said = 0, list(front)
    for one in body:
        numbered += bool(one.label)
        labels |= {one.label: f"phần {_roman(numbered)}"} if one.is_appendix else {}
        said += [Heading(2, f"{_roman(numbered)}. {one.title}" if one.label else one.title), *one.parts]
    return Arrangement(
        tuple(_mention(part, follow) for part in said),
        tuple(replace(one, parts=tuple(_mention(part, follow) for part in one.parts)) for one in made),
        tuple(gone),
    )


def _for_paper(part: Part) -> Part:
    """Return a part as the document has it: cards as a table, a list that has a page of its own as a word of where it is."""
    if isinstance(part, KeyFigures):
        return tabulate(part)
    if isinstance(part, Table) and part.apart:
        return Paragraph(f"{part.pointer}«{part.apart}» kèm theo.")
    return part


def _split(parts: Iterable[Part]) -> tuple[list[Part], list[_Section]]:
    """Return what stands before the first heading, and the sections."""
    front: list[Part] = []
    sections: list[_Section] = []
    for part in map(_for_paper, parts):
        if isinstance(part, Heading) and part.level <= 2:
            found = _NUMBERED.match(part.text)
            label, title = (" ".join(found[1].split()), found[2].strip()) if found else ("", part.text)
            sections.append(_Section(label, title, ()))
            continue
        if sections:
            sections[-1] = replace(sections[-1], parts=(*sections[-1].parts, part))
        else:
            front.append(part)
    return front, sections


def _keep(parts: Iterable[Part], outline: Outline, gone: list[str], *, anything: bool) -> Iterator[Part]:
    """Yield what the document prints of a section, and note tables that it does not; a picture is on the page (HTML) as well."""
    for part in parts:
        out = isinstance(part, Table | Figure) and _is_named((part.id, part.title), outline.workbook)
        long = isinstance(part, Table) and part.folded and len(part.rows) > _LONGEST_IN_BODY
        if not out and (anything or not long):
            yield _keep_columns(part, outline) if isinstance(part, Table) else part
        elif isinstance(part, Table):
            gone.append(part.title)


def _is_named(names: Iterable[str], listed: Iterable[str]) -> bool:
    """Return whether an outline's list has one of the names; «*» in the list stands for any words."""
    return any(fnmatchcase(name, one) for one in listed for name in names)


def _keep_columns(table: Table, outline: Outline) -> Table:
    """Return a table without the columns that the outline leaves to the workbook («id.column»)."""
    kept = [n for n, one in enumerate(table.columns) if not _is_named((f"{table.id}.{one.name}",), outline.workbook)]
    rows = tuple(tuple(row[n] for n in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[n] for n in kept), rows=rows)


def _mention(part: Part, follow: Callable[[str], str]) -> Part:
    """Return a part that speaks of appendices by the labels that they have in the document."""
    match part:
        case Paragraph() | Note():
            return replace(part, text=follow(part.text))
        case Bullets():
            return replace(part, items=tuple(map(follow, part.items)))
        case Figure():
            return replace(part, caption=follow(part.caption))
        case Table():
            return replace(part, notes=tuple(map(follow, part.notes)))
        case _:
            return part


def _content(table: Table) -> tuple[object, ...]:
    return tuple((column.label, column.unit) for column in table.columns), table.rows


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        text += sign * count
    return text
