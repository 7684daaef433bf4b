"""A plan of one's own may run to other years than the packaged one: every command and report goes by its calendar."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree
from subprocess import CompletedProcess
from typing import Any

import nbformat
import pytest

import nq57kit.plan
from nq57kit.errors import ParameterError, PeriodError
from nq57kit.plan import Plan, load_plan
from nq57kit.reports import find_notebook, read_parameters
from nq57kit.sample.records import UnitYear
from nq57kit.store import Store, ingest, reporting_status
from nq57kit.submissions import check, write_template, write_workbook

UNITS = ("vu-tccb", "hv-nongnghiep", "vu-pc")


def _plan_of(folder: Path, first: int, last: int) -> Path:
    """Copy the packaged plan with other years; targets before them go, those of its last year hold to the new end."""
    copytree(Path(nq57kit.plan.__file__).with_name("data"), folder)
    settings, targets = folder / "settings.toml", folder / "targets.csv"
    text = settings.read_text(encoding="utf-8")
    for old, new in (
        ('first_period = "2026-H1"', f'first_period = "{first}-H1"'),
        ("first_year = 2026", f"first_year = {first}"),
        ("last_year = 2030", f"last_year = {last}"),
    ):
        assert old in text
        text = text.replace(old, new)
    settings.write_text(text, encoding="utf-8")
    rows = targets.read_text(encoding="utf-8").replace(",2030,2030,", f",2030,{last},").splitlines(keepends=True)
    targets.write_text("".join(row for row in rows if first == 2026 or ",2026,2026," not in row), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _plan_of(tmp_path_factory.mktemp("plan") / "Kế hoạch đến 2031", 2026, 2031)


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    return load_plan(folder)


@pytest.fixture(scope="module")
def inbox(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workbooks of three units for both halves of 2031, with sent.csv."""
    inbox = tmp_path_factory.mktemp("inbox")
    for half in plan.period("2031").halves:
        lines = ["file,sent_at,reference_number"]
        for unit in UNITS:
            sent_at = datetime.combine(half.last_day - timedelta(days=3), datetime.min.time(), half.deadline.tzinfo)
            records = UnitYear(plan.unit(unit), plan, 2031, 57, None).records(half, sent_at)
            path = inbox / str(half) / f"{unit}.xlsx"
            path.parent.mkdir(exist_ok=True)
            write_workbook(path, unit_id=unit, period=half, plan=plan, records=records, notice=None)
            lines.append(f"{path.name},{sent_at.isoformat()},")
        (inbox / str(half) / "sent.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return inbox


@pytest.fixture(scope="module")
def store(plan: Plan, inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store.create(tmp_path_factory.mktemp("store") / "kho", plan=plan)
    report = ingest(inbox, store, plan=plan)
    assert report.count("accepted") == 2 * len(UNITS), [result.submission.findings for result in report.results]
    assert all(result.on_time for result in report.results)
    return store


def test_forms_and_their_check_go_by_the_plan(plan: Plan, tmp_path: Path) -> None:
    (form,) = write_template("2031-H2", tmp_path, plan=plan, unit_id="vu-tccb")
    assert form.name == "NQ57_2031-H2_vu-tccb.xlsx"
    assert check(form, plan=plan).period == "2031-H2"
    assert check(form).period != "2031-H2"  # the packaged plan ends with 2030
    with pytest.raises(PeriodError, match="từ 2026 đến 2030"):
        write_template("2031-H2", tmp_path)


def test_status_counts_by_the_plan(store: Store, plan: Plan) -> None:
    half = plan.period("2031-H2")
    told = reporting_status(store, "2031-H2", plan, half.last_day)
    assert (told["actual"], told["actual_on_time"], told["last_day"]) == (len(UNITS), len(UNITS), "2031-12-19")


@pytest.mark.parametrize(
    ("kind", "when"),
    [
        ("semiannual", {"period": "2031-H2"}),
        ("annual", {"year": 2031}),
        ("unit", {"period": "2031-H2", "unit_id": "vu-tccb"}),
        ("unit", {"period": "2031-H2", "unit_id": "vu-khtc"}),  # has sent nothing
    ],
)
def test_each_cell_of_each_report_speaks_of_the_plans_own_years(
    kind: Any, when: dict[str, Any], store: Store, folder: Path
) -> None:
    values = {"store": store.folder, "plan": folder, "as_of": "2031-12-25", **when}
    names = read_parameters(kind, values).as_notebook()
    notebook = nbformat.reads(find_notebook(kind).read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    space: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, space)  # noqa: S102 - our own notebook, as a kernel would run it
            if "parameters" in cell.metadata.get("tags", ()):
                space.update(names)
    report = space["report"]
    assert report.period.year == 2031
    assert report.results.inputs.units.height
    with pytest.raises(ParameterError, match="từ 2026 đến 2030"):
        read_parameters(kind, values | {"plan": ""})


def test_a_plan_may_begin_in_another_year(tmp_path: Path) -> None:
    later = load_plan(_plan_of(tmp_path / "ke-hoach", 2027, 2034))
    assert later.period("2027-H1").is_first
    assert later.period("2027").previous is None
    assert str(later.period("2034-H2").previous) == "2034-H1"
    assert later.period("2034").halves[-1].calendar is later.calendar
    assert later.due_date(4, 2034) is not None
    assert later.target_for("staff_reached", 2034) is not None


@pytest.mark.slow  # three notebooks are run, by the commands
def test_the_commands_from_the_form_to_the_reports(
    folder: Path, inbox: Path, tmp_path: Path, run_command: Callable[..., CompletedProcess[bytes]]
) -> None:
    def run(*arguments: str | Path) -> bytes:
        done = run_command(*arguments, "--plan", folder, cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode("utf-8")
        return done.stdout

    run("template", "2031-H2", "--out", "bieu-mau", "--unit", "vu-tccb")
    run("ingest", inbox, "--store", "kho")
    told = json.loads(run("status", "2031-H2", "--store", "kho", "--as-of", "2031-12-20", "--format", "json"))
    assert told["actual"] == len(UNITS)
    for kind, *when in (
        ("semiannual", "2031-H2"),
        ("annual", "2031"),
        ("unit", "2031-H2", "--unit", "vu-tccb"),
    ):
        run("report", kind, *when, "--store", "kho", "--out", "ra", "--as-of", "2031-12-25", "--format", "docx")
    assert {path.name for path in (tmp_path / "ra").glob("*.html")} == {
        "semiannual-2031-H2.html",
        "annual-2031.html",
        "unit-2031-H2-vu-tccb.html",
        *(f"{name}-{period}.html" for name in ("brief", "catalogue") for period in ("2031-H2", "2031")),
        "index.html",
    }
    page = (tmp_path / "ra" / "index.html").read_text(encoding="utf-8")
    assert "6 tháng cuối năm 2031" in page
