"""The tables of all subjects: their words are data (`tables.toml`), their rows dictionaries, and there is one way to make one.

In: rows as dictionaries. Out: `Table`s of raw values. Null is shown as «–»: nothing was reported, which is not zero.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

from nq57kit.plan import label_period
from nq57kit.show.blocks import Column, Table

_NO_DATA: Final = "«–»: không có số liệu; không tính là 0."
#: What a column's kind in `tables.toml` means for `Column`, where its name is not enough.
_KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "decimal": {"kind": "number", "digits": 1},
    "percent": {"kind": "percent", "digits": 1},
    "million": {"kind": "money", "unit": "triệu đồng", "digits": 1, "scale": 1_000_000},
    "period": {"kind": "text"},
}


def column(name: str, label: str, kind: str = "text", unit: str = "") -> Column:
    """Return a column by the words of `tables.toml`: kind is text, number, decimal, million (of đồng), percent or date.

    Example:
        >>> column("reach", "Tiếp cận", "number", "lượt người").unit
        'lượt người'
    """
    return Column(name, label, **{"kind": kind, "unit": unit, **_KINDS.get(kind, {})})


def sum_known(items: Iterable[Mapping[str, Any]], name: str) -> int | None:
    """Return the sum of what is known; None where nothing is."""
    known = [item[name] for item in items if item.get(name) is not None]
    return sum(known) if known else None


def fill(
    name: str,
    items: Sequence[Mapping[str, Any]],
    /,
    *notes: str,
    source: str = "",
    without: Collection[str] = (),
    **words: str,
) -> Table:
    """Return the table `name` («subject.table») of `tables.toml` with these rows.

    `notes` stand after those that the table always has; the columns `without` are left out; `words` fill title, notes, id and
    columns. The column «*» stands for each further field of the rows, with its name as head: the years of a programme report.

    Example:
        >>> fill("reporting.basis", [{"basis": "Tổng số", "units": 58}]).rows
        (('Tổng số', 58),)
    """
    said = read_table(name)
    told = {key: said.get(key, "").format(**words) for key in ("title", "id")}
    named = [one[0] for one in said["columns"]]
    further = dict.fromkeys(field for item in items for field in item if field not in named)
    asked = [
        each for one in said["columns"] for each in ([(f, f, *one[2:]) for f in further] if one[0] == "*" else [one])
    ]
    columns = (column(*(part.format(**words) for part in one)) for one in asked if one[0] not in without)
    folded = said.get("folded", False)
    periods = [one[0] for one in said["columns"] if one[2:] == ["period"]]
    return tabulate(
        told["title"],
        columns,
        [{**item, **{one: _say_period(item.get(one)) for one in periods}} for item in items] if periods else items,
        *(note.format(**words) for note in said.get("notes", ())),
        *notes,
        gaps=said.get("gaps", False),
        total=said.get("total", False),
        under="" if said.get("under") in without else said.get("under", ""),
        source=source,
        folded=folded if isinstance(folded, bool) else len(items) > folded,
        nothing=said.get("nothing", Table.nothing),
        id=told["id"],
    )


def _say_period(period: str | None) -> str | None:
    return None if period is None else label_period(period)


def read_kinds() -> Mapping[str, Sequence[str]]:
    """Return what a sentence calls the kinds of outputs, each with its codes of `activity_type` (`tables.toml`)."""
    said: Mapping[str, Sequence[str]] = _read_words()["outputs"]["kinds"]
    return said


def read_table(name: str) -> Mapping[str, Any]:
    """Return what `tables.toml` says of the table `name`; its `notes` are the rule by which its figures are counted."""
    subject, _, table = name.partition(".")
    said: Mapping[str, Any] = _read_words()[subject][table]
    return said


def name_tab(table: Table) -> str:
    """Return what a table's sheet is called where its title is too long for one: from `tables.toml`, else the title."""
    return str(_read_words()["tabs"].get(table.id, table.title))


@cache
def _read_words() -> dict[str, Any]:
    return tomllib.loads((resources.files("nq57kit.show") / "tables.toml").read_text(encoding="utf-8"))


def tabulate(
    title: str,
    columns: Iterable[Column],
    items: Sequence[Mapping[str, Any]],
    *notes: str,
    gaps: bool = False,
    total: bool = False,
    under: str = "",
    **more: Any,
) -> Table:
    """Return the table of rows given as dictionaries: each column takes the value of its own name.

    Args:
        title: of the table.
        columns: in order.
        items: the rows.
        notes: below the table; empty ones are left out.
        gaps: whether a note says what «–» means, where one is shown.
        total: whether the last row, if there is any, is a total.
        under: the value of a row that is its heading.
        more: source, folded, id, nothing as in `Table`.

    Example:
        >>> tabulate("Kinh phí", [column("vnd", "Đồng", "number")], [{"vnd": None}], gaps=True).notes
        ('«–»: không có số liệu; không tính là 0.',)
    """
    shown = tuple(columns)
    rows = tuple(tuple(item.get(column.name) for column in shown) for item in items)
    missing = gaps and any(cell is None or cell == "" for row in rows for cell in row)
    return Table(
        title,
        shown,
        rows,
        (*filter(None, notes), *((_NO_DATA,) if missing else ())),
        total=total and bool(rows),
        headings=tuple(item[under] for item in items) if under else (),
        **more,
    )
