"""WordprocessingML in small pieces: elements, runs, paragraphs, fields, sections.

In: texts and measures. Out: markup with everything escaped; the order of properties is that of the schema
(ECMA-376 part 1), which Word insists on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup, escape

from nq57kit.reports.executed import safe_text

__all__ = [
    "BODY_WIDTH",
    "MARGINS",
    "PAGE",
    "TWIPS",
    "RunFormat",
    "bookmark",
    "field",
    "measure_page",
    "paragraph",
    "plain_run",
    "rule",
    "run",
    "section",
    "tag",
]

Orientation = Literal["portrait", "landscape"]

#: Twentieths of a point in a millimetre.
TWIPS: Final = 1440 / 25.4
#: A4 in millimetres (NĐ 30/2020/NĐ-CP, Phụ lục I, mục I.1).
PAGE: Final = (210.0, 297.0)
#: Top, right, bottom, left in millimetres: 20-25, 15-20, 20-25, 30-35 (Phụ lục I, mục I.2).
MARGINS: Final = (20.0, 15.0, 20.0, 30.0)
#: What is left for text on an upright page, in millimetres.
BODY_WIDTH: Final = PAGE[0] - MARGINS[1] - MARGINS[3]
#: From the upper edge to the page number, in millimetres.
_HEADER: Final = 9.0


@dataclass(frozen=True)
class RunFormat:
    """How a run differs from its paragraph's style."""

    bold: bool = False
    italic: bool = False
    caps: bool = False
    strike: bool = False


PLAIN: Final = RunFormat()


def tag(name: str, /, *children: str, **attributes: str | int) -> Markup:
    """Return `<w:name …>children</w:name>`; attributes get the prefix `w:`, texts are cleared and escaped.

    Example:
        >>> str(tag("t", "a < b", val=1))
        '<w:t w:val="1">a &lt; b</w:t>'
    """
    written = Markup("").join(
        Markup(' w:{}="{}"').format(key, safe_text(str(value))) for key, value in attributes.items()
    )
    inner = Markup("").join(map(escape, children))
    if not inner:
        return Markup(f"<w:{name}{written}/>")  # noqa: S704 - made of escaped parts
    return Markup(f"<w:{name}{written}>{inner}</w:{name}>")  # noqa: S704 - made of escaped parts


def run(text: str, how: RunFormat = PLAIN) -> Markup:
    """Return a run of text; line ends, tabs and unbroken hyphens become Word's own, control characters go.

    Example:
        >>> str(run("Đạt\\n=A1", RunFormat(bold=True)))
        '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">Đạt</w:t><w:br/><w:t xml:space="preserve">=A1</w:t></w:r>'
    """
    marks = [
        tag(name)
        for name, wanted in (("b", how.bold), ("i", how.italic), ("caps", how.caps), ("strike", how.strike))
        if wanted
    ]
    pieces: list[Markup] = []
    for number, line in enumerate(safe_text(text).split("\n")):
        pieces += [tag("br")] if number else []
        for place, piece in enumerate(line.split("\t")):
            pieces += [tag("tab")] if place else []
            for part, kept in enumerate(piece.split("\u2011")):
                pieces += [tag("noBreakHyphen")] if part else []
                pieces += [Markup('<w:t xml:space="preserve">{}</w:t>').format(kept)] if kept else []
    return tag("r", tag("rPr", *marks) if marks else "", *pieces)


def plain_run(*children: str) -> Markup:
    """Return a run around ready markup, such as a picture or a break."""
    return tag("r", *children)


def paragraph(style: str, *runs: str, properties: str = "") -> Markup:
    """Return a paragraph in `style`; runs that are plain text become runs, `properties` follow the style's name.

    Example:
        >>> str(paragraph("BodyText", "Chữ"))
        '<w:p><w:pPr><w:pStyle w:val="BodyText"/></w:pPr><w:r><w:t xml:space="preserve">Chữ</w:t></w:r></w:p>'
    """
    inner = [one if isinstance(one, Markup) else run(one) for one in runs]
    return tag("p", tag("pPr", tag("pStyle", val=style), properties), *inner)


def rule(style: str, left: float, right: float) -> Markup:
    """Return a drawn line: an empty paragraph with an upper border between two indents (millimetres)."""
    return paragraph(
        style,
        properties=tag("pBdr", tag("top", val="single", sz=6, space=1, color="000000"))
        + tag("ind", left=round(left * TWIPS), right=round(right * TWIPS), firstLine=0),
    )


def field(instruction: str, shown: str) -> Markup:
    """Return a field that Word computes anew on request, with what it shows until then."""
    return tag("fldSimple", run(shown), instr=f" {instruction} ")


def bookmark(number: int, name: str, *children: str) -> Markup:
    """Return `children` between the marks of a bookmark, for references from other places."""
    return tag("bookmarkStart", id=number, name=name) + Markup("").join(children) + tag("bookmarkEnd", id=number)


def measure_page(orientation: Orientation) -> tuple[float, float]:
    """Return width and height of the text area in millimetres.

    Example:
        >>> measure_page("portrait"), measure_page("landscape")
        ((165.0, 257.0), (252.0, 170.0))
    """
    width, height = PAGE if orientation == "portrait" else PAGE[::-1]
    top, right, bottom, left = MARGINS
    return width - left - right, height - top - bottom


def section(orientation: Orientation = "portrait", *, restart: bool = False, hide_first: bool = False) -> Markup:
    """Return the properties of a section: A4, the decree's margins, the page number centred in the upper margin.

    `restart` numbers from 1 (each appendix by itself); `hide_first` leaves the number off the first page.
    """
    width, height = (round(side * TWIPS) for side in (PAGE if orientation == "portrait" else PAGE[::-1]))
    turned = {"orient": "landscape"} if orientation == "landscape" else {}
    top, right, bottom, left = (round(side * TWIPS) for side in MARGINS)
    edge = round(_HEADER * TWIPS)
    header = Markup('<w:headerReference w:type="{}" r:id="{}"/>')
    return tag(
        "sectPr",
        header.format("default", "rIdHeader") + header.format("first", "rIdFirstHeader"),
        tag("type", val="nextPage"),
        tag("pgSz", w=width, h=height, **turned),
        tag("pgMar", top=top, right=right, bottom=bottom, left=left, header=edge, footer=edge, gutter=0),
        tag("pgNumType", start=1) if restart else "",
        tag("cols", space=720),
        tag("titlePg") if hide_first else "",
    )
