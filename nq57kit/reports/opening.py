"""Opening a report: from checked parameters to all its figures, in a notebook or in a script.

In: parameters. Out: `Report` (plan, period, inputs, results, the person's text, provenance).
Inside IPython an error of nq57kit ends the notebook with its one sentence and no traceback.
"""

from __future__ import annotations

import ast
import csv
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from nq57kit.desk import find_desk
from nq57kit.errors import Nq57Error, ParameterError
from nq57kit.reports.commentary import read_commentary
from nq57kit.reports.handover import take_report
from nq57kit.reports.kernels.renderer import use_renderer
from nq57kit.reports.parameters import (
    KINDS,
    Kind,
    Parameters,
    ReportParameters,
    UnitParameters,
    defaults_for,
    fill_blanks,
    read_parameters,
)
from nq57kit.reports.provenance import describe_company, describe_provenance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import polars as pl

    from nq57kit.indicators import Inputs, Results
    from nq57kit.indicators.unit import Peers, UnitResults
    from nq57kit.plan import Period, Plan
    from nq57kit.store import Store
    from nq57kit.store.pinning import Pins

__all__ = [
    "Basis",
    "Report",
    "describe_report",
    "open_card",
    "open_report",
    "prepare_report",
    "read_basis",
    "read_inputs",
]

#: Rows of a table that are held in memory (well below half a GB for all tables together).
_HELD_ROWS: Final = 500_000


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
        """Whether the report is «tạm tính»: drawn before the deadline has passed, or of a period that is not locked."""
        return not self.results.inputs.is_official

    @property
    def notices(self) -> list[str]:
        """What submissions say of their own data, such as that it is synthetic; each notice once."""
        receipts = self.results.inputs.receipts
        return sorted(set(receipts["notice"].drop_nulls().to_list()))


def open_report(kind: str, **parameters: Any) -> Report:
    """Return the report of `kind` («semiannual», «annual» or «unit») with all its figures.

    Parameters are those of `nq57kit.reports.read_parameters`; at a desk (a folder with `nq57.toml`, or one below it)
    a blank `store`, `plan` or `commentary` is the desk's (a scorecard takes no `commentary` from it), and relative
    paths begin there. `as_of` left out means today in the plan's time zone. Where `run_report` prepared the report for
    this very notebook, that one is returned, if the parameters are the same.
    Raises ParameterError, PlanError or StoreError, each with one Vietnamese sentence.
    """
    _speak_plainly()
    _refuse_unknown_names(parameters)
    use_renderer()
    handed = take_report(kind, parameters)
    if handed is not None:
        return handed
    desk = find_desk()
    values = fill_blanks(parameters, defaults_for(kind, desk.defaults())) if desk else parameters
    return prepare_report(read_parameters(kind, values, base=desk.folder if desk else None))


def prepare_report(parameters: ReportParameters, *, basis: Basis | None = None, pins: Pins | None = None) -> Report:
    """Return the report with all its figures, computed here and now: no desk, no notebook.

    `basis` is what several reports of one period share (`read_basis`), so that it is read once; `pins` are the
    revisions to read instead of the latest, as `Store.pinned` takes them. Raises PlanError or StoreError.
    """
    shared = basis or read_basis(parameters, pins=pins)
    inputs = shared.inputs
    if isinstance(parameters, UnitParameters):
        card = open_card(shared.store, inputs, parameters.unit_id, shared.company)
        results = card.own
    else:
        from nq57kit.indicators import compute

        card, results = None, compute(inputs)
    return Report(
        kind=parameters.kind,
        title=KINDS[parameters.kind].name,
        plan=inputs.plan,
        period=inputs.period,
        as_of=inputs.as_of,
        results=results,
        commentary=read_commentary(parameters.commentary),
        provenance=describe_report(parameters, shared),
        card=card,
    )


def describe_report(parameters: ReportParameters, basis: Basis) -> dict[str, Any]:
    """Return the provenance that a report of `parameters` has, without computing its figures."""
    if not isinstance(parameters, UnitParameters):
        return describe_provenance(parameters.kind, basis.inputs, parameters, basis.store)
    from nq57kit.indicators.unit import find_peers, restrict

    unit_id, inputs = parameters.unit_id, basis.inputs
    _, members = find_peers(inputs, inputs.plan.unit(unit_id))
    own = describe_provenance(parameters.kind, restrict(inputs, unit_id), parameters, basis.store, unit_id=unit_id)
    return own | describe_company(members, inputs)


@dataclass(frozen=True)
class Basis:
    """What all reports of one period, day and store stand on: a view of the store at one moment, and its inputs."""

    store: Store
    inputs: Inputs

    @cached_property
    def company(self) -> Peers:
        """What the scorecards of all units share; computed when the first asks for it."""
        from nq57kit.indicators.unit import measure_peers

        return measure_peers(self.inputs)


def read_basis(parameters: ReportParameters, *, pins: Pins | None = None) -> Basis:
    """Return the store as it is at this moment (or as `pins` say) and the inputs of the report's period from it.

    The tables are in memory then, so that many reports read them once; tables of more rows than can be held without harm
    stay lazy. Of a half that is locked only what its lock holds is read. Raises PlanError or StoreError.
    """
    from nq57kit.plan import load_plan
    from nq57kit.store import Store

    plan = load_plan(parameters.plan)
    as_of = parameters.as_of or datetime.now(ZoneInfo(plan.settings.timezone)).date()
    store: Any = Store(parameters.store, plan=plan)
    view = store.official() if pins is None else store.pinned(pins)
    return Basis(view, _hold(read_inputs(view, plan, plan.period(parameters.period), as_of, parameters)))


def _hold(inputs: Inputs) -> Inputs:
    """Return inputs with their tables in memory, or as they are if one has too many rows."""
    import polars as pl

    names = [(field, table) for field in ("tables", "previous") for table in getattr(inputs, field)]
    frames = pl.collect_all([getattr(inputs, field)[table].head(_HELD_ROWS + 1) for field, table in names])
    if any(frame.height > _HELD_ROWS for frame in frames):
        return inputs
    held: dict[str, dict[str, pl.LazyFrame]] = {"tables": {}, "previous": {}}
    for (field, table), frame in zip(names, frames, strict=True):
        held[field][table] = frame.lazy()
    return replace(inputs, tables=held["tables"], previous=held["previous"])


def open_card(store: Any, inputs: Inputs, unit_id: str, company: Peers | None = None) -> UnitResults:
    """Return the figures of a unit's scorecard, with what was wrong in its refused reports; no file is named.

    `inputs` are those of the whole ministry, as `read_inputs` gave them; `company` is what its scorecards share, if it is
    known already.
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
    return compute_unit(inputs, unit_id, pl.DataFrame(rows, schema=ERRORS), peers=company)


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
        locked=frozenset(store.locks),
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
