"""A person's Markdown as Word's own paragraphs, lists and tables.

In: mistune's tokens. Out: markup; raw HTML stands as text, links as their text with the address, pictures as
their text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nq57kit.reports.docx.tables import write_grid
from nq57kit.reports.docx.wml import BODY_WIDTH, PLAIN, RunFormat, paragraph, plain_run, run, tag
from nq57kit.reports.executed import parse_markdown, token_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markupsafe import Markup

    from nq57kit.reports.docx.packing import Package
    from nq57kit.reports.executed import Token

__all__ = ["write_markdown", "write_tokens"]

_MARKS = {"strong": {"bold": True}, "emphasis": {"italic": True}, "strikethrough": {"strike": True}}
#: The list of dashes in `parts/numbering.xml`.
_DASHES = 1


def write_markdown(markdown: str, package: Package) -> Iterator[Markup]:
    """Yield the paragraphs of a person's text.

    Example:
        >>> from nq57kit.reports.docx.packing import Package
        >>> len(list(write_markdown("Một\\n\\n- hai\\n- ba", Package())))
        3
    """
    return write_tokens(parse_markdown(markdown), package)


def write_tokens(tokens: Iterable[Token], package: Package, style: str = "BodyText") -> Iterator[Markup]:
    """Yield the paragraphs of `tokens`; a heading within a person's text is a heading of level 3."""
    for token in tokens:
        kind = token["type"]
        if kind in {"paragraph", "block_text"}:
            yield paragraph(style, *_runs(token["children"]))
        elif kind == "heading":
            yield paragraph("Heading3", *_runs(token["children"]))
        elif kind == "list":
            number = package.start_list() if token["attrs"].get("ordered") else _DASHES
            yield from _list(token, package, number, 0)
        elif kind == "block_quote":
            yield from write_tokens(token["children"], package, "Quote")
        elif kind == "table":
            yield from _table(token)
        elif kind in {"block_code", "block_html"}:
            yield paragraph(style, str(token["raw"]).strip("\n"))
        elif "raw" in token or "children" in token:
            yield paragraph(style, token_text(token))


def _list(token: Token, package: Package, number: int, level: int) -> Iterator[Markup]:
    """Yield the items of a list; lists within it are its lower levels."""
    style = "ListBullet" if number == _DASHES else "ListNumber"
    level = min(level, 8)
    for item in token["children"]:
        first = True
        for child in item["children"]:
            if child["type"] == "list":
                inner = package.start_list() if child["attrs"].get("ordered") else _DASHES
                yield from _list(child, package, inner, level + 1 if inner == _DASHES else 0)
            elif first and child["type"] in {"block_text", "paragraph"}:
                marks = tag("numPr", tag("ilvl", val=level), tag("numId", val=number))
                yield paragraph(style, *_runs(child["children"]), properties=marks)
                first = False
            else:
                yield from write_tokens([child], package)


def _table(token: Token) -> Iterator[Markup]:
    head: list[str] = []
    rows: list[list[str]] = []
    right: list[bool] = []
    for part in token["children"]:
        if part["type"] == "table_head":
            head = [token_text(cell) for cell in part["children"]]
            right = [cell["attrs"].get("align") == "right" for cell in part["children"]]
        else:
            rows += [[token_text(cell) for cell in row["children"]] for row in part["children"]]
    yield write_grid(head, rows, BODY_WIDTH, numeric=right)
    yield paragraph("NqSauBang")


def _runs(tokens: Iterable[Token], how: RunFormat = PLAIN) -> list[Markup]:
    runs: list[Markup] = []
    for token in tokens:
        kind = token["type"]
        if kind in _MARKS:
            runs += _runs(token["children"], replace(how, **_MARKS[kind]))
        elif kind == "link":
            runs += _runs(token["children"], how)
            address = token["attrs"]["url"]
            if address and token_text(token) != address:
                runs.append(run(f" ({address})", how))
        elif kind == "linebreak":
            runs.append(plain_run(tag("br")))
        else:
            runs.append(run(token_text(token), how))
    return runs
