"""Writing a document: an arranged report in, the markup of its body out.

In: an `Arrangement` and the letterhead. Out: paragraphs, tables, pictures and sections in reading order; captions
number themselves (fields), pointers to tables are references that follow their number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nq57kit.reports.docx.arranging import Pointer
from nq57kit.reports.docx.letterhead import open_document, write_appendix_head, write_closing, write_grounds
from nq57kit.reports.docx.pictures import draw_png, measure, picture
from nq57kit.reports.docx.prose import write_markdown, write_tokens
from nq57kit.reports.docx.tables import needs_landscape, write_table
from nq57kit.reports.docx.wml import (
    BODY_WIDTH,
    RunFormat,
    bookmark,
    field,
    measure_page,
    paragraph,
    plain_run,
    run,
    section,
    tag,
)
from nq57kit.reports.executed import Heading, Prose
from nq57kit.show.blocks import Bullets, Commentary, Figure, Note, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from nq57kit.reports.docx.arranging import Appendix, Arrangement
    from nq57kit.reports.docx.letterhead import Letterhead
    from nq57kit.reports.docx.packing import Package
    from nq57kit.reports.docx.wml import Orientation
    from nq57kit.reports.executed import Part

__all__ = ["Writer"]

#: A picture leaves room on its page for its caption, in millimetres.
_TALLEST: Final = 185.0
#: Bookmarks of tables are numbered from here, apart from those that Word makes.
_BOOKMARKS: Final = 1000
#: Styles of notes; what is marked stands in bold.
_NOTES: Final = {"info": "NqLuuY", "empty": "NqLuuY", "warning": "NqDau", "draft": "NqDau", "provisional": "NqDau"}


class Writer:
    """Writes one document; counts its tables and figures as it goes.

    Example:
        body = Writer(arrange(reading), package, words).write(title, subtitle, period, plan_state="", plan_draft=True)
    """

    def __init__(self, arrangement: Arrangement, package: Package, words: Letterhead) -> None:
        self._arrangement = arrangement
        self._package = package
        self._words = words
        self._tables = 0
        self._figures = 0

    def write(self, title: str, subtitle: str, period: str, *, plan_state: str, plan_draft: bool) -> list[Markup]:
        """Return the markup of the whole document, the last section with it."""
        appendices = self._arrangement.appendices
        written = [
            *open_document(self._words, title, period),
            *write_grounds(self._words, plan_state, draft=plan_draft),
            *_paragraphs(subtitle),
            *(one for part in self._arrangement.body for one in self._part(part, BODY_WIDTH)),
            *write_closing(self._words, [one.name for one in appendices]),
        ]
        last = section(restart=True, hide_first=True)
        for appendix in appendices:
            for number, (orientation, parts) in enumerate(_turn(appendix)):
                written.append(paragraph("NqSauBang", properties=last))
                last = section(orientation, restart=number == 0, hide_first=number == 0)
                if number == 0:
                    written += write_appendix_head(self._words, appendix.label, appendix.title)
                width = measure_page(orientation)[0]
                written += [one for part in parts for one in self._part(part, width)]
        if not appendices:
            written.append(paragraph("NqSauBang"))  # a document does not end with a table
        return [*written, last]

    def _part(self, part: Part | Pointer, width: float) -> Iterator[Markup]:
        """Yield the markup of one part, `width` millimetres wide."""
        match part:
            case Heading():
                yield paragraph(f"Heading{min(max(part.level - 1, 1), 3)}", part.text)
            case Prose():
                yield from write_tokens(part.tokens, self._package)
            case Paragraph():
                yield from _paragraphs(part.text)
            case Bullets():
                yield from (paragraph("ListBullet", item) for item in part.items)
            case Note():
                yield paragraph(_NOTES[part.level], part.text)
            case Commentary():
                yield from self._commentary(part)
            case Table():
                yield from self._table(part, width)
            case Figure():
                yield from self._figure(part, width)
            case Pointer():
                yield paragraph(
                    "BodyText", f"{part.table.title}: chi tiết tại ", *self._reference(part.table), run(".")
                )
            case _:
                yield from _paragraphs(part.as_text())

    def _commentary(self, block: Commentary) -> Iterator[Markup]:
        yield paragraph("Heading2", block.title)
        if block.markdown.strip():
            yield from write_markdown(block.markdown, self._package)
        else:
            yield paragraph("BodyText", run(block.placeholder, RunFormat(italic=True)))

    def _table(self, table: Table, width: float) -> Iterator[Markup]:
        self._tables += 1
        number = self._tables
        label = bookmark(
            _BOOKMARKS + number, _bookmark(number), run("Bảng "), field("SEQ Bảng \\* ARABIC", str(number))
        )
        yield paragraph("Caption", label, run(f". {table.title}"))
        yield write_table(table, width)
        yield from (paragraph("NqDienGiai", f"Ghi chú: {note}") for note in table.notes)
        if table.source:
            yield paragraph("NqDienGiai", f"Nguồn: {table.source}")
        yield paragraph("NqSauBang")

    def _figure(self, figure: Figure, width: float) -> Iterator[Markup]:
        self._figures += 1
        number = self._figures
        relation = self._package.add_picture(draw_png(figure.svg))
        size = measure(figure.svg, width, min(_TALLEST, measure_page("portrait")[1]))
        yield paragraph("NqHinh", plain_run(picture(relation, number, figure.title, figure.alt, size)))
        label = [run("Hình "), field("SEQ Hình \\* ARABIC", str(number)), run(f". {figure.title}")]
        place = self._reference(figure.data)
        lines: list[tuple[str, list[Markup]]] = [("NqChuThichHinh", label)]
        lines += [("NqDienGiai", [run(figure.caption)])] if figure.caption else []
        lines += [("NqDienGiai", [run("Số liệu của hình: "), *place, run(".")])] if place else []
        lines += [("NqDienGiai", [run(f"Nguồn: {figure.source}")])] if figure.source else []
        for style, runs in lines[:-1]:
            yield paragraph(style, *runs, properties=tag("keepNext"))
        yield paragraph(lines[-1][0], *lines[-1][1])

    def _reference(self, table: Table) -> list[Markup]:
        """Return «Bảng 23, Phụ lục VI» as a reference that follows the table; nothing for a table not shown."""
        found = self._arrangement.find(table)
        if found is None:
            return []
        number, label = found
        shown = field(f"REF {_bookmark(number)} \\h", f"Bảng {number}")
        return [shown, run(f", {label}")] if label else [shown]


def _bookmark(number: int) -> str:
    return f"Bang_{number}"


def _paragraphs(text: str) -> Iterator[Markup]:
    """Yield a justified paragraph for each line: a line broken within one would be stretched."""
    yield from (paragraph("BodyText", line) for line in text.splitlines() if line.strip())


def _turn(appendix: Appendix) -> list[tuple[Orientation, list[Part]]]:
    """Divide an appendix where its pages turn; what has no width of its own stays with what comes before it."""
    groups: list[tuple[Orientation, list[Part]]] = []
    waiting: list[Part] = []
    for part in appendix.parts:
        if not isinstance(part, Table | Figure):
            (groups[-1][1] if groups else waiting).append(part)
            continue
        wide = isinstance(part, Table) and needs_landscape(part)
        orientation: Orientation = "landscape" if wide else "portrait"
        if groups and groups[-1][0] == orientation:
            groups[-1][1].append(part)
        else:
            groups.append((orientation, [*waiting, part]))
            waiting = []
    return groups or [("portrait", waiting)]
