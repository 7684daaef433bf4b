"""Two reports beside each other: which figures moved, and by which unit's report; for the person who signs the later one.

In: two files of reports of one kind, and the store where it is at hand. Out: a `Comparison`: what moved in words and as JSON, which
submissions came or were sent again with the cells that changed, and what else is not the same. With the store each move is led to
the units whose rows made it, by the traces of both reports.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from nq57kit.errors import Nq57Error, ParameterError
from nq57kit.indicators.network import EVIDENCE
from nq57kit.plan import Plan, label_period, load_plan
from nq57kit.reports.parameters import KINDS
from nq57kit.reports.provenance import Origin, read_origin
from nq57kit.reports.results import collect_results, read_values, split_years
from nq57kit.reports.tracer import Tracer, open_origin
from nq57kit.store import Store, find_differences
from nq57kit.submissions.contract import TABLES, code_label
from nq57kit.text import format_date, format_number, format_percent

#: Lists of the JSON that are compared: the key of their rows; two keys make one name.
_LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "kpis": ("indicator",), "completeness": (), "timeliness": (), "budget": (), "completion": ("base",), "task_status": ("task_id", "status"), "activities_by_type": ("activity_type",),
    "activities_by_channel": ("channel",), "workforce": ("group",), "by_task": ("task_id",), "products": ("product_id",),
    "measures": ("measure_id",), "duties": ("duty_id",), "events": ("event_id",), "network": ("code",),
    "difficulties": ("category",), "by_unit": ("unit_id",),
}  # fmt: skip
#: What is compared of their rows, and how each is called.
_FIELDS: Final[Mapping[str, str]] = {
    "activities": "số hoạt động", "quantity": "số lượng", "reach": "lượt người tiếp cận", "cost_vnd": "kinh phí hoạt động",
    "planned_vnd": "dự toán", "allocated_vnd": "kinh phí được giao", "disbursed_vnd": "kinh phí giải ngân",
    "staff_total": "cán bộ, công chức, viên chức", "staff_reached": "người đã tiếp cận thông tin",
    "comms_staff_total": "cán bộ chuyên trách truyền thông", "comms_staff_trained": "cán bộ chuyên trách đã được đào tạo",
    "coordination_activities": "hoạt động phối hợp", "no_role_activities": "hoạt động không có vai trò",
    "answered": "đơn vị có căn cứ", "found": "sản phẩm đã thấy", "units": "số đơn vị", "count": "số lượng",
}  # fmt: skip
#: Rows that are one figure, a part of a whole.
_RATIOS: Final = frozenset({"kpis", "completeness", "timeliness", "completion", "duties"})
#: Rows that are one count, under a name of their own; none is there where nothing was counted.
_COUNTS: Final = frozenset({"task_status", "network", "difficulties"})
#: Families told in sentences of their own, first; the others stand in a list.
MAIN: Final = ("kpis", "completeness", "timeliness", "completion", "budget")
_CELLS: Final = 5
_UNITS: Final = 6
_OTHER: Final[Mapping[str, str]] = {
    "plan_sha256": "bảng kế hoạch hoặc quy ước", "register_sha256": "danh mục nhiệm vụ KHCN", "judgements": "kết luận của người đánh giá",
    "code_sha256": "chương trình lập báo cáo", "notebook_sha256": "sổ ghi (notebook)", "locks": "khóa số liệu",
    "commentary_sha256": "nhận xét của người lập báo cáo",
}  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A figure that is not the same: its name as `trace` knows it, what it is, both values, and the units that made the difference.

    `units` are unit → what its rows add now beyond what they added before, by role, `by` says it in words; empty where that cannot
    be told.
    """

    figure: str
    label: str
    old: str
    new: str
    units: Mapping[str, Mapping[str, int]]
    by: str = ""


@dataclass(frozen=True)
class Sent:
    """A submission that one of the two reports read and the other did not, in words.

    `change` is new, again or gone; `cells` are the first that changed, `more` how many others did.
    """

    unit_id: str
    period: str
    change: str
    revision: int
    text: str
    cells: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Comparison:
    """What became of the figures from one report to another of its kind; `sentences` are those for the person who signs."""

    kind: str
    old: Mapping[str, str]
    new: Mapping[str, str]
    moved: tuple[Moved, ...]
    sent: tuple[Sent, ...]
    notes: tuple[str, ...]
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready data."""
        return asdict(self)


def compare_reports(
    old: Path, new: Path, *, store: Path | None = None, plan: Path | None = None, register: Path | None = None
) -> Comparison:
    """Return what moved from one report to another of the same kind, and by which unit's report.

    Args:
        old, new: files of reports: .json, .ipynb, or .html, .docx, .xlsx (the JSON beside them is read; else the store).
        store: the store's folder; with it moves are led to units and cells.
        plan: the folder of the plan's tables, where it is not the packaged one.
        register: the register of science tasks that both were made with, if they were.

    Raises ParameterError for reports of different kinds or units, and for one whose figures cannot be had.
    """
    sides = [_open(path, store, plan, register) for path in (old, new)]
    (first, before, then), (second, after, now) = sides
    if first.kind != second.kind:
        raise ParameterError(
            f"«{first.name}» là {_name_kind(first)}, «{second.name}» là {_name_kind(second)}; so hai báo cáo cùng loại."
        )
    if first.provenance.get("unit_id") != second.provenance.get("unit_id"):
        raise ParameterError(f"«{first.name}» và «{second.name}» là phiếu của hai đơn vị; so hai phiếu của một đơn vị.")
    words = Words(load_plan(plan))
    moved = tuple(_find_moved_of_years(before, after, (then, now), words))
    same = before["period"] == after["period"]
    sent = tuple(_find_sent(first, second, store, words)) if same else ()
    notes = tuple(_list_notes(first, second, words))
    told = [
        {"file": one.name, "period": one.provenance["period"], "as_of": one.provenance["as_of"]}
        for one in (first, second)
    ]
    sentences = tuple(_say(moved, sent))
    return Comparison(first.kind, told[0], told[1], moved, sent, notes, sentences)


def _name_kind(origin: Origin) -> str:
    return next(known.name.lower() for kind, known in KINDS.items() if kind == origin.kind)


def _open(
    path: Path, store: Path | None, plan: Path | None, register: Path | None
) -> tuple[Origin, dict[str, Any], Tracer | None]:
    """Return where a report comes from, its figures, and what traces them (None: no store, or it has not what was read)."""
    values: dict[str, Any] | None = None
    if path.suffix == ".ipynb":
        values = read_values(path) if path.is_file() else None
        if values is None:
            raise ParameterError(f"«{path.name}» không có kết quả của báo cáo nào; đưa sổ ghi đã chạy của nq57kit.")
        origin = Origin(path.name, "json", b"", values["provenance"])
    else:
        origin = read_origin(path)
        beside = path.with_suffix(".json")
        if origin.ending == "json":
            values = json.loads(origin.content)
        elif beside.is_file() and (found := read_values(beside)) and found["provenance"] == origin.provenance:
            values = found
    tracer, why = None, "đưa tệp .json của báo cáo, hoặc viết thêm --store THƯ_MỤC"
    if store is not None:
        try:
            tracer = open_origin(origin, store, plan=plan, register=register)
        except Nq57Error as error:
            why = str(error)
    if values is None and tracer is None:
        raise ParameterError(f"Không có số liệu của «{origin.name}»: {why}")
    return origin, values or collect_results(tracer.report), tracer  # type: ignore[union-attr]


class Words:
    """What figures, units and periods are called."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._units = dict(plan.units.select("unit_id", "short_name").iter_rows())
        self._labels: dict[str, dict[str, str]] = {
            "kpis": dict(plan.indicators.select("indicator", "label").iter_rows()),
            "products": {
                key: f"Sản phẩm {key} «{text}»" for key, text in plan.products.select("product_id", "text").iter_rows()
            },
            "events": dict(plan.events.select("event_id", "name").iter_rows()),
            "workforce": dict(plan.groups.select("group", "label").iter_rows()) | {"": plan.words["Whole"]},
            "completeness": {"": "Đơn vị gửi báo cáo"},
            "timeliness": {"": "Đơn vị gửi báo cáo đúng hạn"},
            "completion": {
                "due": "Đầu việc đã hoàn thành, trong số đã đến hạn",
                "all": "Đầu việc đã hoàn thành, trong tất cả",
            },
            "network": {code: label for code, (_, label) in EVIDENCE.items()},
        }

    def unit(self, unit_id: str) -> str:
        """Return a unit's short name; its id where the register does not know it."""
        return self._units.get(unit_id) or unit_id

    def period(self, text: str) -> str:
        """Return a period in words."""
        return label_period(text)

    def figure(self, family: str, key: str, field: str) -> str:
        """Return a figure in words: «Nhiệm vụ 4: số hoạt động»; raises KeyError for one that is not compared."""
        task, _, status = key.partition(".")
        heads = {
            "task_status": lambda: f"Nhiệm vụ {task}, {code_label('report_status', status).lower()}",
            "activities_by_type": lambda: code_label("activity_type", key),
            "activities_by_channel": lambda: f"Kênh {code_label('channel', key).lower()}",
            "by_task": lambda: f"Nhiệm vụ {key}",
            "measures": lambda: f"Giải pháp {key}",
            "duties": lambda: f"Trách nhiệm {key}",
            "difficulties": lambda: f"Khó khăn, vướng mắc nhóm «{code_label('category', key)}»",
            "by_unit": lambda: self.unit(key),
        }
        if family == "budget":
            return _FIELDS[field][:1].upper() + _FIELDS[field][1:]
        head = heads[family]() if family in heads else self._labels[family].get(key, key)
        return head if family in (*_RATIOS, *_COUNTS) else f"{head}: {_FIELDS[field]}"


def _list_figures(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Yield family, key, field and value of each figure that is compared; of a ratio its row."""
    for family, keys in _LISTS.items():
        told = values.get(family) or []
        for row in told if isinstance(told, list) else [told]:
            key = ".".join(str(row[name]) for name in keys if row.get(name) is not None)
            if family in _RATIOS:
                yield family, key, "", row
            else:
                yield from ((family, key, field, value) for field, value in row.items() if field in _FIELDS)


def _write(family: str, field: str, value: Any, *, with_state: bool = True) -> str:
    """Return a value as a person reads it; a row of a ratio with its verdict or state, where that is told."""
    if value is None:
        return "không có"
    if isinstance(value, dict):
        lists = {"kpis": "target_status", "duties": "duty_state"} if with_state else {}
        state = value.get("status" if family == "kpis" else "state")
        said = f", {code_label(lists[family], str(state)).lower()}" if state and family in lists else ""
        if value.get("denominator") is None:
            return code_label(lists[family], str(state)) if said else "–"
        part = f"{format_number(value['numerator'])}/{format_number(value['denominator'])}"
        return (f"{format_percent(value['value'])} ({part})" if value.get("value") is not None else part) + said
    return f"{format_number(value)}{' đồng' if field.endswith('_vnd') else ''}"


def _find_moved_of_years(
    before: Mapping[str, Any], after: Mapping[str, Any], tracers: tuple[Tracer | None, Tracer | None], words: Words
) -> Iterator[Moved]:
    """Yield what moved; of programme reports year by year, over the years that both have."""
    old, new = split_years(before), split_years(after)
    for year in [year for year in new if year in old]:
        own = [one.years.get(year, one) if one else None for one in tracers]
        for moved in _find_moved(old[year], new[year], (own[0], own[1]), words):
            yield replace(moved, figure=f"{year}.{moved.figure}", label=f"Năm {year}, {moved.label}") if year else moved


def _find_moved(
    before: Mapping[str, Any], after: Mapping[str, Any], tracers: tuple[Tracer | None, Tracer | None], words: Words
) -> Iterator[Moved]:
    old, new = ({one[:3]: one[3] for one in _list_figures(values)} for values in (before, after))
    for family, key, field in dict.fromkeys([*new, *old]):
        none = 0 if family in _COUNTS else None
        values = [side.get((family, key, field), none) for side in (old, new)]
        states = {value.get("status", value.get("state")) for value in values if isinstance(value, dict)}
        was, now = (_write(family, field, value, with_state=len(states) > 1) for value in values)
        if was != now:
            own = "" if family in _COUNTS else field
            name = ".".join(filter(None, (family, key, own)))
            units = _find_units(name, tracers)
            yield Moved(name, words.figure(family, key, field), was, now, units, _say_units(units, words))


def _find_units(figure: str, tracers: tuple[Tracer | None, Tracer | None]) -> dict[str, dict[str, int]]:
    """Return what the rows of each unit add in the later report beyond what they added in the earlier one."""
    if None in tracers:
        return {}
    amounts: Counter[tuple[str, str]] = Counter()
    for sign, tracer in zip((-1, 1), tracers, strict=True):
        found = tracer.figures.get(figure) if tracer else None
        for unit, role, amount in [] if found is None else found.rows().select("unit_id", "role", "amount").iter_rows():
            amounts[unit or "", role] += sign * (amount or 0)
    units: dict[str, dict[str, int]] = {}
    for (unit, role), amount in sorted(amounts.items(), key=lambda item: -abs(item[1])):
        if amount:
            units.setdefault(unit, {})[role] = amount
    return units


def _find_sent(first: Origin, second: Origin, store: Path | None, words: Words) -> Iterator[Sent]:
    old, new = (
        {(row["period"], row["unit_id"]): row for row in origin.provenance["submissions"]} for origin in (first, second)
    )
    for period, unit in sorted(old.keys() | new.keys()):
        was, now, name = old.get((period, unit)), new.get((period, unit)), f"{words.unit(unit)}, {words.period(period)}"
        if now is None and was is not None:
            yield Sent(unit, period, "gone", was["revision"], f"{name}: không còn được dùng")
        elif was is None and now is not None:
            yield Sent(unit, period, "new", now["revision"], f"{name}: mới nhận")
        elif was and now and was["sha256"] != now["sha256"]:
            cells = [] if store is None else _find_cells(Store(store, plan=words.plan), was, now)
            text, more = f"{name}: gửi lại, lần {now['revision']}", max(0, len(cells) - _CELLS)
            yield Sent(unit, period, "again", now["revision"], text, tuple(cells[:_CELLS]), more)


def _find_cells(store: Store, was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the cells that changed from one revision to another, in words; none where the store cannot tell."""
    try:
        found = find_differences(store, now["unit_id"], now["period"], old=was["revision"], new=now["revision"])
    except Nq57Error:
        return []
    said, cells = {"added": "thêm dòng", "removed": "bỏ dòng"}, []
    for one in found.changes:
        table = TABLES[one.table]
        place = f"trang «{table.sheet}», ô {one.new_cell or one.old_cell or '?'}"
        if one.hidden:
            cells.append(f"{place}: thông tin liên hệ")
        elif one.field is None:
            cells.append(f"{place}: {said[one.kind]}")
        else:
            cells.append(f"{place} ({table.field(one.field).label}): {_plain(one.old)} → {_plain(one.new)}")
    return cells


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, date):
        return format_date(value)
    return "để trống" if value is None else format_number(value) if isinstance(value, int) else f"«{value}»"


def _list_notes(first: Origin, second: Origin, words: Words) -> Iterator[str]:
    """Yield what is not the same beside the submissions."""
    was, now = first.provenance, second.provenance
    if was["period"] != now["period"]:
        yield (
            f"Hai báo cáo của hai kỳ ({words.period(was['period'])}, {words.period(now['period'])}): số liệu khác nhau do khác kỳ, "
            "không nói lên việc đơn vị sửa số liệu."
        )
    if was["as_of"] != now["as_of"]:
        yield f"Ngày chốt số liệu: {format_date(first.as_of)} → {format_date(second.as_of)}."
    if other := [label for key, label in _OTHER.items() if was.get(key) != now.get(key)]:
        yield f"Khác nhau về: {', '.join(other)}."


def _say(moved: tuple[Moved, ...], sent: tuple[Sent, ...]) -> Iterator[str]:
    """Yield the sentences for the person who signs: how much moved, then each of the main figures with the units that made it."""
    if not moved and not sent:
        yield "Không có số liệu nào thay đổi giữa hai báo cáo."
        return
    main = [one for one in moved if one.figure.partition(".")[0] in MAIN]
    kinds = Counter(one.change for one in sent)
    said = [
        f"{format_number(kinds[change])} báo cáo {label}"
        for change, label in (("new", "mới nhận"), ("again", "gửi lại"), ("gone", "không còn được dùng"))
        if kinds[change]
    ]
    for family, label in (("products", "sản phẩm theo Phụ lục"), ("measures", "giải pháp"), ("duties", "trách nhiệm")):
        keys = {
            one.figure.rpartition(".")[0] if family != "duties" else one.figure
            for one in moved
            if one.figure.startswith(f"{family}.")
        }
        said += [f"{format_number(len(keys))} {label} có số liệu thay đổi"] if keys else []
    yield (
        "; ".join(
            [f"{format_number(len(moved))} số liệu thay đổi, trong đó {format_number(len(main))} số liệu chính", *said]
        )
        + "."
    )
    for one in main:
        yield f"{one.label}: {one.old} → {one.new}{f', do {one.by}' if one.by else ''}."


def _say_units(units: Mapping[str, Mapping[str, int]], words: Words) -> str:
    """Return «Vụ TCCB (tử số +20)»; empty where the units are not known."""
    roles = {"numerator": "tử số ", "denominator": "mẫu số ", "counted": ""}

    def say(parts: Mapping[str, int]) -> str:
        return ", ".join(f"{roles[role]}{'+' * (amount > 0)}{format_number(amount)}" for role, amount in parts.items())

    told = [
        f"{words.unit(one) or 'danh mục nhiệm vụ KHCN'} ({say(parts)})" for one, parts in list(units.items())[:_UNITS]
    ]
    more = len(units) - len(told)
    return "; ".join(told) + (f" và {format_number(more)} đơn vị khác" if more else "")
