"""The index of a folder of reports: what it lists, in which order, and what it passes over."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nq57kit.plan import Plan
from nq57kit.reports.index import Entry, Index, read_index, render_index, write_index


def put(folder: Path, stem: str, *endings: str, **values: Any) -> None:
    kind, _, rest = stem.partition("-")
    found = re.fullmatch(r"(\d{4}(?:-H\d)?)(?:-(.+))?", rest)
    assert found is not None
    unit = {"unit_id": found[2], "unit_name": f"Đơn vị {found[2]}"} if found[2] else {}
    told = {
        "period": found[1],
        "as_of": "2026-12-25",
        "provisional": False,
        "provenance": {"kind": kind},
        **unit,
        **values,
    }
    (folder / f"{stem}.json").write_text(json.dumps(told), encoding="utf-8")
    for ending in endings or ("html", "ipynb"):
        (folder / f"{stem}.{ending}").write_text("", encoding="utf-8")


def test_the_ministrys_reports_before_those_of_units_and_of_each_the_newest_period_first(tmp_path: Path) -> None:
    put(tmp_path, "unit-2026-H2-a", unit_name="Vụ Đất đai")
    put(tmp_path, "unit-2026-H2-b", unit_name="Vụ Dân tộc")
    put(tmp_path, "unit-2026-H2-c", unit_name="Ủy ban")
    for stem in ("semiannual-2026-H1", "annual-2026", "semiannual-2027-H1", "semiannual-2026-H2"):
        put(tmp_path, stem)
    assert [entry.stem for entry in read_index(tmp_path).entries] == [
        "semiannual-2027-H1",
        "annual-2026",
        "semiannual-2026-H2",
        "semiannual-2026-H1",
        "unit-2026-H2-c",
        "unit-2026-H2-b",
        "unit-2026-H2-a",
    ]


def test_units_stand_in_the_order_of_the_register(tmp_path: Path) -> None:
    for unit, place in (("a", 30), ("b", 2), ("c", None), ("d", 0)):
        put(tmp_path, f"unit-2026-H2-{unit}", unit_place=place)
    assert [entry.unit_id for entry in read_index(tmp_path).entries] == ["d", "b", "a", "c"]


@pytest.mark.slow  # reports of the synthetic year are made
def test_the_units_of_the_sample_stand_in_its_registers_order(sample_reports: Path, plan: Plan) -> None:
    units = [entry.unit_id for entry in read_index(sample_reports).entries if entry.unit_id]
    places = plan.units["unit_id"].to_list()
    assert units == sorted(units, key=places.index)
    assert len(units) == 2


FIGURE = {
    "label": "Tỷ lệ <b>",
    "value": "48,0%",
    "unit": "",
    "target": "",
    "coverage": "Số liệu của 46/58 đơn vị.",
    "change": "",
    "status": "not_met",
}


def test_a_report_stands_with_its_main_results_their_verdicts_and_coverage(tmp_path: Path) -> None:
    put(tmp_path, "annual-2026", key_figures=[FIGURE])
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "Tỷ lệ &lt;b&gt;" in page
    assert re.search(r"48,0%.*Chưa đạt.*Số liệu của 46/58 đơn vị\.", page, re.DOTALL)
    assert (
        json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))["reports"][0]["key_figures"][0].items()
        >= FIGURE.items()
    )


@pytest.mark.parametrize(
    "told",
    [
        7,
        [7],
        {"a": 1},
        [{"label": 1, "value": "2"}],
        [{"name": "x"}],
        [FIGURE | {"value": "x" * 2000}],
    ],
)
def test_results_that_no_report_wrote_are_left_out(tmp_path: Path, told: Any) -> None:
    put(tmp_path, "annual-2026", key_figures=told)
    (entry,) = read_index(tmp_path).entries
    assert entry.key_figures == ()
    assert "<table" not in write_index(tmp_path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("stem", "provisional", "counts", "words"),
    [
        ("annual-2026", True, (100, 116), "chưa khóa số liệu; chưa đủ báo cáo của các đơn vị (100/116)"),
        ("semiannual-2026-H2", False, (53, 58), "đã khóa số liệu; chưa đủ báo cáo của các đơn vị (53/58)"),
        ("semiannual-2026-H2", False, (58, 58), "đã khóa số liệu; đủ báo cáo của các đơn vị (58/58)"),
        ("semiannual-2026-H2", True, ("x", None), "chưa khóa số liệu"),
        ("unit-2026-H2-a", True, (1, 1), "chưa khóa số liệu; đơn vị đã gửi báo cáo"),
        ("unit-2026-H2-a", True, (0, 1), "chưa khóa số liệu; đơn vị chưa gửi báo cáo"),
        ("unit-2026-a", True, (1, 2), "chưa khóa số liệu; đơn vị đã gửi 1/2 báo cáo"),
    ],
)
def test_locked_and_complete_are_two_things(
    tmp_path: Path, stem: str, provisional: bool, counts: Any, words: str
) -> None:
    put(
        tmp_path,
        stem,
        provisional=provisional,
        completeness=dict(zip(("numerator", "denominator"), counts, strict=True)),
    )
    (entry,) = read_index(tmp_path).entries
    assert entry.state == words


def test_state_and_closing_day_come_from_the_results(tmp_path: Path) -> None:
    put(tmp_path, "semiannual-2026-H2", provisional=True, as_of="2026-12-01")
    put(tmp_path, "annual-2026")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    data = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert [(row["kind"], row["locked"], row["as_of"]) for row in data["reports"]] == [
        ("annual", True, "2026-12-25"),
        ("semiannual", False, "2026-12-01"),
    ]
    assert re.search(
        r"<h3.*Báo cáo tổng hợp 6 tháng.*\n<p>Chưa khóa số liệu; chốt số liệu đến hết ngày 01/12/2026", page
    )
    assert re.search(
        r"<h3.*Báo cáo đánh giá hằng năm.*\n<p>Đã khóa số liệu; chốt số liệu đến hết ngày 25/12/2026", page
    )


def test_links_are_relative_and_lead_to_files_that_are_there(tmp_path: Path) -> None:
    put(tmp_path, "annual-2026", "html", "ipynb", "docx")
    put(tmp_path, "unit-2026-vu-tccb", "html")
    for name in ("catalogue-2026.html", "catalogue-2025.html"):
        (tmp_path / name).write_text("", encoding="utf-8")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    links = [link for link in re.findall(r'href="([^"]*)"', page) if not link.startswith("#")]
    annual = [f"annual-2026.{ending}" for ending in ("html", "docx", "ipynb", "json")]
    unit = ["unit-2026-vu-tccb.html", "unit-2026-vu-tccb.json"]
    assert links == [*annual[:2], "catalogue-2026.html", *annual[2:], *unit]
    assert all((tmp_path / link).is_file() for link in links)


def test_the_same_files_give_the_same_bytes_whenever_they_were_written(tmp_path: Path) -> None:
    put(tmp_path, "annual-2026")
    put(tmp_path, "unit-2026-H2-vu-tccb")
    first = [write_index(tmp_path).read_bytes(), (tmp_path / "index.json").read_bytes()]
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    assert [write_index(tmp_path).read_bytes(), (tmp_path / "index.json").read_bytes()] == first


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("annual-2027.json", b'{"period": "2027", ', "tệp hỏng"),
        ("annual-2027.json", b"\xff\xfe\x00", "tệp hỏng"),
        ("annual-2027.json", b"[" * 100_000, "tệp hỏng"),
        ("annual-2027.json", b"[]", "không phải kết quả"),
        ("annual-2027.json", b"null", "không phải kết quả"),
        ("annual-2027.json", b'{"period": "2026", "provenance": {"kind": "annual"}}', "không phải kết quả"),
        ("annual-2027.json", b'{"period": "2027", "provenance": {"kind": ["annual"]}}', "không phải kết quả"),
        ("annual-2027.json", b'{"period": "2027", "provenance": {"kind": "annual"}, "as_of": 3}', "tệp hỏng"),
        (
            "annual-2027.json",
            b'{"period": "2027", "provenance": {"kind": "annual"}, "as_of": "2027-12-25", "provisional": "no"}',
            "tệp hỏng",
        ),
        ("monthly-2027.json", b'{"period": "2027", "provenance": {"kind": "monthly"}}', "không phải kết quả"),
        ("unit-2026-H2.json", b'{"period": "2026-H2", "provenance": {"kind": "unit"}}', "không phải kết quả"),
        ("package.json", b"{}", "không phải kết quả"),
        ("<img src=x>.json", b"{}", "không phải kết quả"),
    ],
)
def test_a_damaged_or_foreign_file_is_passed_over_with_a_note(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    put(tmp_path, "annual-2026")
    (tmp_path / name).write_bytes(content)
    index = read_index(tmp_path)
    assert [entry.stem for entry in index.entries] == ["annual-2026"]
    ((passed, why),) = index.passed_over
    assert passed == name
    assert reason in why
    page = render_index(index)
    assert "Tệp không đưa vào danh mục" in page
    assert "<img" not in page


def test_hostile_names_of_units_show_as_text(tmp_path: Path) -> None:
    put(tmp_path, "unit-2026-H2-a", unit_name='</script><img onerror="x">' + "ă" * 10_000)
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "<img" not in page
    assert "&lt;/script&gt;" in page
    assert len(page) < 40_000


def test_what_the_data_say_of_themselves_stands_above_all(tmp_path: Path) -> None:
    put(tmp_path, "annual-2026", notices=["Dữ liệu <giả lập>", 7])
    put(tmp_path, "semiannual-2026-H2", notices=["Dữ liệu <giả lập>"])
    put(tmp_path, "semiannual-2026-H1", notices="x")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert page.count("Dữ liệu &lt;giả lập&gt;.") == 1
    assert page.index("giả lập") < page.index("Thư mục này có 3 báo cáo")


def test_its_own_files_and_the_executed_notebooks_are_no_reports(tmp_path: Path) -> None:
    put(tmp_path, "annual-2026")
    write_index(tmp_path)
    (tmp_path / "semiannual-2026-H2.failed.ipynb").write_text("{}", encoding="utf-8")
    index = read_index(tmp_path)
    assert len(index.entries) == 1
    assert index.passed_over == ()


def test_an_empty_folder_says_so_and_the_page_lets_nothing_in(tmp_path: Path) -> None:
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "Chưa có báo cáo nào trong thư mục này" in page
    assert "default-src 'none'" in page
    assert '<html lang="vi">' in page
    assert "<script" not in page


@pytest.mark.slow  # Chromium opens whole reports
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser_links_work_and_the_page_does_not_scroll_sideways(
    tmp_path: Path, browser: Any, scheme: str
) -> None:
    put(tmp_path, "annual-2026")
    put(tmp_path, "unit-2026-H2-vu-tccb", unit_name="Một đơn vị có tên rất dài " * 5)
    (tmp_path / "annual-2026.html").write_text("<!doctype html><title>Trang</title>", encoding="utf-8")
    context = browser.new_context(offline=True, viewport={"width": 360, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(write_index(tmp_path).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Báo cáo đánh giá hằng năm, năm 2026", exact=True).last.click()
    assert page.title() == "Trang"
    assert complaints == []
    context.close()


@pytest.mark.parametrize(
    ("kind", "period", "title"),
    [
        ("semiannual", "2026-H2", "Báo cáo tổng hợp 6 tháng, 6 tháng cuối năm 2026"),
        ("annual", "2026", "Báo cáo đánh giá hằng năm, năm 2026"),
        ("programme", "2026-2030", "Báo cáo tổng kết giai đoạn, giai đoạn 2026–2030"),
        ("plan", "2027-P", "Kế hoạch và dự toán kinh phí năm 2027"),
        ("request", "2027-R01", "Báo cáo đột xuất R01 năm 2027"),
    ],
)
def test_a_report_is_listed_by_a_title_that_says_its_period_once(kind: str, period: str, title: str) -> None:
    entry = Entry(f"{kind}-{period}", kind, period, False, date(2028, 1, 1), None, None, {"html": "a.html"})
    assert title in render_index(Index((entry,)))
