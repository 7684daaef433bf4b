"""What is special in a synthetic workbook: a draft that is corrected later, a wrong one, a stray activity.

In: the records of a unit. Out: the same with what a reader should see, and nothing else, changed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nq57kit.plan import Period
    from nq57kit.sample.records import Records

__all__ = ["spoil"]


def spoil(records: Records, kind: str, half: Period) -> Records:
    """Return the records of a special arrival: a draft with smaller figures, a wrong one, one with a stray activity.

    «draft» lacks its last activity and part of the money; «wrong» has more people reached than there are, and text
    where a number stands; «stray» has an activity nine days before the half begins.
    """
    if kind == "draft":
        activities = [dict(row) for row in records["activities"][:-1]]
        activities[0]["quantity"] = int(str(activities[0]["quantity"])) + 2
        budget = [row | {"disbursed_vnd": int(str(row["disbursed_vnd"])) // 2} for row in records["budget"]]
        staff = records["workforce"][0]
        reached = {"staff_reached": int(str(staff["staff_reached"])) * 9 // 10}
        return records | {"activities": activities, "budget": budget, "workforce": [staff | reached]}
    if kind == "wrong":
        activities = [dict(row) for row in records["activities"]]
        activities[0]["quantity"] = "khoảng 20"
        staff = records["workforce"][0]
        reached = {"staff_reached": int(str(staff["staff_total"])) + 15}
        return records | {"activities": activities, "workforce": [staff | reached]}
    if kind == "stray":
        stray = records["activities"][0] | {"started_on": half.window.start - timedelta(days=9), "ended_on": None}
        return records | {"activities": [stray, *records["activities"][1:]]}
    return records
