"""What was not counted, and why; and the warnings worth showing.

In: the scope of a report, receipts, refusals and findings. Out: one line per thing left out, with a Vietnamese
reason, so that no figure is silently smaller than what the units sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.indicators.people import counted_snapshots
from nq57kit.indicators.science import CountingRule, Told, left_out_science_tasks
from nq57kit.indicators.tasks import left_out_progress
from nq57kit.submissions.contract import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nq57kit.indicators.model import Inputs
    from nq57kit.plan import Period

#: Code of the caution that units differ about one science task (contract §4: «a disagreement is a warning»).
DISAGREEMENT: Final = "science-task-disagreement"

#: Code of the caution that figures are those of a unit that has ended, since those that came of it have told none.
FORMER: Final = "former-unit-counts"
_HELD: Final = (
    "Số liệu của đơn vị cũ còn được tính vì các đơn vị mới chưa báo cáo đủ: không cộng thêm để không tính hai lần"
)
#: Why nothing counts of a report that says nothing.
_EMPTY: Final = "Báo cáo không có nội dung: không tính vào số liệu, đơn vị cần gửi lại"
_CAUTION_SCHEMA: Final = dict.fromkeys(("unit_id", "period", "code", "message", "file", "sheet", "cell"), pl.String)


def everything_left_out(inputs: Inputs, scope: frames.Scope, activities: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Return `Results.left_out`: by table of the form, unit in the plan's order, period, row.

    `activities` are those outside their window (`outputs.list_left_out`), `told` is what units tell of science tasks.
    """
    period, units = scope.period, inputs.units["unit_id"].to_list()
    register, there = inputs.plan.units["unit_id"].to_list(), inputs.plan.lineage.exists
    absent = {unit: _say_absence(scope, unit, period) for unit in register if not there(unit, period.last_day)}
    parts = [
        activities,
        left_out_science_tasks(told, CountingRule.of(period), inputs.register),
        _secrets(inputs.receipts, scope),
        _staff_of_others(scope, absent),
        left_out_progress(scope.year("task_progress"), inputs.plan.leads(), units, absent),
        _refused(inputs.refusals, period.sources),
        _whole_reports(scope),
    ]
    orders = {"table": list(TABLES), "unit_id": register}
    return frames.in_order(pl.concat(parts), orders, "period", "source_row", nulls_last=True)


def _secrets(receipts: pl.DataFrame, scope: frames.Scope) -> pl.DataFrame:
    """Return one line with the number of secret science tasks where the plan's setting asks for it, never more.

    It is the sum of each unit's latest number.
    """
    if not scope.plan.settings.show_secret_count:
        return pl.DataFrame(schema=frames.LEFT_OUT_SCHEMA)
    latest = frames.of_periods(receipts.lazy(), scope.until).filter(
        "is_latest", pl.col("secret_task_count").is_not_null()
    )
    number = int(scope.standing(latest).select(frames.total("secret_task_count")).collect().item())
    line = ("science_tasks", None, str(scope.period), None, None, f"{number} nhiệm vụ thuộc bí mật nhà nước",
            f"Không tính vào chỉ tiêu (mục {scope.plan.words['targets']} của Kế hoạch); đơn vị chỉ gửi số lượng")  # fmt: skip
    return pl.DataFrame([line] if number else [], schema=frames.LEFT_OUT_SCHEMA, orient="row")


def _staff_of_others(scope: frames.Scope, absent: Mapping[str, str]) -> pl.DataFrame:
    """Return the snapshots that do not count, but for those whose place a newer one of the same unit took."""
    counted, unit = counted_snapshots(scope).select("unit_id", newest="period"), pl.col("unit_id")
    others = scope.year("workforce").join(counted, on="unit_id", how="left", maintain_order="left")
    others = others.filter(pl.col("newest").is_null() | (pl.col("period") > pl.col("newest")))
    held = pl.col("newest").is_not_null() | unit.is_in(list(scope.members))
    reason = pl.coalesce(
        pl.when(held).then(pl.lit(_HELD)), unit.replace_strict(absent, default=None, return_dtype=pl.String),
        pl.lit("Đơn vị không thuộc danh sách phải báo cáo của kỳ: số liệu nhân lực không cộng vào"),
    )  # fmt: skip
    return frames.left_out_lines(others, "workforce", TABLES["workforce"].sheet, reason).collect()


def _say_absence(scope: frames.Scope, unit: str, period: Period) -> str:
    return f"Đơn vị không có trong kỳ: {scope.plan.explain_absence(unit, period)}"


def _whole_reports(scope: frames.Scope) -> pl.DataFrame:
    """Return the reports that say nothing, and those of units that were not there, for which others reported."""
    reasons = dict.fromkeys(scope.empty, _EMPTY) | {
        (unit, half): _say_absence(scope, unit, scope.plan.period(half)) for unit, half in scope.replaced
    }
    rows = [("cover", *one, None, None, "Toàn bộ báo cáo", reason) for one, reason in sorted(reasons.items())]
    return pl.DataFrame(rows, schema=frames.LEFT_OUT_SCHEMA, orient="row")


def _refused(refusals: pl.DataFrame, periods: Sequence[object]) -> pl.DataFrame:
    """Return refused submissions; their files are not named, since a name can tell what must not be told."""
    reason = (
        pl.when(pl.col("errors") > 0)
        .then(pl.format("Báo cáo có {} lỗi, chưa được chấp nhận", "errors"))
        .otherwise(pl.lit("Báo cáo chưa được chấp nhận"))
    )
    place = {"source_sheet": pl.lit(None), "source_row": pl.lit(None)}
    rows = frames.of_periods(refusals.lazy(), periods).sort("unit_id", "period", "sent_at").with_columns(**place)
    return frames.left_out_lines(rows, "cover", "Toàn bộ báo cáo", reason).collect()


def cautions(findings: pl.DataFrame, tasks: pl.DataFrame, scope: frames.Scope, units: pl.DataFrame) -> pl.DataFrame:
    """Return the warnings of the period's submissions, and one for each science task on which units differ.

    Args:
        findings: as in `Inputs`.
        tasks: from `science.science_tasks`.
        scope: of the report.
        units: unit_id and short_name of the register, in order.
    """
    names = dict(units.select("unit_id", "short_name").iter_rows())
    warned = findings.filter(
        pl.col("severity") == "warning", pl.col("period").is_in([str(half) for half in scope.period.sources])
    )
    differ = tasks.filter("disagreement").select(
        unit_id=pl.lit(None),
        period=pl.lit(str(scope.period)),
        code=pl.lit(DISAGREEMENT),
        message=pl.format(
            "Nhiệm vụ KHCN mã {}: các đơn vị báo cáo khác nhau về việc đã được truyền thông ({}); "
            "tính là đã truyền thông nếu có một đơn vị báo cáo có, kèm ngày.",
            "code",
            pl.col("units").list.eval(pl.element().replace(names)).list.join(", "),
        ),
        file=pl.lit(None),
        sheet=pl.lit(None),
        cell=pl.lit(None),
    )
    parts = [frames.typed(frame.lazy(), _CAUTION_SCHEMA) for frame in (warned, differ, _former(scope))]
    rows = pl.concat(parts).collect()
    return frames.in_order(
        rows, {"unit_id": list(names)}, "period", "code", "sheet", "cell", "message", nulls_last=True
    )


def _former(scope: frames.Scope) -> pl.DataFrame:
    """Return one line for each unit that is not there any more and whose staff count until its successors tell theirs."""
    counted = dict(counted_snapshots(scope).select("unit_id", "period").collect().iter_rows())
    names, rows = dict(scope.plan.units.select("unit_id", "name").iter_rows()), []
    for unit, half in counted.items():
        kin = scope.plan.lineage.kin(unit, scope.period.last_day) - counted.keys()
        heirs = [name for one, name in names.items() if one in kin & scope.members]
        if unit not in scope.members and heirs:
            why, label = scope.plan.explain_absence(unit, scope.period), scope.plan.period(half).label
            told = f"{why}; {', '.join(heirs)} chưa có số liệu nhân lực, nên tính theo báo cáo {label} của đơn vị cũ."
            rows.append((unit, half, FORMER, told, None, None, None))
    return pl.DataFrame(rows, schema=_CAUTION_SCHEMA, orient="row")
