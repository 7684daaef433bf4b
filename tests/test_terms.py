"""One word for one thing: no word that docs/thuat-ngu.md rules out stands in a text of the package or on a page made by it."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "nq57kit"
#: What units wrote or may write, and the plan's own words: read as they are, never ours.
FOREIGN_FILES = frozenset({"words.csv", "tasks.csv", "measures.csv", "duties.csv", "targets.csv", "products.csv"})
FOREIGN_COLUMNS = frozenset({"aliases"})


def read_terms() -> dict[str, str]:
    """Return each forbidden word with what to say instead, from the tables of the glossary."""
    terms = {}
    for line in (ROOT / "docs" / "thuat-ngu.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3:
            terms |= dict.fromkeys(re.findall("«([^»]+)»", cells[2]), cells[0])
    return terms


TERMS = read_terms()
#: One pattern for all of them: letters of any case; no word begins or ends in the middle of another.
FORBIDDEN = re.compile("|".join(rf"(?<!\w){re.escape(term)}" for term in TERMS), re.IGNORECASE)


def find_terms(text: str) -> list[str]:
    return [found.group() for found in FORBIDDEN.finditer(re.sub(r"\s+", " ", text))]


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a file that a person may read, each with its line (a notebook: its cell)."""
    if path.suffix == ".py":
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.lineno, node.value
            elif isinstance(node, ast.JoinedStr):  # a sentence may go on over a value
                yield (
                    node.lineno,
                    "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values),
                )
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            for row in reader:
                for name, value in row.items():
                    if name not in FOREIGN_COLUMNS and isinstance(value, str):
                        yield reader.line_num, value
    elif path.suffix == ".ipynb":
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], start=1):
            yield number, "".join(cell["source"])
    else:
        yield from enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)


def files() -> list[Path]:
    inside = [path for kind in ("py", "toml", "csv", "j2", "md") for path in PACKAGE.rglob(f"*.{kind}")]
    return sorted(path for path in (*inside, *(ROOT / "notebooks").glob("*.ipynb")) if path.name not in FOREIGN_FILES)


def test_the_glossary_says_what_to_say_instead_of_each_word() -> None:
    assert len(TERMS) > 20
    assert all(instead and term.lower() not in instead.lower() for term, instead in TERMS.items())
    assert find_terms("Có 23 LƯỢT  nhiệm\nvụ quá hạn") == ["LƯỢT nhiệm vụ"]
    assert find_terms("cửa sổ chat") == []


def test_no_text_of_the_package_has_a_word_that_is_not_used() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: «{term}»"
        for path in files()
        for line, text in texts_of(path)
        for term in find_terms(text)
    ]
    assert not found, "see docs/thuat-ngu.md:\n" + "\n".join(dict.fromkeys(found))


def test_what_the_reports_say_of_their_own_has_dashes_and_no_hyphens_between_words() -> None:
    hyphen = re.compile(r"[^\W\d]\s-\s[^\W\d]")
    places = [*sorted((PACKAGE / "show").glob("*.py")), PACKAGE / "show" / "tables.toml"]
    assert [(path.name, text) for path in places for _, text in texts_of(path) if hyphen.search(text)] == []


@pytest.mark.slow  # the pages of the sample year
def test_no_page_made_has_a_word_that_is_not_used(sample_reports: Path) -> None:
    pages = sorted(sample_reports.rglob("*.html"))
    assert pages
    for page in pages:
        text = unescape(re.sub(r"<[^>]+>", " | ", page.read_text(encoding="utf-8").partition("<body")[2]))
        assert find_terms(text) == [], page.name
