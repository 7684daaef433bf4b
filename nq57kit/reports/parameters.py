"""The parameters of a report: typed, and refused with one sentence before a kernel starts.

In: names and values as a file, a command line or a notebook gives them. Out: `SemiannualParameters`, `AnnualParameters`
or `UnitParameters`, or a ParameterError. The names are those of the notebooks' `parameters` cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple

from nq57kit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nq57kit.plan import Period, Plan

__all__ = [
    "KINDS",
    "AnnualParameters",
    "Kind",
    "Parameters",
    "ReportParameters",
    "SemiannualParameters",
    "UnitParameters",
    "defaults_for",
    "fill_blanks",
    "read_day",
    "read_every_unit",
    "read_parameters",
    "read_unit",
]

Kind = Literal["semiannual", "annual", "unit"]


class KindOfReport(NamedTuple):
    """What a kind of report is called, how one is headed (its period, a scorecard's unit), and its notebook."""

    name: str
    heading: str
    notebook: str


_PLAN: Final = "thực hiện Kế hoạch truyền thông Nghị quyết số 57-NQ/TW"
KINDS: Final[Mapping[Kind, KindOfReport]] = {
    "semiannual": KindOfReport(
        "Báo cáo tổng hợp 6 tháng",
        f"Báo cáo tổng hợp kết quả {{period}} {_PLAN}",
        "semiannual_consolidated.ipynb",
    ),
    "annual": KindOfReport(
        "Báo cáo đánh giá hằng năm",
        f"Báo cáo đánh giá kết quả {{period}} {_PLAN}",
        "annual_assessment.ipynb",
    ),
    "unit": KindOfReport(
        "Phiếu kết quả của đơn vị",
        f"Phiếu kết quả {{period}} của {{unit}} {_PLAN}",
        "unit_scorecard.ipynb",
    ),
}
_JUDGEMENTS: Final = ("met", "not_met")


@dataclass(frozen=True)
class Parameters:
    """What every report is told: see the notebooks' `parameters` cell for the meaning in Vietnamese.

    `as_of` None means the day on which the report is made (Hà Nội time); paths are absolute.
    """

    store: Path
    as_of: date | None = None
    commentary: Path | None = None
    plan: Path | None = None
    register: Path | None = None
    judgements: tuple[tuple[str, str], ...] = ()

    def as_notebook(self) -> dict[str, Any]:
        """Return the values as papermill hands them to a notebook: text, numbers and mappings only."""
        return {
            "store": str(self.store),
            "as_of": self.as_of.isoformat() if self.as_of else "",
            "commentary": str(self.commentary or ""),
            "plan": str(self.plan or ""),
            "register": str(self.register or ""),
            "judgements": dict(self.judgements),
        }


@dataclass(frozen=True, kw_only=True)
class SemiannualParameters(Parameters):
    """Parameters of the semiannual consolidated report: `period` is a half, such as 2026-H2."""

    kind: ClassVar[Kind] = "semiannual"
    period: str

    @property
    def stem(self) -> str:
        """The name of the report's files, without ending (contract §5)."""
        return f"semiannual-{self.period}"

    def as_notebook(self) -> dict[str, Any]:  # noqa: D102 - as in Parameters
        return super().as_notebook() | {"period": self.period}


@dataclass(frozen=True, kw_only=True)
class AnnualParameters(Parameters):
    """Parameters of the annual assessment: `year` is one of the plan's years."""

    kind: ClassVar[Kind] = "annual"
    year: int

    @property
    def period(self) -> str:
        """The year as a period's text."""
        return str(self.year)

    @property
    def stem(self) -> str:
        """The name of the report's files, without ending (contract §5)."""
        return f"annual-{self.year}"

    def as_notebook(self) -> dict[str, Any]:  # noqa: D102 - as in Parameters
        return super().as_notebook() | {"year": self.year}


@dataclass(frozen=True, kw_only=True)
class UnitParameters(Parameters):
    """Parameters of a unit's scorecard: a half such as 2026-H2, and the unit's id in the register."""

    kind: ClassVar[Kind] = "unit"
    period: str
    unit_id: str

    @property
    def stem(self) -> str:
        """The name of the report's files, without ending (contract §5)."""
        return f"unit-{self.period}-{self.unit_id}"

    def as_notebook(self) -> dict[str, Any]:  # noqa: D102 - as in Parameters
        shared = super().as_notebook()
        own = {name: shared[name] for name in ("store", "as_of", "commentary", "plan")}
        return own | {"period": self.period, "unit_id": self.unit_id}


ReportParameters = SemiannualParameters | AnnualParameters | UnitParameters


def read_parameters(kind: str, values: Mapping[str, Any], *, base: Path | None = None) -> ReportParameters:
    """Return the checked parameters of a report of `kind`; paths are taken from `base` (default: here).

    Empty text and None mean «not given». Raises ParameterError, in one sentence, for an unknown name, a period
    or year that is not the plan's, a unit that is not, a day that does not exist, a store or file that is not there.

    Example:
        >>> read_parameters("semiannual", {"store": ".", "perod": "2026-H2"})
        Traceback (most recent call last):
            ...
        nq57kit.errors.ParameterError: Tham số «perod» không có trong báo cáo này; có phải «period»? Các tham số: \
store, as_of, commentary, plan, register, judgements, period.
    """
    if kind not in KINDS:
        raise ParameterError(f"Loại báo cáo «{kind}» không có; viết một trong: {', '.join(KINDS)}.")
    if kind == "unit":
        read, given, plan = _read(kind, values, base, ("period", "unit_id"))
        half = _half(given["period"], plan)
        return UnitParameters(**read, period=half, unit_id=read_unit(given["unit_id"], plan, plan.period(half)))
    if kind == "semiannual":
        read, given, plan = _read(kind, values, base, ("period",))
        return SemiannualParameters(**read, period=_half(given["period"], plan))
    read, given, plan = _read(kind, values, base, ("year",))
    return AnnualParameters(**read, year=_year(given["year"], plan))


def read_every_unit(values: Mapping[str, Any], *, base: Path | None = None) -> tuple[UnitParameters, ...]:
    """Return the checked parameters of the scorecards of all units that must report for a period, in their order.

    As `read_parameters("unit", …)` without a `unit_id`; one that is given is left aside.
    """
    read, given, plan = _read("unit", {**values, "unit_id": ""}, base, ("period", "unit_id"), but=("unit_id",))
    half = _half(given["period"], plan)
    units = plan.units_reporting(plan.period(half))["unit_id"].to_list()
    return tuple(UnitParameters(**read, period=half, unit_id=unit_id) for unit_id in units)


def _read(
    kind: str, values: Mapping[str, Any], base: Path | None, own: tuple[str, ...], but: tuple[str, ...] = ()
) -> tuple[dict[str, Any], dict[str, Any], Plan]:
    """Return what all kinds share, read; what is given; and the plan. `own` names must be given, except those of `but`."""
    readers: dict[str, Callable[[Any], Any]] = {
        "store": lambda value: _store(value, base),
        "as_of": lambda value: read_day(value, "Tham số «as_of»"),
        "commentary": lambda value: _file(value, base, "commentary", "tệp văn bản (.md) của người viết nhận xét"),
        "plan": lambda value: _folder(value, base),
    }
    whole = kind != "unit"
    if whole:
        readers["register"] = lambda value: _file(value, base, "register", "tệp CSV danh mục nhiệm vụ KHCN")
    known = [*readers, *(["judgements"] if whole else []), *own]
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; có phải «{near[0]}»?" if near else "."
            raise ParameterError(f"Tham số «{name}» không có trong báo cáo này{hint} Các tham số: {', '.join(known)}.")
    given = {name: value for name, value in values.items() if not _is_blank(value)}
    for name in ("store", *own):
        if name not in given and name not in but:
            raise ParameterError(f"Thiếu tham số «{name}»; {_EXPECTED[name]}.")
    read = {name: reader(given[name]) for name, reader in readers.items() if name in given}
    plan = _load_plan(read.get("plan"))
    if whole:
        read["judgements"] = _judgements(given.get("judgements", {}), plan)
    return read, given, plan


_EXPECTED: Final = {
    "store": "ghi thư mục kho dữ liệu",
    "period": "ghi kỳ báo cáo, ví dụ 2026-H2",
    "year": "ghi năm báo cáo, ví dụ 2026",
    "unit_id": "ghi mã hoặc tên đơn vị, ví dụ vu-tccb",
}
#: Desk values that a kind of report does not take when they are not given: the desk's text is about the ministry.
_NOT_FROM_DESK: Final[Mapping[str, frozenset[str]]] = {"unit": frozenset({"commentary"})}


def defaults_for(kind: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return a desk's defaults that a kind of report takes.

    Example:
        >>> defaults_for("unit", {"store": "kho", "commentary": "nhan-xet.md"})
        {'store': 'kho'}
    """
    left = _NOT_FROM_DESK.get(kind, frozenset())
    return {name: value for name, value in defaults.items() if name not in left}


def fill_blanks(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with `defaults` in the places that are not given or blank.

    Example:
        >>> fill_blanks({"store": "", "year": 2026}, {"store": "kho"})
        {'store': 'kho', 'year': 2026}
    """
    return {
        **defaults,
        **{name: value for name, value in values.items() if name not in defaults or not _is_blank(value)},
    }


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == {}


def _text(value: Any, name: str) -> str:
    if isinstance(value, (str, Path)):
        return str(value).strip()
    raise ParameterError(f"Tham số «{name}»: «{value}» không phải là chữ; viết trong dấu nháy.")


def _path(value: Any, base: Path | None, name: str) -> Path:
    try:
        return ((base or Path.cwd()) / Path(_text(value, name)).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ParameterError(f"Tham số «{name}»: đường dẫn «{value}» không hợp lệ; ghi lại đường dẫn.") from error


def _store(value: Any, base: Path | None) -> Path:
    from nq57kit.errors import StoreError
    from nq57kit.store import Store

    path = _path(value, base, "store")
    try:
        Store(path)
    except StoreError as error:
        raise ParameterError(f"Tham số «store»: {error}") from error
    return path


def _file(value: Any, base: Path | None, name: str, what: str) -> Path:
    path = _path(value, base, name)
    if not path.is_file():
        raise ParameterError(f"Tham số «{name}»: không có tệp «{path}»; ghi đường dẫn tới {what} hoặc để trống.")
    return path


def _folder(value: Any, base: Path | None) -> Path:
    path = _path(value, base, "plan")
    if not path.is_dir():
        raise ParameterError(f"Tham số «plan»: không có thư mục «{path}»; ghi thư mục bảng kế hoạch hoặc để trống.")
    return path


def _load_plan(folder: Path | None) -> Plan:
    from nq57kit.plan import load_plan

    return load_plan(folder)


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


def _half(value: Any, plan: Plan) -> str:
    from nq57kit.errors import PeriodError

    try:
        period = plan.period(_text(value, "period"))
    except PeriodError as error:
        raise ParameterError(f"Tham số «period»: {error}") from error
    if period.is_year:
        raise ParameterError(
            f"Tham số «period»: «{value}» là cả năm; báo cáo này cần một nửa năm, ví dụ {value}-H1 hoặc {value}-H2."
        )
    return str(period)


def _year(value: Any, plan: Plan) -> int:
    from nq57kit.errors import PeriodError

    text = str(value).strip() if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    try:
        period = plan.period(text)
    except PeriodError as error:
        raise ParameterError(f"Tham số «year»: {error}") from error
    if not period.is_year:
        raise ParameterError(f"Tham số «year»: «{value}» là nửa năm; báo cáo năm cần một năm, ví dụ {period.year}.")
    return period.year


def _judgements(value: Any, plan: Plan) -> tuple[tuple[str, str], ...]:
    import polars as pl

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
    """Return the id of the unit that a text names on the last day of `period`; see `Plan.find_unit`.

    Raises ParameterError, in one sentence, for a text that names no unit or several, and for a unit that need not
    report for `period`.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> read_unit("Vụ Tổ chức cán bộ", load_plan(), load_plan().period("2026-H2"))
        'vu-tccb'
    """
    text = _text(value, "unit_id")
    found = plan.find_unit(text, period.last_day)
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
