"""The project's chores: `nox -l` lists them."""

from __future__ import annotations

import ast
import configparser
import os
import shutil
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
#: Debian's releases whose own Python and pip must play README's commands: 3.11.2, 3.13, 3.14.
RELEASES = ["bookworm", "trixie", "sid"]
#: Where the environment names certificates, which pip needs in a new system, too.
CERTIFICATES = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]


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
    """mypy, strict, as on Linux and as on Windows (what the standard library lacks there)."""
    session.install("-c", "constraints.txt", "-e", ".[lint]")
    session.run("mypy")
    session.run("mypy", "--platform", "win32")


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


@nox.session(python=PYTHONS[0])
def floor(session: nox.Session) -> None:
    """Prove the lower bounds of pyproject.toml: the oldest versions that they allow pass the fast tests."""
    session.install("uv")
    session.run_install("uv", "pip", "install", "--resolution", "lowest-direct", "-e", ".[test]")
    session.run("python", "-m", "pytest", "-m", "not slow", *session.posargs)


@nox.session
def constraints(session: nox.Session) -> None:
    """Write constraints.txt anew, for every Python from 3.11.2 and every platform; pins that still fit stay."""
    session.install("uv")
    command = ["uv", "pip", "compile", "--universal", "--python-version", "3.11.2", "--no-annotate", "--all-extras"]
    session.run(*command, "--custom-compile-command", "nox -s constraints", "pyproject.toml", "-o", "constraints.txt")


#: What is played in a new Debian: README's two installations, the demo, all scorecards; each told with its seconds or size.
FRESH = """
set -e
export HOME=/root LANG=C.UTF-8
cd /root/nq57kit
if ! [ -e /proc/stat ]; then mount -t proc proc /proc; trap 'umount /proc' EXIT; fi
tell() { echo "FRESH $RELEASE: $1"; }
timed() { what=$1; shift; start=$(date +%s); "$@"; tell "$what, $(($(date +%s) - start)) s"; }
tell "$(python3 --version), $(pip3 --version | cut -d ' ' -f 1-2)"
python3 -m venv .venv
timed "pip install ." .venv/bin/pip install -q -c constraints.txt .
tell "$(du -sm .venv | cut -f 1) MB"
timed "demo" .venv/bin/nq57kit demo --out demo
cd demo
timed "report unit --all" ../.venv/bin/nq57kit report unit 2026-H2 --all --as-of 2026-12-25
cd ..
made=$(ls demo/bao-cao/unit-2026-H2-*.html | wc -l)
tell "$made of 58 scorecards"
[ "$made" = 58 ]
python3 -m venv .venv-test
timed "pip install -e .[test]" .venv-test/bin/pip install -q -c constraints.txt -e ".[test]"
tell "$(du -sm .venv-test | cut -f 1) MB"
.venv-test/bin/python -m pytest -q -n 0 tests/test_architecture.py
"""


@nox.session(venv_backend="none")
@nox.parametrize("release", RELEASES)
def fresh(session: nox.Session, release: str) -> None:
    """README's commands and all scorecards in a new Debian; as root on Linux with debootstrap; `-- FOLDER` keeps it there.

    What is committed is played, with the Python and pip that the release ships and pip's settings of this machine.
    """
    if shutil.which("debootstrap") is None or getattr(os, "geteuid", lambda: 1)() != 0:
        session.error("needs root on Linux with debootstrap: apt-get install debootstrap; sudo .venv/bin/nox -s fresh")
    root = Path(session.posargs[0] if session.posargs else session.create_tmp()).resolve() / release
    if not (root / "usr").is_dir():
        packages = "--include=ca-certificates,git,python3,python3-pip,python3-venv"
        session.run("debootstrap", "--variant=minbase", packages, release, str(root), external=True)
    checkout = root / "root" / "nq57kit"
    shutil.rmtree(checkout, ignore_errors=True)
    session.run("git", "clone", "--quiet", ".", str(checkout), external=True)
    folders = []
    for path in (Path("/etc/resolv.conf"), Path("/etc/hosts"), *_write_pip_settings(session, root)):
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            shutil.copy(path, target)
        elif str(target) not in folders:
            target.mkdir(exist_ok=True)
            session.run("mount", "--bind", str(path), str(target), external=True)
            folders.append(str(target))
    try:
        session.run("chroot", str(root), "sh", "-c", FRESH, external=True, env={"RELEASE": release})
    finally:
        for folder in folders:
            session.run("umount", folder, external=True)


def _write_pip_settings(session: nox.Session, root: Path) -> list[Path]:
    """Write what this machine's files set for pip into the new system's; return the files and folders that settings name.

    Settings of the environment reach the new system with it.
    """
    told = session.run(sys.executable, "-m", "pip", "config", "list", external=True, silent=True, success_codes=[0, 1])
    written, named = configparser.RawConfigParser(), [os.environ.get(name, "") for name in CERTIFICATES]
    for line in str(told).splitlines() if told else []:
        name, _, quoted = line.partition("=")
        section, _, key = name.rpartition(".")
        if section and quoted[:1] in ("'", '"'):
            value = ast.literal_eval(quoted)
            named += value.split()
            if section != ":env:":
                written.read_dict({section: {key: value.replace("\n", "\n  ")}})
    with (root / "etc" / "pip.conf").open("w", encoding="utf-8") as stream:
        written.write(stream)
    paths = [Path(name.removeprefix("file://").removesuffix("/simple")) for name in named if name]  # an index on a disk
    return [path for path in paths if path.is_absolute() and path.exists()]


@nox.session
def reference(session: nox.Session) -> None:
    """Write docs/reference.md anew from the docstrings of the public names."""
    session.install("-c", "constraints.txt", "-e", ".")
    session.run("python", "docs/make_reference.py")


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
def docs(session: nox.Session) -> None:
    """The site of the documents, in site/: a broken link ends the build, and a browser finds that no page asks anyone else."""
    session.install("-c", "constraints.txt", "-e", ".[test]", "zensical>=0.0.73,<0.2")
    session.run("zensical", "build", "--clean", "--strict")
    session.run("pytest", "tests/test_docs.py", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """The sdist and the wheel."""
    session.install("build")
    session.run("python", "-m", "build")
