"""What was wanted and what came of it: targets, evidence, definitions, the units asked.

In: `Results`. Out: `Table`s of raw values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import COMPARATORS, code_labels, names_of, ratio_indicators, records, source_of
from nq57kit.show.blocks import Column, Table
from nq57kit.show.tables._cells import notes_of, number, percent, rows_of
from nq57kit.text import format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.indicators.model import Results

__all__ = ["definitions_table", "evidence_table", "kpi_table", "units_basis_table"]

#: Where a row of the register comes from, as a reader understands it.
_BASIS: Final = {
    "plan": "Nêu tên trong Kế hoạch",
    "law": "Theo văn bản quy định cơ cấu tổ chức của Bộ",
    "unverified": "Chưa xác minh",
    "plan-unverified": "Kế hoạch có nhắc, chưa rõ là đơn vị nào",
}


def kpi_table(results: Results) -> Table:
    """Return the targets of the year with result, verdict and coverage; contract §4."""
    names, verdicts = names_of(results), code_labels("target_status")
    ratio = set(ratio_indicators(results))
    items = [
        {
            **row,
            "label": names.indicators.get(row["indicator"], row["indicator"]),
            "range": _range(row),
            "target": _target(row, qualitative=row["indicator"] not in ratio),
            "status": verdicts.get(row["status"] or "not_assessed", "–"),
            "coverage": f"{format_number(row['reported_units'])}/{format_number(row['expected_units'])}",
        }
        for row in records(results.kpis)
    ]
    columns = [
        Column("label", "Chỉ tiêu"),
        number("numerator", "Tử số"),
        number("denominator", "Mẫu số"),
        percent("value", "Kết quả"),
        *([Column("range", "Khoảng có thể")] if any(item["range"] for item in items) else []),
        Column("target", "Mục tiêu"),
        Column("status", "Đánh giá"),
        percent("previous_value", "Kỳ trước"),
        Column("coverage", "Đơn vị có số liệu"),
    ]
    rows = rows_of(items, columns)
    provisional = any(row["provisional"] for row in records(results.kpis))
    notes = notes_of(
        rows,
        "Số liệu tạm tính: chưa đủ báo cáo của các đơn vị phải báo cáo." if provisional else "",
        f"Chưa áp dụng: năm {results.inputs.period.year} chưa áp dụng chỉ tiêu định lượng."
        if any(item["target"] == "chưa áp dụng" for item in items)
        else "",
        "Tỷ lệ được so với mục tiêu trước khi làm tròn.",
    )
    return Table("Kết quả thực hiện các chỉ tiêu", tuple(columns), rows, notes, source_of(results), id="chi-tieu")


def _target(row: Mapping[str, Any], *, qualitative: bool) -> str:
    if row["target"] is None:
        return "định tính" if qualitative else "chưa áp dụng"
    return f"{COMPARATORS.get(row['comparator'], '')} {format_percent(row['target'], 0)}".strip()


def _range(row: Mapping[str, Any]) -> str:
    if row["low"] is None or row["low"] == row["high"]:
        return ""
    return f"{format_percent(row['low'])} – {format_percent(row['high'])}"


def evidence_table(results: Results) -> Table:
    """Return the evidence counted for the qualitative targets, for a person to judge."""
    names = names_of(results)
    items = [{**row, "label": names.indicators.get(row["indicator"], "")} for row in records(results.evidence)]
    columns = (Column("label", "Mục tiêu định tính"), Column("evidence", "Minh chứng"), number("count", "Số lượng"))
    note = "Minh chứng do các đơn vị gửi; mức đạt do người có trách nhiệm kết luận."
    return Table(
        "Minh chứng của mục tiêu định tính",
        columns,
        rows_of(items, columns),
        (note,),
        source_of(results),
        headings=tuple(item["label"] for item in items),
    )


def definitions_table(results: Results) -> Table:
    """Return how each indicator is computed, in the plan's words."""
    columns = (
        Column("label", "Chỉ tiêu"),
        Column("numerator_label", "Tử số"),
        Column("denominator_label", "Mẫu số"),
        Column("definition", "Cách tính"),
        Column("citation", "Căn cứ trong Kế hoạch"),
    )
    rows = rows_of(records(results.inputs.plan.indicators), columns)
    return Table("Cách tính các chỉ tiêu", columns, rows, (), "", id="cach-tinh")


def units_basis_table(results: Results) -> Table:
    """Return how many of the units that must report come from which source."""
    counts: dict[str, int] = {}
    for basis in results.inputs.units["basis"].to_list():
        counts[basis] = counts.get(basis, 0) + 1
    order = [*_BASIS, *sorted(set(counts) - set(_BASIS))]
    items: list[dict[str, Any]] = [
        {"basis": _BASIS.get(basis, basis), "units": counts[basis]} for basis in order if basis in counts
    ]
    items.append({"basis": "Tổng số", "units": sum(counts.values())})
    columns = (Column("basis", "Căn cứ đưa vào danh sách"), number("units", "Số đơn vị"))
    return Table(
        "Danh sách đơn vị phải báo cáo", columns, rows_of(items, columns), (), "", total=True, id="danh-sach-don-vi"
    )
