"""The summary of a report and proposals to adjust: what a reader of two minutes reads, and what the figures give reason for.

In: `Results`. Out: the figures that matter, with the same sentences as the sections; and a draft for a person of measures to
take (đề xuất giải pháp điều chỉnh), one line for each rule that applies. A line begins with its figure; no rule has a threshold
of its own: it looks at what is missing, late, unmet, unspent or unanswered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil
from types import MappingProxyType
from typing import Any, Final

from nq57kit.indicators.model import Results
from nq57kit.indicators.tasks import OVERDUE
from nq57kit.show import phrases
from nq57kit.show.blocks import Block, Blocks, Bullets, KeyFigure, KeyFigures, Note
from nq57kit.show.evidence import count_products
from nq57kit.show.money import money_sentence
from nq57kit.show.outputs import outputs_sentence
from nq57kit.show.reporting import find_units, ministry_row
from nq57kit.show.targets import compare_kpi, covered_by, target_text, verdict_of, verdicts_sentences
from nq57kit.show.tasks import base_of, find_overdue, nothing_due, overdue_sentence
from nq57kit.submissions.contract import LOOKED_INTO
from nq57kit.text import format_number, format_percent

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType(
    {"numerator": None, "denominator": None, "value": None, "with_products": None}
)


def show(results: Results) -> Block:
    """Return the figures that matter, then what a reader must know first."""
    return Blocks([pick_key_figures(results), summarise(results)])


def pick_key_figures(results: Results) -> Block:
    """Return the main figures, each with target, coverage and change: reporting, the ratio indicators, tasks done."""
    ratio = phrases.ratio_indicators(results)
    kpis = [row for row in results.kpis.to_dicts() if row["indicator"] in ratio]
    asked = results.inputs.period.request
    done = () if asked and "task_progress" not in asked.tables else (_tasks(results),)
    cards = [*(_indicator(results, row) for row in kpis), *done]
    # What is known comes first: of a period that is not due, and of which nothing came, that is not who reported.
    period, got = results.inputs.period, ministry_row(results.completeness, results.inputs.period) or _NOTHING
    waits = not got["numerator"] and not period.is_over(results.inputs.judged_on)
    cards.insert(len(cards) if waits else 0, _reporting(results))
    return KeyFigures(tuple(cards))


def summarise(results: Results) -> Block:
    """Return what the cards do not say, one sentence below the other; the sections say the rest and repeat none."""
    overdue = overdue_sentence(results) if base_of(results, "due")["count"] else ""
    said = (*verdicts_sentences(results), overdue, outputs_sentence(results), money_sentence(results))
    if (
        asked := results.inputs.period.request
    ):  # it is judged by no target, and tells nothing of a table that it does not ask for
        told = (
            ("task_progress", lambda _: overdue), ("activities", outputs_sentence), ("budget", money_sentence),
        )  # fmt: skip
        said = tuple(say(results) for table, say in told if table in asked.tables)
    return Bullets(tuple(filter(None, said)))


def _reporting(results: Results) -> KeyFigure:
    period, frames = results.inputs.period, (results.completeness, results.timeliness)
    complete, timely = (ministry_row(frame, period) or _NOTHING for frame in frames)
    what = "báo cáo" if period.is_year else "đơn vị"
    due = [half for half in period.sources if half.is_over(results.inputs.judged_on)]
    waits = {half: f", chưa hết hạn gửi ({half.deadline_text})" for half in period.sources if half not in due}
    halves = [
        f"{half.label}: {phrases.part_of(ministry_row(results.completeness, half) or _NOTHING)} đơn vị{waits.get(half, '')}"
        for half in period.sources
    ]
    if waits:  # a share of what is not due yet says nothing
        told = [ministry_row(results.timeliness, half) or _NOTHING for half in due]
        on_time, asked = (sum(row[part] or 0 for row in told) for part in ("numerator", "denominator"))
        timely = {"numerator": on_time, "denominator": asked, "value": on_time / asked if asked else None}
    return KeyFigure(
        f"{'Báo cáo đã nhận' if period.is_year else 'Đơn vị đã báo cáo'}, {period.label}",
        phrases.part_of(complete),
        what,
        coverage=phrases.sentence(
            "; ".join(halves)
            if period.is_year
            else waits.get(period, "").removeprefix(", ") or f"tỷ lệ gửi: {format_percent(complete['value'])}"
        ),
        change=f"Đúng hạn: {phrases.part_of(timely)} {what}{' đã đến hạn' * bool(waits)} ({format_percent(timely['value'])})."
        if due
        else "",
        about="tinh-hinh-gui",
    )


def _indicator(results: Results, row: dict[str, Any]) -> KeyFigure:
    return KeyFigure(
        phrases.names_of(results).indicators.get(row["indicator"], row["indicator"]),
        phrases.precise_percent(row["value"], row["target"]),
        target="" if results.inputs.period.is_request else phrases.sentence(target_text(row)),
        coverage=phrases.sentence(f"{phrases.part_of(row)}, {covered_by(row)}"),
        change="" if results.inputs.period.is_request else phrases.sentence(compare_kpi(results, row)),
        status=row["status"] or "",
        verdict=verdict_of(row) if row["status"] else "",
        about="muc-tieu-ke-hoach chi-tieu",
    )


def _tasks(results: Results) -> KeyFigure:
    due, whole = base_of(results, "due"), base_of(results, "all")
    row = due if due["count"] else whole
    counted = row["numerator"] and row["with_products"] is not None
    backed = f"Có đủ sản phẩm theo Phụ lục: {format_number(row['with_products'])} đầu việc. " if counted else ""
    silent = f"; {format_number(row['unreported'])} chưa có báo cáo" if row["unreported"] else ""
    rest = (
        f"Trên tất cả: {phrases.part_of(whole)} ({format_percent(whole['value'])})."
        if row is due
        else nothing_due(results)
    )
    return KeyFigure(
        "Nhiệm vụ đã hoàn thành, trong số đã đến hạn" if row is due else "Nhiệm vụ đã hoàn thành",
        phrases.part_of(row) if row["denominator"] else "–",
        "đầu việc",
        coverage=f"Nhiệm vụ × đơn vị chủ trì, đã có báo cáo{silent}. Tỷ lệ: {format_percent(row['value'])}.",
        change=backed + rest,
        about="nhiem-vu-don-vi",
    )


# ------------------------------------------------------------------ strengths, weaknesses, causes

_ASSESSED: Final = "Bản nháp để người soạn thảo sửa: các câu dưới đây rút ra từ số liệu và giải trình của các đơn vị, chưa phải là đánh giá."


def show_assessment(results: Results) -> Block:
    """Return strengths, weaknesses and causes as the figures and the units' own words give them: a draft for a person."""
    if not phrases.any_accepted(results):
        return Note(_NO_GROUND, "empty")
    said = [f"Ưu điểm: {text}" for text, _ in find_strengths(results)]
    said += [f"Hạn chế: {text}" for text, _ in find_weaknesses(results)]
    said += [text for text, _ in find_causes(results)]
    return Blocks([Note(_ASSESSED, "provisional"), Bullets(tuple(said))])


#: A sentence, and the ids of the tables that it stands on, the best first.
Grounded = tuple[str, str]
_NO_GROUND: Final = "Chưa có báo cáo nào được chấp nhận nên chưa có căn cứ để đánh giá."


def find_strengths(results: Results) -> tuple[Grounded, ...]:
    """Return what went well: measures that all units answered, products found."""
    if not phrases.any_accepted(results):
        return ((_NO_GROUND, "don-vi-gui"),)
    measures = results.measures.to_dicts()
    full = [row for row in measures if row["asked"] and row["answered"] == row["asked"]]
    owed, found = count_products(results)
    told = (
        f"{format_number(len(full))}/{format_number(len(measures))} giải pháp của mục {results.inputs.plan.words['measures']} có căn cứ ở mọi đơn vị được giao; "
        f"{format_number(found)}/{format_number(owed)} sản phẩm phải có đã thấy trong báo cáo."
    )
    return ((told, "san-pham"),)


def find_weaknesses(results: Results) -> tuple[Grounded, ...]:
    """Return what did not go well: measures that nobody answered, products missing, what is overdue."""
    if not phrases.any_accepted(results):
        return ((_NO_GROUND, "don-vi-gui"),)
    silent = [row for row in results.measures.to_dicts() if row["asked"] and not row["answered"]]
    (owed, found), due = count_products(results), base_of(results, "due")
    told = (
        f"{format_number(len(silent))} giải pháp chưa có căn cứ ở đơn vị nào; còn thiếu {format_number(owed - found)} sản phẩm; "
        f"{format_number(due['overdue'])} đầu việc quá hạn, {format_number(due['unreported'])} đầu việc đã đến hạn chưa có báo cáo."
    )
    return ((told, "nhiem-vu-don-vi"),)


def find_causes(results: Results) -> tuple[Grounded, ...]:
    """Return why, in the units' own words: explanations of what is overdue, at most a few, each once."""
    names = phrases.names_of(results)
    said = {
        row[
            "explanation"
        ]: f"Nguyên nhân theo giải trình của đơn vị (nguyên văn): {names.unit(row['unit_id'])}, nhiệm vụ {row['task_id']}: «{row['explanation']}»"
        for row in reversed(results.task_status.to_dicts())
        if row["status"] in OVERDUE and row["explanation"]
    }
    return tuple((text, "nhiem-vu-don-vi") for text in list(said.values())[::-1][:_QUOTED])


#: How many explanations the draft quotes; the appendix has them all.
_QUOTED: Final = 5


# ------------------------------------------------------------------ proposals

_DRAFT: Final = (
    "Bản nháp để người soạn thảo sửa: các gợi ý dưới đây rút ra từ số liệu của báo cáo, chưa phải là kiến nghị của đơn vị "
    "nào."
)
_NO_PROPOSAL: Final = "Số liệu của báo cáo không cho căn cứ để gợi ý giải pháp điều chỉnh."


def show_proposals(results: Results) -> Block:
    """Return what the figures give reason to propose, marked as a draft; each line begins with its figure."""
    if not phrases.any_accepted(results):  # then there is nothing to judge, and the units are to be asked
        asked = tuple(f"{said}." for said in _missing(results))
        nothing = "Chưa có báo cáo nào được chấp nhận nên chưa có căn cứ để gợi ý giải pháp điều chỉnh khác."
        return (
            Blocks([Bullets(asked), Note(nothing, "empty")]) if asked else Note(nothing.replace(" khác", ""), "empty")
        )
    rules = (_missing, _late, _unmet, _overdue, _fewer, _unspent, _difficulties, _reach, _register)
    items = tuple(f"{said}." for rule in rules for said in rule(results))
    if not items:
        return Note(_NO_PROPOSAL, "empty")
    return Blocks([Note(_DRAFT, "provisional"), Bullets(items)])


def pick_decisions(results: Results) -> tuple[Grounded, ...]:
    """Return what is proposed of each rule first, those first that need a leader's decision, with the table behind it."""
    rules = (_MISSING,) if not phrases.any_accepted(results) else _FOR_LEADERS
    firsts = ((next(iter(rule(results)), ""), about) for rule, about in rules)
    return tuple((f"{said}.", about) for said, about in firsts if said)


def _missing(results: Results) -> Iterator[str]:
    """Who has no accepted report although the deadline has passed."""
    inputs = results.inputs
    for half in inputs.period.sources:
        if not half.is_over(inputs.judged_on) or (half.is_first and half != phrases.last_half(results)):
            continue  # nobody is late for the first period, and in December nobody is asked for it
        silent, refused, empty = (find_units(results, half, state) for state in ("missing", "refused", "empty"))
        if silent:
            yield (
                f"{format_number(len(silent))} đơn vị chưa gửi báo cáo {half.label}{'' if half.is_first else ', đã quá hạn'} (Phụ lục "
                "I). Đề nghị các đơn vị gửi báo cáo, số liệu gửi sau được tổng hợp bổ sung"
            )
        unusable = [*refused, *empty]
        if unusable:
            yield (
                f"{format_number(len(unusable))} đơn vị gửi báo cáo {half.label} chưa đạt yêu cầu (Phụ lục I). Đề nghị các đơn vị "
                "sửa, bổ sung và gửi lại"
            )


def _late(results: Results) -> Iterator[str]:
    """Who sent late, in the last half of the report."""
    half = phrases.last_half(results)
    late = find_units(results, half, "late")
    if late:
        yield (
            f"{format_number(len(late))} đơn vị gửi muộn báo cáo {half.label} (Phụ lục I). Đề nghị các đơn vị gửi đúng thời hạn trong "
            "kỳ báo cáo sau"
        )


def _unmet(results: Results) -> Iterator[str]:
    """What is below its target, or below the next one, and how much is wanting on today's base."""
    ratio, names, words = phrases.ratio_indicators(results), phrases.names_of(results), results.inputs.plan.words
    for row in results.kpis.to_dicts():
        label = names.indicators.get(row["indicator"], row["indicator"])
        if row["indicator"] not in ratio:
            if row["status"] is None:
                yield f"{label}: chưa được đánh giá. Đề nghị {words['office_short']} đánh giá, trình {words['leaders']} kết luận"
            continue
        if row["status"] == "insufficient" and row["target"] is not None:
            yield f"{label}: chưa đủ căn cứ để kết luận. Đề nghị bổ sung số liệu còn thiếu trước khi đánh giá"
        yield from _gap(row, label)


def _gap(row: dict[str, Any], label: str) -> Iterator[str]:
    """How much is wanting; nothing where units are missing, since what they have done is not known."""
    if row["value"] is None or not row["denominator"] or row["reported_units"] < row["expected_units"]:
        return
    comparator, target, year = row["comparator"], row["target"], row["year"]
    if row["status"] == "not_met":
        advice = "Đề nghị các đơn vị có tỷ lệ thấp xây dựng kế hoạch bổ sung, nêu thời hạn hoàn thành"
    elif row["status"] == "on_watch" and target is not None:
        advice = "Đề nghị các đơn vị thực hiện trong thời gian còn lại của năm"
    elif row["status"] == "on_watch" and row["next_target"] is not None:
        comparator, target, year = row["next_comparator"], row["next_target"], row["next_target_year"]
        advice = "Đề nghị đưa vào kế hoạch các năm tới"
    else:
        return
    # «0.7» of a CSV file is seven tenths, not the nearest binary number.
    wanted = ceil(Fraction(str(target)) * row["denominator"]) - row["numerator"]
    what = "nhiệm vụ" if row["first_this_year"] is not None else "người"
    if wanted > 0:
        yield (
            f"{label}: {phrases.precise_percent(row['value'], target)}, mục tiêu năm {year} là {phrases.at_least(comparator, target)}; "
            f"cần thêm {format_number(wanted)} {what} (trong {format_number(row['denominator'])} {what}). {advice}"
        )


def _overdue(results: Results) -> Iterator[str]:
    """Which tasks are overdue, in the plan's order: where units are silent, no task is more overdue than another."""
    found = find_overdue(results)
    if not found:
        return
    said = phrases.list_names(
        [f"nhiệm vụ {task} ({format_number(len(units))} đơn vị)" for task, units in found.items()]
    )
    yield (
        f"Quá hạn chưa hoàn thành: {said}. Đề nghị đơn vị chủ trì nêu nguyên nhân, xác định thời hạn hoàn thành mới; cấp có "
        "thẩm quyền xem xét điều chỉnh tiến độ khi có căn cứ"
    )


def _fewer(results: Results) -> Iterator[str]:
    """Which groups did less than a year before, of those alone in which every unit reported for both periods."""
    previous, names = results.inputs.period.same_period_last_year, phrases.names_of(results)
    halves = len(results.inputs.period.sources)
    whole = (row for row in results.by_group.to_dicts() if row["reported"] == row["expected"])
    rows = [row for row in whole if row["previous_quantity"] and halves * row["compared_units"] == row["expected"]]
    fewer = [row for row in rows if row["compared_quantity"] < row["previous_quantity"]]
    groups = "; ".join(
        f"{names.group(row['group'])} (từ {format_number(row['previous_quantity'])} còn {format_number(row['compared_quantity'])})"
        for row in fewer
    )
    if previous is not None and fewer:
        yield (
            f"Số lượng sản phẩm, hoạt động giảm so với {previous.label}: {groups}. Đề nghị rà soát kế hoạch "
            "truyền thông của các đơn vị trong nhóm"
        )


def _unspent(results: Results) -> Iterator[str]:
    """What was allocated and not disbursed."""
    row = next(iter(results.budget.to_dicts()), None)
    if row is None or not row["allocated_vnd"] or row["disbursed_vnd"] is None:
        return
    rest = row["allocated_vnd"] - row["disbursed_vnd"]
    if rest > 0:
        yield (
            f"Còn {phrases.write_millions(rest)} được giao chưa giải ngân ({format_percent(rest / row['allocated_vnd'])} số được giao). Đề "
            "nghị rà soát khả năng giải ngân, điều chỉnh giữa các nhiệm vụ khi cần"
        )


def _difficulties(results: Results) -> Iterator[str]:
    """Which kind of difficulty is named most, and how many proposals wait for an answer."""
    rows = [row for row in results.difficulties.to_dicts() if row["count"]]
    proposals = sum(bool(row["proposal"]) for row in results.issues.to_dicts())
    if not rows or not proposals:
        return
    if results.inputs.answers:
        open_ones = (row for row in results.questions.to_dicts() if row["state"] in {None, LOOKED_INTO})
        waited = [row["waited_days"] or 0 for row in open_ones if row["addressees"]]
        if waited:
            yield (
                f"{format_number(len(waited))} khó khăn, kiến nghị của đơn vị chưa có kết quả giải quyết, chờ lâu nhất "
                f"{format_number(max(waited))} ngày. Đề nghị các đơn vị được nêu tên trả lời, giải quyết"
            )
        return
    labels, most = phrases.code_labels("category"), max(row["count"] for row in rows)
    kinds = [phrases.lower_first(labels.get(row["category"], row["category"])) for row in rows if row["count"] == most]
    yield (
        f"{format_number(proposals)} ý kiến của đơn vị có kiến nghị kèm theo, khó khăn nêu nhiều nhất: {'; '.join(kinds)} "
        f"({format_number(most)} ý kiến). Đề nghị phân công đơn vị trả lời, giải quyết"
    )


def _reach(results: Results) -> Iterator[str]:
    """How many activities have no figure of reach."""
    rows = results.by_type.to_dicts()
    whole = sum(row["activities"] or 0 for row in rows)
    told = sum(row["reach_reported"] or 0 for row in rows)
    if told < whole:
        yield (
            f"{format_number(whole - told)}/{format_number(whole)} hoạt động không có số liệu về lượt người tiếp cận. Đề "
            "nghị các đơn vị thống kê số lượt tiếp cận"
        )


def _register(results: Results) -> Iterator[str]:
    """How many units that must report stand on the list without a checked ground."""
    unverified = sum(basis.endswith("unverified") for basis in results.inputs.units["basis"].to_list())
    if unverified:
        yield (
            f"{format_number(unverified)} đơn vị chưa xác minh được căn cứ đưa vào danh sách phải báo cáo. Đề nghị xác minh "
            "trước kỳ báo cáo tới"
        )


_MISSING: Final = (_missing, "don-vi-gui")
#: Rules in the order in which they need a leader's decision, each with the table that has their figures.
_FOR_LEADERS: Final = (
    (_overdue, "nhiem-vu-don-vi"),
    (_unmet, "muc-tieu-ke-hoach chi-tieu"),
    (_unspent, "kinh-phi"),
    (_difficulties, "kien-nghi"),
    _MISSING,
    (_fewer, "ket-qua-group"),
    (_late, "don-vi-gui"),
    (_reach, "ket-qua-activity-type"),
    (_register, "danh-sach-don-vi"),
)
