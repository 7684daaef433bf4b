"""Mutated workbooks: each gives an answer that adds up, without a traceback and within the memory allowed.

A failure names its seed; `pytest tests/fuzz --fuzz-first=SEED --fuzz-count=1` makes the same file again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
MOST_MEMORY = 512 * 1024 * 1024
BATCH = 125


def run_batch(first: int, count: int, folder: Path) -> tuple[list[dict], int | None, list[str]]:
    """Try `count` seeds in a process of their own; return what came of each, the memory used, and faults of the run."""
    folder.mkdir()
    surroundings = {**os.environ, "PYTHONPATH": str(HERE.parent.parent), "PYTHONUTF8": "1"}
    command = [sys.executable, HERE / "batch.py", str(first), str(count), folder]
    done = subprocess.run(command, env=surroundings, capture_output=True, timeout=60 + 5 * count, check=False)
    lines = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    tried = [line for line in lines if "seed" in line]
    memory = next((line["memory"] for line in lines if "memory" in line), None)
    faults = []
    if done.returncode or len(tried) != count:
        faults.append(f"seed {first + len(tried)}: the process ended with {done.returncode}: {done.stderr[-2000:]!r}")
    if done.stderr:
        faults.append(f"seeds {first}-{first + count - 1}: something was printed: {done.stderr[-2000:]!r}")
    return tried, memory, faults


@pytest.mark.slow  # sixty workbooks are bent and read, by default
def test_each_mutated_workbook_gives_an_answer_that_adds_up(request, tmp_path):
    count = request.config.getoption("--fuzz-count", default=60)
    first = request.config.getoption("--fuzz-first", default=0)
    faults: list[str] = []
    seen: set[str] = set()
    for start in range(first, first + count, BATCH):
        tried, memory, wrong = run_batch(start, min(BATCH, first + count - start), tmp_path / str(start))
        faults += wrong
        faults += [f"seed {one['seed']} ({one['file']}): {fault}" for one in tried for fault in one["faults"]]
        if memory is not None and memory > MOST_MEMORY:
            faults.append(f"seeds {start} to {start + BATCH - 1}: {memory} bytes of memory")
        seen |= {code for one in tried for code in one["codes"]}
    assert not faults, "\n\n".join(faults)
    if count >= 60:  # the mutations reach the cells, the form and the zip
        assert {"file-damaged", "number-unreadable", "date-unreadable", "value-required"} <= seen
