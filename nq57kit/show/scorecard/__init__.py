"""The scorecard of one unit: what it has to do, what it did, how it stands beside its group, what falls due.

In: `nq57kit.indicators.unit.UnitResults`. Out: blocks, for the cells of `unit_scorecard.ipynb`. No other unit is
named, and no block tells a rank: a figure stands beside the middle of the unit's group.
"""

from __future__ import annotations

from nq57kit.show.scorecard.charts import company_chart
from nq57kit.show.scorecard.duties import (
    coordinated_table,
    describe_progress,
    describe_role,
    duties_table,
    led_table,
    progress_table,
)
from nq57kit.show.scorecard.figures import (
    company_table,
    counts_table,
    describe_company,
    describe_money,
    describe_outputs,
    describe_people,
    describe_science,
    issues_table,
    money_table,
    outputs_chart,
    outputs_table,
    science_table,
)
from nq57kit.show.scorecard.sending import (
    agenda_table,
    describe_gaps,
    describe_left_out,
    describe_sending,
    findings_block,
    sendings_table,
)
from nq57kit.show.scorecard.summary import pick_key_figures, summarise

__all__ = [
    "agenda_table",
    "company_chart",
    "company_table",
    "coordinated_table",
    "counts_table",
    "describe_company",
    "describe_gaps",
    "describe_left_out",
    "describe_money",
    "describe_outputs",
    "describe_people",
    "describe_progress",
    "describe_role",
    "describe_science",
    "describe_sending",
    "duties_table",
    "findings_block",
    "issues_table",
    "led_table",
    "money_table",
    "outputs_chart",
    "outputs_table",
    "pick_key_figures",
    "progress_table",
    "science_table",
    "sendings_table",
    "summarise",
]
