"""Charts of a report: results in, static figures with caption, alternative text and data out.

In: `Results`. Out: a `Figure` (or `Blocks` of several where one would be unreadable), and a `Note` where
there is nothing to draw. No rule lives here; labels come from the plan and the contract.
"""

from __future__ import annotations

from nq57kit.show.charts.months import monthly_chart
from nq57kit.show.charts.outputs import budget_chart, channel_chart, outputs_chart
from nq57kit.show.charts.people import ratios_chart, workforce_chart
from nq57kit.show.charts.progress import completeness_chart, task_matrix, task_status_chart
from nq57kit.show.charts.targets import targets_chart

__all__ = [
    "budget_chart",
    "channel_chart",
    "completeness_chart",
    "monthly_chart",
    "outputs_chart",
    "ratios_chart",
    "targets_chart",
    "task_matrix",
    "task_status_chart",
    "workforce_chart",
]
