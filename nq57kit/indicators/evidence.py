"""Evidence for the qualitative targets of 2026 (plan II.2.1): counted here, judged by a person.

In: sums of the year's counted activities by unit, with its group, and workforce snapshots. Out: labels with counts.
Nothing here says that a target is met.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nq57kit.indicators.people import latest_snapshots
from nq57kit.submissions.contract import code_label

__all__ = ["CHANNEL_TYPES", "NETWORK_CHANNELS", "SCHEMA", "channels_resourced", "network_formed"]

#: Types of activity that are a channel or publication of one's own («kênh thông tin, ấn phẩm và kênh truyền thông
#: xã hội chuyên đề», II.2.1). A choice of this toolkit: the plan names no list.
CHANNEL_TYPES: Final = ("chuyen_muc", "kenh_mang_xa_hoi", "an_pham")

#: Channels that the plan counts among the network («cơ quan báo chí …, các nền tảng số, mạng xã hội», II.2.1).
NETWORK_CHANNELS: Final = (
    "bao_chi",
    "phat_thanh_truyen_hinh",
    "bao_chi_doi_ngoai",
    "cong_thong_tin",
    "nen_tang_so",
    "mang_xa_hoi",
)

#: Columns of `Results.evidence`.
SCHEMA: Final = {"indicator": pl.String, "evidence": pl.String, "count": pl.Int64}


def network_formed(acts: pl.DataFrame, workforce: pl.LazyFrame) -> pl.DataFrame:
    """Return what speaks for a network: units and groups at work, channels in use, communication staff.

    Args:
        acts: sums of counted activities by unit_id and channel, with group.
        workforce: rows of `workforce` of the year.
    """
    staff = latest_snapshots(workforce).filter(pl.col("comms_staff_total") > 0).collect()
    lines = [
        ("Số đơn vị có hoạt động truyền thông", acts["unit_id"].n_unique()),
        ("Số nhóm đơn vị có hoạt động truyền thông", acts["group"].drop_nulls().n_unique()),
        ("Số loại kênh truyền thông đã sử dụng", acts["channel"].drop_nulls().n_unique()),
    ]
    for channel in NETWORK_CHANNELS:
        users = acts.filter(pl.col("channel") == channel)["unit_id"].n_unique()
        lines.append((f"Số đơn vị sử dụng kênh «{code_label('channel', channel)}»", users))
    lines.append(("Số đơn vị có cán bộ chuyên trách truyền thông", staff.height))
    lines.append(("Số cán bộ chuyên trách truyền thông", int(staff["comms_staff_total"].sum())))
    return _frame("network_formed", lines)


def channels_resourced(acts: pl.DataFrame) -> pl.DataFrame:
    """Return how many channels and publications were kept, by how many units, and the cost told for them.

    Args:
        acts: sums of counted activities by unit_id and activity_type (those of `CHANNEL_TYPES` at least).
    """
    own = acts.filter(pl.col("activity_type").is_in(CHANNEL_TYPES))
    lines = []
    for kind in CHANNEL_TYPES:
        of_kind = own.filter(pl.col("activity_type") == kind)
        lines.append((f"Số lượng «{code_label('activity_type', kind)}»", int(of_kind["quantity"].sum())))
    lines.append(("Số đơn vị có kênh, ấn phẩm chuyên đề", own["unit_id"].n_unique()))
    lines.append(("Số hoạt động có ghi kinh phí cho kênh, ấn phẩm chuyên đề", int(own["cost_reported"].sum())))
    lines.append(("Kinh phí đã ghi cho kênh, ấn phẩm chuyên đề (đồng)", int(own["cost_vnd"].sum())))
    return _frame("channels_resourced", lines)


def _frame(indicator: str, lines: list[tuple[str, int]]) -> pl.DataFrame:
    return pl.DataFrame([(indicator, *line) for line in lines], schema=SCHEMA, orient="row")
