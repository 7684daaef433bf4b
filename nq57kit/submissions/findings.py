"""Findings: what is wrong or worth a look in a unit's workbook, as values.

In: a code of `findings.csv` and where it was seen. Out: `Finding`, with a Vietnamese sentence that
says what is wrong and what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from nq57kit.shown import Shown, Told
from nq57kit.submissions.contract import ALL_TABLES, Kind, read_csv
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

#: `error` refuses the submission, `warning` is accepted and shown in the report, `note` is for information.
Severity = Literal["error", "warning", "note"]
#: The severities as a reader sees them, the worst first.
SEVERITY_LABELS: Final[Mapping[str, str]] = MappingProxyType({"error": "Lỗi", "warning": "Cảnh báo", "note": "Ghi chú"})
_SHOWN_VALUE_LENGTH = 120
#: Digits that a person would read in groups; a number that begins with 0 is shown as it stood.
_DIGITS: Final = re.compile(r"-?[1-9][0-9]{3,17}")


@dataclass(frozen=True)
class FindingKind:
    """A kind of finding: its stable code, severity, title, sentence template and advice.

    `against` is «half» or «units» where it is found by comparing with the unit's earlier half or with other units.

    Example:
        >>> load_finding_kinds()["value-required"].severity
        'error'
    """

    code: str
    severity: Severity
    title: str
    message: str
    advice: str
    against: str


@dataclass(frozen=True, order=True, repr=False)
class Finding(Shown):
    """One thing found in one place of one submission; contract §3.

    `file` is the file's name without its folder, `cell` an A1 address, `value` the text as it stood;
    each is None where it does not apply. `message` is Vietnamese.

    Example:
        >>> make_finding("sheet-extra", file="a.xlsx", sheet="Nháp").severity
        'note'
    """

    file: str
    table: str | None
    sheet: str | None
    cell: str | None
    code: str
    severity: Severity
    field: str | None
    value: str | None
    message: str

    def tell(self) -> Told:
        """Return how grave it is, where it stands and what to do."""
        facts = {"tệp": self.file, "trang tính": self.sheet, "ô": self.cell, "nội dung": self.message}
        return Told(f"{SEVERITY_LABELS[self.severity]} {self.code}", facts)

    def as_dict(self) -> dict[str, str | None]:
        """Return the finding as the JSON object of `nq57kit check --format json`."""
        return asdict(self)


@cache
def load_finding_kinds() -> Mapping[str, FindingKind]:
    """Return every kind of finding by its code, as documented in `findings.csv`.

    Example:
        >>> sorted({kind.severity for kind in load_finding_kinds().values()})
        ['error', 'note', 'warning']
    """
    rows: tuple[Mapping[str, Any], ...] = read_csv("findings.csv")
    return MappingProxyType({row["code"]: FindingKind(**row) for row in rows})


def make_finding(
    code: str,
    *,
    file: str,
    table: str | None = None,
    sheet: str | None = None,
    cell: str | None = None,
    field: str | None = None,
    value: str | None = None,
    **words: Any,
) -> Finding:
    """Return a finding of kind `code`; `words` fill the placeholders of its sentence.

    Long values are cut at 120 characters with «…» for show. KeyError for a code or word unknown.

    Example:
        >>> make_finding("yes-no-unclear", file="a.xlsx", cell="B7", label="Đã truyền thông", value="x").message
        'Ô «Đã truyền thông» ghi «x». Ghi «Có» hoặc «Không».'
    """
    kind = load_finding_kinds()[code]
    shown = value if value is None or len(value) <= _SHOWN_VALUE_LENGTH else value[:_SHOWN_VALUE_LENGTH] + "…"
    said = {"value": show_value(table, field, shown), "sheet": sheet, **words}
    sentence = f"{kind.message} {kind.advice}".strip().format_map(said)
    return Finding(file, table, sheet, cell, code, kind.severity, field, shown, sentence)


def show_value(table: str | None, field: str | None, value: str | None) -> str | None:
    """Return a cell's text as a person reads it: the digits of an amount or a count in groups; all else as it stood.

    Example:
        >>> show_value("budget", "planned_vnd", "442000000"), show_value("science_tasks", "code", "442000000")
        ('442.000.000', '442000000')
    """
    kind = ALL_TABLES[table].field(field).kind if table and field else None
    if value is None or kind not in (Kind.WHOLE, Kind.MONEY) or not _DIGITS.fullmatch(value):
        return value
    return format_number(int(value))


def findings_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """Return findings as a frame of strings, one row each, in the order of the contract's JSON.

    Example:
        >>> findings_frame([]).columns[:3]
        ['code', 'severity', 'file']
    """
    import polars as pl  # here, because the help page needs this module and no frame

    order = ["code", "severity", "file", "table", "sheet", "cell", "field", "value", "message"]
    if {field.name for field in fields(Finding)} != set(order):
        raise AssertionError("Finding and its frame differ")
    return pl.DataFrame(
        [finding.as_dict() for finding in findings], schema=dict.fromkeys(order, pl.String), orient="row"
    )
