"""Packages that are light to import: what they export is loaded when it is first used.

In: a package with an `__init__.pyi` that imports each public name from its home (`from package.module import name as name`), as
type checkers read it, too. Out: the package's `__getattr__` and `__dir__` (PEP 562) and `__all__`. Imports nothing but the
standard library.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def load_lazily(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return the `__getattr__`, `__dir__` and `__all__` of `package`, which its `__init__.pyi` lists.

    A name is taken from its module the first time and kept in the package, so that later uses cost nothing. A name
    that is not listed raises AttributeError, as in any module.

    Example:
        >>> find, list_names, public = load_lazily("nq57kit.plan")
        >>> find("Period").__module__, "load_plan" in public
        ('nq57kit.plan.period', True)
    """
    stub = Path(sys.modules[package].__file__ or "").with_suffix(".pyi")
    homes = {
        alias.name: str(node.module)
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    public = sorted(homes)

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return find, lambda: public, public
