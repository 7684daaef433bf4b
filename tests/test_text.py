"""How numbers are written, whatever was written before them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from nq57kit.text import format_number, format_percent


@pytest.mark.parametrize("value", [-0.0, 0, 0.0, -0.04, -0.4, Fraction(-1, 3)])
def test_nothing_has_no_sign(value: float | Fraction) -> None:
    assert format_number(value) == "0"


def test_a_negative_number_keeps_its_sign() -> None:
    assert [format_number(-0.4, 1), format_number(-10), format_percent(-0.1)] == ["-0,4", "-10", "-10,0%"]


def test_equal_values_of_other_types_are_written_alike_in_any_order() -> None:
    assert [format_number(value) for value in (True, 1, 1.0, False, -0.0, 0)] == ["1", "1", "1", "0", "0", "0"]
