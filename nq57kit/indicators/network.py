"""The network of 2026 and its channels: what speaks for the qualitative targets of II.2.1; a person judges.

In: activities of the year that count, covers (whether a contact is named, never who), staff, and the plan's kinds of members. Out: lines of
evidence that can fail (a count out of those that could have it), the kinds of members seen, the channels with their last sign of life, traces.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.indicators.evidence import fits_rule, of_units, one_each, trace_rows
from nq57kit.indicators.outputs import counted_activities
from nq57kit.indicators.people import counted_snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nq57kit.indicators.model import Inputs, Results
    from nq57kit.plan import Plan

#: Types of activity that are a channel of one's own, and with publications what II.2.1 asks means for («kênh thông tin, ấn
#: phẩm và kênh truyền thông xã hội chuyên đề»). A choice of this toolkit: the plan names no list.
OWN_CHANNELS: Final = ("chuyen_muc", "kenh_mang_xa_hoi")
CHANNEL_TYPES: Final = (*OWN_CHANNELS, "an_pham")
#: How each line of evidence reads, by its code; the first are of `network_formed`, the others of `channels_resourced`.
EVIDENCE: Final[Mapping[str, tuple[str, str]]] = {
    "focal_points": ("network_formed", "Đơn vị có ghi người liên hệ làm đầu mối"),
    "active_units": ("network_formed", "Đơn vị có hoạt động truyền thông"),
    "own_channels": ("network_formed", "Đơn vị có kênh riêng (chuyên mục, chuyên trang, kênh mạng xã hội)"),
    "trained_staff": ("network_formed", "Đơn vị có cán bộ chuyên trách đã được đào tạo chuyên sâu"),
    "members": ("network_formed", "Thành phần mạng lưới thấy được, trong các thành phần Kế hoạch nêu"),
    "units_with_channels": ("channels_resourced", "Đơn vị có kênh, ấn phẩm chuyên đề"),
    "living_channels": ("channels_resourced", "Kênh, ấn phẩm có hoạt động trong kỳ, trên số đã ghi nhận"),
    "paid_channels": ("channels_resourced", "Kênh, ấn phẩm có ghi kinh phí, trên số đã ghi nhận"),
}
_CHANNEL: Final = ("unit_id", "activity_type", "key")
CHANNEL_SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {
    "unit_id": pl.String, "activity_type": pl.String, "name": pl.String, "link": pl.String, "first_on": pl.Date,
    "last_on": pl.Date, "rows": pl.Int64, "cost_vnd": pl.Int128, "is_alive": pl.Boolean,
}  # fmt: skip


def list_channels(scope: frames.Scope, history: tuple[Inputs, ...] = ()) -> pl.LazyFrame:
    """Return the channels and publications that units told of in the year or the years before, one row each.

    A channel is known by its unit, type and name. Returns: unit_id, activity_type, name, link (the latest told), first_on,
        last_on (the last day of which a unit told something), rows and cost_vnd (of the year; null where none is told), is_alive
        (last_on is in the period's last half or later).
    """
    told = [(scope.year("activities"), scope.until, True)]
    told += [(frames.align(one.tables.get("activities"), "activities"), one.period.sources, False) for one in history]
    parts = [counted_activities(rows, halves).with_columns(is_now=pl.lit(now)) for rows, halves, now in told]
    rows = pl.concat(parts).filter(pl.col("activity_type").is_in(CHANNEL_TYPES))
    last, cost = pl.coalesce("ended_on", "started_on"), pl.col("cost_vnd").filter("is_now")
    found = (
        rows.with_columns(key=pl.col("name").str.to_lowercase(), last=last)
        .sort("last", "evidence_url", maintain_order=True)
        .group_by(_CHANNEL)
        .agg(
            name=pl.col("name").last(),
            link=pl.col("evidence_url").drop_nulls().last(),
            first_on=pl.col("started_on").min(),
            last_on=pl.col("last").max(),
            rows=pl.col("is_now").sum().cast(pl.Int64),
            cost_vnd=cost.cast(pl.Int128).sum(),
            paid=cost.count(),
        )
        .with_columns(
            cost_vnd=pl.when(pl.col("paid") > 0).then("cost_vnd"),
            is_alive=pl.col("last_on") >= scope.period.sources[-1].window.start,
        )
    )
    return frames.typed(found, CHANNEL_SCHEMA)


def see_members(answers: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return each kind of member that the plan names: member_id, text, units (with a row that shows it), rows, note."""
    rows = []
    for member in plan.network_members.iter_rows(named=True):
        seen = answers.filter(_shows(member, plan))
        rows.append(
            (
                member["member_id"],
                member["text"],
                seen["unit_id"].n_unique(),
                int(seen["activities"].sum()),
                member["note"],
            )
        )
    schema = {"member_id": pl.String, "text": pl.String, "units": pl.Int64, "rows": pl.Int64, "note": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _shows(member: Mapping[str, Any], plan: Plan) -> pl.Expr:
    """Return whether an activity shows a kind of member: by type, channel or audience, or by the group of its unit."""
    wanted = set(member["groups"])
    of_group = [unit for unit, groups in plan.units.select("unit_id", "groups").iter_rows() if wanted & set(groups)]
    return fits_rule(member) | pl.col("unit_id").is_in(of_group)


def count_evidence(
    inputs: Inputs, scope: frames.Scope, answers: pl.DataFrame, members: pl.DataFrame, channels: pl.DataFrame
) -> pl.DataFrame:
    """Return what speaks for the qualitative targets: indicator, code, evidence (in words), count, total (of how many); a person judges.

    Units are out of those whose report of the year was accepted: of the others nothing is known.
    """
    told = len({unit for unit, _ in scope.told()})
    own = answers.filter(pl.col("activity_type").is_in(OWN_CHANNELS))
    kept = answers.filter(pl.col("activity_type").is_in(CHANNEL_TYPES))
    counts = {
        "focal_points": (focal_points(inputs, scope).height, told),
        "active_units": (answers["unit_id"].n_unique(), told),
        "own_channels": (own["unit_id"].n_unique(), told),
        "trained_staff": (_trained(scope).collect()["unit_id"].n_unique(), told),
        "members": (int((members["rows"] > 0).sum()), members.height),
        "units_with_channels": (kept["unit_id"].n_unique(), told),
        "living_channels": (int(channels["is_alive"].sum()), channels.height),
        "paid_channels": (int(channels["cost_vnd"].count()), channels.height),
    }
    lines = [(*EVIDENCE[code], code, *counts[code]) for code in EVIDENCE]
    schema = dict.fromkeys(("indicator", "evidence", "code"), pl.String) | dict.fromkeys(("count", "total"), pl.Int64)
    return pl.DataFrame(lines, schema=schema, orient="row").select("indicator", "code", "evidence", "count", "total")


def focal_points(inputs: Inputs, scope: frames.Scope) -> pl.DataFrame:
    """Return the latest cover of each unit in the year that names a contact; who it is stands nowhere."""
    covers = frames.of_periods(inputs.covers.lazy(), scope.until)
    told = [unit for unit, _ in scope.told()]  # a report that says nothing is in no figure
    named = pl.col("has_contact") & pl.col("unit_id").is_in(told)
    return frames.latest_of_year(covers, "unit_id").filter(named).sort("unit_id").collect()


def _trained(scope: frames.Scope) -> pl.LazyFrame:
    return counted_snapshots(scope).filter(pl.col("comms_staff_trained") > 0)


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield each line of evidence that counts units, and the rows that show each kind of member."""
    types = pl.col("activity_type")
    finds = {
        "focal_points": partial(_trace_covers, results, scope),
        "active_units": partial(trace_rows, results, scope, pl.lit(value=True)),
        "own_channels": partial(trace_rows, results, scope, types.is_in(OWN_CHANNELS)),
        "trained_staff": partial(_trace_trained, scope),
        "units_with_channels": partial(trace_rows, results, scope, types.is_in(CHANNEL_TYPES)),
    }
    for row in results.evidence.filter(pl.col("code").is_in(list(finds))).iter_rows(named=True):
        counts = {"numerator": row["count"], "denominator": row["total"]}
        yield frames.Traceable(f"network.{row['code']}", counts, partial(_trace_units, finds[row["code"]], scope))
    for unit, rows in results.channels.group_by("unit_id", maintain_order=True).agg(pl.col("rows").sum()).iter_rows():
        wanted = types.is_in(CHANNEL_TYPES) & (pl.col("unit_id") == unit)
        yield frames.Traceable(
            f"channels.{unit}", {"counted": rows}, partial(trace_rows, results, scope, wanted, "name")
        )
    for row in results.members.iter_rows(named=True):
        member = results.inputs.plan.network_members.row(
            by_predicate=pl.col("member_id") == row["member_id"], named=True
        )
        find = partial(trace_rows, results, scope, _shows(member, results.inputs.plan))
        yield frames.Traceable(f"network_members.{row['member_id']}.rows", {"counted": row["rows"]}, find)


def _trace_units(find: Any, scope: frames.Scope) -> pl.DataFrame:
    """Return the cells that speak for units (one each counts), all units that told something, and those of whom none speaks."""
    rows = one_each(find()).with_columns(pl.col("role").replace("counted", "numerator"))
    told = sorted({unit for unit, _ in scope.told()})
    lacking = sorted(set(told) - set(rows.filter(pl.col("role") == "numerator")["unit_id"]))
    return frames.stack(
        rows,
        of_units(told, "denominator", "Đơn vị có báo cáo được chấp nhận trong năm"),
        of_units(lacking, "left_out", "Chưa có minh chứng"),
    )


def _trace_covers(results: Results, scope: frames.Scope) -> pl.DataFrame:
    named = focal_points(results.inputs, scope).lazy().with_columns(contact_name=pl.lit("đã ghi"))
    return frames.trace_cells(named, "cover", "contact_name", "counted", 1)


def _trace_trained(scope: frames.Scope) -> pl.DataFrame:
    return frames.trace_cells(_trained(scope), "workforce", "comms_staff_trained", "counted", 1)
