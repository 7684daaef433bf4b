"""What a unit sends in: the data contract, the form, the reader and its findings.

In: files from the units. Out: checked `Submission`s and forms to fill. Knows the plan; writes no store.
"""

from nq57kit.lazy import load_lazily

__getattr__, __dir__, __all__ = load_lazily(__name__)
