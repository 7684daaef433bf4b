"""Science tasks communicated to the public: each code once, in words and a table.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; a `Note` where there is nothing to show. State secrets are
not among them.
"""

from __future__ import annotations

from nq57kit.indicators.model import Results
from nq57kit.indicators.unit import UnitResults
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Paragraph, Table
from nq57kit.text import format_date, format_number, format_percent


def show_unit(card: UnitResults) -> Block:
    """Return the unit's science tasks, in words and, where there are any, in a table."""
    return Blocks([describe_unit(card), *([] if card.own.science_tasks.is_empty() else [_tabulate_unit(card)])])


def show(results: Results) -> Table:
    """Return the science tasks of the year, each code once, with whether it was communicated."""
    names, yes_no = phrases.names_of(results), phrases.code_labels("yes_no")
    said = {None: "Chưa có báo cáo", True: yes_no["co"], False: yes_no["khong"]}
    items = [
        {
            **row,
            "communicated": said[row["communicated"]]
            + (" (các đơn vị báo cáo khác nhau)" if row["disagreement"] else ""),
            "units": ", ".join(names.short.get(unit, unit) for unit in row["units"] or []),
        }
        for row in results.science_tasks.to_dicts()
    ]
    return phrases.tell("science.tasks", results, items)


def unit_sentence(card: UnitResults) -> str:
    """Return how many science tasks there are and how many are not communicated yet."""
    year, rows = card.own.inputs.period.year, card.own.science_tasks.to_dicts()
    if not rows:
        return f"Đơn vị không báo cáo nhiệm vụ KHCN sử dụng ngân sách nhà nước thực hiện trong năm {year}."
    done = sum(bool(row["communicated"]) for row in rows)
    rest = len(rows) - done
    head = (
        f"Đơn vị có {format_number(len(rows))} nhiệm vụ KHCN sử dụng ngân sách nhà nước thực hiện trong năm {year}"
        " (không kể nhiệm vụ thuộc bí mật nhà nước)"
    )
    if not done:
        return f"{head}, chưa nhiệm vụ nào được truyền thông."
    if not rest:
        return f"{head}, {'đã' if done == 1 else 'tất cả đã'} được truyền thông."
    return (
        f"{head}; {format_number(done)} nhiệm vụ ({format_percent(done / len(rows))}) đã được truyền thông, còn "
        f"{format_number(rest)} nhiệm vụ chưa được truyền thông."
    )


def describe_unit(card: UnitResults) -> Block:
    """Return the unit's science tasks in words, and the codes on which another unit says otherwise."""
    told = phrases.said_in(card, "science_tasks")
    if told is None and not phrases.has_report(card):
        return phrases.no_report(card, "nhiệm vụ KHCN")
    parts = [unit_sentence(card)]
    if told is not None and told != card.own.inputs.period.label:
        parts.append(f"Số liệu theo báo cáo {told}.")
    if card.disputed:
        parts.append(
            f"Đơn vị khác báo cáo khác về việc truyền thông của nhiệm vụ mã {', '.join(card.disputed)}; đề nghị đơn vị "
            "kiểm tra lại."
        )
    return Paragraph(" ".join(parts))


def _tabulate_unit(card: UnitResults) -> Table:
    """Return the unit's science tasks, those not communicated first."""
    rows = sorted(card.own.science_tasks.to_dicts(), key=lambda row: bool(row["communicated"]))
    items = [row | {"said": "Đã truyền thông" if row["communicated"] else "Chưa truyền thông"} for row in rows]
    return phrases.tell("science.own", card, items, until=format_date(card.own.inputs.period.window.end))
