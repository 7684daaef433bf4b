"""A batch on a Dask cluster: two real worker processes, one of which is killed in the middle; files as made without."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nq57kit.errors import ParameterError, ReportError
from nq57kit.reports import Job, Result, read_parameters, run_batch
from nq57kit.reports.cluster import DaskPool

if TYPE_CHECKING:
    from nq57kit.store import Store

distributed = pytest.importorskip("distributed", reason="the extra «dask» is not installed")
pytestmark = pytest.mark.slow  # a scheduler and workers of Dask start

UNITS = ("vu-tccb", "vu-pc", "vu-khcn", "vu-khtc", "van-phong", "cuc-cds")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each a process of its own that nobody starts again."""
    note = tmp_path / "scheduler.json"
    logs = os.open(tmp_path / "dask.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3"}
    local = ["--host", "127.0.0.1", "--no-dashboard"]

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:], *local]
        return subprocess.Popen(command, env=environment, stdout=logs, stderr=logs, cwd=tmp_path)

    scheduler = start("dask_scheduler", "--scheduler-file", str(note), "--port", "0")
    processes = [scheduler]
    try:
        give_up = time.monotonic() + 60
        while not note.exists():
            assert time.monotonic() < give_up, (tmp_path / "dask.log").read_text(encoding="utf-8")
            time.sleep(0.1)
        arguments = ("--scheduler-file", str(note), "--nthreads", "1", "--no-nanny")
        processes += [start("dask_worker", *arguments) for _ in range(2)]
        yield _address(note), processes[1:]
    finally:
        for process in reversed(processes):
            with contextlib.suppress(OSError):
                process.terminate()
        for process in processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        os.close(logs)


def _address(note: Path) -> str:
    import json

    address: str = json.loads(note.read_text(encoding="utf-8"))["address"]
    return address


def jobs(store: Store, out: Path) -> list[Job]:
    values = {"store": store.folder, "period": "2026-H2", "as_of": "2026-12-25"}
    return [Job(read_parameters("unit", {**values, "unit_id": unit}), out) for unit in UNITS]


def files_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.suffix in (".html", ".json")}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_the_reports_of_a_killed_worker_are_made_by_the_other_and_all_are_as_without_dask(
    sample_store: Store, tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    made: list[Result] = []

    def kill_one(one: Result) -> None:
        made.append(one)
        if len(made) == 1:
            with distributed.Client(address, set_as_default=False) as client:
                busy = {worker for worker, tasks in client.processing().items() if tasks}
                pids = client.run(os.getpid, workers=sorted(busy))
            os.kill(next(iter(pids.values())), signal.SIGKILL)

    there = run_batch(jobs(sample_store, tmp_path / "cum"), pool=DaskPool(address), progress=kill_one)
    assert sorted(process.poll() is None for process in workers) == [False, True]
    assert [one.error for one in there.results] == [None] * len(UNITS)
    assert [one.stem for one in there.results] == [f"unit-2026-H2-{unit}" for unit in UNITS]
    here = run_batch(jobs(sample_store, tmp_path / "may"), workers=2)
    assert not here.failed
    assert files_of(tmp_path / "cum") == files_of(tmp_path / "may")


@pytest.mark.parametrize("who", ["nobody", "somebody else"])
def test_an_address_without_a_scheduler_is_told_at_once_in_one_sentence(
    who: str, sample_store: Store, run_command: Callable[..., subprocess.CompletedProcess[bytes]], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        if who == "nobody":
            server.close()
        else:
            threading.Thread(target=_answer_rudely, args=(server,), daemon=True).start()
        begun = time.monotonic()
        arguments = ("--all", "--dask", address, "--store", sample_store.folder, "--out", tmp_path / "ra")
        done = run_command("report", "unit", "2026-H2", *arguments, cwd=tmp_path)
        took = time.monotonic() - begun
    assert done.returncode == ReportError.exit_code
    assert done.stderr.decode() == (
        f"Lỗi: Không kết nối được với bộ điều phối Dask tại «{address}»; kiểm tra địa chỉ và mạng rồi chạy lại.\n"
    )
    assert took < 30
    assert not (tmp_path / "ra").exists()


def _answer_rudely(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            with server.accept()[0] as client:
                client.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n")


@pytest.mark.parametrize("address", ["may-chu", "8786", "tcp://", "tcp://may-chu:cong", "tcp://may-chu"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ParameterError, match="viết như tcp://may-chu:8786"):
        DaskPool(address)


def test_a_caller_with_a_loop_that_runs_gets_the_same_answer() -> None:
    async def ask() -> None:
        DaskPool("may-chu")

    # In a thread: the session's browser, where a test before has opened it, runs a loop in this one.
    with ThreadPoolExecutor(1) as other, pytest.raises(ParameterError, match="viết như tcp://may-chu:8786"):
        other.submit(lambda: asyncio.run(ask())).result()
