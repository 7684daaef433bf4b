"""Options of the kills: `pytest tests/kills --kills=100 --kill-first=0`."""

from __future__ import annotations

import pytest

#: A script that tests start in processes of its own; no module to look for doctests in.
collect_ignore = ["deadly.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=24, help="how many commands are killed")
    parser.addoption("--kill-first", type=int, default=0, help="the first seed; a failure names its own")
