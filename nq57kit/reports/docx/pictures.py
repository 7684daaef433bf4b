"""Charts as pictures: SVG in, PNG at print resolution with its alternative text out.

In: figures. Out: an inline drawing whose description is the figure's text for who cannot see it.
"""

from __future__ import annotations

import re
import struct
import zlib
from functools import cache
from importlib import resources
from typing import Final

from markupsafe import Markup

from nq57kit.reports.executed import safe_text

__all__ = ["draw_png", "measure", "picture"]

#: Pixels of the picture for one of the chart: about 275 a inch where the chart fills the text's width.
_SCALE: Final = 2.5
#: English Metric Units in a millimetre.
_EMU: Final = 36_000
#: A chart of `show.theme.WIDTH` pixels fills an upright page; one pixel is then this many millimetres.
_PIXEL: Final = 165 / 720
_SIZE: Final = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"')
#: Longer texts than this help nobody: the data stand in a table of the document.
_LONGEST_ALT: Final = 2000
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def draw_png(svg: str) -> bytes:
    """Return `svg` as a PNG, drawn with the packaged font: the same bytes on every machine."""
    import vl_convert

    _register()
    return _shrink(bytes(vl_convert.svg_to_png(svg, scale=_SCALE)))


def measure(svg: str, width: float, height: float) -> tuple[float, float]:
    """Return the chart's size on paper within `width` × `height`, all in millimetres.

    Example:
        >>> measure('<svg width="720" height="360"/>', 165, 200)
        (165.0, 82.5)
    """
    found = _SIZE.search(svg)
    wide, high = (float(found.group(1)), float(found.group(2))) if found else (720.0, 360.0)
    factor = min(_PIXEL, width / wide, height / high)
    return wide * factor, high * factor


def picture(relation: str, number: int, title: str, alt: str, size: tuple[float, float]) -> Markup:
    """Return an inline drawing of the picture `relation`, `size` in millimetres, with title and description."""
    wide, high = (round(side * _EMU) for side in size)
    words = safe_text(alt)
    if len(words) > _LONGEST_ALT:
        words = words[:_LONGEST_ALT].rsplit(";", 1)[0] + "; …"
    return Markup(
        '<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{high}"/>'
        '<wp:docPr id="{number}" name="{name}" descr="{alt}" title="{title}"/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        '<pic:nvPicPr><pic:cNvPr id="{number}" name="{name}" descr="{alt}"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    ).format(
        wide=wide, high=high, number=number, name=f"Hình {number}", alt=words, title=safe_text(title), relation=relation
    )


@cache
def _register() -> None:
    import vl_convert

    with resources.as_file(resources.files("nq57kit.show") / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))


def _shrink(png: bytes) -> bytes:
    """Compress a PNG's pixels anew: the same picture in a quarter of the bytes."""
    kept: list[tuple[bytes, bytes]] = []
    pixels = b""
    place = len(_SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind == b"IDAT":
            pixels += data
        else:
            kept.append((kind, data))
        place += 12 + length
    kept.insert(-1, (b"IDAT", zlib.compress(zlib.decompress(pixels), 6)))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in kept
    )
    return _SIGNATURE + b"".join(chunks)
