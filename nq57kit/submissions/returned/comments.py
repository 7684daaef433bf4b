"""Comments of a worksheet: ours are added beside the unit's own, those of an earlier return are taken out.

In: the comments part and the drawing part of a sheet, or nothing. Out: both parts anew. Ours begin with a line that
tells them from the unit's; where a cell has a comment of the unit, ours follows in the same one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from nq57kit.submissions.contract import RETURN_SHEET
from nq57kit.submissions.returned.sheets import place_of
from nq57kit.submissions.returned.xmlparts import MAIN, Splicer, prefix_of, text, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["comment_places", "write_comments", "write_drawing"]

_OURS: Final = f"— {RETURN_SHEET} —"
_LONGEST: Final = 1500
_EMPTY: Final = f'<comments xmlns="{MAIN}"><authors></authors><commentList></commentList></comments>'.encode()
_SHAPE: Final = re.compile(r"<v:shape\b(?:(?!</v:shape>).)*</v:shape>", re.DOTALL)
_ROW: Final = re.compile(r"<x:Row>\s*([0-9]+)\s*</x:Row>")
_COLUMN: Final = re.compile(r"<x:Column>\s*([0-9]+)\s*</x:Column>")
_EMPTY_DRAWING: Final = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    "</o:shapelayout></xml>"
)
_SHAPE_TYPE: Final = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_WIDTH, _CHARACTERS_A_LINE, _LINE = 300, 52, 15


@dataclass
class _Comment:
    at: int
    end: int
    text_at: int = -1
    text_end: int = -1
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)


def _read(content: bytes) -> tuple[dict[str, _Comment], list[str], tuple[int, int], tuple[int, int]]:
    """Return the comments by address, the authors, and where the lists of authors and comments are."""
    comments: dict[str, _Comment] = {}
    authors: list[str] = []
    places = {"authors": (-1, -1), "commentList": (-1, -1)}
    began: dict[str, int] = {}
    now: _Comment | None = None
    inside = ""
    splicer = Splicer(content)

    def start(name: str, given: dict[str, str], at: int) -> None:
        nonlocal now, inside
        began[name] = at
        if name == "comment":
            now = comments[given.get("ref", "").replace("$", "")] = _Comment(at, -1)
        elif name == "text" and now is not None:
            now.text_at = at
        elif name == "author":
            authors.append("")
        if name in ("t", "author", "rPh"):
            inside = name

    def end(name: str, at: int) -> None:
        nonlocal now, inside
        if name == inside:
            inside = ""
        if name in places:
            places[name] = began[name], at
        elif name == "comment" and now is not None:
            now.end, now = splicer.element_end(now.at, at), None
        elif name == "text" and now is not None:
            now.text_end = splicer.element_end(now.text_at, at)

    def characters(data: str) -> None:
        if inside == "author":
            authors[-1] += data
        elif inside == "t" and now is not None:
            now.parts.append(data)

    walk(content, start, end, characters)
    return comments, authors, places["authors"], places["commentList"]


def write_comments(content: bytes | None, notes: Mapping[str, str]) -> bytes:
    """Return the comments part with `notes` (address → text) as comments; ours of an earlier return are gone."""
    content = _EMPTY if content is None else content
    p = prefix_of(content)
    splicer = Splicer(content)
    comments, authors, author_list, comment_list = _read(content)
    if RETURN_SHEET not in authors:
        authors.append(RETURN_SHEET)
        splicer.fill(*author_list, f"<{p}author>{text(RETURN_SHEET)}</{p}author>")
    author = authors.index(RETURN_SHEET)
    for address, comment in comments.items():
        theirs = comment.text.partition(_OURS)[0].rstrip()
        ours = _ours(notes[address]) if address in notes else ""
        if not theirs and not ours:
            splicer.replace(comment.at, comment.end, "")
        elif _OURS in comment.text or ours:
            if _OURS not in comment.text and not splicer.is_empty(comment.text_at):
                closing = content.rindex(b"<", comment.text_at, comment.text_end)
                splicer.insert(closing, f"<{p}r>{_t(p, chr(10) * 2 + ours)}</{p}r>")
            else:
                together = "\n\n".join(part for part in (theirs, ours) if part)
                splicer.replace(comment.text_at, comment.text_end, f"<{p}text><{p}r>{_t(p, together)}</{p}r></{p}text>")
    made = "".join(
        f'<{p}comment ref="{address}" authorId="{author}"><{p}text><{p}r>{_t(p, _ours(note))}</{p}r></{p}text>'
        f"</{p}comment>"
        for address, note in notes.items()
        if address not in comments
    )
    if made:
        splicer.fill(*comment_list, made)
    return splicer.result()


def comment_places(content: bytes) -> dict[tuple[int, int], str]:
    """Return the cells that a comments part speaks of, with the text of each."""
    return {place_of(address): comment.text for address, comment in _read(content)[0].items() if address}


def write_drawing(content: bytes | None, places: Mapping[tuple[int, int], str]) -> bytes:
    """Return the drawing with one box per comment of `places`: the unit's stay, those without a comment go."""
    drawing = _EMPTY_DRAWING if content is None else content.decode("utf-8", "replace")
    there: set[tuple[int, int]] = set()

    def keep(found: re.Match[str]) -> str:
        row, column = _ROW.search(found[0]), _COLUMN.search(found[0])
        if 'ObjectType="Note"' not in found[0] or row is None or column is None:
            return found[0]
        place = int(row[1]) + 1, int(column[1]) + 1
        if place not in places:
            return ""
        there.add(place)
        return found[0]

    drawing = _SHAPE.sub(keep, drawing)
    if 'id="_x0000_t202"' not in drawing:
        drawing = _before_end(drawing, _SHAPE_TYPE)
    used = [int(number) for number in re.findall(r"_x0000_s([0-9]+)\"", drawing)]
    first = max(used, default=1024) + 1
    missing = [place for place in sorted(places) if place not in there]
    return _before_end(
        drawing, "".join(_shape(first + number, place, places[place]) for number, place in enumerate(missing))
    ).encode()


def _before_end(drawing: str, new: str) -> str:
    at = drawing.rindex("</xml>")
    return drawing[:at] + new + drawing[at:]


def _shape(number: int, place: tuple[int, int], note: str) -> str:
    lines = sum(1 + len(line) // _CHARACTERS_A_LINE for line in note.splitlines()) + 1
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
        f'width:{_WIDTH}pt;height:{lines * _LINE}pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
        '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>'
        f"<x:Row>{place[0] - 1}</x:Row><x:Column>{place[1] - 1}</x:Column></x:ClientData></v:shape>"
    )


def _ours(note: str) -> str:
    return f"{_OURS}\n{note if len(note) <= _LONGEST else note[:_LONGEST] + f'… (xem trang «{RETURN_SHEET}»)'}"


def _t(p: str, value: str) -> str:
    return f'<{p}t xml:space="preserve">{text(value)}</{p}t>'
