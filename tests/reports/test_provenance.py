"""What a report says of itself, in each of its files, and that it says nothing that it must not."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import openpyxl
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nq57kit.errors import ParameterError
from nq57kit.plan import load_plan
from nq57kit.reports import find_notebook, open_report, read_parameters
from nq57kit.reports.provenance import encode_provenance, halves_read, hash_code, hash_notebook, pins_of, read_origin
from nq57kit.reports.report import describe_report, read_basis
from nq57kit.show.blocks import BLOCK_MIME, Column, Table
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook

if TYPE_CHECKING:
    from nq57kit.plan import Plan


def opened(store: Store, kind: str = "annual", **words: Any) -> Any:
    when = {"annual": {"year": 2026}, "unit": {"period": "2026-H2"}}[kind]
    return open_report(kind, store=store.folder, as_of="2026-12-25", **when, **words)


@pytest.mark.parametrize(
    ("period", "halves"),
    [
        ("2026-H1", ["2026-P", "2026-H1"]),
        ("2026", ["2026-P", "2026-H1", "2026-H2"]),
        ("2027-H1", ["2026-H1", "2026-H2", "2027-P", "2027-H1"]),
        ("2027-H2", ["2026-H1", "2026-H2", "2027-P", "2027-H1", "2027-H2"]),
        ("2028", ["2026-H1", "2026-H2", "2027-H1", "2027-H2", "2028-P", "2028-H1", "2028-H2"]),
        ("2027-P", ["2026-P", "2027-P"]),
    ],
)
def test_the_halves_read_are_all_up_to_the_periods_own(period: str, halves: list[str]) -> None:
    assert [str(half) for half in halves_read(load_plan().period(period))] == halves


def test_every_submission_that_was_read_is_named_with_unit_period_revision_and_hash(sample_store: Store) -> None:
    told = opened(sample_store).provenance
    frame = sample_store.receipts(as_of=None)
    seen = frame.filter(frame["sent_at"].dt.date() <= opened(sample_store).as_of)
    named = [
        (row["unit_id"], row["period"], row["revision"], row["sha256"])
        for row in told["submissions"] + told["also_read"]
    ]
    assert sorted(named) == sorted(seen.select("unit_id", "period", "revision", "sha256").rows())
    latest = seen.filter("is_latest").select("unit_id", "period", "revision", "sha256").rows()
    assert sorted(named[: len(told["submissions"])]) == sorted(latest)
    assert told["refused"] == sorted(row.sha256 for row in sample_store.snapshot().refused())
    assert pins_of(told).refused == tuple(told["refused"])


def test_a_scorecard_names_other_units_submissions_by_hash_alone(sample_store: Store, plan: Plan) -> None:
    told = opened(sample_store, "unit", unit_id="vu-tccb").provenance
    text = json.dumps(told, ensure_ascii=False)
    assert [unit for unit in plan.units["unit_id"].to_list() if unit != "vu-tccb" and f'"{unit}"' in text] == []
    hashes = {row if isinstance(row, str) else row["sha256"] for row in told["submissions"] + told["also_read"]}
    assert hashes == {row.sha256 for row in sample_store.snapshot().accepted()}


def test_it_holds_no_path_no_file_name_and_no_contact(sample_store: Store, tmp_path: Path) -> None:
    text = tmp_path / "Nhận xét của chị Giả Lập.md"
    text.write_text("# Nhận xét chung\nA\n", encoding="utf-8")
    told = encode_provenance(opened(sample_store, commentary=text).provenance)
    for word in (str(sample_store.folder), str(tmp_path), "Giả Lập", ".md", ".xlsx", "sent_at", "20:", "/tmp"):  # noqa: S108
        assert word not in told
    assert len(json.loads(told)["commentary_sha256"]) == 64


def test_it_is_the_same_on_another_day_but_for_what_changed(sample_store: Store) -> None:
    assert opened(sample_store).provenance == opened(sample_store).provenance
    one, other = opened(sample_store).provenance, opened(sample_store, judgements={"network_formed": "met"}).provenance
    assert {key for key in one if one[key] != other[key]} == {"judgements"}


def test_the_hash_of_the_code_is_that_of_the_files_wherever_they_lie() -> None:
    assert re.fullmatch("[0-9a-f]{64}", hash_code())


def notebook(*sources: str, tags: str = "", outputs: bool = False) -> nbformat.NotebookNode:
    cells = [new_markdown_cell("# Báo cáo"), *(new_code_cell(source) for source in sources)]
    if tags:
        cells[1].metadata["tags"] = [tags]
    if outputs:
        cells[1].outputs = [nbformat.v4.new_output("stream", text="x")]
        cells[1].execution_count = 3
    return new_notebook(cells=cells)


def test_the_hash_of_a_notebook_is_of_its_text_without_outputs_injection_and_values_of_parameters() -> None:
    plain = hash_notebook(notebook("a = 1"))
    assert hash_notebook(notebook("a = 1", outputs=True)) == plain
    assert hash_notebook(notebook("a = 2")) != plain
    set_one, set_two = (hash_notebook(notebook(f'store: str = "{word}"', tags="parameters")) for word in ("x", "y"))
    assert set_one == set_two
    assert hash_notebook(notebook("store = open('x')", tags="parameters")) != hash_notebook(
        notebook("store = open('y')", tags="parameters")
    )
    injected = notebook("a = 1")
    injected.cells.insert(1, new_code_cell("a = 5", metadata={"tags": ["injected-parameters"]}))
    assert hash_notebook(injected) == plain


@pytest.mark.parametrize("kind", ["semiannual", "annual", "unit"])
def test_the_packaged_notebooks_set_plain_values_only(kind: str) -> None:
    source = nbformat.reads(find_notebook(kind).read_text(encoding="utf-8"), as_version=4)  # type: ignore[arg-type]
    changed = nbformat.reads(nbformat.writes(source), as_version=4)
    cell = next(cell for cell in changed.cells if "parameters" in cell.metadata.get("tags", ()))
    cell.source = cell.source.replace('store: str = ""', 'store: str = "kho"')
    assert cell.source != next(one for one in source.cells if one.id == cell.id).source
    assert hash_notebook(changed) == hash_notebook(source)


HOSTILE = '</script><script>alert(1)</script> & "]]> \u2028 </nq57-provenance> 🔒'


@pytest.fixture
def executed() -> nbformat.NotebookNode:
    """A small executed notebook with a glued provenance that holds hostile text."""
    told = {
        "kind": "annual", "period": "2026", "as_of": "2026-12-25", "nq57kit": HOSTILE, "code_sha256": "a" * 64,
        "plan_sha256": "b" * 64, "settings_sha256": "c" * 64, "stands_on": {"polars": "2"}, "locks": {}, "judgements": {},
        "submissions": [], "also_read": ["d" * 64] * 700, "refused": [], "receipts_sha256": "e" * 64,
    }  # fmt: skip
    scrap = {"name": "provenance", "data": told, "encoder": "json", "version": 1}
    table = Table(
        "Nguồn gốc số liệu", (Column("what", "Nội dung"), Column("value", "Giá trị")), (("A", "B"),), id="nguon-goc"
    )
    outputs = [
        nbformat.v4.new_output("display_data", {"application/scrapbook.scrap.json+json": scrap}),
        nbformat.v4.new_output("display_data", {BLOCK_MIME: table.as_data(), "text/plain": ""}),
    ]
    return new_notebook(cells=[new_markdown_cell("# Báo cáo"), new_code_cell("x", outputs=outputs)])


def test_each_kind_of_file_gives_back_the_very_provenance_however_hostile(
    executed: nbformat.NotebookNode, tmp_path: Path
) -> None:
    from nq57kit.reports.docx import render_docx
    from nq57kit.reports.executed import read_report
    from nq57kit.reports.html import render_html
    from nq57kit.reports.xlsx import render_xlsx

    values = read_report(executed).values
    files = {
        "a.html": render_html(executed).encode(),
        "a.docx": render_docx(executed),
        "a.xlsx": render_xlsx(executed),
        "a.json": json.dumps(values).encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        told = dict(read_origin(tmp_path / name).provenance)
        assert bool(told.pop("word", None)) == (name == "a.docx")  # what it stands on beside the report
        assert told == values["provenance"], name
    assert values["provenance"]["notebook_sha256"] == hash_notebook(executed)
    page = files["a.html"].decode()
    assert page.count("<script") == page.count("</script") == 1
    assert values["provenance"]["notebook_sha256"] in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_word_and_excel_open_the_files_and_show_nothing_of_it(executed: nbformat.NotebookNode) -> None:
    import docx

    from nq57kit.reports.docx import render_docx
    from nq57kit.reports.provenance import HIDDEN_SHEET
    from nq57kit.reports.xlsx import render_xlsx

    document = docx.Document(io.BytesIO(render_docx(executed)))
    assert "d" * 64 not in "\n".join(paragraph.text for paragraph in document.paragraphs)
    with zipfile.ZipFile(io.BytesIO(render_docx(executed))) as archive:
        assert archive.testzip() is None
        assert "../customXml/item1.xml" in archive.read("word/_rels/document.xml.rels").decode()
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(executed)))
    assert book[HIDDEN_SHEET].sheet_state == "veryHidden"
    assert book.sheetnames[-1] == HIDDEN_SHEET
    assert [one.name for one in book.custom_doc_props.props] == ["nq57-provenance-sha256"]


@pytest.mark.slow  # Chromium opens whole reports
def test_the_data_block_of_a_page_says_nothing_on_the_console(
    executed: nbformat.NotebookNode, tmp_path: Path, browser: Any
) -> None:
    from nq57kit.reports.html import render_html

    path = tmp_path / "trang.html"
    path.write_text(render_html(executed), encoding="utf-8")
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    told = json.loads(page.evaluate("document.getElementById('nq57-provenance').textContent"))
    page.close()
    assert said == []
    assert told["nq57kit"] == HOSTILE


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"x", "không phải tệp báo cáo"),
        ("a.html", b"<html></html>", "không có phần nguồn gốc"),
        (
            "a.html",
            b'<script type="application/json" id="nq57-provenance">{"kind": "annual"}</script>',
            "không có phần",
        ),
        ("a.docx", b"PK", "không có phần nguồn gốc"),
        ("a.xlsx", b"PK", "không có phần nguồn gốc"),
        ("a.json", b"[" * 100_000, "không có phần nguồn gốc"),
        ("a.json", b"\xff", "không có phần nguồn gốc"),
    ],
)
def test_a_file_that_does_not_say_it_is_refused_with_one_sentence(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ParameterError, match=words):
        read_origin(tmp_path / name)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="Không đọc được"):
        read_origin(tmp_path / "a.html")


def test_a_report_stands_on_the_sendings_that_it_knew_though_the_same_file_was_sent_again_since(tmp_path: Path) -> None:
    def send(number: int, day: int) -> None:
        records = {
            "workforce": [
                {"staff_total": 40, "staff_reached": number, "comms_staff_total": 2, "comms_staff_trained": 1}
            ]
        }
        path = tmp_path / f"v{number}.xlsx"
        path = path if path.exists() else write_workbook(path, unit_id="vu-pc", period="2026-H2", records=records)
        ingest(path, store, sent_at=datetime(2026, 12, day, 8, tzinfo=store.plan.settings.zone))

    store = Store.create(tmp_path / "kho")
    send(1, 10)
    send(2, 12)
    parameters = read_parameters("semiannual", {"store": store.folder, "period": "2026-H2", "as_of": "2026-12-25"})
    before = describe_report(parameters, read_basis(parameters))
    send(1, 14)
    after = describe_report(parameters, read_basis(parameters))
    named = [
        [(row["revision"], row["sha256"]) for row in one["submissions"] + one["also_read"]] for one in (before, after)
    ]
    first, second = (sha256 for _, sha256 in sorted(named[0]))
    assert sorted(named[1]) == [(1, first), (2, second), (3, first)]
    assert after["submissions"][0]["revision"] == 3
    for told in (before, after):
        assert describe_report(parameters, read_basis(parameters, pins=pins_of(told))) == told
