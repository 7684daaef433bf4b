"""The demonstration: a desk, a synthetic year, its ingest, and both reports of 2026, in one call.

In: a new folder. Out: the desk with everything in it, and the paths of what was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nq57kit.desk import Desk, init_desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nq57kit.store import IngestReport

__all__ = ["DEMO_AS_OF", "DemoResult", "run_demo"]

#: The day on which the demonstration's reports are drawn: after the year's last deadline.
DEMO_AS_OF: Final = "2026-12-25"
_REPORTS: Final = (("semiannual", {"period": "2026-H2"}), ("annual", {"year": 2026}))


@dataclass(frozen=True)
class DemoResult:
    """The desk of a demonstration, what was ingested, the reports' files, and the notice that all is synthetic."""

    desk: Desk
    ingested: IngestReport
    paths: tuple[Path, ...]
    notice: str


def run_demo(folder: Path, *, seed: int, progress: Callable[[str], None] | None = None) -> DemoResult:
    """Set up `folder` as a desk, make the sample year from `seed`, ingest it, and make both reports.

    `progress` is called before each of the five steps with its name. Raises DeskError if `folder` is a desk already.
    """
    from nq57kit.plan import load_plan
    from nq57kit.reports import read_parameters, run_report
    from nq57kit.sample import SAMPLE_NOTICE, make_sample
    from nq57kit.store import Store, ingest

    say = progress or (lambda _what: None)
    say("lập thư mục làm việc")
    desk = init_desk(folder)
    plan = load_plan(desk.plan)
    say("sinh dữ liệu giả lập")
    incoming = desk.folder / "nhan-ve"
    make_sample(incoming, seed=seed, plan=plan)
    say("nhận vào kho")
    ingested = ingest([incoming], Store(desk.store), plan=plan)
    paths: list[Path] = []
    for kind, when in _REPORTS:
        say(f"lập báo cáo {kind}")
        values = {"store": desk.store, "plan": desk.plan, "commentary": desk.commentary, "as_of": DEMO_AS_OF, **when}
        result = run_report(read_parameters(kind, values), desk.outputs, notebooks=desk.notebooks)
        paths += [result.html, result.notebook, result.results]
    return DemoResult(desk, ingested, tuple(paths), f"{SAMPLE_NOTICE}.")
