"""The official parts of the document: head, grounds, addressees, signature, heads of appendices.

In: the fixed words of `letterhead.toml` and the report's title. Out: paragraphs and borderless tables by Nghị định
30/2020/NĐ-CP, Phụ lục I. Number, day, addressee and name of the signatory stay blank: they are a person's to fill.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from nq57kit.reports.docx.wml import BODY_WIDTH, TWIPS, RunFormat, paragraph, plain_run, rule, run, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Letterhead", "open_document", "read_letterhead", "write_appendix_head", "write_closing", "write_grounds"]

#: Widths of the two columns of the head and of the signature block, in millimetres.
_HEAD: Final = (66.0, BODY_WIDTH - 66.0)
_SIGNING: Final = (68.0, BODY_WIDTH - 68.0)
#: How long the texts above a rule are, in millimetres; the decree sets rules as parts of them.
_MOTTO_LENGTH, _RULE_NAME, _RULE_TITLE = 60.0, 25.0, 50.0
_BLANK: Final = "\u00a0"
#: Symbols of documents stay on one line in the subject: «số 57-NQ/TW».
_SYMBOL: Final = re.compile(r"(?<=\d)-(?=[A-ZĐ])")
_NUMBER: Final = re.compile(r"(?<=\bsố) (?=\d)")
#: A blank to fill; a line may end after it, but not before a symbol.
_GAP: Final = re.compile(r" {2,}(/?)")
#: Kinds of report (`reports.parameters.KINDS`) that are no report to a superior.
_SCORECARDS: Final = frozenset({"unit"})


@dataclass(frozen=True)
class Letterhead:
    """The fixed words of the ministry's documents (`letterhead.toml`), for one kind of document.

    `kind` is what the document is called, `symbol` stands after its number («»: left blank); `addressed` and `grounded` say
    whether it has «Kính gửi» and grounds; `opening` and `closing` are sentences, or «».
    """

    kind: str
    state: str
    motto: str
    issuer: str
    head: tuple[str, ...]
    place: str
    symbol: str
    author: str
    authority: str
    signatory_title: tuple[str, ...]
    documents: tuple[str, ...]
    plan_draft: str
    plan_signed: str
    recipients: tuple[str, ...]
    addressed: bool
    grounded: bool
    opening: str
    closing: str


@cache
def read_letterhead(kind: str = "") -> Letterhead:
    """Return the packaged letterhead for a kind of report, «unit» being a scorecard.

    Example:
        >>> read_letterhead().authority, read_letterhead("unit").kind
        ('TL. BỘ TRƯỞNG', 'Phiếu kết quả')
    """
    text = (resources.files("nq57kit.reports.docx") / "letterhead.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    form, author = data["kinds"]["scorecard" if kind in _SCORECARDS else "report"], data["issuer"]["author"]
    return Letterhead(
        kind=form["name"],
        state=data["state"]["name"],
        motto=data["state"]["motto"],
        issuer=data["issuer"]["name"],
        head=tuple(data["issuer"]["head"]),
        place=data["issuer"]["place"],
        symbol=form["symbol"],
        author=author,
        authority=data["signing"]["authority"],
        signatory_title=tuple(data["signing"]["title"]),
        documents=tuple(data["basis"]["documents"]),
        plan_draft=_GAP.sub(_keep_gap, data["basis"]["plan_draft"]),
        plan_signed=data["basis"]["plan_signed"],
        recipients=tuple(form["recipients"]),
        addressed=form["addressed"],
        grounded=form["grounded"],
        opening=form["opening"].format(author=author),
        closing=form["closing"].format(author=author),
    )


def open_document(words: Letterhead, title: str, period: str = "") -> list[Markup]:
    """Return head, kind and subject of the document, and the blank line «Kính gửi» of a report.

    `title` is the report's own; a leading «Báo cáo» (or what the kind is called) is the kind of document. `period` is
    added where it is missing.

    Example:
        >>> head = open_document(read_letterhead(), "Báo cáo tổng hợp", "năm 2026")
        >>> "Tổng hợp" in "".join(head)
        True
    """
    kind = r"\s+".join(map(re.escape, words.kind.split()))
    subject = re.sub(rf"^{kind}\b[\s:]*", "", title, flags=re.IGNORECASE).strip() or title
    subject = _NUMBER.sub(_BLANK, _SYMBOL.sub("\u2011", subject[:1].upper() + subject[1:]))
    lines = [subject] if not period or period.casefold() in subject.casefold() else [subject, f"({period})"]
    middle = (BODY_WIDTH - _RULE_TITLE) / 2
    return [
        _head(words),
        paragraph("NqTenLoai", words.kind),
        *(paragraph("NqTrichYeu", line) for line in lines),
        rule("NqKe", middle, middle),
        paragraph("NqKinhGui", "Kính gửi: " + "." * 50) if words.addressed else paragraph("NqSauBang"),
    ]


def write_grounds(words: Letterhead, plan_state: str, *, draft: bool) -> list[Markup]:
    """Return the grounds, each on a line of its own, and the sentence that leads to the text; of a report alone."""
    if not words.grounded:
        return []
    plan = words.plan_draft if draft else words.plan_signed.format(state=plan_state)
    grounds = [f"Căn cứ {document};" for document in (*words.documents, plan)]
    grounds[-1] = grounds[-1].removesuffix(";") + "."
    return [
        *(paragraph("NqCanCu", line) for line in grounds),
        paragraph("BodyText", words.opening),
    ]


def write_closing(words: Letterhead, appendices: Sequence[str]) -> list[Markup]:
    """Return the mention of every appendix, the last sentence, and the block of addressees and signature."""
    mention = []
    if appendices:
        mention = [
            paragraph("BodyText", f"Kèm theo {words.kind} này:", properties=tag("keepNext")),
            *(
                paragraph("ListBullet", f"{one}{'.' if place == len(appendices) else ';'}", properties=tag("keepNext"))
                for place, one in enumerate(appendices, start=1)
            ),
        ]
    left = [
        paragraph("NqNoiNhan", "Nơi nhận:"),
        *(paragraph("NqDanhSach", line) for line in words.recipients),
    ]
    right = [
        paragraph("NqChucVu", words.authority),
        *(paragraph("NqChucVu", line) for line in words.signatory_title),
        *(paragraph("NqChoKy", properties=tag("keepNext")) for _ in range(5)),
        paragraph("NqChoKy"),
    ]
    return [
        *mention,
        *([paragraph("BodyText", words.closing, properties=tag("keepNext"))] if words.closing else ()),
        paragraph("NqSauBang", properties=tag("keepNext")),
        _columns(_SIGNING, left, right),
    ]


def write_appendix_head(words: Letterhead, label: str, title: str) -> list[Markup]:
    """Return «Phụ lục I», its title in capitals, and the blank reference to the report that it belongs to."""
    heading = [run(label), plain_run(tag("br")), run(title, RunFormat(caps=True))] if label else [run(title)]
    number, day, month, year = (_BLANK * width for width in (10, 6, 6, 10))
    numbered = f"{words.kind} số{number}{_after_number(words)}"
    reference = f"(Kèm theo {numbered} ngày{day}tháng{month}năm{year}\ncủa {words.issuer})"
    middle = (BODY_WIDTH - _RULE_TITLE) / 2
    return [paragraph("NqPhuLuc", *heading), paragraph("NqKemTheo", reference), rule("NqKe", middle, middle)]


def _after_number(words: Letterhead) -> str:
    return f"/{words.symbol}" if words.symbol else ""


def _keep_gap(gap: re.Match[str]) -> str:
    """Return a blank to fill that stays as wide as it is written, wherever the line ends."""
    width = len(gap.group().rstrip("/"))
    return _BLANK * width + "/" if gap.group(1) else _BLANK * (width - 1) + " "


def _head(words: Letterhead) -> Markup:
    """The table above everything: ministry, number and draft mark to the left; the State, place and day to the right."""
    number, day, month, year = (_BLANK * width for width in (14, 6, 6, 10))
    side = (_HEAD[0] - _RULE_NAME) / 2
    edge = (_HEAD[1] - _MOTTO_LENGTH) / 2
    left = [
        *(paragraph("NqCoQuan", line) for line in words.head),
        rule("NqKe", side, side),
        paragraph("NqSo", f"Số:{number}{_after_number(words)}"),
        paragraph("NqDuThao", "Dự thảo"),
    ]
    right = [
        paragraph("NqQuocHieu", words.state),
        paragraph("NqTieuNgu", words.motto),
        rule("NqKe", edge, edge),
        paragraph("NqNgay", f"{words.place}, ngày{day}tháng{month}năm{year}"),
    ]
    return _columns(_HEAD, left, right)


def _columns(widths: tuple[float, float], left: Iterable[str], right: Iterable[str]) -> Markup:
    """Two columns side by side, without lines, kept on one page."""
    sizes = [round(width * TWIPS) for width in widths]
    cells = [
        tag("tc", tag("tcPr", tag("tcW", w=size, type="dxa")), *side)
        for size, side in zip(sizes, (left, right), strict=True)
    ]
    return tag(
        "tbl",
        tag(
            "tblPr",
            tag("tblStyle", val="TableNormal"),
            tag("tblW", w=sum(sizes), type="dxa"),
            tag("tblLayout", type="fixed"),
            tag("tblLook", val="0000"),
        ),
        tag("tblGrid", *(tag("gridCol", w=size) for size in sizes)),
        tag("tr", tag("trPr", tag("cantSplit")), *cells),
    )
