"""`nq57kit report …`: the semiannual consolidated report, the annual assessment, and the scorecards of units."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nq57kit.cli import console
from nq57kit.desk import find_desk
from nq57kit.errors import ParameterError, ReportError
from nq57kit.files import HOW_SLASHES, local_path, read_given_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.reports.batch import BatchResult, Pool
    from nq57kit.reports.jobs import Job, Result
    from nq57kit.reports.parameters import ReportParameters


@click.group(
    cls=console.Group, subcommand_metavar="LOẠI …", short_help="Lập báo cáo 6 tháng, báo cáo năm, phiếu của đơn vị."
)
def report() -> None:
    """Lập báo cáo: «semiannual» (tổng hợp 6 tháng), «annual» (đánh giá hằng năm), «unit» (phiếu của đơn vị), «plan» (kế hoạch năm), «programme» (tổng kết
    nhiều năm), «request» (theo yêu cầu đột xuất), «own» (sổ ghi của riêng mình).
    """


def _with(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return one decorator of several options, in the order of the help page."""
    return lambda function: reduce(lambda made, option: option(made), reversed(options), function)


#: Options of every kind of report, and of the ministry's.
_shared = _with(
    console.store_option,
    console.out_option,
    click.option(
        "--as-of", metavar="NGÀY", help="Chốt số liệu đến hết ngày này, ví dụ 2026-12-18 (mặc định: hôm nay)."
    ),
    click.option(
        "--format",
        "formats",
        multiple=True,
        type=click.Choice(["html", "brief", "docx", "xlsx", "json"]),
        help="Ghi thêm Word (docx) hoặc bảng số liệu (xlsx); trang HTML và tóm tắt một trang (brief) luôn được ghi; json: in kết quả dạng JSON; viết nhiều lần được.",
    ),
    click.option(
        "--kernel",
        metavar="TÊN",
        help="Chạy sổ ghi trong kernel Jupyter có tên này, cho sổ ghi của riêng mình cần đến nó (mặc định: không cần kernel).",
    ),
    click.option("--force", is_flag=True, help="Lập lại cả khi số liệu, tham số và chương trình không thay đổi."),
    click.option(
        "--commentary", type=console.PATH, metavar="TỆP", help="Tệp Markdown chứa nhận xét, đánh giá, kiến nghị."
    ),
    console.plan_option,
    click.option("-f", "--parameters", "file", type=console.PATH, metavar="TỆP", help="Tệp tham số YAML."),
    click.option("-p", "given", nargs=2, multiple=True, metavar="TÊN GIÁ_TRỊ", help="Một tham số của sổ ghi."),
)
_rehearsed = click.option(
    "--as-if-closed",
    is_flag=True,
    help="Lập thử «nếu chốt hôm nay»: xét như đã hết hạn gửi, kết luận nào còn chờ đơn vị nào; tệp có tên riêng (…-neu-chot).",
)
_of_ministry = _with(
    click.option("--register", type=console.PATH, metavar="TỆP", help="Danh mục nhiệm vụ KHCN (CSV), làm mẫu số."),
    click.option(
        "--judge",
        multiple=True,
        metavar="CHỈ_TIÊU=met|not_met",
        help="Kết luận của người đánh giá cho chỉ tiêu định tính; viết nhiều lần được.",
    ),
    click.option(
        "--drafts/--no-drafts",
        default=None,
        help="Có hay không các câu nháp máy rút từ số liệu để người soạn thảo sửa (mặc định: có, cho đến khi khóa số liệu).",
    ),
    _shared,
)


@report.command("semiannual")
@click.argument("period", metavar="KỲ", required=False)
@_rehearsed
@_of_ministry
def semiannual(period: str | None, **options: Any) -> None:
    """Báo cáo tổng hợp 6 tháng của một KỲ, ví dụ 2026-H2."""
    _make("semiannual", {"period": period} if period else {}, options)


@report.command("annual")
@click.argument("year", metavar="NĂM", required=False)
@_rehearsed
@_of_ministry
def annual(year: str | None, **options: Any) -> None:
    """Báo cáo đánh giá hằng năm của một NĂM, ví dụ 2026."""
    _make("annual", {"year": year} if year else {}, options)


@report.command("plan")
@click.argument("period", metavar="KỲ", required=False)
@_shared
def plan(period: str | None, **options: Any) -> None:
    """Kế hoạch và dự toán kinh phí năm của các đơn vị, ví dụ 2027-P: theo nhiệm vụ, giải pháp, quý, nguồn; nội dung chưa ai lên kế hoạch."""
    _make("plan", {"period": period} if period else {}, options)


@report.command("unit")
@click.argument("period", metavar="KỲ", required=False)
@click.option("--unit", metavar="ĐƠN_VỊ", help="Mã hoặc tên của đơn vị, như trong danh mục đơn vị.")
@click.option("--all", "every", is_flag=True, help="Lập phiếu của mọi đơn vị phải báo cáo kỳ này.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="SỐ",
    help="Với --all: số phiếu lập cùng lúc (mặc định: theo số lõi và bộ nhớ của máy).",
)
@click.option(
    "--dask",
    metavar="ĐỊA_CHỈ",
    help="Với --all: chia việc cho cụm Dask có bộ điều phối ở địa chỉ này, ví dụ tcp://may-chu:8786 (kho và nơi ghi dùng chung).",
)
@_rehearsed
@_shared
def unit(
    period: str | None, *, unit: str | None, every: bool, jobs: int | None, dask: str | None, **options: Any
) -> int:
    """Phiếu kết quả của một đơn vị (--unit) hoặc của mọi đơn vị (--all) trong một KỲ, ví dụ 2026-H2."""
    if dask and not every:
        raise ParameterError("--dask chỉ dùng với --all (phiếu của mọi đơn vị).")
    if every and unit:
        raise ParameterError("Viết --unit ĐƠN_VỊ hoặc --all, không viết cả hai.")
    values = ({"period": period} if period else {}) | ({"unit_id": unit} if unit else {})
    if every:
        return _make_all(values, options, workers=jobs, dask=dask)
    _make("unit", values, options)
    return 0


@report.command("programme")
@click.option("--from", "first", metavar="NĂM", help="Năm đầu (mặc định: năm đầu của Kế hoạch).")
@click.option("--to", "last", metavar="NĂM", help="Năm cuối (mặc định: năm cuối đã có báo cáo được nhận).")
@_of_ministry
def programme(first: str | None, last: str | None, **options: Any) -> None:
    """Báo cáo tổng kết nhiều năm, ví dụ --from 2026 --to 2030.

    Số liệu mỗi năm là số liệu của báo cáo năm đó, chốt đến hết năm; năm cuối chốt đến ngày lập báo cáo.
    """
    given = {"year_from": first, "year_to": last}
    _make("programme", {name: year for name, year in given.items() if year}, options)


@report.command("request")
@click.argument("period", metavar="KỲ", required=False)
@_shared
def request(period: str | None, **options: Any) -> None:
    """Báo cáo theo một yêu cầu đột xuất, KỲ là mã của yêu cầu, ví dụ 2027-R01."""
    _make("request", {"period": period} if period else {}, options)


@report.command("own")
@click.argument("name", metavar="SỔ_GHI")
@click.argument("period", metavar="KỲ")
@click.option("--unit", metavar="ĐƠN_VỊ", help="Đơn vị, khi báo cáo là của một đơn vị.")
@_rehearsed
@_of_ministry
def own(name: str, period: str, *, unit: str | None, **options: Any) -> None:
    """Báo cáo của riêng mình: chạy SỔ_GHI (tên tệp trong thư mục notebooks của thư mục làm việc) cho KỲ: kỳ, năm hoặc các năm.

    Tham số của riêng sổ ghi viết bằng -p. Ví dụ: nq57kit report own hai-phut 2026-H2 -p it_nhat 5
    """
    from nq57kit.reports.parameters import kind_of, name_period

    desk = find_desk()
    path = local_path(name if name.endswith(".ipynb") else f"{name}.ipynb", ParameterError)
    notebook = desk.notebooks / path if desk and desk.notebooks else path
    kind = kind_of(period, unit=unit is not None)
    _make(kind, name_period(kind, period) | ({"unit_id": unit} if unit else {}), options, notebook=notebook)


@report.command("names")
@click.argument(
    "kind", metavar="LOẠI", type=click.Choice(["semiannual", "annual", "unit", "plan", "programme", "request"])
)
@click.argument("when", metavar="KỲ")
@click.option("--unit", metavar="ĐƠN_VỊ", help="Đơn vị, khi LOẠI là unit.")
@console.store_option
@console.plan_option
@click.option("--as-of", metavar="NGÀY", help="Chốt số liệu đến hết ngày này (mặc định: hôm nay).")
@console.format_option
def names(
    *,
    kind: str,
    when: str,
    unit: str | None,
    form: str,
    store: Path | None,
    plan_folder: Path | None,
    as_of: str | None,
) -> None:
    """Liệt kê tên số liệu dùng được trong tệp nhận xét, và chữ sẽ điền vào chỗ tên đó.

    LOẠI là semiannual, annual, unit, plan, programme hoặc request; KỲ là kỳ, năm hoặc các năm (2026-2030). Trong nhan-xet.md viết {kpis.staff_reached} thì báo cáo có
    «67,1% (11.867/17.674)». Ví dụ: nq57kit report names annual 2026
    """
    from nq57kit.reports import prepare_report, read_parameters
    from nq57kit.reports.commentary import list_names
    from nq57kit.reports.parameters import name_period

    values = {**name_period(kind, when), "as_of": as_of, "plan": console.find_plan(plan_folder)}
    values |= {"store": console.resolve_store(store)} | ({"unit_id": unit} if kind == "unit" else {})
    listed = list_names(prepare_report(read_parameters(kind, values)))
    if form == "json":
        console.print_json(listed)
    else:
        console.print_table(["Tên", "Chữ điền vào"], [[f"{{{name}}}", said] for name, said in listed.items()])


def _merge(kind: str, values: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a report: of the file, then the options, then what the desk gives."""
    from nq57kit.reports.parameters import fill_blanks

    merged: dict[str, Any] = _read_yaml(options["file"]) if options["file"] is not None else {}
    said = {name: options.get(name) for name in ("store", "as_of", "commentary", "register")}
    said |= {"plan": options["plan_folder"], "judgements": dict(map(_split, options.get("judge", ())))}
    merged |= {name: value for name, value in said.items() if value} | values | dict(options["given"])
    merged |= {"drafts": options["drafts"]} if options.get("drafts") is not None else {}
    merged |= {"as_if_closed": True} if options.get("as_if_closed") else {}
    merged = fill_blanks(kind, merged, find_desk())
    if not merged.get("store"):
        merged["store"] = console.resolve_store(None)
    return merged


def _begin(options: dict[str, Any], *, beside: bool = False) -> None:
    """Let workers begin to import what they need, before anything heavy is imported here."""
    from nq57kit.reports.pool import start_early

    desk = find_desk()
    folder = options["out"] or (desk.outputs if desk else None)
    if folder is not None:
        start_early(folder, force=options["force"], beside=beside)


def _make(kind: str, values: dict[str, Any], options: dict[str, Any], *, notebook: Path | None = None) -> None:
    """Check the parameters, make the report (by a notebook of one's own where there is one), tell its files."""
    _begin(options, beside=True)
    merged = _merge(kind, values, options)
    if kind == "unit" and not merged.get("unit_id"):
        raise ParameterError(
            "Chưa rõ đơn vị: viết --unit ĐƠN_VỊ (mã hoặc tên), hoặc --all để lập phiếu của mọi đơn vị."
        )
    folder = console.resolve_out(options["out"])
    from nq57kit.reports import make_report, read_parameters
    from nq57kit.reports.commentary import find_contradictions
    from nq57kit.reports.parameters import KINDS, use_notebook

    takes = next(one.takes for known, one in KINDS.items() if known == kind) if notebook else tuple(merged)
    parameters = read_parameters(kind, {name: value for name, value in merged.items() if name in takes})
    own = {name: value for name, value in merged.items() if name not in takes}
    job = _job(use_notebook(parameters, notebook, own) if notebook else parameters, folder, options)
    result = make_report(job, progress=lambda what: console.complain(f"… {what}"))
    if not result.is_new:
        console.complain(f"Báo cáo «{job.stem}» không thay đổi nên giữ nguyên; thêm --force để lập lại.")
    if "json" in options["formats"]:
        console.print_json(_describe(result))
        return
    for path in result.paths:
        console.print_line(str(path))
    for doubt in find_contradictions(job.parameters.commentary, result.values):
        console.complain(f"Lưu ý: {doubt}")


def _describe(result: Result) -> dict[str, Any]:
    """Return what became of a report as a program reads it."""
    paths = [str(path) for path in result.paths]
    return {"report": result.stem, "is_new": result.is_new, "paths": paths, "error": result.error}


def _job(parameters: ReportParameters, folder: Path, options: dict[str, Any]) -> Job:
    from nq57kit.reports import Job

    desk = find_desk()
    also = tuple(one for one in options["formats"] if one != "json")
    if "docx" in also:
        also = tuple(dict.fromkeys((*also, "xlsx")))  # the document names tables that only the workbook has
    job = Job(parameters, folder, also=also, force=options["force"], kernel=options["kernel"] or None)
    return replace(job, notebooks=desk.notebooks, letterhead=desk.letterhead) if desk else job


def _make_all(values: dict[str, Any], options: dict[str, Any], *, workers: int | None, dask: str | None) -> int:
    """Make the scorecard of every unit that must report, and tell them in the register's order."""
    if dask is None:
        _begin(options)
    merged, folder = _merge("unit", values, options), console.resolve_out(options["out"])
    from nq57kit.reports import run_batch
    from nq57kit.reports.parameters import read_every_unit

    jobs = [_job(one, folder, options) for one in read_every_unit(merged)]
    pool: Pool | None = None
    if dask is not None:
        from nq57kit.reports.cluster import DaskPool

        pool = DaskPool(dask)
    ended = itertools.count(1)
    with console.show_progress("Phiếu của đơn vị", len(jobs)) as advance:

        def tell(one: Result) -> None:
            advance()
            if not sys.stderr.isatty():
                console.complain(f"… [{next(ended)}/{len(jobs)}] {one.stem}")

        done = run_batch(jobs, workers=workers, pool=pool, progress=tell)
    if "json" in options["formats"]:
        console.print_json([_describe(one) for one in done.results])
    for one in done.results:
        if one.error is not None:
            console.report_error(f"{one.stem}: {one.error}")
        elif "json" not in options["formats"]:
            console.print_line(str(one.html))
    console.complain(_summarise(done))
    return ReportError.exit_code if done.failed else 0


def _summarise(done: BatchResult) -> str:
    """Return one sentence on a batch."""
    total, failed, kept = len(done.results), done.failed, done.unchanged
    told = [f"Đã lập {total - len(failed) - len(kept)}/{total} phiếu của đơn vị"]
    if kept:
        told.append(f"giữ nguyên {len(kept)} phiếu không thay đổi (thêm --force để lập lại)")
    if failed:
        told.append(f"không lập được {len(failed)}: {', '.join(one.stem for one in failed)}")
    return "; ".join(told) + "."


def _split(item: str) -> tuple[str, str]:
    indicator, equals, verdict = item.partition("=")
    if not equals:
        raise ParameterError(f"--judge: «{item}» thiếu dấu «=»; viết như network_formed=met.")
    return indicator.strip(), verdict.strip()


def _read_yaml(path: Path) -> dict[str, Any]:
    import yaml

    if not path.exists():
        raise ParameterError(f"Không có tệp tham số «{path}»; kiểm tra đường dẫn.")
    text = read_given_text(path, ParameterError)
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ParameterError(
            f"Tệp tham số «{path}» viết sai cú pháp YAML; xem tệp mẫu trong thư mục parameters; {HOW_SLASHES}."
        ) from error
    if not isinstance(values, dict):
        raise ParameterError(
            f"Tệp tham số «{path}» phải gồm các dòng «tên: giá trị»; xem tệp mẫu trong thư mục parameters."
        )
    return {str(name): value for name, value in values.items()}


_CHANGES = {"changed": "Sửa", "removed": "Bỏ", "moved": "Chuyển chỗ", "added": "Thêm dòng vào bảng", "note": "Ghi chú"}


@click.command("take-back", short_help="Lấy phần người sửa trong tệp Word về nhan-xet.md.")
@click.argument("word", metavar="TỆP_WORD", type=console.PATH)
@click.option(
    "--report",
    "original",
    type=console.PATH,
    metavar="TỆP",
    help="Tệp của báo cáo do nq57kit lập (.docx, .json, .html).",
)
@click.option(
    "--commentary",
    "target",
    type=console.PATH,
    metavar="TỆP",
    help="Tệp nhận xét để ghi (mặc định: của thư mục làm việc).",
)
@console.register_option
@console.store_option
@console.plan_option
@console.format_option
def take_back(
    *, word: Path, target: Path | None, store: Path | None, plan_folder: Path | None, form: str, **given: Any
) -> None:
    """Lấy về những gì người soạn thảo đã sửa trong TỆP_WORD của một báo cáo.

    Chữ của người viết vào nhan-xet.md dưới đề mục của nó (bản cũ giữ lại bên cạnh), lần lập sau có ngay. Số liệu, ô bảng, câu
    do báo cáo sinh ra mà bị sửa thì nêu trước, sau, và các ô của biểu mẫu đã làm ra số đó. Ví dụ: nq57kit take-back annual-2026.docx
    """
    from nq57kit.reports import takeback

    desk = find_desk()
    own: dict[str, Any] = {"notebooks": desk.notebooks, "letterhead": desk.letterhead} if desk else {}
    own["plan"] = console.find_plan(plan_folder)
    done = takeback.take_back(word, console.resolve_store(store), **own, **given)
    path = target or (desk.commentary if desk and desk.commentary else Path("nhan-xet.md"))
    kept = takeback.keep_text(path, done.text) if done.places else None
    if form == "json":
        console.print_json(done.as_dict() | {"file": str(path), "before": str(kept) if kept else None})
        return
    for note in done.notes:
        console.print_line(f"Lưu ý: {note}")
    for one in done.changes:
        said = " → ".join(f"«{text}»" for text in (one.was, one.now) if text)
        console.print_line(f"{_CHANGES[one.kind]}{f' (mục «{one.where}»)' if one.where else ''}: {said}")
        for figure in one.figures:
            console.print_line(f"  Số liệu: {figure}")
        for cell in one.cells:
            console.print_line(f"  Ô: {cell}")
    if not done.places:
        console.print_line("Không có chữ của người viết để lấy về; tệp nhận xét giữ nguyên.")
        return
    console.print_line(f"Đã ghi «{path}»: {'; '.join(done.places)}.")
    if kept:
        console.print_line(f"Bản trước đó giữ ở «{kept}».")
