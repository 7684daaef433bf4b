"""What people changed in a report's Word file: their text comes home to `nhan-xet.md`, what they did to figures is named.

In: the .docx as Word or LibreOffice saved it, and the store. Out: a `TakeBack`: a new text for `nhan-xet.md`, and each change of what
the report itself had written (was, now, the figures and cells behind it), comments and footnotes. The file is compared with
the same report made again from its provenance; tracked insertions count as there, tracked deletions as gone. Nothing of the file
is markup, a name or code: it is text, escaped.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final, Literal

from docx.oxml import parse_xml
from docx.oxml.ns import qn

from nq57kit.errors import Nq57Error, ParameterError
from nq57kit.files import read_given, write_atomically
from nq57kit.reports.commentary import NAME, OTHER, PLACES, find_place, list_names, name_place, split_text
from nq57kit.reports.executed import parse_markdown, token_text
from nq57kit.reports.provenance import LARGEST, Origin, hash_code, pins_of, read_origin
from nq57kit.reports.report import prepare_report, read_basis
from nq57kit.reports.tracer import Tracer
from nq57kit.reports.verify import make_again, unpack_text
from nq57kit.secrecy import refuse_secrets

#: How alike two lines must be to be one that was changed; how many cells are told of a figure, and names of a number.
_ALIKE: Final = 0.5
_CELLS, _FIGURES = 5, 3
#: Parts of a file that are no line of the text: deleted, moved away, a second form of a drawing.
_GONE: Final = frozenset(map(qn, ("w:del", "w:moveFrom", "w:instrText", "w:drawing", "w:pict"))) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
_PARTS: Final = ("document", "comments", "footnotes", "endnotes")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, ValueError, LookupError, SyntaxError, AttributeError, RuntimeError)
_NUMBER: Final = re.compile(r"\d+(?:[.,/]\d+)+%?|\d{2,}%?")
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<|~]|(?<=<)!|&(?=[#\w]))")
_BEGINS: Final = re.compile(r"^([^\S\n]*)(\d+(?=[.)])|[#+\-=>:])", re.MULTILINE)
_ITEM: Final = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
ChangeKind = Literal["changed", "removed", "moved", "added", "note"]


@dataclass(frozen=True)
class Change:
    """What became of a line that the report wrote (`was`, `now`), under which heading; or a comment (`note`).

    `figures` are the names of results whose number it was, `cells` where units wrote it, as `trace` tells.
    """

    kind: ChangeKind
    where: str
    was: str = ""
    now: str = ""
    figures: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class TakeBack:
    """The new text of `nhan-xet.md`, which of its places changed, the changes to be looked at, and what to know of the comparison."""

    text: str
    places: tuple[str, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True)
class Line:
    """A paragraph, or a row of a table by its cells; `style` is a heading's level (0: none), `item` whether it stands in a list."""

    cells: tuple[str, ...]
    level: int = 0
    item: bool = False
    where: str = ""
    place: str = ""

    @property
    def text(self) -> str:
        """What the line says, cells apart."""
        return " | ".join(self.cells)


def take_back(
    path: Path,
    store: Path,
    *,
    original: Path | None = None,
    plan: Path | None = None,
    register: Path | None = None,
    notebooks: Path | None = None,
    letterhead: Path | None = None,
) -> TakeBack:
    """Return what people changed in the Word file of a report.

    Args:
        path: the .docx as it came back.
        store: the store that the report was made from.
        original: a file of the report as nq57kit wrote it (.docx, .json, .html), where `path` no longer says what it was made from, as
            files that LibreOffice saved; without, the results beside it (`annual-2026.json`).
        plan, register, notebooks, letterhead: as in `verify_report`.

    Raises ParameterError for a file that is no .docx or whose report is not known, StoreError or PlanError as `verify_report`.
    """
    content = read_given(path, ParameterError, most=LARGEST)
    theirs, notes = read_lines(content, path.name)
    origin = replace(_find_origin(path, original), ending="docx")
    parameters = origin.parameters(store, plan, commentary=unpack_text(origin), register=register)
    basis = replace(read_basis(parameters, pins=pins_of(origin.provenance)), stands_on=origin.provenance["stands_on"])
    made = make_again(parameters, basis, origin, notebooks, letterhead)
    report = prepare_report(parameters, basis=basis)
    names = list_names(report)
    headings = {name_place(place, report.period): place for place in (*PLACES, OTHER)}
    ours = _mark_places(read_lines(made, path.name)[0], headings)
    done = compare_lines(ours, theirs, str(origin.provenance.get("commentary") or ""), names)
    refuse_secrets(path.name, [*done.text.splitlines(), *(one.now for one in done.changes), *notes])
    tracer = Tracer(report, store)
    changes = [_explain(one, names, tracer) for one in done.changes]
    changes += [Change("note", "", now=note) for note in notes]
    told = [] if origin.provenance["code_sha256"] == hash_code() else [
        "Báo cáo lập bằng phiên bản khác của nq57kit; chỗ khác nhau có thể do phiên bản, không do người sửa."
    ]  # fmt: skip
    return replace(done, changes=tuple(changes), notes=tuple(told))


def keep_text(path: Path, text: str) -> Path | None:
    """Write the new text to `path`; return where the text before it is kept (`nhan-xet.1.md`, `.2.md` …), None if there was none."""
    kept = None
    if path.is_file():
        kept = next(one for n in range(1, 10_000) if not (one := path.with_suffix(f".{n}{path.suffix}")).exists())
        write_atomically(kept, read_given(path, ParameterError))
    write_atomically(path, text)
    return kept


def _find_origin(path: Path, original: Path | None) -> Origin:
    """Return what the file was made from: by itself, or by the report as it was written."""
    beside = [path.with_suffix(ending) for ending in (".json", ".html")]
    for one in [original] if original else [path, *(other for other in beside if other.is_file())]:
        try:
            return read_origin(one)
        except ParameterError:
            if original:
                raise
    raise ParameterError(
        f"«{path.name}» không còn ghi báo cáo được lập từ đâu (tệp đã lưu bằng phần mềm khác); đặt tệp .json của báo cáo cạnh nó, "
        "cùng tên, hoặc viết thêm --report TỆP."
    )


# ------------------------------------------------------------------ reading


def read_lines(content: bytes, name: str) -> tuple[list[Line], list[str]]:
    """Return the lines of a .docx in their order, and its comments and notes; raises ParameterError if it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            there = {one.filename for one in archive.infolist() if one.file_size <= LARGEST}
            parts = {one: parse_xml(archive.read(f"word/{one}.xml")) for one in _PARTS if f"word/{one}.xml" in there}
        lines = list(_walk(parts.pop("document").find(qn("w:body"))))
    except _BROKEN as error:
        raise ParameterError(f"«{name}» không đọc được như một tệp Word (.docx); mở lại bằng Word rồi lưu.") from error
    notes = [_say(note) for part in parts.values() for note in part if note.get(qn("w:type")) is None]
    return _place(lines), [note for note in notes if note]


def _walk(parent: Any) -> Iterator[Line]:
    for child in parent.iterchildren():
        if child.tag == qn("w:p"):
            style = str(child.pPr.pStyle.val) if child.pPr is not None and child.pPr.pStyle is not None else ""
            outline = re.fullmatch(r"Heading(\d)", style)
            listed = child.pPr is not None and (child.pPr.find(qn("w:numPr")) is not None or style.startswith("List"))
            if said := _say(child):
                yield Line((said,), int(outline[1]) if outline else 0, listed)
        elif child.tag == qn("w:tbl"):
            for row in child.iter(qn("w:tr")):
                cells = tuple(_say(cell) for cell in row.iterchildren(qn("w:tc")))
                if any(cells) and row.find(f"{qn('w:trPr')}/{qn('w:del')}") is None:
                    yield Line(cells)
        elif child.tag not in _GONE:
            yield from _walk(child)


def _say(element: Any) -> str:
    """Return the words of an element, as both programs leave them: without deletions, white space folded."""
    said: list[str] = []

    def walk(one: Any) -> None:
        for child in one.iterchildren():
            if child.tag == qn("w:t"):
                said.append(child.text or "")
            elif child.tag in {qn("w:br"), qn("w:tab"), qn("w:p"), qn("w:noBreakHyphen")}:
                said.append("-" if child.tag == qn("w:noBreakHyphen") else " ")
            if child.tag not in _GONE:
                walk(child)

    walk(element)
    return " ".join(unicodedata.normalize("NFC", "".join(said)).replace("\u2011", "-").split())


def _place(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, each with the heading that it stands under."""
    heading, placed = "", []
    for line in lines:
        heading = line.text if line.level else heading
        placed.append(replace(line, where=heading))
    return placed


def _mark_places(lines: Sequence[Line], headings: Mapping[str, str]) -> list[Line]:
    """Return the report's own lines; a heading of a place and the placeholder beneath it belong to the place."""
    return [replace(line, place=headings.get(line.where, "")) for line in lines]


# ------------------------------------------------------------------ comparing


def compare_lines(ours: Sequence[Line], theirs: Sequence[Line], text: str, names: Mapping[str, str]) -> TakeBack:
    """Return what became of the report's lines; `text` is the person's text that it was made with, `names` fill it."""
    chunks = _read_chunks(text, names)
    own = Counter((place, said) for place, parts in chunks.items() for part in parts for said in part.said)
    person = [_is_blank(one) or bool(own[one.place, one.text]) for one in ours]
    origin, unmatched = _match(ours, theirs)
    changes: list[Change] = []
    kept: dict[str, list[tuple[Line, str]]] = {}
    context = PLACES[0]
    for n, line in enumerate(theirs):
        k = origin.get(n)
        old = None if k is None else ours[k]
        if old is not None:
            context = old.place or old.where or context
        elif line.level and find_place(line.text) != OTHER:
            context = find_place(line.text)
            continue
        if old is None or k is None:
            home = next((m for m in unmatched if ours[m].text == line.text and not person[m]), None)
            if home is not None:
                unmatched.remove(home)
                changes.append(Change("moved", ours[home].where, line.text, context))
            elif len(line.cells) > 1:
                changes.append(Change("added", context, now=line.text))
            else:
                kept.setdefault(context, []).append((line, ""))
        elif person[k] and not _is_blank(line):
            said = (line.text.removeprefix(old.text).strip(),) if _is_blank(old) else line.cells
            kept.setdefault(old.place, []).append((replace(line, cells=said), old.text))
        elif old.text != line.text:
            changes += _compare_cells(old, line)
    changes += [Change("removed", ours[m].where, ours[m].text) for m in unmatched if not _is_blank(ours[m])]
    written, places = _write_text(text, chunks, kept, names)
    return TakeBack(written, places, tuple(changes))


def _is_blank(line: Line) -> bool:
    """Return whether a line only says that nobody has written here."""
    return line.text.startswith("(chưa có nhận xét") and line.text.endswith(")")


def _match(ours: Sequence[Line], theirs: Sequence[Line]) -> tuple[dict[int, int], list[int]]:
    """Return which of our lines each of theirs is, the same or changed, and ours that are none of theirs, in order."""
    origin: dict[int, int] = {}
    matcher = SequenceMatcher(None, [one.text for one in ours], [one.text for one in theirs], autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            origin |= dict(zip(range(j1, j2), range(i1, i2), strict=True))
            continue
        free = list(range(i1, i2))
        for n in range(j1, j2):
            alike = {
                k: 1.0
                if _is_blank(ours[k]) and theirs[n].text.startswith(ours[k].text)
                else _likeness(ours[k], theirs[n])
                for k in free
            }
            best = max(free, key=alike.__getitem__, default=None)
            if best is not None and alike[best] >= _ALIKE:
                origin[n] = best
                free = [k for k in free if k > best]
    return origin, [k for k in range(len(ours)) if k not in set(origin.values())]


def _likeness(one: Line, other: Line) -> float:
    if len(one.cells) != len(other.cells):
        return 0.0
    if len(one.cells) > 1:
        return sum(a == b for a, b in zip(one.cells, other.cells, strict=True)) / len(one.cells)
    if one.text in other.text or other.text in one.text:
        return 1.0
    return SequenceMatcher(None, one.text.split(), other.text.split(), autojunk=False).ratio()


def _compare_cells(old: Line, new: Line) -> Iterator[Change]:
    if len(old.cells) == 1:
        yield Change("changed", old.where, old.text, new.text)
    for was, now in zip(old.cells, new.cells, strict=True) if len(old.cells) > 1 else ():
        if was != now:
            yield Change("changed", f"{old.where}, dòng «{old.cells[0]}»", was, now)


# ------------------------------------------------------------------ the new text


@dataclass(frozen=True)
class _Chunk:
    """A block of a person's Markdown: its source, and the lines that the document has of it."""

    source: str
    said: tuple[str, ...] = field(default=())


def _read_chunks(text: str, names: Mapping[str, str]) -> dict[str, list[_Chunk]]:
    """Return the blocks of a person's text by their places."""
    chunks: dict[str, list[_Chunk]] = {}
    for title, body in split_text(text):
        place = find_place(title) if title else PLACES[0]
        lines = [f"**{title}**", ""] if place == OTHER else []
        block: list[str] = []
        for line in [*lines, *body, ""]:
            if block and (not line.strip() or _ITEM.match(line)):
                source = "\n".join(block)
                chunks.setdefault(place, []).append(_Chunk(source, tuple(_lines_of(source, names))))
                block = []
            block += [line] if line.strip() else []
    return chunks


def _lines_of(source: str, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that a document has of a block of Markdown."""
    filled = NAME.sub(lambda one: names.get(one[1], one[0]), source)
    waiting = parse_markdown(filled)
    while waiting:
        token = waiting.pop(0)
        inner = token.get("children") or []
        if token["type"] in {"list", "list_item", "block_quote", "table", "table_body"}:
            waiting[:0] = inner
        elif token["type"] in {"table_head", "table_row"}:
            yield " | ".join(" ".join(token_text(cell).split()) for cell in inner)
        elif said := " ".join(token_text(token).split()):
            yield unicodedata.normalize("NFC", said).replace("\u2011", "-")


def _write_text(
    text: str,
    chunks: Mapping[str, Sequence[_Chunk]],
    kept: Mapping[str, Sequence[tuple[Line, str]]],
    names: Mapping[str, str],
) -> tuple[str, tuple[str, ...]]:
    """Return the new text, and the places (or headings) that changed; blocks that nobody touched stay as they were written."""
    bodies: dict[str, str] = {}
    for place in dict.fromkeys([*chunks, *kept]):
        lines, parts = kept.get(place, ()), chunks.get(place, ())
        if [line.text for line, _ in lines] != [said for part in parts for said in part.said]:
            new = [(line, old) for line, old in lines if place != OTHER or old != line.text]
            bodies[place] = _join(new, parts, names)
    made: list[str] = []
    touched = tuple(bodies)
    for title, body in split_text(text):
        place = find_place(title) if title else PLACES[0]
        own = "\n".join(body).strip()
        if place in touched and place != OTHER:
            own = bodies.pop(place, "") if title or own else ""
        if own:
            made.append(f"# {title}\n\n{own}" if title else own)
    made += [f"# {_escape(place)}\n\n{body}" for place, body in bodies.items() if body]
    return "\n\n".join(made) + "\n", touched


def _join(lines: Sequence[tuple[Line, str]], parts: Sequence[_Chunk], names: Mapping[str, str]) -> str:
    """Return the Markdown of a place: blocks whose every line stands as it was, and the rest as escaped text.

    A line that was changed keeps the names whose results it still says.
    """
    there = Counter(line.text for line, old in lines if line.text == old)
    source = {said: part for part in parts for said in part.said}
    made, used = "", set[str]()
    for line, old in lines:
        part = source.get(old)
        if part and all(there[said] for said in part.said):
            if part.source in used:
                continue
            used.add(part.source)
            said = part.source
        else:
            said = f"{'- ' * line.item}{_escape(line.text)}"
            for name in NAME.findall(part.source) if part else ():
                said = said.replace(_escape(names.get(name, "")) or "\0", f"{{{name}}}", 1)
        near = _ITEM.match(said) and _ITEM.match(made.rsplit("\n", 1)[-1])
        made += ("\n" if near else "\n\n") * bool(made) + said
    return made


def _escape(text: str) -> str:
    """Return text as Markdown that says just this.

    Example:
        >>> print(_escape("1. {period} <!-- *a* --> #"))
        1\\. \\{period\\} \\<\\!-- \\*a\\* --> #
    """
    marked = _MARKUP.sub(r"\\\1", text)
    return _BEGINS.sub(lambda found: found[1] + (f"{found[2]}\\" if found[2].isdigit() else f"\\{found[2]}"), marked)


# ------------------------------------------------------------------ what made it


def _explain(change: Change, names: Mapping[str, str], tracer: Tracer) -> Change:
    """Return a change with the results whose number it was, and the first cells that made them."""
    lost = [one for one in _NUMBER.findall(change.was) if one not in _NUMBER.findall(change.now)]
    if change.kind != "changed" or not lost:
        return change
    said = [name for name, value in names.items() if any(one in _NUMBER.findall(value) for one in lost)]
    traced = dict.fromkeys(one for name in said for one in (name, name.rpartition(".")[0]) if one in tracer.figures)
    figures = tuple(traced)[:_FIGURES]
    cells = []
    for figure in figures[:1]:
        try:
            rows = tracer.trace(figure).head(_CELLS)
        except Nq57Error:
            continue
        cells = [
            f"{row['file']}, trang «{row['sheet']}», ô {row['cell'] or '?'}: {row['value']}" for row in rows.to_dicts()
        ]
    return replace(change, figures=figures, cells=tuple(cells))
