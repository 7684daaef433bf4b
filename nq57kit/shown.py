"""How objects show themselves: one line in a terminal, a small table in a cell of JupyterLab; short, whatever they hold.

In: what an object says of itself (`Told`). Out: its `repr` and its HTML, in which foreign text is text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

#: More rows are counted, not shown.
_ROWS: Final = 60
_LIST = Markup(
    "<p><strong>{}</strong></p><dl style='display:grid;grid-template-columns:max-content auto;gap:0 1em'>{}</dl>"
)
_CELL: Final = "style='text-align:left;vertical-align:top;white-space:normal'"


class Told(NamedTuple):
    """What an object says of itself: a title, facts by their names, and rows under their heads if it has some."""

    title: str
    facts: Mapping[str, object]
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()


class Shown:
    """What shows itself by `tell`: a dataclass of it says `repr=False`.

    Example:
        >>> class Box(Shown):
        ...     def tell(self) -> Told:
        ...         return Told("Hộp <1>", {"số ô": 2, "ghi chú": None})
        >>> Box(), Box()._repr_html_()[:36]
        (Box(Hộp <1>; số ô: 2), '<p><strong>Hộp &lt;1&gt;</strong></p')
    """

    def tell(self) -> Told:
        """Return what the object says of itself, in Vietnamese; nothing that is to stay in the store."""
        raise NotImplementedError

    def __repr__(self) -> str:
        told = self.tell()
        said = "; ".join([told.title, *(f"{name}: {fact}" for name, fact in _known(told.facts))])
        return f"{type(self).__name__}({said})"

    def _repr_html_(self) -> str:
        told = self.tell()
        facts = Markup().join(Markup("<dt>{}</dt><dd>{}</dd>").format(*fact) for fact in _known(told.facts))
        shown = _LIST.format(told.title, facts)
        if told.rows:
            lines = [_line("th", told.heads), *(_line("td", row) for row in told.rows[:_ROWS])]
            shown += Markup("<table>{}</table>").format(Markup().join(lines))
        if len(told.rows) > _ROWS:
            shown += Markup("<p>… và {} dòng nữa.</p>").format(len(told.rows) - _ROWS)
        return str(shown)


def _known(facts: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(name, fact) for name, fact in facts.items() if fact is not None and fact != ""]


def _line(tag: str, cells: Sequence[object]) -> Markup:
    texts = ("" if cell is None else cell for cell in cells)
    made = Markup().join(Markup(f"<{tag} {_CELL}>{escape(text)}</{tag}>") for text in texts)  # noqa: S704 - escaped here
    return Markup("<tr>{}</tr>").format(made)
