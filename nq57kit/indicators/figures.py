"""All figures of a report from what the store read: `Inputs` → `Results`, and back: `Results` → `Traceable`s.

In: `Inputs`. Out: `Results`. Each step is a call of a subject; no file and no clock is touched, and equal inputs give
equal frames whatever the order of their rows. Activities are summed by streaming queries, all in one go, and are never
held in memory; the other tables, which are units × tasks at most, are read once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import (
    difficulties,
    evidence,
    frames,
    left_out,
    money,
    network,
    outputs,
    people,
    plans,
    reporting,
    science,
    targets,
    tasks,
)
from nq57kit.indicators.model import Inputs, Results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nq57kit.plan import Period, Plan


def compute(inputs: Inputs) -> Results:
    """Return every figure of a report; contract §4, the columns are told by `Results`.

    Sums of activities and money are those of the period's own halves; indicators, task statuses and staff are those
    of the year up to the period.

    Example:
        >>> import tempfile, nq57kit
        >>> store = nq57kit.Store.create(tempfile.mkdtemp())
        >>> inputs = nq57kit.open_report("annual", store=store.folder, year=2027, as_of="2028-01-15").results.inputs
        >>> compute(inputs).missing_units[:1]
        ['vu-khcn']
    """
    plan, period = inputs.plan, inputs.period
    scope, previous = frames.open_scopes(inputs)
    register = plan.units["unit_id"].to_list()
    members = frames.in_order(inputs.units, {"unit_id": register})
    units = members["unit_id"].to_list()
    groups = plan.groups["group"].to_list()
    task_ids = plan.tasks["task_id"].to_list()

    states = _states(inputs, members)
    year = period.year if period.is_year else None
    rule = science.CountingRule.of(period)
    told = science.read_told(scope.year("science_tasks"), rule)
    science_tasks = science.science_tasks(told, rule, inputs.register)
    kpis = targets.kpis(inputs, (scope, previous), science_tasks)
    kpis = targets.of_request(kpis, period.request) if period.request else kpis
    staff = people.counted_snapshots(scope).collect().lazy()
    compared = frames.compare(scope, previous)
    acts = _sum_up(scope, compared, inputs)
    products = evidence.find_products(acts["answers"], plan, units)
    statuses = tasks.task_status(
        tasks.statements(inputs, scope),
        plan.leads(),
        tasks.due_days(plan, period.year),
        units,
        inputs.judged_on,
        made=evidence.product_states(products, plan),
        until=str(period.sources[-1]),
    )
    members_seen = network.see_members(acts["answers"], plan)
    channels = frames.in_order(acts["channels"], {"unit_id": register}, "activity_type", "name")
    lines = network.count_evidence(inputs, scope, acts["answers"], members_seen, channels)
    answered = evidence.answer_measures(acts["answers"], scope.year, plan, units)
    issues = difficulties.list_issues(scope.own("issues"), register)
    questions = difficulties.questions_of(inputs, scope)
    budget = scope.own("budget")
    planned = plans.compare(inputs, scope, acts.get("lines"), units)

    def tabulate(key: str, order: Sequence[object]) -> pl.DataFrame:
        name = "by_unit" if key == "group" else "by_code"
        both = None if compared is None else (acts[f"now.{name}"], acts[f"then.{name}"])
        return outputs.tabulate(key, acts[name], both, order)

    return Results(
        inputs=inputs,
        reporting=states,
        completeness=reporting.measure_share("completeness", states, groups, period.sources, year),
        timeliness=reporting.measure_share("timeliness", states, groups, period.sources, year),
        kpis=kpis,
        evidence=lines.filter(pl.col("indicator").is_in(kpis["indicator"].implode())),
        members=members_seen,
        channels=channels,
        targets=targets.targets_line(
            plan,
            targets.known_results(inputs, kpis),
            [name for name, verdict in inputs.judgements.items() if verdict == "closed"],
            {one.period.year: one.plan for one in inputs.history},
        ),
        task_status=statuses,
        task_summary=tasks.task_summary(statuses),
        completion=tasks.completion(statuses),
        by_type=tabulate("activity_type", frames.code_order("activity_type")),
        by_channel=tabulate("channel", frames.code_order("channel")).join(
            acts["channel_units"], on="channel", how="left", maintain_order="left"
        ),
        by_task=tabulate("task_id", task_ids),
        by_group=outputs.complete_groups(tabulate("group", groups), states, compared.units if compared else (), groups),
        by_month=outputs.tabulate_months(acts["by_code"], frames.code_order("activity_type")),
        by_half=outputs.tabulate_halves(acts["by_code"], frames.code_order("activity_type")),
        activities=_listed(scope, plan, register),
        left_out=left_out.everything_left_out(inputs, scope, acts["left_out"], told),
        science_tasks=science_tasks,
        workforce=people.workforce_by_group(
            staff, plan.units, groups, members, scope.represented(people.told_snapshots(scope))
        ),
        budget_by_task=money.budget_by("task_id", budget, task_ids),
        budget_by_source=money.budget_by("funding_source", budget, frames.code_order("funding_source")),
        budget=money.budget_total(budget, compared),
        difficulties=difficulties.count_difficulties(issues, questions),
        previous_difficulties=None
        if previous is None
        else difficulties.count_difficulties(difficulties.list_issues(previous.own("issues"), register)),
        issues=issues,
        questions=questions,
        cautions=left_out.cautions(inputs.findings, science_tasks, scope, plan.units),
        unit_products=products,
        products=evidence.sum_products(products, plan),
        unit_measures=answered,
        measures=evidence.sum_measures(answered, plan),
        duties=evidence.assess_duties(
            plan,
            products,
            states,
            [str(half) in inputs.locked for half in period.year_so_far],
            inputs.judgements,
            letters=reporting.list_letters(inputs.letters),
            questions=questions,
            planned=(inputs.plans.height, planned["plan_units"].height) if inputs.plans.height else None,
        ),
        events=evidence.compare_events(
            evidence.sum_events(acts["answers"], plan),
            None if compared is None else (acts["now.answers"], acts["then.answers"], len(compared.units)),
            plan,
        ),
        unit_events=evidence.sum_events_of_units(acts["answers"], plan),
        roles=evidence.sum_roles(acts["by_unit"], plan),
        by_unit=evidence.sum_units(acts["by_unit"], staff, budget, units),
        letters=reporting.count_letters(inputs.letters, register),
        **planned,
    )


def list_figures(results: Results) -> dict[str, frames.Traceable]:
    """Return the figures of a report that can be traced, by name as the report's JSON has it (contract §5).

    The rows are found only where they are asked for; docs/reproducibility.md lists the forms of names.
    """
    scope, _ = frames.open_scopes(results.inputs)
    subjects = (targets, reporting, tasks, outputs, money, people, difficulties, science, evidence, network, plans)
    return {figure.name: figure for subject in subjects for figure in subject.list_figures(results, scope)}


def _states(inputs: Inputs, members: pl.DataFrame) -> pl.DataFrame:
    """Return the reporting states, each half with the units that had to report for it."""
    judged_by = inputs.plan.settings.on_time_judged_by
    states = [
        reporting.reporting_states(
            _expected(inputs, members, half), inputs.receipts, inputs.refusals, [half], judged_by=judged_by
        )
        for half in inputs.period.sources
    ]
    return pl.concat(states)


def _expected(inputs: Inputs, members: pl.DataFrame, half: Period) -> pl.DataFrame:
    """Return the units of a half: those of the report, without units that began later, with those that ended since.

    In a year in which units are merged its halves have different units; each half keeps its own.
    """
    plan = inputs.plan
    then = plan.units_reporting(half)["unit_id"].implode()
    now = plan.units_reporting(inputs.period)["unit_id"].implode()
    known = plan.units["unit_id"].implode()
    unit = pl.col("unit_id")
    kept = members.filter(unit.is_in(then) | ~unit.is_in(known))
    ended = plan.units.filter(unit.is_in(then) & ~unit.is_in(now)).select(members.columns)
    return frames.in_order(pl.concat([kept, ended]), {"unit_id": plan.units["unit_id"].to_list()})


_CODES: Final = ("task_id", "activity_type", "channel")


def _sum_up(scope: frames.Scope, compared: frames.Compared | None, inputs: Inputs) -> dict[str, pl.DataFrame]:
    """Return the activities as sums; every query streams over the columns and rows that it needs.

    Returns: `by_code` (keys told, period, task_id, activity_type, channel, month), `channel_units`, `by_unit` (unit_id, with its group,
        and task_id), `left_out` (rows), `channels`, `answers` (what the rules of evidence look at, of the year up to the period);
        `now.` and `then.` with `by_code` (without month), `by_unit` and `answers` of the units that can be compared, where there are any.
    """
    counted, add_up, plan = _counted(scope), outputs.sum_activities, inputs.plan
    queries = {
        "by_code": add_up(
            counted, pl.col("period").alias("told"), outputs.half_of(scope.period.sources), *_CODES, outputs.month_of()
        ),
        "channel_units": counted.group_by("channel").agg(units=pl.col("unit_id").n_unique().cast(pl.Int64)),
        "by_unit": frames.with_group(add_up(counted, "unit_id", "task_id"), plan.units),
        "channels": network.list_channels(scope, inputs.history),
        "left_out": outputs.list_left_out(scope.own("activities"), scope.period.sources),
        "answers": _answers(scope),
        **({"lines": plans.count_done(scope)} if inputs.plans.height and not scope.period.is_plan else {}),
    }
    for name, one in () if compared is None else (("now", compared.now), ("then", compared.then)):
        queries[f"{name}.by_code"] = add_up(_counted(one), *_CODES)
        queries[f"{name}.by_unit"] = frames.with_group(add_up(_counted(one), "unit_id"), plan.units)
        queries[f"{name}.answers"] = _answers(one)
    return dict(zip(queries, pl.collect_all(list(queries.values()), engine="streaming"), strict=True))


def _counted(scope: frames.Scope) -> pl.LazyFrame:
    """Return the activities that count in a scope."""
    return outputs.counted_activities(scope.own("activities"), scope.period.sources)


def _listed(scope: frames.Scope, plan: Plan, units: list[str]) -> pl.LazyFrame:
    """Return the counted activities with their group (of the register, old units included), in order."""
    return frames.in_order(frames.with_group(_counted(scope), plan.units), {"unit_id": units}, "period", "source_row")


def _answers(scope: frames.Scope) -> pl.LazyFrame:
    """Return what answers the plan, of the year up to the scope's period."""
    year = outputs.counted_activities(scope.year("activities"), scope.until)
    return evidence.count_answers(year, scope.plan, scope.period.year)
