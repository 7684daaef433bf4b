"""Pinning: a view of the store that shows exactly the submissions named, whatever else has come since.

In: what a report says that it read, or what a lock holds. Out: `Pins`, and the receipts that they name.
A submission is named by unit, period and SHA-256, or by the SHA-256 alone (a scorecard names no other unit).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from nq57kit.errors import StoreError
from nq57kit.store.layout import Place

if TYPE_CHECKING:
    from nq57kit.store.receipts import Receipt, Refusal

__all__ = ["Pins", "pick"]

_Sent = TypeVar("_Sent", "Receipt", "Refusal")
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Pins:
    """Which submissions a view shows: the accepted ones, the refused ones, and the locks in force at that time.

    `locks` maps a half to the SHA-256 of its manifest; a half that is not in it was open.

    Example:
        >>> Pins(accepted=("0" * 64,)).locks
        mappingproxy({})
    """

    accepted: tuple[Place | str, ...]
    refused: tuple[Place | str, ...] = ()
    locks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def pick(sent: Sequence[_Sent], pins: Iterable[Place | str], what: str) -> tuple[_Sent, ...]:
    """Return those of `sent` that `pins` name, in their order.

    Raises StoreError, in one sentence, that says which are missing; `what` names the kind of submission.
    """
    places: dict[Place, _Sent] = {Place(one.unit_id, one.period, one.sha256): one for one in sent}
    by_hash: dict[str, list[Place]] = {}
    for place in places:
        by_hash.setdefault(place.sha256, []).append(place)
    wanted: set[Place] = set()
    missing: list[str] = []
    for pin in pins:
        found = by_hash.get(pin, []) if isinstance(pin, str) else [pin] if pin in places else []
        wanted.update(found)
        if not found:
            missing.append(
                f"mã {pin[:16]}…" if isinstance(pin, str) else f"{pin.unit_id} {pin.period} mã {pin.sha256[:16]}…"
            )
    if missing:
        shown = "; ".join(missing[:_NAMES_SHOWN]) + ("; …" if len(missing) > _NAMES_SHOWN else "")
        raise StoreError(f"Kho thiếu {len(missing)} {what} cần dùng: {shown}; khôi phục từ bản sao lưu.")
    return tuple(one for place, one in places.items() if place in wanted)
