"""The entry point `papermill.engine`: the engine `nq57`, imported when it is first used.

papermill loads its entry points in the middle of its own import, and the engine needs papermill; so what it finds
here is something that becomes the engine at its first use.
"""

from __future__ import annotations

from typing import Any

__all__ = ["LateEngine", "nq57_engine"]


class LateEngine:
    """Answers as `Nq57Engine` does; imports nothing before it is asked."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        from nq57kit.reports.kernels.engine import Nq57Engine

        return getattr(Nq57Engine, name)


nq57_engine = LateEngine()
