"""`nq57kit run`: what is due today by the desk's timetable, step by step, with a log and a page; no rule is here.

In: `desk.toml`, a day. Out: each step's command run in a process of its own, a line of JSON a step in `nhat-ky-chay.jsonl`, and
`lan-chay.html`, which says what went wrong and what to do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nq57kit.cli import console
from nq57kit.desk import LOG, TIMETABLE, find_desk
from nq57kit.errors import DeskError, ReportError
from nq57kit.files import make_folder, write_atomically
from nq57kit.text import clean, escape_controls, format_date, format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nq57kit.desk import Desk
    from nq57kit.plan.agenda import Errand
    from nq57kit.plan.settings import Body

PAGE: Final = "lan-chay.html"
#: Of what a step said, how many signs the log keeps: its last line.
_SAID: Final = 400
#: How a step ended by its exit code, and what to do then.
_ENDED: Final = {
    0: ("Xong", ""),
    1: (
        "Có tệp phải trả lại",
        "Chạy «nq57kit check» với tệp đó, thêm --return để lập biểu mẫu trả lại, gửi đơn vị sửa.",
    ),
    2: (
        "Không chạy được",
        "Sửa theo câu báo lỗi (tham số, kế hoạch, kho, thư mục làm việc), rồi chạy lại «nq57kit run».",
    ),
    3: ("Sổ ghi bị lỗi", "Mở sổ ghi dở dang mà câu báo lỗi nêu tên, sửa ô bị lỗi, rồi chạy lại «nq57kit run»."),
    130: ("Bị dừng", "Chạy lại «nq57kit run»; những gì đã ghi xong vẫn giữ nguyên."),
}
_DEFECT: Final = ("Lỗi của chương trình", "Gửi tệp mà câu báo lỗi nêu tên cho người phát triển.")


@console.command(short_help="Chạy những việc đến hạn hôm nay theo bảng việc của thư mục làm việc.")
@click.argument("timetable", metavar="[TỆP]", required=False, type=console.PATH)
@click.option("--day", type=console.DAY, metavar="NGÀY", help="Coi hôm nay là ngày này.")
@click.option("--dry-run", is_flag=True, help="Chỉ liệt kê các lệnh sẽ chạy.")
def run(*, timetable: Path | None, day: date | None, dry_run: bool) -> int:
    """Chạy những việc đến hạn hôm nay theo bảng việc desk.toml (hoặc TỆP): nhận báo cáo, tình hình gửi, đôn đốc, báo cáo, khóa.

    Mỗi việc là một lệnh của nq57kit; việc bị lỡ (máy tắt) được làm bù trong 30 ngày. Nhật ký ở nhat-ky-chay.jsonl, mỗi việc một
    dòng JSON; trang lan-chay.html nói việc nào hỏng và cần làm gì, cả hai ở nơi ghi kết quả. Thoát với mã 0 khi xong, 1 khi có tệp
    mới bị trả lại, 3 khi có việc hỏng. Ví dụ trong crontab: 30 6 * * * cd ban-lam-viec && nq57kit run desk.toml
    """
    from filelock import FileLock, Timeout

    from nq57kit.plan.agenda import find_errands, list_done, read_log, read_timetable

    desk = find_desk(timetable.resolve().parent if timetable else None)
    if desk is None:
        raise DeskError("Không thấy thư mục làm việc (nq57.toml); chạy lệnh trong thư mục tạo bằng «nq57kit init».")
    plan = console.read_plan(desk.plan)
    today = day or datetime.now(plan.settings.zone).date()
    steps = read_timetable(timetable or desk.folder / TIMETABLE)
    for step in steps:
        _require_command(step.name, step.command)
    make_folder(desk.outputs)
    try:
        with FileLock(desk.outputs / f".{LOG}.lock", timeout=0):
            before = read_log(desk.outputs / LOG)
            errands = find_errands(steps, plan, today, list_done(before))
            if dry_run:
                console.print_table(
                    ["Việc", "Đến hạn", "Lệnh"],
                    [[one.step, format_date(one.on), f"nq57kit {' '.join(one.words)}"] for one in errands],
                )
                return 0
            return _run_all(errands, desk, today, before)
    except Timeout:
        raise DeskError(f"Một lần chạy khác đang làm việc ở «{desk.folder}»; chờ lần đó kết thúc.") from None


def _require_command(step: str, words: Sequence[str]) -> None:
    """Raise DeskError for a step whose command is none, or is one that a timetable cannot run."""
    from nq57kit.cli import cli

    known = [name for name in cli.list_commands(click.Context(cli)) if name not in ("run", "init", "demo")]
    if words[0] not in known:
        raise DeskError(f"Việc «{step}»: không có lệnh «{words[0]}» cho bảng việc; viết một trong: {', '.join(known)}.")


def _run_all(errands: Sequence[Errand], desk: Desk, day: date, before: Sequence[dict[str, Any]]) -> int:
    """Run errands one after the other, a failing one stopping none; return the exit code of them all."""
    rows = []
    for errand in errands:
        console.complain(f"… {errand.step}: nq57kit {' '.join(errand.words)}")
        row: dict[str, Any] = {
            "day": day.isoformat(),
            "step": errand.step,
            "on": errand.on.isoformat(),
            "period": errand.period,
        }
        row |= _run(errand.words, desk)
        ended = (0, console.REFUSED)  # a day on which it could not run says nothing of what was known
        last = next((one for one in reversed(before) if one["step"] == errand.step and one["exit"] in ended), None)
        # What was sent back yesterday, and still lies there, is no news today.
        row["known"] = row["exit"] == console.REFUSED and last is not None and _news(row) <= _news(last)
        with (desk.outputs / LOG).open("a", encoding="utf-8", newline="\n") as log:
            log.write(json.dumps(row, ensure_ascii=False) + "\n")
        rows.append(row)
        console.print_line(f"{errand.step}: {_tell(row)[0]}. {row['said']}")
    write_atomically(desk.outputs / PAGE, _draw_page(rows, day, console.read_plan(desk.plan).settings.body))
    failed = [row["step"] for row in rows if row["exit"] not in (0, console.REFUSED)]
    if failed:
        console.report_error(f"không xong: {', '.join(failed)}; xem «{desk.outputs / PAGE}».")
        return ReportError.exit_code
    console.print_line(f"Đã chạy {len(rows)} việc của ngày {format_date(day)}; xem «{desk.outputs / PAGE}».")
    return console.REFUSED if any(row["exit"] == console.REFUSED and not row["known"] for row in rows) else 0


def _run(words: Sequence[str], desk: Desk) -> dict[str, Any]:
    """Run a command in a process of its own, so that none reaches the next; return how it ended and what it said last."""
    takes_in = words[0] == "ingest" and "--format" not in words
    began, clock = datetime.now().astimezone(), time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own command, each word an argument, no shell
        [sys.executable, "-m", "nq57kit", *words, *(("--format", "json") if takes_in else ())],
        cwd=desk.folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    came = _sum_up(done.stdout) if takes_in else None
    told = [done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")]
    lines = [clean(line) for text in told for line in text.splitlines() if line.strip() and not line.startswith("…")]
    ended = {
        "command": f"nq57kit {' '.join(words)}",
        "at": began.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock, 1),
        "exit": done.returncode if done.returncode >= 0 else 130,
        "said": escape_controls(lines[-1])[:_SAID] if lines else "",
    }
    return ended | (came or {})


def _sum_up(printed: bytes) -> dict[str, Any] | None:
    """Return what `ingest` says as JSON in one line, and which files it sent back, by their bytes; None if it says none."""
    from nq57kit.store.arrivals import list_names
    from nq57kit.store.intake import OUTCOMES

    try:
        report = json.loads(printed)
    except ValueError:
        return None
    counts = [f"{OUTCOMES[outcome]}: {number}" for outcome, number in report["counts"].items()]
    back = [one for one in report["results"] if one["outcome"] not in ("accepted", "known")]
    said = f"Tổng số: {'; '.join(counts)}." if counts else "Hộp nhận trống, không có gì để nhận."
    names = list_names([one["file"] for one in back])
    return {
        "said": said + (f" Không nhận{names}." if names else ""),
        "refused": [one["sha256"] or one["file"] for one in back],
    }


def _news(row: dict[str, Any]) -> set[str]:
    """Return what a step that met refused data told of: the files that were sent back, or its words."""
    return set(row["refused"]) if row.get("refused") else {row.get("said", "")}


def _tell(row: dict[str, Any]) -> tuple[str, str]:
    if row.get("known"):
        return "Tệp đã trả lại vẫn nằm đó", "Không có gì mới; bỏ tệp hỏng ra khỏi hộp nhận khi đơn vị đã gửi bản sửa."
    return _ENDED.get(row["exit"], _DEFECT)


def _draw_page(rows: Sequence[dict[str, Any]], day: date, body: Body) -> str:
    from nq57kit.reports.html import render_blocks
    from nq57kit.show.blocks import Column, Note, Paragraph, Table

    heads = ("Việc", "Kỳ", "Kết quả", "Cần làm", "Lệnh nói", "Lúc", "Giây")
    cells = []
    for row in rows:
        ended, todo = _tell(row)
        when = format_time(datetime.fromisoformat(row["at"]))
        cells.append((row["step"], row["period"], ended, todo, row["said"], when, row["seconds"]))
    failed = [row for row in rows if row["exit"] not in (0, console.REFUSED)]
    first = (
        Note(
            f"{len(failed)} trên {len(rows)} việc không xong: {', '.join(row['step'] for row in failed)}. Cần người xem lại.",
            "warning",
        )
        if failed
        else Paragraph(f"Đã chạy xong {len(rows)} việc." if rows else "Hôm nay không có việc nào đến hạn.")
    )
    parts: list[Any] = [first]
    if rows:
        columns = tuple(Column(head, head, "number" if head == "Giây" else "text") for head in heads)
        parts.append(Table("Các việc đã chạy", columns, tuple(cells)))
    return render_blocks("Lần chạy tự động", f"Ngày {format_date(day)}", [("Kết quả", parts)], body)
