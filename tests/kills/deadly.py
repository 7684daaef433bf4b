"""Run a command that kills itself: `python deadly.py LIMIT FOLDER nq57kit's arguments…`.

It dies before its LIMIT-th call that makes, opens for writing, renames or removes something in FOLDER or in the temporary
folder (seen by an audit hook, so from every thread and library); with LIMIT 0 it runs to its end and the number of such calls
stands in FOLDER/calls.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_EVENTS = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir"})


def main() -> int:
    limit, folder = int(sys.argv[1]), sys.argv[2]
    watched = (folder, os.environ["TMPDIR"])
    calls, last = itertools.count(1), 0

    def watch(event: str, given: tuple[object, ...]) -> None:
        nonlocal last
        if event not in _EVENTS and not (event == "open" and isinstance(given[2], int) and given[2] & _WRITES):
            return
        if isinstance(given[0], (str, Path)) and str(given[0]).startswith(watched):
            last = next(calls)
            if last == limit:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    from nq57kit.cli import main as run

    code = run(sys.argv[3:])
    if limit == 0:
        number = last
        Path(folder, "calls").write_text(str(number), encoding="ascii")
    return code


if __name__ == "__main__":
    sys.exit(main())
