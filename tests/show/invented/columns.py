"""The columns of the frames of `nq57kit.indicators.model.Results`, and frames of them from short rows."""

from __future__ import annotations

from typing import Any

import polars as pl

from nq57kit.indicators import difficulties, network
from nq57kit.indicators.targets import KPI_SCHEMA as _KPIS

MOMENT = pl.Datetime("us", "Asia/Ho_Chi_Minh")
SCHEMAS: dict[str, dict[str, Any]] = {
    "reporting": {
        "unit_id": pl.String,
        "name": pl.String,
        "short_name": pl.String,
        "group": pl.String,
        "period": pl.String,
        "state": pl.String,
        "sent_at": MOMENT,
        "on_time": pl.Boolean,
        "revision": pl.Int64,
        "revised_at": MOMENT,
    },
    "completeness": {
        "period": pl.String,
        "group": pl.String,
        "numerator": pl.Int64,
        "denominator": pl.Int64,
        "value": pl.Float64,
        "empty": pl.Int64,
    },
    "timeliness": {
        "period": pl.String,
        "group": pl.String,
        "numerator": pl.Int64,
        "denominator": pl.Int64,
        "value": pl.Float64,
        "empty": pl.Int64,
    },
    "kpis": _KPIS,
    "evidence": {
        "indicator": pl.String,
        "code": pl.String,
        "evidence": pl.String,
        "count": pl.Int64,
        "total": pl.Int64,
    },
    "members": {"member_id": pl.String, "text": pl.String, "units": pl.Int64, "rows": pl.Int64, "note": pl.String},
    "channels": {**network.CHANNEL_SCHEMA},
    "roles": {
        "task_id": pl.Int64,
        "unit_id": pl.String,
        "role": pl.String,
        "activities": pl.Int64,
        "quantity": pl.Int64,
        "reach": pl.Int64,
    },
    "unit_events": {
        "event_id": pl.String,
        "unit_id": pl.String,
        "activity_types": pl.List(pl.String),
        "activities": pl.Int64,
        "quantity": pl.Int64,
        "reach": pl.Int64,
    },
    "targets": {
        "indicator": pl.String,
        "year": pl.Int64,
        "target": pl.Float64,
        "comparator": pl.String,
        "value": pl.Float64,
        "status": pl.String,
        "open": pl.Boolean,
    },
    "task_status": {
        "task_id": pl.Int64,
        "unit_id": pl.String,
        "status": pl.String,
        "reported_status": pl.String,
        "percent_complete": pl.Float64,
        "due_on": pl.Date,
        "completed_on": pl.Date,
        "period": pl.String,
        "products_delivered": pl.String,
        "explanation": pl.String,
        "next_steps": pl.String,
        "cadence": pl.String,
        "said": pl.List(pl.Struct({"period": pl.String, "status": pl.String, "percent_complete": pl.Float64})),
        "products": pl.String,
        "missing": pl.List(pl.String),
        "older": pl.Boolean,
        "date_doubt": pl.String,
        "is_due": pl.Boolean,
        "is_told": pl.Boolean,
    },
    "task_summary": {"task_id": pl.Int64, "status": pl.String, "units": pl.Int64},
    "by_month": {"month": pl.Date, "activity_type": pl.String, "quantity": pl.Int64, "reach": pl.Int64},
    "by_half": {
        "period": pl.String,
        "activity_type": pl.String,
        "activities": pl.Int64,
        "quantity": pl.Int64,
        "reach": pl.Int64,
        "cost_vnd": pl.Int64,
        "told_later": pl.Int64,
    },
    "previous_difficulties": {"category": pl.String, "count": pl.Int64},
    "unit_products": {
        "product_id": pl.String,
        "task_id": pl.Int64,
        "unit_id": pl.String,
        "rows": pl.Int64,
        "quantity": pl.Int64,
        "found": pl.Boolean,
    },
    "products": {
        "product_id": pl.String,
        "task_id": pl.Int64,
        "owed": pl.Int64,
        "found": pl.Int64,
        "missing_units": pl.List(pl.String),
    },
    "unit_measures": {"measure_id": pl.String, "unit_id": pl.String, "rows": pl.Int64, "quantity": pl.Int64},
    "measures": {
        "measure_id": pl.String,
        "asked": pl.Int64,
        "answered": pl.Int64,
        "rows": pl.Int64,
        "quantity": pl.Int64,
        "silent_units": pl.List(pl.String),
    },
    "duties": {"duty_id": pl.String, "state": pl.String, "evidence": pl.String},
    "events": {"event_id": pl.String, "activities": pl.Int64, "units": pl.Int64, "reach": pl.Int64}
    | dict.fromkeys(
        ("compared_activities", "compared_reach", "previous_activities", "previous_reach", "common_units"), pl.Int64
    ),
    "by_unit": {
        "unit_id": pl.String,
        "activities": pl.Int64,
        "quantity": pl.Int64,
        "reach": pl.Int64,
        "cost_vnd": pl.Int64,
        "staff_total": pl.Int64,
        "staff_reached": pl.Int64,
        "planned_vnd": pl.Int64,
        "allocated_vnd": pl.Int64,
        "disbursed_vnd": pl.Int64,
    },
    "activities": {
        "unit_id": pl.String,
        "task_id": pl.Int64,
        "activity_type": pl.String,
        "name": pl.String,
        "started_on": pl.Date,
        "evidence_url": pl.String,
    },
    "left_out": {
        "table": pl.String,
        "unit_id": pl.String,
        "period": pl.String,
        "source_sheet": pl.String,
        "source_row": pl.Int64,
        "what": pl.String,
        "reason": pl.String,
    },
    "science_tasks": {
        "code": pl.String,
        "name": pl.String,
        "level": pl.String,
        "communicated": pl.Boolean,
        "communicated_on": pl.Date,
        "channel": pl.String,
        "has_evidence": pl.Boolean,
        "units": pl.List(pl.String),
        "disagreement": pl.Boolean,
    },
    "workforce": {
        "group": pl.String,
        "units": pl.Int64,
        "staff_total": pl.Int64,
        "staff_reached": pl.Int64,
        "comms_staff_total": pl.Int64,
        "comms_staff_trained": pl.Int64,
        "expected": pl.Int64,
    },
    "budget": {
        "planned_vnd": pl.Int64,
        "allocated_vnd": pl.Int64,
        "disbursed_vnd": pl.Int64,
        "rate": pl.Float64,
        "previous_disbursed_vnd": pl.Int64,
        "compared_disbursed_vnd": pl.Int64,
        "compared_units": pl.Int64,
    },
    "difficulties": {
        "category": pl.String,
        **dict.fromkeys(("count", "questions", *difficulties.STATES, "longest"), pl.Int64),
    },
    "questions": dict(difficulties.QUESTIONS),
    "issues": {
        "unit_id": pl.String,
        "periods": pl.List(pl.String),
        "category": pl.String,
        "description": pl.String,
        "proposal": pl.String,
        "authority": pl.String,
        "question_id": pl.String,
    },
    "cautions": {
        "unit_id": pl.String,
        "period": pl.String,
        "code": pl.String,
        "message": pl.String,
        "file": pl.String,
        "sheet": pl.String,
        "cell": pl.String,
    },
}
for _key, _name in (
    ("activity_type", "by_type"),
    ("channel", "by_channel"),
    ("task_id", "by_task"),
    ("group", "by_group"),
):
    SCHEMAS[_name] = {
        _key: pl.Int64 if _key == "task_id" else pl.String,
        "activities": pl.Int64,
        "quantity": pl.Int64,
        "reach": pl.Int64,
        "reach_reported": pl.Int64,
        "cost_vnd": pl.Int64,
        "compared_quantity": pl.Int64,
        "previous_quantity": pl.Int64,
    }
SCHEMAS["by_channel"]["units"] = pl.Int64
SCHEMAS["by_group"] |= dict.fromkeys(("reported", "expected", "compared_units"), pl.Int64)
for _key, _name in (("task_id", "budget_by_task"), ("funding_source", "budget_by_source")):
    SCHEMAS[_name] = {
        _key: pl.Int64 if _key == "task_id" else pl.String,
        "planned_vnd": pl.Int64,
        "allocated_vnd": pl.Int64,
        "disbursed_vnd": pl.Int64,
        "rate": pl.Float64,
    }


def frame(name: str, rows: list[tuple[Any, ...]] = []) -> pl.DataFrame:  # noqa: B006
    schema = SCHEMAS[name]
    return pl.DataFrame([(*row, *[None] * (len(schema) - len(row))) for row in rows], schema=schema, orient="row")
