"""A figure defended: the plan's words, other readings counted by hand on a small store, the rows that do not count with their reason."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.plan import load_plan
from nq57kit.reports import Tracer, collect_results, open_report, open_tracer
from nq57kit.reports.defend import Defence, defend
from nq57kit.show.blocks import Table
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SCIENCE = "kpis.science_tasks_communicated"


@pytest.fixture(scope="module")
def kho(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four science tasks: in the press with evidence, on social media without, in a seminar, not told; taken in after the deadline."""
    kho = tmp_path_factory.mktemp("can-cu") / "kho"
    common = {"level": "bo", "state_funded": True, "start_year": 2025, "end_year": 2027}
    told = (
        ("GL<b>.1", "bao_chi", "https://vidu.example/1"),
        ("GL.2", "mang_xa_hoi", None),
        ("GL.3", "truc_tiep", None),
    )
    rows = [
        {"code": code, "name": f"Nhiệm vụ giả lập {code}", "communicated": True, "communicated_on": date(2026, 9, 1),
         "channel": channel, "evidence_url": link, **common}
        for code, channel, link in told
    ]  # fmt: skip
    rows.append({"code": "GL.4", "name": "Nhiệm vụ giả lập 4", "communicated": False, **common})
    led = load_plan().tasks_led_by("vu-tccb")["task_id"].to_list()
    records = {
        "cover": [{"contact_name": "Người giả lập"}],
        "science_tasks": rows,
        "workforce": [{"staff_total": 40, "staff_reached": 30, "comms_staff_total": 4, "comms_staff_trained": 1}],
        "task_progress": [{"task_id": task, "status": "hoan_thanh", "completed_on": date(2026, 12, 1)} for task in led],
    }
    path = write_workbook(kho.parent / "a.xlsx", unit_id="vu-tccb", period="2026-H2", records=records, notice="GIẢ LẬP")
    sent, taken = (datetime(2026, 12, day, 9, tzinfo=HANOI) for day in (10, 22))
    assert ingest(path, Store.create(kho), sent_at=sent, now=taken).results[0].outcome == "accepted"
    return kho


@pytest.fixture(scope="module")
def tracer(kho: Path) -> Tracer:
    return open_tracer(open_report("annual", store=kho, year=2026, as_of="2026-12-25"), store=kho)


def counts(found: Defence) -> dict[str, tuple[int | None, int | None]]:
    return {says: (part, whole) for _, says, part, whole, _ in found.readings}


def test_each_other_reading_is_computed_from_the_same_submissions(tracer: Tracer) -> None:
    found = defend(tracer, SCIENCE)
    assert counts(found) == {
        "Kênh nào cũng tính, kể cả trực tiếp, nội bộ, ấn phẩm in": (3, 4),
        "Chỉ báo chí, phát thanh – truyền hình, báo chí đối ngoại": (1, 4),
        "Kỳ số liệu theo năm dương lịch (01/01 – 31/12)": (2, 4),
        "Chỉ tính nhiệm vụ có ghi minh chứng": (1, 4),
        "Chỉ tính đơn vị có tên trong Kế hoạch hoặc theo văn bản về cơ cấu tổ chức": (2, 4),
    }
    verdicts = [verdict for *_, verdict in found.readings]
    assert verdicts[:2] == [
        "Theo dõi; theo mức ít nhất 50% của năm 2027: đạt", "Theo dõi; theo mức ít nhất 50% của năm 2027: chưa đạt",
    ]  # fmt: skip


def test_the_page_quotes_the_plan_and_names_the_doubtful_row_with_its_cell_and_reason(tracer: Tracer) -> None:
    found = defend(tracer, SCIENCE)
    heads = [head for head, _ in found.sections]
    assert heads[:3] == ["Số liệu", "Kế hoạch viết", "Cách tính"]
    statement = tracer.report.plan.target_for("science_tasks_communicated", 2027)
    assert statement is not None
    assert f"II.2.2: «{statement.statement}»" in found.sections[1][1][0].as_text()
    assert "50,0% (2/4)" in found.sections[0][1][0].as_text()
    (left,) = [block for block in found.sections[-1][1] if isinstance(block, Table)]
    assert [(row[2], row[3]) for row in left.rows] == [("a.xlsx, trang «Nhiệm vụ KHCN», ô A7", "GL.3")]
    assert "Kênh «Trực tiếp" in str(left.rows[0][4])


def test_the_page_is_one_file_in_which_foreign_text_is_text(tracer: Tracer) -> None:
    page = defend(tracer, SCIENCE).as_page()
    assert page.startswith("<!doctype html>")
    assert "GL&lt;b&gt;.1" in page
    assert "<b>.1" not in page
    assert "<script" not in page
    assert "Người giả lập" not in page


@pytest.mark.parametrize(
    ("figure", "says", "told"),
    [
        ("kpis.staff_reached", "Chỉ cộng đơn vị có số liệu của 6 tháng cuối năm 2026", (30, 40)),
        ("kpis.comms_staff_trained", "Chỉ cộng đơn vị có số liệu của 6 tháng cuối năm 2026", (1, 4)),
        ("completeness", "Báo cáo không có nội dung không tính là đã gửi", (1, 116)),
        ("timeliness", "Xét theo thời điểm tiếp nhận", (0, 116)),
        ("timeliness", "Xét theo bản mới nhất được chấp nhận", (1, 116)),
        ("completion.due", "Nhiệm vụ «Hằng năm» đến hạn ngày 31/12", (0, 0)),
        ("completion.due", "Chỉ tính đầu việc hoàn thành có đủ sản phẩm theo Phụ lục", (0, 1)),
    ],
)
def test_indicators_and_rates_are_defended_against_other_readings(
    tracer: Tracer, figure: str, says: str, told: tuple[int, int]
) -> None:
    assert counts(defend(tracer, figure))[says] == told


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("measures.III.1.1-01.answered", "III.1.1: «"),
        ("products.TT7-1.found", "cột «Sản phẩm/Kết quả»: «"),
        ("duties.IV.5-01", "IV.5: «"),
        ("network.focal_points", "II.2.1: «"),
        ("budget.disbursed_vnd", "Kế hoạch không nêu số liệu này"),
    ],
)
def test_any_other_figure_has_the_plans_words_the_rule_and_its_rows(tracer: Tracer, figure: str, words: str) -> None:
    found = defend(tracer, figure)
    assert found.readings == ()
    assert words in found.sections[1][1][0].as_text()
    assert [head for head, _ in found.sections[2:]] == ["Cách tính", "Dòng được tính", "Dòng không tính, và lý do"]


def test_an_unknown_figure_is_answered_with_names_near_to_it(tracer: Tracer) -> None:
    with pytest.raises(ParameterError, match="có phải: kpis"):
        defend(tracer, "kpis.science_task")


def test_the_command_prints_the_page_writes_it_or_gives_json(
    kho: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = collect_results(open_report("annual", store=kho, year=2026, as_of="2026-12-25"))
    told["provenance"]["notebook_sha256"] = "0" * 64  # as the run adds it
    report = tmp_path / "annual-2026.json"
    report.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    call = ["defend", str(report), SCIENCE, "--store", str(kho)]
    assert main(call) == 0
    said = capsys.readouterr().out
    assert said.startswith("Căn cứ của số liệu: Tỷ lệ nhiệm vụ khoa học, công nghệ được truyền thông\n")
    assert "KẾ HOẠCH VIẾT" in said
    assert "Theo dõi; theo mức ít nhất 50% của năm 2027: đạt" in said
    assert main([*call, "--out", str(tmp_path / "can-cu.html")]) == 0
    assert (tmp_path / "can-cu.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main([*call, "--format", "json"]) == 0
    assert "reading" in capsys.readouterr().out
    assert main([*call, "--out", str(tmp_path / "can-cu.pdf")]) == 2
    assert "phải là tệp .html" in capsys.readouterr().err
