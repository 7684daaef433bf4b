"""The page: an executed notebook in, one self-contained HTML file out; the exporter `nq57-html`.

In: a notebook whose cells displayed blocks (`nq57kit.show`). Out: HTML without code, warnings, raw frames,
script or address, the same bytes for the same content. The page is made from the blocks' data, never from
HTML that stands in the notebook; an output that is no block is left out, an error ends the export.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters.html import HTMLExporter
from traitlets import default

from nq57kit.errors import ReportError
from nq57kit.files import write_atomically
from nq57kit.show.blocks import BLOCK_MIME, Block, Blocks, Table, Title, block_from_data
from nq57kit.show.markup import Ids, block_html, markdown_html

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Nq57HTMLExporter", "export_html", "render_html"]

_TEMPLATES = Path(__file__).parent / "templates"
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass
class _Section:
    """A part of the page under a heading of level 2, with its headings of level 3."""

    id: str
    title: str
    parts: list[str] = field(default_factory=list)
    children: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Page:
    """What the template shows: the title, what stands before the first section, the sections."""

    title: str = ""
    subtitle: str = ""
    parts: list[str] = field(default_factory=list)
    sections: list[_Section] = field(default_factory=list)


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
        page = _read(nb)
        css = (_TEMPLATES / "nq57" / "page.css").read_text(encoding="utf-8")
        known: dict[str, Any] = self._init_resources(resources)  # type: ignore[no-untyped-call]
        html = self.environment.get_template("index.html.j2").render(page=page, css=_compact(css))
        return html, known


def render_html(notebook: NotebookNode) -> str:
    """Return the page of an executed notebook.

    Raises ReportError if a cell ended with an error.

    Example:
        >>> from nbformat.v4 import new_markdown_cell, new_notebook
        >>> render_html(new_notebook(cells=[new_markdown_cell("# Báo cáo")])).splitlines()[0]
        '<!doctype html>'
    """
    return str(Nq57HTMLExporter().from_notebook_node(notebook)[0])


def export_html(notebook: NotebookNode, path: Path) -> Path:
    """Write the page of an executed notebook to `path`, whole or not at all."""
    return write_atomically(path, render_html(notebook))


def _read(notebook: NotebookNode) -> _Page:
    cells = [
        (cell, [block for output in _outputs(cell) if (block := _block(output, number))])
        for number, cell in enumerate(notebook.cells, start=1)
    ]
    shown = Blocks(block for _, blocks in cells for block in blocks).items
    tables = [block for block in shown if isinstance(block, Table)]
    page, ids = _Page(), Ids(name for table in tables for name in (table.title, table.id) if name)
    for taken in ("noi-dung", "muc-luc", "dau-trang"):
        ids.take(taken)
    for cell, blocks in cells:
        if cell.cell_type == "markdown":
            _add_markdown(page, ids, cell.source)
        for block in Blocks(blocks).items:
            if isinstance(block, Title):
                page.title, page.subtitle = block.text, block.subtitle
            else:
                _add(page, block_html(block, ids))
    meta = notebook.metadata.get("title")
    page.title = page.title or (meta if isinstance(meta, str) else "") or "Báo cáo"
    return page


def _add(page: _Page, html: str) -> None:
    (page.sections[-1].parts if page.sections else page.parts).append(html)


def _outputs(cell: NotebookNode) -> list[NotebookNode]:
    return list(cell.get("outputs", ())) if cell.cell_type == "code" else []


def _block(output: NotebookNode, number: int) -> Block | None:
    """Return the block of an output of the cell `number`; None for output that is not shown."""
    if output.output_type == "error":
        raise ReportError(
            f"Sổ tính dừng ở ô thứ {number} do lỗi «{output.get('ename', '')}: {output.get('evalue', '')}»; "
            "sửa lỗi và chạy lại sổ tính trước khi xuất trang."
        )
    data = output.get("data", {}).get(BLOCK_MIME)
    if data is None:
        return None
    try:
        return block_from_data(data)
    except ValueError as error:
        raise ReportError(
            f"Ô thứ {number} của sổ tính có nội dung không đọc được ({error}); chạy lại sổ tính bằng phiên bản này."
        ) from error


def _add_markdown(page: _Page, ids: Ids, source: str) -> None:
    """Take a cell's text apart at its headings: the first of level 1 is the title, level 2 opens a section."""
    html = markdown_html(source, headings=True)
    end = 0
    for found in _HEADING.finditer(html):
        _add_text(page, html[end : found.start()])
        end = found.end()
        level, inner = int(found.group(1)), found.group(2).strip()
        text = _TAG.sub("", inner)
        if level == 1 and not page.title:
            page.title = _unescape(text)
        elif level <= 2:
            page.sections.append(_Section(ids.take(_unescape(text)), _unescape(text)))
        else:
            name = ids.take(_unescape(text))
            depth = min(level, 4)
            if depth == 3 and page.sections:
                page.sections[-1].children.append((name, _unescape(text)))
            _add(page, f'<h{depth} id="{name}">{inner}</h{depth}>')
    _add_text(page, html[end:])


def _add_text(page: _Page, html: str) -> None:
    if html.strip():
        _add(page, html.strip())


def _unescape(text: str) -> str:
    from html import unescape

    return unescape(text)


def _compact(css: str) -> str:
    """Return a style sheet without comments and indents."""
    lines = (line.strip() for line in re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).splitlines())
    return "\n".join(line for line in lines if line)
