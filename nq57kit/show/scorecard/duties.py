"""What the plan asks of a unit and how far its tasks are.

In: `UnitResults`. Out: sentences and tables; the plan's words are quoted with their place in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.show._frames import code_labels, names_of, period_label, records
from nq57kit.show.blocks import Block, Blocks, Bullets, Column, Note, Paragraph, Table
from nq57kit.show.scorecard._card import list_tasks, plan_source, source
from nq57kit.show.tables._cells import notes_of, number, percent, rows_of
from nq57kit.text import format_date, format_number

if TYPE_CHECKING:
    from nq57kit.indicators.unit import UnitResults

__all__ = [
    "coordinated_table",
    "describe_progress",
    "describe_role",
    "duties_table",
    "led_table",
    "overdue_text",
    "progress_table",
    "status_text",
]

_OVERDUE: Final = frozenset({"chua_thuc_hien_qua_han", "dang_thuc_hien_qua_han"})
_UNREPORTED: Final = "chua_bao_cao"


def describe_role(card: UnitResults) -> Block:
    """Return how many tasks the unit leads and coordinates, and what section IV asks of it."""
    roles: dict[str, list[int]] = {"lead": [], "coordinate": []}
    for row in _tasks(card):
        roles[row["role"]].append(row["task_id"])
    parts = []
    if roles["lead"]:
        parts.append(f"chủ trì {list_tasks(roles['lead'])}")
    if roles["coordinate"]:
        parts.append(f"phối hợp thực hiện {list_tasks(roles['coordinate'])}")
    asked = card.own.inputs.plan.duties_of(card.unit.unit_id).height
    duties = f" Mục IV của Kế hoạch giao đơn vị {format_number(asked)} trách nhiệm." if asked else ""
    if not parts:
        return Paragraph(f"Phụ lục của Kế hoạch không giao nhiệm vụ cho {card.unit.name}.{duties}")
    both = {row["task_id"] for row in records(card.own.inputs.plan.tasks_coordinated_by(card.unit.unit_id))}
    twice = sorted(both & set(roles["lead"]))
    once = f" Đơn vị vừa chủ trì vừa phối hợp {list_tasks(twice)}; ở đây tính là chủ trì." if twice else ""
    return Paragraph(
        f"Theo Phụ lục của Kế hoạch (số thứ tự là TT trong Phụ lục), {card.unit.name} {' và '.join(parts)}.{once}{duties}"
    )


def _tasks(card: UnitResults) -> list[dict[str, Any]]:
    return records(card.own.inputs.plan.tasks_of(card.unit.unit_id))


def led_table(card: UnitResults) -> Table:
    """Return the tasks that the unit leads, with products and timing in the plan's words, and why it leads them."""
    plan = card.own.inputs.plan
    asked = {row["task_id"]: row for row in records(plan.tasks)}
    items = [{**asked[row["task_id"]], **row} for row in _tasks(card) if row["role"] == "lead"]
    columns = (
        number("task_id", "TT"),
        Column("name", "Nhiệm vụ"),
        Column("products", "Sản phẩm phải có"),
        Column("timing", "Thời gian"),
        Column("why", "Căn cứ"),
    )
    return Table("Nhiệm vụ đơn vị chủ trì", columns, rows_of(items, columns), (), plan_source(), id="chu-tri")


def coordinated_table(card: UnitResults) -> Table:
    """Return the tasks that the unit coordinates without leading them, with who leads, and why."""
    asked = {row["task_id"]: row for row in records(card.own.inputs.plan.tasks)}
    items = [{**asked[row["task_id"]], **row} for row in _tasks(card) if row["role"] == "coordinate"]
    columns = (
        number("task_id", "TT"),
        Column("name", "Nhiệm vụ"),
        Column("lead", "Đơn vị chủ trì theo Phụ lục"),
        Column("why", "Căn cứ"),
    )
    return Table("Nhiệm vụ đơn vị phối hợp", columns, rows_of(items, columns), (), plan_source(), id="phoi-hop")


def duties_table(card: UnitResults) -> Table:
    """Return what section IV asks of the unit, word for word."""
    columns = (Column("citation", "Căn cứ"), Column("text", "Trách nhiệm"))
    rows = rows_of(records(card.own.inputs.plan.duties_of(card.unit.unit_id)), columns)
    return Table(
        "Trách nhiệm theo mục IV của Kế hoạch", columns, rows, (), plan_source(), folded=True, id="trach-nhiem"
    )


def status_text(card: UnitResults) -> str:
    """Return how the tasks stand that the unit leads: «nhiệm vụ 1 thường xuyên; nhiệm vụ 7 đang thực hiện»."""
    labels = code_labels("report_status")
    tasks: dict[str, list[int]] = {code: [] for code in labels}
    for row in records(card.own.task_status):
        tasks[row["status"]].append(row["task_id"])
    return "; ".join(f"{list_tasks(own)} {labels[code].lower()}" for code, own in tasks.items() if own)


def overdue_text(card: UnitResults) -> str:
    """Return «nhiệm vụ 7 (đến hạn ngày 14/12/2026)» for what is overdue; empty where nothing is."""
    rows = [row for row in records(card.own.task_status) if row["status"] in _OVERDUE]
    return "; ".join(f"nhiệm vụ {row['task_id']} (đến hạn ngày {format_date(row['due_on'])})" for row in rows)


def describe_progress(card: UnitResults) -> Block:
    """Return how the tasks stand that the unit leads, what is overdue, and what it has not told."""
    rows = records(card.own.task_status)
    if not rows:
        return Note("Đơn vị không chủ trì nhiệm vụ nào của Phụ lục.", "empty")
    unknown = [row["task_id"] for row in rows if row["status"] == _UNREPORTED]
    if len(unknown) == len(rows):
        return Note(f"Đơn vị chưa báo cáo tình trạng {list_tasks(unknown)}; chưa xác định được việc quá hạn.", "empty")
    overdue = overdue_text(card)
    items = [
        f"Quá hạn: {overdue}. Đề nghị đơn vị hoàn thành và báo cáo bổ sung."
        if overdue
        else "Theo báo cáo của đơn vị, không có nhiệm vụ nào quá hạn."
    ]
    if unknown:
        items.append(f"Chưa báo cáo tình trạng {list_tasks(unknown)}.")
    undated = [row["task_id"] for row in rows if row["status"] == "hoan_thanh_thieu_ngay"]
    if undated:
        items.append(
            f"Báo hoàn thành nhưng thiếu ngày hoàn thành: {list_tasks(undated)}; chưa xác định được đúng hạn hay quá hạn."
        )
    return Blocks(
        [
            Paragraph(f"Tình trạng nhiệm vụ chủ trì: {status_text(card)}.{_older(card)}"),
            Bullets(tuple(items)),
        ]
    )


def _older(card: UnitResults) -> str:
    """Return from which earlier half statuses come, where they are not of this period; else nothing."""
    now = str(card.own.inputs.period)
    older = [row for row in records(card.own.task_status) if row["period"] not in (None, now)]
    if not older:
        return ""
    which = "" if len(older) == card.own.task_status.height else f" của {list_tasks(row['task_id'] for row in older)}"
    return f" Tình trạng{which} theo báo cáo {period_label(older[0]['period'])}, do kỳ này chưa có báo cáo."


def progress_table(card: UnitResults) -> Block:
    """Return each task that the unit leads with its status, due day and words."""
    names, labels = names_of(card.own), code_labels("report_status")
    items = [
        {
            **row,
            "task": names.task(row["task_id"]),
            "status": labels.get(row["status"], row["status"]),
            "percent": None if row["percent_complete"] is None else row["percent_complete"] / 100,
            "words": " ".join(
                f"{head}: {row[name].strip().rstrip('.')}."
                for head, name in (
                    ("Sản phẩm", "products_delivered"),
                    ("Giải trình", "explanation"),
                    ("Việc tiếp theo", "next_steps"),
                )
                if row[name]
            ),
        }
        for row in records(card.own.task_status)
    ]
    if not items:
        return Blocks([])
    columns = (
        Column("task", "Nhiệm vụ"),
        Column("status", "Tình trạng"),
        percent("percent", "Hoàn thành"),
        Column("due_on", "Đến hạn", "date"),
        Column("completed_on", "Ngày hoàn thành", "date"),
        Column("words", "Đơn vị báo cáo"),
    )
    rows = rows_of(items, columns)
    endless = any(
        row["due_on"] is None or row["cadence"] == "annual_continuous" for row in records(card.own.task_status)
    )
    note = "Nhiệm vụ thường xuyên không bị tính là quá hạn." if endless else ""
    return Table(
        "Tình trạng nhiệm vụ đơn vị chủ trì",
        columns,
        rows,
        notes_of(rows, note),
        source(card),
        id="tinh-trang-nhiem-vu",
    )
