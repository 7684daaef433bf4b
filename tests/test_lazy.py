"""Lazy packages: nothing is loaded before it is used, once is enough, and a wrong name is an AttributeError."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree
from types import ModuleType

import pytest

import nq57kit
from nq57kit.starters import init_desk

ROOMS = ("plan", "submissions", "store", "indicators", "show", "reports")
LAZY = ["nq57kit", *(f"nq57kit.{room}" for room in ROOMS)]
NAME = "goi_luoi_gia_lap"
PACKAGE = """
from nq57kit.lazy import load_lazily

__getattr__, __dir__, __all__ = load_lazily(__name__)
"""
STUB = f"""
from {NAME}.inner.two import second as second
from {NAME}.one import first as first
from {NAME}.one import lost as lost
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A small lazy package of two modules."""
    folder = tmp_path / NAME
    (folder / "inner").mkdir(parents=True)
    (folder / "__init__.py").write_text(PACKAGE, encoding="utf-8")
    (folder / "__init__.pyi").write_text(STUB, encoding="utf-8")
    (folder / "one.py").write_text("first = ['một']\n", encoding="utf-8")
    (folder / "inner" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "inner" / "two.py").write_text("second = 'hai'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module(NAME)
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def test_a_module_is_loaded_when_its_name_is_first_used(package: ModuleType) -> None:
    assert f"{NAME}.one" not in sys.modules
    assert package.first == ["một"]
    assert f"{NAME}.one" in sys.modules
    assert f"{NAME}.inner" not in sys.modules
    assert package.second == "hai"


def test_a_name_is_kept_and_not_looked_up_again(package: ModuleType) -> None:
    first = package.first
    assert vars(package)["first"] is first
    sys.modules[f"{NAME}.one"].first = ["khác"]  # type: ignore[attr-defined]
    assert package.first is first


def test_a_name_of_no_module_is_an_attribute_error_that_names_the_package(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=rf"module '{NAME}' has no attribute 'third'"):
        _ = package.third
    assert not hasattr(package, "third")
    assert f"{NAME}.one" not in sys.modules


def test_a_name_that_its_module_lacks_is_an_error_each_time(package: ModuleType) -> None:
    for _ in range(2):
        with pytest.raises(AttributeError, match=rf"'{NAME}\.one' has no attribute 'lost'"):
            _ = package.lost


def test_names_are_listed_in_order_and_without_loading_them(package: ModuleType) -> None:
    assert dir(package) == ["first", "lost", "second"]
    assert f"{NAME}.one" not in sys.modules


def test_a_name_can_be_imported_from_the_package(package: ModuleType) -> None:
    found: dict[str, object] = {}
    exec(f"from {NAME} import second, first", found)  # noqa: S102 - as a user writes it
    assert (found["second"], found["first"]) == ("hai", package.first)
    with pytest.raises(ImportError, match="cannot import name 'third'"):
        exec(f"from {NAME} import third")  # noqa: S102


@pytest.mark.parametrize("name", LAZY)
def test_every_name_of_a_lazy_package_of_ours_is_public_and_found(name: str) -> None:
    module = importlib.import_module(name)
    assert dir(module) == sorted(module.__all__)
    for public in module.__all__:
        assert getattr(module, public) is not None
        # importing a module would put it in the place of a name that is its own
        assert find_spec(f"{name}.{public}") is None


@pytest.mark.parametrize("name", LAZY)
def test_no_public_name_is_that_of_a_module_which_would_hide_it(name: str) -> None:
    package = importlib.import_module(name)
    modules = {path.stem for path in Path(str(package.__file__)).parent.glob("[!_]*.py")}
    assert not modules & set(package.__all__)


def test_the_lazy_packages_load_only_themselves() -> None:
    code = f"import sys, {', '.join(LAZY)}; print(sorted(name for name in sys.modules if name.startswith('nq57kit')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(sorted([*LAZY, "nq57kit.lazy"]))


def test_what_was_used_of_the_toolkit_is_the_thing_itself() -> None:
    from nq57kit.plan.decision import Plan

    assert nq57kit.Plan is Plan


#: What runs notebooks, writes documents, or comes with those that do: more than a command that asks a question may cost.
HEAVY = {
    "IPython", "altair", "docx", "jinja2", "nbconvert", "nbformat", "numpy", "pandas", "pandera", "papermill", "pyarrow", "scrapbook",
    "vl_convert", "xlsxwriter",
}  # fmt: skip
GATE = {"numpy", "pandas", "pandera", "pyarrow"}
RUN = """
import sys
from nq57kit.cli import main
code = main(sys.argv[2:])
print(code, *sorted(set(sys.argv[1].split(",")) & set(sys.modules)), file=sys.stderr)
"""


def imports_of(folder: Path, *arguments: str) -> set[str]:
    """Run a command at a desk; return which of `HEAVY` it has imported."""
    command = [sys.executable, "-c", RUN, ",".join(HEAVY), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=True)
    code, *imported = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    return set(imported)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with a plan folder of its own that says what the packaged one says, and a store with nothing in it."""
    return init_desk(tmp_path_factory.mktemp("bàn")).folder


@pytest.mark.parametrize(
    "command", ["--help", "status 2026-H2", "plan units", "plan deadlines", "explain sheet-missing"]
)
def test_a_command_that_asks_imports_neither_the_gate_nor_what_runs_notebooks(desk: Path, command: str) -> None:
    assert imports_of(desk, *command.split()) == set()


def test_the_gate_is_imported_where_a_table_differs_from_the_packaged_one(desk: Path, tmp_path: Path) -> None:
    folder = copytree(desk / "ke-hoach", tmp_path / "ke-hoach")
    with (folder / "events.csv").open("a", encoding="utf-8") as stream:
        stream.write("giai-phong,4,30,Ngày Giải phóng miền Nam,III.1.1\n")
    imported = imports_of(desk, "plan", "events", "--plan", str(folder))
    assert "pandera" in imported
    assert imported <= GATE


def test_checking_a_file_imports_the_gate_alone(desk: Path) -> None:
    imports_of(desk, "template", "2026-H2", "--unit", "vu-tccb", "--out", "biểu mẫu")
    command = [sys.executable, "-c", RUN, ",".join(HEAVY), "check", "biểu mẫu"]
    done = subprocess.run(command, cwd=desk, capture_output=True, encoding="utf-8", check=True)
    assert set(done.stderr.splitlines()[-1].split()[1:]) <= GATE


@pytest.mark.slow  # a report is made
def test_a_report_that_is_unchanged_imports_neither_the_gate_nor_what_runs_notebooks(desk: Path) -> None:
    report = ("report", "annual", "2026", "--as-of", "2026-12-25")
    imports_of(desk, *report)
    assert imports_of(desk, *report) <= {"jinja2"}
