"""What readers see: figures in; blocks of text, tables and static charts out.

In: `nq57kit.indicators.Results`, or the `UnitResults` of a scorecard. Out: blocks. One module a subject, with the name
that it has in `nq57kit.indicators` and its words, tables and charts together: `tasks.show(results)` is a whole section,
`tasks.show_unit(card)` the same of one unit. This room reads no file of a user and knows no notebook.
"""

from __future__ import annotations

from nq57kit.show.blocks import (
    BLOCK_MIME,
    Block,
    Blocks,
    Bullets,
    Column,
    Commentary,
    Figure,
    KeyFigure,
    KeyFigures,
    Note,
    Paragraph,
    Table,
    Title,
    block_from_data,
)

__all__ = [
    "BLOCK_MIME",
    "Block",
    "Blocks",
    "Bullets",
    "Column",
    "Commentary",
    "Figure",
    "KeyFigure",
    "KeyFigures",
    "Note",
    "Paragraph",
    "Table",
    "Title",
    "block_from_data",
]
