"""The project's chores: `nox -l` lists them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
#: Debian's releases whose own Python and pip must play README's commands: 3.11.2, 3.13, 3.14.
RELEASES = ["bookworm", "trixie", "sid"]


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
def kills(session: nox.Session) -> None:
    """A hundred commands killed at any moment, each followed by the next; `-- --kill-first=57 --kills=1` plays one again."""
    session.install("-c", "constraints.txt", "-e", ".[test]")
    session.run("pytest", "tests/kills", *(session.posargs or ["--kills=100"]))


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
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew, for every Python from 3.11.2 and every platform; pins that still fit stay."""
    session.install("uv")
    command = ["uv", "pip", "compile", "--universal", "--python-version", "3.11.2", "--no-annotate", "--all-extras"]
    session.run(*command, "--custom-compile-command", "nox -s constraints", "pyproject.toml", "-o", "constraints.txt")


@nox.session(venv_backend="none")
@nox.parametrize("release", RELEASES)
def fresh(session: nox.Session, release: str) -> None:
    """README's command and all scorecards in a new Debian of debootstrap (as root, Linux); `-- FOLDER` keeps it there."""
    root = Path(session.posargs[0] if session.posargs else session.create_tmp()).resolve() / release
    if not (root / "usr").is_dir():
        packages = "--include=ca-certificates,git,python3,python3-pip,python3-venv"
        session.run("debootstrap", "--variant=minbase", packages, release, str(root), external=True)
    settings = ["/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt"]
    for name in filter(os.path.isfile, settings):
        shutil.copy(name, root / name[1:])
    checkout = root / "root" / "nq57kit"
    shutil.rmtree(checkout, ignore_errors=True)
    session.run("git", "clone", "--quiet", ".", str(checkout), external=True)
    commands = [
        "set -e; cd /root/nq57kit; python3 --version; pip3 --version; df /proc/stat >/dev/null 2>&1 || mount -t proc proc /proc",
        "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt . && .venv/bin/nq57kit demo --out demo",
        "cd demo && ../.venv/bin/nq57kit report unit 2026-H2 --all --as-of 2026-12-25",
    ]
    session.run("chroot", str(root), "sh", "-c", "\n".join(commands), external=True)


@nox.session
def airflow(session: nox.Session) -> None:
    """The example of Airflow once for real, on a new desk (Airflow brings some 150 packages of its own)."""
    session.install("apache-airflow", "apache-airflow-providers-standard")
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder / "desk", ignore_errors=True)
    command = folder / "nq57kit"
    session.run("python", "-m", "venv", str(command))
    session.run(str(command / "bin" / "pip"), "install", "-q", "-c", "constraints.txt", ".", external=True)
    session.run(str(command / "bin" / "nq57kit"), "init", str(folder / "desk"), external=True)
    settings = {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__DAGS_FOLDER": str(Path("examples/schedule").resolve()),
        "NQ57_DESK_FOLDER": str(folder / "desk"),
        "NQ57_COMMAND": str(command / "bin" / "nq57kit"),
    }
    session.run("airflow", "db", "migrate", env=settings)
    session.run("airflow", "dags", "reserialize", env=settings)
    session.run("airflow", "dags", "test", "nq57kit", "2027-01-04", env=settings)
    session.log((folder / "desk" / "bao-cao" / "nhat-ky-chay.jsonl").read_text(encoding="utf-8"))


@nox.session
def build(session: nox.Session) -> None:
    """The sdist and the wheel."""
    session.install("build")
    session.run("python", "-m", "build")
