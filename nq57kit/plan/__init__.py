"""The plan as data: tasks, targets, units and deadlines, their questions, and the reporting periods.

In: a plan folder (CSV files and settings.toml; the packaged one unless another is given).
Out: a checked `Plan` and the `Period`s that it allows. Imports nothing but the ground floor.
"""

from nq57kit.lazy import load_lazily

__getattr__, __dir__, __all__ = load_lazily(__name__)
