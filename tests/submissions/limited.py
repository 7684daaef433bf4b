"""Check files in a process of its own, with a limit on its address space: `python limited.py PATH…`.

In: paths. Out: a line of JSON for each: whether it is acceptable, the codes found, and the most memory used so far (bytes;
None on systems that do not say).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nq57kit.submissions import check

#: A net under the test: far above what is allowed, far below what would hurt the machine.
MOST_ADDRESS_SPACE = 6 * 1024**3


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


def limit_address_space() -> None:
    """Keep a file that gets through from filling the machine, where the system can."""
    try:
        import resource
    except ImportError:
        return
    if sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_SPACE, MOST_ADDRESS_SPACE))


def main(paths: list[str]) -> None:
    limit_address_space()
    for path in paths:
        answer = check(path)
        for counts in answer.counts.values():
            assert counts["seen"] == counts["accepted"] + counts["refused"] + counts["skipped"]
        codes = sorted({one.code for one in answer.findings})
        told = {"ok": answer.ok, "codes": codes, "findings": len(answer.findings), "memory": measure_memory()}
        print(json.dumps(told), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
