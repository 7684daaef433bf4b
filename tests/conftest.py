"""What tests share: tools that a machine may lack, and how commands are run as a user runs them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

from nq57kit.plan import Plan, load_plan
from nq57kit.sample import make_sample
from nq57kit.store import Store, ingest

ROOT = Path(__file__).resolve().parent.parent
# A test asserts no time: how long an example takes, the machine's load decides.
settings.register_profile("nq57", deadline=None)
settings.load_profile("nq57")


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

    def run(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        command = [sys.executable, "-m", "nq57kit", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=surroundings, capture_output=True, timeout=600, check=False)

    return run


@pytest.fixture(scope="session")
def load_module() -> Callable[[Path], ModuleType]:
    """Load a helper module of the tests by its path."""

    def load(path: Path) -> ModuleType:
        name = f"nq57kit_{'_'.join(path.relative_to(Path(__file__).parents[1]).with_suffix('').parts)}"
        spec = importlib.util.spec_from_file_location(name.removesuffix("___init__"), path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The packaged plan."""
    return load_plan()


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> Path:
    """The synthetic year: workbooks and sent.csv of both halves of 2026."""
    folder = tmp_path_factory.mktemp("sample") / "Năm giả lập Đ"
    make_sample(folder, plan=plan)
    return folder


@pytest.fixture(scope="session")
def sample_store(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> Store:
    """A store filled with the synthetic year; read it only."""
    store = Store.create(tmp_path_factory.mktemp("store") / "kho Đ")
    ingest(sample_folder, store, plan=plan)
    return store


@pytest.fixture(scope="session")
def sample_reports(sample_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all kinds of report on the synthetic year, and their index.

    Scorecards: an academy that is in two groups and reported on time, a centre that sent nothing.
    """
    from nq57kit.reports import read_parameters, run_report

    out = tmp_path_factory.mktemp("reports") / "báo cáo Đ"
    kinds: tuple[tuple[Any, dict[str, Any]], ...] = (
        ("semiannual", {"period": "2026-H2"}),
        ("annual", {"year": 2026}),
        ("programme", {"year_from": 2026, "year_to": 2026}),
        ("unit", {"period": "2026-H2", "unit_id": "hv-nongnghiep"}),
        ("unit", {"period": "2026-H2", "unit_id": "tt-cntt"}),
    )
    for kind, when in kinds:
        values = {"store": sample_store.folder, "as_of": "2026-12-25", **when}
        run_report(read_parameters(kind, values), out)
    return out


@pytest.fixture(scope="session")
def browser(require_tool: Callable[[str], str]) -> Iterator[Any]:
    """Debian's Chromium, headless, for the whole session."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=require_tool("chromium"), args=flags)
        yield chromium
        chromium.close()
