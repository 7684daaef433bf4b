"""What is asked for and what comes of it: a job, its result, its notebook, and whether it need not be done again.

In: checked parameters and a folder. Out: small values that can be sent to any worker. A report whose parameters, inputs,
notebook and code are those that it was made from is left as it is: by content alone, never by time; what it was made
from is noted in a hidden folder beside the reports, `.nq57`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nq57kit.errors import ReportError
from nq57kit.files import hash_bytes, hash_file, write_atomically, write_together
from nq57kit.reports.letterhead import describe_style
from nq57kit.reports.parameters import KINDS, Kind, ReportParameters
from nq57kit.reports.pool import NOTES

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Formats made where they are asked for (contract §5).
MORE_FORMATS: Final = ("docx", "xlsx")
#: A report runs for seconds; a cell that takes as long as this (seconds) is ended, with its worker.
CELL_TIMEOUT: Final = 600.0
CUT_SHORT: Final = "sổ ghi ngừng giữa chừng hoặc chạy quá lâu"


def find_notebook(kind: Kind, folder: Path | None = None) -> Path:
    """Return the notebook of a kind of report: the desk's own copy in `folder`, or the packaged one.

    Example:
        >>> find_notebook("annual").name
        'annual_assessment.ipynb'
    """
    name = KINDS[kind].notebook
    own = folder / name if folder is not None else None
    return own if own is not None and own.is_file() else packaged("notebooks") / name


def packaged(what: str) -> Path:
    """Return the folder of the packaged notebooks or parameters: in the wheel, or in the checkout beside the package."""
    inside = Path(str(resources.files("nq57kit.reports"))) / ("parameter_files" if what == "parameters" else what)
    return inside if inside.is_dir() else Path(str(resources.files("nq57kit"))).parent / what


@dataclass(frozen=True)
class Job:
    """A report to be made: its checked parameters, the folder of its files, further formats (Word, Excel).

    `notebooks` is a folder with notebooks of one's own, `kernel` the Jupyter kernel that the notebook is to run in (none:
    in the worker itself), `letterhead` a folder with a Word template and words of one's own; `force` makes the report again
    though nothing has changed.
    """

    parameters: ReportParameters
    out: Path
    also: tuple[str, ...] = ()
    notebooks: Path | None = None
    force: bool = False
    kernel: str | None = None
    letterhead: Path | None = None

    @property
    def stem(self) -> str:
        """The name of the report's files."""
        return self.parameters.stem

    @property
    def notebook(self) -> Path:
        """The notebook that makes the report."""
        return self.parameters.notebook or find_notebook(self.parameters.kind, self.notebooks)

    @property
    def stock_kernel(self) -> str | None:
        """The Jupyter kernel that the notebook needs: by the job, its metadata (`nq57.kernel`) or its language; None: none."""
        try:
            metadata = json.loads(self.notebook.read_text(encoding="utf-8"))["metadata"]
            spec = metadata.get("kernelspec", {})
            own = spec.get("name") if spec.get("language", "python") != "python" else None
            kernel: str | None = self.kernel or metadata.get("nq57", {}).get("kernel") or own
        except (ValueError, KeyError, AttributeError) as error:
            raise ReportError(
                f"Tệp «{self.notebook.name}» không phải là sổ ghi Jupyter; mở lại bằng JupyterLab rồi lưu."
            ) from error
        return kernel

    @property
    def is_packaged(self) -> bool:
        """Whether the notebook is the packaged one, byte for byte: then nothing of it stays in the worker that ran it."""
        return self.notebook.read_bytes() == find_notebook(self.parameters.kind).read_bytes()


@dataclass(frozen=True)
class Result:
    """What became of a job: its files, in the order in which they are told, or the one sentence that says why there are none.

    `is_new` is false where the files lay there already, made from the same.
    """

    stem: str
    paths: tuple[Path, ...] = ()
    is_new: bool = True
    error: str | None = None

    @property
    def html(self) -> Path:
        """The page."""
        return self.paths[0]

    @property
    def notebook(self) -> Path:
        """The executed notebook."""
        return self.paths[1]

    @property
    def results(self) -> Path:
        """The file of the figures."""
        return self.paths[2]

    @property
    def values(self) -> dict[str, Any]:
        """The figures, by name (contract §5)."""
        values: dict[str, Any] = json.loads(self.results.read_text(encoding="utf-8"))
        return values


class NotebookFailed(Exception):  # noqa: N818 - it says what happened
    """A notebook that did not run to its end: why, and the part that ran, if it is known."""

    def __init__(self, reason: str, executed: str | None = None) -> None:
        super().__init__(reason, executed)
        self.reason, self.executed = reason, executed


def write_files(job: Job, files: Mapping[str, bytes], key: str) -> Result:
    """Write a report's files, each whole, and note what they were made from."""
    paths = write_together(job.out, files)
    (job.out / f"{job.stem}.failed.ipynb").unlink(missing_ok=True)
    noted = {"key": key, "files": {name: hash_bytes(content) for name, content in files.items()}}
    write_atomically(_note(job), json.dumps(noted, ensure_ascii=False, indent=1) + "\n")
    return Result(job.stem, paths)


def keep_failed(job: Job, reason: str, executed: str | None) -> ReportError:
    """Keep the executed part of a notebook beside the reports, if there is one; return the error, one sentence.

    The files of an earlier report stay as they were.
    """
    kept = ""
    if executed:
        kept_at = write_atomically(job.out / f"{job.stem}.failed.ipynb", executed)
        kept = f" Phần đã chạy được giữ ở «{kept_at.name}»."
    return ReportError(f"Không lập được báo cáo «{job.stem}»: {reason.rstrip('.')}.{kept}")


def key_of(job: Job, provenance: Mapping[str, Any]) -> str:
    """Return one SHA-256 of all that a report is made from.

    That is its parameters, its provenance (submissions, plan, settings, code, versions), its notebook and the formats.
    """
    content = {
        "parameters": job.parameters.as_notebook(),
        "provenance": provenance,
        "notebook": hash_file(job.notebook),
        "beside": {} if job.is_packaged else {one.name: hash_file(one) for one in job.notebook.parent.glob("*.py")},
        "also": sorted(set(job.also)),
        "kernel": job.kernel,
        "letterhead": describe_style(job.letterhead),
    }
    return hash_bytes(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8"))


def find_result(job: Job, key: str) -> Result | None:
    """Return the report that lies there, if it was made from the same and nobody has touched its files since."""
    try:
        noted = json.loads(_note(job).read_text(encoding="utf-8"))
        files: dict[str, str] = noted["files"]
        same = noted["key"] == key and all(hash_file(job.out / name) == digest for name, digest in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Result(job.stem, tuple(job.out / name for name in files), is_new=False) if same else None


def has_notes(out: Path) -> bool:
    """Return whether anything in `out` could be unchanged: whether anything was noted there.

    Example:
        >>> has_notes(Path("không có"))
        False
    """
    return (out / NOTES).is_dir()


def _note(job: Job) -> Path:
    return job.out / NOTES / f"{job.stem}.json"
