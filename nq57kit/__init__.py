"""nq57kit: reports of the plan to communicate Nghị quyết 57-NQ/TW, from what the units sent.

What is public is listed in `__all__` and loaded when it is first used, so that `import nq57kit` is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Period": "nq57kit.plan",
    "Plan": "nq57kit.plan",
    "load_plan": "nq57kit.plan",
    "Finding": "nq57kit.submissions",
    "Submission": "nq57kit.submissions",
    "check": "nq57kit.submissions",
    "write_template": "nq57kit.submissions",
    "Store": "nq57kit.store",
    "ingest": "nq57kit.store",
    "kpis": "nq57kit.indicators",
    "compute": "nq57kit.indicators",
    "open_report": "nq57kit.reports",
    "trace": "nq57kit.reports",
    "Nq57Error": "nq57kit.errors",
}

__all__ = [
    "Finding",
    "Nq57Error",
    "Period",
    "Plan",
    "Store",
    "Submission",
    "__version__",
    "check",
    "compute",
    "ingest",
    "kpis",
    "load_plan",
    "open_report",
    "trace",
    "write_template",
]

if TYPE_CHECKING:
    from nq57kit.errors import Nq57Error
    from nq57kit.indicators import compute, kpis
    from nq57kit.plan import Period, Plan, load_plan
    from nq57kit.reports import open_report, trace
    from nq57kit.store import Store, ingest
    from nq57kit.submissions import Finding, Submission, check, write_template


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'nq57kit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
