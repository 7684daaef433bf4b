from __future__ import annotations

from pathlib import Path

import pytest

from nq57kit.errors import ParameterError
from nq57kit.reports.commentary import OTHER, PLACES, read_commentary, write_commentary_form


def test_text_goes_to_the_place_its_heading_names(tmp_path: Path) -> None:
    path = tmp_path / "nhận xét.md"
    path.write_text("# nhận xét CHUNG\nTốt.\n\n## Kiến nghị, đề xuất\n- Một\n- Hai\n", encoding="utf-8")
    texts = read_commentary(path)
    assert texts["Nhận xét chung"] == "Tốt."
    assert texts["Kiến nghị, đề xuất"] == "- Một\n- Hai"
    assert texts["Đánh giá kết quả thực hiện mục tiêu"] == ""


def test_text_before_any_heading_is_the_general_remark(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("\ufeffCâu đầu.\n", encoding="utf-8")
    assert read_commentary(path)["Nhận xét chung"] == "Câu đầu."


def test_text_under_an_unknown_heading_is_kept_with_its_heading(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Lời cảm ơn\nCảm ơn các đơn vị.\n", encoding="utf-8")
    assert read_commentary(path)[OTHER] == "**Lời cảm ơn**\n\nCảm ơn các đơn vị."


def test_the_empty_form_says_nothing_in_any_place(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(write_commentary_form(), encoding="utf-8")
    assert set(read_commentary(path).values()) == {""}
    assert set(read_commentary(path)) == {*PLACES, OTHER}


def test_a_file_in_another_alphabet_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cũ.md"
    path.write_bytes("Báo cáo".encode("utf-16"))
    with pytest.raises(ParameterError, match="UTF-8"):
        read_commentary(path)
