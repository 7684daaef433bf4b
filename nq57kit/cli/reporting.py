"""`nq57kit report …`: the semiannual consolidated report and the annual assessment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nq57kit.cli.console import complain, print_line
from nq57kit.cli.options import out_option, plan_option, resolve_out, resolve_store, store_option
from nq57kit.cli.vietnamese import Group
from nq57kit.desk import find_desk
from nq57kit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["report"]


@click.group(cls=Group, subcommand_metavar="LOẠI …", short_help="Lập báo cáo 6 tháng, báo cáo năm.")
def report() -> None:
    """Lập báo cáo: «semiannual» (tổng hợp 6 tháng) hoặc «annual» (đánh giá hằng năm)."""


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            store_option,
            out_option,
            click.option(
                "--as-of", metavar="NGÀY", help="Chốt số liệu đến hết ngày này, ví dụ 2026-12-18 (mặc định: hôm nay)."
            ),
            click.option("--commentary", metavar="TỆP", help="Tệp Markdown chứa nhận xét, đánh giá, kiến nghị."),
            click.option("--register", metavar="TỆP", help="Danh mục nhiệm vụ KHCN của Bộ (CSV), làm mẫu số."),
            click.option(
                "--judge",
                multiple=True,
                metavar="CHỈ_TIÊU=met|not_met",
                help="Kết luận của người đánh giá cho chỉ tiêu định tính; viết nhiều lần được.",
            ),
            plan_option,
            click.option(
                "-f", "--parameters", "file", type=click.Path(path_type=Path), metavar="TỆP", help="Tệp tham số YAML."
            ),
            click.option("-p", "given", nargs=2, multiple=True, metavar="TÊN GIÁ_TRỊ", help="Một tham số của sổ tính."),
        )
    ):
        function = option(function)
    return function


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


def _run(
    kind: str,
    values: dict[str, Any],
    *,
    store: Path | None,
    out: Path | None,
    as_of: str | None,
    commentary: str | None,
    register: str | None,
    judge: tuple[str, ...],
    plan_folder: Path | None,
    file: Path | None,
    given: tuple[tuple[str, str], ...],
) -> None:
    from nq57kit.reports import read_parameters, run_report
    from nq57kit.reports.parameters import fill_blanks

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
    merged = fill_blanks(merged, desk.defaults() if desk else {})
    if not merged.get("store"):
        merged["store"] = resolve_store(None)
    parameters = read_parameters(kind, merged)
    folder = resolve_out(out)
    result = run_report(
        parameters, folder, notebooks=desk.notebooks if desk else None, progress=lambda what: complain(f"… {what}")
    )
    for path in (result.html, result.notebook, result.results):
        print_line(str(path))


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
