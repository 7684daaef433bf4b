"""What indicators are computed from (`Inputs`) and what they give (`Results`): frames only; and a counted `Ratio`.

In: frames that the store read. Out: the types; no rule lives here. The columns listed below are
the interface to charts, tables, sentences and reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, overload

import polars as pl

from nq57kit.indicators import frames
from nq57kit.shown import Shown, Told
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from nq57kit.plan import Period, Plan
    from nq57kit.store.logbook import Record


@dataclass(frozen=True, slots=True)
class Ratio:
    """Numerator and denominator of an indicator, kept as whole numbers so that it compares exactly.

    `unknown` counts members of the denominator of which no unit has spoken; None where the denominator comes
    from the units themselves, so that what is missing cannot be known. `units` are those whose rows are in it.

    Example:
        >>> ratio = Ratio(4, 10, unknown=3)
        >>> ratio.value, ratio.low, ratio.high
        (Fraction(2, 5), Fraction(2, 5), Fraction(7, 10))
    """

    numerator: int
    denominator: int
    unknown: int | None = None
    units: frozenset[str] = frozenset()

    @property
    def value(self) -> Fraction | None:
        """The exact ratio (0 to 1); None where the denominator is 0."""
        return self._over(self.numerator)

    @property
    def low(self) -> Fraction | None:
        """The ratio if every unknown member were a «no»; None without a register."""
        return None if self.unknown is None else self._over(self.numerator)

    @property
    def high(self) -> Fraction | None:
        """The ratio if every unknown member were a «yes»; None without a register."""
        return None if self.unknown is None else self._over(self.numerator + self.unknown)

    def _over(self, part: int) -> Fraction | None:
        return Fraction(part, self.denominator) if self.denominator > 0 else None


class _Rows:
    """A frame of rows that is read when it is first asked for: given as a LazyFrame, it is had as a DataFrame."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> _Rows: ...
    @overload
    def __get__(self, instance: object, owner: type) -> pl.DataFrame: ...
    def __get__(self, instance: object | None, owner: type) -> _Rows | pl.DataFrame:
        if instance is None:
            raise AttributeError(self._name)  # so that the dataclass sees no default
        frame = vars(instance)[self._name]
        if isinstance(frame, pl.LazyFrame):
            frame = vars(instance)[self._name] = frame.collect(engine="streaming")
        found: pl.DataFrame = frame
        return found

    def __set__(self, instance: object, value: pl.DataFrame | pl.LazyFrame) -> None:
        vars(instance)[self._name] = value


#: Columns of `Results.letters`.
LETTERS: Final[dict[str, Any]] = {
    "unit_id": pl.String, "period": pl.String, "times": pl.Int64, "last_on": pl.Date, "reasons": pl.List(pl.String),
}  # fmt: skip
#: How names of a rehearsal's files end («nếu chốt»).
REHEARSAL: Final = "-neu-chot"
#: Columns of `Inputs.covers`.
COVERS: Final = {
    "unit_id": pl.String, "period": pl.String, "revision": pl.Int64, "source_sheet": pl.String, "source_row": pl.Int64,
    "has_contact": pl.Boolean,
}  # fmt: skip


#: Columns of `Inputs.raised`.
RAISED: Final = {
    "unit_id": pl.String, "period": pl.String, "revision": pl.Int64, "is_latest": pl.Boolean, "raised_on": pl.Date,
    **dict.fromkeys(("category", "description", "proposal", "authority"), pl.String), "source_row": pl.Int64,
}  # fmt: skip
#: Columns of `Inputs.plans`: of each unit that sent a yearly plan, the revision that counts.
PLANS: Final = {
    "unit_id": pl.String, "period": pl.String, "revision": pl.Int64, "state": pl.String, "pending": pl.Int64,
    "document": pl.String, "decided_on": pl.Date, "sha256": pl.String, "file": pl.String,
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Inputs(Shown):
    """Everything a report is computed from, as of a day; contract §4.

    `period` is a half or a year; the halves whose submissions count in it are `period.sources`.

    Frames:
        units: units that must report: unit_id, name, short_name, groups (list), basis.
        receipts: one row per accepted submission of the year up to `period`, all revisions, as of `as_of`: unit_id,
            period, revision, sent_at (datetime, Asia/Ho_Chi_Minh), sent_at_source (option | sent.csv | ingest),
            sha256, file, is_latest (bool), is_first (bool: the first with content), on_time (bool, of this row's own sent_at),
            is_empty (bool), secret_task_count (Int64, null).
        refusals: submissions refused and not followed by an accepted one: unit_id, period, sent_at, sha256, file,
            errors (Int64).
        findings: warnings and notes of the latest accepted revisions: unit_id, period, code, severity, file, table,
            sheet, cell, field, value, message.
        tables: for each table of the contract except `cover`, a LazyFrame of the latest revisions of *both halves
            of the year up to `period`*: unit_id, period, revision, the fields, source_sheet, source_row.
        previous: the same tables for the period compared with, `period.same_period_last_year`, up to and with it; {} if
            there is none. `frames.compare` cuts both to the units that told of both.
        previous_receipts: receipts of the same halves (same columns); None if there is none. Without them a unit
            counts as having reported where a row of `previous` is its.
        register: the ministry's register of science tasks (code, name, level, state_funded, start_year, end_year,
            optionally unit_id), or None.
        judgements: indicator or duty → "met" | "not_met" | "closed", a person's judgement; that of an earlier year stands for a
            target until there is a later one.
        letters: the letters that pressed units for a report of the year's halves up to `period`, or for the year's plan, as recorded.
        judged: those of them that stand in the store, as they were recorded (`nq57kit judge`).
        locked: the halves that are closed (`nq57kit lock`); `locked_early`: those of the period's year that were closed
            before their deadline, so that what came in time after it is in no frame.
        history: the inputs of each earlier year, with the tables that the plan's ratios and the list of channels need.
        raised: difficulties of all halves up to the period, in all revisions: unit_id, period, revision, is_latest, raised_on (the day on
            which that revision was sent), category, description, proposal, authority, source_row; `answers`: what was answered to
            them, as it was recorded, in the order in which it counts.
        covers: of each latest accepted submission of the year up to `period`: unit_id, period, revision, source_sheet, source_row,
            has_contact (whether it names a contact; who it is, is in no frame).
        as_if_closed: whether this is a rehearsal: judged as if the deadline had passed (`judged_on`), from what had come on `as_of`.
        plans: of each unit that sent a plan of the period's year, the revision that counts (`PLANS`; docs/store.md): state proposed |
            approved | adjusted, pending (a later revision that nobody has approved), document and decided_on of the approval.
        plan_lines: the rows of `plan_lines` of those revisions.
    """

    plan: Plan
    period: Period
    as_of: date
    units: pl.DataFrame
    receipts: pl.DataFrame
    refusals: pl.DataFrame
    findings: pl.DataFrame
    tables: Mapping[str, pl.LazyFrame]
    previous: Mapping[str, pl.LazyFrame] = field(default_factory=dict)
    previous_receipts: pl.DataFrame | None = None
    register: pl.DataFrame | None = None
    judgements: Mapping[str, str] = field(default_factory=dict)
    judged: Mapping[str, Record] = field(default_factory=dict)
    letters: tuple[Record, ...] = ()
    locked: frozenset[str] = frozenset()
    locked_early: frozenset[Period] = frozenset()
    history: tuple[Inputs, ...] = ()
    raised: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RAISED))
    answers: tuple[Record, ...] = ()
    covers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COVERS))
    as_if_closed: bool = False
    plans: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PLANS))
    plan_lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=frames.table_schema("plan_lines")))

    def tell(self) -> Told:
        """Return of which period, day and how many submissions the figures are made."""
        facts = {"số liệu đến ngày": format_date(self.as_of), "đơn vị phải báo cáo": self.units.height}
        return Told(f"Số liệu {self.period.label}", facts | {"báo cáo được nhận": self.receipts.height})

    @property
    def is_official(self) -> bool:
        """Whether a report of this is «chính thức»: the deadline has passed, and all that its figures stand on is locked."""
        return self.period.is_over(self.as_of) and not self.open_halves and not self.as_if_closed

    @property
    def judged_on(self) -> date:
        """The day by which it is judged what has fallen due: `as_of`, in a rehearsal the first on which the period's report is late."""
        return max(self.as_of, self.period.last_day + timedelta(1)) if self.as_if_closed else self.as_of

    @property
    def suffix(self) -> str:
        """What names of files have after the period: in a rehearsal a mark, so that nothing is written over the report."""
        return REHEARSAL if self.as_if_closed else ""

    @property
    def open_halves(self) -> tuple[Period, ...]:
        """The halves of the year up to the period that are not locked."""
        return tuple(half for half in self.period.year_so_far if str(half) not in self.locked)


@dataclass(frozen=True, repr=False)
class Results(Shown):
    """All figures of a report, as frames; contract §4 and §5.

    Sums of activities, money and difficulties are those of the period's own halves. Indicators, evidence, task
    statuses, science tasks and workforce are those of the year up to the period.

    Frames (sorted, so that equal inputs give equal frames; units in the plan's order, codes in that of codes.csv):
        reporting: period × unit that must report: unit_id, name, short_name, group (first of its groups), period,
            state (on_time | late | refused | empty | missing), sent_at and on_time (of the revision that decides,
            by the setting `on_time_judged_by`; on_time is null without an accepted one, false of an empty one),
            revision (the latest) and revised_at (when that was sent).
        completeness, timeliness: period, group (null = ministry), numerator, denominator, value, empty (accepted
            submissions that say nothing; they count as sent, never as on time). A year adds rows of its own: the sums of its halves.
        kpis: indicator, year, numerator, denominator, value, low, high (bounds, null without register),
            target (0-1), comparator, status (met | not_met | on_watch | insufficient; null = qualitative and not
            judged, or no target now or later), next_target, next_comparator, next_target_year, coverage (0-1), reported_units,
            expected_units, provisional (bool), previous_value, compared_value, compared_units (the period compared with and this
            one, 0-1, over the units that told of both, and how many they are; null without any), with_evidence (of the
            numerator, those with evidence; science tasks alone), first_this_year (of the numerator, those whose day lies
            in this year; likewise), judged (whether `status` judges a target: its year is over; else it is «on_watch»
            until then), target_year (in which it is, for one of an earlier year that is still open its last),
            older_units (of reported_units, those whose figures are of an earlier half of the year).
        evidence: for qualitative indicators: indicator, code, evidence (Vietnamese label), count, total (of how many).
        members: kinds of members of the network: member_id, text (the plan's), units, rows, note (what cannot be seen).
        channels: unit_id, activity_type, name, link, first_on, last_on, rows and cost_vnd (of the year), is_alive.
        targets: ratio indicator × year of the plan, for the chart: indicator, year, target (null in a year without),
            comparator, value and status (the result where known to this report), open (a target that ended in this year
            unmet, is unmet since, and that nobody closed).
        task_status: task_id, unit_id, status (report_status code), reported_status, percent_complete, due_on,
            completed_on, period (half the statement comes from), products_delivered, explanation, next_steps,
            cadence (of the task), said (of each half: period, status, percent_complete), products (complete | partial |
            none; null where the plan lists none), missing (product ids), older (bool: nothing was said of it in the last half),
            date_doubt (before | after: a day of completion that cannot be; null), is_due and is_told (bool: in the bases of
            `completion`).
        task_summary: task_id, status, units (count), for every status that occurs.
        completion: base (due | all), numerator, denominator, value, unreported, overdue, idle, with_products: units × tasks
            completed over those told of that have fallen due (a due day before `as_of`) or over all told of.
        by_type, by_channel, by_task, by_group: key column (activity_type | channel | task_id | group), activities
            (rows), quantity, reach (sum of what was measured, null if none), reach_reported (rows with a reach),
            cost_vnd (null if none), previous_quantity and compared_quantity (of the same period last year and of this, by the
            units that reported for both; null without any). by_channel: units (that used it). by_group has each group
            that must report: reported, expected (reports with content; all; of a year those of both halves), compared_units;
            what a group without any report did is null.
        by_month: month (date, first day), activity_type, quantity, reach.
        by_half: period (in which it was done), activity_type, activities, quantity, reach, cost_vnd, told_later
            (activities told in the report of the half after it).
        activities: all counted activities (rows of the table, with `group`), for lists; read from the store when it is
            first asked for, since it is the one frame here that is as long as the data.
        left_out: what was not counted: table, unit_id, period, source_sheet, source_row, what (the row's name or
            code), reason (Vietnamese).
        science_tasks: one row per code active in the year and state funded: code, name, level, communicated (null:
            in the register, but no unit speaks of it), communicated_on, channel, units (list of unit_id, sorted),
            disagreement (bool).
        workforce: group (null = ministry): units, staff_total, staff_reached, comms_staff_total,
            comms_staff_trained (null where no unit told), expected (units that must report).
        budget_by_task, budget_by_source: key (task_id | funding_source), planned_vnd, allocated_vnd, disbursed_vnd,
            rate (disbursed/allocated, null if 0).
        budget: one row: planned_vnd, allocated_vnd, disbursed_vnd (null where nothing was reported), rate,
            previous_disbursed_vnd and compared_disbursed_vnd (by the compared_units that reported for both periods).
        difficulties: category, count, questions, open, replied, adjusted, passed_on; previous_difficulties: category and count of the period
            before (None without one); issues: unit_id, periods (list), category, description, proposal, authority, question_id; what a unit
            told twice stands once. questions: equal difficulties of all units gathered (`difficulties.gather_questions`).
        unit_products: product × unit that leads its task: product_id, task_id, unit_id, rows, quantity, found (bool).
        products: product_id, task_id, owed, found (units, or once), missing_units (list).
        unit_measures: measure × unit that it addresses: measure_id, unit_id, rows, quantity.
        measures: measure_id, asked, answered (units), rows, quantity, silent_units (list).
        duties: duty_id, state (a code of `duty_state`), evidence (Vietnamese).
        events: event_id, activities, units, reach; compared_ and previous_ activities and reach, over the common_units that told of
            this year and the one before (null without any); unit_events: event_id, unit_id, activity_types, activities, quantity, reach.
        roles: what units did under tasks: task_id, unit_id, role (lead | coordinate | none), activities, quantity, reach.
        by_unit: unit_id, activities, quantity, reach, cost_vnd, staff_total, staff_reached, planned_vnd, allocated_vnd,
            disbursed_vnd.
        letters: who was pressed by letter (`nq57kit remind`): unit_id, period, times, last_on, reasons (codes, of the last).
        lines, plan_units, plan_tasks, plan_gaps: the yearly plan and what was done of it (`indicators.plans`: compare_lines, sum_units,
            sum_tasks, find_gaps); no row where no unit has sent a plan of the year, plan_gaps only in a report of the plans.
        cautions: warnings worth showing: unit_id (null: about several units), period, code, message, file, sheet,
            cell.
    """

    inputs: Inputs
    reporting: pl.DataFrame
    completeness: pl.DataFrame
    timeliness: pl.DataFrame
    kpis: pl.DataFrame
    evidence: pl.DataFrame
    targets: pl.DataFrame
    task_status: pl.DataFrame
    task_summary: pl.DataFrame
    completion: pl.DataFrame
    by_type: pl.DataFrame
    by_channel: pl.DataFrame
    by_task: pl.DataFrame
    by_group: pl.DataFrame
    by_month: pl.DataFrame
    by_half: pl.DataFrame
    left_out: pl.DataFrame
    science_tasks: pl.DataFrame
    workforce: pl.DataFrame
    budget_by_task: pl.DataFrame
    budget_by_source: pl.DataFrame
    budget: pl.DataFrame
    difficulties: pl.DataFrame
    previous_difficulties: pl.DataFrame | None
    issues: pl.DataFrame
    questions: pl.DataFrame
    cautions: pl.DataFrame
    unit_products: pl.DataFrame
    products: pl.DataFrame
    unit_measures: pl.DataFrame
    measures: pl.DataFrame
    duties: pl.DataFrame
    events: pl.DataFrame
    unit_events: pl.DataFrame
    roles: pl.DataFrame
    members: pl.DataFrame
    channels: pl.DataFrame
    by_unit: pl.DataFrame
    activities: _Rows = _Rows()
    letters: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LETTERS))
    lines: pl.DataFrame = field(default_factory=pl.DataFrame)
    plan_units: pl.DataFrame = field(default_factory=pl.DataFrame)
    plan_tasks: pl.DataFrame = field(default_factory=pl.DataFrame)
    plan_gaps: pl.DataFrame = field(default_factory=pl.DataFrame)

    def tell(self) -> Told:
        """Return the frames by name, with how many rows each has."""
        frames = [(name, frame.height) for name, frame in vars(self).items() if isinstance(frame, pl.DataFrame)]
        return Told(f"Kết quả {self.inputs.period.label}", {"số bảng": len(frames)}, ("Bảng", "Số dòng"), frames)

    @property
    def late_units(self) -> list[str]:
        """Unit ids that sent late for the period (a year: for one of its halves), in the plan's order."""
        return self._units_in("late")

    @property
    def missing_units(self) -> list[str]:
        """Unit ids without an accepted submission (nothing sent, or refused) for the period; a year: for a half."""
        return self._units_in("missing", "refused")

    def _units_in(self, *states: str) -> list[str]:
        halves = [str(half) for half in self.inputs.period.sources]
        rows = self.reporting.filter(pl.col("period").is_in(halves) & pl.col("state").is_in(states))
        found = set(rows["unit_id"].to_list())
        return [unit for unit in self.inputs.plan.units["unit_id"].to_list() if unit in found]
