"""Letters to units of which something is missing: who is asked for what, in which words, which time; nobody's contact data."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from openpyxl import load_workbook

from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.files import write_atomically
from nq57kit.plan import Plan, load_plan
from nq57kit.reports.letterhead import LETTERHEAD_FILE, read_letterhead
from nq57kit.reports.letters import (
    REASONS,
    Letter,
    find_letters,
    read_words_of,
    record_letters,
    write_letter,
    write_letters,
    write_mail,
)
from nq57kit.reports.parameters import read_parameters
from nq57kit.reports.report import prepare_report
from nq57kit.reports.results import collect_results
from nq57kit.reports.tracer import trace
from nq57kit.show import reporting
from nq57kit.store import Store, prove_store

AFTER = date(2026, 12, 25)
CONTACT = ("Liên Hệ", "0987654321", "0987.654.321", "lien.he@")


@pytest.fixture
def store(asked_store: Store, tmp_path: Path) -> Store:
    """A copy of the store that may be written to."""
    shutil.copytree(asked_store.folder, tmp_path / "kho")
    return Store(tmp_path / "kho")


def letters_of(store: Store, plan: Plan, day: date = AFTER, period: str = "2026-H2") -> dict[str, Letter]:
    return {one.unit_id: one for one in find_letters(store.snapshot(), plan, plan.period(period), day)}


def mail_of(letter: Letter, plan: Plan, reply_by: date | None = None) -> str:
    return write_mail(letter, *write_letter(letter, plan, read_words_of(letter, None), reply_by))


def text_of(path: Path) -> str:
    """Every text of a file: of an Office file, of all its parts, tags left out."""
    if path.suffix == ".txt":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return re.sub(r"<[^>]*>", "", "\n".join(parts))


# ------------------------------------------------------------------ who is asked for what


def test_each_way_of_failing_has_its_unit_and_its_reason(asked_store: Store, plan: Plan) -> None:
    found = {unit: one.reasons for unit, one in letters_of(asked_store, plan).items()}
    assert found.pop("vu-tccb") == ("findings", "overdue", "measures")
    assert found.pop("vu-htqt") == ("late", "measures")
    assert found.pop("vu-pc") == ("findings", "measures")
    assert found.pop("cuc-cds") == ("refused",)
    assert found.pop("thanh-tra") == ("empty", "findings")
    assert set(found.values()) == {("missing",)}
    assert len(found) == plan.units_reporting(plan.period("2026-H2")).height - 5


def test_only_what_is_wanted_is_asked_for(asked_store: Store, plan: Plan) -> None:
    found = find_letters(asked_store.snapshot(), plan, plan.period("2026-H2"), AFTER, reasons=("refused", "overdue"))
    assert {one.unit_id: one.reasons for one in found} == {"vu-tccb": ("overdue",), "cuc-cds": ("refused",)}
    assert set(REASONS) == {"missing", "empty", "late", "refused", "findings", "overdue", "measures"}


def test_before_the_deadline_a_letter_reminds_and_accuses_nobody(asked_store: Store, plan: Plan) -> None:
    silent = letters_of(asked_store, plan, date(2026, 12, 10))["vu-khcn"]
    said = mail_of(silent, plan)
    assert "V/v gửi báo cáo kết quả" in said
    assert "quá hạn" not in said
    assert "đã qua" not in said
    assert "trước ngày 20/12/2026./." in said


def test_nobody_is_overdue_for_the_first_period(asked_store: Store, plan: Plan) -> None:
    said = mail_of(letters_of(asked_store, plan, date(2026, 6, 30), "2026-H1")["vu-khcn"], plan)
    assert "không bị tính là quá hạn" in said
    assert "đôn đốc" not in said


def test_a_year_is_asked_for_by_its_halves(asked_store: Store, plan: Plan) -> None:
    with pytest.raises(ParameterError, match="viết 2026-H1, 2026-H2"):
        find_letters(asked_store.snapshot(), plan, plan.period("2026"), AFTER)


# ------------------------------------------------------------------ in which words


def test_a_silent_unit_reads_the_plans_point_the_deadline_with_its_weekday_and_since_when(
    asked_store: Store, plan: Plan
) -> None:
    said = mail_of(letters_of(asked_store, plan)["vu-khcn"], plan, date(2027, 1, 5))
    point = next(row["text"] for row in plan.duties.to_dicts() if row["duty_id"] == "IV.3-03")
    for part in (
        "V/v đôn đốc gửi báo cáo kết quả thực hiện Kế hoạch 6 tháng cuối năm 2026\n",
        "Kính gửi: Vụ Khoa học và Công nghệ\n",
        f"mục IV.3 của Kế hoạch quy định: “{point.removesuffix('.')}”.",
        "trước ngày 20/12/2026 (ngày cuối cùng trong hạn: thứ Bảy, 19/12/2026; ngày làm việc cuối cùng: thứ Sáu, 18/12/2026)",
        "đã qua 6 ngày",
        "trước ngày 05/01/2027 (thứ Ba)./.",
        "DỰ THẢO",
    ):
        assert part in said, part


def test_a_refused_file_is_told_cell_by_cell_with_the_name_of_what_goes_back(asked_store: Store, plan: Plan) -> None:
    letter = letters_of(asked_store, plan)["cuc-cds"]
    said = mail_of(letter, plan)
    assert "«cuc-cds-tra-lai.xlsx»" in said
    assert "(Phụ lục kèm theo)" in said  # more rows than the letter itself bears
    refused = asked_store.snapshot().refused("2026-H2")[0]
    errors = [one for one in refused.findings if one["severity"] == "error"]
    assert len(errors) == letter.failings[0].facts["count"] == 6
    for one in errors:
        assert f"{one['sheet']} | {one['cell']} | {one['message']}" in said


def test_warnings_overdue_tasks_and_unanswered_measures_are_numbered_and_in_the_plans_words(
    asked_store: Store, plan: Plan
) -> None:
    said = mail_of(letters_of(asked_store, plan)["vu-tccb"], plan)
    assert re.findall(r"^(\d)\. ", said, re.MULTILINE) == ["1", "2", "3"]
    assert "đến hạn 14/12/2026 (thứ Hai)" in said
    asked = plan.measures_of("vu-tccb")
    silent = [row["text"] for row in asked.to_dicts() if row["text"] in said]
    assert f"{len(silent)}/{asked.height} giải pháp" in said
    assert "(1) kiểm tra" in said
    assert "(3) thực hiện các giải pháp" in said


def test_who_was_late_is_told_by_how_much_and_when_the_next_report_is_due(asked_store: Store, plan: Plan) -> None:
    found = find_letters(asked_store.snapshot(), plan, plan.period("2026-H2"), AFTER, reasons=("late",))
    said = mail_of(found[0], plan)
    assert "lúc 09:00 ngày 22/12/2026, sau thời hạn 3 ngày" in said
    assert "6 tháng đầu năm 2027, trước ngày 20/6/2027./." in said


def test_a_signed_plan_is_cited_by_its_number(asked_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "ke-hoach"
    shutil.copytree(Path(__file__).parents[2] / "nq57kit" / "plan" / "data", folder)
    settings = (folder / "settings.toml").read_text(encoding="utf-8")
    settings = settings.replace("draft = true", "draft = false").replace('number = ""', 'number = "123/QĐ-BNNMT"')
    settings = settings.replace('signed_on = ""', 'signed_on = "2026-05-29"')
    (folder / "settings.toml").write_text(settings, encoding="utf-8")
    signed = load_plan(folder)
    said = mail_of(letters_of(asked_store, signed)["vu-khcn"], signed)
    assert "123/QĐ-BNNMT" in said
    assert "(dự thảo)" not in said


# ------------------------------------------------------------------ which time, and what the reports say of it


def test_the_second_letter_says_so_and_one_day_counts_once(store: Store, plan: Plan) -> None:
    first = list(letters_of(store, plan, date(2026, 12, 21)).values())
    assert record_letters(store, first, by="Vụ giả lập") == len(first)
    again = list(letters_of(store, plan, date(2026, 12, 21)).values())
    assert record_letters(store, again, by="Vụ giả lập") == 0
    second = letters_of(store, plan, AFTER)["vu-khcn"]
    assert second.time == 2
    said = mail_of(second, plan)
    assert "(lần thứ 2)" in said
    assert "lần đôn đốc thứ 2" in said
    assert "(lần thứ 1: ngày 21/12/2026)" in said
    assert prove_store(store.folder).ok


def test_other_reasons_of_the_same_day_take_the_letters_place(store: Store, plan: Plan) -> None:
    only = find_letters(store.snapshot(), plan, plan.period("2026-H2"), AFTER, reasons=("overdue",))
    morning = datetime.fromisoformat("2026-12-25T08:00:00+07:00")
    record_letters(store, only, by="Vụ giả lập", now=morning)
    every = [letters_of(store, plan)["vu-tccb"]]
    assert record_letters(store, every, by="Vụ giả lập", now=morning + timedelta(hours=6)) == 1
    report = prepare_report(
        read_parameters("semiannual", {"store": store.folder, "period": "2026-H2", "as_of": "2026-12-26"})
    )
    (row,) = report.results.letters.filter(unit_id="vu-tccb").to_dicts()
    assert (row["times"], row["reasons"]) == (1, ["findings", "overdue", "measures"])


def test_a_letter_is_not_recorded_before_one_that_stands_there(store: Store, plan: Plan) -> None:
    record_letters(store, [letters_of(store, plan)["vu-khcn"]], by="Vụ giả lập")
    with pytest.raises(ParameterError, match="sau ngày 20/12/2026; bỏ --as-of"):
        record_letters(store, [letters_of(store, plan, date(2026, 12, 20))["vu-khcn"]], by="Vụ giả lập")


def test_reports_say_who_was_asked_how_often_and_trace_it(store: Store, plan: Plan) -> None:
    values = {"store": store.folder, "period": "2026-H2", "as_of": "2026-12-26"}
    before = prepare_report(read_parameters("semiannual", values))
    assert collect_results(before)["letters"] == []
    assert "don-doc" not in json.dumps(reporting.show_units(before.results).as_data())
    for day in (date(2026, 12, 21), AFTER):
        record_letters(store, list(letters_of(store, plan, day).values()), by="Vụ giả lập")
    after = prepare_report(read_parameters("semiannual", values))
    told = {row["unit_id"]: row for row in collect_results(after)["letters"]}
    assert told["vu-khcn"] == {
        "unit_id": "vu-khcn",
        "period": "2026-H2",
        "times": 2,
        "last_on": "2026-12-25",
        "reasons": ["missing"],
    }
    shown = json.dumps(reporting.show_units(after.results).as_data(), ensure_ascii=False)
    assert "Đơn vị đã được đôn đốc bằng văn bản" in shown
    traced = trace(after, "letters.vu-khcn.2026-H2", store=store.folder)
    assert traced["value"].to_list() == ["công văn ngày 21/12/2026", "công văn ngày 25/12/2026"]
    assert traced["amount"].sum() == 2
    card = prepare_report(read_parameters("unit", {**values, "unit_id": "vu-htqt"}))
    assert card.card is not None
    mine = json.dumps(reporting.show_unit(card.card).as_data(), ensure_ascii=False)
    assert "Gửi muộn; Giải pháp chưa nêu kết quả" in mine
    assert [row["unit_id"] for row in collect_results(card)["letters"]] == ["vu-htqt"]


def test_a_report_of_a_day_before_the_letter_does_not_know_it(store: Store, plan: Plan) -> None:
    values = {"store": store.folder, "period": "2026-H2", "as_of": "2026-12-24"}
    before = collect_results(prepare_report(read_parameters("semiannual", values)))
    record_letters(store, list(letters_of(store, plan).values()), by="Vụ giả lập")
    assert collect_results(prepare_report(read_parameters("semiannual", values))) == before


def test_letters_that_press_for_plans_are_evidence_of_that_duty_and_no_others_are(store: Store, plan: Plan) -> None:
    def evidence(year: int) -> str:
        values = {"store": store.folder, "year": year, "as_of": f"{year}-12-30"}
        duties = prepare_report(read_parameters("annual", values)).results.duties
        return str(duties.filter(duty_id="IV.2-02")["evidence"][0])

    record_letters(store, list(letters_of(store, plan).values()), by="Vụ giả lập")
    assert "Công văn đôn đốc" not in evidence(2026)
    asked = letters_of(store, plan, date(2027, 3, 1), "2027-P")
    said = mail_of(asked["vu-pc"], plan)
    for point in (
        "mục IV.2 của Kế hoạch",
        "Mục IV.3 của Kế hoạch",
        "Mục IV.4 của Kế hoạch",
        "kế hoạch và dự toán năm 2027",
    ):
        assert point in said, point
    assert read_words_of(asked["vu-pc"], None).author == "Văn phòng Bộ"
    record_letters(store, list(asked.values()), by="Văn phòng Bộ")
    assert f"Công văn đôn đốc đã ghi sổ: {len(asked)}/{len(asked)}" in evidence(2027)


# ------------------------------------------------------------------ the files


def test_every_unit_has_its_files_and_none_holds_contact_data(asked_store: Store, plan: Plan, tmp_path: Path) -> None:
    kept = asked_store.read("cover", "2026-H2").collect()
    assert set(kept["contact_phone"]) == {"0987654321"}  # what must not be found does stand in the store
    letters = list(letters_of(asked_store, plan).values())[:8]
    paths = write_letters(letters, plan, tmp_path)
    names = {f"{one.stem}{ending}" for one in letters for ending in (".docx", ".txt")}
    assert {path.name for path in paths} == names | {"don-doc-2026-H2.docx", "don-doc-2026-H2.xlsx"}
    for path in paths:
        text = text_of(path)
        assert len(text) > 200
        assert not [word for word in CONTACT if word in text], path.name
    again = write_letters(letters, plan, tmp_path / "lần hai")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths]


def test_the_list_for_the_phone_says_who_what_and_until_when(asked_store: Store, plan: Plan, tmp_path: Path) -> None:
    paths = write_letters(list(letters_of(asked_store, plan).values()), plan, tmp_path, reply_by=date(2027, 1, 5))
    sheet = load_workbook(io.BytesIO(paths[-1].read_bytes())).worksheets[1]
    head, *rows = sheet.iter_rows(values_only=True)
    assert head == (
        "Đơn vị",
        "Lần đôn đốc",
        "Nội dung còn thiếu",
        "Biểu mẫu trả lại",
        "Ngày cuối trong hạn",
        "Đề nghị trả lời trước ngày",
    )
    told = {row[0]: row for row in rows}
    assert told["Cục Chuyển đổi số"][1:4] == (1, "Tệp bị trả lại, phải sửa 6 lỗi", "cuc-cds-tra-lai.xlsx")
    assert [f"{day:%d/%m/%Y}" for day in told["Vụ Pháp chế"][4:]] == ["19/12/2026", "05/01/2027"]


def test_a_letter_is_headed_as_one_and_the_desk_says_by_whom(
    asked_store: Store, plan: Plan, tmp_path: Path, word: ModuleType
) -> None:
    write_atomically(
        tmp_path / "thể thức" / LETTERHEAD_FILE, '[letter]\nsignatory = ["VỤ TRƯỞNG GIẢ LẬP"]\nplace = "Huế"\n'
    )
    letter = letters_of(asked_store, plan)["vu-khcn"]
    paths = write_letters([letter], plan, tmp_path, letterhead=tmp_path / "thể thức")
    document = word.read(paths[0].read_bytes())
    text = re.sub("[\u00a0 ]+", " ", word.words(paths[0].read_bytes()))
    for part in (
        "Số: /BNNMT-KHCN\nV/v đôn đốc",
        "Huế, ngày tháng năm",
        "Kính gửi: Vụ Khoa học",
        "VỤ TRƯỞNG GIẢ LẬP",
        "- Lưu: VT, KHCN.",
    ):
        assert part in text, part
    styles = [one.style.name for one in document.paragraphs if one.style]
    assert "Tên loại văn bản" not in styles
    assert "Trích yếu" not in styles
    assert read_letterhead("annual", tmp_path / "thể thức") == read_letterhead("annual")


# ------------------------------------------------------------------ the command


def test_the_command_records_by_default_and_a_dry_run_writes_files_alone(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["remind", "2026-H2", "--store", str(store.folder), "--out", str(tmp_path), "--as-of", "2026-12-25"]
    command += ["--units", "nhom:vu, Cục Chuyển đổi số"]
    assert main([*command, "--dry-run"]) == 0
    assert "--dry-run" in capsys.readouterr().out
    assert not list(store.folder.glob("records/letter/*"))
    assert main(command) == 0
    files = {path.name for path in (tmp_path / "don-doc-2026-H2-2026-12-25").iterdir()}
    assert {"don-doc-2026-H2-cuc-cds.docx", "don-doc-2026-H2-vu-pc.txt"} <= files
    assert "don-doc-2026-H2-van-phong.docx" not in files
    recorded = len(list(store.folder.glob("records/letter/*")))
    assert recorded == (len(files) - 2) / 2
    assert main(command) == 0
    assert f"{recorded} công văn đã ghi từ trước" in capsys.readouterr().out
    assert len(list(store.folder.glob("records/letter/*"))) == recorded


def test_a_wrong_unit_group_or_period_is_one_sentence(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["remind", "--store", str(store.folder), "--out", str(tmp_path)]
    for more, said in (
        (["2026"], "viết 2026-H1, 2026-H2"),
        (["2026-H2", "--units", "nhom:khong-co"], "Không có đơn vị hoặc nhóm «nhom:khong-co»"),
        (["2026-H2", "--units", "vu-tcbc"], "vu-tccb"),
    ):
        assert main([*command, *more]) == 2
        captured = capsys.readouterr().err
        assert captured.startswith("Lỗi: ")
        assert said in captured
