"""A report of one's own, by bare papermill and our exporters: `python own_report.py kho 2026-H2 folder [2026-12-25]`.

`own_report.ipynb` is the notebook; its cells call the package's subjects. With our command: put it into the desk's `notebooks/` under the
name of the report that it takes the place of, and `nq57kit report semiannual` runs it; the index then lists it.
"""

import sys
from pathlib import Path

import nbformat
import papermill

from nq57kit.reports.exporters import Nq57DocxExporter, Nq57HTMLExporter

store, period, folder, *as_of = sys.argv[1:]
out = Path(folder) / f"rieng-{period}.ipynb"
out.parent.mkdir(parents=True, exist_ok=True)
values = {"store": str(Path(store).resolve()), "period": period, "as_of": as_of[0] if as_of else ""}
papermill.execute_notebook(Path(__file__).with_suffix(".ipynb"), out, values, engine_name="nq57", progress_bar=False)
executed = nbformat.read(out, as_version=4)
out.with_suffix(".html").write_text(Nq57HTMLExporter().from_notebook_node(executed)[0], encoding="utf-8")
out.with_suffix(".docx").write_bytes(Nq57DocxExporter().from_notebook_node(executed)[0])
print(out.with_suffix(".html"))
