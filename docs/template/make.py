"""Make the packaged `nq57kit/reports/template.docx` from the parts in this folder, and its sample page.

    python docs/template/make.py

The parts are what a reviewer reads: page and lists here, styles in `styles.xml`, heads in `header*.xml`. The sample page
shows every style in Word; a report leaves it out.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
TARGET = HERE.parent.parent / "nq57kit" / "reports" / "template.docx"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
SPACES = f'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="{OFFICE}"'
#: File of this folder, kind of part, id of its relation.
PARTS = (
    ("styles", "styles", "rId1"),
    ("settings", "settings", "rId2"),
    ("numbering", "numbering", "rId3"),
    ("fontTable", "fontTable", "rId4"),
    ("header1", "header", "rId5"),
    ("header2", "header", "rId6"),
)
TITLE = "Mẫu văn bản Word của nq57kit"
ABOUT = (
    "Sửa kiểu (Styles), lề trang, đầu trang, chân trang của tệp này rồi lưu lại: báo cáo Word lập sau đó theo đúng như vậy. "
    "Không đổi tên, không xóa kiểu. Trang này chỉ để xem các kiểu; báo cáo không lấy chữ ở đây."
)
#: A4, margins of Nghị định 30/2020/NĐ-CP (twips), the head from page 2 on.
SECTION = (
    '<w:sectPr><w:headerReference w:type="default" r:id="rId5"/><w:headerReference w:type="first" r:id="rId6"/>'
    '<w:type w:val="nextPage"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1134" w:right="850" w:bottom="1134" w:left="1701" w:header="510" w:footer="510" w:gutter="0"/>'
    '<w:pgNumType w:start="1"/><w:cols w:space="720"/><w:titlePg/></w:sectPr>'
)


def paragraph(style: str, text: str) -> str:
    """A paragraph in the style of this id."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def numbering() -> str:
    """The lists of the styles List Bullet (dashes) and List Number, each of nine levels."""
    lists = ""
    for number, kind, marks in (
        (1, "bullet", ["-+*"[level % 3] for level in range(9)]),
        (2, "decimal", ["".join(f"%{n}." for n in range(1, level + 2)) for level in range(9)]),
    ):
        levels = "".join(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:suff w:val="space"/>'
            f'<w:lvlText w:val="{mark}"/><w:lvlJc w:val="left"/>'
            f'<w:pPr><w:ind w:left="{360 * level}" w:firstLine="720"/></w:pPr></w:lvl>'
            for level, mark in enumerate(marks)
        )
        lists += (
            f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        )
    lists += "".join(f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>' for number in (1, 2))
    return f"{XML}<w:numbering {SPACES}>{lists}</w:numbering>"


def document(styles: str) -> str:
    """The sample page: a line in each paragraph style, and a table in its own."""
    found = re.findall(r'<w:style w:type="paragraph"[^>]*w:styleId="(\w+)">\s*<w:name w:val="([^"]+)"/>', styles)
    lines = [paragraph(style, name) for style, name in found if style not in ("Normal", "Header")]
    border = '<w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid><w:gridCol w:w="4000"/></w:tblGrid>'
    table = f'<w:tbl>{border}<w:tr><w:tc><w:tcPr><w:tcW w:w="4000" w:type="dxa"/></w:tcPr>{paragraph("NqO", "Table Grid")}</w:tc></w:tr></w:tbl>'
    head = paragraph("NqTrichYeu", TITLE) + paragraph("BodyText", ABOUT)
    return f"{XML}<w:document {SPACES}><w:body>{head}{''.join(lines)}{table}{paragraph('NqSauBang', '')}{SECTION}</w:body></w:document>"


def relation(name: str, kind: str, target: str) -> str:
    """A relation of the package or of the document to one of its parts."""
    return f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>'


def parts() -> dict[str, str]:
    """Every part of the template, by its name in the package."""
    texts = {name: (HERE / f"{name}.xml").read_text(encoding="utf-8") for name, _, _ in PARTS if name != "numbering"}
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{WORD}.{kind}+xml"/>' for name, kind, _ in PARTS
    )
    types = (
        f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{WORD}.document.main+xml"/>{overrides}'
        f'<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
    )
    root = relation("rId1", f"{OFFICE}/officeDocument", "word/document.xml")
    root += relation(
        "rId2",
        "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
        "docProps/core.xml",
    )
    own = "".join(relation(name, f"{OFFICE}/{kind}", f"{file}.xml") for file, kind, name in PARTS)
    core = (
        f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{TITLE}</dc:title><dc:language>vi-VN</dc:language></cp:coreProperties>"
    )
    return {
        "[Content_Types].xml": types,
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{root}</Relationships>',
        "docProps/core.xml": core,
        "word/document.xml": document(texts["styles"]),
        "word/_rels/document.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{own}</Relationships>',
        "word/numbering.xml": numbering(),
        **{f"word/{name}.xml": text for name, text in texts.items()},
    }


def main(target: Path = TARGET) -> None:
    """Write the template: the same bytes whenever zlib is the same."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in parts().items():
            entry = zipfile.ZipInfo(name)  # 1 January 1980, the zip format's zero
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, text)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
