"""`nq57kit report`: wrong parameters are refused before a kernel starts; a run writes its three files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nq57kit.cli import main
from nq57kit.store import Store


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    import papermill

    def start(*_args: object, **_options: object) -> None:
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(papermill, "execute_notebook", start)


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
@pytest.mark.usefixtures("no_kernel")
def test_a_wrong_parameter_is_refused_before_a_kernel_starts(
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


@pytest.mark.usefixtures("no_kernel")
def test_a_store_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "annual", "2026", "--store", str(tmp_path / "không"), "--out", str(tmp_path / "ra")]) == 2
    assert "Tham số «store»" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_kernel")
def test_without_a_store_or_a_desk_the_command_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", "annual", "2026"]) == 2
    assert "--store" in capsys.readouterr().err


@pytest.mark.slow
def test_a_report_writes_page_notebook_and_results(sample_store: Store, tmp_path: Path) -> None:
    text = tmp_path / "nhận xét.md"
    text.write_text("# Kiến nghị, đề xuất\n- Câu của người viết <b>đậm</b>\n", encoding="utf-8")
    arguments = ["--as-of", "2026-12-25", "--commentary", str(text), "--judge", "network_formed=met"]
    out = tmp_path / "báo cáo"
    assert main(["report", "annual", "2026", "--store", str(sample_store.folder), "--out", str(out), *arguments]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["annual-2026.html", "annual-2026.ipynb", "annual-2026.json"]
    values = json.loads((out / "annual-2026.json").read_text(encoding="utf-8"))
    judged = {kpi["indicator"]: kpi["status"] for kpi in values["kpis"]}
    assert judged["network_formed"] == "met"
    assert judged["channels_resourced"] is None
    page = (out / "annual-2026.html").read_text(encoding="utf-8")
    assert "Câu của người viết &lt;b&gt;đậm&lt;/b&gt;" in page
    assert page.count("(chưa có nhận xét)") == 4
    assert "Dữ liệu giả lập" in page


@pytest.mark.slow
def test_a_notebook_that_fails_keeps_what_ran_and_the_earlier_report(sample_store: Store, tmp_path: Path) -> None:
    from nq57kit.errors import ReportError
    from nq57kit.reports import find_notebook, read_parameters, run_report

    out, own = tmp_path / "ra", tmp_path / "notebooks"
    out.mkdir()
    own.mkdir()
    (out / "annual-2026.html").write_text("bản trước", encoding="utf-8")
    broken = find_notebook("annual").read_text(encoding="utf-8").replace("tables.kpi_table", "tables.khong_co")
    (own / "annual_assessment.ipynb").write_text(broken, encoding="utf-8")
    parameters = read_parameters("annual", {"store": sample_store.folder, "year": 2026, "as_of": "2026-12-25"})
    with pytest.raises(ReportError, match=r"annual-2026.*AttributeError.*annual-2026\.failed\.ipynb"):
        run_report(parameters, out, notebooks=own)
    assert sorted(path.name for path in out.iterdir()) == ["annual-2026.failed.ipynb", "annual-2026.html"]
    assert (out / "annual-2026.html").read_text(encoding="utf-8") == "bản trước"
