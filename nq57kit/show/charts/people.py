"""Charts of ratios: people reached and trained by group, the indicators beside the period before.

In: `Results`. Out: a `Figure`; a `Note`, or nothing, where there is nothing to draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nq57kit.show._frames import MINISTRY, names_of, ratio_indicators, records, source_of
from nq57kit.show.blocks import Block, Blocks, Column, Figure, Table
from nq57kit.show.charts._bars import bars, missing, spoken, upper_first
from nq57kit.show.tables import workforce_table
from nq57kit.show.theme import draw, wrap
from nq57kit.text import format_number, format_percent

if TYPE_CHECKING:
    from nq57kit.indicators.model import Results

__all__ = ["ratios_chart", "workforce_chart"]


def workforce_chart(results: Results) -> Block:
    """Return the shares of staff reached and of communication staff trained, by group and for the ministry."""
    names = names_of(results)
    kinds = {
        "Đã tiếp cận thông tin": ("staff_reached", "staff_total"),
        "Được đào tạo chuyên sâu": ("comms_staff_trained", "comms_staff_total"),
    }
    rows = [
        {
            "group": wrap(names.group(row["group"]), 36),
            "kind": kind,
            "value": row[part] / row[whole],
            "text": f"{format_number(row[part])}/{format_number(row[whole])} ({format_percent(row[part] / row[whole], 0)})",
        }
        for kind, (part, whole) in kinds.items()
        for row in records(results.workforce)
        if row[part] is not None and row[whole]
    ]
    if not rows:
        return missing("về nhân lực")
    present = [kind for kind in kinds if any(row["kind"] == kind for row in rows)]
    order = [*dict.fromkeys(row["group"] for row in rows if row["group"] != MINISTRY), MINISTRY]
    return Figure(
        "Tỷ lệ cán bộ tiếp cận thông tin và được đào tạo theo nhóm đơn vị",
        "Số cạnh mỗi thanh: số người trên tổng số cán bộ, công chức, viên chức (tiếp cận thông tin) hoặc trên số cán bộ "
        "chuyên trách truyền thông (đào tạo chuyên sâu).",
        f"Biểu đồ thanh theo nhóm đơn vị. {spoken(rows, 'group')}",
        draw(
            lambda: bars(
                rows,
                "group",
                [group for group in order if any(row["group"] == group for row in rows)],
                present,
                percent=True,
            )
        ),
        workforce_table(results),
        source_of(results),
        "hinh-nhan-luc",
    )


def ratios_chart(results: Results) -> Block:
    """Return the ratio indicators of the period beside those of the period before; nothing where there is none."""
    before, names, ratio = results.inputs.period.previous, names_of(results), set(ratio_indicators(results))
    lines = [row for row in records(results.kpis) if row["indicator"] in ratio and row["value"] is not None]
    if not lines:
        return missing("về các tỷ lệ")
    if before is None or all(row["previous_value"] is None for row in lines):
        return Blocks([])  # the sentences say that there is nothing to compare with
    now, then = upper_first(results.inputs.period.label), upper_first(before.label)
    labels = {row["indicator"]: names.indicators.get(row["indicator"], row["indicator"]) for row in lines}
    rows = [
        {
            "label": wrap(labels[row["indicator"]], 36),
            "kind": kind,
            "value": row[column],
            "text": format_percent(row[column]),
        }
        for kind, column in ((now, "value"), (then, "previous_value"))
        for row in lines
        if row[column] is not None
    ]
    columns = (
        Column("label", "Chỉ tiêu"),
        Column("value", now, "percent", digits=1),
        Column("previous_value", then, "percent", digits=1),
    )
    cells = tuple((labels[row["indicator"]], row["value"], row["previous_value"]) for row in lines)
    title = f"Các tỷ lệ của {results.inputs.period.label} so với {before.label}"
    return Figure(
        title,
        "Tỷ lệ tính theo số liệu mới nhất trong năm đến cuối mỗi kỳ.",
        f"Biểu đồ thanh của {len(lines)} tỷ lệ. {spoken(rows, 'label')}",
        draw(lambda: bars(rows, "label", list(dict.fromkeys(row["label"] for row in rows)), [now, then], percent=True)),
        Table(title, columns, cells),
        source_of(results),
        "hinh-ty-le",
    )
