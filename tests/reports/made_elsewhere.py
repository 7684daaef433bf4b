"""Make the five reports of the synthetic year in a process of its own; run by `test_determinism.py`.

Arguments: the folder of workbooks, the folder for store and reports, «forwards» or «backwards» (the order of ingest),
the number of workers. Which code runs says PYTHONPATH; time zone, locale and seed come with the environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nq57kit.reports import Job, read_parameters, run_batch
from nq57kit.store import Store, ingest

#: Kind, parameters: two reports and three scorecards (one unit that sent late, one that sent nothing).
REPORTS = (
    ("semiannual", {"period": "2026-H2"}),
    ("annual", {"year": 2026}),
    ("unit", {"period": "2026-H2", "unit_id": "vu-tccb"}),
    ("unit", {"period": "2026-H2", "unit_id": "hv-nongnghiep"}),
    ("unit", {"period": "2026-H2", "unit_id": "tt-cntt"}),
)
FORMATS = ("docx", "xlsx")


def fill(sample: Path, store: Path, order: str) -> None:
    """Ingest the year at once, or its second half first and each half from its last file to its first."""
    if order == "forwards":
        ingest(sample, Store.create(store))
        return
    for half in ("2026-H2", "2026-H1"):
        ingest(sorted((sample / half).glob("*.xlsx"), reverse=True), Store.create(store))


def main(sample: str, folder: str, order: str, workers: str) -> None:
    """Fill the store, then make the reports, the last first where the order is backwards."""
    fill(Path(sample), Path(folder) / "kho", order)
    jobs = [
        Job(
            read_parameters(kind, {"store": Path(folder) / "kho", "as_of": "2026-12-25", **when}),
            Path(folder) / "ra",
            FORMATS,
        )
        for kind, when in REPORTS
    ]
    made = run_batch(jobs if order == "forwards" else jobs[::-1], workers=int(workers))
    for one in made.failed:
        raise SystemExit(f"{one.stem}: {one.error}")


if __name__ == "__main__":
    main(*sys.argv[1:5])
