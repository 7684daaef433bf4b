"""A batch of mutated workbooks in a process of its own: `python tests/fuzz/batch.py FIRST COUNT FOLDER`.

In: the first seed, how many, a folder for the files. Out: a line of JSON on stdout per seed: its number, the codes found
and what was wrong with the answer (nothing, if all is well); the last line is the most memory used, in bytes.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nq57kit.submissions import TABLES, Submission, check, findings_frame, write_returned

if TYPE_CHECKING:
    from types import ModuleType


def _load_mutations() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_mutations", Path(__file__).with_name("mutations.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_faults(answer: Any, content: bytes) -> list[str]:
    """Return what is wrong with an answer: each file, however bent, gives a whole and consistent one."""
    if not isinstance(answer, Submission):
        return [f"no answer: {type(answer).__name__}"]
    faults = []
    form = {name for name, table in TABLES.items() if "H" in table.periods}
    if not form <= set(answer.counts) <= set(TABLES) or not set(answer.counts) <= set(answer.tables):
        faults.append("tables are missing")
    for table, counts in answer.counts.items():
        if counts["seen"] != counts["accepted"] + counts["refused"] + counts["skipped"] or min(counts.values()) < 0:
            faults.append(f"{table}: {dict(counts)}")
        if answer.tables[table].height != counts["accepted"]:
            faults.append(f"{table}: {answer.tables[table].height} rows in the frame, {counts['accepted']} accepted")
    refused = sum(counts["refused"] for counts in answer.counts.values())
    if answer.ok and (refused or not answer.unit_id or not answer.period or answer.content != content):
        faults.append("accepted, but not whole")
    if answer.content not in (b"", content):
        faults.append("other bytes than those of the file")
    if any(not one.message or "{" in one.message.replace(one.value or "\0", "") for one in answer.findings):
        faults.append("a finding without its sentence")
    json.dumps(answer.as_json(), ensure_ascii=False)
    if findings_frame(answer.findings).height != len(answer.findings):
        faults.append("findings are lost in the frame")
    return faults


def find_return_faults(answer: Submission, folder: Path) -> list[str]:
    """Return what is wrong with the form that goes back: it reads, stays open until mended, and keeps what was accepted."""
    path = write_returned(answer, folder)
    if path is None or not answer.content:
        return []
    again = check(path)
    path.unlink()
    faults = [] if again.ok == answer.ok and not again.is_secret else ["the returned form has another verdict"]
    if answer.ok:
        for table, frame in answer.tables.items():
            place = ("source_sheet", "source_row")
            if not frame.drop(place).equals(again.tables[table].drop(place)):
                faults.append(f"{table}: other rows in the returned form")
    return faults


def run(first: int, count: int, folder: Path) -> None:
    """Check the seeds from `first` on and print what came of each."""
    mutations = _load_mutations()
    for seed in range(first, first + count):
        name, content = mutations.mutate(seed)
        path = folder / name
        path.write_bytes(content)
        codes: list[str] = []
        try:
            answer = check(path)
            faults = find_faults(answer, content) or find_return_faults(answer, folder)
            codes = sorted({one.code for one in answer.findings if one.severity == "error"})
        except BaseException:  # whatever it is, it is the fault that is looked for
            faults = [traceback.format_exc()]
        if not faults:
            path.unlink()
        print(json.dumps({"seed": seed, "file": name, "codes": codes, "faults": faults}), flush=True)  # noqa: T201


def measure_memory() -> int | None:
    """Return the most memory that this process held, in bytes; None where the system does not say.

    Linux counts into `ru_maxrss` what the process held from which this one was forked, so its own peak is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(
            line for line in status.read_text(encoding="ascii", errors="replace").splitlines() if "VmHWM" in line
        )
        return int(peak.split()[1]) * 1024
    try:
        import resource
    except ImportError:
        return None
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps({"memory": measure_memory()}))  # noqa: T201
