"""The index of a folder of reports: one page that lists them, made again by each run.

In: the JSON files beside the reports, nothing else: no clock, no time of a file. Out: `index.html` and `index.json`,
the same bytes for the same files. A JSON file that is damaged, or no report's, is passed over with a note.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from nq57kit.errors import PeriodError
from nq57kit.files import read_plain_file, write_atomically
from nq57kit.plan import label_period
from nq57kit.reports.html import Page, Section, open_templates, render_page
from nq57kit.reports.parameters import KINDS
from nq57kit.text import clean, format_date, format_number, sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PAGE: Final = "index.html"
_DATA: Final = "index.json"
#: Files of one report, with what a reader calls them, in the order of the links; what is named otherwise than the report.
_FORMATS: Final[Mapping[str, str]] = {
    "html": "Trang",
    "docx": "Word",
    "xlsx": "Excel",
    "catalogue": "Danh mục sản phẩm",
    "ipynb": "Sổ\u00a0ghi (notebook)",
    "json": "JSON",
}
_BESIDE: Final[Mapping[str, str]] = {"catalogue": "catalogue-{period}.html"}
_STATES: Final[Mapping[str, str]] = {"provisional": "Tạm tính", "official": "Chính thức"}
_STEM = re.compile(r"(?P<kind>[a-z]+)-(?P<period>\d{4}(?:-H[12])?)(?:-(?P<unit>[a-z0-9][a-z0-9_-]*))?", re.ASCII)
#: A report's results are far below this; a larger file is not read.
_LARGEST: Final = 20_000_000
_DAMAGED: Final = "tệp hỏng, không đọc được"
_FOREIGN: Final = "không phải kết quả của một báo cáo"
_LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Entry:
    """A report in a folder: kind, period, state (provisional | official), closing day, unit of a scorecard, its files.

    `notices` are what its data say of themselves (that they are synthetic); `files` maps an ending to the file's name; the order is that of the links.
    """

    stem: str
    kind: str
    period: str
    state: str
    as_of: date
    unit_id: str | None
    unit_name: str | None
    files: Mapping[str, str]
    notices: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return the entry as JSON-ready data."""
        told = {name: value for name, value in vars(self).items() if name != "stem"}
        return told | {"as_of": self.as_of.isoformat(), "files": dict(self.files), "notices": list(self.notices)}


@dataclass(frozen=True)
class Index:
    """The reports of a folder in their order, and the JSON files passed over, each with the reason."""

    entries: tuple[Entry, ...]
    passed_over: tuple[tuple[str, str], ...] = ()

    @property
    def notices(self) -> list[str]:
        """What the reports' data say of themselves, each notice once."""
        return sorted({notice for entry in self.entries for notice in entry.notices})

    def as_data(self) -> dict[str, Any]:
        """Return the index as JSON-ready data."""
        return {
            "reports": [entry.as_data() for entry in self.entries],
            "passed_over": [{"file": name, "reason": reason} for name, reason in self.passed_over],
        }


def read_index(folder: Path) -> Index:
    """Return the reports that lie in `folder`, by their JSON files.

    Newest period first; within one the ministry's reports before the scorecards, these by the name of the unit.

    Example:
        >>> import tempfile, pathlib
        >>> read_index(pathlib.Path(tempfile.mkdtemp()))
        Index(entries=(), passed_over=())
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    entries, passed = [], []
    for name in names:
        if not name.endswith(".json") or name == _DATA or name.startswith("."):
            continue
        found = _read(folder / name, names)
        if isinstance(found, Entry):
            entries.append(found)
        else:
            passed.append((name, found))
    entries.sort(key=_order)
    return Index(tuple(entries), tuple(passed))


def _order(entry: Entry) -> tuple[Any, ...]:
    year, _, half = entry.period.partition("-H")
    return (-int(year), -int(half or 3), list(KINDS).index(entry.kind), sort_key(entry.unit_name or ""), entry.stem)  # type: ignore[arg-type]


def _read(path: Path, names: list[str]) -> Entry | str:
    """Return the report whose results a file holds, or why it is passed over."""
    try:
        if path.stat().st_size > _LARGEST:
            return _FOREIGN
        values = json.loads(read_plain_file(path, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return _DAMAGED
    named = _STEM.fullmatch(path.name.removesuffix(".json"))
    if named is None or not isinstance(values, dict):
        return _FOREIGN
    origin, unit = values.get("provenance"), values.get("unit_id")
    kind = origin.get("kind") if isinstance(origin, dict) else None
    told = (kind, values.get("period"), unit)
    if (
        not isinstance(kind, str)
        or kind not in KINDS
        or told != (named["kind"], named["period"], named["unit"])
        or (kind == "unit") != bool(unit)
    ):
        return _FOREIGN
    try:
        as_of = date.fromisoformat(values["as_of"])
    except (KeyError, TypeError, ValueError):
        return _DAMAGED
    if not isinstance(values.get("provisional"), bool):
        return _DAMAGED
    noted = values.get("notices", [])
    stem, name = path.name.removesuffix(".json"), values.get("unit_name")
    return Entry(
        stem=stem,
        kind=kind,
        period=named["period"],
        state="provisional" if values["provisional"] else "official",
        as_of=as_of,
        unit_id=unit,
        unit_name=_shorten(name if isinstance(name, str) and clean(name) else unit) if unit else None,
        files=_find_files(stem, named["period"], names, beside=kind != "unit"),
        notices=tuple(_shorten(item) for item in noted if isinstance(item, str)) if isinstance(noted, list) else (),
    )


def _find_files(stem: str, period: str, names: list[str], *, beside: bool) -> dict[str, str]:
    """Return the files of a report that are there, those beside it, too."""
    named = {what: f"{stem}.{what}" for what in _FORMATS} | {
        what: name.format(period=period) if beside else "" for what, name in _BESIDE.items()
    }
    return {what: name for what, name in named.items() if name in names}


def _shorten(name: str) -> str:
    text = clean(name)
    return text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…"


def _period_label(period: str) -> str:
    try:
        label = label_period(period)
    except PeriodError:
        return period
    return label[:1].upper() + label[1:]


def render_index(index: Index) -> str:
    """Return the page of an index, in the design of the reports; every text in it is escaped.

    Example:
        >>> "Chưa có báo cáo nào" in render_index(Index(()))
        True
    """
    templates = open_templates()
    labels = {
        "states": _STATES,
        "formats": _FORMATS,
        "kinds": KINDS,
        "period_label": _period_label,
        "date": format_date,
    }
    table, notes = (templates.get_template(f"index_{name}.html.j2") for name in ("table", "notes"))
    page = Page("Danh mục báo cáo", "Kế hoạch truyền thông Nghị quyết số 57-NQ/TW")
    page.parts.append(Markup(notes.render(index=index, count=format_number)))  # noqa: S704 - templates escape
    for period in dict.fromkeys(entry.period for entry in index.entries):
        own = [entry for entry in index.entries if entry.period == period]
        section = Section(f"ky-{period.lower()}", _period_label(period))
        for name, title, rows in (
            ("bo", "Báo cáo của Bộ", [entry for entry in own if entry.unit_id is None]),
            ("don-vi", "Phiếu kết quả của đơn vị", [entry for entry in own if entry.unit_id is not None]),
        ):
            if rows:
                markup = table.render(
                    title=title, entries=rows, units=name == "don-vi", name=f"{section.id}-{name}", **labels
                )
                section.parts.append(Markup(markup))  # noqa: S704 - likewise
        page.sections.append(section)
    return render_page(page)


def write_index(folder: Path) -> Path:
    """Write `index.html` and `index.json` of the reports in `folder`; return the page's path."""
    index = read_index(folder)
    write_atomically(folder / _DATA, json.dumps(index.as_data(), ensure_ascii=False, indent=1) + "\n")
    return write_atomically(folder / _PAGE, render_index(index))
