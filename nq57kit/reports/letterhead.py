"""What an office says of its documents, by kind: the fixed words (who issues it, grounds, signature), the outline.

In: the packaged `letterhead.toml` and `outline.toml`, and the desk's own files of those names. Out: a `Letterhead`, an `Outline`.
Number, day and name of the signatory are not among the words: they are a person's to fill.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from nq57kit.errors import DeskError
from nq57kit.files import hash_file, read_given, read_given_text
from nq57kit.reports.parameters import KINDS

#: What a ministry may change of its documents: the words, the outline, and the template that Word opens.
LETTERHEAD_FILE: Final = "letterhead.toml"
OUTLINE_FILE: Final = "outline.toml"
TEMPLATE_FILE: Final = "template.docx"
#: The kinds of documents that the words are of: of reports, and of letters that press for a report or for a yearly plan.
LETTER, PLAN_LETTER = "letter", "plan_letter"
DOCUMENTS: Final = tuple(dict.fromkeys((*KINDS, "plan", "request", "programme", LETTER, PLAN_LETTER)))
#: Words that say who a body is: a desk's, said for all documents, hold in place of the packaged ones of a kind.
_BODY: Final = frozenset({"issuer", "issuer_lines", "place", "author", "signatory", "plan_draft", "plan_signed"})
#: A kind whose words are those of another, but for what differs.
_LIKE: Final = {PLAN_LETTER: (LETTER, PLAN_LETTER)}


@dataclass(frozen=True)
class Letterhead:
    """The fixed words for one kind of document; `letterhead.toml` says what each is. What is «» or () is left out."""

    state: str
    motto: str
    issuer: str
    issuer_lines: tuple[str, ...]
    place: str
    author: str
    kind: str
    about: str
    symbol: str
    addressee: str
    grounds: tuple[str, ...]
    plan_draft: str
    plan_signed: str
    opening: str
    closing: str
    signatory: tuple[str, ...]
    recipients: tuple[str, ...]
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """Where a Word document has what: sections by their titles without number, tables and figures by title or id.

    `body` and `appendices` are in order; what `workbook` names is not printed.
    """

    body: tuple[str, ...] = ()
    appendices: tuple[str, ...] = ()
    workbook: tuple[str, ...] = ()


def find_style(name: str, folder: Path | None = None) -> Path:
    """Return the desk's own file of this name in `folder`, or the packaged one."""
    own = folder / name if folder is not None else None
    if own is None or not own.exists():
        return Path(__file__).with_name(name)
    if not own.is_file():
        read_given(own, DeskError)  # says what it is instead of a file
    return own


def describe_style(folder: Path | None = None) -> dict[str, str]:
    """Return what a Word document stands on beside its report, for its provenance.

    That is the version of python-docx, and the SHA-256 of the desk's own files where they are not as packaged.
    """
    told = {"python-docx": metadata.version("python-docx")}
    for name in (LETTERHEAD_FILE, OUTLINE_FILE, TEMPLATE_FILE):
        own = hash_file(find_style(name, folder))
        if own != hash_file(find_style(name)):
            told[name] = own
    return told


def check_words(folder: Path | None) -> None:
    """Raise DeskError if the words or the outline of a desk are wrong; to be asked before a report is made."""
    for document in DOCUMENTS:
        read_letterhead(document, folder)
        read_outline(document, folder)


def read_letterhead(report: str = "", folder: Path | None = None) -> Letterhead:
    """Return the words for a kind of document (`DOCUMENTS`): the packaged ones, and above them the desk's.

    Raises DeskError if the desk's file (`letterhead.toml` in `folder`) is wrong.

    Example:
        >>> read_letterhead("annual").signatory[0], read_letterhead("unit").kind, read_letterhead("plan_letter").author
        ('TL. BỘ TRƯỞNG', 'Phiếu kết quả', 'Văn phòng Bộ')
    """
    said, general = (_layer(LETTERHEAD_FILE, Letterhead, kind, folder) for kind in (report, ""))
    said["symbol"] = said["symbol"].replace("{code}", general["symbol"].partition("-")[2])
    for name in ("opening", "closing"):
        said[name] = said[name].replace("{author}", said["author"])
    return Letterhead(**said)


def read_outline(report: str = "", folder: Path | None = None) -> Outline:
    """Return the outline of a kind of report, the desk's in place of the packaged one; raises DeskError likewise.

    Example:
        >>> read_outline("annual").appendices[0]
        'Tình hình gửi báo cáo'
    """
    return Outline(**_layer(OUTLINE_FILE, Outline, report, folder))


def _layer(name: str, form: type[Letterhead | Outline], report: str, folder: Path | None) -> dict[str, Any]:
    """Return what the packaged file says, and above it the desk's: for all documents, then for one kind; see `_BODY`."""
    layers = [_read(path, form) for path in dict.fromkeys((find_style(name), find_style(name, folder)))]
    words: dict[str, Any] = {}
    general = [{key: value for key, value in layer.items() if not isinstance(value, dict)} for layer in layers]
    for said in general:
        words |= said
    for layer, said in zip(layers, general, strict=True):
        words |= {key: value for key, value in said.items() if key in _BODY}
        for kind in _LIKE.get(report, (report,)):
            words |= layer.get(kind, {})
    return {key: tuple(value) if isinstance(value, list) else value for key, value in words.items()}


def _read(path: Path, form: type[Letterhead | Outline]) -> dict[str, Any]:
    text = read_given_text(path, DeskError)
    try:
        said = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DeskError(f"Tệp «{path}» viết sai cú pháp TOML ({error}); sửa lại dòng đó.") from error
    tables = {name: value for name, value in said.items() if isinstance(value, dict)}
    _check(path, form, "", {name: value for name, value in said.items() if name not in tables})
    for table, words in tables.items():
        if table not in DOCUMENTS:
            raise DeskError(f"Tệp «{path}»: không có loại văn bản [{table}]; chỉ có {', '.join(DOCUMENTS)}.")
        _check(path, form, f" của bảng [{table}]", words)
    return said


def _check(path: Path, form: type[Letterhead | Outline], where: str, words: dict[str, Any]) -> None:
    kinds = {one.name: "tuple" in str(one.type) for one in fields(form)}
    for name, value in words.items():
        if name not in kinds:
            raise DeskError(f"Tệp «{path}»: mục «{name}»{where} không dùng được; chỉ có {', '.join(kinds)}.")
        lines = value if kinds[name] and isinstance(value, list) else [None if kinds[name] else value]
        if not all(isinstance(line, str) for line in lines):
            wanted = "danh sách các dòng chữ trong ngoặc vuông" if kinds[name] else "một dòng chữ trong dấu nháy"
            raise DeskError(f"Tệp «{path}»: mục «{name}»{where} phải là {wanted}.")
