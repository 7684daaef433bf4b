"""The facts of a sheet without a call per element, where its XML is written plainly enough to be sure of them.

In: a worksheet part that `sheetxml` would scan. Out: the same `SheetFacts` and counts as that scan, or None: the
part is not plain, or holds something rare (a formula, an error, a hidden row, a percent format), and is scanned.

Why this is exact: the part was parsed (well formed, no DTD), is UTF-8, and has no comment, CDATA or second
processing instruction, so each «<» begins a tag; there are as many «>», so each ends one. What a pattern
does not match to the last cell and row leads to the scan.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Plain", "find_longest_text", "read_plain_sheet"]

_HEAD: Final = re.compile(rb"""(?:\xef\xbb\xbf)?(?:<\?xml version=["']1\.0["'](?: encoding=["'](?i:utf-8)["'])?[^<>]*\?>)?\s*<\w""")
#: Elements that the scan knows by their local name, under a prefix.
_PREFIXED: Final = re.compile(rb"<[^<>\s/:]+:(?:c|v|is|row|f|col|mergeCell|(?:odd|even|first)(?:Header|Footer))[\s/>]")
_RARE: Final = re.compile(rb' t="e"|<f[\s/>]')
_SHOWN: Final = re.compile(rb' hidden="(?:0|false)"')
_ANY_ROW: Final = re.compile(rb"<row[\s/>]")
_ROW: Final = re.compile(rb'<row r="[0-9]{1,7}"[\s/>]')
_ANY_CELL: Final = re.compile(rb"<c[\s/>]")
_CELL: Final = re.compile(rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]+")?(?: t="[a-zA-Z]+")? ?/?>')
_ANY_VALUE: Final = re.compile(rb"<(?:v|is)[\s/>]")
_VALUE: Final = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="[0-9]+")?(?: t="[a-zA-Z]+")? ?><(?:v|is)(?:>| xml:space="preserve">)'
)
_ANY_MERGE: Final = re.compile(rb"<mergeCell[\s/>]")
_MERGE: Final = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})" ?/>')
_ANY_PAGE: Final = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)[\s/>]")
_PAGE: Final = re.compile(rb"<((?:odd|even|first)(?:Header|Footer))>([^<>]*)</\1>")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


class Plain(NamedTuple):
    """What a plain sheet holds: elements and values counted, its extent, merged ranges and page text."""

    elements: int
    values: int
    rows: int
    columns: frozenset[bytes]
    merged: tuple[tuple[bytes, int, bytes, int], ...]
    page_text: str


def read_plain_sheet(content: bytes, percent_styles: Iterable[str]) -> Plain | None:
    """Return the facts of a well-formed worksheet part without DTD; None if it must be scanned.

    Example:
        >>> sheet = b'<worksheet><sheetData><row r="2"><c r="B2"><v>1</v></c><c r="C2"/></row></sheetData></worksheet>'
        >>> read_plain_sheet(sheet, ())[:4]
        (3, 1, 1, frozenset({b'B'}))
    """
    if not _is_plain(content) or any(f' s="{style}"'.encode() in content for style in percent_styles):
        return None
    if _RARE.search(content) or content.count(b"hidden") != len(_SHOWN.findall(content)):
        return None
    rows, cells = len(_ROW.findall(content)), len(_CELL.findall(content))
    values = _VALUE.findall(content)
    merged, pages = _MERGE.findall(content), _PAGE.findall(content)
    found = (rows, cells, len(values), len(merged), len(pages))
    if found != tuple(
        len(known.findall(content)) for known in (_ANY_ROW, _ANY_CELL, _ANY_VALUE, _ANY_MERGE, _ANY_PAGE)
    ):
        return None
    page_text = b"".join(text for _, text in pages).decode("utf-8")
    if "&#" in page_text or "\r" in page_text:
        return None
    for entity, letter in _ENTITIES:
        page_text = page_text.replace(entity, letter)
    numbers = {int(row) for _, row in values}
    return Plain(
        rows + cells,
        len(values),
        max(numbers) - int(values[0][1]) + 1 if values else 0,
        frozenset(letters for letters, _ in values),
        tuple((left, int(top), right, int(bottom)) for left, top, right, bottom in merged),
        page_text,
    )


def _is_plain(content: bytes) -> bool:
    """Whether each «<» begins a tag and each «>» ends one, in UTF-8, with the names of the format unprefixed."""
    return (
        _HEAD.match(content) is not None
        and b"<!" not in content
        and content.count(b"<?") <= 1
        and content.count(b"<") == content.count(b">")
        and _PREFIXED.search(content) is None
    )


def find_longest_text(content: bytes) -> int:
    """Return a bound of the length of the longest shared string: the longest stretch without «<si» (in bytes)."""
    return max(map(len, content.split(b"<si")), default=0)
