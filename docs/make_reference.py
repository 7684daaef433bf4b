"""Writes docs/reference.md from the docstrings of the public names: `python docs/make_reference.py` (or `nox -s reference`)."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

ROOMS = ("nq57kit", *(f"nq57kit.{room}" for room in ("plan", "submissions", "store", "indicators", "reports", "show")))
HEAD = """# Reference of the public names

Made from the docstrings by `docs/make_reference.py`; do not edit. What stands here is what other programs may rely on
([how long](extending.md#public-names-and-how-they-change)); names that are not here may change with any version.
"""


def tell(text: str | None) -> str:
    """Return a docstring as Markdown: its example as code, its arguments as a list."""
    said = inspect.cleandoc(text or "")
    said = re.sub(
        r"^Example:\n((?:    .*\n?|\n)+)",
        lambda found: f"```pycon\n{textwrap.dedent(found[1]).strip()}\n```\n",
        said,
        flags=re.M,
    )
    return re.sub(r"^    (\w[\w, ]*):", r"- \1:", said, flags=re.M)


def head_of(name: str, value: Any) -> str:
    """Return the name of a function with its parameters, as they are written in the source."""
    if not inspect.isfunction(value):
        return name
    tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    node = next(one for one in tree.body if isinstance(one, ast.FunctionDef))
    return f"{name}({ast.unparse(node.args)})" + (f" -> {ast.unparse(node.returns)}" if node.returns else "")


def render() -> str:
    """Return the page."""
    parts, seen = [HEAD], set()
    for room in ROOMS:
        module = importlib.import_module(room)
        names = [name for name in module.__all__ if id(getattr(module, name)) not in seen]
        parts.append(f"## {room}\n")
        for name in names:
            value = getattr(module, name)
            seen.add(id(value))
            parts.append(f"### {name}\n\n```text\n{head_of(name, value)}\n```\n")
            if name == "open_report":
                kinds = importlib.import_module("nq57kit.reports").KINDS
                parts += [
                    f"- `{kind}`: {', '.join(f'`{one}`' for one in told.takes)}" for kind, told in kinds.items()
                ] + [""]
            parts.append(f"{tell(value.__doc__)}\n" if callable(value) else f"A constant: `{type(value).__name__}`.\n")
            if inspect.isclass(value):
                members = {
                    one: thing for one, thing in vars(value).items() if not one.startswith("_") and thing.__doc__
                }
                told = {
                    one: getattr(thing, "__func__", getattr(thing, "fget", thing)) for one, thing in members.items()
                }
                lines = [
                    f"- `{head_of(one, thing)}`: {inspect.cleandoc(thing.__doc__).splitlines()[0]}"
                    for one, thing in told.items()
                    if inspect.isfunction(thing)
                ]
                parts += [*lines, ""] if lines else []
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("reference.md").write_text(render(), encoding="utf-8")
