"""Indicators of the plan as pure functions of frames: who reported, targets, tasks, outputs, people, money.

In: `Inputs` (frames that the store read). Out: `Results` (frames for charts, tables and sentences). Rules:
contract §4; decisions where the plan is silent: docs/indicators.md. Imports plan and submissions, no store.
"""

from nq57kit.lazy import load_lazily

__getattr__, __dir__, __all__ = load_lazily(__name__)
