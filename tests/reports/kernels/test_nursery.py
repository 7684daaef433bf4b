"""The nursery beside other threads of the process that opens it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from nq57kit.reports.kernels.nursery import can_fork, open_nursery

pytestmark = pytest.mark.skipif(not can_fork(), reason="this platform has no forkserver")


def test_other_threads_do_not_see_what_the_nursery_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUTF8", raising=False)
    open_nursery()
    seen: list[str] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            try:
                told = {**os.environ}  # as a batch's threads do for their workers
            except KeyError as error:
                told = {str(error): ""}
            seen.extend(name for name in told if "PYTHONUTF8" in name or "NQ57_NURSERY" in name)

    watchers = [threading.Thread(target=watch) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    for _ in range(3000):
        open_nursery()
    ended.set()
    for watcher in watchers:
        watcher.join()
    assert not seen


def test_processes_started_afterwards_are_not_told_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUTF8", raising=False)
    open_nursery()
    code = "import os; print([name for name in os.environ if name in ('PYTHONUTF8', 'NQ57_NURSERY')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
