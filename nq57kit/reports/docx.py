"""The report, or letters, as a Word document by Nghị định 30/2020/NĐ-CP.

In: an executed notebook, and the desk's own template and words if it has them. Out: an editable .docx on `template.docx`
(styles, margins, head), marked «Dự thảo»: number, day, addressee and signature are blank. The texts are those of the notebook's
blocks and of `letterhead.toml`; the same notebook and template give the same bytes.
"""

from __future__ import annotations

import io
import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final

from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml.ns import qn
from docx.shared import Mm

from nq57kit.reports.executed import (
    Heading,
    Prose,
    describe_period,
    parse_markdown,
    plan_state,
    read_report,
    safe_text,
    token_text,
)
from nq57kit.reports.letterhead import describe_style, read_letterhead, read_outline
from nq57kit.reports.ooxml import (
    A4,
    TABLE_STYLE,
    element,
    field,
    fixed_table,
    keep_next,
    number_pages,
    open_template,
    pack,
    run,
    runs_of,
    text_areas,
    twips,
)
from nq57kit.reports.paper import Arrangement, Page, arrange, count_lines, shown_cells
from nq57kit.reports.provenance import encode_provenance
from nq57kit.show.blocks import Bullets, Commentary, Figure, Note, Paragraph, Picture, Table
from nq57kit.show.charts import draw_png
from nq57kit.show.phrases import lower_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from docx.document import Document as WordDocument
    from docx.shared import Length
    from nbformat import NotebookNode

    from nq57kit.reports.executed import Part, Reading, Token
    from nq57kit.reports.letterhead import Letterhead
    from nq57kit.reports.ooxml import Element
    from nq57kit.reports.paper import Appendix

#: Styles of notes; what is marked stands in bold.
_NOTES: Final = dict.fromkeys(("warning", "draft", "provisional"), "Dấu tình trạng")
_BLANK: Final = "\u00a0"
#: Symbols of documents stay on one line in the subject: «số 57-NQ/TW».
_SYMBOL: Final = re.compile(r"(?<=\d)-(?=[A-ZĐ])")
_NUMBER: Final = re.compile(r"(?<=\bsố) (?=\d)")
#: A blank to fill; a line may end after it, but not before a symbol.
_GAP: Final = re.compile(r" {2,}(/?)")
#: The left column of head and signature block, of the text's width; the rules under name, motto and title in millimetres.
_LEFT: Final = 0.4
_RULE_NAME, _RULE_MOTTO, _RULE_TITLE = 25.0, 60.0, 50.0
#: Bookmarks of tables are numbered from here, apart from those that Word makes.
_BOOKMARKS: Final = 1000
#: A chart of so many pixels (`show.charts.WIDTH`) fills an upright page; a picture leaves room for its caption (millimetres).
_CHART: Final = 720.0
_TALLEST: Final = 185.0
_HALF_PAGE: Final = 110.0
#: Commands in a book stand in a box, in a font whose letters are equally wide.
_TYPEWRITER: Final = "Courier New"
_SIZE: Final = re.compile(r'<svg\b[^<>]*?\bwidth="([\d.]+)"[^<>]*?\bheight="([\d.]+)"')
#: Longer alternative texts help nobody: the data stand in a table of the document.
_LONGEST_ALT: Final = 2000
#: A row of at most so many lines is low; one of more than this would not fit on a page and may be divided.
_LOW_ROW: Final = 2
_LONGEST_ROW: Final = 30
#: Pixels of a picture for one of its chart: about 275 an inch.
_PIXELS: Final = 2.5


def render_docx(notebook: NotebookNode, letterhead: Path | None = None) -> bytes:
    """Return the Word document of an executed notebook.

    `letterhead` is a folder whose `template.docx` and `letterhead.toml` are taken instead of the packaged ones.
    Raises ReportError if a cell ended with an error or holds a block that this version cannot read, DeskError if the
    template or the words are not usable.

    Example:
        >>> from nbformat.v4 import new_markdown_cell, new_notebook
        >>> render_docx(new_notebook(cells=[new_markdown_cell("# Báo cáo")]))[:2]
        b'PK'
    """
    reading = read_report(notebook)
    draft, state = plan_state(reading)
    kind = str((reading.values.get("provenance") or {}).get("kind", ""))
    arrangement = arrange(reading, read_outline(kind, letterhead))
    writer = _Writer(open_template(letterhead), arrangement, read_letterhead(kind, letterhead))
    writer.write(reading.title, reading.subtitle, describe_period(reading), plan="" if draft else state)
    return _pack(writer, reading, letterhead)


def render_page(reading: Reading, letterhead: Path | None = None, *, contents: bool = False) -> bytes:
    """Return title and parts as a Word document without the head of one: what a report says on one page, or a book, with its `contents`."""
    writer = _Writer(open_template(letterhead), Arrangement(reading.parts, ()), read_letterhead("", letterhead))
    writer.write_page(reading.title, reading.subtitle, contents=contents)
    return _pack(writer, reading, letterhead)


def render_letters(letters: Sequence[tuple[Reading, Letterhead]], letterhead: Path | None = None) -> bytes:
    """Return letters in one Word document: each from a new page, with its own head, signature and numbers of pages."""
    writer = None
    for reading, words in letters:
        writer = _Writer(open_template(letterhead), arrange(reading), words) if writer is None else writer
        writer.begin(arrange(reading), words)
        writer.write(reading.title, reading.subtitle, "", plan="")
    return b"" if writer is None else pack(writer.document, letters[0][0].title, "", "")


def _pack(writer: _Writer, reading: Reading, letterhead: Path | None) -> bytes:
    origin = reading.values.get("provenance")
    told = encode_provenance(origin | {"word": describe_style(letterhead)}) if isinstance(origin, dict) else ""
    return pack(writer.document, reading.title, describe_period(reading), told)


class _Writer:
    """Writes one document; counts its tables and figures as it goes."""

    def __init__(self, document: WordDocument, arrangement: Arrangement, words: Letterhead) -> None:
        self.document = document
        self._arrangement = arrangement
        self._words = words
        self._tables = self._figures = 0
        self._boxed = False
        self._styles = {style.name: style for style in document.styles}
        section = document.sections[0]
        self._first_page_differs = section.different_first_page_header_footer
        self._sides = sorted((section.page_width or A4[0], section.page_height or A4[1]))
        number_pages(document.element.body.sectPr)
        size = self._styles["Ô bảng"].font.size
        self._page = Page(*text_areas(section), scale=size.pt / Page.POINTS if size else 1.0)
        self._width = self._page.upright[0]

    def write(self, title: str, subtitle: str, period: str, *, plan: str) -> None:
        """Write the whole document; `plan` says what the plan's decision is, or «» while it is a draft."""
        appendices = self._arrangement.appendices
        self._write_head(title, period)
        if not self._words.about:
            self._write_grounds(plan)
        self._write_lines(subtitle)
        for part in self._arrangement.body:
            self._write_part(part)
        self._write_closing()
        for appendix in appendices:
            self._open_section(turned=self._page.is_turned(appendix))
            self._write_appendix_head(appendix)
            for part in appendix.parts:
                self._write_part(part)
        if not appendices:
            self._add("Sau bảng")  # a document does not end with a table

    def begin(self, arrangement: Arrangement, words: Letterhead) -> None:
        """Begin another document on a new page of this one; nothing where none stands before it."""
        self._arrangement, self._words = arrangement, words
        if self.document.element.body.sectPr.getprevious() is not None:
            self._open_section(turned=False)

    def write_page(self, title: str, subtitle: str, *, contents: bool) -> None:
        """Write title and parts alone; with `contents` also a list of the sections with their pages."""
        self._add("Trích yếu", title)
        self._add("Kèm theo", subtitle)
        self._boxed = contents
        heads = [part for part in self._arrangement.body if contents and isinstance(part, Heading)]
        for number, head in enumerate(heads, start=1):
            dots = element("tabs", element("tab", val="right", leader="dot", pos=twips(self._width)))
            link = element("hyperlink", run(head.text), anchor=f"Muc_{number}")
            self._add("Ô bảng", link, run("\t"), field(f"PAGEREF Muc_{number} \\h", ""), properties=[dots])
        for part in self._arrangement.body:
            self._write_part(part)
            if part in heads:
                number = heads.index(part) + 1
                start = element("bookmarkStart", id=_BOOKMARKS + number, name=f"Muc_{number}")
                self.document.element.body[-2].extend([start, element("bookmarkEnd", id=_BOOKMARKS + number)])

    # ---------------------------------------------------------------- paragraphs, sections

    def _paragraph(self, style: str, *content: str | Element, properties: Sequence[Element] = ()) -> Element:
        """Return a paragraph; texts become runs, `properties` follow the style's name in the order of the schema."""
        head = element("pPr", element("pStyle", val=self._styles[style].style_id), *properties)
        return element("p", head, *(run(one) if isinstance(one, str) else one for one in content))

    def _add(self, style: str, *content: str | Element, properties: Sequence[Element] = ()) -> None:
        self._put(self._paragraph(style, *content, properties=properties))

    def _put(self, element: Element) -> None:
        self.document.element.body.sectPr.addprevious(element)

    def _write_lines(self, text: str) -> None:
        """Write a justified paragraph for each line: a line broken within one would be stretched."""
        for line in text.splitlines():
            if line.strip():
                self._add("Body Text", line)

    def _rule(self, room: float, length: float) -> Element:
        """Return a drawn line in the middle of `room`: an empty paragraph with an upper border between two indents."""
        side = twips(max(room - length, 0.0) / 2)
        border = element("pBdr", element("top", val="single", sz=6, space=1, color="000000"))
        return self._paragraph("Đường kẻ", properties=(border, element("ind", left=side, right=side, firstLine=0)))

    def _open_section(self, *, turned: bool) -> None:
        """Begin an appendix: a new page, on its side or upright, numbered from 1."""
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        self._end_without_a_line(self.document.element.body[-2])
        section.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = self._sides[::-1] if turned else self._sides
        section.different_first_page_header_footer = self._first_page_differs
        number_pages(self.document.element.body.sectPr)
        self._width = (self._page.turned if turned else self._page.upright)[0]

    def _end_without_a_line(self, mark: Element) -> None:
        """Let the last line of a section bear its `mark`: an empty line of its own could fall on a page of its own."""
        mark.style = self._styles["Sau bảng"].style_id
        before = mark.getprevious()
        if before.tag == mark.tag and not before.xpath(".//w:t") and before.getprevious().tag == mark.tag:
            self.document.element.body.remove(before)
            before = mark.getprevious()
        if before.tag == mark.tag:
            before.get_or_add_pPr().append(mark.pPr.find(qn("w:sectPr")))
            self.document.element.body.remove(mark)

    # ---------------------------------------------------------------- what the decree asks for

    def _write_head(self, title: str, period: str) -> None:
        """Write ministry, number and draft mark, State and day, kind and subject, and the blank line «Kính gửi»."""
        words = self._words
        number, day, month, year = (_BLANK * width for width in (14, 6, 6, 10))
        left = [self._paragraph("Cơ quan ban hành", line) for line in words.issuer_lines]
        left += [
            self._rule(_LEFT * self._width, _RULE_NAME),
            self._paragraph("Số ký hiệu", f"Số:{number}{self._symbol}"),
        ]
        left += [self._paragraph("Số ký hiệu", f"{words.about} {_keep_symbols(title)}")] if words.about else []
        left += [self._paragraph("Dự thảo", "Dự thảo")]
        right = [self._paragraph("Quốc hiệu", words.state), self._paragraph("Tiêu ngữ", words.motto)]
        right += [self._rule((1 - _LEFT) * self._width, _RULE_MOTTO)]
        right += [self._paragraph("Địa danh ngày tháng", f"{words.place}, ngày{day}tháng{month}năm{year}")]
        self._put_columns(left, right)
        if not words.about:
            self._write_title(title, period)
        if words.addressee:
            self._add("Kính gửi", f"Kính gửi: {words.addressee}")
        else:
            self._add("Sau bảng")

    def _write_title(self, title: str, period: str) -> None:
        """Write kind and subject in the middle of the page, the period where the subject does not say it, and the rule."""
        kind = r"\s+".join(map(re.escape, self._words.kind.split()))
        subject = re.sub(rf"^{kind}\b[\s:]*", "", title, flags=re.IGNORECASE).strip() or title
        subject = _keep_symbols(subject[:1].upper() + subject[1:])
        self._add("Tên loại văn bản", self._words.kind)
        self._add("Trích yếu", subject)
        if period and period.casefold() not in subject.casefold():
            self._add("Trích yếu", f"({period})")
        self._put(self._rule(self._width, _RULE_TITLE))

    @property
    def _symbol(self) -> str:
        return f"/{self._words.symbol}" if self._words.symbol else ""

    def _write_grounds(self, plan: str) -> None:
        """Write the grounds, each on a line of its own, and the sentence that leads to the text."""
        words = self._words
        if words.grounds:
            decision = words.plan_signed.replace("{state}", plan) if plan else _GAP.sub(_keep_gap, words.plan_draft)
            *grounds, last = (f"Căn cứ {document}" for document in (*words.grounds, decision) if document)
            for line in (*(f"{one};" for one in grounds), f"{last}."):
                self._add("Căn cứ", line)
        self._write_lines(words.opening)

    def _write_closing(self) -> None:
        """Write the mention of every appendix and of the workbook, the last sentence, the block of addressees and signature."""
        words = self._words
        named = [one.name for one in self._arrangement.appendices]
        if only := self._arrangement.workbook:
            named.append(f"Tệp Excel, có thêm các bảng không in ở văn bản này: {'; '.join(map(lower_first, only))}")
        named = [] if words.about else named  # a letter names its appendices where it speaks of them
        if named:
            self._add("Body Text", f"Kèm theo {words.kind} này:", properties=[keep_next()])
        for place, name in enumerate(named, start=1):
            last = place == len(named)
            self._add("List Bullet", f"{name}{'.' if last else ';'}", properties=[keep_next()] if last else [])
        if words.closing:
            self._add("Body Text", words.closing, properties=[keep_next()])
        self._add("Sau bảng", properties=[keep_next()])
        left = [self._paragraph("Nơi nhận", "Nơi nhận:")]
        left += [self._paragraph("Danh sách nơi nhận", line) for line in words.recipients]
        right = [self._paragraph("Quyền hạn chức vụ", line) for line in words.signatory]
        right += [self._paragraph("Chỗ ký", properties=[keep_next()]) for _ in range(5)]
        self._put_columns(left, [*right, self._paragraph("Chỗ ký")])

    def _write_appendix_head(self, appendix: Appendix) -> None:
        """Write «Phụ lục I», its title in capitals, and the blank reference to the report that it belongs to."""
        words = self._words
        number, day, month, year = (_BLANK * width for width in (10, 6, 6, 10))
        self._add("Phụ lục", run(appendix.label), element("r", element("br")), run(appendix.title, "caps"))
        numbered = f"{words.kind} số{number}{self._symbol}"
        self._add("Kèm theo", f"(Kèm theo {numbered} ngày{day}tháng{month}năm{year}\ncủa {words.issuer})")
        self._put(self._rule(self._width, _RULE_TITLE))

    def _put_columns(self, left: Iterable[Element], right: Iterable[Element]) -> None:
        """Write two columns side by side, without lines, kept on one page."""
        sizes = [twips(_LEFT * self._width), twips((1 - _LEFT) * self._width)]
        cells = [
            element("tc", element("tcPr", element("tcW", w=size, type="dxa")), *side)
            for size, side in zip(sizes, (left, right), strict=True)
        ]
        margins = element("tblCellMar", element("left", w=0, type="dxa"), element("right", w=0, type="dxa"))
        self._put(fixed_table(sizes, [element("tr", element("trPr", element("cantSplit")), *cells)], margins))

    # ---------------------------------------------------------------- what the report says

    def _write_part(self, part: Part) -> None:
        match part:
            case Heading():
                self._add(f"Heading {min(max(part.level - 1, 1), 3)}", part.text)
            case Prose():
                self._write_tokens(part.tokens)
            case Bullets():
                for item in part.items:
                    self._add("List Bullet", item)
            case Note():
                self._add(_NOTES.get(part.level, "Lưu ý"), part.text)
            case Commentary():
                self._add("Heading 2", part.title)
                if part.markdown.strip():
                    self._write_tokens(parse_markdown(part.markdown))
                else:
                    self._add("Body Text", run(part.placeholder, "i"))
            case Table() if part.rows:
                self._write_table(part)
            case Figure():
                self._write_figure(part)
            case Picture():
                self._put_picture(b64decode(part.png), part.text, part.text)
                self._add("Diễn giải", part.caption)
            case _:
                self._write_lines(part.text if isinstance(part, Paragraph) else part.as_text())

    def _write_table(self, table: Table) -> None:
        """Write a table below its number and title, if it has one; a column that headings of groups replace is left out."""
        self._tables += 1
        mark = _BOOKMARKS + self._tables
        caption = (
            element("bookmarkStart", id=mark, name=_bookmark(self._tables)),
            "Bảng ",
            field("SEQ Bảng \\* ARABIC", str(self._tables)),
            element("bookmarkEnd", id=mark),
            f". {table.title}",
        )
        if table.title:
            self._add("Caption", *caption)
        head, rows = shown_cells(table)
        numeric = [column.numeric for column in table.columns][-len(head) :]
        self._put_grid(head, rows, numeric, headings=table.headings, total=table.total, name=table.title)
        below = [f"Ghi chú: {note}" for note in table.notes] + ([f"Nguồn: {table.source}"] if table.source else [])
        for place, line in enumerate(below, start=1):
            self._add("Diễn giải", line, properties=[keep_next()] if place < len(below) else [])
        self._add("Sau bảng")

    def _put_grid(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        numeric: Sequence[bool],
        *,
        headings: Sequence[str] = (),
        total: bool = False,
        name: str = "",
    ) -> None:
        """Write a ruled table whose head repeats on each page.

        `headings` has one text for each row; where it changes, a row over the whole width says it.
        """
        wide = self._page.share(head, rows, self._width)
        sizes = [twips(one * self._width / sum(wide)) for one in wide]
        shade = {"val": "clear", "color": "auto", "fill": "F2F2F2"}

        def cell(size: int, content: Element, *properties: Element) -> Element:
            return element("tc", element("tcPr", element("tcW", w=size, type="dxa"), *properties), content)

        def band(text: Element, *properties: Element) -> Element:
            said = self._paragraph("Ô bảng", text, properties=properties)
            return cell(sum(sizes), said, element("gridSpan", val=len(head)))

        heads = [self._paragraph("Ô bảng tiêu đề cột", title) for title in head]
        top = [cell(size, title, element("shd", **shade)) for size, title in zip(sizes, heads, strict=True)]
        lines = [element("tr", element("trPr", element("cantSplit"), element("tblHeader")), *top)]
        for number, row in enumerate(rows, start=1):
            if headings and (number == 1 or headings[number - 1] != headings[number - 2]):
                group = band(run(headings[number - 1], "b"), keep_next())
                lines.append(element("tr", element("trPr", element("cantSplit")), group))
            # The last row, and one more if it is low, stays with the notes beneath it; the head's style stays with the first.
            lines_of = count_lines(row, wide)
            near = number == len(rows) or (number == len(rows) - 1 and lines_of <= _LOW_ROW)
            marks = ["b"] if total and number == len(rows) else []
            styles = ["Ô bảng số" if right else "Ô bảng" for right in numeric]
            said = [
                self._paragraph(style, run(text, *marks), properties=[keep_next()] if near else [])
                for style, text in zip(styles, row, strict=True)
            ]
            made = [cell(size, one) for size, one in zip(sizes, said, strict=True)]
            if lines_of <= _LONGEST_ROW:
                made.insert(0, element("trPr", element("cantSplit")))
            lines.append(element("tr", *made))
        look = element("tblLook", val="0020", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=1, noVBand=1)
        more = [look, element("tblCaption", val=name)] if name else [look]
        self._put(fixed_table(sizes, lines, *more, style=self._styles[TABLE_STYLE].style_id))

    def _write_figure(self, figure: Figure) -> None:
        """Write a chart as a picture with its alternative text, its number and title, and where its data stand."""
        found = _SIZE.search(figure.svg)
        wide, high = (float(found.group(1)), float(found.group(2))) if found else (_CHART, _CHART / 2)
        factor = min(self._page.upright[0] / _CHART, self._width / wide, min(_TALLEST, self._page.upright[1]) / high)
        self._put_picture(
            draw_png(figure.svg, _PIXELS), figure.title, figure.alt, (Mm(wide * factor), Mm(high * factor))
        )
        place = self._reference(figure.data)
        lines: list[tuple[str, list[str | Element]]] = [
            ("Chú thích hình", ["Hình ", field("SEQ Hình \\* ARABIC", str(self._figures)), f". {figure.title}"])
        ]
        lines += [("Diễn giải", [figure.caption])] if figure.caption else []
        lines += [("Diễn giải", ["Số liệu của hình: ", *place, "."])] if place else []
        lines += [("Diễn giải", [f"Nguồn: {figure.source}"])] if figure.source else []
        for number, (style, content) in enumerate(lines, start=1):
            self._add(style, *content, properties=[keep_next()] if number < len(lines) else [])

    def _put_picture(self, png: bytes, title: str, alt: str, size: tuple[Length, Length] | None = None) -> None:
        """Put a picture into a paragraph of its own, kept with the next one; without a size as wide as the text, or as high as half a page."""
        self._figures += 1
        wide, high = size or (Mm(self._width), None)
        picture = self.document.part.new_pic_inline(io.BytesIO(png), wide, high)
        if size is None and (over := picture.extent.cy / Mm(_HALF_PAGE)) > 1:
            picture = self.document.part.new_pic_inline(io.BytesIO(png), Mm(self._width / over))
        alt = safe_text(alt)
        if len(alt) > _LONGEST_ALT:
            alt = alt[:_LONGEST_ALT].rsplit(";", 1)[0] + "; …"
        told = {"id": str(self._figures), "name": f"Hình {self._figures}", "descr": alt, "title": safe_text(title)}
        picture.docPr.attrib.update(told)
        self._add("Hình", element("r", element("drawing", picture)))

    def _reference(self, table: Table) -> list[str | Element]:
        """Return «Bảng 23, Phụ lục VI» as a reference that follows the table, or where the table is that is not printed."""
        found = self._arrangement.find(table)
        if found is None:
            return ["tệp Excel kèm theo"] if table.rows else []
        number, label = found
        shown = field(f"REF {_bookmark(number)} \\h", f"Bảng {number}")
        return [shown, f", {label}"] if label else [shown]

    # ---------------------------------------------------------------- a person's Markdown

    def _write_tokens(self, tokens: Iterable[Token], style: str = "Body Text") -> None:
        """Write a person's text; a heading within it is of level 3, raw HTML stands as text."""
        for token in tokens:
            match token["type"]:
                case "paragraph" | "block_text":
                    self._add(style, *runs_of(token["children"]))
                case "heading":
                    self._add("Heading 3", *runs_of(token["children"]))
                case "list":
                    self._write_list(token, 0)
                case "block_quote":
                    self._write_tokens(token["children"], "Quote")
                case "table":
                    head, *bodies = token["children"]
                    rows = [
                        [token_text(cell) for cell in row["children"]] for body in bodies for row in body["children"]
                    ]
                    right = [cell["attrs"].get("align") == "right" for cell in head["children"]]
                    self._put_grid([token_text(cell) for cell in head["children"]], rows, right)
                    self._add("Sau bảng")
                case "block_code" if self._boxed:
                    lines = [run(line) for line in str(token["raw"]).strip("\n").split("\n")]
                    for line in lines:
                        line.insert(
                            0, element("rPr", element("rFonts", ascii=_TYPEWRITER, hAnsi=_TYPEWRITER, cs=_TYPEWRITER))
                        )
                    said = (self._paragraph("Ô bảng", line) for line in lines)
                    shade = element("tcPr", element("shd", val="clear", color="auto", fill="F2F2F2"))
                    row = element("tr", element("trPr", element("cantSplit")), element("tc", shade, *said))
                    self._put(fixed_table([twips(self._width)], [row]))
                    self._add("Sau bảng")
                case "block_code" | "block_html":
                    for line in str(token["raw"]).strip("\n").split("\n"):  # one line broken within would be stretched
                        self._add(style, line)
                case _ if "raw" in token or "children" in token:
                    self._add(style, token_text(token))

    def _write_list(self, token: Token, level: int) -> None:
        """Write the items of a list; lists within it are its lower levels, a numbered one begins at 1."""
        ordered = bool(token["attrs"].get("ordered"))
        style = "List Number" if ordered else "List Bullet"
        number = self._number_of_list(style, new=ordered)
        for item in token["children"]:
            for place, child in enumerate(item["children"]):
                if child["type"] == "list":
                    self._write_list(child, 0 if child["attrs"].get("ordered") else min(level + 1, 8))
                elif place == 0 and child["type"] in {"block_text", "paragraph"}:
                    marks = [element("numPr", element("ilvl", val=level), element("numId", val=number))]
                    self._add(style, *runs_of(child["children"]), properties=marks if number else [])
                else:
                    self._write_tokens([child])

    def _number_of_list(self, style: str, *, new: bool) -> int:
        """Return the number of the style's own list, or of a new one like it; 0 where the template's style has none."""
        found = self._styles[style].element.xpath("./w:pPr/w:numPr/w:numId/@w:val")
        if not found or not new:
            return int(found[0]) if found else 0
        lists = self.document.part.numbering_part.element
        made = lists.add_num(lists.num_having_numId(int(found[0])).abstractNumId.val)
        made.add_lvlOverride(ilvl=0).add_startOverride(1)
        return int(made.numId)


def _bookmark(number: int) -> str:
    return f"Bang_{number}"


def _keep_symbols(subject: str) -> str:
    return _NUMBER.sub(_BLANK, _SYMBOL.sub("\u2011", subject))


def _keep_gap(gap: re.Match[str]) -> str:
    """Return a blank to fill that stays as wide as it is written, wherever the line ends."""
    width = len(gap.group().rstrip("/"))
    return _BLANK * width + "/" if gap.group(1) else _BLANK * (width - 1) + " "
