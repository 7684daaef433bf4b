"""Run one ingest that is killed at the n-th call which touches the disk; `python killed.py STORE INBOX STEP AHEAD`.

Imports first and forks then, before polars has run anything (a fork after that would hang). Kills at call
1, 1 + step, … until a run comes to its end; each in a store of its own, `STORE/<n>`; prints the last n.
AHEAD is how many submissions are prepared in threads before their turn.
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

from nq57kit.plan import loading, rules, schemas
from nq57kit.store import intake, staging

_PRELOADED = (pandera.polars, loading, rules, schemas)

_MOMENT = datetime.fromisoformat("2026-12-10T08:00:00+07:00")


def run(store: Path, inbox: Path, limit: int) -> None:
    """Ingest `inbox`; die at the `limit`-th call, before it on odd numbers, just after it on even ones."""
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
    intake._check = making.check_texts
    intake.ingest(inbox, store, sent_at=_MOMENT, now=_MOMENT)


def main() -> None:
    stores, inbox, step = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    staging._FEW, staging._AHEAD = 0, int(sys.argv[4])
    limit = 1
    while True:
        child = os.fork()
        if child == 0:
            try:
                run(stores / str(limit), inbox, limit)
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
