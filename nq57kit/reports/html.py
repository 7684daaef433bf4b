"""The page: an executed notebook in, one self-contained HTML file out.

In: a notebook whose cells displayed blocks (`nq57kit.show`). Out: HTML without code, warnings, raw frames,
program or address, the same bytes for the same content, with its provenance as a block of JSON. The page is made from
the blocks' data, never from HTML that stands in the notebook; an output that is no block is left out, an error ends the export.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jinja2
from markupsafe import Markup, escape

from nq57kit.reports.executed import Heading, Prose, read_report
from nq57kit.reports.letterhead import read_letterhead
from nq57kit.reports.provenance import ELEMENT_ID, encode_provenance
from nq57kit.show.blocks import Note, Table
from nq57kit.show.markup import Ids, block_html, find_host, tokens_html
from nq57kit.text import format_number, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbformat import NotebookNode

    from nq57kit.plan.settings import Body
    from nq57kit.reports.executed import Reading
    from nq57kit.show.blocks import Block

TEMPLATES: Final = Path(__file__).parent / "templates"
#: The id of the index by type of the list of products.
_BY_TYPE: Final = "theo-loai"


@dataclass
class Section:
    """A part of the page under a heading of level 2, with its headings of level 3 (id, text)."""

    id: str
    title: str
    parts: list[Markup] = field(default_factory=list)
    children: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Page:
    """What the template shows: the title, what stands before the first section, the sections, where it comes from.

    Parts and `provenance` are markup, everything else is text and is escaped; `look` is a class of the style sheet. `issued_by`
    names the body and its office, where they are not those of the packaged letterhead.
    """

    title: str
    subtitle: str = ""
    parts: list[Markup] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    provenance: str | Markup = ""
    look: str = ""
    issued_by: Sequence[str] = ()


def render_html(notebook: NotebookNode) -> str:
    """Return the page of an executed notebook.

    Raises ReportError if a cell ended with an error.

    Example:
        >>> from nbformat.v4 import new_markdown_cell, new_notebook
        >>> render_html(new_notebook(cells=[new_markdown_cell("# Báo cáo")])).splitlines()[0]
        '<!doctype html>'
    """
    return render_page(lay_out(read_report(notebook)))


def render_page(page: Page) -> str:
    """Return a page in the design of the reports: one file, with its style sheet (without comments and indents) in it."""
    first, *parts = (TEMPLATES / "page.css").read_text(encoding="utf-8").split("/*")
    css = first + "".join(part.partition("*/")[2] for part in parts)  # without its comments
    lines = (line.strip() for line in css.splitlines())
    style = Markup("\n".join(line for line in lines if line))  # noqa: S704 - our own
    words = read_letterhead()
    issued_by = page.issued_by or (words.issuer, words.author)
    return open_templates().get_template("page.html.j2").render(page=page, css=style, issued_by=issued_by)


def render_blocks(
    title: str, subtitle: str, sections: Iterable[tuple[str, Iterable[Block]]], body: Body | None = None
) -> str:
    """Return a page of sections of blocks, in the design of the reports."""
    ids, page = Ids(["noi-dung", "muc-luc", "dau-trang", ELEMENT_ID]), Page(title, subtitle)
    page.issued_by = (body.issuer, body.office) if body and body.issuer else ()
    for head, blocks in sections:
        page.sections.append(Section(ids.take(head), head))
        for block in blocks:
            _add(page, block_html(block, ids))
    return render_page(page)


@cache
def open_templates() -> jinja2.Environment:
    """Return the templates of this room, compiled once; what they show is escaped unless it is markup."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )


def lay_out(reading: Reading) -> Page:
    """Put the parts of a report into sections: a heading of level 2 opens one, of level 3 is listed beneath it."""
    tables = [part for part in reading.parts if isinstance(part, Table)]
    ids = Ids(name for one in tables for name in (one.title, one.id) if name)
    for taken in ("noi-dung", "muc-luc", "dau-trang", ELEMENT_ID):
        ids.take(taken)
    page = Page(reading.title, reading.subtitle, provenance=_sign(reading), issued_by=_issued_by(reading))
    for part in reading.parts:
        match part:
            case Heading() if part.level <= 2:
                page.sections.append(Section(ids.take(part.text), part.text))
            case Heading():
                _add_heading(page, part, ids.take(part.text))
            case Prose():
                _add(page, tokens_html(part.tokens).strip())
            case _:
                _add(page, block_html(part, ids))
    return page


def render_catalogue(reading: Reading) -> dict[str, str]:
    """Return the page of the report's list of products by its name (`catalogue-2026.html`); nothing without such a list.

    Above stand the marks of the report, then an index by type, then a section for each unit. It says of which report it is
    a part, so that `verify` makes that again. What was given as a link is one where it is a plain address of the web, else text.
    """
    table = next((part for part in reading.parts if isinstance(part, Table) and part.apart), None)
    if table is None:
        return {}
    templates, ids = open_templates(), Ids(["noi-dung", "muc-luc", "dau-trang", ELEMENT_ID, _BY_TYPE])
    groups: dict[str, dict[str, list[dict[str, str]]]] = {}
    for shown in table.formatted():
        row = dict(zip((column.name for column in table.columns), shown, strict=True))
        groups.setdefault(row["unit"], {}).setdefault(row["type"], []).append(row | {"host": find_host(row["link"])})
    places = {(unit, kind): ids.take(f"{unit} {kind}") for unit, kinds in groups.items() for kind in kinds}
    kinds = sorted({kind for _, kind in places}, key=sort_key)
    said = {"groups": groups, "places": places, "kinds": kinds, "count": format_number}
    marks = takewhile(lambda part: not isinstance(part, Heading), reading.parts)
    page = Page(
        table.title, reading.subtitle, provenance=_sign(reading, file=table.apart), issued_by=_issued_by(reading)
    )
    for mark in marks:
        if isinstance(mark, Note):
            _add(page, block_html(mark))
    _add(page, templates.get_template("catalogue_head.html.j2").render(said, table=table))
    page.sections.append(Section(_BY_TYPE, "Theo loại"))
    _add(page, templates.get_template("catalogue_index.html.j2").render(said))
    for unit in groups:
        page.sections.append(Section(ids.take(unit), unit))
        _add(page, templates.get_template("catalogue_unit.html.j2").render(said, unit=unit))
    return {table.apart: render_page(page)}


def render_brief(brief: Reading, page: Page, file: str) -> str:
    """Return the page of a brief, with links to the sections of its report (`page`, in `file`) that it names."""
    named = "\n".join(str(cell) for part in brief.parts if isinstance(part, Table) for row in part.rows for cell in row)
    sections = [section for section in page.sections if section.title.rpartition(". ")[2] in named]
    made = lay_out(brief)
    made.look = "mot-trang"
    _add(made, open_templates().get_template("brief_links.html.j2").render(sections=sections, file=file))
    return render_page(made)


def _sign(reading: Reading, **more: str) -> Markup | str:
    """Return the provenance of a page; `file` names one beside a report."""
    origin = reading.values.get("provenance")
    # Its signs are escaped as JSON allows it.
    return Markup(encode_provenance(origin | more)) if isinstance(origin, dict) else ""  # noqa: S704


def _issued_by(reading: Reading) -> Sequence[str]:
    """Return the body and the office that a report's plan names; nothing where the packaged letterhead's hold."""
    origin = reading.values.get("provenance")
    return [str(one) for one in origin.get("issued_by", ())] if isinstance(origin, dict) else ()


def _add_heading(page: Page, heading: Heading, name: str) -> None:
    depth = min(heading.level, 4)
    if depth == 3 and page.sections:
        page.sections[-1].children.append((name, heading.text))
    _add(page, f'<h{depth} id="{name}">{escape(heading.text)}</h{depth}>')


def _add(page: Page, html: str) -> None:
    """Add markup that this package made, each text in it escaped."""
    if html:
        (page.sections[-1].parts if page.sections else page.parts).append(Markup(html))  # noqa: S704
