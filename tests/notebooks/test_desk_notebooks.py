"""The desk's own notebooks: thin and without outputs, under papermill from everywhere, on an empty desk, and in JupyterLab itself."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest

from nq57kit.reports import read_parameters, run_report
from nq57kit.reports.html import render_html
from nq57kit.starters import init_desk
from nq57kit.store import Store

ROOT = Path(__file__).resolve().parents[2]
OWN = ("bat-dau", "tiep-nhan", "theo-doi")
DAY = "2026-12-18"


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", timeout=600, check=False)


def texts(path: Path) -> str:
    outputs = [o for cell in nbformat.read(path, as_version=4).cells for o in cell.get("outputs", ())]
    assert not [o for o in outputs if o.output_type == "error"]
    return "\n".join(o.data["text/plain"] for o in outputs if "data" in o)


@pytest.fixture(scope="module")
def desk(sample_folder: Path, sample_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with the synthetic year in its store, and the files that came in in its inbox."""
    made = init_desk(tmp_path_factory.mktemp("desk") / "bàn làm việc")
    shutil.copytree(sample_store.folder, made.store, dirs_exist_ok=True)
    shutil.copytree(sample_folder, made.folder / "nhan-ve", dirs_exist_ok=True)
    return made.folder


@pytest.mark.parametrize("name", OWN)
def test_a_notebook_of_the_desk_is_thin_and_committed_without_outputs(name: str) -> None:
    notebook = nbformat.read(ROOT / "nq57kit" / "starters" / "notebooks" / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "parameters" in code[0].metadata.tags
    for cell in code:
        assert not cell.outputs
        assert cell.execution_count is None
        assert cell.source.startswith("# ")
        assert cell.source.count("\n") < 8
    links = re.findall(r"\]\((\S+\.ipynb)\)", "\n".join(cell.source for cell in notebook.cells))
    there = {path.name for folder in ("notebooks", "nq57kit/starters/notebooks") for path in (ROOT / folder).iterdir()}
    assert set(links) <= there


@pytest.mark.slow  # a kernel for each of three notebooks
def test_on_an_empty_desk_they_say_that_nothing_has_come(tmp_path: Path) -> None:
    made = init_desk(tmp_path / "bàn")
    told = {}
    for name in OWN:
        out = tmp_path / f"{name}.ipynb"
        done = run(
            made.folder / "notebooks" / out.name, out, "-p", "as_of", "2026-11-28", cwd=made.folder / "notebooks"
        )
        assert done.returncode == 0, done.stderr
        told[name] = texts(out)
    assert "Đã nhận: 0/58 đơn vị" in told["bat-dau"]
    assert "còn 21 ngày" in told["bat-dau"]
    assert "0 tệp đã nhận vào kho, 0 tệp chưa nhận" in told["tiep-nhan"]
    assert "chưa có báo cáo nào của 58 đơn vị" in told["theo-doi"]


@pytest.mark.slow  # kernels: the inbox twice, from the desk's root, by our engine too
def test_taking_in_and_giving_back_are_done_only_where_the_parameters_say_so(
    sample_folder: Path, tmp_path: Path
) -> None:
    made = init_desk(tmp_path / "bàn")
    inbox = made.folder / "nhan-ve" / "2026-H2"
    inbox.mkdir()
    (source,) = sample_folder.rglob("*H2*vu-tccb*.xlsx")
    shutil.copy(source, inbox)
    (inbox / "Văn phòng Bộ.xlsx").write_bytes(b"khong phai bang tinh")
    out, notebook = tmp_path / "ra.ipynb", made.folder / "notebooks" / "tiep-nhan.ipynb"
    assert run(notebook, out, "-p", "as_of", DAY, cwd=made.folder).returncode == 0
    assert "2 tệp chưa nhận" in texts(out)
    assert Store(made.store).receipts().is_empty()
    assert not (made.folder / "tra-lai").exists()
    done = run(
        notebook, out, "-p", "accept", "True", "-p", "give_back", "True", "-p", "as_of", DAY, "--engine", "nq57",
        cwd=made.folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Store(made.store).receipts()["unit_id"].to_list() == ["vu-tccb"]
    assert [path.suffix for path in (made.folder / "tra-lai").iterdir()] == [".xlsx"]
    assert "nq57" in render_html(nbformat.read(out, as_version=4))
    done = run(notebook, out, "-p", "accpet", "True", cwd=made.folder)
    assert "Tham số «accpet» không có" in done.stderr.strip().splitlines()[-1]
    done = run(notebook, out, cwd=tmp_path)
    assert "Không thấy thư mục làm việc" in done.stderr.strip().splitlines()[-1]


# In JupyterLab ----------------------------------------------------------------------------------

#: Opens a notebook, sets the day in its parameters, runs all cells; returns nothing before the kernel has them.
RUN = """async ([path, day]) => {
  const app = window.jupyterapp;
  const widget = await app.commands.execute('docmanager:open', {path});
  await widget.context.ready; await widget.sessionContext.ready;
  for (const cell of widget.content.widgets) {
    const source = cell.model.sharedModel;
    source.setSource(source.source.replace('as_of: str = ""', `as_of: str = "${day}"`));
  }
  app.commands.execute('notebook:run-all-cells');
  window.opened = {...window.opened, [path]: widget};
}"""
#: Whether all cells of a notebook have run, or one has failed.
DONE = """(path) => {
  const widget = window.opened[path];
  const cells = widget.content.widgets.filter((cell) => cell.model.type === 'code');
  const failed = cells.some((cell) => cell.model.outputs.toJSON().some((one) => one.output_type === 'error'));
  return failed || cells.every((cell) => cell.model.executionState === 'idle' && cell.model.executionCount !== null);
}"""
#: Of a notebook: its text as shown, errors, pictures without size, table heads that do not fit, the least contrast of a table's text.
LOOK = """(path) => {
  const widget = window.opened[path], node = widget.content.node;
  window.jupyterapp.shell.activateById(widget.id);
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map((part) => part / 255);
    const [x, y, z] = [r, g, b].map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (color !== 'rgba(0, 0, 0, 0)' && color !== 'transparent') return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const cells = [...node.querySelectorAll('.nq57 th, .nq57 td')].filter((one) => one.offsetParent && one.innerText.trim());
  const contrasts = cells.map((one) => {
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
  return {
    text: node.innerText,
    errors: node.querySelectorAll('[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]').length,
    blank: [...node.querySelectorAll('.nq57 img')].filter((one) => !one.naturalWidth).length,
    pictures: node.querySelectorAll('.nq57 img, .nq57 svg').length,
    cut: cells.filter((one) => one.tagName === 'TH' && one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText),
    cells: cells.length, contrast: Math.min(21, ...contrasts),
  };
}"""
THEME = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme: `JupyterLab ${theme}`})"


@pytest.fixture(scope="module")
def lab(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab as `nq57kit desk` starts it, at the desk; its address. A report that another machine made lies there, too."""
    if importlib.util.find_spec("jupyterlab") is None:
        reason = 'JupyterLab is not installed: pip install "nq57kit[desk]"'
        if os.environ.get("NQ57_REQUIRE_TOOLS"):
            pytest.fail(reason)
        pytest.skip(reason)
    run_report(read_parameters("annual", {"store": desk / "kho", "year": 2026, "as_of": DAY}), desk / "bao-cao")
    home = tmp_path_factory.mktemp("home")
    (home / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}', encoding="utf-8")
    tracker = home / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text('{"windowingMode": "none"}', encoding="utf-8")  # all cells are in the page
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    own = {"HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_PORT": port, "JUPYTER_TOKEN": "nq57"}
    command = [sys.executable, "-m", "nq57kit", "desk", "--no-browser"]
    address = f"http://127.0.0.1:{port}"
    with (home / "log").open("wb") as said:
        env = {**os.environ, "PYTHONPATH": str(ROOT), **own}
        server = subprocess.Popen(
            command, cwd=desk / "nhan-ve", env=env, stdout=said, stderr=said, start_new_session=True
        )
        try:
            for _ in range(240):
                assert server.poll() is None, (home / "log").read_text(encoding="utf-8")
                try:
                    urllib.request.urlopen(f"{address}/api", timeout=5).close()  # noqa: S310 - our own server
                    break
                except OSError:
                    time.sleep(0.5)
            yield address
        finally:
            end = urllib.request.Request(f"{address}/api/shutdown", b"", {"Authorization": "token nq57"})  # noqa: S310
            with contextlib.suppress(OSError):
                urllib.request.urlopen(end, timeout=60).close()  # noqa: S310 - our own server
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(timeout=120)
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
        assert server.returncode == 0
    assert not (home / ".jupyter").exists()


@pytest.mark.slow  # one JupyterLab, one browser, four kernels at once
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows ends a server otherwise")
def test_in_jupyterlab_the_notebooks_run_and_show_what_the_store_says_in_light_and_dark(
    lab: str, desk: Path, browser: Any
) -> None:
    store = Store(desk / "kho")
    day = date.fromisoformat(DAY)
    got = set(store.receipts("2026-H2", as_of=day)["unit_id"])
    refused = set(store.refusals("2026-H2", as_of=day)["unit_id"]) - got
    accepted = set(store.receipts()["sha256"])
    sent = [path for path in (desk / "nhan-ve").rglob("*") if path.is_file() and path.name != "sent.csv"]
    taken = [path for path in sent if hashlib.sha256(path.read_bytes()).hexdigest() in accepted]
    wanted = {
        "bat-dau": [f"{len(got)}/58", "còn 1 ngày", "nq57kit ingest nhan-ve --empty-ok", "tiep-nhan.ipynb"],
        "tiep-nhan": [f"{len(taken)} tệp đã nhận vào kho, {len(sent) - len(taken)} tệp chưa nhận", "Chưa ghi gì vào kho"],
        "theo-doi": [f"{len(got)}/58 đơn vị", f"còn {58 - len(got)} đơn vị chưa gửi báo cáo", "NẾU CHỐT HÔM NAY (18/12/2026)"],
        "semiannual_consolidated": [f"{len(got)}/58 đơn vị", "Số liệu tạm tính"],
    }  # fmt: skip
    assert len(got) + len(refused) < 58
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="vi-VN")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{lab}/lab/tree/notebooks/bat-dau.ipynb?token=nq57")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
    if importlib.util.find_spec("jupyterlab_language_pack_vi_VN"):
        page.wait_for_selector("#jp-MainMenu >> text=Tệp", timeout=60_000)
    paths = {name: f"notebooks/{name}.ipynb" for name in wanted}
    for path in paths.values():
        page.evaluate(RUN, [path, DAY])
    for name, path in paths.items():
        page.wait_for_function(DONE, arg=path, timeout=300_000)
        for theme in ("Light", "Dark"):
            page.evaluate(THEME, theme)
            page.wait_for_function("(theme) => document.body.dataset.jpThemeName.endsWith(theme)", arg=theme)
            seen = page.evaluate(LOOK, path)
            assert (seen["errors"], seen["blank"], seen["cut"]) == (0, 0, []), name
            assert seen["cells"] > 3, name
            assert seen["contrast"] >= 4.5, (name, theme)
            for text in wanted[name]:
                assert text in seen["text"], (name, text)
            if folder := os.environ.get("NQ57_PICTURES"):
                page.screenshot(path=f"{folder}/{name}-{theme}.png")
    report = json.loads((desk / "bao-cao" / "annual-2026.ipynb").read_text(encoding="utf-8"))
    drawn = sum(json.dumps(cell.get("outputs", [])).count('"kind": "figure"') for cell in report["cells"])
    seen = page.evaluate(
        """async (path) => {
          const widget = await window.jupyterapp.commands.execute('docmanager:open', {path});
          await widget.context.ready; await widget.sessionContext.ready; window.opened[path] = widget;
          return widget.content.widgets.some((cell) => cell.model.type === 'code' && cell.model.trusted);
        }""",
        "bao-cao/annual-2026.ipynb",
    )
    assert seen is False, "nobody has trusted this report here"
    page.wait_for_function(
        "(path) => window.opened[path].content.node.querySelectorAll('.nq57 img').length",
        arg="bao-cao/annual-2026.ipynb",
        timeout=60_000,
    )
    page.wait_for_timeout(1000)
    seen = page.evaluate(LOOK, "bao-cao/annual-2026.ipynb")
    assert drawn >= 5
    assert (seen["pictures"], seen["blank"]) == (drawn, 0)
    context.close()
    assert [url for url in asked if not url.startswith((lab, "data:", "blob:"))] == []
