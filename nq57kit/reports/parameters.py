"""The parameters of a report: typed, and refused with one sentence before a notebook starts.

In: names and values as a file, a command line or a notebook gives them. Out: `ReportParameters`, or a ParameterError.
The names are those of the notebooks' `parameters` cells; which kind of report takes which is told in `KINDS`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Required, TypedDict

import polars as pl

from nq57kit.desk import Desk
from nq57kit.errors import ParameterError, PeriodError, StoreError
from nq57kit.files import local_path, read_given, read_given_text
from nq57kit.indicators.model import REHEARSAL
from nq57kit.plan import Period, Plan, load_plan
from nq57kit.store import Store

Kind = Literal["semiannual", "annual", "unit", "plan", "programme", "request"]


class _Always(TypedDict, total=False):
    """What every kind of report takes, by the names of the notebooks' `parameters` cells: a type checker sees them in `open_report`."""

    store: Path | str
    as_of: date | str | None
    commentary: Path | str | None
    plan: Path | str | None


class _Ministry(_Always, total=False):
    register: Path | str | None
    judgements: Mapping[str, str]
    drafts: bool | str | None


class Semiannual(_Ministry, total=False):
    """What a semiannual report takes."""

    as_if_closed: bool | str
    period: Required[str]


class Annual(_Ministry, total=False):
    """What an annual report takes."""

    as_if_closed: bool | str
    year: Required[int | str]


class Scorecard(_Always, total=False):
    """What a unit's scorecard takes."""

    as_if_closed: bool | str
    period: Required[str]
    unit_id: Required[str]


class Programme(_Ministry, total=False):
    """What a programme report takes."""

    year_from: int | str
    year_to: int | str


class OnRequest(_Always, total=False):
    """What a report on request takes."""

    period: Required[str]


class YearlyPlan(_Always, total=False):
    """What a report of yearly plans takes."""

    drafts: bool | str | None
    period: Required[str]


class KindOfReport(NamedTuple):
    """What a kind of report is called, how one is headed (its period, a scorecard's unit, what was requested), its notebook, what it is given.

    `of` is the first letter of the kind of its periods: H a half, y a year, P a yearly plan, R a request; `listed` is how a list of
    reports names one.
    """

    name: str
    heading: str
    notebook: str
    given: type
    of: str = "H"
    listed: str = "{name}, {period}"

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of its parameters."""
        return tuple(self.given.__annotations__)


_PLAN: Final = "thực hiện Kế hoạch truyền thông Nghị quyết số 57-NQ/TW"
KINDS: Final[Mapping[Kind, KindOfReport]] = {
    "semiannual": KindOfReport(
        "Báo cáo tổng hợp 6 tháng",
        f"Báo cáo tổng hợp kết quả {{period}} {_PLAN}",
        "semiannual_consolidated.ipynb",
        Semiannual,
    ),
    "annual": KindOfReport(
        "Báo cáo đánh giá hằng năm",
        f"Báo cáo đánh giá kết quả {{period}} {_PLAN}",
        "annual_assessment.ipynb",
        Annual,
        of="y",
    ),
    "unit": KindOfReport(
        "Phiếu kết quả của đơn vị",
        f"Phiếu kết quả {{period}} của {{unit}} {_PLAN}",
        "unit_scorecard.ipynb",
        Scorecard,
    ),
    "programme": KindOfReport(
        "Báo cáo tổng kết giai đoạn",
        f"Báo cáo tổng kết {{period}} {_PLAN}",
        "programme_review.ipynb",
        Programme,
    ),
    "request": KindOfReport(
        "Báo cáo đột xuất",
        "Báo cáo theo yêu cầu: {request}",
        "request_report.ipynb",
        OnRequest,
        of="R",
        listed="{name} {code} năm {year}",
    ),
    "plan": KindOfReport(
        "Kế hoạch và dự toán kinh phí năm",
        f"Kế hoạch và dự toán kinh phí năm {{year}} {_PLAN}",
        "yearly_plan.ipynb",
        YearlyPlan,
        of="P",
        listed="{name} {year}",
    ),
}
#: What a period of a kind is called, with an example.
_PERIODS: Final = {
    "H": "báo cáo này cần một nửa năm, ví dụ {0}-H1 hoặc {0}-H2",
    "P": "báo cáo này cần một kế hoạch năm, ví dụ {0}-P",
    "R": "không phải báo cáo đột xuất; ghi mã kỳ của yêu cầu, ví dụ {0}-R01 (xem nq57kit request list)",
}
#: Parameters that a desk's own notebook of an earlier version lacks: it is told them only where they say something.
LATER: Final = ("as_if_closed",)
#: What files of other reports are called: no notebook of one's own is.
RESERVED: Final = ("brief", "catalogue", "index")
#: Parameters that must be given, each with what to write.
_NEEDED: Final = {
    "store": "ghi thư mục kho dữ liệu",
    "period": "ghi kỳ báo cáo, ví dụ 2026-H2",
    "year": "ghi năm báo cáo, ví dụ 2026",
    "unit_id": "ghi mã hoặc tên đơn vị, ví dụ vu-tccb",
}
#: Parameters that name a file, each with what the file is.
_FILES: Final = {
    "commentary": "tệp văn bản (.md) của người viết nhận xét",
    "register": "tệp CSV danh mục nhiệm vụ KHCN",
}
_JUDGEMENTS: Final = ("met", "not_met")


@dataclass(frozen=True, kw_only=True)
class ReportParameters:
    """What a report is told: see the notebooks' `parameters` cell for the meaning in Vietnamese.

    `period` is a half such as 2026-H2, a year, or the years of a programme report (2026-2030); `unit_id` a scorecard's unit, else None. `as_of` None means the day on
    which the report is made (Hà Nội time); paths are absolute. `drafts` None: with drafts until the period is locked.
    `as_if_closed`: a rehearsal, judged as if the deadline had passed. `notebook` is one of one's own that makes the report, `names` the
    parameters that it knows, `own` the values of those that its kind does not have.
    """

    kind: Kind
    store: Path
    period: str
    unit_id: str | None = None
    as_of: date | None = None
    commentary: Path | None = None
    plan: Path | None = None
    register: Path | None = None
    judgements: tuple[tuple[str, str], ...] = ()
    drafts: bool | None = None
    as_if_closed: bool = False
    notebook: Path | None = None
    names: tuple[str, ...] = ()
    own: tuple[tuple[str, Any], ...] = ()

    @property
    def stem(self) -> str:
        """The name of the report's files, without ending (contract §5)."""
        kind = self.notebook.stem if self.notebook else self.kind
        stem = "-".join(part for part in (kind, self.period, self.unit_id) if part)
        return stem + REHEARSAL if self.as_if_closed else stem

    def as_notebook(self) -> dict[str, Any]:
        """Return the values as papermill hands them to the kind's notebook: text, numbers and mappings only."""
        values = {
            "store": str(self.store),
            "as_of": self.as_of.isoformat() if self.as_of else "",
            "commentary": str(self.commentary or ""),
            "plan": str(self.plan or ""),
            "register": str(self.register or ""),
            "judgements": dict(self.judgements),
            "drafts": "" if self.drafts is None else str(self.drafts).lower(),
            "as_if_closed": "true" if self.as_if_closed else "",
            "period": self.period,
            "year": int(self.period[:4]),
            "year_from": int(self.period[:4]),
            "year_to": int(self.period[-4:]) if self.kind == "programme" else None,
            "unit_id": self.unit_id,
        }
        takes = [name for name in KINDS[self.kind].takes if values[name] or name not in LATER]
        return {name: values[name] for name in takes if self.notebook is None or name in self.names} | dict(self.own)


def read_parameters(kind: str, values: Mapping[str, Any], *, base: Path | None = None) -> ReportParameters:
    """Return the checked parameters of a report of `kind`; paths are taken from `base` (default: here).

    Empty text and None mean «not given». Raises ParameterError, in one sentence, for an unknown name, a period
    or year that is not the plan's, a unit that is not, a day that does not exist, a store or file that is not there.

    Example:
        >>> read_parameters("semiannual", {"store": ".", "perod": "2026-H2"})
        Traceback (most recent call last):
            ...
        nq57kit.errors.ParameterError: Tham số «perod» không có trong báo cáo này; có phải «period»? Các tham số: \
store, as_of, commentary, plan, register, judgements, drafts, as_if_closed, period.
    """
    return _read(kind, values, base, every=False)[0]


def names_of(source: str) -> list[str]:
    """Return the names to which the lines of a cell give values; none for a cell that is no Python.

    Example:
        >>> names_of("period = '2026-H2'; at_least: int = 5")
        ['period', 'at_least']
    """
    try:
        lines = ast.parse(source).body
    except SyntaxError:
        return []
    targets = [
        target
        for line in lines
        for target in (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
    ]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def use_notebook(
    parameters: ReportParameters, notebook: Path, own: Mapping[str, Any], *, aside: str = ""
) -> ReportParameters:
    """Return the parameters of a report that a notebook of one's own makes; `own` are values of further names of its «parameters» cell.

    Text that is JSON (a number, true, false, a list) is read as such. Raises ParameterError for a file that is no notebook, for a name
    that would take another report's files, and for a value that the notebook has no parameter for (but `aside`).
    """
    if not notebook.is_file() or notebook.stem in (*KINDS, *RESERVED):
        raise ParameterError(
            f"Không có sổ ghi riêng «{notebook}»; đặt tệp .ipynb vào thư mục notebooks của thư mục làm việc, không lấy tên "
            f"{', '.join((*KINDS, *RESERVED))}."
        )
    try:
        cells = json.loads(read_given_text(notebook, ParameterError))["cells"]
        tagged = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ())]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParameterError(
            f"Tệp «{notebook}» không phải là sổ ghi Jupyter; mở lại bằng JupyterLab rồi lưu."
        ) from error
    names = tuple(name for source in tagged for name in names_of(source))
    for name in (*(name for name, value in parameters.as_notebook().items() if not _is_blank(value)), *own):
        if name not in (*names, aside):
            raise ParameterError(
                f"Sổ ghi «{notebook.name}» không có tham số «{name}»; thêm dòng «{name} = …» vào ô có nhãn «parameters» của sổ ghi, "
                f"hoặc bỏ tham số này. Các tham số: {', '.join(names)}."
            )
    return replace(
        parameters,
        notebook=notebook.resolve(),
        names=names,
        own=tuple((name, _typed(value)) for name, value in own.items()),
    )


def _typed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def kind_of(period: str, *, unit: bool = False) -> Kind:
    """Return the kind of report that a period's text asks for.

    Example:
        >>> [kind_of(text) for text in ("2026-H2", "2026", "2026-2030", "2027-P", "2027-R01")]
        ['semiannual', 'annual', 'programme', 'plan', 'request']
    """
    of = period[5:6].upper() or "y"
    if unit or of.isdecimal():
        return "unit" if unit else "programme"
    return next((kind for kind, one in KINDS.items() if one.of in (of, of.lower())), "semiannual")


def read_every_unit(values: Mapping[str, Any], *, base: Path | None = None) -> tuple[ReportParameters, ...]:
    """Return the checked parameters of the scorecards of all units that must report for a period, in their order.

    As `read_parameters("unit", …)` without a `unit_id`; one that is given is left aside.
    """
    return _read("unit", values, base, every=True)


def _read(kind: str, values: Mapping[str, Any], base: Path | None, *, every: bool) -> tuple[ReportParameters, ...]:
    """Return the parameters of one report, or (`every`) of the scorecards of all units."""
    known = next((one for one in KINDS if one == kind), None)
    if known is None:
        raise ParameterError(f"Loại báo cáo «{kind}» không có; viết một trong: {', '.join(KINDS)}.")
    takes = KINDS[known].takes
    for name in values:
        if name not in takes:
            near = get_close_matches(name, takes, n=1)
            hint = f"; có phải «{near[0]}»?" if near else "."
            raise ParameterError(f"Tham số «{name}» không có trong báo cáo này{hint} Các tham số: {', '.join(takes)}.")
    given = {name: value for name, value in values.items() if not _is_blank(value)}
    for name in takes:
        if name in _NEEDED and name not in given and not (every and name == "unit_id"):
            raise ParameterError(f"Thiếu tham số «{name}»; {_NEEDED[name]}.")
    read: dict[str, Any] = {"kind": known, "store": _read_store(given["store"], base)}
    if "as_of" in given:
        read["as_of"] = read_day(given["as_of"], "Tham số «as_of»")
    for name in ("commentary", "register"):
        if name in given:
            read[name] = _read_file(given[name], base, name)
    if "plan" in given:
        read["plan"] = _read_folder(given["plan"], base)
    plan = Store(read["store"], plan=load_plan(read.get("plan"))).plan
    read["drafts"] = read_choice(given.get("drafts"), "drafts")
    read["as_if_closed"] = bool(read_choice(given.get("as_if_closed"), "as_if_closed"))
    read["judgements"] = _read_judgements(given.get("judgements", {}), plan)
    if "year_from" in takes:
        return (ReportParameters(**read, period=_read_years(given, plan, read)),)
    period = (
        _read_year(given["year"], plan) if "year" in takes else _read_period(given["period"], plan, KINDS[known].of)
    )
    read["period"] = str(period)
    if every:
        units = plan.units_reporting(period)["unit_id"].to_list()
    else:
        units = [read_unit(given["unit_id"], plan, period) if "unit_id" in takes else None]
    return tuple(ReportParameters(**read, unit_id=unit_id) for unit_id in units)


def fill_blanks(kind: str, values: Mapping[str, Any], desk: Desk | None) -> dict[str, Any]:
    """Return `values` with the desk's store, plan and commentary in the places that are not given or blank.

    A scorecard takes no commentary from the desk, whose text is about the ministry; nor does a programme
    report or one on request, since that text is about one period.

    Example:
        >>> fill_blanks("annual", {"store": "", "year": 2026}, None)
        {'store': '', 'year': 2026}
    """
    defaults = {} if desk is None else {"store": desk.store, "plan": desk.plan, "commentary": desk.commentary}
    if kind in ("unit", "programme", "request"):
        defaults.pop("commentary", None)
    return defaults | {name: value for name, value in values.items() if name not in defaults or not _is_blank(value)}


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == {}


def _read_text(value: Any, name: str) -> str:
    if isinstance(value, (str, Path)):
        return str(value).strip()
    raise ParameterError(f"Tham số «{name}»: «{value}» không phải là chữ; viết trong dấu nháy.")


def _read_path(value: Any, base: Path | None, name: str) -> Path:
    path = local_path(_read_text(value, name), ParameterError, is_quoted=True)
    try:
        return ((base or Path.cwd()) / path.expanduser()).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ParameterError(f"Tham số «{name}»: đường dẫn «{value}» không hợp lệ; ghi lại đường dẫn.") from error


def _read_store(value: Any, base: Path | None) -> Path:
    path = _read_path(value, base, "store")
    try:
        Store(path)
    except StoreError as error:
        raise ParameterError(f"Tham số «store»: {error}") from error
    return path


def _read_file(value: Any, base: Path | None, name: str) -> Path:
    path = _read_path(value, base, name)
    if path.exists() and not path.is_file():
        read_given(path, ParameterError)  # says what it is instead of a file
    if not path.exists():
        raise ParameterError(
            f"Tham số «{name}»: không có tệp «{path}»; ghi đường dẫn tới {_FILES[name]} hoặc để trống."
        )
    return path


def _read_folder(value: Any, base: Path | None) -> Path:
    path = _read_path(value, base, "plan")
    if not path.is_dir():
        raise ParameterError(f"Tham số «plan»: không có thư mục «{path}»; ghi thư mục bảng kế hoạch hoặc để trống.")
    return path


def read_day(value: Any, what: str) -> date:
    """Return an ISO date; raises ParameterError, beginning with `what`, for anything else.

    Example:
        >>> read_day("2026-12-18", "--as-of")
        datetime.date(2026, 12, 18)
    """
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise ParameterError(
            f"{what}: «{value}» không phải là một ngày có thật viết theo dạng năm-tháng-ngày; viết lại, ví dụ 2026-12-18."
        ) from error


def _read_period(value: Any, plan: Plan, of: str) -> Period:
    try:
        period = plan.period(_read_text(value, "period"))
    except PeriodError as error:
        raise ParameterError(f"Tham số «period»: {error}") from error
    if period.kind[0] != of:
        what = "cả năm" if period.is_year else period.label
        raise ParameterError(f"Tham số «period»: «{value}» là {what}; {_PERIODS[of].format(period.year)}.")
    return period


def _read_years(given: Mapping[str, Any], plan: Plan, read: Mapping[str, Any]) -> str:
    """Return «2026-2030»; by default from the plan's first year to the last of which anything was accepted by the report's day."""
    settings = plan.settings
    first = _read_year(given.get("year_from", settings.first_year), plan, "year_from")
    if "year_to" in given:
        last = _read_year(given["year_to"], plan, "year_to")
    else:
        store, as_of = Store(read["store"], plan=plan), read.get("as_of")
        years = [plan.period(str(year)) for year in range(settings.last_year, first.year, -1)]
        last = next((one for one in years if not store.receipts(one, as_of=as_of).is_empty()), first)
    if last.year < first.year:
        raise ParameterError(
            f"Tham số «year_to»: năm {last.year} đứng trước năm đầu ({first.year}); ghi năm cuối từ {first.year} đến {settings.last_year}."
        )
    return f"{first}-{last}"


def name_period(kind: str, text: str) -> dict[str, str]:
    """Return the parameters by which a kind of report is told its period.

    Example:
        >>> name_period("annual", "2026"), name_period("programme", "2026-2030")
        ({'year': '2026'}, {'year_from': '2026', 'year_to': '2030'})
    """
    if kind == "programme":
        return {"year_from": text[:4], "year_to": text[-4:]}
    return {"year" if kind == "annual" else "period": text}


def last_period(plan: Plan, text: str) -> Period:
    """Return the period that a report's text names; of the years of a programme report the last.

    Example:
        >>> str(last_period(load_plan(), "2026-2030")), str(last_period(load_plan(), "2026-H1"))
        ('2030', '2026-H1')
    """
    return plan.period(text.rpartition("-")[2] if text[5:].isdecimal() else text)


def _read_year(value: Any, plan: Plan, name: str = "year") -> Period:
    text = str(value).strip() if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    try:
        period = plan.period(text)
    except PeriodError as error:
        raise ParameterError(f"Tham số «{name}»: {error}") from error
    if not period.is_year:
        raise ParameterError(
            f"Tham số «{name}»: «{value}» là {'nửa năm' if period.is_half else period.label}; báo cáo năm cần một năm, ví dụ {period.year}."
        )
    return period


def read_choice(value: Any, name: str) -> bool | None:
    """Return what a parameter says, true or false; None where it is not given. Raises ParameterError for anything else."""
    said = {"true": True, "false": False}.get(str(value).strip().lower())
    if value is not None and said is None:
        raise ParameterError(f"Tham số «{name}»: «{value}» không hợp lệ; viết true (có), false (không) hoặc để trống.")
    return said


def _read_judgements(value: Any, plan: Plan) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise ParameterError(
            "Tham số «judgements»: viết theo dạng chỉ tiêu: met hoặc not_met, ví dụ network_formed: met."
        )
    qualitative = plan.indicators.filter(pl.col("kind") == "qualitative")["indicator"].to_list()
    for indicator, verdict in value.items():
        if indicator not in qualitative:
            raise ParameterError(
                f"Tham số «judgements»: «{indicator}» không phải là chỉ tiêu định tính; các chỉ tiêu: "
                f"{', '.join(qualitative)}."
            )
        if verdict not in _JUDGEMENTS:
            raise ParameterError(
                f"Tham số «judgements»: «{verdict}» cho «{indicator}» không hợp lệ; viết met (đạt) hoặc not_met (chưa đạt)."
            )
    return tuple(sorted((str(indicator), str(verdict)) for indicator, verdict in value.items()))


def read_unit(value: Any, plan: Plan, period: Period) -> str:
    """Return the id of the unit that a text names in a period; see `Plan.find_unit`.

    Raises ParameterError, in one sentence, for a text that names no unit or several, for a unit that is not there then (with
    those that report in its place), and for one that need not report for `period`.

    Example:
        >>> read_unit("Vụ Tổ chức cán bộ", load_plan(), load_plan().period("2026-H2"))
        'vu-tccb'
    """
    text = _read_text(value, "unit_id")
    found = plan.find_unit(text, period)
    if found.named and (why := plan.explain_absence(found.named, period)):
        raise ParameterError(f"Tham số «unit_id»: không có phiếu kỳ {period} của {plan.unit(found.named).name}: {why}.")
    if found.unit_id is None:
        several = bool(found.ambiguous)
        near = [f"{unit} ({plan.unit(unit).name})" for unit in found.ambiguous or found.suggestions]
        what = "có thể là nhiều đơn vị" if several else "không có trong danh mục đơn vị"
        hint = f"ghi rõ một trong: {', '.join(near)}" if near else "xem mã và tên bằng «nq57kit plan units»"
        raise ParameterError(f"Tham số «unit_id»: «{text}» {what}; {hint}.")
    if found.unit_id not in plan.units_reporting(period)["unit_id"]:
        raise ParameterError(
            f"Tham số «unit_id»: {plan.unit(found.unit_id).name} không thuộc danh sách phải báo cáo kỳ {period}; chọn đơn "
            "vị khác hoặc sửa danh mục đơn vị (units.csv)."
        )
    return found.unit_id


def read_person_text(path: Path | None) -> str | None:
    """Return a person's text (`nhan-xet.md`) without its HTML comments; None without a file.

    Raises ParameterError if it is not UTF-8 text.
    """
    return None if path is None else _drop_comments(read_given_text(path, ParameterError))


def _drop_comments(text: str) -> str:
    """Return Markdown without its HTML comments, their line ends kept; one that does not end stays."""
    kept, at = "", 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept, at = kept + text[at:start] + "\n" * text.count("\n", start, end), end + len("-->")
    return kept + text[at:]
