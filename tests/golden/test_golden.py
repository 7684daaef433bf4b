"""The golden pages: both reports of one small store, kept as files, so that each change to a report is seen.

A page is compared in its words, its markup and its style sheet; of a chart its words, because the shapes change with
the version of the library that draws them. What names a version or a file's bytes is masked.
"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # two reports of a store of their own are made

HERE = Path(__file__).resolve().parent
STEMS = ("semiannual-2026-H2", "annual-2026")
HOW = """\
The report differs from «{name}» in {count} lines; the first of them are below.
Look: open {new} beside {old} in a browser, or compare the two files.
If the change is wanted, write the golden pages anew and explain the change in CHANGELOG.md:
    python -m pytest tests/golden --regenerate-golden
{difference}"""


def masked(text: str) -> str:
    """Return a page or its results without versions and without hashes of workbooks, which libraries write."""
    text = re.sub(r'(<script type="application/json" id="nq57-provenance">).*?(</script>)', r"\1⟨nguồn gốc⟩\2", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "⟨SHA-256⟩", text)
    text = re.sub(r"(<td>)(?:[\w-]+ [\w.+]+(?:, )?){5,}(</td>)", r"\1⟨phiên bản các thư viện⟩\2", text)
    text = re.sub(r"nq57kit \d+\.\d+[\w.+]*", "nq57kit ⟨phiên bản⟩", text)
    return re.sub(r'"nq57kit": "[^"]+"', '"nq57kit": "⟨phiên bản⟩"', text)


def masked_results(text: str) -> str:
    values = json.loads(text)
    values["provenance"]["stands_on"] = dict.fromkeys(values["provenance"]["stands_on"], "⟨phiên bản⟩")
    return masked(json.dumps(values, ensure_ascii=False, indent=1) + "\n")


def drawn_alike(html: str) -> str:
    """Return a page with each chart as what it says: its name, then its words in alphabetical order."""

    def said(found: re.Match[str]) -> str:
        words = re.findall(r"<t(?:ext|span)\b[^>]*>([^<]+)<", found.group(2))
        return "\n".join([f"<svg {found.group(1)}>", *sorted(words), "</svg>"])

    return re.sub(r'<svg\b[^>]*?(aria-label="[^"]*")[^>]*>(.*?)</svg>', said, html, flags=re.DOTALL)


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("ending", ["html", "json"])
def test_the_report_is_as_it_was(stem: str, ending: str, golden_reports: Path, request: pytest.FixtureRequest) -> None:
    name = f"{stem}.{ending}"
    old, new = HERE / name, golden_reports / name
    text = new.read_text(encoding="utf-8")
    text = masked_results(text) if ending == "json" else masked(text)
    if request.config.getoption("--regenerate-golden", default=False):
        old.write_text(text, encoding="utf-8", newline="\n")
        return
    kept = old.read_text(encoding="utf-8")
    if ending == "html":
        text, kept = drawn_alike(text), drawn_alike(kept)
    if text != kept:
        lines = list(difflib.unified_diff(kept.splitlines(), text.splitlines(), "golden", "now", lineterm="", n=1))
        count = sum(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in lines)
        shown = "\n".join(line[:300] for line in lines[:40])
        pytest.fail(HOW.format(name=name, count=count, new=new, old=old, difference=shown), pytrace=False)


def test_versions_and_hashes_are_masked_and_figures_are_not() -> None:
    line = "<td>polars 2.1.0, pandera 0.35.0, altair 6.3.0, vl-convert-python 1.9.0.post1, nbconvert 7.17.2</td>"
    assert masked(line) == "<td>⟨phiên bản các thư viện⟩</td>"
    assert masked(f"<td>nq57kit 0.1.0</td><td>{'0a' * 32}</td>") == "<td>nq57kit ⟨phiên bản⟩</td><td>⟨SHA-256⟩</td>"
    kept = "<td>1.234,5</td><td>12/6/2026</td><td>Vụ 1, Cục 2, Viện 3</td>"
    assert masked(kept) == kept
