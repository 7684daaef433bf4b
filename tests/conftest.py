"""What tests share: tools that a machine may lack, and how commands are run as a user runs them."""

from __future__ import annotations

import importlib.util
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from nq57kit.plan import Plan, load_plan
from nq57kit.sample import make_sample
from nq57kit.store import Store, ingest

ROOT = Path(__file__).resolve().parent.parent
#: It makes Python refuse what Windows refuses: for commands of their own, never for the tests that look for doctests in it.
collect_ignore = ["cli/windows"]
# A test asserts no time: how long an example takes, the machine's load decides.
settings.register_profile("nq57", deadline=None)
settings.register_profile("nq57 fast", deadline=None, max_examples=20)  # of each rule; CI tries a hundred
settings.load_profile("nq57")
if sys.dont_write_bytecode:
    # Where compiled files are unwanted beside the source they lie in pytest's cache: else each of some hundred processes
    # that tests start compiles the package anew.
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(ROOT / ".pytest_cache" / "compiled")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples of a rule where the fast tests alone are asked for."""
    if config.option.markexpr == "not slow":
        settings.load_profile("nq57 fast")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first where several processes share the files: the last ones are then short."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-pictures", action="store_true", help="keep the handbook's pictures as they are made now")


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
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Return a function that has a folder filled once in a run: the first process of the tests that asks for the name does
    it, all others wait for it and read the same. No test writes into it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    shared.mkdir(exist_ok=True)

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, made = shared / name, shared / f"{name}.made"
        with FileLock(shared / f"{name}.lock"):
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one that failed midway
                folder.mkdir()
                fill(folder)
                made.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def sample_folder(once: Callable[[str, Callable[[Path], object]], Path], plan: Plan) -> Path:
    """The synthetic year: workbooks and sent.csv of both halves of 2026; read it only."""
    return once("sample", lambda folder: make_sample(folder / "Năm giả lập Đ", plan=plan)) / "Năm giả lập Đ"


@pytest.fixture(scope="session")
def sample_store(sample_folder: Path, once: Callable[[str, Callable[[Path], object]], Path], plan: Plan) -> Store:
    """A store filled with the synthetic year; read it only."""
    return Store(
        once("store", lambda folder: ingest(sample_folder, Store.create(folder / "kho Đ"), plan=plan)) / "kho Đ"
    )


@pytest.fixture(scope="session")
def counter(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    """The program that counts the synthetic year by other means and knows nothing of nq57kit."""
    return load_module(ROOT / "tests" / "independent" / "__init__.py")


@pytest.fixture(scope="session")
def submissions_counted(
    sample_folder: Path, counter: ModuleType, once: Callable[[str, Callable[[Path], object]], Path]
) -> list[Any]:
    """All submissions of the synthetic year as the counter reads them."""

    def keep(folder: Path) -> None:
        (folder / "year").write_bytes(pickle.dumps(counter.read_year(sample_folder)))

    submissions: list[Any] = pickle.loads((once("counted", keep) / "year").read_bytes())  # noqa: S301 - our own file
    return submissions


@pytest.fixture(scope="session")
def sample_reports(sample_store: Store, once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """A folder with all kinds of report on the synthetic year, and their index; read it only.

    Scorecards: an academy that is in two groups and reported on time, a centre that sent nothing.
    """
    from nq57kit.reports import read_parameters, run_report

    kinds: tuple[tuple[Any, dict[str, Any]], ...] = (
        ("semiannual", {"period": "2026-H2"}),
        ("annual", {"year": 2026}),
        ("programme", {"year_from": 2026, "year_to": 2026}),
        ("unit", {"period": "2026-H2", "unit_id": "hv-nongnghiep"}),
        ("unit", {"period": "2026-H2", "unit_id": "tt-cntt"}),
    )

    def run(folder: Path) -> None:
        for kind, when in kinds:
            values = {"store": sample_store.folder, "as_of": "2026-12-25", **when}
            run_report(read_parameters(kind, values), folder / "báo cáo Đ")

    return once("reports", run) / "báo cáo Đ"


@pytest.fixture(scope="session")
def browser(require_tool: Callable[[str], str]) -> Iterator[Any]:
    """Debian's Chromium, headless, for the whole session."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=require_tool("chromium"), args=flags)
        yield chromium
        chromium.close()
