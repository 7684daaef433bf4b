"""The store: accepted submissions on disk, one folder that polars, DuckDB or Spark read without us.

In: checked submissions and the time at which they were sent. Out: receipts, revisions and lazy frames.
The only room that writes accepted data; docs/store.md draws the folder.
"""

from nq57kit.lazy import load_lazily

__getattr__, __dir__, __all__ = load_lazily(__name__)
