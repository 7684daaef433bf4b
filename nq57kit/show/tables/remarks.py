"""What the units said, what was not counted, what to look at.

In: `Results`. Out: `Table`s of raw values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import code_labels, names_of, records, sheet_label, source_of
from nq57kit.show.blocks import Column, Table
from nq57kit.show.tables._cells import number, rows_of, sum_known
from nq57kit.text import sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from nq57kit.indicators.model import Results
    from nq57kit.show._frames import Names

__all__ = ["cautions_table", "difficulties_table", "issues_table", "left_out_table", "tabulate_left_out"]


#: From this many rows on, a list stands behind a click on screen.
_FOLD_FROM: Final = 12


def difficulties_table(results: Results) -> Table:
    """Return how many difficulties were reported in each category."""
    labels = code_labels("category")
    items = [{**row, "category": labels.get(row["category"], row["category"])} for row in records(results.difficulties)]
    if items:
        items.append({"category": "Tổng số", "count": sum_known(items, "count")})
    columns = (Column("category", "Nhóm vấn đề"), number("count", "Số ý kiến"))
    return Table(
        "Khó khăn, vướng mắc theo nhóm",
        columns,
        rows_of(items, columns),
        (),
        source_of(results),
        total=bool(items),
        id="kho-khan",
    )


def issues_table(results: Results) -> Table:
    """Return the difficulties and proposals word for word, with the unit that wrote them."""
    names, labels = names_of(results), code_labels("category")
    items = [
        {**row, "unit": names.unit(row["unit_id"]), "category": labels.get(row["category"], row["category"])}
        for row in _by_unit(results.issues, names)
    ]
    columns = (
        Column("unit", "Đơn vị"),
        Column("category", "Nhóm vấn đề"),
        Column("description", "Khó khăn, vướng mắc"),
        Column("proposal", "Kiến nghị, đề xuất"),
        Column("authority", "Cơ quan giải quyết"),
    )
    note = "Ghi nguyên văn ý kiến của đơn vị."
    return Table(
        "Khó khăn, vướng mắc và kiến nghị của các đơn vị",
        columns,
        rows_of(items, columns),
        (note,),
        source_of(results),
        folded=True,
        id="kien-nghi",
        headings=tuple(item["unit"] for item in items),
    )


def left_out_table(results: Results) -> Table:
    """Return the rows that were sent but not counted, and why."""
    names = names_of(results)
    items = [{**row, "unit": names.unit(row["unit_id"])} for row in _by_unit(results.left_out, names)]
    units = tuple(item["unit"] for item in items)
    return tabulate_left_out(items, source_of(results), before=(Column("unit", "Đơn vị"),), headings=units)


def tabulate_left_out(
    rows: Sequence[Mapping[str, Any]],
    source: str,
    *,
    before: tuple[Column, ...] = (),
    headings: tuple[str, ...] = (),
) -> Table:
    """Return the table of rows that were not counted: place in the file and reason, after the columns `before`."""
    items = [
        {**row, "place": sheet_label(row["table"]) + (f", dòng {row['source_row']}" if row["source_row"] else "")}
        for row in rows
    ]
    columns = (
        *before,
        Column("period", "Kỳ"),
        Column("place", "Vị trí trong tệp"),
        Column("what", "Nội dung"),
        Column("reason", "Lý do không tính"),
    )
    return Table(
        "Số liệu đã gửi nhưng không tính",
        columns,
        rows_of(items, columns),
        (),
        source,
        folded=len(items) > _FOLD_FROM,
        id="khong-tinh",
        headings=headings,
    )


def cautions_table(results: Results) -> Table:
    """Return the warnings about accepted workbooks, by unit and cell."""
    names = names_of(results)
    items = [
        {
            **row,
            "unit": names.unit(row["unit_id"]),
            "place": ", ".join(filter(None, (row["sheet"], f"ô {row['cell']}" if row["cell"] else ""))),
        }
        for row in _by_unit(results.cautions, names)
    ]
    columns = (
        Column("unit", "Đơn vị"),
        Column("period", "Kỳ"),
        Column("place", "Vị trí trong tệp"),
        Column("message", "Điều cần lưu ý"),
    )
    return Table(
        "Điều cần lưu ý trong báo cáo của các đơn vị",
        columns,
        rows_of(items, columns),
        (),
        source_of(results),
        folded=True,
        id="luu-y",
        headings=tuple(item["unit"] for item in items),
    )


def _by_unit(frame: pl.DataFrame, names: Names) -> list[dict[str, Any]]:
    """Return rows by the unit's name, in the order of the Vietnamese alphabet; a unit's rows keep their order."""
    return sorted(records(frame), key=lambda row: sort_key(names.unit(row["unit_id"])))
