"""What the cells of a notebook call: open the report, show what speaks of it as a whole, glue what it hands on.

In: the notebook's parameters. Out: the `Report`, blocks for the cells, results glued by scrapbook; the figures' own blocks come
from `nq57kit.show`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from nq57kit.desk import find_desk
from nq57kit.errors import ParameterError
from nq57kit.plan import label_period
from nq57kit.reports.commentary import OTHER, PLACES, name_place
from nq57kit.reports.parameters import KINDS, LATER, fill_blanks, names_of, read_parameters
from nq57kit.reports.report import prepare_report
from nq57kit.reports.results import collect_results
from nq57kit.show import Block, Blocks, Commentary, Note, Paragraph, Table, Title
from nq57kit.show.blocks import NO_COMMENTARY
from nq57kit.show.columns import fill
from nq57kit.show.rehearsal import TITLE
from nq57kit.show.reporting import mark_state, mark_years
from nq57kit.store.locks import shorten_seal
from nq57kit.submissions.contract import TABLES, code_label
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Unpack

    from nq57kit.indicators import Results
    from nq57kit.reports import parameters as given
    from nq57kit.reports.parameters import ReportParameters
    from nq57kit.reports.report import Report


@overload
def open_report(kind: Literal["semiannual"], **parameters: Unpack[given.Semiannual]) -> Report: ...
@overload
def open_report(kind: Literal["annual"], **parameters: Unpack[given.Annual]) -> Report: ...
@overload
def open_report(kind: Literal["unit"], **parameters: Unpack[given.Scorecard]) -> Report: ...
@overload
def open_report(kind: Literal["programme"], **parameters: Unpack[given.Programme]) -> Report: ...
@overload
def open_report(kind: Literal["request"], **parameters: Unpack[given.OnRequest]) -> Report: ...
@overload
def open_report(kind: Literal["plan"], **parameters: Unpack[given.YearlyPlan]) -> Report: ...
def open_report(kind: str, **parameters: Any) -> Report:
    """Return the report of `kind` («semiannual», «annual», «unit», «programme», «request» or «plan») with all its figures.

    Parameters are those of the kind (docs/reference.md; a type checker knows their names); at a desk (a folder with `nq57.toml`, or one below it)
    a blank `store`, `plan` or `commentary` is the desk's (a scorecard takes no `commentary` from it), and relative
    paths begin there. `as_of` left out means today in the plan's time zone. Where `run_report` prepared the report for
    this very notebook, that one is returned, if the parameters are the same.
    Raises ParameterError, PlanError or StoreError, each with one Vietnamese sentence. Its `results.inputs` are what
    `nq57kit.compute` and `nq57kit.kpis` take.

    Example:
        >>> import tempfile
        >>> from nq57kit import Store
        >>> store = Store.create(tempfile.mkdtemp())
        >>> report = open_report("annual", store=store.folder, year=2027, as_of="2028-01-15")
        >>> report.is_provisional, report.results.kpis.height > 3
        (True, True)
    """
    refuse_unknown_names(parameters)
    said = {name: value for name, value in parameters.items() if value or name not in LATER}
    for asked, report in _handed:
        if asked == (kind, said):
            return report
    desk = find_desk()
    values = fill_blanks(kind, parameters, desk)
    return prepare_report(read_parameters(kind, values, base=desk.folder if desk else None))


#: What stands in the first place of a report that was made without a file of commentary.
_NO_FILE: Final = "(chưa có nhận xét: báo cáo lập không kèm tệp nhận xét)"
#: The report that this process has prepared for the notebook that it runs next, and what that will ask for.
_handed: list[tuple[tuple[str, dict[str, Any]], Report]] = []


def hand_over(report: Report, parameters: ReportParameters) -> None:
    """Let the notebook that this process runs next show `report`, if it asks for the same kind and parameters."""
    own = dict(parameters.own)
    asked = {name: value for name, value in parameters.as_notebook().items() if name not in own}
    _handed[:] = [((parameters.kind, asked), report)]


def refuse_unknown_names(known: Iterable[str]) -> None:
    """Refuse a name that papermill injected but the notebook does not have (papermill only warns)."""
    module = sys.modules.get("IPython")  # a script that runs without it has no cells
    shell = module.get_ipython() if module is not None else None
    names = list(known)
    for source in [] if shell is None else shell.user_ns.get("In", []):
        given = names_of(source) if source.startswith("# ") else ()  # the cell with the defaults, then papermill's own
        unknown = next((name for name in given if name not in names), None)
        if source.startswith("# Parameters") and unknown is not None:
            raise ParameterError(f"Tham số «{unknown}» không có trong báo cáo này; các tham số: {', '.join(names)}.")
        names += given


def show_masthead(report: Report) -> Block:
    """Return what stands above everything: unit, period, closing date, and the marks and notices to be seen first."""
    name, period = report.card.unit.name if report.card else "", label_period(report.span)
    signed, rehearsed = report.provenance.get("plan_document"), report.results.inputs.as_if_closed
    asked = report.period.request.title if report.period.request else ""
    title = Title(
        KINDS[report.kind].heading.format(period=period, year=report.period.year, unit=name, request=asked)
        + (TITLE if rehearsed else ""),
        f"{f'Đơn vị: {name}. ' if name else ''}Kỳ báo cáo: {period}. Số liệu chốt đến hết ngày {format_date(report.as_of)}."
        f"{f' Kế hoạch ban hành kèm theo {signed}.' if signed else ''}",
    )
    state = mark_years([one.results for one in report.years]) if report.years else mark_state(report.results)
    marks = [part for part in state.parts if isinstance(part, Note)]
    marks += [Note(f"{notice}.", "warning") for notice in report.notices]
    # Two boxes at most stand before the first number: what kind of text this is, and how firm its figures are.
    boxes = [
        [mark for mark in marks if mark.level in levels] for levels in (("draft", "warning"), ("provisional", "info"))
    ]
    return Blocks([title, *(Note(" ".join(mark.text for mark in box), box[0].level) for box in boxes if box)])


def show_request(report: Report) -> Block:
    """Return what was requested, by which document, of which days, until when, of which tables and units (IV.3)."""
    asked, window = report.period.request, report.period.window
    if asked is None:
        return Blocks([])
    sheets = ", ".join(f"«{TABLES[table].sheet}»" for table in asked.tables)
    return Blocks(
        [
            Paragraph(f"Nội dung yêu cầu: {asked.title}. Văn bản yêu cầu: {asked.basis}."),
            Paragraph(
                f"Số liệu từ ngày {format_date(window.start)} đến hết ngày {format_date(window.end)}, gồm các trang {sheets} của biểu mẫu; "
                f"{format_number(report.results.inputs.units.height)} đơn vị được yêu cầu, thời hạn gửi: {report.period.deadline_text}. "
                "Số liệu này chỉ dùng cho báo cáo theo yêu cầu, không cộng vào báo cáo 6 tháng, báo cáo năm."
            ),
        ]
    )


def show_asked(report: Report, table: str, heading: str, *shows: Callable[[Results], Block]) -> Block:
    """Return a section of a report on request, headed; nothing where the request does not ask for its table."""
    asked = report.period.request
    if asked is None or table not in asked.tables:
        return Blocks([])
    return Blocks([Title(heading, level=2), *(show(report.results) for show in shows)])


def show_heading(report: Report, text: str) -> Title:
    """Return the heading of a section that speaks of the plan: `text` with the words of `Plan.words` in it."""
    return Title(text.format_map(report.plan.words), level=2)


def show_commentary(report: Report, place: str) -> Block:
    """Return the person's text for a place of `nq57kit.reports.PLACES`; its title and «(chưa có nhận xét)» without.

    Where the report was made without a file, the first place says so.
    """
    without = report.provenance["commentary"] is None and place == PLACES[0]
    return Commentary(
        report.commentary[place], name_place(place, report.period), _NO_FILE if without else NO_COMMENTARY
    )


def show_draft(report: Report, draft: Callable[[Any], Block]) -> Block:
    """Return what `draft` makes of the figures for a person to edit; nothing where the report is to have no drafts.

    The draft of a programme report is made of the results of all its years.
    """
    if not report.provenance["drafts"]:
        return Blocks([])
    return draft([one.results for one in report.years]) if report.years else draft(report.results)


def show_other_commentary(report: Report) -> Block:
    """Return the person's text under headings that are no place of the report; nothing to show without."""
    text = report.commentary[OTHER]
    return Blocks([Commentary(text, title=OTHER)] if text else [])


def show_unit_commentary(report: Report) -> Block:
    """Return the person's text: the first place always, the others where something is written, nothing dropped."""
    first, *others = PLACES
    places = [first, *(place for place in others if report.commentary[place])]
    return Blocks([*(show_commentary(report, place) for place in places), show_other_commentary(report)])


def show_settings(report: Report) -> Table:
    """Return the rules that the plan leaves open, with the values in force and where they come from."""
    rows = [line._asdict() for line in report.plan.settings.lines(report.plan.words, partial(code_label, "channel"))]
    return replace(fill("report.settings", rows), folded=report.card is not None)


def show_provenance(report: Report) -> Blocks:
    """Return where the report comes from: versions, hashes, parameters, and the exact submissions read.

    For a scorecard also what its comparison stands on: counted and hashed, no unit named.
    """
    facts = report.provenance
    names = dict(report.plan.units.select("unit_id", "name").iter_rows())
    locks = [f"{label_period(half)}, mã khóa {shorten_seal(seal)}" for half, seal in facts["locks"].items()]
    versions = ", ".join(f"{name} {version}" for name, version in facts["stands_on"].items())
    told = {
        "Bộ công cụ": f"nq57kit {facts['nq57kit']}",
        "Mã băm SHA-256 của mã nguồn": facts["code_sha256"],
        "Dựa trên": versions,
        "Mã băm SHA-256 của bảng kế hoạch và thiết lập": facts["plan_sha256"],
        "Mã băm SHA-256 của thiết lập": facts["settings_sha256"],
        "Mã băm SHA-256 của tệp nhận xét": facts["commentary_sha256"] or "không có",
        "Mã băm SHA-256 của danh mục nhiệm vụ KHCN": facts["register_sha256"] or "không có",
        "Chốt số liệu": format_date(report.as_of),
        "Kỳ đã khóa số liệu": "; ".join(locks) or "chưa khóa kỳ nào",
        "Số báo cáo đơn vị đã đọc": format_number(len(facts["submissions"])),
    }
    origin = fill("report.origin", [{"what": what, "value": value} for what, value in told.items()])
    read = [{**row, "unit": names.get(row["unit_id"], row["unit_id"])} for row in facts["submissions"]]
    blocks: list[Block] = [origin, fill("report.submissions", read)]
    if peers := facts.get("compared_with"):
        blocks.append(
            Paragraph(
                f"Mức giữa của nhóm tính từ {format_number(peers['submissions'])} báo cáo được chấp nhận trong năm của các đơn "
                f"vị trong nhóm, kể cả đơn vị; mã băm SHA-256 của danh sách các báo cáo đó: {peers['sha256']}."
            )
        )
    return Blocks(blocks)


def glue_results(report: Report, title: str = "") -> None:
    """Glue every result into the notebook that runs, for `scrapbook.read_notebook` and `nq57kit.read_results`.

    `title` is how the index calls a report of one's own, whose notebook is none of the packaged ones.
    What is displayed is what `scrapbook.glue` displays; that would import pandas and check its own schema for each value.
    """
    from IPython.display import display  # a script that shows nothing needs none

    for name, value in (({"title": title} if title else {}) | collect_results(report)).items():
        kind = "text" if isinstance(value, str) else "json"
        scrap = {"name": name, "data": value, "encoder": kind, "version": 1}
        mark = {"name": name, "data": True, "display": False}
        display({f"application/scrapbook.scrap.{kind}+json": scrap}, metadata={"scrapbook": mark}, raw=True)  # type: ignore[no-untyped-call]
