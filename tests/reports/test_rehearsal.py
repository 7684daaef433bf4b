"""A rehearsal: a report judged as if its deadline had passed, that nobody can take for the report; what hangs on whom, by hand."""

from __future__ import annotations

import csv
import json
import re
import shutil
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from openpyxl import load_workbook

import nq57kit.plan
from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.indicators.rehearsal import bound, list_silent
from nq57kit.plan import load_plan
from nq57kit.reports import (
    Report,
    collect_results,
    prepare_report,
    read_parameters,
    read_results,
    run_report,
    verify_report,
)
from nq57kit.show import rehearsal
from nq57kit.store import Store, ingest, lock_period
from nq57kit.submissions import write_workbook

#: Has sent all; has sent June; has sent December of the year before; has never sent.
ALL, JUNE, BEFORE, NEVER = "vu-tccb", "hv-nongnghiep", "cuc-cds", "vu-pc"
DAY = "2027-12-10"


def staff(total: int, reached: int, experts: int, trained: int) -> dict[str, int]:
    names = ("staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained")
    return dict(zip(names, (total, reached, experts, trained), strict=True))


def science(code: str, *, told: bool = False) -> dict[str, Any]:
    when = {"communicated_on": date(2027, 3, 1), "channel": "bao_chi"} if told else {}
    years = {"start_year": 2026, "end_year": 2028, "level": "bo", "state_funded": True}
    return {"code": code, "name": f"Nhiệm vụ giả lập {code}", "communicated": told, **years, **when}


SENT = (
    (BEFORE, "2026-H2", staff(100, 40, 4, 2), [science("C.1")]),
    (ALL, "2027-H1", staff(50, 20, 2, 1), [science("A.1", told=True), science("A.2")]),
    (JUNE, "2027-H1", staff(30, 10, 2, 0), [science("B.1")]),
    (ALL, "2027-H2", staff(50, 30, 2, 2), [science("A.1", told=True), science("A.2")]),
)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged plan, of whose register four units must report."""
    folder = tmp_path_factory.mktemp("plan") / "kế hoạch"
    shutil.copytree(Path(nq57kit.plan.__file__).with_name("data"), folder)
    path = folder / "units.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {"reports": str(row["unit_id"] in {ALL, JUNE, BEFORE, NEVER}).lower()} for row in rows)
    return folder


@pytest.fixture(scope="module")
def store(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, read = tmp_path_factory.mktemp("store"), load_plan(plan)
    store = Store.create(folder / "kho", plan=read)
    for number, (unit, half, people, tasks) in enumerate(SENT):
        path = folder / f"{number}.xlsx"
        records = {"cover": [{}], "workforce": [people], "science_tasks": tasks}
        write_workbook(path, unit_id=unit, period=half, plan=read, records=records, notice=None)
        sent = datetime.fromisoformat(f"{half[:4]}-{'06' if half.endswith('1') else '12'}-08T09:00")
        taken = ingest(path, store, plan=read, sent_at=sent.replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
        assert taken.ok, [result.submission.findings for result in taken.results]
    return store.folder


def draw(store: Path, plan: Path, kind: str = "annual", **more: Any) -> Report:
    when = {"year": 2027} if kind == "annual" else {"period": "2027-H2"}
    given = {"store": store, "plan": plan, "as_of": DAY, "as_if_closed": "true", **when, **more}
    return prepare_report(read_parameters(kind, given))


@pytest.fixture(scope="module")
def rehearsed(store: Path, plan: Path) -> Report:
    return draw(store, plan)


def bounds(report: Report, indicator: str) -> dict[str | None, tuple[Any, ...]]:
    rows = bound(report.results).filter(indicator=indicator)
    return {row[0]: row[1:] for row in rows.select("unit_id", "known_of", "low", "high", "decides").iter_rows()}


def test_what_a_silent_unit_could_move_is_what_is_known_of_it(rehearsed: Report) -> None:
    assert set(list_silent(rehearsed.results)) == {NEVER, BEFORE, JUNE}
    # Of A.1, A.2 and B.1 the first is told: 1/3. B.1 may be told; C.1 comes in and may be told.
    assert bounds(rehearsed, "science_tasks_communicated") == {
        None: (None, 1 / 4, 3 / 4, True),
        JUNE: ("2027-H1", 1 / 3, 2 / 3, True),
        BEFORE: ("2026-H2", 1 / 4, 2 / 4, True),
        NEVER: (None, None, None, None),
    }
    # 30 of 50 and 10 of 30 have been reached; the ten of June are in the figure already, the hundred of 2026 are not.
    assert bounds(rehearsed, "staff_reached") == {
        None: (None, 40 / 180, 160 / 180, False),
        JUNE: ("2027-H1", 40 / 80, 60 / 80, False),
        BEFORE: ("2026-H2", 40 / 180, 140 / 180, False),
        NEVER: (None, None, None, None),
    }
    assert bounds(rehearsed, "comms_staff_trained")[None] == (None, 2 / 8, 8 / 8, False)


def test_a_register_says_which_tasks_can_still_be_told_whoever_has_them(
    store: Path, plan: Path, tmp_path: Path
) -> None:
    register = tmp_path / "danh-muc.csv"
    lines = [f"{code},Nhiệm vụ {code},bo,có,2026,2028" for code in ("A.1", "A.2", "B.1", "D.1")]
    register.write_text("\n".join(["code,name,level,state_funded,start_year,end_year", *lines]), encoding="utf-8")
    found = bounds(draw(store, plan, register=register), "science_tasks_communicated")
    assert found[JUNE][1:3] == (1 / 4, 2 / 4)
    assert found[BEFORE][1:3] == (1 / 4, 1 / 4)  # C.1 is not in the register
    assert found[None][1:3] == (1 / 4, 2 / 4)


def test_of_a_unit_that_was_split_nobody_knows_what_is_whose(store: Path, plan: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kế hoạch"
    shutil.copytree(plan, folder)
    path = folder / "units.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    names = lines[0].split(",")
    for number, line in enumerate(lines):
        if line.startswith(f"{BEFORE},"):
            row = dict(zip(names, next(csv.reader([line])), strict=True))
            lines[number] = line.removesuffix(",,,") + ",,2027-06-30," if row["valid_to"] == "" else line
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with path.open("a", encoding="utf-8", newline="") as stream:
        for name in ("moi-mot", "moi-hai"):
            new = row | {
                "unit_id": name,
                "name": f"Đơn vị {name}",
                "short_name": name,
                "aliases": "",
                "valid_from": "2027-07-01",
            }
            csv.DictWriter(stream, names).writerow(new | {"predecessors": BEFORE})
    found = bounds(draw(store, folder), "science_tasks_communicated")
    assert found["moi-mot"] == found["moi-hai"] == (None, None, None, None)


def test_the_page_says_which_verdict_hangs_on_whom(rehearsed: Report) -> None:
    said = str(rehearsal.show(rehearsed.results))
    assert (
        "nếu chốt hôm nay 33,3%, mục tiêu ≥ 50%; nếu 2/3 đơn vị chưa gửi đều gửi: 25,0%–75,0%; kết luận phụ thuộc vào: Cục CĐS"
        in said
    )
    assert "không tính được phần của Vụ PC (chưa có số liệu để dựa vào)" in said
    assert "chưa đặt mục tiêu nên không có kết luận nào phụ thuộc" in said
    mark = rehearsal.mark(rehearsed.results, ", chưa đủ đơn vị (1/4)")
    assert mark.startswith("NẾU CHỐT HÔM NAY (10/12/2027) – bản lập thử")
    assert mark.endswith(
        "kết luận còn phụ thuộc vào đơn vị chưa gửi: tỷ lệ nhiệm vụ khoa học, công nghệ được truyền thông."
    )


def test_in_june_no_target_is_judged_so_that_no_verdict_hangs_on_anybody(store: Path, plan: Path) -> None:
    values = {"store": store, "plan": plan, "period": "2027-H1", "as_of": "2027-06-01", "as_if_closed": True}
    results = prepare_report(read_parameters("semiannual", values)).results
    assert not bound(results)["decides"].any()
    said = str(rehearsal.show(results))
    assert "chưa đến kỳ đánh giá nên không có kết luận nào phụ thuộc" in said
    assert "kết luận phụ thuộc vào" not in said
    # Of all four units the one with a task of 2026 alone can be told of; it has been in no figure yet.
    (every,) = bound(results).filter(pl.col("unit_id").is_null(), indicator="science_tasks_communicated").to_dicts()
    assert (every["low"], every["high"]) == (0, 1)


def test_it_is_judged_as_if_the_deadline_had_passed_and_is_never_final(
    store: Path, plan: Path, rehearsed: Report
) -> None:
    real = draw(store, plan, as_if_closed="")
    status = {
        name: report.results.kpis.filter(indicator="science_tasks_communicated")["status"].item()
        for name, report in (("real", real), ("rehearsed", rehearsed))
    }
    assert status == {"real": "on_watch", "rehearsed": "not_met"}
    assert rehearsed.is_provisional
    told = collect_results(rehearsed)
    assert (told["rehearsal"], told["as_of"], told["provenance"]["as_if_closed"]) == ("nếu chốt hôm nay", DAY, True)
    assert len(told["hanging"]) == 3 * 4
    plain = collect_results(real)
    assert not {"rehearsal", "hanging"} & plain.keys()
    assert "as_if_closed" not in plain["provenance"]
    assert not rehearsal.show(real.results).as_text()


def words(path: Path) -> str:
    if path.suffix == ".xlsx":
        return "\n".join(str(cell) for row in load_workbook(path).worksheets[0].values for cell in row if cell)
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            return re.sub("<[^>]+>", "", archive.read("word/document.xml").decode())
    return path.read_text(encoding="utf-8")


@pytest.mark.slow  # two reports, a scorecard, and one of them again by `verify`
def test_no_file_of_it_can_be_taken_for_the_report_or_takes_its_place(store: Path, plan: Path, tmp_path: Path) -> None:
    def make(kind: str, also: tuple[str, ...] = (), **given: Any) -> list[Path]:
        values = {"store": store, "plan": plan, "as_of": DAY, **given}
        return list(run_report(read_parameters(kind, values), tmp_path, also=also).paths)

    real = {path: path.read_bytes() for path in make("annual", year=2027)}
    made = make("annual", ("docx", "xlsx"), year=2027, as_if_closed=True)
    made += make("unit", period="2027-H2", unit_id=JUNE, as_if_closed=True)
    for path in made:
        assert path.stem.endswith("-neu-chot"), path.name
        assert "nếu chốt hôm nay" in words(path).casefold(), path.name
    assert {path: path.read_bytes() for path in real} == real
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert [one["files"]["html"] for one in index["reports"]] == ["annual-2027.html"]
    assert {one["reason"] for one in index["passed_over"]} == {"lập thử (nếu chốt hôm nay), không phải báo cáo của kỳ"}
    assert read_results(tmp_path).reports["report_period"].to_list() == ["2027"]
    told = verify_report(next(path for path in made if path.name == "annual-2027-neu-chot.html"), store, plan=plan)
    assert told.ok, (told.causes, told.differences)


def test_a_locked_period_is_not_rehearsed_and_a_rehearsal_is_not_locked(
    store: Path, plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(store, tmp_path / "kho"))
    assert main(["lock", "2027-H2-neu-chot", "--store", str(copy), "--plan", str(plan)]) == 2
    assert "không phải là kỳ báo cáo" in capsys.readouterr().err
    kept = Store(copy, plan=load_plan(plan))
    lock_period(kept, kept.plan.period("2027-H2"))
    with pytest.raises(ParameterError, match="đã khóa: lập báo cáo chính thức"):
        draw(copy, plan, "semiannual")
