"""Plan folders of one's own for the tests: the packaged one copied, then edited as a ministry would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from nq57kit.errors import PlanError
from nq57kit.plan import decision, load_plan

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(Path(decision.__file__).with_name("data"), tmp_path / "Kế hoạch Đ")


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace one piece of text that stands exactly once in a file of the folder."""

    def replace(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace


@pytest.fixture
def sentence(folder: Path) -> Callable[[], str]:
    """Load the folder and return the one sentence of its PlanError."""

    def load() -> str:
        with pytest.raises(PlanError) as caught:
            load_plan(folder)
        text = str(caught.value)
        assert text.endswith(".")
        assert "\n" not in text
        return text

    return load
