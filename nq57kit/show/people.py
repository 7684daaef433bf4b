"""People: staff reached by the message, communication staff trained; in words, a table and a chart.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; a `Note` where there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nq57kit.indicators.model import Results
from nq57kit.indicators.people import PAIRS
from nq57kit.indicators.unit import UnitResults
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Note, Paragraph, Table
from nq57kit.show.charts import Bar, bar_figure, missing
from nq57kit.show.targets import covered_by
from nq57kit.text import format_number, format_percent

#: Indicator of people → what is said of those counted, and of the ratio.
_SAID: Final[Mapping[str, str]] = {
    "staff_reached": "cán bộ, công chức, viên chức đã tiếp cận thông tin định hướng",
    "comms_staff_trained": "cán bộ chuyên trách truyền thông đã được đào tạo chuyên sâu",
}
#: From this many groups on, the lowest of them is named.
_SEVERAL: Final = 3


def show(results: Results) -> Block:
    """Return staff reached and communication staff trained: in words, by group."""
    return Blocks([describe(results), chart_groups(results), tabulate_groups(results)])


def describe(results: Results) -> Block:
    """Return staff reached and communication staff trained, with the units that are counted."""
    row = next((row for row in results.workforce.to_dicts() if row["group"] is None), None)
    if row is None or not row["units"]:
        return Note("Chưa có số liệu về nhân lực.", "empty")
    none = {
        "staff_reached": "chưa có tổng số cán bộ, công chức, viên chức",
        "comms_staff_trained": "không có cán bộ chuyên trách truyền thông",
    }
    said = "; ".join(_share(name, row[part], row[whole]) or none[name] for name, (part, whole) in PAIRS.items())
    asked = (covered_by(kpi) for kpi in results.kpis.to_dicts() if kpi["indicator"] in PAIRS)
    covered = next(asked, f"theo số liệu của {row['units']}/{row['expected']} đơn vị")
    newest = "Báo cáo gửi theo yêu cầu" if results.inputs.period.is_request else "Báo cáo mới nhất trong năm"
    return Paragraph(f"{newest}, {covered}: {said}.{_low_groups(results)}")


def _share(name: str, part: int | None, whole: int | None) -> str:
    """Return «30/52 (57,7%) cán bộ … đã …»; empty where there is nobody to count."""
    if not whole:
        return ""
    if part is None:
        return f"chưa có số liệu trên tổng số {_SAID[name]}"
    return f"{format_number(part)}/{format_number(whole)} ({format_percent(part / whole)}) {_SAID[name]}"


def _low_groups(results: Results) -> str:
    """Return which groups of units are lowest in people reached and in people trained.

    Nothing where few are told, or where a unit of any of them is silent, or has been since June: it could be another then.
    """
    names, said = phrases.names_of(results), []
    old = any(row["older_units"] for row in results.kpis.to_dicts() if row["indicator"] in PAIRS)
    if old or any(row["units"] < row["expected"] for row in results.workforce.to_dicts()):
        return ""
    words = {"staff_reached": "tiếp cận thông tin", "comms_staff_trained": "đào tạo chuyên sâu"}
    for name in PAIRS:
        rows = [row for row in results.workforce.to_dicts() if row["group"] is not None]
        shares = {row["group"]: share for row in rows if (share := _ratio(row, name)) is not None}
        least = min(shares.values(), default=0.0)
        lowest = [names.group(group) for group, share in shares.items() if share == least]
        if len(shares) >= _SEVERAL and len(lowest) == 1:
            said.append(f"tỷ lệ {words[name]} thấp nhất: {lowest[0]} ({format_percent(least)})")
    return f" Nhóm đơn vị có {'; có '.join(said)}." if said else ""


def show_unit(card: UnitResults) -> Block:
    """Return staff reached and trained, the half that tells it, and the comparison with the period before."""
    told = phrases.said_in(card, "workforce")
    if told is None:
        return phrases.no_report(card, "nhân lực")
    said = unit_sentence(card)
    if told != card.own.inputs.period.label:
        return Paragraph(f"{said} Số liệu theo báo cáo {told}, do kỳ này chưa có số liệu nhân lực được tính.")
    words = {"staff_reached": "tiếp cận thông tin", "comms_staff_trained": "được đào tạo chuyên sâu"}
    rows = {name: phrases.measure_of(card, name) for name in words}
    parts = [
        f"tỷ lệ {words[name]} {phrases.compare_ratios(card.own, row['value'], row['previous_value'])}"
        for name, row in rows.items()
        if row["value"] is not None and row["previous_value"] is not None
    ]
    return Paragraph(f"{said} {phrases.sentence('; '.join(parts) or phrases.no_comparison(card.own))}")


def unit_sentence(card: UnitResults) -> str:
    """Return staff reached and communication staff trained; empty without a snapshot of the year."""
    if phrases.said_in(card, "workforce") is None:
        return ""
    none = {
        "staff_reached": "Đơn vị chưa có số liệu về tổng số cán bộ, công chức, viên chức",
        "comms_staff_trained": "đơn vị báo cáo không có cán bộ chuyên trách truyền thông",
    }
    rows = {name: phrases.measure_of(card, name) for name in PAIRS}
    return (
        "; ".join(_share(name, row["numerator"], row["denominator"]) or none[name] for name, row in rows.items()) + "."
    )


def tabulate_groups(results: Results) -> Table:
    """Return people reached and trained by group; the ministry's line last."""
    items = [
        {
            **row,
            "units": f"{format_number(row['units'])}/{format_number(row['expected'])}",
            "reached": _ratio(row, "staff_reached"),
            "trained": _ratio(row, "comms_staff_trained"),
        }
        for row in sorted(results.workforce.to_dicts(), key=lambda row: row["group"] is None)
    ]
    return phrases.tell("people.groups", results, items)


def chart_groups(results: Results) -> Block:
    """Return the shares of staff reached and of communication staff trained, by group and for the ministry.

    A group whose units have not all told says so; one of which none has is not drawn, and stands in the table.
    """
    names = phrases.names_of(results)
    kinds = {"Đã tiếp cận thông tin": "staff_reached", "Được đào tạo chuyên sâu": "comms_staff_trained"}
    bars = []
    for kind, name in kinds.items():
        part, whole = PAIRS[name]
        for row in results.workforce.to_dicts():
            if (share := _ratio(row, name)) is not None:
                text = f"{format_number(row[part])}/{format_number(row[whole])} ({format_percent(share, 0)})"
                few = f" ({row['units']}/{row['expected']} đơn vị)" if row["units"] < row["expected"] else ""
                bars.append(Bar(names.group(row["group"]) + few, kind, share, text))
    if not bars:
        return missing("về nhân lực")
    return bar_figure(
        "hinh-nhan-luc",
        _head(results),
        bars,
        kinds,
        tabulate_groups(results),
        caption="Lũy kế đến cuối kỳ. Số cạnh mỗi thanh: số người trên tổng số cán bộ, công chức, viên chức (tiếp cận thông tin) "
        "hoặc trên số cán bộ chuyên trách truyền thông (đào tạo chuyên sâu).",
        by="theo nhóm đơn vị",
        last=next(bar.label for bar in bars if bar.label.startswith(names.whole)),
        percent=True,
    )


def _head(results: Results) -> str:
    """Return what the chart says of the ministry: how many have been reached, how many trained."""
    row = next(row for row in results.workforce.to_dicts() if row["group"] is None)
    words = {
        "staff_reached": "cán bộ đã tiếp cận thông tin",
        "comms_staff_trained": "cán bộ truyền thông được đào tạo chuyên sâu",
    }
    said = [f"{format_percent(share)} {words[name]}" for name in PAIRS if (share := _ratio(row, name)) is not None]
    return phrases.upper_first(", ".join(said))


def _ratio(row: dict[str, Any], name: str) -> float | None:
    """Return an indicator of people of a row of `Results.workforce`; None where nobody told, or there is nobody."""
    part, whole = (row[field] for field in PAIRS[name])
    return part / whole if part is not None and whole else None
