"""The index of a folder of reports: one page that lists them, made again by each run.

In: the JSON files beside the reports, nothing else: no clock, no time of a file. Out: `index.html` and `index.json`,
the same bytes for the same files. A JSON file that is damaged, or no report's, is passed over with a note.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from nq57kit.errors import ParameterError, PeriodError
from nq57kit.files import local_path, read_plain_file, write_atomically
from nq57kit.plan import label_period
from nq57kit.reports.executed import tabulate
from nq57kit.reports.html import Page, Section, open_templates, render_page
from nq57kit.reports.parameters import KINDS, RESERVED
from nq57kit.show.blocks import KeyFigure, KeyFigures, block_from_data
from nq57kit.show.markup import Ids, block_html
from nq57kit.text import clean, format_date, format_number, sort_key

_PAGE: Final = "index.html"
_DATA: Final = "index.json"
#: Files of one report, with what a reader calls them, in the order of the links; what is named otherwise than the report.
_FORMATS: Final[Mapping[str, str]] = {
    "html": "Trang",
    "docx": "Word",
    "xlsx": "Excel",
    "brief": "Tóm tắt một trang",
    "brief-word": "Tóm tắt một trang (Word)",
    "catalogue": "Danh mục sản phẩm",
    "ipynb": "Sổ\u00a0ghi (notebook)",
    "json": "JSON",
}
_BESIDE: Final[Mapping[str, str]] = {
    "brief": "brief-{period}.html",
    "brief-word": "brief-{period}.docx",
    "catalogue": "catalogue-{period}.html",
}
_STEM = re.compile(
    r"(?P<kind>[^/]+?)-(?P<period>\d{4}(?:-(?:H[12]|P|R\d\d|\d{4}))?)(?:-(?P<unit>[a-z0-9][a-z0-9_-]*))?", re.ASCII
)
#: A report's results are far below this; a larger file is not read.
_LARGEST: Final = 20_000_000
_DAMAGED: Final = "tệp hỏng, không đọc được"
_FOREIGN: Final = "không phải kết quả của một báo cáo"
_REHEARSAL: Final = "lập thử (nếu chốt hôm nay), không phải báo cáo của kỳ"
_LONGEST_NAME: Final = 200
_LONGEST_TEXT: Final = 1000


@dataclass(frozen=True)
class Entry:
    """A report in a folder: kind, period, whether its period is locked, closing day, unit of a scorecard, its files.

    `sent` says of how many reports of units that were due how many it has. `key_figures` are its main results as it shows them,
    `notices` what its data say of themselves (that they are synthetic), `document` the signed decision by which it was made, `issued_by` the body and the office of a
    plan that names its own; `files` maps an ending to the file's name, in the order
    of the links. `place` is that of the unit in the register, where the report tells it; `title` what a report of one's own is called.
    """

    stem: str
    kind: str
    period: str
    locked: bool
    as_of: date
    unit_id: str | None
    unit_name: str | None
    files: Mapping[str, str]
    sent: tuple[int, int] | None = None
    key_figures: tuple[KeyFigure, ...] = ()
    notices: tuple[str, ...] = ()
    place: int | None = None
    title: str | None = None
    document: str | None = None
    issued_by: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return the entry as JSON-ready data."""
        told = {
            name: value
            for name, value in vars(self).items()
            if name not in ("stem", "place", "issued_by") and (value or name not in ("document", "title"))
        }
        return told | {
            "as_of": self.as_of.isoformat(),
            "files": dict(self.files),
            "notices": list(self.notices),
            "key_figures": [vars(one) for one in self.key_figures],
        }

    @property
    def state(self) -> str:
        """Whether the figures are closed, and whether all units have reported: two things, each in its own words."""
        locked = "đã khóa số liệu" if self.locked else "chưa khóa số liệu"
        if self.sent is None:
            return locked
        done, due = self.sent
        if self.unit_id is not None:
            told = (
                "đơn vị đã gửi báo cáo"
                if done == due
                else f"đơn vị đã gửi {done}/{due} báo cáo"
                if done
                else "đơn vị chưa gửi báo cáo"
            )
        else:
            told = f"{'đủ' if done == due else 'chưa đủ'} báo cáo của các đơn vị ({format_number(done)}/{format_number(due)})"
        return f"{locked}; {told}"


@dataclass(frozen=True)
class Index:
    """The reports of a folder in their order, and the JSON files passed over, each with the reason."""

    entries: tuple[Entry, ...]
    passed_over: tuple[tuple[str, str], ...] = ()

    @property
    def notices(self) -> list[str]:
        """What the reports' data say of themselves, each notice once."""
        return sorted({notice for entry in self.entries for notice in entry.notices})

    @property
    def documents(self) -> list[str]:
        """The signed decisions by which the reports were made, each once."""
        return sorted({entry.document for entry in self.entries if entry.document})

    def as_data(self) -> dict[str, Any]:
        """Return the index as JSON-ready data."""
        return {
            "reports": [entry.as_data() for entry in self.entries],
            "passed_over": [{"file": name, "reason": reason} for name, reason in self.passed_over],
        }


def read_index(folder: Path) -> Index:
    """Return the reports that lie in `folder`, by their JSON files.

    The ministry's reports before the scorecards, the newest period first, scorecards in the order of the register, else by name.

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
    year, _, part = entry.period.partition("-")
    kinds: list[str] = list(KINDS)
    place = {"": 0, "H2": 1, "H1": 2, "P": 3}.get(part, 4)
    if part.isdecimal():  # the years of a programme report: before all that its last year has
        year, place = part, -1
    when = (entry.unit_id is not None, -int(year), place, part, kinds.index(entry.kind))
    return (*when, entry.place is None, entry.place or 0, sort_key(entry.unit_name or ""), entry.stem)


def _read(path: Path, names: list[str]) -> Entry | str:
    """Return the report whose results a file holds, or why it is passed over."""
    try:
        if path.stat().st_size > _LARGEST:
            return _FOREIGN
        values = json.loads(read_plain_file(path, _LARGEST))
    except (OSError, ValueError, RecursionError):
        return _DAMAGED
    if isinstance(values, dict) and values.get("rehearsal"):
        return _REHEARSAL
    named = _STEM.fullmatch(path.name.removesuffix(".json"))
    if named is None or not isinstance(values, dict):
        return _FOREIGN
    told_by, unit = values.get("provenance"), values.get("unit_id")
    origin = told_by if isinstance(told_by, dict) else {}
    kind, issued, by = (origin.get(name) for name in ("kind", "plan_document", "issued_by"))
    called = values.get("title") if named["kind"] not in (*KINDS, *RESERVED) else None
    told = (named["kind"] if isinstance(called, str) else kind, values.get("period"), unit)
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
    noted, place = values.get("notices", []), values.get("unit_place")
    stem, name = path.name.removesuffix(".json"), values.get("unit_name")
    return Entry(
        stem=stem,
        kind=kind,
        period=named["period"],
        locked=not values["provisional"],
        as_of=as_of,
        unit_id=unit,
        unit_name=_shorten(
            (name if isinstance(name, str) and clean(name) else unit) + (f" ({called})" if called else "")
        )
        if unit
        else None,
        files=_find_files(stem, named["period"], names, beside=kind != "unit" and called is None),
        sent=_read_sent(values.get("completeness")),
        key_figures=_read_figures(values.get("key_figures")),
        place=place if isinstance(place, int) else None,
        title=_shorten(called) if isinstance(called, str) else None,
        document=_shorten(issued) if isinstance(issued, str) else None,
        issued_by=tuple(_shorten(str(one)) for one in by) if isinstance(by, list) and len(by) == 2 else (),
        notices=tuple(_shorten(item) for item in noted if isinstance(item, str)) if isinstance(noted, list) else (),
    )


def _read_sent(told: Any) -> tuple[int, int] | None:
    """Return how many reports came of how many due; None where a report does not tell it."""
    done, due = (told.get("numerator"), told.get("denominator")) if isinstance(told, dict) else (None, None)
    return (done, due) if isinstance(done, int) and isinstance(due, int) else None


def _read_figures(told: Any) -> tuple[KeyFigure, ...]:
    """Return the main results that a report tells; none where they are damaged, or none of ours."""
    try:
        cards = block_from_data({"kind": "key_figures", "items": told})
        texts = [text for card in told for text in card.values()]
    except (ValueError, AttributeError):
        return ()
    sound = all(isinstance(text, str) and len(text) <= _LONGEST_TEXT for text in texts)
    return cards.items if isinstance(cards, KeyFigures) and sound else ()


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
        return label_period(period)
    except PeriodError:
        return period


def _title_of(entry: Entry) -> str:
    kind = KINDS[entry.kind]  # type: ignore[index]
    year, _, code = entry.period.partition("-")
    label = _period_label(entry.period)
    return (
        f"{entry.title}, {label}"
        if entry.title
        else kind.listed.format(name=kind.name, period=label, year=year, code=code)
    )


def render_index(index: Index) -> str:
    """Return the page of an index, in the design of the reports; every text in it is escaped.

    Example:
        >>> "Chưa có báo cáo nào" in render_index(Index(()))
        True
    """
    issued = f", ban hành kèm theo {'; '.join(index.documents)}" if index.documents else ""
    page = Page("Danh mục báo cáo", f"Kế hoạch truyền thông Nghị quyết số 57-NQ/TW{issued}")
    page.issued_by = next((entry.issued_by for entry in index.entries if entry.issued_by), ())
    ids = Ids(["noi-dung", "dau-trang"])
    page.parts.append(_render("notes", index=index, count=format_number))
    cards = [entry for entry in index.entries if entry.unit_id is not None]
    for entry in index.entries:
        if entry.unit_id is None:
            if not page.sections:
                page.sections.append(Section(ids.take("bao-cao-tong-hop"), "Báo cáo tổng hợp"))
            name, title = ids.take(entry.stem), _title_of(entry)
            page.sections[-1].children.append((name, title))
            results = Markup(block_html(tabulate(KeyFigures(entry.key_figures)), ids) if entry.key_figures else "")  # noqa: S704 - escaped there
            page.sections[-1].parts.append(_render("report", entry=entry, name=name, title=title, results=results))
    for period in dict.fromkeys(entry.period for entry in cards):
        title = f"Phiếu kết quả của đơn vị, {_period_label(period)}"
        page.sections.append(Section(ids.take(f"phieu {period}"), title))
        own = [entry for entry in cards if entry.period == period]
        page.sections[-1].parts.append(
            _render("units", entries=own, title=title, name=ids.take(f"bang {period}"), period=_period_label(period))
        )
    return render_page(page)


def _render(template: str, **values: Any) -> Markup:
    """Return a part of the page; the templates escape what they show."""
    made = open_templates().get_template(f"index_{template}.html.j2")
    return Markup(made.render(values, formats=_FORMATS, date=format_date))  # noqa: S704


def write_index(folder: Path | str) -> Path:
    """Write `index.html` and `index.json` of the reports in `folder`; return the page's path."""
    folder = local_path(folder, ParameterError)
    index = read_index(folder)
    write_atomically(folder / _DATA, json.dumps(index.as_data(), ensure_ascii=False, indent=1) + "\n")
    return write_atomically(folder / _PAGE, render_index(index))
