"""The report on a request: its own tables alone, no verdict of a target, and no byte of a half's or a year's report moved by it."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.files import hash_bytes
from nq57kit.plan import load_plan
from nq57kit.reports import Job, make_report, prepare_report, read_parameters
from nq57kit.reports.notebook import show_asked, show_request
from nq57kit.show import outputs, people, summary
from nq57kit.store import Store, ingest, request_report
from nq57kit.submissions.form import write_workbook

UNITS = ("vien-vaas", "vien-vafs")
AS_OF = date(2027, 8, 21)
#: An executed notebook holds the paths of its store and folder.
_BYTES = (".html", ".json", ".docx", ".xlsx")


def _activity(name: str, day: date, quantity: int) -> dict[str, Any]:
    codes = {"task_id": 1, "activity_type": "hoi_nghi", "channel": "truc_tiep"}
    return {"name": name, "started_on": day, "quantity": quantity, "reach": 100, **codes}


def _send(store: Store, path: Path, records: dict[str, Any], sent_at: str) -> None:
    path.parent.mkdir(exist_ok=True)
    period, unit = path.stem.split(" ")
    write_workbook(path, unit_id=unit, period=period, plan=store.plan, records=records)
    moment = datetime.fromisoformat(f"{sent_at}T08:00:00+07:00")
    assert ingest(path, store, sent_at=moment, now=moment).results[0].outcome == "accepted"


def _send_half(store: Store, folder: Path) -> None:
    for unit in UNITS:
        led = load_plan().tasks_led_by(unit)["task_id"].to_list()
        records = {
            "activities": [_activity("Hội nghị của kỳ", date(2027, 3, 20), 1)],
            "workforce": [_staff(10)],
            "task_progress": [{"task_id": task, "status": "dang_thuc_hien"} for task in led],
        }
        _send(store, folder / f"2027-H1 {unit}.xlsx", records, "2027-06-10")


def _staff(reached: int) -> dict[str, int]:
    return {"staff_total": 50, "staff_reached": reached, "comms_staff_total": 2, "comms_staff_trained": 1}


def _ask(store: Store, folder: Path) -> None:
    request_report(
        store, "Kết quả Tháng thanh niên", start="2027-03-01", end="2027-07-31", due="2027-08-20",
        tables=["activities", "workforce"], units=["nhom:vien"], basis="Công văn số …/BNNMT-KHCN",
    )  # fmt: skip
    for unit, quantity in zip(UNITS, (2, 3), strict=True):
        records = {
            "activities": [_activity("Hội nghị theo yêu cầu", date(2027, 7, 20), quantity)],
            "workforce": [_staff(20)],
        }
        _send(store, folder / f"2027-R01 {unit}.xlsx", records, "2027-08-18")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("yêu cầu")
    made = Store.create(folder / "kho")
    _send_half(made, folder / "gui")
    _ask(made, folder / "gui")
    return made


def _prepare(store: Store) -> Any:
    values = {"store": store.folder, "period": "2027-R01", "as_of": AS_OF.isoformat()}
    return prepare_report(read_parameters("request", values))


def test_its_figures_are_of_its_own_rows(store: Store) -> None:
    results = _prepare(store).results
    assert results.by_type.select("activity_type", "quantity").rows() == [("hoi_nghi", 5)]
    everyone = next(row for row in results.workforce.to_dicts() if row["group"] is None)
    assert (everyone["staff_reached"], everyone["staff_total"], everyone["units"]) == (40, 100, 2)
    sent = next(row for row in results.completeness.to_dicts() if row["group"] is None)
    asked = store.plan.units_reporting(store.plan.period("2027-R01")).height
    assert (sent["period"], sent["numerator"], sent["denominator"]) == ("2027-R01", 2, asked)


def test_no_target_judges_it(store: Store) -> None:
    report = _prepare(store)
    kpis = report.results.kpis
    assert kpis["indicator"].to_list() == ["staff_reached", "comms_staff_trained"]
    assert kpis["value"].to_list() == [0.4, 0.5]
    for name in ("status", "target", "next_target"):
        assert kpis[name].null_count() == kpis.height
    words = json.dumps(summary.pick_key_figures(report.results).as_data(), ensure_ascii=False)
    for word in ("mục tiêu", "chỉ tiêu", "Nhiệm vụ đã hoàn thành"):
        assert word not in words


def test_a_section_is_there_where_its_table_is_asked(store: Store) -> None:
    report = _prepare(store)
    assert show_asked(report, "workforce", "Nhân lực", people.show).parts
    assert not show_asked(report, "budget", "Kinh phí", outputs.show).parts
    told = " ".join(part.text for part in show_request(report).parts)
    for words in ("Kết quả Tháng thanh niên", "Công văn số …/BNNMT-KHCN", "31/7/2027", "chậm nhất ngày 20/8/2027"):
        assert words in told


@pytest.mark.parametrize(
    ("kind", "period", "words"),
    [
        ("request", "2027-H1", ["không phải báo cáo đột xuất", "2027-R01"]),
        ("request", "2027-R02", ["2027-R02", "request list"]),
        ("semiannual", "2027-R01", ["báo cáo đột xuất R01 năm 2027", "2027-H1"]),
    ],
)
def test_a_wrong_period_is_one_sentence(store: Store, kind: str, period: str, words: list[str]) -> None:
    with pytest.raises(ParameterError) as caught:
        read_parameters(kind, {"store": store.folder, "period": period})
    for word in words:
        assert word in str(caught.value)


@pytest.mark.slow  # makes eight files through the notebook and verifies them: the whole way of the command
def test_the_command_makes_every_file_and_the_report_verifies(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--store", str(store.folder), "--out", str(tmp_path), "--as-of", AS_OF.isoformat()]
    assert main(["report", "request", "2027-R01", *options, "--format", "docx"]) == 0
    named = {path.name for path in tmp_path.iterdir()}
    assert named >= {f"request-2027-R01.{ending}" for ending in ("html", "json", "ipynb", "docx", "xlsx")}
    assert not {name for name in named if name.startswith("brief")}
    values = json.loads((tmp_path / "request-2027-R01.json").read_text(encoding="utf-8"))
    assert values["request"]["title"] == "Kết quả Tháng thanh niên"
    assert (values["task_status"], values["targets"], values["duties"], values["measures"]) == ([], [], [], [])
    assert [row["quantity"] for row in values["activities_by_type"]] == [5]
    page = (tmp_path / "request-2027-R01.html").read_text(encoding="utf-8")
    assert "Nhân lực" in page
    assert "Hội nghị của kỳ" not in page
    for word in ("mục tiêu", "chưa có số liệu năm trước", "báo cáo báo cáo"):
        assert word not in page
    capsys.readouterr()
    assert main(["verify", str(tmp_path / "request-2027-R01.html"), "--store", str(store.folder)]) == 0


@pytest.mark.slow  # makes two reports twice through their notebooks: that their bytes stay is what is promised
def test_a_request_moves_no_byte_of_the_half_and_of_the_year(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "kho")
    _send_half(store, tmp_path / "gui")
    before = _hash_reports(store, tmp_path / "trước")
    _ask(store, tmp_path / "gui")
    assert len(before) >= 8
    assert _hash_reports(store, tmp_path / "sau") == before


def _hash_reports(store: Store, out: Path) -> dict[str, str]:
    for kind, when in (("semiannual", {"period": "2027-H1"}), ("annual", {"year": 2027})):
        values = {"store": store.folder, "as_of": AS_OF.isoformat(), **when}
        make_report(Job(read_parameters(kind, values), out, also=("docx", "xlsx")))
    return {path.name: hash_bytes(path.read_bytes()) for path in sorted(out.iterdir()) if path.suffix in _BYTES}
