"""What a report hands on: its figures as JSON values under the names of contract §5, and those of kept reports as frames.

In: a `Report`; or executed notebooks and JSON files. Out: a dictionary of the contract's names, which the notebook glues by
scrapbook; or `ResultFrames`, a polars frame for each name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.files import local_path, read_plain_file
from nq57kit.indicators import plans
from nq57kit.indicators.evidence import count_roles
from nq57kit.indicators.outputs import list_catalogue
from nq57kit.indicators.rehearsal import bound
from nq57kit.reports.parameters import KINDS
from nq57kit.reports.provenance import LARGEST, hash_notebook
from nq57kit.show import programme
from nq57kit.show.plans import pick_key_figures as pick_plan_figures
from nq57kit.show.rehearsal import TITLE
from nq57kit.show.scorecard import pick_key_figures as pick_unit_figures
from nq57kit.show.summary import pick_key_figures
from nq57kit.shown import Shown, Told

if TYPE_CHECKING:
    from nq57kit.indicators.model import Results
    from nq57kit.reports.report import Report
    from nq57kit.show.blocks import Block

#: Columns that say of which report a row is; the frames have a `period` and a `unit_id` of their own.
_WHICH: Final = ("report_kind", "report_period", "report_unit_id")
#: Columns of questions that name other units; a scorecard hands on none.
_OF_OTHERS: Final = ("addressees", "suggestions", "answered_by")
#: What the items of lists of texts are.
_ITEMS: Final = {"late_units": "unit_id", "missing_units": "unit_id"}
#: Results that are one row, not several.
_SINGLE: Final = ("completeness", "timeliness", "budget", "plan")


def collect_results(report: Report) -> dict[str, Any]:
    """Return the results of contract §5: JSON values only, in a fixed order; ratios are 0–1, money is đồng.

    A programme report has the results of each of its years, each row with its `year` (docs/indicators.md, «Through the years»).
    """
    if report.years:
        return _gather_years(report)
    results = report.results
    last = str(report.period if report.period.is_year else report.period.sources[-1])
    ministry = (pl.col("group").is_null()) & (pl.col("period") == last)
    told = {
        "period": str(report.period),
        "as_of": report.as_of.isoformat(),
        "provisional": report.is_provisional,
        **(
            {"rehearsal": TITLE.strip(" ()"), "hanging": _records(bound(results))}
            if results.inputs.as_if_closed
            else {}
        ),
        "notices": report.notices,
        "key_figures": _pick_figures(report).as_data()["items"],
        "kpis": _records(results.kpis),
        "completeness": _records(results.completeness.filter(ministry))[0],
        "timeliness": _records(results.timeliness.filter(ministry))[0],
        "task_status": _records(results.task_summary),
        "activities_by_type": _records(results.by_type),
        "budget": _records(results.budget)[0],
        "late_units": results.late_units,
        "missing_units": results.missing_units,
        "targets": _records(results.targets),
        "completeness_by_group": _records(results.completeness),
        "timeliness_by_group": _records(results.timeliness),
        "unit_task_status": _records(
            results.task_status.select(
                *("task_id", "unit_id", "status", "due_on", "completed_on", "period", "said", "older", "date_doubt")
            )
        ),
        "completion": _records(results.completion),
        "activities_by_channel": _records(results.by_channel),
        "activities_by_month": _records(results.by_month),
        "workforce": _records(results.workforce),
        "budget_by_task": _records(results.budget_by_task),
        "difficulties": _records(results.difficulties),
        "questions": _records(results.questions.drop(_OF_OTHERS) if report.card else results.questions),
        "measures": _records(results.measures),
        "products": _records(results.products),
        "duties": _records(results.duties),
        "by_unit": _records(results.by_unit),
        "letters": _records(results.letters),
        "by_task": _records(
            results.by_task.join(results.budget_by_task, on="task_id", how="left", maintain_order="left").join(
                count_roles(results.roles), on="task_id", how="left", maintain_order="left"
            )
        ),
        "events": _records(results.events),
        "unit_events": _records(results.unit_events),
        "network": _records(results.evidence),
        "network_members": _records(results.members),
        "channels": _records(results.channels),
        "judgements": [_told(subject, results) for subject in sorted(results.inputs.judgements)],
        "catalogue": _records(list_catalogue(results.activities)),
        "left_out": _records(results.left_out.select("table", "unit_id", "period", "reason")),
        **_of_plans(results),
        **_of_unit(report),
        "provenance": dict(report.provenance),
    }
    if (asked := report.period.request) is None:
        return told
    return {
        name: value if not isinstance(value, list) or _tables_of(name) & {None, *asked.tables} else []
        for name, value in told.items()
    } | {"request": asked.as_values()}


#: Results of a report that stand on tables of the units; those of no table judge the plan, which a request does not.
_STAND_ON: Final[Mapping[str, tuple[str, ...]]] = {
    "activities": (
        *("activities_by_type", "activities_by_channel", "activities_by_month", "by_task"),
        *("events", "unit_events", "channels", "catalogue"),
    ),
    "task_progress": ("task_status", "unit_task_status", "completion"),
    "workforce": ("workforce",),
    "budget": ("budget_by_task", "by_task"),
    "issues": ("difficulties",),
    "": ("targets", "duties", "measures", "products", "network", "network_members", "judgements"),
}


def _tables_of(name: str) -> set[str | None]:
    """Return the tables on which a result stands; None in it where it stands on who has sent."""
    return {table for table, names in _STAND_ON.items() if name in names} or {None}


#: What a report says of itself, where a programme report speaks for itself, too.
_OWN: Final = ("period", "as_of", "provisional", "notices", "key_figures", "targets", "provenance")


def _gather_years(report: Report) -> dict[str, Any]:
    """Return the results of a programme report: of every name the rows of all years, and what it says as a whole.

    A row that names its year keeps it (an indicator's, a judgement's; what several years tell alike stands once); `targets`, the
    line of all years, is that of the last report; `years` has the day of which each year's figures are.
    """
    told = {str(one.period): collect_results(one) for one in report.years}
    last = told[str(report.period)]
    whole = {
        "period": report.span,
        "as_of": report.as_of.isoformat(),
        "provisional": report.is_provisional,
        "notices": report.notices,
        "key_figures": programme.pick_key_figures([one.results for one in report.years]).as_data()["items"],
        "years": [{"year": int(year)} | {name: values[name] for name in _OWN[1:3]} for year, values in told.items()],
        "targets": last["targets"],
    }
    for name in [name for name in last if name not in _OWN]:
        rows = [
            {"year": int(year)} | row
            for year, values in told.items()
            for row in _list_items(name, values.get(name, []))
        ]
        whole[name] = [row for at, row in enumerate(rows) if row not in rows[:at]] if name == "judgements" else rows
    return whole | {"provenance": last["provenance"]}


def split_years(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the results of each year of a programme report as its annual report has them; of any other report its own, under «».

    Example:
        >>> rows = [{"year": 2026, "planned_vnd": 1}, {"year": 2027, "planned_vnd": 2}]
        >>> split_years({"years": [{"year": 2027}], "budget": rows})["2027"]["budget"]
        {'year': 2027, 'planned_vnd': 2}
    """
    if "years" not in values:
        return {"": dict(values)}
    listed = {name: rows for name, rows in values.items() if isinstance(rows, list) and name not in ("years", *_OWN)}
    found: dict[str, dict[str, Any]] = {}
    for year in [row["year"] for row in values["years"]]:
        own = {name: [row for row in rows if row["year"] == year] for name, rows in listed.items()}
        own |= {name: [row[_ITEMS[name]] for row in own[name]] for name in _ITEMS if name in own}
        own |= {name: own[name][0] for name in _SINGLE if own.get(name)}
        found[str(year)] = own | {"targets": [row for row in values.get("targets", ()) if row["year"] == year]}
    return found


def _pick_figures(report: Report) -> Block:
    if report.card:
        return pick_unit_figures(report.card)
    return (pick_plan_figures if report.period.is_plan else pick_key_figures)(report.results)


def _of_plans(results: Results) -> dict[str, Any]:
    """Return what is told of the yearly plans; nothing where no unit has sent one and the report is not about them."""
    if results.plan_units.is_empty():
        return {}
    told: dict[str, Any] = {
        "plan": plans.count_states(results.plan_units) | plans.total(results),
        "plan_by_unit": _records(results.plan_units),
        "plan_by_task": _records(results.plan_tasks),
        "plan_lines": _records(results.lines.drop("period", "source_sheet", "source_row", "note")),
    }
    if results.inputs.period.is_plan:
        lines = plans.with_quarter(results.lines)
        for name, key in (("measure", "measure_id"), ("quarter", "quarter"), ("source", "funding_source")):
            told[f"plan_by_{name}"] = _records(plans.sum_lines(lines, key, ()).drop(plans.STATES))
        told["plan_gaps"] = _records(results.plan_gaps)
    return told


def _of_unit(report: Report) -> dict[str, Any]:
    """Return what a scorecard adds: the unit, its measures beside the middle of its group, what falls due.

    The other results of a scorecard are those of contract §5, of the unit alone.
    """
    card = report.card
    if card is None:
        return {}
    return {
        "unit_id": card.unit.unit_id,
        "unit_name": card.unit.name,
        "unit_place": report.plan.units["unit_id"].to_list().index(card.unit.unit_id),
        "compared_with": {"group": card.group, "units": card.group_units},
        "peer_measures": _records(card.measures),
        "agenda": _records(card.agenda),
        "waiting": _records(card.waiting.drop("units", "asked_by", *_OF_OTHERS)),
    }


def _told(subject: str, results: Results) -> dict[str, Any]:
    """Return a judgement as it was recorded; of one that is of this run alone, the verdict."""
    told = {"subject": subject, "verdict": results.inputs.judgements[subject]}
    if record := results.inputs.judged.get(subject):
        told |= {"year": record.values["year"], "by": record.by, "day": record.day.isoformat(), "basis": record.basis}
    return told


def _records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in frame.to_dicts()]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


class ResultFrames(Shown, Mapping[str, pl.DataFrame]):
    """The results of one or more reports: a frame for each name of contract §5, as an item or as an attribute.

    The first columns of each tell the report: `report_kind`, `report_period`, `report_unit_id` (None but for a scorecard).
    `reports` has one row for each report, with what it says as a whole (`as_of`, `provisional`, the file). Ratios are 0–1, money is
    đồng, days are ISO text; what is nested deeper (in `provenance`) is JSON text. A result without any row has no columns of its own.

    Example:
        results = nq57kit.read_results("bao-cao")
        results.kpis.filter(pl.col("report_kind") == "annual").select("report_period", "indicator", "value")
    """

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self._frames = dict(frames)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the frames, in the reports' own order."""
        return tuple(self._frames)

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __getattr__(self, name: str) -> pl.DataFrame:
        if name.startswith("_") or name not in self._frames:
            raise AttributeError(f"{name!r} is none of the results: {', '.join(vars(self).get('_frames', ()))}")
        return self._frames[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._frames]

    def tell(self) -> Told:
        """Return of how many reports they are, and each frame by its name and rows."""
        rows = [(name, frame.height, ", ".join(frame.columns)) for name, frame in self._frames.items()]
        facts = {"báo cáo": self.reports.height, "khung số liệu": len(rows)}
        return Told("Kết quả của các báo cáo", facts, ("Tên", "Số dòng", "Cột"), rows)


def read_results(path: Path | str) -> ResultFrames:
    """Return the results of a report, or of all reports in a folder, as polars frames.

    Args:
        path: a report's `.json`, its executed notebook (`.ipynb`, read by scrapbook), or a folder. In a folder each report is
            read from its JSON (a rehearsal or a report of one's own is none), which is the same and a hundred times as quick, and from its notebook where it has none;
            files that are no reports are passed over.

    Raises ParameterError, in one Vietnamese sentence, for a path that is not there or holds no report.

    Example:
        >>> read_results("khong-co")
        Traceback (most recent call last):
            ...
        nq57kit.errors.ParameterError: Không có tệp hoặc thư mục «khong-co»; ghi đường dẫn tới báo cáo hoặc thư mục báo cáo.
    """
    path = local_path(path, ParameterError)
    if path.is_dir():
        kept = {
            one.stem: one for ending in ("ipynb", "json") for one in sorted(path.glob(f"*.{ending}")) if one.is_file()
        }
        found = {
            one.name: values
            for _, one in sorted(kept.items())
            if (values := read_values(one)) and not (values.get("rehearsal") or values.get("title"))
        }
        if not found:
            raise ParameterError(f"Thư mục «{path}» không có báo cáo nào (.json hoặc .ipynb do nq57kit lập).")
    elif path.is_file():
        values = read_values(path)
        if values is None:
            raise ParameterError(
                f"«{path.name}» không phải kết quả của một báo cáo; đưa tệp .json hoặc .ipynb do nq57kit lập."
            )
        found = {path.name: values}
    else:
        raise ParameterError(f"Không có tệp hoặc thư mục «{path}»; ghi đường dẫn tới báo cáo hoặc thư mục báo cáo.")
    rows: dict[str, list[dict[str, Any]]] = {"reports": []}
    for file, values in found.items():
        which = dict(zip(_WHICH, (values["provenance"]["kind"], values["period"], values.get("unit_id")), strict=True))
        whole = dict(which)
        for name, value in values.items():
            if isinstance(value, (list, dict)):
                rows.setdefault(name, []).extend(which | row for row in _list_rows(name, value))
            elif name not in ("period", "unit_id"):
                whole[name] = value
        rows["reports"].append(whole | {"file": file})
    schema = dict.fromkeys(_WHICH, pl.String)
    return ResultFrames(
        {
            name: pl.DataFrame(some, infer_schema_length=None, schema_overrides=schema)
            if some
            else pl.DataFrame(schema=schema)
            for name, some in rows.items()
        }
    )


def read_values(path: Path) -> dict[str, Any] | None:
    """Return the results in a report's .json or executed notebook; None if it holds no report's."""
    try:
        if path.suffix == ".ipynb":
            import scrapbook  # it brings pandas

            book = scrapbook.read_notebook(str(path))
            values = book.scraps.data_dict
            values["provenance"] = values["provenance"] | {"notebook_sha256": hash_notebook(book.node)}
        else:
            values = json.loads(read_plain_file(path, LARGEST))
        known = values["provenance"]["kind"] in KINDS and isinstance(values["period"], str)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return dict(values) if known else None


def _list_rows(name: str, value: list[Any] | dict[str, Any]) -> list[dict[str, Any]]:
    return [{key: _unnest(cell) for key, cell in row.items()} for row in _list_items(name, value)]


def _list_items(name: str, value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, dict) else {_ITEMS.get(name, "value"): item} for item in items]


def _unnest(cell: Any) -> Any:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, (dict, list)) else cell
