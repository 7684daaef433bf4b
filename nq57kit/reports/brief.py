"""The page of two minutes beside a report: five figures, what went well, what did not and why, three decisions asked for.

In: a report and what its notebook showed. Out: a `Reading` of the same blocks, from which page and Word are made as from any
other; each line names the section of the report that it stands on. Nothing is worded here: figures and sentences are those of
`show.summary`, a person's own text goes before its drafts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Final

from nq57kit.reports.executed import Heading, Reading, parse_markdown, token_text
from nq57kit.reports.report import Report
from nq57kit.show import programme
from nq57kit.show.blocks import NO_COMMENTARY, Figure, KeyFigures, Note
from nq57kit.show.columns import fill
from nq57kit.show.phrases import lower_first
from nq57kit.show.summary import find_causes, find_strengths, find_weaknesses, pick_decisions, pick_key_figures

#: So many lines stand under each heading, so many characters of each: all of it is one page (`tests/reports/test_brief.py`).
_LINES: Final = 3
_LONGEST: Final = 240
_NUMBER: Final = re.compile(r"^(?:Phụ lục\s+)?[IVXLC]+\.\s+")
#: Headings, and the place of the report that a person writes for each.
_PARTS: Final = (
    ("Kết quả đạt được", "Đánh giá kết quả thực hiện mục tiêu"),
    ("Hạn chế và nguyên nhân", "Tồn tại, hạn chế và nguyên nhân"),
    ("Đề nghị {leaders} xem xét, quyết định", "Kiến nghị, đề xuất"),
)


def write_brief(report: Report, reading: Reading, ending: str) -> Reading:
    """Return the brief of a ministry's report for a file of this `ending`; `reading` is the report, whose sections it names."""
    results, sections, words = report.results, find_sections(reading), report.plan.words
    years = [one.results for one in report.years]
    cards = programme.pick_key_figures(years) if years else pick_key_figures(results)
    rows = [
        {
            "label": card.label,
            "value": f"{card.value} {card.unit}".strip(),
            "context": " ".join(
                filter(None, (_say(card.status_label), card.coverage, _point(_find(sections, card.about))))
            ),
        }
        for card in (cards.items if isinstance(cards, KeyFigures) else ())
    ]
    drafted = report.provenance["drafts"]
    drafts: tuple[Sequence[tuple[str, str]], ...] = (
        programme.pick_drafts(years)
        if years
        else (find_strengths(results), (*find_weaknesses(results), *find_causes(results)), pick_decisions(results))
    )
    lines = []
    for (heading, place), draft in zip(_PARTS, drafts, strict=True):
        own = [(text, "") for text in _split(report.commentary[place])]
        said: Sequence[tuple[str, str]] = own or (draft if drafted else ())
        for text, about in said[:_LINES] or [(NO_COMMENTARY, "")]:
            where = _find(sections, about) or sections.get(place, "")
            lines.append(
                {
                    "heading": heading.format_map(words),
                    "text": shorten(text, _LONGEST, placeholder=" …"),
                    "place": where,
                }
            )
    marks = [part for part in reading.parts[: _first_heading(reading)] if isinstance(part, Note)]
    count = {5: "Năm", 6: "Sáu"}.get(len(rows), "Các")
    parts = (*marks, fill("report.brief_figures", rows, count=count), fill("report.brief", lines))
    file = f"brief-{report.span}{results.inputs.suffix}.{ending}"
    values = reading.values | {"provenance": reading.values["provenance"] | {"file": file}}
    return Reading(f"Tóm tắt {lower_first(reading.title)}", parts, values, reading.subtitle)


def _say(verdict: str) -> str:
    return verdict and f"{verdict}."


def _point(section: str) -> str:
    return section and f"Xem: {section}."


def _find(sections: Mapping[str, str], ids: str) -> str:
    """Return the section of the first of these tables that the report has."""
    return next((sections[one] for one in ids.split() if one in sections), "")


def _first_heading(reading: Reading) -> int:
    return next((at for at, part in enumerate(reading.parts) if isinstance(part, Heading)), len(reading.parts))


def find_sections(reading: Reading) -> dict[str, str]:
    """Return the section of a report, without its number (Word may give it another), by the ids of its tables and the titles of a person's text.

    Example:
        >>> from nq57kit.show.blocks import Table
        >>> find_sections(Reading("Báo cáo", (Heading(2, "II. Kinh phí"), Table("Chi", (), (), id="kinh-phi"))))
        {'kinh-phi': 'Kinh phí'}
    """
    found: dict[str, str] = {}
    section = ""
    for part in reading.parts:
        if isinstance(part, Heading):
            section = _NUMBER.sub("", part.text) if part.level <= 2 else section
            continue
        name = part.data.id if isinstance(part, Figure) else getattr(part, "id", "") or getattr(part, "title", "")
        if name:
            found.setdefault(name, section)
    return found


def _split(markdown: str) -> Iterator[str]:
    """Yield the paragraphs and items of a person's text, without marks."""
    for token in parse_markdown(markdown):
        for part in token["children"] if token["type"] == "list" else (token,):
            if text := " ".join(token_text(part).split()):
                yield text
