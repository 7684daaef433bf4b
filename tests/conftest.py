"""What tests share: tools that a machine may lack, and how commands are run as a user runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """Return the path of a program; skip without it, or fail where NQ57_REQUIRE_TOOLS is set (as in CI)."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            reason = f"{name} is not installed"
            if os.environ.get("NQ57_REQUIRE_TOOLS"):
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return find


@pytest.fixture(scope="session")
def run_command() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run `nq57kit …` in a process of its own, as a user does; output stays bytes."""

    def run(
        *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        command = [sys.executable, "-m", "nq57kit", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=surroundings, capture_output=True, timeout=600, check=False)

    return run
