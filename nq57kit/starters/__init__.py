"""Beginnings: a new desk, a demonstration of everything at one, the handbook.

In: a new folder. Out: the desk set up in it; for the demonstration also a synthetic year, its ingest, and both
reports of 2026.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from base64 import b64encode
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nq57kit.desk import DESK_FILE, Desk, read_desk
from nq57kit.errors import DeskError
from nq57kit.files import scratch_folder, write_atomically
from nq57kit.plan import load_plan
from nq57kit.reports import packaged, read_parameters, run_report
from nq57kit.reports.commentary import write_commentary_form
from nq57kit.reports.executed import read_report
from nq57kit.reports.html import render_html
from nq57kit.reports.letterhead import LETTERHEAD_FILE, OUTLINE_FILE, TEMPLATE_FILE, find_style
from nq57kit.sample import SAMPLE_NOTICE, make_sample
from nq57kit.show import BLOCK_MIME, Picture
from nq57kit.store import Store, ingest

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.store import IngestReport

__all__ = ["DEMO_AS_OF", "DemoResult", "init_desk", "lay_notebooks", "run_demo", "write_handbook"]

#: The day on which the demonstration's reports are drawn: after the year's last deadline.
DEMO_AS_OF: Final = "2026-12-25"
#: A picture of the handbook, and the line beneath it.
_PICTURE: Final = re.compile(r"^!\[([^\]\n]+)\]\(images/([\w/-]+\.png)\)\n\n\*([^*\n]+)\*$", re.MULTILINE)
#: How commands look on its page, and its contents on paper.
_BOOK: Final = (
    "pre{white-space:pre-wrap;padding:.5em .8em;border:1px solid #bbb;border-left:4px solid #888;break-inside:avoid}"
    "@media print{.muc-luc.rong{display:block!important;position:static;max-height:none}.anh img{max-height:95mm}}"
)
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
    """Write the analysts' handbook (docs/so-tay.md, with its pictures) by the reports' own exporters.

    A name that ends in .docx makes a Word document with a list of contents, .pdf the same printed by LibreOffice, any other a page.
    Raises DeskError if there is no LibreOffice for a PDF, or it made none.
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    folder = packaged("docs")
    text, *more = _PICTURE.split((folder / "so-tay.md").read_text(encoding="utf-8"))
    cells = [new_markdown_cell(text)]  # type: ignore[no-untyped-call]
    for alt, name, caption, rest in zip(*(more[place::4] for place in range(4)), strict=True):
        picture = Picture(b64encode((folder / "images" / name).read_bytes()).decode(), alt, caption)
        shown = new_output("display_data", data={BLOCK_MIME: picture.as_data()})  # type: ignore[no-untyped-call]
        cells += [new_code_cell(outputs=[shown]), new_markdown_cell(rest)]  # type: ignore[no-untyped-call]
    book = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    ending = path.suffix.casefold()
    if ending not in {".docx", ".pdf"}:
        return write_atomically(path, render_html(book).replace("</style>", f"{_BOOK}</style>", 1))
    from nq57kit.reports.docx import render_page

    document = render_page(read_report(book), contents=True)
    return write_atomically(path, document if ending == ".docx" else _print(document))


def _print(document: bytes) -> bytes:
    """Return a Word document as a PDF."""
    office = shutil.which("soffice")
    advice = "ghi ra tệp .docx hoặc .html rồi in ra PDF bằng Word hoặc trình duyệt."
    if office is None:
        raise DeskError(f"Ghi ra PDF cần LibreOffice, máy này không có; {advice}")
    with tempfile.TemporaryDirectory(dir=scratch_folder(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "so-tay.docx").write_bytes(document)
        command = [office, f"-env:UserInstallation={(folder / 'lo').as_uri()}", "--headless", "--convert-to", "pdf"]
        subprocess.run([*command, "so-tay.docx"], cwd=folder, capture_output=True, check=False)  # noqa: S603 - found above
        if not (folder / "so-tay.pdf").is_file():
            raise DeskError(f"LibreOffice không in được ra PDF; {advice}")
        return (folder / "so-tay.pdf").read_bytes()
