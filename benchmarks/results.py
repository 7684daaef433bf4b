"""The file of results: one section per benchmark, with the machine described in general terms.

In: lines of Markdown. Out: `benchmarks/RESULTS.md`, in which the benchmark's own section is replaced.
"""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nq57kit.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["describe_machine", "make_environment", "make_table", "write_section"]

_FILE: Final = Path(__file__).with_name("RESULTS.md")
_TITLE: Final = (
    "# Benchmarks\n\nEach section is written by `python -m benchmarks.<section>`; run it again to renew it.\n"
)


def describe_machine(libraries: Iterable[str]) -> str:
    """Return cores, system, Python and the versions of `libraries` in one line; no names of machines or people.

    Example:
        >>> describe_machine(["click"]).count("click")
        1
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [f"{cores} cores ({platform.machine()})", platform.system(), f"Python {platform.python_version()}"]
    return ", ".join(parts + [f"{name} {version(name)}" for name in libraries])


def make_environment(**added: str) -> dict[str, str]:
    """Return the environment of what is measured: modules are compiled once, as they are where they were installed.

    Example:
        >>> "PYTHONDONTWRITEBYTECODE" in make_environment()
        False
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | added


def make_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table, all columns but the first to the right.

    Example:
        >>> make_table(["a", "b"], [["x", "1"]])
        ['| a | b |', '| --- | ---: |', '| x | 1 |']
    """
    lines = ["| " + " | ".join(row) + " |" for row in (header, *rows)]
    return [lines[0], "| --- |" + " ---: |" * (len(header) - 1), *lines[1:]]


def write_section(name: str, lines: Iterable[str], path: Path = _FILE) -> Path:
    """Put the section `## name` at the end of the file of results, in place of an earlier one."""
    text = path.read_text(encoding="utf-8") if path.exists() else _TITLE
    section = f"## {name}\n\n" + "\n".join(lines) + "\n"
    pattern = re.compile(rf"^## {re.escape(name)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    others = pattern.sub("", text).rstrip("\n")
    return write_atomically(path, f"{others}\n\n{section}")
