"""The decision and its questions: who leads what, when it is due, which target holds, who must report.

In: a plan folder (the packaged one without). Out: a checked `Plan`: polars frames for many, frozen values for one; or a
PlanError with one sentence on the first wrong place. A plan is never changed; it is amended by editing its folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from nq57kit.errors import PeriodError, PlanError
from nq57kit.files import hash_bytes, read_given, read_given_text
from nq57kit.plan.period import Calendar, Deadline, Period, Request
from nq57kit.plan.settings import MonthDay, Settings, read_settings
from nq57kit.plan.tables import DATED, OPTIONAL, TABLES, VALIDITY, Table, check_tables, read_table
from nq57kit.plan.units import Lineage, Unit, UnitMatch, UnitMatcher, resolve
from nq57kit.shown import Shown, Told
from nq57kit.text import format_number, spell_number

_PACKAGED = Path(__file__).with_name("data")
_SETTINGS = "settings.toml"

_ROLES = {"lead": ("lead_units", "lead"), "coordinate": ("coordinating_units", "coordinating")}
_WHY = pl.format("{}: «{}»", "citation", "words").alias("why")


@dataclass(frozen=True, slots=True)
class Target:
    """A target of section II.2; `value` is in percent and exact, None where the target is qualitative."""

    target_id: str
    indicator: str
    year_from: int
    year_to: int
    comparator: str
    value: Fraction | None
    unit_of_measure: str | None
    statement: str
    citation: str

    @property
    def ratio(self) -> Fraction | None:
        """The value as a ratio from 0 to 1."""
        return None if self.value is None else self.value / 100

    def is_met_by(self, ratio: Fraction) -> bool | None:
        """Return whether an exact ratio (0 to 1) meets the target, unrounded; None for a qualitative one.

        Example:
            >>> half = Target("t", "i", 2027, 2028, ">=", Fraction(50), "%", "", "II.2.2")
            >>> half.is_met_by(Fraction(4996, 10000)), half.is_met_by(Fraction(1, 2))
            (False, True)
        """
        if self.ratio is None:
            return None
        return ratio == self.ratio if self.comparator == "=" else ratio >= self.ratio


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Shown):
    """The decision as data (contract §1): frames with one row per item, each with its citation.

    `until` is the last day on time of the period for which it holds (`in_force`); None: the plan as its folder has it.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> plan = load_plan()
        >>> plan.tasks_led_by("vu-tccb")["task_id"].to_list()
        [1, 7]
    """

    tasks: pl.DataFrame
    measures: pl.DataFrame
    duties: pl.DataFrame
    targets: pl.DataFrame
    indicators: pl.DataFrame
    units: pl.DataFrame
    groups: pl.DataFrame
    ambiguous: pl.DataFrame
    deadlines: pl.DataFrame
    events: pl.DataFrame
    products: pl.DataFrame
    measure_evidence: pl.DataFrame
    duty_evidence: pl.DataFrame
    network_members: pl.DataFrame
    settings: Settings
    calendar: Calendar
    until: date | None

    def tell(self) -> Told:
        """Return what the plan holds, and its tasks."""
        years = f"{self.settings.first_year}–{self.settings.last_year}"
        sizes: dict[str, object] = {
            "nhiệm vụ": self.tasks.height,
            "đơn vị": self.units.height,
            "chỉ tiêu": self.targets.height,
        }
        rows = self.tasks.select("task_id", "name", "timing").rows()
        state = {"văn bản": "dự thảo" if self.settings.draft else "đã ban hành", "mã": self.hash[:12]}
        return Told(f"Kế hoạch {years}", sizes | state, ("TT", "Nhiệm vụ", "Thời gian"), rows)

    @cached_property
    def words(self) -> Mapping[str, str]:
        """What sentences call the body (`[body]` of the settings) and the plan's sections, these by the citations of its rows.

        Sections: `targets`, `qualitative` (those that a person judges), `measures`, `duties`, `reporting`, `events`; `tasks` is
        the number of tasks, `tasks_word` the same in words; `Whole` and `Tasks_word` begin with a capital.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> words = load_plan().words
            >>> words["leaders"], words["targets"], words["measures"], words["tasks_word"]
            ('Lãnh đạo Bộ', 'II.2', 'III', 'mười')
        """
        cited = {
            "targets": self.targets,
            "qualitative": self.targets.filter(pl.col("value").is_null()),
            "measures": self.measures,
            "duties": self.duties,
            "reporting": self.deadlines.filter(pl.col("who") == "units"),
            "events": self.events,
        }
        sections = {name: name_section(frame["citation"].to_list()) for name, frame in cited.items()}
        body, tasks = self.settings.body, self.tasks.height
        words = body._asdict() | sections | {"tasks": format_number(tasks), "tasks_word": spell_number(tasks)}
        return words | {key.capitalize(): words[key][:1].upper() + words[key][1:] for key in ("whole", "tasks_word")}

    def in_force(self, period: Period | str) -> Plan:
        """Return the plan as it held for a period: the dated rows that were valid on the last day of its data.

        Its `hash` is that of what held: of these rows without their days, of the register without what came of its units after the
        period's last day on time. So whatever is amended later leaves the plan of an earlier period, and its hash, as they were.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> load_plan().in_force(load_plan().period("2026-H2")).products.height
            22
        """
        held: dict[str, Any] = {}
        day, last = (period := self.period(period)).window.end, period.last_day
        begin, end = pl.col("valid_from"), pl.col("valid_to")
        for name in DATED:
            frame: pl.DataFrame = getattr(self, name)
            for column, holds in (("valid_from", begin <= day), ("valid_to", end >= day)):
                if column in frame.columns:
                    held[name] = frame = frame.filter(holds.fill_null(value=True))
        if not held and _register_of(self.units, last).equals(self.units):
            return self
        plan = replace(self, **held, until=last)
        known = pl.element().is_in(plan.products["product_id"].to_list())
        return replace(
            plan,
            measure_evidence=self.measure_evidence.join(
                plan.measures, on="measure_id", how="semi", maintain_order="left"
            ),
            duty_evidence=self.duty_evidence.with_columns(pl.col("products").list.eval(pl.element().filter(known))),
        )

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of what the tables and settings say, however the files spell it and wherever the folder lies."""
        frames: dict[str, pl.DataFrame] = {name: getattr(self, name) for name in TABLES}
        if self.until:
            frames |= {name: frames[name].select(cs.exclude(VALIDITY)) for name in DATED}
            frames["units"] = _register_of(self.units, self.until)
        content: dict[str, Any] = {name: {"columns": one.columns, "rows": one.rows()} for name, one in frames.items()}
        content["settings"] = asdict(self.settings)
        return hash_bytes(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8"))

    # Who does what ---------------------------------------------------------------------------

    def leads(self, period: Period | str | None = None) -> pl.DataFrame:
        """Return `task_id`, `unit_id` of every task and unit that leads it (of `period`, if given)."""
        return self._assignments("lead", period).select("task_id", "unit_id")

    def coordinators(self, period: Period | str | None = None) -> pl.DataFrame:
        """Return `task_id`, `unit_id` of every task and unit that coordinates, leaders of it included."""
        return self._assignments("coordinate", period).select("task_id", "unit_id")

    def tasks_led_by(self, unit_id: str) -> pl.DataFrame:
        """Return the tasks that a unit leads: `task_id`, `name`, `role`, `why` (citation and the plan's words)."""
        return self._tasks("lead", unit_id)

    def tasks_coordinated_by(self, unit_id: str) -> pl.DataFrame:
        """Return the tasks that a unit coordinates, in the columns of `tasks_led_by`; it may lead them, too."""
        return self._tasks("coordinate", unit_id)

    def tasks_of(self, unit_id: str) -> pl.DataFrame:
        """Return all tasks of a unit, each once; one that it leads and coordinates has the role «lead»."""
        both = pl.concat([self.tasks_led_by(unit_id), self.tasks_coordinated_by(unit_id)])
        return both.unique("task_id", keep="first", maintain_order=True).sort("task_id")

    def measures_of(self, unit_id: str) -> pl.DataFrame:
        """Return the measures of section III that address a unit."""
        return self._addressed(self.measures, "audience_units", unit_id)

    def addressed(self, table: str) -> pl.DataFrame:
        """Return which unit each row of `measures` addresses, or which holds each of `duties`: its key, `unit_id`."""
        frame = self.measures if table == "measures" else self.duties
        column = "audience_units" if table == "measures" else "holder_units"
        key = frame.columns[0]
        rows = [(row, unit) for row, words in frame.select(key, column).iter_rows() for unit in self._resolve(words)]
        return pl.DataFrame(rows, schema={key: pl.String, "unit_id": pl.String}, orient="row")

    def duties_of(self, unit_id: str) -> pl.DataFrame:
        """Return the duties of section IV that a unit holds."""
        return self._addressed(self.duties, "holder_units", unit_id)

    def part_of(self, unit_id: str, period: Period | str | None = None) -> dict[str, list[dict[str, Any]]]:
        """Return what the plan asks of a unit, as plain values: `tasks`, `measures`, `duties`, `deadlines`.

        Tasks are those of `tasks_of` with the words of their products; a period adds the day on which each falls due in its year
        (`due_on`), and the days of its halves' reports. Source: the appendix, III, IV, IV.3.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> plan = load_plan()
            >>> part = plan.part_of("vu-tccb", plan.period("2026-H2"))
            >>> [(task["task_id"], str(task["due_on"])) for task in part["tasks"]], part["deadlines"][0]["last_day"].isoformat()
            ([(1, 'None'), (7, '2026-12-14'), (10, '2026-12-19')], '2026-12-19')
        """
        days = ("last_day", "last_working_day")
        period = period and self.period(period)
        tasks = [
            task
            | {"products": self.products_of(task["task_id"]), "timing": self._by_id["tasks"][task["task_id"]]["timing"]}
            | ({"due_on": self.due_date(task["task_id"], period.year)} if period else {})
            for task in self.tasks_of(unit_id).iter_rows(named=True)
        ]
        asked = (
            self.deadlines.filter(pl.col("who") != "ministry").select("period_kind", "statement", "citation").to_dicts()
        )
        halves = {half.kind: half for half in period.halves} if period else {}
        return {
            "tasks": tasks,
            "measures": self.measures_of(unit_id).select("measure_id", "audience", "text", "citation").to_dicts(),
            "duties": self.duties_of(unit_id).select("duty_id", "text", "citation").to_dicts(),
            "deadlines": [
                row | ({name: getattr(half, name) for name in days} if (half := halves.get(row["period_kind"])) else {})
                for row in asked
                if not period or row["period_kind"] in (None, *halves)
            ],
        }

    def products_of(self, task_id: int) -> list[str]:
        """Return the products of a task in the plan's words, one by one where the plan's folder lists them."""
        listed = self.products.filter(pl.col("task_id") == task_id)["text"].to_list()
        return listed or [self._by_id["tasks"][task_id]["products"]]

    @cached_property
    def _roles(self) -> pl.DataFrame:
        """Every task × role × unit, in the order of the tasks and of the register; what a closed unit had, its heirs have."""
        rows = [
            (task["task_id"], task["name"], role, unit_id, task["citation"], task[words])
            for role, (references, words) in _ROLES.items()
            for task in self.tasks.sort("task_id").iter_rows(named=True)
            for unit_id in self._resolve(task[references])
        ]
        texts = dict.fromkeys(("name", "role", "unit_id", "citation", "words"), pl.String)
        return pl.DataFrame(rows, schema={"task_id": pl.Int64, **texts}, orient="row")

    def _assignments(self, role: str, period: Period | str | None) -> pl.DataFrame:
        rows = self._roles.filter(pl.col("role") == role)
        if period is None:
            return rows
        return rows.join(self.units_reporting(period).select("unit_id"), on="unit_id", maintain_order="left")

    def _tasks(self, role: str, unit_id: str) -> pl.DataFrame:
        self._row(unit_id)
        rows = self._roles.filter((pl.col("role") == role) & (pl.col("unit_id") == unit_id))
        return rows.select("task_id", "name", "role", _WHY)

    def _addressed(self, frame: pl.DataFrame, column: str, unit_id: str) -> pl.DataFrame:
        self._row(unit_id)
        mine = [unit_id in self._resolve(references) for references in frame[column].to_list()]
        return frame.filter(pl.Series(mine, dtype=pl.Boolean))

    def _resolve(self, references: list[str]) -> list[str]:
        """Return the units that references name, and of a closed one those that took its place."""
        named = tuple(references)
        if named not in self._resolved:
            known = self._by_id["units"]
            lines = (self.lineage.line_of(one) if one in known else [one] for one in named)
            self._resolved[named] = resolve([one for line in lines for one in line], self.units)
        return self._resolved[named]

    @cached_property
    def _resolved(self) -> dict[tuple[str, ...], list[str]]:
        return {}

    # When ------------------------------------------------------------------------------------

    def period(self, text: str | Period) -> Period:
        """Return the period that `text` names, in this plan's calendar; a period is itself. Raises PeriodError."""
        return text if isinstance(text, Period) else Period.parse(text, self.calendar)

    def with_requests(self, requests: Mapping[str, Request]) -> Plan:
        """Return this plan with requests told to its calendar, by their period («2027-R01»); itself where there are none."""
        told = tuple(sorted((dict(self.calendar.requests) | dict(requests)).items()))
        return self if not requests else replace(self, calendar=replace(self.calendar, requests=told))

    def find_period(self, text: str | None) -> Period | None:
        """Return the period that `text` names; None where it names none of this plan's years.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> load_plan().find_period("2031-H1") is None
            True
        """
        try:
            return self.period(text or "")
        except PeriodError:
            return None

    @property
    def periods(self) -> tuple[Period, ...]:
        """All periods of the plan in their order: the halves of each year, then the year."""
        years = range(self.settings.first_year, self.settings.last_year + 1)
        return tuple(one for year in years for one in (*self.period(str(year)).halves, self.period(str(year))))

    def due_date(self, task_id: int, year: int) -> date | None:
        """Return the day on which a task falls due in `year`; None where it never does.

        «Hằng năm»: the setting `annual_due` of that year. «Hằng năm / Thường xuyên», «Thường xuyên»: None.
        «2026 - 2030»: `annual_due` of its last year, whatever `year`. «Trước ngày …»: the last day on time before
        the ministry's own deadline. Raises PlanError for an unknown task.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> plan = load_plan()
            >>> [str(plan.due_date(task, 2027)) for task in (2, 3, 4, 10)]
            ['None', '2030-12-14', '2027-12-14', '2027-12-19']
        """
        task = self._by_id["tasks"].get(task_id)
        if task is None:
            raise PlanError(f"Kế hoạch không có nhiệm vụ số {task_id}; các nhiệm vụ ghi trong tasks.csv.")
        match task["cadence"]:
            case "continuous" | "annual_continuous":
                return None
            case "span":
                return self.settings.annual_due.in_year(task["due_year"])
            case "by_date":
                return self.calendar.last_day("year", year)
            case _:
                return self.settings.annual_due.in_year(year)

    # Targets -----------------------------------------------------------------------------------

    def targets_in(self, year: int) -> pl.DataFrame:
        """Return the targets that hold in `year`, numeric and qualitative."""
        return self.targets.filter(pl.lit(year).is_between(pl.col("year_from"), pl.col("year_to")))

    def target_for(self, indicator: str, year: int) -> Target | None:
        """Return the target of an indicator that holds in `year`; None where there is none.

        Raises PlanError for an indicator that the plan does not know.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> load_plan().target_for("science_tasks_communicated", 2028).value
            Fraction(50, 1)
        """
        holding = (target for target in self._targets if target.year_from <= year <= target.year_to)
        return self._first_target(holding, indicator)

    def next_target(self, indicator: str, year: int) -> Target | None:
        """Return the first target of an indicator that begins after `year`; None where there is none."""
        later = (target for target in self._targets if target.year_from > year)
        return self._first_target(sorted(later, key=lambda target: target.year_from), indicator)

    @cached_property
    def _targets(self) -> tuple[Target, ...]:
        rows = self.targets.select(field.name for field in fields(Target)).to_dicts()
        return tuple(
            Target(**row | {"value": None if row["value"] is None else Fraction(str(row["value"]))}) for row in rows
        )

    def _first_target(self, targets: Iterable[Target], indicator: str) -> Target | None:
        if indicator not in self.indicators["indicator"].to_list():
            raise PlanError(f"Kế hoạch không có chỉ tiêu «{indicator}»; các chỉ tiêu ghi trong indicators.csv.")
        return next((target for target in targets if target.indicator == indicator), None)

    # Units -------------------------------------------------------------------------------------

    def unit(self, unit_id: str) -> Unit:
        """Return a unit by its id. Raises PlanError for an unknown one.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> load_plan().unit("hv-nongnghiep").groups
            ('hoc_vien', 'co_so_giao_duc')
        """
        row = self._row(unit_id)
        lists = {name: tuple(row[name]) for name in ("groups", "aliases", "predecessors")}
        return Unit(**{**row, **lists})

    def name_of(self, unit_id: str) -> str:
        """Return a unit's name; the id itself where the register does not have it (a store knows units of older registers).

        Example:
            >>> from nq57kit.plan import load_plan
            >>> load_plan().name_of("vu-tccb"), load_plan().name_of("vu-cu")
            ('Vụ Tổ chức cán bộ', 'vu-cu')
        """
        row = self._by_id["units"].get(unit_id)
        return str(row["name"]) if row else unit_id

    def find_unit(self, text: str, on: Period | str | date) -> UnitMatch:
        """Return the unit that a text names in a period (on its last day on time) or on a day; see `UnitMatch`.

        Exact names alone are taken (id, name, short name, aliases, older names, all by `text.fold`); else there are ids to
        suggest, or to ask about. The name of a unit that has ended leads to the one that took its place. There is no
        look-up without a day: what a name means changes with the register.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> plan = load_plan()
            >>> plan.find_unit("Vụ Kế hoạch và Tài chính", plan.period("2026-H2")).unit_id
            'vu-khtc'
            >>> plan.find_unit("Cục QLĐĐ", plan.period("2026-H2")).ambiguous
            ('cuc-qldatdai', 'cuc-ddpctt')
        """
        return self._matcher.find(text, on if isinstance(on, date) else self.period(on).last_day)

    def explain_absence(self, unit_id: str, period: Period | str) -> str:
        """Return, in words, why a unit is not there in a period and who reports in its place; "" where it is there.

        A sentence without its full stop, such as «Viện A sáp nhập vào Viện B từ ngày 01/7/2026; báo cáo năm 2026 do Viện B gửi».
        """
        self._row(unit_id)
        change = self.lineage.change_of(unit_id, (period := self.period(period)).last_day)
        if change is None:
            return ""
        kin, names = self.lineage.kin(unit_id, period.last_day), dict(self.units.select("unit_id", "name").iter_rows())
        there = [names[one] for one in self.units_reporting(period)["unit_id"] if one in kin]
        told = f"; {period.document} do {', '.join(there)} gửi" if there else ""
        return f"{self.lineage.say(change)}{told}"

    def describe_changes(self, period: Period | str, unit_id: str | None = None) -> list[str]:
        """Return what became of units in a period, in words: from the first day of its data to its last day on time.

        Of one unit also what became of it later, as far as the register knows.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> load_plan().describe_changes(load_plan().period("2026"))
            []
        """
        start, end = (period := self.period(period)).window.start, period.last_day
        return [
            self.lineage.say(change)
            for change in self.lineage.changes
            if start <= change.on and (change.on <= end if unit_id is None else unit_id in change.old + change.new)
        ]

    def units_reporting(self, period: Period | str) -> pl.DataFrame:
        """Return the register's rows of the units that must report for `period`.

        Those with `reports` that exist on the last day on which the report is on time; of a request, those that are asked.
        """
        day, asked = (period := self.period(period)).last_day, period.request
        wanted = pl.col("reports")
        if asked:  # a unit that is named itself answers, whether or not it reports each half
            wanted = pl.col("unit_id").is_in(self._resolve(list(asked.units))) & (
                wanted | pl.col("unit_id").is_in(asked.units)
            )
        begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= day)
        not_ended = pl.col("valid_to").is_null() | (pl.col("valid_to") >= day)
        return self.units.filter(wanted & begun & not_ended)

    @cached_property
    def lineage(self) -> Lineage:
        """Which unit came of which, and when (docs/plan.md, «Units through time»)."""
        return Lineage(self.units)

    @cached_property
    def _matcher(self) -> UnitMatcher:
        return UnitMatcher(self.units, self.ambiguous, self.lineage)

    def _row(self, unit_id: str) -> dict[str, Any]:
        row: dict[str, Any] | None = self._by_id["units"].get(unit_id)
        if row is None:
            raise PlanError(f"Danh mục đơn vị không có mã «{unit_id}»; các mã ghi trong units.csv.")
        return row

    @cached_property
    def _by_id(self) -> dict[str, dict[Any, dict[str, Any]]]:
        """The rows of the tasks and of the register by their ids; they are asked for one by one, hundreds of times."""
        tasks, units = self.tasks.to_dicts(), self.units.to_dicts()
        return {"tasks": {row["task_id"]: row for row in tasks}, "units": {row["unit_id"]: row for row in units}}


def load_plan(folder: Path | str | None = None) -> Plan:
    """Return the plan of `folder`, or the packaged one (read once).

    A folder of one's own replaces the packaged plan: all its tables must be there; a missing settings.toml,
    or a missing key in it, takes the packaged default. Raises PlanError.

    Example:
        >>> load_plan().tasks.height
        10
    """
    place = _PACKAGED if folder is None else Path(folder)
    if not place.is_dir():
        raise PlanError(f"Không có thư mục kế hoạch «{place}»; kiểm tra lại đường dẫn.")
    return _plan_of(*_packaged()) if folder is None else _plan_of(*_read(place))


def _read(folder: Path) -> tuple[str | None, tuple[bytes | None, ...]]:
    """Return what a plan folder has: the text of its settings and the bytes of its tables, None for what it may lack."""
    own, paths = folder / _SETTINGS, {name: folder / f"{name}.csv" for name in TABLES}
    return read_given_text(own, PlanError) if own.exists() else None, tuple(
        None if name in OPTIONAL and not path.exists() else _bytes(path) for name, path in paths.items()
    )


@cache
def _packaged() -> tuple[str | None, tuple[bytes | None, ...]]:
    return _read(_PACKAGED)


@lru_cache(maxsize=8)
def _plan_of(settings: str | None, contents: tuple[bytes | None, ...]) -> Plan:
    """Return the plan that these bytes are, read once; a test, and no process again, checks tables that are as packaged."""
    packaged = _packaged()
    read, tables, proven = read_settings(settings, packaged[0] or ""), dict[str, Table](), set[str]()
    for name, content, ours in zip(TABLES, contents, packaged[1], strict=True):
        tables[name] = _packaged_rows(name, tables) if content is None else read_table(name, content)
        proven |= {name} if content in (None, ours) else set()
    if (settings, contents) != packaged:
        check_tables(tables, read, proven=proven)
    return Plan(
        **{name: table.frame for name, table in tables.items()},
        settings=read,
        calendar=_calendar(tables["deadlines"], read),
        until=None,
    )


def _packaged_rows(name: str, tables: Mapping[str, Table]) -> Table:
    """Return the packaged rows of an optional table that speak of what a folder has (a product: in the task's words)."""
    table = read_table(name, _bytes(_PACKAGED / f"{name}.csv"))
    about = tables[OPTIONAL[name]].frame
    key = about.columns[0]
    kept = table.frame.join(about, on=key, how="semi", maintain_order="left")
    if name == "products":
        words = dict(about.select(key, "products").iter_rows())
        kept = kept.filter([text in words[task] for task, text in kept.select(key, "text").iter_rows()])
    elif name == "duty_evidence":
        known = tables["products"].frame["product_id"].implode()
        kept = kept.with_columns(pl.col("products").list.set_intersection(known))
    return Table(name, kept, (1,) * kept.height)


def name_section(citations: Iterable[str]) -> str:
    """Return the section that citations have in common; where they have none, the sections one by one.

    Example:
        >>> name_section(["III.1.1", "III.2", "III.3; III.4"]), name_section(["II.4", "III.1"])
        ('III', 'II và III')
    """
    parts = [tuple(one.strip().split(".")) for cited in citations for one in cited.split(";")]
    common = [level[0] for level in zip(*parts, strict=False)]
    while common and any(part[: len(common)] != tuple(common) for part in parts):
        common.pop()
    return ".".join(common) or " và ".join(dict.fromkeys(part[0] for part in parts))


def _bytes(path: Path) -> bytes:
    if not path.exists():
        raise PlanError(
            f"{path.name}: thư mục kế hoạch «{path.parent}» thiếu tệp này; chép tệp cùng tên của kế hoạch "
            f"kèm bộ công cụ vào thư mục rồi sửa."
        )
    return read_given(path, PlanError)


def _calendar(deadlines: Table, settings: Settings) -> Calendar:
    def of(who: str) -> tuple[tuple[str, Deadline], ...]:
        rows = deadlines.frame.filter(deadlines.frame["who"] == who).iter_rows(named=True)
        return tuple((row["period_kind"], Deadline(MonthDay(row["month"], row["day"]), row["strict"])) for row in rows)

    plans = Deadline(settings.plans_due, strict=False, in_previous_year=settings.plans_due_in_previous_year)
    return Calendar(settings, units=(*of("units"), ("P", plans)), ministry=of("ministry"))


def _register_of(units: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return what a register said on a day: nothing of units that began later, nor of ends to come."""
    ended = pl.when(pl.col("valid_to") <= day).then("valid_to")
    return units.filter((pl.col("valid_from") <= day).fill_null(value=True)).with_columns(ended)
