"""Commands killed at any moment: the next one goes on by itself, the store is sound, and nothing stays behind.

Each kill has a seed, which says the command, the way (before the n-th call that writes; at the n-th system call, by strace; after
a random time) and the moment. `pytest tests/kills --kill-first=SEED --kills=1` plays one again.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

import nq57kit.plan
from nq57kit.cli import main
from nq57kit.plan import load_plan
from nq57kit.store import Store, ingest, lock_period

pytestmark = [
    pytest.mark.slow(reason="dozens of commands are started and killed"),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]

_HERE = Path(__file__).resolve().parent
#: The units of a small ministry: the last one has not reported.
_UNITS = ("vu-pc", "vu-tccb", "hv-nongnghiep", "cuc-cds")
_CALLS = "fsync,rename,renameat,renameat2,mkdir,unlink,unlinkat,rmdir"
_AS_OF, _SENT = ("--as-of", "2026-12-25"), ("--sent-at", "15/12/2026 08:00")
_WHY = ("--reason", "Đính chính số liệu")
#: The commands: what they are given, and the store on which they begin.
COMMANDS = {
    "ingest": (("ingest", "{case}/gửi", *_SENT), "open"),
    "lock": (("lock", "2026-H2"), "open"),
    "sent-at": (("store", "sent-at", "vu-pc", "2026-H2", "18/12/2026 16:30", *_WHY), "open"),
    "unlock": (("lock", "2026-H2", "--unlock", *_WHY), "locked"),
    "rebuild": (("store", "rebuild", "{case}/kho mới"), "locked"),
    "report": (("report", "semiannual", "2026-H2", *_AS_OF, "--out", "{case}/ra"), "open"),
    "batch": (("report", "unit", "2026-H2", "--all", "--jobs", "2", *_AS_OF, "--out", "{case}/ra"), "open"),
}
#: What is killed in turn: those that write the store more often than those that write reports.
ORDER = (*("ingest", "lock", "sent-at", "unlock", "rebuild") * 2, "report", "batch")
WAYS = ("call", "time", "strace")
#: A command that was killed after its work says that it is done already.
_DONE = re.compile("đã khóa từ trước|đang không khóa|ở đó đã có tệp")


@pytest.fixture(scope="module")
def ministry(load_module, tmp_path_factory):
    """A plan of four units, an open store, a locked one, and what comes in later."""
    making = load_module(_HERE.parent / "store" / "making.py")
    root = tmp_path_factory.mktemp("bo")
    data = shutil.copytree(Path(nq57kit.plan.__file__).with_name("data"), root / "ke-hoach")
    units = data / "units.csv"
    first, *rows = units.read_text(encoding="utf-8").splitlines()
    kept = [
        row if row.startswith(tuple(f"{unit}," for unit in _UNITS)) else row.replace(",true,", ",false,")
        for row in rows
    ]
    units.write_text("\n".join([first, *kept]) + "\n", encoding="utf-8")
    plan = load_plan(data)
    store = Store.create(root / "open", plan=plan)
    for half, when in (("2026-H1", "2026-06-10"), ("2026-H2", "2026-12-10")):
        moment = datetime.fromisoformat(f"{when}T08:00:00+07:00")
        for unit in _UNITS[:3]:
            form = making.write_form(root / half / f"{unit}.xlsx", unit, half)
            ingest(form, store, plan=plan, sent_at=moment, now=moment)
    shutil.copytree(root / "open", root / "locked")
    lock_period(Store(root / "locked", plan=plan), plan.period("2026-H2"))
    for number, unit in enumerate((*_UNITS, "vu-pc")):
        making.write_form(root / "gửi" / f"{number}.xlsx", unit, workforce=[making.workforce(50 + number)])
    return root


class Case:
    """A folder of its own with a store, what comes in, and a temporary folder; and how commands run in it."""

    def __init__(self, ministry: Path, folder: Path, trail, command: str) -> None:
        self.folder, self.trail = folder, trail
        self.given, store = COMMANDS[command]
        shutil.copytree(ministry / store, folder / "kho")
        shutil.copytree(ministry / "gửi", folder / "gửi")
        self.common = ("--store", str(folder / "kho"), "--plan", str(ministry / "ke-hoach"))
        self.arguments = [word.format(case=folder) for word in self.given] + list(self.common)
        trail.environment |= {"PYTHONDONTWRITEBYTECODE": "1"}

    def start(self, *before: object, program: tuple[object, ...] = ("-m", "nq57kit")) -> subprocess.Popen[bytes]:
        words = [str(word) for word in (*before, sys.executable, *program, *self.arguments)]
        return subprocess.Popen(
            words, cwd=self.folder, env=self.trail.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self) -> tuple[int, str]:
        out, err = (running := self.start()).communicate(timeout=600)
        return running.returncode, out.decode() + err.decode()

    def deadly(self, limit: int) -> subprocess.Popen[bytes]:
        return self.start(program=(_HERE / "deadly.py", limit, self.folder))


@pytest.fixture(scope="module")
def measured(ministry, load_module, tmp_path_factory):
    """How many calls a command makes, which system calls in turn, how long it takes; told when first asked for."""
    known: dict[str, tuple[int, list[str], float]] = {}
    trail_of = load_module(_HERE.parent / "reports" / "conftest.py").Trail

    def measure(command: str) -> tuple[int, list[str], float]:
        if command not in known:
            case = Case(ministry, tmp_path_factory.mktemp(command), trail_of(_HERE), command)
            began = time.monotonic()
            out, err = (running := case.deadly(0)).communicate(timeout=600)
            assert running.returncode == 0, out.decode() + err.decode()
            seconds = time.monotonic() - began
            calls = int((case.folder / "calls").read_text(encoding="ascii"))
            traced: list[str] = []
            if shutil.which("strace"):
                again = Case(ministry, tmp_path_factory.mktemp(command), trail_of(_HERE), command)
                log = again.folder / "strace.txt"
                again.start("strace", "-qq", "-o", log, "-e", f"trace={_CALLS}", "-e", "signal=none").communicate(
                    timeout=600
                )
                traced = re.findall(r"^(\w+)\(", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
            known[command] = calls, traced, seconds
        return known[command]

    return measure


def test_the_next_command_goes_on_by_itself_whatever_was_killed_and_when(  # noqa: PLR0917 - fixtures
    request, ministry, measured, load_module, tmp_path, capsys
):
    count = request.config.getoption("--kills", default=24)
    first = request.config.getoption("--kill-first", default=0)
    trail_of = load_module(_HERE.parent / "reports" / "conftest.py").Trail
    slowest, died = 0.0, 0
    for seed in range(first, first + count):
        rng = random.Random(seed)  # noqa: S311
        command, way = ORDER[seed % len(ORDER)], WAYS[(seed // len(ORDER) + seed) % len(WAYS)]
        calls, traced, seconds = measured(command)
        case = Case(ministry, tmp_path / str(seed), trail_of(_HERE), command)
        if way == "strace" and not traced:
            way = "call"
        if way == "call":
            running = case.deadly(rng.randint(1, calls))
        elif way == "strace":
            number = rng.randrange(len(traced))
            call = traced[number]  # strace counts each call by itself
            inject = f"inject={call}:signal=KILL:when={traced[: number + 1].count(call)}"
            running = case.start("strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)
        else:
            running = case.start()
            time.sleep(rng.uniform(0.1, 0.9) * seconds)
            running.kill()
        out, err = running.communicate(timeout=600)
        what = f"seed {seed}: {command}, {way}"
        died += running.returncode == -signal.SIGKILL
        assert running.returncode in (0, -signal.SIGKILL), f"{what}: {out.decode()}{err.decode()}"
        slowest = max(slowest, wait_for_processes(case.trail, what))
        assert main(["store", "check", *case.common[:2]]) == 0, f"{what}: {capsys.readouterr().out}"
        if command in ("report", "batch"):
            code, said = case.run()
        else:
            code, said = main(case.arguments), "".join(capsys.readouterr())
            assert main(["ingest", str(case.folder / "gửi"), *_SENT, *case.common]) == 0, what
        assert code == 0 or (code == 2 and _DONE.search(said)), f"{what}: {said}"
        if command == "rebuild":
            assert main(["store", "check", "--store", str(case.folder / "kho mới")]) == 0, what
        assert_nothing_is_left(case, what)
        capsys.readouterr()
        assert main(["store", "check", *case.common[:2]]) == 0, what
        said = capsys.readouterr().out
        assert not re.search("còn sót|chưa dùng", said), f"{what}: {said}"
        shutil.rmtree(case.folder)
        shutil.rmtree(case.trail.folder)
    assert died > count // 2
    with capsys.disabled():
        sys.stdout.write(
            f"\n{count} commands, {died} killed in the middle; the last process ended within {slowest:.1f} s\n"
        )


def wait_for_processes(trail, what: str) -> float:
    """Wait until no process of a killed command is there any more; return how long that took."""
    began = time.monotonic()
    while trail.processes():
        assert time.monotonic() - began < 10, f"{what}: {trail.processes()}"
        time.sleep(0.05)
    return time.monotonic() - began


def assert_nothing_is_left(case: Case, what: str) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until and (case.trail.processes() or any(case.trail.folder.iterdir())):
        time.sleep(0.1)
    assert case.trail.processes() == [], what
    assert list(case.trail.folder.iterdir()) == [], what
    hidden = [path for path in case.folder.rglob(".*") if path.name not in (".lock", ".nq57", ".staging")]
    assert hidden == [], what
    assert not list(case.folder.rglob(".staging/*")), what
    assert not list(case.folder.rglob("*.tmp")), what
