"""Blocks and Markdown as HTML: the one place where content becomes markup, always escaped.

In: blocks, Markdown text, SVG. Out: HTML fragments with the classes of the page's style sheet. No script, no address; raw
HTML in Markdown is shown as text, links and pictures as their text; a picture is shapes and text, with ids of its own.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from markupsafe import Markup, escape

from nq57kit.text import match_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    import jinja2
    import mistune

    from nq57kit.show.blocks import Block

_TAGS = frozenset(
    {"svg", "g", "path", "rect", "line", "text", "tspan", "circle", "ellipse", "polygon", "polyline"}
    | {"defs", "clipPath", "title", "desc", "linearGradient", "stop"}
)
_REFERENCES = ("href", "src")
_ID = re.compile(r'\bid="([^"]+)"')
_OPENING = re.compile(r"<svg\b[^<>]*>")
_SIZE = re.compile(r'\b(width|height)="([\d.]+)"')
_ADDRESS = re.compile(r"https?://(?P<host>[a-z0-9][a-z0-9.-]*)(?::[0-9]+)?(?:[/?#][^\s\"'<>\\^`{|}]*)?", re.IGNORECASE)
#: Browsers and servers take no longer ones for granted.
_LONGEST_ADDRESS = 2000
_VIEW_BOX = re.compile(r'\bviewBox="[^"]*"')


class Ids:
    """Ids of one page: readable, stable for the same content, and never given twice.

    `shown` holds the titles and ids of tables that stand on the page by themselves: on paper a figure does not
    repeat them.

    Example:
        >>> ids = Ids()
        >>> ids.take("Kết quả chung"), ids.take("Kết quả chung")
        ('ket-qua-chung', 'ket-qua-chung-2')
    """

    def __init__(self, shown: Iterable[str] = ()) -> None:
        self.shown = frozenset(shown)
        self._taken: set[str] = set()

    def take(self, text: str) -> str:
        """Return a free id made from `text`."""
        base = "-".join(match_key(text).split())[:60].strip("-") or "muc"
        if base[0].isdigit():
            base = f"m-{base}"
        name, count = base, 1
        while name in self._taken:
            count += 1
            name = f"{base}-{count}"
        self._taken.add(name)
        return name


def block_html(block: Block, ids: Ids | None = None, *, for_paper: bool = True) -> str:
    """Return a block as an HTML fragment; `ids` is shared by the blocks of a page.

    `for_paper` has tables know how wide their columns are when printed.

    Example:
        >>> from nq57kit.show.blocks import Paragraph
        >>> block_html(Paragraph("a < b"))
        '<p>a &lt; b</p>'
    """
    shared, environment = ids or Ids(), _environment()
    return "\n".join(
        environment.get_template(f"{part.kind}.html.j2").render(block=part, ids=shared, for_paper=for_paper).strip()
        for part in block.parts
    )


def notebook_html(block: Block) -> str:
    """Return a block as JupyterLab shows it: the fragment with a small style sheet of its own."""
    style = _environment().get_template("notebook.css").render()
    return f'<div class="nq57"><style>{style}</style>\n{block_html(block, for_paper=False)}\n</div>'


def check_svg(svg: str) -> None:
    """Raise ValueError if `svg` holds anything but shapes and text: scripts, handlers, addresses, entities.

    Example:
        >>> check_svg('<svg xmlns="http://www.w3.org/2000/svg"><text>Đạt</text></svg>')
    """
    if "<!" in svg:
        raise ValueError("an SVG with declarations is not shown")
    try:
        root = ET.fromstring(svg)  # noqa: S314 - declarations and entities are refused above
    except ET.ParseError as error:
        raise ValueError(f"not an SVG: {error}") from error
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag not in _TAGS:
            raise ValueError(f"an SVG with <{tag}> is not shown")
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2].casefold()
            address = re.search(r"url\((?!['\"]?#)|javascript:|https?:|data:", value, re.IGNORECASE)
            if plain.startswith("on") or plain in _REFERENCES or (address and plain not in {"aria-label"}):
                raise ValueError(f"an SVG with the attribute {plain} is not shown")


def inline_svg(svg: str, figure_id: str, label: str) -> str:
    """Return `svg` for use inside a page: an image named `label` (escaped), its ids prefixed by `figure_id`.

    Example:
        >>> inline_svg('<svg width="9" height="4"><g/></svg>', "h", "Hình")
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="4" role="img" aria-label="Hình"><g/></svg>'
    """
    opening = _OPENING.search(svg)
    if opening is None:
        raise ValueError("not an SVG")
    size = " ".join(f'{name}="{value}"' for name, value in _SIZE.findall(opening.group())[:2])
    box = _VIEW_BOX.search(opening.group())
    body = svg[opening.end() :]
    for name in sorted(set(_ID.findall(body)), key=len, reverse=True):
        body = body.replace(f'id="{name}"', f'id="{figure_id}-{name}"').replace(f"#{name})", f"#{figure_id}-{name})")
    head = " ".join(filter(None, ['<svg xmlns="http://www.w3.org/2000/svg"', size, box.group() if box else ""]))
    return f'{head} role="img" aria-label="{escape(label)}">{body}'


def svg_address(svg: str) -> str:
    """Return `svg` as the address of a picture: JupyterLab shows it also in a notebook that it does not trust, where it strips an SVG.

    Example:
        >>> svg_address("<svg/>")
        'data:image/svg+xml;base64,PHN2Zy8+'
    """
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def find_host(text: str) -> str:
    """Return the host of a plain address of the web (http, https); "" for all else, which is shown as text alone.

    Spaces, quotes, signs that do not show, a name before the host, a host not in ASCII, or 2,000 characters make no address.

    Example:
        >>> find_host("https://mae.gov.vn/tin?id=1"), find_host("javascript:alert(1)"), find_host('https://a.vn/"x"')
        ('mae.gov.vn', '', '')
    """
    found = _ADDRESS.fullmatch(text) if len(text) < _LONGEST_ADDRESS and text.isprintable() else None
    return found["host"] if found and found["host"].isascii() else ""


def markdown_html(markdown: str, *, headings: bool = False) -> str:
    """Return a person's Markdown as HTML; without `headings` they become bold lines of the text.

    Example:
        >>> markdown_html("**Đạt** <b>x</b> [trang](http://a.vn)").strip()
        '<p><strong>Đạt</strong> &lt;b&gt;x&lt;/b&gt; trang (http://a.vn)</p>'
    """
    return str(_markdown(headings)(markdown))


def tokens_html(tokens: Iterable[dict[str, Any]]) -> str:
    """Return the nodes of a syntax tree (`reports.executed.parse_markdown`) as HTML, by the rules of `markdown_html`.

    Example:
        >>> tokens_html([{"type": "paragraph", "children": [{"type": "text", "raw": "a < b"}]}])
        '<p>a &lt; b</p>\\n'
    """
    from mistune.core import BlockState

    renderer = _markdown(headings=True).renderer
    return str(renderer(tokens, BlockState())) if renderer is not None else ""


def compile_templates() -> None:
    """Compile the templates of all blocks, so that copies of this process find them compiled."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nq57kit.show", "templates"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.j2",), default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["markdown"] = lambda text: _safe(markdown_html(text))
    environment.filters["svg_address"] = svg_address
    environment.filters["svg"] = lambda svg, name, label: _safe(inline_svg(svg, name, label))
    return environment


def _safe(html: str) -> Any:
    return Markup(html)  # noqa: S704 - made by this room from escaped parts


@cache
def _markdown(headings: bool) -> mistune.Markdown:
    import mistune

    class Renderer(mistune.HTMLRenderer):
        """Text in, text out: nothing that leads out of the page."""

        def link(self, text: str, url: str, title: str | None = None) -> str:
            shown = mistune.escape(url)
            return text if not url or re.sub(r"<[^<>]+>", "", text) == shown else f"{text} ({shown})"

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return text

        def heading(self, text: str, level: int, **attrs: Any) -> str:
            return super().heading(text, level, **attrs) if headings else f"<p><strong>{text}</strong></p>\n"

    return mistune.create_markdown(renderer=Renderer(escape=True), plugins=["table", "strikethrough"])
