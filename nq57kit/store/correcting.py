"""Correcting when a submission was sent, where it was taken in without its time (no `sent.csv`, no `--sent-at`).

In: a store, a unit, a half, the right time. Out: the receipt written anew with its hash; nothing else of a submission
can be changed, and nothing in a half that is locked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nq57kit.errors import ParameterError, StoreError
from nq57kit.files import write_atomically
from nq57kit.store.disk import hold_lock, say_failure
from nq57kit.store.layout import RECEIPT
from nq57kit.store.locking import read_locks
from nq57kit.store.proof import prove_submission, write_sums
from nq57kit.store.receipts import HANOI, rank

if TYPE_CHECKING:
    from datetime import datetime

    from nq57kit.plan import Period
    from nq57kit.store.receipts import Ranked, Receipt
    from nq57kit.store.store import Store

__all__ = ["correct_sent_at"]

_LOCK_SECONDS: Final = 60.0


def correct_sent_at(
    store: Store, unit_id: str, half: Period, sent_at: datetime, *, revision: int | None = None
) -> Receipt:
    """Return the receipt with its new time of sending, written with its hash; revisions follow from the times.

    `revision` may be left out where the unit sent once for the half. Raises StoreError if the half is locked, the
    submission is not there or not what was taken in; ParameterError if it is not clear which one, or for a time without
    its zone.
    """
    if sent_at.utcoffset() is None:
        raise ParameterError(f"Thời điểm {sent_at:%Y-%m-%d %H:%M} thiếu múi giờ; ghi rõ, ví dụ +07:00.")
    try:
        with hold_lock(store.folder, _LOCK_SECONDS):
            lock = read_locks(store.folder).get(str(half))
            if lock is not None and lock.is_locked:
                raise StoreError(f"Kỳ {half} đã khóa số liệu; mở khóa rồi mới sửa được thời điểm gửi.")
            old = _find(store, unit_id, half, revision).receipt
            broken = [flaw for flaw in prove_submission(store.folder, old) if not flaw.path.endswith(f"/{RECEIPT}")]
            if broken or old.folder is None:
                raise StoreError(f"Chưa sửa được: {broken[0].message if broken else 'thiếu thư mục của báo cáo.'}")
            new = replace(old, sent_at=sent_at.astimezone(HANOI), sent_at_source="option")
            write_atomically(old.folder / RECEIPT, new.to_json())
            write_sums(old.folder)
    except OSError as error:
        raise StoreError(f"Không ghi được vào kho «{store.folder}»: {say_failure(error)}.") from error
    return new


def _find(store: Store, unit_id: str, half: Period, revision: int | None) -> Ranked:
    rows = [row for row in rank(store.accepted(str(half))) if row.receipt.unit_id == unit_id]
    if not rows:
        raise StoreError(f"Kho không có báo cáo nào của «{unit_id}» kỳ {half} được chấp nhận.")
    if revision is None and len(rows) > 1:
        raise ParameterError(f"«{unit_id}» có {len(rows)} lần gửi kỳ {half}; viết --revision LẦN.")
    found = next((row for row in rows if revision in (None, row.revision)), None)
    if found is None:
        raise ParameterError(f"«{unit_id}» kỳ {half} không có lần gửi {revision}; có từ 1 đến {len(rows)}.")
    return found
