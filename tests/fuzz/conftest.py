"""Options of the fuzz session: `pytest tests/fuzz --fuzz-count=1000 --fuzz-first=0`."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz-count", type=int, default=60, help="how many mutated workbooks are tried")
    parser.addoption("--fuzz-first", type=int, default=0, help="the first seed; a failure names its own")
