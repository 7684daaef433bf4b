"""The network: units with a contact, a channel, trained staff; kinds of members; channels with their last sign of life."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from nq57kit.indicators import compute, list_figures
from nq57kit.indicators.model import COVERS, Inputs

ONE, OTHER, THIRD = "vu-khcn", "hv-nongnghiep", "dn-nxbnn"


def act(unit: str, kind: str, name: str = "Giả lập", **more: Any) -> dict[str, Any]:
    return {
        "unit_id": unit, "period": "2026-H2", "task_id": 1, "name": name, "activity_type": kind,
        "channel": "truc_tiep", "started_on": date(2026, 9, 1), "quantity": 1,
    } | more  # fmt: skip


def covers(*rows: tuple[str, str, bool]) -> pl.DataFrame:
    told = [(unit, half, 1, "Thông tin chung", 8, has) for unit, half, has in rows]
    return pl.DataFrame(told, schema=COVERS, orient="row")


def inputs(make: Any, *rows: dict[str, Any], **more: Any) -> Inputs:
    units = (ONE, OTHER, THIRD)
    receipts = more.pop("receipts", make.accepted("2026-H2", ONE, OTHER))
    tables = {"activities": list(rows), "workforce": more.pop("workforce", [])}
    found: Inputs = make.inputs("2026", units, receipts=receipts, tables=tables, **more)
    return found


def lines(found: Any) -> dict[str, tuple[int, int]]:
    return {code: (count, total) for code, count, total in found.evidence.select("code", "count", "total").iter_rows()}


def test_each_piece_of_evidence_is_out_of_the_units_that_reported(make: Any) -> None:
    staff = [
        {
            "unit_id": unit,
            "period": "2026-H2",
            "staff_total": 9,
            "staff_reached": 1,
            "comms_staff_total": 2,
            "comms_staff_trained": n,
        }
        for unit, n in ((ONE, 0), (OTHER, 1))
    ]
    found = lines(
        compute(
            inputs(
                make,
                act(ONE, "kenh_mang_xa_hoi"),
                act(OTHER, "an_pham"),
                workforce=staff,
                covers=covers((ONE, "2026-H2", True), (OTHER, "2026-H2", False)),
            )
        )
    )
    assert found["focal_points"] == found["own_channels"] == found["trained_staff"] == (1, 2)
    assert found["active_units"] == found["units_with_channels"] == (2, 2)


def test_the_latest_cover_says_whether_a_contact_is_named(make: Any) -> None:
    both = make.receipts(*({"unit_id": ONE, "period": half} for half in ("2026-H1", "2026-H2")))
    told = covers((ONE, "2026-H1", True), (ONE, "2026-H2", False))
    assert lines(compute(inputs(make, receipts=both, covers=told)))["focal_points"] == (0, 1)


def test_members_are_seen_by_type_channel_audience_or_group_and_the_others_say_why_not(make: Any) -> None:
    found = compute(
        inputs(
            make,
            act(ONE, "chuyen_gia"),
            act(OTHER, "tin_bai", channel="bao_chi"),
            act(ONE, "tap_huan", audience="phong_vien"),
            act(THIRD, "hoi_nghi"),
        )
    )
    seen = {member for member, rows in found.members.select("member_id", "rows").iter_rows() if rows}
    assert seen == {"chuyen-gia", "co-quan-bao-chi", "nha-bao", "to-chuc-khcn", "doanh-nghiep"}
    assert lines(found)["members"] == (5, 9)
    unseen = found.members.filter(~pl.col("member_id").is_in(list(seen)), pl.col("member_id") != "nen-tang-so")
    assert unseen["note"].null_count() == 0


def test_a_channel_told_twice_is_one_with_its_first_day_and_its_last_sign_of_life(make: Any) -> None:
    history = make.inputs(
        "2026",
        (ONE,),
        tables={
            "activities": [
                act(
                    ONE,
                    "chuyen_muc",
                    "Chuyên mục A",
                    period="2026-H1",
                    started_on=date(2026, 2, 3),
                    evidence_url="https://vidu.example/a",
                )
            ]
        },
    )
    rows = [
        act(ONE, "chuyen_muc", "chuyên mục a", period="2027-H1", started_on=date(2027, 3, 1), cost_vnd=5),
        act(
            ONE, "chuyen_muc", "Chuyên mục A", period="2027-H2", started_on=date(2027, 8, 1), ended_on=date(2027, 9, 9)
        ),
        act(ONE, "an_pham", "Chuyên mục A", period="2027-H1", started_on=date(2027, 3, 1)),
        act(ONE, "tin_bai", "Chuyên mục A", period="2027-H2", started_on=date(2027, 10, 1)),
    ]
    found = compute(make.inputs("2027", (ONE,), tables={"activities": rows}, history=(history,))).channels
    assert found.rows() == [
        (ONE, "an_pham", "Chuyên mục A", None, date(2027, 3, 1), date(2027, 3, 1), 1, None, False),
        (ONE, "chuyen_muc", "Chuyên mục A", "https://vidu.example/a", date(2026, 2, 3), date(2027, 9, 9), 2, 5, True),
    ]


def test_a_contact_is_traced_to_its_cell_and_never_told(make: Any) -> None:
    found = compute(inputs(make, covers=covers((ONE, "2026-H2", True))))
    rows = list_figures(found)["network.focal_points"].rows()
    told = rows.filter(role="numerator").select("table", "field", "value", "unit_id").rows()
    assert told == [("cover", "contact_name", "đã ghi", ONE)]
    assert rows.filter(role="left_out")["unit_id"].to_list() == [OTHER]
