"""A file in, a submission out: what is accepted, refused, counted and said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from nq57kit.submissions import check, check_many, findings_frame, frame_columns
from nq57kit.submissions.contract import read_csv, tables_of
from nq57kit.submissions.findings import SEVERITY_LABELS, load_finding_kinds


def codes(submission, severity=None):
    return [one.code for one in submission.findings if severity in (None, one.severity)]


def only(submission, code):
    found = [one for one in submission.findings if one.code == code]
    assert len(found) == 1, [(one.code, one.cell, one.message) for one in submission.findings]
    return found[0]


def assert_reconciled(submission):
    for table, counts in submission.counts.items():
        assert counts["seen"] == counts["accepted"] + counts["refused"] + counts["skipped"], table
        assert submission.tables[table].height == counts["accepted"]


def test_a_well_filled_form_has_no_finding_and_comes_back_equal(fill, records):
    submission = check(fill(), period="2026-H2", unit_id="vu-tccb")
    assert submission.findings == ()
    assert submission.ok
    assert not submission.is_empty
    assert not submission.is_secret
    assert (submission.unit_id, submission.period) == ("vu-tccb", "2026-H2")
    assert (submission.template_version, submission.reference_number) == ("3", "12/BC-TCCB")
    for table, rows in records.items():
        frame = submission.tables[table]
        for read, written in zip(frame.to_dicts(), rows, strict=True):
            assert {name: read[name] for name in written} == written
    assert_reconciled(submission)


def test_frames_have_the_contracts_columns_even_when_empty(fill):
    submission = check(fill(records={}))
    for table in tables_of():
        assert submission.tables[table].schema == pl.Schema(frame_columns(table))


def test_source_rows_are_those_of_the_file(fill):
    assert check(fill()).tables["activities"].select("source_sheet", "source_row").rows() == [
        ("Hoạt động", 5),
        ("Hoạt động", 6),
    ]


def test_the_form_as_it_was_given_out_says_what_is_missing(fill):
    submission = check(fill(records={}))
    assert codes(submission, "error") == ["value-required"] * 4
    assert [one.cell for one in submission.findings if one.code == "value-required"] == ["B5", "B6", "B7", "B8"]
    assert submission.is_empty
    assert submission.counts["task_progress"] == {"seen": 2, "accepted": 0, "refused": 0, "skipped": 2}
    assert only(submission, "progress-missing").severity == "warning"


def test_an_accepted_form_that_says_nothing_is_empty(fill, records):
    people = records["workforce"][0] | {"staff_reached": 0, "comms_staff_trained": 0}
    submission = check(fill({"workforce": [people]}))
    assert submission.ok
    assert submission.is_empty
    assert only(submission, "report-empty").severity == "warning"
    assert not check(fill({"workforce": records["workforce"]})).is_empty  # 60 people were reached


def test_a_row_with_an_error_is_refused_and_the_others_are_kept(fill):
    submission = check(fill(cells={("Hoạt động", "G5"): "12 tin"}))
    assert not submission.ok
    assert submission.counts["activities"] == {"seen": 2, "accepted": 1, "refused": 1, "skipped": 0}
    finding = only(submission, "number-with-words")
    assert (finding.table, finding.sheet, finding.cell, finding.field) == ("activities", "Hoạt động", "G5", "quantity")
    assert finding.value == "12 tin"
    assert "12" in finding.message
    assert "value-required" not in codes(submission)
    assert_reconciled(submission)


def test_all_findings_come_at_once_errors_first(fill):
    submission = check(
        fill(
            cells={
                ("Hoạt động", "G5"): "khoảng 20",
                ("Hoạt động", "E6"): "05/18/2026",
                ("Nhân lực", "B6"): 90,
                ("Kinh phí", "E5"): 25_000_000,
                ("Tiến độ nhiệm vụ", "C6"): 60,
                ("Nhiệm vụ KHCN", "H5"): None,
            }
        )
    )
    assert [(one.code, one.cell) for one in submission.findings] == [
        ("number-approximate", "G5"),
        ("date-month-first", "E6"),
        ("required-if", "H5"),
        ("above-other", "B6"),
        ("above-other", "E5"),
        ("done-below-hundred", "C6"),
    ]
    severities = [one.severity for one in submission.findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)


@pytest.mark.parametrize(
    ("cells", "code", "cell"),
    [
        ({("Nhân lực", "B6"): 81}, "above-other", "B6"),
        ({("Nhân lực", "B8"): 5}, "above-other", "B8"),
        ({("Hoạt động", "F5"): date(2026, 8, 1)}, "before-other", "F5"),
        ({("Hoạt động", "G5"): 0}, "below-minimum", "G5"),
        ({("Hoạt động", "H5"): -1}, "below-minimum", "H5"),
        ({("Hoạt động", "B5"): None}, "value-required", "B5"),
        ({("Tiến độ nhiệm vụ", "C5"): 101}, "above-maximum", "C5"),
        ({("Tiến độ nhiệm vụ", "B5"): "Chưa thực hiện"}, "explanation-required", "F5"),
        ({("Tiến độ nhiệm vụ", "B5"): "Không phát sinh"}, "explanation-required", "F5"),
        ({("Tiến độ nhiệm vụ", "A6"): 1}, "row-repeated", "A6"),
        ({("Nhiệm vụ KHCN", "F5"): 2024}, "before-other", "F5"),
        ({("Nhiệm vụ KHCN", "H5"): None}, "required-if", "H5"),
        ({("Kinh phí", "E5"): 20_000_001}, "above-other", "E5"),
        ({("Thông tin chung", "B13"): -1}, "below-minimum", "B13"),
        ({("Thông tin chung", "B5"): "Cục QLĐĐ"}, "unit-ambiguous", "B5"),
        ({("Thông tin chung", "B6"): "2026"}, "period-is-year", "B6"),
    ],
)
def test_the_gate_names_the_cell(fill, cells, code, cell):
    submission = check(fill(cells=cells))
    finding = next(one for one in submission.findings if one.severity == "error")
    assert (finding.code, finding.cell) == (code, cell), submission.findings
    assert len(codes(submission, "error")) == 1
    assert_reconciled(submission)


def test_the_bounds_themselves_are_allowed(fill):
    cells = {("Nhân lực", "B6"): 80, ("Nhân lực", "B8"): 4, ("Kinh phí", "E5"): 20_000_000, ("Hoạt động", "F5"): None}
    assert codes(check(fill(cells=cells)), "error") == []


def test_an_unreadable_value_is_not_also_called_missing_or_too_small(fill):
    submission = check(fill(cells={("Nhân lực", "B5"): "tám mươi"}))
    assert codes(submission, "error") == ["number-unreadable"]


def test_another_period_or_unit_is_refused(fill):
    path = fill()
    assert codes(check(path, period="2026-H1"), "error") == ["period-mismatch"]
    finding = only(check(path, unit_id="vu-khcn"), "unit-mismatch")
    assert "Vụ Khoa học và Công nghệ" in finding.message
    assert finding.cell == "B5"


def test_a_form_used_by_another_unit_is_a_warning(fill):
    submission = check(fill(cells={("Thông tin chung", "B5"): "Vụ Pháp chế"}))
    assert "map-mismatch" in codes(submission, "warning")
    assert submission.unit_id == "vu-pc"


def test_a_batch_gives_what_each_file_gives_alone(fill):
    good = fill(name="tot.xlsx")
    bad = fill(cells={("Hoạt động", "G5"): 0}, name="sai.xlsx")
    seen = []
    both = check_many([good, bad, good], progress=lambda done, total: seen.append((done, total)))
    assert [one.as_json() for one in both] == [check(path).as_json() for path in (good, bad, good)]
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_no_file_no_submission_but_an_answer():
    assert check_many([]) == []


def test_json_has_the_contracts_shape(fill):
    answer = check(fill(cells={("Hoạt động", "G5"): "12 tin"})).as_json()
    assert list(answer) == ["ok", "unit_id", "period", "findings", "counts"]
    assert set(answer["findings"][0]) == {
        "code", "severity", "file", "table", "sheet", "cell", "field", "value", "message",
    }  # fmt: skip
    assert set(answer["counts"]) == set(tables_of())


def test_content_is_the_bytes_that_were_read(fill):
    path = fill()
    submission = check(path)
    assert submission.content == path.read_bytes()
    assert "content" not in repr(submission)


def test_a_folder_of_csv_is_the_same_submission(fill, tmp_path, records):
    wanted = check(fill())
    for separator, encoding in ((",", "utf-8"), (";", "utf-8-sig")):
        folder = tmp_path / f"csv{encoding}"
        folder.mkdir()
        for table in tables_of().values():
            rows = [dict(row) for row in records[table.name]]
            if table.name == "cover":
                rows[0] |= {"unit_id": "Vụ Tổ chức cán bộ", "period": "2026-H2"}
            if table.form == "record":
                lines = [[field.label, _text(rows[0].get(field.name))] for field in table.fields]
            else:
                lines = [[field.label for field in table.fields]]
                lines += [[_text(row.get(field.name)) for field in table.fields] for row in rows]
            text = "\r\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
            (folder / f"{table.name}.csv").write_text(text, encoding=encoding, newline="")
        read = check(folder)
        assert read.findings == ()
        for table in tables_of():
            assert (
                read.tables[table]
                .drop("source_sheet", "source_row")
                .equals(wanted.tables[table].drop("source_sheet", "source_row"))
            ), table


def _text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, date):
        return f"{value.day}/{value.month}/{value.year}"
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def test_every_code_that_is_listed_has_a_sentence_without_holes(fill):
    for kind in load_finding_kinds().values():
        assert kind.message.endswith((".", "{hint}")), kind.code
        assert not kind.advice or kind.advice.rstrip("»").endswith("."), kind.code


def test_each_kind_of_finding_is_listed_once_with_a_severity_that_is_known():
    rows = read_csv("findings.csv")
    assert [row["code"] for row in rows] == list(load_finding_kinds())
    assert {row["severity"] for row in rows} == SEVERITY_LABELS.keys()


def test_findings_of_a_submission_make_a_frame(fill):
    frame = findings_frame(check(fill(cells={("Hoạt động", "G5"): "12 tin"})).findings)
    assert frame["code"].to_list() == ["number-with-words"]


def test_values_of_a_sheet_that_openpyxl_saved_are_read_again(fill):
    path = fill(bend=lambda book: None)
    assert isinstance(openpyxl.load_workbook(path), openpyxl.Workbook)
    assert check(path).findings == ()


def test_the_documentation_lists_every_code_with_its_severity():
    guide = Path(__file__).resolve().parents[2] / "docs" / "reading.md"
    rows = [line for line in guide.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows[-len(load_finding_kinds()) :] == [
        f"| `{kind.code}` | {kind.severity} | {kind.title} |" for kind in load_finding_kinds().values()
    ]


@pytest.mark.parametrize("text", ["Xin chaøo caùc baïn", "NguyÔn V¨n A"])
def test_contact_data_is_never_shown_in_a_finding(fill, text):
    submission = check(fill(cells={("Thông tin chung", "B10"): text}))
    finding = only(submission, "legacy-font")
    assert finding.cell == "B10"
    assert text not in f"{finding.value}{finding.message}"
    assert "chào" not in finding.message
    assert "Nguyễn" not in finding.message


def test_every_word_that_a_sentence_needs_is_given_where_it_is_made(fill, write_sheets):
    """Each kind is made by some test of this folder; here only that no sentence keeps a hole."""
    for submission in (check(fill(records={})), check(write_sheets({"A": [["x"]]}))):
        assert not [one for one in submission.findings if "{" in one.message or "None" in one.message]
