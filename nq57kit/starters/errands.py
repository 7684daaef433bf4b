"""What the cells of the desk's own notebooks call: what day it is in the year, the inbox, who has sent.

In: the desk (`nq57.toml`), a day. Out: blocks, by the rules that the commands have: nothing is decided here. Nothing is written but by
`take_in` and `give_back`, and by them only where the notebook's parameters say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nq57kit.desk import LOG, TIMETABLE, Desk, find_desk
from nq57kit.errors import ParameterError
from nq57kit.files import local_path, prepare_folder
from nq57kit.plan import Period, Plan, load_plan
from nq57kit.plan.agenda import (
    describe_deadline,
    find_errands,
    find_gathered,
    list_days,
    list_done,
    read_log,
    read_timetable,
)
from nq57kit.reports.letters import REASONS, find_letters, list_calls
from nq57kit.reports.notebook import refuse_unknown_names
from nq57kit.reports.parameters import KINDS, read_choice, read_day, read_parameters
from nq57kit.reports.report import prepare_report
from nq57kit.show import rehearsal
from nq57kit.show.blocks import Block, Blocks, KeyFigure, KeyFigures, Note, Paragraph, Title
from nq57kit.show.columns import fill
from nq57kit.show.left_out import say_finding
from nq57kit.show.reporting import mark_state
from nq57kit.shown import Shown, Told
from nq57kit.store import Store, find_submissions, ingest, reporting_status
from nq57kit.store.crosschecks import add_warnings
from nq57kit.store.intake import OUTCOMES
from nq57kit.submissions import check_many, write_returned
from nq57kit.submissions.book import hash_unread
from nq57kit.submissions.contract import reporting_label
from nq57kit.text import format_date, format_weekday

if TYPE_CHECKING:
    from nq57kit.reports.report import Report
    from nq57kit.submissions import Submission

#: What the parameters of the desk's notebooks are called.
_PARAMETERS: Final = ("store", "plan", "as_of", "period", "inbox", "accept", "give_back")
#: Which notebook shows what a command does; those of reports are told by their kinds.
_NOTEBOOKS: Final = {"ingest": "tiep-nhan", "check": "tiep-nhan", "status": "theo-doi", "remind": "theo-doi"}
#: The kind of report about a period that is no half.
_KINDS: Final = {"P": "plan", "R": "request"}
#: So many days of the plan's calendar are told.
_AHEAD: Final = 8
_INBOX: Final = "nhan-ve"
_RETURNED: Final = "tra-lai"
_ASK: Final = "Muốn ghi thì đặt {name} = True ở ô tham số, rồi chạy lại từ đầu."


@dataclass(frozen=True, repr=False)
class Today(Shown):
    """A day at a desk, and the period that is looked at: the half that is gathered, or the one asked for. `folder` is where paths begin."""

    day: date
    period: Period
    plan: Plan
    store: Store
    folder: Path
    desk: Desk | None
    plan_folder: Path | None

    def tell(self) -> Told:
        """Return the day, the period and where the store lies."""
        return Told(f"Ngày {format_date(self.day)}", {"kỳ": self.period.label, "kho": self.store.folder})

    def open_report(self, **more: Any) -> Report:
        """Return the report about the period with all its figures, as `nq57kit report` has it; `more` are further parameters."""
        values = {"store": self.store.folder, "period": str(self.period), "as_of": self.day, **more}
        values |= {"plan": self.plan_folder} if self.plan_folder else {}
        return prepare_report(read_parameters(_KINDS.get(self.period.kind, "semiannual"), values))


def open_day(*, store: str = "", plan: str = "", as_of: str = "", period: str = "") -> Today:
    """Return the day `as_of` (blank: today, in the plan's time zone) at the desk that holds the current folder.

    A blank `store` or `plan` is the desk's; a blank `period` the half that is gathered then; of a year its last half. Raises
    ParameterError, PlanError, PeriodError or StoreError, each with one Vietnamese sentence.

    Example:
        >>> import tempfile
        >>> open_day(store=str(Store.create(tempfile.mkdtemp()).folder), as_of="2026-11-28").period.label
        '6 tháng cuối năm 2026'
    """
    refuse_unknown_names(_PARAMETERS)
    desk = find_desk()
    folder = desk.folder if desk else Path.cwd()
    plan_folder = (folder / local_path(plan, ParameterError)).resolve() if plan else desk.plan if desk else None
    kept = (folder / local_path(store, ParameterError)).resolve() if store else desk.store if desk else None
    if kept is None:
        raise ParameterError(
            "Không thấy thư mục làm việc (nq57.toml): mở sổ ghi này trong thư mục lập bằng «nq57kit init», hoặc ghi tham số «store»."
        )
    opened = Store(kept, plan=load_plan(plan_folder))
    told = opened.plan
    day = read_day(as_of, "Tham số «as_of»") if as_of else datetime.now(told.settings.zone).date()
    last = [one for one in told.periods if one.half][-1]
    asked = told.period(period).sources[-1] if period else find_gathered(told, day) or last
    return Today(day, asked, told, opened, folder, desk, plan_folder)


def show_day(today: Today) -> Block:
    """Return which period is open, how long still, and how many have sent, by `nq57kit status`."""
    status = reporting_status(today.store, today.period, today.plan, today.day)
    cards = [KeyFigure("Đã nhận", f"{status['actual']}/{status['expected']}", "đơn vị")]
    cards += [
        KeyFigure(reporting_label(state, over=status["is_over"] and not today.period.is_first), str(count), "đơn vị")
        for state, count in status["states"].items()
        if count
    ]
    said = f"{describe_deadline(today.period, today.day)} Chốt tiếp nhận: hết {format_weekday(today.period.closes_on)}."
    locked = [Note("Số liệu của kỳ này đã khóa; bản gửi sau không vào báo cáo.")] if status["locked"] else []
    title = Title(f"Hôm nay {format_weekday(today.day)}", f"Kỳ đang làm: {today.period.label}.")
    return Blocks([title, Paragraph(said), KeyFigures(tuple(cards)), *locked])


def show_due(today: Today) -> Block:
    """Return what is due by the desk's timetable and not done yet: what `nq57kit run` would do that day, and which notebook shows it."""
    table = today.folder / TIMETABLE
    if today.desk is None or not table.exists():
        return Paragraph(f"Thư mục này không có bảng việc {TIMETABLE}; thư mục lập bằng «nq57kit init» có sẵn bảng ấy.")
    done = list_done(read_log(today.desk.outputs / LOG))
    errands = find_errands(read_timetable(table), today.plan, today.day, done)
    reports: dict[str, str] = {kind: known.notebook for kind, known in KINDS.items()}
    items = [
        {"step": one.step, "on": one.on, "command": f"nq57kit {' '.join(one.words)}"}
        | {"notebook": reports.get(one.words[1], "") if one.words[0] == "report" else _notebook(one.words[0])}
        for one in errands
    ]
    return fill("errands.due", items)


def _notebook(command: str) -> str:
    return f"{_NOTEBOOKS[command]}.ipynb" if command in _NOTEBOOKS else ""


def show_ahead(today: Today) -> Block:
    """Return the next days that the plan sets, of this year and the next: deadlines, closing of inputs, yearly days."""
    years = {one.year for one in today.plan.periods} & {today.day.year, today.day.year + 1}
    days = [one for year in sorted(years) for one in list_days(today.plan, year) if one.on >= today.day][:_AHEAD]
    items = [{"on": one.on, "title": one.title, "left": (one.on - today.day).days, "basis": one.basis} for one in days]
    return fill("errands.days", items)


# The inbox ---------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Inbox(Shown):
    """The files of an inbox that are not in the store, each checked; how many others are in it, as they lie there."""

    today: Today
    folder: Path
    known: int
    files: tuple[Path, ...]
    submissions: tuple[Submission, ...]

    def tell(self) -> Told:
        """Return how many files there are, and what each of the new ones is."""
        rows = [(one.file, one.period, "đạt" if one.ok else "phải sửa") for one in self.submissions]
        facts = {"tệp đã nhận vào kho": self.known, "tệp chưa nhận": len(self.files)}
        return Told(f"Hộp nhận «{self.folder}»", facts, ("Tệp", "Kỳ", "Kết quả"), rows)


def open_inbox(today: Today, inbox: str = "") -> Inbox:
    """Return the inbox (blank: the desk's) with the files that the store has not accepted checked, as by `nq57kit check`; nothing is written."""
    folder = (today.folder / local_path(inbox or _INBOX, ParameterError)).resolve()
    if inbox and not folder.is_dir():
        raise ParameterError(f"Tham số «inbox»: không có thư mục «{folder}»; ghi thư mục đặt các tệp đơn vị gửi về.")
    found = find_submissions([folder]) if folder.is_dir() and any(folder.rglob("*.*")) else []
    accepted = {one.sha256 for one in today.store.snapshot().accepted()}
    files = [path for path in found if hash_unread(path) not in accepted]
    checked = add_warnings(check_many(files, plan=today.plan), files, today.store, today.plan, today.day)
    return Inbox(today, folder, len(found) - len(files), tuple(files), tuple(checked))


def show_inbox(inbox: Inbox) -> Block:
    """Return what came and is not in the store yet: from whom, for which period, whether it can be taken in."""
    names = inbox.today.plan
    items = [
        {
            "file": one.file,
            "unit": names.name_of(one.unit_id) if one.unit_id else "chưa rõ",
            "period": one.period,
            "result": "Đạt" if one.ok else "Phải sửa",
            "errors": sum(item.severity == "error" for item in one.findings),
            "warnings": sum(item.severity == "warning" for item in one.findings),
        }
        for one in inbox.submissions
    ]
    said = f"Hộp nhận «{inbox.folder.name}»: {inbox.known} tệp đã nhận vào kho, {len(items)} tệp chưa nhận."
    return Blocks([Paragraph(said), *([fill("errands.inbox", items)] if items else [])])


def show_findings(inbox: Inbox) -> Block:
    """Return what is wrong in them, file by file, each with its sheet and cell; of contact data only what kind of finding it is."""
    items = [
        {"file": one.file, "sheet": item.sheet, "cell": item.cell, "message": say_finding(item.as_dict())}
        for one in inbox.submissions
        if not one.is_secret
        for item in sorted(one.findings, key=lambda item: item.severity)
        if item.severity != "note"
    ]
    return fill("errands.findings", items) if items else Paragraph("Không có lỗi hoặc điểm cần giải trình nào.")


def take_in(inbox: Inbox, accept: bool | str) -> Block:
    """Take what is in order into the store where `accept` says so, as `nq57kit ingest`; return what became of each file."""
    if not inbox.files:
        return Paragraph("Không có tệp mới để nhận.")
    if not read_choice(accept or None, "accept"):
        return Note(f"Chưa ghi gì vào kho. {_ASK.format(name='accept')}")
    today = inbox.today
    report = ingest(inbox.files, today.store, plan=today.plan)
    items = [
        {
            "file": one.file,
            "outcome": OUTCOMES[one.outcome],
            "unit": today.plan.name_of(one.unit_id) if one.unit_id else "chưa rõ",
            "period": one.period,
            "sent_at": one.sent_at,
            "timely": {True: "đúng hạn", False: "muộn", None: ""}[one.on_time],
        }
        for one in report.results
    ]
    return Blocks([fill("errands.taken", items), *map(Note, report.notes)])


def give_back(inbox: Inbox, write: bool | str) -> Block:
    """Write the forms that go back to the units where `write` says so, as `nq57kit check --return`; return which."""
    wrong = [one for one in inbox.submissions if not one.ok]
    if not wrong:
        return Paragraph("Không có biểu mẫu nào phải trả lại.")
    if not read_choice(write or None, "give_back"):
        return Note(f"Có {len(wrong)} tệp phải trả lại, chưa lập biểu mẫu trả lại. {_ASK.format(name='give_back')}")
    folder, names = inbox.today.folder / _RETURNED, list[str]()
    prepare_folder(folder)
    for one in wrong:
        path = None if one.is_secret else write_returned(one, folder, plan=inbox.today.plan, taken=names)
        names += [path.name] if path else []
    secret = sum(one.is_secret for one in wrong)
    more = f" {secret} tệp có nội dung bí mật nhà nước nên không lập." if secret else ""
    return Paragraph(f"Đã ghi {len(names)} biểu mẫu trả lại vào «{folder.name}»: {', '.join(names)}.{more}")


# Who has sent ------------------------------------------------------------------------------------


def show_calls(today: Today, *reasons: str) -> Block:
    """Return whom to press for what about the period (for all, or for `reasons` alone), as `nq57kit remind` would; nothing is recorded."""
    view = today.store.snapshot()
    letters = find_letters(view, today.plan, today.period, today.day, reasons=reasons or REASONS)
    if not letters:
        return Paragraph(f"Không có đơn vị nào phải đôn đốc về {today.period.label}.")
    command = f"nq57kit remind {today.period} --as-of {today.day}{''.join(f' --for {one}' for one in reasons)}"
    return Blocks([list_calls(letters), Paragraph(f"Lập công văn và ghi vào kho là đã đôn đốc: {command}")])


def show_rehearsal(today: Today) -> Block:
    """Return what the half's report would be if it were closed today, and whose report decides a verdict."""
    if not today.period.is_half or str(today.period) in today.store.locks:
        return Paragraph("Kỳ này không lập thử được: chỉ lập thử báo cáo 6 tháng chưa khóa số liệu.")
    results = today.open_report(as_if_closed="true").results
    command = f"nq57kit report semiannual {today.period} --as-of {today.day} --as-if-closed"
    whole = Paragraph("Mọi đơn vị đã gửi báo cáo; không kết luận nào còn phụ thuộc vào đơn vị chưa gửi.")
    told = rehearsal.show(results)
    return Blocks([mark_state(results), told if told.parts else whole, Paragraph(f"Lập cả báo cáo thử: {command}")])
