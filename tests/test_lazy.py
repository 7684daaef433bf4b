"""Lazy packages: nothing is loaded before it is used, once is enough, and a wrong name is an AttributeError."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import nq57kit

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
