"""Difficulties and proposals as the units wrote them: in words and tables.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; a `Note` where there is nothing to show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nq57kit.plan import label_period
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Note, Paragraph, Table
from nq57kit.show.columns import fill, sum_known
from nq57kit.text import format_number, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults


def show(results: Results) -> Block:
    """Return how many difficulties the units named, in words and by category."""
    return Blocks([describe(results), tabulate_categories(results)])


def show_last_year(results: Results) -> Block:
    """Return what was named the year before and is named again; what came of it only a person can say."""
    before = results.previous_difficulties
    if before is None:
        return Paragraph("Năm đầu thực hiện Kế hoạch, chưa có kiến nghị của năm trước.")
    labels, now = phrases.code_labels("category"), dict(results.difficulties.iter_rows())
    items = [
        {"category": labels.get(category, category), "before": count, "now": now.get(category, 0)}
        for category, count in before.iter_rows()
    ]
    if not items:
        return Paragraph("Năm trước các đơn vị không nêu khó khăn, vướng mắc.")
    return fill("difficulties.again", items, source=phrases.source_of(results))


def show_years(years: Sequence[Results]) -> Block:
    """Return how many difficulties of each kind the units named in each year."""
    labels = phrases.code_labels("category")

    def say(results: Results) -> Iterator[tuple[str, int]]:
        counts = dict(results.difficulties.iter_rows())
        yield from ((label, counts.get(category, 0)) for category, label in labels.items())
        yield "Cộng", results.issues.height
        yield "Trong đó có kiến nghị kèm theo", results.issues["proposal"].drop_nulls().len()

    return phrases.across_years("difficulties.years", "category", years, say)


def show_unit(card: UnitResults) -> Block:
    """Return the difficulties and proposals that the unit wrote, word for word."""
    items = phrases.label_codes(_list(card.own), category="category")
    if not items:
        return (
            Paragraph("Đơn vị không nêu khó khăn, vướng mắc.")
            if phrases.has_report(card)
            else phrases.no_report(card, "khó khăn, vướng mắc")
        )
    return fill("difficulties.own", items, source=phrases.source(card))


def describe(results: Results) -> Block:
    """Return how many difficulties the units named, and of which kinds."""
    labels = phrases.code_labels("category")
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
    return Paragraph(
        f"{format_number(units)} đơn vị nêu {format_number(len(issues))} khó khăn, vướng mắc, nhiều nhất về {most} ({format_number(rows[0]['count'])}). "
        + (f"{format_number(again)} ý kiến được nêu ở cả hai kỳ, tính một lần. " if again else "")
        + (f"{format_number(proposals)} ý kiến có kiến nghị kèm theo." if proposals else "Chưa có kiến nghị kèm theo.")
    )


def _list(results: Results) -> list[dict[str, Any]]:
    """Return the difficulties with the periods in which each was told, in words."""
    return [
        {**row, "periods": " và ".join(map(label_period, row["periods"]))}
        for row in results.issues.iter_rows(named=True)
    ]


def tabulate_categories(results: Results) -> Table:
    """Return how many difficulties were reported in each category."""
    items = phrases.label_codes(results.difficulties.to_dicts(), category="category")
    if items:
        items.append({"category": "Tổng số", "count": sum_known(items, "count")})
    return fill("difficulties.categories", items, source=phrases.source_of(results))


def tabulate_issues(results: Results) -> Table:
    """Return the difficulties and proposals word for word, with the unit that wrote them."""
    names = phrases.names_of(results)
    rows = ({**row, "unit": names.unit(row["unit_id"])} for row in _list(results))
    items = phrases.label_codes(sorted(rows, key=lambda row: sort_key(row["unit"])), category="category")
    without = () if results.inputs.period.is_year else ("periods",)
    return fill("difficulties.words", items, source=phrases.source_of(results), without=without)
