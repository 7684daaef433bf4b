"""A person's text: names that results fill, numbers that contradict a result, and the report's own copy of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.reports import prepare_report, read_parameters
from nq57kit.reports.commentary import (
    find_contradictions,
    find_place,
    list_names,
    read_commentary,
    write_commentary_form,
)
from nq57kit.reports.parameters import read_person_text
from nq57kit.reports.report import read_basis
from nq57kit.reports.results import collect_results
from nq57kit.reports.verify import verify_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.reports import Report
    from nq57kit.store import Store


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    def put(text: str) -> Path:
        path = tmp_path / "nhan-xet.md"
        path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture(scope="module")
def open_half(sample_store: Store) -> Callable[..., Report]:
    """Open the half's report with a person's text; its figures are computed once."""
    values = {"store": sample_store.folder, "period": "2026-H2", "as_of": "2026-12-25"}
    basis = read_basis(read_parameters("semiannual", values))

    def opened(commentary: Path | None = None) -> Report:
        return prepare_report(read_parameters("semiannual", {**values, "commentary": commentary}), basis=basis)

    return opened


@pytest.fixture(scope="module")
def half(open_half: Callable[..., Report]) -> Report:
    return open_half()


def test_names_are_filled_as_an_official_writes(open_half: Callable[..., Report], half: Report, write) -> None:  # type: ignore[no-untyped-def]
    text = "# Nhận xét chung\nCó {completeness}; {kpis.staff_reached}; {unit:vu-tccb.name}; { budget.disbursed_vnd }; {period}."
    said = open_half(write(text)).commentary["Nhận xét chung"]
    values = collect_results(half)
    sent = values["completeness"]
    assert said.startswith(f"Có {sent['numerator']}/58 đơn vị ({sent['value'] * 100:.1f}%); ".replace(".", ","))
    reached = next(row for row in values["kpis"] if row["indicator"] == "staff_reached")
    share = f"{reached['value'] * 100:.1f}%".replace(".", ",")
    pair = f"{reached['numerator']:,}/{reached['denominator']:,}".replace(",", ".")
    assert f"; {share} ({pair}); Vụ Tổ chức cán bộ; " in said
    millions = f"{values['budget']['disbursed_vnd'] / 1e6:,.1f}".replace(",", "_").replace(".", ",").replace("_", ".")
    assert f"; {millions.removesuffix(',0')} triệu đồng; 6 tháng cuối năm 2026." in said


def test_every_name_that_trace_has_of_the_headline_figures_can_be_written(half: Report) -> None:
    names = list_names(half)
    for name in ("kpis.staff_reached", "completeness", "timeliness", "budget.disbursed_vnd", "activities_by_type.hoi_nghi.reach",
                 "task_status.4.hoan_thanh_dung_han", "by_unit.vu-tccb.quantity", "task:7.short_name", "indicator:staff_reached.name"):  # fmt: skip
        assert names[name]
    assert not [said for said in names.values() if "{" in said]


def test_an_unknown_name_is_one_sentence_with_its_line_and_the_nearest(open_half: Callable[..., Report], write) -> None:  # type: ignore[no-untyped-def]
    path = write("<!-- hai\ndòng -->\n# Nhận xét chung\nĐạt {kpis.staf_reached}.")
    with pytest.raises(
        ParameterError, match=r"dòng 4: không có số liệu \{kpis\.staf_reached\}.*có phải: kpis\.staff_reached"
    ):
        open_half(path)


@pytest.mark.parametrize("text", ["{", "{}", "{a b}", "{{", "a } b"])
def test_braces_that_hold_no_name_are_text(open_half: Callable[..., Report], write, text: str) -> None:  # type: ignore[no-untyped-def]
    assert open_half(write(text)).commentary["Nhận xét chung"] == text


def test_typed_numbers_that_contradict_a_result_are_told_by_their_line(half: Report, write) -> None:  # type: ignore[no-untyped-def]
    values = collect_results(half)
    sent, money = values["completeness"]["numerator"], values["budget"]["disbursed_vnd"] / 1e6
    right = f"{sent}/58 đơn vị, {sent} đơn vị, {money:.1f} triệu đồng, 31 giải pháp, {{completeness}}".replace(".", ",")
    doubts = find_contradictions(
        write(f"{right}\n12 đơn vị gửi; 12,3%; 999.999 triệu đồng\nNghị quyết 57, ngày 18/5\n"), values
    )
    assert [one.split(": ")[1].split("»")[0] for one in doubts] == ["«12 đơn vị", "«12,3%", "«999.999 triệu đồng"]
    assert all("dòng 2" in one for one in doubts)
    assert "{completeness}" in doubts[0]
    assert str(sent) in doubts[0]


def test_the_heading_of_the_coming_period_may_name_it() -> None:
    assert find_place("Phương hướng, nhiệm vụ năm 2027") == "Phương hướng, nhiệm vụ kỳ tới"
    assert find_place("Phương hướng, nhiệm vụ kỳ tới ") == "Phương hướng, nhiệm vụ kỳ tới"


def test_the_empty_form_says_nothing(write) -> None:  # type: ignore[no-untyped-def]
    assert not any(read_commentary(write(write_commentary_form())).values())


def test_comments_are_dropped_and_lines_keep_their_numbers(write) -> None:  # type: ignore[no-untyped-def]
    assert (read_person_text(write("a <!-- x\ny --> b\nc <!-- z")) or "").splitlines() == ["a ", " b", "c <!-- z"]


@pytest.mark.slow  # makes a report twice
def test_the_text_is_in_the_report_and_verify_needs_no_file(
    sample_store: Store, write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # type: ignore[no-untyped-def]
    path = write("<!-- chỗ ghi của tôi -->\n# Nhận xét chung\nCó {completeness}; 12 đơn vị.\n")
    command = ["report", "semiannual", "2026-H2", "--as-of", "2026-12-25", "--store", str(sample_store.folder)]
    assert main([*command, "--out", str(tmp_path / "ra"), "--commentary", str(path)]) == 0
    assert "dòng 3: «12 đơn vị»" in capsys.readouterr().err
    path.unlink()
    page = tmp_path / "ra" / "semiannual-2026-H2.html"
    assert "chỗ ghi của tôi" not in page.read_text(encoding="utf-8")
    found = verify_report(page, sample_store.folder)
    assert found.ok, found
    told = json.loads((tmp_path / "ra" / "semiannual-2026-H2.json").read_text(encoding="utf-8"))["provenance"]
    assert "{completeness}" in told["commentary"]


def test_names_are_listed_by_a_command(sample_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["report", "names", "annual", "2026", "--as-of", "2026-12-25", "--store", str(sample_store.folder)]
    assert main([*command, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["unit:vu-tccb.short_name"] == "Vụ TCCB"
