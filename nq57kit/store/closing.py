"""Closing a half-year, opening it again, and correcting when a submission was sent: what a person does to the store by hand.

In: a store, a half, a moment, a reason. Out: a lock with the hash of all that counts, or a small file beside a submission
that says the right time, why, and in what role it was corrected. Nothing that was taken in is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from nq57kit.errors import ParameterError, StoreError
from nq57kit.files import hash_file
from nq57kit.plan import Period
from nq57kit.plan.period import label_period
from nq57kit.store import folder as disk
from nq57kit.store.arrivals import check_moment, require_zone
from nq57kit.store.locks import Lock, add_event, read_locks, sign_event, write_lock
from nq57kit.store.proof import prove_submission
from nq57kit.store.receipts import HANOI, Correction, Ranked, Receipt, rank
from nq57kit.store.rereading import reread
from nq57kit.store.store import Snapshot, Store
from nq57kit.text import clean

_SHORTEST_REASON: Final = 5
#: The role in which a time is corrected, where no other is told.
KEEPER: Final = "người quản lý kho"


def lock_period(
    store: Store | Path | str,
    period: Period | str,
    *,
    reason: str = "",
    key: Path | None = None,
    now: datetime | None = None,
) -> tuple[Lock, ...]:
    """Close a half (a year: both) and the earlier halves of its year, on which its figures stand; return the new locks.

    What was accepted or refused so far is in the manifest, with the hash of each file, and agrees with the raw files as read
    today; a half that is closed already stays as it is. `key` is the office's own SSH key, which signs the seals. Raises
    StoreError where all are closed, where a half has no accepted submission, where a file is missing or is not what was
    taken in, where a value is not that of the raw file, or where the key cannot sign.
    """
    moment, store = (now or datetime.now(HANOI)).astimezone(HANOI), Store.of(store)
    period = store.plan.period(period)
    made: list[Lock] = []
    with disk.writing(store.folder):
        known = read_locks(store.folder)
        view = store.snapshot()
        for half in period.year_so_far:
            earlier = known.get(str(half))
            if earlier is None or not earlier.is_locked:
                lock = _close(view, str(half), known, moment, clean(reason))
                event = sign_event(lock.history[-1], key) if key else lock.history[-1]
                known[str(half)] = replace(lock, history=(*lock.history[:-1], event))
                made.append(known[str(half)])
        for lock in made:
            write_lock(store.folder, lock)
    if not made:
        raise StoreError(f"Số liệu {period.label} đã khóa từ trước; xem bằng «nq57kit status {period}».")
    return tuple(made)


def unlock_period(store: Store | Path | str, half: Period | str, *, reason: str, now: datetime | None = None) -> Lock:
    """Open a closed half again; the reason and the hashes of what it held stay in its history.

    Raises ParameterError for a year or without a reason, StoreError where the half is not closed.
    """
    store = Store.of(store)
    half = store.plan.period(half)
    if half.is_year:
        raise ParameterError(
            f"Mở khóa từng kỳ 6 tháng: viết {half}-H1 (6 tháng đầu năm) hoặc {half}-H2 (6 tháng cuối năm)."
        )
    words = _require_reason(
        reason, "Mở khóa kỳ báo cáo cần lý do; viết --reason «lý do», lý do được lưu trong lịch sử khóa."
    )
    moment = (now or datetime.now(HANOI)).astimezone(HANOI)
    with disk.writing(store.folder):
        locks = read_locks(store.folder)
        known = locks.get(str(half))
        if known is None or not known.is_locked:
            raise StoreError(f"Số liệu {half.label} đang không khóa nên không có gì để mở.")
        opened = add_event(locks, known, "unlock", moment, words)
        write_lock(store.folder, opened)
    return opened


def _close(view: Snapshot, half: str, locks: Mapping[str, Lock], moment: datetime, reason: str) -> Lock:
    root, sent, rejected = view.folder, view.accepted(half), view.refused(half)
    if not sent:
        raise StoreError(
            f"Chưa khóa được {label_period(half)}: chưa có báo cáo nào được chấp nhận; tiếp nhận báo cáo rồi khóa."
        )
    accepted = {receipt.place: _hash_receipt(root, receipt) for receipt in sent}
    refused = {one.place: _hash_files(root, [disk.refusal_path(root, one.place)]) for one in rejected}
    again = reread(root, [*sent, *rejected], view.plan)
    if again.mismatches:
        more = f" (và {len(again.mismatches) - 1} chỗ khác)" if len(again.mismatches) > 1 else ""
        raise StoreError(
            f"Chưa khóa được {label_period(half)}: kho khác tệp gốc{more}: {again.mismatches[0].message.rstrip('.')}; xem hết bằng "
            f"«nq57kit store check --from-raw», lập lại kho theo tệp gốc bằng «nq57kit store rebuild»."
        )
    earlier = locks[half].history if half in locks else ()
    lock = Lock(half, "locked", accepted, refused, earlier)
    return add_event(locks, lock, "lock", moment, reason, values_compared_with_raw=again.values)


def _hash_receipt(root: Path, receipt: Receipt) -> dict[str, str]:
    """Return the hashes of a submission's files and its corrections, after proving that they are what was taken in."""
    broken = prove_submission(root, receipt)
    if broken:
        raise StoreError(
            f"Chưa khóa được kỳ {receipt.period}: {broken[0].message.rstrip('.')}; khôi phục từ bản sao lưu."
        )
    paths = [receipt.folder / name for name in (*disk.told_sums(receipt.folder), disk.SUMS)]
    paths += [disk.correction_path(root, receipt.place, one.number) for one in receipt.corrections]
    paths += [disk.again_path(root, receipt.place, one.sent_at) for one in receipt.again]
    raw = disk.find_raw(root, receipt.sha256)
    return _hash_files(root, [*paths, *([raw] if raw else [])])


def _hash_files(root: Path, paths: list[Path]) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): hash_file(path) for path in paths}


def correct_sent_at(
    store: Store | Path | str,
    unit_id: str,
    half: Period | str,
    sent_at: datetime,
    *,
    reason: str,
    by: str = KEEPER,
    revision: int | None = None,
    now: datetime | None = None,
) -> Receipt:
    """Write the right time of sending beside a submission and return its receipt; revisions follow from the times.

    The receipt stays as it was; each correction says its reason, in what role (`by`, no person's name) and when it was
    made, and follows from the one before. `revision` may be left out where the unit sent once for the half.
    Raises StoreError if the half is locked, the submission is not there or not what was taken in; ParameterError without
    a reason or a role, where it is not clear which submission is meant, or for a time without its zone or that cannot be.
    """
    store = Store.of(store)
    half = store.plan.period(half)
    check_moment(require_zone(sent_at), store.plan.calendar)
    words = _require_reason(reason, "Sửa thời điểm gửi cần lý do; viết --reason «lý do», lý do được lưu cạnh báo cáo.")
    if not clean(by):
        raise ParameterError("Sửa thời điểm gửi cần vai trò người sửa; viết --by «vai trò», ví dụ «văn thư».")
    root = store.folder
    with disk.writing(root):
        lock = read_locks(root).get(str(half))
        if lock is not None and lock.is_locked:
            raise StoreError(f"Số liệu {half.label} đã khóa; mở khóa rồi mới sửa được thời điểm gửi.")
        view = store.snapshot()
        old = _find(view, unit_id, half, revision).receipt
        others = [one for one in view.accepted(str(half)) if one.unit_id == unit_id and one.place != old.place]
        if any(one.sent_at == old.sent_at for one in old.again):
            raise ParameterError(
                f"Lần gửi {revision} là lần gửi lại «{old.file}» nên không sửa thời điểm được; muốn bản khác được tính thì "
                f"nhận lại bản đó kèm thời điểm gửi sau (nq57kit ingest --sent-at)."
            )
        if sent_at in (one.sent_at for one in others):
            raise ParameterError("Đơn vị đã có lần gửi khác đúng thời điểm này; ghi thêm giây để biết bản nào gửi sau.")
        broken = prove_submission(root, old)
        if broken:
            raise StoreError(f"Chưa sửa được: {broken[0].message}")
        number = len(old.corrections) + 1
        before = disk.correction_path(root, old.place, number - 1) if old.corrections else old.folder / disk.RECEIPT
        correction = Correction(
            **old.place._asdict(),
            number=number,
            sent_at=sent_at.astimezone(HANOI),
            was=old.sent_at,
            reason=words,
            by=clean(by),
            at=(now or datetime.now(HANOI)).astimezone(HANOI).replace(microsecond=0),
            follows=hash_file(before),
        )
        disk.write_beside(root, disk.correction_path(root, old.place, number), correction.to_json())
    made = (*old.corrections, correction)
    return replace(old, sent_at=correction.sent_at, sent_at_source="correction", corrections=made)


def _find(view: Snapshot, unit_id: str, half: Period, revision: int | None) -> Ranked:
    rows = [row for row in rank(view.accepted(str(half))) if row.receipt.unit_id == unit_id]
    about = f"{view.plan.name_of(unit_id)}, {half.label}"
    if not rows:
        raise StoreError(f"{about}: kho không có báo cáo nào được chấp nhận.")
    if revision is None and len(rows) > 1:
        raise ParameterError(f"{about}: có {len(rows)} lần gửi; viết --revision LẦN.")
    found = next((row for row in rows if revision in (None, row.revision)), None)
    if found is None:
        raise ParameterError(f"{about}: không có lần gửi {revision}; có từ 1 đến {len(rows)}.")
    return found


def _require_reason(reason: str, sentence: str) -> str:
    words = clean(reason)
    if len(words) < _SHORTEST_REASON:
        raise ParameterError(sentence)
    return words
