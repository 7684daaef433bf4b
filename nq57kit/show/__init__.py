"""What readers see: figures in; blocks of text, tables and static charts out.

In: `nq57kit.indicators.Results`, or the `UnitResults` of a scorecard. Out: blocks. One module a subject, with the name
that it has in `nq57kit.indicators` and its words, tables and charts together: `tasks.show(results)` is a whole section,
`tasks.show_unit(card)` the same of one unit. This room reads no file of a user and knows no notebook.
"""

from nq57kit.lazy import load_lazily

__getattr__, __dir__, __all__ = load_lazily(__name__)
