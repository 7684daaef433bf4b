from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_overloads, is_typeddict

import pytest

from nq57kit.errors import ParameterError
from nq57kit.reports import KINDS, notebook, open_report, parameters, read_parameters
from nq57kit.reports.parameters import use_notebook
from nq57kit.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "kho dữ liệu Đ"
    Store.create(folder)
    return folder


def test_a_half_is_read_with_its_file_name(store: Path) -> None:
    parameters = read_parameters("semiannual", {"store": store, "period": " 2026-h2 ", "as_of": "2026-12-18"})
    assert parameters.period == "2026-H2"
    assert parameters.as_of == date(2026, 12, 18)
    assert parameters.stem == "semiannual-2026-H2"


@pytest.mark.parametrize("year", [2026, "2026", " 2026 "])
def test_a_year_is_read_from_text_or_number(store: Path, year: object) -> None:
    parameters = read_parameters("annual", {"store": store, "year": year})
    assert (parameters.period, parameters.stem) == ("2026", "annual-2026")
    assert parameters.as_notebook()["year"] == 2026


def test_empty_values_mean_not_given(store: Path) -> None:
    blank = {"as_of": "", "commentary": "  ", "plan": None, "register": "", "judgements": {}}
    assert read_parameters("annual", {"store": store, "year": 2026, **blank}) == read_parameters(
        "annual", {"store": store, "year": 2026}
    )


def test_relative_paths_are_taken_from_the_base(store: Path) -> None:
    parameters = read_parameters("annual", {"store": store.name, "year": 2026}, base=store.parent)
    assert parameters.store == store


def test_what_a_notebook_is_handed_can_be_read_again(store: Path) -> None:
    first = read_parameters(
        "semiannual",
        {"store": store, "period": "2026-H1", "as_of": "2026-06-25", "judgements": {"network_formed": "met"}},
    )
    assert read_parameters("semiannual", first.as_notebook()) == first


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("monthly", {}, ["«monthly»", "semiannual, annual"]),
        ("semiannual", {"perod": "2026-H2"}, ["«perod»", "có phải «period»?"]),
        ("semiannual", {"period = 1; import os; x": "y"}, ["không có trong báo cáo này"]),
        ("semiannual", {"period": "2026-H3"}, ["«period»", "«2026-H3»"]),
        ("semiannual", {"period": "2026"}, ["cả năm", "2026-H1"]),
        ("semiannual", {"period": 2026}, ["«period»"]),
        ("semiannual", {"period": "2026-H2", "as_of": "31/02/2026"}, ["«as_of»", "«31/02/2026»", "2026-12-18"]),
        ("semiannual", {"period": "2026-H2", "as_of": "2026-02-31"}, ["«as_of»", "«2026-02-31»"]),
        ("semiannual", {"period": "2026-H2", "commentary": "không-có.md"}, ["«commentary»", "không-có.md"]),
        ("semiannual", {"period": "2026-H2", "plan": "không-có"}, ["«plan»", "không-có"]),
        ("semiannual", {"period": "2026-H2", "register": "không-có.csv"}, ["«register»"]),
        ("semiannual", {"period": "2026-H2", "register": "D:\bao-cao\tháng.csv"}, ["«D:?ao-cao?háng.csv»", "D:/bao-cao"]),
        ("semiannual", {"period": "2026-H2", "judgements": {"staff_reached": "met"}}, ["«staff_reached»"]),
        ("semiannual", {"period": "2026-H2", "judgements": {"network_formed": "đạt"}}, ["«đạt»", "met (đạt)"]),
        ("semiannual", {"period": "2026-H2", "judgements": "met"}, ["«judgements»"]),
        ("semiannual", {}, ["Thiếu tham số «period»"]),
        ("annual", {"year": "2026-H2"}, ["«year»", "nửa năm"]),
        ("annual", {"year": 2031}, ["«year»", "2030"]),
        ("annual", {"year": True}, ["«year»"]),
        ("annual", {"year": 2026, "period": "2026-H2"}, ["«period»"]),
        ("annual", {}, ["Thiếu tham số «year»"]),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused_with_one_sentence(
    store: Path, kind: str, values: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(ParameterError) as refused:
        read_parameters(kind, {"store": store, **values})
    sentence = str(refused.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence


def test_a_store_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="«store»"):
        read_parameters("annual", {"store": tmp_path / "không có", "year": 2026})


def test_a_store_must_be_named() -> None:
    with pytest.raises(ParameterError, match="Thiếu tham số «store»"):
        read_parameters("annual", {"year": 2026})


def test_a_type_checker_is_told_of_every_kind_what_read_parameters_takes() -> None:
    told = {}
    for one in get_overloads(open_report):
        kind, given = (re.findall(r"\w+", one.__annotations__[name])[-1] for name in ("kind", "parameters"))
        told[kind] = given
    assert told == {kind: one.given.__name__ for kind, one in KINDS.items()}


@pytest.mark.slow  # a run of mypy
def test_mypy_accepts_right_names_and_refuses_wrong_ones(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    typed = Path(notebook.__file__).read_text(encoding="utf-8")
    calls = re.findall(r"^@overload\ndef open_report.*?\.\.\.\n", typed, re.M | re.S)
    kinds = [inspect.getsource(one) for one in vars(parameters).values() if is_typeddict(one)]
    head = "from collections.abc import Mapping\nfrom datetime import date\nfrom pathlib import Path\nfrom typing import *\n"
    (tmp_path / "told.pyi").write_text(
        head + "class Report: ...\n" + "".join(kinds) + "".join(calls).replace("given.", ""), encoding="utf-8"
    )  # the very lines: the whole package takes mypy a minute
    lines = [
        "from told import open_report",
        'open_report("semiannual", store="kho", period="2026-H2", as_if_closed=True)',
        'open_report("unit", period="2026-H2", unit_id="vu-tccb")',
        'open_report("programme", store="kho", year_from=2026)',
        'open_report("semiannual", store="kho", perod="2026-H2")',
        'open_report("annual", store="kho", period="2026-H2")',
        'open_report("unit", store="kho", period="2026-H2")',
        'open_report("yearly", store="kho", year=2026)',
    ]
    (tmp_path / "calls.py").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "calls.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert len(calls) == len(KINDS)
    assert {int(line) for line in re.findall(r"calls\.py:(\d+): error", done.stdout)} == {5, 6, 7, 8}, done.stdout


def test_a_notebook_of_ones_own_takes_its_own_names_and_refuses_what_it_has_no_cell_for(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "kho")
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["parameters"]},
        "source": ["store = ''\n", "year = 2026\n", "least = 1"],
    }
    made = tmp_path / "rieng.ipynb"
    made.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    told = read_parameters("annual", {"store": store.folder, "year": "2026"})
    own = use_notebook(told, made, {"least": "5"})
    assert (own.stem, own.as_notebook()) == ("rieng-2026", {"store": str(store.folder), "year": 2026, "least": 5})
    with pytest.raises(ParameterError, match=r"«lest».* least"):
        use_notebook(told, made, {"lest": "5"})
    with pytest.raises(ParameterError, match="«as_of»"):  # a value that would be lost
        use_notebook(replace(told, as_of=date(2026, 12, 25)), made, {})
    for name in ("annual.ipynb", "brief.ipynb", "khong-co.ipynb"):
        (tmp_path / "annual.ipynb").write_text("{}", encoding="utf-8")
        with pytest.raises(ParameterError, match="sổ ghi riêng"):
            use_notebook(told, tmp_path / name, {})
