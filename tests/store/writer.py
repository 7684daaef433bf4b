"""Ingest a folder of JSON texts in a process of its own: `python writer.py STORE INBOX [SENT_AT [PAUSE]]`.

With `PAUSE` (seconds) it waits before each move into its place, so that something can happen in between.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

import making

from nq57kit.errors import StoreError
from nq57kit.store import folder as disk
from nq57kit.store import ingest, intake

intake.check_many = making.check_texts
pause = float(sys.argv[4]) if len(sys.argv) > 4 else 0
move = disk.move_into_place


def move_slowly(source: Path, target: Path, *, over: bool = False) -> None:
    time.sleep(pause)
    move(source, target, over=over)


disk.move_into_place = move_slowly
moment = datetime.fromisoformat(sys.argv[3] if len(sys.argv) > 3 else "2026-12-10T08:00:00+07:00")
try:
    report = ingest(sys.argv[2], sys.argv[1], sent_at=moment, now=moment)
except StoreError as error:
    sys.exit(str(error))
sys.stdout.write(" ".join(result.outcome for result in report.results))
