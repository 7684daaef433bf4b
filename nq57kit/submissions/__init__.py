"""What a unit sends in: the data contract, the form, the reader and its findings.

In: files from the units. Out: checked `Submission`s and forms to fill. Knows the plan; writes no store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nq57kit.lazy import load_lazily

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
    "read_earlier": "prefilled",
    "table_schema": "schemas",
    "write_returned": "returned",
    "write_template": "prefilled",
    "write_workbook": "form",
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
    "read_earlier",
    "table_schema",
    "write_returned",
    "write_template",
    "write_workbook",
]

if TYPE_CHECKING:
    from nq57kit.submissions.contract import TABLES
    from nq57kit.submissions.findings import Finding, FindingKind, findings_frame, load_finding_kinds
    from nq57kit.submissions.form import write_workbook
    from nq57kit.submissions.prefilled import read_earlier, write_template
    from nq57kit.submissions.reading import Submission, check, check_many
    from nq57kit.submissions.returned import write_returned
    from nq57kit.submissions.schemas import frame_columns, table_schema

__getattr__, __dir__ = load_lazily(__name__, _HOMES)
