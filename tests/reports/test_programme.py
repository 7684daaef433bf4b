"""The programme report: years side by side, each as its own annual report has it; from random stores, and of a whole programme."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

import nq57kit
from nq57kit.errors import ParameterError
from nq57kit.reports import collect_results, open_tracer, read_parameters, run_batch, trace, verify_report
from nq57kit.reports.compare import compare_reports
from nq57kit.reports.jobs import Job
from nq57kit.reports.report import Report, prepare_report
from nq57kit.sample import make_years
from nq57kit.show import Table, difficulties, evidence, money, programme, reporting, targets
from nq57kit.store import Store, ingest, write_record

YEARS = range(2026, 2031)
#: What a report says of itself; `targets` is one line of all years, that of the last report.
ITS_OWN = {"period", "as_of", "provisional", "notices", "key_figures", "targets", "judgements", "provenance"}


@pytest.fixture(scope="module")
def stores(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(Path(__file__).parent.parent / "show" / "random_stores.py")


@pytest.fixture(
    scope="module", params=(9, pytest.param(24, marks=pytest.mark.slow(reason="all of it on another store")))
)
def small(request: pytest.FixtureRequest, stores: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store of eleven units over 2026 and 2027: silent, late, empty, refused, corrected; two merge."""
    folder = tmp_path_factory.mktemp("nhỏ")
    return stores.make_store(folder / "kho", stores.write_plan(folder / "ke-hoach"), request.param)


def open_years(made: Any, as_of: str, **more: Any) -> Report:
    values = {"store": made.store, "plan": made.plan, "as_of": as_of, **more}
    return prepare_report(read_parameters("programme", values))


def of_year(values: dict[str, Any], year: int) -> dict[str, Any]:
    """What a programme report hands on of a year, as its annual report does; counted by nothing but the rows' own year."""
    found: dict[str, Any] = {}
    for name, rows in values.items():
        if name in ITS_OWN | {"years"}:
            continue
        own = [row for row in rows if row["year"] == year]
        if name != "kpis":
            own = [{key: value for key, value in row.items() if key != "year"} for row in own]
        found[name] = [row["unit_id"] for row in own] if name in {"late_units", "missing_units"} else own
    return found | {name: found[name][0] for name in ("completeness", "timeliness", "budget")}


def shown(table: Table) -> list[dict[str, str]]:
    return [dict(zip((one.label for one in table.columns), row, strict=True)) for row in table.formatted()]


@pytest.mark.slow  # a report of two years and that of each year are computed
def test_each_year_has_the_figures_of_its_own_annual_report(small: Any) -> None:
    values = collect_results(open_years(small, "2028-01-20"))
    assert values["period"] == "2026-2027"
    for year, day in ((2026, "2026-12-31"), (2027, "2028-01-20")):
        given = {"store": small.store, "plan": small.plan, "year": year, "as_of": day}
        own = collect_results(prepare_report(read_parameters("annual", given)))
        expected = {name: value for name, value in own.items() if name not in ITS_OWN}
        assert json.loads(json.dumps(of_year(values, year))) == json.loads(json.dumps(expected))
        assert {"year": year, "as_of": own["as_of"], "provisional": own["provisional"]} in values["years"]


@pytest.mark.slow  # a report of two years and that of each year are computed
def test_a_year_to_come_is_not_known_and_never_zero(small: Any) -> None:
    report = open_years(small, "2028-01-20", year_from=2026, year_to=2029)
    years = [one.results for one in report.years]
    assert [one.results.inputs.as_of for one in report.years][2:] == [date(2028, 1, 20)] * 2
    for table in (
        targets.tabulate_years(years), evidence.tabulate_tasks_of_years(years), evidence.tabulate_measures_of_years(years),
        evidence.tabulate_products_of_years(years), difficulties.show_years(years),
    ):  # fmt: skip
        assert table.rows
        assert {row[year] for row in shown(table) for year in ("2028", "2029")} == {"chưa có báo cáo"}
    waits = shown(reporting.chart_years(years).data)  # type: ignore[attr-defined]
    assert {row["Chưa đến hạn"] for row in waits[4:]} == {"9"}
    assert {row["Chưa gửi"] for row in waits[4:]} == {"0"}
    paid = shown(money.show_years(years).data)  # type: ignore[attr-defined]
    assert [row["Đã giải ngân"] for row in paid[2:4]] == ["–", "–"]
    assert "2028, 2029" in programme.summarise(years).as_text()


def test_the_reports_of_each_half_are_counted_as_they_were_written(small: Any, stores: ModuleType) -> None:
    years = [one.results for one in open_years(small, "2028-01-20").years]
    rows = {row["Kỳ"]: row for row in shown(reporting.chart_years(years).data)}  # type: ignore[attr-defined]
    by_unit = shown(reporting.tabulate_units_of_years(years))
    for half, (label, head) in {
        "2026-H2": ("6 tháng cuối năm 2026", "H2/2026"), "2027-H1": ("6 tháng đầu năm 2027", "H1/2027"),
    }.items():  # fmt: skip
        end = date(int(half[:4]), 12, 31) if half.startswith("2026") else date(2028, 1, 20)
        first: dict[str, Any] = {}  # the first that says something decides
        for one in small.sent:
            if one.half == half and one.kind == "full" and one.sent_at.date() <= end:
                first.setdefault(one.unit, one)
        must = [unit for unit in stores.UNITS if stores.there(unit, half)]
        on_time = [unit for unit in must if unit in first and first[unit].sent_at < stores.HALVES[half][2]]
        assert 0 < len(on_time) < len(must)
        assert rows[label]["Phải báo cáo"] == str(len(must))
        assert rows[label]["Đúng hạn"] == str(len(on_time))
        assert sum(row[head] == "đúng hạn" for row in by_unit) == len(on_time)
        assert sum(row[head] == "–" for row in by_unit) == len(by_unit) - len(must)


def test_what_came_after_a_year_was_closed_is_told_and_not_counted(stores: ModuleType, tmp_path: Path) -> None:
    plan = stores.write_plan(tmp_path / "ke-hoach")
    store = Store.create(tmp_path / "kho")
    for version, (day, month, year) in enumerate(((10, 12, 2026), (5, 2, 2027)), start=1):
        moment = datetime(year, month, day, 9, tzinfo=stores.HANOI)
        tables = {
            "workforce": [
                {"staff_total": 10 * version, "staff_reached": 5, "comms_staff_total": 1, "comms_staff_trained": 0}
            ]
        }
        sent = stores.Sent("vu-tccb", "2026-H2", moment, "full", version, tables)
        stores.write_submission(tmp_path / f"gửi {version}", sent)
        ingest(tmp_path / f"gửi {version}", store, plan=nq57kit.load_plan(plan), sent_at=moment)
    values = {"store": store.folder, "plan": plan, "year_from": 2026, "year_to": 2027, "as_of": "2027-06-30"}
    years = [one.results for one in prepare_report(read_parameters("programme", values)).years]
    scope = shown(reporting.describe_years(years).parts[1])  # type: ignore[arg-type, attr-defined]
    assert [row["Báo cáo đến hoặc sửa sau ngày chốt, không tính"] for row in scope] == ["1", "0"]
    (told,) = years[0].kpis.filter(pl.col("indicator") == "staff_reached")["denominator"].to_list()
    assert told == 10


@pytest.mark.slow  # a report of two years and that of each year are computed
def test_figures_are_traced_by_their_year(small: Any) -> None:
    report = open_years(small, "2028-01-20")
    tracer = open_tracer(report, store=small.store)
    assert all(name[:4] in {"2026", "2027"} for name in tracer.figures)
    for year in (2026, 2027):
        figure = f"{year}.kpis.staff_reached"
        rows = trace(report, figure, store=small.store)
        told = {role: count or 0 for role, count in tracer.find(figure).figures.items()}
        assert {role: rows.filter(role=role)["amount"].sum() for role in told} == told
        assert set(rows["figure"]) <= {figure}
        assert {period[:4] for period in rows["period"]} <= {str(year)}
    with pytest.raises(ParameterError, match=r"2027\.kpis"):
        tracer.trace("2027.kpis.staff_reach")


def test_a_judgement_stands_in_its_year_and_the_later_ones(small: Any, tmp_path: Path) -> None:
    folder = shutil.copytree(small.store, tmp_path / "kho")
    values = {"subject": "network_formed", "year": 2026, "verdict": "met"}
    write_record(folder, "judgement", values, basis="Biên bản họp ngày 20/01/2027", day=date(2026, 11, 1), by="Vụ KHCN")
    given = {"store": folder, "plan": small.plan, "as_of": "2028-01-20"}
    years = [one.results for one in prepare_report(read_parameters("programme", given)).years]
    (record,) = shown(targets.tabulate_judgements(years))
    assert (record["Năm"], record["Kết luận"], record["Căn cứ"]) == ("2026", "Đạt", "Biên bản họp ngày 20/01/2027")
    assert "network" not in programme.show_open(years).as_text()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"year_from": 2028, "year_to": 2027}, "«year_to»: năm 2027 đứng trước năm đầu"),
        ({"year_from": 2019}, "«year_from»"),
        ({"year_to": "2027-H1"}, "«year_to»: «2027-H1» là nửa năm"),
        ({"period": "2026"}, "«period» không có"),
    ],
)
def test_years_that_are_none_are_refused_in_one_sentence(
    given: dict[str, Any], sentence: str, sample_store: Store
) -> None:
    with pytest.raises(ParameterError) as refused:
        read_parameters("programme", {"store": sample_store.folder, **given})
    assert sentence in str(refused.value)


def test_by_default_it_runs_to_the_last_year_with_a_report(small: Any) -> None:
    values = {"store": small.store, "plan": small.plan}
    assert read_parameters("programme", values).stem == "programme-2026-2027"
    early = read_parameters("programme", values | {"as_of": "2027-01-10"})
    assert early.stem == "programme-2026-2026"
    assert read_parameters("programme", early.as_notebook()) == early


# ------------------------------------------------------------------ a whole programme, by its executed reports


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Path, Path]:
    """Five synthetic years of 58 units with an amended plan; the programme report and the annual one of each year."""
    folder = tmp_path_factory.mktemp("năm năm")
    make_years(folder / "nhận về", YEARS)
    plan = folder / "nhận về" / "ke-hoach"
    store, out = Store.create(folder / "kho"), folder / "báo cáo"
    for year in YEARS:
        for half in ("H1", "H2"):
            ingest(folder / "nhận về" / f"{year}-{half}", store, plan=nq57kit.load_plan(plan))
    given = {"store": store.folder, "plan": plan}
    annual = [read_parameters("annual", given | {"year": year, "as_of": f"{year}-12-31"}) for year in YEARS]
    span = read_parameters("programme", given | {"year_from": 2026, "year_to": 2030, "as_of": "2030-12-31"})
    jobs = [*(Job(one, out) for one in annual), Job(span, out, ("docx", "xlsx"))]
    assert not run_batch(jobs).failed
    return store, plan, out


@pytest.mark.slow(reason="five years are made, taken in and reported")
def test_five_years_equal_the_executed_annual_report_of_each(whole: tuple[Store, Path, Path]) -> None:
    _, _, out = whole
    values = json.loads((out / "programme-2026-2030.json").read_text(encoding="utf-8"))
    for year in YEARS:
        own = json.loads((out / f"annual-{year}.json").read_text(encoding="utf-8"))
        assert of_year(values, year) == {name: value for name, value in own.items() if name not in ITS_OWN}
    assert values["targets"] == own["targets"]
    told = nq57kit.read_results(out / "programme-2026-2030.json")
    assert told.kpis["year"].unique().sort().to_list() == list(YEARS)
    assert told.budget.height == 5
    # The plan was amended for 2030: one product gives way to another.
    listed = {year: {row["product_id"] for row in values["products"] if row["year"] == year} for year in YEARS}
    assert listed[2029] - listed[2030] == {"TT4-1"}


@pytest.mark.slow(reason="the report is made again for each of its files")
@pytest.mark.parametrize("name", ["programme-2026-2030.html", "programme-2026-2030.docx", "brief-2026-2030.html"])
def test_a_programme_report_is_made_again_byte_for_byte(name: str, whole: tuple[Store, Path, Path]) -> None:
    store, plan, out = whole
    told = verify_report(out / name, store=store.folder, plan=plan)
    assert told.ok, told
    again = compare_reports(out / "programme-2026-2030.json", out / "programme-2026-2030.json", plan=plan)
    assert not again.moved


@pytest.mark.slow(reason="LibreOffice reads a whole document")
def test_the_word_file_has_the_length_of_an_annual_report(
    whole: tuple[Store, Path, Path], tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    soffice, info = require_tool("soffice"), require_tool("pdfinfo")
    source = whole[2] / "programme-2026-2030.docx"
    subprocess.run(
        [soffice, f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}", "--headless", "--convert-to", "pdf", "--outdir", tmp_path, source],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    told = subprocess.run([info, tmp_path / f"{source.stem}.pdf"], check=True, capture_output=True, encoding="utf-8")
    pages = next(int(line.split()[1]) for line in told.stdout.splitlines() if line.startswith("Pages:"))
    assert 8 <= pages <= 20
