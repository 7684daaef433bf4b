"""The option that renews the kept figures."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-backtest",
        metavar="LINE",
        help="keep the figures of now; LINE is the CHANGELOG.md line that explains why",
    )
