"""The page of two minutes: what it holds, that it is one page in every state of a store, and where its pointers lead."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from nq57kit.plan import Plan
from nq57kit.reports import Report, open_report, read_parameters, run_report
from nq57kit.reports.brief import find_sections, write_brief
from nq57kit.reports.executed import Heading, Reading, read_report
from nq57kit.show.blocks import NO_COMMENTARY, Commentary, Figure, Note, Table
from nq57kit.show.summary import pick_decisions, pick_key_figures
from nq57kit.store import Store, ingest

HEADINGS = ["Kết quả đạt được", "Hạn chế và nguyên nhân", "Đề nghị Lãnh đạo Bộ xem xét, quyết định"]


@pytest.fixture(scope="module")
def report(sample_store: Store) -> Report:
    return open_report("annual", store=sample_store.folder, year=2026, as_of="2026-12-25")


@pytest.fixture(scope="module")
def reading(sample_reports: Path) -> Reading:
    return read_report(nbformat.read(sample_reports / "annual-2026.ipynb", as_version=4))


def tables(report: Report, reading: Reading) -> tuple[Table, Table]:
    parts = write_brief(report, reading, "html").parts
    assert [type(part) for part in parts[:-2]] == [Note, Note]  # the report's own marks
    figures, lines = parts[-2:]
    assert isinstance(figures, Table)
    assert isinstance(lines, Table)
    return figures, lines


@pytest.mark.slow  # reports of the synthetic year are made
def test_five_figures_stand_with_verdict_coverage_and_section(report: Report, reading: Reading) -> None:
    figures, _ = tables(report, reading)
    cards = pick_key_figures(report.results).items
    assert [(row[0], row[1]) for row in figures.rows] == [(c.label, f"{c.value} {c.unit}".strip()) for c in cards]
    assert len(cards) == 5
    for card, (*_, context) in zip(cards, figures.rows, strict=True):
        assert card.coverage in context
        assert card.status_label in context
        assert ". Xem: " in context


@pytest.mark.slow  # reports of the synthetic year are made
def test_every_line_names_a_section_of_the_report(report: Report, reading: Reading) -> None:
    _, lines = tables(report, reading)
    titles = {part.text for part in reading.parts if isinstance(part, Heading) and part.level == 2}
    assert list(dict.fromkeys(lines.headings)) == HEADINGS
    assert all(any(title.endswith(row[-1]) for title in titles) and row[-1] for row in lines.rows)
    asked = [row[1] for row in lines.rows if row[0] == HEADINGS[2]]
    assert len(asked) == 3
    for text, (said, _) in zip(asked, pick_decisions(report.results), strict=False):
        assert said.startswith(text.removesuffix(" …"))


@pytest.mark.slow  # reports of the synthetic year are made
def test_a_persons_text_goes_before_the_draft_and_without_drafts_nothing_is_put_in_its_place(
    report: Report, reading: Reading
) -> None:
    own = {**report.commentary, "Kiến nghị, đề xuất": "Đoạn **một**.\n\n- mục hai\n- mục ba\n- mục bốn"}
    _, lines = tables(replace(report, commentary=own), reading)
    assert [row[1:] for row in lines.rows if row[0] == HEADINGS[2]] == [
        (text, "Kiến nghị, đề xuất") for text in ("Đoạn một.", "mục hai", "mục ba")
    ]
    locked = replace(report, commentary=own, provenance={**report.provenance, "drafts": False})
    _, lines = tables(locked, reading)
    assert [row[1] for row in lines.rows[:2]] == [NO_COMMENTARY] * 2
    assert lines.rows[2][1] == "Đoạn một."


def test_sections_are_found_by_tables_charts_and_places_and_the_first_counts() -> None:
    table = Table("Chi", (), (), id="chi")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="4"><g/></svg>'
    parts = (
        Table("x", (), (), id="truoc"),
        Heading(2, "VII. Kinh phí"),
        table,
        Heading(3, "1. Chi tiết"),
        Figure("Hình", "", "Hình", svg, replace(table, id="hinh")),
        Heading(2, "Phụ lục IX. Số liệu"),
        table,
        Commentary("", title="Kiến nghị"),
    )
    found = find_sections(Reading("Báo cáo", parts))
    assert found == {"truoc": "", "chi": "Kinh phí", "hinh": "Kinh phí", "Kiến nghị": "Số liệu"}


@pytest.fixture
def stores(sample_store: Store, sample_folder: Path, plan: Plan, tmp_path: Path) -> dict[str, Store]:
    """A year of all units, of three, of nobody."""
    three, nobody = Store.create(tmp_path / "ba"), Store.create(tmp_path / "không")
    first, second = (
        {path.name[15:]: path for path in (sample_folder / half).glob("*.xlsx")} for half in ("2026-H1", "2026-H2")
    )
    for unit in sorted(first.keys() & second.keys())[:3]:
        ingest(first[unit], three, plan=plan)
        ingest(second[unit], three, plan=plan)
    return {"cả năm": sample_store, "ba đơn vị": three, "không ai": nobody}


@pytest.mark.slow  # three stores, LibreOffice and Chromium
def test_it_is_one_page_in_every_state_and_its_links_lead_into_the_report(
    stores: dict[str, Store], browser: Any, require_tool: Callable[[str], str], tmp_path: Path
) -> None:
    briefs = []
    for name, store in stores.items():
        out = tmp_path / f"báo cáo {name}"
        for kind, when in (("annual", {"year": 2026}), ("semiannual", {"period": "2026-H2"})):
            values = {"store": store.folder, "as_of": "2026-12-25", **when}
            run_report(read_parameters(kind, values), out, index=False)
        for period, stem in (("2026", "annual-2026"), ("2026-H2", "semiannual-2026-H2")):
            page, whole = (out / f"{one}.html" for one in (f"brief-{period}", stem))
            links = re.findall(r'href="([^"#]+)#([^"]+)"', page.read_text(encoding="utf-8"))
            assert len(links) >= 2
            text = whole.read_text(encoding="utf-8")
            assert all(file == whole.name and f'id="{anchor}"' in text for file, anchor in links)
            opened = browser.new_page()
            opened.goto(page.as_uri())
            opened.pdf(path=out / f"{page.stem}-trang.pdf", prefer_css_page_size=True)
            opened.close()
            briefs.append(page.with_suffix(".docx").rename(out / f"{name}-{period}.docx"))
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = [require_tool("soffice"), home, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, *briefs]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    made = [*tmp_path.glob("*.pdf"), *tmp_path.glob("*/*-trang.pdf")]
    assert len(made) == 12
    for path in made:
        told = subprocess.run([require_tool("pdfinfo"), path], check=True, capture_output=True).stdout.decode()
        assert re.search(r"^Pages: +1$", told, re.MULTILINE), path
        assert "(A4)" in told
