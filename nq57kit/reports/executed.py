"""Reading an executed notebook as a report: its title, headings, texts and blocks, in their order.

In: a notebook that ran. Out: a `Reading`, from which Word and Excel are made. Code and warnings are left out; so are outputs that are
no block, and a note at the end names their cells; a cell that ended with an error, or a block that cannot be read, ends the reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from nq57kit.errors import PeriodError, ReportError
from nq57kit.plan import label_period
from nq57kit.reports.provenance import TABLE_ID, hash_notebook
from nq57kit.show.blocks import BLOCK_MIME, Block, Blocks, KeyFigures, Note, Table, Title, block_from_data
from nq57kit.show.columns import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbformat import NotebookNode

#: A node of mistune's syntax tree.
Token = dict[str, Any]

#: Neither XML nor a reader can have these: control characters, halves of pairs, characters that are none.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
#: Marks that would turn the direction of a line, so that it reads otherwise than it was written.
_DIRECTIONS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

#: The level of headings that are left out where nothing stands beneath them.
_SUBSECTION: Final = 3
#: Where a report prints the state of the decision: the id of the table of settings and the label of the row.
_SETTINGS: Final = "thiet-lap"
_STATE: Final = "Tình trạng văn bản"
#: What stands at the end where cells of a person's own notebook show what is no block.
_OTHER: Final = (
    "Ô {} của sổ ghi có kết quả không phải là nội dung của báo cáo (bảng, hình, chữ in ra) nên không có ở đây; muốn có thì "
    "đưa vào bằng nq57kit.show (Table, Figure, Paragraph)."
)


@dataclass(frozen=True)
class Heading:
    """A heading of a markdown cell; `level` 2 opens a section, 1 is a further title."""

    level: int
    text: str


@dataclass(frozen=True)
class Prose:
    """Running text of a markdown cell between two headings, as mistune's tokens."""

    tokens: tuple[Token, ...]


Part = Heading | Prose | Block


@dataclass(frozen=True)
class Reading:
    """A report as its notebook says it; `values` are the results glued by scrapbook, by name.

    The provenance among them has the notebook's hash in addition.
    """

    title: str
    parts: tuple[Part, ...]
    values: dict[str, Any] = field(default_factory=dict)
    subtitle: str = ""


def read_report(notebook: NotebookNode) -> Reading:
    """Return what an executed notebook shows.

    A `Title` block is the title, else the first heading of level 1, else the notebook's own title; raises ReportError
    if a cell ended with an error or holds a block that this version cannot read.

    Example:
        >>> from nbformat.v4 import new_markdown_cell, new_notebook
        >>> read_report(new_notebook(cells=[new_markdown_cell("# Báo cáo\\n## Kết quả")]))
        Reading(title='Báo cáo', parts=(Heading(level=2, text='Kết quả'),), values={}, subtitle='')
    """
    parts: list[Part] = []
    values: dict[str, Any] = {}
    other: list[int] = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            parts.extend(_split(cell.source))
        for output in cell.get("outputs", ()) if cell.cell_type == "code" else ():
            shown = Blocks(_blocks(output, number)).items
            parts += [
                Heading(one.level, one.text) if isinstance(one, Title) and one.level > 1 else one for one in shown
            ]
            values.update(_glued(output))
            if _is_foreign(output) and number not in other:
                other.append(number)
    if other:
        parts.append(Note(_OTHER.format(", ".join(map(str, other)))))
    parts = [part for at, part in enumerate(parts) if not _is_bare(part, parts[at + 1 : at + 2])]
    if isinstance(values.get("provenance"), dict):
        parts, values = _sign(parts, values, hash_notebook(notebook))
    named = next((part for part in parts if isinstance(part, Title)), None)
    first = next((part for part in parts if isinstance(part, Heading) and part.level == 1), None)
    meta = notebook.metadata.get("title")
    title = named.text if named else first.text if first else meta if isinstance(meta, str) and meta else "Báo cáo"
    rest = tuple(part for part in parts if part is not first and not isinstance(part, Title))
    return Reading(title, rest, values, named.subtitle if named else "")


def _is_bare(part: Part, following: list[Part]) -> bool:
    """Whether a part is the heading of a subsection with nothing beneath it: what it is about is not in this store."""
    bare = not following or (isinstance(following[0], Heading) and following[0].level <= _SUBSECTION)
    return isinstance(part, Heading) and part.level == _SUBSECTION and bare


def _sign(parts: list[Part], values: dict[str, Any], notebook_sha256: str) -> tuple[list[Part], dict[str, Any]]:
    """Add the notebook's hash, which it cannot know itself, to its provenance: to the values and to the table."""
    line = ("Mã băm SHA-256 của sổ ghi", notebook_sha256)
    signed = [
        replace(part, rows=(*part.rows, line)) if isinstance(part, Table) and part.id == TABLE_ID else part
        for part in parts
    ]
    return signed, values | {"provenance": values["provenance"] | {"notebook_sha256": notebook_sha256}}


def describe_period(reading: Reading) -> str:
    """Return the report's period in words, from the glued result `period`; "" where the notebook glued none.

    Example:
        >>> describe_period(Reading("Báo cáo", (), {"period": "2026-H2"}))
        '6 tháng cuối năm 2026'
    """
    try:
        return label_period(reading.values.get("period", ""))
    except PeriodError:
        return ""


def plan_state(reading: Reading) -> tuple[bool, str]:
    """Return whether the plan is a draft, and what the report's settings say of its decision.

    Without a word on it the plan is taken for a draft: nothing unsigned is ever shown as signed.
    """
    origin = reading.values.get("provenance")
    settings = next((part for part in reading.parts if isinstance(part, Table) and part.id == _SETTINGS), None)
    state = next((str(row[1]) for row in settings.rows if row[0] == _STATE), "") if settings else ""
    draft = not isinstance(origin, dict) or origin.get("plan_draft") is not False or not state
    return draft, state


def tabulate(block: KeyFigures) -> Table:
    """Return the cards of main figures as a table: what, how much, and what is needed to judge it."""
    rows = [
        {
            "label": item.label,
            "value": f"{item.value} {item.measured_in}".strip(),
            "context": "\n".join(filter(None, (item.status_label, item.target, item.coverage, item.change))),
        }
        for item in block.items
    ]
    return fill("report.key_figures", rows)


def safe_text(text: str) -> str:
    """Return `text` without control characters and without marks that turn the direction of a line.

    Example:
        >>> safe_text("Vụ\\x00 \\u202eKHCN")
        'Vụ KHCN'
    """
    return _DIRECTIONS.sub("", _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def parse_markdown(markdown: str) -> list[Token]:
    """Return the syntax tree of a person's Markdown; raw HTML stays in it as text.

    Example:
        >>> [token["type"] for token in parse_markdown("Đoạn văn\\n\\n- mục")]
        ['paragraph', 'list']
    """
    return [token for token in _parser()(markdown) if token["type"] != "blank_line"]


def token_text(token: Token) -> str:
    """Return the words of a token, without marks.

    Example:
        >>> token_text(parse_markdown("# Kết **quả**")[0])
        'Kết quả'
    """
    if token["type"] in {"softbreak", "linebreak"}:
        return " "
    inner = token.get("children")
    return "".join(map(token_text, inner)) if inner is not None else str(token.get("raw", ""))


@cache
def _parser() -> Callable[[str], list[Token]]:
    import mistune

    parser = mistune.create_markdown(renderer=None, plugins=["table", "strikethrough"])

    def parse(markdown: str) -> list[Token]:
        tokens = parser(markdown)
        return tokens if isinstance(tokens, list) else []

    return parse


def _split(source: str) -> Iterator[Part]:
    """Take a cell's text apart at its headings."""
    waiting: list[Token] = []
    for token in parse_markdown(source):
        if token["type"] != "heading":
            waiting.append(token)
            continue
        if waiting:
            yield Prose(tuple(waiting))
            waiting = []
        yield Heading(token["attrs"]["level"], token_text(token).strip())
    if waiting:
        yield Prose(tuple(waiting))


def _blocks(output: NotebookNode, number: int) -> Iterator[Block]:
    if output.output_type == "error":
        raise ReportError(
            f"Sổ ghi (notebook) dừng ở ô thứ {number} do lỗi «{output.get('ename', '')}: {output.get('evalue', '')}»; "
            "sửa lỗi và chạy lại sổ ghi trước khi xuất."
        )
    data = output.get("data", {}).get(BLOCK_MIME)
    if data is None:
        return
    try:
        yield block_from_data(data)
    except ValueError as error:
        raise ReportError(
            f"Ô thứ {number} của sổ ghi có nội dung không đọc được ({error}); chạy lại sổ ghi bằng phiên bản này."
        ) from error


def _is_foreign(output: NotebookNode) -> bool:
    """Return whether an output shows something that is no block: printed text, a frame, a picture; warnings are none."""
    if output.output_type == "stream":
        return output.name == "stdout" and bool(output.text.strip())
    shown = output.get("data", {})
    return BLOCK_MIME not in shown and any(not mime.startswith("application/scrapbook.") for mime in shown)


def _glued(output: NotebookNode) -> Iterator[tuple[str, Any]]:
    """Yield the scraps of an output without scrapbook, which takes half a second to import."""
    for mime, data in output.get("data", {}).items():
        if mime.startswith("application/scrapbook.scrap.") and isinstance(data, dict) and "name" in data:
            yield data["name"], data.get("data")
