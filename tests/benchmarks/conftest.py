"""One synthetic ministry at scale for all tests of the benchmarks; without the benchmarks in this copy they are skipped."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nq57kit.desk import Desk

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def benchmark_module() -> Callable[[str], ModuleType]:
    """Return a module of `benchmarks/` by its name."""

    def load(name: str) -> ModuleType:
        if not (ROOT / "benchmarks" / f"{name}.py").is_file():
            pytest.skip("the benchmarks are not in this copy")
        if str(ROOT) not in sys.path:
            sys.path.insert(0, str(ROOT))
        return importlib.import_module(f"benchmarks.{name}")

    return load


@pytest.fixture(scope="session")
def mass(benchmark_module: Callable[[str], ModuleType]) -> Any:
    """How much the desk holds."""
    return benchmark_module("masses").Mass(rows=60_000, units=64, science=300, seed=9)


@pytest.fixture(scope="session")
def desk(
    benchmark_module: Callable[[str], ModuleType], mass: Any, once: Callable[[str, Callable[[Path], object]], Path]
) -> Desk:
    """A desk with the synthetic store; read it only."""

    def make(folder: Path) -> None:
        made = benchmark_module("masses").make_desk(folder / "bàn", mass, jobs=1)
        (folder / "desk").write_bytes(pickle.dumps(made))

    found: Desk = pickle.loads((once("mass", make) / "desk").read_bytes())  # noqa: S301 - our own file
    return found
