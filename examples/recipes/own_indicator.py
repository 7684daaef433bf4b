"""An indicator of one's own: activities with an address where they can be seen, by unit: `python own_indicator.py kho 2026-H2 [2026-12-25]`.

A pure function of the report's frames; nothing of the package changes. How it becomes a table and a chart of a page: docs/extending.md.
"""

import sys

import polars as pl

import nq57kit
from nq57kit.indicators import Results


def share_with_evidence(results: Results) -> pl.DataFrame:
    """Return unit_id, activities, linked, value (0-1), in the register's order; a unit without activities has blanks."""
    counted = (
        results.activities.group_by("unit_id")
        .agg(activities=pl.len(), linked=pl.col("evidence_url").is_not_null().sum())
        .with_columns(value=pl.col("linked") / pl.col("activities"))
    )
    return results.inputs.units.select("unit_id").join(counted, on="unit_id", how="left", maintain_order="left")


store, period, *as_of = sys.argv[1:]
report = nq57kit.open_report("semiannual", store=store, period=period, as_of=as_of[0] if as_of else "")
print(share_with_evidence(report.results).write_csv(), end="")
