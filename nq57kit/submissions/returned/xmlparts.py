"""Changing XML in its bytes: what is not touched stays byte for byte, prefixes and unknown extensions included.

In: the bytes of a part and edits by offset. Out: the bytes with the edits. Text from a file is always escaped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

from nq57kit.submissions.sheetxml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "MAIN",
    "RELATIONS",
    "Splicer",
    "UnfitFileError",
    "as_utf8",
    "attribute",
    "local",
    "prefix_of",
    "text",
    "walk",
]

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TAG: Final = re.compile(rb"<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
_ATTRIBUTE: Final = re.compile(r"\s+([^\s=]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_DECLARED: Final = re.compile(rb"^<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class UnfitFileError(Exception):
    """A workbook that is read but not changed in place; a copy of its cells is written instead."""


def as_utf8(content: bytes) -> bytes:
    """Return XML in UTF-8 without a byte order mark, so that offsets are those of the parser.

    Example:
        >>> as_utf8("<a>ệ</a>".encode("utf-16")).decode()
        '<a>ệ</a>'
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(content)
    if declared is None or declared[1].lower() in (b"utf-8", b"utf8"):
        return content
    name = b"utf-8" if declared[1].lower().startswith(b"utf-16") else declared[1]
    try:
        rest = content[declared.end() :].decode(name.decode()).encode()
    except (LookupError, UnicodeError) as error:
        raise UnfitFileError from error
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + rest


def text(value: str) -> str:
    """Return text as the content of an element: escaped, without what XML or a spreadsheet cannot hold.

    Example:
        >>> text("a<b & _x0041_")
        'a&lt;b &amp; _x005F_x0041_'
    """
    return escape(_LOOKS_ESCAPED.sub("_x005F_", _NOT_XML.sub("", value)))


def attribute(value: str) -> str:
    """Return text as a quoted attribute value."""
    return quoteattr(_NOT_XML.sub("", value))


def local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


def walk(
    content: bytes,
    start: Callable[[str, dict[str, str], int], None],
    end: Callable[[str, int], None] | None = None,
    characters: Callable[[str], None] | None = None,
) -> None:
    """Call `start(local name, attributes, offset)` and `end(local name, offset)` for every element.

    The offset of an end is that of its end tag; for an element without one («<row/>») it means nothing.
    """
    parser: Any = None

    def use(given: Any) -> None:
        nonlocal parser
        parser = given

    def on_start(name: str, given: dict[str, str]) -> None:
        start(name if ":" not in name else local(name), given, parser.CurrentByteIndex)

    def on_end(name: str) -> None:
        if end is not None:
            end(name if ":" not in name else local(name), parser.CurrentByteIndex)

    parse_xml(content, on_start, on_end if end else None, characters, use)


def prefix_of(content: bytes, namespace: str = MAIN) -> str:
    """Return the prefix («x:» or nothing) that the root gives to `namespace`; UnfitFileError without it."""
    root: list[tuple[str, dict[str, str]]] = []
    parse_xml(content, lambda name, given: root.append((name, given)) if not root else None)
    name, given = root[0] if root else ("", {})
    prefix = name.rpartition(":")[0]
    if given.get(f"xmlns:{prefix}" if prefix else "xmlns") != namespace:
        raise UnfitFileError
    return f"{prefix}:" if prefix else ""


class Splicer:
    """Edits of one part, collected by offset and made together."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._edits: list[tuple[int, int, int, bytes]] = []

    def insert(self, at: int, new: str) -> None:
        """Put text before the byte at `at`; several at one place stay in their order."""
        self.replace(at, at, new)

    def replace(self, start: int, end: int, new: str) -> None:
        """Put text in place of the bytes from `start` to before `end`."""
        self._edits.append((start, end, len(self._edits), new.encode()))

    def tag_end(self, at: int) -> int:
        """Return where the start tag at `at` ends."""
        found = _TAG.match(self.content, at)
        if found is None:
            raise UnfitFileError
        return found.end()

    def is_empty(self, at: int) -> bool:
        """Whether the element at `at` has no end tag («<row/>»)."""
        return self.content[self.tag_end(at) - 2 : self.tag_end(at)] == b"/>"

    def element_end(self, at: int, end_at: int) -> int:
        """Return where the element ends that starts at `at` and whose end (`walk`) is at `end_at`."""
        return self.tag_end(at) if self.is_empty(at) else self.content.index(b">", end_at) + 1

    def set_attributes(self, at: int, values: Mapping[str, str | None]) -> None:
        """Set (or, with None, drop) attributes of the element at `at`."""
        tag = self.content[at : self.tag_end(at)].decode()
        self.replace(at, self.tag_end(at), set_attributes(tag, values))

    def fill(self, at: int, end_at: int, new: str) -> None:
        """Put text at the end of the element that starts at `at` and ends (`walk`) at `end_at`."""
        if not self.is_empty(at):
            self.insert(end_at, new)
            return
        tag = self.content[at : self.tag_end(at)].decode()
        name = re.split(r"[\s/>]", tag[1:], maxsplit=1)[0]
        self.replace(at, self.tag_end(at), f"{tag[:-2].rstrip()}>{new}</{name}>")

    def result(self) -> bytes:
        """Return the part with all edits."""
        parts: list[bytes] = []
        at = 0
        for start, end, _, new in sorted(self._edits):
            if start < at:
                raise UnfitFileError
            parts += [self.content[at:start], new]
            at = end
        return b"".join([*parts, self.content[at:]])


def set_attributes(tag: str, values: Mapping[str, str | None]) -> str:
    """Return a start tag with attributes set, or dropped where the value is None.

    Example:
        >>> set_attributes('<c r="A1" s="3"/>', {"s": "7", "t": None})
        '<c r="A1" s="7"/>'
    """
    name = re.split(r"[\s/>]", tag[1:], maxsplit=1)[0]
    rest = tag[1 + len(name) :]
    kept = _ATTRIBUTE.sub(lambda found: "" if found[1] in values else found[0], rest)
    added = "".join(f" {key}={attribute(value)}" for key, value in values.items() if value is not None)
    closing = "/>" if rest.endswith("/>") else ">"
    return f"<{name}{kept.removesuffix('>').removesuffix('/').rstrip()}{added}{closing}"
