"""SVG as the pages take it: checked, without foreign parts, with ids of its own.

In: SVG text from vl-convert. Out: the same picture, safe to stand inside a page.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

__all__ = ["check_svg", "inline_svg"]

_TAGS = frozenset(
    {"svg", "g", "path", "rect", "line", "text", "tspan", "circle", "ellipse", "polygon", "polyline"}
    | {"defs", "clipPath", "title", "desc", "linearGradient", "stop"}
)
_REFERENCES = ("href", "src")
_ID = re.compile(r'\bid="([^"]+)"')
_OPENING = re.compile(r"<svg\b[^>]*>")
_SIZE = re.compile(r'\b(width|height)="([\d.]+)"')
_VIEW_BOX = re.compile(r'\bviewBox="[^"]*"')


def check_svg(svg: str) -> None:
    """Raise ValueError if `svg` holds anything but shapes and text: scripts, handlers, addresses, entities.

    Example:
        >>> check_svg('<svg xmlns="http://www.w3.org/2000/svg"><text>Đạt</text></svg>')
    """
    if "<!" in svg:
        raise ValueError("an SVG with declarations is not shown")
    try:
        root = ET.fromstring(svg)  # noqa: S314 - declarations and entities are refused above
    except ET.ParseError as error:
        raise ValueError(f"not an SVG: {error}") from error
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag not in _TAGS:
            raise ValueError(f"an SVG with <{tag}> is not shown")
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2].casefold()
            address = re.search(r"url\((?!['\"]?#)|javascript:|https?:|data:", value, re.IGNORECASE)
            if plain.startswith("on") or plain in _REFERENCES or (address and plain not in {"aria-label"}):
                raise ValueError(f"an SVG with the attribute {plain} is not shown")


def inline_svg(svg: str, figure_id: str, label: str) -> str:
    """Return `svg` for use inside a page: an image named `label` (escaped), its ids prefixed by `figure_id`.

    Example:
        >>> inline_svg('<svg width="9" height="4"><g/></svg>', "h", "Hình")
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="4" role="img" aria-label="Hình"><g/></svg>'
    """
    from markupsafe import escape

    opening = _OPENING.search(svg)
    if opening is None:
        raise ValueError("not an SVG")
    size = " ".join(f'{name}="{value}"' for name, value in _SIZE.findall(opening.group())[:2])
    box = _VIEW_BOX.search(opening.group())
    body = svg[opening.end() :]
    for name in sorted(set(_ID.findall(body)), key=len, reverse=True):
        body = body.replace(f'id="{name}"', f'id="{figure_id}-{name}"').replace(f"#{name})", f"#{figure_id}-{name})")
    head = " ".join(filter(None, ['<svg xmlns="http://www.w3.org/2000/svg"', size, box.group() if box else ""]))
    return f'{head} role="img" aria-label="{escape(label)}">{body}'
