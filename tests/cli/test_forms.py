"""`nq57kit template`, `check` and `explain`: forms out, what is wrong in those that came back, what a code means."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

import nq57kit
from nq57kit.cli import main
from nq57kit.submissions.contract import PREVIOUS_SHEET, RETURN_SHEET
from nq57kit.submissions.form import write_workbook


@pytest.fixture
def form(tmp_path):
    """Return a function that writes a small form of vu-tccb with some cells changed."""

    def write(name: str = "bao-cao.xlsx", cells=None) -> Path:
        records = {
            "cover": [{"signed_on": date(2026, 12, 10)}],
            "workforce": [{"staff_total": 80, "staff_reached": 60, "comms_staff_total": 4, "comms_staff_trained": 1}],
            "task_progress": [
                {"task_id": 1, "status": "dang_thuc_hien"},
                {"task_id": 7, "status": "dang_thuc_hien"},
            ],
            "issues": [{"category": "kinh_phi", "description": "Kinh phí giả lập"}],
        }
        folder = tmp_path / "nhận về"
        folder.mkdir(exist_ok=True)
        path = write_workbook(folder / name, unit_id="vu-tccb", period="2026-H2", records=records)
        book = openpyxl.load_workbook(path)
        for (sheet, address), value in (cells or {}).items():
            book[sheet][address] = value
        book.save(path)
        return path

    return write


WRONG = {("Nhân lực", "B6"): "60 người", ("Tiến độ nhiệm vụ", "A8"): "Tổng cộng", ("Tiến độ nhiệm vụ", "C8"): 100}
OLD = {("Khó khăn, kiến nghị", "B5"): "Kinh phÝ ®\u00adîc giao chËm"}


def test_check_shows_where_each_row_went(form, capsys):
    assert main(["check", str(form(cells=WRONG))]) == 1
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Nhân lực 1 0 1 0" in lines
    assert "Tiến độ nhiệm vụ 4 2 0 2 dòng trống: 1; dòng tổng cộng: 1" in lines


def test_check_writes_the_file_that_goes_back(form, tmp_path, capsys):
    path = form(cells=WRONG)
    form("tot.xlsx")
    back = tmp_path / "trả lại"
    assert main(["check", str(path.parent), "--return", str(back)]) == 1
    assert [one.name for one in back.iterdir()] == ["bao-cao-tra-lai.xlsx"]
    assert "bao-cao-tra-lai.xlsx" in capsys.readouterr().out
    assert openpyxl.load_workbook(back / "bao-cao-tra-lai.xlsx").sheetnames[0] == RETURN_SHEET


def test_json_stays_json_when_files_are_written(form, tmp_path, capsys):
    assert main(["check", str(form(cells=WRONG)), "--format", "json", "--return", str(tmp_path / "trả lại")]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["ok"] is False
    assert "bao-cao-tra-lai.xlsx" in printed.err


def test_files_that_go_back_are_not_put_among_those_that_came(form, capsys):
    path = form(cells=WRONG)
    assert main(["check", str(path), "--return", str(path.parent)]) == 2
    assert "chọn một thư mục khác" in capsys.readouterr().err
    assert list(path.parent.iterdir()) == [path]


def test_a_state_secret_is_answered_with_a_sentence_and_no_file(form, tmp_path, capsys):
    path = form(cells={("Nhiệm vụ KHCN", "B5"): "Đề tài giả lập (Tuyệt mật)"})
    assert main(["check", str(path), "--return", str(tmp_path / "trả lại")]) == 1
    out = capsys.readouterr().out
    assert "không lập tệp trả lại" in out
    assert "giả lập (" not in out
    assert not (tmp_path / "trả lại").exists() or list((tmp_path / "trả lại").iterdir()) == []


def test_old_fonts_are_an_error_with_the_way_out_and_a_note_when_converted(form, capsys):
    path = form(cells=OLD)
    assert main(["check", str(path)]) == 1
    assert "--convert-legacy-fonts" in capsys.readouterr().out
    assert main(["check", str(path), "--convert-legacy-fonts"]) == 0
    assert "legacy-converted" in capsys.readouterr().out


def test_ingest_converts_old_fonts_keeps_the_bytes_and_says_so_in_the_receipt(form, tmp_path, capsys):
    path, store = form(cells=OLD), tmp_path / "kho"
    options = ["--store", str(store), "--sent-at", "2026-12-18T09:00:00+07:00"]
    assert main(["ingest", str(path), *options]) == 1
    assert main(["ingest", str(path), *options, "--convert-legacy-fonts"]) == 0
    (receipt,) = [json.loads(one.read_text(encoding="utf-8")) for one in store.rglob("receipt.json")]
    assert receipt["legacy_fonts_converted"] is True
    raw = [one for one in store.rglob("*") if one.is_file() and one.read_bytes() == path.read_bytes()]
    assert len(raw) == 1


def test_check_with_a_store_warns_against_the_units_earlier_half(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from nq57kit.store import ingest

    def write(period: str, staff: int) -> Path:
        people = {"staff_total": staff, "staff_reached": 1, "comms_staff_total": 1, "comms_staff_trained": 0}
        return write_workbook(
            tmp_path / f"{period}.xlsx", unit_id="vu-pc", period=period, records={"workforce": [people]}
        )

    sent = datetime(2026, 6, 1, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    ingest(write("2026-H1", 100), tmp_path / "kho", sent_at=sent)
    later = str(write("2026-H2", 40))
    assert main(["check", later, "--format", "json"]) == 0
    alone = json.loads(capsys.readouterr().out)["findings"]
    assert main(["check", later, "--store", str(tmp_path / "kho"), "--format", "json"]) == 0
    compared = json.loads(capsys.readouterr().out)["findings"]
    assert compared[: len(alone)] == alone
    (warning,) = compared[len(alone) :]
    assert (warning["severity"], warning["field"], warning["value"]) == ("warning", "staff_total", "40")


def test_template_is_prefilled_where_a_store_holds_the_units_earlier_half(tmp_path, capsys, monkeypatch):
    from nq57kit.store import ingest

    people = {"staff_total": 100, "staff_reached": 1, "comms_staff_total": 1, "comms_staff_trained": 0}
    path = write_workbook(tmp_path / "a.xlsx", unit_id="vu-pc", period="2026-H1", records={"workforce": [people]})
    ingest(path, tmp_path / "kho", sent_at=datetime(2026, 6, 1, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    (tmp_path / "nq57.toml").write_text('store = "kho"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for unit, said in (
        ("vu-pc", "1 biểu mẫu điền sẵn theo báo cáo trước"),
        ("vu-tccb", "1 biểu mẫu của đơn vị chưa có"),
    ):
        assert main(["template", "2026-H2", "--out", "bm", "--unit", unit]) == 0
        assert said in capsys.readouterr().out
        assert main(["template", "2026-H2", "--out", "trong", "--unit", unit, "--blank"]) == 0
        assert "điền sẵn" not in capsys.readouterr().out
    forms, blank = ({one.name: one.read_bytes() for one in (tmp_path / name).iterdir()} for name in ("bm", "trong"))
    assert {name for name in forms if forms[name] != blank[name]} == {"NQ57_2026-H2_vu-pc.xlsx"}


@pytest.fixture
def half_done(tmp_path):
    """A store with the first half of vu-tccb, who leads tasks 1 and 7: a plan and an article of task 1, nothing of task 7."""
    from nq57kit.store import ingest

    row = {"task_id": 1, "name": "Giả lập", "channel": "bao_chi", "started_on": date(2026, 6, 1), "quantity": 1}
    records = {
        "activities": [row | {"activity_type": kind} for kind in ("ke_hoach", "tin_bai")],
        "workforce": [{"staff_total": 9, "staff_reached": 1, "comms_staff_total": 1, "comms_staff_trained": 0}],
        "task_progress": [{"task_id": task, "status": "dang_thuc_hien"} for task in (1, 7)],
    }
    path = write_workbook(tmp_path / "h1.xlsx", unit_id="vu-tccb", period="2026-H1", records=records)
    assert ingest(path, tmp_path / "kho", sent_at=datetime(2026, 6, 1, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))).ok
    return tmp_path / "kho"


def words_of(path, sheet):
    return [
        str(cell) for row in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True) for cell in row if cell
    ]


def test_the_form_of_the_second_half_says_which_products_and_measures_are_still_missing(half_done, tmp_path):
    assert main(["template", "2026-H2", "--out", str(tmp_path), "--unit", "vu-tccb", "--store", str(half_done)]) == 0
    path = tmp_path / "NQ57_2026-H2_vu-tccb.xlsx"
    progress = openpyxl.load_workbook(path)["Tiến độ nhiệm vụ"]
    assert progress["D5"].comment.text == "Còn thiếu đến hết 6 tháng đầu năm 2026: Các hội nghị, hội thảo, tọa đàm"
    assert progress["D6"].comment.text.startswith("Còn thiếu đến hết 6 tháng đầu năm 2026: ")
    assert progress["D5"].value is None  # said beside the cell, never in it
    assert any("Còn thiếu đến hết 6 tháng đầu năm 2026: Các hội nghị" in words for words in words_of(path, "Hướng dẫn"))
    told = words_of(path, PREVIOUS_SHEET)
    assert "Còn thiếu: Các hội nghị, hội thảo, tọa đàm" in told
    silent = {words for words in told if re.fullmatch(r"III[0-9.-]+", words)}
    assert "III.1.1-08" in silent  # the yearly days: nothing answers
    assert "III.1.1-07" not in silent  # articles and pictures: the article does
    assert all(words.startswith("III.1.1") for words in silent)  # no measure of others


def test_a_form_with_what_is_missing_is_checked_like_any_other(half_done, tmp_path, capsys):
    assert main(["template", "2026-H2", "--out", str(tmp_path), "--unit", "vu-tccb", "--store", str(half_done)]) == 0
    path = tmp_path / "NQ57_2026-H2_vu-tccb.xlsx"
    book = openpyxl.load_workbook(path)
    for row, value in enumerate((9, 2, 1, 0), 5):
        book["Nhân lực"][f"B{row}"] = value
    for row in (5, 6):
        book["Tiến độ nhiệm vụ"][f"B{row}"] = "Đang thực hiện"
    book.save(path)
    assert (
        main(["check", str(path), "--period", "2026-H2", "--unit", "vu-tccb", "--return", str(tmp_path / "tra")]) == 0
    )
    assert "Còn thiếu" not in capsys.readouterr().out


@pytest.mark.parametrize(("period", "unit"), [("2027-H1", "vu-tccb"), ("2026-H2", "vu-pc")])
def test_nothing_is_called_missing_of_a_new_year_or_of_a_unit_that_has_not_reported(period, unit, half_done, tmp_path):
    assert main(["template", period, "--out", str(tmp_path), "--unit", unit, "--store", str(half_done)]) == 0
    book = openpyxl.load_workbook(tmp_path / f"NQ57_{period}_{unit}.xlsx")
    texts = [
        str(cell.value) + (cell.comment.text if cell.comment else "") for sheet in book for row in sheet for cell in row
    ]
    assert not any("Còn thiếu" in text for text in texts)


@pytest.fixture
def dated_plan(tmp_path):
    """The packaged plan, in which the measure on the yearly days ended with 2026."""
    folder = tmp_path / "ke-hoach"
    shutil.copytree(Path(nq57kit.__file__).parent / "plan" / "data", folder)
    path = folder / "measures.csv"
    head, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [[*head, "valid_to"], *([*row, "31/12/2026" if row[0] == "III.1.1-08" else ""] for row in rows)]
        )
    return folder


@pytest.mark.parametrize(("period", "held"), [("2026-H2", True), ("2027-H1", False)])
def test_form_and_check_and_the_units_part_know_what_the_plan_said_in_the_period(
    period, held, dated_plan, tmp_path, capsys
):
    plan = ["--plan", str(dated_plan)]
    assert main(["plan", "unit", "vu-tccb", period, "--format", "json", *plan]) == 0
    assert ("III.1.1-08" in {row["measure_id"] for row in json.loads(capsys.readouterr().out)["measures"]}) == held
    assert main(["template", period, "--out", str(tmp_path), "--unit", "vu-tccb", *plan]) == 0
    path = tmp_path / f"NQ57_{period}_vu-tccb.xlsx"
    book = openpyxl.load_workbook(path)
    assert any(str(cell.value).startswith("III.1.1-08.") for row in book["_danh_muc"] for cell in row) == held
    day = date(2026, 10, 1) if held else date(2027, 3, 1)
    for cell, value in zip(
        book["Hoạt động"][5],
        [1, "Giả lập", "Tập huấn", "Báo chí", day, None, 1, *[None] * 4, "III.1.1-08"],
        strict=False,
    ):
        cell.value = value
    book.save(path)
    capsys.readouterr()
    main(["check", str(path), "--format", "json", *plan])
    codes = {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert ("measure-not-addressed" in codes) != held


def test_a_blank_form_from_a_store_is_asked_about(tmp_path, capsys):
    assert main(["template", "2026-H2", "--out", str(tmp_path / "bm"), "--blank", "--store", str(tmp_path)]) == 2
    assert "chỉ ghi một trong hai" in capsys.readouterr().err
    assert main(["template", "2026-H2", "--out", str(tmp_path / "bm"), "--store", str(tmp_path / "khong-co")]) == 2
    assert not (tmp_path / "bm").exists()


LISTED = list(
    csv.DictReader(
        (Path(nq57kit.__file__).parent / "submissions" / "findings.csv").read_text(encoding="utf-8").splitlines()
    )
)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["explain", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_what_stands_for_a_workbooks_words_is_one_sign_without_a_stop_after_it(capsys):
    assert main(["explain", "--all", "--format", "json"]) == 0
    told = [text for kind in json.loads(capsys.readouterr().out) for text in (kind["meaning"], kind["advice"]) if text]
    assert len(told) > 200
    assert [text for text in told if "…." in text or "……" in text or "{" in text] == []


def test_a_code_is_explained_in_four_lines(capsys):
    code, text, complaint = run(capsys, "number-two-readings")
    assert (code, complaint) == (0, "")
    assert text.splitlines() == [
        "number-two-readings: Số hiểu được hai cách",
        "Mức: Lỗi (tệp bị trả lại, phải sửa rồi gửi lại).",
        "Nghĩa là: Ô «…» ghi «…», có thể là … hoặc …",
        "Cần làm: Ghi lại: phần nghìn dùng dấu chấm, phần thập phân dùng dấu phẩy.",
    ]


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row["code"])
def test_every_code_of_the_list_can_be_asked_for(row, capsys):
    code, text, _ = run(capsys, row["code"].upper())
    assert code == 0
    assert row["title"] in text
    assert "{" not in text
    assert text.count("\n") == 4


def test_a_note_that_asks_for_nothing_says_so(capsys):
    assert "Cần làm: không phải làm gì." in run(capsys, "rows-blank")[1]


def test_json_has_the_same_of_one_code_and_of_all(capsys):
    _, text, _ = run(capsys, "sheet-missing", "--format", "json")
    one = json.loads(text)
    assert list(one) == ["code", "severity", "title", "meaning", "advice"]
    assert (one["code"], one["severity"]) == ("sheet-missing", "error")
    code, text, _ = run(capsys, "--all", "--format", "json")
    every = json.loads(text)
    assert code == 0
    assert one in every
    assert [told["code"] for told in every] == [row["code"] for row in LISTED]
    assert [told["severity"] for told in every] == [row["severity"] for row in LISTED]


def test_all_codes_are_printed_as_a_table(capsys):
    code, text, _ = run(capsys, "--all")
    assert code == 0
    words = text.split()
    assert all(row["code"] in words for row in LISTED)
    assert "{" not in text


def test_an_unknown_code_is_answered_with_the_nearest(capsys):
    code, text, complaint = run(capsys, "sheet-mising")
    assert (code, text) == (2, "")
    assert complaint.startswith("Lỗi: Không có mã phát hiện «sheet-mising»; có phải «sheet-missing»")
    assert "nq57kit explain --all" in run(capsys, "qqq")[2]


@pytest.mark.parametrize("arguments", [(), ("sheet-missing", "--all")])
def test_one_code_or_all_not_neither_nor_both(arguments, capsys):
    code, text, complaint = run(capsys, *arguments)
    assert (code, text) == (2, "")
    assert complaint.strip() == (
        "Lỗi: Viết một mã phát hiện, ví dụ «nq57kit explain sheet-missing», hoặc --all để in tất cả."
    )


def test_the_help_page_is_vietnamese(capsys):
    code, text, _ = run(capsys, "--help")
    assert code == 0
    assert text.startswith("Cách dùng: nq57kit explain")
