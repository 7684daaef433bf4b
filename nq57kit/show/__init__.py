"""What readers see: frames of results in; blocks of text, tables and static charts out.

In: `nq57kit.indicators.Results`. Out: blocks (`blocks`), made by `sentences`, `tables` and `charts`, each a
function of the results alone. This room reads no file of a user and knows no notebook.
"""

from __future__ import annotations

from nq57kit.show import charts, scorecard, sentences, tables
from nq57kit.show._frames import reporting_label
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
    "charts",
    "reporting_label",
    "scorecard",
    "sentences",
    "tables",
]
