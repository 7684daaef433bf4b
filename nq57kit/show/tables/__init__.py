"""Tables of a report: results in, titled tables with units, totals and notes out.

In: `Results`. Out: `Table`s whose cells are raw values; labels come from the plan and the contract. Every
function takes the results alone. Null is shown as «–»: nothing was reported, which is not zero.
"""

from __future__ import annotations

from nq57kit.show.tables.outputs import (
    budget_by_source_table,
    budget_table,
    by_channel_table,
    by_group_table,
    by_type_table,
    science_tasks_table,
    workforce_table,
)
from nq57kit.show.tables.plan import definitions_table, evidence_table, kpi_table, units_basis_table
from nq57kit.show.tables.progress import (
    completeness_table,
    completion_table,
    reporting_table,
    task_summary_table,
    task_units_table,
)
from nq57kit.show.tables.remarks import cautions_table, difficulties_table, issues_table, left_out_table

__all__ = [
    "budget_by_source_table",
    "budget_table",
    "by_channel_table",
    "by_group_table",
    "by_type_table",
    "cautions_table",
    "completeness_table",
    "completion_table",
    "definitions_table",
    "difficulties_table",
    "evidence_table",
    "issues_table",
    "kpi_table",
    "left_out_table",
    "reporting_table",
    "science_tasks_table",
    "task_summary_table",
    "task_units_table",
    "units_basis_table",
    "workforce_table",
]
