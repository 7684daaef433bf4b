"""Word's own: a document opened on a template, its elements, its bytes.

In: a `template.docx` and texts. Out: elements of WordprocessingML with everything made safe, in the order of the schema (ECMA-376
part 1), which Word insists on; and the bytes of the whole, the same for the same content.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from copy import deepcopy
from html import escape
from typing import TYPE_CHECKING, Any, Final

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm

from nq57kit.errors import DeskError
from nq57kit.reports.executed import safe_text, token_text
from nq57kit.reports.letterhead import TEMPLATE_FILE, check_words, find_style
from nq57kit.reports.provenance import ELEMENT_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from docx.document import Document as WordDocument
    from docx.section import Section

    from nq57kit.reports.executed import Token

#: An element of lxml, of the class that python-docx has for its name.
Element = Any
#: Name space of the custom part that says what the document was made from.
_NAMESPACE: Final = "urn:nq57kit:provenance"
#: What a template must have; a style may look as the ministry likes.
TABLE_STYLE: Final = "Table Grid"
_STYLES: Final = (
    *("Body Text", "Heading 1", "Heading 2", "Heading 3", "List Bullet", "List Number", "Quote", "Caption"),
    *("Hình", "Chú thích hình", "Diễn giải", "Lưu ý", "Dấu tình trạng"),
    *("Ô bảng", "Ô bảng số", "Ô bảng tiêu đề cột", "Sau bảng"),
    *("Quốc hiệu", "Tiêu ngữ", "Cơ quan ban hành", "Đường kẻ", "Số ký hiệu", "Địa danh ngày tháng", "Dự thảo"),
    *("Tên loại văn bản", "Trích yếu", "Kính gửi", "Căn cứ", "Phụ lục", "Kèm theo"),
    *("Nơi nhận", "Danh sách nơi nhận", "Quyền hạn chức vụ", "Chỗ ký"),
)
_MARKS: Final = {"strong": "b", "emphasis": "i", "strikethrough": "strike"}
#: A page that says no size of its own; a template leaves at least so much of its page for text (millimetres).
A4: Final = (Mm(210), Mm(297))
_LEAST: Final = 80.0
#: What stands after the numbering of pages in a section's properties.
_AFTER_NUMBERS: Final = (
    *("w:cols", "w:formProt", "w:vAlign", "w:noEndnote", "w:titlePg"),
    *("w:textDirection", "w:bidi", "w:rtlGutter", "w:docGrid"),
)
#: What opening a file that is no sound .docx raises.
_BROKEN: Final = (
    *(PackageNotFoundError, zipfile.BadZipFile, zlib.error, OSError, RuntimeError),
    *(LookupError, ValueError, SyntaxError, AttributeError, TypeError),
)
#: Marks of a run in the order of the schema.
_ORDER: Final = ("b", "i", "caps", "strike")
_SIGNS: Final = {"\n": "br", "\t": "tab", "\u2011": "noBreakHyphen"}


def check_template(letterhead: Path | None) -> None:
    """Raise DeskError if template, words or outline of a desk cannot be used; to be asked before a report is made."""
    open_template(letterhead)
    check_words(letterhead)


def open_template(letterhead: Path | None) -> WordDocument:
    """Return a document with the template's styles, head and margins, and nothing in it."""
    path = find_style(TEMPLATE_FILE, letterhead)
    advice = "mở lại bằng Word, lưu dạng .docx, hoặc xóa tệp để dùng mẫu đi kèm."
    try:
        document = Document(str(path))
        known = {style.name: style for style in document.styles}
        sections = document.element.sectPr_lst
    except _BROKEN as error:
        raise DeskError(f"Mẫu Word «{path}» không đọc được ({error}); {advice}") from error
    missing = [name for name in _STYLES if name not in known or known[name].type != 1]
    missing += [TABLE_STYLE] if TABLE_STYLE not in known or known[TABLE_STYLE].type != 3 else []
    if missing or not sections:
        what = f"thiếu kiểu (style) «{'», «'.join(missing)}»" if missing else "không có trang nào"
        raise DeskError(
            f"Mẫu Word «{path}» {what}; lấy lại từ mẫu đi kèm (xóa tệp này) rồi chỉ sửa kiểu, không xóa, không đổi tên."
        )
    if min(min(area) for area in text_areas(document.sections[0])) < _LEAST:
        raise DeskError(
            f"Mẫu Word «{path}» chừa lề quá rộng hoặc khổ giấy quá nhỏ; phần chữ cần ít nhất {_LEAST:.0f} mm mỗi chiều."
        )
    body = document.element.body
    first = deepcopy(sections[0])  # later sections of a template inherit their heads from it
    for child in list(body):
        body.remove(child)
    body.append(first)
    relations = document.part.rels
    for name, relation in list(relations.items()):
        was_ours = relation.reltype == RELATIONSHIP_TYPE.CUSTOM_XML and _NAMESPACE.encode() in relation.target_part.blob
        if relation.is_external or relation.reltype == RELATIONSHIP_TYPE.IMAGE or was_ours:
            del relations[name]  # of the sample page, or of the report that somebody made a template of
    return document


def text_areas(section: Section) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return width and height of the text of a section's page, upright and turned on its side, in millimetres."""
    short, long = sorted((section.page_width or A4[0], section.page_height or A4[1]))
    across = sum(side or 0 for side in (section.left_margin, section.right_margin, section.gutter))
    along = sum(side or 0 for side in (section.top_margin, section.bottom_margin))
    upright, turned = (short - across, long - along), (long - across, short - along)
    return (Length(upright[0]).mm, Length(upright[1]).mm), (Length(turned[0]).mm, Length(turned[1]).mm)


def number_pages(properties: Element) -> None:
    """Let the pages of a section (its `sectPr`) be numbered from 1."""
    number = properties.find(qn("w:pgNumType"))
    if number is None:
        number = properties.insert_element_before(element("pgNumType"), *_AFTER_NUMBERS)
    number.set(qn("w:start"), "1")


def pack(document: WordDocument, title: str, subject: str, provenance: str) -> bytes:
    """Return the document's bytes: no author, no times, and its provenance in a custom part, which Word keeps."""
    package = document.part.package
    core = document.core_properties
    properties = package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES).element
    for child in list(properties):
        properties.remove(child)
    core.title, core.subject, core.language = safe_text(title)[:255], safe_text(subject)[:255], "vi-VN"
    if provenance:
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{ELEMENT_ID} xmlns="{_NAMESPACE}">{escape(provenance)}</{ELEMENT_ID}>'
        name = package.next_partname("/customXml/item%d.xml")
        part = Part(name, "application/xml", text.encode("utf-8"), package)
        document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)
    saved, stream = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.namelist():
            fixed = zipfile.ZipInfo(entry)  # 1 January 1980: the zip format's zero, not a time of ours
            fixed.compress_type, fixed.create_system = zipfile.ZIP_DEFLATED, 0
            target.writestr(fixed, source.read(entry))
    return stream.getvalue()


def element(name: str, /, *children: Element, **attributes: object) -> Element:
    """Return `<w:name>` with its children; attributes get the prefix `w:`.

    Example:
        >>> element("jc", val="both").val.name
        'JUSTIFY'
    """
    made = OxmlElement(f"w:{name}", {qn(f"w:{key}"): safe_text(str(value)) for key, value in attributes.items()})
    made.extend(children)
    return made


def run(text: str, *marks: str) -> Element:
    """Return a run of text in b, i, caps or strike; line ends, tabs and unbroken hyphens become Word's own."""
    made = element("r", element("rPr", *(element(name) for name in _ORDER if name in marks))) if marks else element("r")
    for piece in re.split("([\n\t\u2011])", safe_text(text)):
        if piece in _SIGNS:
            made.append(element(_SIGNS[piece]))
        elif piece:
            made.append(element("t"))
            made[-1].text = piece
            made[-1].set(qn("xml:space"), "preserve")
    return made


def field(instruction: str, shown: str) -> Element:
    """Return a field that Word computes anew on request, with what it shows until then."""
    return element("fldSimple", run(shown), instr=f" {instruction} ")


def keep_next() -> Element:
    """Return the mark of a paragraph that stays on the page of the next one."""
    return element("keepNext")


def twips(millimetres: float) -> int:
    """Return a length in twentieths of a point, as WordprocessingML counts."""
    return int(Mm(millimetres).twips)


def runs_of(tokens: Iterable[Token], marks: tuple[str, ...] = ()) -> list[Element]:
    """Return a person's text as runs; a link is its text and its address, a picture its text."""
    made: list[Element] = []
    for token in tokens:
        kind = token["type"]
        if kind in _MARKS:
            made += runs_of(token["children"], tuple(dict.fromkeys((*marks, _MARKS[kind]))))
        elif kind == "link":
            made += runs_of(token["children"], marks)
            address = token["attrs"]["url"]
            if address and token_text(token) != address:
                made.append(run(f" ({address})", *marks))
        elif kind == "linebreak":
            made.append(element("r", element("br")))
        else:
            made.append(run(token_text(token), *marks))
    return made


def fixed_table(sizes: Sequence[int], rows: Sequence[Element], *properties: Element, style: str = "") -> Element:
    """Return a table of fixed column widths (twips), so that every program lays it out alike."""
    head = [element("tblStyle", val=style)] if style else []
    head += [element("tblW", w=sum(sizes), type="dxa"), element("tblLayout", type="fixed"), *properties]
    grid = element("tblGrid", *(element("gridCol", w=size) for size in sizes))
    return element("tbl", element("tblPr", *head), grid, *rows)
