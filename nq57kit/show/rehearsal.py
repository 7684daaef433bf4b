"""A rehearsal in words: its mark, so that nobody takes it for the report, and which verdicts hang on which units that have not sent.

In: `Results` of a report judged as if its deadline had passed. Out: a sentence for the first page, blocks for the section of targets.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from nq57kit.indicators.model import Results
from nq57kit.indicators.rehearsal import bound, list_silent
from nq57kit.plan import label_period
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Bullets, Paragraph
from nq57kit.text import format_date, format_percent

#: What stands behind the title.
TITLE: Final = " (nếu chốt hôm nay)"
#: So many measures or products are named; the tables of evidence have them all.
_LISTED: Final = 10
_ASSUMED: Final = (
    "Thấp nhất: đơn vị gửi mà không thêm người, nhiệm vụ nào; cao nhất: toàn bộ người, nhiệm vụ của đơn vị. Số người, nhiệm vụ lấy theo "
    "báo cáo gần nhất của đơn vị; đơn vị chưa có số liệu thì không tính được."
)


def mark(results: Results, units: str) -> str:
    """Return what this is: «NẾU CHỐT HÔM NAY (05/12/2026) – bản lập thử, …»; `units` says how many are in."""
    inputs = results.inputs
    open_ = bound(results).filter("decides")["indicator"].unique(maintain_order=True).to_list()
    names = phrases.names_of(results).indicators
    hangs = "; ".join(phrases.lower_first(names[one]) for one in open_)
    return (
        f"NẾU CHỐT HÔM NAY ({format_date(inputs.as_of)}) – bản lập thử, không phải báo cáo của kỳ: xét như đã hết thời hạn gửi "
        f"báo cáo ({inputs.period.deadline_text}), đơn vị chưa gửi coi như không gửi{units}"
        f"{f'; kết luận còn phụ thuộc vào đơn vị chưa gửi: {hangs}' if hangs else ''}."
    )


def show(results: Results) -> Block:
    """Return what hangs on the units that have not sent: of each ratio, of the measures and products; nothing in a report."""
    silent = list_silent(results) if results.inputs.as_if_closed else []
    if not silent:
        return Blocks([])
    rows, names = bound(results), phrases.names_of(results)
    items = [
        {
            **row,
            "label": names.indicators[row["indicator"]],
            "known": label_period(row["known_of"]) if row["known_of"] else "Chưa có số liệu",
            "range": _range(row),
            "verdict": _verdict(row),
        }
        for row in rows.filter(pl.col("unit_id").is_not_null()).to_dicts()
    ]
    table = phrases.tell("rehearsal.units", results, items, _ASSUMED)
    last = results.inputs.period.sources[-1].label
    lead = Paragraph(
        f"Nếu chốt hôm nay, còn {len(silent)} đơn vị chưa gửi báo cáo {last}. Phần còn phụ thuộc vào các đơn vị này:"
    )
    return Blocks([lead, Bullets((*describe(results, rows, silent), *_unanswered(results, silent))), table])


def describe(results: Results, rows: pl.DataFrame, silent: list[str]) -> list[str]:
    """Return a sentence for each ratio: what it is if all send, and whose report decides the verdict."""
    names, said = phrases.names_of(results), []
    for kpi in results.kpis.to_dicts():
        own = [row for row in rows.to_dicts() if row["indicator"] == kpi["indicator"]]
        if not own:
            continue
        (every,) = (row for row in own if row["unit_id"] is None)
        unknown = [names.short[row["unit_id"]] for row in own if row["unit_id"] and row["known_of"] is None]
        deciding = [names.short[row["unit_id"]] for row in own if row["unit_id"] and row["decides"]]
        moving = [names.short[row["unit_id"]] for row in own if row["unit_id"] and row["low"] != row["high"]]
        asked = f", mục tiêu {phrases.asked_of(kpi)}" if kpi["target"] is not None else ""
        if kpi["target"] is None:
            hangs = f"năm {kpi['year']} chưa đặt mục tiêu nên không có kết luận nào phụ thuộc"
        elif not kpi["judged"]:
            hangs = "chưa đến kỳ đánh giá nên không có kết luận nào phụ thuộc"
        elif deciding:
            hangs = f"kết luận phụ thuộc vào: {phrases.list_names(deciding)}"
        elif every["decides"]:
            hangs = f"kết luận chỉ đổi khi nhiều đơn vị cùng gửi: {phrases.list_names(moving)}"
        else:
            hangs = "kết luận không đổi trong khoảng này"
        if unknown:
            hangs += f"; không tính được phần của {phrases.list_names(unknown)} (chưa có số liệu để dựa vào)"
        now = phrases.precise_percent(kpi["value"], kpi["target"]) if kpi["value"] is not None else "chưa có số liệu"
        count = f"{len(silent) - len(unknown)}/{len(silent)}" if unknown else str(len(silent))
        said.append(
            f"{names.indicators[kpi['indicator']]}: nếu chốt hôm nay {now}{asked}; nếu {count} đơn vị chưa gửi đều gửi: {_range(every)}; {hangs}."
        )
    return said


def _unanswered(results: Results, silent: list[str]) -> list[str]:
    """Return which measures and products nobody has answered that are asked of units which have not sent."""
    said = []
    for head, frame, key, done, waits in (
        ("Giải pháp chưa đơn vị nào có căn cứ, còn chờ đơn vị chưa gửi", results.measures, "measure_id", "answered", "silent_units"),
        ("Sản phẩm chưa đơn vị nào có, còn chờ đơn vị chưa gửi", results.products, "product_id", "found", "missing_units"),
    ):  # fmt: skip
        open_ = frame.filter(pl.col(done) == 0, pl.col(waits).list.set_intersection(silent).list.len() > 0)
        if open_.height:
            more = f" và {open_.height - _LISTED} nội dung khác" if open_.height > _LISTED else ""
            said.append(f"{head}: {', '.join(open_[key].head(_LISTED))}{more}.")
    return said


def _range(row: dict[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return "không tính được" if row["unit_id"] is None else "Không biết" if row["known_of"] is None else "–"
    low, high = format_percent(row["low"]), format_percent(row["high"])
    return low if low == high else f"{low}–{high}"


def _verdict(row: dict[str, Any]) -> str:
    labels = phrases.code_labels("target_status")
    told = [labels.get(row[name] or "", "") for name in ("status_low", "status_high")]
    if not all(told) or row["status_low"] == "on_watch":
        return ""
    return told[0] if told[0] == told[1] else f"{told[0]} – {told[1]}"
