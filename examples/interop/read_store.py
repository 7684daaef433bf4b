"""A store's Parquet read without nq57kit, by DuckDB, pandas and pyarrow: `python read_store.py kho 2026-H2`; each prints one total.

A glob over the store would count every revision that a unit sent. `current_files` names those that count: it reads the small JSON files beside
the tables, with the standard library alone. After it any program that takes a list of Parquet files will do.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pandas
import pyarrow
from pyarrow import compute, dataset


def current_files(store: Path, table: str, period: str) -> list[str]:
    """Return the Parquet files of a table, one for each unit that has an accepted submission of the period: its latest by time of sending."""
    sent: dict[Path, list[tuple[datetime, str]]] = {}
    for path in sorted((store / "submissions" / f"period={period}").glob("*/*/receipt.json")):
        receipt = json.loads(path.read_text(encoding="utf-8"))
        unit, name = path.parent.parent, path.parent.name.removeprefix("submission=")
        corrected = sorted(unit.glob(f"{name}.sent-at-*.json"), key=lambda one: int(one.stem.rpartition("-")[2]))
        again = [json.loads(one.read_text(encoding="utf-8")) for one in unit.glob(f"{name}.sent-again-*.json")]
        first = json.loads(corrected[-1].read_text(encoding="utf-8")) if corrected else receipt
        times = [datetime.fromisoformat(one["sent_at"]) for one in (first, *again)]
        sent.setdefault(unit, []).extend((time, receipt["sha256"]) for time in times)
    latest = {unit: max(times)[1][:16] for unit, times in sent.items()}
    return [str(unit / f"submission={name}" / f"{table}.parquet") for unit, name in latest.items()]


if __name__ == "__main__":
    files = current_files(Path(sys.argv[1]), "activities", sys.argv[2])
    print("duckdb", duckdb.read_parquet(files).sum("quantity").fetchall()[0][0])
    print("pandas", pandas.concat(pandas.read_parquet(one, columns=["quantity"]) for one in files)["quantity"].sum())
    names = pyarrow.schema([(name, pyarrow.string()) for name in ("period", "unit_id", "submission")])
    rows = dataset.dataset(files, partitioning=dataset.partitioning(names, flavor="hive")).to_table(
        ["unit_id", "quantity"]
    )
    print("pyarrow", compute.sum(rows["quantity"]).as_py(), "of", len(rows["unit_id"].unique()), "units")
