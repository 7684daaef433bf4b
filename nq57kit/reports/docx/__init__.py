"""The report as a Word document by Nghị định 30/2020/NĐ-CP; the exporter `nq57-docx`.

In: an executed notebook. Out: an editable .docx, marked «Dự thảo»: number, day, addressee and signature are blank.
The words are those of the notebook's blocks and of `letterhead.toml`; the same notebook gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbconvert.exporters.exporter import Exporter
from traitlets import default

from nq57kit.reports.docx.arranging import arrange
from nq57kit.reports.docx.letterhead import read_letterhead
from nq57kit.reports.docx.packing import Package, pack
from nq57kit.reports.docx.writing import Writer
from nq57kit.reports.executed import describe_period, plan_state, read_report
from nq57kit.reports.provenance import encode_provenance

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Nq57DocxExporter", "render_docx"]


class Nq57DocxExporter(Exporter):
    """`jupyter nbconvert --to nq57-docx report.ipynb`: the same document as our command writes."""

    export_from_notebook = "nq57 Word"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".docx"

    def from_notebook_node(  # type: ignore[override] # the base class says NotebookNode and returns bytes as well
        self, nb: NotebookNode, resources: Any = None, **options: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the document and nbconvert's resources; raises ReportError if a cell of `nb` ended with an error."""
        known: dict[str, Any] = self._init_resources(resources)  # type: ignore[no-untyped-call]
        return render_docx(nb), known


def render_docx(notebook: NotebookNode) -> bytes:
    """Return the Word document of an executed notebook.

    Raises ReportError if a cell ended with an error or holds a block that this version cannot read.

    Example:
        >>> from nbformat.v4 import new_markdown_cell, new_notebook
        >>> render_docx(new_notebook(cells=[new_markdown_cell("# Báo cáo")]))[:2]
        b'PK'
    """
    reading = read_report(notebook)
    package = Package()
    draft, state = plan_state(reading)
    period = describe_period(reading)
    origin = reading.values.get("provenance")
    kind = str(origin.get("kind", "")) if isinstance(origin, dict) else ""
    writer = Writer(arrange(reading), package, read_letterhead(kind))
    body = writer.write(reading.title, reading.subtitle, period, plan_state=state, plan_draft=draft)
    return pack(package, body, reading.title, period, encode_provenance(origin) if isinstance(origin, dict) else "")
