"""A person's text: where each part goes, the names in it that results fill, and typed numbers that contradict a result.

In: a Markdown file (`nhan-xet.md`) whose headings name places of the report; a `Report`. Out: the text under each place, with
`{kpis.staff_reached}` and the like filled as an official writes them; doubts, each with its line. Names are those of the
report's JSON (contract §5), as `trace` has them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nq57kit.errors import ParameterError
from nq57kit.indicators.tasks import OVERDUE
from nq57kit.plan import label_period
from nq57kit.reports.parameters import read_person_text
from nq57kit.reports.results import collect_results, split_years
from nq57kit.show import phrases
from nq57kit.submissions.contract import code_label
from nq57kit.text import fold, format_date, format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from nq57kit.plan import Period, Plan
    from nq57kit.reports.report import Report

#: The places of a report that a person writes, in the order of the report; the last but one is shown with its period.
PLACES: Final = (
    "Nhận xét chung",
    "Đánh giá kết quả thực hiện mục tiêu",
    "Tồn tại, hạn chế và nguyên nhân",
    "Phương hướng, nhiệm vụ kỳ tới",
    "Kiến nghị, đề xuất",
)
#: Where text goes whose heading is none of the places.
OTHER: Final = "Ý kiến khác"
_HEADING: Final = re.compile(r"#{1,3}\s+(?P<title>\S.*)")
#: A name that a result fills.
NAME: Final = re.compile(r"(?<!\\)\{[ \t]*([\w:.-]+)[ \t]*\}")
_NEAR: Final = 5
_NEXT: Final = "Phương hướng, nhiệm vụ"
_UNKNOWN: Final = "chưa có số liệu"
#: By which fields the rows of a result are named: `kpis.staff_reached`, `task_status.7.hoan_thanh_dung_han`.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "kpis": ("indicator",), "targets": ("indicator", "year"), "task_status": ("task_id", "status"),
    "activities_by_type": ("activity_type",), "activities_by_channel": ("channel",), "by_task": ("task_id",),
    "by_unit": ("unit_id",), "measures": ("measure_id",), "products": ("product_id",), "duties": ("duty_id",),
    "events": ("event_id",), "difficulties": ("category",),
}  # fmt: skip
#: The field that a row's own name stands for, where it has no ratio; and the code lists of fields.
_MAIN: Final = ("quantity", "units", "count", "answered", "found", "value", "state")
_LISTS: Final = {"status": "target_status", "state": "duty_state"}
_NOT_NAMED: Final = frozenset(
    {*(key for keys in _KEYS.values() for key in keys), "comparator", "next_comparator", "group"}
)
_RATIOS: Final = frozenset(
    {"value", "target", "next_target", "low", "high", "rate", "coverage", "previous_value", "compared_value"}
)


def find_place(title: str) -> str:
    """Return the place that a heading names, also where it says the period that comes; `OTHER` for any other.

    Example:
        >>> find_place("PHƯƠNG HƯỚNG, nhiệm vụ năm 2027"), find_place("Lời cảm ơn")
        ('Phương hướng, nhiệm vụ kỳ tới', 'Ý kiến khác')
    """
    said = fold(title)
    found = next((place for place in PLACES if fold(place) == said), None)
    return found or (PLACES[3] if said.startswith(fold(_NEXT)) else OTHER)


def name_place(place: str, period: Period) -> str:
    """Return how a place is headed in the report of a period: «kỳ tới» by its name.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> name_place(PLACES[3], load_plan().period("2026-H2"))
        'Phương hướng, nhiệm vụ 6 tháng đầu năm 2027'
    """
    if not period.is_half:
        then = f"năm {period.year + 1}"
    else:
        then = f"6 tháng cuối năm {period.year}" if period.half == 1 else f"6 tháng đầu năm {period.year + 1}"
    return f"{_NEXT} {then}" if place.startswith(_NEXT) else place


def read_commentary(path: Path | None) -> dict[str, str]:
    """Return the Markdown under each of `PLACES`; "" where the file says nothing; all "" without a file.

    Text before the first heading belongs to the first place; text under a heading that is no place goes
    to `OTHER` with its heading. HTML comments are left out. Raises ParameterError if the file is not UTF-8 text.

    Example:
        >>> read_commentary(None)["Nhận xét chung"]
        ''
    """
    texts: dict[str, list[str]] = {place: [] for place in (*PLACES, OTHER)}
    for title, body in split_text(read_person_text(path) or ""):
        place = find_place(title) if title else PLACES[0]
        texts[place] += [f"**{title}**\n", *body] if place == OTHER else body
    return {place: "\n".join(lines).strip() for place, lines in texts.items()}


def split_text(text: str) -> list[tuple[str, list[str]]]:
    """Return a person's text as its headings («» before the first), each with the lines beneath it.

    Example:
        >>> split_text("a\\n# Kiến nghị, đề xuất\\nb")
        [('', ['a']), ('Kiến nghị, đề xuất', ['b'])]
    """
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading is None:
            parts[-1][1].append(line)
        else:
            parts.append((heading["title"].rstrip(" \t#"), []))
    return parts


def write_commentary_form() -> str:
    """Return an empty commentary file: the headings, and how to write under them.

    Example:
        >>> write_commentary_form().count("# ")
        5
    """
    lines = [
        "<!-- Viết dưới mỗi đề mục; phần để trống sẽ hiện «(chưa có nhận xét)» trong báo cáo.",
        "     Số liệu ghi bằng tên trong ngoặc nhọn, ví dụ {kpis.staff_reached}, thì tự điền theo báo cáo; xem các tên bằng",
        "     «nq57kit report names». Lưu tệp với bảng mã UTF-8. Dòng trong dấu chú thích này không vào báo cáo. -->",
        "",
    ]
    for place in PLACES:
        lines += [f"# {place}", "", ""]
    return "\n".join(lines)


# ------------------------------------------------------------------ names that results fill


def fill_names(report: Report, path: Path | None) -> Report:
    """Return the report whose text has each `{name}` replaced by its result.

    Raises ParameterError for a name that is none of the report's, with its line and the names near to it.
    """
    if not any(NAME.search(text) for text in report.commentary.values()):
        return report
    names = list_names(report)
    for number, line in enumerate((read_person_text(path) or "").splitlines(), start=1):
        for found in NAME.finditer(line):
            if found[1] not in names:
                raise ParameterError(
                    f"Tệp nhận xét, dòng {number}: không có số liệu {{{found[1]}}} trong báo cáo này; "
                    f"{say_near(found[1], list(names), 'xem bằng «nq57kit report names»')}"
                )
    filled = {place: NAME.sub(lambda one: names[one[1]], text) for place, text in report.commentary.items()}
    return replace(report, commentary=filled)


def list_names(report: Report) -> dict[str, str]:
    """Return every name that a person's text may have, with what stands in its place: «66,9% (11.829/17.675)»."""
    plan, names = report.plan, {"period": label_period(report.span), "as_of": format_date(report.as_of)}
    if report.years:  # the names of each annual report after its year: `2027.kpis.staff_reached`
        each = ((str(one.period), list_names(one)) for one in report.years)
        names |= {f"{year}.{name}": said for year, own in each for name, said in own.items() if ":" not in name}
        return names | dict(_name_things(plan))
    values = collect_results(report)
    short = dict(plan.units.select("unit_id", "short_name").iter_rows())
    for result, value in values.items():
        if isinstance(value, dict) and result != "provenance":
            names |= _name_row(result, value, short)
        elif isinstance(value, list) and result in _KEYS:
            for row in value:
                key = ".".join(str(row[field]) for field in _KEYS[result])
                names |= _name_row(f"{result}.{key}", row, short)
        elif result in {"late_units", "missing_units"}:
            names |= {result: _list_units(value, short), f"{result}.count": format_number(len(value))}
    return names | dict(_name_things(plan))


def _name_things(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the names of units, tasks and indicators: `unit:vu-tccb.name`."""
    for kind, table, key in (
        ("unit", plan.units, "unit_id"),
        ("task", plan.tasks, "task_id"),
        ("indicator", plan.indicators, "indicator"),
    ):
        for row in table.iter_rows(named=True):
            for field, said in (("name", "name"), ("short_name", "short_name"), ("label", "name")):
                if row.get(field):
                    yield f"{kind}:{row[key]}.{said}", str(row[field])


def _name_row(name: str, row: Mapping[str, Any], short: Mapping[str, str]) -> dict[str, str]:
    own = {field: value for field, value in row.items() if not isinstance(value, dict) and field not in _NOT_NAMED}
    made = {f"{name}.{field}": _write(field, value, short) for field, value in own.items()}
    if "numerator" in row and row.get("denominator") and "state" not in row:
        what = {"completeness": " đơn vị", "timeliness": " đơn vị"}.get(name, "")
        what = " báo cáo" if what and "-" not in str(row.get("period")) else what  # a year counts each half
        part = f"{format_number(row['numerator'])}/{format_number(row['denominator'])}{what}"
        share = phrases.precise_percent(row["value"], row.get("target")) if "value" in row else ""
        made[name] = f"{part} ({share})" if what else f"{share} ({part})" if share else part
    elif main := next((field for field in _MAIN if field in row), None):
        made[name] = made[f"{name}.{main}"]
    return made


def _write(field: str, value: Any, short: Mapping[str, str]) -> str:
    if value is None:
        return _UNKNOWN
    if isinstance(value, list):
        return _list_units(value, short)
    if isinstance(value, bool):
        return "có" if value else "không"
    if field in _RATIOS:
        return format_percent(value)
    if field.endswith("_vnd"):
        return phrases.write_millions(value)
    if field == "period":
        return label_period(value)
    if isinstance(value, str):
        return code_label(_LISTS[field], value) if field in _LISTS else value
    return str(value) if field.endswith("year") else format_number(value)


def _list_units(units: Sequence[str], short: Mapping[str, str]) -> str:
    return phrases.list_names([short.get(unit, unit) for unit in units], len(units)) or "không có"


def say_near(name: str, known: Sequence[str], where: str) -> str:
    """Return the names near to one that is not there, as the end of a sentence; else their families and `where` all are told.

    Example:
        >>> say_near("kpis.staf_reached", ["kpis.staff_reached", "budget"], "xem --list")
        'có phải: kpis.staff_reached?'
    """
    near = get_close_matches(name, known, n=_NEAR, cutoff=0.6)
    near = near or [one for one in known if one.startswith(f"{name}.")][:_NEAR]
    near = near or [one for one in known if name and name.rpartition(".")[2] in one][:_NEAR]
    if near:
        return f"có phải: {', '.join(near)}?"
    families = ", ".join(dict.fromkeys(one.partition(".")[0] for one in known))
    return f"các nhóm số liệu: {families} ({where})."


# ------------------------------------------------------------------ numbers typed by hand


class _Kind(NamedTuple):
    """A kind of number: the word that follows it, the name to write instead, the numbers of the report of this kind."""

    word: str
    advice: str
    known: tuple[float, ...]


_TYPED: Final = re.compile(
    r"(?<![\w.,/{-])(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?(?:/(\d{1,3}(?:\.\d{3})+|\d+))?\s?(%|đơn vị|triệu đồng|tỷ đồng|cán bộ|hoạt động|giải pháp)"
)


def find_contradictions(path: Path | None, values: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each number typed by hand that is none of the report's numbers of its kind, with its line.

    Args:
        path: the commentary's file; names in braces are not typed.
        values: the report's results (contract §5).

    Only kinds of which the report knows every number of the ministry are looked at (units, shares, money, staff, activities,
    measures); a number of another thing may stand, which the sentence says.
    """
    kinds: dict[str, _Kind] = {}
    for year, own in split_years(values).items():
        for kind in _list_kinds(own):
            advice = f"{year}.{kind.advice}" if year else kind.advice
            kinds[kind.word] = _Kind(
                kind.word, advice, (*(kinds[kind.word].known if kind.word in kinds else ()), *kind.known)
            )
    said = []
    for number, line in enumerate((read_person_text(path) or "").splitlines(), start=1):
        for found in _TYPED.finditer(line):
            whole, digits, below, word = found.groups()
            kind = kinds[word]
            step = 0.5 * 10 ** -len(digits or "") if word in _ROUNDED else 0.0
            typed = [
                float(f"{whole.replace('.', '')}.{digits or 0}"),
                *([float(below.replace(".", ""))] if below else []),
            ]
            if kind.known and not all(any(abs(one - known) <= step for known in kind.known) for one in typed):
                told = ", ".join(format_number(one, int(word in _ROUNDED)) for one in kind.known[:_SHOWN])
                said.append(
                    f"Tệp nhận xét, dòng {number}: «{found.group()}» không có trong số liệu của báo cáo ({kind.word}: {told}); "
                    f"sửa lại, hoặc ghi {{{kind.advice}}} để số tự điền; nếu nói về việc khác thì để nguyên."
                )
    return said


#: Kinds whose typed number is rounded; how many known numbers a sentence tells.
_ROUNDED: Final = frozenset({"%", "triệu đồng", "tỷ đồng"})
_SHOWN: Final = 8


def _list_kinds(values: Mapping[str, Any]) -> Iterator[_Kind]:
    shares = [values["completeness"], values["timeliness"]]
    shares += [
        row for name in ("completeness_by_group", "timeliness_by_group") for row in values[name] if row["group"] is None
    ]
    counted = [row[name] for row in shares[::-1] for name in ("numerator", "denominator")]
    overdue = {row["unit_id"] for row in values["unit_task_status"] if row["status"] in OVERDUE}
    yield _kind(
        "đơn vị", "completeness", [*counted, len(values["late_units"]), len(values["missing_units"]), len(overdue)]
    )
    money, ratios = values["budget"], [row["value"] for row in (*shares, *values["kpis"], *values["targets"])]
    ratios += [row.get("target") for row in values["targets"]] + [money["rate"]]
    yield _kind("%", "kpis.staff_reached", [100 * one for one in ratios if one is not None])
    spent = [value for name, value in money.items() if name.endswith("_vnd") and value is not None]
    yield _kind("triệu đồng", "budget.disbursed_vnd", [one / 1e6 for one in spent])
    yield _kind("tỷ đồng", "budget.disbursed_vnd", [one / 1e9 for one in spent])
    people = [
        row[name] for row in values["kpis"] for name in ("numerator", "denominator") if "staff" in row["indicator"]
    ]
    yield _kind("cán bộ", "kpis.staff_reached.numerator", people)
    acts = [row["activities"] for row in values["activities_by_type"]]
    yield _kind("hoạt động", "activities_by_type.tin_bai.activities", [sum(acts), *acts])
    asked = [(row["answered"], row["asked"]) for row in values["measures"] if row["asked"]]
    full, none = sum(has == of for has, of in asked), sum(not has for has, _ in asked)
    yield _kind("giải pháp", "measures.III.1.1-01", [len(values["measures"]), full, none, len(asked) - full - none])


def _kind(word: str, advice: str, known: Sequence[float | None]) -> _Kind:
    return _Kind(word, advice, tuple(dict.fromkeys(float(one) for one in known if one is not None)))
