"""Hostile text in every free-text field of a workbook: shown as text on the page, in Word and in the workbook of data.

The text goes the whole way: written into real forms, read, stored, reported by the notebook. All of it is synthetic.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook
from nq57kit.submissions.contract import TABLES

if TYPE_CHECKING:
    from nq57kit.plan import Plan

pytestmark = pytest.mark.slow  # reports of a hostile store are made and opened in Chromium

#: By unit: one text for all its fields. What a reader must see of it is the same, without marks of direction.
TEXTS = {
    "vu-khcn": '</script><script>alert("NQ1")</script>',
    "vu-khtc": "<img src=x onerror=alert(1)>NQ2",
    "vu-tccb": '=HYPERLINK("http://x","y")&"NQ3"',
    "vu-htqt": "an\u202etoàn\u202c \u2066mạng\u2069 \u200fNQ4\u061c",
    "vu-pc": "NQ5 " + "tên dài " * 1250,
    "van-phong": "NQ6 {{7*7}} {% raw %} ${7*7} %(x)s {0}",
    "cuc-cds": '**NQ7** [trang](javascript:alert(1)) ![](http://x/y.png) <b onclick="alert(1)">đậm</b> `mã`',
    "cuc-tnn": 'NQ8"onmouseover="alert(1)\' <svg onload=alert(1)> &lt;i&gt; ]]> --> \\u003c',
}
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def seen(text: str) -> str:
    """Return what a reader must see of a hostile text."""
    return " ".join("".join(ch for ch in text if ch not in DIRECTIONS).split())


def records(text: str, led: list[int]) -> dict[str, list[dict[str, Any]]]:
    """Return rows in which every field of free text holds `text`."""
    rows: dict[str, list[dict[str, Any]]] = {
        "cover": [{}],
        "activities": [
            {
                "task_id": 1,
                "activity_type": "hoi_nghi",
                "channel": "truc_tiep",
                "started_on": date(2026, 8, day),
                "quantity": 1,
            }
            for day in (3, 4)
        ]
        + [
            {
                "task_id": 1,
                "activity_type": "hoi_nghi",
                "channel": "truc_tiep",
                "started_on": date(2020, 1, 1),
                "quantity": 1,
            }
        ],
        "science_tasks": [
            {
                "level": "bo",
                "state_funded": True,
                "start_year": 2025,
                "end_year": 2027,
                "communicated": True,
                "communicated_on": date(2026, 9, 2),
                "channel": "bao_chi",
            }
        ],
        "workforce": [{"staff_total": 9, "staff_reached": 3, "comms_staff_total": 2, "comms_staff_trained": 1}],
        "task_progress": [{"task_id": task, "status": "chua_thuc_hien", "percent_complete": 0} for task in led],
        "issues": [{"category": "khac"}],
    }
    for table, items in rows.items():
        free = [field.name for field in TABLES[table].fields if field.kind in {"text", "url"}]
        for number, item in enumerate(items):
            item.update(dict.fromkeys(free, text if not number else f"{text} ({number})"))
    return rows


#: The units whose scorecards are read: a script, a text of 10,000 letters.
CARDS = ("vu-khcn", "vu-pc")


@pytest.fixture(scope="module")
def hostile_store(tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> Store:
    """A store to which hostile forms were sent."""
    folder = tmp_path_factory.mktemp("hostile")
    for unit_id, text in TEXTS.items():
        led = plan.tasks_led_by(unit_id)["task_id"].to_list()
        path = folder / "gửi" / f"{unit_id}.xlsx"
        path.parent.mkdir(exist_ok=True)
        write_workbook(path, unit_id=unit_id, period="2026-H2", records=records(text, led), notice="DỮ LIỆU GIẢ LẬP")
    store = Store.create(folder / "kho")
    sent = datetime(2026, 12, 10, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    taken = ingest(folder / "gửi", store, plan=plan, sent_at=sent)
    assert {result.outcome for result in taken.results} == {"accepted"}
    return store


@pytest.fixture(scope="module")
def reported(hostile_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ministry's report of the hostile store."""
    return _report("semiannual", hostile_store, tmp_path_factory.mktemp("hostile") / "báo cáo")


def _report(kind: Any, store: Store, out: Path, **more: str) -> Path:
    from nq57kit.reports import read_parameters, run_report

    values = {"store": store.folder, "as_of": "2026-12-25", "period": "2026-H2", **more}
    return run_report(read_parameters(kind, values), out).html


@pytest.fixture(scope="module")
def notebook(reported: Path) -> Any:
    import nbformat

    return nbformat.read(reported.with_suffix(".ipynb"), as_version=4)  # type: ignore[no-untyped-call]


def test_the_page_shows_text_and_nothing_happens(reported: Path, browser: Any) -> None:
    text = _read_page(reported, browser)
    for hostile in TEXTS.values():
        assert text.count(seen(hostile)) >= 4


@pytest.mark.parametrize("unit_id", CARDS)
def test_a_scorecard_shows_text_on_the_page_in_word_and_in_the_workbook(
    hostile_store: Store, unit_id: str, tmp_path: Path, browser: Any
) -> None:
    import docx
    import nbformat
    import openpyxl

    from nq57kit.reports.docx import render_docx
    from nq57kit.reports.xlsx import render_xlsx

    page = _report("unit", hostile_store, tmp_path, unit_id=unit_id)
    book = nbformat.read(page.with_suffix(".ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    hostile = seen(TEXTS[unit_id])
    assert _read_page(page, browser).count(hostile) >= 2
    word = docx.Document(io.BytesIO(render_docx(book)))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert hostile in " ".join(" ".join(cells).split())
    sheets = openpyxl.load_workbook(io.BytesIO(render_xlsx(book)))
    values = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in values} <= {"s", "n", "d", "b"}
    assert hostile in " ".join(" ".join(str(cell.value) for cell in values).split())


def _read_page(page_file: Path, browser: Any) -> str:
    """Open a page as a reader does and return its text, having seen that nothing else happens."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    happened: list[str] = []
    page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda asked: happened.append(asked.url) if asked.url != page_file.as_uri() else None)
    page.on("console", lambda message: happened.append(message.text))
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.mouse.wheel(0, 20_000)
    # The provenance is data for programs, which no browser runs.
    page.evaluate("document.querySelectorAll('script[type=\"application/json\"]').forEach((one) => one.remove())")
    text = str(" ".join(page.evaluate("document.body.textContent").split()))
    assert not set(DIRECTIONS) & set(text)
    assert page.locator("script, img, iframe, object, embed, b, i:not(summary *), link, form, base").count() == 0
    handlers = (
        "[...document.querySelectorAll('*')].flatMap((one) => one.getAttributeNames()).filter((one) => /^on/.test(one))"
    )
    assert page.evaluate(handlers) == []
    addresses = page.evaluate("[...document.links].map((one) => one.getAttribute('href'))")
    assert {one for one in addresses if not one.startswith("#")} <= {"catalogue-2026-H2.html"}
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert happened == []
    context.close()
    return text


def test_word_shows_text(notebook: Any, tmp_path: Path) -> None:
    import docx

    from nq57kit.reports.docx import render_docx

    # Everything in the document, also what is for the workbook alone by the packaged outline.
    (tmp_path / "outline.toml").write_text("[semiannual]\nworkbook = []\n", encoding="utf-8")
    data = render_docx(notebook, tmp_path)
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = " ".join(" ".join([*cells, *(paragraph.text for paragraph in document.paragraphs)]).split())
    for hostile in TEXTS.values():
        assert seen(hostile) in text
    assert not set(DIRECTIONS) & set(text)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = parts.namelist()
        xml = b"".join(parts.read(name) for name in names if name.endswith((".xml", ".rels")))
    assert b"TargetMode" not in xml
    assert b"w:hyperlink" not in xml
    assert not {name for name in names if name.endswith((".bin", ".js"))}


def test_the_workbook_of_data_shows_text(notebook: Any) -> None:
    import openpyxl

    from nq57kit.reports.xlsx import render_xlsx

    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(notebook)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    assert [cell.hyperlink.target for cell in cells if cell.hyperlink and cell.hyperlink.target] == []
    text = " ".join(" ".join(str(cell.value) for cell in cells).split())
    for hostile in TEXTS.values():
        assert seen(hostile) in text
    assert not set(DIRECTIONS) & set(text)


def test_the_notebook_holds_no_code_from_a_workbook(notebook: Any) -> None:
    sources = "\n".join(cell.source for cell in notebook.cells)
    for number in range(1, 9):
        assert f"NQ{number}" not in sources
