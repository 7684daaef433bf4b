"""Opening a report: from checked parameters to all its figures, in a notebook or in a script.

In: parameters. Out: `Report` (plan, period, inputs, results, the person's text, provenance).
Inside IPython an error of nq57kit ends the notebook with its one sentence and no traceback.
"""

from __future__ import annotations

import ast
import csv
import sys
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from nq57kit.desk import find_desk
from nq57kit.errors import Nq57Error, ParameterError
from nq57kit.files import hash_bytes
from nq57kit.reports.commentary import read_commentary
from nq57kit.reports.parameters import (
    KINDS,
    Kind,
    Parameters,
    UnitParameters,
    defaults_for,
    fill_blanks,
    read_parameters,
)
from nq57kit.reports.provenance import describe_provenance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import polars as pl

    from nq57kit.indicators import Inputs, Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.plan import Period, Plan

__all__ = ["Report", "open_card", "open_report", "read_inputs"]


@dataclass(frozen=True)
class Report:
    """A report with all its figures; what the cells of a notebook speak of.

    A scorecard has its unit's figures in `card`, and its `results` are those of the unit alone; else `card` is None.

    Example:
        report = open_report("semiannual", store="kho", period="2026-H2")
        report.results.kpis
    """

    kind: Kind
    title: str
    plan: Plan
    period: Period
    as_of: date
    results: Results
    commentary: Mapping[str, str]
    provenance: Mapping[str, Any]
    card: UnitResults | None = None

    @property
    def is_provisional(self) -> bool:
        """Whether the report is «tạm tính»: drawn before the period's deadline has passed."""
        return not self.period.is_over(self.as_of)

    @property
    def notices(self) -> list[str]:
        """What submissions say of their own data, such as that it is synthetic; each notice once."""
        receipts = self.results.inputs.receipts
        return sorted(set(receipts["notice"].drop_nulls().to_list()))


def open_report(kind: str, **parameters: Any) -> Report:
    """Return the report of `kind` («semiannual», «annual» or «unit») with all its figures.

    Parameters are those of `nq57kit.reports.read_parameters`; at a desk (a folder with `nq57.toml`, or one below it)
    a blank `store`, `plan` or `commentary` is the desk's (a scorecard takes no `commentary` from it), and relative
    paths begin there. `as_of` left out means today in the plan's time zone. Raises ParameterError, PlanError or StoreError, each with one Vietnamese sentence.
    """
    _speak_plainly()
    _refuse_unknown_names(parameters)
    desk = find_desk()
    values = fill_blanks(parameters, defaults_for(kind, desk.defaults())) if desk else parameters
    checked = read_parameters(kind, values, base=desk.folder if desk else None)
    from nq57kit.indicators import compute
    from nq57kit.plan import load_plan
    from nq57kit.store import Store

    plan = load_plan(checked.plan)
    as_of = checked.as_of or datetime.now(ZoneInfo(plan.settings.timezone)).date()
    period = plan.period(checked.period)
    store = Store(checked.store, plan=plan).snapshot()
    inputs = read_inputs(store, plan, period, as_of, checked)
    provenance: Mapping[str, Any]
    if isinstance(checked, UnitParameters):
        card = open_card(store, inputs, checked.unit_id)
        results = card.own
        provenance = describe_provenance(checked.kind, results.inputs, checked) | _describe_company(inputs, card)
    else:
        card, results = None, compute(inputs)
        provenance = describe_provenance(checked.kind, inputs, checked)
    return Report(
        kind=checked.kind,
        title=KINDS[checked.kind].name,
        plan=plan,
        period=period,
        as_of=as_of,
        results=results,
        commentary=read_commentary(checked.commentary),
        provenance=provenance,
        card=card,
    )


def open_card(store: Any, inputs: Inputs, unit_id: str) -> UnitResults:
    """Return the figures of a unit's scorecard, with what was wrong in its refused reports; no file is named.

    `inputs` are those of the whole ministry, as `read_inputs` gave them.
    """
    import polars as pl

    from nq57kit.indicators.unit import ERRORS, compute_unit
    from nq57kit.store.layout import refusal_paths
    from nq57kit.store.receipts import read_refusal

    halves = frozenset(str(half) for half in inputs.period.halves)
    mine = inputs.refusals.filter((pl.col("unit_id") == unit_id) & pl.col("period").is_in(list(halves)))
    latest = mine.sort("period", "sent_at", "sha256").unique("period", keep="last")
    standing = set(latest["sha256"].to_list())
    refused = [read_refusal(path) for path in refusal_paths(store.folder, halves)] if standing else []
    rows = [
        {name: refusal.period if name == "period" else finding.get(name) for name in ERRORS}
        for refusal in refused
        if refusal.unit_id == unit_id and refusal.sha256 in standing
        for finding in refusal.findings
    ]
    return compute_unit(inputs, unit_id, pl.DataFrame(rows, schema=ERRORS))


def _describe_company(inputs: Inputs, card: UnitResults) -> dict[str, Any]:
    """Return what a scorecard's comparison stands on: how many submissions, and one hash of them all, no other unit."""
    import polars as pl

    inside = pl.lit(value=True) if card.group is None else pl.col("groups").list.contains(card.group)
    members = inputs.units.filter(inside)["unit_id"].to_list()
    latest = inputs.receipts.filter(pl.col("is_latest"), pl.col("unit_id").is_in(members)).sort("period", "unit_id")
    rows = latest.select("unit_id", "period", "revision", "sha256").rows()
    text = "\n".join(" ".join(map(str, row)) for row in rows)
    return {
        "unit_id": card.unit.unit_id,
        "compared_with": {"submissions": len(rows), "sha256": hash_bytes(text.encode("utf-8"))},
    }


def read_inputs(store: Any, plan: Plan, period: Period, as_of: date, parameters: Parameters | None = None) -> Inputs:
    """Return what the indicators of `period` are computed from, as the store stood on `as_of`.

    A half is read with the halves of its year before it (the year's latest snapshots count); a year with both.
    """
    from nq57kit.indicators import Inputs
    from nq57kit.submissions import TABLES

    names = [name for name in TABLES if name != "cover"]

    def tables_until(until: Period) -> dict[str, pl.LazyFrame]:
        return {name: _stack(store.read(name, half, as_of=as_of) for half in until.year_so_far) for name in names}

    def each_half(read: Any, until: Period) -> Any:
        return _stack(read(half, as_of=as_of) for half in until.year_so_far)

    before = period.previous
    return Inputs(
        plan=plan,
        period=period,
        as_of=as_of,
        units=plan.units_reporting(period),
        receipts=each_half(store.receipts, period),
        refusals=each_half(store.refusals, period),
        findings=each_half(store.findings, period),
        tables=tables_until(period),
        previous=tables_until(before) if before else {},
        previous_receipts=each_half(store.receipts, before) if before else None,
        register=_read_register(parameters.register) if parameters and parameters.register else None,
        judgements=dict(parameters.judgements) if parameters else {},
    )


def _stack(frames: Iterable[Any]) -> Any:
    import polars as pl

    return pl.concat(frames, how="vertical")


_REGISTER = ("code", "name", "level", "state_funded", "start_year", "end_year")


def _read_register(path: Path) -> pl.DataFrame:
    """The ministry's register of science tasks: a CSV with the columns of the contract."""
    import polars as pl

    from nq57kit.submissions.contract import find_code

    with path.open(encoding="utf-8-sig", newline="") as stream:
        sample = stream.read(4096)
        stream.seek(0)
        rows = list(csv.DictReader(stream, delimiter=";" if sample.count(";") > sample.count(",") else ","))
    columns = rows[0].keys() if rows else ()
    missing = [name for name in _REGISTER if name not in columns]
    if missing:
        raise ParameterError(
            f"Tham số «register»: tệp «{path.name}» thiếu cột {', '.join(missing)}; thêm cột vào dòng tiêu đề."
        )
    records = []
    for number, row in enumerate(rows, start=2):
        level = find_code("level", row["level"] or "")
        funded = find_code("yes_no", row["state_funded"] or "")
        years = [row[name] or "" for name in ("start_year", "end_year")]
        if not (row["code"] or "").strip() or level is None or funded is None or not all(y.isdecimal() for y in years):
            raise ParameterError(
                f"Tham số «register»: tệp «{path.name}», dòng {number}: cần code, level (quốc gia, bộ, cơ sở), "
                "state_funded (có, không), start_year và end_year (bốn chữ số); sửa dòng này."
            )
        records.append(
            {
                "code": row["code"].strip(),
                "name": row["name"],
                "level": level,
                "state_funded": funded == "co",
                "start_year": int(years[0]),
                "end_year": int(years[1]),
            }
        )
    return pl.DataFrame(records)


def _shell() -> Any:
    """The IPython shell that this runs in, or None; never imports IPython itself."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _speak_plainly() -> None:
    """In a notebook, show an nq57kit error as its sentence; nbclient and papermill still see the error."""
    shell = _shell()
    if shell is None:
        return

    def show(shell: Any, kind: type, error: Exception, traceback: Any, tb_offset: int | None = None) -> list[str]:
        sentence = [str(error)]
        shell._showtraceback(kind, error, sentence)
        return sentence

    shell.set_custom_exc((Nq57Error,), show)


def _refuse_unknown_names(known: Mapping[str, Any]) -> None:
    """Refuse a name that papermill injected but the notebook does not have (papermill only warns)."""
    shell = _shell()
    for source in [] if shell is None else shell.user_ns.get("In", []):
        if not source.startswith("# Parameters"):
            continue
        for node in ast.parse(source).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Name) and target.id not in known:
                    raise ParameterError(
                        f"Tham số «{target.id}» không có trong báo cáo này; các tham số: {', '.join(known)}."
                    )
