"""`nq57kit report`: wrong parameters are refused before a worker starts; a run writes its three files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import pytest

from nq57kit.cli import main
from nq57kit.store import Store


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No worker may be started."""
    from nq57kit.reports import pool

    started: list[object] = []
    monkeypatch.setattr(pool, "Worker", lambda *given: started.append(given))
    yield
    assert not started


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["2026-H2", "-p", "perod", "2026-H1"], "Lỗi: Tham số «perod» không có trong báo cáo này; có phải «period»?"),
        (["2026-H3"], "«2026-H3»"),
        (["2026-H2", "--as-of", "31/02/2026"], "«31/02/2026» không phải là một ngày có thật"),
        (["2026-H2", "--commentary", "không có.md"], "không có.md"),
        (["2026-H2", "--judge", "network_formed"], "thiếu dấu «=»"),
        (["2026-H2", "-f", "không có.yaml"], "Không có tệp tham số «không có.yaml»"),
        ([], "Thiếu tham số «period»"),
    ],
)
@pytest.mark.usefixtures("no_worker")
def test_a_wrong_parameter_is_refused_before_a_worker_starts(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store.create(tmp_path / "kho")
    out = tmp_path / "ra"
    code = main(["report", "semiannual", *arguments, "--store", str(tmp_path / "kho"), "--out", str(out)])
    error = capsys.readouterr().err
    assert code == 2
    assert sentence in error
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.usefixtures("no_worker")
def test_a_store_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "annual", "2026", "--store", str(tmp_path / "không"), "--out", str(tmp_path / "ra")]) == 2
    assert "Tham số «store»" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_worker")
def test_without_a_store_or_a_desk_the_command_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", "annual", "2026"]) == 2
    assert "--store" in capsys.readouterr().err


@pytest.mark.slow  # a report is made in a process of its own
def test_a_report_writes_page_notebook_and_results(sample_store: Store, tmp_path: Path) -> None:
    text = tmp_path / "nhận xét.md"
    text.write_text("# Kiến nghị, đề xuất\n- Câu của người viết <b>đậm</b>\n", encoding="utf-8")
    arguments = ["--as-of", "2026-12-25", "--commentary", str(text), "--judge", "network_formed=met"]
    arguments += ["--format", "docx", "--format", "xlsx"]
    out = tmp_path / "báo cáo"
    assert main(["report", "annual", "2026", "--store", str(sample_store.folder), "--out", str(out), *arguments]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        ".nq57",
        "annual-2026.docx",
        "annual-2026.html",
        "annual-2026.ipynb",
        "annual-2026.json",
        "annual-2026.xlsx",
        "brief-2026.docx",
        "brief-2026.html",
        "catalogue-2026.html",
        "index.html",
        "index.json",
    ]
    values = json.loads((out / "annual-2026.json").read_text(encoding="utf-8"))
    judged = {kpi["indicator"]: kpi["status"] for kpi in values["kpis"]}
    assert judged["network_formed"] == "met"
    assert judged["channels_resourced"] is None
    page = (out / "annual-2026.html").read_text(encoding="utf-8")
    assert "Câu của người viết &lt;b&gt;đậm&lt;/b&gt;" in page
    assert page.count("(chưa có nhận xét)") == 4
    assert "Dữ liệu giả lập" in page


@pytest.mark.slow  # a report is made in a process of its own
def test_a_notebook_that_fails_keeps_what_ran_and_the_earlier_report(sample_store: Store, tmp_path: Path) -> None:
    from nq57kit.errors import ReportError
    from nq57kit.reports import find_notebook, read_parameters, run_report

    out, own = tmp_path / "ra", tmp_path / "notebooks"
    out.mkdir()
    own.mkdir()
    (out / "annual-2026.html").write_text("bản trước", encoding="utf-8")
    broken = find_notebook("annual").read_text(encoding="utf-8").replace("reports.show_settings", "reports.khong_co")
    (own / "annual_assessment.ipynb").write_text(broken, encoding="utf-8")
    parameters = read_parameters("annual", {"store": sample_store.folder, "year": 2026, "as_of": "2026-12-25"})
    with pytest.raises(ReportError, match=r"annual-2026.*AttributeError.*annual-2026\.failed\.ipynb"):
        run_report(parameters, out, notebooks=own)
    assert sorted(path.name for path in out.iterdir()) == ["annual-2026.failed.ipynb", "annual-2026.html"]
    assert (out / "annual-2026.html").read_text(encoding="utf-8") == "bản trước"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["2026-H2", "--unit", "vu-tcbc"], "Tham số «unit_id»: «vu-tcbc» không có trong danh mục đơn vị"),
        (["2026-H2", "--unit", "Cục QLĐĐ"], "có thể là nhiều đơn vị"),
        (["2026-H2"], "viết --unit ĐƠN_VỊ"),
        (["2026-H2", "--unit", "vu-tccb", "--all"], "không viết cả hai"),
        (["--unit", "vu-tccb"], "Thiếu tham số «period»"),
        (["2026", "--all"], "cả năm"),
        (["2026-H2", "--all", "-p", "perod", "x"], "«perod»"),
    ],
)
@pytest.mark.usefixtures("no_worker")
def test_a_wrong_unit_is_refused_before_a_worker_starts(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store.create(tmp_path / "kho")
    out = tmp_path / "ra"
    assert main(["report", "unit", *arguments, "--store", str(tmp_path / "kho"), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_all_scorecards_are_told_in_order_and_a_failure_does_not_end_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from concurrent.futures import Future

    from nq57kit.errors import ReportError
    from nq57kit.plan import load_plan
    from nq57kit.reports import Job, Result, batch

    class Stub:
        def __init__(self, workers: int, *, warm: int, beside: bool) -> None:
            assert workers == warm == 3
            assert not beside  # each draws for itself: no core is idle

        def share(self, basis: object) -> None:
            assert basis is not None

        def submit(self, job: Job) -> Future[Result]:
            future: Future[Result] = Future()
            if job.stem.endswith("vu-tccb"):
                future.set_exception(ReportError("sổ tính dừng."))
            else:
                future.set_result(
                    Result(job.stem, (job.out / f"{job.stem}.html",), is_new=not job.stem.endswith("vu-pc"))
                )
            return future

        def close(self) -> None:
            pass

    monkeypatch.setattr(batch, "LocalPool", Stub)
    Store.create(tmp_path / "kho")
    arguments = ["--all", "--jobs", "3", "--store", str(tmp_path / "kho"), "--out", str(tmp_path / "ra")]
    assert main(["report", "unit", "2026-H2", *arguments]) == ReportError.exit_code
    plan = load_plan()
    wanted = plan.units_reporting(plan.period("2026-H2"))["unit_id"].to_list()
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        str(tmp_path / "ra" / f"unit-2026-H2-{unit}.html") for unit in wanted if unit != "vu-tccb"
    ]
    assert re.findall(r"\[(\d+)/\d+\]", said.err) == [str(number) for number in range(1, len(wanted) + 1)]
    assert said.err.splitlines()[-2:] == [
        "Lỗi: unit-2026-H2-vu-tccb: sổ tính dừng.",
        f"Đã lập {len(wanted) - 2}/{len(wanted)} phiếu của đơn vị; giữ nguyên 1 phiếu không thay đổi (thêm --force để lập lại); không lập được 1: unit-2026-H2-vu-tccb.",
    ]


@pytest.mark.slow  # a report is made in a process of its own
def test_one_scorecard_is_written_with_the_index(
    sample_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "phiếu"
    arguments = ["--store", str(sample_store.folder), "--out", str(out), "--as-of", "2026-12-25"]
    assert main(["report", "unit", "2026-H2", "--unit", "Trung tâm Công nghệ thông tin", *arguments]) == 0
    assert capsys.readouterr().out.splitlines()[0] == str(out / "unit-2026-H2-tt-cntt.html")
    assert main(["report", "unit", "2026-H2", "--unit", "tt-cntt", *arguments]) == 0
    said = capsys.readouterr()
    assert said.err == "Báo cáo «unit-2026-H2-tt-cntt» không thay đổi nên giữ nguyên; thêm --force để lập lại.\n"
    assert said.out.splitlines()[0] == str(out / "unit-2026-H2-tt-cntt.html")
    assert main(["report", "unit", "2026-H2", "--unit", "tt-cntt", "--format", "json", *arguments]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["report"], told["is_new"], told["error"]) == ("unit-2026-H2-tt-cntt", False, None)
    assert told["paths"][0] == str(out / "unit-2026-H2-tt-cntt.html")
    page = (out / "unit-2026-H2-tt-cntt.html").read_text(encoding="utf-8")
    assert "chưa nhận được báo cáo 6 tháng cuối năm 2026 của đơn vị" in page
    assert "unit-2026-H2-tt-cntt.html" in (out / "index.html").read_text(encoding="utf-8")


def test_commands_that_are_refused_leave_one_process_that_draws_for_the_next(tmp_path):
    before = set(active_children())
    codes = [main(["report", "annual", "1999", "--store", str(tmp_path), "--out", str(tmp_path)]) for _ in range(3)]
    assert codes == [2, 2, 2]
    assert len(set(active_children()) - before) <= 1
