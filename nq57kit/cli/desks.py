"""`nq57kit init`, `sample`, `demo`, `docs`, `desk` and `plan …`: a working folder, a synthetic year, both together; the handbook, JupyterLab; the plan's tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import date
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import click

from nq57kit.cli import console
from nq57kit.desk import DESK_FILE, find_desk
from nq57kit.errors import DeskError
from nq57kit.files import scratch_folder, write_atomically
from nq57kit.submissions.contract import code_label
from nq57kit.text import format_date, format_number, format_weekday

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nq57kit.reports.amendment import PlanDiff

_SEED: Final = 57
_MOST_YEARS: Final = 30
_TABLES: Final = {
    "tasks": "Nhiệm vụ của Phụ lục.",
    "measures": "Nhiệm vụ, giải pháp, theo đối tượng.",
    "duties": "Trách nhiệm tổ chức thực hiện.",
    "targets": "Mục tiêu cụ thể, theo năm.",
    "indicators": "Chỉ tiêu theo dõi và cách tính.",
    "units": "Danh mục đơn vị.",
    "groups": "Nhóm đơn vị.",
    "deadlines": "Hạn báo cáo.",
    "events": "Các ngày kỷ niệm hằng năm.",
}
#: The columns that a person is shown, in their order, with the heads of their columns. Ids that a column in words says too are not.
_HEADS: Final = {
    "task_id": "TT", "measure_id": "Mã giải pháp", "duty_id": "Mã trách nhiệm", "target_id": "Mã mục tiêu",
    "deadline_id": "Mã hạn", "event_id": "Mã ngày", "unit_id": "Mã đơn vị", "indicator": "Chỉ tiêu", "group": "Mã nhóm",
    "role": "Vai trò", "name": "Tên", "short_name": "Tên ngắn", "label": "Tên", "unit": "Đơn vị", "lead": "Chủ trì",
    "coordinating": "Phối hợp", "groups": "Nhóm", "aliases": "Tên gọi khác", "audience": "Giao cho", "text": "Nội dung",
    "products": "Sản phẩm, kết quả", "timing": "Thời gian", "due_on": "Đến hạn", "year_from": "Từ năm",
    "year_to": "Đến năm", "comparator": "So sánh", "value": "Mức", "unit_of_measure": "Đơn vị tính", "kind": "Loại",
    "definition": "Cách tính", "who": "Ai gửi", "period_kind": "Kỳ báo cáo", "month": "Tháng", "day": "Ngày",
    "statement": "Nội dung", "last_day": "Ngày cuối trong hạn", "last_working_day": "Ngày làm việc cuối", "basis": "Căn cứ",
    "reports": "Phải báo cáo", "valid_from": "Từ ngày", "valid_to": "Đến ngày", "predecessors": "Đơn vị tiền thân",
    "order": "Thứ tự", "why": "Căn cứ", "citation": "Căn cứ",
}  # fmt: skip
#: The codes of these columns in words.
_WORDS: Final = {
    "lead": "chủ trì", "coordinate": "phối hợp", "plan": "Kế hoạch", "law": "văn bản về cơ cấu tổ chức",
    "unverified": "chưa xác minh", "plan-unverified": "Kế hoạch, chưa rõ là đơn vị nào", "ratio": "tỷ lệ", ">=": "ít nhất",
    "=": "bằng", "qualitative": "định tính", "reporting": "theo dõi báo cáo", "units": "đơn vị", "ministry": "cơ quan ban hành Kế hoạch",
    "on_request": "khi có yêu cầu", "H1": "6 tháng đầu năm", "H2": "6 tháng cuối năm", "year": "cả năm",
}  # fmt: skip
#: What the plan asks of a unit: the heading of each part, and the sentence where there is none of it.
_PARTS: Final = {
    "tasks": ("Nhiệm vụ trong Phụ lục", "Phụ lục không giao nhiệm vụ nào cho đơn vị."),
    "measures": (
        "Nhiệm vụ, giải pháp của mục {measures} giao cho đơn vị",
        "Mục {measures} không có giải pháp nào giao cho đơn vị.",
    ),
    "duties": ("Trách nhiệm tổ chức thực hiện (mục {duties})", "Mục {duties} không giao trách nhiệm nào cho đơn vị."),
    "deadlines": ("Hạn gửi báo cáo", "Kế hoạch không quy định hạn gửi báo cáo."),
}


@console.command(short_help="Lập thư mục làm việc.")
@click.argument("folder", metavar="THƯ_MỤC", type=console.PATH)
def init(folder: Path) -> None:
    """Lập thư mục làm việc: nq57.toml, kho, bảng kế hoạch, sổ ghi (notebook), tham số, nơi viết nhận xét."""
    from nq57kit.starters import init_desk

    desk = init_desk(folder)
    console.print_line(f"Đã lập thư mục làm việc {desk.folder}; đọc DOC-TRUOC.md trong đó để bắt đầu.")


def _read_years(_context: click.Context, _option: click.Parameter, text: str) -> range:
    first, _, last = text.partition("-")
    try:
        years = range(int(first), int(last or first) + 1)
    except ValueError:
        years = range(0)
    if not 0 < len(years) <= _MOST_YEARS:
        raise click.BadParameter(f"«{text}» không phải là các năm; ghi một năm hoặc năm đầu-năm cuối, ví dụ 2026-2028.")
    return years


@console.command(short_help="Sinh dữ liệu giả lập: một hoặc nhiều năm biểu mẫu.")
@console.out_option
@click.option(
    "--years", default="2026", show_default=True, metavar="NĂM[-NĂM]", callback=_read_years,
    help="Các năm, ví dụ 2026-2028; từ hai năm thì ghi thêm thư mục kế hoạch đã sửa đổi (ke-hoach).",
)  # fmt: skip
@click.option("--seed", type=int, default=_SEED, show_default=True, metavar="SỐ", help="Số gốc để sinh dữ liệu.")
@console.plan_option
def sample(*, out: Path | None, years: range, seed: int, plan_folder: Path | None) -> None:
    """Sinh DỮ LIỆU GIẢ LẬP (cả hai kỳ của mỗi năm) dưới dạng biểu mẫu .xlsx thật, kèm sent.csv."""
    from nq57kit.sample import SAMPLE_NOTICE, make_years

    folder = console.resolve_out(out)
    with console.show_progress("Sinh dữ liệu giả lập", 0) as step:
        paths = make_years(folder, years, seed=seed, source=console.find_plan(plan_folder), progress=step)
    console.print_line(f"Đã ghi {len(paths)} tệp vào {folder}. {SAMPLE_NOTICE}.")
    if len(years) > 1:
        if not (folder / DESK_FILE).exists():
            write_atomically(folder / DESK_FILE, f"# {SAMPLE_NOTICE}\nplan = 'ke-hoach'\n")
        console.print_line(f"Các lệnh chạy trong {folder} dùng kế hoạch đã sửa đổi ở thư mục ke-hoach của nó.")


@console.command(short_help="Chạy thử toàn bộ bằng một lệnh.")
@click.option("--out", required=True, type=console.PATH, metavar="THƯ_MỤC", help="Thư mục mới để chạy thử.")
@click.option("--seed", type=int, default=_SEED, show_default=True, metavar="SỐ", help="Số gốc để sinh dữ liệu.")
def demo(out: Path, seed: int) -> None:
    """Chạy thử toàn bộ: thư mục làm việc, dữ liệu giả lập, nhận vào kho, hai báo cáo."""
    from nq57kit.starters import run_demo

    with console.show_progress("Chạy thử", 5) as step:
        result = run_demo(out, seed=seed, progress=lambda _what: step())
    console.print_line(f"Thư mục làm việc: {result.desk.folder}")
    for path in result.paths:
        console.print_line(str(path))
    console.print_line(result.notice)


@click.group(cls=console.Group, subcommand_metavar="BẢNG …", short_help="Xem Kế hoạch dưới dạng bảng.")
def plan() -> None:
    """Xem Kế hoạch: nhiệm vụ, giải pháp, trách nhiệm, chỉ tiêu, đơn vị, hạn báo cáo."""


def _print(rows: Iterable[Mapping[str, Any]], form: str, shown: Mapping[str, str] = _HEADS) -> None:
    """Print rows of the plan: as they are for programs, or as a person reads them, under the heads of `shown`."""
    rows = list(rows)
    if form == "json":
        console.print_json([_plain(row) for row in rows])
        return
    names = [name for name in shown if any(name in row for row in rows)]
    console.print_table(
        [shown[name] for name in names], [[_show(name, row.get(name)) for name in names] for row in rows]
    )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _show(name: str, value: Any) -> str:
    """Return a value as an official writes it: the words of a code, days, «có» and «không»."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ("; " if name == "products" else ", ").join(_show(name, one) for one in value)
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, float):
        return format_number(value, 0 if value.is_integer() else 2)
    return format_date(value) if isinstance(value, date) else _WORDS.get(str(value), str(value))


def _label(value: Any, labels: Mapping[str, str]) -> Any:
    """Return the words of a code of another table, or of several."""
    return [_label(one, labels) for one in value] if isinstance(value, list) else labels.get(value, value)


def _add_table(name: str, about: str) -> None:
    @plan.command(name, help=about, short_help=about)
    @console.plan_option
    @console.format_option
    def show(plan_folder: Path | None, form: str) -> None:
        current = console.read_plan(plan_folder)
        frame = getattr(current, name)
        heads = {key: _HEADS[key] for key in frame.columns if key in _HEADS}
        rows = frame.to_dicts()
        if form == "text":
            labels = dict(current.indicators.select("indicator", "label").iter_rows()) if name == "targets" else {}
            labels |= dict(current.groups.select("group", "label").iter_rows()) if name == "units" else {}
            rows = [{key: _label(value, labels) for key, value in row.items()} for row in rows]
        _print(rows, form, heads)


for _name, _about in _TABLES.items():
    _add_table(_name, _about)


@plan.command("settings")
@console.plan_option
@console.format_option
def settings(plan_folder: Path | None, form: str) -> None:
    """Nội dung Kế hoạch chưa quy định và quy ước đang áp dụng."""
    heads = {"key": "Mã", "label": "Quy ước", "value": "Giá trị", "reason": "Căn cứ"}
    current = console.read_plan(plan_folder)
    lines = current.settings.lines(current.words, partial(code_label, "channel"))
    _print([{name: getattr(line, name) for name in heads} for line in lines], form, heads)


@plan.command("calendar")
@console.plan_option
@console.format_option
def calendar(plan_folder: Path | None, form: str) -> None:
    """Các kỳ báo cáo: kỳ số liệu, hạn gửi, ngày làm việc cuối cùng trong hạn, ngày chốt tiếp nhận."""
    periods, days = console.read_plan(plan_folder).periods, ("last_working_day", "closes_on")
    rows = [
        {"period": str(one), "from": one.window.start, "to": one.window.end, "deadline": one.deadline}
        | {name: getattr(one, name) for name in ("last_day", *days)}
        for one in periods
    ]
    if form == "text":
        for row, one in zip(rows, periods, strict=True):
            row |= {"period": one.label, "deadline": one.deadline_text}
            row |= {name: format_weekday(getattr(one, name)) for name in days}
    heads = {"period": "Kỳ", "from": "Số liệu từ", "to": "đến", "deadline": "Hạn gửi"}
    _print(rows, form, heads | dict(zip(days, ("Ngày làm việc cuối cùng", "Chốt tiếp nhận"), strict=True)))


@plan.command("unit")
@click.argument("unit", metavar="ĐƠN_VỊ")
@click.argument("period", required=False, metavar="[KỲ]")
@console.plan_option
@console.format_option
def unit(unit: str, period: str | None, plan_folder: Path | None, form: str) -> None:
    """Kế hoạch giao gì cho đơn vị: nhiệm vụ, sản phẩm, giải pháp, trách nhiệm, hạn báo cáo; căn cứ vào đâu.

    Có KỲ thì kèm ngày đến hạn của từng nhiệm vụ, hạn gửi báo cáo, và đơn vị được xét theo danh mục của kỳ đó.

    Ví dụ: nq57kit plan unit vu-tccb 2026-H2
    """
    current = console.read_plan(plan_folder)
    wanted = current.period(period) if period else None
    on = wanted or current.periods[-1]
    unit_id = console.read_unit_id(current, unit, on)
    held = current.in_force(wanted) if wanted else current
    part, absence = held.part_of(unit_id, wanted), current.explain_absence(unit_id, on)
    if form == "json":
        about = {"unit_id": unit_id, "name": current.unit(unit_id).name, "period": str(wanted) if wanted else None}
        console.print_json(
            about | {"absence": absence} | {name: [_plain(row) for row in rows] for name, rows in part.items()}
        )
        return
    console.print_line(" – ".join(filter(None, (current.unit(unit_id).name, on.label if wanted else "", absence))))
    for name, (title, nothing) in _PARTS.items():
        console.print_line()
        console.print_line((title if part[name] else nothing).format_map(current.words))
        if part[name]:
            _print(part[name], form)


@console.command(short_help="Mở sổ tay người làm báo cáo.")
@click.option(
    "--out", type=console.PATH, metavar="TỆP", help="Ghi sổ tay ra tệp này: .html, .docx hoặc .pdf (để in), không mở."
)
def docs(*, out: Path | None) -> None:
    """Mở sổ tay người làm báo cáo trong trình duyệt, không cần mạng; hoặc ghi ra TỆP .html, .docx, .pdf."""
    from nq57kit.starters import write_handbook

    if out is not None:
        console.print_line(f"Đã ghi {write_handbook(out)}.")
        return
    desk = find_desk()
    path = write_handbook((desk.outputs if desk else Path(tempfile.gettempdir())) / "so-tay.html")
    console.print_line(str(path))
    click.launch(path.as_uri())


#: What JupyterLab is told besides its command line: no news, no updates, no registry of extensions; in Vietnamese where it can.
_LAB: Final = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
}
_SPEAK: Final = {"@jupyterlab/translation-extension:plugin": {"locale": "vi_VN"}}


@console.command(short_help="Mở JupyterLab ở thư mục làm việc.")
@click.option("--no-browser", is_flag=True, help="Không mở trình duyệt, chỉ in địa chỉ.")
def desk(*, no_browser: bool) -> int:
    """Mở JupyterLab ở sổ ghi bat-dau.ipynb của thư mục làm việc: hôm nay làm gì, tiếp nhận, theo dõi, lập báo cáo.

    Chỉ mở được từ máy này, không cần mạng; dừng bằng Ctrl-C. Thư mục làm việc lập từ phiên bản trước được thêm các sổ ghi còn
    thiếu; sổ ghi đang có giữ nguyên. Cần có JupyterLab: pip install "nq57kit[desk]"
    """
    from nq57kit.starters import lay_notebooks

    own = find_desk()
    if own is None:
        raise DeskError("Không thấy thư mục làm việc (nq57.toml); chạy lệnh trong thư mục tạo bằng «nq57kit init».")
    if find_spec("jupyterlab") is None:
        raise DeskError('Chưa có JupyterLab; cài bằng lệnh: pip install "nq57kit[desk]"')
    folder = own.notebooks or own.folder / "notebooks"
    lay_notebooks(folder)
    root = own.folder if folder.is_relative_to(own.folder) else folder
    settings = scratch_folder() / "lab"
    told = _LAB | (_SPEAK if find_spec("jupyterlab_language_pack_vi_VN") else {})
    write_atomically(settings / "overrides.json", json.dumps(told))
    options = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{quote((folder / 'bat-dau.ipynb').relative_to(root).as_posix())}",
        f"--LabApp.app_settings_dir={settings}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.answer_yes=True",
        *(["--no-browser"] if no_browser else []),
        *(["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []),
    ]
    lab = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], cwd=root)  # noqa: S603 - no shell, our own words
    with suppress(KeyboardInterrupt):  # JupyterLab hears it, too, and ends its kernels first
        return lab.wait()
    return lab.wait()


#: What a table's row is called, what became of it, and what a verdict is about.
_ROWS: Final = {
    "tasks": "Nhiệm vụ", "measures": "Giải pháp", "duties": "Trách nhiệm", "targets": "Mục tiêu", "indicators": "Chỉ tiêu",
    "units": "Đơn vị", "groups": "Nhóm", "deadlines": "Hạn báo cáo", "events": "Ngày hưởng ứng", "products": "Sản phẩm",
    "ambiguous": "Tên gọi chung", "measure_evidence": "Cách tìm căn cứ của giải pháp", "duty_evidence": "Cách tìm căn cứ của trách nhiệm",
    "network_members": "Thành viên mạng lưới", "settings": "thiết lập",
}  # fmt: skip
_CHANGES: Final = {
    "added": "thêm mới", "removed": "bỏ", "changed": "sửa", "ended": "thôi áp dụng", "replaced": "được thay bằng {by}",
}  # fmt: skip
_JUDGED: Final = {
    "target": "Mục tiêu", "open": "Mục tiêu năm trước còn theo dõi", "task": "Nhiệm vụ", "product": "Sản phẩm",
    "measure": "Giải pháp", "duty": "Trách nhiệm", "reporting": "Gửi báo cáo",
}  # fmt: skip
_MADE: Final = {"semiannual": "báo cáo 6 tháng", "annual": "báo cáo năm", "unit": "phiếu của đơn vị"}


@plan.command("diff", short_help="So các bản kế hoạch: sửa gì, đụng đến đâu, kết luận nào đổi.")
@click.argument("folders", metavar="KẾ_HOẠCH KẾ_HOẠCH …", nargs=-1, required=True, type=console.PATH)
@click.option("--store", type=console.PATH, metavar="KHO", help="Kho số liệu để xét theo từng bản kế hoạch.")
@click.option("--as-of", metavar="NGÀY", help="Với --store: chốt số liệu đến hết ngày này (mặc định: hôm nay).")
@console.format_option
def diff(folders: tuple[Path, ...], store: Path | None, as_of: str | None, form: str) -> None:
    """So hai hoặc nhiều thư mục bảng kế hoạch theo thứ tự (dự thảo, đã ký, đã sửa đổi …).

    Nêu dòng nào, thiết lập nào đổi; biểu mẫu, báo cáo của kỳ nào lập khác đi. Với --store thì xét cùng một kho theo từng bản,
    đặt cạnh nhau: mọi mục tiêu, và mọi kết luận, tình trạng khác nhau giữa các bản.

    Ví dụ: nq57kit plan diff ke-hoach-da-ky ke-hoach-sua-doi --store kho
    """
    from nq57kit.reports.amendment import diff_plans, judge_store
    from nq57kit.reports.parameters import read_day

    if len(folders) < 2:
        raise click.UsageError("cần ít nhất hai thư mục kế hoạch để so.")
    plans = [console.read_plan(folder) for folder in folders]
    steps = [diff_plans(old, new) for old, new in pairwise(plans)]
    day = read_day(as_of, "--as-of") if as_of else None
    judged = None if store is None else judge_store(store, folders, day)
    names = [folder.name for folder in folders]
    if form == "json":
        told = [
            {"name": name, "document": one.settings.document_state, "plan_sha256": one.hash}
            for name, one in zip(names, plans, strict=True)
        ]
        console.print_json({"plans": told, "steps": [step.as_dict() for step in steps], "verdicts": judged})
        return
    for name, one in zip(names, plans, strict=True):
        console.print_line(f"«{name}»: {one.settings.document_state}.")
    for (before, after), step in zip(pairwise(names), steps, strict=True):
        console.print_line()
        nothing = "" if step.rows or step.settings else " không có gì khác."
        console.print_line(f"Từ «{before}» đến «{after}»:{nothing}")
        _print_step(step)
    if judged is not None:
        console.print_line()
        console.print_line("Cùng một kho, xét theo từng bản:")
        rows = [
            [row["year"], f"{_JUDGED[row['what']]}: {row['label']}", *(said or "không đặt ra" for said in row["said"]), "khác" if row["differs"] else ""]
            for row in judged
        ]  # fmt: skip
        console.print_table(["Năm", "Nội dung", *names, ""], rows)


def _print_step(step: PlanDiff) -> None:
    """Print what changed from one plan to the next, row by row and field by field."""
    for row in step.rows:
        since = f" từ ngày {format_date(row.on)}" if row.on else ""
        basis = f" (theo {row.document})" if row.document else ""
        console.print_line(f"{_ROWS[row.table]} {row.key}: {_CHANGES[row.change].format(by=row.by)}{since}{basis}")
        for name, (old, new) in row.fields.items():
            said = " → ".join(f"«{_show(name, one)}»" for one in (old, new) if row.change != "added" or one is not None)
            console.print_line(f"  {_HEADS.get(name, name)}: {said}")
    for _, label, was, now in step.settings:
        console.print_line(f"Thiết lập «{label}»: «{was}» → «{now}»")
    made: dict[str, dict[str, list[str]]] = {}
    for one in step.periods:
        what = ", ".join((*(["biểu mẫu"] if one.forms else []), *(_MADE[kind] for kind in one.reports)))
        by = ", ".join(_ROWS[name].lower() for name in one.tables) or "kỳ không có trong bản trước"
        made.setdefault(by, {}).setdefault(what, []).append(one.period)
    for by, touched in made.items():
        console.print_line(f"Lập khác đi do {by}:")
        for what, periods in touched.items():
            console.print_line(f"  {what}: {', '.join(periods)}")
