"""Difficulties and proposals: equal ones gathered into questions, who is to answer them, what was answered; plan IV, last paragraph.

In: rows of `issues`, the answers recorded in the store. Out: counts per category with their traces, each unit's words in order, and
the questions: whose they are, since when, to whom they are addressed, how they stand.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.submissions.contract import LOOKED_INTO, identify_question

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from nq57kit.indicators.model import Inputs, Results
    from nq57kit.plan import Period, Plan
    from nq57kit.store.logbook import Record

_REPEATED: Final = "Đơn vị nêu lại đúng ý kiến này: tính một lần"
_WORDS: Final = ("category", "description", "proposal")
#: The states of questions by which they are counted, each with the codes of `answer_state` (None: nothing was recorded).
STATES: Final[dict[str, tuple[str | None, ...]]] = {
    "open": (None, LOOKED_INTO), "replied": ("da_tra_loi",), "adjusted": ("da_dieu_chinh",), "passed_on": ("chuyen_cap",),
}  # fmt: skip
#: Those after which nobody waits any more.
_SETTLED: Final = (*STATES["replied"], *STATES["adjusted"])
#: Columns of `Results.questions`.
QUESTIONS: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "question_id": pl.String, **dict.fromkeys(_WORDS, pl.String), **dict.fromkeys(("units", "asked_by"), pl.List(pl.String)), "periods": pl.List(pl.String),
    "is_now": pl.Boolean, "repeated": pl.Boolean, "raised_on": pl.Date, "authorities": pl.List(pl.String),
    "addressees": pl.List(pl.String), "suggestions": pl.List(pl.String), "state": pl.String, "waited_days": pl.Int64,
    "answer": pl.String, "document": pl.String, "answered_on": pl.Date, "answered_by": pl.String,
}  # fmt: skip


def list_issues(issues: pl.LazyFrame, units: Sequence[str]) -> pl.DataFrame:
    """Return each difficulty of each unit once: by category, then unit, then row.

    Returns: unit_id, periods (in which it was told), category, description, proposal, authority, question_id.
    """
    rows = _identify(issues.collect()).sort("period", "source_row")
    first = (*_WORDS, "authority", "source_row", "period")
    told = rows.group_by("unit_id", "question_id", maintain_order=True).agg(
        pl.col(first).first(), periods=pl.col("period").unique().sort()
    )
    orders = {"category": frames.code_order("category"), "unit_id": units}
    listed = frames.in_order(told, orders, "period", "source_row")
    return listed.select("unit_id", "periods", *_WORDS, "authority", "question_id")


def _identify(rows: pl.DataFrame) -> pl.DataFrame:
    ids = [identify_question(*words) for words in rows.select(_WORDS).iter_rows()]
    return rows.with_columns(question_id=pl.Series(ids, dtype=pl.String))


def count_difficulties(listed: pl.DataFrame, questions: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return of each category that occurs in a list (`list_issues`), in the order of the codes: category, count (units × questions).

    With `questions` (`gather_questions`) besides, of those of the period: questions, and how many of them stand in each of `STATES`.
    """
    rows = listed.group_by("category").agg(pl.len().cast(pl.Int64).alias("count"))
    if questions is not None:
        rows = rows.join(count_questions(questions.filter("is_now"), "category"), on="category", how="left")
    return frames.in_order(rows, {"category": frames.code_order("category")})


def count_questions(questions: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return by a column of questions: the key, questions, how many stand in each of `STATES`, longest (days waited by an open one)."""
    state = pl.col("state").fill_null("")
    is_in = {name: state.is_in([code or "" for code in codes]) for name, codes in STATES.items()}
    return questions.group_by(key, maintain_order=True).agg(
        questions=pl.len().cast(pl.Int64),
        **{name: each.sum().cast(pl.Int64) for name, each in is_in.items()},
        longest=pl.col("waited_days").filter(is_in["open"]).max(),
    )


def gather_questions(
    plan: Plan,
    period: Period,
    *,
    as_of: date,
    raised: pl.DataFrame,
    answers: Iterable[Record],
    own: pl.LazyFrame | None = None,
) -> pl.DataFrame:
    """Return each difficulty once, whoever raised it: those of the period, and earlier ones; columns `QUESTIONS`.

    Texts are equal that differ in case, blanks, quotes alone (`identify_question`). `raised` and `answers` are as in
    `Inputs`, `own` the rows of the period that count (without: all of them). `units` are those that raised it in the period (of an earlier one, in the last half that did), `periods` all
    halves up to the period that did, `asked_by` all units that ever did, `repeated` whether the period did right after the half before, `raised_on` the day on
    which the first report that told it came. `addressees` are the units that the register knows by what was written, `suggestions`
    near names of what it does not know, never taken. `state` is that of the last answer up to `as_of`; `waited_days` run from
    `raised_on` to `as_of`, of a question that is settled to its answer.
    """
    told = _identify(raised)
    own_halves = [str(half) for half in period.sources]
    of_period = pl.col("period").is_in(own_halves)
    now = told.filter("is_latest", of_period) if own is None else _identify(own.collect())
    names = ("unit_id", "period", *_WORDS, "authority", "source_row", "question_id")
    rows = pl.concat([told.filter("is_latest", ~of_period).select(names), now.select(names)])
    first_days = dict(told.group_by("question_id").agg(pl.col("raised_on").min()).iter_rows())
    last_answers = {str(one.values["question_id"]): one for one in answers}
    order = plan.units["unit_id"].to_list()
    found = []
    for (question,), some in rows.sort("period", "source_row").group_by("question_id", maintain_order=True):
        periods = sorted(set(some["period"]))
        mine = [one for one in periods if one in own_halves]
        last = some.filter(pl.col("period").is_in(mine or periods[-1:]))
        before = [str(plan.period(one).previous) for one in mine]
        authorities = list(dict.fromkeys(text for text in some["authority"] if text))
        addressees, near = _resolve(some.select("authority", "period").unique(maintain_order=True).rows(), plan, period)
        answer, raised_on = last_answers.get(str(question)), first_days.get(question)
        state = answer.values["state"] if answer else None
        until = answer.day if answer and state in _SETTLED else as_of
        found.append(
            {
                "question_id": question,
                **{name: last[name][0] for name in _WORDS},
                "units": sorted(set(last["unit_id"]), key=order.index),
                "asked_by": sorted(set(some["unit_id"]), key=order.index),
                "periods": periods,
                "is_now": bool(mine),
                "repeated": any(one in periods for one in before),
                "raised_on": raised_on,
                "authorities": authorities,
                "addressees": sorted(addressees, key=order.index),
                "suggestions": sorted(near, key=order.index),
                "state": state,
                "waited_days": max((until - raised_on).days, 0) if raised_on else None,
                **{name: answer.values[name] if answer else None for name in ("answer", "document")},
                "answered_on": answer.day if answer else None,
                "answered_by": answer.values["unit_id"] if answer else None,
            }
        )
    found.sort(key=lambda row: (-len(row["units"]), row["question_id"]))
    return frames.in_order(pl.DataFrame(found, schema=QUESTIONS), {"category": frames.code_order("category")})


def questions_of(inputs: Inputs, scope: frames.Scope) -> pl.DataFrame:
    """Return the questions of a report (`gather_questions`)."""
    return gather_questions(
        inputs.plan,
        inputs.period,
        as_of=inputs.as_of,
        raised=inputs.raised,
        answers=inputs.answers,
        own=scope.own("issues"),
    )


def _resolve(told: Iterable[tuple[str | None, str]], plan: Plan, period: Period) -> tuple[set[str], set[str]]:
    """Return the units that texts name by the register of the half in which they stand (those that took their place since), and near ones."""
    units, near = set(), set()
    for text, half in told:
        match = plan.find_unit(text, plan.period(half)) if text else None
        unit = plan.find_unit(match.unit_id, period) if match and match.unit_id else None
        if unit and unit.unit_id:
            units.add(unit.unit_id)
        else:
            near |= {*(unit.ambiguous if unit else ()), *((*match.ambiguous, *match.suggestions) if match else ())}
    return units, near


def is_open() -> pl.Expr:
    """Return whether a question is not settled: no answer, still looked into, or passed on."""
    return ~pl.col("state").fill_null("").is_in(_SETTLED)


def waiting_for(questions: pl.DataFrame, unit_id: str) -> pl.DataFrame:
    """Return the questions addressed to a unit that nobody has answered, those that waited longest first."""
    unanswered = pl.col("state").fill_null("").is_in([code or "" for code in STATES["open"]])
    mine = questions.filter(unanswered, pl.col("addressees").list.contains(unit_id))
    return mine.sort("waited_days", descending=True, nulls_last=True, maintain_order=True)


def answers_given(sources: Sequence[str], questions: pl.DataFrame, units: Sequence[str]) -> dict[str, bool]:
    """Return the questions addressed to units that hold a duty of which answers tell, each with whether it was answered; none without any answer."""
    if "answers_given" not in sources:
        return {}
    mine = questions.filter(
        pl.any_horizontal(pl.lit(value=False), *(pl.col("addressees").list.contains(one) for one in units))
    )
    told = {row["question_id"]: row["state"] not in STATES["open"] for row in mine.to_dicts()}
    return told if any(told.values()) else {}


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield how many difficulties there are of each category, and how many units raised each question."""
    own = scope.own("issues")
    for category, count in results.difficulties.select("category", "count").iter_rows():
        find = partial(_trace, own.filter(pl.col("category") == category))
        yield frames.Traceable(f"difficulties.{category}", {"counted": count}, find)
    for question, category, units in (
        results.questions.filter("is_now").select("question_id", "category", "units").iter_rows()
    ):
        find = partial(_trace, own.filter(pl.col("category") == category), question)
        yield frames.Traceable(f"questions.{question}", {"counted": len(units)}, find)


def _trace(issues: pl.LazyFrame, question: str | None = None) -> pl.DataFrame:
    """Return the rows of difficulties (of a question): the first of a unit that tells each counts, those that repeat it do not."""
    told = _identify(issues.collect()).sort("period", "source_row")
    told = told if question is None else told.filter(pl.col("question_id") == question)
    rows = told.with_columns(first=pl.struct("unit_id", "question_id").is_first_distinct()).lazy()
    counted, repeated = rows.filter("first"), rows.filter(~pl.col("first"))
    return frames.stack(
        frames.trace_cells(counted, "issues", "description", "counted", 1),
        frames.trace_cells(repeated, "issues", "description", "left_out", 0, reason=_REPEATED),
    )
