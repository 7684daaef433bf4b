"""Difficulties and proposals: gathered into questions, whom they are addressed to, what was answered, in words and tables.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; a `Note` where there is nothing to show. Of a store in which no
answer was recorded nothing is said of answers: that is not to say that there was none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from nq57kit.indicators.difficulties import STATES, count_questions, is_open
from nq57kit.indicators.model import Results
from nq57kit.indicators.unit import UnitResults
from nq57kit.plan import Plan, label_period
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Note, Paragraph, Table
from nq57kit.show.columns import sum_known
from nq57kit.submissions.contract import LOOKED_INTO
from nq57kit.text import fold, format_date, format_number

#: Columns that tell of answers; left out of a store without any.
_OF_ANSWERS: Final = (*STATES, "longest", "result", "waited_days")
UNCLEAR: Final = "Chưa rõ nơi giải quyết"
NO_ANSWER: Final = "Chưa ghi nhận trả lời"


def show(results: Results) -> Block:
    """Return how many difficulties the units named, by category, and to whom they are addressed."""
    return Blocks([describe(results), tabulate_categories(results), tabulate_addressees(results)])


def show_last_year(results: Results) -> Block:
    """Return what was named the year before, and what came of it; without any answer recorded, what is named again."""
    before = results.previous_difficulties
    if before is None:
        return Paragraph("Năm đầu thực hiện Kế hoạch, chưa có kiến nghị của năm trước.")
    now = dict(results.difficulties.select("category", "count").iter_rows())
    items = [
        {"category": category, "before": count, "now": now.get(category, 0)} for category, count in before.iter_rows()
    ]
    if not items:
        return Paragraph("Năm trước các đơn vị không nêu khó khăn, vướng mắc.")
    if not results.inputs.answers:
        return phrases.tell("difficulties.again", results, items)
    last = str(results.inputs.period.year - 1)
    old = results.questions.filter(pl.col("periods").list.eval(pl.element().str.starts_with(last)).list.any())
    told = [{**row, "again": "Nêu lại" if row["is_now"] else "Không nêu lại"} for row in _list(results, old)]
    return phrases.tell("difficulties.outcomes", results, told)


def show_years(years: Sequence[Results]) -> Block:
    """Return how many difficulties of each kind the units named in each year, and, once an answer is recorded, how they stand."""
    labels = phrases.code_labels("category")
    standing = {"questions": "Số nội dung (gộp ý kiến giống nhau)", "replied": "– đã trả lời", "adjusted": "– đã điều chỉnh",
                "passed_on": "– chuyển cấp có thẩm quyền", "open": "– chưa có kết quả"}  # fmt: skip
    answered = any(one.inputs.answers for one in years)

    def say(results: Results) -> Iterator[tuple[str, int]]:
        counts = dict(results.difficulties.select("category", "count").iter_rows())
        yield from ((label, counts.get(category, 0)) for category, label in labels.items())
        yield "Cộng", results.issues.height
        yield "Trong đó có kiến nghị kèm theo", results.issues["proposal"].drop_nulls().len()
        for name, label in standing.items() if answered else ():
            yield label, int(results.difficulties[name].sum())

    return phrases.across_years("difficulties.years", "category", years, say)


def show_unit(card: UnitResults) -> Block:
    """Return the difficulties that the unit wrote, word for word, with what was answered, and those that wait for it."""
    waiting = _list(card.own, card.waiting)
    more = [phrases.tell("difficulties.waiting", card, waiting)] if waiting else []
    results = {row["question_id"]: row["result"] for row in _list(card.own, card.own.questions) if row["state"]}
    items = [row | {"result": results.get(row["question_id"], NO_ANSWER)} for row in card.own.issues.to_dicts()]
    own: Block = phrases.tell("difficulties.own", card, items, without=() if results else ("result",))
    if not items:
        none = Paragraph("Đơn vị không nêu khó khăn, vướng mắc.")
        own = none if phrases.has_report(card) else phrases.no_report(card, "khó khăn, vướng mắc")
    return Blocks([own, *more]) if more else own


def describe(results: Results) -> Block:
    """Return how many difficulties the units named, of which kinds, and how they stand."""
    labels, questions = phrases.code_labels("category"), results.questions.filter("is_now")
    rows = sorted((row for row in results.difficulties.to_dicts() if row["count"]), key=lambda row: -row["count"])
    if not rows and not phrases.any_accepted(results):
        return Note("Chưa có báo cáo nào được chấp nhận nên chưa có số liệu về khó khăn, vướng mắc.", "empty")
    if not rows:
        return Paragraph("Các báo cáo được chấp nhận không nêu khó khăn, vướng mắc.")
    most = phrases.lower_first(labels.get(rows[0]["category"], rows[0]["category"]))
    issues = results.issues.to_dicts()
    units = len({row["unit_id"] for row in issues})
    proposals, again = (
        sum(bool(told) for told in some)
        for some in ((row["proposal"] for row in issues), (len(row["periods"]) > 1 for row in issues))
    )
    gathered = (
        f" (gộp các ý kiến giống nhau còn {format_number(questions.height)} nội dung)"
        if questions.height < len(issues)
        else ""
    )
    unclear = questions.filter(pl.col("addressees").list.len() == 0).height
    return Paragraph(
        f"{format_number(units)} đơn vị nêu {format_number(len(issues))} khó khăn, vướng mắc{gathered}, nhiều nhất về {most} ({format_number(rows[0]['count'])}). "
        + (f"{format_number(again)} ý kiến được nêu ở cả hai kỳ, tính một lần. " if again else "")
        + (f"{format_number(proposals)} ý kiến có kiến nghị kèm theo." if proposals else "Chưa có kiến nghị kèm theo.")
        + (f" {format_number(unclear)} nội dung chưa rõ nơi giải quyết." if unclear else "")
        + describe_answers(results)
    )


def describe_answers(results: Results) -> str:
    """Return how the period's questions stand, and how many of earlier periods are still open; "" of a store without answers."""
    if not results.inputs.answers:
        return ""
    now, old = (results.questions.filter(is_now) for is_now in (pl.col("is_now"), ~pl.col("is_now")))
    said = []
    for some in (now, old):
        row = next(iter(count_questions(some.with_columns(all=pl.lit("")), "all").to_dicts()), dict.fromkeys(STATES, 0))
        said.append(row | {"looked_into": some.filter(pl.col("state") == LOOKED_INTO).height})
    row, repeated = said[0], now.filter("repeated").height
    words = (
        (row["replied"], "đã trả lời"),
        (row["adjusted"], "đã điều chỉnh"),
        (row["passed_on"], "chuyển cấp có thẩm quyền"),
        (row["looked_into"], "đang xem xét"),
        (row["open"] - row["looked_into"], "chưa ghi nhận trả lời"),
    )
    told = ", ".join(f"{format_number(count)} {what}" for count, what in words if count)
    longest = (
        f"; nội dung chưa có kết quả chờ lâu nhất {format_number(row['longest'])} ngày" if row.get("longest") else ""
    )
    return (
        f" Trong {format_number(now.height)} nội dung: {told}{longest}."
        + (f" {format_number(repeated)} nội dung nêu lại từ kỳ liền trước." if repeated else "")
        + (
            f" Ngoài ra {format_number(said[1]['open'])} nội dung của các kỳ trước chưa có kết quả."
            if said[1]["open"]
            else ""
        )
    )


def _list(results: Results, questions: pl.DataFrame) -> list[dict[str, Any]]:
    """Return questions with the words of tables: who asks, when, whom, what came of it."""
    short = phrases.names_of(results).short
    rows = phrases.label_codes(questions.to_dicts(), category="category")
    own = {fold(name) for name in results.inputs.plan.settings.body}
    return [
        {
            **row,
            "asking": len(row["units"]),
            "content": f"{row['question_id']}. {row['description']}",
            "raised": f"{', '.join(short.get(unit, unit) for unit in row['units'])} ({' và '.join(map(label_period, row['periods']))})",
            "addressee": say_addressee(row, short, own),
            "result": say_answer(row, short),
        }
        for row in rows
    ]


def say_addressee(
    row: Mapping[str, Any], names: Mapping[str, str], body: set[str] | frozenset[str] = frozenset()
) -> str:
    """Return whom a question is addressed to; where the register cannot tell, what the units wrote and the nearest names.

    What names the body itself (`body`, folded) is near to nothing.
    """
    if row["addressees"]:
        return ", ".join(names.get(unit, unit) for unit in row["addressees"])
    wrote = "; ".join(f"«{text}»" for text in row["authorities"])
    near = [] if all(fold(text) in body for text in row["authorities"]) else row["suggestions"]
    hint = f"; tên gần nhất trong danh mục: {', '.join(names.get(unit, unit) for unit in near)}" if near else ""
    return UNCLEAR + (f" (đơn vị ghi {wrote}{hint})" if wrote else "")


def say_answer(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the last answer to a question: its state, day, unit, document and words."""
    if not row["state"]:
        return NO_ANSWER
    state = phrases.code_labels("answer_state").get(row["state"], row["state"])
    document = f", văn bản {row['document']}" if row["document"] else ""
    by = names.get(row["answered_by"], row["answered_by"])
    head = f"{state} ({by}, ngày {format_date(row['answered_on'])}{document})"
    return f"{head}: {row['answer']}" if row["answer"] else head


def _without(results: Results) -> tuple[str, ...]:
    return () if results.inputs.answers else _OF_ANSWERS


def tabulate_categories(results: Results) -> Table:
    """Return how many difficulties were reported in each category."""
    items = results.difficulties.to_dicts()
    if items:
        sums = {name: sum_known(items, name) for name in ("count", "questions", *STATES)}
        items.append({"category": "Tổng số", **sums})
    return phrases.tell("difficulties.categories", results, items, without=_without(results))


def tabulate_addressees(results: Results) -> Table:
    """Return how many questions each unit was asked to settle, and how they stand; last those that the register cannot address."""
    names, questions = (
        phrases.names_of(results),
        results.questions.filter("is_now").explode("addressees", empty_as_null=True),
    )
    order = results.inputs.plan.units["unit_id"].to_list()
    rows = count_questions(questions, "addressees").to_dicts()
    rows.sort(
        key=lambda row: (row["addressees"] is None, -row["questions"], order.index(row["addressees"] or order[0]))
    )
    items = [{**row, "addressee": names.unit(row["addressees"]) if row["addressees"] else UNCLEAR} for row in rows]
    return phrases.tell("difficulties.addressees", results, items, without=_without(results))


def tabulate_issues(results: Results) -> Table:
    """Return the questions word for word, with the units that raised them; with answers, also earlier ones that are still open."""
    shown = results.questions.filter("is_now")
    if results.inputs.answers:
        shown = results.questions.filter(pl.col("is_now") | is_open())
    return phrases.tell("difficulties.words", results, _list(results, shown), without=_without(results))


def fill_answers(questions: pl.DataFrame, plan: Plan, unit_id: str | None) -> list[dict[str, Any]]:
    """Return the rows of the file in which questions are answered, to a unit (None: to all); the last answer stands in its row."""
    short = dict(plan.units.select("unit_id", "short_name").iter_rows())
    names = dict(plan.units.select("unit_id", "name").iter_rows())
    body = {fold(name) for name in plan.settings.body}
    told = ("question_id", "category", "description", "proposal", "state", "answer", "document", "answered_on")
    rows = []
    for row in questions.to_dicts():
        (only,) = row["addressees"] if len(row["addressees"]) == 1 else (None,)
        rows.append(
            {name: row[name] for name in told}
            | {
                "asking": ", ".join(short.get(unit) or unit for unit in row["units"]),
                "periods": ", ".join(map(label_period, row["periods"])),
                "authority": "; ".join(row["authorities"]) if row["addressees"] else say_addressee(row, short, body),
                "unit_id": names.get(unit_id or row["answered_by"] or only),
            }
        )
    return rows
