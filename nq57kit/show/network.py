"""The network of 2026 and its channels: evidence for a person to judge; which channels there are, and when each last lived.

In: `Results`. Out: blocks. Of contact data only how many units named one is shown.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nq57kit.indicators.model import Results
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Table
from nq57kit.show.columns import sum_known
from nq57kit.text import format_number

#: So many channels are listed; the JSON has them all.
_LISTED: Final = 300


def show(results: Results) -> Block:
    """Return what speaks for the qualitative targets, and which kinds of members are seen; nothing where none is asked."""
    if results.evidence.is_empty():
        return Blocks([])
    return Blocks([tabulate_evidence(results), tabulate_members(results)])


def tabulate_evidence(results: Results) -> Table:
    """Return the evidence counted for the qualitative targets, each out of those that could have it."""
    names = phrases.names_of(results)
    items = [
        {
            **row,
            "label": names.indicators.get(row["indicator"], ""),
            "share": f"{format_number(row['count'])}/{format_number(row['total'])}",
        }
        for row in results.evidence.to_dicts()
    ]
    told = results.evidence.filter(pl.col("code") == "active_units")["total"]
    silent = results.inputs.units.height - int(told.sum())
    note = (
        f"{format_number(silent)} đơn vị chưa có báo cáo trong năm, không tính vào mẫu số."
        if told.len() and silent > 0
        else ""
    )
    paid = phrases.write_millions(sum_known(results.channels.to_dicts(), "cost_vnd"))
    cost = f"Kinh phí đã ghi cho kênh, ấn phẩm: {paid}." if results.channels["cost_vnd"].count() else ""
    return phrases.tell("network.evidence", results, items, note, cost)


def tabulate_members(results: Results) -> Table:
    """Return the kinds of members that the plan names, which of them the reports show, and what they cannot show."""
    items = [
        {**row, "text": phrases.upper_first(row["text"]), "units": row["units"] or "Chưa có căn cứ"}
        for row in results.members.to_dicts()
    ]
    return phrases.tell("network.members", results, items)


def tabulate_channels(results: Results) -> Table:
    """Return the channels and publications, unit by unit, each with its first day and its last sign of life."""
    rows = results.channels.head(_LISTED).to_dicts()
    items = [row | {"alive": "có" if row["is_alive"] else "không"} for row in rows]
    more = results.channels.height - len(items)
    note = f"Còn {format_number(more)} kênh, ấn phẩm; danh sách đủ ở tệp kết quả (.json)." if more else ""
    return phrases.tell("network.channels", results, items, note, half=phrases.last_half(results).label)
