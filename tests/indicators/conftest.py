"""Hand-made inputs: small frames of rows that a reader can count with a finger. No number is of a real body."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from nq57kit.indicators import Inputs
from nq57kit.plan import Plan, load_plan
from nq57kit.submissions.contract import TABLES, Kind

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")

_TYPES = {
    Kind.TASK: pl.Int64,
    Kind.LINE: pl.Int64,
    Kind.WHOLE: pl.Int64,
    Kind.MONEY: pl.Int64,
    Kind.YEAR: pl.Int64,
    Kind.YES_NO: pl.Boolean,
    Kind.PERCENT: pl.Float64,
    Kind.DATE: pl.Date,
}
_RECEIPT = {
    "unit_id": pl.String,
    "period": pl.String,
    "revision": pl.Int64,
    "sent_at": pl.Datetime("us", "Asia/Ho_Chi_Minh"),
    "sent_at_source": pl.String,
    "sha256": pl.String,
    "file": pl.String,
    "is_latest": pl.Boolean,
    "is_first": pl.Boolean,
    "on_time": pl.Boolean,
    "is_empty": pl.Boolean,
    "secret_task_count": pl.Int64,
}
_REFUSAL = {
    "unit_id": pl.String,
    "period": pl.String,
    "sent_at": pl.Datetime("us", "Asia/Ho_Chi_Minh"),
    "sha256": pl.String,
    "file": pl.String,
    "errors": pl.Int64,
}
_FINDING = dict.fromkeys(
    ("unit_id", "period", "code", "severity", "file", "table", "sheet", "cell", "field", "value", "message"),
    pl.String,
)


class Maker:
    """Makes plan, frames and inputs; what is not given of a row is missing."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def table(self, name: str, rows: Iterable[dict[str, Any]] = ()) -> pl.LazyFrame:
        fields = {field.name: _TYPES.get(field.kind, pl.String) for field in TABLES[name].fields}
        schema = {"unit_id": pl.String, "period": pl.String, "revision": pl.Int64, **fields}
        schema |= {"source_sheet": pl.String, "source_row": pl.Int64}
        full = [
            {"revision": 1, "source_sheet": TABLES[name].sheet, "source_row": number} | row
            for number, row in enumerate(rows, start=6)
        ]
        return pl.LazyFrame(full, schema=schema)

    def receipts(self, *rows: dict[str, Any]) -> pl.DataFrame:
        usual = {
            "revision": 1,
            "sent_at": datetime(2026, 12, 1, 9, 0, tzinfo=HANOI),
            "sent_at_source": "sent.csv",
            "is_latest": True,
            "is_first": True,
            "on_time": True,
            "is_empty": False,
        }
        return pl.DataFrame([usual | row for row in rows], schema=_RECEIPT)

    def accepted(self, period: str, *units: str) -> pl.DataFrame:
        return self.receipts(*({"unit_id": unit, "period": period} for unit in units))

    def refusals(self, *rows: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame(list(rows), schema=_REFUSAL)

    def findings(self, *rows: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame(list(rows), schema=_FINDING)

    def units(self, *unit_ids: str) -> pl.DataFrame:
        rows = self.plan.units.filter(pl.col("unit_id").is_in(unit_ids))
        return rows.select("unit_id", "name", "short_name", "groups", "basis")

    def inputs(
        self,
        period: str,
        units: Iterable[str],
        *,
        as_of: date = date(2031, 1, 1),
        receipts: pl.DataFrame | None = None,
        refusals: pl.DataFrame | None = None,
        findings: pl.DataFrame | None = None,
        tables: dict[str, list[dict[str, Any]]] | None = None,
        previous: dict[str, list[dict[str, Any]]] | None = None,
        **more: Any,
    ) -> Inputs:
        units = tuple(units)
        return Inputs(
            plan=self.plan,
            period=self.plan.period(period),
            as_of=as_of,
            units=self.units(*units),
            receipts=self.receipts() if receipts is None else receipts,
            refusals=self.refusals() if refusals is None else refusals,
            findings=self.findings() if findings is None else findings,
            tables={name: self.table(name, (tables or {}).get(name, ())) for name in TABLES if name != "cover"},
            previous={name: self.table(name, rows) for name, rows in (previous or {}).items()},
            **more,
        )


@pytest.fixture(scope="session")
def make() -> Maker:
    return Maker(load_plan())


@pytest.fixture(scope="session")
def science_row() -> Callable[..., dict[str, Any]]:
    def row(unit: str, code: str, communicated: bool = False, on: date | None = None, **more: Any) -> dict[str, Any]:
        return {
            "unit_id": unit,
            "period": "2027-H2",
            "code": code,
            "name": f"Nhiệm vụ giả lập {code}",
            "level": "bo",
            "state_funded": True,
            "start_year": 2026,
            "end_year": 2028,
            "communicated": communicated,
            "communicated_on": on,
            "channel": "bao_chi",
        } | more

    return row
