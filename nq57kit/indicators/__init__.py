"""Indicators of the plan as pure functions of frames: who reported, targets, tasks, outputs, people, money.

In: `Inputs` (frames that the store read). Out: `Results` (frames for charts, tables and sentences). Rules:
contract §4; decisions where the plan is silent: docs/indicators.md. Imports plan and submissions, no store.
"""

from __future__ import annotations

from nq57kit.indicators.compute import compute, list_figures
from nq57kit.indicators.frames import Traceable
from nq57kit.indicators.model import Inputs, Ratio, Results
from nq57kit.indicators.reporting import reporting_states
from nq57kit.indicators.science import science_tasks
from nq57kit.indicators.targets import judge, judge_ratio, kpis
from nq57kit.indicators.tasks import completion, task_status

__all__ = [
    "Inputs",
    "Ratio",
    "Results",
    "Traceable",
    "completion",
    "compute",
    "judge",
    "judge_ratio",
    "kpis",
    "list_figures",
    "reporting_states",
    "science_tasks",
    "task_status",
]
