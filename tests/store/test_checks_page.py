"""docs/checks.md names every cross-check and every threshold, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from nq57kit.submissions import comparisons

_PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_tables_of_the_page_are_the_codes():
    text = _PAGE.read_text(encoding="utf-8")
    codes = re.findall(r"^\| `([a-z]+(?:-[a-z]+)+)` \|", text, re.MULTILINE)
    assert codes == [*comparisons.HALF_CODES, *comparisons.UNIT_CODES]
    for name in ("STAFF_DROP", "LEAST_IDENTICAL_ROWS", "NAMES_SHOWN"):
        assert f"`{name}`" in text
        assert hasattr(comparisons, name)
    assert f"`LEAST_IDENTICAL_ROWS` ({comparisons.LEAST_IDENTICAL_ROWS})" in text
