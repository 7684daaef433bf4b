"""From a cell to a typed value or a finding's code: one parser per kind of field, one rule per line of docs/reading.md.

In: a `Cell`, its `Field`, the plan. Out: `Reading`: the value, or the code of the finding with its words, or both
(a value taken with a remark). Nothing is guessed: what has two readings is an error that shows them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from nq57kit.errors import Nq57Error
from nq57kit.submissions.contract import Field, Kind, code_label, find_code, load_codes
from nq57kit.submissions.legacy import convert_cell
from nq57kit.submissions.parsing import Reading, lower, read_date, read_percent, read_whole, read_year
from nq57kit.text import fold, format_date, match_key, tidy

if TYPE_CHECKING:
    from nq57kit.plan import Plan
    from nq57kit.submissions.cells import Cell

__all__ = ["Reading", "ValueReader"]

_MISSING: Final = frozenset({"", "-", "–", "—", "−", "--"})
_TASK: Final = re.compile(r"(?:nhiệm vụ|nv|tt)?\s*(?:số)?\s*([0-9]{1,2}|[ivx]{1,4})(?:\.0)?(?:\s*[.):-]\s*|\s+|$)(.*)")
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
_MOST_LISTED: Final = 12


class ValueReader:
    """Reads cells by the kinds of their fields, against one plan (units, periods, tasks)."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._parsers: dict[Kind, Callable[[Cell, Field], Reading]] = {
            Kind.TEXT: self._text,
            Kind.URL: self._text,
            Kind.UNIT: self._unit,
            Kind.PERIOD: self._period,
            Kind.TASK: self._task,
            Kind.CODE: self._code,
            Kind.YES_NO: self._yes_no,
            Kind.WHOLE: read_whole,
            Kind.MONEY: read_whole,
            Kind.YEAR: read_year,
            Kind.PERCENT: read_percent,
            Kind.DATE: read_date,
        }

    def read(self, cell: Cell, field: Field) -> Reading:
        """Return what `cell` says as a value of `field`.

        Example:
            >>> from nq57kit.plan import load_plan
            >>> from nq57kit.submissions.contract import TABLES
            >>> from nq57kit.submissions.cells import Cell
            >>> ValueReader(load_plan()).read(Cell(1, 1, "1.234.567"), TABLES["activities"].field("reach")).value
            1234567
        """
        if cell.error:
            return Reading.problem("cell-error", error=cell.error)
        if cell.formula_without_value:
            return Reading.problem("formula-without-value")
        value = cell.value
        if isinstance(value, str):
            value = tidy(value)
            if value in _MISSING:
                return Reading()
            if (converted := convert_cell(cell)) is not None:
                encoding, unicode = converted
                return Reading.problem("legacy-font", encoding=encoding, reading=unicode.value)
            cell = cell._replace(value=value)
        elif value is None:
            return Reading()
        return self._parsers[field.kind](cell, field)

    @staticmethod
    def _text(cell: Cell, field: Field) -> Reading:
        value = cell.value
        if isinstance(value, bool):
            return Reading("TRUE" if value else "FALSE")
        if isinstance(value, datetime):
            return Reading(format_date(value.date()))
        if isinstance(value, date):
            return Reading(format_date(value))
        return Reading(str(value))

    @staticmethod
    def _code(cell: Cell, field: Field) -> Reading:
        listed = field.codes or ""
        text = str(cell.value)
        if found := _find_code(listed, text):
            return Reading(found)
        return Reading.problem("code-unknown", choices=_choices(listed), hint=_suggest(listed, text))

    @staticmethod
    def _yes_no(cell: Cell, field: Field) -> Reading:
        if isinstance(cell.value, bool):
            return Reading(cell.value)
        found = _find_code("yes_no", str(cell.value))
        return Reading(found == "co") if found else Reading.problem("yes-no-unclear")

    def _unit(self, cell: Cell, field: Field) -> Reading:
        match = self._plan.find_unit(str(cell.value))
        if match.unit_id:
            return Reading(match.unit_id)
        names = ", ".join(f"«{self._plan.unit(one).name}»" for one in match.ambiguous or match.suggestions)
        if match.ambiguous:
            return Reading.problem("unit-ambiguous", choices=names)
        return Reading.problem("unit-unknown", hint=f" Có phải là {names}?" if names else "")

    @cached_property
    def _period_names(self) -> Mapping[str, str]:
        """The words for each half-year of the plan."""
        names: dict[str, str] = {}
        settings = self._plan.settings
        for year in range(settings.first_year, settings.last_year + 1):
            for half, words, number in ((1, "6 tháng đầu năm", "I"), (2, "6 tháng cuối năm", "II")):
                period = f"{year}-H{half}"
                for text in (
                    period,
                    f"H{half}/{year}",
                    f"{words} {year}",
                    f"{words.replace('6', 'sáu')} {year}",
                    f"kỳ {number}/{year}",
                    f"{words} {year} ({period})",
                ):
                    names[fold(text)] = period
        return names

    def _period(self, cell: Cell, field: Field) -> Reading:
        text = str(cell.value)
        found = self._period_names.get(fold(text), text)
        try:
            period = self._plan.period(found)
        except Nq57Error:
            return Reading.problem("period-unknown")
        return Reading(str(period)) if period.half else Reading.problem("period-is-year", year=period.year)

    @cached_property
    def _task_names(self) -> dict[int, str]:
        return {
            int(number): match_key(str(name)) for number, name in self._plan.tasks.select("task_id", "name").iter_rows()
        }

    def _task(self, cell: Cell, field: Field) -> Reading:
        last = max(self._task_names, default=0)
        if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
            if cell.percent or not float(cell.value).is_integer():
                return Reading.problem("task-unknown", last=last)
            number, rest = int(cell.value), ""
        else:
            found = _TASK.fullmatch(lower(cell.value)) if isinstance(cell.value, str) else None
            if found is None or found.group(0) == "x" or found.group(2)[:1].isdecimal():
                return self._task_by_name(cell, last)
            written, rest = found.groups()
            number = int(written) if written.isdecimal() else _ROMAN.get(written, 0)
        if number not in self._task_names:
            return Reading.problem("task-unknown", last=last)
        key = match_key(rest)
        name = self._task_names[number]
        if key and not (name.startswith(key) or key.startswith(name)):
            return Reading.problem("task-conflict", number=number)
        return Reading(number)

    def _task_by_name(self, cell: Cell, last: int) -> Reading:
        key = match_key(str(cell.value))
        same = [number for number, name in self._task_names.items() if name == key]
        return Reading(same[0]) if len(same) == 1 else Reading.problem("task-unknown", last=last)


# ------------------------------------------------------------------------------------ codes


@lru_cache(maxsize=2048)
def _find_code(listed: str, text: str) -> str | None:
    """Return the code that `text` writes, with or without a stop at its end."""
    return find_code(listed, text) or find_code(listed, text.rstrip(" .;:,"))


@cache
def _choices(listed: str) -> str:
    labels = [f"«{code.label}»" for code in load_codes(listed).values()]
    more = " và các mục khác của danh sách trong biểu mẫu" if len(labels) > _MOST_LISTED else ""
    return ", ".join(labels[:_MOST_LISTED]) + more


@cache
def _suggest(listed: str, text: str) -> str:
    """Return « Có phải là «Tọa đàm»?» for the nearest spelling, or nothing."""
    spellings = {
        match_key(word): code.code for code in load_codes(listed).values() for word in (code.label, *code.aliases)
    }
    near = difflib.get_close_matches(match_key(text), spellings, n=1, cutoff=0.75)
    return f" Có phải là «{code_label(listed, spellings[near[0]])}»?" if near else ""
