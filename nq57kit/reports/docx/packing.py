"""The package of a Word document: parts in, the bytes of one .docx out.

In: the body's markup, pictures, the lists that it numbers. Out: an OPC package, the same bytes for the same
content: no author, no times, a fixed order.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from nq57kit.reports.executed import safe_text
from nq57kit.reports.provenance import ELEMENT_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NAMESPACE", "PROVENANCE_PART", "Package", "pack"]

#: Where the document says what it was made from, and the name space of that element.
PROVENANCE_PART: Final = "customXml/item1.xml"
NAMESPACE: Final = "urn:nq57kit:provenance"

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_NAMESPACES: Final = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{_OFFICE}/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
#: Parts that are files of the package folder: name in the document, kind of part, id of the relation.
_PARTS: Final = (
    ("styles", "styles", "rIdStyles"),
    ("settings", "settings", "rIdSettings"),
    ("numbering", "numbering", "rIdNumbering"),
    ("fontTable", "fontTable", "rIdFonts"),
    ("header1", "header", "rIdHeader"),
    ("header2", "header", "rIdFirstHeader"),
)
#: The lists of `parts/numbering.xml`: with dashes, with numbers.
_DASHES, _NUMBERS = 1, 2


@dataclass
class Package:
    """What the body of a document refers to: pictures, and lists that start at 1 again."""

    pictures: list[bytes] = field(default_factory=list)
    lists: int = 0

    def add_picture(self, png: bytes) -> str:
        """Return the id under which the body names this picture."""
        self.pictures.append(png)
        return f"rIdPicture{len(self.pictures)}"

    def start_list(self) -> int:
        """Return the number of a new numbered list."""
        self.lists += 1
        return _NUMBERS + self.lists - 1


def pack(package: Package, body: Sequence[str], title: str, subject: str = "", provenance: str = "") -> bytes:
    """Return the document with `body` (markup of paragraphs, tables and the last section).

    `provenance` is JSON that says what the document was made from; it stands in a custom XML part, which Word keeps.
    """
    document = f"{_XML}<w:document {_NAMESPACES}><w:body>{''.join(body)}</w:body></w:document>"
    pictures = [(f"word/media/image{n}.png", png) for n, png in enumerate(package.pictures, start=1)]
    files: list[tuple[str, bytes | str]] = [
        ("[Content_Types].xml", _content_types()),
        ("_rels/.rels", _root_relations()),
        ("docProps/core.xml", _core(title, subject)),
        ("word/document.xml", document),
        ("word/_rels/document.xml.rels", _relations(len(pictures), custom=bool(provenance))),
        *((f"word/{name}.xml", _numbering(package) if name == "numbering" else _part(name)) for name, _, _ in _PARTS),
        *([(PROVENANCE_PART, _provenance(provenance))] if provenance else []),
        *pictures,
    ]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name)  # 1 January 1980: the zip format's zero, not a time of ours
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, content)
    return stream.getvalue()


@cache
def _part(name: str) -> str:
    return (resources.files("nq57kit.reports.docx") / "parts" / f"{name}.xml").read_text(encoding="utf-8")


def _numbering(package: Package) -> str:
    """The packaged lists, and one number for each numbered list, so that each begins at 1."""
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    numbers = "".join(
        f'<w:num w:numId="{_NUMBERS + n}"><w:abstractNumId w:val="{_NUMBERS}"/>{override}</w:num>'
        for n in range(package.lists)
    )
    return _part("numbering").replace("</w:numbering>", numbers + "</w:numbering>")


def _content_types() -> str:
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_WORD}.{kind}+xml"/>' for name, kind, _ in _PARTS
    )
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>{overrides}'
        '<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
    )


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>'


def _root_relations() -> str:
    inner = _relation("rId1", f"{_OFFICE}/relationships/officeDocument", "word/document.xml")
    inner += _relation("rId2", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml")
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _relations(pictures: int, *, custom: bool) -> str:
    inner = [_relation(name, f"{_OFFICE}/relationships/{kind}", f"{file}.xml") for file, kind, name in _PARTS]
    inner += [
        _relation(f"rIdPicture{n}", f"{_OFFICE}/relationships/image", f"media/image{n}.png")
        for n in range(1, pictures + 1)
    ]
    if custom:
        inner.append(_relation("rIdProvenance", f"{_OFFICE}/relationships/customXml", f"../{PROVENANCE_PART}"))
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(inner)}</Relationships>'


def _provenance(text: str) -> str:
    return f'{_XML}<{ELEMENT_ID} xmlns="{NAMESPACE}">{escape(text)}</{ELEMENT_ID}>'


def _core(title: str, subject: str) -> str:
    """Title, subject and language: no author, no dates, nothing that a person did not say."""
    said = Markup("<dc:title>{}</dc:title><dc:subject>{}</dc:subject>").format(
        escape(safe_text(title)), escape(safe_text(subject))
    )
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{said}<dc:language>vi-VN</dc:language></cp:coreProperties>'
    )
