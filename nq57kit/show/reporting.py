"""Who reported, and when: the scope of a report, completeness and timeliness, each unit's sendings.

In: `Results`, or the `UnitResults` of a scorecard. Out: blocks; no number is written by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from nq57kit.indicators.model import Inputs, Results
from nq57kit.indicators.unit import UnitResults
from nq57kit.plan import Period
from nq57kit.show import phrases, rehearsal
from nq57kit.show.blocks import Block, Blocks, Note, Paragraph, Table
from nq57kit.show.charts import STATUS_STYLES, Bar, bar_figure, column_figure, missing
from nq57kit.show.columns import fill
from nq57kit.submissions.contract import code_label, reporting_label
from nq57kit.text import format_date, format_number, format_percent, format_time, sort_key

#: Where a row of the register comes from, as a reader understands it.
_BASIS: Final[Mapping[str, str]] = {
    "plan": "Nêu tên trong Kế hoạch",
    "law": "Theo văn bản quy định cơ cấu tổ chức của {name}",
    "unverified": "Chưa xác minh",
    "plan-unverified": "Kế hoạch có nhắc, chưa rõ là đơn vị nào",
}
#: The rule by which units that changed are counted (docs/plan.md, «Units through time»); the plan has none.
_CHANGED: Final = (
    "Kế hoạch không quy định trường hợp này. Báo cáo mỗi kỳ do các đơn vị đang hoạt động vào ngày cuối cùng của thời hạn gửi; số "
    "liệu về người của đơn vị cũ được tính cho đến khi các đơn vị thay thế báo cáo đủ; mỗi người, mỗi nhiệm vụ tính một lần."
)
#: Where a time of sending comes from.
_TOLD_BY: Final[Mapping[str, str]] = {
    "option": "Người nhận ghi",
    "sent.csv": "Sổ nhận báo cáo",
    "ingest": "Lúc nhận vào kho",
    "correction": "Sửa sau khi nhận",
}


def show(results: Results) -> Block:
    """Return who must report, who did and in time, by group."""
    return Blocks([describe_scope(results), describe(results), chart_groups(results), tabulate_groups(results)])


def show_units(results: Results) -> Block:
    """Return each unit's state, on which ground units are on the list, and who was pressed by letter."""
    return Blocks([tabulate_units(results), tabulate_basis(results), *tabulate_letters(results)])


def show_unit(card: UnitResults) -> Block:
    """Return when the unit's report came, every sending of the year, and the letters that pressed for it."""
    return Blocks([describe_sending(card), tabulate_sendings(card), *tabulate_letters(card.own, without=("unit",))])


def mark_state(results: Results) -> Block:
    """Return the marks a reader must see first: «DỰ THẢO» of the plan, «tạm tính» or «chính thức», first period.

    Two things make a figure final, and each has words of its own: the lock (đã khóa, chưa khóa) and the units (đủ, chưa đủ).
    """
    inputs = results.inputs
    marks: list[Block] = []
    if inputs.plan.settings.draft:
        marks.append(Note(f"DỰ THẢO – Quyết định ban hành Kế hoạch: {inputs.plan.settings.document_state}.", "draft"))
    if inputs.as_if_closed:
        marks.append(Note(rehearsal.mark(results, _say_units(results)), "provisional"))
    elif not inputs.period.is_over(inputs.as_of):
        day, deadline = format_date(inputs.as_of), inputs.period.deadline_text
        text = f"Số liệu tạm tính: báo cáo lập ngày {day}, chưa hết thời hạn gửi báo cáo ({deadline}){_say_units(results)}."
        marks.append(Note(text, "provisional"))
    elif inputs.open_halves:
        halves = ", ".join(half.label for half in inputs.open_halves)
        marks.append(Note(f"Số liệu tạm tính: chưa khóa số liệu {halves}{_say_units(results)}.", "provisional"))
    else:
        marks.append(Note(f"Số liệu chính thức: số liệu của kỳ báo cáo đã khóa{_say_units(results)}.", "info"))
    marks += [
        Note(
            f"Kỳ {half.label} là kỳ báo cáo đầu tiên, chưa trọn vẹn; đơn vị chưa gửi báo cáo của kỳ này không bị "
            "tính là quá hạn.",
            "info",
        )
        for half in inputs.period.sources
        if half.is_first
    ]
    return Blocks(marks)


def mark_years(years: Sequence[Results]) -> Block:
    """Return the marks of a programme report: that of the plan, and which years are not closed or not whole."""
    draft = [mark for mark in mark_state(years[-1]).parts if isinstance(mark, Note) and mark.level == "draft"]
    waiting = [str(one.inputs.period) for one in years if not one.inputs.is_official]
    rows = {str(one.inputs.period): ministry_row(one.completeness, one.inputs.period) for one in years}
    short = [year for year, row in rows.items() if row is None or row["numerator"] < row["denominator"]]
    units = f"chưa đủ báo cáo của các đơn vị: {', '.join(short)}" if short else "đủ báo cáo của các đơn vị"
    if not waiting:
        return Blocks([*draft, Note(f"Số liệu chính thức: số liệu của mọi năm đã khóa; {units}.", "info")])
    told = f"Số liệu tạm tính: năm chưa khóa hoặc chưa hết hạn gửi báo cáo: {', '.join(waiting)}; {units}."
    return Blocks([*draft, Note(told, "provisional")])


def _say_units(results: Results) -> str:
    """Return whether all units are in: «, đủ đơn vị (58/58)», «, chưa đủ đơn vị (6 tháng đầu năm 2026: 47/58, …)».

    Nothing where there is but one: a scorecard says whether its unit has sent.
    """
    if results.inputs.units.height == 1:
        return ""
    rows = [(half, row) for half in results.inputs.period.sources if (row := ministry_row(results.completeness, half))]
    short = any(row["numerator"] < row["denominator"] for _, row in rows)
    parts = [f"{half.label}: {phrases.part_of(row)}" for half, row in rows]
    told = ", ".join(parts) if len(parts) > 1 else "".join(phrases.part_of(row) for _, row in rows)
    return f", {'chưa đủ' if short or not rows else 'đủ'} đơn vị ({told})"


def describe_scope(results: Results) -> Block:
    """Return what the report covers: units that must report, how many are unverified, window, deadlines, day."""
    inputs, window = results.inputs, results.inputs.period.window
    bases, changes = inputs.units["basis"].to_list(), inputs.plan.describe_changes(inputs.period)
    unverified = sum(basis.endswith("unverified") for basis in bases)
    checked = (
        f"trong đó {format_number(unverified)} đơn vị chưa xác minh được căn cứ đưa vào danh sách"
        if unverified
        else "tất cả đều có căn cứ đưa vào danh sách"
    )
    deadlines = " ".join(
        f"Thời hạn gửi báo cáo {half.label}: {half.deadline_text}{phrases.last_working_day(half)}."
        for half in inputs.period.sources
    )
    return Blocks(
        [
            Paragraph(
                f"Báo cáo tổng hợp kết quả thực hiện Kế hoạch trong {inputs.period.label}, theo số liệu phát sinh từ ngày "
                f"{format_date(window.start)} đến ngày {format_date(window.end)} và báo cáo của các đơn vị nhận được đến "
                f"hết ngày {format_date(inputs.as_of)}. Kế hoạch không quy định kỳ số liệu; kỳ số liệu nêu trên là thiết "
                "lập của báo cáo."
            ),
            Paragraph(f"Có {format_number(len(bases))} đơn vị phải báo cáo, {checked}. {deadlines}"),
            *([Paragraph(f"Thay đổi về đơn vị: {'; '.join(changes)}. {_CHANGED}")] if changes else []),
        ]
    )


def reporting_sentence(results: Results, period: Period) -> str:
    """Return how many units reported for a half, and how many on time."""
    complete, timely = (ministry_row(frame, period) for frame in (results.completeness, results.timeliness))
    day = format_date(results.inputs.as_of)
    must = f"phải báo cáo kỳ {period.label}" if period.halves else f"phải gửi {period.document}"
    if complete is None or not complete["denominator"]:
        return f"Không có đơn vị nào {must}."
    expected, got = complete["denominator"], complete["numerator"]
    if not got:
        return f"Đến hết ngày {day}, chưa có báo cáo nào của {format_number(expected)} đơn vị {must} được chấp nhận."
    head = f"tất cả {format_number(got)}" if got == expected else phrases.part_of(complete)
    share = "" if got == expected else f" ({format_percent(complete['value'])})"
    on_time, empty = timely["numerator"] if timely else 0, complete["empty"]
    kinds = {"gửi đúng hạn": on_time, "gửi muộn": got - on_time - empty, "gửi báo cáo không có nội dung": empty}
    parts = ", ".join(f"{format_number(count)} đơn vị {kind}" for kind, count in kinds.items() if count)
    rest = f", gồm {parts}" if parts.count(",") else f", {'đều ' * (got > 1)}{parts.partition('đơn vị ')[2]}"
    return f"Đến hết ngày {day}, {head} đơn vị {must}{share} đã có báo cáo được chấp nhận{rest}."


def ministry_row(frame: pl.DataFrame, period: object) -> dict[str, Any] | None:
    """Return the ministry's row of a period, of completeness or timeliness."""
    return next((row for row in frame.to_dicts() if row["group"] is None and row["period"] == str(period)), None)


def describe(results: Results, *, with_units: bool = True) -> Block:
    """Return how many reported and, `with_units`, who was late, without content, to be corrected, or did not report."""
    inputs, items = results.inputs, []
    said: list[Block] = [Paragraph(reporting_sentence(results, half)) for half in inputs.period.sources]
    for half in inputs.period.sources:
        heads = {
            "late": "Gửi muộn",
            "empty": "Đã gửi nhưng không có nội dung",
            "refused": "Đã gửi nhưng chưa được chấp nhận, phải sửa và gửi lại",
            "missing": _missing(inputs, half),
        }
        for state, head in heads.items():
            names = find_units(results, half, state)
            told = {"period": str(half), "state": head, "units": len(names), "names": phrases.list_names(names)}
            items += [told] if names else []
    if not items or not with_units:
        return Blocks(said)
    without = () if inputs.period.is_year else ("period",)
    return Blocks([*said, phrases.tell("reporting.to_ask", results, items, without=without)])


def find_units(results: Results, half: Period, state: str) -> list[str]:
    """Return the names of the units in a state."""
    rows = results.reporting.filter(pl.col("period") == str(half), pl.col("state") == state)
    return rows["name"].to_list()


def _missing(inputs: Inputs, half: Period) -> str:
    """Return what is said of a unit without a report; what came in time after an early lock is not known here."""
    if half in inputs.locked_early:
        return "Khi khóa số liệu chưa nhận được báo cáo"
    return reporting_label("missing", over=half.is_over(inputs.judged_on) and not half.is_first)


def tabulate_groups(results: Results) -> Table:
    """Return units that must report, reported and reported on time, by group; of a year for each of its halves."""
    names, period = phrases.names_of(results), results.inputs.period
    items: dict[str | None, dict[str, Any]] = {}
    for place, half in enumerate(period.sources):
        for share, frame in (("reported", results.completeness), ("on_time", results.timeliness)):
            for row in frame.filter(pl.col("period") == str(half)).iter_rows(named=True):
                item = items.setdefault(row["group"], {"group": names.group(row["group"])})
                told = {"expected": row["denominator"], share: row["numerator"], f"{share}_rate": row["value"]}
                item |= {f"{name}_{place}": value for name, value in told.items()}
    rows = [items[group] for group in sorted(items, key=lambda group: group is None)]
    name, note = f"reporting.groups_{len(period.sources)}", phrases.note_groups(results)
    return phrases.tell(name, results, rows, note, period=period.label)


def chart_groups(results: Results) -> Block:
    """Return the shares of units that reported, and reported on time, by group; of a year the reports of both halves."""
    names, period = phrases.names_of(results), results.inputs.period
    kinds = {"Đã báo cáo": results.completeness, "Đúng hạn": results.timeliness}
    asked = str(period if len(period.sources) > 1 else period.sources[-1])
    bars = [
        Bar(
            names.group(row["group"]), kind, row["value"], f"{phrases.part_of(row)} ({format_percent(row['value'], 0)})"
        )
        for kind, frame in kinds.items()
        for row in frame.to_dicts()
        if row["period"] == asked and row["value"] is not None
    ]
    if not bars:
        return missing(f"về tình hình gửi báo cáo {period.label}")
    complete, timely = (ministry_row(frame, asked) or {} for frame in kinds.values())
    what = "báo cáo" if period.is_year else "đơn vị"
    return bar_figure(
        "hinh-gui-bao-cao",
        f"{phrases.part_of(complete)} {what} {'đã nhận' if period.is_year else 'đã gửi báo cáo'}, "
        f"{format_number(timely.get('numerator'))} đúng hạn, {period.label}",
        bars,
        kinds,
        tabulate_groups(results),
        caption=f"Số cạnh mỗi thanh: số {what} đã gửi (hoặc gửi đúng hạn) trên số {what} phải {'có' if period.is_year else 'gửi báo cáo'}"
        f"{', cộng hai kỳ trong năm' if period.is_year else ''}.",
        by="theo nhóm đơn vị",
        last=phrases.names_of(results).whole,
        percent=True,
    )


# Through the years -------------------------------------------------------------------------------

#: States of a half's reports in the order of a bar: in words, as a task's status looks, within a cell. Before the deadline who
#: has not sent waits.
_STATES: Final = {
    "on_time": ("Đúng hạn", "hoan_thanh_dung_han", "đúng hạn"),
    "late": ("Gửi muộn", "dang_thuc_hien_qua_han", "muộn"),
    "empty": ("Không có nội dung", "dang_thuc_hien", "trống"),
    "refused": ("Phải gửi lại", "khong_phat_sinh", "gửi lại"),
    "missing": ("Chưa gửi", "chua_thuc_hien_qua_han", "chưa gửi"),
    "waiting": ("Chưa đến hạn", "chua_bao_cao", "chưa đến hạn"),
}
_SCOPE: Final = (
    "Số liệu của mỗi năm lấy đúng theo báo cáo đánh giá của năm đó, xét theo Kế hoạch có hiệu lực trong năm, không tính lại theo cách khác. "
    "Đơn vị chưa gửi báo cáo không bị tính là số 0."
)


def _states(results: Results) -> Iterator[tuple[Period, str, str, str]]:
    """Yield half, group, unit and state of each report of a year."""
    for row in results.reporting.iter_rows(named=True):
        half = results.inputs.plan.period(row["period"])
        waits = row["state"] == "missing" and not half.is_over(results.inputs.as_of)
        yield half, row["group"], row["unit_id"], "waiting" if waits else row["state"]


def describe_years(years: Sequence[Results]) -> Block:
    """Return which years the report covers, as of which day, how many reports came in, and how many came too late to count."""
    items, last = [], years[-1].inputs
    for one in years:
        inputs, row = one.inputs, ministry_row(one.completeness, one.inputs.period) or {}
        over = "chưa khóa" if inputs.period.is_over(inputs.as_of) else "chưa hết hạn gửi"
        known = next((past.receipts for past in last.history if past.period == inputs.period), inputs.receipts)
        then, now = (frame.filter("is_latest")["sha256"].to_list() for frame in (inputs.receipts, known))
        told = {"year": str(inputs.period), "as_of": inputs.as_of, "units": inputs.units.height}
        told |= {"state": "đã khóa" if inputs.is_official else over, "letters": len(inputs.letters)}
        told |= {"expected": row.get("denominator"), "reported": row.get("numerator")}
        items.append(told | {"later": len(set(now) - set(then))})
    without = [name for name in ("later", "letters") if not any(item[name] for item in items)]
    table = phrases.tell("reporting.scope_years", years, items, without=without)
    return Blocks([Paragraph(_SCOPE), table])


def show_years(years: Sequence[Results]) -> Block:
    """Return how the units kept the deadlines: the reports of each half in a picture and a table, then by group."""
    return Blocks([chart_years(years), tabulate_groups_of_years(years)])


def chart_years(years: Sequence[Results]) -> Block:
    """Return the reports of each half by state, as parts of all that were due."""
    counts: dict[Period, Counter[str]] = {}
    for half, _, _, state in (told for one in years for told in _states(one)):
        counts.setdefault(half, Counter())[state] += 1
    if not counts:
        return missing("về tình hình gửi báo cáo")
    bars = [
        Bar(f"{half.part}/{half.year}", label, count[state], format_number(count[state]))
        for half, count in counts.items()
        for state, (label, *_) in _STATES.items()
        if count[state]
    ]
    items = [
        {"period": str(half), "expected": count.total(), **{state: count[state] for state in _STATES}}
        for half, count in counts.items()
    ]
    whole = sum(counts.values(), Counter())
    without = [state for state in ("empty", "refused", "waiting") if not whole[state]]
    return column_figure(
        "hinh-ky-luat",
        f"{phrases.of(whole['on_time'], whole.total() - whole['waiting'])} báo cáo đã đến hạn được gửi đúng hạn",
        bars,
        {label: STATUS_STYLES[look] for label, look, _ in _STATES.values()},
        phrases.tell("reporting.years", years, items, without=without),
        caption="Mỗi cột là một kỳ (H1: 6 tháng đầu năm; H2: 6 tháng cuối năm), chia theo tình trạng gửi của các đơn vị phải báo cáo.",
        axis="Đơn vị",
    )


def tabulate_groups_of_years(years: Sequence[Results]) -> Table:
    """Return by group, in the register's order, the reports on time of those due in each year, and what was late or is missing."""

    def say(results: Results) -> Iterator[tuple[str, str]]:
        names, due = phrases.names_of(results), [told for told in _states(results) if told[3] != "waiting"]
        for group in (*names.groups, None):
            own = [state for _, home, _, state in due if group in (None, home)]
            if own or group is None:
                on_time, late = own.count("on_time"), own.count("late")
                rest = {"muộn": late, "chưa có": len(own) - on_time - late}
                said = "".join(f"; {word} {format_number(count)}" for word, count in rest.items() if count)
                yield names.group(group), f"{phrases.of(on_time, len(own))}{said}"

    return phrases.across_years("reporting.groups_years", "group", years, say, phrases.note_groups(years[-1]))


def tabulate_units_of_years(years: Sequence[Results]) -> Table:
    """Return the state of each unit's report in each half, under its group, in the register's order."""
    names, cells = phrases.names_of(years[-1]), dict[tuple[str, str], dict[str, Any]]()
    told = [one for year in years for one in _states(year)]
    blank: dict[str, Any] = dict.fromkeys(f"{half.part}/{half.year}" for half, *_ in told)
    for half, group, unit, state in told:
        cells.setdefault((group, unit), {**blank})[f"{half.part}/{half.year}"] = _STATES[state][2]
    groups, register = [*names.groups], [*names.units]
    order = sorted(
        cells, key=lambda one: (groups.index(one[0]) if one[0] in groups else len(groups), register.index(one[1]))
    )
    items = [{"group": names.group(group), "unit": names.unit(unit), **cells[group, unit]} for group, unit in order]
    return phrases.tell("reporting.units_years", years, items)


def tabulate_units(results: Results) -> Table:
    """Return one line per unit and period: state, time of sending, revision."""
    inputs, names = results.inputs, phrases.names_of(results)
    missing = {str(half): _missing(inputs, half) for half in inputs.period.sources}
    places = {group: place for place, group in enumerate(names.groups)}
    rows = sorted(
        results.reporting.to_dicts(),
        key=lambda row: (places.get(row["group"], len(places)), sort_key(row["name"]), row["period"]),
    )
    items = [
        {
            **row,
            "group": names.group(row["group"]),
            "state": missing[row["period"]] if row["state"] == "missing" else reporting_label(row["state"], over=False),
            "revised_at": row["revised_at"] if (row["revision"] or 1) > 1 else None,
        }
        for row in rows
    ]
    without = () if len(missing) > 1 else ("period",)
    first = inputs.plan.settings.on_time_judged_by == "first_accepted"
    sent = "Thời điểm gửi lần đầu" if first else "Thời điểm gửi xét đúng hạn"
    return phrases.tell("reporting.units", results, items, without=without, sent=sent)


def tabulate_letters(results: Results, without: tuple[str, ...] = ()) -> list[Block]:
    """Return which units had to be asked by letter about the report's halves (of a year also about its plan), how often, for what."""
    period, names = results.inputs.period, phrases.names_of(results)
    about = [*map(str, period.sources), *([f"{period.year}-P"] if period.is_year else [])]
    items = [
        {
            **row,
            "unit": names.unit(row["unit_id"]),
            "about": "; ".join(code_label("letter_reason", reason) for reason in row["reasons"]),
        }
        for row in results.letters.filter(pl.col("period").is_in(about)).iter_rows(named=True)
    ]
    without = without if period.is_year else (*without, "period")
    return [fill("reporting.letters", items, source="Sổ công văn đôn đốc trong kho.", without=without)] if items else []


def tabulate_basis(results: Results) -> Table:
    """Return how many of the units that must report come from which source."""
    counts, words = Counter(results.inputs.units["basis"].to_list()), results.inputs.plan.words
    order = [*_BASIS, *sorted(set(counts) - set(_BASIS))]
    items: list[dict[str, Any]] = [
        {"basis": _BASIS.get(basis, basis).format_map(words), "units": counts[basis]}
        for basis in order
        if basis in counts
    ]
    items.append({"basis": "Tổng số", "units": counts.total()})
    return fill("reporting.basis", items)


def sending_sentence(card: UnitResults) -> str:
    """Return when the unit sent its report of the period, whether in time, and what came of it."""
    inputs, row = card.own.inputs, phrases.state_of(card)
    half, state, sent = inputs.period.sources[-1], row["state"], row["sent_at"]
    if state == "missing":
        day = format_date(inputs.as_of)
        head = f"Đến hết ngày {day}, chưa nhận được báo cáo {half.label} của đơn vị"
        if half in inputs.locked_early:
            return f"{_missing(inputs, half)} {half.label} của đơn vị; báo cáo đến sau đó chưa tính vào số liệu."
        if not half.is_over(inputs.judged_on):
            return f"{head}; thời hạn gửi là {half.deadline_text}{phrases.last_working_day(half)}."
        if half.is_first:
            return f"{head}. Đây là kỳ báo cáo đầu tiên, đơn vị chưa gửi không bị tính là quá hạn."
        return f"{head}; thời hạn gửi ({half.deadline_text}) đã qua. Đề nghị đơn vị gửi báo cáo."
    moment = format_time(sent)
    if state == "refused":
        return (
            f"Báo cáo {half.label} gửi lúc {moment} có lỗi nên chưa được chấp nhận và chưa tính vào số liệu. Đề nghị đơn vị "
            "sửa các lỗi nêu ở phần điểm cần lưu ý rồi gửi lại."
        )
    if state == "empty":
        return (
            f"Báo cáo {half.label} gửi lúc {moment} không có nội dung nên không tính là gửi đúng hạn và không vào số liệu; "
            "đề nghị đơn vị gửi lại báo cáo có số liệu."
        )
    timely = f"đúng thời hạn ({half.deadline_text})" if row["on_time"] else _lateness(half, sent)
    text = f"Đơn vị gửi báo cáo {half.label} lúc {moment}, {timely}."
    if row["revision"] > 1:
        text += f" Số liệu lấy theo lần gửi thứ {row['revision']}, lúc {format_time(row['revised_at'])}."
    return text


def _lateness(half: Period, sent: Any) -> str:
    days = (sent.date() - half.last_day).days
    return f"sau thời hạn ({half.deadline_text}) {format_number(days)} ngày" if days > 0 else "sau thời hạn"


def describe_sending(card: UnitResults) -> Block:
    """Return when the report came, whether in time, and whether a later file was refused."""
    inputs, half = card.own.inputs, str(card.own.inputs.period.sources[-1])
    parts = [sending_sentence(card)]
    later = [row for row in inputs.refusals.to_dicts() if row["period"] == half and phrases.has_report(card)]
    if later:
        parts.append(
            f"Lần gửi lúc {format_time(later[-1]['sent_at'])} sau đó có {format_number(later[-1]['errors'])} lỗi nên chưa "
            "được chấp nhận; số liệu theo bản đã được chấp nhận trước đó."
        )
    return Paragraph(" ".join(parts))


def tabulate_sendings(card: UnitResults) -> Block:
    """Return every sending of the year up to the period: accepted revisions, and those refused that still stand."""
    inputs = card.own.inputs
    items: list[dict[str, Any]] = [
        {
            **row,
            "result": ("Đã chấp nhận, không có nội dung" if row["is_empty"] else "Đã chấp nhận")
            + ("" if row["is_latest"] else ", đã có bản thay thế"),
            "timely": "–" if row["on_time"] is None else "Đúng hạn" if row["on_time"] else "Sau thời hạn",
            "told": _TOLD_BY.get(row["sent_at_source"], row["sent_at_source"]),
        }
        for row in inputs.receipts.to_dicts()
    ]
    items += [
        {**row, "result": f"Chưa chấp nhận: {format_number(row['errors'])} lỗi", "timely": "–", "told": ""}
        for row in inputs.refusals.to_dicts()
    ]
    items.sort(key=lambda row: (row["period"], row["sent_at"]))
    return phrases.tell("reporting.sendings", card, items) if items else Blocks([])
