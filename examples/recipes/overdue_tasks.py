"""The tasks of a unit that are overdue: `python overdue_tasks.py kho 2026-H2 vu-tccb [2026-12-25]`."""

import sys

import polars as pl

import nq57kit

store, period, unit_id, *as_of = sys.argv[1:]
report = nq57kit.open_report("semiannual", store=store, period=period, as_of=as_of[0] if as_of else "")
overdue = report.results.task_status.filter(
    pl.col("unit_id") == unit_id,
    pl.col("status").str.contains("qua_han", literal=True),
    ~pl.col("status").str.starts_with("hoan_thanh"),
)
names = report.results.inputs.plan.tasks.select("task_id", "short_name")
print(
    overdue.join(names, on="task_id").select("task_id", "short_name", "status", "due_on").sort("task_id").write_csv(),
    end="",
)
