"""The house stands: imports only go down, modules are small, what is public is importable."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nq57kit

PACKAGE = Path(nq57kit.__file__).parent
#: The floors, from the ground up; rooms on one line do not import each other.
FLOORS = [
    {"errors", "text", "files", "lazy"},
    {"plan"},
    {"submissions"},
    {"store", "indicators", "sample"},
    {"show", "desk"},
    {"reports"},
    {"starters"},
    {"cli"},
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("nq57kit.") and name.count(".")}
    return {room for room in rooms if room in LEVEL}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_floors_below_its_own(path: Path) -> None:
    room = room_of(path)
    if room == "__main__":
        return
    for other in imported_rooms(path) - {room}:
        assert LEVEL[other] < LEVEL[room], f"{room} imports {other}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_has_a_docstring_and_fewer_than_600_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert text.count("\n") < 600


def test_every_room_stands_on_a_floor() -> None:
    rooms = {module.name for module in pkgutil.iter_modules([str(PACKAGE)])} - {"__main__"}
    assert rooms == set(LEVEL)


@pytest.mark.parametrize("name", nq57kit.__all__)
def test_what_is_public_is_importable(name: str) -> None:
    assert getattr(nq57kit, name) is not None


@pytest.mark.parametrize(
    "room",
    ["errors", "text", "files", "lazy", "plan", "submissions", "store", "indicators", "show", "reports", "desk", "cli"],
)
def test_each_room_exports_what_it_says(room: str) -> None:
    module = importlib.import_module(f"nq57kit.{room}")
    for name in module.__all__:
        assert hasattr(module, name), name


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, nq57kit; "
        "print(sorted({'polars', 'pandas', 'pandera', 'altair', 'papermill', 'nbconvert'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
