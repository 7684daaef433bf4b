"""nq57kit: reports of the plan to communicate Nghị quyết 57-NQ/TW, from what the units sent.

What is public is listed in `__all__` and loaded when it is first used, so that `import nq57kit` is light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nq57kit.lazy import load_lazily

__version__ = "0.1.0"

_HOMES = {
    "Period": "plan",
    "Plan": "plan",
    "load_plan": "plan",
    "Finding": "submissions",
    "Submission": "submissions",
    "check": "submissions",
    "write_template": "submissions",
    "Store": "store",
    "ingest": "store",
    "kpis": "indicators",
    "compute": "indicators",
    "open_report": "reports",
    "read_results": "reports",
    "trace": "reports",
    "Nq57Error": "errors",
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
    "read_results",
    "trace",
    "write_template",
]

if TYPE_CHECKING:
    from nq57kit.errors import Nq57Error
    from nq57kit.indicators import compute, kpis
    from nq57kit.plan import Period, Plan, load_plan
    from nq57kit.reports import open_report, read_results, trace
    from nq57kit.store import Store, ingest
    from nq57kit.submissions import Finding, Submission, check, write_template

__getattr__, __dir__ = load_lazily(__name__, _HOMES)
