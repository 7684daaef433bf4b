"""The project's chores: `nox -l` lists them."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests"]
PYTHONS = ["3.11", "3.12", "3.13"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests; `nox -s tests -- -m 'not slow'` for the fast ones."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and common errors."""
    session.install("-c", "constraints.txt", "-e", ".[lint]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    session.install("-c", "constraints.txt", "-e", ".[lint]")
    session.run("mypy")


@nox.session
def notebooks(session: nox.Session) -> None:
    """Both notebooks from top to bottom by bare papermill, on the sample year."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("pytest", "tests/notebooks", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """A thousand mutated workbooks, each with an answer; `-- --fuzz-first=664 --fuzz-count=1` plays one again."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("pytest", "tests/fuzz", *(session.posargs or ["--fuzz-count=1000"]))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure us and the alternatives side by side; writes benchmarks/RESULTS.md."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    for name in ("intake", "imports", "reports", "pages", "scale"):
        session.run("python", "-m", f"benchmarks.{name}", *session.posargs)


@nox.session
def floor(session: nox.Session) -> None:
    """Prove the lower bounds of pyproject.toml: the oldest versions that they allow pass the fast tests."""
    session.run_install("uv", "pip", "install", "--resolution", "lowest-direct", "-e", ".[test]", external=True)
    session.run("pytest", "-m", "not slow", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """The sdist and the wheel."""
    session.install("build")
    session.run("python", "-m", "build")
