"""What need not be made again: a report whose parameters, inputs, notebook and code are those that it was made from.

In: what a report would be made from. Out: the files that lie there, if they are exactly what was made from the same;
by content alone, never by time. What was made is noted in a hidden folder beside the reports, `.nq57`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from nq57kit.files import hash_bytes, hash_file, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nq57kit.reports.parameters import ReportParameters
    from nq57kit.reports.report import Basis
    from nq57kit.reports.run import RunResult

__all__ = ["content_key", "find_unchanged", "has_notes", "note_made"]

_FOLDER: Final = ".nq57"


def content_key(
    parameters: ReportParameters, basis: Basis, *, notebooks: Path | None = None, also: Iterable[str] = ()
) -> str:
    """Return one SHA-256 of all that a report is made from.

    That is its parameters, its provenance (submissions, plan, settings, code, versions), its notebook and the formats.
    """
    from nq57kit.reports.report import describe_report
    from nq57kit.reports.run import find_notebook

    content = {
        "parameters": parameters.as_notebook(),
        "provenance": describe_report(parameters, basis),
        "notebook": hash_file(find_notebook(parameters.kind, notebooks)),
        "also": sorted(set(also)),
    }
    return hash_bytes(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8"))


def find_unchanged(out: Path, parameters: ReportParameters, key: str) -> RunResult | None:
    """Return the report that lies in `out`, if it was made from the same and nobody has touched its files since."""
    from nq57kit.reports.run import RunResult

    try:
        noted = json.loads(_note(out, parameters).read_text(encoding="utf-8"))
        files: dict[str, str] = noted["files"]
        if noted["key"] != key or any(hash_file(out / name) != digest for name, digest in files.items()):
            return None
        page, notebook, results, *more = (out / name for name in files)
        values: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return RunResult(page, notebook, results, values, tuple(more), is_new=False)


def note_made(out: Path, parameters: ReportParameters, key: str, result: RunResult) -> None:
    """Note what a report was made from, and what its files are, in the order in which they are told."""
    files = {path.name: hash_file(path) for path in result.paths}
    text = json.dumps({"key": key, "files": files}, ensure_ascii=False, indent=1)
    write_atomically(_note(out, parameters), text + "\n")


def has_notes(out: Path) -> bool:
    """Return whether anything in `out` could be unchanged: whether anything was noted there.

    Example:
        >>> from pathlib import Path
        >>> has_notes(Path("không có"))
        False
    """
    return (out / _FOLDER).is_dir()


def _note(out: Path, parameters: ReportParameters) -> Path:
    return out / _FOLDER / f"{parameters.stem}.json"
