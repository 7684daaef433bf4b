"""docs/store.md says what is true: its queries run as they are written and give one sum."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nq57kit.store import Store, correct_sent_at, ingest
from nq57kit.submissions.contract import TABLES

_PAGE = Path(__file__).parents[2] / "docs" / "store.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def kho(texts, tmp_path, inbox, hanoi, monkeypatch):
    """A store `kho` in the current folder; the latest revisions of 2026-H2 sum to 2 + 40."""
    store = Store.create(tmp_path / "kho")
    rows = [
        ("vu-pc", "2026-H2", "2026-12-01T08:00", 1000),
        ("vu-pc", "2026-H2", "2026-12-05T08:00", 2),
        ("cuc-cds", "2026-H2", "2026-12-02T08:00", 40),
        ("cuc-cds", "2026-H1", "2026-06-02T08:00", 500),
    ]
    for number, (unit, period, sent, quantity) in enumerate(rows):
        path = texts.write_text(inbox / f"{number}.xlsx", unit, period, quantities=[quantity])
        ingest(path, store, sent_at=hanoi(sent), now=hanoi("2026-12-10T08:00").replace(microsecond=5))
    monkeypatch.chdir(tmp_path)
    return store


@pytest.mark.parametrize("number", [0, 1])
def test_the_python_of_the_page_runs_and_gives_the_sum(kho, number):
    names: dict[str, object] = {}
    exec(blocks("python")[number], names)  # noqa: S102
    assert names["total"] == 2 + 40


@pytest.mark.parametrize("number", [0, 1])
def test_the_python_of_the_page_goes_by_the_corrected_time(kho, hanoi, number):
    half = kho.plan.period("2026-H2")
    correct_sent_at(kho, "vu-pc", half, hanoi("2026-11-30T08:00"), reason="Theo sổ công văn", revision=2)
    names: dict[str, object] = {}
    exec(blocks("python")[number], names)  # noqa: S102
    assert names["total"] == 1000 + 40


@pytest.mark.parametrize("number", [0, 1])
def test_the_python_of_the_page_counts_what_was_sent_again(kho, inbox, hanoi, number):
    ingest(inbox / "0.xlsx", kho, sent_at=hanoi("2026-12-08T08:00"))
    names: dict[str, object] = {}
    exec(blocks("python")[number], names)  # noqa: S102
    assert names["total"] == 1000 + 40


def test_the_sql_of_the_page_runs_in_duckdb_and_gives_the_sum(kho):
    duckdb = pytest.importorskip("duckdb")
    (sql,) = blocks("sql")
    assert duckdb.connect().sql(sql).fetchall() == [(42,)]


def test_every_table_can_be_scanned_with_the_folder_names_as_columns(kho):
    duckdb = pytest.importorskip("duckdb")
    for table in (*(name for name, one in TABLES.items() if "H" in one.periods), "findings"):
        pattern = f"kho/submissions/*/*/*/{table}.parquet"
        query = f"SELECT * FROM read_parquet('{pattern}', hive_partitioning = true, hive_types_autocast = false)"  # noqa: S608
        columns = duckdb.connect().sql(query).columns
        assert len(columns) == len(set(columns))
        assert {"period", "unit_id", "submission"} <= set(columns)


def test_the_picture_shows_every_file_of_a_submission(kho):
    (picture,) = re.findall(r"```\n(kho/.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for path in kho.folder.glob("submissions/*/*/*/*"):
        assert path.name in picture
    for path in kho.folder.iterdir():
        assert path.name in picture
