"""An indicator through the years as a frame, to CSV: `python indicator_over_years.py kho 2026 2028 staff_reached`.

Each year has its own data, as that year's annual report has; a year in which nothing was reported has no value.
"""

import sys

import polars as pl

import nq57kit

store, first, last, indicator = sys.argv[1:]
years = [
    nq57kit.open_report("annual", store=store, year=year, as_of=f"{year + 1}-01-15").results.kpis
    for year in range(int(first), int(last) + 1)
]
kept = (
    pl.concat(years)
    .filter(pl.col("indicator") == indicator, pl.col("year").is_not_null())
    .unique(["year"], keep="last")
)
print(kept.select("year", "numerator", "denominator", "value", "status").sort("year").write_csv(), end="")
