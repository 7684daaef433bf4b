"""Sentences of a report, as an official writes them: results in, blocks of Vietnamese text out.

In: `Results`. Out: paragraphs, lists, key figures. Every number comes from the results; a target is called
met only where its status says so; zero, one and «no data» have words of their own.
"""

from __future__ import annotations

from nq57kit.show.sentences.proposals import propose_adjustments
from nq57kit.show.sentences.reporting import describe_left_out, describe_reporting, describe_scope, mark_state
from nq57kit.show.sentences.results import (
    describe_difficulties,
    describe_money,
    describe_outputs,
    describe_people,
    describe_targets,
    describe_tasks,
)
from nq57kit.show.sentences.summary import pick_key_figures, summarise

__all__ = [
    "describe_difficulties",
    "describe_left_out",
    "describe_money",
    "describe_outputs",
    "describe_people",
    "describe_reporting",
    "describe_scope",
    "describe_targets",
    "describe_tasks",
    "mark_state",
    "pick_key_figures",
    "propose_adjustments",
    "summarise",
]
