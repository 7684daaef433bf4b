"""Objects show themselves briefly, in a terminal and in a cell; foreign text is text there, contact data is nowhere."""

from __future__ import annotations

import pytest

import nq57kit
from nq57kit.shown import Shown, Told
from nq57kit.submissions.contract import TABLES

_LONGEST = 400


class Sample(Shown):
    def tell(self):
        return Told("<b>x</b>", {"a & b": "<i>", "none": None, "blank": ""}, ("<h>",), [("<script>",)] * 65)


def test_foreign_text_is_text_and_long_lists_are_counted():
    page = Sample()._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert page.count("<tr>") == 61
    assert "… và 5 dòng nữa." in page
    assert repr(Sample()) == "Sample(<b>x</b>; a & b: <i>)"


def test_plan_and_period_say_what_a_reader_wants():
    plan = nq57kit.load_plan()
    assert "đơn vị: 58" in repr(plan)
    assert plan.tasks["name"][0] in plan._repr_html_()
    assert "hạn gửi: trước ngày 20/12/2026" in repr(plan.period("2026-H2"))


def test_a_store_a_report_and_its_results_stay_short(tmp_path):
    store = nq57kit.Store.create(tmp_path / "kho")
    report = nq57kit.open_report("annual", store=str(store.folder), year=2026, as_of="2026-12-25")
    for one in (store, store.snapshot(), report, report.results, report.results.inputs):
        assert len(repr(one)) < _LONGEST
        assert one._repr_html_().startswith("<p><strong>")
    assert "0/58 đơn vị" in repr(report)


def test_a_submission_shows_its_findings_and_no_contact_data(tmp_path):
    (path,) = nq57kit.write_template("2026-H2", str(tmp_path / "form"), unit_id="vu-tccb")
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path)
    cover = book["Thông tin chung"]
    label = TABLES["cover"].field("contact_email").label
    (at,) = [cell for row in cover.iter_rows() for cell in row if str(cell.value or "").startswith(label)]
    cover.cell(at.row, at.column + 1).value = "bi-mat@example.org"
    book.save(path)
    submission = nq57kit.check(path)
    shown = repr(submission) + submission._repr_html_()
    assert repr(submission.findings[0]).startswith(f"Finding({'Lỗi' if not submission.ok else ''}")
    assert "phải sửa" in shown
    assert submission.findings[0].message[:20] in submission._repr_html_()
    assert "bi-mat@example.org" not in shown
    assert len(repr(submission)) < _LONGEST
