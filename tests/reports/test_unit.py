"""The scorecard of a unit as a report: its parameters, what it hands on, its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nq57kit.errors import ParameterError
from nq57kit.reports import (
    collect_results,
    open_report,
    read_parameters,
    run_report,
    show_masthead,
    show_unit_commentary,
)
from nq57kit.reports.parameters import fill_blanks, read_every_unit
from nq57kit.starters import init_desk
from nq57kit.store import Store

if TYPE_CHECKING:
    from nq57kit.plan import Plan

#: What every report hands on (contract §5).
HANDED_ON = {
    "period", "kpis", "completeness", "timeliness", "task_status", "activities_by_type", "budget", "late_units",
    "missing_units", "provenance",
}  # fmt: skip


@pytest.fixture
def empty_store(tmp_path: Path) -> Path:
    Store.create(tmp_path / "kho")
    return tmp_path / "kho"


@pytest.mark.parametrize("text", ["vu-tccb", " Vụ Tổ chức cán bộ ", "VỤ TỔ CHỨC CÁN BỘ", "Vụ TCCB"])
def test_a_unit_is_named_by_id_or_by_any_of_its_names(empty_store: Path, text: str) -> None:
    parameters = read_parameters("unit", {"store": empty_store, "period": "2026-H2", "unit_id": text})
    assert (parameters.unit_id, parameters.stem) == ("vu-tccb", "unit-2026-H2-vu-tccb")
    assert read_parameters("unit", parameters.as_notebook()) == parameters


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"unit_id": "vu-tcbc"}, ["«unit_id»", "không có trong danh mục đơn vị", "vu-tccb"]),
        ({"unit_id": "Cục QLĐĐ"}, ["có thể là nhiều đơn vị", "cuc-qldatdai", "cuc-ddpctt"]),
        ({"unit_id": "qqqqqq"}, ["nq57kit plan units"]),
        ({"unit_id": 7}, ["«unit_id»"]),
        ({}, ["Thiếu tham số «unit_id»", "vu-tccb"]),
        ({"unit_id": "vu-tccb", "period": "2026"}, ["cả năm"]),
        ({"unit_id": "vu-tccb", "register": "a.csv"}, ["«register» không có trong báo cáo này"]),
        ({"unit_id": "vu-tccb", "unit": "vu-tccb"}, ["có phải «unit_id»?"]),
    ],
)
def test_a_wrong_unit_is_refused_with_one_sentence(empty_store: Path, values: dict[str, Any], parts: list[str]) -> None:
    with pytest.raises(ParameterError) as refused:
        read_parameters("unit", {"store": empty_store, "period": "2026-H2", **values})
    assert "\n" not in str(refused.value)
    for part in parts:
        assert part in str(refused.value)


def test_every_unit_that_must_report_is_read_in_the_registers_order(empty_store: Path, plan: Plan) -> None:
    every = read_every_unit({"store": empty_store, "period": "2026-H2", "unit_id": "vu-tccb"})
    assert [one.unit_id for one in every] == plan.units_reporting(plan.period("2026-H2"))["unit_id"].to_list()
    with pytest.raises(ParameterError, match="perod"):
        read_every_unit({"store": empty_store, "perod": "2026-H2"})


def test_a_desks_text_about_the_ministry_is_not_taken_for_one_about_a_unit(tmp_path: Path) -> None:
    desk = init_desk(tmp_path)
    assert "commentary" not in fill_blanks("unit", {}, desk)
    assert fill_blanks("annual", {"store": " "}, desk) == {
        "store": desk.store,
        "plan": desk.plan,
        "commentary": desk.commentary,
    }


@pytest.mark.parametrize("unit_id", ["vu-tccb", "tt-cntt", "dn-tnmtvn", "thanh-tra"])
def test_what_is_handed_on_is_the_units_own_and_names_no_other(sample_store: Store, plan: Plan, unit_id: str) -> None:
    report = open_report("unit", store=sample_store.folder, period="2026-H2", unit_id=unit_id, as_of="2026-12-25")
    values = collect_results(report)
    assert set(values) >= HANDED_ON | {"unit_id", "unit_name"}
    assert all(value is not None for value in values.values())
    text = json.dumps(values, ensure_ascii=False, allow_nan=False)
    for other in plan.units["unit_id"].to_list():
        assert other == unit_id or f'"{other}"' not in text
    assert values["unit_id"] == values["provenance"]["unit_id"] == unit_id
    assert values["completeness"]["denominator"] == 1
    sent = unit_id in {"vu-tccb", "thanh-tra"}
    assert values["completeness"]["numerator"] == int(sent)
    assert values["missing_units"] == ([] if sent else [unit_id])
    assert {row["unit_id"] for row in values["provenance"]["submissions"]} == {unit_id}
    assert values["provenance"]["compared_with"]["submissions"] > 5


def test_the_persons_text_is_shown_whole(sample_store: Store, tmp_path: Path) -> None:
    text = tmp_path / "nhận xét.md"
    text.write_text("# Nhận xét chung\nA\n# Kiến nghị, đề xuất\nB\n# Đề mục lạ\nC\n", encoding="utf-8")
    values = {"store": sample_store.folder, "period": "2026-H2", "unit_id": "vu-tccb", "as_of": "2026-12-25"}
    said = show_unit_commentary(open_report("unit", **values, commentary=text)).as_text()
    assert [line for line in ("A", "B", "C") if line not in said] == []
    report = open_report("unit", **values)
    assert (
        show_unit_commentary(report).as_text()
        == "Nhận xét chung: (chưa có nhận xét: báo cáo lập không kèm tệp nhận xét)"
    )
    head = show_masthead(report).as_text()
    assert head.startswith("Phiếu kết quả 6 tháng cuối năm 2026 của Vụ Tổ chức cán bộ thực hiện Kế hoạch")
    assert "Dữ liệu giả lập" in head


@pytest.mark.slow  # a report is made
def test_a_run_writes_three_files_and_the_index_and_the_page_reads_as_a_scorecard(
    sample_store: Store, tmp_path: Path, browser: Any
) -> None:
    values = {"store": sample_store.folder, "period": "2026-H2", "unit_id": "hv-nongnghiep", "as_of": "2026-12-25"}
    run_report(read_parameters("unit", values), tmp_path)
    stem = "unit-2026-H2-hv-nongnghiep"
    names = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
    assert names == ["index.html", "index.json", f"{stem}.html", f"{stem}.ipynb", f"{stem}.json"]
    context = browser.new_context(offline=True, viewport={"width": 360, "height": 800}, locale="vi-VN")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / f"{stem}.html").as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [page.url]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    text = page.locator("body").inner_text()
    for foreign in ("In [", "Traceback", "None", "NaN", "null", "DataFrame", "import "):
        assert foreign not in text
    headings = page.locator("h2").all_inner_texts()
    assert headings[:2] == ["Tóm tắt", "I. Việc đến hạn và nội dung còn thiếu"]
    assert "Học viện Nông nghiệp Việt Nam" in page.locator("h1").inner_text()
    assert (tmp_path / f"{stem}.html").stat().st_size < 300_000
    context.close()
