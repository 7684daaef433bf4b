"""Packages that are light to import: what they export is loaded when it is first used.

In: a package's name and, for each public name, the module of the package that has it.
Out: the package's `__getattr__` and `__dir__` (PEP 562). Imports nothing but the standard library.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["load_lazily"]


def load_lazily(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of `package`; `homes` gives each name's module within the package.

    A name is taken from its module the first time and kept in the package, so that later uses cost nothing. A name
    that is not in `homes` raises AttributeError, as in any module. `dir()` lists the package's `__all__`, which stays
    written out, as do the imports for type checkers.

    Example:
        >>> find, list_names = load_lazily("json", {"JSONDecodeError": "decoder"})
        >>> find("JSONDecodeError").__module__
        'json.decoder'
        >>> list_names()[:2]
        ['JSONDecodeError', 'JSONDecoder']
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def list_names() -> list[str]:
        return sorted(sys.modules[package].__all__)

    return find, list_names
