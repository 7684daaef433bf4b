"""Nothing stays behind: no process, socket, temporary or half file; whether a run ends, fails, or is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nq57kit.store import Store

pytestmark = [
    pytest.mark.slow(reason="a hundred commands run"),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]

HUNDRED = """
import sys
from pathlib import Path
from typing import Any
from nq57kit.reports import Job, run_batch
from nq57kit.reports.parameters import read_every_unit

store, notebooks, out = sys.argv[1:]
# No guard: a script need not have one.
every = read_every_unit({"store": store, "period": "2026-H2", "as_of": "2026-12-25"})[:50]
jobs = [Job(one, Path(out) / folder, notebooks=Path(notebooks)) for folder in "ab" for one in every]
done = run_batch(jobs, workers=8)
assert len(done.results) == 100 and not done.failed, done.failed[:3]
"""


def test_a_hundred_runs_in_parallel(
    sample_store: Store, own_scorecard: Callable[..., Path], trail: Any, tmp_path: Path
) -> None:
    notebooks = own_scorecard("import tempfile\n(unit_id, 1 + 1)")
    script = tmp_path / "trăm lần.py"
    script.write_text(HUNDRED, encoding="utf-8")
    out = tmp_path / "ra"
    command = [sys.executable, str(script), str(sample_store.folder), str(notebooks), str(out)]
    done = subprocess.run(command, env=trail.environment, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    trail.assert_nothing_is_left()
    assert len(list(out.rglob("unit-*.html"))) == 100
    assert not [path for path in out.rglob("*") if path.name.endswith((".tmp", ".failed.ipynb"))]


@pytest.mark.parametrize("what", [["--all", "--jobs", "2"], ["--unit", "vu-tccb"]], ids=["all", "one"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-C", "killed"])
def test_an_interrupted_command(  # noqa: PLR0917 - fixtures
    what: list[str],
    sent: signal.Signals,
    sample_store: Store,
    own_scorecard: Callable[..., Path],
    trail: Any,
    tmp_path: Path,
) -> None:
    begun = tmp_path / "bắt đầu"
    begun.mkdir()
    own_scorecard(f"import pathlib, time\npathlib.Path({str(begun)!r}, unit_id).touch()\ntime.sleep(600)")
    (tmp_path / "nq57.toml").write_text(
        f"store = '{sample_store.folder}'\noutputs = 'ra'\nnotebooks = 'sổ tính riêng'\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "nq57kit", "report", "unit", "2026-H2", "--as-of", "2026-12-25", *what]
    running = subprocess.Popen(
        command, cwd=tmp_path, env=trail.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 300
    while not any(begun.iterdir()) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    assert any(begun.iterdir()), running.communicate()
    os.kill(running.pid, sent)
    _, told = running.communicate(timeout=120)
    if sent == signal.SIGINT:
        assert running.returncode == 130
        assert told.decode().splitlines()[-1] == "Đã dừng theo yêu cầu; những gì đã ghi xong vẫn giữ nguyên."
        assert "Traceback" not in told.decode()
        trail.assert_nothing_is_left()
    else:
        until = time.monotonic() + 30
        while trail.processes() and time.monotonic() < until:
            time.sleep(0.2)
        assert trail.processes() == []
        assert list(trail.folder.rglob("*")) == []  # the workers removed what was their command's
    assert not [path for path in tmp_path.rglob("ra/*") if path.suffix in {".tmp", ".html"} and "unit-" in path.name]


def test_whenever_a_command_is_killed_its_processes_end_and_the_next_command_cleans_up(
    sample_store: Store, trail: Any, tmp_path: Path
) -> None:
    out = tmp_path / "ra"
    given = ["--store", str(sample_store.folder), "--as-of", "2026-12-25", "--out", str(out)]
    command = [sys.executable, "-m", "nq57kit", "report", "unit", "2026-H2"]
    for moment in (0.4, 0.8, 1.6, 3.2, 6.4):  # while it starts, imports, starts workers, draws, writes
        running = subprocess.Popen(
            [*command, "--all", *given], env=trail.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(moment)
        running.kill()
        running.wait()
        until = time.monotonic() + 30  # a second, where nobody else wants the processor
        while trail.processes() and time.monotonic() < until:
            time.sleep(0.05)
        assert trail.processes() == []
    out.mkdir(exist_ok=True)
    (out / ".0123456789abcdef.tmp").touch()  # the half of a file, if it had been writing one
    done = subprocess.run(
        [*command, "--unit", "vu-tccb", *given], env=trail.environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    trail.assert_nothing_is_left()
    assert not list(out.glob(".*.tmp"))
