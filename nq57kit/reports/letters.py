"""Letters that press for what is missing (đôn đốc): plan IV.2, IV.3; layout by Nghị định 30/2020/NĐ-CP.

In: a store, a period, a day. Out: a `Letter` for each unit that has not sent, sent late or nothing, was sent back, has findings to answer,
tasks overdue or measures unanswered; its Word file, its text for e-mail, the list for the phone; its record in the store. The words are
those of `letters.toml` and `letterhead.toml`. No cover is read: who a unit's contact is, stands in none of these files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import polars as pl

from nq57kit.errors import ParameterError
from nq57kit.files import write_together
from nq57kit.indicators import compute
from nq57kit.indicators.reporting import reporting_states
from nq57kit.indicators.tasks import OVERDUE
from nq57kit.plan import Period, Plan
from nq57kit.reports.docx import render_letters
from nq57kit.reports.executed import Heading, Part, Reading, safe_text
from nq57kit.reports.letterhead import LETTER, PLAN_LETTER, Letterhead, read_letterhead
from nq57kit.reports.paper import arrange
from nq57kit.reports.report import read_inputs
from nq57kit.reports.xlsx import render_tables
from nq57kit.show import phrases
from nq57kit.show.blocks import Bullets, Paragraph, Table
from nq57kit.show.columns import fill
from nq57kit.show.left_out import say_finding
from nq57kit.store import Snapshot, Store
from nq57kit.store.logbook import Record, write_record
from nq57kit.submissions.contract import load_codes
from nq57kit.submissions.returned import name_returned
from nq57kit.text import format_date, format_time, format_weekday

#: What a letter can be about, in the order in which it is told; the record of a letter names these.
REASONS: Final = tuple(load_codes("letter_reason"))
#: Rows that stand in the letter itself; longer lists are an appendix.
_FEW: Final = 4
_LATE: Final = "late"


@dataclass(frozen=True)
class Failing:
    """One thing for which a unit is asked: its reason (`REASONS`), the entry of `letters.toml`, what fills its words, its rows."""

    reason: str
    words: str
    facts: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...] = ()

    def say(self, part: str, **more: Any) -> str:
        """Return a sentence of its entry."""
        return str(_read_words()[self.words][part]).format(**{**self.facts, **more})


@dataclass(frozen=True)
class Letter:
    """A letter to a unit about a period: on which day, for what; the records of the letters about the period that stand in the store."""

    unit_id: str
    unit: str
    period: Period
    day: date
    failings: tuple[Failing, ...]
    before: tuple[Record, ...] = field(default=(), repr=False)

    @property
    def time(self) -> int:
        """Which time the unit is asked: days of earlier letters, and this one."""
        return 1 + len({one.day for one in self.before if one.day < self.day})

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it is about, in the order of `REASONS`."""
        return tuple(dict.fromkeys(one.reason for one in self.failings))

    @property
    def short(self) -> str:
        """What is missing, in a few words, as the list for the phone and the record have it."""
        return "; ".join(one.say("short") for one in self.failings)

    @property
    def stem(self) -> str:
        """The name of its files, without ending."""
        return f"don-doc-{self.period}-{self.unit_id}"

    @property
    def returned(self) -> str:
        """The names of the returned workbooks that it speaks of."""
        return "; ".join(dict.fromkeys(one.facts["returned"] for one in self.failings if "returned" in one.facts))

    @property
    def is_recorded(self) -> bool:
        """Whether this very letter stands in the store already: the last of its day is for the same reasons."""
        told = [one.values["reasons"] for one in self.before if one.day == self.day]
        return told[-1:] == [list(self.reasons)]


def find_letters(
    view: Snapshot, plan: Plan, period: Period, as_of: date, *, reasons: Collection[str] = REASONS
) -> list[Letter]:
    """Return the letters that a period calls for as of a day, in the register's order; `reasons` are those wanted.

    What came after a lock counts as sent. Overdue tasks and unanswered measures are told of units whose report of the half was
    accepted alone: of the others nothing is known. Raises ParameterError for a year, whose halves are asked for.
    """
    if period.is_year:
        raise ParameterError(f"Đôn đốc theo kỳ gửi báo cáo: viết {period}-H1, {period}-H2 hoặc kỳ khác có biểu mẫu.")
    found = [*_ask_for_reports(view, plan, period, as_of), *_ask_for_answers(view, plan, period, as_of)]
    told = [one for one in view.records(LETTER) if one.values["period"] == str(period)]
    letters = []
    for unit_id, name in plan.units_reporting(period).select("unit_id", "name").iter_rows():
        failings = [one for unit, one in found if unit == unit_id and one.reason in reasons]
        before = tuple(one for one in told if one.values["unit_id"] == unit_id)
        failings.sort(key=lambda one: REASONS.index(one.reason))
        told_of = tuple(replace(one, facts={**one.facts, "unit": name}) for one in failings)
        letters += [Letter(unit_id, name, period, as_of, told_of, before)] if failings else []
    return letters


def _ask_for_reports(view: Snapshot, plan: Plan, period: Period, as_of: date) -> Iterator[tuple[str, Failing]]:
    """Yield who has not sent, sent nothing or late, or was sent back."""
    facts = _facts_of(period, as_of)
    states = reporting_states(
        plan.units_reporting(period),
        view.receipts(period, as_of=as_of),
        refusals := view.refusals(period, as_of=as_of),
        [period],
        judged_by=plan.settings.on_time_judged_by,
    )
    for unit_id, state, sent_at in states.select("unit_id", "state", "sent_at").iter_rows():
        moment = None if sent_at is None else sent_at.astimezone(plan.settings.zone)
        days = max(1, ((moment.date() if moment else as_of) - period.last_day).days)
        about = facts | {"days": days, "sent": format_time(moment) if moment else ""}
        if state == "missing":
            words = "first" if period.is_first else state if period.is_over(as_of) else "due"
            yield unit_id, Failing(state, words, about)
        elif state == "empty" or (state == _LATE and not period.is_first):
            yield unit_id, Failing(state, state, about)
    latest = {row["unit_id"]: row["sha256"] for row in refusals.sort("sent_at", "sha256").iter_rows(named=True)}
    for one in view.refused(str(period), as_of=as_of):
        if latest.get(one.unit_id) != one.sha256:
            continue
        rows = _places(finding for finding in one.findings if finding["severity"] == "error")
        sent = format_time(one.sent_at.astimezone(plan.settings.zone))
        about = {"file": one.file, "returned": name_returned(one.file), "sent": sent, "count": one.errors}
        yield one.unit_id, Failing("refused", "refused" if one.was_read else "unread", facts | about, rows)


def _ask_for_answers(view: Snapshot, plan: Plan, period: Period, as_of: date) -> Iterator[tuple[str, Failing]]:
    """Yield who has findings to answer; of a half also whose tasks are overdue, and which measures nothing answers."""
    facts = _facts_of(period, as_of)
    warned = view.findings(period, as_of=as_of).filter(pl.col("severity") == "warning")
    files = dict(view.receipts(period, as_of=as_of).filter("is_latest").select("unit_id", "file").iter_rows())
    for (unit_id,), mine in warned.group_by("unit_id", maintain_order=True):
        about = {"count": mine.height, "returned": name_returned(files[unit_id])}
        yield str(unit_id), Failing("findings", "findings", facts | about, _places(mine.iter_rows(named=True)))
    if not period.is_half:
        return
    results = compute(read_inputs(view, plan, period, as_of))
    told = results.reporting.filter(pl.col("state").is_in(["on_time", _LATE]))["unit_id"].implode()
    has_told, names = pl.col("unit_id").is_in(told), phrases.names_of(results)
    labels = phrases.code_labels("report_status")
    late = results.task_status.filter(has_told, pl.col("status").is_in(OVERDUE))
    for (unit_id,), rows in late.group_by("unit_id", maintain_order=True):
        shown: tuple[dict[str, Any], ...] = tuple(
            {"task": names.short_task(task), "due_on": _with_weekday(due), "status": labels[status].lower()}
            for task, due, status in rows.select("task_id", "due_on", "status").iter_rows()
        )
        yield str(unit_id), Failing("overdue", "overdue", facts | {"count": rows.height}, shown)
    words = {row["measure_id"]: row for row in results.inputs.plan.measures.to_dicts()}
    for (unit_id,), rows in results.unit_measures.filter(has_told).group_by("unit_id", maintain_order=True):
        silent = rows.filter(pl.col("rows") == 0)["measure_id"].to_list()
        if silent:
            shown = tuple({name: words[one][name] for name in ("citation", "text")} for one in silent)
            about = {"count": len(silent), "asked_of": rows.height, "section": plan.words["measures"]}
            yield str(unit_id), Failing("measures", "measures", facts | about, shown)


def _facts_of(period: Period, as_of: date) -> dict[str, Any]:
    """Return what all sentences about a period may say."""
    said, working = _read_words()["deadline"], period.last_working_day
    deadline = said["last"].format(
        text=period.deadline_text,
        last=format_weekday(period.last_day),
        working=said["working"].format(day=format_weekday(working)) if working != period.last_day else "",
        own=said["own"] if period.is_plan else "",
    )
    return {"report": _name_report(period), "day": format_date(as_of), "deadline": deadline, "year": str(period.year)}


def _name_report(period: Period) -> str:
    """Return what a unit has to send, in words."""
    said = str(_read_words()["report"]["half" if period.is_half else period.kind])
    return said.format(period=period.label, title=period.request.title if period.request else "")


def _with_weekday(day: date) -> str:
    weekday, _, shown = format_weekday(day).partition(", ")
    return f"{shown} ({weekday})"


def _places(findings: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], ...]:
    """Return findings as sheet, cell and sentence; of contact data only what kind of finding it is."""
    rows = []
    for one in findings:
        sheet, cell = one["sheet"] or (phrases.sheet_label(one["table"]) if one["table"] else ""), one["cell"] or ""
        where = ", ".join(([f"Trang «{sheet}»"] if sheet else []) + ([f"ô {cell}"] if cell else [])) or "Tệp"
        rows.append({"sheet": sheet, "cell": cell, "where": where, "message": say_finding(one)})
    return tuple(rows)


# ------------------------------------------------------------------ the letter


def read_words_of(letter: Letter, folder: Path | None) -> Letterhead:
    """Return who writes a letter, and how it begins and ends; raises DeskError for a desk's wrong words."""
    words = read_letterhead(PLAN_LETTER if letter.period.is_plan else LETTER, folder)
    filled = {name: getattr(words, name).replace("{unit}", letter.unit) for name in ("addressee", "closing")}
    return replace(words, **filled)


def write_letter(
    letter: Letter, plan: Plan, words: Letterhead, reply_by: date | None = None
) -> tuple[Reading, Letterhead]:
    """Return a letter as a document of paragraphs, lists and appendices, and its words, closed by what is asked.

    Its title is the subject («V/v …»). `reply_by` is the day by which an answer is asked; without one there is a blank for it, or
    the deadline where that has not passed.
    """
    body: list[Part] = [Paragraph(text) for text in _say_grounds(letter, plan, words)]
    appendices: list[Part] = []
    many = len(letter.failings) > 1
    for number, one in enumerate(letter.failings, start=1):
        label = f"Phụ lục {'I' * (1 + sum(isinstance(part, Heading) for part in appendices))}"
        apart = len(one.rows) > _FEW
        place = f" ({label} kèm theo)" if apart else ""
        said = f"{number}. {one.say('said', place=place)}" if many else one.say("said", place=place)
        body.append(Paragraph(said if said.endswith(".") else f"{said}{'.' if apart or not one.rows else ':'}"))
        told = _read_words()["rows"].get(one.words)
        if apart:
            appendices += [Heading(2, f"{label}. {told['title']}"), fill(f"letters.{one.reason}", one.rows)]
        elif one.rows:
            body.append(Bullets(tuple(told["line"].format(**row) for row in one.rows)))
    closed = replace(words, closing=_ask(letter, plan, words, reply_by))
    again = f" (lần thứ {letter.time})" if letter.time > 1 else ""
    return Reading(f"{letter.failings[0].say('subject')}{again}", (*body, *appendices)), closed


def _say_grounds(letter: Letter, plan: Plan, words: Letterhead) -> list[str]:
    """Return the plan's points in their words, the request's document, and which time it is asked."""
    said, settings = _read_words()["grounds"], plan.settings
    state = words.plan_draft if settings.draft else words.plan_signed.replace("{state}", settings.document_state)
    source = "plans_received" if letter.period.is_plan else "reports_on_time"
    asked = plan.duty_evidence.filter(pl.col("source").list.contains(source))["duty_id"].to_list()
    duties = {row["duty_id"]: row | {"text": row["text"].removesuffix(".")} for row in plan.duties.to_dicts()}
    points = [duties[one] for one in words.cites if one in duties] or [duties[one] for one in asked]
    named = {"programme": words.grounds[-1] if words.grounds else words.issuer, "decision": state}
    lines = [said["cited" if not place else "also"].format(**named, **point) for place, point in enumerate(points)]
    if request := letter.period.request:
        lines.append(said["basis"].format(basis=request.basis))
    if letter.time > 1:
        last = max(one.day for one in letter.before if one.day < letter.day)
        told = {"time": letter.time, "before": letter.time - 1, "last": format_date(last)}
        lines.append(said["again"].format(report=_name_report(letter.period), **told))
    if len(letter.failings) > 1:
        lines.append(said["by_point"].format(day=format_date(letter.day), author=words.author))
    return lines


def _ask(letter: Letter, plan: Plan, words: Letterhead, reply_by: date | None) -> str:
    """Return what the unit is asked to do, where to send it and by when; after a late report, when the next is due."""
    said = _read_words()["closing"]
    wanted = list(dict.fromkeys(one.say("asked") for one in letter.failings))
    asked = "; ".join(f"({number}) {one}" for number, one in enumerate(wanted, start=1)) if wanted[1:] else wanted[0]
    by = letter.period.deadline_text if [one.words for one in letter.failings] == ["due"] else said["by_blank"]
    by = said["by"].format(day=_with_weekday(reply_by)) if reply_by else by
    told = {"unit": letter.unit, "asked": asked, "issuer": words.issuer, "author": words.author, "by": by}
    text = str(said["only_late" if letter.reasons == (_LATE,) else "asked"]).format(**told)
    coming = next((one for one in plan.periods if one.is_half and not one.is_over(letter.day)), None)
    if _LATE in letter.reasons and coming is not None:
        text += " " + said["next"].format(period=coming.label, deadline=coming.deadline_text)
    return f"{text} {words.closing}" if words.closing else f"{text.removesuffix('.')}./."


def write_mail(letter: Letter, reading: Reading, words: Letterhead) -> str:
    """Return a letter as the text of an e-mail that comes with it."""
    said, arranged = _read_words()["mail"], arrange(reading)
    lines = [said["subject"].format(subject=reading.title), "", said["draft"], "", said["to"].format(unit=letter.unit)]
    for part in (*arranged.body, *(part for one in arranged.appendices for part in (Heading(2, one.name), *one.parts))):
        match part:
            case Bullets():
                lines += [f"- {item}" for item in part.items]
            case Table():
                lines += [f"- {' | '.join(filter(None, row))}" for row in part.formatted()]
            case _:
                lines += ["", part.text if isinstance(part, Heading | Paragraph) else ""]
    lines += ["", words.closing, "", said["file"].format(file=f"{letter.stem}.docx")]
    lines += [said["returned"].format(returned=letter.returned)] if letter.returned else []
    return safe_text("\n".join([*lines, "", words.author, ""]))


def list_calls(letters: Sequence[Letter], reply_by: date | None = None) -> Table:
    """Return the list for the phone: unit, which time it is asked, what is missing, by when; no person's name or number."""
    items = [
        {"unit": one.unit, "time": one.time, "what": one.short, "returned": one.returned}
        | {"deadline": one.period.last_day, "reply_by": reply_by}
        for one in letters
    ]
    return fill("letters.calls", items, without=() if reply_by else ("reply_by",))


def write_letters(
    letters: Sequence[Letter], plan: Plan, folder: Path, *, letterhead: Path | None = None, reply_by: date | None = None
) -> list[Path]:
    """Write one letter or more (.docx, .txt), all in one for the printer, and the list for the phone; return the files.

    `letterhead` is the desk's folder of words and template. Raises DeskError if these cannot be used, OSError as it comes.
    """
    made, files = [], {}
    for letter in letters:
        words = read_words_of(letter, letterhead)
        made.append(write_letter(letter, plan, words, reply_by))
        files[f"{letter.stem}.docx"] = render_letters(made[-1:], letterhead)
        files[f"{letter.stem}.txt"] = write_mail(letter, *made[-1]).encode("utf-8")
    every, title = f"don-doc-{letters[0].period}", f"Danh sách đôn đốc, {letters[0].period.label}"
    calls = Reading(title, (list_calls(letters, reply_by),), subtitle=f"Ngày {format_date(letters[0].day)}")
    files |= {f"{every}.docx": render_letters(made, letterhead), f"{every}.xlsx": render_tables(calls)}
    return [*write_together(folder, files, private=True)]


def record_letters(store: Store, letters: Sequence[Letter], *, by: str, now: datetime | None = None) -> int:
    """Record letters in the store and return how many records were written: the same letter of one day is recorded once.

    A letter of the same day for other reasons takes the earlier one's place and number. Raises ParameterError where a later letter of
    the unit about the period stands there, and as `write_record`.
    """
    for letter in letters:
        if later := [one.day for one in letter.before if one.day > letter.day]:
            raise ParameterError(
                f"Đã ghi công văn đôn đốc {letter.unit} ngày {format_date(max(later))}, sau ngày {format_date(letter.day)}; bỏ --as-of, "
                "hoặc thêm --dry-run để chỉ lập văn bản."
            )
    new = [letter for letter in letters if not letter.is_recorded]
    for letter in new:
        values = {"unit_id": letter.unit_id, "period": str(letter.period), "time": letter.time}
        values |= {"reasons": list(letter.reasons)}
        write_record(store.folder, LETTER, values, basis=letter.short, by=by, day=letter.day, now=now, ahead=True)
    return len(new)


@cache
def _read_words() -> dict[str, Any]:
    return tomllib.loads((resources.files("nq57kit.reports") / "letters.toml").read_text(encoding="utf-8"))
