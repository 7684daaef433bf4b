"""What does not fit with what the unit told before, or with what others tell: the cross-checks.

In: typed frames of submissions, each row with `unit_id` and `origin` (a number of the caller's that says which
submission it is from). Out: `Suspicion`s, which become warnings; nothing is ever taken away. Reads no file and no store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlsplit

import polars as pl

from nq57kit.plan import Period, Plan
from nq57kit.submissions.contract import RUNNING, TABLES, code_label
from nq57kit.submissions.findings import Finding, load_finding_kinds, make_finding
from nq57kit.submissions.schemas import key_of_code
from nq57kit.text import fold, format_date, format_number

#: `staff_total` down by more than this share of the earlier half is asked about.
STAFF_DROP: Final = Fraction(1, 2)
#: Two lists of activities are called identical from this many rows on; one or two rows can be alike by chance.
LEAST_IDENTICAL_ROWS: Final = 3
#: Lines of a yearly plan told beside one that is none.
_LINES_SHOWN: Final = 6
#: Other units named in one sentence; the rest are counted.
NAMES_SHOWN: Final = 5
_CELLS_SHOWN: Final = 3
#: A unit's sum so many times smaller or larger than in its earlier half, or than the middle one of its group, is asked about.
SUM_FACTOR: Final = 1_000
#: A group has a middle from so many units on.
LEAST_IN_GROUP: Final = 3
_SUMS: Final = (
    "budget.planned_vnd", "budget.allocated_vnd", "budget.disbursed_vnd", "activities.cost_vnd", "activities.reach",
)  # fmt: skip
#: Codes of what `compare_halves` and `compare_units` find.
HALF_CODES, UNIT_CODES = (
    tuple(code for code, kind in load_finding_kinds().items() if kind.against == what) for what in ("half", "units")
)
_DONE, _UNDER_WAY, _IDLE = "hoan_thanh", "dang_thuc_hien", "khong_phat_sinh"
#: A task whose work runs over years keeps its status over New Year; all others begin again.
_SPAN: Final = "span"
_ANSWERS: Final = ("communicated", "state_funded")
#: What makes two activities the same in figures: everything but the words, which a copier changes first.
_FIGURES: Final = (
    "task_id", "activity_type", "channel", "started_on", "ended_on", "quantity", "reach", "cost_vnd", "funding_source",
)  # fmt: skip
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
#: A host without a scheme; its last part in small letters, since «QD.BNN/2026» is a document.
_BARE_HOST: Final = re.compile(r"(?:[A-Za-z0-9-]+\.)+[a-z]{2,}(?::\d+)?/")
_TRACKING: Final = re.compile(r"(?:utm_[^=]*|fbclid|gclid)(?:=|$)", re.IGNORECASE)
_PORTS: Final = (":80", ":443")
_PLACE: Final = ("origin", "unit_id", "source_sheet", "source_row")

Frames = Mapping[str, pl.DataFrame]
#: Where a field of a row stands in the file that it came from: «trang Hoạt động, ô G5».
Locate = Callable[[str, str, Mapping[str, Any]], str]


@dataclass(frozen=True)
class Suspicion:
    """A warning before its cell is known: which submission (`origin`), table, field, and the row it stood in.

    `row` is None for what is missing from the file; `words` fill the sentence of the code.
    """

    origin: int
    code: str
    table: str
    field: str
    sheet: str | None
    row: int | None
    value: str | None
    words: Mapping[str, str]

    def to_finding(self, file: str, cell: str | None) -> Finding:
        """Return the finding, in the file and cell that the caller found for it.

        Example:
            >>> words = {"number": "GL-01", "others": "Vụ Pháp chế", "other": "Không"}
            >>> doubt = Suspicion(0, "science-answers-differ", "science_tasks", "communicated", None, 7, "Có", words)
            >>> doubt.to_finding("a.xlsx", "G7").severity
            'warning'
        """
        return make_finding(
            self.code,
            file=file,
            table=self.table,
            sheet=self.sheet or TABLES[self.table].sheet,
            cell=cell,
            field=self.field,
            value=self.value,
            label=TABLES[self.table].field(self.field).label,
            **self.words,
        )

    @property
    def order(self) -> tuple[Any, ...]:
        """The order of a list to work off: by submission, table, row, field."""
        tables = list(TABLES)
        row = self.row if self.row is not None else 0
        return self.origin, tables.index(self.table), row, self.field, self.code, self.value or ""


# ------------------------------------------------------------------------ against the earlier half


def compare_halves(later: Frames, earlier: Frames, plan: Plan, period: Period) -> list[Suspicion]:
    """Return what of `later` does not follow from the same unit's `earlier` half.

    `later` holds submissions for the half `period`, `earlier` those for the half before (for a first half,
    last year's second): cover, science_tasks, workforce, task_progress, budget, activities. Staff, sums, science tasks and answers are compared
    over New Year too; statuses only of tasks that run over years.
    """
    before = period.previous
    if before is None:
        return []
    words = {"period": before.label}
    found = [
        *_staff_dropped(later, earlier, words),
        *(_running_fell(later, earlier, words) if before.year == period.year else ()),
        *_science_vanished(later, earlier, words, period.year),
        *_communicated_withdrawn(later, earlier, words),
        *_status_went_back(later, earlier, words, _carried_tasks(plan, period, before)),
        *_sums_thousandfold(later, earlier, words),
    ]
    return sorted(found, key=lambda doubt: doubt.order)


def compare_request(told: Frames, half: Frames, period: Period, of: Period, locate: Locate) -> list[Suspicion]:
    """Return what a request's rows tell otherwise than the same unit's report of a half of which they share days.

    Activities of a type in the shared days are no more than those of the half; staff of one day are equal, and what runs from the
    start of a year does not fall. `told` are submissions for the request `period`, `half` those for the half `of`; `locate` says where a
    row of the half stands in its file.
    """
    start, end = max(period.window.start, of.window.start), min(period.window.end, of.window.end)
    days = {"start": format_date(start), "end": format_date(end), "period": of.document}
    shared = pl.col("started_on").is_between(start, end)
    rows, theirs = (frames["activities"].filter(shared) for frames in (told, half))
    found = []
    key, sent = ["unit_id", "activity_type"], half["cover"].select("unit_id").unique()
    for (unit, kind), own in rows.join(sent, on="unit_id").group_by(key, maintain_order=True):
        same = theirs.filter((pl.col("unit_id") == unit) & (pl.col("activity_type") == kind))
        mine, other = int(own["quantity"].sum()), int(same["quantity"].sum())
        if mine > other:
            cells = [locate("activities", "quantity", row) for row in same.iter_rows(named=True)]
            more = "" if len(cells) <= _CELLS_SHOWN else f" và {len(cells) - _CELLS_SHOWN} dòng khác"
            there = ", ".join(cells[:_CELLS_SHOWN]) + more if cells else "không có dòng nào"
            words = {"kind": code_label("activity_type", str(kind)), "other": format_number(other), "there": there}
            row = own.row(0, named=True)
            found.append(
                _suspect("request-more-than-half", "activities.quantity", row, format_number(mine), **words, **days)
            )
    if period.year == of.year:
        found += _staff_differs(told, half, (period, of), locate)
    return sorted(found, key=lambda doubt: doubt.order)


def _staff_differs(told: Frames, half: Frames, periods: tuple[Period, Period], locate: Locate) -> Iterator[Suspicion]:
    day, other_day = (period.window.end for period in periods)
    both = told["workforce"].join(half["workforce"], on="unit_id", suffix="_of_half")
    names = RUNNING if day != other_day else [field.name for field in TABLES["workforce"].fields]
    for row, name in ((row, name) for row in both.iter_rows(named=True) for name in names):
        mine, other = row[name], row[f"{name}_of_half"]
        fits = mine == other if day == other_day else mine <= other if day < other_day else mine >= other
        if not fits:
            place = row | {part: row[f"{part}_of_half"] for part in ("source_sheet", "source_row")}
            there = locate("workforce", name, place)
            words = {"other": format_number(other), "period": periods[1].document, "there": there}
            yield _suspect("request-staff-differs", f"workforce.{name}", row, format_number(mine), **words)


def compare_plan(activities: pl.DataFrame, lines: pl.DataFrame) -> list[Suspicion]:
    """Return the activities that name a line which the yearly plan of their unit (`lines`) does not have; none where nobody has sent one."""
    found = []
    named = activities.drop_nulls("plan_line").sort(*_PLACE) if lines.height else activities.clear()
    for row in named.iter_rows(named=True):
        known = lines.filter(pl.col("unit_id") == row["unit_id"])["line_no"].sort().to_list()
        if row["plan_line"] in known:
            continue
        near = sorted(known, key=lambda number: (abs(number - row["plan_line"]), number))[:_LINES_SHOWN]
        told = f"; các dòng gần nhất trong {len(known)} dòng: {', '.join(map(str, sorted(near)))}" if known else ""
        words = {"available": told or " (kho chưa có kế hoạch năm của đơn vị)"}
        found.append(_suspect("line-not-planned", "activities.plan_line", row, str(row["plan_line"]), **words))
    return found


def _carried_tasks(plan: Plan, period: Period, before: Period) -> list[int]:
    """The tasks of which a status of the earlier half still holds."""
    tasks = plan.tasks if before.year == period.year else plan.tasks.filter(pl.col("cadence") == _SPAN)
    return [int(task) for task in tasks["task_id"]]


def _staff_dropped(later: Frames, earlier: Frames, words: Mapping[str, str]) -> Iterator[Suspicion]:
    was = earlier["workforce"].select("unit_id", before="staff_total")
    fallen = (
        later["workforce"]
        .join(was, on="unit_id")
        .filter(
            (pl.col("before") - pl.col("staff_total")) * STAFF_DROP.denominator
            > pl.col("before") * STAFF_DROP.numerator
        )
    )
    yield from _tell_numbers("staff-dropped", "workforce.staff_total", fallen, ("staff_total", "before"), words)


def _running_fell(later: Frames, earlier: Frames, words: Mapping[str, str]) -> Iterator[Suspicion]:
    """Counts that run from the start of the year and are less than the unit's own count in June."""
    for name in RUNNING:
        was = earlier["workforce"].select("unit_id", before=name)
        fallen = later["workforce"].join(was, on="unit_id").filter(pl.col(name) < pl.col("before"))
        yield from _tell_numbers("running-number-fell", f"workforce.{name}", fallen, (name, "before"), words)


def _science_vanished(later: Frames, earlier: Frames, words: Mapping[str, str], year: int) -> Iterator[Suspicion]:
    """Tasks of the earlier half that still run and that the unit no longer reports."""
    running = _with_key(earlier["science_tasks"].filter(pl.col("end_year") >= year))
    expected = (
        later["cover"].select("origin", "unit_id").unique().join(running.drop("origin", strict=False), on="unit_id")
    )
    told = _with_key(later["science_tasks"]).select("origin", "code_key")
    for row in expected.join(told, on=["origin", "code_key"], how="anti").iter_rows(named=True):
        place = {"origin": row["origin"]}  # it stands in no row of the later file
        said = {"year": str(row["end_year"]), **words}
        yield _suspect("science-task-vanished", "science_tasks.code", place, row["code"], **said)


def _communicated_withdrawn(later: Frames, earlier: Frames, words: Mapping[str, str]) -> Iterator[Suspicion]:
    was = _with_key(earlier["science_tasks"]).filter(pl.col("communicated"))
    now = _with_key(later["science_tasks"]).filter(~pl.col("communicated"))
    for row in now.join(was.select("unit_id", "code_key").unique(), on=["unit_id", "code_key"]).iter_rows(named=True):
        said = {"number": row["code"], "other": _answer(not row["communicated"]), **words}
        yield _suspect(
            "communicated-withdrawn", "science_tasks.communicated", row, _answer(row["communicated"]), **said
        )


def _status_went_back(
    later: Frames, earlier: Frames, words: Mapping[str, str], carried: Sequence[int]
) -> Iterator[Suspicion]:
    """A task that was done is not undone, and one under way does not «not arise» in the next half (contract §6).

    «Không phát sinh» after «hoàn thành» is as it should be: within a year what was done stays done.
    """
    status = pl.col("status")
    for code, was, now in (
        ("status-went-back", _DONE, ~status.is_in([_DONE, _IDLE])),
        ("not-arisen-under-way", _UNDER_WAY, status == _IDLE),
    ):
        told = earlier["task_progress"].filter((status == was) & pl.col("task_id").is_in(carried))
        told = told.select("unit_id", "task_id").unique()
        for row in later["task_progress"].filter(now).join(told, on=["unit_id", "task_id"]).iter_rows(named=True):
            said = {"task": str(row["task_id"]), "other": code_label("status", was), **words}
            yield _suspect(code, "task_progress.status", row, code_label("status", row["status"]), **said)


def _sum_by_unit(frames: Frames, place: str) -> pl.DataFrame:
    """Return the sum of one amount by unit, with the first row in which it stands, where it is above zero."""
    table, _, name = place.partition(".")
    rows = frames[table].filter(pl.col(name) > 0)
    first = [pl.col(column).first() for column in ("origin", "source_sheet", "source_row") if column in rows.columns]
    return rows.group_by("unit_id", maintain_order=True).agg(*first, sum=pl.col(name).cast(pl.Float64).sum())


def _is_far(one: str, other: str) -> pl.Expr:
    return (pl.col(one) >= pl.col(other) * SUM_FACTOR) | (pl.col(one) * SUM_FACTOR <= pl.col(other))


def _sums_thousandfold(later: Frames, earlier: Frames, words: Mapping[str, str]) -> Iterator[Suspicion]:
    for place in _SUMS:
        was = _sum_by_unit(earlier, place).select("unit_id", before="sum")
        far = _sum_by_unit(later, place).join(was, on="unit_id").filter(_is_far("sum", "before"))
        yield from _tell_numbers("sum-thousandfold", place, far, ("sum", "before"), words)


def _sums_out_of_group(tables: Frames, groups: pl.DataFrame) -> Iterator[Suspicion]:
    """Sums far from the middle one of every group of the unit that has a middle."""
    for place in _SUMS:
        sums = _sum_by_unit(tables, place).join(groups, on="unit_id")
        judged = sums.filter(pl.len().over("group") >= LEAST_IN_GROUP).with_columns(
            middle=pl.col("sum").median().over("group")
        )
        far = judged.filter(_is_far("sum", "middle").all().over("unit_id")).unique("unit_id", maintain_order=True)
        yield from _tell_numbers("sum-out-of-group", place, far, ("sum", "middle"), {})


# ------------------------------------------------------------------------------------ across units


def compare_units(tables: Frames, names: Mapping[str, str], groups: pl.DataFrame | None = None) -> list[Suspicion]:
    """Return what the units tell of one half that contradicts or repeats what another tells.

    `tables` holds one submission of each unit for one half (science_tasks, activities, workforce, budget); `names` gives
    a unit's short name, by which it is mentioned; `groups` (`unit_id`, `group`) the units that sums are compared with. Evidence is compared within one table: that a
    unit shows an article as the evidence of a science task and lists it as an activity is as it should be.
    """
    spelled = pl.col("code").str.to_lowercase().str.replace_all(r"\s", "")
    science = _map_unique(_with_key(tables["science_tasks"]), "name", "name_key", fold)
    found = [
        *_differing(science.with_columns(_spelled=spelled), "_spelled", "code", "science-codes-joined", names),
        *_differing(science, "name_key", "name", "science-names-differ", names),
        *(doubt for name in _ANSWERS for doubt in _differing(science, name, name, "science-answers-differ", names)),
        *_evidence(
            "activities", tables["activities"].with_columns(_claim=pl.int_range(pl.len()).cast(pl.String)), names
        ),
        *_evidence("science_tasks", science.with_columns(_claim="code_key"), names),
        *_identical_workforce(tables["workforce"], names),
        *_identical_activities(tables["activities"], names),
        *(() if groups is None else _sums_out_of_group(tables, groups)),
    ]
    return sorted(found, key=lambda doubt: doubt.order)


def _differing(
    science: pl.DataFrame, compared: str, shown: str, code: str, names: Mapping[str, str]
) -> Iterator[Suspicion]:
    """Rows of one science code that do not agree in the column `compared`."""
    told = science.drop_nulls(["code_key", compared])
    several = told.filter(pl.col(compared).n_unique().over("code_key") > 1).sort("code_key", *_PLACE)
    for group in several.partition_by("code_key", maintain_order=True):
        rows = list(group.iter_rows(named=True))
        for row in rows:
            others = [other for other in rows if other[compared] != row[compared]]
            said = {
                "number": row["code"],
                "other": _shown(others[0][shown]),
                "others": _name_units([other["unit_id"] for other in others], row["unit_id"], names),
            }
            yield _suspect(code, f"science_tasks.{shown}", row, _shown(row[shown]), **said)


def _evidence(table: str, rows: pl.DataFrame, names: Mapping[str, str]) -> Iterator[Suspicion]:
    """One address as the evidence of several claims, in one unit or in two."""
    keyed = _map_unique(rows.drop_nulls("evidence_url"), "evidence_url", "_url", evidence_key).drop_nulls("_url")
    shared = keyed.filter(pl.col("_claim").n_unique().over("_url") > 1).sort("_url", *_PLACE)
    for group in shared.partition_by("_url", maintain_order=True):
        firsts: dict[str, dict[str, Any]] = {}
        for row in group.iter_rows(named=True):
            first = firsts.setdefault(row["unit_id"], row)
            if first is not row and first["_claim"] != row["_claim"]:
                said = {"other": str(first["source_row"])}
                yield _suspect("evidence-repeated", f"{table}.evidence_url", row, row["evidence_url"], **said)
        for unit_id, row in firsts.items():
            others = [other for other, claim in firsts.items() if other != unit_id and claim["_claim"] != row["_claim"]]
            if others:
                said = {"others": _name_units(others, unit_id, names)}
                yield _suspect("evidence-shared", f"{table}.evidence_url", row, row["evidence_url"], **said)


def _identical_workforce(workforce: pl.DataFrame, names: Mapping[str, str]) -> Iterator[Suspicion]:
    figures = [wanted.name for wanted in TABLES["workforce"].fields]
    told = workforce.filter(pl.col("staff_total") > 0)
    alike = told.filter(pl.col("unit_id").n_unique().over(figures) > 1).sort(*figures, *_PLACE)
    for group in alike.partition_by(figures, maintain_order=True):
        for row in group.iter_rows(named=True):
            others = _name_units(group["unit_id"].to_list(), row["unit_id"], names)
            shown = "; ".join(format_number(row[name]) for name in figures)
            yield _suspect("workforce-identical", f"workforce.{figures[0]}", row, shown, others=others)


def _identical_activities(activities: pl.DataFrame, names: Mapping[str, str]) -> Iterator[Suspicion]:
    line = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in _FIGURES], separator="|")
    lists = (
        activities.sort(*_PLACE)
        .with_columns(_line=line)
        .group_by("origin", "unit_id", maintain_order=True)
        .agg(
            pl.col("source_sheet").first(),
            pl.col("source_row").first(),
            _rows=pl.len(),
            _all=pl.col("_line").sort().str.join("\n"),
        )
        .filter(pl.col("_rows") >= LEAST_IDENTICAL_ROWS)
    )
    for group in lists.filter(pl.col("unit_id").n_unique().over("_all") > 1).partition_by("_all", maintain_order=True):
        for row in group.iter_rows(named=True):
            others = _name_units(group["unit_id"].to_list(), row["unit_id"], names)
            told = f"{format_number(row['_rows'])} dòng"
            yield _suspect("activities-identical", "activities.name", row, told, others=others)


# ----------------------------------------------------------------------------------------- helpers


def _tell_numbers(
    code: str, place: str, rows: pl.DataFrame, columns: tuple[str, str], words: Mapping[str, str]
) -> Iterator[Suspicion]:
    """Give a suspicion of each row in which a number does not go with the other one of `columns`."""
    for row in rows.iter_rows(named=True):
        mine, other = (format_number(round(row[name])) for name in columns)
        yield _suspect(code, place, row, mine, other=other, **words)


def _suspect(code: str, place: str, row: Mapping[str, Any], value: str | None, **words: str) -> Suspicion:
    """Return a suspicion of a row, in the table and field that `place` names («budget.planned_vnd»)."""
    table, _, name = place.partition(".")
    return Suspicion(row["origin"], code, table, name, row.get("source_sheet"), row.get("source_row"), value, words)


def _name_units(unit_ids: Sequence[str], own: str, names: Mapping[str, str]) -> str:
    """Name the units but `own`, by their short names; where there is none but `own`, say so."""
    others = sorted({names.get(unit_id, unit_id) for unit_id in unit_ids if unit_id != own})
    if not others:
        return "dòng khác của chính đơn vị"
    more = len(others) - NAMES_SHOWN
    return ", ".join(others[:NAMES_SHOWN]) + (f" và {more} đơn vị khác" if more > 0 else "")


def _answer(value: bool) -> str:
    return code_label("yes_no", "co" if value else "khong")


def _shown(value: Any) -> str:
    return _answer(value) if isinstance(value, bool) else str(value)


def evidence_key(text: str) -> str | None:
    """Return what an address is compared by; None for what is no address (the number of a document).

    Scheme, «www.», case of the host, default ports, a slash at the end, fragments and the marks of campaigns
    («utm_…») do not matter.

    Example:
        >>> evidence_key("HTTPS://Example.org/tin/1/?utm_source=zalo") == evidence_key("example.org/tin/1")
        True
        >>> evidence_key("12/BC-TCCB") is None
        True
    """
    text = text.strip()
    if not (_SCHEME.match(text) or text[:4].casefold() == "www." or _BARE_HOST.match(text)):
        return None
    try:
        parts = urlsplit("//" + _SCHEME.sub("", text, count=1))
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2].casefold().removeprefix("www.")
    for port in _PORTS:
        host = host.removesuffix(port)
    query = "&".join(part for part in parts.query.split("&") if part and not _TRACKING.match(part))
    route = parts.fragment if parts.fragment[:1] in ("!", "/") else ""  # a page of its own in some applications
    return host + parts.path.rstrip("/") + (f"?{query}" if query else "") + (f"#{route}" if route else "")


def _with_key(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `code_key`: the code of a science task as it is compared."""
    return frame.with_columns(code_key=key_of_code("code"))


def _map_unique(frame: pl.DataFrame, column: str, name: str, change: Any) -> pl.DataFrame:
    """Add the column `name`: `change` of a text column, called once per distinct text."""
    texts = frame[column].drop_nulls().unique().to_list()
    keys = {text: change(text) for text in texts}
    return frame.with_columns(pl.Series(name, [keys.get(text) for text in frame[column]], dtype=pl.String))
