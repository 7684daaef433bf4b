"""A plan that is signed and amended: what was made by it stays as it was, and every output says by which decision it was made."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import nq57kit.plan
from nq57kit.errors import PlanError
from nq57kit.plan import Plan, load_plan
from nq57kit.reports import read_parameters, run_report, verify_report
from nq57kit.sample.records import UnitYear
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook

UNITS = ("vu-tccb", "hv-nongnghiep", "cuc-cds")
DECISION = "Quyết định sửa đổi (giả lập)"
Rows = list[dict[str, str]]


def edit(folder: Path, table: str, change: Callable[[Rows], Rows]) -> None:
    """Change the rows of a table as a person does in a spreadsheet; columns may be new."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = change(list(csv.DictReader(stream)))
    with path.open("w", encoding="utf-8", newline="") as stream:
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(stream, names, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def amend(rows: Rows, key: str, new: str, day: str, last: str, **changes: str) -> Rows:
    """End a row on its `last` day, and let a new one take its place from `day` on."""
    (name, (old,)) = (next(iter(rows[0])), [row for row in rows if row[next(iter(row))] == key])
    amended = old | changes | {name: new, "valid_from": day, "basis_document": DECISION}
    old["valid_to"] = last
    return [*rows[: rows.index(old)], amended, *rows[rows.index(old) :]]


def sign(folder: Path) -> None:
    settings = folder / "settings.toml"
    text = settings.read_text(encoding="utf-8").replace("draft = true", "draft = false")
    text = text.replace('number = ""', 'number = "12345/QĐ-BNNMT"').replace(
        'signed_on = ""', 'signed_on = "2026-06-01"'
    )
    settings.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged plan, of whose register three units must report."""
    folder = tmp_path_factory.mktemp("plan") / "dự thảo"
    shutil.copytree(Path(nq57kit.plan.__file__).with_name("data"), folder)
    edit(folder, "units", lambda rows: [row | {"reports": str(row["unit_id"] in UNITS).lower()} for row in rows])
    return folder


@pytest.fixture(scope="module")
def signed(draft: Path) -> Path:
    sign(folder := Path(shutil.copytree(draft, draft.with_name("đã ký"))))
    return folder


@pytest.fixture(scope="module")
def amended(signed: Path) -> Path:
    """The signed plan, amended on 01/3/2028: a target, a product with its rule, a new measure; two units merge."""
    folder = Path(shutil.copytree(signed, signed.with_name("đã sửa đổi")))
    day, last = "01/3/2028", "29/02/2028"
    edit(folder, "targets", lambda rows: amend(rows, "MT-2029-1", "MT-2029-9", day, last, value="70"))
    edit(folder, "targets", lambda rows: amend(rows, "MT-2027-1", "MT-2028-9", day, last, year_from="2028", value="60"))
    edit(folder, "products", lambda rows: amend(rows, "TT9-1", "TT9-9", day, last))
    edit(folder, "duty_evidence", lambda rows: [
        row | {"products": row["products"].replace("TT9-1", "TT9-9|TT9-1")} for row in rows
    ])  # fmt: skip
    edit(folder, "measures", lambda rows: amend(rows, "III.4-05", "III.4-06", day, last))
    edit(folder, "measure_evidence", lambda rows: [
        *rows, *(row | {"measure_id": "III.4-06"} for row in rows if row["measure_id"] == "III.4-05")
    ])  # fmt: skip

    def merge(rows: Rows) -> Rows:
        old = [row for row in rows if row["unit_id"] in UNITS[::2]]
        for row in old:
            row["valid_to"] = "30/6/2028"
        heir = {"unit_id": "vu-moi", "name": "Vụ giả lập mới", "short_name": "Vụ GLM", "aliases": ""}
        return [
            *rows,
            old[0] | heir | {"valid_from": "01/7/2028", "valid_to": "", "predecessors": "|".join(UNITS[::2])},
        ]

    edit(folder, "units", merge)
    return folder


@pytest.fixture(scope="module")
def store(signed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What three units sent for 2026, 2027 and June 2028, taken in by the signed plan; one of them nothing in December 2027."""
    plan, folder = load_plan(signed), tmp_path_factory.mktemp("store")
    store = Store.create(folder / "kho", plan=plan)
    for half in plan.periods:
        for unit in UNITS if half.halves == (half,) and str(half) < "2028-H2" else ():
            if (unit, str(half)) != (UNITS[1], "2027-H2"):
                _send(store, plan, unit, half, folder / str(half) / f"{unit}.xlsx")
    return store.folder


def _send(store: Store, plan: Plan, unit: str, half: Any, path: Path) -> None:
    sent_at = datetime.combine(half.last_day - timedelta(days=3), datetime.min.time(), half.deadline.tzinfo)
    records = UnitYear(plan.unit(unit), plan, half.year, 57, None).records(half, sent_at)
    write_workbook(path, unit_id=unit, period=half, plan=plan, records=records, notice=None)
    taken = ingest(path, store, plan=plan, sent_at=sent_at, now=sent_at)
    assert taken.ok, [result.submission.findings for result in taken.results]


def make(
    store: Path, plan: Path, out: Path, kind: Any, also: tuple[str, ...] = ("docx", "xlsx"), **when: Any
) -> list[Path]:
    values = {"store": store, "plan": plan, **when}
    return list(run_report(read_parameters(kind, values), out, also=also).paths)


REPORTS = (
    ("annual", {"year": 2027, "as_of": "2028-01-10"}),
    ("semiannual", {"period": "2027-H2", "as_of": "2028-01-10"}),
    ("unit", {"period": "2027-H2", "unit_id": UNITS[1], "as_of": "2028-01-10"}),
)


@pytest.mark.slow  # three reports, twice, in every kind of file, and each a third time by `verify`
@pytest.mark.parametrize("asked", REPORTS)
def test_an_amendment_of_2028_changes_no_byte_of_what_was_made_of_2027(
    store: Path, signed: Path, amended: Path, tmp_path: Path, asked: tuple[str, dict[str, Any]]
) -> None:
    kind, when = asked
    before, after = (make(store, plan, tmp_path / plan.name, kind, **when) for plan in (signed, amended))
    assert [path.name for path in before] == [path.name for path in after]
    changed = [path.name for path, other in zip(before, after, strict=True) if path.read_bytes() != other.read_bytes()]
    assert [
        name for name in changed if not name.endswith(".ipynb")
    ] == []  # that tells when it ran, and the plan's folder
    told = verify_report(before[0], store, plan=amended)
    assert told.ok, (told.causes, told.differences)


@pytest.mark.slow  # a report and what `verify` makes of it
def test_a_scorecard_tells_what_became_of_its_unit_later_so_that_another_register_is_the_cause(
    store: Path, signed: Path, amended: Path, tmp_path: Path
) -> None:
    page = make(store, signed, tmp_path, "unit", (), period="2027-H2", unit_id=UNITS[0], as_of="2028-01-10")[0]
    assert verify_report(page, store, plan=signed).ok
    assert [one.kind for one in verify_report(page, store, plan=amended).causes] == ["plan"]


def test_a_year_is_judged_by_the_plan_as_it_was_and_the_next_by_what_was_amended(store: Path, amended: Path) -> None:
    from nq57kit.reports import prepare_report

    given = {"store": store, "plan": amended, "as_of": "2028-07-10"}
    then, now = (
        prepare_report(read_parameters(kind, given | when)).results.targets.filter(
            indicator="science_tasks_communicated"
        )
        for kind, when in (("annual", {"year": 2027}), ("semiannual", {"period": "2028-H1"}))
    )
    assert then["target"].to_list() == [None, 0.5, 0.5, 0.8, 1.0]
    assert now["target"].to_list() == [None, 0.5, 0.6, 0.7, 1.0]  # 2027 stays as it was judged


def test_the_hash_of_an_earlier_period_is_that_of_the_plan_before_it_was_amended(signed: Path, amended: Path) -> None:
    before, after = load_plan(signed), load_plan(amended)
    same = {
        str(one): before.in_force(one).hash == after.in_force(after.period(str(one))).hash for one in before.periods
    }
    assert {text for text, is_same in same.items() if is_same} == {text for text in same if text < "2028"}
    assert before.in_force(before.period("2027")).hash == before.hash


@pytest.mark.parametrize(
    ("last", "day", "said"),
    [
        ("29/02/2028", "28/02/2028", "trùng năm với"),
        ("", "28/02/2028", "trùng năm với"),
        ("01/3/2028", "02/3/2028", None),
    ],
)
def test_two_targets_of_one_year_never_hold_on_one_day(
    draft: Path, tmp_path: Path, last: str, day: str, said: str | None
) -> None:
    folder = Path(shutil.copytree(draft, tmp_path / "kế hoạch"))
    edit(folder, "targets", lambda rows: amend(rows, "MT-2029-1", "MT-2029-9", day, last, value="70"))
    if said is None:
        assert load_plan(folder).targets.height == 8
    else:
        with pytest.raises(PlanError, match=said):
            load_plan(folder)


def test_a_row_that_ends_before_it_begins_is_refused(draft: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(draft, tmp_path / "kế hoạch"))
    edit(folder, "products", lambda rows: [row | {"valid_from": "02/3/2028", "valid_to": "01/3/2028"} for row in rows])
    with pytest.raises(PlanError, match=r"products\.csv, dòng 2, cột «valid_to»: ngày kết thúc đứng trước"):
        load_plan(folder)
