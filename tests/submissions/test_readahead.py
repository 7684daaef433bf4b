"""Reading in other processes: the same answers in the same order, whatever happens to those processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from nq57kit.submissions import check_many, readahead
from nq57kit.submissions.readahead import ReadAhead, read_file

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]


@pytest.fixture(scope="module")
def files():
    """Files of every kind that the fixtures have: read, refused, secret, of old fonts, folders of .csv."""
    found = []
    for folder in sorted(path for path in _HERE.iterdir() if (path / "expected.json").exists())[::6]:
        found += sorted(path for path in folder.iterdir() if path.name != "expected.json")
    assert len(found) > 30
    return found


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_other_processes_give_what_this_one_gives(files):
    with ReadAhead(files, processes=2) as ahead:
        time.sleep(1)  # let them read some before this one joins in
        answers = [ahead.take(number) for number in range(len(files))]
    assert answers == [read_file(path) for path in files]


def test_files_may_be_taken_in_any_order(files):
    with ReadAhead(files[:12], processes=1) as ahead:
        answers = {number: ahead.take(number).file for number in reversed(range(12))}
    assert [answers[number] for number in range(12)] == [path.name for path in files[:12]]


def test_a_batch_is_the_same_with_and_without_them(files):
    with ReadAhead(files, processes=2) as ahead:
        together = [one.as_json() for one in check_many(files, ahead=ahead)]
    with ReadAhead(files, processes=0) as ahead:
        alone = [one.as_json() for one in check_many(files, ahead=ahead)]
    assert together == alone


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a signal")
def test_processes_that_die_cost_nothing_but_time(files):
    with ReadAhead(files, processes=2) as ahead:
        for helper in ahead._helpers:
            helper._process.kill()
        answers = [ahead.take(number).file for number in range(len(files))]
    assert answers == [path.name for path in files]


def test_a_process_that_never_comes_up_costs_nothing_but_time(files, monkeypatch):
    monkeypatch.setattr(readahead, "_SERVE", "raise SystemExit(3)")
    with ReadAhead(files[:10], processes=2) as ahead:
        assert [ahead.take(number).file for number in range(10)] == [path.name for path in files[:10]]


@pytest.mark.skipif(sys.platform == "win32", reason="asks for processes by a signal")
def test_no_process_is_left_even_when_files_were_not_taken(files):
    with ReadAhead(files, processes=2) as ahead:
        started = [helper._process.pid for helper in ahead._helpers]
        ahead.take(0)
    assert len(started) == 2
    assert not any(alive(pid) for pid in started)


def test_a_secret_stays_in_the_process_that_saw_it():
    path = next((_HERE / "secret-in-parentheses").glob("*.xlsx"))
    with ReadAhead([path], processes=1) as ahead:
        laid_out = ahead.take(0)
    assert laid_out.is_secret
    assert laid_out.layout is None
    assert laid_out.content == b""
    assert [finding.code for finding in laid_out.findings] == ["secret"]


def test_few_files_or_one_processor_start_no_process(monkeypatch):
    assert readahead._count_processes(3) == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0}, raising=False)
    assert readahead._count_processes(60) == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)), raising=False)
    assert readahead._count_processes(60) == 3


def test_a_script_without_a_main_guard_is_not_run_twice(tmp_path, files):
    script = tmp_path / "chạy.py"
    script.write_text(
        textwrap.dedent(
            f"""
            from pathlib import Path
            from nq57kit.submissions.readahead import ReadAhead
            print("once")
            files = [Path(name) for name in {[str(path) for path in files[:8]]!r}]
            with ReadAhead(files, processes=1) as ahead:
                print(len([ahead.take(number) for number in range(8)]))
            """
        ),
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        check=True,
    )
    assert done.stdout.split() == ["once", "8"]


def test_reading_ahead_loads_no_heavy_library():
    heavy = "polars", "pandas", "pandera", "pyarrow", "numpy"
    code = f"import sys, nq57kit.submissions.readahead; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=_ROOT, check=True)
    assert done.stdout.strip() == "[]"
