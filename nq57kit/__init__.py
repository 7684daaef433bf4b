"""nq57kit: reports of the plan to communicate Nghị quyết 57-NQ/TW, from what the units sent.

What is public is listed in `__init__.pyi` and loaded when it is first used, so that `import nq57kit` is light.
"""

from nq57kit.lazy import load_lazily

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = load_lazily(__name__)
