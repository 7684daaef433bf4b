from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nq57kit.errors import ParameterError
from nq57kit.reports import read_parameters
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
