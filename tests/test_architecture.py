"""The house stands: imports only go down and never in a circle, modules are small, nobody's private names are used."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import nq57kit

PACKAGE = Path(nq57kit.__file__).parent
#: The floors, from the ground up; rooms on one line do not import each other.
FLOORS = [
    {"errors", "text", "lazy", "shown"},
    {"legacy"},
    {"secrecy"},
    {"files"},
    {"plan"},
    {"submissions"},
    {"store", "indicators", "sample"},
    {"show", "desk"},
    {"reports"},
    {"starters"},
    {"cli"},
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = sorted(PACKAGE.rglob("*.py"))
#: A subject has one file in each of these rooms, of the same name.
TWINS = {"indicators", "show"}
#: Modules that may be shorter than a subject: an entry point, a room's door, the exceptions, a helper of the ground floor.
SMALL = {"__init__", "__main__", "errors", "files", "lazy", "shown"}
#: Packages that a command must not pay for unless it needs them: never imported at a module's top but in these modules.
HEAVY = {
    "altair",
    "docx",
    "IPython",
    "nbconvert",
    "nbformat",
    "openpyxl",
    "pandas",
    "pandera",
    "papermill",
    "scrapbook",
}
HEAVY_HOMES = {
    "reports.docx",
    "reports.takeback",
    "reports.engine",
    "reports.exporters",
    "reports.ooxml",
    "reports.run",
}
#: Where a function imports from the package itself: (the module that imports, the module imported). Commands import what
#: they use when they run, so that each starts quickly; the others wait with what imports a heavy package.
LATE = {
    ("reports.batch", "reports.index"),  # a command whose worker makes the index has no need of templates
    ("reports.batch", "reports.ooxml"),
    ("reports.batch", "reports.run"),  # run is for workers alone
    ("reports.exporters", "reports.docx"),  # python-docx is for Word alone
    ("reports.pool", "show.charts"),  # the command, which starts workers, draws nothing
    ("reports.run", "reports.docx"),
    ("starters", "reports.docx"),
    ("reports.run", "reports.xlsx"),
    ("store.folder", "submissions.book"),  # a status reads no workbook
    ("store.folder", "submissions.layout"),
}


def name_of(path: Path) -> str:
    """The dotted name of a module below the package, without `nq57kit`; a room's door is the room's name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


MODULES = {name_of(path): path for path in SOURCES}


def walk(node: ast.AST, late: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The imports below a node, and whether a function makes them; those for a type checker alone are left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, late
        yield from walk(child, late or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))


@cache
def imports_of(name: str) -> frozenset[tuple[str, bool]]:
    """The modules of the package that a module imports, each with whether only a function does."""
    found = set()
    for node, late in walk(tree_of(MODULES[name])):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        else:
            assert node.level == 0, f"{name}: relative import"
            wanted = [f"{node.module}.{alias.name}" for alias in node.names]
        for dotted in wanted:
            inside = dotted.removeprefix("nq57kit.") if dotted.startswith("nq57kit.") else None
            while inside and inside not in MODULES:
                inside = inside.rpartition(".")[0]
            if inside:
                found.add((inside, late))
    return frozenset(found)


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"", "__main__"}))
def test_a_module_imports_only_from_floors_below_its_own(name: str) -> None:
    room = name.split(".", maxsplit=1)[0]
    for other in {other.split(".")[0] for other, _ in imports_of(name)} - {room}:
        assert LEVEL[other] < LEVEL[room], f"{room} imports {other}"


def test_no_module_imports_itself_by_way_of_others_not_even_late() -> None:
    # Repeatedly take away what imports nothing that is left: what stays stands in circles or leads into one.
    left = {name: {other for other, _ in imports_of(name)} - {name} for name in MODULES}
    while ground := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others for name, others in left.items() if name not in ground}
    used = set().union(*left.values()) if left else set()
    assert not sorted(left.keys() & used), "in or between circles"


def test_a_function_imports_from_the_package_only_where_it_is_listed() -> None:
    inner = [name for name in MODULES if name.split(".")[0] not in {"cli", "__main__"}]
    early = {(name, other) for name in inner for other, late in imports_of(name) if not late}
    found = {(name, other) for name in inner for other, late in imports_of(name) if late} - early
    assert sorted(found - LATE) == []
    assert sorted(LATE - found) == []


def test_heavy_packages_are_imported_where_they_are_used_or_in_few_modules() -> None:
    found = set()
    for name, path in MODULES.items():
        for node, late in walk(tree_of(path)):
            wanted = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            if not late and HEAVY & {dotted.split(".")[0] for dotted in wanted}:
                found.add(name)
    assert found == HEAVY_HOMES


def test_no_base_name_is_given_twice_but_to_a_subject_and_its_twin() -> None:
    homes: dict[str, list[str]] = {}
    for name, path in MODULES.items():
        if path.stem not in {"__init__", "__main__"}:
            homes.setdefault(path.stem, []).append(name)
    twice = {stem: names for stem, names in homes.items() if len(names) > 1}
    wrong = {stem: names for stem, names in twice.items() if {name.split(".")[0] for name in names} != TWINS}
    assert not wrong


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_has_a_docstring_and_the_size_of_a_subject(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert ast.get_docstring(tree_of(path)), "no docstring"
    assert lines <= 600
    assert lines >= 40 or path.stem in SMALL


def test_nobodys_private_names_are_used() -> None:
    own, used, taken = {"_replace", "_asdict"}, set(), []  # the two are public, in named tuples
    for name, path in MODULES.items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                own.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                own.add(node.id)
            elif isinstance(node, ast.Attribute):
                if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
                    own.add(node.attr)
                used.add(node.attr)
            elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith("nq57kit"):
                taken += [f"{name}: {node.module}.{alias.name}" for alias in node.names if is_private(alias.name)]
    assert not taken
    assert not sorted(attr for attr in used if is_private(attr) and attr not in own)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("_")


def test_every_room_stands_on_a_floor() -> None:
    rooms = {module.name for module in pkgutil.iter_modules([str(PACKAGE)])} - {"__main__"}
    assert rooms == set(LEVEL)


@pytest.mark.parametrize("name", nq57kit.__all__)
def test_what_is_public_is_importable(name: str) -> None:
    assert getattr(nq57kit, name) is not None


@pytest.mark.parametrize("room", sorted(room for room in LEVEL if (PACKAGE / room).is_dir()))
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


def test_each_slow_test_says_why() -> None:
    """By `slow(reason=…)`, or beside the mark."""
    tests = Path(__file__).parent
    marks = {
        f"{path.relative_to(tests)}:{number}": line
        for path in sorted(tests.rglob("test_*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"pytest\.mark\.slow\b(?!\\)", line)
    }
    assert len(marks) > 100
    assert not [place for place, line in marks.items() if not re.search(r"slow(\(reason=|.*  # .)", line)]
