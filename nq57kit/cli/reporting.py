"""`nq57kit report …`: the semiannual consolidated report, the annual assessment, and the scorecards of units."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nq57kit.cli.console import complain, print_line
from nq57kit.cli.options import out_option, plan_option, resolve_out, resolve_store, store_option
from nq57kit.cli.vietnamese import Group
from nq57kit.desk import find_desk
from nq57kit.errors import Nq57Error, ParameterError, ReportError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nq57kit.reports.parameters import ReportParameters
    from nq57kit.reports.run import RunResult

__all__ = ["report"]


@click.group(cls=Group, subcommand_metavar="LOẠI …", short_help="Lập báo cáo 6 tháng, báo cáo năm, phiếu của đơn vị.")
def report() -> None:
    """Lập báo cáo: «semiannual» (tổng hợp 6 tháng), «annual» (đánh giá hằng năm), «unit» (phiếu của đơn vị)."""


def _shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every kind of report."""
    for option in reversed(
        (
            store_option,
            out_option,
            click.option(
                "--as-of", metavar="NGÀY", help="Chốt số liệu đến hết ngày này, ví dụ 2026-12-18 (mặc định: hôm nay)."
            ),
            click.option(
                "--format",
                "formats",
                multiple=True,
                type=click.Choice(["html", "docx", "xlsx"]),
                help="Ghi thêm Word (docx) hoặc bảng số liệu (xlsx); trang HTML luôn được ghi; viết nhiều lần được.",
            ),
            click.option("--commentary", metavar="TỆP", help="Tệp Markdown chứa nhận xét, đánh giá, kiến nghị."),
            plan_option,
            click.option(
                "-f", "--parameters", "file", type=click.Path(path_type=Path), metavar="TỆP", help="Tệp tham số YAML."
            ),
            click.option("-p", "given", nargs=2, multiple=True, metavar="TÊN GIÁ_TRỊ", help="Một tham số của sổ tính."),
        )
    ):
        function = option(function)
    return function


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of the ministry's reports."""
    function = click.option(
        "--judge",
        multiple=True,
        metavar="CHỈ_TIÊU=met|not_met",
        help="Kết luận của người đánh giá cho chỉ tiêu định tính; viết nhiều lần được.",
    )(function)
    function = click.option("--register", metavar="TỆP", help="Danh mục nhiệm vụ KHCN của Bộ (CSV), làm mẫu số.")(
        function
    )
    return _shared(function)


@report.command("semiannual")
@click.argument("period", metavar="KỲ", required=False)
@_options
def semiannual(period: str | None, **options: Any) -> None:
    """Báo cáo tổng hợp 6 tháng của một KỲ, ví dụ 2026-H2."""
    _run("semiannual", {"period": period} if period else {}, **options)


@report.command("annual")
@click.argument("year", metavar="NĂM", required=False)
@_options
def annual(year: str | None, **options: Any) -> None:
    """Báo cáo đánh giá hằng năm của một NĂM, ví dụ 2026."""
    _run("annual", {"year": year} if year else {}, **options)


@report.command("unit")
@click.argument("period", metavar="KỲ", required=False)
@click.option("--unit", metavar="ĐƠN_VỊ", help="Mã hoặc tên của đơn vị, ví dụ vu-tccb hoặc «Vụ Tổ chức cán bộ».")
@click.option("--all", "every", is_flag=True, help="Lập phiếu của mọi đơn vị phải báo cáo kỳ này.")
@_shared
def unit(
    period: str | None, unit: str | None, every: bool, out: Path | None, formats: tuple[str, ...], **options: Any
) -> int:
    """Phiếu kết quả của một đơn vị (--unit) hoặc của mọi đơn vị (--all) trong một KỲ, ví dụ 2026-H2."""
    if every and unit:
        raise ParameterError("Viết --unit ĐƠN_VỊ hoặc --all, không viết cả hai.")
    values = ({"period": period} if period else {}) | ({"unit_id": unit} if unit else {})
    merged = _merge("unit", values, **options)
    if not every:
        if not merged.get("unit_id"):
            raise ParameterError(
                "Chưa rõ đơn vị: viết --unit ĐƠN_VỊ (mã hoặc tên), hoặc --all để lập phiếu của mọi đơn vị."
            )
        _show(_make("unit", merged, out, formats))
        return 0
    return _run_all(merged, resolve_out(out), formats)


def _run(kind: str, values: dict[str, Any], *, out: Path | None, formats: tuple[str, ...], **options: Any) -> None:
    _show(_make(kind, _merge(kind, values, **options), out, formats))


def _show(result: RunResult) -> None:
    for path in result.paths:
        print_line(str(path))


def _merge(
    kind: str,
    values: dict[str, Any],
    *,
    store: Path | None,
    as_of: str | None,
    commentary: str | None,
    plan_folder: Path | None,
    file: Path | None,
    given: tuple[tuple[str, str], ...],
    register: str | None = None,
    judge: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return the parameters of a report: of the file, then the options, then what the desk gives."""
    from nq57kit.reports.parameters import defaults_for, fill_blanks

    desk = find_desk()
    merged: dict[str, Any] = _read_yaml(file) if file is not None else {}
    options = {
        "store": store,
        "as_of": as_of,
        "commentary": commentary,
        "register": register,
        "plan": plan_folder,
        "judgements": dict(_split(item) for item in judge),
    }
    merged |= {name: value for name, value in options.items() if value} | values | dict(given)
    merged = fill_blanks(merged, defaults_for(kind, desk.defaults()) if desk else {})
    if not merged.get("store"):
        merged["store"] = resolve_store(None)
    return merged


def _make(kind: str, merged: Mapping[str, Any], out: Path | None, formats: tuple[str, ...]) -> RunResult:
    """Check the parameters, then run the report."""
    from nq57kit.reports import read_parameters

    parameters = read_parameters(kind, merged)
    return _run_one(parameters, resolve_out(out), formats, lambda what: complain(f"… {what}"))


def _run_one(
    parameters: ReportParameters,
    folder: Path,
    formats: tuple[str, ...],
    say: Callable[[str], None] | None,
    *,
    index: bool = True,
) -> RunResult:
    from nq57kit.reports import run_report

    desk = find_desk()
    notebooks = desk.notebooks if desk else None
    return run_report(parameters, folder, notebooks=notebooks, progress=say, index=index, also=formats)


def _run_all(merged: Mapping[str, Any], folder: Path, formats: tuple[str, ...]) -> int:
    """Make the scorecard of every unit that must report, in the register's order; a failure does not end the others."""
    from nq57kit.reports import write_index
    from nq57kit.reports.parameters import read_every_unit

    every = read_every_unit(merged)
    failed: list[str] = []
    done = 0
    try:
        for number, parameters in enumerate(every, start=1):
            complain(f"… [{number}/{len(every)}] {parameters.unit_id}")
            try:
                result = _run_one(parameters, folder, formats, None, index=False)
            except (Nq57Error, OSError) as error:
                failed.append(parameters.unit_id)
                complain(f"Lỗi: {parameters.unit_id}: {error}")
                continue
            done += 1
            print_line(str(result.html))
    finally:
        if folder.is_dir():
            write_index(folder)
    told = f"; không lập được {len(failed)}: {', '.join(failed)}" if failed else ""
    complain(f"Đã lập {done}/{len(every)} phiếu của đơn vị{told}.")
    return ReportError.exit_code if failed else 0


def _split(item: str) -> tuple[str, str]:
    indicator, equals, verdict = item.partition("=")
    if not equals:
        raise ParameterError(f"--judge: «{item}» thiếu dấu «=»; viết như network_formed=met.")
    return indicator.strip(), verdict.strip()


def _read_yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ParameterError(f"Không có tệp tham số «{path}»; kiểm tra đường dẫn.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"Tệp tham số «{path}» viết sai cú pháp YAML; xem tệp mẫu trong thư mục parameters."
        ) from error
    if not isinstance(values, dict):
        raise ParameterError(
            f"Tệp tham số «{path}» phải gồm các dòng «tên: giá trị»; xem tệp mẫu trong thư mục parameters."
        )
    return {str(name): value for name, value in values.items()}
