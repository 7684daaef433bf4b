"""What the tests of the reports share: the synthetic year, made once, and the store that took it in."""

from __future__ import annotations

from pathlib import Path

import pytest

from nq57kit.sample import make_sample
from nq57kit.store import Store, ingest


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbooks of the synthetic year 2026: a folder of each half, with its `sent.csv`."""
    folder = tmp_path_factory.mktemp("nam-mau")
    make_sample(folder)
    return folder


@pytest.fixture(scope="session")
def sample_store(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store after the synthetic year was ingested; do not write to it."""
    store = tmp_path_factory.mktemp("kho-mau") / "kho"
    ingest([sample_folder], store)
    return Store(store)
