"""The order of a document: a report as read in, its body and its appendices out.

In: a `Reading`. Out: an `Arrangement`: sections named «Phụ lục …» become appendices; long tables of the body that the
page folds away, and figures' data that no table shows, go to an appendix of their own with a pointer at their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nq57kit.reports.executed import Heading, tabulate
from nq57kit.show.blocks import Figure, KeyFigures, Paragraph, Table
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nq57kit.reports.executed import Part, Reading

__all__ = ["Appendix", "Arrangement", "Pointer", "arrange"]

#: A folded table of more rows than this does not stand in the body.
_LONGEST_IN_BODY: Final = 12
_APPENDIX: Final = re.compile(r"^(Phụ\s+lục(?:\s+(?:[IVXLC]+|\d+))?)(?:\s*[.:–-]\s*|\s+|$)(.*)$", re.IGNORECASE)
_DETAILS: Final = "Bảng số liệu chi tiết"
#: Long lists of hashes are for machines: the page, the workbook and the document's own provenance have them.
_FOR_MACHINES: Final = frozenset({"bao-cao-da-doc"})
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
