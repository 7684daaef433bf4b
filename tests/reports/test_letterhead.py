"""The words of a document's head: the packaged ones, and what a desk says instead."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nq57kit.errors import DeskError
from nq57kit.reports.letterhead import DOCUMENTS, LETTERHEAD_FILE, describe_style, find_style, read_letterhead


def put(folder: Path, text: str) -> Path:
    (folder / LETTERHEAD_FILE).write_text(text, encoding="utf-8")
    return folder


def test_a_desk_says_what_differs_for_all_reports_and_for_one_kind(tmp_path: Path) -> None:
    put(tmp_path, 'place = "Huế"\nauthor = "Cục giả lập"\nkind = "Công văn"\n[annual]\nsymbol = "GL"\n')
    annual, half, card = (read_letterhead(kind, tmp_path) for kind in ("annual", "semiannual", "unit"))
    assert (annual.place, half.place, card.place) == ("Huế", "Huế", "Huế")
    assert (annual.symbol, half.symbol, card.symbol) == ("GL", read_letterhead("semiannual").symbol, "")
    assert (annual.kind, card.kind) == ("Công văn", "Phiếu kết quả")
    assert annual.closing == "Cục giả lập trân trọng báo cáo./."
    assert annual.grounds == read_letterhead("annual").grounds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("place = Huế", "cú pháp TOML"),
        ('plac = "Huế"', "«plac» không dùng được; chỉ có state, motto"),
        ("place = 3", "«place» phải là một dòng chữ"),
        ('grounds = "Luật"', "«grounds» phải là danh sách"),
        ("[unit]\nrecipients = [1]", "«recipients» của bảng [unit] phải là danh sách"),
        ('[anual]\nplace = "Huế"', "không có loại văn bản [anual]; chỉ có semiannual, annual, unit"),
    ],
)
def test_wrong_words_are_refused_by_file_and_entry(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DeskError) as caught:
        read_letterhead("annual", put(tmp_path, text))
    assert LETTERHEAD_FILE in str(caught.value)
    assert said in str(caught.value)


def test_the_provenance_names_what_is_not_as_packaged(tmp_path: Path) -> None:
    assert set(describe_style(None)) == set(describe_style(tmp_path)) == {"python-docx"}
    shutil.copyfile(find_style(LETTERHEAD_FILE), tmp_path / LETTERHEAD_FILE)
    assert describe_style(tmp_path) == describe_style(None)
    put(tmp_path, 'place = "Huế"')
    assert set(describe_style(tmp_path)) == {"python-docx", LETTERHEAD_FILE}


def test_a_desk_says_who_signs_each_kind_of_document(tmp_path: Path) -> None:
    packaged = {kind: read_letterhead(kind) for kind in DOCUMENTS}
    assert {"semiannual", "annual", "unit", "letter", "plan", "request", "programme"} <= set(packaged)
    signed = {kind: words.signatory[-1] for kind, words in packaged.items()}
    assert signed["annual"] == signed["letter"] == signed["request"] == "VÀ CÔNG NGHỆ"
    assert signed["plan"] == signed["programme"] == signed["plan_letter"] == "CHÁNH VĂN PHÒNG"
    put(tmp_path, '[letter]\nsignatory = ["KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"]\n[plan]\nauthor = "Vụ giả lập"\n')
    assert read_letterhead("letter", tmp_path).signatory == ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")
    assert read_letterhead("plan", tmp_path).closing.startswith("Vụ giả lập")
    assert read_letterhead("annual", tmp_path) == packaged["annual"]


def test_what_another_body_says_of_itself_holds_for_every_kind_of_document(tmp_path: Path) -> None:
    said = 'issuer = "Tỉnh giả lập"\nauthor = "Sở giả lập"\nsymbol = "BC-UBND"\nsignatory = ["TL. CHỦ TỊCH"]\nplan_draft = "Quyết định"\n'
    put(
        tmp_path,
        said
        + 'recipients = ["- Lưu: VT."]\nissuer_lines = ["TỈNH GIẢ LẬP"]\nplace = "Giả Lập"\nplan_signed = "{state}"\n',
    )
    for kind in DOCUMENTS:
        words = read_letterhead(kind, tmp_path)
        assert (words.author, words.signatory, words.issuer) == ("Sở giả lập", ("TL. CHỦ TỊCH",), "Tỉnh giả lập")
        assert "BNNMT" not in words.symbol
        assert "Nông nghiệp" not in f"{words}"
    assert read_letterhead("letter", tmp_path).symbol == "UBND-KHCN"
