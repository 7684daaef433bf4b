"""The reader: from files to checked submissions, many at once.

In: paths of workbooks (or folders of .csv), the plan, what was expected. Out: `Submission`s: typed frames of the
accepted rows, all findings, and a reconciliation in which rows seen = accepted + refused + skipped.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.files import local_path
from nq57kit.legacy import convert_cell
from nq57kit.plan import Period, Plan, Request, load_plan
from nq57kit.secrecy import HIDDEN_NAME, show_name
from nq57kit.shown import Shown, Told
from nq57kit.submissions import contract, schemas
from nq57kit.submissions.book import read_book
from nq57kit.submissions.checks import Expected, Row, check_answers, check_submission, find_at
from nq57kit.submissions.contract import Table
from nq57kit.submissions.findings import Finding, load_finding_kinds, make_finding
from nq57kit.submissions.headers import SKIP_REASONS
from nq57kit.submissions.layout import Layout, lay_out
from nq57kit.submissions.secrets import screen
from nq57kit.submissions.values import ValueReader
from nq57kit.text import code_key, format_number

_NO_ROWS = {"seen": 0, "accepted": 0, "refused": 0, "skipped": 0}
_SUBMISSION = "_submission"
#: The one reason that has no finding: the form filled the row in, the unit wrote nothing.
_FILLED_IN: Final = "Dòng chỉ có phần điền sẵn"


@dataclass(frozen=True, eq=False, repr=False)
class Submission(Shown):
    """What one file says, and what is wrong with it (contract §3).

    `tables` holds the accepted rows of every table (`schemas.frame_columns`; empty frames where there are none); of a file
    in which difficulties are answered (`is_answers`) that of the answers alone.
    `counts` per table «seen», «accepted», «refused», «skipped». `content` is the file's bytes (for a folder of
    .csv, a zip of them that is equal for equal files), empty for a file that was not read or holds a secret.
    `skipped` says per table how many rows were skipped for which reason (`headers.SKIP_REASONS`);
    `legacy_fonts_converted` whether text of old fonts was read as Unicode.
    """

    file: str
    sha256: str | None
    unit_id: str | None
    period: str | None
    template_version: str | None
    reference_number: str | None
    tables: Mapping[str, pl.DataFrame]
    findings: tuple[Finding, ...]
    counts: Mapping[str, Mapping[str, int]]
    content: bytes = field(repr=False)
    is_secret: bool = False
    is_empty: bool = True
    notice: str | None = None
    skipped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    legacy_fonts_converted: bool = False

    def tell(self) -> Told:
        """Return whose file it is, whether it can be taken in, and its findings; nothing of its contact data."""
        rows = [(one.sheet, one.cell, one.message) for one in self.findings] if not self.is_secret else []
        state = "được nhận" if self.ok else "phải sửa"
        facts = {"đơn vị": self.unit_id, "kỳ": self.period, "kết quả": state, "điểm cần xem": len(self.findings)}
        return Told(f"Báo cáo «{self.file}»", facts, ("Trang tính", "Ô", "Nội dung"), rows)

    @property
    def is_answers(self) -> bool:
        """Whether it is no report of a unit but the file in which difficulties are answered (`nq57kit issues`)."""
        return contract.ANSWERS in self.tables

    @property
    def ok(self) -> bool:
        """Whether the submission is acceptable: no finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the object that `nq57kit check --format json` prints for this file."""
        return {
            "ok": self.ok,
            "unit_id": self.unit_id,
            "period": self.period,
            "findings": [finding.as_dict() for finding in self.findings],
            "counts": {table: dict(counts) for table, counts in self.counts.items()},
        }


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


def check(
    path: Path | str,
    *,
    plan: Plan | None = None,
    period: str | None = None,
    unit_id: str | None = None,
    convert_legacy_fonts: bool = False,
) -> Submission:
    """Return what the workbook at `path` says, with every finding; with `period`, `unit_id`, also against these.

    Never raises for what is wrong with the file. Without a plan the packaged one is used. With
    `convert_legacy_fonts`, TCVN3 and VNI text is read as Unicode, each conversion with a note.

    Example:
        >>> submission = check("khong-co.xlsx")
        >>> submission.ok, submission.findings[0].code
        (False, 'file-missing')
    """
    return _check(
        [local_path(path, ParameterError)],
        plan,
        Expected(unit_id, period),
        None,
        convert_legacy_fonts=convert_legacy_fonts,
    )[0]


def check_many(
    paths: Iterable[Path | str],
    *,
    plan: Plan | None = None,
    progress: Callable[[int, int], None] | None = None,
    period: str | None = None,
    unit_id: str | None = None,
    convert_legacy_fonts: bool = False,
    trust_forms: bool = True,
) -> list[Submission]:
    """Return what each workbook says, in order; the gate is passed once for all.

    `progress` is called after each file with how many are read and how many there are; `period`, `unit_id` and
    `convert_legacy_fonts` are as in `check`. With `trust_forms` a request of which the plan does not tell is what the form says
    of it; a store takes none in that it has not made.
    """
    files, expected = [local_path(path, ParameterError) for path in paths], Expected(unit_id, period)
    return _check(files, plan, expected, progress, convert_legacy_fonts=convert_legacy_fonts, trust_forms=trust_forms)


def _check(
    paths: Sequence[Path],
    plan: Plan | None,
    expected: Expected,
    progress: Callable[[int, int], None] | None,
    *,
    convert_legacy_fonts: bool,
    trust_forms: bool = True,
) -> list[Submission]:
    plan = plan or load_plan()
    reader = ValueReader(plan)
    drafts = []
    for number, path in enumerate(paths, 1):
        drafts.append(_read_file(path, reader, convert_legacy_fonts=convert_legacy_fonts, trust_forms=trust_forms))
        if progress:
            progress(number, len(paths))
    _pass_gate(drafts)
    return [draft.finish(plan, expected) for draft in drafts]


class _Draft:
    """A submission on its way: rows, findings so far, and the layout that they come from; no sheets any more."""

    def __init__(self, file: str, findings: Iterable[Finding], *, is_secret: bool = False) -> None:
        self.file, self.is_secret = file, is_secret
        self.findings = list(findings)
        self.layout: Layout | None = None
        self.plan: Plan | None = None  # with the request of which the form tells
        self.sha256: str | None = None
        self.content = b""
        self.legacy_fonts_converted = False
        self.rows: dict[str, list[Row]] = {table: [] for table in contract.tables_of()}

    @property
    def is_of_answers(self) -> bool:
        """Whether it is no report but the file in which difficulties are answered."""
        return contract.ANSWERS in self.rows

    @property
    def cover(self) -> Mapping[str, Any]:
        """The values of the cover, none where it has no row; of a file of answers, what its hidden map says."""
        if self.is_of_answers and self.layout:
            return {name: self.layout.keys.get(name) for name in ("unit_id", "period")}
        return self.rows["cover"][0].values if self.rows["cover"] else {}

    def find(self, table: Table, row: Row, name: str, code: str, **words: Any) -> None:
        """Add a finding on a field of a row; an error refuses the row."""
        finding = find_at(self.file, table.name, row, name, code, **words)
        self.findings.append(finding)
        row.refused = row.refused or finding.severity == "error"

    def finish(self, plan: Plan, expected: Expected) -> Submission:
        """Return the submission, after the checks of the whole."""
        if self.layout is None:
            return Submission(
                self.file, None, None, None, None, None, _frames({}), tuple(self.findings),
                {table: dict(_NO_ROWS) for table in self.rows}, b"", self.is_secret,
            )  # fmt: skip
        if self.is_of_answers:
            self.findings += check_answers(self.file, self.rows[contract.ANSWERS])
        else:
            self.findings += check_submission(self.file, self.plan or plan, self.rows, self.layout.keys, expected)
        self._refuse_rows()
        if (is_empty := not self.is_of_answers and self._says_nothing()) and not any(
            one.severity == "error" for one in self.findings
        ):
            self.findings.append(make_finding("report-empty", file=self.file))
        cover = self.cover
        accepted = {table: [row for row in rows if not row.refused] for table, rows in self.rows.items()}
        counts = {}
        for table, rows in self.rows.items():
            skipped = len(self.layout.tables[table].skipped)
            counts[table] = {
                "seen": len(rows) + skipped,
                "accepted": len(accepted[table]),
                "refused": len(rows) - len(accepted[table]),
                "skipped": skipped,
            }
        return Submission(
            file=self.file,
            sha256=self.sha256,
            unit_id=cover.get("unit_id"),
            period=cover.get("period"),
            template_version=self.layout.keys.get("template_version"),
            reference_number=cover.get("reference_number"),
            tables=_frames(accepted),
            findings=tuple(sorted(self.findings, key=_order)),
            counts=counts,
            content=self.content,
            notice=self.layout.keys.get("notice"),
            skipped={
                table: dict(Counter(one.reason for one in rows.skipped))
                for table, rows in self.layout.tables.items()
                if rows.skipped and table in self.rows
            },
            legacy_fonts_converted=self.legacy_fonts_converted,
            is_empty=is_empty,
        )

    def _says_nothing(self) -> bool:
        """Whether the submission is empty: the one rule, for status, reports and scorecards (contract §4)."""
        told = any(rows for name, rows in self.rows.items() if contract.TABLES[name].says_something)
        running = [row.values.get(name) for row in self.rows.get("workforce", ()) for name in contract.RUNNING]
        asked_alone = len(self.rows) == len(
            {"cover", "workforce"} & self.rows.keys()
        )  # by a request: any answer says something
        return not told and not (any(running) or (asked_alone and running))

    def _refuse_rows(self) -> None:
        """Refuse the rows in which checks and layout found an error."""
        wrong = {
            (finding.sheet, finding.cell) for finding in self.findings if finding.severity == "error" and finding.cell
        }
        for rows in self.rows.values():
            for row in rows:
                cells = row.record.cells.values()
                row.refused = row.refused or any((row.record.sheet, cell.address) in wrong for cell in cells)


_SHEET_ORDER = {table: number for number, table in enumerate(contract.TABLES)}
_SEVERITIES = {"error": 0, "warning": 1, "note": 2}


def _order(finding: Finding) -> tuple[Any, ...]:
    """The order of a list to work off: errors first, then by sheet and from the top down."""
    cell = finding.cell or ""
    letters = cell.rstrip("0123456789")
    row = int(cell[len(letters) :] or 0)
    table = _SHEET_ORDER.get(finding.table or "", -1)
    return _SEVERITIES[finding.severity], table, finding.sheet or "", row, len(letters), letters, finding.code


def _read_file(path: Path, reader: ValueReader, *, convert_legacy_fonts: bool, trust_forms: bool) -> _Draft:
    """Return one file as rows of typed values, with the findings on its form and its cells."""
    if show_name(path.name) == HIDDEN_NAME:
        return _Draft(HIDDEN_NAME, [make_finding("secret", file=HIDDEN_NAME, sheet="tên tệp")], is_secret=True)
    book = read_book(path)
    if isinstance(book, Finding):
        return _Draft(path.name, [book])
    screening = screen(book)
    if screening.place is not None:
        return _Draft(path.name, [make_finding("secret", file=path.name, sheet=screening.place)], is_secret=True)
    layout = lay_out(book)
    draft = _Draft(path.name, ())
    draft.findings += [
        make_finding("secret-denied", file=path.name, sheet=sheet, cell=cell) for sheet, cell in screening.denials
    ]
    draft.layout, draft.sha256, draft.content = layout, book.sha256, book.content
    draft.legacy_fonts_converted = convert_legacy_fonts
    draft.plan = plan = tell_request(reader.plan, layout.keys) if trust_forms else reader.plan
    reader = reader if plan is reader.plan else ValueReader(plan)
    if contract.ANSWERS in layout.tables:
        draft.rows, draft.findings = {contract.ANSWERS: []}, [*draft.findings, *layout.findings]
        _read_rows(draft, contract.ALL_TABLES[contract.ANSWERS], reader)
        return draft
    _read_rows(draft, contract.TABLES["cover"], reader)
    asked = _choose_tables(draft, layout, plan.find_period(draft.cover.get("period") or layout.keys.get("period")))
    for table in asked.values():
        if table.name != "cover":
            _read_rows(draft, table, reader)
    return draft


def tell_request(plan: Plan, keys: Mapping[str, str]) -> Plan:
    """Return a plan that knows the request of which a form's hidden sheet tells, where it knows none of that period itself."""
    period = keys.get("period", "")
    if "request" not in keys or period in dict(plan.calendar.requests):
        return plan
    try:
        return plan.with_requests({period: Request.from_values(json.loads(keys["request"]))})
    except (ValueError, RecursionError):
        return plan


def _choose_tables(draft: _Draft, layout: Layout, period: Period | None) -> Mapping[str, Table]:
    """Return the tables of the period's form, and say which of them is not there, and what is there that nobody asks for."""
    asked = contract.tables_of(period)
    draft.rows = {name: draft.rows.get(name, []) for name in asked}
    draft.findings += [one for one in layout.findings if one.table is None or one.table in asked]
    for name, table in contract.TABLES.items():
        rows = layout.tables[name]
        words: dict[str, Any] = {"file": draft.file, "table": name, "label": table.sheet}
        if name in asked and rows.sheet is None:
            draft.findings.append(make_finding("sheet-missing" if table.must_have_rows else "sheet-absent", **words))
        elif name not in asked and rows.records:
            words |= {"sheet": rows.sheet, "count": len(rows.records), "found": period.label if period else ""}
            draft.findings.append(make_finding("sheet-not-asked", **words))
    return asked


def _read_rows(draft: _Draft, table: Table, reader: ValueReader) -> None:
    """Add the rows of a table as typed values, with the findings on their cells."""
    for record in draft.layout.tables[table.name].records if draft.layout else ():
        row = Row(record, {}, set())
        draft.rows[table.name].append(row)
        # the period first, by whose register the unit is named
        for name, cell in sorted(record.cells.items(), key=lambda item: item[0] != "period"):
            wanted = table.field(name)
            if draft.legacy_fonts_converted and (converted := convert_cell(cell)) is not None:
                encoding, cell = converted  # noqa: PLW2901 - the record keeps the cell as it stood
                draft.find(table, row, name, "legacy-converted", encoding=encoding, reading=cell.text)
            reading = reader.read(cell, wanted, period=row.values.get("period"))
            row.values[name] = reading.value
            if reading.code:
                if reading.value is None:
                    row.unread.add(name)
                draft.find(table, row, name, reading.code, **reading.words)


# ---------------------------------------------------------------------------------- the gate


def _pass_gate(drafts: Sequence[_Draft]) -> None:
    """Validate the rows of all drafts, one call per table, and add the findings."""
    for table in contract.ALL_TABLES.values():
        rows = [(number, row) for number, draft in enumerate(drafts) for row in draft.rows.get(table.name, ())]
        if not rows:
            continue
        frame = _frame(table.name, [row for _, row in rows]).with_columns(
            pl.Series(_SUBMISSION, [number for number, _ in rows], dtype=pl.Int64)
        )
        for failure in schemas.validate_tables({table.name: frame})[table.name]:
            if failure.row < 0:
                raise AssertionError(f"{table.name}: {failure}")  # a frame of our own with a wrong type
            number, row = rows[failure.row]
            _add_failure(drafts[number], table, row, failure, [other for of, other in rows if of == number])


def _add_failure(draft: _Draft, table: Table, row: Row, failure: schemas.Failure, mates: Sequence[Row]) -> None:
    """Turn a failure of the gate into a finding, unless the cell was already found unreadable."""
    wanted = table.field(failure.field)
    related = {failure.field, wanted.at_most, wanted.not_before, wanted.required_if} - {None}
    if failure.code == "explanation-required":
        related.add("status")
    if related & row.unread or (failure.code == "value-required" and failure.field not in row.record.columns):
        return
    words: dict[str, Any] = {}
    if failure.code in ("below-minimum", "above-maximum"):
        words["limit"] = wanted.minimum if failure.code == "below-minimum" else wanted.maximum
    elif failure.code in ("above-other", "before-other", "required-if"):
        other = table.field(wanted.at_most or wanted.not_before or wanted.required_if or "")
        value = row.values.get(other.name)
        shown = "" if failure.code == "required-if" else f": {contract.format_value(other, value)}"
        words["other"] = other.label + shown
    elif failure.code == "explanation-required":
        words["other"] = contract.code_label("status", row.values["status"])
    elif failure.code == "value-required":
        cell = row.record.cells.get(failure.field)
        words["state"] = f"ghi «{cell.text.strip()}», được hiểu là không có" if cell else "để trống"
    elif failure.code == "row-repeated":
        key = _row_key(value := row.values[failure.field])
        first = next(mate for mate in mates if _row_key(mate.values.get(failure.field)) == key)
        spelled = first.values[failure.field]
        words["other"] = str(first.record.row) + (f" (ghi «{spelled}»)" if spelled != value else "")
    draft.find(table, row, failure.field, failure.code, **words)


def _row_key(value: Any) -> Any:
    return code_key(value) if isinstance(value, str) else value


def _frame(table: str, rows: Sequence[Row]) -> pl.DataFrame:
    columns = schemas.frame_columns(table)
    data: dict[str, list[Any]] = {
        name: [row.values.get(name) for row in rows]
        for name in columns
        if name not in (schemas.SOURCE_SHEET, schemas.SOURCE_ROW)
    }
    data[schemas.SOURCE_SHEET] = [row.record.sheet for row in rows]
    data[schemas.SOURCE_ROW] = [row.record.row for row in rows]
    return pl.DataFrame(data, schema=columns)


@cache
def _no_rows(table: str) -> pl.DataFrame:
    return pl.DataFrame(schema=schemas.frame_columns(table))


def _frames(rows: Mapping[str, Sequence[Row]]) -> dict[str, pl.DataFrame]:
    """Return the frames of all tables of reports, empty ones for those that the form has not; of answers theirs alone."""
    every = rows if contract.ANSWERS in rows else contract.TABLES
    return {table: _frame(table, rows[table]) if rows.get(table) else _no_rows(table) for table in every}


# ------------------------------------------------------------------------- reconciliation


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
            reasons=_describe_skipped(submission.skipped.get(name, {})),
        )
        for name, table in contract.ALL_TABLES.items()
        if (counts := submission.counts.get(name)) and counts["seen"]
    )


def _describe_skipped(skipped: Mapping[str, int]) -> str:
    """Return «dòng trống: 2; dòng tổng cộng: 1»."""
    kinds = load_finding_kinds()
    labels = {
        reason: kinds[f"rows-{reason}"].title if f"rows-{reason}" in kinds else _FILLED_IN for reason in SKIP_REASONS
    }
    return "; ".join(
        f"{labels[reason][0].lower()}{labels[reason][1:]}: {format_number(skipped[reason])}"
        for reason in SKIP_REASONS
        if skipped.get(reason)
    )
