"""The exporters of nbconvert: `jupyter nbconvert --to nq57-html report.ipynb` (or nq57-docx, nq57-xlsx).

In: an executed notebook. Out: the very bytes that our command writes. What makes them knows nothing of nbconvert, so that a
report does not pay for importing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from nbconvert.exporters.exporter import Exporter
from traitlets import default

from nq57kit.desk import find_desk
from nq57kit.reports.html import render_html
from nq57kit.reports.xlsx import render_xlsx

if TYPE_CHECKING:
    from nbformat import NotebookNode


class _Nq57Exporter(Exporter):
    """Makes a file of `ending` by `render`; nothing of nbconvert's own preprocessors reaches it."""

    ending: ClassVar[str]

    @staticmethod
    def render(notebook: NotebookNode) -> str | bytes:
        """Return the content of the file."""
        raise NotImplementedError

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return self.ending

    def from_notebook_node(  # type: ignore[override] # the base class says that it returns a notebook
        self, nb: NotebookNode, resources: Any = None, **options: Any
    ) -> tuple[str | bytes, dict[str, Any]]:
        """Return the file and nbconvert's resources; raises ReportError if a cell of `nb` ended with an error."""
        _, known = super().from_notebook_node(nb, resources, **options)
        return self.render(nb), known


class Nq57HTMLExporter(_Nq57Exporter):
    """`--to nq57-html`: the page."""

    export_from_notebook = "nq57 HTML"
    output_mimetype = "text/html"
    ending, render = ".html", staticmethod(render_html)


class Nq57DocxExporter(_Nq57Exporter):
    """`--to nq57-docx`: the Word document, on the template of the desk in which the command runs."""

    export_from_notebook = "nq57 Word"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ending = ".docx"

    @staticmethod
    def render(notebook: NotebookNode) -> bytes:
        """Return the document."""
        from nq57kit.reports.docx import render_docx  # with it comes python-docx, which no other format needs

        desk = find_desk()
        return render_docx(notebook, desk.letterhead if desk else None)


class Nq57XlsxExporter(_Nq57Exporter):
    """`--to nq57-xlsx`: the workbook of data."""

    export_from_notebook = "nq57 Excel"
    output_mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ending, render = ".xlsx", staticmethod(render_xlsx)
