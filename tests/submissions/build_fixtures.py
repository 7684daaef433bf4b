"""Makes `tests/submissions/<what-is-wrong>/`: a small real file with one defect each, and `expected.json`.

Run from the project's folder: `python tests/submissions/build_fixtures.py [NAME …] [--with-tools]`. Without names
every folder is made anew; equal code and equal xlsxwriter give equal bytes. The few files that another program has to
make (LibreOffice, msoffcrypto-tool) are made only with `--with-tools`, otherwise the stored ones stay.

The cases stand in `making/`: `cases_values.py` (what a cell may hold), `cases_forms.py` (sheets, headers, rows),
`cases_checks.py` (what does not fit together, secrets),
`cases_shown.py` (what a person reads and a cell does not say), `cases_files.py` (formats) and `cases_safety.py`. What each case
expects is written there by hand, from the rules of the contract: never paste there what the program prints. All data
are synthetic.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
CASES = ("cases_values", "cases_forms", "cases_checks", "cases_shown", "cases_files", "cases_safety")


def load_cases():
    """Return every case by its name, in order."""
    sys.path.insert(0, str(FOLDER / "making"))
    try:
        lists = [importlib.import_module(module).CASES for module in CASES]
    finally:
        sys.path.remove(str(FOLDER / "making"))
    cases = {}
    for case in (case for listed in lists for case in listed):
        if case.name in cases:
            raise ValueError(f"two cases are called {case.name}")
        cases[case.name] = case
    return cases


def show_expected(case) -> str:
    """Return expected.json as text: one line for each finding, each table and each value."""
    parts = []
    for name, told in case.expected().items():
        shown = json.dumps(told, ensure_ascii=False)
        if isinstance(told, dict) and name == "counts":
            shown = "{\n" + ",\n".join(f'  "{key}": {json.dumps(one)}' for key, one in told.items()) + "\n }"
        elif isinstance(told, list) and told and isinstance(told[0], dict):
            shown = "[\n" + ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in told) + "\n ]"
        parts.append(f' "{name}": {shown}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def build(case, folder: Path, *, with_tools: bool = False) -> None:
    """Write the file (or folder of .csv) of `case` and its expected.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "expected.json").write_text(show_expected(case), encoding="utf-8", newline="\n")
    if case.needs_tool and not with_tools:
        return
    target = folder / case.file
    if target.is_dir():
        shutil.rmtree(target)
    made = case.make()
    if isinstance(made, bytes):
        target.write_bytes(made)
        return
    target.mkdir()
    for name, content in made.items():
        (target / name).write_bytes(content)


def main() -> None:
    """Make the folders that the command line names, or all."""
    parser = argparse.ArgumentParser(description="Make the folders of small broken files.")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--with-tools", action="store_true")
    arguments = parser.parse_args()
    cases = load_cases()
    for name in arguments.names or cases:
        build(cases[name], FOLDER / name, with_tools=arguments.with_tools)
    if not arguments.names:
        for stale in {path.parent.name for path in FOLDER.glob("*/expected.json")} - cases.keys():
            shutil.rmtree(FOLDER / stale)


if __name__ == "__main__":
    main()
