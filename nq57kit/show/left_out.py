"""What was sent but not counted, with the reason, and what to look at in what was: in words and tables.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks. Contact data is never shown, not even in a finding about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from nq57kit.indicators.model import Results
from nq57kit.indicators.unit import UnitResults
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Note, Paragraph, Table
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import SEVERITY_LABELS, load_finding_kinds
from nq57kit.text import format_number, sort_key

#: Under what stands a line that is of no one unit.
_SHARED: Final = "Chung cho nhiều đơn vị"


def show(results: Results) -> Block:
    """Return how much was not counted, which rows and why, and the warnings about what was."""
    return Blocks([describe(results), tabulate_rows(results), tabulate_cautions(results)])


def show_unit(card: UnitResults) -> Block:
    """Return what is to be mended in a refused report, what to look at in the last one, and what was not counted."""
    return Blocks([*_list_errors(card), _list_warnings(card), _list_rows(card)])


def describe(results: Results) -> Block:
    """Return how much was sent but not counted, and the warnings about what was."""
    rows, warnings = results.left_out.to_dicts(), results.cautions.to_dicts()
    if not rows and not phrases.any_accepted(results):
        return Note("Chưa có báo cáo nào được chấp nhận nên chưa có số liệu để xem xét.", "empty")
    left = (
        f"{format_number(len(rows))} dòng số liệu đã gửi không được tính, do {_reasons(rows)}."
        if rows
        else "Mọi dòng số liệu trong các báo cáo được chấp nhận đều được tính."
    )
    units = {row["unit_id"] for row in warnings} - {None}
    between = sum(row["unit_id"] is None for row in warnings)
    counts = {
        f"trong báo cáo của {format_number(len(units))} đơn vị": len(warnings) - between,
        "về số liệu khác nhau giữa các đơn vị": between,
    }
    said = "; ".join(f"{format_number(count)} điều cần lưu ý {where}" for where, count in counts.items() if count)
    return Paragraph(f"{left} {f'Có {said}.' if said else 'Không có điều cần lưu ý trong báo cáo của các đơn vị.'}")


def _reasons(rows: list[dict[str, Any]]) -> str:
    counts = Counter(row["reason"] for row in rows)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(
        f"{reason[:1].lower()}{reason[1:].rstrip('.')} ({format_number(count)} dòng)" for reason, count in ordered
    )


def tabulate_rows(results: Results) -> Table:
    """Return the rows that were sent but not counted, and why."""
    return _tabulate_rows(results, _by_unit(results, results.left_out))


def _tabulate_rows(about: Results | UnitResults, rows: list[dict[str, Any]], without: tuple[str, ...] = ()) -> Table:
    for row in rows:
        row["place"] = phrases.sheet_label(row["table"]) + (f", dòng {row['source_row']}" if row["source_row"] else "")
    return phrases.tell("left_out.rows", about, rows, without=without)


def tabulate_cautions(results: Results) -> Table:
    """Return the warnings about accepted workbooks, by unit and cell."""
    items = [
        {**row, "place": ", ".join(filter(None, (row["sheet"], f"ô {row['cell']}" if row["cell"] else "")))}
        for row in _by_unit(results, results.cautions)
    ]
    return phrases.tell("left_out.cautions", results, items)


def _by_unit(results: Results, frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return rows by the unit's name, in the order of the Vietnamese alphabet; a unit's rows keep their order."""
    names = phrases.names_of(results)
    rows = [{**row, "unit": names.unit(row["unit_id"]) if row["unit_id"] else _SHARED} for row in frame.to_dicts()]
    return sorted(rows, key=lambda row: sort_key(row["unit"]))


def _list_errors(card: UnitResults) -> list[Block]:
    """Return what is to be mended in a refused report; nothing where none was refused."""
    errors = [row for row in card.errors.to_dicts() if row["severity"] == "error"]
    if not errors:
        return []
    half = card.own.inputs.plan.period(errors[-1]["period"]).label
    return [_tabulate_findings(card, errors, "errors", half)]


def _list_warnings(card: UnitResults) -> Block:
    """Return warnings and notes of the last accepted workbook."""
    inputs = card.own.inputs
    receipts = [row for row in inputs.receipts.to_dicts() if row["is_latest"]]
    if not receipts:
        refused = not card.errors.filter(severity="error").is_empty()
        return Blocks([] if refused else [Note("Đơn vị chưa có biểu mẫu nào được chấp nhận trong năm.", "empty")])
    last = max(receipts, key=lambda row: str(row["period"]))
    which = f"{inputs.plan.period(last['period']).label}, lần gửi {last['revision']}"
    rows = [row for row in inputs.findings.to_dicts() if row["period"] == last["period"]]
    if not rows:
        return Paragraph(f"Biểu mẫu được chấp nhận gần nhất ({which}) không có điểm cần lưu ý.")
    return _tabulate_findings(card, rows, "warnings", which)


def _tabulate_findings(card: UnitResults, rows: list[dict[str, Any]], name: str, which: str) -> Table:
    items = [
        {
            "severity": SEVERITY_LABELS.get(row["severity"], row["severity"]),
            "sheet": row["sheet"] or (phrases.sheet_label(row["table"]) if row["table"] else None),
            "cell": row["cell"],
            "message": say_finding(row),
        }
        for row in rows
    ]
    return phrases.tell(f"left_out.{name}", card, items, which=which)


def say_finding(row: Mapping[str, Any]) -> str:
    """Return what a finding says; about contact data only what kind of finding it is."""
    table, kind = TABLES.get(row["table"] or ""), load_finding_kinds().get(row["code"])
    # On a sheet with contact data a finding on no field of the form is about words of the unit's own.
    personal = table is not None and any(
        field.personal and row["field"] in (field.name, None) for field in table.fields
    )
    return kind.title if personal and kind is not None else str(row["message"])


def _list_rows(card: UnitResults) -> Block:
    """Return the rows that the unit sent but that are not counted, each with its reason."""
    rows = [row for row in card.own.left_out.to_dicts() if row["table"] != "cover"]
    if rows:
        return _tabulate_rows(card, rows, without=("unit",))
    said = Paragraph("Mọi dòng số liệu trong báo cáo được chấp nhận của đơn vị đều được tính.")
    return Blocks([said] if phrases.has_report(card) else [])
