"""From a figure of a report to the cells that made it: file, sheet, cell, revision and value; and what was left out.

In: a report (open, or a file of it), a figure's name, the store. Out: a polars frame, one row for each cell. The rows are
those of `indicators.list_figures`; here they get the file that the unit sent and the cell in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl

from nq57kit.desk import find_desk
from nq57kit.errors import ParameterError
from nq57kit.files import local_path
from nq57kit.indicators import Inputs, Traceable, list_figures
from nq57kit.indicators.unit import restrict
from nq57kit.plan import Settings
from nq57kit.reports.commentary import say_near
from nq57kit.reports.provenance import Origin, pins_of, read_origin
from nq57kit.reports.report import Report, prepare_report, read_inputs
from nq57kit.store import Store, find_cell, find_raw
from nq57kit.store.rereading import read_raw
from nq57kit.submissions.contract import TABLES, reporting_label

#: The columns of a trace, in order. `amount` is what a row adds to the figure of its role; `reason` says why a row was
#: left out, or how a state was judged; `raw` is the value that today's reader finds in the unit's own file, `agrees` whether
#: it is `value` (null where there is no cell or no such file).
COLUMNS: Final = (
    *("figure", "role", "amount", "unit_id", "period", "revision", "sha256", "file"),
    *("sheet", "row", "cell", "table", "field", "value", "raw", "agrees", "reason"),
)
#: What stands for contact data, which no trace shows.
_TOLD: Final = "đã ghi"


@dataclass(frozen=True)
class Tracer:
    """A report whose figures can be traced, and the folder of the store that it was made from.

    Example:
        tracer = open_tracer("annual-2026.html", store="kho")
        tracer.trace("kpis.staff_reached").filter(role="numerator")["amount"].sum()
    """

    report: Report
    store: Path

    @cached_property
    def figures(self) -> Mapping[str, Traceable]:
        """The figures that can be traced, by name; those of a programme report begin with their year: `2027.kpis.staff_reached`."""
        if not self.years:
            return list_figures(self.report.results)
        each = ((year, one.figures) for year, one in self.years.items())
        return {f"{year}.{name}": figure for year, figures in each for name, figure in figures.items()}

    @cached_property
    def years(self) -> Mapping[str, Tracer]:
        """The tracers of the years of a programme report; none for any other."""
        return {str(one.period): Tracer(one, self.store) for one in self.report.years}

    def of_year(self, figure: str) -> tuple[Tracer, str]:
        """Return the tracer of the year with which a figure's name begins, and the name that it has there."""
        year, _, name = figure.strip().removeprefix("$.").partition(".")
        return self.years[year], name

    def find(self, figure: str) -> Traceable:
        """Return the figure of that name; raises ParameterError that tells names near to it."""
        name = figure.strip().removeprefix("$.")
        found = self.figures.get(name)
        if found is None:
            raise ParameterError(
                f"Không có số liệu «{figure}» trong báo cáo này để truy nguồn; {say_near(name, list(self.figures), 'liệt kê bằng --list')}"
            )
        return found

    def trace(self, figure: str) -> pl.DataFrame:
        """Return one row for each cell that made the figure, then those left out; columns as in `COLUMNS`.

        Raises ParameterError for a name that is no figure of the report.
        """
        found = self.find(figure)
        if self.years:
            tracer, name = self.of_year(figure)
            return tracer.trace(name).with_columns(figure=pl.lit(f"{tracer.report.period}.") + pl.col("figure"))
        receipts = self.report.results.inputs.receipts
        place = ("unit_id", "period", "revision", "sha256", "file")
        sent = pl.concat([receipts.select(place), self.report.results.inputs.plans.select(place)]).unique()
        rows = found.rows().join(sent, on=["unit_id", "period", "revision"], how="left", maintain_order="left")
        cells = [self._find_cell(row) for row in rows.iter_rows(named=True)]
        reasons = [self._say_reason(row) for row in rows.iter_rows(named=True)]
        raw, agrees = self._read_raw(rows)
        return rows.with_columns(
            figure=pl.lit(found.name),
            sheet="source_sheet",
            cell=pl.Series(cells, dtype=pl.String),
            row=pl.coalesce(pl.Series(cells, dtype=pl.String).str.extract(r"(\d+)$").cast(pl.Int64), "source_row"),
            raw=pl.Series(raw, dtype=pl.String),
            agrees=pl.Series(agrees, dtype=pl.Boolean),
            reason=pl.Series(reasons, dtype=pl.String),
        ).select(COLUMNS)

    def read_under(self, settings: Settings) -> Inputs:
        """Return the report's inputs read again from the very same submissions, under other settings of its plan."""
        ours, now = self.report.plan, self.report.results.inputs
        plan = replace(ours, settings=settings, calendar=replace(ours.calendar, settings=settings))
        view = Store(self.store, plan=plan).pinned(pins_of(self.report.provenance))
        read = read_inputs(view, plan, plan.period(str(now.period)), now.as_of)
        unit = self.report.card.unit.unit_id if self.report.card else None
        kept = replace(
            read, as_if_closed=now.as_if_closed, register=now.register, judgements=now.judgements, judged=now.judged
        )
        return kept if unit is None else restrict(kept, unit)

    def _read_raw(self, rows: pl.DataFrame) -> tuple[list[str | None], list[bool | None]]:
        """Return of each row what stands in the unit's own file, and whether that is its value; two rows of one cell never are."""
        wanted = {sha256 for sha256 in rows["sha256"].drop_nulls().unique() if find_raw(self.store, sha256)}
        accepted = Store(self.store).snapshot().accepted() if wanted else ()
        read = list(read_raw(self.store, [one for one in accepted if one.sha256 in wanted], self.report.plan))
        found: dict[tuple[object, ...], dict[str, str | None]] = {}
        for one, submission in read:
            for table in rows.filter(pl.col("sha256") == one.sha256)["table"].unique().to_list():
                for line in submission.tables[table].with_columns(pl.all().cast(pl.String)).iter_rows(named=True):
                    found[one.sha256, table, line["source_sheet"], line["source_row"]] = line
        files, seen = {one.sha256 for one, again in read if again.sha256 == one.sha256}, set()
        raw: list[str | None] = []
        agrees: list[bool | None] = []
        for row in rows.iter_rows(named=True):
            place = (row["sha256"], row["table"], row["source_sheet"], str(row["source_row"]))
            there = row["sha256"] in files and row["source_row"] is not None
            value = found.get(place, {}).get(row["field"]) if there else None
            raw.append(_TOLD if value is not None and TABLES[row["table"]].field(row["field"]).personal else value)
            key = (*place, row["role"], row["field"])
            agrees.append((raw[-1] == row["value"] and place in found and key not in seen) if there else None)
            seen.add(key)
        return raw, agrees

    def _find_cell(self, row: Mapping[str, object]) -> str | None:
        """Return the address in the unit's own file, which must be as it was sent; None where it stands in none."""
        sha256, number, sheet = row["sha256"], row["source_row"], row["source_sheet"]
        if not isinstance(sha256, str) or not isinstance(number, int) or not isinstance(sheet, str):
            return None
        path = find_raw(self.store, sha256)
        return find_cell(path, sha256, str(row["table"]), str(row["field"]), sheet=sheet, row=number)

    def _say_reason(self, row: Mapping[str, object]) -> str:
        if row["field"] != "state":
            return str(row["reason"] or "")
        inputs = self.report.results.inputs
        half = inputs.plan.period(str(row["period"]))
        return reporting_label(str(row["value"]), over=half.is_over(inputs.judged_on))


def open_tracer(
    report: Report | Path | str,
    *,
    store: Path | str | None = None,
    plan: Path | str | None = None,
    register: Path | None = None,
) -> Tracer:
    """Return a tracer for an open report, or for a file of one (.html, .docx, .xlsx, .json).

    A file is read for what it was made from; its figures are computed again from those very revisions. `store` may be
    left out at a desk. Raises ParameterError, StoreError or PlanError.
    """
    desk = find_desk()
    folder = local_path(store, ParameterError) if store else desk.store if desk else None
    if folder is None:
        raise ParameterError("Truy nguồn cần kho dữ liệu: viết thêm store (--store THƯ_MỤC).")
    if isinstance(report, Report):
        return Tracer(report, folder)
    return open_origin(
        read_origin(local_path(report, ParameterError)),
        folder,
        plan=plan or (desk.plan if desk else None),
        register=register,
    )


def open_origin(origin: Origin, store: Path, *, plan: Path | str | None = None, register: Path | None = None) -> Tracer:
    """Return a tracer for a report that says what it was made from; raises as `open_tracer`."""
    if origin.provenance.get("register_sha256") and register is None:
        raise ParameterError(f"Báo cáo «{origin.name}» dùng danh mục nhiệm vụ KHCN; viết thêm --register TỆP.")
    parameters = origin.parameters(store, plan, register=register)
    return Tracer(prepare_report(parameters, pins=pins_of(origin.provenance)), store)


def trace(
    report: Report | Path | str, figure: str, *, store: Path | str | None = None, plan: Path | str | None = None
) -> pl.DataFrame:
    """Return the cells that made a figure of a report, and the rows left out, each with its reason.

    Args:
        report: an open report (`open_report`), or the path of a file of one.
        figure: such as «kpis.staff_reached», «budget.disbursed_vnd», «activities_by_type.hoi_nghi»,
            «unit_task_status.vu-tccb.7»; docs/reproducibility.md tells all forms.
        store: the store's folder; at a desk it may be left out.
        plan: the folder of the plan's tables, where it is not the packaged one.

    Returns: the columns of `COLUMNS`; the amounts of the rows of a role add up to the figure.

    Raises ParameterError for a name that is no figure of the report, with names near to it.

    Example:
        >>> import tempfile, nq57kit
        >>> kho = nq57kit.Store.create(tempfile.mkdtemp()).folder
        >>> report = nq57kit.open_report("annual", store=kho, year=2027, as_of="2028-01-15")
        >>> trace(report, "budget.disbursed_vnd", store=kho).height  # nobody has sent anything
        0
    """
    return open_tracer(report, store=store, plan=plan).trace(figure)
