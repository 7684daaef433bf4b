"""Who has not sent, to CSV that Excel opens: `python not_sent.py kho 2026-H2 chua-gui.csv [2026-12-25]`."""

import csv
import sys
from datetime import date, datetime
from pathlib import Path

import nq57kit
from nq57kit.store import reporting_status

folder, text, out, *as_of = sys.argv[1:]
store = nq57kit.Store(folder)
status = reporting_status(
    store, text, store.plan, date.fromisoformat(as_of[0]) if as_of else datetime.now(store.plan.settings.zone).date()
)
missing = [unit["unit_id"] for unit in status["units"] if unit["state"] in ("missing", "refused")]
with Path(out).open("w", encoding="utf-8-sig", newline="") as stream:
    writer = csv.writer(stream)
    writer.writerow(["Mã đơn vị", "Tên đơn vị"])
    writer.writerows([unit_id, store.plan.name_of(unit_id)] for unit_id in missing)
print(f"{len(missing)}/{status['expected']}")
