"""Back tests: the figures of the synthetic year are kept, and a change of them must be explained in CHANGELOG.md.

`figures-2026.json` holds the figures and, for each time that they were renewed, their hash and the line of the changelog
that explains the change. The last hash is that of the figures; no two changes share a line.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nq57kit.files import hash_bytes
from nq57kit.reports import collect_results, open_report
from nq57kit.store import Store

_KEPT = Path(__file__).with_name("figures-2026.json")
_CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
_SHOWN = 25
_REPORTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("semiannual", {"period": "2026-H1"}),
    ("semiannual", {"period": "2026-H2"}),
    ("annual", {"year": 2026}),
    ("unit", {"period": "2026-H2", "unit_id": "vien-vaas"}),
)
#: What a report hands on that is no figure, and texts that may be worded anew without a figure being another.
_NOT_KEPT = {"provenance", "notices", "provisional", "left_out", "agenda", "unit_name"}


def figures_now(store: Store) -> dict[str, Any]:
    """Return the figures of each report, and of what was left out how many rows there are by table."""
    found = {}
    for kind, when in _REPORTS:
        report = open_report(kind, store=store.folder, as_of="2026-12-25", **when)
        values = collect_results(report)
        kept = {name: value for name, value in values.items() if name not in _NOT_KEPT}
        tables = [row["table"] for row in values["left_out"]]
        kept["left_out_rows"] = {table: tables.count(table) for table in sorted(set(tables))}
        found["-".join([kind, *map(str, when.values())])] = kept
    return found


def hash_of(figures: dict[str, Any]) -> str:
    return hash_bytes(json.dumps(figures, ensure_ascii=False, sort_keys=True).encode("utf-8"))


def differences(old: Any, new: Any, path: str = "") -> list[str]:
    """Return one line for each figure that is another."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*old, *(name for name in new if name not in old)]
        return [
            line for name in names for line in differences(old.get(name), new.get(name), f"{path}.{name}".strip("."))
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [line for number, pair in pairs for line in differences(*pair, f"{path}[{number}]")]
    return (
        []
        if old == new
        else [f"{path}: was {json.dumps(old, ensure_ascii=False)}, is {json.dumps(new, ensure_ascii=False)}"]
    )


def test_the_figures_of_the_sample_year_are_as_they_were(sample_store: Store, request: pytest.FixtureRequest) -> None:
    now = figures_now(sample_store)
    line = request.config.getoption("--renew-backtest", default=None)
    if line:
        earlier = json.loads(_KEPT.read_text(encoding="utf-8"))["renewals"] if _KEPT.is_file() else []
        content = {"renewals": [*earlier, {"sha256": hash_of(now), "changelog": line}], "figures": now}
        _KEPT.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
        return
    changed = differences(json.loads(_KEPT.read_text(encoding="utf-8"))["figures"], now)
    if changed:
        shown = "\n".join(changed[:_SHOWN])
        pytest.fail(
            f"{len(changed)} figures of the synthetic year have changed; the first of them:\n{shown}\n"
            "If that is wanted, explain it by a line of CHANGELOG.md and keep the new figures:\n"
            '    python -m pytest tests/backtest --renew-backtest "that line"',
            pytrace=False,
        )


def test_each_change_of_the_kept_figures_is_explained_by_a_line_of_its_own_in_the_changelog() -> None:
    kept = json.loads(_KEPT.read_text(encoding="utf-8"))
    assert kept["renewals"][-1]["sha256"] == hash_of(kept["figures"]), "figures-2026.json was edited by hand"
    said = " ".join(_CHANGELOG.read_text(encoding="utf-8").split())
    lines = [" ".join(one["changelog"].split()) for one in kept["renewals"]]
    assert len(set(lines)) == len(lines), "a change has its own line in CHANGELOG.md"
    for line in lines:
        assert len(line) > 20
        assert line in said, f"CHANGELOG.md does not have the line: {line}"


def test_the_changelog_has_the_packages_version_or_says_unreleased_and_follows_semantic_versions() -> None:
    import re

    import nq57kit

    text = _CHANGELOG.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings
    for heading in headings:
        assert heading == "Unreleased" or re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\)", heading), heading
    assert re.fullmatch(r"\d+\.\d+\.\d+", nq57kit.__version__)
    assert "Unreleased" in headings or any(heading.startswith(nq57kit.__version__) for heading in headings)
