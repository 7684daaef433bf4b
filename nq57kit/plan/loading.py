"""Reading a plan folder into a checked `Plan`.

In: a folder (the packaged one without). Out: `Plan`, or a PlanError with one sentence on the first wrong
place. Heavy checking (pandera) is imported here, when a plan is first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from nq57kit.errors import PlanError
from nq57kit.files import hash_bytes

if TYPE_CHECKING:
    from nq57kit.plan.model import Plan
    from nq57kit.plan.period import Calendar
    from nq57kit.plan.settings import Settings
    from nq57kit.plan.tables import Table

__all__ = ["load_plan"]

_PACKAGED = Path(__file__).with_name("data")
_SETTINGS = "settings.toml"


def load_plan(folder: Path | str | None = None) -> Plan:
    """Return the plan of `folder`, or the packaged one (read once).

    A folder of one's own replaces the packaged plan: all its tables must be there; a missing settings.toml,
    or a missing key in it, takes the packaged default. Raises PlanError.

    Example:
        >>> load_plan().tasks.height
        10
    """
    return _packaged() if folder is None else _read(Path(folder))


@cache
def _packaged() -> Plan:
    # A test checks it (`load_plan` of its folder), not each process that shows a period's name.
    return _read(_PACKAGED, check=False)


def _read(folder: Path, *, check: bool = True) -> Plan:
    from nq57kit.plan.model import Plan
    from nq57kit.plan.settings import read_settings
    from nq57kit.plan.tables import TABLES, read_table

    if not folder.is_dir():
        raise PlanError(f"Không có thư mục kế hoạch «{folder}»; kiểm tra lại đường dẫn.")
    own = folder / _SETTINGS
    defaults = _text(_PACKAGED / _SETTINGS)
    settings = read_settings(_text(own) if own.is_file() else None, defaults)
    tables: dict[str, Table] = {}
    for name in TABLES:
        tables[name] = read_table(name, _bytes(folder / f"{name}.csv"))
    if check:
        _check(tables, settings)
    return Plan(
        **{name: table.frame for name, table in tables.items()},
        settings=settings,
        calendar=_calendar(tables["deadlines"], settings),
        hash=_hash(tables, settings),
    )


def _check(tables: Mapping[str, Table], settings: Settings) -> None:
    from nq57kit.plan.rules import check_rules
    from nq57kit.plan.schemas import check_table

    for table in tables.values():
        check_table(table)
    check_rules(tables, settings)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise PlanError(
            f"{path.name}: thư mục kế hoạch «{path.parent}» thiếu tệp này; chép tệp cùng tên của kế hoạch "
            f"kèm bộ công cụ vào thư mục rồi sửa."
        ) from None
    except OSError as error:
        raise PlanError(
            f"{path.name}: không mở được tệp ({error.strerror}); đóng tệp trong Excel rồi thử lại."
        ) from None


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PlanError(f"{path.name}: không đọc được theo UTF-8; lưu lại tệp bằng mã UTF-8.") from None


def _calendar(deadlines: Table, settings: Settings) -> Calendar:
    from nq57kit.plan.period import Calendar, Deadline
    from nq57kit.plan.settings import MonthDay

    def of(who: str) -> tuple[tuple[str, Deadline], ...]:
        rows = deadlines.frame.filter(deadlines.frame["who"] == who).iter_rows(named=True)
        return tuple((row["period_kind"], Deadline(MonthDay(row["month"], row["day"]), row["strict"])) for row in rows)

    return Calendar(settings, units=of("units"), ministry=of("ministry"))


def _hash(tables: Mapping[str, Table], settings: Settings) -> str:
    """Return the SHA-256 of what the tables and settings say, however the files spell it."""
    content = {
        "settings": asdict(settings),
        **{name: {"columns": table.frame.columns, "rows": table.frame.rows()} for name, table in tables.items()},
    }
    return hash_bytes(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8"))
