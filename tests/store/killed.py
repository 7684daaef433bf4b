"""Run a command of the store that is killed at the n-th call which touches the disk, again and again.

    python killed.py ingest STORES INBOX STEP AHEAD    each run in a store of its own, `STORES/<n>`
    python killed.py correct STORES STORE              each run in a copy of STORE, `STORES/<n>`

Imports first and forks then, before polars has run anything (a fork after that would hang). Kills at call
1, 1 + step, … until a run comes to its end; prints the last n. AHEAD is how many submissions are prepared in
threads before their turn.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from datetime import datetime
from pathlib import Path

import making
import pandera.polars

from nq57kit.plan import decision
from nq57kit.store import Store, closing, intake

_PRELOADED = (pandera.polars, decision)

_MOMENT = datetime.fromisoformat("2026-12-10T08:00:00+07:00")


def die_at(limit: int) -> None:
    """Let this process die at its `limit`-th call: before it on odd numbers, just after it on even ones."""
    calls = itertools.count(1)  # one number per call, also from threads

    def deadly(function):
        def wrapped(*args, **kwargs):
            mine = next(calls)
            if mine == limit and limit % 2:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*args, **kwargs)
            if mine == limit:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return wrapped

    os.fsync = deadly(os.fsync)
    shutil.rmtree = deadly(shutil.rmtree)
    for name in ("mkdir", "rename", "replace"):
        setattr(Path, name, deadly(getattr(Path, name)))


def ingest(store: Path, inbox: Path) -> None:
    intake.check_many = making.check_texts
    intake.ingest(inbox, store, sent_at=_MOMENT, now=_MOMENT)


def correct(store: Path) -> None:
    opened = Store(store)
    half = opened.plan.period("2026-H1")
    closing.correct_sent_at(opened, "vu-pc", half, _MOMENT, reason="Theo sổ công văn đến", now=_MOMENT)


def main() -> None:
    what, stores, source, *more = sys.argv[1:]
    step = int(more[0]) if more else 1
    if more:
        intake._FEW, intake._AHEAD = 0, int(more[1])
    limit = 1
    while True:
        store = Path(stores) / str(limit)
        if what == "correct":
            shutil.copytree(source, store)
        child = os.fork()
        if child == 0:
            try:
                die_at(limit)
                ingest(store, Path(source)) if what == "ingest" else correct(store)
                os._exit(0)
            except BaseException as error:
                sys.stderr.write(repr(error))
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 0:
            break
        if code != -signal.SIGKILL:
            sys.exit(f"limit {limit}: {code}")
        limit += step
    sys.stdout.write(str(limit))


if __name__ == "__main__":
    main()
