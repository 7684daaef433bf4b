"""State secrets in a text: marks in all the ways people write them, innocent words, denials, and time that is linear."""

from __future__ import annotations

import unicodedata

import pytest

from nq57kit.errors import SecretError
from nq57kit.secrecy import HIDDEN_NAME, is_secret_text, judge_secrecy, refuse_secrets, show_name

NAME = "Nghiên cứu radar"
MARKED = [
    *(f"{NAME} - Mật", f"{NAME} – MẬT", f"{NAME} — Mật.", f"{NAME}: Mật", f"{NAME} / Mật", f"{NAME} | Mật"),
    *(f'{NAME} "Mật"', f"{NAME} “Mật”", f"{NAME} «Mật»", f"{NAME} ‘mật’", f"{NAME}（Mật）", f"{NAME} 【MẬT】"),
    *(f"{NAME} {{Mật}}", f"{NAME} <Mật>", f"{NAME} (độ Mật)", f"{NAME} *Mật*", f"{NAME} (mật): giai đoạn 2"),
    *(
        f"{NAME}, đóng dấu Mật",
        f"{NAME} (đóng dấu «Mật»)",
        f"{NAME}, dấu chỉ độ mật",
        f"{NAME} mang dấu MẬT theo quy định",
    ),
    *(
        f"MẬT: {NAME}",
        f"Mật – {NAME}",
        f"Mật - {NAME}",
        f"2026; MẬT: {NAME}",
        "MẬT",
        "Mật",
        "(Mật)",
        f"{NAME} thuộc BMNN",
    ),
    *(f"{NAME} (BMNN)", f"{NAME} – tuyệt-mật", f"{NAME} TUYỆT  MẬT", f"{NAME} (TUYET MAT)", "De tai radar - tuyet mat"),
    *("De tai radar thuoc bi mat nha nuoc", "De tai dong dau mat", f"{NAME}, tài liệu mật", f"hồ sơ mật: {NAME}"),
    *(f"{NAME}, bí mật quốc gia", f"{NAME} M\u00adật: Tuyệt m\u00adật", f"{NAME} (Ｍật)", f"{NAME} Tuyệt\u3000mật"),
    *(f"{NAME} không thuộc kế hoạch năm 2026 (Tuyệt mật)", f"Chưa nghiệm thu {NAME}, tuyệt mật", f"Không (Mật) {NAME}"),
    *(f"Không công khai {NAME}, bí mật nhà nước", f"Không có ai biết: {NAME} là bí mật nhà nước"),
    *(f"{NAME} không chỉ là bí mật nhà nước", "TuyÖt mËt", "®é mËt: MËt", "tuyeät maät"),
]
INNOCENT = [
    *("mật ong", "Mật ong bạc hà", "Nuôi ong lấy mật", "phấn hoa, mật, sáp ong", "mật hoa", "rỉ mật", "Mật mía", "mật gấu"),
    *("mật độ", "Mật độ: 40 con/m2", "mật độ nuôi tôm", "Mật độ - độ che phủ", "độ mật độ", "Giám sát mật độ: mật ong"),
    *("bảo mật", "Bảo mật: an toàn thông tin", "bảo mật - an toàn", "an ninh, bảo mật.", "mật thiết", "phối hợp mật thiết"),
    *("mật khẩu", "mật mã", "cơ yếu, mật mã", "Đổi mật khẩu: 3 tháng một lần", "mật danh", "mật thư", "bí mật kinh doanh"),
    *("Bí mật của thiên nhiên", "bí mật đời tư", "Bóng tối mật độ cao", "Dự án mật ong bạc hà", "cá mật", "Ấn phẩm Vị ngọt mật"),
    *("Tập huấn Luật Bảo vệ bí mật nhà nước", "phổ biến pháp luật về bí mật nhà nước", "phòng, chống lộ, lọt bí mật nhà nước"),
    *("Tap huan bao ve bi mat nha nuoc", "Kế hoạch bảo vệ BMNN năm 2026", "giữ gìn bí mật nhà nước", "be mat dat", "mat do"),
    *("Không mật", "Thông tin mật độ dân cư", "format", "automat", "Chất lượng mật: 80 độ Brix", "gia vị mật - 12 sản phẩm"),
    *("Sản phẩm OCOP: Mật ong rừng", "Dự án: Mật độ cây xanh", "Sự thật và bí mật", "đường mật", "túi mật, gan mật"),
]  # fmt: skip
DENIED = [
    "Đơn vị không có nhiệm vụ nào thuộc danh mục bí mật nhà nước",
    "không có nhiệm vụ bí mật nhà nước",
    "Không thuộc danh mục bí mật nhà nước.",
    "Chưa có đề tài, dự án mật",
    "Đề tài không phải là tài liệu mật",
    "Không có văn bản đóng dấu «Mật»",
    "Trong kỳ không có tài liệu Tuyệt mật, Tối mật, Mật",
    "Nhiệm vụ thuộc bí mật nhà nước: không có",
    "Nội dung BMNN: 0",
    "Đơn vị không có BMNN",
    "trừ những nhiệm vụ liên quan đến bí mật nhà nước",
    "Khong co nhiem vu thuoc bi mat nha nuoc",
    "không tính nhiệm vụ không sử dụng ngân sách nhà nước và nhiệm vụ bí mật nhà nước.",
]


@pytest.mark.parametrize("text", MARKED)
def test_a_mark_is_a_secret_however_it_is_written(text):
    assert is_secret_text(text)
    assert is_secret_text(unicodedata.normalize("NFD", text))
    with pytest.raises(SecretError) as told:
        refuse_secrets("nhận xét", ["Đạt yêu cầu", None, 3, text])
    assert "radar" not in str(told.value)


@pytest.mark.parametrize("text", INNOCENT)
def test_other_words_are_none(text):
    for way in (text, text.upper(), text.capitalize(), f"{text}.", unicodedata.normalize("NFD", text)):
        assert judge_secrecy(way) is None
        assert not is_secret_text(way)


@pytest.mark.parametrize("text", DENIED)
def test_a_denial_is_asked_about(text):
    assert judge_secrecy(text) == "denied"
    assert judge_secrecy(text, in_science=True) == "denied"
    refuse_secrets("nhận xét", [text])


@pytest.mark.parametrize("name", ["Đề tài A - Mật.xlsx", "De tai A_MẬT.xlsx", "bao-cao-tuyet-mat.pdf", "BMNN_vu-pc.xlsx", "“Mật”.docx"])  # fmt: skip
def test_a_files_name_that_tells_a_secret_is_not_shown(name):
    assert show_name(name) == HIDDEN_NAME
    assert (
        show_name(name.replace("ật", "ặt").replace("ẬT", "ẶT").replace("mat", "met").replace("BMNN", "BMN"))
        != HIDDEN_NAME
    )


def test_a_row_is_judged_by_its_headings():
    refuse_secrets("register.csv, dòng 2", {"code": "A-1", "Độ mật": "Không", "Bí mật nhà nước": None})
    for answer in ("x", "Có", True, 1, "A"):
        with pytest.raises(SecretError, match=r"register\.csv, dòng 2"):
            refuse_secrets("register.csv, dòng 2", {"code": "A-1", "Độ mật": answer})
    with pytest.raises(SecretError, match=r"^\(tên tệp không hiển thị\): "):
        refuse_secrets("A (Mật).csv", ["(Mật)"])


@pytest.mark.parametrize(
    "word", ["không", "không có", "phải là", "nhiệm vụ", "mật", "bí mật", "(", "độ mật", "không bí mật nhà nước", "- "]
)
@pytest.mark.parametrize("end", [" bí mật nhà nước", " bí mật", " mật", " (mật"])
def test_a_text_is_read_once_however_long_it_is(word, end):
    """Reading it in more ways than one takes longer than anybody waits: twice as long with each of 5 000 repetitions."""
    judge_secrecy("không" + f" {word}" * 5_000 + end)
