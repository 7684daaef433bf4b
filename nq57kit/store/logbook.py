"""Records: what persons decide about the reports, as it stands in `records/` of a store; contract §7.

In: a kind, its values, the basis, the day, a role (never a private name). Out: small files that nobody changes: each is named by
when it was written and by its own hash, so that copies of two machines merge, and the last of one subject counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.errors import ParameterError, StoreError
from nq57kit.files import hash_bytes
from nq57kit.plan import Request, Window
from nq57kit.plan.units import ALL, GROUP
from nq57kit.secrecy import refuse_secrets
from nq57kit.store.arrivals import parse_sent_at
from nq57kit.store.folder import RECORDED, find_cell, list_files, require_version, to_text, write_file, writing
from nq57kit.store.receipts import HANOI
from nq57kit.submissions.contract import ALL_TABLES, ANSWERS, TABLES, identify_question
from nq57kit.submissions.findings import Finding, make_finding
from nq57kit.text import clean, fold, format_date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nq57kit.plan import Period, Plan
    from nq57kit.store.store import Snapshot, Store
    from nq57kit.submissions import Submission

RECORDS: Final = "records"
#: The kinds of records, each with the values by which its subject is known, and those that are told of it.
KINDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "judgement": (("subject", "year"), ("verdict",)),
    "letter": (("unit_id", "period", "time"), ("reasons",)),
    "request": (("period",), ("title", "from", "to", "due", "tables", "units")),
    "answer": (("question_id",), ("unit_id", "state", "answer", "document")),
    "approval": (("unit_id", "period", "sha256"), ("revision",)),
}
#: What a person can conclude; `closed` of a target: it was not reached and is not followed up any more.
CLOSED: Final = "closed"
VERDICTS: Final = ("met", "not_met", CLOSED)
#: Who approves a yearly plan where no role is told.
APPROVER: Final = "Cấp có thẩm quyền"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{16})\.json", re.ASCII)
_SHORTEST_BASIS, _LONGEST_TITLE = 5, 300
_MOST_REQUESTS: Final = 99


@dataclass(frozen=True, kw_only=True)
class Record:
    """What was decided: `values` by the fields of its kind, the `basis` in words, `day` (of the decision), `by` (a role), `at` (when written)."""

    kind: str
    values: Mapping[str, Any]
    basis: str
    day: date
    by: str
    at: datetime

    @property
    def subject(self) -> tuple[Any, ...]:
        """What it is about: of several records on one subject the last counts."""
        return tuple(self.values[name] for name in KINDS[self.kind][0])

    @property
    def path(self) -> str:
        """Its file, by its path in the store."""
        stamp = self.at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        return f"{RECORDS}/{self.kind}/{stamp}-{hash_bytes(self.to_json().encode())[:16]}.json"

    def to_json(self) -> str:
        """Return the text of the file, keys sorted."""
        told = {**vars(self), "values": dict(self.values), "day": self.day.isoformat()}
        told["at"] = self.at.astimezone(HANOI).isoformat()
        return to_text(told)


def write_record(
    root: Path,
    kind: str,
    values: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    *,
    basis: str,
    by: str,
    day: date | None = None,
    now: datetime | None = None,
    ahead: bool = False,
) -> Record:
    """Write a record into the store in `root` and return it; nothing that stands there is changed.

    `values` that follow from what the store holds (a number) are a function, called under its lock.

    Raises ParameterError without a basis or a role, for a day ahead of the clock (unless `ahead`); SecretError for words that name a state
    secret; StoreError if the store cannot be written.

    Example:
        write_record(store.folder, "judgement", {"subject": "network_formed", "year": 2026, "verdict": "met"}, basis="…", by="…")
    """
    moment = (now or datetime.now(HANOI)).astimezone(HANOI).replace(microsecond=0)
    words, role = clean(basis), clean(by)
    if len(words) < _SHORTEST_BASIS or not role:
        raise ParameterError(
            "Cần căn cứ và vai trò người ghi; viết --basis «căn cứ» (văn bản, cuộc họp …) và --by «vai trò»."
        )
    if day is not None and day > moment.date() and not ahead:
        raise ParameterError(f"Ngày {day:%d/%m/%Y} chưa đến; ghi ngày của kết luận, không muộn hơn hôm nay.")
    refuse_secrets("Căn cứ", (words, role))
    with writing(root):
        told = dict(values() if callable(values) else values)
        record = Record(kind=kind, values=told, basis=words, day=day or moment.date(), by=role, at=moment)
        require_version(root, RECORDED)
        write_file(root, root / record.path, record.to_json())
    return record


def list_records(root: Path) -> tuple[str, ...]:
    """Return the files of all records of a store, by their paths in it."""
    return tuple(path.relative_to(root).as_posix() for path in list_files(root / RECORDS))


def order_records(records: Iterable[Record]) -> list[Record]:
    """Return records in the order of their days, then as they were written."""
    return sorted(records, key=lambda one: (one.day, one.at, one.path))


def read_record(path: Path) -> Record:
    """Return the record in a file; raises StoreError if it is not as it was written."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        told |= {"day": date.fromisoformat(told["day"]), "at": datetime.fromisoformat(told["at"])}
        record = Record(**told)
        sound = _NAME.fullmatch(path.name) and path.as_posix().endswith(record.path)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        sound = None
    if not sound:
        raise StoreError(f"Kho bị hỏng: tệp «{path}» bị sửa hoặc không đọc được; khôi phục tệp này từ bản sao lưu.")
    return record


def judge(
    store: Store,
    subject: str,
    year: int,
    verdict: str,
    *,
    basis: str,
    by: str | None = None,
    day: date | None = None,
    now: datetime | None = None,
) -> Record:
    """Record the judgement of a qualitative target (II.2) or a duty (IV) of a year, and return it.

    `verdict` is `met` or `not_met`; of a target of which the figure was not reached `closed`: it is not followed up any more. Raises
    ParameterError for a subject, year or verdict that the plan does not know, and as `write_record`.
    """
    plan = store.plan
    kinds = dict(plan.indicators.select("indicator", "kind").iter_rows())
    known = [name for name, kind in kinds.items() if kind == "qualitative" or verdict == CLOSED]
    known += [] if verdict == CLOSED else plan.duties["duty_id"].to_list()
    if verdict not in VERDICTS:
        raise ParameterError(f"Kết luận «{verdict}» không hợp lệ; viết {', '.join(VERDICTS)}.")
    if subject not in known:
        near = get_close_matches(subject, known, n=1)
        what = f"có phải «{near[0]}»?" if near else f"viết một trong: {', '.join(known)}."
        raise ParameterError(f"Không kết luận được về «{subject}» theo cách này; {what}")
    plan.period(str(year))
    values = {"subject": subject, "year": year, "verdict": verdict}
    return write_record(store.folder, "judgement", values, basis=basis, by=by or plan.words["office"], day=day, now=now)


# Yearly plans (IV.2) -------------------------------------------------------------------------------

#: The states of a yearly plan, in their order; a unit that has sent none has no row.
PLAN_STATES: Final = ("proposed", "approved", "adjusted")


def read_plans(view: Store | Snapshot, year: int, as_of: date | datetime | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return of each unit that sent a plan of the year the revision that counts, and its lines; contract §7.

    That is the last revision that was approved (`nq57kit approve`), else the latest. Of several approved ones the plan is
    «adjusted»; a revision later than the one that counts is `pending`: proposed, and in no figure.

    Returns: unit_id, period, revision, state, pending, document, decided_on, sha256, file; and the rows of `plan_lines`.
    """
    period = view.plan.period(f"{year}-P")
    receipts = view.receipts(period, as_of=as_of).filter(~pl.col("is_empty")).sort("unit_id", "revision")
    day = as_of.astimezone(view.plan.settings.zone).date() if isinstance(as_of, datetime) else as_of
    records = view.records("approval", as_of=day) if receipts.height else []
    decided = {
        (one.values["unit_id"], one.values["sha256"]): one for one in records if one.values["period"] == str(period)
    }
    rows = []
    for _, sent in receipts.group_by("unit_id", maintain_order=True):
        revisions = sent.to_dicts()
        approved = [one for one in revisions if (one["unit_id"], one["sha256"]) in decided]
        counts, last = (approved or revisions)[-1], revisions[-1]
        record = decided.get((counts["unit_id"], counts["sha256"]))
        told = {name: counts[name] for name in ("unit_id", "period", "revision", "sha256", "file")}
        told["state"] = PLAN_STATES[min(len({one["sha256"] for one in approved}), 2)]
        told["pending"] = last["revision"] if last["revision"] > counts["revision"] else None
        told |= {"document": record.basis, "decided_on": record.day} if record else {}
        rows.append(told)
    texts = dict.fromkeys(("unit_id", "period", "state", "document", "sha256", "file"), pl.String())
    schema: dict[str, pl.DataType] = {**texts, "revision": pl.Int64(), "pending": pl.Int64(), "decided_on": pl.Date()}
    plans = pl.DataFrame(rows, schema=schema, orient="row")
    lines = view.read("plan_lines", period, as_of=as_of, revisions="all")
    counted = plans.lazy().select("unit_id", "revision")
    return plans, lines.join(counted, on=["unit_id", "revision"], how="semi", maintain_order="left").collect()


def approve(
    store: Store,
    period: Period | str,
    units: Iterable[str] | None,
    *,
    document: str,
    by: str = APPROVER,
    day: date | None = None,
    now: datetime | None = None,
) -> list[Record]:
    """Record that the latest revision of yearly plans is approved by a document; return what was recorded, a record a unit.

    `units` None: all that have sent a plan. What is approved already is left as it is. Raises ParameterError for a period that is no
    plan, for a unit that has sent none or one that says nothing, without a document, and as `write_record`.
    """
    period = store.plan.period(period)
    if not period.is_plan:
        raise ParameterError(f"Chỉ phê duyệt kế hoạch năm; viết {period.year}-P, không viết {period}.")
    if len(clean(document)) < _SHORTEST_BASIS:
        raise ParameterError("Thiếu văn bản phê duyệt; viết --document «số, ký hiệu, ngày của văn bản».")
    view, plan = store.snapshot(), store.plan
    latest = {row["unit_id"]: row for row in view.receipts(period).filter("is_latest", ~pl.col("is_empty")).to_dicts()}
    asked = [one for one in plan.units["unit_id"] if one in latest] if units is None else list(units)
    if missing := [plan.name_of(unit) for unit in asked if unit not in latest]:
        raise ParameterError(
            f"Chưa có {period.label} được nhận của {', '.join(missing)}; chỉ phê duyệt kế hoạch đã nhận."
        )
    done = {tuple(one.subject) for one in view.records("approval")}
    wanted = [latest[unit] for unit in asked if (unit, str(period), latest[unit]["sha256"]) not in done]
    values = [
        {"period": str(period), **{name: row[name] for name in ("unit_id", "sha256", "revision")}} for row in wanted
    ]
    return [write_record(store.folder, "approval", one, basis=document, by=by, day=day, now=now) for one in values]


# Requests (IV.3) ----------------------------------------------------------------------------------


def request_report(
    store: Store,
    title: str,
    *,
    start: date | str,
    end: date | str,
    due: date | datetime | str,
    tables: Sequence[str],
    units: Sequence[str],
    basis: str,
    by: str | None = None,
    day: date | None = None,
    now: datetime | None = None,
) -> Record:
    """Record a request for a report (IV.3) and return it; `values["period"]` is the number that the store gives it: «2027-R01».

    The number is the next of the year in which the days asked for end. `due` is a day, up to whose end a report is on time, or a
    moment. `tables` are those of a half-year's form by name or label, `units` ids or names of units, groups («nhom:vien») or
    «all». Raises ParameterError for days out of order or what is not known, with the nearest names; PeriodError for a year
    outside the plan; and as `write_record`.

    Example:
        request_report(store, "Kết quả Tháng thanh niên", start="2027-03-01", end="2027-07-31", due="20/08/2027 16:00",
                       tables=["activities"], units=["nhom:vien"], basis="Công văn số …/BNNMT-KHCN")
    """
    words, plan = clean(title), store.plan
    for option, text in (("--title «nội dung yêu cầu»", words), ("--basis «văn bản yêu cầu»", clean(basis))):
        if not _SHORTEST_BASIS <= len(text) <= _LONGEST_TITLE:
            raise ParameterError(f"Cần {option}, từ {_SHORTEST_BASIS} đến {_LONGEST_TITLE} chữ cái.")
    refuse_secrets("Nội dung yêu cầu", (words,))
    window = Window(_read_day(start, "--from"), _read_day(end, "--to"))
    until = due if isinstance(due, date) else _read_due(due)
    last = until.date() if isinstance(until, datetime) else until
    if not window.start <= window.end <= last:
        raise ParameterError(
            f"Các ngày phải theo thứ tự: kỳ số liệu từ {format_date(window.start)} đến {format_date(window.end)}, rồi đến thời hạn gửi "
            f"{format_date(last)}; sửa --from, --to hoặc --due."
        )
    if day is not None and day > last:
        raise ParameterError(
            f"Thời hạn gửi {format_date(last)} trước ngày yêu cầu {format_date(day)}; sửa --due hoặc --day."
        )
    references = tuple(dict.fromkeys(read_reference(unit, plan, last) for unit in units))
    asked = Request(words, window, until, _known_tables(tables), references, clean(basis))
    year = window.end.year
    told = plan.with_requests({f"{year}-R01": asked})
    if told.units_reporting(told.period(f"{year}-R01")).is_empty():
        raise ParameterError("Không có đơn vị nào được yêu cầu; viết --units với mã đơn vị, nhom:mã nhóm hoặc all.")

    def number() -> dict[str, Any]:
        taken = [name for name in read_requests(store.folder, list_records(store.folder)) if name.startswith(str(year))]
        if len(taken) >= _MOST_REQUESTS:
            raise ParameterError(
                f"Năm {year} đã có {_MOST_REQUESTS} yêu cầu báo cáo đột xuất; kho không đánh số thêm được."
            )
        values = asked.as_values()
        del values["basis"]  # it is the record's
        return {"period": f"{year}-R{len(taken) + 1:02d}", **values}

    return write_record(
        store.folder, "request", number, basis=basis, by=by or plan.words["office"], day=day, now=now, ahead=True
    )


def read_requests(root: Path, names: Iterable[str]) -> dict[str, Request]:
    """Return the requests among the records of a store, by their period. Raises StoreError for one that is not as it was written."""
    found = order_records(read_record(root / name) for name in names if name.split("/")[1] == "request")
    try:
        return {one.values["period"]: Request.from_values({**one.values, "basis": one.basis}) for one in found}
    except (ValueError, KeyError) as error:
        raise StoreError(
            f"Kho bị hỏng: một yêu cầu báo cáo trong «{root / RECORDS}» không đọc được; khôi phục từ bản sao lưu."
        ) from error


def _read_day(given: date | str, option: str) -> date:
    if isinstance(given, date):
        return given
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(given.strip(), form).date()  # noqa: DTZ007 - a day has no zone
    raise ParameterError(f"{option}: «{given}» không phải là một ngày; viết 2027-08-20 hoặc 20/08/2027.")


def _read_due(given: str) -> date | datetime:
    for read in (lambda text: _read_day(text, "--due"), parse_sent_at):
        with suppress(ParameterError):
            return read(given)
    raise ParameterError(
        f"--due: «{given}» không phải là một ngày hoặc thời điểm; viết 2027-08-20, 20/08/2027 hoặc «20/08/2027 16:00» (giờ Hà Nội)."
    )


def _known_tables(given: Sequence[str]) -> tuple[str, ...]:
    """Return the names of tables of a half-year's form, in its order; they are understood by their labels too."""
    can = {name: table for name, table in TABLES.items() if "H" in table.periods and name != "cover"}
    labels = {fold(label): name for name, table in can.items() for label in (name, table.sheet)}
    for one in given:
        if fold(one) not in labels:
            raise ParameterError(f"Không yêu cầu được bảng «{one}»{_nearest(one, labels)} Các bảng: {', '.join(can)}.")
    wanted = {labels[fold(one)] for one in given}
    if not wanted:
        raise ParameterError(
            f"Cần ít nhất một bảng; viết --tables với tên bảng, cách nhau bằng dấu phẩy: {', '.join(can)}."
        )
    return tuple(name for name in can if name in wanted)


def read_reference(given: str, plan: Plan, day: date) -> str:
    """Return the unit's id, group («nhom:…») or «all» that a text means on a day; raises ParameterError with near names."""
    text = given.strip()
    groups = [f"{GROUP}{group}" for group in plan.groups["group"]]
    if text in (ALL, *groups, *plan.units["unit_id"]):
        return text
    if not text.startswith(GROUP) and (found := plan.find_unit(text, day).unit_id):
        return found
    near = _nearest(text, groups if text.startswith(GROUP) else plan.units["unit_id"].to_list())
    raise ParameterError(f"Không có đơn vị hoặc nhóm «{text}»{near} Xem «nq57kit plan units», «nq57kit plan groups».")


def _nearest(text: str, known: Iterable[str]) -> str:
    near = get_close_matches(fold(text), list(known), n=2)
    return f"; có phải {' hoặc '.join(f'«{one}»' for one in near)}?" if near else "."


# ------------------------------------------------------------------------------- answers to difficulties


def _list_questions(view: Snapshot) -> frozenset[str]:
    """Return the ids of all difficulties that the reports of a store tell, in any revision."""
    rows = view.read("issues", revisions="all").select("category", "description", "proposal").unique().collect()
    return frozenset(identify_question(*row) for row in rows.iter_rows())


def doubt_answers(
    submission: Submission, path: Path | None, today: date, view: Snapshot | None = None
) -> Iterator[Finding]:
    """Yield what is wrong in a file of answers beside the clock and, where it is given, the difficulties that a store knows."""
    questions = None if view is None else _list_questions(view)
    for row in submission.tables[ANSWERS].iter_rows(named=True):
        for code, name, wrong in (
            ("answer-in-future", "answered_on", row["answered_on"] is not None and row["answered_on"] > today),
            ("answer-question-unknown", "question_id", questions is not None and row["question_id"] not in questions),
        ):
            if wrong:
                sheet, place = row["source_sheet"], row["source_row"]
                cell = find_cell(path, submission.sha256, ANSWERS, name, sheet=sheet, row=place)
                said = format_date(row[name]) if name == "answered_on" else str(row[name])
                words = {"value": said, "label": ALL_TABLES[ANSWERS].field(name).label}
                yield make_finding(
                    code, file=submission.file, table=ANSWERS, sheet=sheet, cell=cell, field=name, **words
                )


def record_answers(store: Store, submission: Submission, *, now: datetime) -> tuple[int, int]:
    """Record the answers of a file without errors; return how many are new, and how many the store had.

    The last answer to a difficulty counts, by its day, then by when it was written; the earlier ones stay. An answer without a day
    (still looked into) is of the day on which it came. Raises SecretError, and nothing is recorded, for words that name a state secret.
    """
    rows = submission.tables[ANSWERS].to_dicts()
    refuse_secrets("Trả lời", [text for row in rows for text in (row["answer"], row["document"]) if text])
    known = store.snapshot().records("answer")
    new = 0
    for row in rows:
        values = {name: row[name] for part in KINDS["answer"] for name in part}
        same = [one for one in known if one.values["question_id"] == row["question_id"]]
        if any(one.values == values and row["answered_on"] in (None, one.day) for one in same):
            continue
        at = max([now, *(one.at + timedelta(seconds=1) for one in same)])
        basis = f"Văn bản {row['document']}" if row["document"] else f"Bảng trả lời «{submission.file}»"
        write_record(
            store.folder,
            "answer",
            values,
            basis=basis,
            by=store.plan.words["office"],
            day=row["answered_on"] or now.date(),
            now=at,
        )
        new += 1
    return new, len(rows) - new
