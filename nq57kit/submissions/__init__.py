"""What a unit sends in: the data contract, the form, the reader and its findings.

In: files from the units. Out: checked `Submission`s and forms to fill. Knows the plan; writes no store.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Finding": "findings",
    "FindingKind": "findings",
    "Submission": "reading",
    "TABLES": "contract",
    "check": "reading",
    "check_many": "reading",
    "findings_frame": "findings",
    "frame_columns": "schemas",
    "load_finding_kinds": "findings",
    "table_schema": "schemas",
    "write_returned": "returned",
    "write_template": "template",
    "write_workbook": "template",
}

__all__ = [
    "TABLES",
    "Finding",
    "FindingKind",
    "Submission",
    "check",
    "check_many",
    "findings_frame",
    "frame_columns",
    "load_finding_kinds",
    "table_schema",
    "write_returned",
    "write_template",
    "write_workbook",
]

if TYPE_CHECKING:
    from nq57kit.submissions.contract import TABLES
    from nq57kit.submissions.findings import Finding, FindingKind, findings_frame, load_finding_kinds
    from nq57kit.submissions.reading import Submission, check, check_many
    from nq57kit.submissions.returned import write_returned
    from nq57kit.submissions.schemas import frame_columns, table_schema
    from nq57kit.submissions.template import write_template, write_workbook


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
