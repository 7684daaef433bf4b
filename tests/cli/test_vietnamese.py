from __future__ import annotations

import pytest

from nq57kit.cli import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["báo-cáo"], "Lỗi: không có lệnh 'báo-cáo'. Xem «nq57kit --help»."),
        (["template"], "Lỗi: thiếu đối số «KỲ»; viết thêm rồi chạy lại. Xem «nq57kit template --help»."),
        (
            ["plan", "tasks", "--fromat", "json"],
            "Lỗi: không có tùy chọn «--fromat»; có phải «--format»? Xem «nq57kit plan tasks --help».",
        ),
        (
            ["plan", "tasks", "--format", "xml"],
            "Lỗi: giá trị của «--format» không dùng được: viết một trong: text, json. Xem «nq57kit plan tasks --help».",
        ),
        (["plan", "tasks", "thừa"], "Lỗi: thừa đối số (thừa); bỏ đi rồi chạy lại. Xem «nq57kit plan tasks --help»."),
        (["plan", "tasks", "--format"], "Lỗi: tùy chọn '--format' cần một giá trị."),
        (["demo"], "Lỗi: thiếu tùy chọn «--out»; viết thêm rồi chạy lại. Xem «nq57kit demo --help»."),
        (
            ["sample", "--seed", "mười"],
            "Lỗi: giá trị của «--seed» không dùng được: cần một số nguyên. Xem «nq57kit sample --help».",
        ),
    ],
)
def test_wrong_use_is_answered_with_one_vietnamese_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.strip() == sentence


@pytest.mark.parametrize(
    "command",
    [[], ["plan"], ["plan", "tasks"], ["plan", "unit"], ["template"], ["check"], ["ingest"], ["status"], ["report"],
     ["report", "semiannual"], ["report", "annual"], ["report", "unit"], ["diff"], ["crosscheck"], ["explain"], ["sample"], ["init"], ["demo"]],
    ids=lambda command: " ".join(command) or "nq57kit",
)  # fmt: skip
def test_every_help_page_is_vietnamese(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("Cách dùng: ")
    for english in ("Usage", "Options", "Commands", "Show this", "Arguments"):
        assert english not in page
