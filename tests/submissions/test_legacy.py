"""Text of old fonts: recognised, left alone where it is none, converted only when asked, each time with a note."""

from __future__ import annotations

import pytest

from nq57kit.legacy import convert_cell, convert_legacy, find_legacy
from nq57kit.submissions import check
from nq57kit.submissions.cells import Cell

#: Unicode, and the same in TCVN3 (soft hyphen is «ư») and in VNI, as the old fonts' tables have it.
SAME = [
    ("Kinh phí được giao chậm", "Kinh phÝ ®\u00adîc giao chËm", "Kinh phí ñöôïc giao chaäm"),
    ("trường đại học", "tr\u00adêng ®¹i häc", "tröôøng ñaïi hoïc"),
    ("những nhiệm vụ", "nh÷ng nhiÖm vô", "nhöõng nhieäm vuï"),
]


@pytest.mark.parametrize(("unicode", "tcvn3", "vni"), SAME)
def test_both_encodings_are_recognised_and_converted(unicode, tcvn3, vni):
    assert (find_legacy(tcvn3), convert_legacy(tcvn3, "TCVN3")) == ("TCVN3", unicode)
    assert (find_legacy(vni), convert_legacy(vni, "VNI")) == ("VNI", unicode)
    assert find_legacy(unicode) is None


@pytest.mark.parametrize("text", ["Hà Nội", "café Müller", "5 µm", "Lào", "30 °C", "§ 5", "®", "x\u00ady", "1 ½"])
def test_text_of_today_is_left_alone(text):
    assert find_legacy(text) is None
    assert convert_cell(Cell(1, 1, text)) is None


@pytest.mark.parametrize("value", [None, 5, 1.5, True, "abc"])
def test_a_cell_without_such_text_is_left_alone(value):
    assert convert_cell(Cell(1, 1, value)) is None


def legacy(submission, code):
    return [one for one in submission.findings if one.code == code]


@pytest.fixture
def old_file(fill):
    return fill(
        cells={
            ("Khó khăn, kiến nghị", "B5"): SAME[0][1],
            ("Khó khăn, kiến nghị", "C5"): SAME[2][2],
            ("Hoạt động", "C5"): "Héi nghÞ",
            ("Thông tin chung", "B9"): "TrÇn ThÞ §\u00adîc",
        }
    )


def test_without_being_asked_each_cell_is_an_error_that_shows_its_reading(old_file):
    submission = check(old_file)
    found = {one.cell + one.sheet[0]: one for one in legacy(submission, "legacy-font")}
    assert not submission.ok
    assert set(found) == {"B5K", "C5K", "C5H", "B9T"}
    assert SAME[0][0] in found["B5K"].message
    assert "UniKey" in found["B5K"].message
    assert not submission.legacy_fonts_converted


def test_when_asked_the_readings_are_taken_and_each_is_told(old_file):
    submission = check(old_file, convert_legacy_fonts=True)
    found = {one.cell + one.sheet[0]: one for one in legacy(submission, "legacy-converted")}
    assert submission.ok
    assert submission.legacy_fonts_converted
    assert set(found) == {"B5K", "C5K", "C5H", "B9T"}
    assert {one.severity for one in found.values()} == {"note"}
    assert found["B5K"].value == SAME[0][1]
    assert SAME[0][1] in found["B5K"].message
    assert SAME[0][0] in found["B5K"].message
    assert submission.tables["issues"].select("description", "proposal").row(0) == (SAME[0][0], SAME[2][0])
    assert submission.tables["activities"]["activity_type"][0] == "hoi_nghi"
    assert submission.content == old_file.read_bytes()


def test_a_person_s_name_is_converted_without_being_shown(old_file):
    for asked in (False, True):
        submission = check(old_file, convert_legacy_fonts=asked)
        assert all("TrÇn" not in str(one) and "Trần" not in str(one) for one in submission.findings)
    assert submission.tables["cover"]["signatory"][0].startswith("Trần Thị")


def test_a_converted_value_can_still_be_wrong(fill):
    submission = check(fill(cells={("Hoạt động", "C5"): "Héi nghÌ l¹"}), convert_legacy_fonts=True)
    assert [one.code for one in submission.findings if one.cell == "C5"] == ["code-unknown", "legacy-converted"]
