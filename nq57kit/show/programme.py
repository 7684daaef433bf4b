"""The programme through the years: what a reader of two minutes reads of it, what went well and not, what it leaves open.

In: the `Results` of each year of a programme report, in order. Out: blocks that speak of several subjects; each subject's own
block «through the years» stands in its module (`show_years`). No figure is computed here that a year's report does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nq57kit.indicators.model import Results
from nq57kit.show import phrases, summary
from nq57kit.show.blocks import Block, Blocks, Bullets, KeyFigure, KeyFigures, Note
from nq57kit.show.columns import sum_known
from nq57kit.show.evidence import backed_sentence, count_products, share_measures
from nq57kit.show.reporting import ministry_row
from nq57kit.show.summary import Grounded
from nq57kit.show.targets import follow_targets, join_years, say_open
from nq57kit.show.tasks import base_of, overdue_sentence
from nq57kit.text import format_number, format_percent

_DRAFT: Final = "Bản nháp để người soạn thảo sửa: các câu dưới đây rút ra từ số liệu các năm, chưa phải là đánh giá."
_NOTHING: Final = "Chưa có báo cáo nào được chấp nhận trong các năm của báo cáo nên chưa có căn cứ để đánh giá."


def _known(years: Sequence[Results]) -> list[Results]:
    """Return the years of which any report was accepted."""
    return [one for one in years if phrases.any_accepted(one)]


def _met(results: Results) -> str:
    """Return how many ratios met the target of the year, of those that have one; nothing before the year is over."""
    rows = [row for row in results.kpis.to_dicts() if row["target"] is not None and row["judged"]]
    return phrases.of(sum(row["status"] == "met" for row in rows), len(rows)) if rows else ""


def _provisional(results: Results) -> str:
    return "Tạm tính: chưa đủ đơn vị có số liệu." if results.kpis["provisional"].any() else ""


def _on_time(results: Results) -> str:
    row = ministry_row(results.timeliness, results.inputs.period)
    return phrases.part_of(row) if row and row["denominator"] else ""


def _received(results: Results) -> str:
    row = ministry_row(results.completeness, results.inputs.period)
    return f"Đã nhận: {phrases.part_of(row)} báo cáo." if row else ""


def _products(results: Results) -> str:
    return phrases.of(*count_products(results)[::-1])


def _silent(results: Results) -> str:
    shares = share_measures(results)
    return f"Chưa có căn cứ ở đơn vị nào: {format_number(shares[2])}." if shares else ""


def _measures(results: Results) -> str:
    shares = share_measures(results)
    return phrases.of(shares[0], sum(shares)) if shares else ""


def _tasks(results: Results) -> str:
    row = base_of(results, "due")
    return phrases.part_of(row) if row["denominator"] else ""


def _overdue(results: Results) -> str:
    row = base_of(results, "due")
    return f"Quá hạn: {format_number(row['overdue'])}; chưa có báo cáo: {format_number(row['unreported'])}."


#: Label, unit and tables of a card, what a year says of it, and what the last year says besides.
_CARDS: Final = (
    ("Chỉ tiêu định lượng đạt", "chỉ tiêu", "muc-tieu-cac-nam", _met, _provisional),
    ("Báo cáo gửi đúng hạn", "báo cáo", "tinh-hinh-gui-cac-nam gui-theo-nhom-cac-nam", _on_time, _received),
    ("Sản phẩm theo Phụ lục đã thấy", "sản phẩm", "nhiem-vu-cac-nam", _products, backed_sentence),
    ("Giải pháp có căn cứ ở mọi đơn vị được giao", "giải pháp", "giai-phap-cac-nam", _measures, _silent),
    ("Đầu việc đã đến hạn đã hoàn thành", "đầu việc", "nhiem-vu-cac-nam", _tasks, _overdue),
)


def pick_key_figures(years: Sequence[Results]) -> Block:
    """Return the main figures of the programme: each as the last year has it of which there is one, then its way through the years."""
    known, cards = _known(years), []
    for label, unit, about, say, more in _CARDS:
        told = [(one, said) for one in known if (said := say(one))]
        if not told:
            cards.append(KeyFigure(label, "–", unit, coverage="Chưa có số liệu.", about=about))
            continue
        last, said = told[-1]
        through = phrases.sentence("; ".join(f"{one.inputs.period}: {text}" for one, text in told))
        head = f"{label}, năm {last.inputs.period}"
        cards.append(KeyFigure(head, said, unit, coverage=through, change=more(last), about=about))
    return KeyFigures((*cards, _money(years)))


def _money(years: Sequence[Results]) -> KeyFigure:
    rows = [row for one in years for row in one.budget.to_dicts()]
    given, spent = (sum_known(rows, name) for name in ("allocated_vnd", "disbursed_vnd"))
    rates = "; ".join(f"{one.inputs.period}: {format_percent(one.budget['rate'][0])}" for one in _known(years))
    share = f", tỷ lệ {format_percent(spent / given)}" if given and spent is not None else ""
    return KeyFigure(
        "Kinh phí đã giải ngân, cộng các năm",
        phrases.write_millions(spent).removesuffix(" triệu đồng"),
        "triệu đồng",
        coverage=f"Được giao {phrases.write_millions(given)}{share}.",
        change=f"Tỷ lệ giải ngân {rates}." if share else "",
        about="kinh-phi-cac-nam hinh-kinh-phi-nam",
    )


def summarise(years: Sequence[Results]) -> Block:
    """Return what the cards do not say: years without figures, targets missed, what is overdue, what was named most often."""
    known = _known(years)
    if not known:
        return Note(_NOTHING, "empty")
    silent = ", ".join(str(one.inputs.period) for one in years if one not in known)
    last, year = known[-1], known[-1].inputs.period
    issues = "; ".join(f"{one.inputs.period}: {format_number(one.issues.height)}" for one in known)
    said = (
        f"Không có báo cáo nào của năm {silent} được chấp nhận: chưa biết kết quả, không phải là số 0."
        if silent
        else "",
        _say_missed(follow_targets(years)),
        f"Năm {year}: {phrases.lower_first(overdue_sentence(last))}" if base_of(last, "due")["count"] else "",
        f"Khó khăn, vướng mắc các đơn vị nêu: {issues}.",
    )
    return Bullets(tuple(filter(None, said)))


def _say_missed(missed: Sequence[dict[str, Any]]) -> str:
    if not missed:
        return "Không có chỉ tiêu định lượng nào đã đến kỳ đánh giá mà được kết luận là chưa đạt."
    rows: dict[str, list[str]] = {}
    for row in missed:
        rows.setdefault(row["label"], []).append(row["year"])
    items = "; ".join(f"{phrases.lower_first(label)} (năm {', '.join(years)})" for label, years in rows.items())
    later = "; ".join(
        f"{phrases.lower_first(row['label'])}, mục tiêu năm {row['year']}" for row in missed if row["reached"]
    )
    return f"Chưa đạt chỉ tiêu định lượng của năm: {items}.{f' Đạt mức đó ở năm sau: {later}.' if later else ''}"


# ------------------------------------------------------------------ what went well and not, what is open


def show_assessment(years: Sequence[Results]) -> Block:
    """Return what the years show, as a draft for a person."""
    well, ill, _ = pick_drafts(years)
    said = [*(f"Ưu điểm: {text}" for text, _ in well), *(f"Hạn chế: {text}" for text, _ in ill)]
    return Blocks([Note(_DRAFT, "provisional"), Bullets(tuple(said))]) if _known(years) else Note(_NOTHING, "empty")


def pick_drafts(years: Sequence[Results]) -> tuple[tuple[Grounded, ...], tuple[Grounded, ...], tuple[Grounded, ...]]:
    """Return what went well, what did not and why, and what a leader is asked to decide; each with the tables behind it."""
    known = _known(years)
    if not known:
        none = ((_NOTHING, "cac-nam"),)
        return none, none, none
    last, year = known[-1], known[-1].inputs.period
    met = "; ".join(f"{one.inputs.period}: {said}" for one in known if (said := _met(one)))
    well = [(f"Chỉ tiêu định lượng đạt, theo năm: {met}.", "muc-tieu-cac-nam")] if met else []
    well += [(f"Năm {year}: {text}", "nhiem-vu-cac-nam") for text, _ in summary.find_strengths(last)]
    ill = [(_say_missed(missed), "theo-doi-chi-tieu")] if (missed := follow_targets(years)) else []
    found = (*summary.find_weaknesses(last), *summary.find_causes(last))
    ill += [(f"Năm {year}: {phrases.lower_first(text)}", "nhiem-vu-cac-nam") for text, _ in found]
    return tuple(well), tuple(ill), summary.pick_decisions(last)


def show_open(years: Sequence[Results]) -> Block:
    """Return what the programme leaves open at the end of its last known year: targets, tasks, products, measures, proposals."""
    known = _known(years)
    if not known:
        return Note(_NOTHING, "empty")
    last, year = known[-1], known[-1].inputs.period
    names, ratios = phrases.names_of(last).indicators, phrases.ratio_indicators(last)
    unjudged = [
        names[row["indicator"]]
        for row in last.kpis.to_dicts()
        if row["status"] is None and row["indicator"] not in ratios
    ]
    (owed, found), due, silent = count_products(last), base_of(last, "due"), (share_measures(last) or (0,))[-1]
    counts = {
        "Đầu việc quá hạn": due["overdue"],
        "Đầu việc đã đến hạn chưa có báo cáo": due["unreported"],
        f"Sản phẩm theo Phụ lục chưa thấy (trong {format_number(owed)} sản phẩm phải có)": owed - found,
        "Giải pháp chưa có căn cứ ở đơn vị nào": silent,
        "Ý kiến có kiến nghị kèm theo": last.issues["proposal"].drop_nulls().len(),
    }
    said = [
        *say_open(join_years(known)),
        f"Mục tiêu định tính chưa được kết luận: {'; '.join(unjudged)}." if unjudged else "",
    ]
    said += [f"{label}, năm {year}: {format_number(count)}." for label, count in counts.items() if count]
    items = tuple(filter(None, said))
    return Bullets(items) if items else Note("Theo số liệu của năm cuối, không có nội dung nào còn để lại.", "info")
