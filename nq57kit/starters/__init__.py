"""Beginnings: a new desk, a demonstration of everything at one, the handbook.

In: a new folder. Out: the desk set up in it; for the demonstration also a synthetic year, its ingest, and both
reports of 2026.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nq57kit.desk import DESK_FILE, Desk, read_desk
from nq57kit.errors import DeskError
from nq57kit.files import write_atomically
from nq57kit.plan import load_plan
from nq57kit.reports import packaged, read_parameters, run_report
from nq57kit.reports.commentary import write_commentary_form
from nq57kit.reports.executed import read_report
from nq57kit.reports.html import render_html
from nq57kit.reports.letterhead import LETTERHEAD_FILE, OUTLINE_FILE, TEMPLATE_FILE, find_style
from nq57kit.sample import SAMPLE_NOTICE, make_sample
from nq57kit.store import Store, ingest

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.store import IngestReport

__all__ = ["DEMO_AS_OF", "DemoResult", "init_desk", "lay_notebooks", "run_demo", "write_handbook"]

#: The day on which the demonstration's reports are drawn: after the year's last deadline.
DEMO_AS_OF: Final = "2026-12-25"
_REPORTS: Final = (("semiannual", {"period": "2026-H2"}), ("annual", {"year": 2026}))


def init_desk(folder: Path) -> Desk:
    """Make a desk in `folder` (made if missing): nothing that is already there is touched.

    Raises DeskError if `folder` already is a desk, or cannot be written.
    """
    if (folder / DESK_FILE).exists():
        raise DeskError(f"«{folder}» đã là thư mục làm việc (có {DESK_FILE}); chọn thư mục khác.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("nhan-ve", "bao-cao"):
            (folder / name).mkdir(exist_ok=True)
        _copy_missing(Path(str(resources.files("nq57kit.plan"))) / "data", folder / "ke-hoach")
        _copy_missing(packaged("notebooks"), folder / "notebooks")
        lay_notebooks(folder / "notebooks")
        _copy_missing(packaged("parameters"), folder / "parameters")
        for name in (TEMPLATE_FILE, LETTERHEAD_FILE, OUTLINE_FILE):
            _write_missing(folder / "the-thuc" / name, find_style(name).read_bytes())
        _write_missing(folder / "nhan-xet.md", write_commentary_form())
        _write_missing(folder / "desk.toml", _packaged("desk.toml"))
        _write_missing(folder / "DOC-TRUOC.md", _packaged("DOC-TRUOC.md"))
        Store.create(folder / "kho")
        write_atomically(folder / DESK_FILE, _packaged(DESK_FILE))
    except OSError as error:
        raise DeskError(
            f"Không lập được thư mục làm việc ở «{folder}» ({error.strerror}); kiểm tra quyền ghi và dung lượng đĩa."
        ) from error
    return read_desk(folder.resolve())


def lay_notebooks(folder: Path) -> None:
    """Put the notebooks of the desk's own errands into a folder; those that are there stay as they are."""
    _copy_missing(Path(str(resources.files("nq57kit.starters"))) / "notebooks", folder)


def _packaged(name: str) -> str:
    return (resources.files("nq57kit.starters") / name).read_text(encoding="utf-8")


def _copy_missing(source: Path, target: Path) -> None:
    """Copy the files of a folder that the target does not have (contents only, so that they can be written)."""
    target.mkdir(exist_ok=True)
    for path in sorted(source.iterdir()):
        if path.is_file() and not (target / path.name).exists():
            shutil.copyfile(path, target / path.name)


def _write_missing(path: Path, content: str | bytes) -> None:
    if not path.exists():
        write_atomically(path, content)


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


def write_handbook(path: Path) -> Path:
    """Write the analysts' handbook (docs/so-tay.md) by the reports' own exporters: a page, or a Word document for a name that ends in .docx."""
    from nbformat.v4 import new_markdown_cell, new_notebook

    text = (packaged("docs") / "so-tay.md").read_text(encoding="utf-8")
    book = new_notebook(cells=[new_markdown_cell(text)])  # type: ignore[no-untyped-call]
    if path.suffix.casefold() == ".docx":
        from nq57kit.reports.docx import render_page

        return write_atomically(path, render_page(read_report(book)))
    return write_atomically(path, render_html(book))
