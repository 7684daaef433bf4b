"""A report of one's own by bare papermill: `python own_report.py kho 2026-H2 folder [2026-12-25]`: page, Word, JSON, and the index.

`own_report.ipynb` is the notebook: a parameter and an indicator of its own beside the package's subjects. By our command nothing more
is needed: put it into the desk's `notebooks/` as `hai-phut.ipynb`; `nq57kit report own hai-phut 2026-H2 -p at_least 5`.
"""

import json
import sys
from pathlib import Path

import nbformat
import papermill

from nq57kit.reports import read_values, write_index
from nq57kit.reports.exporters import Nq57DocxExporter, Nq57HTMLExporter

store, period, folder, *as_of = sys.argv[1:]
out = Path(folder) / f"rieng-{period}.ipynb"
out.parent.mkdir(parents=True, exist_ok=True)
values = {"store": str(Path(store).resolve()), "period": period, "as_of": as_of[0] if as_of else "", "at_least": 5}
papermill.execute_notebook(Path(__file__).with_suffix(".ipynb"), out, values, engine_name="nq57", progress_bar=False)
executed = nbformat.read(out, as_version=4)
out.with_suffix(".html").write_text(Nq57HTMLExporter().from_notebook_node(executed)[0], encoding="utf-8")
out.with_suffix(".docx").write_bytes(Nq57DocxExporter().from_notebook_node(executed)[0])
out.with_suffix(".json").write_text(json.dumps(read_values(out), ensure_ascii=False), encoding="utf-8")
write_index(out.parent)
print(out.with_suffix(".html"))
