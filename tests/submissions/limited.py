"""Check one file in a process of its own, with a limit on its address space: `python limited.py PATH`.

In: a path. Out: one line of JSON: whether it is acceptable, the codes found, and the most memory used (bytes; None on
systems that do not say).
"""

from __future__ import annotations

import json
import sys

from nq57kit.submissions import check

#: A net under the test: far above what is allowed, far below what would hurt the machine.
MOST_ADDRESS_SPACE = 6 * 1024**3


def main(path: str) -> None:
    try:
        import resource
    except ImportError:
        resource = None  # type: ignore[assignment]
    if resource and sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_SPACE, MOST_ADDRESS_SPACE))
    answer = check(path)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if resource else None
    if memory is not None and sys.platform != "darwin":
        memory *= 1024
    for counts in answer.counts.values():
        assert counts["seen"] == counts["accepted"] + counts["refused"] + counts["skipped"]
    codes = sorted({one.code for one in answer.findings})
    print(json.dumps({"ok": answer.ok, "codes": codes, "findings": len(answer.findings), "memory": memory}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
