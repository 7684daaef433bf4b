"""The packaged plan, which no command checks again, passes what a plan of one's own must pass."""

from __future__ import annotations

from pathlib import Path

import nq57kit.plan
from nq57kit.plan import load_plan


def test_the_packaged_plan_passes_every_check_of_a_plan_folder() -> None:
    checked = load_plan(Path(nq57kit.plan.__file__).with_name("data"))
    assert checked.hash == load_plan().hash
