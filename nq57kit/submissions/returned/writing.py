"""From a submission to the file that goes back: which cells are marked with what, and which file they are marked in.

In: a `Submission`, the plan, a folder. Out: «<tên tệp>-tra-lai.xlsx», written whole or not at all; for a state
secret, and for a file without findings, nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from nq57kit.files import write_atomically
from nq57kit.submissions.archive import Archive, RefusedFileError
from nq57kit.submissions.contract import RETURN_SHEET
from nq57kit.submissions.findings import SEVERITY_LABELS, Finding
from nq57kit.submissions.returned.copying import copy_book
from nq57kit.submissions.returned.listing import read_colours, write_list
from nq57kit.submissions.returned.package import Colours, Mark, annotate, is_xlsx, list_sheets
from nq57kit.submissions.returned.xmlparts import UnfitFileError
from nq57kit.submissions.workbook import read_content

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from nq57kit.plan import Plan
    from nq57kit.submissions.reading import Submission

__all__ = ["build_returned", "name_returned", "write_returned"]

_ENDING: Final = "-tra-lai"
_WORST_FIRST: Final = tuple(SEVERITY_LABELS)


def name_returned(file: str, taken: Collection[str] = ()) -> str:
    """Return the name of the file that goes back; a number is added while the name is in `taken` (any case).

    Example:
        >>> name_returned("Báo cáo.ods"), name_returned("a-tra-lai.xlsx"), name_returned("A.xlsx", {"a-tra-lai.xlsx"})
        ('Báo cáo-tra-lai.xlsx', 'a-tra-lai.xlsx', 'A-tra-lai-2.xlsx')
    """
    stem = Path(file).stem.removesuffix(_ENDING)
    used = {name.casefold() for name in taken}
    name, number = f"{stem}{_ENDING}.xlsx", 2
    while name.casefold() in used:
        name, number = f"{stem}{_ENDING}-{number}.xlsx", number + 1
    return name


def write_returned(
    submission: Submission, folder: Path, *, plan: Plan | None = None, taken: Collection[str] = ()
) -> Path | None:
    """Write the returned workbook of a submission into `folder`; return its path, or None where there is none.

    There is none for a state secret and for a file without findings. `taken` are names that other
    files of the run have. Without a plan the packaged one is used. Raises OSError as it comes.

    Example:
        >>> import tempfile
        >>> from nq57kit.submissions import check
        >>> write_returned(check("khong-co.xlsx"), Path(tempfile.mkdtemp())).name
        'khong-co-tra-lai.xlsx'
    """
    content = build_returned(submission, plan=plan)
    if content is None:
        return None
    return write_atomically(folder / name_returned(submission.file, taken), content)


def build_returned(submission: Submission, *, plan: Plan | None = None) -> bytes | None:
    """Return the bytes of the returned workbook, or None where there is none (see `write_returned`)."""
    if submission.is_secret or not submission.findings:
        return None
    if plan is None:
        from nq57kit.plan import load_plan

        plan = load_plan()
    marks = _marks(submission.findings)
    return _annotate_own(submission, plan, marks) or _annotate_copy(submission, plan, marks)


def _annotate_own(submission: Submission, plan: Plan, marks: dict[str, dict[str, Mark]]) -> bytes | None:
    """Return the unit's own file with its marks; None where it is no .xlsx, or one that cannot be changed in place."""
    if not submission.content or not is_xlsx(archive := Archive(submission.content)):
        return None
    names = {one.sheet: one.sheet for one in submission.findings if one.sheet}
    try:
        content = annotate(
            archive,
            marks,
            lambda styles, colours: write_list(submission, plan, styles, colours, sheets=names, copied=False),
            before=_colours_before(submission),
        )
    except (UnfitFileError, RefusedFileError, ValueError, LookupError):  # odd XML that the reader could overlook
        return None
    return None if isinstance(read_content(Path(submission.file), content), Finding) else content


def _annotate_copy(submission: Submission, plan: Plan, marks: dict[str, dict[str, Mark]]) -> bytes:
    book = read_content(Path(submission.file), submission.content) if submission.content else None
    content, names = copy_book(None if isinstance(book, Finding) else book)
    return annotate(
        Archive(content),
        {names[sheet]: cells for sheet, cells in marks.items() if sheet in names},
        lambda styles, colours: write_list(submission, plan, styles, colours, sheets=names, copied=True),
    )


def _colours_before(submission: Submission) -> Colours | None:
    """Return the colours that cells had before this file was returned; None for one that was not."""
    if RETURN_SHEET not in list_sheets(Archive(submission.content)):
        return None
    book = read_content(Path(submission.file), submission.content)
    sheets = () if isinstance(book, Finding) else book.sheets
    return next((read_colours(sheet) for sheet in sheets if sheet.name == RETURN_SHEET), None)


def _marks(findings: Iterable[Finding]) -> dict[str, dict[str, Mark]]:
    """Return what each cell gets, by sheet and address: the colour of the worst finding, the sentences of all."""
    cells: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.sheet and finding.cell:
            cells.setdefault((finding.sheet, finding.cell), []).append(finding)
    marks: dict[str, dict[str, Mark]] = {}
    for (sheet, cell), here in cells.items():
        here.sort(key=lambda finding: _WORST_FIRST.index(finding.severity))
        note = "\n".join(f"{SEVERITY_LABELS[one.severity].upper()}: {one.message}" for one in here)
        marks.setdefault(sheet, {})[cell] = Mark(here[0].severity, note)
    return marks
