"""The facts of a sheet without a call per element, where its XML is written plainly enough to be sure of them.

In: a worksheet part. Out: the facts and counts that `sheetxml` would find in it element by element, or None: the
part is not plain, or holds something rare (a formula, an error, a hidden row, a percent format), and is scanned.

Why this is sure: the caller proves that the part is well formed; it is UTF-8 and has no DTD, comment, CDATA or second
processing instruction, so each «<» begins a tag; no value is written with a character reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from nq57kit.submissions.cells import column_number

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MOST_PLACES", "Plain", "bound_text", "read_plain_sheet"]

#: Places of the largest extent that a plain sheet can have, which no limit forbids: its cells lie in A1:Z9999.
MOST_PLACES: Final = 26 * 9_999
_HEAD: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml version=["']1\.0["'](?: encoding=["'](?i:utf-8)["'])?[^<>]*\?>)?\s*<\w"""
)
#: Elements that the scan knows by their local name, under a prefix.
_PREFIXED: Final = re.compile(rb"<[^<>\s/:]+:(?:c|v|is|row|f|col|mergeCell|(?:odd|even|first)(?:Header|Footer))[\s/>]")
_FORMULA: Final = re.compile(rb"<f[\s/>]")
_SHOWN: Final = re.compile(rb' hidden="(?:0|false)"')
_ANY_CELL: Final = re.compile(rb"<c[\s/>]")
_CELL: Final = re.compile(rb'<c r="[A-Z][0-9]{1,4}"')
_ROW: Final = re.compile(rb"<row[\s/>]")
_VALUE: Final = re.compile(rb"<(?:v|is)[\s/>]")
_ANY_MERGE: Final = re.compile(rb"<mergeCell[\s/>]")
_MERGE: Final = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})" ?/>')
_ANY_PAGE: Final = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)[\s/>]")
_PAGE: Final = re.compile(rb"<((?:odd|even|first)(?:Header|Footer))>([^<]*)</\1>")
_SHARED: Final = re.compile(rb"<si[\s/>]")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


class Plain(NamedTuple):
    """What a plain sheet holds: elements and values counted, merged ranges, the text of page headers and footers."""

    elements: int
    values: int
    merged: list[tuple[int, int, int, int]]
    page_text: str


def read_plain_sheet(content: bytes, percent_styles: Iterable[str]) -> Plain | None:
    """Return the facts of a well-formed worksheet part; None if it must be scanned.

    Example:
        >>> sheet = b'<worksheet><sheetData><row r="2"><c r="B2"><v>1</v></c><c r="C2"/></row></sheetData></worksheet>'
        >>> read_plain_sheet(sheet, ())
        Plain(elements=3, values=1, merged=[], page_text='')
    """
    if not _is_plain(content) or any(
        quote + style.encode() + quote in content for style in percent_styles for quote in (b'"', b"'")
    ):
        return None
    cells = len(_ANY_CELL.findall(content))
    if cells != len(_CELL.findall(content)):
        return None
    merged: list[tuple[int, int, int, int]] = []
    if b"<mergeCell " in content:
        merged = [
            (int(top), column_number(left.decode()), int(bottom), column_number(right.decode()))
            for left, top, right, bottom in _MERGE.findall(content)
        ]
    page_text = _page_text(content)
    if len(merged) != len(_ANY_MERGE.findall(content)) or page_text is None:
        return None
    return Plain(cells + len(_ROW.findall(content)), len(_VALUE.findall(content)), merged, page_text)


def _is_plain(content: bytes) -> bool:
    """Whether each «<» begins a tag, and none of them is one for which the sheet must be scanned."""
    return (
        _HEAD.match(content) is not None
        and b"<!" not in content
        and content.count(b"<?") <= 1
        and b"&#" not in content
        and b'"e"' not in content
        and b"'e'" not in content
        and (b"hidden" not in content or content.count(b"hidden") == len(_SHOWN.findall(content)))
        and _FORMULA.search(content) is None
        and _PREFIXED.search(content) is None
    )


def _page_text(content: bytes) -> str | None:
    """Return the text of page headers and footers; None if one is not written plainly."""
    if b"Header" not in content and b"Footer" not in content:
        return ""
    pages = _PAGE.findall(content)
    if b"\r" in content or len(pages) != len(_ANY_PAGE.findall(content)):
        return None
    try:
        text = b"".join(one for _, one in pages).decode("utf-8")
    except UnicodeDecodeError:
        return None
    for entity, letter in _ENTITIES:
        text = text.replace(entity, letter)
    return text


def bound_text(content: bytes) -> int:
    """Return a bound of the length of the longest string of sharedStrings.xml: its longest part without «<si>».

    Example:
        >>> bound_text(b"<sst><si><t>ab</t></si></sst>")
        20
    """
    return max(map(len, _SHARED.split(content)))
