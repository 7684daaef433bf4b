"""The report as a Word document by Nghị định 30/2020/NĐ-CP; the exporter `nq57-docx`.

In: an executed notebook. Out: an editable .docx, marked «Dự thảo»: number, day, addressee and signature are blank.
The words are those of the notebook's blocks and of `letterhead.toml`; the same notebook gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nq57kit.reports.docx.arranging import arrange
from nq57kit.reports.docx.letterhead import read_letterhead
from nq57kit.reports.docx.packing import Package, pack
from nq57kit.reports.docx.writing import Writer
from nq57kit.reports.executed import describe_period, plan_state, read_report
from nq57kit.reports.provenance import encode_provenance

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["render_docx"]


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
