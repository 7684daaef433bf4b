"""`nq57kit template`, `check` and `explain`: forms out, what is wrong in those that came back, what a finding's code means."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli import console
from nq57kit.errors import ParameterError
from nq57kit.files import prepare_folder
from nq57kit.submissions.findings import SEVERITY_LABELS, load_finding_kinds, show_value
from nq57kit.text import format_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nq57kit.plan import Period, Plan
    from nq57kit.store import Snapshot, Store
    from nq57kit.submissions import Finding, Submission
    from nq57kit.submissions.findings import FindingKind
    from nq57kit.submissions.prefilled import Earlier

_LEGACY: Final = "legacy-font"
_CONSEQUENCES: Final = {
    "error": "tệp bị trả lại, phải sửa rồi gửi lại",
    "warning": "tệp được nhận, nội dung cần kiểm tra được nêu trong báo cáo",
    "note": "để biết, không bắt buộc sửa",
}
_BLANK: Final = re.compile(r"(?:\{[a-z_]+\})+\.?")
_NEAREST: Final = 3


@console.command(short_help="Lập biểu mẫu cho từng đơn vị.")
@click.argument("period", metavar="KỲ")
@console.out_option
@click.option("--unit", metavar="ĐƠN_VỊ", help="Chỉ lập biểu mẫu của một đơn vị (mã hoặc tên).")
@click.option(
    "--store",
    type=console.PATH,
    metavar="THƯ_MỤC",
    help="Điền sẵn theo báo cáo trước của đơn vị trong kho này (mặc định: kho của thư mục làm việc, nếu có).",
)
@click.option("--blank", is_flag=True, help="Không điền sẵn theo kho; chỉ ghi các nhiệm vụ đơn vị chủ trì.")
@console.plan_option
def template(
    period: str, out: Path | None, unit: str | None, store: Path | None, *, blank: bool, plan_folder: Path | None
) -> None:
    """Lập biểu mẫu (.xlsx) của một KỲ cho từng đơn vị, đã điền sẵn nhiệm vụ chủ trì.

    Ở nơi có kho, biểu mẫu của đơn vị đã có báo cáo được nhận ở kỳ trước được điền sẵn các nhiệm vụ KHCN còn thực hiện; số
    liệu kỳ trước nằm trong ghi chú ở ô và trang «Kỳ trước», không được tính là số liệu của kỳ này.

    Ví dụ: nq57kit template 2026-H2 --out bieu-mau
    """
    from nq57kit.submissions import read_earlier, write_template

    if blank and store:
        raise ParameterError("--blank là biểu mẫu trống, --store là điền sẵn theo kho; chỉ ghi một trong hai.")
    plan, kept = _read_plan(plan_folder, store)
    half = plan.period(period)
    unit_id = console.read_unit_id(plan, unit, half) if unit else None
    folder, source = console.resolve_out(out), None if blank or kept is None else kept.folder
    earlier, lines = {}, {}
    if source is not None and kept is not None:
        view = kept.snapshot()
        earlier = _add_answers(_add_gaps(read_earlier(view, half, plan), view, half, plan), view, half, plan)
        lines = _read_lines(view, half, plan)
    paths = write_template(half, folder, plan=plan, unit_id=unit_id, earlier=earlier, lines=lines)
    console.print_line(f"Đã ghi {format_number(len(paths))} biểu mẫu {half.label} vào {folder}")
    if earlier:
        filled = sum(path.stem.removeprefix(f"NQ57_{half}_") in earlier for path in paths)
        console.print_line(
            f"  {format_number(filled)} biểu mẫu điền sẵn theo báo cáo trước trong kho «{source}» (để trống: --blank)."
        )
        if filled < len(paths):
            console.print_line(
                f"  {format_number(len(paths) - filled)} biểu mẫu của đơn vị chưa có báo cáo trước, để trống."
            )


def _read_plan(folder: Path | None, store: Path | None) -> tuple[Plan, Store | None]:
    """The plan, told of the requests of the store where there is one, and that store."""
    plan, source = console.read_plan(folder), console.find_store(store)
    if source is None:
        return plan, None
    from nq57kit.store import Store

    kept = Store(source, plan=plan)
    return kept.plan, kept


def _read_lines(view: Snapshot, period: Period, plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """Return by unit the lines of the year's plan, from which a half's activities choose; for a plan those of last year's not done."""
    if period.is_half:
        from nq57kit.store import read_plans

        rows = read_plans(view, period.year, None)[1].to_dicts()
    elif period.is_plan and period.previous:
        from nq57kit.indicators import compute
        from nq57kit.reports.report import read_inputs

        year = plan.period(str(period.year - 1))
        told = compute(read_inputs(view, plan, year, max(period.last_day, year.last_day))).lines
        rows = [row for row in told.to_dicts() if row["state"] != "done"]
    else:
        rows = []
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["unit_id"], []).append(row)
    return found


def _add_gaps(earlier: Mapping[str, Earlier], view: Snapshot, half: Period, plan: Plan) -> dict[str, Earlier]:
    """Add what each unit's reports of the same year have not shown; of a unit that has sent nothing, or only for others, nothing is known."""
    before = half.previous
    told = {unit: last for unit, last in earlier.items() if last.period == before and last.senders == (unit,)}
    if before is None or before.year != half.year or not told:
        return dict(earlier)
    from nq57kit.indicators import compute
    from nq57kit.reports.report import read_inputs
    from nq57kit.submissions.prefilled import Gaps

    found = compute(read_inputs(view, plan, before, half.last_day))
    products: dict[str, dict[int, list[str]]] = {}
    for unit, task, missing in found.task_status.select("unit_id", "task_id", "missing").iter_rows():
        if missing:
            products.setdefault(unit, {})[task] = missing
    silent = dict(
        found.unit_measures.filter(found.unit_measures["rows"] == 0).group_by("unit_id").agg("measure_id").iter_rows()
    )
    gaps = {unit: Gaps(products.get(unit, {}), silent.get(unit, ())) for unit in told}
    return {unit: replace(last, gaps=gaps.get(unit)) for unit, last in earlier.items()}


def _add_answers(earlier: Mapping[str, Earlier], view: Snapshot, half: Period, plan: Plan) -> dict[str, Earlier]:
    """Add what was answered to the difficulties of each unit: those of its last report, and whatever was answered since then."""
    answers = view.records("answer")
    if not answers or not earlier:
        return dict(earlier)
    from nq57kit.indicators.difficulties import gather_questions
    from nq57kit.reports.report import read_raised
    from nq57kit.show.difficulties import say_answer

    raised = read_raised(view, plan, half, None)
    rows = gather_questions(plan, half, as_of=half.last_day, raised=raised, answers=answers).to_dicts()
    names = dict(plan.units.select("unit_id", "name").iter_rows())
    told = {
        unit: [
            ("\n".join(filter(None, (row["description"], row["proposal"]))), say_answer(row, names))
            for row in rows
            if row["state"]
            and {unit, *last.senders} & {*row["asked_by"]}
            and (str(last.period) in row["periods"] or row["answered_on"] >= last.period.window.start)
        ]
        for unit, last in earlier.items()
    }
    return {unit: replace(last, answers=told[unit]) for unit, last in earlier.items()}


@console.command(short_help="Kiểm tra biểu mẫu gửi về.")
@click.argument("paths", nargs=-1, required=True, type=console.PATH, metavar="TỆP…")
@click.option("--period", metavar="KỲ", help="Kỳ phải là kỳ này.")
@click.option("--unit", metavar="ĐƠN_VỊ", help="Đơn vị phải là đơn vị này.")
@click.option(
    "--return",
    "return_folder",
    type=console.PATH,
    metavar="THƯ_MỤC",
    help="Ghi vào đây, cho mỗi tệp có nội dung cần xem, biểu mẫu trả lại đơn vị: ô tô màu, có ghi chú và danh sách.",
)
@click.option(
    "--store",
    type=console.PATH,
    metavar="THƯ_MỤC",
    help="So với kỳ trước của đơn vị trong kho này (mặc định: kho của thư mục làm việc, nếu có).",
)
@console.legacy_option
@console.plan_option
@console.format_option
def check(
    paths: tuple[Path, ...],
    *,
    period: str | None,
    unit: str | None,
    return_folder: Path | None,
    store: Path | None,
    plan_folder: Path | None,
    form: str,
    **given: Any,
) -> int:
    """Kiểm tra biểu mẫu đơn vị gửi về; không ghi gì vào kho.

    TỆP là .xlsx, .ods, thư mục CSV của một báo cáo, hoặc thư mục chứa nhiều tệp. Thoát với mã 0 khi không có lỗi, 1 khi
    có tệp phải trả lại.

    Ví dụ: nq57kit check nhan-ve --return tra-lai
    """
    from nq57kit.store import find_submissions
    from nq57kit.store.crosschecks import add_warnings
    from nq57kit.submissions import check_many

    files = find_submissions(paths)
    if return_folder is not None:
        _refuse_folder(return_folder, files)
        prepare_folder(return_folder)
    plan, kept = _read_plan(plan_folder, store)
    wanted = plan.period(period) if period else None
    # Each file is compared by the register of its own period; here it is said what is wrong with a name that means no unit.
    if unit and plan.find_unit(unit, last := wanted or plan.periods[-1]).sender is None:
        console.read_unit_id(plan, unit, last)
    found = check_many(files, plan=plan, period=str(wanted) if wanted else None, unit_id=unit, **given)
    submissions = add_warnings(found, files, kept, plan, datetime.now(plan.settings.zone).date())
    if form == "json":
        documents = [submission.as_json() for submission in submissions]
        console.print_json(documents[0] if len(paths) == 1 and len(documents) == 1 else documents)
    else:
        for submission in submissions:
            _print_submission(submission, plan)
        if len(submissions) > 1:
            good = sum(submission.ok for submission in submissions)
            console.print_line(f"{good}/{len(submissions)} tệp đạt.")
    if return_folder is not None:
        _return(submissions, return_folder, plan, say=console.print_line if form == "text" else console.complain)
    return 0 if all(submission.ok for submission in submissions) else console.REFUSED


def _refuse_folder(folder: Path, files: Sequence[Path]) -> None:
    """Refuse a folder whose files are being checked: what goes back must not be taken for what came in."""
    for path in files:
        if folder.resolve() in (path.resolve(), path.resolve().parent):
            raise ParameterError(
                f"Thư mục của --return đang chứa tệp được kiểm tra («{path.name}»); chọn một thư mục khác."
            )


def _return(submissions: Sequence[Submission], folder: Path, plan: Plan, *, say: Callable[[str], None]) -> None:
    """Write the files that go back to the units, and say which."""
    from nq57kit.submissions import write_returned

    taken: list[str] = []
    for submission in submissions:
        if submission.is_secret:
            say(f"{submission.file}: có nội dung bí mật nhà nước nên không lập tệp trả lại.")
        elif path := write_returned(submission, folder, plan=plan, taken=taken):
            taken.append(path.name)
    say(f"Đã ghi {format_number(len(taken))} tệp trả lại vào {folder}")
    for name in taken:
        say(f"  {name}")


def _print_submission(submission: Submission, plan: Plan) -> None:
    from nq57kit.plan.period import label_period
    from nq57kit.submissions.reading import reconcile

    verdict = "ĐẠT" if submission.ok else "PHẢI SỬA"
    sender = plan.name_of(submission.unit_id) if submission.unit_id else "chưa rõ đơn vị"
    period = label_period(submission.period) if submission.period else "chưa rõ kỳ"
    console.print_line(f"{submission.file}: {verdict} ({sender}, {period})")
    counts = reconcile(submission)
    if counts:
        console.print_table(
            ["Trang tính", "Đã đọc", "= Nhận", "+ Phải sửa", "+ Bỏ qua", "Lý do bỏ qua"],
            [[one.label, one.seen, one.accepted, one.refused, one.skipped, one.reasons] for one in counts],
            right=[1, 2, 3, 4],
        )
    print_findings(submission.findings)
    if any(finding.code == _LEGACY for finding in submission.findings):
        console.print_line(
            "Thêm --convert-legacy-fonts để chuyển chữ theo phông cũ sang Unicode khi đọc, có liệt kê từng ô."
        )


def print_findings(findings: tuple[Finding, ...]) -> None:
    """Print findings as a table: the worst first, each with its place and what to do."""
    order = list(SEVERITY_LABELS)
    rows = [
        [
            SEVERITY_LABELS[item.severity],
            item.sheet or "",
            item.cell or "",
            show_value(item.table, item.field, item.value) or "",
            item.message,
            item.code,
        ]
        for item in sorted(findings, key=lambda item: order.index(item.severity))
    ]
    if rows:
        console.print_table(["Mức", "Trang tính", "Ô", "Giá trị", "Nội dung", "Mã"], rows)


@console.command(short_help="Giải thích mã phát hiện.")
@click.argument("code", required=False, metavar="[MÃ]")
@click.option("--all", "every", is_flag=True, help="In tất cả các mã.")
@console.format_option
def explain(code: str | None, every: bool, form: str) -> None:
    """Giải thích một MÃ phát hiện mà «nq57kit check» in ra: nghĩa là gì, đơn vị phải làm gì.

    Ví dụ: nq57kit explain number-two-readings
    """
    if every == (code is not None):
        raise ParameterError("Viết một mã phát hiện, ví dụ «nq57kit explain sheet-missing», hoặc --all để in tất cả.")
    if code is not None:
        kind = _find(code)
        console.print_json(_describe(kind)) if form == "json" else _print_one(kind)
        return
    kinds = load_finding_kinds().values()
    if form == "json":
        console.print_json([_describe(kind) for kind in kinds])
    else:
        rows = [
            [kind.code, SEVERITY_LABELS[kind.severity], kind.title, _fill(kind.message), _fill(kind.advice)]
            for kind in kinds
        ]
        console.print_table(["Mã", "Mức", "Tên", "Nghĩa là", "Cần làm"], rows)


def _find(code: str) -> FindingKind:
    """Return the kind of a code, in any case; ParameterError with the nearest codes for an unknown one."""
    kinds = load_finding_kinds()
    wanted = code.strip().casefold()
    if wanted in kinds:
        return kinds[wanted]
    near = " hoặc ".join(f"«{one}»" for one in difflib.get_close_matches(wanted, kinds, n=_NEAREST))
    hint = f"có phải {near}?" if near else "xem danh sách bằng «nq57kit explain --all»."
    raise ParameterError(f"Không có mã phát hiện «{code}»; {hint}")


def _fill(text: str) -> str:
    """Return a sentence of the list with «…» where a workbook's own words would stand."""
    return _BLANK.sub("…", text)


def _describe(kind: FindingKind) -> dict[str, Any]:
    """Return a kind as a JSON object."""
    return {
        "code": kind.code,
        "severity": kind.severity,
        "title": kind.title,
        "meaning": _fill(kind.message),
        "advice": _fill(kind.advice) or None,
    }


def _print_one(kind: FindingKind) -> None:
    console.print_line(f"{kind.code}: {kind.title}")
    console.print_line(f"Mức: {SEVERITY_LABELS[kind.severity]} ({_CONSEQUENCES[kind.severity]}).")
    console.print_line(f"Nghĩa là: {_fill(kind.message)}")
    console.print_line(f"Cần làm: {_fill(kind.advice) or 'không phải làm gì.'}")
