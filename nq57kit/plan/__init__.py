"""The plan as data: tasks, targets, units and deadlines, their questions, and the reporting periods.

In: a plan folder (CSV files and settings.toml; the packaged one unless another is given).
Out: a checked `Plan` and the `Period`s that it allows. Imports nothing but the ground floor.
"""

from __future__ import annotations

from nq57kit.plan.decision import Plan, Target, Unit, load_plan
from nq57kit.plan.period import Calendar, Period, Window, label_period
from nq57kit.plan.settings import Settings
from nq57kit.plan.units import UnitMatch

__all__ = [
    "Calendar",
    "Period",
    "Plan",
    "Settings",
    "Target",
    "Unit",
    "UnitMatch",
    "Window",
    "label_period",
    "load_plan",
]
