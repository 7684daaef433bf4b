"""Handing a prepared report to the notebook that shows it: computed once, outside, and read in the kernel.

In: a `Report` and its parameters. Out: a private file, named to the one kernel that may take it by a variable of its
environment; `open_report` takes the report only if its parameters are the same. Without the variable (JupyterLab,
bare papermill) a notebook computes for itself.
"""

from __future__ import annotations

import os
import pickle
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nq57kit.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nq57kit.reports.parameters import ReportParameters
    from nq57kit.reports.report import Report

__all__ = ["HANDED_BY", "hand_report", "take_report"]

#: The variable of a kernel's environment that names the file; set by `run_report` alone, for one kernel.
HANDED_BY: Final = "NQ57_HANDED_REPORT"


def hand_report(report: Report, parameters: ReportParameters, folder: Path) -> dict[str, str]:
    """Write `report` into `folder`, which only its owner can enter; return what the kernel's environment needs."""
    content = {"kind": parameters.kind, "parameters": parameters.as_notebook(), "report": _settle(report)}
    path = write_atomically(folder / "report.pickle", pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL))
    return {HANDED_BY: str(path)}


def _settle(report: Report) -> Report:
    """Return a scorecard with its unit's own rows alone in its tables: as they stand, they are the ministry's, filtered."""
    import polars as pl

    if report.card is None:
        return report
    inputs = report.results.inputs
    names = [(field, table) for field in ("tables", "previous") for table in getattr(inputs, field)]
    frames = pl.collect_all([getattr(inputs, field)[table] for field, table in names])
    settled: dict[str, dict[str, pl.LazyFrame]] = {"tables": {}, "previous": {}}
    for (field, table), frame in zip(names, frames, strict=True):
        settled[field][table] = frame.lazy()
    own = replace(report.results, inputs=replace(inputs, tables=settled["tables"], previous=settled["previous"]))
    return replace(report, results=own, card=replace(report.card, own=own))


def take_report(kind: str, parameters: Mapping[str, Any]) -> Report | None:
    """Return the report handed to this kernel; None without one, or where it is not the one that is asked for.

    Example:
        >>> take_report("annual", {"year": 2026}) is None
        True
    """
    named = os.environ.get(HANDED_BY)
    if not named:
        return None
    path = Path(named)
    try:
        if not _is_private(path):
            return None
        content = pickle.loads(path.read_bytes())  # noqa: S301 - our own file, in a folder that nobody else can enter
    except (OSError, pickle.UnpicklingError, AttributeError, ImportError, EOFError):
        return None
    same = content["kind"] == kind and content["parameters"] == dict(parameters)
    report: Report | None = content["report"] if same else None
    return report


def _is_private(path: Path) -> bool:
    """Whether a file and its folder are this user's own, and its folder closed to others (POSIX; Windows has ACLs)."""
    if sys.platform == "win32":
        return True
    folder, file = path.parent.stat(), path.stat()
    closed = not folder.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return closed and folder.st_uid == file.st_uid == os.getuid()
