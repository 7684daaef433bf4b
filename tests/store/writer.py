"""Ingest a folder of JSON texts in a process of its own: `python writer.py STORE INBOX [SENT_AT]`."""

from __future__ import annotations

import sys
from datetime import datetime

import making

from nq57kit.errors import StoreError
from nq57kit.store import ingest, intake

intake.check_many = making.check_texts
moment = datetime.fromisoformat(sys.argv[3] if len(sys.argv) > 3 else "2026-12-10T08:00:00+07:00")
try:
    report = ingest(sys.argv[2], sys.argv[1], sent_at=moment, now=moment)
except StoreError as error:
    sys.exit(str(error))
sys.stdout.write(" ".join(result.outcome for result in report.results))
