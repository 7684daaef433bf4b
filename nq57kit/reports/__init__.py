"""Reports: parameters in, an executed notebook, a page and its results out.

In: a store, a period, a person's text. Out: files named `semiannual-2026-H2.html` and so on (contract §5).
What notebooks and scripts use is listed in `__init__.pyi` and loaded when it is first used.
"""

from nq57kit.lazy import load_lazily

__getattr__, __dir__, __all__ = load_lazily(__name__)
