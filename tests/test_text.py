"""How numbers are written, whatever was written before them; which spellings of a code are one code."""

from __future__ import annotations

import csv
import unicodedata
from fractions import Fraction
from importlib import resources

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.text import code_key, format_number, format_percent


@pytest.mark.parametrize("value", [-0.0, 0, 0.0, -0.04, -0.4, Fraction(-1, 3)])
def test_nothing_has_no_sign(value: float | Fraction) -> None:
    assert format_number(value) == "0"


def test_a_negative_number_keeps_its_sign() -> None:
    assert [format_number(-0.4, 1), format_number(-10), format_percent(-0.1)] == ["-0,4", "-10", "-10,0%"]


def test_equal_values_of_other_types_are_written_alike_in_any_order() -> None:
    assert [format_number(value) for value in (True, 1, 1.0, False, -0.0, 0)] == ["1", "1", "1", "0", "0", "0"]


@given(
    st.one_of(st.integers(-(10**18), 10**18), st.floats(-1e15, 1e15), st.decimals(-999, 999, places=2)),
    st.integers(0, 2),
)
def test_a_number_is_written_as_unicodes_tables_of_languages_have_it(value: float, digits: int) -> None:
    """By Babel, which JupyterLab brings into the tests' environment."""
    expected = format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale="vi")
    assert format_number(value, digits) == (expected if expected.strip("-0,") else expected.lstrip("-"))


LOOKALIKES = list(
    csv.DictReader(resources.files("nq57kit").joinpath("lookalikes.csv").read_text(encoding="utf-8").splitlines())
)
SPELLINGS = {row["sign"]: [chr(int(point, 16)) for point in row["code_points"].split()] for row in LOOKALIKES}
CODES = st.text("ABCDĐEHKLMNOPSTX0123456789-/._", min_size=1, max_size=12)


@pytest.mark.parametrize("dash", list("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2043\u00ad"))
def test_a_code_is_one_whatever_its_dash(dash: str) -> None:
    assert code_key(f"GL{dash}01") == code_key("GL-01")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ĐTĐL.CN-01/26", "ÐTÐL.CN-01/26"),
        ("ĐTĐL.CN-01/26", "ƉTƉL.CN-01/26"),
        ("ĐTĐL.CN-01/26", "đtđl.cn-01/26"),
        ("ĐTĐL-01", "D\u0335TD\u0336L-01"),
        ("KC.05-26", "\u041a\u0421.05-26"),
        ("KHOAHOC", "\u039a\u0397\u039f\u0391\u041d\u041e\u0421"),
        ("kc-05", "\u043a\u0441-05"),
        ("GL-01", "ＧＬ－０１"),
        ("GL-01", " g\u200bl\u00a0-\u2003 01\ufeff"),
        ("GL-01", "GL--01"),
        ("HÒA-1", "HOÀ-1"),
    ],
)
def test_spellings_that_a_person_takes_for_one_have_one_key(one: str, other: str) -> None:
    assert code_key(one) == code_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("O1", "01"), ("I1", "11"), ("DT-1", "ĐT-1"), ("A-12", "A1-2"), ("A_1", "A-1")]
)
def test_codes_that_differ_in_a_digit_a_letter_or_the_place_of_a_dash_stay_two(one: str, other: str) -> None:
    assert code_key(one) != code_key(other)


def test_each_sign_looks_like_one_sign_only_and_is_a_letter_for_a_letter() -> None:
    every = [sign for signs in SPELLINGS.values() for sign in signs]
    assert len(every) == len(set(every))
    for sign, others in SPELLINGS.items():
        assert {unicodedata.category(one) == "Lu" for one in others} == {sign.isalpha()}


@given(CODES, st.data())
def test_any_mixture_of_look_alikes_case_and_blanks_has_the_key_of_the_plain_code(
    code: str, data: st.DataObject
) -> None:
    drawn = [
        data.draw(st.sampled_from([sign, sign.lower(), *SPELLINGS.get(sign, [])]))
        + data.draw(st.sampled_from(["", " ", "\u200b"]))
        for sign in code
    ]
    assert code_key("".join(drawn)) == code_key(code) == code_key(code_key(code))
