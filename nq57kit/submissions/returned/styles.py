"""Colours for cells that have a finding: copies of their styles with another fill, and the way back.

In: xl/styles.xml. Out: the numbers of styles, and the part with the new ones at its end. The colour that a cell had is
told to the list of findings, so that cells of a file returned twice get their own colours back.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from nq57kit.submissions.returned.xmlparts import Splicer, UnfitFileError, prefix_of, set_attributes, walk
from nq57kit.submissions.styles import FONT

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["COLOURS", "StyleSheet"]

#: The fill of a cell by the severity of its worst finding; apart from each other in grey, too (72, 88, 94 % light).
COLOURS: Final[Mapping[str, str]] = MappingProxyType({"error": "FFF4A7A3", "warning": "FFFFDF80", "note": "FFDCEEFD"})
_HEAD: Final = "FFE3E8E1"
_CONTAINERS: Final = ("fonts", "fills", "borders", "cellXfs")
_SEEN_COLOUR: Final = re.compile(r"<(?:\w+:)?fgColor\b([^>]*?)/?>")
_COLOUR: Final = re.compile(r'(?:(?:rgb|theme|tint|indexed)="[0-9A-Za-z.+-]{1,24}" ?)+')
_RGB: Final = re.compile(r"\brgb\s*=\s*[\"']([0-9A-Fa-f]{6,8})[\"']")


class StyleSheet:
    """The styles of one workbook, with those that are added."""

    def __init__(self, content: bytes) -> None:
        self._splicer = Splicer(content)
        self._p = prefix_of(content)
        self._children: dict[str, list[str]] = {}
        self._places: dict[str, tuple[int, int]] = {}
        self._read()
        self._known = {name: len(self._children[name]) for name in _CONTAINERS}
        self._is_marked: dict[int, bool] = {}
        self._list: dict[str, int] = {}

    def _read(self) -> None:
        path: list[tuple[str, int]] = []

        def start(name: str, _: dict[str, str], at: int) -> None:
            path.append((name, at))

        def end(name: str, at: int) -> None:
            _, began = path.pop()
            if len(path) == 1 and name in _CONTAINERS:
                self._places[name] = began, at
                self._children.setdefault(name, [])
            elif len(path) == 2 and path[1][0] in _CONTAINERS:
                raw = self._splicer.content[began : self._splicer.element_end(began, at)].decode()
                self._children.setdefault(path[1][0], []).append(raw)

        walk(self._splicer.content, start, end)
        if self._places.keys() != set(_CONTAINERS) or not all(self._children.values()):
            raise UnfitFileError

    def is_marked(self, style: int) -> bool:
        """Whether a style has a colour of ours, from an earlier return."""
        if style not in self._is_marked:
            rgb = _RGB.search(self._seen(style))
            self._is_marked[style] = rgb is not None and rgb[1].upper().rjust(8, "F") in COLOURS.values()
        return self._is_marked[style]

    def colour_of(self, style: int) -> str:
        """Return the colour of a style as attributes («rgb="FFFFF9E3"»); nothing where it has none, or one of ours."""
        found = _COLOUR.fullmatch(self._seen(style).strip())
        return found[0] if found and not self.is_marked(style) else ""

    def mark(self, style: int, severity: str) -> int:
        """Return the style that looks as `style` with the colour of `severity`."""
        return self._refill(style, self._add_fill(f'rgb="{COLOURS[severity]}"'))

    def unmark(self, style: int, colour: str = "") -> int:
        """Return a marked style with `colour` (as `colour_of` gave it) in place of ours."""
        return self._refill(style, self._add_fill(colour) if _COLOUR.fullmatch(colour) else 0)

    def for_list(self, name: str) -> int:
        """Return a style of the sheet that lists the findings: text, title, label, head, cell, number, link, or a severity."""
        if name not in self._list:
            p = self._p
            line = "".join(f'<{p}{side} style="thin"><{p}color rgb="FFA6A6A6"/></{p}{side}>'
                           for side in ("left", "right", "top", "bottom"))  # fmt: skip
            framed = name not in ("text", "title", "label")
            border = self._add("borders", f"<{p}border>{line}<{p}diagonal/></{p}border>") if framed else 0
            colour = COLOURS.get(name) or (_HEAD if name == "head" else None)
            fill = self._add_fill(f'rgb="{colour}"') if colour else 0
            bold = "" if name in ("text", "cell", "number", "link") else f"<{p}b/>"
            underline, ink = (f"<{p}u/>", "FF0B5394") if name == "link" else ("", "FF000000")
            size = 14 if name == "title" else FONT["font_size"]
            font = self._add(
                "fonts",
                f'<{p}font>{bold}{underline}<{p}sz val="{size}"/><{p}color rgb="{ink}"/>'
                f'<{p}name val="{FONT["font_name"]}"/><{p}family val="1"/></{p}font>',
            )
            across = {"head": "center", "number": "center", "link": "center"}.get(name, "left")
            wrap = "" if name in ("title", "label", "text") else ' wrapText="1"'
            self._list[name] = self._add(
                "cellXfs",
                f'<{p}xf numFmtId="{0 if name == "number" else 49}" fontId="{font}" fillId="{fill}" borderId="{border}" '
                f'xfId="0"{"" if name == "number" else " quotePrefix=" + chr(34) + "1" + chr(34)} applyNumberFormat="1" '
                f'applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
                f'<{p}alignment horizontal="{across}" vertical="top"{wrap}/></{p}xf>',
            )
        return self._list[name]

    def result(self) -> bytes:
        """Return the part with all added styles; call it once."""
        for name in _CONTAINERS:
            began, ended = self._places[name]
            added = self._children[name][self._known[name] :]
            if added:
                self._splicer.set_attributes(began, {"count": str(len(self._children[name]))})
                self._splicer.insert(ended, "".join(added))
        return self._splicer.result()

    def _add(self, container: str, raw: str) -> int:
        children = self._children[container]
        if raw not in children:
            children.append(raw)
        return children.index(raw)

    def _add_fill(self, colour: str) -> int:
        p = self._p
        return self._add(
            "fills",
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor {colour}/><{p}bgColor indexed="64"/>'
            f"</{p}patternFill></{p}fill>",
        )

    def _seen(self, style: int) -> str:
        """Return the attributes of the colour that a style shows."""
        fill = self._fill_of(style)
        seen = _SEEN_COLOUR.search(fill)
        return seen[1] if seen and 'patternType="solid"' in fill else ""

    def _fill_of(self, style: int) -> str:
        number = re.search(r"\bfillId\s*=\s*[\"']([0-9]+)[\"']", self._xf(style)[0])
        fills = self._children["fills"]
        return fills[int(number[1])] if number and int(number[1]) < len(fills) else ""

    def _xf(self, style: int) -> tuple[str, str]:
        """Return the start tag of a style and what follows it."""
        raw = self._children["cellXfs"][style if style < len(self._children["cellXfs"]) else 0]
        tag = raw[: Splicer(raw.encode()).tag_end(0)]  # tags of styles are ASCII: bytes are characters
        return tag, raw[len(tag) :]

    def _refill(self, style: int, fill: int) -> int:
        tag, rest = self._xf(style)
        return self._add("cellXfs", set_attributes(tag, {"fillId": str(fill), "applyFill": "1"}) + rest)
