"""Records: what persons decide about the reports, as it stands in `records/` of a store; contract §7.

In: a kind, its values, the basis, the day, a role (never a private name). Out: small files that nobody changes: each is named by
when it was written and by its own hash, so that copies of two machines merge, and the last of one subject counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nq57kit.errors import ParameterError, StoreError
from nq57kit.files import hash_bytes
from nq57kit.secrecy import refuse_secrets
from nq57kit.store.folder import RECORDED, list_files, require_version, write_file, writing
from nq57kit.store.receipts import HANOI
from nq57kit.text import clean

if TYPE_CHECKING:
    from nq57kit.store.store import Store

RECORDS: Final = "records"
#: The kinds of records, each with the values by which its subject is known, and those that are told of it.
KINDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "judgement": (("subject", "year"), ("verdict",)),
    "letter": (("unit_id", "period", "time"), ("reasons",)),
}
#: What a person can conclude; `closed` of a target: it was not reached and is not followed up any more.
CLOSED: Final = "closed"
VERDICTS: Final = ("met", "not_met", CLOSED)
_NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{16})\.json", re.ASCII)
_SHORTEST_BASIS: Final = 5


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
        return json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_record(
    root: Path,
    kind: str,
    values: Mapping[str, Any],
    *,
    basis: str,
    by: str,
    day: date | None = None,
    now: datetime | None = None,
    ahead: bool = False,
) -> Record:
    """Write a record into the store in `root` and return it; nothing that stands there is changed.

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
    record = Record(kind=kind, values=dict(values), basis=words, day=day or moment.date(), by=role, at=moment)
    with writing(root):
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
