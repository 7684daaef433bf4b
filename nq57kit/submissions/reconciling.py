"""The reconciliation of a submission: per table, rows seen = accepted + refused + skipped, with the reasons.

In: a checked `Submission`. Out: one `TableCount` per table that had any row, in the order of the form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import load_finding_kinds
from nq57kit.submissions.skipping import REASONS
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.submissions.reading import Submission

__all__ = ["TableCount", "reconcile"]

#: The one reason that has no finding: the form filled the row in, the unit wrote nothing.
_FILLED_IN: Final = "Dòng chỉ có phần điền sẵn"


@dataclass(frozen=True)
class TableCount:
    """A table's rows: how many were seen, accepted, refused and skipped; `reasons` says in Vietnamese why skipped."""

    table: str
    label: str
    seen: int
    accepted: int
    refused: int
    skipped: int
    reasons: str


def reconcile(submission: Submission) -> tuple[TableCount, ...]:
    """Return the counts of every table with at least one row.

    Example:
        >>> from nq57kit.submissions import check
        >>> reconcile(check("khong-co.xlsx"))
        ()
    """
    return tuple(
        TableCount(
            table=name,
            label=table.sheet,
            seen=counts["seen"],
            accepted=counts["accepted"],
            refused=counts["refused"],
            skipped=counts["skipped"],
            reasons=_describe(submission.skipped.get(name, {})),
        )
        for name, table in TABLES.items()
        if (counts := submission.counts.get(name)) and counts["seen"]
    )


def _describe(skipped: Mapping[str, int]) -> str:
    """Return «dòng trống: 2; dòng tổng cộng: 1»."""
    kinds = load_finding_kinds()
    labels = {reason: kinds[f"rows-{reason}"].title if f"rows-{reason}" in kinds else _FILLED_IN for reason in REASONS}
    return "; ".join(
        f"{labels[reason][0].lower()}{labels[reason][1:]}: {format_number(skipped[reason])}"
        for reason in REASONS
        if skipped.get(reason)
    )
