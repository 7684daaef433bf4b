"""A plan that is signed and amended: what changed and what that touches, what stays as it was, by which decision each output was made."""

from __future__ import annotations

import csv
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

import nq57kit.plan
from nq57kit.cli import main
from nq57kit.errors import PlanError
from nq57kit.plan import Plan, load_plan
from nq57kit.reports import read_parameters, run_report, verify_report
from nq57kit.reports.amendment import diff_plans, judge_store
from nq57kit.sample.records import UnitYear
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_template, write_workbook

UNITS = ("vu-tccb", "hv-nongnghiep", "cuc-cds")
SIGNED = "Quyết định số 12345/QĐ-BNNMT ngày 01/6/2026"
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


# ---------------------------------------------------------------------------------------------------- what changed


def test_each_row_is_told_with_what_became_of_it(signed: Path, amended: Path) -> None:
    step = diff_plans(load_plan(signed), load_plan(amended))
    day = date(2028, 3, 1)
    told = {(row.table, row.key): (row.change, row.by, row.on) for row in step.rows}
    assert told == {
        ("targets", "MT-2027-1"): ("replaced", "MT-2028-9", day),
        ("targets", "MT-2029-1"): ("replaced", "MT-2029-9", day),
        ("products", "TT9-1"): ("replaced", "TT9-9", day),
        ("measures", "III.4-05"): ("replaced", "III.4-06", day),
        ("measure_evidence", "III.4-06"): ("added", None, None),
        ("duty_evidence", "IV.4-01"): ("changed", None, None),
        ("units", "vu-tccb"): ("changed", None, None),
        ("units", "cuc-cds"): ("changed", None, None),
        ("units", "vu-moi"): ("added", None, date(2028, 7, 1)),
    }
    fields = {row.key: row.fields for row in step.rows}
    assert fields["MT-2029-1"] == {"value": (80.0, 70.0)}
    assert fields["MT-2027-1"] == {"value": (50.0, 60.0), "year_from": (2027, 2028)}
    assert fields["vu-tccb"] == {"valid_to": (None, date(2028, 6, 30))}
    assert {row.document for row in step.rows if row.change == "replaced"} == {DECISION}
    assert step.settings == ()
    assert [one.period for one in step.periods][:3] == ["2028-P", "2028-H1", "2028-H2"]
    assert {one.period: (one.reports, one.forms) for one in step.periods if one.period.startswith("2028")} == {
        "2028-P": ((), True),
        "2028-H1": (("semiannual", "unit"), True),
        "2028-H2": (("semiannual", "unit"), True),
        "2028": (("annual",), False),
    }
    json.dumps(step.as_dict())


def test_what_touches_no_form_is_told_of_reports_alone(draft: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(draft, tmp_path / "kế hoạch"))
    edit(folder, "targets", lambda rows: amend(rows, "MT-2029-1", "MT-2029-9", "01/3/2028", "29/02/2028", value="70"))
    touched = diff_plans(load_plan(draft), load_plan(folder)).periods
    assert {(one.forms, one.tables) for one in touched} == {(False, ("targets",))}
    assert [one.period for one in touched if one.reports] == [
        f"{year}{half}" for year in (2028, 2029, 2030) for half in ("-H1", "-H2", "")
    ]


def test_rows_that_go_are_added_or_end_with_nothing_in_their_place(draft: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(draft, tmp_path / "kế hoạch"))
    edit(folder, "products", lambda rows: [
        row | ({"valid_to": "29/02/2028"} if row["product_id"] == "TT9-1" else {}) for row in rows
        if row["product_id"] != "TT3-1"
    ])  # fmt: skip
    there, back = (diff_plans(*map(load_plan, pair)) for pair in ((draft, folder), (folder, draft)))
    assert {(row.key, row.change, row.on) for row in there.rows if row.table == "products"} == {
        ("TT3-1", "removed", None),
        ("TT9-1", "ended", date(2028, 3, 1)),
    }
    assert {(row.key, row.change) for row in back.rows if row.table == "products"} == {
        ("TT3-1", "added"),
        ("TT9-1", "changed"),
    }


def test_a_signature_is_a_setting_that_touches_every_period(draft: Path, signed: Path) -> None:
    step = diff_plans(load_plan(draft), load_plan(signed))
    assert step.rows == ()
    assert [(key, now) for key, _, _, now in step.settings] == [("plan.draft", SIGNED)]
    assert len(step.periods) == 5 * 4
    assert {one.tables for one in step.periods} == {("settings",)}


def test_settings_that_no_report_prints_are_told_too(draft: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(draft, tmp_path / "kế hoạch"))
    path = folder / "settings.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("last_year = 2030", "last_year = 2031"), encoding="utf-8")
    edit(folder, "targets", lambda rows: [row | {"year_to": row["year_to"].replace("2030", "2031")} for row in rows])
    step = diff_plans(load_plan(draft), load_plan(folder))
    assert step.settings == (("last_year", "last_year", "2030", "2031"),)
    assert {row.key: row.fields for row in step.rows}["MT-2030-1"] == {"year_to": (2030, 2031)}
    assert [one.tables for one in step.periods if one.period == "2031-H1"] == [()]


# ---------------------------------------------------------------------------------------------------- the same store


@pytest.mark.slow  # every period is computed by each of four plans
def test_the_same_store_is_judged_by_each_plan_side_by_side(
    store: Path, draft: Path, signed: Path, amended: Path, tmp_path: Path
) -> None:
    lenient = Path(shutil.copytree(amended, tmp_path / "nhẹ hơn"))
    edit(
        lenient,
        "targets",
        lambda rows: [row | {"value": "15" if row["target_id"] == "MT-2027-1" else row["value"]} for row in rows],
    )
    rows = judge_store(store, (draft, signed, amended, lenient), date(2028, 7, 10))
    targets = {(row["year"], row["id"]): row for row in rows if row["what"] == "target"}
    share = targets[2027, "science_tasks_communicated"]  # 2 of 13 codes
    assert [said.partition(",")[0].partition(" ")[0] for said in share["said"]] == ["Chưa", "Chưa", "Chưa", "Đạt"]
    assert share["differs"]
    assert [said.rpartition(" ")[2] for said in share["said"]] == ["50%", "50%", "50%", "15%"]
    now = targets[2028, "science_tasks_communicated"]["said"]
    assert [said.rpartition(" ")[2] for said in now] == ["50%", "50%", "60%", "60%"]
    assert not targets[2027, "staff_reached"]["differs"]
    assert {row["differs"] for row in rows if row["what"] != "target"} == {True}
    others = {(row["year"], row["what"], row["id"]): row["said"] for row in rows}
    assert others[2028, "product", "TT9-9"][:2] == [None, None]
    assert others[2028, "measure", "III.4-05"][2:] == [None, None]
    assert not [key for key in others if key[0] < 2028 and key[1] != "target"]


@pytest.mark.slow  # every period is computed by each of two plans
def test_the_command_prints_rows_periods_and_verdicts(
    store: Path, signed: Path, amended: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "diff", str(signed), str(amended), "--store", str(store), "--as-of", "2028-07-10"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Mục tiêu MT-2029-1: được thay bằng MT-2029-9 từ ngày 01/3/2028 (theo {DECISION}) Mức: «80» → «70»" in said
    assert "báo cáo năm: 2028, 2029, 2030" in said
    assert "mục tiêu ≥ 60%" in said
    assert main(["plan", "diff", str(signed), str(amended), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["document"] for one in told["plans"]] == [SIGNED, SIGNED]
    assert told["verdicts"] is None
    assert main(["plan", "diff", str(signed)]) == 2
    assert "ít nhất hai thư mục" in capsys.readouterr().err


# ---------------------------------------------------------------------------------------------------- the signed decision


@pytest.mark.slow  # two reports and two scorecards in every kind of file, by a signed and by a draft plan
def test_every_output_names_the_signed_decision_and_no_draft_of_it(store: Path, signed: Path, tmp_path: Path) -> None:
    out = tmp_path / "báo cáo"
    paths = [path for kind, when in REPORTS for path in make(store, signed, out, kind, **when)]
    assert {path.suffix for path in paths} == {".html", ".ipynb", ".json", ".docx", ".xlsx"}
    (form,) = write_template("2028-H1", tmp_path, plan=load_plan(signed), unit_id=UNITS[0])
    for path in (*paths, out / "index.html", out / "index.json", form):
        said = words_of(path)
        assert SIGNED in said, path.name
        # «Dự thảo» over a Word document is its own state: nobody has signed the report.
        draft = [line for line in said.splitlines() if "dự thảo" in line.casefold()]
        assert draft == (["Dự thảo"] if path.suffix == ".docx" and not path.name.startswith("brief") else []), path.name


def words_of(path: Path) -> str:
    """Return the words of a file, line by line; of a workbook those of its first sheet, of a page and a document all."""
    if path.suffix == ".xlsx":
        sheet = next(sheet for sheet in load_workbook(path) if sheet.sheet_state == "visible")
        return "\n".join(str(cell) for row in sheet.values for cell in row if cell is not None)
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            text = archive.read("word/document.xml").decode()
        return "\n".join("".join(re.findall(r"<w:t[^>]*>([^<]*)", part)) for part in text.split("</w:p>"))
    return path.read_text(encoding="utf-8")
