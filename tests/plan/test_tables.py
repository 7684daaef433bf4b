"""A plan folder of one's own: as Excel saves it, amended, moved; and every wrong row as one sentence."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from shutil import move

import pytest

from nq57kit.errors import PlanError
from nq57kit.plan import load_plan
from nq57kit.plan.tables import TABLES, schema_of

Edit = Callable[[str, str, str], None]
Sentence = Callable[[], str]


def test_the_packaged_plan_is_read_once() -> None:
    assert load_plan() is load_plan()


def test_a_folder_that_says_the_same_is_read_once_and_again_when_it_changes(folder: Path, edit: Edit) -> None:
    first = load_plan(folder)
    assert first is load_plan(str(folder))
    edit("events.csv", "Ngày hội Đổi mới", "Ngày Đổi mới")
    assert load_plan(folder) is not first


def test_a_copy_has_the_same_hash_wherever_it_lies(folder: Path, tmp_path: Path) -> None:
    assert load_plan(folder).hash == load_plan().hash
    moved = move(folder, tmp_path / "khác")
    assert load_plan(str(moved)).hash == load_plan().hash


def test_files_as_a_vietnamese_excel_saves_them(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
            for row in rows:
                writer.writerow([{"true": "TRUE"}.get(cell, cell) for cell in row] + [""])
            writer.writerow([""] * len(rows[0]))
    assert load_plan(folder).hash == load_plan().hash


def test_amending_the_plan_is_editing_data(edit: Edit, folder: Path) -> None:
    edit(
        "targets.csv", "science_tasks_communicated,2027,2028,>=,50,", 'science_tasks_communicated,2027,2028,>=,"52,5",'
    )
    edit("deadlines.csv", "units,H2,12,20,true,trước ngày 20/12 hằng năm", "units,H2,12,10,true,trước ngày 10/12")
    edit("deadlines.csv", "ministry,year,12,20", "ministry,year,12,25")
    plan = load_plan(folder)
    target = plan.target_for("science_tasks_communicated", 2028)
    assert target is not None
    assert target.value == Fraction(105, 2)
    assert plan.period("2027-H2").last_day == date(2027, 12, 9)
    assert plan.period("2027-H2").closes_on == date(2027, 12, 9)  # never after the units' own last day
    assert plan.period("2027").last_day == plan.due_date(10, 2027) == date(2027, 12, 24)
    assert plan.hash != load_plan().hash


def test_an_amended_task_list(folder: Path) -> None:
    with (folder / "tasks.csv").open("a", encoding="utf-8") as stream:
        stream.write('11,Nhiệm vụ bổ sung,Vụ Pháp chế,,Báo cáo,Hằng năm,annual,,vu-pc,,"Sửa đổi, TT 11"\n')
    plan = load_plan(folder)
    assert plan.tasks_led_by("vu-pc")["task_id"].to_list() == [1, 11]
    assert plan.due_date(11, 2028) == date(2028, 12, 14)
    assert plan.tasks["short_name"][-2:].to_list() == ["Tổng hợp, báo cáo kết quả thực hiện Kế hoạch", None]


def test_a_folder_of_before_has_no_short_names(folder: Path) -> None:
    lines = (folder / "tasks.csv").read_text(encoding="utf-8").splitlines()
    rows = [",".join(f'"{cell}"' for cell in cells[:-1]) for cells in csv.reader(lines)]
    (folder / "tasks.csv").write_text("\n".join(rows), encoding="utf-8")
    assert load_plan(folder).tasks["short_name"].null_count() == 10


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="Không có thư mục kế hoạch"):
        load_plan(tmp_path / "không có")


@pytest.mark.parametrize("name", ["tasks", "units", "ambiguous", "indicators"])
def test_a_missing_file(name: str, folder: Path, sentence: Sentence) -> None:
    (folder / f"{name}.csv").unlink()
    assert sentence().startswith(f"{name}.csv: thư mục kế hoạch")


WRONG: list[tuple[str, str, str, int, str, str, str]] = [
    # file, old, new, line, column, what, what to write
    ("targets.csv", ",2028,>=,50,", ",2028,>=,năm mươi,", 4, "value", "«năm mươi» không phải là số", "ví dụ 50"),
    ("targets.csv", ",2028,>=,50,", ",2028,>=,150,", 4, "value", "«150» không hợp lệ", "từ 0 đến 100"),
    ("targets.csv", ",2028,>=,50,", ",2028,>=,,", 4, "value", "đang để trống", "tỷ lệ phần trăm"),
    (
        "targets.csv",
        ",2028,>=,50,",
        ",2028,lớn hơn,50,",
        4,
        "comparator",
        "«lớn hơn» không có trong danh sách",
        ">=, =",
    ),
    ("targets.csv", ",2028,>=,50,", ",2028,qualitative,50,", 4, "comparator", "không hợp với loại", "định tính"),
    ("targets.csv", ",2027,2028,", ",2027,2026,", 4, "year_to", "«2026» nhỏ hơn", "từ 2027"),
    ("targets.csv", ",2027,2028,", ",2027,2029,", 5, "year_from", "trùng năm", "ghi 2030"),
    ("targets.csv", ",2027,2028,", ",2027,2027,", 5, "year_from", "để hở năm", "ghi 2028"),
    ("targets.csv", ",2027,2028,", ",2025,2028,", 4, "year_from", "nằm ngoài kế hoạch", "từ 2026 đến 2030"),
    ("targets.csv", "MT-2027-1,", "MT-2026-2,", 4, "target_id", "«MT-2026-2» đã có ở dòng 3", "mã riêng"),
    ("targets.csv", "staff_reached", "staff_informed", 7, "indicator", "«staff_informed»", "indicators.csv"),
    ("targets.csv", "comparator", "so_sánh", 1, "comparator", "thiếu cột", "thêm cột"),
    ("targets.csv", ",statement,", ",statement,ghi_chú,", 1, "ghi_chú", "không có cột mang tên này", "xóa cột"),
    ("tasks.csv", "\n7,", "\nbảy,", 8, "task_id", "«bảy» không phải là số nguyên", "chữ số"),
    ("tasks.csv", "\n7,", "\n6,", 8, "task_id", "«6» đã có ở dòng 7", "mã riêng"),
    ("tasks.csv", ",span,2030,", ",span,,", 4, "due_year", "đang để trống", "năm hoàn thành"),
    ("tasks.csv", ",by_date,,", ",by_date,2030,", 11, "due_year", "không dùng với", "để trống"),
    ("tasks.csv", ",by_date,", ",một lần,", 11, "cadence", "«một lần»", "by_date"),
    ("tasks.csv", ",,vu-tccb,", ",,vu-tc,", 8, "lead_units", "không có đơn vị hoặc nhóm «vu-tc»", "units.csv"),
    ("tasks.csv", ",,nhom:doanh_nghiep,", ",,nhom:cong_ty,", 6, "lead_units", "«nhom:cong_ty»", "groups.csv"),
    ("tasks.csv", ",,vu-tccb,", ",,,", 8, "lead_units", "đang để trống", "phải điền"),
    (
        "duties.csv",
        "Vụ Kế hoạch Tài chính,vu-khtc",
        "Vụ Kế hoạch Tài chính,vu-kh",
        12,
        "holder_units",
        "«vu-kh»",
        "all",
    ),
    (
        "measures.csv",
        "Cục Chuyển đổi số,cuc-cds",
        "Cục Chuyển đổi số,cục cđs",
        12,
        "audience_units",
        "«cục cđs»",
        "all",
    ),
    (
        "units.csv",
        "vu-pc,Vụ Pháp chế,Vụ PC,vu",
        "vu-pc,Vụ Pháp chế,Vụ PC,ban",
        6,
        "groups",
        "không có nhóm «ban»",
        "groups.csv",
    ),
    (
        "units.csv",
        "vu-pc,Vụ Pháp chế,Vụ PC",
        "vu-pc,Vụ Pháp chế,Vụ KHCN",
        6,
        "short_name",
        "đã là tên của «Vụ Khoa học và Công nghệ» (dòng 2)",
        "ambiguous.csv",
    ),
    (
        "units.csv",
        "vu-pc,Vụ Pháp chế,Vụ PC,vu,,law",
        "Vụ PC,Vụ Pháp chế,Vụ PC,vu,,law",
        6,
        "unit_id",
        "không phải là mã",
        "không dấu",
    ),
    (
        "units.csv",
        "Vụ PC,vu,,law,true,,",
        "Vụ PC,vu,,luật,true,,",
        6,
        "basis",
        "«luật» không có trong danh sách",
        "unverified",
    ),
    ("units.csv", "Vụ PC,vu,,law,true,,", "Vụ PC,vu,,law,nên,,", 6, "reports", "«nên»", "true"),
    (
        "units.csv",
        "Vụ PC,vu,,law,true,,",
        "Vụ PC,vu,,law,true,05/18/2026,",
        6,
        "valid_from",
        "«05/18/2026» không phải là ngày",
        "ngày/tháng/năm",
    ),
    ("units.csv", "Vụ PC,vu,,law,true,,", "Vụ PC,vu,,law,true,01/3/2027,01/2/2027", 6, "valid_to", "đứng trước", "sửa"),
    (
        "units.csv",
        "Vụ PC,vu,,law,true,,,",
        "Vụ PC,vu,,law,true,,,Vụ Pháp Chế",
        6,
        "predecessors",
        "tên hiện nay",
        "tên cũ",
    ),
    ("ambiguous.csv", "\nCNTY,", "\nCục CNTY,", 6, "alias", "là tên của «Cục Chăn nuôi và Thú y»", "bỏ tên này"),
    ("ambiguous.csv", "cuc-cnty|vien-cnty", "cuc-cnty", 6, "unit_ids", "chỉ có một đơn vị", "hai mã"),
    ("ambiguous.csv", "cuc-cnty|vien-cnty", "cuc-cnty|vien-x", 6, "unit_ids", "không có đơn vị «vien-x»", "units.csv"),
    ("deadlines.csv", "units,H1,6,20", "units,H1,6,31", 2, "day", "ngày 31/6 không có", "sửa lại"),
    ("deadlines.csv", "units,H1,6,20", "units,H1,13,20", 2, "month", "«13» không hợp lệ", "từ 1 đến 12"),
    ("deadlines.csv", "units,H1,6,20", "units,H2,6,20", 3, "period_kind", "đã có thời hạn này ở dòng 2", "một dòng"),
    (
        "deadlines.csv",
        "units,H1,6,20",
        "ministry,H1,6,20",
        5,
        "period_kind",
        "thiếu thời hạn của units cho H1",
        "thêm một dòng",
    ),
    ("deadlines.csv", "units,H1,6,20", "units,year,6,20", 2, "period_kind", "không phải gửi báo cáo năm", "H1 hoặc H2"),
    ("deadlines.csv", "units,H1,6,20", "units,H1,,20", 2, "month", "đang để trống", "phải điền"),
    ("deadlines.csv", "on_request,,,,,", "on_request,,6,,,", 5, "month", "đột xuất", "để trống"),
    ("events.csv", ",5,18,", ",2,30,", 2, "day", "ngày 30/2", "sửa lại"),
    ("indicators.csv", '%,ratio,"Đếm', '%,tỷ lệ,"Đếm', 4, "kind", "«tỷ lệ»", "ratio"),
]


@pytest.mark.parametrize("case", WRONG, ids=[f"{case[0]}-{case[4]}-{n}" for n, case in enumerate(WRONG)])
def test_a_wrong_cell_is_one_sentence(
    case: tuple[str, str, str, int, str, str, str], edit: Edit, sentence: Sentence
) -> None:
    file, old, new, line, column, what, do = case
    edit(file, old, new)
    text = sentence()
    assert text.startswith(f"{file}, dòng {line}, cột «{column}»: ")
    assert what in text
    assert do in text


def test_lines_are_counted_through_quoted_line_breaks_and_blank_lines(folder: Path, sentence: Sentence) -> None:
    (folder / "events.csv").write_text(
        'event_id,month,day,name,citation\n\na,5,18,"Ngày\nhai dòng",III.1.1\r\n,,,,\nb,10,mười,Ngày,III.1.1\n',
        encoding="utf-8",
        newline="",
    )
    assert sentence().startswith("events.csv, dòng 6, cột «day»: «mười»")


def test_a_text_over_two_lines_is_folded(folder: Path) -> None:
    (folder / "events.csv").write_text(
        'event_id,month,day,name,citation\na,5,18,"Ngày\n hội",III.1.1\n', encoding="utf-8"
    )
    (folder / "measure_evidence.csv").write_text(
        "measure_id,activity_types,channels,events,audiences,tables,note\n", encoding="utf-8"
    )
    assert load_plan(folder).events["name"].to_list() == ["Ngày hội"]


def test_the_first_wrong_row_is_named_first(edit: Edit, sentence: Sentence) -> None:
    edit("tasks.csv", ",by_date,", ",x,")
    edit("tasks.csv", ",span,", ",y,")
    assert sentence().startswith("tasks.csv, dòng 4, cột «cadence»: «y»")


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"", "events.csv, dòng 1, cột «event_id»: thiếu cột này"),
        (b"event_id,month,day,name,citation\n", "events.csv, dòng 2: bảng chưa có dòng nào"),
        (b"event_id,month,day,name,citation\na,5,18\n", "events.csv, dòng 2: có 3 ô"),
        (b"event_id,month,day,name,citation\na,5,18,x,y,z\n", "events.csv, dòng 2: có 6 ô"),
        (b'event_id,month,day,name,citation\na,5,18,"x,y\n', "events.csv, dòng 2: dấu nháy kép không khớp"),
        (b"event_id,month,day,name,citation\na,5,18,Ng\xe0y,y\n", "events.csv, dòng 2: không đọc được theo UTF-8"),
        (b"event_id,month,month,name,day,citation\na,5,5,x,18,y\n", "events.csv, dòng 1, cột «month»: tên cột bị lặp"),
    ],
    ids=["empty", "header only", "narrow", "wide", "open quote", "not utf-8", "repeated column"],
)
def test_a_broken_file_is_one_sentence(content: bytes, start: str, folder: Path, sentence: Sentence) -> None:
    (folder / "events.csv").write_bytes(content)
    assert sentence().startswith(start)


def test_no_ambiguous_name_is_no_error(folder: Path) -> None:
    (folder / "ambiguous.csv").write_text("alias,unit_ids,note\n", encoding="utf-8")
    assert load_plan(folder).find_unit("Cục QLĐĐ", date(2026, 12, 19)).unit_id is None


def test_the_schemas_know_every_column_of_every_table() -> None:
    plan = load_plan()
    for name, columns in TABLES.items():
        schema = schema_of(name)
        assert schema.strict
        assert not schema.coerce
        assert list(schema.columns) == [column.name for column in columns]
        assert [column.name for column in columns if schema.columns[column.name].required] == getattr(
            plan, name
        ).columns
        schema.validate(getattr(plan, name))


@pytest.mark.parametrize("code_page", ["cp1252", "cp1258"])
def test_a_file_garbled_by_a_code_page_is_refused(code_page: str, folder: Path, sentence: Sentence) -> None:
    path = folder / "units.csv"
    path.write_text(path.read_bytes().decode(code_page, errors="replace"), encoding="utf-8")
    assert sentence().startswith("units.csv, dòng 2, cột «name»: chữ tiếng Việt bị hỏng")


def test_a_folder_without_rules_of_evidence_has_those_that_speak_of_what_it_has(edit: Edit, folder: Path) -> None:
    for name in ("products", "measure_evidence", "duty_evidence"):
        (folder / f"{name}.csv").unlink()
    edit("tasks.csv", "Kế hoạch triển khai; Các hội nghị", "Các hội nghị")
    plan = load_plan(folder)
    assert plan.products.filter(task_id=1)["product_id"].to_list() == ["TT1-2", "TT1-3"]
    assert plan.duty_evidence.filter(duty_id="IV.1-01")["products"].to_list() == [["TT1-2", "TT1-3"]]
    assert plan.measure_evidence.height == 31


@pytest.mark.parametrize(
    "case",
    [
        ("products.csv", "TT1-1,1,", "TT1-1,99,", "products.csv, dòng 2, cột «task_id»: không có nhiệm vụ «99»"),
        ("products.csv", "Hội thi sáng tạo", "Hội thi thể thao", "products.csv, dòng 11, cột «text»"),
        ("products.csv", "TT2-1,2,", "TT1-1,2,", "products.csv, dòng 5, cột «product_id»: «TT1-1» đã có ở dòng 2"),
        (
            "measure_evidence.csv",
            "III.1.2-01,",
            "III.9.9-01,",
            "measure_evidence.csv, dòng 11, cột «measure_id»: không có giải pháp",
        ),
        (
            "measure_evidence.csv",
            "khcn|",
            "tet|",
            "measure_evidence.csv, dòng 9, cột «events»: không có ngày hưởng ứng «tet»",
        ),
        (
            "duty_evidence.csv",
            "IV.5-01,products,",
            "IV.5-01,la_bai,",
            "duty_evidence.csv, dòng 13, cột «source»: không có nguồn căn cứ",
        ),
        (
            "duty_evidence.csv",
            "TT8-1",
            "TT8-9",
            "duty_evidence.csv, dòng 14, cột «products»: không có sản phẩm «TT8-9»",
        ),
    ],
)
def test_a_wrong_rule_of_evidence_is_one_sentence(
    case: tuple[str, str, str, str], edit: Edit, sentence: Sentence
) -> None:
    *change, start = case
    edit(*change)
    assert sentence().startswith(start)
