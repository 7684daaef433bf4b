"""The page: an executed notebook in, one self-contained HTML file out; the exporter `nq57-html`.

In: a notebook whose cells displayed blocks (`nq57kit.show`). Out: HTML without code, warnings, raw frames,
program or address, the same bytes for the same content, with its provenance as a block of JSON. The page is made from
the blocks' data, never from HTML that stands in the notebook; an output that is no block is left out, an error ends the export.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import escape
from nbconvert.exporters.html import HTMLExporter
from traitlets import default

from nq57kit.files import write_atomically
from nq57kit.reports.docx.letterhead import read_letterhead
from nq57kit.reports.executed import Heading, Prose, read_report
from nq57kit.reports.provenance import ELEMENT_ID, encode_provenance
from nq57kit.show.blocks import Table
from nq57kit.show.markup import Ids, block_html, tokens_html

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from nq57kit.reports.executed import Reading

__all__ = ["Nq57HTMLExporter", "export_html", "render_html"]

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass
class _Section:
    """A part of the page under a heading of level 2, with its headings of level 3."""

    id: str
    title: str
    parts: list[str] = field(default_factory=list)
    children: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Page:
    """What the template shows: the title, what stands before the first section, the sections, where it comes from."""

    title: str = ""
    subtitle: str = ""
    parts: list[str] = field(default_factory=list)
    sections: list[_Section] = field(default_factory=list)
    provenance: str = ""


class Nq57HTMLExporter(HTMLExporter):
    """`jupyter nbconvert --to nq57-html report.ipynb`: the same page as our command writes."""

    export_from_notebook = "nq57 HTML"

    def __init__(self, config: Any = None, **options: Any) -> None:
        super().__init__(config=config, **options)  # type: ignore[no-untyped-call]
        # Preprocessors of the base class would colour code and embed images; nothing of that is shown here.
        self._preprocessors = []

    @default("template_name")
    def _template_name_default(self) -> str:
        return "nq57"

    @default("template_paths")
    def _template_paths(self, prune: bool = True, root_dirs: Any = None) -> list[str]:
        """Our own templates and no others: the stock ones name addresses of other machines."""
        return [str(_TEMPLATES / "nq57")]

    def get_template_names(self) -> list[str]:
        """Return the name of the one template that this exporter has."""
        return ["nq57"]

    def from_notebook_node(  # type: ignore[override] # the base class says NotebookNode and returns text as well
        self, nb: NotebookNode, resources: Any = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and nbconvert's resources; raises ReportError if a cell of `nb` ended with an error."""
        page = _lay_out(read_report(nb))
        css = (_TEMPLATES / "nq57" / "page.css").read_text(encoding="utf-8")
        known: dict[str, Any] = self._init_resources(resources)  # type: ignore[no-untyped-call]
        html = self.environment.get_template("index.html.j2").render(
            page=page, css=_compact(css), words=read_letterhead()
        )
        return html, known


def render_html(notebook: NotebookNode) -> str:
    """Return the page of an executed notebook.

    Raises ReportError if a cell ended with an error.

    Example:
        >>> from nbformat.v4 import new_markdown_cell, new_notebook
        >>> render_html(new_notebook(cells=[new_markdown_cell("# Báo cáo")])).splitlines()[0]
        '<!doctype html>'
    """
    return str(_exporter().from_notebook_node(notebook)[0])


@cache
def _exporter() -> Nq57HTMLExporter:
    """One exporter for all pages of a process: its templates are compiled once."""
    return Nq57HTMLExporter()


def export_html(notebook: NotebookNode, path: Path) -> Path:
    """Write the page of an executed notebook to `path`, whole or not at all."""
    return write_atomically(path, render_html(notebook))


def _lay_out(reading: Reading) -> _Page:
    """Put the parts of a report into sections: a heading of level 2 opens one, of level 3 is listed beneath it."""
    tables = [part for part in reading.parts if isinstance(part, Table)]
    page, ids = (
        _Page(reading.title, reading.subtitle),
        Ids(name for one in tables for name in (one.title, one.id) if name),
    )
    for taken in ("noi-dung", "muc-luc", "dau-trang", ELEMENT_ID):
        ids.take(taken)
    origin = reading.values.get("provenance")
    page.provenance = encode_provenance(origin) if isinstance(origin, dict) else ""
    for part in reading.parts:
        match part:
            case Heading() if part.level <= 2:
                page.sections.append(_Section(ids.take(part.text), part.text))
            case Heading():
                _add_heading(page, part, ids.take(part.text))
            case Prose():
                _add(page, tokens_html(part.tokens).strip())
            case _:
                _add(page, block_html(part, ids))
    return page


def _add_heading(page: _Page, heading: Heading, name: str) -> None:
    depth = min(heading.level, 4)
    if depth == 3 and page.sections:
        page.sections[-1].children.append((name, heading.text))
    _add(page, f'<h{depth} id="{name}">{escape(heading.text)}</h{depth}>')


def _add(page: _Page, html: str) -> None:
    if html:
        (page.sections[-1].parts if page.sections else page.parts).append(html)


def _compact(css: str) -> str:
    """Return a style sheet without comments and indents."""
    lines = (line.strip() for line in re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).splitlines())
    return "\n".join(line for line in lines if line)
